//! One engine, several tabs: the one that has it gives it away when another asks, or when it is closed.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_channel::oneshot;
use leptos::prelude::{RwSignal, Set as _, set_timeout, window_event_listener_untyped};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::client::{close, is_native, open};
use crate::ui::{browser, notify};

/// What a tab's Worker holds while it has the engine (`engine-worker.js`).
const LOCK: &str = "casemate-engine";

/// An engine that came free is left to others for at least so long: to a page that is loaded anew, or locks, and to the tab that
/// asked for it.
const COURTESY: Duration = Duration::from_millis(1_500);

/// A tab that is frozen does not answer; after this long the engine is tried anyway.
const PATIENCE: Duration = Duration::from_millis(1_500);

thread_local! {
    static CHANNEL: Option<BroadcastChannel> = BroadcastChannel::new("casemate-tabs").ok();
    // This tab asked for the engine and waits.
    static WAITING: Cell<bool> = const { Cell::new(false) };
    // Where it is told that the tab with the engine is in a call.
    static CALL: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
    // Where it is told that the engine was not to be had.
    static REFUSED: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
    // This tab waits for the engine to come free.
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Hears when another tab wants the engine, or gave it away. `before`: what is still to be done here with it; the engine is
/// closed when that is done. `may_have_it`: whether this tab may be the one that has it; who has nothing to give says nothing.
/// `in_call`: whether this tab takes part in a call, which would end with the engine.
pub fn listen<Before: Future<Output = ()> + 'static>(
    before: impl Fn() -> Before + 'static,
    may_have_it: impl Fn() -> bool + 'static,
    in_call: impl Fn() -> bool + 'static,
) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match event.data().as_string().as_deref() {
            Some("take") if may_have_it() => {
                let before = before();
                spawn_local(async move {
                    before.await;
                    close();
                });
            }
            Some("free") => go_on(),
            Some("a call?") if in_call() => say("a call"),
            Some("a call") => {
                if let Some(there) = CALL.get() {
                    there.try_set(true);
                }
            }
            _ => {}
        }
    });
    CHANNEL.with(|channel| {
        if let Some(channel) = channel {
            channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        }
    });
}

/// Asks whether the tab with the engine is in a call, which `there` hears.
pub fn ask_for_calls(there: RwSignal<bool>) {
    CALL.set(Some(there));
    say("a call?");
}

/// Asks the other tabs for the engine and opens it here; `refused` hears where that fails. A native engine takes whoever connects
/// last.
pub fn take_over(refused: RwSignal<bool>) {
    if is_native() {
        browser::load_anew();
        return;
    }
    refused.set(false);
    REFUSED.set(Some(refused));
    WAITING.set(true);
    say("take");
    set_timeout(go_on, PATIENCE);
}

/// Another tab kept it.
pub fn refused() {
    if let Some(refused) = REFUSED.take() {
        refused.try_set(true);
    }
}

/// Opens the engine here once no tab has it any more, while the person sees this one and it `is_wanted`.
///
/// It looks now and then. A tab that stood in line for the lock, and was put to sleep there, would be given it and keep it from
/// everybody.
pub fn wait_for_it(is_wanted: impl Fn() -> bool + 'static) {
    if is_native() || WATCHING.replace(true) {
        return;
    }
    spawn_local(async move {
        let mut was_free = false;
        loop {
            in_sight().await;
            pause(COURTESY).await;
            if !is_wanted() {
                break;
            }
            let is_free = is_free().await;
            if was_free && is_free && browser::is_visible() && !WAITING.get() {
                open(None);
            }
            was_free = is_free;
        }
        WATCHING.set(false);
    });
}

/// Whether no tab has the engine. A browser without such locks does not say.
async fn is_free() -> bool {
    let locks = notify::field(&browser::window().navigator(), "locks");
    // Given back with the answer.
    let asked = Closure::<dyn Fn(JsValue) -> bool>::new(|lock: JsValue| lock.is_object());
    let function: &JsValue = asked.as_ref();
    let options = notify::object(&[("ifAvailable", true.into())]);
    let answer = notify::call(&locks, "request", &[LOCK.into(), options.into(), function.clone()]);
    notify::wait(answer).await.is_some_and(|free| free.is_truthy())
}

async fn pause(time: Duration) {
    let (sender, receiver) = oneshot::channel::<()>();
    let over = move || {
        let _ = sender.send(());
    };
    set_timeout(over, time);
    let _ = receiver.await;
}

/// Waits until the person sees this page.
async fn in_sight() {
    while !browser::is_visible() {
        let (sender, receiver) = oneshot::channel::<()>();
        let sender = RefCell::new(Some(sender));
        let seen = window_event_listener_untyped("visibilitychange", move |_| {
            if let Some(sender) = sender.take() {
                let _ = sender.send(());
            }
        });
        let _ = receiver.await;
        seen.remove();
    }
}

/// This tab closed the engine.
pub fn freed() {
    say("free");
}

fn go_on() {
    if WAITING.replace(false) {
        open(None);
    }
}

fn say(word: &str) {
    CHANNEL.with(|channel| {
        if let Some(channel) = channel {
            let _ = channel.post_message(&word.into());
        }
    });
}
