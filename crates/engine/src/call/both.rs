//! Two who call each other at the same moment. If each rang at the other, and both answered, each would leave the call that the other
//! one takes. So one of the calls goes on, for both the same: that of the lower id. Who began it keeps the other one silent, and who
//! began that leaves it and takes this one. Having called is the person's yes to talking with the same one, in the same conversation;
//! nobody else's word makes media here.
//!
//! ```text
//! Ana ──── offer a ────▶ ◀──── offer b ──── Bob            a < b
//!     ◀── left b, joined a ────────────────
//! ```
//! Own other devices read the same entries and keep the same one silent.

use casemate_wire::ids::CallId;

use super::here::ASK_MS;
use super::permit::Tap;
use super::row::Call;
use super::state::{Happens, State};
use crate::core::{Ctx, Done, Fail};
use crate::thread::Thread;

/// What is offered while this account calls the one who offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Both {
    /// It does not call them.
    Not,
    /// This account's own call is the one that goes on.
    Ours,
    /// Theirs is, and this device is to take it.
    Theirs,
}

impl Ctx<'_> {
    /// Which call goes on, if the other one of two offers one that the server took at a time.
    pub(super) fn both_call(&self, thread: &Thread, theirs: CallId, at_ms: i64) -> Done<Both> {
        let Some(ours) = self.calls_out(thread)? else { return Ok(Both::Not) };
        Ok(match ours.state {
            _ if ours.named < theirs && is_same_moment(ours.at_ms, at_ms) => Both::Ours,
            State::In { .. } if theirs < ours.named => Both::Theirs,
            _ => Both::Not,
        })
    }

    /// A sibling offers one: what rings here of who is called by it rings no longer, where it is not the one that goes on.
    pub(super) fn sibling_calls(&mut self, thread: &Thread, ours: CallId, at_ms: i64) -> Done<()> {
        if thread.pair.is_none() {
            return Ok(());
        }
        for call in self.calls_of_thread(thread.id)? {
            let rings = matches!(call.state, State::Ringing { .. });
            if rings && ours < call.named && is_same_moment(call.at_ms, at_ms) {
                self.happens(call, Happens::Met)?;
            }
        }
        Ok(())
    }

    /// Takes the call that somebody began while this device called them, once all that is known was read: what they gave up
    /// meanwhile is not taken, and this device's own goes on.
    pub fn calls_meet(&mut self) -> Done<()> {
        let Some(id) = self.core.calls.meets else { return Ok(()) };
        let theirs = self.find_call(id)?;
        if let Some(theirs) = &theirs
            && !self.is_read(theirs.log)?
        {
            return Ok(());
        }
        self.core.calls.meets = None;
        let Some(theirs) = theirs else { return Ok(()) };
        let waits = |call: &Call| matches!(call.state, State::In { until_ms: Some(_) });
        let ours = self.calls_taken()?.into_iter().find(|call| call.thread == theirs.thread && waits(call));
        let Some(ours) = ours.filter(|ours| theirs.named < ours.named) else { return Ok(()) };
        let wanted = self.core.calls.media.get(&ours.id).and_then(|media| media.begun_with.clone());
        let (Some(wanted), Some(thread)) = (wanted, self.thread_by_id(theirs.thread)?) else { return Ok(()) };
        let (_, there) = self.count_devices(theirs.id)?;
        if there == 0 || !matches!(theirs.state, State::Ringing { .. } | State::GoesOn) {
            return Ok(());
        }
        match self.joinable(&thread) {
            Ok(log) if log == theirs.log => {}
            Ok(_) | Err(Fail::User(_)) => return Ok(()),
            Err(other) => return Err(other),
        }
        self.core.calls.met = Some((ours.id, theirs.id));
        self.happens(ours, Happens::Met)?;
        self.prepare_media(theirs.id, wanted.video, wanted.send.clone());
        self.happens(theirs, Happens::Tap(Tap::of_start(&wanted, id)))
    }

    /// The call of this id, or the one that took its place: the person may not have heard of that yet.
    pub(super) fn call_meant(&self, key: &str) -> Done<Call> {
        let named = self.call_by_key(key)?;
        match self.core.calls.met {
            Some((ours, theirs)) if ours == named.id => Ok(self.find_call(theirs)?.unwrap_or(named)),
            _ => Ok(named),
        }
    }

    /// The newest call by which this account calls the other one of two, here or on another device, and that they are not in yet.
    fn calls_out(&self, thread: &Thread) -> Done<Option<Call>> {
        if thread.pair.is_none() {
            return Ok(None);
        }
        let own = self.me()?.account();
        for call in self.calls_of_thread(thread.id)?.into_iter().rev() {
            if call.account != own {
                continue;
            }
            let (others, theirs) = self.count_devices(call.id)?;
            let waits = match call.state {
                State::In { until_ms } => until_ms.is_some(),
                State::GoesOn => others > 0,
                State::Ringing { .. } | State::Fallen { .. } | State::Over => false,
            };
            if waits && theirs == 0 {
                return Ok(Some(call));
            }
        }
        Ok(None)
    }
}

/// Whether neither was begun after the other one was read: whoever read of a call asks for as long whether anybody is in it before they
/// begin their own, and then means that.
fn is_same_moment(one_ms: i64, other_ms: i64) -> bool {
    one_ms.abs_diff(other_ms) < ASK_MS.unsigned_abs()
}
