//! Notifications of the system, by way of the service worker (static/sw.js), which also hears the clicks.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, MessagePort};

use casemate_api::command::PushSubscription;

use super::browser;
use crate::store::telling::CASEMATE;

/// One notification. A newer one of the same conversation replaces it; one that rings, and one that is of no message, such as of a
/// missed call or a reaction, stand beside those of messages.
pub struct Note {
    /// First line.
    pub title: String,
    /// Below it.
    pub body: String,
    /// Where a click goes.
    pub conversation: String,
    /// To which message there.
    pub message: String,
    /// What can be done there without opening Casemate, where anything may.
    pub acts: Option<Acts>,
    /// It is of a call that rings.
    pub rings: bool,
}

/// The words of what a notification offers, where the system has such buttons.
pub struct Acts {
    /// Of the one that answers.
    pub reply: String,
    /// Of the one that marks as read.
    pub read: String,
}

impl Note {
    /// What Casemate itself has to say, of no conversation.
    pub fn of_casemate(body: String) -> Self {
        let none = String::new;
        Self {
            title: CASEMATE.to_owned(),
            body,
            conversation: none(),
            message: none(),
            acts: None,
            rings: false,
        }
    }
}

/// What the service worker says.
pub enum Said {
    /// Somebody clicked. What they want done without looking is answered when it is taken on.
    Clicked(Clicked, Answer),
    /// It looks for the page that has the engine.
    Where(Answer),
    /// The browser's push service has another address for this browser, or none.
    SubscriptionChanged,
}

/// The way back to the service worker; leads nowhere where it did not ask.
pub struct Answer(Option<MessagePort>);

impl Answer {
    /// Answers.
    pub fn say(&self, word: &str) {
        if let Some(port) = &self.0 {
            let _ = port.post_message(&word.into());
        }
    }
}

/// What the person did with one.
pub struct Clicked {
    /// Empty for one that says nothing: the app was woken.
    pub conversation: String,
    /// Its newest message.
    pub message: String,
    /// What they wrote into it.
    pub reply: Option<String>,
    /// They marked it as read.
    pub read: bool,
}

/// Whether notifications may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// They may.
    Granted,
    /// The person, or the browser, said no. Only the browser's settings change it.
    Denied,
    /// Nobody was asked yet.
    Open,
    /// This browser has none.
    Unsupported,
}

/// Whether notifications may be shown now.
pub fn permission() -> Permission {
    let notification = field(&browser::window(), "Notification");
    if !notification.is_function() || !worker().is_object() {
        return Permission::Unsupported;
    }
    match field(&notification, "permission").as_string().as_deref() {
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Denied,
        _ => Permission::Open,
    }
}

/// Lets the browser ask. Only in answer to a tap: else browsers refuse, and rightly.
pub async fn ask() -> Permission {
    let notification = field(&browser::window(), "Notification");
    let _ = wait(call(&notification, "requestPermission", &[])).await;
    permission()
}

/// Shows one.
pub fn show(note: &Note) {
    if permission() != Permission::Granted {
        return;
    }
    let button = |action: &str, title: &str, kind: &str| {
        object(&[("action", action.into()), ("title", title.into()), ("type", kind.into())])
    };
    let actions = match &note.acts {
        None => Array::new(),
        Some(Acts { reply, read }) => {
            Array::of2(&button("reply", reply, "text"), &button("read", read, "button"))
        }
    };
    let tag = match (note.conversation.is_empty(), note.message.is_empty()) {
        (true, _) => "casemate".to_owned(),
        (false, true) if note.rings => of_call(&note.conversation),
        (false, true) => beside(&note.conversation),
        (false, false) => note.conversation.clone(),
    };
    let data = object(&[("conversation", (&note.conversation).into()), ("message", (&note.message).into())]);
    let options = object(&[
        ("body", (&note.body).into()),
        ("tag", tag.into()),
        ("renotify", true.into()),
        // Casemate has a sound of its own, which can be turned off.
        ("silent", true.into()),
        ("dir", "auto".into()),
        ("data", data.into()),
        ("actions", actions.into()),
    ]);
    let title = note.title.clone();
    spawn_local(async move {
        let registration = registration().await;
        let _ = wait(call(&registration, "showNotification", &[title.into(), options.into()])).await;
    });
}

/// Takes back all that is shown of a conversation.
pub fn close(conversation: &str) {
    close_those(&[conversation.to_owned(), of_call(conversation), beside(conversation)]);
}

/// Takes back what tells of messages there; a call that rings goes on.
pub fn close_message(conversation: &str) {
    close_those(&[conversation.to_owned()]);
}

/// Takes back what tells of a call there; messages are still unread.
pub fn close_call(conversation: &str) {
    close_those(&[of_call(conversation)]);
}

/// Of which messages something is shown: their conversations and ids.
pub async fn shown() -> Vec<(String, String)> {
    if permission() != Permission::Granted {
        return Vec::new();
    }
    all(Object::new()).await.iter().filter_map(told_by).collect()
}

/// The tag of what tells of a call in a conversation. That of its messages is its id.
fn of_call(conversation: &str) -> String {
    format!("call {conversation}")
}

fn beside(conversation: &str) -> String {
    format!("beside {conversation}")
}

fn close_those(tags: &[String]) {
    if permission() != Permission::Granted {
        return;
    }
    for tag in tags {
        let filter = object(&[("tag", tag.into())]);
        spawn_local(async move {
            for note in all(filter).await {
                let _ = call(&note, "close", &[]);
            }
        });
    }
}

async fn all(filter: Object) -> Vec<JsValue> {
    let shown = wait(call(&registration().await, "getNotifications", &[filter.into()])).await;
    shown.and_then(|shown| shown.dyn_into::<Array>().ok()).map(|shown| shown.to_vec()).unwrap_or_default()
}

/// The conversation and the message that a notification is about; none of a call, or of something to fetch.
fn told_by(note: &JsValue) -> Option<(String, String)> {
    let data = field(note, "data");
    let text = |name: &str| field(&data, name).as_string().filter(|text| !text.is_empty());
    Some((text("conversation")?, text("message")?))
}

/// The number on the app's icon, where the system shows one. All tabs have it together.
pub fn badge(unread: u64) {
    let navigator: JsValue = browser::window().navigator().into();
    let asked = if unread > 0 {
        call(&navigator, "setAppBadge", &[(unread as f64).into()])
    } else {
        call(&navigator, "clearAppBadge", &[])
    };
    spawn_local(async move { drop(wait(asked).await) });
}

/// The dot on this tab's icon: something is unread.
pub fn dot(unread: bool) {
    let link =
        browser::window().document().and_then(|page| page.query_selector("link[rel=icon]").ok().flatten());
    if let Some(link) = link {
        let icon = if unread { "icons/app-unread.svg" } else { "icons/app.svg" };
        let _ = link.set_attribute("href", &browser::file(icon));
    }
}

/// What the service worker says when it is woken and no page is open. `sounds`, where it is known: whether it makes any, and the
/// hours without, in minutes since midnight.
pub fn keep_words(new: &str, open: &str, sounds: Option<(bool, Option<(u32, u32)>)>) {
    let mut words: Vec<(&str, JsValue)> = vec![("new", new.into()), ("open", open.into())];
    if let Some((sounds, quiet)) = sounds {
        let quiet = quiet.map(|(from, to)| JsValue::from(Array::of2(&from.into(), &to.into())));
        words.push(("sounds", sounds.into()));
        words.push(("quiet", quiet.unwrap_or(JsValue::NULL)));
    }
    tell("words", object(&words).into());
}

/// Has the service worker keep a file that is fetched with its first use only.
pub fn keep_offline(file: &str) {
    tell("used", file.into());
}

fn tell(what: &'static str, value: JsValue) {
    spawn_local(async move {
        // At the first visit there is none yet, and it takes a while.
        let ready = wait(field(&worker(), "ready").dyn_into().ok()).await;
        let registration = ready.unwrap_or(JsValue::UNDEFINED);
        let message = object(&[(what, value)]);
        let _ = call(&field(&registration, "active"), "postMessage", &[message.into()]);
    });
}

/// Whether this browser's push service has a subscription for us.
pub async fn is_subscribed() -> bool {
    subscription(&field(&registration().await, "pushManager")).await.is_some()
}

/// A subscription for a server's key; the one that is there, if it is for that key.
pub async fn subscribe(key: &str) -> Option<PushSubscription> {
    let manager = field(&registration().await, "pushManager");
    if let Some(known) = subscription(&manager).await {
        let of = js_sys::Uint8Array::new(&field(&field(&known, "options"), "applicationServerKey"));
        if base64url(&of.to_vec()) == key {
            return parts(&known);
        }
        let _ = wait(call(&known, "unsubscribe", &[])).await;
    }
    let options = object(&[("userVisibleOnly", true.into()), ("applicationServerKey", key.into())]);
    parts(&wait(call(&manager, "subscribe", &[options.into()])).await?)
}

/// Ends the subscription.
pub async fn unsubscribe() {
    let manager = field(&registration().await, "pushManager");
    if let Some(known) = subscription(&manager).await {
        let _ = wait(call(&known, "unsubscribe", &[])).await;
    }
}

async fn subscription(manager: &JsValue) -> Option<JsValue> {
    wait(call(manager, "getSubscription", &[])).await.filter(JsValue::is_object)
}

/// What the engine wants to know of a subscription.
fn parts(subscription: &JsValue) -> Option<PushSubscription> {
    let json = field(subscription, "toJSON").dyn_into::<Function>().ok()?.call0(subscription).ok()?;
    let keys = field(&json, "keys");
    Some(PushSubscription {
        endpoint: field(&json, "endpoint").as_string()?,
        p256dh: field(&keys, "p256dh").as_string()?,
        auth: field(&keys, "auth").as_string()?,
    })
}

/// RFC 4648 §5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

/// Hears the service worker for as long as the page lives.
pub fn listen(said: impl Fn(Said) + 'static) {
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let click = field(&event.data(), "clicked");
        let answer = Answer(field(&field(&event, "ports"), "0").dyn_into().ok());
        if click.is_object() {
            let text = |name: &str| field(&click, name).as_string();
            let clicked = Clicked {
                conversation: text("conversation").unwrap_or_default(),
                message: text("message").unwrap_or_default(),
                reply: text("reply").filter(|reply| !reply.trim().is_empty()),
                read: text("action").as_deref() == Some("read"),
            };
            said(Said::Clicked(clicked, answer));
        } else if field(&event.data(), "where").is_truthy() {
            said(Said::Where(answer));
        } else if field(&event.data(), "subscription").is_string() {
            said(Said::SubscriptionChanged);
        }
    });
    let heard = heard.into_js_value();
    let _ = call(&worker(), "addEventListener", &["message".into(), heard]);
    // What came before the page was ready.
    let _ = call(&worker(), "startMessages", &[]);
    tell("listens", JsValue::TRUE);
}

/// The service worker's registration, once it is active; undefined where there is none.
pub async fn registration() -> JsValue {
    let found = wait(call(&worker(), "getRegistration", &[])).await.unwrap_or(JsValue::UNDEFINED);
    if !found.is_object() {
        return JsValue::UNDEFINED;
    }
    wait(field(&worker(), "ready").dyn_into().ok()).await.unwrap_or(JsValue::UNDEFINED)
}

fn worker() -> JsValue {
    field(&browser::window().navigator(), "serviceWorker")
}

/// A field; undefined when it is not there.
pub fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// An object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Calls what older browsers lack; none where it is not there, fails, or promises nothing.
pub fn call(value: &JsValue, name: &str, arguments: &[JsValue]) -> Option<Promise> {
    let function = field(value, name).dyn_into::<Function>().ok()?;
    let arguments: Array = arguments.iter().collect();
    function.apply(value, &arguments).ok()?.dyn_into().ok()
}

/// What was promised; none where it failed.
pub async fn wait(promise: Option<Promise>) -> Option<JsValue> {
    JsFuture::from(promise?).await.ok()
}
