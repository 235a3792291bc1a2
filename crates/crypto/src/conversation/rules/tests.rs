//! Every rule, on a group of claims: no MLS needed.

use casemate_content::proto::{ConversationKind, Permissions};
use casemate_wire::ids::Hash32;
use prost::Message;

use super::super::leaf::Node;
use super::super::note::{AgainRequest, LeaveStatement};
use super::*;
use crate::testing::Person;

mod book;

const LOG: LogId = LogId([7; 16]);
const EPOCH: u64 = 100;

/// A leaf with what it borrows.
#[derive(Clone)]
struct Leaf {
    account: AccountId,
    device: DeviceId,
    signature_key: [u8; 32],
    manifest: Vec<u8>,
    level: Level,
    hash: Hash32,
}

impl Leaf {
    fn of(person: &Person, n: u8) -> Self {
        let id = person.id(n);
        Self {
            account: id.account,
            device: id.device,
            signature_key: id.signing.verifying_key().to_bytes(),
            manifest: id.manifest,
            level: Level::Two,
            hash: Hash32::of(&[&id.device.0, b"leaf"]),
        }
    }

    /// The device of `person`, still with the manifest of `earlier`.
    fn with_manifest_of(person: &Person, n: u8, earlier: &Person) -> Self {
        Self { manifest: earlier.manifest().to_bytes(), ..Self::of(person, n) }
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            account: self.account,
            device: self.device,
            signature_key: self.signature_key,
            manifest: &self.manifest,
            level: self.level,
            node: Node::Hash(self.hash),
        }
    }
}

/// A group and a commit to it. The committer is the leaf 0 unless told otherwise.
#[derive(Clone)]
struct Case {
    state: ConversationState,
    leaves: Vec<Leaf>,
    committer: u32,
    path: Option<Leaf>,
    adds: Vec<Leaf>,
    removes: Vec<u32>,
    level: Level,
    new_level: Option<Level>,
    new_state: Option<Vec<u8>>,
    book: Book,
    new_book: Option<Book>,
    note: CommitAad,
}

impl Case {
    fn new(state: ConversationState, leaves: &[Leaf]) -> Self {
        Self {
            state,
            leaves: leaves.to_vec(),
            committer: 0,
            path: None,
            adds: vec![],
            removes: vec![],
            level: Level::One,
            new_level: None,
            new_state: None,
            book: Book::default(),
            new_book: None,
            note: CommitAad::default(),
        }
    }

    fn by(mut self, committer: u32) -> Self {
        self.committer = committer;
        self
    }

    fn path(mut self, path: Leaf) -> Self {
        self.path = Some(path);
        self
    }

    fn add(mut self, leaf: Leaf) -> Self {
        self.adds.push(leaf);
        self.note.add_readers.push(Hash32([1; 32]));
        self
    }

    fn remove(mut self, leaf: u32) -> Self {
        self.removes.push(leaf);
        self
    }

    fn manifest_of(mut self, person: &Person) -> Self {
        self.note.manifests.push(person.manifest().to_bytes());
        self
    }

    fn leave(mut self, statement: LeaveStatement) -> Self {
        self.note.leaves.push(statement);
        self
    }

    fn edit(mut self, change: impl FnOnce(&mut ConversationState)) -> Self {
        let mut state = self.state.clone();
        change(&mut state);
        self.new_state = Some(state.encode_to_vec());
        self
    }

    /// The book that the commit leads to.
    fn book(mut self, book: Book) -> Self {
        self.new_book = Some(book);
        self
    }

    fn judge_at(&self, previous: u64) -> Result<Option<ConversationState>, SkipReason> {
        let path = self.path.as_ref().unwrap_or_else(|| &self.leaves[self.committer as usize]);
        let view = View {
            log: LOG,
            epoch: EPOCH,
            level: self.level,
            state: &self.state,
            book: &self.book,
            leaves: (0..).zip(self.leaves.iter().map(Leaf::claim)).collect(),
        };
        let context = self.new_state.is_some() || self.new_book.is_some();
        let unchanged = self.state.encode_to_vec();
        let new_state = self.new_state.as_deref().or(self.new_book.as_ref().map(|_| &unchanged[..]));
        let offered = Offered {
            committer: self.committer,
            path: path.claim(),
            adds: self.adds.iter().map(Leaf::claim).collect(),
            removes: self.removes.clone(),
            level: self.new_level.or(context.then_some(self.level)),
            state: new_state,
            book: context.then(|| self.new_book.clone().unwrap_or_else(|| self.book.clone())),
            note: CommitAad { level: self.level, ..self.note.clone() },
        };
        judge(&view, &offered, previous)
    }

    #[track_caller]
    fn applied(&self) {
        assert!(self.judge_at(0).is_ok(), "{:?}", self.judge_at(0));
    }

    #[track_caller]
    fn skipped(&self, reason: SkipReason) {
        assert_eq!(self.judge_at(0), Err(reason));
    }
}

fn ana() -> Person {
    Person::with_devices("ana", 2)
}

fn bob() -> Person {
    Person::with_devices("bob", 2)
}

fn eve() -> Person {
    Person::with_devices("eve", 2)
}

fn permissions_of(add: Who, edit: Who) -> Permissions {
    Permissions { add: add.into(), edit: edit.into(), send: Who::Members.into() }
}

/// Ana, the admin, with one device (leaf 0), and Bob with two (1 and 2).
fn group() -> Case {
    let state = ConversationState { admins: vec![ana().account.into()], ..ConversationState::default() };
    Case::new(state, &[Leaf::of(&ana(), 0), Leaf::of(&bob(), 0), Leaf::of(&bob(), 1)])
}

fn strict_group() -> Case {
    let mut case = group();
    case.state.permissions = Some(permissions_of(Who::Admins, Who::Admins));
    case
}

/// Ana (leaf 0) and Bob (leaf 1).
fn pair() -> Case {
    let mut members = vec![ana().account, bob().account];
    members.sort();
    let state = ConversationState {
        kind: ConversationKind::Pair.into(),
        members: members.into_iter().map(Into::into).collect(),
        ..ConversationState::default()
    };
    Case::new(state, &[Leaf::of(&ana(), 0), Leaf::of(&bob(), 0)])
}

fn own() -> Case {
    let state = ConversationState {
        kind: ConversationKind::Own.into(),
        members: vec![ana().account.into()],
        ..ConversationState::default()
    };
    Case::new(state, &[Leaf::of(&ana(), 0)])
}

fn leaves(person: &Person, n: u8, epoch: u64) -> LeaveStatement {
    LeaveStatement::sign(&person.id(n), LOG, During::Epochs(epoch))
}

#[test]
fn a_refresh_by_anybody() {
    group().applied();
    group().by(2).applied();
    pair().by(1).applied();
    own().applied();
}

#[test]
fn its_place_and_its_readers() {
    assert_eq!(group().judge_at(5), Err(SkipReason::WrongPrevious));
    let mut case = group().add(Leaf::of(&eve(), 0));
    case.applied();
    case.note.add_readers.push(Hash32::ZERO);
    case.skipped(SkipReason::ReaderCount);
    case.note.add_readers.clear();
    case.skipped(SkipReason::ReaderCount);
    group().by(9).path(Leaf::of(&ana(), 0)).skipped(SkipReason::Invalid);
}

#[test]
fn leaves_that_their_manifest_does_not_vouch_for() {
    let good = Leaf::of(&eve(), 0);
    let mut broken = good.clone();
    *broken.manifest.last_mut().unwrap() ^= 1;
    group().add(broken).skipped(SkipReason::BadManifest);
    group().add(Leaf { account: bob().account, ..good.clone() }).skipped(SkipReason::AccountMismatch);
    group().add(Leaf { device: DeviceId([1; 16]), ..good.clone() }).skipped(SkipReason::DeviceNotNamed);
    let other_key = Leaf::of(&eve(), 1).signature_key;
    group().add(Leaf { signature_key: other_key, ..good }).skipped(SkipReason::KeyMismatch);
}

#[test]
fn the_level_rises_when_all_leaves_know_it_and_never_falls() {
    let old = |leaf: Leaf| Leaf { level: Level::One, ..leaf };
    let raised = |mut case: Case| {
        case.new_level = Some(Level::Two);
        case.new_state = Some(case.state.encode_to_vec());
        case
    };
    raised(strict_group().by(1)).applied();
    raised(group().add(Leaf::of(&eve(), 0))).applied();
    raised(group().add(old(Leaf::of(&eve(), 0)))).skipped(SkipReason::BadLevel);
    raised(group().path(old(Leaf::of(&ana(), 0)))).skipped(SkipReason::BadLevel);
    let mut case = group();
    case.leaves[2] = old(case.leaves[2].clone());
    raised(case.clone()).skipped(SkipReason::BadLevel);
    raised(case.clone().remove(2)).skipped(SkipReason::BadLevel);
    case.clone().add(old(Leaf::of(&eve(), 0))).applied();
    // Another change does not ride along.
    let mut renamed = strict_group().by(1).edit(|state| state.name = "bob's".into());
    renamed.new_level = Some(Level::Two);
    renamed.skipped(SkipReason::EditNotAllowed);

    let mut second = group();
    second.level = Level::Two;
    second.applied();
    second.clone().add(old(Leaf::of(&eve(), 0))).skipped(SkipReason::BadLevel);
    second.clone().path(old(Leaf::of(&ana(), 0))).skipped(SkipReason::BadLevel);
    let mut fallen = raised(second);
    fallen.new_level = Some(Level::One);
    fallen.skipped(SkipReason::BadLevel);
}

#[test]
fn a_device_is_in_once() {
    group().add(Leaf::of(&bob(), 1)).skipped(SkipReason::DuplicateDevice);
    group().add(Leaf::of(&eve(), 0)).add(Leaf::of(&eve(), 0)).skipped(SkipReason::DuplicateDevice);
    group().by(1).remove(2).add(Leaf::of(&bob(), 1)).applied();
}

#[test]
fn a_conversation_has_at_most_2500_devices() {
    let mut case = group();
    // Leaves of accounts that the commit does not touch are not looked into.
    let filler = (0..READERS - 4).map(|n| {
        let hash = Hash32::of(&[&n.to_be_bytes()]);
        let id: [u8; 16] = hash.0[..16].try_into().unwrap();
        Leaf {
            account: AccountId(id),
            device: DeviceId(id),
            signature_key: hash.0,
            manifest: vec![],
            level: Level::Two,
            hash,
        }
    });
    case.leaves.extend(filler);
    case.clone().add(Leaf::of(&eve(), 0)).applied();
    case.clone().add(Leaf::of(&eve(), 0)).add(Leaf::of(&eve(), 1)).skipped(SkipReason::TooManyDevices);
    case.remove(2).add(Leaf::of(&eve(), 0)).add(Leaf::of(&eve(), 1)).applied();
}

#[test]
fn the_committers_leaf_stays_the_same_device() {
    group().by(1).path(Leaf::of(&bob(), 1)).skipped(SkipReason::OwnLeafChanged);
    group().by(1).path(Leaf::of(&eve(), 0)).skipped(SkipReason::OwnLeafChanged);
    let newer = bob().next(|_| {});
    group().by(1).path(Leaf::with_manifest_of(&bob(), 0, &newer)).applied();
    let mut case = group().by(1);
    case.leaves[1] = Leaf::of(&newer, 0);
    case.path(Leaf::of(&bob(), 0)).skipped(SkipReason::OldManifest);
}

#[test]
fn a_dropped_device_commits_nothing() {
    // Bob's first device has shown the manifest that drops the second.
    let newer = bob().drop_device(1);
    let mut case = group();
    case.leaves[1] = Leaf::of(&newer, 0);
    case.clone().by(2).skipped(SkipReason::CommitterDropped);
    case.clone().by(1).applied();
    case.clone().by(0).applied();
    case.remove(2).applied();
    // Or the commit itself shows it.
    group().by(2).manifest_of(&newer).skipped(SkipReason::CommitterDropped);
}

#[test]
fn a_dropped_device_is_not_added_with_its_old_manifest() {
    let newer = bob().drop_device(1);
    let mut case = group();
    case.leaves = vec![Leaf::of(&ana(), 0), Leaf::of(&newer, 0)];
    case.clone().add(Leaf::of(&bob(), 1)).skipped(SkipReason::DroppedDevice);
    group()
        .remove(1)
        .remove(2)
        .add(Leaf::of(&bob(), 1))
        .manifest_of(&newer)
        .skipped(SkipReason::DroppedDevice);
    // An older manifest will do while the newest still names the device.
    let newest = newer.add_device(3);
    case.leaves[1] = Leaf::of(&newest, 0);
    case.add(Leaf::with_manifest_of(&newest, 3, &newer.add_device(3))).applied();
}

#[test]
fn a_replaced_account_key_no_longer_counts() {
    let replaced = bob().new_account_key();
    // The old key signs another device at a high version.
    let thief = bob().next(|_| {}).add_device(5).next(|_| {});
    let mut case = group();
    case.leaves = vec![Leaf::of(&ana(), 0), Leaf::of(&replaced, 0)];
    case.clone().add(Leaf::of(&thief, 5)).skipped(SkipReason::ConflictingManifest);
    case.clone().add(Leaf::of(&bob(), 1)).skipped(SkipReason::ConflictingManifest);
    case.clone().add(Leaf::of(&replaced, 1)).applied();
    // The new key takes over from the old one.
    group().remove(2).add(Leaf::of(&replaced, 1)).applied();
}

#[test]
fn a_recovery_key_that_was_replaced_adds_and_removes_nothing() {
    let bob = bob();
    let replaced = bob.succeeded(1, 1);
    // From the first words, one succession and two.
    let thief = bob.succeeded(2, 0).add_device(5);
    let again = thief.succeeded(3, 0);
    let mut case = group();
    case.leaves =
        vec![Leaf::of(&ana(), 0), Leaf::of(&replaced, 0), Leaf::of(&replaced, 1), Leaf::of(&eve(), 0)];
    for thief in [&thief, &again] {
        case.clone().add(Leaf::of(thief, 5)).skipped(SkipReason::ConflictingManifest);
        case.clone().by(1).path(Leaf::with_manifest_of(&bob, 0, thief)).skipped(SkipReason::OldManifest);
        let dropped = thief.drop_device(1);
        case.clone().by(3).remove(2).manifest_of(&dropped).skipped(SkipReason::RemoveNotAllowed);
    }
}

#[test]
fn a_document_under_another_name_or_far_ahead_counts_for_nothing() {
    let renamed = bob().next(|document| document.handle = "ana".into()).add_device(5);
    let far = bob().next(|document| document.version = 100_000).add_device(5);
    for changed in [renamed, far] {
        group().add(Leaf::of(&changed, 5)).skipped(SkipReason::ConflictingManifest);
        group().by(1).path(Leaf::with_manifest_of(&bob(), 0, &changed)).skipped(SkipReason::OldManifest);
    }
}

#[test]
fn who_may_add_to_a_group() {
    group().by(1).add(Leaf::of(&eve(), 0)).applied();
    strict_group().by(1).add(Leaf::of(&eve(), 0)).skipped(SkipReason::AddNotAllowed);
    strict_group().by(0).add(Leaf::of(&eve(), 0)).applied();
    // Another device of somebody who is in: everybody.
    strict_group().by(1).add(Leaf::of(&ana(), 1)).applied();
    let newer = bob().add_device(3);
    strict_group().by(0).add(Leaf::of(&newer, 3)).applied();
    strict_group().by(2).add(Leaf::of(&newer, 3)).applied();
}

#[test]
fn nobody_else_is_added_to_a_pair_or_to_ones_own() {
    pair().add(Leaf::of(&ana(), 1)).applied();
    pair().add(Leaf::of(&bob(), 1)).applied();
    pair().add(Leaf::of(&eve(), 0)).skipped(SkipReason::AddNotAllowed);
    own().add(Leaf::of(&ana(), 1)).applied();
    own().add(Leaf::of(&bob(), 0)).skipped(SkipReason::AddNotAllowed);
}

#[test]
fn who_may_remove() {
    group().by(0).remove(1).remove(2).applied();
    group().by(1).remove(2).applied();
    group().by(1).remove(0).skipped(SkipReason::RemoveNotAllowed);
    // A linked device does not put its siblings out, whoever its account is in the group.
    group().by(2).remove(1).skipped(SkipReason::RemoveNotAllowed);
    let mut admins = group().by(2).remove(1);
    admins.state.admins.push(bob().account.into());
    admins.skipped(SkipReason::RemoveNotAllowed);
    // The account key's word is another matter: the document shows it.
    let newer = bob().next(|document| {
        document.devices.remove(0);
        document.devices[0].primary = true;
    });
    admins.manifest_of(&newer).applied();
    group().by(0).remove(9).skipped(SkipReason::Invalid);
    // In a pair nobody is an admin, not even by a list that slipped in.
    let mut case = pair().remove(1);
    case.skipped(SkipReason::RemoveNotAllowed);
    case.state.admins = vec![ana().account.into()];
    case.skipped(SkipReason::RemoveNotAllowed);
}

#[test]
fn a_manifest_justifies_a_removal() {
    let newer = bob().drop_device(1);
    let case = pair().add(Leaf::of(&bob(), 1));
    let mut two =
        Case::new(case.state.clone(), &[Leaf::of(&ana(), 0), Leaf::of(&bob(), 0), Leaf::of(&bob(), 1)]);
    two.clone().remove(2).skipped(SkipReason::RemoveNotAllowed);
    two.clone().remove(2).manifest_of(&newer).applied();
    two.clone().remove(1).manifest_of(&newer).skipped(SkipReason::RemoveNotAllowed);
    // The group knows it already.
    two.leaves[1] = Leaf::of(&newer, 0);
    two.clone().remove(2).applied();
    // An older one that lacks a device does not count against a newer one that has it.
    let newest = newer.add_device(1);
    two.leaves[1] = Leaf::of(&newest, 0);
    two.clone().remove(2).skipped(SkipReason::RemoveNotAllowed);
    two.remove(2).manifest_of(&newer).skipped(SkipReason::RemoveNotAllowed);
}

#[test]
fn evidence_that_does_not_hold() {
    let mut case = group().by(1).remove(0);
    case.note.manifests.push(vec![1, 2, 3]);
    case.skipped(SkipReason::BadEvidence);
    // About somebody whom the commit does not touch.
    group().by(1).manifest_of(&eve()).skipped(SkipReason::BadEvidence);
}

#[test]
fn a_leave_statement_justifies_removing_the_account() {
    let by_second = leaves(&bob(), 1, EPOCH - 3);
    pair().remove(1).leave(leaves(&bob(), 0, EPOCH)).applied();
    let mut case = group();
    case.state.admins = vec![bob().account.into()];
    case.clone().remove(1).remove(2).skipped(SkipReason::RemoveNotAllowed);
    case.clone().remove(1).remove(2).leave(by_second.clone()).applied();
    // All of its devices, or none.
    case.clone().remove(1).leave(by_second.clone()).skipped(SkipReason::RemoveNotAllowed);
    case.clone().remove(2).leave(by_second.clone()).skipped(SkipReason::RemoveNotAllowed);
    // Not others.
    case.leaves.push(Leaf::of(&eve(), 0));
    case.clone().remove(3).leave(by_second).skipped(SkipReason::RemoveNotAllowed);
}

#[test]
fn rules_a_leave_statement_never_serves_a_sibling() {
    // The stolen linked device commits with its own word, or with one that it got out of the primary.
    for signer in [0, 1] {
        let word = leaves(&bob(), signer, EPOCH);
        group().by(2).remove(1).leave(word.clone()).skipped(SkipReason::RemoveNotAllowed);
        let mut two = pair().add(Leaf::of(&bob(), 1));
        two = Case::new(two.state.clone(), &[Leaf::of(&ana(), 0), Leaf::of(&bob(), 0), Leaf::of(&bob(), 1)]);
        two.clone().by(2).remove(1).leave(word.clone()).skipped(SkipReason::RemoveNotAllowed);
        two.by(0).remove(1).leave(word.clone()).skipped(SkipReason::RemoveNotAllowed);
        let alone = Case::new(own().state.clone(), &[Leaf::of(&bob(), 0), Leaf::of(&bob(), 1)]);
        alone.by(1).remove(0).leave(word).skipped(SkipReason::RemoveNotAllowed);
    }
}

#[test]
fn leave_statements_that_do_not_hold() {
    let refused = |statement: LeaveStatement, why: &str| {
        let case = pair().remove(1).leave(statement);
        assert_eq!(case.judge_at(0), Err(SkipReason::BadEvidence), "{why}");
    };
    pair().remove(1).leave(leaves(&bob(), 0, EPOCH - LEAVE_EPOCHS)).applied();
    refused(leaves(&bob(), 0, EPOCH - LEAVE_EPOCHS - 1), "lapsed");
    refused(leaves(&bob(), 0, EPOCH + 1), "of an epoch to come");
    refused(
        LeaveStatement { account: bob().account, ..leaves(&ana(), 0, EPOCH) },
        "another account's device",
    );
    refused(
        LeaveStatement { device: bob().id(0).device, account: bob().account, ..leaves(&ana(), 0, EPOCH) },
        "forged",
    );
    refused(leaves(&bob(), 1, EPOCH), "by a device that is not in");
    refused(leaves(&eve(), 0, EPOCH), "by somebody who is not in");
    refused(
        LeaveStatement::sign(&bob().id(0), LogId([8; 16]), During::Epochs(EPOCH)),
        "another conversation's",
    );
    refused(LeaveStatement { signature: vec![], ..leaves(&bob(), 0, EPOCH) }, "not signed");
}

/// The same case at level two.
fn second(mut case: Case) -> Case {
    case.level = Level::Two;
    case
}

#[test]
fn leave_statement_of_level_two_counts_for_one_leaf_alone() {
    let bobs = Leaf::of(&bob(), 0);
    let word = LeaveStatement::sign(&bob().id(0), LOG, During::Leaf(bobs.hash));
    second(pair().remove(1).leave(word.clone())).applied();
    // Bob came back: another leaf, and the same word.
    let mut back = second(pair().remove(1).leave(word.clone()));
    back.leaves[1].hash = Hash32([9; 32]);
    back.skipped(SkipReason::BadEvidence);
    // Each level takes its own kind, so that old and new versions agree.
    pair().remove(1).leave(word).skipped(SkipReason::BadEvidence);
    second(pair().remove(1).leave(leaves(&bob(), 0, EPOCH))).skipped(SkipReason::BadEvidence);
}

#[test]
fn device_that_did_not_ask_is_not_replaced_at_level_two() {
    let (bobs, mut fresh) = (Leaf::of(&bob(), 1), Leaf::of(&bob(), 1));
    fresh.hash = Hash32([9; 32]);
    let request = AgainRequest::sign(&bob().id(1), LOG, bobs.hash, fresh.hash);
    let mut mallory = group();
    mallory.leaves.push(Leaf::of(&eve(), 0));
    let mallory = second(mallory.by(3).remove(2).add(fresh.clone()));
    let with = |request: AgainRequest| {
        let mut case = mallory.clone();
        case.note.requests.push(request);
        case
    };
    with(request.clone()).applied();
    mallory.skipped(SkipReason::NotAsked);
    // Not even by an admin, or by the primary of the account.
    second(group().remove(2).add(fresh.clone())).skipped(SkipReason::NotAsked);
    second(group().by(1).remove(2).add(fresh.clone())).skipped(SkipReason::NotAsked);
    for bad in [
        AgainRequest::sign(&eve().id(0), LOG, bobs.hash, fresh.hash),
        AgainRequest::sign(&bob().id(0), LOG, bobs.hash, fresh.hash),
        AgainRequest::sign(&bob().id(1), LogId([8; 16]), bobs.hash, fresh.hash),
        AgainRequest::sign(&bob().id(1), LOG, bobs.hash, Hash32([8; 32])),
        AgainRequest::sign(&bob().id(1), LOG, Hash32([8; 32]), fresh.hash),
    ] {
        with(bad).skipped(SkipReason::NotAsked);
    }
    // It was used, or the device committed since.
    let mut used = with(request);
    used.leaves[2].hash = fresh.hash;
    used.skipped(SkipReason::NotAsked);
    // At level one as before.
    let mut first = mallory.clone();
    first.level = Level::One;
    first.applied();
}

#[test]
fn who_may_edit() {
    group().by(1).edit(|state| state.name = "new".into()).applied();
    strict_group().by(1).edit(|state| state.name = "new".into()).skipped(SkipReason::EditNotAllowed);
    strict_group().by(0).edit(|state| state.name = "new".into()).applied();
    pair().by(1).edit(|state| state.disappearing_seconds = 60).applied();
    let new = group().by(1).edit(|state| state.name = "new".into()).judge_at(0).unwrap().unwrap();
    assert_eq!(new.name, "new");
}

#[test]
fn admins_are_changed_by_admins() {
    let to_bob = |state: &mut ConversationState| state.admins = vec![bob().account.into()];
    let with_bob = |state: &mut ConversationState| state.admins.push(bob().account.into());
    group().by(1).edit(to_bob).skipped(SkipReason::AdminsNotAllowed);
    group().by(1).edit(with_bob).skipped(SkipReason::AdminsNotAllowed);
    group().by(0).edit(with_bob).applied();
    group().by(0).edit(to_bob).applied();
    let strict = |state: &mut ConversationState| {
        state.permissions = Some(permissions_of(Who::Admins, Who::Members));
    };
    group().by(1).edit(strict).skipped(SkipReason::AdminsNotAllowed);
    group().by(0).edit(strict).applied();
}

#[test]
fn a_group_keeps_an_admin() {
    group().edit(|state| state.admins = vec![]).skipped(SkipReason::BadState);
    group().edit(|state| state.admins = vec![eve().account.into()]).skipped(SkipReason::NoAdmin);
    group().edit(|state| state.admins = vec![eve().account.into()]).add(Leaf::of(&eve(), 0)).applied();
    let to_bob = |state: &mut ConversationState| state.admins = vec![bob().account.into()];
    group().remove(1).remove(2).edit(to_bob).skipped(SkipReason::NoAdmin);
}

#[test]
fn without_an_admin_anybody_names_one() {
    let to_bob = |state: &mut ConversationState| state.admins = vec![bob().account.into()];
    let left = leaves(&ana(), 0, EPOCH);
    // In the commit that removes the last one,
    strict_group().by(1).remove(0).leave(left.clone()).edit(to_bob).applied();
    strict_group().by(1).remove(0).leave(left).applied();
    // or later.
    let mut orphaned = strict_group();
    orphaned.leaves[0] = Leaf::of(&eve(), 0);
    orphaned.clone().by(1).edit(to_bob).applied();
    // But not while one comes in again.
    orphaned.clone().by(1).add(Leaf::of(&ana(), 1)).edit(to_bob).skipped(SkipReason::AddNotAllowed);
    orphaned.state.permissions = None;
    orphaned.by(1).add(Leaf::of(&ana(), 1)).edit(to_bob).skipped(SkipReason::AdminsNotAllowed);
}

#[test]
fn kind_members_and_predecessor_never_change() {
    let pair_state = pair().state;
    let mut case = group();
    case.new_state = Some(pair_state.encode_to_vec());
    case.skipped(SkipReason::FixedState);
    group().edit(|state| state.successor_of = vec![1; 16].into()).skipped(SkipReason::FixedState);
    let mut others = vec![ana().account, eve().account];
    others.sort();
    pair()
        .edit(|state| state.members = others.into_iter().map(Into::into).collect())
        .skipped(SkipReason::FixedState);
}

#[test]
fn malformed_states() {
    let mut case = group();
    case.new_state = Some(vec![0xff]);
    case.skipped(SkipReason::BadState);
    group().edit(|state| state.name = "x".repeat(600)).skipped(SkipReason::BadState);
    group().edit(|state| state.kind = 9).skipped(SkipReason::BadState);
    pair()
        .edit(|state| state.permissions = Some(permissions_of(Who::Admins, Who::Admins)))
        .skipped(SkipReason::BadState);
}
