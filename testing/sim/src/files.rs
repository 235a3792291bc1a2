//! Files: made ready as a driver does it, and sent.

use casemate_api::command::AttachmentKind;
use casemate_api::{Command, Error, Kind};
use casemate_crypto::attachment::{AttachmentKey, encrypt_stream, padded_len};
use casemate_engine::{FileRef, Input, Staged};
use casemate_wire::ids::{BlobId, Hash32};
use rand::RngCore as _;
use serde_json::{Value, json};

use crate::client::ClientId;
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
