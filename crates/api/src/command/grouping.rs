//! Links into groups, and lists of people to whom one message goes as one message each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NewAttachment;

/// Somebody asks to be added to a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupJoin {
    /// The group.
    pub conversation: String,
    /// `name@server`.
    pub who: String,
}

/// Makes a list, or changes one. Own devices share it; nobody in it learns of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSet {
    /// Its id; a new one if left out.
    #[serde(default)]
    pub list: Option<String>,
    /// One line, at most 256 bytes.
    pub name: String,
    /// Addresses of 1 to 256 contacts.
    pub members: Vec<String>,
}

/// Gives a list up. What was sent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRemove {
    /// Its id.
    pub list: String,
}

/// Sends one message to each of a list, in the chat with them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSend {
    /// Its id.
    pub list: String,
    /// Plain text with light formatting marks.
    #[serde(default)]
    pub text: Option<String>,
    /// Local files.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
}
