//! Plots about who is in a conversation: commits by which somebody would go, come or become an admin who may not.

use casemate_crypto::{Change, CommitAad, DeviceIdentity, LeaveStatement, MemoryKv, key_package};
use casemate_wire::ids::{AccountId, Hash32};
use casemate_wire::proto::wire::client_frame::Request;
use rand::Rng as _;

use super::Stage;
use super::honest::{NAMES, Place};
use super::member::Member;
use super::returns::Arrives;
use crate::insider::Insider;
use crate::world::World;

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forced {
    /// The rules allow it, and it is in the log.
    Taken,
    /// They do not: everybody skips it, and the log goes on as it was.
    Skipped,
    /// MLS cannot express it, or the log took another one.
    Not,
}

/// A commit in the name of the device's person. Where the rules allow it, it is made as they say; else it leaves the right to write as
/// it is, so that it does harm only to whom it is applied by.
pub(super) fn force(world: &mut World, by: &mut Insider, change: Change, aad: CommitAad) -> Forced {
    let aad = CommitAad { previous: by.last_commit, ..aad };
    let lawful = by.group.commit(&by.kv, &by.id, change.clone(), aad.clone());
    let (pending, allowed) = match lawful {
        Ok(pending) => (pending, true),
        Err(_) => match by.group.commit_unjudged(&by.kv, &by.id, change, &aad) {
            Ok(pending) => (pending, false),
            Err(_) => return Forced::Not,
        },
    };
    let now = by.group.write_token().map(|token| token.hash()).unwrap_or(Hash32::ZERO);
    let mut note = by.commit_note(if allowed { pending.next_write_hash } else { now });
    note.add_readers = aad.add_readers.into_iter().map(Into::into).collect();
    let done = world.append(by, pending.bytes, Some(note)).is_ok();
    match done && allowed {
        true => by.group.merge_pending(&by.kv).map(|_| ()),
        false => by.group.discard_pending(&by.kv),
    }
    .expect("a store in memory");
    match (done, allowed) {
        (true, true) => Forced::Taken,
        (true, false) => Forced::Skipped,
        (false, _) => Forced::Not,
    }
}

/// The leaves of an account, as an insider has them.
fn leaves_of(of: &Insider, account: AccountId) -> Vec<u32> {
    let members = of.group.members().into_iter();
    members.filter(|leaf| leaf.account == account).map(|leaf| leaf.leaf).collect()
}

/// Accounts of honest people as they are when the adversary looks, by the number of the person.
fn account_of(stage: &mut Stage, person: usize) -> DeviceIdentity {
    let first = stage.first(person).1;
    stage.world.identity_of(first)
}

impl Member {
    /// Somebody's linked device was copied, and its keys put siblings out, in a group or a chat.
    pub(super) fn turn_a_device(&mut self, stage: &mut Stage) -> String {
        let before = stage.standing();
        let Some(at) = self.draw.one(&stage.linked()) else { return "finds no linked device".into() };
        let device = stage.honest.devices[at].clone();
        let places: Vec<Place> = device.keys.keys().copied().collect();
        let place =
            if self.draw.chance(50) { Place::Group } else { self.draw.one(&places).unwrap_or(Place::Group) };
        let mut copy = stage.world.copy_of(device.client, &device.keys[&place]);
        let entries = stage.world.entries(copy.log);
        copy.overhear(&entries);
        if !copy.group.is_active() {
            return "copies a device that is out".into();
        }
        let siblings =
            leaves_of(&copy, copy.id.account).into_iter().filter(|leaf| *leaf != copy.group.own_leaf());
        let siblings: Vec<u32> = siblings.collect();
        let Some(sibling) = self.draw.one(&siblings) else {
            return "copies a device without siblings".into();
        };
        let remove = if self.draw.chance(70) { vec![sibling] } else { siblings };
        let own = copy.group.leave_statements(&copy.id);
        let words: Vec<LeaveStatement> = own.into_iter().chain(self.leaves.clone()).collect();
        let mut aad = CommitAad::default();
        // Each is for one level.
        let level = copy.group.level();
        let fits = |word: &LeaveStatement| word.level() == level;
        if self.draw.chance(80) {
            aad.leaves.extend(words.iter().find(|word| fits(word)).cloned());
        }
        if self.draw.chance(15) {
            aad.leaves.extend(self.draw.one(&words));
        }
        if self.draw.chance(15) {
            aad.manifests.push(copy.id.manifest.clone());
        }
        let count = remove.len();
        let done = force(&mut stage.world, &mut copy, Change { remove, ..Change::default() }, aad);
        let what = format!("device {at} puts {count} siblings out of {place:?}: {done:?}");
        stage.watch(&what, &before);
        what
    }

    /// A device is put out by being added anew, and gets no Welcome; somebody speaks before it can ask.
    pub(super) fn replace(&mut self, stage: &mut Stage) -> String {
        let before = stage.standing();
        self.listen(&mut stage.world);
        let here = stage.honest.here();
        let Some((at, device)) = self.draw.one(&here) else { return "finds nobody".into() };
        let id = stage.world.identity_of(device.client);
        // As she may have kept it from another group.
        let package = match self.draw.chance(50) {
            true => self.take_package(&mut stage.world, 0, id.device),
            false => key_package(&MemoryKv::new(), &id, self.insiders[0].group.suite(), false).ok(),
        };
        let Some(package) = package else { return "gets no key package".into() };
        let members = self.insiders[0].group.members();
        let leaf = members.iter().find(|leaf| (leaf.account, leaf.device) == (id.account, id.device));
        let Some(leaf) = leaf else { return "does not find the device".into() };
        let change = Change { add: vec![package], remove: vec![leaf.leaf], ..Change::default() };
        let aad = CommitAad { add_readers: vec![Hash32::of(&[&[1; 32]])], ..CommitAad::default() };
        let done = force(&mut stage.world, &mut self.insiders[0], change, aad);
        let others: Vec<usize> = here.iter().map(|(other, _)| *other).filter(|other| *other != at).collect();
        let speaker = self.draw.one(&others).unwrap_or(0);
        let said = stage.honest.say(&mut stage.world, speaker, Place::Group).is_ok();
        let what = format!("replaces device {at}: {done:?}, device {speaker} speaks: {said}");
        stage.watch(&what, &before);
        what
    }

    /// The word by which somebody left, once they are back.
    pub(super) fn use_an_old_word(&mut self, stage: &mut Stage) -> String {
        let person = self.draw.rng.random_range(1..NAMES.len());
        let account = account_of(stage, person).account;
        let mut what = String::new();
        if !self.words.iter().any(|word| word.account == account) {
            what = format!("waits until {}, ", stage.leave_and_come_back(person));
            self.listen(&mut stage.world);
        }
        let before = stage.standing();
        self.listen(&mut stage.world);
        let insider = &mut self.insiders[0];
        let level = insider.group.level();
        let words = self.words.iter().filter(|word| word.account == account && word.level() == level);
        let words: Vec<LeaveStatement> = words.cloned().collect();
        let Some(word) = self.draw.one(&words) else { return format!("{what}has no word of theirs") };
        let insider = &mut self.insiders[0];
        let remove = leaves_of(insider, account);
        let aad = CommitAad { leaves: vec![word], ..CommitAad::default() };
        let done = force(&mut stage.world, insider, Change { remove, ..Change::default() }, aad);
        what = format!("{what}says again that {} leaves: {done:?}", NAMES[person]);
        stage.watch(&what, &before);
        what
    }

    /// A device that its account dropped comes back by the document that still names it. The one who dropped it reached nobody in the
    /// group: others put it out there.
    pub(super) fn bring_a_dropped_device_back(&mut self, stage: &mut Stage) -> String {
        stage.world.settle_for(120_000);
        let Some(at) = self.draw.one(&stage.linked()) else { return "finds no linked device".into() };
        let device = stage.honest.devices[at].clone();
        if stage.world.engine(device.client).device().is_none() {
            return "finds a device that is not linked any more".into();
        }
        let stolen = stage.world.identity_of(device.client);
        let first = stage.first(device.person).1;
        let log = self.insiders[0].log;
        let deaf = self.draw.chance(80);
        if deaf {
            stage.world.ears = Some(Box::new(move |from, frame| match &frame.request {
                Some(Request::Append(append))
                    if from == first && append.log[..] == log.0 && append.commit.is_some() =>
                {
                    (None, Vec::new())
                }
                _ => (Some(frame), Vec::new()),
            }));
        }
        let dropped = stage.remove_device(at);
        stage.world.ears = None;
        let before = stage.standing();
        self.listen(&mut stage.world);
        if leaves_of(&self.insiders[0], stolen.account).len()
            != stage.honest.here().iter().filter(|(_, one)| one.person == device.person).count()
        {
            return format!("waits in vain until {dropped}");
        }
        let suite = self.insiders[0].group.suite();
        let Ok(package) = key_package(&MemoryKv::new(), &stolen, suite, false) else {
            return "has no package".into();
        };
        let mut aad = CommitAad { add_readers: vec![Hash32::of(&[&[1; 32]])], ..CommitAad::default() };
        if self.draw.chance(20) {
            aad.manifests.push(stolen.manifest.clone());
        }
        let change = Change { add: vec![package], ..Change::default() };
        let done = force(&mut stage.world, &mut self.insiders[0], change, aad);
        stage.world.settle_for(60_000);
        let what = format!("waits until {dropped} (the first one deaf: {deaf}) and brings it back: {done:?}");
        stage.watch(&what, &before);
        what
    }

    /// Somebody lost all devices and restores. Before others put the new one in the place of the old, she shows that these are dropped,
    /// and may name herself admin.
    pub(super) fn use_a_restore(&mut self, stage: &mut Stage) -> String {
        if stage.is_restored {
            return "finds that somebody restored already".into();
        }
        // The first person is the group's only admin.
        let person = if self.draw.chance(30) { 0 } else { self.draw.rng.random_range(0..NAMES.len()) };
        let arrives = [Arrives::All, Arrives::First, Arrives::Nothing, Arrives::Nothing];
        let arrives = arrives[self.draw.rng.random_range(0..4)];
        let (drops, leads) = (self.draw.chance(70), self.draw.chance(50));
        let wait_ms = [0, 100, 2_000, 60_000][self.draw.rng.random_range(0..4)];
        let mut done = Forced::Not;
        let restored = stage.restore(person, arrives, wait_ms, &mut |stage, newest| {
            if !drops {
                return;
            }
            self.listen(&mut stage.world);
            let insider = &mut self.insiders[0];
            let remove = leaves_of(insider, newest.account);
            let mut change = Change { remove, ..Change::default() };
            if leads {
                let mut state = insider.group.state();
                state.admins = vec![insider.id.account.into()];
                change.state = Some(state);
            }
            let aad = CommitAad { manifests: vec![newest.to_bytes()], ..CommitAad::default() };
            done = force(&mut stage.world, insider, change, aad);
        });
        match restored {
            Ok(what) => {
                format!("waits until {what} ({arrives:?}); drops {drops} and leads {leads}: {done:?}")
            }
            Err(what) => {
                let what = format!(
                    "restored: {what} ({arrives:?}), while eve drops {drops} and leads {leads}: {done:?}"
                );
                stage.broken.get_or_insert(what.clone());
                what
            }
        }
    }

    /// Before a true commit comes one under the same key that nobody applies, and some start again in between, or nobody does.
    pub(super) fn break_a_copy(&mut self, stage: &mut Stage) -> String {
        let before = stage.standing();
        self.listen(&mut stage.world);
        let insider = &mut self.insiders[0];
        let token = insider.group.write_token().map(|token| token.hash()).unwrap_or(Hash32::ZERO);
        let next = insider.cursor + 1;
        let aad = CommitAad { previous: next, ..CommitAad::default() };
        // MLS takes it and the rules refuse it, or it is a copy with another end.
        let refused = self.draw.chance(60).then(|| insider.refused_commit(&aad));
        let Ok(pending) = insider.group.commit(&insider.kv, &insider.id, Change::default(), aad) else {
            return "cannot commit".into();
        };
        let kind = if refused.is_some() { "refused" } else { "broken" };
        let broken = refused.flatten().unwrap_or_else(|| {
            let mut broken = pending.bytes.clone();
            // The end is the seal of what is encrypted.
            let last = broken.len() - 1 - self.draw.rng.random_range(0..8);
            broken[last] ^= 1 << self.draw.rng.random_range(0..8);
            broken
        });
        let note = insider.commit_note(token);
        let first = stage.world.append(insider, broken, Some(note));
        stage.world.settle_for(2_000);
        // Where nobody does, all have in memory what it left.
        let some_restart = self.draw.chance(50);
        let mut restarted = Vec::new();
        for (at, device) in stage.honest.here() {
            if some_restart && self.draw.chance(50) {
                stage.world.kill(device.client.0);
                restarted.push(at);
            }
        }
        stage.world.settle_for(2_000);
        let insider = &mut self.insiders[0];
        let mut second = false;
        if first == Ok(next) {
            let note = insider.commit_note(pending.next_write_hash);
            second = stage.world.append(insider, pending.bytes, Some(note)) == Ok(next + 1);
        }
        match second {
            true => insider.group.merge_pending(&insider.kv).map(|_| ()),
            false => insider.group.discard_pending(&insider.kv),
        }
        .expect("a store in memory");
        let mut said = String::new();
        if self.draw.chance(50) {
            // Before anybody who lost step is in again.
            let here = stage.honest.here();
            let (at, _) = here[self.draw.rng.random_range(0..here.len())];
            let text = stage.honest.say(&mut stage.world, at, Place::Group);
            said = format!(", and device {at} says {text:?}");
        }
        let what = format!(
            "sends a copy first that is {kind}, devices {restarted:?} start again, the true one follows: {second}{said}"
        );
        stage.watch(&what, &before);
        what
    }
}
