//! What takes several steps that chance alone seldom puts in order: each plot is one way to break a promise, with its details drawn.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::ids::{DeviceId, Hash32, LogId, MessageId};
use rand::Rng as _;
use serde_json::json;

use super::honest::{GROUP, NAMES, Place};
use super::member::{Member, outcome};
use super::{Stage, invariants};
use crate::world::World;

impl Member {
    /// One of the plots. What it was.
    pub(super) fn plot(&mut self, stage: &mut Stage) -> String {
        self.listen(&mut stage.world);
        if !self.insiders[0].group.is_active() {
            return self.post(&mut stage.world);
        }
        match self.draw.rng.random_range(0..38) {
            0..3 => self.lure(&mut stage.world),
            3..6 => self.speak_as_a_namesake(&mut stage.world),
            6..8 => self.say_for_a_moment(stage),
            8..10 => self.speak_where_admins_alone_may(stage),
            10..12 => self.second_chat(stage),
            12..15 => self.spoil_and_lead(&mut stage.world),
            15..17 => self.turn_a_device(stage),
            17..19 => self.replace(stage),
            19..22 => self.use_an_old_word(stage),
            22..24 => self.bring_a_dropped_device_back(stage),
            24..27 => self.use_a_restore(stage),
            27..29 => self.break_a_copy(stage),
            29..32 => self.take_a_name(stage),
            32..34 => self.take_a_picture(stage),
            34 => self.use_an_old_kit(stage),
            35..37 => self.offer_what_is_gone(stage),
            _ => self.take_the_past(stage),
        }
    }

    fn devices(&self) -> Vec<DeviceId> {
        self.insiders[0].reach.iter().map(|(_, device, ..)| *device).collect()
    }

    fn group_of_hers(&self, successor_of: Vec<u8>) -> content::ConversationState {
        content::ConversationState {
            name: GROUP.into(),
            permissions: Some(content::Permissions::default()),
            admins: vec![self.insiders[0].id.account.into()],
            successor_of: successor_of.into(),
            ..content::ConversationState::default()
        }
    }

    /// A group of her own that says outside, or not, that the thread goes on in it. The name is the one that the group has now.
    fn lure(&mut self, world: &mut World) -> String {
        let mut inner = self.group_of_hers(Vec::new());
        if self.draw.chance(70) {
            inner.name = self.insiders[0].group.state().name;
        }
        let outer = content::Welcome {
            kind: inner.kind,
            name: inner.name.clone(),
            members: self.draw.small(),
            successor_of: self.insiders[0].log.into(),
            ..content::Welcome::default()
        };
        let log = LogId(self.draw.bytes(16).try_into().expect("16 bytes"));
        format!("lures them away: {}", self.invite(world, 0, log, self.devices(), &inner, &outer))
    }

    /// Nobody can write any more, and she opens what comes after it, as its only admin.
    fn spoil_and_lead(&mut self, world: &mut World) -> String {
        let garbage = self.draw.bytes(40);
        let note = self.insiders[0].commit_note(Hash32([7; 32]));
        self.taken.push(self.insiders[0].log);
        let done = outcome(&world.append(&mut self.insiders[0], garbage, Some(note)));
        let inner = self.group_of_hers(self.insiders[0].log.0.to_vec());
        let outer = content::Welcome {
            kind: inner.kind,
            name: inner.name.clone(),
            successor_of: inner.successor_of.clone(),
            ..content::Welcome::default()
        };
        let mut log = self.draw.bytes(16);
        // Of several the lowest may count.
        log[0] = 0;
        let log = LogId(log.try_into().expect("16 bytes"));
        format!("spoils the group: {done}, {}", self.invite(world, 0, log, self.devices(), &inner, &outer))
    }

    /// A device of hers has the id of somebody else's, and speaks with the last number that there is.
    fn speak_as_a_namesake(&mut self, world: &mut World) -> String {
        let own = self.insiders[0].id.device;
        let others: Vec<DeviceId> =
            self.draw.devices.iter().copied().filter(|device| *device != own).collect();
        let Some(device) = self.draw.one(&others) else { return "knows nobody".into() };
        let Some(id) = self.sign_device(device) else { return "has no document".into() };
        let counter = [i64::MAX as u64, 1 << 40][self.draw.rng.random_range(0..2)];
        format!("speaks as a namesake: {}", self.bring_and_speak(world, &id, counter, "namesake"))
    }

    /// Words of hers that are to stay, since nobody says otherwise: the group has no timer.
    fn stays(&mut self, stage: &mut Stage, seconds: u32) -> Option<MessageId> {
        // After the last number that there is nobody hears her any more.
        if self.insiders[0].counter >= i64::MAX as u64 {
            return None;
        }
        let id: [u8; 16] = self.draw.bytes(16).try_into().expect("16 bytes");
        let text = format!("eve stays {}", stage.stays.len());
        let said =
            content::Text { text: text.clone(), disappearing_seconds: seconds, ..content::Text::default() };
        self.say_in(&mut stage.world, 0, &id, Kind::Text(said)).then(|| {
            stage.stays.push(text);
            MessageId(id)
        })
    }

    /// Her own word for how long something stays.
    fn say_for_a_moment(&mut self, stage: &mut Stage) -> String {
        let seconds = [1, 60][self.draw.rng.random_range(0..2)];
        let said = self.stays(stage, seconds).is_some();
        stage.world.settle_for(2_000);
        format!("says something for {seconds} s: {said}")
    }

    /// The first person lets admins alone speak for a while, and she changes what she said before.
    fn speak_where_admins_alone_may(&mut self, stage: &mut Stage) -> String {
        stage.world.settle_for(30_000);
        self.listen(&mut stage.world);
        let Some(id) = self.stays(stage, 0) else { return "cannot speak".into() };
        let who = |who: &str| json!({"add": "members", "edit": "members", "send": who});
        let (ana, key) = stage.in_group(0);
        let set = |stage: &mut Stage, permissions| {
            let changed = json!({"conversation": key, "permissions": permissions});
            let done = stage.world.call(ana, "conversation.set", changed).is_ok();
            stage.world.settle_for(10_000);
            done
        };
        let locked = set(stage, who("admins"));
        self.listen(&mut stage.world);
        // The first person may be away: then it is not so yet.
        let permissions = self.insiders[0].group.state().permissions.unwrap_or_default();
        if locked && permissions.send() == content::Who::Admins {
            let edit =
                content::Edit { of: id.0.to_vec().into(), text: "eve goes".into(), mentions: Vec::new() };
            self.say_in(&mut stage.world, 0, &[9; 16], Kind::Edit(edit));
            stage.world.settle_for(10_000);
        }
        let opened = set(stage, who("members"));
        format!("changes her words where admins alone may speak: {locked}, and {opened} afterwards")
    }

    /// Another chat with somebody who has one with her, under a lower id.
    fn second_chat(&mut self, stage: &mut Stage) -> String {
        let at = self.draw.rng.random_range(1..self.insiders.len());
        let own = self.insiders[0].id.account;
        let other = self.insiders[at].group.members().into_iter().find(|leaf| leaf.account != own);
        let Some(other) = other else { return "has nobody to chat with".into() };
        let mut members = vec![own.0.to_vec(), other.account.0.to_vec()];
        members.sort();
        let inner = content::ConversationState {
            kind: content::ConversationKind::Pair as i32,
            members: members.into_iter().map(Into::into).collect(),
            ..content::ConversationState::default()
        };
        let outer = content::Welcome { kind: inner.kind, ..content::Welcome::default() };
        let mut log = self.draw.bytes(16);
        log[0] = 0;
        let log = LogId(log.try_into().expect("16 bytes"));
        let devices = self.devices().into_iter();
        let devices = devices.filter(|device| *device == other.device).collect();
        format!("opens a second chat: {}", self.invite(&mut stage.world, at, log, devices, &inner, &outer))
    }
}

impl Stage {
    /// The first person puts the adversary out. Where that is done, it holds.
    pub(super) fn remove_eve(&mut self) -> String {
        let (ana, key) = self.in_group(0);
        let eve = json!({"conversation": key, "members": ["eve@sim.example"]});
        let done = self.world.call(ana, "conversation.remove", eve).is_ok();
        self.world.settle_for(60_000);
        self.eve_is_out |= done && !invariants::shows(&mut self.world, ana, &key, "eve@sim.example");
        format!("ana removes eve: {}", self.eve_is_out)
    }
}

/// How what somebody planned for a time after the run ends.
const PLANNED: &str = " plans";

/// A month after the beginning: no run takes as long.
const PLANNED_FOR: &str = "2026-12-20T12:00:00Z";

impl Stage {
    /// Everybody plans a message for later.
    pub(super) fn plan(&mut self) {
        for (person, name) in NAMES.iter().enumerate() {
            let (client, key) = self.in_group(person);
            let planned = json!({"conversation": key, "text": format!("{name}{PLANNED}"), "at": PLANNED_FOR});
            self.world.ok(client, "message.send", planned);
        }
    }

    /// The first person adds somebody to the group.
    pub(super) fn newcomer(&mut self) -> String {
        self.world.settle_for(60_000);
        let (ana, key) = self.in_group(0);
        // What has not left yet is said to those who are there when it does.
        let left = |one: &serde_json::Value| one["state"] != "queued" && one["state"] != "failed";
        let before = self.world.messages(ana, &key).into_iter().filter(left);
        let before = before.filter_map(|one| Some(one["text"].as_str()?.to_owned()));
        // What was deleted has no text, as what is deleted later.
        let before = before.filter(|text| !text.is_empty()).collect();
        let dan = json!({"conversation": key, "members": ["dan@sim.example"]});
        let done = self.world.call(ana, "conversation.add", dan).is_ok();
        self.came = Some(before);
        self.world.settle_for(60_000);
        let other = self.other;
        let asked = self.world.call(other, "conversation.requests", json!({}));
        for request in asked.iter().flat_map(|asked| asked["requests"].as_array()).flatten() {
            // Who waits for nobody's answer goes on without it.
            let _ = self.world.call(
                other,
                "conversation.accept",
                json!({"conversation": request["conversation"]}),
            );
        }
        self.world.settle_for(60_000);
        format!("ana adds dan: {done}")
    }
}

/// What is planned for later has not left.
pub(super) fn plans_wait(stage: &mut Stage) -> Result<(), String> {
    for (at, device) in stage.honest.here() {
        let texts = stage.world.texts(device.client, &device.keys[&Place::Group]);
        if texts.iter().any(|text| text.ends_with(PLANNED)) {
            return Err(format!("early: device {at} has what is planned for later"));
        }
    }
    Ok(())
}

/// Who comes into a group reads nothing that was said before.
pub(super) fn newcomer_reads_no_past(stage: &mut Stage) -> Result<(), String> {
    let Some(before) = stage.came.clone() else { return Ok(()) };
    let all = stage.world.ok(stage.other, "conversation.list", json!({}));
    for one in all["conversations"].as_array().into_iter().flatten() {
        let key = one["conversation"].as_str().unwrap_or_default().to_owned();
        let read = stage.world.texts(stage.other, &key);
        if let Some(text) = before.iter().find(|text| read.contains(text)) {
            return Err(format!("past: dan, who came later, has {text:?}"));
        }
    }
    Ok(())
}
