//! What one chooses in a call: how it looks, what is sent, which devices.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::call::{self, Act as Does, Chosen, Device};
use crate::locale::t;
use crate::store::Store;
use crate::ui::act::Act;
use crate::ui::icon::Icon;
use crate::ui::menu::{Item, OpenMenu, Quick};

/// The menu.
pub fn options(store: Store) -> Vec<Item> {
    let calling = store.calling;
    let large = calling.large.get_untracked();
    let (words, shape) = match large {
        true => (t("call-grid"), Icon::Select),
        false => (t("call-large"), Icon::Person),
    };
    let (saver, calm) = (calling.saver.get_untracked(), calling.calm.get_untracked());
    let hand = calling.hand.get_untracked();
    let hand_words = if hand { t("call-hand-down") } else { t("call-hand-up") };
    vec![
        Item::new(Icon::Hand, hand_words, move || store.raise(!hand)),
        Item::new(Icon::React, t("react"), move || react(store)),
        Item::new(shape, words, move || calling.large.set(!large)),
        Item::switch(Icon::Download, t("call-saver"), saver, move || store.in_call(&Does::Save(!saver))),
        Item::switch(Icon::Filter, t("call-calm"), calm, move || store.in_call(&Does::Calm(!calm))),
        Item::new(Icon::Mic, t("call-microphone"), move || choose(store, "audioinput")),
        Item::new(Icon::Speaker, t("call-speaker"), move || choose(store, "audiooutput")),
        Item::new(Icon::Video, t("call-which-camera"), move || choose(store, "videoinput")),
        Item::new(Icon::Larger, t("call-float"), move || float(store)),
    ]
}

/// What is shown for a moment.
const REACTIONS: [&str; 6] = ["👍", "👏", "❤️", "😂", "😮", "🎉"];

fn react(store: Store) {
    let one = move |emoji: &'static str| {
        let act = Act::new(move |()| store.react_in_call(emoji));
        Quick { shown: Some(emoji), label: emoji.to_owned(), chosen: false, act }
    };
    let menu = move || OpenMenu::here(Vec::new()).with_quick(REACTIONS.map(one).into());
    // After the menu that this came from is gone.
    spawn_local(async move { store.menu.set(Some(menu())) });
}

/// The largest picture, above all other windows.
fn float(store: Store) {
    use wasm_bindgen::JsCast;
    // Who is kept large, or speaks; where all are alike, or that one shows nothing, the first.
    let found = [".call .tile.large:not(.own) video", ".call .tile:not(.own) video"]
        .iter()
        .find_map(|one| document().query_selector(one).ok().flatten());
    match found.and_then(|found| found.dyn_into::<web_sys::HtmlVideoElement>().ok()) {
        Some(video) => call::float(&video),
        None => store.say(t("call-float-none")),
    }
}

fn choose(store: Store, kind: &'static str) {
    spawn_local(async move {
        let devices = call::devices().await.into_iter().filter(|device| device.kind == kind);
        let chosen = store.calling.devices.get_untracked();
        let now = of_kind(&chosen, kind).to_owned();
        let item = |device: Device, name: String| {
            let is_chosen = device.id == now;
            let mut next = chosen.clone();
            set(&mut next, kind, device.id);
            Item::choice(shape(kind), name, is_chosen, move || store.in_call(&Does::Choose(next.clone())))
        };
        let system = Device { kind: kind.to_owned(), id: String::new(), name: String::new() };
        let mut items = vec![item(system, t("call-as-system"))];
        let own = devices.filter(Device::is_own);
        items.extend(own.map(|device| {
            let name = device.name.clone();
            item(device, name)
        }));
        store.menu.set(Some(OpenMenu::here(items)));
    });
}

fn shape(kind: &str) -> Icon {
    match kind {
        "audioinput" => Icon::Mic,
        "audiooutput" => Icon::Speaker,
        _ => Icon::Video,
    }
}

/// The chosen device of a kind.
pub fn of_kind<'a>(chosen: &'a Chosen, kind: &str) -> &'a str {
    match kind {
        "audioinput" => &chosen.microphone,
        "audiooutput" => &chosen.speaker,
        _ => &chosen.camera,
    }
}

/// Chooses one.
pub fn set(chosen: &mut Chosen, kind: &str, id: String) {
    match kind {
        "audioinput" => chosen.microphone = id,
        "audiooutput" => chosen.speaker = id,
        _ => chosen.camera = id,
    }
}
