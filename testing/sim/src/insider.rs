//! A member who keeps no rule: the secrets of its device, taken out of its database, and frames made by hand.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_crypto::conversation::MARK_BYTES;
use casemate_crypto::conversation_hash::chain;
use casemate_crypto::{Change, CommitAad, Conversation, DeviceIdentity, MemoryKv, Received};
use casemate_crypto::{Kv as _, sealed};
use casemate_server::store::{Page, Store as _, StoredEntry};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId, ReaderSecret};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Append, Commit, CreateLog, Error, FetchManifest, PostInbox, TakeKeyPackage, Token, TokenKind,
    fetch_manifest,
};
use prost::Message as _;
use rand::RngCore as _;
use rusqlite::{Connection, params};

use crate::client::ClientId;
use crate::world::World;

/// See the module.
pub struct Insider {
    pub id: DeviceIdentity,
    pub log: LogId,
    pub reader: ReaderSecret,
    pub group: Conversation,
    pub kv: MemoryKv,
    pub cursor: u64,
    pub last_commit: u64,
    pub counter: u64,
    /// Inbox tokens and sealing keys of others' devices.
    pub reach: Vec<(AccountId, DeviceId, Vec<u8>, Vec<u8>)>,
    /// Devices in the group with the hashes of their readers.
    pub readers: Vec<(DeviceId, Vec<Hash32>)>,
    /// Rights to make logs on the server.
    pub wallet: Vec<Token>,
    /// Whether nobody can write in what it founds.
    pub spoils: bool,
    /// Whether what it founds stays at level one.
    pub keeps_level: bool,
    /// The newest group that it founded.
    pub founded: Option<(Conversation, MemoryKv)>,
}

impl World {
    /// Takes over a member's device, whose own engine is asleep from then on.
    pub fn insider(&mut self, id: ClientId, conversation: &str) -> Insider {
        self.joiners_take_keys();
        let insider = self.with_db(id, |db| read(db, conversation));
        self.sleep(id, i64::MAX / 4);
        insider
    }

    /// Each device that came into a conversation lately gives its leaf new keys. That would come between what an insider does by hand.
    pub fn joiners_take_keys(&mut self) {
        // A minute after connecting, and half a minute for each device.
        self.settle_for(60_000 + 30_000 * self.clients.len() as i64);
    }

    /// What somebody has who copied a device's folder now; the device goes on.
    pub fn copy_of(&mut self, id: ClientId, conversation: &str) -> Insider {
        self.with_db(id, |db| read(db, conversation))
    }

    /// The keys of a device, as its thief has them.
    pub fn identity_of(&mut self, id: ClientId) -> DeviceIdentity {
        self.with_db(id, identity)
    }

    /// All that the server has of a log.
    pub fn entries(&mut self, log: LogId) -> Vec<StoredEntry> {
        let page =
            Page { log, after: 0, up_to: u64::MAX, limit_entries: usize::MAX, limit_bytes: usize::MAX };
        self.server.delivery.store().read(&page).expect("a store in memory")
    }

    /// Puts an entry into the insider's log. A commit that is taken is the log's last one.
    pub fn append(
        &mut self,
        insider: &mut Insider,
        payload: Vec<u8>,
        commit: Option<Commit>,
    ) -> Result<u64, Error> {
        let token = insider.group.write_token().expect("a member");
        self.append_as(insider, token.to_field(), payload, commit)
    }

    pub fn append_as(
        &mut self,
        insider: &mut Insider,
        write_token: bytes::Bytes,
        payload: Vec<u8>,
        commit: Option<Commit>,
    ) -> Result<u64, Error> {
        let mut client_id = [0; 16];
        self.rng.fill_bytes(&mut client_id);
        let is_commit = commit.is_some();
        let append = Append {
            log: insider.log.into(),
            write_token,
            client_id: client_id.to_vec().into(),
            payload: payload.into(),
            commit,
            seen: insider.cursor,
            retry: false,
            after: bytes::Bytes::new(),
        };
        match self.ask(Request::Append(append)) {
            Body::Appended(done) => {
                insider.cursor = done.entry;
                if is_commit {
                    insider.last_commit = done.entry;
                }
                Ok(done.entry)
            }
            Body::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }

    /// Says something in the insider's log, with the counter that comes next.
    pub fn insider_says(&mut self, insider: &mut Insider, message_id: Vec<u8>, kind: Kind) -> u64 {
        self.insider_says_more(insider, message_id, kind, &[])
    }

    /// The same with bytes behind it that are of no known field.
    pub fn insider_says_more(
        &mut self,
        insider: &mut Insider,
        message_id: Vec<u8>,
        kind: Kind,
        more: &[u8],
    ) -> u64 {
        insider.counter += 1;
        let body = content::Content {
            counter: insider.counter,
            sent_ms: self.now_ms,
            message_id: message_id.into(),
            kind: Some(kind),
            ..content::Content::default()
        };
        let payload = insider.encrypt(&[&body.encode_to_vec()[..], more].concat());
        self.append(insider, payload, None).expect("a member may write")
    }

    /// A group of the insider's own on the server, with others' devices in it, and the Welcome for the first of them: it says
    /// outside what the group says.
    pub fn insider_founds(
        &mut self,
        insider: &mut Insider,
        log: LogId,
        state: &content::ConversationState,
        devices: &[DeviceId],
    ) -> content::Welcome {
        let suite = insider.group.suite();
        let mut packages = Vec::new();
        for device in devices {
            let found = insider.reach.iter().find(|(_, known, ..)| known == device);
            let (_, _, token, _) = found.expect("somebody who can be reached");
            let take = TakeKeyPackage { inbox_token: token.clone().into(), suite: u32::from(suite.code()) };
            let Body::KeyPackage(package) = self.ask(Request::TakeKeyPackage(take)) else {
                panic!("no key package")
            };
            packages.push(package.key_package.to_vec());
        }
        let token = insider.wallet.pop();
        let store = MemoryKv::new();
        let (kv, id) = (&store, &insider.id);
        let mut group = Conversation::create(kv, id, suite, log, state).expect("a good state");
        let readers: Vec<ReaderSecret> = devices
            .iter()
            .map(|_| {
                let mut secret = [0; 32];
                self.rng.fill_bytes(&mut secret);
                ReaderSecret::new(secret)
            })
            .collect();
        let own = group.write_token().expect("a member");
        let create = CreateLog {
            log: log.into(),
            write_hash: own.hash().into(),
            reader_hash: insider.reader.hash().into(),
            token,
        };
        // One that is there already is another group's.
        let made = !matches!(self.ask(Request::CreateLog(create)), Body::Error(_));
        let aad = CommitAad {
            add_readers: readers.iter().map(ReaderSecret::hash).collect(),
            ..CommitAad::default()
        };
        let change = Change { add: packages, ..Change::default() };
        let pending = match group.commit(kv, id, change.clone(), aad.clone()) {
            Ok(pending) if !insider.keeps_level => pending,
            Ok(_) => {
                group.discard_pending(kv).expect("a store in memory");
                group.commit_unjudged(kv, id, change, &aad).expect("a change that MLS can express")
            }
            Err(_) => group.commit_unjudged(kv, id, change, &aad).expect("a change that MLS can express"),
        };
        let next = if insider.spoils { Hash32([7; 32]) } else { pending.next_write_hash };
        let append = Append {
            log: log.into(),
            write_token: own.to_field(),
            client_id: log.0.to_vec().into(),
            payload: pending.bytes.clone().into(),
            commit: Some(Commit {
                previous: 0,
                next_write_hash: next.into(),
                reader_secret: insider.reader.to_field(),
                urgent: true,
                add_readers: readers.iter().map(|reader| reader.hash().into()).collect(),
                keep_readers: Vec::new(),
            }),
            seen: 0,
            retry: false,
            after: bytes::Bytes::new(),
        };
        if made {
            let appended = self.ask(Request::Append(append));
            assert!(matches!(appended, Body::Appended(_)), "{appended:?}");
        }
        group.merge_pending(kv).expect("a pending commit");
        insider.founded = Some((group, store));
        let bundle =
            content::GroupBundle { group_info: pending.group_info.clone().into(), readers: Vec::new() };
        content::Welcome {
            log: log.into(),
            entry: 1,
            reader_secret: readers[0].expose().to_vec().into(),
            chain_hash: chain(Hash32::ZERO, 1, &pending.bytes, true).into(),
            joiner: pending.welcomes[0].joiner.clone().into(),
            kind: state.kind,
            name: state.name.clone(),
            members: devices.len() as u32 + 1,
            successor_of: state.successor_of.clone(),
            group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
            ..content::Welcome::default()
        }
    }

    /// The insider can reach a device of which their own program (`of`) has heard.
    pub fn insider_reaches(&mut self, of: ClientId, insider: &mut Insider, device: ClientId) {
        let id = self.identity_of(device);
        let token: Vec<u8> = self.with_db(of, |db| {
            let named = params![&id.account.0[..], &id.device.0[..]];
            let found = "SELECT token FROM reach WHERE account = ?1 AND device = ?2";
            db.query_row(found, named, |row| row.get(0)).expect("a device that can be reached")
        });
        let by = Some(fetch_manifest::By::InboxToken(token.clone().into()));
        let fetch = FetchManifest { by, proof: None, known: None };
        let Body::Manifest(answer) = self.ask(Request::FetchManifest(fetch)) else { panic!("no document") };
        let keys = answer.device_keys.iter().find(|keys| keys.device[..] == id.device.0).expect("its key");
        insider.reach.retain(|(_, known, ..)| *known != id.device);
        insider.reach.push((id.account, id.device, token, keys.hpke_key.to_vec()));
    }

    /// Puts an inbox message of the insider's into the inbox of somebody's device.
    pub fn insider_posts(&mut self, insider: &Insider, to: DeviceId, kind: content::inbox_body::Kind) {
        let posted = self.insider_tries_to_post(insider, to, kind);
        assert!(!matches!(posted, Body::Error(_)), "{posted:?}");
    }

    /// The same where the server may refuse it. Its answer.
    pub fn insider_tries_to_post(
        &mut self,
        insider: &Insider,
        to: DeviceId,
        kind: content::inbox_body::Kind,
    ) -> Body {
        let (_, _, token, key) =
            insider.reach.iter().find(|(_, device, ..)| *device == to).expect("somebody who can be reached");
        let body = content::InboxBody { at_ms: self.now_ms, kind: Some(kind), ..Default::default() };
        let payload = sealed::make_inbox_message(&insider.id, to, key, &body).expect("it fits");
        let mut client_id = [0; 16];
        self.rng.fill_bytes(&mut client_id);
        self.ask(Request::PostInbox(PostInbox {
            inbox_token: token.clone().into(),
            client_id: client_id.to_vec().into(),
            payload: payload.into(),
        }))
    }
}

impl Insider {
    /// A commit that MLS takes and the rules refuse. The insider's next one is encrypted under the same key.
    pub fn refused_commit(&mut self, aad: &CommitAad) -> Option<Vec<u8>> {
        let aad = CommitAad { previous: u64::MAX, ..aad.clone() };
        let before = self.kv.clone();
        let refused = self.group.commit_unjudged(&self.kv, &self.id, Change::default(), &aad);
        self.kv = before;
        let loaded = Conversation::load(&self.kv, self.log).expect("a store in memory");
        self.group = loaded.expect("the group that was there");
        refused.ok().map(|refused| refused.bytes)
    }

    /// Reads on from where the copy was made, with all that the server has and without the reader's right: the
    /// messages whose keys it can derive. Its own device's are among them, since it has the same ratchet.
    pub fn overhear(&mut self, entries: &[StoredEntry]) -> usize {
        self.overhear_all(entries).0
    }

    /// The same, and what they say.
    pub fn overhear_texts(&mut self, entries: &[StoredEntry]) -> Vec<Vec<u8>> {
        self.overhear_all(entries).1
    }

    fn overhear_all(&mut self, entries: &[StoredEntry]) -> (usize, Vec<Vec<u8>>) {
        let (mut read, mut texts) = (0, Vec::new());
        for entry in entries.iter().filter(|entry| entry.entry > self.cursor).collect::<Vec<_>>() {
            self.cursor = entry.entry;
            let received = self.group.receive(&self.kv, &self.id, &entry.payload, self.last_commit);
            if entry.commit.is_some() {
                self.last_commit = entry.entry;
            }
            match received {
                Ok(Received::Message { plaintext, .. }) => {
                    read += 1;
                    texts.push(plaintext);
                }
                Ok(Received::Own { .. }) => read += 1,
                _ => {}
            }
        }
        (read, texts)
    }

    pub fn encrypt(&mut self, plaintext: &[u8]) -> Vec<u8> {
        self.group.encrypt(&self.kv, &self.id, plaintext, &[0; MARK_BYTES]).expect("a member")
    }

    /// Readers of all devices in the group, as a commit keeps them that removes none.
    pub fn all_readers(&self) -> Vec<bytes::Bytes> {
        let others = self.readers.iter().flat_map(|(_, hashes)| hashes.clone());
        let all: BTreeSet<Hash32> = others.chain([self.reader.hash()]).collect();
        all.into_iter().map(Into::into).collect()
    }

    /// The server's part of a commit, as an honest member would fill it in.
    pub fn commit_note(&self, next_write_hash: Hash32) -> Commit {
        Commit {
            previous: self.last_commit,
            next_write_hash: next_write_hash.into(),
            reader_secret: self.reader.to_field(),
            urgent: true,
            add_readers: Vec::new(),
            keep_readers: Vec::new(),
        }
    }
}

fn identity(db: &Connection) -> DeviceIdentity {
    let setting = |key: &str| -> Vec<u8> {
        db.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).expect("a setting")
    };
    let manifest = setting("manifest");
    let signing: [u8; 32] = setting("device_secret").try_into().expect("32 bytes");
    DeviceIdentity {
        account: VerifiedManifest::from_bytes(&manifest).expect("an own manifest").account,
        device: DeviceId::try_from(&setting("device")[..]).expect("an id"),
        signing: signing.into(),
        manifest,
    }
}

fn read(db: &Connection, conversation: &str) -> Insider {
    let id = identity(db);
    let kv = MemoryKv::new();
    let mut rows = db.prepare("SELECT key, value FROM mls").expect("the table");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    for (key, value) in rows.map(|row: Result<(Vec<u8>, Vec<u8>), _>| row.expect("a row")) {
        kv.write(&key, casemate_crypto::store::Value::new(value)).expect("a store in memory");
    }
    let key = LogId::from_hex(conversation).expect("an id");
    let (log, reader, numbers) = db
        .query_row(
            "SELECT log, reader, cursor, last_commit, counter FROM threads JOIN logs ON log = active_log WHERE key = ?1",
            params![&key.0[..]],
            |row| {
                let numbers: [i64; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, numbers))
            },
        )
        .expect("a conversation");
    let log = LogId::try_from(&log[..]).expect("an id");
    let group = Conversation::load(&kv, log).expect("the store works").expect("a group");
    Insider {
        id,
        log,
        reader: ReaderSecret::try_from(&reader[..]).expect("a secret"),
        group,
        kv,
        cursor: numbers[0] as u64,
        last_commit: numbers[1] as u64,
        counter: numbers[2] as u64,
        reach: reach(db),
        readers: readers(db, log),
        wallet: wallet(db),
        spoils: false,
        keeps_level: false,
        founded: None,
    }
}

fn wallet(db: &Connection) -> Vec<Token> {
    let kind = TokenKind::Log as i32;
    let mut rows = db.prepare("SELECT nonce, key_id, output FROM wallet WHERE kind = ?1").expect("the table");
    let rows = rows
        .query_map([kind], |row| {
            let (nonce, output) = (row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(2)?);
            Ok(Token { kind, nonce: nonce.into(), key_id: row.get(1)?, output: output.into() })
        })
        .expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn reach(db: &Connection) -> Vec<(AccountId, DeviceId, Vec<u8>, Vec<u8>)> {
    let mut rows = db
        .prepare("SELECT reach.account, device, token, hpke_key FROM reach JOIN device_keys USING (account, device)")
        .expect("the tables");
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .expect("rows")
        .map(|row: Result<(Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>), _>| row.expect("a row"));
    rows.map(|(account, device, token, key)| {
        let account = AccountId::try_from(&account[..]).expect("an id");
        (account, DeviceId::try_from(&device[..]).expect("an id"), token, key)
    })
    .collect()
}

fn readers(db: &Connection, log: LogId) -> Vec<(DeviceId, Vec<Hash32>)> {
    let mut rows = db
        .prepare("SELECT device, reader_hash, first_reader_hash FROM leaves WHERE log = ?1")
        .expect("the table");
    let rows = rows
        .query_map([&log.0[..]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("rows")
        .map(|row: Result<(Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>), _>| row.expect("a row"));
    rows.map(|(device, reader, first)| {
        let hashes =
            [reader, first].into_iter().flatten().filter_map(|hash| Hash32::try_from(&hash[..]).ok());
        (DeviceId::try_from(&device[..]).expect("an id"), hashes.collect())
    })
    .collect()
}
