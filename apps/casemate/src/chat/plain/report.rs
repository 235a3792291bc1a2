//! Reports in the linear mode: what somebody wrote, in a file; for a lab, under words that are shown once.

use casemate_api::Command;
use casemate_api::command::{Nothing, ReportCreate};
use casemate_api::view::{BackupPassphrase, Reported};

use super::{Plain, complain, say};
use crate::chat::keys::home_folder;
use crate::chat::path;
use crate::chat::when::size;

impl Plain {
    /// `/report` and `/evidence`: a path, and numbers of messages.
    pub(super) async fn report(&mut self, typed: &str, numbers: &str, for_a_lab: bool) -> anyhow::Result<()> {
        let split =
            numbers.split(|c: char| c == ',' || c.is_whitespace()).filter(|number| !number.is_empty());
        let named: Option<Vec<String>> = split
            .map(|number| number.parse().ok().and_then(|number| self.numbered(number)).map(|one| one.message))
            .collect();
        let messages = match named {
            Some(messages) if !messages.is_empty() && !typed.is_empty() => messages,
            _ => {
                return say(
                    "Like this: /evidence ~/for-the-lab.casemate 3 4, with the numbers before the messages.",
                );
            }
        };
        let mut passphrase = None;
        if for_a_lab {
            match self.ask::<BackupPassphrase>(Command::BackupPassphrase(Nothing {})).await {
                Ok(made) => passphrase = Some(made.passphrase),
                Err(error) => return complain(&error.message),
            }
        }
        let path = path::expand(typed, home_folder().as_deref()).to_string_lossy().into_owned();
        let wanted =
            ReportCreate { messages, path, passphrase: passphrase.clone(), ..ReportCreate::default() };
        match self.ask::<Reported>(Command::ReportCreate(wanted)).await {
            Ok(made) => {
                say(&format!(
                    "{} messages and {} files are in it, {}. It went to nobody.",
                    made.messages,
                    made.files,
                    size(made.bytes)
                ))?;
                match passphrase {
                    None => say("It is not encrypted, and it proves nothing to others."),
                    Some(words) => {
                        say(
                            "Whoever is to read it needs these words. Tell them another way; they are shown once.",
                        )?;
                        say(&words)
                    }
                }
            }
            Err(error) => complain(&error.message),
        }
    }
}
