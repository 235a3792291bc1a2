//! What another's number leads to is bounded: what is fetched into memory, and how often after a program ended in it.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_crypto::{SealKeys, attachment, sealed};
use casemate_engine::Output;
use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use crate::{ClientId, Faults, World};

/// What the largest file of earlier messages has, encrypted and padded.
const SHARED_MOST: u64 = 5 * 1024 * 1024;

/// Ana's group with Bob and Eve, who know each other only if they are `friends`.
fn story(seed: u64, friends: bool) -> (World, [ClientId; 3], [String; 3]) {
    let mut world = World::new(seed);
    let people = ["ana", "bob", "eve"].map(|name| world.person(name));
    let [ana, bob, eve] = people;
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    if friends {
        world.befriend(bob, eve);
    }
    world.group("Plans", ana, &[bob, eve]);
    let at = people.map(|who| world.named(who, "Plans"));
    world.say(ana, &at[0], "hello");
    world.settle();
    (world, people, at)
}

/// Earlier messages that Eve's program says to have for Bob.
fn shared(
    world: &mut World,
    bob: ClientId,
    log: &[u8],
    size_bytes: u64,
    padded_bytes: u64,
) -> content::Shared {
    let identity = world.identity_of(bob);
    let secret: Vec<u8> = world.with_db(bob, |db| {
        db.query_row("SELECT value FROM settings WHERE key = 'seal_secret'", [], |row| row.get(0)).unwrap()
    });
    let public = SealKeys::from_secret(&secret.try_into().unwrap()).public;
    let blob = BlobId([9; 16]);
    let sealed = sealed::seal(&public, b"casemate/shared/v1", &[log, &blob.0].concat(), &[7; 32]).unwrap();
    let file = content::Attachment {
        blob: blob.into(),
        size_bytes,
        padded_bytes,
        sha256: vec![1; 32].into(),
        ..content::Attachment::default()
    };
    content::Shared {
        with: identity.account.into(),
        count: 3,
        file: Some(file),
        keys: vec![content::SharedKey { device: identity.device.into(), sealed: sealed.into() }],
    }
}

#[test]
fn share_with_a_false_padding_is_never_fetched() {
    let (mut world, [ana, bob, eve], at) = story(3_500, true);
    let mut mallory = world.insider(eve, &at[2]);
    let before = world.client(bob).fetched.len();
    let sizes = [
        (1_000, 3 << 30),
        (1_000, u64::MAX),
        (4 << 20, 64 << 30),
        (0, 1 << 40),
        (5 << 20, attachment::padded_len(5 << 20)),
        (u64::MAX, attachment::padded_len(u64::MAX)),
    ];
    for (number, (size, padded)) in (1..).zip(sizes) {
        let said = shared(&mut world, bob, &mallory.log.0, size, padded);
        world.insider_says(&mut mallory, vec![number; 16], Kind::Shared(said));
        world.settle();
    }
    world.kill(bob.0);
    world.settle_for(60_000);
    assert_eq!(world.client(bob).fetched.len(), before);
    // What can be true is asked for, within the bound.
    let said = shared(&mut world, bob, &mallory.log.0, 4 << 20, attachment::padded_len(4 << 20));
    world.insider_says(&mut mallory, vec![99; 16], Kind::Shared(said));
    world.settle();
    let asked: Vec<u64> = world.client(bob).fetched[before..].iter().map(|(_, bytes)| *bytes).collect();
    assert!(!asked.is_empty() && asked.iter().all(|bytes| *bytes < SHARED_MOST), "{asked:?}");
    world.say(ana, &at[0], "goes on");
    world.settle();
    assert!(world.texts(bob, &at[1]).contains(&"goes on".to_owned()));
}

#[test]
fn share_of_a_member_who_is_no_contact_and_added_nobody_is_not_fetched() {
    let (mut world, [ana, bob, eve], at) = story(3_501, false);
    let mut mallory = world.insider(eve, &at[2]);
    let said = shared(&mut world, bob, &mallory.log.0, 1_000, attachment::padded_len(1_000));
    world.insider_says(&mut mallory, vec![1; 16], Kind::Shared(said));
    world.settle_for(60_000);
    assert_eq!(world.client(bob).fetched, []);
    let lines = world.notices(bob, &at[1]);
    assert!(lines.iter().all(|line| !line.contains("shared")), "{lines:?}");
    world.say(ana, &at[0], "goes on");
    world.settle();
    assert!(world.texts(bob, &at[1]).contains(&"goes on".to_owned()));
}

/// Waits until a device has begun to fetch something into memory, and kills it there.
fn killed_in_a_fetch(world: &mut World, who: ClientId) -> bool {
    for _ in 0..2_000 {
        if world.client(who).transfers.iter().any(|(_, one)| matches!(one, Output::FetchBlob { .. })) {
            world.kill(who.0);
            return true;
        }
        world.settle_for(20);
    }
    false
}

#[test]
fn share_that_ends_the_program_twice_is_given_up() {
    for (seed, kills) in [(3_502, 1), (3_503, 2)] {
        let mut world = World::new(seed);
        let (ana, cleo) = (world.person("ana"), world.person("cleo"));
        world.befriend(ana, cleo);
        let at_ana = world.group("Plans", ana, &[]);
        world.say(ana, &at_ana, "before");
        world.settle();
        let to_cleo = world.address(cleo);
        let add = json!({"conversation": at_ana, "members": [to_cleo], "share": 10});
        world.ok(ana, "conversation.add", add);
        world.sync(ana);
        world.settle();
        world.faults = Faults { delay_ms: 2_000, ..Faults::default() };
        world.ok(cleo, "conversation.accept", json!({"conversation": at_ana}));
        for _ in 0..kills {
            assert!(killed_in_a_fetch(&mut world, cleo));
        }
        world.calm();
        let at_cleo = world.named(cleo, "Plans");
        let given_up =
            world.notices(cleo, &at_cleo).contains(&"The earlier messages could not be read.".into());
        assert_eq!(given_up, kills == 2);
        assert_eq!(world.texts(cleo, &at_cleo).contains(&"before".to_owned()), kills == 1);
        let asked = world.client(cleo).fetched.len();
        world.kill(cleo.0);
        world.settle_for(600_000);
        assert_eq!(world.client(cleo).fetched.len(), asked, "and not begun again");
        world.say(ana, &at_ana, "goes on");
        world.settle();
        assert!(world.texts(cleo, &at_cleo).contains(&"goes on".to_owned()));
    }
}

#[test]
fn connection_that_is_lost_in_a_fetch_gives_nothing_up() {
    let mut world = World::new(3_504);
    let (ana, cleo) = (world.person("ana"), world.person("cleo"));
    world.befriend(ana, cleo);
    let at_ana = world.group("Plans", ana, &[]);
    world.say(ana, &at_ana, "before");
    world.settle();
    let to_cleo = world.address(cleo);
    world.ok(ana, "conversation.add", json!({"conversation": at_ana, "members": [to_cleo], "share": 10}));
    world.sync(ana);
    world.settle();
    world.faults = Faults { delay_ms: 2_000, ..Faults::default() };
    world.ok(cleo, "conversation.accept", json!({"conversation": at_ana}));
    for _ in 0..2_000 {
        if world.client(cleo).fetched.len() >= 5 {
            break;
        }
        if world.client(cleo).transfers.iter().any(|(_, one)| matches!(one, Output::FetchBlob { .. })) {
            world.cut(cleo.0);
        }
        world.settle_for(20);
    }
    assert!(world.client(cleo).fetched.len() >= 5);
    world.calm();
    let at_cleo = world.named(cleo, "Plans");
    assert!(world.texts(cleo, &at_cleo).contains(&"before".to_owned()));
}

#[test]
fn welcome_that_ended_the_program_twice_is_given_up_and_asked_for_again() {
    let mut world = World::new(3_505);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.group("Plans", ana, &[]);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.add", json!({"conversation": at_ana, "members": [to_bob]}));
    world.settle();
    world.sleep(ana, 60_000);
    // As two runs leave it that ended while the Welcome was opened.
    world.with_db(bob, |db| {
        let log: Vec<u8> = db.query_row("SELECT log FROM offers", [], |row| row.get(0)).unwrap();
        let name = [b"welcome", &log[..]].concat();
        db.execute("INSERT INTO fetches VALUES (?1, 2, 0)", [name]).unwrap();
    });
    world.settle_for(5_000);
    world.ok(bob, "conversation.accept", json!({"conversation": at_ana}));
    world.settle_for(10_000);
    let waiting: i64 = world.with_db(bob, |db| {
        db.query_row("SELECT (SELECT count(*) FROM offers) + (SELECT count(*) FROM fetches)", [], |row| {
            row.get(0)
        })
        .unwrap()
    });
    assert_eq!(waiting, 0, "it is not opened once more");
    world.calm();
    let at_bob = world.named(bob, "Plans");
    world.say(ana, &at_ana, "here you are");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().map(String::as_str), Some("here you are"));
}

#[test]
fn backup_index_that_the_server_calls_enormous_is_not_fetched() {
    let mut world = World::new(3_506);
    let ana = world.person("ana");
    world.settle();
    world.tamper = Some(Box::new(|_, mut frame| {
        if let Some(Body::Backup(answer)) = &mut frame.body {
            answer.index = vec![5; 16].into();
            answer.index_bytes = 1 << 40;
        }
        vec![frame]
    }));
    let key: Vec<u8> = vec![3; 32];
    world.with_db(ana, |db| {
        db.execute("INSERT INTO settings(key, value) VALUES ('backup_key', ?1)", [key]).unwrap();
    });
    world.settle();
    let refused = world.call(ana, "backup.open", json!({}));
    assert!(refused.unwrap_err().message.contains("damaged"));
    assert_eq!(world.client(ana).fetched, []);
}
