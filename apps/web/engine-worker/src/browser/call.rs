//! Calls: between the engine and the media that the page makes. Each call has a channel whose other end is the Worker of
//! its frames; keys go there and nowhere else. The page itself hears that a call's media are wanted, and with that makes
//! the channel.
//!
//! ```text
//! Output::CallOpen ──▶ page {call, video} ──▶ {call, port} ──▶ keys, members, answer ──▶ port
//!                                                   port ──▶ offer, connected, unheard, wishes ──▶ Input::Call
//! ```

use std::cell::RefCell;
use std::collections::HashMap;

use casemate_engine::{CallAnswer, CallKeys, CallNews, CallWish, Input, OpenCall};
use casemate_wire::ids::{CallId, DeviceId};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use super::driver::Driver;
use super::js::{get, object};

/// Wishes of one message that are read; the engine takes fewer.
const WISHES: u32 = 64;

/// What waits for a page's channel at most; a page that makes none hears nothing.
const WAITING: usize = 32;

/// The calls under way.
#[derive(Default)]
pub struct Calls {
    live: RefCell<HashMap<CallId, Live>>,
}

enum Live {
    /// The page makes a channel.
    Waiting(Vec<JsValue>),
    /// It is there.
    Open { port: MessagePort, _on_message: Closure<dyn FnMut(MessageEvent)> },
}

impl Calls {
    fn tell(&self, call: CallId, message: JsValue) {
        match self.live.borrow_mut().get_mut(&call) {
            Some(Live::Open { port, .. }) => drop(port.post_message(&message)),
            Some(Live::Waiting(waiting)) => {
                // The newest says who is there.
                if get(&message, "members").is_object() {
                    waiting.retain(|one| !get(one, "members").is_object());
                }
                if waiting.len() >= WAITING {
                    // All but how it joins. Whoever was removed by what goes has no part in what comes.
                    waiting.remove(1);
                    let keys = get(&message, "keys");
                    let _ = js_sys::Reflect::set(&keys, &"removed".into(), &true.into());
                }
                waiting.push(message);
            }
            None => {}
        }
    }

    fn end(&self, call: CallId) {
        if let Some(Live::Open { port, .. }) = self.live.borrow_mut().remove(&call) {
            close(&port);
        }
    }

    /// Ends the media of all: the engine ends.
    pub fn end_all(&self) {
        let calls: Vec<CallId> = self.live.borrow().keys().copied().collect();
        calls.into_iter().for_each(|call| self.end(call));
    }
}

impl Driver {
    /// Asks the page for a call's media.
    pub(super) fn open_call(&self, open: &OpenCall) {
        let call = open.permit.call();
        let first = object(&[("joining", open.joining.into()), ("keys", keys(&open.keys))]);
        let waiting = vec![first, members(&open.keys)];
        self.calls.live.borrow_mut().insert(call, Live::Waiting(waiting));
        self.page().call(&call.to_hex(), open.video);
    }

    /// The relay answered.
    pub(super) fn call_joined(&self, call: CallId, answer: &CallAnswer) {
        let turn = answer.turn.iter().map(|one| {
            object(&[
                ("urls", one.url.as_str().into()),
                ("username", one.username.as_str().into()),
                ("credential", one.credential.as_str().into()),
            ])
        });
        let turn = turn.collect::<Array>().into();
        let answer = object(&[("sdp", answer.sdp.as_str().into()), ("turn", turn)]);
        self.calls.tell(call, object(&[("answer", answer)]));
    }

    /// Other keys, and with them perhaps other members.
    pub(super) fn call_keys(&self, call: CallId, new: &CallKeys) {
        self.calls.tell(call, object(&[("keys", keys(new))]));
        self.calls.tell(call, members(new));
    }

    /// The call's media end.
    pub(super) fn close_call(&self, call: CallId) {
        self.calls.end(call);
    }

    /// `{call, port}`: where a call's media are spoken with.
    pub(super) fn call_channel(&self, call: &str, port: MessagePort) {
        let Some(call) = CallId::from_hex(call) else { return };
        let Some(Live::Waiting(waiting)) = self.calls.live.borrow_mut().remove(&call) else {
            // It is over already.
            return close(&port);
        };
        let me = self.me();
        let on_message: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            if let (Some(driver), Some(news)) = (me.upgrade(), news(&event.data())) {
                driver.input(Input::Call { call, news });
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        for message in waiting {
            let _ = port.post_message(&message);
        }
        self.calls.live.borrow_mut().insert(call, Live::Open { port, _on_message: on_message });
    }

    /// `{call, failed}`: the page has no media to give.
    pub(super) fn call_failed(&self, call: &str, why: String) {
        if let Some(call) = CallId::from_hex(call) {
            self.input(Input::Call { call, news: CallNews::Failed { why } });
        }
    }
}

fn close(port: &MessagePort) {
    let _ = port.post_message(&object(&[("close", true.into())]));
    port.close();
}

/// For the Worker of frames, which forgets the bytes when it has taken them.
fn keys(keys: &CallKeys) -> JsValue {
    let others: Vec<u8> = keys.others.iter().flat_map(|other| *other.expose()).collect();
    let leaves: Array = keys.leaves().into_iter().map(JsValue::from).collect();
    object(&[
        // Epochs count changes of members: far below 2⁵³.
        ("epoch", (keys.epoch as f64).into()),
        ("secret", Uint8Array::from(&keys.secret.expose()[..]).into()),
        ("others", Uint8Array::from(&others[..]).into()),
        ("leaf", keys.leaf.into()),
        ("leaves", leaves.into()),
        ("removed", keys.removed.into()),
    ])
}

/// For the page: who is who.
fn members(keys: &CallKeys) -> JsValue {
    let member = |one: &casemate_engine::CallMember| {
        object(&[
            ("leaf", one.leaf.into()),
            ("address", one.address.as_str().into()),
            ("device", one.device.to_hex().into()),
        ])
    };
    object(&[("members", keys.members.iter().map(member).collect::<Array>().into())])
}

fn news(said: &JsValue) -> Option<CallNews> {
    if let Some(sdp) = get(said, "offer").as_string() {
        return Some(CallNews::Offer { sdp });
    }
    if get(said, "connected").is_truthy() {
        return Some(CallNews::Connected);
    }
    if get(said, "unheard").is_truthy() {
        return Some(CallNews::Unheard);
    }
    let wishes: Array = get(said, "wishes").dyn_into().ok()?;
    let wish = |wanted: JsValue| {
        Some(CallWish {
            device: DeviceId::from_hex(&get(&wanted, "device").as_string()?)?,
            screen: get(&wanted, "screen").is_truthy(),
            height: get(&wanted, "height").as_f64()? as u32,
        })
    };
    let read = wishes.length().min(WISHES);
    Some(CallNews::Wishes((0..read).filter_map(|at| wish(wishes.get(at))).collect()))
}
