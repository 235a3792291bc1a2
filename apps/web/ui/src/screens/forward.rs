//! Where messages go: up to five chats.

use casemate_api::view::{Conversation, Message};
use leptos::prelude::*;

use super::chats::seed;
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::text::plain::matches;
use crate::ui::attempt::Attempt;
use crate::ui::bubble::preview;
use crate::ui::button::{Button, Weight};
use crate::ui::row::PersonRow;

/// Chats at once, as the engine takes them.
const CHATS: usize = 5;

/// Hands from which on a message goes to one chat at a time.
const MANY_HANDS: u32 = 4;

/// The chats to choose from.
#[component]
pub fn Forward(messages: Vec<Message>, index: Option<u32>) -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let to = RwSignal::new(Vec::<String>::new());
    let most = if messages.iter().any(|message| message.forwarded >= MANY_HANDS) { 1 } else { CHATS };
    let hint = ta("forward-hint", &[("count", most.into())]);
    let ids = StoredValue::new(messages.into_iter().map(|message| message.message).collect::<Vec<_>>());
    let rows = move || {
        let row = |chat: Conversation| {
            let id = StoredValue::new(chat.conversation.clone());
            let picked = Signal::derive(move || id.with_value(|id| to.with(|to| to.contains(id))));
            let toggle = move |()| {
                to.update(|to| match to.iter().position(|one| *one == id.get_value()) {
                    Some(at) => drop(to.remove(at)),
                    None if to.len() < most => to.push(id.get_value()),
                    None => {}
                });
            };
            let (name, seed) = (store.title_of(&chat), seed(store, &chat));
            let below = match id.with_value(|id| store.hides_texts(id)) {
                true => t("text-hidden"),
                false => chat.last.as_ref().map(preview).unwrap_or_default(),
            };
            view! { <PersonRow name seed below picked=picked on_click=toggle/> }
        };
        let fits = |chat: &&Conversation| {
            chat.standing == "active" && typed.with(|typed| matches(&store.title_of(chat), typed))
        };
        store.conversations.with(|all| all.iter().filter(fits).cloned().map(row).collect_view())
    };
    let attempt = Attempt::new();
    let send = move |()| attempt.run(store, store.forward(ids.get_value(), index, to.get_untracked()));
    let none = Signal::derive(move || to.with(Vec::is_empty) || attempt.busy.get());
    view! {
        <h2>{t("forward-title")}</h2>
        <p class="soft">{hint}</p>
        <input
            class="search-input" type="search" aria-label=t("search") placeholder=t("search") dir="auto"
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))
        />
        <div class="picker" role="group" aria-label=t("nav-chats")>{rows}</div>
        {attempt.trouble()}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("forward") disabled=none on_click=send/>
        </div>
    }
}
