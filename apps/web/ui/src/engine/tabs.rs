//! One engine, several tabs: the one that has it gives it away when another asks.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::{RwSignal, Set as _, set_timeout};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::client::{close, is_native, open};
use crate::ui::browser;

/// A tab that is frozen does not answer; after this long the engine is tried anyway.
const PATIENCE: Duration = Duration::from_millis(1_500);

thread_local! {
    static CHANNEL: Option<BroadcastChannel> = BroadcastChannel::new("casemate-tabs").ok();
    // This tab asked for the engine and waits.
    static WAITING: Cell<bool> = const { Cell::new(false) };
    // Where it is told that the tab with the engine is in a call.
    static CALL: Cell<Option<RwSignal<bool>>> = const { Cell::new(None) };
}

/// Hears when another tab wants the engine, or gave it away. `before`: what is still to be done here with it; the engine is
/// closed when that is done. `in_call`: whether this tab takes part in a call, which would end with the engine.
pub fn listen<Before: Future<Output = ()> + 'static>(
    before: impl Fn() -> Before + 'static,
    in_call: impl Fn() -> bool + 'static,
) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match event.data().as_string().as_deref() {
            Some("take") => {
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

/// Asks the other tabs for the engine and opens it here. A native engine takes whoever connects last.
pub fn take_over() {
    if is_native() {
        let _ = browser::window().location().reload();
        return;
    }
    WAITING.set(true);
    say("take");
    set_timeout(go_on, PATIENCE);
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
