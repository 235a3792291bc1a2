//! Starting a chat: with somebody known, by address or link, or as a group.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::contacts::{known, open, reachable};
use crate::locale::{t, ta};
use crate::store::route::{Page, Route};
use crate::store::use_store;
use crate::text::plain::matches;
use crate::ui::button::{Button, Field, IconButton};
use crate::ui::icon::{Icon, icon};
use crate::ui::row::PersonRow;
use crate::ui::scanner::Scanner;

/// Whom to talk to.
#[component]
pub fn NewChat() -> impl IntoView {
    let store = use_store();
    let to = RwSignal::new(String::new());
    let note = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    // A name alone is somebody of this server; keyboards of phones write its first letter large.
    let address = move || {
        let typed = to.with(|to| to.trim().to_owned());
        if typed.contains("/i#") {
            return Some(typed);
        }
        let typed = typed.trim_start_matches('@').to_lowercase();
        if typed.contains('@') {
            return Some(typed);
        }
        let fits = (2..=32).contains(&typed.len())
            && typed.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        let known = known(store).iter().any(|contact| matches(&contact.name, &typed));
        let own = store.account.with(|account| account.as_ref().map(|account| account.address.clone()))?;
        let server = own.split_once('@')?.1;
        (fits && !known).then(|| format!("{typed}@{server}"))
    };
    let knock = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let Some(wanted) = untrack(address) else {
            // Neither a link nor an address nor anybody's name.
            let typed = to.with_untracked(|to| to.trim().to_owned());
            let is_known = untrack(|| known(store)).iter().any(|contact| matches(&contact.name, &typed));
            if !typed.is_empty() && !is_known {
                let is_link = typed.contains('/') || typed.contains('#');
                store.say(t(if is_link { "said-bad-link" } else { "said-address-form" }));
            }
            return;
        };
        busy.set(true);
        let note = note.get_untracked();
        spawn_local(async move {
            let done = store.knock(wanted, note).await;
            // Its person may be somewhere else by now.
            let is_here = busy.try_set(false).is_none();
            match done {
                Ok(()) => {
                    store.say(t("knocked"));
                    if is_here {
                        store.back();
                    }
                }
                Err(error) => store.fails(&error),
            }
        });
    };
    let people = move || {
        let typed = to.get();
        let fits = reachable(store)
            .into_iter()
            .filter(|contact| matches(&contact.name, &typed) || matches(&contact.address, &typed));
        let row = |contact: casemate_api::view::Contact| {
            let address = contact.address.clone();
            view! { <PersonRow name=store.name_of(&address) seed=address.clone() below=address.clone() on_click=move |()| open(store, address.clone())/> }
        };
        fits.map(row).collect_view()
    };
    let asked = Memo::new(move |_| address());
    let ask = move || {
        asked.get().map(|address| {
            let to = (!address.contains("/i#")).then(|| {
                view! { <p class="soft">{ta("request-goes-to", &[("address", address.into())])}</p> }
            });
            view! {
                {to}
                <Field label=t("note") value=note hint=t("note-hint") most=140/>
                <Button label=t("send-request") submit=true disabled=Signal::derive(move || busy.get())/>
            }
        })
    };
    let scanning = RwSignal::new(false);
    let found = move |text: String| {
        scanning.set(false);
        // An invitation, a group's link, or an address; what else a code may say goes nowhere.
        let one_line = !text.chars().any(char::is_control) && text.len() <= 600;
        if one_line && (text.contains("/i#") || (text.contains('@') && !text.contains(' '))) {
            to.set(text);
        } else {
            store.say(t("scan-no-invitation"));
        }
    };
    let scanner = move || scanning.get().then(|| view! { <Scanner on_found=found/> });
    view! {
        <header class="bar">
            <IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/>
            <h1>{t("new-chat")}</h1>
        </header>
        <div class="scroll">
            <form class="form" on:submit=knock>
                <Field label=t("address-or-name") value=to hint=t("address-hint") focused=true most=600/>
                {ask}
            </form>
            <button type="button" class="line-button" aria-expanded=move || scanning.get().to_string() on:click=move |_| scanning.update(|on| *on = !*on)>{icon(Icon::Camera)}{t("scan-code")}</button>
            {scanner}
            <button type="button" class="line-button" on:click=move |_| store.go_instead(Route::NewGroup)>{icon(Icon::People)}{t("new-group")}</button>
            <button type="button" class="line-button" on:click=move |_| store.go(Route::Settings(Page::Invite))>{icon(Icon::Link)}{t("invite-friend")}</button>
            <button type="button" class="line-button" on:click=move |_| store.open_notes()>{icon(Icon::Edit)}{t("notes-to-self")}</button>
            {people}
        </div>
    }
}
