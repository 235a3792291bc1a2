//! What goes out to a participant past `str0m`: media, with numbers for [the way](super::way) where pictures come, padding, and what is asked for
//! again.
//!
//! ```text
//! packet ─▶ header: slot's number, number on the way ─▶ sealed ─▶ sends
//!    └─▶ kept in its slot ─▶ asked for again ─▶ the slot's stream besides
//! ```
//! A nonce is a stream and a number in it. In a slot, each number goes out once, either here or by `str0m`, and is [spent](Out::spend)
//! before; in the streams besides, nothing goes out but here.

use std::net::SocketAddr;

use casemate_rtp::srtp::{Agreed, Header, Once, Sealer};
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
        // One for all of the connection: another would not know what was sealed.
        if self.sealer.is_none() {
            self.sealer = Sealer::new(agreed);
        }
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

    /// Spends a packet's number, for the relay and for `str0m`. `None`: it was spent before, so that nothing may go out with it.
    pub fn spend(&mut self, header: Header) -> Option<Once> {
        self.sealer.as_mut()?.spend(header)
    }

    /// A packet, ready to be sent.
    pub fn seal(&mut self, once: Once, payload: &[u8]) -> Option<Transmit> {
        let sealed = self.sealer.as_mut()?.seal(once, payload)?;
        self.send(sealed)
    }
}
