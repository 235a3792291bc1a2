//! What is shown once: closed in the conversation, opened by a press, gone when the window over it is closed.

use casemate_api::Command;
use casemate_api::command::{AttachmentKind, OneMessage};
use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::attachment::attachments;
use super::body::body;
use super::button::Button;
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use crate::engine::{ask, read_file};
use crate::locale::t;
use crate::screens::talk::Talk;
use crate::store::use_store;

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
    let open = move |_| {
        let message = message.clone();
        spawn_local(async move {
            // Of people who are no contacts files are fetched by this press, and opened by the next.
            if !here {
                for index in 0u32..message.attachments.len() as u32 {
                    if let Err(error) = read_file(&message.message, index).await {
                        return store.fails(&error);
                    }
                }
                return;
            }
            let opened = Command::MessageOpen(OneMessage { message: message.message.clone() });
            match ask::<Value>(opened).await {
                Ok(_) => store.dialog.set(Some(Dialog::Talk(Talk::Once(Box::new(message))))),
                Err(error) => store.fails(&error),
            }
        });
    };
    let hint = match (here, moving) {
        (true, _) => t("once-open"),
        (false, true) => t("file-downloading"),
        (false, false) => t("file-offered"),
    };
    view! {
        <button type="button" class="once" disabled=moving on:click=open>{icon(Icon::Once)}<span>{kind}<small>{hint}</small></span></button>
    }
    .into_any()
}

/// Opened. Closing the window, however that happens, is the end of it.
#[component]
pub fn OnceOpen(message: Message) -> impl IntoView {
    let store = use_store();
    let id = message.message.clone();
    on_cleanup(move || store.quietly(Command::MessageRead(OneMessage { message: id })));
    let text = (!message.text.is_empty()).then(|| body(&message));
    view! {
        <h2>{t("once-title")}</h2>
        <p class="soft">{t("once-hint")}</p>
        <div class="once-shown">{attachments(&message, false)} {text}</div>
        <div class="buttons"><Button label=t("close") on_click=move |()| store.dialog.set(None)/></div>
    }
}
