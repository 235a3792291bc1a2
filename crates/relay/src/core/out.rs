//! What goes out to a participant past `str0m`: media, with numbers for [the way](super::way) where pictures come, padding, and what is asked for
//! again.
//!
//! ```text
//! packet ─▶ header: slot's number, number on the way ─▶ sealed ─▶ sends
//!    └─▶ kept in its slot ─▶ asked for again ─▶ the slot's stream besides
//! ```
//! A nonce is a stream and a number in it. In a slot, each number goes out once, either here or by `str0m`; in the streams besides,
//! nothing goes out but here.

use std::net::SocketAddr;

use casemate_rtp::srtp::{Agreed, Header, Sealer};
use str0m::net::{Protocol, Transmit};

/// See the module.
#[derive(Default)]
pub struct Out {
    sealer: Option<Sealer>,
    route: Option<Route>,
}

/// Where `str0m` sent to last, and from.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Route {
    proto: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
}

impl Out {
    /// The handshake is over. `false`: with other ciphers than AES-GCM, so that nothing can go this way.
    pub fn begin(&mut self, agreed: &Agreed) -> bool {
        self.sealer = Sealer::new(agreed);
        self.sealer.is_some()
    }

    /// Whether anything can go this way.
    pub fn is_ready(&self) -> bool {
        self.sealer.is_some() && self.route.is_some()
    }

    /// Whether it is known where to.
    pub fn is_known(&self) -> bool {
        self.route.is_some()
    }

    /// `str0m` sends something. Answers to STUN go wherever it came from; all else where the connection is.
    pub fn note_route(&mut self, transmit: &Transmit) {
        let route =
            Route { proto: transmit.proto, source: transmit.source, destination: transmit.destination };
        if self.route != Some(route) && transmit.contents.first().is_some_and(|first| *first >= 20) {
            self.route = Some(route);
        }
    }

    /// Where it is sent to may change, and `str0m` says to where.
    pub fn forget_route(&mut self) {
        self.route = None;
    }

    /// Something sealed, ready to be sent.
    pub fn send(&self, contents: Vec<u8>) -> Option<Transmit> {
        let Route { proto, source, destination } = self.route?;
        Some(Transmit { proto, source, destination, contents: contents.into() })
    }

    /// A packet, ready to be sent.
    pub fn seal(&mut self, header: Header, payload: &[u8]) -> Option<Transmit> {
        let sealed = self.sealer.as_mut()?.seal(header, payload)?;
        self.send(sealed)
    }
}
