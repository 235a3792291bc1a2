//! Huffman codes: tables (T.81 Annex C), and what a block's codes mean (§F.2.2, §G.1.2).

use super::TABLE;
use super::bytes::Bytes;
use super::frame::Block;
use super::scan::{Coder as Blocks, Scan, Step};
use crate::Fault;

/// Tables by class (means, all others) and number.
#[derive(Default)]
pub(super) struct Tables {
    means: [Option<Table>; 4],
    others: [Option<Table>; 4],
}

impl Tables {
    /// T.81 §B.2.4.2.
    pub fn define(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((&[head, ref counts @ ..], rest)) = body.split_first_chunk::<17>() {
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(count).ok_or(TABLE)?;
            let tables = [&mut self.means, &mut self.others];
            let tables = tables.into_iter().nth(usize::from(head >> 4)).ok_or(TABLE)?;
            let table = tables.get_mut(usize::from(head & 15)).ok_or(TABLE)?;
            // Only one that is used must hold together.
            *table = Table::new(counts, values);
            body = rest;
        }
        if body.is_empty() { Ok(()) } else { Err(TABLE) }
    }
}

/// Codes of one table.
pub(super) struct Table {
    /// By a code's first eight bits: its value and its length, zero where it is longer.
    short: [(u8, u8); 256],
    /// By length: the code behind the last of that length, and what to add to one of them for its value's place (T.81 §F.2.2.3,
    /// MAXCODE and VALPTR).
    ends: [(u32, i32); 17],
    values: Vec<u8>,
}

impl Table {
    /// T.81 Annex C: codes of one length are consecutive numbers, and each length goes on where the shorter one ended.
    fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut table = Self { short: [(0, 0); 256], ends: [(0, 0); 17], values: values.to_vec() };
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16 {
            code <<= 1;
            let count = usize::from(counts[length - 1]);
            table.ends[length].1 = place as i32 - code as i32;
            for value in values.iter().skip(place).take(count) {
                if code >> length > 0 {
                    return None;
                }
                if length <= 8 {
                    let first = (code << (8 - length)) as usize;
                    table.short[first..first + (1 << (8 - length))].fill((*value, length as u8));
                }
                code += 1;
            }
            place += count;
            table.ends[length].0 = code;
        }
        Some(table)
    }
}

/// Bits of a scan's data.
struct Bits<'a> {
    bytes: Bytes<'a>,
    /// The next ones, from the top.
    held: u64,
    count: u32,
    /// More were wanted than there are: those that are missing are zeros.
    is_over: bool,
}

impl<'a> Bits<'a> {
    fn new(bytes: Bytes<'a>) -> Self {
        Self { bytes, held: 0, count: 0, is_over: false }
    }

    /// The next sixteen, without taking them.
    fn ahead(&mut self) -> u32 {
        while self.count < 48 {
            let Some(byte) = self.bytes.next() else { break };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        (self.held >> 48) as u32
    }

    /// Up to sixteen.
    fn take(&mut self, count: u32) -> u32 {
        let bits = self.ahead() >> (16 - count);
        self.is_over |= count > self.count;
        self.held <<= count;
        self.count = self.count.saturating_sub(count);
        bits
    }

    fn bit(&mut self) -> bool {
        self.take(1) == 1
    }

    /// T.81 §F.2.2.3 (DECODE). A code that is none says zero.
    fn value(&mut self, table: &Table) -> u8 {
        let ahead = self.ahead();
        let (value, length) = table.short[(ahead >> 8) as usize];
        if length > 0 {
            self.take(length.into());
            return value;
        }
        for length in 9..=16 {
            let (end, add) = table.ends[length];
            let code = ahead >> (16 - length);
            if code < end {
                self.take(length as u32);
                return table.values.get((code as i32 + add) as usize).copied().unwrap_or(0);
            }
        }
        self.take(16);
        0
    }

    /// T.81 §F.2.2.1, Figure F.12 (RECEIVE, EXTEND): a number of so many bits, negative where the first is zero.
    fn number(&mut self, size: u8) -> i32 {
        let size = u32::from(size).min(16);
        let bits = self.take(size) as i32;
        if size > 0 && bits >> (size - 1) == 0 { bits - (1 << size) + 1 } else { bits }
    }
}

pub(super) struct Coder<'a> {
    bits: Bits<'a>,
    scan: &'a Scan,
    /// By part of the scan, where it has them.
    tables: Vec<(Option<&'a Table>, Option<&'a Table>)>,
    /// By part of the scan: the mean of the block before.
    before: [i32; 4],
    /// Blocks of which it is known that nothing more comes (T.81 §G.1.2.2).
    ended: u32,
    is_lost: bool,
    effort: u64,
}

impl<'a> Coder<'a> {
    pub fn new(data: &'a [u8], scan: &'a Scan, tables: &'a Tables) -> Result<Self, Fault> {
        let of = |tables: &'a [Option<Table>], number: usize| tables.get(number)?.as_ref();
        let mut wanted = Vec::new();
        for part in &scan.parts {
            let (mean, others) = (of(&tables.means, part.dc), of(&tables.others, part.ac));
            let needs = match scan.step {
                Step::Whole => mean.is_some() && others.is_some(),
                Step::Mean => mean.is_some(),
                Step::MeanBit => true,
                Step::Others | Step::OthersBit => others.is_some(),
            };
            if !needs {
                return Err(TABLE);
            }
            wanted.push((mean, others));
        }
        let bits = Bits::new(Bytes::new(data));
        Ok(Self { bits, scan, tables: wanted, before: [0; 4], ended: 0, is_lost: false, effort: 0 })
    }

    /// T.81 §F.2.2.1.
    fn mean(&mut self, part: usize, table: &Table) -> i32 {
        let size = self.bits.value(table);
        self.before[part] = self.before[part].wrapping_add(self.bits.number(size));
        self.before[part]
    }

    /// T.81 §F.2.2.2, §G.1.2.2: all other coefficients, or some of them.
    fn others(&mut self, table: &Table, block: &mut Block) {
        if self.ended > 0 {
            self.ended -= 1;
            return;
        }
        let mut at = self.scan.first.max(1);
        while at <= self.scan.last {
            let value = self.bits.value(table);
            let (run, size) = (value >> 4, value & 15);
            if size == 0 && run < 15 {
                self.ended = self.end(run) - 1;
                return;
            }
            at += usize::from(run);
            if size > 0 && at <= self.scan.last {
                block[at] = (self.bits.number(size) << self.scan.low) as i16;
            }
            at += 1;
        }
    }

    /// How many blocks end here: this one alone, where the picture is not progressive.
    fn end(&mut self, run: u8) -> u32 {
        if self.scan.step == Step::Whole { 1 } else { (1 << run) + self.bits.take(run.into()) }
    }

    /// T.81 §G.1.2.3: one more bit of each.
    fn others_bit(&mut self, table: &Table, block: &mut Block) {
        let bit = 1i16 << self.scan.low;
        let mut at = self.scan.first;
        while at <= self.scan.last && self.ended == 0 {
            let value = self.bits.value(table);
            let (mut run, size) = (value >> 4, value & 15);
            let new = match size {
                0 if run < 15 => {
                    self.ended = self.end(run);
                    break;
                }
                0 => 0,
                _ if self.bits.bit() => bit,
                _ => -bit,
            };
            // So many that stay zero are stepped over, and all between that are not get their bit.
            while at <= self.scan.last {
                if block[at] != 0 {
                    self.more(&mut block[at], bit);
                } else if run == 0 {
                    block[at] = new;
                    break;
                } else {
                    run -= 1;
                }
                at += 1;
            }
            at += 1;
        }
        if self.ended > 0 {
            for value in block.iter_mut().take(self.scan.last + 1).skip(at).filter(|value| **value != 0) {
                self.more(value, bit);
            }
            self.ended -= 1;
        }
    }

    fn more(&mut self, value: &mut i16, bit: i16) {
        if self.bits.bit() && *value & bit == 0 {
            *value = value.wrapping_add(bit * value.signum());
        }
    }
}

impl Blocks for Coder<'_> {
    fn block(&mut self, part: usize, block: &mut Block) {
        self.effort += 16;
        let low = self.scan.low;
        match (self.scan.step, self.tables[part]) {
            (Step::Whole, (Some(means), Some(others))) => {
                block[0] = self.mean(part, means) as i16;
                self.others(others, block);
            }
            (Step::Mean, (Some(means), _)) => block[0] = (self.mean(part, means) << low) as i16,
            (Step::MeanBit, _) => block[0] |= i16::from(self.bits.bit()) << low,
            (Step::Others, (_, Some(others))) => self.others(others, block),
            (Step::OthersBit, (_, Some(others))) => self.others_bit(others, block),
            _ => self.is_lost = true,
        }
        self.is_lost |= self.bits.is_over;
    }

    fn is_lost(&self) -> bool {
        self.is_lost
    }

    fn restart(&mut self, number: u8) {
        self.is_lost = !self.bits.bytes.restart(number);
        (self.bits.held, self.bits.count, self.bits.is_over) = (0, 0, false);
        (self.before, self.ended) = ([0; 4], 0);
    }

    fn effort(&mut self) -> u64 {
        std::mem::take(&mut self.effort)
    }
}
