//! Settings → Export my data: what is in it, who can read it, and how far it is.

use casemate_api::view;
use leptos::prelude::*;

use crate::locale::{t, ta, when};
use crate::store::exporting::Export;
use crate::store::use_store;
use crate::ui::act::Act;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;

/// The page.
#[component]
pub fn ExportPage() -> impl IntoView {
    let store = use_store();
    let state = move || match store.exporting.get() {
        Export::None => view! { <Begin/> }.into_any(),
        Export::Failed(why) => view! { <p class="notice look" role="alert">{why}</p> <Begin/> }.into_any(),
        Export::Running(..) => view! { <Running/> }.into_any(),
        Export::Made(made) => done(made).into_any(),
    };
    // Drawn anew when it goes from one state to another, not with each step.
    let kind = Memo::new(move |_| store.exporting.with(std::mem::discriminant));
    let body = move || {
        // Read, not only tracked: nothing follows what was never worked out.
        let _ = kind.get();
        untrack(state)
    };
    view! {
        <p>{t("export-what")}</p>
        <p class="soft">{t("export-holds")}</p>
        <p class="notice look">{t("export-open")}</p>
        {body}
    }
}

#[component]
fn Begin() -> impl IntoView {
    let store = use_store();
    let passphrase = RwSignal::new(String::new());
    let asked = move || {
        store.account.with(|account| {
            account.as_ref().is_some_and(|account| account.key_kept_in.starts_with("passphrase"))
        })
    };
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let given = Some(passphrase.get_untracked()).filter(|given| !given.is_empty());
        let act = Act::new(move |()| store.export(given.clone()));
        store.dialog.set(Some(Dialog::Confirm {
            title: t("export-question"),
            body: t("export-question-body"),
            verb: t("export-verb"),
            danger: false,
            act,
        }));
    };
    let missing = Signal::derive(move || asked() && passphrase.with(String::is_empty));
    view! {
        <form class="form" on:submit=begin>
            {move || asked().then(|| view! { <Field label=t("passphrase-current") value=passphrase secret=true/> })}
            <Button label=t("settings-export") submit=true disabled=missing/>
        </form>
    }
}

#[component]
fn Running() -> impl IntoView {
    let store = use_store();
    let percent = move || {
        store.exporting.with(|state| match state {
            Export::Running(done, of) => (*done as f64 * 100.0 / (*of).max(1) as f64).floor(),
            _ => 100.0,
        })
    };
    view! {
        <div class="card" role="group" aria-label=t("settings-export")>
            <p>{move || ta("export-running", &[("percent", when::number(percent()).into())])}</p>
            <progress aria-label=t("progress") max="100" value=move || percent().to_string()></progress>
            <p class="soft">{t("export-go-on")}</p>
            <div class="buttons"><Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.cancel_export()/></div>
        </div>
    }
}

fn done(made: view::Exported) -> impl IntoView {
    let store = use_store();
    let size = when::size(made.bytes);
    // A native engine tells only how much it is.
    let line = match made.conversations + made.messages {
        0 => size,
        _ => {
            let counts = [
                ("messages", (made.messages as usize).into()),
                ("files", (made.files as usize).into()),
                ("size", size.into()),
            ];
            ta("export-made", &counts)
        }
    };
    let left_out = (made.left_out > 0)
        .then(|| view! { <p class="notice look">{ta("export-left-out", &[("count", (made.left_out as usize).into())])}</p> });
    let not_here = (made.files_missing > 0)
        .then(|| view! { <p class="soft">{ta("export-not-here", &[("count", (made.files_missing as usize).into())])}</p> });
    view! {
        <div class="card" role="status">
            <p><b>{t("export-done")}</b><br/>{line}</p>
            {left_out}
            {not_here}
            <p class="soft">{t("export-stays")}</p>
            <div class="buttons">
                <Button label=t("export-again") weight=Weight::Quiet on_click=move |()| store.save_export()/>
                <Button label=t("export-close") on_click=move |()| store.forget_export()/>
            </div>
        </div>
    }
}
