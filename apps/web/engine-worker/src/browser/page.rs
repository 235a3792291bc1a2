//! What the page says to the Worker and hears from it: JSON-RPC lines, and these objects.
//!
//! ```text
//! page   {open: {passphrase?, passkey?}} {file: N, blob} {read: N, message, index} {anew: true} {close: true}
//!        {export: N, given?}             {exported: N}                {asks: N}          {report: N, wanted: params as JSON}
//! worker {ready: {account}} {locked: sentence, asks: {passkey: null or {credential, salt}, passphrase}} {failed: {kind, message}}
//!                                                        {read: N, blob} or {read: N, error}   {closed: true}
//!        {export: N, blob, made} or {export: N, error, asks?}           {asks: N, way: as with locked}
//!        {report: N, blob} or {report: N, error}
//!
//! worker {call: id, video}                             (make its media)
//! page   {call: id, port} or {call: id, failed: why}
//!
//! page   {guard: 'ended'}                              (its frame, and what was asked there)
//!
//! page   {backup: N, passphrase}                       {backed_up: N}
//! worker {backup: N, blob, made} or {backup: N, error}
//! ```

use std::rc::Rc;

use casemate_api::command::AttachmentSave;
use casemate_api::{Error, Event, Kind, view};
use casemate_engine::FileRef;
use js_sys::Reflect;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, MessagePort};

use super::driver::Driver;
use super::home::Given;
use super::host::Host;
use super::js::{get, object};
use super::relock::decode;
use super::staging::Lent;
use crate::rpc::{self, Id};

/// The Worker, for its script.
#[wasm_bindgen]
pub struct EngineWorker {
    said: mpsc::UnboundedSender<JsValue>,
}

#[wasm_bindgen]
impl EngineWorker {
    /// One, that speaks through `host`.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host) -> Self {
        // A panic ends the Worker; where it happened should at least stand in the browser's console.
        std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
        let driver = Driver::new(Rc::new(host));
        // Not bounded: the page is ours, and what it says waits only while the database opens.
        let (said, mut listening) = mpsc::unbounded_channel();
        spawn_local(async move {
            while let Some(message) = listening.recv().await {
                hear(&driver, &message).await;
            }
        });
        Self { said }
    }

    /// Takes what the page said; things are done in the order in which they were said.
    pub fn hear(&self, message: JsValue) {
        let _ = self.said.send(message);
    }
}

async fn hear(driver: &Rc<Driver>, message: &JsValue) {
    if let Some(line) = message.as_string() {
        let request = rpc::parse(&line);
        let answer = Answer::Request(request.id);
        return match request.command {
            Ok(command) => driver.ask(command, answer).await,
            Err(fault) => driver.page().respond(answer, Err(fault)),
        };
    }
    let number = |name: &str| get(message, name).as_f64().map(|number| number as u64);
    let has = |name: &str| Reflect::has(message, &name.into()).unwrap_or(false);
    if has("open") {
        let open = get(message, "open");
        let given = match (get(&open, "passkey").as_string(), get(&open, "passphrase").as_string()) {
            // What is no answer of a passkey opens nothing.
            (Some(secret), _) => Some(Given::Passkey(decode(&secret).unwrap_or_default())),
            (None, Some(passphrase)) => Some(Given::Passphrase(passphrase)),
            (None, None) => None,
        };
        driver.open(given).await;
    } else if let Some(file) = number("file") {
        if let Ok(blob) = get(message, "blob").dyn_into::<Blob>() {
            let name = blob.dyn_ref::<File>().map_or_else(|| "file".to_owned(), File::name);
            let page = driver.page().clone();
            let made = Rc::new(move |bytes| page.made(file, bytes));
            driver.lend(file, Lent { blob, name, stopped: Rc::default(), made });
        }
    } else if let Some(stop) = number("stop") {
        driver.stop_file(stop);
    } else if let Some(read) = number("read") {
        let wanted = AttachmentSave {
            message: get(message, "message").as_string().unwrap_or_default(),
            index: number("index").and_then(|index| u32::try_from(index).ok()).unwrap_or(u32::MAX),
            // Not used: the page gets the bytes themselves.
            path: String::new(),
        };
        driver.read(wanted, read);
    } else if let Some(number) = number("export") {
        driver.export(number, get(message, "given").as_string());
    } else if let Some(number) = number("exported") {
        driver.exported(number);
    } else if let Some(number) = number("backup") {
        driver.back_up_into_file(number, get(message, "passphrase").as_string().unwrap_or_default());
    } else if let Some(number) = number("backed_up") {
        driver.backed_up(number);
    } else if let Some(number) = number("report") {
        let wanted = get(message, "wanted").as_string().unwrap_or_default();
        match serde_json::from_str(&wanted) {
            Ok(wanted) => driver.report(number, wanted),
            Err(error) => {
                driver.page().refuse(Answer::Report(number), Error::new(Kind::Invalid, error.to_string()));
            }
        }
    } else if let Some(call) = get(message, "call").as_string() {
        match get(message, "port").dyn_into::<MessagePort>() {
            Ok(port) => driver.call_channel(&call, port),
            Err(_) => driver.call_failed(&call, get(message, "failed").as_string().unwrap_or_default()),
        }
    } else if let Some(number) = number("asks") {
        driver.asks(number);
    } else if has("guard") {
        driver.guard().ended();
    } else if has("anew") {
        driver.begin_anew().await;
    } else if has("close") {
        driver.close();
    }
}

/// Where an answer goes.
pub enum Answer {
    /// To a request; without an id nobody hears it.
    Request(Option<Id>),
    /// To `{read: N}`.
    Read(u64),
    /// To `{export: N}`.
    Export(u64),
    /// To `{report: N}`.
    Report(u64),
    /// To `{backup: N}`.
    Backup(u64),
    /// To a part of the Worker itself.
    Inside(oneshot::Sender<Result<Value, Error>>),
    /// To a part of the Worker that wants to know where a file is.
    File(oneshot::Sender<Result<FileRef, Error>>),
}

/// The page's end.
#[derive(Clone)]
pub struct Page(pub Rc<Host>);

impl Page {
    /// Answers a request.
    pub fn respond(&self, answer: Answer, result: Result<Value, rpc::Fault>) {
        match answer {
            Answer::Request(Some(id)) => self.0.post(&rpc::response(&id, result).into()),
            // Nobody who asked so is there any more, or waits for this.
            Answer::Inside(sender) => drop(sender.send(result.map_err(Into::into))),
            Answer::Request(None)
            | Answer::Read(_)
            | Answer::Export(_)
            | Answer::Report(_)
            | Answer::Backup(_)
            | Answer::File(_) => {}
        }
    }

    /// Refuses, whatever was asked.
    pub fn refuse(&self, answer: Answer, error: Error) {
        match answer {
            Answer::Read(number) => {
                self.0.post(&object(&[("read", (number as f64).into()), ("error", error_object(&error))]))
            }
            Answer::Export(number) => {
                self.0.post(&object(&[("export", (number as f64).into()), ("error", error_object(&error))]))
            }
            Answer::Report(number) => {
                self.0.post(&object(&[("report", (number as f64).into()), ("error", error_object(&error))]))
            }
            Answer::Backup(number) => {
                self.0.post(&object(&[("backup", (number as f64).into()), ("error", error_object(&error))]))
            }
            Answer::File(sender) => drop(sender.send(Err(error))),
            request => self.respond(request, Err(error.into())),
        }
    }

    /// So many bytes of a file that the page lent were made ready.
    fn made(&self, file: u64, bytes: u64) {
        self.0.post(&object(&[("made", (bytes as f64).into()), ("of", (file as f64).into())]));
    }

    /// A file that was asked for.
    pub fn give(&self, number: u64, blob: &Blob) {
        self.0.post(&object(&[("read", (number as f64).into()), ("blob", blob.into())]));
    }

    /// A report.
    pub fn reported(&self, number: u64, blob: &Blob) {
        self.0.post(&object(&[("report", (number as f64).into()), ("blob", blob.into())]));
    }

    /// An export by somebody who did not show what opens the database.
    pub fn prove_first(&self, number: u64, error: &Error, asks: JsValue) {
        let told = [("export", (number as f64).into()), ("error", error_object(error)), ("asks", asks)];
        self.0.post(&object(&told));
    }

    /// What opens the database that is open.
    pub fn asks(&self, number: u64, way: JsValue) {
        self.0.post(&object(&[("asks", (number as f64).into()), ("way", way)]));
    }

    /// An export, complete.
    pub fn exported(&self, number: u64, blob: &Blob, made: &view::Exported) {
        let made = serde_json::to_string(made).unwrap_or_default();
        let told = [("export", (number as f64).into()), ("blob", blob.into()), ("made", made.into())];
        self.0.post(&object(&told));
    }

    /// A backup for a file.
    pub fn backed_up(&self, number: u64, blob: &Blob, made: &view::BackedUp) {
        let made = serde_json::to_string(made).unwrap_or_default();
        let told = [("backup", (number as f64).into()), ("blob", blob.into()), ("made", made.into())];
        self.0.post(&object(&told));
    }

    /// The person wants a call's media; the only thing after which a page makes any.
    pub fn call(&self, call: &str, video: bool) {
        self.0.post(&object(&[("call", call.into()), ("video", video.into())]));
    }

    /// What happened by itself.
    pub fn tell(&self, event: &Event) {
        self.0.post(&rpc::notification(event).into());
    }

    /// The database is open, or there is none yet.
    pub fn ready(&self, account: bool) {
        self.0.post(&object(&[("ready", object(&[("account", account.into())]))]));
    }

    /// A passphrase or a passkey is needed.
    pub fn locked(&self, sentence: &str, asks: JsValue) {
        self.0.post(&object(&[("locked", sentence.into()), ("asks", asks)]));
    }

    /// Nothing can be opened.
    pub fn failed(&self, error: &Error) {
        self.0.post(&object(&[("failed", error_object(error))]));
    }

    /// Another tab may take over.
    pub fn closed(&self) {
        self.0.post(&object(&[("closed", true.into())]));
    }
}

fn error_object(error: &Error) -> JsValue {
    let kind = serde_json::to_value(error.kind).ok();
    let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
    object(&[("kind", kind.into()), ("message", error.message.as_str().into())])
}
