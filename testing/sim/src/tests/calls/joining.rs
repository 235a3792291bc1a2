//! Taking part: groups, keys of epochs, the server's part, and starting again.

use casemate_api::{Event, Kind, said};
use casemate_engine::{CallKeys, CallNews, CallWish, Input, Output};
use casemate_server::config::{CallPolicy, Limits, Policy, Registration};
use casemate_wire::ids::CallId;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CallJoin, CallJoined, Done, Error, ErrorCode, ServerFrame};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;

use super::{call, is, listed, media, newest, rang, two};
use crate::{ClientId, World};

/// The keys that a device was last given.
fn keys(world: &mut World, id: ClientId) -> CallKeys {
    let key = |output| match output {
        Output::CallOpen(open) => Some(open.keys),
        Output::CallKeys { keys, .. } => Some(keys),
        _ => None,
    };
    std::mem::take(&mut world.client(id).calls).into_iter().rev().find_map(key).expect("keys")
}

#[test]
fn a_group_call_is_joined_while_it_goes_on_and_keys_follow_the_members() {
    let mut world = World::new(2_630);
    let people = ["ana", "bob", "eve", "dan"].map(|name| world.person(name));
    let [ana, bob, eve, dan] = people;
    for other in [bob, eve, dan] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle();
    let (at_bob, at_eve) = (world.named(bob, "walkers"), world.named(eve, "walkers"));
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(120_000);
    // Eve let it ring, and comes later: by starting a call where one goes on she joins that.
    assert_eq!(newest(&mut world, eve), is("going_on", "missed"));
    assert_eq!(call(&mut world, eve, &at_eve), id);
    world.settle_for(2_000);
    for who in [ana, bob, eve] {
        assert_eq!(newest(&mut world, who).0, "in");
        assert_eq!(listed(&mut world, who)[0]["participants"].as_array().map(Vec::len), Some(3));
    }
    let first = keys(&mut world, ana);
    let same = |world: &mut World, who| keys(world, who).secret.expose() == first.secret.expose();
    assert!(same(&mut world, bob) && same(&mut world, eve));

    // Its link leads members there, each to their own. To anybody else it is as good as made up.
    let link = world.ok(ana, "call.link", json!({"conversation": group}))["link"].clone();
    let found = world.ok(bob, "call.find", json!({"link": link}));
    assert_eq!(found, json!({"conversation": at_bob, "call": id}));
    let nothing = world.call(dan, "call.find", json!({"link": link})).unwrap_err();
    let made_up =
        world.call(dan, "call.find", json!({"link": "http://sim.example/#/call/AAAA"})).unwrap_err();
    assert_eq!(nothing, made_up);

    // Somebody is added: others keys, and the one who came learns of the call without being rung.
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dan@sim.example"]}));
    world.settle_for(5_000);
    world.accept_groups(dan);
    world.settle_for(5_000);
    let second = keys(&mut world, ana);
    assert!(second.epoch > first.epoch && !second.removed);
    assert_eq!(keys(&mut world, bob).secret.expose(), second.secret.expose());
    assert_eq!(second.members.len(), 4);
    assert_eq!(world.ok(dan, "call.find", json!({"link": link}))["call"], json!(id));

    // Somebody is removed, in the middle of the call.
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": ["eve@sim.example"]}));
    world.settle_for(5_000);
    let third = keys(&mut world, ana);
    assert!(third.removed && third.epoch > second.epoch);
    assert!(!third.members.iter().any(|member| member.address == "eve@sim.example"));
    assert_eq!(media(&mut world, eve).last(), Some(&"close"));
    assert_eq!(newest(&mut world, eve).0, "over");
    assert_eq!(listed(&mut world, bob)[0]["participants"].as_array().map(Vec::len), Some(2));
    assert!(world.call(eve, "call.answer", json!({"call": id})).is_err());
    assert_eq!(world.call(eve, "call.find", json!({"link": link})).unwrap_err(), nothing);

    // The last ones leave, and it is over for all.
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, bob).0, "in", "in a group one may wait for others");
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    for who in [ana, bob] {
        assert_eq!(newest(&mut world, who).0, "over");
        // It names the group, not that one call.
        assert!(world.ok(who, "call.find", json!({"link": link}))["call"].is_null());
    }
    assert!(world.call(bob, "call.start", json!({"conversation": at_bob})).is_ok());
}

#[test]
fn whoever_is_added_in_a_call_can_join_it() {
    let mut world = World::new(2_631);
    let [ana, bob, dan] = ["ana", "bob", "dan"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, dan);
    let group = world.group("walkers", ana, &[bob]);
    world.settle();
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dan@sim.example"]}));
    world.settle_for(5_000);
    world.accept_groups(dan);
    world.settle_for(5_000);
    assert_eq!(rang(&mut world, dan), [""; 0]);
    assert_eq!(newest(&mut world, dan), is("going_on", "silent"));
    world.ok(dan, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let (ours, theirs) = (keys(&mut world, dan), keys(&mut world, ana));
    assert_eq!(ours.secret.expose(), theirs.secret.expose());
    assert_eq!(listed(&mut world, ana)[0]["participants"].as_array().map(Vec::len), Some(3));
}

#[test]
fn whoever_is_added_knows_soon_who_is_all_in_the_call() {
    for again in [false, true] {
        let mut world = World::new(2_647);
        let [ana, bob, eve, dan] = ["ana", "bob", "eve", "dan"].map(|name| world.person(name));
        [bob, eve, dan].into_iter().for_each(|other| world.befriend(ana, other));
        let members = if again { vec![bob, eve, dan] } else { vec![bob, eve] };
        let group = world.group("walkers", ana, &members);
        world.settle();
        let id = call(&mut world, ana, &group);
        world.settle_for(2_000);
        for who in [bob, eve] {
            world.ok(who, "call.answer", json!({"call": id}));
        }
        // Nobody says of themselves that they are there in the seconds after.
        world.settle_for(5_000);
        let dan_is = json!({"conversation": group, "members": ["dan@sim.example"]});
        if again {
            world.ok(ana, "conversation.remove", dan_is.clone());
            world.settle_for(1_000);
        }
        world.ok(ana, "conversation.add", dan_is);
        world.settle_for(1_000);
        world.accept_groups(dan);
        world.settle_for(3_000);
        let known = listed(&mut world, dan)[0]["participants"].as_array().map(Vec::len);
        assert_eq!(known, Some(3), "added again: {again}");
    }
}

#[test]
fn where_only_admins_write_only_they_call_and_everybody_answers_and_joins() {
    let mut world = World::new(2_646);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let group = world.group("walkers", ana, &[bob, eve]);
    world.ok(ana, "conversation.set", json!({"conversation": group, "permissions": {"send": "admins"}}));
    world.settle();
    let (at_bob, at_eve) = (world.named(bob, "walkers"), world.named(eve, "walkers"));
    let refused = "Only admins may send messages here.";
    let calls = json!({"conversation": at_bob});
    assert_eq!(world.call(bob, "call.start", calls.clone()).unwrap_err().message, refused);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    // Let go by, and joined by calling where it goes on.
    world.ok(eve, "call.decline", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(call(&mut world, eve, &at_eve), id);
    world.settle_for(2_000);
    for who in [ana, bob, eve] {
        assert_eq!(newest(&mut world, who).0, "in");
        assert_eq!(listed(&mut world, who)[0]["participants"].as_array().map(Vec::len), Some(3));
    }
    for who in [ana, bob, eve] {
        world.ok(who, "call.leave", json!({"call": id}));
        world.settle_for(2_000);
    }
    assert_eq!(world.call(bob, "call.start", calls).unwrap_err().message, refused);
    assert_eq!(newest(&mut world, bob).0, "over");
}

/// In strict mode nobody is heard by a device that the person has not looked at, and they are told why nobody is heard.
#[test]
fn where_a_device_comes_that_nobody_looked_at_a_strict_one_leaves_and_says_why() {
    let mut world = World::new(2_647);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
        world.befriend(one, other);
    }
    let group = world.group("walkers", ana, &[bob, eve]);
    for who in ["ana@sim.example", "eve@sim.example"] {
        world.ok(bob, "contact.verify", json!({"who": who, "verified": true}));
    }
    world.ok(bob, "contact.strict", json!({"on": true}));
    world.settle();
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    for who in [bob, eve] {
        world.ok(who, "call.answer", json!({"call": id}));
    }
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, bob), is("in", "answered"));
    std::mem::take(&mut world.client(bob).events);
    world.link(eve);
    assert_eq!(newest(&mut world, bob), is("going_on", "answered"));
    assert_eq!(media(&mut world, bob).last(), Some(&"close"));
    let why = |event| match event {
        Event::CallChanged { state, why: Some(why), .. } => Some((state, said::said(&why)?.code)),
        _ => None,
    };
    let whys: Vec<_> = std::mem::take(&mut world.client(bob).events).into_iter().filter_map(why).collect();
    assert_eq!(whys, [("going_on".to_owned(), "held-device".to_owned())]);
    let refused = world.call(bob, "call.answer", json!({"call": id})).unwrap_err();
    assert_eq!(refused.kind, casemate_api::Kind::Untrusted);
    // Having looked, the person joins again.
    world.ok(bob, "contact.looked", json!({"who": "eve@sim.example"}));
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, bob).0, "in");
}

#[test]
fn one_call_at_a_time_and_another_one_waits() {
    let mut world = World::new(2_632);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(eve, bob);
    let (at_ana, at_eve) = (world.chat(ana, bob), world.chat(eve, bob));
    world.settle();
    let first = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": first}));
    world.settle_for(2_000);
    rang(&mut world, bob);
    let second = call(&mut world, eve, &at_eve);
    world.settle_for(2_000);
    assert_eq!(rang(&mut world, bob), std::slice::from_ref(&second));
    let refused = world.call(bob, "call.answer", json!({"call": second})).unwrap_err();
    assert_eq!(refused.message, "You are in another call. Leave it first.");
    world.ok(bob, "call.leave", json!({"call": first}));
    world.ok(bob, "call.answer", json!({"call": second}));
    world.settle_for(2_000);
    assert_eq!(media(&mut world, bob), ["open", "close", "open"]);
    assert_eq!(newest(&mut world, eve).0, "in");
    assert_eq!(newest(&mut world, ana).0, "over");
}

#[test]
fn a_program_that_was_killed_in_a_call_of_two_can_come_back_to_it_for_a_while() {
    let mut two = two(2_633);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = talk(world, ana, bob, &two.at_ana);
    media(world, bob);
    world.with_db(bob, |_| ());
    world.settle_for(5_000);
    assert_eq!(newest(world, bob).0, "going_on");
    assert_eq!(newest(world, ana).0, "in");
    assert_eq!(media(world, bob), ["close"], "and nothing opens without the person's word");
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(5_000);
    assert_eq!(media(world, bob), ["open", "keys"], "ana said again what bob's program forgot");
    assert_eq!((newest(world, ana).0, newest(world, bob).0), ("in".to_owned(), "in".to_owned()));
    // Who does not come back has left.
    world.with_db(bob, |_| ());
    world.settle_for(125_000);
    assert_eq!((newest(world, ana).0, newest(world, bob).0), ("over".to_owned(), "over".to_owned()));
    assert_eq!(media(world, ana), ["open", "keys", "close"]);
}

/// Lines of calls in a conversation.
fn lines(world: &mut World, id: ClientId, conversation: &str) -> Vec<String> {
    let lines = world.notices(id, conversation);
    lines.into_iter().filter(|line| line.contains("call")).collect()
}

#[test]
fn a_call_that_a_program_was_killed_in_and_never_came_back_to_leaves_a_line() {
    let mut two = two(2_639);
    let (world, ana, bob, at_bob) = (&mut two.world, two.ana, two.bob, &two.at_bob);
    talk(world, ana, bob, &two.at_ana);
    world.with_db(bob, |_| ());
    world.settle_for(5_000);
    assert_eq!(lines(world, bob, at_bob), [""; 0], "it may be taken again");
    world.settle_for(125_000);
    assert_eq!(lines(world, bob, at_bob), ["Voice call"]);
    world.with_db(bob, |_| ());
    world.settle_for(5_000);
    assert_eq!(lines(world, bob, at_bob), ["Voice call"]);
    // Taken again, it is one call of the time that is known.
    let id = talk(world, ana, bob, &two.at_ana);
    world.with_db(bob, |_| ());
    world.settle_for(5_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(7_000);
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    let all = lines(world, bob, at_bob);
    assert!(all.len() == 2 && all[1].starts_with("Voice call, 0:"), "{all:?}");
}

/// A page that is loaded again, or a program that was killed, comes back into the same talk.
#[test]
fn a_talk_that_was_come_back_to_counts_from_its_beginning_and_one_that_was_left_does_not() {
    for killed in [true, false] {
        let mut two = two(2_648);
        let (world, ana, bob, at_bob) = (&mut two.world, two.ana, two.bob, &two.at_bob);
        let id = talk(world, ana, bob, &two.at_ana);
        world.settle_for(60_000);
        match killed {
            true => world.with_db(bob, |_| ()),
            false => page_gone(world, bob, &id),
        }
        world.settle_for(5_000);
        assert_eq!(lines(world, bob, at_bob), [""; 0]);
        world.ok(bob, "call.answer", json!({"call": id}));
        world.settle_for(7_000);
        world.ok(bob, "call.leave", json!({"call": id}));
        world.settle_for(2_000);
        let all = lines(world, bob, at_bob);
        assert!(all.len() == 1 && all[0].starts_with("Voice call, 1:1"), "killed: {killed}, {all:?}");
    }

    let mut world = World::new(2_649);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    [bob, eve].into_iter().for_each(|other| world.befriend(ana, other));
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle();
    let at_bob = world.named(bob, "walkers");
    let id = talk(&mut world, ana, bob, &group);
    world.ok(eve, "call.answer", json!({"call": id}));
    world.settle_for(60_000);
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(60_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(7_000);
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    let all = lines(&mut world, bob, &at_bob);
    assert!(
        matches!(&all[..], [one, two] if one.starts_with("Voice call, 1:0") && two == "Voice call, 0:07"),
        "{all:?}"
    );
}

/// Ana calls, and Bob answers.
fn talk(world: &mut World, ana: ClientId, bob: ClientId, at_ana: &str) -> String {
    let id = call(world, ana, at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    id
}

fn page_gone(world: &mut World, id: ClientId, call: &str) {
    let call = CallId::from_hex(call).expect("an id");
    world.input(id.0, Input::Call { call, news: CallNews::PageGone });
    world.settle_for(2_000);
}

#[test]
fn a_page_that_goes_leaves_what_a_program_leaves_that_is_started_again() {
    let mut two = two(2_638);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = talk(world, ana, bob, &two.at_ana);
    media(world, bob);
    // Of two the other one waits, and it goes on by the person's word.
    page_gone(world, bob, &id);
    assert_eq!((newest(world, ana).0, newest(world, bob).0), ("in".to_owned(), "going_on".to_owned()));
    assert_eq!(media(world, bob), ["close"]);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(media(world, bob), ["open"]);
    // Whoever hung up ended their media first: the word of it comes after, and counts.
    page_gone(world, bob, &id);
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!((newest(world, ana).0, newest(world, bob).0), ("over".to_owned(), "over".to_owned()));
    // What nobody has answered is given up.
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    page_gone(world, ana, &id);
    assert_eq!((newest(world, ana), newest(world, bob)), (is("over", "unanswered"), is("over", "cancelled")));
}

#[test]
fn calls_need_a_connection_and_a_conversation_with_others() {
    let mut two = two(2_634);
    let (world, ana) = (&mut two.world, two.ana);
    let notes = world.ok(ana, "conversation.notes", json!({}))["conversation"].clone();
    let refused = world.call(ana, "call.start", json!({"conversation": notes})).unwrap_err();
    assert_eq!(refused.message, "There is nobody else in this conversation.");
    world.sleep(ana, 1_000_000);
    let refused = world.call(ana, "call.start", json!({"conversation": two.at_ana})).unwrap_err();
    assert_eq!(refused.kind, casemate_api::Kind::Offline);
    assert_eq!(media(world, ana), [""; 0]);
}

/// What a relay's server hears, and whether it answers.
#[derive(Default)]
struct Heard {
    joins: Vec<(ClientId, CallJoin)>,
    left: Vec<ClientId>,
    refuse: Option<ErrorCode>,
    deaf: bool,
    /// The network of this one changed: nothing passes until it connects anew.
    gone: Option<ClientId>,
    greetings: usize,
}

fn listen(world: &mut World) -> Rc<RefCell<Heard>> {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let ears = heard.clone();
    world.ears = Some(Box::new(move |id, frame| {
        let mut heard = ears.borrow_mut();
        if matches!(frame.request, Some(Request::Hello(_))) {
            heard.greetings += 1;
            heard.gone.take_if(|gone| *gone == id);
        }
        if heard.gone == Some(id) {
            return (None, Vec::new());
        }
        let body = match &frame.request {
            Some(Request::CallJoin(join)) => {
                heard.joins.push((id, join.clone()));
                match heard.refuse {
                    _ if heard.deaf => return (None, Vec::new()),
                    Some(code) => {
                        let message = "no relay is there".to_owned();
                        Body::Error(Error {
                            code: code.into(),
                            message,
                            retry_after_ms: 1_000,
                            ..Error::default()
                        })
                    }
                    None => {
                        let answer = format!("answer to {}", join.offer);
                        Body::CallJoined(CallJoined { answer, relay: "here".into(), ..CallJoined::default() })
                    }
                }
            }
            Some(Request::CallLeave(_)) => {
                heard.left.push(id);
                Body::Done(Done::default())
            }
            _ => return (Some(frame), Vec::new()),
        };
        (None, vec![ServerFrame { id: frame.id, body: Some(body) }])
    }));
    heard
}

fn offers(world: &mut World, id: ClientId, call: &str, sdp: &str) {
    let call = CallId::from_hex(call).expect("an id");
    world.input(id.0, Input::Call { call, news: CallNews::Offer { sdp: sdp.to_owned() } });
    world.settle_for(2_000);
}

fn answers(world: &mut World, id: ClientId) -> Vec<String> {
    let answer = |output| match output {
        Output::CallJoined { answer, .. } => Some(answer.sdp),
        _ => None,
    };
    std::mem::take(&mut world.client(id).calls).into_iter().filter_map(answer).collect()
}

#[test]
fn members_meet_in_one_room_under_names_of_their_own() {
    let mut two = two(2_635);
    let heard = listen(&mut two.world);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    offers(world, ana, &id, "first");
    // Whoever has not answered joins nothing, whatever its driver says.
    offers(world, bob, &id, "too early");
    assert_eq!(heard.borrow().joins.len(), 1);
    world.ok(bob, "call.answer", json!({"call": id}));
    offers(world, bob, &id, "second");
    assert_eq!(
        (answers(world, ana), answers(world, bob)),
        (vec!["answer to first".into()], vec!["answer to second".into()])
    );
    // The relay was lost, and found again.
    offers(world, ana, &id, "third");
    assert_eq!(answers(world, ana), ["answer to third"]);
    {
        let joins = &heard.borrow().joins;
        let [(_, first), (_, second), (_, third)] = &joins[..] else { panic!("{}", joins.len()) };
        assert_eq!((first.room.len(), &first.room), (32, &second.room));
        assert_ne!(first.participant, second.participant);
        assert_eq!(first.participant, third.participant, "the same one comes back");
        assert!(first.proof.is_some());
        let log = casemate_wire::ids::LogId::from_hex(&two.at_ana).unwrap();
        assert!(!first.room.windows(16).any(|part| part == log.0), "the room does not name the conversation");
    }
    world.ok(bob, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(heard.borrow().left, [bob, ana]);
    let again = call(world, ana, &two.at_ana);
    offers(world, ana, &again, "other");
    let joins = &heard.borrow().joins;
    assert_ne!(joins[3].1.room, joins[0].1.room, "another call, another room");
    assert_ne!(joins[3].1.participant, joins[0].1.participant);
}

#[test]
fn joining_is_tried_again_and_given_up_in_the_end() {
    let mut two = two(2_636);
    let heard = listen(&mut two.world);
    let (world, ana) = (&mut two.world, two.ana);
    // The connection breaks while the answer is on its way.
    heard.borrow_mut().deaf = true;
    let id = call(world, ana, &two.at_ana);
    offers(world, ana, &id, "first");
    heard.borrow_mut().deaf = false;
    world.sleep(ana, 2_000);
    world.settle_for(5_000);
    assert_eq!(answers(world, ana), ["answer to first"]);
    assert_eq!(heard.borrow().joins.len(), 2);
    // The relay is away for a while.
    heard.borrow_mut().refuse = Some(ErrorCode::ErrorInternal);
    offers(world, ana, &id, "second");
    world.settle_for(3_000);
    heard.borrow_mut().refuse = None;
    world.settle_for(3_000);
    assert_eq!(answers(world, ana), ["answer to second"]);
    assert_eq!(newest(world, ana).0, "calling");
    // There is none at all.
    heard.borrow_mut().refuse = Some(ErrorCode::ErrorNotFound);
    offers(world, ana, &id, "third");
    assert_eq!(newest(world, ana).0, "over");
    assert_eq!(media(world, ana), ["close"]);
}

#[test]
fn a_connection_that_takes_everything_and_gives_nothing_is_made_anew() {
    let mut two = two(2_637);
    let heard = listen(&mut two.world);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    // The first question is not answered.
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    heard.borrow_mut().gone = Some(ana);
    offers(world, ana, &id, "first");
    assert_eq!(heard.borrow().greetings, 0);
    world.settle_for(5_000);
    assert_eq!(answers(world, ana), ["answer to first"]);
    assert_eq!(heard.borrow().greetings, 1);
    // Media are lost, and say so before anything else does.
    world.settle_for(60_000);
    heard.borrow_mut().gone = Some(ana);
    offers(world, ana, &id, "second");
    world.settle_for(2_500);
    assert_eq!(answers(world, ana), ["answer to second"]);
    assert_eq!(heard.borrow().greetings, 2);
    // A server that only has no answer of the relay's is not left, and a connection that is new is not doubted.
    world.settle_for(60_000);
    heard.borrow_mut().deaf = true;
    offers(world, ana, &id, "third");
    world.settle_for(10_000);
    assert_eq!(heard.borrow().greetings, 2);
    assert_eq!((newest(world, ana).0, newest(world, bob).0), ("in".to_owned(), "in".to_owned()));
}

/// Whose page is loaded again is another participant for the relay, and the same device for everybody else.
#[test]
fn what_was_wished_of_somebody_is_wished_again_when_they_come_back() {
    let mut two = two(2_639);
    let wished = Rc::new(RefCell::new(Vec::new()));
    let ears = wished.clone();
    two.world.ears = Some(Box::new(move |_, frame| match &frame.request {
        Some(Request::CallWish(wish)) => {
            ears.borrow_mut().push(wish.wishes.clone());
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Done(Done::default())) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let device = world.engine(bob).device().expect("a device with an account");
    let wish = CallWish { device, height: 720, screen: false };
    let call = CallId::from_hex(&id).expect("an id");
    world.input(ana.0, Input::Call { call, news: CallNews::Wishes(vec![wish]) });
    world.settle_for(2_000);
    world.with_db(bob, |_| ());
    world.settle_for(5_000);
    assert_eq!(wished.borrow().len(), 1);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(120_000);
    let wished = wished.borrow();
    let [before, after] = &wished[..] else { panic!("{wished:?}") };
    assert_eq!((before.len(), after.len(), after[0].height), (1, 1, 720));
    assert_ne!(before[0].source, after[0].source);
}

#[test]
fn where_the_server_has_no_calls_nobody_rings_and_the_caller_is_told() {
    let policy = Policy {
        registration: Registration::Open,
        limits: Limits { lifted: true, ..Limits::default() },
        calls: CallPolicy { own_relay: false, ..CallPolicy::default() },
        ..Policy::default()
    };
    let mut world = World::with_policy(2_650, policy);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let refused = world.call(ana, "call.start", json!({"conversation": at_ana})).unwrap_err();
    assert_eq!((refused.kind, &*refused.message), (Kind::NotFound, "This server has no calls."));
    assert_eq!(said::said(&refused.message).map(|said| said.code).as_deref(), Some("no-calls"));
    world.settle();
    assert_eq!(rang(&mut world, bob), Vec::<String>::new());
    for who in [ana, bob] {
        assert_eq!(listed(&mut world, who), Vec::<serde_json::Value>::new());
        assert_eq!(media(&mut world, who), [""; 0]);
    }
    // Its operator has put one there: after the next connection there are calls.
    world.policy.calls.own_relay = true;
    world.restart_server();
    world.settle();
    let id = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    assert_eq!(rang(&mut world, bob), [id]);
}
