//! What a conversation hands on to the one that continues it.

use std::collections::BTreeSet;

use casemate_content::proto::ConversationState;
use casemate_wire::ids::{AccountId, LogId};

use super::chat::{Chat, Device, LOG, group_of};
use crate::conversation::rules::SkipReason;
use crate::conversation::{Change, CommitAad, Conversation, Heritage, Level, Suite};
use crate::error::CryptoError;
use crate::testing::Person;

const NEXT: LogId = LogId([8; 16]);

fn ana() -> Person {
    Person::named("ana")
}

fn continuation() -> ConversationState {
    ConversationState { successor_of: LOG.into(), ..group_of(&ana()) }
}

/// What somebody opens in the place of a conversation.
fn opened_by(opener: &Device, heritage: &Heritage) -> Conversation {
    let made =
        Conversation::create_after(&opener.kv, &opener.id, Suite::X25519, NEXT, &continuation(), heritage);
    made.unwrap()
}

fn add(group: &mut Conversation, by: &Device, who: &Device, shown: &Person) -> Result<(), CryptoError> {
    let change = Change { add: vec![who.package(Suite::X25519)], ..Change::default() };
    let aad = CommitAad {
        previous: 0,
        add_readers: vec![casemate_wire::ids::Hash32([1; 32])],
        manifests: vec![shown.manifest().to_bytes()],
        ..CommitAad::default()
    };
    group.commit(&by.kv, &by.id, change, aad)?;
    group.merge_pending(&by.kv).map(|_| ())
}

/// Ana, Eve, and Bob, who has dropped his second device: his first one has not committed since.
fn with_a_dropped_device() -> (Chat, Person, Person) {
    let (bob, eve) = (Person::with_devices("bob", 2), Person::named("eve"));
    let mut chat = Chat::group(&[&ana(), &bob, &eve]);
    chat.add(0, vec![Device::of(&bob, 1)]);
    let newer = bob.drop_device(1);
    let remove = vec![chat.devices[0].leaf_of(&chat.devices[3].id)];
    let aad = CommitAad { manifests: vec![newer.manifest().to_bytes()], ..chat.note() };
    chat.commit(0, Change { remove, ..Change::default() }, aad);
    (chat, bob, newer)
}

#[test]
fn continuation_begins_at_the_level_of_before_and_awaits_everybody_who_was_there() {
    let (chat, bob, newer) = with_a_dropped_device();
    let heritage = chat.devices[0].get().heritage().unwrap();
    let (opener, eve) = (Device::of(&ana(), 0), Person::named("eve"));
    let mut next = opened_by(&opener, &heritage);
    assert_eq!(next.level(), Level::Two);
    let awaited: BTreeSet<AccountId> = next.awaited().into_iter().collect();
    assert_eq!(awaited, BTreeSet::from([bob.account, eve.account]));
    assert!(next.is_below_floor(&bob.manifest()) && !next.is_below_floor(&newer.manifest()));
    // The dropped device does not come in by the older document, and Bob's other one does beside the newer one.
    let refused = add(&mut next, &opener, &Device::of(&bob, 1), &bob);
    assert_eq!(refused, Err(CryptoError::NotAllowed(SkipReason::BelowFloor)));
    add(&mut next, &opener, &Device::of(&bob, 0), &newer).unwrap();
    assert_eq!(next.awaited(), [eve.account]);
    assert!(next.is_below_floor(&bob.manifest()), "his leaf carries the older one still");
    assert!(next.keeps_floors_of(&heritage).unwrap() && next.has_level_of(&heritage));
    // It is stored.
    let stored = Conversation::load(&opener.kv, NEXT).unwrap().unwrap();
    assert_eq!(stored.awaited(), [eve.account]);
}

#[test]
fn continuation_that_forgets_level_or_floors_is_noticed_by_who_knows_the_place_before() {
    let (chat, bob, _) = with_a_dropped_device();
    let heritage = chat.devices[2].get().heritage().unwrap();
    let opener = Device::of(&ana(), 0);
    let mut forgetful = opened_by(&opener, &Heritage::default());
    assert!(!forgetful.has_level_of(&heritage));
    // It rises with its first commit, by which the dropped device comes in.
    add(&mut forgetful, &opener, &Device::of(&bob, 1), &bob).unwrap();
    assert!(forgetful.has_level_of(&heritage));
    assert!(!forgetful.keeps_floors_of(&heritage).unwrap());
    // Of a place of level one nothing is handed on.
    let first = Chat::start(Suite::X25519, &group_of(&ana()), Device::of(&ana(), 0));
    let nothing = first.devices[0].get().heritage().unwrap();
    assert_eq!(nothing, Heritage::default());
    assert!(forgetful.has_level_of(&nothing) && forgetful.keeps_floors_of(&nothing).unwrap());
}

#[test]
fn sibling_that_comes_with_an_older_document_is_no_forgotten_floor() {
    let bob = Person::with_devices("bob", 2);
    let newer = bob.add_device(2);
    let mut chat = Chat::group(&[&ana(), &bob]);
    chat.add(0, vec![Device::of(&newer, 2)]);
    let heritage = chat.devices[0].get().heritage().unwrap();
    // His newest device opens it: its document is the newest, and no floor of his is kept.
    let opener = Device::of(&newer, 2);
    let mut next = opened_by(&opener, &heritage);
    assert!(!next.has_floor(bob.account));
    add(&mut next, &opener, &Device::of(&bob, 0), &newer).unwrap();
    assert!(next.keeps_floors_of(&heritage).unwrap());
}

#[test]
fn awaited_admin_of_a_continuation_is_admin_still() {
    let (chat, bob, newer) = with_a_dropped_device();
    let heritage = chat.devices[2].get().heritage().unwrap();
    let opener = Device::of(&Person::named("eve"), 0);
    let mut next = opened_by(&opener, &heritage);
    let mut state = next.state();
    state.admins = vec![opener.id.account.into()];
    let change = Change { state: Some(state), ..Change::default() };
    let refused = next.commit(&opener.kv, &opener.id, change, CommitAad::default());
    assert_eq!(refused, Err(CryptoError::NotAllowed(SkipReason::AdminsNotAllowed)));
    add(&mut next, &opener, &Device::of(&bob, 0), &newer).unwrap();
    assert_eq!(next.awaited(), [ana().account]);
}

#[test]
fn who_was_put_out_of_a_continuation_is_kept_where_an_admin_of_before_has_committed() {
    let (chat, bob, newer) = with_a_dropped_device();
    let heritage = chat.devices[0].get().heritage().unwrap();
    let (opener, eve) = (Device::of(&ana(), 0), Person::named("eve"));
    let mut next = opened_by(&opener, &heritage);
    add(&mut next, &opener, &Device::of(&bob, 0), &newer).unwrap();
    let aad = CommitAad { dismissed: vec![eve.account], ..CommitAad::default() };
    next.commit(&opener.kv, &opener.id, Change::default(), aad).unwrap();
    next.merge_pending(&opener.kv).unwrap();
    assert_eq!(next.awaited(), []);
    let (admins, others) = (BTreeSet::from([ana().account]), BTreeSet::from([bob.account]));
    assert_eq!(next.put_out(&admins), BTreeSet::from([eve.account]));
    assert_eq!(next.put_out(&others), BTreeSet::new());
    // Somebody else writes it into what they open.
    let mallory = Device::of(&bob, 0);
    let forged = opened_by(&mallory, &next.heritage().unwrap());
    assert_eq!(forged.put_out(&admins), BTreeSet::new());
    // Who is added once more is not kept as put out.
    add(&mut next, &opener, &Device::of(&eve, 0), &eve).unwrap();
    assert_eq!(next.put_out(&admins), BTreeSet::new());
}
