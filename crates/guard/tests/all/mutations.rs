//! Good files, made bad: seeded, so that a failure comes again. A failing run prints what to set
//! `CASEMATE_GUARD_SEED` to; `CASEMATE_GUARD_ROUNDS` makes it longer.

use super::fixtures;
use casemate_guard::fuzz::{fuzz_inspect, fuzz_sound, fuzz_strip, fuzz_video};

#[test]
fn mutated_files_never_break_it() {
    for (name, bytes) in fixtures::all() {
        try_mutants(&name, &bytes, 150);
    }
}

/// That many mutants of a file, or as the environment says.
pub fn try_mutants(name: &str, bytes: &[u8], rounds: u64) {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    };
    let (seed, rounds) = (number("CASEMATE_GUARD_SEED", 1), number("CASEMATE_GUARD_ROUNDS", rounds));
    for round in seed..seed + rounds {
        let mutant = mutate(bytes, round);
        let broke = std::panic::catch_unwind(|| {
            fuzz_inspect(&mutant);
            fuzz_strip(&mutant);
            fuzz_sound(&mutant);
            fuzz_video(&mutant);
        });
        assert!(broke.is_ok(), "{name}: CASEMATE_GUARD_SEED={round} CASEMATE_GUARD_ROUNDS=1");
    }
}

/// A few of: bits flipped, bytes set to telling values, numbers changed, a piece cut out, doubled, moved.
fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes.len() as u64);
    let mut mutant = bytes.to_vec();
    for _ in 0..=random.below(6) {
        if mutant.len() < 16 {
            break;
        }
        // Structure is mostly in front.
        let reach = if random.below(2) == 0 { mutant.len().min(600) } else { mutant.len() };
        let at = random.below(reach);
        let length = 1 + random.below(32.min(mutant.len() - at));
        match random.below(7) {
            0 => mutant[at] ^= 1 << random.below(8),
            1 => mutant[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][random.below(6)],
            2 => mutant[at..at + length.min(4)].fill([0, 0xFF][random.below(2)]),
            3 => mutant[at] = mutant[at].wrapping_add(random.below(9) as u8).wrapping_sub(4),
            4 => drop(mutant.drain(at..at + length)),
            5 => {
                let piece = mutant[at..at + length].to_vec();
                let to = random.below(mutant.len());
                mutant.splice(to..to, piece);
            }
            _ => mutant.truncate(at.max(16)),
        }
    }
    mutant
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ value >> 31) % bound.max(1) as u64) as usize
    }
}
