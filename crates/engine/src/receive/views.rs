//! Two views of one log meet: each message says how far its sender had read, and the chain hash there. A device that was added did not read
//! the past, and has the hash from who added them: where that was false, the server is not to blame. So a device says which hash it was
//! told, until somebody else than who told it has shown the same chain; and members keep their own at the entries by which devices came.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, Hash32, LogId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column};
use crate::db;
use crate::log::{LogRow, Recent};
use crate::receipt::{HASH_BYTES, MISSED};

/// Entries by which devices came that are kept for a log, the newest. A device that came before those is believed as it was.
const ADDITIONS: i64 = 256;

/// Entries of a log that a device still knows after a start, the newest.
const KEPT: u64 = 128;

/// Of so many entries a Welcome to who comes in again names the chain, and so much of it.
const BEFORE: usize = 64;
const BEFORE_BYTES: usize = 16;

/// Of so many entries a receipt says that its device took them.
const TAKEN: [u64; 3] = [4, 16, 64];

/// What comparing two chains showed of what the server showed to a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All up to the entry that it names is the same here.
    Same,
    /// Something up to there is not.
    Other,
    /// One of the two does not know its chain there.
    Unknown,
}

impl Ctx<'_> {
    /// This device came into a log, and has the chain from who added it. Who lost entries does not know it: then the next one who says
    /// something shows it.
    pub fn chain_was_told(&mut self, log: LogId, welcome: &content::Welcome, by: AccountId) -> Done<()> {
        self.db.prepare_cached("DELETE FROM additions WHERE log = ?1")?.execute([&log.0[..]])?;
        if welcome.chain_unknown {
            db::forget_setting(self.db, &told_key(log))?;
            return self.chain_is_unknown_from(log, welcome.entry);
        }
        self.chain_is_known(log)?;
        self.note_addition(log, welcome.entry, &welcome.chain_hash, by)?;
        self.chain_is_by(log, by)
    }

    /// Devices came into a log by an entry, added by this account. Its chain here is this.
    pub fn note_addition(&mut self, log: LogId, entry: u64, chain: &[u8], by: AccountId) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO additions(log, entry, chain, account) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![&log.0[..], entry as i64, chain, &by.0[..]])?;
        self.db
            .prepare_cached(
                "DELETE FROM additions WHERE log = ?1 AND entry <=
                 (SELECT entry FROM additions WHERE log = ?1 ORDER BY entry DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![&log.0[..], ADDITIONS])?;
        Ok(())
    }

    /// This device has the chain from somebody's word.
    pub fn chain_is_by(&self, log: LogId, by: AccountId) -> Done<()> {
        Ok(db::set_setting(self.db, &told_key(log), &by.0)?)
    }

    /// What a message of this device says of the chain that it was told: the entry by which it came, and the hash there.
    pub fn chain_told(&self, log: LogId) -> Done<Option<(u64, Hash32)>> {
        if self.told_by(log)?.is_none() {
            return Ok(None);
        }
        let entry = self.came_by(log)?;
        Ok(self.addition(log, entry)?.map(|(chain, _)| (entry, chain)))
    }

    /// Who told this device the chain of a log, while nobody else has shown the same.
    fn told_by(&self, log: LogId) -> Done<Option<AccountId>> {
        let by = db::setting(self.db, &told_key(log))?;
        Ok(by.and_then(|by| AccountId::try_from(&by[..]).ok()))
    }

    fn addition(&self, log: LogId, entry: u64) -> Done<Option<(Hash32, AccountId)>> {
        let mut statement =
            self.db.prepare_cached("SELECT chain, account FROM additions WHERE log = ?1 AND entry = ?2")?;
        let Ok(entry) = i64::try_from(entry) else { return Ok(None) };
        let found = statement
            .query_row(params![&log.0[..], entry], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)));
        Ok(found.optional()?)
    }

    /// The sender says what it saw.
    pub fn compare_views(&mut self, row: &LogRow, sender: &LeafInfo, body: &content::Content) -> Done<View> {
        if self.is_chain_unknown(row.log, body.seen_entry)? {
            if body.seen_entry.checked_add(1) == Some(row.cursor) {
                let theirs = Hash32::try_from(&body.seen_hash[..]).ok();
                self.core.lost.shown = theirs.map(|theirs| (theirs, sender.account));
            }
            return Ok(View::Unknown);
        }
        let mine = self.chain_at(row, body.seen_entry)?;
        let (Some(mine), Ok(theirs)) = (mine, Hash32::try_from(&body.seen_hash[..])) else {
            return Ok(View::Unknown);
        };
        let me = self.me()?.account();
        if mine == theirs {
            if sender.account != me && self.told_by(row.log)?.is_some_and(|by| by != sender.account) {
                db::forget_setting(self.db, &told_key(row.log))?;
            }
            return Ok(View::Same);
        }
        let own = sender.account == me;
        // Whether the two began from one chain, where the sender says what it was told; and else who told it another one.
        let told = Hash32::try_from(&body.told_hash[..]).ok();
        let here = self.addition(row.log, body.told_entry)?;
        let (alike, told_them) = match (told, here) {
            (Some(told), Some((chain, by))) => (told == chain, Some(by).filter(|_| told != chain)),
            _ => (false, None),
        };
        let others = |by: &AccountId| *by != me && *by != sender.account;
        let told_me = self.told_by(row.log)?.filter(|_| !alike);
        // Who was told a false chain has the right numbers all the same.
        let is_told = told_them.filter(others).is_some() || told_me.filter(others).is_some();
        let view = if is_told { View::Same } else { View::Other };
        if !self.core.forks_told.insert((row.log, sender.account)) {
            return Ok(view);
        }
        // Nobody but the sender says what they saw. Another member who sees the same says it for themselves.
        let text = match (told_them.filter(others), told_me.filter(others)) {
            (Some(by), _) if own => format!(
                "Another device of yours was told another history of this conversation by {}, who added it.",
                self.name_of(by)?
            ),
            (Some(by), _) => format!(
                "{1} says that {0}, who added them, told them another history of this conversation. Compare what you see: one of them lied.",
                self.name_of(by)?,
                self.name_of(sender.account)?
            ),
            (None, Some(by)) if own => format!(
                "What another device of yours saw of this conversation is not what {} told this device when they added it: they lied, or the server showed your devices different histories.",
                self.name_of(by)?
            ),
            (None, Some(by)) => format!(
                "What {1} saw of this conversation is not what {0} told this device when they added it. Compare what you see: one of them lied, or the server showed you two different histories.",
                self.name_of(by)?,
                self.name_of(sender.account)?
            ),
            (None, None) if own => "The server showed your devices different histories of this conversation. Do not rely on this server; talk to whoever runs it.".to_owned(),
            (None, None) => format!(
                "{} says that the server showed you two different histories of this conversation. Compare what you see: the server lied, or they do.",
                self.name_of(sender.account)?
            ),
        };
        self.notice(row.thread, &text)?;
        Ok(view)
    }

    /// This device's chain up to an entry, where it is known still.
    pub fn chain_at(&self, row: &LogRow, entry: u64) -> Done<Option<Hash32>> {
        if let Some(recent) = self.recent(row.log, entry)? {
            return Ok(recent.chain);
        }
        let last = Some(row.chain).filter(|_| entry == row.cursor);
        Ok(last.or(row.chain_before.filter(|_| entry.checked_add(1) == Some(row.cursor))))
    }

    /// Whether somebody who names an entry by the beginning of its chain hash means the one that this device has.
    pub fn is_seen_here(&self, row: &LogRow, entry: u64, hash: &[u8]) -> Done<bool> {
        let mine = self.chain_at(row, entry)?;
        Ok(hash.len() >= HASH_BYTES && mine.is_some_and(|mine| mine.0.starts_with(hash)))
    }

    /// This device's chain at the entries before one, the newest first: who comes in again sees by it how far it was shown the same.
    pub fn chains_before(&self, log: LogId, entry: u64) -> Done<Bytes> {
        let mut chains = Vec::new();
        for entry in (1..entry).rev().take(BEFORE) {
            let Some(chain) = self.recent(log, entry)?.and_then(|recent| recent.chain) else { break };
            chains.extend(&chain.0[..BEFORE_BYTES]);
        }
        Ok(chains.into())
    }

    /// Up to which entry this device was shown the same as who adds it again by `entry`, as far as they say; 0 where nothing shows it.
    pub fn same_as_before(&self, row: &LogRow, entry: u64, chains: &[u8]) -> Done<u64> {
        let (chains, _) = chains.as_chunks::<BEFORE_BYTES>();
        for (entry, theirs) in (1..entry).rev().zip(chains.iter().take(BEFORE)) {
            if entry <= row.cursor
                && self.chain_at(row, entry)?.is_some_and(|mine| mine.0.starts_with(theirs))
            {
                return Ok(entry);
            }
        }
        Ok(0)
    }

    fn recent(&self, log: LogId, entry: u64) -> Done<Option<Recent>> {
        let read = self.core.recent.get(&log).and_then(|recent| recent.get(&entry)).copied();
        if read.is_some() {
            return Ok(read);
        }
        let Ok(entry) = i64::try_from(entry) else { return Ok(None) };
        let mut statement =
            self.db.prepare_cached("SELECT chain, payload FROM chains WHERE log = ?1 AND entry = ?2")?;
        let kept = statement.query_row(params![&log.0[..], entry], |row| {
            let chain: Option<[u8; 32]> = row.get(0)?;
            Ok(Recent { chain: chain.map(Hash32), payload: row.get(1)? })
        });
        Ok(kept.optional()?)
    }

    /// Keeps what was read of a log after `before` over the next start.
    pub fn keep_recent(&self, row: &LogRow, before: u64) -> Done<()> {
        let Some(recent) = self.core.recent.get(&row.log).filter(|_| row.cursor > before) else {
            return Ok(());
        };
        let oldest = row.cursor.saturating_sub(KEPT);
        let mut keep = self.db.prepare_cached(
            "INSERT OR REPLACE INTO chains(log, entry, chain, payload) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (number, what) in recent.range(before.max(oldest).saturating_add(1)..=row.cursor) {
            let chain = what.chain.map(|chain| chain.0);
            keep.execute(params![&row.log.0[..], *number as i64, chain, what.payload])?;
        }
        self.db
            .prepare_cached("DELETE FROM chains WHERE log = ?1 AND entry <= ?2")?
            .execute(params![&row.log.0[..], oldest as i64])?;
        Ok(())
    }

    /// The newest entries up to `last`, without the missed ones. Where none was missed of them nothing is said: then nothing makes the
    /// chain of this device another one but a server that shows another history.
    pub fn taken(&self, log: LogId, last: u64, missed: &[content::Stretch]) -> Done<Vec<content::Taken>> {
        let spoilt = |from: u64| missed.iter().any(|stretch| stretch.last >= from);
        let most = last.saturating_sub(TAKEN[TAKEN.len() - 1]);
        if !spoilt(most) {
            return Ok(Vec::new());
        }
        let mut taken = Vec::new();
        for count in TAKEN.into_iter().filter(|count| *count <= last) {
            let from = last - count + 1;
            let hash = self.taken_hash(log, from, last, missed)?;
            taken.extend(hash.map(|hash| content::Taken { from, hash: hash.into() }));
        }
        Ok(taken)
    }

    fn taken_hash(
        &self,
        log: LogId,
        from: u64,
        last: u64,
        missed: &[content::Stretch],
    ) -> Done<Option<Vec<u8>>> {
        let mut payloads = Vec::new();
        for entry in (from..=last).filter(|entry| !is_missed(missed, *entry)) {
            let Some(recent) = self.recent(log, entry)? else { return Ok(None) };
            payloads.extend(recent.payload);
        }
        Ok(Some(Hash32::of(&[&payloads]).0[..8].to_vec()))
    }

    /// What of a receipt counts, which its device sent when it had read up to `seen`. Where all up to there is the same here, all of it.
    /// Else it says which entries its device took: where these are the same here, it speaks of them, and of none before.
    pub fn counted(
        &self,
        row: &LogRow,
        sender: &LeafInfo,
        (view, seen): (View, u64),
        mut receipt: content::Receipt,
    ) -> Done<Option<content::Receipt>> {
        let (log, last) = (row.log, receipt.delivered);
        if view == View::Same {
            receipt.delivered = last.min(seen);
            receipt.read = receipt.read.min(seen);
            receipt.missed.extend(self.unseen(log, (sender.account, sender.device))?);
            return Ok(Some(receipt));
        }
        let mut same: Option<u64> = None;
        for taken in receipt.taken.iter().take(TAKEN.len()) {
            if (1..=last).contains(&taken.from)
                && last - taken.from < TAKEN[TAKEN.len() - 1]
                && self
                    .taken_hash(log, taken.from, last, &receipt.missed)?
                    .is_some_and(|hash| hash[..] == taken.hash[..])
            {
                same = Some(same.map_or(taken.from, |same| same.min(taken.from)));
            }
        }
        let Some(from) = same else { return Ok(None) };
        receipt.since = receipt.since.max(from);
        Ok(Some(receipt))
    }
}

fn is_missed(missed: &[content::Stretch], entry: u64) -> bool {
    missed.iter().take(MISSED).any(|stretch| (stretch.first..=stretch.last).contains(&entry))
}

fn told_key(log: LogId) -> String {
    format!("told/{}", log.to_hex())
}
