//! A server whose disk damaged entries: what was in them is said again, and nobody is put out by it.

use casemate_wire::ids::LogId;

use crate::{ClientId, World};

/// The log of a conversation, its newest entry and its newest commit.
fn newest(world: &mut World, id: ClientId, conversation: &str) -> (LogId, u64, u64) {
    let log = world.log_of(id, conversation);
    world.with_db(id, |db| {
        let sql = "SELECT cursor, last_commit FROM logs WHERE log = ?1";
        db.query_row(sql, [&log.0[..]], |row| {
            let number = |at| row.get::<_, i64>(at).map(|number| number as u64);
            Ok((log, number(0)?, number(1)?))
        })
        .expect("its log")
    })
}

fn state(world: &mut World, id: ClientId, conversation: &str, text: &str) -> String {
    let messages = world.messages(id, conversation);
    let message = messages.iter().find(|message| message["text"] == text);
    message.and_then(|message| message["state"].as_str()).unwrap_or("nowhere").to_owned()
}

fn is_calm(notices: &[String]) {
    for bad in [
        "removed",
        "away for longer",
        "can read no further",
        "different histories",
        "continued with new keys",
    ] {
        assert!(notices.iter().all(|line| !line.contains(bad)), "{bad}: {notices:?}");
    }
}

#[test]
fn damaged_message_is_said_again_and_nobody_is_put_out() {
    let mut world = World::new(7300);
    let _note = world.announce("damaged_message");
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "before");
    world.settle_for(30_000);
    let (log, before, _) = newest(&mut world, ana, &at_ana);
    world.sleep(bob, 3_600_000);
    for number in 1..=7 {
        world.say(ana, &at_ana, &format!("text {number}"));
    }
    world.settle_for(30_000);
    // One in the middle, and the newest one.
    for damaged in [before + 3, before + 7] {
        world.server.delivery.store().damage(log, damaged);
    }
    world.wake(bob);
    world.settle_for(60_000);
    let mut texts = world.texts(bob, &at_bob);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.iter().filter(|text| text.starts_with("text ")).count(), 7, "{texts:?}");
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("lost at the server")), "{notices:?}");
    is_calm(&notices);
    // Delivered, now that it is.
    for number in 1..=7 {
        assert_eq!(state(&mut world, ana, &at_ana, &format!("text {number}")), "delivered");
    }
    // Both go on, and neither thinks that the other was shown something else.
    for round in 0..3 {
        world.say(bob, &at_bob, &format!("answer {round}"));
        world.settle_for(30_000);
        world.say(ana, &at_ana, &format!("word {round}"));
        world.settle_for(30_000);
    }
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "word 2");
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "word 2");
    assert_eq!(state(&mut world, ana, &at_ana, "word 2"), "delivered");
    is_calm(&world.notices(ana, &at_ana));
    is_calm(&world.notices(bob, &at_bob));
}

#[test]
fn damaged_message_whose_author_is_away_is_not_called_delivered() {
    let mut world = World::new(7301);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle_for(30_000);
    let (log, before, _) = newest(&mut world, ana, &at_ana);
    world.sleep(bob, 3_600_000);
    world.say(ana, &at_ana, "damaged");
    world.say(ana, &at_ana, "whole");
    world.settle_for(30_000);
    world.server.delivery.store().damage(log, before + 1);
    // Bob reads while Ana is away; she hears of it and says it again when she is back.
    world.sleep(ana, 7_200_000);
    world.wake(bob);
    world.settle_for(120_000);
    assert!(!world.texts(bob, &at_bob).contains(&"damaged".to_owned()));
    world.sleep(bob, 7_200_000);
    world.wake(ana);
    world.settle_for(120_000);
    assert_eq!(state(&mut world, ana, &at_ana, "damaged"), "sent");
    assert_eq!(state(&mut world, ana, &at_ana, "whole"), "delivered");
    world.wake(bob);
    world.settle_for(120_000);
    assert!(world.texts(bob, &at_bob).contains(&"damaged".to_owned()));
    assert_eq!(state(&mut world, ana, &at_ana, "damaged"), "delivered");
}

#[test]
fn damaged_change_of_a_group_has_its_device_added_again() {
    let mut world = World::new(7302);
    let _note = world.announce("damaged_change");
    let people: Vec<ClientId> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
    let [ana, bob, cleo] = people[..] else { unreachable!() };
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let (at_bob, at_cleo) = (world.named(bob, "Plans"), world.named(cleo, "Plans"));
    world.say(ana, &group, "before");
    world.settle_for(60_000);
    world.sleep(bob, 3_600_000);
    world.ok(ana, "conversation.set", serde_json::json!({"conversation": group, "name": "Our plans"}));
    world.settle_for(60_000);
    let (log, _, commit) = newest(&mut world, ana, &group);
    world.say(ana, &group, "since");
    world.settle_for(60_000);
    world.server.delivery.store().damage(log, commit);
    world.wake(bob);
    world.settle_for(600_000);
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("lost at the server")), "{notices:?}");
    for bad in ["removed", "away for longer", "different histories"] {
        assert!(notices.iter().all(|line| !line.contains(bad)), "{bad}: {notices:?}");
    }
    world.say(ana, &group, "welcome back");
    world.settle_for(60_000);
    world.say(bob, &at_bob, "here");
    world.settle_for(60_000);
    assert!(world.texts(bob, &at_bob).contains(&"welcome back".to_owned()));
    for (who, id) in [(ana, &group), (cleo, &at_cleo)] {
        assert_eq!(world.texts(who, id).last().unwrap(), "here");
    }
    assert!(world.texts(bob, &at_bob).contains(&"since".to_owned()), "it was said again");
    assert_eq!(world.shown(bob, &at_bob)["standing"], "active");
}

#[test]
fn loss_hides_no_other_history_that_was_shown_before() {
    let mut world = World::restorable(7303);
    let _note = world.announce("loss_hides_no_other_history");
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "before");
    world.settle_for(60_000);
    let (log, before, _) = newest(&mut world, ana, &at_ana);
    // Bob alone is shown what he says, and Ana something else under the same number.
    world.fork(|_| {});
    world.show_other_view(&[bob]);
    world.settle_for(5_000);
    world.say(bob, &at_bob, "unheard");
    world.settle_for(2_000);
    world.sleep(bob, 3_600_000);
    for text in ["one", "two", "three"] {
        world.say(ana, &at_ana, text);
    }
    world.settle_for(60_000);
    let (_, at_bobs, _) = newest(&mut world, bob, &at_bob);
    assert!(at_bobs > before);
    // Where the two would be compared next, the server calls what it has lost.
    world.server.delivery.store().damage(log, at_bobs + 1);
    world.show_other_view(&[]);
    world.wake(bob);
    world.settle_for(120_000);
    let mut notices = world.notices(ana, &at_ana);
    notices.extend(world.notices(bob, &at_bob));
    assert!(notices.iter().any(|line| line.contains("lost at the server")), "{notices:?}");
    assert!(notices.iter().any(|line| line.contains("different histories")), "{notices:?}");
}
