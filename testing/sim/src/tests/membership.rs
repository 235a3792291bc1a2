//! Groups into which people come, from which they go and are put, and into which they are asked again, all at the same
//! moment and on bad days: once it is calm, everybody agrees who is in.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use casemate_wire::proto::wire::client_frame::Request;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::world::KillPoint;
use crate::{ClientId, Faults, World};

/// What somebody does on one of their devices.
#[derive(Debug, Clone, Copy)]
enum Act {
    Add(usize),
    Remove(usize),
    /// In one breath.
    AddAndRemove(usize),
    RemoveAndAdd(usize),
    Leave,
    Accept,
    Decline,
    MakeAdmin(usize),
    UnmakeAdmin(usize),
    Say,
    Sleep(i64),
    Wake,
    /// Time goes by for all.
    Pause(i64),
}

/// An act, with the device and the group.
type Step = (usize, usize, Act);

const GROUPS: [&str; 2] = ["Choir", "Boat"];

fn steps(seed: u64, number: usize, devices: usize, people: usize) -> Vec<Step> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut step = || {
        let who = rng.random_range(0..people);
        let act = match rng.random_range(0..100) {
            0..14 => Act::Add(who),
            14..24 => Act::Remove(who),
            24..28 => Act::AddAndRemove(who),
            28..32 => Act::RemoveAndAdd(who),
            32..40 => Act::Leave,
            40..52 => Act::Accept,
            52..55 => Act::Decline,
            55..62 => Act::MakeAdmin(who),
            62..65 => Act::UnmakeAdmin(who),
            65..70 => Act::Say,
            70..77 => Act::Sleep(rng.random_range(1_000..60_000)),
            77..84 => Act::Wake,
            84..96 => Act::Pause(rng.random_range(0..4_000)),
            _ => Act::Pause(rng.random_range(4_000..60_000)),
        };
        (rng.random_range(0..devices), rng.random_range(0..GROUPS.len()), act)
    };
    (0..number).map(|_| step()).collect()
}

/// People who all know each other; the first two have a second device.
struct Town {
    world: World,
    people: Vec<Vec<ClientId>>,
    groups: Vec<String>,
    /// Who said last that they do not want to be in a group to which they were asked.
    declined: BTreeSet<(usize, usize)>,
}

impl Town {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let names = ["ana", "bob", "cleo", "dora"];
        let mut people: Vec<Vec<ClientId>> = names.iter().map(|name| vec![world.person(name)]).collect();
        for at in 0..people.len() {
            for other in at + 1..people.len() {
                world.befriend(people[at][0], people[other][0]);
            }
        }
        for person in &mut people[..2] {
            let second = world.link(person[0]);
            person.push(second);
        }
        world.settle();
        let first = world.group(GROUPS[0], people[0][0], &[people[1][0], people[2][0], people[3][0]]);
        let second = world.group(GROUPS[1], people[1][0], &[people[0][0], people[2][0]]);
        world.settle();
        Self { world, people, groups: vec![first, second], declined: BTreeSet::new() }
    }

    fn devices(&self) -> Vec<(usize, ClientId)> {
        let devices = |(who, person): (usize, &Vec<ClientId>)| {
            person.iter().map(|device| (who, *device)).collect::<Vec<_>>()
        };
        self.people.iter().enumerate().flat_map(devices).collect()
    }

    fn address(&mut self, who: usize) -> String {
        self.world.address(self.people[who][0])
    }

    /// What cannot be done is refused, and that is all.
    fn act(&mut self, (device, group, act): Step) {
        let (own, device) = self.devices()[device];
        let key = self.groups[group].clone();
        let ask = |town: &mut Self, method: &str, mut more: Value| {
            more["conversation"] = key.clone().into();
            town.world.call(device, method, more).is_ok()
        };
        match act {
            Act::Add(who) => {
                let members = json!({"members": [self.address(who)]});
                ask(self, "conversation.add", members);
            }
            Act::Remove(who) => {
                let members = json!({"members": [self.address(who)]});
                ask(self, "conversation.remove", members);
            }
            Act::AddAndRemove(who) | Act::RemoveAndAdd(who) => {
                let members = json!({"members": [self.address(who)]});
                let mut both = ["conversation.add", "conversation.remove"];
                if matches!(act, Act::RemoveAndAdd(_)) {
                    both.reverse();
                }
                for method in both {
                    ask(self, method, members.clone());
                }
            }
            Act::Leave => {
                ask(self, "conversation.leave", json!({}));
            }
            Act::Accept => {
                // Where another device has said no, which of the two counts is the server's order.
                let asked = self.is_asked(own, group);
                if ask(self, "conversation.accept", json!({})) && asked {
                    self.declined.remove(&(own, group));
                }
            }
            Act::Decline => {
                if ask(self, "conversation.decline", json!({})) {
                    self.declined.insert((own, group));
                }
            }
            Act::MakeAdmin(who) => {
                let admins = json!({"admins_add": [self.address(who)]});
                ask(self, "conversation.set", admins);
            }
            Act::UnmakeAdmin(who) => {
                let admins = json!({"admins_remove": [self.address(who)]});
                ask(self, "conversation.set", admins);
            }
            Act::Say => {
                ask(self, "message.send", json!({"text": "in between"}));
            }
            Act::Sleep(for_ms) => self.world.sleep(device, for_ms),
            Act::Wake => self.world.wake(device),
            Act::Pause(for_ms) => self.world.settle_for(for_ms),
        }
    }

    /// Whether all devices of a person ask them.
    fn is_asked(&mut self, who: usize, group: usize) -> bool {
        let devices = self.people[who].clone();
        devices.into_iter().all(|device| self.standing(device, group) == "offered")
    }

    fn standing(&mut self, device: ClientId, group: usize) -> String {
        let key = json!({"conversation": self.groups[group]});
        match self.world.call(device, "conversation.show", key) {
            Ok(shown) => shown["conversations"][0]["standing"].as_str().expect("a standing").to_owned(),
            Err(_) => "unknown".into(),
        }
    }

    /// It is calm, and whoever is still asked says yes.
    fn rest(&mut self) {
        self.world.calm();
        for group in 0..GROUPS.len() {
            for (who, device) in self.devices() {
                if self.standing(device, group) == "offered" {
                    let key = json!({"conversation": self.groups[group]});
                    self.world.ok(device, "conversation.accept", key);
                    self.declined.remove(&(who, group));
                    self.world.settle();
                }
            }
        }
        self.world.settle_for(300_000);
    }

    /// What is not as it must be.
    fn wrong(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for group in 0..GROUPS.len() {
            self.wrong_in(group, &mut wrong);
        }
        for (_, device) in self.devices() {
            self.world.begin(device, "sync", json!({}));
        }
        self.world.settle();
        for (_, device) in self.devices() {
            let client = self.world.client(device);
            let name = format!("{}/{}", client.name, device.0);
            if std::mem::take(&mut client.replies).is_empty() {
                wrong.push(format!("{name} is not settled"));
            }
            let left = self.world.with_db(device, |db| {
                let count = |what: &str| -> i64 {
                    db.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0))
                        .expect("a number")
                };
                // What was declined is kept, in case that another own device says yes later.
                let offers =
                    "offers JOIN threads ON threads.id = offers.thread WHERE threads.standing NOT IN (1, 4)";
                let kinds = ["intents WHERE kind != 6", "posts", "outbox", "commits", offers];
                kinds.into_iter().filter(|what| count(what) > 0).collect::<Vec<_>>()
            });
            wrong.extend(left.into_iter().map(|what| format!("{name} still has {what}")));
        }
        wrong
    }

    fn wrong_in(&mut self, group: usize, wrong: &mut Vec<String>) {
        let name = GROUPS[group];
        let key = self.groups[group].clone();
        let mut standings: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut inside = Vec::new();
        for (who, device) in self.devices() {
            let mut standing = self.standing(device, group);
            // A device that had come in has what was said there, and one that had not shows nothing of it.
            if standing == "declined" {
                standing = "left".into();
            }
            if standing == "active" {
                inside.push(device);
            }
            if standing == "removed" {
                let lines = self.world.notices(device, &key);
                if !lines.iter().any(|line| line.contains("emoved you") || line.contains("read no further")) {
                    wrong.push(format!("{name}: {who}/{} is not told of being removed: {lines:?}", device.0));
                }
            }
            standings.entry(who).or_default().insert(standing);
        }
        for (who, standings) in &standings {
            if standings.len() > 1 {
                wrong.push(format!("{name}: the devices of {who} do not agree: {standings:?}"));
            }
        }
        let Some(first) = inside.first().copied() else { return };
        let view = |world: &mut World, device| {
            let shown = world.shown(device, &key);
            (shown["members"].clone(), shown["information"]["epoch"].clone())
        };
        let seen = view(&mut self.world, first);
        for device in &inside[1..] {
            let other = view(&mut self.world, *device);
            if other != seen {
                wrong.push(format!("{name}: {} sees {seen:?}, {} sees {other:?}", first.0, device.0));
            }
        }
        let members: Vec<Value> = seen.0.as_array().expect("a list").clone();
        if !members.iter().any(|member| member["admin"] == true) {
            wrong.push(format!("{name}: nobody is an admin: {members:?}"));
        }
        for (who, standings) in standings {
            let address = self.address(who);
            let member = members.iter().any(|member| member["address"] == address);
            let active = standings.contains("active");
            if member != active && !(member && self.declined.contains(&(who, group))) {
                wrong.push(format!("{name}: {who} is {standings:?}, the others see {members:?}"));
            }
        }
        let mut said = BTreeSet::new();
        for device in &inside {
            let text = format!("from {}", device.0);
            self.world.begin(*device, "message.send", json!({"conversation": key, "text": text}));
            said.insert(text);
        }
        self.world.settle();
        for device in inside {
            let texts: BTreeSet<String> = self.world.texts(device, &key).into_iter().collect();
            let missing: Vec<&String> = said.difference(&texts).collect();
            if !missing.is_empty() {
                wrong.push(format!("{name}: {} misses {missing:?}", device.0));
            }
        }
    }
}

/// Seeds with an odd number have a bad day.
fn day(seed: u64, steps: &[Step]) -> Vec<String> {
    let mut town = Town::new(seed);
    if seed % 2 == 1 {
        town.world.faults = Faults { kill: 6, cut: 6, delay_ms: 400, sleep: 2 };
    } else {
        town.world.faults = Faults { delay_ms: 100, ..Faults::default() };
    }
    for step in steps {
        town.act(*step);
    }
    town.rest();
    town.wrong()
}

#[test]
fn whoever_comes_and_goes_at_whatever_moment_all_agree_who_is_in() {
    let seed = std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in seed.map_or(8_000..8_008, |seed| seed..seed + 1) {
        let _note = World::new(seed).announce("whoever_comes_and_goes");
        let wrong = day(seed, &steps(seed, 40, 6, 4));
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    }
}

/// Ana, Bob and Cleo, who all know each other, in a group of Ana's and Bob's, who both are admins.
fn friends(seed: u64) -> (World, [ClientId; 3], String) {
    let mut world = World::new(seed);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    let group = world.group("Choir", ana, &[bob]);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins_add": [to_bob]}));
    world.settle();
    (world, people, group)
}

fn change(world: &mut World, by: ClientId, what: &str, group: &str, who: ClientId) {
    let address = world.address(who);
    world.ok(by, &format!("conversation.{what}"), json!({"conversation": group, "members": [address]}));
}

fn members(world: &mut World, id: ClientId, group: &str) -> usize {
    world.shown(id, group)["members"].as_array().expect("a list").len()
}

/// Whether nothing is waited for.
fn is_settled(world: &mut World, id: ClientId) -> bool {
    let asked = world.begin(id, "sync", json!({}));
    world.settle();
    world.client(id).replies.remove(&asked).is_some()
}

#[test]
fn who_is_put_out_while_changing_something_is_out_and_waits_for_nothing() {
    for seed in 8_100..8_108 {
        let (mut world, [ana, bob, cleo], group) = friends(seed);
        // Both at the same moment, and on some days Bob sees only that he is out.
        world.faults = Faults { delay_ms: 50, ..Faults::default() };
        world.say(ana, &group, "kept");
        world.settle();
        let to_cleo = world.address(cleo);
        let add = json!({"conversation": group, "members": [to_cleo], "share": 10});
        world.ok(bob, "conversation.add", add);
        world.ok(bob, "conversation.set", json!({"conversation": group, "name": "Bob's choir"}));
        for _ in 0..seed - 8_100 {
            world.step();
        }
        change(&mut world, ana, "remove", &group, bob);
        world.settle();
        assert_eq!(world.shown(bob, &group)["standing"], "removed", "seed {seed}");
        for who in [ana, bob, cleo] {
            assert!(is_settled(&mut world, who), "seed {seed}: {who:?}");
        }
        world.accept_groups(cleo);
        let came = members(&mut world, ana, &group) == 2;
        world.say(ana, &group, "without bob");
        world.settle();
        if came {
            assert_eq!(members(&mut world, cleo, &group), 2, "seed {seed}");
            assert_eq!(world.texts(cleo, &group).last().unwrap(), "without bob", "seed {seed}");
        }
        // And in again, he may change what he likes.
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        change(&mut world, bob, "add", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        assert_eq!(members(&mut world, ana, &group), 3, "seed {seed}");
    }
}

#[test]
fn who_is_added_and_removed_in_one_breath_is_not_in() {
    // What adds them is not begun yet, or under way, or there.
    for steps in (0..30).step_by(3) {
        let (mut world, [ana, bob, cleo], group) = friends(8_200);
        let to_cleo = world.address(cleo);
        let add = json!({"conversation": group, "members": [to_cleo], "share": 10});
        world.say(ana, &group, "kept");
        world.settle();
        world.ok(ana, "conversation.add", add);
        for _ in 0..steps {
            world.step();
        }
        change(&mut world, ana, "remove", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        world.settle();
        for who in [ana, bob] {
            assert_eq!(members(&mut world, who, &group), 2, "after {steps} steps");
        }
        for who in [ana, bob, cleo] {
            assert!(is_settled(&mut world, who), "after {steps} steps");
        }
        world.say(ana, &group, "just us");
        world.settle();
        let known = world.call(cleo, "message.list", json!({"conversation": group, "limit": 10}));
        assert!(!known.is_ok_and(|page| page.to_string().contains("just us")), "after {steps} steps");
    }
}

#[test]
fn who_is_removed_and_added_in_one_breath_is_in() {
    for steps in (0..30).step_by(3) {
        let (mut world, [ana, bob, _], group) = friends(8_300);
        if steps == 0 {
            world.sleep(ana, 10_000);
        }
        change(&mut world, ana, "remove", &group, bob);
        for _ in 0..steps {
            world.step();
        }
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        assert_eq!(members(&mut world, ana, &group), 2, "after {steps} steps");
        assert!(is_settled(&mut world, ana), "after {steps} steps");
        world.say(bob, &group, "still here");
        world.settle();
        assert_eq!(world.texts(ana, &group), ["still here"], "after {steps} steps");
    }
}

#[test]
fn who_left_while_away_and_is_asked_in_again_stays() {
    for seed in 8_400..8_406 {
        let (mut world, [ana, bob, _], group) = friends(seed);
        world.sleep(bob, 86_400_000);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for what in ["remove", "add"] {
            change(&mut world, ana, what, &group, bob);
            world.settle();
        }
        world.wake(bob);
        world.settle();
        assert_eq!(world.shown(bob, &group)["standing"], "offered", "seed {seed}");
        world.accept_groups(bob);
        world.say(bob, &group, "here again");
        world.settle();
        assert_eq!(members(&mut world, ana, &group), 2, "seed {seed}");
        assert_eq!(world.texts(ana, &group), ["here again"], "seed {seed}");
        assert!(is_settled(&mut world, bob), "seed {seed}");
    }
}

#[test]
fn who_said_that_they_leave_and_is_added_before_they_are_out_is_asked_in_again() {
    for seed in 8_500..8_506 {
        let (mut world, [ana, bob, cleo], group) = friends(seed);
        change(&mut world, ana, "add", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        // Her new keys are there.
        world.settle_for(200_000);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for _ in 0..9 + seed - 8_500 {
            world.step();
        }
        // Ana has heard it, and it is not her turn to put him out.
        assert_eq!(members(&mut world, ana, &group), 3);
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        assert_eq!(members(&mut world, cleo, &group), 3, "seed {seed}");
        world.say(bob, &group, "here again");
        world.settle();
        assert_eq!(world.texts(cleo, &group), ["here again"], "seed {seed}");
    }
}

#[test]
fn who_leaves_a_group_in_which_only_they_are_left_has_left_on_all_devices() {
    let (mut world, [ana, bob, _], group) = friends(8_600);
    let second = world.link(ana);
    world.settle_for(120_000);
    world.ok(bob, "conversation.leave", json!({"conversation": group}));
    world.settle();
    assert_eq!(members(&mut world, second, &group), 1);
    world.ok(ana, "conversation.leave", json!({"conversation": group}));
    world.settle();
    for device in [ana, second] {
        assert_eq!(world.shown(device, &group)["standing"], "left", "{device:?}");
        assert!(is_settled(&mut world, device));
    }
}

#[test]
fn who_left_while_away_answers_for_all_devices_when_asked_in_again() {
    for answer in ["accept", "decline"] {
        let (mut world, [ana, bob, _], group) = friends(8_700);
        let second = world.link(bob);
        world.settle_for(120_000);
        world.sleep(bob, 86_400_000);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for what in ["remove", "add"] {
            change(&mut world, ana, what, &group, bob);
            world.settle();
        }
        world.say(ana, &group, "hello again");
        world.settle();
        world.wake(bob);
        world.settle();
        world.ok(bob, &format!("conversation.{answer}"), json!({"conversation": group}));
        world.settle();
        let now = if answer == "accept" { "active" } else { "left" };
        for device in [bob, second] {
            assert_eq!(world.shown(device, &group)["standing"], now, "{answer}: {device:?}");
        }
        world.say(ana, &group, "and now?");
        world.settle();
        let heard = world.texts(second, &group).contains(&"and now?".to_owned());
        assert_eq!(heard, answer == "accept");
    }
}

#[test]
fn whom_a_device_adds_while_another_of_the_account_leaves_is_asked_in() {
    for steps in 0..16 {
        let (mut world, [ana, bob, cleo], group) = friends(8_800);
        let second = world.link(bob);
        world.settle_for(120_000);
        change(&mut world, bob, "add", &group, cleo);
        for _ in 0..steps {
            world.step();
        }
        world.ok(second, "conversation.leave", json!({"conversation": group}));
        world.settle_for(120_000);
        for device in [bob, second] {
            assert_eq!(world.shown(device, &group)["standing"], "left", "after {steps} steps: {device:?}");
            assert!(is_settled(&mut world, device), "after {steps} steps: {device:?}");
        }
        // Whether she was quicker or not: who is in knows it.
        world.accept_groups(cleo);
        let inside = members(&mut world, ana, &group);
        let came = world.call(cleo, "conversation.show", json!({"conversation": group})).is_ok();
        assert_eq!(inside, 1 + usize::from(came), "after {steps} steps");
    }
}

/// From now on a device hears nothing that comes after its next change of a group.
fn deaf_after_change(world: &mut World, who: ClientId) {
    let deaf = Rc::new(Cell::new(false));
    let heard = deaf.clone();
    world.ears = Some(Box::new(move |id, frame| {
        let changes = matches!(&frame.request, Some(Request::Append(append)) if append.commit.is_some());
        deaf.set(deaf.get() || id == who && changes);
        (Some(frame), Vec::new())
    }));
    world.tamper =
        Some(Box::new(move |to, frame| if to == who && heard.get() { Vec::new() } else { vec![frame] }));
}

fn hears_again(world: &mut World) {
    (world.ears, world.tamper) = (None, None);
}

#[test]
fn whom_somebody_added_who_was_out_before_they_heard_of_it_is_asked_in() {
    // Whether he is asked in again, and where he is killed when he comes back.
    let cases = (0..40u64).map(|case| (8_900 + case, case % 2 == 1, case as usize / 4, case / 2 % 2 == 1));
    for (seed, back, killed, handled) in cases {
        let (mut world, [ana, bob, cleo], group) = friends(seed);
        world.say(ana, &group, "kept");
        world.settle();
        deaf_after_change(&mut world, bob);
        change(&mut world, bob, "add", &group, cleo);
        world.settle_for(2_000);
        world.sleep(bob, 86_400_000);
        world.settle();
        assert_eq!(members(&mut world, ana, &group), 3);
        change(&mut world, ana, "remove", &group, bob);
        world.settle();
        if back {
            change(&mut world, ana, "add", &group, bob);
            world.settle();
        }
        hears_again(&mut world);
        if killed > 0 {
            let after = world.client(bob).inputs + killed;
            world.kill_point = Some(KillPoint { client: bob, after, handled });
        }
        world.wake(bob);
        world.settle();
        world.kill_point = None;
        for who in [ana, bob, cleo] {
            assert!(is_settled(&mut world, who), "seed {seed}: {who:?}");
        }
        world.accept_groups(cleo);
        world.say(ana, &group, "welcome");
        world.settle();
        assert_eq!(world.texts(cleo, &group), ["welcome"], "seed {seed}");
        let inside = if back { 3 } else { 2 };
        assert_eq!(members(&mut world, cleo, &group), inside, "seed {seed}");
        world.say(cleo, &group, "thanks");
        world.settle();
        assert_eq!(world.texts(ana, &group), ["kept", "welcome", "thanks"], "seed {seed}");
        let standing = if back { "active" } else { "removed" };
        assert_eq!(world.shown(bob, &group)["standing"], standing, "seed {seed}");
        assert!(world.notices(ana, &group).iter().all(|line| !line.contains("different histories")));
    }
}
