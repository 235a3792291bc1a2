//! Taking along what somebody wrote, to hand it to whoever can do something about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes messages of somebody else into one zip (docs/report.md). It goes to nobody by itself, is not encrypted, and proves
/// nothing to a third person.
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
    /// A contact's address: they get it as a document in their conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}
