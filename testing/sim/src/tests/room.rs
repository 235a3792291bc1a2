//! A device without room: it says so, what it has can be read, and nothing of what comes or goes is lost.

use casemate_api::{Event, Kind};
use serde_json::json;

use crate::{ClientId, World};

/// Lets the database grow by so many pages and no more.
fn leaves_pages(world: &mut World, id: ClientId, more: i64) {
    world.with_db(id, |db| {
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        db.pragma_update_and_check(None, "max_page_count", pages + more, |_| Ok(())).unwrap();
    });
}

fn told(world: &mut World, id: ClientId) -> Vec<bool> {
    let full = |event: &Event| match event {
        Event::Storage { full, .. } => Some(*full),
        _ => None,
    };
    world.client(id).events.iter().filter_map(full).collect()
}

#[test]
fn without_room_nothing_is_lost() {
    let mut world = World::new(20);
    let (anna, ben) = (world.person("anna"), world.person("ben"));
    world.befriend(anna, ben);
    let (hers, his) = (world.chat(anna, ben), world.chat(ben, anna));
    world.say(ben, &his, "while there was room");
    world.settle();

    leaves_pages(&mut world, anna, 2);
    let long: Vec<String> = (0..20).map(|number| format!("{number} {}", "words ".repeat(1_500))).collect();
    for text in &long {
        world.say(ben, &his, text);
    }
    world.settle();
    assert_eq!(told(&mut world, anna).last(), Some(&true), "nobody was told");

    // What is there can be read; what is written is refused in words, and stays with its writer.
    assert!(world.texts(anna, &hers).contains(&"while there was room".to_owned()));
    let mine = json!({"conversation": hers, "text": "mine ".repeat(4_000)});
    let refused = world.call(anna, "message.send", mine.clone()).unwrap_err();
    assert_eq!(refused.kind, Kind::StorageFull);
    assert!(refused.message.contains("Nothing was lost"), "{refused:?}");
    assert!(world.texts(anna, &hers).len() <= long.len());

    // Room again: all is there, in its order, once, and what is said goes out.
    leaves_pages(&mut world, anna, 100_000);
    world.settle();
    world.ok(anna, "message.send", mine);
    world.settle();
    let wanted: Vec<String> =
        ["while there was room".to_owned()].into_iter().chain(long).chain(["mine ".repeat(4_000)]).collect();
    for (id, chat) in [(anna, &hers), (ben, &his)] {
        assert_eq!(world.texts(id, chat), wanted);
    }
}

#[test]
fn what_is_due_without_room_does_not_keep_the_device_busy() {
    let mut world = World::new(21);
    let (anna, ben) = (world.person("anna"), world.person("ben"));
    world.befriend(anna, ben);
    let (hers, his) = (world.chat(anna, ben), world.chat(ben, anna));
    world.ok(ben, "conversation.set", json!({"conversation": his, "disappearing_seconds": 5}));
    world.settle_for(1_000);
    world.say(ben, &his, "gone soon");
    world.settle_for(1_000);
    assert!(world.texts(anna, &hers).contains(&"gone soon".to_owned()));
    for message in world.messages(anna, &hers) {
        world.ok(anna, "message.read", json!({"message": message["message"]}));
    }
    // Not a page can be written: what is due stays due, over and over.
    world.with_db(anna, |db| db.pragma_update(None, "query_only", true).unwrap());
    let at = world.now_ms;
    world.settle();
    assert!(world.now_ms >= at + 60_000);
    world.with_db(anna, |db| db.pragma_update(None, "query_only", false).unwrap());
    // She tries again after growing pauses.
    world.settle_for(30 * 60_000);
    assert!(!world.texts(anna, &hers).contains(&"gone soon".to_owned()));
}
