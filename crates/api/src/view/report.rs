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
