//! A reader that somebody left out: a commit's note to the server did not keep it, though its device is in the group still.
//!
//! ```text
//! refused ─▶ the commit that dropped it ─▶ those before it ─▶ applied ahead, for the write token alone ─▶ a reader again
//! ```
//! The server shows the device these commits and nothing else. A device that they remove derives no token. Nothing of what is applied here
//! stays: once the device is a reader again it goes on from where it was, and takes all entries in their order.

use casemate_crypto::Received;
use casemate_crypto::conversation::{EntryKind, entry_kind};
use casemate_wire::ids::{Hash32, LogId, WriteToken};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, FollowLog, LeftOut, LogEntry, ReplaceReader};

use super::{LogRow, State};
use crate::connection::{Awaiting, is_passing};
use crate::core::{Ctx, Done, Fail};

/// Commits that are asked for, one after the other, and their bytes. A device that was away for more of them is added again.
const COMMITS: usize = 256;
const BYTES: usize = 16 * 1024 * 1024;

/// The server says so often that nothing more comes from a log, and nothing was read meanwhile, until it is believed.
const CLOSED_TIMES: u32 = 8;

/// What the server has shown of why a reader was dropped, the newest commit first.
#[derive(Debug)]
pub struct Shown {
    /// Which reader. A device that was added again meanwhile has another one.
    reader: Hash32,
    commits: Vec<(u64, LogEntry)>,
    bytes: usize,
}

impl Ctx<'_> {
    /// The server says while this device follows that nothing more comes. Why shows when it asks again.
    pub fn log_closed(&mut self, log: LogId) -> Done<()> {
        self.core.session.followed.remove(&log);
        let Some(row) = self.log_row(log)?.filter(|row| row.state != State::Closed) else { return Ok(()) };
        if row.state != State::Live {
            return self.reader_lost(&row);
        }
        let (cursor, times) = self.core.session.closed.entry(log).or_insert((row.cursor, 0));
        if *cursor != row.cursor {
            (*cursor, *times) = (row.cursor, 0);
        }
        *times += 1;
        if *times > CLOSED_TIMES {
            return self.reader_lost(&row);
        }
        self.core.session.dirty.insert(log);
        Ok(())
    }

    /// This device's reader is not taken: it asks by which commit it was dropped. Servers of before do not say.
    pub(super) fn ask_what_dropped_it(&mut self, row: &LogRow) {
        let shown = Shown { reader: row.reader.hash(), commits: Vec::new(), bytes: 0 };
        self.core.session.left_out.insert(row.log, shown);
        self.ask_commit(row, 0);
    }

    fn ask_commit(&mut self, row: &LogRow, commit: u64) {
        // Nothing else is asked of the log meanwhile.
        self.core.session.following.insert(row.log);
        let (log, reader_secret) = (row.log.into(), row.reader.to_field());
        let left_out = Some(LeftOut { commit });
        let ask = FollowLog { log, reader_secret, after: row.cursor, left_out };
        self.send(Request::FollowLog(ask), Awaiting::LeftOut(row.log));
    }

    pub fn left_out_shown(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        self.core.session.following.remove(&log);
        let Some((row, mut shown)) = self.still_left_out(log)? else { return Ok(()) };
        let following = match result {
            Ok(Body::Following(following)) => following,
            Ok(_) => return Err(Fail::Server("no log")),
            Err(error) if is_passing(&error) => return Ok(()),
            Err(_) => return self.reader_refused(&row),
        };
        let Some(commit) = following.commit else {
            // A reader after all.
            return self.log_followed(log, Ok(Body::Following(following)));
        };
        let previous = commit.commit.as_ref().map_or(0, |note| note.previous);
        shown.bytes += commit.payload.len();
        shown.commits.push((following.first, commit));
        if previous == row.last_commit {
            return self.come_back(&row, shown);
        }
        if previous < row.last_commit
            || previous >= following.first
            || shown.commits.len() >= COMMITS
            || shown.bytes > BYTES
        {
            return self.reader_refused(&row);
        }
        self.core.session.left_out.insert(log, shown);
        self.ask_commit(&row, previous);
        Ok(())
    }

    /// Shows the server the write token of the epoch after the commit that dropped this device's reader.
    fn come_back(&mut self, row: &LogRow, mut shown: Shown) -> Done<()> {
        shown.commits.reverse();
        let Some(token) = self.token_ahead(row, &shown.commits)? else { return self.reader_refused(row) };
        shown.commits.clear();
        self.core.session.left_out.insert(row.log, shown);
        self.core.session.following.insert(row.log);
        let replace = ReplaceReader {
            log: row.log.into(),
            old_secret: row.reader.to_field(),
            // Members know it, and name it when they remove somebody.
            new_hash: row.reader.hash().into(),
            write_token: token.to_field(),
        };
        self.send(Request::ReplaceReader(replace), Awaiting::CameBack(row.log));
        Ok(())
    }

    pub fn reader_came_back(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        self.core.session.following.remove(&log);
        let Some((row, _)) = self.still_left_out(log)? else { return Ok(()) };
        match result {
            Ok(_) => {
                tracing::info!(?log, "this device's reader had been left out, and is one again");
                // The server woke it no more.
                self.set_wake_anew(log)?;
                self.core.session.dirty.insert(log);
                Ok(())
            }
            Err(error) if is_passing(&error) => Ok(()),
            Err(_) => self.reader_refused(&row),
        }
    }

    /// The log, where this device goes on as it asked.
    fn still_left_out(&mut self, log: LogId) -> Done<Option<(LogRow, Shown)>> {
        let shown = self.core.session.left_out.remove(&log);
        let row = self.log_row(log)?.filter(|row| row.state == State::Live);
        let both = row.zip(shown).filter(|(row, shown)| row.reader.hash() == shown.reader);
        if both.is_none() {
            self.core.session.dirty.insert(log);
        }
        Ok(both)
    }

    /// The write token after commits that this device has not come to yet; none where they remove it.
    fn token_ahead(&mut self, row: &LogRow, commits: &[(u64, LogEntry)]) -> Done<Option<WriteToken>> {
        self.store_group(row.log)?;
        self.db.prepare_cached("SAVEPOINT ahead")?.execute([])?;
        let token = self.apply_ahead(row, commits);
        self.db.prepare_cached("ROLLBACK TO ahead")?.execute([])?;
        self.db.prepare_cached("RELEASE ahead")?.execute([])?;
        // What is in memory is ahead of the store.
        self.forget_group(row.log);
        match token {
            Err(fail) if !fail.is_of_this_device() => Ok(None),
            token => token,
        }
    }

    fn apply_ahead(&mut self, row: &LogRow, commits: &[(u64, LogEntry)]) -> Done<Option<WriteToken>> {
        let mut previous = row.last_commit;
        for (number, entry) in commits {
            if self.is_own_commit(row.log, Hash32::of(&[&entry.payload]))? {
                self.with_group(row.log, |group, store, _| group.merge_pending(store))?;
            } else if entry_kind(&entry.payload) == EntryKind::Commit {
                let received = self.with_group(row.log, |group, store, me| {
                    group.discard_pending(store)?;
                    group.receive(store, &me.identity, &entry.payload, previous)
                })?;
                if matches!(received, Received::Commit(applied) if applied.self_removed) {
                    return Ok(None);
                }
            }
            previous = *number;
        }
        self.with_group(row.log, |group, _, _| group.write_token()).map(Some)
    }
}
