//! Sockets, threads, clock and files around the pure parts.
//!
//! ```text
//! start(Config) ─▶ thread "sockets": accept ─▶ TLS ─▶ http ─▶ socket (a WebSocket)
//!                  threads "delivery", "delivery-pages", "directory", "auditors"
//! ```
//! One current-thread runtime serves all sockets: measured faster than two workers beside the writer's thread
//! (docs/decisions/0006). [`Handle`] stops it; dropping it does too.

pub mod assets;
mod auditors;
mod belonging;
mod blob_http;
mod check;
mod control;
mod data;
mod door;
#[cfg(test)]
mod hostile;
pub mod http;
mod hub;
mod listening;
mod metrics;
mod page;
mod patient;
mod place;
mod process;
pub mod proxy;
mod push;
mod ready;
mod relays;
mod restored;
mod socket;
mod start_error;
mod syncs;
mod tls;
mod tls_stream;
mod websocket;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::PushKeys;
use rand_core::{OsRng, RngCore};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

pub use check::check;
pub use data::{DataFolder, control_socket, directory_file};
pub use door::sockets;
pub use start_error::StartError;
pub use tls::Tls;

use assets::Assets;
use auditors::Auditors;

use crate::blobs::folder::Folder;
use crate::blobs::sweep;
use crate::config::Policy;
use crate::delivery::writer::Writer;
use crate::directory::thread::DirectoryThread;
use crate::directory::{Directory, OpenError};
use crate::push::rows::Rows;
use crate::push::{Keys, Waker};
use crate::router::Router;
use crate::store::{DiskStore, Options};
use hub::{Hub, Inbound};
use listening::{Refused, files, listen, take};
use place::{is_strict, place};
use process::Process;
use proxy::Proxies;
use push::{Parcels, PushThread};
use ready::Ready;
use syncs::Syncs;
use tls::Acceptance;

/// How to run a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder; made when it is not there.
    pub data: PathBuf,
    /// Where to listen. Port 0: any that is free.
    pub listen: SocketAddr,
    /// A socket that somebody else has bound already, instead of `listen`.
    pub socket: Option<Arc<std::net::TcpListener>>,
    /// Where people reach it, `https://host`. None: derived from the domain, or from where it listens.
    pub public_url: Option<String>,
    /// The operator's decisions.
    pub policy: Policy,
    /// How connections are protected.
    pub tls: Tls,
    /// The data folder was restored from a backup: tell the clients.
    pub restored: bool,
    /// Go on where files of the folder are missing, cut, or do not belong together: what they held is lost.
    pub accept_loss: bool,
    /// It has another name than before, on purpose: accounts of before keep the old one, and reach nobody who comes now.
    pub renamed: bool,
    /// The web app. Empty: two pages that say what to do without it.
    pub app: Assets,
    /// The program whose `relay` this server starts. None: it starts no relay.
    pub program: Option<PathBuf>,
    /// Which build of it this is: a relay of another one is replaced. Empty: it is not known, and none is.
    pub build: String,
    /// What is logged, and how that is changed.
    pub log: LogLevel,
}

/// What is logged, in the words of `RUST_LOG`. None to set: it says how it is.
#[derive(Clone)]
pub struct LogLevel(pub Arc<SetLog>);

/// Gives what is logged from then on; none where this is no level.
pub type SetLog = dyn Fn(Option<&str>) -> Option<String> + Send + Sync;

impl Default for LogLevel {
    fn default() -> Self {
        Self(Arc::new(|_| None))
    }
}

impl std::fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LogLevel").field(&(self.0)(None)).finish()
    }
}

impl Config {
    /// A server on loopback with everything else as it comes.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            socket: None,
            public_url: None,
            policy: Policy::default(),
            tls: Tls::None,
            restored: false,
            accept_loss: false,
            renamed: false,
            app: Assets::default(),
            program: None,
            build: String::new(),
            log: LogLevel::default(),
        }
    }
}

/// A running server.
pub struct Handle {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where people reach it.
    pub public_url: String,
    commands: UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

enum Command {
    /// And say whether it worked.
    Reload(SyncSender<bool>),
    Stop,
    #[cfg(test)]
    Fault(&'static str),
    /// Nobody looks at threads and tasks any more.
    #[cfg(test)]
    Unwatched,
}

impl Handle {
    /// Stops: no new connections, the open ones are told, everything is flushed. Returns within seconds.
    pub fn stop(mut self) {
        self.end();
    }

    /// Reads certificate files anew, and waits until that is done. Whether it worked; the log says why not.
    pub fn reload(&self) -> bool {
        let (report, done) = sync_channel(1);
        self.commands.send(Command::Reload(report)).is_ok() && done.recv().unwrap_or(false)
    }

    /// Whether it ended by itself, which it does only by a fault.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn end(&mut self) {
        // Where the thread is gone already there is nobody to tell.
        let _ = self.commands.send(Command::Stop);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the socket thread had panicked");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the tasks of the socket thread share.
struct Shell {
    hub: Rc<Hub>,
    name: String,
    policy: Policy,
    blobs: Folder,
    syncs: Arc<Syncs>,
    filling: RefCell<HashSet<BlobId>>,
    /// The folder of blobs that is swept next, and what was missing in each.
    sweeping: Cell<u16>,
    missing: RefCell<BTreeMap<u8, usize>>,
    app: Assets,
    ready: Ready,
    proxies: Proxies,
    /// Who does the handshakes, where this server does.
    acceptance: Option<Rc<Acceptance>>,
    /// What the process tells of itself.
    process: Process,
    /// Whether browsers are to come by TLS alone from now on.
    strict: bool,
    /// Tasks without which the server is none.
    vital: RefCell<Vec<(&'static str, tokio::task::JoinHandle<()>)>>,
    /// Where people reach it.
    public_url: String,
    /// What is logged.
    log: LogLevel,
}

impl Shell {
    /// Starts a task without which the server is none.
    fn keep_up(&self, name: &'static str, task: impl Future<Output = ()> + 'static) {
        self.vital.borrow_mut().push((name, tokio::task::spawn_local(task)));
    }

    /// What has ended by a fault though the server cannot be without it.
    fn gone(&self) -> Option<&'static str> {
        let vital = self.vital.borrow();
        let ended = vital.iter().find(|(_, task)| task.is_finished()).map(|(name, _)| *name);
        self.hub.gone().or(ended)
    }
}

/// How often silent connections are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// How often threads and tasks are looked at. One that ended by a fault ends the server: what is left would answer half of what it
/// is asked, and nobody would see it.
const LOOK: Duration = Duration::from_secs(1);

/// How often what has expired is deleted.
const HOUSEKEEPING: Duration = Duration::from_secs(3_600);

/// How often the log is looked at for what waits.
const PUBLISHING: Duration = Duration::from_millis(crate::directory::LOOK_MS);

/// Time for connections to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Starts a server in threads of its own.
pub fn start(config: Config) -> Result<Handle, StartError> {
    tls::check(&config)?;
    let folder = DataFolder::open(&config.data)?;
    let (commands, received) = unbounded_channel();
    let (report, started) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("sockets".into())
        .spawn(move || run(config, folder, received, &report))
        .map_err(StartError::Threads)?;
    match started.recv() {
        Ok(Ok((address, public_url))) => Ok(Handle { address, public_url, commands, thread: Some(thread) }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(StartError::Threads(io::Error::other("the socket thread ended at once"))),
    }
}

type Started = Result<(SocketAddr, String), StartError>;

/// The socket thread.
fn run(
    config: Config,
    folder: DataFolder,
    commands: UnboundedReceiver<Command>,
    report: &SyncSender<Started>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(report.send(Err(StartError::Threads(error)))),
    };
    let tasks = LocalSet::new();
    let served = tasks.block_on(&runtime, async {
        let (listener, shell, acceptance, started) = prepare(&config, &folder)?;
        tracing::info!(listen = %started.0, public_url = started.1, "the server has started");
        let _ = report.send(Ok(started));
        serve(&config, listener, shell, acceptance, commands).await;
        Ok(())
    });
    // Tasks hold the hub, and the hub the services: they end in this order, the folder's lock last.
    drop(tasks);
    drop(runtime);
    drop(folder);
    match served {
        Ok(()) => tracing::info!("the server has stopped"),
        // Only now: whoever hears it finds the folder free.
        Err(error) => drop(report.send(Err(error))),
    }
}

fn prepare(
    config: &Config,
    folder: &DataFolder,
) -> Result<(TcpListener, Rc<Shell>, Option<Rc<Acceptance>>, (SocketAddr, String)), StartError> {
    let acceptance = Acceptance::prepare(&config.tls, folder)?;
    let listener = match &config.socket {
        Some(socket) => take(socket)?,
        None => listen(config.listen)?,
    };
    let address =
        listener.local_addr().map_err(|error| StartError::Listen { address: config.listen, error })?;
    let belonging = belonging::look(&config.data, config.accept_loss)?;
    let unusable = |error| StartError::DataFolder { path: config.data.clone(), error };
    let restored = config.restored && restored::is_new(&config.data, belonging.starts()).map_err(unusable)?;
    let place = place(config, address, restored)?;
    let (name, public_url) = (place.name.clone(), place.public_url.clone());
    let directory =
        Directory::open(Some(&folder.directory()), place, config.policy.clone(), Box::new(OsRng))?;
    let syncs = Arc::new(Syncs::default());
    let mut options = Options::default();
    let blobs = Folder::open(&folder.blobs(), options.files.clone()).map_err(unusable)?;
    options.files = syncs.around(options.files);
    options.accept_loss = config.accept_loss;
    let store = DiskStore::open(&folder.delivery(), options)?;
    if let Err(error) = folder.keep_private() {
        tracing::warn!(%error, "folders of the data folder may be readable for other users of this machine");
    }
    belonging::note_start(&config.data, belonging)?;
    restored::note(folder, &config.data, config.restored, belonging.starts() + 1).map_err(unusable)?;

    let inbound = Arc::new(Inbound::default());
    let outcomes = inbound.clone();
    let retention = Duration::from_millis(config.policy.retention_ms().unsigned_abs());
    let writer = Writer::start(store, retention, Arc::new(move |batch| outcomes.outcomes(batch)))?;
    let answers = inbound.clone();
    let pages =
        directory.pages().map_err(OpenError::from)?.ok_or_else(|| OpenError::Absent(config.data.clone()))?;
    let auditors = Auditors::start(pages).map_err(StartError::Threads)?;
    let directory = DirectoryThread::start(directory, Arc::new(move |batch| answers.answers(batch)))
        .map_err(StartError::Threads)?;
    let mut challenge_secret = [0; 32];
    OsRng.fill_bytes(&mut challenge_secret);
    let mut router = Router::new(config.policy.limits, challenge_secret);
    let waking = prepare_push(config, folder, &mut router, &public_url)?;
    let (relays, asks) = relays::prepare(config, folder, &mut router, address);
    let connections = config.policy.limits.connections;
    let hub = Rc::new(Hub::new(router, writer, (directory, auditors), inbound, connections, files()));
    hub.relay_by(asks);
    let shell = Shell {
        hub: hub.clone(),
        name,
        policy: config.policy.clone(),
        blobs,
        syncs,
        filling: RefCell::default(),
        sweeping: Cell::new(first_swept(SystemTime::now())),
        missing: RefCell::default(),
        app: config.app.clone(),
        ready: Ready::new(&config.data),
        proxies: Proxies::new(config.policy.trusted_proxies.clone(), config.policy.limits.behind_proxy),
        acceptance: acceptance.clone(),
        process: Process::begin(&config.data, &config.build),
        strict: is_strict(&config.tls, &public_url),
        vital: RefCell::default(),
        public_url: public_url.clone(),
        log: config.log.clone(),
    };
    let operator = control::Listening::open(folder)
        .inspect_err(|error| tracing::warn!(%error, "control: `casemate ctl` cannot reach this server"));
    for relay in relays {
        shell.keep_up("calls", relays::look_after(relay, hub.clone()));
    }
    if let Some((thread, parcels)) = waking {
        let thread = Rc::new(thread);
        let policy = config.policy.push.clone();
        shell.keep_up("push", push::send_all(parcels, policy, thread.clone()));
        hub.wake_by(thread);
    }
    let shell = Rc::new(shell);
    if let Ok(operator) = operator {
        shell.keep_up("control", operator.serve(shell.clone()));
    }
    Ok((listener, shell, acceptance, (address, public_url)))
}

/// What wakes devices, where the operator lets it.
fn prepare_push(
    config: &Config,
    folder: &DataFolder,
    router: &mut Router,
    public_url: &str,
) -> Result<Option<(PushThread, Parcels)>, StartError> {
    if !config.policy.push.enabled {
        return Ok(None);
    }
    let unusable = |path: PathBuf| move |error| StartError::DataFolder { path, error };
    let keys = Keys::open(&folder.push_key()).map_err(unusable(folder.push_key()))?;
    let broken = |error| StartError::DataFolder { path: folder.push(), error: io::Error::other(error) };
    let rows = Rows::open(Some(&folder.push())).map_err(broken)?;
    let (logs, short) = (rows.logs().map_err(broken)?, rows.short_logs().map_err(broken)?);
    let public = PushKeys { vapid: keys.vapid_public().into(), seal: keys.seal_public().into() };
    router.wake_devices(public, logs);
    router.wake_rows_are_short(short);
    let waker = Waker::new(keys, rows, config.policy.push.clone(), public_url.to_owned());
    PushThread::start(waker).map(Some).map_err(StartError::Threads)
}

async fn serve(
    config: &Config,
    listener: TcpListener,
    shell: Rc<Shell>,
    acceptance: Option<Rc<Acceptance>>,
    mut commands: UnboundedReceiver<Command>,
) {
    let hub = shell.hub.clone();
    shell.keep_up("sockets", async move { hub.drain().await });
    shell.keep_up("housekeeping", look_after(shell.clone()));
    let accepting = tokio::task::spawn_local(accept(listener, shell.clone(), acceptance.clone()));
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Reload(report)) => {
                    let worked = acceptance.as_ref().is_none_or(|acceptance| acceptance.reload(&config.tls));
                    let _ = report.send(worked);
                }
                #[cfg(test)]
                Some(Command::Fault(part)) => shell.hub.fault(part),
                #[cfg(test)]
                Some(Command::Unwatched) => look.reset_after(HOUSEKEEPING),
                Some(Command::Stop) | None => break,
            },
            _ = look.tick() => {
                if let Some(part) = shell.gone().or(accepting.is_finished().then_some("accepting")) {
                    tracing::error!(part, "a part of the server has ended by a fault: it ends, to be started again");
                    break;
                }
            }
        }
    }
    accepting.abort();
    shell.hub.shut_down();
    let farewell = async {
        while shell.hub.connections() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // Whoever does not listen is cut off.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

async fn accept(listener: TcpListener, shell: Rc<Shell>, acceptance: Option<Rc<Acceptance>>) {
    let mut refused = Refused::default();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely: others go on, and some will end.
                refused.note(&error, Instant::now());
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Frames are put together before they are written; nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let (shell, address): (_, IpAddr) = (shell.clone(), peer.ip());
        let open = usize::try_from(shell.hub.connections()).unwrap_or(usize::MAX);
        // Before anything is kept for it. Who is turned away sees an end, and comes again.
        let counted = if shell.proxies.trusts(address) { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address };
        let Some(pass) = shell.hub.door.enter(counted, open) else { continue };
        match acceptance.clone() {
            None => {
                tokio::task::spawn_local(async move {
                    http::serve(shell, stream, address).await;
                    drop(pass);
                });
            }
            Some(acceptance) => {
                tokio::task::spawn_local(async move {
                    if let Some(stream) = acceptance.accept(stream).await {
                        http::serve(shell, stream, address).await;
                    }
                    drop(pass);
                });
            }
        }
    }
}

/// What is done now and then.
async fn look_after(shell: Rc<Shell>) {
    let mut sweep = tokio::time::interval(SWEEP);
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    let mut publishing = tokio::time::interval(PUBLISHING);
    loop {
        tokio::select! {
            _ = sweep.tick() => shell.hub.sweep(),
            _ = publishing.tick() => shell.hub.directory.publish(),
            _ = housekeeping.tick() => {
                let Some(expired) = shell.hub.directory.housekeeping().await else { continue };
                shell.hub.push_housekeeping();
                sweep_blobs(&shell).await;
                let folder = shell.blobs.clone();
                let removed = tokio::task::spawn_blocking(move || {
                    // One that cannot be deleted keeps no other; the comparison with the rows finds it later.
                    expired.into_iter().map(|blob| folder.remove(blob)).fold(Ok(()), Result::and)
                });
                if let Ok(Err(error)) = removed.await {
                    tracing::warn!(%error, "an expired file could not be deleted");
                }
            }
        }
    }
}

/// Folders of blobs that are compared in an hour: all of them within a day.
const SWEPT: u16 = sweep::FOLDERS.div_ceil(24);

/// Where comparing goes on after a start: by the hour, so that a server that starts often comes to all of them too.
fn first_swept(now: SystemTime) -> u16 {
    let hour = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() / 3_600);
    u16::try_from(hour.wrapping_mul(u64::from(SWEPT)) % u64::from(sweep::FOLDERS)).unwrap_or(0)
}

/// Compares some folders of blobs with their rows.
async fn sweep_blobs(shell: &Shell) {
    for _ in 0..SWEPT {
        let next = shell.sweeping.get();
        shell.sweeping.set((next + 1) % sweep::FOLDERS);
        let Ok(first) = u8::try_from(next) else { continue };
        let Some(rows) = shell.hub.directory.blobs(first).await else { return };
        let folder = shell.blobs.clone();
        let swept = tokio::task::spawn_blocking(move || {
            let now = SystemTime::now();
            if first == 0 {
                folder.empty_trash(now)?;
            }
            folder.sweep(first, &rows, now)
        });
        match swept.await {
            Ok(Ok(swept)) => {
                if swept.aside > 0 {
                    tracing::info!(files = swept.aside, "files that no row names were put aside for a week");
                }
                for blob in &swept.missing {
                    tracing::error!(
                        ?blob,
                        "a file that is stored by its row is missing or cut: it cannot be served"
                    );
                }
                shell.missing.borrow_mut().insert(first, swept.missing.len());
            }
            Ok(Err(error)) => tracing::warn!(%error, "files could not be compared with their rows"),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;

    fn health(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn folders_are_compared_within_a_day_however_often_it_starts() {
        let at = |hour: u64| first_swept(SystemTime::UNIX_EPOCH + Duration::from_secs(hour * 3_600));
        let swept: HashSet<u16> = (500_000..500_024)
            .flat_map(|hour| (0..SWEPT).map(move |nth| (at(hour) + nth) % sweep::FOLDERS))
            .collect();
        assert_eq!(swept.len(), usize::from(sweep::FOLDERS));
    }

    #[test]
    fn server_whose_thread_ended_by_a_fault_ends_and_starts_again() {
        for part in ["directory", "delivery"] {
            let folder = tempfile::tempdir().unwrap();
            let start = || {
                let mut config = Config::new(folder.path(), "127.0.0.1:0".parse().unwrap());
                config.public_url = Some("http://test.example".to_owned());
                super::start(config).unwrap()
            };
            let mut handle = start();
            assert!(health(handle.address).starts_with("HTTP/1.1 200"));
            assert!(!handle.has_ended());
            handle.commands.send(Command::Fault(part)).unwrap();
            // By itself: nobody stops it.
            handle.thread.take().unwrap().join().unwrap();
            assert!(handle.has_ended());
            drop(handle);
            assert!(health(start().address).starts_with("HTTP/1.1 200"));
        }
    }

    /// Clients are told until the server has seen it and ends.
    #[test]
    fn health_names_the_part_that_ended_by_a_fault() {
        for part in ["directory", "delivery"] {
            let folder = tempfile::tempdir().unwrap();
            let mut config = Config::new(folder.path(), "127.0.0.1:0".parse().unwrap());
            config.public_url = Some("http://test.example".to_owned());
            let handle = super::start(config).unwrap();
            handle.commands.send(Command::Unwatched).unwrap();
            handle.commands.send(Command::Fault(part)).unwrap();
            let until = Instant::now() + Duration::from_secs(20);
            let answer = loop {
                let answer = health(handle.address);
                if !answer.starts_with("HTTP/1.1 200") {
                    break answer;
                }
                assert!(Instant::now() < until, "a server without its {part} is called healthy");
            };
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{part} has ended by a fault\n")), "{answer}");
            assert!(!handle.has_ended());
        }
    }
}
