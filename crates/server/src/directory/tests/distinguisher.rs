//! Every request that takes a name, asked for names that are closed, deleted, open and not there: one answer, and one cost. The cost is
//! counted: statements and steps of SQLite's virtual machine, and signatures. What can be told from it is measured (Mann and Whitney's
//! AUC: 0.5 is nothing). By the clock `casemate-bench names` measures it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use casemate_wire::manifest::{DELETE_ACCOUNT_LABEL, RECOVER_LABEL, sign_labelled, signatures_verified};
use casemate_wire::proto::directory::KnockPolicy;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    DeleteAccount, ErrorCode, FetchManifest, KnockBox, PostKnock, RecoverAccount, Token, TokenKind,
    fetch_manifest, post_knock,
};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::config::{Limits, Policy, Registration};
use crate::testing::kit::{Device, Person};
use crate::testing::{Line, World};

/// Names of each kind.
const EACH: u8 = 40;

/// What a list of names has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Absent = 1,
    Closed,
    Open,
    Deleted,
}

/// A name that stands among the others in no order.
fn name(kind: Kind, number: u8) -> String {
    let hash = casemate_wire::ids::Hash32::of(&[&[kind as u8, number]]);
    hash.0.iter().take(9).map(|byte| char::from(b"abefghkst"[usize::from(*byte) % 9])).collect()
}

/// A server with accounts of all kinds, and what its requests cost.
struct Measured {
    world: World,
    line: Line,
    steps: Arc<AtomicU64>,
    seed: u64,
}

impl Measured {
    fn new(registration: Registration) -> Self {
        let limits = Limits { lifted: true, ..Limits::default() };
        let mut world = World::new(Policy { registration: Registration::Open, limits, ..Policy::default() });
        for number in 0..EACH {
            let closed = [KnockPolicy::Link, KnockPolicy::Organisation, KnockPolicy::Nobody];
            let closed = closed[usize::from(number) % 3];
            for (kind, policy) in
                [(Kind::Closed, closed), (Kind::Open, KnockPolicy::Anyone), (Kind::Deleted, closed)]
            {
                let seed = kind as u8 * EACH + number;
                let (person, line) =
                    world.settle_in(Person::new(&name(kind, number), seed).knockable(policy));
                if kind == Kind::Deleted {
                    let account = person.manifest.account;
                    let parts: [&[u8]; 3] = [line.hello.server.as_bytes(), &line.hello.challenge, &account.0];
                    let signature = sign_labelled(&person.account_key, DELETE_ACCOUNT_LABEL, &parts).into();
                    let delete = DeleteAccount { account: account.into(), signature };
                    world.ask(line.id, Request::DeleteAccount(delete)).unwrap();
                }
            }
        }
        world.now_ms += 8 * 24 * 3_600_000;
        world.server.housekeeping(world.now_ms).unwrap();
        world.server.directory.policy.registration = registration;
        let steps = Arc::new(AtomicU64::new(0));
        let (counted, before) = (steps.clone(), Mutex::new(HashMap::<String, u64>::new()));
        let count = move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, _) = event {
                // SQLite counts on, from the first use of a statement.
                let now = u64::try_from(statement.get_status(StatementStatus::VmStep)).unwrap();
                let before = before.lock().unwrap().insert(statement.sql().into_owned(), now).unwrap_or(0);
                counted.fetch_add(1_000 + now.checked_sub(before).unwrap_or(now), Ordering::Relaxed);
            }
        };
        world.server.directory.db.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count)).unwrap();
        let line = world.line();
        Self { world, line, steps, seed: 0 }
    }

    /// The answer, and what it cost.
    fn ask(&mut self, request: Request) -> (Result<(), (ErrorCode, String, u64)>, u64) {
        let (steps, signatures) = (self.steps.load(Ordering::Relaxed), signatures_verified());
        let answer = self.world.ask(self.line.id, request);
        let steps = self.steps.load(Ordering::Relaxed) - steps;
        let answer = answer.map(|_| ()).map_err(|error| (error.code(), error.message, error.retry_after_ms));
        (answer, steps + (signatures_verified() - signatures) * 1_000_000)
    }

    /// Somebody who wants this name.
    fn newcomer(&mut self, name: &str) -> Person {
        self.seed += 1;
        Person::new(name, 200 + (self.seed % 50) as u8)
    }

    /// A request that takes a name has the same answer and cost for names of all these kinds.
    fn hold_the_same(&mut self, what: &str, kinds: &[Kind], request: impl Fn(&mut Self, &str) -> Request) {
        let mut costs: HashMap<u8, Vec<u64>> = HashMap::new();
        let mut answers = Vec::new();
        // The first of each statement is prepared, and counted from nothing.
        let warm = request(self, "warmup");
        let _ = self.ask(warm);
        for number in 0..EACH {
            for kind in kinds {
                let request = request(self, &name(*kind, number));
                let (answer, cost) = self.ask(request);
                assert!(answer.is_err(), "{what}: {kind:?}");
                answers.push(answer);
                costs.entry(*kind as u8).or_default().push(cost);
            }
        }
        assert!(answers.windows(2).all(|two| two[0] == two[1]), "{what}: {answers:?}");
        for kind in &kinds[1..] {
            let (one, other) = (&costs[&(kinds[0] as u8)], &costs[&(*kind as u8)]);
            let auc = auc(one, other);
            assert!((auc - 0.5).abs() <= 0.02, "{what}: {:?} {kind:?} {auc} {one:?} {other:?}", kinds[0]);
        }
    }
}

fn auc(one: &[u64], other: &[u64]) -> f64 {
    let pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
    let won: f64 = pairs.map(|(one, other)| f64::from(one.cmp(other) as i8 + 1) / 2.0).sum();
    won / (one.len() * other.len()) as f64
}

const ALL: [Kind; 4] = [Kind::Absent, Kind::Closed, Kind::Open, Kind::Deleted];

/// Who is open is found by a name: nothing is to be hidden there.
const NOT_FOUND: [Kind; 3] = [Kind::Absent, Kind::Closed, Kind::Deleted];

#[test]
fn look_ups_by_name_tell_closed_from_absent_neither_by_answer_nor_by_cost() {
    let mut measured = Measured::new(Registration::Open);
    measured.hold_the_same("FetchManifest", &NOT_FOUND, |_, name| {
        let by = Some(fetch_manifest::By::Handle(name.into()));
        Request::FetchManifest(FetchManifest { by, proof: None, known: None })
    });
    let (eve, line) = measured.world.person("eve-who-knocks", 250);
    let tokens = measured.world.tokens(&eve, &line, TokenKind::Knock, 4 * usize::from(EACH));
    let tokens: Mutex<Vec<Token>> = Mutex::new(tokens);
    measured.hold_the_same("PostKnock", &NOT_FOUND, |_, name| {
        let token = tokens.lock().unwrap().pop();
        let client_id = token.as_ref().unwrap().nonce.slice(..16);
        let boxes = vec![KnockBox { device: vec![1; 16].into(), sealed: vec![1; 2_048].into() }];
        Request::PostKnock(PostKnock {
            to: Some(post_knock::To::Handle(name.into())),
            token,
            client_id,
            boxes,
        })
    });
}

#[test]
fn recovery_without_the_words_tells_no_name_that_is_there_neither_by_answer_nor_by_cost() {
    let mut measured = Measured::new(Registration::Open);
    for signed in [true, false] {
        measured.hold_the_same("RecoverAccount", &ALL, |measured, name| {
            let hello = &measured.line.hello;
            let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, name.as_bytes()];
            let signature = sign_labelled(&Device::new(1).key, RECOVER_LABEL, &parts);
            let signature = if signed { signature } else { vec![0; 64] };
            Request::RecoverAccount(RecoverAccount { handle: name.into(), signature: signature.into() })
        });
    }
}

#[test]
fn accounts_that_cannot_be_made_tell_no_name_that_is_there_neither_by_answer_nor_by_cost() {
    let create = |measured: &mut Measured, name: &str, invite: &[u8]| {
        let Request::CreateAccount(create) = measured.newcomer(name).create_account(invite) else { panic!() };
        create
    };
    let mut measured = Measured::new(Registration::Invitation);
    for invite in [&[][..], &[5; 16]] {
        measured.hold_the_same("without an invitation", &ALL, |measured, name| {
            Request::CreateAccount(create(measured, name, invite))
        });
    }
    let mut measured = Measured::new(Registration::Open);
    measured.hold_the_same("without the device's key", &ALL, |measured, name| {
        let mut create = create(measured, name, &[]);
        create.device_keys.clear();
        Request::CreateAccount(create)
    });
    measured.hold_the_same("with another device's key", &ALL, |measured, name| {
        let mut create = create(measured, name, &[]);
        create.device_keys[0].hpke_key = vec![7; 1_216].into();
        Request::CreateAccount(create)
    });
    measured.hold_the_same("with a later version", &ALL, |measured, name| {
        let mut person = measured.newcomer(name);
        person.publish(&[], |_| {});
        person.create_account(&[])
    });
    measured.hold_the_same("with a signature that is none", &ALL, |measured, name| {
        let mut create = create(measured, name, &[]);
        create.manifest.as_mut().unwrap().signature = vec![0; 64].into();
        Request::CreateAccount(create)
    });
    // Who may have an account learns that a name is taken, and not of whom.
    measured.hold_the_same("as it should be", &ALL[1..], |measured, name| {
        let name = if name == "warmup" { self::name(Kind::Open, 0) } else { name.to_owned() };
        measured.newcomer(&name).create_account(&[])
    });
}

#[test]
fn words_of_a_restored_account_with_new_keys_are_the_ones_that_count() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let recover = |line: &Line, seed: u8| {
        let parts: [&[u8]; 3] = [line.hello.server.as_bytes(), &line.hello.challenge, b"ana"];
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let signature = sign_labelled(&key, RECOVER_LABEL, &parts).into();
        Request::RecoverAccount(RecoverAccount { handle: "ana".into(), signature })
    };
    assert!(matches!(world.ask(line.id, recover(&line, 1 ^ 0xb0)), Ok(Body::Recovery(_))));
    // Keys were replaced: the words of before open nothing any more.
    let old = ed25519_dalek::SigningKey::from_bytes(&[1 ^ 0xb0; 32]);
    let [account, recovery] = [70, 71].map(|seed| ed25519_dalek::SigningKey::from_bytes(&[seed; 32]));
    let [account_key, recovery_key] = [&account, &recovery].map(|key| key.verifying_key().to_bytes());
    let id = ana.manifest.account;
    ana.account_key = account;
    let publish = ana.publish(&[], |document| {
        document.first_account_key = document.account_key.clone();
        document.first_recovery_key = document.recovery_key.clone();
        let next = casemate_wire::manifest::succession(&id, 0, account_key, recovery_key, &old);
        document.successions.push(next);
        document.account_key = account_key.to_vec().into();
        document.recovery_key = recovery_key.to_vec().into();
    });
    world.ask(line.id, publish).unwrap();
    assert_eq!(world.refused(line.id, recover(&line, 1 ^ 0xb0)), ErrorCode::ErrorNotFound);
    assert!(matches!(world.ask(line.id, recover(&line, 71)), Ok(Body::Recovery(_))));
}

/// A folder of a version before: no keys by name, and skeletons by the rule of then.
#[test]
fn folder_of_a_version_before_has_its_names_and_keys_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let open = || {
        let place = crate::directory::Place {
            name: "test.example".into(),
            public_url: "https://test.example".into(),
            restored_ms: None,
            renamed: false,
        };
        let policy = Policy { registration: Registration::Open, ..Policy::default() };
        crate::directory::Directory::open(Some(&path), place, policy, Box::new(rand_core::OsRng)).unwrap()
    };
    let mut directory = open();
    let ask = |directory: &mut crate::directory::Directory, request| {
        let ask = crate::directory::Ask::Client { request, challenge: [0; 16] };
        directory.handle(ask, 0).result.map_err(|refusal| refusal.code)
    };
    for (name, seed) in [("claire", 1), ("bob", 2)] {
        ask(&mut directory, Person::new(name, seed).create_account(&[])).unwrap();
    }
    // By the rule of then one more could come who looks the same.
    directory.db.execute_batch("UPDATE account SET skeleton = 'another' WHERE handle = 'claire'").unwrap();
    ask(&mut directory, Person::new("c1aire", 3).create_account(&[])).unwrap();
    directory
        .db
        .execute_batch(
            "UPDATE account SET skeleton = 'clalre' WHERE handle = 'c1aire';
             UPDATE account SET skeleton = 'dalre' WHERE handle = 'claire';
             DELETE FROM recovery_key WHERE handle <> ''; DELETE FROM setting WHERE name = 'skeletons';",
        )
        .unwrap();
    let gone = crate::directory::names::name_hash("cla");
    directory.db.execute("INSERT INTO name_gone (name_hash) VALUES (?1)", [gone.as_ref()]).unwrap();
    drop(directory);
    let mut directory = open();
    for (name, seed) in
        [("claire", 10), ("ciaire", 11), ("daire", 12), ("c1aire", 13), ("b0b", 14), ("c1a", 15)]
    {
        let refused = ask(&mut directory, Person::new(name, seed).create_account(&[]));
        assert_eq!(refused.unwrap_err(), ErrorCode::ErrorTaken, "{name}");
    }
    for (name, seed) in [("claire", 1_u8), ("c1aire", 3), ("bob", 2)] {
        let parts: [&[u8]; 3] = [b"test.example", &[0; 16], name.as_bytes()];
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed ^ 0xb0; 32]);
        let signature = sign_labelled(&key, RECOVER_LABEL, &parts).into();
        let recover = Request::RecoverAccount(RecoverAccount { handle: name.into(), signature });
        assert!(ask(&mut directory, recover).is_ok(), "{name}");
    }
}
