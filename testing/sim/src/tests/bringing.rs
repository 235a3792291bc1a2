//! Chats brought along from another messenger: where they stand, that they come once, and what a later export adds.

use casemate_api::Command;
use casemate_api::Kind as Refused;
use casemate_api::command::AttachmentKind::Photo;
use serde_json::{Value, json};

use crate::World;

#[test]
fn what_was_brought_along_is_found_stays_here_and_comes_once() {
    let mut world = World::new(1_720);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "new here");
    world.settle();
    let old = |text: &str, author: Option<&str>, mine: bool| json!({"at": "2023-12-31T20:41:00Z", "author": author, "mine": mine, "text": text});
    let part = |place: u32, messages: Value| json!({"conversation": at_ana, "total": 3, "place": place, "messages": messages});
    let first = part(
        0,
        json!([old("lines are encrypted", None, false), old("happy new year", Some("Bobby"), false)]),
    );
    let second = part(2, json!([old("to you too", Some("Me"), true)]));
    for _ in 0..2 {
        world.ok(ana, "history.add", first.clone());
        world.ok(ana, "history.add", second.clone());
    }
    let shown = world.messages(ana, &at_ana);
    let texts: Vec<&str> = shown.iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        ["lines are encrypted", "happy new year", "to you too", "new here"],
        "above, in order, once"
    );
    assert_eq!(
        (&shown[1]["from"], &shown[1]["imported"], &shown[0]["kind"]),
        (&json!("Bobby"), &json!(true), &json!("notice"))
    );
    assert_eq!(shown[2]["from"], world.address(ana));
    assert_eq!(world.shown(ana, &at_ana)["unread"], 1, "only what is new");
    let found = world.ok(ana, "message.search", json!({"text": "new year"}));
    assert_eq!(found["messages"][0]["text"], "happy new year");
    // In the order of time, though what is older came later; and in the chat's where the time is the same.
    for (wanted, expected) in
        [("new", ["happy new year", "new here"]), ("y", ["happy new year", "to you too"])]
    {
        let found = world.ok(ana, "message.search", json!({"text": wanted}));
        let found: Vec<&str> =
            found["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(found, expected);
    }
    for (method, more) in [
        ("message.react", json!({"emoji": "👍"})),
        ("message.edit", json!({"text": "x"})),
        ("message.delete", json!({"for": "everyone"})),
    ] {
        let mut params = json!({"message": shown[2]["message"]});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.call(ana, method, params).unwrap_err().kind, Refused::NotAllowed, "{method}");
    }
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["new here"], "goes to nobody");
    let apart =
        json!({"name": "Old choir", "total": 1, "place": 0, "messages": [old("la la", Some("Eve"), false)]});
    let made = world.ok(ana, "history.add", apart)["conversation"].as_str().unwrap().to_owned();
    assert_eq!(world.shown(ana, &made)["kind"], "imported");
    assert!(world.call(ana, "message.send", json!({"conversation": made, "text": "x"})).is_err());
    for bad in [
        json!({"total": 1, "place": 0, "messages": []}),
        json!({"conversation": at_ana, "total": 1, "place": 1, "messages": [old("x", None, true)]}),
        json!({"conversation": at_ana, "total": 300_000, "place": 0, "messages": []}),
    ] {
        assert_eq!(world.call(ana, "history.add", bad).unwrap_err().kind, Refused::Invalid);
    }
}

/// Its place is counted: by it the others are known when the chat is brought again.
#[test]
fn a_message_without_words_and_file_is_left_out() {
    let mut world = World::new(1_725);
    let ana = world.person("ana");
    let old = |text: &str| json!({"at": "2023-12-31T20:41:00Z", "author": "Bobby", "text": text});
    let mut part = json!({"name": "Bobby", "total": 4, "place": 0, "messages": [old("one"), old("null"), old("two"), old("three")]});
    let made = world.ok(ana, "history.add", part.clone())["conversation"].clone();
    part["conversation"] = made.clone();
    part["messages"][1] = old("");
    let again = json!({"name": "again", "total": 4, "place": 0, "messages": part["messages"]});
    world.ok(ana, "history.add", part);
    let made = made.as_str().unwrap();
    assert_eq!(world.texts(ana, made), ["one", "null", "two", "three"], "none twice");
    let apart = world.ok(ana, "history.add", again)["conversation"].as_str().unwrap().to_owned();
    assert_eq!(world.texts(ana, &apart), ["one", "two", "three"]);
}

#[test]
fn an_import_that_broke_off_says_so_and_goes_on_without_being_told_where() {
    let mut world = World::new(1_726);
    let ana = world.person("ana");
    let part = |name: &str, whose: &str, places: std::ops::Range<u32>| {
        let old = |place: u32| json!({"at": format!("2023-12-31T20:{place:02}:00Z"), "author": "Bobby", "text": format!("{whose} {place}")});
        let messages: Vec<Value> = places.clone().map(old).collect();
        json!({"name": name, "total": 4, "place": places.start, "messages": messages})
    };
    let mut bring = |part: Value| {
        let made = world.ok(ana, "history.add", part)["conversation"].as_str().unwrap().to_owned();
        let unfinished = world.shown(ana, &made)["unfinished_import"].clone();
        (made, unfinished)
    };
    let (first, unfinished) = bring(part("Bobby", "a", 0..2));
    assert_eq!(unfinished, json!({"done": 2, "of": 4}));
    let (other, _) = bring(part("Bobby", "b", 0..2));
    assert_ne!(other, first, "another chat of this name");
    let (named, _) = bring(part("Bob", "a", 0..2));
    assert_ne!(named, first, "another name");
    let (again, _) = bring(part("Bobby", "a", 0..2));
    assert_eq!(again, first);
    let mut rest = part("Bobby", "a", 2..4);
    rest["conversation"] = json!(first);
    assert_eq!(bring(rest), (first.clone(), Value::Null));
    let (anew, _) = bring(part("Bobby", "a", 0..2));
    assert_ne!(anew, first, "a finished one is another");
    assert_eq!(world.texts(ana, &first), ["a 0", "a 1", "a 2", "a 3"]);
}

#[test]
fn what_broke_off_goes_on_in_its_place_and_a_later_export_too() {
    let mut world = World::new(1_721);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "new here");
    world.settle();
    let part = |whose: &str, total: u32, places: std::ops::Range<u32>| {
        let old = |place: u32| json!({"at": format!("2023-12-31T20:{place:02}:00Z"), "author": "Bobby", "text": format!("{whose} {place}")});
        let messages: Vec<Value> = places.clone().map(old).collect();
        json!({"conversation": at_ana, "total": total, "place": places.start, "messages": messages})
    };
    let texts =
        |whose: &str, until: u32| (0..until).map(|place| format!("{whose} {place}")).collect::<Vec<_>>();
    // It breaks off, is begun again, and breaks off once more.
    for places in [0..2, 0..2, 2..4, 0..2, 2..4, 4..6] {
        world.ok(ana, "history.add", part("one", 6, places));
    }
    let new = || vec!["new here".to_owned()];
    assert_eq!(world.texts(ana, &at_ana), [texts("one", 6), new()].concat());
    // Between two tries another chat is put above it.
    world.ok(ana, "history.add", part("two", 4, 0..2));
    world.ok(ana, "history.add", part("three", 2, 0..2));
    world.ok(ana, "history.add", part("two", 4, 0..2));
    world.ok(ana, "history.add", part("two", 4, 2..4));
    let all = |one: u32| [texts("three", 2), texts("two", 4), texts("one", one), new()].concat();
    assert_eq!(world.texts(ana, &at_ana), all(6));
    // What was exported later has more.
    world.ok(ana, "history.add", part("one", 8, 0..4));
    world.ok(ana, "history.add", part("one", 8, 4..8));
    assert_eq!(world.texts(ana, &at_ana), all(8));
    assert_eq!(world.shown(ana, &at_ana)["unread"], 1);
}

#[test]
fn a_file_that_was_missing_comes_with_a_later_export() {
    let mut world = World::new(1_722);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let bring = |world: &mut World, file: Option<&str>| {
        let old = json!({"at": "2023-12-31T20:41:00Z", "author": "Bobby", "text": "our home", "file": file});
        let staged = file.map(|name| world.stage(ana, Photo, name, b"a house"));
        let params = json!({"conversation": at_ana, "total": 1, "place": 0, "messages": [old]});
        let command = Command::named("history.add", params).expect("a command");
        let number = world.command(ana, command, staged.into_iter().collect());
        world.answer(ana, number).expect("the part is taken");
    };
    bring(&mut world, None);
    assert_eq!(world.messages(ana, &at_ana)[0]["attachments"], json!([]));
    for _ in 0..2 {
        bring(&mut world, Some("house.jpg"));
        let shown = world.messages(ana, &at_ana);
        assert_eq!(shown.len(), 1);
        let files: Vec<&Value> = shown[0]["attachments"].as_array().unwrap().iter().collect();
        assert_eq!((files.len(), &files[0]["name"]), (1, &json!("house.jpg")));
        let found = world.ok(ana, "message.search", json!({"text": "house home"}));
        assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn the_same_chat_with_media_and_without_comes_once() {
    let mut world = World::new(1_724);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    // All in one minute, as pictures are sent: only their places tell them apart. With media only the newest come.
    let bring = |world: &mut World, into: &str, media: bool, begin: usize| {
        let all = [("hello", None), ("", Some("a.jpg")), ("our home", Some("b.jpg")), ("", Some("c.jpg"))];
        let mut staged = Vec::new();
        let old = |(text, file): &(&str, Option<&str>)| {
            let mut old = json!({"at": "2023-12-31T20:41:00Z", "author": "Bobby", "text": text});
            match file {
                Some(file) if media => {
                    staged.push(world.stage(ana, Photo, file, file.as_bytes()));
                    old["file"] = json!(file);
                }
                Some(_) => {
                    old["text"] = json!(format!("<Media omitted>\n{text}").trim());
                    old["caption"] = json!(text);
                }
                None => {}
            }
            old
        };
        let messages: Vec<Value> = all[begin..].iter().map(old).collect();
        let params = json!({"conversation": into, "total": messages.len(), "place": 0, "messages": messages});
        let number = world.command(ana, Command::named("history.add", params).expect("a command"), staged);
        world.answer(ana, number).expect("the part is taken");
    };
    let shown = |world: &mut World, within: &str| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let messages = world.messages(ana, within);
        messages.iter().map(|one| (text(&one["text"]), text(&one["attachments"][0]["name"]))).collect()
    };
    let with = [("hello", ""), ("", "a.jpg"), ("our home", "b.jpg"), ("", "c.jpg")]
        .map(|(text, file)| (text.to_owned(), file.to_owned()));
    bring(&mut world, &at_ana, false, 0);
    let texts: Vec<String> = shown(&mut world, &at_ana).into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["hello", "<Media omitted>", "<Media omitted>\nour home", "<Media omitted>"]);
    bring(&mut world, &at_ana, true, 1);
    assert_eq!(shown(&mut world, &at_ana), with, "the files come to their messages");
    bring(&mut world, &at_ana, false, 0);
    bring(&mut world, &at_ana, false, 2);
    assert_eq!(shown(&mut world, &at_ana), with, "and stay there");
    assert!(world.ok(ana, "message.search", json!({"text": "omitted"}))["messages"] == json!([]));
    // The other way round.
    let eve = world.person("eve");
    world.befriend(ana, eve);
    let at_eve = world.chat(ana, eve);
    for media in [true, false] {
        bring(&mut world, &at_eve, media, 0);
        assert_eq!(shown(&mut world, &at_eve), with, "{media}");
    }
}

#[test]
fn a_later_export_that_begins_later_brings_what_is_new() {
    let mut world = World::new(1_723);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "new here");
    world.settle();
    let old = |number: u32| json!({"at": format!("2023-12-31T20:{number:02}:00Z"), "author": "Bobby", "text": format!("old {number}")});
    let export = |world: &mut World, begin: u32, end: u32| {
        for first in (begin..end).step_by(4) {
            let messages: Vec<Value> = (first..end.min(first + 4)).map(old).collect();
            let (total, place) = (end - begin, first - begin);
            let part = json!({"conversation": at_ana, "total": total, "place": place, "messages": messages});
            world.ok(ana, "history.add", part);
        }
    };
    for (begin, end) in [(0, 12), (5, 16), (5, 16), (9, 20), (0, 20)] {
        export(&mut world, begin, end);
        let mut wanted: Vec<String> = (0..end).map(|number| format!("old {number}")).collect();
        wanted.push("new here".to_owned());
        assert_eq!(world.texts(ana, &at_ana), wanted, "{begin} to {end}");
    }
}

#[test]
fn chat_that_is_brought_again_in_another_time_zone_comes_once() {
    let mut world = World::new(1_729);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let old = |at: &str, text: &str| json!({"at": at, "author": "Bobby", "text": text});
    let part = |messages: Vec<Value>| json!({"conversation": at_ana, "total": messages.len(), "place": 0, "messages": messages});
    let first = vec![
        old("2023-12-31T20:41:00Z", "winter"),
        old("2023-12-31T20:42:00Z", "still winter"),
        old("2024-03-20T10:00:00Z", "one zone has summer time by now"),
        old("2024-06-01T08:00:00Z", "summer"),
    ];
    world.ok(ana, "history.add", part(first));
    let later = vec![
        old("2024-01-01T02:41:00Z", "winter"),
        old("2024-01-01T02:42:00Z", "still winter"),
        old("2024-03-20T15:00:00Z", "one zone has summer time by now"),
        old("2024-06-01T14:00:00Z", "summer"),
        old("2024-06-02T14:00:00Z", "since then"),
    ];
    for _ in 0..2 {
        world.ok(ana, "history.add", part(later.clone()));
        assert_eq!(
            world.texts(ana, &at_ana),
            ["winter", "still winter", "one zone has summer time by now", "summer", "since then"]
        );
    }
    // Two chats that begin with one line, hours apart, are two.
    let lines = |at: &str, said: &str| {
        vec![old(&format!("2022-01-01T{at}:00Z"), "Hello"), old(&format!("2022-01-01T{at}:30Z"), said)]
    };
    world.ok(ana, "history.add", part(lines("10:00", "to the first")));
    world.ok(ana, "history.add", part(lines("13:00", "to the second")));
    let texts = world.texts(ana, &at_ana);
    assert_eq!(texts[..4], ["Hello", "to the second", "Hello", "to the first"]);
}
