//! What a person keeps for herself: marks, drafts, nicknames. Own devices share them; others learn nothing of them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Marks a conversation. Fields left out stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationMark {
    /// Its id.
    pub conversation: String,
    /// Above all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Put away. A new message brings it back, unless it is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// True with `archived`: what is put away is shown nowhere while nothing is in it. Ends with the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// RFC 3339, or `forever`; null ends it. Until then nothing here disturbs, mentions neither.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub muted_until: Option<Option<String>>,
    /// True: it disturbs only where this account is mentioned or answered, and never wakes a device that is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions_only: Option<bool>,
    /// True shows it as unread until it is looked at; false reads all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Device: its texts are left out of lists, of notifications and of the search in all chats, and the app asks for the
    /// passphrase or the passkey before it shows them. They are in the same database as all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// The folder it is in, at most 64 bytes; null for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub folder: Option<Option<String>>,
}

/// Keeps what was begun and not sent. An empty text without `reply_to` removes it; sending does too.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationDraft {
    /// Where.
    pub conversation: String,
    /// As typed so far.
    pub text: String,
    /// The message it would answer.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// An own message that is being changed: the text is its new one so far, and what was begun besides stays. Kept on
    /// this device until the message is edited, or its text here is empty.
    #[serde(default)]
    pub edits: Option<String>,
}

/// Keeps a piece of a voice message that is being recorded, on this device, until it is removed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordingKeep {
    /// Where it is to be sent.
    pub conversation: String,
    /// The so-many-eth piece. The first, 0, takes the place of all that was kept there.
    pub place: u32,
    /// As the recorder gave it, base64. The pieces one behind the other are the recording.
    pub piece: String,
    /// How loud it was meanwhile, every tenth of a second, 0 to 255.
    pub levels: Vec<u8>,
}

/// Gives somebody a name of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactNickname {
    /// `name@server`.
    pub who: String,
    /// Null takes it away.
    pub nickname: Option<String>,
}

/// Removes the messages of a conversation from this device. Others keep theirs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationClear {
    /// Its id.
    pub conversation: String,
    /// Leaves starred messages.
    #[serde(default)]
    pub keep_starred: bool,
    /// Gives up what waits there for its time or for the connection, and what was begun.
    #[serde(default)]
    pub scheduled: bool,
}

/// A field that was given, be it null.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    input: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(input).map(Some)
}
