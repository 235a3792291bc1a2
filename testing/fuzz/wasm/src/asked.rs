//! What a script asks for.

use std::sync::{Mutex, PoisonError};

use casemate_fuzz::{Mutator, Target, targets};
use wasm_bindgen::prelude::wasm_bindgen;

/// What the last panic said: it ends in a trap, which says nothing.
static WHY: Mutex<String> = Mutex::new(String::new());

/// The names of the targets that a browser can run.
#[wasm_bindgen]
pub fn names() -> Vec<String> {
    std::panic::set_hook(Box::new(|panic| {
        *WHY.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    targets().map(|target| target.name.to_owned()).collect()
}

/// What the last panic said.
#[wasm_bindgen]
pub fn why() -> String {
    WHY.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A target, and what its inputs are made of.
#[wasm_bindgen]
pub struct Hunt {
    target: &'static Target,
    inputs: Vec<(String, Vec<u8>)>,
}

#[wasm_bindgen]
impl Hunt {
    /// With the target's own seeds; nothing where there is no such target.
    pub fn of(name: &str) -> Option<Hunt> {
        let target = targets().find(|target| target.name == name)?;
        let seeds = (target.seeds)().into_iter().enumerate();
        let inputs = seeds.map(|(number, seed)| (format!("seed {number}"), seed)).collect();
        Some(Self { target, inputs })
    }

    /// One input more, as from the kept corpus.
    pub fn add(&mut self, name: String, input: Vec<u8>) {
        self.inputs.push((name, input));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.inputs.len()
    }

    /// What one is called.
    pub fn name(&self, number: usize) -> String {
        self.inputs.get(number).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// Runs one as it is.
    pub fn run(&self, number: usize) {
        if let Some((_, input)) = self.inputs.get(number) {
            (self.target.run)(input);
        }
    }

    /// The input that a number makes of them.
    pub fn input(&self, number: u64) -> Vec<u8> {
        Mutator::new(number, &self.inputs).make()
    }

    /// Runs that.
    pub fn hunt(&self, number: u64) {
        (self.target.run)(&self.input(number));
    }
}
