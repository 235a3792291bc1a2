//! Running a target: one input, or mutations from a range of seeds.

use std::fmt;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use crate::Target;
use crate::mutate::Mutator;

/// A parser of bounded input answers at once; this is for a machine that is busy besides.
const LONGEST: Duration = Duration::from_secs(10);

/// An input that a target did not stand.
#[derive(Debug)]
pub struct Failure {
    /// The target's name.
    pub target: &'static str,
    /// The number that the input was made from.
    pub seed: u64,
    /// The input itself.
    pub input: Vec<u8>,
    /// What the panic said.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}\n  again: cargo xtask fuzz {} --seed {} --seconds 0",
            self.target, self.why, self.target, self.seed
        )
    }
}

/// Runs `target` on mutations made from `seeds`, until one fails or `until` is past.
/// Answers how many inputs were run.
pub fn hunt(
    target: &Target,
    inputs: &[(String, Vec<u8>)],
    seeds: Range<u64>,
    until: Option<Instant>,
) -> Result<u64, Box<Failure>> {
    let mut count = 0;
    for seed in seeds {
        let input = Mutator::new(seed, inputs).make();
        if let Err(why) = run_one(target, &input) {
            return Err(Box::new(Failure { target: target.name, seed, input, why }));
        }
        count += 1;
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
    }
    Ok(count)
}

/// Runs `target` on one input. The error is what it panicked with, or that it took too long.
pub fn run_one(target: &Target, input: &[u8]) -> Result<(), String> {
    let started = Instant::now();
    let result = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = started.elapsed();
    match result {
        Err(panic) => Err(text_of(&*panic)),
        Ok(()) if took > LONGEST => Err(format!("took {took:?} for {} bytes", input.len())),
        Ok(()) => Ok(()),
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}
