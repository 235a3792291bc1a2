//! A member who is removed plays every request, in every order that a seed gives, before and after: it hears nothing more, is heard by
//! nobody, and touches nothing of the others'.

use std::collections::HashMap;

use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::limits::{EPHEMERAL_BYTES, RECEIPT_BYTES, WAKE_BYTES};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckLog, Append, Commit, FetchReceipts, FollowLog, LeftOut, PushKeys, PutReceipt, ReplaceReader,
    SendEphemeral, SetWake, UnfollowLog, Wake,
};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::terms::{Right, terms};
use crate::push::WakeOp;
use crate::testing::{Line, World, append, follow};

/// The log's first secrets, and Ana's.
const SEED: u8 = 10;
const LOG: LogId = LogId([SEED; 16]);

type Secret = [u8; 32];

fn hash(secret: &Secret) -> Hash32 {
    Hash32::of(&[secret])
}

/// Two secrets whose hashes begin with the same four bytes: found in a moment, as anybody finds them.
fn twins() -> (Secret, Secret) {
    let mut seen: HashMap<[u8; 4], Secret> = HashMap::new();
    for number in 0_u64.. {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&number.to_be_bytes());
        let begins = hash(&secret).0[..4].try_into().unwrap();
        if let Some(other) = seen.insert(begins, secret) {
            return (other, secret);
        }
    }
    unreachable!()
}

struct Stage {
    world: World,
    ana: Line,
    eve: Line,
    /// By which Eve reads, and one that looks alike.
    eves: [Secret; 2],
    epoch: u8,
    sent: u64,
}

impl Stage {
    /// Ana's conversation, in which Eve reads.
    fn new(twins: (Secret, Secret)) -> Self {
        let mut world = World::open();
        let keys = PushKeys { vapid: vec![4; 65].into(), seal: vec![5; 9].into() };
        world.server.router.wake_devices(keys, []);
        let (ana, line) = world.person("ana", 1);
        world.log(&ana, &line, SEED);
        let eve = world.line();
        let mut stage = Self { world, ana: line, eve, eves: [twins.0, twins.1], epoch: SEED, sent: 0 };
        stage.commit(vec![hash(&twins.0)], Vec::new());
        stage.world.ask(stage.ana.id, follow(LOG, 0)).unwrap();
        stage.world.ask(stage.eve.id, stage.follow(&twins.0)).unwrap();
        stage
    }

    fn follow(&self, secret: &Secret) -> Request {
        Request::FollowLog(FollowLog {
            log: LOG.into(),
            reader_secret: secret.to_vec().into(),
            after: 0,
            left_out: None,
        })
    }

    /// Ana's, into the next epoch.
    fn commit(&mut self, add: Vec<Hash32>, keep: Vec<Hash32>) {
        let previous = u64::from(self.epoch - SEED).min(1) * self.head();
        self.sent += 1;
        let Request::Append(said) = append(LOG, 1_000_000 + self.sent, b"commit".to_vec()) else {
            unreachable!()
        };
        let bytes = |hashes: Vec<Hash32>| hashes.into_iter().map(Into::into).collect();
        let commit = Commit {
            previous,
            next_write_hash: Hash32::of(&[&[self.epoch + 1; 32]]).into(),
            reader_secret: vec![SEED; 32].into(),
            urgent: true,
            add_readers: bytes(add),
            keep_readers: bytes(keep),
        };
        let said = Append { write_token: vec![self.epoch; 32].into(), commit: Some(commit), ..said };
        self.epoch += 1;
        self.world.ask(self.ana.id, Request::Append(said)).unwrap();
    }

    /// The last commit is the newest entry where it is asked for.
    fn head(&mut self) -> u64 {
        match self.world.ask(self.ana.id, follow(LOG, u64::MAX)) {
            Ok(Body::Following(following)) => following.head,
            other => panic!("{other:?}"),
        }
    }

    fn ana_says(&mut self) -> u64 {
        self.sent += 1;
        let Request::Append(said) = append(LOG, self.sent, b"hi".to_vec()) else { unreachable!() };
        let said = Append { write_token: vec![self.epoch; 32].into(), ..said };
        match self.world.ask(self.ana.id, Request::Append(said)) {
            Ok(Body::Appended(appended)) => appended.entry,
            other => panic!("{other:?}"),
        }
    }

    /// Everything that Eve can ask of the log, with all secrets that she has.
    fn requests(&self) -> Vec<Request> {
        let log = || LOG.into();
        let mut requests = vec![
            Request::UnfollowLog(UnfollowLog { log: log() }),
            Request::SendEphemeral(SendEphemeral { log: log(), sealed: vec![1; EPHEMERAL_BYTES].into() }),
            Request::SetWake(SetWake { log: log(), sealed: vec![1; WAKE_BYTES].into() }),
            Request::Wake(Wake { log: log() }),
        ];
        let anas = Hash32::of(&[&[SEED; 32]]);
        for secret in self.eves {
            let shown = || secret.to_vec().into();
            requests.extend([
                self.follow(&secret),
                Request::FollowLog(FollowLog {
                    log: log(),
                    reader_secret: shown(),
                    after: 0,
                    left_out: Some(LeftOut { commit: 0 }),
                }),
                Request::AckLog(AckLog { log: log(), reader_secret: shown(), up_to: 1 }),
                Request::PutReceipt(PutReceipt {
                    log: log(),
                    reader_secret: shown(),
                    sealed: vec![6; RECEIPT_BYTES[0]].into(),
                }),
                Request::FetchReceipts(FetchReceipts { log: log(), reader_secret: shown(), since: 0 }),
            ]);
            let others = self.eves.iter().map(hash).chain([anas]);
            requests.extend(others.map(|new| {
                Request::ReplaceReader(ReplaceReader {
                    log: log(),
                    old_secret: shown(),
                    new_hash: new.into(),
                    write_token: vec![SEED + 1; 32].into(),
                })
            }));
        }
        requests
    }

    /// Ana removes Eve, whoever of hers may be a reader by then.
    fn remove(&mut self) {
        self.commit(Vec::new(), vec![Hash32::of(&[&[SEED; 32]])]);
    }

    /// Nothing of what is said from now on comes to Eve, and nothing of hers to anybody.
    fn is_rid_of_eve(&mut self, played: &[Request]) {
        self.world.drain(self.eve.id);
        self.world.drain(self.ana.id);
        self.world.server.woken.clear();
        let entry = self.ana_says();
        let ephemeral = SendEphemeral { log: LOG.into(), sealed: vec![9; EPHEMERAL_BYTES].into() };
        self.world.ask(self.ana.id, Request::SendEphemeral(ephemeral)).unwrap();
        assert!(self.world.drain(self.eve.id).is_empty(), "entry {entry} came to her after {played:?}");
        for request in self.requests() {
            let right = terms(&request).right;
            let asked = self.world.ask(self.eve.id, request.clone());
            match asked {
                Err(_) => {}
                // What is said to who knows two hashes, and what ends a follow that is none.
                Ok(Body::Done(_)) => assert!(
                    matches!(request, Request::ReplaceReader(_)) || right == Right::Anyone,
                    "{request:?} after {played:?}"
                ),
                // The commit that removed her, by which she knows.
                Ok(Body::Following(following)) => assert!(following.commit.is_some(), "{request:?}"),
                Ok(other) => panic!("{request:?}: {other:?}"),
            }
        }
        let wakes =
            |op: &WakeOp| matches!(op, WakeOp::Set { .. } | WakeOp::Moved { .. } | WakeOp::Due { .. });
        assert!(!self.world.server.woken.iter().any(wakes), "{:?}", self.world.server.woken);
        assert!(!self.world.drain(self.ana.id).iter().any(|body| matches!(body, Body::Ephemeral(_))));
        self.ana_says();
        assert!(self.world.drain(self.eve.id).is_empty(), "after {played:?}");
    }
}

#[test]
fn removed_member_hears_and_does_nothing_more_whatever_was_played_before_and_after() {
    let twins = twins();
    for seed in 0..150 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut stage = Stage::new(twins);
        let mut played = Vec::new();
        for turn in 0..2 {
            for _ in 0..rng.random_range(0..12) {
                let request = stage.requests().choose(&mut rng).unwrap().clone();
                played.push(request.clone());
                // Refused or not.
                let _ = stage.world.ask(stage.eve.id, request);
            }
            if turn == 0 {
                stage.remove();
            }
        }
        stage.is_rid_of_eve(&played);
    }
}

/// By a secret that looks like hers and Ana's hash: her follow was counted as Ana's, and stayed.
#[test]
fn follow_of_a_removed_member_is_not_taken_for_another_readers() {
    let twins = twins();
    let mut stage = Stage::new(twins);
    let anas = Hash32::of(&[&[SEED; 32]]);
    let replace = ReplaceReader {
        log: LOG.into(),
        old_secret: twins.1.to_vec().into(),
        new_hash: anas.into(),
        write_token: Vec::new().into(),
    };
    let _ = stage.world.ask(stage.eve.id, Request::ReplaceReader(replace));
    stage.remove();
    stage.is_rid_of_eve(&[]);
}
