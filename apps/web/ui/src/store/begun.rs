//! What was begun in a conversation and not sent, as it stands in the page.

use casemate_api::view::{LinkPreview, Message};

/// A message begun and not sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What is written.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Message>,
    /// The own message that is being changed.
    pub editing: Option<Message>,
    /// What was written before that, and stands there again after it.
    pub begun: String,
    /// Shown once.
    pub once: bool,
    /// What goes along with its link.
    pub preview: Option<LinkPreview>,
    /// The link of which the person wants no preview.
    pub unwanted: Option<String>,
}
