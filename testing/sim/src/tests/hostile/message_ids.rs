//! A message is (conversation, sender, id): ids that somebody else has taken, or will take, stop nobody and take nothing from anybody.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::ids::{Hash32, MessageId};
use casemate_wire::proto::wire::server_frame::Body;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::story as three;
use crate::insider::Insider;
use crate::{ClientId, World};

/// Ana's group with Bob and Eve, all friends; Eve is taken over.
struct Story {
    world: World,
    people: [ClientId; 2],
    ids: [String; 2],
    mallory: Insider,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    world.befriend(bob, eve);
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
    world.say(ana, &at_ana, "hello");
    world.say(bob, &at_bob, "hello from bob");
    world.settle();
    let mallory = world.insider(eve, &at_eve);
    Story { world, people: [ana, bob], ids: [at_ana, at_bob], mallory }
}

fn text(text: &str) -> Kind {
    Kind::Text(content::Text { text: text.to_owned(), ..content::Text::default() })
}

fn id_of(message: &str) -> Vec<u8> {
    MessageId::from_hex(message).unwrap().0.to_vec()
}

impl Story {
    fn says(&mut self, id: Vec<u8>, kind: Kind) -> u64 {
        self.world.insider_says(&mut self.mallory, id, kind)
    }

    /// What somebody sees of everybody's words: whose, and what.
    fn seen(&mut self, who: usize) -> Vec<(String, String)> {
        let messages = self.world.messages(self.people[who], &self.ids[who].clone());
        let shown = messages.iter().filter(|one| one["kind"] != "notice");
        let field = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        shown.map(|one| (field(one, "from"), field(one, "text"))).collect()
    }

    /// Both are started again, go on talking, and see the same.
    fn goes_on(&mut self, what: &str) {
        self.world.settle_for(120_000);
        for who in 0..2 {
            self.world.kill(self.people[who].0);
        }
        self.world.settle_for(60_000);
        for who in 0..2 {
            let words = format!("{who} goes on");
            self.world.say(self.people[who], &self.ids[who].clone(), &words);
            self.world.settle_for(60_000);
        }
        let (here, there) = (self.seen(0), self.seen(1));
        assert_eq!(here, there, "{what}");
        let last: Vec<&str> = here[here.len() - 2..].iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(last, ["0 goes on", "1 goes on"], "{what}");
    }
}

#[test]
fn two_messages_whose_ids_meet_stop_nobody() {
    let mut story = story(8_700);
    let (ana, at_ana) = (story.people[0], story.ids[0].clone());
    let taken = id_of(&story.world.say(ana, &at_ana, "ana's"));
    story.world.settle();
    // What an earlier program made of an id that was taken, and of its place in the log.
    let next = story.world.entries(story.mallory.log).last().unwrap().entry + 2;
    let log = story.mallory.log.0;
    let hash = Hash32::of(&[b"casemate/message-id/v1", &log, &next.to_be_bytes(), &taken]);
    story.says(hash.0[..16].to_vec(), text("first"));
    assert_eq!(story.says(taken.clone(), text("second")), next);
    story.says(taken, Kind::Text(content::Text { reply_to: vec![1; 16].into(), ..Default::default() }));
    story.goes_on("two ids");
    let seen = story.seen(1);
    for words in ["first", "second"] {
        assert!(seen.contains(&("eve@sim.example".to_owned(), words.to_owned())), "{seen:?}");
    }
    assert!(seen.contains(&("ana@sim.example".to_owned(), "ana's".to_owned())), "{seen:?}");
}

/// Words, references and deletions under ids out of a small pool, in which everybody's are.
#[test]
fn ids_at_random_stop_nobody_and_change_nobody_elses_words() {
    let seeds = match std::env::var("CASEMATE_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..12).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let mut story = story(8_710 + seed);
        let note = story.world.announce("ids_at_random_stop_nobody_and_change_nobody_elses_words");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut pool: Vec<Vec<u8>> = vec![vec![], vec![0; 16], vec![0xff; 16], vec![7; 15]];
        let mut said = Vec::new();
        for number in 0..60 {
            if rng.random_ratio(1, 8) {
                let who = rng.random_range(0..2);
                let words = format!("honest {number}");
                let id = story.world.say(story.people[who], &story.ids[who].clone(), &words);
                story.world.settle_for(5_000);
                pool.push(id_of(&id));
                said.push(words);
            }
            let mut fresh = vec![0; 16];
            rng.fill_bytes(&mut fresh);
            if rng.random_ratio(1, 3) {
                let entry = story.mallory.cursor + rng.random_range(0..4);
                let of = pool.choose(&mut rng).unwrap().clone();
                let log = story.mallory.log.0;
                let hash = Hash32::of(&[b"casemate/message-id/v1", &log, &entry.to_be_bytes(), &of]);
                fresh = hash.0[..16].to_vec();
            }
            pool.push(fresh);
            let id = pool.choose(&mut rng).unwrap().clone();
            let of: Bytes = pool.choose(&mut rng).unwrap().clone().into();
            let author: Bytes = match rng.random_range(0..4) {
                0 => story.mallory.id.account.into(),
                1 => vec![3; 5].into(),
                _ => Bytes::new(),
            };
            let kind = match rng.random_range(0..8) {
                0 => Kind::Edit(content::Edit { of, text: "forged".into(), mentions: Vec::new() }),
                1 => Kind::Delete(content::Delete { of, author }),
                2 => Kind::Reaction(content::Reaction { to: of, emoji: "👍".into(), author }),
                3 => Kind::Opened(content::Opened { of, author }),
                4 => Kind::Vote(content::PollVote { of, options: vec![0, u32::MAX], author }),
                5 => Kind::Text(content::Text::default()),
                _ => Kind::Text(content::Text {
                    text: format!("eve {number}"),
                    reply_to: of,
                    reply_author: author,
                    ..content::Text::default()
                }),
            };
            story.says(id, kind);
        }
        story.goes_on(&format!("seed {seed}"));
        let seen = story.seen(1);
        for words in &said {
            let whole = seen.iter().filter(|(from, text)| text == words && from != "eve@sim.example");
            assert_eq!(whole.count(), 1, "seed {seed}: {words}: {seen:?}");
        }
        assert!(!seen.iter().any(|(from, text)| text == "forged" && from != "eve@sim.example"), "{seen:?}");
        drop(note);
    }
}

#[test]
fn an_id_that_was_taken_elsewhere_takes_no_edit_and_no_deletion_away() {
    let mut world = World::new(8_701);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(bob, eve);
    let plans = world.group("Plans", ana, &[bob]);
    world.group("Other", bob, &[eve]);
    let (at_bob, other) = (world.named(bob, "Plans"), world.named(eve, "Other"));
    world.settle();
    let log = world.log_of(ana, &plans);
    let mut mallory = world.insider(eve, &other);
    world.settle_for(10_000);
    // What Ana says is late at Bob's; Eve, who knows the ids, is there before it.
    world.lie_to(bob, move |body| !matches!(body, Body::LogEntries(page) if page.log[..] == log.0));
    let first = world.say(ana, &plans, "one");
    let second = world.say(ana, &plans, "two");
    world.settle_for(5_000);
    for id in [&first, &second] {
        world.insider_says(&mut mallory, id_of(id), text("taken"));
    }
    world.settle_for(10_000);
    world.truth();
    assert_eq!(world.texts(bob, &at_bob), ["one", "two"]);
    world.ok(ana, "message.edit", json!({"message": first, "text": "changed"}));
    world.ok(ana, "message.delete", json!({"message": second, "for": "everyone"}));
    world.settle();
    let seen: Vec<_> = world
        .messages(bob, &at_bob)
        .into_iter()
        .filter(|one| one["kind"] == "text")
        .map(|one| (one["text"].as_str().unwrap().to_owned(), one["deleted"].as_bool().unwrap()))
        .collect();
    assert_eq!(seen, [("changed".to_owned(), false), (String::new(), true)]);
    // An answer names what it answers, and what is starred is starred on the other device too.
    let here = world.messages(bob, &at_bob);
    let one = here.iter().find(|one| one["text"] == "changed").unwrap()["message"].clone();
    assert_ne!(one, first.as_str());
    world.ok(bob, "message.send", json!({"conversation": at_bob, "text": "yes", "reply_to": one}));
    world.settle();
    let answer = world.messages(ana, &plans).into_iter().find(|one| one["text"] == "yes").unwrap();
    assert_eq!(answer["reply_to"], first.as_str());
    assert_eq!(answer["answers"]["text"], "changed");
    let next = world.link_with(bob, "all");
    world.settle_for(120_000);
    let at_next = world.named(next, "Plans");
    assert_eq!(world.texts(next, &at_next), ["changed", "", "yes"]);
    world.ok(bob, "message.star", json!({"message": one, "on": true}));
    world.settle();
    let starred: Vec<_> =
        world.messages(next, &at_next).into_iter().filter(|one| one["starred"] == true).collect();
    assert_eq!(starred.len(), 1);
    assert_eq!(starred[0]["text"], "changed");
}

#[test]
fn a_message_under_a_pictures_id_takes_no_picture_away() {
    let mut story = story(8_702);
    let (ana, bob) = (story.people[0], story.people[1]);
    let file = story.world.stage(ana, casemate_api::command::AttachmentKind::Photo, "me.jpg", b"a face");
    let params = json!({"picture": "me.jpg"});
    let command = casemate_api::Command::named("account.set", params).unwrap();
    let number = story.world.command(ana, command, vec![file]);
    story.world.answer(ana, number).unwrap();
    story.world.settle();
    let picture = |world: &mut World| -> String {
        let contacts = world.ok(bob, "contact.list", json!({}));
        let all = contacts["contacts"].as_array().unwrap();
        let ana = all.iter().find(|one| one["address"] == "ana@sim.example").unwrap();
        ana["picture"].as_str().unwrap().to_owned()
    };
    let before = picture(&mut story.world);
    let other = content::Attachment {
        kind: content::AttachmentKind::Photo as i32,
        name: "x.jpg".into(),
        size_bytes: 5,
        padded_bytes: casemate_crypto::attachment::padded_len(5),
        sha256: vec![1; 32].into(),
        blob: vec![1; 16].into(),
        key: vec![1; 32].into(),
        ..content::Attachment::default()
    };
    let id = id_of(&before);
    let with_file = content::Text { attachments: vec![other], ..content::Text::default() };
    story.says(id.clone(), Kind::Text(with_file));
    story.world.settle();
    story.says(vec![2; 16], Kind::Delete(content::Delete { of: id.into(), author: Bytes::new() }));
    story.world.settle();
    assert_eq!(picture(&mut story.world), before);
    story.world.ok(bob, "attachment.save", json!({"message": before, "index": 0, "path": "/tmp/p"}));
    assert_eq!(story.world.client(bob).saved["/tmp/p"], b"a face");
}

#[test]
fn a_timer_that_the_group_did_not_agree_on_counts_nothing() {
    let mut story = story(8_703);
    let (ana, at_ana) = (story.people[0], story.ids[0].clone());
    let soon = content::Text { text: "stays".into(), disappearing_seconds: 1, ..content::Text::default() };
    story.says(vec![1; 16], Kind::Text(soon));
    story.world.settle_for(120_000);
    assert!(story.seen(1).iter().any(|(_, text)| text == "stays"));
    story.world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 60}));
    story.world.settle_for(10_000);
    let entries = story.world.entries(story.mallory.log);
    story.mallory.overhear(&entries);
    story.says(vec![2; 16], text("goes"));
    story.world.settle_for(10_000);
    assert!(story.seen(1).iter().any(|(_, text)| text == "goes"));
    story.world.settle_for(120_000);
    for who in 0..2 {
        let seen = story.seen(who);
        assert!(!seen.iter().any(|(_, text)| text == "goes"), "{seen:?}");
        assert!(seen.iter().any(|(_, text)| text == "stays"), "{seen:?}");
    }
}

#[test]
fn who_may_say_nothing_changes_nothing_that_they_said() {
    let mut story = story(8_704);
    let (ana, at_ana) = (story.people[0], story.ids[0].clone());
    story.says(vec![1; 16], text("as it was"));
    story.world.settle();
    let admins = json!({"conversation": at_ana, "permissions": {"send": "admins"}});
    story.world.ok(ana, "conversation.set", admins);
    story.world.settle();
    let entries = story.world.entries(story.mallory.log);
    story.mallory.overhear(&entries);
    let edit =
        content::Edit { of: vec![1; 16].into(), text: "an advertisement".into(), mentions: Vec::new() };
    story.says(vec![2; 16], Kind::Edit(edit));
    story.says(vec![3; 16], Kind::Text(content::Text::default()));
    story.world.insider_says_more(&mut story.mallory, vec![4; 16], text("no"), &[0x9a, 0x06, 0x01, 0x00]);
    story.world.settle();
    for who in 0..2 {
        let seen = story.seen(who);
        let of_eve: Vec<_> = seen.iter().filter(|(from, _)| from == "eve@sim.example").collect();
        assert_eq!(of_eve, [&("eve@sim.example".to_owned(), "as it was".to_owned())]);
    }
    // Nor does an honest member, who may not write any more.
    let (bob, at_bob) = (story.people[1], story.ids[1].clone());
    let own = story.world.messages(bob, &at_bob).into_iter().find(|one| one["text"] == "hello from bob");
    let wanted = json!({"message": own.unwrap()["message"], "text": "another"});
    assert!(story.world.call(bob, "message.edit", wanted).is_err());
}

#[test]
fn one_members_word_of_another_history_is_told_as_theirs_and_hides_no_other() {
    let mut story = story(8_705);
    let entry = story.mallory.cursor;
    let lie = |world: &mut World, who: &mut Insider| {
        who.counter += 1;
        let body = content::Content {
            counter: who.counter,
            seen_entry: entry,
            seen_hash: vec![9; 32].into(),
            message_id: vec![who.counter as u8; 16].into(),
            kind: Some(text("look")),
            ..content::Content::default()
        };
        let payload = who.encrypt(&prost::Message::encode_to_vec(&body));
        world.append(who, payload, None).unwrap();
        world.settle_for(10_000);
    };
    let (ana, at_ana) = (story.people[0], story.ids[0].clone());
    let mut anas = story.world.insider(ana, &at_ana);
    lie(&mut story.world, &mut story.mallory);
    lie(&mut story.world, &mut anas);
    let notices = story.world.notices(story.people[1], &story.ids[1].clone());
    let told: Vec<_> = notices.iter().filter(|line| line.contains("different histories")).collect();
    assert_eq!(told.len(), 2, "{notices:?}");
    assert!(told[0].starts_with("eve says") && told[1].starts_with("ana says"), "{told:?}");
}

/// An error that a content makes is undone and set aside; the page, the inbox and the program go on.
#[test]
fn what_makes_an_error_is_set_aside_and_all_else_goes_on() {
    let mut story = three(World::new(8_706));
    let (ana, bob) = (story.ana, story.bob);
    let world = &mut story.world;
    world.with_db(bob, |db| {
        db.execute_batch(
            "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN new.text = 'poison'
                 BEGIN SELECT RAISE(ABORT, 'poison'); END;
             CREATE TRIGGER trap BEFORE INSERT ON threads WHEN new.name = 'Trap'
                 BEGIN SELECT RAISE(ABORT, 'trap'); END;",
        )
        .unwrap();
    });
    let at_bob = world.named(bob, "Plans");
    for words in ["one", "poison", "two"] {
        world.say(ana, &story.group, words);
    }
    world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Trap"}));
    world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Later"}));
    world.settle_for(120_000);
    world.kill(bob.0);
    world.settle_for(60_000);
    world.say(ana, &story.group, "three");
    world.settle();
    let texts = world.texts(bob, &at_bob);
    assert_eq!(texts[texts.len() - 3..], ["one", "two", "three"]);
    let notices = world.notices(bob, &at_bob);
    assert_eq!(notices.iter().filter(|line| line.contains("could not be read")).count(), 1, "{notices:?}");
    let asked = world.ok(bob, "conversation.requests", json!({})).to_string();
    assert!(asked.contains("Later") && !asked.contains("Trap"), "{asked}");
    let kept: (i64, i64) = world.with_db(bob, |db| {
        db.query_row("SELECT count(*), sum(log = x'') FROM set_aside", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap()
    });
    assert_eq!(kept, (2, 1));
}
