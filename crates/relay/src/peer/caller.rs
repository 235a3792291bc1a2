//! A peer on a real socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use str0m::net::Protocol;

use super::{Came, Offered, Peer, Stream};

/// See the module.
pub struct Caller {
    /// The peer.
    pub peer: Peer,
    /// What came and was not looked at yet.
    pub came: Vec<Came>,
    wire: Wire,
    local: SocketAddr,
    relay: SocketAddr,
}

enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

/// More than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every voice's packet has so many bytes, all alike.
const VOICE_BYTES: usize = 80;

impl Caller {
    /// A peer; its offer is given to `join`, which gives back the relay's answer. Where the relay is stands in the answer.
    ///
    /// # Panics
    /// Where a socket cannot be had or the answer is none, as in a test.
    pub fn join(protocol: Protocol, ip: &str, offered: Offered, join: impl FnOnce(&str) -> String) -> Self {
        // Which address it will have has to be known before it offers, and the relay's is known after.
        let socket = UdpSocket::bind(SocketAddr::new(ip.parse().expect("an address"), 0)).expect("a socket");
        socket.set_nonblocking(true).expect("sockets can be so");
        let mut local = socket.local_addr().expect("it is bound");
        let (mut peer, offer) = Peer::new(local, protocol, offered, Instant::now());
        let answer = join(&offer);
        let relay = relay_in(&answer, protocol, local);
        let wire = match protocol {
            Protocol::Tcp => {
                let stream = TcpStream::connect(relay).expect("the relay takes connections");
                stream.set_nonblocking(true).expect("sockets can be so");
                // The relay sees the real one; to the peer it is a name.
                local = socket.local_addr().expect("it is bound");
                Wire::Tcp(stream, Vec::new())
            }
            _ => Wire::Udp(socket),
        };
        peer.accept(&answer).expect("the answer is one");
        Self { peer, came: Vec::new(), wire, local, relay }
    }

    /// Takes and sends what there is; whether there was anything.
    pub fn step(&mut self) -> bool {
        let now = Instant::now();
        let mut busy = false;
        if self.peer.deadline() <= now {
            self.peer.wake(now);
        }
        let (local, relay) = (self.local, self.relay);
        match &mut self.wire {
            Wire::Udp(socket) => {
                let mut bytes = [0; 2_048];
                while let Ok((count, from)) = socket.recv_from(&mut bytes) {
                    assert_eq!(from, relay, "nothing comes from anywhere else");
                    self.peer.receive(Protocol::Udp, from, local, &bytes[..count], now);
                    busy = true;
                }
            }
            Wire::Tcp(stream, waiting) => {
                let mut bytes = [0; 16_384];
                match stream.read(&mut bytes) {
                    Ok(count) => waiting.extend_from_slice(&bytes[..count]),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
                while let Some(length) = waiting.first_chunk::<2>() {
                    let length = usize::from(u16::from_be_bytes(*length));
                    if waiting.len() < 2 + length {
                        break;
                    }
                    let packet: Vec<u8> = waiting.drain(..2 + length).skip(2).collect();
                    self.peer.receive(Protocol::Tcp, relay, local, &packet, now);
                    busy = true;
                }
            }
        }
        for transmit in self.peer.sends() {
            busy = true;
            match &mut self.wire {
                Wire::Udp(socket) => drop(socket.send_to(&transmit.contents, transmit.destination)),
                Wire::Tcp(stream, _) => {
                    let length = (transmit.contents.len() as u16).to_be_bytes();
                    // A relay that is gone takes nothing.
                    let _ = stream.write_all(&[&length[..], &transmit.contents].concat());
                }
            }
        }
        self.came.extend(self.peer.came());
        busy
    }
}

/// Lets all go on until something is so.
///
/// # Panics
/// Where it never is.
pub fn until(callers: &mut [Caller], what: &str, mut is_so: impl FnMut(&mut [Caller]) -> bool) {
    let begin = Instant::now();
    while !is_so(callers) {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        let busy = callers.iter_mut().fold(false, |busy, caller| caller.step() | busy);
        if !busy {
            std::thread::yield_now();
        }
    }
}

/// Until media can flow.
pub fn connect(callers: &mut [Caller]) {
    until(callers, "connected", |callers| callers.iter().all(|caller| caller.peer.is_connected()));
}

/// Everybody talks until everybody has heard all others so many times, and nobody heard themselves.
pub fn talk(callers: &mut [Caller], times: usize) {
    let mut next = Instant::now();
    callers.iter_mut().for_each(|caller| caller.came.clear());
    until(callers, "heard", |callers| {
        if Instant::now() >= next {
            next += Duration::from_millis(20);
            for (at, caller) in callers.iter_mut().enumerate() {
                caller.peer.send(Stream::Voice, &[at as u8; VOICE_BYTES], true, Some(-30), Instant::now());
            }
        }
        let all = 0..callers.len();
        callers.iter().enumerate().all(|(me, caller)| {
            let heard = |other: usize| {
                let from = |came: &&Came| came.packet.payload[..] == [other as u8; VOICE_BYTES];
                caller.came.iter().filter(from).count()
            };
            all.clone().filter(|other| *other != me).all(|other| heard(other) >= times) && heard(me) == 0
        })
    });
}

/// The relay's address in an answer that can be reached from here.
fn relay_in(answer: &str, protocol: Protocol, local: SocketAddr) -> SocketAddr {
    let name = if protocol == Protocol::Tcp { "tcp" } else { "udp" };
    // RFC 8839 §5.1: foundation, component, transport, priority, address, port.
    let address = |fields: Vec<&str>| {
        let is_it = fields.get(2).is_some_and(|transport| transport.eq_ignore_ascii_case(name));
        let address = SocketAddr::new(fields.get(4)?.parse().ok()?, fields.get(5)?.parse().ok()?);
        (is_it && address.is_ipv4() == local.is_ipv4()).then_some(address)
    };
    answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=candidate:"))
        .find_map(|line| address(line.split(' ').collect()))
        .expect("the relay names its address")
}
