//! What one thing does to another: what a person gave up, took back or closed the door on reaches nobody by another way.

use casemate_api::Kind as Refused;
use serde_json::{Value, json};

use super::{find, pair, with_plans};
use crate::World;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn what_waits_for_the_network_goes_with_its_deleted_chat() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_900);
    world.say(ana, &at_ana, "before");
    world.settle();
    world.sleep(ana, HOUR_MS);
    world.say(ana, &at_ana, "regretted");
    world.ok(ana, "conversation.draft", json!({"conversation": at_ana, "text": "begun"}));
    world.ok(ana, "conversation.clear", json!({"conversation": at_ana, "scheduled": true}));
    world.wake(ana);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["before"]);
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    assert_eq!(world.shown(ana, &at_ana)["draft"], Value::Null);
}

#[test]
fn what_waits_for_the_network_does_not_reach_whoever_is_blocked_meanwhile() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_901);
    let sent = world.say(ana, &at_ana, "before");
    world.settle();
    world.sleep(ana, HOUR_MS);
    let failed = world.say(ana, &at_ana, "regretted");
    world.ok(ana, "message.edit", json!({"message": sent, "text": "regretted too"}));
    world.ok(ana, "contact.block", json!({"who": "bob@sim.example"}));
    world.wake(ana);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["before"]);
    assert_eq!(find(&mut world, ana, &at_ana, &failed).unwrap()["state"], "failed");
    let refused = world.call(ana, "message.react", json!({"message": sent, "emoji": "👍"}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed);
    // Taking back is never kept from anybody.
    world.ok(ana, "message.delete", json!({"message": sent, "for": "everyone"}));
    world.settle();
    assert_eq!(find(&mut world, bob, &at_bob, &sent).unwrap()["deleted"], true);
}

#[test]
fn whoever_is_blocked_does_not_learn_when_their_messages_are_read() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_902);
    let ana2 = world.link(ana);
    let at_ana2 = world.chat(ana2, bob);
    let sent = world.say(bob, &at_bob, "are you there?");
    world.settle();
    world.ok(ana, "contact.block", json!({"who": "bob@sim.example"}));
    world.ok(ana, "message.read", json!({"message": sent}));
    world.settle_for(120_000);
    assert_eq!(find(&mut world, bob, &at_bob, &sent).unwrap()["state"], "delivered");
    assert_eq!(world.shown(ana2, &at_ana2)["unread"], 0, "own devices know");
    let _ = at_ana;
}

#[test]
fn another_text_for_what_has_not_left_is_the_only_one_that_leaves() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_903);
    let sent = world.say(ana, &at_ana, "one");
    world.settle();
    world.sleep(ana, HOUR_MS);
    let waits = world.say(ana, &at_ana, "meet at the bridge");
    world.ok(ana, "message.edit", json!({"message": waits, "text": "meet"}));
    world.ok(ana, "message.edit", json!({"message": sent, "text": "two, with a name in it"}));
    world.ok(ana, "message.edit", json!({"message": sent, "text": "two"}));
    let taken_back = world.say(ana, &at_ana, "nothing");
    world.ok(ana, "message.edit", json!({"message": taken_back, "text": "nothing at all"}));
    world.ok(ana, "message.delete", json!({"message": taken_back, "for": "me"}));
    world.wake(ana);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["two", "meet"]);
    let history = |world: &mut World, message: &str| {
        let all = world.ok(bob, "message.history", json!({"message": message}));
        serde_json::to_string(&all).unwrap()
    };
    let unseen = history(&mut world, &waits);
    assert!(!unseen.contains("bridge"), "{unseen}");
    let unseen = history(&mut world, &sent);
    assert!(!unseen.contains("a name in it"), "{unseen}");
    assert_eq!(find(&mut world, ana, &at_ana, &waits).unwrap()["edited"], false);
}

#[test]
fn what_one_device_deleted_does_not_come_to_one_that_hears_of_that_first() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_904);
    let bob2 = world.link(bob);
    let at_bob2 = world.chat(bob2, ana);
    world.settle();
    world.say(ana, &at_ana, "kept");
    let gone = world.say(ana, &at_ana, "gone");
    world.settle();
    world.ok(bob2, "conversation.clear", json!({"conversation": at_bob2}));
    world.ok(bob, "message.delete", json!({"message": gone, "for": "me"}));
    world.settle();
    // It comes once more, as after a server's restore, to one that deleted it and one that only heard of that.
    let mut insider = world.insider(ana, &at_ana);
    let text = casemate_content::proto::Text { text: "gone".into(), ..Default::default() };
    let id = casemate_wire::ids::MessageId::from_hex(&gone).unwrap();
    world.insider_says(&mut insider, id.0.to_vec(), casemate_content::proto::content::Kind::Text(text));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["kept"]);
    assert_eq!(world.texts(bob2, &at_bob2), Vec::<String>::new());
}

#[test]
fn reading_past_what_is_shown_once_does_not_use_it_up() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_905);
    let sent =
        world.ok(ana, "message.send", json!({"conversation": at_ana, "text": "look", "view_once": true}));
    let once = sent["message"].as_str().unwrap().to_owned();
    world.settle();
    // "Mark as read" on a notification, or a terminal that shows the chat.
    world.ok(bob, "message.read", json!({"message": once}));
    world.settle();
    assert_eq!(find(&mut world, ana, &at_ana, &once).unwrap()["opened"], false);
    world.ok(bob, "message.open", json!({"message": once}));
    world.ok(bob, "message.read", json!({"message": once}));
    world.settle();
    assert_eq!(find(&mut world, ana, &at_ana, &once).unwrap()["opened"], true);
    assert_eq!(find(&mut world, bob, &at_bob, &once).unwrap()["deleted"], true);
}

#[test]
fn a_link_taken_out_of_what_waits_takes_its_preview_along() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_906);
    let preview = json!({"url": "https://secret.example/plan", "title": "The plan"});
    let later = json!({
        "conversation": at_ana, "text": "see https://secret.example/plan", "preview": preview, "at": "2026-11-21T09:00:00Z",
    });
    let waits = world.ok(ana, "message.send", later)["message"].as_str().unwrap().to_owned();
    world.ok(ana, "message.edit", json!({"message": waits, "text": "see you"}));
    world.ok(ana, "message.reschedule", json!({"message": waits}));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["see you"]);
    let kept = world.with_db(bob, |db| {
        db.query_row("SELECT count(*) FROM link_previews", [], |row| row.get::<_, i64>(0)).unwrap()
    });
    assert_eq!(kept, 0);
}

#[test]
fn what_a_restored_server_forgot_comes_again_as_it_was() {
    let mut world = World::restorable(2_907);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "kept");
    world.settle();
    let backup = world.backup();
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 3_600}));
    world.settle();
    world.sleep(bob, HOUR_MS);
    let timed = world.say(ana, &at_ana, "for an hour");
    let taken_back = world.say(ana, &at_ana, "taken back");
    world.settle();
    world.ok(ana, "message.delete", json!({"message": taken_back, "for": "everyone"}));
    world.settle();
    world.restore(backup);
    world.settle_for(120_000);
    world.wake(bob);
    world.settle_for(300_000);
    assert!(find(&mut world, bob, &at_bob, &timed).is_some());
    assert!(!world.texts(bob, &at_bob).contains(&"taken back".to_owned()));
    world.settle_for(2 * HOUR_MS);
    world.sleep(ana, HOUR_MS);
    world.settle_for(2 * HOUR_MS);
    assert!(find(&mut world, bob, &at_bob, &timed).is_none(), "its time is over");
}

/// Members drop what admins alone may say by now. It waits, and looks so to its author; what comes after it does not.
#[test]
fn what_admins_alone_may_say_by_now_waits_until_all_may() {
    let mut world = World::new(2_908);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    world.group("Plans", ana, &[bob, cleo]);
    let [at_ana, at_bob, at_cleo] = [ana, bob, cleo].map(|who| world.named(who, "Plans"));
    let sent = world.say(bob, &at_bob, "one");
    world.settle();
    let may = |who: &str, edit: &str| json!({"add": "members", "edit": edit, "send": who});
    // The commit comes first, and what was encrypted for the epoch before is refused.
    world.sleep(bob, HOUR_MS);
    world.ok(bob, "message.edit", json!({"message": sent, "text": "two"}));
    let waits = world.say(bob, &at_bob, "three");
    world.ok(bob, "message.pin", json!({"message": sent, "on": true}));
    world.ok(
        ana,
        "conversation.set",
        json!({"conversation": at_ana, "permissions": may("admins", "admins")}),
    );
    world.settle_for(1_000);
    world.wake(bob);
    world.settle_for(60_000);
    assert_eq!(world.texts(cleo, &at_cleo), ["one"]);
    assert_eq!(find(&mut world, bob, &at_bob, &waits).unwrap()["state"], "failed");
    // What everybody may do goes past it, and nothing looks withheld.
    world.say(ana, &at_ana, "rules");
    world.settle();
    let rules = world.messages(bob, &at_bob).into_iter().find(|one| one["text"] == "rules").unwrap();
    world.begin(bob, "message.react", json!({"message": rules["message"], "emoji": "👍"}));
    world.settle_for(60_000);
    world.ok(
        ana,
        "conversation.set",
        json!({"conversation": at_ana, "permissions": may("members", "members")}),
    );
    world.settle_for(60_000);
    assert_eq!(world.texts(cleo, &at_cleo), ["two", "rules"]);
    world.ok(bob, "message.reschedule", json!({"message": waits}));
    world.settle_for(60_000);
    assert_eq!(world.texts(cleo, &at_cleo), ["two", "rules", "three"]);
    let notices = world.notices(cleo, &at_cleo);
    assert!(!notices.iter().any(|line| line.contains("did not arrive")), "{notices:?}");
    assert_eq!(find(&mut world, cleo, &at_cleo, &sent).unwrap()["pinned"], true);
}

#[test]
fn message_deleted_while_the_epoch_changes_leaves_no_gap_that_looks_withheld() {
    // Somewhere among these the group's keys have changed, and what was encrypted under the old ones is not refused yet.
    for (before, after) in (0..12).flat_map(|before| (1..8).map(move |after| (before, after))) {
        let (mut world, ana, bob, at_ana) = with_plans(2_960);
        let at_bob = world.named(bob, "Plans");
        world.say(bob, &at_bob, "before");
        world.settle();
        world.begin(ana, "conversation.set", json!({"conversation": at_ana, "name": "Other plans"}));
        (0..before).for_each(|_| world.step());
        let regretted = world.say(bob, &at_bob, "regretted");
        world.say(bob, &at_bob, "meant");
        (0..after).for_each(|_| world.step());
        world.ok(bob, "message.delete", json!({"message": regretted, "for": "everyone"}));
        world.say(bob, &at_bob, "after");
        world.settle();
        let notices = world.notices(ana, &at_ana);
        assert!(notices.iter().all(|line| !line.contains("withheld")), "{before} {after}: {notices:?}");
        let texts: Vec<String> =
            world.texts(ana, &at_ana).into_iter().filter(|text| !text.is_empty()).collect();
        assert_eq!(texts, ["before", "meant", "after"], "{before} {after}");
    }
}
