//! What others say in a conversation: checked, then put where it belongs. Nothing here is answered at once.

use casemate_api::Event;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::{ConversationKind, Who};
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId, MessageId};
use casemate_wire::manifest::VerifiedManifest;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::contact::Standing as PersonStanding;
use crate::core::{Ctx, Done, id_column};
use crate::intent::Intent;
use crate::log::LogRow;
use crate::meant::{early_id, named};
use crate::message::{Kind, LAST_ROW, Row};
use crate::thread::{Standing, Thread};

mod views;

/// Where a content stands.
struct Place<'a> {
    row: &'a LogRow,
    thread: Thread,
    entry: u64,
    at_ms: i64,
    sent_ms: i64,
    sender: &'a LeafInfo,
}

/// Who removed a device of theirs has so long for all of their conversations before others help.
const HEAD_START_MS: i64 = 3_000;

impl Ctx<'_> {
    pub fn content_received(
        &mut self,
        row: &LogRow,
        entry: u64,
        at_ms: i64,
        sender: &LeafInfo,
        plaintext: &[u8],
    ) -> Done<()> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if !self.is_heard_in(row, &thread, sender)? {
            return self.said_by_nobody_here(row, &thread, sender.account);
        }
        let Ok(body) = content::Content::decode(plaintext) else {
            self.entries_missed(row.log, entry, entry)?;
            return self.notice(row.thread, "A message here is damaged and cannot be shown.");
        };
        if !self.count(row, sender, &body)? {
            return self.entries_missed(row.log, entry, entry);
        }
        self.note_heard(row, &thread, sender.account)?;
        self.speaks_in_place(row, (sender.account, sender.device))?;
        self.heard_elsewhere(row, &thread)?;
        self.stays_elsewhere(row, &thread, sender, (entry, body.seen_entry))?;
        let view = self.compare_views(row, sender, &body)?;
        self.head_heard(sender.account, &body.head)?;
        self.promise_heard(sender.account, &body.promise)?;
        let place = Place { row, thread, entry, at_ms, sent_ms: body.sent_ms, sender };
        let own = sender.account == self.me()?.account();
        if own {
            self.device_seen(sender.device, at_ms)?;
            self.note_said(row.log, entry, sender.device, &body)?;
        }
        let blocked = !own && self.person(sender.account)?.is_some_and(|person| person.blocked);
        // Read against the bytes that they came as.
        if !blocked && matches!(body.kind, Some(ContentKind::Call(_) | ContentKind::CallStep(_))) {
            return self.call_received(row, &place.thread, sender, at_ms, plaintext, &body);
        }
        match body.kind {
            // Housekeeping keeps the group working whoever it comes from.
            Some(ContentKind::Reader(reader)) => {
                self.reader_announced(row.log, sender.account, sender.device, &reader.hash)?;
                self.say_what_was_missed(row, sender, entry, &reader)
            }
            Some(ContentKind::Leave(_)) if blocked && place.thread.pair.is_some() => Ok(()),
            Some(ContentKind::Leave(leave)) => self.leave_received(&place, &leave),
            Some(ContentKind::Manifest(manifest)) => self.manifest_received(&place, &manifest.signed),
            Some(ContentKind::Text(_)) | None if blocked => self.text_refused(row, &place.thread, entry),
            _ if blocked => Ok(()),
            Some(ContentKind::Text(text)) => {
                self.set_gone(sender.account, false)?;
                self.text_received(&place, &body.message_id, text)
            }
            Some(ContentKind::Delete(delete)) => self.delete_received(&place, &delete),
            Some(
                kind @ (ContentKind::Reaction(_)
                | ContentKind::Edit(_)
                | ContentKind::Pin(_)
                | ContentKind::Vote(_)
                | ContentKind::Close(_)
                | ContentKind::Opened(_)),
            ) => self.change_received(&place, kind),
            Some(ContentKind::Shared(said)) => {
                self.shared_received(row, &place.thread, at_ms, sender.account, said)
            }
            // Also where its numbers are those of other entries: what an own device read was read all the same.
            Some(ContentKind::Receipt(receipt)) if own => {
                self.receipt_received(row, sender.account, &receipt, at_ms)
            }
            Some(ContentKind::Receipt(receipt)) => {
                match self.counted(row, sender, (view, body.seen_entry), receipt)? {
                    Some(receipt) => self.receipt_received(row, sender.account, &receipt, at_ms),
                    None => Ok(()),
                }
            }
            Some(ContentKind::Card(card)) if place.thread.pair == Some(sender.account) => {
                self.card_received(sender.account, sender.device, &card)
            }
            Some(ContentKind::Own(said)) if own && place.thread.kind == ConversationKind::Own => {
                self.own_received(sender.device, said)
            }
            // Cards, own-device messages and calls from where they may not come.
            Some(
                ContentKind::Card(_) | ContentKind::Own(_) | ContentKind::Call(_) | ContentKind::CallStep(_),
            ) => Ok(()),
            None => self.unknown_received(&place, &body.message_id),
        }
    }

    /// The sender's counter: each content once, and what is missing is said. False where it was seen before.
    fn count(&mut self, row: &LogRow, sender: &LeafInfo, body: &content::Content) -> Done<bool> {
        let known: Option<(i64, bool)> = self
            .db
            .prepare_cached(
                "SELECT counter, renewed FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3",
            )?
            .query_row(params![&row.log.0[..], &sender.account.0[..], &sender.device.0[..]], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (known, renewed) = known.unwrap_or((-1, false));
        let Ok(counter) = i64::try_from(body.counter) else { return Ok(false) };
        if counter <= known && !renewed {
            return Ok(false);
        }
        let here = self.here_ms()?;
        self.db
            .prepare_cached(
                "UPDATE leaves SET counter = ?4, renewed = 0, heard_ms = ?5 WHERE log = ?1 AND account = ?2 AND device = ?3",
            )?
            .execute(params![
                &row.log.0[..],
                &sender.account.0[..],
                &sender.device.0[..],
                counter,
                here
            ])?;
        // -1 where this device came in later: any number may be the first.
        let gap = if known < 0 { 0 } else { counter.saturating_sub(known).saturating_sub(1) };
        if gap > 0 && !self.was_lost_unheard(row.log, gap)? {
            let text = match sender.account == self.me()?.account() {
                true => "Something that another device of yours sent here did not arrive. The server may have withheld it.".to_owned(),
                false => format!(
                    "Something that {} sent here did not arrive. The server may have withheld it.",
                    self.name_of(sender.account)?
                ),
            };
            self.notice(row.thread, &text)?;
        }
        Ok(true)
    }

    fn text_received(&mut self, place: &Place<'_>, id: &[u8], text: content::Text) -> Done<()> {
        let thread = &place.thread;
        if !self.may_say(place) {
            // Its sender does not read that it arrived.
            return self.entries_missed(place.row.log, place.entry, place.entry);
        }
        // Words, files and things that are all absent are of a kind that came after this version.
        if text.text.is_empty() && text.attachments.is_empty() && text.thing.is_none() {
            return self.unknown_received(place, id);
        }
        let too_large = text.text.len() > limits::TEXT_BYTES
            || text.attachments.len() > limits::ATTACHMENTS
            || text.mentions.len() > limits::MENTIONS
            || !crate::thing::is_good(&text);
        let Ok(id) = MessageId::try_from(id) else { return Ok(()) };
        // Sent once more after the server forgot it: it is here already.
        if self.said_by(thread.id, place.sender.account, id)?.is_some()
            || self.was_gone_early(id, place.sender.account)?
        {
            return Ok(());
        }
        self.typing_ended(thread.id, place.sender.account)?;
        let (message, said_id) = self.id_here(id)?;
        let own = place.sender.account == self.me()?.account();
        let position = self.next_position(thread.id)?;
        let mentions: Vec<u8> = text
            .mentions
            .iter()
            .filter_map(|mention| AccountId::try_from(&mention.account[..]).ok())
            .flat_map(|account| account.0)
            .collect();
        let timer = self.timer_ms(place.row)?;
        let shown = match too_large {
            true => "This message is over the limits and is not shown.".to_owned(),
            false => crate::thing::text_of(&text),
        };
        self.db
            .prepare_cached(
                &format!("INSERT INTO messages(id, message, thread, position, log, entry, account, at_ms, kind, text, reply_to, mentions, state, view_once, gone_after_ms, gone_ms, forwarded, thing, said_id, reply_author)
                 VALUES ({LAST_ROW} + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?7 + ?14, ?15, ?16, ?17, ?18)"),
            )?
            .execute(params![
                &message.0[..],
                thread.id,
                position,
                &place.row.log.0[..],
                place.entry as i64,
                &place.sender.account.0[..],
                place.at_ms,
                if too_large { Kind::Unknown as i64 } else { Kind::Text as i64 },
                shown,
                MessageId::try_from(&text.reply_to[..]).ok().map(|id| id.0.to_vec()),
                mentions,
                if own { 1 } else { 4 },
                text.view_once,
                timer,
                text.forwarded,
                if too_large { None } else { crate::thing::encode(&text) },
                said_id.map(|id| id.0.to_vec()),
                AccountId::try_from(&text.reply_author[..]).ok().map(|author| author.0.to_vec())
            ])?;
        let id = self.db.last_insert_rowid();
        self.timer_begins(id, place.at_ms, place.sent_ms)?;
        if !too_large {
            let preview = text.preview.as_ref().filter(|_| !text.view_once);
            self.keep_link_preview(message, preview, &shown)?;
            let contact = self
                .person(place.sender.account)?
                .is_some_and(|person| person.standing == PersonStanding::Contact);
            let automatic = own || contact && !self.is_strict(thread.id)?;
            for (index, attachment) in (0i64..).zip(text.attachments) {
                self.attachment_received(message, index, attachment, automatic)?;
            }
        }
        self.index_message(id, message, &shown)?;
        self.take_said_early(message)?;
        self.arrived(place, message)
    }

    /// After how long what is said in a log disappears: what its members agreed on counts, not what a sender says of it.
    pub fn timer_ms(&mut self, row: &LogRow) -> Done<Option<i64>> {
        let thread = self.thread_by_id(row.thread)?.filter(|thread| thread.active_log == Some(row.log));
        let state = match thread {
            Some(thread) => thread.state,
            None => self.with_group(row.log, |group, _, _| Ok(group.state()))?,
        };
        let ms = i64::from(state.disappearing_seconds) * 1_000;
        Ok((ms > 0).then_some(ms))
    }

    /// Whether the sender may say something here.
    fn may_say(&self, place: &Place<'_>) -> bool {
        let send = place.thread.state.permissions.unwrap_or_default().send;
        send != Who::Admins as i32 || self.is_admin(&place.thread.state, place.sender.account)
    }

    fn arrived(&mut self, place: &Place<'_>, message: MessageId) -> Done<()> {
        if place.sender.account != self.me()?.account() {
            self.read_if_read_early(place.row, message, place.entry as i64)?;
        }
        if let Some(row) = self.find_message(message)? {
            let message = self.message_view(&row)?;
            self.event(Event::MessageReceived { message });
        }
        if place.sender.account == self.me()?.account() {
            return self.receipts_awaited(place.row);
        }
        self.bring_back(place.thread.id, place.entry as i64)?;
        self.receipt_wanted(place.row.log)?;
        self.arrival_noted(place.row.log);
        Ok(())
    }

    fn unknown_received(&mut self, place: &Place<'_>, id: &[u8]) -> Done<()> {
        if !self.may_say(place) {
            return Ok(());
        }
        let id = MessageId::try_from(id).unwrap_or_else(|_| MessageId(self.random()));
        if self.said_by(place.thread.id, place.sender.account, id)?.is_some() {
            return Ok(());
        }
        let (message, said_id) = self.id_here(id)?;
        let position = self.next_position(place.thread.id)?;
        self.db
            .prepare_cached(
                &format!("INSERT INTO messages(id, message, thread, position, log, entry, account, at_ms, kind, text, state, said_id)
                 VALUES ({LAST_ROW} + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 2, 'Update Casemate to see this.', 4, ?8)"),
            )?
            .execute(params![
                &message.0[..],
                place.thread.id,
                position,
                &place.row.log.0[..],
                place.entry as i64,
                &place.sender.account.0[..],
                place.at_ms,
                said_id.map(|id| id.0.to_vec())
            ])?;
        self.arrived(place, message)
    }

    /// A message in this conversation that a content names.
    fn named(&self, place: &Place<'_>, id: &[u8], author: &[u8]) -> Done<Option<Row>> {
        let row = self.meant(place.thread.id, id, author)?;
        Ok(row.filter(|row| row.kind != Kind::Notice as i64 && !row.deleted))
    }

    /// Something about a message: what comes before the message itself waits for it.
    fn change_received(&mut self, place: &Place<'_>, kind: ContentKind) -> Done<()> {
        let from = place.sender.account;
        let may = match &kind {
            ContentKind::Edit(edit) => self.may_say(place) && edit.text.len() <= limits::TEXT_BYTES,
            ContentKind::Pin(_) => {
                let edit = place.thread.state.permissions.unwrap_or_default().edit;
                edit != Who::Admins as i32 || self.is_admin(&place.thread.state, from)
            }
            ContentKind::Reaction(reaction) => {
                reaction.emoji.is_empty() || crate::emoji::is_one(&reaction.emoji)
            }
            _ => true,
        };
        let Some((of, author)) = named(&kind, &from).filter(|_| may) else { return Ok(()) };
        match self.meant(place.thread.id, of, author)? {
            Some(row) => self.change_message(&row, from, &kind, place.at_ms),
            None => self.said_early(place.row, from, (of, author), &kind),
        }
    }

    /// What somebody who may do so says about a message that is here.
    pub fn change_message(&mut self, row: &Row, from: AccountId, kind: &ContentKind, at_ms: i64) -> Done<()> {
        if row.kind == Kind::Notice as i64 || row.deleted {
            return Ok(());
        }
        match kind {
            ContentKind::Reaction(reaction) => self.reaction_received(row, from, &reaction.emoji),
            // What a poll asked cannot become another question under the votes.
            ContentKind::Edit(edit) if row.account == from => {
                let words = row.kind == Kind::Text as i64 && row.thing.is_none();
                // Else it is said once more, to somebody who missed it.
                let new = !row.edited || row.text != edit.text;
                if words && new { self.change_text(row, &edit.text) } else { Ok(()) }
            }
            ContentKind::Pin(pin) => {
                self.set_pinned(row, pin.pinned)?;
                self.message_changed(row)
            }
            ContentKind::Vote(vote) => self.vote_received(row, from, vote),
            ContentKind::Close(_) if row.account == from => self.poll_closed(row),
            ContentKind::Opened(_) => self.opened_received(row, from, at_ms),
            _ => Ok(()),
        }
    }

    fn reaction_received(&mut self, row: &Row, from: AccountId, emoji: &str) -> Done<()> {
        let emoji = &crate::emoji::one_form(emoji);
        // Said once more, to somebody who missed it.
        if self.reaction_of(row.message, from)? == *emoji {
            return Ok(());
        }
        self.set_reaction(row.message, from, emoji)?;
        self.message_changed(row)?;
        let me = self.me()?.account();
        if row.account == me
            && from != me
            && !emoji.is_empty()
            && let Some(conversation) = self.thread_key(row.thread)?
        {
            let (message, from, emoji) = (row.message.to_hex(), self.address_of(from)?, emoji.to_owned());
            self.event(Event::MessageReacted { message, conversation, from, emoji });
        }
        Ok(())
    }

    fn delete_received(&mut self, place: &Place<'_>, delete: &content::Delete) -> Done<()> {
        // Who names nobody means their own, or else, where they may, the first of this id.
        let own = match delete.author.is_empty() {
            true => self.named(place, &delete.of, &place.sender.account.0)?,
            false => None,
        };
        let row = match own {
            Some(row) => Some(row),
            None => self.named(place, &delete.of, &delete.author)?,
        };
        let Some(row) = row else {
            if let Ok(message) = MessageId::try_from(&delete.of[..]) {
                self.gone_early(early_id(message, &delete.author), Some(place.sender.account))?;
            }
            return self.shared_deleted(&place.thread, place.sender.account, &delete.of);
        };
        if row.account != place.sender.account && !self.is_admin(&place.thread.state, place.sender.account) {
            return Ok(());
        }
        self.mark_deleted(&row)
    }

    pub fn set_pinned(&mut self, row: &Row, pinned: bool) -> Done<()> {
        self.db
            .prepare_cached("UPDATE messages SET pinned = ?2 WHERE id = ?1")?
            .execute(params![row.id, pinned])?;
        Ok(())
    }

    /// A device's reader on a log, so that a removal can name the readers that remain.
    pub fn reader_announced(
        &mut self,
        log: LogId,
        account: AccountId,
        device: DeviceId,
        hash: &[u8],
    ) -> Done<()> {
        if hash.len() == Hash32::LEN {
            if !self.is_reader_of_another(log, (account, device), hash)? {
                self.db
                    .prepare_cached(
                        "UPDATE leaves SET first_reader_hash = coalesce(reader_hash, first_reader_hash), reader_hash = ?4
                         WHERE log = ?1 AND account = ?2 AND device = ?3",
                    )?
                    .execute(params![&log.0[..], &account.0[..], &device.0[..], hash])?;
            }
            self.welcome_done(log, (account, device))?;
            // It has come in: what it asked for before is no more wanted.
            self.db
                .prepare_cached(
                    "DELETE FROM intents WHERE log = ?1 AND account = ?2 AND device = ?3 AND kind = 4",
                )?
                .execute(params![&log.0[..], &account.0[..], &device.0[..]])?;
        }
        Ok(())
    }

    /// Whether another device came with this reader before. Who says somebody else's does not keep it alive once that one is
    /// removed.
    pub fn is_reader_of_another(
        &self,
        log: LogId,
        (account, device): (AccountId, DeviceId),
        hash: &[u8],
    ) -> Done<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT 1 FROM leaves WHERE log = ?1 AND ?4 IN (reader_hash, first_reader_hash)
                 AND NOT (account = ?2 AND device = ?3)",
            )?
            .exists(params![&log.0[..], &account.0[..], &device.0[..], hash])?)
    }

    /// Somebody leaves: the next member commits the removal; the lowest leaf first, the others after a while. Nobody leaves a
    /// conversation of two but whose account ends.
    fn leave_received(&mut self, place: &Place<'_>, leave: &content::Leave) -> Done<()> {
        let account = place.sender.account;
        if place.thread.pair == Some(account) {
            // Only the device that can delete the account says so.
            let known = self.known_manifest(account)?;
            let device = place.sender.device;
            if !known.is_some_and(|known| known.device(device).is_some_and(|device| device.primary)) {
                return Ok(());
            }
            return self.set_gone(account, true);
        }
        self.core.session.leavers.insert((place.row.log, account));
        if place.thread.kind != ConversationKind::Group {
            return Ok(());
        }
        if account == self.me()?.account() {
            // It was known already that a sibling leaves: now nothing more is read here.
            return match place.thread.standing {
                Standing::Left if !self.commit_waits(place.row.log)? => {
                    self.close_log(place.row, Standing::Left)
                }
                _ => self.left_on_sibling(place.row, place.entry),
            };
        }
        self.not_added(place.row.log, account)?;
        let due = self.turn(place.row, &[account])?;
        let intent = Intent::RemoveLeaver(account, place.sender.device, crate::members::kept_leave(leave));
        self.intend_at(place.row.log, intent, true, due)
    }

    /// When this device should commit something that every member sees a reason for: by rank among the devices
    /// that stay, with jitter, so that one commits and the rest find it done. No group is opened for it: the same news may
    /// concern hundreds.
    pub fn turn(&mut self, row: &LogRow, leaving: &[AccountId]) -> Done<i64> {
        let me = self.me()?;
        let mut before = self.db.prepare_cached(
            "SELECT account FROM leaves WHERE log = ?1 AND (device < ?2 OR device = ?2 AND account < ?3)",
        )?;
        let before = before
            .query_map(params![&row.log.0[..], &me.identity.device.0[..], &me.account().0[..]], |row| {
                id_column(row, 0)
            })?
            .collect::<Result<Vec<AccountId>, _>>()?;
        let rank = before.iter().filter(|account| !leaving.contains(account)).count() as i64;
        if rank == 0 {
            return Ok(self.now_ms);
        }
        // Where many are away it is the turn of many; so those of high rank are spread thinly.
        Ok(self.now_ms + 2_000 * rank.min(30) + 200 * (rank - 30).max(0) + self.jitter(2_000))
    }

    /// A newer manifest of a member, told inside the conversation so that no server can hide it.
    fn manifest_received(&mut self, place: &Place<'_>, signed: &[u8]) -> Done<()> {
        let Ok(manifest) = VerifiedManifest::from_bytes(signed) else { return Ok(()) };
        if manifest.account != place.sender.account {
            return Ok(());
        }
        if manifest.account == self.me()?.account() {
            return self.own_manifest_seen(&manifest);
        }
        if self.learn_manifest(&manifest)? {
            self.drop_dead_devices(&manifest)?;
        }
        Ok(())
    }

    /// Every group with a leaf whose device the manifest no longer names loses that leaf. Whoever removed the device puts it
    /// out everywhere by itself, and this is for what that leaves open.
    pub fn drop_dead_devices(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        for (row, device) in self.dead_leaves(manifest)? {
            let due = self.turn(&row, &[])?.saturating_add(HEAD_START_MS);
            let intent = Intent::RemoveDropped(manifest.account, device, manifest.to_bytes());
            self.intend_at(row.log, intent, true, due)?;
        }
        Ok(())
    }

    /// Leaves of an account whose devices its manifest no longer names, with the logs that they are in.
    pub fn dead_leaves(&self, manifest: &VerifiedManifest) -> Done<Vec<(LogRow, DeviceId)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT leaves.log, leaves.device FROM leaves JOIN logs USING (log) WHERE leaves.account = ?1 AND logs.state = 0",
        )?;
        let leaves = statement
            .query_map([&manifest.account.0[..]], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<(LogId, DeviceId)>, _>>()?;
        let mut dead = Vec::new();
        for (log, device) in leaves {
            if manifest.device(device).is_none()
                && let Some(row) = self.log_row(log)?
            {
                dead.push((row, device));
            }
        }
        Ok(dead)
    }

    /// An own manifest's new version is told in every conversation.
    pub fn tell_manifest(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT id FROM threads WHERE standing = 0 AND active_log IS NOT NULL")?;
        let threads = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        for thread in threads {
            let signed = manifest.to_bytes().into();
            self.queue_content(thread, None, ContentKind::Manifest(content::NewManifest { signed }))?;
        }
        self.drop_dead_devices(manifest)
    }
}
