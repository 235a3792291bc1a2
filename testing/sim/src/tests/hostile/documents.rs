//! Keys and documents: the server hands out others than it should, older ones, or none.

use casemate_api::Event;
use casemate_crypto::identity::new_signing_key;
use casemate_crypto::{DeviceIdentity, MemoryKv, Suite, key_package, sealed};
use casemate_wire::manifest::{INCARNATION_LABEL, VerifiedManifest, promise, sign_labelled};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{PromiseAnswer, ServerFrame};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::{flipped, story};
use crate::World;
use crate::world::URL;

#[test]
fn a_sealing_key_that_is_not_the_devices_gets_no_knock() {
    let mut world = World::new(8_000);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    let eves = world.seal_keys(eve);
    let public = eves.public.clone();
    world.lie_to(ana, move |body| {
        if let Body::Manifest(answer) = body {
            for keys in &mut answer.device_keys {
                keys.hpke_key = public.clone().into();
            }
        }
        true
    });
    let posted = world.overhear(move |who, request| match request {
        Request::PostKnock(knock) if who == ana => Some(knock.boxes.clone()),
        _ => None,
    });
    let to_bob = world.address(bob);
    world.begin(ana, "contact.knock", json!({"to": to_bob, "note": "for Bob alone"}));
    world.settle();
    let opened = |one: &casemate_wire::proto::wire::KnockBox| sealed::open_knock(&eves, &one.sealed).is_ok();
    assert!(!posted.borrow().iter().flatten().any(opened));
    world.truth();
    let _ = world.call(ana, "contact.knock", json!({"to": to_bob, "note": "for Bob alone"}));
    world.settle();
    assert_eq!(world.asking(bob), ["ana@sim.example"]);
}

#[test]
fn a_key_package_that_the_server_made_in_somebodys_name_adds_nobody() {
    let mut world = World::new(8_001);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[]);
    // All that is public of Bob's device is right; the key is the server's own.
    let true_one = world.identity_of(bob);
    let signing = new_signing_key(&mut ChaCha20Rng::seed_from_u64(1));
    let forged = DeviceIdentity { signing, ..true_one };
    let package = key_package(&MemoryKv::new(), &forged, Suite::XWing, false).unwrap();
    world.lie_to(ana, move |body| {
        if let Body::KeyPackage(answer) = body {
            answer.key_package = package.clone().into();
        }
        true
    });
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    assert_eq!(world.devices_in(ana, &group), 1);
    let notices = world.notices(ana, &group).join("\n");
    assert!(notices.contains("keys that are not theirs"), "{notices}");
}

#[test]
fn a_contacts_name_that_is_given_to_another_account_is_not_theirs() {
    let mut world = World::restorable(8_002);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let at_ana = world.chat(ana, bob);
    world.settle_for(120_000);
    // The server forgets whose name it is, and lets somebody else have it: listed, promised, all in order.
    world.fork(|db| {
        db.execute("UPDATE account SET handle = 'gone', skeleton = 'gone' WHERE handle = 'bob'", []).unwrap();
    });
    let other = world.device("bob");
    world.show_other_view(&[ana, cleo, other]);
    world.ok(other, "account.create", json!({"server": URL, "name": "bob"}));
    world.settle();
    world.ok(other, "contact.knock", json!({"to": "ana@sim.example", "note": "it is me"}));
    world.settle();
    assert_eq!(world.asking(ana), Vec::<String>::new());
    // By way of a group that Cleo, who is in on it, adds both to.
    world.befriend(other, cleo);
    world.group("Plans", cleo, &[other]);
    let at_cleo = world.named(cleo, "Plans");
    world.ok(cleo, "conversation.add", json!({"conversation": at_cleo, "members": ["ana@sim.example"]}));
    world.settle();
    world.accept_groups(ana);
    let (plans, theirs) = (world.named(ana, "Plans"), world.named(other, "Plans"));
    world.say(other, &theirs, "send me the keys");
    world.settle();
    let said = world.messages(ana, &plans).into_iter().find(|one| one["text"] == "send me the keys").unwrap();
    assert_ne!(said["from"], "bob@sim.example", "{said}");
    assert!(world.doubts(ana).contains("gave the name bob@sim.example to another account"));
    let notices = world.notices(ana, &at_ana).join("\n");
    assert!(notices.contains("to another account"), "{notices}");
    // What Ana writes to Bob goes to Bob.
    let shown = world.shown(ana, &at_ana);
    assert_eq!(shown["members"].as_array().unwrap().len(), 2);
    world.show_other_view(&[]);
    let asked = world.overhear(|_, request| matches!(request, Request::FetchHead(_)).then_some(()));
    world.say(ana, &at_ana, "was that you?");
    world.settle_for(300_000);
    assert!(asked.borrow().len() < 100, "a list that contradicts itself is not asked for without end");
    let at_bob = world.chat(bob, ana);
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "was that you?");
}

#[test]
fn a_server_with_another_key_is_told_nothing() {
    let mut world = World::new(8_003);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let key = new_signing_key(&mut ChaCha20Rng::seed_from_u64(2));
    for own_key in [true, false] {
        let key = key.clone();
        world.lie_to(bob, move |body| {
            if let Body::Hello(hello) = body {
                if own_key {
                    hello.server_key = key.verifying_key().to_bytes().to_vec().into();
                    let signature = sign_labelled(&key, INCARNATION_LABEL, &[&hello.incarnation]);
                    hello.incarnation_signature = signature.into();
                } else {
                    hello.incarnation_signature = flipped(&hello.incarnation_signature);
                }
            }
            true
        });
        let asked = world.overhear(move |who, request| (who == bob).then(|| request.clone()));
        world.say(bob, &at_bob, "a secret");
        world.cut(bob.0);
        world.settle();
        let asked = asked.borrow();
        let greetings = asked.iter().filter(|request| matches!(request, Request::Hello(_))).count();
        // What was said before the connection broke went to the true one.
        let after = asked.iter().skip_while(|request| !matches!(request, Request::Hello(_)));
        assert!(greetings > 0 && after.count() == greetings, "{asked:?}");
        let told = |event: &Event| {
            matches!(event, Event::Connection { why: Some(why), .. }
                if why.contains("not the server that this account was made on") || why.contains("not signed by its key"))
        };
        assert!(own_key == world.client(bob).events.iter().any(told) || !own_key);
        world.client(bob).events.clear();
    }
    world.truth();
    assert_eq!(world.texts(ana, &at_ana), ["a secret", "a secret"]);
}

#[test]
fn a_removal_that_the_server_promises_and_swallows_removes_the_device_all_the_same() {
    let mut story = story(World::new(8_004));
    let (ana, bob, second) = (story.ana, story.bob, story.second);
    let world = &mut story.world;
    world.settle_for(120_000);
    let (key, now_ms) = (world.server.directory.identity().key.clone(), world.now_ms);
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::PublishManifest(publish)) if from == bob => {
            let manifest = VerifiedManifest::verify(publish.manifest.as_ref().unwrap()).unwrap();
            let promise = Some(promise(&manifest, now_ms, &key));
            let body = Some(Body::Promise(PromiseAnswer { promise }));
            (None, vec![ServerFrame { id: frame.id, body }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    let reached = world.drop_device(bob, second);
    assert_eq!(reached["open"], 0, "{reached}");
    for id in [&story.group, &story.chat] {
        world.say(ana, id, "after the removal");
    }
    world.settle_for(600_000);
    assert_eq!((world.devices_in(ana, &story.group), world.devices_in(ana, &story.chat)), (3, 2));
    let all = world.ok(second, "conversation.list", json!({}))["conversations"].clone();
    for one in all.as_array().unwrap() {
        let texts = world.texts(second, one["conversation"].as_str().unwrap());
        assert!(!texts.contains(&"after the removal".to_owned()), "{one}");
    }
    let doubts = world.doubts(bob);
    assert!(doubts.contains("does not name your newest keys"), "{doubts}");
}

#[test]
fn an_older_document_of_ones_own_brings_no_device_back() {
    let mut story = story(World::new(8_005));
    let (ana, bob, second) = (story.ana, story.bob, story.second);
    let world = &mut story.world;
    let third = world.link(bob);
    let caught = world.catch(|_, body| match body {
        Body::Manifest(answer) => Some(answer.clone()),
        _ => None,
    });
    let finn = world.person("finn");
    world.ok(finn, "contact.knock", json!({"to": "bob@sim.example"}));
    let old = caught.borrow().last().cloned().unwrap();
    let gone = world.engine(second).device().unwrap().to_hex();
    let at_second = world.chat(second, ana);
    world.tamper = None;
    world.drop_device(bob, second);
    world.settle();
    world.lie_to(third, move |body| {
        if let Body::Manifest(answer) = body {
            *answer = old.clone();
        }
        true
    });
    world.cut(third.0);
    world.settle();
    world.kill(third.0);
    world.settle();
    let devices = world.ok(third, "device.list", json!({})).to_string();
    assert!(!devices.contains(&gone), "{devices}");
    let at_third = world.chat(third, ana);
    world.say(third, &at_third, "without the lost one");
    world.settle();
    assert_eq!(world.devices_in(ana, &story.chat), 3);
    assert!(!world.texts(second, &at_second).contains(&"without the lost one".to_owned()));
}

#[test]
fn who_restores_is_given_nobody_elses_account_and_nobody_elses_people() {
    let mut world = World::new(8_006);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.settle_for(600_000);
    let words =
        |world: &mut World, of| world.ok(of, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    let (anas, eves) = (words(&mut world, ana), words(&mut world, eve));
    let restore = |name: &str, words: &str| json!({"server": URL, "name": name, "words": words});
    // What the server has of Eve, who is its own.
    let caught = world.catch(|_, body| match body {
        Body::Recovery(answer) => Some(answer.clone()),
        _ => None,
    });
    let eve2 = world.device("eve");
    world.ok(eve2, "recovery.restore", restore("eve", &eves));
    let theirs = caught.borrow()[0].clone();
    let new = world.device("ana");
    for (document, sealed_box) in [(true, true), (true, false), (false, true)] {
        let theirs = theirs.clone();
        world.lie_to(new, move |body| {
            if let Body::Recovery(answer) = body {
                if document {
                    answer.manifest.clone_from(&theirs.manifest);
                }
                if sealed_box {
                    answer.sealed_box = theirs.sealed_box.clone();
                }
            }
            true
        });
        world.begin(new, "recovery.restore", restore("ana", &anas));
        world.settle();
        assert_eq!(world.engine(new).has_account(), !document);
    }
    // The account is back; of Eve's people there is nobody.
    world.truth();
    assert_eq!(world.ok(new, "account.show", json!({}))["address"], "ana@sim.example");
    assert_eq!(world.ok(new, "contact.list", json!({}))["contacts"], json!([]));
}

#[test]
fn tokens_that_could_be_told_apart_are_not_taken() {
    let mut world = World::new(8_007);
    let ana = world.device("ana");
    // Made with a key for Ana alone, and not with the one that was announced.
    world.lie_to(ana, |body| {
        if let Body::TokensIssued(issued) = body {
            issued.proof = flipped(&issued.proof);
        }
        true
    });
    world.begin(ana, "account.create", json!({"server": URL, "name": "ana"}));
    world.settle();
    let held = |world: &mut World| -> i64 {
        world.with_db(ana, |db| db.query_row("SELECT count(*) FROM wallet", [], |row| row.get(0)).unwrap())
    };
    assert_eq!(held(&mut world), 0);
    world.truth();
    assert!(held(&mut world) > 0);
}
