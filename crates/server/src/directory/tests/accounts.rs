//! Accounts, invitations, manifests, and devices that are dropped.

use casemate_transparency::incarnation::Chain;
use casemate_wire::first_device::first_device;
use casemate_wire::ids::Hash32;
use casemate_wire::manifest::{sign, verify_promise};
use casemate_wire::proto::directory::SignedManifest;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CreateInvite, ErrorCode, FetchManifest, PublishManifest, RevokeInvite, TakeKeyPackage, fetch_manifest,
};

use crate::config::Policy;
use crate::directory::operator_link;
use crate::testing::kit::{Device, Person};
use crate::testing::{Line, World, open_policy};

fn create_invite(secret: [u8; 16], uses: u32, expires_ms: i64) -> DeviceAsk {
    DeviceAsk::CreateInvite(CreateInvite { secret_hash: Hash32::of(&[&secret]).into(), uses, expires_ms })
}

#[test]
fn an_account_is_promised_and_a_lost_answer_is_given_again() {
    let mut world = World::open();
    let ana = Person::new("ana", 1);
    let line = world.line();
    let key: [u8; 32] = line.hello.server_key[..].try_into().unwrap();
    let mut promises = Vec::new();
    for _ in 0..2 {
        let Ok(Body::Promise(answer)) = world.ask(line.id, ana.create_account(&[])) else { panic!() };
        let promise = answer.promise.unwrap();
        assert_eq!(verify_promise(&promise, &key, &ana.manifest).unwrap().at_ms, world.now_ms);
        promises.push(promise);
        world.now_ms += 1_000_000;
        // The clock moves on, the promise does not change.
        if promises.len() == 1 {
            world.now_ms -= 1_000_000;
        }
    }
    assert_eq!(promises[0], promises[1]);
}

#[test]
fn names_that_are_taken_look_alike_or_speak_for_the_operator() {
    let mut world = World::open();
    let (_, line) = world.person("paypal", 1);
    for (seed, name) in (2..).zip(["paypal", "paypa1", "pay.pal", "admin", "support", "c.asemate", "adrnin"])
    {
        let refused = world.refused(line.id, Person::new(name, seed).create_account(&[]));
        assert_eq!(refused, ErrorCode::ErrorTaken, "{name}");
    }
}

#[test]
fn a_document_that_is_not_whole_is_refused() {
    let mut world = World::open();
    let line = world.line();
    let mut ana = Person::new("ana", 1);
    // A key that is not the one its document names, and none at all.
    for keys in [vec![Device { hpke: vec![9; 1216], ..ana.device.clone() }.keys()], vec![]] {
        let Request::CreateAccount(mut create) = ana.create_account(&[]) else { panic!() };
        create.device_keys = keys;
        assert_eq!(world.refused(line.id, Request::CreateAccount(create)), ErrorCode::ErrorInvalid);
    }
    let Request::CreateAccount(mut create) = ana.create_account(&[]) else { panic!() };
    create.manifest.as_mut().unwrap().signature = vec![0; 64].into();
    assert_eq!(world.refused(line.id, Request::CreateAccount(create.clone())), ErrorCode::ErrorInvalid);
    create.manifest.as_mut().unwrap().manifest = vec![0; 20_000].into();
    assert_eq!(world.refused(line.id, Request::CreateAccount(create.clone())), ErrorCode::ErrorTooLarge);
    create.manifest = None;
    assert_eq!(world.refused(line.id, Request::CreateAccount(create)), ErrorCode::ErrorInvalid);
    // It begins with version 1.
    ana.publish(&[], |_| {});
    assert_eq!(world.refused(line.id, ana.create_account(&[])), ErrorCode::ErrorInvalid);
}

#[test]
fn by_invitation_only() {
    let mut world = World::new(Policy::default());
    let line = world.line();
    assert!(!line.hello.open_registration && line.hello.members_invite);
    let ana = Person::new("ana", 1);
    assert_eq!(world.refused(line.id, ana.create_account(&[])), ErrorCode::ErrorNotAllowed);
    assert_eq!(world.refused(line.id, ana.create_account(&[5; 16])), ErrorCode::ErrorNotAllowed);
}

#[test]
fn the_operator_invites_also_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let error = operator_link(&path, 1, 0).unwrap_err().to_string();
    assert!(error.contains("casemate server --data"), "{error}");

    let place = |restored_ms| crate::directory::Place {
        name: "test.example".into(),
        public_url: "https://test.example".into(),
        restored_ms,
        renamed: false,
    };
    let rng = || Box::new(rand_core::OsRng);
    let open = |restored_ms| {
        crate::directory::Directory::open(Some(&path), place(restored_ms), Policy::default(), rng())
    };
    let mut directory = open(None).unwrap();
    let link = operator_link(&path, 2, 0).unwrap();
    assert_eq!(link.server_url, "https://test.example");
    assert_eq!(link.server_key, directory.identity().public_key());
    let mut join = |name: &str, seed: u8, secret: &[u8]| {
        let request = Person::new(name, seed).create_account(secret);
        let ask = crate::directory::Ask::Client { request, challenge: [0; 16] };
        directory.handle(ask, 0).result
    };
    assert!(join("ana", 1, link.secret.expose()).is_ok());
    assert!(join("bob", 2, link.secret.expose()).is_ok());
    assert_eq!(join("eve", 3, link.secret.expose()).unwrap_err().code, ErrorCode::ErrorNotAllowed);
    // A restart keeps who the server is; a restore is a new incarnation of the same.
    let (key, incarnation) = (directory.identity().public_key(), directory.identity().incarnation);
    drop(directory);
    let directory = open(None).unwrap();
    assert_eq!((directory.identity().public_key(), directory.identity().incarnation), (key, incarnation));
    drop(directory);
    let mut known = vec![incarnation];
    for restored_ms in [5_000, 6_000] {
        drop(open(Some(restored_ms)).unwrap());
        // It says how it came about after a restart too.
        let directory = open(None).unwrap();
        let identity = directory.identity();
        assert_eq!(identity.public_key(), key);
        let chain = Chain::verify(&identity.began, &identity.incarnation, &key).unwrap();
        let ids: Vec<_> = chain.after(&incarnation).unwrap().iter().map(|began| began.id).collect();
        known.push(identity.incarnation);
        assert_eq!(ids, known[1..]);
    }
}

#[test]
fn members_invite_and_withdraw() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let Ok(Body::InviteCreated(created)) =
        world.ask(line.id, ana.request(&line.hello, create_invite([5; 16], 1, 0)))
    else {
        panic!()
    };
    assert_eq!(created.url_prefix, "https://test.example/i#");
    world.ask(line.id, Person::new("bob", 2).create_account(&[5; 16])).unwrap();
    // The repeat of its creation does not make it new.
    world.ask(line.id, ana.request(&line.hello, create_invite([5; 16], 1, 0))).unwrap();
    let carol = Person::new("carol", 3);
    assert_eq!(world.refused(line.id, carol.create_account(&[5; 16])), ErrorCode::ErrorNotAllowed);
    // Another member cannot take it over, nor withdraw it.
    let (dan, dans) = world.person("dan", 4);
    let stolen = dan.request(&dans.hello, create_invite([5; 16], 9, 0));
    assert_eq!(world.refused(dans.id, stolen), ErrorCode::ErrorInvalid);

    world.ask(line.id, ana.request(&line.hello, create_invite([6; 16], 1, 0))).unwrap();
    let revoke = || DeviceAsk::RevokeInvite(RevokeInvite { secret_hash: Hash32::of(&[&[6u8; 16]]).into() });
    world.ask(dans.id, dan.request(&dans.hello, revoke())).unwrap();
    world.ask(line.id, carol.create_account(&[6; 16])).unwrap();
    world.ask(line.id, ana.request(&line.hello, create_invite([7; 16], 1, 0))).unwrap();
    let revoke = DeviceAsk::RevokeInvite(RevokeInvite { secret_hash: Hash32::of(&[&[7u8; 16]]).into() });
    world.ask(line.id, ana.request(&line.hello, revoke)).unwrap();
    let erin = Person::new("erin", 5);
    assert_eq!(world.refused(line.id, erin.create_account(&[7; 16])), ErrorCode::ErrorNotAllowed);

    let soon_ms = world.now_ms + 1_000;
    world.ask(line.id, ana.request(&line.hello, create_invite([8; 16], 1, soon_ms))).unwrap();
    world.now_ms += 1_000;
    assert_eq!(world.refused(line.id, erin.create_account(&[8; 16])), ErrorCode::ErrorNotAllowed);
    let late = ana.request(&line.hello, create_invite([9; 16], 1, world.now_ms));
    assert_eq!(world.refused(line.id, late), ErrorCode::ErrorInvalid);
}

#[test]
fn where_only_the_operator_invites_members_still_make_links_to_knock() {
    let mut world = World::new(Policy { members_invite: false, ..open_policy() });
    let (ana, line) = world.person("ana", 1);
    let join = ana.request(&line.hello, create_invite([5; 16], 1, 0));
    assert_eq!(world.refused(line.id, join), ErrorCode::ErrorNotAllowed);
    world.ask(line.id, ana.request(&line.hello, create_invite([5; 16], 0, 0))).unwrap();
    let fetch =
        FetchManifest { by: Some(fetch_manifest::By::Link(vec![5; 16].into())), proof: None, known: None };
    assert!(matches!(world.ask(line.id, Request::FetchManifest(fetch)), Ok(Body::Manifest(_))));
}

#[test]
fn versions_follow_one_another() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let old = ana.clone();
    let phone = Device::new(9);
    let publish = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    // Without the new device's key; then whole; then once more, as after a lost answer.
    let Request::PublishManifest(mut bare) = publish.clone() else { panic!() };
    bare.device_keys.clear();
    assert_eq!(world.refused(line.id, Request::PublishManifest(bare)), ErrorCode::ErrorInvalid);
    world.ask(line.id, publish.clone()).unwrap();
    world.ask(line.id, publish).unwrap();
    // Two changes from one version: a device of the account is told which version there is.
    let mut fork = old.clone();
    let second = proved(fork.publish(&[], |_| {}), &ana, &ana.device, &line);
    let error = world.ask(line.id, second).unwrap_err();
    assert_eq!((error.code(), error.entry), (ErrorCode::ErrorStale, 2));
    // Version 3 from version 1.
    fork.publish(&[], |_| {});
    assert_eq!(world.refused(line.id, fork.publish(&[], |_| {})), ErrorCode::ErrorStale);
    // Ahead of the server, which was put back: programs of before, which prove nothing, publish what is missing.
    fork.publish(&[], |_| {});
    let error = world.ask(line.id, fork.publish(&[], |_| {})).unwrap_err();
    assert_eq!((error.code(), error.entry), (ErrorCode::ErrorStale, 2));
    // Nobody's account.
    let mut ghost = Person::new("ghost", 7);
    assert_eq!(world.refused(line.id, ghost.publish(&[], |_| {})), ErrorCode::ErrorStale);
}

/// A document with the proof that a device publishes it.
fn proved(publish: Request, person: &Person, device: &Device, line: &Line) -> Request {
    let Request::PublishManifest(mut publish) = publish else { panic!("no document") };
    publish.proof = Some(person.signed(device, &line.hello, None));
    Request::PublishManifest(publish)
}

#[test]
fn an_old_document_tells_a_stranger_neither_the_newest_version_nor_that_the_account_is_gone() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let phone = Device::new(9);
    let first = Request::PublishManifest(PublishManifest {
        manifest: Some(ana.manifest.signed.clone()),
        ..PublishManifest::default()
    });
    let second = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    world.ask(line.id, second.clone()).unwrap();
    world.ask(line.id, proved(second.clone(), &ana, &phone, &line)).unwrap();
    let third = ana.publish(&[], |document| document.devices.truncate(1));
    world.ask(line.id, third.clone()).unwrap();
    // Mallory has copies of what Ana published, and so has the device that was removed.
    let stranger = world.line();
    let mut ghost = Person::new("ghost", 7);
    let nobodys = ghost.publish(&[], |_| {});
    let answer = |world: &mut World, request: Request| {
        let error = world.ask(stranger.id, request).unwrap_err();
        (error.code(), error.entry, error.message)
    };
    let of_nobody = answer(&mut world, nobodys.clone());
    assert_eq!((of_nobody.0, of_nobody.1), (ErrorCode::ErrorStale, 0));
    let foreign = proved(first.clone(), &ana, &ana.device, &line);
    for old in [first, second.clone(), proved(second.clone(), &ana, &phone, &stranger), foreign] {
        assert_eq!(answer(&mut world, old), of_nobody);
    }
    // The newest one is answered for a while, as after a lost answer; then to devices of the account alone.
    world.ask(stranger.id, third.clone()).unwrap();
    world.now_ms += 8 * 24 * 3_600_000;
    assert_eq!(answer(&mut world, third.clone()), of_nobody);
    world.ask(line.id, proved(third, &ana, &ana.device, &line)).unwrap();
}

#[test]
fn a_document_that_was_made_for_another_server_begins_no_account_here() {
    let mut world = World::open();
    let line = world.line();
    let begins_at = |server: &str, seed: u8| {
        let mut person = Person::new(&format!("ana{seed}"), seed);
        let mut document = person.manifest.document();
        person.device.id = first_device(server, &person.device.key.verifying_key().to_bytes());
        document.devices = vec![person.device.row(true)];
        person.manifest = sign(&document, &person.account_key).unwrap();
        person.create_account(&[])
    };
    assert_eq!(world.refused(line.id, begins_at("other.example", 1)), ErrorCode::ErrorNotAllowed);
    world.ask(line.id, begins_at("test.example", 2)).unwrap();
    // Programs of before name no server: for a while they are taken.
    world.ask(line.id, Person::new("bob", 3).create_account(&[])).unwrap();
    world.now_ms = 1_803_513_600_000;
    assert_eq!(
        world.refused(line.id, Person::new("cleo", 4).create_account(&[])),
        ErrorCode::ErrorNotAllowed
    );
    world.ask(line.id, begins_at("test.example", 5)).unwrap();
}

#[test]
fn a_dropped_device_loses_everything_at_once_and_learns_it() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let phone = Device::new(9);
    let publish = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    world.ask(line.id, publish).unwrap();
    let phones = world.line();
    let proof = |ana: &Person| {
        Request::FetchManifest(FetchManifest {
            by: Some(fetch_manifest::By::Account(ana.manifest.account.into())),
            proof: Some(ana.signed(&phone, &phones.hello, None)),
            known: None,
        })
    };
    assert!(matches!(world.ask(phones.id, proof(&ana)), Ok(Body::Manifest(_))));
    let create_inbox = ana.signed(&phone, &phones.hello, Some(phone.create_inbox()));
    world.ask(phones.id, Request::DeviceRequest(create_inbox.clone())).unwrap();
    let put = Request::PutInboxTokens(casemate_wire::proto::wire::PutInboxTokens {
        inbox: phone.inbox.to_vec().into(),
        read_secret: phone.inbox_secret.to_vec().into(),
        token_hashes: vec![Hash32::of(&[&[3u8; 16]]).into()],
    });
    world.ask(phones.id, put.clone()).unwrap();

    let publish = ana.publish(&[], |document| {
        document.devices.pop();
    });
    world.ask(line.id, publish).unwrap();
    assert_eq!(world.refused(phones.id, proof(&ana)), ErrorCode::ErrorNotAllowed);
    assert_eq!(world.refused(phones.id, Request::DeviceRequest(create_inbox)), ErrorCode::ErrorNotAllowed);
    assert_eq!(world.refused(phones.id, put), ErrorCode::ErrorNotFound);
    let take = TakeKeyPackage { inbox_token: vec![3; 16].into(), suite: 1 };
    assert_eq!(world.refused(phones.id, Request::TakeKeyPackage(take)), ErrorCode::ErrorNotFound);
}

#[test]
fn a_dropped_device_that_shows_what_it_knew_gets_the_account_keys_word_for_it() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let (phone, other) = (Device::new(9), Device::new(10));
    let publish = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    world.ask(line.id, publish).unwrap();
    let before = ana.manifest.clone();
    let publish = ana.publish(&[], |document| {
        document.devices.pop();
    });
    world.ask(line.id, publish).unwrap();
    let asker = world.line();
    let ask = |device: &Device, known: Option<SignedManifest>| {
        Request::FetchManifest(FetchManifest {
            by: Some(fetch_manifest::By::Account(ana.manifest.account.into())),
            proof: Some(ana.signed(device, &asker.hello, None)),
            known,
        })
    };
    let Ok(Body::Manifest(answer)) = world.ask(asker.id, ask(&phone, Some(before.signed.clone()))) else {
        panic!()
    };
    assert_eq!((answer.manifest, answer.device_keys), (Some(ana.manifest.signed.clone()), Vec::new()));
    // Never a device of it; one whose document is another's; one that shows the document that stands; garbage.
    let mallory = Person::new("mallory", 5);
    let refused = [
        ask(&other, Some(before.signed.clone())),
        ask(&phone, Some(mallory.manifest.signed)),
        ask(&phone, Some(ana.manifest.signed.clone())),
        ask(&phone, Some(SignedManifest::default())),
    ];
    for request in refused {
        assert_eq!(world.refused(asker.id, request), ErrorCode::ErrorNotAllowed);
    }
    // Signed by another key in its name.
    let mut forged = ana.signed(&other, &asker.hello, None);
    forged.device = phone.id.into();
    let by = Some(fetch_manifest::By::Account(ana.manifest.account.into()));
    let forged = FetchManifest { by, proof: Some(forged), known: Some(before.signed) };
    assert_eq!(world.refused(asker.id, Request::FetchManifest(forged)), ErrorCode::ErrorNotAllowed);
}

#[test]
fn a_signature_serves_one_connection_and_one_device() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let (bob, bobs) = world.person("bob", 2);
    assert_ne!(line.hello.challenge, bobs.hello.challenge);
    let request = ana.request(&line.hello, ana.device.create_inbox());
    // Heard and sent again on another connection.
    assert_eq!(world.refused(bobs.id, request.clone()), ErrorCode::ErrorInvalid);
    // Signed by somebody else in her name.
    let forged = bob.signed(&bob.device, &bobs.hello, Some(ana.device.create_inbox()));
    let forged = casemate_wire::proto::wire::DeviceRequest {
        account: ana.manifest.account.into(),
        device: ana.device.id.into(),
        ..forged
    };
    assert_eq!(world.refused(bobs.id, Request::DeviceRequest(forged)), ErrorCode::ErrorInvalid);
    world.ask(line.id, request).unwrap();
}

#[test]
fn folder_with_accounts_is_refused_under_another_name_unless_the_operator_says_so() {
    use crate::directory::{Ask, Directory, OpenError, Place};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let open = |name: &str, renamed| {
        let place =
            Place { name: name.into(), public_url: format!("https://{name}"), restored_ms: None, renamed };
        Directory::open(Some(&path), place, crate::testing::open_policy(), Box::new(rand_core::OsRng))
    };
    // Nobody is there yet.
    drop(open("draft.example", false).unwrap());
    let mut directory = open("test.example", false).unwrap();
    let ask = Ask::Client { request: Person::new("ana", 1).create_account(&[]), challenge: [0; 16] };
    directory.handle(ask, 1_000).result.unwrap();
    drop(directory);
    let refused = open("new.example", false).err();
    let named = |error| matches!(error, Some(OpenError::OtherName { before, now }) if before == "test.example" && now == "new.example");
    assert!(named(refused));
    drop(open("test.example", false).unwrap());
    drop(open("new.example", true).unwrap());
    drop(open("new.example", false).unwrap());
}
