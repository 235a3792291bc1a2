//! Linking devices to the own account, and removing them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::owning::Words;

/// On a device without an account: asks to be linked to one (`device.request`). Asked again for the same server and name,
/// it goes on with the same code while that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// The URL of the account's server.
    #[serde(default)]
    pub server: Option<String>,
    /// What its person calls this device: one line, at most 64 bytes.
    pub name: String,
    /// Encrypts the database of this device, as in `account.create`.
    #[serde(default)]
    pub passphrase: Option<String>,
    /// Another code, though the last one still holds: somebody else may have seen that, and what they answer is not taken any more.
    #[serde(default)]
    pub anew: bool,
}

/// On the primary: what a code asks for (`device.inspect`). Changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceInspect {
    /// As the new device shows it, scanned or typed.
    pub code: String,
}

/// On the primary: links the device (`device.approve`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceApprove {
    /// As the new device shows it.
    pub code: String,
    /// What it gets of what was said before.
    #[serde(default)]
    pub history: History,
    /// The person has seen what `device.inspect` says and agrees. Without it nothing is done.
    #[serde(default)]
    pub confirm: bool,
    /// The words of the recovery kit: needed where strict mode is on for all chats.
    #[serde(default)]
    pub words: Option<Words>,
}

/// Earlier messages that a new device gets. Contacts, blocks, settings and drafts come along in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum History {
    /// All that this device has.
    #[serde(rename = "all")]
    All,
    /// Of the last thirty days.
    #[serde(rename = "30d")]
    Days30,
    /// Nothing.
    #[default]
    #[serde(rename = "none")]
    Nothing,
}

/// Names a device of the own account (`device.remove`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneDevice {
    /// Its id.
    pub device: String,
}

/// Signs this device, a linked one, out of its account: everything of it is erased here (`device.sign_out`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceSignOut {
    /// Also where this device alone has messages, which are lost then: not sent yet or in vain, waiting for their time, or brought
    /// along. What can still be sent is sent before. Without this such a device stays, and it is said how many these are.
    #[serde(default)]
    pub lose: bool,
}
