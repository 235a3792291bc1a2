//! What an operator asks of a running server, by `casemate ctl`.

use std::process::Output;

use casemate_e2e::binary::command;
use casemate_e2e::world::World;
use serde_json::{Value, json};

fn ctl(world: &World, words: &[&str]) -> Output {
    let data = world.server.data().display().to_string();
    command(&[&["ctl", "--data", &data][..], words].concat()).output().unwrap()
}

fn answer(world: &World, words: &[&str]) -> Value {
    let output = ctl(world, &[words, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(world: &World, words: &[&str]) -> (Value, String) {
    let output = ctl(world, &[words, &["--json"]].concat());
    assert!(!output.status.success());
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (said, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn operator_disables_an_account_whose_person_is_told_and_enables_it_again() {
    let world = World::new();
    let (mut ana, mut ben) = (world.join("ana"), world.join("ben"));
    let pair = ana.meet(&mut ben);
    let all = answer(&world, &["accounts", "list"]);
    let names: Vec<_> = all["accounts"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["ana", "ben"]);
    assert_eq!(all["accounts"][0]["disabled"], Value::Null);

    answer(&world, &["accounts", "disable", "ana"]);
    ana.until("she is told", |ana| (ana.ask("account.show", json!({}))["disabled"] == true).then_some(()));
    assert!(answer(&world, &["accounts", "show", "ana"])["disabled"].is_string());
    assert_eq!(answer(&world, &["status"])["disabled"], 1);
    assert_eq!(ana.refused("invite.create", json!({})).kind, "not_allowed");
    // Conversations are no account's.
    ben.say(&pair, "are you there?");
    ana.hears("are you there?");

    answer(&world, &["accounts", "enable", &ana.address.clone()]);
    ana.restart();
    ana.until("she is told again", |ana| {
        (ana.ask("account.show", json!({}))["disabled"] == false).then_some(())
    });
    ana.ask("invite.create", json!({}));
}

#[test]
fn operator_sees_how_the_server_does_and_refusals_are_codes_and_sentences() {
    let world = World::new();
    world.join("ana");
    let status = answer(&world, &["status"]);
    assert_eq!(
        (&status["accounts"], &status["devices"], &status["failing"]),
        (&json!(1), &json!(1), &json!([]))
    );
    assert!(status["started"].as_str().unwrap().ends_with('Z') && status["keys"]["epoch"].is_u64());
    let people = String::from_utf8(ctl(&world, &["status"]).stdout).unwrap();
    assert!(people.contains("State             all parts work"), "{people}");
    assert!(answer(&world, &["usage"])["directory"].as_u64().unwrap() > 0);
    let limits = answer(&world, &["limits"]);
    assert_eq!(limits["rates"].as_array().unwrap().len(), 9);
    assert_eq!(answer(&world, &["relays"])["relays"].as_array().unwrap().len(), 1);
    assert_eq!(answer(&world, &["log", "debug"])["level"], "debug");

    let (said, sentence) = refused(&world, &["accounts", "show", "dora"]);
    assert_eq!(said, json!({"error": "no_account"}));
    assert!(sentence.contains("no account of this name"), "{sentence}");
    assert_eq!(refused(&world, &["log", "loud"]).0, json!({"error": "bad_level"}));
    let (_, sentence) = refused(&world, &["accounts", "delete", "ana"]);
    assert!(sentence.contains("--yes"), "{sentence}");

    answer(&world, &["registration", "closed"]);
    let said = answer(&world, &["registration"]);
    assert_eq!(said["registration"], "closed");
    let ids = |world: &World| -> Vec<String> {
        let all = answer(world, &["invites", "list"]);
        all["invites"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    world.server.invite();
    let before = ids(&world);
    answer(&world, &["invites", "revoke", &before[0]]);
    assert_eq!(ids(&world), before[1..]);
    answer(&world, &["accounts", "delete", "ana", "--yes"]);
    assert_eq!(answer(&world, &["accounts", "list"])["accounts"], json!([]));
}

#[test]
fn operator_is_told_where_no_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let output = command(&["ctl", "--data", &data, "status"]).output().unwrap();
    assert!(!output.status.success());
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(sentence.contains("no Casemate server runs on"), "{sentence}");
}
