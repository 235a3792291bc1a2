//! Ana turns bad: she may write anything inside the encryption, and Bob's client has to read on. The input is what
//! stands where a `Content` should. Whatever it says, the next entries are read too: nothing wedges the conversation.

use bytes::Bytes;
use casemate_content::proto::{Content, Text, content};
use casemate_crypto::conversation::MARK_BYTES;
use casemate_crypto::store::Value;
use casemate_crypto::{Conversation, DeviceIdentity, Kv, MemoryKv};
use casemate_engine::{Input, Output};
use casemate_wire::frame::parse_server;
use casemate_wire::ids::{DeviceId, LogId};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::wire::{LogEntries, LogEntry, ServerFrame, server_frame::Body};
use ed25519_dalek::SigningKey;
use prost::Message;
use rusqlite::{Connection, OptionalExtension};

use super::super::content as contents;
use super::super::server::NOW_MS;
use super::template;

pub fn run(bytes: &[u8]) {
    let ana = &template().ana;
    let (mut bob, _file) = template().bob();
    bob.start(NOW_MS);
    bob.handle(Input::Connected, NOW_MS);
    for frame in &template().frames {
        bob.handle(Input::Frame(frame.clone()), NOW_MS);
    }
    let store = ana.store();
    let mut chat = ana.chat(&store);
    // Her own numbers may be spoilt by what she wrote, so what follows need not be shown; it must be read.
    let Ok(hostile) = chat.encrypt(&store, &ana.identity, bytes, &[0; MARK_BYTES]) else { return };
    let honest = chat.encrypt(&store, &ana.identity, &goodbye(), &[0; MARK_BYTES]).expect("a short text");
    for (number, payload) in (ana.head + 1..).zip([hostile, honest]) {
        let outputs = bob.handle(Input::Frame(ana.entry(number, payload)), NOW_MS + 1_000);
        let broken = outputs.iter().find(|output| matches!(output, Output::Reconnect { .. }));
        assert!(broken.is_none(), "a member made the client drop its server: {broken:?}");
    }
    bob.handle(Input::Tick, NOW_MS + 60_000);
    let db = bob.into_db();
    let read: i64 = db
        .query_row("SELECT cursor FROM logs WHERE log = ?1", [&ana.log.0[..]], |row| row.get(0))
        .expect("the log is there");
    assert_eq!(read as u64, ana.head + 2, "the conversation is stuck");
}

pub fn seeds() -> Vec<Vec<u8>> {
    contents::seeds()
}

fn goodbye() -> Vec<u8> {
    let text = Text { text: "goodbye".into(), ..Text::default() };
    Content {
        counter: 1_000_000,
        message_id: vec![77; 16].into(),
        sent_ms: NOW_MS,
        kind: Some(content::Kind::Text(text)),
        ..Content::default()
    }
    .encode_to_vec()
}

/// What Ana has: her device, her place in the group, and how far the log is.
pub struct Ana {
    identity: DeviceIdentity,
    log: LogId,
    head: u64,
    keys: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Ana {
    /// Out of her database, and of what the server tells Bob.
    pub fn new(db: &Connection, frames: &[Bytes]) -> Self {
        let setting = |name: &str| -> Vec<u8> {
            let value = db.query_row("SELECT value FROM settings WHERE key = ?1", [name], |row| row.get(0));
            value.optional().expect("the engine's table").unwrap_or_default()
        };
        let manifest = setting("manifest");
        let account = VerifiedManifest::from_bytes(&manifest).expect("her own").account;
        let secret: [u8; 32] = setting("device_secret").try_into().expect("a key has 32 bytes");
        let identity = DeviceIdentity {
            account,
            device: DeviceId::try_from(&setting("device")[..]).expect("an id has 16 bytes"),
            signing: SigningKey::from_bytes(&secret),
            manifest,
        };
        let mut statement = db.prepare("SELECT key, value FROM mls").expect("the engine's table");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("the engine's table");
        let keys = rows.map(|row| row.expect("two values")).collect();
        let (log, head) = chat_of(db, frames);
        Self { identity, log, head, keys }
    }

    fn store(&self) -> MemoryKv {
        let store = MemoryKv::new();
        for (key, value) in &self.keys {
            store.write(key, Value::new(value.clone())).expect("memory takes it");
        }
        store
    }

    fn chat(&self, store: &MemoryKv) -> Conversation {
        Conversation::load(store, self.log).expect("her keys can be read").expect("she is in it")
    }

    /// The frame that brings an entry of hers.
    fn entry(&self, number: u64, payload: Vec<u8>) -> Bytes {
        let entry = LogEntry {
            payload: payload.into(),
            at_ms: NOW_MS,
            client_id: vec![number as u8; 16].into(),
            ..LogEntry::default()
        };
        let entries = LogEntries { log: self.log.into(), first: number, entries: vec![entry], head: number };
        ServerFrame { id: 0, body: Some(Body::LogEntries(entries)) }.encode_to_vec().into()
    }
}

/// The log of the chat with Bob, and its newest entry.
fn chat_of(db: &Connection, frames: &[Bytes]) -> (LogId, u64) {
    let log: Vec<u8> = db
        .query_row("SELECT active_log FROM threads WHERE pair IS NOT NULL", [], |row| row.get(0))
        .expect("she has a chat");
    let log = LogId::try_from(&log[..]).expect("an id has 16 bytes");
    let heads = frames.iter().filter_map(|frame| match parse_server(frame.clone()).ok()?.body? {
        Body::LogEntries(entries) if entries.log[..] == log.0 => Some(entries.head),
        _ => None,
    });
    (log, heads.max().expect("Bob is told of the chat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The good and the bad alike.
    #[test]
    fn what_ana_writes_is_read() {
        let text = Text { text: "still me".into(), ..Text::default() };
        let written = Content {
            counter: 900_000,
            message_id: vec![78; 16].into(),
            sent_ms: NOW_MS,
            kind: Some(content::Kind::Text(text)),
            ..Content::default()
        };
        run(&written.encode_to_vec());
        run(b"no content at all");
        run(b"");
    }
}
