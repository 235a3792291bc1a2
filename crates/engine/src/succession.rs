//! Where a conversation goes on, and with whom. A thread is a chain of logs; the newest is its place. Who sends a Welcome is not
//! believed where the thread goes: the joined group says what it continues, and that is judged here.
//!
//! ```text
//! Welcome ─▶ joined, not yet kept ─┬─ says outside what its group does not say ─▶ refused, and said
//!                                  ├─ continues no newest place ────────────────▶ an invitation to another thread
//!                                  ├─ that place is not broken here, or the difference is not the sender's to make
//!                                  │                                            ─▶ the place stays, the person is asked
//!                                  └─ else ─────────────────────────────────────▶ the thread goes on there, with a line
//! ```
//! Only the newest place is a base. Who was a member of an older one continues nothing. What the place before hands on: `heritage`.
//! Which of several chats of two is used: `pair`.

mod pair;

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, ConversationState, Who};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, id_column};
use crate::log::{LogRow, State};
use crate::thread::Thread;

/// Which of several that remain is an admin where none of the old ones is left: by a hash over what nobody could choose before.
const HEIR_LABEL: &[u8] = b"casemate/heir/v1";

/// Welcomes of a thread that wait for its person's word, or for this device to find its place broken: one of each member, and of so
/// many. Each is some tens of kilobytes.
const ASK_TO_FOLLOW: i64 = 16;

/// Names in one line.
const NAMED_AT_ONCE: usize = 20;

/// How an offer came to be taken: a column of `offers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The person has not answered whether they want to be in it.
    Open = 0,
    /// It looks like what this device waits for. What it is shows once it is joined.
    AsItSeems = 1,
    /// The person is asked whether to follow: the thread stays where it is meanwhile.
    AsksToFollow = 2,
    /// The person wants it.
    Agreed = 3,
}

impl Consent {
    pub fn of(number: i64) -> Self {
        match number {
            0 => Self::Open,
            2 => Self::AsksToFollow,
            3 => Self::Agreed,
            _ => Self::AsItSeems,
        }
    }
}

/// What this device last knew of a log: who was in it, and what was agreed there.
pub struct LastView {
    pub accounts: BTreeSet<AccountId>,
    pub state: ConversationState,
}

/// A group that was joined and is not kept yet.
pub struct Joined<'a> {
    pub log: LogId,
    /// What the Welcome was put to.
    pub thread: i64,
    pub sender: AccountId,
    pub device: DeviceId,
    pub consent: Consent,
    pub welcome: &'a content::Welcome,
    pub state: &'a ConversationState,
    pub accounts: BTreeSet<AccountId>,
    /// The log as this device knew it, where it did.
    pub known: Option<LastView>,
    /// Whether it has the level and the book that what it continues had here.
    pub keeps: bool,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The thread goes on there.
    Goes,
    /// The thread stays, and the person may follow.
    Asks,
    /// It belongs to no thread that is known here.
    Invitation,
    /// Whoever sent it may not.
    Refused,
    /// The Welcome says another thing than its group.
    Lies,
}

impl Ctx<'_> {
    /// Whether a log's conversation lives in another one.
    pub fn goes_on_elsewhere(&self, row: &LogRow) -> Done<bool> {
        let Some(active) = self.active_log(row.thread)?.filter(|active| *active != row.log) else {
            return Ok(false);
        };
        Ok(self.log_row(active)?.is_some_and(|active| active.state == State::Live))
    }

    /// What was agreed and who was there when this device last read a log.
    pub fn last_view(&mut self, log: LogId) -> Done<Option<LastView>> {
        let Some(row) = self.log_row(log)? else { return Ok(None) };
        let state = match row.state {
            State::Closed => match self.thread_by_id(row.thread)? {
                Some(thread) if thread.active_log == Some(log) || self.is_alone_after(&row)? => thread.state,
                _ => return Ok(None),
            },
            _ => match self.with_group(log, |group, _, _| Ok(group.state())) {
                Ok(state) => state,
                // Its keys are gone.
                Err(Fail::User(_)) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        Ok(Some(LastView { accounts: self.accounts_in(log)?, state }))
    }

    pub fn accounts_in(&self, log: LogId) -> Done<BTreeSet<AccountId>> {
        let mut statement = self.db.prepare_cached("SELECT DISTINCT account FROM leaves WHERE log = ?1")?;
        Ok(statement.query_map([&log.0[..]], |row| id_column(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// Whether a log cannot go on, by what this device itself saw there.
    pub fn is_broken(&self, row: &LogRow) -> Done<bool> {
        Ok(match row.state {
            State::Wedged => true,
            // The server lets it read no more, and no commit that it read put it out.
            State::Closed => self.has_asked(row.log)? || self.is_alone_after(row)?,
            State::Replaced => self.is_alone_after(row)?,
            State::Live => self.may_be_apart(row.log)?,
        })
    }

    /// Whether this device was added again lately, as it asked, and has heard one account at the most since. The member who broke the log
    /// may have added it, in an epoch that nobody else has.
    fn may_be_apart(&self, log: LogId) -> Done<bool> {
        if self.came_by(log)? == 0 || !self.has_asked(log)? {
            return Ok(false);
        }
        let own = self.me()?.account();
        let (heard, there): (i64, i64) = self
            .db
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE newest > 0), count(*)
                 FROM (SELECT max(counter) AS newest FROM leaves WHERE log = ?1 AND account != ?2 GROUP BY account)",
            )?
            .query_row(params![&log.0[..], &own.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(heard <= 1 && heard < there)
    }

    /// Whether this device continued a log and nobody came: the others are where it was, and were asked to add it there.
    pub fn is_alone_after(&self, row: &LogRow) -> Done<bool> {
        match self.active_log(row.thread)?.filter(|active| *active != row.log) {
            Some(active) => Ok(self.ever_asked(row.log)? && self.opened_alone(active)?),
            None => Ok(false),
        }
    }

    /// Whether this device began a log, and nobody else has said anything there.
    pub fn opened_alone(&self, log: LogId) -> Done<bool> {
        let own = self.me()?.account();
        let mut others = self
            .db
            .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account != ?2 AND counter > 0")?;
        Ok(self.came_by(log)? == 0 && !others.exists(params![&log.0[..], &own.0[..]])?)
    }

    /// What a group that was joined is to the threads of this device.
    pub fn judge_place(&mut self, joined: &Joined<'_>) -> Done<Verdict> {
        let (outside, state) = (joined.welcome, joined.state);
        let same = outside.kind == state.kind
            && outside.name == state.name
            && outside.successor_of == state.successor_of;
        if !same {
            return Ok(Verdict::Lies);
        }
        if joined.consent == Consent::Agreed {
            return Ok(Verdict::Goes);
        }
        match state.kind() {
            // Two accounts alone can be in it: `settle_place` says which of several is used.
            ConversationKind::Pair if self.is_anothers_chat(joined)? => Ok(Verdict::Refused),
            ConversationKind::Pair => Ok(Verdict::Goes),
            ConversationKind::Own => self.judge_own_place(joined),
            ConversationKind::Group => match self.log_row(joined.log)? {
                Some(row) => self.judge_again(joined, &row),
                None => self.judge_successor(joined),
            },
        }
    }

    /// The conversation of own devices goes on where the primary says, and only where it cannot go on as it is.
    fn judge_own_place(&mut self, joined: &Joined<'_>) -> Done<Verdict> {
        let primary = self.is_primary(joined.device)?;
        let thread = self.thread_by_id(joined.thread)?;
        let Some(thread) = thread.filter(|thread| thread.active_log.is_some()) else {
            return Ok(Verdict::Goes);
        };
        let goes = match self.log_row(joined.log)? {
            Some(row) => primary || self.is_broken(&row)?,
            None => primary && self.continues(&thread, joined.state)?,
        };
        Ok(if goes { Verdict::Goes } else { Verdict::Refused })
    }

    /// Whether a state names the newest place of a thread as what it continues, or what that continues too, and it is broken.
    fn continues(&self, thread: &Thread, state: &ConversationState) -> Done<bool> {
        let Ok(old) = LogId::try_from(&state.successor_of[..]) else { return Ok(false) };
        let Some(row) = self.log_row(old)?.filter(|row| row.thread == thread.id) else { return Ok(false) };
        if thread.active_log == Some(old) {
            // Where the server was put back, others had read what it forgot, and this device may not have.
            return Ok(self.is_broken(&row)? || self.was_put_back(old)?);
        }
        Ok(row.state == State::Replaced && thread.state.successor_of == state.successor_of)
    }

    /// This device went on elsewhere and comes back. What it said where nobody was is said to the others, if they are those whom it
    /// was for.
    pub fn back_from(&mut self, elsewhere: LogId, joined: &Joined<'_>) -> Done<()> {
        if let Some(row) = self.log_row(elsewhere)? {
            self.drop_of_place(&row)?;
        }
        self.set_log_state(elsewhere, State::Replaced)?;
        let known = joined.known.as_ref().filter(|known| joined.accounts.is_subset(&known.accounts));
        let Some(known) = known else { return Ok(()) };
        if !self.opened_alone(elsewhere)? {
            return Ok(());
        }
        let mut statement = self.db.prepare_cached("SELECT log FROM logs WHERE thread = ?1 AND log != ?2")?;
        let logs = statement
            .query_map(params![joined.thread, &joined.log.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        for log in logs {
            if self.opened_alone(log)? {
                self.resend_all_of(joined.thread, log, &known.accounts)?;
            }
        }
        Ok(())
    }

    /// Added again to a log that this device knows.
    fn judge_again(&mut self, joined: &Joined<'_>, row: &LogRow) -> Done<Verdict> {
        if !self.is_broken(row)? {
            return Ok(Verdict::Asks);
        }
        let Some(view) = &joined.known else { return Ok(Verdict::Asks) };
        let may = self.may_move(view, None, joined, true)?;
        Ok(if may { Verdict::Goes } else { Verdict::Asks })
    }

    fn judge_successor(&mut self, joined: &Joined<'_>) -> Done<Verdict> {
        let thread = self.thread_by_id(joined.thread)?;
        let Some(thread) = thread.filter(|thread| thread.active_log.is_some()) else {
            return Ok(Verdict::Goes);
        };
        let old = LogId::try_from(&joined.state.successor_of[..]).ok();
        if self.leads_another_way(joined)? {
            return Ok(Verdict::Goes);
        }
        let row = old.map(|old| self.log_row(old)).transpose()?.flatten();
        let Some(row) = row.filter(|row| row.thread == thread.id) else { return Ok(Verdict::Invitation) };
        let newest = thread.active_log == Some(row.log);
        if !newest && thread.state.successor_of != joined.state.successor_of {
            return Ok(Verdict::Invitation);
        }
        // Where the person's first device is already, this one need not find the place before broken itself.
        let led = joined.sender == self.me()?.account() && self.is_primary(joined.device)?;
        if !led && !self.continues(&thread, joined.state)? {
            return Ok(Verdict::Asks);
        }
        let (Some(view), offender) = (self.last_view(row.log)?, self.offender(row.log)?) else {
            return Ok(Verdict::Asks);
        };
        // Put out of one continuation, somebody opens another.
        if let Some(active) = thread.active_log
            && self.was_put_out(active, joined.sender)?
        {
            return Ok(Verdict::Refused);
        }
        if !view.accounts.contains(&joined.sender) || offender == Some(joined.sender) {
            return Ok(Verdict::Refused);
        }
        let may = joined.keeps && self.may_move(&view, offender, joined, false)?;
        Ok(if may { Verdict::Goes } else { Verdict::Asks })
    }

    /// Judges the difference between what this device last knew and a joined group as one commit by the Welcome's sender. In a
    /// continuation nobody counts as removed: who is missing has not come yet, and every member may bring them.
    fn may_move(
        &mut self,
        view: &LastView,
        offender: Option<AccountId>,
        joined: &Joined<'_>,
        same_log: bool,
    ) -> Done<bool> {
        let (old, new, sender) = (&view.state, joined.state, joined.sender);
        if !view.accounts.contains(&sender) || old.kind != new.kind || old.members != new.members {
            return Ok(false);
        }
        let admin = self.is_admin(old, sender);
        let me = self.me()?.account();
        let missing: BTreeSet<AccountId> =
            view.accounts.iter().copied().filter(|account| !joined.accounts.contains(account)).collect();
        for account in joined.accounts.difference(&view.accounts) {
            let may = *account == me || admin || old.permissions.unwrap_or_default().add() == Who::Members;
            if !may {
                return Ok(false);
            }
        }
        if offender.is_some_and(|offender| joined.accounts.contains(&offender)) {
            return Ok(false);
        }
        if same_log && !admin {
            for account in &missing {
                let left = self.core.session.leavers.contains(&(joined.log, *account));
                if !left && !self.person(*account)?.is_some_and(|person| person.gone) {
                    return Ok(false);
                }
            }
        }
        if admin {
            return Ok(true);
        }
        // Where admins alone add, nobody else decides who is in it.
        let closed = old.permissions.unwrap_or_default().add() == Who::Admins;
        if closed && !same_log && !self.is_heir_after(joined, view, offender)? {
            return Ok(false);
        }
        let texts = (&old.name, &old.description, &old.picture, old.disappearing_seconds)
            == (&new.name, &new.description, &new.picture, new.disappearing_seconds);
        let permissions = old.permissions.unwrap_or_default();
        let edits = permissions == new.permissions.unwrap_or_default()
            && (texts || permissions.edit() == Who::Members);
        Ok(edits && self.are_same_admins(view, offender, joined, &missing)?)
    }

    /// Whether a group's admins are those of before, but for who is gone; where none is left, the one whom chance names.
    fn are_same_admins(
        &mut self,
        view: &LastView,
        offender: Option<AccountId>,
        joined: &Joined<'_>,
        missing: &BTreeSet<AccountId>,
    ) -> Done<bool> {
        let before = without(&accounts(&view.state.admins), offender);
        let now = accounts(&joined.state.admins);
        if before.is_empty() {
            let Ok(old) = LogId::try_from(&joined.state.successor_of[..]) else { return Ok(false) };
            let heir = self.heir(old, &without(&view.accounts, offender))?;
            return Ok(now.iter().copied().eq(heir));
        }
        Ok(now.is_subset(&before) && before.difference(&now).all(|gone| missing.contains(gone)))
    }

    fn is_heir_after(
        &mut self,
        joined: &Joined<'_>,
        view: &LastView,
        offender: Option<AccountId>,
    ) -> Done<bool> {
        let Ok(old) = LogId::try_from(&joined.state.successor_of[..]) else { return Ok(false) };
        if !without(&accounts(&view.state.admins), offender).is_empty() {
            return Ok(false);
        }
        Ok(self.heir(old, &without(&view.accounts, offender))? == Some(joined.sender))
    }

    /// Whether somebody becomes the admin of what continues a log, since none is left.
    pub fn is_heir(&mut self, log: LogId, state: &ConversationState, account: AccountId) -> Done<bool> {
        let offender = self.offender(log)?;
        if !without(&accounts(&state.admins), offender).is_empty() {
            return Ok(false);
        }
        let remaining = without(&self.accounts_in(log)?, offender);
        Ok(self.heir(log, &remaining)? == Some(account))
    }

    /// Who becomes an admin where none is left. The secret is one that the last epoch's members alone had, and nobody before it.
    pub fn heir(&mut self, old: LogId, remaining: &BTreeSet<AccountId>) -> Done<Option<AccountId>> {
        let token = match self.with_group(old, |group, _, _| group.write_token()) {
            Ok(token) => token,
            Err(Fail::User(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let rank = |account: &AccountId| Hash32::of(&[HEIR_LABEL, token.expose(), &account.0]).0;
        Ok(remaining.iter().copied().min_by_key(rank))
    }

    // ---- Going there ----

    /// As if nothing had been joined.
    pub fn unjoin(&mut self, log: LogId) -> Done<()> {
        self.forget_group(log);
        self.db.execute_batch("ROLLBACK TO joining; RELEASE joining")?;
        Ok(())
    }

    pub fn consent_to(&self, log: LogId) -> Done<Consent> {
        let mut statement = self.db.prepare_cached("SELECT accepted FROM offers WHERE log = ?1")?;
        Ok(Consent::of(statement.query_row([&log.0[..]], |row| row.get(0))?))
    }

    /// Which thread a joined log belongs to, and whether it is the one that goes on.
    pub fn settle_place(
        &mut self,
        thread: i64,
        log: LogId,
        pair: Option<AccountId>,
        state: &ConversationState,
    ) -> Done<i64> {
        match pair {
            Some(other) => self.settle_pair(thread, log, other, state),
            None => self.settle_group(thread, log, state),
        }
    }

    fn settle_group(&mut self, thread: i64, log: LogId, state: &ConversationState) -> Done<i64> {
        let current = self.thread_by_id(thread)?;
        let active = match current.as_ref().and_then(|thread| thread.active_log) {
            Some(active) => self.log_row(active)?.filter(|row| row.log != log),
            None => None,
        };
        if let Some(rival) = active {
            let same = !state.successor_of.is_empty()
                && current.is_some_and(|thread| thread.state.successor_of == state.successor_of);
            if rival.state == State::Live && same && !self.is_where_most_are(log, rival.log, state)? {
                self.set_log_state(log, State::Replaced)?;
                return Ok(thread);
            }
            if rival.state != State::Closed {
                self.set_log_state(rival.log, State::Replaced)?;
            }
            if same {
                self.resend_alone(thread, rival.log)?;
            }
        }
        self.set_active_log(thread, log, state)?;
        Ok(thread)
    }

    /// Accounts of the place before that said something in a continuation. All members read all of them, so they count alike.
    fn heard_in(&self, log: LogId, before: LogId) -> Done<i64> {
        let own = self.me()?.account();
        let mut statement = self.db.prepare_cached(
            "SELECT count(*) FROM (
                 SELECT account FROM leaves WHERE log = ?1 AND counter > 0
                     AND account IN (SELECT account FROM leaves WHERE log = ?2)
                 UNION SELECT ?3 FROM logs WHERE log = ?1 AND counter > 0)",
        )?;
        Ok(statement.query_row(params![&log.0[..], &before.0[..], &own.0[..]], |row| row.get(0))?)
    }

    /// Of two continuations of one log: where most of its accounts were heard; where as many, the one with the lower id.
    fn is_where_most_are(&self, log: LogId, rival: LogId, state: &ConversationState) -> Done<bool> {
        let Ok(before) = LogId::try_from(&state.successor_of[..]) else { return Ok(false) };
        let (here, there) = (self.heard_in(log, before)?, self.heard_in(rival, before)?);
        Ok(here > there || here == there && log < rival)
    }

    /// This device went on elsewhere, found itself alone and was added again where it had been, and the others came to where it had
    /// gone: most of them were heard there, and more than where it is. One of them alone moves nobody.
    fn others_followed(&self, log: LogId, before: LogId) -> Done<bool> {
        let own = self.me()?.account();
        let mut others = self.accounts_in(before)?;
        others.remove(&own);
        let own_heard = i64::from(self.has_said(log)?);
        let (here, there) = (self.heard_in(log, before)?, self.heard_in(before, before)?);
        let lost = self.log_row(before)?.is_some_and(|row| row.state != State::Live);
        Ok((here > there || lost) && 2 * (here - own_heard) > others.len() as i64)
    }

    /// Whether this account said anything in a log.
    fn has_said(&self, log: LogId) -> Done<bool> {
        let own = self.me()?.account();
        Ok(self.has_spoken(log, own)?
            || self
                .db
                .prepare_cached("SELECT 1 FROM logs WHERE log = ?1 AND counter > 0")?
                .exists([&log.0[..]])?)
    }

    /// Somebody was heard where this thread does not go on.
    pub fn heard_elsewhere(&mut self, row: &LogRow, thread: &Thread) -> Done<()> {
        let Some(active) = thread.active_log.filter(|active| *active != row.log) else { return Ok(()) };
        if row.state != State::Replaced
            || thread.kind == ConversationKind::Pair
            || thread.state.successor_of[..] == row.log.0
        {
            return Ok(());
        }
        let Some(LastView { state, .. }) = self.last_view(row.log)? else { return Ok(()) };
        let rival = !state.successor_of.is_empty() && state.successor_of == thread.state.successor_of;
        let Some(left) = self.log_row(active)? else { return Ok(()) };
        let goes = match rival {
            true => left.state == State::Live && self.is_where_most_are(row.log, active, &state)?,
            false => state.successor_of[..] == active.0 && self.others_followed(row.log, active)?,
        };
        if !goes {
            return Ok(());
        }
        self.go_over(thread, &left, row, &state)?;
        self.resend_alone(thread.id, left.log)?;
        self.notice(thread.id, "This conversation goes on where most of its members are.")
    }

    /// From one live log to another one that was only read.
    fn go_over(
        &mut self,
        thread: &Thread,
        left: &LogRow,
        to: &LogRow,
        state: &ConversationState,
    ) -> Done<()> {
        self.discard_own_commit(left.log)?;
        self.drop_of_place(left)?;
        self.set_log_state(left.log, State::Replaced)?;
        self.set_log_state(to.log, State::Live)?;
        self.set_active_log(thread.id, to.log, state)?;
        self.announce_reader(thread.id, to.log, to.next_reader.clone())?;
        // While it was only read nobody put out who was dropped.
        let members = self.with_group(to.log, |group, _, _| Ok(group.members()))?;
        self.put_out_dropped(to, &members, &self.accounts_in(to.log)?)
    }

    // ---- What is said of it ----

    /// What a thread was before it goes on in what was joined, and who broke it where that is known.
    pub fn place_before(&mut self, joined: &Joined<'_>) -> Done<Option<(LastView, Option<AccountId>)>> {
        if let Some(LastView { accounts, state }) = &joined.known {
            return Ok(Some((LastView { accounts: accounts.clone(), state: state.clone() }, None)));
        }
        let Ok(old) = LogId::try_from(&joined.state.successor_of[..]) else { return Ok(None) };
        let here = self.log_row(old)?.is_some_and(|row| row.thread == joined.thread);
        if !here {
            return Ok(None);
        }
        let offender = self.offender(old)?;
        Ok(self.last_view(old)?.map(|view| (view, offender)))
    }

    /// Tells what is another in the place where a thread goes on now. `before`: as it was, and who broke it where that is known.
    pub fn tell_move(
        &mut self,
        thread: i64,
        before: &LastView,
        offender: Option<AccountId>,
        joined: &Joined<'_>,
    ) -> Done<()> {
        let same_log = joined.known.is_some();
        let (me, sender) = (self.me()?.account(), joined.sender);
        let by = self.name_of(sender)?;
        if !same_log {
            let line = match sender == me {
                true => "This conversation had to be continued with new keys. Nothing was lost.".to_owned(),
                false => format!("{by} continued this conversation with new keys. Nothing was lost."),
            };
            self.notice(thread, &line)?;
        }
        let mut missing = without(&before.accounts, offender);
        missing.retain(|account| *account != me && !joined.accounts.contains(account));
        let removed = if same_log { std::mem::take(&mut missing) } else { BTreeSet::new() };
        for account in removed.into_iter().chain(offender) {
            let who = self.name_of(account)?;
            self.notice(thread, &format!("{by} removed {who}."))?;
        }
        let mut added = joined.accounts.clone();
        added.retain(|account| *account != me && !before.accounts.contains(account));
        for names in self.names_of(&added)? {
            self.notice(thread, &format!("{by} added {names}."))?;
        }
        if let Some(row) = self.log_row(joined.log)? {
            self.notice_state_change(&row, sender, &before.state, joined.state)?;
        }
        self.tell_missing(thread, joined.log, &missing)
    }

    /// Who is still to come, and is awaited.
    pub fn tell_missing(&mut self, thread: i64, log: LogId, missing: &BTreeSet<AccountId>) -> Done<()> {
        for account in missing {
            self.account_parted(log, *account, true)?;
        }
        for names in self.names_of(missing)? {
            self.notice(thread, &format!("Not here yet: {names}."))?;
        }
        Ok(())
    }

    fn names_of(&self, accounts: &BTreeSet<AccountId>) -> Done<Vec<String>> {
        let names = accounts.iter().map(|account| self.name_of(*account)).collect::<Done<Vec<_>>>()?;
        Ok(names.chunks(NAMED_AT_ONCE).map(|some| some.join(", ")).collect())
    }

    /// A Welcome that moved nothing: the line that says so, and the request where the person may follow. Who sends one after the
    /// other is told of once, and has one request; nobody's takes the place of another's.
    pub fn place_stays(&mut self, log: LogId, thread: i64, sender: AccountId, verdict: Verdict) -> Done<()> {
        let who = self.name_of(sender)?;
        let line = match verdict {
            Verdict::Lies => format!("An invitation by {who} was not what it said, and was refused."),
            Verdict::Asks if self.log_row(log)?.is_some() => format!(
                "{who} asks you back into this conversation. It stays as it is unless you accept the request."
            ),
            Verdict::Asks => format!(
                "{who} tried to continue this conversation in another place. It stays here unless you accept the request."
            ),
            _ => format!("{who} tried to continue this conversation in another place. It stays here."),
        };
        // Whom the person of a left conversation could follow is nobody's question.
        if verdict != Verdict::Asks || !self.thread_by_id(thread)?.is_some_and(|thread| thread.is_in()) {
            self.drop_offer(log)?;
            return self.notice(thread, &line);
        }
        let asked = self
            .db
            .prepare_cached(
                "DELETE FROM offers WHERE thread = ?1 AND accepted = ?2 AND log != ?3 AND account = ?4",
            )?
            .execute(params![thread, Consent::AsksToFollow as i64, &log.0[..], &sender.0[..]])?;
        self.db
            .prepare_cached("UPDATE offers SET accepted = ?2 WHERE log = ?1")?
            .execute(params![&log.0[..], Consent::AsksToFollow as i64])?;
        self.db
            .prepare_cached(
                "DELETE FROM offers WHERE thread = ?1 AND accepted = ?2 AND log NOT IN (
                     SELECT log FROM offers WHERE thread = ?1 AND accepted = ?2 ORDER BY at_ms DESC, log LIMIT ?3)",
            )?
            .execute(params![thread, Consent::AsksToFollow as i64, ASK_TO_FOLLOW])?;
        if asked > 0 { Ok(()) } else { self.notice(thread, &line) }
    }

    /// A place was found broken after others had gone on: what they sent is judged anew.
    pub fn judge_offers_anew(&mut self, thread: i64) -> Done<()> {
        self.db
            .prepare_cached("UPDATE offers SET accepted = ?2 WHERE thread = ?1 AND accepted = ?3")?
            .execute(params![thread, Consent::AsItSeems as i64, Consent::AsksToFollow as i64])?;
        self.core.session.chores = true;
        Ok(())
    }

    /// Whether a thread's person is asked whether to follow, and where to: the newest of several requests, and the others after it.
    pub fn asks_to_follow(&self, thread: i64) -> Done<Option<LogId>> {
        let log = self
            .db
            .prepare_cached(
                "SELECT log FROM offers WHERE thread = ?1 AND accepted = ?2 ORDER BY at_ms DESC, log LIMIT 1",
            )?
            .query_row(params![thread, Consent::AsksToFollow as i64], |row| id_column(row, 0))
            .optional()?;
        Ok(log)
    }

    /// The person follows, or stays.
    pub fn answer_follow(&mut self, log: LogId, follows: bool) -> Done<()> {
        if !follows {
            return self.drop_offer(log);
        }
        self.core.session.chores = true;
        self.db
            .prepare_cached("UPDATE offers SET accepted = ?2 WHERE log = ?1")?
            .execute(params![&log.0[..], Consent::Agreed as i64])?;
        Ok(())
    }

    /// How a thread stands to somebody who adds this device to a log of it again: without the person only where this device asked,
    /// and by a member.
    pub fn seems_again(&self, row: &LogRow, sender: AccountId) -> Done<bool> {
        Ok(self.is_broken(row)? && self.was_member(row.log, sender)?)
    }

    /// Whether an offer would be the continuation of a thread's newest place, as far as shows outside of it.
    pub fn seems_to_continue(&self, welcome: &content::Welcome, sender: AccountId) -> Done<Option<i64>> {
        let Ok(old) = LogId::try_from(&welcome.successor_of[..]) else { return Ok(None) };
        let Some(row) = self.log_row(old)? else { return Ok(None) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(None) };
        let newest = thread.active_log == Some(old);
        let rival = row.state == State::Replaced && thread.state.successor_of[..] == old.0;
        let seems = (newest || rival)
            && thread.is_in()
            && thread.kind == welcome.kind()
            && self.was_member(old, sender)?
            && self.offender(old)? != Some(sender);
        Ok(seems.then_some(thread.id))
    }
}

pub fn accounts(list: &[bytes::Bytes]) -> BTreeSet<AccountId> {
    list.iter().filter_map(|id| AccountId::try_from(&id[..]).ok()).collect()
}

fn without(accounts: &BTreeSet<AccountId>, one: Option<AccountId>) -> BTreeSet<AccountId> {
    accounts.iter().copied().filter(|account| Some(*account) != one).collect()
}
