//! Who got a message and who read it, and what it said before.

use casemate_api::view::{Message, Reached, Version};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, when};
use crate::store::use_store;
use crate::text::plain::tame;
use crate::ui::avatar::Avatar;
use crate::ui::button::Button;

/// About this message.
#[component]
pub fn MessageInfo(message: Message) -> impl IntoView {
    let store = use_store();
    let reached = RwSignal::new(Vec::<Reached>::new());
    let versions = RwSignal::new(Vec::<Version>::new());
    let (id, edited) = (message.message.clone(), message.edited);
    spawn_local(async move {
        reached.try_set(store.reached(id.clone()).await);
        if edited {
            versions.try_set(store.versions(id).await);
        }
    });
    let people = move || {
        let row = |one: Reached| {
            let name = store.name_of(&one.address);
            let state = match one.state.as_str() {
                "read" => t("state-read"),
                "delivered" => t("state-delivered"),
                _ => t("state-sent"),
            };
            let at = one.at.as_deref().map(when::full).unwrap_or_default();
            view! {
                <div class="member" role="listitem">
                    <Avatar name=name.clone() seed=one.address size="small"/>
                    <span><bdi class="row-name">{name}</bdi><small>{at}</small></span><em>{state}</em>
                </div>
            }
        };
        let rows = reached.get().into_iter().map(row).collect_view();
        (!rows.is_empty())
            .then(|| view! { <div class="picker" role="list" aria-label=t("info-title")>{rows}</div> })
    };
    let history = move || {
        let row = |version: Version| {
            view! { <li><small>{when::full(&version.at)}</small><p dir="auto">{tame(&version.text)}</p></li> }
        };
        let rows = versions.get().into_iter().map(row).collect_view();
        (!rows.is_empty())
            .then(|| view! { <h3>{t("earlier-versions")}</h3><ol class="versions" tabindex="0">{rows}</ol> })
    };
    view! {
        <h2>{t("info-title")}</h2>
        <p class="soft">{when::full(&message.at)}</p>
        {people} {history}
        <div class="buttons"><Button label=t("close") on_click=move |()| store.dialog.set(None)/></div>
    }
}
