//! Calls that were: who called whom, how it came out, and calling again.

use casemate_api::view;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call_trial::{self, After};
use super::talk::Talk;
use crate::locale::{t, ta, when};
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::ui::avatar::Avatar;
use crate::ui::button::IconButton;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The list.
#[component]
pub fn Calls() -> impl IntoView {
    let store = use_store();
    let found = RwSignal::new(None::<Vec<view::Call>>);
    Effect::new(move |_| {
        store.calling.changed.get();
        spawn_local(async move {
            let all = store.calls().await;
            found.try_set(Some(all));
        });
    });
    let rows = move || {
        let all = found.get()?;
        Some(match all.is_empty() {
            true => view! { <div class="empty"><span class="mark-large">{icon(Icon::Phone)}</span><p>{t("calls-none")}</p></div> }.into_any(),
            false => {
                let rows = all.into_iter().map(|call| row(store, call)).collect_view();
                view! { <ul class="calls" aria-label=t("nav-calls")>{rows}</ul> }.into_any()
            }
        })
    };
    let busy = Signal::derive(move || store.calling.taken().is_some());
    view! {
        <header class="bar">
            <h1>{t("nav-calls")}</h1>
            <IconButton name=t("call-new") shape=Icon::Plus disabled=busy on_click=move |_| store.dialog.set(Some(Dialog::Talk(Talk::NewCall)))/>
            <IconButton name=t("call-test") shape=Icon::Mic disabled=busy on_click=move |_| call_trial::open(store, After::Nothing)/>
        </header>
        <div class="scroll">{rows}</div>
    }
}

fn row(store: Store, call: view::Call) -> impl IntoView {
    let chat = store.conversation(&call.conversation);
    let title = chat.as_ref().map_or_else(|| store.name_of(&call.from), |chat| store.title_of(chat));
    let other = chat.as_ref().filter(|chat| chat.kind == "pair").and_then(|chat| {
        chat.members.iter().find(|member| !store.is_me(&member.address)).map(|member| member.address.clone())
    });
    let seed = other.unwrap_or_else(|| call.conversation.clone());
    let missed = matches!(call.outcome.as_str(), "missed" | "cancelled");
    let mine = store.is_me(&call.from);
    let outcome = outcome(&call, mine);
    let way = icon(if mine { Icon::Outgoing } else { Icon::Incoming });
    let often = (call.times > 1).then(|| ta("call-times", &[("count", u64::from(call.times).into())]));
    let shape = if call.video { Icon::Video } else { Icon::Phone };
    let kind = if call.video { t("call-video") } else { t("call-voice") };
    let again = {
        let (conversation, video) = (call.conversation.clone(), call.video);
        let name = match video {
            true => ta("call-again-video", &[("name", title.clone().into())]),
            false => ta("call-again-voice", &[("name", title.clone().into())]),
        };
        let busy = Signal::derive(move || store.calling.taken().is_some());
        chat.is_some().then(|| {
            view! { <IconButton name shape disabled=busy on_click=move |_| store.call(conversation.clone(), video)/> }
        })
    };
    let open = {
        let conversation = call.conversation.clone();
        move |_| store.go(Route::Chat { conversation: conversation.clone(), message: None })
    };
    view! {
        <li class="call-row" class:missed=missed>
            <button type="button" class="call-row-open" on:click=open>
                <Avatar name=title.clone() seed size="small"/>
                <span class="call-row-words">
                    <bdi>{title}</bdi>
                    <small>{way}{kind}" · "{outcome}{often.map(|often| format!(" · {often}"))}</small>
                </span>
                <time>{when::in_list(&call.at)}</time>
            </button>
            {again}
        </li>
    }
}

fn outcome(call: &view::Call, mine: bool) -> String {
    match (call.state.as_str(), call.outcome.as_str()) {
        ("ringing" | "calling" | "in", _) => t("call-now"),
        ("going_on", _) if !call.participants.is_empty() => t("call-goes-on-short"),
        (_, "missed" | "cancelled") => t("call-missed"),
        (_, "unanswered") => t("call-unanswered"),
        (_, "declined") => t("call-you-declined"),
        (_, "refused") => t("call-refused"),
        (_, "elsewhere") => t("call-elsewhere"),
        (_, "silent") => t("call-silent"),
        _ if mine => t("call-outgoing"),
        _ => t("call-incoming"),
    }
}
