//! A call without a chat open: whom, with pictures or without.

use casemate_api::view::Conversation;
use leptos::prelude::*;

use crate::locale::{t, ta};
use crate::screens::chats::seed;
use crate::screens::pick::SearchPeople;
use crate::store::use_store;
use crate::text::plain::matches;
use crate::ui::avatar::Avatar;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::icon::Icon;

/// Chats drawn at once: whoever has more searches.
const SHOWN: usize = 50;

/// The chats in which one can call, the newest first.
#[component]
pub fn NewCall() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let row = move |chat: Conversation| {
        let (name, seed) = (store.title_of(&chat), seed(store, &chat));
        let id = StoredValue::new(chat.conversation);
        let call = move |video: bool| {
            store.dialog.set(None);
            store.call(id.get_value(), video);
        };
        let voice = ta("call-again-voice", &[("name", name.clone().into())]);
        let video = ta("call-again-video", &[("name", name.clone().into())]);
        view! {
            <div class="member" role="listitem">
                <Avatar name=name.clone() seed size="small"/>
                <span><bdi class="row-name">{name}</bdi></span>
                <IconButton name=voice shape=Icon::Phone on_click=move |_| call(false)/>
                <IconButton name=video shape=Icon::Video on_click=move |_| call(true)/>
            </div>
        }
    };
    let rows = move || {
        let typed = typed.get();
        let fits = |chat: &&Conversation| store.may_call(chat) && matches(&store.title_of(chat), &typed);
        let found =
            store.conversations.with(|all| all.iter().filter(fits).take(SHOWN).cloned().collect::<Vec<_>>());
        match found.is_empty() {
            true => view! { <p class="soft">{t("nothing-found")}</p> }.into_any(),
            false => {
                let rows = found.into_iter().map(row).collect_view();
                view! { <div class="picker" role="list" aria-label=t("nav-chats")>{rows}</div> }.into_any()
            }
        }
    };
    view! {
        <h2>{t("call-new")}</h2>
        <SearchPeople typed/>
        {rows}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
        </div>
    }
}
