//! Two views: the server shows some of its people another course of events than the others, under the same key, each
//! view in good order by itself.

use casemate_server::directory::LOG_FILE;
use casemate_server::transparency::Transparency;
use casemate_transparency::Broken;
use casemate_transparency::audit::Audited;
use serde_json::json;

use super::{Story, story};
use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;

/// The server's word that it did something wrong, wherever a person reads it.
fn told(world: &mut World, who: ClientId, id: &str) -> String {
    let mut told = world.notices(who, id).join("\n");
    told.push_str(&world.doubts(who));
    told
}

#[test]
fn commits_that_differ_by_member_show_when_the_views_meet() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::restorable(8_800));
    world.fork(|_| ());
    world.show_other_view(&[cleo]);
    world.settle();
    let at_cleo = world.named(cleo, "Plans");
    for (who, id, name) in [(ana, &group, "For Ana"), (cleo, &at_cleo, "For Cleo")] {
        world.ok(who, "conversation.set", json!({"conversation": id, "name": name}));
        world.say(who, id, "in my view");
    }
    world.settle();
    assert_eq!(world.shown(ana, &group)["name"], "For Ana");
    assert_eq!(world.shown(cleo, &at_cleo)["name"], "For Cleo");
    // The server can join its views no more.
    world.show_other_view(&[]);
    world.settle_for(10 * MINUTE_MS);
    world.say(ana, &group, "one view again");
    let said = json!({"conversation": at_cleo, "text": "and mine"});
    let _ = world.call(cleo, "message.send", said);
    world.settle_for(30 * MINUTE_MS);
    let told = told(&mut world, cleo, &at_cleo);
    let words =
        ["did not show this device everything", "could not be read", "withheld", "different histories"];
    assert!(words.iter().any(|word| told.contains(word)), "{told}");
    // And nobody stays behind.
    world.say(ana, &group, "all of you");
    world.settle_for(10 * MINUTE_MS);
    let at_bob = world.named(bob, "For Ana");
    for (who, id) in [(bob, &at_bob), (cleo, &at_cleo)] {
        assert!(world.texts(who, id).contains(&"all of you".to_owned()), "{who:?}");
    }
    // Cleo believed that she had what came under those numbers. What Ana said in her view is said again, and then it is delivered.
    world.settle_for(30 * MINUTE_MS);
    let said = world.messages(ana, &group);
    let said = said.iter().find(|one| one["text"] == "in my view").expect("said");
    assert_eq!(said["state"], "delivered");
    let seen = world.messages(cleo, &at_cleo);
    assert!(seen.iter().any(|one| one["message"] == said["message"]), "{seen:?}");
}

#[test]
fn messages_that_differ_by_member_show_also_after_a_restart() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::restorable(8_801));
    world.fork(|_| ());
    world.show_other_view(&[cleo]);
    world.settle();
    let at_cleo = world.named(cleo, "Plans");
    world.say(ana, &group, "to all but Cleo");
    world.say(cleo, &at_cleo, "to nobody but Cleo");
    world.settle();
    // Both have read as many entries, and not the same. What was kept in memory is gone, and nobody else speaks.
    for who in [bob, second] {
        world.sleep(who, 86_400_000);
    }
    world.show_other_view(&[]);
    for who in [ana, cleo] {
        world.kill(who.0);
    }
    world.settle_for(3_000);
    world.say(ana, &group, "what do you think?");
    world.settle_for(3_000);
    let told = told(&mut world, cleo, &at_cleo);
    assert!(told.contains("different histories of this conversation"), "{told}");
}

/// Whether Cleo got in the end what she was not shown: her place was lost, and it was said again.
fn one_member_is_not_shown_a_message(seed: u64) -> bool {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::restorable(seed));
    world.fork(|_| ());
    world.show_other_view(&[cleo]);
    world.settle();
    let at_cleo = world.named(cleo, "Plans");
    let said = world.say(ana, &group, "to all but Cleo");
    world.say(cleo, &at_cleo, "to nobody but Cleo");
    world.settle_for(MINUTE_MS);
    world.show_other_view(&[]);
    world.settle_for(MINUTE_MS);
    let at_bob = world.named(bob, "Plans");
    let has = |world: &mut World, text: &str| world.texts(cleo, &at_cleo).iter().any(|seen| seen == text);
    // What is told past the log comes first, and the receipt after it; then both have started again.
    for (who, id, text, wait) in [
        (bob, &at_bob, "what do you think?", 2_000),
        (bob, &at_bob, "and now?", MINUTE_MS),
        (ana, &group, "once more", MINUTE_MS),
    ] {
        world.say(who, id, text);
        world.settle_for(wait);
        let all = world.messages(ana, &group);
        let reached = &all.iter().find(|one| one["message"] == said.as_str()).expect("said")["state"];
        assert!(reached == "sent" || has(&mut world, "to all but Cleo"), "{seed}: {reached} after {text}");
        world.kill(ana.0);
        world.settle_for(MINUTE_MS);
    }
    has(&mut world, "to all but Cleo")
}

#[test]
fn message_that_one_member_was_not_shown_is_not_delivered_by_a_receipt_for_what_has_its_number() {
    let came = (8_804..8_810).filter(|seed| one_member_is_not_shown_a_message(*seed)).count();
    assert!(came < 6, "she was shown it each time, so this looks at nothing");
}

#[test]
fn a_removal_that_one_member_is_not_shown_shows_when_the_views_meet() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::restorable(8_802));
    let at_cleo = world.named(cleo, "Plans");
    world.settle_for(2 * MINUTE_MS);
    world.fork(|_| ());
    // Bob's stolen device and Cleo are shown a world in which it was never removed.
    world.show_other_view(&[cleo, second]);
    world.settle();
    world.drop_device(bob, second);
    world.say(ana, &group, "after the removal");
    world.settle();
    let at_second = world.named(second, "Plans");
    assert!(!world.texts(second, &at_second).contains(&"after the removal".to_owned()));
    // It cannot be kept up: a word of anybody who knows of the removal brings it to Cleo.
    world.show_other_view(&[second]);
    world.settle_for(10 * MINUTE_MS);
    world.say(ana, &group, "Cleo, are you there?");
    world.settle_for(10 * MINUTE_MS);
    world.say(cleo, &at_cleo, "yes, without him");
    world.settle_for(10 * MINUTE_MS);
    assert_eq!(world.devices_in(cleo, &at_cleo), 3);
    assert_eq!(world.texts(ana, &group).last().unwrap(), "yes, without him");
    assert!(!world.texts(second, &at_second).contains(&"yes, without him".to_owned()));
}

/// What an auditor that looked at one view says of the other.
fn audited(world: &World, now_ms: i64) -> Result<(), Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let identity = world.server.directory.identity();
    let public = identity.key.verifying_key().to_bytes();
    let other = world.other_view.as_ref().unwrap().folder.clone();
    let mut audited = Audited::nothing();
    for folder in [world.directory_folder(), other] {
        let mut rng = rand_core::OsRng;
        let file = folder.join(LOG_FILE);
        let mut log =
            Transparency::open(Some(&file), identity.incarnation, identity.key.clone(), &mut rng).unwrap();
        loop {
            let page = log.page(audited.epoch, audited.known(), now_ms).unwrap();
            runtime.block_on(audited.take(&page, &public))?;
            if audited.is_complete() {
                break;
            }
        }
    }
    Ok(())
}

#[test]
fn two_views_of_one_epoch_are_named_to_both_people_and_refused_by_an_auditor() {
    let Story { mut world, ana, bob, cleo, chat, .. } = story(World::restorable(8_803));
    world.settle_for(2 * MINUTE_MS);
    world.fork(|_| ());
    assert_eq!(audited(&world, world.now_ms), Ok(()), "one log, kept twice");
    // Different people come in each view, so that the next epoch is another one.
    world.show_other_view(&[bob]);
    let dora = world.device("dora");
    world.show_other_view(&[bob, dora]);
    world.ok(dora, "account.create", json!({"server": crate::world::URL, "name": "dora"}));
    world.person("emil");
    world.settle_for(130 * MINUTE_MS);
    for who in [ana, bob, cleo] {
        assert_eq!(world.doubts(who), "", "alone nobody can tell");
    }
    let refused = audited(&world, world.now_ms);
    assert!(matches!(refused, Err(Broken::Proof | Broken::Conflict)), "{refused:?}");
    // One word that crosses from one view to the other names the server and the other person.
    world.show_other_view(&[]);
    world.settle_for(2 * MINUTE_MS);
    world.say(ana, &chat, "hello");
    world.settle_for(10 * MINUTE_MS);
    let at_bob = world.chat(bob, ana);
    let told_bob = told(&mut world, bob, &at_bob);
    let words = ["two different lists of everyone's keys", "contradicts what it showed before"];
    assert!(words.iter().any(|word| told_bob.contains(word)), "{told_bob}");
    world.say(bob, &at_bob, "hello");
    world.settle_for(10 * MINUTE_MS);
    let told_ana = told(&mut world, ana, &chat);
    assert!(
        told_ana.contains("The server showed you and bob two different lists of everyone's keys."),
        "{told_ana}"
    );
}
