//! Bringing messages along from another messenger. They stand in this account's conversation, marked as what they are;
//! nobody else gets them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Puts a part of an exported chat into a conversation. What was put there before is not put there twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryAdd {
    /// Where, above all that is there; a new conversation to read in if left out.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The new conversation's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Messages of the whole chat, at most 200,000.
    pub total: u32,
    /// The place of the first of these in the chat, from 0. The first part begins anew, or where an earlier try had put it; the others
    /// follow it.
    pub place: u32,
    /// At most 1,000, with at most 32 files.
    pub messages: Vec<OldMessage>,
}

/// Reads an exported chat (a WhatsApp zip, or its text alone) and puts all of it into a conversation. For programs that can
/// read files, such as `casemate rpc`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryImport {
    /// The export.
    pub path: String,
    /// Where, above all that is there; a new conversation to read in if left out.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The new conversation's name; the file's if left out.
    #[serde(default)]
    pub name: Option<String>,
    /// How the chat calls whoever imports it.
    #[serde(default)]
    pub me: Option<String>,
    /// Whether the day or the month stands first in its dates. Left out, and where nothing in the chat tells: refused with what would be
    /// from when to when (`said`: `import-date-order`). Where the chat tells it, this is not looked at.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
}

/// What stands first in a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/12/2023
    #[default]
    DayMonth,
    /// 12/31/2023
    MonthDay,
    /// 2023/12/31
    Year,
}

/// A message of an exported chat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OldMessage {
    /// RFC 3339.
    pub at: String,
    /// Who wrote it, as the chat calls them; left out for what the messenger itself said.
    #[serde(default)]
    pub author: Option<String>,
    /// This account wrote it.
    #[serde(default)]
    pub mine: bool,
    /// Plain text.
    pub text: String,
    /// What the text would be if its file had come along, where it says instead that the file was left out. By this an export without
    /// media and one with them know the same message.
    #[serde(default)]
    pub caption: Option<String>,
    /// A local file's path.
    #[serde(default)]
    pub file: Option<String>,
}
