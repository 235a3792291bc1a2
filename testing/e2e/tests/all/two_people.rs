//! Two people, from an invitation link to a read message.

use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World, text};
use serde_json::json;

#[test]
fn they_join_by_links_knock_and_talk() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let hello = anna.say(&chat, "Grüße aus Łódź 👋");
    let heard = ben.hears("Grüße aus Łódź 👋");
    assert_eq!((text(&heard["message"]), text(&heard["from"])), (hello.clone(), anna.address.clone()));
    let back = ben.pair_with(&anna.address);
    assert_eq!(back, chat, "the id of a conversation is the same for all members");
    ben.say(&back, "Hello Anna");
    anna.hears("Hello Anna");
    assert_eq!(anna.texts(&chat), ["Grüße aus Łódź 👋", "Hello Anna"]);
    assert_eq!(ben.texts(&chat), anna.texts(&chat));

    let found = ben.ask("message.search", json!({"text": "łódź"}));
    assert_eq!(found["messages"][0]["message"], *hello);
    assert_eq!(ben.ask("message.search", json!({"text": "nobody wrote this"}))["messages"], json!([]));

    // Batched by five seconds and more.
    anna.reaches(&chat, &hello, &["delivered", "read"]);
    let seen = ben.ask("conversation.list", json!({}));
    assert_eq!(seen["conversations"][0]["unread"], 1);
    ben.ask("message.read", json!({"message": hello}));
    anna.reaches(&chat, &hello, &["read"]);
    assert_eq!(ben.conversation(&chat)["unread"], 0);
}

#[test]
fn a_members_link_brings_newcomer_and_inviter_together() {
    let world = World::new();
    let mut anna = world.join("anna");
    let link = text(&anna.ask("invite.create", json!({}))["link"]);
    let mut newcomer = Person::start(&world.folder().join("cara"));
    newcomer.ask("account.create", json!({"name": "cara", "invite": link}));
    let mut cara = Member::of(newcomer);
    anna.event("the newcomer's knock", |event| event["type"] == "contact.requested");
    let requests = anna.ask("contact.requests", json!({}));
    assert_eq!(requests["requests"][0]["from"], *cara.address);
    anna.ask("contact.accept", json!({"who": cara.address}));
    let chat = cara.pair_with(&anna.address);
    cara.say(&chat, "I am here");
    anna.hears("I am here");

    // The same kind of link, opened by somebody who has an account, only knocks.
    let mut ben = world.join("ben");
    let link = text(&anna.ask("invite.create", json!({}))["link"]);
    ben.ask("contact.knock", json!({"to": link}));
    let address = ben.address.clone();
    anna.event("a knock by link", |event| event["type"] == "contact.requested" && event["from"] == *address);
}

#[test]
fn who_was_away_misses_nothing() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    ben.kill();
    let wanted: Vec<String> = (0..30).map(|number| format!("while you were away {number}")).collect();
    wanted.iter().for_each(|words| drop(anna.say(&chat, words)));
    anna.ask("sync", json!({}));
    ben.restart();
    ben.ask("sync", json!({}));
    assert_eq!(ben.texts(&chat), wanted);
}

#[test]
fn what_is_written_offline_is_sent_once_the_server_is_back() {
    let mut world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    world.server.kill();
    anna.event("being offline", |event| event["type"] == "connection" && event["state"] == "offline");
    let message = anna.say(&chat, "written offline");
    anna.reaches(&chat, &message, &["queued"]);
    let repeated = json!({"conversation": chat, "text": "only once", "client_id": "my-script-1"});
    let once = anna.ask("message.send", repeated.clone());
    anna.kill();
    anna.restart();
    assert_eq!(anna.ask("message.send", repeated), once, "a repeat gives the first answer");
    world.server.restart();
    ben.until("both messages", |ben| (ben.texts(&chat) == ["written offline", "only once"]).then_some(()));
    anna.reaches(&chat, &message, &["sent", "delivered"]);
}

#[test]
fn profiles_reach_contacts_only() {
    let world = World::new();
    let (mut anna, mut ben, mut cara) = (world.join("anna"), world.join("ben"), world.join("cara"));
    anna.ask("account.set", json!({"display_name": "Anna Müller", "about": "On holiday"}));
    anna.meet(&mut ben);
    let address = anna.address.clone();
    ben.until("Anna's name", |ben| {
        let contacts = ben.ask("contact.list", json!({}));
        (contacts["contacts"][0]["address"] == *address && contacts["contacts"][0]["name"] == "Anna Müller")
            .then_some(())
    });
    anna.ask("contact.knock", json!({"to": cara.address}));
    cara.event("a knock", |event| event["type"] == "contact.requested");
    assert!(!cara.ask("contact.requests", json!({})).to_string().contains("Müller"));
}
