//! A call's link: shown to members of a group, and what it leads to when it is opened.

use casemate_api::view::CallFound;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call_trial::{self, After};
use super::chats::seed;
use super::talk::Talk;
use crate::locale::{listed, t, ta};
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::ui::avatar::Avatar;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::link_card::link_card;

/// The line that opens the link.
pub fn line(conversation: String) -> impl IntoView {
    let store = use_store();
    let open = move |_| store.dialog.set(Some(Dialog::Talk(Talk::CallLink(conversation.clone()))));
    view! { <button type="button" class="line-button" on:click=open>{icon(Icon::Phone)}{t("call-link")}</button> }
}

/// The link as text and QR, with Share and Copy.
#[component]
pub fn CallLink(conversation: String) -> impl IntoView {
    let store = use_store();
    let link = RwSignal::new(None::<String>);
    spawn_local(async move {
        match store.call_link(conversation).await {
            Ok(made) => drop(link.try_set(Some(made))),
            Err(error) => store.fails(&error),
        }
    });
    let shown = move || link.get().map(|link| link_card(store, link, t("call-link-qr")));
    view! {
        <h2>{t("call-link")}</h2>
        <p class="soft">{t("call-link-hint")}</p>
        {shown}
        <div class="buttons"><Button label=t("close") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/></div>
    }
}

/// What a link leads to: the group's call for a member, nothing for anybody else. Opening it joins nothing; a tap does.
#[component]
pub fn ByLink(link: String) -> impl IntoView {
    let store = use_store();
    let link = StoredValue::new(link);
    // None while the engine looks.
    let found = RwSignal::new(None::<Option<CallFound>>);
    Effect::new(move |_| {
        // A call may begin there, or end, meanwhile; and one may come into the group.
        store.calling.changed.get();
        store.conversations.with(Vec::len);
        spawn_local(async move {
            let seen = store.find_call(link.get_value()).await;
            found.try_set(Some(seen));
        });
    });
    let conversation = Memo::new(move |_| {
        found.with(|found| found.as_ref().map(|found| found.as_ref().map(|found| found.conversation.clone())))
    });
    let body = move || {
        Some(match conversation.get()? {
            Some(conversation) => view! { <Found conversation/> }.into_any(),
            None => view! { <p class="empty">{t("call-link-nothing")}</p> }.into_any(),
        })
    };
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{t("call-link")}</h1>
        </header>
        <div class="page">{body}</div>
    }
}

#[component]
fn Found(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    spawn_local(async move { store.refresh_conversation(&id.get_value()).await });
    let call = Memo::new(move |_| id.with_value(|id| store.calling.goes_on(id)));
    let busy = Signal::derive(move || store.calling.taken().is_some());
    let head = move || {
        let chat = id.with_value(|id| store.conversation(id))?;
        let (name, seed) = (store.title_of(&chat), seed(store, &chat));
        Some(
            view! { <div class="details-head"><Avatar name=name.clone() seed size="large"/><bdi class="details-name">{name}</bdi></div> },
        )
    };
    let words = move || match call.get() {
        None => t("call-link-nobody"),
        Some(call) => {
            let others = call.participants.iter().filter(|one| !store.is_me(&one.address));
            let names = listed(others.map(|one| store.name_of(&one.address)));
            ta("call-goes-on-with", &[("names", names.into())])
        }
    };
    let acts = move || match call.get() {
        Some(call) => {
            view! { <Button label=t("call-join") on_click=move |()| store.answer(call.clone(), false)/> }
                .into_any()
        }
        None => view! {
            <Button label=t("call-voice") disabled=busy on_click=move |()| store.call(id.get_value(), false)/>
            <Button label=t("call-video") disabled=busy on_click=move |()| store.call(id.get_value(), true)/>
        }
        .into_any(),
    };
    let test = move |()| {
        let after = match call.get_untracked() {
            Some(call) => After::Answer(call.call),
            None => After::Start(id.get_value()),
        };
        call_trial::open(store, after);
    };
    view! {
        {head}
        <p class="soft centre" role="status">{words}</p>
        <div class="buttons stacked call-link-acts">
            {acts}
            <Button label=t("call-test") weight=Weight::Quiet disabled=busy on_click=test/>
            <Button label=t("call-link-chat") weight=Weight::Quiet on_click=move |()| store.go(Route::chat(id.get_value()))/>
        </div>
    }
}

impl Store {
    /// Where a link of this account's server leads in this app, if it is a call's.
    pub fn route_of_call_link(self, url: &str) -> Option<Route> {
        let server =
            self.account.with_untracked(|account| account.as_ref().map(|account| account.server.clone()))?;
        let name = url.strip_prefix(server.trim_end_matches('/'))?.strip_prefix("/#/call/")?;
        match Route::parse(&format!("#/call/{name}")) {
            route @ Route::CallLink(_) => Some(route),
            _ => None,
        }
    }
}
