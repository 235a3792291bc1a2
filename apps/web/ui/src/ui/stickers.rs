//! Stickers: own packs to send from and to make, and what others sent.

use casemate_api::view::Message;
use leptos::html::{Canvas, Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, File};

use super::act::Act;
use super::browser;
use super::button::{Button, Field, IconButton, Weight};
use super::canvas::{encoded, own_pixels, render};
use super::dialog::{Around, Dialog as Asked};
use super::icon::{Icon, icon};
use super::menu::{Item, OpenMenu};
use super::moving::{Motion, play_in_sight};
use super::picture::{draw, is_here};
use super::toast::ToastHere;
use crate::edit::Edit;
use crate::locale::{t, ta};
use crate::store::sound::Key;
use crate::store::stickers::{NAME, Pack};
use crate::store::{Store, use_store};
use crate::text::plain::one_line;

/// Longer side of a sticker.
const SIDE: u32 = 512;
/// Pixels of one on the screen.
const SHOWN: u32 = 320;
/// And in the panel.
const SMALL: u32 = 160;
/// Of one that moves, as a file.
const MOVING_BYTES: f64 = 1_000_000.0;
/// Of a pack that is shown in a message.
const OF_PACK: usize = 8;

/// The stickers of a message: one alone without a bubble around it, several as a pack.
#[component]
pub fn Stickers(message: Message) -> impl IntoView {
    let store = use_store();
    let own = store.is_me(&message.from);
    let all: Vec<Key> =
        (0u32..).zip(&message.attachments).map(|(index, _)| (message.message.clone(), index)).collect();
    let name = one_line(&message.text, NAME);
    let here = message.attachments.iter().all(is_here);
    if let ([one], true) = (&all[..], name.is_empty()) {
        let key = one.clone();
        let motion = Motion::new();
        let open = move |event: leptos::ev::MouseEvent| {
            let key = key.clone();
            let take = Item::new(Icon::Plus, t("sticker-take"), move || {
                store.take_stickers(t("stickers-mine"), vec![key.clone()])
            });
            let stop = untrack(|| motion.moves()).then(|| {
                let plays = untrack(|| motion.plays());
                let (shape, label) =
                    if plays { (Icon::Pause, t("moving-pause")) } else { (Icon::Play, t("moving-play")) };
                Item::new(shape, label, move || motion.toggle())
            });
            store.menu.set(Some(OpenMenu::at(&event, [take].into_iter().chain(stop).collect())));
        };
        let shown = here.then(|| view! { <Face key=one.clone() pixels=SHOWN motion/> });
        let waiting =
            (!here).then(|| super::attachment::state_line(store, &one.0, 0, &message.attachments[0], false));
        return view! {
            <button type="button" class="sticker-alone" aria-label=t("preview-sticker") aria-haspopup="menu" disabled=!here on:click=open>{shown}</button>
            {waiting}
        }
        .into_any();
    }
    let faces = all
        .iter()
        .take(OF_PACK)
        .map(|key| view! { <li>{here.then(|| view! { <Face key=key.clone() pixels=SMALL/> })}</li> });
    let faces = faces.collect_view();
    let words = ta("sticker-count", &[("count", all.len().into())]);
    let take = (!own && here).then(|| {
        let take = move |()| store.take_stickers(name.clone(), all.clone());
        view! { <Button label=t("sticker-take-pack") weight=Weight::Quiet on_click=take/> }
    });
    view! { <div class="sticker-pack"><ul>{faces}</ul><small>{icon(Icon::Sticker)}{words}</small>{take}</div> }.into_any()
}

#[component]
fn Face(
    key: Key,
    pixels: u32,
    /// Plays where there is one.
    #[prop(optional)]
    motion: Option<Motion>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let shown = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let drawn = draw(key.0.clone(), key.1, pixels, canvas, shown, trouble);
    if let Some(motion) = motion {
        Effect::new(move |_| motion.weight.set(drawn.weight.get()));
        play_in_sight(motion, key, pixels, canvas);
    }
    view! { <canvas node_ref=canvas aria-hidden=true.to_string()></canvas> }
}

/// The panel: packs to send from.
#[component]
pub fn StickerPanel(conversation: String) -> impl IntoView {
    let store = use_store();
    super::focus::comes_back();
    let conversation = StoredValue::new(conversation);
    let dialog = NodeRef::<Dialog>::new();
    let packs = RwSignal::new(None::<Vec<Pack>>);
    let open = RwSignal::new(None::<String>);
    let making = RwSignal::new(false);
    // Here, since what is below is drawn anew when one is gone: the next tap is to remove too, not to send.
    let removing = RwSignal::new(false);
    // So many of how many chosen pictures are stickers.
    let progress = RwSignal::new(None::<(usize, usize)>);
    let close = move || store.sticker_panel.set(false);
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    Effect::new(move |_| {
        store.stickers_changed.get();
        spawn_local(async move {
            match store.sticker_packs().await {
                Ok(all) => {
                    if open
                        .try_with_untracked(|open| all.iter().all(|pack| Some(&pack.name) != open.as_ref()))
                        == Some(true)
                    {
                        open.try_set(all.first().map(|pack| pack.name.clone()));
                    }
                    packs.try_set(Some(all));
                }
                Err(error) => store.fails(&error),
            }
        });
    });
    let around = Around::new();
    // One at a time: the rest of a message is sent anew, and the next one is in that.
    let at_work = StoredValue::new(false);
    let send = move |key: Key| {
        close();
        store.send_stickers(conversation.get_value(), String::new(), vec![key]);
    };
    let pack = move || {
        let name = open.get()?;
        packs.get()?.into_iter().find(|pack| pack.name == name)
    };
    let busy = Memo::new(move |_| progress.with(Option::is_some));
    let coming = Memo::new(move |_| packs.with(Option::is_none));
    let none = Memo::new(move |_| packs.with(|packs| packs.as_ref().is_none_or(Vec::is_empty)));
    // Not drawn anew with what another device changes: somebody may be typing a name.
    let inside = move || {
        if coming.get() {
            return view! { <p class="soft" role="status">{t("send-preparing")}</p> }.into_any();
        }
        if busy.get() {
            return view! { <Progress progress/> }.into_any();
        }
        if making.get() || none.get() {
            let cancel =
                Callback::new(move |()| if none.get_untracked() { close() } else { making.set(false) });
            return view! { <Make making open progress cancel/> }.into_any();
        }
        let tab = move |pack: Pack| {
            let (name, chosen) = (pack.name.clone(), pack.name);
            let here = {
                let name = name.clone();
                move || (open.with(|open| open.as_ref() == Some(&name))).to_string()
            };
            view! { <button type="button" role="tab" aria-selected=here on:click=move |_| { removing.set(false); open.set(Some(chosen.clone())) }><bdi>{name}</bdi></button> }
        };
        let tabs = move || packs.get().unwrap_or_default().into_iter().map(tab).collect_view();
        let body = move || {
            pack().map(
                |pack| view! { <PackGrid pack conversation=conversation.get_value() removing at_work progress on_send=send/> },
            )
        };
        view! {
            <div class="sticker-tabs"><div role="tablist" aria-label=t("sticker-packs")>{tabs}</div>
                <IconButton name=t("sticker-new-pack") shape=Icon::Plus small=true on_click=move |_| making.set(true)/>
            </div>
            {body}
        }
        .into_any()
    };
    view! {
        <dialog node_ref=dialog class="dialog sticker-panel" aria-label=t("stickers") on:close=move |_| close()
            on:pointerdown=move |event| around.pressed(&event) on:click=move |event| if around.is_clicked(&event) { close() }>
            <div class="dialog-body"><h2>{t("stickers")}</h2>{inside}</div>
            <ToastHere/>
        </dialog>
    }
}

/// The stickers of a pack: a press sends one; the menu takes one out, adds, shares, removes the pack.
#[component]
fn PackGrid(
    pack: Pack,
    conversation: String,
    removing: RwSignal<bool>,
    at_work: StoredValue<bool>,
    progress: RwSignal<Option<(usize, usize)>>,
    on_send: impl Fn(Key) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let store = use_store();
    let picker = NodeRef::<Input>::new();
    let whole = StoredValue::new(pack.clone());
    let tile = move |(at, key): (usize, Key)| {
        let label = move || {
            let words = if removing.get() { "sticker-remove" } else { "sticker-send" };
            ta(words, &[("number", (at + 1).into())])
        };
        let shown = key.clone();
        let click = move |_| {
            let key = key.clone();
            if removing.get_untracked() {
                if at_work.get_value() {
                    return;
                }
                at_work.set_value(true);
                let whole = whole.get_value();
                spawn_local(async move {
                    if let Err(error) = store.remove_sticker(&whole, &key).await {
                        store.fails(&error);
                    }
                    at_work.set_value(false);
                });
            } else {
                on_send(key);
            }
        };
        let cross = move || {
            removing.get().then(|| view! { <span class="sticker-cross" aria-hidden=true.to_string()>{icon(Icon::Close)}</span> })
        };
        view! { <li><button type="button" class="sticker-tile" aria-label=label on:click=click><Face key=shown pixels=SMALL/>{cross}</button></li> }
    };
    let tiles = pack.stickers.iter().cloned().enumerate().map(tile).collect_view();
    let picked = move |_| {
        if let Some(input) = picker.get_untracked() {
            let files = browser::files(input.files());
            input.set_value("");
            add(store, whole.with_value(|pack| pack.name.clone()), files, progress);
        }
    };
    let acts = RwSignal::new(false);
    let act = move |shape: Icon, label: String, danger: bool, act: Callback<()>| {
        let click = move |_| {
            acts.set(false);
            act.run(());
        };
        let class = if danger { "menu-item danger" } else { "menu-item" };
        view! { <button type="button" class=class on:click=click>{icon(shape)}{label}</button> }
    };
    let conversation = StoredValue::new(conversation);
    let more = Callback::new(move |()| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    });
    let share = Callback::new(move |()| {
        let pack = whole.get_value();
        store.sticker_panel.set(false);
        store.send_stickers(conversation.get_value(), pack.name, pack.stickers);
    });
    let some = Callback::new(move |()| removing.set(true));
    let all = Callback::new(move |()| {
        let name = whole.with_value(|pack| pack.name.clone());
        store.dialog.set(Some(Asked::Confirm {
            title: ta("sticker-remove-question", &[("name", name.into())]),
            body: t("sticker-remove-body"),
            verb: t("sticker-remove-pack"),
            danger: true,
            act: Act::new(move |()| {
                let pack = whole.try_get_value();
                store.attempt(async move {
                    match pack {
                        Some(pack) => store.remove_pack(&pack).await,
                        None => Ok(()),
                    }
                });
            }),
        }));
    });
    let choices = move || {
        acts.get().then(|| {
            view! {
                <div class="sticker-acts" role="group" aria-label=t("sticker-pack-menu")>
                    {act(Icon::Plus, t("sticker-add"), false, more)}
                    {act(Icon::Share, t("sticker-share-pack"), false, share)}
                    {act(Icon::Close, t("sticker-remove-some"), false, some)}
                    {act(Icon::Trash, t("sticker-remove-pack"), true, all)}
                </div>
            }
        })
    };
    view! {
        <ul class="sticker-grid">{tiles}</ul>
        <div class="sticker-foot">
            <small>{ta("sticker-count", &[("count", pack.stickers.len().into())])}</small>
            {move || removing.get().then(|| view! { <button type="button" class="inline" on:click=move |_| removing.set(false)>{t("sticker-done")}</button> })}
            <IconButton name=t("sticker-pack-menu") shape=Icon::More on_click=move |_| acts.update(|open| *open = !*open)/>
        </div>
        {choices}
        <input node_ref=picker type="file" accept="image/*" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
    }
}

/// Pictures become stickers, which takes a moment each.
#[component]
fn Progress(progress: RwSignal<Option<(usize, usize)>>) -> impl IntoView {
    let now = move || progress.get().unwrap_or_default();
    let words = move || ta("sticker-making", &[("done", now().0.into()), ("of", now().1.into())]);
    view! {
        <p class="soft" role="status">{words}</p>
        <progress aria-label=t("progress") max=move || now().1.to_string() value=move || now().0.to_string()></progress>
    }
}

/// A new pack: a name, then pictures.
#[component]
fn Make(
    making: RwSignal<bool>,
    open: RwSignal<Option<String>>,
    progress: RwSignal<Option<(usize, usize)>>,
    cancel: Callback<()>,
) -> impl IntoView {
    let store = use_store();
    let name = RwSignal::new(String::new());
    let picker = NodeRef::<Input>::new();
    let choose = move |()| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        let files = browser::files(input.files());
        input.set_value("");
        let name = one_line(&name.get_untracked(), NAME);
        if !files.is_empty() && !name.is_empty() {
            open.set(Some(name.clone()));
            making.set(false);
            add(store, name, files, progress);
        }
    };
    let nameless = Signal::derive(move || name.with(|name| name.trim().is_empty()));
    view! {
        <p class="soft">{t("sticker-make-hint")}</p>
        <Field label=t("sticker-pack-name") value=name most=40 focused=true/>
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| cancel.run(())/>
            <Button label=t("sticker-choose") disabled=nameless on_click=choose/>
        </div>
        <input node_ref=picker type="file" accept="image/*" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
    }
}

/// Makes stickers of pictures and puts them into a pack. One that cannot be read does not keep the others out.
fn add(store: Store, name: String, files: Vec<File>, progress: RwSignal<Option<(usize, usize)>>) {
    progress.set(Some((0, files.len())));
    spawn_local(async move {
        let mut made: Vec<Blob> = Vec::new();
        let mut stopped = 0;
        for (done, file) in files.iter().enumerate() {
            let small = match own_pixels(file, 2 * SIDE).await {
                // There is nothing here that writes frames, so it stays as it is, if it is light.
                Ok(own) if own.moves && file.size() <= MOVING_BYTES => {
                    made.push(file.clone().into());
                    None
                }
                Ok(own) => {
                    stopped += usize::from(own.moves);
                    render(&own.canvas, &Edit::default(), SIDE.into())
                }
                Err(_) => None,
            };
            if let Some(small) = small
                && let Some(sticker) = encoded(&small, "image/webp", 0.9).await
            {
                made.push(sticker);
            }
            progress.try_set(Some((done + 1, files.len())));
        }
        let unreadable = files.len() - made.len();
        let added = if made.is_empty() { Ok(()) } else { store.add_stickers(name, made).await };
        progress.try_set(None);
        match added {
            Ok(()) if unreadable > 0 => {
                store.say(ta("sticker-unreadable", &[("count", unreadable.into())]));
            }
            Ok(()) if stopped > 0 => store.say(ta("sticker-stopped", &[("count", stopped.into())])),
            Ok(()) => {}
            Err(error) => store.fails(&error),
        }
    });
}
