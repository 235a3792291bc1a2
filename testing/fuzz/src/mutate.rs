//! One number makes one input: a known input, changed in one to five ways.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::protobuf::{self, Field, Value};

/// Inputs do not grow beyond this: parsers have limits of their own, which the seeds reach.
const LARGEST: usize = 256 * 1024;

/// Text that parsers of text stumble over.
const WORDS: [&str; 20] = [
    "@",
    "..",
    "#",
    "/i#",
    "://",
    "%00",
    "\0",
    "\u{202e}",
    "\u{200b}",
    "А",
    "İ",
    "é",
    "👩‍👩‍👧",
    "\r\n",
    "-1",
    "1e309",
    "[",
    "/../",
    "\"",
    "\\",
];

/// Numbers at the edges of what fields hold.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xffff,
    i32::MAX as u64,
    i32::MIN as u64,
    u32::MAX as u64,
    1 << 32,
    i64::MAX as u64,
    i64::MIN as u64,
    u64::MAX,
];

/// Makes the input that belongs to one seed.
pub struct Mutator<'a> {
    rng: ChaCha8Rng,
    inputs: &'a [(String, Vec<u8>)],
}

impl<'a> Mutator<'a> {
    /// Begins with what `seed` says.
    pub fn new(seed: u64, inputs: &'a [(String, Vec<u8>)]) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), inputs }
    }

    /// The input.
    pub fn make(mut self) -> Vec<u8> {
        let mut input = self.any_input();
        for _ in 0..self.rng.random_range(1..=5) {
            let changed = if self.rng.random_bool(0.5) { self.change_fields(&input) } else { None };
            input = changed.unwrap_or_else(|| self.change_bytes(input));
            input.truncate(LARGEST);
        }
        input
    }

    fn any_input(&mut self) -> Vec<u8> {
        self.inputs.choose(&mut self.rng).map(|(_, input)| input.clone()).unwrap_or_default()
    }

    fn change_bytes(&mut self, mut input: Vec<u8>) -> Vec<u8> {
        let at = self.rng.random_range(0..=input.len());
        let end = self.rng.random_range(at..=input.len());
        match self.rng.random_range(0..9) {
            0 if at < input.len() => input[at] ^= 1 << self.rng.random_range(0..8),
            1 if at < input.len() => {
                input[at] = *[0, 1, 0x7f, 0x80, 0xff].choose(&mut self.rng).unwrap_or(&0)
            }
            2 => input.truncate(at),
            3 => {
                input.drain(at..end);
            }
            4 => {
                let bytes: Vec<u8> = (0..self.rng.random_range(1..40)).map(|_| self.rng.random()).collect();
                input.splice(at..at, bytes);
            }
            5 => {
                let again = input[at..end].to_vec();
                let times = self.rng.random_range(1..=4);
                input.splice(end..end, again.repeat(times));
            }
            6 => {
                // The head of one and the tail of another.
                let other = self.any_input();
                let from = self.rng.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            7 => {
                let word = WORDS.choose(&mut self.rng).unwrap_or(&"");
                input.splice(at..end.min(at + 8), word.bytes());
            }
            _ => {
                // A number where perhaps a length stood.
                let mut number = Vec::new();
                protobuf::put_varint(&mut number, self.edge());
                input.splice(at..(at + 1).min(input.len()), number);
            }
        }
        input
    }

    /// The same on the level of fields, where the input is a message at all.
    fn change_fields(&mut self, input: &[u8]) -> Option<Vec<u8>> {
        let mut fields = protobuf::read(input).filter(|fields| !fields.is_empty())?;
        let other = self.any_input();
        self.change_some_field(&mut fields, &other);
        Some(protobuf::write(&fields))
    }

    fn change_some_field(&mut self, fields: &mut Vec<Field>, other: &[u8]) {
        let at = self.rng.random_range(0..fields.len());
        if let Value::Message(inner) = &mut fields[at].value
            && !inner.is_empty()
            && self.rng.random_bool(0.7)
        {
            return self.change_some_field(inner, other);
        }
        match self.rng.random_range(0..9) {
            0 => {
                fields.remove(at);
            }
            1 => {
                let times = *[1, 2, 20, 300].choose(&mut self.rng).unwrap_or(&1);
                let again = vec![fields[at].clone(); times];
                fields.splice(at..at, again);
            }
            2 => fields[at].value = Value::Varint(self.edge()),
            3 => {
                let len = *[0, 1, 15, 17, 31, 33, 65, 5_000].choose(&mut self.rng).unwrap_or(&0);
                fields[at].value = Value::Bytes(vec![self.rng.random(); len]);
            }
            4 => fields[at].number = self.rng.random_range(1..=50),
            5 => {
                let with = self.rng.random_range(0..fields.len());
                fields.swap(at, with);
            }
            6 => {
                // Itself inside itself, deeper than any recursion limit.
                let number = fields[at].number;
                for _ in 0..*[1, 30, 150].choose(&mut self.rng).unwrap_or(&1) {
                    let inner = fields[at].clone();
                    fields[at] = Field { number, value: Value::Message(vec![inner]) };
                }
            }
            7 => {
                if let Some(foreign) =
                    protobuf::read(other).and_then(|all| all.choose(&mut self.rng).cloned())
                {
                    fields.insert(at, foreign);
                }
            }
            _ => {
                let value = protobuf::write(std::slice::from_ref(&fields[at]));
                fields[at].value = Value::Bytes(self.change_bytes(value));
            }
        }
    }

    fn edge(&mut self) -> u64 {
        *EDGES.choose(&mut self.rng).unwrap_or(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_makes_the_same_input_and_others_make_others() {
        let inputs = vec![("a".to_owned(), vec![0x0a, 3, 1, 2, 3, 0x10, 7]), ("b".to_owned(), vec![9; 40])];
        let make = |seed| Mutator::new(seed, &inputs).make();
        let made: Vec<Vec<u8>> = (0..200).map(make).collect();
        assert_eq!(made, (0..200).map(make).collect::<Vec<_>>());
        let different: std::collections::BTreeSet<&Vec<u8>> = made.iter().collect();
        assert!(different.len() > 150, "{}", different.len());
    }

    #[test]
    fn nothing_to_begin_with_is_no_reason_to_fail() {
        for seed in 0..100 {
            Mutator::new(seed, &[]).make();
        }
    }
}
