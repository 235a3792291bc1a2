//! Starting other programs, and saying what failed in words.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// Runs to the end with our own input and output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", words(command)))?;
    succeeded(command, status)
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{} failed ({status})", words(command));
    }
    Ok(())
}

/// The same, and does something as soon as this stands in a line of its errors, which are printed as they come.
pub fn run_and_at(command: &mut Command, sign: &str, act: impl FnOnce()) -> Result<()> {
    let mut act = Some(act);
    let started = command.stderr(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("could not start {}", words(command)))?;
    for line in child.stderr.take().into_iter().flat_map(|errors| BufReader::new(errors).lines()) {
        let line = line.with_context(|| format!("{} printed no text", words(command)))?;
        eprintln!("{line}");
        if line.contains(sign)
            && let Some(act) = act.take()
        {
            act();
        }
    }
    let status = child.wait().with_context(|| format!("could not wait for {}", words(command)))?;
    succeeded(command, status)
}

/// The same, and what it does then goes on beside the command; after it, where the sign never came. Gives what that gave.
pub fn run_beside<T: Send>(
    command: &mut Command,
    sign: &str,
    act: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    std::thread::scope(|scope| {
        let (mut act, mut begun) = (Some(act), None);
        run_and_at(command, sign, || begun = act.take().map(|act| scope.spawn(act)))?;
        match begun {
            Some(begun) => {
                begun.join().map_err(|_| anyhow!("what went on beside {} has panicked", words(command)))?
            }
            None => act.take().context("it is begun once")?(),
        }
    })
}

/// Runs to the end and prints all of its output then, in one piece.
pub fn run_and_tell(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("could not start {}", words(command)))?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    succeeded(command, output.status)
}

/// Runs to the end and gives back what it printed; its errors go to ours.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {}", words(command)))?;
    succeeded(command, output.status)?;
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
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
    fn something_is_done_at_a_sign_and_once() {
        let mut times = 0;
        let mut shell =
            |script: &str| run_and_at(Command::new("sh").args(["-c", script]), "Running", || times += 1);
        shell("echo Compiling >&2; echo Running a >&2; echo Running b >&2").unwrap();
        assert!(shell("echo Compiling >&2; exit 3").is_err());
        assert_eq!(times, 1);
    }

    #[test]
    fn what_goes_on_beside_a_command_is_done_once_and_gives_what_it_gave() {
        let beside = |script: &str| {
            run_beside(Command::new("sh").args(["-c", script]), "Running", || Ok(7)).map_err(|_| ())
        };
        assert_eq!(beside("echo Running >&2"), Ok(7));
        assert_eq!(beside("true"), Ok(7));
        assert_eq!(beside("echo Running >&2; exit 3"), Err(()));
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("people/first"), "people/first");
        assert_eq!(quoted("http://localhost/i#a.b"), "'http://localhost/i#a.b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
