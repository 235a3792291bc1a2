//! Whoever holds the open app shows that it is theirs: what opens Casemate, given once more. It keeps out whoever borrows it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::button::{Button, Field, Weight};
use crate::locale::{spoken, t};
use crate::store::use_store;

/// The passphrase, the passkey, or either: what this account is kept in.
#[component]
pub fn Prove(
    /// What comes of it, on the button.
    #[prop(into)]
    verb: String,
    class: &'static str,
    /// It was given.
    #[prop(into)]
    on_done: Callback<()>,
    /// Above the field.
    children: Children,
) -> impl IntoView {
    let store = use_store();
    let passphrase = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let kept = store.account.with_untracked(|account| {
        account.as_ref().map(|account| account.key_kept_in.clone()).unwrap_or_default()
    });
    let done = move |proved: Result<(), String>| {
        let _ = busy.try_set(false);
        match proved {
            // Where it was closed meanwhile, nothing follows.
            Ok(()) => drop(on_done.try_run(())),
            Err(why) => drop(wrong.try_set(Some(spoken(&why)))),
        }
    };
    let begin = move || {
        let free = !busy.get_untracked();
        busy.set(true);
        wrong.set(None);
        free
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if !typed.is_empty() && begin() {
            spawn_local(async move { done(store.prove_by_passphrase(typed).await) });
        }
    };
    let ask_passkey = move |()| {
        if begin() {
            spawn_local(async move { done(store.prove_by_passkey().await) });
        }
    };
    let disabled = Signal::derive(move || busy.get());
    let by_passphrase = kept.starts_with("passphrase").then(|| {
        view! {
            <Field label=t("passphrase") value=passphrase secret=true focused=true/>
            <Button label=verb submit=true disabled/>
        }
    });
    let weight = if by_passphrase.is_some() { Weight::Quiet } else { Weight::Main };
    let by_passkey = kept.ends_with("passkey").then(|| {
        view! { <Button label=t("unlock-passkey") weight on_click=ask_passkey disabled/> }
    });
    view! {
        <form class=class on:submit=submit>
            {children()}
            {by_passphrase}
            {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
            {by_passkey}
        </form>
    }
}
