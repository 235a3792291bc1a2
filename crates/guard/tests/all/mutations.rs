//! Good files, made bad: seeded, so that a failure comes again. A failing run prints what to set
//! `CASEMATE_GUARD_SEED` to; `CASEMATE_GUARD_ROUNDS` makes it longer.

use super::fixtures;
use casemate_guard::fuzz::mutate::mutate;
use casemate_guard::fuzz::{fuzz_inspect, fuzz_reading, fuzz_sound, fuzz_strip, fuzz_video};

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
            fuzz_reading(&mutant);
        });
        assert!(broke.is_ok(), "{name}: CASEMATE_GUARD_SEED={round} CASEMATE_GUARD_ROUNDS=1");
    }
}
