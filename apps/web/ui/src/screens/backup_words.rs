//! A backup's passphrase: shown once, and asked for before anything is made that only it opens.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::written::WrittenDown;

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
                store.fails(&error);
                on_cancel.try_run(());
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
                let good = Callback::new({
                    let words = words.clone();
                    move |()| on_done.run(words.clone())
                });
                let question = t("backup-words-check");
                let verb = verb.clone();
                view! {
                    <div class="card">
                        <WrittenDown words asked=&ASKED question verb on_again=again on_good=good/>
                    </div>
                }
                .into_any()
            }
        })
    }
}

#[component]
fn Shown(words: String, on_cancel: Callback<()>, on_written: Callback<()>) -> impl IntoView {
    let store = use_store();
    let list =
        words.split(' ').map(|word| view! { <li><bdi lang="en">{word.to_owned()}</bdi></li> }).collect_view();
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
