//! What takes room on this device, by conversation, and making room.

use casemate_api::view;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta, when};
use crate::store::use_store;
use crate::ui::act::Act;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;

/// The page.
#[component]
pub fn StoragePage() -> impl IntoView {
    let store = use_store();
    let usage = RwSignal::new(None::<view::Storage>);
    let load = move || {
        store.look_at_room();
        spawn_local(async move {
            match store.storage().await {
                Ok(all) => drop(usage.try_set(Some(all))),
                Err(error) => store.fails(&error),
            }
        });
    };
    load();
    let clear = move |conversation: String, name: String| {
        // Notes to self, also before anything was written there.
        let own = store.conversation(&conversation).is_none_or(|chat| chat.kind == "own");
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("clear-question", &[("name", name.into())]),
            body: if own { t("clear-body-own") } else { t("clear-body") },
            verb: t("clear"),
            danger: true,
            act: Act::new(move |()| {
                let conversation = conversation.clone();
                spawn_local(async move {
                    match store.clear_chat(conversation).await {
                        Ok(()) => load(),
                        Err(error) => store.fails(&error),
                    }
                });
            }),
        }));
    };
    let row = move |one: view::ConversationUsage| {
        let chat = store.conversation(&one.conversation);
        let name = chat.map_or_else(|| t("notes-to-self"), |chat| store.title_of(&chat));
        let counts = [("messages", one.messages.into()), ("files", one.files.into())];
        let line = ta("storage-counts", &counts);
        let (conversation, called, of) = (one.conversation.clone(), name.clone(), name.clone());
        view! {
            <li class="storage-row">
                <span><bdi class="row-name">{name}</bdi><small>{line}</small></span>
                <span class="storage-size">{when::size(one.file_bytes + one.text_bytes)}</span>
                <Button label=t("clear") of weight=Weight::Quiet on_click=move |()| clear(conversation.clone(), called.clone())/>
            </li>
        }
    };
    let body = move || {
        usage.get().map(|all| {
            let total = ta(
                "storage-total",
                &[("messages", when::size(all.database_bytes).into()), ("files", when::size(all.file_bytes).into())],
            );
            view! {
                <p>{total}</p>
                <ul class="facts" aria-label=t("settings-storage")>{all.conversations.into_iter().map(row).collect_view()}</ul>
            }
        })
    };
    // Only then: what some browsers say otherwise has nothing to do with the disk.
    let left = move || {
        store.little_room.get().map(|room| {
            let words = ta("storage-left", &[("size", when::size(room.left()).into())]);
            view! { <p class="notice look" role="status">{words}</p> }
        })
    };
    view! { <p class="soft">{t("storage-what")}</p> {left} {body} }
}
