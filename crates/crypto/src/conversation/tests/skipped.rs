//! Commits that only somebody with another program makes: every member skips them and is as before.

use casemate_content::proto::{ConversationState, Permissions, Who};
use casemate_wire::ids::Hash32;
use openmls::prelude::{
    BasicCredential, CommitBuilder, CustomProposal, Extension, ExtensionType, Extensions,
    ExternalCommitBuilder, GroupContext, Initial, KeyPackage, LeafNodeIndex, LeafNodeParameters, Lifetime,
    MlsMessageBodyIn, MlsMessageIn, NewSignerBundle, OpenMlsProvider as _, Proposal,
    RequiredCapabilitiesExtension, UnknownExtension,
};
use prost::Message;
use tls_codec::{DeserializeBytes as _, Serialize as _};

use super::chat::{Chat, Device};
use crate::conversation::book::Book;
use crate::conversation::rules::SkipReason;
use crate::conversation::suite::{self, Context, NOTE_PROPOSAL, STATE_EXTENSION, parse_key_package};
use crate::conversation::{Change, CommitAad, LeaveStatement, Level, Received, Suite, Undecryptable};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::provider::{CRYPTO, Provider};
use crate::store::MemoryKv;
use crate::testing::Person;

fn ana() -> Person {
    Person::named("ana")
}

fn bob() -> Person {
    Person::named("bob")
}

pub(super) fn context(level: Level, state: &[u8]) -> Context<&[u8]> {
    Context { level, state, book: Book::default() }
}

pub(super) fn note(note: &CommitAad) -> Proposal {
    raw_note(note.to_bytes())
}

fn raw_note(bytes: Vec<u8>) -> Proposal {
    Proposal::Custom(Box::new(CustomProposal::new(NOTE_PROPOSAL, bytes)))
}

/// Bob (device 1) makes a commit past the rules.
pub(super) fn forge<'a>(
    chat: &'a mut Chat,
    build: impl FnOnce(CommitBuilder<'a, Initial>) -> CommitBuilder<'a, Initial>,
) -> Vec<u8> {
    let device = &mut chat.devices[1];
    let provider = Provider::new(&device.kv);
    let builder = device.conversation.as_mut().unwrap().group.commit_builder().force_self_update(true);
    let bundle = build(builder)
        .load_psks(provider.storage())
        .unwrap()
        .build(provider.rand(), provider.crypto(), &device.id, |_| true)
        .unwrap()
        .stage_commit(&provider)
        .unwrap();
    bundle.into_commit().to_bytes().unwrap()
}

/// Bob's commit is skipped by Ana and a third person, and the conversation goes on.
fn skipped<'a>(
    mut chat: Chat,
    build: impl for<'b> FnOnce(CommitBuilder<'b, Initial>, &CommitAad) -> CommitBuilder<'b, Initial>,
    reason: SkipReason,
) {
    let aad = chat.note();
    let previous = chat.last_commit;
    let bytes = forge(&mut chat, |builder| build(builder, &aad));
    chat.skipped_by_all(1, &bytes, previous, reason);
    let bob = &mut chat.devices[1];
    bob.conversation.as_mut().unwrap().discard_pending(&bob.kv).unwrap();
    chat.head += 1;
    chat.last_commit = chat.head;
    chat.everybody_talks();
    let next = chat.note();
    chat.commit(0, Change::default(), next);
    chat.everybody_talks();
}

fn chat() -> Chat {
    Chat::group(&[&ana(), &bob(), &Person::named("eve")])
}

#[test]
fn the_forger_makes_good_commits_too() {
    let mut chat = chat();
    let (aad, previous) = (chat.note(), chat.last_commit);
    let bytes = forge(&mut chat, |builder| builder.add_proposal(note(&aad)));
    assert!(matches!(chat.devices[0].receive(&bytes, previous), Received::Commit(_)));
}

#[test]
fn made_for_another_place() {
    skipped(
        chat(),
        |builder, aad| builder.add_proposal(note(&CommitAad { previous: aad.previous + 1, ..aad.clone() })),
        SkipReason::WrongPrevious,
    );
}

#[test]
fn without_a_note_with_two_or_with_a_broken_one() {
    skipped(chat(), |builder, _| builder, SkipReason::MalformedNote);
    let two = |aad: &CommitAad| note(&CommitAad { add_readers: vec![Hash32::ZERO], ..aad.clone() });
    skipped(
        chat(),
        |builder, aad| builder.add_proposal(note(aad)).add_proposal(two(aad)),
        SkipReason::MalformedNote,
    );
    skipped(chat(), |builder, _| builder.add_proposal(raw_note(vec![9])), SkipReason::MalformedNote);
}

#[test]
fn without_a_path() {
    let mut chat = chat();
    let (aad, previous) = (chat.readers(1), chat.last_commit);
    let joiner = Device::of(&Person::named("zoe"), 0);
    let package = parse_key_package(&joiner.package(Suite::X25519)).unwrap();
    let bytes = forge(&mut chat, |builder| {
        builder.force_self_update(false).propose_adds([package]).add_proposal(note(&aad))
    });
    chat.skipped_by_all(1, &bytes, previous, SkipReason::NoPath);
}

#[test]
fn too_few_readers_for_the_joiners() {
    let joiner = Device::of(&Person::named("zoe"), 0);
    let package = parse_key_package(&joiner.package(Suite::X25519)).unwrap();
    skipped(
        chat(),
        |builder, aad| builder.propose_adds([package]).add_proposal(note(aad)),
        SkipReason::ReaderCount,
    );
}

#[test]
fn a_joiner_with_a_lifetime_or_another_form() {
    let (kv, zoe) = (MemoryKv::new(), Person::named("zoe").id(0));
    let build = |lifetime: Lifetime, extensions| {
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(suite::capabilities(Level::Two))
            .leaf_node_extensions(extensions)
            .key_package_lifetime(lifetime)
            .build(Suite::X25519.mls(), &Provider::new(&kv), &zoe, suite::credential(&zoe))
            .unwrap();
        bundle.key_package().clone()
    };
    let manifest = suite::leaf_extensions(&zoe.manifest);
    let mut more = manifest.clone();
    more.add(Extension::Unknown(STATE_EXTENSION, UnknownExtension(vec![1]))).unwrap();
    for (package, reason) in [
        (build(Lifetime::init(0, u64::MAX - 1), manifest.clone()), SkipReason::BadLeaf),
        (build(suite::unbounded(), more), SkipReason::BadLeaf),
        (build(suite::unbounded(), Extensions::empty()), SkipReason::BadLeaf),
        (build(suite::unbounded(), suite::leaf_extensions(b"")), SkipReason::BadManifest),
        (
            build(suite::unbounded(), suite::leaf_extensions(&ana().manifest().to_bytes())),
            SkipReason::AccountMismatch,
        ),
        (build(suite::unbounded(), manifest), SkipReason::ReaderCount),
    ] {
        skipped(
            chat(),
            |builder, aad| {
                let readers = if reason == SkipReason::ReaderCount { vec![] } else { vec![Hash32::ZERO] };
                let aad = CommitAad { add_readers: readers, ..aad.clone() };
                builder.propose_adds([package]).add_proposal(note(&aad))
            },
            reason,
        );
    }
}

#[test]
fn a_removal_that_nothing_justifies() {
    let chat = chat();
    let victim = LeafNodeIndex::new(chat.devices[1].leaf_of(&Person::named("eve").id(0)));
    skipped(
        chat,
        |builder, aad| builder.propose_removals([victim]).add_proposal(note(aad)),
        SkipReason::RemoveNotAllowed,
    );
}

#[test]
fn a_leave_statement_that_somebody_else_signed() {
    let chat = chat();
    let eve = Person::named("eve");
    let victim = LeafNodeIndex::new(chat.devices[1].leaf_of(&eve.id(0)));
    let by_bob = chat.devices[1].get().leave_statements(&bob().id(0))[1].clone();
    let forged = LeaveStatement { account: eve.account, device: eve.id(0).device, ..by_bob };
    skipped(
        chat,
        |builder, aad| {
            let aad = CommitAad { leaves: vec![forged], ..aad.clone() };
            builder.propose_removals([victim]).add_proposal(note(&aad))
        },
        SkipReason::BadEvidence,
    );
}

#[test]
fn a_state_that_the_committer_may_not_change() {
    let mut chat = chat();
    let strict = ConversationState {
        permissions: Some(Permissions { edit: Who::Admins.into(), ..Permissions::default() }),
        ..chat.devices[0].get().state()
    };
    let aad = chat.note();
    chat.commit(0, Change { state: Some(strict.clone()), ..Change::default() }, aad);
    let renamed = ConversationState { name: "bob's".into(), ..strict.clone() }.encode_to_vec();
    skipped(
        chat,
        |builder, aad| {
            let builder = builder
                .propose_group_context_extensions(suite::group_extensions(&context(Level::Two, &renamed)))
                .unwrap();
            builder.add_proposal(note(aad))
        },
        SkipReason::EditNotAllowed,
    );
    // The first of three devices is the admin; for the rest see the rules' own tests.
    let mine = ConversationState { admins: vec![bob().account.into()], ..strict }.encode_to_vec();
    skipped(
        self::chat(),
        |builder, aad| {
            let builder = builder
                .propose_group_context_extensions(suite::group_extensions(&context(Level::Two, &mine)))
                .unwrap();
            builder.add_proposal(note(aad))
        },
        SkipReason::AdminsNotAllowed,
    );
}

#[test]
fn other_group_extensions() {
    let chat = chat();
    let state = chat.devices[0].get().state().encode_to_vec();
    let demanding: Extensions<GroupContext> = Extensions::from_vec(vec![
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
            &[ExtensionType::Unknown(STATE_EXTENSION), ExtensionType::LastResort],
            &[],
            &[],
        )),
        Extension::Unknown(STATE_EXTENSION, UnknownExtension(state)),
    ])
    .unwrap();
    skipped(
        chat,
        |builder, aad| builder.propose_group_context_extensions(demanding).unwrap().add_proposal(note(aad)),
        SkipReason::BadState,
    );
    let garbage = suite::group_extensions(&context(Level::Two, b"\xff"));
    skipped(
        self::chat(),
        |builder, aad| builder.propose_group_context_extensions(garbage).unwrap().add_proposal(note(aad)),
        SkipReason::BadState,
    );
}

#[test]
fn another_credential_or_key_in_the_own_leaf() {
    let as_ana = openmls::prelude::CredentialWithKey {
        credential: BasicCredential::new([ana().account.0, bob().id(0).device.0].concat()).into(),
        signature_key: bob().id(0).signing.verifying_key().to_bytes().to_vec().into(),
    };
    let parameters = LeafNodeParameters::builder().with_credential_with_key(as_ana).build();
    skipped(
        chat(),
        |builder, aad| builder.leaf_node_parameters(parameters).add_proposal(note(aad)),
        SkipReason::OwnLeafChanged,
    );

    let mut chat = chat();
    let (aad, previous) = (chat.note(), chat.last_commit);
    let bob = &mut chat.devices[1];
    let provider = Provider::new(&bob.kv);
    let mut other = bob.id.clone();
    other.signing = Person::with_devices("bob", 2).id(1).signing;
    let new = NewSignerBundle { signer: &other, credential_with_key: suite::credential(&other) };
    let bundle = bob
        .conversation
        .as_mut()
        .unwrap()
        .group
        .commit_builder()
        .force_self_update(true)
        .add_proposal(note(&aad))
        .load_psks(provider.storage())
        .unwrap()
        .build_with_new_signer(provider.rand(), provider.crypto(), &bob.id, new, |_| true)
        .unwrap()
        .stage_commit(&provider)
        .unwrap();
    let bytes = bundle.into_commit().to_bytes().unwrap();
    chat.skipped_by_all(1, &bytes, previous, SkipReason::OwnLeafChanged);
}

#[test]
fn a_proposal_of_an_unknown_kind_or_on_its_own() {
    let mut chat = chat();
    let previous = chat.last_commit;
    let bob = &mut chat.devices[1];
    let group = &mut bob.conversation.as_mut().unwrap().group;
    let (message, _) =
        group.propose_remove_member(&Provider::new(&bob.kv), &bob.id, LeafNodeIndex::new(0)).unwrap();
    chat.skipped_by_all(1, &message.to_bytes().unwrap(), previous, SkipReason::StandaloneProposal);
    // And a commit that refers to it.
    let aad = chat.note();
    let bytes = forge(&mut chat, |builder| builder.consume_proposal_store(true).add_proposal(note(&aad)));
    chat.skipped_by_all(1, &bytes, previous, SkipReason::Invalid);
}

#[test]
fn an_external_commit_in_clear() {
    let mut chat = chat();
    let (previous, zoe) = (chat.last_commit, Person::named("zoe").id(0));
    let bytes = external_commit(&chat.devices[1], &zoe);
    for device in &mut chat.devices {
        let before = device.kv.clone();
        assert_eq!(device.receive(&bytes, previous), Received::Undecryptable(Undecryptable::Malformed));
        assert!(device.kv == before);
    }
    chat.everybody_talks();
}

fn external_commit(insider: &Device, outsider: &DeviceIdentity) -> Vec<u8> {
    let info = insider.get().group.export_group_info(&CRYPTO, &insider.id, true).unwrap();
    let info = MlsMessageIn::tls_deserialize_exact_bytes(&info.tls_serialize_detached().unwrap()).unwrap();
    let MlsMessageBodyIn::GroupInfo(info) = info.extract() else { panic!("not a GroupInfo") };
    let kv = MemoryKv::new();
    let provider = Provider::new(&kv);
    let parameters = LeafNodeParameters::builder()
        .with_capabilities(suite::capabilities(Level::Two))
        .with_extensions(suite::leaf_extensions(&outsider.manifest))
        .build();
    let (_, bundle) = ExternalCommitBuilder::new()
        .with_config(suite::join_config())
        .build_group(&provider, info, suite::credential(outsider))
        .unwrap()
        .leaf_node_parameters(parameters)
        .load_psks(provider.storage())
        .unwrap()
        .build(provider.rand(), provider.crypto(), outsider, |_| true)
        .unwrap()
        .finalize(&provider)
        .unwrap();
    bundle.into_commit().to_bytes().unwrap()
}

#[test]
fn committers_are_told_before_they_send() {
    let mut chat = chat();
    let (kv, remove) = (chat.devices[1].kv.clone(), vec![chat.devices[1].leaf_of(&ana().id(0))]);
    let aad = chat.note();
    let refused = chat.devices[1].commit(Change { remove, ..Change::default() }, aad.clone());
    assert_eq!(refused, Err(CryptoError::NotAllowed(SkipReason::RemoveNotAllowed)));
    let again = vec![chat.devices[0].package(Suite::X25519)];
    let readers = chat.readers(1);
    let refused = chat.devices[1].commit(Change { add: again, ..Change::default() }, readers.clone());
    assert_eq!(refused, Err(CryptoError::NotAllowed(SkipReason::DuplicateDevice)));
    let other_suite = vec![Device::of(&Person::named("zoe"), 0).package(Suite::XWing)];
    let refused = chat.devices[1].commit(Change { add: other_suite, ..Change::default() }, readers);
    assert!(matches!(refused, Err(CryptoError::Invalid(_))));
    let own = vec![chat.devices[1].get().own_leaf()];
    let refused = chat.devices[1].commit(Change { remove: own, ..Change::default() }, aad);
    assert!(matches!(refused, Err(CryptoError::Invalid(_))));
    assert!(chat.devices[1].kv == kv, "nothing was written");
    chat.everybody_talks();
    let aad = chat.note();
    chat.commit(1, Change::default(), aad);
}
