//! The beginning of a packet of media, which is not encrypted (RFC 3550 §5.1).

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The stream.
    pub ssrc: u32,
    /// The lower sixteen bits of its number there.
    pub number: u16,
    /// The codec, as the sender numbers it.
    pub payload_type: u8,
    /// The last of its burst, or the like.
    pub marker: bool,
    /// Whether there is padding behind what it holds.
    pub is_padded: bool,
    /// RTP time.
    pub time: u32,
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
        let [first, second, high, low, t0, t1, t2, t3, ssrc @ ..] = *fixed;
        let sources = 4 * usize::from(first & 0x0f);
        let mut length = FIXED + sources;
        if first & 0x10 != 0 {
            let [_, _, high, low] = *rest.get(sources..)?.first_chunk::<4>()?;
            length += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        (length <= packet.len()).then_some(Self {
            ssrc: u32::from_be_bytes(ssrc),
            number: u16::from_be_bytes([high, low]),
            payload_type: second & 0x7f,
            marker: second & 0x80 != 0,
            is_padded: first & 0x20 != 0,
            time: u32::from_be_bytes([t0, t1, t2, t3]),
            length,
        })
    }
}

/// What a packet says beside its media, as (which extension, value), up to where it is cut or there is no more (RFC 8285
/// §4.2 and §4.3).
pub fn extensions(packet: &[u8]) -> Extensions<'_> {
    whole(packet).unwrap_or(Extensions { is_short: true, rest: &[] })
}

fn whole(packet: &[u8]) -> Option<Extensions<'_>> {
    let first = *packet.first()?;
    if first & 0x10 == 0 {
        return None;
    }
    let rest = packet.get(FIXED + 4 * usize::from(first & 0x0f)..)?;
    let ([profile_high, profile_low, high, low], rest) = rest.split_first_chunk::<4>()?;
    let is_short = u16::from_be_bytes([*profile_high, *profile_low]) == 0xbede;
    let rest = rest.get(..4 * usize::from(u16::from_be_bytes([*high, *low])))?;
    Some(Extensions { is_short, rest })
}

/// See [`extensions`].
#[derive(Debug, Clone)]
pub struct Extensions<'a> {
    is_short: bool,
    rest: &'a [u8],
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (head, rest) = self.rest.split_first()?;
            let (id, length, rest) = match (*head, self.is_short) {
                (0, _) => {
                    self.rest = rest;
                    continue;
                }
                (240.., true) => return None,
                (head, true) => (head >> 4, usize::from(head & 0x0f) + 1, rest),
                (id, false) => {
                    let (length, rest) = rest.split_first()?;
                    (id, usize::from(*length), rest)
                }
            };
            let value = rest.get(..length)?;
            self.rest = &rest[length..];
            return Some((id, value));
        }
    }
}

/// As what a session description numbers an extension (RFC 8285 §5: `a=extmap:ID NAME`, perhaps with a direction behind the
/// number).
pub fn extension_ids(description: &str, name: &str) -> Vec<u8> {
    let maps = description.lines().filter_map(|line| line.trim().strip_prefix("a=extmap:"));
    let ids = maps.filter_map(|map| {
        let (id, named) = map.split_once(' ')?;
        let id = id.split('/').next()?.parse().ok()?;
        named.trim_start().starts_with(name).then_some(id)
    });
    let mut ids: Vec<u8> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether a datagram is one of media, or would be (RFC 7983 §7, RFC 5761 §4).
pub fn is_media(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, second, _, ..] if !REPORTS.contains(&(second & 0x7f)))
}

/// Whether a datagram is a report, or would be.
pub fn is_report(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, ..]) && !is_media(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_optional_is_counted_and_what_is_cut_is_none() {
        let mut packet = vec![0x80, 111, 1, 2, 0, 0, 0, 0, 0, 0, 0, 9, 7];
        let head = Head::of(&packet).unwrap();
        assert_eq!((head.ssrc, head.number, head.time, head.length), (9, 0x102, 0, 12));
        assert_eq!((head.payload_type, head.marker, head.is_padded), (111, false, false));
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
