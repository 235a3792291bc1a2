//! Inboxes, their tokens, and key packages.

use casemate_wire::ids::Hash32;
use casemate_wire::limits::{INBOX_ITEMS, INBOX_SIZES, KEY_PACKAGE_BYTES, KEY_PACKAGES_PER_TOKEN_DAY};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckInbox, ErrorCode, FollowInbox, InboxItem, KeyPackageItem, PostInbox, PutKeyPackages,
    RevokeInboxTokens, TakeKeyPackage,
};

use crate::config::{Limits, Policy};
use crate::testing::kit::Person;
use crate::testing::{World, open_policy, put_tokens};
use crate::tokens::DAY_MS;

const TOKEN: [u8; 16] = [3; 16];

fn post(token: [u8; 16], client_id: u8, payload: Vec<u8>) -> Request {
    Request::PostInbox(PostInbox {
        inbox_token: token.to_vec().into(),
        client_id: vec![client_id; 16].into(),
        payload: payload.into(),
    })
}

fn follow(person: &Person, after: u64) -> Request {
    Request::FollowInbox(FollowInbox {
        inbox: person.device.inbox.to_vec().into(),
        read_secret: person.device.inbox_secret.to_vec().into(),
        after,
    })
}

fn ack(person: &Person, up_to: u64) -> Request {
    Request::AckInbox(AckInbox {
        inbox: person.device.inbox.to_vec().into(),
        read_secret: person.device.inbox_secret.to_vec().into(),
        up_to,
    })
}

fn items(bodies: Vec<Body>) -> Vec<InboxItem> {
    let items = bodies.into_iter().filter_map(|body| match body {
        Body::InboxItems(items) => Some(items.items),
        _ => None,
    });
    items.flatten().collect()
}

#[test]
fn what_is_posted_is_read_in_order_once_and_gone_when_acknowledged() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    let sender = world.line();
    for (client_id, size) in (1..).zip(INBOX_SIZES) {
        world.ask(sender.id, post(TOKEN, client_id, vec![client_id; size])).unwrap();
        // The answer was lost: the same again, though it says something else.
        world.ask(sender.id, post(TOKEN, client_id, vec![0; INBOX_SIZES[0]])).unwrap();
    }
    world.ask(line.id, follow(&ana, 0)).unwrap();
    let got = items(world.drain(line.id));
    assert_eq!(got.iter().map(|item| item.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(got.iter().all(|item| item.token_hash == Hash32::of(&[&TOKEN]).0[..]));
    assert_eq!(got[2].payload.len(), INBOX_SIZES[2]);
    // What comes later is pushed.
    world.ask(sender.id, post(TOKEN, 9, vec![9; INBOX_SIZES[0]])).unwrap();
    let [item] = &items(world.drain(line.id))[..] else { panic!() };
    assert_eq!((item.number, item.payload[0]), (4, 9));

    world.ask(line.id, ack(&ana, 3)).unwrap();
    world.server.disconnect(line.id);
    let line = world.line();
    world.ask(line.id, follow(&ana, 0)).unwrap();
    let [item] = &items(world.drain(line.id))[..] else { panic!() };
    assert_eq!(item.number, 4);
    // More than there is; then the numbers go on.
    world.ask(line.id, ack(&ana, u64::MAX)).unwrap();
    world.ask(sender.id, post(TOKEN, 10, vec![1; INBOX_SIZES[0]])).unwrap();
    assert_eq!(items(world.drain(line.id))[0].number, 5);
}

#[test]
fn refusals() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    for size in [0, 1, INBOX_SIZES[0] - 1, INBOX_SIZES[0] + 1, INBOX_SIZES[2] + 1] {
        assert_eq!(world.refused(line.id, post(TOKEN, 1, vec![0; size])), ErrorCode::ErrorInvalid);
    }
    let payload = || vec![0; INBOX_SIZES[0]];
    assert_eq!(world.refused(line.id, post([4; 16], 1, payload())), ErrorCode::ErrorNotFound);
    let Request::PostInbox(mut bad) = post(TOKEN, 1, payload()) else { panic!() };
    bad.client_id = vec![1; 15].into();
    assert_eq!(world.refused(line.id, Request::PostInbox(bad)), ErrorCode::ErrorInvalid);
    // Another inbox's key, and no such inbox, are told apart by nobody.
    let (bob, bobs) = world.person("bob", 2);
    world.inbox(&bob, &bobs, [5; 16]);
    let mut stranger = ana.clone();
    stranger.device.inbox_secret = bob.device.inbox_secret;
    let wrong = world.ask(bobs.id, follow(&stranger, 0)).unwrap_err();
    stranger.device.inbox = [0x77; 16];
    assert_eq!(world.ask(bobs.id, follow(&stranger, 0)).unwrap_err(), wrong);
    assert_eq!(wrong.code(), ErrorCode::ErrorNotFound);
    stranger.device.inbox = ana.device.inbox;
    assert_eq!(world.refused(bobs.id, ack(&stranger, 9)), ErrorCode::ErrorNotFound);
    assert_eq!(world.refused(bobs.id, put_tokens(&stranger, vec![])), ErrorCode::ErrorNotFound);
    // One inbox per device, and nobody else's.
    let mut second = ana.device.clone();
    second.inbox = [0x66; 16];
    let request = ana.request(&line.hello, second.create_inbox());
    assert_eq!(world.refused(line.id, request), ErrorCode::ErrorTaken);
    world.ask(line.id, ana.request(&line.hello, ana.device.create_inbox())).unwrap();
    // Too many tokens, and hashes that are none.
    let many = vec![vec![1; 32].into(); 101];
    assert_eq!(world.refused(line.id, put_tokens(&ana, many)), ErrorCode::ErrorTooLarge);
    assert_eq!(world.refused(line.id, put_tokens(&ana, vec![vec![1; 31].into()])), ErrorCode::ErrorInvalid);
}

#[test]
fn who_was_blocked_cannot_tell() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    put_packages(&mut world, &ana, &line, 3, true);
    world.ask(line.id, follow(&ana, 0)).unwrap();
    let revoke = |person: &Person| {
        Request::RevokeInboxTokens(RevokeInboxTokens {
            inbox: person.device.inbox.to_vec().into(),
            read_secret: person.device.inbox_secret.to_vec().into(),
            token_hashes: vec![Hash32::of(&[&TOKEN]).into()],
        })
    };
    // Nobody else can revoke it, though they know it.
    let (bob, bobs) = world.person("bob", 2);
    world.inbox(&bob, &bobs, [5; 16]);
    world.ask(bobs.id, revoke(&bob)).unwrap();
    let accepted = world.ask(bobs.id, post(TOKEN, 1, vec![1; INBOX_SIZES[0]]));
    assert_eq!(items(world.drain(line.id)).len(), 1);

    world.ask(line.id, revoke(&ana)).unwrap();
    assert_eq!(world.ask(bobs.id, post(TOKEN, 2, vec![2; INBOX_SIZES[0]])), accepted);
    assert_eq!(items(world.drain(line.id)), []);
    let Ok(Body::KeyPackage(package)) = world.ask(bobs.id, take(TOKEN)) else { panic!() };
    assert!(package.last_resort, "nothing is used up");
    // Let in again.
    world.ask(line.id, put_tokens(&ana, vec![Hash32::of(&[&TOKEN]).into()])).unwrap();
    world.ask(bobs.id, post(TOKEN, 3, vec![3; INBOX_SIZES[0]])).unwrap();
    assert_eq!(items(world.drain(line.id)).len(), 1);
}

#[test]
fn a_token_is_one_inboxes_whoever_knows_its_hash() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    let (bob, bobs) = world.person("bob", 2);
    world.inbox(&bob, &bobs, TOKEN);
    world.ask(bobs.id, follow(&bob, 0)).unwrap();
    world.ask(bobs.id, post(TOKEN, 1, vec![1; INBOX_SIZES[0]])).unwrap();
    assert_eq!(items(world.drain(bobs.id)), []);
    world.ask(line.id, follow(&ana, 0)).unwrap();
    assert_eq!(items(world.drain(line.id)).len(), 1);
}

#[test]
fn many_items_come_in_pages_and_a_full_inbox_says_so() {
    let policy = Policy { limits: Limits { lifted: true, ..Limits::default() }, ..open_policy() };
    let mut world = World::new(policy);
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    let sender = world.line();
    let payload = bytes::Bytes::from(vec![0; INBOX_SIZES[0]]);
    for number in 0..INBOX_ITEMS as u128 {
        let post = PostInbox {
            inbox_token: TOKEN.to_vec().into(),
            client_id: number.to_be_bytes().to_vec().into(),
            payload: payload.clone(),
        };
        world.ask(sender.id, Request::PostInbox(post)).unwrap();
    }
    let refused = world.refused(sender.id, post(TOKEN, 0xff, payload.to_vec()));
    assert_eq!(refused, ErrorCode::ErrorRateLimited);
    world.ask(line.id, follow(&ana, 10)).unwrap();
    let numbers: Vec<u64> = items(world.drain(line.id)).iter().map(|item| item.number).collect();
    assert_eq!(numbers, (11..=INBOX_ITEMS as u64).collect::<Vec<_>>());
    world.ask(line.id, ack(&ana, 1)).unwrap();
    // The refused post may come again: it was not taken.
    world.ask(sender.id, post(TOKEN, 0xff, payload.to_vec())).unwrap();
    assert_eq!(items(world.drain(line.id)).len(), 1);
}

#[test]
fn old_items_expire() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    world.ask(line.id, post(TOKEN, 1, vec![1; INBOX_SIZES[0]])).unwrap();
    world.now_ms += 59 * DAY_MS;
    world.ask(line.id, post(TOKEN, 2, vec![1; INBOX_SIZES[0]])).unwrap();
    world.now_ms += 2 * DAY_MS;
    world.server.housekeeping(world.now_ms).unwrap();
    world.ask(line.id, follow(&ana, 0)).unwrap();
    let numbers: Vec<u64> = items(world.drain(line.id)).iter().map(|item| item.number).collect();
    assert_eq!(numbers, [2]);
}

fn put_packages(
    world: &mut World,
    person: &Person,
    line: &crate::testing::Line,
    count: u8,
    last_resort: bool,
) {
    let package =
        |byte: u8, last_resort| KeyPackageItem { suite: 1, key_package: vec![byte; 100].into(), last_resort };
    let mut packages: Vec<_> = (0..count).map(|byte| package(byte, false)).collect();
    if last_resort {
        packages.push(package(0xff, true));
    }
    let put = DeviceAsk::PutKeyPackages(PutKeyPackages { packages, replaces: false, seal_key: None });
    world.ask(line.id, person.request(&line.hello, put)).unwrap();
}

fn take(token: [u8; 16]) -> Request {
    Request::TakeKeyPackage(TakeKeyPackage { inbox_token: token.to_vec().into(), suite: 1 })
}

#[test]
fn key_packages_never_run_out() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    world.ask(line.id, put_tokens(&ana, vec![Hash32::of(&[&[4u8; 16]]).into()])).unwrap();
    assert_eq!(world.refused(line.id, take(TOKEN)), ErrorCode::ErrorNotFound);
    put_packages(&mut world, &ana, &line, 99, true);
    let taken = |world: &mut World, token| match world.ask(line.id, take(token)) {
        Ok(Body::KeyPackage(package)) => (package.key_package[0], package.last_resort),
        other => panic!("{other:?}"),
    };
    // One holder of a token cannot use them up, the others still get their own.
    for number in 0..KEY_PACKAGES_PER_TOKEN_DAY {
        assert_eq!(taken(&mut world, TOKEN), (number as u8, false));
    }
    assert_eq!(taken(&mut world, TOKEN), (0xff, true));
    assert!(!taken(&mut world, [4; 16]).1);
    world.now_ms += DAY_MS;
    assert_eq!(taken(&mut world, TOKEN), (KEY_PACKAGES_PER_TOKEN_DAY as u8 + 1, false));
    // The newest hundred stay; a new last resort replaces the old one.
    put_packages(&mut world, &ana, &line, 99, true);
    let count = |world: &World, last_resort: i64| -> i64 {
        let sql = "SELECT COUNT(*) FROM key_package WHERE last_resort = ?1";
        world.server.directory.db.query_row(sql, [last_resort], |row| row.get(0)).unwrap()
    };
    assert_eq!((count(&world, 0), count(&world, 1)), (100, 1));
}

#[test]
fn key_packages_that_are_replaced_are_handed_out_no_more() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    put_packages(&mut world, &ana, &line, 30, true);
    let package =
        |byte: u8, last_resort| KeyPackageItem { suite: 1, key_package: vec![byte; 100].into(), last_resort };
    let packages = vec![package(50, false), package(51, true)];
    let put = DeviceAsk::PutKeyPackages(PutKeyPackages { packages, replaces: true, seal_key: None });
    world.ask(line.id, ana.request(&line.hello, put)).unwrap();
    for byte in [50, 51, 51] {
        let Ok(Body::KeyPackage(answer)) = world.ask(line.id, take(TOKEN)) else { panic!() };
        assert_eq!((answer.key_package[0], answer.last_resort), (byte, byte == 51));
    }
    // Nothing of what cannot be put goes.
    let packages =
        vec![package(60, false), KeyPackageItem { key_package: Vec::new().into(), ..package(0, true) }];
    let put = DeviceAsk::PutKeyPackages(PutKeyPackages { packages, replaces: true, seal_key: None });
    assert_eq!(world.refused(line.id, ana.request(&line.hello, put)), ErrorCode::ErrorInvalid);
    let Ok(Body::KeyPackage(answer)) = world.ask(line.id, take(TOKEN)) else { panic!() };
    assert_eq!(answer.key_package[0], 51);
}

#[test]
fn key_packages_that_are_refused() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let package =
        |suite, size| KeyPackageItem { suite, key_package: vec![1; size].into(), last_resort: false };
    for (packages, code) in [
        (vec![package(1, KEY_PACKAGE_BYTES + 1)], ErrorCode::ErrorTooLarge),
        (vec![package(1, 10); 101], ErrorCode::ErrorTooLarge),
        (vec![package(1, 0)], ErrorCode::ErrorInvalid),
        (vec![package(65_536, 10)], ErrorCode::ErrorInvalid),
        ((1..=5).map(|suite| package(suite, 10)).collect(), ErrorCode::ErrorInvalid),
    ] {
        let put = DeviceAsk::PutKeyPackages(PutKeyPackages { packages, replaces: false, seal_key: None });
        assert_eq!(world.refused(line.id, ana.request(&line.hello, put)), code);
    }
    let count: i64 = world
        .server
        .directory
        .db
        .query_row("SELECT COUNT(*) FROM key_package", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0, "a refused request leaves nothing behind");
}
