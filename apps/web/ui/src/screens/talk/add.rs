//! Adding people to a group, and whether they get to read what was said before.

use casemate_api::Command;
use casemate_api::command::{ConversationAdd, GroupApprove};
use casemate_api::view::Contact;
use leptos::prelude::*;
use serde_json::Value;

use crate::engine::ask;
use crate::locale::{t, ta, when};
use crate::screens::contacts::reachable;
use crate::screens::pick::PickPeople;
use crate::store::use_store;
use crate::ui::attempt::Attempt;
use crate::ui::button::{Button, Choice, Weight};

/// How much of what was said before; the engine shares no more than the last.
const SHARED: [u32; 4] = [0, 25, 100, 5_000];

/// Adds contacts, some at once, with one answer about earlier messages for all of them.
#[component]
pub fn AddMembers(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let outside = Memo::new(move |_| {
        let members = id.with_value(|id| store.conversation(id)).map(|chat| chat.members).unwrap_or_default();
        let is_in = |one: &Contact| members.iter().any(|member| member.address == one.address);
        reachable(store).into_iter().filter(|one| !is_in(one)).collect::<Vec<_>>()
    });
    let nobody =
        move || outside.with(Vec::is_empty).then(|| view! { <p class="soft">{t("nobody-to-add")}</p> });
    let picked = RwSignal::new(Vec::<String>::new());
    let share = RwSignal::new(SHARED[0]);
    let attempt = Attempt::new();
    let add = move |()| {
        let command = Command::ConversationAdd(ConversationAdd {
            conversation: id.get_value(),
            members: picked.get_untracked(),
            share: wanted(share),
        });
        attempt.run(store, async move { ask::<Value>(command).await.map(|_| ()) });
    };
    let none = Signal::derive(move || picked.with(Vec::is_empty) || attempt.busy.get());
    view! {
        <h2>{t("add-members")}</h2>
        {nobody}
        <PickPeople people=outside picked class="picker"/>
        <p class="soft" role="status">{move || ta("list-people", &[("count", picked.with(Vec::len).into())])}</p>
        <Share share/>
        {attempt.trouble()}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("add-verb") disabled=none on_click=add/>
        </div>
    }
}

/// Adds whoever asked to be added.
#[component]
pub fn Approve(conversation: String, who: String) -> impl IntoView {
    let store = use_store();
    let name = untrack(|| store.name_of(&who));
    let group = untrack(|| store.conversation(&conversation).map(|chat| store.title_of(&chat)));
    let share = RwSignal::new(SHARED[0]);
    let attempt = Attempt::new();
    let add = move |()| {
        let (conversation, who) = (conversation.clone(), who.clone());
        let command =
            Command::GroupApprove(GroupApprove { conversation, who: Some(who), share: wanted(share) });
        attempt.run(store, async move {
            let done = ask::<Value>(command).await.map(|_| ());
            store.load_joins().await;
            done
        });
    };
    view! {
        <h2>{ta("add-question", &[("name", name.into()), ("group", group.unwrap_or_default().into())])}</h2>
        <Share share/>
        {attempt.trouble()}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("add-verb") disabled=attempt.busy on_click=add/>
        </div>
    }
}

fn wanted(share: RwSignal<u32>) -> Option<u32> {
    Some(share.get_untracked()).filter(|share| *share > 0)
}

/// How much of what was said before they get.
#[component]
fn Share(share: RwSignal<u32>) -> impl IntoView {
    let options = SHARED
        .map(|count| {
            let words = match count {
                0 => t("share-none"),
                25 | 100 => ta("share-last", &[("count", (count as usize).into())]),
                _ => t("share-all"),
            };
            (count.to_string(), words)
        })
        .to_vec();
    let hint = move || match share.get() {
        0 => t("share-none-hint"),
        _ => ta("share-hint", &[("most", when::number(f64::from(SHARED[3])).into())]),
    };
    view! {
        <h3>{t("share-title")}</h3>
        <Choice
            label=t("share-title") options
            chosen=Signal::derive(move || share.get().to_string())
            on_choose=move |count: String| share.set(count.parse().unwrap_or(0))
        />
        <p class="soft" role="status">{hint}</p>
    }
}
