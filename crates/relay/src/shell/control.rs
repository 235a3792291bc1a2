//! The connection to the server: who joins, what they wish, who goes.
//!
//! Whoever connects says first what only the server knows; until then it is one of few who [wait](super::waiting), and takes no
//! server's place. One request after another, each answered.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use casemate_wire::call::{BadCall, Place, parse_join, parse_leave, parse_wish};
use casemate_wire::ids::{Hash32, HolderId, RelaySecret};
use casemate_wire::limits::RELAY_ROOMS;
use casemate_wire::proto::relay::{FromRelay, Greeted, Seen, ToRelay, from_relay::Body, to_relay::Request};
use casemate_wire::proto::wire::{CallJoined, Done, Error, ErrorCode};
use casemate_wire::relay::{self, VERSION, encode, next_to_relay};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::inbox::Job;
use super::waiting::Waiting;
use super::{Shared, tcp};
use crate::config::{Config, Control};
use crate::core::{Counters, Refused};

/// Servers that may be connected at once: one, and the same one again after a restart. Each has said the secret.
const CONNECTIONS: usize = 8;

/// Time to say the secret, with all that comes before it.
const GREETING: Duration = Duration::from_secs(5);

/// After a connection that could not be accepted: too many open files, most likely, and some will end.
const PAUSE: Duration = Duration::from_millis(100);

/// A server asks every second how a relay does; one that is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);

/// The id of what answers nothing.
const UNASKED: u64 = 0;

/// A relay that is to end alone waits so long for its server to come back.
const ALONE: Duration = Duration::from_secs(10);

/// Where a server is waited for.
pub enum Listener {
    /// In a folder.
    Socket(std::os::unix::net::UnixListener),
    /// On an address.
    Tls(TcpListener, Arc<rustls::ServerConfig>),
}

/// Why it cannot be.
pub enum BindError {
    /// The place.
    Listen(io::Error),
    /// The certificate or key.
    Certificate(String),
}

impl Listener {
    /// Binds it.
    pub fn bind(control: &Control) -> Result<Self, BindError> {
        match control {
            Control::Socket(path) => {
                // Of a relay that was killed. One that lives still listens, and keeps the port for media.
                let _ = fs::remove_file(path);
                let listener = std::os::unix::net::UnixListener::bind(path).map_err(BindError::Listen)?;
                fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(BindError::Listen)?;
                listener.set_nonblocking(true).map_err(BindError::Listen)?;
                Ok(Self::Socket(listener))
            }
            Control::Tls { listen, certificate, key } => {
                let wrong = |error: String| BindError::Certificate(error);
                let chain = CertificateDer::pem_file_iter(certificate)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .map_err(|error| wrong(error.to_string()))?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(error.to_string()))?;
                let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
                let config = rustls::ServerConfig::builder_with_provider(provider)
                    .with_protocol_versions(&[&rustls::version::TLS13])
                    .map_err(|error| wrong(error.to_string()))?
                    .with_no_client_auth()
                    .with_single_cert(chain, key)
                    .map_err(|error| wrong(error.to_string()))?;
                Ok(Self::Tls(tcp::listen(*listen).map_err(BindError::Listen)?, Arc::new(config)))
            }
        }
    }
}

/// The thread "control": this, and media over TCP.
pub fn run(
    config: Config,
    control: Listener,
    media: Vec<(TcpListener, SocketAddr)>,
    shared: Arc<Shared>,
    mut stopped: UnboundedReceiver<()>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!(%error, "the control thread cannot work"),
    };
    runtime.block_on(async {
        for (listener, public) in media {
            tokio::spawn(tcp::accept(listener, public, shared.clone()));
        }
        let ends_alone = config.ends_alone;
        let port = Arc::new(Port { config, shared, servers: AtomicUsize::new(0), waiting: Arc::default() });
        tokio::select! {
            () = accept(control, &port) => {}
            _ = stopped.recv() => {}
            () = alone(&port), if ends_alone => {
                tracing::info!("no server is there and nobody is in a call: the relay ends");
            }
        }
    });
}

/// What is known to whoever serves a connection.
struct Port {
    config: Config,
    shared: Arc<Shared>,
    /// How many have said the secret.
    servers: AtomicUsize,
    waiting: Arc<Waiting>,
}

/// Until no server was there and nobody in a call for a while.
async fn alone(port: &Port) {
    let mut since = Instant::now();
    while since.elapsed() < ALONE {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if port.servers.load(Ordering::Relaxed) > 0 || count(&port.shared).await.participants > 0 {
            since = Instant::now();
        }
    }
}

async fn accept(listener: Listener, port: &Arc<Port>) {
    let failed = |error: io::Error| tracing::error!(%error, "servers cannot be waited for");
    match listener {
        Listener::Socket(listener) => {
            let listener = match tokio::net::UnixListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return failed(error),
            };
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => begin(async move { Some(stream) }, None, port),
                    Err(error) => pause(error).await,
                }
            }
        }
        Listener::Tls(listener, tls) => {
            let listener = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return failed(error),
            };
            let acceptor = TlsAcceptor::from(tls);
            loop {
                match listener.accept().await {
                    Ok((stream, from)) => {
                        let _ = stream.set_nodelay(true);
                        let acceptor = acceptor.clone();
                        begin(async move { acceptor.accept(stream).await.ok() }, Some(from.ip()), port);
                    }
                    Err(error) => pause(error).await,
                }
            }
        }
    }
}

async fn pause(error: io::Error) {
    tracing::warn!(%error, "a server's connection could not be accepted");
    tokio::time::sleep(PAUSE).await;
}

fn begin<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: impl Future<Output = Option<S>> + Send + 'static,
    from: Option<IpAddr>,
    port: &Arc<Port>,
) {
    port.waiting.enter(from, |ticket| {
        let port = port.clone();
        let served = async move {
            let greeted = tokio::time::timeout(GREETING, greeted(stream, &port)).await;
            // From here on nobody takes its place, and it takes none of those who wait.
            drop(ticket);
            let ended = match greeted {
                Ok(Ok((stream, buffer, hears_left))) => serve(stream, buffer, hears_left, &port).await,
                Ok(Err(why)) => Err(why),
                Err(_) => Err("it said nothing".to_owned()),
            };
            if let Err(why) = ended {
                tracing::info!("a server's connection ended: {why}");
            }
        };
        tokio::spawn(served).abort_handle()
    });
}

/// Until the secret was said.
async fn greeted<S: AsyncRead + AsyncWrite + Unpin>(
    stream: impl Future<Output = Option<S>>,
    Port { config, shared, .. }: &Port,
) -> Result<(S, BytesMut, bool), String> {
    let mut stream = stream.await.ok_or("it does not speak TLS")?;
    let mut buffer = BytesMut::new();
    let first = read(&mut stream, &mut buffer).await?;
    let Some(Request::Greet(greet)) = first.request else { return Err("it did not greet".to_owned()) };
    let secret = RelaySecret::try_from(&greet.secret[..]);
    if secret.is_ok_and(|secret| secret != config.secret.0) || greet.secret.len() != RelaySecret::LEN {
        return Err("it does not know the secret".to_owned());
    }
    let greeted = if greet.version == VERSION {
        let rooms = rooms(shared).await;
        let (name, process, build) = (config.name.clone(), std::process::id(), config.build.clone());
        Body::Greeted(Greeted { name, process, rooms, tells_left: true, build })
    } else {
        refusal(ErrorCode::ErrorUnsupportedVersion, "server and relay are of different versions", 0)
    };
    write(&mut stream, first.id, greeted).await?;
    if greet.version != VERSION {
        return Err("it has another version".to_owned());
    }
    Ok((stream, buffer, greet.hears_left))
}

/// One of the servers, until it is dropped.
struct Connected<'a>(&'a AtomicUsize);

impl<'a> Connected<'a> {
    fn new(servers: &'a AtomicUsize) -> Option<Self> {
        let one_more = |there| (there < CONNECTIONS).then_some(there + 1);
        servers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self(servers))
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    mut buffer: BytesMut,
    hears_left: bool,
    port: &Port,
) -> Result<(), String> {
    let Some(_connected) = Connected::new(&port.servers) else {
        return Err("too many servers are connected".to_owned());
    };
    let told = port.shared.telling.begin(hears_left);
    let mut silent = tokio::time::Instant::now() + SILENCE;
    loop {
        let asked = tokio::select! {
            asked = tokio::time::timeout_at(silent, read(&mut stream, &mut buffer)) => asked,
            () = told.waits() => {
                for said in told.take() {
                    write(&mut stream, UNASKED, said).await?;
                }
                continue;
            }
        };
        let asked = asked.map_err(|_| "it fell silent")??;
        silent = tokio::time::Instant::now() + SILENCE;
        let Some(request) = asked.request else { return Err("it asked nothing".to_owned()) };
        let holder = HolderId::try_from(&asked.holder[..]).ok();
        let answer = answer(request, holder, &port.config, &port.shared).await;
        if let (Body::Joined(_), Some(holder)) = (&answer, &holder) {
            told.is_there(holder);
        }
        write(&mut stream, asked.id, answer).await?;
    }
}

async fn answer(request: Request, holder: Option<HolderId>, config: &Config, shared: &Shared) -> Body {
    match request {
        Request::Greet(_) => refusal(ErrorCode::ErrorInvalid, "greeted already", 0),
        Request::Look(_) => {
            let counters = count(shared).await;
            let [rooms, participants] = [counters.rooms, counters.participants]
                .map(|number| u32::try_from(number).unwrap_or(u32::MAX));
            Body::Seen(Seen { rooms, participants })
        }
        Request::Join(join) => match parse_join(&join) {
            Ok((place, allowed)) => {
                let job = |answer| Job::Join(place.clone(), holder, allowed, join.offer, answer);
                let joined = ask(shared, &place, job).await;
                match joined {
                    Some(Ok(answer)) => {
                        let relay = config.name.clone();
                        Body::Joined(CallJoined { answer, relay, turn: Vec::new(), keeps_allowed: true })
                    }
                    Some(Err(refused)) => refused_body(refused),
                    None => stopping(),
                }
            }
            Err(bad) => bad_call(bad),
        },
        Request::Wish(wish) => match parse_wish(&wish) {
            Ok((place, wish)) => {
                match ask(shared, &place.clone(), |answer| Job::Wish(place, wish, answer)).await {
                    Some(true) => Body::Done(Done {}),
                    Some(false) => {
                        refusal(ErrorCode::ErrorNotFound, "you are not in this call (any more)", 0)
                    }
                    None => stopping(),
                }
            }
            Err(bad) => bad_call(bad),
        },
        Request::Leave(leave) => match parse_leave(&leave) {
            Ok(place) => match ask(shared, &place.clone(), |answer| Job::Leave(place, answer)).await {
                Some(_) => Body::Done(Done {}),
                None => stopping(),
            },
            Err(bad) => bad_call(bad),
        },
        Request::Close(close) => {
            for (thread, rooms) in by_thread(shared, &relay::rooms(&close.rooms)).into_iter().enumerate() {
                shared.inboxes[thread].put(Job::Close(rooms));
            }
            // Whatever is asked next comes after it.
            Body::Done(Done {})
        }
    }
}

/// The thread that has a room, or would have it.
fn thread_of(shared: &Shared, room: &Hash32) -> usize {
    let [first, second, ..] = room.0;
    usize::from(u16::from_be_bytes([first, second])) % shared.inboxes.len()
}

/// The rooms of each thread.
fn by_thread(shared: &Shared, rooms: &[Hash32]) -> Vec<Vec<Hash32>> {
    let mut all = vec![Vec::new(); shared.inboxes.len()];
    for room in rooms {
        all[thread_of(shared, room)].push(*room);
    }
    all
}

/// Asks the thread that has the room.
async fn ask<T>(shared: &Shared, place: &Place, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Option<T> {
    let (sender, answer) = oneshot::channel();
    shared.inboxes[thread_of(shared, &place.room.hash())].put(job(sender));
    answer.await.ok()
}

/// The numbers of all threads together.
async fn count(shared: &Shared) -> Counters {
    let mut sum = Counters::default();
    for inbox in &shared.inboxes {
        let (sender, answer) = oneshot::channel();
        inbox.put(Job::Count(sender));
        let Ok(counters) = answer.await else { continue };
        sum.rooms += counters.rooms;
        sum.participants += counters.participants;
    }
    sum
}

/// The rooms that are used, as far as one message holds them.
async fn rooms(shared: &Shared) -> Vec<Bytes> {
    let mut all = Vec::new();
    for inbox in &shared.inboxes {
        let (sender, answer) = oneshot::channel();
        inbox.put(Job::Rooms(sender));
        let rooms = answer.await.unwrap_or_default();
        let left = RELAY_ROOMS - all.len();
        all.extend(rooms.into_iter().take(left).map(Bytes::from));
    }
    all
}

fn refused_body(refused: Refused) -> Body {
    match refused {
        Refused::Offer(text) => refusal(ErrorCode::ErrorInvalid, text, 0),
        Refused::RoomFull => refusal(ErrorCode::ErrorTooLarge, &refused.to_string(), 0),
        Refused::Full => refusal(ErrorCode::ErrorRateLimited, &refused.to_string(), 30_000),
        // Nothing that passes: whoever calls is told so at once.
        Refused::Address => {
            tracing::error!("{refused}");
            let why = "calls are not possible on this server: whoever runs it has to name another address \
                       for its relay";
            refusal(ErrorCode::ErrorNotFound, why, 0)
        }
    }
}

fn bad_call(bad: BadCall) -> Body {
    refusal(ErrorCode::ErrorInvalid, &bad.to_string(), 0)
}

fn stopping() -> Body {
    refusal(ErrorCode::ErrorRateLimited, "the relay is stopping", 1_000)
}

fn refusal(code: ErrorCode, message: &str, retry_after_ms: u64) -> Body {
    Body::Error(Error { code: code.into(), message: message.to_owned(), entry: 0, retry_after_ms })
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut) -> Result<ToRelay, String> {
    loop {
        match next_to_relay(buffer) {
            Ok(Some(message)) => return Ok(message),
            Ok(None) => {}
            Err(bad) => return Err(bad.to_string()),
        }
        match stream.read_buf(buffer).await {
            Ok(0) => return Err("it is gone".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, id: u64, body: Body) -> Result<(), String> {
    let bytes = encode(&FromRelay { id, body: Some(body) });
    stream.write_all(&bytes).await.map_err(|error| error.to_string())?;
    stream.flush().await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_whoever_runs_a_relay_can_mend_is_not_tried_again() {
        let answer = |refused| match refused_body(refused) {
            Body::Error(error) => (error.code(), error.retry_after_ms),
            other => panic!("{other:?}"),
        };
        assert_eq!(answer(Refused::Address), (ErrorCode::ErrorNotFound, 0));
        assert_eq!(answer(Refused::Full), (ErrorCode::ErrorRateLimited, 30_000));
    }
}
