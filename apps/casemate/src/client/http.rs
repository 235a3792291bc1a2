//! HTTP to the server's `/v1/blob/…`: one connection a request, because a transfer is long and rare.

use bytes::Bytes;
use casemate_wire::ids::{BlobId, UploadSecret};
use data_encoding::HEXLOWER;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, HOST, HeaderName, RANGE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use url::Url;

use super::tls::Dialer;

/// A request's body.
pub type Body = BoxBody<Bytes, std::io::Error>;

/// How many bytes the server has, or the client sends from.
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

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
        status: StatusCode,
        /// For people.
        why: String,
    },
}

/// Where blobs are.
#[derive(Clone)]
pub struct BlobServer {
    dialer: Dialer,
    base: Url,
}

impl BlobServer {
    /// `url` is the server's, without a trailing slash. `None` where it is no URL.
    pub fn new(dialer: Dialer, url: &str) -> Option<Self> {
        Some(Self { dialer, base: Url::parse(url).ok()? })
    }

    /// How much of a blob the server has.
    pub async fn uploaded(&self, blob: &BlobId, secret: &UploadSecret) -> Result<u64, HttpError> {
        let request = self.request(Method::HEAD, blob).header(AUTHORIZATION, bearer(secret));
        let answer = self.send(request.body(no_body()).map_err(internal)?).await?;
        let offset = answer.headers().get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok()?.parse().ok());
        offset.ok_or_else(|| HttpError::Retry("the server does not say how much it has".to_owned()))
    }

    /// Sends `length` bytes of a blob from `offset` on.
    pub async fn upload(
        &self,
        blob: &BlobId,
        secret: &UploadSecret,
        offset: u64,
        length: u64,
        body: Body,
    ) -> Result<(), HttpError> {
        let request = self
            .request(Method::PUT, blob)
            .header(AUTHORIZATION, bearer(secret))
            .header(UPLOAD_OFFSET, offset)
            .header(CONTENT_LENGTH, length);
        self.send(request.body(body).map_err(internal)?).await.map(|_| ())
    }

    /// Asks for a blob from `offset` on. The answer's body begins where the second value says: at `offset`, or at 0
    /// where the server does not do ranges.
    pub async fn download(&self, blob: &BlobId, offset: u64) -> Result<(Incoming, u64), HttpError> {
        let mut request = self.request(Method::GET, blob);
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let answer = self.send(request.body(no_body()).map_err(internal)?).await?;
        let start = if answer.status() == StatusCode::PARTIAL_CONTENT {
            let range = answer.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
            range.and_then(range_start).ok_or_else(|| {
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
        Ok((answer.into_body(), start))
    }

    fn request(&self, method: Method, blob: &BlobId) -> hyper::http::request::Builder {
        // Authority as browsers send it: the port only where it is not the usual one.
        let host = self.base.host_str().unwrap_or_default();
        let authority = match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let path = format!("{}/v1/blob/{}", self.base.path().trim_end_matches('/'), blob.to_hex());
        Request::builder().method(method).uri(path).header(HOST, authority)
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, HttpError> {
        let retry = |error: hyper::Error| HttpError::Retry(format!("the connection broke: {error}"));
        let stream =
            self.dialer.dial(&self.base).await.map_err(|error| HttpError::Retry(error.to_string()))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(retry)?;
        // Ends when the answer's body was read or dropped.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "transfer connection");
            }
        });
        let answer = sender.send_request(request).await.map_err(retry)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        Err(refusal(status))
    }
}

fn refusal(status: StatusCode) -> HttpError {
    let why = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "the server no longer has this file",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "the server refuses this file",
        StatusCode::PAYLOAD_TOO_LARGE => "the file is larger than the server takes",
        StatusCode::INSUFFICIENT_STORAGE => "the server has no room left; tell whoever runs it",
        StatusCode::CONFLICT | StatusCode::RANGE_NOT_SATISFIABLE => {
            "the server has another part of this file"
        }
        // Another connection still fills it, perhaps one of ours that is dying.
        StatusCode::LOCKED => {
            return HttpError::Retry("the file is being uploaded by another connection".to_owned());
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
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

fn no_body() -> Body {
    Empty::new().map_err(|never| match never {}).boxed()
}

fn internal(error: hyper::http::Error) -> HttpError {
    HttpError::Retry(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_partial_answer_begins() {
        assert_eq!(range_start("bytes 5-9/10"), Some(5));
        assert_eq!(range_start("bytes 0-0/*"), Some(0));
        for bad in ["", "bytes", "bytes */10", "bytes -9/10", "items 1-2/3", "bytes 99999999999999999999-1/2"]
        {
            assert_eq!(range_start(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_may_help_later_is_tried_again() {
        let retries = |code: u16| matches!(refusal(StatusCode::from_u16(code).unwrap()), HttpError::Retry(_));
        assert!(retries(500) && retries(503) && retries(429) && retries(423));
        assert!(!retries(404) && !retries(403) && !retries(413) && !retries(507) && !retries(409));
    }
}
