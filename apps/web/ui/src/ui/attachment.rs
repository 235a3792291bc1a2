//! Files of a message: pictures as pixels from guard, everything else by name, size and what can be done with it.

use casemate_api::command::AttachmentKind;
use casemate_api::view::{Attachment, Message};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::button::IconButton;
use super::icon::Icon;
use super::picture::Picture;
use super::voice::Voice;
use crate::engine::read_file;
use crate::locale::{t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::{bytes, one_line};

/// All files of a message, pictures as an album.
pub fn attachments(message: &Message, own: bool) -> impl IntoView + use<> {
    let pictures: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| is_picture(file)).collect();
    let others: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| !is_picture(file)).collect();
    let id = message.message.clone();
    let album = (!pictures.is_empty()).then(|| {
        let class = format!("album of-{}", pictures.len().min(4));
        let tiles = pictures.into_iter().map(|(index, file)| {
            let caption = (!file.caption.is_empty())
                .then(|| view! { <p dir="auto">{one_line(&file.caption, 500)}</p> });
            view! { <figure><Picture message=id.clone() index=index file=file own=own/>{caption}</figure> }
        });
        view! { <div class=class>{tiles.collect_view()}</div> }
    });
    let id = message.message.clone();
    let others = others.into_iter().map(|(index, file)| {
        let message = id.clone();
        if file.kind == AttachmentKind::Voice {
            view! { <Voice message index file own/> }.into_any()
        } else {
            view! { <File message index file/> }.into_any()
        }
    });
    let others = others.collect_view();
    view! { {album} {others} }
}

fn numbered(message: &Message) -> impl Iterator<Item = (u32, Attachment)> {
    (0u32..).zip(message.attachments.iter().cloned())
}

fn is_picture(file: &Attachment) -> bool {
    matches!(file.kind, AttachmentKind::Photo | AttachmentKind::Sticker)
}

/// A document, video or anything else that is not shown: name, true type, size, Save.
#[component]
fn File(message: String, index: u32, file: Attachment) -> impl IntoView {
    let store = use_store();
    let (size, unit) = bytes(file.bytes);
    let size = format!("{} {unit}", when::number(size));
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let short: String = ending.chars().take(4).collect::<String>().to_uppercase();
    let name = one_line(&file.name, 80);
    let line = state_line(store, &message, index, &file);
    let kind = match file.kind {
        AttachmentKind::Video => t("preview-video"),
        AttachmentKind::Voice => t("preview-voice"),
        _ => one_line(&file.media_type, 60),
    };
    let ready =
        matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading" | "failed" | "offered");
    let save = ready.then(|| {
        let (message, file) = (message.clone(), file.clone());
        view! {
            <IconButton name=ta("save-file", &[("name", one_line(&file.name, 40).into())]) shape=Icon::Download small=true
                on_click=move |_| save(store, message.clone(), index, file.name.clone())/>
        }
    });
    view! {
        <div class="file">
            <span class="file-kind" aria-hidden=true.to_string()>{short}</span>
            <span class="file-words">
                <bdi class="file-name">{name}</bdi>
                <small>{size}" · "{kind}</small>
                {line}
            </span>
            {save}
        </div>
    }
}

/// How far it is, and Cancel while it is on its way.
pub fn state_line(store: Store, message: &str, index: u32, file: &Attachment) -> impl IntoView + use<> {
    let word = match file.state.as_str() {
        "queued" => t("file-queued"),
        "uploading" => t("file-uploading"),
        "downloading" => t("file-downloading"),
        "offered" => t("file-offered"),
        "failed" => t("file-failed"),
        "cancelled" => t("file-cancelled"),
        _ => return None,
    };
    let moving = matches!(file.state.as_str(), "queued" | "uploading" | "downloading");
    let key = (message.to_owned(), index);
    let progress = move || {
        let (done, of) = store.transfers.with(|all| all.get(&key).copied())?;
        Some(
            view! { <progress aria-label=t("progress") max=of.to_string() prop:value=done as f64></progress> },
        )
    };
    let message = message.to_owned();
    let cancel = moving.then(|| {
        let act = move |_| store.cancel(message.clone(), index);
        view! { <button type="button" class="inline" on:click=act>{t("cancel")}</button> }
    });
    Some(view! { <small class="file-state">{word}" "{cancel}</small> {progress} })
}

/// Saves a file, without opening it.
pub fn save(store: Store, message: String, index: u32, name: String) {
    spawn_local(async move {
        match read_file(&message, index).await {
            Ok(blob) => browser::save(&blob, &name),
            Err(error) => store.say(error.message),
        }
    });
}
