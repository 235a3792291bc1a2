//! What whoever sends is told by us, before it is sealed: what came (RFC 3550 §6.4.2), what is to be sent again (RFC 4585
//! §6.2.1), and that a picture is to begin anew (§6.3.1). What [`feedback`](crate::feedback) reads.

use crate::feedback::{
    EXTENDED_REPORT, FEEDBACK, OF_LOST, OF_PICTURE, PICTURE_FEEDBACK, SINCE_RECEIVER_TIME,
};
use crate::received::BLOCK;

const RECEIVER_REPORT: u8 = 201;

/// As many as five bits say.
const BLOCKS: usize = 31;

/// Of what came.
pub fn received(reporter: u32, blocks: &[[u8; BLOCK]]) -> Vec<u8> {
    let blocks = &blocks[..blocks.len().min(BLOCKS)];
    let mut report = head(blocks.len() as u8, RECEIVER_REPORT, reporter, blocks.len() * BLOCK);
    blocks.iter().for_each(|block| report.extend_from_slice(block));
    report
}

/// That these are to be sent again, by the lower bits of their numbers.
pub fn lost(reporter: u32, ssrc: u32, numbers: &[u16]) -> Vec<u8> {
    let mut asked: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        // A number, and which of the sixteen behind it.
        let behind = asked.last_mut().and_then(|(first, others)| {
            let after = number.wrapping_sub(*first);
            (1..=16).contains(&after).then(|| *others |= 1 << (after - 1))
        });
        if behind.is_none() {
            asked.push((*number, 0));
        }
    }
    let mut report = head(OF_LOST, FEEDBACK, reporter, 4 + 4 * asked.len());
    report.extend(ssrc.to_be_bytes());
    for (first, others) in asked {
        report.extend(first.to_be_bytes());
        report.extend(others.to_be_bytes());
    }
    report
}

/// How long ago a report of somebody's came that said when it was sent, in 65,536ths of a second (RFC 3611 §4.5).
pub fn since(reporter: u32, whose: u32, sent: u32, ago: u32) -> Vec<u8> {
    let mut report = head(0, EXTENDED_REPORT, reporter, 16);
    report.extend([SINCE_RECEIVER_TIME, 0, 0, 3]);
    [whose, sent, ago].into_iter().for_each(|word| report.extend(word.to_be_bytes()));
    report
}

/// That the picture of a stream is to begin anew.
pub fn picture(reporter: u32, ssrc: u32) -> Vec<u8> {
    let mut report = head(OF_PICTURE, PICTURE_FEEDBACK, reporter, 4);
    report.extend(ssrc.to_be_bytes());
    report
}

fn head(which: u8, kind: u8, reporter: u32, bytes: usize) -> Vec<u8> {
    let mut report = Vec::with_capacity(8 + bytes);
    report.extend([2 << 6 | which, kind]);
    report.extend((1 + bytes as u16 / 4).to_be_bytes());
    report.extend(reporter.to_be_bytes());
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{asked, pictures};

    #[test]
    fn what_is_told_is_read_as_it_was_meant() {
        let numbers = [65_535, 0, 3, 14, 15, 16, 400];
        let report = lost(9, 7, &numbers);
        assert_eq!(report.len(), 12 + 4 * 3, "sixteen behind the first, one behind those, and one alone");
        let read: Vec<_> = asked(&report).into_iter().map(|asked| (asked.ssrc, asked.number)).collect();
        assert_eq!(read, numbers.map(|number| (7, number)));
        let both = [received(9, &[[1; BLOCK], [2; BLOCK]]), picture(9, 8), lost(9, 7, &[5])].concat();
        assert_eq!(both[..8], [0x82, RECEIVER_REPORT, 0, 13, 0, 0, 0, 9]);
        assert_eq!((pictures(&both), asked(&both).len()), (vec![8], 1));
        assert_eq!(received(9, &[[0; BLOCK]; 40]).len(), 8 + 31 * BLOCK);
        let since = since(9, 7, 0x0102_0304, 65_536);
        assert_eq!(since[..12], [0x80, EXTENDED_REPORT, 0, 5, 0, 0, 0, 9, 5, 0, 0, 3]);
        assert_eq!(since[12..], [0, 0, 0, 7, 1, 2, 3, 4, 0, 1, 0, 0]);
    }
}
