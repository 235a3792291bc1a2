//! Whose packet is this? Decided from a fixed clear header and two tables, before anything is allocated or parsed.
//!
//! ```text
//! STUN binding request ─ the name in it begins with one of ours? ─▶ that participant, which checks its signature
//! answer to one of ours ─ its number says whom we asked? ──────────▶ that participant, which checks its signature
//! DTLS, RTP, RTCP ────── comes from an address that is proven to be somebody's? ─▶ that participant
//! data inside of DTLS ── dropped: that would be SCTP, and a call has no data channels
//! all else ───────────── dropped
//! ```

use casemate_rtp::records;

/// What a datagram is (RFC 7983 §7), as far as a relay takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A STUN binding request, with our half of its user name.
    Binding(&'a [u8]),
    /// An answer to a STUN binding request of ours, with its number.
    Answer([u8; ID]),
    /// DTLS, RTP or RTCP.
    Secured,
}

/// RFC 8489 §5.
const STUN_HEADER: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_ANSWER: [u8; 2] = [0x01, 0x01];
const BINDING_INDICATION: [u8; 2] = [0x00, 0x11];

/// Bytes of a transaction's number.
pub const ID: usize = 12;
/// And those of it that nobody can guess: the others say which core it is of, and which participant there.
pub const RANDOM: usize = 8;
const USERNAME: u16 = 0x0006;

/// Our half of a user name, in bytes. RFC 8839 §5.4 allows four to 256.
const USER: std::ops::RangeInclusive<usize> = 4..=64;

/// Looks at the beginning of a datagram. `None`: nothing that a relay takes.
pub fn look(bytes: &[u8]) -> Option<Kind<'_>> {
    match bytes.first()? {
        0..=3 if bytes.starts_with(&BINDING_ANSWER) => id_of(bytes).map(Kind::Answer),
        0..=3 => user(bytes).map(Kind::Binding),
        20..=22 if records::have_no_data(bytes) => Some(Kind::Secured),
        128..=191 if bytes.len() >= 12 => Some(Kind::Secured),
        _ => None,
    }
}

/// The number of a question to a participant of a core.
pub fn id(core: u8, person: usize, random: [u8; RANDOM]) -> [u8; ID] {
    let [.., a, b, c] = person.to_be_bytes();
    let mut id = [core, a, b, c, 0, 0, 0, 0, 0, 0, 0, 0];
    id[ID - RANDOM..].copy_from_slice(&random);
    id
}

/// Whom a question was for: which core, and whom there.
pub fn whom(id: [u8; ID]) -> (u8, usize) {
    let [core, a, b, c, ..] = id;
    (core, usize::from_be_bytes([0, 0, 0, 0, 0, a, b, c]))
}

/// The number of an answer.
pub fn id_of(bytes: &[u8]) -> Option<[u8; ID]> {
    let (header, _) = message(bytes, BINDING_ANSWER)?;
    header[STUN_HEADER - ID..].try_into().ok()
}

/// A message without anything in it.
pub fn header(id: [u8; ID]) -> [u8; STUN_HEADER] {
    let mut header = [0; STUN_HEADER];
    header[..2].copy_from_slice(&BINDING_INDICATION);
    header[4..8].copy_from_slice(&MAGIC_COOKIE);
    header[STUN_HEADER - ID..].copy_from_slice(&id);
    header
}

/// Header and attributes of a whole message of a kind.
fn message(bytes: &[u8], kind: [u8; 2]) -> Option<(&[u8], &[u8])> {
    let (header, attributes) = bytes.split_at_checked(STUN_HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let is_it = header[..2] == kind && header[4..8] == MAGIC_COOKIE && length == attributes.len();
    is_it.then_some((header, attributes))
}

/// Our half of the user name of a binding request.
fn user(bytes: &[u8]) -> Option<&[u8]> {
    let (_, mut attributes) = message(bytes, BINDING_REQUEST)?;
    // RFC 8489 §14: type, length, value, filled up to four bytes.
    while let Some((head, rest)) = attributes.split_at_checked(4) {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..length)?;
        if u16::from_be_bytes([head[0], head[1]]) == USERNAME {
            let end = value.iter().position(|byte| *byte == b':')?;
            return USER.contains(&end).then(|| &value[..end]);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(name: &[u8]) -> Vec<u8> {
        let mut attributes = vec![0x80, 0x22, 0, 3, b'a', b'b', b'c', 0, 0, 6];
        attributes.extend_from_slice(&u16::try_from(name.len()).unwrap().to_be_bytes());
        attributes.extend_from_slice(name);
        attributes.resize(attributes.len().next_multiple_of(4), 0);
        let mut bytes = BINDING_REQUEST.to_vec();
        bytes.extend_from_slice(&u16::try_from(attributes.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&MAGIC_COOKIE);
        bytes.extend_from_slice(&[7; 12]);
        bytes.extend_from_slice(&attributes);
        bytes
    }

    #[test]
    fn our_half_of_the_name_is_found() {
        assert_eq!(look(&binding(b"ours1:theirs")), Some(Kind::Binding(b"ours1")));
    }

    #[test]
    fn answer_says_whom_we_asked() {
        for (core, person) in [(0, 0), (3, 5), (63, 4_095), (255, 0xff_ffff)] {
            let id = id(core, person, [7; RANDOM]);
            assert_eq!(whom(id), (core, person));
            assert_eq!(look(&header(id)), None, "an indication");
            let mut answer = header(id).to_vec();
            answer[..2].copy_from_slice(&BINDING_ANSWER);
            assert_eq!(look(&answer), Some(Kind::Answer(id)));
            assert!((0..answer.len()).all(|cut| look(&answer[..cut]).is_none()));
            answer.push(0);
            assert_eq!(look(&answer), None, "longer than it says");
        }
    }

    #[test]
    fn what_is_no_binding_request_is_dropped() {
        let good = binding(b"ours1:theirs");
        for cut in 0..good.len() {
            assert_eq!(look(&good[..cut]), None, "{cut}");
        }
        assert_eq!(look(&binding(b"no-colon")), None);
        assert_eq!(look(&binding(b"our:theirs")), None, "too short to be one of ours");
        for (at, value) in [(0, 2), (1, 0x11), (4, 0), (3, 0)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert_eq!(look(&bad), None, "byte {at}");
        }
        // An attribute that says it is longer than the message.
        let mut bad = good;
        bad[22] = 0xff;
        assert_eq!(look(&bad), None);
    }

    #[test]
    fn data_inside_of_dtls_is_dropped_wherever_it_stands() {
        let record = |kind: u8, length: usize| {
            let mut record = vec![kind, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9];
            record.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
            record.resize(13 + length, 7);
            record
        };
        let all = |kinds: &[u8]| kinds.iter().flat_map(|kind| record(*kind, 30)).collect::<Vec<_>>();
        assert_eq!(look(&all(&[22, 20, 22])), Some(Kind::Secured));
        assert_eq!(look(&all(&[21])), Some(Kind::Secured));
        for kinds in [&[23][..], &[22, 23], &[22, 20, 23, 22]] {
            assert_eq!(look(&all(kinds)), None);
        }
        let whole = all(&[22, 22]);
        for cut in (1..whole.len()).filter(|cut| *cut != whole.len() / 2) {
            assert_eq!(look(&whole[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn first_bytes() {
        for byte in 0..=255u8 {
            let expected = matches!(byte, 20..=22 | 128..=191).then_some(Kind::Secured);
            let mut bytes = [7; 40];
            (bytes[0], bytes[11], bytes[12]) = (byte, 0, 27);
            assert_eq!(look(&bytes), expected, "{byte}");
        }
        assert_eq!(look(&[]), None);
    }
}
