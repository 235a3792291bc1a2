//! What the server loses, and what it refuses: damaged entries, entries that are kept no longer, a reader, the right to write, and
//! appends. An author reads how it stands, at every step.

use casemate_server::store::Store as _;
use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, ServerFrame};
use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::honest::{Device, NAMES, Place};
use super::invariants::{HOUR_MS, delivered_is_there};
use super::{Stage, invariants};
use crate::client::ClientId;

/// How long a device waits that is refused for now.
const LATER_MS: u64 = 100_000;

/// Devices that are asked first to add one again.
const ASKED: usize = 3;

impl Stage {
    fn log_of(&self, at: usize, place: Place) -> Option<LogId> {
        self.logs.get(at).and_then(|logs| logs.get(&place)).copied()
    }

    fn head(&mut self, log: LogId) -> u64 {
        let state = self.world.server.delivery.store().log(log).ok().flatten();
        state.map_or(0, |state| state.next_entry - 1)
    }

    /// What was looked at while the run went on and must not be.
    fn breaks(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// Two devices of one place, of which the second was there from the beginning.
    fn pair_in_a_place(&self, chance: &mut ChaCha20Rng) -> (usize, usize, Place) {
        let old: Vec<(usize, Device)> =
            self.honest.here().into_iter().filter(|(_, device)| device.since == 0).collect();
        let (reader, device) = &old[chance.random_range(0..old.len())];
        let places: Vec<Place> = device.keys.keys().copied().collect();
        let place = if chance.random_range(0..2) == 0 {
            Place::Group
        } else {
            places[chance.random_range(0..places.len())]
        };
        let others: Vec<usize> = self
            .honest
            .here()
            .iter()
            .filter(|(at, other)| at != reader && other.keys.contains_key(&place))
            .map(|(at, _)| *at)
            .collect();
        (others[chance.random_range(0..others.len())], *reader, place)
    }

    /// While a device is away some of what is said is damaged on the server's disk: messages, changes of them, commits.
    pub(super) fn entries_are_damaged(&mut self, chance: &mut ChaCha20Rng) -> String {
        let (speaker, reader, place) = self.pair_in_a_place(chance);
        let (speaks, reads) = (self.honest.devices[speaker].client, self.honest.devices[reader].client);
        let Some(log) = self.log_of(reader, place) else { return "nothing is damaged".into() };
        self.world.calm();
        self.world.sleep(reads, HOUR_MS);
        let before = self.head(log);
        let mut what = Vec::new();
        for _ in 0..chance.random_range(1..5) {
            what.push(self.says_or_changes(speaker, place, chance));
            self.world.settle_for(chance.random_range(0..10_000));
            if chance.random_range(0..3) == 0 {
                what.extend(self.somebody_likes_the_last(reader, place));
            }
        }
        self.world.settle_for(30_000);
        let head = self.head(log);
        let mut damaged = Vec::new();
        for entry in before + 1..=head {
            if chance.random_range(0..3) == 0 {
                self.world.server.delivery.store().damage(log, entry);
                damaged.push(entry);
            }
        }
        self.damaged |= !damaged.is_empty();
        if chance.random_range(0..2) == 0 {
            // Its author is away.
            self.world.sleep(speaks, HOUR_MS);
            self.world.wake(reads);
            self.world.settle_for(120_000);
            self.world.sleep(reads, HOUR_MS);
            self.world.wake(speaks);
            self.world.settle_for(60_000);
            if let Err(false_word) = delivered_is_there(self) {
                self.breaks(format!("{false_word} (while it is damaged)"));
            }
        }
        self.world.wake(reads);
        self.world.wake(speaks);
        self.world.settle_for(60_000);
        format!(
            "device {reader} is away, device {speaker} in {place:?}: {what:?}; of {before} to {head} {damaged:?} are damaged"
        )
    }

    /// Another first device than this one likes what was said last in a place. Of two siblings' reactions it would show in the log only
    /// which counts.
    fn somebody_likes_the_last(&mut self, without: usize, place: Place) -> Option<String> {
        self.world.settle_for(5_000);
        let last = self.honest.said.iter().rposition(|said| said.place == place && !said.deleted)?;
        let firsts = (0..NAMES.len()).map(|person| self.first(person).0);
        let who = firsts.into_iter().find(|at| {
            *at != without
                && self.honest.said[last].device != *at
                && self.honest.devices[*at].keys.contains_key(&place)
        })?;
        Some(self.honest.react_to(&mut self.world, who, last, "👍"))
    }

    /// One thing of a device's: a message, or something about its last one there.
    fn says_or_changes(&mut self, device: usize, place: Place, chance: &mut ChaCha20Rng) -> String {
        let client = self.honest.devices[device].client;
        let last = self
            .honest
            .said
            .iter()
            .rposition(|said| said.device == device && said.place == place && !said.deleted);
        match (chance.random_range(0..6), last) {
            (0 | 1, Some(at)) => {
                let text = format!("{} at last", self.honest.said[at].text);
                let edit = json!({"message": self.honest.said[at].id, "text": text});
                match self.world.call(client, "message.edit", edit) {
                    Ok(_) => self.honest.said[at].text = text,
                    Err(error) => return format!("no edit: {error:?}"),
                }
                "an edit".into()
            }
            (2, _) if place == Place::Group => {
                let key = self.honest.devices[device].keys[&place].clone();
                let name = format!("Plans of {}", self.world.now_ms);
                _ = self.world.call(client, "conversation.set", json!({"conversation": key, "name": name}));
                "a new name".into()
            }
            _ => format!("{:?}", self.honest.say(&mut self.world, device, place)),
        }
    }

    /// The server lost who reads, for one device and for a moment, and those whom it asks first are away.
    pub(super) fn reader_is_lost(&mut self, chance: &mut ChaCha20Rng) -> String {
        let enough = |stage: &Self| stage.honest.here().len() > ASKED + 1;
        if !enough(self) {
            self.world.settle_for(20_000);
            match self.devices_change(chance) {
                Ok(what) if !enough(self) => return what,
                Ok(_) => {}
                Err(broken) => {
                    self.breaks(broken);
                    return "no device is linked".into();
                }
            }
        }
        self.world.calm();
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let Some(log) = self.log_of(at, Place::Group) else { return "nothing is lost".into() };
        let mut order: Vec<(bool, _, usize, ClientId)> = Vec::new();
        for (other, one) in here.iter().filter(|(other, _)| *other != at) {
            let id = self.world.engine(one.client).device();
            order.push((one.person != device.person, id, *other, one.client));
        }
        order.sort();
        for (.., client) in &order[..ASKED] {
            self.world.sleep(*client, 10 * HOUR_MS);
        }
        let whose = device.client;
        self.world.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::FollowLog(follow)) if from == whose && follow.log[..] == log.0 => {
                let error = WireError { code: ErrorCode::ErrorNotAllowed as i32, ..WireError::default() };
                (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
            }
            _ => (Some(frame), Vec::new()),
        }));
        self.world.cut(whose.0);
        self.world.settle_for(4_000);
        self.world.ears = None;
        self.missed = true;
        for _ in 0..8 {
            self.world.cut(whose.0);
            self.world.settle_for(20 * 60_000);
        }
        // Who is there has added it.
        let (_, _, other, there) = order[ASKED];
        let said = self.honest.say(&mut self.world, other, Place::Group);
        self.world.settle_for(60_000);
        if let Ok(text) = &said {
            let key = device.keys[&Place::Group].clone();
            if !self.world.texts(whose, &key).contains(text) {
                let lines = self.world.notices(whose, &key);
                self.breaks(format!(
                    "alone: device {at} is not added again by device {other}; lines {lines:?}"
                ));
            }
        }
        _ = there;
        for (.., client) in order {
            self.world.wake(client);
        }
        self.world.settle_for(120_000);
        format!("the server lost device {at}'s reader, and device {other} alone is there")
    }

    /// While somebody's words wait, admins alone may speak.
    pub(super) fn admins_alone_speak(&mut self, chance: &mut ChaCha20Rng) -> String {
        let admin = self.first(0).1;
        let key = self.honest.devices[self.first(0).0].keys[&Place::Group].clone();
        let members: Vec<usize> =
            self.honest.here().iter().filter(|(_, device)| device.person > 0).map(|(at, _)| *at).collect();
        let at = members[chance.random_range(0..members.len())];
        let client = self.honest.devices[at].client;
        self.world.calm();
        self.world.sleep(client, HOUR_MS);
        let said = self.honest.say(&mut self.world, at, Place::Group);
        let who_speaks = |send: &str| json!({"conversation": key, "permissions": {"send": send, "add": "members", "edit": "members"}});
        let closed = self.world.call(admin, "conversation.set", who_speaks("admins")).is_ok();
        self.world.settle_for(30_000);
        self.world.wake(client);
        self.world.settle_for(chance.random_range(20_000..60_000));
        let opened = self.world.call(admin, "conversation.set", who_speaks("members")).is_ok();
        self.world.settle_for(60_000);
        format!("admins alone speak ({closed}, {opened}) while {:?} of device {at} waits", said)
    }

    /// The server took what a device sent, and refuses the same bytes once more; or it refuses what would change a message.
    pub(super) fn appends_are_refused(&mut self, chance: &mut ChaCha20Rng) -> String {
        let (at, place) = self.somebody(chance);
        let device = self.honest.devices[at].clone();
        let client = device.client;
        self.world.calm();
        let takes = chance.random_range(0..2) == 0;
        let own = self.honest.said.iter().rposition(|said| {
            said.device == at
                && said.place == place
                && !said.deleted
                && !self.honest.files.iter().any(|(id, _)| *id == said.id)
        });
        if takes {
            self.hears_no_entries(client);
            let said = self.honest.say(&mut self.world, at, place);
            self.world.settle_for(5_000);
            self.refuses(client, true);
            self.world.cut(client.0);
            self.world.settle_for(10_000);
            if let Ok(text) = &said {
                self.is_shown_as(at, place, text, "state", &["sent", "delivered", "read"]);
            }
            self.hears_all(client);
            return format!("device {at} says {said:?} in {place:?}, which is taken and then refused");
        }
        let Some(own) = own else { return format!("device {at} has nothing to change in {place:?}") };
        self.refuses(client, false);
        self.refused = true;
        let text = format!("{} as nobody reads it", self.honest.said[own].text);
        let edit = json!({"message": self.honest.said[own].id, "text": text});
        let done = self.world.call(client, "message.edit", edit).is_ok();
        self.world.settle_for(10_000);
        if done {
            self.is_shown_as(at, place, &text, "change", &["failed"]);
        }
        self.hears_all(client);
        // Its person says it once more.
        let text = format!("{} as all read it", self.honest.said[own].text);
        let edit = json!({"message": self.honest.said[own].id, "text": text});
        if self.world.call(client, "message.edit", edit).is_ok() {
            self.honest.said[own].text = text;
        }
        self.world.settle_for(20_000);
        format!("device {at} changes a message in {place:?} ({done}), which is refused, and again")
    }

    /// A message stands on its author's device so.
    fn is_shown_as(&mut self, at: usize, place: Place, text: &str, field: &str, states: &[&str]) {
        let device = self.honest.devices[at].clone();
        let shown = self.world.messages(device.client, &device.keys[&place]);
        let one = shown.iter().find(|one| one["text"] == text);
        let state = one.map(|one| one[field].clone());
        let stands =
            state.as_ref().and_then(|state| state.as_str()).is_some_and(|state| states.contains(&state));
        if !stands {
            self.breaks(format!(
                "said: device {at} shows {text:?} with {field} {state:?}, not {states:?}: {one:?}"
            ));
        }
    }

    fn hears_no_entries(&mut self, client: ClientId) {
        self.world.tamper = Some(Box::new(move |to, frame: ServerFrame| {
            let is_entries = matches!(frame.body, Some(Body::LogEntries(_)));
            if to == client && is_entries { Vec::new() } else { vec![frame] }
        }));
    }

    /// Appends of a client are refused; `known`: the server has taken them before.
    fn refuses(&mut self, client: ClientId, known: bool) {
        if !known {
            self.world.tamper = None;
        }
        self.world.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::Append(_)) if from == client => {
                let error = WireError { code: ErrorCode::ErrorNotAllowed as i32, ..WireError::default() };
                (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
            }
            _ => (Some(frame), Vec::new()),
        }));
    }

    fn hears_all(&mut self, client: ClientId) {
        self.world.tamper = None;
        self.world.ears = None;
        self.world.cut(client.0);
        self.world.settle_for(10_000);
    }

    /// The server takes no files for a while: what is said beside them goes all the same.
    pub(super) fn files_are_not_taken(&mut self, chance: &mut ChaCha20Rng) -> String {
        let by = self.somebody(chance);
        let device = self.honest.devices[by.0].clone();
        let client = device.client;
        self.world.calm();
        // What is being sent already waits for nothing.
        self.world.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::CreateBlob(_)) if from == client => {
                let code = ErrorCode::ErrorStorageFull as i32;
                let error = WireError { code, retry_after_ms: LATER_MS, ..WireError::default() };
                (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
            }
            _ => (Some(frame), Vec::new()),
        }));
        let file = self.sends_file(by, chance);
        self.world.settle_for(2_000);
        let said = self.honest.say(&mut self.world, by.0, by.1);
        self.world.settle_for(20_000);
        for (at, other) in self.honest.here() {
            let Some(key) = other.keys.get(&by.1) else { continue };
            let texts = self.world.texts(other.client, key);
            if let Ok(text) = &said
                && !texts.contains(text)
            {
                self.breaks(format!("held back: device {at} has no {text:?}, which waits behind a file"));
            }
        }
        if let Ok(text) = &file {
            let shown = self.world.messages(client, &device.keys[&by.1]);
            let one = shown.iter().find(|one| one["text"] == text.as_str());
            if one.is_none_or(|one| one["attachments"][0]["waits"].is_null()) {
                self.breaks(format!("silent: device {} does not say that {text:?} waits", by.0));
            }
        }
        self.world.ears = None;
        self.world.settle_for(LATER_MS as i64 + 20_000);
        self.late = true;
        format!("the server takes no file of device {} for a while: {file:?}, {said:?} in {:?}", by.0, by.1)
    }

    /// The server forgets an upload that was begun, as after a week.
    pub(super) fn upload_is_forgotten(&mut self, chance: &mut ChaCha20Rng) -> String {
        let by = self.somebody(chance);
        let device = self.honest.devices[by.0].clone();
        self.world.calm();
        let file = self.sends_file(by, chance);
        let key = &device.keys[&by.1];
        for _ in 0..200 {
            let shown = self.world.messages(device.client, key);
            let last =
                shown.iter().find(|one| Ok(one["text"].as_str().unwrap_or_default()) == file.as_deref());
            if last.is_none_or(|one| one["attachments"][0]["state"] != "queued") {
                break;
            }
            self.world.step();
        }
        self.world.sleep(device.client, HOUR_MS);
        let rows = self.world.server.directory.database();
        rows.execute("DELETE FROM blob WHERE complete = 0", []).expect("the table");
        self.world.wake(device.client);
        self.world.settle_for(120_000);
        if let Ok(text) = &file {
            self.is_shown_as(by.0, by.1, text, "state", &["sent", "delivered", "read"]);
        }
        format!("the server forgets the upload of {} to {:?}: {file:?}", NAMES[device.person], by.1)
    }
}

/// What one message costs: no receipts in a group's log, also where many speak there.
pub(super) fn receipts_cost_nothing(stage: &mut Stage) -> Result<(), String> {
    let (at, device) = stage.first_of_all();
    let log = invariants::logs(&mut stage.world, &device)[&Place::Group];
    stage.world.settle_for(120_000);
    let before = stage.head(log);
    let speakers = stage.honest.here();
    for (speaker, _) in &speakers {
        _ = stage.honest.say(&mut stage.world, *speaker, Place::Group);
        stage.world.settle_for(20_000);
    }
    stage.world.settle_for(60_000);
    let entries = stage.head(log) - before;
    match entries <= 2 * speakers.len() as u64 {
        true => Ok(()),
        false => Err(format!(
            "cost: {entries} entries came of {} messages in the log of device {at}'s group",
            speakers.len()
        )),
    }
}

impl Stage {
    fn first_of_all(&self) -> (usize, Device) {
        self.honest.here().remove(0)
    }
}
