//! To come.
pub fn run() {}
