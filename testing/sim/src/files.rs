//! Files: made ready as a driver does it, and sent.

use casemate_api::command::AttachmentKind;
use casemate_api::{Command, Error, Kind};
use casemate_crypto::attachment::{AttachmentKey, encrypt_stream, padded_len};
use casemate_engine::orphans::{self, Chore};
use casemate_engine::{FileRef, Input, Output, Staged, Transfer};
use casemate_wire::ids::{BlobId, Hash32};
use rand::{Rng as _, RngCore as _};
use serde_json::{Value, json};

use crate::client::{Client, ClientId, decrypt};
use crate::world::World;

impl World {
    /// A file of these bytes, encrypted into the client's blob folder.
    pub fn stage(&mut self, id: ClientId, kind: AttachmentKind, name: &str, bytes: &[u8]) -> Staged {
        let (mut key, mut blob) = ([0; 32], [0; 16]);
        self.rng.fill_bytes(&mut key);
        self.rng.fill_bytes(&mut blob);
        let size_bytes = bytes.len() as u64;
        let mut encrypted = Vec::new();
        encrypt_stream(&mut &bytes[..], &mut encrypted, size_bytes, &AttachmentKey::new(key), &mut |_| {})
            .expect("bytes in memory");
        self.clients[id.0].blobs.insert(BlobId(blob), encrypted);
        Staged {
            blob: BlobId(blob),
            key,
            name: name.to_owned(),
            kind,
            media_type: "application/octet-stream".to_owned(),
            size_bytes,
            sha256: Hash32::of(&[bytes]).0,
            padded_bytes: padded_len(size_bytes),
            width: 0,
            height: 0,
            duration_ms: 0,
            waveform: Vec::new(),
        }
    }

    /// What a driver does with its folder of files when it starts: what no row needs goes aside, and what rows call stored and is not
    /// there is told to the engine. Where the database does not say, everything stays.
    pub(crate) fn sweep(&mut self, at: usize) {
        let now = self.client_now(at);
        let client = &mut self.clients[at];
        let Ok(rows) = client.engine.as_ref().expect("a running engine").blobs() else { return };
        let names = |client: &Client| -> Vec<String> {
            client.blobs.keys().map(BlobId::to_hex).chain(client.aside.keys().cloned()).collect()
        };
        for chore in orphans::chores(&names(client), &rows.needed, now) {
            match chore {
                Chore::Rename { from, to } => {
                    let file = client.take_file(&from);
                    file.into_iter().for_each(|file| client.put_file(&to, file));
                }
                Chore::Remove(name) => drop(client.take_file(&name)),
            }
        }
        let missing = orphans::missing(&names(client), &rows.stored);
        if !missing.is_empty() {
            self.input(at, Input::FilesGone(missing));
        }
    }

    /// Saves a file as a driver does: one that is missing or damaged gives up its name, and the engine hears of it.
    pub(crate) fn save(&mut self, at: usize, id: u64, file: &FileRef, path: String) {
        let Some(plain) = self.clients[at].decrypt(file) else {
            self.clients[at].blobs.remove(&file.blob);
            self.input(at, Input::FilesGone(vec![file.blob]));
            self.clients[at].replies.insert(id, Err(Error::new(Kind::Untrusted, "damaged")));
            return;
        };
        let bytes = plain.len();
        self.clients[at].saved.insert(path, plain);
        self.clients[at].replies.insert(id, Ok(json!({"bytes": bytes})));
    }

    /// Bytes between a client's blob folder and the server's blobs.
    pub(crate) fn transfer(&mut self, at: usize, output: Output) {
        let Some(transfer) = transfer_id(&output) else { return };
        if self.clients[at].line.is_none() {
            let update = Transfer::Failed { why: "offline".into(), retry: true };
            return self.input(at, Input::Transfer { transfer, update });
        }
        let failed = |why: &str| Transfer::Failed { why: why.to_owned(), retry: false };
        // What a server's own trouble is answered with may pass.
        if self.blobs_fail > 0 && self.rng.random_range(0..100) < self.blobs_fail {
            return self.transfer_breaks(at, output, transfer);
        }
        let update = match output {
            Output::Upload { blob, secret, .. } => match self.clients[at].blobs.get(&blob).cloned() {
                Some(data) => self.put(at, blob, secret.expose(), &data),
                None => failed("the file is not here any more"),
            },
            Output::PutBlob { blob, secret, data, .. } => self.put(at, blob, secret.expose(), &data),
            Output::FetchBlob { blob, limit_bytes, .. } => match self.given_out(at, blob) {
                Some(data) if data.len() as u64 <= limit_bytes => Transfer::Fetched(data),
                _ => failed("not there, or more than there may be"),
            },
            Output::Download { file, .. } => {
                let mut data = self.given_out(at, file.blob);
                if let Some(data) = &mut data
                    && self.spoiled.contains(&file.blob)
                {
                    data[0] ^= 1;
                }
                match data {
                    Some(data) if decrypt(&file, &data).is_some() => {
                        self.clients[at].blobs.insert(file.blob, data);
                        Transfer::Done
                    }
                    Some(_) => failed("the file is damaged"),
                    None => failed("the file is not there"),
                }
            }
            _ => return,
        };
        self.input(at, Input::Transfer { transfer, update });
    }

    /// The server answers with an error, after half of what was to go up.
    fn transfer_breaks(&mut self, at: usize, output: Output, transfer: u64) {
        let half = |data: &[u8]| data[..data.len() / 2].to_vec();
        match &output {
            Output::Upload { blob, secret, .. } => {
                let data = self.clients[at].blobs.get(blob).map(|data| half(data)).unwrap_or_default();
                self.put(at, *blob, secret.expose(), &data);
            }
            Output::PutBlob { blob, secret, data, .. } => {
                drop(self.put(at, *blob, secret.expose(), &half(data)))
            }
            _ => {}
        }
        let update = Transfer::Failed { why: "the server's disk".into(), retry: true };
        self.input(at, Input::Transfer { transfer, update });
    }

    fn put(&mut self, at: usize, blob: BlobId, secret: &[u8], data: &[u8]) -> Transfer {
        let now = self.now_ms;
        let server = self.server_of(at);
        let offset = match server.blob_offset(blob, secret, now) {
            Ok(offset) => offset,
            Err(error) => return Transfer::Failed { why: format!("{error:?}"), retry: false },
        };
        let rest = data.get(offset as usize..).unwrap_or_default();
        match server.put_blob(blob, secret, offset, rest, now) {
            Ok(_) => Transfer::Done,
            Err(error) => Transfer::Failed { why: format!("{error:?}"), retry: false },
        }
    }

    /// Sends a message with files; its id.
    pub fn send_files(&mut self, id: ClientId, conversation: &str, text: &str, files: Vec<Staged>) -> String {
        let named: Vec<Value> = files.iter().map(|file| json!({"path": file.name})).collect();
        let params = json!({"conversation": conversation, "text": text, "attachments": named});
        let command = Command::named("message.send", params).expect("a command");
        let number = self.command(id, command, files);
        let sent = self.answer(id, number).expect("the message is taken");
        sent["message"].as_str().expect("an id").to_owned()
    }

    /// Where the files of a message are, as its receiver or sender sees it.
    pub fn file_states(&mut self, id: ClientId, conversation: &str, message: &str) -> Vec<String> {
        let messages = self.messages(id, conversation);
        let found = messages.iter().find(|one| one["message"] == message).expect("the message");
        let files = found["attachments"].as_array().expect("a list");
        files.iter().map(|file| file["state"].as_str().expect("a state").to_owned()).collect()
    }
}

/// The number of an output that moves bytes.
pub(crate) fn transfer_id(output: &Output) -> Option<u64> {
    match output {
        Output::Upload { transfer, .. }
        | Output::Download { transfer, .. }
        | Output::PutBlob { transfer, .. }
        | Output::FetchBlob { transfer, .. } => Some(*transfer),
        _ => None,
    }
}
