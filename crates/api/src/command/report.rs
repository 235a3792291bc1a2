//! Taking along what somebody wrote, to hand it to whoever can do something about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes messages of somebody else into one zip (docs/report.md). It goes to nobody by itself. Without a passphrase it is not
/// encrypted, and proves nothing to a third person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportCreate {
    /// Their ids; all by the same person. None where it is about a request to make contact.
    #[serde(default)]
    pub messages: Vec<String>,
    /// The zip; must not exist yet.
    #[serde(default)]
    pub path: String,
    /// Whom it is about; whoever wrote the messages, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// What the person who reports has to say about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Makes it evidence for a lab (docs/evidence.md): encrypted under this passphrase (`backup.passphrase` makes one), with
    /// a STIX 2.1 bundle, where in the conversation each message stands, and this device's signature over all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// A contact's address: they get it as a document in their conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Signs what this device collected for a report: that it had these bytes at this time. It says nothing of who wrote them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportSign {
    /// Whom it is about.
    pub about: String,
    /// All parts of the report but the signature.
    pub parts: Vec<ReportPart>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportPart {
    /// Its path in the zip.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}
