//! The frame in which guard's Workers are (`apps/web/guard-worker/frame.js`): a document of an origin that nobody else has and
//! without a network, so that a decoder that was taken over reaches neither this page nor what the browser keeps for it. It
//! gets the decoders' bytes from here, and a channel for each who asks: this page, and the engine's Worker.
//!
//! The decoders are a fifth of the app, so they are fetched with the first file that needs them and kept offline from then on.

use std::cell::RefCell;

use futures_channel::oneshot;
use js_sys::{Array, ArrayBuffer};
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort, Response};

use super::super::{browser, notify};
use crate::engine::guard_ended;
use crate::engine::link::{field, object};
use crate::locale::t;

const DECODERS: &str = "guard_bg.wasm";

/// What could not be fetched, in words.
pub type Away = String;

struct Frame {
    element: HtmlIFrameElement,
    /// Its script runs.
    here: bool,
    /// What it gets once.
    decoders: Option<ArrayBuffer>,
    given: bool,
    /// Channels that it has not got yet.
    waiting: Vec<MessagePort>,
}

thread_local! {
    static FRAME: RefCell<Option<Frame>> = const { RefCell::new(None) };
    static LISTENING: RefCell<bool> = const { RefCell::new(false) };
    // Who waits for the decoders, while they are fetched.
    static FETCHING: RefCell<Vec<oneshot::Sender<Result<(), Away>>>> = const { RefCell::new(Vec::new()) };
}

/// A channel to guard.
pub fn channel() -> Option<MessagePort> {
    let channel = MessageChannel::new().ok()?;
    lend(channel.port2());
    Some(channel.port1())
}

/// Gives guard a channel on which somebody else will ask.
pub fn lend(port: MessagePort) {
    // Its engine is another tab's by now.
    if super::rests() {
        return refuse_on(&port, &t("guard-away"));
    }
    let starts = FRAME.with_borrow(Option::is_none);
    if starts && start().is_none() {
        return super::broke();
    }
    FRAME.with_borrow_mut(|frame| {
        if let Some(frame) = frame {
            frame.waiting.push(port);
        }
    });
    give();
    spawn_local(async {
        if let Err(away) = load().await {
            refuse(&away);
        }
    });
}

/// Waits until the decoders are here.
///
/// # Errors
///
/// Why they are not. The next who asks has them fetched again.
pub async fn load() -> Result<(), Away> {
    if FRAME.with_borrow(|frame| frame.as_ref().is_some_and(|frame| frame.given || frame.decoders.is_some()))
    {
        return Ok(());
    }
    let (sender, receiver) = oneshot::channel();
    let is_first = FETCHING.with_borrow_mut(|waiting| {
        waiting.push(sender);
        waiting.len() == 1
    });
    if is_first {
        if FRAME.with_borrow(Option::is_none) && start().is_none() {
            super::broke();
        }
        spawn_local(fetch());
    }
    receiver.await.unwrap_or_else(|_| Err(t("guard-away")))
}

async fn fetch() {
    let fetched = decoders().await;
    let outcome = fetched.map(|bytes| {
        FRAME.with_borrow_mut(|frame| {
            if let Some(frame) = frame {
                frame.decoders = Some(bytes);
            }
        });
        give();
        notify::keep_offline(&browser::file(DECODERS));
    });
    super::arrived(outcome.is_ok());
    for waiting in FETCHING.take() {
        let _ = waiting.send(outcome.clone());
    }
}

/// Nobody will take these channels: whoever asks on one is told why.
fn refuse(away: &str) {
    let ports = FRAME.with_borrow_mut(|frame| frame.as_mut().map(|frame| std::mem::take(&mut frame.waiting)));
    for port in ports.unwrap_or_default() {
        refuse_on(&port, away);
    }
}

fn refuse_on(port: &MessagePort, away: &str) {
    let (away, answers) = (away.to_owned(), port.clone());
    let asked = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // Whichever of its fields is the job's number: all come back, and what is wrong besides.
        let answer = js_sys::Object::assign(&object(&[]), event.data().unchecked_ref());
        for (name, value) in [("error", away.as_str()), ("broke", "away")] {
            let _ = js_sys::Reflect::set(&answer, &name.into(), &value.into());
        }
        let _ = answers.post_message(&answer);
    });
    port.set_onmessage(Some(asked.into_js_value().unchecked_ref()));
}

/// Takes the frame away, with all that runs in it. Whoever else asks there is told: on its channel nobody hears any more.
pub fn end() {
    if let Some(frame) = FRAME.take() {
        frame.element.remove();
        guard_ended();
    }
}

fn start() -> Option<()> {
    if !LISTENING.replace(true) {
        let heard = Closure::<dyn Fn(MessageEvent)>::new(heard);
        let told =
            window().add_event_listener_with_callback("message", heard.into_js_value().unchecked_ref());
        told.ok()?;
    }
    let element: HtmlIFrameElement = document().create_element("iframe").ok()?.unchecked_into();
    element.set_hidden(true);
    element.set_attribute("aria-hidden", "true").ok()?;
    element.set_src(&browser::file("guard.html"));
    document().body()?.append_child(&element).ok()?;
    FRAME.set(Some(Frame { element, here: false, decoders: None, given: false, waiting: Vec::new() }));
    Some(())
}

async fn decoders() -> Result<ArrayBuffer, Away> {
    let away = |_| t("guard-away");
    let answer = JsFuture::from(window().fetch_with_str(&browser::file(DECODERS))).await.map_err(away)?;
    let answer: Response = answer.dyn_into().map_err(away)?;
    match answer.status() {
        200 => {}
        // The server has a newer version by now, and this page's is nowhere else.
        404 => return Err(t("guard-newer")),
        _ => return Err(t("guard-away")),
    }
    let bytes = answer.array_buffer().map_err(away)?;
    JsFuture::from(bytes).await.map_err(away)?.dyn_into().map_err(away)
}

fn heard(event: MessageEvent) {
    // An origin that can be named is one that has something to lose.
    if event.origin() != "null" || field(&event.data(), "guard") != "here" {
        return;
    }
    let source: JsValue = event.source().into();
    FRAME.with_borrow_mut(|frame| {
        if let Some(frame) = frame
            && frame.element.content_window().is_some_and(|inside| JsValue::from(inside) == source)
        {
            frame.here = true;
        }
    });
    give();
}

/// Hands over what waits, as soon as there is somebody to take it.
fn give() {
    FRAME.with_borrow_mut(|frame| {
        let Some(frame) = frame.as_mut().filter(|frame| frame.here) else { return };
        let Some(inside) = frame.element.content_window() else { return };
        let transfer = Array::new();
        let message = object(&[]);
        if !frame.given {
            let Some(bytes) = frame.decoders.take() else { return };
            let _ = js_sys::Reflect::set(&message, &"wasm".into(), &bytes);
            transfer.push(&bytes);
            frame.given = true;
        }
        for port in frame.waiting.drain(..) {
            transfer.push(&port);
        }
        // Whoever is in the frame has no name to address it by; it is asked nothing but over these channels.
        let _ = inside.post_message_with_transfer(&message, "*", &transfer);
    });
}
