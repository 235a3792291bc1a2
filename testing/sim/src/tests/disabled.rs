//! The operator disables an account, and enables it again.

use casemate_server::control::{Answer, Request};
use casemate_server::refusal::Refusal;
use casemate_server::router::Goodbye;
use serde_json::json;

use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;

fn operate(world: &mut World, request: &Request) {
    let now_ms = world.now_ms;
    let done = world.server.directory.operate(request, now_ms);
    assert_eq!(done.answer, Answer::Done {});
    for inbox in done.closed {
        world.server.router.close_inbox(inbox, &Refusal::disabled(), Goodbye::Disabled);
    }
}

fn is_disabled(world: &mut World, id: ClientId) -> bool {
    world.ok(id, "account.show", json!({}))["disabled"] == true
}

fn has(world: &mut World, id: ClientId, name: &str) -> bool {
    let all = world.ok(id, "conversation.list", json!({}));
    all["conversations"].as_array().unwrap().iter().any(|one| one["name"] == name)
}

#[test]
fn disabled_account_goes_on_in_its_conversations_and_all_that_waited_comes_once_it_is_enabled() {
    let mut world = World::new(8_900);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    let second = world.link(ana);
    world.befriend(ana, bob);
    let plans = world.group("Plans", ana, &[bob]);
    world.settle();
    operate(&mut world, &Request::Disable { name: "ana".to_owned() });
    world.settle_for(60_000);
    assert!(is_disabled(&mut world, ana) && is_disabled(&mut world, second) && !is_disabled(&mut world, bob));
    assert_eq!(world.call(ana, "sync", json!({})).unwrap_err().kind, casemate_api::Kind::NotAllowed);

    // What the server knows nothing of goes on.
    world.say(ana, &plans, "still here");
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "so am I");
    world.settle_for(60_000);
    assert!(world.texts(bob, &at_bob).contains(&"still here".to_owned()));
    assert!(world.texts(ana, &plans).contains(&"so am I".to_owned()));

    // What needs the directory waits, on both sides, over a restart and for hours.
    let (anas, bobs) = (world.address(ana), world.address(bob));
    world.ok(ana, "conversation.create", json!({"members": [bobs], "name": "Of Ana"}));
    world.ok(bob, "conversation.create", json!({"members": [anas], "name": "Of Bob"}));
    let refused = world.call(cleo, "contact.knock", json!({"to": anas}));
    world.kill(ana.0);
    world.settle_for(3 * HOUR_MS);
    assert!(is_disabled(&mut world, ana));
    assert_eq!(world.ok(ana, "contact.requests", json!({}))["requests"], json!([]), "{refused:?}");

    operate(&mut world, &Request::Enable { name: "ana".to_owned() });
    // They ask again every ten minutes.
    world.settle_for(HOUR_MS);
    assert!(!is_disabled(&mut world, ana) && !is_disabled(&mut world, second));
    world.accept_groups(ana);
    world.accept_groups(bob);
    world.settle_for(HOUR_MS);
    for (who, name) in [(ana, "Of Bob"), (second, "Of Bob"), (bob, "Of Ana"), (second, "Of Ana")] {
        assert!(has(&mut world, who, name), "{name}");
    }
    world.befriend(cleo, ana);
}
