//! Backups of the history: what is under way, how the one on the server stands, and what is done about it.

use casemate_api::command::{BackupCreate, BackupPasskey, BackupRestore, Nothing, Passkey};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use web_sys::File;

use super::Store;
use super::route::{Page, Route};
use super::security::refused;
use crate::engine::{ask, backup, lend_file, passkey};
use crate::locale::{spoken, t, ta};
use crate::ui::browser::{self, Place};

/// How long the engine keeps what it made for a file.
const STAYS: std::time::Duration = std::time::Duration::from_secs(600);

/// Where this browser keeps when a file was made last.
const FILE_MADE: &str = "backup-file-made";

/// Where it keeps that the offer to restore was sent away.
const RESTORE_LATER: &str = "restore-later";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// The backup on the server is brought up to date.
    Server,
    /// One is written into a file.
    File,
    /// One is brought back.
    Restore,
}

/// What is under way.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Backup {
    /// Nothing.
    #[default]
    None,
    /// This: done, and of how much.
    Running(Doing, u64, u64),
    /// A file was made and handed to the browser to save.
    Made(view::BackedUp),
    /// Messages are back.
    Restored(view::BackupRestored),
    /// Why not.
    Failed(Doing, String),
}

impl Backup {
    /// Of how far it is, 0 to 100; none where nothing is under way.
    pub fn percent(&self) -> Option<f64> {
        match self {
            Self::Running(_, done, of) => Some((*done as f64 * 100.0 / (*of).max(1) as f64).floor()),
            _ => None,
        }
    }
}

/// What opens a backup that is to be brought back.
pub enum Opens {
    /// Its passphrase.
    Passphrase(String),
    /// The passkey that holds the key of the one on the server.
    Passkey(view::BackupPasskey),
    /// It was opened here before.
    Known,
}

impl Store {
    /// Learns how it stands.
    pub async fn load_backup(self) {
        if let Ok(state) = ask::<view::BackupState>(Command::BackupShow(Nothing {})).await {
            self.backup.set(Some(state));
        }
    }

    /// Six words that nobody guesses.
    pub async fn backup_passphrase(self) -> Result<String, Error> {
        let made: view::BackupPassphrase = ask(Command::BackupPassphrase(Nothing {})).await?;
        Ok(made.passphrase)
    }

    /// Brings the one on the server up to date; with a passphrase begins it, or gives it another one.
    pub fn back_up(self, passphrase: Option<String>, replace: bool) {
        self.back_up_as(BackupCreate { passphrase, replace, ..BackupCreate::default() });
    }

    /// With photos and files from now on, or without.
    pub fn back_up_files(self, files: bool) {
        self.back_up_as(BackupCreate { files: Some(files), ..BackupCreate::default() });
    }

    fn back_up_as(self, create: BackupCreate) {
        if !self.backup_begins(Doing::Server) {
            return;
        }
        spawn_local(async move {
            let done = ask::<view::BackedUp>(Command::BackupCreate(create)).await;
            self.backup_ended(match done {
                Ok(_) => Backup::None,
                Err(error) => Backup::Failed(Doing::Server, spoken(&error.message)),
            });
            self.load_backup().await;
        });
    }

    /// Brings messages back, from the server or out of a file.
    pub fn restore_backup(self, opens: Opens, file: Option<File>) {
        if !self.backup_begins(Doing::Restore) {
            return;
        }
        spawn_local(async move {
            let done = self.bring_back(opens, file).await;
            self.backup_ended(match done {
                Ok(restored) => Backup::Restored(restored),
                Err(why) => Backup::Failed(Doing::Restore, why),
            });
            self.load_backup().await;
            // What came stands behind what is open.
            if let Some(open) = self.open.get_untracked() {
                self.show_newest(&open).await;
            }
        });
    }

    async fn bring_back(self, opens: Opens, file: Option<File>) -> Result<view::BackupRestored, String> {
        let mut wanted = BackupRestore::default();
        match opens {
            Opens::Passphrase(passphrase) => wanted.passphrase = Some(passphrase),
            Opens::Passkey(kept) => {
                let answered = passkey::answer(&kept.credential, &kept.salt).await;
                wanted.passkey = Some(answered.map_err(refused)?);
            }
            Opens::Known => {}
        }
        if let Some(file) = file {
            wanted.path = Some(lend_file(&file).await.map_err(|error| spoken(&error.message))?);
        }
        ask(Command::BackupRestore(wanted)).await.map_err(|error| spoken(&error.message))
    }

    /// Writes one into a file, and hands it to the browser. `place`: where its person wants it, if asked already.
    pub fn back_up_into_file(self, passphrase: String, place: Option<Place>) {
        if !self.backup_begins(Doing::File) {
            return self.say(t("said-backup-busy"));
        }
        spawn_local(async move {
            let made = backup::backup(&passphrase).await;
            if !self.backup_runs() {
                return;
            }
            match made {
                Ok(made) => {
                    let number = backup::number_made();
                    // It is there only when it is written to its end.
                    match (place, backup::made()) {
                        (Some(place), Some(blob)) if place.write(&blob).await => keep_when(),
                        (Some(_), _) => self.say(t("backup-place-failed")),
                        (None, _) => self.save_backup(),
                    }
                    self.backup_ended(Backup::Made(made));
                    // The one made after it has its own time.
                    let forget = move || {
                        if backup::number_made() == number {
                            self.forget_backup();
                        }
                    };
                    set_timeout(forget, STAYS);
                }
                Err(error) => self.backup_ended(Backup::Failed(Doing::File, spoken(&error.message))),
            }
        });
    }

    /// Hands it to the browser.
    pub fn save_backup(self) {
        if let Some(blob) = backup::made() {
            browser::save(&blob, &self.backup_name());
            keep_when();
        }
    }

    /// What the file is called.
    pub fn backup_name(self) -> String {
        let name = self.account.with_untracked(|account| {
            account.as_ref().map(|account| account.name.clone()).unwrap_or_default()
        });
        let today = browser::now();
        format!("casemate-{name}-{}.backup", today.get(..10).unwrap_or_default())
    }

    /// When this browser made one last.
    pub fn backup_file_made(self) -> Option<String> {
        browser::kept(FILE_MADE)
    }

    /// What was done is seen. Nothing of a file stays here; what the browser saved is the person's.
    pub fn forget_backup(self) {
        if !self.backup_runs() {
            backup::forget();
            self.backing_up.set(Backup::None);
        }
    }

    /// Not wanted any more.
    pub fn cancel_backup(self) {
        spawn_local(async move {
            let _ = ask::<Value>(Command::BackupCancel(Nothing {})).await;
        });
    }

    /// The server is to keep none any longer.
    pub fn end_backup(self) {
        spawn_local(async move {
            match ask::<Value>(Command::BackupEnd(Nothing {})).await {
                Ok(_) => self.say(t("backup-ended")),
                Err(error) => self.fails(&error),
            }
            self.load_backup().await;
        });
    }

    /// Lets a new passkey hold its key, or none any more.
    pub async fn backup_by_passkey(self, holds: bool) {
        let passkey = match holds {
            false => None,
            true => {
                let account = self.account.get_untracked();
                let address = account.map(|account| account.address).unwrap_or_default();
                let name = ta("backup-passkey-name", &[("address", address.clone().into())]);
                match passkey::make(&address, &name).await {
                    Ok(made) => {
                        Some(Passkey { credential: made.credential, salt: made.salt, secret: made.secret })
                    }
                    Err(why) => return self.say(refused(why)),
                }
            }
        };
        match ask::<Value>(Command::BackupPasskey(BackupPasskey { passkey })).await {
            Ok(_) => self.say(t(if holds { "backup-passkey-set" } else { "backup-passkey-removed" })),
            Err(error) => self.fails(&error),
        }
        self.load_backup().await;
    }

    /// After an account was restored: whoever has a backup on the server is led to it.
    pub(super) async fn look_for_backup(self) {
        self.load_backup().await;
        if untrack(|| self.can_restore()) {
            self.go(Route::Settings(Page::Backup));
        }
    }

    /// Whether the server has messages that are not here.
    pub fn can_restore(self) -> bool {
        self.backup.with(|state| {
            state.as_ref().is_some_and(|state| {
                let begun = state.server.as_ref().is_some_and(|server| server.begun);
                begun && state.primary && !state.kept_here && !state.restoring
            })
        })
    }

    /// Whether its person was offered to restore it, and did not want to now.
    pub fn restores_later(self) -> bool {
        browser::kept(RESTORE_LATER).is_some()
    }

    /// Not now.
    pub fn restore_later(self) {
        browser::keep(RESTORE_LATER, "yes");
    }

    /// Whether it can begin: one thing at a time.
    fn backup_begins(self, doing: Doing) -> bool {
        if self.backup_runs() {
            return false;
        }
        backup::forget();
        self.backing_up.set(Backup::Running(doing, 0, 1));
        true
    }

    /// How it came out. Where Casemate was locked meanwhile it is no news that it did not.
    fn backup_ended(self, how: Backup) {
        if self.backup_runs() {
            self.backing_up.set(how);
        }
    }

    fn backup_runs(self) -> bool {
        matches!(self.backing_up.get_untracked(), Backup::Running(..))
    }

    pub(super) fn backup_heard(self, done: u64, of: u64) {
        if let Backup::Running(doing, ..) = self.backing_up.get_untracked() {
            self.backing_up.set(Backup::Running(doing, done, of));
        }
    }

    /// The engine says that it is time.
    pub(super) fn backup_due(self, restore: bool) {
        match restore {
            true => self.restore_backup(Opens::Known, None),
            // Words that somebody writes down there would go; it is asked for again.
            false if self.route.get_untracked() == Route::Settings(Page::Backup) => {}
            false => self.back_up(None, false),
        }
    }

    /// The server can be asked again.
    pub(super) fn backup_reachable(self) {
        let unknown =
            self.backup.with_untracked(|state| state.as_ref().is_none_or(|state| state.server.is_none()));
        if unknown && self.account.with_untracked(Option::is_some) {
            self.backup_changed();
        }
    }

    pub(super) fn backup_changed(self) {
        spawn_local(async move { self.load_backup().await });
    }
}

/// A file was made now.
fn keep_when() {
    browser::keep(FILE_MADE, &browser::now());
}
