//! What the operator may do to accounts, links and registration, and what it does not touch.

use casemate_wire::ids::Hash32;
use casemate_wire::proto::wire::client_frame::Request as Frame;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CreateInvite, ErrorCode, FetchManifest, FollowInbox, PostInbox, fetch_manifest,
};

use crate::config::{Policy, Registration};
use crate::control::{Account, Answer, Refused, Request};
use crate::directory::{Directory, Place};
use crate::testing::kit::{Device, Person};
use crate::testing::{Line, World, append, open_policy};

fn operate(world: &mut World, request: Request) -> Answer {
    let now_ms = world.now_ms;
    world.server.directory.operate(&request, now_ms).answer
}

fn named(name: &str) -> String {
    name.to_owned()
}

fn shown(world: &mut World, name: &str) -> Account {
    match operate(world, Request::Account { name: named(name) }) {
        Answer::Account(account) => account,
        other => panic!("{other:?}"),
    }
}

fn link(world: &mut World, person: &Person, line: &Line, secret: [u8; 16]) -> Result<Body, ErrorCode> {
    let ask = CreateInvite { secret_hash: Hash32::of(&[&secret]).into(), uses: 1, expires_ms: 0 };
    let request = person.request(&line.hello, DeviceAsk::CreateInvite(ask));
    world.ask(line.id, request).map_err(|error| error.code())
}

fn follow(device: &Device) -> Frame {
    Frame::FollowInbox(FollowInbox {
        inbox: device.inbox.to_vec().into(),
        read_secret: device.inbox_secret.to_vec().into(),
        after: 0,
    })
}

fn found(world: &mut World, line: &Line, handle: &str) -> bool {
    let by = Some(fetch_manifest::By::Handle(named(handle)));
    world.ask(line.id, Frame::FetchManifest(FetchManifest { by, ..FetchManifest::default() })).is_ok()
}

#[test]
fn disabled_account_has_no_rights_until_it_is_enabled_and_others_notice_nothing_else() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let (bob, bobs) = world.person("bob", 2);
    world.inbox(&ana, &line, [3; 32][..16].try_into().unwrap());
    let log = world.log(&ana, &line, 4);
    assert!(found(&mut world, &bobs, "ana"));
    assert_eq!(operate(&mut world, Request::Disable { name: named("Ana@test.example") }), Answer::Done {});
    let disabled_ms = world.now_ms;
    world.now_ms += 1_000;
    // Again: it stays disabled since it was.
    assert_eq!(operate(&mut world, Request::Disable { name: named("ana") }), Answer::Done {});
    assert_eq!(shown(&mut world, "ana").disabled_ms, Some(disabled_ms));

    // Nothing that a device signs, and no inbox.
    assert_eq!(link(&mut world, &ana, &line, [5; 16]), Err(ErrorCode::ErrorDisabled));
    assert_eq!(world.refused(line.id, follow(&ana.device)), ErrorCode::ErrorDisabled);
    let own = Frame::FetchManifest(FetchManifest {
        by: Some(fetch_manifest::By::Account(ana.manifest.account.into())),
        proof: Some(ana.signed(&ana.device, &line.hello, None)),
        ..FetchManifest::default()
    });
    assert_eq!(world.refused(line.id, own), ErrorCode::ErrorDisabled);
    assert!(!found(&mut world, &bobs, "ana"));
    // Who shows no device learns nothing of it.
    let forged = bob.signed(&ana.device, &line.hello, None);
    let other = Frame::FetchManifest(FetchManifest {
        by: Some(fetch_manifest::By::Account(bob.manifest.account.into())),
        proof: Some(forged),
        ..FetchManifest::default()
    });
    assert_eq!(world.refused(line.id, other), ErrorCode::ErrorNotAllowed);
    // Rights of conversations are nobody's account's.
    world.ask(line.id, append(log, 1, vec![1; 100])).unwrap();
    // What others send waits.
    let post = Frame::PostInbox(PostInbox {
        inbox_token: vec![3; 16].into(),
        payload: vec![0; 4_096].into(),
        client_id: vec![1; 16].into(),
    });
    world.ask(bobs.id, post).unwrap();
    assert_eq!(shown(&mut world, "ana").waiting, 1);
    assert!(link(&mut world, &bob, &bobs, [6; 16]).is_ok());

    assert_eq!(operate(&mut world, Request::Enable { name: named("ana") }), Answer::Done {});
    assert_eq!(shown(&mut world, "ana").disabled_ms, None);
    assert!(link(&mut world, &ana, &line, [5; 16]).is_ok());
    world.ask(line.id, follow(&ana.device)).unwrap();
    assert!(found(&mut world, &bobs, "ana"));
}

/// The way in which its owner puts a stolen device out.
#[test]
fn disabled_account_still_changes_its_document_and_stays_hidden() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let (_, bobs) = world.person("bob", 2);
    operate(&mut world, Request::Disable { name: named("ana") });
    let publish = ana.publish(&[], |_| {});
    world.ask(line.id, publish).unwrap();
    assert!(!found(&mut world, &bobs, "ana"));
}

#[test]
fn deleted_account_is_gone_at_once_with_its_name_and_whom_it_closes_is_said() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, [3; 16]);
    link(&mut world, &ana, &line, [5; 16]).unwrap();
    let now_ms = world.now_ms;
    let done = world.server.directory.operate(&Request::Delete { name: named("ana") }, now_ms);
    assert_eq!(done.answer, Answer::Done {});
    assert_eq!(
        done.closed.iter().map(|inbox| inbox.0.to_vec()).collect::<Vec<_>>(),
        [ana.device.inbox.to_vec()]
    );
    let gone = operate(&mut world, Request::Account { name: named("ana") });
    assert_eq!(gone, Answer::Refused(Refused::NoAccount));
    assert_eq!(
        operate(&mut world, Request::Invites { after: String::new() }),
        Answer::Invites { invites: vec![] }
    );
    let again = Person::new("ana", 7).create_account(&[]);
    let line = world.line();
    assert_eq!(world.refused(line.id, again), ErrorCode::ErrorTaken);
}

#[test]
fn accounts_and_links_are_listed_in_order_from_wherever_the_list_went_on() {
    let mut world = World::open();
    for (seed, name) in (1..).zip(["cleo", "ana", "bob"]) {
        let (person, line) = world.person(name, seed);
        link(&mut world, &person, &line, [seed; 16]).unwrap();
    }
    let names = |answer| match answer {
        Answer::Accounts { accounts } => accounts.into_iter().map(|account| account.name).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        names(operate(&mut world, Request::Accounts { after: String::new() })),
        ["ana", "bob", "cleo"]
    );
    assert_eq!(names(operate(&mut world, Request::Accounts { after: named("ana") })), ["bob", "cleo"]);
    let Answer::Invites { invites } = operate(&mut world, Request::Invites { after: String::new() }) else {
        panic!()
    };
    assert_eq!(invites.len(), 3);
    assert!(invites.is_sorted_by_key(|invite| invite.id.clone()));
    let ana = invites.iter().find(|invite| invite.of.as_deref() == Some("ana")).unwrap();
    assert_eq!((&*ana.id, ana.uses_left), (&*data_encoding::HEXLOWER.encode(&Hash32::of(&[&[2; 16]]).0), 1));
    assert_eq!(operate(&mut world, Request::RevokeInvite { id: ana.id.clone() }), Answer::Done {});
    for id in [&*ana.id, "", "zz", "00"] {
        let refused = operate(&mut world, Request::RevokeInvite { id: named(id) });
        assert_eq!(refused, Answer::Refused(Refused::NoInvite), "{id}");
    }
    for name in ["dora", "ana@elsewhere.example", "", "a b", "%"] {
        let refused = operate(&mut world, Request::Account { name: named(name) });
        assert_eq!(refused, Answer::Refused(Refused::NoAccount), "{name}");
    }
}

#[test]
fn registration_that_the_operator_said_holds_at_once_and_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let open = || {
        let place = Place {
            name: "test.example".into(),
            public_url: "https://test.example".into(),
            restored_ms: None,
            renamed: false,
        };
        Directory::open(Some(&path), place, open_policy(), Box::new(rand_core::OsRng)).unwrap()
    };
    let mut directory = open();
    let join = |directory: &mut Directory, seed: u8, invite: &[u8]| {
        let request = Person::new(&format!("person{seed}"), seed).create_account(invite);
        directory
            .handle(crate::directory::Ask::Client { request, challenge: [0; 16] }, 0)
            .result
            .map_err(|no| no.code)
    };
    assert!(join(&mut directory, 1, &[]).is_ok());
    let closed = directory.operate(&Request::Registration { to: Some(Registration::Closed) }, 0).answer;
    let said = |registration| Answer::Registration { registration, configured: Registration::Open };
    assert_eq!(closed, said(Registration::Closed));
    let link = crate::directory::operator_link(&path, 5, 0).unwrap();
    assert_eq!(join(&mut directory, 2, &[]).unwrap_err(), ErrorCode::ErrorNotAllowed);
    assert_eq!(join(&mut directory, 2, link.secret.expose()).unwrap_err(), ErrorCode::ErrorNotAllowed);
    drop(directory);
    let mut directory = open();
    assert_eq!(directory.operate(&Request::Registration { to: None }, 0).answer, said(Registration::Closed));
    assert_eq!(join(&mut directory, 2, link.secret.expose()).unwrap_err(), ErrorCode::ErrorNotAllowed);
    directory.operate(&Request::Registration { to: Some(Registration::Invitation) }, 0);
    assert!(join(&mut directory, 2, &[]).is_err());
    // The link lost none of its uses meanwhile.
    for seed in 2..7 {
        assert!(join(&mut directory, seed, link.secret.expose()).is_ok());
    }
    assert!(join(&mut directory, 7, link.secret.expose()).is_err());
}

#[test]
fn counts_are_those_of_what_there_is() {
    let mut world = World::new(Policy { registration: Registration::Open, ..Policy::default() });
    let (ana, line) = world.person("ana", 1);
    world.person("bob", 2);
    link(&mut world, &ana, &line, [5; 16]).unwrap();
    operate(&mut world, Request::Disable { name: named("bob") });
    let now_ms = world.now_ms;
    let counts = world.server.directory.counts(now_ms).unwrap();
    assert_eq!((counts.accounts, counts.disabled, counts.being_deleted), (2, 1, 0));
    assert_eq!((counts.devices, counts.invites, counts.keys.waiting), (2, 1, 2));
    assert_eq!(world.server.directory.stored_files().unwrap(), crate::directory::operator::Stored::default());
}
