//! Waking devices that are away: which conversations do, which do not, and what the server is given.

use casemate_server::push::WakeOp;
use casemate_wire::proto::wire::PushKeys;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{ClientId, World};

/// A server that wakes devices. What it would have told is in `world.server.woken`.
fn world(seed: u64) -> (World, ClientId, ClientId, String, String) {
    let mut world = World::new(seed);
    let seal = casemate_crypto::SealKeys::from_secret(&[9; 32]).public;
    world.server.router.wake_devices(PushKeys { vapid: vec![4; 65].into(), seal: seal.into() }, []);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle();
    (world, ana, bob, at_ana, at_bob)
}

fn subscribe(world: &mut World, id: ClientId) {
    let key = world.ok(id, "push.key", json!({}));
    assert_eq!(key["key"], BASE64URL_NOPAD.encode(&[4; 65]));
    let subscription = json!({
        "endpoint": "https://fcm.googleapis.com/x",
        "p256dh": BASE64URL_NOPAD.encode(&[4; 65]),
        "auth": BASE64URL_NOPAD.encode(&[5; 16]),
    });
    world.ok(id, "push.set", json!({"subscription": subscription}));
    world.settle();
}

/// Targets set (true) and taken back (false), and how often somebody was to be woken.
fn told(world: &mut World) -> (Vec<bool>, usize) {
    let ops = std::mem::take(&mut world.server.woken);
    let set = |op: &WakeOp| match op {
        WakeOp::Set { sealed, .. } => Some(!sealed.is_empty()),
        _ => None,
    };
    let due = ops.iter().filter(|op| matches!(op, WakeOp::Due { .. })).count();
    (ops.iter().filter_map(set).collect(), due)
}

#[test]
fn messages_wake_and_receipts_reactions_and_typing_do_not() {
    let (mut world, ana, bob, at_ana, at_bob) = world(1_740);
    let (nothing, due) = told(&mut world);
    assert!(nothing.is_empty() && due == 0);
    subscribe(&mut world, bob);
    assert_eq!(told(&mut world), (vec![true], 0));
    let sent = world.say(ana, &at_ana, "hello");
    world.settle_for(1_000);
    assert_eq!(told(&mut world), (vec![], 1));
    world.ok(bob, "message.read", json!({"message": sent}));
    world.ok(bob, "message.react", json!({"message": sent, "emoji": "👍"}));
    world.ok(bob, "conversation.typing", json!({"conversation": at_bob, "on": true}));
    world.ok(ana, "message.edit", json!({"message": sent, "text": "hello!"}));
    world.settle();
    assert_eq!(told(&mut world), (vec![], 0));
}

#[test]
fn whoever_is_blocked_wakes_nobody() {
    let (mut world, _, bob, _, _) = world(1_749);
    subscribe(&mut world, bob);
    assert_eq!(told(&mut world), (vec![true], 0));
    world.ok(bob, "contact.block", json!({"who": "ana@sim.example"}));
    world.settle();
    assert_eq!(told(&mut world), (vec![false], 0), "taken back at once");
    world.ok(bob, "contact.unblock", json!({"who": "ana@sim.example"}));
    world.settle();
    assert_eq!(told(&mut world), (vec![true], 0));
}

#[test]
fn no_two_targets_look_alike_and_nobody_is_named() {
    let (mut world, ana, bob, _, _) = world(1_741);
    world.group("walkers", ana, &[bob]);
    world.settle();
    told(&mut world);
    let key = world.ok(bob, "push.key", json!({}));
    assert!(key["key"].is_string());
    subscribe(&mut world, bob);
    // `told` was not called: the ops are still there.
    let sealed: Vec<_> = world
        .server
        .woken
        .iter()
        .filter_map(|op| match op {
            WakeOp::Set { sealed, place } => Some((place.log, sealed.clone())),
            _ => None,
        })
        .collect();
    let [(one_log, one), (other_log, other)] = &sealed[..] else { panic!("{} targets", sealed.len()) };
    assert_ne!((one_log, one), (other_log, other));
    assert_ne!(one, other);
    assert_eq!(one.len(), other.len());
}

/// Set in one burst, when the person turns it on. What is set anew, week after week, comes apart: no two snapshots of the server's table
/// show the same rows change together.
#[test]
fn targets_that_were_set_together_are_set_anew_on_different_days() {
    let (mut world, ana, bob, _, _) = world(1_752);
    for number in 0..7 {
        world.group(&format!("walkers {number}"), ana, &[bob]);
    }
    world.settle();
    subscribe(&mut world, bob);
    assert_eq!(told(&mut world).0, [true; 8]);
    let mut days = std::collections::BTreeMap::new();
    for day in 1..=8 {
        world.sleep(bob, 86_400_000);
        world.settle_for(86_400_000 + 60_000);
        let anew = told(&mut world).0;
        assert!(anew.iter().all(|set| *set));
        if !anew.is_empty() {
            days.insert(day, anew.len());
        }
    }
    assert!(days.len() >= 3 && days.keys().all(|day| (4..=8).contains(day)), "{days:?}");
    assert_eq!(days.values().sum::<usize>(), 8, "{days:?}");
}

#[test]
fn muted_conversations_and_those_that_were_left_wake_no_more() {
    let (mut world, _, bob, _, at_bob) = world(1_742);
    subscribe(&mut world, bob);
    told(&mut world);
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "muted_until": "forever"}));
    world.settle();
    assert_eq!(told(&mut world).0, [false]);
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "muted_until": null}));
    world.settle();
    assert_eq!(told(&mut world).0, [true]);
    // Turned off on this device; and on again, once.
    world.ok(bob, "push.set", json!({"subscription": null}));
    world.settle();
    assert_eq!(told(&mut world).0, [false]);
    subscribe(&mut world, bob);
    subscribe(&mut world, bob);
    world.kill(bob.0);
    world.settle();
    assert_eq!(told(&mut world).0, [true]);
}

#[test]
fn where_only_mentions_are_told_nothing_wakes() {
    let (mut world, ana, bob, _, _) = world(1_745);
    world.group("walkers", ana, &[bob]);
    world.settle();
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "walkers"));
    subscribe(&mut world, bob);
    assert_eq!(told(&mut world).0, [true, true], "the chat of two, and the group");
    let mark = |world: &mut World, mut marks: Value| {
        marks["conversation"] = json!(at_bob);
        world.ok(bob, "conversation.mark", marks);
        world.settle();
        told(world).0
    };
    assert_eq!(mark(&mut world, json!({"mentions_only": true})), [false], "taken back at once");
    // Who is meant sees it all the same, and knows that they are.
    let bob_address = world.address(bob);
    let meant = json!({"conversation": at_ana, "text": "and you, @bob?", "mentions": [bob_address]});
    world.ok(ana, "message.send", meant);
    world.settle();
    let heard = world.messages(bob, &at_bob).pop().unwrap();
    assert_eq!(heard["mentions"], json!([bob_address]));
    assert_eq!(told(&mut world).0, [false; 0]);
    // Each of the two is quiet for itself: one that ends does not end the other.
    assert_eq!(mark(&mut world, json!({"muted_until": "forever"})), [false; 0]);
    assert_eq!(mark(&mut world, json!({"mentions_only": false})), [false; 0]);
    assert_eq!(mark(&mut world, json!({"mentions_only": true, "muted_until": null})), [false; 0]);
    assert_eq!(mark(&mut world, json!({"mentions_only": false})), [true]);
}

#[test]
fn a_server_that_wakes_nobody_says_so_and_nonsense_is_refused() {
    let mut world = World::new(1_743);
    let ana = world.person("ana");
    assert_eq!(world.ok(ana, "push.key", json!({}))["key"], Value::Null);
    for (endpoint, p256dh, auth) in [
        ("x".repeat(801), BASE64URL_NOPAD.encode(&[4; 65]), BASE64URL_NOPAD.encode(&[5; 16])),
        ("https://x".into(), BASE64URL_NOPAD.encode(&[4; 64]), BASE64URL_NOPAD.encode(&[5; 16])),
        ("https://x".into(), BASE64URL_NOPAD.encode(&[4; 65]), "?".into()),
    ] {
        let subscription = json!({"endpoint": endpoint, "p256dh": p256dh, "auth": auth});
        assert!(world.call(ana, "push.set", json!({"subscription": subscription})).is_err());
    }
}

#[test]
fn a_stranger_s_knock_wakes_nobody() {
    let (mut world, _, bob, _, _) = world(1_744);
    subscribe(&mut world, bob);
    told(&mut world);
    let eve = world.person("eve");
    world.ok(eve, "contact.knock", json!({"to": "bob@sim.example", "note": "hello"}));
    world.settle();
    assert_eq!(told(&mut world), (vec![], 0));
}
