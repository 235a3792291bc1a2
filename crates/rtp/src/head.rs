//! The beginning of a packet of media, which is not encrypted (RFC 3550 §5.1).

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The stream.
    pub ssrc: u32,
    /// The lower sixteen bits of its number there.
    pub number: u16,
    /// Bytes before what is encrypted.
    pub length: usize,
}

/// Without anything optional.
const FIXED: usize = 12;

/// Payload types that RTCP's kinds look like beside media (RFC 5761 §4).
const REPORTS: std::ops::Range<u8> = 64..96;

impl Head {
    /// Of a datagram. `None`: it is no packet of media, or none that is whole.
    pub fn of(packet: &[u8]) -> Option<Self> {
        let (fixed, rest) = packet.split_first_chunk::<FIXED>().filter(|_| is_media(packet))?;
        let [first, _, high, low, _, _, _, _, ssrc @ ..] = *fixed;
        let sources = 4 * usize::from(first & 0x0f);
        let mut length = FIXED + sources;
        if first & 0x10 != 0 {
            let [_, _, high, low] = *rest.get(sources..)?.first_chunk::<4>()?;
            length += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        let number = u16::from_be_bytes([high, low]);
        (length <= packet.len()).then_some(Self { ssrc: u32::from_be_bytes(ssrc), number, length })
    }
}

/// Whether a datagram is one of media, or would be (RFC 7983 §7, RFC 5761 §4).
pub fn is_media(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, second, _, ..] if !REPORTS.contains(&(second & 0x7f)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_optional_is_counted_and_what_is_cut_is_none() {
        let mut packet = vec![0x80, 111, 1, 2, 0, 0, 0, 0, 0, 0, 0, 9, 7];
        assert_eq!(Head::of(&packet), Some(Head { ssrc: 9, number: 0x102, length: 12 }));
        packet[0] = 0x92;
        packet.extend([0; 7]);
        // Two sources, and one word of extensions.
        packet.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        assert_eq!(Head::of(&packet).map(|head| head.length), Some(28));
        assert!((0..28).all(|cut| Head::of(&packet[..cut]).is_none()));
        packet[1] = 200 & 0x7f;
        assert_eq!(Head::of(&packet), None, "a report");
        assert_eq!(Head::of(&[22; 40]), None, "DTLS");
    }
}
