//! One engine, several tabs: the one that has it gives it away when another asks.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::set_timeout;
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
}

/// Hears when another tab wants the engine, or gave it away. `before`: what is still to be done here with it; the engine is
/// closed when that is done.
pub fn listen<Before: Future<Output = ()> + 'static>(before: impl Fn() -> Before + 'static) {
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
            _ => {}
        }
    });
    CHANNEL.with(|channel| {
        if let Some(channel) = channel {
            channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        }
    });
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
