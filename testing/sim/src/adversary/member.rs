//! The member: in a group and in chats with honest people, with all the secrets of its device, and bound by no rule.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_crypto::conversation::MARK_BYTES;
use casemate_crypto::{Change, CommitAad, LeaveStatement, PendingCommit, entry_kind};
use casemate_crypto::{DeviceIdentity, EntryKind, inspect_key_package, key_package};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::manifest::{VerifiedManifest, sign};
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Commit, FollowLog, PutReceipt, SendEphemeral, TakeKeyPackage, Token};
use prost::Message as _;
use rand::Rng as _;

use super::grammar::Draw;
use super::is_open;
use crate::client::ClientId;
use crate::insider::Insider;
use crate::world::World;

/// See the module.
pub struct Member {
    pub draw: Draw,
    /// The group first, then the chats.
    pub insiders: Vec<Insider>,
    /// Signs the account's documents.
    pub(super) secret: [u8; 32],
    /// Blind tokens with which logs are made.
    pub(super) tokens: Vec<Token>,
    /// Key packages that were taken or seen.
    pub(super) packages: Vec<Vec<u8>>,
    /// Entries that were seen.
    payloads: Vec<Vec<u8>>,
    /// Logs in which a commit of its own may have taken the others' right to write away: they go on elsewhere.
    pub taken: Vec<LogId>,
    /// Statements that somebody leaves.
    pub(super) leaves: Vec<LeaveStatement>,
    /// Those of honest people who said so in the group.
    pub(super) words: Vec<LeaveStatement>,
}

impl Member {
    /// Takes over a person's device; their own client does nothing more.
    pub fn take_over(world: &mut World, draw: Draw, eve: ClientId, conversations: &[String]) -> Self {
        let insiders: Vec<Insider> = conversations.iter().map(|key| world.copy_of(eve, key)).collect();
        let (secret, tokens) = world.with_db(eve, |db| {
            let secret: Vec<u8> = db
                .query_row("SELECT value FROM settings WHERE key = 'account_secret'", [], |row| row.get(0))
                .expect("a first device has its account's key");
            let mut rows = db
                .prepare("SELECT kind, key_id, nonce, output FROM wallet WHERE kind = 0")
                .expect("the table");
            let tokens: Vec<Token> = rows
                .query_map([], |row| {
                    let (nonce, output): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
                    Ok(Token {
                        kind: row.get(0)?,
                        key_id: row.get(1)?,
                        nonce: nonce.into(),
                        output: output.into(),
                    })
                })
                .expect("rows")
                .map(|row| row.expect("a row"))
                .collect();
            let secret: [u8; 32] = secret.try_into().expect("32 bytes");
            (secret, tokens)
        });
        world.sleep(eve, i64::MAX / 4);
        let mut member = Self {
            draw,
            insiders,
            secret,
            tokens,
            packages: Vec::new(),
            payloads: Vec::new(),
            taken: Vec::new(),
            leaves: Vec::new(),
            words: Vec::new(),
        };
        let id = &member.insiders[0].id;
        member.draw.manifests.push(id.manifest.clone());
        member
    }

    /// Reads on in all conversations, as a member can.
    pub fn listen(&mut self, world: &mut World) {
        for insider in &mut self.insiders {
            let entries = world.entries(insider.log);
            let new = entries.iter().filter(|entry| entry.entry > insider.cursor);
            self.payloads.extend(new.map(|entry| entry.payload.to_vec()));
            for text in insider.overhear_texts(&entries) {
                if let Ok(content::Content { kind: Some(content::content::Kind::Leave(leave)), .. }) =
                    content::Content::decode(&text[..])
                {
                    let said = [leave.statement, leave.membership];
                    self.words.extend(said.iter().filter_map(|word| LeaveStatement::from_bytes(word)));
                }
            }
            for leaf in insider.group.members() {
                let signed = leaf.signed_manifest().to_vec();
                if !self.draw.manifests.contains(&signed) {
                    self.draw.manifests.push(signed);
                }
                if !self.draw.devices.contains(&leaf.device) {
                    self.draw.devices.push(leaf.device);
                }
                if !self.draw.accounts.contains(&leaf.account) {
                    self.draw.accounts.push(leaf.account);
                }
            }
            if insider.group.is_active() && self.leaves.len() < 4 {
                self.leaves.extend(insider.group.leave_statements(&insider.id));
            }
        }
        self.payloads = self.payloads.split_off(self.payloads.len().saturating_sub(60));
    }

    /// One step, drawn by chance. What it was.
    pub fn step(&mut self, world: &mut World) -> String {
        self.listen(world);
        let at = match self.draw.chance(65) {
            true => 0,
            false => self.draw.rng.random_range(0..self.insiders.len()),
        };
        self.draw.log = self.insiders[at].log;
        self.draw.next_entry = self.insiders[at].cursor + 1;
        if !self.insiders[at].group.is_active() {
            return format!("eve is out of conversation {at} and {}", self.post(world));
        }
        let what = match self.draw.rng.random_range(0..100) {
            0..45 => self.say(world, at),
            45..51 => self.garble(world, at),
            51..57 => self.repeat(world, at),
            57..61 => self.propose(world, at),
            61..77 => self.commit(world, at),
            77..85 => self.welcome(world, at),
            85..94 => self.post(world),
            94..97 => self.whisper(world, at),
            _ => self.leave(world, at),
        };
        format!("eve in {at}: {what}")
    }

    /// A content, right or not.
    fn say(&mut self, world: &mut World, at: usize) -> String {
        let (what, kind) = self.draw.content();
        let mut counter = self.insiders[at].counter + 1;
        if self.draw.chance(4) {
            counter = self.draw.number();
        }
        if let Ok(ordinary) = i64::try_from(counter) {
            self.insiders[at].counter = self.insiders[at].counter.max(ordinary as u64);
        }
        let mut body = content::Content {
            counter,
            seen_entry: self.insiders[at].cursor,
            sent_ms: world.now_ms,
            message_id: self.draw.new_message().into(),
            kind: Some(kind),
            ..content::Content::default()
        };
        if self.draw.chance(10) {
            body.sent_ms = self.draw.number() as i64;
        }
        if self.draw.chance(10) {
            (body.seen_entry, body.seen_hash) = (self.draw.next_entry - 1, self.draw.bytes(32).into());
            // And that somebody had told her so.
            (body.told_entry, body.told_hash) = (u64::from(body.seen_hash[0] % 16), body.seen_hash.clone());
        }
        let mut bytes = body.encode_to_vec();
        let mut more = "";
        if self.draw.chance(10) {
            // A field that nobody knows.
            bytes.extend([0x9a, 0x06, 0x01, 0x00]);
            more = " and an unknown field";
        }
        let done = self.append(world, at, bytes);
        let id: Vec<String> = body.message_id.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        format!("says {what}{more}, counter {counter}, id {}: {done}", id.concat())
    }

    fn append(&mut self, world: &mut World, at: usize, plaintext: Vec<u8>) -> String {
        let insider = &mut self.insiders[at];
        let Ok(payload) = insider.group.encrypt(&insider.kv, &insider.id, &plaintext, &[0; MARK_BYTES])
        else {
            return "too large".into();
        };
        outcome(&world.append(insider, payload, None))
    }

    /// Bytes that are nothing, as a message or as a commit.
    fn garble(&mut self, world: &mut World, at: usize) -> String {
        let length = self.draw.rng.random_range(0..300);
        let payload = self.draw.bytes(length);
        if self.draw.chance(40) {
            let done = match self.draw.chance(50) {
                true => self.append(world, at, payload),
                false => outcome(&world.append(&mut self.insiders[at], payload, None)),
            };
            return format!("writes garbage: {done}");
        }
        let (hash, which) = self.next_write_hash(at, None);
        if which == "unknown" {
            self.taken.push(self.insiders[at].log);
        }
        let note = self.insiders[at].commit_note(hash);
        let done = outcome(&world.append(&mut self.insiders[at], payload, Some(note)));
        format!("commits garbage with the {which} write hash: {done}")
    }

    /// Which right to write comes after a commit.
    fn next_write_hash(&mut self, at: usize, right: Option<Hash32>) -> (Hash32, &'static str) {
        let now = self.insiders[at].group.write_token().map(|token| token.hash()).unwrap_or(Hash32::ZERO);
        match self.draw.rng.random_range(0..10) {
            // A wrong one ends the log: more than one in a run is one too many.
            0 if !is_open("K6") => (Hash32([7; 32]), "unknown"),
            1 => (now, "present"),
            _ => (right.unwrap_or(now), "right"),
        }
    }

    /// What somebody wrote, once more.
    fn repeat(&mut self, world: &mut World, at: usize) -> String {
        let payloads = self.payloads.clone();
        let Some(mut payload) = self.draw.one(&payloads) else { return "has seen nothing".into() };
        if self.draw.chance(20) && !payload.is_empty() {
            let byte = self.draw.rng.random_range(0..payload.len());
            payload[byte] ^= 1;
        }
        let kind = entry_kind(&payload);
        let as_commit = (kind == EntryKind::Commit) ^ self.draw.chance(20);
        let note = as_commit.then(|| {
            let hash = self.insiders[at].group.write_token().map(|token| token.hash());
            self.insiders[at].commit_note(hash.unwrap_or(Hash32::ZERO))
        });
        let done = outcome(&world.append(&mut self.insiders[at], payload, note));
        format!("repeats a {kind:?} as a commit: {as_commit}: {done}")
    }

    /// A message that says that it is a proposal (RFC 9420 §6.3: the content type is in clear), with nothing readable in it.
    fn propose(&mut self, world: &mut World, at: usize) -> String {
        if is_open("K16") {
            return "keeps a proposal to herself".into();
        }
        let insider = &mut self.insiders[at];
        let Ok(mut payload) = insider.group.encrypt(&insider.kv, &insider.id, b"proposal", &[0; MARK_BYTES])
        else {
            return "cannot encrypt".into();
        };
        // Version, wire format, the group's id with its length, the epoch.
        let content_type = 2 + 2 + 1 + 16 + 8;
        payload[content_type] = 2;
        let done = outcome(&world.append(insider, payload, None));
        format!("writes a broken proposal: {done}")
    }

    /// A true commit, of whatever MLS can express.
    fn commit(&mut self, world: &mut World, at: usize) -> String {
        let mut said = Vec::new();
        let mut change = Change::default();
        if self.draw.chance(40) {
            self.additions(world, at, &mut change, &mut said);
        }
        if self.draw.chance(40) {
            let members = self.insiders[at].group.members();
            for _ in 0..self.draw.rng.random_range(1..3) {
                let leaf = self.draw.one(&members).map(|leaf| leaf.leaf).unwrap_or_default();
                if leaf != self.insiders[at].group.own_leaf() && !change.remove.contains(&leaf) {
                    change.remove.push(leaf);
                    said.push(format!("removes leaf {leaf}"));
                    self.replacement(at, leaf, &mut change, &mut said);
                }
            }
        }
        if is_open("K8") && !change.remove.is_empty() {
            change.add.clear();
            said.push("adds nobody for that".into());
        }
        if self.draw.chance(30) {
            change.state = Some(self.state(at, &mut said));
        }
        let mut aad = self.note(at, change.add.len(), &mut said);
        if self.draw.chance(90) {
            aad.previous = self.insiders[at].last_commit;
        }
        let insider = &mut self.insiders[at];
        let lawful = insider.group.commit(&insider.kv, &insider.id, change.clone(), aad.clone());
        let (pending, allowed) = match lawful {
            Ok(pending) => (pending, true),
            Err(_) => match insider.group.commit_unjudged(&insider.kv, &insider.id, change, &aad) {
                Ok(pending) => (pending, false),
                Err(error) => return format!("cannot commit ({}): {error:?}", said.join(", ")),
            },
        };
        let (hash, which) = self.next_write_hash(at, Some(pending.next_write_hash));
        // What its note says wrong is against the rules too.
        let last = self.insiders[at].last_commit;
        let fits = allowed && aad.previous == last && aad.add_readers.len() == pending.welcomes.len();
        if which == "unknown" || which == "right" && !fits || which == "present" && fits {
            self.taken.push(self.insiders[at].log);
        }
        let add_readers = aad.add_readers.iter().map(|hash| Bytes::from(*hash)).collect();
        let mut note = Commit { add_readers, ..self.insiders[at].commit_note(hash) };
        let mended = fits && which == "right";
        if self.draw.chance(10) && (mended || !is_open("left-out reader")) {
            let of = self.insiders[at].readers.clone();
            let kept: Vec<Hash32> = self.draw.one(&of).map(|(_, hashes)| hashes).unwrap_or_default();
            let own = self.insiders[at].reader.hash();
            note.keep_readers = kept.into_iter().chain([own]).map(Into::into).collect();
            said.push("drops readers".into());
        }
        let done = world.append(&mut self.insiders[at], pending.bytes.clone(), Some(note));
        let insider = &mut self.insiders[at];
        // She goes along with what the others apply.
        match done.is_ok() && fits {
            true => insider.group.merge_pending(&insider.kv).map(|_| ()),
            false => insider.group.discard_pending(&insider.kv),
        }
        .expect("a store in memory");
        if done.is_ok() && self.draw.chance(40) {
            self.send_welcomes(world, at, &pending);
        }
        let rules = if allowed { "within" } else { "against" };
        format!("commits {rules} the rules ({}), {which} write hash: {}", said.join(", "), outcome(&done))
    }

    fn additions(&mut self, world: &mut World, at: usize, change: &mut Change, said: &mut Vec<String>) {
        for _ in 0..self.draw.rng.random_range(1..3) {
            let package = match self.draw.rng.random_range(0..4) {
                0 => {
                    said.push("adds a device of hers".into());
                    self.own_device(at)
                }
                1 => {
                    let seen = self.packages.clone();
                    said.push("adds by a package seen before".into());
                    self.draw.one(&seen)
                }
                _ => {
                    let devices = self.draw.devices.clone();
                    let device = self.draw.one(&devices).unwrap_or(DeviceId([0; 16]));
                    said.push("adds somebody's device".into());
                    self.take_package(world, at, device)
                }
            };
            change.add.extend(package);
        }
    }

    /// The device that is removed, once more, by a package of its own that was seen before.
    fn replacement(&mut self, at: usize, leaf: u32, change: &mut Change, said: &mut Vec<String>) {
        let removed = self.insiders[at].group.member(leaf);
        let Some(removed) = removed.filter(|_| self.draw.chance(50)) else { return };
        let of = |package: &&Vec<u8>| {
            inspect_key_package(package)
                .is_ok_and(|(_, leaf)| (leaf.account, leaf.device) == (removed.account, removed.device))
        };
        if let Some(package) = self.packages.iter().find(of) {
            change.add.push(package.clone());
            said.push("adds it again".into());
        }
    }

    /// A device of the adversary's account, under an id that is its own, new, or somebody else's.
    fn own_device(&mut self, at: usize) -> Option<Vec<u8>> {
        let suite = self.insiders[at].group.suite();
        let mut device = self.draw.device();
        if device.len() != 16 {
            device = self.draw.bytes(16);
        }
        let device = DeviceId::try_from(&device[..]).ok()?;
        let own = self.insiders[0].id.clone();
        let id = if device == own.device { own } else { self.sign_device(device)? };
        let package = key_package(&self.insiders[at].kv, &id, suite, false).ok()?;
        self.packages.push(package.clone());
        Some(package)
    }

    /// A new document of the adversary's account that names one device more.
    pub(super) fn sign_device(&mut self, device: DeviceId) -> Option<DeviceIdentity> {
        let newest = self.newest_own()?;
        let mut document = newest.document();
        document.version += if self.draw.chance(80) { 1 } else { self.draw.number() >> 1 };
        document.previous_hash = newest.hash.into();
        let seed: [u8; 32] = self.draw.bytes(32).try_into().ok()?;
        let signing = casemate_crypto::identity::new_signing_key(&mut rand::SeedableRng::from_seed(seed));
        document.devices.retain(|known| known.device[..] != device.0);
        document.devices.push(ManifestDevice {
            device: device.into(),
            signature_key: signing.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: Hash32(seed).into(),
            added_ms: 1,
            primary: document.devices.is_empty(),
        });
        if self.draw.chance(15) {
            document.handle = "ana".into();
        }
        let manifest = sign(&document, &self.secret.into()).ok()?.to_bytes();
        self.draw.manifests.push(manifest.clone());
        let account = self.insiders[0].id.account;
        Some(DeviceIdentity { account, device, signing, manifest })
    }

    pub(super) fn newest_own(&self) -> Option<VerifiedManifest> {
        let account = self.insiders[0].id.account;
        let own = self.draw.manifests.iter().filter_map(|bytes| VerifiedManifest::from_bytes(bytes).ok());
        own.filter(|manifest| manifest.account == account && manifest.handle.as_str() == "eve")
            .max_by_key(|manifest| manifest.version)
    }

    /// A key package of a device that the adversary can reach.
    pub(super) fn take_package(&mut self, world: &mut World, at: usize, device: DeviceId) -> Option<Vec<u8>> {
        let suite = u32::from(self.insiders[at].group.suite().code());
        let token = self.insiders[0].reach.iter().find(|(_, known, ..)| *known == device)?.2.clone();
        let taken = world.ask(Request::TakeKeyPackage(TakeKeyPackage { inbox_token: token.into(), suite }));
        let Body::KeyPackage(package) = taken else { return None };
        let package = package.key_package.to_vec();
        self.packages.push(package.clone());
        Some(package)
    }

    /// What a commit brings along.
    fn note(&mut self, at: usize, joiners: usize, said: &mut Vec<String>) -> CommitAad {
        let joiners = if self.draw.chance(90) { joiners } else { joiners + 1 };
        let mut aad = CommitAad {
            previous: self.draw.number(),
            add_readers: (0..joiners).map(|_| Hash32::of(&[&[1; 32]])).collect(),
            ..CommitAad::default()
        };
        if self.draw.chance(30) {
            let manifests = self.draw.manifests.clone();
            aad.manifests.extend(self.draw.one(&manifests));
            said.push("brings a document".into());
        }
        if self.draw.chance(30) && !is_open("K18") {
            let mut leaves = self.leaves.clone();
            let group = &self.insiders[at].group;
            leaves.extend(group.leave_statements(&self.insiders[at].id));
            // In somebody else's name.
            if let Some(mut forged) = leaves.last().cloned() {
                let accounts: Vec<AccountId> = self.draw.accounts.clone();
                forged.account = self.draw.one(&accounts).unwrap_or(forged.account);
                leaves.push(forged);
            }
            aad.leaves.extend(self.draw.one(&leaves));
            said.push("brings a leave statement".into());
        }
        aad
    }

    /// The group's state with something else in it.
    fn state(&mut self, at: usize, said: &mut Vec<String>) -> content::ConversationState {
        let mut state = self.insiders[at].group.state();
        match self.draw.rng.random_range(0..6) {
            0 => state.name = self.draw.text().chars().take(3_000).collect(),
            1 => state.admins.push(self.draw.account().into()),
            2 => state.admins = vec![self.insiders[0].id.account.into()],
            3 => state.successor_of = self.draw.log().into(),
            4 => state.members.push(self.draw.account().into()),
            _ => state.permissions = Some(content::Permissions { add: 1, edit: 1, send: 1 }),
        }
        said.push("changes the state".into());
        state
    }

    /// Something for those who are there at this moment.
    fn whisper(&mut self, world: &mut World, at: usize) -> String {
        use content::ephemeral::Kind;
        let call = self.draw.bytes(16);
        let kind = match self.draw.rng.random_range(0..5) {
            0 => Kind::Typing(content::Typing { on: true }),
            1 => Kind::Presence(content::Presence {
                here: true,
                seen_ms: self.draw.number() as i64,
                ask: true,
            }),
            2 => Kind::Arrived(content::Arrived {
                entry: self.draw.number(),
                refused: vec![content::Stretch { first: self.draw.number(), last: self.draw.number() }],
                since: self.draw.number(),
                missed: vec![content::Stretch { first: self.draw.number(), last: self.draw.number() }],
                hash: bytes::Bytes::new(),
            }),
            3 => Kind::CallSigns(content::CallSigns { call: call.into(), ..content::CallSigns::default() }),
            _ => Kind::CallHere(content::CallHere {
                call: call.into(),
                participant: self.draw.bytes(16).into(),
                ask: true,
                ..content::CallHere::default()
            }),
        };
        let body = content::Ephemeral { at_ms: world.now_ms, kind: Some(kind) };
        let nonce: [u8; 24] = self.draw.bytes(24).try_into().expect("24 bytes");
        let insider = &self.insiders[at];
        let Ok(sealed) = insider.group.seal_ephemeral(&insider.id, nonce, &body.encode_to_vec()) else {
            return "cannot whisper".into();
        };
        let log: Bytes = insider.log.into();
        let follow =
            FollowLog { log: log.clone(), reader_secret: insider.reader.to_field(), ..Default::default() };
        world.ask_in_turn(vec![
            Request::FollowLog(FollowLog { after: insider.cursor, ..follow }),
            Request::SendEphemeral(SendEphemeral { log, sealed: sealed.into() }),
        ]);
        let put = self.put_receipt(world, at);
        format!("whispers, {put}")
    }

    /// Says beside her reader how far she has got, or what nobody says there.
    fn put_receipt(&mut self, world: &mut World, at: usize) -> String {
        let (what, kind) = self.draw.content();
        let kind = match self.draw.chance(60) {
            true => content::content::Kind::Receipt(content::Receipt {
                delivered: self.draw.number(),
                read: self.draw.number(),
                since: self.draw.number(),
                missed: vec![content::Stretch { first: self.draw.number(), last: self.draw.number() }],
                ..content::Receipt::default()
            }),
            false => kind,
        };
        let insider = &self.insiders[at];
        let seen_hash = world.chain(insider.log).0.to_vec();
        let body = content::Content {
            seen_entry: if self.draw.chance(50) { insider.cursor } else { self.draw.number() },
            seen_hash: if self.draw.chance(50) { seen_hash } else { self.draw.bytes(32) }.into(),
            sent_ms: self.draw.number() as i64,
            kind: Some(kind),
            ..content::Content::default()
        };
        let nonce: [u8; 24] = self.draw.bytes(24).try_into().expect("24 bytes");
        let sealed = insider.group.seal_receipt(&insider.id, nonce, &body.encode_to_vec());
        let sealed = match sealed {
            Ok(sealed) if self.draw.chance(80) => sealed,
            _ => self.draw.bytes(256),
        };
        let (log, reader_secret) = (insider.log.into(), insider.reader.to_field());
        world.ask(Request::PutReceipt(PutReceipt { log, reader_secret, sealed: sealed.into() }));
        format!("puts a receipt or {what}")
    }

    /// Says that it leaves, now or as it once did.
    fn leave(&mut self, world: &mut World, at: usize) -> String {
        if is_open("K18") {
            return "stays".into();
        }
        let [own, _] = self.insiders[at].group.leave_statements(&self.insiders[at].id);
        let old = self.leaves.clone();
        let statement = if self.draw.chance(50) { self.draw.one(&old).unwrap_or(own) } else { own };
        self.insiders[at].counter += 1;
        let body = content::Content {
            counter: self.insiders[at].counter,
            message_id: self.draw.bytes(16).into(),
            kind: Some(content::content::Kind::Leave(content::Leave {
                statement: statement.to_bytes().into(),
                membership: statement.to_bytes().into(),
            })),
            ..content::Content::default()
        };
        format!("says that she leaves: {}", self.append(world, at, body.encode_to_vec()))
    }

    fn send_welcomes(&mut self, world: &mut World, at: usize, pending: &PendingCommit) {
        let mut chain = world.chain(self.insiders[at].log).0.to_vec();
        if self.draw.chance(30) {
            chain = self.draw.bytes(32);
        }
        for joiner in &pending.welcomes {
            let bundle =
                content::GroupBundle { group_info: pending.group_info.clone().into(), readers: Vec::new() };
            let welcome = content::Welcome {
                log: self.insiders[at].log.into(),
                entry: self.insiders[at].cursor,
                reader_secret: vec![1; 32].into(),
                chain_hash: chain.clone().into(),
                joiner: joiner.joiner.clone().into(),
                group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
                again_for: self.draw.log().into(),
                ..content::Welcome::default()
            };
            self.put(world, joiner.device, content::inbox_body::Kind::Welcome(welcome));
        }
    }

    /// Posts into a device's inbox, if it can be reached.
    pub(super) fn put(
        &mut self,
        world: &mut World,
        device: DeviceId,
        kind: content::inbox_body::Kind,
    ) -> bool {
        let reached = self.insiders[0].reach.iter().any(|(_, known, ..)| *known == device);
        reached && !matches!(world.insider_tries_to_post(&self.insiders[0], device, kind), Body::Error(_))
    }
}

pub(super) fn outcome<T, E: std::fmt::Debug>(done: &Result<T, E>) -> String {
    match done {
        Ok(_) => "done".into(),
        Err(error) => format!("{error:?}"),
    }
}
