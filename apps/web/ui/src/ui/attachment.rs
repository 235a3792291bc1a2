//! Files of a message: pictures as pixels from guard, everything else by name, size and what can be done with it.

use casemate_api::command::AttachmentKind;
use casemate_api::view::{Attachment, Message};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::act::Act;
use super::browser;
use super::button::IconButton;
use super::dialog::Dialog;
use super::guard::{self, Look};
use super::icon::{Icon, icon};
use super::picture::{Picture, is_here};
use super::stickers::Stickers;
use super::transfer::transfer;
use super::video::VideoTile;
use super::voice::Voice;
use crate::engine::read_file;
use crate::locale::{t, ta, when};
use crate::store::list::is_stickers;
use crate::store::{Store, use_store};
use crate::text::kind;
use crate::text::plain::one_line;

/// Tiles of an album at most; the viewer shows the rest.
const TILES: usize = 4;

/// A received document of at most so many bytes is looked into as soon as it is here; a larger one when it is saved.
const LOOKED_INTO: u64 = 16 * 1024 * 1024;

/// All files of a message, pictures and videos as an album.
pub fn attachments(message: &Message, own: bool) -> impl IntoView + use<> {
    let store = use_store();
    if is_stickers(message) && message.attachments.iter().all(|file| !file.quarantined) {
        return view! { <Stickers message=message.clone()/> }.into_any();
    }
    let seen: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| is_seen(file)).collect();
    let others: Vec<(u32, Attachment)> = numbered(message).filter(|(_, file)| !is_seen(file)).collect();
    let id = message.message.clone();
    let album = (!seen.is_empty()).then(|| {
        let (class, count) = (format!("album files-{}", seen.len().min(TILES)), seen.len());
        let are_here = seen.iter().all(|(_, file)| is_here(file));
        let waiting: Vec<(u32, u64)> = seen
            .iter()
            .filter(|(_, file)| file.state == "offered")
            .map(|(at, file)| (*at, file.bytes))
            .collect();
        // A tile's own button would leave those to be asked for that have no tile.
        let together = waiting.len() > 1;
        let receive = together.then(|| fetch_all(store, id.clone(), waiting));
        let tiles = seen.into_iter().take(TILES).enumerate().map(|(at, (index, file))| {
            let more = if at + 1 == TILES { count - TILES } else { 0 };
            let is_of_album = count > 1;
            let caption = (!file.caption.is_empty() && count == 1)
                .then(|| view! { <p dir="auto">{one_line(&file.caption, 500)}</p> });
            let message = id.clone();
            let tile = match file.kind {
                AttachmentKind::Video => view! { <VideoTile message index file more together/> }.into_any(),
                _ => view! { <Picture message index file own more is_of_album together/> }.into_any(),
            };
            view! { <figure>{tile}{caption}</figure> }
        });
        let safe = (count > 1 && !own && are_here)
            .then(|| view! { <span class="safe">{icon(Icon::Check)}{t("shown-safely")}</span> });
        view! { <div class=class>{tiles.collect_view()}</div> {receive} {safe} }
    });
    let id = message.message.clone();
    let name = untrack(|| store.writer_of(message));
    let conversation = message.conversation.clone();
    let listened = message.listened;
    let others = others.into_iter().map(|(index, file)| {
        let message = id.clone();
        if file.kind == AttachmentKind::Voice && !file.quarantined {
            view! { <Voice message index file own listened conversation=conversation.clone() name=name.clone()/> }
                .into_any()
        } else if kind::is_played(&file.media_type) && !file.quarantined {
            view! { <SoundFile message index file own conversation=conversation.clone()/> }.into_any()
        } else {
            let caption = (!file.caption.is_empty())
                .then(|| view! { <p class="file-caption" dir="auto">{one_line(&file.caption, 500)}</p> });
            view! { <File message index file own/> {caption} }.into_any()
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
    matches!(file.kind, AttachmentKind::Photo | AttachmentKind::Video) && !file.quarantined
}

/// A document or anything else that is not shown: name, true type, size, Save. Also what guard died of before. What its sender says
/// that a received one is, nobody hears: once it is here it is looked into.
#[component]
fn File(message: String, index: u32, file: Attachment, own: bool) -> impl IntoView {
    let store = use_store();
    let size = when::size(file.bytes);
    let known = if own { file.media_type.clone() } else { String::new() };
    let is_received = !own && file.state == "stored";
    let looked = is_received.then(|| guard::looked(&file.sha256, &file.name)).flatten();
    let is_new = is_received && looked.is_none();
    let seen = RwSignal::new(looked.unwrap_or(Look { media_type: known, ..Look::default() }));
    if is_new && !file.quarantined && file.bytes <= LOOKED_INTO {
        let (key, name, sha256) = ((message.clone(), index), file.name.clone(), file.sha256.clone());
        guard::when_here(move || {
            let (key, name, sha256) = (key.clone(), name.clone(), sha256.clone());
            spawn_local(async move {
                if let Ok(blob) = read_file(&key.0, key.1).await
                    && let Ok(look) = guard::look_once(&key, &blob, &sha256, &name).await
                {
                    seen.try_set(look);
                }
            });
            true
        });
    }
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_owned();
    let short = kind::sign(&file.name);
    let name = one_line(&file.name, 80);
    // What only waits is received as it is saved.
    let line = (file.state != "offered").then(|| state_line(store, &message, index, &file, false));
    let is_empty = file.bytes == 0;
    let facts = move || {
        if is_empty {
            return t("file-empty");
        }
        let kind = seen.with(|seen| kind::of_file(&seen.media_type, &ending));
        kind.map_or_else(|| size.clone(), |kind| format!("{size} · {}", t(kind)))
    };
    let doubts = move || {
        let (alarms, kinds): (Vec<_>, Vec<_>) =
            seen.with(|seen| seen.warnings.iter().cloned().partition(|id| is_alarm(id)));
        let line = |class, ids: &[String]| {
            let words = doubts(ids).join(" ");
            (!words.is_empty()).then(|| view! { <span class=class>{words}</span> })
        };
        (line("failure", &alarms), line("soft", &kinds))
    };
    let ready =
        matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading" | "failed" | "offered");
    let save = ready.then(|| {
        let (message, file) = (message.clone(), file.clone());
        view! {
            <IconButton name=ta("save-file", &[("name", one_line(&file.name, 40).into())]) shape=Icon::Download small=true
                on_click=move |_| save(store, message.clone(), index, file.name.clone(), file.quarantined)/>
        }
    });
    let held = held_line(&file, {
        let message = message.clone();
        move || store.look_again(message.clone(), index)
    });
    // What has another way to be shown is not read as text.
    let is_asked = ready && !file.quarantined && file.kind == AttachmentKind::Document && !is_empty;
    let read = is_asked.then(|| {
        let (message, name) = (message.clone(), file.name.clone());
        let shown = one_line(&file.name, 40);
        // Of what cannot be read here, one is told what it is.
        let is_read = Memo::new(move |_| {
            seen.with(|seen| seen.media_type.is_empty() || kind::is_read(&seen.media_type))
        });
        let label = move || {
            let key = if is_read.get() { "file-preview-of" } else { "file-what-of" };
            ta(key, &[("name", shown.clone().into())])
        };
        let words = move || if is_read.get() { t("file-preview") } else { t("file-what") };
        let act = move |_| preview(store, message.clone(), index, name.clone());
        view! { <button type="button" class="inline roomy" aria-label=label on:click=act>{words}</button> }
    });
    view! {
        <div class="file">
            <span class="file-kind" aria-hidden=true.to_string()>{short}</span>
            <span class="file-words">
                <bdi class="file-name">{name}</bdi>
                <small>{facts}" "{read}</small>
                {doubts} {held} {line}
            </span>
            {save}
        </div>
    }
}

/// A sound file: its name, Save, and what plays it.
#[component]
fn SoundFile(
    message: String,
    index: u32,
    file: Attachment,
    own: bool,
    conversation: String,
) -> impl IntoView {
    let store = use_store();
    let (name, size) = (one_line(&file.name, 80), when::size(file.bytes));
    let saved = (message.clone(), file.name.clone());
    let save = move |_| save(store, saved.0.clone(), index, saved.1.clone(), false);
    let label = ta("save-file", &[("name", one_line(&file.name, 40).into())]);
    view! {
        <div class="file sound-file">
            <span class="file-words"><bdi class="file-name">{name.clone()}</bdi><small>{size}</small></span>
            <IconButton name=label shape=Icon::Download small=true on_click=save/>
        </div>
        <Voice message index file own is_file=true conversation name/>
    }
}

/// Shows what a document says, or what it is where nothing here reads it, and what that means.
fn preview(store: Store, message: String, index: u32, name: String) {
    spawn_local(async move {
        let reading = guard::read(&(message.clone(), index)).await;
        let title = one_line(&name, 80);
        match reading {
            Ok(reading) if reading.text.is_some() => {
                store.dialog.set(Some(Dialog::Reading { title, reading }));
            }
            other => {
                let first = match other {
                    Ok(reading) => {
                        let kind = kind::named(&reading.media_type).unwrap_or("kind-unknown");
                        let said = ta("file-type", &[("type", t(kind).into())]);
                        [vec![said], doubts(&reading.warnings)].concat().join(" ")
                    }
                    Err(why) => why,
                };
                let body = format!("{first} {}", t("file-not-shown"));
                let act = Act::new(move |()| save(store, message.clone(), index, name.clone(), false));
                store.dialog.set(Some(Dialog::Confirm { title, body, verb: t("save"), danger: false, act }));
            }
        }
    });
}

/// Says that looking into it failed before, so that nobody does by itself; the person may, by `again`.
pub fn held_line<F: Fn() + 'static>(file: &Attachment, again: F) -> impl IntoView + use<F> {
    file.quarantined.then(|| {
        view! {
            <span class="failure">{t("file-held")}" "<button type="button" class="inline" on:click=move |_| again()>{t("try-again")}</button></span>
        }
    })
}

/// How far it is, and Cancel while it is on its way. `together`: a button of its album receives what waits.
pub fn state_line(
    store: Store,
    message: &str,
    index: u32,
    file: &Attachment,
    together: bool,
) -> impl IntoView + use<> {
    let state = file.state.clone();
    // A file of one's own that did not go out lies here: its message says why, and sends it once more.
    let unsent = store.window.with_untracked(|window| {
        window.find(message).is_some_and(|message| store.is_me(&message.from) && message.state == "failed")
    });
    if state == "failed" && unsent {
        return Some(view! { <small class="file-state">{t("state-failed")}</small> }.into_any());
    }
    if !matches!(state.as_str(), "queued" | "uploading" | "downloading" | "offered" | "failed" | "cancelled")
    {
        return None;
    }
    let key = (message.to_owned(), index);
    // Its bytes move: said as soon as they do, whatever the message said when it was drawn.
    let going = {
        let key = key.clone();
        let cancelled = state == "cancelled";
        Memo::new(move |_| !cancelled && store.transfers.with(|all| all.contains_key(&key)))
    };
    // Without a connection nothing goes out, however far it is.
    let waits = Memo::new(move |_| store.trouble.with(Option::is_some));
    let queued = file.waits.as_ref().map_or_else(
        || t("file-queued"),
        |waits| {
            let words = if waits.why == "allowance" { "file-waits-allowance" } else { "file-waits-server" };
            ta(words, &[("when", when::full(&waits.until).into())])
        },
    );
    let word = {
        let state = state.clone();
        move || match (state.as_str(), going.get()) {
            ("queued", false) => queued.clone(),
            ("queued" | "uploading", _) if waits.get() => t("file-queued"),
            ("queued" | "uploading", _) => t("file-uploading"),
            ("downloading", _) | (_, true) => t("file-downloading"),
            ("offered", _) => t("file-offered"),
            ("failed", _) => t("file-failed"),
            _ => t("file-cancelled"),
        }
    };
    let moving = matches!(state.as_str(), "queued" | "uploading" | "downloading");
    let progress = move || {
        if !going.get() {
            return None;
        }
        let (done, of) = store.transfers.with(|all| all.get(&key).copied())?;
        Some(transfer(done, of))
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
    let is_asked_for = file.state == "failed" || (file.state == "offered" && !together);
    let fetch = is_asked_for.then(|| {
        let size = when::size(file.bytes);
        let words = if file.state == "failed" { t("try-again") } else { ta("file-fetch", &[("size", size.into())]) };
        let asked = RwSignal::new(false);
        let act = move |_| {
            asked.set(true);
            fetch(store, message.clone(), index, asked);
        };
        view! { <button type="button" class="fetch" disabled=asked on:click=act>{icon(Icon::Download)}{words}</button> }
    });
    Some(view! { <small class="file-state">{word}" "{cancel}</small> {fetch} {progress} }.into_any())
}

/// What receives at once all files of an album that wait: their numbers and sizes.
fn fetch_all(store: Store, message: String, waiting: Vec<(u32, u64)>) -> impl IntoView + use<> {
    let size = when::size(waiting.iter().map(|(_, bytes)| bytes).sum());
    let asked = RwSignal::new(false);
    let act = move |_| {
        asked.set(true);
        for (index, _) in &waiting {
            fetch(store, message.clone(), *index, asked);
        }
    };
    view! {
        <button type="button" class="fetch" disabled=asked on:click=act>{icon(Icon::Download)}{ta("file-fetch", &[("size", size.into())])}</button>
    }
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

/// Saves a file, without opening it. What may hurt once another program opens it is said before; `held`: guard died of it, which
/// is said instead.
pub fn save(store: Store, message: String, index: u32, name: String, held: bool) {
    spawn_local(async move {
        let blob = match read_file(&message, index).await {
            Ok(blob) => blob,
            Err(error) => return store.fails(&error),
        };
        let listed = store.is_listed(&message);
        let looked = match held {
            true => Err(t("file-held")),
            false => guard::look(&(message, index), &blob, &name).await,
        };
        let is_calm = looked.as_ref().is_ok_and(|look| !look.warnings.iter().any(|id| is_alarm(id)));
        let danger = listed || !is_calm;
        let mut doubts = match looked {
            Ok(look) => doubts(&look.warnings),
            Err(why) => vec![why],
        };
        if listed {
            doubts.insert(0, t("file-listed"));
        }
        if doubts.is_empty() {
            return browser::save(&blob, &name);
        }
        let title = ta("file-save-question", &[("name", one_line(&name, 80).into())]);
        let act = Act::new(move |()| browser::save(&blob, &name));
        store.dialog.set(Some(Dialog::Confirm {
            title,
            body: doubts.join(" "),
            verb: t("file-save-anyway"),
            danger,
            act,
        }));
    });
}

/// Whether it is odd, and not what most files of its kind do: pages run scripts.
fn is_alarm(id: &str) -> bool {
    id != "page"
}

/// What guard's ids mean.
fn doubts(ids: &[String]) -> Vec<String> {
    ids.iter().filter_map(|id| doubt(id)).collect()
}

fn doubt(id: &str) -> Option<String> {
    Some(match id {
        "program" => t("file-program"),
        "macros" => t("file-macros"),
        "active" => t("file-active"),
        "page" => t("file-page"),
        "holds_programs" => t("file-holds-programs"),
        "leads_out" => t("file-leads-out"),
        "two_in_one" => t("file-two-in-one"),
        "bomb" => t("file-bomb"),
        "unlooked" => t("file-unlooked"),
        "double_ending" => t("file-double-ending"),
        "turned_name" => t("file-turned-name"),
        "hidden_letters" => t("file-hidden-letters"),
        "other_kind" => t("file-other-kind"),
        _ => return None,
    })
}
