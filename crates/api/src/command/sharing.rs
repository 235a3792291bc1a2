//! What a message can be besides text and files, and messages for other conversations and other times.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A question with options to choose from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// One line, at most 1,024 bytes.
    pub question: String,
    /// 2 to 12 different ones of one line and at most 400 bytes each.
    pub options: Vec<String>,
    /// Whether one may choose several.
    #[serde(default)]
    pub multiple: bool,
}

/// Somebody to get in touch with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedContact {
    /// `name@server`
    pub address: String,
    /// How the sender calls them.
    #[serde(default)]
    pub name: String,
}

/// A place (WGS 84).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees, -90 to 90.
    pub latitude: f64,
    /// Degrees, -180 to 180.
    pub longitude: f64,
    /// Metres.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
    /// One line, at most 256 bytes.
    #[serde(default)]
    pub label: Option<String>,
}

/// Votes in a poll. The last vote counts, on whichever device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollVote {
    /// The poll.
    pub message: String,
    /// Numbers of options, from 0; none takes the vote back.
    pub options: Vec<u32>,
}

/// Ends a poll: nobody votes any more, and the count stands. For whoever asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollClose {
    /// The poll.
    pub message: String,
}

/// Gives a message that waits another time. Without one, what could not be sent is tried once more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageReschedule {
    /// Which.
    pub message: String,
    /// RFC 3339; left out or past: it is sent at once.
    #[serde(default)]
    pub at: Option<String>,
}

/// Sends messages once more, elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageForward {
    /// At most 100, of any conversations; they arrive in their order.
    pub messages: Vec<String>,
    /// At most 5 conversations; 1 where a message was forwarded 4 times or more.
    pub to: Vec<String>,
    /// Of one message this file alone, by its place among them from 0, without the message's text.
    #[serde(default)]
    pub index: Option<u32>,
}

/// Messages that wait for their time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// Only here; everywhere if left out.
    #[serde(default)]
    pub conversation: Option<String>,
}
