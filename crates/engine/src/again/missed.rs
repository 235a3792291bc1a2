//! What a device missed while it was out of a log, or before it came into one that continues a place where it was: those who said it
//! say it again, since nobody else can in their name.
//!
//! ```text
//! member says something at 7 ─▶ another is added again at 9, had read up to 5 ─▶ says so with its reader ─▶ member says 7 again
//! ```
//! Everybody else has it and passes over it. It is for those who were there, or in the place before, when it was said: where
//! anybody else is in the log by now, it is not said again. What waits to be said is no part of it, and neither is what this account
//! has changed since.

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_crypto::{AppliedCommit, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, LogId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, id_column, stored};
use crate::log::{LogRow, State};
use crate::message::Row;
use crate::thread::Standing;

mod lost;

/// Of so many entries before now what was said is said again, and remembered in each log. That is the most that all members together
/// write when somebody comes back.
const REMEMBERED: u32 = 256;

/// In place of an entry: too much was missed.
const AWAY: u64 = u64::MAX;

/// Of several words about one thing the last one counts.
type About = (u8, Vec<u8>, Vec<u8>);

impl Ctx<'_> {
    // ---- Who said it ----

    /// This account said something that stays. Its words are not kept here once more.
    pub fn note_said(
        &mut self,
        log: LogId,
        entry: u64,
        device: DeviceId,
        body: &content::Content,
    ) -> Done<()> {
        let kept = without_words(body);
        if kept.kind.is_none() {
            return Ok(());
        }
        if let Some(ContentKind::Text(_)) = kept.kind {
            self.db
                .prepare_cached(
                    "UPDATE messages SET again_entry = ?3 WHERE (message = ?1 AND said_id IS NULL OR said_id = ?1)
                         AND +account = ?4 AND +log = ?2 AND +entry < ?3",
                )?
                .execute(params![&kept.message_id[..], &log.0[..], entry as i64, &self.me()?.account().0[..]])?;
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO said(log, entry, device, content) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![&log.0[..], entry as i64, &device.0[..], kept.encode_to_vec()])?;
        self.db
            .prepare_cached(
                "DELETE FROM said WHERE log = ?1 AND entry <= (
                     SELECT entry FROM said WHERE log = ?1 ORDER BY entry DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![&log.0[..], REMEMBERED])?;
        Ok(())
    }

    /// Since when each device that a commit adds counts as being there: who was replaced by it, since before; who comes from the place
    /// that this one continues, from its beginning on. Read before the commit's changes are made.
    pub fn came_when(
        &mut self,
        row: &LogRow,
        applied: &AppliedCommit,
    ) -> Done<BTreeMap<(AccountId, DeviceId), i64>> {
        let mut came = BTreeMap::new();
        for leaf in &applied.added {
            let whole = (leaf.account, leaf.device);
            let replaced = applied.removed.iter().any(|gone| (gone.account, gone.device) == whole);
            let since = match replaced {
                true => self.in_log_since(row.log, whole)?,
                false if self.was_in_place_before(row, whole)? => Some(0),
                false => None,
            };
            came.extend(since.map(|since| (whole, since)));
        }
        Ok(came)
    }

    fn in_log_since(&self, log: LogId, (account, device): (AccountId, DeviceId)) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT added_entry FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3")?
            .query_row(params![&log.0[..], &account.0[..], &device.0[..]], |row| row.get(0))
            .optional()?)
    }

    /// Whether a device was in what a log continues, and nobody put its account out since.
    fn was_in_place_before(&mut self, row: &LogRow, (account, device): (AccountId, DeviceId)) -> Done<bool> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(false) };
        let Ok(old) = LogId::try_from(&thread.state.successor_of[..]) else { return Ok(false) };
        let there = thread.active_log == Some(row.log) && self.leaves_of(old, account)?.contains(&device);
        Ok(there
            && self.offender(old)? != Some(account)
            && !self.was_put_out(row.log, account)?
            && !self.put_out_by_admins(row.log, old)?.contains(&account))
    }

    /// A device came into a log and says what it missed there.
    pub fn say_what_was_missed(
        &mut self,
        row: &LogRow,
        to: &LeafInfo,
        now: u64,
        reader: &content::Reader,
    ) -> Done<()> {
        self.say_what_was_lost(row, to, now, reader)?;
        let Some(after) = reader.missed_after else { return Ok(()) };
        let after = self.surely_seen(row, to, after, &reader.chain_before)?;
        let thread = self
            .thread_by_id(row.thread)?
            .filter(|thread| thread.active_log == Some(row.log) && thread.standing == Standing::Active);
        let whole = (to.account, to.device);
        let (Some(thread), Some(since)) = (thread, self.in_log_since(row.log, whole)?) else {
            return Ok(());
        };
        // Once, since each time costs everybody.
        if row.state != State::Live || !self.core.session.told_missed.insert((row.log, to.account, to.device))
        {
            return Ok(());
        }
        // Nothing is said to them any more.
        match self.check_reachable(&thread) {
            Ok(()) => {}
            Err(Fail::User(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
        let after = after.max(since.unsigned_abs()).max(now.saturating_sub(u64::from(REMEMBERED)));
        let mut last: BTreeMap<About, (u64, DeviceId, content::Content)> = BTreeMap::new();
        for (entry, device, body) in self.said_after(row.log, after)? {
            last.extend(about(&body).map(|about| (about, (entry, device, body))));
        }
        let mut again: Vec<_> = last.into_values().filter(|(entry, ..)| *entry < now).collect();
        again.sort_by_key(|(entry, ..)| *entry);
        let here = self.accounts_in(row.log)?;
        for (entry, device, body) in again {
            let heard = here.is_subset(&self.accounts_at(row.log, entry as i64)?);
            if heard && self.speaks_for(row.log, device, to)? {
                self.say_once_more(thread.id, body, &here)?;
            }
        }
        Ok(())
    }

    fn said_after(&self, log: LogId, after: u64) -> Done<Vec<(u64, DeviceId, content::Content)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT entry, device, content FROM said WHERE log = ?1 AND entry > ?2 ORDER BY entry",
        )?;
        let rows =
            statement.query_map(params![&log.0[..], i64::try_from(after).unwrap_or(i64::MAX)], |row| {
                let body = stored::<content::Content>(&row.get::<_, Vec<u8>>(2)?[..])?;
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), id_column(row, 1)?, body))
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The device that said it says it again; where that is out, the first of its account's others.
    fn speaks_for(&self, log: LogId, device: DeviceId, to: &LeafInfo) -> Done<bool> {
        let me = self.me()?;
        let (account, own) = (me.account(), me.identity.device);
        let mut leaves = self.leaves_of(log, account)?;
        if device == own || leaves.contains(&device) {
            return Ok(device == own);
        }
        leaves.retain(|leaf| (account, *leaf) != (to.account, to.device));
        Ok(leaves.into_iter().min() == Some(own))
    }

    fn say_once_more(&mut self, thread: i64, body: content::Content, here: &BTreeSet<AccountId>) -> Done<()> {
        let me = self.me()?.account();
        let own = |ctx: &Self, id: &[u8]| -> Done<Option<Row>> {
            match MessageId::try_from(id) {
                Ok(id) => Ok(ctx.said_by(thread, me, id)?.filter(|row| !row.deleted)),
                Err(_) => Ok(None),
            }
        };
        let Some(kind) = body.kind else { return Ok(()) };
        if self.change_waits(thread, &kind)? {
            return Ok(());
        }
        let kind = match kind {
            ContentKind::Text(_) => {
                // What waits to be said again is on its way.
                let row =
                    own(self, &body.message_id)?.filter(|row| row.state != crate::message::State::Queued);
                let Some(row) = row else { return Ok(()) };
                let seconds = self.seconds_of(&row)?;
                Some(ContentKind::Text(self.said_in(&row, seconds)?))
            }
            ContentKind::Edit(edit) => {
                let Some(row) = own(self, &edit.of)? else { return Ok(()) };
                let (text, mentions) = (row.text.clone(), self.mentions_of(&row)?);
                Some(ContentKind::Edit(content::Edit { of: edit.of, text, mentions }))
            }
            // Another one may have taken it back or pinned it since.
            ContentKind::Pin(pin) => {
                let row = self.meant(thread, &pin.of, &pin.author)?;
                row.is_some_and(|row| row.pinned == pin.pinned).then_some(ContentKind::Pin(pin))
            }
            other => Some(other),
        };
        let Some(kind) = kind else { return Ok(()) };
        let body = content::Content { sent_ms: self.server_now(), kind: Some(kind), ..body };
        let client_id: [u8; 16] = self.random();
        self.db
            .prepare_cached(
                "INSERT INTO outbox(thread, message, content, client_id, said_before, said_to) VALUES (?1, NULL, ?2, ?3, 1, ?4)",
            )?
            .execute(params![thread, body.encode_to_vec(), &client_id[..], super::bytes_of(here)])?;
        self.thread_dirty(thread)
    }

    // ---- Who missed it ----

    /// What this device says of what it missed in a log that it comes into: after which entry it has read nothing, and its chain up to
    /// there. `row`: the log as it was here.
    pub fn missed_before(
        &mut self,
        row: Option<&LogRow>,
        thread: i64,
        state: &content::ConversationState,
    ) -> Done<content::Reader> {
        let missed_after = self.missed_after(row, thread, state)?;
        let chain_before = match (row, missed_after) {
            (Some(row), Some(after)) => self.chain_at(row, after)?.map(Into::into).unwrap_or_default(),
            _ => bytes::Bytes::new(),
        };
        Ok(content::Reader { missed_after, chain_before, ..content::Reader::default() })
    }

    fn missed_after(
        &mut self,
        row: Option<&LogRow>,
        thread: i64,
        state: &content::ConversationState,
    ) -> Done<Option<u64>> {
        if let Some(row) = row {
            let key = unread_key(row.log);
            let unread = crate::db::setting(self.db, &key)?;
            let unread = unread.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
            if unread == Some(AWAY) {
                crate::db::forget_setting(self.db, &key)?;
                return Ok(None);
            }
            let read = self.surely_read(row)?;
            let after = unread.map_or(read, |entry| read.min(entry.saturating_sub(1)));
            // Several of those who were asked may add this device, one after the other: it is so until it was said (`missed_said`).
            crate::db::set_setting(self.db, &key, &after.saturating_add(1).to_be_bytes())?;
            return Ok(Some(after));
        }
        let Ok(old) = LogId::try_from(&state.successor_of[..]) else { return Ok(None) };
        let before = self.log_row(old)?.filter(|before| before.thread == thread);
        Ok(before.map(|_| 0))
    }

    /// The others read after which entry this device has read nothing.
    pub fn missed_said(&self, log: LogId) -> Done<()> {
        Ok(crate::db::forget_setting(self.db, &unread_key(log))?)
    }

    /// It was away for longer than the server keeps entries, and has read that all of that is missing.
    pub fn note_away(&mut self, log: LogId) -> Done<()> {
        Ok(crate::db::set_setting(self.db, &unread_key(log), &AWAY.to_be_bytes())?)
    }

    /// The first entry of a log that this device could not read, since it came into it.
    pub fn note_unread(&mut self, row: &LogRow) -> Done<()> {
        let key = unread_key(row.log);
        match crate::db::setting(self.db, &key)? {
            Some(_) => Ok(()),
            None => Ok(crate::db::set_setting(self.db, &key, &row.cursor.to_be_bytes())?),
        }
    }
}

/// What is remembered of what somebody said: names, and no text that may be gone by the time it is said again.
/// Which message it is, and what it does to which other one; of what is not said again no kind is left.
pub(crate) fn without_words(body: &content::Content) -> content::Content {
    let kind = match &body.kind {
        Some(ContentKind::Text(_)) => Some(ContentKind::Text(content::Text::default())),
        Some(ContentKind::Edit(edit)) => {
            Some(ContentKind::Edit(content::Edit { of: edit.of.clone(), ..content::Edit::default() }))
        }
        Some(
            kind @ (ContentKind::Reaction(_)
            | ContentKind::Delete(_)
            | ContentKind::Pin(_)
            | ContentKind::Vote(_)
            | ContentKind::Close(_)),
        ) => Some(kind.clone()),
        _ => None,
    };
    content::Content { message_id: body.message_id.clone(), kind, ..content::Content::default() }
}

fn about(body: &content::Content) -> Option<About> {
    let named = |kind: u8, of: &[u8], author: &[u8]| Some((kind, of.to_vec(), author.to_vec()));
    match body.kind.as_ref()? {
        ContentKind::Text(_) => named(0, &body.message_id, &[]),
        ContentKind::Edit(edit) => named(1, &edit.of, &[]),
        ContentKind::Delete(delete) => named(2, &delete.of, &delete.author),
        ContentKind::Reaction(reaction) => named(3, &reaction.to, &reaction.author),
        ContentKind::Pin(pin) => named(4, &pin.of, &pin.author),
        ContentKind::Vote(vote) => named(5, &vote.of, &vote.author),
        ContentKind::Close(close) => named(6, &close.of, &[]),
        _ => None,
    }
}

fn unread_key(log: LogId) -> String {
    format!("unread/{}", log.to_hex())
}
