//! What a device owes that is out of a group: whom its last commit added is in where the log has that commit, and gets the
//! Welcome from this device alone, also where it was put out before it heard that its commit was taken.
//!
//! ```text
//! Append(commit) ─▶ taken as n ─▶ another's commit drops this device's reader ─▶ out: nothing of n can be read any more
//!                                                                                  │
//!                       Welcomes ◀── n, the next entry after what was read ◀── the same Append once more
//! ```
//! A repeat gets the first answer, whatever rights its sender has by now (docs/protocol.md, "Delivery"). A reader is dropped by a
//! commit, so one that had never arrived is not taken after that; a device that lost its place otherwise gives its commit up
//! (`repair`). The Welcome says how the log's chain of hashes stands at n. Where others wrote between what this device
//! read and n that is not known here, and who was added stays without a Welcome until an admin removes and adds them.

use std::collections::BTreeSet;

use casemate_crypto::conversation::PendingCommit;
use casemate_crypto::conversation_hash::chain;
use casemate_wire::ids::{AccountId, DeviceId, LogId, ReaderSecret};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, Error as WireError};
use prost::Message as _;
use rusqlite::params;
use zeroize::Zeroizing;

use crate::connection::{is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::log::{LogRow, State};

impl Ctx<'_> {
    /// Whether a commit under way adds somebody.
    pub fn commit_adds(&self, log: LogId) -> Done<bool> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM commits WHERE log = ?1 AND length(readers) > 0")?;
        Ok(statement.exists([&log.0[..]])?)
    }

    /// After a greeting: what became of commits is asked once more, where this device is out by now.
    pub fn ask_after_commits(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT log FROM commits JOIN logs USING (log) WHERE state = ?1")?;
        let logs = statement
            .query_map([State::Closed as i64], |row| id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        self.core.session.dirty.extend(logs);
        Ok(())
    }

    /// What became of a commit of this device, which is out of the log.
    pub fn parted_commit_known(&mut self, row: &LogRow, result: Result<Body, WireError>) -> Done<()> {
        let job = Job::Commit(row.log);
        match result {
            Err(error) if is_passing(&error) => {
                let wait = retry_after(&error);
                self.pause(job, wait);
                self.core.session.wake.insert((self.now_ms + wait, Some(row.log)));
                return Ok(());
            }
            Ok(Body::Appended(done)) if done.entry == row.cursor.saturating_add(1) => {
                self.welcome_from_outside(row, done.entry)?;
            }
            // It is not in the log, or it is not known what is before it.
            Ok(_) | Err(_) => {}
        }
        self.db.prepare_cached("DELETE FROM commits WHERE log = ?1")?.execute([&row.log.0[..]])?;
        self.end(&job);
        self.wake_offers();
        Ok(())
    }

    fn welcome_from_outside(&mut self, row: &LogRow, entry: u64) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT append, pending, readers FROM commits WHERE log = ?1")?;
        let found = statement
            .query_map([&row.log.0[..]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .next()
            .transpose()?;
        // Answered before.
        let Some((append, pending, readers)): Option<(Vec<u8>, Vec<u8>, Vec<u8>)> = found else {
            return Ok(());
        };
        let readers = Zeroizing::new(readers);
        let append = Append::decode(&append[..]).map_err(|_| Fail::Server("an own commit"))?;
        let Some(pending) = PendingCommit::from_bytes(&pending) else { return Ok(()) };
        let mut again: BTreeSet<(AccountId, DeviceId)> = BTreeSet::new();
        for (welcome, reader) in pending.welcomes.iter().zip(readers.chunks_exact(ReaderSecret::LEN)) {
            if self.leaves_of(row.log, welcome.account)?.contains(&welcome.device) {
                again.insert((welcome.account, welcome.device));
            }
            let reader = ReaderSecret::try_from(reader).map_err(|_| Fail::Server("an own reader"))?;
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO leaves(log, device, account, first_reader_hash, counter)
                     VALUES (?1, ?2, ?3, ?4, 0)",
                )?
                .execute(params![
                    &row.log.0[..],
                    &welcome.device.0[..],
                    &welcome.account.0[..],
                    &reader.hash().0[..]
                ])?;
        }
        let mut then = row.clone();
        then.cursor = entry;
        then.chain = chain(row.chain, entry, &append.payload, true);
        self.send_welcomes(&then, entry, pending, &readers, &again)
    }
}
