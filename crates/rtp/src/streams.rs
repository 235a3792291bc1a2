//! Streams that somebody sends. `str0m` gives a media line to whatever stream a packet names for it, before it looks whether
//! the packet was sealed by who has the keys, and never gives it back: one forged packet would silence whoever had the line.
//! So a stream is let in only after one of its packets was found to be the other side's.

use crate::head::{Head, is_media};
use crate::srtp::{Agreed, Opener};

/// See the module.
pub struct Streams {
    agreed: Agreed,
    opener: Option<Opener>,
    /// The newest last.
    known: Vec<u32>,
}

/// Streams that are known at once: of a voice, a camera in three sizes, a screen with sound, and what is sent again of each
/// it is a tenth. Whoever sends more has to show each again.
const KNOWN: usize = 128;

/// How often the numbers of a stream may have begun anew before anything of it came (RFC 3711 §3.3.1).
const ROLLED_OVER: u64 = 2;

impl Streams {
    /// Of a connection with these keys, as soon as it has them.
    pub fn new(agreed: Agreed) -> Self {
        Self { agreed, opener: None, known: Vec::new() }
    }

    /// Whether a packet is of a stream that is let in; whatever is no media is.
    pub fn takes(&mut self, packet: &[u8]) -> bool {
        if !is_media(packet) {
            return true;
        }
        let Some(head) = Head::of(packet) else { return false };
        if self.known.contains(&head.ssrc) {
            return true;
        }
        if self.opener.is_none() {
            self.opener = Opener::new(&self.agreed);
        }
        let Some(opener) = &mut self.opener else {
            // Before there are keys nobody can send. With other ciphers than ours this cannot be told.
            return self.agreed.is_there();
        };
        let number = |rolled_over: u64| rolled_over << 16 | u64::from(head.number);
        let is_theirs = (0..ROLLED_OVER).any(|times| opener.is_theirs(packet, head, number(times)));
        if is_theirs {
            if self.known.len() >= KNOWN {
                self.known.remove(0);
            }
            self.known.push(head.ssrc);
        }
        is_theirs
    }
}
