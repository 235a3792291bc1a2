//! Starting other programs, and saying what failed in words.

use std::ffi::OsStr;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs to the end with our own input and output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", words(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", words(command));
    }
    Ok(())
}

/// Runs to the end and gives back what it printed; its errors go to ours.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {}", words(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", words(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", words(command)))
}

/// Whether a program exists and succeeds, quietly.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    quiet(program, arguments).status().is_ok_and(|status| status.success())
}

/// The same for one that may wait for a network that is not there: it is ended after so long.
pub fn succeeds_within(limit: Duration, program: &str, arguments: &[&str]) -> bool {
    let Ok(mut child) = quiet(program, arguments).spawn() else { return false };
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(100)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

fn quiet(program: &str, arguments: &[&str]) -> Command {
    let null = std::process::Stdio::null;
    let mut command = Command::new(program);
    command.args(arguments).stdin(null()).stdout(null()).stderr(null());
    command
}

/// The command as somebody would type it.
pub fn words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let all = std::iter::once(program).chain(command.get_args());
    let all: Vec<String> = all.map(|word| quoted(&OsStr::to_string_lossy(word))).collect();
    format!("`{}`", all.join(" "))
}

/// A word as a shell takes it: bare where that is safe, else in single quotes.
pub fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_ended() {
        assert!(succeeds_within(Duration::from_secs(60), "true", &[]));
        assert!(!succeeds_within(Duration::from_secs(60), "false", &[]));
        assert!(!succeeds_within(Duration::ZERO, "sleep", &["60"]));
        assert!(!succeeds_within(Duration::ZERO, "there is no such program", &[]));
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("people/first"), "people/first");
        assert_eq!(quoted("http://localhost/i#a.b"), "'http://localhost/i#a.b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
