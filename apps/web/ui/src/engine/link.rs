//! What carries lines to an engine and back: a Worker of this page, or a WebSocket to `casemate app`.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File, MessageEvent, WebSocket, Worker, WorkerOptions, WorkerType};

use crate::ui::browser;

/// `casemate app` closes with this code where the page was opened a second time.
const OPENED_ELSEWHERE: f64 = 4_001.0;

/// Where the engine runs.
pub enum Link {
    /// In a Worker of this page.
    Worker(Worker),
    /// In the process that serves this page; it wants to see its token with everything.
    Socket(WebSocket, String),
}

impl Link {
    /// Starts the engine's Worker. `heard` gets whatever it says: lines as text, control messages as objects.
    pub fn worker(heard: impl Fn(JsValue) + 'static, broke: impl Fn() + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&browser::file("engine-worker.js"), &options)?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| heard(event.data()));
        worker.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        let on_error = Closure::<dyn Fn()>::new(broke);
        worker.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
        Ok(Self::Worker(worker))
    }

    /// Connects to the native engine. `token` is the one that the link which opened this page carried. `ended` hears
    /// whether the page was opened in another place.
    pub fn socket(
        origin: &str,
        token: String,
        heard: impl Fn(JsValue) + 'static,
        opened: impl Fn() + 'static,
        ended: impl Fn(bool) + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new(&format!("{}/rpc?token={token}", origin.replacen("http", "ws", 1)))?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| heard(event.data()));
        socket.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
        let on_open = Closure::<dyn Fn()>::new(opened);
        socket.set_onopen(Some(on_open.into_js_value().unchecked_ref()));
        let on_close = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            ended(field(&event, "code").as_f64() == Some(OPENED_ELSEWHERE));
        });
        socket.set_onclose(Some(on_close.into_js_value().unchecked_ref()));
        Ok(Self::Socket(socket, token))
    }

    /// Sends one line. An error where nobody is there to read it: a socket that closes drops what it is given.
    pub fn line(&self, line: &str) -> Result<(), JsValue> {
        match self {
            Self::Worker(worker) => worker.post_message(&JsValue::from_str(line)),
            Self::Socket(socket, _) if socket.ready_state() != WebSocket::OPEN => Err(JsValue::NULL),
            Self::Socket(socket, _) => socket.send_with_str(line),
        }
    }

    /// Sends a control message; only a Worker takes them.
    pub fn control(&self, message: &Object) -> Result<(), JsValue> {
        match self {
            Self::Worker(worker) => worker.post_message(message),
            Self::Socket(..) => Ok(()),
        }
    }

    /// The same with things that are the Worker's from then on.
    pub fn hand_over(&self, message: &Object, things: &js_sys::Array) -> Result<(), JsValue> {
        match self {
            Self::Worker(worker) => worker.post_message_with_transfer(message, things),
            Self::Socket(..) => Ok(()),
        }
    }

    /// Ends the Worker, and all that is in its memory with it.
    pub fn end(&self) {
        if let Self::Worker(worker) = self {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }

    /// Where a native engine has a call's keys.
    pub fn call_socket(&self, ticket: &str) -> Option<String> {
        match self {
            Self::Worker(_) => None,
            Self::Socket(socket, _) => {
                Some(format!("{}&ticket={ticket}", socket.url().replacen("/rpc?", "/call?", 1)))
            }
        }
    }

    /// The token of a native engine.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Worker(_) => None,
            Self::Socket(_, token) => Some(token),
        }
    }
}

/// An object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// A field of what the Worker said; undefined when it is not there.
pub fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A file as the Worker wants it.
pub fn as_blob(file: &File) -> &Blob {
    file
}
