//! One page or picture, for a preview: over TLS alone, from addresses of the public internet alone, bounded in everything, and
//! without a word about who asks: no cookies, no language, no page that it came from, and the name of no program that few have.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::{Host, Url};

use super::reach::Names;
use crate::client::tls::Dialer;

/// Servers that send on to another one, at most.
const REDIRECTS: usize = 3;

/// Of an answer's head. Browsers take more; nobody needs it to name a page.
const HEAD_BYTES: usize = 64 * 1024;

/// Addresses of one name that are tried.
const TRIED: usize = 2;

/// What a site learns of who asks.
const AGENT: &str = "Mozilla/5.0 (compatible; link preview)";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A page's beginning, up to where its head ends.
    Page,
    /// A picture as a whole, or nothing.
    Picture,
}

impl Wanted {
    /// Bytes that are read.
    pub fn most(self) -> usize {
        match self {
            Wanted::Page => casemate_guard::limits::PAGE_BYTES as usize,
            Wanted::Picture => 2 * 1024 * 1024,
        }
    }

    fn accepts(self) -> &'static str {
        match self {
            Wanted::Page => "text/html, application/xhtml+xml",
            Wanted::Picture => "image/jpeg, image/png, image/webp, image/gif",
        }
    }

    /// Whether a media type is one of this kind. A server that says none is believed to send what it was asked for.
    fn is(self, media_type: &str) -> bool {
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match self {
            Wanted::Page => matches!(&kind[..], "" | "text/html" | "application/xhtml+xml"),
            Wanted::Picture => kind.is_empty() || kind.starts_with("image/"),
        }
    }
}

/// What came.
#[derive(Debug)]
pub struct Came {
    /// Where it came from in the end.
    pub from: Url,
    /// What the server says that a page is written in, where it says so.
    pub charset: Option<String>,
    /// As it came.
    pub bytes: Vec<u8>,
}

/// Why nothing came, as the rest of a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("it leads to something else than a page over https")]
    NotHttps,
    #[error("it leads to no address of the public internet")]
    NotPublic,
    #[error("it leads on too often")]
    TooOften,
    #[error("it is more than a preview needs")]
    TooLarge,
    #[error("it is of another kind")]
    OtherKind,
    #[error("the site answered {0}")]
    Status(u16),
    #[error("the site cannot be reached: {0}")]
    Broke(String),
}

/// Fetches.
#[derive(Clone)]
pub struct Fetch<N> {
    dialer: Dialer,
    names: N,
}

impl<N: Names> Fetch<N> {
    pub fn new(dialer: Dialer, names: N) -> Self {
        Self { dialer, names }
    }

    /// Gets it, from where the site sends on to if it does.
    pub async fn get(&self, mut url: Url, wanted: Wanted) -> Result<Came, Refusal> {
        for _ in 0..=REDIRECTS {
            let (answer, _connection) = self.ask(&url, wanted).await?;
            let status = answer.status();
            if status.is_redirection() {
                let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                url = to.and_then(|to| url.join(to).ok()).ok_or(Refusal::Status(status.as_u16()))?;
                continue;
            }
            if status != StatusCode::OK {
                return Err(Refusal::Status(status.as_u16()));
            }
            let media_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let charset = media_type.and_then(casemate_guard::page::charset);
            return Ok(Came { bytes: body(answer, wanted).await?, charset, from: url });
        }
        Err(Refusal::TooOften)
    }

    /// Asks one server. The connection lives as long as the second value.
    async fn ask(&self, url: &Url, wanted: Wanted) -> Result<(Response<Incoming>, JoinSet<()>), Refusal> {
        let (host, port) = place(url).ok_or(Refusal::NotHttps)?;
        let stream = self.dialer.secure(host, self.connect(host, port).await?).await;
        let stream = stream.map_err(|error| Refusal::Broke(error.to_string()))?;
        let broke = |error: hyper::Error| Refusal::Broke(error.to_string());
        let mut builder = hyper::client::conn::http1::Builder::new();
        builder.max_buf_size(HEAD_BYTES);
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broke)?;
        let mut alive = JoinSet::new();
        alive.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a preview's connection");
            }
        });
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let request = Request::get(path)
            .header(HOST, authority)
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, wanted.accepts())
            .header(ACCEPT_ENCODING, "identity")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Refusal::Broke(error.to_string()))?;
        let answer = sender.send_request(request).await.map_err(broke)?;
        Ok((answer, alive))
    }

    /// Connects to an address that was looked at, and to that one alone: a name that is asked again may say another.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Refusal> {
        let broke = |error: std::io::Error| Refusal::Broke(error.to_string());
        let all = self.names.addresses(host, port).await.map_err(broke)?;
        let public: Vec<SocketAddr> =
            all.into_iter().filter(|address| self.names.may_reach(address.ip())).take(TRIED).collect();
        let mut last = Refusal::NotPublic;
        for address in public {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = broke(error),
            }
        }
        Err(last)
    }
}

/// Whom to ask, where that is a server with a name over https and nothing else.
fn place(url: &Url) -> Option<(&str, u16)> {
    let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    match url.host()? {
        Host::Domain(name) if plain => Some((name, url.port_or_known_default()?)),
        _ => None,
    }
}

async fn body(answer: Response<Incoming>, wanted: Wanted) -> Result<Vec<u8>, Refusal> {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let coding = header(CONTENT_ENCODING);
    if !wanted.is(header(CONTENT_TYPE)) || !matches!(coding, "" | "identity") {
        return Err(Refusal::OtherKind);
    }
    let promised: u64 = header(CONTENT_LENGTH).parse().unwrap_or(0);
    if wanted == Wanted::Picture && promised > wanted.most() as u64 {
        return Err(Refusal::TooLarge);
    }
    let (mut body, mut bytes) = (answer.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::Broke(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        let room = wanted.most() - bytes.len();
        let is_over = data.len() > room;
        let looked_at = bytes.len().saturating_sub(2 * END.len());
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        match wanted {
            Wanted::Picture if is_over => return Err(Refusal::TooLarge),
            // The rest is not needed, and not waited for.
            Wanted::Page if is_over || ends_head(&bytes[looked_at..]) => break,
            _ => {}
        }
    }
    Ok(bytes)
}

/// Where a page's head ends.
const END: &[u8] = b"</head";

fn ends_head(bytes: &[u8]) -> bool {
    // Letters of two bytes have zeros between them.
    let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    bytes.windows(END.len()).any(|window| window.eq_ignore_ascii_case(END))
}
