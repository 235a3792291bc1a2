//! A target per parser that bytes from outside reach. Each is a plain function that must neither panic nor
//! break the property it states, whatever the bytes.
//!
//! ```text
//! seeds (built by our own encoders) ┐
//! corpus/<target>/ (kept by hand)   ┴─▶ mutate, from one number ─▶ run ─▶ panic? the input is kept
//! ```
//! As ordinary tests every target replays its corpus and some thousand mutations; `cargo xtask fuzz TARGET`
//! goes on from new numbers for as long as one likes. Not coverage-guided: that needs a nightly compiler, and
//! the mutator knows protobuf instead. Those whose parsers a browser runs are run on 32 bits too: `cargo xtask fuzz --wasm`, in wasm/.

#[cfg(not(target_family = "wasm"))]
pub mod corpus;
#[cfg(not(target_family = "wasm"))]
mod hunt;
mod mutate;
mod protobuf;
mod targets;

#[cfg(not(target_family = "wasm"))]
pub use hunt::{Failure, hunt, run_one};
pub use mutate::Mutator;
pub use targets::{Target, targets};

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Mutations a target in ordinary tests, and the time after which it is enough: those that seal are slower.
    const INPUTS: u64 = 4_000;
    const LONGEST: Duration = Duration::from_secs(1);

    #[test]
    fn every_target_stands_its_corpus_and_mutations() {
        let mut failed = Vec::new();
        for target in targets() {
            let inputs = corpus::inputs(target).unwrap();
            assert!(inputs.len() > 1, "{} has nothing to begin with", target.name);
            for (name, input) in &inputs {
                if let Err(why) = run_one(target, input) {
                    failed.push(format!("{}: {name}: {why}", target.name));
                }
            }
            if let Err(failure) = hunt(target, &inputs, 0..INPUTS, Some(Instant::now() + LONGEST)) {
                failed.push(failure.to_string());
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_failing_target_is_caught_and_its_seed_makes_the_same_input() {
        let run = |input: &[u8]| assert!(input.len() < 3 || input[1] != 0xff, "a planted fault");
        let target = Target { name: "planted", seeds: || vec![vec![0; 8], vec![1; 4]], run };
        let inputs = corpus::inputs(&target).unwrap();
        let failure = hunt(&target, &inputs, 0..100_000, None).unwrap_err();
        let again = hunt(&target, &inputs, failure.seed..failure.seed + 1, None).unwrap_err();
        assert_eq!(failure.input, again.input);
        assert!(failure.to_string().contains("a planted fault"), "{failure}");
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<&str> = targets().map(|target| target.name).collect();
        assert_eq!(names.len(), targets().count());
    }
}
