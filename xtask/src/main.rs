//! Everything a person types: run, build, test, ci, tidy.
fn main() {}
