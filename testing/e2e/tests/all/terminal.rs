//! `casemate chat --plain`, typed into.

use casemate_e2e::person::Person;
use casemate_e2e::terminal::Terminal;
use casemate_e2e::world::{Member, World};
use serde_json::json;

#[test]
fn an_account_a_talk_and_a_locked_chat() {
    let world = World::new();
    let mut ben = world.join("ben");
    let home = world.folder().join("anna");
    let (mut anna, anna_address) = anna_and(&world, &mut ben, "four small brown foxes");
    anna.types("Is this read by nobody else?");
    ben.hears("Is this read by nobody else?");
    // A path is no command, and no message before it is said to be one.
    anna.types("/etc/hostname is the file");
    anna.reads("There is no such command; /help lists all. To send this, begin it with //.");
    anna.types("//etc/hostname is the file");
    ben.hears("/etc/hostname is the file");
    let chat = ben.pair_with(&anna_address);
    ben.say(&chat, "By nobody");
    anna.reads("By nobody");
    anna.types("/lock");
    anna.reads("Locked: ");
    anna.quits();

    // The device's passphrase, and once more for the chat.
    let mut anna = Terminal::start(&home, None);
    anna.reads("locked. Passphrase:");
    anna.types("four small brown foxes");
    anna.reads("You are anna@");
    ben.say(&chat, "Not for your neighbour's eyes");
    anna.reads("A new message: locked.");
    anna.types("/search neighbour");
    anna.reads("Nothing found.");
    anna.types("/open ben");
    anna.reads("This chat is locked. Passphrase:");
    anna.types("four small foxes");
    anna.reads("Error: ");
    anna.types("/open ben");
    anna.reads("This chat is locked. Passphrase:");
    assert!(!anna.has_read("neighbour's eyes"));
    anna.types("four small brown foxes");
    anna.reads("Not for your neighbour's eyes");
    anna.types("/unlock");
    anna.reads("This chat is locked. Passphrase:");
    anna.types("four small brown foxes");
    anna.reads("Not locked.");
    anna.quits();
}

#[test]
fn a_call_says_who_is_in_it_and_shows_the_pictures_to_compare() {
    let world = World::new();
    let mut ben = world.join("ben");
    let (mut anna, anna_address) = anna_and(&world, &mut ben, "");
    anna.types("/call");
    anna.reads("Calling.");
    let rang = ben.event("a call", |event| event["type"] == "call.ringing");
    ben.ask("call.answer", json!({"call": rang["call"]}));
    anna.reads("ben joined the call.");
    let pictures = anna.reads("Everyone in this call sees these pictures: ");
    let calls = ben.ask("call.list", json!({}));
    let code = calls["calls"][0]["code"].as_array().unwrap();
    assert_eq!(code.len(), 6);
    assert!(code.iter().all(|picture| pictures.contains(picture.as_str().unwrap())), "{pictures}");
    anna.types("/leave");
    anna.reads("Hung up.");
    // Called back at once; declined with words, which are a message.
    let chat = ben.pair_with(&anna_address);
    ben.ask("call.start", json!({"conversation": chat}));
    anna.reads("ben calls.");
    anna.takes("/decline I am on the train", "Declined, and said so.");
    ben.hears("I am on the train");
    anna.quits();
}

#[test]
fn the_words_of_the_kit_bring_an_account_back_in_another_terminal() {
    let world = World::new();
    let mut ben = world.join("ben");
    let (mut lost, address) = anna_and(&world, &mut ben, "");
    lost.types("/rename 1 Blue laptop");
    lost.reads("Renamed.");
    lost.types("/devices");
    lost.reads("Blue laptop (Linux)");
    lost.types("/kit");
    let words = lost.reads("The words: ");
    let words = words.split("The words: ").nth(1).expect("words").trim().to_owned();
    lost.types("/kit written");
    lost.reads("Good.");
    lost.quits();
    // What a restore needs of the last second is with the server before the machine is lost.
    let home = world.folder().join("anna");
    let mut said = Person::start(&home);
    said.ask("sync", json!({}));
    said.kill();

    let mut anna = Terminal::start(&world.folder().join("anna-new"), None);
    for (asked, typed) in [
        ("type: restore", "restore"),
        ("The address of the server", &world.server.url()),
        ("Your account's name", "Anna"),
        ("The twelve words", &words),
        ("A passphrase", ""),
    ] {
        anna.reads(asked);
        anna.types(typed);
    }
    anna.reads("Your account is back.");
    anna.reads("The new words: ");
    anna.reads("You are anna@");
    let chat = ben.pair_with(&address);
    ben.say(&chat, "Is it you again?");
    anna.reads("Is it you again?");
    anna.quits();
    // The lost one turns up.
    let mut lost = Terminal::start(&home, None);
    lost.reads("moved to another device");
    lost.quits();
}

/// Anna, who has just joined, in her chat with Ben; and her address.
fn anna_and(world: &World, ben: &mut Member, passphrase: &str) -> (Terminal, String) {
    let mut anna = Terminal::start(&world.folder().join("anna"), Some(&world.server.invite()));
    anna.reads("Choose a name");
    anna.types("anna");
    anna.reads("A passphrase");
    anna.types(passphrase);
    anna.reads("You are anna@");
    anna.types(&format!("/knock {} Hello from the terminal", ben.address));
    let asked = ben.event("a knock", |event| event["type"] == "contact.requested");
    let address = asked["from"].as_str().unwrap().to_owned();
    ben.ask("contact.accept", json!({"who": address}));
    anna.reads("New chat: ben");
    anna.types("/open ben");
    anna.reads("Chat with ben.");
    (anna, address)
}
