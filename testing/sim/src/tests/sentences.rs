//! The sentences that have a code are those that the engine, and what it passes on, really say.

use std::path::Path;

use casemate_api::said::{SENTENCES, said};
use serde_json::json;

use crate::World;

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            // A long sentence goes on in the next line.
            for line in std::fs::read_to_string(&path).expect("a source").lines() {
                text.push_str(line.trim_start().trim_end_matches('\\'));
            }
        }
    }
}

#[test]
fn every_sentence_with_a_code_is_said_somewhere() {
    let mut text = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in [
        "crates/backup",
        "crates/crypto",
        "crates/engine",
        "crates/export",
        "crates/server",
        "crates/wire",
        "apps/casemate",
        "apps/web/engine-worker",
    ] {
        sources(&root.join(name).join("src"), &mut text);
    }
    let text = text.to_lowercase();
    for (code, form) in SENTENCES {
        // The longest part that nothing is put into; refusals are written small and get their full stop later.
        let parts = form.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after));
        let longest = parts.max_by_key(|part| part.len()).expect("one part at least");
        let longest = longest.trim_end_matches('.').to_lowercase();
        assert!(text.contains(longest.trim_start_matches("you ")), "nobody says {code}: {longest}");
    }
}

#[test]
fn whoever_is_meant_is_told_so() {
    let mut world = World::new(1_722);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("walkers", ana, &[bob]);
    let at_bob = world.named(bob, "walkers");
    for change in ["admins_add", "admins_remove"] {
        world.ok(ana, "conversation.set", json!({"conversation": group, change: ["bob@sim.example"]}));
        world.settle();
    }
    let mut told = |who, conversation: &str| {
        let notices = world.notices(who, conversation);
        notices.into_iter().filter(|line| line.contains(" an admin")).collect::<Vec<_>>()
    };
    assert_eq!(told(bob, &at_bob), ["You are an admin now.", "You are no longer an admin."]);
    assert_eq!(told(ana, &group), ["bob is an admin now.", "bob is no longer an admin."]);
}

/// They left, which says it.
#[test]
fn of_an_admin_who_is_gone_it_is_not_said_that_they_are_none_any_more() {
    for (seed, deletes) in [(1_724, true), (1_725, false)] {
        let mut world = World::new(seed);
        let [bob, ana, cleo] = ["bob", "ana", "cleo"].map(|name| world.person(name));
        world.befriend(bob, ana);
        world.befriend(bob, cleo);
        let at_bob = world.group("walkers", bob, &[ana, cleo]);
        let at_ana = world.named(ana, "walkers");
        world.settle();
        match deletes {
            true => world.ok(bob, "account.delete", json!({"name": "bob"})),
            false => world.ok(bob, "conversation.leave", json!({"conversation": at_bob})),
        };
        world.settle_for(60_000);
        let lines = world.notices(ana, &at_ana);
        assert!(lines.contains(&"bob left.".to_owned()), "{lines:?}");
        assert!(lines.iter().any(|line| line.ends_with("an admin now.")), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains("no longer")), "{lines:?}");
    }
}

#[test]
fn lines_and_refusals_carry_their_code() {
    let mut world = World::new(1_720);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("walkers", ana, &[bob]);
    world.ok(ana, "conversation.set", json!({"conversation": group, "disappearing_seconds": 3600}));
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": ["bob@sim.example"]}));
    world.settle();
    let at_bob = world.named(bob, "walkers");
    let lines: Vec<_> =
        world.messages(bob, &at_bob).into_iter().filter(|line| line["kind"] == "notice").collect();
    let codes: Vec<_> = lines.iter().map(|line| line["said"]["code"].as_str().unwrap_or_default()).collect();
    assert!(codes.contains(&"timer-set") && codes.contains(&"reads-no-further"), "{lines:?}");
    let refused =
        world.call(bob, "message.send", json!({"conversation": at_bob, "text": "hello"})).unwrap_err();
    assert_eq!(said(&refused.message).map(|said| said.code).as_deref(), Some("no-longer-member"));
}
