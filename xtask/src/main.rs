//! Everything a person types here: `cargo xtask run`, `test`, `ci`, `tidy` and so on.
//!
//! This crate is the first thing a newcomer compiles, so it needs none of our crates and little else. It
//! starts cargo and the product as processes and says in words what went wrong.

mod attacks;
mod axe;
mod ci;
mod fuzz;
mod locales;
mod measure;
mod package;
mod packages;
mod process;
mod product;
mod run;
mod screenshots;
mod steps;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (command, rest) = match words.split_first() {
        Some((command, rest)) => (*command, rest),
        None => ("help", &[][..]),
    };
    match command {
        "run" => run::run(rest),
        "build" => product::build(rest),
        "package" => package::package(rest),
        "web" => web::web(rest),
        "test" => ci::test(rest),
        "ci" => ci::ci(rest),
        "attacks" => attacks::attacks(rest),
        "screenshots" => screenshots::screenshots(rest),
        "tidy" => tidy::tidy(rest),
        "bench" => measure::bench(rest),
        "soak" => measure::soak(rest),
        "sim" => measure::sim(rest),
        "fuzz" => fuzz::fuzz(rest),
        "locales" => locales::locales(rest),
        "mutations" => measure::mutations(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command {other:?}; `cargo xtask help` lists them"),
    }
}

const HELP: &str = "\
cargo xtask COMMAND

  run [--data DIR]           build the product, start a server on this machine, and print what to type
                             in two terminals to talk to yourself; Ctrl-C stops it
                             (DIR is casemate-data unless you say otherwise)
  build                      the release binary: release/casemate in cargo's target folder
  package [--binary PATH] [--to DIR] [--check]
                             a Debian package of the release binary, or of one that is there, in package in cargo's
                             target folder; --check installs it in a fresh Debian and starts the server there
  web [--release] [--visit]  the web app as files to serve: web/dist in cargo's target folder; with --release as
                             small as it gets, else quick to build; --visit finds out first what a first visit
                             runs of the engine, which is loaded before the rest of it
  test [--quick]             every test, then tidy; --quick leaves out simulation, end-to-end tests and browsers
  ci                         what CI runs: format, tidy, lints, licences, tests, stories in real browsers
  attacks [--quick]          what has been done to messengers, tried here: the tests that SECURITY.md names, and what
                             came of each; --quick leaves out whole processes and browsers
  screenshots                pictures of the web app's screens, into docs/screens
  tidy                       what no compiler checks: who may depend on whom, C code, links in documents
  bench [--all]              speed and memory of a release build, as `casemate load` and testing/bench see it
  bench --transparency [--accounts N]
                             the list of everyone's keys: the server's part, and verified in wasm by node
  bench --decoders           guard beside Pillow and ffmpeg, natively and in wasm by node; which pictures are shown
  bench --page               the web app as it is released, in Chromium: waiting, scrolling, sizes, memory
  fuzz [TARGET] [--seconds N] [--seed S] [--file F]
                             throw mutated bytes at a parser; without TARGET, lists them
  fuzz --wasm [TARGET] [--seconds N] [--seed S]
                             the same for those that a browser runs, on 32 bits, by node; all, a second each
  locales FOLDER...          how phones of all languages write dates, out of Unicode CLDR's npm packages, for imports
  mutations [N] [--seed S]   good and odd files made bad, 100,000 of them or N, looked into by guard in its walls
  soak [--simulation] [--seconds N] [--seed S]
                             hundreds of kills, a file of 4 GiB, then the simulation with one seed after another
                             until stopped; --simulation does only that
  sim [--seeds N] [--first S]
                             members and servers who keep no rule, generated: 10,000 seeds or N, from 1 or S on
";

/// The value after `name` in `words`, taking both out.
fn take_option<'a>(words: &mut Vec<&'a str>, name: &str) -> Result<Option<&'a str>> {
    let Some(at) = words.iter().position(|word| *word == name) else { return Ok(None) };
    if at + 1 >= words.len() {
        bail!("{name} needs a value");
    }
    words.remove(at);
    Ok(Some(words.remove(at)))
}

/// Whether `name` is in `words`, taking it out.
fn take_flag(words: &mut Vec<&str>, name: &str) -> bool {
    let before = words.len();
    words.retain(|word| *word != name);
    words.len() != before
}

/// Refuses what no option took: a mistyped option must not pass as none.
fn nothing_left(words: &[&str]) -> Result<()> {
    match words.first() {
        None => Ok(()),
        Some(word) => bail!("{word:?} is not understood here; `cargo xtask help` shows what is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_and_the_rest_is_refused() {
        let mut words = vec!["--data", "d", "--quick"];
        assert_eq!(take_option(&mut words, "--data").unwrap(), Some("d"));
        assert!(take_flag(&mut words, "--quick"));
        assert!(nothing_left(&words).is_ok());
        assert!(take_option(&mut vec!["--data"], "--data").is_err());
        assert!(nothing_left(&["--qick"]).is_err());
    }

    #[test]
    fn unknown_commands_are_refused() {
        assert!(dispatch(&["rnu".into()]).is_err());
        assert!(dispatch(&["help".into()]).is_ok());
    }
}
