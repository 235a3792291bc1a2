//! Earlier messages for a device that was just linked, as its person chose: all, those of the last thirty days, or none.
//! Drafts come along in any case.
//!
//! ```text
//! primary  rows ─▶ part (cursor in a row) ─▶ encrypted file ─▶ blob ─▶ its key, sealed to the device's inbox ─▶ next part
//! device   inbox ─▶ row ─▶ blob ─▶ rows, above all that it has
//! ```
//! One part is under way at a time, and each step is in rows: a kill on either side goes on where it was. A device takes it
//! from its account's primary, once, right after it was linked; so unlike what members share (`share`) it is taken as this
//! account's own: messages keep their ids, and what is said about them later finds them.

mod key;

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_api::Event;
use casemate_content::limits::{ABOUT_BYTES, DISPLAY_NAME_BYTES, HISTORY_PART_BYTES, TEXT_BYTES};
use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, inbox_body};
use casemate_wire::handle::Address;
use casemate_wire::ids::{AccountId, DeviceId, LogId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::attachment::Transferring;
use crate::core::{Ctx, Done, Job, id_column, stored};
use crate::db;
use crate::fetch::{Fetch, decrypt_small, small};
use crate::io::Transfer;
use crate::message::{Kind, QUEUED_POSITION, ROW, Row, State, message_row};
use crate::search::OldText;
use crate::thread::{Standing, Thread};

/// What `30d` means.
const DAYS_30_MS: i64 = 30 * 86_400_000;

/// A device comes into all conversations within this time, or gets the past without waiting for those that are left.
const COMES_IN_MS: i64 = 60_000;

/// Of a part, all told: what is gathered until [`HISTORY_PART_BYTES`], one message more, and those who are named in it.
const PART_BYTES: u64 = 8 * 1024 * 1024;

/// Messages in a part: one transaction on either side.
const MESSAGES: usize = 2_000;

/// What is handed over: said by people or by Casemate, in its place, and not only to be seen once.
const HANDED: &str = "position < ?2 AND at_ms >= ?3 AND view_once = 0 AND state NOT IN (0, 6, 7) AND coalesce(gone_ms, ?4 + 1) > ?4";

/// How far a handover is.
struct Progress {
    device: DeviceId,
    since_ms: i64,
    number: u32,
    thread: i64,
    position: i64,
    done: u64,
    total: u64,
    /// The last part has been made.
    last: bool,
}

impl Ctx<'_> {
    // ---- On the primary ----

    /// A device that was linked here is ready for what was agreed.
    pub fn hand_over(&mut self, device: DeviceId, history: &str) -> Done<()> {
        let since_ms = match history {
            "all" => 0,
            "30d" => self.server_now() - DAYS_30_MS,
            _ => i64::MAX,
        };
        let total: i64 = self
            .db
            .prepare_cached(&format!("SELECT count(*) FROM messages WHERE ?1 = ?1 AND {HANDED}"))?
            .query_row(params![0, QUEUED_POSITION, since_ms, self.server_now()], |row| row.get(0))?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO handovers(device, since_ms, position, total, made_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![&device.0[..], since_ms, QUEUED_POSITION, total, self.now_ms])?;
        self.core.session.chores = true;
        self.core.session.wake.insert((self.now_ms + COMES_IN_MS, None));
        Ok(())
    }

    /// Makes the next part of each handover whose last part has left. The first is made when the device is in all
    /// conversations: what is said from then on it reads itself, and nothing is left out between the two.
    pub fn work_handovers(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT device, since_ms, number, thread, position, done, total, last FROM handovers
             WHERE NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = handovers.post)
               AND (number > 0 OR made_ms NOT BETWEEN ?1 + 1 AND ?2 OR NOT EXISTS (
                   SELECT 1 FROM intents JOIN logs USING (log)
                   WHERE intents.device = handovers.device AND intents.kind = 0 AND logs.state = 0))",
        )?;
        let rows = statement
            .query_map(params![self.now_ms - COMES_IN_MS, self.now_ms], |row| {
                Ok(Progress {
                    device: id_column(row, 0)?,
                    since_ms: row.get(1)?,
                    number: row.get(2)?,
                    thread: row.get(3)?,
                    position: row.get(4)?,
                    done: row.get::<_, i64>(5)? as u64,
                    total: row.get::<_, i64>(6)? as u64,
                    last: row.get(7)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        for progress in rows {
            self.next_part(progress)?;
        }
        Ok(())
    }

    fn next_part(&mut self, mut at: Progress) -> Done<()> {
        // It has left, or the device is no more.
        if at.last {
            self.db.prepare_cached("DELETE FROM handovers WHERE device = ?1")?.execute([&at.device.0[..]])?;
            self.handed_over(&at, true);
            return Ok(());
        }
        let mut history = content::OwnHistory::default();
        let last = self.gather(&mut at, &mut history)?;
        let bytes = history.encode_to_vec();
        let file = self.put_own_blob(&bytes)?;
        let blob = file.blob.to_vec();
        let (number, done, of) = (at.number, at.done, at.total.max(at.done));
        let mut part =
            content::HistoryPart { number, last, done, of, file: Some(file), sealed_key: Bytes::new() };
        self.seal_part(at.device, &mut part)?;
        let account = self.me()?.account();
        self.post(account, at.device, inbox_body::Kind::History(part))?;
        let post = self.db.last_insert_rowid();
        // It leaves when its file is on the server.
        self.db.prepare_cached("UPDATE posts SET blob = ?2 WHERE id = ?1")?.execute(params![post, blob])?;
        self.db
            .prepare_cached(
                "UPDATE handovers SET number = ?2 + 1, thread = ?3, position = ?4, done = ?5, post = ?6, last = ?7 WHERE device = ?1",
            )?
            .execute(params![
                &at.device.0[..],
                at.number,
                at.thread,
                at.position,
                at.done as i64,
                post,
                last
            ])?;
        self.handed_over(&at, false);
        Ok(())
    }

    fn handed_over(&mut self, at: &Progress, finished: bool) {
        self.event(Event::HistoryProgress {
            device: at.device.to_hex(),
            done: at.done,
            of: at.total.max(at.done),
            finished,
        });
    }

    /// Messages from where the cursor is, until the part is full. True where nothing is left.
    fn gather(&self, at: &mut Progress, history: &mut content::OwnHistory) -> Done<bool> {
        let mut people = BTreeSet::new();
        let (mut bytes, mut count) = (0, 0);
        loop {
            // From the beginning of a thread, or in the middle of one.
            let begun = at.position < QUEUED_POSITION;
            let next: Option<i64> = self
                .db
                .prepare_cached(
                    "SELECT id FROM threads WHERE id >= ?1 AND standing IN (0, 1, 2) ORDER BY id LIMIT 1",
                )?
                .query_row([at.thread], |row| row.get(0))
                .optional()?;
            let Some(thread) = next.map(|id| self.thread_by_id(id)).transpose()?.flatten() else {
                break;
            };
            at.thread = thread.id;
            let mut told = self.told_thread(&thread, begun)?;
            // Also of one of which nothing is handed over: its place among the others. What is not gone on in has none without messages.
            let has_place = !begun && thread.standing == Standing::Active && thread.active_log.is_some();
            told.active_ms = thread.active_ms;
            bytes += told.encoded_len();
            let mut full = false;
            let mut statement = self.db.prepare_cached(&format!(
                "{ROW} WHERE thread = ?1 AND {HANDED} ORDER BY position DESC LIMIT {MESSAGES}"
            ))?;
            let rows = statement
                .query_map(params![thread.id, at.position, at.since_ms, self.server_now()], message_row)?;
            for row in rows {
                let row = row?;
                if bytes >= HISTORY_PART_BYTES || count >= MESSAGES {
                    full = true;
                    break;
                }
                at.position = row.position;
                let message = self.told_message(&row, &thread)?;
                people.extend(named_in(&row, &message));
                bytes += message.encoded_len() + 8;
                count += 1;
                told.messages.push(message);
            }
            // A page that ends with the thread's messages, or with what a part holds.
            full |= count >= MESSAGES || bytes >= HISTORY_PART_BYTES;
            people.extend(thread.pair);
            if !told.messages.is_empty() || told.draft.is_some() || has_place {
                history.threads.push(told);
            }
            if full {
                break;
            }
            (at.thread, at.position) = (thread.id + 1, QUEUED_POSITION);
        }
        at.done += count as u64;
        history.people = self.told_people(people)?;
        let left: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM threads WHERE id >= ?1 AND standing IN (0, 1, 2))")?
            .query_row([at.thread], |row| row.get(0))?;
        Ok(!left)
    }

    /// How those are called whose messages are told.
    pub fn told_people(&self, people: BTreeSet<AccountId>) -> Done<Vec<content::OwnPerson>> {
        let me = self.me()?.account();
        let mut told = Vec::new();
        for account in people.into_iter().filter(|account| *account != me) {
            let Some(person) = self.person(account)? else { continue };
            told.push(content::OwnPerson {
                account: account.into(),
                address: person.address,
                display_name: person.display_name,
            });
        }
        Ok(told)
    }

    pub fn told_thread(&self, thread: &Thread, begun: bool) -> Done<content::OwnThread> {
        let log = thread.active_log.map(Into::into).unwrap_or_default();
        let draft = match self.draft_view(thread.id)?.filter(|draft| !begun && draft.is_message()) {
            None => None,
            Some(draft) => {
                let answered = draft.reply_to.and_then(|id| MessageId::from_hex(&id));
                let (reply_to, reply_author) = self.reply_told(answered.map(|id| id.0.to_vec()))?;
                Some(content::OwnDraft {
                    log: bytes::Bytes::clone(&log),
                    text: draft.text,
                    reply_to,
                    at_ms: self.server_now(),
                    reply_author,
                })
            }
        };
        Ok(content::OwnThread {
            log,
            key: LogId::from_hex(&thread.key).map(Into::into).unwrap_or_default(),
            kind: thread.kind as i32,
            standing: thread.standing as u32,
            name: thread.name.clone(),
            pair: thread.pair.map(Into::into).unwrap_or_default(),
            imported: self.is_imported(thread.id)?,
            draft,
            messages: Vec::new(),
            active_ms: 0,
        })
    }

    pub fn told_message(&self, row: &Row, thread: &Thread) -> Done<content::OwnMessage> {
        let mut statement =
            self.db.prepare_cached("SELECT account, emoji FROM reactions WHERE message = ?1")?;
        let reactions = statement
            .query_map([&row.message.0[..]], |row| {
                let account: AccountId = id_column(row, 0)?;
                Ok(content::OwnReaction { account: account.into(), emoji: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?;
        let mut statement = self.db.prepare_cached("SELECT account, chosen FROM votes WHERE message = ?1")?;
        let votes = statement
            .query_map([&row.message.0[..]], |row| {
                let account: AccountId = id_column(row, 0)?;
                Ok(content::OwnVote { account: account.into(), chosen: row.get::<_, i64>(1)? as u64 })
            })?
            .collect::<Result<_, _>>()?;
        let (gone_after_ms, gone_ms, origin): (Option<i64>, Option<i64>, Option<Vec<u8>>) = self
            .db
            .prepare_cached("SELECT gone_after_ms, gone_ms, origin FROM messages WHERE id = ?1")?
            .query_row([row.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(content::OwnMessage {
            id: row.said().into(),
            account: row.account.into(),
            at_ms: row.at_ms,
            kind: row.kind as u32,
            text: row.text.clone(),
            reply_to: row.reply_to.clone().unwrap_or_default().into(),
            mentions: row.mentions.clone().unwrap_or_default().into(),
            state: row.state as u32,
            log: row.log.map(Into::into).unwrap_or_default(),
            entry: row.entry.unwrap_or(0) as u64,
            forwarded: row.forwarded,
            thing: row.thing.as_deref().and_then(|thing| content::Text::decode(thing).ok()),
            attachments: self.descriptors(row.message)?,
            reactions,
            votes,
            edited: row.edited,
            deleted: row.deleted,
            starred: row.starred,
            pinned: row.pinned,
            closed: row.closed,
            listened: row.listened,
            read: row.position <= thread.read_position,
            gone_after_ms: gone_after_ms.unwrap_or(0),
            gone_ms: gone_ms.unwrap_or(0),
            imported: row.imported,
            author: row.author.clone(),
            shared_by: row.shared_by.map(Into::into).unwrap_or_default(),
            origin: origin.unwrap_or_default().into(),
            position: 0,
            preview: self.link_preview_of(row)?,
            reply_author: row.reply_author.clone().unwrap_or_default().into(),
        })
    }

    // ---- On the new device ----

    /// A part came into the inbox; `by` is a device of the own account.
    pub fn part_received(&mut self, by: DeviceId, part: &content::HistoryPart) -> Done<()> {
        let open = db::setting(self.db, "history_open")?;
        let opened = self.opened_part(part.clone())?;
        if open.as_deref() != Some(&by.0[..]) || small(opened.file.as_ref(), PART_BYTES).is_none() {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT OR IGNORE INTO handed_over(number, part) VALUES (?1, ?2)")?
            .execute(params![part.number, part.encode_to_vec()])?;
        self.core.session.chores = true;
        Ok(())
    }

    /// Fetches the next part.
    pub fn work_parts(&mut self) -> Done<()> {
        let Some((number, part)) = self.first_part()? else { return Ok(()) };
        let Some((blob, bytes)) = small(part.file.as_ref(), PART_BYTES) else {
            return self.part_done(number, &part, None);
        };
        if self.begin(Job::Part(number)) {
            let rests_ms = self.fetch_rests(Fetch::Part(number))?;
            if rests_ms > 0 {
                self.pause(Job::Part(number), rests_ms);
                return Ok(());
            }
            self.fetch_whole(Transferring::PartIn(number), blob, bytes);
        }
        Ok(())
    }

    fn first_part(&self) -> Done<Option<(i64, content::HistoryPart)>> {
        let row: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT number, part FROM handed_over ORDER BY number LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.map(|(number, part)| Ok((number, self.opened_part(stored(&part)?)?))).transpose()
    }

    /// News of fetching it.
    pub fn part_news(&mut self, number: i64, update: Transfer) -> Done<()> {
        let Some((first, part)) = self.first_part()?.filter(|(first, _)| *first == number) else {
            self.end(&Job::Part(number));
            return Ok(());
        };
        match update {
            Transfer::Fetched(data) => {
                self.end(&Job::Part(number));
                self.fetch_processed(Fetch::Part(number));
                let plain = part.file.as_ref().and_then(|file| decrypt_small(file, &data));
                let history = plain.and_then(|plain| content::OwnHistory::decode(&plain[..]).ok());
                self.part_done(first, &part, history)
            }
            Transfer::Failed { retry: false, .. } => {
                self.end(&Job::Part(number));
                self.part_done(first, &part, None)
            }
            _ => {
                self.fetch_ended(Fetch::Part(number))?;
                self.pause(Job::Part(number), 3_000);
                Ok(())
            }
        }
    }

    /// A part is in its places, or cannot be had: the next one.
    fn part_done(
        &mut self,
        number: i64,
        part: &content::HistoryPart,
        history: Option<content::OwnHistory>,
    ) -> Done<()> {
        // What others once wrote is in it: a part that makes an error is left out, and the next one comes.
        let put = match history {
            Some(history) => self.apart(|ctx| ctx.put_history(history))?.is_ok(),
            None => false,
        };
        if !put {
            self.notice_to_self("Some earlier messages could not be fetched from your primary device.")?;
        }
        self.db.prepare_cached("DELETE FROM handed_over WHERE number = ?1")?.execute([number])?;
        self.fetch_ended(Fetch::Part(number))?;
        if part.last {
            db::forget_setting(self.db, "history_open")?;
            self.forget_handover_key()?;
            self.put_empty_last()?;
        }
        self.core.session.chores = true;
        let device = self.me()?.identity.device.to_hex();
        self.event(Event::HistoryProgress { device, done: part.done, of: part.of, finished: part.last });
        Ok(())
    }

    /// When a conversation began of which nothing was handed over is not known here. It came before all that was.
    fn put_empty_last(&mut self) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE threads SET at_ms = (SELECT min(at_ms) - 1 FROM threads)
                 WHERE NOT EXISTS (SELECT 1 FROM messages WHERE thread = threads.id)",
            )?
            .execute([])?;
        Ok(())
    }

    fn put_history(&mut self, history: content::OwnHistory) -> Done<()> {
        self.put_people(history.people)?;
        for thread in history.threads {
            let Some(id) = self.thread_for(&thread)? else { continue };
            self.put_active(id, thread.active_ms)?;
            if let Some(draft) = &thread.draft {
                self.put_draft(id, draft)?;
            }
            self.put_messages(id, thread.messages)?;
            self.conversation_changed(id)?;
        }
        Ok(())
    }

    /// When something was last said there. That it came to this device only now does not make it new.
    fn put_active(&mut self, thread: i64, active_ms: i64) -> Done<()> {
        if active_ms <= 0 {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "UPDATE threads SET active_ms = max(active_ms, ?2), at_ms = min(at_ms, ?2) WHERE id = ?1",
            )?
            .execute(params![thread, active_ms.min(self.server_now())])?;
        Ok(())
    }

    /// People whose messages come; who is known already stays as known.
    pub fn put_people(&mut self, people: Vec<content::OwnPerson>) -> Done<()> {
        for person in people {
            let Ok(account) = AccountId::try_from(&person.account[..]) else { continue };
            let Ok(address) = Address::parse(&person.address) else { continue };
            let name = Some(person.display_name)
                .filter(|name| name.len() <= DISPLAY_NAME_BYTES && !name.chars().any(char::is_control));
            self.db
                .prepare_cached(
                    "INSERT INTO people(account, address, display_name, standing, at_ms) VALUES (?1, ?2, ?3, 0, ?4)
                     ON CONFLICT(account) DO UPDATE SET display_name = ?3 WHERE display_name = ''",
                )?
                .execute(params![
                    &account.0[..],
                    address.to_string(),
                    name.unwrap_or_default(),
                    self.now_ms
                ])?;
        }
        Ok(())
    }

    /// The thread that this device has for it; made where it is in none yet, so that the Welcome finds it there.
    pub fn thread_for(&mut self, told: &content::OwnThread) -> Done<Option<i64>> {
        let (log, key) = (LogId::try_from(&told.log[..]).ok(), LogId::try_from(&told.key[..]).ok());
        for log in log.iter().chain(key.iter()) {
            if let Some(row) = self.log_row(*log)? {
                return Ok(Some(row.thread));
            }
            if let Ok(thread) = self.thread_by_key(&log.to_hex()) {
                return Ok(Some(thread.id));
            }
        }
        let pair = AccountId::try_from(&told.pair[..]).ok();
        let kind = told.kind();
        let present = match (kind, pair) {
            (ConversationKind::Own, _) => self.own_thread()?,
            (ConversationKind::Pair, Some(pair)) => self.pair_thread(pair)?,
            _ => None,
        };
        let Some(name) = log.or(key).filter(|_| present.is_none()) else { return Ok(present) };
        let standing = match told.standing {
            0 => Standing::Active,
            1 => Standing::Left,
            _ => Standing::Removed,
        };
        let title = Some(told.name.as_str()).filter(|name| name.len() <= ABOUT_BYTES).unwrap_or_default();
        let id = self.insert_thread(name, kind, standing, pair, title)?;
        if told.imported {
            self.db.prepare_cached("UPDATE threads SET imported = 1 WHERE id = ?1")?.execute([id])?;
        }
        Ok(Some(id))
    }

    fn put_draft(&mut self, thread: i64, draft: &content::OwnDraft) -> Done<()> {
        if draft.text.len() > TEXT_BYTES {
            return Ok(());
        }
        let reply_to = self.reply_here(thread, draft)?.map(|id| id.0.to_vec());
        self.db
            .prepare_cached(
                "UPDATE threads SET draft = ?2, draft_reply = ?3, draft_ms = ?4, draft_told = 1
                 WHERE id = ?1 AND draft = '' AND draft_reply IS NULL AND draft_due_ms IS NULL",
            )?
            .execute(params![thread, draft.text, reply_to, draft.at_ms.clamp(0, crate::log::LATEST_MS)])?;
        Ok(())
    }

    /// Newest first, each above the one before and above all that is here.
    fn put_messages(&mut self, thread: i64, messages: Vec<content::OwnMessage>) -> Done<()> {
        let (top, read): (i64, i64) = self
            .db
            .prepare_cached(
                "SELECT (SELECT coalesce(min(position), 1) FROM messages WHERE thread = ?1), read_position FROM threads WHERE id = ?1",
            )?
            .query_row([thread], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut position = top;
        // What was unread there is unread here, until something newer was read.
        let mut unsettled = read == 0 && top > 0;
        let mut texts = Vec::new();
        for message in &messages {
            if unsettled {
                self.db
                    .prepare_cached("UPDATE threads SET read_position = ?2 WHERE id = ?1")?
                    .execute(params![thread, position - 1 - i64::from(!message.read)])?;
                unsettled = !message.read;
            }
            // What the server may have no more is named, not promised.
            let fresh = message.at_ms >= self.server_now() - self.fresh_ms()?;
            position -= i64::from(self.put_message(thread, position - 1, message, fresh, &mut texts)?);
        }
        self.index_old(texts)
    }

    /// False where it is here already, or is none. `files`: with them, not their names alone. Its text is put to `texts`, for whoever
    /// indexes them all.
    pub fn put_message(
        &mut self,
        thread: i64,
        position: i64,
        said: &content::OwnMessage,
        files: bool,
        texts: &mut Vec<OldText>,
    ) -> Done<bool> {
        let (Ok(id), Ok(account)) =
            (MessageId::try_from(&said.id[..]), AccountId::try_from(&said.account[..]))
        else {
            return Ok(false);
        };
        let entry = i64::try_from(said.entry).unwrap_or(i64::MAX);
        if self.was_gone_early(id, account)?
            || self.said_by(thread, account, id)?.is_some()
            || self.is_entry_here(id, account, &said.log, entry)?
        {
            return Ok(false);
        }
        let (message, said_id) = self.id_here(id)?;
        let kind = match said.kind {
            0 => Kind::Text,
            1 => Kind::Notice,
            _ => Kind::Unknown,
        };
        let own = account == self.me()?.account() && kind == Kind::Text && !said.imported;
        let state = match said.state {
            1 if own => State::Sent,
            2 if own => State::Delivered,
            3 if own => State::Read,
            _ => State::Received,
        };
        let thing = said.thing.as_ref().filter(|thing| crate::thing::is_good(thing));
        let log = LogId::try_from(&said.log[..]).ok();
        let at_ms = said.at_ms.clamp(0, crate::log::LATEST_MS);
        let row = self.old_row(thread, position, at_ms)?;
        let added = self
            .db
            .prepare_cached(
                "INSERT OR IGNORE INTO messages(message, thread, position, log, entry, account, at_ms, kind, text, reply_to, mentions, state, edited, deleted, starred, pinned, gone_after_ms, gone_ms, forwarded, thing, closed, imported, author, shared_by, origin, listened, id, said_id, reply_author)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)",
            )?
            .execute(params![
                &message.0[..],
                thread,
                position,
                log.map(|log| log.0.to_vec()),
                log.map(|_| entry),
                &account.0[..],
                at_ms,
                kind as i64,
                said.text,
                MessageId::try_from(&said.reply_to[..]).ok().map(|id| id.0.to_vec()),
                said.mentions.to_vec(),
                state as i64,
                said.edited,
                said.deleted,
                said.starred,
                said.pinned,
                (said.gone_after_ms > 0).then_some(said.gone_after_ms),
                (said.gone_ms > 0).then_some(said.gone_ms),
                said.forwarded,
                thing.and_then(crate::thing::encode),
                said.closed,
                said.imported,
                said.author,
                AccountId::try_from(&said.shared_by[..]).ok().map(|by| by.0.to_vec()),
                MessageId::try_from(&said.origin[..]).ok().map(|id| id.0.to_vec()),
                said.listened,
                row,
                said_id.map(|id| id.0.to_vec()),
                AccountId::try_from(&said.reply_author[..]).ok().map(|author| author.0.to_vec())
            ])?;
        if added == 0 {
            return Ok(false);
        }
        // The conversation began no later; that it came to this device only now does not make it new.
        self.db
            .prepare_cached("UPDATE threads SET at_ms = ?2 WHERE id = ?1 AND at_ms > ?2")?
            .execute(params![thread, at_ms])?;
        self.keep_link_preview(message, said.preview.as_ref(), &said.text)?;
        for (index, file) in (0i64..).zip(&said.attachments) {
            let file = match files {
                true => file.clone(),
                false => content::Attachment { name: file.name.clone(), ..content::Attachment::default() },
            };
            self.attachment_received(message, index, file, false)?;
        }
        for reaction in &said.reactions {
            if let Ok(by) = AccountId::try_from(&reaction.account[..])
                && crate::emoji::is_one(&reaction.emoji)
            {
                self.set_reaction(message, by, &reaction.emoji)?;
            }
        }
        for vote in &said.votes {
            // More bits than a poll has options would be read as no number at all.
            let (Ok(by), Ok(chosen)) = (AccountId::try_from(&vote.account[..]), u32::try_from(vote.chosen))
            else {
                continue;
            };
            self.db
                .prepare_cached("INSERT OR REPLACE INTO votes(message, account, chosen) VALUES (?1, ?2, ?3)")?
                .execute(params![&message.0[..], &by.0[..], chosen])?;
        }
        if !said.deleted && kind == Kind::Text {
            texts.push(OldText { row, message, text: said.text.clone() });
        }
        self.take_said_early(message)?;
        Ok(true)
    }

    /// A line in the conversation of own devices.
    pub fn notice_to_self(&mut self, text: &str) -> Done<()> {
        match self.own_thread()? {
            Some(thread) => self.notice(thread, text),
            None => Ok(()),
        }
    }

    /// Encrypts something for one own device, and puts it on its way to the server.
    fn put_own_blob(&mut self, plain: &[u8]) -> Done<content::Attachment> {
        let log = LogId([0; 16]);
        self.put_small_blob(log, plain)
    }
}

/// Everybody who has to do with a message.
pub fn named_in(row: &Row, message: &content::OwnMessage) -> Vec<AccountId> {
    let reacted = message.reactions.iter().map(|one| &one.account);
    let named = reacted.chain(message.votes.iter().map(|one| &one.account));
    let named = named.filter_map(|account| AccountId::try_from(&account[..]).ok());
    named.chain([row.account]).chain(row.shared_by).collect()
}
