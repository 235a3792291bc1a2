//! What the other side says of the numbers that every packet of a connection bears ([`numbers`](crate::numbers)): which of them
//! came, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

/// One number, and when it came: in quarters of a millisecond since nobody knows when, which begins anew every twelve days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The number.
    pub number: u16,
    /// `None`: it has not come so far.
    pub came: Option<u32>,
}

/// A packet of a stream that is asked for again (RFC 4585 §6.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The stream.
    pub ssrc: u32,
    /// The lower bits of its number there.
    pub number: u16,
}

/// Kinds of reports, and which of that kind.
pub(crate) const FEEDBACK: u8 = 205;
pub(crate) const OF_NUMBERS: u8 = 15;
pub(crate) const OF_LOST: u8 = 1;
pub(crate) const PICTURE_FEEDBACK: u8 = 206;
pub(crate) const OF_PICTURE: u8 = 1;
const OF_WHOLE_PICTURE: u8 = 4;
pub(crate) const EXTENDED_REPORT: u8 = 207;
/// Blocks of those: when a receiver sent it, and what it is answered (RFC 3611 §4.4 and §4.5).
const RECEIVER_TIME: u8 = 4;
pub(crate) const SINCE_RECEIVER_TIME: u8 = 5;

/// Before what is said: the report's own header, and the two streams that it is of and about.
pub(crate) const HEADER: usize = 12;

/// More than any connection sends between two reports; a report could name far more, at no cost to whoever sends it.
const MOST: u16 = 4_096;

/// So many are asked for by one report, and others not.
const MOST_ASKED: usize = 512;

/// Pictures that are asked for by one report; nobody gets more.
const MOST_PICTURES: usize = 64;

/// What is said of numbers in a report as it was before it was sealed, in their order. What is cut says nothing.
pub fn told(report: &[u8]) -> Vec<Told> {
    let mut all = Vec::new();
    for (which, packet) in packets(report, FEEDBACK) {
        // Of all its parts together.
        if which == OF_NUMBERS && all.len() < usize::from(MOST) {
            all.extend(packet.get(HEADER..).and_then(of_numbers).unwrap_or_default());
        }
    }
    all
}

/// What is asked for again in a report as it was before it was sealed.
pub fn asked(report: &[u8]) -> Vec<Asked> {
    let mut all = Vec::new();
    for (which, packet) in packets(report, FEEDBACK) {
        let Some((header, lost)) = packet.split_first_chunk::<HEADER>() else { continue };
        if which != OF_LOST {
            continue;
        }
        let ssrc = about(header);
        for lost in lost.chunks_exact(4) {
            let &[first_high, first_low, high, low] = lost else { continue };
            let first = u16::from_be_bytes([first_high, first_low]);
            let others = u16::from_be_bytes([high, low]);
            let others = (0..16).filter(|bit| others >> bit & 1 == 1).map(|bit| first.wrapping_add(bit + 1));
            all.extend(std::iter::once(first).chain(others).map(|number| Asked { ssrc, number }));
        }
    }
    all.truncate(MOST_ASKED);
    all
}

/// Streams whose picture is to begin anew, in a report as it was before it was sealed (RFC 4585 §6.3.1, RFC 5104 §4.3.1).
pub fn pictures(report: &[u8]) -> Vec<u32> {
    let mut all = Vec::new();
    for (which, packet) in packets(report, PICTURE_FEEDBACK) {
        let Some((header, whole)) = packet.split_first_chunk::<HEADER>() else { continue };
        match which {
            OF_PICTURE => all.push(about(header)),
            // A stream, how often that was asked of it, and three bytes of nothing.
            OF_WHOLE_PICTURE => all.extend(whole.as_chunks::<8>().0.iter().map(|entry| {
                let [a, b, c, d, ..] = *entry;
                u32::from_be_bytes([a, b, c, d])
            })),
            _ => {}
        }
    }
    all.truncate(MOST_PICTURES);
    all
}

/// When somebody sent a report, by its own clock, who wants to know how long it is under way: in whose name, and the middle of the
/// time (RFC 3611 §4.4). It is answered by [`telling::since`](crate::telling::since).
pub fn sent_at(report: &[u8]) -> Option<(u32, u32)> {
    let (_, extended) = packets(report, EXTENDED_REPORT).last()?;
    let [_, _, _, _, a, b, c, d] = *extended.first_chunk::<8>()?;
    let mut blocks = &extended[8..];
    while let Some([kind, _, high, low]) = blocks.first_chunk::<4>() {
        let length = 4 + 4 * usize::from(u16::from_be_bytes([*high, *low]));
        let (block, rest) = blocks.split_at_checked(length)?;
        // Eight bytes, of which the middle four count.
        if *kind == RECEIVER_TIME
            && let Some([.., e, f, g, h, _, _]) = block.first_chunk::<12>()
        {
            return Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([*e, *f, *g, *h])));
        }
        blocks = rest;
    }
    None
}

/// The stream that feedback is about.
fn about(header: &[u8; HEADER]) -> u32 {
    let [.., a, b, c, d] = *header;
    u32::from_be_bytes([a, b, c, d])
}

/// The packets of a kind in a report, as far as it is whole: which of the kind, and all of it.
pub(crate) fn packets(report: &[u8], wanted: u8) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = report;
    let packets = std::iter::from_fn(move || {
        let [first, kind, high, low] = *rest.first_chunk::<4>()?;
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let (packet, behind) = rest.split_at_checked(length)?;
        rest = behind;
        Some((kind, first & 0x1f, packet))
    });
    packets.filter(move |(kind, ..)| *kind == wanted).map(|(_, which, packet)| (which, packet))
}

fn of_numbers(body: &[u8]) -> Option<Vec<Told>> {
    let ([base_high, base_low, count_high, count_low, t0, t1, t2, _], mut rest) =
        body.split_first_chunk::<8>()?;
    let base = u16::from_be_bytes([*base_high, *base_low]);
    let count = Some(u16::from_be_bytes([*count_high, *count_low])).filter(|count| *count <= MOST)?;
    let mut kinds = Vec::with_capacity(usize::from(count));
    while kinds.len() < usize::from(count) {
        let (chunk, behind) = rest.split_first_chunk::<2>()?;
        rest = behind;
        let chunk = u16::from_be_bytes(*chunk);
        match chunk >> 14 {
            0 | 1 => {
                let times = usize::from(chunk & 0x1fff).min(usize::from(count) - kinds.len());
                kinds.extend(std::iter::repeat_n(chunk >> 13, times));
                if times == 0 {
                    return None;
                }
            }
            2 => kinds.extend((0..14).rev().map(|at| chunk >> at & 1)),
            _ => kinds.extend((0..7).rev().map(|at| chunk >> (2 * at) & 3)),
        }
    }
    let mut time = u32::from_be_bytes([*t0, *t1, *t2, 0]);
    let mut told = Vec::with_capacity(usize::from(count));
    for (at, kind) in (0..count).zip(kinds) {
        let later = match kind {
            0 => None,
            1 => {
                let (later, behind) = rest.split_first()?;
                rest = behind;
                Some(i32::from(*later))
            }
            2 => {
                let (later, behind) = rest.split_first_chunk::<2>()?;
                rest = behind;
                Some(i32::from(i16::from_be_bytes(*later)))
            }
            _ => return None,
        };
        time = time.wrapping_add_signed(later.unwrap_or(0));
        told.push(Told { number: base.wrapping_add(at), came: later.map(|_| time) });
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of numbers from 65,534 on, from the time 0x000102 on.
    fn report(count: u16, rest: &[u8]) -> Vec<u8> {
        let mut report = vec![0x80 | OF_NUMBERS, FEEDBACK, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe];
        report.extend(count.to_be_bytes());
        report.extend([0, 1, 2, 9]);
        report.extend_from_slice(rest);
        report.resize(report.len().next_multiple_of(4), 0);
        report[3] = report.len() as u8 / 4 - 1;
        report
    }

    fn came(report: &[u8]) -> Vec<(u16, Option<u32>)> {
        told(report).into_iter().map(|told| (told.number, told.came)).collect()
    }

    #[test]
    fn runs_and_both_kinds_of_vectors_say_the_same() {
        let expected = [(65_534, Some(0x10203)), (65_535, None), (0, Some(0x10202)), (1, Some(0x10204))];
        let times = [3, 0xff, 0xff, 2];
        let runs = [&[0x20, 1, 0x00, 1, 0x40, 1, 0x20, 1], &times[..]].concat();
        let twos = [&[0b1101_0010, 0b0100_0000], &times[..]].concat();
        assert_eq!(came(&report(4, &runs)), expected);
        assert_eq!(came(&report(4, &twos)), expected);
        let ones = came(&report(3, &[0b1010_1000, 0, 3]));
        assert_eq!(ones, [(65_534, Some(0x10203)), (65_535, None), (0, Some(0x10203))]);
        // Behind another report, and before one that is none.
        let behind = [&[0x80, 201, 0, 1, 0, 0, 0, 1], &report(4, &twos)[..], &[0x80]].concat();
        assert_eq!(came(&behind), expected);
    }

    #[test]
    fn what_is_asked_for_is_a_number_and_those_that_are_marked_behind_it() {
        let report = [0x81, FEEDBACK, 0, 4, 0, 0, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0x80, 0x01, 0, 9, 0, 0];
        let numbers = |report: &[u8]| asked(report).into_iter().map(|one| one.number).collect::<Vec<_>>();
        assert_eq!(numbers(&report), [65_535, 0, 15, 9]);
        assert!(asked(&report).iter().all(|one| one.ssrc == 7));
        assert!((0..report.len()).all(|cut| asked(&report[..cut]).is_empty()));
        let mut many = report[..12].to_vec();
        many.extend([0xff; 4 * 300]);
        many[3] = (many.len() / 4 - 1) as u8;
        many[2] = ((many.len() / 4 - 1) >> 8) as u8;
        assert_eq!(numbers(&many).len(), MOST_ASKED);
    }

    #[test]
    fn pictures_are_asked_for_in_two_ways() {
        let pli = [0x81, PICTURE_FEEDBACK, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7];
        let fir = [0x84, PICTURE_FEEDBACK, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0];
        let both = [&pli[..], &fir].concat();
        assert_eq!(pictures(&both), [7, 8]);
        assert!((0..12).all(|cut| pictures(&both[..cut]).is_empty()));
        assert_eq!(pictures(&pli.repeat(200)).len(), MOST_PICTURES);
        assert!(asked(&both).is_empty() && told(&both).is_empty());
    }

    #[test]
    fn when_a_report_was_sent_is_the_middle_of_its_time() {
        let other = [3, 0, 0, 1, 9, 9, 9, 9];
        let time = [4, 0, 0, 2, 0, 0, 1, 2, 3, 4, 0, 0];
        let whole = [&[0x80, EXTENDED_REPORT, 0, 6, 0, 0, 0, 7][..], &other, &time].concat();
        assert_eq!(sent_at(&whole), Some((7, 0x0102_0304)));
        assert!((0..whole.len()).all(|cut| sent_at(&whole[..cut]).is_none()));
        for (at, wrong) in [(16, 5), (11, 9), (19, 1), (19, 200)] {
            let mut bad = whole.clone();
            bad[at] = wrong;
            assert_eq!(sent_at(&bad), None, "{at}");
        }
    }

    #[test]
    fn what_is_cut_or_names_more_than_there_can_be_says_nothing() {
        let whole = report(4, &[0b1101_0010, 0b0100_0000, 3, 0xff, 0xff, 2]);
        assert!((0..whole.len()).all(|cut| came(&whole[..cut]).is_empty()));
        assert!(came(&report(4, &[0b1101_0010, 0b0100_0000, 3])).is_empty());
        assert!(came(&report(4, &[0, 0, 0, 4])).is_empty(), "a run of none");
        assert!(came(&report(1, &[0b1111_0000, 0])).is_empty(), "a kind that is none");
        assert_eq!(came(&report(MOST, &[0x1f, 0xff])).len(), usize::from(MOST));
        let many = report(MOST - 1, &[0x1f, 0xff]).repeat(500);
        assert!(came(&many).len() < 2 * usize::from(MOST), "of many such parts no more");
        assert!(came(&report(MOST + 1, &[0x1f, 0xff])).is_empty());
    }
}
