//! Arithmetic codes: the decoder of decisions (T.81 Annex D), and what a block's decisions mean (§F.2.4, §G.2.3).

use super::bytes::Bytes;
use super::frame::Block;
use super::scan::{Coder as Blocks, Scan, Step};
use super::{TABLE, byte};
use crate::Fault;

/// T.81 §F.1.4.4.1.4 and §F.1.4.4.2.1: what statistics are chosen by. As they are where nothing is said.
pub(super) struct Conditioning {
    /// Lower and upper bound of differences that are small, as powers of two.
    small: [(u8, u8); TABLES],
    /// The last coefficient of low frequency.
    low: [u8; TABLES],
}

impl Default for Conditioning {
    fn default() -> Self {
        Self { small: [(0, 1); TABLES], low: [5; TABLES] }
    }
}

impl Conditioning {
    /// T.81 §B.2.4.3.
    pub fn define(&mut self, body: &[u8]) -> Result<(), Fault> {
        for pair in body.chunks_exact(2) {
            let (class, table, value) = (pair[0] >> 4, usize::from(pair[0] & 15), pair[1]);
            match (class, self.small.get_mut(table), self.low.get_mut(table)) {
                (0, Some(small), _) if value & 15 <= value >> 4 => *small = (value & 15, value >> 4),
                (1, _, Some(low)) => *low = value,
                _ => return Err(TABLE),
            }
        }
        byte(body, 1).map(|_| ())
    }
}

/// How likely a decision is: a row of [`STATES`] times two, and one more where 1 is the likely answer.
type Bin = u8;

/// By number. There are four of each (T.81 §B.2.3), and a number has room for so many.
const TABLES: usize = 16;

/// T.81 Tables F.4 and F.5.
const MEAN_BINS: usize = 49;
const OTHER_BINS: usize = 245;

/// Each decision costs about one bit, and learns nothing (T.81 §F.1.4.4.2, §G.1.3).
const EVEN: Bin = 113 * 2;

pub(super) struct Coder<'a> {
    decisions: Decisions<'a>,
    scan: &'a Scan,
    conditioning: &'a Conditioning,
    /// By table.
    means: [[Bin; MEAN_BINS]; TABLES],
    others: [[Bin; OTHER_BINS]; TABLES],
    /// By part of the scan: the mean of the block before, and the difference that it came by.
    before: [(i32, i32); 4],
    is_lost: bool,
}

impl<'a> Coder<'a> {
    pub fn new(data: &'a [u8], scan: &'a Scan, conditioning: &'a Conditioning) -> Self {
        Self {
            decisions: Decisions::new(Bytes::new(data)),
            scan,
            conditioning,
            means: [[0; MEAN_BINS]; TABLES],
            others: [[0; OTHER_BINS]; TABLES],
            before: [(0, 0); 4],
            is_lost: false,
        }
    }

    /// T.81 §F.2.4.1: the mean of the next block, by its difference from the one before.
    fn mean(&mut self, part: usize) -> Option<i32> {
        let table = self.scan.parts[part].dc;
        let (bins, (mean, difference)) = (&mut self.means[table], &mut self.before[part]);
        // §F.1.4.4.1.2, Table F.4: five kinds of differences before, four bins each.
        let (low, high) = self.conditioning.small[table];
        let size = difference.abs();
        let context = match (size <= (1 << low) >> 1, size <= 1 << high, *difference > 0) {
            (true, _, _) => 0,
            (_, true, true) => 4,
            (_, true, false) => 8,
            (_, false, true) => 12,
            (_, false, false) => 16,
        };
        *difference = 0;
        if self.decisions.next(&mut bins[context]) {
            let is_negative = self.decisions.next(&mut bins[context + 1]);
            let first = context + 2 + usize::from(is_negative);
            let size = self.decisions.magnitude(bins, first, 20, 21)? + 1;
            *difference = if is_negative { -size } else { size };
        }
        *mean = mean.wrapping_add(*difference);
        Some(*mean)
    }

    /// T.81 §F.2.4.2, §G.1.3.2: all other coefficients, or some of them.
    fn others(&mut self, part: usize, block: &mut Block) -> Option<()> {
        let (table, low) = (self.scan.parts[part].ac, self.scan.low);
        let bins = &mut self.others[table];
        let mut at = self.scan.first.max(1);
        while at <= self.scan.last {
            // Three bins for each: whether it is the end, whether this one is zero, its size.
            if self.decisions.next(&mut bins[3 * (at - 1)]) {
                break;
            }
            while !self.decisions.next(&mut bins[3 * (at - 1) + 1]) {
                at += 1;
                if at > self.scan.last {
                    return None;
                }
            }
            let is_negative = self.decisions.next(&mut { EVEN });
            let size_bin = 3 * (at - 1) + 2;
            let third = if at <= usize::from(self.conditioning.low[table]) { 189 } else { 217 };
            let size = (self.decisions.magnitude(bins, size_bin, size_bin, third)? + 1) << low;
            block[at] = if is_negative { -size } else { size } as i16;
            at += 1;
        }
        Some(())
    }

    /// T.81 §G.1.3.3: one more bit of each.
    fn others_bit(&mut self, part: usize, block: &mut Block) -> Option<()> {
        let bins = &mut self.others[self.scan.parts[part].ac];
        let bit = 1i16 << self.scan.low;
        // The end of the block as it was before: until there it cannot be.
        let known = block[..=self.scan.last].iter().rposition(|value| *value != 0).unwrap_or(0);
        let mut at = self.scan.first;
        while at <= self.scan.last {
            if at > known && self.decisions.next(&mut bins[3 * (at - 1)]) {
                break;
            }
            loop {
                let value = &mut block[at];
                if *value != 0 {
                    if self.decisions.next(&mut bins[3 * (at - 1) + 2]) {
                        *value = value.wrapping_add(bit * value.signum());
                    }
                    break;
                }
                if self.decisions.next(&mut bins[3 * (at - 1) + 1]) {
                    *value = if self.decisions.next(&mut { EVEN }) { -bit } else { bit };
                    break;
                }
                at += 1;
                if at > self.scan.last {
                    return None;
                }
            }
            at += 1;
        }
        Some(())
    }
}

impl Blocks for Coder<'_> {
    fn block(&mut self, part: usize, block: &mut Block) {
        let low = self.scan.low;
        let read = match self.scan.step {
            _ if self.is_lost => None,
            Step::Whole => self.mean(part).and_then(|mean| {
                block[0] = mean as i16;
                self.others(part, block)
            }),
            Step::Mean => self.mean(part).map(|mean| block[0] = (mean << low) as i16),
            Step::MeanBit => {
                block[0] |= i16::from(self.decisions.next(&mut { EVEN })) << low;
                Some(())
            }
            Step::Others => self.others(part, block),
            Step::OthersBit => self.others_bit(part, block),
        };
        // What no encoder writes: nothing behind it can be told.
        self.is_lost |= read.is_none();
    }

    fn is_lost(&self) -> bool {
        self.is_lost
    }

    fn restart(&mut self, number: u8) {
        self.is_lost = !self.decisions.bytes.restart(number);
        self.decisions.begin();
        // T.81 §F.1.4.4.1.5, §F.1.4.4.2.2.
        self.means = [[0; MEAN_BINS]; TABLES];
        self.others = [[0; OTHER_BINS]; TABLES];
        self.before = [(0, 0); 4];
    }

    fn effort(&mut self) -> u64 {
        std::mem::take(&mut self.decisions.count)
    }
}

/// T.81 §D.2: yes or no, each with what is known about how likely it is.
pub(super) struct Decisions<'a> {
    bytes: Bytes<'a>,
    /// The code register C of Figure D.15: Cx above, Clow below.
    code: u32,
    /// The interval A.
    interval: u32,
    /// Bits of Clow that are not used yet.
    bits: u32,
    /// How many there were.
    count: u64,
}

impl<'a> Decisions<'a> {
    pub fn new(bytes: Bytes<'a>) -> Self {
        let mut decisions = Self { bytes, code: 0, interval: 0, bits: 0, count: 0 };
        decisions.begin();
        decisions
    }

    /// Figure D.23 (Initdec).
    fn begin(&mut self) {
        self.code = u32::from(self.byte()) << 24 | u32::from(self.byte()) << 16;
        (self.interval, self.bits) = (0x1_0000, 0);
    }

    /// Figure D.21: before a marker, and at the end, there are as many zeros as are wanted.
    fn byte(&mut self) -> u8 {
        self.bytes.next().unwrap_or(0)
    }

    /// Figures D.16 to D.20.
    pub fn next(&mut self, bin: &mut Bin) -> bool {
        self.count += 1;
        let (row, likely) = (*bin >> 1, *bin & 1 == 1);
        let (size, after_unlikely, after_likely, switches) = STATES[usize::from(row)];
        let size = u32::from(size);
        self.interval -= size;
        let is_below = self.code >> 16 < self.interval;
        if is_below && self.interval >= 0x8000 {
            return likely;
        }
        // The smaller part belongs to the unlikely answer; where the two are the wrong way round they are exchanged.
        let is_likely = is_below == (self.interval >= size);
        if !is_below {
            self.code -= self.interval << 16;
            self.interval = size;
        }
        let answer = likely == is_likely;
        *bin = match is_likely {
            true => after_likely << 1 | u8::from(likely),
            false => after_unlikely << 1 | u8::from(likely != switches),
        };
        while self.interval < 0x8000 {
            if self.bits == 0 {
                self.code |= u32::from(self.byte()) << 8;
                self.bits = 8;
            }
            self.interval <<= 1;
            self.code <<= 1;
            self.bits -= 1;
        }
        answer
    }

    /// T.81 §F.1.4.3, Figures F.22 to F.24: a size less one, by how many bits it has, then those below the highest. Two of the
    /// bins are named, the third and all that follow it stand in a row; those of the lower bits, 14 behind. None where it is larger
    /// than any.
    fn magnitude(&mut self, bins: &mut [Bin], first: usize, second: usize, third: usize) -> Option<i32> {
        if !self.next(&mut bins[first]) {
            return Some(0);
        }
        if !self.next(&mut bins[second]) {
            return Some(1);
        }
        let (mut bit, mut at) = (2, third);
        while self.next(&mut bins[at]) {
            bit <<= 1;
            at += 1;
            if bit == 1 << 15 {
                return None;
            }
        }
        let mut size = bit;
        while bit > 1 {
            bit >>= 1;
            if self.next(&mut bins[at + 14]) {
                size |= bit;
            }
        }
        Some(size)
    }
}

/// T.81 Table D.3: the size of the unlikely part, the row after an unlikely answer, that after a likely one, and whether the unlikely answer
/// becomes the likely one. The last row is not of the table: it stays as it is, for [`EVEN`].
#[rustfmt::skip]
const STATES: [(u16, u8, u8, bool); 114] = [
    (0x5A1D, 1, 1, true), (0x2586, 14, 2, false), (0x1114, 16, 3, false), (0x080B, 18, 4, false), (0x03D8, 20, 5, false),
    (0x01DA, 23, 6, false), (0x00E5, 25, 7, false), (0x006F, 28, 8, false), (0x0036, 30, 9, false), (0x001A, 33, 10, false),
    (0x000D, 35, 11, false), (0x0006, 9, 12, false), (0x0003, 10, 13, false), (0x0001, 12, 13, false), (0x5A7F, 15, 15, true),
    (0x3F25, 36, 16, false), (0x2CF2, 38, 17, false), (0x207C, 39, 18, false), (0x17B9, 40, 19, false), (0x1182, 42, 20, false),
    (0x0CEF, 43, 21, false), (0x09A1, 45, 22, false), (0x072F, 46, 23, false), (0x055C, 48, 24, false), (0x0406, 49, 25, false),
    (0x0303, 51, 26, false), (0x0240, 52, 27, false), (0x01B1, 54, 28, false), (0x0144, 56, 29, false), (0x00F5, 57, 30, false),
    (0x00B7, 59, 31, false), (0x008A, 60, 32, false), (0x0068, 62, 33, false), (0x004E, 63, 34, false), (0x003B, 32, 35, false),
    (0x002C, 33, 9, false), (0x5AE1, 37, 37, true), (0x484C, 64, 38, false), (0x3A0D, 65, 39, false), (0x2EF1, 67, 40, false),
    (0x261F, 68, 41, false), (0x1F33, 69, 42, false), (0x19A8, 70, 43, false), (0x1518, 72, 44, false), (0x1177, 73, 45, false),
    (0x0E74, 74, 46, false), (0x0BFB, 75, 47, false), (0x09F8, 77, 48, false), (0x0861, 78, 49, false), (0x0706, 79, 50, false),
    (0x05CD, 48, 51, false), (0x04DE, 50, 52, false), (0x040F, 50, 53, false), (0x0363, 51, 54, false), (0x02D4, 52, 55, false),
    (0x025C, 53, 56, false), (0x01F8, 54, 57, false), (0x01A4, 55, 58, false), (0x0160, 56, 59, false), (0x0125, 57, 60, false),
    (0x00F6, 58, 61, false), (0x00CB, 59, 62, false), (0x00AB, 61, 63, false), (0x008F, 61, 32, false), (0x5B12, 65, 65, true),
    (0x4D04, 80, 66, false), (0x412C, 81, 67, false), (0x37D8, 82, 68, false), (0x2FE8, 83, 69, false), (0x293C, 84, 70, false),
    (0x2379, 86, 71, false), (0x1EDF, 87, 72, false), (0x1AA9, 87, 73, false), (0x174E, 72, 74, false), (0x1424, 72, 75, false),
    (0x119C, 74, 76, false), (0x0F6B, 74, 77, false), (0x0D51, 75, 78, false), (0x0BB6, 77, 79, false), (0x0A40, 77, 48, false),
    (0x5832, 80, 81, true), (0x4D1C, 88, 82, false), (0x438E, 89, 83, false), (0x3BDD, 90, 84, false), (0x34EE, 91, 85, false),
    (0x2EAE, 92, 86, false), (0x299A, 93, 87, false), (0x2516, 86, 71, false), (0x5570, 88, 89, true), (0x4CA9, 95, 90, false),
    (0x44D9, 96, 91, false), (0x3E22, 97, 92, false), (0x3824, 99, 93, false), (0x32B4, 99, 94, false), (0x2E17, 93, 86, false),
    (0x56A8, 95, 96, true), (0x4F46, 101, 97, false), (0x47E5, 102, 98, false), (0x41CF, 103, 99, false), (0x3C3D, 104, 100, false),
    (0x375E, 99, 93, false), (0x5231, 105, 102, false), (0x4C0F, 106, 103, false), (0x4639, 107, 104, false), (0x415E, 103, 99, false),
    (0x5627, 105, 106, true), (0x50E7, 108, 107, false), (0x4B85, 109, 103, false), (0x5597, 110, 109, false), (0x504F, 111, 107, false),
    (0x5A10, 110, 111, true), (0x5522, 112, 109, false), (0x59EB, 112, 111, true), (0x5A1D, 113, 113, false),
];
