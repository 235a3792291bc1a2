//! Locking, another passphrase or passkey, and erasing: what is done to the database while no engine has it.

use std::rc::Rc;

use casemate_api::{Command, Error, Kind};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{Driver, Phase, Place, Running};
use crate::browser::folder::Folder;
use crate::browser::home::Home;
use crate::browser::page::Answer;
use crate::browser::relock::Lock;

impl Driver {
    /// `account.passphrase`, `account.passkey`: the engine stops, the way to the key changes, the engine starts again.
    pub(super) async fn relock(&self, running: Running, current: Option<String>, lock: Lock, answer: Answer) {
        let (record, key) = (running.record.clone(), running.key.clone());
        if let Err(error) = record.proves(&key, current.as_deref()) {
            self.phase.replace(Phase::Open(running));
            return self.page.refuse(answer, error);
        }
        let place = self.stop(running);
        let (opened, result) = match place.home.relock(&record, &key, lock, current.as_deref()).await {
            Ok(opened) => (Ok(opened), Ok(json!({}))),
            // As before.
            Err(error) => (place.home.reopen(&record, &key), Err(error)),
        };
        let running = match opened {
            Ok(opened) => self.run_engine(place, opened).await,
            Err(error) => {
                place.home.close();
                Err(error)
            }
        };
        if let Err(error) = running {
            self.page.failed(&error);
        }
        self.page.respond(answer, result.map_err(Into::into));
    }

    /// `{asks}`: whoever takes a lock away shows first that it is theirs, and the page has to know which passkey to ask.
    pub fn asks(&self, number: u64) {
        let way = self.with_running(|running| running.record.asks());
        self.page.asks(number, way.unwrap_or(JsValue::NULL));
    }

    /// `account.lock`: the engine ends, and its key is gone from memory.
    pub(super) fn lock(&self, running: Running, answer: Answer) {
        if !running.record.is_locked() {
            self.phase.replace(Phase::Open(running));
            let sentence = "Without a passphrase or a passkey there is nothing to lock with; set one first.";
            return self.page.refuse(answer, Error::new(Kind::Invalid, sentence));
        }
        let record = running.record.clone();
        let place = self.stop(running);
        let asks = record.asks();
        self.phase.replace(Phase::Locked { place, record });
        self.page.respond(answer, Ok(json!({})));
        self.page.locked("Your messages are locked.", asks);
    }

    /// `{anew}`: what is here cannot be opened any more, and its person wants to begin anew or restore. Only where nothing
    /// is open.
    pub async fn begin_anew(&self) {
        let place = match self.phase.replace(Phase::Closed) {
            Phase::Closed => match (Home::take(self.page.0.clone()).await, Folder::open().await) {
                (Ok(home), Ok(folder)) => Rc::new(Place { home, folder }),
                (Err(error), _) => return self.page.failed(&error),
                (Ok(home), Err(error)) => {
                    home.close();
                    let sentence = format!("This browser keeps no files: {error}.");
                    return self.page.failed(&Error::new(Kind::NotAllowed, sentence));
                }
            },
            Phase::Locked { place, .. } => place,
            other => {
                self.phase.replace(other);
                return;
            }
        };
        self.clear(place).await;
    }

    /// The account is no more.
    pub(super) fn erase(&self) {
        let Phase::Open(running) = self.phase.replace(Phase::Closed) else { return };
        let place = self.stop(running);
        let Some(me) = self.me.upgrade() else { return };
        spawn_local(async move { me.clear(place).await });
    }

    async fn clear(&self, place: Rc<Place>) {
        // What cannot be removed now is set aside at the next start: its key is gone with the database.
        place.folder.clear().await;
        match place.home.erase().await {
            Ok(()) => {
                self.phase.replace(Phase::Empty { place });
                self.page.ready(false);
            }
            Err(error) => self.page.failed(&error),
        }
    }
}

/// The passphrase of a command that makes a database for an account: new, restored, or one to be linked to.
pub fn begins(command: &Command) -> Option<Option<String>> {
    match command {
        Command::AccountCreate(create) => Some(create.passphrase.clone()),
        Command::RecoveryRestore(restore) => Some(restore.passphrase.clone()),
        Command::DeviceRequest(request) => Some(request.passphrase.clone()),
        _ => None,
    }
}
