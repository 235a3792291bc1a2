//! The one socket of a call: to a relay, and to nobody else. Datagrams; or, where a network lets none through, a connection
//! in which each packet has its length before it (RFC 4571).

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use casemate_media::peer::{Over, Way};

/// Larger than any packet that goes through.
const PACKET: usize = 2_048;

/// How long a connection may take. The call's thread waits for it, and so does whoever hangs up.
const CONNECTING: Duration = Duration::from_secs(2);

/// How long what is sent may wait for a connection: not at all, but sockets know no shorter time.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Bytes that wait for a slow connection; what is sent beyond is lost. A second of pictures.
const WAITING: usize = 128 * 1024;

/// See the module.
pub struct Socket {
    /// Its own end.
    pub local: SocketAddr,
    /// The relay's.
    pub relay: SocketAddr,
    wire: Wire,
}

enum Wire {
    Udp(UdpSocket),
    Tcp(Stream),
}

/// A connection: what came of the next packet, and what could not be sent yet.
struct Stream {
    tcp: TcpStream,
    came: Vec<u8>,
    waits: Vec<u8>,
}

/// What there was to receive.
pub enum Received {
    /// So much was read, and perhaps there is a packet.
    Some,
    /// Nothing in that time.
    Nothing,
    /// Nobody is at a datagram's end. They come back, or are noticed as gone.
    Nobody,
    /// The connection ended.
    Ended,
}

impl Socket {
    /// One that gets packets of this address only; `None` where there is no way there.
    pub fn to(way: Way) -> Option<Self> {
        let relay = way.address;
        let (wire, local) = match way.over {
            Over::Udp => {
                let any: SocketAddr = match relay {
                    SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let udp = UdpSocket::bind(any).ok()?;
                udp.connect(relay).ok()?;
                let local = udp.local_addr().ok()?;
                (Wire::Udp(udp), local)
            }
            Over::Tcp => {
                let tcp = TcpStream::connect_timeout(&relay, CONNECTING).ok()?;
                tcp.set_nodelay(true).ok()?;
                tcp.set_write_timeout(Some(AT_ONCE)).ok()?;
                let local = tcp.local_addr().ok()?;
                (Wire::Tcp(Stream { tcp, came: Vec::new(), waits: Vec::new() }), local)
            }
        };
        Some(Self { local, relay, wire })
    }

    /// Sends a packet. What does not go out is lost, like what the network loses.
    pub fn send(&mut self, packet: &[u8]) {
        match &mut self.wire {
            Wire::Udp(udp) => drop(udp.send(packet)),
            Wire::Tcp(stream) => stream.send(packet),
        }
    }

    /// Waits so long for something.
    pub fn receive(&mut self, wait: Duration, packet: impl FnMut(&[u8])) -> Received {
        match &mut self.wire {
            Wire::Udp(udp) => datagram(udp, wait, packet),
            Wire::Tcp(stream) => stream.receive(wait, packet),
        }
    }
}

fn datagram(udp: &UdpSocket, wait: Duration, mut packet: impl FnMut(&[u8])) -> Received {
    let mut bytes = [0; PACKET];
    if udp.set_read_timeout(Some(wait)).is_err() {
        return Received::Nobody;
    }
    match udp.recv(&mut bytes) {
        Ok(len) => {
            packet(&bytes[..len]);
            Received::Some
        }
        Err(error) if is_in_time(&error) => Received::Nothing,
        Err(_) => Received::Nobody,
    }
}

impl Stream {
    fn send(&mut self, packet: &[u8]) {
        let Ok(length) = u16::try_from(packet.len()) else { return };
        // Whole, or not at all: what follows would be read as something else.
        if self.waits.len() + packet.len() <= WAITING {
            self.waits.extend_from_slice(&length.to_be_bytes());
            self.waits.extend_from_slice(packet);
        }
        self.flush();
    }

    fn flush(&mut self) {
        while !self.waits.is_empty() {
            match self.tcp.write(&self.waits) {
                Ok(sent @ 1..) => drop(self.waits.drain(..sent)),
                // Broken, it is noticed by whoever reads.
                Ok(0) | Err(_) => return,
            }
        }
    }

    fn receive(&mut self, wait: Duration, mut packet: impl FnMut(&[u8])) -> Received {
        self.flush();
        let mut bytes = [0; 8 * PACKET];
        if self.tcp.set_read_timeout(Some(wait)).is_err() {
            return Received::Ended;
        }
        match self.tcp.read(&mut bytes) {
            Ok(len @ 1..) => self.came.extend_from_slice(&bytes[..len]),
            Err(error) if is_in_time(&error) => return Received::Nothing,
            Ok(0) | Err(_) => return Received::Ended,
        }
        match packets(&self.came, &mut packet) {
            Some(read) => {
                self.came.drain(..read);
                Received::Some
            }
            None => Received::Ended,
        }
    }
}

/// Gives each packet that is whole, and how many bytes those had; `None` where one is larger than any.
fn packets(came: &[u8], packet: &mut impl FnMut(&[u8])) -> Option<usize> {
    let mut rest = came;
    while let Some((length, tail)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        if length > PACKET {
            return None;
        }
        let Some((whole, after)) = tail.split_at_checked(length) else { break };
        packet(whole);
        rest = after;
    }
    Some(came.len() - rest.len())
}

fn is_in_time(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_of_a_stream_as_they_went_in() {
        let mut bytes = Vec::new();
        for packet in [&b"one"[..], b"", b"three"] {
            bytes.extend_from_slice(&(packet.len() as u16).to_be_bytes());
            bytes.extend_from_slice(packet);
        }
        let (mut came, mut found) = (Vec::new(), Vec::new());
        for byte in bytes {
            came.push(byte);
            let read = packets(&came, &mut |packet| found.push(packet.to_vec())).unwrap();
            came.drain(..read);
        }
        assert_eq!(found, [&b"one"[..], b"", b"three"]);
        assert!(came.is_empty());
        let length = (PACKET as u16 + 1).to_be_bytes();
        assert_eq!(packets(&length, &mut |_| panic!("none is whole")), None);
    }

    #[test]
    fn a_relay_over_a_connection_is_spoken_with_until_it_ends() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Way { over: Over::Tcp, address: listener.local_addr().unwrap() };
        let mut socket = Socket::to(way).unwrap();
        let (mut relay, from) = listener.accept().unwrap();
        assert_eq!(from, socket.local);
        socket.send(b"hello");
        let mut heard = [0; 7];
        relay.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"\0\x05hello");
        relay.write_all(b"\0\x03one\0\x03two").unwrap();
        let mut came = Vec::new();
        while came.len() < 2 {
            let received = socket.receive(Duration::from_secs(10), |packet| came.push(packet.to_vec()));
            assert!(matches!(received, Received::Some));
        }
        assert_eq!(came, [b"one", b"two"]);
        drop(relay);
        assert!(matches!(socket.receive(Duration::from_secs(10), |_| ()), Received::Ended));
        drop(listener);
        assert!(Socket::to(way).is_none(), "nobody is there");
    }
}
