//! Membership: who reads what, who may change what.

use serde_json::{Value, json};

use crate::World;

#[test]
fn removed_members_read_nothing_sent_after_and_new_ones_nothing_before() {
    let mut world = World::new(10);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob]);
    world.say(ana, &group, "before");
    world.settle();
    let to_cleo = world.address(cleo);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_cleo]}));
    world.sync(ana);
    world.accept_groups(cleo);
    world.say(ana, &group, "all three");
    world.settle();
    let to_bob = world.address(bob);
    for own in [world.address(ana), "ANA@sim.example".to_owned()] {
        let oneself = json!({"conversation": group, "members": [own]});
        let refused = world.call(ana, "conversation.remove", oneself).unwrap_err();
        assert_eq!(refused.message, "To go yourself, leave the group.");
    }
    let pair = world.chat(ana, bob);
    let refused = world.call(ana, "conversation.leave", json!({"conversation": pair})).unwrap_err();
    assert!(refused.message.contains("nobody leaves it"), "{refused}");
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": [to_bob]}));
    world.sync(ana);
    world.say(ana, &group, "without bob");
    world.settle();
    let at_bob = world.named(bob, "Plans");
    assert_eq!(world.texts(bob, &at_bob), ["before", "all three"]);
    let shown = world.ok(bob, "conversation.show", json!({"conversation": at_bob}));
    assert_eq!(shown["conversations"][0]["standing"], "removed");
    let at_cleo = world.named(cleo, "Plans");
    assert_eq!(world.texts(cleo, &at_cleo), ["all three", "without bob"]);
    let refused = world.call(bob, "message.send", json!({"conversation": at_bob, "text": "hello?"}));
    assert_eq!(refused.unwrap_err().kind, casemate_api::Kind::NotAllowed);
}

#[test]
fn who_leaves_is_removed_by_another_and_the_last_admin_leaves_an_heir() {
    let mut world = World::new(11);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Choir", ana, &[bob, cleo]);
    world.ok(ana, "conversation.leave", json!({"conversation": group}));
    world.settle();
    let at_bob = world.named(bob, "Choir");
    let shown = world.ok(bob, "conversation.show", json!({"conversation": at_bob}));
    let members = shown["conversations"][0]["members"].as_array().unwrap();
    assert_eq!(members.len(), 2, "{members:?}");
    assert!(members.iter().any(|member| member["admin"] == true), "{members:?}");
    world.say(bob, &at_bob, "she left");
    world.settle();
    let at_cleo = world.named(cleo, "Choir");
    assert_eq!(world.texts(cleo, &at_cleo), ["she left"]);
    assert_eq!(world.texts(ana, &group), Vec::<String>::new());
}

#[test]
fn who_is_added_again_at_once_stays() {
    // Whose turn it is to see a leaver out differs by seed.
    for seed in 17..25 {
        let mut world = World::new(seed);
        let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
        world.befriend(ana, bob);
        world.befriend(ana, cleo);
        let group = world.group("Choir", ana, &[bob, cleo]);
        let at_bob = world.named(bob, "Choir");
        let members = |world: &mut World| world.shown(ana, &group)["members"].as_array().unwrap().len();
        world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
        for _ in 0..10_000 {
            if members(&mut world) == 2 {
                break;
            }
            world.step();
        }
        assert_eq!(members(&mut world), 2);
        let to_bob = world.address(bob);
        world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
        world.settle();
        world.accept_groups(bob);
        world.settle();
        assert_eq!(members(&mut world), 3, "seed {seed}: {:?}", world.notices(ana, &group));
        world.say(bob, &at_bob, "here again");
        world.settle();
        assert_eq!(world.texts(ana, &group), ["here again"]);
    }
}

#[test]
fn who_left_on_one_device_is_asked_on_all_of_them_and_answers_once() {
    // The other one is there, or comes back when all has happened.
    for (away, accept) in [(false, true), (false, false), (true, true), (true, false)] {
        let mut world = World::new(26);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.befriend(ana, bob);
        let second = world.link(bob);
        let group = world.group("Choir", ana, &[bob]);
        world.settle();
        let standing = |world: &mut World, id| world.shown(id, &group)["standing"].clone();
        if away {
            world.sleep(second, 86_400_000);
        }
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        world.settle();
        let to_bob = world.address(bob);
        world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
        world.settle();
        let answer = if accept { "conversation.accept" } else { "conversation.decline" };
        if !away {
            assert_eq!(standing(&mut world, bob), "offered");
            assert_eq!(standing(&mut world, second), "offered");
        }
        world.ok(bob, answer, json!({"conversation": group}));
        world.wake(second);
        world.settle();
        for device in [bob, second] {
            assert_eq!(standing(&mut world, device) == "active", accept, "away: {away}");
        }
        assert!(away || !world.notices(second, &group).iter().any(|line| line.contains("removed you")));
        world.say(ana, &group, "hello again");
        world.settle();
        let heard: &[&str] = if accept { &["hello again"] } else { &[] };
        assert_eq!(world.texts(second, &group), heard, "away: {away}");
    }
}

#[test]
fn all_admins_leave_at_once_and_the_others_put_them_out() {
    let mut world = World::new(27);
    let people = ["ana", "bob", "cleo", "dora"].map(|name| world.person(name));
    let [ana, bob, cleo, dora] = people;
    for other in [bob, cleo, dora] {
        world.befriend(ana, other);
    }
    let group = world.group("Choir", ana, &[bob, cleo, dora]);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins_add": [to_bob]}));
    world.settle();
    for admin in [ana, bob] {
        world.ok(admin, "conversation.leave", json!({"conversation": group}));
    }
    world.settle();
    for who in [cleo, dora] {
        let members = world.shown(who, &group)["members"].as_array().unwrap().clone();
        assert_eq!(members.len(), 2, "{members:?}");
        assert_eq!(members.iter().filter(|member| member["admin"] == true).count(), 1, "{members:?}");
    }
    world.say(cleo, &group, "just us");
    world.settle();
    assert_eq!(world.texts(dora, &group), ["just us"]);
    assert_eq!(world.texts(ana, &group), Vec::<String>::new());
}

#[test]
fn who_goes_before_becoming_an_admin_holds_nothing_up() {
    let mut world = World::new(28);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Choir", ana, &[bob, cleo]);
    let to_bob = world.address(bob);
    world.sleep(ana, 20_000);
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins_add": [to_bob]}));
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins": [to_bob]}));
    world.ok(bob, "conversation.leave", json!({"conversation": group}));
    world.settle();
    world.say(ana, &group, "anybody there?");
    world.settle();
    assert_eq!(world.texts(cleo, &group), ["anybody there?"]);
    let members = world.shown(cleo, &group)["members"].clone();
    assert_eq!((&members[0]["admin"], &members[1]["admin"]), (&json!(true), &json!(false)), "{members}");
}

#[test]
fn who_came_back_and_is_removed_has_not_left() {
    let mut world = World::new(15);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Choir", ana, &[bob]);
    let at_bob = world.named(bob, "Choir");
    world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
    world.settle();
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
    world.sync(ana);
    world.accept_groups(bob);
    world.settle();
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    let page = world.ok(ana, "message.list", json!({"conversation": group, "limit": 100}));
    let lines = page["messages"].as_array().unwrap().iter().filter_map(|message| message["text"].as_str());
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.iter().filter(|line| **line == "bob left.").count(), 1, "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.ends_with("removed bob.")), "{lines:?}");
}

#[test]
fn names_timers_and_admins_change_for_all_and_only_by_those_who_may() {
    let mut world = World::new(12);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Old name", ana, &[bob]);
    world.ok(ana, "conversation.set", json!({"conversation": group, "name": "New name"}));
    world.settle();
    let at_bob = world.named(bob, "New name");
    world.ok(
        ana,
        "conversation.set",
        json!({"conversation": group, "permissions": {"add": "admins", "edit": "admins", "send": "members"}}),
    );
    world.settle();
    let refused = world.call(bob, "conversation.set", json!({"conversation": at_bob, "name": "Mine"}));
    assert_eq!(refused.unwrap_err().kind, casemate_api::Kind::NotAllowed);
    let bobs = world.address(bob);
    let anas = world.address(ana);
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins": [anas, bobs]}));
    world.settle();
    world.ok(bob, "conversation.set", json!({"conversation": at_bob, "name": "Ours"}));
    world.settle();
    assert_eq!(world.named(ana, "Ours"), group);
}

/// What an admin asked for without a connection, and may do no more when it is back: said, and what she wrote to those who
/// stay does not go to whom she put out.
#[test]
fn what_an_admin_may_do_no_more_is_said() {
    let mut world = World::new(16);
    let people: Vec<_> = ["ana", "bob", "dan", "eve"].iter().map(|name| world.person(name)).collect();
    let [ana, bob, dan, eve] = people[..] else { unreachable!() };
    for other in [bob, dan, eve] {
        world.befriend(ana, other);
    }
    let group = world.group("Board", ana, &[bob, dan]);
    let [anas, bobs, dans, eves] = [ana, bob, dan, eve].map(|who| world.address(who));
    let closed = json!({"add": "admins", "edit": "admins", "send": "members"});
    let set = json!({"conversation": group, "admins_add": [bobs], "permissions": closed});
    world.ok(ana, "conversation.set", set);
    world.settle();
    let (at_bob, at_dan) = (world.named(bob, "Board"), world.named(dan, "Board"));
    world.sleep(ana, 86_400_000);
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": [dans]}));
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [eves]}));
    world.ok(ana, "conversation.set", json!({"conversation": group, "name": "Mine"}));
    world.ok(ana, "message.send", json!({"conversation": group, "text": "Now that Dan is gone"}));
    world.ok(bob, "conversation.set", json!({"conversation": at_bob, "admins_remove": [anas]}));
    world.settle();
    world.wake(ana);
    world.settle();
    let said: Vec<Value> =
        world.messages(ana, &group).iter().map(|message| message["said"]["code"].clone()).collect();
    for code in ["not-removed", "not-added", "not-changed"] {
        assert!(said.contains(&json!(code)), "{code} is not in {said:?}");
    }
    let texts = |world: &mut World, who, conversation: &str| -> Vec<Value> {
        world.messages(who, conversation).iter().map(|message| message["text"].clone()).collect()
    };
    let written = json!("Now that Dan is gone");
    let own = world.messages(ana, &group).into_iter().find(|message| message["text"] == written).unwrap();
    assert_eq!((&own["state"], &own["why"]), (&json!("failed"), &json!("dan is still in this group.")));
    assert!(!texts(&mut world, dan, &at_dan).contains(&written));
    // Sent once more, it goes to all who are there.
    world.ok(ana, "message.reschedule", json!({"message": own["message"], "at": null}));
    world.settle();
    assert!(texts(&mut world, dan, &at_dan).contains(&written));
    assert!(texts(&mut world, bob, &at_bob).contains(&written));
}

#[test]
fn one_change_of_who_may_what_does_not_take_another_back() {
    let mut world = World::new(15);
    let people: Vec<_> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
    let [ana, bob, cleo] = people[..] else { unreachable!() };
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Rights", ana, &[bob, cleo]);
    world.accept_groups(bob);
    world.accept_groups(cleo);
    world.settle();
    let set = |changes: Value| {
        let mut params = json!({"conversation": group});
        params.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        params
    };
    let admins = |world: &mut World| -> Vec<Value> {
        let members = world.shown(ana, &group)["members"].as_array().unwrap().clone();
        members.into_iter().filter(|one| one["admin"] == true).map(|one| one["address"].clone()).collect()
    };
    let both = json!([world.address(bob), world.address(cleo)]);
    world.ok(ana, "conversation.set", set(json!({"admins_add": both})));
    world.settle();
    assert_eq!(admins(&mut world).len(), 3);
    // The second is asked for before the first has come back from the server.
    for one in [bob, cleo] {
        let one = json!([world.address(one)]);
        world.ok(ana, "conversation.set", set(json!({"admins_remove": one})));
    }
    for one in [json!({"send": "admins"}), json!({"add": "admins"})] {
        world.ok(ana, "conversation.set", set(json!({"permissions": one})));
    }
    world.settle();
    assert_eq!(admins(&mut world), [json!(world.address(ana))]);
    let permissions = world.shown(ana, &group)["information"]["permissions"].clone();
    assert_eq!(permissions, json!({"add": "admins", "edit": "members", "send": "admins"}));
    let last = json!([world.address(ana)]);
    let refused = world.call(ana, "conversation.set", set(json!({"admins_remove": last}))).unwrap_err();
    assert!(refused.message.contains("at least one admin"), "{refused:?}");
}

#[test]
fn what_is_changed_and_changed_back_without_a_connection_is_as_it_was() {
    let mut world = World::new(23);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    world.settle();
    world.sleep(ana, 60_000);
    for send in ["admins", "members"] {
        let permissions = json!({"conversation": group, "permissions": {"send": send}});
        world.ok(ana, "conversation.set", permissions);
    }
    for name in ["Other plans", "Plans"] {
        world.ok(ana, "conversation.set", json!({"conversation": group, "name": name}));
    }
    world.settle_for(300_000);
    for (who, key) in [(ana, &group), (bob, &at_bob)] {
        let shown = world.shown(who, key);
        assert_eq!(
            (&shown["name"], &shown["information"]["permissions"]["send"]),
            (&json!("Plans"), &json!("members"))
        );
    }
    world.say(bob, &at_bob, "we may speak");
    world.settle();
    assert_eq!(world.texts(ana, &group), ["we may speak"]);
}

#[test]
fn two_admins_commit_at_the_same_moment_and_both_wishes_come_true() {
    let mut world = World::new(13);
    let people: Vec<_> = ["ana", "bob", "cleo", "dora"].iter().map(|name| world.person(name)).collect();
    let [ana, bob, cleo, dora] = people[..] else { unreachable!() };
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.befriend(bob, dora);
    let group = world.group("Race", ana, &[bob]);
    let at_bob = world.named(bob, "Race");
    let (to_cleo, to_dora) = (world.address(cleo), world.address(dora));
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_cleo]}));
    world.ok(bob, "conversation.add", json!({"conversation": at_bob, "members": [to_dora]}));
    world.settle();
    world.accept_groups(cleo);
    world.accept_groups(dora);
    world.settle();
    for who in [ana, bob, cleo, dora] {
        let group = world.named(who, "Race");
        let shown = world.ok(who, "conversation.show", json!({"conversation": group}));
        assert_eq!(shown["conversations"][0]["members"].as_array().unwrap().len(), 4);
    }
}

#[test]
fn two_people_who_knock_on_each_other_have_one_chat() {
    let mut world = World::new(14);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.sleep(ana, 1);
    let (to_ana, to_bob) = (world.address(ana), world.address(bob));
    world.wake(ana);
    world.ok(ana, "contact.knock", json!({"to": to_bob}));
    world.ok(bob, "contact.knock", json!({"to": to_ana}));
    world.settle();
    for (who, other) in [(ana, to_bob), (bob, to_ana)] {
        let contacts = world.ok(who, "contact.list", json!({}));
        assert_eq!(contacts["contacts"][0]["address"], other.as_str());
        let all = world.ok(who, "conversation.list", json!({}));
        assert_eq!(all["conversations"].as_array().unwrap().len(), 1, "{all}");
    }
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "you first");
    world.settle();
    world.say(bob, &at_bob, "no, you");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["you first", "no, you"]);
    assert_eq!(world.texts(bob, &at_bob), ["you first", "no, you"]);
}

#[test]
fn a_group_offered_and_declined_shows_nothing() {
    let mut world = World::new(15);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let to_bob = world.address(bob);
    let made = world.ok(ana, "conversation.create", json!({"members": [to_bob], "name": "Spam"}));
    world.sync(ana);
    world.sync(bob);
    let asked = world.ok(bob, "conversation.requests", json!({}));
    assert_eq!(asked["requests"][0]["name"], "Spam");
    let all = world.ok(bob, "conversation.list", json!({}));
    assert_eq!(all["conversations"].as_array().unwrap().len(), 1, "only the 1:1 chat: {all}");
    world.ok(bob, "conversation.decline", json!({"conversation": asked["requests"][0]["conversation"]}));
    let id = made["conversation"].as_str().unwrap().to_owned();
    world.say(ana, &id, "buy this");
    world.settle();
    let asked = world.ok(bob, "conversation.requests", json!({}));
    assert_eq!(asked["requests"].as_array().unwrap().len(), 0);
}

#[test]
fn a_group_can_be_called_back_into() {
    let mut world = World::new(16);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Again", ana, &[bob]);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_bob]}));
    world.settle();
    world.accept_groups(bob);
    world.say(ana, &group, "welcome back");
    world.settle();
    let at_bob = world.named(bob, "Again");
    assert_eq!(world.texts(bob, &at_bob), ["welcome back"]);
}

#[test]
fn removed_and_added_again_while_away() {
    for seed in 0..6 {
        let mut world = World::new(1_700 + seed);
        let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
        world.befriend(ana, bob);
        world.befriend(ana, cleo);
        let group = world.group("Revolving door", ana, &[bob, cleo]);
        world.settle();
        world.accept_groups(bob);
        world.accept_groups(cleo);
        world.settle();
        let to_cleo = world.address(cleo);
        let key = |world: &mut World, id| world.named(id, "Revolving door");
        world.sleep(cleo, 86_400_000);
        for _ in 0..=seed {
            for change in ["conversation.remove", "conversation.add"] {
                world.ok(ana, change, json!({"conversation": group, "members": [to_cleo]}));
                world.sync(ana);
            }
        }
        let epoch = world.shown(ana, &group)["information"]["epoch"].clone();
        world.wake(cleo);
        world.settle();
        world.say(ana, &group, "welcome back");
        let at_cleo = key(&mut world, cleo);
        world.settle();
        world.say(cleo, &at_cleo, "here I am");
        world.settle_for(60_000);
        for id in [ana, bob, cleo] {
            let conversation = key(&mut world, id);
            assert_eq!(world.texts(id, &conversation), ["welcome back", "here I am"], "seed {seed}");
        }
        // Nobody had to add it once more: the one commit is its new keys.
        let now = world.shown(ana, &group)["information"]["epoch"].as_u64().unwrap();
        assert_eq!(now, epoch.as_u64().unwrap() + 1, "seed {seed}");
    }
}

#[test]
fn removed_and_added_again_reads_both() {
    let mut world = World::new(1_800);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    let group = world.group("Doors", ana, &[bob]);
    let (at_bob, to_bob) = (world.named(bob, "Doors"), world.address(bob));
    for change in ["conversation.remove", "conversation.add"] {
        world.ok(ana, change, json!({"conversation": group, "members": [to_bob]}));
        world.settle();
    }
    assert_eq!(world.shown(bob, &at_bob)["standing"], "active");
    let notices = world.notices(bob, &at_bob);
    const READS_NO_FURTHER: &str = "This device can read no further here. The others were asked to add it again; whoever was removed is not.";
    assert_eq!(notices, ["ana added you.", READS_NO_FURTHER, "ana added you."]);
}

/// On all devices that they have then; a device that comes later was added by nobody.
#[test]
fn whoever_is_added_reads_who_added_them() {
    let mut world = World::new(1_801);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    let laptop = world.link(bob);
    world.settle();
    let group = world.group("Doors", ana, &[bob]);
    world.settle();
    let tablet = world.link(bob);
    world.settle();
    for (device, lines) in [(bob, 1), (laptop, 1), (tablet, 0)] {
        let at = world.named(device, "Doors");
        assert_eq!(world.notices(device, &at), vec!["ana added you."; lines]);
        let row = world.ok(device, "conversation.list", json!({}))["conversations"].clone();
        let row = row.as_array().expect("a list").iter().find(|one| one["name"] == "Doors").cloned();
        assert_eq!(row.expect("the group")["marked_unread"], json!(false), "they accepted it themselves");
    }
    assert!(world.notices(ana, &group).iter().all(|line| line != "ana added you."));
}
