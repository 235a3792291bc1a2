//! Honest people who leave and come back, restore from their words, and renew them.

use std::collections::BTreeSet;

use casemate_crypto::recovery::RecoveryKit;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::wire::client_frame::Request;
use serde_json::json;

use super::honest::{Device, NAMES, Place};
use super::{Stage, invariants};
use crate::client::ClientId;
use crate::world::URL;

const MINUTE_MS: i64 = 60_000;

/// Words that were replaced, as an old paper has them, or a copy of an old database.
pub(super) struct OldKit {
    pub person: usize,
    pub words: RecoveryKit,
}

/// Of what a restored device asks of each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrives {
    All,
    First,
    Nothing,
}

/// Done by the adversary between a restore and what others make of it. The newest document of who restores.
pub(super) type Meanwhile<'a> = &'a mut dyn FnMut(&mut Stage, &VerifiedManifest);

impl Stage {
    /// The number and the client of somebody's first device.
    pub(super) fn first(&self, person: usize) -> (usize, ClientId) {
        let here = self.honest.here().into_iter();
        let first = here.filter(|(_, device)| device.person == person).min_by_key(|(at, _)| *at);
        let (at, device) = first.expect("everybody has a device");
        (at, device.client)
    }

    /// Somebody's first device, and the group's id there.
    pub(super) fn in_group(&self, person: usize) -> (ClientId, String) {
        let (at, client) = self.first(person);
        (client, self.honest.devices[at].keys[&Place::Group].clone())
    }

    /// Devices that are not their person's first.
    pub(super) fn linked(&self) -> Vec<usize> {
        let here = self.honest.here().into_iter();
        here.filter(|(at, device)| self.first(device.person).0 != *at).map(|(at, _)| at).collect()
    }

    /// Somebody leaves the group, and its admin adds them again. What it was.
    pub(super) fn leave_and_come_back(&mut self, person: usize) -> String {
        self.world.settle_for(2 * MINUTE_MS);
        let (name, (client, key), (ana, anas)) = (NAMES[person], self.in_group(person), self.in_group(0));
        if self.world.call(client, "conversation.leave", json!({"conversation": key})).is_err() {
            return format!("{name} cannot leave");
        }
        self.world.settle_for(2 * MINUTE_MS);
        let address = format!("{name}@sim.example");
        let added = self
            .world
            .call(ana, "conversation.add", json!({"conversation": anas, "members": [address]}))
            .is_ok();
        let mut came = false;
        // Where somebody else offers it as well, they are asked more than once.
        for _ in 0..3 {
            self.world.settle_for(MINUTE_MS);
            came |= self.world.call(client, "conversation.accept", json!({"conversation": key})).is_ok();
        }
        self.world.settle_for(2 * MINUTE_MS);
        format!("{name} leaves, is added: {added}, and is back: {came}")
    }

    /// Somebody copies the words of somebody's account, who makes new ones. Whether there are such.
    pub(super) fn renew_words(&mut self, person: usize) -> bool {
        self.world.settle_for(2 * MINUTE_MS);
        let client = self.first(person).1;
        let Some(words) = self.words_of(client) else { return false };
        let renewed = self.world.call(client, "recovery.kit", json!({"renew": true})).is_ok();
        self.world.settle_for(MINUTE_MS);
        if renewed {
            self.kits.push(OldKit { person, words });
            self.look_at_contacts();
        }
        renewed
    }

    fn words_of(&mut self, client: ClientId) -> Option<RecoveryKit> {
        let entropy: Option<Vec<u8>> = self.world.with_db(client, |db| {
            let words = "SELECT value FROM settings WHERE key = 'recovery_entropy'";
            db.query_row(words, [], |row| row.get(0)).ok()
        });
        Some(RecoveryKit::from_entropy(entropy?.try_into().ok()?))
    }

    /// A person's own act changed what others have of them.
    pub(super) fn look_at_contacts(&mut self) {
        for at in 0..self.honest.devices.len() {
            let device = self.honest.devices[at].clone();
            if device.until.is_none() {
                self.contacts[at] = invariants::contacts(&mut self.world, &device);
            }
        }
    }

    /// Somebody lost all their devices, and restores on a new one. `arrives`: of what it asks of each how much arrives at once; all else
    /// is long on its way. What it was.
    ///
    /// # Errors
    /// The new device has no place where its person is.
    pub(super) fn restore(
        &mut self,
        person: usize,
        arrives: Arrives,
        wait_ms: i64,
        meanwhile: Meanwhile<'_>,
    ) -> Result<String, String> {
        self.world.settle_for(2 * MINUTE_MS);
        let name = NAMES[person];
        let client = self.first(person).1;
        let Ok(kit) = self.world.call(client, "recovery.kit", json!({})) else {
            return Ok(format!("{name} has no words"));
        };
        let words = self.words_of(client);
        let logs: Vec<(Place, casemate_wire::ids::LogId)> = {
            let device = self.honest.devices[self.first(person).0].clone();
            invariants::logs(&mut self.world, &device).into_iter().collect()
        };
        for (at, device) in self.honest.here().into_iter().filter(|(_, device)| device.person == person) {
            self.world.sleep(device.client, i64::MAX / 4);
            self.honest.devices[at].until = Some(self.honest.said.len());
        }
        let new = self.world.device(name);
        let mut heard = BTreeSet::new();
        self.world.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::PostInbox(post)) if from == new => match arrives {
                Arrives::All => (Some(frame), Vec::new()),
                Arrives::First if heard.insert(post.inbox_token.clone()) => (Some(frame), Vec::new()),
                Arrives::First | Arrives::Nothing => (None, Vec::new()),
            },
            _ => (Some(frame), Vec::new()),
        }));
        let restore = json!({"server": URL, "name": name, "words": kit["words"]});
        self.is_restored = true;
        self.with_eve.remove(&person);
        self.world.begin(new, "recovery.restore", restore);
        for _ in 0..600 {
            self.world.settle_for(100);
            if self.world.engine(new).has_account() {
                break;
            }
        }
        if !self.world.engine(new).has_account() {
            return Err(format!("{name} cannot restore"));
        }
        let newest = self.world.identity_of(new).verified_manifest().expect("an own document");
        if wait_ms > 0 {
            self.world.settle_for(wait_ms);
        }
        meanwhile(self, &newest);
        if arrives == Arrives::Nothing {
            self.world.ears = None;
            self.world.cut(new.0);
        }
        self.world.settle_for(10 * MINUTE_MS);
        self.world.ears = None;
        self.world.cut(new.0);
        let mut device = Device { client: new, person, keys: Default::default(), since: 0, until: None };
        for hour in 0..25 {
            self.world.settle_for(if hour == 0 { 10 * MINUTE_MS } else { 60 * MINUTE_MS });
            for (place, old) in &logs {
                // Where the others are now.
                let other = place.people().into_iter().find(|other| *other != person).expect("somebody else");
                let (at, _) = self.first(other);
                let others = self.honest.devices[at].clone();
                let log = invariants::logs(&mut self.world, &others).get(place).copied().unwrap_or(*old);
                if let Some(key) = invariants::place_in(&mut self.world, new, log) {
                    device.keys.insert(*place, key);
                }
            }
            if device.keys.len() == logs.len() {
                break;
            }
        }
        if device.keys.len() < logs.len() {
            let missing: Vec<&Place> = logs
                .iter()
                .map(|(place, _)| place)
                .filter(|place| !device.keys.contains_key(place))
                .collect();
            return Err(format!("{name}'s new device is not in {missing:?}"));
        }
        device.since = self.honest.said.len();
        self.logs.push(invariants::logs(&mut self.world, &device));
        self.contacts.push(String::new());
        self.honest.devices.push(device);
        self.look_at_contacts();
        self.kits.extend(words.map(|words| OldKit { person, words }));
        Ok(format!("{name} restores as device {}", self.honest.devices.len() - 1))
    }
}
