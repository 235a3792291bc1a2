//! Sockets, threads and clock around cores.
//!
//! ```text
//! threads "media-N": a core, and a UDP socket of its own on the port of all    (worker, udp)
//! thread "control": TCP on that port, and the connection to the server         (tcp, connections, control)
//! ```
//! A room belongs to one core. The system hands a datagram to any of the sockets; whoever gets one of another core's
//! gives it on ([`inbox`]). [`Handle`] stops it all; dropping it does too.

mod connections;
mod control;
mod inbox;
mod tcp;
mod telling;
mod udp;
mod waiting;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use casemate_wire::relay::can_be_told;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::config::{Config, Control, THREADS};
use crate::core::{Core, Identity, Listening, Protocol};
use connections::Connections;
use inbox::{Inbox, Job, Routes};
use telling::Telling;
use udp::Socket;
use worker::Worker;

/// Why a relay does not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nobody could go where they were told to.
    #[error("nobody can be told of {address} as the relay's; name another as `public`")]
    Address {
        /// As seen from outside.
        address: SocketAddr,
    },
    /// Another program listens there, or it is not this machine's.
    #[error("cannot listen for media on {address}: {error}; choose another address in the configuration")]
    Media {
        /// Where.
        address: SocketAddr,
        /// The system's answer.
        error: io::Error,
    },
    /// The place for the server.
    #[error("cannot listen for the server on {place}: {error}")]
    Control {
        /// Where.
        place: String,
        /// The system's answer.
        error: io::Error,
    },
    /// The certificate or key of that place.
    #[error("the certificate or key for the server's connection cannot be used: {0}")]
    Certificate(String),
    /// The system gives no thread.
    #[error("the relay's threads cannot be started: {0}")]
    Threads(io::Error),
}

/// A running relay.
pub struct Handle {
    /// Where participants reach it.
    pub media: Vec<SocketAddr>,
    shared: Arc<Shared>,
    stop: UnboundedSender<()>,
    threads: Vec<JoinHandle<()>>,
    control: Option<JoinHandle<()>>,
}

/// What all threads know.
struct Shared {
    inboxes: Vec<Inbox>,
    routes: Routes,
    connections: Connections,
    telling: Telling,
}

impl Handle {
    /// Whether it has ended by itself: as configured, or by a fault.
    pub fn has_ended(&self) -> bool {
        self.control.as_ref().is_none_or(JoinHandle::is_finished)
            || self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Stops. Calls end.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Where the thread is gone already there is nobody to tell.
        let _ = self.stop.send(());
        for inbox in &self.shared.inboxes {
            inbox.put(Job::Stop);
        }
        for thread in self.control.take().into_iter().chain(self.threads.drain(..)) {
            if thread.join().is_err() {
                tracing::error!("a thread of the relay had panicked");
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts a relay in threads of its own.
pub fn start(config: Config) -> Result<Handle, StartError> {
    let threads = match config.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS),
        threads => threads,
    };
    let mut media = Vec::new();
    let mut sockets: Vec<Vec<Socket>> = (0..threads).map(|_| Vec::new()).collect();
    let mut listeners = Vec::new();
    for place in &config.media {
        let told = place.public.unwrap_or(place.listen);
        if !can_be_told(told.ip()) {
            return Err(StartError::Address { address: told });
        }
        let refused = |error| StartError::Media { address: place.listen, error };
        let (bound, listener) = listen(place.listen, threads).map_err(refused)?;
        let local = bound[0].address;
        let mut public = place.public.unwrap_or(local);
        if public.port() == 0 {
            public.set_port(local.port());
        }
        for (mut socket, sockets) in bound.into_iter().zip(&mut sockets) {
            socket.public = public;
            sockets.push(socket);
        }
        listeners.push((listener, public));
        media.push(public);
    }
    let control = control::Listener::bind(&config.control).map_err(|error| match error {
        control::BindError::Listen(error) => {
            let place = match &config.control {
                Control::Socket(path) => path.display().to_string(),
                Control::Tls { listen, .. } => listen.to_string(),
            };
            StartError::Control { place, error }
        }
        control::BindError::Certificate(why) => StartError::Certificate(why),
    })?;
    let inboxes =
        (0..threads).map(|_| Inbox::new()).collect::<io::Result<_>>().map_err(StartError::Threads)?;
    let shared = Arc::new(Shared {
        inboxes,
        routes: Routes::default(),
        connections: Connections::default(),
        telling: Telling::default(),
    });
    let listening: Vec<Listening> = media
        .iter()
        .flat_map(|address| {
            [Protocol::Udp, Protocol::Tcp].map(|protocol| Listening { protocol, address: *address })
        })
        .collect();
    let identity = Identity::new();
    let (stop, stopped) = unbounded_channel();
    let mut handle = Handle { media, shared: shared.clone(), stop, threads: Vec::new(), control: None };
    for (number, sockets) in sockets.into_iter().enumerate() {
        let core = Core::new(number as u8, identity.clone(), listening.clone(), Instant::now());
        let mut worker = Worker::new(number, core, sockets, shared.clone());
        let spawned = std::thread::Builder::new()
            .name(format!("media-{number}"))
            .spawn(move || worker.run())
            .map_err(StartError::Threads)?;
        handle.threads.push(spawned);
    }
    let thread = std::thread::Builder::new()
        .name("control".into())
        .spawn(move || control::run(config, control, listeners, shared, stopped))
        .map_err(StartError::Threads)?;
    handle.control = Some(thread);
    Ok(handle)
}

/// How often another free port is tried, where any will do and its number is taken for TCP.
const TRIES: usize = 20;

/// A UDP socket for each thread and one TCP listener, all on one port.
fn listen(address: SocketAddr, threads: usize) -> io::Result<(Vec<Socket>, TcpListener)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let first = Socket::bind(address)?;
        let local = first.address;
        let listener = match tcp::listen(local) {
            Ok(listener) => listener,
            Err(error)
                if address.port() == 0 && tries < TRIES && error.kind() == io::ErrorKind::AddrInUse =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut sockets = vec![first];
        for _ in 1..threads {
            sockets.push(Socket::bind(local)?);
        }
        return Ok((sockets, listener));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_can_be_told_of_it_a_relay_does_not_start() {
        let started = |media: &str| {
            let secret = "07".repeat(32);
            let rest = "threads = 1\ncontrol = { socket = \"/nowhere/control\" }";
            let text = format!("name = \"one\"\nmedia = [{media}]\nsecret = \"{secret}\"\n{rest}\n");
            start(Config::from_toml(&text).unwrap())
        };
        for address in ["169.254.9.9:8441", "[fe80::9]:8441", "224.0.0.1:8441", "255.255.255.255:8441"] {
            let public = started(&format!("{{ listen = \"127.0.0.1:0\", public = \"{address}\" }}"));
            let listens = started(&format!("{{ listen = \"{address}\" }}"));
            for refused in [public, listens] {
                let Err(StartError::Address { address: told }) = refused else { panic!("{address}") };
                assert_eq!(told, address.parse::<SocketAddr>().unwrap());
            }
        }
    }
}
