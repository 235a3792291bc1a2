//! What is gone cannot be read: not in a row, not in a free page, not in the log beside the database, not in the search index.
//! Whoever takes an unlocked device, or a copy of its files and its key, looks there. Each way in which something can be gone has a
//! test, which names the row that keeps some of it, where one does.

use std::collections::BTreeSet;

use casemate_api::command::AttachmentKind::Document;
use casemate_content::proto::ConversationKind;
use casemate_engine::PRAGMAS;
use casemate_wire::ids::LogId;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{find, message, pair};
use crate::older::back_to_41;
use crate::remains::Keys;
use crate::world::URL;
use crate::{ClientId, World};

/// What is said and goes, in letters that nothing else here has.
const SECRET: &str = "ფყხბშღძთჯნჭწ";

/// So long after it is gone nothing is left of it.
const LEFT_MS: i64 = 5_000;

/// Two who know each other, with their databases in files.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        let [ana, bob] = ["ana", "bob"].map(|name| {
            let id = world.device_on_disk(name);
            world.ok(id, "account.create", json!({"server": URL, "name": name}));
            id
        });
        world.befriend(ana, bob);
        let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
        let mut story = Self { world, ana, bob, at_ana, at_bob };
        // What is kept is there too, before and after.
        story.chatter();
        story
    }

    fn chatter(&mut self) {
        for number in 0..20 {
            self.world.say(self.ana, &self.at_ana, &format!("Meet me at the harbour, number {number}"));
            self.world.say(self.bob, &self.at_bob, &format!("I will be there at {number}"));
        }
        self.world.settle();
    }

    /// Ana says it to Bob; the message.
    fn says(&mut self) -> String {
        self.sends(json!({"text": format!("It is {SECRET}!")}))
    }

    fn sends(&mut self, mut said: Value) -> String {
        said["conversation"] = json!(self.at_ana);
        let sent = self.world.ok(self.ana, "message.send", said);
        self.world.settle();
        self.stands(self.ana);
        self.stands(self.bob);
        self.chatter();
        sent["message"].as_str().unwrap().to_owned()
    }

    /// What this test looks for can be found where it is.
    fn stands(&self, id: ClientId) {
        let found = self.world.remains(id, SECRET);
        for place in ["messages.text", "the index words", "the index pairs"] {
            assert!(found.contains(place), "{place} is not in {found:?}");
        }
    }

    fn ana(&mut self, method: &str, params: Value) {
        self.world.ok(self.ana, method, params);
    }

    fn bob(&mut self, method: &str, params: Value) {
        self.world.ok(self.bob, method, params);
    }

    /// Where it is left on Ana's device and on Bob's, after a little while.
    fn left(&mut self) -> [Vec<String>; 2] {
        self.world.settle_for(LEFT_MS);
        [self.ana, self.bob].map(|id| self.world.remains(id, SECRET).into_iter().collect())
    }

    fn keys(&self) -> [Keys; 2] {
        [self.ana, self.bob].map(|id| self.world.keys(id))
    }

    /// Of the keys that both had `before`, more than `least` pieces are gone now, and a little later they are nowhere. What goes
    /// meanwhile, as when a device says late what it received, has its own little while.
    fn keys_go(&mut self, before: &[Keys; 2], least: usize) {
        let now = self.keys();
        self.world.settle_for(LEFT_MS);
        for (id, (before, now)) in [self.ana, self.bob].into_iter().zip(before.iter().zip(&now)) {
            let gone = before.gone(now);
            assert!(gone.count() > least, "keys go: {}", gone.count());
            assert_eq!(self.world.keys_left(id, &gone), BTreeSet::new());
        }
    }

    /// Both have forgotten it.
    fn is_gone(&mut self) {
        assert_eq!(self.left(), [Vec::<String>::new(), Vec::new()]);
    }
}

#[test]
fn nothing_left_of_what_is_deleted_for_oneself() {
    let mut story = Story::new(9_001);
    let message = story.says();
    story.bob("message.delete", json!({"message": message, "for": "me"}));
    let [at_ana, at_bob] = story.left();
    assert_eq!(at_bob, Vec::<String>::new());
    assert!(at_ana.contains(&"messages.text".to_owned()), "hers stays: {at_ana:?}");
}

#[test]
fn nothing_left_of_what_is_deleted_for_everyone() {
    let mut story = Story::new(9_002);
    let said = story.says();
    story.ana("message.delete", json!({"message": said, "for": "everyone"}));
    story.is_gone();
    assert_eq!(message(&mut story.world, story.bob, &story.at_bob.clone(), &said)["deleted"], true);
}

#[test]
fn nothing_left_of_a_first_text_but_the_earlier_version_that_people_can_look_at() {
    let mut story = Story::new(9_003);
    let message = story.says();
    story.ana("message.edit", json!({"message": message, "text": "Never mind."}));
    // `message.history` shows it, until the message is deleted.
    assert_eq!(story.left(), [["earlier_texts.text"], ["earlier_texts.text"]]);
    story.ana("message.delete", json!({"message": message, "for": "everyone"}));
    story.is_gone();
}

#[test]
fn nothing_left_of_what_was_shown_once() {
    let mut story = Story::new(9_004);
    let once = story.sends(json!({"text": SECRET, "view_once": true}));
    story.bob("message.open", json!({"message": once}));
    story.bob("message.read", json!({"message": once}));
    let [at_ana, at_bob] = story.left();
    assert_eq!(at_bob, Vec::<String>::new());
    // Who sent it sees it still.
    assert!(at_ana.contains(&"messages.text".to_owned()), "{at_ana:?}");
    story.ana("message.delete", json!({"message": once, "for": "me"}));
    story.is_gone();
}

#[test]
fn nothing_left_of_what_disappeared() {
    let mut story = Story::new(9_005);
    story.ana("conversation.set", json!({"conversation": story.at_ana, "disappearing_seconds": 3_600}));
    story.world.settle();
    story.says();
    story.world.settle_for(3_600_000);
    story.is_gone();
}

#[test]
fn nothing_left_of_a_chat_that_is_cleared_or_deleted() {
    for (seed, deleted) in [(9_006, false), (9_007, true)] {
        let mut story = Story::new(seed);
        story.says();
        let both = [(story.ana, story.at_ana.clone()), (story.bob, story.at_bob.clone())];
        for (who, conversation) in both {
            story.world.ok(
                who,
                "conversation.clear",
                json!({"conversation": conversation, "scheduled": deleted}),
            );
            if deleted {
                let gone = json!({"conversation": conversation, "archived": true, "deleted": true});
                story.world.ok(who, "conversation.mark", gone);
            }
        }
        story.is_gone();
    }
}

#[test]
fn nothing_left_of_a_file_its_name_and_its_caption() {
    let mut story = Story::new(9_008);
    let file = story.world.stage(story.ana, Document, &format!("{SECRET}.pdf"), &[7; 900]);
    let blob = file.blob;
    let message = story.world.send_files(story.ana, &story.at_ana.clone(), SECRET, vec![file]);
    story.world.settle();
    story.bob("attachment.save", json!({"message": message, "index": 0, "path": "kept.pdf"}));
    story.world.settle();
    story.stands(story.bob);
    assert!([story.ana, story.bob].iter().all(|id| story.world.clients[id.0].blobs.contains_key(&blob)));
    story.ana("message.delete", json!({"message": message, "for": "everyone"}));
    story.is_gone();
    for id in [story.ana, story.bob] {
        assert!(!story.world.clients[id.0].blobs.contains_key(&blob), "its bytes are still there");
    }
}

#[test]
fn nothing_left_of_a_poll_a_place_and_a_preview() {
    let poll = json!({"question": SECRET, "options": [SECRET, "nowhere"], "multiple": false});
    let link = "https://secret.example/plan";
    let preview = json!({"url": link, "title": SECRET, "about": SECRET});
    let said = [json!({"poll": poll}), json!({"text": format!("{SECRET} {link}"), "preview": preview})];
    for (seed, said) in (9_010..).zip(said) {
        let mut story = Story::new(seed);
        let message = story.sends(said);
        story.ana("message.delete", json!({"message": message, "for": "everyone"}));
        story.is_gone();
    }
}

#[test]
fn nothing_left_of_drafts_edits_that_were_begun_and_messages_that_waited() {
    let mut story = Story::new(9_012);
    let (at_ana, ana) = (story.at_ana.clone(), story.ana);
    let own = story.world.say(ana, &at_ana, "hello");
    story.world.settle();
    let draft = |text: &str| json!({"conversation": at_ana, "text": text});
    story.ana("conversation.draft", draft(SECRET));
    story.world.settle();
    assert!(story.world.remains(ana, SECRET).contains("threads.draft"));
    story.ana("conversation.draft", draft(""));
    story.is_gone();
    story.ana("conversation.draft", json!({"conversation": at_ana, "text": SECRET, "edits": own}));
    story.world.settle();
    assert!(story.world.remains(ana, SECRET).contains("threads.edited_text"));
    story.ana("message.edit", json!({"message": own, "text": "hello again"}));
    story.is_gone();
    let later = json!({"conversation": at_ana, "text": SECRET, "at": "2027-05-01T09:00:00Z"});
    let waits = story.world.ok(ana, "message.send", later)["message"].clone();
    story.world.settle();
    assert!(story.world.remains(ana, SECRET).contains("scheduled.said"));
    story.ana("message.delete", json!({"message": waits, "for": "me"}));
    story.is_gone();
    // And what never left, since there was no connection.
    story.world.sleep(ana, 600_000);
    let unsent = story.world.say(ana, &at_ana, SECRET);
    story.world.settle_for(LEFT_MS);
    assert!(story.world.remains(ana, SECRET).contains("outbox.content"));
    story.ana("message.delete", json!({"message": unsent, "for": "everyone"}));
    story.is_gone();
}

#[test]
fn nothing_left_of_what_an_own_device_deletes() {
    let mut story = Story::new(9_013);
    let phone = story.world.device_on_disk("bob");
    let bob = story.bob;
    story.world.link_device(bob, phone, "all");
    story.world.settle();
    let message = story.says();
    story.stands(phone);
    story.bob("message.delete", json!({"message": message, "for": "me"}));
    story.world.settle_for(LEFT_MS);
    for id in [story.bob, phone] {
        assert_eq!(story.world.remains(id, SECRET), BTreeSet::new());
    }
    // A draft that was told and taken back.
    let draft = |text: &str| json!({"conversation": story.at_bob, "text": text});
    let (begun, given_up) = (draft(SECRET), draft(""));
    story.bob("conversation.draft", begun);
    story.world.settle();
    assert!(story.world.remains(phone, SECRET).contains("threads.draft"));
    story.bob("conversation.draft", given_up);
    story.world.settle_for(2 * LEFT_MS);
    for id in [story.bob, phone] {
        assert_eq!(story.world.remains(id, SECRET), BTreeSet::new());
    }
}

#[test]
fn nothing_left_of_used_keys_and_left_epochs() {
    let mut story = Story::new(9_014);
    let before = story.keys();
    story.chatter();
    // Used ratchet steps.
    story.keys_go(&before, 20);
    // A week later everybody has taken new keys.
    let before = story.keys();
    story.world.settle_for(9 * 86_400_000);
    story.chatter();
    story.keys_go(&before, 100);
}

/// In a large group used keys go once for all that comes within a second.
#[test]
fn nothing_left_of_used_keys_in_a_large_group_also_where_a_device_ends_before_they_are_deleted() {
    let mut story = Story::new(9_020);
    let (ana, bob) = (story.ana, story.bob);
    let others: Vec<ClientId> = (0..23).map(|number| story.world.person(&format!("m{number}x"))).collect();
    for other in &others {
        story.world.befriend(ana, *other);
    }
    story.world.group("Choir", ana, &[&[bob], &others[..]].concat());
    story.world.settle_for(10 * 60_000);
    let ids: Vec<String> = others.iter().map(|other| story.world.named(*other, "Choir")).collect();
    let sing = |story: &mut Story, quiet_ms: i64| {
        for (other, id) in others.iter().zip(&ids).take(8) {
            story.world.say(*other, id, "la");
        }
        story.world.settle_for(quiet_ms);
    };
    let before = story.keys();
    sing(&mut story, LEFT_MS);
    story.keys_go(&before, 20);
    // Bob's device ends with all of it read, and the used keys still there.
    sing(&mut story, LEFT_MS);
    let before = story.keys();
    sing(&mut story, 300);
    let waits = story.world.with_db(bob, |db| {
        db.query_row("SELECT count(*) FROM logs WHERE is_ahead = 1", [], |row| row.get::<_, i64>(0)).unwrap()
    });
    assert_eq!(waits, 1, "its keys were deleted already");
    story.world.settle_for(2 * 3_600_000);
    story.keys_go(&before, 20);
    let at_bob = story.world.named(bob, "Choir");
    assert_eq!(story.world.texts(bob, &at_bob).len(), 24);
}

impl Story {
    /// Ana asks Bob into a group. Its id, and a piece of the invitation as his device has it.
    fn asks_in(&mut self) -> (String, Vec<u8>) {
        let members = json!({"members": [self.world.address(self.bob)], "name": "Garden"});
        let made = self.world.ok(self.ana, "conversation.create", members);
        self.world.settle();
        let welcome: Vec<u8> = self.world.with_db(self.bob, |db| {
            db.query_row("SELECT welcome FROM offers", [], |row| row.get(0)).unwrap()
        });
        let piece = welcome[64..128].to_vec();
        assert!(self.world.holds(self.bob, &piece));
        (made["conversation"].as_str().unwrap().to_owned(), piece)
    }

    fn invitation_is_gone(&mut self, before: &Keys, piece: &[u8]) {
        self.world.settle_for(LEFT_MS);
        assert!(!self.world.holds(self.bob, piece), "what it brought is there still");
        let gone = before.gone(&self.world.keys(self.bob));
        assert!(gone.count() > 20, "its key package is there still");
        assert_eq!(self.world.keys_left(self.bob, &gone), BTreeSet::new());
    }
}

#[test]
fn nothing_left_of_an_invitation_that_was_declined() {
    let mut story = Story::new(9_021);
    let (group, piece) = story.asks_in();
    let before = story.world.keys(story.bob);
    story.bob("conversation.decline", json!({"conversation": group}));
    story.invitation_is_gone(&before, &piece);
}

#[test]
fn nothing_left_of_an_invitation_that_nobody_answered_and_a_late_yes_comes_in() {
    let mut story = Story::new(9_022);
    let (group, piece) = story.asks_in();
    let before = story.world.keys(story.bob);
    story.world.settle_for(13 * 86_400_000);
    assert!(story.world.holds(story.bob, &piece));
    story.world.settle_for(3 * 86_400_000);
    story.invitation_is_gone(&before, &piece);
    let asked = story.world.ok(story.bob, "conversation.requests", json!({}))["requests"].clone();
    assert_eq!(asked[0]["name"], "Garden", "it is asked still");
    story.bob("conversation.accept", json!({"conversation": group}));
    story.world.settle();
    let (ana, bob) = (story.ana, story.bob);
    story.world.say(ana, &group, "welcome all the same");
    story.world.say(bob, &group, "late, and here");
    story.world.settle();
    for who in [ana, bob] {
        let texts = story.world.texts(who, &group);
        assert_eq!(texts.len(), 2, "{texts:?}");
    }
}

#[test]
fn nothing_left_of_an_old_epoch_of_notes_where_there_is_one_device() {
    let mut story = Story::new(9_019);
    let ana = story.ana;
    let notes =
        story.world.ok(ana, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    story.world.say(ana, &notes, "to myself");
    story.world.settle();
    let refreshed = |world: &mut World| -> i64 {
        let sql = "SELECT refreshed_ms FROM logs JOIN threads ON active_log = log WHERE kind = ?1";
        world.with_db(ana, |db| db.query_row(sql, [ConversationKind::Own as i32], |row| row.get(0)).unwrap())
    };
    let before = refreshed(&mut story.world);
    story.world.settle_for(9 * 86_400_000);
    let after = refreshed(&mut story.world);
    assert!(after > before + 6 * 86_400_000, "its keys are as old as they were: {before} {after}");
    story.world.say(ana, &notes, "and again");
    story.world.settle();
    assert_eq!(story.world.texts(ana, &notes), ["to myself", "and again"]);
}

/// A conversation that had to go on elsewhere leaves a log, which is read to its end.
#[test]
fn nothing_left_of_the_keys_of_a_log_that_a_conversation_left_weeks_ago() {
    let mut world = World::restorable(9_023);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.settle_for(2 * 3_600_000);
    let backup = world.backup();
    world.group("Plans", ana, &[bob]);
    let ids = [ana, bob].map(|who| world.named(who, "Plans"));
    let old = [ana, bob].map(|who| world.log_of(who, &ids[0]));
    world.say(ana, &ids[0], "before the restore");
    world.settle();
    world.restore(backup);
    world.settle_for(2 * 3_600_000);
    let new = world.log_of(bob, &ids[1]);
    assert!(!old.contains(&new), "it did not have to go on elsewhere");
    // Rows of keys that name a log.
    let keys = |world: &mut World, who: ClientId, log: LogId| -> i64 {
        world.with_db(who, |db| {
            let sql = "SELECT (SELECT count(*) FROM mls WHERE instr(key, ?1)) + (SELECT count(*) FROM receipt_keys WHERE log = ?1)";
            db.query_row(sql, [&log.0[..]], |row| row.get(0)).unwrap()
        })
    };
    for (who, log) in [ana, bob].into_iter().zip(old) {
        assert!(keys(&mut world, who, log) > 0, "it is read to its end");
    }
    for _ in 0..75 {
        world.settle_for(86_400_000);
    }
    for (who, log) in [ana, bob].into_iter().zip(old) {
        assert_eq!(keys(&mut world, who, log), 0);
        assert!(keys(&mut world, who, new) > 0);
    }
    world.say(bob, &ids[1], "weeks later");
    world.settle();
    assert_eq!(world.texts(ana, &ids[0]), ["before the restore", "weeks later"]);
}

#[test]
fn nothing_left_in_a_log_that_a_kill_left_behind() {
    let mut story = Story::new(9_015);
    let message = story.says();
    story.bob("message.delete", json!({"message": message, "for": "me"}));
    let (bob, path) = (story.bob, story.world.clients[story.bob.0].file.clone().unwrap());
    // Killed at once: SQLite has no time to tidy up.
    let log = path.with_extension("db-wal");
    let killed = [std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap()];
    assert!(killed[1].len() > 32, "it is in the log still");
    story.world.clients[bob.0].restart_with(|db| {
        drop(db);
        std::fs::write(&path, &killed[0]).unwrap();
        std::fs::write(&log, &killed[1]).unwrap();
        let db = Connection::open(&path).unwrap();
        db.execute_batch(PRAGMAS).unwrap();
        db
    });
    story.world.start(bob.0);
    story.world.settle_for(LEFT_MS);
    assert_eq!(story.world.remains(bob, SECRET), BTreeSet::new());
    assert_eq!(story.world.log_bytes(bob), 0);
}

#[test]
fn nothing_left_in_the_log_beside_a_database_that_is_idle() {
    let mut story = Story::new(9_016);
    story.says();
    story.world.settle_for(LEFT_MS);
    for id in [story.ana, story.bob] {
        assert_eq!(story.world.log_bytes(id), 0);
    }
}

/// A home of a program whose index kept what was deleted.
#[test]
fn nothing_left_in_the_index_of_an_old_home() {
    let mut story = Story::new(9_017);
    let (message, stays) = (story.says(), story.sends(json!({"text": "the harbour of Batumi"})));
    let bob = story.bob;
    story.world.with_db(bob, |db| {
        db.execute_batch(
            "DROP TABLE words; DROP TABLE pairs;
             CREATE VIRTUAL TABLE words USING fts5(folded, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
             CREATE VIRTUAL TABLE pairs USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');
             INSERT INTO words(rowid, folded) SELECT id, lower(text) FROM messages WHERE kind = 0;
             DELETE FROM words WHERE rowid IN (SELECT id FROM messages WHERE text LIKE '%ფყხბშღძთჯნჭწ%');
             DELETE FROM messages WHERE text LIKE '%ფყხბშღძთჯნჭწ%';",
        )
        .unwrap();
        back_to_41(db);
    });
    story.world.settle_for(LEFT_MS);
    assert_eq!(story.world.remains(bob, SECRET), BTreeSet::new());
    assert!(find(&mut story.world, bob, &story.at_bob.clone(), &message).is_none());
    let found = story.world.ok(bob, "message.search", json!({"text": "BATUMI"}));
    assert_eq!(found["messages"][0]["message"], json!(stays));
    let found = story.world.ok(bob, "message.search", json!({"text": "me"}));
    assert_eq!(found["messages"].as_array().unwrap().len(), 50);
}

/// So much goes at once that the index is made anew; what stays is found meanwhile and after.
#[test]
fn nothing_left_of_a_long_chat_and_what_stays_is_found() {
    let mut story = Story::new(9_018);
    let bob = story.bob;
    story.says();
    let stays =
        story.world.ok(bob, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let kept = story.world.say(bob, &stays, "the harbour of Batumi");
    story.world.with_db(bob, |db| {
        db.execute_batch(
            "INSERT INTO messages(message, thread, position, account, at_ms, kind, text, state)
             WITH RECURSIVE more(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM more WHERE n < 1200)
             SELECT randomblob(16), thread, position, account, at_ms, 0, text || n, state FROM more,
                 (SELECT * FROM messages WHERE text LIKE '%ფყხბშღძთჯნჭწ%');
             INSERT INTO words(rowid, folded) SELECT id, text FROM messages WHERE text LIKE '%ფყხბშღძთჯნჭწ%' AND id NOT IN (SELECT rowid FROM words);",
        )
        .unwrap();
    });
    story.world.ok(bob, "conversation.clear", json!({"conversation": story.at_bob}));
    for _ in 0..2 {
        let found = story.world.ok(bob, "message.search", json!({"text": "harbour"}));
        let found: Vec<&Value> =
            found["messages"].as_array().unwrap().iter().map(|one| &one["message"]).collect();
        assert_eq!(found, [&json!(kept)]);
        story.world.settle_for(LEFT_MS);
        assert_eq!(story.world.remains(bob, SECRET), BTreeSet::new());
    }
}

/// What is taken out is that and no more: the index is whole, and finds what is there and nothing else.
#[test]
fn nothing_left_in_the_index_and_nothing_missing_after_many_changes() {
    let (mut world, ana, _, at_ana, _) = pair(9_020);
    let words = ["harbour", "haven", "ven", "ab", "a", "船", "港口", "Straße", "straße 7", "ვენი"];
    let mut texts: Vec<(String, String)> = Vec::new();
    for number in 0..400_usize {
        let some: Vec<&str> =
            (0..number % 5 + 1).map(|at| words[(number * 7 + at * 3 + at * at) % words.len()]).collect();
        let text = format!("{} {}", some.join(" "), number % 13);
        match number % 4 {
            1 if texts.len() > 20 => {
                let at = number * 31 % texts.len();
                world.ok(ana, "message.edit", json!({"message": texts[at].0, "text": text}));
                texts[at].1 = text;
            }
            2 if texts.len() > 20 => {
                let (message, _) = texts.remove(number * 17 % texts.len());
                world.ok(ana, "message.delete", json!({"message": message, "for": "me"}));
            }
            _ => texts.push((world.say(ana, &at_ana, &text), text)),
        }
    }
    world.settle();
    world.with_db(ana, |db| {
        for index in ["words", "pairs"] {
            db.execute(&format!("INSERT INTO {index}({index}) VALUES ('integrity-check')"), []).unwrap();
        }
    });
    for word in words {
        let found = world.ok(ana, "message.search", json!({"text": word, "limit": 500}));
        let found: BTreeSet<String> = found["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["message"].as_str().unwrap().to_owned())
            .collect();
        let all = |text: &str| word.split(' ').all(|part| text.to_lowercase().contains(&part.to_lowercase()));
        let wanted: BTreeSet<String> =
            texts.iter().filter(|(_, text)| all(text)).map(|(message, _)| message.clone()).collect();
        assert!(!wanted.is_empty(), "{word}");
        assert_eq!(found, wanted, "{word}");
    }
}
