//! The short line at the bottom.

use std::time::Duration;

use leptos::prelude::*;

use crate::locale::t;
use crate::store::{Stays, use_store};

/// What was just done, or could not be, for as long as it takes to read. The page's own.
#[component]
pub fn Toast() -> impl IntoView {
    let store = use_store();
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(handle)) = before {
            handle.clear();
        }
        let (long, stays) =
            store.toast.with(|toast| toast.as_ref().map(|(words, stays)| (words.len(), *stays)))?;
        // Long enough to read: 60 ms a character, four seconds at least.
        let read_ms = (long as u64 * 60).clamp(4_000, 12_000);
        let duration = Duration::from_millis(match stays {
            Stays::Briefly => read_ms,
            Stays::Long => read_ms + 20_000,
        });
        set_timeout_with_handle(move || store.toast.set(None), duration).ok()
    });
    view! { <ToastHere/> }
}

/// The same in a modal dialog: what is behind one is neither seen well nor read out, and takes no presses.
#[component]
pub fn ToastHere() -> impl IntoView {
    let store = use_store();
    move || {
        store.toast.get().map(|(words, _)| {
            view! {
                <div class="toast" role="alert">
                    <span dir="auto">{words}</span>
                    <button type="button" class="inline" on:click=move |_| store.toast.set(None)>{t("toast-ok")}</button>
                </div>
            }
        })
    }
}
