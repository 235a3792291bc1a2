//! Logs: making, following and reading them. Entries are processed strictly in order, each exactly once: the
//! cursor moves in the same transaction as everything the entry changes.

use casemate_api::Event;
use casemate_content::proto as content;
use casemate_crypto::conversation::{EntryKind, Heritage, Suite, entry_kind};
use casemate_crypto::conversation_hash::chain;
use casemate_crypto::{Conversation, Received, SkipReason};
use casemate_wire::ids::{Hash32, LogId, ReaderSecret};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckLog, CreateLog, Error as WireError, ErrorCode, FollowLog, LogEntries, LogEntry, ReplaceReader,
    TokenKind, UnfollowLog,
};
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::message::LAST_ROW;
use crate::thread::Standing;

mod left_out;
mod lost;

pub use left_out::Shown;
pub use lost::Lost;

/// Logs that are asked for at once. Whoever opens a chat meanwhile waits for what comes of as many; with a tenth of a second to
/// the server and back, 1,000 are followed in one.
const FOLLOWING_AT_ONCE: usize = 128;

/// A log that is refused before the inbox was looked at is asked for again after so long, for this time after the greeting.
const INBOX_FIRST_MS: i64 = 500;
const INBOX_AWAITED_MS: i64 = 5_000;

/// What a log is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Live = 0,
    /// Nobody knows its write hash any more; waiting for a successor.
    Wedged = 1,
    /// Another log goes on where this one ended; still read.
    Replaced = 2,
    /// This device was removed, or left.
    Closed = 3,
}

/// A log's row.
#[derive(Debug, Clone)]
pub struct LogRow {
    pub log: LogId,
    pub thread: i64,
    pub state: State,
    pub created: bool,
    pub suite: Suite,
    pub cursor: u64,
    pub last_commit: u64,
    pub chain: Hash32,
    /// The chain without the entry at `cursor`, where that was read by this device.
    pub chain_before: Option<Hash32>,
    /// The server was restored from a backup, and may have forgotten the entry at `cursor`.
    pub doubtful: bool,
    pub reader: ReaderSecret,
    pub next_reader: Option<ReaderSecret>,
}

/// What is kept of an entry in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// The chain hash up to and with it, where it is known.
    pub chain: Option<Hash32>,
    /// The beginning of its payload's hash.
    pub payload: [u8; 8],
}

impl Recent {
    fn of(chain: Option<Hash32>, payload: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = Hash32::of(&[payload]).0;
        Self { chain, payload: [a, b, c, d, e, f, g, h] }
    }
}

/// Chain hashes kept in memory per log, to compare with what senders saw. More finds a fork a little earlier.
const RECENT: usize = 512;

/// The year 9999: a server's time beyond it is none.
pub const LATEST_MS: i64 = 253_402_300_799_000;

/// Where it is not known how much a restored server forgot, own messages of so many entries are sent again. Those
/// who have them already drop them.
pub const SENT_AGAIN: u64 = 256;

impl Ctx<'_> {
    pub fn log_row(&self, log: LogId) -> Done<Option<LogRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT thread, state, created, suite, cursor, last_commit, chain, reader, next_reader, chain_before, doubtful FROM logs WHERE log = ?1",
        )?;
        let row = statement.query_row([&log.0[..]], |row| {
            let next_reader: Option<Vec<u8>> = row.get(8)?;
            let chain_before: Vec<u8> = row.get(9)?;
            Ok(LogRow {
                log,
                thread: row.get(0)?,
                state: match row.get(1)? {
                    0 => State::Live,
                    1 => State::Wedged,
                    2 => State::Replaced,
                    _ => State::Closed,
                },
                created: row.get(2)?,
                suite: Suite::from_code(row.get(3)?).unwrap_or(Suite::XWing),
                cursor: row.get::<_, i64>(4)? as u64,
                last_commit: row.get::<_, i64>(5)? as u64,
                chain: id_column(row, 6)?,
                chain_before: Hash32::try_from(&chain_before[..]).ok(),
                doubtful: row.get(10)?,
                reader: id_column(row, 7)?,
                next_reader: next_reader.and_then(|secret| ReaderSecret::try_from(&secret[..]).ok()),
            })
        });
        Ok(row.optional()?)
    }

    fn save_progress(&self, row: &LogRow) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE logs SET cursor = ?2, last_commit = ?3, chain = ?4, chain_before = ?5 WHERE log = ?1",
            )?
            .execute(params![
                &row.log.0[..],
                row.cursor as i64,
                row.last_commit as i64,
                &row.chain.0[..],
                row.chain_before.map(|hash| hash.0.to_vec()).unwrap_or_default()
            ])?;
        Ok(())
    }

    pub fn set_log_state(&mut self, log: LogId, state: State) -> Done<()> {
        if state != State::Live {
            // It gets no new keys any more, which would make used ones worthless.
            self.store_group(log)?;
        }
        if state == State::Replaced {
            self.welcomes_done(log)?;
        }
        let replaced_ms = if state == State::Replaced { self.server_now() } else { 0 };
        self.wake_offers();
        self.db
            .prepare_cached("UPDATE logs SET state = ?2, replaced_ms = ?3 WHERE log = ?1")?
            .execute(params![&log.0[..], state as i64, replaced_ms])?;
        Ok(())
    }

    /// A new log with this device as its only member, made on the server when that can be reached.
    pub fn start_log(
        &mut self,
        thread: i64,
        suite: Suite,
        state: &content::ConversationState,
    ) -> Done<LogId> {
        self.start_log_after(thread, suite, state, &Heritage::default())
    }

    /// The same for what continues other logs.
    pub fn start_log_after(
        &mut self,
        thread: i64,
        suite: Suite,
        state: &content::ConversationState,
        heritage: &Heritage,
    ) -> Done<LogId> {
        let log = LogId(self.random());
        let reader = ReaderSecret::new(self.random());
        let store = crate::db::MlsStore(self.db);
        let me = self.me()?;
        let group = Conversation::create_after(&store, &me.identity, suite, log, state, heritage)?;
        let (account, device) = (me.account(), me.identity.device);
        self.keep_new_group(log, group);
        self.db
            .prepare_cached(
                "INSERT INTO logs(log, thread, state, created, suite, cursor, last_commit, chain, reader, refreshed_ms)
                 VALUES (?1, ?2, 0, 0, ?3, 0, 0, ?4, ?5, ?6)",
            )?
            .execute(params![
                &log.0[..],
                thread,
                suite.code(),
                &Hash32::ZERO.0[..],
                &reader.expose()[..],
                self.now_ms
            ])?;
        self.db
            .prepare_cached(
                "INSERT INTO leaves(log, device, account, reader_hash, counter) VALUES (?1, ?2, ?3, ?4, 0)",
            )?
            .execute(params![&log.0[..], &device.0[..], &account.0[..], &reader.hash().0[..]])?;
        self.core.session.dirty.insert(log);
        Ok(log)
    }

    /// Everything a log may need now, in order: be made, be followed, be read to its end, commit, send.
    pub fn work_log(&mut self, log: LogId) -> Done<()> {
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        if row.state == State::Closed {
            // Closed while it waited to be followed.
            self.core.session.follow_again.remove(&log);
            // What became of a commit that adds somebody.
            self.resend_commit(&row)?;
            return self.ask_when_due(&row, false);
        }
        if matches!(row.state, State::Wedged | State::Replaced) {
            self.ask_when_due(&row, false)?;
        }
        if !row.created {
            return self.create_log(&row);
        }
        if !self.core.session.followed.contains_key(&log) {
            return self.follow_log(&row);
        }
        let head = self.core.session.followed.get(&log).copied().unwrap_or(0);
        if row.state == State::Wedged && row.doubtful {
            return self.work_successor(&row);
        }
        if row.cursor < head || row.state == State::Replaced || row.state == State::Live && row.doubtful {
            return Ok(());
        }
        if row.state == State::Wedged {
            return self.work_successor(&row);
        }
        if let Some(next) = &row.next_reader
            && self.reader_is_announced(log, next)?
        {
            self.replace_reader(&row, next);
        }
        self.work_wake(&row)?;
        self.work_drafts(&row)?;
        let until = self.work_commit(&row)?;
        if until > 0 {
            self.work_outbox(&row, until)?;
        }
        self.work_receipt(&row)?;
        self.work_receipts(&row)
    }

    fn create_log(&mut self, row: &LogRow) -> Done<()> {
        if !self.begin(Job::CreateLog(row.log)) {
            return Ok(());
        }
        let Some(token) = self.take_token(TokenKind::Log)? else {
            self.end(&Job::CreateLog(row.log));
            return Ok(());
        };
        let write_token = self.with_group(row.log, |group, _, _| group.write_token())?;
        let create = CreateLog {
            log: row.log.into(),
            write_hash: write_token.hash().into(),
            reader_hash: row.reader.hash().into(),
            token: Some(token),
        };
        self.send(Request::CreateLog(create), Awaiting::LogCreated(row.log));
        Ok(())
    }

    pub fn log_created(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(_) => {
                self.end(&Job::CreateLog(log));
                self.db
                    .prepare_cached("UPDATE logs SET created = 1 WHERE log = ?1")?
                    .execute([&log.0[..]])?;
            }
            Err(error) if error.code == ErrorCode::ErrorSpent as i32 => {
                self.end(&Job::CreateLog(log));
                self.payment_refused();
            }
            Err(error) => {
                tracing::warn!("a conversation could not be made on the server: {}", error.message);
                self.back_off(Job::CreateLog(log), &error, 0);
            }
        }
        self.core.session.dirty.insert(log);
        Ok(())
    }

    /// The next of those that are not followed yet. Each says what there is to do when it is.
    pub fn follow_more(&mut self) -> Done<()> {
        while self.core.session.following.len() < FOLLOWING_AT_ONCE
            && let Some(next) = self.core.session.follow_next.pop_front()
        {
            self.work_log(next)?;
        }
        Ok(())
    }

    fn follow_log(&mut self, row: &LogRow) -> Done<()> {
        let session = &mut self.core.session;
        if session.following.len() >= FOLLOWING_AT_ONCE && !session.following.contains(&row.log) {
            // Somebody waits for this one: it is next.
            session.follow_next.retain(|log| *log != row.log);
            session.follow_next.push_front(row.log);
            return Ok(());
        }
        if session.following.insert(row.log) {
            session.follow_again.remove(&row.log);
            // After a restore the newest entry is read once more: is it still the same?
            let after = row.cursor - u64::from(row.doubtful && row.cursor > 0);
            let (log, reader_secret) = (row.log.into(), row.reader.to_field());
            let follow = FollowLog { log, reader_secret, after, left_out: None };
            self.send(Request::FollowLog(follow), Awaiting::LogFollowed(row.log));
        }
        Ok(())
    }

    pub fn log_followed(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        self.core.session.following.remove(&log);
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        match result {
            Ok(Body::Following(following)) => {
                if following.head < row.cursor {
                    self.core.session.followed.insert(log, row.cursor);
                    self.core.session.dirty.insert(log);
                    // Its newest entries may be others by now than those that this device read under their numbers.
                    return self.log_rolled_back(&row, following.head.saturating_sub(SENT_AGAIN));
                }
                // What all readers had acknowledged is not served again; so it was there.
                if row.state == State::Live
                    && row.doubtful
                    && (following.first > row.cursor || row.chain_before.is_none())
                {
                    self.certain(log)?;
                }
                self.core.session.followed.insert(log, following.head);
                if row.state == State::Live || !row.doubtful {
                    self.follows_to(log, row.cursor, following.head)?;
                }
                self.core.session.dirty.insert(log);
                self.wake_offers();
                self.presence_followed(row.thread);
                self.call_followed(log)?;
                self.receipts_resumed(&row)?;
                if following.first > row.cursor.saturating_add(1) && following.head > row.cursor {
                    return self.missed_entries(&row);
                }
                Ok(())
            }
            Ok(_) => Err(Fail::Server("no log")),
            Err(error) if is_passing(&error) => self.follow_later(log, retry_after(&error)),
            Err(error) => self.follow_refused(&row, &error),
        }
    }

    fn follow_later(&mut self, log: LogId, after_ms: i64) -> Done<()> {
        self.core.session.follow_again.insert(log);
        self.core.session.wake.insert((self.now_ms.saturating_add(after_ms), Some(log)));
        Ok(())
    }

    /// The inbox shows whether the server was put back, and forgot the log. That may come after the answer about a log.
    fn awaits_inbox(&self) -> Done<bool> {
        let since = self.now_ms.saturating_sub(self.core.session.greeted_ms);
        let waits = !self.core.session.inbox_same && (0..INBOX_AWAITED_MS).contains(&since);
        Ok(waits && self.inbox_ready()?)
    }

    /// The reader is not known to the server: it was replaced before a crash, or this device was dropped.
    fn follow_refused(&mut self, row: &LogRow, error: &WireError) -> Done<()> {
        if row.state == State::Live && !row.doubtful && self.awaits_inbox()? {
            return self.follow_later(row.log, INBOX_FIRST_MS);
        }
        if error.code == ErrorCode::ErrorNotAllowed as i32 && row.state == State::Live && !row.doubtful {
            self.ask_what_dropped_it(row);
            return Ok(());
        }
        if row.next_reader.is_some() {
            return self.reader_refused(row);
        }
        // It reads no more of it, and goes on elsewhere unless the others add it again.
        if row.state == State::Wedged {
            self.core.session.followed.insert(row.log, row.cursor);
            self.core.session.dirty.insert(row.log);
            return Ok(());
        }
        if error.code == ErrorCode::ErrorGone as i32 {
            return self.missed_entries(row);
        }
        // Begun, or come into, after the backup was made.
        if row.doubtful {
            self.core.session.followed.insert(row.log, row.cursor);
            self.core.session.dirty.insert(row.log);
            return self.log_rolled_back(row, 0);
        }
        tracing::info!("a conversation can no longer be followed: {}", error.message);
        self.reader_refused(row)
    }

    /// The reader is not this device's any more, and nothing shows that it should be.
    fn reader_refused(&mut self, row: &LogRow) -> Done<()> {
        match row.next_reader.clone() {
            // The replacement was taken, and its answer lost.
            Some(next) => {
                self.reader_is(row.log, &next)?;
                self.core.session.dirty.insert(row.log);
                Ok(())
            }
            None => self.reader_lost(row),
        }
    }

    /// The group hears of a new reader before the server does, so that a removal in between names it.
    fn reader_is_announced(&self, log: LogId, next: &ReaderSecret) -> Done<bool> {
        let me = self.me()?;
        let announced: Option<Option<Vec<u8>>> = self
            .db
            .prepare_cached("SELECT reader_hash FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3")?
            .query_row(params![&log.0[..], &me.account().0[..], &me.identity.device.0[..]], |row| row.get(0))
            .optional()?;
        Ok(announced.flatten().is_some_and(|hash| hash == next.hash().0))
    }

    fn replace_reader(&mut self, row: &LogRow, next: &ReaderSecret) {
        if self.begin(Job::Reader(row.log)) {
            let replace = ReplaceReader {
                log: row.log.into(),
                old_secret: row.reader.to_field(),
                new_hash: next.hash().into(),
                ..ReplaceReader::default()
            };
            self.send(Request::ReplaceReader(replace), Awaiting::ReaderReplaced(row.log));
        }
    }

    pub fn reader_replaced(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        match result {
            Err(error) if is_passing(&error) => self.pause(Job::Reader(log), retry_after(&error)),
            // Refused: the old secret is gone, so an earlier attempt had been taken.
            _ => {
                self.end(&Job::Reader(log));
                if let Some(next) = &row.next_reader {
                    self.reader_is(log, next)?;
                }
            }
        }
        self.core.session.dirty.insert(log);
        Ok(())
    }

    fn reader_is(&mut self, log: LogId, reader: &ReaderSecret) -> Done<()> {
        self.db
            .prepare_cached("UPDATE logs SET reader = ?2, next_reader = NULL WHERE log = ?1")?
            .execute(params![&log.0[..], &reader.expose()[..]])?;
        Ok(())
    }

    pub fn unfollow(&mut self, log: LogId) {
        self.reads_no_more(log);
        if self.core.session.followed.remove(&log).is_some() {
            self.send(Request::UnfollowLog(UnfollowLog { log: log.into() }), Awaiting::Ignored);
        }
    }

    // ---- Reading ----

    /// A page of entries.
    pub fn log_entries(&mut self, page: LogEntries) -> Done<()> {
        let log = LogId::try_from(&page.log[..]).map_err(|_| Fail::Server("a malformed log id"))?;
        let Some(mut row) = self.log_row(log)? else { return Ok(()) };
        // What follows where a restored server began anew is another history than the one read here.
        if row.state == State::Closed
            || row.state != State::Live && row.doubtful
            || !self.core.session.followed.contains_key(&log) && !self.core.session.following.contains(&log)
        {
            return Ok(());
        }
        if page.first > row.cursor.saturating_add(1) {
            return Err(Fail::Server("entries with a gap between them"));
        }
        let head = page.head.max(page.first.saturating_sub(1) + page.entries.len() as u64);
        let known = self.core.session.followed.entry(log).or_insert(head);
        *known = head.max(*known);
        let before = row.cursor;
        let (mut lost, mut chain_before) = (Vec::new(), None);
        for (number, mut entry) in (page.first..).zip(page.entries) {
            if number == row.cursor && row.doubtful && row.state == State::Live {
                // What is lost by now was there, and shows nothing else.
                let same = entry.lost
                    || row.chain_before.is_none_or(|before| {
                        chain(before, number, &entry.payload, entry.commit.is_some()) == row.chain
                    });
                if !same {
                    return self.log_rolled_back(&row, number.saturating_sub(SENT_AGAIN));
                }
                self.certain(log)?;
                row.doubtful = false;
            }
            if number <= row.cursor {
                continue;
            }
            if entry.lost {
                if lost.is_empty() && !self.is_chain_unknown(log, row.cursor)? {
                    chain_before = Some(row.chain);
                }
                self.go_past_lost(&mut row, number)?;
                lost.push(number);
                continue;
            }
            entry.at_ms = entry.at_ms.clamp(0, LATEST_MS);
            row.cursor = number;
            row.chain_before = Some(row.chain);
            row.chain = chain(row.chain, number, &entry.payload, entry.commit.is_some());
            let known = (!self.is_chain_unknown(log, number)?).then_some(row.chain);
            self.remember(log, number, Recent::of(known, &entry.payload));
            let (payload, is_commit) = (entry.payload.clone(), entry.commit.is_some());
            self.core.lost.shown = None;
            self.entry_apart(&mut row, number, entry)?;
            self.take_chain_shown(&mut row, &payload, is_commit)?;
            // Put out, or its place is lost.
            if self
                .log_row(log)?
                .is_none_or(|now| now.state == State::Closed || now.state == State::Wedged && now.doubtful)
            {
                break;
            }
        }
        self.save_progress(&row)?;
        self.keep_recent(&row, before)?;
        self.read_to(log, row.cursor);
        self.entries_lost(&row, &lost, chain_before)?;
        self.wake_offers();
        if row.cursor > before && self.core.session.followed.contains_key(&log) {
            let ack = AckLog { log: log.into(), reader_secret: row.reader.to_field(), up_to: row.cursor };
            self.send(Request::AckLog(ack), Awaiting::Ignored);
        }
        self.core.session.dirty.insert(log);
        Ok(())
    }

    /// The server still has what this device read.
    fn certain(&mut self, log: LogId) -> Done<()> {
        self.db.prepare_cached("UPDATE logs SET doubtful = 0 WHERE log = ?1")?.execute([&log.0[..]])?;
        self.put_receipt_anew(log)
    }

    /// Whether more of it is to come than this device has read.
    pub fn is_being_read(&self, log: LogId) -> Done<bool> {
        let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Live) else { return Ok(false) };
        Ok(row.doubtful || self.core.session.followed.get(&log).is_none_or(|head| row.cursor < *head))
    }

    pub fn is_own_log_being_read(&self) -> Done<bool> {
        let Some(thread) = self.own_thread()? else { return Ok(false) };
        self.active_log(thread)?.map_or(Ok(false), |log| self.is_being_read(log))
    }

    pub fn wake_offers(&mut self) {
        if std::mem::take(&mut self.core.session.offers_wait) {
            self.core.session.chores = true;
        }
    }

    fn remember(&mut self, log: LogId, entry: u64, what: Recent) {
        let recent = self.core.recent.entry(log).or_default();
        recent.insert(entry, what);
        if recent.len() > RECENT {
            recent.pop_first();
        }
    }

    pub fn entry(&mut self, row: &mut LogRow, number: u64, entry: LogEntry) -> Done<()> {
        tracing::trace!(log = ?row.log, number, "an entry is read");
        let hash = Hash32::of(&[&entry.payload]);
        // Own entries are recognised by their bytes; OpenMLS cannot read them back.
        if self.is_own_commit(row.log, hash)? {
            return self.own_commit_entered(row, number, &entry);
        }
        if self.own_message_entered(row, number, hash, entry.at_ms)? {
            return Ok(());
        }
        let is_commit = entry_kind(&entry.payload) == EntryKind::Commit;
        if is_commit != entry.commit.is_some() {
            // A commit that swapped no write hash, or a message that swapped one: nobody applies it.
            if entry.commit.is_some() {
                row.last_commit = number;
                // What somebody said, under a mark that the server may have put there.
                if entry_kind(&entry.payload) == EntryKind::Message {
                    self.unreadable(row, "a message that is marked as a commit")?;
                }
                return self.commit_skipped(row, &entry, None, "it is not a commit");
            }
            return self.unreadable(row, "an entry of a wrong kind");
        }
        if is_commit {
            self.discard_own_commit(row.log)?;
        }
        let previous = row.last_commit;
        if is_commit && self.commit_was_lost(row, &entry, false)? {
            return Ok(());
        }
        let received = self.with_group(row.log, |group, store, me| {
            group.receive(store, &me.identity, &entry.payload, previous)
        })?;
        if is_commit {
            row.last_commit = number;
        }
        match received {
            Received::Message { sender, plaintext } => {
                self.content_received(row, number, entry.at_ms, &sender, &plaintext)
            }
            Received::Commit(applied) => self.commit_applied(row, &entry, applied),
            // A proposal by itself, or garbage that calls itself one: it came without a write hash and takes none away.
            Received::Skipped(why) if !is_commit => self.unreadable(row, &why.to_string()),
            Received::Skipped(why) => self.commit_skipped(row, &entry, None, &why.to_string()),
            Received::Refused(by, why) => {
                // The server numbers what each device reads, and marks what is a commit. So it may be why one seems to follow another
                // commit than the last one.
                let by = (why != SkipReason::WrongPrevious).then_some(by.account);
                self.commit_skipped(row, &entry, by, &why.to_string())
            }
            Received::Undecryptable(why) if is_commit => {
                self.commit_skipped(row, &entry, None, &format!("{why:?}"))
            }
            Received::Own { mark } => self.own_entry_unknown(row, &mark),
            // Somebody repeats what was read before. Or a device that was put back used a key again, and then it
            // must not read that this arrived.
            Received::Undecryptable(casemate_crypto::conversation::Undecryptable::Replayed) => {
                self.entries_missed(row.log, number, number)
            }
            Received::Undecryptable(why) => {
                let wrong_epoch = why == casemate_crypto::conversation::Undecryptable::WrongEpoch;
                if self.commit_was_lost(row, &entry, wrong_epoch)? {
                    return Ok(());
                }
                self.unreadable(row, &format!("{why:?}"))
            }
        }
    }

    pub fn unreadable(&mut self, row: &LogRow, why: &str) -> Done<()> {
        tracing::info!(log = ?row.log, "an entry cannot be read: {why}");
        self.note_unread(row)?;
        self.entries_missed(row.log, row.cursor, row.cursor)?;
        self.notice(
            row.thread,
            "A message here could not be read. If something seems to be missing, ask for it again.",
        )
    }

    /// Puts a line of Casemate's own into a conversation.
    pub fn notice(&mut self, thread: i64, text: &str) -> Done<()> {
        let message: [u8; 16] = self.random();
        let position = self.next_position(thread)?;
        let account = self.me()?.account();
        self.db
            .prepare_cached(&format!(
                "INSERT INTO messages(id, message, thread, position, account, at_ms, kind, text, state)
                 VALUES ({LAST_ROW} + 1, ?1, ?2, ?3, ?4, ?5, 1, ?6, 4)"
            ))?
            .execute(params![&message[..], thread, position, &account.0[..], self.server_now(), text])?;
        if let Some(key) = self.thread_key(thread)? {
            self.event(Event::ConversationChanged { conversation: key });
        }
        Ok(())
    }

    /// The next place in a conversation's order.
    pub fn next_position(&mut self, thread: i64) -> Done<i64> {
        Ok(self
            .db
            .prepare_cached("UPDATE threads SET next_position = next_position + 1 WHERE id = ?1 RETURNING next_position - 1")?
            .query_row([thread], |row| row.get(0))?)
    }

    /// This device was removed, or its reader is gone: nothing more comes from here.
    pub fn close_log(&mut self, row: &LogRow, standing: Standing) -> Done<()> {
        self.calls_gone(row.log)?;
        self.set_log_state(row.log, State::Closed)?;
        self.unfollow(row.log);
        self.give_up_changes(row)?;
        self.delete_group(row.log)?;
        let active = self.thread_by_id(row.thread)?.filter(|thread| thread.active_log == Some(row.log));
        if let Some(thread) = active {
            if thread.standing == Standing::Active {
                self.set_thread_standing(thread.id, standing)?;
            }
            self.fail_outbox(thread.id, "You are no longer in this conversation.")?;
        }
        Ok(())
    }
}
