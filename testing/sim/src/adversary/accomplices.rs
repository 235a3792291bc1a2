//! Plots for which the member has the server on her side: what it tells one device, and when.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_crypto::{SealKeys, sealed};
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::manifest::{VerifiedManifest, promise};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, LogClosed, ManifestAnswer, ServerFrame, fetch_manifest};
use prost::Message as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::accounts::self_made;
use super::honest::{Device, NAMES};
use super::member::Member;
use super::{DEVICES, Stage, invariants};

/// Whom somebody looks up who is nobody.
const STRANGER: &str = "mallory";

impl Member {
    /// The server calls the group gone to one device, and she has a group of her own under that id for it.
    pub(super) fn offer_what_is_gone(&mut self, stage: &mut Stage) -> String {
        let before = stage.standing();
        self.listen(&mut stage.world);
        let here = stage.honest.here();
        let Some((at, device)) = self.draw.one(&here) else { return "finds nobody".into() };
        let Some(id) = stage.world.engine(device.client).device() else {
            return "finds a device without a person".into();
        };
        let log = self.insiders[0].log;
        // What it asks of the others is long on its way.
        let (victim, mute) = (device.client, self.draw.chance(80));
        if mute {
            stage.world.ears = Some(Box::new(move |from, frame| match &frame.request {
                Some(Request::PostInbox(_)) if from == victim => (None, Vec::new()),
                _ => (Some(frame), Vec::new()),
            }));
        }
        let closed = ServerFrame { id: 0, body: Some(Body::LogClosed(LogClosed { log: log.into() })) };
        stage.world.send_down(victim.0, closed.encode_to_vec().into());
        stage.world.settle_for(5_000);
        let mut inner = self.insiders[0].group.state();
        if self.draw.chance(60) {
            inner.admins = vec![self.insiders[0].id.account.into()];
        }
        let again_for: Bytes = if self.draw.chance(70) { log.into() } else { Bytes::new() };
        let outer = content::Welcome {
            kind: inner.kind,
            name: inner.name.clone(),
            successor_of: inner.successor_of.clone(),
            entry: [1, self.insiders[0].cursor, 1_000][self.draw.rng.random_range(0..3)],
            again_for,
            ..content::Welcome::default()
        };
        let done = self.invite(&mut stage.world, 0, log, vec![id], &inner, &outer);
        let what = format!("has the server call the group gone to device {at} (mute: {mute}): {done}");
        stage.watch(&what, &before);
        stage.world.ears = None;
        stage.world.cut(victim.0);
        stage.world.settle_for(300_000);
        what
    }

    /// Somebody links a device that is to have the past. A made-up account has a device of the same id, and the server answers a look-up
    /// with it.
    pub(super) fn take_the_past(&mut self, stage: &mut Stage) -> String {
        if stage.honest.devices.len() >= DEVICES || stage.stranger {
            return "finds nobody who links a device".into();
        }
        stage.world.settle_for(120_000);
        (stage.stranger, stage.lied) = (true, true);
        let person = self.draw.rng.random_range(0..NAMES.len());
        let (first, client) = stage.first(person);
        let history = ["all", "30d"][self.draw.rng.random_range(0..2)];
        let second = stage.world.device(NAMES[person]);
        let code = stage.world.device_code(second);
        let approve = json!({"code": code, "history": history, "confirm": true});
        if stage.world.call(client, "device.approve", approve).is_err() {
            return format!("{} cannot link a device", NAMES[person]);
        }
        stage.world.sleep(second, 60_000);
        stage.world.settle_for([1_000, 10_000][self.draw.rng.random_range(0..2)]);
        let linked: Option<Vec<u8>> = stage
            .world
            .with_db(client, |db| db.query_row("SELECT device FROM links", [], |row| row.get(0)).ok());
        let own = stage.world.identity_of(client);
        let linked = linked.and_then(|id| DeviceId::try_from(&id[..]).ok());
        let Some(device) = linked else { return "sees no device that is linked".into() };
        let seal = Rc::new(SealKeys::generate(&mut ChaCha20Rng::seed_from_u64(self.draw.rng.random())));
        let made = self_made(&mut self.draw, STRANGER, device, &seal);
        stage.answer_look_ups(client, &made.manifest, device, &seal);
        stage.world.begin(client, "contact.knock", json!({"to": format!("{STRANGER}@sim.example")}));
        stage.world.settle_for(10_000);
        let opened =
            stage.hear_posts(&seal, vec![(own.account, device), (made.account, device)], made.account);
        stage.world.wake(second);
        stage.world.settle_for(300_000);
        stage.world.ears = None;
        let opened = *opened.borrow();
        let what = format!("takes the past of {} with {history}: reads {opened} items", NAMES[person]);
        if opened > 0 {
            stage.broken.get_or_insert(format!("past: eve {what}"));
        }
        let device = stage.honest.devices[first].clone();
        let new = Device {
            client: second,
            since: stage.honest.said.len(),
            keys: Default::default(),
            ..device.clone()
        };
        if let Err(lost) = stage.is_linked(new, &device) {
            stage.broken.get_or_insert(lost);
        }
        what
    }
}

impl Stage {
    /// The server has an account that nobody made, for one of its people.
    fn answer_look_ups(
        &mut self,
        client: crate::ClientId,
        manifest: &[u8],
        device: DeviceId,
        seal: &SealKeys,
    ) {
        let manifest = VerifiedManifest::from_bytes(manifest).expect("it is well signed");
        let promise = promise(&manifest, self.world.now_ms, &self.world.server.directory.identity().key);
        let keys = DeviceKeys { device: device.into(), hpke_key: seal.public.clone().into(), seal_key: None };
        let answer = ManifestAnswer {
            manifest: Some(manifest.signed.clone()),
            promise: Some(promise),
            device_keys: vec![keys],
            ..ManifestAnswer::default()
        };
        self.world.ears = Some(Box::new(move |from, frame| match &frame.request {
            Some(Request::FetchManifest(asked))
                if from == client && asked.by == Some(fetch_manifest::By::Handle(STRANGER.into())) =>
            {
                (None, vec![ServerFrame { id: frame.id, body: Some(Body::Manifest(answer.clone())) }])
            }
            _ => (Some(frame), Vec::new()),
        }));
    }

    /// Counts what is put into inboxes and can be opened with a key, under any of these names. What is for its owner counts not.
    fn hear_posts(
        &mut self,
        seal: &Rc<SealKeys>,
        names: Vec<(AccountId, DeviceId)>,
        owner: AccountId,
    ) -> Rc<RefCell<usize>> {
        let opened = Rc::new(RefCell::new(0));
        let (count, seal) = (opened.clone(), seal.clone());
        self.world.ears = Some(Box::new(move |_, frame| {
            if let Some(Request::PostInbox(post)) = &frame.request {
                let read = |name: &(AccountId, DeviceId)| {
                    name.0 != owner && sealed::open_inbox_message(&seal, *name, &post.payload).is_ok()
                };
                *count.borrow_mut() += usize::from(names.iter().any(read));
            }
            (Some(frame), Vec::new())
        }));
        opened
    }

    /// A new device is where its person is.
    ///
    /// # Errors
    /// It has no place there.
    pub(super) fn is_linked(&mut self, mut device: Device, first: &Device) -> Result<usize, String> {
        for (place, log) in invariants::logs(&mut self.world, first) {
            let key = invariants::place_in(&mut self.world, device.client, log);
            let name = NAMES[first.person];
            let key = key.ok_or_else(|| format!("linked: the new device of {name} is not in {place:?}"))?;
            device.keys.insert(place, key);
        }
        self.logs.push(invariants::logs(&mut self.world, &device));
        self.contacts.push(invariants::contacts(&mut self.world, &device));
        self.honest.devices.push(device);
        Ok(self.honest.devices.len() - 1)
    }
}
