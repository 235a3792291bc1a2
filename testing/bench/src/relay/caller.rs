//! A peer with its socket.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use casemate_relay::peer::{Peer, PeerProtocol, Stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// See the module.
pub struct Caller {
    /// The peer.
    pub peer: Peer,
    socket: UdpSocket,
    local: SocketAddr,
    /// Whether it sends.
    pub sends: bool,
    /// Whether it decodes, and says how long packets took.
    pub decodes: bool,
    /// Media packets that came.
    pub taken: u64,
    /// Of those that were decoded: such as callers send.
    pub heard: u64,
    delays: Vec<u32>,
}

/// What waits in a socket.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// What is in a packet behind the time at which it was sent.
const FILLING: u8 = 0x5a;

/// What is read at once.
const BYTES: usize = 2_048;

impl Caller {
    /// A socket for a peer.
    pub fn socket(address: IpAddr) -> (UdpSocket, SocketAddr) {
        let socket = socket2::Socket::new(
            socket2::Domain::for_address(SocketAddr::new(address, 0)),
            socket2::Type::DGRAM,
            None,
        )
        .expect("the system has sockets");
        // What is lost here says nothing of the relay.
        let _ = socket.set_recv_buffer_size(BUFFER_BYTES);
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER_BYTES);
        socket.bind(&SocketAddr::new(address, 0).into()).expect("a port is free");
        socket.set_nonblocking(true).expect("sockets can be so");
        let socket: UdpSocket = socket.into();
        let local = socket.local_addr().expect("it is bound");
        (socket, local)
    }

    /// A peer on its socket.
    pub fn new(peer: Peer, socket: UdpSocket, local: SocketAddr, sends: bool, decodes: bool) -> Self {
        Self { peer, socket, local, sends, decodes, taken: 0, heard: 0, delays: Vec::new() }
    }

    /// Whether media can flow.
    pub fn is_connected(&self) -> bool {
        self.peer.is_connected()
    }

    /// Sends a packet that says when it was sent.
    pub fn send(&mut self, stream: Stream, bytes: usize, begins: bool) {
        let mut frame = vec![FILLING; bytes];
        frame[..8].copy_from_slice(&nanoseconds().to_be_bytes());
        self.peer.send(stream, &frame, begins, Some(-30), Instant::now());
        self.flush();
    }

    /// What was measured so far does not count.
    pub fn forget(&mut self) {
        (self.taken, self.heard) = (0, 0);
        self.delays.clear();
    }

    /// Sends a datagram of somebody's making.
    pub fn send_raw(&mut self, bytes: &[u8], to: SocketAddr) {
        let _ = self.socket.send_to(bytes, to);
    }

    /// Microseconds that packets took.
    pub fn delays(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.delays)
    }

    fn read(&mut self) {
        let mut bytes = [0; BYTES];
        while let Ok((count, from)) = self.socket.recv_from(&mut bytes) {
            let at = nanoseconds();
            let is_media = bytes[0] & 0xc0 == 0x80 && !(64..96).contains(&(bytes[1] & 0x7f));
            if is_media {
                self.taken += 1;
                if !self.decodes {
                    continue;
                }
            }
            self.peer.receive(PeerProtocol::Udp, from, self.local, &bytes[..count], Instant::now());
            for came in self.peer.came() {
                let payload = &came.packet.payload;
                // Pictures have a descriptor first.
                let begin = usize::from(payload.len() % 2 == 1);
                let sent = payload.get(begin..begin + 8).and_then(|bytes| bytes.try_into().ok());
                self.heard += u64::from(payload.ends_with(&[FILLING; 16]));
                if let Some(sent) = sent.map(u64::from_be_bytes) {
                    self.delays.push((at.saturating_sub(sent) / 1_000) as u32);
                }
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        for transmit in self.peer.sends() {
            let _ = self.socket.send_to(&transmit.contents, transmit.destination);
        }
    }
}

/// Waits a moment for packets, and lets everybody go on.
pub fn step(callers: &mut [Caller]) {
    step_within(callers, Duration::from_micros(500));
}

/// Lets everybody go on with what came, and waits so long where nothing did. Whoever waits in a socket is woken by the relay's
/// sending, in its time: that is no work of a relay whose callers are elsewhere.
pub fn step_within(callers: &mut [Caller], patience: Duration) {
    let mut fds: Vec<PollFd<'_>> =
        callers.iter().map(|caller| PollFd::new(&caller.socket, PollFlags::IN)).collect();
    let _ = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: patience.subsec_nanos().into() }));
    let readable: Vec<usize> =
        fds.iter().enumerate().filter(|(_, fd)| !fd.revents().is_empty()).map(|(at, _)| at).collect();
    for at in readable {
        callers[at].read();
    }
    let now = Instant::now();
    for caller in callers.iter_mut().filter(|caller| caller.peer.deadline() <= now) {
        caller.peer.wake(now);
        caller.flush();
    }
}

/// Since this program began.
fn nanoseconds() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let passed: Duration = BEGIN.get_or_init(Instant::now).elapsed();
    passed.as_nanos() as u64
}
