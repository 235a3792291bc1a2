//! People: known ones by name, and a field to find one with.

use casemate_api::Command;
use casemate_api::command::Who;
use casemate_api::view::Contact;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pick::{SearchPeople, fits};
use crate::locale::{t, ta};
use crate::store::route::{Page, Route};
use crate::store::{Store, use_store};
use crate::text::plain::folded;
use crate::ui::act::Act;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::dialog::Dialog;
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
            let below = match &contact {
                Contact { gone: true, .. } => t("contact-gone"),
                Contact { blocked: true, .. } => t("blocked"),
                _ => contact.address.clone(),
            };
            view! { <PersonRow name=store.name_of(&contact.address) seed=address.clone() below on_click=move |()| reach(store, address.clone())/> }
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

/// Contacts that something can be sent to, by name.
pub fn reachable(store: Store) -> Vec<Contact> {
    let mut all = known(store);
    all.retain(Contact::is_reachable);
    all
}

/// Opens the chat with somebody, where that is possible; who is none yet is asked, and who was blocked is let in again.
pub fn reach(store: Store, address: String) {
    let gone = || store.contacts.with(|all| all.get(&address).is_some_and(|one| one.gone));
    if untrack(gone)
        && let Some(chat) = untrack(|| store.pair_with(&address))
    {
        return store.go_to_chat(chat);
    }
    match untrack(|| store.contacts.with(|all| all.get(&address).map(|one| one.blocked))) {
        Some(false) => open(store, address),
        Some(true) => ask_to_unblock(store, address),
        None => {
            let name = store.name_of(&address);
            ask_to_knock(store, address, &name);
        }
    }
}

/// Sends somebody a request, once that is agreed to.
pub fn ask_to_knock(store: Store, address: String, name: &str) {
    let act = move |()| {
        let address = address.clone();
        store.attempt(async move {
            store.knock(address, String::new()).await?;
            store.say(t("knocked"));
            Ok(())
        });
    };
    store.dialog.set(Some(Dialog::Confirm {
        title: ta("card-question", &[("name", name.to_owned().into())]),
        body: t("card-body"),
        verb: t("send-request"),
        danger: false,
        act: Act::new(act),
    }));
}

/// Blocks somebody of that name by `act`, once that is agreed to.
pub fn ask_to_block(store: Store, name: &str, act: impl Fn(()) + Send + Sync + 'static) {
    store.dialog.set(Some(Dialog::Confirm {
        title: ta("block-question", &[("name", name.to_owned().into())]),
        body: t("block-body"),
        verb: t("block"),
        danger: true,
        act: Act::new(act),
    }));
}

fn ask_to_unblock(store: Store, address: String) {
    let name = store.name_of(&address);
    let act = move |()| store.quietly(Command::ContactUnblock(Who { who: address.clone() }));
    store.dialog.set(Some(Dialog::Confirm {
        title: ta("unblock-question", &[("name", name.into())]),
        body: t("unblock-body"),
        verb: t("unblock"),
        danger: false,
        act: Act::new(act),
    }));
}

/// Opens the chat with somebody.
pub fn open(store: Store, address: String) {
    spawn_local(async move {
        if let Err(error) = store.start_conversation(vec![address], None).await {
            store.fails(&error);
        }
    });
}
