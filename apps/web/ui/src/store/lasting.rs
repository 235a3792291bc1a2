//! That what is here lasts: the browser is asked to keep it, and looked at for how much room it leaves. Where the engine is a
//! program of its own, nothing is kept in a browser.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::prefs::matches;
use super::state::{Phase, Store};
use crate::engine::is_native;
use crate::locale::t;
use crate::store::route::{Page, Route};
use crate::ui::act::Act;
use crate::ui::dialog::Dialog;
use crate::ui::{browser, room};

/// As long as this is kept, the browser has cleared nothing.
const HERE: &str = "casemate-here";

/// How often it is looked for.
const LOOKS: Duration = Duration::from_secs(10);

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
        self.watch_clearing();
        let back = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() && self.phase.with_untracked(|phase| *phase == Phase::Ready) {
                self.look_at_room();
            }
        });
        on_cleanup(move || back.remove());
    }

    /// Whoever clears a site's data takes the account from under the open page. It goes on until it is closed, and what saves the
    /// account can still be done.
    fn watch_clearing(self) {
        let was_kept = StoredValue::new(false);
        Effect::new(move |_| {
            if self.phase.with(|phase| *phase == Phase::Ready) {
                browser::keep(HERE, "1");
                was_kept.set_value(browser::kept(HERE).is_some());
            }
        });
        let look = move || {
            let is_here = browser::kept(HERE).is_some();
            let is_ready = !is_native() && self.phase.with_untracked(|phase| *phase == Phase::Ready);
            // A browser that keeps nothing has cleared nothing.
            let was_cleared = was_kept.try_get_value() == Some(true) && is_ready && !is_here;
            was_kept.try_set_value(is_ready && is_here);
            if was_cleared {
                self.dialog.set(Some(Dialog::Confirm {
                    title: t("cleared-title"),
                    body: t("cleared-body"),
                    verb: t("recovery-kit"),
                    danger: false,
                    act: Act::new(move |()| self.go(Route::Settings(Page::Recovery))),
                }));
            }
        };
        if let Ok(timer) = set_interval_with_handle(look, LOOKS) {
            on_cleanup(move || timer.clear());
        }
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
