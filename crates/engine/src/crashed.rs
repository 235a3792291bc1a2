//! Entries, inbox items and frames that end the program while they are handled: by a panic, an overflowing stack, a lack of memory.
//! The server keeps them, so without this each start would meet them again.
//!
//! ```text
//! something to read ─▶ noted with the answer that says so ─▶ pages, as ever ─▶ all is read: the note goes with the last page
//!                                                              │ the program ends
//!                 the next start finds the note ◀──────────────┘
//! each entry by itself: marked, durable ─▶ handled; the mark goes in the same transaction ─▶ all is read
//!                                             │ the program ends
//!            a start finds the mark, a third ─┘─▶ set aside: kept, counted, said
//! ```
//! A kill may hit anything, so one end proves nothing. A driver that catches the panic knows what it was, and then one end is enough
//! ([`crate::Engine::handle_or_note`]). A browser's Worker cannot catch it. Both go through this file. What is fetched into memory,
//! and what joining a conversation does, is counted by `fetch` in the same way.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_wire::frame;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Error as WireError, ErrorCode, InboxItem, InboxItems, LogEntries, ServerFrame,
};
use prost::Message as _;
use rusqlite::Connection;

use crate::core::{Ctx, Done, Fail};
use crate::db;

/// In `settings`: that pages are being read, what is handled by itself now, and what ended the program and how often.
const READING: &str = "reading";
const MARK: &str = "handling";
const KNOWN: &str = "ended_by";

/// So many ends in a run of starts show that it was the input and not a kill.
const ENDS: u8 = 3;

/// An answer that ended the program is asked for again so late.
const REFUSED_FOR_MS: u64 = 3_600_000;

/// What ended the program and is remembered. The server could send more of them; then the oldest are met again.
const REMEMBERED: usize = 64;

/// Of this run.
#[derive(Default)]
pub struct Crashes {
    /// What is being handled, for a driver that catches a panic.
    handling: Handling,
    /// What ended the program, and how often; in the order in which it came.
    known: Vec<(Hash32, u8)>,
    /// Each entry and item is handled by itself, and marked before.
    is_careful: bool,
    /// This step handles an input and begins nothing else.
    is_alone: bool,
    /// There is a note that pages are being read.
    is_noted: bool,
    /// The person knows that a frame is left out.
    is_told: bool,
    /// What is followed and not read to its end: logs, and how far they go by the server's word.
    behind: BTreeMap<LogId, u64>,
}

/// One thing of the server's. It costs nothing until it has to be known again.
#[derive(Debug, Clone, Default, PartialEq)]
enum Handling {
    #[default]
    Nothing,
    Entry(LogId, u64, Bytes),
    Item(Bytes, Bytes),
    Frame(Bytes),
}

impl Handling {
    /// What it is known by: the same in each run, whatever its frame is numbered.
    fn key(&self) -> Option<Hash32> {
        match self {
            Self::Nothing => None,
            Self::Entry(log, number, payload) => {
                Some(Hash32::of(&[b"entry", &log.0, &number.to_be_bytes(), payload]))
            }
            Self::Item(token_hash, payload) => {
                let length = token_hash.len() as u64;
                Some(Hash32::of(&[b"item", &length.to_be_bytes(), token_hash, payload]))
            }
            Self::Frame(bytes) => {
                let body =
                    frame::parse_server(bytes.clone()).ok()?.body.filter(|body| carries(body).is_some());
                let frame = ServerFrame { id: 0, body: Some(body?) };
                Some(Hash32::of(&[b"frame", &frame.encode_to_vec()]))
            }
        }
    }

    /// What a frame asks to handle that has one entry or item at most.
    fn of(bytes: &Bytes) -> Self {
        match frame::parse_server(bytes.clone()) {
            Ok(ServerFrame { body: Some(Body::LogEntries(page)), .. }) => {
                match (LogId::try_from(&page.log[..]), page.entries.first()) {
                    (Ok(log), Some(entry)) => Self::Entry(log, page.first, entry.payload.clone()),
                    _ => Self::Nothing,
                }
            }
            Ok(ServerFrame { body: Some(Body::InboxItems(page)), .. }) => {
                page.items.first().map_or(Self::Nothing, Self::item)
            }
            Ok(_) => Self::Frame(bytes.clone()),
            Err(_) => Self::Nothing,
        }
    }

    fn item(item: &InboxItem) -> Self {
        Self::Item(item.token_hash.clone(), item.payload.clone())
    }
}

/// What a frame brings that others wrote, or the server of its own will. What only says that something was done is alike for many
/// questions, and nobody would know which one is meant.
fn carries(body: &Body) -> Option<&'static str> {
    match body {
        Body::Manifest(_) => Some("manifest"),
        Body::KeyPackage(_) => Some("key package"),
        Body::Recovery(_) => Some("recovery box"),
        Body::Backup(_) => Some("backup"),
        Body::Receipts(_) => Some("receipts"),
        Body::Head(_) => Some("head"),
        Body::History(_) => Some("history"),
        Body::CallJoined(_) => Some("call"),
        Body::CallListeners(_) => Some("listeners"),
        Body::Ephemeral(_) => Some("ephemeral"),
        Body::RendezvousAnswered(_) => Some("rendezvous"),
        _ => None,
    }
}

impl Ctx<'_> {
    /// An entry is next. False where it ended the program.
    pub fn entry_begins(&mut self, log: LogId, number: u64, payload: &Bytes) -> Done<bool> {
        self.begins(Handling::Entry(log, number, payload.clone()))
    }

    /// The same of an inbox item.
    pub fn item_begins(&mut self, item: &InboxItem) -> Done<bool> {
        self.begins(Handling::item(item))
    }

    /// A frame is next, as what it is to be taken for. None where nothing is to be done.
    pub fn frame_begins(&mut self, bytes: Bytes, frame: ServerFrame) -> Done<Option<ServerFrame>> {
        // Pages are looked at entry by entry.
        let Some(kind) = frame.body.as_ref().and_then(carries) else { return Ok(Some(frame)) };
        if self.begins(Handling::Frame(bytes.clone()))? {
            tracing::trace!(kind, length = bytes.len(), "a frame is read");
            return Ok(Some(frame));
        }
        // It comes with each connection, and once in a run is enough.
        if !std::mem::replace(&mut self.core.crashes.is_told, true) {
            tracing::warn!(kind, "a frame that ended the program is left out");
            self.set_aside_kept(&[], 0, self.now_ms, &bytes, &Fail::Ended)?;
            self.notice_to_self("Something that the server sent could not be read and was left out.")?;
        }
        // Who waits for the answer tries again later, as after any passing refusal.
        let refused = WireError {
            code: ErrorCode::ErrorInternal as i32,
            retry_after_ms: REFUSED_FOR_MS,
            ..WireError::default()
        };
        Ok((frame.id != 0).then_some(ServerFrame { id: frame.id, body: Some(Body::Error(refused)) }))
    }

    fn begins(&mut self, next: Handling) -> Done<bool> {
        let crashes = &mut self.core.crashes;
        if !crashes.known.is_empty()
            && let Some(key) = next.key()
            && crashes.known.iter().any(|(known, ends)| *known == key && *ends >= ENDS)
        {
            crashes.handling = Handling::Nothing;
            return Ok(false);
        }
        crashes.handling = next;
        Ok(true)
    }

    /// It is handled. What a driver catches from here on was not it.
    pub fn handled(&mut self) {
        self.core.crashes.handling = Handling::Nothing;
    }

    /// The server has so many entries of a log that is followed from now on.
    pub fn follows_to(&mut self, log: LogId, cursor: u64, head: u64) -> Done<()> {
        if head <= cursor {
            self.core.crashes.behind.remove(&log);
            return Ok(());
        }
        self.core.crashes.behind.insert(log, head);
        self.reading_begins()
    }

    /// A log was read to here.
    pub fn read_to(&mut self, log: LogId, cursor: u64) {
        if self.core.crashes.behind.get(&log).is_some_and(|head| *head <= cursor) {
            self.core.crashes.behind.remove(&log);
        }
    }

    /// Nothing more of it is read here.
    pub fn reads_no_more(&mut self, log: LogId) {
        self.core.crashes.behind.remove(&log);
    }

    /// Durable before the first page comes: it goes into the transaction of the answer that says that there is one.
    pub fn reading_begins(&mut self) -> Done<()> {
        if !self.core.crashes.is_noted {
            db::set_number(self.db, READING, 1)?;
            self.core.crashes.is_noted = true;
        }
        Ok(())
    }

    /// In the transaction of the last page: what ends the program later was none of what waited at the server.
    pub fn reading_ends(&mut self) -> Done<()> {
        let session = &self.core.session;
        let waits = !self.core.crashes.is_noted
            || session.hello.is_none()
            || !session.following.is_empty()
            || !session.follow_next.is_empty()
            || !session.follow_again.is_empty()
            || !self.core.crashes.behind.is_empty();
        if waits || session.inbox_head.is_none_or(|head| self.inbox_is_behind(head).unwrap_or(true)) {
            return Ok(());
        }
        db::forget_setting(self.db, READING)?;
        self.core.crashes.acquit(self.db)?;
        (self.core.crashes.is_noted, self.core.crashes.is_careful) = (false, false);
        Ok(())
    }

    fn inbox_is_behind(&self, head: u64) -> Done<bool> {
        Ok((db::number(self.db, "inbox_cursor")?.unsigned_abs()) < head)
    }

    /// A step that handles what was marked: the mark goes with what came of it. Whether that is all of this step.
    pub fn past_the_mark(&mut self) -> Done<bool> {
        if self.core.crashes.is_alone {
            if let Some(mark) = mark(self.db)? {
                self.core.crashes.known.retain(|(known, ends)| *known != mark || *ends >= ENDS);
                keep(self.db, &self.core.crashes.known)?;
            }
            db::forget_setting(self.db, MARK)?;
        }
        Ok(self.core.crashes.is_alone)
    }
}

impl Crashes {
    /// What earlier runs left.
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        let mut crashes =
            Self { known: kept(db)?, is_careful: db::number(db, READING)? > 0, ..Self::default() };
        crashes.is_noted = crashes.is_careful;
        // Without room on the disk the mark stays, and the device opens all the same.
        if let Some(key) = mark(db)?
            && let Err(error) = crashes.note_mark(db, key)
        {
            tracing::warn!("what ended the program could not be noted: {error}");
        }
        Ok(crashes)
    }

    fn note_mark(&mut self, db: &Connection, key: Hash32) -> rusqlite::Result<()> {
        let transaction = db.unchecked_transaction()?;
        self.ended_by(&transaction, key, 1)?;
        db::forget_setting(&transaction, MARK)?;
        transaction.commit()
    }

    /// All is read: what was marked when the program ended had nothing to do with it.
    fn acquit(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if self.known.iter().any(|(_, ends)| *ends < ENDS) {
            self.known.retain(|(_, ends)| *ends >= ENDS);
            keep(db, &self.known)?;
        }
        Ok(())
    }

    /// The connection is another one, and what is followed is said anew.
    pub fn connected(&mut self) {
        self.behind.clear();
    }

    /// What is in memory may be ahead of the database. Where that cannot be read now, the next input fails as well.
    pub fn rolled_back(&mut self, db: &Connection) {
        self.handling = Handling::Nothing;
        if let (Ok(known), Ok(noted)) = (kept(db), db::number(db, READING)) {
            (self.known, self.is_noted) = (known, noted > 0);
        }
    }

    fn ended_by(&mut self, db: &Connection, key: Hash32, ends: u8) -> rusqlite::Result<()> {
        let before = self.known.iter().find(|(known, _)| *known == key).map_or(0, |(_, ends)| *ends);
        self.known.retain(|(known, _)| *known != key);
        self.known.push((key, before.saturating_add(ends)));
        let over = self.known.len().saturating_sub(REMEMBERED);
        self.known.drain(..over);
        keep(db, &self.known)
    }
}

impl crate::Engine {
    /// [`handle`](Self::handle) for a driver that can catch a panic. Then what was being handled is known, and the next start sets it
    /// aside. The engine is of no more use; its database is.
    ///
    /// # Errors
    ///
    /// The panic.
    pub fn handle_or_note(
        &mut self,
        input: crate::Input,
        now_ms: i64,
    ) -> std::thread::Result<Vec<crate::Output>> {
        let handled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.handle(input, now_ms)));
        if handled.is_err()
            && let Err(error) = self.note_end()
        {
            tracing::error!("what ended the program could not be noted: {error}");
        }
        handled
    }

    fn note_end(&mut self) -> rusqlite::Result<()> {
        let handling = std::mem::take(&mut self.core.crashes.handling);
        self.core.rolled_back(&self.db);
        if let Some(key) = handling.key() {
            let transaction = db::begin(&mut self.db, rusqlite::TransactionBehavior::Immediate)?;
            self.core.crashes.ended_by(&transaction, key, ENDS)?;
            db::forget_setting(&transaction, MARK)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// The program ends by itself between two inputs: whatever was being read had nothing to do with it.
    pub(crate) fn ends_well(&mut self) {
        let forgotten = db::forget_setting(&self.db, READING)
            .and_then(|()| db::forget_setting(&self.db, MARK))
            .and_then(|()| self.core.crashes.acquit(&self.db));
        if let Err(error) = forgotten {
            tracing::warn!("the end was not noted: {error}");
        }
    }

    /// Whether what the server sends is handled one by one.
    pub(crate) fn is_careful(&self) -> bool {
        self.core.crashes.is_careful
    }

    /// Handles each entry and item by itself, after a mark that is durable.
    pub(crate) fn handle_one_by_one(&mut self, bytes: Bytes, now_ms: i64) -> Vec<crate::Output> {
        let mut outputs = Vec::new();
        for frame in one_by_one(bytes) {
            let Some(key) = Handling::of(&frame).key() else {
                outputs.extend(self.handle_one(crate::Input::Frame(frame), now_ms));
                continue;
            };
            // Where it cannot be marked, what follows fails as well and says so.
            if let Err(error) = db::set_setting(&self.db, MARK, &key.0) {
                tracing::warn!("what is handled could not be marked: {error}");
            }
            self.core.crashes.is_alone = true;
            outputs.extend(self.handle_one(crate::Input::Frame(frame), now_ms));
            self.core.crashes.is_alone = false;
            // After an error the mark stands still, and this run goes on.
            if mark(&self.db).is_ok_and(|mark| mark.is_some()) {
                drop(db::forget_setting(&self.db, MARK));
            }
            outputs.extend(self.handle_one(crate::Input::Tick, now_ms));
            // What is left of the page belongs to a connection that is over.
            if outputs.iter().any(|output| matches!(output, crate::Output::Reconnect { .. })) {
                break;
            }
        }
        outputs
    }
}

/// A page as pages of one. The server could have sent it so.
fn one_by_one(bytes: Bytes) -> Vec<Bytes> {
    let pages: Vec<Body> = match frame::parse_server(bytes.clone()) {
        // What is beyond the last number is refused as it came.
        Ok(ServerFrame { id: 0, body: Some(Body::LogEntries(page)) })
            if page.entries.len() > 1 && page.first.checked_add(page.entries.len() as u64).is_some() =>
        {
            let (log, head) = (page.log, page.head);
            let alone = |(first, entry)| LogEntries { log: log.clone(), first, entries: vec![entry], head };
            (page.first..).zip(page.entries).map(alone).map(Body::LogEntries).collect()
        }
        Ok(ServerFrame { id: 0, body: Some(Body::InboxItems(page)) }) if page.items.len() > 1 => {
            let alone = |item| InboxItems { inbox: page.inbox.clone(), items: vec![item] };
            page.items.into_iter().map(alone).map(Body::InboxItems).collect()
        }
        _ => return vec![bytes],
    };
    pages.into_iter().map(|body| ServerFrame { id: 0, body: Some(body) }.encode_to_vec().into()).collect()
}

fn mark(db: &Connection) -> rusqlite::Result<Option<Hash32>> {
    Ok(db::setting(db, MARK)?.and_then(|bytes| Hash32::try_from(&bytes[..]).ok()))
}

fn kept(db: &Connection) -> rusqlite::Result<Vec<(Hash32, u8)>> {
    let bytes = db::setting(db, KNOWN)?.unwrap_or_else(Vec::new);
    let (rows, _) = bytes.as_chunks::<33>();
    Ok(rows.iter().map(|[ends, key @ ..]| (Hash32(*key), *ends)).collect())
}

fn keep(db: &Connection, known: &[(Hash32, u8)]) -> rusqlite::Result<()> {
    if known.is_empty() {
        return db::forget_setting(db, KNOWN);
    }
    let rows: Vec<u8> = known.iter().flat_map(|(key, ends)| [&[*ends][..], &key.0].concat()).collect();
    db::set_setting(db, KNOWN, &rows)
}

#[cfg(test)]
mod tests {
    use casemate_wire::proto::directory::SignedManifest;
    use casemate_wire::proto::wire::{Following, LogEntry, ManifestAnswer};

    use super::*;

    fn bytes(id: u64, body: Body) -> Bytes {
        ServerFrame { id, body: Some(body) }.encode_to_vec().into()
    }

    #[test]
    fn answer_under_another_number_is_known_again_and_what_many_share_is_not() {
        let answer = |id, more: &[u8]| {
            let manifest = SignedManifest { manifest: more.to_vec().into(), ..SignedManifest::default() };
            let answer = ManifestAnswer { manifest: Some(manifest), ..ManifestAnswer::default() };
            Handling::Frame(bytes(id, Body::Manifest(answer))).key()
        };
        assert!(answer(1, b"a").is_some());
        assert_eq!(answer(1, b"a"), answer(9, b"a"));
        assert_ne!(answer(1, b"a"), answer(1, b"b"));
        assert_eq!(Handling::Frame(bytes(1, Body::Following(Following::default()))).key(), None);
    }

    #[test]
    fn page_is_split_into_pages_of_one_with_the_same_numbers() {
        let entry = |byte: u8| LogEntry { payload: vec![byte].into(), ..LogEntry::default() };
        let log = Bytes::from(vec![7; 16]);
        let page = LogEntries { log, first: 5, entries: vec![entry(1), entry(2), entry(3)], head: 90 };
        let split = one_by_one(bytes(0, Body::LogEntries(page.clone())));
        let pages = split.iter().map(|bytes| match frame::parse_server(bytes.clone()).unwrap().body {
            Some(Body::LogEntries(page)) => (page.first, page.entries.len(), page.head),
            other => panic!("{other:?}"),
        });
        assert_eq!(pages.collect::<Vec<_>>(), [(5, 1, 90), (6, 1, 90), (7, 1, 90)]);
        let of = |log: u8, number| Handling::Entry(LogId([log; 16]), number, Bytes::from(vec![2])).key();
        assert_eq!(Handling::of(&split[1]).key(), of(7, 6));
        assert_ne!(of(7, 6), of(7, 7));
        assert_ne!(of(7, 6), of(8, 6));
        // What is alone, beyond the last number, or no page, stays as it came.
        let last = LogEntries { first: u64::MAX, ..page.clone() };
        let last = bytes(0, Body::LogEntries(last));
        assert_eq!(one_by_one(last.clone()), [last]);
        let alone = bytes(0, Body::LogEntries(LogEntries { entries: vec![entry(1)], ..page }));
        assert_eq!(one_by_one(alone.clone()), [alone]);
        assert_eq!(one_by_one(Bytes::from(vec![0xff; 8])), [vec![0xff; 8]]);
    }
}
