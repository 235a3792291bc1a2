//! The one engine of this page: who waits for which answer, and what the Worker says besides.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use casemate_api::command::{AccountUnlock, Nothing};
use casemate_api::{Command, Error, Event, Kind};
use futures_channel::oneshot;
use js_sys::Object;
use leptos::prelude::window_event_listener_untyped;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File};

use super::link::{Link, as_blob, field, object};
use super::native;
use super::rpc::{self, Incoming};
use crate::locale::t;
use crate::ui::browser;

/// What the engine says by itself.
pub enum Notice {
    /// The database is open; whether it holds an account.
    Ready(bool),
    /// A passphrase or a passkey is needed, or was wrong.
    Locked(Lock),
    /// It cannot start.
    Failed(Error),
    /// It was closed for another tab.
    Closed,
    /// Something happened.
    Event(Event),
    /// The person wants this call's media.
    Call(String),
    /// So many bytes of the file that was lent by this path were made ready.
    Made(String, u64),
}

/// What opens the database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lock {
    /// For people.
    pub sentence: String,
    /// A passkey's credential and what it is asked with.
    pub passkey: Option<super::lock::Passkey>,
    /// A passphrase.
    pub passphrase: bool,
    /// How often it was asked for: what was wrong again is told again.
    pub times: u32,
}

impl Lock {
    fn by_passphrase(sentence: String) -> Self {
        Self::new(sentence, None, true)
    }

    fn new(sentence: String, passkey: Option<super::lock::Passkey>, passphrase: bool) -> Self {
        let times = ASKED.get() + 1;
        ASKED.set(times);
        Self { sentence, passkey, passphrase, times }
    }
}

/// Answers that are waited for at most; a page that has more is stuck, and more would only hide it.
const WAITING: usize = 1_000;

struct Page {
    link: Link,
    next: Cell<u64>,
    answers: RefCell<HashMap<u64, oneshot::Sender<Result<Value, Error>>>>,
    reads: RefCell<HashMap<u64, oneshot::Sender<Result<Blob, Error>>>>,
    notices: Box<dyn Fn(Notice)>,
}

/// How far locking is: see [`lock_now`].
#[derive(Debug, Clone, Copy, PartialEq)]
enum Locking {
    No,
    /// The engine was asked to end.
    Asked,
    /// It ended, and its Worker gives the database back.
    Ended,
}

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static LOCKING: Cell<Locking> = const { Cell::new(Locking::No) };
    // A page has one engine; everything here runs on the page's one thread.
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
}

/// Starts the engine, or connects to the one that serves this page, which gave it a token.
pub fn connect(origin: &str, token: Option<String>, notices: impl Fn(Notice) + 'static) {
    let link = match token {
        Some(token) => {
            let ended = |elsewhere| match elsewhere {
                true => {
                    crate::ui::guard::rest();
                    notify(Notice::Closed);
                }
                false => {
                    // The next program with this origin's port finds nothing of it in the tab.
                    browser::keep_in_tab(super::NATIVE_TOKEN, None);
                    broke();
                }
            };
            Link::socket(origin, token, heard, || spawn_local(look()), ended)
        }
        None => Link::worker(heard, broke),
    };
    ends_with_the_page();
    match link {
        Ok(link) => PAGE.set(Some(Page {
            link,
            next: Cell::new(1),
            answers: RefCell::default(),
            reads: RefCell::default(),
            notices: Box::new(notices),
        })),
        Err(error) => {
            let why = error.as_string().unwrap_or_else(|| "this browser has no Workers".into());
            let sentence = format!("Casemate cannot start here: {why}. Nothing was changed.");
            notices(Notice::Failed(Error::new(Kind::NotAllowed, sentence)));
        }
    }
}

/// Whether the engine runs in the process that serves this page.
pub fn is_native() -> bool {
    with(|page| page.link.token().is_some()).unwrap_or(false)
}

/// Asks a native engine what a Worker would say by itself.
async fn look() {
    match ask::<Value>(Command::AccountShow(Nothing {})).await {
        Ok(_) => notify(Notice::Ready(true)),
        Err(error) if error.kind == Kind::Locked => {
            notify(Notice::Locked(Lock::by_passphrase(error.message)))
        }
        Err(error) if error.kind == Kind::NotFound => notify(Notice::Ready(false)),
        Err(error) => notify(Notice::Failed(error)),
    }
}

/// Opens the database.
pub fn open(passphrase: Option<&str>) {
    if is_native() {
        let Some(passphrase) = passphrase.map(str::to_owned) else { return };
        return spawn_local(async move {
            match ask::<Value>(Command::AccountUnlock(AccountUnlock { passphrase, passkey: None })).await {
                Ok(_) => notify(Notice::Ready(true)),
                Err(error) => notify(Notice::Locked(Lock::by_passphrase(error.message))),
            }
        });
    }
    let inner = object(&[]);
    if let Some(passphrase) = passphrase {
        let _ = js_sys::Reflect::set(&inner, &"passphrase".into(), &passphrase.into());
    }
    tell(&object(&[("open", inner.into())]));
}

/// Opens the database with what a passkey answered.
pub fn open_by_passkey(secret: &str) {
    let inner = object(&[("passkey", secret.into())]);
    tell(&object(&[("open", inner.into())]));
}

/// Gives up what cannot be opened here any more, so that an account can be restored.
pub fn begin_anew() {
    tell(&object(&[("anew", true.into())]));
}

/// Ends the engine and drops its key. Refused where there is nothing to lock with.
pub async fn lock_now() -> Result<(), Error> {
    LOCKING.set(if is_native() { Locking::No } else { Locking::Asked });
    let locked = ask::<Value>(Command::AccountLock(Nothing {})).await;
    if locked.is_err() {
        LOCKING.set(Locking::No);
    }
    locked.map(drop)
}

/// After [`lock_now`]: the page is loaded anew, and asks for what opens the database. What was in its program's memory and its Worker's goes
/// with both. The Worker gives the database back before. A native engine forgets by itself.
pub fn begin_locked() {
    if is_native() {
        return browser::load_anew();
    }
    LOCKING.set(Locking::Ended);
    close();
}

/// The Worker gave the database back.
fn closed() {
    if LOCKING.replace(Locking::No) != Locking::Ended {
        // Before the other tab looks for what brought its forerunner down.
        crate::ui::guard::rest();
        super::tabs::freed();
        return notify(Notice::Closed);
    }
    PAGE.with_borrow(|page| page.iter().for_each(|page| page.link.end()));
    browser::load_anew();
}

/// Browsers keep a page that is left for another one of the app as it is, with its Worker, which has the database; where the next
/// one wants that, Chromium crashed half of the time. So the Worker ends with the page, and who comes back opens it anew.
fn ends_with_the_page() {
    let is_kept = |event: &web_sys::Event| field(event, "persisted").is_truthy();
    let _ = window_event_listener_untyped("pagehide", move |event| {
        if is_kept(&event) {
            PAGE.with_borrow(|page| page.iter().for_each(|page| page.link.end()));
        }
    });
    let _ = window_event_listener_untyped("pageshow", move |event| {
        if is_kept(&event) {
            browser::load_anew();
        }
    });
}

/// Closes the database, so that another tab can open it.
pub fn close() {
    tell(&object(&[("close", true.into())]));
}

/// Guard's frame was taken away, in which the Worker has a channel.
pub fn guard_ended() {
    tell(&object(&[("guard", "ended".into())]));
}

/// Sends a control message to the Worker.
fn tell(message: &Object) {
    PAGE.with_borrow(|page| {
        if let Some(page) = page {
            let _ = page.link.control(message);
        }
    });
}

/// Asks for something and waits for the answer.
pub async fn ask<T: DeserializeOwned>(command: Command) -> Result<T, Error> {
    let answer = PAGE.with_borrow(|page| {
        let page = page.as_ref()?;
        if page.answers.borrow().len() >= WAITING {
            return None;
        }
        let id = page.next.replace(page.next.get() + 1);
        let (sender, receiver) = oneshot::channel();
        page.link.line(&rpc::request(id, &command)).ok()?;
        page.answers.borrow_mut().insert(id, sender);
        Some(receiver)
    });
    let value = match answer {
        Some(answer) => answer.await.map_err(|_| gone())??,
        None => return Err(gone()),
    };
    serde_json::from_value(value).map_err(|error| {
        Error::new(Kind::Invalid, format!("The engine's answer does not fit this page ({error}). Reload it."))
    })
}

/// Lends a file to the engine; the path by which `message.send` names it.
pub async fn lend_file(file: &File) -> Result<String, Error> {
    if let Some(token) = with(|page| page.link.token().map(str::to_owned)).flatten() {
        return native::lend(&token, file).await;
    }
    with(|page| {
        let number = page.next.replace(page.next.get() + 1);
        let message = object(&[("file", (number as f64).into()), ("blob", as_blob(file).into())]);
        page.link.control(&message).ok().map(|()| format!("file:{number}"))
    })
    .flatten()
    .ok_or_else(gone)
}

/// A file that was lent is to be sent no more: what names it ends with an error, unless it went out.
pub fn stop_file(path: &str) {
    if let Some(number) = path.strip_prefix("file:").and_then(|number| number.parse::<u32>().ok()) {
        tell(&object(&[("stop", number.into())]));
    }
}

/// The bytes of an attachment, decrypted. They are not safe to show: only guard's Worker may look at them.
pub async fn read_file(message: &str, index: u32) -> Result<Blob, Error> {
    if let Some(token) = with(|page| page.link.token().map(str::to_owned)).flatten() {
        return native::read(&token, message, index).await;
    }
    let answer = with(|page| {
        let number = page.next.replace(page.next.get() + 1);
        let (sender, receiver) = oneshot::channel();
        page.reads.borrow_mut().insert(number, sender);
        let request =
            [("read", (number as f64).into()), ("message", message.into()), ("index", index.into())];
        page.link.control(&object(&request)).ok()?;
        Some(receiver)
    });
    match answer.flatten() {
        Some(answer) => answer.await.map_err(|_| gone())?,
        None => Err(gone()),
    }
}

/// The token of a native engine.
pub(super) fn token() -> Option<String> {
    with(|page| page.link.token().map(str::to_owned)).flatten()
}

/// A number that nothing else here has.
pub(super) fn number() -> u64 {
    with(|page| page.next.replace(page.next.get() + 1)).unwrap_or_default()
}

/// Where a native engine has a call's keys for the Worker of its frames.
pub(super) fn call_socket(ticket: &str) -> Option<String> {
    with(|page| page.link.call_socket(ticket)).flatten()
}

/// Sends a control message; false where there is nobody to hear it.
pub(super) fn control(message: &Object) -> bool {
    with(|page| page.link.control(message).is_ok()).unwrap_or(false)
}

/// The same with things that are the Worker's from then on.
pub(super) fn hand_over(message: &Object, things: &js_sys::Array) -> bool {
    with(|page| page.link.hand_over(message, things).is_ok()).unwrap_or(false)
}

/// What is said where nobody answers any more.
pub(super) fn gone() -> Error {
    // Of a native one reloading brings nothing back: its next run has another link.
    let sentence = if is_native() { t("engine-gone-native") } else { t("engine-gone") };
    Error::new(Kind::Offline, sentence)
}

fn heard(data: JsValue) {
    if let Some(line) = data.as_string() {
        match rpc::parse(&line) {
            Incoming::Answer(id, answer) => {
                let sender = with(|page| page.answers.borrow_mut().remove(&id)).flatten();
                if let Some(sender) = sender {
                    let _ = sender.send(answer);
                }
            }
            Incoming::Event(event) => notify(Notice::Event(event)),
            Incoming::Call(call, ticket) => {
                super::call::has_ticket(ticket);
                notify(Notice::Call(call));
            }
            Incoming::Unknown => {}
        }
        return;
    }
    let ready = field(&data, "ready");
    let locked = field(&data, "locked");
    let failed = field(&data, "failed");
    let read = field(&data, "read").as_f64();
    let made = field(&data, "made").as_f64().zip(field(&data, "of").as_f64());
    if ready.is_object() {
        notify(Notice::Ready(field(&ready, "account").as_bool().unwrap_or(false)));
    } else if locked.is_string() && LOCKING.get() != Locking::No {
        // The Worker that is about to end; the next one asks.
    } else if let Some(sentence) = locked.as_string() {
        let asks = field(&data, "asks");
        let by_passphrase = field(&asks, "passphrase").is_truthy();
        notify(Notice::Locked(Lock::new(sentence, super::lock::passkey_of(&asks), by_passphrase)));
    } else if failed.is_object() {
        notify(Notice::Failed(error_of(&failed)));
    } else if let Some(number) = read {
        let answer = match field(&data, "blob").dyn_into::<Blob>() {
            Ok(blob) => Ok(blob),
            Err(_) => Err(error_of(&field(&data, "error"))),
        };
        let sender = with(|page| page.reads.borrow_mut().remove(&(number as u64))).flatten();
        if let Some(sender) = sender {
            let _ = sender.send(answer);
        }
    } else if let Some((bytes, number)) = made {
        notify(Notice::Made(format!("file:{number}"), bytes as u64));
    } else if super::export::heard(&data)
        || super::lock::heard(&data)
        || super::report::heard(&data)
        || super::backup::heard(&data)
    {
    } else if let Ok(port) = field(&data, "guard").dyn_into() {
        crate::ui::guard::lend(port);
    } else if let Some(call) = super::call::wanted(&data) {
        notify(Notice::Call(call));
    } else if field(&data, "closed").is_truthy() {
        closed();
    }
}

pub(super) fn error_of(value: &JsValue) -> Error {
    let kind = field(value, "kind").as_string().unwrap_or_default();
    let kind = serde_json::from_value(Value::String(kind)).unwrap_or(Kind::Invalid);
    Error::new(kind, field(value, "message").as_string().unwrap_or_default())
}

/// The Worker died: nobody will answer any more.
fn broke() {
    forget_waiting();
    notify(Notice::Failed(gone()));
}

/// Whoever waits for an answer hears that there will be none.
fn forget_waiting() {
    with(|page| {
        page.answers.borrow_mut().clear();
        page.reads.borrow_mut().clear();
        super::export::broke();
        super::lock::broke();
        super::report::broke();
        super::backup::broke();
        super::call::end();
    });
}

fn with<T>(what: impl FnOnce(&Page) -> T) -> Option<T> {
    PAGE.with_borrow(|page| page.as_ref().map(what))
}

fn notify(notice: Notice) {
    with(|page| (page.notices)(notice));
}
