//! What is shown of devices: of the own account, of one that wants to be linked, of one that was removed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One device of the own account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// Its id.
    pub device: String,
    /// What its person calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What runs there, where that is known here: `web`, `Linux`, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// Which Casemate runs there, where that is known here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// When it joined the account.
    pub added: String,
    /// When this device last heard of it; absent where it never has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// Conversations that it is in.
    #[serde(default)]
    pub conversations: u64,
    /// It holds the account's key: it alone adds and removes devices.
    pub primary: bool,
    /// It is this one.
    pub this: bool,
}

/// `device.list`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Devices {
    /// Oldest first.
    pub devices: Vec<Device>,
}

/// `device.request`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceCode {
    /// To be shown as text and as a QR code, and taken by the primary. A secret.
    pub code: String,
    /// Six digits that the primary shows too, to be compared.
    pub check: String,
    /// Until when it holds.
    pub expires: String,
}

/// `device.inspect`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceAsking {
    /// What the device's person called it, as it says.
    pub name: String,
    /// What runs there, as it says.
    pub platform: String,
    /// Which Casemate, as it says.
    pub version: String,
    /// Where it is, as far as the server told: `same_network` or `another_network`, seen from this device.
    pub place: String,
    /// When it asked.
    pub asked: String,
    /// Until when the code holds.
    pub expires: String,
    /// Six digits that the new device shows too.
    pub check: String,
    /// What linking it means, in a sentence.
    pub consequence: String,
    /// The words of the recovery kit are asked for too, since strict mode is on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub words: bool,
}

/// `device.approve`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceApproved {
    /// Its id.
    pub device: String,
}

/// `device.remove`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceRemoved {
    /// What the device could reach, and what was done about it.
    pub reached: DeviceReach,
}

/// What a device that was removed could have reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceReach {
    /// Its id.
    pub device: String,
    /// What its person called it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it joined the account.
    pub added: String,
    /// When this device last heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// The server knows that it is out: it can fetch nothing anew and reaches no inbox.
    pub published: bool,
    /// What it was given of what was said before it came: `all`, `30d`, `none`; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub history: String,
    /// What it could read.
    pub conversations: Vec<ReachedConversation>,
    /// Contacts in conversations that it is out of: they have been told.
    pub told: Vec<String>,
    /// Conversations that it is still in, because nobody there could remove it yet.
    pub open: u64,
}

/// A conversation that it was in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReachedConversation {
    /// The conversation.
    pub conversation: String,
    /// Its name.
    pub name: String,
    /// Since when it could read what was said there.
    pub since: String,
    /// It is still in it.
    pub open: bool,
}
