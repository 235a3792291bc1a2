//! What belongs to a group alone: what it is about, its link, those who ask to join, its members.

use casemate_api::command::{ConversationSet, GroupApprove, GroupJoin};
use casemate_api::view::JoinRequest;
use casemate_api::{Command, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::details::follows;
use crate::engine::ask;
use crate::locale::{t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::{handle, tame};
use crate::ui::act::Act;
use crate::ui::avatar::Avatar;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::link_card::link_card;

/// What the group is about, changed in place by who may.
#[component]
pub fn Description(id: String, about: Memo<String>, may: bool) -> impl IntoView {
    let store = use_store();
    if !may {
        let line = move || {
            let about = about.get();
            (!about.is_empty()).then(|| view! { <p class="description" dir="auto">{about}</p> })
        };
        return line.into_any();
    }
    let text = follows(about);
    let changed = move || text.with(|text| about.with(|about| text.trim() != about));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        store.set_conversation(ConversationSet {
            conversation: id.clone(),
            description: Some(tame(text.get_untracked().trim())),
            ..ConversationSet::default()
        });
    };
    view! {
        <form class="form" on:submit=save>
            <label class="field">
                <span class="field-label">{t("description")}</span>
                <textarea class="list-text" rows="3" dir="auto" placeholder=" " maxlength="1000" aria-label=t("description")
                    prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))></textarea>
            </label>
            {move || changed().then(|| view! { <Button label=t("save") submit=true/> })}
        </form>
    }
    .into_any()
}

/// The line that opens the link.
pub fn link_line(store: Store, id: String) -> impl IntoView {
    let open = move |_| store.dialog.set(Some(Dialog::Talk(super::talk::Talk::Link(id.clone()))));
    view! { <button type="button" class="line-button" on:click=open>{icon(Icon::Link)}{t("group-link")}</button> }
}

/// The link as text and QR, with Share, Copy and Reset.
#[component]
pub fn GroupLink(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let link = RwSignal::new(None::<String>);
    let load = move || {
        spawn_local(async move {
            match store.group_link(id.get_value()).await {
                Ok(made) => drop(link.try_set(Some(made))),
                Err(error) => store.fails(&error),
            }
        });
    };
    load();
    let reset = move |()| {
        let id = id.get_value();
        let act = Act::new(move |()| {
            let id = id.clone();
            store.attempt(async move {
                store.reset_group_link(id.clone()).await?;
                store.dialog.set(Some(Dialog::Talk(super::talk::Talk::Link(id))));
                Ok(())
            });
        });
        store.dialog.set(Some(Dialog::Confirm {
            title: t("link-reset-question"),
            body: t("link-reset-body"),
            verb: t("link-reset"),
            danger: true,
            act,
        }));
    };
    let shown = move || link.get().map(|link| link_card(store, link, t("group-link-qr")));
    view! {
        <h2>{t("group-link")}</h2>
        <p class="soft">{t("group-link-hint")}</p>
        {shown}
        <div class="buttons">
            // Where the focus is at first must do no harm.
            <Button label=t("close") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("link-reset") weight=Weight::Danger on_click=reset/>
        </div>
    }
}

/// Those who ask to join this group; all groups where none is given.
#[component]
pub fn Joins(#[prop(optional)] conversation: Option<String>) -> impl IntoView {
    let store = use_store();
    let wanted = move || {
        let all = store.talk.joins.get();
        let mine = |one: &JoinRequest| conversation.as_ref().is_none_or(|id| *id == one.conversation);
        let mine: Vec<JoinRequest> = all.into_iter().filter(mine).collect();
        let mut groups: Vec<&str> = mine.iter().map(|one| one.conversation.as_str()).collect();
        groups.dedup();
        let together = match groups[..] {
            [group] if mine.len() > 1 => Some(add_all(store, group.to_owned(), mine.len())),
            _ => None,
        };
        view! { {together} {mine.into_iter().map(|request| join(store, request)).collect_view()} }
    };
    view! { {wanted} }
}

/// Adds all who ask to join a group.
fn add_all(store: Store, conversation: String, count: usize) -> impl IntoView {
    let add = move |()| {
        let all = GroupApprove { conversation: conversation.clone(), who: None, share: None };
        spawn_local(async move {
            if let Err(error) = ask::<Value>(Command::GroupApprove(all)).await {
                store.fails(&error);
            }
            store.load_joins().await;
        });
    };
    view! { <div class="buttons"><Button label=ta("join-approve-all", &[("count", count.into())]) on_click=add/></div> }
}

fn join(store: Store, request: JoinRequest) -> impl IntoView {
    let group = untrack(|| store.conversation(&request.conversation).map(|chat| store.title_of(&chat)));
    let name = handle(&request.from).to_owned();
    let asked =
        ta("join-asks", &[("name", name.clone().into()), ("group", group.unwrap_or_default().into())]);
    let note =
        (!request.note.is_empty()).then(|| view! { <p class="note" dir="auto">{tame(&request.note)}</p> });
    let wanted = GroupJoin { conversation: request.conversation.clone(), who: request.from.clone() };
    let answer = move |command: Command| {
        spawn_local(async move {
            if let Err(error) = ask::<Value>(command).await {
                store.fails(&error);
            }
            store.load_joins().await;
        });
    };
    let refused = wanted.clone();
    let approve = move |()| {
        let (conversation, who) = (wanted.conversation.clone(), wanted.who.clone());
        store.dialog.set(Some(Dialog::Talk(super::talk::Talk::Approve(conversation, who))));
    };
    view! {
        <div class="card" role="listitem">
            <div class="card-who">
                <Avatar name=name seed=request.from.clone() size="small"/>
                <span><span>{asked}</span><small><bdi>{request.from.clone()}</bdi>" · "{when::in_list(&request.at)}</small></span>
            </div>
            {note}
            <div class="buttons">
                <Button label=t("join-approve") on_click=approve/>
                <Button label=t("decline") weight=Weight::Quiet on_click=move |()| answer(Command::GroupRefuse(refused.clone()))/>
            </div>
        </div>
    }
}

impl Store {
    /// Those who ask to join.
    pub async fn load_joins(self) {
        if let Ok(all) =
            ask::<view::JoinRequests>(Command::GroupAsked(casemate_api::command::Nothing {})).await
        {
            self.talk.joins.set(all.requests);
        }
    }
}
