//! Devices, a log, and the steps that the stories are told in.

use casemate_content::proto::{ConversationKind, ConversationState};
use casemate_wire::ids::{Hash32, LogId};

use crate::conversation::rules::SkipReason;
use crate::conversation::{
    AgainRequest, AppliedCommit, Change, CommitAad, Conversation, MARK_BYTES, PendingCommit, Received, Suite,
    key_package, key_package_leaf,
};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::store::MemoryKv;
use crate::testing::Person;

pub const LOG: LogId = LogId([7; 16]);

/// What stands in clear beside each message.
pub const MARK: [u8; MARK_BYTES] = [9; MARK_BYTES];

/// A device with its store and, once it is in, the conversation.
pub struct Device {
    pub id: DeviceIdentity,
    pub kv: MemoryKv,
    pub conversation: Option<Conversation>,
}

impl Device {
    pub fn of(person: &Person, n: u8) -> Self {
        Self { id: person.id(n), kv: MemoryKv::new(), conversation: None }
    }

    pub fn get(&self) -> &Conversation {
        self.conversation.as_ref().unwrap()
    }

    pub fn package(&self, suite: Suite) -> Vec<u8> {
        key_package(&self.kv, &self.id, suite, false).unwrap()
    }

    pub fn receive(&mut self, bytes: &[u8], previous: u64) -> Received {
        let (kv, id) = (&self.kv, &self.id);
        self.conversation.as_mut().unwrap().receive(kv, id, bytes, previous).unwrap()
    }

    pub fn encrypt(&mut self, text: &str) -> Vec<u8> {
        self.conversation.as_mut().unwrap().encrypt(&self.kv, &self.id, text.as_bytes(), &MARK).unwrap()
    }

    pub fn commit(&mut self, change: Change, aad: CommitAad) -> Result<PendingCommit, CryptoError> {
        self.conversation.as_mut().unwrap().commit(&self.kv, &self.id, change, aad)
    }

    pub fn leaf_of(&self, other: &DeviceIdentity) -> u32 {
        self.get().members().into_iter().find(|leaf| leaf.device == other.device).unwrap().leaf
    }
}

/// All devices of one conversation, and its log.
pub struct Chat {
    pub devices: Vec<Device>,
    /// Entries so far.
    pub head: u64,
    /// Entry of the last commit.
    pub last_commit: u64,
}

pub fn group_of(admin: &Person) -> ConversationState {
    ConversationState {
        name: "walkers".into(),
        admins: vec![admin.account.into()],
        ..ConversationState::default()
    }
}

pub fn pair_of(one: &Person, other: &Person) -> ConversationState {
    let mut members = vec![one.account, other.account];
    members.sort();
    ConversationState {
        kind: ConversationKind::Pair.into(),
        members: members.into_iter().map(Into::into).collect(),
        ..ConversationState::default()
    }
}

impl Chat {
    pub fn start(suite: Suite, state: &ConversationState, mut first: Device) -> Self {
        first.conversation = Some(Conversation::create(&first.kv, &first.id, suite, LOG, state).unwrap());
        Self { devices: vec![first], head: 0, last_commit: 0 }
    }

    /// A group in X25519, which is faster, of the first devices of these people; the first is its admin.
    pub fn group(people: &[&Person]) -> Self {
        let mut chat = Self::start(Suite::X25519, &group_of(people[0]), Device::of(people[0], 0));
        if people.len() > 1 {
            chat.add(0, people[1..].iter().map(|person| Device::of(person, 0)).collect());
        }
        chat
    }

    pub fn note(&self) -> CommitAad {
        CommitAad { level: self.devices[0].get().level(), previous: self.last_commit, ..CommitAad::default() }
    }

    /// The note that puts a device in its own place, as it asked for.
    pub fn again(&self, device: &Device, package: &[u8]) -> CommitAad {
        let by = self.devices[0].get();
        let leaf = by.leaf_hash(self.devices[0].leaf_of(&device.id)).unwrap();
        let request = AgainRequest::sign(&device.id, LOG, leaf, key_package_leaf(package).unwrap());
        CommitAad { requests: vec![request], ..self.readers(1) }
    }

    /// A reader for each device that would join.
    pub fn readers(&self, joiners: usize) -> CommitAad {
        let add_readers = (0..joiners).map(|n| Hash32::of(&[&self.head.to_be_bytes(), &[n as u8]])).collect();
        CommitAad { add_readers, ..self.note() }
    }

    /// The device `by` adds others; all apply it, the new ones join.
    pub fn add(&mut self, by: usize, joiners: Vec<Device>) -> AppliedCommit {
        let suite = self.devices[by].get().suite();
        let with_packages = joiners.into_iter().map(|joiner| {
            let package = joiner.package(suite);
            (joiner, package)
        });
        self.add_by(by, with_packages.collect())
    }

    /// The same with these key packages.
    pub fn add_by(&mut self, by: usize, joiners: Vec<(Device, Vec<u8>)>) -> AppliedCommit {
        let (mut joiners, add): (Vec<_>, Vec<_>) = joiners.into_iter().unzip();
        let change = Change { add, ..Change::default() };
        let note = self.readers(joiners.len());
        let pending = self.devices[by].commit(change, note).unwrap();
        let applied = self.deliver(by, &pending);
        for (joiner, welcome) in joiners.iter_mut().zip(&pending.welcomes) {
            assert_eq!((welcome.account, welcome.device), (joiner.id.account, joiner.id.device));
            let joined =
                Conversation::join(&joiner.kv, &joiner.id, &welcome.joiner, &pending.group_info, LOG);
            joiner.conversation = Some(joined.unwrap());
        }
        self.devices.extend(joiners);
        self.check();
        applied
    }

    /// All start again from what they stored.
    pub fn reload(&mut self) {
        for device in &mut self.devices {
            device.conversation = Conversation::load(&device.kv, LOG).unwrap();
        }
    }

    /// The device `by` commits; all apply it.
    pub fn commit(&mut self, by: usize, change: Change, note: CommitAad) -> AppliedCommit {
        let pending = self.devices[by].commit(change, note).unwrap();
        let applied = self.deliver(by, &pending);
        self.check();
        applied
    }

    /// A commit's entry comes to all; every member must do the same.
    pub fn deliver(&mut self, by: usize, pending: &PendingCommit) -> AppliedCommit {
        let previous = self.last_commit;
        self.head += 1;
        self.last_commit = self.head;
        let device = &mut self.devices[by];
        let own = device.conversation.as_mut().unwrap().merge_pending(&device.kv).unwrap().unwrap();
        assert_eq!(own.write_hash_next, pending.next_write_hash);
        for (n, device) in self.devices.iter_mut().enumerate() {
            if n == by || !device.get().is_active() {
                continue;
            }
            let Received::Commit(theirs) = device.receive(&pending.bytes, previous) else {
                panic!("device {n} does not apply it");
            };
            if theirs.self_removed {
                assert!(!device.get().is_active());
                assert_eq!(theirs.write_hash_next, Hash32::ZERO);
            } else {
                assert_eq!(theirs, own);
            }
        }
        own
    }

    /// A commit's entry comes to all others; every one must skip it for this reason and be as before.
    pub fn skipped_by_all(&mut self, by: usize, bytes: &[u8], previous: u64, reason: SkipReason) {
        for (n, device) in self.devices.iter_mut().enumerate() {
            if n == by || !device.get().is_active() {
                continue;
            }
            let (kv, epoch) = (device.kv.clone(), device.get().epoch());
            let skipped = match device.receive(bytes, previous) {
                Received::Skipped(why) | Received::Refused(_, why) => why,
                other => panic!("device {n}: {other:?}"),
            };
            assert_eq!(skipped, reason, "device {n}");
            assert!(device.kv == kv, "device {n} wrote something");
            assert_eq!(device.get().epoch(), epoch);
        }
    }

    /// A message reaches all active members.
    pub fn say(&mut self, by: usize, text: &str) {
        let bytes = self.devices[by].encrypt(text);
        self.head += 1;
        let sender = self.devices[by].id.device;
        for (n, device) in self.devices.iter_mut().enumerate() {
            if n == by || !device.get().is_active() {
                continue;
            }
            match device.receive(&bytes, self.last_commit) {
                Received::Message { sender: leaf, plaintext } => {
                    assert_eq!((leaf.device, plaintext), (sender, text.as_bytes().to_vec()), "device {n}");
                }
                other => panic!("device {n}: {other:?}"),
            }
        }
    }

    /// Everybody says something.
    pub fn everybody_talks(&mut self) {
        for n in 0..self.devices.len() {
            if self.devices[n].get().is_active() {
                self.say(n, &format!("this is device {n}"));
            }
        }
    }

    /// All active members agree on everything.
    pub fn check(&self) {
        let mut active = self.devices.iter().map(Device::get).filter(|conversation| conversation.is_active());
        let first = active.next().unwrap();
        for other in active {
            assert_eq!((first.epoch(), first.members()), (other.epoch(), other.members()));
            assert_eq!(first.state(), other.state());
            assert!(first.write_token().unwrap() == other.write_token().unwrap());
        }
    }
}
