//! What a person does after a change to a conversation happens after it: with its timer, among its members, under its permissions.
//! With a connection and without one, whatever was changed and whatever is said then.

use serde_json::{Value, json};

use super::{pair, with_plans};
use crate::{ClientId, World};

/// How it comes that the change has not left when something is said.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    Up,
    Down,
    /// Both are done without a connection, and the program is killed before there is one.
    Killed,
    /// The network is slow, and somebody else changes something meanwhile.
    Raced,
}

const LINES: [Line; 4] = [Line::Up, Line::Down, Line::Killed, Line::Raced];

fn act(world: &mut World, who: ClientId, line: Line, race: impl FnOnce(&mut World), acts: &[(&str, Value)]) {
    match line {
        Line::Up => {}
        Line::Down | Line::Killed => world.sleep(who, 40_000),
        Line::Raced => {
            world.faults.delay_ms = 900;
            race(world);
        }
    }
    let begun: Vec<u64> =
        acts.iter().map(|(method, params)| world.begin(who, method, params.clone())).collect();
    for number in begun {
        world.answer(who, number).unwrap();
    }
    if line == Line::Killed {
        world.kill(who.0);
    }
    world.settle_for(50_000);
    world.faults.delay_ms = 0;
    world.settle_for(20_000);
}

#[test]
fn timer_that_is_set_holds_for_what_is_said_right_after_it() {
    for (seed, line) in (9_200..).zip(LINES) {
        let (mut world, ana, bob, at_ana, at_bob) = pair(seed);
        world.say(ana, &at_ana, "stays");
        world.settle();
        let set = json!({"conversation": at_ana, "disappearing_seconds": 5});
        let say = |text: &str| json!({"conversation": at_ana, "text": text});
        let race = |world: &mut World| {
            world.begin(bob, "message.send", json!({"conversation": at_bob, "text": "meanwhile"}));
        };
        let poll = json!({"conversation": at_ana, "poll": {"question": "goes?", "options": ["a", "b"], "multiple": false}});
        let acts = [
            ("conversation.set", set),
            ("message.send", say("goes")),
            ("message.send", poll),
            ("message.send", say("goes too")),
        ];
        act(&mut world, ana, line, race, &acts);
        world.settle();
        for (who, conversation) in [(ana, &at_ana), (bob, &at_bob)] {
            let left: Vec<String> =
                world.texts(who, conversation).into_iter().filter(|text| text.starts_with("goes")).collect();
            assert_eq!(left, Vec::<String>::new(), "{line:?}");
            assert!(world.texts(who, conversation).contains(&"stays".to_owned()), "{line:?}");
        }
    }
}

#[test]
fn timer_of_a_group_holds_for_what_is_said_right_after_it() {
    for (seed, line) in (9_210..).zip(LINES) {
        let (mut world, ana, bob, group) = with_plans(seed);
        let at_bob = world.named(bob, "Plans");
        let race = |world: &mut World| {
            world.begin(bob, "conversation.set", json!({"conversation": at_bob, "description": "meanwhile"}));
        };
        let acts = [
            ("conversation.set", json!({"conversation": group, "disappearing_seconds": 5})),
            ("message.send", json!({"conversation": group, "text": "goes"})),
        ];
        act(&mut world, ana, line, race, &acts);
        world.settle();
        for (who, conversation) in [(ana, &group), (bob, &at_bob)] {
            assert_eq!(world.texts(who, conversation), Vec::<String>::new(), "{line:?}");
        }
    }
}

#[test]
fn timer_that_is_set_and_taken_away_holds_for_what_was_said_between() {
    for (seed, line) in (9_220..).zip(LINES) {
        let (mut world, ana, bob, at_ana, at_bob) = pair(seed);
        let set = |seconds: u32| json!({"conversation": at_ana, "disappearing_seconds": seconds});
        let say = |text: &str| json!({"conversation": at_ana, "text": text});
        let race = |world: &mut World| {
            world.begin(bob, "message.send", json!({"conversation": at_bob, "text": "meanwhile"}));
        };
        let acts = [
            ("message.send", say("before")),
            ("conversation.set", set(5)),
            ("message.send", say("goes")),
            ("conversation.set", set(0)),
            ("message.send", say("after")),
        ];
        act(&mut world, ana, line, race, &acts);
        world.settle();
        for (who, conversation) in [(ana, &at_ana), (bob, &at_bob)] {
            let mut left = world.texts(who, conversation);
            left.retain(|text| text != "meanwhile");
            assert_eq!(left, ["before", "after"], "{line:?}");
        }
    }
}

/// Where the first notice with these words is, and the first message with this text.
fn order(
    world: &mut World,
    who: ClientId,
    conversation: &str,
    notice: &str,
    text: &str,
) -> Option<(usize, usize)> {
    let messages = world.messages(who, conversation);
    let at = |kind: &str, words: &str| {
        messages.iter().position(|one| one["kind"] == kind && one["text"].as_str().unwrap().contains(words))
    };
    Some((at("notice", notice)?, at("text", text)?))
}

#[test]
fn what_is_said_after_any_change_stands_after_it_on_all_devices() {
    let changes = [
        (json!({"name": "Better plans"}), "named the group"),
        (json!({"description": "What we do"}), "what the group is about"),
        (json!({"disappearing_seconds": 86_400}), "let messages disappear"),
        (json!({"permissions": {"send": "admins"}}), "what members may do"),
    ];
    for (seed, line) in (9_220..).zip(LINES) {
        for (number, (change, notice)) in (0..).zip(&changes) {
            let (mut world, ana, bob, group) = with_plans(seed * 10 + number);
            let bob2 = world.link(bob);
            let [at_bob, at_bob2] = [bob, bob2].map(|who| world.named(who, "Plans"));
            let race = |world: &mut World| {
                world.begin(bob, "message.send", json!({"conversation": at_bob, "text": "meanwhile"}));
            };
            let mut set = change.clone();
            set["conversation"] = json!(group);
            let poll = json!({"question": "a poll after it", "options": ["a", "b"], "multiple": false});
            let acts = [
                ("conversation.set", set),
                ("message.send", json!({"conversation": group, "text": "a text after it"})),
                ("message.send", json!({"conversation": group, "poll": poll})),
            ];
            act(&mut world, ana, line, race, &acts);
            for (who, conversation) in [(ana, &group), (bob, &at_bob), (bob2, &at_bob2)] {
                for text in ["a text after it", "a poll after it"] {
                    let order = order(&mut world, who, conversation, notice, text);
                    assert!(
                        order.is_some_and(|(notice, text)| notice < text),
                        "{line:?} {change}: {order:?} {:?} {:?}",
                        world.notices(who, conversation),
                        world.texts(who, conversation)
                    );
                }
            }
        }
    }
}

#[test]
fn who_is_added_reads_what_is_said_after_it_and_nothing_from_before() {
    for (seed, line) in (9_230..).zip(LINES) {
        let (mut world, ana, bob, group) = with_plans(seed);
        let cleo = world.person("cleo");
        world.befriend(ana, cleo);
        world.befriend(bob, cleo);
        let address = world.address(cleo);
        let at_bob = world.named(bob, "Plans");
        let race = |world: &mut World| {
            world.begin(bob, "conversation.set", json!({"conversation": at_bob, "description": "meanwhile"}));
        };
        let say = |text: &str| ("message.send", json!({"conversation": group, "text": text}));
        let add = ("conversation.add", json!({"conversation": group, "members": [address]}));
        act(&mut world, ana, line, race, &[say("before"), add, say("after")]);
        world.accept_groups(cleo);
        world.settle();
        let at_cleo = world.named(cleo, "Plans");
        assert_eq!(world.texts(cleo, &at_cleo), ["after"], "{line:?}");
        assert_eq!(world.texts(bob, &at_bob), ["before", "after"], "{line:?}");
    }
}

#[test]
fn who_is_removed_reads_nothing_that_is_said_after_it() {
    for (seed, line) in (9_240..).zip(LINES) {
        let (mut world, ana, bob, _) = with_plans(seed);
        let cleo = world.person("cleo");
        world.befriend(ana, cleo);
        let group = world.group("Three", ana, &[bob, cleo]);
        let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Three"));
        let address = world.address(cleo);
        let race = |world: &mut World| {
            world.begin(bob, "conversation.set", json!({"conversation": at_bob, "description": "meanwhile"}));
        };
        let say = |text: &str| ("message.send", json!({"conversation": group, "text": text}));
        let remove = ("conversation.remove", json!({"conversation": group, "members": [address]}));
        act(&mut world, ana, line, race, &[remove, say("after")]);
        assert_eq!(world.texts(cleo, &at_cleo), Vec::<String>::new(), "{line:?}");
        assert_eq!(world.texts(bob, &at_bob), ["after"], "{line:?}");
    }
}

/// A clock that is put back between the two lets nothing overtake the change.
#[test]
fn timer_that_is_set_before_the_clock_is_put_back_holds_for_what_is_said_after_it() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(9_250);
    world.sleep(ana, 40_000);
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 5}));
    world.client(ana).clock_skew_ms = -300_000;
    world.say(ana, &at_ana, "goes");
    world.settle_for(600_000);
    for (who, conversation) in [(ana, &at_ana), (bob, &at_bob)] {
        assert_eq!(world.texts(who, conversation), Vec::<String>::new());
        assert!(world.notices(who, conversation).iter().any(|line| line.contains("disappear")));
    }
}
