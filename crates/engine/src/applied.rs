//! What a commit did, ours or another's: leaves and their readers, Welcomes for those who were added, what is told
//! in the conversation. A commit that broke a rule is skipped by all; if it left a write hash that nobody can show,
//! the log is wedged (`repair`).

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::inbox_body;
use casemate_crypto::conversation::{Level, PendingCommit};
use casemate_crypto::{AppliedCommit, LeafInfo};
use casemate_wire::ids::{AccountId, BlobId, DeviceId, Hash32, LogId, UploadSecret};
use casemate_wire::proto::wire::LogEntry;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};
use zeroize::Zeroizing;

use crate::core::{Ctx, Done, Job};
use crate::intent::Intent;
use crate::log::{LogRow, State};
use crate::succession::Consent;
use crate::thread::Standing;

/// A Welcome's common part up to this size travels inside the inbox item, above it as a blob.
const INLINE_BYTES: usize = 32 * 1024;

/// Who tries whether the write hash holds that a member derives waits so long for each that comes before, and at most for so many.
const TRY_MS: i64 = 1_000;
const TRY_RANKS: i64 = 60;

/// Of those who were added together, so many have a line together: a new group begins with a few lines.
const NAMED_AT_ONCE: usize = 20;

impl Ctx<'_> {
    /// Our commit is in the log: merge it, and send the Welcomes.
    pub fn own_commit_entered(&mut self, row: &mut LogRow, number: u64, entry: &LogEntry) -> Done<()> {
        let (pending, readers): (Vec<u8>, Vec<u8>) = self
            .db
            .prepare_cached("DELETE FROM commits WHERE log = ?1 RETURNING pending, readers")?
            .query_row([&row.log.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let readers = Zeroizing::new(readers);
        self.end(&Job::Commit(row.log));
        self.core.session.pauses.remove(&Job::Commit(row.log));
        self.core.session.crowded.remove(&row.log);
        row.last_commit = number;
        let applied = self.with_group(row.log, |group, store, _| group.merge_pending(store))?;
        self.keys_taken(row)?;
        let Some(applied) = applied else { return Ok(()) };
        let again: BTreeSet<(AccountId, DeviceId)> = applied
            .removed
            .iter()
            .map(|leaf| (leaf.account, leaf.device))
            .chain(self.came_back_after_silence(row.log, &applied.added)?)
            .collect();
        let level = applied.level;
        self.commit_applied(row, entry, applied)?;
        if let Some(pending) = PendingCommit::from_bytes(&pending) {
            self.send_welcomes(row, number, pending, &readers, &again)?;
        }
        self.sign_leave_again(row)?;
        // A sibling left meanwhile.
        let standing = self.thread_by_id(row.thread)?.map(|thread| thread.standing);
        if standing == Some(Standing::Left) && !self.leave_waits(row.thread)? {
            let me = self.me()?.account();
            // This device said so of the leaf that it had before the commit.
            if level == Level::Two && self.core.session.leavers.contains(&(row.log, me)) {
                return self.say_leave(row.thread, row.log);
            }
            return self.close_log(row, Standing::Left);
        }
        Ok(())
    }

    /// `again`: devices that were in it before.
    pub fn send_welcomes(
        &mut self,
        row: &LogRow,
        entry: u64,
        pending: PendingCommit,
        readers: &[u8],
        again: &BTreeSet<(AccountId, DeviceId)>,
    ) -> Done<()> {
        if pending.welcomes.is_empty() {
            return Ok(());
        }
        let thread = self.thread_by_id(row.thread)?.ok_or_else(Self::missing_thread)?;
        let mut blob = None;
        let bundle = content::GroupBundle {
            group_info: pending.group_info.into(),
            readers: self.leaf_readers(row.log)?,
        };
        let bundle = bundle.encode_to_vec();
        let group_info = if bundle.len() <= INLINE_BYTES {
            content::welcome::GroupInfo::Inline(bundle.into())
        } else {
            let descriptor = self.put_small_blob(row.log, &bundle)?;
            blob = Some(descriptor.blob.to_vec());
            content::welcome::GroupInfo::Blob(descriptor)
        };
        let members: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM leaves WHERE log = ?1")?
            .query_row([&row.log.0[..]], |row| row.get(0))?;
        for (welcome, reader) in pending.welcomes.into_iter().zip(readers.chunks_exact(32)) {
            let tokens = if thread.pair == Some(welcome.account) {
                let token = self.give_token(Some(welcome.account))?;
                vec![content::DeviceToken {
                    device: self.me()?.identity.device.into(),
                    token: token.to_field(),
                }]
            } else {
                Vec::new()
            };
            let is_again = again.contains(&(welcome.account, welcome.device));
            let body = content::Welcome {
                log: row.log.into(),
                entry,
                reader_secret: reader.to_vec().into(),
                chain_hash: row.chain.into(),
                chain_unknown: self.is_chain_unknown(row.log, entry)?,
                joiner: welcome.joiner.into(),
                kind: thread.state.kind,
                name: thread.state.name.clone(),
                members: members as u32,
                tokens,
                successor_of: thread.state.successor_of.clone(),
                again_for: if is_again { row.log.into() } else { bytes::Bytes::new() },
                chains_before: if is_again {
                    self.chains_before(row.log, entry)?
                } else {
                    bytes::Bytes::new()
                },
                group_info: Some(group_info.clone()),
            };
            self.keep_welcome((welcome.account, welcome.device), row.log, &body)?;
            self.post(welcome.account, welcome.device, inbox_body::Kind::Welcome(body))?;
            if let Some(blob) = &blob {
                self.db
                    .prepare_cached("UPDATE posts SET blob = ?1 WHERE id = last_insert_rowid()")?
                    .execute([blob])?;
            }
        }
        Ok(())
    }

    fn leaf_readers(&self, log: LogId) -> Done<Vec<content::LeafReader>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT account, device, coalesce(reader_hash, x''), coalesce(first_reader_hash, x'') FROM leaves WHERE log = ?1")?;
        let readers = statement.query_map([&log.0[..]], |row| {
            let field = |index: usize| row.get::<_, Vec<u8>>(index).map(bytes::Bytes::from);
            Ok(content::LeafReader {
                account: field(0)?,
                device: field(1)?,
                hash: field(2)?,
                first_hash: field(3)?,
            })
        })?;
        Ok(readers.collect::<Result<_, _>>()?)
    }

    /// Encrypts something small under a key of its own, and puts it on its way to the server.
    pub fn put_small_blob(&mut self, log: LogId, plain: &[u8]) -> Done<content::Attachment> {
        self.core.session.chores = true;
        let key: [u8; 32] = self.random();
        let blob = BlobId(self.random());
        let secret = UploadSecret::new(self.random());
        let (data, padded) = crate::fetch::encrypt_small(&key, plain)?;
        self.db
            .prepare_cached("INSERT INTO blobs_out(blob, secret, data, log) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&blob.0[..], &secret.expose()[..], data, &log.0[..]])?;
        Ok(content::Attachment {
            blob: blob.into(),
            key: key.to_vec().into(),
            size_bytes: plain.len() as u64,
            padded_bytes: padded,
            sha256: Hash32::of(&[plain]).into(),
            ..content::Attachment::default()
        })
    }

    /// A commit, ours or another's, was applied to the group.
    pub fn commit_applied(&mut self, row: &LogRow, entry: &LogEntry, applied: AppliedCommit) -> Done<()> {
        self.keep_receipt_key(row.log)?;
        let came = self.came_when(row, &applied)?;
        let unseen = self.unseen_when(row, &applied)?;
        let silent = self.taken_out(row, &applied)?;
        self.heard(row.log, &applied.by)?;
        for leaf in &applied.removed {
            self.welcome_done(row.log, (leaf.account, leaf.device))?;
            self.db
                .prepare_cached("DELETE FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3")?
                .execute(params![&row.log.0[..], &leaf.account.0[..], &leaf.device.0[..]])?;
        }
        if !applied.added.is_empty() {
            self.promise_due(row.log)?;
            if !self.is_chain_unknown(row.log, row.cursor)? {
                self.note_addition(row.log, row.cursor, &row.chain.0, applied.by.account)?;
            }
        }
        let mut older = BTreeSet::new();
        for (leaf, reader) in applied.added.iter().zip(&applied.add_readers) {
            if let Ok(manifest) = leaf.manifest()
                && !self.learn_manifest(&manifest)?
            {
                older.insert(leaf.account);
            }
            // Whoever asked several members to be added again has been.
            self.db
                .prepare_cached(
                    "DELETE FROM intents WHERE log = ?1 AND account = ?2 AND device = ?3 AND kind IN (0, 4)",
                )?
                .execute(params![&row.log.0[..], &leaf.account.0[..], &leaf.device.0[..]])?;
            let whole = (leaf.account, leaf.device);
            let others = self.is_reader_of_another(row.log, whole, &reader.0)?;
            let unseen = unseen.get(&whole).copied().unwrap_or_default();
            let here = self.here_ms()?;
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO leaves(log, device, account, first_reader_hash, counter, added_ms, added_entry,
                         unseen_first, unseen_last, heard_ms)
                     VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    &row.log.0[..],
                    &leaf.device.0[..],
                    &leaf.account.0[..],
                    (!others).then_some(&reader.0[..]),
                    // Else a server could say that they come much later, and whatever they ask would be older than that.
                    entry.at_ms.min(self.server_now()),
                    came.get(&whole).copied().unwrap_or(row.cursor as i64),
                    unseen.0,
                    unseen.1,
                    here
                ])?;
            self.core.session.told_missed.remove(&(row.log, leaf.account, leaf.device));
            self.came_in(row.log, leaf.account)?;
            // Who wanted to go on elsewhere is here again.
            self.db
                .prepare_cached("DELETE FROM offers WHERE thread = ?1 AND account = ?2 AND accepted = ?3")?
                .execute(params![row.thread, &leaf.account.0[..], Consent::AsksToFollow as i64])?;
        }
        for leaf in &applied.removed {
            if self.leaves_of(row.log, leaf.account)?.is_empty() {
                let dropped = applied.dropped.contains(&leaf.account);
                self.account_parted(row.log, leaf.account, dropped)?;
            }
        }
        self.put_out_dropped(row, &applied.added, &older)?;
        // Whoever was to go has gone. The wish would put them out once more where they are back before its turn.
        for leaf in &applied.removed {
            self.db
                .prepare_cached(
                    "DELETE FROM intents WHERE log = ?1 AND account = ?2 AND kind IN (1, 3)
                     AND NOT EXISTS (SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2)",
                )?
                .execute(params![&row.log.0[..], &leaf.account.0[..]])?;
        }
        let is_heard = match self.thread_by_id(row.thread)? {
            Some(thread) => self.is_heard_in(row, &thread, &applied.by)?,
            None => true,
        };
        if is_heard {
            self.notice_members(row, &applied)?;
            self.notice_awaited(row, &applied)?;
            self.notice_taken_out(row, &silent)?;
        }
        self.greet_newcomer(row, &applied)?;
        if !applied.added.is_empty() || !applied.removed.is_empty() {
            self.box_changed();
        }
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        if !applied.added.is_empty()
            && (applied.by.account, applied.by.device) == own
            && self.own_thread()? == Some(row.thread)
        {
            self.tell_siblings_all()?;
        }
        if let (Some(old), Some(new)) = (&applied.old_state, &applied.new_state) {
            self.db
                .prepare_cached("UPDATE threads SET state = ?2, name = ?3 WHERE id = ?1 AND active_log = ?4")?
                .execute(params![row.thread, new.encode_to_vec(), new.name, &row.log.0[..]])?;
            if is_heard {
                self.notice_state_change(row, applied.by.account, old, new)?;
            }
        }
        self.share_with_those_added(row)?;
        self.calls_after_commit(row, &applied)?;
        self.conversation_changed(row.thread)?;
        self.encrypt_anew(row.log)?;
        if let Some(leaf) = applied.replaced_by.filter(|_| applied.self_removed) {
            self.look_whether_asked(row, leaf)?;
        }
        if applied.self_removed && self.was_added_again(row)? {
            return self.set_aside(row);
        }
        if let Some(leaf) = applied.replaced_by.filter(|_| applied.self_removed) {
            return self.replaced_by_others(row, leaf);
        }
        if applied.self_removed && self.asks_after_silence(row, &silent)? {
            return Ok(());
        }
        if applied.self_removed {
            return self.close_log(row, Standing::Removed);
        }
        let note = entry.commit.as_ref().map(|note| note.next_write_hash.clone()).unwrap_or_default();
        self.compare_write_hash(row, &note, applied.write_hash_next)?;
        self.suspect(row, None, note[..] == applied.write_hash_next.0)
    }

    /// The server says which write hash holds from a commit on. Where it is another than members derive, somebody altered it, and
    /// nobody can tell whether that was the committer or the server. So it blames nobody: a commit that changes nothing is tried,
    /// and the server's answer shows what holds. One member after another tries, until a commit comes by with the right hash.
    fn compare_write_hash(&mut self, row: &LogRow, told: &[u8], derived: Hash32) -> Done<()> {
        let key = doubtful_hash_key(row.log);
        if told == derived.0 {
            if self.is_write_hash_doubtful(row.log)? {
                crate::db::forget_setting(self.db, &key)?;
                self.db
                    .prepare_cached("DELETE FROM intents WHERE log = ?1 AND kind = 6 AND urgent = 1")?
                    .execute([&row.log.0[..]])?;
            }
            return Ok(());
        }
        tracing::warn!(log = ?row.log, "a commit came with a write hash that no member derives");
        crate::db::set_number(self.db, &key, 1)?;
        if row.state != State::Live {
            return Ok(());
        }
        let rank = self.successor_rank(row)?.min(TRY_RANKS);
        self.intend_at(row.log, Intent::Refresh, true, self.now_ms + TRY_MS * (rank + 1))
    }

    /// Whether the last commit came with a write hash that no member derives.
    pub fn is_write_hash_doubtful(&self, log: LogId) -> Done<bool> {
        Ok(crate::db::number(self.db, &doubtful_hash_key(log))? > 0)
    }

    /// A commit that broke a rule: skipped by all. `by` signed it, where that shows. If no member can write after it, that member is
    /// whom the conversation goes on without.
    pub fn commit_skipped(
        &mut self,
        row: &LogRow,
        entry: &LogEntry,
        by: Option<AccountId>,
        why: &str,
    ) -> Done<()> {
        tracing::info!(log = ?row.log, "a change of the conversation was not applied: {why}");
        let token = self.with_group(row.log, |group, _, _| group.write_token())?;
        let note = entry.commit.as_ref().map(|note| note.next_write_hash.clone()).unwrap_or_default();
        self.compare_write_hash(row, &note, token.hash())?;
        self.suspect(row, by, note[..] == token.hash().0)
    }

    /// A device that the other one of two has now, beside others or in their place, knows nothing of what contacts say of themselves.
    fn greet_newcomer(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<()> {
        let Some(other) = self.thread_by_id(row.thread)?.and_then(|thread| thread.pair) else {
            return Ok(());
        };
        let added = applied.added.iter().filter(|leaf| leaf.account == other).count();
        let leaves: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM leaves WHERE log = ?1 AND account = ?2")?
            .query_row(params![&row.log.0[..], &other.0[..]], |row| row.get(0))?;
        let was_there = leaves > added as i64 || applied.removed.iter().any(|leaf| leaf.account == other);
        if added > 0 && was_there { self.send_cards(Some(other)) } else { Ok(()) }
    }

    fn notice_members(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<()> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if thread.kind != content::ConversationKind::Group {
            return Ok(());
        }
        let by = self.name_of(applied.by.account)?;
        let mut told = BTreeSet::new();
        // Whoever came in again has not left any more: the next removal is another story.
        for leaf in &applied.added {
            self.core.session.leavers.remove(&(row.log, leaf.account));
        }
        let mut added = Vec::new();
        for leaf in applied.added.iter().filter(|leaf| leaf.account != applied.by.account) {
            let again = applied.removed.iter().any(|gone| gone.account == leaf.account);
            // Another device of somebody who is there, as one that comes back after a long silence.
            let comes = applied.added.iter().filter(|added| added.account == leaf.account).count();
            let there = self.leaves_of(row.log, leaf.account)?.len() > comes;
            if again || there || !told.insert(leaf.account) {
                continue;
            }
            match leaf.account == self.me()?.account() {
                true => self.notice(row.thread, &format!("{by} added you."))?,
                false => added.push(self.name_of(leaf.account)?),
            }
        }
        for some in added.chunks(NAMED_AT_ONCE) {
            self.notice(row.thread, &format!("{by} added {}.", some.join(", ")))?;
        }
        for leaf in &applied.removed {
            // At level one nobody has to show that the device asked for it.
            let whole = |leaf: &LeafInfo| (leaf.account, leaf.device);
            let replaced = applied.added.iter().any(|added| whole(added) == whole(leaf));
            if replaced && applied.level == Level::One && leaf.account != applied.by.account {
                let line = match leaf.account == self.me()?.account() {
                    true => format!("{by} replaced a device of yours."),
                    false => format!("{by} replaced a device of {}.", self.name_of(leaf.account)?),
                };
                self.notice(row.thread, &line)?;
            }
            let stays: Option<i64> = self
                .db
                .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2")?
                .query_row(params![&row.log.0[..], &leaf.account.0[..]], |row| row.get(0))
                .optional()?;
            let awaited = applied.awaited.as_ref().is_some_and(|awaited| awaited.now.contains(&leaf.account));
            if stays.is_some() || awaited || !told.insert(leaf.account) {
                continue;
            }
            let who = self.name_of(leaf.account)?;
            let left = self.core.session.leavers.contains(&(row.log, leaf.account))
                || applied.self_removed && thread.standing == Standing::Left;
            // That they left they know since they said so.
            if left && applied.self_removed {
                continue;
            }
            let line = match (left, applied.self_removed) {
                (true, _) => format!("{who} left."),
                (_, true) => format!("{by} removed you."),
                _ => format!("{by} removed {who}."),
            };
            self.notice(row.thread, &line)?;
        }
        Ok(())
    }
}

/// What a Welcome says of how a device reads. Older programs name no account: their word counts where it can be of one alone.
pub fn readers_of<'a>(
    readers: &'a [content::LeafReader],
    leaf: &LeafInfo,
) -> Option<&'a content::LeafReader> {
    let mut of_device = readers.iter().filter(|reader| {
        reader.device[..] == leaf.device.0
            && (reader.account.is_empty() || reader.account[..] == leaf.account.0)
    });
    let first = of_device.next()?;
    (!first.account.is_empty() || of_device.next().is_none()).then_some(first)
}

fn doubtful_hash_key(log: LogId) -> String {
    format!("write_hash/{}", log.to_hex())
}
