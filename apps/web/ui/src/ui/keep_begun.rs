//! When what somebody is writing is kept.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;

/// So long after the last key.
const KEEP_AFTER: Duration = Duration::from_millis(900);

/// Calls `keep` a moment after `follow` saw a change, when what is around is left, and at once when the page may go away:
/// reloaded, closed, or a phone that puts it to sleep. `keep` may be called after what is around is gone.
pub fn keep_begun(follow: impl Fn() + 'static, keep: impl Fn() + Clone + Send + Sync + 'static) {
    let later = keep.clone();
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(handle)) = before {
            handle.clear();
        }
        follow();
        set_timeout_with_handle(later.clone(), KEEP_AFTER).ok()
    });
    let leaving = window_event_listener(leptos::ev::beforeunload, {
        let keep = keep.clone();
        move |_| keep()
    });
    let hiding = window_event_listener_untyped("visibilitychange", {
        let keep = keep.clone();
        move |_| {
            if !browser::is_visible() {
                keep();
            }
        }
    });
    on_cleanup(move || {
        leaving.remove();
        hiding.remove();
        keep();
    });
}
