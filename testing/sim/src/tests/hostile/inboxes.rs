//! Inboxes: items that are made up, brought again, to somebody else, or under somebody else's token.

use bytes::Bytes;
use casemate_wire::limits::KNOCK_BYTES;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{InboxItem, InboxItems};
use serde_json::{Value, json};

use super::flipped;
use crate::{ClientId, World};

impl World {
    /// Puts items into somebody's inbox, after all that is there.
    fn deliver(&mut self, to: ClientId, items: Vec<(Bytes, Bytes)>) {
        let inbox = self.setting(to, "inbox").into();
        // A look at a database starts its device again: it connects first.
        self.settle_for(10_000);
        let at_ms = self.now_ms;
        let item = |(number, (token_hash, payload))| InboxItem { number, token_hash, payload, at_ms };
        let items = (1_000 + self.now_ms as u64..).zip(items).map(item).collect();
        self.push(to, Body::InboxItems(InboxItems { inbox, items }));
        self.settle();
    }

    /// The token by which somebody's items come to a device.
    fn token_of(&mut self, at: ClientId, from: ClientId) -> Bytes {
        let account = self.identity_of(from).account;
        let hash: Vec<u8> = self.with_db(at, |db| {
            let sql = "SELECT hash FROM given WHERE account = ?1 AND revoked = 0 LIMIT 1";
            db.query_row(sql, [&account.0[..]], |row| row.get(0)).unwrap()
        });
        hash.into()
    }

    /// What a person sees of people and conversations.
    fn surface(&mut self, of: ClientId) -> Vec<Value> {
        let lists = ["contact.requests", "contact.list", "conversation.requests", "conversation.list"];
        lists.map(|list| self.ok(of, list, json!({}))).into()
    }
}

/// Ana and Cleo are Bob's contacts; Ana has just asked him into a group, and what brought that was caught on its way.
fn invited(seed: u64) -> (World, [ClientId; 3], InboxItem) {
    let mut world = World::new(seed);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(cleo, bob);
    world.befriend(ana, cleo);
    let caught = world.catch(move |to, body| match body {
        Body::InboxItems(page) if to == bob => Some(page.items.clone()),
        _ => None,
    });
    world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Plans"}));
    world.settle();
    world.tamper = None;
    let item = caught.borrow().iter().flatten().last().cloned().expect("a Welcome");
    (world, [ana, bob, cleo], item)
}

#[test]
fn items_that_the_server_made_up_do_nothing() {
    let (mut world, [ana, bob, cleo], item) = invited(8_200);
    world.accept_groups(bob);
    let tokens = [world.token_of(bob, ana), world.token_of(bob, cleo)];
    let before = world.surface(bob);
    let mut forged = Vec::new();
    for token in tokens {
        forged.push((token.clone(), flipped(&item.payload)));
        forged.push((token.clone(), item.payload.slice(1..)));
        forged.push((token.clone(), Bytes::from(vec![7; item.payload.len()])));
        forged.push((token, Bytes::new()));
    }
    forged.push((Bytes::new(), Bytes::from(vec![7; KNOCK_BYTES])));
    forged.push((Bytes::from(vec![1; 32]), item.payload.clone()));
    forged.push((Bytes::from(vec![1; 3]), item.payload));
    world.deliver(bob, forged);
    assert_eq!(world.surface(bob), before);
    let (at_ana, at_bob) = (world.named(ana, "Plans"), world.named(bob, "Plans"));
    world.say(ana, &at_ana, "as ever");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["as ever"]);
}

#[test]
fn an_item_of_one_contact_is_not_taken_under_the_token_of_another() {
    let mut world = World::new(8_201);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(cleo, bob);
    let cleos = world.token_of(bob, cleo);
    world.settle();
    world.lie_to(bob, move |body| {
        if let Body::InboxItems(page) = body {
            for item in page.items.iter_mut().filter(|item| !item.token_hash.is_empty()) {
                item.token_hash = cleos.clone();
            }
        }
        true
    });
    let before = world.surface(bob);
    world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Plans"}));
    world.settle();
    assert_eq!(world.surface(bob), before);
}

#[test]
fn an_item_for_one_device_is_nothing_to_another() {
    let (mut world, [ana, _, cleo], item) = invited(8_202);
    let token = world.token_of(cleo, ana);
    let before = world.surface(cleo);
    world.deliver(cleo, vec![(token, item.payload)]);
    assert_eq!(world.surface(cleo), before);
}

#[test]
fn a_knock_that_is_brought_again_or_elsewhere_asks_nobody() {
    let mut world = World::new(8_203);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let caught = world.catch(move |to, body| match body {
        Body::InboxItems(page) if to == bob => Some(page.items.clone()),
        _ => None,
    });
    world.ok(ana, "contact.knock", json!({"to": "bob@sim.example", "note": "hello"}));
    world.settle();
    world.tamper = None;
    let knock = caught.borrow().iter().flatten().last().cloned().expect("a knock").payload;
    world.ok(bob, "contact.decline", json!({"who": "ana@sim.example"}));
    let requested = |world: &mut World, who: ClientId| {
        let asks =
            |event: &&casemate_api::Event| matches!(event, casemate_api::Event::ContactRequested { .. });
        world.client(who).events.iter().filter(asks).count()
    };
    let before = requested(&mut world, bob);
    for to in [bob, cleo] {
        world.deliver(to, vec![(Bytes::new(), knock.clone()), (Bytes::new(), knock.clone())]);
        assert_eq!(world.asking(to), Vec::<String>::new());
    }
    assert_eq!((requested(&mut world, bob), requested(&mut world, cleo)), (before, 0));
}

#[test]
fn an_invitation_that_is_brought_again_brings_nobody_back() {
    let (mut world, [ana, bob, _], item) = invited(8_204);
    world.accept_groups(bob);
    let (at_ana, at_bob) = (world.named(ana, "Plans"), world.named(bob, "Plans"));
    world.say(ana, &at_ana, "while he was in");
    world.settle();
    world.ok(ana, "conversation.remove", json!({"conversation": at_ana, "members": ["bob@sim.example"]}));
    world.settle();
    world.deliver(bob, vec![(item.token_hash.clone(), item.payload.clone())]);
    world.say(ana, &at_ana, "without him");
    world.settle_for(120_000);
    assert_eq!(world.texts(bob, &at_bob), ["while he was in"]);
    let said = json!({"conversation": at_bob, "text": "me again"});
    assert!(world.call(bob, "message.send", said).is_err());
    assert_eq!(world.devices_in(ana, &at_ana), 1);
}
