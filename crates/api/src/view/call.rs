//! Calls as the interface shows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `call.start`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallStarted {
    /// Its id.
    pub call: String,
}

/// `call.find`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallFound {
    /// The group.
    pub conversation: String,
    /// The call that goes on there, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// `call.list`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calls {
    /// The oldest first.
    pub calls: Vec<Call>,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Its id.
    pub call: String,
    /// Where.
    pub conversation: String,
    /// Who called.
    pub from: String,
    /// With pictures.
    pub video: bool,
    /// When it began, RFC 3339.
    pub at: String,
    /// `ringing`; `calling`: started here, nobody answered yet; `in`: taken part in; `going_on` without this device; `over`.
    pub state: String,
    /// `open`, `missed`, `cancelled` (the caller gave up), `unanswered`, `answered`, `elsewhere` (on another own device),
    /// `declined`, `refused` (they declined), `silent` (it was not allowed to ring).
    pub outcome: String,
    /// More than 1: so many calls of theirs, each within a day of the one before, all too often to ring. `at` and `video` are those
    /// of the newest.
    pub times: u32,
    /// Who is in it, as far as they said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<CallParticipant>,
    /// In a call that this device takes part in: who may hear it besides those in `participants`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listening: Vec<CallListening>,
    /// In a call that this device takes part in: pictures that are the same for all who have the same keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<String>,
}

/// A device in a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallParticipant {
    /// Whose.
    pub address: String,
    /// Its id.
    pub device: String,
}

/// Who may hear a call though nothing shows them in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallListening {
    /// `hidden`: so many are connected to the call and said nothing of it, or that they left; a relay that keeps to its word gives
    /// them nothing of what this device sends. `open`: so many of the participants have a version that lets whoever is connected
    /// hear them. `unkept`: the server has a version that lets whoever is connected hear this device; `count` is 1.
    pub code: String,
    /// How many.
    pub count: u32,
}

/// The program that this device's call is spoken into, or heard from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SoundProgram {
    /// Its name, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Why there is none, for people. The call goes on without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// `call.stats`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallStats {
    /// The connection to the relay: `connecting`, `connected`, `lost`.
    pub state: String,
    /// Frames that were dropped because they were not what a member sends now, of anybody.
    pub refused: u64,
    /// How often the relay was joined anew.
    pub rejoined: u32,
    /// What is heard and seen, by device.
    pub participants: Vec<Heard>,
}

/// What is heard and seen of a device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Heard {
    /// Whose.
    pub address: String,
    /// Its id.
    pub device: String,
    /// Sound.
    pub audio: AudioStats,
    /// Pictures of the camera.
    pub video: VideoStats,
    /// Pictures of a shared screen, once one came; still told of when it is not shared any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<VideoStats>,
}

/// Sound that came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AudioStats {
    /// Frames that were decrypted and decoded.
    pub frames: u64,
    /// Packets of it that the relay sent and that did not come.
    pub lost: u64,
    /// The tone, where what was heard last is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_hz: Option<f64>,
}

/// Pictures that came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VideoStats {
    /// Frames that were put together and decrypted.
    pub frames: u64,
    /// Packets of it that the relay sent and that did not come, nor when they were sent again.
    pub lost: u64,
    /// From the codec's header, of the last picture that said it; 0 before.
    pub width: u32,
    /// From the codec's header, of the last picture that said it; 0 before.
    pub height: u32,
}
