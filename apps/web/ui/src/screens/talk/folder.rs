//! Putting a chat into a folder of one's own.

use casemate_api::command::ConversationMark;
use leptos::prelude::*;

use crate::locale::t;
use crate::store::{Store, use_store};
use crate::ui::button::{Button, Field, Weight};
use crate::ui::icon::{Icon, icon};

/// All folders there are, by name.
pub fn folders(store: Store) -> Vec<String> {
    let mut all: Vec<String> =
        store.conversations.with(|all| all.iter().filter_map(|chat| chat.folder.clone()).collect());
    all.sort();
    all.dedup();
    all
}

/// The folders, a new one, or none.
#[component]
pub fn Folder(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let name = RwSignal::new(String::new());
    let now = untrack(|| id.with_value(|id| store.conversation(id))).and_then(|chat| chat.folder);
    let put = move |folder: Option<String>| {
        store.dialog.set(None);
        store.mark_chat(ConversationMark {
            conversation: id.get_value(),
            folder: Some(folder),
            ..ConversationMark::default()
        });
    };
    let line = {
        let now = now.clone();
        move |folder: String| {
            let shape = if Some(&folder) == now.as_ref() { Icon::Check } else { Icon::Folder };
            let chosen = folder.clone();
            view! { <button type="button" class="line-button" on:click=move |_| put(Some(chosen.clone()))>{icon(shape)}<bdi>{folder}</bdi></button> }
        }
    };
    let lines = untrack(|| folders(store)).into_iter().map(line).collect_view();
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            put(Some(name));
        }
    };
    let out = now.is_some().then(|| {
        view! { <button type="button" class="line-button" on:click=move |_| put(None)>{icon(Icon::Close)}{t("folder-out")}</button> }
    });
    view! {
        <h2>{t("folder")}</h2>
        <p class="soft">{t("folder-hint")}</p>
        <div class="picker">{lines}{out}</div>
        <form class="form" on:submit=make>
            <Field label=t("folder-new") value=name most=40/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
                <Button label=t("folder-put") submit=true disabled=Signal::derive(move || name.with(|name| name.trim().is_empty()))/>
            </div>
        </form>
    }
}
