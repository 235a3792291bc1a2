//! The call that this page takes part in: over everything, or small in a corner so that one can write meanwhile.

use std::time::Duration;

use casemate_api::view;
use leptos::html::Div;
use leptos::prelude::*;

use super::call_options::options;
use super::call_small::Drag;
use super::call_tiles::Tiles;
use super::rest::{Part, Rest};
use crate::engine::call::{self, Act};
use crate::locale::{listed, t, ta};
use crate::store::{Store, use_store};
use crate::text::plain::duration;
use crate::ui::browser;
use crate::ui::button::IconButton;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::OpenMenu;

/// Of whom nothing comes for so long, that is said. Whoever has just come has as long.
const UNHEARD: Duration = Duration::from_secs(5);

/// Draws what rings, and the call.
#[component]
pub fn CallLayer() -> impl IntoView {
    let store = use_store();
    let taken = Memo::new(move |_| store.calling.taken().map(|call| (call.call, call.conversation)));
    let taken = move || {
        taken.get().map(|(id, conversation)| view! { <Rest part=Part::InCall { id, conversation }/> })
    };
    view! { {taken}<super::ringing::Ringing/> }
}

/// The keyboard goes to what rings, else to the call. Not to a button: who is writing would press it.
pub fn to_call() {
    use wasm_bindgen::JsCast;
    let found = ["dialog.ring[open] h2", ".call"]
        .iter()
        .find_map(|one| document().query_selector(one).ok().flatten());
    if let Some(element) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

#[component]
pub fn InCall(id: String, conversation: String) -> impl IntoView {
    let store = use_store();
    crate::ui::focus::comes_back();
    let id = StoredValue::new(id);
    let conversation = StoredValue::new(conversation);
    let calling = store.calling;
    let small = calling.small;
    let node = NodeRef::<Div>::new();
    // Whoever began it goes on with the keyboard here.
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            let _ = node.focus();
        }
    });
    let title = move || {
        let chat = conversation.with_value(|conversation| store.conversation(conversation));
        chat.map(|chat| store.title_of(&chat)).unwrap_or_default()
    };
    let call = Memo::new(move |_| id.with_value(|id| calling.known.with(|all| all.get(id).cloned())));
    let unheard = Unheard::of(store, call);
    let listeners = Memo::new(move |_| call.with(|call| listening(call.as_ref())));
    // Without pictures a phone has room for it above the page.
    let pictures =
        Memo::new(move |_| calling.shown.with(|shown| shown.camera || shown.screen) || calling.sees_others());
    let class = move || {
        if !small.get() {
            return "call".to_owned();
        }
        let corner = calling.corner.get().map_or("", |corner| match (corner.top, corner.left) {
            (true, true) => " at-top at-left",
            (true, false) => " at-top at-right",
            (false, true) => " at-left",
            (false, false) => " at-right",
        });
        format!("call small{}{corner}", if pictures.get() { "" } else { " voice" })
    };
    let drag = Drag::of(store, node);
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !small.get_untracked() && store.menu.with_untracked(Option::is_none) {
            event.stop_propagation();
            small.set(true);
        }
    };
    view! {
        <div
            node_ref=node class=class role="dialog" aria-label=t("call-title") tabindex="-1" style:transform=move || drag.transform()
            on:keydown=keys on:click=move |event| drag.tap(&event) on:pointerdown=move |event| drag.begin(&event)
            on:pointermove=move |event| drag.follow(&event) on:pointerup=move |_| drag.end() on:pointercancel=move |_| drag.end()
        >
            <header class="call-head">
                {move || match small.get() {
                    true => view! { <IconButton name=t("call-larger") shape=Icon::Larger on_click=move |_| small.set(false)/> }.into_any(),
                    false => view! { <IconButton name=t("call-smaller") shape=Icon::Smaller on_click=move |_| small.set(true)/> }.into_any(),
                }}
                <div class="call-words">
                    <h1><bdi>{title}</bdi></h1>
                    <p role="status">{move || line(store, call.get().as_ref(), unheard)}</p>
                </div>
                {move || code(store, call.get().as_ref())}
            </header>
            {move || listeners.get().map(|said| view! { <p class="call-listening" role="alert">{said}</p> })}
            <p class="call-news" aria-hidden=true.to_string()>{move || calling.news.get()}</p>
            <Tiles call/>
            <Controls id=id.get_value()/>
        </div>
    }
}

/// Pictures that are the same for all who have the same keys.
fn code(store: Store, call: Option<&view::Call>) -> Option<impl IntoView + use<>> {
    let code = call.map(|call| call.code.join(" ")).filter(|code| !code.is_empty())?;
    let hint = ta("call-code-hint", &[("code", code.clone().into())]);
    let name = t("call-encrypted");
    Some(view! {
        <button type="button" class="call-safe only-large" title=name.clone() aria-label=format!("{name}: {code}") on:click=move |_| store.say(hint.clone())>
            {icon(Icon::Lock)}<span dir="ltr">{code.clone()}</span>
        </button>
    })
}

/// Who may hear the call though nothing shows them in it.
fn listening(call: Option<&view::Call>) -> Option<String> {
    let said = |one: &view::CallListening| {
        let count = [("count", u64::from(one.count).into())];
        match one.code.as_str() {
            "hidden" => Some(ta("call-hidden", &count)),
            "open" => Some(ta("call-open", &count)),
            "unkept" => Some(t("call-unkept")),
            _ => None,
        }
    };
    let all: Vec<String> = call.iter().flat_map(|call| &call.listening).filter_map(said).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// Of all others nothing comes, though the relay is there: their page is gone, or their network. Whether they come back is seen
/// two minutes later only.
#[derive(Clone, Copy)]
struct Unheard {
    who: Memo<Option<String>>,
    long: RwSignal<bool>,
}

impl Unheard {
    fn of(store: Store, call: Memo<Option<view::Call>>) -> Self {
        let calling = store.calling;
        let who = Memo::new(move |_| {
            let silent = calling.shown.with(|shown| shown.state == "connected" && shown.people.is_empty());
            let others: Vec<_> = call.with(|call| {
                let all = call.iter().filter(|_| silent).flat_map(|call| &call.participants);
                all.filter(|one| !store.is_me(&one.address)).cloned().collect()
            });
            // A program that is muted may send nothing.
            let muted = |device: &String| {
                calling.signs.with(|signs| signs.get(device).is_some_and(|sign| sign.muted))
            };
            let speaks = others.iter().any(|one| !muted(&one.device));
            speaks.then(|| listed(others.iter().map(|one| store.name_of(&one.address))))
        });
        let long = RwSignal::new(false);
        Effect::new(move |before: Option<Option<TimeoutHandle>>| {
            if let Some(timer) = before.flatten() {
                timer.clear();
            }
            long.set(false);
            let is_long = move || {
                long.try_set(true);
            };
            who.with(Option::is_some).then(|| set_timeout_with_handle(is_long, UNHEARD)).and_then(Result::ok)
        });
        Self { who, long }
    }

    fn names(self) -> Option<String> {
        self.who.get().filter(|_| self.long.get())
    }
}

/// What stands below the title: what is waited for, else how long it has gone on.
fn line(store: Store, call: Option<&view::Call>, unheard: Unheard) -> AnyView {
    let calling = store.calling;
    let state = calling.shown.with(|shown| (shown.state.clone(), shown.weak));
    let waits = call.is_some_and(|call| call.state == "calling");
    match state.0.as_str() {
        "lost" => t("call-lost").into_any(),
        _ if waits => t("call-calling").into_any(),
        "connected" if state.1 => view! { <span class="weak">{t("call-you-weak")}</span> }.into_any(),
        "connected" => match unheard.names() {
            Some(names) => {
                view! { <span class="weak">{ta("call-unheard", &[("name", names.into())])}</span> }.into_any()
            }
            None => view! { <Passed/> }.into_any(),
        },
        _ => t("call-connecting").into_any(),
    }
}

/// How long it has gone on. Not said again each second to whoever cannot see it.
#[component]
fn Passed() -> impl IntoView {
    let store = use_store();
    let now = RwSignal::new(js_sys::Date::now());
    let timer = set_interval_with_handle(move || now.set(js_sys::Date::now()), Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
    let passed = move || {
        let since = store.calling.since.get().unwrap_or_else(|| now.get());
        duration((now.get() - since).max(0.0) as u32)
    };
    view! { <span role="timer" aria-live="off">{passed}</span> }
}

#[component]
fn Controls(id: String) -> impl IntoView {
    let store = use_store();
    let shown = store.calling.shown;
    let muted = Memo::new(move |_| shown.with(|shown| shown.muted || !shown.microphone));
    let camera = Memo::new(move |_| shown.with(|shown| shown.camera));
    let screen = Memo::new(move |_| shown.with(|shown| shown.screen));
    // Before there are media nobody knows.
    let no_microphone =
        Signal::derive(move || shown.with(|shown| !shown.microphone && !shown.state.is_empty()));
    // Allowed in the browser's own bar meanwhile, or plugged in: it is asked for again by the same button.
    let mute_name = Signal::derive(move || match no_microphone.get() {
        true => t("call-microphone-again"),
        false => t("call-mute"),
    });
    let mute = move |on: bool| match no_microphone.get_untracked() {
        true => store.in_call(&Act::Listen),
        false => store.in_call(&Act::Mute(on)),
    };
    let more =
        move |event: leptos::ev::MouseEvent| store.menu.set(Some(OpenMenu::at(&event, options(store))));
    let flips = browser::is_touched();
    let flip = move || {
        (flips && camera.get()).then(|| {
            view! { <IconButton name=t("camera-other") shape=Icon::Rotate on_click=move |_| store.in_call(&Act::Flip)/> }
        })
    };
    let share = call::can_share().then(|| {
        view! { <span class="only-large"><Toggle name=t("call-share") on=screen shapes=(Icon::Screen, Icon::Screen) act=move |on| store.in_call(&Act::Share(on))/></span> }
    });
    view! {
        <div class="call-controls" role="toolbar" aria-label=t("call-controls")>
            <Toggle name=mute_name on=muted shapes=(Icon::Mic, Icon::MicOff) acts=no_microphone act=mute/>
            <Toggle name=t("call-camera") on=camera shapes=(Icon::VideoOff, Icon::Video) act=move |on| store.in_call(&Act::Camera(on))/>
            {flip}
            {share}
            <span class="only-large"><IconButton name=t("call-options") shape=Icon::More menu=true on_click=more/></span>
            <button type="button" class="hang-up" aria-label=t("call-leave") title=t("call-leave") on:click=move |_| store.hang_up(id.clone())>
                {icon(Icon::HangUp)}
            </button>
        </div>
    }
}

/// On or off; the icon says which. While it `acts` it is neither, and does what it is called.
#[component]
fn Toggle(
    #[prop(into)] name: Signal<String>,
    on: Memo<bool>,
    shapes: (Icon, Icon),
    #[prop(optional, into)] acts: Signal<bool>,
    act: impl Fn(bool) + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=move || name.get()
            title=move || name.get()
            aria-pressed=move || (!acts.get()).then(|| on.get().to_string())
            on:click=move |_| act(!on.get_untracked())
        >
            {move || if on.get() { icon(shapes.1) } else { icon(shapes.0) }}
        </button>
    }
}

/// In a conversation: a call goes on there, and one can join it.
#[component]
pub fn GoesOn(id: String) -> impl IntoView {
    let store = use_store();
    let call = Memo::new(move |_| store.calling.goes_on(&id));
    move || {
        call.get().map(|call| {
            let (own, others): (Vec<_>, Vec<_>) =
                call.participants.iter().partition(|one| store.is_me(&one.address));
            let names = listed(others.into_iter().map(|one| store.name_of(&one.address)));
            let words = match (own.is_empty(), names.is_empty()) {
                (true, true) => t("call-goes-on"),
                (true, false) => ta("call-goes-on-with", &[("names", names.into())]),
                (false, true) => t("call-goes-on-own"),
                (false, false) => ta("call-goes-on-own-with", &[("names", names.into())]),
            };
            let leave = (call.outcome == "answered" && is_of_two(store, &call)).then(|| leave(store, &call));
            bar(store, call, words.into_any(), leave)
        })
    }
}

/// On all pages but in its conversation: the call that this page was in before it was loaded anew goes on.
#[component]
pub fn LeftBehind() -> impl IntoView {
    let store = use_store();
    let call = Memo::new(move |_| {
        let call = store.calling.left_behind()?;
        let is_there = store.route.with(|route| route.conversation() == Some(call.conversation.as_str()));
        (!is_there).then_some(call)
    });
    move || {
        call.get().map(|call| {
            let chat = store.conversation(&call.conversation);
            let title = chat.map(|chat| store.title_of(&chat)).unwrap_or_default();
            let words = view! { <bdi>{title}</bdi>" · "{t("call-goes-on-short")} }.into_any();
            let leave = match is_of_two(store, &call) {
                true => leave(store, &call),
                // A group's was left with the page.
                false => {
                    let close = move |_| store.calling.leaves_behind();
                    view! { <IconButton name=t("close") shape=Icon::Close on_click=close/> }.into_any()
                }
            };
            bar(store, call, words, Some(leave))
        })
    }
}

fn is_of_two(store: Store, call: &view::Call) -> bool {
    store.conversation(&call.conversation).is_some_and(|chat| chat.kind == "pair")
}

fn leave(store: Store, call: &view::Call) -> AnyView {
    let id = call.call.clone();
    let act = move |_| store.hang_up(id.clone());
    view! { <button type="button" class="button quiet" on:click=act>{t("call-leave")}</button> }.into_any()
}

/// A call that goes on, and what one can do about it.
fn bar(store: Store, call: view::Call, words: AnyView, leave: Option<AnyView>) -> impl IntoView {
    let join = move |_| store.answer(call.clone(), false);
    view! {
        <div class="call-bar" role="region" aria-label=t("call-title")>
            {icon(Icon::Phone)}
            <span>{words}</span>
            <div class="call-bar-acts">
                {leave}
                <button type="button" class="button" on:click=join>{t("call-join")}</button>
            </div>
        </div>
    }
}
