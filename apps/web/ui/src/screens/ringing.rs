//! Somebody calls: who, where, and what one can do. Nothing of sound or pictures exists before "Answer".

use std::time::Duration;

use casemate_api::view;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::call_trial::{self, After};
use super::rest::{Part, Rest};
use crate::locale::{t, ta};
use crate::store::{Store, use_store};
use crate::ui::avatar::Avatar;
use crate::ui::browser;
use crate::ui::button::{Button, Field, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::sound;
use crate::ui::toast::ToastHere;

/// What answers, declines or opens the microphone is not there before a call that rings has been seen for so long. A finger that
/// was on its way to something else answers nobody, nor does one that meant the call before. As long as browsers wait before
/// their own questions can be answered.
const SEEN: Duration = Duration::from_millis(500);

/// Between two rings.
const RING: Duration = Duration::from_millis(2_400);

/// Draws the call that rings. It is heard and told of at once, also while what draws it is still on its way.
#[component]
pub fn Ringing() -> impl IntoView {
    let store = use_store();
    let ringing = Memo::new(move |_| store.calling.ringing());
    let id = Memo::new(move |_| ringing.with(|call| call.as_ref().map(|call| call.call.clone())));
    move || {
        id.get();
        ringing.get_untracked().map(|call| {
            untrack(|| tell(store, &call));
            view! { <Rest part=Part::Rings(call)/> }
        })
    }
}

/// Says that somebody calls, and rings until this is drawn no longer.
fn tell(store: Store, call: &view::Call) {
    let said = said(store, call);
    store.tell_of_call(call, &said);
    store.announced.set(said.clone());
    let id = call.call.clone();
    let ring = move || {
        let silenced = store.calling.silenced.with_untracked(|all| all.contains(&id));
        if !silenced && store.may_ring() {
            sound::rings();
        }
    };
    ring();
    let timer = set_interval_with_handle(ring, RING);
    let conversation = call.conversation.clone();
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
        store.call_told_off(&conversation);
        if store.announced.with_untracked(|announced| *announced == said) {
            store.announced.set(String::new());
        }
    });
}

fn said(store: Store, call: &view::Call) -> String {
    ta("call-from", &[("name", store.name_of(&call.from).into())])
}

/// One that rings.
#[component]
pub fn Rings(call: view::Call) -> impl IntoView {
    let store = use_store();
    let node = NodeRef::<html::Dialog>::new();
    // It takes the keyboard from nobody: whoever is writing would answer by accident. Above a dialog that has it, it has to.
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            let covered = document().query_selector("dialog:modal").ok().flatten().is_some();
            if !covered {
                dialog.set_open(true);
            } else if !dialog.open() {
                let _ = dialog.show_modal();
            }
        }
    });
    let seen = RwSignal::new(false);
    browser::before_paint(move || {
        let is_seen = move || {
            seen.try_set(true);
        };
        set_timeout(is_seen, SEEN);
    });
    // A press that began before is none of this one; a keyboard's, or a screen reader's, has no beginning.
    let began = StoredValue::new(false);
    let is_meant = move |event: &leptos::ev::MouseEvent| event.detail() == 0 || began.get_value();
    let name = untrack(|| store.name_of(&call.from));
    let kind = if call.video { t("call-video") } else { t("call-voice") };
    let group = untrack(|| store.conversation(&call.conversation)).filter(|chat| chat.kind != "pair");
    let below = match group {
        Some(group) => format!("{kind} · {}", untrack(|| store.title_of(&group))),
        None => kind,
    };
    let said = untrack(|| said(store, &call));
    let id = StoredValue::new(call.call.clone());
    let silenced =
        Memo::new(move |_| store.calling.silenced.with(|all| id.with_value(|id| all.contains(id))));
    let answering = Memo::new(move |_| {
        store.calling.worded.with(|worded| id.with_value(|id| worded.as_ref() == Some(id)))
    });
    let say = untrack(|| may_say(store, &call)).then(|| {
        let act = move |_| {
            store.silence(id.get_value());
            store.calling.worded.set(Some(id.get_value()));
        };
        view! { <button type="button" class="button quiet" on:click=act>{icon(Icon::Chat)}<span>{t("call-decline-words")}</span></button> }
    });
    // Who tests the microphone has opened it.
    let tests = Memo::new(move |_| store.dialog.with(|open| matches!(open, Some(Dialog::CallTrial(_)))));
    let taken = Memo::new(move |_| store.calling.taken().is_some());
    let safe = move || {
        (!tests.get() && !taken.get()).then(|| {
            view! { <p class="ring-safe">{icon(Icon::Check)}<span>{t("call-nothing-open")}</span></p> }
        })
    };
    // In another call its microphone is open already.
    let test = move |_| call_trial::open(store, After::Answer(id.get_value()));
    let test = move || {
        (!taken.get()).then(|| {
            view! { <button type="button" class="button quiet" on:click=test>{icon(Icon::Mic)}<span>{t("call-test")}</span></button> }
        })
    };
    let words = call.clone();
    let words = move || answering.get().then(|| view! { <Words call=words.clone()/> });
    let silence = move || {
        (!silenced.get()).then(|| {
            view! { <IconButton name=t("call-silence") shape=Icon::Mute on_click=move |_| store.silence(id.get_value())/> }
        })
    };
    let waits = move || taken.get().then(|| view! { <p>{t("call-leaves-other")}</p> });
    let (voice, camera) = (call.clone(), call.clone());
    let with_camera = call.video.then(|| {
        let camera = camera.clone();
        view! {
            <button type="button" class="ring-act with-camera" on:click=move |event| if is_meant(&event) { store.answer(camera.clone(), true) }>
                <i aria-hidden=true.to_string()>{icon(Icon::Video)}</i><span>{t("call-answer-camera")}</span>
            </button>
        }
    });
    let decline = move |event: leptos::ev::MouseEvent| {
        if is_meant(&event) {
            store.decline(id.get_value());
        }
    };
    let off = call.video.then(|| view! { <p>{t("call-camera-off")}</p> });
    // A browser closes it all the same where nobody touched the page since it opened. It rings still.
    let closed = move |event: leptos::ev::Event| {
        if let Some(dialog) = node.get_untracked().filter(|_| event.target() == event.current_target()) {
            let _ = dialog.show_modal();
        }
    };
    view! {
        <dialog node_ref=node class="ring" class:beside=move || taken.get() aria-label=said
            on:cancel=move |event: leptos::ev::Event| event.prevent_default() on:close=closed>
            <div class="ring-head">
                {safe}
                {silence}
            </div>
            <div class="ring-who">
                <Avatar name=name.clone() seed=call.from.clone() size="large"/>
                <h2 tabindex="-1" autofocus=true><bdi>{name}</bdi></h2>
                <p>{below}</p>
                {off}
                {waits}
            </div>
            {words}
            <div class="ring-more" class:unseen=move || !seen.get() hidden=move || answering.get()>
                {say}
                {test}
            </div>
            <div class="ring-acts" class:unseen=move || !seen.get() hidden=move || answering.get() on:pointerdown=move |_| began.set_value(true)>
                <button type="button" class="ring-act no" on:click=decline>
                    <i aria-hidden=true.to_string()>{icon(Icon::HangUp)}</i><span>{t("call-decline")}</span>
                </button>
                {with_camera}
                <button type="button" class="ring-act yes" on:click=move |event| if is_meant(&event) { store.answer(voice.clone(), false) }>
                    <i aria-hidden=true.to_string()>{icon(Icon::Phone)}</i><span>{t("call-answer")}</span>
                </button>
            </div>
            <ToastHere/>
        </dialog>
    }
}

/// Whether one may write where it rings.
fn may_say(store: Store, call: &view::Call) -> bool {
    store.conversation(&call.conversation).is_some_and(|chat| store.may_write(&chat))
}

/// Words to decline with: one of a few sentences, or one's own.
#[component]
fn Words(call: view::Call) -> impl IntoView {
    const READY: [&str; 4] = ["call-say-later", "call-say-write", "call-say-way", "call-say-what"];
    let store = use_store();
    let group = untrack(|| store.conversation(&call.conversation)).filter(|chat| chat.kind == "group");
    let title = group.map(|group| untrack(|| store.title_of(&group)));
    let hint = title.map(|title| ta("call-say-all", &[("group", title.into())]));
    let own = RwSignal::new(String::new());
    let call = StoredValue::new(call);
    let decline = move |text: String| store.decline_saying(call.get_value(), text);
    let ready = READY.map(|key| {
        let text = t(key);
        let said = text.clone();
        view! { <button type="button" class="button quiet" on:click=move |_| decline(said.clone())>{text}</button> }
    });
    let nothing = Signal::derive(move || own.with(|own| own.trim().is_empty()));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !nothing.get_untracked() {
            decline(own.get_untracked().trim().to_owned());
        }
    };
    let close = move || store.calling.worded.set(None);
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    let node = NodeRef::<html::Form>::new();
    Effect::new(move |_| {
        let first = node.get().and_then(|form| form.query_selector("button").ok().flatten());
        if let Some(first) = first.and_then(|first| first.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = first.focus();
        }
    });
    view! {
        <form node_ref=node class="ring-words" aria-label=t("call-decline-words") on:submit=send on:keydown=keys>
            {hint.map(|hint| view! { <p>{hint}</p> })}
            {ready.collect_view()}
            <Field label=t("call-say-own") value=own most=500/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| close()/>
                <Button label=t("call-say-send") submit=true disabled=nothing/>
            </div>
        </form>
    }
}
