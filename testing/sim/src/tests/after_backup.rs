//! A server that is put back to a backup: what was made since then, accounts, groups and devices, is there again by itself.

use serde_json::{Value, json};

use crate::world::URL;
use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Each says something, and all others have it, once. What somebody is to be told of a removal is told to nobody.
fn all_hear_each_other(world: &mut World, people: &[ClientId], ids: &[String]) {
    for (who, id) in people.iter().zip(ids) {
        world.say(*who, id, &format!("{} is heard", who.0));
        world.settle();
    }
    world.settle_for(10 * MINUTE_MS);
    for (who, id) in people.iter().zip(ids) {
        let (texts, lines) = (world.texts(*who, id), world.notices(*who, id));
        for other in people {
            let text = format!("{} is heard", other.0);
            assert_eq!(
                texts.iter().filter(|seen| **seen == text).count(),
                1,
                "{}: {texts:?}, {lines:?}",
                who.0
            );
        }
        assert!(!lines.iter().any(|line| line.contains("You were removed")), "{lines:?}");
        assert_eq!(world.shown(*who, id)["standing"], "active");
    }
}

#[test]
fn group_made_after_the_backup_goes_on_for_its_maker_and_its_members() {
    let mut world = World::restorable(6_400);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    world.settle_for(HOUR_MS);
    let backup = world.backup();
    world.group("Plans", ana, &[bob, cleo]);
    let ids = people.map(|who| world.named(who, "Plans"));
    world.say(ana, &ids[0], "before the restore");
    world.settle();
    world.restore(backup);
    world.settle_for(2 * HOUR_MS);
    for (who, id) in people.iter().zip(&ids) {
        let lines = world.notices(*who, id);
        assert!(lines.iter().any(|line| line.contains("continued")), "{lines:?}");
    }
    all_hear_each_other(&mut world, &people, &ids);
    let texts = world.texts(cleo, &ids[2]);
    assert_eq!(texts.iter().filter(|text| *text == "before the restore").count(), 1, "{texts:?}");
}

/// An account of after the backup, whose person linked a second device and changed something, and a friend of before.
fn newcomer(seed: u64) -> (World, [ClientId; 3], [String; 3]) {
    let mut world = World::restorable(seed);
    let bob = world.person("bob");
    world.settle_for(HOUR_MS);
    let backup = world.backup();
    let ana = world.person("ana");
    world.befriend(ana, bob);
    let second = world.link(ana);
    world.ok(ana, "account.set", json!({"knocks": "link"}));
    world.settle_for(2 * MINUTE_MS);
    let ids = [(ana, bob), (second, bob), (bob, ana)].map(|(who, with)| world.chat(who, with));
    world.say(ana, &ids[0], "hello");
    world.say(bob, &ids[2], "hello you");
    world.settle();
    world.restore(backup);
    (world, [ana, second, bob], ids)
}

#[test]
fn account_made_after_the_backup_registers_again_by_itself() {
    let (mut world, people, ids) = newcomer(6_401);
    let [ana, second, _] = people;
    world.settle_for(2 * HOUR_MS);
    for who in [ana, second] {
        let shown = world.ok(who, "account.show", json!({}));
        assert_eq!((&shown["address"], &shown["replaced"]), (&json!("ana@sim.example"), &json!(false)));
    }
    all_hear_each_other(&mut world, &people, &ids);
    // It has its name, and who did not know it finds it once it lets them.
    world.ok(ana, "account.set", json!({"knocks": "anyone"}));
    world.settle_for(2 * MINUTE_MS);
    let cleo = world.person("cleo");
    world.befriend(cleo, ana);
    let (at_cleo, at_ana) = (world.chat(cleo, ana), world.chat(ana, cleo));
    world.say(cleo, &at_cleo, "found you");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["found you"]);
}

/// The name of an account that is away is somebody else's by the time it comes back.
#[test]
fn name_that_somebody_took_after_a_restore_is_not_the_contacts() {
    let (mut world, [ana, second, bob], ids) = newcomer(6_402);
    world.sleep(ana, 10 * HOUR_MS);
    world.sleep(second, 10 * HOUR_MS);
    let other = world.device("ana");
    world.ok(other, "account.create", json!({"server": URL, "name": "ana"}));
    world.settle_for(MINUTE_MS);
    world.ok(other, "contact.knock", json!({"to": "bob@sim.example", "note": "it is me"}));
    world.settle_for(10 * MINUTE_MS);
    let contacts = world.ok(bob, "contact.list", json!({}))["contacts"].clone();
    let known: Vec<&Value> =
        contacts.as_array().unwrap().iter().filter(|one| one["address"] == "ana@sim.example").collect();
    assert!(known.len() <= 1, "{contacts}");
    let asked = world.ok(bob, "contact.requests", json!({}))["requests"].clone();
    assert!(asked.as_array().unwrap().iter().all(|one| one["from"] != "ana@sim.example"), "{asked}");
    // What he writes to her reaches nobody else.
    world.say(bob, &ids[2], "for her alone");
    world.settle_for(10 * MINUTE_MS);
    let chats = world.ok(other, "conversation.list", json!({})).to_string();
    assert!(!chats.contains("for her alone"), "{chats}");
    world.wake(ana);
    world.settle_for(HOUR_MS);
    let own = world.ok(ana, "conversation.list", json!({}))["conversations"].clone();
    let own = own.as_array().unwrap().iter().find(|one| one["kind"] == "own").expect("own notes");
    let lines = world.notices(ana, own["conversation"].as_str().unwrap());
    assert!(lines.iter().any(|line| line.contains("gave your name")), "{lines:?}");
}

// ---- By somebody who does not tell the server so ----

/// Three friends; Bob's inbox took something after the backup, and he is away.
fn silently_back(seed: u64) -> (World, [ClientId; 3]) {
    let mut world = World::restorable(seed);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    world.befriend(ana, bob);
    world.befriend(cleo, bob);
    world.settle_for(HOUR_MS);
    let backup = world.backup();
    world.group("Forgotten", ana, &[bob]);
    world.settle_for(MINUTE_MS);
    world.sleep(bob, 100 * HOUR_MS);
    world.restore_silently(backup);
    world.settle_for(10 * MINUTE_MS);
    (world, people)
}

fn asked_into(world: &mut World, who: ClientId) -> Vec<String> {
    let asked = world.ok(who, "conversation.requests", json!({}))["requests"].clone();
    asked.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// It has the number of one that came before the server was put back.
#[test]
fn invitation_with_a_number_that_another_one_had_arrives() {
    let (mut world, [ana, bob, cleo]) = silently_back(6_410);
    for name in ["New", "Newer", "Newest"] {
        let to = json!({"members": ["bob@sim.example"], "name": name});
        world.ok(cleo, "conversation.create", to);
        world.settle_for(MINUTE_MS);
    }
    world.wake(bob);
    world.settle_for(HOUR_MS);
    let mut asked = asked_into(&mut world, bob);
    asked.sort();
    assert_eq!(asked, ["New", "Newer", "Newest"]);
    let ids = [ana, bob].map(|who| world.named(who, "Forgotten"));
    all_hear_each_other(&mut world, &[ana, bob], &ids);
}

/// Nothing came since, and what made two people friends was forgotten.
#[test]
fn inbox_that_ends_before_what_came_is_told_everything_again() {
    let mut world = World::restorable(6_411);
    let people = ["ana", "bob"].map(|name| world.person(name));
    let [ana, bob] = people;
    world.settle_for(HOUR_MS);
    let backup = world.backup();
    world.befriend(ana, bob);
    let ids = [world.chat(ana, bob), world.chat(bob, ana)];
    world.say(ana, &ids[0], "hello");
    world.settle_for(MINUTE_MS);
    for who in people {
        world.sleep(who, 100 * HOUR_MS);
    }
    world.restore_silently(backup);
    for who in people {
        world.wake(who);
        world.settle_for(HOUR_MS);
    }
    all_hear_each_other(&mut world, &people, &ids);
}

/// Its inbox is not there at all.
#[test]
fn account_that_a_server_forgot_which_was_not_told_so_registers_again() {
    let mut world = World::restorable(6_412);
    let bob = world.person("bob");
    world.settle_for(HOUR_MS);
    let backup = world.backup();
    let ana = world.person("ana");
    world.befriend(ana, bob);
    let ids = [world.chat(ana, bob), world.chat(bob, ana)];
    world.say(ana, &ids[0], "hello");
    world.settle();
    world.restore_silently(backup);
    world.settle_for(2 * HOUR_MS);
    all_hear_each_other(&mut world, &[ana, bob], &ids);
}
