//! Two views of one log meet: each message says how far its sender had read, and the chain hash there. A device that was added did not read
//! the past, and has the hash from who added them: where that was false, the server is not to blame. So a device says which hash it was
//! told, until somebody else than who told it has shown the same chain; and members keep their own at the entries by which devices came.

use casemate_content::proto as content;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column};
use crate::db;
use crate::log::{LogRow, Recent};
use crate::receipt::MISSED;

/// Entries by which devices came that are kept for a log, the newest. A device that came before those is believed as it was.
const ADDITIONS: i64 = 256;

/// Of so many entries a receipt says that its device took them: who has started again since knows the newest alone.
const TAKEN: [u64; 3] = [4, 16, 64];

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
    pub fn compare_views(&mut self, row: &LogRow, sender: &LeafInfo, body: &content::Content) -> Done<()> {
        if self.is_chain_unknown(row.log, body.seen_entry)? {
            if body.seen_entry.checked_add(1) == Some(row.cursor) {
                let theirs = Hash32::try_from(&body.seen_hash[..]).ok();
                self.core.lost.shown = theirs.map(|theirs| (theirs, sender.account));
            }
            return Ok(());
        }
        let mine = self.chain_at(row, body.seen_entry);
        let (Some(mine), Ok(theirs)) = (mine, Hash32::try_from(&body.seen_hash[..])) else { return Ok(()) };
        let me = self.me()?.account();
        if mine == theirs {
            db::forget_setting(self.db, &apart_key(row.log, sender.account, sender.device))?;
            if sender.account != me && self.told_by(row.log)?.is_some_and(|by| by != sender.account) {
                db::forget_setting(self.db, &told_key(row.log))?;
            }
            return Ok(());
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
        if told_them.filter(others).is_none() && told_me.filter(others).is_none() {
            db::set_number(self.db, &apart_key(row.log, sender.account, sender.device), 1)?;
        }
        if !self.core.forks_told.insert((row.log, sender.account)) {
            return Ok(());
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
        self.notice(row.thread, &text)
    }

    /// This device's chain up to an entry, where it is known still. After a start that is the last one and the one before.
    fn chain_at(&self, row: &LogRow, entry: u64) -> Option<Hash32> {
        if let Some(recent) = self.recent(row.log, entry) {
            return recent.chain;
        }
        let last = Some(row.chain).filter(|_| entry == row.cursor);
        last.or(row.chain_before.filter(|_| entry.checked_add(1) == Some(row.cursor)))
    }

    /// Whether somebody who names an entry by the beginning of its chain hash means the one that this device has.
    pub fn is_seen_here(&self, row: &LogRow, entry: u64, hash: &[u8]) -> bool {
        self.chain_at(row, entry).is_none_or(|mine| mine.0.starts_with(hash))
    }

    fn recent(&self, log: LogId, entry: u64) -> Option<Recent> {
        self.core.recent.get(&log).and_then(|recent| recent.get(&entry)).copied()
    }

    /// The newest entries up to `last`, without the missed ones. Where none was missed of them nothing is said: then nothing makes the
    /// chain of this device another one but a server that shows another history.
    pub fn taken(&self, log: LogId, last: u64, missed: &[content::Stretch]) -> Vec<content::Taken> {
        let spoilt = |from: u64| missed.iter().any(|stretch| stretch.last >= from);
        let most = last.saturating_sub(TAKEN[TAKEN.len() - 1]);
        if !spoilt(most) {
            return Vec::new();
        }
        let taken = TAKEN.iter().filter(|count| **count <= last).filter_map(|count| {
            let from = last - count + 1;
            let hash = self.taken_hash(log, from, last, missed)?;
            Some(content::Taken { from, hash: hash.into() })
        });
        taken.collect()
    }

    fn taken_hash(&self, log: LogId, from: u64, last: u64, missed: &[content::Stretch]) -> Option<Vec<u8>> {
        let mut payloads = Vec::new();
        for entry in (from..=last).filter(|entry| !is_missed(missed, *entry)) {
            payloads.extend(self.recent(log, entry)?.payload);
        }
        Some(Hash32::of(&[&payloads]).0[..8].to_vec())
    }

    /// What of a device's receipt counts. One that was shown another history says which entries it took: where these are the same here, it
    /// speaks of them, and of none before. Else its numbers are those of other entries.
    pub fn counted(
        &self,
        log: LogId,
        sender: (AccountId, DeviceId),
        mut receipt: content::Receipt,
    ) -> Done<Option<content::Receipt>> {
        if !self.is_apart(log, sender.0, sender.1)? {
            return Ok(Some(receipt));
        }
        let last = receipt.delivered;
        let same = receipt.taken.iter().take(TAKEN.len()).filter(|taken| {
            (1..=last).contains(&taken.from)
                && last - taken.from < TAKEN[TAKEN.len() - 1]
                && self
                    .taken_hash(log, taken.from, last, &receipt.missed)
                    .is_some_and(|hash| hash[..] == taken.hash[..])
        });
        let Some(from) = same.map(|taken| taken.from).min() else { return Ok(None) };
        receipt.since = receipt.since.max(from);
        Ok(Some(receipt))
    }

    /// Whether the server showed a device another history: what that says of entries is about others.
    pub fn is_apart(&self, log: LogId, account: AccountId, device: DeviceId) -> Done<bool> {
        Ok(db::number(self.db, &apart_key(log, account, device))? > 0)
    }
}

fn is_missed(missed: &[content::Stretch], entry: u64) -> bool {
    missed.iter().take(MISSED).any(|stretch| (stretch.first..=stretch.last).contains(&entry))
}

fn apart_key(log: LogId, account: AccountId, device: DeviceId) -> String {
    format!("apart/{}/{}/{}", log.to_hex(), account.to_hex(), device.to_hex())
}

fn told_key(log: LogId) -> String {
    format!("told/{}", log.to_hex())
}
