//! Backups in the linear mode.

use casemate_api::command::{BackupCreate, BackupRestore, Nothing};
use casemate_api::view::{BackedUp, BackupPassphrase, BackupRestored, BackupState};
use casemate_api::{Command, Error, Kind};
use serde_json::Value;

use super::{Plain, complain, say};
use crate::chat::backup_due;
use crate::chat::keys::home_folder;
use crate::chat::path;
use crate::chat::when::size;

/// In place of a path. A file of this name is `./server`.
const SERVER: &str = "server";

/// What a backup has not, and what was wrong with it.
fn not_whole(made: &BackedUp) -> Vec<String> {
    let lines = [
        (made.disappearing, "messages are in no backup: they disappear, or are shown only once."),
        (made.left_out, "files are not in it: they are not on this device, or there is no room for them."),
        (made.rewritten, "of its messages and files were damaged in it, and were written again."),
        (
            made.damaged_files,
            "of its files are damaged in it and not on this device: receive them again, and back up again.",
        ),
    ];
    lines.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect()
}

impl Plain {
    /// Into a file or onto the server, with a new passphrase where there is none yet.
    pub(super) async fn back_up(&mut self, typed: &str, words: &str) -> anyhow::Result<()> {
        if typed.is_empty() {
            return say("Like this: /backup ~/casemate.backup, or: /backup server");
        }
        let path = (typed != SERVER).then(|| path::expand(typed, home_folder().as_deref()));
        let there = match &path {
            Some(path) => path.exists(),
            None => match self.ask::<BackupState>(Command::BackupShow(Nothing {})).await {
                Ok(state) => state.kept_here,
                Err(error) => return complain(&error.message),
            },
        };
        let mut passphrase = Some(words.to_owned()).filter(|words| !words.is_empty());
        let is_new = passphrase.is_none() && !there;
        if passphrase.is_none() && there && path.is_some() {
            return say(
                "This file is there already. Name its passphrase too, to bring the backup up to date.",
            );
        }
        if is_new {
            let made = self.ask::<BackupPassphrase>(Command::BackupPassphrase(Nothing {})).await;
            match made {
                Ok(made) => passphrase = Some(made.passphrase),
                Err(error) => return complain(&error.message),
            }
        }
        let create = BackupCreate {
            passphrase: passphrase.clone(),
            path: path.map(|path| path.to_string_lossy().into_owned()),
            ..BackupCreate::default()
        };
        match self.ask::<BackedUp>(Command::BackupCreate(create)).await {
            Ok(made) => {
                let (messages, files) = (made.messages, made.files);
                say(&format!("{messages} messages and {files} files are in it, {}.", size(made.bytes)))?;
                for line in not_whole(&made) {
                    say(&line)?;
                }
                if let (true, Some(passphrase)) = (is_new, passphrase) {
                    say(
                        "Its passphrase. Write it down: it is kept nowhere, and without it nobody opens the backup.",
                    )?;
                    say(&passphrase)?;
                }
                Ok(())
            }
            Err(error) => complain(&error.message),
        }
    }

    /// The engine says that it is time, without anybody having typed anything.
    pub(super) fn backup_due(&mut self, restore: bool) {
        let client = self.client.clone();
        self.aside.push(Box::pin(async move { client.call(backup_due(restore)).await }));
    }

    /// What came of it. Where the server is away, the engine says later that it is time.
    pub(super) fn backed_up(result: Result<Value, Error>) -> anyhow::Result<()> {
        match result {
            Err(error) if !matches!(error.kind, Kind::Offline | Kind::Taken) => complain(&error.message),
            _ => Ok(()),
        }
    }

    /// Out of a file, or from the server.
    pub(super) async fn bring_back(&mut self, typed: &str, words: &str) -> anyhow::Result<()> {
        if typed.is_empty() || words.is_empty() {
            return say(
                "Like this: /restore ~/casemate.backup the six words of its passphrase, or: /restore server WORDS",
            );
        }
        let path = (typed != SERVER).then(|| path::expand(typed, home_folder().as_deref()));
        let restore = BackupRestore {
            passphrase: Some(words.to_owned()),
            path: path.map(|path| path.to_string_lossy().into_owned()),
            ..BackupRestore::default()
        };
        match self.ask::<BackupRestored>(Command::BackupRestore(restore)).await {
            Ok(back) => {
                say(&format!("{} messages are back, {} of which were not here.", back.messages, back.added))?;
                if !back.signed {
                    say(
                        "No device of your account signed this backup: its messages are marked as brought along, since a file can say anything.",
                    )?;
                }
                self.refresh().await
            }
            Err(error) => complain(&error.message),
        }
    }
}
