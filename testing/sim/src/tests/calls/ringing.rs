//! Ringing, and that it stops.

use casemate_content::call::{Move, What, kind_of};
use casemate_engine::{Input, Output};
use casemate_wire::ids::{CallId, LogId, ParticipantId};
use serde_json::json;

use super::{call, is, listed, media, newest, rang, said, two};
use crate::{ClientId, World};

#[test]
fn a_call_rings_is_answered_and_ends_for_both() {
    let mut two = two(2_600);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    assert_eq!(media(world, ana), ["open"]);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), std::slice::from_ref(&id));
    assert_eq!(media(world, bob), [""; 0], "before the answer there is nothing");
    assert_eq!(newest(world, bob), is("ringing", "open"));
    assert_eq!(newest(world, ana), is("calling", "open"));

    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (who, keys) in [(bob, &mut theirs)] {
        for output in std::mem::take(&mut world.client(who).calls) {
            let Output::CallOpen(open) = output else { panic!("{output:?}") };
            assert_eq!(open.permit.call().to_hex(), id);
            keys.push(open.keys);
        }
    }
    assert_eq!(newest(world, ana), is("in", "answered"));
    assert_eq!(newest(world, bob), is("in", "answered"));
    assert_eq!(listed(world, ana)[0]["participants"].as_array().map(Vec::len), Some(2));
    // What one may send with, the other opens.
    world.ok(ana, "call.leave", json!({"call": id}));
    let again = call(world, ana, &two.at_ana);
    for output in std::mem::take(&mut world.client(ana).calls) {
        if let Output::CallOpen(open) = output {
            ours.push(open.keys);
        }
    }
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    assert_eq!(ours[0].epoch, theirs[0].epoch);
    assert_ne!(ours[0].secret.expose(), theirs[0].secret.expose(), "another call, other keys");
    assert_eq!(ours[0].members, theirs[0].members);
    assert_ne!(ours[0].leaf, theirs[0].leaf);
    assert_ne!(again, id);
    world.settle_for(2_000);
    assert_eq!(media(world, bob), ["close"], "of two, nobody stays alone");
    let all = listed(world, bob);
    assert_eq!((&all[0]["state"], &all[1]["state"]), (&json!("over"), &json!("ringing")));
}

#[test]
fn whoever_deletes_their_account_is_out_of_the_call_at_once() {
    let mut two = two(2_672);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    media(world, bob);
    // The server forgets the account seconds later, once goodbye was said.
    world.ok(bob, "account.delete", json!({"name": "bob"}));
    assert_eq!(media(world, bob), ["close"], "nobody is heard meanwhile");
    world.settle_for(2_000);
    assert_eq!(newest(world, ana), is("over", "answered"), "nor waited for");
}

#[test]
fn called_back_at_once_after_the_other_hung_up() {
    let mut two = two(2_622);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let first = call(world, ana, &two.at_ana);
    // Asked for twice, it rings once.
    assert_eq!(call(world, ana, &two.at_ana), first);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), std::slice::from_ref(&first));
    world.ok(bob, "call.answer", json!({"call": first}));
    world.settle_for(2_000);
    // Bob has not heard yet that she left.
    world.ok(ana, "call.leave", json!({"call": first}));
    let second = call(world, bob, &two.at_bob);
    world.settle_for(2_000);
    assert_eq!(rang(world, ana), [second]);
    let states: Vec<_> = listed(world, bob).iter().map(|call| call["state"].clone()).collect();
    assert_eq!(states, ["over", "calling"]);
    assert_eq!(media(world, bob), ["open", "close", "open"]);
}

#[test]
fn who_calls_in_a_call_that_goes_on_stays_in_it() {
    let mut two = two(2_623);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let first = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": first}));
    world.settle_for(10_000);
    rang(world, bob);
    for (who, at) in [(ana, &two.at_ana), (bob, &two.at_bob)] {
        assert_eq!(call(world, who, at), first);
        world.settle_for(5_000);
        assert_eq!(newest(world, who), is("in", "answered"));
    }
    // Nor where no answer comes in time: nobody is cut off for it.
    world.sleep(bob, 3_000);
    assert_eq!(call(world, ana, &two.at_ana), first);
    world.settle_for(10_000);
    assert_eq!(newest(world, bob), is("in", "answered"));
    assert_eq!((rang(world, ana), rang(world, bob)), (Vec::new(), Vec::new()));
}

#[test]
fn who_is_answered_can_call_again_and_again() {
    let mut two = two(2_624);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    for _ in 0..5 {
        let again = call(world, ana, &two.at_ana);
        world.settle_for(2_000);
        assert_eq!(rang(world, bob), std::slice::from_ref(&again));
        world.ok(bob, "call.answer", json!({"call": again}));
        world.settle_for(2_000);
        world.ok(ana, "call.leave", json!({"call": again}));
        world.settle_for(2_000);
    }
}

#[test]
fn what_rings_is_told_of_again_after_a_restart() {
    let mut two = two(2_625);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), std::slice::from_ref(&id));
    world.kill(bob.0);
    world.settle_for(10_000);
    assert_eq!(rang(world, bob), [id]);
}

#[test]
fn nobody_answers() {
    let mut two = two(2_601);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    call(world, ana, &two.at_ana);
    world.settle_for(120_000);
    assert_eq!(newest(world, ana), is("over", "unanswered"));
    assert_eq!(newest(world, bob), is("over", "missed"));
    assert_eq!(media(world, ana), ["open", "close"]);
    assert_eq!(media(world, bob), [""; 0]);
    assert_eq!(world.notices(ana, &two.at_ana), ["You called, and nobody answered."]);
    assert_eq!(world.notices(bob, &two.at_bob), ["You missed a call from ana."]);
    let line = world.messages(bob, &two.at_bob).pop().unwrap();
    assert_eq!(line["said"]["code"], "call-missed");
}

#[test]
fn who_hangs_up_just_when_the_other_one_answers_was_not_answered_for_either() {
    for (seed, caller_first) in [(2_640, true), (2_641, false)] {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        let id = call(world, ana, &two.at_ana);
        world.settle_for(2_000);
        let one = json!({"call": id});
        let both = [(ana, "call.leave"), (bob, "call.answer")];
        for (who, what) in if caller_first { both } else { [both[1], both[0]] } {
            world.ok(who, what, one.clone());
        }
        world.settle_for(10_000);
        assert_eq!(
            (newest(world, ana), newest(world, bob)),
            (is("over", "unanswered"), is("over", "cancelled"))
        );
        let last = |world: &mut World, who, at: &str| world.notices(who, at).pop().unwrap_or_default();
        assert_eq!(last(world, ana, &two.at_ana), "You called, and nobody answered.");
        assert_eq!(last(world, bob, &two.at_bob), "You missed a call from ana.");
        // Who was heard to answer was talked with, however short that was.
        let id = call(world, ana, &two.at_ana);
        world.settle_for(2_000);
        world.ok(bob, "call.answer", json!({"call": id}));
        world.settle_for(2_000);
        world.ok(ana, "call.leave", json!({"call": id}));
        world.settle_for(2_000);
        assert_eq!(
            (newest(world, ana), newest(world, bob)),
            (is("over", "answered"), is("over", "answered"))
        );
    }
}

#[test]
fn a_call_that_was_given_up_stays_in_the_journal_whatever_the_caller_does() {
    let mut two = two(2_602);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob).len(), 1);
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(world, bob), is("over", "cancelled"));
    let refused = world.call(bob, "call.answer", json!({"call": id})).unwrap_err();
    assert_eq!(refused.message, "This call is over.");
    // Ana takes back what she can name, and leaves for good.
    let mut insider = world.insider(ana, &two.at_ana);
    let line = world.messages(bob, &two.at_bob).pop().unwrap();
    for of in [id.clone(), line["message"].as_str().unwrap().to_owned()] {
        let of = casemate_wire::ids::MessageId::from_hex(&of).unwrap();
        let delete = casemate_content::proto::Delete { of: of.into(), ..Default::default() };
        let kind = casemate_content::proto::content::Kind::Delete(delete);
        world.insider_says(&mut insider, vec![1; 16], kind);
    }
    world.settle_for(5_000);
    assert_eq!(newest(world, bob), is("over", "cancelled"));
    assert_eq!(world.notices(bob, &two.at_bob), ["You missed a call from ana."]);
    assert_eq!(media(world, bob), [""; 0]);
}

#[test]
fn blocking_ends_a_call_that_goes_on() {
    let mut two = two(2_619);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(media(world, bob).first(), Some(&"open"));
    world.ok(bob, "contact.block", json!({"who": "ana@sim.example"}));
    world.settle_for(5_000);
    assert_eq!(media(world, bob).last(), Some(&"close"));
    assert_eq!(newest(world, bob).0, "over");
    assert_eq!(newest(world, ana).0, "over");
}

#[test]
fn a_group_that_is_left_and_who_is_blocked_in_it_ring_no_longer() {
    let ways: [fn(&mut World, ClientId); 2] = [
        |world, bob| drop(world.ok(bob, "contact.block", json!({"who": "ana@sim.example"}))),
        |world, bob| {
            let group = listed(world, bob).remove(0)["conversation"].clone();
            world.ok(bob, "conversation.leave", json!({"conversation": group}));
        },
    ];
    for (seed, way) in (2_618..).zip(ways) {
        let mut world = World::new(seed);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.befriend(ana, bob);
        let at_ana = world.group("walkers", ana, &[bob]);
        world.settle_for(2 * 3_600_000);
        call(&mut world, ana, &at_ana);
        world.settle_for(2_000);
        assert_eq!(newest(&mut world, bob).0, "ringing");
        way(&mut world, bob);
        assert_ne!(newest(&mut world, bob).0, "ringing");
    }
}

#[test]
fn declining_stops_it_everywhere_and_tells_nobody_else() {
    let mut two = two(2_603);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let tablet = world.link(bob);
    world.settle();
    let log = LogId::from_hex(&two.at_ana).unwrap();
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!((rang(world, bob), rang(world, tablet)), (vec![id.clone()], vec![id.clone()]));
    let before = world.entries(log).len();
    world.ok(bob, "call.decline", json!({"call": id}));
    world.settle_for(10_000);
    assert_eq!(newest(world, tablet), is("going_on", "declined"));
    assert_eq!(newest(world, ana), is("calling", "open"), "she hears nothing of it");
    assert_eq!(world.entries(log).len(), before, "nothing at all was said, no receipt either");
    assert!(world.call(tablet, "call.decline", json!({"call": id})).is_err());
    // It can still be taken while she waits.
    world.ok(tablet, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(world, ana), is("in", "answered"));
    assert_eq!(newest(world, bob), is("going_on", "declined"));
    assert_eq!((media(world, bob), media(world, tablet)), (vec![], vec!["open"]));
}

#[test]
fn whoever_wants_it_known_says_that_they_decline() {
    let mut two = two(2_604);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.decline", json!({"call": id, "tell": true}));
    world.settle_for(5_000);
    assert_eq!(newest(world, ana), is("over", "refused"));
    assert_eq!(media(world, ana), ["open", "close"]);
    assert_eq!(newest(world, bob), is("over", "declined"));
}

#[test]
fn declining_with_words_says_them_in_the_conversation() {
    let mut two = two(2_621);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    // Words that cannot be said: it goes on ringing, and nobody hears of anything.
    for text in ["  ".to_owned(), "x".repeat(100_000)] {
        assert!(world.call(bob, "call.decline", json!({"call": id, "text": text})).is_err());
    }
    assert_eq!(newest(world, bob), is("ringing", "open"));
    let said = world.ok(bob, "call.decline", json!({"call": id, "text": "I call you back."}));
    world.settle_for(5_000);
    assert_eq!(newest(world, bob), is("over", "declined"));
    assert_eq!(newest(world, ana), is("over", "refused"));
    let last = world.messages(ana, &two.at_ana).into_iter().rfind(|one| one["kind"] != "notice").unwrap();
    assert_eq!((&last["text"], &last["message"]), (&json!("I call you back."), &said["message"]));
    assert!(world.call(bob, "call.decline", json!({"call": id, "text": "again"})).is_err());
    assert_eq!(media(world, bob), [""; 0]);
}

#[test]
fn answered_on_one_device_it_stops_on_the_others() {
    let mut two = two(2_605);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let tablet = world.link(bob);
    world.settle();
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(tablet, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(world, bob), is("going_on", "elsewhere"));
    assert_eq!((media(world, bob), media(world, tablet)), (vec![], vec!["open"]));
    assert!(world.notices(bob, &two.at_bob).iter().all(|line| !line.contains("missed")));
    // What the own other device starts does not ring here either.
    world.ok(tablet, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    rang(world, bob);
    let at_tablet = world.chat(tablet, ana);
    call(world, tablet, &at_tablet);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), [""; 0]);
    assert_eq!(newest(world, bob), is("going_on", "elsewhere"));
}

/// Lines that say so.
fn missed(world: &mut World, id: ClientId, conversation: &str) -> usize {
    world.notices(id, conversation).iter().filter(|line| line.contains("You missed")).count()
}

#[test]
fn what_another_own_device_took_or_declined_while_this_one_was_away_was_not_missed() {
    for (seed, method, outcome) in [(2_614, "call.answer", "elsewhere"), (2_615, "call.decline", "declined")]
    {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        let tablet = world.link(bob);
        world.settle();
        // Away before it rings, and from when it rings.
        for rings in [false, true] {
            if !rings {
                world.sleep(bob, 150_000);
            }
            let id = call(world, ana, &two.at_ana);
            world.settle_for(2_000);
            if rings {
                assert_eq!(newest(world, bob).0, "ringing");
                world.sleep(bob, 150_000);
            }
            world.ok(tablet, method, json!({"call": id}));
            world.settle_for(100_000);
            if rings {
                assert_eq!(newest(world, bob), is("going_on", "missed"), "as far as it knows");
            }
            if method == "call.answer" {
                world.ok(ana, "call.leave", json!({"call": id}));
            }
            world.settle_for(120_000);
            assert_eq!(newest(world, bob), is("over", outcome));
            assert_eq!(missed(world, bob, &two.at_bob), 0);
        }
        // One that nobody took was.
        world.sleep(bob, 150_000);
        call(world, ana, &two.at_ana);
        world.settle_for(200_000);
        assert_eq!(newest(world, bob), is("over", "missed"));
        assert_eq!(missed(world, bob, &two.at_bob), 1);
    }
}

#[test]
fn a_device_that_slept_while_it_rang_hears_first_whether_another_one_answered() {
    let mut two = two(2_616);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let tablet = world.link(bob);
    world.settle();
    // Its clock went on, it believes to be connected, and what came meanwhile is still to be read.
    let sleeps = |world: &mut World| {
        world.client(bob).clock_skew_ms += 120_000;
        world.input(bob.0, Input::Tick);
    };
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(newest(world, bob).0, "ringing");
    world.begin(tablet, "call.answer", json!({"call": id}));
    sleeps(world);
    assert_eq!(newest(world, bob), is("going_on", "missed"));
    world.settle_for(10_000);
    assert_eq!(newest(world, bob), is("going_on", "elsewhere"));
    assert_eq!(missed(world, bob, &two.at_bob), 0);
    world.ok(ana, "call.leave", json!({"call": id}));
    // A greeting says what time it is.
    world.cut(bob.0);
    world.settle_for(10_000);
    call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(newest(world, bob).0, "ringing");
    sleeps(world);
    assert_eq!(newest(world, bob), is("going_on", "missed"));
    assert_eq!(missed(world, bob, &two.at_bob), 0, "it may still hear that somebody answered");
    world.settle_for(10_000);
    assert_eq!(missed(world, bob, &two.at_bob), 1);
}

#[test]
fn rings_are_never_receipted() {
    let mut two = two(2_606);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let log = LogId::from_hex(&two.at_ana).unwrap();
    let before = world.entries(log).len();
    for _ in 0..2 {
        call(world, ana, &two.at_ana);
        world.settle_for(300_000);
    }
    assert_eq!(listed(world, bob).len(), 2);
    assert_eq!(world.entries(log).len(), before + 4, "two offers, and twice that she gave up");
}

/// A stranger, somebody who is blocked, a member who is no contact, and whoever is no member.
#[test]
fn who_cannot_make_it_ring() {
    let mut world = World::new(2_607);
    let (ana, bob, eve, stranger) =
        (world.person("ana"), world.person("bob"), world.person("eve"), world.person("stranger"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle();
    rang(&mut world, bob);
    // Eve is in a group with Bob and no contact of his.
    let at_eve = world.named(eve, "walkers");
    let id = call(&mut world, eve, &at_eve);
    world.settle_for(2_000);
    assert_eq!(rang(&mut world, ana), std::slice::from_ref(&id));
    assert_eq!(rang(&mut world, bob), [""; 0]);
    assert_eq!(newest(&mut world, bob), is("going_on", "silent"), "it can be joined");
    assert!(world.notices(bob, &group).iter().all(|line| !line.contains("missed")));
    world.ok(eve, "call.leave", json!({"call": id}));
    world.settle();

    // A stranger knows Bob's address; there is no conversation in which to ring.
    let knock = json!({"to": "bob@sim.example", "note": "pick up"});
    world.ok(stranger, "contact.knock", knock);
    world.settle();
    assert!(world.call(stranger, "conversation.create", json!({"members": ["bob@sim.example"]})).is_err());
    assert!(world.call(stranger, "call.start", json!({"conversation": group})).is_err());
    assert!(world.call(stranger, "call.answer", json!({"call": id})).is_err());

    // A group that was offered and not accepted.
    let offered =
        world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "new"}));
    world.settle();
    let before = listed(&mut world, bob).len();
    call(&mut world, ana, offered["conversation"].as_str().unwrap());
    world.settle_for(2_000);
    assert_eq!((rang(&mut world, bob), listed(&mut world, bob).len()), (vec![], before));
    world.settle_for(120_000);

    // Somebody who is blocked.
    let at_ana = world.chat(ana, bob);
    world.ok(bob, "contact.block", json!({"who": "ana@sim.example"}));
    world.settle();
    let before = listed(&mut world, bob).len();
    for conversation in [at_ana, group] {
        let id = call(&mut world, ana, &conversation);
        world.settle_for(2_000);
        world.ok(ana, "call.leave", json!({"call": id}));
        world.settle_for(2_000);
    }
    assert_eq!((rang(&mut world, bob), listed(&mut world, bob).len()), (vec![], before));
    assert_eq!(media(&mut world, bob), [""; 0]);
}

#[test]
fn nobody_makes_it_ring_more_often_than_is_allowed() {
    let mut two = two(2_608);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let mut ana = world.insider(ana, &two.at_ana);
    let ring = |world: &mut World, ana: &mut crate::insider::Insider, n: u8| {
        let (call, at_ms) = (CallId([n; 16]), world.now_ms);
        for what in [What::Offer { video: n.is_multiple_of(2) }, What::Step(Move::Left)] {
            let said = said(call, what, at_ms, ParticipantId([n; 16]));
            world.insider_says(ana, vec![n; 16], kind_of(&said));
            world.settle_for(500);
        }
    };
    for n in 0..100 {
        ring(world, &mut ana, n);
    }
    assert_eq!(rang(world, bob).len(), 3);
    let calls = listed(world, bob);
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[3]["times"], 97, "the rest is counted");
    assert_eq!(world.notices(bob, &two.at_bob).len(), 3);
    // Later it may ring again, though not all day.
    let mut rings = 3;
    for n in 100..200 {
        world.settle_for(10 * 60_000);
        ring(world, &mut ana, n);
        rings += rang(world, bob).len();
    }
    assert_eq!(rings, 30);
}

/// Nobody washes a call out of the journal by being in others.
#[test]
fn calls_that_were_only_heard_of_take_no_missed_one_out_of_the_journal() {
    let mut world = World::new(2_613);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(bob, eve);
    let at_ana = world.group("walkers", ana, &[bob]);
    let at_eve = world.chat(eve, bob);
    world.settle_for(2 * 3_600_000);
    let hers = call(&mut world, eve, &at_eve);
    world.settle_for(1_000);
    world.ok(eve, "call.leave", json!({"call": hers}));
    world.settle_for(1_000);
    let id = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, bob), is("over", "cancelled"));
    let mut insider = world.insider(ana, &at_ana);
    for n in 0..600u16 {
        let mut other = [9; 16];
        other[..2].copy_from_slice(&n.to_be_bytes());
        for step in [Move::Joined, Move::Left] {
            let (call, at_ms) = (CallId(other), world.now_ms);
            let said = said(call, What::Step(step), at_ms, ParticipantId(other));
            world.insider_says(&mut insider, other.to_vec(), kind_of(&said));
        }
        if n % 50 == 0 {
            world.settle_for(400_000);
        }
    }
    world.settle_for(2_000);
    let calls: Vec<_> = listed(&mut world, bob).iter().map(|call| call["call"].clone()).collect();
    assert_eq!(calls, [json!(hers), json!(id)], "the one that was missed last comes first");
    assert_eq!(newest(&mut world, bob), is("over", "cancelled"));
    let kept: i64 = world.with_db(bob, |db| {
        db.query_row("SELECT count(*) FROM calls", [], |row| row.get(0)).expect("the table")
    });
    assert!(kept <= 32, "thirty a day count: {kept}");
    // Nor do the days that follow.
    for n in 1..=3 {
        world.settle_for(86_400_000);
        let (call, at_ms) = (CallId([n; 16]), world.now_ms);
        let said = said(call, What::Step(Move::Joined), at_ms, ParticipantId([1; 16]));
        world.insider_says(&mut insider, call.0.to_vec(), kind_of(&said));
        world.settle_for(1_000);
        assert_eq!(newest(&mut world, bob), is("going_on", "silent"), "one that goes on can be joined");
    }
    world.settle_for(200_000);
    assert_eq!(newest(&mut world, bob), is("over", "cancelled"));
}

#[test]
fn what_comes_late_was_missed() {
    let mut two = two(2_609);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    world.sleep(bob, 120_000);
    call(world, ana, &two.at_ana);
    world.settle_for(130_000);
    assert_eq!(rang(world, bob), [""; 0]);
    assert_eq!(newest(world, bob), is("over", "missed"));
    assert_eq!(world.notices(bob, &two.at_bob), ["You missed a call from ana."]);
    // Coming back within the minute, it rings for the rest of it.
    world.sleep(bob, 20_000);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(25_000);
    assert_eq!(rang(world, bob), std::slice::from_ref(&id));
    world.settle_for(36_000);
    assert_eq!(newest(world, bob).1, "missed");
    // Answered and over while this device was away: it does not even begin to ring.
    world.settle_for(10 * 60_000);
    world.sleep(bob, 20_000);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(30_000);
    assert_eq!(rang(world, bob), [""; 0]);
    assert_eq!(newest(world, bob), is("over", "cancelled"));
}

#[test]
fn malformed_offers_by_the_thousand_do_nothing() {
    let mut two = two(2_610);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let mut ana = world.insider(ana, &two.at_ana);
    let at_ms = world.now_ms;
    let participant = ParticipantId([3; 16]);
    for n in 0..1_000u16 {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let said = said(CallId(id), What::Offer { video: true }, at_ms, participant);
        // A field of another number each time, with a session description in it.
        let mut more = Vec::new();
        prost::encoding::encode_varint(u64::from(100 + n) << 3 | 2, &mut more);
        more.extend_from_slice(b"\x05v=0\r\n");
        world.insider_says_more(&mut ana, id.to_vec(), kind_of(&said), &more);
    }
    world.settle_for(5_000);
    assert_eq!((rang(world, bob), listed(world, bob)), (vec![], vec![]));
    assert_eq!(world.notices(bob, &two.at_bob), [""; 0]);
    // And a good one rings.
    let said = said(CallId([9; 16]), What::Offer { video: true }, at_ms, participant);
    world.insider_says(&mut ana, vec![9; 16], kind_of(&said));
    world.settle_for(2_000);
    assert_eq!(rang(world, bob).len(), 1);
}

#[test]
fn a_call_that_only_a_member_speaks_of_does_not_stand_in_for_a_true_one() {
    let mut world = World::new(2_612);
    let [ana, bob, mallory, eve] = ["ana", "bob", "mallory", "eve"].map(|name| world.person(name));
    for other in [bob, mallory, eve] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, mallory, eve]);
    world.settle();
    let at_mallory = world.named(mallory, "walkers");
    let mut insider = world.insider(mallory, &at_mallory);
    let joins = |world: &mut World, insider: &mut crate::insider::Insider, n: u8| {
        let (call, at_ms) = (CallId([n; 16]), world.now_ms);
        let said = said(call, What::Step(Move::Joined), at_ms, ParticipantId([n; 16]));
        world.insider_says(insider, vec![n; 16], kind_of(&said));
        world.settle_for(2_000);
    };
    joins(&mut world, &mut insider, 7);
    assert_eq!(listed(&mut world, ana).len(), 1, "it can be joined by whoever wants to");
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    assert_ne!(id, CallId([7; 16]).to_hex());
    assert_eq!(rang(&mut world, bob), std::slice::from_ref(&id));
    world.ok(ana, "call.leave", json!({"call": id}));
    // Who may not say anything opens none.
    let quiet = json!({"conversation": group, "permissions": {"send": "admins"}});
    world.ok(ana, "conversation.set", quiet);
    world.settle();
    let (before, at_eve) = (listed(&mut world, bob).len(), world.named(eve, "walkers"));
    let mut insider = world.copy_of(eve, &at_eve);
    joins(&mut world, &mut insider, 8);
    assert_eq!(listed(&mut world, bob).len(), before);
}

#[test]
fn strict_mode_is_not_rung_by_whom_nobody_verified() {
    let mut two = two(2_611);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    world.ok(bob, "contact.strict", json!({"on": true}));
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), [""; 0]);
    assert_eq!(newest(world, bob), is("going_on", "silent"));
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle();
    world.ok(bob, "contact.verify", json!({"who": "ana@sim.example", "verified": true}));
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(rang(world, bob), [id]);
}
