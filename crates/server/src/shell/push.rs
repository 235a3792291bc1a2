//! The thread that decides who is woken, and the requests that wake them.
//!
//! ```text
//! hub ── WakeOp ──▶ thread "push": Waker over push.db ── Parcel ──▶ tasks on the sockets' runtime ─▶ push service
//!                        ▲────────────── the device is gone (404, 410) ──────────────┘
//! ```
//! No redirect is followed, no answer is read beyond its status, and a name is resolved once: what was checked is what
//! is connected to.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsConnector;

use crate::directory::thread::now_ms;
use crate::push::rows::Place;
use crate::push::target::PushPolicy;
use crate::push::{Parcel, WakeOp, Waker};

/// Requests under way at once. More costs sockets; fewer makes a burst wait.
const AT_ONCE: usize = 64;

/// Pushes that may wait for their turn; beyond, they are dropped: the device learns when it comes back.
const WAITING: usize = 10_000;

/// What may wait for the thread, at about 2 KiB each.
const OPS: usize = 10_000;

/// Time for one push, from the name to the answer.
const TIME: Duration = Duration::from_secs(15);

/// How long a push service keeps a push for a device that is off (RFC 8030 §5.2).
const TTL_S: u32 = 7 * 24 * 60 * 60;

/// What the thread is asked.
enum Job {
    Op(WakeOp),
    Gone(Place),
    Housekeeping,
}

/// The thread. Dropping it stops it after what is queued.
pub struct PushThread {
    jobs: Option<Sender<Job>>,
    queued: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// Pushes to be sent.
pub struct Parcels(UnboundedReceiver<Parcel>);

impl PushThread {
    /// Starts the thread. What comes out is to be given to [`send_all`].
    pub fn start(mut waker: Waker) -> std::io::Result<(Self, Parcels)> {
        let (jobs, queue) = channel();
        let (ready, parcels) = unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let taken = queued.clone();
        let thread = std::thread::Builder::new()
            .name("push".into())
            .spawn(move || run(&mut waker, &queue, &taken, &ready))?;
        Ok((Self { jobs: Some(jobs), queued, thread: Some(thread) }, Parcels(parcels)))
    }

    /// Whether it ended though nobody ended it, which it does only by a fault.
    pub fn is_gone(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Tells what the router told. Where too much waits, nobody is woken and no target is set anew: the one comes with the next
    /// message, the other with the next week. That a reader is no more, or wants no more, is always heard.
    pub fn tell(&self, op: WakeOp) {
        let may_be_left_out = match &op {
            WakeOp::Due { .. } | WakeOp::Known { .. } => true,
            WakeOp::Set { sealed, .. } => !sealed.is_empty(),
            WakeOp::Moved { .. } | WakeOp::Dropped { .. } => false,
        };
        if may_be_left_out && self.queued.load(Ordering::Relaxed) >= OPS {
            return;
        }
        self.submit(Job::Op(op));
    }

    /// Now and then.
    pub fn housekeeping(&self) {
        self.submit(Job::Housekeeping);
    }

    fn submit(&self, job: Job) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            tracing::error!("push: the thread is gone");
        }
    }
}

impl Drop for PushThread {
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("push: the thread had panicked");
        }
    }
}

fn run(waker: &mut Waker, queue: &Receiver<Job>, queued: &AtomicUsize, ready: &UnboundedSender<Parcel>) {
    while let Ok(job) = queue.recv() {
        queued.fetch_sub(1, Ordering::Relaxed);
        match job {
            Job::Op(op) => {
                for parcel in waker.handle(op, now_ms()) {
                    let _ = ready.send(parcel);
                }
            }
            Job::Gone(place) => waker.gone(place),
            Job::Housekeeping => waker.housekeeping(now_ms()),
        }
    }
}

/// Sends pushes when they are due, for as long as the server runs.
pub async fn send_all(mut parcels: Parcels, policy: PushPolicy, thread: Rc<PushThread>) {
    let tls = connector();
    let turns = Rc::new(Semaphore::new(AT_ONCE));
    let waiting = Arc::new(Semaphore::new(WAITING));
    while let Some(parcel) = parcels.0.recv().await {
        let Ok(place) = waiting.clone().try_acquire_owned() else { continue };
        let (tls, turns, policy, thread) = (tls.clone(), turns.clone(), policy.clone(), thread.clone());
        tokio::task::spawn_local(async move {
            let _place = place;
            let wait = u64::try_from(parcel.due_ms - now_ms()).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let Ok(_turn) = turns.acquire().await else { return };
            match tokio::time::timeout(TIME, send(&tls, &policy, &parcel)).await {
                Ok(Ok(StatusCode::NOT_FOUND | StatusCode::GONE)) => thread.submit(Job::Gone(parcel.place)),
                Ok(Ok(status)) if status.is_success() => {}
                Ok(Ok(status)) => tracing::info!(%status, "push: a push service refused"),
                Ok(Err(error)) => tracing::info!("push: a push service cannot be reached: {error}"),
                Err(_) => tracing::info!("push: a push service did not answer in time"),
            }
        });
    }
}

/// One push; the push service's answer.
async fn send(tls: &TlsConnector, policy: &PushPolicy, parcel: &Parcel) -> std::io::Result<StatusCode> {
    let url = &parcel.endpoint;
    let wrong = || std::io::Error::other("the address has no host");
    let host = url.host_str().ok_or_else(wrong)?;
    let port = url.port_or_known_default().ok_or_else(wrong)?;
    let tcp = TcpStream::connect(resolve(host, port, policy).await?).await?;
    if url.scheme() == "https" {
        let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
        post(tls.connect(name, tcp).await?, parcel).await
    } else {
        // Only a push service on this machine, which only tests allow.
        post(tcp, parcel).await
    }
}

/// An address to connect to. None of a private network, whatever the name's owner says.
async fn resolve(host: &str, port: u16, policy: &PushPolicy) -> std::io::Result<SocketAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = tokio::net::lookup_host((host, port)).await?;
    addresses
        .find(|address| policy.may_reach(address.ip()))
        .ok_or_else(|| std::io::Error::other("the name leads to no address of the public internet"))
}

async fn post(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    parcel: &Parcel,
) -> std::io::Result<StatusCode> {
    let url = &parcel.endpoint;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let authority = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    // RFC 8030 §5: what to do with it, and that a newer one replaces it.
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, authority)
        .header("TTL", TTL_S)
        .header("Urgency", "high")
        .header("Topic", "casemate")
        .header(AUTHORIZATION, &parcel.authorization)
        .header(CONTENT_ENCODING, "aes128gcm")
        .header(CONTENT_LENGTH, parcel.body.len())
        .body(Full::new(Bytes::copy_from_slice(&parcel.body)))
        .map_err(std::io::Error::other)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
    let task = tokio::task::spawn_local(async move { drop(connection.await) });
    let answer = sender.send_request(request).await.map_err(std::io::Error::other)?;
    // Nothing that it says besides is read.
    task.abort();
    Ok(answer.status())
}

fn connector() -> TlsConnector {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}
