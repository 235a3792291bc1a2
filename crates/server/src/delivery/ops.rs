//! What can be asked of the delivery service and what it answers. Requests are parsed here, once: behind this
//! every length has been checked.

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use casemate_wire::ids::{ClientId, Hash32, LogId, ReaderSecret, WriteToken};
use casemate_wire::limits::{COMMIT_BYTES, ENTRY_BYTES, READERS, RECEIPT_BYTES};
use casemate_wire::proto::wire;

use crate::store::StoredEntry;

/// A request with the caller's mark, which comes back on its outcome.
#[derive(Debug, Clone)]
pub struct Op {
    /// Chosen by the caller, echoed: which connection and frame asked.
    pub tag: u64,
    /// What is asked.
    pub request: Request,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Request {
    /// A new log. Its blind token has been spent by the caller.
    CreateLog(CreateLog),
    /// An entry.
    Append(Append),
    /// May this reader follow, and from where?
    Follow(Follow),
    /// A reader has processed entries.
    Ack(Ack),
    /// A reader takes a new secret.
    ReplaceReader(ReplaceReader),
    /// A reader says how far it has got.
    PutReceipt(PutReceipt),
    /// How far the readers of a log say that they have got.
    FetchReceipts(FetchReceipts),
    /// Which reader a follow is of.
    Which(Which),
    /// Entries of a log that the caller has an open follow for, for the reader by which it follows.
    Read(Read),
}

impl Request {
    /// Changes something that must be durable before it is answered.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::CreateLog(_) | Self::Append(_) | Self::ReplaceReader(_))
    }
}

/// See [`wire::CreateLog`].
#[derive(Debug, Clone)]
pub struct CreateLog {
    /// Random.
    pub log: LogId,
    /// Hash of the first epoch's write token.
    pub write_hash: Hash32,
    /// Hash of the creator's reader secret.
    pub reader_hash: Hash32,
}

/// See [`wire::Append`].
#[derive(Debug, Clone)]
pub struct Append {
    /// The log.
    pub log: LogId,
    /// Hash of the write token that was shown.
    pub write_hash: Hash32,
    /// Makes a retry the same entry.
    pub client_id: ClientId,
    /// Opaque.
    pub payload: Bytes,
    /// Present on commits.
    pub commit: Option<Commit>,
    /// Newest entry that the writer had processed.
    pub seen: u64,
    /// May have been sent before.
    pub retry: bool,
    /// The connection follows the log: it has shown a reader, and may have the log searched.
    pub follows: bool,
    /// What the writer sent before and has no answer to: without it this is not taken either, so that nothing overtakes it.
    pub after: Option<ClientId>,
}

/// See [`wire::Commit`].
#[derive(Debug, Clone)]
pub struct Commit {
    /// Entry of the last commit that the committer knew.
    pub previous: u64,
    /// Hash of the next epoch's write token.
    pub next_write_hash: Hash32,
    /// Hash of the reader secret that was shown.
    pub reader: Hash32,
    /// Removals, and what a person just did.
    pub urgent: bool,
    /// One-time readers for those who join.
    pub add_readers: Vec<Hash32>,
    /// When not empty: all others are dropped.
    pub keep_readers: Vec<Hash32>,
}

/// See [`wire::FollowLog`].
#[derive(Debug, Clone)]
pub struct Follow {
    /// The log.
    pub log: LogId,
    /// Hash of the reader secret that was shown.
    pub reader: Hash32,
    /// The newest entry that the reader has.
    pub after: u64,
    /// Where it was dropped: which commit it asks for; 0 for the one that dropped it.
    pub left_out: Option<u64>,
}

/// See [`wire::AckLog`].
#[derive(Debug, Clone)]
pub struct Ack {
    /// The log.
    pub log: LogId,
    /// Hash of the reader secret that was shown.
    pub reader: Hash32,
    /// Newest entry that the reader has processed.
    pub up_to: u64,
}

/// See [`wire::ReplaceReader`].
#[derive(Debug, Clone)]
pub struct ReplaceReader {
    /// The log.
    pub log: LogId,
    /// Hash of the secret that was shown.
    pub old: Hash32,
    /// Hash of the new one.
    pub new: Hash32,
    /// Hash of the write token that was shown, where the reader was dropped.
    pub write_hash: Option<Hash32>,
}

/// See [`wire::PutReceipt`].
#[derive(Debug, Clone)]
pub struct PutReceipt {
    /// The log.
    pub log: LogId,
    /// Hash of the reader secret that was shown.
    pub reader: Hash32,
    /// Opaque, of one of two sizes.
    pub sealed: Bytes,
}

/// See [`wire::FetchReceipts`].
#[derive(Debug, Clone)]
pub struct FetchReceipts {
    /// The log.
    pub log: LogId,
    /// Hash of the reader secret that was shown.
    pub reader: Hash32,
    /// Those of later versions.
    pub since: u64,
}

/// The next page for a follow.
#[derive(Debug, Clone)]
pub struct Read {
    /// The log.
    pub log: LogId,
    /// Which of its readers, by [`Tagger::short`].
    pub reader: u32,
    /// Of the router that asks.
    pub tagger: Tagger,
    /// Entries after this one.
    pub after: u64,
    /// At most so many bytes of payload, though always one entry.
    pub limit_bytes: usize,
}

/// Which reader of a log is meant.
#[derive(Debug, Clone)]
pub struct Which {
    /// The log.
    pub log: LogId,
    /// As a follow knows it.
    pub reader: u32,
    /// Of the router that asks.
    pub tagger: Tagger,
}

/// What became of a request.
#[derive(Debug)]
pub struct Outcome {
    /// From the [`Op`].
    pub tag: u64,
    /// The answer, or why not.
    pub result: Result<Answer, Refusal>,
}

/// The answer to a request. Reader tags find a follow, and are no right.
#[derive(Debug)]
pub enum Answer {
    /// To `CreateLog`.
    Created,
    /// To `Append`.
    Appended(Appended),
    /// To `Append`: it had been stored before; nothing was added and nothing is pushed.
    Repeated {
        /// The first answer's entry.
        entry: u64,
        /// And its time.
        at_ms: i64,
    },
    /// To `Follow`.
    Following(Following),
    /// To `Follow`, where the reader was dropped: nothing is followed.
    Dropped {
        /// The commit that dropped it.
        by: u64,
        /// The commit that was asked for.
        commit: StoredEntry,
    },
    /// To `Ack` and `PutReceipt`, and to a `ReplaceReader` that came before: nothing moves again.
    Acknowledged,
    /// To `Which`.
    Reader(ReaderTag),
    /// To `FetchReceipts`.
    Receipts(wire::Receipts),
    /// To `ReplaceReader`: follows under `old` go on under `new`.
    Replaced {
        /// The log.
        log: LogId,
        /// Tag of the old secret's hash.
        old: ReaderTag,
        /// Tag of the new one's.
        new: ReaderTag,
    },
    /// To `Read`.
    Page(PageAnswer),
}

/// A new entry, durable.
#[derive(Debug)]
pub struct Appended {
    /// The log.
    pub log: LogId,
    /// Its number.
    pub entry: u64,
    /// When it was accepted, Unix time in milliseconds.
    pub at_ms: i64,
    /// A whole `ServerFrame` with `LogEntries`, encoded once for everybody who follows.
    pub frame: Bytes,
    /// Readers that this commit dropped: close their follows first, then push.
    pub dropped: Vec<ReaderTag>,
}

/// A follow that may begin.
#[derive(Debug)]
pub struct Following {
    /// The log.
    pub log: LogId,
    /// Tag of the reader's hash.
    pub reader: ReaderTag,
    /// Newest entry now; entries of later outcomes come after it.
    pub head: u64,
    /// Oldest entry that this reader is served: read pages after `first - 1`.
    pub first: u64,
}

/// A page of entries.
#[derive(Debug)]
pub struct PageAnswer {
    /// The log.
    pub log: LogId,
    /// A whole `ServerFrame` with `LogEntries`; empty where there is nothing after.
    pub frame: Bytes,
    /// Number of the first entry in it; 0 for none.
    pub first: u64,
    /// Number of the last entry in it; what was asked to come after, for none.
    pub last: u64,
    /// Newest entry of the log when the request's turn came.
    pub head: u64,
}

/// Why not. The text is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is missing, of the wrong length or contradicts another.
    #[error("the request is malformed: {0}")]
    Invalid(&'static str),
    /// No such log.
    #[error("there is no such conversation on this server")]
    NotFound,
    /// Not a reader of this log, or no longer.
    #[error("this device may not read the conversation, or no longer")]
    NotAllowed,
    /// A log of this id exists and is another.
    #[error("a conversation of this id exists")]
    Taken,
    /// Another epoch's write token. Catch up, encrypt anew.
    #[error("the conversation has moved on: catch up and send again")]
    Stale,
    /// Another commit was first.
    #[error("another change of the conversation was first")]
    CommitLost {
        /// The newest commit.
        entry: u64,
    },
    /// Commits that are not urgent come one in 30 s.
    #[error("the conversation changed a moment ago: try again later")]
    TooSoon {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// The log's allowance of urgent commits is used up.
    #[error("too many changes of the conversation: try again later")]
    RateLimited {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// A payload or a number of readers over its limit.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// What was asked for has expired.
    #[error("older messages have expired on the server")]
    Gone {
        /// The oldest entry that is left.
        first: u64,
    },
    /// The server's disk is full.
    #[error("the server's disk is full: its operator has to make space")]
    StorageFull,
    /// The store refused for another reason; the operator's log says which.
    #[error("the server could not store or read this: its operator's log says why")]
    Internal,
    /// What was sent before it was refused.
    #[error("what was sent before this was not taken: send both again")]
    Overtaking,
}

impl Refusal {
    /// As it goes over the wire.
    pub fn to_wire(self) -> wire::Error {
        use wire::ErrorCode as Code;
        let (code, entry, retry_after_ms) = match self {
            Self::Invalid(_) => (Code::ErrorInvalid, 0, 0),
            Self::NotFound => (Code::ErrorNotFound, 0, 0),
            Self::NotAllowed => (Code::ErrorNotAllowed, 0, 0),
            Self::Taken => (Code::ErrorTaken, 0, 0),
            Self::Stale => (Code::ErrorStale, 0, 0),
            Self::CommitLost { entry } => (Code::ErrorCommitLost, entry, 0),
            Self::TooSoon { retry_after_ms } => (Code::ErrorTooSoon, 0, retry_after_ms),
            Self::RateLimited { retry_after_ms } => (Code::ErrorRateLimited, 0, retry_after_ms),
            Self::TooLarge(_) => (Code::ErrorTooLarge, 0, 0),
            Self::Gone { first } => (Code::ErrorGone, first, 0),
            Self::StorageFull => (Code::ErrorStorageFull, 0, 0),
            Self::Internal | Self::Overtaking => (Code::ErrorInternal, 0, 0),
        };
        wire::Error { code: code.into(), message: self.to_string(), entry, retry_after_ms }
    }
}

/// What is told of a reader: half of its hash, which is as hard to meet with another secret as any id is to guess.
pub type ReaderTag = [u8; 16];

/// What a follow knows of its reader, in four bytes for each of very many follows: a hash under a key that nobody knows, so that nobody
/// makes a secret that is taken for another's.
#[derive(Clone, Default)]
pub struct Tagger(RandomState);

impl Tagger {
    /// The four bytes.
    pub fn short(&self, tag: &ReaderTag) -> u32 {
        let [a, b, c, d, ..] = self.0.hash_one(tag).to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Its key is nobody's business.
impl std::fmt::Debug for Tagger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tagger")
    }
}

/// There is one in a server.
impl PartialEq for Tagger {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Tagger {}

/// The tag of a reader's hash.
pub fn reader_tag(hash: &Hash32) -> ReaderTag {
    let (tag, _) = hash.0.split_at(16);
    tag.try_into().unwrap_or([0; 16])
}

impl CreateLog {
    /// Checks the fields. The blind token is the caller's to check and spend.
    pub fn parse(message: &wire::CreateLog) -> Result<Self, Refusal> {
        Ok(Self {
            log: log_id(&message.log)?,
            write_hash: hash(&message.write_hash)?,
            reader_hash: hash(&message.reader_hash)?,
        })
    }
}

impl Append {
    /// Checks the fields and sizes.
    pub fn parse(message: wire::Append) -> Result<Self, Refusal> {
        let limit_bytes = if message.commit.is_some() { COMMIT_BYTES } else { ENTRY_BYTES };
        if message.payload.len() > limit_bytes {
            return Err(Refusal::TooLarge("a message; files travel as attachments"));
        }
        Ok(Self {
            log: log_id(&message.log)?,
            write_hash: write_token(&message.write_token)?.hash(),
            client_id: ClientId::try_from(&message.client_id[..])
                .map_err(|_| Refusal::Invalid("client_id"))?,
            payload: message.payload,
            commit: message.commit.as_ref().map(Commit::parse).transpose()?,
            seen: message.seen,
            follows: false,
            retry: message.retry,
            after: match &message.after[..] {
                [] => None,
                id => Some(ClientId::try_from(id).map_err(|_| Refusal::Invalid("after"))?),
            },
        })
    }
}

impl Commit {
    fn parse(message: &wire::Commit) -> Result<Self, Refusal> {
        // A device that is replacing its reader is kept by both hashes.
        if message.add_readers.len() > READERS || message.keep_readers.len() > 2 * READERS {
            return Err(Refusal::TooLarge("the number of devices in a conversation"));
        }
        let hashes = |list: &[Bytes]| list.iter().map(hash).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            previous: message.previous,
            next_write_hash: hash(&message.next_write_hash)?,
            reader: reader(&message.reader_secret)?,
            urgent: message.urgent,
            add_readers: hashes(&message.add_readers)?,
            keep_readers: hashes(&message.keep_readers)?,
        })
    }
}

impl Follow {
    /// Checks the fields.
    pub fn parse(message: &wire::FollowLog) -> Result<Self, Refusal> {
        Ok(Self {
            log: log_id(&message.log)?,
            reader: reader(&message.reader_secret)?,
            after: message.after,
            left_out: message.left_out.as_ref().map(|asked| asked.commit),
        })
    }
}

impl Ack {
    /// Checks the fields.
    pub fn parse(message: &wire::AckLog) -> Result<Self, Refusal> {
        Ok(Self { log: log_id(&message.log)?, reader: reader(&message.reader_secret)?, up_to: message.up_to })
    }
}

impl PutReceipt {
    /// Checks the fields.
    pub fn parse(message: wire::PutReceipt) -> Result<Self, Refusal> {
        if !RECEIPT_BYTES.contains(&message.sealed.len()) {
            return Err(Refusal::Invalid("a sealed receipt has one of two sizes"));
        }
        Ok(Self {
            log: log_id(&message.log)?,
            reader: reader(&message.reader_secret)?,
            sealed: message.sealed,
        })
    }
}

impl FetchReceipts {
    /// Checks the fields.
    pub fn parse(message: &wire::FetchReceipts) -> Result<Self, Refusal> {
        Ok(Self { log: log_id(&message.log)?, reader: reader(&message.reader_secret)?, since: message.since })
    }
}

impl ReplaceReader {
    /// Checks the fields.
    pub fn parse(message: &wire::ReplaceReader) -> Result<Self, Refusal> {
        Ok(Self {
            log: log_id(&message.log)?,
            old: reader(&message.old_secret)?,
            new: hash(&message.new_hash)?,
            write_hash: match message.write_token.is_empty() {
                true => None,
                false => Some(write_token(&message.write_token)?.hash()),
            },
        })
    }
}

fn log_id(field: &Bytes) -> Result<LogId, Refusal> {
    LogId::try_from(&field[..]).map_err(|_| Refusal::Invalid("log"))
}

fn hash(field: &Bytes) -> Result<Hash32, Refusal> {
    Hash32::try_from(&field[..]).map_err(|_| Refusal::Invalid("a hash has 32 bytes"))
}

fn write_token(field: &Bytes) -> Result<WriteToken, Refusal> {
    WriteToken::try_from(&field[..]).map_err(|_| Refusal::Invalid("write_token"))
}

fn reader(field: &Bytes) -> Result<Hash32, Refusal> {
    let secret = ReaderSecret::try_from(&field[..]).map_err(|_| Refusal::Invalid("reader_secret"))?;
    Ok(secret.hash())
}
