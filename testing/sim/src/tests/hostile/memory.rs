//! What others leave behind on a device stays within bounds.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use rusqlite::params;
use serde_json::json;

use crate::World;

/// Those who were met in groups that they have left since, whoever put them there.
#[test]
fn strangers_who_are_nowhere_any_more_are_forgotten_beyond_a_number_and_nobody_else() {
    let mut world = World::new(8_900);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    // Bob meets Eve in a group alone.
    world.group("Plans", ana, &[bob, eve]);
    world.settle();
    world.with_db(bob, |db| {
        for number in 0..2_500u32 {
            let mut account = vec![0xee; 16];
            account[..4].copy_from_slice(&number.to_be_bytes());
            db.execute(
                "INSERT INTO people(account, address, standing, at_ms, manifest) VALUES (?1, ?2, 0, ?3, ?4)",
                params![account, format!("made-{number}@sim.example"), number, vec![7u8; 1_000]],
            )
            .unwrap();
            db.execute(
                "INSERT INTO device_keys(account, device, hpke_key) VALUES (?1, ?1, x'00')",
                [account],
            )
            .unwrap();
        }
    });
    world.settle_for(25 * 3_600_000);
    world.cut(bob.0);
    world.settle();
    let count = |world: &mut World, sql: &'static str| -> i64 {
        world.with_db(bob, |db| db.query_row(sql, [], |row| row.get(0)).unwrap())
    };
    let kept = "SELECT count(*) FROM people WHERE manifest IS NOT NULL AND address LIKE 'made-%'";
    assert_eq!(count(&mut world, kept), 2_000);
    let keys = "SELECT count(*) FROM device_keys WHERE hpke_key = x'00'";
    assert_eq!(count(&mut world, keys), 2_000);
    let known = "SELECT count(*) FROM people WHERE manifest IS NOT NULL AND address IN ('ana@sim.example', 'eve@sim.example')";
    assert_eq!(count(&mut world, known), 2);
    world.settle_for(10_000);
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "still here");
    world.settle();
    let at_eve = world.named(eve, "Plans");
    assert_eq!(world.texts(eve, &at_eve), ["still here"]);
}

#[test]
fn who_edits_a_message_without_end_leaves_no_more_than_a_number_of_its_texts() {
    let mut world = World::new(8_901);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    world.befriend(ana, eve);
    let (at_ana, at_eve) = (world.chat(ana, eve), world.chat(eve, ana));
    let mut mallory = world.insider(eve, &at_eve);
    world.settle_for(10_000);
    let id = vec![1; 16];
    let text = content::Text { text: "first".into(), ..content::Text::default() };
    world.insider_says(&mut mallory, id.clone(), Kind::Text(text));
    for number in 0..200u8 {
        let (of, text) = (id.clone().into(), format!("text {number}"));
        let edit = content::Edit { of, text, mentions: Vec::new() };
        world.insider_says(&mut mallory, vec![number; 15], Kind::Edit(edit));
    }
    world.settle();
    let message = world.messages(ana, &at_ana)[0]["message"].clone();
    let versions = world.ok(ana, "message.history", json!({"message": message}))["versions"].clone();
    let texts: Vec<&str> =
        versions.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 65);
    assert_eq!((texts[0], texts[63], texts[64]), ("first", "text 198", "text 199"));
}

#[test]
fn keys_that_the_server_never_gives_are_not_asked_for_without_end() {
    let mut world = World::new(8_902);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.settle();
    world.with_db(ana, |db| db.execute("DELETE FROM device_keys", []).unwrap());
    world.lie_to(ana, |body| {
        if let Body::Manifest(answer) = body {
            answer.device_keys.clear();
        }
        true
    });
    let asked = world.overhear(move |who, request| {
        (who == ana && matches!(request, Request::FetchManifest(_))).then_some(())
    });
    world.settle_for(10_000);
    let group =
        world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Plans"}));
    world.settle_for(6 * 3_600_000);
    assert!(asked.borrow().len() < 40, "{}", asked.borrow().len());
    // Nothing waits for it any more.
    world.sync(ana);
    // When the server gives them again, all goes on.
    world.truth();
    let add = json!({"conversation": group["conversation"], "members": ["bob@sim.example"]});
    world.ok(ana, "conversation.add", add);
    world.settle_for(2 * 3_600_000);
    world.accept_groups(bob);
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "here");
    world.settle();
    let at_ana = world.named(ana, "Plans");
    assert_eq!(world.texts(ana, &at_ana), ["here"]);
}
