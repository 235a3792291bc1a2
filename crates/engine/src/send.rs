//! The outbox: contents wait as rows, are encrypted in the epoch in which they leave, and go away when their
//! entry comes by in the log. A retry carries the same bytes and client id, so nothing is sent twice.

use std::mem::discriminant;

use casemate_api::Event;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::ids::{AccountId, Hash32, LogId, MessageId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, Error as WireError, ErrorCode};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column, stored};
use crate::log::LogRow;
use crate::meant::named;
use crate::message::{QUEUED_POSITION, Row, State};
use crate::strict;
use crate::thread::Standing;

mod given_up;
mod kept;
mod order;

/// Entries of one conversation on their way at once. More hides more latency; each must be encrypted again when a
/// commit comes first.
const WINDOW: usize = 16;

/// Rows of which no bytes are under way that could still come into the log.
const UNSENT: &str = "(tried = 0 OR payload IS NULL)";

/// Those of them that nobody can have from another log, or from before.
const UNSAID: &str = "(tried = 0 OR payload IS NULL) AND said_before = 0";

/// The same where messages wait for their person's look: what goes out nevertheless is found behind so many of them.
const HELD_WINDOW: usize = 256;

impl Ctx<'_> {
    /// Puts a content on its way. `message` ties it to a message's state.
    pub fn queue_content(&mut self, thread: i64, message: Option<MessageId>, kind: Kind) -> Done<()> {
        let id = match message {
            Some(message) => self.find_message(message)?.map_or(message, |row| row.said()),
            None => MessageId(self.random()),
        };
        let body = content::Content {
            sent_ms: self.server_now(),
            message_id: id.into(),
            kind: Some(kind),
            ..content::Content::default()
        };
        let client_id: [u8; 16] = self.random();
        self.db
            .prepare_cached(
                "INSERT INTO outbox(thread, message, content, client_id) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                thread,
                message.map(|id| id.0.to_vec()),
                body.encode_to_vec(),
                &client_id[..]
            ])?;
        self.thread_dirty(thread)
    }

    /// The thread's log is looked at.
    pub fn thread_dirty(&mut self, thread: i64) -> Done<()> {
        if let Some(log) = self.thread_by_id(thread)?.and_then(|thread| thread.active_log) {
            self.core.session.dirty.insert(log);
        }
        Ok(())
    }

    /// Encrypts and sends what waits up to a row, in order. The log is read to its end and no commit is under way.
    pub fn work_outbox(&mut self, row: &LogRow, until: i64) -> Done<()> {
        let thread = self.thread_by_id(row.thread)?.filter(|thread| thread.active_log == Some(row.log));
        let Some(thread) = thread else { return Ok(()) };
        let held = self.held(row.thread)?.is_some();
        let unsaid = self.kept_to_admins(&thread)?;
        let window = if held || unsaid.is_some() { HELD_WINDOW } else { WINDOW };
        let waiting = self.waiting(row.thread, until, window)?;
        let mut before = None;
        for waiting in waiting {
            // What was encrypted already went to those who were there before.
            if held && waiting.payload.is_none() && waiting.is_held() {
                continue;
            }
            if waiting.payload.is_none() && unsaid.is_some_and(|kept| kept.holds(&waiting)) {
                self.take_counter_back(row.log, &waiting)?;
                self.may_no_longer_say(&thread, &waiting)?;
                continue;
            }
            // What comes later waits for files that are still being uploaded: order is what people wrote.
            if let Some(message) = waiting.message
                && !self.attachments_ready(message)?
            {
                if self.files_wait(message)? {
                    continue;
                }
                return Ok(());
            }
            if self.core.session.busy.contains(&Job::Outbox(waiting.id)) {
                // An epoch ended while it was under way: nothing may overtake it, or its counter would come late.
                if waiting.payload.is_none() {
                    return Ok(());
                }
                before = Some(waiting.client_id);
                continue;
            }
            if !self.begin(Job::Outbox(waiting.id)) {
                return Ok(());
            }
            if waiting.payload.is_some() || !self.came_too_late_for(row.log, &waiting)? {
                let after = before.replace(waiting.client_id.clone());
                self.append(row, waiting, after)?;
            }
        }
        Ok(())
    }

    /// `after`: client id of what was sent before, and is not answered yet.
    fn append(&mut self, row: &LogRow, waiting: Waiting, after: Option<Vec<u8>>) -> Done<()> {
        let wakes = waiting.message.is_some() || waiting.rings();
        let (payload, seen, retry) = match waiting.payload {
            Some(payload) => (payload, waiting.seen.unwrap_or(0), waiting.tried),
            None => {
                let counter = match self.counter_in_order(row.log, &waiting)? {
                    Some(counter) => counter,
                    None => self
                        .db
                        .prepare_cached(
                            "UPDATE logs SET counter = counter + 1 WHERE log = ?1 RETURNING counter",
                        )?
                        .query_row([&row.log.0[..]], |row| row.get(0))?,
                };
                let mut body = content::Content::decode(&waiting.content[..])
                    .map_err(|_| Fail::Server("an own content"))?;
                body.counter = counter as u64;
                body.seen_entry = row.cursor;
                body.seen_hash = self.chain_said(row)?;
                body.head = self.head_said()?;
                if let Some(kind) = &mut body.kind {
                    self.say_spoken(row.log, kind)?;
                }
                // Members of before refuse a call with anything in it that they do not know.
                if !matches!(body.kind, Some(Kind::Call(_) | Kind::CallStep(_))) {
                    if let Some((entry, hash)) = self.chain_told(row.log)? {
                        (body.told_entry, body.told_hash) = (entry, hash.into());
                    }
                    body.promise = self.promise_said(row.log, body.encoded_len())?.into();
                }
                let plaintext = body.encode_to_vec();
                let marks = self.mark_key()?;
                let payload = self.with_group(row.log, |group, store, me| {
                    let mark = marks.mark(row.log, group.epoch(), counter as u64);
                    group.encrypt(store, &me.identity, &plaintext, &mark)
                })?;
                self.db
                    .prepare_cached(
                        "UPDATE outbox SET counter = ?2, payload = ?3, hash = ?4, sent_log = ?5, seen = ?6, tried = 1 WHERE id = ?1",
                    )?
                    .execute(params![
                        waiting.id,
                        counter,
                        payload,
                        &Hash32::of(&[&payload]).0[..],
                        &row.log.0[..],
                        row.cursor as i64
                    ])?;
                // A row that was tried before had a payload of an epoch that has ended: those bytes cannot come back.
                (payload, row.cursor as i64, false)
            }
        };
        let write_token = self.with_group(row.log, |group, _, _| group.write_token())?;
        let hash = Hash32::of(&[&payload]);
        let append = Append {
            log: row.log.into(),
            write_token: write_token.to_field(),
            client_id: waiting.client_id.into(),
            payload: payload.into(),
            commit: None,
            seen: seen as u64,
            retry,
            after: after.unwrap_or_default().into(),
        };
        self.send(Request::Append(append), Awaiting::Appended { outbox: waiting.id, hash });
        if wakes && !retry {
            self.wake_others(row.log);
        }
        Ok(())
    }

    /// The counter that a row got when it was first encrypted, unless a later one is in the log by now: counters
    /// only grow there.
    fn counter_in_order(&self, log: LogId, waiting: &Waiting) -> Done<Option<i64>> {
        let Some(counter) = waiting.counter else { return Ok(None) };
        let overtaken: bool = self
            .db
            .prepare_cached(
                "SELECT counter - ?2 > (SELECT count(*) FROM outbox WHERE sent_log = ?1 AND outbox.counter > ?2)
                 FROM logs WHERE log = ?1",
            )?
            .query_row(params![&log.0[..], counter], |row| row.get(0))?;
        Ok((!overtaken).then_some(counter))
    }

    pub fn appended(&mut self, outbox: i64, hash: Hash32, result: Result<Body, WireError>) -> Done<()> {
        let row: Option<(Option<Vec<u8>>, Option<Vec<u8>>, i64)> = self
            .db
            .prepare_cached("SELECT hash, message, thread FROM outbox WHERE id = ?1")?
            .query_row([outbox], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((now, message, thread)) = row else { return Ok(()) };
        let message = message.and_then(|id| MessageId::try_from(&id[..]).ok());
        // The answer to bytes that were given up since.
        let current = now.is_some_and(|now| now[..] == hash.0);
        match result {
            Ok(Body::Appended(done)) if current => {
                self.db
                    .prepare_cached("UPDATE outbox SET taken = ?2 WHERE id = ?1")?
                    .execute(params![outbox, i64::try_from(done.entry).unwrap_or(i64::MAX)])?;
                if let Some(message) = message {
                    self.set_message_state(message, State::Sent, None)?;
                }
                self.passed_unseen(outbox, thread, hash, done.entry, done.at_ms)?;
            }
            // It was said where this thread does not go on: now it may be said where it does.
            Ok(_) if !current => self.end(&Job::Outbox(outbox)),
            Ok(_) => {}
            Err(error) if !current => {
                tracing::debug!("an old append was refused: {}", error.message);
                // Now it may be encrypted anew.
                self.end(&Job::Outbox(outbox));
            }
            Err(error) if error.code == ErrorCode::ErrorStale as i32 => {
                // A commit came first: its entry is on its way here, and makes this be encrypted anew.
                self.db
                    .prepare_cached("UPDATE outbox SET payload = NULL, taken = 0, hash = NULL WHERE id = ?1")?
                    .execute([outbox])?;
                self.pause(Job::Outbox(outbox), 1_000);
                if let Some(log) = self.active_log(thread)? {
                    self.note_stale(log)?;
                }
            }
            Err(error) if is_passing(&error) || error.code == ErrorCode::ErrorNotFound as i32 => {
                self.pause(Job::Outbox(outbox), retry_after(&error));
            }
            Err(error) => self.give_up(outbox, &crate::connection::refusal(&error).message)?,
        }
        self.thread_dirty(thread)
    }

    /// The server took it as an entry that this device has gone past and did not recognise: it was shown other bytes.
    fn passed_unseen(&mut self, outbox: i64, thread: i64, hash: Hash32, entry: u64, at_ms: i64) -> Done<()> {
        let Some(log) = self.active_log(thread)? else { return Ok(()) };
        let Some(row) = self.log_row(log)?.filter(|row| entry > 0 && entry <= row.cursor) else {
            return Ok(());
        };
        self.db
            .prepare_cached("UPDATE outbox SET hash = ?2, sent_log = ?3 WHERE id = ?1")?
            .execute(params![outbox, &hash.0[..], &log.0[..]])?;
        self.own_message_entered(&row, entry, hash, at_ms.clamp(0, crate::log::LATEST_MS))?;
        Ok(())
    }

    /// An entry with bytes that this device sent: the message has its place now. False where they are not ours.
    pub fn own_message_entered(&mut self, row: &LogRow, number: u64, hash: Hash32, at_ms: i64) -> Done<bool> {
        let found: Option<(i64, Option<Vec<u8>>, Vec<u8>)> = self
            .db
            .prepare_cached(
                "DELETE FROM outbox WHERE sent_log = ?1 AND hash = ?2 RETURNING id, message, content",
            )?
            .query_row(params![&row.log.0[..], &hash.0[..]], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let (message, body) = match found {
            Some((id, message, body)) => {
                self.end(&Job::Outbox(id));
                self.core.session.pauses.remove(&Job::Outbox(id));
                (message, body)
            }
            None => match self.given_up_entered(row, hash)? {
                Some(entered) => entered,
                None => return Ok(false),
            },
        };
        if let Some(message) = message.and_then(|id| MessageId::try_from(&id[..]).ok()) {
            let (position, timer) = (self.next_position(row.thread)?, self.timer_ms(row)?);
            // From when it was entered, which the server says: not before it was written, nor later than now.
            let now = self.server_now();
            let values = params![&message.0[..], position, &row.log.0[..], number as i64, at_ms, timer, now];
            let entered: Option<i64> = self
                .db
                .prepare_cached(
                    "UPDATE messages SET position = ?2, log = ?3, entry = ?4, at_ms = ?5, gone_after_ms = ?6,
                         gone_ms = min(max(?5, at_ms), ?7) + ?6 WHERE message = ?1 RETURNING id",
                )?
                .query_row(values, |row| row.get(0))
                .optional()?;
            if let Some(id) = entered {
                self.timer_counted(id)?;
            }
            self.set_message_state(message, State::Sent, None)?;
            self.receipts_awaited(row)?;
        }
        if let Ok(body) = content::Content::decode(&body[..]) {
            let device = self.me()?.identity.device;
            self.note_said(row.log, number, device, &body)?;
            self.own_content_entered(row, number, body.kind)?;
        }
        Ok(true)
    }

    /// An epoch ended: what was encrypted for it and is not in the log by now is encrypted anew. Where the committer left the right to
    /// write as it was, the log may have those bytes all the same, and nobody can read them. Under the old client id the server would
    /// answer with that entry, so the next bytes have a new one.
    pub fn encrypt_anew(&mut self, log: LogId) -> Done<()> {
        self.note_said_to(log)?;
        let mut statement =
            self.db.prepare_cached("SELECT id FROM outbox WHERE sent_log = ?1 AND payload IS NOT NULL")?;
        let waiting =
            statement.query_map([&log.0[..]], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for outbox in waiting {
            let client_id: [u8; 16] = self.random();
            self.db
                .prepare_cached(
                    "UPDATE outbox SET payload = NULL, taken = 0, hash = NULL, client_id = ?2 WHERE id = ?1",
                )?
                .execute(params![outbox, &client_id[..]])?;
        }
        Ok(())
    }

    /// What this device itself said in a log takes effect when it is in the log, as it does for the others.
    fn own_content_entered(&mut self, row: &LogRow, number: u64, kind: Option<Kind>) -> Done<()> {
        let me = self.me()?;
        let (account, device) = (me.account(), me.identity.device);
        match kind {
            Some(Kind::Reader(reader)) => {
                if reader.missed_after.is_some() {
                    self.missed_said(row.log)?;
                }
                self.reader_announced(row.log, account, device, &reader.hash)
            }
            Some(Kind::Leave(_)) => {
                self.core.session.leavers.insert((row.log, account));
                // Where nobody else is, nobody puts this account out.
                let others = match self.thread_by_id(row.thread)? {
                    Some(thread) => self.thread_accounts(&thread)?.into_iter().any(|other| other != account),
                    None => false,
                };
                if others { Ok(()) } else { self.close_log(row, Standing::Left) }
            }
            Some(Kind::Own(said)) => self.own_entered(said),
            Some(Kind::CallStep(step)) => self.own_step_entered(row.log, &step, number),
            // After the vote of a sibling that came first, and so on every member's count.
            Some(kind @ (Kind::Vote(_) | Kind::Close(_))) => {
                let Some((of, author)) = named(&kind, &account) else { return Ok(()) };
                match self.meant(row.thread, of, author)? {
                    Some(poll) => self.change_message(&poll, account, &kind, poll.at_ms),
                    None => Ok(()),
                }
            }
            Some(kind @ (Kind::Reaction(_) | Kind::Pin(_) | Kind::Edit(_) | Kind::Delete(_))) => {
                self.own_change_entered(row.thread, account, &kind)
            }
            _ => Ok(()),
        }
    }

    /// It was done here at once, and what siblings and others did to the same message may have come since: the last one in the
    /// log counts for everybody.
    fn own_change_entered(&mut self, thread: i64, account: AccountId, kind: &Kind) -> Done<()> {
        let Some((of, author)) = named(kind, &account) else { return Ok(()) };
        let Some(row) = self.meant(thread, of, author)? else { return Ok(()) };
        self.note_change(&row, None)?;
        // It waits no more.
        if let Kind::Delete(_) = kind {
            return self.message_changed(&row);
        }
        if row.deleted {
            return Ok(());
        }
        // One's own next one stands there already.
        if self.change_waits(thread, kind)? {
            return Ok(());
        }
        match kind {
            Kind::Reaction(reaction)
                if self.reaction_of(row.message, account)? != crate::emoji::one_form(&reaction.emoji) =>
            {
                self.set_reaction(row.message, account, &reaction.emoji)?;
                self.message_changed(&row)
            }
            Kind::Pin(pin) if row.pinned != pin.pinned => {
                self.set_pinned(&row, pin.pinned)?;
                self.message_changed(&row)
            }
            Kind::Edit(edit) if row.text != edit.text => self.change_text(&row, &edit.text),
            // It waits no more.
            Kind::Edit(_) => self.message_changed(&row),
            _ => Ok(()),
        }
    }

    /// Whether a new text of a message has not entered yet.
    pub fn edit_waits(&self, row: &Row) -> Done<bool> {
        let edit = content::Edit { of: row.said().into(), ..content::Edit::default() };
        self.change_waits(row.thread, &Kind::Edit(edit))
    }

    /// Whether the same is to be changed once more by what has not entered yet. A message changes nothing.
    pub fn change_waits(&self, thread: i64, kind: &Kind) -> Done<bool> {
        let me = self.me()?.account();
        let Some(changed) = named(kind, &me) else { return Ok(false) };
        let mut statement = self.db.prepare_cached("SELECT content FROM outbox WHERE thread = ?1")?;
        let mut rows = statement.query([thread])?;
        while let Some(found) = rows.next()? {
            let body = stored::<content::Content>(&found.get::<_, Vec<u8>>(0)?[..])?;
            let same = |other: &Kind| {
                discriminant(other) == discriminant(kind) && named(other, &me) == Some(changed)
            };
            if body.kind.as_ref().is_some_and(same) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The thread goes on in another log: everything is encrypted anew there.
    pub fn reset_outbox(&mut self, thread: i64) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT sent_log FROM outbox WHERE thread = ?1 AND sent_log IS NOT NULL",
        )?;
        let logs = statement.query_map([thread], |row| id_column(row, 0))?;
        for log in logs.collect::<Result<Vec<LogId>, _>>()? {
            self.note_said_to(log)?;
        }
        self.db
            .prepare_cached(
                "UPDATE outbox SET payload = NULL, taken = 0, hash = NULL, counter = NULL, sent_log = NULL,
                     said_before = max(said_before, tried), tried = 0 WHERE thread = ?1",
            )?
            .execute([thread])?;
        Ok(())
    }

    /// Another text for a message that has not left: nobody ever sees the one before. False where it has.
    pub fn change_unsent(&mut self, row: &Row, text: &str) -> Done<bool> {
        let found: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached(&format!("SELECT id, content FROM outbox WHERE message = ?1 AND {UNSAID}"))?
            .query_row([&row.message.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, bytes)) = found else { return Ok(false) };
        let mut body = content::Content::decode(&bytes[..]).map_err(|_| Fail::Server("an own content"))?;
        let Some(Kind::Text(said)) = &mut body.kind else { return Ok(false) };
        crate::schedule::reword(said, text);
        let preview = said.preview.is_some();
        self.db
            .prepare_cached("UPDATE outbox SET content = ?2 WHERE id = ?1")?
            .execute(params![id, body.encode_to_vec()])?;
        if !preview {
            self.db
                .prepare_cached("DELETE FROM link_previews WHERE message = ?1")?
                .execute([&row.message.0[..]])?;
        }
        self.put_text(row, text)?;
        Ok(true)
    }

    /// Whether a message has not left: nobody can have it.
    pub fn is_unsent(&self, message: MessageId) -> Done<bool> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT EXISTS(SELECT 1 FROM outbox WHERE message = ?1 AND {UNSAID})"
        ))?;
        Ok(statement.query_row([&message.0[..]], |row| row.get(0))?)
    }

    /// A message is not sent, unless it is under way already.
    pub fn drop_unsent(&mut self, message: MessageId) -> Done<()> {
        let gone = self
            .db
            .prepare_cached(&format!("SELECT id FROM outbox WHERE message = ?1 AND {UNSENT}"))?
            .query_map([&message.0[..]], |row| row.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        for id in gone {
            tracing::debug!("a message was deleted before it was sent");
            self.take_out(id)?;
        }
        Ok(())
    }

    /// New texts for a message that have not left: the last one is enough, and where it was taken back none.
    pub fn drop_unsent_edits(&mut self, row: &Row) -> Done<()> {
        for (id, body) in self.unsent(row.thread)? {
            if matches!(body.kind, Some(Kind::Edit(edit)) if edit.of[..] == row.said().0) {
                self.take_out(id)?;
            }
        }
        Ok(())
    }

    /// Gives up what a person said in a conversation and has not left. Messages are shown as failed.
    pub fn give_up_unsent(&mut self, thread: i64, why: &str) -> Done<()> {
        for (id, body) in self.unsent(thread)? {
            if !strict::waits(body.kind.as_ref()) {
                continue;
            }
            self.give_up(id, why)?;
        }
        Ok(())
    }

    fn unsent(&self, thread: i64) -> Done<Vec<(i64, content::Content)>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT id, content FROM outbox WHERE thread = ?1 AND {UNSENT} ORDER BY id"
        ))?;
        let rows = statement.query_map([thread], |row| {
            let body = stored::<content::Content>(&row.get::<_, Vec<u8>>(1)?[..])?;
            Ok((row.get(0)?, body))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// This device lost its place in the log. That it leaves, or how it reads, said once it was asked in again would be
    /// said of another place. Added again as it asked itself, it is in the same place, and says that it leaves.
    pub fn drop_of_place(&mut self, row: &LogRow) -> Done<()> {
        if self.active_log(row.thread)? != Some(row.log) {
            return Ok(());
        }
        for (id, kind) in self.waiting_kinds(row.thread)? {
            if matches!(kind, Some(Kind::Leave(_))) {
                crate::db::set_number(self.db, &unsaid_key(row.log), 1)?;
            }
            if matches!(kind, Some(Kind::Leave(_) | Kind::Reader(_))) {
                self.db.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id])?;
                self.end(&Job::Outbox(id));
            }
        }
        Ok(())
    }

    /// Whether this device has still to say that it leaves.
    pub fn leave_waits(&self, thread: i64) -> Done<bool> {
        let waiting = self.waiting_kinds(thread)?;
        Ok(waiting.iter().any(|(_, kind)| matches!(kind, Some(Kind::Leave(_)))))
    }

    /// Whether this device lost its place before it could say that it leaves.
    pub fn leave_is_unsaid(&self, log: LogId) -> Done<bool> {
        Ok(crate::db::number(self.db, &unsaid_key(log))? > 0)
    }

    /// This device has a place in the log again: it leaves, unless its person was asked meanwhile and wants to be there.
    pub fn says_unsaid_leave(&mut self, thread: i64, log: LogId) -> Done<bool> {
        if !self.leave_is_unsaid(log)? {
            return Ok(false);
        }
        crate::db::forget_setting(self.db, &unsaid_key(log))?;
        let left = self.has_left(thread)?;
        if left {
            self.say_leave(thread, log)?;
        }
        Ok(left)
    }

    /// What waits besides messages.
    pub fn waiting_kinds(&self, thread: i64) -> Done<Vec<(i64, Option<Kind>)>> {
        let mut statement =
            self.db.prepare_cached("SELECT id, content FROM outbox WHERE thread = ?1 AND message IS NULL")?;
        let rows = statement.query_map([thread], |row| {
            let body = stored::<content::Content>(&row.get::<_, Vec<u8>>(1)?[..])?;
            Ok((row.get(0)?, body.kind))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Nothing more can be sent here.
    pub fn fail_outbox(&mut self, thread: i64, why: &str) -> Done<()> {
        self.give_up_all(thread, why, "SELECT id FROM outbox WHERE thread = ?1 ORDER BY id")
    }

    /// Messages that wait do not go out by themselves.
    pub fn fail_messages(&mut self, thread: i64, why: &str) -> Done<()> {
        let messages = "SELECT id FROM outbox WHERE thread = ?1 AND message IS NOT NULL ORDER BY id";
        self.give_up_all(thread, why, messages)
    }

    /// In the order in which they were written, so that they stand so.
    fn give_up_all(&mut self, thread: i64, why: &str, which: &str) -> Done<()> {
        let mut statement = self.db.prepare_cached(which)?;
        let rows = statement.query_map([thread], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        rows.into_iter().try_for_each(|id| self.give_up(id, why))
    }

    /// A message's state, told to the user where it changed. It never goes back.
    pub fn set_message_state(&mut self, message: MessageId, state: State, why: Option<&str>) -> Done<()> {
        let thread: Option<i64> = self
            .db
            .prepare_cached(
                "UPDATE messages SET state = ?2, why = ?3 WHERE message = ?1 AND (state < ?2 OR state = 6) AND state != ?2 RETURNING abs(thread)",
            )?
            .query_row(params![&message.0[..], state as i64, why], |row| row.get(0))
            .optional()?;
        let Some(thread) = thread else { return Ok(()) };
        // What waits to be sent stands last. What waits no more stays where it is, and newer ones come after it.
        if state == State::Failed {
            let position = self.next_position(thread)?;
            self.db
                .prepare_cached("UPDATE messages SET position = ?2 WHERE message = ?1 AND position >= ?3")?
                .execute(params![&message.0[..], position, QUEUED_POSITION])?;
        }
        if let Some(conversation) = self.thread_key(thread)? {
            self.event(Event::MessageState {
                message: message.to_hex(),
                conversation,
                state: state.as_str().to_owned(),
                why: why.map(str::to_owned),
            });
        }
        Ok(())
    }

    /// The log a thread goes on in.
    pub fn active_log(&self, thread: i64) -> Done<Option<LogId>> {
        Ok(self.thread_by_id(thread)?.and_then(|thread| thread.active_log))
    }
}

fn unsaid_key(log: LogId) -> String {
    format!("unsaid-leave/{}", log.to_hex())
}

/// A row of the outbox.
pub struct Waiting {
    pub id: i64,
    pub message: Option<MessageId>,
    content: Vec<u8>,
    client_id: Vec<u8>,
    counter: Option<i64>,
    payload: Option<Vec<u8>>,
    seen: Option<i64>,
    tried: bool,
    /// Whom it was said to, where it is said again.
    pub said_to: Option<Vec<u8>>,
}

impl Waiting {
    /// A call: who is away is woken for it.
    fn rings(&self) -> bool {
        content::Content::decode(&self.content[..]).is_ok_and(|said| matches!(said.kind, Some(Kind::Call(_))))
    }

    /// Kept until the person has looked (`strict`).
    fn is_held(&self) -> bool {
        let waits = |said: content::Content| strict::waits(said.kind.as_ref());
        self.message.is_some() || content::Content::decode(&self.content[..]).is_ok_and(waits)
    }
}
