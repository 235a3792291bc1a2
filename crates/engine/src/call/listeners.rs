//! Who gets what this device sends in a call: whom its screen shows as being in it, as they said themselves, and nobody else.
//!
//! ```text
//! Joined, Left, here, a commit ──▶ who is in it ──CallAllowed──▶ relay      after each input that changes it
//!                                                  relay ──CallListeners──▶ how many others there are
//! ```
//! The list is kept by the relay. One that lies hands tracks on to whoever it likes, and members that stay in its room without a
//! word have the keys of their epoch: SECURITY.md says so. A relay that keeps to it leaves them with nothing but being counted.

use casemate_api::view;
use casemate_wire::call::Allowed;
use casemate_wire::ids::{CallId, ParticipantId};
use casemate_wire::proto::wire;

use super::row::Call;
use super::state::State;
use crate::core::{Ctx, Done};

/// Somebody who is connected and not shown is said after so long. Longer than a relay remembers who was killed, which is 15 s, and than
/// the word of who joins is on its way; more lets a listener go unnoticed for longer.
pub const GRACE_MS: i64 = 20_000;

/// What this run knows of who is connected in a call that it takes part in.
#[derive(Default)]
pub struct Listening {
    /// Whether the relay keeps to what it is told, once it answered.
    pub keeps: Option<bool>,
    /// Who may get what this device sends, as was said last.
    pub allowed: Option<Allowed>,
    unallowed: u32,
    open: u32,
    /// Since when there is somebody whom the screen does not show.
    since_ms: Option<i64>,
    /// Since when there is nobody any more. Only after as long does the time begin anew.
    calm_ms: Option<i64>,
    /// As the screen was told.
    told: Shown,
}

/// What the screen is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shown {
    hidden: u32,
    open: u32,
    is_unkept: bool,
}

impl Listening {
    fn counted(&mut self, unallowed: u32, open: u32, now_ms: i64) {
        (self.unallowed, self.open) = (unallowed, open);
        if unallowed > 0 {
            self.since_ms.get_or_insert(now_ms);
            self.calm_ms = None;
        } else if self.since_ms.is_some() {
            self.calm_ms.get_or_insert(now_ms);
        }
    }

    /// What is to be shown now. Whether that is something else than before.
    fn look(&mut self, now_ms: i64) -> bool {
        if self.calm_ms.is_some_and(|calm| calm.saturating_add(GRACE_MS) <= now_ms) {
            (self.since_ms, self.calm_ms) = (None, None);
        }
        let is_over = self.since_ms.is_some_and(|since| since.saturating_add(GRACE_MS) <= now_ms);
        let hidden = if is_over { self.unallowed } else { 0 };
        let shown = Shown { hidden, open: self.open, is_unkept: self.keeps == Some(false) };
        std::mem::replace(&mut self.told, shown) != shown
    }

    /// When to look again.
    pub fn due_ms(&self) -> Option<i64> {
        let waits = self.unallowed > 0 && self.told.hidden != self.unallowed;
        let since = if waits { self.since_ms } else { self.calm_ms };
        since.map(|since| since.saturating_add(GRACE_MS))
    }

    /// As `call.list` shows it.
    pub fn view(&self) -> Vec<view::CallListening> {
        let Shown { hidden, open, is_unkept } = self.told;
        [("hidden", hidden), ("open", open), ("unkept", u32::from(is_unkept))]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(code, count)| view::CallListening { code: code.to_owned(), count })
            .collect()
    }
}

impl Ctx<'_> {
    /// Who may get what this device sends in a call now.
    pub(super) fn allowed_in(&self, call: CallId) -> Done<Allowed> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let devices = self.call_devices(call)?.into_iter();
        let others = devices.filter(|(account, device, _)| (*account, *device) != own);
        Ok(Allowed::new(others.map(|(.., participant)| participant)))
    }

    /// Tells the relay whom the screen shows now, where it was told something else.
    pub fn work_listeners(&mut self) -> Done<()> {
        let kept = self.core.calls.media.iter().filter(|(_, media)| media.listening.keeps == Some(true));
        let kept: Vec<CallId> = kept.map(|(id, _)| *id).collect();
        for id in kept {
            let allowed = self.allowed_in(id)?;
            let media = self.core.calls.media.get(&id);
            if media.is_some_and(|media| media.listening.allowed.as_ref() != Some(&allowed))
                && let Some(call) = self.find_call(id)?.filter(|call| matches!(call.state, State::In { .. }))
            {
                self.wish(&call)?;
            }
        }
        Ok(())
    }

    /// The relay says who else is there.
    pub fn call_listeners(&mut self, said: &wire::CallListeners) -> Done<()> {
        let Ok(participant) = ParticipantId::try_from(&said.participant[..]) else { return Ok(()) };
        let now_ms = self.now_ms;
        let mut all = self.core.calls.media.iter_mut();
        let Some((id, media)) = all.find(|(_, media)| media.participant.id() == participant) else {
            return Ok(());
        };
        let id = *id;
        media.listening.counted(said.unallowed, said.open, now_ms);
        self.look_who_listens(id)
    }

    /// What is shown of those who are there without a word is looked at again.
    pub(super) fn listeners_due(&mut self) -> Done<()> {
        let now_ms = self.now_ms;
        let all = self.core.calls.media.iter();
        let due = all.filter(|(_, media)| media.listening.due_ms().is_some_and(|due| due <= now_ms));
        let due: Vec<CallId> = due.map(|(id, _)| *id).collect();
        due.into_iter().try_for_each(|id| self.look_who_listens(id))
    }

    pub(super) fn look_who_listens(&mut self, id: CallId) -> Done<()> {
        let now_ms = self.now_ms;
        let media = self.core.calls.media.get_mut(&id);
        if media.is_some_and(|media| media.listening.look(now_ms))
            && let Some(call) = self.find_call(id)?
        {
            return self.call_changed(&call);
        }
        Ok(())
    }

    pub(super) fn listening_view(&self, call: &Call) -> Vec<view::CallListening> {
        self.core.calls.media.get(&call.id).map(|media| media.listening.view()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(listening: &Listening) -> Vec<(String, u32)> {
        listening.view().into_iter().map(|one| (one.code, one.count)).collect()
    }

    #[test]
    fn who_is_not_shown_is_said_after_the_grace_and_not_for_who_was_killed() {
        let mut listening = Listening { keeps: Some(true), ..Listening::default() };
        listening.counted(1, 0, 0);
        assert!(!listening.look(GRACE_MS - 1));
        assert_eq!(listening.due_ms(), Some(GRACE_MS));
        // Somebody was killed, and the relay forgot them in time.
        listening.counted(0, 0, GRACE_MS - 1);
        assert!(!listening.look(2 * GRACE_MS - 2));
        assert!(!listening.look(2 * GRACE_MS - 1));
        assert_eq!(listening.due_ms(), None, "the time begins anew");
        listening.counted(2, 1, 100_000);
        assert!(listening.look(100_000));
        assert_eq!(shown(&listening), [("open".to_owned(), 1)]);
        assert!(listening.look(100_000 + GRACE_MS));
        assert_eq!(shown(&listening), [("hidden".to_owned(), 2), ("open".to_owned(), 1)]);
        assert_eq!(listening.due_ms(), None);
    }

    #[test]
    fn who_goes_for_a_moment_before_the_grace_is_over_wins_no_time() {
        let mut listening = Listening { keeps: Some(true), ..Listening::default() };
        listening.counted(1, 0, 0);
        listening.counted(0, 0, GRACE_MS - 2_000);
        listening.counted(1, 0, GRACE_MS - 1_000);
        assert!(listening.look(GRACE_MS));
        assert_eq!(shown(&listening), [("hidden".to_owned(), 1)]);
        listening.counted(0, 0, GRACE_MS + 1);
        assert!(listening.look(GRACE_MS + 1), "who is gone is not shown any longer");
        assert_eq!(shown(&listening), []);
    }

    #[test]
    fn a_relay_that_does_not_keep_to_it_is_said() {
        let mut listening = Listening::default();
        assert!(!listening.look(0), "it has not answered yet");
        listening.keeps = Some(false);
        assert!(listening.look(0));
        assert_eq!(shown(&listening), [("unkept".to_owned(), 1)]);
    }
}
