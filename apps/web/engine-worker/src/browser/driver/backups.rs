//! Backups, which are written and read beside all else.

use casemate_api::{Command, Error, Kind};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::browser::backup::{self, BackingUp};
use crate::browser::page::Answer;

impl Driver {
    /// The backup under way, if any.
    pub fn backing_up(&self) -> &BackingUp {
        &self.backing_up
    }

    /// `backup.create`, `backup.restore`, `backup.cancel`.
    pub(super) fn ask_backup(&self, command: Command, answer: Answer) {
        let folder = self.with_running(|running| running.place.folder.clone());
        let (Some(folder), Some(me)) = (folder, self.me.upgrade()) else {
            return self.page.refuse(answer, closed());
        };
        match command {
            Command::BackupCreate(wanted) if wanted.path.is_none() => {
                backup::create(me, folder, wanted, answer)
            }
            Command::BackupCreate(_) => {
                let sentence = "A browser keeps no files for others; ask for the bytes.";
                self.page.refuse(answer, Error::new(Kind::NotAllowed, sentence));
            }
            Command::BackupRestore(wanted) => {
                let Some(path) = wanted.path.clone() else {
                    return backup::restore(me, folder, wanted, None, answer);
                };
                match self.lent(&path) {
                    Ok(lent) => {
                        self.give_back(&path);
                        backup::restore(me, folder, wanted, Some(lent.blob), answer);
                    }
                    Err(error) => self.page.refuse(answer, error),
                }
            }
            _ => {
                self.backing_up.cancel();
                self.page.respond(answer, Ok(json!({})));
            }
        }
    }

    /// `{backup}`: into a file.
    pub fn back_up_into_file(&self, number: u64, passphrase: String) {
        let folder = self.with_running(|running| running.place.folder.clone());
        match (folder, self.me.upgrade()) {
            (Some(folder), Some(me)) => backup::into_file(me, folder, number, passphrase),
            _ => self.page.refuse(Answer::Backup(number), closed()),
        }
    }

    /// `{backed_up}`: the browser has its own copy.
    pub fn backed_up(&self, number: u64) {
        let folder = self.with_running(|running| running.place.folder.clone());
        if let (Some(folder), Some(me)) = (folder, self.me.upgrade()) {
            spawn_local(async move { backup::forget(&me, &folder, number).await });
        }
    }
}

fn closed() -> Error {
    Error::new(Kind::Locked, "Casemate is closed here; open it first.")
}
