//! One WebSocket to the server's `/v1/ws` that comes back by itself: pauses grow from 0.3 s to 60 s with jitter, so
//! that a server that starts again is not met by everybody at once.
//!
//! A browser sends no pings of its own, so silence is answered with the protocol's own; its answer stays here.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use bytes::Bytes;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ClientFrame, Done, Ping, ServerFrame};
use js_sys::{ArrayBuffer, Uint8Array};
use prost::Message;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::js::{Timer, now_ms, scope, words_of};

/// First pause after a connection was lost or refused.
const FIRST_PAUSE_MS: u32 = 300;
/// No pause is longer.
const LONGEST_PAUSE_MS: u32 = 60_000;
/// A connection that lived so long starts the pauses anew.
const STEADY_MS: i64 = 10_000;
/// Name, TCP, TLS and upgrade together.
const OPENING_MS: u32 = 20_000;
/// Silence before a ping; more often costs phones and servers wake-ups.
const SILENCE_MS: u32 = 30_000;
/// Silence after the ping until the connection counts as dead.
const NO_ANSWER_MS: u32 = 20_000;
/// The ping's number: the engine counts its own from 1.
const PING: u64 = u64::MAX;

/// News from the connection, in order.
pub enum News {
    /// Open.
    Connected,
    /// One binary message.
    Frame(Bytes),
    /// Closed, or could not be opened.
    Disconnected {
        /// For people.
        why: String,
    },
}

/// A connection that comes back until it is dropped.
pub struct Connection(Rc<Keeper>);

struct Keeper {
    url: String,
    news: Box<dyn Fn(News)>,
    socket: RefCell<Option<Socket>>,
    /// Of the socket in use: what an earlier one still says is for nobody.
    serial: Cell<u64>,
    failures: Cell<u32>,
    opened_ms: Cell<Option<i64>>,
    /// The pause before the next attempt, the time for opening, or the watch over silence.
    timer: RefCell<Option<Timer>>,
    online: RefCell<Option<Closure<dyn FnMut()>>>,
    pong: Vec<u8>,
}

struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut()>,
}

impl Connection {
    /// Starts connecting to `{url}/v1/ws`.
    pub fn start(url: &str, news: impl Fn(News) + 'static) -> Self {
        let pong = ServerFrame { id: PING, body: Some(Body::Done(Done {})) };
        let keeper = Rc::new(Keeper {
            url: url.to_owned(),
            news: Box::new(news),
            socket: RefCell::default(),
            serial: Cell::new(0),
            failures: Cell::new(0),
            opened_ms: Cell::new(None),
            timer: RefCell::default(),
            online: RefCell::default(),
            pong: pong.encode_to_vec(),
        });
        keeper.watch_the_network();
        keeper.connect();
        Self(keeper)
    }

    /// Sends a frame; dropped where nothing is open.
    pub fn send(&self, frame: &[u8]) {
        self.0.send(frame);
    }

    /// Closes the connection and opens another.
    pub fn reconnect(&self) {
        self.0.lost("connecting anew");
    }

    /// Ends a pause: somebody waits.
    pub fn try_now(&self) {
        self.0.try_now();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.serial.set(self.0.serial.get() + 1);
        self.0.timer.take();
        if let Some(callback) = self.0.online.take() {
            let callback = callback.as_ref().unchecked_ref();
            let _ = scope().remove_event_listener_with_callback("online", callback);
            let _ = scope().remove_event_listener_with_callback("offline", callback);
        }
        drop(self.0.socket.take());
    }
}

impl Keeper {
    fn connect(self: &Rc<Self>) {
        let serial = self.serial.get() + 1;
        self.serial.set(serial);
        self.opened_ms.set(None);
        let socket = match WebSocket::new(&format!("{}/v1/ws", self.url.replacen("http", "ws", 1))) {
            Ok(socket) => socket,
            Err(error) => return self.lost(&format!("the browser refuses: {}", words_of(&error))),
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let weak = Rc::downgrade(self);
        let on_open: Closure<dyn FnMut()> = {
            let weak = weak.clone();
            Closure::new(move || with(&weak, serial, Self::opened))
        };
        let on_message: Closure<dyn FnMut(MessageEvent)> = {
            let weak = weak.clone();
            Closure::new(move |event: MessageEvent| with(&weak, serial, |keeper| keeper.heard(&event)))
        };
        let on_close: Closure<dyn FnMut()> = {
            let weak = weak.clone();
            Closure::new(move || {
                with(&weak, serial, |keeper| {
                    let was_open = keeper.opened_ms.get().is_some();
                    keeper.lost(if was_open {
                        "the server closed the connection"
                    } else {
                        "there is no network, or the server is away"
                    });
                });
            })
        };
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        *self.socket.borrow_mut() =
            Some(Socket { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close });
        self.set_timer(OPENING_MS, |keeper| keeper.lost("the server does not answer"));
    }

    fn opened(self: &Rc<Self>) {
        self.opened_ms.set(Some(now_ms()));
        self.watch_silence();
        (self.news)(News::Connected);
    }

    fn heard(self: &Rc<Self>, event: &MessageEvent) {
        self.watch_silence();
        let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else {
            return self.lost("the server sent something that is not Casemate's protocol");
        };
        let frame = Uint8Array::new(&buffer).to_vec();
        if frame != self.pong {
            (self.news)(News::Frame(frame.into()));
        }
    }

    fn watch_silence(self: &Rc<Self>) {
        self.set_timer(SILENCE_MS, |keeper| {
            let ping = ClientFrame { id: PING, request: Some(Request::Ping(Ping {})) };
            keeper.send(&ping.encode_to_vec());
            keeper.set_timer(NO_ANSWER_MS, |keeper| keeper.lost("the server fell silent"));
        });
    }

    /// The socket is gone, or will be; another attempt follows after a pause.
    fn lost(self: &Rc<Self>, why: &str) {
        self.serial.set(self.serial.get() + 1);
        drop(self.socket.take());
        let steady = self.opened_ms.take().is_some_and(|since| now_ms() - since > STEADY_MS);
        let failures = if steady { 0 } else { self.failures.get() };
        self.failures.set(failures.saturating_add(1));
        let pause = FIRST_PAUSE_MS.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST_PAUSE_MS);
        // Between half and all of it.
        let jittered = f64::from(pause) * (0.5 + js_sys::Math::random() / 2.0);
        self.set_timer(jittered as u32, Self::connect);
        (self.news)(News::Disconnected { why: why.to_owned() });
    }

    fn try_now(self: &Rc<Self>) {
        if self.socket.borrow().is_none() {
            self.connect();
        }
    }

    fn send(&self, frame: &[u8]) {
        if let Some(open) = &*self.socket.borrow()
            && open.socket.ready_state() == WebSocket::OPEN
        {
            // Where this fails, the socket closes and says so itself.
            let _ = open.socket.send_with_u8_array(frame);
        }
    }

    fn set_timer(self: &Rc<Self>, ms: u32, act: fn(&Rc<Self>)) {
        let (weak, serial) = (Rc::downgrade(self), self.serial.get());
        *self.timer.borrow_mut() = Some(Timer::after(ms, move || with(&weak, serial, act)));
    }

    /// The browser often knows before the socket does.
    fn watch_the_network(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let callback: Closure<dyn FnMut()> = Closure::new(move || {
            let Some(keeper) = weak.upgrade() else { return };
            if !scope().navigator().on_line() {
                if keeper.socket.borrow().is_some() {
                    keeper.lost("this device is offline");
                }
            } else {
                keeper.failures.set(0);
                keeper.try_now();
            }
        });
        let function: &js_sys::Function = callback.as_ref().unchecked_ref();
        let _ = scope().add_event_listener_with_callback("online", function);
        let _ = scope().add_event_listener_with_callback("offline", function);
        *self.online.borrow_mut() = Some(callback);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

/// Acts where the socket of that number is still the one in use.
fn with(weak: &Weak<Keeper>, serial: u64, act: impl FnOnce(&Rc<Keeper>)) {
    if let Some(keeper) = weak.upgrade()
        && keeper.serial.get() == serial
    {
        act(&keeper);
    }
}
