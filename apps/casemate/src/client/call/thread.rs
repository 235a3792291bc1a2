//! A call's thread: moves datagrams between a socket and the peer, and frames between the peer and what sends and hears.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use casemate_engine::{CallKeys, CallNews, OpenCall};
use casemate_media::peer::{Keys, Peer, Polled, relay_addresses};
use casemate_media::sent::{FILE_BYTES, SOUND_MS, Sent};
use casemate_wire::ids::CallId;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::Order;
use super::heard::Everybody;

/// How long it waits at most before it looks at its orders.
const LOOK: Duration = Duration::from_millis(10);

/// Larger than any datagram that goes through.
const DATAGRAM: usize = 2_048;

/// What is late by more is left out, as after a machine that slept.
const LATE: Duration = Duration::from_millis(200);

/// Runs a call's media until its orders end.
pub fn run(open: OpenCall, orders: &mut mpsc::Receiver<Order>, news: &mpsc::Sender<(CallId, CallNews)>) {
    let call = open.permit.call();
    let tell = |said| drop(news.blocking_send((call, said)));
    match Media::new(open) {
        Ok(mut media) => {
            if let Err(why) = media.run(orders, &tell) {
                tell(CallNews::Failed { why });
            }
        }
        Err(why) => tell(CallNews::Failed { why }),
    }
}

struct Media {
    peer: Peer,
    sent: Sent,
    everybody: Everybody,
    socket: Option<Socket>,
    /// When the next of each is to go out.
    next_sound: Instant,
    next_picture: Instant,
    rejoined: u32,
    was_connected: bool,
}

struct Socket {
    udp: UdpSocket,
    local: SocketAddr,
    relay: SocketAddr,
}

impl Media {
    fn new(open: OpenCall) -> Result<Self, String> {
        let now = Instant::now();
        let sent = sent(open.send.as_deref())?;
        let everybody = Everybody::new(&open.keys.members);
        let peer = Peer::new(keys(open.keys), open.joining, now);
        Ok(Self {
            peer,
            sent,
            everybody,
            socket: None,
            next_sound: now,
            next_picture: now,
            rejoined: 0,
            was_connected: false,
        })
    }

    fn run(&mut self, orders: &mut mpsc::Receiver<Order>, tell: &impl Fn(CallNews)) -> Result<(), String> {
        self.offer(tell)?;
        loop {
            loop {
                match orders.try_recv() {
                    Ok(order) => self.obey(order),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.close();
                        return Ok(());
                    }
                }
            }
            self.send_due();
            let until = self.settle(tell)?;
            match self.socket {
                Some(_) => self.receive(until),
                None => std::thread::park_timeout(LOOK),
            }
            self.peer.wake(Instant::now());
        }
    }

    fn offer(&mut self, tell: &impl Fn(CallNews)) -> Result<(), String> {
        self.socket = None;
        let sdp = self.peer.offer(Instant::now()).map_err(|error| error.to_string())?;
        tell(CallNews::Offer { sdp });
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            // From networks that let nothing through to the relay only browsers can call: str0m is no TURN client.
            Order::Answer(answer) => self.answer(&answer.sdp),
            Order::Keys(new) => {
                self.everybody.members(&new.members);
                self.peer.rekey(keys(new), Instant::now());
            }
            Order::Stats(answer) => {
                let state = match (self.peer.is_connected(), self.was_connected) {
                    (true, _) => "connected",
                    (false, true) => "lost",
                    (false, false) => "connecting",
                };
                let stats = self.everybody.stats(state, self.peer.refused(), self.rejoined);
                let _ = answer.send(stats);
            }
        }
    }

    /// Only now there is a socket, and it speaks with the relay alone.
    fn answer(&mut self, answer: &str) {
        let Some(socket) = relay_addresses(answer).into_iter().find_map(Socket::to) else {
            tracing::info!("the relay named no address that can be reached from here");
            return;
        };
        if let Err(error) = self.peer.answer(answer, socket.local, Instant::now()) {
            tracing::info!(%error, "the relay's answer was refused");
            return;
        }
        self.socket = Some(socket);
    }

    /// What is due by the clock.
    fn send_due(&mut self) {
        let now = Instant::now();
        if !self.peer.is_connected() {
            (self.next_sound, self.next_picture) = (now, now);
            return;
        }
        while self.next_sound <= now {
            if let Some(frame) = self.sent.next_sound()
                && let Err(error) = self.peer.send_sound(&frame, now)
            {
                tracing::debug!(%error, "sound was not sent");
            }
            self.next_sound = follow(self.next_sound, SOUND_MS, now);
        }
        let Some(film) = self.sent.film() else { return };
        let every = film.frame_ms();
        while self.next_picture <= now {
            let picture = film.next_picture();
            if let Err(error) = self.peer.send_picture(&picture.data, picture.key, now) {
                tracing::debug!(%error, "a picture was not sent");
            }
            self.next_picture = follow(self.next_picture, every, now);
        }
    }

    /// Carries out all that the peer wants; gives the time when it wants more.
    fn settle(&mut self, tell: &impl Fn(CallNews)) -> Result<Instant, String> {
        let now = Instant::now();
        loop {
            match self.peer.poll(now) {
                Polled::Send(transmit) => {
                    if let Some(socket) = &self.socket {
                        // What does not go out is lost like what the network loses.
                        let _ = socket.udp.send(&transmit.contents);
                    }
                }
                Polled::Frame { frame, missing } => self.everybody.hear(&frame, missing),
                Polled::Connected => {
                    self.was_connected = true;
                    tell(CallNews::Connected);
                }
                Polled::KeyWanted => {
                    if let Some(film) = self.sent.film() {
                        film.to_key();
                    }
                }
                Polled::Lost => {
                    self.rejoined += 1;
                    self.offer(tell)?;
                }
                Polled::Wait(until) => return Ok(until),
            }
        }
    }

    fn receive(&mut self, until: Instant) {
        let Some(socket) = &self.socket else { return };
        let now = Instant::now();
        let mut until = until.min(now + LOOK);
        if self.peer.is_connected() {
            until = until.min(self.next_sound);
        }
        let wait = until.saturating_duration_since(now).max(Duration::from_micros(100));
        let mut datagram = [0; DATAGRAM];
        if socket.udp.set_read_timeout(Some(wait)).is_err() {
            return;
        }
        match socket.udp.recv(&mut datagram) {
            Ok(len) => self.peer.receive(socket.relay, socket.local, &datagram[..len], Instant::now()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // Nobody is at the relay's port. It comes back, or is noticed as gone; not by asking without a pause.
            Err(_) => std::thread::park_timeout(LOOK),
        }
    }

    /// The relay hears that this device goes.
    fn close(&mut self) {
        self.peer.close();
        let now = Instant::now();
        while let Polled::Send(transmit) = self.peer.poll(now) {
            if let Some(socket) = &self.socket {
                let _ = socket.udp.send(&transmit.contents);
            }
        }
    }
}

impl Socket {
    /// A socket that gets datagrams of this address only; `None` where there is no way there.
    fn to(relay: SocketAddr) -> Option<Self> {
        let any: SocketAddr = match relay {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let udp = UdpSocket::bind(any).ok()?;
        udp.connect(relay).ok()?;
        let local = udp.local_addr().ok()?;
        Some(Self { udp, local, relay })
    }
}

fn follow(at: Instant, every_ms: u64, now: Instant) -> Instant {
    let next = at + Duration::from_millis(every_ms);
    if now.saturating_duration_since(next) > LATE { now } else { next }
}

fn keys(keys: CallKeys) -> Keys {
    let leaves = keys.leaves();
    Keys { epoch: keys.epoch, secret: keys.secret, leaf: keys.leaf, leaves, removed: keys.removed }
}

/// What `send` names.
fn sent(send: Option<&str>) -> Result<Sent, String> {
    let made = match send {
        None | Some("silence") => Sent::silence(),
        Some("tone") => Sent::tone(None),
        Some("pattern") => Sent::pattern(),
        Some(named) => match named.strip_prefix("tone:").and_then(|hz| hz.parse().ok()) {
            Some(hz) => Sent::tone(Some(hz)),
            None => {
                let bytes = read(named)?;
                Sent::file(&bytes)
            }
        },
    };
    made.map_err(|error| error.to_string())
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let readable = |error: std::io::Error| format!("{path} cannot be read: {error}");
    if std::fs::metadata(path).map_err(readable)?.len() > FILE_BYTES {
        return Err(format!("{path} is too large to be sent in a call"));
    }
    std::fs::read(path).map_err(readable)
}
