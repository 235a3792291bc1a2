//! The first device is lost; its person has twelve words on paper.

use casemate_api::Command;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ErrorCode, ServerFrame};
use serde_json::{Value, json};

use crate::world::URL;
use crate::{ClientId, Faults, World};

impl World {
    pub(super) fn words(&mut self, id: ClientId) -> String {
        self.ok(id, "recovery.kit", json!({}))["words"].as_str().expect("words").to_owned()
    }

    pub(super) fn restored(&mut self, name: &str, words: &str) -> ClientId {
        let id = self.device(name);
        self.ok(id, "recovery.restore", json!({"server": URL, "name": name, "words": words}));
        id
    }

    /// The server refuses to take an account document from this device.
    fn refuse_documents_of(&mut self, id: ClientId) {
        self.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::CreateAccount(_) | Request::PublishManifest(_)) if from == id => {
                let error = casemate_wire::proto::wire::Error {
                    code: ErrorCode::ErrorNotAllowed.into(),
                    message: "not now".into(),
                    ..Default::default()
                };
                (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
            }
            _ => (Some(frame), Vec::new()),
        }));
    }

    /// What the kit's page shows there opens the account.
    fn kit_opens(&mut self, id: ClientId) {
        let name = self.client(id).name.clone();
        let words = self.words(id);
        self.sync(id);
        self.restored(&name, &words);
    }

    fn has_event(&mut self, id: ClientId, name: &str) -> bool {
        let events = std::mem::take(&mut self.client(id).events);
        let found =
            events.iter().any(|event| serde_json::to_value(event).is_ok_and(|event| event["type"] == name));
        self.client(id).events = events;
        found
    }
}

const DAY_MS: i64 = 24 * 3_600_000;

struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    dora: ClientId,
    group: String,
    words: String,
}

/// Ana made a group with Bob and Dora, who both are her contacts and not each other's.
fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let [ana, bob, dora] = ["ana", "bob", "dora"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(dora, ana);
    world.ok(ana, "contact.nickname", json!({"who": "bob@sim.example", "nickname": "Bobby"}));
    world.ok(ana, "account.set", json!({"display_name": "Ana M."}));
    let group = world.group("Plans", ana, &[bob, dora]);
    world.say(ana, &group, "before");
    world.settle();
    let words = world.words(ana);
    assert_eq!(words.split(' ').count(), 12);
    Story { world, ana, bob, dora, group, words }
}

#[test]
fn contacts_chats_and_groups_come_back_on_a_new_device() {
    let Story { mut world, ana, bob, dora, words, .. } = story(7_000);
    world.ok(dora, "account.set", json!({"display_name": "Dora D.", "about": "sings"}));
    world.settle_for(120_000);
    world.sleep(ana, i64::MAX / 4);
    // Those who do not answer yet have their names, too.
    world.sleep(dora, i64::MAX / 4);
    let ana2 = world.restored("ana", &words);
    world.settle_for(120_000);
    let contacts = world.ok(ana2, "contact.list", json!({}))["contacts"].clone();
    assert_eq!((&contacts[1]["name"], &contacts[1]["about"]), (&json!("Dora D."), &json!("")));
    world.wake(dora);
    world.settle_for(120_000);
    let contacts = world.ok(ana2, "contact.list", json!({}));
    let names: Vec<&Value> =
        contacts["contacts"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Bobby", "Dora D."]);
    assert_eq!(contacts["contacts"][1]["about"], "sings");
    let ana3 = world.link(ana2);
    world.settle_for(120_000);
    let contacts = world.ok(ana3, "contact.list", json!({}))["contacts"].clone();
    assert_eq!((&contacts[1]["name"], &contacts[1]["about"]), (&json!("Dora D."), &json!("sings")));
    let group2 = world.named(ana2, "Plans");
    let shown = world.shown(ana2, &group2);
    assert_eq!(shown["standing"], "active", "it was hers, so she is not asked again: {shown}");
    assert_eq!(shown["information"]["devices"], 4, "the lost device is out: {shown}");
    let admin = |shown: &Value| {
        let members = shown["members"].as_array().unwrap().clone();
        members.into_iter().find(|member| member["address"] == "ana@sim.example").unwrap()["admin"].clone()
    };
    assert_eq!(admin(&shown), true, "an admin stays one");
    let to_bob = world.chat(ana2, bob);
    let at_bob = world.chat(bob, ana2);
    world.say(ana2, &to_bob, "it is me");
    world.say(ana2, &group2, "I am back");
    world.settle();
    world.say(bob, &at_bob, "is it");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "is it");
    assert_eq!(world.texts(ana2, &to_bob), ["it is me", "is it"]);
    let at_dora = world.named(dora, "Plans");
    assert_eq!(world.texts(dora, &at_dora), ["before", "I am back"]);
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("Ana M.'s safety number changed")), "{notices:?}");
    assert_eq!(world.shown(bob, &at_bob)["information"]["devices"], 3);
    let kit = world.ok(ana2, "account.show", json!({}));
    assert_eq!((&kit["kit"]["written"], &kit["display_name"]), (&json!(false), &json!("Ana M.")));
    // The paper opens nothing any more, and she is reminded at once.
    assert_eq!(kit["kit"]["due"], true);
    assert_ne!(world.words(ana2), words);
}

#[test]
fn restoring_makes_new_words_and_the_thief_of_the_lost_device_has_none() {
    let Story { mut world, ana, bob, words, .. } = story(7_030);
    let new = world.device("ana");
    let restore = |words: &str| json!({"server": URL, "name": "ana", "words": words});
    let renewed = world.ok(new, "recovery.restore", restore(&words))["words"].as_str().unwrap().to_owned();
    assert_ne!(renewed, words);
    world.settle_for(120_000);
    assert_eq!(world.ok(ana, "account.show", json!({}))["replaced"], true);
    // The old ones, out of the stolen database or from the paper, on as many devices as the thief has.
    for _ in 0..2 {
        let thief = world.device("ana");
        let refused = world.call(thief, "recovery.restore", restore(&words)).unwrap_err();
        assert!(refused.message.contains("do not belong"), "{refused}");
    }
    let (to_bob, at_bob) = (world.chat(new, bob), world.chat(bob, new));
    world.say(new, &to_bob, "mine again");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "mine again");
    // Once more, with the new ones.
    let third = world.restored("ana", &renewed);
    world.settle_for(120_000);
    world.named(third, "Plans");
}

#[test]
fn words_that_are_on_paper_are_erased_and_the_box_goes_on_being_kept() {
    let Story { mut world, ana, words, .. } = story(7_031);
    world.ok(ana, "recovery.written", json!({}));
    let entropy = casemate_crypto::recovery::RecoveryKit::from_words(&words).unwrap().entropy().to_vec();
    let found = world.with_db(ana, |db| {
        let mut rows = db.prepare("SELECT value FROM settings").unwrap();
        let rows = rows.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.map(Result::unwrap).any(|value| value.windows(16).any(|part| part == entropy))
    });
    assert!(!found, "the device has erased them");
    let kit = world.ok(ana, "account.show", json!({}))["kit"].clone();
    assert_eq!((&kit["here"], &kit["erased"], &kit["written"]), (&json!(true), &json!(true), &json!(true)));
    let refused = world.call(ana, "recovery.kit", json!({})).unwrap_err();
    assert!(refused.message.contains("on your paper alone"), "{refused}");
    world.call(ana, "recovery.kit", json!({"renew": true})).unwrap_err();
    let other = json!({"renew": true, "words": OTHER});
    let refused = world.call(ana, "recovery.kit", other).unwrap_err();
    assert!(refused.message.contains("not the words of this account"), "{refused}");
    // Whom she met since is found again with the paper, and new words are made of the old ones.
    let eve = world.person("eve");
    world.befriend(ana, eve);
    world.settle_for(120_000);
    let renewed = world.ok(ana, "recovery.kit", json!({"renew": true, "words": words}))["words"].clone();
    let renewed = renewed.as_str().unwrap().to_owned();
    world.settle_for(60_000);
    world.ok(ana, "recovery.written", json!({}));
    let finn = world.person("finn");
    world.befriend(ana, finn);
    world.settle_for(120_000);
    let new = world.restored("ana", &renewed);
    world.settle_for(120_000);
    let contacts = world.ok(new, "contact.list", json!({}))["contacts"].clone();
    let found: Vec<&str> =
        contacts.as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap()).collect();
    assert!(found.contains(&"eve@sim.example") && found.contains(&"finn@sim.example"), "{found:?}");
}

/// The server took the new keys, and its answer never came: the old words open nothing any more.
#[test]
fn a_restore_whose_answer_was_lost_goes_on_with_the_same_words() {
    let Story { mut world, ana, words, .. } = story(7_032);
    world.sleep(ana, i64::MAX / 4);
    let new = world.device("ana");
    let restore = json!({"server": URL, "name": "ana", "words": words});
    world.tamper = Some(Box::new(move |to, frame| {
        let lost = to == new && matches!(frame.body, Some(Body::Promise(_)));
        if lost { Vec::new() } else { vec![frame] }
    }));
    world.begin(new, "recovery.restore", restore.clone());
    world.settle_for(5_000);
    world.kill(new.0);
    world.tamper = None;
    world.ok(new, "recovery.restore", restore);
    world.settle_for(120_000);
    world.named(new, "Plans");
    world.kit_opens(new);
}

/// Whoever has the lost device is quicker with versions of their own.
#[test]
fn a_restore_goes_on_top_of_what_was_changed_meanwhile() {
    let Story { mut world, ana, words, .. } = story(7_033);
    let new = world.device("ana");
    let mut stale = 3;
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::PublishManifest(_)) if from == new && stale > 0 => {
            stale -= 1;
            let error = casemate_wire::proto::wire::Error {
                code: ErrorCode::ErrorStale.into(),
                message: "changed in the meantime".into(),
                ..Default::default()
            };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words}));
    world.settle_for(120_000);
    assert_eq!(world.ok(ana, "account.show", json!({}))["replaced"], true);
}

#[test]
fn a_restored_device_tells_of_no_reading_before_it_came() {
    let Story { mut world, ana, bob, words, .. } = story(7_020);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.ok(ana, "settings.set", json!({"read_receipts": false}));
    let silent = world.say(bob, &at_bob, "read, and not told");
    world.settle();
    assert_eq!(world.shown(ana, &at_ana)["unread"], 1);
    world.ok(ana, "message.read", json!({"message": silent}));
    world.settle();
    world.sleep(ana, i64::MAX / 4);
    let ana2 = world.restored("ana", &words);
    world.settle_for(120_000);
    world.ok(ana2, "settings.set", json!({"read_receipts": true}));
    let open = world.say(bob, &at_bob, "and told");
    world.settle();
    world.ok(ana2, "message.read", json!({"message": open}));
    world.settle();
    let shown = world.messages(bob, &at_bob);
    for (message, state) in [(silent, "delivered"), (open, "read")] {
        let row = shown.iter().find(|row| row["message"] == message.as_str()).unwrap();
        assert_eq!(row["state"], state);
    }
}

#[test]
fn the_device_that_was_replaced_is_told_and_stops() {
    let Story { mut world, ana, bob, words, group, .. } = story(7_001);
    let ana2 = world.restored("ana", &words);
    world.settle_for(120_000);
    assert!(world.has_event(ana, "account.replaced"));
    let shown = world.ok(ana, "account.show", json!({}));
    assert_eq!(shown["replaced"], true);
    assert_eq!(world.texts(ana, &group), ["before"], "its past can be read");
    world.call(ana, "message.send", json!({"conversation": group, "text": "me too"})).unwrap_err();
    let (to_bob, at_bob) = (world.chat(ana2, bob), world.chat(bob, ana2));
    world.say(bob, &at_bob, "for the new one");
    world.settle();
    assert_eq!(world.texts(ana2, &to_bob), ["for the new one"]);
    // Also after a restart.
    world.kill(ana.0);
    world.settle();
    assert_eq!(world.ok(ana, "account.show", json!({}))["replaced"], true);
}

#[test]
fn wrong_words_are_named_and_change_nothing() {
    let Story { mut world, ana, words, group, .. } = story(7_002);
    let new = world.device("ana");
    let mut try_words = |name: &str, words: &str| {
        let params = json!({"server": URL, "name": name, "words": words});
        world.call(new, "recovery.restore", params).unwrap_err().message
    };
    let mut wrong: Vec<&str> = words.split(' ').collect();
    wrong[2] = "casemate";
    assert!(try_words("ana", &wrong.join(" ")).contains("Word 3"));
    assert!(try_words("ana", "too few").contains("12 words"));
    assert!(try_words("ana", OTHER).contains("do not belong"));
    assert!(try_words("nobody", &words).contains("do not belong"));
    world.say(ana, &group, "still here");
    world.settle();
    assert_eq!(world.ok(ana, "account.show", json!({}))["replaced"], false);
    // The right ones, on the device on which the wrong ones were tried.
    let params = json!({"server": URL, "name": " @Ana@sim.example", "words": words.to_uppercase()});
    let elsewhere = json!({"server": URL, "name": "ana@other.example", "words": words});
    let refused = world.call(new, "recovery.restore", elsewhere).unwrap_err();
    assert!(refused.message.contains("another server"), "{refused}");
    world.ok(new, "recovery.restore", params);
}

/// A kit of nobody's.
const OTHER: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

fn try_other_words(world: &mut World, id: ClientId, name: &str) {
    let params = json!({"server": URL, "name": name, "words": OTHER});
    let refused = world.call(id, "recovery.restore", params).unwrap_err();
    assert!(refused.message.contains("do not belong"), "{refused}");
}

#[test]
fn a_name_of_which_there_was_no_account_can_be_created_there() {
    let mut world = World::new(7_008);
    for (name, killed) in [("mira", false), ("mona", true)] {
        let new = world.device(name);
        try_other_words(&mut world, new, name);
        if killed {
            world.kill(new.0);
        }
        world.ok(new, "account.create", json!({"server": URL, "name": name}));
        world.kit_opens(new);
    }
}

#[test]
fn words_that_open_nothing_do_not_become_the_kit_of_an_account_that_was_refused_before() {
    let mut world = World::new(7_009);
    let new = world.device("mira");
    let create = json!({"server": URL, "name": "mira"});
    world.refuse_documents_of(new);
    world.call(new, "account.create", create.clone()).unwrap_err();
    try_other_words(&mut world, new, "mira");
    world.call(new, "account.create", create.clone()).unwrap_err();
    world.ears = None;
    world.ok(new, "account.create", create);
    world.kit_opens(new);
}

/// The server took the account, and its answer never came.
#[test]
fn words_that_open_nothing_do_not_lose_the_keys_of_an_account_that_is_there() {
    let mut world = World::new(7_010);
    let new = world.device("mira");
    world.tamper = Some(Box::new(move |to, frame| {
        let lost = to == new && matches!(frame.body, Some(Body::Promise(_)));
        if lost { Vec::new() } else { vec![frame] }
    }));
    let create = json!({"server": URL, "name": "mira"});
    world.begin(new, "account.create", create.clone());
    world.settle_for(5_000);
    world.kill(new.0);
    world.tamper = None;
    try_other_words(&mut world, new, "mira");
    world.ok(new, "account.create", create);
    world.kit_opens(new);
}

#[test]
fn an_account_that_was_found_but_not_taken_over_lends_no_keys_to_a_new_one() {
    let Story { mut world, words, .. } = story(7_011);
    let new = world.device("ada");
    world.refuse_documents_of(new);
    let restore = json!({"server": URL, "name": "ana", "words": words});
    world.call(new, "recovery.restore", restore).unwrap_err();
    world.ears = None;
    let taken = world.call(new, "account.create", json!({"server": URL, "name": "ana"})).unwrap_err();
    assert_eq!(taken.kind, casemate_api::Kind::Taken, "{taken}");
    world.ok(new, "account.create", json!({"server": URL, "name": "ada"}));
    world.kit_opens(new);
    // Hers is hers still.
    world.restored("ana", &words);
}

#[test]
fn new_words_make_the_old_ones_void() {
    let Story { mut world, ana, bob, words, .. } = story(7_003);
    let renewed = world.ok(ana, "recovery.kit", json!({"renew": true}))["words"].as_str().unwrap().to_owned();
    assert_ne!(renewed, words);
    world.settle();
    let at_bob = world.chat(bob, ana);
    assert!(world.notices(bob, &at_bob).is_empty(), "other words are no other safety number");
    let new = world.device("ana");
    world.call(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words})).unwrap_err();
    world.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": renewed}));
    world.settle_for(120_000);
    world.named(new, "Plans");
}

#[test]
fn the_old_paper_stays_good_until_the_server_has_the_new_words_and_that_is_said() {
    let Story { mut world, ana, words, .. } = story(7_012);
    let pending = |world: &mut World| world.ok(ana, "account.show", json!({}))["kit"]["pending"].clone();
    world.sleep(ana, 3_600_000);
    let kit = world.ok(ana, "recovery.kit", json!({"renew": true}));
    assert_eq!((&kit["pending"], pending(&mut world)), (&json!(true), json!(true)));
    // Made once more before that: only the last ones hold.
    let kit = world.ok(ana, "recovery.kit", json!({"renew": true}));
    world.settle();
    assert_eq!(pending(&mut world), true);
    world.client(ana).events.clear();
    world.wake(ana);
    world.settle();
    assert_eq!(pending(&mut world), false);
    assert!(world.has_event(ana, "account.changed"));
    assert_eq!(world.ok(ana, "recovery.kit", json!({}))["pending"], false);
    let new = world.device("ana");
    world.call(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words})).unwrap_err();
    world.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": kit["words"]}));
}

#[test]
fn new_words_that_are_said_to_be_good_bring_everything_back_at_once() {
    let Story { mut world, ana, bob, .. } = story(7_013);
    // Something that is put into the box just before, so that the next box has to wait.
    world.ok(ana, "contact.nickname", json!({"who": "bob@sim.example", "nickname": "Robert"}));
    let kit = world.ok(ana, "recovery.kit", json!({"renew": true}));
    let pending = |world: &mut World| world.ok(ana, "account.show", json!({}))["kit"]["pending"] == true;
    while pending(&mut world) {
        world.step();
    }
    world.sleep(ana, i64::MAX / 4);
    let new = world.restored("ana", kit["words"].as_str().unwrap());
    world.settle_for(120_000);
    world.named(new, "Plans");
    world.chat(new, bob);
}

#[test]
fn a_second_loss_before_anybody_answered_loses_no_more() {
    let Story { mut world, ana, bob, dora, words, .. } = story(7_004);
    for id in [ana, bob, dora] {
        world.sleep(id, 3_600_000);
    }
    let second = world.restored("ana", &words);
    world.settle();
    let words = world.words(second);
    world.sleep(second, i64::MAX / 4);
    let third = world.restored("ana", &words);
    for id in [bob, dora] {
        world.wake(id);
    }
    world.settle_for(120_000);
    let group = world.named(third, "Plans");
    let to_bob = world.chat(third, bob);
    world.say(third, &group, "third");
    world.say(third, &to_bob, "third");
    world.settle();
    let at_bob = world.named(bob, "Plans");
    assert_eq!(world.texts(bob, &at_bob), ["before", "third"]);
}

#[test]
fn killed_and_cut_at_any_moment() {
    let seed = std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in seed.map_or(7_100..7_106, |seed| seed..seed + 1) {
        let Story { mut world, ana, bob, dora, words, .. } = story(seed);
        let _note = world.announce("killed_and_cut_at_any_moment");
        world.sleep(ana, i64::MAX / 4);
        world.faults = Faults { kill: 20, cut: 20, ..Faults::default() };
        let new = world.device("ana");
        let params = json!({"server": URL, "name": "ana", "words": words});
        // A kill loses the command; its person types the words again.
        for _ in 0..50 {
            let command = Command::named("recovery.restore", params.clone()).unwrap();
            let number = world.command(new, command, Vec::new());
            for _ in 0..3_000 {
                world.step();
            }
            world.client(new).replies.remove(&number);
            if world.engine(new).has_account() {
                break;
            }
        }
        world.calm();
        world.settle_for(700_000);
        let (group, to_dora) = (world.named(new, "Plans"), world.chat(new, dora));
        world.say(new, &group, "after all");
        world.say(new, &to_dora, "to you");
        world.settle();
        let (at_bob, at_dora) = (world.named(bob, "Plans"), world.chat(dora, new));
        assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "after all", "seed {seed}");
        assert_eq!(world.texts(dora, &at_dora).last().unwrap(), "to you", "seed {seed}");
    }
}

#[test]
fn safety_numbers_agree_are_marked_and_fall_with_the_key() {
    let Story { mut world, ana, bob, words, .. } = story(7_005);
    let (at_ana, at_bob) = (json!({"who": "bob@sim.example"}), json!({"who": "ana@sim.example"}));
    let (one, two) =
        (world.ok(ana, "contact.safety", at_ana), world.ok(bob, "contact.safety", at_bob.clone()));
    assert_eq!(one["number"], two["number"]);
    assert_eq!(one["number"].as_str().unwrap().len(), 71);
    // Only what ana's screen shows is a proof: no other number, and not bob's own screen in a mirror.
    let theirs = one["code"].as_str().unwrap();
    let refused = [
        (format!("{theirs}0"), "differ"),
        (two["code"].as_str().unwrap().to_owned(), "your own code"),
        (theirs.replace(":2:", ":1:"), "another version"),
        ("https://example.org".to_owned(), "not the code"),
    ];
    for (scanned, why) in refused {
        let scanned = json!({"who": "ana@sim.example", "scanned": scanned});
        assert!(world.call(bob, "contact.verify", scanned).unwrap_err().message.contains(why), "{why}");
        assert_eq!(world.ok(bob, "contact.safety", at_bob.clone())["verified"], false);
    }
    world.ok(bob, "contact.verify", json!({"who": "ana@sim.example", "scanned": theirs}));
    let marked = world.ok(bob, "contact.safety", at_bob.clone());
    assert_eq!((&marked["verified"], &marked["changed"]), (&json!(true), &json!(false)));
    // A device linked later knows of the mark.
    let bob2 = world.link(bob);
    assert_eq!(world.ok(bob2, "contact.safety", at_bob.clone())["verified"], true);
    world.restored("ana", &words);
    world.settle_for(120_000);
    let after = world.ok(bob, "contact.safety", at_bob.clone());
    // Who compared the number of before has compared nothing.
    let compared = |number: &Value| json!({"who": "ana@sim.example", "number": number});
    let refused = world.call(bob, "contact.verify", compared(&marked["number"])).unwrap_err();
    assert!(refused.message.contains("any more"), "{refused:?}");
    assert_eq!(world.ok(bob, "contact.safety", at_bob.clone())["verified"], false);
    assert_eq!((&after["verified"], &after["changed"]), (&json!(false), &json!(true)));
    assert_ne!(after["number"], marked["number"]);
    world.ok(bob, "contact.verify", at_bob.clone());
    assert_eq!(world.ok(bob, "contact.safety", at_bob)["changed"], false);
}

#[test]
fn a_deleted_account_is_forgotten_and_its_name_is_nobodys() {
    let Story { mut world, ana, bob, dora, words, .. } = story(7_006);
    let (ana2, ana3) = (world.link(ana), world.link(ana));
    let to_bob = world.chat(ana2, bob);
    world.sleep(ana3, 3_600_000);
    world.call(ana, "account.delete", json!({"name": "anna"})).unwrap_err();
    world.ok(ana, "account.delete", json!({"name": "ana"}));
    // Whoever holds a linked device writes on as long as it takes it.
    let mut said = 0;
    for _ in 0..30 {
        let message = json!({"conversation": to_bob, "text": "still me"});
        said += usize::from(world.call(ana2, "message.send", message).is_ok());
        world.settle_for(2_000);
    }
    let erased = [ana, ana2].map(|device| world.client(device).erased);
    assert_eq!((erased, said), ([true, true], 1));
    world.wake(ana3);
    world.settle_for(60_000);
    assert!(world.client(ana3).erased);
    // Contacts are told where they would write.
    let alone = world.named(bob, "Ana M.");
    let gone = "Ana M. deleted this account. What is written here arrives nowhere any more.";
    assert_eq!(world.notices(bob, &alone).last().map(String::as_str), Some(gone));
    // And write there no more.
    assert_eq!(world.shown(bob, &alone)["standing"], "gone");
    let message = json!({"conversation": alone, "text": "are you there?"});
    let refused = world.call(bob, "message.send", message).unwrap_err();
    assert_eq!(refused.message, gone);
    let contact = world.ok(bob, "contact.list", json!({}))["contacts"][0].clone();
    assert_eq!((&contact["address"], &contact["gone"]), (&json!("ana@sim.example"), &json!(true)));
    // So it is on a device that comes later.
    let bob2 = world.link(bob);
    world.settle_for(60_000);
    let alone2 = world.named(bob2, "Ana M.");
    assert_eq!(world.shown(bob2, &alone2)["standing"], "gone");
    let at_bob = world.named(bob, "Plans");
    let members = world.shown(bob, &at_bob)["members"].clone();
    assert!(
        members.as_array().unwrap().iter().all(|member| member["address"] != "ana@sim.example"),
        "{members}"
    );
    world.say(bob, &at_bob, "she left");
    world.settle();
    let at_dora = world.named(dora, "Plans");
    assert_eq!(world.texts(dora, &at_dora).last().unwrap(), "she left");
    let new = world.device("ana");
    world.call(new, "account.create", json!({"server": URL, "name": "ana"})).unwrap_err();
    // Nobody finds her; seven days later the words do not either.
    world.call(new, "contact.knock", json!({"to": "ana@sim.example"})).unwrap_err();
    let later = world.now_ms + 7 * DAY_MS + 120_000;
    world.server.housekeeping(later).unwrap();
    let new = world.device("ana");
    world.call(new, "account.create", json!({"server": URL, "name": "ana"})).unwrap_err();
    world.call(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words})).unwrap_err();
}

#[test]
fn an_account_that_was_deleted_comes_back_with_its_words_within_seven_days() {
    let Story { mut world, ana, words, .. } = story(7_034);
    world.ok(ana, "account.delete", json!({"name": "ana"}));
    world.settle_for(60_000);
    assert!(world.client(ana).erased);
    let later = world.now_ms + 6 * DAY_MS;
    world.server.housekeeping(later).unwrap();
    let new = world.restored("ana", &words);
    world.settle_for(120_000);
    let later = world.now_ms + 30 * DAY_MS;
    world.server.housekeeping(later).unwrap();
    assert_eq!(world.ok(new, "account.show", json!({}))["address"], "ana@sim.example");
    // She is found by her name again.
    let finn = world.person("finn");
    world.ok(finn, "contact.knock", json!({"to": "ana@sim.example"}));
}

/// The thief of the first device asks the server itself, and removes nobody before.
#[test]
fn a_deletion_that_a_thief_asks_for_is_said_and_any_own_device_stops_it() {
    use casemate_wire::manifest::{DELETE_ACCOUNT_LABEL, sign_labelled};
    use casemate_wire::proto::wire::DeleteAccount;
    let Story { mut world, ana, bob, .. } = story(7_035);
    let ana2 = world.link(ana);
    world.settle();
    let account = world.identity_of(ana).account;
    let secret: Vec<u8> = world.with_db(ana, |db| {
        let sql = "SELECT value FROM settings WHERE key = 'account_secret'";
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    });
    let key = ed25519_dalek::SigningKey::from_bytes(&secret.try_into().unwrap());
    let delete = |world: &mut World| {
        world.ask_signed(|challenge| {
            let parts: [&[u8]; 3] = [b"sim.example", challenge, &account.0];
            let signature = sign_labelled(&key, DELETE_ACCOUNT_LABEL, &parts).into();
            vec![Request::DeleteAccount(DeleteAccount { account: account.into(), signature })]
        })
    };
    assert!(matches!(delete(&mut world), Body::Done(_)));
    // Asked for again it comes no sooner.
    assert!(matches!(delete(&mut world), Body::Done(_)));
    for device in [ana, ana2] {
        world.kill(device.0);
    }
    world.settle_for(60_000);
    let asked =
        |world: &mut World, device| world.ok(device, "account.show", json!({}))["deletion_at"].clone();
    assert!(asked(&mut world, ana).is_string() && asked(&mut world, ana2).is_string());
    world.ok(ana2, "account.keep", json!({}));
    world.kill(ana.0);
    world.settle_for(60_000);
    assert_eq!((asked(&mut world, ana), asked(&mut world, ana2)), (Value::Null, Value::Null));
    let later = world.now_ms + 30 * DAY_MS;
    world.server.housekeeping(later).unwrap();
    let (to_bob, at_bob) = (world.chat(ana2, bob), world.chat(bob, ana2));
    world.say(ana2, &to_bob, "still here");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "still here");
    let finn = world.person("finn");
    world.ok(finn, "contact.knock", json!({"to": "ana@sim.example"}));
}

#[test]
fn one_refusal_stops_no_first_device() {
    let Story { mut world, ana, bob, .. } = story(7_036);
    world.tamper = Some(Box::new(move |to, mut frame| {
        if to == ana && matches!(frame.body, Some(Body::Manifest(_))) {
            frame.body = Some(Body::Error(casemate_wire::proto::wire::Error {
                code: ErrorCode::ErrorNotAllowed.into(),
                message: "this device is not the account's".into(),
                ..Default::default()
            }));
        }
        vec![frame]
    }));
    world.kill(ana.0);
    world.settle_for(60_000);
    assert_eq!(world.ok(ana, "account.show", json!({}))["replaced"], false);
    world.tamper = None;
    let (to_bob, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &to_bob, "here I am");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "here I am");
}
