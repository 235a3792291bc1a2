//! What the engine wants done, done.

use std::rc::Rc;

use casemate_api::{Error, Event, Kind};
use casemate_engine::{FileRef, Input, Output, Transfer};
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use super::Driver;
use crate::browser::blob_server::BlobServer;
use crate::browser::connection::Connection;
use crate::browser::page::Answer;
use crate::browser::read;
use crate::browser::transfer::Job;

impl Driver {
    /// Does one thing.
    pub(super) fn apply(&self, output: Output) {
        match output {
            Output::Reply { id, result } => self.reply(id, result),
            Output::Event(event) => {
                if matches!(event, Event::DeviceLinked { .. }) {
                    self.keep();
                }
                self.page.tell(&event);
            }
            Output::Connect { url } => self.connect(&url),
            Output::Disconnect => {
                let old = self.with_running(|running| (running.connection.take(), running.server.take()));
                drop(old);
            }
            Output::Erase => self.erase(),
            Output::Send(frame) => self.with_connection(|connection| connection.send(&frame)),
            // The reason is for a log that nobody reads here.
            Output::Reconnect { .. } => self.with_connection(Connection::reconnect),
            Output::Upload { transfer, blob, secret, bytes } => {
                self.start_transfer(transfer, Job::Upload { blob, secret, bytes });
            }
            Output::Download { transfer, file } => self.start_transfer(transfer, Job::Download(file)),
            Output::PutBlob { transfer, blob, secret, data } => {
                self.start_transfer(transfer, Job::Put { blob, secret, data });
            }
            Output::FetchBlob { transfer, blob, limit_bytes } => {
                self.start_transfer(transfer, Job::Fetch { blob, limit_bytes });
            }
            Output::Save { id, file, .. } => self.give(id, file),
            Output::CallOpen(open) => self.open_call(&open),
            Output::CallJoined { call, answer } => self.call_joined(call, &answer),
            Output::CallKeys { call, keys } => self.call_keys(call, &keys),
            Output::CallClose { call } => self.close_call(call),
            Output::CancelTransfer { transfer } => {
                self.with_running(|running| running.transfers.cancel(transfer));
            }
            Output::DeleteBlob { blob } => self.delete(blob),
        }
    }

    fn reply(&self, id: u64, result: Result<Value, Error>) {
        let Some(waiting) = self.with_running(|running| running.waiting.remove(&id)).flatten() else {
            return;
        };
        match result {
            Ok(value) => {
                if waiting.creates_account {
                    self.keep();
                }
                self.page.respond(waiting.answer, Ok(value));
            }
            Err(error) => {
                waiting.staged.into_iter().for_each(|blob| self.delete(blob));
                self.page.refuse(waiting.answer, error);
            }
        }
    }

    fn connect(&self, url: &str) {
        let old = self.with_running(|running| {
            // What the old connection said and the engine has not heard yet is for nobody.
            running.heard.clear();
            running.server = Some(BlobServer::new(url));
            running.connection.take()
        });
        drop(old);
        let me = self.me.clone();
        let connection = Connection::start(url, move |news| {
            if let Some(driver) = me.upgrade() {
                driver.news(news);
            }
        });
        self.with_running(|running| running.connection = Some(Rc::new(connection)));
    }

    /// Outside of the borrow: what the connection does may be news at once.
    fn with_connection(&self, act: impl FnOnce(&Connection)) {
        if let Some(connection) = self.with_running(|running| running.connection.clone()).flatten() {
            act(&connection);
        }
    }

    fn start_transfer(&self, transfer: u64, job: Job) {
        let started = self.with_running(|running| match running.server.clone() {
            Some(server) => {
                running.transfers.start(transfer, server, job);
                true
            }
            None => false,
        });
        if started == Some(false) {
            let update = Transfer::Failed { why: "no server is known yet".to_owned(), retry: true };
            self.input(Input::Transfer { transfer, update });
        }
    }

    /// The bytes of a file, to the page.
    fn give(&self, id: u64, file: FileRef) {
        let found = self.with_running(|running| {
            running.waiting.remove(&id).map(|waiting| (waiting, running.place.folder.clone()))
        });
        let (Some((waiting, folder)), Some(me)) = (found.flatten(), self.me.upgrade()) else { return };
        let waiting = match waiting.answer {
            Answer::File(sender) => return drop(sender.send(Ok(file))),
            answer => answer,
        };
        spawn_local(async move {
            let Ok(_permit) = me.reads.acquire().await else { return };
            match (read::read(&folder, &file).await, waiting) {
                (Ok(blob), Answer::Read(number)) => me.page.give(number, &blob),
                (Ok(_), answer) => {
                    me.page.refuse(answer, Error::new(Kind::NotAllowed, "Nobody asked for these bytes."));
                }
                (Err(not_read), answer) => {
                    if not_read.gone {
                        me.input(Input::FilesGone(vec![file.blob]));
                    }
                    me.page.refuse(answer, not_read.error);
                }
            }
        });
    }
}
