//! A group from its first word to the last who goes.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use casemate_e2e::world::{Member, text};
use serde_json::json;
use thirtyfour::Key;

#[test]
fn a_group_its_members_and_what_they_say() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;

        mira.press("button", "New chat").await;
        mira.press("button", "New group").await;
        mira.write("Group name", "Harbour walk").await;
        mira.choose_one("checkbox", "^sam").await;
        mira.choose_one("checkbox", "^noor").await;
        mira.press("button", "Create group").await;
        mira.see("heading", "~Harbour walk").await;
        // Back does not come back to the form, which is empty by now.
        mira.run("history.back()", Vec::new()).await;
        mira.gone("heading", "~Harbour walk").await;
        mira.see("heading", "Chats").await;
        assert!(!mira.sees("textbox", "Group name").await);
        mira.chat("Harbour walk").await;
        sam.accept_group("Harbour walk").await;
        let group = accepted(&mut noor);

        // Everybody writes, and everybody reads it.
        mira.say("Who comes along?").await;
        sam.message("Who comes along?").await;
        noor.hears("Who comes along?");
        sam.say("I do").await;
        mira.message("I do").await;
        noor.say(&group, "So do I");
        mira.message("So do I").await;
        sam.message("So do I").await;

        // Somebody is meant.
        sam.write("Message", "What do you think @mi").await;
        sam.press("option", "^mira").await;
        sam.press("button", "Send").await;
        mira.message("What do you think @mira").await;
        let heard = noor.event("who is meant", |event| {
            event["type"] == "message.received"
                && event["message"]["mentions"] == json!([world.address("mira")])
        });
        assert!(text(&heard["message"]["text"]).starts_with("What do you think @mira"));

        // What the group is called and about.
        mira.press("button", "Details").await;
        mira.write("Group name", "Harbour walk on Sunday").await;
        mira.press("button", "Save").await;
        mira.message("You named the group").await;
        mira.write("What the group is about", "Three hours along the water").await;
        mira.press("button", "Save").await;
        mira.message("You changed what the group is about").await;
        sam.see("heading", "~Harbour walk on Sunday").await;
        // On a phone the name leads there, or the menu.
        sam.press("button", "More about this chat").await;
        sam.press("menuitem", "Details").await;
        sam.holds("What the group is about", "Three hours along the water").await;

        // Sam leaves, is asked back, and is removed in the end.
        sam.press("button", "Leave group").await;
        sam.see("dialog", "~Leave Harbour walk on Sunday").await;
        sam.press("button", "Leave group").await;
        sam.see("list", "Chats").await;
        mira.message("sam left.").await;
        mira.press("button", "Add members").await;
        mira.see("dialog", "Add members").await;
        mira.choose_one("checkbox", "^sam").await;
        mira.press("button", "Add").await;
        sam.accept_group("Harbour walk on Sunday").await;
        sam.say("Here again").await;
        mira.message("Here again").await;
        // What sam wrote for later can be called off also by whoever is in the group no more.
        sam.write("Message", "At nine then").await;
        sam.press("button", "Attach").await;
        sam.press("menuitem", "Send later").await;
        sam.press("button", "Send later").await;
        sam.see("button", "1 message waits for its time").await;
        mira.press("button", "More about sam").await;
        mira.press("menuitem", "Remove").await;
        mira.see("dialog", "Remove sam?").await;
        mira.press("button", "Remove").await;
        mira.message("You removed sam.").await;
        sam.reads("You are no longer in this group.").await;
        sam.gone("textbox", "Message").await;
        sam.message("Here again").await;
        sam.press("button", "1 message waits for its time").await;
        sam.press("button", "Do not send").await;
        let dialog = sam.see("dialog", "Do not send this message?").await;
        sam.press_in("button", "Do not send", Some(&dialog)).await;
        sam.reads("Nothing waits to be sent here.").await;
        sam.press("button", "Close").await;
        sam.gone("button", "1 message waits for its time").await;

        // The others go on.
        mira.say("The two of us then").await;
        noor.hears("The two of us then");
        noor.ask("conversation.leave", json!({"conversation": group}));
        mira.message("noor left.").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn what_is_refused_stays_as_it_was_written() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let made = noor
            .ask("conversation.create", json!({"members": [world.address("mira")], "name": "Harbour walk"}));
        let group = made["conversation"].clone();
        mira.accept_group("Harbour walk").await;
        mira.say("Here").await;
        let speak = |noor: &mut Member, who: &str| {
            let permissions = json!({"add": "admins", "edit": "admins", "send": who});
            noor.ask("conversation.set", json!({"conversation": group, "permissions": permissions}));
        };
        const SHUT: &str = "Only admins may send messages here.";
        // Behind the dialog, where nothing else is looked for.
        let may_write = async || {
            mira.wait("to be let write", async || {
                let there = "return document.querySelector('textarea[aria-label=Message]') !== null";
                match mira.run(there, Vec::new()).await == json!(true) {
                    true => Ok(()),
                    false => Err("not yet".to_owned()),
                }
            })
            .await;
        };

        // Files, with what was written and drawn: they stand there again.
        mira.attach(&[&fixture("progressive.jpg"), &fixture("photo-gps.png")]).await;
        mira.see("dialog", "Send files").await;
        mira.write("Add a caption", "From the old pier").await;
        mira.press("button", "Rotate").await;
        speak(&mut noor, "admins");
        mira.reads(SHUT).await;
        mira.press("button", "Send").await;
        mira.see("alert", &format!("~{SHUT}")).await;
        mira.see("dialog", "Send files").await;
        mira.holds("Add a caption", "From the old pier").await;
        let files = mira.see("list", "Files to send").await;
        mira.see_in("button", "photo-gps.png", Some(&files)).await;
        // Still as it was rotated.
        mira.press("button", "Undo").await;
        speak(&mut noor, "members");
        may_write().await;
        mira.press("button", "Send").await;
        mira.message("From the old pier").await;
        mira.see("button", "Show photo-gps.png").await;
        mira.holds("Message", "").await;

        // A question.
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Poll").await;
        mira.write("Question", "Tea or coffee?").await;
        mira.write("Option 1", "Tea").await;
        mira.write("Option 2", "Coffee").await;
        speak(&mut noor, "admins");
        mira.reads(SHUT).await;
        mira.press("button", "Send poll").await;
        mira.see("alert", &format!("~{SHUT}")).await;
        speak(&mut noor, "members");
        may_write().await;
        mira.press("button", "Send poll").await;
        mira.gone("dialog", "New poll").await;
        mira.message("Tea or coffee?").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn people_are_found_and_added_some_at_a_time() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let (mut zoe, _) = world.friend_of(&mira, "zoe").await;
        let (mut kim, _) = world.friend_of(&mira, "kim").await;
        mira.visit("#/contacts").await;
        let search = mira.see("searchbox", "Search").await;
        mira.write_into(&search, "zo").await;
        mira.gone("button", "^noor").await;
        mira.see("button", "^zoe").await;
        mira.write_into(&search, "nobody of that name").await;
        mira.reads("Nothing found.").await;

        // Looking for somebody in the form of a new group does not make it yet.
        mira.visit("#/new-group").await;
        mira.write("Group name", "Harbour walk").await;
        let search = mira.see("searchbox", "Search").await;
        mira.write_into(&search, "noo").await;
        mira.gone("checkbox", "^kim").await;
        mira.key(Key::Enter).await;
        mira.choose_one("checkbox", "^noor").await;
        mira.press("button", "Create group").await;
        mira.see("heading", "~Harbour walk").await;
        accepted(&mut noor);
        mira.say("Before the others came").await;
        noor.hears("Before the others came");

        // Two at once, who both get what was said before.
        mira.press("button", "Details").await;
        mira.press("button", "Add members").await;
        let search = mira.see("searchbox", "Search").await;
        mira.write_into(&search, "zo").await;
        mira.gone("checkbox", "^kim").await;
        mira.choose_one("checkbox", "^zoe").await;
        mira.write_into(&search, "").await;
        mira.choose_one("checkbox", "^kim").await;
        mira.reads("2 people").await;
        mira.press("radio", "Last 25").await;
        mira.press("button", "Add").await;
        mira.gone("dialog", "").await;
        for added in [&mut zoe, &mut kim] {
            let group = accepted(added);
            added.until("what was said before", |added| {
                let said = added.messages(&group);
                said.iter().any(|one| one["text"] == "Before the others came").then_some(())
            });
        }
        world.all_well(&[&mira]).await;
    });
}

/// Accepts the only group that asks; gives its id.
fn accepted(member: &mut Member) -> String {
    let group = member.until("a group that asks", |member| {
        let asked = member.ask("conversation.requests", json!({}));
        Some(text(&asked["requests"].as_array().unwrap().first()?["conversation"]))
    });
    member.accept_group(&group);
    group
}
