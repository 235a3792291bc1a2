//! The homes under `people/`: who lives there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A folder for `casemate chat --home`.
pub struct Home {
    /// The folder.
    pub folder: PathBuf,
    /// Who lives there.
    pub person: Person,
}

/// Who lives in a home.
#[derive(Debug, PartialEq, Eq)]
pub enum Person {
    /// Nobody yet: an invitation is needed.
    Nobody,
    /// The account with this address.
    Account(String),
    /// Somebody, but the home does not say who; the text says why.
    Unseen(String),
}

/// The two homes that there always are, then all others, by name.
pub fn homes(binary: &Path, data: &Path) -> Result<Vec<Home>> {
    let people = data.join("people");
    std::fs::create_dir_all(&people).with_context(|| format!("could not make {}", people.display()))?;
    let mut folders = vec![people.join("first"), people.join("second")];
    let mut others = Vec::new();
    for entry in std::fs::read_dir(&people)? {
        let folder = entry?.path();
        if folder.is_dir() && !folders.contains(&folder) {
            others.push(folder);
        }
    }
    others.sort();
    folders.append(&mut others);
    let homes = folders.into_iter().map(|folder| Ok(Home { person: person(binary, &folder)?, folder }));
    homes.collect()
}

fn person(binary: &Path, home: &Path) -> Result<Person> {
    let is_empty = !home.exists() || std::fs::read_dir(home)?.next().is_none();
    if is_empty {
        return Ok(Person::Nobody);
    }
    let mut child = Command::new(binary)
        .args(["rpc", "--home"])
        .arg(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("could not start `casemate rpc`")?;
    if let Some(mut stdin) = child.stdin.take() {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "account.show"});
        // The program may have ended already, with a reason on its output: nothing to do about it here.
        let _ = writeln!(stdin, "{request}");
    }
    let output = child.wait_with_output()?;
    Ok(read_answer(&String::from_utf8_lossy(&output.stdout)))
}

/// The answer to `account.show` among the lines that `casemate rpc` printed.
fn read_answer(lines: &str) -> Person {
    let values = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for value in values.filter(|value| value.get("method").is_none()) {
        if let Some(address) = value["result"]["address"].as_str().filter(|address| !address.is_empty()) {
            return Person::Account(address.to_owned());
        }
        if value["error"]["data"]["kind"] == "not_found" {
            return Person::Nobody;
        }
        if let Some(message) = value["error"]["message"].as_str() {
            return Person::Unseen(message.to_owned());
        }
    }
    Person::Unseen("this home does not say whose it is".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_among_events() {
        let event = r#"{"jsonrpc":"2.0","method":"event","params":{"type":"connection","state":"online"}}"#;
        let shown = r#"{"jsonrpc":"2.0","id":1,"result":{"address":"ana@localhost:8440"}}"#;
        let lines = format!("{event}\n{shown}\n");
        assert_eq!(read_answer(&lines), Person::Account("ana@localhost:8440".into()));
        let absent =
            r#"{"id":1,"error":{"code":-32000,"message":"no account here","data":{"kind":"not_found"}}}"#;
        assert_eq!(read_answer(absent), Person::Nobody);
        let locked = r#"{"id":1,"error":{"code":-32000,"message":"in use","data":{"kind":"locked"}}}"#;
        assert_eq!(read_answer(locked), Person::Unseen("in use".into()));
        assert!(matches!(read_answer("nonsense"), Person::Unseen(_)));
    }
}
