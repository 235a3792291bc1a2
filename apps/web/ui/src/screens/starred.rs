//! Messages with a star, of all chats.

use casemate_api::command::MessageSearch;
use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::search::found_row;
use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;

/// Shown at once, the newest.
const MOST: u32 = 500;

/// The page.
#[component]
pub fn Starred() -> impl IntoView {
    let store = use_store();
    let found = RwSignal::new(None::<Vec<Message>>);
    spawn_local(async move {
        let search = MessageSearch { starred: true, limit: Some(MOST), ..MessageSearch::default() };
        let all = store.find(search).await;
        found.try_set(Some(all));
    });
    let rows = move || {
        let all = found.get()?;
        Some(match all.is_empty() {
            true => view! { <p class="empty">{t("starred-none")}</p> }.into_any(),
            false => all
                .into_iter()
                .rev()
                .map(|message| found_row(store, message, None, ""))
                .collect_view()
                .into_any(),
        })
    };
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{t("starred-messages")}</h1>
        </header>
        <div class="scroll results" role="region" aria-label=t("starred-messages")>{rows}</div>
    }
}
