//! The platform's key store: the desktop's Secret Service, by way of `secret-tool`, so that no D-Bus stack is part
//! of this program. Only in a desktop session; without one, or without a key store in it, the caller keeps the key
//! in a file. Never the kernel's key ring, which forgets at a restart.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use casemate_api::{Error, Kind};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// A person may have to unlock the key store on the screen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps the key under a new name. False where there is no key store.
pub fn store(entry: &str, key: &[u8; 32]) -> bool {
    if !in_desktop_session() {
        return false;
    }
    let secret = Zeroizing::new(HEXLOWER.encode(key));
    let mut command = tool(&["store", "--label=Casemate database key"], entry);
    let stored = run(command.stdin(Stdio::piped()).stdout(Stdio::null()), &secret).is_some();
    // What cannot be read back is not kept.
    stored && look_up(entry).is_ok_and(|read| read[..] == key[..])
}

/// Reads a key back.
pub fn look_up(entry: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let missing = || {
        let sentence = "The database's key is in this desktop's key store, which does not give it out now. \
                        Log in to the desktop session in which the account was made, unlock its key store, and try again.";
        Error::new(Kind::Locked, sentence)
    };
    if !in_desktop_session() {
        return Err(missing());
    }
    let mut command = tool(&["lookup"], entry);
    let text = run(command.stdin(Stdio::null()).stdout(Stdio::piped()), "").ok_or_else(missing)?;
    let bytes = Zeroizing::new(HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| missing())?);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| missing())?;
    Ok(Zeroizing::new(key))
}

/// Takes a key out. Where the key store does not answer it stays, and no database is left that it opens.
pub fn clear(entry: &str) {
    let mut command = tool(&["clear"], entry);
    if !in_desktop_session() || run(command.stdin(Stdio::null()).stdout(Stdio::null()), "").is_none() {
        tracing::warn!("a key that opens nothing any more could not be taken out of the key store");
    }
}

fn in_desktop_session() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
}

fn tool(arguments: &[&str], entry: &str) -> Command {
    let mut command = Command::new("secret-tool");
    command.args(arguments).args(["application", "casemate", "entry", entry]).stderr(Stdio::null());
    command
}

/// Runs the tool, the secret on its standard input; what it printed, where it succeeded in time.
fn run(command: &mut Command, input: &str) -> Option<Zeroizing<String>> {
    let mut child = command.spawn().ok()?;
    let written = child.stdin.take().is_none_or(|mut stdin| stdin.write_all(input.as_bytes()).is_ok());
    let started = Instant::now();
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                // It asks for something on a screen that nobody sees.
                child.kill().ok()?;
                break child.wait().ok()?;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let mut output = Zeroizing::new(String::new());
    // A key fits into the pipe, so reading after the end loses nothing.
    let read =
        child.stdout.take().is_none_or(|stdout| stdout.take(1_024).read_to_string(&mut output).is_ok());
    (written && read && status.success()).then_some(output)
}
