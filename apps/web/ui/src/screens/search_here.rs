//! Search in the open conversation: the matches marked, one after another with the arrows or from a list.

use std::collections::BTreeSet;

use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::search::{FilterRow, Filters, Hits, ShowMore, found_row};
use crate::locale::{t, ta};
use crate::store::route::Route;
use crate::store::use_store;
use crate::ui::browser;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;

/// The field with what it finds.
#[component]
pub fn SearchHere(id: String, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let typed = RwSignal::new(String::new());
    let hits = Hits::new();
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
        hits.look(store, (any || !text.is_empty()).then_some(search));
    });
    on_cleanup(move || drop(store.talk.highlight.try_set(String::new())));
    let go_to = move |place: usize| {
        let Some(message) = hits.at(place) else { return };
        at.set(Some(place));
        store.go_to.set(None);
        store.go(Route::Chat { conversation: id.get_value(), message: Some(message) });
    };
    let step = move |older: bool| {
        let count = hits.count_now();
        // The newest first: older ones come after it.
        let next = match (at.get_untracked(), older) {
            _ if count == 0 => return,
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(now), true) if now + 1 == count && untrack(|| hits.has_more()) => {
                return spawn_local(async move {
                    hits.older(store).await;
                    // Nobody went elsewhere meanwhile.
                    if at.try_get_untracked().flatten() == Some(now) {
                        go_to((now + 1) % hits.count_now().max(1));
                    }
                });
            }
            (Some(now), true) => (now + 1) % count,
            (Some(now), false) => (now + count - 1) % count,
        };
        go_to(next);
    };
    let close = move || {
        open.set(false);
        if !browser::is_touched() {
            browser::focus("composer");
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "Escape" => close(),
            "Enter" if !event.is_composing() => step(!event.shift_key()),
            _ => return,
        }
        event.stop_propagation();
        event.prevent_default();
    };
    let none = Signal::derive(move || hits.count() == 0);
    let count = move || {
        let of = hits.count();
        match (at.get(), hits.has_more()) {
            (None, false) => ta("found-count", &[("count", of.into())]),
            (None, true) => ta("found-count-more", &[("count", of.into())]),
            (Some(at), false) => ta("found-place", &[("place", (at + 1).into()), ("of", of.into())]),
            (Some(at), true) => ta("found-place-more", &[("place", (at + 1).into()), ("of", of.into())]),
        }
    };
    let asked = move || typed.with(|typed| !typed.trim().is_empty()) || filters.any();
    let rows = move || {
        // Once one goes through them, the list makes room for the messages.
        let listed = at.get().is_none().then(|| hits.found().unwrap_or_default());
        listed.map(|found| {
            let typed = typed.get_untracked();
            let by = |message: Message| {
                let name = untrack(|| store.writer_of(&message));
                found_row(store, message, Some(name), typed.trim())
            };
            view! { <div class="search-found">{found.into_iter().map(by).collect_view()}<ShowMore hits/></div> }
        })
    };
    // Who is a member now, and who left but wrote some of what is on the screen.
    let people = move || {
        let members = untrack(|| id.with_value(|id| store.conversation(id))).map(|chat| chat.members);
        let mut people: BTreeSet<String> =
            members.into_iter().flatten().map(|member| member.address).collect();
        store.window.with_untracked(|window| {
            // What was brought along has names in place of addresses.
            let sent = window.rows.iter().map(|row| &row.message).filter(|message| !message.imported);
            people.extend(sent.map(|message| message.from.clone()));
        });
        people
    };
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
                <IconButton name=t("close") shape=Icon::Close on_click=move |_| close()/>
            </div>
            {move || filtering.get().then(|| view! { <FilterRow filters people=people()/> })}
            {move || asked().then(|| view! { <p class="soft search-count" role="status">{count}</p> })}
            {rows}
        </div>
    }
}
