//! What is safe and what is not, in three screens that can be skipped.

use leptos::prelude::*;

use crate::locale::t;
use crate::store::route::Route;
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The three screens.
#[component]
pub fn Explain() -> impl IntoView {
    let store = use_store();
    let at = RwSignal::new(0usize);
    // Right after joining; the settings show it to whoever asks for it.
    let asked = store.route.with_untracked(|route| matches!(route, Route::Settings(_)));
    let first = !asked && !store.prefs.with_untracked(|prefs| prefs.explained);
    let done = move |read: bool| {
        store.prefs.update(|prefs| {
            prefs.explained = true;
            prefs.save();
        });
        // After joining, the kit is offered once to whoever read on; whoever skips wants to get in, and is reminded later.
        let offer = store.account.with_untracked(|account| {
            account.as_ref().is_some_and(|account| account.kit.here && !account.kit.written)
        });
        store.dialog.set((read && offer && first).then_some(Dialog::Kit));
    };
    let page = move || {
        let (shape, title, body) = match at.get() {
            0 => (Icon::Check, t("explain-safe-title"), t("explain-safe-body")),
            1 => (Icon::Knock, t("explain-strangers-title"), t("explain-strangers-body")),
            _ => (Icon::Warning, t("explain-limits-title"), t("explain-limits-body")),
        };
        view! { <div class="explain"><span class="mark-large">{icon(shape)}</span><h2>{title}</h2><p>{body}</p></div> }
    };
    let dots = move || {
        let dot = |number| view! { <i class=move || if at.get() == number { "on" } else { "" }></i> };
        (0..3).map(dot).collect_view()
    };
    let buttons = move || match (at.get() < 2, first) {
        (true, _) => {
            let leave = if first { t("skip") } else { t("close") };
            view! {
                <Button label=leave weight=Weight::Quiet on_click=move |()| done(false)/>
                <Button label=t("next") on_click=move |()| at.update(|at| *at += 1)/>
            }
            .into_any()
        }
        (false, true) => view! { <Button label=t("start") on_click=move |()| done(true)/> }.into_any(),
        // Read again in the settings, nothing begins with it.
        (false, false) => {
            view! { <Button label=t("close") weight=Weight::Quiet on_click=move |()| done(true)/> }.into_any()
        }
    };
    view! {
        {page}
        <div class="dots" aria-hidden=true.to_string()>{dots}</div>
        <div class="buttons">{buttons}</div>
    }
}
