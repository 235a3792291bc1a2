//! What the member puts into others' inboxes: Welcomes that contradict each other inside and outside, and all that only
//! others may say.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_crypto::{Change, CommitAad, Conversation};
use casemate_wire::ids::{DeviceId, Hash32, LogId};
use casemate_wire::proto::wire::CreateLog;
use casemate_wire::proto::wire::client_frame::Request;
use prost::Message as _;
use rand::Rng as _;

use super::is_open;
use super::member::{Member, outcome};
use crate::world::World;

impl Member {
    /// A group of the adversary's own, and Welcomes to it that say something else than it does.
    pub(super) fn welcome(&mut self, world: &mut World, at: usize) -> String {
        let devices: Vec<DeviceId> = self.insiders[0].reach.iter().map(|(_, device, ..)| *device).collect();
        let Some(first) = self.draw.one(&devices) else { return "reaches nobody".into() };
        let mut joiners = vec![first];
        if self.draw.chance(30) {
            joiners.extend(self.draw.one(&devices).filter(|device| *device != first));
        }
        let mut log = self.draw.bytes(16);
        if self.draw.chance(20) {
            log = self.draw.log();
        }
        let Ok(log) = LogId::try_from(&log[..]) else { return "names no log".into() };
        let inner = self.inner_state(at);
        let outer = self.outer_hints(at, &inner);
        self.invite(world, at, log, joiners, &inner, &outer)
    }

    /// Makes a group and sends Welcomes to it. `outer`: what they say outside of it.
    pub(super) fn invite(
        &mut self,
        world: &mut World,
        at: usize,
        log: LogId,
        joiners: Vec<DeviceId>,
        inner: &content::ConversationState,
        outer: &content::Welcome,
    ) -> String {
        let packages: Vec<Vec<u8>> =
            joiners.iter().filter_map(|device| self.take_package(world, at, *device)).collect();
        if packages.len() != joiners.len() {
            return "gets no key package".into();
        }
        let suite = self.insiders[at].group.suite();
        let kv = casemate_crypto::MemoryKv::new();
        let id = self.insiders[0].id.clone();
        let Ok(mut group) = Conversation::create(&kv, &id, suite, log, inner) else {
            return "describes no group".into();
        };
        let add_readers = vec![Hash32::of(&[&[1; 32]]); packages.len()];
        let aad = CommitAad { add_readers, ..CommitAad::default() };
        let change = Change { add: packages, ..Change::default() };
        let made = match group.commit(&kv, &id, change.clone(), aad.clone()) {
            Ok(pending) => Ok(pending),
            Err(_) => group.commit_unjudged(&kv, &id, change, &aad),
        };
        let pending = match made {
            Ok(pending) => pending,
            Err(error) => return format!("cannot invite: {error:?}"),
        };
        let stored = self.store(world, log, &group, pending.bytes.clone(), pending.next_write_hash);
        group.merge_pending(&kv).expect("a store in memory");
        for joiner in &pending.welcomes {
            let bundle =
                content::GroupBundle { group_info: pending.group_info.clone().into(), readers: Vec::new() };
            let welcome = content::Welcome {
                log: log.into(),
                entry: match outer.entry {
                    0 if self.draw.chance(20) => self.draw.number(),
                    0 => 1,
                    entry => entry,
                },
                reader_secret: vec![1; 32].into(),
                chain_hash: self.draw.bytes(32).into(),
                joiner: joiner.joiner.clone().into(),
                group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
                ..outer.clone()
            };
            self.put(world, joiner.device, Kind::Welcome(welcome));
        }
        format!(
            "invites {} to {}, successor outside {} and inside {}, {stored}",
            joiners.len(),
            log.to_hex(),
            short(&outer.successor_of),
            short(&inner.successor_of),
        )
    }

    /// What the adversary's group says of itself to its members.
    fn inner_state(&mut self, at: usize) -> content::ConversationState {
        let account = self.insiders[0].id.account;
        let mut state = match self.draw.rng.random_range(0..3) {
            0 => self.insiders[at].group.state(),
            _ => content::ConversationState {
                name: super::honest::GROUP.into(),
                permissions: Some(content::Permissions::default()),
                ..content::ConversationState::default()
            },
        };
        state.successor_of = self.predecessor(at).into();
        match self.draw.rng.random_range(0..4) {
            0 => {
                state.kind = content::ConversationKind::Pair as i32;
                let mut members = vec![account.0.to_vec(), self.draw.account()];
                members.sort();
                state.members = members.into_iter().map(Into::into).collect();
                (state.admins, state.permissions, state.name) = (Vec::new(), None, String::new());
            }
            _ if state.kind == content::ConversationKind::Group as i32 => {
                state.admins = vec![account.into()];
            }
            _ => {}
        }
        state
    }

    /// What the Welcome says outside of that.
    fn outer_hints(&mut self, at: usize, inner: &content::ConversationState) -> content::Welcome {
        let successor_of = match self.draw.chance(30) || is_open("K1") {
            true => inner.successor_of.clone(),
            false => self.predecessor(at).into(),
        };
        let again_for = match self.draw.chance(20) {
            true => self.draw.log(),
            false => Vec::new(),
        };
        content::Welcome {
            kind: if self.draw.chance(80) { inner.kind } else { (self.draw.small() % 4) as i32 },
            name: super::honest::GROUP.into(),
            members: self.draw.small(),
            successor_of,
            again_for: again_for.into(),
            ..content::Welcome::default()
        }
    }

    /// Which conversation a new one claims to continue.
    fn predecessor(&mut self, at: usize) -> Vec<u8> {
        match self.draw.rng.random_range(0..4) {
            // Wedging and continuing by oneself.
            _ if is_open("K6") => Vec::new(),
            0 => Vec::new(),
            1 => self.draw.log(),
            _ => self.insiders[at].log.0.to_vec(),
        }
    }

    /// Puts the group's log onto the server, as far as the adversary has tokens.
    fn store(
        &mut self,
        world: &mut World,
        log: LogId,
        group: &Conversation,
        payload: Vec<u8>,
        next: Hash32,
    ) -> String {
        let Some(token) = self.tokens.pop() else { return "without a log".into() };
        let Ok(write) = group.write_token() else { return "without a right to write".into() };
        let made = world.ask(Request::CreateLog(CreateLog {
            log: log.into(),
            write_hash: write.hash().into(),
            reader_hash: self.insiders[0].reader.hash().into(),
            token: Some(token),
        }));
        if let casemate_wire::proto::wire::server_frame::Body::Error(error) = made {
            return format!("no log: {}", error.message);
        }
        let readers = vec![Hash32::of(&[&[1; 32]]).into()];
        let note = casemate_wire::proto::wire::Commit {
            previous: 0,
            next_write_hash: next.into(),
            reader_secret: self.insiders[0].reader.to_field(),
            urgent: true,
            add_readers: readers,
            keep_readers: Vec::new(),
        };
        let client_id: bytes::Bytes = self.draw.bytes(16).into();
        let done = world.ask(Request::Append(casemate_wire::proto::wire::Append {
            log: log.into(),
            write_token: write.to_field(),
            client_id,
            payload: payload.into(),
            commit: Some(note),
            seen: 0,
            retry: false,
            after: bytes::Bytes::new(),
        }));
        match done {
            casemate_wire::proto::wire::server_frame::Body::Error(error) => {
                format!("no entry: {}", error.message)
            }
            _ => "with a log".into(),
        }
    }

    /// Something that comes by an inbox, from the wrong sender.
    pub(super) fn post(&mut self, world: &mut World) -> String {
        let devices: Vec<DeviceId> = self.insiders[0].reach.iter().map(|(_, device, ..)| *device).collect();
        let Some(device) = self.draw.one(&devices) else { return "reaches nobody".into() };
        let manifests = self.draw.manifests.clone();
        let signed_manifest = self.draw.one(&manifests).unwrap_or_default();
        let tokens = vec![content::DeviceToken {
            device: self.draw.device().into(),
            token: self.draw.bytes(16).into(),
        }];
        let (what, kind) = match self.draw.rng.random_range(0..7) {
            0 | 1 => (
                "asks to be added again",
                Kind::AddMeAgain(content::AddMeAgain {
                    log: self.draw.log().into(),
                    tokens,
                    ..content::AddMeAgain::default()
                }),
            ),
            2 => (
                "says: you are linked",
                Kind::Link(content::Link { signed_manifest: signed_manifest.into(), tokens }),
            ),
            3 => (
                "says: I am linked",
                Kind::Linked(content::Linked { history_key: self.draw.bytes(1_216).into() }),
            ),
            4 => (
                "hands a history over",
                Kind::History(content::HistoryPart {
                    number: self.draw.small(),
                    last: true,
                    done: self.draw.number(),
                    of: self.draw.number(),
                    file: Some(self.draw.attachment()),
                    sealed_key: self.draw.bytes(1_168).into(),
                }),
            ),
            5 => (
                "says: you are in the group",
                Kind::InGroup(content::InGroup {
                    log: self.draw.log().into(),
                    group: self.draw.bytes(16).into(),
                }),
            ),
            _ => {
                let blob = self.draw.attachment();
                let joiner = self.draw.bytes(100);
                let info = match self.draw.chance(50) {
                    true => content::welcome::GroupInfo::Blob(blob),
                    false => content::welcome::GroupInfo::Inline(self.draw.bytes(50).into()),
                };
                (
                    "invites to nothing",
                    Kind::Welcome(content::Welcome {
                        log: self.draw.log().into(),
                        entry: self.draw.number(),
                        reader_secret: vec![1; 32].into(),
                        chain_hash: vec![1; 32].into(),
                        joiner: joiner.into(),
                        kind: (self.draw.small() % 4) as i32,
                        name: "Prize".into(),
                        successor_of: self.draw.log().into(),
                        again_for: self.draw.log().into(),
                        group_info: Some(info),
                        ..content::Welcome::default()
                    }),
                )
            }
        };
        let done: Result<(), ()> = if self.put(world, device, kind) { Ok(()) } else { Err(()) };
        format!("{what}: {}", outcome(&done))
    }
}

/// The first bytes of an id.
fn short(id: &[u8]) -> String {
    match id {
        [] => "nothing".into(),
        _ => id.iter().take(3).map(|byte| format!("{byte:02x}")).collect(),
    }
}
