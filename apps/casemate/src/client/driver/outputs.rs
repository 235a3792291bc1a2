//! What the engine wants done, done.

use std::path::Path;

use casemate_api::{Error, Event, Kind};
use casemate_engine::{Input, Output};
use casemate_wire::ids::BlobId;
use serde_json::Value;

use super::{Driver, Phase, blocking};
use crate::client::call::Order;
use crate::client::connection::Connection;
use crate::client::engine_thread::Batch;
use crate::client::http::BlobServer;
use crate::client::save::{self, NotSaved};
use crate::client::transfer::Job;

impl Driver {
    /// Does what one input led to, in order.
    pub(super) async fn apply(&mut self, batch: Batch) {
        self.deadline_ms = batch.deadline_ms;
        for output in batch.outputs {
            match output {
                Output::Reply { id, result } => self.reply(id, result),
                Output::Event(event) => {
                    if matches!(event, Event::DeviceLinked { .. }) {
                        self.has_account();
                    }
                    // An error means that nobody listens any more.
                    drop(self.events.send(event).await);
                }
                Output::Connect { url } => self.connect(&url),
                Output::Disconnect => (self.connection, self.server) = (None, None),
                Output::Erase => self.erase().await,
                Output::Send(frame) => {
                    if let Some(connection) = &self.connection {
                        connection.send(batch.generation, frame);
                    }
                }
                Output::Reconnect { why } => {
                    tracing::info!(%why, "connecting anew");
                    if let Some(connection) = &self.connection {
                        connection.reconnect(batch.generation);
                    }
                }
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
                Output::Save { id, file, path, name, known_bad } => {
                    self.save(id, file, path, name, known_bad)
                }
                Output::CallOpen(open) => self.calls.open(open),
                Output::CallJoined { call, answer } => self.calls.joined(call, answer),
                Output::CallKeys { call, keys } => self.calls.tell(call, Order::Keys(keys)),
                Output::CallClose { call } => self.calls.close(call),
                Output::CancelTransfer { transfer } => self.transfers.cancel(transfer),
                Output::DeleteBlob { blob } => delete(&self.home.blobs(), &blob),
            }
        }
    }

    fn reply(&mut self, id: u64, result: Result<Value, Error>) {
        let Some(waiting) = self.waiting.remove(&id) else { return };
        if result.is_err() {
            waiting.staged.iter().for_each(|blob| delete(&self.home.blobs(), blob));
        }
        if waiting.creates_account && result.is_ok() {
            self.has_account();
        }
        let _ = waiting.answer.send(result);
    }

    fn has_account(&mut self) {
        if let Phase::Open(running) = &mut self.phase {
            running.account = true;
            self.keep();
        }
    }

    fn connect(&mut self, url: &str) {
        // What the old connection said and the engine has not heard yet is for nobody.
        self.pending.retain(|input| {
            let of_connection =
                matches!(input, Input::Connected | Input::Frame(_) | Input::Disconnected { .. });
            if matches!(input, Input::Connected) {
                self.generation -= 1;
            }
            !of_connection
        });
        self.server = BlobServer::new(self.dialer.clone(), url);
        self.connection = Some(Connection::start(self.dialer.clone(), url, self.generation + 1));
    }

    fn start_transfer(&mut self, transfer: u64, job: Job) {
        let Some(server) = &self.server else {
            let update =
                casemate_engine::Transfer::Failed { why: "no server is known yet".to_owned(), retry: true };
            self.pending.push_back(Input::Transfer { transfer, update });
            return;
        };
        self.transfers.start(transfer, server.clone(), job);
    }

    fn save(&mut self, id: u64, file: casemate_engine::FileRef, path: String, name: String, known_bad: bool) {
        let Some(waiting) = self.waiting.remove(&id) else { return };
        let (blobs, notes, permits) = (self.home.blobs(), self.home.notes(), self.file_work.clone());
        let (gone, blob) = (self.gone_sender.clone(), file.blob);
        tokio::spawn(async move {
            let Ok(_permit) = permits.acquire().await else { return };
            let saved = blocking(move || Ok(save::save(&blobs, &notes, &file, &path))).await;
            let saved = match saved.unwrap_or_else(|error| Err(NotSaved::Other(error))) {
                Err(NotSaved::Gone(error)) => {
                    // Before the answer: whoever asks again then receives it again.
                    let _ = gone.send(blob).await;
                    Err(error)
                }
                Err(NotSaved::Other(error)) => Err(error),
                Ok(saved) => Ok(saved),
            };
            let value = saved.and_then(|mut saved| {
                saved.name = name;
                saved.warnings.extend(known_bad.then(|| save::LISTED.0.to_owned()));
                serde_json::to_value(saved).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
            });
            let _ = waiting.answer.send(value);
        });
    }
}

/// Removes a blob's files. What cannot be removed now is an orphan at the next start.
fn delete(blobs: &Path, blob: &BlobId) {
    let name = blob.to_hex();
    for path in [blobs.join(format!("{name}.part")), blobs.join(name)] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "an encrypted file could not be removed");
            }
            _ => {}
        }
    }
}
