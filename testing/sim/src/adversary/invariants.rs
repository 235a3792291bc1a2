//! What holds after every run, whatever the adversary did: checked for every honest person, on every device.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use casemate_wire::ids::{LogId, MessageId};
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;
use serde_json::{Value, json};

use super::honest::{Device, NAMES, Place};
use super::plots::{newcomer_reads_no_past, plans_wait};
use super::{Stage, is_open};
use crate::client::ClientId;
use crate::world::World;

/// Requests that all honest devices together may send in a quiet hour.
const QUIET_REQUESTS: usize = 400;
/// Rows that a table may have; there are a few dozen messages in a run.
const ROWS: i64 = 1_500;
/// Bytes of a device's whole database.
const BYTES: i64 = 16 << 20;

pub(super) const HOUR_MS: i64 = 3_600_000;

/// Lines that tell that a conversation goes on elsewhere.
const MOVED: [&str; 4] = ["continued", "goes on", "added you", "again"];

/// Checks everything after a run with a member. What does not hold begins with a word for its kind.
///
/// # Errors
/// The first that does not hold.
pub fn after_member(stage: &mut Stage) -> Result<(), String> {
    stage.world.calm();
    stage.world.settle_for(HOUR_MS);
    all_agree(stage)?;
    keys_stay(stage)?;
    eve_has_her_name(stage)?;
    words_stay(stage)?;
    eve_is_out(stage)?;
    chats_with_eve_stay(stage)?;
    rest(stage)
}

/// Everybody hears everybody and has the same messages, before and after a restart, and nobody is blamed.
pub(super) fn all_agree(stage: &mut Stage) -> Result<(), String> {
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after the run")?;
    same_messages(stage)?;
    new_messages(stage, before)?;
    stage.world.settle_for(HOUR_MS);
    quiet(stage)?;
    start_again(stage);
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after a restart")?;
    same_messages(stage)?;
    new_messages(stage, before)?;
    nobody_is_blamed(stage)?;
    Ok(())
}

/// The same after a run with a server, which is honest by now. What it kept back, changed or put elsewhere was said.
///
/// # Errors
/// The first that does not hold.
pub fn after_server(stage: &mut Stage) -> Result<(), String> {
    stage.world.calm();
    stage.world.settle_for(HOUR_MS);
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after the run")?;
    new_messages(stage, before)?;
    stage.world.settle_for(HOUR_MS);
    quiet(stage)?;
    start_again(stage);
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after a restart")?;
    new_messages(stage, before)?;
    lies_were_told(stage)?;
    plans_wait(stage)?;
    newcomer_reads_no_past(stage)?;
    rest(stage)
}

/// The same after a server was put back, in which nobody lied.
pub(super) fn after_restore(stage: &mut Stage) -> Result<(), String> {
    stage.world.calm();
    stage.world.settle_for(2 * HOUR_MS);
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after the run")?;
    new_messages(stage, before)?;
    stage.world.settle_for(HOUR_MS);
    start_again(stage);
    let before = stage.honest.said.len();
    everybody_is_heard(stage, "after a restart")?;
    new_messages(stage, before)?;
    lies_were_told(stage)?;
    rest(stage)
}

pub(super) fn rest(stage: &mut Stage) -> Result<(), String> {
    members_stay(stage)?;
    readers_are_shown(stage)?;
    removed_devices_read_nothing(stage)?;
    nothing_moved(stage)?;
    people_stay(stage)?;
    delivered_is_there(stage)?;
    bounded(stage)
}

fn start_again(stage: &mut Stage) {
    for (_, device) in stage.honest.here() {
        stage.world.kill(device.client.0);
    }
    stage.world.settle_for(300_000);
}

/// What was said from here on is everywhere, once, in one order for each author.
fn new_messages(stage: &mut Stage, from: usize) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let seen = stage.world.messages(device.client, key);
            for author in place.people() {
                let new = stage.honest.said[from..].iter();
                let new: Vec<&str> = new
                    .filter(|said| said.place == *place && said.author == author)
                    .map(|said| said.text.as_str())
                    .collect();
                let shown = of_author(&seen, author).into_iter().map(|(text, ..)| text);
                let mut shown: Vec<String> = shown.filter(|text| new.contains(&text.as_str())).collect();
                // What was said while this device was out of its place is said again when it is back.
                let notices = stage.world.notices(device.client, key);
                if notices.iter().any(|line| AGAIN.iter().any(|word| line.contains(word))) {
                    shown.sort_by_key(|text| new.iter().position(|one| one == text));
                }
                if shown != new {
                    return Err(format!(
                        "unheard: {} (device {at}) has {shown:?} of {} in {place:?}, said was {new:?}; lines {:?}",
                        NAMES[device.person], NAMES[author], notices
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Words of the lines that say that a device asked to be added again.
const AGAIN: [&str; 3] =
    ["asked to add it again", "asked to add you again", "goes on where most of its members are"];

/// Words of the lines that say that something is missing, or was kept back.
const TOLD: [&str; 7] = [
    "withheld",
    "could not be read",
    "missing",
    "removed",
    "different histories",
    "did not arrive",
    "continued",
];

/// What never left, because it was refused: its author sees that.
pub(super) fn forget_refused(stage: &mut Stage) {
    for (_, device) in stage.honest.here() {
        for key in device.keys.values() {
            for one in stage.world.messages(device.client, key) {
                if one["state"] == "failed" {
                    stage.honest.said.retain(|said| one["message"] != said.id.as_str());
                }
            }
        }
    }
}

/// Nothing is there twice or stands under another's name; where something is missing, the person was told.
fn lies_were_told(stage: &mut Stage) -> Result<(), String> {
    forget_refused(stage);
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let seen = stage.world.messages(device.client, key);
            let notices = stage.world.notices(device.client, key).join("\n");
            let told = TOLD.iter().any(|word| notices.contains(word));
            for author in place.people() {
                let name = NAMES[author];
                let shown: Vec<String> = of_author(&seen, author)
                    .into_iter()
                    .map(|(text, ..)| text)
                    .filter(|text| !text.is_empty())
                    .collect();
                let mut once = shown.clone();
                once.sort();
                once.dedup();
                if once.len() != shown.len() {
                    return Err(format!("twice: device {at} has {shown:?} of {name} in {place:?}"));
                }
                if let Some(foreign) = shown.iter().find(|text| !text.starts_with(name)) {
                    return Err(format!("name: device {at} has {foreign:?} under {name} in {place:?}"));
                }
                // What was taken back before it came somewhere leaves nothing there.
                let missing: Vec<&str> = stage
                    .honest
                    .said
                    .iter()
                    .filter(|said| said.place == *place && said.author == author && !said.deleted)
                    .filter(|said| !seen.iter().any(|one| one["message"] == said.id.as_str()))
                    .map(|said| said.text.as_str())
                    .collect();
                if !missing.is_empty() && !told && device.since == 0 {
                    return Err(format!(
                        "untold: device {at} has not got {missing:?} of {name} in {place:?} and reads only {notices}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Each device says something in each of its places, and all others there show it.
fn everybody_is_heard(stage: &mut Stage, when: &str) -> Result<(), String> {
    for (device, _) in stage.honest.here() {
        let places: Vec<Place> = stage.honest.devices[device].keys.keys().copied().collect();
        for place in places {
            let name = NAMES[stage.honest.devices[device].person];
            let said = stage.honest.say(&mut stage.world, device, place);
            said.map_err(|error| format!("stuck: {name} cannot write in {place:?} {when}: {error}"))?;
            stage.world.settle_for(3_000);
        }
    }
    stage.world.settle_for(300_000);
    Ok(())
}

/// What a device shows of one author's messages: text, whether it is deleted, and honest people's reactions.
type Shown = (String, bool, BTreeMap<String, String>);

/// All honest devices show the same messages of each honest author, once, in one order, and they are what the author made them.
fn same_messages(stage: &mut Stage) -> Result<(), String> {
    let devices = stage.honest.here().into_iter().filter(|(_, device)| device.since == 0);
    let devices: Vec<(usize, Device)> = devices.collect();
    let mut orders: BTreeMap<(Place, usize), (usize, Vec<Shown>)> = BTreeMap::new();
    for (at, device) in devices.iter().map(|(at, device)| (*at, device)) {
        for (place, key) in &device.keys {
            let seen = stage.world.messages(device.client, key);
            for author in place.people() {
                let shown = of_author(&seen, author);
                let mut expected = expected(stage, *place, author);
                let mut sorted = shown.clone();
                expected.sort();
                sorted.sort();
                if sorted != expected {
                    let who = (NAMES[device.person], at, NAMES[author]);
                    let missing: Vec<&Shown> = expected.iter().filter(|one| !sorted.contains(one)).collect();
                    let more: Vec<&Shown> = sorted.iter().filter(|one| !expected.contains(one)).collect();
                    return Err(format!(
                        "changed: {} (device {}) has other messages of {} in {place:?}: missing {missing:?}, more {more:?}, {} for {}; lines {:?}",
                        who.0,
                        who.1,
                        who.2,
                        sorted.len(),
                        expected.len(),
                        stage.world.notices(device.client, key)
                    ));
                }
                let (first, order) = orders.entry((*place, author)).or_insert((at, shown.clone()));
                if *order != shown && !stage.said_late() {
                    return Err(format!(
                        "order: devices {first} and {at} have messages of {} in {place:?} in other orders: {order:?} and {shown:?}",
                        NAMES[author]
                    ));
                }
            }
        }
    }
    Ok(())
}

/// What an author reads as delivered or read is with everybody to whom it was said. Who restored since has lost what was there.
pub(super) fn delivered_is_there(stage: &mut Stage) -> Result<(), String> {
    for (_, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let own = address(device.person);
            let mut said = stage.world.messages(device.client, key);
            said.retain(|one| {
                one["from"] == own.as_str()
                    && one["kind"] != "notice"
                    && one["deleted"] != true
                    && matches!(one["state"].as_str(), Some("delivered" | "read"))
            });
            for other in place.people().into_iter().filter(|other| *other != device.person) {
                let devices = stage.honest.here().into_iter().filter(|(_, device)| device.person == other);
                let devices: Vec<(usize, Device)> = devices.collect();
                if devices.iter().any(|(_, device)| device.since > 0) {
                    continue;
                }
                let mut there = Vec::new();
                for (_, device) in &devices {
                    let Some(key) = device.keys.get(place) else { continue };
                    let mut seen = stage.world.messages(device.client, key);
                    seen.retain(|one| one["from"] == own.as_str());
                    there.append(&mut seen);
                }
                // Whether an edit of it arrived is another question.
                let is_it = |said: &Value, one: &Value| {
                    one["message"] == said["message"] || one["text"] == said["text"]
                };
                let missing = said.iter().find(|said| !there.iter().any(|one| is_it(said, one)));
                if let Some(missing) = missing {
                    return Err(format!(
                        "delivered: {} reads {} of {} in {place:?}, and {} does not have it",
                        NAMES[device.person], missing["state"], missing["text"], NAMES[other]
                    ));
                }
            }
        }
    }
    Ok(())
}

pub(super) fn address(person: usize) -> String {
    format!("{}@sim.example", NAMES[person])
}

pub(super) fn of_author(seen: &[Value], author: usize) -> Vec<Shown> {
    let from = address(author);
    // What never left stands with its author alone, who reads so.
    let stands = |one: &&Value| one["kind"] != "notice" && one["state"] != "failed";
    let of = seen.iter().filter(|one| one["from"] == from.as_str()).filter(stands);
    of.map(|one| {
        let honest: Vec<String> = (0..NAMES.len()).map(address).collect();
        let reactions = one["reactions"].as_array().into_iter().flatten().map(reacted);
        let reactions = reactions.filter(|(who, _)| honest.contains(who)).collect();
        (one["text"].as_str().unwrap_or_default().to_owned(), one["deleted"] == true, reactions)
    })
    .collect()
}

/// Who reacted with what.
fn reacted(reaction: &Value) -> (String, String) {
    let text = |field: &str| reaction[field].as_str().unwrap_or_default().to_owned();
    (text("from"), text("emoji"))
}

fn expected(stage: &Stage, place: Place, author: usize) -> Vec<Shown> {
    let of = stage.honest.said.iter().filter(|said| said.place == place && said.author == author);
    of.map(|said| match said.deleted {
        true => (String::new(), true, BTreeMap::new()),
        false => {
            let reactions =
                said.reactions.iter().map(|(who, emoji)| (address(*who), emoji.clone())).collect();
            (said.text.clone(), false, reactions)
        }
    })
    .collect()
}

/// After everything is said nobody asks for anything without end.
fn quiet(stage: &mut Stage) -> Result<(), String> {
    let count = Rc::new(Cell::new(0));
    let seen = count.clone();
    let honest: Vec<_> = stage.honest.devices.iter().map(|device| device.client).collect();
    stage.world.ears = Some(Box::new(move |from, frame| {
        seen.set(seen.get() + usize::from(honest.contains(&from)));
        (Some(frame), Vec::new())
    }));
    let before: usize = reconnects(stage);
    stage.world.settle_for(HOUR_MS);
    stage.world.ears = None;
    let (requests, lost) = (count.get(), reconnects(stage) - before);
    if requests > QUIET_REQUESTS || lost > 0 {
        return Err(format!("endless: {requests} requests and {lost} lost connections in a quiet hour"));
    }
    Ok(())
}

fn reconnects(stage: &Stage) -> usize {
    stage.honest.devices.iter().map(|device| stage.world.clients[device.client.0].reconnects).sum()
}

/// Honest people are members on everybody's screen, with all their devices.
fn members_stay(stage: &mut Stage) -> Result<(), String> {
    for (_, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let shown = stage.world.shown(device.client, key);
            let members = shown["members"].to_string();
            for person in place.people() {
                if !members.contains(&address(person)) {
                    return Err(format!(
                        "removed: {} is not in {place:?} at {}: {members}",
                        NAMES[person], NAMES[device.person]
                    ));
                }
            }
            for member in shown["members"].as_array().into_iter().flatten() {
                let own =
                    place.people().into_iter().find(|person| member["address"] == address(*person).as_str());
                let Some(person) = own else { continue };
                let here = stage.honest.here().into_iter();
                let devices = here.filter(|(_, device)| device.person == person).count();
                if !member["devices"].is_null() && member["devices"] != devices {
                    return Err(format!("devices: {} reads {members} in {place:?}", NAMES[device.person]));
                }
            }
            if *place == Place::Group {
                let admin = shown["members"].as_array().into_iter().flatten();
                let admins: Vec<&Value> = admin.filter(|member| member["admin"] == true).collect();
                if admins.len() != 1 || admins[0]["address"] != address(0).as_str() {
                    return Err(format!("admins: {} reads {members}", NAMES[device.person]));
                }
            }
        }
    }
    Ok(())
}

/// Who can decrypt what a device writes now, by the keys of its group, is who its screen shows, device by device.
fn readers_are_shown(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let group = stage.world.copy_of(device.client, key).group;
            let mut leaves: BTreeMap<_, u64> = BTreeMap::new();
            for leaf in group.members() {
                *leaves.entry(leaf.account).or_default() += 1;
            }
            let mut inside: Vec<u64> = leaves.into_values().collect();
            let shown = stage.world.shown(device.client, key);
            let members = shown["members"].as_array().into_iter().flatten();
            let mut outside: Vec<u64> =
                members.map(|member| member["devices"].as_u64().unwrap_or_default()).collect();
            // Who is awaited has no device there.
            outside.retain(|devices| *devices > 0);
            inside.sort_unstable();
            outside.sort_unstable();
            if inside != outside {
                return Err(format!(
                    "readers: device {at} writes for {inside:?} devices in {place:?} and shows {}",
                    shown["members"]
                ));
            }
        }
    }
    Ok(())
}

/// What was written after somebody removed a device does not stand on it.
fn removed_devices_read_nothing(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.devices.clone().into_iter().enumerate() {
        let Some(until) = device.until else { continue };
        for (place, key) in &device.keys {
            // The device may have erased itself, as it should.
            let Ok(list) =
                stage.world.call(device.client, "message.list", json!({"conversation": key, "limit": 200}))
            else {
                continue;
            };
            let read = list["messages"].to_string();
            if let Some(said) = stage.honest.said[until..].iter().find(|said| read.contains(&said.text)) {
                return Err(format!("removed device: {at} has {:?} of {place:?}", said.text));
            }
        }
    }
    Ok(())
}

/// Where a device's places live.
pub fn logs(world: &mut World, device: &Device) -> BTreeMap<Place, LogId> {
    world.with_db(device.client, |db| {
        let log = |key: &String| {
            let key = LogId::from_hex(key).expect("an id");
            let log: Option<Vec<u8>> = db
                .query_row("SELECT active_log FROM threads WHERE key = ?1", params![&key.0[..]], |row| {
                    row.get(0)
                })
                .expect("a thread");
            log.and_then(|log| LogId::try_from(&log[..]).ok()).unwrap_or(LogId([0; 16]))
        };
        device.keys.iter().map(|(place, key)| (*place, log(key))).collect()
    })
}

/// Under which id a device knows the conversation that lives in a log.
pub fn place_in(world: &mut World, client: ClientId, log: LogId) -> Option<String> {
    world.with_db(client, |db| {
        let key: Result<Vec<u8>, _> =
            db.query_row("SELECT key FROM threads WHERE active_log = ?1", params![&log.0[..]], |row| {
                row.get(0)
            });
        key.ok().and_then(|key| LogId::try_from(&key[..]).ok()).map(|key| key.to_hex())
    })
}

/// A place is one log for all, and nobody is moved to another one without a line.
fn nothing_moved(stage: &mut Stage) -> Result<(), String> {
    let mut live: BTreeMap<Place, LogId> = BTreeMap::new();
    for (at, device) in stage.honest.here() {
        for (place, log) in logs(&mut stage.world, &device) {
            let name = NAMES[device.person];
            let old = stage.logs[at][&place];
            if log != old {
                if stage.taken.as_ref().is_some_and(|taken| !taken.contains(&old)) {
                    return Err(format!(
                        "moved: {name} is in another log of {place:?}, and nobody could not write in the old one"
                    ));
                }
                let notices = stage.world.notices(device.client, &device.keys[&place]);
                if !is_open("K6") && !notices.iter().any(|line| MOVED.iter().any(|word| line.contains(word)))
                {
                    return Err(format!(
                        "moved: {name} is in another log of {place:?} and reads only {notices:?}"
                    ));
                }
            }
            if *live.entry(place).or_insert(log) != log {
                return Err(format!("apart: {name} is in {place:?} alone"));
            }
        }
    }
    Ok(())
}

/// No member makes others believe that the server lies.
fn nobody_is_blamed(stage: &mut Stage) -> Result<(), String> {
    if stage.lied {
        return Ok(());
    }
    for (_, device) in stage.honest.here() {
        for key in device.keys.values() {
            let notices = stage.world.notices(device.client, key).join("\n");
            if notices.contains("Do not rely on this server") {
                return Err(format!("blame: {} reads {notices}", NAMES[device.person]));
            }
        }
    }
    Ok(())
}

/// What somebody has of the other honest people: address, names, standing, verification.
pub fn contacts(world: &mut World, device: &Device) -> String {
    let all = world.ok(device.client, "contact.list", json!({}));
    let honest: Vec<String> = (0..NAMES.len()).map(address).collect();
    let mut lines: Vec<String> = all["contacts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| honest.iter().any(|address| one["address"] == address.as_str()))
        .map(|one| {
            let stays = ["address", "name", "nickname", "about", "picture", "blocked", "verified", "gone"];
            stays.map(|field| one[field].to_string()).join(" ")
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// Names, standing and verification of honest people are what they were.
fn people_stay(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        let now = contacts(&mut stage.world, &device);
        let came_late = |(before, now): (&str, &str)| {
            let with = |picture: &MessageId| now.replace(&json!(picture.to_hex()).to_string(), "null");
            before == now || stage.pictures.iter().any(|picture| before == with(picture))
        };
        let before = &stage.contacts[at];
        let same = before.lines().count() == now.lines().count();
        if !same || !before.lines().zip(now.lines()).all(came_late) {
            let name = NAMES[device.person];
            return Err(format!("people: {name} had {} and has {now}", stage.contacts[at]));
        }
    }
    Ok(())
}

/// What each device knows of the others' keys is what these have.
pub(super) fn keys_stay(stage: &mut Stage) -> Result<(), String> {
    let manifest = |bytes: &[u8]| VerifiedManifest::from_bytes(bytes).expect("a document that was verified");
    let mut own: BTreeMap<Vec<u8>, (usize, [u8; 32])> = BTreeMap::new();
    for person in 0..NAMES.len() {
        let bytes: Vec<u8> = stage.world.with_db(stage.first(person).1, |db| {
            let own = "SELECT value FROM settings WHERE key = 'manifest'";
            db.query_row(own, [], |row| row.get(0)).expect("an own document")
        });
        let known = manifest(&bytes);
        own.insert(known.account.0.to_vec(), (person, known.account_key));
    }
    for (at, device) in stage.honest.here() {
        let known: Vec<(Vec<u8>, Vec<u8>)> = stage.world.with_db(device.client, |db| {
            let mut rows = db
                .prepare("SELECT account, manifest FROM people WHERE manifest IS NOT NULL")
                .expect("the table");
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
            rows.map(|row| row.expect("a row")).collect()
        });
        for (account, bytes) in known {
            let Some((person, key)) = own.get(&account) else { continue };
            if manifest(&bytes).account_key != *key {
                return Err(format!("keys: device {at} has other keys of {}", NAMES[*person]));
            }
        }
    }
    Ok(())
}

/// The adversary is called as everybody met her.
fn eve_has_her_name(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        let all = stage.world.ok(device.client, "contact.list", json!({}));
        let mut known = all["contacts"].as_array().into_iter().flatten();
        if !known.any(|one| one["address"] == "eve@sim.example") {
            return Err(format!("name: device {at} knows no eve"));
        }
    }
    Ok(())
}

/// No table has grown beyond what such a run can need.
fn bounded(stage: &mut Stage) -> Result<(), String> {
    for (_, device) in stage.honest.here() {
        let name = NAMES[device.person];
        let (bytes, rows) = stage.world.with_db(device.client, |db| {
            let number = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a number");
            let bytes = number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
            let mut tables = db
                .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
                .expect("the schema");
            let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("rows");
            let rows: Vec<(String, i64)> = tables
                .map(|table| table.expect("a name"))
                .map(|table| (table.clone(), number(&format!("SELECT count(*) FROM \"{table}\""))))
                .collect();
            (bytes, rows)
        });
        if bytes > BYTES {
            return Err(format!("memory: {name} keeps {bytes} bytes"));
        }
        if let Some((table, rows)) = rows.iter().find(|(_, rows)| *rows > ROWS) {
            return Err(format!("rows: {name} has {rows} in {table}"));
        }
    }
    Ok(())
}

/// What the adversary said and did not take back stands with all who were there, as she said it.
fn words_stay(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here().into_iter().filter(|(_, device)| device.since == 0) {
        let texts = stage.world.texts(device.client, &device.keys[&Place::Group]);
        if let Some(text) = stage.stays.iter().find(|text| !texts.contains(text)) {
            return Err(format!("vanished: device {at} has no {text:?} of {texts:?}"));
        }
    }
    Ok(())
}

/// Whether somebody is among the members that a device shows.
pub fn shows(world: &mut World, client: ClientId, key: &str, who: &str) -> bool {
    world.shown(client, key)["members"].to_string().contains(&format!("\"{who}\""))
}

/// Who was put out is not back: nobody added her.
fn eve_is_out(stage: &mut Stage) -> Result<(), String> {
    if !stage.eve_is_out {
        return Ok(());
    }
    for (at, device) in stage.honest.here() {
        let key = &device.keys[&Place::Group];
        if shows(&mut stage.world, device.client, key, "eve@sim.example") {
            return Err(format!("back: device {at} shows eve, whom ana put out"));
        }
    }
    Ok(())
}

/// The chat of two with somebody who was heard there goes on where it is.
fn chats_with_eve_stay(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        let Some(old) = stage.with_eve.get(&device.person).copied() else { continue };
        let now = pair_log(&mut stage.world, device.client, "eve@sim.example");
        let is_taken = stage.taken.as_ref().is_some_and(|taken| taken.contains(&old));
        if now != Some(old) && !is_taken {
            return Err(format!("moved: device {at} has another chat with eve"));
        }
    }
    Ok(())
}

/// The log of a device's chat with somebody.
pub fn pair_log(world: &mut World, client: ClientId, with: &str) -> Option<LogId> {
    world.with_db(client, |db| {
        let log: Result<Vec<u8>, _> = db.query_row(
            "SELECT active_log FROM threads JOIN people ON account = pair WHERE address = ?1 AND active_log IS NOT NULL",
            params![with],
            |row| row.get(0),
        );
        log.ok().and_then(|log| LogId::try_from(&log[..]).ok())
    })
}
