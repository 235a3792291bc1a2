//! What holds after a run of faults beside what holds after each run: what is told, delivered, stored and invited.

use serde_json::{Value, json};

use super::Stage;
use super::honest::NAMES;
use super::invariants::address;

/// Lines of an ordinary day.
const ORDINARY: [&str; 7] = [
    "added",
    "removed a device",
    "named the group",
    "linked",
    "verified",
    "let messages disappear",
    "what members may do",
];

/// Lines that say what the server lost.
const LOST: [&str; 2] = ["was lost at the server", "were asked to add"];

/// The same where a device's place was lost.
const MISSED: [&str; 4] =
    ["away for longer", "can read no further", "goes on asking all members", "continued with new keys"];

/// What nobody reads while nobody is hostile.
const NEVER: [&str; 3] = ["You were removed", "different histories", "Do not rely"];

/// The same but where the server refused something.
const WITHHELD: &str = "did not arrive. The server may have withheld it";

impl Stage {
    /// What was said may have come in another order than it was said.
    pub(super) fn said_late(&self) -> bool {
        self.damaged || self.missed || self.late
    }
}

/// Nobody reads that they were removed, that something is missing which is not, or that it goes on elsewhere.
pub(super) fn nothing_strange_is_told(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let notices = stage.world.notices(device.client, key);
            let is_one_of = |line: &str, words: &[&str]| words.iter().any(|word| line.contains(word));
            let is_ordinary = |line: &str| {
                let lost = (stage.damaged || stage.missed) && is_one_of(line, &LOST);
                let missed = (stage.damaged || stage.missed) && is_one_of(line, &MISSED);
                let again = line.contains("again") && !stage.damaged && !stage.missed;
                let withheld = stage.refused && line.contains(WITHHELD);
                !is_one_of(line, &NEVER)
                    && (withheld || lost || missed || is_one_of(line, &ORDINARY) && !again)
            };
            if let Some(line) = notices.iter().find(|line| !is_ordinary(line)) {
                return Err(format!("told: device {at} reads in {place:?}: {line}"));
            }
        }
    }
    Ok(())
}

/// Everything that an author shows as it was said is delivered, since everybody is there.
pub(super) fn all_is_delivered(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        for (place, key) in &device.keys {
            let own = address(device.person);
            let mut said = stage.world.messages(device.client, key);
            said.retain(|one| {
                one["from"] == own.as_str() && one["kind"] != "notice" && one["deleted"] != true
            });
            let waits = said
                .iter()
                .find(|one| !matches!(one["state"].as_str(), Some("delivered" | "read" | "failed")));
            if let Some(one) = waits {
                return Err(format!(
                    "waits: device {at} shows {} as {} in {place:?}",
                    one["text"], one["state"]
                ));
            }
        }
    }
    Ok(())
}

/// Each file that was sent can be had by everybody who has its message, and what a row calls stored is on that device.
pub(super) fn files_are_there(stage: &mut Stage) -> Result<(), String> {
    let files = stage.honest.files.clone();
    for (at, device) in stage.honest.here().into_iter().filter(|(_, device)| device.since == 0) {
        let rows = stage.world.engine(device.client).blobs().map_err(|error| format!("rows: {error}"))?;
        let here = &stage.world.client(device.client).blobs;
        if let Some(gone) = rows.stored.iter().find(|blob| !here.contains_key(blob)) {
            return Err(format!("stored: device {at} calls {gone:?} stored, and it is not there"));
        }
        let keys = device.keys.values().cloned().collect::<Vec<_>>();
        let shown: Vec<Value> =
            keys.iter().flat_map(|key| stage.world.messages(device.client, key)).collect();
        for said in stage.honest.said.clone() {
            // Where a message has to be is another question.
            if !shown.iter().any(|one| one["message"] == said.id.as_str()) {
                continue;
            }
            let file = files.iter().find(|(id, _)| *id == said.id);
            let Some((id, file)) = file.filter(|_| !said.deleted && device.keys.contains_key(&said.place))
            else {
                continue;
            };
            let mut saved = Err(String::new());
            // A damaged one is found out when it is opened, and is fetched once more.
            for _ in 0..2 {
                let wanted = json!({"message": id, "index": 0, "path": format!("/{id}")});
                saved = stage
                    .world
                    .call(device.client, "attachment.save", wanted)
                    .map_err(|error| format!("{error:?}"));
                if saved.is_ok() {
                    break;
                }
            }
            let bytes = stage.world.client(device.client).saved.get(&format!("/{id}"));
            if saved.is_err() || bytes != Some(file) {
                return Err(format!(
                    "file: device {at} of {} does not get the file of {:?} in {:?}: {saved:?}",
                    NAMES[device.person], said.text, said.place
                ));
            }
        }
    }
    Ok(())
}

/// Who was invited reads so.
pub(super) fn invitations_are_there(stage: &mut Stage) -> Result<(), String> {
    for (name, person) in stage.sides.clone() {
        let client = stage.first(person).1;
        let asked = stage.world.ok(client, "conversation.requests", json!({})).to_string();
        let known = stage.world.ok(client, "conversation.list", json!({})).to_string();
        if !format!("{asked}{known}").contains(&format!("\"{name}\"")) {
            return Err(format!("invited: {} knows nothing of {name}; asked: {asked}", NAMES[person]));
        }
    }
    Ok(())
}
