//! Many datagrams by one system call, both ways.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use socket2::{Domain, Type};

/// What the system keeps for us in either direction: at 100,000 packets a second a twentieth of a second.
const BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Room for what came at once from one address, put together by the system (GRO).
const RECEIVE_BYTES: usize = 64 * 1024;

/// A socket of one thread.
pub struct Socket {
    /// Where it is bound.
    pub address: SocketAddr,
    /// How that is seen from outside.
    pub public: SocketAddr,
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Socket {
    /// Binds a socket that others of this process may be bound beside.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        socket.set_reuse_port(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // As much as the system gives; it says no to nobody, it gives less.
        let _ = socket.set_recv_buffer_size(BUFFER_BYTES);
        // Beyond its limit (`net.core.rmem_max`) only whoever may administer the network gets it.
        #[cfg(target_os = "linux")]
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, BUFFER_BYTES);
        let _ = socket.set_send_buffer_size(BUFFER_BYTES);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket: UdpSocket = socket.into();
        let state = UdpSocketState::new((&socket).into())?;
        let address = socket.local_addr()?;
        Ok(Self { address, public: address, socket, state })
    }

    /// What can be waited for.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }
}

/// What was in a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// Nothing.
    Nothing,
    /// Something, and that was all.
    All,
    /// Something, and there may be more.
    More,
}

/// Where datagrams are received into.
pub struct Buffers {
    bytes: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Buffers {
    /// For one thread.
    pub fn new() -> Self {
        Self { bytes: vec![0; RECEIVE_BYTES * BATCH_SIZE], metas: [RecvMeta::default(); BATCH_SIZE] }
    }

    /// Receives what is there, at most the system's batch; each datagram is shown to `each`.
    pub fn receive(&mut self, socket: &Socket, mut each: impl FnMut(SocketAddr, &[u8])) -> Came {
        let mut slices = self.bytes.chunks_mut(RECEIVE_BYTES).map(IoSliceMut::new);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| slices.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
        let count = match socket.state.recv((&socket.socket).into(), &mut slices, &mut self.metas) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Came::Nothing,
            // An ICMP answer to what was sent before.
            Err(_) => return Came::More,
        };
        for (bytes, meta) in self.bytes.chunks(RECEIVE_BYTES).zip(&self.metas[..count]) {
            // The system may have put several together.
            for datagram in bytes[..meta.len].chunks(meta.stride.max(1)) {
                each(meta.addr, datagram);
            }
        }
        if count == BATCH_SIZE { Came::More } else { Came::All }
    }
}

/// What the system takes at once for one address (GSO), in bytes.
const TOGETHER_BYTES: usize = 60_000;

/// Datagrams on their way out of one socket.
#[derive(Default)]
pub struct Outgoing {
    waiting: Vec<(SocketAddr, Vec<u8>)>,
    joined: Vec<u8>,
}

impl Outgoing {
    /// Adds one.
    pub fn push(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        self.waiting.push((to, bytes));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Sends all, in order for each address. What the system does not take is lost, as on any network.
    ///
    /// A run of datagrams of one size to one address is one for the system, which takes it apart; the others go with many
    /// addresses in one call.
    pub fn flush(&mut self, socket: &Socket) {
        // Voices of all who speak come to everybody, one after the other: each gets its own together. Stable: in order.
        self.waiting.sort_by_key(|(to, _)| *to);
        let most = socket.state.max_gso_segments();
        // Those before `sent` went out; those from `run` on may be one for the system.
        let (mut sent, mut at) = (0, 0);
        while at < self.waiting.len() {
            let length = run(&self.waiting[at..], most);
            if length < 2 {
                at += 1;
                continue;
            }
            send_all(socket, &self.waiting[sent..at]);
            let together = &self.waiting[at..at + length];
            self.joined.clear();
            together.iter().for_each(|(_, bytes)| self.joined.extend_from_slice(bytes));
            let transmit = Transmit {
                destination: together[0].0,
                ecn: None,
                contents: &self.joined,
                segment_size: Some(together[0].1.len()),
                src_ip: None,
            };
            // Where the system cannot do this after all, the next ones go singly: `max_gso_segments` is 1 then.
            if socket.state.try_send((&socket.socket).into(), &transmit).is_err() {
                send_all(socket, together);
            }
            at += length;
            sent = at;
        }
        send_all(socket, &self.waiting[sent..]);
        self.waiting.clear();
    }
}

/// How many datagrams at the beginning can be one: to one address, of one size, but that the last may be smaller.
fn run(all: &[(SocketAddr, Vec<u8>)], most: usize) -> usize {
    let Some((to, first)) = all.first() else { return 0 };
    let most = most.min(TOGETHER_BYTES / first.len().max(1)).max(1);
    let alike = all.iter().take(most).take_while(|(other, bytes)| other == to && bytes.len() == first.len());
    let alike = alike.count();
    let last = all.get(alike).filter(|(other, bytes)| other == to && bytes.len() < first.len());
    if alike < most && last.is_some_and(|(_, bytes)| !bytes.is_empty()) { alike + 1 } else { alike }
}

#[cfg(target_os = "linux")]
fn send_all(socket: &Socket, all: &[(SocketAddr, Vec<u8>)]) {
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
    use std::io::IoSlice;

    if all.is_empty() {
        return;
    }
    let addresses: Vec<SocketAddrAny> = all.iter().map(|(to, _)| SocketAddrAny::from(*to)).collect();
    let slices: Vec<[IoSlice<'_>; 1]> = all.iter().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
    let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> =
        all.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<MMsgHdr<'_>> = addresses
        .iter()
        .zip(&slices)
        .zip(&mut controls)
        .map(|((to, slices), control)| MMsgHdr::new_with_addr(to, slices, control))
        .collect();
    let mut sent = 0;
    while sent < messages.len() {
        match sendmmsg(&socket.socket, &mut messages[sent..], SendFlags::empty()) {
            Ok(count) if count > 0 => sent += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => return,
            // This one cannot go there; the others can.
            _ => sent += 1,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn send_all(socket: &Socket, all: &[(SocketAddr, Vec<u8>)]) {
    for (to, bytes) in all {
        let _ = socket.socket.send_to(bytes, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let to = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let all = |sizes: &[(u16, usize)]| -> Vec<_> {
            sizes.iter().map(|(port, size)| (to(*port), vec![0; *size])).collect()
        };
        let of = |sizes: &[(u16, usize)]| run(&all(sizes), 64);
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[(1, 100)]), 1);
        assert_eq!(of(&[(1, 100), (2, 100)]), 1);
        assert_eq!(of(&[(1, 100), (1, 100), (1, 60), (1, 60)]), 3);
        assert_eq!(of(&[(1, 60), (1, 100)]), 1);
        assert_eq!(run(&all(&[(1, 100); 9]), 4), 4);
        assert_eq!(run(&all(&[(1, 100); 9]), 1), 1);
    }

    #[test]
    fn what_goes_out_comes_in_whole_and_in_order() {
        let (one, two) = (
            Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap(),
            Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap(),
        );
        let other = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut outgoing = Outgoing::default();
        let sizes = [900, 900, 900, 40, 300, 1_200, 1_200, 7];
        for (number, size) in sizes.into_iter().enumerate() {
            outgoing.push(two.address, vec![number as u8; size]);
            if number % 3 == 0 {
                outgoing.push(other.address, vec![9; 10]);
            }
        }
        outgoing.flush(&one);
        let mut buffers = Buffers::new();
        let mut found = Vec::new();
        // Loopback has delivered it by now.
        while found.len() < sizes.len() {
            buffers.receive(&two, |from, bytes| {
                assert_eq!(from, one.address);
                assert!(bytes.iter().all(|byte| usize::from(*byte) == found.len()));
                found.push(bytes.len());
            });
        }
        assert_eq!(found, sizes);
        assert_eq!(outgoing.len(), 0);
    }
}
