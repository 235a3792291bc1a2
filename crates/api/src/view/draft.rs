//! What was begun in a conversation and not sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A message begun and not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// As typed so far.
    pub text: String,
    /// The message it would answer.
    pub reply_to: Option<String>,
    /// RFC 3339: when it was last changed.
    pub at: String,
    /// An own message that is being changed here.
    #[serde(default)]
    pub edits: Option<BegunEdit>,
    /// Whether there is a voice message that was recorded here and neither sent nor thrown away.
    #[serde(default)]
    pub recorded: bool,
}

impl Draft {
    /// Whether there is anything that other devices know of too.
    pub fn is_message(&self) -> bool {
        !self.text.is_empty() || self.reply_to.is_some()
    }
}

/// What there is of a voice message that was being recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// As the recorder gave it, base64; null where there is none.
    pub data: Option<String>,
    /// How loud it was, every tenth of a second.
    pub levels: Vec<u8>,
}

/// An own message's new text, not sent yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BegunEdit {
    /// The message.
    pub message: String,
    /// As typed so far.
    pub text: String,
}
