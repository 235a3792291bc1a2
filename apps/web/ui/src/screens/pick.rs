//! Choosing people: a field to find them with, and a row to tick for each.

use casemate_api::view::Contact;
use leptos::prelude::*;

use crate::locale::t;
use crate::store::{Store, use_store};
use crate::text::plain::matches;
use crate::ui::button::{Button, Weight};
use crate::ui::row::PersonRow;

/// Rows drawn at first: a thousand at once would make the page slow, and whoever has so many searches.
const SHOWN: usize = 100;

/// Whether somebody is meant: by what they are called here, or by their address.
pub fn fits(store: Store, one: &Contact, typed: &str) -> bool {
    matches(&untrack(|| store.name_of(&one.address)), typed) || matches(&one.address, typed)
}

/// The field above a list of people.
#[component]
pub fn SearchPeople(typed: RwSignal<String>) -> impl IntoView {
    // It may stand in a form, which is not sent by looking for somebody.
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
        }
    };
    view! {
        <input
            class="search-input" type="search" aria-label=t("search") placeholder=t("search") dir="auto"
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) on:keydown=keys
        />
    }
}

/// The field and the rows. Whoever is ticked stays so while others are looked for.
#[component]
pub fn PickPeople(
    #[prop(into)] people: Signal<Vec<Contact>>,
    /// Their addresses.
    picked: RwSignal<Vec<String>>,
    /// Where the rows scroll by themselves.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let most = RwSignal::new(SHOWN);
    let found = Memo::new(move |_| {
        let fit = |one: &&Contact| typed.with(|typed| fits(store, one, typed));
        people.with(|people| people.iter().filter(fit).cloned().collect::<Vec<_>>())
    });
    let row = move |contact: Contact| {
        let address = StoredValue::new(contact.address.clone());
        let is_picked =
            Signal::derive(move || address.with_value(|one| picked.with(|all| all.contains(one))));
        let toggle = move |()| {
            picked.update(|all| match all.iter().position(|one| *one == address.get_value()) {
                Some(at) => drop(all.remove(at)),
                None => all.push(address.get_value()),
            });
        };
        view! { <PersonRow name=store.name_of(&contact.address) seed=contact.address.clone() below=contact.address picked=is_picked on_click=toggle/> }
    };
    let rows = move || {
        let rows = found.get().into_iter().take(most.get()).map(row).collect_view();
        let none = rows.is_empty().then(|| view! { <p class="soft">{t("nothing-found")}</p> });
        let more = move |()| most.update(|most| *most += SHOWN);
        let more = (found.with(Vec::len) > most.get())
            .then(|| view! { <Button label=t("show-more") weight=Weight::Quiet on_click=more/> });
        view! { {rows} {none} {more} }
    };
    let any = Memo::new(move |_| !people.with(Vec::is_empty));
    move || {
        any.get().then(|| {
            view! {
                <SearchPeople typed/>
                <div class=class role="group" aria-label=t("nav-contacts")>{rows}</div>
            }
        })
    }
}
