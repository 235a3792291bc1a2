//! A server whose disk damaged entries: what was in them is said again, and nobody is put out by it.

use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::server_frame::Body;

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

/// Ana, Bob and Cleo, and what each of them calls their group.
fn three(world: &mut World) -> ([ClientId; 3], [String; 3]) {
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let names = [group, world.named(bob, "Plans"), world.named(cleo, "Plans")];
    ([ana, bob, cleo], names)
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
fn damaged_change_of_a_message_is_said_again_and_nothing_looks_withheld() {
    let mut world = World::new(7304);
    let _note = world.announce("damaged_change_of_a_message");
    let ([ana, bob, _], [group, at_bob, _]) = three(&mut world);
    let first = world.say(ana, &group, "first");
    world.settle_for(60_000);
    let (log, before, _) = newest(&mut world, ana, &group);
    world.sleep(bob, 3_600_000);
    world.ok(ana, "message.edit", serde_json::json!({"message": first, "text": "first, changed"}));
    for text in ["second", "third"] {
        world.settle_for(5_000);
        world.say(ana, &group, text);
    }
    world.settle_for(60_000);
    for damaged in [before + 1, before + 2] {
        world.server.delivery.store().damage(log, damaged);
    }
    world.wake(bob);
    world.settle_for(120_000);
    let mut texts = world.texts(bob, &at_bob);
    texts.sort();
    assert_eq!(texts, ["first, changed", "second", "third"]);
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().all(|line| !line.contains("withheld")), "{notices:?}");
    is_calm(&notices);
    // What does not come later on is told all the same.
    world.sleep(bob, 3_600_000);
    let (_, before, _) = newest(&mut world, ana, &group);
    for text in ["fourth", "fifth"] {
        world.say(ana, &group, text);
        world.settle_for(5_000);
    }
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::LogEntries(page)) = frame.body.as_mut().filter(|_| to == bob) {
            let at = before.checked_sub(page.first).map_or(0, |at| at as usize + 1);
            page.entries.iter_mut().skip(at).take(1).for_each(|entry| entry.payload = vec![1; 100].into());
        }
        vec![frame]
    }));
    world.wake(bob);
    world.settle_for(60_000);
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("withheld")), "{notices:?}");
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
    let ([ana, bob, cleo], [group, at_bob, at_cleo]) = three(&mut world);
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
fn damaged_change_of_a_group_behind_which_nothing_follows_takes_nothing_along() {
    let mut world = World::new(7305);
    let _note = world.announce("damaged_change_behind_which_nothing_follows");
    let ([ana, bob, _], [group, at_bob, _]) = three(&mut world);
    let first = world.say(ana, &group, "first");
    world.settle_for(60_000);
    let (log, before, _) = newest(&mut world, ana, &group);
    world.sleep(bob, 3_600_000);
    world.ok(ana, "message.edit", serde_json::json!({"message": first, "text": "first, changed"}));
    world.settle_for(5_000);
    world.ok(ana, "conversation.set", serde_json::json!({"conversation": group, "name": "Our plans"}));
    world.settle_for(5_000);
    world.say(ana, &group, "second");
    world.settle_for(60_000);
    let (_, after, _) = newest(&mut world, ana, &group);
    for damaged in before + 1..=after {
        world.server.delivery.store().damage(log, damaged);
    }
    world.wake(bob);
    world.settle_for(600_000);
    world.say(bob, &at_bob, "here");
    world.settle_for(600_000);
    let mut texts = world.texts(bob, &at_bob);
    texts.sort();
    assert_eq!(texts, ["first, changed", "here", "second"]);
    assert_eq!(world.shown(bob, &at_bob)["name"], "Our plans");
    is_calm(&world.notices(bob, &at_bob));
}

#[test]
fn damaged_message_of_which_the_changes_came_is_there_after_a_lost_change_of_the_group() {
    for waits_ms in [1_000, 3_000, 8_000] {
        let mut world = World::new(7306);
        let _note = world.announce("damaged_message_of_which_the_changes_came");
        let ([ana, bob, _], [group, at_bob, _]) = three(&mut world);
        world.settle_for(60_000);
        let (log, before, _) = newest(&mut world, ana, &group);
        world.sleep(bob, 3_600_000);
        let said = world.say(ana, &group, "said");
        for text in ["changed", "changed again"] {
            world.settle_for(waits_ms);
            world.ok(ana, "message.edit", serde_json::json!({"message": said, "text": text}));
        }
        world.settle_for(waits_ms);
        world.ok(ana, "conversation.set", serde_json::json!({"conversation": group, "name": "Our plans"}));
        world.settle_for(60_000);
        let (_, after, _) = newest(&mut world, ana, &group);
        for damaged in [before + 1, after] {
            world.server.delivery.store().damage(log, damaged);
        }
        world.sleep(ana, 3_600_000);
        world.wake(bob);
        world.settle_for(120_000);
        world.sleep(bob, 3_600_000);
        world.wake(ana);
        world.settle_for(60_000);
        world.wake(bob);
        world.settle_for(600_000);
        assert_eq!(world.texts(bob, &at_bob), ["changed again"], "{:?}", world.notices(bob, &at_bob));
    }
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

/// Where two entries are lost, and the chain was shown in between, what somebody says who had read the first of them alone blames nobody.
#[test]
fn losses_with_the_chain_shown_between_them_make_nobody_a_liar() {
    let mut world = World::new(7309);
    let ([ana, bob, cleo], [group, at_bob, at_cleo]) = three(&mut world);
    world.say(ana, &group, "base");
    world.settle_for(60_000);
    world.sleep(cleo, 3_600_000);
    let (log, before, _) = newest(&mut world, ana, &group);
    world.say(ana, &group, "one");
    world.settle_for(10_000);
    // Neither of them has read the other's.
    world.say(ana, &group, "two");
    world.say(bob, &at_bob, "three");
    world.say(bob, &at_bob, "four");
    world.settle_for(60_000);
    for damaged in [before + 1, before + 3] {
        world.server.delivery.store().damage(log, damaged);
    }
    world.wake(cleo);
    world.settle_for(120_000);
    let mut texts = world.texts(cleo, &at_cleo);
    texts.sort();
    assert_eq!(texts, ["base", "four", "one", "three", "two"]);
    for (id, conversation) in [(ana, &group), (bob, &at_bob), (cleo, &at_cleo)] {
        is_calm(&world.notices(id, conversation));
    }
}

/// Who lost an entry, and whom nobody has shown the chain since, adds somebody, and says that it does not know the chain.
#[test]
fn newcomer_whose_adder_lost_an_entry_blames_nobody() {
    let mut world = World::new(7310);
    let names = ["ana", "bob", "cleo", "dora"];
    let people: Vec<ClientId> = names.iter().map(|name| world.person(name)).collect();
    let [ana, bob, cleo, dora] = people[..] else { unreachable!() };
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.befriend(cleo, dora);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let (at_bob, at_cleo) = (world.named(bob, "Plans"), world.named(cleo, "Plans"));
    world.settle_for(60_000);
    world.sleep(cleo, 3_600_000);
    let (log, before, _) = newest(&mut world, ana, &group);
    world.say(ana, &group, "one");
    world.settle_for(30_000);
    world.server.delivery.store().damage(log, before + 1);
    // Only she is there when she finds it lost.
    world.sleep(ana, 3_600_000);
    world.sleep(bob, 3_600_000);
    world.wake(cleo);
    world.settle_for(5_000);
    let to_dora = world.address(dora);
    world.ok(cleo, "conversation.add", serde_json::json!({"conversation": at_cleo, "members": [to_dora]}));
    world.settle_for(30_000);
    world.accept_groups(dora);
    world.settle_for(30_000);
    let at_dora = world.named(dora, "Plans");
    for id in [bob, ana] {
        world.wake(id);
    }
    world.settle_for(60_000);
    for round in 0..2 {
        for (id, conversation) in [(bob, &at_bob), (dora, &at_dora), (ana, &group), (cleo, &at_cleo)] {
            world.say(id, conversation, &format!("round {round}"));
            world.settle_for(20_000);
        }
    }
    assert_eq!(world.texts(dora, &at_dora).len(), 8);
    for (id, conversation) in [(ana, &group), (bob, &at_bob), (cleo, &at_cleo), (dora, &at_dora)] {
        let notices = world.notices(id, conversation);
        is_calm(&notices);
        assert!(notices.iter().all(|line| !line.contains("lied")), "{notices:?}");
    }
    // What the server shows her otherwise from then on is noticed: she knows the chain of what she read herself.
    assert!(world.notices(dora, &at_dora).iter().any(|line| line.contains("added you")));
}
