//! Who knocks, and groups that wait: quiet, plain text, three answers.

use casemate_api::Command;
use casemate_api::view::{ContactRequest, ConversationRequest, SentRequest};
use leptos::prelude::*;

use super::contacts::ask_to_block;
use super::group::Joins;
use super::talk::Talk;
use crate::locale::{listed, t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::{handle, one_line, tame};
use crate::ui::avatar::Avatar;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;

/// Groups that are named.
const GROUPS: usize = 3;

/// The list.
#[component]
pub fn Requests() -> impl IntoView {
    let store = use_store();
    let empty = move || {
        let none = store.requests.with(Vec::is_empty)
            && store.group_requests.with(Vec::is_empty)
            && store.talk.joins.with(Vec::is_empty)
            && store.sent_requests.with(Vec::is_empty);
        none.then(|| view! { <p class="empty">{t("no-requests")}</p> })
    };
    let hint = move || {
        let any =
            store.requests.with(|all| !all.is_empty()) || store.group_requests.with(|all| !all.is_empty());
        any.then(|| view! { <p class="soft centre">{t("requests-hint")}</p> })
    };
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{t("requests")}</h1>
        </header>
        <div class="page">
            <div class="cards" role="list" aria-label=t("requests")>
                <For each=move || store.requests.get() key=|request| request.from.clone() children=|request| view! { <Knock request/> }/>
                <Joins/>
                <For each=move || store.group_requests.get() key=|request| request.conversation.clone() children=|request| view! { <Group request/> }/>
            </div>
            {empty}
            {hint}
            <Sent/>
        </div>
    }
}

/// Those that one sent oneself.
#[component]
fn Sent() -> impl IntoView {
    let store = use_store();
    let one = move |request: SentRequest| {
        let name = store.name_of(&request.to);
        let note = (!request.note.is_empty())
            .then(|| view! { <p class="note" dir="auto">{tame(&request.note)}</p> });
        let (to, of) = (request.to.clone(), name.clone());
        let take_back = move |()| store.withdraw_request(to.clone());
        view! {
            <div class="card" role="listitem">
                <div class="card-who">
                    <Avatar name=name.clone() seed=request.to.clone() size="small"/>
                    <span><bdi class="row-name">{name}</bdi><small><bdi>{request.to.clone()}</bdi>" · "{when::in_list(&request.at)}</small></span>
                </div>
                {note}
                <p class="soft">{t("sent-waits")}</p>
                <div class="buttons"><Button label=t("request-withdraw") of weight=Weight::Quiet on_click=take_back/></div>
            </div>
        }
    };
    let any = Memo::new(move |_| store.sent_requests.with(|sent| !sent.is_empty()));
    move || {
        any.get().then(|| {
            view! {
                <h2 class="heading">{t("sent-requests")}</h2>
                <div class="cards" role="list" aria-label=t("sent-requests")>
                    <For each=move || store.sent_requests.get() key=|request| (request.to.clone(), request.at.clone()) children=one/>
                </div>
            }
        })
    }
}

#[component]
fn Knock(request: ContactRequest) -> impl IntoView {
    let store = use_store();
    let from = StoredValue::new(request.from.clone());
    let name = handle(&request.from).to_owned();
    let block = {
        let name = name.clone();
        move |()| {
            ask_to_block(store, &name, move |()| {
                store.answer_request(from.get_value(), Command::ContactBlock)
            });
        }
    };
    let report = move |()| {
        store.dialog.set(Some(Dialog::Talk(Talk::Report(from.get_value(), None))));
    };
    let note =
        (!request.note.is_empty()).then(|| view! { <p class="note" dir="auto">{tame(&request.note)}</p> });
    let common = common(store, &request.groups).map(|words| view! { <p class="soft">{words}</p> });
    view! {
        <div class="card" role="listitem">
            <div class="card-who">
                <Avatar name=name.clone() seed=request.from.clone() size="small"/>
                <span><bdi class="row-name">{one_line(&name, 40)}</bdi><small><bdi>{request.from.clone()}</bdi>" · "{when::in_list(&request.at)}</small></span>
            </div>
            {note}
            {common}
            <div class="buttons">
                <Button label=t("accept") of=name.clone() on_click=move |()| store.answer_request(from.get_value(), Command::ContactAccept)/>
                <Button label=t("decline") of=name.clone() weight=Weight::Quiet on_click=move |()| store.answer_request(from.get_value(), Command::ContactDecline)/>
                <Button label=t("report") of=name.clone() weight=Weight::Quiet on_click=report/>
                <Button label=t("block") of=name weight=Weight::Danger on_click=block/>
            </div>
        </div>
    }
}

/// In which groups one is with whoever asks.
fn common(store: Store, groups: &[String]) -> Option<String> {
    let name = |id: &String| store.conversation(id).map(|chat| store.title_of(&chat));
    let names: Vec<String> = untrack(|| groups.iter().filter_map(name).collect());
    let (first, rest) = names.split_at(names.len().min(GROUPS));
    let said = ("groups", listed(first.to_vec()).into());
    match (first.len(), rest.len()) {
        (0, _) => None,
        (_, 0) => Some(ta("request-groups", &[said])),
        (_, more) => Some(ta("request-groups-more", &[said, ("count", more.into())])),
    }
}

#[component]
fn Group(request: ConversationRequest) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(request.conversation.clone());
    let name = one_line(&request.name, 80);
    let from = untrack(|| store.name_of(&request.from));
    view! {
        <div class="card" role="listitem">
            <div class="card-who">
                <Avatar name=name.clone() seed=request.conversation.clone() size="small"/>
                <span><bdi class="row-name">{name.clone()}</bdi><small>{ta("added-by", &[("name", from.into())])}" · "{when::in_list(&request.at)}</small></span>
            </div>
            <div class="buttons">
                <Button label=t("accept") of=name.clone() on_click=move |()| store.answer_group(id.get_value(), true)/>
                <Button label=t("decline") of=name weight=Weight::Quiet on_click=move |()| store.answer_group(id.get_value(), false)/>
            </div>
        </div>
    }
}
