//! What happens by itself. In JSON-RPC: `{"method": "event", "params": {"type": …, …}}`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::view::{IndicatorMatch, Message, Restored, SoundProgram};

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum Event {
    /// A new message of somebody else, of another own device, or one whose time to be sent has come.
    #[serde(rename = "message.received")]
    MessageReceived {
        /// The whole message.
        message: Message,
    },
    /// Text, reactions, attachments or marks of a message changed.
    #[serde(rename = "message.changed")]
    MessageChanged {
        /// Its id.
        message: String,
        /// Where.
        conversation: String,
    },
    /// Somebody else reacted to an own message. That it changed is said besides.
    #[serde(rename = "message.reacted")]
    MessageReacted {
        /// Its id.
        message: String,
        /// Where.
        conversation: String,
        /// Who, as an address.
        from: String,
        /// The reaction.
        emoji: String,
    },
    /// An own message is on its way.
    #[serde(rename = "message.state")]
    MessageState {
        /// Its id.
        message: String,
        /// Where.
        conversation: String,
        /// `queued`, `sent`, `delivered`, `read` or `failed`.
        state: String,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A message that arrived, or was changed, has something in it that is known to be bad.
    #[serde(rename = "indicator.matched")]
    IndicatorMatched {
        /// What was found, and by which list.
        found: IndicatorMatch,
    },
    /// Lists of what is known to be bad came, or were taken away.
    #[serde(rename = "indicators.changed")]
    IndicatorsChanged {},
    /// Somebody knocks.
    #[serde(rename = "contact.requested")]
    ContactRequested {
        /// Their address.
        from: String,
        /// Plain text.
        note: String,
    },
    /// A contact was accepted, named, blocked.
    #[serde(rename = "contact.changed")]
    ContactChanged {
        /// Their address.
        who: String,
    },
    /// A conversation is new, has another name or other members, or was asked for.
    #[serde(rename = "conversation.changed")]
    ConversationChanged {
        /// Its id.
        conversation: String,
    },
    /// Earlier messages that somebody shared are here, above or between those that were.
    #[serde(rename = "history.shared")]
    HistoryShared {
        /// Where.
        conversation: String,
        /// How many.
        messages: u64,
    },
    /// Somebody types, or no longer.
    #[serde(rename = "typing")]
    Typing {
        /// Where.
        conversation: String,
        /// Their address.
        who: String,
        /// Whether it goes on. It ends by itself where nothing more is heard.
        on: bool,
    },
    /// A contact is there, or went.
    #[serde(rename = "presence")]
    Presence {
        /// The conversation with them.
        conversation: String,
        /// Their address.
        who: String,
        /// Whether they are there now.
        online: bool,
        /// RFC 3339, to the minute: when they last were.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seen: Option<String>,
    },
    /// Somebody calls. Nothing of sound or pictures exists until `call.answer`.
    #[serde(rename = "call.ringing")]
    CallRinging {
        /// Its id.
        call: String,
        /// Where.
        conversation: String,
        /// Their address.
        from: String,
        /// With pictures.
        video: bool,
    },
    /// A call rings no longer, goes on, was taken or is over; or others came or left.
    #[serde(rename = "call.changed")]
    CallChanged {
        /// Its id.
        call: String,
        /// Where.
        conversation: String,
        /// As in `call.list`.
        state: String,
        /// Why it could not go on, for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// The call that goes on in its place, where two called each other at the same moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<String>,
    },
    /// Somebody in this device's call shows something without a word.
    #[serde(rename = "call.signed")]
    CallSigned {
        /// The call.
        call: String,
        /// Their address.
        address: String,
        /// Their device.
        device: String,
        /// Their microphone is off.
        muted: bool,
        /// Their hand is raised.
        hand: bool,
        /// Their camera is on; left out where they do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        camera: Option<bool>,
        /// They share a screen; the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        screen: Option<bool>,
        /// An emoji, for a moment.
        #[serde(skip_serializing_if = "Option::is_none")]
        reaction: Option<String>,
    },
    /// What this device's call is spoken into and heard from, where it was begun with `send` as `microphone`: said once both are
    /// known, and again when something of it changes.
    #[serde(rename = "call.sound")]
    CallSound {
        /// The call.
        call: String,
        /// What it is spoken into.
        microphone: SoundProgram,
        /// What it is heard from.
        loudspeaker: SoundProgram,
        /// Silence is sent (`call.sign`).
        muted: bool,
    },
    /// Settings were chosen, here or on another own device.
    #[serde(rename = "settings.changed")]
    SettingsChanged {},
    /// A file is on its way.
    #[serde(rename = "transfer.progress")]
    TransferProgress {
        /// Its message.
        message: String,
        /// Which of its attachments.
        index: u32,
        /// Done so far.
        bytes: u64,
        /// In all.
        of: u64,
    },
    /// An export is being written.
    #[serde(rename = "export.progress")]
    ExportProgress {
        /// Done so far, in a measure of its own.
        done: u64,
        /// In all.
        of: u64,
    },
    /// A backup is being written or read.
    #[serde(rename = "backup.progress")]
    BackupProgress {
        /// Done so far, in a measure of its own.
        done: u64,
        /// In all.
        of: u64,
    },
    /// It is time to bring the backup on the server up to date (`backup.create`), or to go on restoring it
    /// (`backup.restore`); neither needs the passphrase.
    #[serde(rename = "backup.due")]
    BackupDue {
        /// To restore.
        restore: bool,
    },
    /// What `backup.show` says changed.
    #[serde(rename = "backup.changed")]
    BackupChanged {},
    /// This device has no room left for what comes, or has room again. What could not be kept stays on the server.
    #[serde(rename = "storage")]
    Storage {
        /// No room.
        full: bool,
        /// For people.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The connection to the server.
    #[serde(rename = "connection")]
    Connection {
        /// `online`, `connecting` or `offline`.
        state: String,
        /// Why not online.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A device of the own account was added or removed.
    #[serde(rename = "device.changed")]
    DeviceChanged {
        /// Its id.
        device: String,
    },
    /// This device belongs to an account now: its primary agreed.
    #[serde(rename = "device.linked")]
    DeviceLinked {
        /// `name@server`
        address: String,
    },
    /// It does not, and the code holds no longer.
    #[serde(rename = "device.link_failed")]
    DeviceLinkFailed {
        /// Why.
        why: String,
    },
    /// This device was removed by its account's primary: everything of the account is gone from it.
    #[serde(rename = "device.wiped")]
    DeviceWiped {},
    /// This device, a linked one, was signed out here (`device.sign_out`): everything of the account is gone from it.
    #[serde(rename = "device.signed_out")]
    DeviceSignedOut {
        /// The account's primary was told, and removes it as soon as it is online. Else it is to be removed there.
        told: bool,
    },
    /// Earlier messages are on their way to a newly linked device: told there and on the primary.
    #[serde(rename = "history.progress")]
    HistoryProgress {
        /// The device that gets them.
        device: String,
        /// Messages so far.
        done: u64,
        /// In all.
        of: u64,
        /// Nothing more comes.
        finished: bool,
    },
    /// What contacts see of the own account was changed, or how it stands with its recovery kit.
    #[serde(rename = "account.changed")]
    AccountChanged {},
    /// The own account was deleted, and everything of it is gone from this device.
    #[serde(rename = "account.deleted")]
    AccountDeleted {},
    /// The own account was restored on another device: this one is out.
    #[serde(rename = "account.replaced")]
    AccountReplaced {},
    /// The account is back on this device: what of it, and from when.
    #[serde(rename = "account.restored")]
    AccountRestored {
        /// What came back, and what is missing.
        restored: Restored,
        /// A sentence for people.
        why: String,
    },
    /// The server's list of everyone's keys cannot be relied on.
    #[serde(rename = "log.doubtful")]
    LogDoubtful {
        /// Whose keys, or with whom it showed: their address. Absent where it is about the own account or all.
        #[serde(skip_serializing_if = "Option::is_none")]
        who: Option<String>,
        /// A sentence for people.
        why: String,
    },
    /// This device's clock and the server's are more than ten minutes apart: said once until they agree again.
    #[serde(rename = "clock.apart")]
    ClockApart {
        /// Milliseconds by which this device's is ahead; below 0 it is behind.
        by_ms: i64,
        /// A sentence for people.
        why: String,
    },
    /// Somebody's account key changed.
    #[serde(rename = "safety.changed")]
    SafetyChanged {
        /// Their address.
        who: String,
    },
}
