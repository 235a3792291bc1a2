//! Messages that were brought along from another messenger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::DateOrder;

/// `history.import`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// Where it is.
    pub conversation: String,
    /// Messages of the chat.
    pub messages: u32,
    /// Its files, brought along.
    pub files: u32,
    /// Files that could not be.
    pub left_out: u32,
    /// The chat has more messages than are taken: these are its first ones.
    pub cut: bool,
    /// Who wrote, as the chat calls them.
    pub authors: Vec<String>,
    /// What was taken to stand first in its dates.
    #[serde(default)]
    pub date_order: DateOrder,
    /// Of its messages those without words: what was sent is not in the export, so there is nothing to show.
    #[serde(default)]
    pub wordless: u32,
    /// Lines before its first message, which were left out.
    #[serde(default)]
    pub lines_left_out: u32,
    /// Lines that look like messages in another form, and are parts of the message before them.
    #[serde(default)]
    pub lines_copied: u32,
    /// The first line that was left out or, where there is none, the first such part.
    #[serde(default)]
    pub odd_line: Option<String>,
}

/// How far an import came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnfinishedImport {
    /// Messages that are here.
    pub done: u32,
    /// Messages of the chat.
    pub of: u32,
}
