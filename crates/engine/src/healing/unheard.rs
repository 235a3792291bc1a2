//! Devices of which nothing is heard. A leaf takes new keys about weekly in each conversation, so one that commits and says nothing for twelve
//! weeks is off. Its keys stay as they are, and with them a copy of that device reads on: it sets the bound of the whole group.
//!
//! Such a leaf goes, by the rules that groups have always had ([decision 50](../../../../docs/decisions/0050-devices-of-which-nothing-is-heard.md)):
//! the primary takes out those of its own account, and a week later admins of a group those of other accounts. An account keeps its last leaf in any
//! case. The device is its account's still, and is put in anew when it asks (`repair`).
//!
//! How long it was silent is what this device read. It counts the time in which it was there itself: a clock that jumps makes nobody silent.
//! No member judges a commit by that.

use std::collections::BTreeSet;

use casemate_content::proto::ConversationKind;
use casemate_crypto::{AppliedCommit, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use rusqlite::{OptionalExtension as _, params};

use super::DAY_MS;
use crate::core::{Ctx, Done, id_column};
use crate::intent::Intent;
use crate::log::LogRow;
use crate::thread::Standing;

/// After so long a leaf goes. A server has dropped what the device did not read (60 days), and nobody has a key package by which it could be
/// put in before it is back (nine weeks and what is left of one, from its last connection): it would have to ask in any case.
const UNHEARD_MS: i64 = 12 * 7 * DAY_MS;

/// Admins give the primary so long to do it.
const PRIMARY_FIRST_MS: i64 = 7 * DAY_MS;

/// Who takes leaves out does so within so long: of several admins one is enough.
const SPREAD_MS: u64 = 3_600_000;

/// What this device heard of a leaf so lately makes it say that the leaf was not silent. Devices read at different times.
const LATELY_MS: i64 = UNHEARD_MS - 14 * DAY_MS;

/// At most so much counts between two looks, which come daily while the program runs. A device that its person opens weekly counts all of its time.
const MOST_AWAY_MS: i64 = 7 * DAY_MS;

/// Where the count of a device begins. Later than any silence, and long before any date that an earlier program noted.
const BEGIN_MS: i64 = 1_000 * DAY_MS;

const HERE: &str = "here/ms";
const HERE_LAST: &str = "here/last_ms";

impl Ctx<'_> {
    /// For how long this device was there, by looks of which each was within a week of the one before.
    pub fn here_ms(&mut self) -> Done<i64> {
        if let Some(here) = self.core.session.here_ms {
            return Ok(here);
        }
        let here = crate::db::number(self.db, HERE)?.max(BEGIN_MS);
        self.core.session.here_ms = Some(here);
        Ok(here)
    }

    /// Counts the time since the last look.
    fn count_here(&mut self) -> Done<i64> {
        let (last, now) = (crate::db::number(self.db, HERE_LAST)?, self.server_now());
        let since = if last == 0 { 0 } else { now.saturating_sub(last).clamp(0, MOST_AWAY_MS) };
        let here = self.here_ms()?.saturating_add(since);
        crate::db::set_number(self.db, HERE, here)?;
        crate::db::set_number(self.db, HERE_LAST, now)?;
        self.core.session.here_ms = Some(here);
        Ok(here)
    }

    /// Looks once a day for leaves that go, and for keys that are kept in vain. Not while this device does not know what time it is: all would seem silent.
    pub fn plan_unheard(&mut self) -> Done<()> {
        let now = self.now_ms;
        if (now + 1..=now + DAY_MS).contains(&self.core.session.unheard_due_ms) {
            return Ok(());
        }
        if self.core.clock_doubted_ms.is_some() {
            return Ok(());
        }
        self.core.session.unheard_due_ms = now + DAY_MS;
        self.core.session.wake.insert((now + DAY_MS, None));
        self.forget_replaced()?;
        let now = self.count_here()?;
        // What was heard before this was counted, was heard now.
        self.db.execute("UPDATE leaves SET heard_ms = ?1 WHERE heard_ms NOT BETWEEN 1 AND ?1", [now])?;
        let mut statement = self.db.prepare_cached(
            "SELECT leaves.log, leaves.account, leaves.device FROM leaves JOIN threads ON threads.active_log = leaves.log
             JOIN logs ON logs.log = leaves.log WHERE logs.state = 0 AND logs.created = 1 AND leaves.heard_ms <= ?1
             ORDER BY leaves.log, leaves.account, leaves.device",
        )?;
        let silent = statement
            .query_map([now - UNHEARD_MS], |row| {
                Ok((id_column(row, 0)?, id_column(row, 1)?, id_column(row, 2)?))
            })?
            .collect::<Result<Vec<(LogId, AccountId, DeviceId)>, _>>()?;
        for (log, account, device) in silent {
            if self.takes_out(log, account, device)? {
                let due = self.now_ms + self.jitter(SPREAD_MS);
                self.intend_at(log, Intent::RemoveUnheard(account, device), false, due)?;
            }
        }
        Ok(())
    }

    /// Whether this device takes a leaf out: nothing was heard of it for long, it may, and its account keeps another one.
    pub fn takes_out(&mut self, log: LogId, account: AccountId, device: DeviceId) -> Done<bool> {
        if self.core.clock_doubted_ms.is_some() {
            return Ok(false);
        }
        let me = self.me()?;
        let (own, own_device) = (me.account(), me.identity.device);
        let patience = if account == own { UNHEARD_MS } else { UNHEARD_MS + PRIMARY_FIRST_MS };
        if (account, device) == (own, own_device)
            || self.heard_ago(log, account, device)?.is_none_or(|ago| ago < patience)
        {
            return Ok(false);
        }
        let Some(row) = self.log_row(log)? else { return Ok(false) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(false) };
        if thread.standing != Standing::Active || thread.active_log != Some(log) {
            return Ok(false);
        }
        if account == own {
            return self.is_primary(own_device);
        }
        let admin = thread.kind == ConversationKind::Group && self.is_admin(&thread.state, own);
        Ok(admin && self.has_been_heard(log, account)?)
    }

    /// How long ago something was heard of a leaf.
    fn heard_ago(&mut self, log: LogId, account: AccountId, device: DeviceId) -> Done<Option<i64>> {
        let heard: Option<i64> = self
            .db
            .prepare_cached("SELECT heard_ms FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3")?
            .query_row(params![&log.0[..], &account.0[..], &device.0[..]], |row| row.get(0))
            .optional()?;
        let here = self.here_ms()?;
        Ok(heard.filter(|heard| *heard > 0).map(|heard| here.saturating_sub(heard)))
    }

    /// Whether an account has a leaf that is not silent: it keeps that one.
    fn has_been_heard(&mut self, log: LogId, account: AccountId) -> Done<bool> {
        let since = self.here_ms()? - UNHEARD_MS;
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2 AND heard_ms > ?3")?
            .exists(params![&log.0[..], &account.0[..], since])?)
    }

    /// A leaf committed.
    pub fn heard(&mut self, log: LogId, leaf: &LeafInfo) -> Done<()> {
        let here = self.here_ms()?;
        self.db
            .prepare_cached(
                "UPDATE leaves SET renewed = 1, heard_ms = ?4 WHERE log = ?1 AND account = ?2 AND device = ?3",
            )?
            .execute(params![&log.0[..], &leaf.account.0[..], &leaf.device.0[..], here])?;
        Ok(())
    }

    // ---- What is said of it ----

    /// Leaves that a commit took out though their devices are their accounts' still, and what this device had heard of each. Read before the
    /// commit's changes are made.
    pub fn taken_out(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<Vec<(LeafInfo, Option<i64>)>> {
        let mut out = Vec::new();
        for leaf in &applied.removed {
            let whole = |other: &LeafInfo| (other.account, other.device) == (leaf.account, leaf.device);
            let goes = |device: &DeviceId| {
                applied.removed.iter().any(|gone| (gone.account, gone.device) == (leaf.account, *device))
            };
            let comes = applied.added.iter().any(|added| added.account == leaf.account);
            let stays = comes || self.leaves_of(row.log, leaf.account)?.iter().any(|device| !goes(device));
            if stays
                && !applied.added.iter().any(whole)
                && !applied.dropped.contains(&leaf.account)
                && !self.is_dropped(leaf.account, leaf.device)?
            {
                out.push((leaf.clone(), self.heard_ago(row.log, leaf.account, leaf.device)?));
            }
        }
        Ok(out)
    }

    pub fn notice_taken_out(&mut self, row: &LogRow, out: &[(LeafInfo, Option<i64>)]) -> Done<()> {
        let me = self.me()?;
        let (own, own_device) = (me.account(), me.identity.device);
        let mut told = BTreeSet::new();
        for (leaf, ago) in out.iter().filter(|(leaf, _)| (leaf.account, leaf.device) != (own, own_device)) {
            let lately = ago.is_some_and(|ago| ago < LATELY_MS);
            if !told.insert((leaf.account, lately)) {
                continue;
            }
            let who = self.name_of(leaf.account)?;
            let line = match (lately, leaf.account == own) {
                (false, true) => "A device of yours was taken out here: nothing was heard of it for twelve weeks. It comes back when it is used again.".to_owned(),
                (false, false) => format!("A device of {who} was taken out here: nothing was heard of it for twelve weeks. It comes back when it is used again."),
                (true, true) => "A device of yours was taken out here, though something was heard of it lately. It comes back when it is used again.".to_owned(),
                (true, false) => format!("A device of {who} was taken out here, though something was heard of it lately. It comes back when it is used again."),
            };
            self.notice(row.thread, &line)?;
        }
        Ok(())
    }

    /// Groups in which nothing was heard of any device of somebody. They stay, since who is a member is for people to decide.
    pub fn groups_with_silent_members(&mut self) -> Done<Vec<String>> {
        let mut statement = self.db.prepare_cached(
            "SELECT lower(hex(threads.key)) FROM threads JOIN logs ON logs.log = threads.active_log
             WHERE logs.state = 0 AND threads.kind = ?1 AND threads.standing = 0 AND EXISTS (
                 SELECT 1 FROM leaves WHERE leaves.log = logs.log AND account != ?2
                 GROUP BY account HAVING min(heard_ms) > 0 AND max(heard_ms) <= ?3)
             ORDER BY threads.key",
        )?;
        let before = self.here_ms()? - UNHEARD_MS;
        let own = self.me()?.account();
        let groups = statement
            .query_map(params![ConversationKind::Group as i64, &own.0[..], before], |row| row.get(0))?;
        Ok(groups.collect::<Result<_, _>>()?)
    }

    // ---- Coming back ----

    /// This device reads that it was taken out as one of which nothing is heard: it asks to be put in anew. False where it went otherwise.
    pub fn asks_after_silence(&mut self, row: &LogRow, out: &[(LeafInfo, Option<i64>)]) -> Done<bool> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let is_out = out.iter().any(|(leaf, _)| (leaf.account, leaf.device) == own);
        if !is_out || self.has_left(row.thread)? {
            return Ok(false);
        }
        self.notice(
            row.thread,
            "This device was taken out here, since nothing was heard of it for long. The others were asked to add it again.",
        )?;
        self.ask_to_be_added(row)?;
        self.set_aside(row)?;
        Ok(true)
    }

    /// Since when a device that asks to be put in has its place, and whether it has spoken from there. One that was taken out has none, and may
    /// come back as long as its account is there and names it: the group's rules know no other condition. A device that asked before it was
    /// added has been, and its Welcome is on the way.
    pub fn place_of_asker(
        &mut self,
        row: &LogRow,
        (account, device): (AccountId, DeviceId),
        at_ms: i64,
    ) -> Done<Option<(i64, bool)>> {
        let inside: Option<(i64, bool)> = self
            .db
            .prepare_cached(
                "SELECT added_ms, counter > 0 FROM leaves WHERE log = ?1 AND device = ?2 AND account = ?3",
            )?
            .query_row(params![&row.log.0[..], &device.0[..], &account.0[..]], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if let Some((added_ms, _)) = inside {
            return Ok(inside.filter(|_| at_ms >= added_ms));
        }
        let named = self.known_manifest(account)?.is_some_and(|known| known.device(device).is_some());
        let there =
            !self.leaves_of(row.log, account)?.is_empty() && !self.leaving(row.log)?.contains(&account);
        Ok((named && there).then_some((at_ms, true)))
    }

    /// Devices of an added few that asked for it after they were taken out: their Welcomes say so, as where a leaf is replaced.
    pub fn came_back_after_silence(
        &self,
        log: LogId,
        added: &[LeafInfo],
    ) -> Done<Vec<(AccountId, DeviceId)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT 1 FROM intents WHERE log = ?1 AND kind = 4 AND account = ?2 AND device = ?3",
        )?;
        let mut back = Vec::new();
        for leaf in added {
            if statement.exists(params![&log.0[..], &leaf.account.0[..], &leaf.device.0[..]])? {
                back.push((leaf.account, leaf.device));
            }
        }
        Ok(back)
    }
}
