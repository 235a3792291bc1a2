//! Taking everything along: an export goes on while its person does something else on the page.

use casemate_api::command::Nothing;
use casemate_api::{Command, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::Store;
use super::security::refused;
use crate::engine::export::{self, Refused};
use crate::engine::{ask, passkey};
use crate::locale::spoken;
use crate::ui::browser;

/// How long the engine keeps what it made.
const STAYS: std::time::Duration = std::time::Duration::from_secs(600);

/// How it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Export {
    /// None.
    #[default]
    None,
    /// Being written: done, and of how much.
    Running(u64, u64),
    /// Written, and handed to the browser to save.
    Made(view::Exported),
    /// Why not.
    Failed(String),
}

impl Store {
    /// Begins one. `given`: the passphrase, where there is one.
    pub fn export(self, given: Option<String>) {
        self.exporting.set(Export::Running(0, 1));
        spawn_local(async move {
            let made = match export::export(given).await {
                Err(Refused::Passkey(credential, salt)) => match passkey::answer(&credential, &salt).await {
                    Ok(secret) => export::export(Some(secret)).await,
                    Err(why) => return self.exporting.set(Export::Failed(refused(why))),
                },
                made => made,
            };
            // Locked or gone meanwhile: that it was not written then is no news to anybody.
            if !matches!(self.exporting.get_untracked(), Export::Running(..)) {
                return;
            }
            match made {
                Ok(made) => {
                    let number = export::number_made();
                    self.exporting.set(Export::Made(made));
                    self.save_export();
                    // The one made after it has its own time.
                    let forget = move || {
                        if export::number_made() == number {
                            self.forget_export();
                        }
                    };
                    set_timeout(forget, STAYS);
                }
                Err(Refused::Error(error)) => self.exporting.set(Export::Failed(spoken(&error.message))),
                Err(Refused::Passkey(..)) => self.exporting.set(Export::None),
            }
        });
    }

    /// How far it is.
    pub(super) fn export_heard(self, done: u64, of: u64) {
        if matches!(self.exporting.get_untracked(), Export::Running(..)) {
            self.exporting.set(Export::Running(done, of));
        }
    }

    /// Not wanted any more.
    pub fn cancel_export(self) {
        spawn_local(async move {
            let _ = ask::<Value>(Command::DataExportCancel(Nothing {})).await;
        });
    }

    /// Hands it to the browser.
    pub fn save_export(self) {
        if let Some(blob) = export::made() {
            let name = self.account.with_untracked(|account| {
                account.as_ref().map(|account| account.name.clone()).unwrap_or_default()
            });
            let today = browser::now();
            let today = today.get(..10).unwrap_or_default().to_owned();
            browser::save(&blob, &format!("casemate-{name}-{today}.zip"));
        }
    }

    /// Nothing of it stays here. What the browser saved is the person's.
    pub fn forget_export(self) {
        if !matches!(self.exporting.get_untracked(), Export::Running(..)) {
            export::forget();
            self.exporting.set(Export::None);
        }
    }
}
