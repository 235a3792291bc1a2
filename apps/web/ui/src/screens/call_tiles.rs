//! Who is in a call: a tile for each, with their picture or their initials; screens first and larger.

use casemate_api::view;
use leptos::prelude::*;

use crate::engine::call::{self, Act, Wish};
use crate::locale::{t, ta};
use crate::store::seats::{PICTURES, Tile, Wanted, pinned_of, seated, wanted};
use crate::store::{NARROW, Store, matches, use_store};
use crate::ui::avatar::Avatar;
use crate::ui::camera::LiveVideo;
use crate::ui::icon::{Icon, icon};

/// One's own camera and screen, among the slots.
const OWN_CAMERA: i32 = -1;
const OWN_SCREEN: i32 = -2;

/// The tiles.
#[component]
pub fn Tiles(call: Memo<Option<view::Call>>) -> impl IntoView {
    let store = use_store();
    let calling = store.calling;
    let seen = move |device: &str| calling.seen(device);
    let people = Memo::new(move |_| others(store, call.get().as_ref()));
    // Who spoke last comes first.
    let spoke = Memo::new(move |before: Option<&Vec<String>>| {
        let mut order = before.cloned().unwrap_or_default();
        calling.shown.with(|shown| {
            for one in shown.people.iter().filter(|one| one.speaking) {
                order.retain(|device| *device != one.device);
                order.insert(0, one.device.clone());
            }
        });
        order.truncate(PICTURES);
        order
    });
    let all = Memo::new(move |_| {
        let mut tiles = Vec::new();
        let screens = people
            .get()
            .into_iter()
            .filter(|one| seen(&one.device).is_some_and(|seen| seen.screen.is_some()));
        tiles.extend(screens.map(|one| Tile { screen: true, ..one }));
        tiles.extend(people.get());
        tiles
    });
    // A small card has room for few, and so have phones and tablets beside one that is large.
    let most = Memo::new(move |_| {
        let screen = || all.with(|all| all.iter().any(|tile| tile.screen));
        let strip = || calling.large.get() || calling.pinned.with(Option::is_some) || screen();
        match calling.small.get() {
            true => 3,
            false if matches(NARROW) && strip() => 5,
            false if matches("(max-width: 1023px)") && strip() => 8,
            false => PICTURES,
        }
    });
    let tiles =
        Memo::new(move |_| seated(&all.get(), calling.pinned.get().as_ref(), &spoke.get(), most.get()));
    // What the person wants large; else, of several, whoever speaks, or spoke last, and a shared screen before anybody.
    let large = Memo::new(move |before: Option<&Option<Tile>>| {
        let tiles = tiles.get();
        if let Some(pinned) = calling.pinned.with(|pinned| pinned_of(&tiles, pinned.as_ref()).cloned()) {
            return Some(pinned);
        }
        if let Some(screen) = tiles.iter().find(|tile| tile.screen) {
            return Some(screen.clone());
        }
        if !calling.large.get() || tiles.len() < 2 {
            return None;
        }
        let speaks = |tile: &&Tile| seen(&tile.device).is_some_and(|seen| seen.speaking);
        let before = before.cloned().flatten().filter(|before| tiles.contains(before));
        tiles.iter().find(speaks).cloned().or(before).or_else(|| tiles.first().cloned())
    });
    // The relay sends as large as is shown, and nothing that is not.
    Effect::new(move |before: Option<Vec<Wish>>| {
        let connected = calling.shown.with(|shown| shown.state == "connected");
        let wanted = wanted(
            &tiles.get(),
            &people.get(),
            large.get().as_ref(),
            calling.small.get(),
            calling.saver.get(),
        );
        let wish = |Wanted { tile, height }| Wish { device: tile.device, screen: tile.screen, height };
        let wishes: Vec<Wish> = wanted.into_iter().map(wish).collect();
        if connected && before.as_ref() != Some(&wishes) {
            call::act(&Act::Wish(wishes.clone()));
        }
        if connected { wishes } else { Vec::new() }
    });
    let own = move || Tile { device: String::new(), address: own_address(store), screen: false };
    let waits = move || {
        let nobody = people.with(Vec::is_empty);
        nobody.then(|| {
            let called = call.get().map(|call| called(store, &call)).unwrap_or_default();
            let alone = called.len() == 1;
            let faces = called.into_iter().take(3).map(|(name, seed)| view! { <Avatar name seed size="large"/> });
            let words = if alone { String::new() } else { t("call-alone") };
            view! { <div class="tile called"><span class="faces">{faces.collect_view()}</span><p>{words}</p></div> }
        })
    };
    let others = move || {
        let hidden = all.with(Vec::len).saturating_sub(tiles.with(Vec::len));
        (hidden > 0)
            .then(|| view! { <p class="tile others">{ta("call-more", &[("count", hidden.into())])}</p> })
    };
    let class = move || {
        let count = tiles
            .with(|tiles| tiles.len() + usize::from(tiles.len() < all.with(Vec::len)))
            .clamp(1, PICTURES);
        match large.with(Option::is_some) {
            true => "stage with-large".to_owned(),
            false => format!("stage of-{count}"),
        }
    };
    view! {
        <div class=class>
            {waits}
            <For each=move || tiles.get() key=|tile| tile.clone() let:tile>
                {
                    let (mine, shown) = (tile.clone(), tile.clone());
                    let is_large = Signal::derive(move || large.with(|large| large.as_ref() == Some(&mine)));
                    view! { <OneTile tile=shown is_large/> }
                }
            </For>
            {others}
            <OneTile tile=own() is_large=Signal::stored(false)/>
        </div>
    }
}

fn own_address(store: Store) -> String {
    store
        .account
        .with_untracked(|account| account.as_ref().map(|account| account.address.clone()))
        .unwrap_or_default()
}

/// All others in the call, as they said, and whoever is heard or seen without having said so yet.
fn others(store: Store, call: Option<&view::Call>) -> Vec<Tile> {
    let own = store.account.with(|account| account.as_ref().map(|account| account.device.clone()));
    let Some(call) = call else { return Vec::new() };
    let said = call.participants.iter().map(|one| (&one.device, &one.address));
    let mut all: Vec<Tile> = said
        .filter(|(device, _)| own.as_ref() != Some(*device))
        .map(|(device, address)| Tile { device: device.clone(), address: address.clone(), screen: false })
        .collect();
    store.calling.shown.with(|shown| {
        for one in &shown.people {
            if own.as_ref() != Some(&one.device) && !all.iter().any(|known| known.device == one.device) {
                all.push(Tile { device: one.device.clone(), address: one.address.clone(), screen: false });
            }
        }
    });
    all
}

/// Whom a call that nobody has answered yet rings: names, and what their pictures are found by.
fn called(store: Store, call: &view::Call) -> Vec<(String, String)> {
    let Some(chat) = store.conversation(&call.conversation) else { return Vec::new() };
    let others = chat.members.iter().filter(|member| !store.is_me(&member.address));
    others.map(|member| (store.name_of(&member.address), member.address.clone())).collect()
}

#[component]
fn OneTile(tile: Tile, is_large: Signal<bool>) -> impl IntoView {
    let store = use_store();
    let calling = store.calling;
    let own = tile.device.is_empty();
    let (device, screen) = (tile.device.clone(), tile.screen);
    let sign_of = StoredValue::new(tile.device.clone());
    let seen = Memo::new(move |_| calling.seen(&device));
    let slot = Memo::new(move |_| match own {
        true => calling.shown.with(|shown| match (shown.camera, shown.screen) {
            (true, _) => Some(OWN_CAMERA),
            (false, true) => Some(OWN_SCREEN),
            (false, false) => None,
        }),
        false => {
            seen.with(|seen| seen.as_ref().and_then(|seen| if screen { seen.screen } else { seen.camera }))
        }
    });
    let line =
        Memo::new(move |_| calling.shown.with(|shown| (shown.line, if own { shown.pictures } else { 0 })));
    // Somebody may change theirs meanwhile.
    let named = tile.clone();
    let label = Memo::new(move |_| {
        let name = if own { t("you") } else { store.name_of(&named.address) };
        label_of(&named, &name)
    });
    let speaking = Memo::new(move |_| match own {
        true => calling.shown.with(|shown| shown.speaking),
        false => !screen && seen.with(|seen| seen.as_ref().is_some_and(|seen| seen.speaking)),
    });
    let weak = Memo::new(move |_| seen.with(|seen| seen.as_ref().is_some_and(|seen| seen.weak)));
    let sign = Memo::new(move |_| {
        calling.signs.with(|all| sign_of.with_value(|device| all.get(device).cloned()).unwrap_or_default())
    });
    let off = Memo::new(move |_| match own {
        true => calling.shown.with(|shown| shown.muted || !shown.microphone),
        false => !screen && sign.with(|sign| sign.muted),
    });
    let hand =
        Memo::new(move |_| if own { calling.hand.get() } else { !screen && sign.with(|sign| sign.hand) });
    let reaction = move || {
        sign.with(|sign| sign.reaction.clone()).filter(|_| !screen).map(|emoji| {
            view! { <span class="tile-reaction" role="img">{emoji}</span> }
        })
    };
    let class = move || {
        let mut class = String::from("tile");
        for (on, name) in
            [(own, " own"), (screen, " screen"), (is_large.get(), " large"), (speaking.get(), " speaking")]
        {
            class += if on { name } else { "" };
        }
        class
    };
    let address = tile.address.clone();
    let inside = move || match slot.get() {
        Some(slot) => {
            let mirrored =
                Signal::derive(move || slot == OWN_CAMERA && calling.shown.with(|shown| shown.mirrored));
            // Of a new connection the streams are new, and of another camera one's own.
            line.get();
            view! { <LiveVideo stream=move || call::stream(slot) mirrored label/> }.into_any()
        }
        None => view! { <Avatar name=store.name_of(&address) seed=address.clone() size="large"/> }.into_any(),
    };
    let mine = StoredValue::new(tile.clone());
    let pinned = Memo::new(move |_| {
        calling.pinned.with(|pinned| mine.with_value(|mine| pinned.as_ref() == Some(mine)))
    });
    let pin = (!own).then(|| {
        let name = move || ta("call-pin", &[("name", label.get().into())]);
        let act = move |_| {
            let next = (!pinned.get_untracked()).then(|| mine.get_value());
            calling.pinned.set(next);
        };
        view! {
            <button type="button" class="icon-button tile-pin" aria-label=name title=name aria-pressed=move || pinned.get().to_string() on:click=act>
                {icon(Icon::Pin)}
            </button>
        }
    });
    let mark = move |on: Memo<bool>, shape: Icon, words: &'static str| {
        move || {
            on.get().then(|| view! { <i class="tile-mark" role="img" aria-label=t(words) title=t(words)>{icon(shape)}</i> })
        }
    };
    view! {
        <figure class=class>
            {inside}
            {reaction}
            {pin}
            <figcaption>
                {mark(off, Icon::MicOff, "call-muted")}
                {mark(weak, Icon::Warning, "call-weak")}
                {mark(hand, Icon::Hand, "call-hand")}
                <bdi>{label}</bdi>
            </figcaption>
        </figure>
    }
}

fn label_of(tile: &Tile, name: &str) -> String {
    match tile.screen {
        true => ta("call-screen-of", &[("name", name.to_owned().into())]),
        false => name.to_owned(),
    }
}
