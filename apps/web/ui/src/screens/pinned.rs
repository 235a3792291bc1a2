//! Pinned messages on top of a conversation: one at a time, the next with each press.

use casemate_api::command::MessageSearch;
use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta};
use crate::store::route::Route;
use crate::store::use_store;
use crate::ui::bubble::preview;
use crate::ui::button::IconButton;
use crate::ui::icon::{Icon, icon};

/// Pins looked at; nobody goes through more one by one.
const MOST: u32 = 50;

/// The bar; nothing where nothing is pinned.
#[component]
pub fn PinnedBar(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let pinned = RwSignal::new(Vec::<Message>::new());
    let at = RwSignal::new(0usize);
    // What of the held messages is pinned: when that changes, all is asked for again.
    let held = Memo::new(move |_| {
        store.window.with(|window| {
            let rows = window.rows.iter().filter(|row| row.message.pinned);
            rows.map(|row| row.message.message.clone()).collect::<Vec<_>>()
        })
    });
    Effect::new(move |_| {
        held.with(Vec::len);
        store.changed_out_of_sight.track();
        let conversation = id.get_value();
        spawn_local(async move {
            let search = MessageSearch {
                conversation: Some(conversation),
                pinned: true,
                limit: Some(MOST),
                ..MessageSearch::default()
            };
            let mut found = store.find(search).await;
            found.reverse();
            at.try_update(|at| *at = (*at).min(found.len().saturating_sub(1)));
            pinned.try_set(found);
        });
    });
    let go = move |_| {
        let Some(message) = pinned.with_untracked(|all| all.get(at.get_untracked()).cloned()) else { return };
        at.update(|at| *at = (*at + 1) % pinned.with_untracked(Vec::len).max(1));
        let message = Some(message.message);
        store.go_to.set(None);
        store.go(Route::Chat { conversation: id.get_value(), message });
    };
    let unpin = move |_| {
        if let Some(message) = pinned.with_untracked(|all| all.get(at.get_untracked()).cloned()) {
            pinned.update(|all| all.retain(|one| one.message != message.message));
            store.mark(&message, true);
        }
    };
    move || {
        let all = pinned.get();
        let now = at.get().min(all.len().saturating_sub(1));
        let message = all.get(now)?;
        let dots = (all.len() > 1).then(|| {
            let dot = |number: usize| view! { <i class=if number == now { "on" } else { "" }></i> };
            view! { <span class="pin-dots" aria-hidden=true.to_string()>{(0..all.len().min(6)).map(dot).collect_view()}</span> }
        });
        let label = ta("pinned-message", &[("text", preview(message).into())]);
        Some(view! {
            <div class="pinned-bar" role="region" aria-label=t("pinned-messages")>
                {dots}
                <button type="button" class="pinned-line" aria-label=label on:click=go>
                    {icon(Icon::Pin)}<bdi>{preview(message)}</bdi>
                </button>
                <IconButton name=t("unpin") shape=Icon::Close small=true on_click=unpin/>
            </div>
        })
    }
}
