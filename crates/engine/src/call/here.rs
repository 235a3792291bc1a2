//! Who is in a call now. Joining and leaving are entries and last; but who was killed in a call says no longer that they
//! left. So each device in one says past the log that it still is, and a call of which nobody says so is over for those who
//! are not in it: neither who was killed nor who only spoke of a call keeps anybody from ringing.
//!
//! ```text
//! in a call ──here, every 30 to 60 s──▶ members       nothing heard for 150 s ──▶ over, for who is not in it
//!                                                       of one device of a group ──▶ it is listed no longer
//!
//! call.start where one goes on ──is anybody in it?──▶ in it ──here──▶ joins it
//!                                    └───────(nobody within 2.5 s)──▶ rings
//!
//! added to a group where one goes on ──who is all in it?──▶ in it ──here, and signs, within seconds──▶ members
//! in a call, connected again ──────────────────┘
//!
//! in a call of two ──(media say for 30 s that nothing is heard, and nobody answers either)──▶ over
//! ```
//! A word that is lost is no loss: the next one comes, and a call that was thought to be over goes on again with it.

use std::collections::BTreeSet;

use casemate_api::command::CallStart;
use casemate_api::view;
use casemate_content::call::Move;
use casemate_content::proto as content;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, CallId, LogId, ParticipantId};

use super::permit::Tap;
use super::row::Call;
use super::state::{Happens, Outcome, State, Whose};
use super::{ANOTHER, offline};
use crate::core::{Ctx, Done, Fail, not_allowed};
use crate::thread::Thread;

/// A device in a call says that it is after so long, and up to so much longer. Of calls with many it says so more rarely:
/// somebody is heard of anyway.
const AGAIN_MS: i64 = 30_000;
const AGAIN_JITTER_MS: u64 = 30_000;
const MANY: usize = 8;

/// Accounts that answered who asks: in calls of many the others need not any more. One alone may be nobody to who asks.
const ANSWERED: usize = 3;

/// Nothing was heard of anybody in it for so long: it is over. Two of the above may be lost. Longer shows people a call in
/// which nobody is, shorter none where the network is bad. Of a group's a single device is listed no longer after as much;
/// in calls with many, where each says it more rarely, after twice that.
pub const STALE_MS: i64 = 150_000;

/// An answer to who asks waits a little, so that not all come at once, and is not given more often.
const ANSWER_MS: i64 = 50;
const ANSWER_JITTER_MS: u64 = 1_500;
const ANSWERS_APART_MS: i64 = 1_000;

/// A device that was added asks in so long who is in a call. It hears of the call from one of those who are.
const ADDED_MS: i64 = 60_000;

/// Who asks waits so long: an answer, and a network's way there and back.
pub const ASK_MS: i64 = 2_500;

/// Of two, the other one is gone of whom nothing is heard for so long, while media say so at least every [`SAID_MS`]. Longer
/// leaves somebody alone with silence, shorter ends the call of whoever comes from one network into another.
const GONE_MS: i64 = 30_000;
const SAID_MS: i64 = 20_000;

/// A timer that comes so late was not the machine being busy.
pub const SLEPT_MS: i64 = 10_000;

/// A connection that is back: those who were not heard meanwhile are soon.
const BACK_JITTER_MS: u64 = 2_000;

/// Commands that wait for the same answer.
const COMMANDS: usize = 16;

/// When a device in a call says next that it is.
pub struct Here {
    again_ms: i64,
    answer_ms: Option<i64>,
    /// Who answered meanwhile.
    answered: BTreeSet<AccountId>,
    said_ms: i64,
}

/// Nothing is heard of the other one of two.
pub struct Unheard {
    since_ms: i64,
    last_ms: i64,
}

/// The person called where a call goes on, and whoever is in that is asked.
pub struct Asking {
    commands: Vec<u64>,
    wanted: CallStart,
    call: CallId,
    until_ms: i64,
}

impl Asking {
    pub(super) fn into_commands(self) -> Vec<u64> {
        self.commands
    }
}

impl Here {
    /// Of a device that says now that it joins.
    pub fn new(again_ms: i64) -> Self {
        Self { again_ms, answer_ms: None, answered: BTreeSet::new(), said_ms: i64::MIN }
    }

    fn due_ms(&self) -> i64 {
        self.answer_ms.map_or(self.again_ms, |answer| answer.min(self.again_ms))
    }
}

/// [`STALE_MS`] where each says something as often as in a call with so many.
fn stale_ms(devices: usize) -> i64 {
    STALE_MS * rarely(devices)
}

/// How much more rarely each says that it is in a call with so many.
fn rarely(devices: usize) -> i64 {
    if devices > MANY { 2 } else { 1 }
}

impl Ctx<'_> {
    /// When this device is to say again that it is in a call with so many.
    pub(super) fn here_again(&mut self, devices: usize) -> i64 {
        self.now_ms + (AGAIN_MS + self.jitter(AGAIN_JITTER_MS)) * rarely(devices)
    }

    /// Says of the calls of which it is time to.
    pub fn say_here(&mut self) -> Done<()> {
        self.say_spoken_again()?;
        let now = self.now_ms;
        let all = self.core.calls.media.iter();
        let due: Vec<CallId> =
            all.filter(|(_, media)| media.here.due_ms() <= now).map(|(id, _)| *id).collect();
        for id in due {
            let devices = self.call_devices(id)?.len();
            let again_ms = self.here_again(devices);
            let Some(media) = self.core.calls.media.get_mut(&id) else { continue };
            media.here = Here { said_ms: now, ..Here::new(again_ms) };
            let participant = media.participant.id().into();
            let Some(call) = self.find_call(id)?.filter(|call| matches!(call.state, State::In { .. })) else {
                continue;
            };
            let here =
                content::CallHere { call: call.named.into(), participant, ..content::CallHere::default() };
            self.send_ephemeral(call.log, EphemeralKind::CallHere(here))?;
            self.say_signs_owed(&call)?;
        }
        Ok(())
    }

    pub fn next_here(&self) -> Option<i64> {
        let asking = self.core.calls.asking.as_ref().map(|asking| asking.until_ms);
        let media = self.core.calls.media.values();
        let due = media.flat_map(|media| [Some(media.here.due_ms()), media.spoken.due_ms()]).flatten();
        due.chain(asking).min()
    }

    /// The log can be written to again. What was said past it meanwhile is lost, this device's words and the others': each is said
    /// again, the others' because they are asked, who may be back later and then ask themselves.
    pub fn call_followed(&mut self, log: LogId) -> Done<()> {
        for call in self.calls_taken()?.into_iter().filter(|call| call.log == log) {
            let soon = self.now_ms + self.jitter(BACK_JITTER_MS);
            if let Some(media) = self.core.calls.media.get_mut(&call.id) {
                media.here.again_ms = media.here.again_ms.min(soon);
                media.owe_signs();
            }
            self.ask_here(&call, true)?;
        }
        Ok(())
    }

    /// Somebody is in a call, or asks who is. Whatever is wrong with it, it is dropped without a word.
    pub fn here_received(&mut self, thread: &Thread, from: &LeafInfo, said: &content::CallHere) -> Done<()> {
        let Ok(named) = CallId::try_from(&said.call[..]) else { return Ok(()) };
        let Some(log) = thread.active_log else { return Ok(()) };
        let Some(call) = self.call_named(log, named)? else { return Ok(()) };
        let id = call.id;
        if said.ask {
            return self.answer_here(&call, said.all);
        }
        if from.account != self.me()?.account()
            && let Some(media) = self.core.calls.media.get_mut(&id)
        {
            media.unheard = None;
        }
        if said.waits {
            return Ok(());
        }
        let Ok(participant) = ParticipantId::try_from(&said.participant[..]) else { return Ok(()) };
        if let Some(media) = self.core.calls.media.get_mut(&id)
            && media.here.answer_ms.is_some()
        {
            media.here.answered.insert(from.account);
            if media.here.answered.len() >= ANSWERED {
                (media.here.answer_ms, media.here.answered) = (None, BTreeSet::new());
            }
        }
        self.device_is_in(call, thread, from, participant)?;
        match self.find_call(id)? {
            Some(call) => self.look_for_spoken(&call),
            None => Ok(()),
        }
    }

    fn answer_here(&mut self, call: &Call, all: bool) -> Done<()> {
        // All answers of a call with many are no burst either.
        let spread = if all { 1 + self.call_devices(call.id)?.len() / MANY } else { 1 };
        let soon = self.now_ms + ANSWER_MS + self.jitter(ANSWER_JITTER_MS * spread as u64);
        if let Some(media) = self.core.calls.media.get_mut(&call.id) {
            let due = soon.max(media.here.said_ms.saturating_add(ANSWERS_APART_MS));
            if all {
                // Others' answers are none for this device.
                media.here.again_ms = media.here.again_ms.min(due);
                media.owe_signs();
            } else {
                media.here.answer_ms.get_or_insert(due);
            }
            return Ok(());
        }
        let apart = self.core.calls.waits_said_ms.saturating_add(ANSWERS_APART_MS);
        if matches!(call.state, State::Fallen { .. }) && apart <= self.now_ms {
            self.core.calls.waits_said_ms = self.now_ms;
            let waits =
                content::CallHere { call: call.named.into(), waits: true, ..content::CallHere::default() };
            self.send_ephemeral(call.log, EphemeralKind::CallHere(waits))?;
        }
        Ok(())
    }

    /// Media say that nothing came of anybody for seconds. Whoever has no microphone, or was reloaded a moment ago, answers
    /// when asked; a page that was closed does not.
    pub(super) fn unheard(&mut self, call: Call) -> Done<()> {
        let is_pair = self.thread_by_id(call.thread)?.is_some_and(|thread| thread.pair.is_some());
        let (now, greeted) = (self.now_ms, self.core.session.greeted_ms);
        let online = self.online();
        let Some(media) = self.core.calls.media.get_mut(&call.id) else { return Ok(()) };
        if !is_pair || !online || call.state != (State::In { until_ms: None }) {
            media.unheard = None;
            return Ok(());
        }
        // Something was heard in between, or no answer could have come.
        let goes_on = |before: &Unheard| now - before.last_ms <= SAID_MS && greeted <= before.since_ms;
        let since_ms = media.unheard.take().filter(goes_on).map_or(now, |before| before.since_ms);
        media.unheard = Some(Unheard { since_ms, last_ms: now });
        if now - since_ms >= GONE_MS {
            return self.call_failed(call, "nothing was heard of the other side any more");
        }
        self.ask_here(&call, false)
    }

    /// This device was added to a log just now.
    pub fn added_to_log(&mut self, log: LogId) {
        let now = self.now_ms;
        self.core.calls.added_ms.retain(|_, at| now - *at < ADDED_MS);
        self.core.calls.added_ms.insert(log, now);
    }

    /// Whoever was added hears of a call from one of those who are in it. The others joined before it came, and are asked.
    pub(super) fn ask_who_is_all_there(&mut self, call: &Call) -> Done<()> {
        let added = self.core.calls.added_ms.get(&call.log);
        if added.is_none_or(|at| self.now_ms - at >= ADDED_MS) {
            return Ok(());
        }
        self.ask_here(call, true)
    }

    /// Asks whether anybody is in a call, or who is `all` in it.
    fn ask_here(&mut self, call: &Call, all: bool) -> Done<()> {
        let ask =
            content::CallHere { call: call.named.into(), ask: true, all, ..content::CallHere::default() };
        self.send_ephemeral(call.log, EphemeralKind::CallHere(ask))
    }

    /// A device is in a call that this one knows of, as it says itself.
    pub(super) fn device_is_in(
        &mut self,
        call: Call,
        thread: &Thread,
        from: &LeafInfo,
        participant: ParticipantId,
    ) -> Done<()> {
        let sibling = from.account == self.me()?.account();
        // What was too often goes on again only where there is room for it: a word of who made it is no way around the limit.
        let is_full = !sibling && call.outcome == Outcome::TooOften && self.are_enough_heard_of(thread.id)?;
        // Of two, it was over when one left. Of a group's the last one may have left while another came.
        if call.state == State::Over
            && (thread.pair.is_some() || self.is_muted(thread, from.account) || is_full)
        {
            return Ok(());
        }
        let (id, before) = (call.id, call.state);
        let is_new = self.device_joined(id, from.account, from.device, participant)?;
        // Who was started again is shown to the driver as the same device, which wishes nothing new of it.
        if is_new && let Some(media) = self.core.calls.media.get_mut(&id) {
            media.came(from.device, self.now_ms);
        }
        let whose = if sibling { Whose::Sibling } else { Whose::Theirs };
        let what = Happens::Step(whose, Move::Joined);
        let outcome = call.outcome;
        self.happens(call.clone(), what)?;
        // Who is in it changed, though for this device it is what it was.
        let after = self.find_call(id)?.map(|call| (call.state, call.outcome));
        if is_new && after == Some((before, outcome)) {
            self.call_changed(&call)?;
        }
        // Of two it is the other one who is called.
        let is_called = thread.pair.is_none() || !sibling;
        if is_called && self.core.calls.asking.as_ref().is_some_and(|asking| asking.call == id) {
            self.asked(true)?;
        }
        Ok(())
    }

    /// Of whom nothing was heard since then nothing was heard for long. `None` where this device could have heard of nobody.
    pub(super) fn stale_ms(&self) -> Option<i64> {
        let stale = self.now_ms.saturating_sub(STALE_MS);
        (self.online() && self.heard_from() <= stale).then_some(stale)
    }

    /// Since when this device could have heard of anybody.
    fn heard_from(&self) -> i64 {
        self.core.session.greeted_ms.max(self.core.calls.awake_ms)
    }

    /// Later than a timer comes: this device slept, with a connection that it believes to have still.
    pub(super) fn notice_sleep(&mut self) -> Done<()> {
        if self.next_unheard()?.is_some_and(|due| self.now_ms > due.saturating_add(SLEPT_MS)) {
            self.core.calls.awake_ms = self.now_ms;
        }
        Ok(())
    }

    /// When that is so of what was heard last at a time, where each says something as often as in a call with so many.
    pub(super) fn stale_from(&self, heard_ms: i64, devices: usize) -> Option<i64> {
        self.online().then(|| heard_ms.max(self.heard_from()).saturating_add(stale_ms(devices)))
    }

    /// Whoever was killed says no longer that they left: in a group's call they are as if they had. A word that comes later brings them
    /// back. Of two it is known otherwise (see [`Unheard`]).
    pub(super) fn drop_unheard(&mut self) -> Done<()> {
        for (id, heard_ms, devices) in self.heard_in_groups()? {
            if self.stale_from(heard_ms, devices).is_none_or(|from| from > self.now_ms) {
                continue;
            }
            let since_ms = self.now_ms.saturating_sub(stale_ms(devices));
            if self.drop_unheard_since(id, since_ms)? == 0 {
                continue;
            }
            let Some(call) = self.find_call(id)? else { continue };
            self.happens(call.clone(), Happens::Step(Whose::Theirs, Move::Left))?;
            // Who is in it changed, though for this device it is what it was.
            if self.find_call(id)?.as_ref() == Some(&call) {
                self.call_changed(&call)?;
            }
        }
        Ok(())
    }

    /// `call.start`, where a call goes on: joined only if somebody is there.
    pub(super) fn ask_who_is_there(&mut self, command: u64, wanted: &CallStart, call: &Call) -> Done<()> {
        if let Some(asking) = &mut self.core.calls.asking {
            if asking.call != call.id || asking.commands.len() >= COMMANDS {
                return Err(not_allowed(ANOTHER));
            }
            asking.commands.push(command);
            return Ok(());
        }
        let until_ms = self.now_ms + ASK_MS;
        self.core.calls.asking =
            Some(Asking { commands: vec![command], wanted: wanted.clone(), call: call.id, until_ms });
        self.ask_here(call, false)
    }

    /// It is over: there is nobody to wait for.
    pub(super) fn nobody_is_there(&mut self, call: CallId) {
        if let Some(asking) = self.core.calls.asking.as_mut().filter(|asking| asking.call == call) {
            asking.until_ms = self.now_ms;
        }
    }

    /// Nobody said in time that they are there.
    pub fn ask_no_longer(&mut self) -> Done<()> {
        match &self.core.calls.asking {
            Some(asking) if asking.until_ms <= self.now_ms => self.asked(false),
            _ => Ok(()),
        }
    }

    fn asked(&mut self, is_there: bool) -> Done<()> {
        let Some(Asking { wanted, call, .. }) = &self.core.calls.asking else { return Ok(()) };
        let (wanted, call) = (wanted.clone(), *call);
        let started = match self.join_or_ring(&wanted, call, is_there) {
            Err(Fail::User(error)) => Err(error),
            Err(other) => return Err(other),
            Ok(call) => Ok(view::CallStarted { call: call.to_hex() }),
        };
        for command in self.core.calls.commands_that_wait() {
            match &started {
                Ok(started) => self.reply(command, started),
                Err(error) => self.reply_error(command, error.clone()),
            }
        }
        Ok(())
    }

    fn join_or_ring(&mut self, wanted: &CallStart, call: CallId, is_there: bool) -> Done<CallId> {
        let thread = self.active_thread(&wanted.conversation)?;
        let log = self.joinable(&thread)?;
        let known = self.find_call(call)?.filter(|call| call.log == log);
        let Some(known) = known.filter(|call| call.state != State::Over) else {
            return self.ring(wanted, &thread, log);
        };
        // Answered meanwhile, or this device is in it still: nobody is cut off for an answer that is late.
        if matches!(known.state, State::In { .. }) {
            return Ok(call);
        }
        if is_there {
            self.may_take(&known)?;
            self.prepare_media(call, wanted.video, wanted.send.clone());
            self.happens(known, Happens::Tap(Tap::of_start(wanted, call)))?;
            return Ok(call);
        }
        self.may_write(&thread)?;
        // What rings without anybody behind it, and what nobody waits in any more, is not to go on beside the new one.
        match known.state {
            State::Ringing { .. } => self.happens(known, Happens::Decline { tell: false })?,
            State::Fallen { .. } => self.happens(known, Happens::Leave)?,
            State::GoesOn | State::In { .. } | State::Over => {}
        }
        self.ring(wanted, &thread, log)
    }

    /// The connection is gone, and nobody hears the question.
    pub fn ask_in_vain(&mut self) {
        for command in self.core.calls.commands_that_wait() {
            self.reply_error(command, offline());
        }
    }
}
