//! What is shown once: closed in the conversation, opened by a press, gone when the window over it is closed.

use casemate_api::command::{AttachmentKind, OneMessage};
use casemate_api::view::{Message, MessageOpened};
use casemate_api::{Command, Error, Kind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::attachment::attachments;
use super::body::body;
use super::button::{Button, Weight};
use super::dialog::Dialog;
use super::guard;
use super::icon::{Icon, icon};
use super::player;
use crate::engine::{ask, read_file};
use crate::locale::t;
use crate::screens::talk::Talk;
use crate::store::{Store, use_store};

/// In its bubble.
pub fn once(message: &Message, own: bool) -> impl IntoView + use<> {
    let store = use_store();
    let kind = match message.attachments.first().map(|file| file.kind) {
        Some(AttachmentKind::Photo | AttachmentKind::Sticker) => t("once-photo"),
        Some(AttachmentKind::Video) => t("once-video"),
        Some(AttachmentKind::Voice) => t("once-voice"),
        Some(AttachmentKind::Document) => t("once-file"),
        None => t("once-message"),
    };
    if message.opened {
        return view! { <p class="once opened">{icon(Icon::Once)}<span>{t("once-opened")}</span></p> }
            .into_any();
    }
    if own {
        return view! { <p class="once">{icon(Icon::Once)}<span>{kind}<small>{t("once-sent")}</small></span></p> }
            .into_any();
    }
    let here = message.attachments.iter().all(|file| file.state == "stored");
    let moving = message.attachments.iter().any(|file| file.state == "downloading");
    let message = message.clone();
    let opening = RwSignal::new(false);
    let open = move |_| {
        if opening.get_untracked() {
            return;
        }
        opening.set(true);
        let message = message.clone();
        spawn_local(async move {
            let done = opened(store, message, here).await;
            opening.try_set(false);
            if let Err(error) = done {
                store.fails(&error);
            }
        });
    };
    let hint = match (here, moving) {
        (true, _) => t("once-open"),
        (false, true) => t("file-downloading"),
        (false, false) => t("file-offered"),
    };
    view! {
        <button type="button" class="once" disabled=move || moving || opening.get() on:click=open>{icon(Icon::Once)}<span>{kind}<small>{hint}</small></span></button>
    }
    .into_any()
}

/// Opens it in a window, or fetches its files where they are not here.
async fn opened(store: Store, message: Message, here: bool) -> Result<(), Error> {
    let files = 0u32..message.attachments.len() as u32;
    // Of people who are no contacts files are fetched by this press, and opened by the next.
    if !here {
        for index in files {
            read_file(&message.message, index).await?;
        }
        return Ok(());
    }
    // It is opened once: not while what would show it cannot be had.
    if !files.is_empty() {
        guard::load().await.map_err(|away| Error::new(Kind::Offline, away))?;
    }
    let open = Command::MessageOpen(OneMessage { message: message.message.clone() });
    // Lists have its files' kinds alone; what is shown comes with the answer.
    let opened: MessageOpened = ask(open).await?;
    store.dialog.set(Some(Dialog::Talk(Talk::Once(Box::new(opened.message)))));
    Ok(())
}

/// Opened. Closing the window, however that happens, is the end of it.
#[component]
pub fn OnceOpen(message: Message) -> impl IntoView {
    let store = use_store();
    let id = message.message.clone();
    on_cleanup(move || {
        player::close_of(store, &id);
        store.quietly(Command::MessageRead(OneMessage { message: id }));
    });
    let text = (!message.text.is_empty()).then(|| body(&message));
    view! {
        <h2>{t("once-title")}</h2>
        <p class="soft">{t("once-hint")}</p>
        <div class="once-shown">{attachments(&message, false)} {text}</div>
        <div class="buttons"><Button label=t("close") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/></div>
    }
}
