//! `fetch` to the server's `/v1/blob/…`.

use casemate_wire::ids::{BlobId, UploadSecret};
use data_encoding::HEXLOWER;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Blob, ReadableStreamDefaultReader, Request, RequestInit, Response};

use super::js::{scope, words_of};

/// Why a request led to no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The network, or a server that is starting: try again.
    #[error("{0}")]
    Retry(String),
    /// The server's answer is no.
    #[error("{why}")]
    Refused {
        /// What it answered.
        status: u16,
        /// For people.
        why: String,
    },
}

/// Where blobs are. Cheap to clone.
#[derive(Clone)]
pub struct BlobServer(String);

/// The bytes of an answer, piece by piece. The request ends when this is dropped.
pub struct Body {
    reader: ReadableStreamDefaultReader,
    _request: InFlight,
}

impl BlobServer {
    /// `url` is the server's, without a trailing slash.
    pub fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// How much of a blob the server has.
    pub async fn uploaded(&self, blob: &BlobId, secret: &UploadSecret) -> Result<u64, HttpError> {
        let (answer, _) = self.send("HEAD", blob, &[("authorization", bearer(secret))], None).await?;
        let offset = answer.headers().get("upload-offset").ok().flatten();
        offset
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| HttpError::Retry("the server does not say how much it has".to_owned()))
    }

    /// Sends a piece of a blob that begins at `offset`.
    pub async fn upload(
        &self,
        blob: &BlobId,
        secret: &UploadSecret,
        offset: u64,
        piece: &JsValue,
    ) -> Result<(), HttpError> {
        let headers = [("authorization", bearer(secret)), ("upload-offset", offset.to_string())];
        self.send("PUT", blob, &headers, Some(piece)).await.map(drop)
    }

    /// Asks for a blob from `offset` on. The body begins where the second value says: at `offset`, or at 0 where the
    /// server does not do ranges.
    pub async fn download(&self, blob: &BlobId, offset: u64) -> Result<(Body, u64), HttpError> {
        let range = [("range", format!("bytes={offset}-"))];
        let headers = if offset > 0 { &range[..] } else { &[] };
        let (answer, request) = self.send("GET", blob, headers, None).await?;
        let start = if answer.status() == 206 {
            let range = answer.headers().get("content-range").ok().flatten();
            range.as_deref().and_then(range_start).ok_or_else(|| {
                HttpError::Retry("the server sent a part of the file without saying which".to_owned())
            })?
        } else {
            0
        };
        if start != 0 && start != offset {
            return Err(HttpError::Retry(
                "the server sent another part of the file than was asked for".to_owned(),
            ));
        }
        let stream = answer.body().ok_or_else(|| HttpError::Retry("the answer has no body".to_owned()))?;
        Ok((Body { reader: stream.get_reader().unchecked_into(), _request: request }, start))
    }

    async fn send(
        &self,
        method: &str,
        blob: &BlobId,
        headers: &[(&str, String)],
        body: Option<&JsValue>,
    ) -> Result<(Response, InFlight), HttpError> {
        let broken = |error: JsValue| HttpError::Retry(format!("the connection broke: {}", words_of(&error)));
        let in_flight = InFlight(AbortController::new().map_err(broken)?);
        let init = RequestInit::new();
        init.set_method(method);
        init.set_signal(Some(&in_flight.0.signal()));
        init.set_cache(web_sys::RequestCache::NoStore);
        init.set_credentials(web_sys::RequestCredentials::Omit);
        if let Some(body) = body {
            init.set_body(body);
        }
        let url = format!("{}/v1/blob/{}", self.0, blob.to_hex());
        let request = Request::new_with_str_and_init(&url, &init).map_err(broken)?;
        for (name, value) in headers {
            request.headers().set(name, value).map_err(broken)?;
        }
        let answer = JsFuture::from(scope().fetch_with_request(&request)).await.map_err(broken)?;
        let answer: Response = answer.unchecked_into();
        if answer.ok() { Ok((answer, in_flight)) } else { Err(refusal(answer.status())) }
    }
}

impl Body {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let broken = |error: JsValue| HttpError::Retry(format!("the connection broke: {}", words_of(&error)));
        let piece = JsFuture::from(self.reader.read()).await.map_err(broken)?;
        let piece: js_sys::IteratorNext = piece.unchecked_into();
        if piece.done() {
            return Ok(None);
        }
        Ok(Some(piece.value().unchecked_into::<Uint8Array>().to_vec()))
    }
}

/// A piece of a file, for [`BlobServer::upload`].
pub fn piece(file: &Blob, range: std::ops::Range<u64>) -> Result<JsValue, HttpError> {
    file.slice_with_f64_and_f64(range.start as f64, range.end as f64)
        .map(JsValue::from)
        .map_err(|error| HttpError::Retry(words_of(&error)))
}

/// A request that is ended when nobody waits for it any more.
struct InFlight(AbortController);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn refusal(status: u16) -> HttpError {
    let why = match status {
        404 | 410 => "the server no longer has this file",
        401 | 403 => "the server refuses this file",
        413 => "the file is larger than the server takes",
        507 => "the server has no room left; tell whoever runs it",
        409 | 416 => "the server has another part of this file",
        // Another connection still fills it, perhaps one of ours that is dying.
        423 => return HttpError::Retry("the file is being uploaded by another connection".to_owned()),
        429 | 500..=599 => {
            return HttpError::Retry(format!("the server cannot do this now (HTTP {status})"));
        }
        _ => "the server refuses this file",
    };
    HttpError::Refused { status, why: why.to_owned() }
}

/// The first byte's number in `bytes 5-9/10`.
fn range_start(value: &str) -> Option<u64> {
    value.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

fn bearer(secret: &UploadSecret) -> String {
    format!("Bearer {}", HEXLOWER.encode(secret.expose()))
}
