//! Passkeys with WebAuthn's extension `prf`: the browser asks its authenticator, which answers 32 bytes that are the same
//! each time and leave it for nothing else. They go to the engine's Worker, which makes a key of them.

use data_encoding::BASE64URL_NOPAD;
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::link::{field, object};
use crate::ui::browser;

/// A new passkey and what it answered. All base64url without padding.
pub struct Made {
    /// Its id.
    pub credential: String,
    /// What it was asked with.
    pub salt: String,
    /// What it answered.
    pub secret: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// This browser has no passkeys.
    Missing,
    /// Its passkeys lack the extension.
    NoPrf,
    /// This page's address is a number, for which browsers make none (WebAuthn section 5.1.3: the effective domain is to be
    /// a valid domain).
    NoName,
    /// The person cancelled, or it is another authenticator.
    Cancelled,
}

/// Whether this browser has passkeys at all.
pub fn is_there() -> bool {
    let window: JsValue = browser::window().into();
    field(&window, "PublicKeyCredential").is_function() && !credentials().is_undefined()
}

/// Makes a passkey for this account.
pub async fn make(address: &str, name: &str) -> Result<Made, Refused> {
    if !is_there() {
        return Err(Refused::Missing);
    }
    let salt = random(32);
    let algorithm =
        |number: i32| -> JsValue { object(&[("type", "public-key".into()), ("alg", number.into())]).into() };
    let user = object(&[("id", random(16).into()), ("name", address.into()), ("displayName", name.into())]);
    let selection = object(&[("residentKey", "preferred".into()), ("userVerification", "required".into())]);
    let key = object(&[
        ("rp", object(&[("name", "Casemate".into())]).into()),
        ("user", user.into()),
        ("challenge", random(32).into()),
        ("pubKeyCredParams", Array::of2(&algorithm(-7), &algorithm(-257)).into()),
        ("authenticatorSelection", selection.into()),
        ("extensions", extension(&salt)),
    ]);
    let made = call("create", &object(&[("publicKey", key.into())])).await?;
    let results = results(&made);
    let credential = Uint8Array::new(&field(&made, "rawId"));
    // Some answer while the passkey is made, others only when it is used.
    let secret = match answered(&results) {
        Some(secret) => secret,
        None if field(&field(&results, "prf"), "enabled").is_truthy() => ask(&credential, &salt).await?,
        None => return Err(Refused::NoPrf),
    };
    Ok(Made { credential: encode(&credential), salt: encode(&salt), secret: encode(&secret) })
}

/// What a passkey answers.
pub async fn answer(credential: &str, salt: &str) -> Result<String, Refused> {
    if !is_there() {
        return Err(Refused::Missing);
    }
    let (credential, salt) = (decode(credential), decode(salt));
    let secret = ask(&credential, &salt).await?;
    Ok(encode(&secret))
}

async fn ask(credential: &Uint8Array, salt: &Uint8Array) -> Result<Uint8Array, Refused> {
    let allowed = object(&[("type", "public-key".into()), ("id", credential.into())]);
    let key = object(&[
        ("challenge", random(32).into()),
        ("allowCredentials", Array::of1(&allowed).into()),
        ("userVerification", "required".into()),
        ("extensions", extension(salt)),
    ]);
    let got = call("get", &object(&[("publicKey", key.into())])).await?;
    answered(&results(&got)).ok_or(Refused::NoPrf)
}

fn extension(salt: &Uint8Array) -> JsValue {
    let eval = object(&[("first", salt.into())]);
    object(&[("prf", object(&[("eval", eval.into())]).into())]).into()
}

fn results(credential: &JsValue) -> JsValue {
    let function = field(credential, "getClientExtensionResults");
    let called = function.dyn_ref::<Function>().and_then(|function| function.call0(credential).ok());
    called.unwrap_or(JsValue::UNDEFINED)
}

fn answered(results: &JsValue) -> Option<Uint8Array> {
    let first = field(&field(&field(results, "prf"), "results"), "first");
    let bytes = first.is_object().then(|| Uint8Array::new(&first))?;
    (bytes.length() >= 32).then_some(bytes)
}

fn credentials() -> JsValue {
    let navigator: JsValue = browser::window().navigator().into();
    field(&navigator, "credentials")
}

async fn call(method: &str, options: &JsValue) -> Result<JsValue, Refused> {
    let credentials = credentials();
    let function = field(&credentials, method).dyn_into::<Function>().map_err(|_| Refused::Missing)?;
    let promise = function.call1(&credentials, options).map_err(|_| Refused::Missing)?;
    let promise = promise.dyn_into::<Promise>().map_err(|_| Refused::Missing)?;
    let credential = JsFuture::from(promise).await.map_err(|error| {
        let security = field(&error, "name").as_string().as_deref() == Some("SecurityError");
        if security { Refused::NoName } else { Refused::Cancelled }
    })?;
    if credential.is_object() { Ok(credential) } else { Err(Refused::Cancelled) }
}

fn random(bytes: u32) -> Uint8Array {
    let array = Uint8Array::new_with_length(bytes);
    let window: JsValue = browser::window().into();
    let crypto = field(&window, "crypto");
    if let Some(function) = field(&crypto, "getRandomValues").dyn_ref::<Function>() {
        let _ = function.call1(&crypto, &array);
    }
    array
}

fn encode(bytes: &Uint8Array) -> String {
    BASE64URL_NOPAD.encode(&bytes.to_vec())
}

/// What is no base64url is no passkey either, and the browser will say so.
fn decode(text: &str) -> Uint8Array {
    Uint8Array::from(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default()[..])
}
