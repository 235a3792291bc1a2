//! The rest of the app: what nobody needs to join, to read and to write comes in a file of its own, a moment after the first
//! screens.
//!
//! `cargo xtask web` takes what only [`draw`] reaches out of the page's program. What is drawn here is drawn at once where that
//! file is there already, as it is after the first seconds; else in its place stands that it is on its way, or why not.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::File;

use super::{
    be_linked::BeLinked, call::InCall, call_link::ByLink, calls::Calls, details::Details, lists::Lists,
    new_chat::NewChat, new_group::NewGroup, recovery::Restore, ringing::Rings, search_here::SearchHere,
    send::SendScreen, settings::SettingsMenu, settings::SettingsPage, starred::Starred, viewer::Viewer,
};
use crate::locale::t;
use crate::store::route::Page;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::{Dialog, rest_of_dialogs};
use crate::ui::emoji::EmojiPicker;

/// What is drawn by it.
pub enum Part {
    /// What is in a dialog.
    Dialog(Dialog),
    SettingsMenu,
    Settings(Page),
    Details(String),
    NewChat,
    NewGroup,
    Starred,
    Lists,
    Calls,
    CallLink(String),
    InCall {
        id: String,
        conversation: String,
    },
    Rings(casemate_api::view::Call),
    Viewer,
    /// Files on their way into a conversation.
    Send {
        conversation: String,
        files: RwSignal<Vec<File>, LocalStorage>,
    },
    SearchHere {
        id: String,
        open: RwSignal<bool>,
    },
    /// Emoji for what is being written.
    Emoji(Callback<String>),
    Restore(Callback<()>),
    BeLinked(Callback<()>),
}

type Draw = fn(Part) -> AnyView;

thread_local! {
    /// Once it is there.
    static DRAW: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// Fetches it. What could not be fetched is fetched again the next time.
pub async fn fetch() -> Result<(), SplitLoaderError> {
    DRAW.set(Some(drawing().await?));
    Ok(())
}

/// One of its parts.
#[component]
pub fn Rest(part: Part) -> impl IntoView {
    if let Some(draw) = DRAW.get() {
        return draw(part);
    }
    let part = StoredValue::new_local(Some(part));
    let came = RwSignal::new(None::<bool>);
    let ask = move || {
        came.set(None);
        spawn_local(async move {
            let is_here = fetch().await.is_ok();
            came.try_set(Some(is_here));
        });
    };
    ask();
    let inside = move || match came.get() {
        None => view! { <p class="soft rest" role="status">{t("starting")}</p> }.into_any(),
        Some(false) => view! {
            <div class="rest">
                <p role="alert">{t("rest-away")}</p>
                <Button label=t("try-again") weight=Weight::Quiet on_click=move |()| ask()/>
            </div>
        }
        .into_any(),
        Some(true) => {
            let part = part.try_update_value(Option::take).flatten();
            DRAW.get().zip(part).map(|(draw, part)| draw(part)).into_any()
        }
    };
    inside.into_any()
}

#[wasm_split(rest, fallible)]
fn drawing() -> Result<Draw, SplitLoaderError> {
    Ok(draw)
}

fn draw(part: Part) -> AnyView {
    match part {
        Part::Dialog(dialog) => rest_of_dialogs(dialog),
        Part::SettingsMenu => view! { <SettingsMenu/> }.into_any(),
        Part::Settings(page) => view! { <SettingsPage page/> }.into_any(),
        Part::Details(id) => view! { <Details id/> }.into_any(),
        Part::NewChat => view! { <NewChat/> }.into_any(),
        Part::NewGroup => view! { <NewGroup/> }.into_any(),
        Part::Starred => view! { <Starred/> }.into_any(),
        Part::Lists => view! { <Lists/> }.into_any(),
        Part::Calls => view! { <Calls/> }.into_any(),
        Part::CallLink(link) => view! { <ByLink link/> }.into_any(),
        Part::InCall { id, conversation } => view! { <InCall id conversation/> }.into_any(),
        Part::Rings(call) => view! { <Rings call/> }.into_any(),
        Part::Viewer => view! { <Viewer/> }.into_any(),
        Part::Send { conversation, files } => view! { <SendScreen conversation files/> }.into_any(),
        Part::SearchHere { id, open } => view! { <SearchHere id open/> }.into_any(),
        Part::Emoji(on_choose) => view! { <EmojiPicker on_choose focused=true/> }.into_any(),
        Part::Restore(back) => view! { <Restore back/> }.into_any(),
        Part::BeLinked(back) => view! { <BeLinked back/> }.into_any(),
    }
}
