//! `casemate app`: the web app over this machine's own engine, for people who would rather not take their code from a
//! server each time.
//!
//! ```text
//! browser ── http://RANDOM.localhost:PORT/#app=TOKEN ──┬── the app's files (built into this program)
//!                                                      ├── /rpc   WebSocket: the lines of `casemate rpc`
//!                                                      ├── /file  what is sent and saved
//!                                                      └── /call  WebSocket: the keys of one call, for the Worker of its frames
//! ```
//! Only this machine can connect. Another page in the same browser knows no token, and another name for this address
//! (DNS rebinding) is not answered: `Host` and `Origin` are compared before anything else.
//!
//! Other people of this machine can have the port when this run is over. What they then put into the origin that a tab still
//! shows (a service worker, stored values) waits there for nobody: the next run has another name, which browsers look for on
//! this machine alone (RFC 6761, section 6.3), and both addresses that they look at are taken.

mod calls;
mod export;
mod files;
mod paths;
mod session;

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use casemate_server::Assets;
use casemate_server::shell::http::{Body, full, text};
use casemate_wire::ids::Hash32;
use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::LocalSet;

use crate::client::{self, Client, Made, Options};

/// Opens the web app on this machine.
#[derive(clap::Args)]
pub struct AppArguments {
    /// Folder of this device's data; made when it is not there
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// Trust the certificates in this PEM file too, for a server of your own (also: SSL_CERT_FILE)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Address of this machine to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Take the web app from this folder instead of the one built in; for those who work on it
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    web: Option<PathBuf>,
}

/// Time for a request's headers.
const HEADERS: Duration = Duration::from_secs(20);

/// Where browsers look for the names below `localhost`.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Ports that are tried where somebody has the same one of the other address.
const PORTS: u32 = 100;

/// What a service worker is fetched from.
const WORKER: &str = "/sw.js";

/// One that goes away.
const LEAVE: &str = include_str!("app/leave.js");

struct App {
    assets: Assets,
    client: Client,
    /// Of this run, in hexadecimal.
    token: String,
    /// Of this run too: the only `host:port` that is answered.
    host: String,
    lent: Rc<files::Lent>,
    page: RefCell<Option<session::Page>>,
    calls: calls::Waiting,
}

/// Serves until Ctrl-C.
pub fn run(arguments: AppArguments) -> Result<()> {
    if !LOOPBACK.contains(&arguments.listen.ip()) {
        bail!("the app is for this machine only; listen on 127.0.0.1 or [::1], or run a server for others");
    }
    let assets = crate::web::assets(arguments.web.as_deref())?;
    if assets.is_empty() {
        bail!("this program was built without the web app; `cargo xtask build` builds it in");
    }
    let runtime = client::runtime()?;
    let served = LocalSet::new().block_on(&runtime, async {
        let (port, listeners) = listen(arguments.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", arguments.listen))?;
        let host = format!("{}.localhost:{port}", random::<8>()?);
        let home = arguments.home.clone();
        let (made, taken) = tokio::sync::mpsc::channel(calls::AT_ONCE);
        let options =
            Options { home: arguments.home, ca: arguments.ca, rules: None, made: Made::InPage(made) };
        let (client, events, ended) =
            Client::open(options).await.map_err(|error| anyhow::anyhow!("{}", error.message))?;
        // The home is locked now: what is lent there is no other run's.
        let lent = Rc::new(files::Lent::open(&home)?);
        let token = random::<32>()?;
        let app = Rc::new(App {
            assets,
            client,
            token,
            host,
            lent,
            page: RefCell::default(),
            calls: calls::Waiting::default(),
        });
        println!("Open this in a browser on this machine:\n\n  http://{}/#app={}\n", app.host, app.token);
        tokio::task::spawn_local(session::pass_events_on(app.clone(), events));
        tokio::task::spawn_local(calls::pass_on(app.clone(), taken));
        tokio::select! {
            () = async { join_all(listeners.into_iter().map(|one| accept(app.clone(), one))).await; } => {}
            told = client::told_to_end() => told?,
        }
        app.page.borrow_mut().take();
        let lent = app.lent.clone();
        drop(app);
        // What is under way is in the database; a driver that still has callers is not waited for.
        let _ = tokio::time::timeout(Duration::from_secs(2), ended).await;
        // Last: a file on its way to the page is read out of there.
        lent.clear();
        Ok(())
    });
    runtime.shutdown_background();
    served
}

/// The loopback addresses, both of them: a browser looks for a name below `localhost` at either, and a program with the other one
/// would be this app to it. Where this machine has one only, nobody has the other.
async fn listen(wanted: SocketAddr) -> io::Result<(u16, Vec<TcpListener>)> {
    let mut tries = PORTS;
    loop {
        let first = TcpListener::bind(wanted).await?;
        let port = first.local_addr()?.port();
        let other = if wanted.is_ipv4() { LOOPBACK[1] } else { LOOPBACK[0] };
        match TcpListener::bind((other, port)).await {
            Ok(second) => return Ok((port, vec![first, second])),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tries -= 1;
                if wanted.port() != 0 || tries == 0 {
                    return Err(error);
                }
            }
            Err(error) if is_absent(&error) => return Ok((port, vec![first])),
            Err(error) => return Err(error),
        }
    }
}

/// This machine has no such address.
fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

/// Bytes that nobody guesses, in hexadecimal.
fn random<const N: usize>() -> Result<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

async fn accept(app: Rc<App>, listener: TcpListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let app = app.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| {
                let app = app.clone();
                async move { Ok::<_, Infallible>(answer(app, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            // A browser that goes away in the middle is nothing to report.
            let _ = connection.await;
        });
    }
}

async fn answer(app: Rc<App>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && path == WORKER {
        return service_worker(&app, &request);
    }
    if !app.is_addressed(&request) {
        return text(StatusCode::MISDIRECTED_REQUEST, "this is not the address of Casemate's app\n");
    }
    if let Some(file) = app.assets.answer(request.method(), &path, request.headers()) {
        return file.map(full);
    }
    if !app.is_allowed(&request) {
        return text(StatusCode::FORBIDDEN, "open the link that `casemate app` printed\n");
    }
    match (request.method(), path.as_str()) {
        (&Method::GET, "/rpc") => session::open(app, request),
        (&Method::GET, "/call") => calls::open(&app, request),
        (&Method::POST, "/file") => files::lend(&app, request).await,
        (&Method::POST, "/export") => export::write(&app, request).await,
        (&Method::POST, "/backup") => export::backup(&app, request).await,
        (&Method::POST, "/report") => export::report(&app, request).await,
        (&Method::GET, "/file") => files::read(&app, &request).await,
        _ => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
    }
}

impl App {
    /// Whether a request names this machine, and comes from our own page or from none.
    fn is_addressed(&self, request: &Request<Incoming>) -> bool {
        if host_of(request) != Some(&self.host) {
            return false;
        }
        let origin = request.headers().get(header::ORIGIN);
        origin.is_none_or(|origin| origin.as_bytes() == format!("http://{}", self.host).as_bytes())
    }

    /// Whether a request shows this run's token. Compared by hash, so that time tells nothing.
    fn is_allowed(&self, request: &Request<Incoming>) -> bool {
        let shown = match request.headers().get("x-casemate-token") {
            Some(token) => token.to_str().unwrap_or_default().to_owned(),
            None => query(request, "token").unwrap_or_default(),
        };
        Hash32::of(&[shown.as_bytes()]) == Hash32::of(&[self.token.as_bytes()])
    }
}

/// The origin of this run gets none: it would outlive it. Where earlier versions of this app stood, one that came there removes
/// itself; a browser asks for it when such a page is opened.
fn service_worker(app: &App, request: &Request<Incoming>) -> Response<Body> {
    let port = app.host.rsplit_once(':').map_or("", |(_, port)| port);
    let before = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    let host = host_of(request).unwrap_or_default();
    if !before.iter().any(|one| one == host) {
        let status = if host == app.host { StatusCode::NOT_FOUND } else { StatusCode::MISDIRECTED_REQUEST };
        return text(status, "there is no service worker here\n");
    }
    let mut response = text(StatusCode::OK, LEAVE.to_owned());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn host_of(request: &Request<Incoming>) -> Option<&str> {
    request.headers().get(header::HOST)?.to_str().ok()
}

/// A value out of a request's query.
fn query(request: &Request<Incoming>, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(request.uri().query()?.as_bytes());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
