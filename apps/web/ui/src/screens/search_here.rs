//! Search in the open conversation: the matches marked, one after another with the arrows or from a list.

use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::search::{FilterRow, Filters, found_row};
use crate::locale::{t, ta};
use crate::store::route::Route;
use crate::store::use_store;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;

/// The field with what it finds.
#[component]
pub fn SearchHere(id: String, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let typed = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<Message>::new());
    let at = RwSignal::new(None::<usize>);
    let filters = Filters::new();
    let filtering = RwSignal::new(false);
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = node.get() {
            let _ = input.focus();
        }
    });
    Effect::new(move |_| {
        let text = typed.with(|typed| typed.trim().to_owned());
        store.talk.highlight.set(text.clone());
        at.set(None);
        let any = filters.any();
        let search = filters.search(text.clone(), Some(id.get_value()));
        if text.is_empty() && !any {
            return found.set(Vec::new());
        }
        spawn_local(async move {
            let mut messages = store.find(search).await;
            messages.reverse();
            if typed.try_with_untracked(|typed| typed.trim() == text) == Some(true) {
                found.set(messages);
            }
        });
    });
    on_cleanup(move || drop(store.talk.highlight.try_set(String::new())));
    let step = move |older: bool| {
        let count = found.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        // The newest first: older ones come after it.
        let next = match (at.get_untracked(), older) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(now), true) => (now + 1) % count,
            (Some(now), false) => (now + count - 1) % count,
        };
        at.set(Some(next));
        if let Some(message) = found.with_untracked(|found| found.get(next).map(|one| one.message.clone())) {
            store.go_to.set(None);
            store.go(Route::Chat { conversation: id.get_value(), message: Some(message) });
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "Escape" => open.set(false),
            "Enter" if !event.is_composing() => step(!event.shift_key()),
            _ => return,
        }
        event.stop_propagation();
        event.prevent_default();
    };
    let none = Signal::derive(move || found.with(Vec::is_empty));
    let count = move || {
        let of = found.with(Vec::len);
        at.get().map_or_else(
            || ta("found-count", &[("count", of.into())]),
            |at| ta("found-place", &[("place", (at + 1).to_string().into()), ("of", of.to_string().into())]),
        )
    };
    let asked = move || typed.with(|typed| !typed.trim().is_empty()) || filters.any();
    let rows = move || {
        // Once one goes through them, the list makes room for the messages.
        let listed = at.get().is_none().then(|| found.get());
        listed.map(|found| {
            let by = |message: Message| {
                let name = untrack(|| store.name_or_you(&message.from));
                found_row(store, message, Some(name))
            };
            view! { <div class="search-found">{found.into_iter().map(by).collect_view()}</div> }
        })
    };
    let members = untrack(|| id.with_value(|id| store.conversation(id))).map(|chat| chat.members);
    let people: Vec<String> = members.into_iter().flatten().map(|member| member.address).collect();
    view! {
        <div class="search-here" role="search">
            <div class="search-line">
                <input
                    node_ref=node type="search" class="search-input" aria-label=t("search-here") placeholder=t("search") dir="auto"
                    prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) on:keydown=keys
                />
                <IconButton name=t("found-older") shape=Icon::Up disabled=none on_click=move |_| step(true)/>
                <IconButton name=t("found-newer") shape=Icon::Down disabled=none on_click=move |_| step(false)/>
                <IconButton name=t("filters") shape=Icon::Filter on_click=move |_| filtering.update(|on| *on = !*on)/>
                <IconButton name=t("close") shape=Icon::Close on_click=move |_| open.set(false)/>
            </div>
            {move || filtering.get().then(|| view! { <FilterRow filters people=people.clone()/> })}
            {move || asked().then(|| view! { <p class="soft search-count" role="status">{count}</p> })}
            {rows}
        </div>
    }
}
