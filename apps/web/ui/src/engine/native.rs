//! Files to and from the native engine of `casemate app`, over the server that also hands out this page.

use casemate_api::{Error, Kind};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Request, RequestInit, Response};

/// Puts a file where the engine can read it.
pub async fn lend(token: &str, file: &File) -> Result<String, Error> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(file);
    let name = String::from(js_sys::encode_uri_component(&file.name()));
    let answer = fetch(token, &format!("/file?name={name}"), &init).await?;
    let body = match answer.json() {
        Ok(body) => JsFuture::from(body).await.ok(),
        Err(_) => None,
    };
    let path = body.and_then(|body| js_sys::Reflect::get(&body, &"path".into()).ok()?.as_string());
    path.ok_or_else(|| unreachable_engine("It did not say where the file is."))
}

/// The bytes of an attachment.
pub async fn read(token: &str, message: &str, index: u32) -> Result<Blob, Error> {
    let message = String::from(js_sys::encode_uri_component(message));
    let address = format!("/file?message={message}&index={index}");
    let answer = fetch(token, &address, &RequestInit::new()).await?;
    let blob = match answer.blob() {
        Ok(blob) => JsFuture::from(blob).await.ok(),
        Err(_) => None,
    };
    blob.and_then(|blob| blob.dyn_into().ok()).ok_or_else(|| unreachable_engine("The file broke off."))
}

/// Everything as one zip.
pub async fn export(token: &str, passphrase: Option<&str>) -> Result<Blob, Error> {
    made(token, "/export", passphrase.unwrap_or_default()).await
}

/// A backup that this passphrase opens.
pub async fn backup(token: &str, passphrase: &str) -> Result<Blob, Error> {
    made(token, "/backup", passphrase).await
}

/// What somebody wrote, likewise.
pub async fn report(token: &str, wanted: &str) -> Result<Blob, Error> {
    made(token, "/report", wanted).await
}

async fn made(token: &str, address: &str, body: &str) -> Result<Blob, Error> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    let answer = fetch(token, address, &init).await?;
    let blob = match answer.blob() {
        Ok(blob) => JsFuture::from(blob).await.ok(),
        Err(_) => None,
    };
    blob.and_then(|blob| blob.dyn_into().ok()).ok_or_else(|| unreachable_engine("The file broke off."))
}

async fn fetch(token: &str, address: &str, init: &RequestInit) -> Result<Response, Error> {
    let request = Request::new_with_str_and_init(address, init).map_err(|_| unreachable_engine(""))?;
    request.headers().set("x-casemate-token", token).map_err(|_| unreachable_engine(""))?;
    let answer = JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await;
    let answer: Response =
        answer.ok().and_then(|answer| answer.dyn_into().ok()).ok_or_else(|| unreachable_engine(""))?;
    if answer.ok() {
        return Ok(answer);
    }
    let why = match answer.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    };
    Err(Error::new(Kind::NotAllowed, why.unwrap_or_default().trim().to_owned()))
}

fn unreachable_engine(more: &str) -> Error {
    let sentence =
        format!("The engine on this machine does not answer. Is `casemate app` still running? {more}");
    Error::new(Kind::Offline, sentence.trim_end())
}
