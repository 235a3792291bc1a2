//! Putting a chat into a folder of one's own, and what becomes of a folder.

use casemate_api::command::ConversationMark;
use casemate_api::view::Conversation;
use leptos::prelude::*;

use super::Talk;
use crate::locale::{t, ta};
use crate::store::{Store, use_store};
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::Item;

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

/// Another name for a folder. One that there is already takes in what was in this one.
#[component]
pub fn Rename(name: String) -> impl IntoView {
    let store = use_store();
    let new = RwSignal::new(name.clone());
    let same = name.clone();
    let useless = move || new.with(|new| new.trim().is_empty() || new.trim() == same);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = new.get_untracked().trim().to_owned();
        if !wanted.is_empty() {
            store.dialog.set(None);
            move_all(store, &name, Some(wanted));
        }
    };
    view! {
        <h2>{t("folder-rename")}</h2>
        <form class="form" on:submit=save>
            <Field label=t("folder-name") value=new most=40 focused=true/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
                <Button label=t("save") submit=true disabled=Signal::derive(useless)/>
            </div>
        </form>
    }
}

/// What can be done with a folder: its chats stay whatever becomes of it.
pub fn items(store: Store, name: &str) -> Vec<Item> {
    let (renamed, removed) = (name.to_owned(), name.to_owned());
    vec![
        Item::new(Icon::Edit, t("folder-rename"), move || {
            store.dialog.set(Some(Dialog::Talk(Talk::RenameFolder(renamed.clone()))));
        }),
        Item::danger(Icon::Trash, t("folder-remove"), move || {
            let name = removed.clone();
            store.dialog.set(Some(Dialog::Confirm {
                title: ta("folder-remove-question", &[("name", one_line(&name, 40).into())]),
                body: t("folder-remove-body"),
                verb: t("folder-remove"),
                danger: true,
                act: Act::new(move |()| move_all(store, &name, None)),
            }));
        }),
    ]
}

/// All chats of a folder into another one, or out of it.
fn move_all(store: Store, from: &str, to: Option<String>) {
    let inside = |chat: &&Conversation| chat.folder.as_deref() == Some(from);
    let chats = store.conversations.with_untracked(|all| {
        all.iter().filter(inside).map(|chat| chat.conversation.clone()).collect::<Vec<_>>()
    });
    for conversation in chats {
        let folder = Some(to.clone());
        store.mark_chat(ConversationMark { conversation, folder, ..ConversationMark::default() });
    }
}
