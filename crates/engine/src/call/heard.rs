//! What others say of calls, and who may make this device ring.

use casemate_content::call::{Move, Said, What, parse};
use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, Who};
use casemate_crypto::{AppliedCommit, LeafInfo};
use casemate_wire::ids::{AccountId, CallId, LogId};

use super::both::Both;
use super::row::{Begun, Call};
use super::state::{Happens, Outcome, RING_MS, State, Whose};
use crate::contact::Standing as PersonStanding;
use crate::core::{Ctx, Done};
use crate::log::LogRow;
use crate::thread::{Standing, Thread};

/// Calls of one account in [`SHORT_MS`], and in a day, by the time at which the server took them, without those that were
/// answered; those that it only says to be in count alike. Whoever calls more often neither rings nor fills a list; their call can
/// be joined.
const RINGS_SHORT: i64 = 3;
const SHORT_MS: i64 = 5 * 60_000;
const RINGS_A_DAY: i64 = 30;
pub const DAY_MS: i64 = 86_400_000;

/// Declined calls that are remembered until they are offered. More than ring at once: a device may have been away for a day.
const DECLINED: usize = 64;

/// Rings at once, of anybody.
const RINGS_AT_ONCE: i64 = 4;

/// Whether a call may ring.
#[derive(Debug, PartialEq, Eq)]
enum Ringing {
    /// Until then, by this device's clock.
    Until(i64),
    /// It came too late, or while much else rang, so it was missed.
    Late,
    /// Its conversation's rules, or the person's, say no. It can be joined.
    Silent,
    /// Its caller called too often. It can be joined.
    TooOften,
}

impl Ctx<'_> {
    /// A content about a call. Whatever is wrong with it, it is dropped without a word.
    pub fn call_received(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        at_ms: i64,
        plaintext: &[u8],
        body: &content::Content,
    ) -> Done<()> {
        let Ok(said) = parse(plaintext, body) else {
            tracing::info!(log = ?row.log, "a malformed call was dropped");
            return Ok(());
        };
        let accepted = thread.standing == Standing::Active && thread.active_log == Some(row.log);
        if !accepted || thread.kind == ConversationKind::Own {
            return Ok(());
        }
        match said.what {
            What::Offer { video } => self.call_offered(row, thread, sender, at_ms, video, &said),
            What::Step(Move::Left) => {
                match self.call_given_up(row, thread, sender, body.seen_entry, &said)? {
                    Some(call) => self.happens(call, Happens::GivenUp),
                    None => self.call_stepped(row, thread, sender, at_ms, Move::Left, &said),
                }
            }
            What::Step(step) => self.call_stepped(row, thread, sender, at_ms, step, &said),
        }
    }

    /// The call of two whose caller leaves, where they have not read yet that this device answered. To them nobody did, and so
    /// it is here.
    fn call_given_up(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        seen_entry: u64,
        said: &Said,
    ) -> Done<Option<Call>> {
        let Some(call) = self.call_named(row.log, said.call)? else { return Ok(None) };
        let answered = self.core.calls.media.get(&call.id).and_then(|media| media.answered);
        if thread.pair.is_none() || answered.is_none_or(|entry| entry <= seen_entry) {
            return Ok(None);
        }
        let call = Some(call).filter(|call| {
            (call.account, call.device) == (sender.account, sender.device)
                && call.state == (State::In { until_ms: None })
        });
        // An own other device may have talked with them.
        match call {
            Some(call)
                if self.count_devices(call.id)? == (1, 1)
                    && self.device_left(call.id, sender.account, sender.device)? =>
            {
                Ok(Some(call))
            }
            _ => Ok(None),
        }
    }

    /// What this device says of a call is in the log.
    pub fn own_step_entered(&mut self, log: LogId, step: &content::CallStep, entry: u64) -> Done<()> {
        let Ok(named) = CallId::try_from(&step.call[..]) else { return Ok(()) };
        if matches!(step.r#move(), content::CallMove::Joined | content::CallMove::JoinedAsking)
            && let Some(call) = self.call_named(log, named)?
            && let Some(media) = self.core.calls.media.get_mut(&call.id)
        {
            media.answered = media.answered.map(|known| known.min(entry));
        }
        Ok(())
    }

    fn call_offered(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        at_ms: i64,
        video: bool,
        said: &Said,
    ) -> Done<()> {
        // A call is offered once; what names it again is no other one.
        if self.is_muted(thread, sender.account) || self.call_named(row.log, said.call)?.is_some() {
            return Ok(());
        }
        let own = sender.account == self.me()?.account();
        let (ringing, both) = match own {
            true => (Ringing::Silent, Both::Not),
            false => (
                self.may_ring(thread, sender.account, at_ms, said.at_ms)?,
                self.both_call(thread, said.call, at_ms)?,
            ),
        };
        let mut declined = self.core.calls.declined.iter();
        let declined =
            declined.any(|(log, named)| *named == said.call && log.is_none_or(|log| log == row.log));
        let (state, outcome) = match ringing {
            _ if declined => (State::GoesOn, Outcome::Declined),
            Ringing::Until(until_ms) if both != Both::Ours => (State::Ringing { until_ms }, Outcome::Open),
            Ringing::Late if both == Both::Not => (State::GoesOn, Outcome::Missed),
            Ringing::Silent if own => (State::GoesOn, Outcome::Elsewhere),
            Ringing::TooOften => (State::GoesOn, Outcome::TooOften),
            Ringing::Until(_) | Ringing::Late | Ringing::Silent => (State::GoesOn, Outcome::Silent),
        };
        let call = Call { video, state, outcome, ..self.call_heard_of(row, thread, sender, at_ms, said)? };
        let begun = match state {
            State::Ringing { .. } => Begun::Rings,
            // It leaves nothing in the list: the two met in the other one.
            _ if both == Both::Ours => Begun::HeardOf,
            _ => Begun::Silently,
        };
        // What this device is about to take, or what it met in another one's place, is no ring.
        let is_kept = match (outcome, both) {
            (Outcome::TooOften, Both::Ours) => self.insert_heard_of(&call)?,
            (Outcome::TooOften, Both::Not) => self.insert_too_often(&call)?,
            (Outcome::TooOften, Both::Theirs) if self.are_enough_heard_of(thread.id)? => {
                self.insert_too_often(&call)?
            }
            _ => {
                self.insert_call(&call, begun)?;
                true
            }
        };
        if !is_kept {
            return match self.find_call(call.id)? {
                // A list that is open shows the number.
                Some(counted) => self.call_changed(&counted),
                None => Ok(()),
            };
        }
        match both {
            Both::Theirs => self.core.calls.meets = Some(call.id),
            Both::Not if own => self.sibling_calls(thread, call.named, at_ms)?,
            Both::Not | Both::Ours => {}
        }
        self.device_joined(call.id, sender.account, sender.device, said.participant)?;
        self.spoken_heard(call.id, sender, said)?;
        if outcome == Outcome::Missed {
            self.note_outcome(&call, outcome)?;
        }
        // What rings is told as soon as all that is known was read.
        if state == State::GoesOn { self.call_changed(&call) } else { Ok(()) }
    }

    /// Whether only admins say something in a group, and they are none.
    pub(super) fn is_muted(&self, thread: &Thread, account: AccountId) -> bool {
        let send = thread.state.permissions.unwrap_or_default().send;
        send == Who::Admins as i32 && !self.is_admin(&thread.state, account)
    }

    fn calls_too_often(&self, from: AccountId, taken_ms: i64) -> Done<bool> {
        Ok(self.calls_since(from, taken_ms.saturating_sub(SHORT_MS))? >= RINGS_SHORT
            || self.calls_since(from, taken_ms.saturating_sub(DAY_MS))? >= RINGS_A_DAY)
    }

    fn may_ring(&self, thread: &Thread, from: AccountId, taken_ms: i64, said_ms: i64) -> Done<Ringing> {
        if self.calls_too_often(from, taken_ms)? {
            return Ok(Ringing::TooOften);
        }
        let person = self.person(from)?;
        let contact =
            person.is_some_and(|person| person.standing == PersonStanding::Contact && !person.blocked);
        if !contact || self.is_unknown_here(thread.id, from)? {
            return Ok(Ringing::Silent);
        }
        let now = self.server_now();
        let age = now.saturating_sub(taken_ms.min(said_ms));
        // A clock that is ahead makes nothing ring for longer.
        let ahead = said_ms.saturating_sub(now) >= RING_MS;
        if age >= RING_MS || ahead || self.ringing_now()? >= RINGS_AT_ONCE {
            return Ok(Ringing::Late);
        }
        Ok(Ringing::Until(self.now_ms.saturating_add(RING_MS - age.max(0))))
    }

    /// A call that goes on and does not ring.
    fn call_heard_of(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        at_ms: i64,
        said: &Said,
    ) -> Done<Call> {
        Ok(Call {
            id: self.handle_for(said.call)?,
            named: said.call,
            thread: thread.id,
            log: row.log,
            account: sender.account,
            device: sender.device,
            video: false,
            at_ms,
            heard_ms: self.now_ms,
            state: State::GoesOn,
            outcome: Outcome::Silent,
            times: 1,
        })
    }

    fn call_stepped(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        at_ms: i64,
        step: Move,
        said: &Said,
    ) -> Done<()> {
        let call = match self.call_named(row.log, said.call)? {
            Some(call) => call,
            // Of a call that began before this device came: it can be joined, and does not ring.
            None if step == Move::Joined && !self.is_muted(thread, sender.account) => {
                let call = self.call_heard_of(row, thread, sender, at_ms, said)?;
                // Own other devices may be in as many as they like.
                let own = sender.account == self.me()?.account();
                if !own && self.calls_too_often(sender.account, at_ms)? || !self.insert_heard_of(&call)? {
                    return Ok(());
                }
                call
            }
            None => return Ok(()),
        };
        if step == Move::Joined {
            self.repeat_signs(&call)?;
            self.device_is_in(call.clone(), thread, sender, said.participant)?;
            self.spoken_heard(call.id, sender, said)?;
            return self.ask_who_is_all_there(&call);
        }
        if call.state == State::Over
            || step == Move::Left && !self.device_left(call.id, sender.account, sender.device)?
        {
            return Ok(());
        }
        let sibling = sender.account == self.me()?.account();
        let whose = if sibling { Whose::Sibling } else { Whose::Theirs };
        let before = call.clone();
        let what = match step {
            Move::Declined if !sibling && self.all_declined(call.id, thread, sender.account)? => {
                Happens::AllDeclined
            }
            _ => Happens::Step(whose, step),
        };
        self.happens(call, what)?;
        // Who is in it changed, though for this device it is what it was.
        let now = self.find_call(before.id)?;
        if now.as_ref() == Some(&before) && step != Move::Declined {
            self.call_changed(&before)
        } else {
            Ok(())
        }
    }

    /// Somebody declines a call of this device's. Whether with them all did who can answer; whoever has not come into the
    /// conversation yet cannot. Whoever it did not ring for says nothing, and is waited for: that it did not ring stays theirs.
    fn all_declined(&mut self, call: CallId, thread: &Thread, account: AccountId) -> Done<bool> {
        let Some(media) = self.core.calls.media.get_mut(&call) else { return Ok(false) };
        media.declined.insert(account);
        let own = self.me()?.account();
        for member in self.thread_accounts(thread)? {
            let declined =
                self.core.calls.media.get(&call).is_some_and(|media| media.declined.contains(&member));
            if member != own && !declined && self.has_come(thread, member)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Another own device declined.
    pub fn own_call_received(&mut self, said: &content::OwnCall) -> Done<()> {
        let Ok(named) = CallId::try_from(&said.call[..]) else { return Ok(()) };
        let log = LogId::try_from(&said.log[..]).ok();
        let known = match log {
            Some(log) => self.call_named(log, named)?,
            // An earlier version does not say in which conversation.
            None => self.find_call(named)?,
        };
        match known {
            Some(call) => self.happens(call, Happens::DeclinedElsewhere),
            // Read before the conversation in which it is offered.
            None => {
                let declined = &mut self.core.calls.declined;
                declined.push_back((log, named));
                if declined.len() > DECLINED {
                    declined.pop_front();
                }
                Ok(())
            }
        }
    }

    /// A commit changed who is in a conversation: who was removed is in none of its calls, those in them get new keys,
    /// and who came learns of them.
    pub fn calls_after_commit(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<()> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        for call in self.calls_of_log(row.log)? {
            let mut left = false;
            for leaf in &applied.removed {
                left |= self.device_left(call.id, leaf.account, leaf.device)?;
                self.core.calls.spoken.forget_device(call.id, (leaf.account, leaf.device));
            }
            if left {
                self.happens(call.clone(), Happens::Step(Whose::Theirs, Move::Left))?;
            }
            let Some(call) = self.find_call(call.id)? else { continue };
            if !matches!(call.state, State::In { .. }) || applied.self_removed {
                continue;
            }
            // In strict mode nobody is heard by devices that the person has not looked at.
            if let Some(held) = self.held(call.thread)? {
                self.call_failed(call, &held.why)?;
                continue;
            }
            self.new_keys(&call, !applied.removed.is_empty())?;
            self.look_for_spoken(&call)?;
            let lowest = self.call_devices(call.id)?.first().map(|(account, device, _)| (*account, *device));
            if !applied.added.is_empty() && lowest == Some(own) {
                self.tell_step(&call, Move::Joined, false)?;
            }
        }
        Ok(())
    }
}
