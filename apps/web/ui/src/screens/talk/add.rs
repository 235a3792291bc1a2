//! Adding somebody to a group, and whether they get to read what was said before.

use casemate_api::Command;
use casemate_api::command::{ConversationAdd, GroupApprove};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use crate::engine::ask;
use crate::locale::{t, ta, when};
use crate::store::use_store;
use crate::ui::button::{Button, Choice, Weight};

/// How much of what was said before; the engine shares no more than the last.
const SHARED: [u32; 4] = [0, 25, 100, 5_000];

/// Adds a contact, or whoever asked to be added.
#[component]
pub fn AddMember(conversation: String, address: String, asked: bool) -> impl IntoView {
    let store = use_store();
    let name = untrack(|| store.name_of(&address));
    let group = untrack(|| store.conversation(&conversation).map(|chat| store.title_of(&chat)));
    let share = RwSignal::new(SHARED[0]);
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
    let add = move |()| {
        let share = Some(share.get_untracked()).filter(|share| *share > 0);
        let (conversation, who) = (conversation.clone(), address.clone());
        let command = match asked {
            true => Command::GroupApprove(GroupApprove { conversation, who, share }),
            false => Command::ConversationAdd(ConversationAdd { conversation, members: vec![who], share }),
        };
        store.dialog.set(None);
        spawn_local(async move {
            if let Err(error) = ask::<Value>(command).await {
                store.fails(&error);
            }
            if asked {
                store.load_joins().await;
            }
        });
    };
    view! {
        <h2>{ta("add-question", &[("name", name.into()), ("group", group.unwrap_or_default().into())])}</h2>
        <h3>{t("share-title")}</h3>
        <Choice
            label=t("share-title") options
            chosen=Signal::derive(move || share.get().to_string())
            on_choose=move |count: String| share.set(count.parse().unwrap_or(0))
        />
        <p class="soft" role="status">{hint}</p>
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("add-verb") on_click=add/>
        </div>
    }
}
