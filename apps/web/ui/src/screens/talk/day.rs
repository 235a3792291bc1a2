//! Going to a day of a conversation.

use casemate_api::command::MessageList;
use casemate_api::{Command, view};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::ask;
use crate::locale::t;
use crate::screens::search::start_of;
use crate::store::route::Route;
use crate::store::use_store;
use crate::ui::button::{Button, Weight};

/// Which day.
#[component]
pub fn Day(conversation: String) -> impl IntoView {
    let store = use_store();
    let day = RwSignal::new(String::new());
    let from = move || day.with(|day| start_of(day, 0));
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(from) = untrack(from) else { return };
        let conversation = conversation.clone();
        store.dialog.set(None);
        spawn_local(async move {
            let list = MessageList {
                conversation: conversation.clone(),
                from: Some(from),
                limit: Some(1),
                ..MessageList::default()
            };
            match ask::<view::Messages>(Command::MessageList(list)).await {
                Ok(page) => match page.messages.into_iter().next() {
                    Some(first) => {
                        store.go_to.set(None);
                        store.go(Route::Chat { conversation, message: Some(first.message) });
                    }
                    None => store.say(t("day-none")),
                },
                Err(error) => store.fails(&error),
            }
        });
    };
    view! {
        <h2>{t("day-title")}</h2>
        <form class="form" on:submit=go>
            <label class="field">
                <span class="field-label">{t("day-label")}</span>
                <span class="field-box">
                    <input type="date" max="9999-12-31" aria-label=t("day-label") prop:value=move || day.get() on:input=move |event| day.set(event_target_value(&event))/>
                </span>
            </label>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
                <Button label=t("day-go") submit=true disabled=Signal::derive(move || from().is_none())/>
            </div>
        </form>
    }
}
