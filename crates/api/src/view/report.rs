//! What goes into a report, and what is told about one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContactRequest, Message};

/// What a report is made of. The driver that writes the file asks the engine for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportContents {
    /// Whom it is about.
    pub address: String,
    /// What they call themselves; empty where that is not known.
    pub name: String,
    /// Their request to make contact, where that is all there is.
    #[serde(default)]
    pub request: Option<ContactRequest>,
    /// What they wrote, oldest first.
    pub messages: Vec<Message>,
    /// For evidence: where each message stands; else none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<MessageHeader>,
}

/// Where a message stands, for whoever compares it with what other devices have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageHeader {
    /// Its id.
    pub message: String,
    /// The log that the server keeps its entry in; null where it is not known any more.
    pub log: Option<String>,
    /// The number of its entry there.
    pub entry: Option<u64>,
    /// The sender's account id.
    pub account: String,
    /// The sender's clock, corrected by the server's.
    pub sent_at: String,
}

/// `report.sign`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSigned {
    /// What was signed: JSON, byte for byte.
    pub statement: String,
    /// Ed25519 by this device, hexadecimal.
    pub signature: String,
    /// This device's public key, hexadecimal.
    pub device_key: String,
    /// The account's signed document, which names the device, hexadecimal.
    pub manifest: String,
}

/// `report.create`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reported {
    /// Of the zip, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Messages in it.
    pub messages: u64,
    /// Files in it.
    pub files: u64,
    /// Files that were not on this device, or could not be read.
    pub left_out: u64,
    /// The message by which it was handed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
