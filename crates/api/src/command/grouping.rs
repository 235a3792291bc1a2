//! Links into groups, and lists of people to whom one message goes as one message each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NewAttachment;

/// Adds people to a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationAdd {
    /// The group.
    pub conversation: String,
    /// Addresses of contacts.
    pub members: Vec<String>,
    /// Those who are new get the last so many messages from before, 5,000 at most; all members see that. None if left
    /// out. What is shown once or disappears is not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
}

/// Adds somebody who asked to be added to a group, or all who did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupApprove {
    /// The group.
    pub conversation: String,
    /// `name@server`; if left out, all who asked, as far as there is room for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// As in `conversation.add`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
}

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

/// Keeps what was begun to a list and not sent, on this device. An empty text removes it; sending does too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListDraft {
    /// Its id.
    pub list: String,
    /// As typed so far.
    pub text: String,
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
