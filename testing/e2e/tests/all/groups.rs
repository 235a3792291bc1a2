//! Groups: requests, members, and what is done with messages.

use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};

fn three(world: &World) -> (Member, Member, Member, String) {
    let (mut anna, mut ben, mut cara) = (world.join("anna"), world.join("ben"), world.join("cara"));
    anna.meet(&mut ben);
    anna.meet(&mut cara);
    let group = anna.group("Choir", &mut [&mut ben, &mut cara]);
    (anna, ben, cara, group)
}

fn members(person: &mut Member, group: &str) -> Vec<String> {
    let shown = person.conversation(group);
    let members = shown["members"].as_array().unwrap();
    members.iter().map(|member| casemate_e2e::world::text(&member["address"])).collect()
}

fn wait_for_members(person: &mut Member, group: &str, count: usize) {
    person.until(&format!("{count} members"), |me| (members(me, group).len() == count).then_some(()));
}

#[test]
fn three_people_and_all_that_can_be_done_with_a_message() {
    let world = World::new();
    let (mut anna, mut ben, mut cara, group) = three(&world);
    let first = anna.say(&group, "Rehearsal at eight");
    ben.hears("Rehearsal at eight");
    cara.hears("Rehearsal at eight");
    let reply = ben.ask(
        "message.send",
        json!({"conversation": group, "text": "Fine", "reply_to": first, "mentions": [cara.address]}),
    );
    let heard = cara.hears("Fine");
    assert_eq!((&heard["message"], &heard["reply_to"]), (&reply["message"], &json!(first)));
    assert_eq!(heard["mentions"], json!([cara.address]));

    anna.ask("message.edit", json!({"message": first, "text": "Rehearsal at nine"}));
    for person in [&mut ben, &mut cara] {
        let edited = person.sees(&group, &first, "the edit", |message| message["edited"] == true);
        assert_eq!(edited["text"], "Rehearsal at nine");
    }
    cara.ask("message.react", json!({"message": first, "emoji": "👍"}));
    let wanted = json!([{"from": cara.address, "emoji": "👍"}]);
    for person in [&mut anna, &mut ben] {
        person.sees(&group, &first, "the reaction", |message| message["reactions"] == wanted);
    }
    cara.ask("message.react", json!({"message": first, "emoji": null}));
    anna.sees(&group, &first, "no reaction", |message| message["reactions"] == json!([]));
    ben.ask("message.pin", json!({"message": first}));
    cara.sees(&group, &first, "the pin", |message| message["pinned"] == true);
    ben.ask("message.pin", json!({"message": first, "on": false}));
    cara.sees(&group, &first, "no pin", |message| message["pinned"] == false);
    ben.ask("message.star", json!({"message": first}));
    ben.sees(&group, &first, "the star", |message| message["starred"] == true);

    // Only one's own; admins also others'.
    let others = ben.refused("message.edit", json!({"message": first, "text": "No rehearsal"}));
    assert_eq!(others.kind, "not_allowed");
    assert_eq!(
        ben.refused("message.delete", json!({"message": first, "for": "everyone"})).kind,
        "not_allowed"
    );
    cara.ask("message.delete", json!({"message": first, "for": "me"}));
    assert!(!cara.texts(&group).contains(&"Rehearsal at nine".to_owned()));
    anna.ask("message.delete", json!({"message": reply["message"], "for": "everyone"}));
    let gone = |message: &Value| message["deleted"] == true && message["text"] == "";
    ben.sees(&group, reply["message"].as_str().unwrap(), "the deletion", gone);
    assert_eq!(ben.ask("message.search", json!({"text": "Fine"}))["messages"], json!([]));
    // A star is nobody else's business.
    let seen = anna.sees(&group, &first, "the message", |_| true);
    assert_eq!(seen["starred"], false);
}

#[test]
fn members_come_and_go() {
    let world = World::new();
    let (mut anna, mut ben, mut cara, group) = three(&world);
    anna.say(&group, "for all three");
    cara.hears("for all three");
    let refused =
        ben.refused("conversation.remove", json!({"conversation": group, "members": [cara.address]}));
    assert_eq!(refused.kind, "not_allowed", "only admins remove");

    anna.ask("conversation.remove", json!({"conversation": group, "members": [cara.address]}));
    cara.until("being removed", |cara| (cara.conversation(&group)["standing"] == "removed").then_some(()));
    assert_eq!(cara.refused("message.send", json!({"conversation": group, "text": "?"})).kind, "not_allowed");
    anna.say(&group, "without Cara");
    ben.hears("without Cara");

    anna.ask("conversation.add", json!({"conversation": group, "members": [cara.address]}));
    cara.until("being a member again", |cara| {
        (cara.conversation(&group)["standing"] == "active").then_some(())
    });
    anna.say(&group, "with Cara again");
    cara.hears("with Cara again");
    let heard = cara.texts(&group);
    assert!(heard.contains(&"for all three".to_owned()) && !heard.contains(&"without Cara".to_owned()));
    cara.say(&group, "I am back");
    ben.hears("I am back");

    ben.ask("conversation.leave", json!({"conversation": group}));
    wait_for_members(&mut anna, &group, 2);
    wait_for_members(&mut cara, &group, 2);
    anna.say(&group, "without Ben");
    cara.hears("without Ben");
    ben.ask("sync", json!({}));
    assert!(!ben.texts(&group).contains(&"without Ben".to_owned()));
    assert_eq!(ben.conversation(&group)["standing"], "left");
}

#[test]
fn a_group_is_joined_on_request_only_and_later_members_read_nothing_from_before() {
    let world = World::new();
    let (mut anna, mut ben, mut cara) = (world.join("anna"), world.join("ben"), world.join("cara"));
    anna.meet(&mut ben);
    anna.meet(&mut cara);
    let group = anna.group("Book club", &mut [&mut ben]);
    anna.say(&group, "before Cara");
    ben.hears("before Cara");
    anna.ask("conversation.add", json!({"conversation": group, "members": [cara.address]}));
    let request = cara.until("the request", |cara| {
        cara.ask("conversation.requests", json!({}))["requests"].as_array().unwrap().first().cloned()
    });
    assert_eq!((&request["name"], &request["from"]), (&json!("Book club"), &json!(anna.address)));
    anna.say(&group, "not accepted yet");
    ben.hears("not accepted yet");
    cara.ask("sync", json!({}));
    assert!(!cara.events().iter().any(|event| event["type"] == "message.received"));
    cara.ask("conversation.accept", json!({"conversation": group}));
    cara.hears("not accepted yet");
    assert_eq!(cara.texts(&group), ["not accepted yet"]);

    // Ben and Cara never met: a member's address is not a contact.
    let refused = ben.refused("conversation.create", json!({"members": [cara.address]}));
    assert_eq!(refused.kind, "not_allowed");

    anna.ask("conversation.set", json!({"conversation": group, "name": "Readers"}));
    for person in [&mut ben, &mut cara] {
        person.until("the new name", |me| (me.conversation(&group)["name"] == "Readers").then_some(()));
    }
    let admins_only = json!({"add": "admins", "edit": "admins", "send": "admins"});
    anna.ask("conversation.set", json!({"conversation": group, "permissions": admins_only}));
    ben.until("the permissions", |ben| {
        (ben.conversation(&group)["information"]["permissions"] == admins_only).then_some(())
    });
    assert_eq!(
        ben.refused("message.send", json!({"conversation": group, "text": "May I?"})).kind,
        "not_allowed"
    );
    assert_eq!(
        ben.refused("conversation.set", json!({"conversation": group, "name": "x"})).kind,
        "not_allowed"
    );
}

#[test]
fn who_declines_a_group_is_not_in_it() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    anna.meet(&mut ben);
    let group = anna.ask("conversation.create", json!({"members": [ben.address], "name": "Spam"}));
    ben.until("the request", |ben| {
        ben.ask("conversation.requests", json!({}))["requests"].as_array().unwrap().first().cloned()
    });
    ben.ask("conversation.decline", json!({"conversation": group["conversation"]}));
    anna.say(group["conversation"].as_str().unwrap(), "Buy now");
    anna.ask("sync", json!({}));
    ben.ask("sync", json!({}));
    assert!(!ben.events().iter().any(|event| event["type"] == "message.received"));
    assert_eq!(ben.ask("conversation.requests", json!({}))["requests"], json!([]));
}
