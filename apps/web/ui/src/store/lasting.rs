//! That what is here lasts: the browser is asked to keep it, and looked at for how much room it leaves. Where the engine is a
//! program of its own, nothing is kept in a browser.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::prefs::matches;
use super::state::{Phase, Store};
use crate::engine::is_native;
use crate::ui::{browser, room};

/// The app has a window of its own.
const INSTALLED: &str = "(display-mode: standalone)";

impl Store {
    /// For as long as the app runs.
    pub fn watch_room(self) {
        Effect::new(move |was_welcome: Option<bool>| {
            let phase = self.phase.get();
            if phase == Phase::Ready {
                // Not at every start: some browsers ask the person each time. Where it is installed none has to.
                if was_welcome == Some(true) || matches(INSTALLED) {
                    spawn_local(async move {
                        let _ = self.ask_to_keep().await;
                    });
                }
                self.look_at_room();
            }
            phase == Phase::Welcome
        });
        let back = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() && self.phase.with_untracked(|phase| *phase == Phase::Ready) {
                self.look_at_room();
            }
        });
        on_cleanup(move || back.remove());
    }

    /// Asks the browser to keep what is here, and says whether it will.
    pub async fn ask_to_keep(self) -> bool {
        is_native() || room::keep().await
    }

    /// Whether it may clear what is here by itself, as far as it says.
    pub async fn may_be_cleared(self) -> bool {
        !is_native() && room::is_kept().await == Some(false)
    }

    /// Files came or went, or the person is back: where little room is left, that is said from now on.
    pub fn look_at_room(self) {
        if is_native() {
            return;
        }
        spawn_local(async move {
            let little = room::room().await.filter(|room| room.is_little());
            if self.little_room.get_untracked() != little {
                self.little_room.set(little);
            }
        });
    }
}
