//! What is only so at this moment: who types, who is there, and what others may know of this person.

use std::cell::RefCell;

use casemate_api::command::{PresenceSet, Typing};
use casemate_api::{Command, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::{Phase, Store};
use crate::engine::ask;
use crate::ui::browser;

/// While keys come, the engine hears of it so often; it decides how often others do.
const AGAIN_MS: f64 = 3_000.0;

/// Somebody who looks at the page waits no longer than this for the next attempt to reach the server; a part of it is by chance, so
/// that not all come at once to a server that starts again.
const TRY_MS: f64 = 3_000.0;

/// Whether the next one is due is looked at so often.
const LOOK_MS: f64 = 500.0;

/// Attempts that a key, a click or the window asks for are so far apart.
const TRY_APART_MS: f64 = 1_000.0;

/// Without a key for so long, nothing is typed any more.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(6);

/// Where something is typed here, and when the engine heard of it.
struct Typed {
    conversation: String,
    told_ms: f64,
    pause: Option<TimeoutHandle>,
}

thread_local! {
    // One person types in one place.
    static TYPED: RefCell<Option<Typed>> = const { RefCell::new(None) };
}

impl Store {
    /// A key was pressed in the composer; `something` tells whether anything stands there now.
    pub fn typed(self, conversation: &str, something: bool) {
        if !something {
            return self.typing_over();
        }
        let elsewhere =
            TYPED.with_borrow(|typed| typed.as_ref().is_some_and(|typed| typed.conversation != conversation));
        if elsewhere {
            self.typing_over();
        }
        let now = js_sys::Date::now();
        let pause = set_timeout_with_handle(move || self.typing_over(), PAUSE).ok();
        let tell = TYPED.with_borrow_mut(|typed| {
            let before = typed.take();
            let told_ms = before.as_ref().map_or(0.0, |before| before.told_ms);
            if let Some(handle) = before.and_then(|before| before.pause) {
                handle.clear();
            }
            let tell = now - told_ms > AGAIN_MS;
            let told_ms = if tell { now } else { told_ms };
            *typed = Some(Typed { conversation: conversation.to_owned(), told_ms, pause });
            tell
        });
        if tell {
            tell_engine(Command::ConversationTyping(Typing {
                conversation: conversation.to_owned(),
                on: true,
            }));
        }
    }

    /// Nothing is typed any more. What was sent says so by itself.
    pub fn typing_over(self) {
        let Some(typed) = TYPED.take() else { return };
        if let Some(handle) = typed.pause {
            handle.clear();
        }
        tell_engine(Command::ConversationTyping(Typing { conversation: typed.conversation, on: false }));
    }

    /// Tells the engine whether the person looks, and at what, for as long as the app runs.
    pub fn attend(self) {
        let visible = RwSignal::new(browser::is_visible());
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            visible.set(browser::is_visible());
        });
        on_cleanup(move || handle.remove());
        let looking = Memo::new(move |_| {
            let here = visible.get() && self.phase.with(|phase| *phase == Phase::Ready);
            (here, self.route.with(|route| route.conversation().map(str::to_owned)))
        });
        Effect::new(move |before: Option<(bool, Option<String>)>| {
            let (here, conversation) = looking.get();
            if before.as_ref().is_some_and(|before| before.1 != conversation) || !here {
                self.typing_over();
            }
            let known = before.is_some() || here;
            if known && self.phase.with_untracked(|phase| *phase == Phase::Ready) {
                let conversation = conversation.clone().filter(|_| here);
                tell_engine(Command::PresenceSet(PresenceSet { here, conversation }));
            }
            (here, conversation)
        });
    }

    /// While the server cannot be reached and somebody looks, it is tried again and again, and at once where the network or the person
    /// comes back.
    pub fn try_while_looked_at(self) {
        let tried_ms = StoredValue::new(0.0);
        let try_now = move |apart_ms: f64| {
            let now = js_sys::Date::now();
            let waits = self.phase.with_untracked(|phase| *phase == Phase::Ready)
                && self.trouble.with_untracked(Option::is_some)
                && browser::is_visible();
            if waits && now - tried_ms.get_value() >= apart_ms {
                tried_ms.set_value(now);
                let conversation = self.route.with_untracked(|route| route.conversation().map(str::to_owned));
                tell_engine(Command::PresenceSet(PresenceSet { here: true, conversation }));
            }
        };
        for event in ["online", "focus", "visibilitychange", "keydown", "pointerdown"] {
            let handle = window_event_listener_untyped(event, move |_| try_now(TRY_APART_MS));
            on_cleanup(move || handle.remove());
        }
        // Asked each half second; between two thirds and all of the time lie between two attempts.
        let next_ms = StoredValue::new(TRY_MS);
        let again = move || {
            let before = tried_ms.get_value();
            try_now(next_ms.get_value());
            if tried_ms.get_value() > before {
                next_ms.set_value(TRY_MS * (2.0 + js_sys::Math::random()) / 3.0 - LOOK_MS);
            }
        };
        if let Ok(handle) = set_interval_with_handle(again, std::time::Duration::from_millis(LOOK_MS as u64))
        {
            on_cleanup(move || handle.clear());
        }
    }

    pub(super) fn typing_heard(self, conversation: &str, who: String, on: bool) {
        self.conversations.update(|all| {
            if let Some(chat) = all.iter_mut().find(|one| one.conversation == conversation) {
                chat.typing.retain(|other| *other != who);
                if on {
                    chat.typing.push(who);
                }
            }
        });
    }

    pub(super) fn presence_heard(self, conversation: &str, presence: view::Presence) {
        self.conversations.update(|all| {
            if let Some(chat) = all.iter_mut().find(|one| one.conversation == conversation) {
                let known = presence.online || presence.last_seen.is_some();
                chat.presence = known.then_some(presence);
            }
        });
    }
}

/// Where it does not arrive, nobody misses it.
fn tell_engine(command: Command) {
    spawn_local(async move { drop(ask::<Value>(command).await) });
}
