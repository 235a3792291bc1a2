//! Somebody's address in a message: whoever receives it may write to them, or ask them for contact.

use casemate_api::command::SharedContact;
use casemate_api::view::Contact;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::button::{Button, Weight};
use crate::locale::t;
use crate::screens::contacts::{ask_to_knock, open};
use crate::store::use_store;
use crate::text::plain::{handle, one_line};

/// The card.
pub fn card(contact: &SharedContact) -> impl IntoView + use<> {
    let store = use_store();
    let address = contact.address.clone();
    let name = one_line(if contact.name.trim().is_empty() { handle(&address) } else { &contact.name }, 60);
    let me = untrack(|| store.is_me(&address));
    let known = {
        let address = address.clone();
        Memo::new(move |_| store.contacts.with(|all| all.get(&address).is_some_and(Contact::is_reachable)))
    };
    let (shown, called) = (address.clone(), name.clone());
    let act = move |()| {
        let address = address.clone();
        if known.get_untracked() {
            return open(store, address);
        }
        ask_to_knock(store, address, &called);
    };
    let button = move || {
        let label = if known.get() { t("write") } else { t("send-request") };
        view! { <Button label=label weight=Weight::Quiet on_click=act.clone()/> }
    };
    let button = (!me).then_some(button);
    view! {
        <div class="contact-card">
            <div class="card-who">
                <Avatar name=name.clone() seed=shown.clone() size="small"/>
                <span><bdi class="row-name">{name}</bdi><small><bdi>{shown}</bdi></small></span>
            </div>
            <div class="buttons">{button}</div>
        </div>
    }
}
