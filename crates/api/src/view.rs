//! What the answers look like.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{AttachmentKind, Permissions};

/// `account.create`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountCreated {
    /// `name@server`
    pub address: String,
}

/// `account.show`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// `name@server`
    pub address: String,
    /// The handle.
    pub name: String,
    /// What contacts see.
    pub display_name: String,
    /// What contacts see.
    pub about: String,
    /// This device's id.
    pub device: String,
    /// All devices' ids.
    pub devices: Vec<String>,
    /// The server's URL.
    pub server: String,
    /// Where the database's key is: `passphrase`, `key_store` or `file`.
    pub key_kept_in: String,
}

/// `invite.create`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    /// To be given to one person by a way both trust.
    pub link: String,
}

/// `contact.requests`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRequests {
    /// Oldest first.
    pub requests: Vec<ContactRequest>,
}

/// Somebody knocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRequest {
    /// Their address.
    pub from: String,
    /// Plain text, never clickable.
    pub note: String,
    /// RFC 3339.
    pub at: String,
}

/// `contact.list`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contacts {
    /// By address.
    pub contacts: Vec<Contact>,
}

/// Somebody known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// `name@server`
    pub address: String,
    /// Their nickname, else the name they chose, else the handle.
    pub name: String,
    /// The name that this account gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The safety number was compared.
    pub verified: bool,
    /// Nothing of theirs is taken.
    pub blocked: bool,
}

/// `conversation.create`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationCreated {
    /// Its id.
    pub conversation: String,
}

/// `conversation.list`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversations {
    /// The one with the newest message last.
    pub conversations: Vec<Conversation>,
}

/// A conversation; `conversation.show` fills `information`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// Its id.
    pub conversation: String,
    /// The group's name; in a 1:1 chat the other's.
    pub name: String,
    /// `pair`, `group` or `own`.
    pub kind: String,
    /// `active`, `left` or `removed`.
    pub standing: String,
    /// This account among them.
    pub members: Vec<Member>,
    /// Messages not read.
    pub unread: u64,
    /// Above all others.
    #[serde(default)]
    pub pinned: bool,
    /// Put away.
    #[serde(default)]
    pub archived: bool,
    /// RFC 3339, or `forever`; null where it is not muted.
    #[serde(default)]
    pub muted_until: Option<String>,
    /// Shown as unread though all may be read.
    #[serde(default)]
    pub marked_unread: bool,
    /// The folder it is in.
    #[serde(default)]
    pub folder: Option<String>,
    /// What was begun here and not sent.
    #[serde(default)]
    pub draft: Option<Draft>,
    /// The newest message.
    pub last: Option<Message>,
    /// Only in `conversation.show`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub information: Option<Information>,
}

/// A message begun and not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// As typed so far.
    pub text: String,
    /// The message it would answer.
    pub reply_to: Option<String>,
    /// RFC 3339: when it was last changed.
    pub at: String,
}

/// What stands behind a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Information {
    /// `post-quantum (X-Wing)` or `X25519`.
    pub encryption: String,
    /// Why that one.
    pub encryption_reason: String,
    /// How often the group's keys changed.
    pub epoch: u64,
    /// Devices in it.
    pub devices: u64,
    /// Messages disappear so long after they were sent; 0: never.
    pub disappearing_seconds: u32,
    /// Who may do what.
    pub permissions: Permissions,
}

/// A member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// `name@server`
    pub address: String,
    /// As this account calls them: nickname, else the name they chose, else the handle.
    #[serde(default)]
    pub name: String,
    /// May change the group.
    pub admin: bool,
}

/// `conversation.requests`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationRequests {
    /// Oldest first.
    pub requests: Vec<ConversationRequest>,
}

/// A contact added this account to a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationRequest {
    /// Its id.
    pub conversation: String,
    /// Its name, as the contact said.
    pub name: String,
    /// The contact.
    pub from: String,
    /// Devices in it, as the contact said.
    pub devices: u32,
    /// RFC 3339.
    pub at: String,
}

/// `message.send`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSent {
    /// Its id.
    pub message: String,
}

/// `message.list`, `message.search`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Messages {
    /// Oldest first.
    pub messages: Vec<Message>,
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Its id.
    pub message: String,
    /// Where.
    pub conversation: String,
    /// The sender's address.
    pub from: String,
    /// RFC 3339: when the server took it; while queued, when it was written.
    pub at: String,
    /// `text`, or `notice` for what Casemate itself says in a conversation, or `unknown`.
    pub kind: String,
    /// Plain text with light formatting marks.
    pub text: String,
    /// Own: `queued`, `sent`, `delivered`, `read`, `failed`. Others': `received`, `read`.
    pub state: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// It was changed.
    pub edited: bool,
    /// It was deleted; the text is empty.
    pub deleted: bool,
    /// Marked by this account.
    pub starred: bool,
    /// Marked for all.
    pub pinned: bool,
    /// Shown once.
    pub view_once: bool,
    /// Addresses mentioned.
    pub mentions: Vec<String>,
    /// By sender.
    pub reactions: Vec<Reaction>,
    /// In the order sent.
    pub attachments: Vec<Attachment>,
}

/// A reaction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reaction {
    /// Whose.
    pub from: String,
    /// Which.
    pub emoji: String,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// File name, made harmless.
    pub name: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Size.
    pub bytes: u64,
    /// Of the contents, hexadecimal.
    pub sha256: String,
    /// Own: `queued`, `uploading`, `sent`, `failed`, `cancelled`. Others': `offered`, `downloading`, `stored`,
    /// `failed`.
    pub state: String,
    /// A line below it.
    pub caption: String,
    /// Of voice and video.
    pub duration_ms: u32,
    /// Of photo and video.
    pub width: u32,
    /// Of photo and video.
    pub height: u32,
    /// Levels of a voice message, 0 to 255.
    pub waveform: Vec<u8>,
}

/// `attachment.save`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saved {
    /// Size.
    pub bytes: u64,
    /// Of the contents, hexadecimal.
    pub sha256: String,
}
