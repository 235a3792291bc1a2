//! What the answers look like.

mod backup;
mod call;
mod device;
mod draft;
mod history;
mod owning;
mod people;
mod report;
mod screening;

pub use backup::{
    BackedUp, BackupFetched, BackupOnServer, BackupOpened, BackupPage, BackupPasskey, BackupPassphrase,
    BackupPlaced, BackupRestored, BackupSigned, BackupState, BackupStored, Block, BlockFile,
};
pub use call::{
    AudioStats, Call, CallFound, CallListening, CallParticipant, CallStarted, CallStats, Calls, Heard,
    SoundProgram, VideoStats,
};
pub use device::{
    Device, DeviceApproved, DeviceAsking, DeviceCode, DeviceReach, DeviceRemoved, Devices,
    ReachedConversation,
};
pub use draft::{BegunEdit, Draft, Recording};
pub use history::{Imported, UnfinishedImport};
pub use owning::{AccountRestored, ConversationUsage, Held, Kit, RecoveryKit, Restored, Safety, Storage};
pub use people::{Contact, Contacts, Member};
pub use report::{MessageHeader, ReportContents, ReportSigned, Reported};
pub use screening::{
    Checkup, Finding, GuardEntry, GuardJournal, IndicatorList, IndicatorLists, IndicatorMatch,
    IndicatorRefused, IndicatorsAdded, KeysAge, KnownBad, LinkLooked, LinkPreview, LinkPreviewed,
    LinkWarning, LookBack,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{AttachmentKind, Location, Permissions, QuietHours, SharedContact, Theme};
use crate::said::Said;

/// `account.create`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountCreated {
    /// `name@server`
    pub address: String,
}

/// `account.show`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// `name@server`
    pub address: String,
    /// The handle.
    pub name: String,
    /// What contacts see.
    pub display_name: String,
    /// What contacts see.
    pub about: String,
    /// What contacts see: `attachment.save` with this as `message` and index 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// This device's id.
    pub device: String,
    /// All devices' ids.
    pub devices: Vec<String>,
    /// The server's URL.
    pub server: String,
    /// Where the database's key is: `passphrase`, `key_store` or `file`.
    pub key_kept_in: String,
    /// The devices with what is known of them, by when they were added.
    #[serde(default)]
    pub device_list: Vec<Device>,
    /// Who may knock: `anyone`, `link` or `nobody`.
    #[serde(default)]
    pub knocks: String,
    /// The recovery kit.
    #[serde(default)]
    pub kit: Kit,
    /// The account went on on another device by its recovery kit: here its past can be read, and nothing more comes.
    #[serde(default)]
    pub replaced: bool,
    /// RFC 3339: somebody asked the server to delete the account, and then it does, unless `account.keep` or a restore stops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_at: Option<String>,
    /// The server's operator took the account's rights: what is here can be read, and what is sent waits.
    #[serde(default)]
    pub disabled: bool,
    /// What the restore of this account on this device brought back, until `recovery.written`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
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
    /// Those that this account sent and nobody has answered yet. Oldest first.
    #[serde(default)]
    pub sent: Vec<SentRequest>,
}

/// Somebody was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SentRequest {
    /// Their address.
    pub to: String,
    /// What was written to them.
    pub note: String,
    /// RFC 3339.
    pub at: String,
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
    /// Ids of groups in which both are, as far as this device knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
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
    /// `pair`, `group`, `own`, or `imported` for what was brought along and is only read.
    pub kind: String,
    /// `active`, `left`, `removed`, or `gone`: the other one of two deleted their account.
    pub standing: String,
    /// This account among them.
    pub members: Vec<Member>,
    /// RFC 3339: when something last came into it, also where that is gone by now, or when it began.
    #[serde(default)]
    pub active: String,
    /// Messages not read.
    pub unread: u64,
    /// Above all others.
    #[serde(default)]
    pub pinned: bool,
    /// Put away.
    #[serde(default)]
    pub archived: bool,
    /// Put away, and not shown in the archive either while nothing is in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// RFC 3339, or `forever`; null where it is not muted.
    #[serde(default)]
    pub muted_until: Option<String>,
    /// Disturbs only where this account is mentioned or answered, and never wakes a device that is away. `muted_until` goes before
    /// it: then nothing does.
    #[serde(default)]
    pub mentions_only: bool,
    /// Its texts are shown only to whoever gave the passphrase or the passkey once more.
    #[serde(default)]
    pub locked: bool,
    /// Strict mode here; null: as for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Why nothing is sent here at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// Shown as unread though all may be read.
    #[serde(default)]
    pub marked_unread: bool,
    /// An import into it is under way, or broke off: the same file brought here again goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished_import: Option<UnfinishedImport>,
    /// The folder it is in.
    #[serde(default)]
    pub folder: Option<String>,
    /// The group's picture, or the other's, as in a contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Addresses of those who type here now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typing: Vec<String>,
    /// Whether the other one is there; only in a 1:1 chat, and only where both let each other see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// What was begun here and not sent.
    #[serde(default)]
    pub draft: Option<Draft>,
    /// Messages that wait for their time here, on this device (`conversation.scheduled`).
    #[serde(default)]
    pub scheduled: u64,
    /// The newest message.
    pub last: Option<Message>,
    /// Only in `conversation.show`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub information: Option<Information>,
}

/// Whether somebody is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// Now.
    pub online: bool,
    /// RFC 3339, to the minute: when they last were, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
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
    /// What the group is about.
    #[serde(default)]
    pub description: String,
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

/// `group.asked`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JoinRequests {
    /// Oldest first.
    pub requests: Vec<JoinRequest>,
}

/// Somebody opened a group's link that this account made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JoinRequest {
    /// The group.
    pub conversation: String,
    /// Their address.
    pub from: String,
    /// Plain text, never clickable.
    pub note: String,
    /// RFC 3339.
    pub at: String,
}

/// `list.list`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lists {
    /// By name.
    pub lists: Vec<PeopleList>,
}

/// People to whom one message goes as one message each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeopleList {
    /// Its id.
    pub list: String,
    /// Its name.
    pub name: String,
    /// Addresses.
    pub members: Vec<String>,
    /// A message to them that was begun here and not sent, as typed so far.
    #[serde(default)]
    pub draft: String,
}

/// `list.set`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListMade {
    /// Its id.
    pub list: String,
}

/// `list.send`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListSent {
    /// The new messages, one a person.
    pub messages: Vec<String>,
    /// Addresses to whom it could not be sent: no contacts any more.
    pub left_out: Vec<String>,
}

/// `message.send`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSent {
    /// Its id.
    pub message: String,
}

/// `message.open`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageOpened {
    /// With the words and previews that lists leave out until then.
    pub message: Message,
}

/// `message.list`, `message.search`, `conversation.scheduled`
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
    /// That address is what they claim: the server has promised it to nobody here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// RFC 3339: when the server took it; while queued, when it was written.
    pub at: String,
    /// `text`, or `notice` for what Casemate itself says in a conversation, or `unknown`.
    pub kind: String,
    /// Plain text with light formatting marks.
    pub text: String,
    /// What a `notice` says, for whoever says it in another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// Own: `queued`, `sent`, `delivered`, `read`, `failed`, `scheduled`. Others': `received`, `read`.
    pub state: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// That message as a quote, while it is here: the beginning of its text, and what its files are. Neither of what is shown
    /// once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Box<Message>>,
    /// It was changed.
    pub edited: bool,
    /// It was deleted; the text is empty.
    pub deleted: bool,
    /// What this account last did to it for everyone is here alone: `queued` until the server has it, `failed` where it did not
    /// leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Why that did not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_why: Option<String>,
    /// Marked by this account.
    pub starred: bool,
    /// Marked for all.
    pub pinned: bool,
    /// Brought along from another messenger: `from` is a name there, and only this account has it.
    #[serde(default)]
    pub imported: bool,
    /// The words of a request to talk, before either had said yes: the first of the chat that came of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub request: bool,
    /// From before this account was in the group, on the word of the member with this address, who shared it; `from` is whom
    /// they name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<String>,
    /// Shown once.
    pub view_once: bool,
    /// Shown once, and that has been: here, or of an own message by everybody who has it.
    #[serde(default)]
    pub opened: bool,
    /// A voice message of somebody else that was listened to, here or on another own device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listened: bool,
    /// Addresses mentioned.
    pub mentions: Vec<String>,
    /// By sender.
    pub reactions: Vec<Reaction>,
    /// In the order sent.
    pub attachments: Vec<Attachment>,
    /// How many hands it went through; 0: it was written here.
    #[serde(default)]
    pub forwarded: u32,
    /// A poll; the text is its question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// Somebody's address; the text says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<SharedContact>,
    /// A place; the text says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// A preview of one of its links, on the sender's word; never in strict mode, nor of a link that `link.look` warns of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<LinkPreview>,
    /// Something in it is known to be bad, by a list that this device has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_bad: Option<KnownBad>,
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
    /// Media type, by its sender's word: what a file truly is, guard says.
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
    /// A small picture of a video, hexadecimal. Whoever sent it chose it: it is to be decoded like any picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// Looking into it failed before: nobody does so by itself again (`guard.release`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quarantined: bool,
    /// Own, and it cannot go for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<FileWaits>,
}

/// Why a file cannot go for now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileWaits {
    /// `allowance`: what this account may send today is used up. `server`: the server takes no files.
    pub why: String,
    /// RFC 3339: when it is tried again.
    pub until: String,
}

/// `attachment.save`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saved {
    /// Size.
    pub bytes: u64,
    /// Of the contents, hexadecimal.
    pub sha256: String,
    /// What it is called in its message, made harmless.
    #[serde(default)]
    pub name: String,
    /// What about it may hurt whoever opens it: `program`, `macros`, `active`, `page`, `holds_programs`,
    /// `leads_out`, `two_in_one`, `bomb`, `unlooked` (some of it could not be looked into), `double_ending`, `turned_name`,
    /// `hidden_letters`, `other_kind`; `known_bad` where a list of what attackers use names it or what came with it; `unread`
    /// where looking into it failed, `held` where it failed before, `untried` where the person's
    /// rules could not be tried on it. Where the driver looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The person's own rules (`--rules`) that it matches, by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// `data.export`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// Conversations in it.
    pub conversations: u64,
    /// Messages in it.
    pub messages: u64,
    /// Files in it.
    pub files: u64,
    /// Files that could not be read.
    pub left_out: u64,
    /// Files that were not on the device: named in it, not contained.
    #[serde(default)]
    pub files_missing: u64,
    /// Of the zip.
    pub bytes: u64,
}

/// A poll with its votes so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Poll {
    /// One line.
    pub question: String,
    /// In their order.
    pub options: Vec<PollOption>,
    /// Whether one may choose several.
    pub multiple: bool,
    /// Nobody votes any more.
    #[serde(default)]
    pub closed: bool,
    /// People who voted.
    pub voters: u32,
    /// Own choice, numbers of options.
    pub mine: Vec<u32>,
}

/// What can be chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PollOption {
    /// One line.
    pub text: String,
    /// How many chose it.
    pub votes: u32,
    /// Their addresses.
    pub voters: Vec<String>,
}

/// `message.forward`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forwarded {
    /// The new messages: all of the first conversation, then all of the next.
    pub messages: Vec<String>,
}

/// `message.info`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageInfo {
    /// By address, without the sender and this account.
    pub members: Vec<Reached>,
}

/// How far a message has got with somebody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// `name@server`
    pub address: String,
    /// `sent`, `delivered`, `read` or, of what is shown once, `opened`.
    pub state: String,
    /// RFC 3339: since when, where it is known.
    #[serde(default)]
    pub at: Option<String>,
}

/// `message.history`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageHistory {
    /// Oldest first; the last is what it says now.
    pub versions: Vec<Version>,
}

/// What a message said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// RFC 3339: from when on.
    pub at: String,
    /// Plain text with light formatting marks.
    pub text: String,
}

/// `settings.show`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // As in `settings.set`.
pub struct Settings {
    pub read_receipts: bool,
    pub typing: bool,
    pub last_seen: bool,
    pub picture_shown: bool,
    pub language: String,
    pub quiet_hours: Option<QuietHours>,
    #[serde(default)]
    pub strict: bool,
    pub previews: bool,
    #[serde(default)]
    pub link_previews: bool,
    pub sounds: bool,
    pub theme: Theme,
    pub text_size: u16,
    pub wallpaper: String,
    pub enter_sends: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_receipts: true,
            typing: true,
            last_seen: false,
            picture_shown: true,
            language: String::new(),
            quiet_hours: None,
            strict: false,
            previews: true,
            link_previews: false,
            sounds: true,
            theme: Theme::System,
            text_size: 100,
            wallpaper: String::new(),
            enter_sends: true,
        }
    }
}

/// `push.key`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PushKey {
    /// For the browser's `applicationServerKey`, base64url; null where the server wakes nobody.
    pub key: Option<String>,
}
