//! The directory's side of the key-transparency log: every new version of a manifest waits here, durably with the
//! version itself, until an epoch has it; and what is shown of the log goes with the answers.

use casemate_transparency::label;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::SignedManifest;
use casemate_wire::proto::transparency::Shown;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{FetchHead, FetchHistory, HeadAnswer, HistoryAnswer};
use prost::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{Answered, Directory, OpenError, Stop, settings};
use crate::refusal::Refusal;
use crate::transparency::{Change, EPOCH_NAMES, LogError, Newest, Pages, Transparency};

/// Whoever runs the directory looks so often whether something waits: with [`READY_MS`] nothing waits longer than 10 s.
pub const LOOK_MS: u64 = 5_000;

/// What came together within so long becomes one epoch.
const READY_MS: i64 = 5_000;

/// Versions of one account that wait at once. Each takes an epoch of its own.
const WAITING_OF_ONE: i64 = 8;

/// Epochs at one time.
const EPOCHS_AT_ONCE: i64 = WAITING_OF_ONE;

/// What a history costs at most, in signatures: about 50 ms.
const HISTORY_WORK: u32 = 1_000;

/// In `setting`: that every account is in the log, or waits for it.
const LOGGED: &str = "logged";

impl Directory {
    /// A new version waits for its epoch.
    pub(super) fn to_be_published(&self, manifest: &VerifiedManifest, now_ms: i64) -> Result<(), Stop> {
        let name = label(&manifest.handle);
        let waiting: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM unpublished WHERE name = ?1")?
            .query_row([name.as_ref()], |row| row.get(0))?;
        if waiting >= WAITING_OF_ONE {
            return Err(Refusal::rate_limited("the account changes too often; wait a little", 10_000).into());
        }
        wait_for_epoch(&self.db, &name, &manifest.hash, now_ms)?;
        Ok(())
    }

    /// Publishes what has waited long enough. To be called every [`LOOK_MS`].
    pub fn publish_due(&mut self, now_ms: i64) -> Result<(), LogError> {
        let oldest: Option<i64> =
            self.db.prepare_cached("SELECT min(at_ms) FROM unpublished")?.query_row([], |row| row.get(0))?;
        match oldest {
            // Where the clock went back nothing waits for it to come again.
            Some(at_ms) if !(0..READY_MS).contains(&now_ms.saturating_sub(at_ms)) => self.publish(now_ms),
            _ => Ok(()),
        }
    }

    /// Publishes all that waits.
    pub fn publish(&mut self, now_ms: i64) -> Result<(), LogError> {
        // What an epoch took before a crash is published.
        self.forget_taken()?;
        for _ in 0..EPOCHS_AT_ONCE {
            let changes = self.waiting()?;
            if changes.is_empty() {
                break;
            }
            self.transparency.publish(&changes, now_ms)?;
            self.forget_taken()?;
        }
        Ok(())
    }

    /// The oldest that waits of each account.
    pub(super) fn waiting(&self) -> Result<Vec<Change>, rusqlite::Error> {
        self.db
            .prepare_cached(
                "SELECT number, name, value FROM unpublished
                 WHERE number IN (SELECT min(number) FROM unpublished GROUP BY name) ORDER BY number LIMIT ?1",
            )?
            .query_map([EPOCH_NAMES as i64], |row| {
                Ok(Change { number: row.get(0)?, name: Hash32(row.get(1)?), value: Hash32(row.get(2)?) })
            })?
            .collect()
    }

    pub(super) fn forget_taken(&mut self) -> Result<(), LogError> {
        let taken = self.transparency.taken()?;
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut delete = transaction.prepare_cached("DELETE FROM unpublished WHERE number = ?1")?;
            for number in taken {
                delete.execute([number])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Accounts that the log does not have as they are wait for it: all of them on a server that had no log yet, and
    /// where a backup of one file is older than that of the other.
    pub(super) fn enter_all(&mut self) -> Result<(), OpenError> {
        if settings::read(&self.db, LOGGED)?.is_some() && self.identity.place.restored_ms.is_none() {
            return Ok(());
        }
        self.forget_taken()?;
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut accounts = transaction.prepare("SELECT handle, manifest FROM account")?;
            let mut rows = accounts.query([])?;
            while let Some(row) = rows.next()? {
                let (handle, manifest): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let (Ok(handle), Ok(signed)) =
                    (Handle::parse(&handle), SignedManifest::decode(&manifest[..]))
                else {
                    continue;
                };
                let (name, hash) = (label(&handle), Hash32::of(&[&signed.manifest]));
                if self.transparency.newest(&name)? != Some(hash) {
                    // At time 0: for the next epoch.
                    wait_for_epoch(&transaction, &name, &hash, 0)?;
                }
            }
        }
        settings::store(&transaction, LOGGED, &[1])?;
        transaction.commit()?;
        Ok(())
    }

    /// What the log says of an account, to go with its manifest. Without it the answer still holds the promise.
    pub(super) fn shown_of(&mut self, account: i64, now_ms: i64) -> Result<Option<Shown>, Stop> {
        let Some(name) = self.name_of(account)? else { return Ok(None) };
        match self.transparency.shown(&name, now_ms) {
            Ok(shown) => Ok(Some(shown)),
            Err(error) => {
                tracing::error!(%error, "directory: the log could not be shown");
                Ok(None)
            }
        }
    }

    pub(super) fn fetch_head(&mut self, request: &FetchHead, now_ms: i64) -> Answered {
        let answer = |log: &mut Transparency| {
            let extensions = log.extensions(&request.from)?;
            Ok(HeadAnswer { head: Some(log.head(now_ms)?), extensions })
        };
        answer(&mut self.transparency).map(Body::Head).map_err(broken)
    }

    pub(super) fn fetch_history(
        &mut self,
        request: FetchHistory,
        challenge: [u8; 16],
        now_ms: i64,
    ) -> Answered {
        let proof = request.proof.ok_or_else(|| Refusal::invalid("the proof is missing"))?;
        if !proof.body.is_empty() {
            return Err(Refusal::invalid("the proof is for something else").into());
        }
        let account = self.authenticate(&proof, challenge)?.account;
        self.spend_work(account, HISTORY_WORK, now_ms)?;
        let name = self.name_of(account)?.ok_or_else(Refusal::internal)?;
        let head = self.transparency.head(now_ms).map_err(broken)?;
        let history = self.transparency.history(&name).map_err(broken)?;
        Ok(Body::History(HistoryAnswer { head: Some(head), history }))
    }

    /// See [`Transparency::newest_head`].
    pub fn newest_head(&mut self, now_ms: i64) -> Result<Newest, LogError> {
        self.transparency.newest_head(now_ms)
    }

    /// See [`Transparency::pages`].
    pub fn pages(&self) -> Result<Option<Pages>, LogError> {
        self.transparency.pages()
    }

    fn name_of(&self, account: i64) -> Result<Option<Hash32>, Stop> {
        let handle: Option<String> = self
            .db
            .prepare_cached("SELECT handle FROM account WHERE id = ?1")?
            .query_row([account], |row| row.get(0))
            .optional()?;
        Ok(handle.and_then(|handle| Handle::parse(&handle).ok()).map(|handle| label(&handle)))
    }
}

fn wait_for_epoch(db: &Connection, name: &Hash32, value: &Hash32, at_ms: i64) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT INTO unpublished (name, value, at_ms) VALUES (?1, ?2, ?3)")?.execute((
        name.as_ref(),
        value.as_ref(),
        at_ms,
    ))?;
    Ok(())
}

fn broken(error: LogError) -> Stop {
    tracing::error!(%error, "directory: the log cannot answer");
    Refusal::internal().into()
}
