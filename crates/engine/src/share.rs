//! Earlier messages for somebody who is added to a group, where whoever adds them chose so (`conversation.add` with `share`).
//!
//! ```text
//! adder   intent ─▶ commit applied ─▶ file of the last messages, encrypted ─▶ blob ─▶ Shared in the group: who, how many,
//!                                                                                     the key sealed to their devices
//! others  Shared ─▶ a line that says so
//! newcomer Shared ─▶ line, key ─▶ blob ─▶ rows marked as shared by the adder
//! ```
//! The newcomer cannot verify who wrote what: everything in the file is the adder's word. So such rows never take another's
//! place, are nobody's (no sender's rights hang on them), and nothing can be said about them. See docs/decisions/0009.

use casemate_api::Event;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::text::Thing;
use casemate_content::proto::{ConversationKind, Who};
use casemate_crypto::sealed;
use casemate_wire::handle::Address;
use casemate_wire::ids::{AccountId, BlobId, DeviceId, Hash32, LogId, MessageId, UploadSecret};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::attachment::{State as FileState, Transferring};
use crate::contact::Standing as PersonStanding;
use crate::core::{Ctx, Done, Job, id_column, stored};
use crate::fetch::{Fetch, decrypt_small, encrypt_small, small};
use crate::io::Transfer;
use crate::log::LogRow;
use crate::message::{ROW, Row, message_row};
use crate::thread::{Standing, Thread};

/// What the box with a file's key is for.
const LABEL: &[u8] = b"casemate/shared/v1";

/// Devices of one account to which a key is sealed; each takes 1.2 KB of the entry.
const DEVICES: usize = 16;

/// Shared messages that a conversation may hold. More would let one member fill others' devices.
const HELD: i64 = 2 * limits::SHARED_MESSAGES as i64;

impl Ctx<'_> {
    // ---- By whoever adds ----

    /// Notes that an account which is being added is to get the last messages.
    pub fn share_wanted(&mut self, thread: i64, log: LogId, account: AccountId, most: u32) -> Done<()> {
        let most = most.min(limits::SHARED_MESSAGES as u32);
        if most == 0 {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT INTO shares(thread, log, account, most) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![thread, &log.0[..], &account.0[..], most])?;
        Ok(())
    }

    /// A commit was applied: who is in the group with all devices gets what was chosen for them. Who was not added in the
    /// end gets nothing later either.
    pub fn share_with_those_added(&mut self, row: &LogRow) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, account, most,
                    EXISTS (SELECT 1 FROM intents WHERE intents.log = shares.log AND intents.account = shares.account AND kind = 0),
                    EXISTS (SELECT 1 FROM leaves WHERE leaves.log = shares.log AND leaves.account = shares.account)
             FROM shares WHERE log = ?1 AND blob IS NULL",
        )?;
        let wanted = statement
            .query_map([&row.log.0[..]], |row| {
                Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?
            .collect::<Result<Vec<(i64, AccountId, u32, bool, bool)>, _>>()?;
        drop(statement);
        for (id, account, most, on_the_way, present) in wanted {
            if on_the_way {
                continue;
            }
            let made = if present { self.make_share(row, account, most)? } else { None };
            match made {
                Some((blob, said)) => {
                    self.db
                        .prepare_cached("UPDATE shares SET blob = ?2, said = ?3 WHERE id = ?1")?
                        .execute(params![id, &blob.0[..], said.encode_to_vec()])?;
                }
                None => {
                    self.db.prepare_cached("DELETE FROM shares WHERE id = ?1")?.execute([id])?;
                }
            }
        }
        Ok(())
    }

    /// The file, and what is said of it. `None` where there is nothing to share, or nobody to share it with.
    fn make_share(
        &mut self,
        row: &LogRow,
        account: AccountId,
        most: u32,
    ) -> Done<Option<(BlobId, content::Shared)>> {
        let messages = self.last_messages(row.thread, most)?;
        let count = messages.len() as u32;
        if count == 0 {
            return Ok(None);
        }
        let history = content::SharedHistory { messages }.encode_to_vec();
        let key: [u8; 32] = self.random();
        let blob = BlobId(self.random());
        let mut keys = Vec::new();
        for device in self.devices_of(row.log, account)? {
            let Some(to) = self.seal_to(account, device)? else { continue };
            // A key that nothing can be sealed to is its owner's doing.
            if let Ok(sealed) = sealed::seal(&to.public, LABEL, &bound_to(row.log, blob), &key) {
                keys.push(content::SharedKey { device: device.into(), sealed: sealed.into() });
            }
        }
        if keys.is_empty() {
            return Ok(None);
        }
        self.core.session.chores = true;
        let secret = UploadSecret::new(self.random());
        let (data, padded_bytes) = encrypt_small(&key, &history)?;
        self.db
            .prepare_cached("INSERT INTO blobs_out(blob, secret, data, log) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&blob.0[..], &secret.expose()[..], data, &row.log.0[..]])?;
        let file = content::Attachment {
            blob: blob.into(),
            size_bytes: history.len() as u64,
            padded_bytes,
            sha256: Hash32::of(&[&history]).into(),
            ..content::Attachment::default()
        };
        Ok(Some((blob, content::Shared { with: account.into(), count, file: Some(file), keys })))
    }

    fn devices_of(&self, log: LogId, account: AccountId) -> Done<Vec<DeviceId>> {
        let mut statement = self.db.prepare_cached(
            "SELECT device FROM leaves WHERE log = ?1 AND account = ?2 ORDER BY device LIMIT ?3",
        )?;
        let devices = statement
            .query_map(params![&log.0[..], &account.0[..], DEVICES as i64], |row| id_column(row, 0))?
            .collect::<Result<_, _>>()?;
        Ok(devices)
    }

    /// Oldest first. Not what is shown once, disappears, or was not verified here either.
    fn last_messages(&self, thread: i64, most: u32) -> Done<Vec<content::SharedMessage>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE thread = ?1 AND kind = 0 AND deleted = 0 AND view_once = 0 AND gone_after_ms IS NULL
               AND messages.imported = 0 AND entry IS NOT NULL ORDER BY position DESC LIMIT ?2"
        ))?;
        let rows =
            statement.query_map(params![thread, most], message_row)?.collect::<Result<Vec<Row>, _>>()?;
        let mut bytes = 0;
        let mut messages = Vec::new();
        for row in rows {
            let message = self.shared_message(&row)?;
            // With the field's tag and length.
            bytes += message.encoded_len() + 8;
            if bytes > limits::SHARED_BYTES {
                break;
            }
            messages.push(message);
        }
        messages.reverse();
        Ok(messages)
    }

    fn shared_message(&self, row: &Row) -> Done<content::SharedMessage> {
        // Votes are not shared: of a poll its question is.
        let thing = row.thing().filter(|thing| !matches!(thing, Thing::Poll(_)));
        let words = if thing.is_some() { String::new() } else { row.text.clone() };
        let fresh = row.at_ms >= self.server_now() - self.fresh_ms()?;
        let states = self.file_states(row.message)?;
        let mut attachments = self.descriptors(row.message)?;
        for (file, state) in attachments.iter_mut().zip(states) {
            let there = ![FileState::Failed, FileState::Cancelled].iter().any(|gone| *gone as i64 == state);
            // What the server may have no more is named, not promised.
            if !fresh || !there {
                *file = content::Attachment { name: file.name.clone(), ..content::Attachment::default() };
            }
        }
        Ok(content::SharedMessage {
            id: row.said().into(),
            from: self.address_of(row.account)?,
            at_ms: row.at_ms,
            text: Some(content::Text {
                text: words,
                reply_to: row.reply_to.clone().unwrap_or_default().into(),
                attachments,
                forwarded: row.forwarded,
                thing,
                ..content::Text::default()
            }),
            edited: row.edited,
        })
    }

    /// A blob is on the server: where it is earlier messages, it is said now.
    pub fn share_uploaded(&mut self, blob: BlobId) -> Done<()> {
        let share: Option<(i64, AccountId, Vec<u8>)> = self
            .db
            .prepare_cached("DELETE FROM shares WHERE blob = ?1 RETURNING thread, account, said")?
            .query_row([&blob.0[..]], |row| Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?)))
            .optional()?;
        let Some((thread, account, said)) = share else { return Ok(()) };
        let Ok(said) = content::Shared::decode(&said[..]) else { return Ok(()) };
        let line = format!("You shared the last {} messages with {}.", said.count, self.name_of(account)?);
        self.notice(thread, &line)?;
        self.queue_content(thread, None, ContentKind::Shared(said))
    }

    // ---- By all others ----

    /// Somebody shared earlier messages with somebody.
    pub fn shared_received(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        at_ms: i64,
        by: AccountId,
        said: content::Shared,
    ) -> Done<()> {
        let add = thread.state.permissions.unwrap_or_default().add;
        let may = add != Who::Admins as i32 || self.is_admin(&thread.state, by);
        let good = (1..=limits::SHARED_MESSAGES as u32).contains(&said.count) && said.keys.len() <= DEVICES;
        let Ok(with) = AccountId::try_from(&said.with[..]) else { return Ok(()) };
        if !may || !good || thread.kind != ConversationKind::Group || with == by {
            return Ok(());
        }
        let me = self.me()?.account();
        let count = said.count;
        if with == me && !self.was_agreed_to(thread, by)? {
            return Ok(());
        }
        if with == me {
            self.keep_shared(row, thread, at_ms, by, &said)?;
        }
        let who = self.name_of(with)?;
        let line = match (by == me, with == me) {
            (true, _) => format!("You shared the last {count} messages with {who}."),
            (_, true) => format!("{} shared the last {count} messages with you.", self.name_of(by)?),
            _ => format!("{} shared the last {count} messages with {who}.", self.name_of(by)?),
        };
        self.notice(thread.id, &line)
    }

    /// Whether what somebody shares with this account is taken: in a conversation that its person accepted, from whoever
    /// asked them into it, or a contact. Nobody else leads this device to a fetch.
    fn was_agreed_to(&self, thread: &Thread, by: AccountId) -> Done<bool> {
        let person = self.person(by)?;
        if thread.standing != Standing::Active || person.as_ref().is_some_and(|person| person.blocked) {
            return Ok(false);
        }
        let contact = person.is_some_and(|person| person.standing == PersonStanding::Contact);
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM threads WHERE id = ?1 AND asked_by = ?2")?;
        Ok(contact || statement.exists(params![thread.id, &by.0[..]])?)
    }

    /// Notes what is to be fetched, where this device can open it.
    fn keep_shared(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        at_ms: i64,
        by: AccountId,
        said: &content::Shared,
    ) -> Done<()> {
        let device = self.me()?.identity.device;
        let Some(mut file) = said.file.clone() else { return Ok(()) };
        let Ok(blob) = BlobId::try_from(&file.blob[..]) else { return Ok(()) };
        let mine = said.keys.iter().find(|key| key.device[..] == device.0);
        let bound = bound_to(row.log, blob);
        let key = mine.map(|mine| self.open_box(LABEL, &bound, &mine.sealed)).transpose()?.flatten();
        let Some(key) = key.filter(|key| key.len() == 32) else { return Ok(()) };
        file.key = key.into();
        if small(Some(&file), limits::SHARED_BYTES as u64).is_none() {
            return Ok(());
        }
        let held: i64 = self
            .db
            .prepare_cached(
                "SELECT (SELECT count(*) FROM messages WHERE thread = ?1 AND origin IS NOT NULL)
                      + (SELECT coalesce(sum(messages), 0) FROM shares_in WHERE thread = ?1)",
            )?
            .query_row([thread.id], |row| row.get(0))?;
        if held + i64::from(said.count) > HELD {
            return Ok(());
        }
        // Whoever was here before finds them after that, whoever is new above everything.
        let position: i64 = self
            .db
            .prepare_cached("UPDATE threads SET next_position = next_position + ?2 WHERE id = ?1 RETURNING next_position - ?2")?
            .query_row(params![thread.id, said.count], |row| row.get(0))?;
        self.db
            .prepare_cached("INSERT INTO shares_in(thread, account, position, messages, at_ms, file) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![thread.id, &by.0[..], position, said.count, at_ms, file.encode_to_vec()])?;
        self.core.session.chores = true;
        Ok(())
    }

    /// Fetches what was shared.
    pub fn work_shares(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached("SELECT id, file FROM shares_in ORDER BY id LIMIT 4")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, Vec<u8>)>, _>>()?;
        for (id, file) in rows {
            let file = content::Attachment::decode(&file[..]).ok();
            let Some((blob, bytes)) = small(file.as_ref(), limits::SHARED_BYTES as u64) else {
                self.share_gone(id)?;
                continue;
            };
            if !self.begin(Job::Share(id)) {
                continue;
            }
            if self.fetch_begins(Fetch::Share(id))? {
                self.fetch_whole(Transferring::SharedIn(id), blob, bytes);
            } else {
                self.end(&Job::Share(id));
                self.share_gone(id)?;
            }
        }
        Ok(())
    }

    /// News of fetching it.
    pub fn share_news(&mut self, id: i64, update: Transfer) -> Done<()> {
        match update {
            Transfer::Fetched(data) => {
                self.end(&Job::Share(id));
                self.fetch_processed(Fetch::Share(id));
                match self.apart(|ctx| ctx.share_fetched(id, &data))? {
                    Ok(()) => Ok(()),
                    Err(fail) => {
                        tracing::warn!("what was shared made an error: {fail}");
                        self.share_gone(id)
                    }
                }
            }
            Transfer::Failed { retry: false, .. } => {
                self.end(&Job::Share(id));
                self.share_gone(id)
            }
            _ => {
                self.fetch_ended(Fetch::Share(id))?;
                self.pause(Job::Share(id), 3_000);
                Ok(())
            }
        }
    }

    fn share_gone(&mut self, id: i64) -> Done<()> {
        let thread: Option<i64> = self
            .db
            .prepare_cached("DELETE FROM shares_in WHERE id = ?1 RETURNING thread")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        self.fetch_ended(Fetch::Share(id))?;
        match thread {
            Some(thread) => self.notice(thread, "The earlier messages could not be read."),
            None => Ok(()),
        }
    }

    fn share_fetched(&mut self, id: i64, data: &[u8]) -> Done<()> {
        let share = self
            .db
            .prepare_cached(
                "SELECT thread, account, position, messages, at_ms, file FROM shares_in WHERE id = ?1",
            )?
            .query_row([id], |row| {
                Ok(Share {
                    thread: row.get(0)?,
                    by: id_column(row, 1)?,
                    position: row.get(2)?,
                    most: row.get::<_, u32>(3)? as usize,
                    at_ms: row.get(4)?,
                    file: stored::<content::Attachment>(&row.get::<_, Vec<u8>>(5)?[..])?,
                })
            })
            .optional()?;
        let Some(share) = share else { return self.fetch_ended(Fetch::Share(id)) };
        let history = decrypt_small(&share.file, data)
            .and_then(|plain| content::SharedHistory::decode(&plain[..]).ok())
            .filter(|history| history.messages.len() <= share.most);
        let Some(history) = history else { return self.share_gone(id) };
        self.db.prepare_cached("DELETE FROM shares_in WHERE id = ?1")?.execute([id])?;
        self.fetch_ended(Fetch::Share(id))?;
        self.put_shared(&share, history.messages)
    }

    fn put_shared(&mut self, share: &Share, messages: Vec<content::SharedMessage>) -> Done<()> {
        let blob = share.file.blob.clone();
        let mut first = share.position;
        let newest_ms = messages.last().map_or(0, |last| last.at_ms);
        if !self.was_here_before(share.thread, newest_ms)? {
            let top: i64 = self
                .db
                .prepare_cached("SELECT coalesce(min(position), 1) FROM messages WHERE thread = ?1")?
                .query_row([share.thread], |row| row.get(0))?;
            first = top - messages.len() as i64;
        }
        let mut before_ms = 0;
        let mut count = 0;
        for (index, said) in (0i64..).zip(messages) {
            let Some((text, origin)) = good(&said) else { continue };
            if self.has_origin(share.thread, origin, &said.from)? {
                continue;
            }
            // In the order in which they are, and not after they were shared.
            before_ms = said.at_ms.clamp(before_ms, share.at_ms.max(before_ms));
            let hash = Hash32::of(&[LABEL, &blob, &index.to_be_bytes()]);
            // Nobody takes its place by choosing this id for something else.
            let (message, _) = self.id_here(MessageId::try_from(&hash.0[..16]).expect("16 bytes"))?;
            let shown = crate::thing::text_of(text);
            let row = self.old_row(share.thread, first + index, before_ms)?;
            let added = self
                .db
                .prepare_cached(
                    "INSERT OR IGNORE INTO messages(message, thread, position, account, at_ms, kind, text, reply_to, state, edited, forwarded, thing, imported, author, shared_by, origin, id)
                     VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, 4, ?8, ?9, ?10, 1, ?11, ?12, ?13, ?14)",
                )?
                .execute(params![
                    &message.0[..],
                    share.thread,
                    first + index,
                    &AccountId([0; 16]).0[..],
                    before_ms,
                    shown,
                    self.shared_answer(share.thread, &text.reply_to)?,
                    said.edited,
                    text.forwarded,
                    crate::thing::encode(text),
                    said.from,
                    &share.by.0[..],
                    &origin.0[..],
                    row
                ])?;
            if added == 0 {
                continue;
            }
            for (index, file) in (0i64..).zip(text.attachments.clone()) {
                self.attachment_received(message, index, file, false)?;
            }
            self.index_message(row, message, &shown)?;
            for by in self.gone_early_by(origin, &[])? {
                if let Some(thread) = self.thread_by_id(share.thread)? {
                    self.shared_deleted(&thread, by, &origin.0)?;
                }
            }
            count += 1;
        }
        if let Some(conversation) = self.thread_key(share.thread)? {
            self.event(Event::HistoryShared { conversation: conversation.clone(), messages: count });
            self.event(Event::ConversationChanged { conversation });
        }
        Ok(())
    }

    /// Whether this account has words of this conversation from an earlier time in it.
    fn was_here_before(&self, thread: i64, newest_ms: i64) -> Done<bool> {
        let before: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT 1 FROM messages WHERE thread = ?1 AND kind = 0 AND imported = 0 AND at_ms < ?2 LIMIT 1",
            )?
            .query_row(params![thread, newest_ms], |row| row.get(0))
            .optional()?;
        Ok(before.is_some())
    }

    /// Whether a message is here already: received by this device itself, or shared before.
    fn has_origin(&self, thread: i64, origin: MessageId, from: &str) -> Done<bool> {
        let shared = self
            .db
            .prepare_cached(
                "SELECT 1 FROM messages WHERE thread = ?1 AND origin = ?2 AND author = ?3 LIMIT 1",
            )?
            .exists(params![thread, &origin.0[..], from])?;
        if shared {
            return Ok(true);
        }
        let author = match from == self.me()?.address {
            true => Some(self.me()?.account()),
            false => self.person_by_address(from).ok().map(|person| person.account),
        };
        match author {
            Some(author) => Ok(self.said_by(thread, author, origin)?.is_some()),
            None => Ok(self.meant(thread, &origin.0, &[])?.is_some()),
        }
    }

    /// The message that a shared one answers, as it is known here.
    fn shared_answer(&self, thread: i64, origin: &[u8]) -> Done<Option<Vec<u8>>> {
        if origin.len() != MessageId::LEN {
            return Ok(None);
        }
        Ok(self
            .db
            .prepare_cached(
                "SELECT message FROM messages WHERE thread = ?1 AND (message = ?2 OR origin = ?2) LIMIT 1",
            )?
            .query_row(params![thread, origin], |row| row.get(0))
            .optional()?)
    }

    /// A message of this name was deleted for everyone: its shared copy goes too, where it says that it is by whoever deletes,
    /// or an admin does.
    pub fn shared_deleted(&mut self, thread: &Thread, by: AccountId, origin: &[u8]) -> Done<()> {
        let mut statement =
            self.db.prepare_cached(&format!("{ROW} WHERE thread = ?1 AND origin = ?2 AND deleted = 0"))?;
        let rows =
            statement.query_map(params![thread.id, origin], message_row)?.collect::<Result<Vec<_>, _>>()?;
        let (who, may) = (self.address_of(by)?, self.is_admin(&thread.state, by));
        let theirs = rows.iter().find(|row| row.author == who);
        match theirs.or(rows.first().filter(|_| may)) {
            Some(row) => self.mark_deleted(row),
            None => Ok(()),
        }
    }
}

/// What is on its way here.
struct Share {
    thread: i64,
    by: AccountId,
    position: i64,
    most: usize,
    at_ms: i64,
    file: content::Attachment,
}

/// A message of somebody's file, where it is one; judged like what members send.
fn good(said: &content::SharedMessage) -> Option<(&content::Text, MessageId)> {
    let text = said.text.as_ref()?;
    let origin = MessageId::try_from(&said.id[..]).ok()?;
    Address::parse(&said.from).ok()?;
    let fits = text.text.len() <= limits::TEXT_BYTES
        && text.attachments.len() <= limits::ATTACHMENTS
        && !text.view_once
        && text.disappearing_seconds == 0
        && !matches!(text.thing, Some(Thing::Poll(_)))
        && crate::thing::is_good(text);
    let empty = text.text.is_empty() && text.attachments.is_empty() && text.thing.is_none();
    (fits && !empty).then_some((text, origin))
}

/// A key opens this blob, shared in this group, and nothing else.
fn bound_to(log: LogId, blob: BlobId) -> Vec<u8> {
    [&log.0[..], &blob.0[..]].concat()
}
