//! Sending somebody's address: a contact is chosen, and whoever receives it may ask them for contact.

use casemate_api::command::SharedContact;
use casemate_api::view::Contact;
use leptos::prelude::*;

use crate::locale::t;
use crate::screens::contacts::reachable;
use crate::store::use_store;
use crate::text::plain::matches;
use crate::ui::button::{Button, Weight};
use crate::ui::row::PersonRow;

/// The contacts to choose from.
#[component]
pub fn SendCard(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let typed = RwSignal::new(String::new());
    let rows = move || {
        let row = |contact: Contact| {
            let name = store.name_of(&contact.address);
            let card = SharedContact { address: contact.address.clone(), name: name.clone() };
            let send = move |()| {
                store.dialog.set(None);
                store.attempt(store.send_contact(id.get_value(), card.clone()));
            };
            view! { <PersonRow name=name seed=contact.address.clone() below=contact.address on_click=send/> }
        };
        let fits = reachable(store)
            .into_iter()
            .filter(|one| typed.with(|typed| matches(&one.name, typed) || matches(&one.address, typed)));
        let rows = fits.map(row).collect_view();
        let none = rows.is_empty().then(|| view! { <p class="soft">{t("nothing-found")}</p> });
        view! { {rows} {none} }
    };
    view! {
        <h2>{t("card-send")}</h2>
        <p class="soft">{t("card-hint")}</p>
        <input
            class="search-input" type="search" aria-label=t("search") placeholder=t("search") dir="auto"
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))
        />
        <div class="picker" role="group" aria-label=t("nav-contacts")>{rows}</div>
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
        </div>
    }
}
