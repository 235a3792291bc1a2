//! Accounts, devices, key packages, inboxes, invitations and what was paid: one SQLite file.
//!
//! [`Directory`] is synchronous and has no clock: requests and `now_ms` go in, answers come out, so that the
//! simulation runs it in memory and a thread ([`thread`]) runs it on disk. A file per subject:
//!
//! - [`schema`]: the tables. [`settings`]: the server's own keys. [`account`], [`lookup`], [`device`],
//!   [`key_package`], [`invite`], [`inbox`], [`knock`], [`payment`], [`blob`], [`recovery`],
//!   [`backup`]: what can be asked. [`names`]: which names there are.
//!   [`operator`]: what its operator asks. [`publishing`]: what goes into the key-transparency log ([`crate::transparency`]).
//!
//! Not here: logs and their readers. Nothing in this file can name one.

// What is counted with here comes from requests, or was stored of them.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod account;
mod backup;
mod blob;
mod device;
mod inbox;
mod invite;
mod key_package;
mod knock;
mod lookup;
mod names;
pub mod operator;
mod payment;
mod publishing;
mod recovery;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
pub mod thread;

use std::collections::BTreeMap;
use std::path::Path;

use casemate_wire::ids::InboxId;
use casemate_wire::proto::wire::client_frame::Request as Frame;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceRequest, Done, InboxItem};
use rand_core::CryptoRngCore;
use rusqlite::Connection;

pub use blob::{BlobRow, blobs_of};
pub use invite::operator_link;
pub use publishing::LOOK_MS;
pub use settings::{Identity, Place, name_of};

use crate::config::{Limits, Policy, Registration};
use crate::deletions::Believed;
use crate::limits::{Buckets, Rate};
use crate::refusal::Refusal;
use crate::tokens::IssuerKey;
use crate::transparency::{LogError, Transparency};

/// The directory: one SQLite connection and what is worth keeping in memory beside it.
pub struct Directory {
    db: Connection,
    policy: Policy,
    /// Who may create an account, as the configuration says.
    configured: Registration,
    identity: Identity,
    rng: Box<dyn CryptoRngCore + Send>,
    /// Today's and yesterday's, by kind and key id.
    token_keys: BTreeMap<(i32, u32), IssuerKey>,
    transparency: Transparency,
    /// What accounts asked for lately.
    spent: Buckets,
}

/// One thing to do.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A client's request, with the challenge of the connection it came by.
    Client {
        /// The request. Those that belong to delivery are refused, but for [`Frame::CreateLog`]: its token is
        /// spent here and [`Outcome::Body`] with `Done` says that the log may be created.
        request: Frame,
        /// See `HelloAnswer.challenge`.
        challenge: [u8; 16],
    },
    /// Whether some device of this server asks: a request that is not signed itself, and that the directory does not get
    /// to see. Answered by [`Outcome::Body`] with `Done`.
    Device {
        /// Signed, with an empty body.
        proof: DeviceRequest,
        /// See `HelloAnswer.challenge`.
        challenge: [u8; 16],
    },
    /// The next items of an inbox whose read secret was shown on this connection.
    InboxPage {
        /// The inbox.
        inbox: InboxId,
        /// Items after this number.
        after: u64,
    },
}

/// What came of an [`Ask`].
#[derive(Debug)]
pub struct Answer {
    /// For the asker.
    pub result: Result<Outcome, Refusal>,
    /// For others. Empty when refused.
    pub effects: Vec<Effect>,
}

/// An answer for the asker.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The body of the answering frame.
    Body(Body),
    /// Answers [`Ask::InboxPage`].
    Page {
        /// In order.
        items: Vec<InboxItem>,
        /// Whether more are waiting.
        more: bool,
    },
}

/// What others must hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// An item arrived.
    Posted {
        /// In this inbox.
        inbox: InboxId,
        /// The item.
        item: InboxItem,
    },
    /// An inbox is gone, with its device.
    InboxClosed(InboxId),
}

/// Why `directory.db` could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a later version.
    #[error(
        "the data folder was written by a newer version of Casemate (its directory has version {found}, this \
         program knows {latest}); start that newer version, or use another folder"
    )]
    Newer {
        /// In the file.
        found: i64,
        /// Known here.
        latest: i64,
    },
    /// It is another server's by its name.
    #[error(
        "the accounts in this folder are at {before}, and this start would make it {now}: they could not reach those \
         who join from now on. Start it as {before} (--public-url), or say --renamed if that is what you want"
    )]
    OtherName {
        /// As it was reached when it was started last.
        before: String,
        /// As it would be now.
        now: String,
    },
    /// There is no server in this folder yet.
    #[error(
        "there is no Casemate server in this folder yet; start one with: casemate server --data {}",
        .0.display()
    )]
    Absent(std::path::PathBuf),
    /// SQLite says no.
    #[error("the directory's database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why a request ends early. Its own writes are undone.
enum Stop {
    Refuse(Refusal),
    Sqlite(rusqlite::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The key-transparency log's file, beside `directory.db`.
pub const LOG_FILE: &str = "transparency.db";

/// What a request's code gives back.
type Answered = Result<Body, Stop>;

impl Directory {
    /// Opens or creates the directory. `rng` makes keys and proofs: the system's in the product, seeded in the
    /// simulation.
    pub fn open(
        path: Option<&Path>,
        place: Place,
        policy: Policy,
        mut rng: Box<dyn CryptoRngCore + Send>,
    ) -> Result<Self, OpenError> {
        let mut db = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        schema::prepare(&mut db)?;
        names::prepare(&mut db)?;
        let mut identity = settings::load(&mut db, place, &mut *rng)?;
        let log = path.map(|path| path.with_file_name(LOG_FILE));
        let mut transparency =
            Transparency::open(log.as_deref(), identity.incarnation, identity.key.clone(), &mut *rng)?;
        if let Some(at_ms) = identity.place.restored_ms {
            let base = transparency.head(at_ms)?;
            settings::begin_incarnation(&mut db, &mut identity, base, at_ms)?;
            transparency.begins(identity.incarnation);
        }
        // An account has a quarter of what an address has.
        let limits = Limits { work_per_hour: policy.limits.work_per_hour / 4, ..policy.limits };
        let (token_keys, spent) = (BTreeMap::new(), Buckets::new(limits));
        let configured = policy.registration;
        let mut directory = Self { db, policy, configured, identity, rng, token_keys, transparency, spent };
        directory.read_registration()?;
        directory.enter_all()?;
        Ok(directory)
    }

    /// Who this server is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Does one thing.
    pub fn handle(&mut self, ask: Ask, now_ms: i64) -> Answer {
        self.batch(vec![ask], now_ms).pop().expect("one answer per ask")
    }

    /// Does several things in one transaction, one answer each, in order. Each succeeds or fails by itself;
    /// when nothing can be written at all, every answer is a refusal.
    pub fn batch(&mut self, asks: Vec<Ask>, now_ms: i64) -> Vec<Answer> {
        let count = asks.len();
        match self.try_batch(asks, now_ms) {
            Ok(answers) => answers,
            Err(error) => {
                self.roll_back();
                let refusal = refusal_of(&error);
                (0..count).map(|_| Answer { result: Err(refusal.clone()), effects: Vec::new() }).collect()
            }
        }
    }

    /// Undoes what is begun, if the database has not done so.
    fn roll_back(&self) {
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "directory: rollback failed");
        }
    }

    fn try_batch(&mut self, asks: Vec<Ask>, now_ms: i64) -> Result<Vec<Answer>, rusqlite::Error> {
        self.refresh_token_keys(now_ms)?;
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            self.db.execute_batch("SAVEPOINT request")?;
            let mut effects = Vec::new();
            let result = match self.answer(ask, now_ms, &mut effects) {
                Ok(outcome) => Ok(outcome),
                Err(stop) => {
                    // A full disk can end the whole transaction: then nothing of this batch happened.
                    if let Stop::Sqlite(error) = &stop
                        && self.db.is_autocommit()
                    {
                        tracing::error!(%error, "directory: the transaction was lost");
                        return Err(rusqlite::Error::SqliteFailure(
                            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                            None,
                        ));
                    }
                    self.db.execute_batch("ROLLBACK TO request")?;
                    effects.clear();
                    Err(match stop {
                        Stop::Refuse(refusal) => refusal,
                        Stop::Sqlite(error) => refusal_of(&error),
                    })
                }
            };
            self.db.execute_batch("RELEASE request")?;
            answers.push(Answer { result, effects });
        }
        self.db.execute_batch("COMMIT")?;
        Ok(answers)
    }

    fn answer(&mut self, ask: Ask, now_ms: i64, effects: &mut Vec<Effect>) -> Result<Outcome, Stop> {
        let (request, challenge) = match ask {
            Ask::InboxPage { inbox, after } => return self.inbox_page(inbox, after),
            Ask::Device { proof, challenge } => {
                if !proof.body.is_empty() {
                    return Err(Refusal::invalid("the proof is for something else").into());
                }
                self.authenticate(&proof, challenge)?;
                return Ok(Outcome::Body(Body::Done(Done {})));
            }
            Ask::Client { request, challenge } => (request, challenge),
        };
        let body = match request {
            Frame::Hello(_) => self.hello(challenge, now_ms),
            Frame::CreateAccount(request) => self.create_account(request, now_ms),
            Frame::PublishManifest(request) => self.publish_manifest(request, challenge, now_ms, effects),
            Frame::FetchManifest(request) => self.fetch_manifest(request, challenge, now_ms),
            Frame::DeviceRequest(request) => self.device_request(request, challenge, now_ms),
            Frame::RecoverAccount(request) => self.recover_account(&request, challenge),
            Frame::DeleteAccount(request) => self.delete_account(&request, challenge, now_ms),
            Frame::TakeKeyPackage(request) => self.take_key_package(request, now_ms),
            Frame::PutInboxTokens(request) => self.put_inbox_tokens(request),
            Frame::RevokeInboxTokens(request) => self.revoke_inbox_tokens(request),
            Frame::PostInbox(request) => self.post_inbox(request, now_ms, effects),
            Frame::PostKnock(request) => self.post_knock(request, now_ms, effects),
            Frame::FollowInbox(request) => self.follow_inbox(request),
            Frame::AckInbox(request) => self.ack_inbox(request),
            Frame::CreateLog(request) => self.pay_for_log(request),
            Frame::CreateBlob(request) => self.create_blob(request, now_ms),
            Frame::FetchHead(request) => self.fetch_head(&request, now_ms),
            Frame::FetchHistory(request) => self.fetch_history(request, challenge, now_ms),
            _ => return Err(Refusal::internal().into()),
        };
        Ok(Outcome::Body(body?))
    }

    /// Counts what an account asks for, in signatures. To be called once it is known who asks, and before the costly part.
    fn spend_work(&mut self, account: i64, work: u32, now_ms: i64) -> Result<(), Stop> {
        let account = self.spent.account(account);
        Ok(self.spent.take_many(account, Rate::Work, work, now_ms)?)
    }

    /// Writes something, as for an account.
    pub fn probe(&mut self, now_ms: i64) -> Result<(), rusqlite::Error> {
        settings::store(&self.db, "probed_ms", &now_ms.to_be_bytes())
    }

    /// Whether the clock may decide what has expired. To be asked about once an hour, at each start too.
    pub fn may_delete(&mut self, now_ms: i64) -> Result<bool, rusqlite::Error> {
        let stored = settings::read(&self.db, BELIEVED)?;
        let believed = match stored {
            Some(bytes) => Believed::from_bytes(&bytes),
            // A new folder: nothing in it can be deleted too early.
            None if !settings::has_accounts(&self.db)? => Believed { until_ms: now_ms, jumped_ms: 0 },
            None => Believed::default(),
        };
        let (may, next) = believed.at(now_ms);
        if next != believed {
            settings::store(&self.db, BELIEVED, &next.to_bytes())?;
        }
        Ok(may)
    }

    /// [`Self::housekeeping`] where the clock may decide what has expired; none where it may not.
    pub fn keep_house(
        &mut self,
        now_ms: i64,
    ) -> Result<Option<Vec<casemate_wire::ids::BlobId>>, rusqlite::Error> {
        if self.may_delete(now_ms)? {
            return self.housekeeping(now_ms).map(Some);
        }
        tracing::warn!(
            "the clock is ahead of the last time that is known: nothing expires until it stood so for a day"
        );
        self.refresh_token_keys(now_ms).map(|()| None)
    }

    /// For tests that let it fail.
    pub fn database(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Deletes what has expired, where the clock [may decide](Self::may_delete) that. To be called about once an hour; answers with blobs whose files can go.
    pub fn housekeeping(&mut self, now_ms: i64) -> Result<Vec<casemate_wire::ids::BlobId>, rusqlite::Error> {
        self.refresh_token_keys(now_ms)?;
        self.forget_due(now_ms)?;
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let oldest_ms = now_ms.saturating_sub(self.policy.retention_ms());
        let today = crate::tokens::day(now_ms);
        inbox::expire(&transaction, oldest_ms)?;
        transaction.execute("DELETE FROM repeat WHERE day < ?1", [crate::tokens::day(oldest_ms)])?;
        // Yesterday's tokens are still taken.
        for table in ["token_key", "spent"] {
            let sql = format!("DELETE FROM {table} WHERE key_id < ?1");
            transaction.execute(&sql, [today.saturating_sub(1)])?;
        }
        transaction.execute("DELETE FROM issued WHERE day < ?1", [today.saturating_sub(1)])?;
        transaction.execute("DELETE FROM invite WHERE expires_ms > 0 AND expires_ms < ?1", [now_ms])?;
        transaction.execute("DELETE FROM last_word WHERE until_ms < ?1", [now_ms])?;
        let blobs = blob::expire(&transaction, now_ms)?;
        transaction.commit()?;
        Ok(blobs)
    }
}

/// In `setting`: how far the clock was believed.
const BELIEVED: &str = "clock_believed";

/// `Done`, as a body.
fn done() -> Answered {
    Ok(Body::Done(Done {}))
}

/// The day of `now_ms`, as SQLite holds it.
fn day_column(now_ms: i64) -> i64 {
    i64::from(crate::tokens::day(now_ms))
}

fn refusal_of(error: &rusqlite::Error) -> Refusal {
    // The text names tables and columns, never values.
    tracing::error!(%error, "directory: a request failed in the database");
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Refusal::storage_full(),
        _ => Refusal::internal(),
    }
}
