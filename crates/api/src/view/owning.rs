//! What is shown of the account's own safety.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `recovery.kit`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryKit {
    /// Twelve words with spaces between them, to be written down.
    pub words: String,
    /// The account that they belong to, to be written beside them.
    pub address: String,
    /// Its server's URL.
    pub server: String,
    /// They are new, and the server does not have them yet: until it does, only the old ones bring the account back.
    #[serde(default)]
    pub pending: bool,
}

/// `recovery.restore`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRestored {
    /// The new twelve words; those that were typed open nothing any more.
    pub words: Option<String>,
    /// What came back with the account.
    #[serde(default)]
    pub found: Restored,
}

/// What a restore brought back out of the recovery box, and what is missing. The server keeps the box, and may have given an
/// older one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    /// `box`: it came back as it was at `made_at`; `old`: that, and the account was changed after it; `none`: the server gave
    /// no box; `unreadable`: one that the words do not open.
    pub found: String,
    /// RFC 3339: when the box was made, by the clock of the device that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<String>,
    /// Contacts in it.
    #[serde(default)]
    pub contacts: u64,
    /// Conversations in it that members are asked to bring this device into.
    #[serde(default)]
    pub conversations: u64,
    /// People in it who are blocked.
    #[serde(default)]
    pub blocked: u64,
    /// What did not come back: `contacts`, `conversations`, `blocked`, `settings` (strict mode is one of them); `later`: what
    /// was changed after an old box.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// `contact.safety`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Safety {
    /// Sixty digits in groups of five, the same on both sides.
    pub number: String,
    /// What a QR code of it says on this account's screens; theirs shows another one.
    pub code: String,
    /// It is another one than before, and nobody has looked yet.
    pub changed: bool,
    /// Devices of theirs that came since this account's person last looked.
    #[serde(default)]
    pub new_devices: u64,
    /// It was compared.
    pub verified: bool,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<String>,
    /// Whether the server's list of everyone's keys names their keys: `listed`, `waiting` (it is being looked at),
    /// `unlisted`, or `stale` (the list was renewed no more).
    #[serde(default)]
    pub list: String,
}

/// What strict mode waits for in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// Addresses of those to look at.
    pub who: Vec<String>,
    /// For people: what changed, and what to do.
    pub why: String,
}

/// How the account stands with its recovery kit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kit {
    /// This is the device that shows the words, or makes new ones.
    pub here: bool,
    /// It has erased them, since they are on paper: new ones need the old ones.
    #[serde(default)]
    pub erased: bool,
    /// Its person said that they are written down.
    pub written: bool,
    /// They are not, and enough was said with this account that losing it would be a pity.
    pub due: bool,
    /// They are new, and the server does not have them yet: until it does, only the old ones bring the account back.
    #[serde(default)]
    pub pending: bool,
}

/// `storage.usage`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Storage {
    /// The largest first.
    pub conversations: Vec<ConversationUsage>,
    /// The database on this device, with everything in it but files.
    pub database_bytes: u64,
    /// All files on this device.
    pub file_bytes: u64,
}

/// What one conversation takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationUsage {
    /// Its id.
    pub conversation: String,
    /// Messages.
    pub messages: u64,
    /// Of their texts.
    pub text_bytes: u64,
    /// Files on this device.
    pub files: u64,
    /// Of these files; what is in two conversations counts in both.
    pub file_bytes: u64,
}
