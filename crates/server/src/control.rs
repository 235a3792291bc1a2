//! What an operator asks of a running server beside it, and what it answers: `casemate ctl`. A request and its answer are one line of JSON
//! each, on a socket in the data folder that its owner alone may open.
//!
//! Answers are data. Sentences are made where they are printed. What the server does not know is not here: whom somebody talks to, how
//! much, when they were there, and from where.

use serde::{Deserialize, Serialize};

use crate::config::Registration;

/// A request longer than this is refused.
pub const REQUEST_BYTES: usize = 4_096;

/// Accounts of one answer, at most.
pub const ACCOUNTS: u32 = 1_000;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How the server does: [`Answer::Status`].
    Status {},
    /// Accounts by name: [`Answer::Accounts`].
    Accounts {
        /// Those whose name sorts behind this one. Empty: from the first on.
        after: String,
    },
    /// One account: [`Answer::Account`].
    Account {
        /// Its name, with or without `@server`.
        name: String,
    },
    /// Takes its rights from an account until it is enabled again: [`Answer::Done`].
    Disable {
        /// See [`Request::Account`].
        name: String,
    },
    /// Gives them back: [`Answer::Done`].
    Enable {
        /// See [`Request::Account`].
        name: String,
    },
    /// Deletes an account now, for good: [`Answer::Done`].
    Delete {
        /// See [`Request::Account`].
        name: String,
    },
    /// Invitation links that hold: [`Answer::Invites`].
    Invites {
        /// Those whose id sorts behind this one. Empty: from the first on.
        after: String,
    },
    /// Withdraws one: [`Answer::Done`].
    RevokeInvite {
        /// Its [`Invite::id`].
        id: String,
    },
    /// Who may create an account: [`Answer::Registration`].
    Registration {
        /// From now on, also after a restart. None: it stays.
        to: Option<Registration>,
    },
    /// What takes the disk: [`Answer::Usage`].
    Usage {},
    /// Rates, and how often each refused somebody: [`Answer::Limits`].
    Limits {},
    /// Relays of calls: [`Answer::Relays`].
    Relays {},
    /// What is logged: [`Answer::Log`].
    Log {
        /// From now on until the server ends, as `RUST_LOG` says it. None: it stays.
        level: Option<String>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done {},
    /// See [`Request::Status`].
    Status(Status),
    /// See [`Request::Accounts`].
    Accounts {
        /// By name. Fewer than [`ACCOUNTS`]: these are the last.
        accounts: Vec<Account>,
    },
    /// See [`Request::Account`].
    Account(Account),
    /// See [`Request::Invites`].
    Invites {
        /// By id. Fewer than [`ACCOUNTS`]: these are the last.
        invites: Vec<Invite>,
    },
    /// See [`Request::Registration`].
    Registration {
        /// As it is.
        registration: Registration,
        /// As the configuration says. Another one: [`Request::Registration`] changed it.
        configured: Registration,
    },
    /// See [`Request::Usage`].
    Usage(Usage),
    /// See [`Request::Limits`].
    Limits {
        /// Each rate.
        rates: Vec<RateUse>,
    },
    /// See [`Request::Relays`].
    Relays {
        /// In the order of the configuration, the server's own first.
        relays: Vec<Relay>,
    },
    /// See [`Request::Log`].
    Log {
        /// As `RUST_LOG` says it.
        level: String,
    },
    /// It cannot be done.
    Refused(Refused),
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The request is not one of this version's.
    Unknown,
    /// There is no account of this name.
    NoAccount,
    /// There is no invitation with this id.
    NoInvite,
    /// This is no level of a log.
    BadLevel,
    /// The log says why.
    Internal,
}

/// How a server does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which build of the program it is. Empty: it is not known.
    pub build: String,
    /// Where people reach it.
    pub public_url: String,
    /// What stands behind the `@` of addresses.
    pub name: String,
    /// When it was started, in milliseconds since 1970.
    pub started_ms: i64,
    /// Who may create an account.
    pub registration: Registration,
    /// Days for which unread messages and files are kept.
    pub retention_days: u32,
    /// Accounts that there are.
    pub accounts: u64,
    /// Of them, those that the operator disabled.
    pub disabled: u64,
    /// Of them, those that are deleted within seven days.
    pub being_deleted: u64,
    /// Devices of all accounts.
    pub devices: u64,
    /// Invitation links that hold.
    pub invites: u64,
    /// WebSocket connections.
    pub connections: u64,
    /// Requests that were refused since the start.
    pub refused: u64,
    /// Parts that cannot write, by their names in `/readyz`.
    pub failing: Vec<String>,
    /// Records of messages that are damaged on the disk and set aside.
    pub damaged_records: u64,
    /// Files that are stored by their rows, and missing or cut.
    pub missing_files: u64,
    /// Bytes that the disk of the data folder has free.
    pub free_bytes: u64,
    /// The list of everyone's keys.
    pub keys: Keys,
    /// As `RUST_LOG` says it.
    pub log: String,
}

/// The list of everyone's keys (docs/protocol.md, "Key transparency").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The incarnation of the server, in hex: another one after it was put back from a backup.
    pub incarnation: String,
    /// The newest epoch.
    pub epoch: u64,
    /// When its head was signed, in milliseconds since 1970.
    pub at_ms: i64,
    /// Changes of accounts that wait for the next epoch.
    pub waiting: u64,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name, without `@server`.
    pub name: String,
    /// Its id, in hex.
    pub id: String,
    /// Since when the operator took its rights, in milliseconds since 1970.
    pub disabled_ms: Option<i64>,
    /// When it is deleted, as its owner asked.
    pub deleted_ms: Option<i64>,
    /// Its devices' ids in hex, the primary first.
    pub devices: Vec<String>,
    /// How often its document changed.
    pub version: u64,
    /// Who may ask its owner for contact.
    pub knocks: Knocks,
    /// Invitation links of its owner that hold.
    pub invites: u64,
    /// Bytes of its backup.
    pub backup_bytes: u64,
    /// Items that wait for its devices.
    pub waiting: u64,
}

/// Who may ask for contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knocks {
    /// Anybody.
    Anyone,
    /// Who has an invitation link.
    Link,
    /// Who is in an organisation with its owner.
    Organisation,
    /// Nobody.
    Nobody,
}

/// An invitation link. Its secret is in the link alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// A hash of the secret, in hex.
    pub id: String,
    /// The name of whose it is. None: the operator's.
    pub of: Option<String>,
    /// How many may still join by it.
    pub uses_left: u64,
    /// Until when it holds, in milliseconds since 1970. None: for ever.
    pub expires_ms: Option<i64>,
}

/// What takes the disk, in bytes. Files and backups are counted as they are stored by their rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Accounts, inboxes and invitations: `directory.db`.
    pub directory: u64,
    /// The list of everyone's keys: `transparency.db`.
    pub keys: u64,
    /// Messages: `delivery/`.
    pub messages: u64,
    /// Files, without those of backups.
    pub files: u64,
    /// How many they are.
    pub file_count: u64,
    /// Backups of accounts.
    pub backups: u64,
    /// How many accounts have one.
    pub backup_count: u64,
    /// Where devices are woken: `push.db`.
    pub push: u64,
    /// Free on the disk of the data folder.
    pub free: u64,
    /// All of that disk.
    pub disk: u64,
}

/// A rate, for an address of IPv4 or a /64 of IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateUse {
    /// Its setting below `limits` in the configuration; or `changes_in_calls`, which is 20 times `calls_per_hour`, or `log_kib`, which is fixed,
    /// and for a conversation.
    pub rate: String,
    /// How many in an hour. A quarter of it may come at once.
    pub per_hour: u64,
    /// How often it refused somebody since the start.
    pub refused: u64,
}

/// A relay of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// How the configuration calls it.
    pub name: String,
    /// Whether it answers. None: it is being tried.
    pub reached: Option<bool>,
    /// Which build of the program it is. Empty: it does not say.
    pub build: String,
    /// Whether it is replaced once nobody is in a call there.
    pub drains: bool,
    /// Rooms with somebody in them.
    pub rooms: u32,
    /// Participants in all of them.
    pub participants: u32,
}
