//! Knocks: all that a stranger can do.

use casemate_wire::ids::Hash32;
use casemate_wire::limits::{KNOCK_BYTES, KNOCKS_WAITING, TOKENS_PER_REQUEST};
use casemate_wire::proto::directory::KnockPolicy;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckInbox, CreateInvite, ErrorCode, FollowInbox, KnockBox, PostKnock, Token, TokenKind, post_knock::To,
};

use crate::config::{Allowances, Limits, Policy};
use crate::testing::kit::{Device, Person};
use crate::testing::{Line, World, open_policy};

fn knock(to: To, device: &Device, token: Token, client_id: u16) -> PostKnock {
    PostKnock {
        to: Some(to),
        token: Some(token),
        boxes: vec![KnockBox { device: device.id.into(), sealed: vec![client_id as u8; KNOCK_BYTES].into() }],
        client_id: client_id.to_be_bytes().repeat(8).into(),
    }
}

fn on_handle(handle: &str) -> To {
    To::Handle(handle.into())
}

/// Ana with an inbox that she follows, and bob with tokens.
fn ana_and_bob(policy: KnockPolicy, tokens: usize) -> (World, Person, Line, Line, Vec<Token>) {
    let mut world = World::new(Policy {
        allowances: Allowances { knocks: 2_000, ..Allowances::default() },
        limits: Limits { lookups_per_hour: 10_000, ..Limits::default() },
        ..open_policy()
    });
    let (ana, line) = world.settle_in(Person::new("ana", 1).knockable(policy));
    world.inbox(&ana, &line, [3; 16]);
    let follow = FollowInbox {
        inbox: ana.device.inbox.to_vec().into(),
        read_secret: ana.device.inbox_secret.to_vec().into(),
        after: 0,
    };
    world.ask(line.id, Request::FollowInbox(follow)).unwrap();
    let (bob, bobs) = world.person("bob", 2);
    let mut wallet = Vec::new();
    while wallet.len() < tokens {
        let some = TOKENS_PER_REQUEST.min(tokens - wallet.len());
        wallet.extend(world.tokens(&bob, &bobs, TokenKind::Knock, some));
    }
    (world, ana, line, bobs, wallet)
}

fn boxes(world: &mut World, line: &Line) -> Vec<u8> {
    let bodies = world.drain(line.id).into_iter();
    let items = bodies.filter_map(|body| match body {
        Body::InboxItems(items) => Some(items.items),
        _ => None,
    });
    items
        .flatten()
        .map(|item| {
            assert!(item.token_hash.is_empty() && item.payload.len() == KNOCK_BYTES);
            item.payload[0]
        })
        .collect()
}

#[test]
fn a_knock_arrives_once_however_often_it_is_sent() {
    let (mut world, ana, line, bobs, tokens) = ana_and_bob(KnockPolicy::Anyone, 1);
    let request = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 7);
    for _ in 0..3 {
        world.ask(bobs.id, Request::PostKnock(request.clone())).unwrap();
    }
    assert_eq!(boxes(&mut world, &line), [7]);
    // The token is not good for another one.
    let again = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 8);
    assert_eq!(world.refused(bobs.id, Request::PostKnock(again)), ErrorCode::ErrorSpent);
}

#[test]
fn boxes_have_one_size_and_go_to_every_device() {
    let (mut world, mut ana, line, bobs, tokens) = ana_and_bob(KnockPolicy::Anyone, 1);
    let good = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 7);
    for size in [0, KNOCK_BYTES - 1, KNOCK_BYTES + 1, 100_000] {
        let mut bad = good.clone();
        bad.boxes[0].sealed = vec![1; size].into();
        assert_eq!(world.refused(bobs.id, Request::PostKnock(bad)), ErrorCode::ErrorInvalid);
    }
    let mut twice = good.clone();
    twice.boxes.push(twice.boxes[0].clone());
    assert_eq!(world.refused(bobs.id, Request::PostKnock(twice)), ErrorCode::ErrorInvalid);
    let mut none = good.clone();
    none.boxes.clear();
    assert_eq!(world.refused(bobs.id, Request::PostKnock(none)), ErrorCode::ErrorInvalid);
    let mut nobody = good.clone();
    nobody.to = None;
    assert_eq!(world.refused(bobs.id, Request::PostKnock(nobody)), ErrorCode::ErrorInvalid);
    // She has a new device: bob must seal for it as well. His token is still good for that.
    let phone = Device::new(9);
    let publish = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    world.ask(line.id, publish).unwrap();
    assert_eq!(world.refused(bobs.id, Request::PostKnock(good.clone())), ErrorCode::ErrorStale);
    assert!(boxes(&mut world, &line).is_empty());
    let mut both = good;
    both.boxes.push(KnockBox { device: phone.id.into(), sealed: vec![7; KNOCK_BYTES].into() });
    world.ask(bobs.id, Request::PostKnock(both)).unwrap();
    assert_eq!(boxes(&mut world, &line), [7]);
}

#[test]
fn a_knock_costs_a_token_also_on_nobodys_door() {
    let (mut world, ana, line, bobs, tokens) = ana_and_bob(KnockPolicy::Link, 3);
    let mut free = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 1);
    free.token = None;
    assert_eq!(world.refused(bobs.id, Request::PostKnock(free)), ErrorCode::ErrorNotAllowed);
    let mut forged = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 1);
    forged.token.as_mut().unwrap().output = vec![0; 64].into();
    assert_eq!(world.refused(bobs.id, Request::PostKnock(forged)), ErrorCode::ErrorNotAllowed);
    // She is not open: the answer is that for nobody, and the token is gone either way.
    let closed = knock(on_handle("ana"), &ana.device, tokens[0].clone(), 1);
    let absent = knock(on_handle("nobody"), &ana.device, tokens[1].clone(), 1);
    let closed = world.ask(bobs.id, Request::PostKnock(closed)).unwrap_err();
    assert_eq!(world.ask(bobs.id, Request::PostKnock(absent)).unwrap_err(), closed);
    assert_eq!(closed.code(), ErrorCode::ErrorNotFound);
    for token in &tokens[..2] {
        let again = knock(on_handle("somebody"), &ana.device, token.clone(), 2);
        assert_eq!(world.refused(bobs.id, Request::PostKnock(again)), ErrorCode::ErrorSpent);
    }
    assert!(boxes(&mut world, &line).is_empty());
}

#[test]
fn by_link_if_she_lets_people_with_a_link_knock() {
    for (policy, arrives) in [
        (KnockPolicy::Anyone, true),
        (KnockPolicy::Link, true),
        (KnockPolicy::Organisation, false),
        (KnockPolicy::Nobody, false),
    ] {
        let (mut world, ana, line, bobs, tokens) = ana_and_bob(policy, 1);
        let create = CreateInvite { secret_hash: Hash32::of(&[&[5u8; 16]]).into(), uses: 0, expires_ms: 0 };
        world.ask(line.id, ana.request(&line.hello, DeviceAsk::CreateInvite(create))).unwrap();
        let request = knock(To::Link(vec![5; 16].into()), &ana.device, tokens[0].clone(), 7);
        assert_eq!(world.ask(bobs.id, Request::PostKnock(request)).is_ok(), arrives, "{policy:?}");
        assert_eq!(boxes(&mut world, &line).len(), usize::from(arrives));
    }
}

#[test]
fn only_so_many_wait() {
    let (mut world, ana, line, bobs, tokens) = ana_and_bob(KnockPolicy::Anyone, KNOCKS_WAITING + 1);
    let mut requests: Vec<PostKnock> = (0..)
        .zip(tokens)
        .map(|(client_id, token)| knock(on_handle("ana"), &ana.device, token, client_id))
        .collect();
    let last = requests.pop().unwrap();
    for request in requests {
        world.ask(bobs.id, Request::PostKnock(request)).unwrap();
    }
    assert_eq!(world.refused(bobs.id, Request::PostKnock(last.clone())), ErrorCode::ErrorRateLimited);
    let ack = AckInbox {
        inbox: ana.device.inbox.to_vec().into(),
        read_secret: ana.device.inbox_secret.to_vec().into(),
        up_to: 1,
    };
    world.ask(line.id, Request::AckInbox(ack)).unwrap();
    // Refused, it was not spent: the same knock again.
    world.ask(bobs.id, Request::PostKnock(last)).unwrap();
}
