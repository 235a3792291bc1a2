//! When a log cannot go on: garbage commits, a dropped reader, absence beyond retention, a server restored from a
//! backup. What was read stays; the conversation goes on in a successor log, or this device is added again.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::{ConversationKind, Who, inbox_body};
use casemate_crypto::conversation::Suite;
use casemate_wire::ids::{AccountId, DeviceId, LogId, ReaderSecret};
use rusqlite::params;

use crate::core::{Ctx, Done, id_column};
use crate::intent::Intent;
use crate::log::{LogRow, SENT_AGAIN, State};
use crate::message::{ROW, message_row};
use crate::thread::{Standing, Thread};

/// What was said so long ago is not said again where the server forgot it: whoever backs up does so more often.
const RESENT_MS: i64 = 30 * 86_400_000;

/// Before a successor is opened there is so much time to be added again.
const ASK_FIRST_MS: i64 = 15_000;

/// A device that lost its place by what the server says alone waits so long for the others, who are well, as it seems, and add it
/// again. Where all of them were told the same, nobody does.
const LOST_MS: i64 = 10 * 60_000;

/// Who opens a successor waits so long for each that comes before it.
const RANK_MS: i64 = 10_000;

/// Where only admins add, others open a successor when none of them did for so long. Who comes into that is asked.
const STRANDED_MS: i64 = 86_400_000;

/// And nobody waits longer, whatever their place.
const LONGEST_TURN_MS: i64 = 4 * 86_400_000;

/// Where nobody is known to have broken a place, the next one waits so long before it is opened: nothing the first time, and twice as
/// long each further time. Who spoils one after the other without signing it gets ever fewer of them, and costs ever less.
const SPOILED_MS: i64 = 60_000;
const SPOILED_LONGEST_MS: i64 = 86_400_000;
const SPOILED_DOUBLINGS: u32 = 12;

/// After so long without that it counts as the first time again.
const SPOILED_FORGOTTEN_MS: i64 = 7 * 86_400_000;

/// Refusals as stale, and the time over which they came, after which this device has lost step.
const STALE_TIMES: u32 = 3;
const STALE_MS: i64 = 5_000;

/// Who asks to be added again a second time waits so long, and twice as long each further time, up to some hours.
const AGAIN_MS: i64 = 2_000;
const AGAIN_DOUBLINGS: u32 = 13;

/// A device that was added has so much time to take its Welcome and say so, before it is heard again.
const WELCOME_MS: i64 = 20_000;

/// Who asked to be added again and was not asks others after so long, and after twice as long each further time, up to a day. It
/// never ends: those who could do it may all have been away. A device that was removed for good asks in vain that seldom.
const ASK_AGAIN_MS: i64 = 60_000;
const ASK_DOUBLINGS: i64 = 11;
const ASK_LONGEST_MS: i64 = 86_400_000;

/// So often each new connection asks as well: what was asked may have been lost with the one before.
const ASKED_TIMES: i64 = 5;

/// Once it was asked for so long, its person reads that it goes on.
const ASKED_LONG_MS: i64 = 3_600_000;

/// Whoever was asked a moment ago may answer though another one has.
const ANSWERS_MS: i64 = 10 * 60_000;

impl Ctx<'_> {
    // ---- Wedged logs ----

    /// `by` signed a commit that all skip, and that came with another write hash: where nobody can write from now on, that was them.
    /// Only a signed commit blames somebody. What the server says of a good one blames nobody. Who is blamed is until members can
    /// write again (`writable`): what comes meanwhile shows a token that whoever made the false hash alone can have. Where the
    /// conversation goes on elsewhere, nothing changes any more.
    pub fn suspect(&mut self, row: &LogRow, by: Option<AccountId>, writable: bool) -> Done<()> {
        if row.state == State::Replaced {
            return Ok(());
        }
        let key = format!("offender/{}", row.log.to_hex());
        if writable {
            return Ok(crate::db::forget_setting(self.db, &key)?);
        }
        match by.filter(|by| self.core.me.as_ref().is_some_and(|me| me.account() != *by)) {
            Some(by) if self.offender(row.log)?.is_none() => {
                Ok(crate::db::set_setting(self.db, &key, &by.0)?)
            }
            _ => Ok(()),
        }
    }

    pub fn log_wedged_by_nobody_known(&mut self, row: &LogRow) -> Done<()> {
        self.log_wedged(row, ASK_FIRST_MS)
    }

    /// The server says that this device cannot read on here, and nothing shows why. The others are asked to add it again. Where
    /// nobody does, perhaps since all were told the same, the conversation is continued. What comes from the log until then is not
    /// what this device would have read next.
    pub fn place_lost(&mut self, row: &LogRow) -> Done<()> {
        self.db.prepare_cached("UPDATE logs SET doubtful = 1 WHERE log = ?1")?.execute([&row.log.0[..]])?;
        self.reads_no_more(row.log);
        self.log_wedged(row, LOST_MS)
    }

    fn log_wedged(&mut self, row: &LogRow, patience_ms: i64) -> Done<()> {
        if row.state != State::Live {
            return Ok(());
        }
        self.set_log_state(row.log, State::Wedged)?;
        self.discard_own_commit(row.log)?;
        self.judge_offers_anew(row.thread)?;
        // Perhaps the log is in order, and only this device was shown something else: then the others, who go on in
        // it, add this device again. Those who see the same do not listen.
        self.ask_to_be_added(row)?;
        let rank = self.successor_rank(row)?;
        // Who may add nobody there is the last to try.
        let stranded = if self.may_continue(row)? { 0 } else { STRANDED_MS };
        let due = self.now_ms + patience_ms + RANK_MS * rank + stranded + self.spoiled_pause(row)?;
        crate::db::set_number(self.db, &format!("successor/{}", row.log.to_hex()), due)?;
        self.core.session.wake.insert((due, Some(row.log)));
        self.core.session.dirty.insert(row.log);
        Ok(())
    }

    /// Whether this device itself found that a log cannot go on.
    pub fn was_wedged(&self, log: LogId) -> Done<bool> {
        Ok(crate::db::number(self.db, &format!("successor/{}", log.to_hex()))? > 0)
    }

    /// How long this device waits with the next place, by how often it saw one break here lately. Counts this time.
    fn spoiled_pause(&mut self, row: &LogRow) -> Done<i64> {
        if self.offender(row.log)?.is_some() {
            return Ok(0);
        }
        let (times, last) = (format!("spoiled/{}", row.thread), format!("spoiled_ms/{}", row.thread));
        let since = self.now_ms.saturating_sub(crate::db::number(self.db, &last)?);
        let before = match (0..SPOILED_FORGOTTEN_MS).contains(&since) {
            true => crate::db::number(self.db, &times)?.clamp(0, i64::from(SPOILED_DOUBLINGS)),
            false => 0,
        };
        crate::db::set_number(self.db, &times, before + 1)?;
        crate::db::set_number(self.db, &last, self.now_ms)?;
        Ok(if before == 0 { 0 } else { (SPOILED_MS << (before - 1)).min(SPOILED_LONGEST_MS) })
    }

    /// Who wedged a log, where that is known.
    pub fn offender(&self, log: LogId) -> Done<Option<AccountId>> {
        let by = crate::db::setting(self.db, &format!("offender/{}", log.to_hex()))?;
        Ok(by.and_then(|by| AccountId::try_from(&by[..]).ok()))
    }

    /// Admins first, then the others, by leaf.
    pub fn successor_rank(&mut self, row: &LogRow) -> Done<i64> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let offender = self.offender(row.log)?;
        let state = self.thread_by_id(row.thread)?.map(|thread| thread.state).unwrap_or_default();
        let mut leaves = self.with_group(row.log, |group, _, _| Ok(group.members()))?;
        leaves.retain(|leaf| Some(leaf.account) != offender);
        leaves.sort_by_key(|leaf| (!state.admins.iter().any(|admin| admin[..] == leaf.account.0), leaf.leaf));
        Ok(leaves.iter().position(|leaf| (leaf.account, leaf.device) == own).unwrap_or(leaves.len()) as i64)
    }

    /// Opens the successor when it is this device's turn and nobody else has.
    pub fn work_successor(&mut self, row: &LogRow) -> Done<()> {
        let due = crate::db::number(self.db, &format!("successor/{}", row.log.to_hex()))?;
        // Who was away may find in the inbox that the others have added it.
        let due = due.max(self.core.session.greeted_ms.saturating_add(ASK_FIRST_MS));
        // What is due later than anybody waits was noted while the clock was ahead.
        let due = if due > self.now_ms + LONGEST_TURN_MS { self.now_ms } else { due };
        if self.now_ms < due {
            self.core.session.wake.insert((due, Some(row.log)));
            return Ok(());
        }
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if thread.active_log != Some(row.log) {
            return Ok(());
        }
        // Own devices go on where the primary does.
        if thread.kind == ConversationKind::Own && !self.is_primary(self.me()?.identity.device)? {
            return Ok(());
        }
        let offender = self.offender(row.log)?;
        let base = self.base_of(row, &thread)?;
        let mut state = thread.state.clone();
        state.successor_of = base.into();
        let Some(view) = self.last_view(base)? else { return Ok(()) };
        let mut missing = view.accounts;
        let out = self.left_behind(base, row.log)?;
        state.admins.retain(|admin| !out.iter().any(|account| admin[..] == account.0));
        missing.retain(|account| !out.contains(account));
        let me = self.me()?.account();
        if thread.kind == ConversationKind::Group {
            if state.admins.is_empty() {
                state.admins.extend(self.heir(base, &missing)?.map(Into::into));
            }
            let closed = state.permissions.unwrap_or_default().add() == Who::Admins;
            if state.admins.is_empty() || closed && !self.is_admin(&state, me) {
                state.admins.push(me.into());
            }
        }
        let suite = if row.suite == Suite::X25519 { Suite::X25519 } else { Suite::XWing };
        let places = BTreeSet::from([row.log, base]);
        let heritage = self.heritage_of(&places, &out)?;
        let log = self.start_log_after(thread.id, suite, &state, &heritage)?;
        // The others may be where it was, all the same: they are asked once more.
        self.ask_to_be_added(row)?;
        self.set_log_state(row.log, State::Replaced)?;
        self.set_active_log(thread.id, log, &state)?;
        for before in places {
            self.add_predecessors_members(before, log, &out)?;
        }
        // Those too that were linked while it could not go on.
        self.add_siblings(log)?;
        self.notice(thread.id, "This conversation had to be continued with new keys. Nothing was lost.")?;
        if let Some(offender) = offender {
            let who = self.name_of(offender)?;
            self.notice(thread.id, &format!("You removed {who}."))?;
        }
        for account in self.thread_accounts(&Thread { active_log: Some(log), ..thread.clone() })? {
            missing.remove(&account);
        }
        self.tell_missing(thread.id, log, &missing)?;
        // So that others count this device where several opened one.
        self.announce_reader(thread.id, log, None)
    }

    /// Says in a log that this device goes on there: by another reader, as whoever joins does.
    pub fn announce_reader(&mut self, thread: i64, log: LogId, next: Option<ReaderSecret>) -> Done<()> {
        let next = match next {
            Some(next) => next,
            None => ReaderSecret::new(self.random()),
        };
        self.db
            .prepare_cached("UPDATE logs SET next_reader = ?2 WHERE log = ?1")?
            .execute(params![&log.0[..], &next.expose()[..]])?;
        let reader = content::Reader { hash: next.hash().into(), ..content::Reader::default() };
        self.queue_content(thread, None, ContentKind::Reader(reader))
    }

    /// Whether this device may bring the others into a successor.
    fn may_continue(&mut self, row: &LogRow) -> Done<bool> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(false) };
        let closed = thread.kind == ConversationKind::Group
            && thread.state.permissions.unwrap_or_default().add() == Who::Admins;
        let me = self.me()?.account();
        Ok(!closed || self.is_admin(&thread.state, me) || self.is_heir(row.log, &thread.state, me)?)
    }

    /// What a continuation of a log names as its predecessor. Where not all have come into the log, and nobody else has, that is
    /// the one which it continues itself: those who never saw the log know what is meant.
    fn base_of(&mut self, row: &LogRow, thread: &Thread) -> Done<LogId> {
        let Ok(old) = LogId::try_from(&thread.state.successor_of[..]) else { return Ok(row.log) };
        let before = self.log_row(old)?;
        if !before.is_some_and(|before| before.thread == row.thread && before.state == State::Replaced) {
            return Ok(row.log);
        }
        let (here, there) = (self.accounts_in(row.log)?, self.accounts_in(old)?);
        let mut awaited = self.opened_alone(row.log)?;
        for account in there.difference(&here) {
            awaited |= self.is_awaited(row.log, *account)?;
        }
        Ok(if awaited && here.is_subset(&there) { old } else { row.log })
    }

    /// Who does not come along from either of two logs: those who broke one, and those who were put out of the newer one.
    fn left_behind(&mut self, old: LogId, newer: LogId) -> Done<BTreeSet<AccountId>> {
        let mut out: BTreeSet<AccountId> =
            [self.offender(old)?, self.offender(newer)?].into_iter().flatten().collect();
        for account in self.accounts_in(old)? {
            if self.was_put_out(newer, account)? {
                out.insert(account);
            }
        }
        out.extend(self.put_out_by_admins(newer, old)?);
        Ok(out)
    }

    /// Everybody of the old log who can be reached comes into the new one.
    fn add_predecessors_members(
        &mut self,
        old: LogId,
        new: LogId,
        without: &BTreeSet<AccountId>,
    ) -> Done<()> {
        let mut statement = self.db.prepare_cached("SELECT account, device FROM leaves WHERE log = ?1")?;
        let leaves = statement
            .query_map([&old.0[..]], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<(AccountId, DeviceId)>, _>>()?;
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        for (account, device) in leaves {
            let skipped = (account, device) == own || without.contains(&account);
            if skipped || self.leaves_of(new, account)?.contains(&device) {
                continue;
            }
            if self.reach(account)?.iter().any(|(known, _)| *known == device) {
                self.intend(new, Intent::AddDevice(account, device), true)?;
            }
        }
        Ok(())
    }

    /// Own devices that are not in a log yet come into it.
    pub fn add_siblings(&mut self, log: LogId) -> Done<()> {
        let me = self.me()?;
        let (account, own) = (me.account(), me.identity.device);
        let inside = self.leaves_of(log, account)?;
        for (sibling, _) in self.reach(account)? {
            if sibling != own && !inside.contains(&sibling) {
                self.intend(log, Intent::AddDevice(account, sibling), true)?;
            }
        }
        Ok(())
    }

    /// This device came into a successor: it brings those whom the opener could not reach.
    pub fn successor_joined(&mut self, old: LogId, new: LogId) -> Done<()> {
        let out = self.left_behind(old, new)?;
        self.add_predecessors_members(old, new, &out)
    }

    // ---- Being added again ----

    /// The server no longer takes this device's reader: it was removed, or somebody left its reader out, or the server says so of
    /// itself. Which of them is not known here, and nothing is said of a removal that was not read.
    pub fn reader_lost(&mut self, row: &LogRow) -> Done<()> {
        if self.has_left(row.thread)? || row.state == State::Replaced {
            return self.close_log(row, Standing::Left);
        }
        let thread = self.thread_by_id(row.thread)?;
        let is_group = thread.is_none_or(|thread| thread.kind == ConversationKind::Group);
        // It has asked already, and this is what being added again begins with.
        if row.state == State::Wedged {
            self.core.session.dirty.insert(row.log);
            return if is_group { self.set_aside(row) } else { Ok(()) };
        }
        if self.was_added_again(row)? {
            self.look_at_welcome(row)?;
            // Else it would ask now.
            crate::db::set_number(self.db, &asked_key(row.log), 1)?;
            crate::db::set_number(self.db, &asked_ms_key(row.log), self.now_ms)?;
            return self.set_aside(row);
        }
        self.check_own_manifest()?;
        self.notice(
            row.thread,
            "This device can read no further here. The others were asked to add it again; whoever was removed is not.",
        )?;
        // Nobody is put out of a conversation of two, or of one's own devices, but a device by its account.
        if !is_group {
            return self.place_lost(row);
        }
        self.ask_to_be_added(row)?;
        self.close_log(row, Standing::Removed)
    }

    /// Whoever this device belongs to has left the conversation, though a log may not say so yet.
    pub fn has_left(&self, thread: i64) -> Done<bool> {
        Ok(self.thread_by_id(thread)?.is_some_and(|thread| thread.standing == Standing::Left))
    }

    /// Away for longer than the server keeps entries. Who was about to leave comes in again to say so, and nobody is asked.
    pub fn missed_entries(&mut self, row: &LogRow) -> Done<()> {
        // It has asked already, and reads no more.
        if row.state == State::Wedged {
            return Ok(());
        }
        // The server would take it now where it never had it, behind what this device has not read.
        self.discard_own_commit(row.log)?;
        let left = self.has_left(row.thread)?;
        if row.state == State::Replaced || left && !self.leave_waits(row.thread)? {
            return self.close_log(row, Standing::Left);
        }
        if left {
            self.ask_to_be_added(row)?;
            return self.set_aside(row);
        }
        self.notice(
            row.thread,
            "You were away for longer than the server keeps messages. What was said in between is missing here; the others were asked to add you again.",
        )?;
        self.note_away(row.log)?;
        self.place_lost(row)
    }

    /// Nothing more can be read or said in a log until this device has been added again. What waits goes on waiting.
    pub fn set_aside(&mut self, row: &LogRow) -> Done<()> {
        self.leave_place(row)?;
        self.delete_group(row.log)
    }

    /// The same with the keys, which are others by now.
    pub fn leave_place(&mut self, row: &LogRow) -> Done<()> {
        self.set_log_state(row.log, State::Closed)?;
        self.unfollow(row.log);
        self.give_up_changes(row)?;
        self.drop_of_place(row)
    }

    /// The server says that an epoch ended, and shows no commit that ended it. Once is a race; when everything was
    /// read and it stays so, this device was shown another history than the others.
    pub fn note_stale(&mut self, log: LogId) -> Done<()> {
        let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Live) else { return Ok(()) };
        if self.core.session.followed.get(&log).is_none_or(|head| *head > row.cursor) {
            return Ok(());
        }
        let now = self.now_ms;
        let stale = self.core.session.stale.entry(log).or_insert((row.cursor, now, 0));
        if stale.0 != row.cursor {
            *stale = (row.cursor, now, 0);
        }
        stale.2 += 1;
        if stale.2 < STALE_TIMES || now.saturating_sub(stale.1) < STALE_MS {
            return Ok(());
        }
        self.core.session.stale.remove(&log);
        self.shown_otherwise(&row)
    }

    pub fn shown_otherwise(&mut self, row: &LogRow) -> Done<()> {
        let log = row.log;
        if self.stale_by_damage(row)? {
            return Ok(());
        }
        self.discard_own_commit(log)?;
        if self.is_write_hash_doubtful(log)? {
            return self.log_wedged_by_nobody_known(row);
        }
        self.notice(
            row.thread,
            "The server did not show this device everything that happened here. The others were asked to add it again; something may be missing.",
        )?;
        if self.who_is_asked(log)?.is_empty() {
            return self.log_wedged_by_nobody_known(row);
        }
        self.place_lost(row)
    }

    /// Devices of a log that can be asked to add this one: siblings first.
    pub fn who_is_asked(&self, log: LogId) -> Done<Vec<(AccountId, DeviceId)>> {
        let me = self.me()?;
        let (account, own) = (me.account(), me.identity.device);
        let mut statement = self.db.prepare_cached(
            "SELECT leaves.account, leaves.device FROM leaves JOIN reach USING (account, device)
             WHERE log = ?1 AND NOT (leaves.account = ?3 AND leaves.device = ?2)
             ORDER BY leaves.account = ?3 DESC, leaves.device",
        )?;
        let asked = statement.query_map(params![&log.0[..], &own.0[..], &account.0[..]], |row| {
            Ok((id_column(row, 0)?, id_column(row, 1)?))
        })?;
        Ok(asked.collect::<Result<_, _>>()?)
    }

    pub fn ask_to_be_added(&mut self, row: &LogRow) -> Done<()> {
        let times = crate::db::number(self.db, &asked_key(row.log))?;
        let asked = self.who_is_asked_now(row.log, times)?;
        // Asked again until a Welcome comes.
        crate::db::set_number(self.db, &asked_key(row.log), times.saturating_add(1))?;
        crate::db::set_number(self.db, &asked_ms_key(row.log), self.now_ms)?;
        self.core.session.wake.insert((self.now_ms + pause_after(times + 1), Some(row.log)));
        if asked.is_empty() {
            return Ok(());
        }
        let ask = self.again_ask(row.log, row.suite)?;
        for (account, device) in asked {
            self.post(account, device, inbox_body::Kind::AddMeAgain(ask.clone()))?;
        }
        Ok(())
    }

    /// What was asked before and not answered, on a new connection.
    pub fn ask_again(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT key FROM settings WHERE key >= 'asked/' AND key < 'asked0'")?;
        let keys = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        for key in keys {
            let log = key.strip_prefix("asked/").and_then(LogId::from_hex);
            match log.map(|log| self.log_row(log)).transpose()?.flatten() {
                Some(row) if self.may_come_back(&row)? => {
                    let times = crate::db::number(self.db, &key)?;
                    self.ask_when_due(&row, times < ASKED_TIMES)?;
                }
                _ => self.answered(&key)?,
            }
        }
        Ok(())
    }

    /// Asks others to add this device to a log, if it waits for that and its time has come.
    pub fn ask_when_due(&mut self, row: &LogRow, now: bool) -> Done<()> {
        let key = asked_key(row.log);
        if crate::db::setting(self.db, &key)?.is_none() {
            return Ok(());
        }
        let gone = self.has_left(row.thread)? && !self.leave_waits(row.thread)?;
        if gone || self.goes_on_elsewhere(row)? && !self.is_alone_after(row)? {
            return self.answered(&key);
        }
        let times = crate::db::number(self.db, &key)?;
        let asked_ms = crate::db::number(self.db, &asked_ms_key(row.log))?;
        let pause = pause_after(times);
        let since = self.now_ms.saturating_sub(asked_ms);
        if !now && (0..pause).contains(&since) {
            self.core.session.wake.insert((asked_ms + pause, Some(row.log)));
            return Ok(());
        }
        if pause_after(times - 1) < ASKED_LONG_MS && pause >= ASKED_LONG_MS {
            self.notice(
                row.thread,
                "Nobody has added this device again yet. It goes on asking all members.",
            )?;
        }
        self.ask_to_be_added(row)
    }

    /// This device was added, perhaps again, by this entry.
    pub fn added_again(&mut self, log: LogId, entry: u64) -> Done<()> {
        crate::db::set_number(self.db, &came_key(log), i64::try_from(entry).unwrap_or(i64::MAX))?;
        self.forget_asked_places(log)?;
        self.forget_lost_unheard(log)?;
        self.answered(&asked_key(log))
    }

    /// The entry by which this device came into a log; 0 where it began it.
    pub fn came_by(&self, log: LogId) -> Done<u64> {
        Ok(crate::db::number(self.db, &came_key(log))?.unsigned_abs())
    }

    /// Whether this device asked to be added again to a log that it was to read, and has not been; or a short while ago, and
    /// several of those who were asked may answer.
    pub fn has_asked(&self, log: LogId) -> Done<bool> {
        let since = self.now_ms.saturating_sub(crate::db::number(self.db, &asked_ms_key(log))?);
        Ok(crate::db::setting(self.db, &asked_key(log))?.is_some() || (0..ANSWERS_MS).contains(&since))
    }

    /// The same, however long ago.
    pub fn ever_asked(&self, log: LogId) -> Done<bool> {
        Ok(crate::db::number(self.db, &asked_ms_key(log))? > 0)
    }

    fn answered(&mut self, key: &str) -> Done<()> {
        crate::db::forget_setting(self.db, key)?;
        Ok(())
    }

    /// A member's device lost its place: one commit removes and adds it. Who was removed for good has no leaf
    /// of their account any more and is not heard.
    pub fn add_again_asked(
        &mut self,
        account: AccountId,
        device: DeviceId,
        ask: &content::AddMeAgain,
        at_ms: i64,
    ) -> Done<()> {
        if !ask.tokens.is_empty() {
            return self.came_back(account, device, ask);
        }
        let Ok(log) = LogId::try_from(&ask.log[..]) else { return Ok(()) };
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        if row.state != State::Live {
            return self.speaks_in_place(&row, (account, device));
        }
        let Some((added_ms, spoken)) = self.place_of_asker(&row, (account, device), at_ms)? else {
            return Ok(());
        };
        let since = self.server_now().saturating_sub(added_ms);
        let soon = if spoken { 0 } else { self.now_ms + (WELCOME_MS - since).clamp(0, WELCOME_MS) };
        // Each time costs everybody a commit: who asks again and again waits longer and longer.
        let asked = self.core.session.asked_again.get(&(log, account, device)).copied();
        let (last, times) = asked.unwrap_or((self.now_ms, 0));
        let pause = if times == 0 { 0 } else { AGAIN_MS << times.min(AGAIN_DOUBLINGS) };
        let due = self.turn(&row, &[account])?.max(last.saturating_add(pause)).max(soon);
        self.core.session.asked_again.insert((log, account, device), (due, times + 1));
        let kept = crate::again_place::kept_ask(ask);
        self.intend_at(log, Intent::AddAgain(account, device, kept), true, due)
    }

    // ---- A server restored from a backup ----

    /// Whether the server said lately that it was restored, while this device was in a log.
    pub fn was_put_back(&self, log: LogId) -> Done<bool> {
        let since = self.now_ms.saturating_sub(crate::db::number(self.db, &put_back_key(log))?);
        Ok((0..RESENT_MS).contains(&since))
    }

    /// The server forgot something: what it should know of this device is told again.
    pub fn server_restored(&mut self) -> Done<()> {
        tracing::warn!("the server was restored from a backup");
        crate::db::set_number(self.db, "restored_ms", self.now_ms)?;
        self.db.execute("UPDATE given SET registered = 0 WHERE revoked = 0", [])?;
        let live = "UPDATE logs SET doubtful = 1 WHERE state = 0 AND created = 1 RETURNING log";
        let mut live = self.db.prepare_cached(live)?;
        for log in live.query_map([], |row| id_column(row, 0))?.collect::<Result<Vec<LogId>, _>>()? {
            crate::db::set_number(self.db, &put_back_key(log), self.now_ms)?;
        }
        // What is missing in the inbox then, the server may never have had.
        let followed = crate::inbox::FOLLOWED;
        for key in ["inbox_created", "key_packages_due", "key_packages_last_resort", "inbox_cursor", followed]
        {
            crate::db::set_number(self.db, key, 0)?;
        }
        Ok(crate::db::forget_setting(self.db, "box_hash")?)
    }

    /// A log's head is behind what this device has read. Own messages past it are sent again; the conversation
    /// goes on in a successor, because the entries' numbers would be given twice.
    pub fn log_rolled_back(&mut self, row: &LogRow, head: u64) -> Done<()> {
        if row.state != State::Live {
            return Ok(());
        }
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        self.db.prepare_cached("UPDATE logs SET doubtful = 1 WHERE log = ?1")?.execute([&row.log.0[..]])?;
        self.note_forgotten(row, head)?;
        self.notice(
            thread.id,
            "The server was restored from an older backup. What you had sent since is sent again; what others said may be missing.",
        )?;
        let me = self.me()?.account();
        // A server can claim that it forgot everything: what is said again is bounded, and nobody gets what was said before they came.
        // When something was said is the server's word, too. So the newest goes out whatever the time.
        let (since, came) = (self.server_now() - RESENT_MS, self.last_to_come(row.log)?);
        let newest = row.cursor.saturating_sub(SENT_AGAIN);
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE log = ?1 AND account = ?3 AND kind = 0 AND (at_ms >= ?4 OR entry > ?6)
             AND (deleted = 1 OR entry > ?2 AND entry > ?5) ORDER BY position"
        ))?;
        let rows = statement
            .query_map(
                params![&row.log.0[..], head as i64, &me.0[..], since, came, newest as i64],
                message_row,
            )?
            .collect::<Result<Vec<_>, _>>()?;
        let to = self.accounts_in(row.log)?;
        for lost in rows {
            match lost.deleted {
                // When it was taken back is not kept: that may be what the server forgot.
                true => {
                    let delete = content::Delete { of: lost.said().into(), author: lost.author_said() };
                    self.queue_content(thread.id, None, ContentKind::Delete(delete))?;
                }
                false => self.resend(thread.id, &lost, &to)?,
            }
        }
        self.log_wedged_by_nobody_known(row)
    }

    /// The entry by which the newest of those who are in a log came, whatever devices they have had since.
    fn last_to_come(&self, log: LogId) -> Done<i64> {
        let last: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT max(came) FROM (SELECT min(added_entry) AS came FROM leaves WHERE log = ?1 GROUP BY account)",
            )?
            .query_row([&log.0[..]], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }
}

/// How long a device that asked so often waits before it asks others.
fn pause_after(times: i64) -> i64 {
    (ASK_AGAIN_MS << (times - 1).clamp(0, ASK_DOUBLINGS)).min(ASK_LONGEST_MS)
}

fn put_back_key(log: LogId) -> String {
    format!("put_back/{}", log.to_hex())
}

fn asked_ms_key(log: LogId) -> String {
    format!("again/{}", log.to_hex())
}

pub fn asked_key(log: LogId) -> String {
    format!("asked/{}", log.to_hex())
}

fn came_key(log: LogId) -> String {
    format!("came/{}", log.to_hex())
}
