//! Who got a message and who read it, who reacted and voted, and what it said before.

use casemate_api::view::{Message, PollOption, Reached, Reaction, Version};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, when};
use crate::store::use_store;
use crate::text::fold::covered;
use crate::text::format::unmarked;
use crate::text::plain::{one_line, tame};
use crate::ui::avatar::Avatar;
use crate::ui::button::{Button, Weight};

/// What a message said before is shown so much at once, the newest: whoever wrote it may have changed it ten thousand times.
const VERSIONS: usize = 20;

/// About this message.
#[component]
pub fn MessageInfo(message: Message) -> impl IntoView {
    let store = use_store();
    let reached = RwSignal::new(Vec::<Reached>::new());
    let versions = RwSignal::new(Vec::<Version>::new());
    let most = RwSignal::new(VERSIONS);
    let (id, edited) = (message.message.clone(), message.edited);
    spawn_local(async move {
        reached.try_set(store.reached(id.clone()).await);
        if edited {
            versions.try_set(store.versions(id).await);
        }
    });
    // As it is now: others react and vote meanwhile.
    let now = {
        let message = message.clone();
        Memo::new(move |_| {
            let held = store.window.with(|window| window.find(&message.message).cloned());
            held.unwrap_or_else(|| message.clone())
        })
    };
    let people = move || {
        let row = |one: Reached| {
            let name = store.name_of(&one.address);
            let state = match one.state.as_str() {
                "opened" => t("once-opened"),
                "read" => t("state-read"),
                "delivered" => t("state-delivered"),
                _ => t("state-sent"),
            };
            let at = one.at.as_deref().map(when::short).unwrap_or_default();
            view! { <Person name address=one.address below=at end=state/> }
        };
        let rows = reached.get().into_iter().map(row).collect_view();
        (!rows.is_empty()).then(
            || view! { <div class="picker" role="list" tabindex="0" aria-label=t("info-title")>{rows}</div> },
        )
    };
    let reactions = move || {
        let row = |one: Reaction| {
            let name = store.name_or_you(&one.from);
            view! { <Person name address=one.from end=one_line(&one.emoji, 2)/> }
        };
        let rows = now.with(|message| message.reactions.clone()).into_iter().map(row).collect_view();
        (!rows.is_empty()).then(|| {
            let title = t("info-reactions");
            view! { <h3>{title.clone()}</h3><div class="picker" role="list" tabindex="0" aria-label=title>{rows}</div> }
        })
    };
    let votes = move || {
        let options = now.with(|message| message.poll.clone()).map(|poll| poll.options).unwrap_or_default();
        let chosen = options.into_iter().filter(|option| !option.voters.is_empty());
        let rows = chosen.map(|option| view! { <Voters option/> }).collect_view();
        (!rows.is_empty()).then(|| view! { <h3>{t("info-votes")}</h3>{rows} })
    };
    let history = move || {
        let row = |version: Version| {
            // What is covered in the message is covered here.
            let text = tame(&version.text);
            let text = if text.contains("||") { unmarked(&covered(text)) } else { text };
            view! { <li><small>{when::short(&version.at)}</small><p dir="auto">{text}</p></li> }
        };
        let all = versions.get();
        let before = all.len().saturating_sub(most.get());
        let rows = all.into_iter().skip(before).map(row).collect_view();
        let more = (before > 0).then(|| {
            let on_click = move |()| most.update(|most| *most += VERSIONS);
            view! { <Button label=t("show-more") weight=Weight::Quiet on_click/> }
        });
        (!rows.is_empty()).then(
            || view! { <h3>{t("earlier-versions")}</h3>{more}<ol class="versions" tabindex="0">{rows}</ol> },
        )
    };
    view! {
        <h2>{t("info-title")}</h2>
        <p class="soft">{when::full(&message.at)}</p>
        {people} {reactions} {votes} {history}
        <div class="buttons"><Button label=t("close") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/></div>
    }
}

/// Somebody, and what there is to say of them about this message.
#[component]
fn Person(
    name: String,
    address: String,
    #[prop(optional)] below: Option<String>,
    #[prop(optional)] end: Option<String>,
) -> impl IntoView {
    view! {
        <div class="member" role="listitem">
            <Avatar name=name.clone() seed=address size="small"/>
            <span><bdi class="row-name">{name}</bdi><small>{below}</small></span><em>{end}</em>
        </div>
    }
}

/// Who chose an option of a poll.
#[component]
fn Voters(option: PollOption) -> impl IntoView {
    let store = use_store();
    let title = one_line(&option.text, 200);
    let row = |address: String| view! { <Person name=store.name_or_you(&address) address/> };
    let rows = option.voters.into_iter().map(row).collect_view();
    view! {
        <p class="soft" dir="auto">{title.clone()}</p>
        <div class="picker" role="list" tabindex="0" aria-label=title>{rows}</div>
    }
}
