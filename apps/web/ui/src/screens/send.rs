//! What was picked, pasted, dropped or photographed, before it is sent: looked at, edited, cut, in HD or small, with a
//! caption. Everything here is the person's own, and nothing of it is dropped without a question.

use casemate_api::command::NewAttachment;
use leptos::html::{Canvas, Dialog, Input, Textarea};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlCanvasElement};

use super::talk::Talk;
use crate::edit::History;
use crate::engine::lend_file;
use crate::locale::{listed, t, ta, when};
use crate::store::{Draft, Store, use_store};
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Choice, IconButton, Switch};
use crate::ui::camera::Camera;
use crate::ui::canvas::render_to;
use crate::ui::composer::{LONGEST, too_long};
use crate::ui::dialog::Dialog as Asked;
use crate::ui::editor::{Editor, Tool};
use crate::ui::guard;
use crate::ui::icon::{Icon, icon};
use crate::ui::picked::{Kind, Picked, Seen, readable};
use crate::ui::stickers::StickerPanel;
use crate::ui::toast::ToastHere;
use crate::ui::trim::{Part, Trim, preview};

/// Files in one message at most.
const FILES: usize = 30;

/// Videos of a message that get a preview: the tiles of an album.
const PREVIEWS: usize = 4;

/// One file on the screen.
#[derive(Clone, Copy)]
struct Item {
    number: usize,
    file: StoredValue<File, LocalStorage>,
    kind: Kind,
    seen: StoredValue<Seen, LocalStorage>,
    /// Of what was seen of it, once it was.
    pixels: RwSignal<Option<HtmlCanvasElement>, LocalStorage>,
    /// It has frames, which what is done to it leaves out.
    moves: RwSignal<bool>,
    history: RwSignal<History>,
    /// Of a video.
    part: RwSignal<Part>,
    trouble: RwSignal<Option<String>>,
    clean: RwSignal<bool>,
}

/// Over the conversation. `files` are taken from there as they come; it closes when all are sent or removed.
#[component]
pub fn SendScreen(conversation: String, files: RwSignal<Vec<File>, LocalStorage>) -> impl IntoView {
    let store = use_store();
    let conversation = StoredValue::new(conversation);
    let items = RwSignal::new(Vec::<Item>::new());
    let at = RwSignal::new(0usize);
    let count = StoredValue::new(0usize);
    // Files that were too many.
    let left_out = RwSignal::new(0usize);
    // An item's signals live as long as this screen, not as the effect that takes the file in.
    let owner = Owner::current();
    let numbered = move |picked: Picked| {
        let number = count.get_value();
        count.set_value(number + 1);
        match &owner {
            Some(owner) => owner.with(|| item(picked, number)),
            None => item(picked, number),
        }
    };
    let again = numbered.clone();
    // What comes while it is open joins what is there.
    Effect::new(move |_| {
        if files.with(Vec::is_empty) {
            return;
        }
        let more = files.try_update(std::mem::take).unwrap_or_default();
        let room = FILES.saturating_sub(items.with_untracked(Vec::len));
        left_out.update(|left_out| *left_out += more.len().saturating_sub(room));
        items.update(|items| {
            items.extend(more.into_iter().take(room).map(|file| numbered(Picked::new(file))));
        });
    });
    // And what could not be sent after this screen was left.
    Effect::new(move |_| {
        let waits = store.unsent.with(|all| conversation.with_value(|id| all.contains_key(id)));
        if waits {
            let taken = store.unsent.try_update(|all| all.remove(&conversation.get_value())).flatten();
            let taken: Vec<Item> = taken.unwrap_or_default().into_iter().map(&again).collect();
            items.update(|items| items.splice(..0, taken).for_each(drop));
        }
    });
    let open = Memo::new(move |_| items.with(|items| !items.is_empty()));
    Effect::new(move |_| {
        if !open.get() {
            left_out.set(0);
        }
    });
    let close = move || items.set(Vec::new());
    let stickers = move || {
        store.sticker_panel.get().then(|| view! { <StickerPanel conversation=conversation.get_value()/> })
    };
    let camera = move || store.camera.get().then(|| view! { <Camera files/> });
    let inside = move || {
        open.get().then(|| view! { <Inside conversation=conversation.get_value() items at left_out close=Callback::new(move |()| close()) files/> })
    };
    view! { {camera} {stickers} {inside} }
}

fn item(picked: Picked, number: usize) -> Item {
    let Picked { file, kind, seen, history, part, clean } = picked;
    let pixels = RwSignal::new_local(None);
    let (trouble, moves) = (RwSignal::new(None), RwSignal::new(false));
    let seeing = seen.clone();
    spawn_local(async move {
        match seeing.await {
            Ok(own) => {
                moves.try_set(own.moves);
                pixels.try_set(Some(own.canvas));
            }
            // Sent as a document then, byte for byte.
            Err(sentence) if kind == Kind::Photo => drop(trouble.try_set(Some(sentence))),
            Err(_) => {}
        }
    });
    Item {
        number,
        file: StoredValue::new_local(file),
        kind,
        seen: StoredValue::new_local(seen),
        pixels,
        moves,
        history: RwSignal::new(history),
        part: RwSignal::new(part),
        trouble,
        clean: RwSignal::new(clean),
    }
}

impl Item {
    /// As it is by now; none where the screen is gone.
    fn picked(self) -> Option<Picked> {
        Some(Picked {
            file: self.file.try_get_value()?,
            kind: self.kind,
            seen: self.seen.try_get_value()?,
            history: self.history.try_get_untracked()?,
            part: self.part.try_get_untracked()?,
            clean: self.clean.try_get_untracked()?,
        })
    }
}

#[component]
fn Inside(
    conversation: String,
    items: RwSignal<Vec<Item>>,
    at: RwSignal<usize>,
    left_out: RwSignal<usize>,
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
    let sending = RwSignal::new(false);
    // Numbers of what is being sent.
    let going = StoredValue::new(Vec::<usize>::new());
    let mut begun =
        store.drafts.with_untracked(|drafts| drafts.get(&id.get_value()).cloned()).unwrap_or_default();
    // The new words of an old message are none of these files'.
    if begun.editing.take().is_some() {
        begun.text = std::mem::take(&mut begun.begun);
    }
    let caption = RwSignal::new(begun.text.clone());
    let field = NodeRef::<Textarea>::new();
    let once = RwSignal::new(begun.once);
    let begun = StoredValue::new(begun);
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
    // The files are gone with the page, the words are not: they are the chat's draft while they are written.
    let keep = move |written: String| {
        store.drafts.update(|drafts| {
            let draft = drafts.entry(id.get_value()).or_default();
            match draft.editing {
                None => draft.text = written,
                Some(_) => draft.begun = written,
            }
        });
    };
    let written = move |event: leptos::ev::Event| {
        let words = event_target_value(&event);
        caption.set(words.clone());
        keep(words);
    };
    // Without the files; what was written stays in the chat.
    let put_away = move || {
        keep(caption.try_get_untracked().unwrap_or_default());
        store.drafts.update(|drafts| drafts.entry(id.get_value()).or_default().once = false);
        close.run(());
    };
    let remove = move |number: usize| {
        if sending.get_untracked() {
            return;
        }
        if items.with_untracked(Vec::len) == 1 {
            return put_away();
        }
        items.update(|items| items.retain(|item| item.number != number));
    };
    let leave = move || {
        // What is being sent goes on without this screen; what came meanwhile is not dropped with it.
        if sending.get_untracked() {
            let going = going.get_value();
            return items.update(|items| items.retain(|item| !going.contains(&item.number)));
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
    // Where it cannot be kept open `close` follows, and that asks: a question of before would lie under this screen then.
    let cancelled = move |event: web_sys::Event| {
        if own(&event) && event.cancelable() {
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
        // Apart from this screen from here on: while they are made ready, it or the conversation may be left.
        let both = |item: Item| item.picked().map(|picked| (item, picked));
        let (all, mut picked): (Vec<Item>, Vec<Picked>) =
            items.get_untracked().into_iter().filter_map(both).unzip();
        let numbers: Vec<usize> = all.iter().map(|item| item.number).collect();
        going.set_value(numbers.clone());
        let (hd, conversation) = (hd.get_untracked(), id.get_value());
        let text = caption.get_untracked().trim().to_owned();
        let mut draft = Draft { text: text.clone(), once: once.get_untracked(), ..begun.get_value() };
        // What is written in the chat from here on is another message's.
        let before = store.drafts.with_untracked(|drafts| drafts.get(&conversation).cloned());
        // What it answers may have disappeared while this screen was open.
        draft.reply_to = before.as_ref().and_then(|before| before.reply_to.clone());
        store.clear_draft(conversation.clone());
        let edit = before.filter(|before| before.editing.is_some());
        let mut names = listed(picked.iter().take(3).map(|one| one_line(&one.file.name(), 40)));
        if picked.len() > 3 {
            names.push_str(&format!(" +{}", picked.len() - 3));
        }
        let bytes = picked.iter().map(|one| one.file.size() as u64).sum();
        let readied = store.readies(conversation.clone(), names, bytes);
        spawn_local(async move {
            let _asks = browser::AsksToLeave::new();
            let (is_sent, why) = match prepared(store, readied, &mut picked, hd).await {
                Ok(attachments) => {
                    items.try_update(|items| items.retain(|item| !numbers.contains(&item.number)));
                    // Where something came meanwhile, the screen stays, for another message.
                    sending.try_set(false);
                    caption.try_set(String::new());
                    once.try_set(false);
                    begun.try_set_value(Draft::default());
                    (store.send_with(conversation.clone(), draft, attachments, later).await, None)
                }
                Err(sentence) => {
                    store.give_back(conversation.clone(), draft).await;
                    (false, Some(sentence))
                }
            };
            store.readied_over(readied);
            // An old message that was being changed is again; what was not sent waits behind it.
            if let Some(edit) = edit {
                store.give_back(conversation.clone(), Draft { begun: String::new(), ..edit }).await;
            }
            if is_sent {
                return;
            }
            // They stand here again as they are, a video with where it can begin, or wait for the next such screen where this one is gone.
            for (item, picked) in all.iter().zip(&picked) {
                item.part.try_set(picked.part);
            }
            let again = items.try_update(|items| {
                let here: Vec<usize> = items.iter().map(|item| item.number).collect();
                let gone = all.into_iter().filter(|item| !here.contains(&item.number));
                items.splice(..0, gone).for_each(drop);
            });
            if again.is_none() {
                store.unsent.update(|unsent| unsent.entry(conversation).or_default().extend(picked));
            }
            sending.try_set(false);
            caption.try_update(|now| {
                if now.is_empty() {
                    *now = text;
                }
            });
            if let Some(why) = why {
                store.say(why);
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
        let mut pasted = browser::pasted_files(&event);
        let into_caption =
            event.target().is_some_and(|target| target.has_type::<web_sys::HtmlTextAreaElement>());
        if pasted.is_empty() && into_caption {
            pasted.extend(too_long(field, &event));
        }
        if !pasted.is_empty() && !sending.get_untracked() {
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
    let too_many = move || {
        let left = left_out.get();
        (left > 0).then(|| {
            let words = ta("send-most", &[("left", left.into()), ("count", FILES.into())]);
            view! { <p class="notice look send-left-out" role="status">{words}</p> }
        })
    };
    let to =
        untrack(|| store.conversation(&id.get_value()).map(|chat| store.title_of(&chat)).unwrap_or_default());
    view! {
        // By a keyboard one goes on with the caption; a finger has not asked for one that covers what is sent.
        <dialog node_ref=dialog class="send-screen" aria-label=t("send-title") on:cancel=cancelled on:close=closed on:paste=paste>
            <header class="send-bar">
                <IconButton name=t("cancel") shape=Icon::Close on_click=move |_| leave()/>
                <h2><bdi>{ta("send-to", &[("name", to.into())])}</bdi></h2>
                {quality}
            </header>
            <div class="send-stage" prop:inert=move || sending.get()>{stage}</div>
            <footer class="send-foot">
                {too_many}
                <div class="send-row" prop:inert=move || sending.get()>
                    {strip}
                    <input node_ref=picker type="file" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
                    <IconButton name=t("send-more") shape=Icon::Plus on_click=add/>
                </div>
                <div class="send-row">
                    // Lines that were begun in the composer stay lines.
                    <textarea
                        node_ref=field class="send-caption" rows="1" dir="auto" maxlength=LONGEST.to_string() aria-label=t("caption") placeholder=t("caption")
                        autofocus=!browser::is_touched() prop:value=move || caption.get() readonly=sending on:input=written on:keydown=keys
                    ></textarea>
                    <button type="button" class="chip send-once" aria-pressed=move || once.get().to_string() aria-label=t("once-choose") title=t("once-choose")
                        disabled=sending on:click=move |_| once.update(|on| *on = !*on)>{icon(Icon::Once)}</button>
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
                        let good = item.pixels.try_with_untracked(Option::is_some).unwrap_or(false);
                        let photo = item.picked().filter(|_| item.kind == Kind::Photo && good);
                        if let Some(mut photo) = photo {
                            sum += photo.made(large).await.map_or(0.0, |file| file.size());
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

/// All of them as they are sent, lent to the engine.
async fn prepared(
    store: Store,
    readied: u32,
    all: &mut [Picked],
    hd: bool,
) -> Result<Vec<NewAttachment>, String> {
    // Else what was chosen here would be gone before the engine says so.
    guard::load().await?;
    let mut attachments = Vec::new();
    for picked in all {
        let file = picked.made(hd).await?;
        readable(&file).await?;
        if store.is_stopped(readied) {
            return Err(t("said-cancelled"));
        }
        let path = lend_file(&file).await.map_err(|error| error.message)?;
        store.readies_file(readied, path.clone());
        let poster = if attachments.len() < PREVIEWS { picked.poster(&file).await } else { None };
        let preview = match poster {
            Some(frame) => preview(&frame).await,
            None => None,
        };
        if store.is_stopped(readied) {
            return Err(t("said-cancelled"));
        }
        attachments.push(NewAttachment { path, clean: picked.clean, preview, ..NewAttachment::default() });
    }
    Ok(attachments)
}
