//! A server that is put back to a backup by honest people, told so or not: what was made since, and an account of since then, is there
//! again. Runs of these are left out while what they find is open: `CASEMATE_TRY=restores` makes all runs of faults such ones.

use std::collections::BTreeSet;

use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::honest::NAMES;
use super::invariants::{HOUR_MS, address, after_restore};
use super::kept::{files_are_there, invitations_are_there};
use super::{Stage, stage, steps};
use crate::client::ClientId;

/// The step at which somebody comes who has no account yet.
const COMES: usize = 2;

/// Somebody whose account is younger than the backup, and the one friend of theirs.
struct Newcomer {
    client: ClientId,
    friend: ClientId,
}

pub(super) fn restore_run(
    seed: u64,
    without: &BTreeSet<usize>,
    trace: &mut Vec<String>,
) -> Result<(), String> {
    let mut stage = stage(seed, "dan", false).0;
    let mut backup = Some(stage.world.backup());
    let mut newcomer = None;
    for (number, mut chance) in steps(seed, without) {
        let what = match chance.random_range(0..10) {
            _ if number == COMES => {
                let person = chance.random_range(0..NAMES.len());
                let (client, friend) = (stage.world.person("emil"), stage.first(person).1);
                stage.world.calm();
                stage.world.befriend(client, friend);
                newcomer = Some(Newcomer { client, friend });
                format!("emil comes, as a friend of {}", NAMES[person])
            }
            0 if number > COMES + 4 => match backup.take() {
                Some(backup) => {
                    let away = stage.somebody(&mut chance);
                    let by = stage.two(&mut chance).0;
                    let place = *stage.honest.devices[by].keys.keys().next().expect("a place");
                    let client = stage.honest.devices[away.0].client;
                    if by != away.0 {
                        stage.world.sleep(client, HOUR_MS);
                    }
                    let sent = stage.sends_file((by, place), &mut chance);
                    let invited = stage.invites(&mut chance);
                    stage.world.settle_for(chance.random_range(0..60_000));
                    let is_told = chance.random_range(0..2) == 0;
                    match is_told {
                        true => stage.world.restore(backup),
                        false => stage.world.restore_silently(backup),
                    }
                    stage.world.settle_for(chance.random_range(0..60_000));
                    let again = invites_again(&mut stage, away.0, &mut chance);
                    stage.world.wake(client);
                    format!(
                        "device {} is away, device {by} sends {sent:?}, {invited}; the server is put back (told: {is_told}), {again}",
                        away.0
                    )
                }
                None => "nothing more is put back".into(),
            },
            1 => {
                let by = stage.somebody(&mut chance);
                format!("device {} sends {:?} to {:?}", by.0, stage.sends_file(by, &mut chance), by.1)
            }
            2 => stage.invites(&mut chance),
            _ => stage.honest.step(&mut stage.world, &mut chance),
        };
        trace.push(format!("{number}: {what}"));
    }
    after_restore(&mut stage)?;
    files_are_there(&mut stage)?;
    invitations_are_there(&mut stage)?;
    nobody_was_removed(&mut stage)?;
    newcomer.map_or(Ok(()), |newcomer| is_known_again(&mut stage, &newcomer))
}

/// The numbers of items in somebody's inbox are given again.
fn invites_again(stage: &mut Stage, away: usize, chance: &mut ChaCha20Rng) -> String {
    let person = stage.honest.devices[away].person;
    let others: Vec<usize> = (0..NAMES.len()).filter(|other| *other != person).collect();
    let from = others[chance.random_range(0..others.len())];
    for _ in 0..chance.random_range(1..4) {
        let name = format!("Side {}", stage.sides.len());
        let wanted = json!({"members": [address(person)], "name": name});
        if stage.world.call(stage.first(from).1, "conversation.create", wanted).is_ok() {
            stage.sides.push((name, person));
        }
        stage.world.settle_for(10_000);
    }
    format!("{} invites {} anew", NAMES[from], NAMES[person])
}

fn nobody_was_removed(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let notices = stage.world.notices(device.client, key);
            if let Some(line) = notices.iter().find(|line| line.contains("You were removed")) {
                return Err(format!("told: device {at} reads in {place:?}: {line}"));
            }
        }
    }
    Ok(())
}

/// The account is the server's again, and it and its friend hear each other.
fn is_known_again(stage: &mut Stage, newcomer: &Newcomer) -> Result<(), String> {
    let world = &mut stage.world;
    let (client, friend) = (newcomer.client, newcomer.friend);
    let at_client = world.chat(client, friend);
    let at_friend = world.chat(friend, client);
    for (from, key, text) in [(client, &at_client, "emil is here"), (friend, &at_friend, "emil is heard")] {
        let said = world.call(from, "message.send", json!({"conversation": key, "text": text}));
        said.map_err(|error| format!("newcomer: cannot write: {error:?}"))?;
        world.settle_for(HOUR_MS);
    }
    for (who, key) in [(client, &at_client), (friend, &at_friend)] {
        let texts = world.texts(who, key);
        if !["emil is here", "emil is heard"].iter().all(|text| texts.iter().any(|said| said == text)) {
            return Err(format!("newcomer: {} has only {texts:?}", world.clients[who.0].name));
        }
    }
    let shown = world.ok(client, "account.show", json!({}));
    match shown["replaced"] == false {
        true => Ok(()),
        false => Err(format!("newcomer: {shown}")),
    }
}
