//! What a server can do that lies: keep ears between itself and its clients, give out other blobs, and show some of its
//! people another view of everything, under the same key.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use casemate_server::delivery::Delivery;
use casemate_server::router::ConnectionId;
use casemate_server::router::in_process::InProcess;
use casemate_server::store::MemoryStore;
use casemate_wire::ids::{BlobId, Hash32};
use casemate_wire::manifest::{PROMISE_LABEL, sign_labelled};
use casemate_wire::proto::directory::{Manifest, Promise, PromiseBody, SignedManifest};
use casemate_wire::proto::wire::ClientFrame;
use prost::Message as _;

use crate::client::ClientId;
use crate::world::{World, open_directory, router};

/// A second server with the first one's key and past, and the clients that are connected to it.
pub struct OtherView {
    pub server: InProcess<MemoryStore>,
    /// Where its directory is.
    pub folder: PathBuf,
    clients: BTreeSet<usize>,
}

impl World {
    /// From now on the server keeps two views that go on apart; `edit` changes the directory of the other one. Nobody
    /// is shown it yet.
    pub fn fork(&mut self, edit: impl FnOnce(&rusqlite::Connection)) {
        let folder = self.copy_directory(&format!("other-{}", self.now_ms));
        let file = folder.join("directory.db");
        edit(&rusqlite::Connection::open(&file).expect("the copy"));
        let directory = open_directory(Some(&file), self.seed ^ 0x0f0f << 32, &self.policy, None);
        let delivery = Delivery::new(self.server.delivery.store().backup());
        let server = InProcess::new(router(&self.policy, 0xf0), directory, delivery);
        self.other_view = Some(OtherView { server, folder, clients: BTreeSet::new() });
    }

    /// These clients are shown the other view, all others the first one.
    pub fn show_other_view(&mut self, clients: &[ClientId]) {
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        let other = self.other_view.as_mut().expect("two views");
        other.clients = clients.iter().map(|client| client.0).collect();
    }

    /// The server that a client talks to.
    pub(crate) fn server_of(&mut self, at: usize) -> &mut InProcess<MemoryStore> {
        match &mut self.other_view {
            Some(other) if other.clients.contains(&at) => &mut other.server,
            _ => &mut self.server,
        }
    }

    /// What a client asks reaches the server, as far as its ears let it.
    pub(crate) fn hear(&mut self, at: usize, line: ConnectionId, frame: Vec<u8>) {
        let now = self.now_ms;
        let Some(ears) = &mut self.ears else {
            return self.server_of(at).receive(line, Bytes::from(frame), now);
        };
        let asked = ClientFrame::decode(&frame[..]).expect("a client's own frame");
        let (heard, answers) = ears(ClientId(at), asked);
        if let Some(heard) = heard {
            self.server_of(at).receive(line, heard.encode_to_vec().into(), now);
        }
        for answer in answers {
            self.send_down(at, answer.encode_to_vec().into());
        }
    }

    /// What a client gets that fetches a blob.
    pub(crate) fn given_out(&mut self, at: usize, blob: BlobId) -> Option<Vec<u8>> {
        let now = self.now_ms;
        let stored = self.server_of(at).blob(blob, now).ok().map(<[u8]>::to_vec);
        // What was there before the views parted.
        let stored = stored.or_else(|| self.server.blob(blob, now).ok().map(<[u8]>::to_vec))?;
        match &mut self.switch {
            Some(switch) => Some(switch(ClientId(at), blob, stored)),
            None => Some(stored),
        }
    }

    /// The server's promise for whatever it likes.
    pub fn promise_of(&self, signed: &SignedManifest) -> Promise {
        let manifest = Manifest::decode(signed.manifest.clone()).expect("a document");
        let body = PromiseBody {
            account: manifest.account,
            handle: manifest.handle,
            version: manifest.version,
            manifest_hash: Hash32::of(&[&signed.manifest]).into(),
            at_ms: self.now_ms,
        };
        let body = Bytes::from(body.encode_to_vec());
        let signature = sign_labelled(&self.server.directory.identity().key, PROMISE_LABEL, &[&body]);
        Promise { body, signature: signature.into() }
    }
}
