//! Files of a message: pictures as pixels from guard, everything else by name, size and what can be done with it.

use casemate_api::command::AttachmentKind;
use casemate_api::view::{Attachment, Message};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::button::IconButton;
use super::icon::{Icon, icon};
use super::picture::Picture;
use super::stickers::Stickers;
use super::video::VideoTile;
use super::voice::Voice;
use crate::engine::read_file;
use crate::locale::{t, ta, when};
use crate::store::stickers::is_stickers;
use crate::store::{Store, use_store};
use crate::text::plain::{bytes, one_line};

/// Tiles of an album at most; the viewer shows the rest.
const TILES: usize = 4;

/// All files of a message, pictures and videos as an album.
pub fn attachments(message: &Message, own: bool) -> impl IntoView + use<> {
    let store = use_store();
    if is_stickers(message) {
        return view! { <Stickers message=message.clone()/> }.into_any();
    }
    let seen: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| is_seen(file)).collect();
    let others: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| !is_seen(file)).collect();
    let id = message.message.clone();
    let album = (!seen.is_empty()).then(|| {
        let (class, count) = (format!("album of-{}", seen.len().min(TILES)), seen.len());
        let tiles = seen.into_iter().take(TILES).enumerate().map(|(at, (index, file))| {
            let more = if at + 1 == TILES { count - TILES } else { 0 };
            let is_of_album = count > 1;
            let caption = (!file.caption.is_empty() && count == 1)
                .then(|| view! { <p dir="auto">{one_line(&file.caption, 500)}</p> });
            let message = id.clone();
            let tile = match file.kind {
                AttachmentKind::Video => view! { <VideoTile message index file/> }.into_any(),
                _ => view! { <Picture message index file own more is_of_album/> }.into_any(),
            };
            view! { <figure>{tile}{caption}</figure> }
        });
        let safe = (count > 1 && !own)
            .then(|| view! { <span class="safe">{icon(Icon::Check)}{t("shown-safely")}</span> });
        view! { <div class=class>{tiles.collect_view()}</div> {safe} }
    });
    let id = message.message.clone();
    let name = untrack(|| store.name_or_you(&message.from));
    let conversation = message.conversation.clone();
    let listened = message.listened;
    let others = others.into_iter().map(|(index, file)| {
        let message = id.clone();
        if file.kind == AttachmentKind::Voice {
            view! { <Voice message index file own listened conversation=conversation.clone() name=name.clone()/> }
                .into_any()
        } else {
            view! { <File message index file/> }.into_any()
        }
    });
    let others = others.collect_view();
    view! { {album} {others} }.into_any()
}

fn numbered(message: &Message) -> impl Iterator<Item = (u32, Attachment)> {
    (0u32..).zip(message.attachments.iter().cloned())
}

/// Pictures and videos, which lie together in an album.
fn is_seen(file: &Attachment) -> bool {
    matches!(file.kind, AttachmentKind::Photo | AttachmentKind::Video)
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
    // What only waits is received as it is saved.
    let line = (file.state != "offered").then(|| state_line(store, &message, index, &file));
    let kind = match file.kind {
        AttachmentKind::Video => t("preview-video"),
        AttachmentKind::Voice => t("preview-voice"),
        // What the name says already need not be said twice.
        _ if file.media_type.rsplit('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case(ending)) => {
            String::new()
        }
        _ => one_line(&file.media_type, 60),
    };
    let facts = if kind.is_empty() { size } else { format!("{size} · {kind}") };
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
                <small>{facts}</small>
                {line}
            </span>
            {save}
        </div>
    }
}

/// How far it is, and Cancel while it is on its way.
pub fn state_line(store: Store, message: &str, index: u32, file: &Attachment) -> impl IntoView + use<> {
    let state = file.state.clone();
    if !matches!(state.as_str(), "queued" | "uploading" | "downloading" | "offered" | "failed" | "cancelled")
    {
        return None;
    }
    let key = (message.to_owned(), index);
    // Its bytes move: said as soon as they do, whatever the message said when it was drawn.
    let going = {
        let key = key.clone();
        Memo::new(move |_| store.transfers.with(|all| all.contains_key(&key)))
    };
    let word = {
        let state = state.clone();
        move || match (state.as_str(), going.get()) {
            ("queued", false) => t("file-queued"),
            ("queued" | "uploading", _) => t("file-uploading"),
            ("downloading", _) | (_, true) => t("file-downloading"),
            ("offered", _) => t("file-offered"),
            ("failed", _) => t("file-failed"),
            _ => t("file-cancelled"),
        }
    };
    let moving = matches!(state.as_str(), "queued" | "uploading" | "downloading");
    let progress = move || {
        let (done, of) = store.transfers.with(|all| all.get(&key).copied())?;
        let (sum, unit) = bytes(of);
        let words = format!("{} / {} {unit}", when::number(in_unit(done, of)), when::number(sum));
        Some(view! {
            <span class="transfer"><progress aria-label=t("progress") max=of.to_string() value=done.to_string()></progress><small>{words}</small></span>
        })
    };
    let message = message.to_owned();
    let cancel = {
        let message = message.clone();
        move || {
            let message = message.clone();
            (moving || going.get()).then(|| {
                let act = move |_| store.cancel(message.clone(), index);
                view! { <button type="button" class="inline" on:click=act>{t("cancel")}</button> }
            })
        }
    };
    // What was only offered waits for a word; so does what did not arrive.
    let fetch = matches!(file.state.as_str(), "offered" | "failed").then(|| {
        let (size, unit) = bytes(file.bytes);
        let size = format!("{} {unit}", when::number(size));
        let words = if file.state == "failed" { t("try-again") } else { ta("file-fetch", &[("size", size.into())]) };
        let asked = RwSignal::new(false);
        let act = move |_| {
            asked.set(true);
            fetch(store, message.clone(), index, asked);
        };
        view! { <button type="button" class="fetch" disabled=asked on:click=act>{icon(Icon::Download)}{words}</button> }
    });
    Some(view! { <small class="file-state">{word}" "{cancel}</small> {fetch} {progress} })
}

/// So many bytes of a whole, in the unit in which the whole is said.
fn in_unit(done: u64, of: u64) -> f64 {
    let (sum, _) = bytes(of);
    (sum * done as f64 / of.max(1) as f64 * 10.0).round() / 10.0
}

/// Receives a file now. What comes is shown as its message changes.
fn fetch(store: Store, message: String, index: u32, asked: RwSignal<bool>) {
    spawn_local(async move {
        if let Err(error) = read_file(&message, index).await {
            store.fails(&error);
        }
        asked.try_set(false);
    });
}

/// Saves a file, without opening it.
pub fn save(store: Store, message: String, index: u32, name: String) {
    spawn_local(async move {
        match read_file(&message, index).await {
            Ok(blob) => browser::save(&blob, &name),
            Err(error) => store.fails(&error),
        }
    });
}
