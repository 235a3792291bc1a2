//! Nobody is hostile, and everything breaks: a device's store or the server's fails at any step, a clock jumps by hours or years, the
//! server loses what it kept lazily. Afterwards all is there, or its author is told what is not.

use casemate_server::store::{StoreCall, StoreError};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::Stage;
use super::honest::NAMES;
use super::invariants::{HOUR_MS, all_agree, forget_refused, keys_stay, rest};
use super::kept::{all_is_delivered, files_are_there, invitations_are_there, nothing_strange_is_told};
use super::losses::receipts_cost_nothing;
use crate::store_faults::StoreFault;
use crate::world::World;

/// By how much a clock is wrong.
const JUMPS_MS: [i64; 6] =
    [-24 * 365 * HOUR_MS, -24 * HOUR_MS, -HOUR_MS, HOUR_MS, 24 * HOUR_MS, 3 * 24 * 365 * HOUR_MS];

/// After how long what is said disappears, where somebody sets that.
const TIMER_MS: i64 = 28 * 24 * HOUR_MS;

impl Stage {
    /// Something breaks. What it is.
    pub(super) fn fault(&mut self, chance: &mut ChaCha20Rng) -> String {
        match chance.random_range(0..24) {
            0..5 => self.device_store_fails(chance),
            5..8 => self.server_store_fails(chance),
            8..10 => self.clock_jumps(chance),
            10 => {
                self.world.server.delivery.store().crash();
                self.world.restart_server();
                "the server starts again after a loss of power".into()
            }
            11 => self.server_clock_jumps(chance),
            12..15 => self.entries_are_damaged(chance),
            15 => self.directory_fails(chance),
            16 => self.page_is_unreadable(chance),
            17 => self.files_are_lost(chance),
            18 => self.blobs_fail(chance),
            19 => self.appends_are_refused(chance),
            20 => self.admins_alone_speak(chance),
            21 => self.files_are_not_taken(chance),
            22 => self.upload_is_forgotten(chance),
            _ => self.reader_is_lost(chance),
        }
    }

    /// While somebody speaks, the store of one device fails once, or for a while.
    fn device_store_fails(&mut self, chance: &mut ChaCha20Rng) -> String {
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let (speaker, _) = here[chance.random_range(0..here.len())];
        // From the first instruction on to the end of what is done in a second.
        let after = (chance.random_range(0..4) > 0).then(|| 1 << chance.random_range(0..17));
        let times = if chance.random_range(0..2) == 0 { 1 } else { chance.random_range(2..60) };
        let faults = self.world.client(device.client).store.clone();
        let before = faults.failed();
        faults.set(Some(StoreFault { after, times }));
        let places: Vec<_> = self.honest.devices[speaker].keys.keys().copied().collect();
        let place = places[chance.random_range(0..places.len())];
        let said = self.honest.say(&mut self.world, speaker, place);
        self.world.settle_for(chance.random_range(0..5_000));
        if chance.random_range(0..4) == 0 {
            self.world.kill(device.client.0);
        }
        self.world.client(device.client).store.set(None);
        let failed = self.world.client(device.client).store.failed() - before;
        format!(
            "the store of device {at} of {} fails {failed} times (after {after:?}), while device {speaker} says in {place:?}: {said:?}",
            NAMES[device.person]
        )
    }

    /// The server's store fails for some seconds, while somebody speaks.
    fn server_store_fails(&mut self, chance: &mut ChaCha20Rng) -> String {
        let per_cent = [10, 50, 100][chance.random_range(0..3)];
        let stops = chance.random_range(0..4) == 0;
        let mut rng = ChaCha20Rng::from_rng(chance);
        self.world.server.delivery.store().set_fault(Some(Box::new(move |call| {
            (rng.random_range(0..100) < per_cent).then(|| failure(call, stops, &mut rng))
        })));
        let here = self.honest.here();
        let (speaker, _) = here[chance.random_range(0..here.len())];
        let places: Vec<_> = self.honest.devices[speaker].keys.keys().copied().collect();
        let place = places[chance.random_range(0..places.len())];
        let said = self.honest.say(&mut self.world, speaker, place);
        if chance.random_range(0..2) == 0 {
            let at = here[chance.random_range(0..here.len())].1.client.0;
            self.world.cut(at);
        }
        self.world.settle_for(chance.random_range(0..20_000));
        mend_server(&mut self.world);
        if stops {
            self.world.restart_server();
        }
        format!(
            "{per_cent} of 100 calls of the server's store fail, while device {speaker} says in {place:?}: {said:?}"
        )
    }

    fn clock_jumps(&mut self, chance: &mut ChaCha20Rng) -> String {
        let timer = if chance.random_range(0..2) == 0 { self.sets_timer(chance) } else { String::new() };
        let by_ms = JUMPS_MS[chance.random_range(0..JUMPS_MS.len())];
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let starts = chance.random_range(0..2) == 0;
        self.world.client(device.client).clock_skew_ms = by_ms;
        if starts {
            self.world.kill(device.client.0);
        }
        self.world.settle_for(chance.random_range(0..60_000));
        self.world.client(device.client).clock_skew_ms = 0;
        self.world.kill(device.client.0);
        format!(
            "{timer}the clock of device {at} is {by_ms} ms ahead for a while, from its start on: {starts}"
        )
    }

    /// What is said in one conversation disappears from now on, long after the run.
    fn sets_timer(&mut self, chance: &mut ChaCha20Rng) -> String {
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let places: Vec<_> = device.keys.keys().copied().collect();
        let place = places[chance.random_range(0..places.len())];
        let wanted = json!({"conversation": device.keys[&place], "disappearing_seconds": TIMER_MS / 1_000});
        let done = self.world.call(device.client, "conversation.set", wanted).is_ok();
        self.world.settle_for(chance.random_range(0..20_000));
        let said = self.honest.say(&mut self.world, at, place);
        format!("device {at} sets a timer in {place:?} ({done}) and says {said:?}; ")
    }
}

fn failure(call: StoreCall, stops: bool, rng: &mut ChaCha20Rng) -> (StoreError, bool) {
    let io = |kind: std::io::ErrorKind| StoreError::Io { what: "the store".into(), error: kind.into() };
    let error = match call {
        StoreCall::Commit if stops => return (StoreError::Stopped, rng.random_range(0..2) == 0),
        StoreCall::Commit => StoreError::Full,
        StoreCall::Read if rng.random_range(0..2) == 0 => {
            let what = "an entry's checksum is wrong".into();
            StoreError::Damaged { file: "00000001.log".into(), offset: 4_096, what }
        }
        _ => io(std::io::ErrorKind::Other),
    };
    (error, false)
}

fn mend_server(world: &mut World) {
    world.server.delivery.store().set_fault(None);
    world.server.read_pages_again(world.now_ms);
    world.deliver_pushed();
}

/// Everything works again.
fn mend(world: &mut World) {
    mend_server(world);
    world.directory_faults.set(None);
    world.blobs_fail = 0;
    for client in &mut world.clients {
        client.store.set(None);
        client.clock_skew_ms = 0;
    }
}

/// Checks everything after a run: all is there and nothing strange is told. What was refused says so to its author.
///
/// # Errors
/// The first that does not hold.
pub fn after_faults(stage: &mut Stage) -> Result<(), String> {
    mend(&mut stage.world);
    // Nobody could not write anywhere for good, but where the server lost something.
    stage.taken = (!stage.damaged && !stage.missed).then(Vec::new);
    stage.world.calm();
    stage.world.settle_for(HOUR_MS);
    forget_refused(stage);
    all_agree(stage)?;
    nothing_strange_is_told(stage)?;
    all_is_delivered(stage)?;
    keys_stay(stage)?;
    files_are_there(stage)?;
    invitations_are_there(stage)?;
    receipts_cost_nothing(stage)?;
    rest(stage)
}
