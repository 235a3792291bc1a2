//! Backups in the linear mode.

use casemate_api::Command;
use casemate_api::command::{BackupCreate, BackupRestore, Nothing};
use casemate_api::view::{BackedUp, BackupPassphrase, BackupRestored};

use super::{Plain, say};
use crate::chat::keys::home_folder;
use crate::chat::path;
use crate::chat::when::size;

impl Plain {
    /// Into a file, with a new passphrase where there is none yet.
    pub(super) async fn back_up(&mut self, typed: &str, words: &str) -> anyhow::Result<()> {
        if typed.is_empty() {
            return say("Like this: /backup ~/casemate.backup");
        }
        let path = path::expand(typed, home_folder().as_deref());
        let mut passphrase = words.to_owned();
        let is_new = passphrase.is_empty();
        if is_new && path.exists() {
            return say(
                "This file is there already. Name its passphrase too, to bring the backup up to date.",
            );
        }
        if is_new {
            let made = self.ask::<BackupPassphrase>(Command::BackupPassphrase(Nothing {})).await;
            match made {
                Ok(made) => passphrase = made.passphrase,
                Err(error) => return say(&format!("Error: {}", error.message)),
            }
        }
        let create = BackupCreate {
            passphrase: Some(passphrase.clone()),
            path: Some(path.to_string_lossy().into_owned()),
            ..BackupCreate::default()
        };
        match self.ask::<BackedUp>(Command::BackupCreate(create)).await {
            Ok(made) => {
                let (messages, files) = (made.messages, made.files);
                say(&format!("{messages} messages and {files} files are in it, {}.", size(made.bytes)))?;
                if is_new {
                    say(
                        "Its passphrase. Write it down: it is kept nowhere, and without it nobody opens the backup.",
                    )?;
                    say(&passphrase)?;
                }
                Ok(())
            }
            Err(error) => say(&format!("Error: {}", error.message)),
        }
    }

    /// Out of a file.
    pub(super) async fn bring_back(&mut self, typed: &str, words: &str) -> anyhow::Result<()> {
        if typed.is_empty() || words.is_empty() {
            return say("Like this: /restore ~/casemate.backup the six words of its passphrase");
        }
        let path = path::expand(typed, home_folder().as_deref());
        let restore = BackupRestore {
            passphrase: Some(words.to_owned()),
            path: Some(path.to_string_lossy().into_owned()),
            ..BackupRestore::default()
        };
        match self.ask::<BackupRestored>(Command::BackupRestore(restore)).await {
            Ok(back) => {
                say(&format!("{} messages are back, {} of which were not here.", back.messages, back.added))?;
                self.refresh().await
            }
            Err(error) => say(&format!("Error: {}", error.message)),
        }
    }
}
