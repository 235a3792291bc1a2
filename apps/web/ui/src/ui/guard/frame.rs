//! The frame in which guard's Workers are (`apps/web/guard-worker/frame.js`): a document of an origin that nobody else has and
//! without a network, so that a decoder that was taken over reaches neither this page nor what the browser keeps for it. It
//! gets the decoders' bytes from here, and a channel for each who asks: this page, and the engine's Worker.

use std::cell::RefCell;

use js_sys::{Array, ArrayBuffer};
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort, Response};

use super::super::browser;
use crate::engine::link::{field, object};

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
}

/// A channel to guard.
pub fn channel() -> Option<MessagePort> {
    let channel = MessageChannel::new().ok()?;
    lend(channel.port2());
    Some(channel.port1())
}

/// Gives guard a channel on which somebody else will ask.
pub fn lend(port: MessagePort) {
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
}

/// Takes the frame away, with all that runs in it.
pub fn end() {
    if let Some(frame) = FRAME.take() {
        frame.element.remove();
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
    spawn_local(async {
        match decoders().await {
            Some(bytes) => {
                FRAME.with_borrow_mut(|frame| {
                    if let Some(frame) = frame {
                        frame.decoders = Some(bytes);
                    }
                });
                give();
            }
            None => super::broke(),
        }
    });
    Some(())
}

async fn decoders() -> Option<ArrayBuffer> {
    let answer = JsFuture::from(window().fetch_with_str(&browser::file("guard_bg.wasm"))).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.array_buffer().ok()?).await.ok()?.dyn_into().ok()
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
