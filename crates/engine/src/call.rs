//! Calls (`call.*`): ringing, answering, leaving, and what is kept of them. Media itself is the driver's; here is who may
//! begin it, and when.
//!
//! ```text
//! a member's CallOffer ──▶ heard ──▶ state ──▶ Event::CallRinging            (nothing else exists)
//! the person's command ──▶ permit ─▶ state ──▶ Output::CallOpen{permit, keys} ──▶ the driver's media
//!                                    media ◀── Input::Call{offer}  ──▶ CallJoin ──▶ server ──▶ relay
//!                                    media ──▶ Output::CallJoined{answer}
//! ```
//! - [`state`]: the closed state machine. [`permit`]: what only the person's command makes.
//! - [`heard`]: what others say; who may make this device ring, and how often.
//! - [`media`]: the driver's side: joining through the server, keys of each epoch.
//! - [`listeners`]: who gets what this device sends, and who is there without a word.
//! - [`here`]: who is in a call now. [`signs`]: what is shown without a word. [`code`]: an epoch as pictures.
//! - [`line`]: what a conversation keeps of them. [`both`]: two who call each other at the same moment.
//! - [`spoken`]: what devices say for the keys of their frames, besides the epoch's.
//! - [`row`]: calls as they are kept and listed. [`link`]: what leads members to the call of their group.
//!
//! Rings and steps are never receipted: nothing here calls `receipt_wanted`.

mod both;
mod code;
mod heard;
mod here;
mod line;
mod link;
mod listeners;
pub mod media;
pub mod permit;
mod row;
mod signs;
mod spoken;
mod state;

use casemate_api::command::{CallAnswer, CallDecline, CallStart, MessageSend, OneCall};
use casemate_api::{Error, Event, Kind, view};
use casemate_content::call::{Move, Said, What, kind_of};
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_wire::ids::{CallId, LogId, ParticipantId, ParticipantSecret};

use crate::core::{Ctx, Done, Fail, not_allowed, not_found};
use crate::thread::{Standing, Thread};
use here::Here;
use media::Media;
use permit::Tap;
use row::{Begun, Call};
use state::{Act, Facts, Happens, Outcome, State};

/// Calls of this run: what the database does not have. Media that were made are the driver's and end with it.
#[derive(Default)]
pub struct Calls {
    media: std::collections::BTreeMap<CallId, Media>,
    asking: Option<here::Asking>,
    /// When this device was added to a log: what was said there before it never reads.
    added_ms: std::collections::BTreeMap<LogId, i64>,
    /// When this device said last that it is not in a call at this moment.
    waits_said_ms: i64,
    /// When it woke, if it slept.
    awake_ms: i64,
    /// Declined on another own device and not offered here yet, the newest last: the two are said in different logs.
    declined: std::collections::VecDeque<Declined>,
    lines: line::Lines,
    /// What devices said for the keys of their frames.
    spoken: spoken::Spoken,
    /// Begun by somebody whom this device called just then.
    meets: Option<CallId>,
    /// The last one of this device's own that was left for such a call, and that call.
    met: Option<(CallId, CallId)>,
}

impl Calls {
    /// Commands that will not be answered by what they waited for.
    pub fn commands_that_wait(&mut self) -> Vec<u64> {
        self.asking.take().map(here::Asking::into_commands).unwrap_or_default()
    }
}

/// A call that members name so, in the log that an own other device said. A version that does not say it means any.
type Declined = (Option<LogId>, CallId);

/// What a second call is refused with.
const ANOTHER: &str = "You are in another call. Leave it first.";

impl Ctx<'_> {
    /// `call.start`: rings with the others. Where somebody is in a call of the conversation already, that is joined.
    pub fn call_start(&mut self, command: u64, wanted: &CallStart) -> Done<()> {
        let thread = self.active_thread(&wanted.conversation)?;
        let log = self.joinable(&thread)?;
        let taken = self.calls_taken()?.into_iter().find(|taken| taken.thread == thread.id);
        match taken {
            // Of two, the other one may have left it, and this device has not heard of that yet.
            Some(taken) if taken.state == (State::In { until_ms: None }) && thread.pair.is_some() => {
                return self.ask_who_is_there(command, wanted, &taken);
            }
            Some(_) => {}
            None => {
                if let Some(call) = self.call_instead(&thread, log)? {
                    self.may_take(&call)?;
                    return self.ask_who_is_there(command, wanted, &call);
                }
            }
        }
        let call = self.ring(wanted, &thread, log)?.to_hex();
        self.reply(command, view::CallStarted { call });
        Ok(())
    }

    /// Begins a call, which is to say something. One that this device is in stays what it is.
    fn ring(&mut self, wanted: &CallStart, thread: &Thread, log: LogId) -> Done<CallId> {
        if let Some(taken) = self.calls_taken()?.first() {
            return if taken.thread == thread.id { Ok(taken.id) } else { Err(not_allowed(ANOTHER)) };
        }
        self.may_write(thread)?;
        let me = self.me()?;
        let (account, device) = (me.account(), me.identity.device);
        let id = CallId(self.random());
        let at_ms = self.server_now();
        let participant = self.prepare_media(id, wanted.video, wanted.send.clone());
        if let Some(media) = self.core.calls.media.get_mut(&id) {
            media.begun_with = Some(wanted.clone());
        }
        let (state, acts) = state::start(Tap::of_start(wanted, id), self.now_ms);
        let call = Call {
            id,
            named: id,
            thread: thread.id,
            log,
            account,
            device,
            video: wanted.video,
            at_ms,
            heard_ms: self.now_ms,
            state,
            outcome: Outcome::Open,
            times: 1,
        };
        self.insert_call(&call, Begun::Silently)?;
        let what = What::Offer { video: wanted.video };
        let offer = Said { call: id, what, at_ms, participant, secret: None, asks: false };
        self.queue_content(thread.id, None, kind_of(&offer))?;
        self.carry_out(&call, acts)?;
        self.call_changed(&call)?;
        Ok(id)
    }

    /// `call.answer`: takes a call that rings, or joins one that goes on.
    pub fn call_answer(&mut self, command: u64, wanted: &CallAnswer) -> Done<()> {
        let call = self.call_by_key(&wanted.call)?;
        let thread = self.thread_by_id(call.thread)?.ok_or_else(Self::missing_thread)?;
        let over = || not_found("This call is over.");
        match call.state {
            State::Over => return Err(over()),
            State::In { .. } => return Err(not_allowed("You are in this call already.")),
            State::Ringing { .. } | State::GoesOn | State::Fallen { .. } => {}
        }
        if self.joinable(&thread)? != call.log {
            return Err(over());
        }
        self.may_take(&call)?;
        self.prepare_media(call.id, wanted.video.unwrap_or(call.video), wanted.send.clone());
        if !matches!(call.state, State::Fallen { .. })
            && let Some(media) = self.core.calls.media.get_mut(&call.id)
        {
            media.answered = Some(u64::MAX);
        }
        let tap = Tap::of_answer(wanted, call.id);
        self.happens(call, Happens::Tap(tap))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `call.decline`: it rings no longer, here and on own other devices. Words go with it, or neither happens.
    pub fn call_decline(&mut self, command: u64, wanted: &CallDecline) -> Done<()> {
        let call = self.call_by_key(&wanted.call)?;
        if !matches!(call.state, State::Ringing { .. }) {
            return Err(not_found("This call does not ring any more."));
        }
        let thread = call.thread;
        self.happens(call, Happens::Decline { tell: wanted.tell || wanted.text.is_some() })?;
        match &wanted.text {
            Some(_) => {
                let conversation = self.thread_key(thread)?.ok_or_else(Self::missing_thread)?;
                let text = wanted.text.clone();
                self.message_send(
                    command,
                    MessageSend { conversation, text, ..MessageSend::default() },
                    Vec::new(),
                )
            }
            None => {
                self.reply_nothing(command);
                Ok(())
            }
        }
    }

    /// `call.leave`
    pub fn call_leave(&mut self, command: u64, wanted: &OneCall) -> Done<()> {
        let call = self.call_meant(&wanted.call)?;
        if !matches!(call.state, State::In { .. } | State::Fallen { .. }) {
            return Err(not_found("You are not in this call."));
        }
        self.happens(call, Happens::Leave)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Where this device may be in a call: an accepted conversation with others, with whom it may be in touch now. Who may write
    /// there does not matter: whoever may calls, and those who are called may answer.
    fn joinable(&self, thread: &Thread) -> Done<LogId> {
        if thread.kind == ConversationKind::Own {
            return Err(not_allowed("There is nobody else in this conversation."));
        }
        if thread.standing != Standing::Active {
            return Err(not_allowed("You are no longer in this conversation."));
        }
        self.check_reachable(thread)?;
        self.check_held(thread)?;
        if !self.online() {
            return Err(Fail::User(offline()));
        }
        // Nobody is called who could not be heard.
        if self.core.session.hello.as_ref().is_some_and(|hello| hello.no_calls) {
            return Err(not_found("This server has no calls."));
        }
        self.tellable(thread)?
            .ok_or_else(|| not_allowed("You can call contacts only. Ask them for contact first."))
    }

    /// One at a time: nobody is heard in two places.
    fn may_take(&self, call: &Call) -> Done<()> {
        match self.calls_taken()?.iter().any(|other| other.id != call.id) {
            true => Err(not_allowed(ANOTHER)),
            false => Ok(()),
        }
    }

    /// Something happens to a call, and the screen is told what it became.
    fn happens(&mut self, call: Call, what: Happens) -> Done<()> {
        match self.becomes(call, what)? {
            Some(call) => self.call_changed(&call),
            None => Ok(()),
        }
    }

    /// What a call becomes is kept, and what is to be done is done. None where it stays what it was.
    fn becomes(&mut self, mut call: Call, what: Happens) -> Done<Option<Call>> {
        let facts = self.facts_of(&call)?;
        let before = call.state;
        let (after, acts) = state::next(before, &facts, what);
        if after == before && acts.is_empty() {
            return Ok(None);
        }
        call.state = after;
        for act in &acts {
            if let Act::Outcome(outcome) = act {
                call.outcome = *outcome;
            }
        }
        self.save_call(&call)?;
        if after == (State::In { until_ms: None }) {
            self.talk_begins(call.id)?;
        }
        self.carry_out(&call, acts)?;
        if after == State::Over {
            self.note_talk(&call)?;
            self.nobody_is_there(call.id);
            self.core.calls.spoken.forget(call.id);
        }
        Ok(Some(call))
    }

    fn carry_out(&mut self, call: &Call, acts: Vec<Act>) -> Done<()> {
        for act in acts {
            match act {
                Act::Open(permit) => self.open_media(call, permit)?,
                Act::Close => {
                    self.note_length(call)?;
                    self.close_media(call)?;
                }
                Act::Tell(step) => {
                    let asks = step == Move::Joined && self.asks_spoken(call.id)?;
                    self.tell_step(call, step, asks)?;
                }
                Act::TellSiblings => {
                    let said = content::OwnCall { call: call.named.into(), log: call.log.into() };
                    self.tell_siblings(content::own::Kind::Call(said))?;
                }
                Act::Outcome(outcome) => self.note_outcome(call, outcome)?,
            }
        }
        Ok(())
    }

    /// `asks`: for what others said and this device lacks.
    fn tell_step(&mut self, call: &Call, step: Move, asks: bool) -> Done<()> {
        let participant = match self.core.calls.media.get(&call.id) {
            Some(media) => media.participant.id(),
            // Of a run that ended, or of nobody in the call: named by nothing.
            None => ParticipantId(self.random()),
        };
        let at_ms = self.server_now();
        let what = What::Step(step);
        let said = Said { call: call.named, what, at_ms, participant, secret: None, asks };
        self.queue_content(call.thread, None, kind_of(&said))
    }

    fn call_changed(&mut self, call: &Call) -> Done<()> {
        let Some(conversation) = self.thread_key(call.thread)? else { return Ok(()) };
        let state = call.state_name().to_owned();
        let met = self.core.calls.met.filter(|(ours, _)| *ours == call.id && call.state == State::Over);
        let instead = met.map(|(_, theirs)| theirs.to_hex());
        self.event(Event::CallChanged { call: call.id.to_hex(), conversation, state, why: None, instead });
        Ok(())
    }

    fn facts_of(&self, call: &Call) -> Done<Facts> {
        let (others, theirs) = self.count_devices(call.id)?;
        let pair = self.thread_by_id(call.thread)?.is_some_and(|thread| thread.pair.is_some());
        let fresh = self.stale_ms().is_none_or(|stale| call.heard_ms > stale);
        Ok(Facts { pair, others, theirs, fresh, outcome: call.outcome, now_ms: self.now_ms })
    }

    /// Rings, waits, and calls of which nobody says anything any more, that are over by now.
    pub fn calls_due(&mut self) -> Done<()> {
        self.notice_sleep()?;
        self.drop_unheard()?;
        let mut due = self.calls_until(self.now_ms)?;
        if let Some(stale) = self.stale_ms() {
            due.extend(self.calls_unheard(stale)?);
        }
        for call in due {
            if let State::Ringing { until_ms } = call.state {
                self.lines_wait_after_sleep(until_ms);
            }
            self.happens(call, Happens::Time)?;
        }
        Ok(())
    }

    /// This run begins: what an earlier one had of media is gone, and the others are told.
    pub fn calls_restarted(&mut self) -> Done<()> {
        for call in self.calls_taken()? {
            self.happens(call, Happens::Restarted)?;
        }
        // Whoever listens now has heard of nothing that rings.
        self.tell_of_rings_again()
    }

    /// The conversation does not go on in this log.
    pub fn calls_gone(&mut self, log: LogId) -> Done<()> {
        for call in self.calls_of_log(log)? {
            self.happens(call, Happens::Gone)?;
        }
        Ok(())
    }

    /// The conversation goes on in another log, and calls do not go along.
    pub fn calls_moved(&mut self, thread: i64, log: LogId) -> Done<()> {
        for call in self.calls_of_thread(thread)? {
            if call.log != log {
                self.happens(call, Happens::Gone)?;
            }
        }
        Ok(())
    }

    /// Somebody was blocked: nothing of theirs rings, and no call with them alone goes on.
    pub fn calls_shut(&mut self) -> Done<()> {
        for call in self.calls_of_blocked()? {
            self.happens(call, Happens::Decline { tell: false })?;
        }
        for call in self.calls_with_blocked()? {
            self.happens(call, Happens::Leave)?;
        }
        Ok(())
    }

    /// The person leaves the conversation, and what goes on in it with that.
    pub fn calls_left(&mut self, log: LogId) -> Done<()> {
        for call in self.calls_of_log(log)? {
            let what = match call.state {
                State::Ringing { .. } => Happens::Decline { tell: false },
                _ => Happens::Leave,
            };
            self.happens(call, what)?;
        }
        Ok(())
    }

    /// The account is about to be deleted: nobody is to hear this device while that takes its time, nor to wait for it.
    pub fn calls_given_up(&mut self) -> Done<()> {
        for call in self.calls_taken()? {
            self.happens(call, Happens::Leave)?;
        }
        Ok(())
    }

    /// The account went on elsewhere: nobody hears this device any more.
    pub fn calls_over(&mut self) -> Done<()> {
        for call in self.calls_taken()? {
            self.happens(call, Happens::Gone)?;
        }
        Ok(())
    }

    /// What is shown as ringing once everything known of its log was read: what was answered elsewhere or given up
    /// meanwhile does not even begin to.
    pub fn work_calls(&mut self) -> Done<()> {
        for call in self.calls_untold()? {
            if !self.is_read(call.log)? {
                continue;
            }
            let Some(conversation) = self.thread_key(call.thread)? else { continue };
            self.set_call_told(call.id)?;
            let from = self.address_of(call.account)?;
            let video = call.video;
            self.event(Event::CallRinging { call: call.id.to_hex(), conversation, from, video });
        }
        self.work_listeners()?;
        self.write_lines()
    }

    /// Whether all that is known of a log was read. Of one that is not followed nothing is known.
    fn is_read(&self, log: LogId) -> Done<bool> {
        let head = self.core.session.followed.get(&log).copied();
        let read = self.log_row(log)?.map(|row| row.cursor);
        Ok(head.is_some() && read >= head)
    }

    /// Keeps what this run knows of a call that is about to be taken. Nothing of media is made by it.
    fn prepare_media(&mut self, call: CallId, video: bool, send: Option<String>) -> ParticipantId {
        let participant = ParticipantSecret::new(self.random());
        let joining = u32::from_be_bytes(self.random());
        let id = participant.id();
        let here = Here::new(self.here_again(1));
        let spoken = self.spoken_here(call);
        self.core.calls.media.insert(call, Media::new(participant, joining, video, send, here, spoken));
        id
    }
}

fn offline() -> Error {
    let sentence =
        "Calls need a connection to the server, and there is none now. Try again when you are online.";
    Error::new(Kind::Offline, sentence)
}
