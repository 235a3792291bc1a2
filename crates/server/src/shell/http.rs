//! HTTP: a few small pages, the blobs, and the way to a WebSocket.

use std::convert::Infallible;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tungstenite::handshake::derive_accept_key;

use super::patient::Patient;
use super::proxy::UNTOLD;
use super::ready::Ready;
use super::socket::Socket;
use super::{Shell, auditors, blob_http, metrics, page};
use crate::router::ConnectionId;

/// A body of either kind: a few bytes, or a stream of a file's.
pub type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Time for a request's headers, also between requests.
const HEADERS: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(20) };

/// A year.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What hyper buffers of a connection at most; a WebSocket has none of it.
const BUFFER_BYTES: usize = 64 * 1024;

/// Serves one connection until it ends or becomes a WebSocket.
pub(super) async fn serve<S>(shell: Rc<Shell>, stream: S, address: IpAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let shell = shell.clone();
        async move {
            let strict = shell.strict;
            let mut response = answer::<S>(shell, request, address).await;
            if strict {
                response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(Patient::new(stream)), service)
        .with_upgrades();
    // A peer that goes away in the middle is nothing to report.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "http: a connection ended early");
    }
}

async fn answer<S>(shell: Rc<Shell>, request: Request<Incoming>, peer: IpAddr) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok(address) = shell.proxies.client(request.headers(), peer) else {
        return text(StatusCode::FORBIDDEN, UNTOLD);
    };
    let path = request.uri().path();
    if let Some(blob) = path.strip_prefix("/v1/blob/") {
        let blob = casemate_wire::ids::BlobId::from_hex(blob);
        return blob_http::answer(&shell, request, blob, address).await;
    }
    if path == "/v1/transparency" && request.method() == Method::GET {
        return auditors::answer(&shell, request.headers(), request.uri().query(), address).await;
    }
    if let Some(file) = shell.app.answer(request.method(), path, request.headers()) {
        return file.map(full);
    }
    match (request.method(), path) {
        (&Method::GET, "/v1/ws") => upgrade::<S>(&shell, request, address),
        (&Method::GET | &Method::HEAD, "/healthz") => match shell.gone() {
            None => text(StatusCode::OK, "ok\n"),
            Some(part) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{part} has ended by a fault\n")),
        },
        (&Method::GET | &Method::HEAD, "/readyz") => {
            let failing = shell.ready.failing(&shell.hub).await;
            let damaged = Ready::damaged(&shell.hub).unwrap_or_default();
            match failing {
                None => text(StatusCode::OK, format!("ready\n{damaged}")),
                Some(failing) => text(StatusCode::SERVICE_UNAVAILABLE, failing + &damaged),
            }
        }
        // Numbers of all users together, yet nobody's business but the operator's.
        (&Method::GET | &Method::HEAD, "/metrics")
            if shell.policy.metrics_public || address.to_canonical().is_loopback() =>
        {
            text(StatusCode::OK, metrics::text(&shell))
        }
        (&Method::GET | &Method::HEAD, "/i") => page::invitation(&shell.name),
        (&Method::GET | &Method::HEAD, "/") => page::front(&shell.name),
        (&Method::GET | &Method::HEAD, _) => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
        _ => text(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here\n"),
    }
}

/// Opens a WebSocket (RFC 6455 §4.2).
fn upgrade<S>(shell: &Rc<Shell>, mut request: Request<Incoming>, address: IpAddr) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = websocket_answer(request.headers());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    let id = match shell.hub.connect(address) {
        Ok(id) => id,
        Err(refusal) => return text(StatusCode::SERVICE_UNAVAILABLE, format!("{refusal}\n")),
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let hub = shell.hub.clone();
    tokio::task::spawn_local(async move {
        let open = Open { hub: hub.clone(), id: Some(id) };
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<Patient<S>>>() else { return };
        // From here it is a bare socket; what belonged to HTTP is gone.
        let stream = parts.io.into_inner().into_inner();
        let socket = Socket::new(hub, open.keep(), stream, &parts.read_buf);
        tokio::task::spawn_local(socket);
    });
    answer
}

/// The answer that opens a WebSocket (RFC 6455 §4.2.2), or another that says what this address is for.
pub fn websocket_answer(asked: &HeaderMap) -> Response<Body> {
    let Some(accept) = accept_key(asked) else {
        let mut response = text(StatusCode::UPGRADE_REQUIRED, "this address is for WebSockets\n");
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return response;
    };
    let mut response = text(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.clear();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// A connection that the router knows and that is not a [`Socket`] yet.
struct Open {
    hub: Rc<super::hub::Hub>,
    id: Option<ConnectionId>,
}

impl Open {
    fn keep(mut self) -> ConnectionId {
        self.id.take().expect("taken once, here")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.hub.disconnect(id);
        }
    }
}

fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    let asked = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    if asked { HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok() } else { None }
}

/// A short plain answer.
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(full(text.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A few bytes as a body.
pub fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
