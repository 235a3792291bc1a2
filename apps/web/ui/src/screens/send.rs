//! What was picked, pasted, dropped or photographed, before it is sent: looked at, edited, cut, in HD or small, with a
//! caption. Everything here is the person's own, and nothing of it is dropped without a question.

use casemate_api::command::NewAttachment;
use leptos::html::{Canvas, Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{File, HtmlCanvasElement};

use super::talk::Talk;
use crate::edit::History;
use crate::engine::lend_file;
use crate::locale::{t, ta, when};
use crate::store::use_store;
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Choice, IconButton, Switch};
use crate::ui::camera::Camera;
use crate::ui::canvas::{encoded, named, own_pixels, render, render_to};
use crate::ui::dialog::Dialog as Asked;
use crate::ui::editor::{Editor, Tool};
use crate::ui::guard;
use crate::ui::icon::{Icon, icon};
use crate::ui::stickers::StickerPanel;
use crate::ui::toast::ToastHere;
use crate::ui::trim::{Part, Trim, frame, preview};

/// Pixels of the longer side of a picture that is edited, and of what is sent as HD.
const HD: u32 = 3_072;
/// And of what is sent small.
const SMALL: f64 = 1_600.0;
/// A picture this light needs no making small.
const LIGHT_BYTES: f64 = 400_000.0;
/// Files in one message at most.
const FILES: usize = 30;

/// Videos of a message that get a preview: the tiles of an album.
const PREVIEWS: usize = 4;

/// One file.
#[derive(Clone, Copy)]
struct Item {
    number: usize,
    file: StoredValue<File, LocalStorage>,
    kind: Kind,
    /// Of a picture, once guard decoded it.
    pixels: RwSignal<Option<HtmlCanvasElement>, LocalStorage>,
    /// It has frames, which what is done to it leaves out.
    moves: RwSignal<bool>,
    history: RwSignal<History>,
    /// Of a video.
    part: RwSignal<Part>,
    trouble: RwSignal<Option<String>>,
    /// A document without what it tells of its making. Off, and remembered nowhere.
    clean: RwSignal<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Photo,
    Video,
    Other,
}

/// Over the conversation. `files` are taken from there as they come; it closes when all are sent or removed.
#[component]
pub fn SendScreen(conversation: String, files: RwSignal<Vec<File>, LocalStorage>) -> impl IntoView {
    let store = use_store();
    let conversation = StoredValue::new(conversation);
    let items = RwSignal::new(Vec::<Item>::new());
    let at = RwSignal::new(0usize);
    let count = StoredValue::new(0usize);
    // An item's signals live as long as this screen, not as the effect that takes the file in.
    let owner = Owner::current();
    // What comes while it is open joins what is there.
    Effect::new(move |_| {
        if files.with(Vec::is_empty) {
            return;
        }
        let more = files.try_update(std::mem::take).unwrap_or_default();
        items.update(|items| {
            for file in more {
                if items.len() == FILES {
                    store.say(ta("send-most", &[("count", FILES.into())]));
                    break;
                }
                let number = count.get_value();
                count.set_value(number + 1);
                items.push(match &owner {
                    Some(owner) => owner.with(|| item(file, number)),
                    None => item(file, number),
                });
            }
        });
    });
    // And what could not be sent after this screen was left.
    Effect::new(move |_| {
        let waits = store.unsent.with(|all| conversation.with_value(|id| all.contains_key(id)));
        if waits {
            let taken = store.unsent.try_update(|all| all.remove(&conversation.get_value())).flatten();
            files.update(|files| files.extend(taken.unwrap_or_default()));
        }
    });
    let open = Memo::new(move |_| items.with(|items| !items.is_empty()));
    let close = move || items.set(Vec::new());
    let stickers = move || {
        store.sticker_panel.get().then(|| view! { <StickerPanel conversation=conversation.get_value()/> })
    };
    let camera = move || store.camera.get().then(|| view! { <Camera files/> });
    let inside = move || {
        open.get().then(|| view! { <Inside conversation=conversation.get_value() items at close=Callback::new(move |()| close()) files/> })
    };
    view! { {camera} {stickers} {inside} }
}

fn item(file: File, number: usize) -> Item {
    let kind = match file.type_().split('/').next() {
        Some("image") if file.type_() != "image/svg+xml" => Kind::Photo,
        Some("video") => Kind::Video,
        _ => Kind::Other,
    };
    let pixels = RwSignal::new_local(None);
    let (trouble, moves) = (RwSignal::new(None), RwSignal::new(false));
    if kind == Kind::Photo {
        let file = file.clone();
        spawn_local(async move {
            match own_pixels(&file, HD).await {
                Ok(own) => {
                    moves.try_set(own.moves);
                    pixels.try_set(Some(own.canvas));
                }
                // Sent as a document then, byte for byte.
                Err(sentence) => drop(trouble.try_set(Some(sentence))),
            }
        });
    }
    if kind == Kind::Video {
        let file = file.clone();
        spawn_local(async move {
            if let Some(frame) = frame(&file).await {
                pixels.try_set(Some(frame));
            }
        });
    }
    Item {
        number,
        file: StoredValue::new_local(file),
        kind,
        pixels,
        moves,
        history: RwSignal::new(History::default()),
        part: RwSignal::new(Part::default()),
        trouble,
        clean: RwSignal::new(false),
    }
}

#[component]
fn Inside(
    conversation: String,
    items: RwSignal<Vec<Item>>,
    at: RwSignal<usize>,
    close: Callback<()>,
    files: RwSignal<Vec<File>, LocalStorage>,
) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    crate::ui::focus::comes_back();
    let dialog = NodeRef::<Dialog>::new();
    let picker = NodeRef::<Input>::new();
    let tool = RwSignal::new(Tool::Look);
    let hd = RwSignal::new(false);
    let once = RwSignal::new(false);
    let sending = RwSignal::new(false);
    let mut begun =
        store.drafts.with_untracked(|drafts| drafts.get(&id.get_value()).cloned()).unwrap_or_default();
    // The new words of an old message are none of these files'.
    let edited = begun.editing.take();
    if edited.is_some() {
        begun.text = std::mem::take(&mut begun.begun);
    }
    let caption = RwSignal::new(begun.text.clone());
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let now = Memo::new(move |_| {
        let at = items.with(|items| at.get().min(items.len().saturating_sub(1)));
        items.with(|items| items.get(at).map(|item| item.number))
    });
    let item = move || {
        now.get().and_then(|number| {
            items.with_untracked(|items| items.iter().find(|one| one.number == number).copied())
        })
    };
    // Without the files; what was written stays in the chat.
    let put_away = move || {
        let written = caption.try_get_untracked().unwrap_or_default();
        store.drafts.update(|drafts| {
            let draft = drafts.entry(id.get_value()).or_default();
            match draft.editing {
                None => draft.text = written,
                Some(_) => draft.begun = written,
            }
        });
        close.run(());
    };
    let remove = move |number: usize| {
        if items.with_untracked(Vec::len) == 1 {
            return put_away();
        }
        items.update(|items| items.retain(|item| item.number != number));
    };
    let leave = move || {
        // What is being sent goes on without this screen.
        if sending.get_untracked() {
            return close.run(());
        }
        store.dialog.set(Some(Asked::Confirm {
            title: ta("discard-question", &[("count", items.with_untracked(Vec::len).into())]),
            body: t("discard-body"),
            verb: t("discard"),
            danger: true,
            act: Act::new(move |()| {
                // Gone meanwhile, with the conversation.
                if items.try_with_untracked(Vec::is_empty) == Some(false) {
                    put_away();
                }
            }),
        }));
    };
    store.giving_up.set(Some(Act::new(move |()| leave())));
    on_cleanup(move || store.giving_up.set(None));
    // Loading the page anew would drop them as well; the browser asks that itself.
    let asks = browser::AsksToLeave::new();
    on_cleanup(move || drop(asks));
    let own = |event: &web_sys::Event| event.target() == event.current_target();
    let cancelled = move |event: web_sys::Event| {
        if own(&event) {
            event.prevent_default();
            leave();
        }
    };
    // A browser closes a dialog without asking the page where nobody touched it since it opened.
    let closed = move |event: web_sys::Event| {
        if !own(&event) {
            return;
        }
        if let Some(dialog) = dialog.get_untracked().filter(|_| !items.with_untracked(Vec::is_empty)) {
            let _ = dialog.show_modal();
            leave();
        }
    };
    let stage = move || {
        item().map(|item| match item.kind {
            Kind::Photo => view! { <Photo item tool/> }.into_any(),
            Kind::Video => view! { <Trim file=item.file.get_value() part=item.part/> }.into_any(),
            Kind::Other => view! { <Paper item/> }.into_any(),
        })
    };
    let strip = move || {
        let all = items.get();
        let tile = move |(place, item): (usize, Item)| {
            let name = item.file.with_value(|file| one_line(&file.name(), 40));
            let here = move || (now.get() == Some(item.number)).to_string();
            let choose = move |_| {
                tool.set(Tool::Look);
                at.set(place);
            };
            view! {
                <li>
                    <button type="button" class="send-tile" aria-label=name.clone() aria-current=here on:click=choose><Thumb item/></button>
                    <IconButton name=ta("remove-file", &[("name", name.into())]) shape=Icon::Close small=true on_click=move |_| remove(item.number)/>
                </li>
            }
        };
        view! { <ul class="send-strip" aria-label=t("files-waiting")>{all.into_iter().enumerate().map(tile).collect_view()}</ul> }
    };
    let add = move |_| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let picked = move |_| {
        if let Some(input) = picker.get_untracked() {
            let more = browser::files(input.files());
            input.set_value("");
            files.update(|files| files.extend(more));
        }
    };
    let send = move |later: Option<String>| {
        if sending.get_untracked() {
            return;
        }
        sending.set(true);
        let all = items.get_untracked();
        let (hd, mut draft, edited) = (hd.get_untracked(), begun.clone(), edited.clone());
        draft.text = caption.get_untracked().trim().to_owned();
        draft.once = once.get_untracked();
        // Known from here on: while files are made ready, the screen or the conversation may be left.
        let conversation = id.get_value();
        spawn_local(async move {
            let _asks = browser::AsksToLeave::new();
            // Else what was chosen here would be gone before the engine says so.
            if let Err(away) = guard::load().await {
                sending.try_set(false);
                return store.say(away);
            }
            let mut attachments = Vec::new();
            for item in all.iter().copied() {
                let made = match ready(item, hd).await {
                    Ok(file) => lend_file(&file).await.map_err(|error| error.message),
                    Err(sentence) => Err(sentence),
                };
                match made {
                    Ok(path) => {
                        let frame = item
                            .pixels
                            .try_get_untracked()
                            .flatten()
                            .filter(|_| item.kind == Kind::Video && attachments.len() < PREVIEWS);
                        let preview = match frame {
                            Some(frame) => preview(&frame).await,
                            None => None,
                        };
                        attachments.push(NewAttachment {
                            path,
                            clean: item.clean.try_get_untracked().unwrap_or(false),
                            preview,
                            ..NewAttachment::default()
                        });
                    }
                    Err(sentence) => {
                        sending.try_set(false);
                        return store.say(sentence);
                    }
                }
            }
            let chosen: Vec<File> = all.iter().filter_map(|item| item.file.try_get_value()).collect();
            if let Some(edited) = edited {
                store.give_up_edit(&edited);
            }
            store.clear_draft(conversation.clone());
            close.try_run(());
            if store.send_with(conversation.clone(), draft, attachments, later).await {
                return;
            }
            // They stand here again as they were made ready, or wait for the next such screen where this one is gone.
            if items.try_update(|items| items.splice(..0, all).for_each(drop)).is_none() {
                store.unsent.update(|unsent| unsent.entry(conversation).or_default().extend(chosen));
            }
        });
    };
    let send = StoredValue::new(send);
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let enter_sends = store.prefs.with_untracked(|prefs| prefs.enter_sends);
        if event.key() == "Enter" && !event.is_composing() && enter_sends && !event.shift_key() {
            event.prevent_default();
            send.with_value(|send| send(None));
        }
    };
    let later = move |_| {
        let act = Act::new(move |at| {
            send.try_with_value(|send| send(Some(at)));
        });
        store.dialog.set(Some(Asked::Talk(Talk::Later { files: true, act })));
    };
    let paste = move |event: web_sys::ClipboardEvent| {
        let pasted = browser::pasted_files(&event);
        if !pasted.is_empty() {
            event.prevent_default();
            files.update(|files| files.extend(pasted));
        }
    };
    let quality = move || {
        // What guard cannot decode goes as it is: there is no smaller one to choose.
        let is_made = |item: &Item| item.kind == Kind::Photo && item.pixels.with(Option::is_some);
        let photos = items.with(|items| items.iter().any(is_made));
        photos.then(|| view! { <Quality items hd/> })
    };
    let to =
        untrack(|| store.conversation(&id.get_value()).map(|chat| store.title_of(&chat)).unwrap_or_default());
    view! {
        <dialog node_ref=dialog class="send-screen" aria-label=t("send-title") on:cancel=cancelled on:close=closed on:paste=paste>
            <header class="send-bar">
                <IconButton name=t("cancel") shape=Icon::Close on_click=move |_| leave()/>
                <h2><bdi>{ta("send-to", &[("name", to.into())])}</bdi></h2>
                {quality}
            </header>
            <div class="send-stage">{stage}</div>
            <footer class="send-foot">
                <div class="send-row">
                    {strip}
                    <input node_ref=picker type="file" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
                    <IconButton name=t("send-more") shape=Icon::Plus on_click=add/>
                </div>
                <div class="send-row">
                    <input
                        class="send-caption" type="text" dir="auto" maxlength="4000" aria-label=t("caption") placeholder=t("caption")
                        prop:value=move || caption.get() on:input=move |event| caption.set(event_target_value(&event)) on:keydown=keys
                    />
                    <button type="button" class="chip send-once" aria-pressed=move || once.get().to_string() aria-label=t("once-choose") title=t("once-choose")
                        on:click=move |_| once.update(|on| *on = !*on)>{icon(Icon::Once)}</button>
                    <IconButton name=t("send-later") shape=Icon::Clock disabled=sending on_click=later/>
                    <IconButton name=t("send") shape=Icon::Send accent=true disabled=sending on_click=move |_| send.with_value(|send| send(None))/>
                </div>
                {move || sending.get().then(|| view! { <p class="soft" role="status">{t("send-preparing")}</p> })}
            </footer>
            <ToastHere/>
        </dialog>
    }
}

/// A picture, with its tools once it is decoded.
#[component]
fn Photo(item: Item, tool: RwSignal<Tool>) -> impl IntoView {
    move || match (item.pixels.get(), item.trouble.get()) {
        (Some(chosen), _) => {
            let still = move || {
                let stops = item.moves.get() && item.history.with(|history| !history.now.is_plain());
                stops.then(|| view! { <p class="soft send-still" role="status">{t("send-still")}</p> })
            };
            view! { <Editor chosen history=item.history tool/> {still} }.into_any()
        }
        (None, Some(_)) => view! { <Paper item/> }.into_any(),
        (None, None) => view! { <p class="viewer-wait" role="status">{t("viewer-wait")}</p> }.into_any(),
    }
}

/// Documents that guard can clean, by their names: it looks for itself when they are sent.
fn is_cleanable(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "heic", "heif"].contains(&&ending[..])
}

/// What is not shown: name, size, and that it goes as it is, or without what it tells of its making.
#[component]
fn Paper(item: Item) -> impl IntoView {
    let (name, size) = item.file.with_value(|file| (one_line(&file.name(), 80), file.size()));
    let cleanable = item.file.with_value(|file| is_cleanable(&file.name()));
    let clean = item.clean;
    let choice = cleanable.then(|| {
        view! { <Switch label=t("send-clean") on=clean on_change=move |on| clean.set(on)/> }
    });
    let how = move || if clean.get() { t("send-cleaned") } else { t("send-as-it-is") };
    view! {
        <div class="send-paper">
            <span class="send-paper-icon">{icon(Icon::File)}</span>
            <bdi class="file-name">{name}</bdi>
            <small>{when::size(size as u64)}</small>
            {choice}
            <p class="soft" role="status">{how}</p>
        </div>
    }
}

/// A small picture of a file.
#[component]
fn Thumb(item: Item) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), Some(chosen)) = (canvas.get(), item.pixels.get()) else { return };
        let edit = item.history.with(|history| history.now.clone());
        let (width, height) = edit.size((chosen.width().into(), chosen.height().into()), 160.0);
        canvas.set_width(width);
        canvas.set_height(height);
        render_to(&chosen, &edit, &canvas);
    });
    let shape = match item.kind {
        Kind::Photo => Icon::Photo,
        Kind::Video => Icon::Video,
        Kind::Other => Icon::File,
    };
    move || {
        if item.pixels.with(Option::is_some) {
            view! { <canvas node_ref=canvas></canvas> }.into_any()
        } else {
            icon(shape).into_any()
        }
    }
}

/// HD or small, with what each would weigh.
#[component]
fn Quality(items: RwSignal<Vec<Item>>, hd: RwSignal<bool>) -> impl IntoView {
    let sizes = RwSignal::new((None::<f64>, None::<f64>));
    let round = StoredValue::new(0u32);
    // Weighed a moment after the last change: every weight is an encoding.
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(handle)) = before {
            handle.clear();
        }
        for item in items.get() {
            item.pixels.with(|_| ());
            item.history.with(|history| history.now.strokes.len());
        }
        let weigh = move || {
            // Sent meanwhile: there is nothing left to weigh for.
            let Some(this) = round.try_get_value().map(|before| before + 1) else { return };
            round.set_value(this);
            spawn_local(async move {
                for large in [false, true] {
                    let mut sum = 0.0;
                    for item in items.try_get_untracked().unwrap_or_default() {
                        let good = item.trouble.try_with_untracked(Option::is_none).unwrap_or(false);
                        if item.kind == Kind::Photo && good {
                            sum += ready(item, large).await.map_or(0.0, |file| file.size());
                        }
                    }
                    if round.try_get_value() != Some(this) {
                        return;
                    }
                    sizes.try_update(|sizes| if large { sizes.1 = Some(sum) } else { sizes.0 = Some(sum) });
                }
            });
        };
        set_timeout_with_handle(weigh, std::time::Duration::from_millis(500)).ok()
    });
    let words = |name: String, size: Option<f64>| match size {
        Some(size) => format!("{name} · {}", when::size(size as u64)),
        None => name,
    };
    let chosen = Signal::derive(move || if hd.get() { "hd" } else { "small" }.to_owned());
    move || {
        let (small, large) = sizes.get();
        let options = vec![
            ("small".to_owned(), words(t("send-small"), small)),
            ("hd".to_owned(), words("HD".to_owned(), large)),
        ];
        view! { <Choice label=t("send-quality") options chosen on_choose=move |value: String| hd.set(value == "hd")/> }
    }
}

/// A file as it is sent.
async fn ready(item: Item, hd: bool) -> Result<File, String> {
    let file = item.file.try_get_value().ok_or_else(|| t("picture-unreadable"))?;
    match item.kind {
        Kind::Other => Ok(file),
        Kind::Video => {
            let part = item.part.try_get_untracked().unwrap_or_default();
            if part.is_whole() {
                return Ok(file);
            }
            let cut = guard::cut(&file, part.from * 1_000.0, part.to * 1_000.0).await?;
            let ending = if cut.type_() == "video/webm" { "webm" } else { "mp4" };
            named(&cut, &renamed(&file.name(), ending)).ok_or_else(|| t("video-broken"))
        }
        Kind::Photo => {
            let Some(edit) = item.history.try_with_untracked(|history| history.now.clone()) else {
                return Err(t("picture-unreadable"));
            };
            let Some(chosen) = item.pixels.try_get_untracked().flatten() else { return Ok(file) };
            let moves = item.moves.try_get_untracked().unwrap_or(false);
            let light = file.size() <= LIGHT_BYTES && f64::from(chosen.width().max(chosen.height())) <= SMALL;
            if edit.is_plain() && (hd || moves || light) {
                return Ok(file);
            }
            let (longest, quality) = if hd { (f64::from(HD), 0.92) } else { (SMALL, 0.8) };
            let broken = || t("picture-unreadable");
            let made = render(&chosen, &edit, longest).ok_or_else(broken)?;
            let blob = encoded(&made, "image/jpeg", quality).await.ok_or_else(broken)?;
            named(&blob, &renamed(&file.name(), "jpg")).ok_or_else(broken)
        }
    }
}

/// The same name with another ending.
fn renamed(name: &str, ending: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
}
