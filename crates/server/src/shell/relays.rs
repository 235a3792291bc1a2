//! Relays: the connection to each, and a process of its own for the one that this server starts.
//!
//! ```text
//! hub ── CallOp ──▶ task ── socket in the data folder ──▶ `casemate relay`     started, and started again when it dies
//!        ◀─ answer ──┘  └── TLS ──▶ a relay on another machine
//! ```
//! The own relay outlives this server: calls go on while it is started anew, and it is found again by its socket. It ends
//! by itself when nobody came back and nobody is in a call. Where it is another build than this server, as after an upgrade, it drains:
//! it is ended as soon as nobody is in a call there, or [`DRAINS`] later, and one of this build takes its place.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use casemate_wire::ids::{Hash32, HolderId, RelaySecret};
use casemate_wire::proto::relay::{CloseRooms, FromRelay, Greet, Look, ToRelay, from_relay, to_relay};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::relay::{VERSION, can_be_told, encode, next_from_relay, rooms};
use data_encoding::HEXLOWER;
use rand_core::{OsRng, RngCore};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_rustls::TlsConnector;

use super::hub::Hub;
use super::{Config, DataFolder};
use crate::config::{BAD_SECRET, CallMedia, CallPolicy, OtherRelay, TurnPolicy};
use crate::directory::thread::now_ms;
use crate::refusal::Refusal;
use crate::router::Router;
use crate::router::calls::{CallOp, Reached, no_relay};

/// Requests that may wait for a relay; beyond, they are refused.
const WAITING: usize = 1_024;

/// How often a relay is asked how it does, and how long it may take to say so.
const LOOK: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(3);

/// Between attempts to reach a relay: at first, and each time twice as long.
const RETRY: Duration = Duration::from_millis(30);
const RETRY_SLOWLY: Duration = Duration::from_secs(2);

/// A relay of another build may go on for so long while somebody is in a call. Those who still are then are in it again two seconds later. Less
/// ends more calls; more leaves a mended fault open for longer.
const DRAINS: Duration = Duration::from_secs(10 * 60);

/// Of what a relay says it is, so many letters are kept.
const BUILD: usize = 64;

/// The number of questions that nobody asked.
const OWN_QUESTION: u64 = u64::MAX;

/// The name of the relay that this server starts.
const OWN: &str = "own";

/// A relay to be looked after.
pub struct Relay {
    number: usize,
    name: String,
    /// Which build this server is.
    build: String,
    secret: RelaySecret,
    reach: Reach,
    /// While it is to be replaced.
    drain: Option<Drain>,
    /// What devices are told of besides.
    turn: Option<TurnPolicy>,
    ops: Receiver<CallOp>,
}

enum Reach {
    /// A process that this server starts.
    Own { program: PathBuf, config: PathBuf, socket: PathBuf, child: Option<Child> },
    /// One that somebody else starts.
    Other { address: String, server: ServerName<'static>, tls: TlsConnector },
}

/// A relay that is to be replaced.
#[derive(Debug, Clone, Copy)]
struct Drain {
    /// Its process.
    process: i32,
    /// Since when.
    since: Instant,
}

impl Drain {
    /// Whether its time has come: nobody is in a call there, or enters one.
    fn is_over(&self, there: usize, now: Instant) -> bool {
        there == 0 || now.saturating_duration_since(self.since) >= DRAINS
    }

    /// Ends it, where that can be. It has no other way to hear that: relays of all versions end so.
    fn end(&self) -> bool {
        let ended = rustix::process::Pid::from_raw(self.process)
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|process| rustix::process::kill_process(process, rustix::process::Signal::TERM));
        if let Err(error) = &ended {
            tracing::warn!(%error, "calls: the relay of another build cannot be ended, and goes on");
        }
        ended.is_ok()
    }
}

/// Where a relay's requests are left.
pub type Asks = Sender<CallOp>;

/// All relays of this server. One that cannot be is left out, and the log says why: without calls a server still is one.
pub fn prepare(
    config: &Config,
    folder: &DataFolder,
    router: &mut Router,
    address: SocketAddr,
) -> (Vec<Relay>, Vec<Asks>) {
    let mut found = Vec::new();
    if config.policy.calls.own_relay
        && let Some(program) = &config.program
    {
        match own(config, folder, program, address) {
            Ok(own) => found.push((OWN.to_owned(), own.0, own.1)),
            Err(why) => tracing::warn!("calls: this server starts no relay of its own: {why}"),
        }
    }
    for relay in &config.policy.calls.relays {
        match other(relay) {
            Ok(other) => found.push((relay.name.clone(), other.0, other.1)),
            Err(why) => tracing::warn!(relay = relay.name, "calls: a relay cannot be used: {why}"),
        }
    }
    let with_channel = |(name, secret, reach): (String, RelaySecret, Reach)| {
        let (asks, ops) = channel(WAITING);
        let number = router.add_relay(&name);
        let turn = config.policy.calls.turn.clone();
        (Relay { number, name, build: config.build.clone(), secret, reach, drain: None, turn, ops }, asks)
    };
    found.into_iter().map(with_channel).unzip()
}

fn own(
    config: &Config,
    folder: &DataFolder,
    program: &Path,
    address: SocketAddr,
) -> Result<(RelaySecret, Reach), String> {
    let calls = &config.policy.calls;
    // Any port will do where any did for the server.
    let port = if config.listen.port() == 0 { 0 } else { address.port().checked_add(1).unwrap_or(0) };
    let beside = SocketAddr::new(address.ip(), port);
    let media = media(calls, beside)?;
    if config.policy.is_behind_proxy()
        && told(calls, beside).iter().any(|one| one.to_canonical().is_loopback())
    {
        return Err("people reach this server through a proxy, which hands on no media: say in the configuration how they reach \
                    the relay, as [calls] listen = \"0.0.0.0:PORT\" and public = \"ADDRESS:PORT\""
            .to_owned());
    }
    let secret = folder.relay_secret().map_err(|error| error.to_string())?;
    let settings = format!(
        "name = \"{OWN}\"\nmedia = [{media}]\nthreads = {}\nends_alone = true\nsecret = \"{}\"\n",
        calls.threads,
        HEXLOWER.encode(secret.expose())
    );
    // Another name where the operator decided otherwise: a relay that runs on as decided before is not taken for this one.
    let several = if calls.media.is_empty() { String::new() } else { format!(" {media}") };
    let decided =
        format!("{:?} {:?} {} {}{several}", calls.listen, calls.public, calls.threads, address.ip());
    let name = HEXLOWER.encode(&Hash32::of(&[decided.as_bytes()]).0[..4]);
    let socket = folder.relay(&format!("{name}.sock"));
    let file = folder.relay(&format!("{name}.toml"));
    let text = format!("{settings}control = {{ socket = {:?} }}\n", socket.display().to_string());
    folder.write_private(&file, text.as_bytes()).map_err(|error| error.to_string())?;
    Ok((secret, Reach::Own { program: program.to_path_buf(), config: file, socket, child: None }))
}

/// Where it takes media, as its configuration says it: as decided, else at an address by the server's own.
fn media(calls: &CallPolicy, beside: SocketAddr) -> Result<String, String> {
    let told = told(calls, beside);
    if told.iter().any(IpAddr::is_unspecified) {
        return Err("say in the configuration how people reach it: [calls] public = \"ADDRESS:PORT\", or \
                    public in each of media"
            .to_owned());
    }
    if let Some(address) = told.iter().find(|address| !can_be_told(**address)) {
        return Err(format!(
            "nobody can be told of {address} as the relay's; name another as public in [calls]"
        ));
    }
    let text = |one: &CallMedia| {
        let public = one.public.map_or_else(String::new, |public| format!(", public = \"{public}\""));
        format!("{{ listen = \"{}\"{public} }}", one.listen)
    };
    Ok(decided(calls, beside).iter().map(text).collect::<Vec<_>>().join(", "))
}

fn decided(calls: &CallPolicy, beside: SocketAddr) -> Vec<CallMedia> {
    match &calls.media[..] {
        [] => vec![CallMedia { listen: calls.listen.unwrap_or(beside), public: calls.public }],
        several => several.to_vec(),
    }
}

/// The addresses that devices are told.
fn told(calls: &CallPolicy, beside: SocketAddr) -> Vec<IpAddr> {
    decided(calls, beside).iter().map(|one| one.public.unwrap_or(one.listen).ip()).collect()
}

fn other(relay: &OtherRelay) -> Result<(RelaySecret, Reach), String> {
    let secret = relay.secret().ok_or(BAD_SECRET)?;
    let host = relay.address.rsplit_once(':').map_or(&*relay.address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let server = ServerName::try_from(host).map_err(|_| "its address names no host".to_owned())?;
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = &relay.ca {
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config));
    Ok((secret, Reach::Other { address: relay.address.clone(), server, tls }))
}

/// Keeps a relay connected, for as long as the server runs.
pub async fn look_after(mut relay: Relay, hub: Rc<Hub>) {
    let mut tries = Tries::new();
    loop {
        match relay.reach.connect().await {
            Ok((mut stream, process)) => {
                let (was_there, why) = relay.serve(&mut *stream, process, &hub).await;
                // Its media may go on. Whether it is there is known when it has been tried once more.
                hub.relay_is(relay.number, if was_there { Reached::NotYet } else { Reached::Not });
                if was_there {
                    tries = Tries::new();
                    tracing::warn!(relay = relay.name, "calls: a relay is gone: {why}");
                } else if tries.is_news(&why) {
                    tracing::warn!(relay = relay.name, "calls: a relay does not take this server in: {why}");
                }
            }
            Err(error) => {
                hub.relay_is(relay.number, Reached::Not);
                tracing::debug!(relay = relay.name, %error, "calls: a relay cannot be reached");
                relay.reach.start(&relay.name).await;
            }
        }
        // Nobody waits for one that is not there.
        while let Ok(op) = relay.ops.try_recv() {
            hub.relayed(op.tag, Err(no_relay()));
        }
        tokio::time::sleep(tries.wait()).await;
    }
}

/// Attempts to reach a relay, since it was there last.
struct Tries {
    wait: Duration,
    /// Why it did not take this server in.
    why: String,
}

impl Tries {
    fn new() -> Self {
        Self { wait: RETRY, why: String::new() }
    }

    /// Whether that is another reason than the time before: one that has another secret says so for as long as it has.
    fn is_news(&mut self, why: &str) -> bool {
        std::mem::replace(&mut self.why, why.to_owned()) != why
    }

    /// Until the next one.
    fn wait(&mut self) -> Duration {
        let longer = (self.wait * 2).min(RETRY_SLOWLY);
        std::mem::replace(&mut self.wait, longer)
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

impl Reach {
    /// Where it is a process of this machine, also which one.
    async fn connect(&self) -> io::Result<(Box<dyn Stream>, Option<i32>)> {
        match self {
            Self::Own { socket, .. } => {
                let stream = UnixStream::connect(socket).await?;
                let process = stream.peer_cred().ok().and_then(|peer| peer.pid());
                Ok((Box::new(stream), process))
            }
            Self::Other { address, server, tls } => {
                let connect = async {
                    let tcp = TcpStream::connect(address).await?;
                    tcp.set_nodelay(true)?;
                    tls.connect(server.clone(), tcp).await
                };
                let connected = tokio::time::timeout(SILENCE, connect).await;
                let stream = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                Ok((Box::new(stream), None))
            }
        }
    }

    /// Whether a process is one that this server started: it is of the build that it is now, whatever it says.
    fn has_started(&self, process: i32) -> bool {
        let Self::Own { child, .. } = self else { return false };
        child.as_ref().and_then(Child::id).is_some_and(|id| i32::try_from(id) == Ok(process))
    }

    /// Starts the process, where it is this server's to start and does not run.
    async fn start(&mut self, name: &str) {
        let Self::Own { program, config, child, .. } = self else { return };
        if let Some(running) = child {
            match running.try_wait() {
                Ok(None) => return,
                Ok(Some(status)) => tracing::warn!(relay = name, %status, "calls: the relay has ended"),
                Err(error) => tracing::warn!(relay = name, %error, "calls: the relay cannot be looked after"),
            }
        }
        // In a group of its own: what is typed at the server's terminal is not for it.
        let mut command = Command::new(program);
        command.arg("relay").arg("--config").arg(config).stdin(Stdio::null()).stdout(Stdio::null());
        #[cfg(unix)]
        command.process_group(0);
        match command.spawn() {
            Ok(started) => *child = Some(started),
            Err(error) => tracing::error!(relay = name, %error, "calls: the relay cannot be started"),
        }
    }
}

impl Relay {
    /// Until it is gone; whether it was there at all, and why it is no more.
    async fn serve(&mut self, stream: &mut dyn Stream, process: Option<i32>, hub: &Hub) -> (bool, String) {
        let mut buffer = BytesMut::new();
        if let Err(why) = self.greet(stream, process, &mut buffer, hub).await {
            return (false, why);
        }
        let mut pending = HashSet::new();
        let why = match self.talk(stream, buffer, hub, &mut pending).await {
            Ok(()) => "the server stops".to_owned(),
            Err(why) => why,
        };
        for tag in pending {
            hub.relayed(tag, Err(no_relay()));
        }
        (true, why)
    }

    async fn greet(
        &mut self,
        stream: &mut dyn Stream,
        process: Option<i32>,
        buffer: &mut BytesMut,
        hub: &Hub,
    ) -> Result<(), String> {
        let secret = Bytes::copy_from_slice(self.secret.expose());
        let greet = Greet { version: VERSION, secret, hears_left: true };
        write(stream, &question(to_relay::Request::Greet(greet))).await?;
        let first = tokio::time::timeout(SILENCE, read(stream, buffer)).await;
        match first.map_err(|_| "it does not answer")??.body {
            Some(from_relay::Body::Greeted(greeted)) => {
                let build = said_build(&greeted.build);
                tracing::info!(
                    relay = self.name,
                    build,
                    process = greeted.process,
                    "calls: a relay is there"
                );
                self.drain = self.is_replaced(process, &build);
                hub.relay_greets(self.number, greeted.tells_left, &build, self.drain.is_some());
                let elsewhere = hub.relay_has(self.number, &rooms(&greeted.rooms));
                self.close(stream, elsewhere).await
            }
            Some(from_relay::Body::Error(error)) => Err(error.message),
            _ => Err("it does not greet".to_owned()),
        }
    }

    /// Whether it is a process of this server's, and of another build.
    fn is_replaced(&self, process: Option<i32>, build: &str) -> Option<Drain> {
        let is_another = !self.build.is_empty() && build != self.build;
        let process = process.filter(|process| is_another && !self.reach.has_started(*process))?;
        // A connection that broke does not give it more time.
        let before = self.drain.filter(|drain| drain.process == process);
        if before.is_none() {
            tracing::warn!(
                relay = self.name,
                build,
                "calls: the relay is of another build than this server; it is replaced when nobody is in a call \
                 there, in ten minutes at the latest"
            );
        }
        before.or(Some(Drain { process, since: Instant::now() }))
    }

    /// Calls that went on elsewhere while it was away are not to go on in two places.
    async fn close(&self, stream: &mut dyn Stream, rooms: Vec<Hash32>) -> Result<(), String> {
        if rooms.is_empty() {
            return Ok(());
        }
        tracing::info!(relay = self.name, rooms = rooms.len(), "calls: what goes on elsewhere ends here");
        let rooms = rooms.into_iter().map(Bytes::from).collect();
        write(stream, &question(to_relay::Request::Close(CloseRooms { rooms }))).await
    }

    async fn talk(
        &mut self,
        stream: &mut dyn Stream,
        mut buffer: BytesMut,
        hub: &Hub,
        pending: &mut HashSet<u64>,
    ) -> Result<(), String> {
        let mut look = tokio::time::interval(LOOK);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                op = self.ops.recv() => {
                    let Some(op) = op else { return Ok(()) };
                    pending.insert(op.tag);
                    let holder = op.holder.map(Bytes::from).unwrap_or_default();
                    write(stream, &ToRelay { id: op.tag, holder, request: Some(op.request) }).await?;
                }
                said = read(stream, &mut buffer) => {
                    heard = Instant::now();
                    self.answered(said?, hub, pending)?;
                }
                _ = look.tick() => {
                    if heard.elapsed() > SILENCE {
                        return Err("it does not answer".to_owned());
                    }
                    write(stream, &question(to_relay::Request::Look(Look {}))).await?;
                }
            }
        }
    }

    /// Why it is to be left, if it is.
    fn answered(&self, said: FromRelay, hub: &Hub, pending: &mut HashSet<u64>) -> Result<(), String> {
        match said.body {
            Some(from_relay::Body::Listeners(said)) => {
                hub.call_listeners(said);
                return Ok(());
            }
            Some(from_relay::Body::Left(said)) => {
                let holders = said.holders.iter().filter_map(|holder| HolderId::try_from(&holder[..]).ok());
                hub.call_left(self.number, &holders.collect::<Vec<_>>());
                return Ok(());
            }
            Some(from_relay::Body::Seen(seen)) => {
                hub.relay_seen(self.number, (seen.rooms, seen.participants));
                let there = pending.len() + seen.participants as usize;
                let drain = self.drain.filter(|drain| drain.is_over(there, Instant::now()));
                return match drain {
                    Some(drain) if drain.end() => Err("it is of another build, and is replaced".to_owned()),
                    _ => Ok(()),
                };
            }
            _ => {}
        }
        // Of what nobody waits for there is the answer to our own question, and nothing else.
        if !pending.remove(&said.id) {
            return Ok(());
        }
        let answer = match said.body {
            Some(from_relay::Body::Joined(mut joined)) => {
                let now_s = u64::try_from(now_ms() / 1_000).unwrap_or(0);
                joined.turn = self.turn.as_ref().map(|turn| turn.grant(now_s)).unwrap_or_default();
                Ok(Body::CallJoined(joined))
            }
            Some(from_relay::Body::Done(done)) => Ok(Body::Done(done)),
            Some(from_relay::Body::Error(error)) => Ok(Body::Error(error)),
            _ => Err(Refusal::internal()),
        };
        hub.relayed(said.id, answer);
        Ok(())
    }
}

/// Which build a relay says it is, as it may stand in a log and in metrics.
fn said_build(build: &str) -> String {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || ".+-_".contains(*letter);
    let said: String = build.chars().filter(is_plain).take(BUILD).collect();
    if said.is_empty() { "unknown".to_owned() } else { said }
}

/// Whole messages alone are taken off the buffer, so that this can be given up at any time.
async fn read(stream: &mut dyn Stream, buffer: &mut BytesMut) -> Result<FromRelay, String> {
    loop {
        match next_from_relay(buffer) {
            Ok(Some(message)) => return Ok(message),
            Ok(None) => {}
            Err(bad) => return Err(bad.to_string()),
        }
        match stream.read_buf(buffer).await {
            Ok(0) => return Err("it closed the connection".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// One of this server's own.
fn question(request: to_relay::Request) -> ToRelay {
    ToRelay { id: OWN_QUESTION, request: Some(request), ..ToRelay::default() }
}

async fn write(stream: &mut dyn Stream, message: &ToRelay) -> Result<(), String> {
    let bytes = encode(message);
    let written = async {
        stream.write_all(&bytes).await?;
        stream.flush().await
    };
    match tokio::time::timeout(SILENCE, written).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it takes nothing in".to_owned()),
    }
}

/// A new secret for a data folder.
pub fn new_secret() -> RelaySecret {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    RelaySecret::new(bytes)
}

/// Reads the secret in a file, or makes one.
pub fn secret_in(path: &Path, write: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<RelaySecret> {
    match fs::read(path) {
        Ok(bytes) => RelaySecret::try_from(&bytes[..]).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = new_secret();
            write(secret.expose())?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_that_does_not_take_the_server_in_is_tried_seldom_and_logged_once() {
        let mut tries = Tries::new();
        let (mut passed, mut count, mut logged) = (Duration::ZERO, 0, 0);
        while passed < Duration::from_secs(60) {
            count += 1;
            logged += u32::from(tries.is_news("it closed the connection"));
            passed += tries.wait();
        }
        assert_eq!(logged, 1);
        assert!((30..40).contains(&count), "{count} times in a minute");
        assert!(tries.is_news("server and relay are of different versions"));
    }

    #[test]
    fn relay_of_another_build_is_ended_when_nobody_is_in_a_call_there_or_its_time_is_over() {
        let since = Instant::now();
        let drain = Drain { process: 1, since };
        assert!(!drain.is_over(1, since) && drain.is_over(0, since));
        assert!(!drain.is_over(1, since + DRAINS - Duration::from_secs(1)));
        assert!(drain.is_over(1, since + DRAINS));
    }

    #[test]
    fn relay_is_replaced_where_it_is_this_servers_and_of_another_build() {
        let own = |build: &str, drain| {
            let (_, ops) = channel(1);
            let reach = Reach::Own {
                program: PathBuf::new(),
                config: PathBuf::new(),
                socket: PathBuf::new(),
                child: None,
            };
            let (name, build, secret) = (OWN.to_owned(), build.to_owned(), RelaySecret::new([1; 32]));
            Relay { number: 0, name, build, secret, reach, drain, turn: None, ops }
        };
        let replaced =
            |relay: &Relay, process, build| relay.is_replaced(process, build).map(|one| one.process);
        let relay = own("2", None);
        assert_eq!(replaced(&relay, Some(7), "1"), Some(7));
        assert_eq!(replaced(&relay, Some(7), "unknown"), Some(7), "one of before says nothing");
        assert_eq!(replaced(&relay, Some(7), "2"), None);
        assert_eq!(replaced(&relay, None, "1"), None, "one of another machine, its operator replaces it");
        assert_eq!(replaced(&own("", None), Some(7), "1"), None, "a server that does not know what it is");
        let since = Instant::now();
        let relay = own("2", Some(Drain { process: 7, since }));
        assert_eq!(relay.is_replaced(Some(7), "1").map(|one| one.since), Some(since), "it gets no more time");
        assert_eq!(replaced(&relay, Some(8), "1"), Some(8), "another one has its own");
    }

    #[test]
    fn build_of_a_relay_is_plain_and_short() {
        assert_eq!(said_build("1.2.3-rc_1+1f.2a"), "1.2.3-rc_1+1f.2a");
        assert_eq!(said_build("\"}\nx 9"), "x9");
        assert_eq!(said_build("\u{1f600}"), "unknown");
        assert_eq!(said_build(&"a".repeat(1_000)).len(), BUILD);
    }

    #[test]
    fn the_own_relay_takes_media_as_decided_or_beside_the_server() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let beside = address("203.0.113.5:444");
        let of = |calls: &CallPolicy| media(calls, beside);
        assert_eq!(of(&CallPolicy::default()).unwrap(), "{ listen = \"203.0.113.5:444\" }");
        let every = CallPolicy { listen: Some(address("0.0.0.0:8441")), ..CallPolicy::default() };
        assert!(of(&every).is_err(), "nobody could be told where it is");
        for nobodys in ["169.254.9.9:1", "[fe80::9]:1", "224.0.0.1:1", "255.255.255.255:1", "[ff02::1]:1"] {
            let calls = CallPolicy { public: Some(address(nobodys)), ..every.clone() };
            assert!(of(&calls).is_err(), "{nobodys}");
        }
        let seen = CallPolicy { public: Some(address("203.0.113.5:1")), ..every };
        let text = "{ listen = \"0.0.0.0:8441\", public = \"203.0.113.5:1\" }";
        assert_eq!(of(&seen).unwrap(), text);
        let both = [("0.0.0.0:8441", Some("203.0.113.5:1")), ("[2001:db8::5]:8441", None)];
        let both =
            both.map(|(listen, public)| CallMedia { listen: address(listen), public: public.map(address) });
        let both = CallPolicy { media: both.to_vec(), ..CallPolicy::default() };
        assert_eq!(of(&both).unwrap(), format!("{text}, {{ listen = \"[2001:db8::5]:8441\" }}"));
        let unseen = CallMedia { listen: address("[::]:8441"), public: None };
        assert!(of(&CallPolicy { media: vec![both.media[0], unseen], ..CallPolicy::default() }).is_err());
    }
}
