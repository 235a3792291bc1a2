//! The one socket of a call: to a relay, and to nobody else. Datagrams; or, where a network lets none through, a connection
//! in which each packet has its length before it (RFC 4571).

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use casemate_media::peer::{Over, Way};

/// Larger than any packet that goes through.
const PACKET: usize = 2_048;

/// Bytes before each packet of a connection, that say how long it is.
const LENGTH: usize = 2;

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

    /// Waits so long for something. One packet at a time: what a peer makes of it is to be polled before the next, or is lost.
    pub fn receive(&mut self, wait: Duration, packet: impl FnOnce(&[u8])) -> Received {
        match &mut self.wire {
            Wire::Udp(udp) => datagram(udp, wait, packet),
            Wire::Tcp(stream) => stream.receive(wait, packet),
        }
    }
}

fn datagram(udp: &UdpSocket, wait: Duration, packet: impl FnOnce(&[u8])) -> Received {
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
        // Where the connection takes nothing, each try waits a moment: once a turn is enough, and that is when something is received.
        let is_idle = self.waits.is_empty();
        // Whole, or not at all: what follows would be read as something else.
        if self.waits.len() + packet.len() <= WAITING {
            self.waits.extend_from_slice(&length.to_be_bytes());
            self.waits.extend_from_slice(packet);
        }
        if is_idle {
            self.flush();
        }
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

    fn receive(&mut self, wait: Duration, packet: impl FnOnce(&[u8])) -> Received {
        self.flush();
        // What came with an earlier packet waits for nobody.
        if matches!(next(&self.came), Ok(None)) {
            let mut bytes = [0; 8 * PACKET];
            if self.tcp.set_read_timeout(Some(wait)).is_err() {
                return Received::Ended;
            }
            match self.tcp.read(&mut bytes) {
                Ok(len @ 1..) => self.came.extend_from_slice(&bytes[..len]),
                Err(error) if is_in_time(&error) => return Received::Nothing,
                Ok(0) | Err(_) => return Received::Ended,
            }
        }
        match next(&self.came) {
            Ok(Some(whole)) => {
                packet(whole);
                let read = LENGTH + whole.len();
                self.came.drain(..read);
                Received::Some
            }
            Ok(None) => Received::Some,
            Err(TooLarge) => Received::Ended,
        }
    }
}

struct TooLarge;

/// The first packet, if it is whole.
fn next(came: &[u8]) -> Result<Option<&[u8]>, TooLarge> {
    let Some((length, rest)) = came.split_first_chunk::<LENGTH>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length > PACKET { Err(TooLarge) } else { Ok(rest.get(..length)) }
}

fn is_in_time(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_of_a_stream_once_they_are_whole() {
        let whole = [&b"\0\x03one"[..], b"\0\0", b"\0\x05three"];
        for (bytes, expected) in whole.into_iter().zip([&b"one"[..], b"", b"three"]) {
            for cut in 0..bytes.len() {
                assert!(matches!(next(&bytes[..cut]), Ok(None)), "{cut}");
            }
            let with_more = [bytes, b"\0\x09more"].concat();
            assert!(matches!(next(&with_more), Ok(Some(packet)) if packet == expected));
        }
        let length = (PACKET as u16 + 1).to_be_bytes();
        assert!(next(&length).is_err());
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
        // Both of them come with one read, and each in its turn.
        let mut came = Vec::new();
        while came.len() < 2 {
            let before = came.len();
            let received = socket.receive(Duration::from_secs(10), |packet| came.push(packet.to_vec()));
            assert!(matches!(received, Received::Some));
            assert!(came.len() <= before + 1);
        }
        assert_eq!(came, [b"one", b"two"]);
        drop(relay);
        assert!(matches!(socket.receive(Duration::from_secs(10), |_| ()), Received::Ended));
        drop(listener);
        assert!(Socket::to(way).is_none(), "nobody is there");
    }
}
