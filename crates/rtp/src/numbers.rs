//! Numbers that every packet of a connection bears, for feedback about what goes through (the header extension
//! `transport-wide-cc`): refused where `str0m` 0.25 would never be done with them.
//!
//! It continues sixteen bits from what came before. Of a number that is more than half of all further it takes it to be of
//! before the first one, beyond zero, and its next feedback names each that is missing between that and the rest: without
//! end, and with all memory. So, until half of the sixteen bits have been seen, what is that far ahead is not let in.

use crate::head::{extension_ids, extensions};

/// See the module.
#[derive(Debug, Default)]
pub struct Numbers {
    /// Which header extensions they stand in.
    ids: Vec<u8>,
    /// The highest that somebody who has the keys has sent.
    highest: u16,
    is_over: bool,
}

/// How the extension is called in session descriptions.
pub const NAME: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// Where `str0m` looks for them when a description says nothing of them. Whatever else is said to stand there is no number
/// that is too far ahead: it is shorter, or text.
const UNSAID: u8 = 3;

/// From here on nothing is that far ahead.
const HALF: u16 = 0x8000;

/// What may be lost in between.
const AHEAD: u16 = 0x4000;

impl Numbers {
    /// Of a connection with this offer, as `str0m` reads it.
    pub fn new(offer: &str) -> Self {
        let mut ids = extension_ids(offer, NAME);
        if !ids.contains(&UNSAID) {
            ids.push(UNSAID);
        }
        Self { ids, highest: 0, is_over: false }
    }

    /// Whether a packet may be let in. Anybody may have sent it.
    pub fn takes(&self, packet: &[u8]) -> bool {
        let is_rtp = packet.first().is_some_and(|first| first & 0xc0 == 0x80);
        if self.is_over || !is_rtp {
            return true;
        }
        let most = self.highest.saturating_add(AHEAD).max(HALF - 1);
        let mut numbers = extensions(packet).filter(|(id, _)| self.ids.contains(id));
        numbers.all(|(_, value)| {
            value.first_chunk::<2>().is_none_or(|number| u16::from_be_bytes(*number) <= most)
        })
    }

    /// A packet came from somebody who has the keys.
    pub fn seen(&mut self, number: u16) {
        if !self.is_over && number >= self.highest {
            self.highest = number;
            self.is_over = number >= HALF;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(elements: &[u8], is_short: bool) -> Vec<u8> {
        let mut packet = vec![0x91, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 9, 9, 9, 9];
        packet.extend_from_slice(if is_short { &[0xbe, 0xde] } else { &[0x10, 0] });
        let mut elements = elements.to_vec();
        elements.resize(elements.len().next_multiple_of(4), 0);
        packet.extend_from_slice(&(elements.len() as u16 / 4).to_be_bytes());
        packet.extend_from_slice(&elements);
        packet.extend_from_slice(b"payload");
        packet
    }

    fn numbers() -> Numbers {
        Numbers::new(&format!(
            "v=0\r\na=extmap:4 urn:x\r\na=extmap:3/sendonly {NAME}\r\na=extmap:30 {NAME}\r\n"
        ))
    }

    #[test]
    fn what_is_too_far_ahead_is_refused_wherever_it_stands() {
        let numbers = numbers();
        assert_eq!(numbers.ids, [3, 30]);
        assert!(numbers.takes(&packet(&[0x31, 0x7f, 0xff], true)));
        assert!(!numbers.takes(&packet(&[0x31, 0x80, 0x00], true)));
        assert!(!numbers.takes(&packet(&[0x40, 7, 0, 0x31, 0xff, 0xff], true)));
        assert!(!numbers.takes(&packet(&[4, 0, 30, 2, 0xff, 0xff], false)));
        // Others' numbers, and what is behind the end.
        assert!(numbers.takes(&packet(&[0x41, 0xff, 0xff], true)));
        assert!(numbers.takes(&packet(&[0xf0, 0x31, 0xff, 0xff], true)));
        let bad = packet(&[0x31, 0x80, 0x00], true);
        // `str0m` refuses what is cut, and anything else than RTP has no such numbers.
        assert!((0..20).all(|cut| numbers.takes(&bad[..cut])));
        assert!(numbers.takes(&[0, 1, 2]) && numbers.takes(&[]));
    }

    #[test]
    fn where_no_description_speaks_of_them_they_are_looked_for_all_the_same() {
        let numbers = Numbers::new("v=0\r\na=extmap:4 urn:x\r\n");
        assert!(!numbers.takes(&packet(&[0x31, 0x80, 0x00], true)));
        assert!(numbers.takes(&packet(&[0x31, 0x7f, 0xff], true)));
        assert!(numbers.takes(&packet(&[0x31, b'z', b'z'], true)), "a name");
    }

    #[test]
    fn they_go_on_for_ever() {
        let mut numbers = numbers();
        let mut number = 0u16;
        for _ in 0..300_000u32 {
            let [high, low] = number.to_be_bytes();
            assert!(numbers.takes(&packet(&[0x31, high, low], true)), "{number}");
            numbers.seen(number);
            number = number.wrapping_add(1);
        }
    }
}
