//! A backup's passphrase: shown once, and asked for before anything is made that only it opens.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t, ta};
use crate::store::use_store;
use crate::ui::button::{Button, Field, Weight};

/// Words that are asked for: enough to see that they were written down.
const ASKED: [usize; 2] = [1, 4];

/// From the first press to a passphrase that its person has.
#[component]
pub fn NewPassphrase(
    /// What the passphrase is for, as the last button says it.
    verb: String,
    /// With it.
    on_done: Callback<String>,
    /// Not now.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let store = use_store();
    let made = RwSignal::new(None::<String>);
    let written = RwSignal::new(false);
    spawn_local(async move {
        match store.backup_passphrase().await {
            Ok(words) => drop(made.try_set(Some(words))),
            Err(error) => {
                store.say(spoken(&error.message));
                on_cancel.run(());
            }
        }
    });
    move || {
        let words = made.get()?;
        Some(match written.get() {
            false => view! { <Shown words on_cancel on_written=Callback::new(move |()| written.set(true))/> }
                .into_any(),
            true => {
                let again = Callback::new(move |()| written.set(false));
                view! { <Asked words verb=verb.clone() on_again=again on_done/> }.into_any()
            }
        })
    }
}

#[component]
fn Shown(words: String, on_cancel: Callback<()>, on_written: Callback<()>) -> impl IntoView {
    let store = use_store();
    let list = words.split(' ').map(|word| view! { <li><bdi>{word.to_owned()}</bdi></li> }).collect_view();
    view! {
        <div class="card words">
            <p>{t("backup-words-what")}</p>
            <ol class="kit-words" dir="ltr" aria-label=t("backup-words")>{list}</ol>
            <p class="soft">{t("backup-words-keep")}</p>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| on_cancel.run(())/>
                <Button label=t("copy") weight=Weight::Quiet on_click=move |()| store.copy(words.clone())/>
                <Button label=t("kit-wrote") on_click=move |()| on_written.run(())/>
            </div>
        </div>
    }
}

#[component]
fn Asked(words: String, verb: String, on_again: Callback<()>, on_done: Callback<String>) -> impl IntoView {
    let all: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let typed = ASKED.map(|_| RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let expected = ASKED.map(|at| all.get(at).cloned().unwrap_or_default());
    let fields = ASKED.into_iter().zip(typed).map(|(at, value)| {
        view! { <Field label=ta("kit-word", &[("number", (at + 1).into())]) value most=20/> }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let miss = (0..ASKED.len())
            .find(|at| typed[*at].with_untracked(|typed| typed.trim().to_lowercase() != expected[*at]));
        match miss {
            Some(miss) => wrong.set(Some(ta("kit-word-wrong", &[("number", (ASKED[miss] + 1).into())]))),
            None => on_done.run(words.clone()),
        }
    };
    view! {
        <form class="form card" on:submit=submit>
            <p>{t("backup-words-check")}</p>
            {fields.collect_view()}
            {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
            <div class="buttons">
                <Button label=t("kit-again") weight=Weight::Quiet on_click=move |()| on_again.run(())/>
                <Button label=verb submit=true/>
            </div>
        </form>
    }
}
