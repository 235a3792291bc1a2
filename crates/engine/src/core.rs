//! What every feature works with: the transaction, the session, the outputs, and errors.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use casemate_api::{Error, Event, Kind};
use casemate_crypto::{CryptoError, DeviceIdentity, SealKeys};
use casemate_wire::handle::BadHandle;
use casemate_wire::ids::{AccountId, BlobId, DeviceId, Hash32, InboxToken, LogId};
use casemate_wire::proto::wire::{ClientFrame, Error as WireError, HelloAnswer, client_frame::Request};
use prost::Message as _;
use rand::RngCore as _;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use crate::Config;
use crate::connection::{Awaiting, Waiter, is_passing, retry_after};
use crate::io::Output;

/// What is refused for good is asked again at most so often. Longer burdens the server less, and leaves a mistake of the
/// server's uncorrected for longer on a device that stays connected.
const REFUSED_MS: i64 = 3_600_000;

/// From a second to more than an hour.
const REFUSED_DOUBLINGS: u32 = 12;

/// Why handling an input stopped. Its transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Fail {
    /// The user asked for something that cannot be done: tell them.
    #[error("{0}")]
    User(#[from] Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The cryptography refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The server sent what no honest server sends: connect anew.
    #[error("the server sent something unexpected: {0}")]
    Server(&'static str),
    /// The program ended while it handled this.
    #[error("the program ended while it was handled")]
    Ended,
}

/// Result of a feature's function.
pub type Done<T> = Result<T, Fail>;

impl Fail {
    /// As the interface tells it.
    pub fn to_api(&self) -> Error {
        match self {
            Self::User(error) => error.clone(),
            Self::Store(error) => store_error(error),
            Self::Crypto(CryptoError::Store(_)) if self.is_no_room() => no_room(),
            Self::Crypto(CryptoError::NotAllowed(why)) => {
                Error::new(Kind::NotAllowed, format!("This is not allowed here: {why}."))
            }
            Self::Crypto(CryptoError::TooLarge(why)) => Error::new(Kind::TooLarge, *why),
            Self::Crypto(error) => Error::new(Kind::Untrusted, error.to_string()),
            Self::Ended => Error::new(Kind::Untrusted, "The program ended while it handled this."),
            Self::Server(why) => {
                Error::new(Kind::ServerRefused, format!("The server answered wrongly: {why}."))
            }
        }
    }

    /// The database failed, by itself or under the cryptography.
    pub fn is_of_the_store(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Crypto(CryptoError::Store(_)))
    }

    /// There is no room for what was to be kept.
    pub fn is_no_room(&self) -> bool {
        match self {
            Self::Store(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            // SQLite's words: they came through another crate.
            Self::Crypto(CryptoError::Store(error)) => error.0.contains("disk is full"),
            _ => false,
        }
    }
}

fn no_room() -> Error {
    Error::new(Kind::StorageFull, "This device's disk is full. Nothing was lost: make room and try again.")
}

impl From<BadHandle> for Fail {
    fn from(error: BadHandle) -> Self {
        invalid(sentence(&error.to_string()))
    }
}

/// First letter large, full stop at the end.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '…']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The request itself is wrong.
pub fn invalid(message: impl Into<String>) -> Fail {
    Fail::User(Error::new(Kind::Invalid, message))
}

/// There is no such thing.
pub fn not_found(message: impl Into<String>) -> Fail {
    Fail::User(Error::new(Kind::NotFound, message))
}

/// Not for this account.
pub fn not_allowed(message: impl Into<String>) -> Fail {
    Fail::User(Error::new(Kind::NotAllowed, message))
}

/// Over a limit.
pub fn too_large(message: impl Into<String>) -> Fail {
    Fail::User(Error::new(Kind::TooLarge, message))
}

fn store_error(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => no_room(),
        _ => Error::new(Kind::StorageFull, format!("The database of this device failed: {error}.")),
    }
}

/// Everything that lives only as long as the process.
pub struct Core {
    pub config: Config,
    pub session: Session,
    /// Groups in use; emptied when a transaction is rolled back, because they are then ahead of it.
    pub groups: crate::groups::Groups,
    /// This device's keys, once there is an account.
    pub me: Option<Me>,
    /// Device clock plus this is the time that everything goes by.
    pub clock_offset_ms: i64,
    /// How far the server says that its clock is ahead of this device's.
    pub server_ahead_ms: i64,
    /// How long this device ran since anybody confirmed its clock, in steps of ten minutes at most; none where somebody did.
    pub clock_doubted_ms: Option<i64>,
    /// What the device's clock said last.
    pub clock_read_ms: i64,
    /// Transfers under way, by number.
    pub transfers: BTreeMap<u64, crate::attachment::Transferring>,
    pub next_transfer: u64,
    /// `attachment.save` commands waiting for a download.
    pub saves: Vec<crate::attachment::WaitingSave>,
    /// Commands that wait for the first connection.
    pub deferred: Vec<(u64, casemate_api::Command)>,
    /// Commands that the input under way begins, or has the server's answer to. Where it fails they are answered so.
    pub in_hand: Vec<u64>,
    /// Logs whose forks were told in this run, and by whom.
    pub forks_told: BTreeSet<(LogId, AccountId)>,
    /// What a server's disk damaged.
    pub lost: crate::log::Lost,
    /// Whether the person is looking, and at what.
    pub here: crate::presence::Here,
    /// What is known to be bad, once it was looked for.
    pub indicators: Option<std::sync::Arc<casemate_screening::index::Index>>,
    /// When the next piece of what an earlier version left for search is looked at; none where nothing is left.
    pub refold_ms: Option<i64>,
    /// By conversation, how an earlier export differs from the one that is being brought along.
    pub import_shifts: BTreeMap<i64, crate::history::Shift>,
    /// Of the newest entries, by log.
    pub recent: BTreeMap<LogId, BTreeMap<u64, crate::log::Recent>>,
    /// Calls taken part in.
    pub calls: crate::call::Calls,
    /// What is fetched into memory in this run.
    pub fetches: crate::fetch::Fetches,
    pub sealed: crate::receipt::Sealed,
    /// What ended the program while it was handled.
    pub crashes: crate::crashed::Crashes,
}

impl Core {
    /// A transaction was undone, or is now where that failed: what is in memory may be ahead of it.
    pub fn rolled_back(&mut self, db: &Connection) {
        if !db.is_autocommit()
            && let Err(error) = db.execute_batch("ROLLBACK")
        {
            tracing::error!("a transaction could not be undone: {error}");
        }
        (self.groups, self.lost) = Default::default();
        self.crashes.rolled_back(db);
        // Where it cannot be read now, the next input fails as well.
        if let Ok(me) = crate::account::load_me(db) {
            self.me = me;
        }
    }
}

/// This device.
pub struct Me {
    pub identity: DeviceIdentity,
    pub seal: SealKeys,
    pub address: String,
    pub server_name: String,
}

impl Me {
    pub fn account(&self) -> AccountId {
        self.identity.account
    }
}

/// One connection's state. A new connection begins with a new one, and the database says what is to be done.
#[derive(Default)]
pub struct Session {
    pub connected: bool,
    pub hello: Option<HelloAnswer>,
    /// When it came, by the device's clock.
    pub greeted_ms: i64,
    pub next_frame: u64,
    pub awaiting: BTreeMap<u64, Awaiting>,
    /// Logs followed on this connection and their newest entry as far as known.
    pub followed: BTreeMap<LogId, u64>,
    pub following: BTreeSet<LogId>,
    /// Those that the server could not let it follow just now.
    pub follow_again: BTreeSet<LogId>,
    /// Logs whose reader of this device was dropped, while it asks why.
    pub left_out: BTreeMap<LogId, crate::log::Shown>,
    /// Where the server said that nothing more comes: cursor, and how often.
    pub closed: BTreeMap<LogId, (u64, u32)>,
    /// Logs that are followed once others are, the next one first.
    pub follow_next: VecDeque<LogId>,
    pub inbox_head: Option<u64>,
    /// From which item on this device asked once more for what it had by number.
    pub inbox_again: Option<u64>,
    /// Nothing in the inbox shows that the server was put back.
    pub inbox_same: bool,
    /// What is under way on this connection, so that it is not started twice.
    pub busy: BTreeSet<Job>,
    /// Logs with something to do.
    pub dirty: BTreeSet<LogId>,
    /// Commands waiting until all is processed and sent.
    pub waiters: Vec<Waiter>,
    /// When to look again, and at what; `None` is everything.
    pub wake: BTreeSet<(i64, Option<LogId>)>,
    /// Something may be to be done that does not belong to one log.
    pub chores: bool,
    /// When the person last read something here.
    pub read_ms: i64,
    /// Blind tokens that something waits for, by kind.
    pub tokens_wanted: BTreeMap<i32, i64>,
    /// Key packages fetched for the commit being prepared, and those asked for.
    pub key_packages: BTreeMap<(LogId, AccountId, DeviceId), Vec<u8>>,
    pub fetching: BTreeSet<(LogId, AccountId, DeviceId)>,
    /// When the server was last asked for a device's newest key to seal to.
    pub asked_seal_keys: BTreeMap<(AccountId, DeviceId), i64>,
    /// How often in a row a log's commits were refused.
    pub commits_refused: BTreeMap<LogId, u32>,
    /// Inbox tokens that were made in this session for those who are asked to add this device.
    pub fresh_tokens: BTreeMap<AccountId, InboxToken>,
    /// Of which accounts a newer document was looked for, to add this device.
    pub looked_newer: BTreeSet<(AccountId, DeviceId)>,
    /// How many of a device's key packages were too old for the group.
    pub old_packages: BTreeMap<(LogId, AccountId, DeviceId), u32>,
    /// Who said in this session that they leave: their removal is told as leaving.
    pub leavers: BTreeSet<(LogId, AccountId)>,
    /// Logs that have more readers, by the server's word, than may be.
    pub crowded: BTreeSet<LogId>,
    /// Of whom it was said that they speak in a place that their conversation has left.
    pub unheard: BTreeSet<(LogId, AccountId)>,
    /// Commands that wait for a knock to be delivered.
    pub knock_commands: BTreeMap<i64, u64>,
    /// How often the server's answer about whom a knock goes to did not hold.
    pub knock_doubts: BTreeMap<i64, u32>,
    /// The `account.create` or `recovery.restore` under way.
    pub creating: Option<u64>,
    /// It is the latter.
    pub restoring: bool,
    /// How often a restore began anew because the account was changed meanwhile.
    pub restore_tries: u32,
    /// The words that this device made in a restore whose answer was lost open the account, and not the typed ones.
    pub restored_before: bool,
    /// It is a `device.request`.
    pub linking: bool,
    /// Removed devices whose reports are awaited.
    pub removals: Vec<crate::contain::Removal>,
    /// What the recovery box says may have changed.
    pub box_doubtful: bool,
    /// Heads of the key-transparency log that were looked at already.
    pub heads_met: BTreeSet<Hash32>,
    /// Epochs of which the server was asked to show that its newest head goes on from them.
    pub heads_asked: Vec<u64>,
    /// When own leaves are looked at again for one that needs new keys.
    pub refreshes_due_ms: i64,
    /// When leaves of which nothing is heard are looked for again.
    pub unheard_due_ms: i64,
    /// For how long this device was there, as its settings say.
    pub here_ms: Option<i64>,
    /// Conversations that were lost may have to be asked for.
    pub rejoin_due: bool,
    /// The account is about to be deleted on the server.
    pub deleting: bool,
    /// Not before these times (server asked to wait), by device clock.
    pub pauses: BTreeMap<Job, i64>,
    /// Commits made in this input, and logs whose commits come later.
    pub commits_made: usize,
    pub commits_wait: BTreeSet<LogId>,
    pub commits_held_until_ms: i64,
    /// Uploads whose place on the server was made anew.
    pub made_anew: BTreeSet<BlobId>,
    /// Tokens of a kind that the server still issues today, where it refused more.
    pub tokens_left: BTreeMap<i32, usize>,
    /// How many of a kind were asked for.
    pub tokens_asked: BTreeMap<i32, usize>,
    /// How often jobs were refused in a row.
    pub refused: BTreeMap<Job, u32>,
    /// Pictures that could not be fetched, and how often on this connection.
    pub picture_tries: BTreeMap<BlobId, u32>,
    /// Who asked to be added again: when it is next done, and how often it was asked on this connection.
    /// Who was told what they missed, since they came.
    pub told_missed: BTreeSet<(LogId, AccountId, DeviceId)>,
    pub asked_again: BTreeMap<(LogId, AccountId, DeviceId), (i64, u32)>,
    /// When a Welcome that is kept left for a device (offer/lost.rs).
    pub welcomed_ms: BTreeMap<(LogId, AccountId, DeviceId), i64>,
    /// Successors wait until the log that they continue was read.
    pub offers_wait: bool,
    /// Refusals as stale with nothing left to read: cursor, since when, how many.
    pub stale: BTreeMap<LogId, (u64, i64, u32)>,
    /// Pieces of a backup that were stored on this connection, while others lie under a key of before.
    pub backup_stored: BTreeSet<BlobId>,
    /// Parts of a backup on their way, by command.
    pub backups_moving: BTreeMap<u64, crate::backup_server::Moving>,
    /// Logs in which something visible arrived, and when those who are there are told.
    pub arrived: BTreeMap<LogId, i64>,
    /// Who types and who is there.
    pub typing: crate::typing::TypingNow,
    pub presence: crate::presence::PresenceNow,
    /// The server was asked for a sign of life, and has until then.
    pub doubted_ms: Option<i64>,
    pub last_trouble: String,
    pub failed_connects: u32,
}

/// Something that runs at most once at a time on a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    Inbox,
    KeyPackages,
    GivenTokens,
    Wallet(i32),
    Publish,
    RecoveryBox,
    Backup,
    Delete,
    KnockOut(i64),
    KnockIn(i64),
    CreateLog(LogId),
    Commit(LogId),
    CommitKeys(LogId),
    Reader(LogId),
    /// This device's receipt on its way, and those of others.
    Receipt(LogId),
    Receipts(LogId),
    Wake(LogId),
    Post(i64),
    Outbox(i64),
    Blob([u8; 16]),
    Offer(LogId),
    Share(i64),
    Part(i64),
    LinkAnswer([u8; 16]),
    Manifest(AccountId),
    SealKeys(AccountId),
    Heads,
    History,
    Listed(AccountId),
}

/// One input being handled: features are `impl Ctx` blocks in files of their own.
pub struct Ctx<'a> {
    pub db: &'a Connection,
    pub core: &'a mut Core,
    pub out: Vec<Output>,
    /// Device clock.
    pub now_ms: i64,
}

impl Ctx<'_> {
    pub fn online(&self) -> bool {
        self.core.session.hello.is_some()
    }

    pub fn me(&self) -> Done<&Me> {
        match &self.core.me {
            Some(me) => Ok(me),
            // Approved or not: the answer of the primary is not here yet.
            None if crate::db::LINK_SECRET.is_there(self.db)? => Err(not_found(
                "This device is being linked: it has no account until the primary device approves its code and the answer is here.",
            )),
            None => Err(not_found("There is no account on this device yet. Create one with account.create.")),
        }
    }

    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.core.config.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// 0..bound, for jitter.
    pub fn jitter(&mut self, bound: u64) -> i64 {
        (self.core.config.rng.next_u64() % bound.max(1)) as i64
    }

    pub fn event(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    pub fn reply(&mut self, id: u64, value: impl Serialize) {
        let result = serde_json::to_value(value)
            .map_err(|error| Error::new(Kind::Invalid, format!("The answer cannot be written: {error}.")));
        self.out.push(Output::Reply { id, result });
    }

    pub fn reply_nothing(&mut self, id: u64) {
        self.out.push(Output::Reply { id, result: Ok(Value::Object(serde_json::Map::new())) });
    }

    pub fn reply_error(&mut self, id: u64, error: Error) {
        self.out.push(Output::Reply { id, result: Err(error) });
    }

    /// Sends a request and remembers what its answer is for.
    pub fn send(&mut self, request: Request, awaiting: Awaiting) {
        self.core.session.next_frame += 1;
        let id = self.core.session.next_frame;
        self.core.session.awaiting.insert(id, awaiting);
        let frame = ClientFrame { id, request: Some(request) };
        self.out.push(Output::Send(frame.encode_to_vec()));
    }

    /// Marks a job as under way; false where it is already, or must wait.
    pub fn begin(&mut self, job: Job) -> bool {
        if let Some(until) = self.core.session.pauses.get(&job) {
            if self.now_ms < *until {
                return false;
            }
            self.core.session.pauses.remove(&job);
        }
        self.core.session.busy.insert(job)
    }

    /// Whether a job must wait before it starts again.
    pub fn is_paused(&self, job: &Job) -> bool {
        self.core.session.pauses.get(job).is_some_and(|until| self.now_ms < *until)
    }

    pub fn end(&mut self, job: &Job) {
        self.core.session.busy.remove(job);
        self.core.session.refused.remove(job);
    }

    /// Ends a job and keeps it from starting again for a while.
    pub fn pause(&mut self, job: Job, for_ms: i64) {
        let until = self.now_ms.saturating_add(for_ms.max(1));
        self.core.session.busy.remove(&job);
        self.core.session.pauses.insert(job, until);
        self.core.session.wake.insert((until, None));
    }

    /// Ends a job that was refused, for `least_ms` or more. What passes is tried again when the server says; what does not
    /// pass by itself ever more rarely, up to once an hour: so a device that was put out of its account, and is kept from
    /// hearing of it, neither burdens the server nor makes keys for nothing.
    pub fn back_off(&mut self, job: Job, error: &WireError, least_ms: i64) {
        let mut for_ms = retry_after(error).max(least_ms);
        if !is_passing(error) {
            let times = self.core.session.refused.entry(job.clone()).or_insert(0);
            for_ms = for_ms.saturating_mul(1 << *times).min(REFUSED_MS);
            *times = (*times + 1).min(REFUSED_DOUBLINGS);
        }
        self.pause(job, for_ms);
    }
}

/// What this device wrote itself. Bytes that cannot be read are an error: what stands in for them would decide what is deleted.
pub fn stored<M: prost::Message + Default>(bytes: &[u8]) -> rusqlite::Result<M> {
    let unreadable =
        |error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(error));
    M::decode(bytes).map_err(unreadable)
}

/// A column that holds an id or a hash.
pub fn id_column<T>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: for<'b> TryFrom<&'b [u8]>,
{
    let bytes: Vec<u8> = row.get(index)?;
    T::try_from(&bytes).map_err(|_| {
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Blob,
            "bytes of another length".into(),
        )
    })
}

/// RFC 3339 in UTC, to the millisecond.
pub fn rfc3339(at_ms: i64) -> String {
    let format = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
    );
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&format).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned())
}

/// Unix milliseconds from RFC 3339.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let at = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}
