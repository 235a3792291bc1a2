//! Codes of new devices: relayed, replayed, answered by others.

use bytes::Bytes;
use casemate_api::{Event, Kind};
use casemate_content::proto::LinkReply;
use casemate_crypto::linking;
use casemate_wire::device_code::DeviceCode;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{RendezvousAnswer, RendezvousAnswered};
use prost::Message as _;
use serde_json::json;

use super::story;
use crate::{ClientId, World};

fn failed(world: &mut World, device: ClientId) -> bool {
    let failed = |event: &Event| matches!(event, Event::DeviceLinkFailed { .. });
    world.client(device).events.iter().any(failed)
}

#[test]
fn a_code_that_was_relayed_says_where_and_what_asks_and_links_nobody_by_itself() {
    let mut story = story(World::new(8_400));
    let bob = story.bob;
    let world = &mut story.world;
    // Somebody on the telephone reads a code to Bob, or sends its picture as a group's invitation.
    let theirs = world.device("mallory");
    let code = world.device_code(theirs);
    world.lie_to(bob, |body| {
        if let Body::RendezvousOffered(found) = body {
            found.same_network = false;
        }
        true
    });
    let shown = world.ok(bob, "device.inspect", json!({"code": code}));
    assert_eq!((&shown["place"], &shown["platform"]), (&json!("another_network"), &json!("Linux")));
    assert!(shown["consequence"].as_str().unwrap().contains("It will read all that is written to you"));
    let wanted = json!({"code": code, "history": "all", "confirm": false});
    let refused = world.call(bob, "device.approve", wanted).unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed);
    for said in ["another network", "Linux", "Link it only if you hold it in your hands"] {
        assert!(refused.message.contains(said), "{refused}");
    }
    for link in [code.clone(), format!("https://sim.example/i#{code}")] {
        world.call(bob, "contact.knock", json!({"to": link})).unwrap_err();
    }
    world.settle();
    assert!(!world.engine(theirs).has_account());
    assert_eq!(world.ok(bob, "device.list", json!({}))["devices"].as_array().unwrap().len(), 2);
}

#[test]
fn an_answer_that_was_made_for_another_device_links_nothing() {
    let mut story = story(World::new(8_401));
    let bob = story.bob;
    let world = &mut story.world;
    let caught = world.catch(|_, body| match body {
        Body::RendezvousAnswered(answered) => Some(answered.sealed.clone()),
        _ => None,
    });
    world.link(bob);
    let answer = caught.borrow()[0].clone();
    world.tamper = None;
    let next = world.device("bob");
    let code = DeviceCode::parse(&world.device_code(next)).unwrap();
    let place: Bytes = linking::place(&code.secret).to_vec().into();
    // At another place it is not looked at; at its own it burns the code.
    for (place, burns) in [(Bytes::from(vec![5; 16]), false), (place, true)] {
        world.push(next, Body::RendezvousAnswered(RendezvousAnswered { place, sealed: answer.clone() }));
        world.settle_for(5_000);
        assert!(!world.engine(next).has_account());
        assert_eq!(failed(world, next), burns);
    }
}

/// A stolen linked device has the code of a device that is to be linked, and answers it itself.
#[test]
fn a_linked_device_that_answers_a_code_links_nobody() {
    let mut story = story(World::new(8_402));
    let (bob, second) = (story.bob, story.second);
    let world = &mut story.world;
    let (manifest, primarys) = (world.identity_of(second).manifest, world.seal_keys(bob));
    let own = world.identity_of(second);
    let reply = LinkReply {
        signed_manifest: manifest.into(),
        server_name: "sim.example".into(),
        server_key: world.setting(second, "server_key").into(),
        primary: world.engine(bob).device().unwrap().into(),
        inbox_token: vec![1; 16].into(),
        hpke_key: primarys.public.clone().into(),
        bound: false,
    };
    let theirs = world.seal_keys(second);
    let in_its_own_name =
        LinkReply { primary: own.device.into(), hpke_key: theirs.public.clone().into(), ..reply.clone() };
    let unsigned = LinkReply { signed_manifest: Bytes::new(), ..reply.clone() };
    for reply in [reply, in_its_own_name, unsigned] {
        let new = world.device("bob");
        let code = DeviceCode::parse(&world.device_code(new)).unwrap();
        let keys = world.seal_keys(new);
        world.settle_for(10_000);
        let sealed = linking::seal_answer(&code.secret, &keys.public, &reply.encode_to_vec()).unwrap();
        let place = linking::place(&code.secret).to_vec().into();
        world.ask(Request::RendezvousAnswer(RendezvousAnswer { place, sealed: sealed.into() }));
        world.settle();
        assert!(!world.engine(new).has_account());
        assert!(failed(world, new));
    }
    assert_eq!(world.ok(bob, "device.list", json!({}))["devices"].as_array().unwrap().len(), 2);
}
