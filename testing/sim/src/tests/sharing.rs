//! Earlier messages for somebody newly added: by choice, seen by all, on the word of whoever shares.

use casemate_api::Kind;
use casemate_api::command::AttachmentKind::Photo;
use rand::Rng as _;
use serde_json::{Value, json};

use crate::{ClientId, Faults, World};

/// Ana's group with Bob. Cleo is Ana's friend and not in it.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    cleo: ClientId,
    at_ana: String,
    at_bob: String,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let at_ana = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    Story { world, ana, bob, cleo, at_ana, at_bob }
}

impl Story {
    fn add_cleo(&mut self, share: u32) -> String {
        let to_cleo = self.world.address(self.cleo);
        let add = json!({"conversation": self.at_ana, "members": [to_cleo], "share": share});
        self.world.ok(self.ana, "conversation.add", add);
        self.world.sync(self.ana);
        self.world.accept_groups(self.cleo);
        self.world.settle();
        self.world.named(self.cleo, "Plans")
    }

    fn at_cleo(&mut self, conversation: &str) -> Vec<Value> {
        let mut all = self.world.messages(self.cleo, conversation);
        all.retain(|message| message["kind"] == "text");
        all
    }
}

fn text(message: &Value) -> &str {
    message["text"].as_str().unwrap()
}

#[test]
fn the_last_messages_come_marked_and_all_members_see_that() {
    let mut story = story(2_000);
    let (ana, bob, cleo) = (story.ana, story.bob, story.cleo);
    for number in 0..40 {
        let (who, id) = if number % 2 == 0 { (ana, &story.at_ana) } else { (bob, &story.at_bob) };
        story.world.say(who, &id.clone(), &format!("number {number}"));
        story.world.settle();
    }
    let once = json!({"conversation": story.at_ana, "text": "secret", "view_once": true});
    story.world.ok(ana, "message.send", once);
    let gone = story.world.say(bob, &story.at_bob.clone(), "taken back");
    story.world.settle();
    story.world.ok(bob, "message.delete", json!({"message": gone, "for": "everyone"}));
    let set = json!({"conversation": story.at_ana, "disappearing_seconds": 3_600});
    story.world.ok(ana, "conversation.set", set.clone());
    story.world.settle();
    story.world.say(ana, &story.at_ana.clone(), "will disappear");
    story.world.settle();
    let off = json!({"conversation": story.at_ana, "disappearing_seconds": 0});
    story.world.ok(ana, "conversation.set", off);
    story.world.settle();

    let conversation = story.add_cleo(25);
    let (anas, bobs, cleos) = (story.world.address(ana), story.world.address(bob), story.world.address(cleo));
    let messages = story.at_cleo(&conversation);
    let texts: Vec<String> = messages.iter().map(|message| text(message).to_owned()).collect();
    let expected: Vec<String> = (15..40).map(|number| format!("number {number}")).collect();
    assert_eq!(texts, expected, "the last 25 that are to be shared, oldest first, above all else");
    assert!(messages.iter().all(|message| message["shared_by"] == anas.as_str()));
    assert!(messages.iter().all(|message| message["imported"] == false));
    assert_eq!(
        (messages[0]["from"].as_str(), messages[1]["from"].as_str()),
        (Some(&bobs[..]), Some(&anas[..]))
    );
    let shown = story.world.shown(cleo, &conversation);
    assert_eq!(shown["unread"], 0, "what was said before is not new");

    let line = |who: &str| format!("ana shared the last 25 messages with {who}.");
    assert!(story.world.notices(bob, &story.at_bob.clone()).contains(&line("cleo")));
    assert!(story.world.notices(cleo, &conversation).contains(&line("you")));
    let own = "You shared the last 25 messages with cleo.".to_owned();
    assert!(story.world.notices(ana, &story.at_ana.clone()).contains(&own));
    assert!(!cleos.is_empty());

    // Nothing can be said about them, and they can be found.
    let one = messages[3]["message"].clone();
    let react = story.world.call(cleo, "message.react", json!({"message": one, "emoji": "👍"}));
    assert_eq!(react.unwrap_err().kind, Kind::NotAllowed);
    let found = story.world.ok(cleo, "message.search", json!({"text": "number 17"}));
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);

    // The conversation goes on, below.
    story.world.say(bob, &story.at_bob.clone(), "welcome");
    story.world.settle();
    let texts: Vec<String> = story.at_cleo(&conversation).iter().map(|one| text(one).to_owned()).collect();
    assert_eq!(texts.last().map(String::as_str), Some("welcome"));
    assert_eq!(story.world.shown(cleo, &conversation)["unread"], 1);
}

#[test]
fn without_a_choice_nothing_is_shared_and_nothing_said() {
    let mut story = story(2_001);
    story.world.say(story.ana, &story.at_ana.clone(), "before");
    story.world.settle();
    let conversation = story.add_cleo(0);
    assert!(story.at_cleo(&conversation).is_empty());
    let notices = story.world.notices(story.bob, &story.at_bob.clone());
    assert!(notices.iter().all(|line| !line.contains("shared")), "{notices:?}");
}

#[test]
fn answers_files_and_deletions_reach_what_was_shared() {
    let mut story = story(2_002);
    let (ana, bob, cleo) = (story.ana, story.bob, story.cleo);
    let question = story.world.say(bob, &story.at_bob.clone(), "where?");
    story.world.settle();
    let answer = json!({"conversation": story.at_ana, "text": "here", "reply_to": question});
    story.world.ok(ana, "message.send", answer);
    let file = story.world.stage(bob, Photo, "map.jpg", b"a map");
    story.world.send_files(bob, &story.at_bob.clone(), "a map", vec![file]);
    story.world.settle();
    let edited = story.world.say(ana, &story.at_ana.clone(), "tuesdya");
    story.world.settle();
    story.world.ok(ana, "message.edit", json!({"message": edited, "text": "tuesday"}));
    story.world.settle();
    let conversation = story.add_cleo(100);
    let messages = story.at_cleo(&conversation);
    let texts: Vec<&str> = messages.iter().map(text).collect();
    assert_eq!(texts, ["where?", "here", "a map", "tuesday"]);
    assert_eq!(messages[1]["reply_to"], messages[0]["message"]);
    assert_eq!(messages[3]["edited"], true);
    // Nothing is fetched without being asked for.
    let map = messages[2]["message"].as_str().unwrap().to_owned();
    assert_eq!(story.world.file_states(cleo, &conversation, &map), ["offered"]);
    story.world.ok(cleo, "attachment.save", json!({"message": map, "index": 0, "path": "/tmp/map"}));
    assert_eq!(story.world.client(cleo).saved["/tmp/map"], b"a map");
    // Whoever wrote it takes it back, here too; nobody else does.
    let delete = json!({"message": question, "for": "everyone"});
    story.world.ok(bob, "message.delete", delete);
    story.world.settle();
    let messages = story.at_cleo(&conversation);
    assert_eq!((messages[0]["deleted"].as_bool(), text(&messages[0])), (Some(true), ""));
    assert_eq!(messages[1]["deleted"], false);
}

#[test]
fn what_is_claimed_takes_nobodys_place() {
    let mut story = story(2_003);
    let (ana, cleo) = (story.ana, story.cleo);
    // Cleo has a message of Ana's with an id that Ana's program, which keeps no rule, gives another text.
    let chat = story.world.chat(ana, cleo);
    let true_one = story.world.say(ana, &chat, "I owe you ten");
    story.world.say(ana, &story.at_ana.clone(), "I owe you nothing");
    story.world.say(ana, &story.at_ana.clone(), "cleo said so");
    story.world.settle();
    let id = casemate_wire::ids::MessageId::from_hex(&true_one).unwrap();
    story.world.with_db(ana, |db| {
        db.execute("DELETE FROM messages WHERE message = ?1", [&id.0[..]]).unwrap();
        db.execute("UPDATE messages SET message = ?1 WHERE text = 'I owe you nothing'", [&id.0[..]]).unwrap();
        let cleos: Vec<u8> = db
            .query_row("SELECT account FROM people WHERE address LIKE 'cleo@%'", [], |row| row.get(0))
            .unwrap();
        db.execute("UPDATE messages SET account = ?1 WHERE text = 'cleo said so'", [cleos]).unwrap();
    });
    let conversation = story.add_cleo(100);
    let chat = story.world.chat(cleo, ana);
    assert_eq!(story.world.texts(cleo, &chat), ["I owe you ten"], "it is as it was received");
    let messages = story.at_cleo(&conversation);
    let texts: Vec<&str> = messages.iter().map(text).collect();
    let claimed = ["I owe you nothing", "cleo said so"];
    assert_eq!(texts, claimed, "an id of another conversation is no reason to drop it");
    let anas = story.world.address(ana);
    assert!(messages.iter().all(|one| one["shared_by"] == anas.as_str()));
    // It is nobody's: it can neither be changed nor deleted for others as if Cleo had written it.
    let message = messages[1]["message"].clone();
    for (method, params) in [
        ("message.edit", json!({"message": message, "text": "no"})),
        ("message.delete", json!({"message": message, "for": "everyone"})),
    ] {
        let refused = story.world.call(cleo, method, params);
        assert_eq!(refused.unwrap_err().kind, Kind::NotAllowed, "{method}");
    }
    story.world.ok(cleo, "message.delete", json!({"message": message, "for": "me"}));
    assert_eq!(story.at_cleo(&conversation).len(), 1);
}

#[test]
fn who_comes_back_gets_only_what_is_missing_and_in_its_place() {
    let mut story = story(2_004);
    let (ana, bob, cleo) = (story.ana, story.bob, story.cleo);
    let conversation = story.add_cleo(0);
    for number in 0..3 {
        story.world.say(bob, &story.at_bob.clone(), &format!("with cleo {number}"));
    }
    story.world.settle();
    let to_cleo = story.world.address(cleo);
    story.world.ok(ana, "conversation.remove", json!({"conversation": story.at_ana, "members": [to_cleo]}));
    story.world.settle();
    for number in 0..3 {
        story.world.say(bob, &story.at_bob.clone(), &format!("without {number}"));
    }
    story.world.settle();
    assert_eq!(story.add_cleo(100), conversation);
    story.world.say(bob, &story.at_bob.clone(), "again");
    story.world.settle();
    let messages = story.at_cleo(&conversation);
    let texts: Vec<&str> = messages.iter().map(text).collect();
    let expected =
        ["with cleo 0", "with cleo 1", "with cleo 2", "without 0", "without 1", "without 2", "again"];
    assert_eq!(texts, expected);
    let shared = messages.iter().filter(|message| message["shared_by"].is_string()).count();
    assert_eq!(shared, 3);
}

#[test]
fn sharing_on_rough_days() {
    for seed in 2_010..2_014 {
        let mut story = story(seed);
        let _note = story.world.announce("sharing_on_rough_days");
        for number in 0..30 {
            story.world.say(story.ana, &story.at_ana.clone(), &format!("{number}"));
        }
        story.world.settle();
        story.world.faults = Faults::ROUGH;
        let to_cleo = story.world.address(story.cleo);
        let add = json!({"conversation": story.at_ana, "members": [to_cleo], "share": 25});
        story.world.ok(story.ana, "conversation.add", add);
        for _ in 0..4 {
            let pause = story.world.rng.random_range(0..4_000);
            story.world.settle_for(pause);
            story.world.kill(story.ana.0);
        }
        story.world.calm();
        story.world.accept_groups(story.cleo);
        story.world.kill(story.cleo.0);
        story.world.calm();
        let conversation = story.world.named(story.cleo, "Plans");
        let messages = story.at_cleo(&conversation);
        let texts: Vec<&str> = messages.iter().map(text).collect();
        let expected: Vec<String> = (5..30).map(|number| number.to_string()).collect();
        assert_eq!(texts, expected, "seed {seed}");
        let notices = story.world.notices(story.bob, &story.at_bob.clone());
        assert_eq!(
            notices.iter().filter(|line| line.contains("shared")).count(),
            1,
            "seed {seed}: {notices:?}"
        );
    }
}
