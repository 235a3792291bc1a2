//! X-Wing beside X25519: what a conversation of each size costs its members in time and bytes. The size above which
//! a new conversation uses X25519 is chosen by this: docs/decisions/0004.

use std::time::Duration;

use casemate_crypto::conversation::MARK_BYTES;
use casemate_crypto::{
    Change, CommitAad, Conversation, CryptoError, DeviceIdentity, MemoryKv, PendingCommit, Received, Suite,
    key_package,
};
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::limits::COMMIT_BYTES;

use crate::measured::{kb, median, ms, timed};
use crate::people::{device, group_of};

const SIZES: [u32; 9] = [2, 8, 32, 64, 128, 256, 500, 1_000, 2_500];
/// Devices that one commit adds, as the engine does.
const BATCH: usize = 128;
const TEXTS: usize = 50;
const LOG: LogId = LogId([7; 16]);

/// What a size costs.
#[derive(Default)]
struct Cost {
    add_all: Duration,
    add_bytes: usize,
    welcome_bytes: usize,
    join: Duration,
    update: Duration,
    update_bytes: usize,
    receive: Duration,
    later_update: Duration,
    later_update_bytes: usize,
    encrypt: Duration,
    decrypt: Duration,
}

/// Prints the table.
pub fn run() {
    println!(
        "MLS alone, times in ms, sizes in kB. Added in commits of {BATCH}. First refresh: in a tree in which nobody \
         has committed but its maker; later: after 16 members have.\n"
    );
    println!(
        "|devices|suite|add all|bytes|welcome|join|first refresh|bytes|receive|later refresh|bytes|encrypt|decrypt|"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for size in SIZES {
        for suite in Suite::ALL {
            let cost = match measure(suite, size) {
                Ok(cost) => cost,
                Err(devices) => {
                    println!(
                        "|{size}|{suite:?}|with {devices} a commit is over the limit of {} kB|",
                        COMMIT_BYTES / 1_000
                    );
                    continue;
                }
            };
            println!(
                "|{size}|{suite:?}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|",
                ms(cost.add_all),
                kb(cost.add_bytes),
                kb(cost.welcome_bytes),
                ms(cost.join),
                ms(cost.update),
                kb(cost.update_bytes),
                ms(cost.receive),
                ms(cost.later_update),
                kb(cost.later_update_bytes),
                ms(cost.encrypt),
                ms(cost.decrypt),
            );
        }
    }
}

/// A device with its store, before or after it joined.
struct Member {
    id: DeviceIdentity,
    kv: MemoryKv,
    conversation: Option<Conversation>,
}

impl Member {
    fn new(number: u32) -> Self {
        Self { id: device(number), kv: MemoryKv::new(), conversation: None }
    }

    fn package(&self, suite: Suite) -> Vec<u8> {
        key_package(&self.kv, &self.id, suite, false).expect("a key package")
    }

    fn conversation(&mut self) -> &mut Conversation {
        self.conversation.as_mut().expect("it has joined")
    }

    /// None where it would be too large.
    fn commit(&mut self, change: Change, previous: u64) -> Option<PendingCommit> {
        let readers = (0..change.add.len()).map(|at| Hash32::of(&[&at.to_be_bytes()])).collect();
        let note = CommitAad { previous, add_readers: readers, ..CommitAad::default() };
        let conversation = self.conversation.as_mut().expect("it has joined");
        let pending = match conversation.commit(&self.kv, &self.id, change, note) {
            Ok(pending) => pending,
            Err(CryptoError::TooLarge(_)) => return None,
            Err(error) => panic!("a commit by the rules: {error}"),
        };
        conversation.merge_pending(&self.kv).expect("the store takes it");
        Some(pending)
    }

    fn receive(&mut self, bytes: &[u8], previous: u64) -> Duration {
        let conversation = self.conversation.as_mut().expect("it has joined");
        let (received, time) = timed(|| conversation.receive(&self.kv, &self.id, bytes, previous));
        let received = received.expect("the store takes it");
        assert!(matches!(received, Received::Commit(_) | Received::Message { .. }), "{received:?}");
        time
    }

    fn join(&mut self, pending: &PendingCommit) -> Duration {
        let welcome = pending.welcomes.iter().find(|welcome| welcome.device == self.id.device);
        let joiner = &welcome.expect("it was added").joiner;
        let (joined, time) =
            timed(|| Conversation::join(&self.kv, &self.id, joiner, &pending.group_info, LOG));
        self.conversation = Some(joined.expect("the Welcome verifies"));
        time
    }
}

/// Or the number of devices at which a commit is too large.
fn measure(suite: Suite, size: u32) -> Result<Cost, u32> {
    let mut cost = Cost::default();
    let mut ana = Member::new(0);
    let state = group_of(&ana.id);
    ana.conversation =
        Some(Conversation::create(&ana.kv, &ana.id, suite, LOG, &state).expect("a well-formed group"));
    // Those that take part; of the others only key packages are needed. The last to be added joins the whole group.
    let active = (size - 1).min(16);
    let mut members: Vec<Member> = Vec::new();
    let (mut commits, mut number) = (0u64, 1u32);
    while number < size {
        let last = size.min(number + BATCH as u32);
        let mut joining = Vec::new();
        let mut add = Vec::new();
        for number in number..last {
            let member = Member::new(number);
            add.push(member.package(suite));
            if number + active >= size {
                joining.push(member);
            }
        }
        let (pending, time) = timed(|| ana.commit(Change { add, ..Change::default() }, commits));
        let pending = pending.ok_or(last)?;
        for member in &mut members {
            member.receive(&pending.bytes, commits);
        }
        commits += 1;
        cost.add_all += time;
        cost.add_bytes += pending.bytes.len();
        cost.welcome_bytes =
            pending.group_info.len() + pending.welcomes.last().map_or(0, |one| one.joiner.len());
        for mut member in joining {
            cost.join = member.join(&pending);
            members.push(member);
        }
        number = last;
    }
    // One member refreshes: its path is encrypted to everybody below its siblings.
    for at in 0..members.len() {
        let (pending, time) = timed(|| members[at].commit(Change::default(), commits));
        let pending = pending.ok_or(size)?;
        let mut times = vec![ana.receive(&pending.bytes, commits)];
        for other in (0..members.len()).filter(|other| *other != at) {
            times.push(members[other].receive(&pending.bytes, commits));
        }
        if at == 0 {
            (cost.update, cost.update_bytes, cost.receive) = (time, pending.bytes.len(), median(times));
        }
        (cost.later_update, cost.later_update_bytes) = (time, pending.bytes.len());
        commits += 1;
    }
    let (mut encrypt, mut decrypt) = (Vec::new(), Vec::new());
    for _ in 0..TEXTS {
        let text = [b'x'; 100];
        let conversation = ana.conversation.as_mut().expect("it has joined");
        let (message, time) = timed(|| conversation.encrypt(&ana.kv, &ana.id, &text, &[0; MARK_BYTES]));
        encrypt.push(time);
        decrypt.push(members[0].receive(&message.expect("it fits"), commits));
    }
    assert_eq!(members[0].conversation().members().len(), size as usize);
    (cost.encrypt, cost.decrypt) = (median(encrypt), median(decrypt));
    Ok(cost)
}

/// What MLS alone takes of a text: sending it, receiving it, and joining.
pub fn alone(suite: Suite, size: u32) -> [Duration; 3] {
    let cost = measure(suite, size).unwrap_or_default();
    [cost.encrypt, cost.decrypt, cost.join]
}
