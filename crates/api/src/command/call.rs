//! Calls. Media come into being only by `call.start` and `call.answer`; what is sent and heard then is this device's
//! matter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Calls the others of a conversation; where somebody is in a call there already, joins that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallStart {
    /// Where.
    pub conversation: String,
    /// With pictures.
    #[serde(default)]
    pub video: bool,
    /// What to send: `microphone`, for people, who then hear the others as well (`call.sound` says what is used); for programs
    /// `silence` (also if left out), `tone` (440 Hz) or `tone:HZ` (20 to 20,000), `pattern` (a short film and the tone), or the
    /// path of a file of at most 64 MB: WAV (16 bits, 48,000 a second, one channel) or IVF (VP9). What cannot be sent is
    /// refused before anybody hears of it.
    #[serde(default)]
    pub send: Option<String>,
}

/// Answers a call that rings, or joins one that goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallAnswer {
    /// Which.
    pub call: String,
    /// With pictures; as the caller wants it, if left out.
    #[serde(default)]
    pub video: Option<bool>,
    /// As in `call.start`.
    #[serde(default)]
    pub send: Option<String>,
}

/// Stops a call's ringing, here and on the account's other devices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallDecline {
    /// Which.
    pub call: String,
    /// Let the others know. Without it, declining looks like not having heard it. In a group the call is refused once all others
    /// who can answer let it be known.
    #[serde(default)]
    pub tell: bool,
    /// Said in the conversation with it, as `message.send` would; whoever says something lets them know.
    #[serde(default)]
    pub text: Option<String>,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneCall {
    /// Which.
    pub call: String,
}

/// Which group of this account a call's link names, and the call that goes on there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallFind {
    /// The link, or what stands after its last slash.
    pub link: String,
}

/// Shows something in a call without a word, to those who are in it now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallSign {
    /// Which.
    pub call: String,
    /// The microphone is off. Where this program makes the call's media it sends silence from then on, whatever it sent.
    #[serde(default)]
    pub muted: bool,
    /// A raised hand.
    #[serde(default)]
    pub hand: bool,
    /// Whether the camera is on; left out: others show what comes of it.
    #[serde(default)]
    pub camera: Option<bool>,
    /// Whether a screen is shared; the same.
    #[serde(default)]
    pub screen: Option<bool>,
    /// An emoji, shown for a moment.
    #[serde(default)]
    pub reaction: Option<String>,
}

/// Calls that were and are, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallList {
    /// Only here; everywhere if left out.
    #[serde(default)]
    pub conversation: Option<String>,
    /// Only those before this call.
    #[serde(default)]
    pub before: Option<String>,
    /// At most so many: 50 if left out, 1,000 at most.
    #[serde(default)]
    pub limit: Option<u32>,
}
