//! What a user may ask for. Every method name is part of the scripting interface: add freely, rename nothing.
//! A field that is not known is an error.

mod backup;
mod call;
mod device;
mod export;
mod finding;
mod group;
mod grouping;
mod history;
mod keeping;
mod live;
mod owning;
mod report;
mod screening;
mod settings;
mod sharing;

pub use backup::{
    BackupAuthor, BackupCreate, BackupFetch, BackupOpen, BackupPasskey, BackupPut, BackupRead, BackupRestore,
    BackupSign, BackupStore, BlockPut,
};
pub use call::{CallAnswer, CallDecline, CallFind, CallList, CallSign, CallStart, OneCall};
pub use device::{DeviceApprove, DeviceInspect, DeviceRequest, DeviceSignOut, History, OneDevice};
pub use export::DataExport;
pub use finding::{MessageSearch, SearchKind};
pub use group::{Allowed, ConversationSet, Permissions, PermissionsSet};
pub use grouping::{ConversationAdd, GroupApprove, GroupJoin, ListDraft, ListRemove, ListSend, ListSet};
pub use history::{DateOrder, HistoryAdd, HistoryImport, OldMessage};
pub use keeping::{ContactNickname, ConversationClear, ConversationDraft, ConversationMark, RecordingKeep};
pub use live::{PresenceSet, PushSet, PushSubscription, Typing};
pub use owning::{
    AccountDelete, AccountPasskey, AccountPassphrase, AccountProve, ContactStrict, ContactVerify,
    DeviceRename, Passkey, RecoveryKit, RecoveryRestore, Words,
};
pub use report::{ReportCreate, ReportPart, ReportSign};
pub use screening::{
    GuardNote, GuardOutcome, Indicator, IndicatorsAdd, IndicatorsImport, IndicatorsRemove, IndicatorsUpdate,
    LinkLook, NewLinkPreview, OneLink,
};
pub use settings::{QuietHours, SettingsSet, Theme};
pub use sharing::{
    Location, MessageForward, MessageReschedule, NewPoll, PollClose, PollVote, Scheduled, SharedContact,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One request: the method and its params. For serde one field, named like the method: told apart by a field of its own, as in
/// JSON-RPC (and in the schema), what reads each method's params would be compiled twice, 230,000 bytes of a browser's engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(tag = "method", content = "params")]
#[allow(missing_docs)] // Each variant is documented by its method name and its params.
pub enum Command {
    #[serde(rename = "account.create")]
    AccountCreate(AccountCreate),
    #[serde(rename = "account.show")]
    AccountShow(Nothing),
    #[serde(rename = "account.set")]
    AccountSet(AccountSet),
    #[serde(rename = "account.unlock")]
    AccountUnlock(AccountUnlock),
    #[serde(rename = "account.passphrase")]
    AccountPassphrase(AccountPassphrase),
    #[serde(rename = "account.passkey")]
    AccountPasskey(AccountPasskey),
    #[serde(rename = "account.prove")]
    AccountProve(AccountProve),
    #[serde(rename = "account.lock")]
    AccountLock(Nothing),
    #[serde(rename = "account.delete")]
    AccountDelete(AccountDelete),
    #[serde(rename = "account.keep")]
    AccountKeep(Nothing),
    #[serde(rename = "recovery.kit")]
    RecoveryKit(RecoveryKit),
    #[serde(rename = "recovery.written")]
    RecoveryWritten(Nothing),
    #[serde(rename = "recovery.restore")]
    RecoveryRestore(RecoveryRestore),
    #[serde(rename = "invite.create")]
    InviteCreate(InviteCreate),
    #[serde(rename = "sync")]
    Sync(Nothing),
    #[serde(rename = "contact.knock")]
    ContactKnock(ContactKnock),
    #[serde(rename = "contact.withdraw")]
    ContactWithdraw(Who),
    #[serde(rename = "contact.requests")]
    ContactRequests(Nothing),
    #[serde(rename = "contact.accept")]
    ContactAccept(Who),
    #[serde(rename = "contact.decline")]
    ContactDecline(Who),
    #[serde(rename = "contact.block")]
    ContactBlock(Who),
    #[serde(rename = "contact.unblock")]
    ContactUnblock(Who),
    #[serde(rename = "contact.list")]
    ContactList(Nothing),
    #[serde(rename = "contact.safety")]
    ContactSafety(Who),
    #[serde(rename = "contact.verify")]
    ContactVerify(ContactVerify),
    #[serde(rename = "contact.looked")]
    ContactLooked(Who),
    #[serde(rename = "contact.strict", alias = "guard.strict")]
    ContactStrict(ContactStrict),
    #[serde(rename = "contact.nickname")]
    ContactNickname(ContactNickname),
    #[serde(rename = "conversation.create")]
    ConversationCreate(ConversationCreate),
    #[serde(rename = "conversation.requests")]
    ConversationRequests(Nothing),
    #[serde(rename = "conversation.accept")]
    ConversationAccept(InConversation),
    #[serde(rename = "conversation.decline")]
    ConversationDecline(InConversation),
    #[serde(rename = "conversation.list")]
    ConversationList(ConversationList),
    #[serde(rename = "conversation.show")]
    ConversationShow(InConversation),
    #[serde(rename = "conversation.add")]
    ConversationAdd(ConversationAdd),
    #[serde(rename = "conversation.remove")]
    ConversationRemove(Members),
    #[serde(rename = "conversation.leave")]
    ConversationLeave(InConversation),
    #[serde(rename = "conversation.set")]
    ConversationSet(ConversationSet),
    #[serde(rename = "conversation.notes")]
    ConversationNotes(Nothing),
    #[serde(rename = "conversation.mark")]
    ConversationMark(ConversationMark),
    #[serde(rename = "conversation.draft")]
    ConversationDraft(ConversationDraft),
    #[serde(rename = "recording.keep")]
    RecordingKeep(RecordingKeep),
    #[serde(rename = "recording.show")]
    RecordingShow(InConversation),
    #[serde(rename = "recording.remove")]
    RecordingRemove(InConversation),
    #[serde(rename = "conversation.typing")]
    ConversationTyping(Typing),
    #[serde(rename = "push.key")]
    PushKey(Nothing),
    #[serde(rename = "push.set")]
    PushSet(PushSet),
    #[serde(rename = "presence.set")]
    PresenceSet(PresenceSet),
    #[serde(rename = "conversation.scheduled")]
    ConversationScheduled(Scheduled),
    #[serde(rename = "conversation.clear")]
    ConversationClear(ConversationClear),
    #[serde(rename = "group.link")]
    GroupLink(InConversation),
    #[serde(rename = "group.link_reset")]
    GroupLinkReset(InConversation),
    #[serde(rename = "group.asked")]
    GroupAsked(Nothing),
    #[serde(rename = "group.approve")]
    GroupApprove(GroupApprove),
    #[serde(rename = "group.refuse")]
    GroupRefuse(GroupJoin),
    #[serde(rename = "list.set")]
    ListSet(ListSet),
    #[serde(rename = "list.remove")]
    ListRemove(ListRemove),
    #[serde(rename = "list.list")]
    ListList(Nothing),
    #[serde(rename = "list.draft")]
    ListDraft(ListDraft),
    #[serde(rename = "list.send")]
    ListSend(ListSend),
    #[serde(rename = "history.import")]
    HistoryImport(HistoryImport),
    #[serde(rename = "history.add")]
    HistoryAdd(HistoryAdd),
    #[serde(rename = "message.send")]
    MessageSend(MessageSend),
    #[serde(rename = "message.list")]
    MessageList(MessageList),
    #[serde(rename = "message.edit")]
    MessageEdit(MessageEdit),
    #[serde(rename = "message.delete")]
    MessageDelete(MessageDelete),
    #[serde(rename = "message.react")]
    MessageReact(MessageReact),
    #[serde(rename = "message.read")]
    MessageRead(OneMessage),
    #[serde(rename = "message.pin")]
    MessagePin(MessageMark),
    #[serde(rename = "message.star")]
    MessageStar(MessageMark),
    #[serde(rename = "message.search")]
    MessageSearch(MessageSearch),
    #[serde(rename = "message.forward")]
    MessageForward(MessageForward),
    #[serde(rename = "message.open")]
    MessageOpen(OneMessage),
    #[serde(rename = "message.reschedule")]
    MessageReschedule(MessageReschedule),
    #[serde(rename = "message.listen")]
    MessageListen(OneMessage),
    #[serde(rename = "message.info")]
    MessageInfo(OneMessage),
    #[serde(rename = "message.history")]
    MessageHistory(OneMessage),
    #[serde(rename = "poll.vote")]
    PollVote(PollVote),
    #[serde(rename = "poll.close")]
    PollClose(PollClose),
    #[serde(rename = "call.start")]
    CallStart(CallStart),
    #[serde(rename = "call.answer")]
    CallAnswer(CallAnswer),
    #[serde(rename = "call.decline")]
    CallDecline(CallDecline),
    #[serde(rename = "call.leave")]
    CallLeave(OneCall),
    #[serde(rename = "call.list")]
    CallList(CallList),
    #[serde(rename = "call.link")]
    CallLink(InConversation),
    #[serde(rename = "call.find")]
    CallFind(CallFind),
    #[serde(rename = "call.sign")]
    CallSign(CallSign),
    #[serde(rename = "call.stats")]
    CallStats(OneCall),
    #[serde(rename = "device.request")]
    DeviceRequest(DeviceRequest),
    #[serde(rename = "device.inspect")]
    DeviceInspect(DeviceInspect),
    #[serde(rename = "device.approve")]
    DeviceApprove(DeviceApprove),
    #[serde(rename = "device.list")]
    DeviceList(Nothing),
    #[serde(rename = "device.remove")]
    DeviceRemove(OneDevice),
    #[serde(rename = "device.rename")]
    DeviceRename(DeviceRename),
    #[serde(rename = "device.sign_out")]
    DeviceSignOut(DeviceSignOut),
    #[serde(rename = "settings.show")]
    SettingsShow(Nothing),
    #[serde(rename = "settings.set")]
    SettingsSet(SettingsSet),
    #[serde(rename = "storage.usage")]
    StorageUsage(Nothing),
    #[serde(rename = "data.export")]
    DataExport(DataExport),
    #[serde(rename = "data.export_cancel")]
    DataExportCancel(Nothing),
    #[serde(rename = "backup.passphrase")]
    BackupPassphrase(Nothing),
    #[serde(rename = "backup.create")]
    BackupCreate(BackupCreate),
    #[serde(rename = "backup.restore")]
    BackupRestore(BackupRestore),
    #[serde(rename = "backup.show")]
    BackupShow(Nothing),
    #[serde(rename = "backup.cancel")]
    BackupCancel(Nothing),
    #[serde(rename = "backup.passkey")]
    BackupPasskey(BackupPasskey),
    #[serde(rename = "backup.end")]
    BackupEnd(Nothing),
    #[serde(rename = "backup.read")]
    BackupRead(BackupRead),
    #[serde(rename = "backup.put")]
    BackupPut(BackupPut),
    #[serde(rename = "backup.sign")]
    BackupSign(BackupSign),
    #[serde(rename = "backup.open")]
    BackupOpen(BackupOpen),
    #[serde(rename = "backup.store")]
    BackupStore(BackupStore),
    #[serde(rename = "backup.fetch")]
    BackupFetch(BackupFetch),
    #[serde(rename = "report.create")]
    ReportCreate(ReportCreate),
    #[serde(rename = "report.sign")]
    ReportSign(ReportSign),
    #[serde(rename = "indicators.import")]
    IndicatorsImport(IndicatorsImport),
    #[serde(rename = "indicators.add")]
    IndicatorsAdd(IndicatorsAdd),
    #[serde(rename = "indicators.update")]
    IndicatorsUpdate(IndicatorsUpdate),
    #[serde(rename = "indicators.list")]
    IndicatorsList(Nothing),
    #[serde(rename = "indicators.remove")]
    IndicatorsRemove(IndicatorsRemove),
    #[serde(rename = "indicators.look_back")]
    IndicatorsLookBack(Nothing),
    #[serde(rename = "link.look")]
    LinkLook(LinkLook),
    #[serde(rename = "link.preview")]
    LinkPreview(OneLink),
    #[serde(rename = "guard.checkup")]
    GuardCheckup(Nothing),
    #[serde(rename = "guard.note")]
    GuardNote(GuardNote),
    #[serde(rename = "guard.release")]
    GuardRelease(OneAttachment),
    #[serde(rename = "guard.journal")]
    GuardJournal(Nothing),
    #[serde(rename = "attachment.save")]
    AttachmentSave(AttachmentSave),
    #[serde(rename = "attachment.cancel")]
    AttachmentCancel(OneAttachment),
}

impl Command {
    /// One from a method's name and its params, an object.
    pub fn named(method: &str, params: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(json!({method: params}))
    }
}

/// No parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Makes an account and this device its first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCreate {
    /// The server's URL; may be left out where `invite` names it.
    #[serde(default)]
    pub server: Option<String>,
    /// The handle, `[a-z0-9._-]{2,32}`.
    pub name: String,
    /// An invitation link.
    #[serde(default)]
    pub invite: Option<String>,
    /// Encrypts the database of this device; without it the key is kept as `account.show` says.
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// What contacts see of this account. Fields left out stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSet {
    /// The name contacts see.
    #[serde(default)]
    pub display_name: Option<String>,
    /// A line about oneself.
    #[serde(default)]
    pub about: Option<String>,
    /// A picture file's path; empty removes it.
    #[serde(default)]
    pub picture: Option<String>,
    /// Who may knock: `anyone`, `link` or `nobody`.
    #[serde(default)]
    pub knocks: Option<Knocks>,
}

/// Who may knock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Knocks {
    /// Anyone who knows the address.
    Anyone,
    /// People with one of my links.
    Link,
    /// Nobody.
    Nobody,
}

/// Opens the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountUnlock {
    /// As given to `account.create`.
    #[serde(default)]
    pub passphrase: String,
    /// What a passkey's `prf` extension answered, in a browser that has one for it: base64url without padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<String>,
}

/// Makes an invitation link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteCreate {
    /// How many may join with it; 1 if left out.
    #[serde(default)]
    pub uses: Option<u32>,
    /// When it ends, RFC 3339; in 7 days if left out.
    #[serde(default)]
    pub expires: Option<String>,
}

/// Asks somebody for contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactKnock {
    /// An address, `name@server`, or a link.
    pub to: String,
    /// At most 140 characters and 400 bytes.
    #[serde(default)]
    pub note: Option<String>,
}

/// Somebody, by address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// `name@server`.
    pub who: String,
}

/// Starts a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationCreate {
    /// Addresses of the others, who must be contacts.
    pub members: Vec<String>,
    /// The group's name. One other member and no name: the 1:1 chat, made once.
    #[serde(default)]
    pub name: Option<String>,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InConversation {
    /// Its id.
    pub conversation: String,
}

/// People in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Members {
    /// Its id.
    pub conversation: String,
    /// Addresses.
    pub members: Vec<String>,
}

/// Sends a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSend {
    /// Where to.
    pub conversation: String,
    /// Plain text with light formatting marks.
    #[serde(default)]
    pub text: Option<String>,
    /// A message's id.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Addresses of members who are mentioned as `@name` in the text.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// Local files.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// Shown once, then gone.
    #[serde(default)]
    pub view_once: bool,
    /// Makes a repeated request the same one. With another content it is refused (`taken`).
    #[serde(default)]
    pub client_id: Option<String>,
    /// RFC 3339: sent by this device then. `message.delete` cancels it before. Past by some minutes, it is sent at once; by more,
    /// it is refused.
    #[serde(default)]
    pub at: Option<String>,
    /// A poll, in place of text and files.
    #[serde(default)]
    pub poll: Option<NewPoll>,
    /// Somebody's address, in place of text and files.
    #[serde(default)]
    pub contact: Option<SharedContact>,
    /// A place, in place of text and files.
    #[serde(default)]
    pub location: Option<Location>,
    /// A preview of a link in the text. Strict mode leaves it out.
    #[serde(default)]
    pub preview: Option<NewLinkPreview>,
}

/// A local file to send.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// Its path.
    pub path: String,
    /// Chosen by the file's structure if left out.
    #[serde(default)]
    pub kind: Option<AttachmentKind>,
    /// A line below it.
    #[serde(default)]
    pub caption: Option<String>,
    /// Leaves EXIF, GPS and the like in a photo or video.
    #[serde(default)]
    pub keep_metadata: bool,
    /// Sends a document (PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, HEIC; also a photo, video or voice message that is sent as a document)
    /// as a copy without author, dates, programs and the like. Refused where it can't be cleaned: nothing is sent then. Without this, a
    /// document arrives byte for byte.
    #[serde(default)]
    pub clean: bool,
    /// Of a video: a small picture of it, at most 4 KiB, hexadecimal.
    #[serde(default)]
    pub preview: Option<String>,
}

/// What an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AttachmentKind {
    Photo,
    Video,
    Voice,
    Sticker,
    Document,
}

/// A page of messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageList {
    /// Where.
    pub conversation: String,
    /// Only messages before this one.
    #[serde(default)]
    pub before: Option<String>,
    /// Only messages after this one.
    #[serde(default)]
    pub after: Option<String>,
    /// RFC 3339: in place of `after`, the first messages from this time on.
    #[serde(default)]
    pub from: Option<String>,
    /// In place of `after`: the first that counts as unread and those after it.
    #[serde(default)]
    pub unread: bool,
    /// In place of `before`: the last before the first that counts as unread.
    #[serde(default)]
    pub read: bool,
    /// At most so many; 50 if left out, 1,000 at most.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Lists conversations, the one that was written in last at the end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationList {
    /// Only so many of the last, and those that are pinned; all if left out.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Without so many of the last: a long list is fetched in pieces.
    #[serde(default)]
    pub skip: Option<u32>,
}

/// Changes an own message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageEdit {
    /// Which.
    pub message: String,
    /// The new text.
    pub text: String,
}

/// Deletes a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageDelete {
    /// Which.
    pub message: String,
    /// For whom.
    #[serde(rename = "for")]
    pub scope: DeleteScope,
}

/// For whom a message is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeleteScope {
    /// On this account only.
    Me,
    /// For all who have it; own messages, and any as an admin.
    Everyone,
}

/// Reacts to a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageReact {
    /// Which.
    pub message: String,
    /// One emoji, or null to take the reaction back.
    pub emoji: Option<String>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneMessage {
    /// Which; everything before it counts as read too.
    pub message: String,
}

/// Marks a message or takes the mark away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageMark {
    /// Which.
    pub message: String,
    /// False takes the mark away.
    #[serde(default = "yes")]
    pub on: bool,
}

fn yes() -> bool {
    true
}

/// Saves a received or sent file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentSave {
    /// Which message.
    pub message: String,
    /// Which of its attachments, from 0.
    pub index: u32,
    /// Where to; must not exist yet.
    pub path: String,
}

/// One attachment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneAttachment {
    /// Which message.
    pub message: String,
    /// Which of its attachments, from 0.
    pub index: u32,
}
