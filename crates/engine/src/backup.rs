//! The history for a backup, and out of one (`backup.read`, `backup.put`). How a backup is encrypted and where it lies is
//! `casemate-backup`'s, which asks for this.
//!
//! ```text
//! thread  … │ positions 0–127 │ 128–255 │ …      a block each: the same bytes until something is said or changed in it
//! ```
//! Messages are told as to a newly linked device (`handover`), with their positions: blocks come back in any order, again
//! and again, and each message has its place. What is there already stays as it is. What is to disappear or to be seen only
//! once is in no backup.

mod author;

use std::collections::BTreeSet;

use casemate_api::command::{BackupPut, BackupRead, BlockPut};
use casemate_api::view;
use casemate_content::proto as content;
use casemate_crypto::attachment::encrypted_len;
use casemate_crypto::backup;
use casemate_wire::ids::{AccountId, BlobId};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::attachment::State as FileState;
use crate::core::{Ctx, Done, id_column, invalid, not_allowed};
use crate::db;
use crate::handover::named_in;
use crate::message::{QUEUED_POSITION, ROW, message_row};
use crate::thread::Thread;

/// Positions of a block. Larger ones make more of a backup new when something is said, smaller ones a larger index.
const BLOCK: i64 = 128;

/// A page has so many bytes, but for its last block, and so many blocks: one transaction.
const PAGE_BYTES: usize = 512 * 1024;
const PAGE_BLOCKS: usize = 64;

/// Blocks that come back in one transaction.
const PUT_BLOCKS: usize = 256;

/// What is backed up: said by people or by Casemate, in its place, to stay.
const KEPT: &str = "position < ?1 AND view_once = 0 AND state NOT IN (0, 6, 7) AND gone_ms IS NULL AND gone_after_ms IS NULL";

/// What is left out of that, and would not be sent any more: it is said how many these are.
const LEFT_OUT: &str = "position < ?1 AND state NOT IN (0, 6, 7) AND (view_once > 0 OR gone_ms IS NOT NULL OR gone_after_ms IS NOT NULL)";

impl Ctx<'_> {
    /// `backup.passphrase`
    pub fn backup_passphrase(&mut self, command: u64) -> Done<()> {
        let made = backup::passphrase(&mut self.core.config.rng);
        self.reply(command, view::BackupPassphrase { passphrase: made.to_string() });
        Ok(())
    }

    /// `backup.read`
    pub fn backup_read(&mut self, command: u64, wanted: &BackupRead) -> Done<()> {
        let me = self.me()?;
        let mut page = view::BackupPage {
            account: me.account().to_hex(),
            address: me.address.to_string(),
            device: me.identity.device.to_hex(),
            ..view::BackupPage::default()
        };
        if let Some(backup) = &wanted.backup {
            page.restored = db::number(self.db, &format!("restored/{backup}"))? > 0;
        }
        page.signed = wanted.author.as_ref().is_some_and(|author| self.is_own_backup(author));
        let (mut after, mut position) = match &wanted.after {
            Some(cursor) => parse_cursor(cursor)?,
            None => {
                page.of = self.kept()?;
                page.disappearing = self.kept_out_of_backups()?;
                (0, i64::MIN)
            }
        };
        let mut bytes = 0;
        while let Some(thread) = self.thread_from(after)? {
            if thread.id > after {
                (after, position) = (thread.id, i64::MIN);
            }
            let Some((number, last)) = self.next_block(thread.id, position)? else {
                (after, position) = (thread.id + 1, i64::MIN);
                continue;
            };
            if bytes >= PAGE_BYTES || page.blocks.len() >= PAGE_BLOCKS {
                page.next = Some(format!("{after}/{position}"));
                break;
            }
            let block = self.block(&thread, number, last)?;
            bytes += block.data.len();
            page.blocks.push(block);
            position = (number + 1) * BLOCK;
        }
        self.reply(command, page);
        Ok(())
    }

    fn kept(&self) -> Done<u64> {
        let sql = format!(
            "SELECT count(*) FROM messages WHERE thread IN (SELECT id FROM threads WHERE standing IN (0, 1, 2)) AND {KEPT}"
        );
        let count: i64 = self.db.prepare_cached(&sql)?.query_row([QUEUED_POSITION], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Messages that no backup has: those that disappear, and those that are shown only once.
    pub fn kept_out_of_backups(&self) -> Done<u64> {
        let sql = format!(
            "SELECT count(*) FROM messages WHERE thread IN (SELECT id FROM threads WHERE standing IN (0, 1, 2)) AND {LEFT_OUT}"
        );
        let count: i64 = self.db.prepare_cached(&sql)?.query_row([QUEUED_POSITION], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn thread_from(&self, id: i64) -> Done<Option<Thread>> {
        let next: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT id FROM threads WHERE id >= ?1 AND standing IN (0, 1, 2) ORDER BY id LIMIT 1",
            )?
            .query_row([id], |row| row.get(0))
            .optional()?;
        Ok(next.map(|id| self.thread_by_id(id)).transpose()?.flatten())
    }

    /// The first block with a message at this position or after it, and the thread's last position.
    fn next_block(&self, thread: i64, position: i64) -> Done<Option<(i64, i64)>> {
        let sql = format!(
            "SELECT min(position), (SELECT max(position) FROM messages WHERE thread = ?2 AND {KEPT})
             FROM messages WHERE thread = ?2 AND position >= ?3 AND {KEPT}"
        );
        let (first, last): (Option<i64>, Option<i64>) = self
            .db
            .prepare_cached(&sql)?
            .query_row(params![QUEUED_POSITION, thread, position], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(first.zip(last).map(|(first, last)| (first.div_euclid(BLOCK), last)))
    }

    fn block(&self, thread: &Thread, number: i64, last: i64) -> Done<view::Block> {
        let sql = format!(
            "{ROW} WHERE thread = ?2 AND position >= ?3 AND position < ?4 AND {KEPT} ORDER BY position, id"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let first = number * BLOCK;
        let rows = statement
            .query_map(params![QUEUED_POSITION, thread.id, first, first + BLOCK], message_row)?
            .collect::<Result<Vec<_>, _>>()?;
        let mut told = self.told_thread(thread, true)?;
        let mut people: BTreeSet<AccountId> = thread.pair.into_iter().collect();
        let (mut files, mut named) = (BTreeSet::new(), BTreeSet::new());
        for row in &rows {
            let mut message = self.told_message(row, thread)?;
            message.position = row.position;
            people.extend(named_in(row, &message));
            for (file, is_here) in self.files_of(&row.message.0)? {
                named.insert(file.blob.clone());
                files.extend(Some(file).filter(|_| is_here));
            }
            told.messages.push(message);
        }
        let history = content::OwnHistory { people: self.told_people(people)?, threads: vec![told] };
        Ok(view::Block {
            conversation: thread.key.clone(),
            last,
            number,
            messages: rows.len() as u32,
            data: BASE64.encode(&history.encode_to_vec()),
            files: files.into_iter().collect(),
            named: named.into_iter().collect(),
        })
    }

    /// A message's files, and whether they are on this device.
    fn files_of(&self, message: &[u8]) -> Done<Vec<(view::BlockFile, bool)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT blob, descriptor, state IN (0, 2, 6) FROM attachments WHERE message = ?1",
        )?;
        let rows = statement
            .query_map([message], |row| {
                Ok((id_column::<BlobId>(row, 0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let told = rows.into_iter().filter_map(|(blob, descriptor, is_here)| {
            let descriptor = content::Attachment::decode(&descriptor[..]).ok()?;
            let bytes = encrypted_len(descriptor.padded_bytes)?;
            Some((view::BlockFile { blob: blob.to_hex(), bytes }, is_here))
        });
        Ok(told.collect())
    }

    /// `backup.put`
    pub fn backup_put(&mut self, command: u64, wanted: &BackupPut) -> Done<()> {
        if AccountId::from_hex(&wanted.account) != Some(self.me()?.account()) {
            return Err(not_allowed(
                "This is the backup of another account. It is restored where that account is.",
            ));
        }
        if wanted.blocks.len() > PUT_BLOCKS || wanted.files.len() > PUT_BLOCKS {
            return Err(invalid("These are too many at once."));
        }
        let signed = wanted.author.as_ref().is_some_and(|author| self.is_own_backup(author));
        let mut added = 0;
        let mut changed = BTreeSet::new();
        for block in &wanted.blocks {
            added += self.put_block(&wanted.backup, block, signed, &mut changed)?;
        }
        for thread in changed {
            self.conversation_changed(thread)?;
        }
        for blob in wanted.files.iter().filter_map(|blob| BlobId::from_hex(blob)) {
            self.file_is_here(blob)?;
        }
        if wanted.finished {
            db::set_number(self.db, &format!("restored/{}", wanted.backup), self.now_ms)?;
        }
        if wanted.finished || wanted.given_up {
            let backup = HEXLOWER_PERMISSIVE.decode(wanted.backup.as_bytes());
            let backup =
                backup.map_err(|_| crate::core::invalid("A backup is named by hexadecimal digits."))?;
            self.backup_came_back(&backup, wanted.finished)?;
        }
        self.reply(command, view::BackupPlaced { added, signed });
        Ok(())
    }

    fn put_block(
        &mut self,
        backup: &str,
        block: &BlockPut,
        signed: bool,
        changed: &mut BTreeSet<i64>,
    ) -> Done<u64> {
        let damaged = || invalid("This part of the backup is not what it should be.");
        let data = BASE64.decode(block.data.as_bytes()).map_err(|_| damaged())?;
        let mut history = content::OwnHistory::decode(&data[..]).map_err(|_| damaged())?;
        if !signed {
            self.as_brought_along(&mut history)?;
        }
        self.put_people(history.people)?;
        let mut added = 0;
        let mut texts = Vec::new();
        for told in history.threads {
            let Some(thread) = self.thread_for(&told)? else { continue };
            let moved = self.moved_by(backup, thread, block.last)?;
            for message in &told.messages {
                let position = message.position.checked_add(moved).filter(|at| *at < QUEUED_POSITION);
                let position = position.ok_or_else(damaged)?;
                let is_new = self.put_message(thread, position, message, true, &mut texts)?;
                added += u64::from(is_new);
                if is_new && signed {
                    self.instead_of_unsigned(thread, message)?;
                }
            }
            changed.insert(thread);
        }
        self.index_old(texts)?;
        Ok(added)
    }

    /// How far a thread's messages stand from where they stood: above all that was here when the first of them came. The
    /// same for all of them, also after an interruption.
    fn moved_by(&mut self, backup: &str, thread: i64, last: i64) -> Done<i64> {
        let key = format!("restored/{backup}/{thread}");
        if db::setting(self.db, &key)?.is_none() {
            let top: i64 = self
                .db
                .prepare_cached(
                    "SELECT coalesce(min(position), 1) FROM messages WHERE thread = ?1 AND position < ?2",
                )?
                .query_row([thread, QUEUED_POSITION], |row| row.get(0))?;
            db::set_number(self.db, &key, top.saturating_sub(1).saturating_sub(last))?;
        }
        Ok(db::number(self.db, &key)?)
    }

    /// A file of a message came out of the backup.
    fn file_is_here(&mut self, blob: BlobId) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "UPDATE attachments SET state = ?2 WHERE blob = ?1 AND state IN (3, 4, 7) RETURNING message",
        )?;
        let messages = statement
            .query_map(params![&blob.0[..], FileState::Stored as i64], |row| id_column(row, 0))?
            .collect::<Result<Vec<_>, _>>()?;
        for message in messages {
            if let Some(row) = self.find_message(message)? {
                self.message_changed(&row)?;
            }
        }
        Ok(())
    }
}

fn parse_cursor(cursor: &str) -> Done<(i64, i64)> {
    let parsed = cursor
        .split_once('/')
        .and_then(|(thread, position)| Some((thread.parse().ok()?, position.parse().ok()?)));
    parsed.ok_or_else(|| invalid("A page begins where the one before ended."))
}
