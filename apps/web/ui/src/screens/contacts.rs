//! People: known ones by name, and a field to find one with.

use casemate_api::view::Contact;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pick::{SearchPeople, fits};
use crate::locale::t;
use crate::store::route::{Page, Route};
use crate::store::{Store, use_store};
use crate::text::plain::folded;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::icon::Icon;
use crate::ui::row::PersonRow;

/// The list.
#[component]
pub fn Contacts() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let any = Memo::new(move |_| store.contacts.with(|all| !all.is_empty()));
    let search = move || any.get().then(|| view! { <div class="people-search"><SearchPeople typed/></div> });
    let rows = move || {
        let row = |contact: Contact| {
            let address = contact.address.clone();
            let below = if contact.blocked { t("blocked") } else { contact.address.clone() };
            view! { <PersonRow name=store.name_of(&contact.address) seed=address.clone() below on_click=move |()| open(store, address.clone())/> }
        };
        if !any.get() {
            let invite = move |()| store.go(Route::Settings(Page::Invite));
            return view! { <div class="empty"><p>{t("no-contacts")}</p><Button label=t("invite-friend") weight=Weight::Quiet on_click=invite/></div> }.into_any();
        }
        let fits = |one: &Contact| typed.with(|typed| fits(store, one, typed));
        let rows = known(store).into_iter().filter(fits).map(row).collect_view();
        let none = rows.is_empty().then(|| view! { <p class="empty">{t("nothing-found")}</p> });
        view! { {rows} {none} }.into_any()
    };
    view! {
        <header class="bar">
            <h1>{t("nav-contacts")}</h1>
            <IconButton name=t("new-chat") shape=Icon::Plus on_click=move |_| store.go(Route::NewChat)/>
        </header>
        {search}
        <div class="scroll">{rows}</div>
    }
}

/// Contacts by name.
pub fn known(store: Store) -> Vec<Contact> {
    let mut all: Vec<Contact> = store.contacts.with(|all| all.values().cloned().collect());
    all.sort_by_key(|contact| folded(&contact.name));
    all
}

/// Opens the chat with somebody.
pub fn open(store: Store, address: String) {
    spawn_local(async move {
        if let Err(error) = store.start_conversation(vec![address], None).await {
            store.fails(&error);
        }
    });
}
