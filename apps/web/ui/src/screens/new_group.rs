//! Starting a group: a name and who is in it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::contacts::reachable;
use super::pick::PickPeople;
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::text::plain::tame;
use crate::ui::button::{Button, Field, IconButton};
use crate::ui::icon::Icon;

/// Name and members.
#[component]
pub fn NewGroup() -> impl IntoView {
    let store = use_store();
    let name = RwSignal::new(String::new());
    let members = RwSignal::new(Vec::<String>::new());
    let busy = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let wrong = Signal::derive(move || {
        (refused.get() && name.with(|name| name.trim().is_empty())).then(|| t("group-name-missing"))
    });
    let create = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = tame(name.get_untracked().trim());
        if busy.get_untracked() || wanted.trim().is_empty() {
            return refused.set(!busy.get_untracked());
        }
        busy.set(true);
        let members = members.get_untracked();
        spawn_local(async move {
            let made = store.make_conversation(members, Some(wanted)).await;
            // Its person may be somewhere else by now.
            let is_here = busy.try_set(false).is_none();
            match made {
                Ok(made) if is_here => store.go_to_chat(made),
                Ok(_) => {}
                Err(error) => store.fails(&error),
            }
        });
    };
    let people = Memo::new(move |_| reachable(store));
    view! {
        <header class="bar">
            <IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/>
            <h1>{t("new-group")}</h1>
        </header>
        <form class="new-group" on:submit=create>
            <div class="scroll">
                <div class="form"><Field label=t("group-name") value=name focused=true most=100 wrong=wrong/></div>
                <div class="people"><PickPeople people picked=members/></div>
            </div>
            // In sight below however many there are to choose from.
            <div class="new-group-end">
                <p class="soft" role="status">{move || ta("member-count", &[("count", (members.with(Vec::len) + 1).into())])}</p>
                <Button label=t("create-group") submit=true disabled=busy/>
            </div>
        </form>
    }
}
