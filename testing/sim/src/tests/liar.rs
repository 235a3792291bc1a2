//! A server that lies to one client: what it says is refused or shows, and when it stops lying all goes on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use casemate_crypto::{EntryKind, entry_kind};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CommitNote, Done, Following, LogClosed, LogEntries, LogEntry, ManifestAnswer, ServerFrame,
};
use serde_json::json;

use crate::{ClientId, World};

/// Ana's group with Bob and Cleo, all friends; the server lies to Bob.
struct Story {
    world: World,
    people: [ClientId; 3],
    ids: [String; 3],
}

fn story(seed: u64) -> Story {
    let other = std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse::<u64>().ok()).unwrap_or(0);
    let mut world = World::new(seed.wrapping_add(other.wrapping_mul(10_000)));
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.befriend(bob, cleo);
    world.group("Plans", ana, &[bob, cleo]);
    let ids = people.map(|who| world.named(who, "Plans"));
    for (who, id) in people.iter().zip(&ids) {
        world.say(*who, id, &format!("{} is here", who.0));
        world.settle();
    }
    Story { world, people, ids }
}

impl Story {
    /// While the server lies, all three talk and Ana changes the group's name.
    fn talk(&mut self) {
        for round in 0..3 {
            for (who, id) in self.people.iter().zip(&self.ids) {
                let text = format!("{} in round {round}", who.0);
                let sent = self.world.call(*who, "message.send", json!({"conversation": id, "text": text}));
                assert!(sent.is_ok() || *who == self.people[1], "{sent:?}");
                self.world.settle_for(10_000);
            }
            let name = json!({"conversation": self.ids[0], "name": format!("Plans {round}")});
            self.world.ok(self.people[0], "conversation.set", name);
            self.world.settle_for(10_000);
        }
    }

    /// The lying is over, and everybody comes back. Nothing is there twice, what is missing at Bob is said, and
    /// what is said from now on reaches all.
    fn ends_well(&mut self, what: &str) {
        self.world.tamper = None;
        for who in self.people {
            self.world.cut(who.0);
        }
        self.world.settle_for(600_000);
        for (who, id) in self.people.iter().zip(&self.ids) {
            let text = format!("{} after all", who.0);
            let sent = self.world.call(*who, "message.send", json!({"conversation": id, "text": text}));
            assert!(sent.is_ok(), "{what}: {sent:?}");
            self.world.settle_for(120_000);
        }
        self.world.settle_for(300_000);
        let mut all: Vec<Vec<String>> = Vec::new();
        for (who, id) in self.people.iter().zip(&self.ids) {
            let texts = self.world.texts(*who, id);
            let notices = self.world.notices(*who, id);
            for other in self.people {
                let text = format!("{} after all", other.0);
                let seen = texts.iter().filter(|seen| **seen == text).count();
                assert_eq!(seen, 1, "{what}: {text} at {}: {texts:?} {notices:?}", who.0);
            }
            let mut once = texts.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), texts.len(), "{what}: {texts:?}");
            all.push(once);
        }
        // What Ana and Cleo have and Bob has not is something that Bob was told of.
        let missing: Vec<&String> = all[0].iter().filter(|text| !all[1].contains(text)).collect();
        let notices = self.world.notices(self.people[1], &self.ids[1]).join("\n");
        let told = ["withheld", "could not be read", "missing", "removed", "different histories"];
        let told = told.iter().any(|word| notices.contains(word));
        assert!(missing.is_empty() || told, "{what}: Bob misses {missing:?} and was told only: {notices}");
    }
}

/// Changes the pages that Bob gets, as long as he gets any.
fn lie_in_pages(story: &mut Story, mut change: impl FnMut(&mut LogEntries) -> bool + 'static) {
    let bob = story.people[1];
    story.world.tamper = Some(Box::new(move |to, mut frame| {
        if to == bob
            && let Some(Body::LogEntries(page)) = &mut frame.body
            && !change(page)
        {
            return Vec::new();
        }
        vec![frame]
    }));
}

fn is_commit(entry: &LogEntry) -> bool {
    entry_kind(&entry.payload) == EntryKind::Commit
}

fn flipped(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    bytes.into()
}

#[test]
fn pages_that_are_dropped() {
    let mut story = story(1_100);
    let count = Cell::new(0);
    lie_in_pages(&mut story, move |_| {
        count.set(count.get() + 1);
        count.get() % 3 != 0
    });
    story.talk();
    story.ends_well("dropped pages");
}

#[test]
fn entries_left_out_and_the_rest_renumbered() {
    for (seed, commits) in [(1_101, false), (1_102, true)] {
        let mut story = story(seed);
        let shift = Rc::new(Cell::new(0));
        lie_in_pages(&mut story, move |page| {
            page.first -= shift.get();
            let before = page.entries.len();
            page.entries.retain(|entry| shift.get() > 0 || is_commit(entry) != commits);
            shift.set(shift.get() + (before - page.entries.len()) as u64);
            page.head -= shift.get();
            !page.entries.is_empty()
        });
        story.talk();
        story.ends_well(if commits { "left out commits" } else { "left out messages" });
    }
}

#[test]
fn entries_in_another_order_and_repeated() {
    let mut story = story(1_103);
    let kept: RefCell<Option<LogEntries>> = RefCell::new(None);
    let bob = story.people[1];
    // Two pages change places.
    story.world.tamper = Some(Box::new(move |to, frame| {
        let Some(Body::LogEntries(page)) = frame.body.clone().filter(|_| to == bob) else {
            return vec![frame];
        };
        let frame = |page| ServerFrame { id: 0, body: Some(Body::LogEntries(page)) };
        match kept.take() {
            Some(before) => vec![frame(page), frame(before)],
            None => {
                kept.replace(Some(page));
                Vec::new()
            }
        }
    }));
    story.talk();
    story.ends_well("another order");

    // Two payloads change places under the right numbers: the later one in place of the earlier.
    let mut story = self::story(1_104);
    let kept: RefCell<Option<LogEntry>> = RefCell::new(None);
    lie_in_pages(&mut story, move |page| {
        for entry in page.entries.iter_mut().filter(|entry| !is_commit(entry)) {
            let before = kept.replace(Some(entry.clone()));
            if let Some(before) = before {
                *entry = before;
            }
        }
        true
    });
    story.talk();
    story.ends_well("payloads in each other's place");

    let mut story = self::story(1_105);
    let bob = story.people[1];
    story.world.tamper = Some(Box::new(move |to, frame| {
        let again = to == bob && matches!(&frame.body, Some(Body::LogEntries(_) | Body::InboxItems(_)));
        vec![frame; if again { 3 } else { 1 }]
    }));
    story.talk();
    story.ends_well("repeated pages");
    assert_eq!(story.world.texts(story.people[1], &story.ids[1]).len(), 15, "nothing is missing either");
}

#[test]
fn flipped_bits_and_other_payloads() {
    for (seed, commits) in [(1_106, false), (1_107, true)] {
        let mut story = story(seed);
        lie_in_pages(&mut story, move |page| {
            for entry in page.entries.iter_mut().filter(|entry| is_commit(entry) == commits) {
                entry.payload = flipped(&entry.payload);
            }
            true
        });
        story.talk();
        story.ends_well(if commits { "flipped commits" } else { "flipped messages" });
    }
    let mut story = story(1_108);
    lie_in_pages(&mut story, |page| {
        for entry in &mut page.entries {
            entry.payload = b"something else".to_vec().into();
        }
        true
    });
    story.talk();
    story.ends_well("other payloads");
}

#[test]
fn write_hashes_that_nobody_made_do_not_put_anybody_out() {
    let mut story = story(1_109);
    lie_in_pages(&mut story, |page| {
        for note in page.entries.iter_mut().filter_map(|entry| entry.commit.as_mut()) {
            note.next_write_hash = vec![7; 32].into();
        }
        true
    });
    story.talk();
    story.ends_well("other write hashes");
    let shown = story.world.shown(story.people[2], &story.ids[2]);
    assert_eq!(shown["members"].as_array().unwrap().len(), 3, "{shown}");
}

#[test]
fn a_write_hash_that_the_server_alters_for_the_others_takes_no_rights_from_the_committer() {
    let mut story = story(1_130);
    lie_in_pages(&mut story, |page| {
        for note in page.entries.iter_mut().filter_map(|entry| entry.commit.as_mut()) {
            note.next_write_hash = vec![7; 32].into();
        }
        true
    });
    // An admin's own, honest commit.
    let (ana, at_ana) = (story.people[0], story.ids[0].clone());
    story.world.ok(ana, "conversation.set", json!({"conversation": at_ana, "name": "Other plans"}));
    story.world.settle_for(60_000);
    story.talk();
    story.ends_well("an altered write hash");
    let shown = story.world.shown(story.people[1], &story.ids[1]);
    let admins: Vec<_> =
        shown["members"].as_array().unwrap().iter().filter(|member| member["admin"] == true).collect();
    assert_eq!(admins.len(), 1, "{shown}");
    assert_eq!(admins[0]["address"], json!(story.world.address(ana)), "{shown}");
    assert_eq!(shown["members"].as_array().unwrap().len(), 3, "{shown}");
}

#[test]
fn marks_of_commits_where_there_are_none() {
    let mut story = story(1_110);
    lie_in_pages(&mut story, |page| {
        for entry in &mut page.entries {
            entry.commit = match entry.commit {
                Some(_) => None,
                None => Some(CommitNote { previous: u64::MAX, next_write_hash: Bytes::new() }),
            };
        }
        true
    });
    story.talk();
    story.ends_well("wrong marks");
}

#[test]
fn huge_numbers_and_a_clock_that_runs_backwards() {
    for (seed, number) in [(1_111, u64::MAX), (1_112, i64::MAX as u64), (1_113, 0)] {
        let mut story = story(seed);
        let bob = story.people[1];
        story.world.ok(
            story.people[0],
            "conversation.set",
            json!({"conversation": story.ids[0], "disappearing_seconds": 86_400_000}),
        );
        story.world.settle();
        let turn = Cell::new(0);
        story.world.tamper = Some(Box::new(move |to, mut frame| {
            turn.set(turn.get() + 1);
            if to != bob || turn.get() % 2 == 0 {
                return vec![frame];
            }
            match &mut frame.body {
                Some(Body::LogEntries(page)) => {
                    page.head = number;
                    if turn.get() % 4 == 1 {
                        page.first = number;
                    }
                    for entry in &mut page.entries {
                        entry.at_ms = number as i64;
                    }
                }
                Some(Body::Following(following)) => {
                    *following = Following { head: number, first: number, commit: None }
                }
                Some(Body::Hello(hello)) => hello.now_ms = number as i64,
                Some(Body::InboxItems(page)) => {
                    for item in &mut page.items {
                        item.at_ms = number as i64;
                    }
                }
                Some(Body::Error(error)) => {
                    (error.retry_after_ms, error.entry, error.code) = (number, number, i32::MAX);
                }
                Some(Body::Appended(done)) => (done.entry, done.at_ms) = (number, number as i64),
                _ => {}
            }
            vec![frame]
        }));
        story.talk();
        story.world.cut(bob.0);
        story.talk_again();
        // Long waits that the server asked for end with the connection.
        story.ends_well(&format!("the number {number}"));
    }
}

impl Story {
    fn talk_again(&mut self) {
        self.world.say(self.people[0], &self.ids[0], "once more");
        self.world.settle_for(30_000);
    }
}

#[test]
fn answers_to_questions_that_nobody_asked_and_garbage() {
    let mut story = story(1_114);
    let bob = story.people[1];
    let count = Cell::new(0u64);
    story.world.tamper = Some(Box::new(move |to, frame| {
        if to != bob {
            return vec![frame];
        }
        count.set(count.get() + 1);
        let odd = match count.get() % 12 {
            0 => ServerFrame { id: 1 << 40, body: Some(Body::Done(Done {})) },
            3 => ServerFrame { id: 0, body: Some(Body::Done(Done {})) },
            6 => ServerFrame { id: frame.id, body: Some(Body::Manifest(ManifestAnswer::default())) },
            9 => ServerFrame {
                id: 0,
                body: Some(Body::LogEntries(LogEntries { log: vec![1; 3].into(), ..LogEntries::default() })),
            },
            _ => return vec![frame],
        };
        vec![odd, frame]
    }));
    story.talk();
    story.ends_well("answers without questions");
}

#[test]
fn a_log_that_is_said_to_be_closed() {
    let mut story = story(1_115);
    let bob = story.people[1];
    let told = Cell::new(false);
    story.world.tamper = Some(Box::new(move |to, frame| match &frame.body {
        Some(Body::LogEntries(page)) if to == bob && !told.replace(true) => {
            let closed = LogClosed { log: page.log.clone() };
            vec![frame.clone(), ServerFrame { id: 0, body: Some(Body::LogClosed(closed)) }]
        }
        _ => vec![frame],
    }));
    story.talk();
    story.ends_well("a closed log");
}

#[test]
fn a_history_of_bobs_own_is_noticed_by_those_he_talks_to() {
    // A fork: Bob gets another message of Ana's than Cleo, as far as a server can do that: it withholds one.
    let mut story = story(1_116);
    let withheld = Cell::new(0);
    lie_in_pages(&mut story, move |page| {
        page.first -= withheld.get();
        if withheld.get() == 0 && !page.entries.is_empty() {
            page.entries.remove(0);
            withheld.set(1);
        }
        page.head -= 1;
        !page.entries.is_empty()
    });
    let [ana, bob, cleo] = story.people;
    story.world.say(ana, &story.ids[0], "withheld from bob");
    story.world.settle_for(5_000);
    story.world.say(ana, &story.ids[0], "shown to bob");
    story.world.settle_for(5_000);
    story.world.say(bob, &story.ids[1], "what did I miss?");
    story.world.settle();
    let notices = story.world.notices(cleo, &story.ids[2]);
    assert!(notices.iter().any(|line| line.contains("different histories")), "{notices:?}");
    let notices = story.world.notices(bob, &story.ids[1]);
    assert!(notices.iter().any(|line| line.contains("withheld")), "{notices:?}");
    story.ends_well("a withheld entry");
}

#[test]
fn keys_and_documents_of_somebody_else_are_not_taken() {
    let mut world = World::new(1_117);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let group = world.group("Plans", ana, &[]);
    // A key package of Eve's, caught when she is added elsewhere.
    let caught: Rc<RefCell<Option<Body>>> = Rc::default();
    let catch = caught.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(body @ Body::KeyPackage(_)) = &frame.body {
            catch.replace(Some(body.clone()));
        }
        vec![frame]
    }));
    let to_eve = world.address(eve);
    world.ok(ana, "conversation.create", json!({"members": [to_eve], "name": "Other"}));
    world.settle();
    let package = caught.borrow().clone().expect("a key package");
    world.tamper = Some(Box::new(move |_, mut frame| {
        if matches!(frame.body, Some(Body::KeyPackage(_))) {
            frame.body = Some(package.clone());
        }
        vec![frame]
    }));
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    let notices = world.notices(ana, &group);
    assert!(notices.iter().any(|line| line.contains("keys that are not theirs")), "{notices:?}");
    assert_eq!(world.shown(ana, &group)["information"]["devices"], 1);
    world.tamper = None;
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    world.accept_groups(bob);
    let at_bob = world.named(bob, "Plans");
    world.say(ana, &group, "to bob");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["to bob"]);

    // Who knocks on Dora is not brought to Eve.
    let dora = world.person("dora");
    let caught: Rc<RefCell<Option<Body>>> = Rc::default();
    let catch = caught.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(body @ Body::Manifest(_)) = &frame.body {
            catch.replace(Some(body.clone()));
        }
        vec![frame]
    }));
    let finn = world.person("finn");
    let _ = world.call(finn, "contact.knock", json!({"to": to_eve}));
    let document = caught.borrow().clone().expect("a document");
    let lies = Cell::new(3);
    world.tamper = Some(Box::new(move |to, mut frame| {
        if to == ana && matches!(frame.body, Some(Body::Manifest(_))) && lies.get() > 0 {
            lies.set(lies.get() - 1);
            frame.body = Some(document.clone());
        }
        vec![frame]
    }));
    let to_dora = world.address(dora);
    // The answer may be that the connection broke; the knock goes out when it is back.
    let _ = world.call(ana, "contact.knock", json!({"to": to_dora}));
    world.settle();
    let asked = world.ok(dora, "contact.requests", json!({}));
    assert_eq!(asked["requests"].as_array().unwrap().len(), 1, "told the truth in the end, she is reached");
}

#[test]
fn an_older_document_does_not_bring_a_dropped_device_back() {
    let mut world = World::new(1_118);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let bob2 = world.link(bob);
    let caught: Rc<RefCell<Option<Body>>> = Rc::default();
    let catch = caught.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(body @ Body::Manifest(_)) = &frame.body {
            catch.replace(Some(body.clone()));
        }
        vec![frame]
    }));
    let finn = world.person("finn");
    let to_bob = world.address(bob);
    world.ok(finn, "contact.knock", json!({"to": to_bob}));
    let old = caught.borrow().clone().expect("a document with two devices");
    world.tamper = None;
    let at_bob2 = world.chat(bob2, ana);
    world.drop_device(bob, bob2);
    world.settle_for(120_000);
    let group = world.group("Plans", ana, &[bob]);
    assert_eq!(world.shown(ana, &group)["information"]["devices"], 2);
    world.tamper = Some(Box::new(move |_, mut frame| {
        if matches!(frame.body, Some(Body::Manifest(_))) {
            frame.body = Some(old.clone());
        }
        vec![frame]
    }));
    let pair = world.chat(ana, bob);
    world.say(ana, &pair, "not for the lost one");
    world.settle();
    let second = world.ok(ana, "conversation.create", json!({"members": [to_bob], "name": "Second"}));
    world.settle();
    let second = second["conversation"].as_str().unwrap().to_owned();
    assert_eq!(world.shown(ana, &second)["information"]["devices"], 2);
    assert_eq!(world.texts(bob2, &at_bob2), Vec::<String>::new());
}
