//! What is said of a message before the message itself comes: an edit, a reaction, a vote, a pin, the end of a poll.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::text::Thing;
use serde_json::json;

use super::{message, pair};
use crate::{ClientId, World};

const ID: [u8; 16] = [9; 16];

fn text(text: &str) -> Kind {
    Kind::Text(content::Text { text: text.into(), ..content::Text::default() })
}

fn reaction(emoji: &str) -> Kind {
    Kind::Reaction(content::Reaction { to: id(), emoji: emoji.into(), ..Default::default() })
}

fn edit(text: &str) -> Kind {
    Kind::Edit(content::Edit { of: id(), text: text.into(), mentions: Vec::new() })
}

fn id() -> Bytes {
    Bytes::copy_from_slice(&ID)
}

/// What Ana sees of Bob's message, after his modified program said `kinds` in this order.
fn seen(seed: u64, kinds: Vec<Kind>) -> (World, ClientId, serde_json::Value) {
    let (mut world, ana, bob, at_ana, at_bob) = pair(seed);
    world.say(bob, &at_bob, "hello");
    world.settle();
    let mut insider = world.insider(bob, &at_bob);
    for (number, kind) in (1u8..).zip(kinds) {
        let own = matches!(kind, Kind::Text(_));
        world.insider_says(&mut insider, if own { ID.to_vec() } else { vec![100 + number; 16] }, kind);
    }
    world.settle();
    let all = world.messages(ana, &at_ana);
    let id = all.last().expect("a message")["message"].as_str().unwrap().to_owned();
    let shown = message(&mut world, ana, &at_ana, &id);
    (world, ana, shown)
}

#[test]
fn early_edit_and_reaction_count_once_their_message_comes() {
    let (_, _, shown) =
        seen(3_801, vec![edit("first"), reaction("👍"), edit("second"), reaction("🎉"), text("said")]);
    assert_eq!((&shown["text"], &shown["edited"]), (&json!("second"), &json!(true)));
    assert_eq!(shown["reactions"][0]["emoji"], json!("🎉"), "{shown}");
}

#[test]
fn early_reaction_that_was_taken_back_leaves_nothing() {
    let (_, _, shown) = seen(3_802, vec![reaction("👍"), reaction(""), text("said")]);
    assert_eq!(shown["reactions"].as_array().map_or(0, Vec::len), 0, "{shown}");
}

#[test]
fn early_pin_vote_and_end_of_a_poll_count_in_their_order() {
    let poll = content::Poll {
        question: "Where?".into(),
        options: vec!["here".into(), "there".into()],
        multiple: false,
    };
    let asked = Kind::Text(content::Text { thing: Some(Thing::Poll(poll)), ..content::Text::default() });
    let vote =
        |option| Kind::Vote(content::PollVote { of: id(), options: vec![option], author: Bytes::new() });
    let close = Kind::Close(content::PollClose { of: id() });
    let pin = Kind::Pin(content::Pin { of: id(), pinned: true, author: Bytes::new() });
    let (_, _, shown) = seen(3_803, vec![vote(0), vote(1), close, vote(0), pin, asked]);
    let counts: Vec<_> =
        shown["poll"]["options"].as_array().unwrap().iter().map(|one| &one["votes"]).collect();
    assert_eq!(counts, [&json!(0), &json!(1)]);
    assert_eq!((&shown["poll"]["closed"], &shown["pinned"]), (&json!(true), &json!(true)));
}

#[test]
fn early_edit_of_somebody_elses_message_changes_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_804);
    world.say(bob, &at_bob, "hello");
    world.settle();
    let mut insider = world.insider(bob, &at_bob);
    // Ana's next message is to have this id; Bob cannot know it, and her program chooses another. What he says waits in vain.
    world.insider_says(&mut insider, vec![1; 16], edit("mine now"));
    let said = world.say(ana, &at_ana, "hers");
    world.settle();
    assert_eq!(message(&mut world, ana, &at_ana, &said)["text"], json!("hers"));
    assert_eq!(waiting(&mut world, ana), 1);
    // It does not wait for ever.
    world.settle_for(31 * 86_400_000);
    world.kill(ana.0);
    world.settle();
    assert_eq!(waiting(&mut world, ana), 0);
}

#[test]
fn early_words_of_one_person_are_bounded_and_go_with_the_conversation() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_805);
    world.say(bob, &at_bob, "hello");
    world.settle();
    let mut insider = world.insider(bob, &at_bob);
    for number in 0..300u16 {
        let to = Bytes::from([&number.to_be_bytes()[..], &[7; 14]].concat());
        let said = content::Reaction { to, emoji: "👍".into(), ..Default::default() };
        world.insider_says(
            &mut insider,
            [&number.to_be_bytes()[..], &[8; 14]].concat(),
            Kind::Reaction(said),
        );
    }
    world.settle();
    assert_eq!(waiting(&mut world, ana), 256);
    world.ok(ana, "conversation.clear", json!({"conversation": at_ana}));
    assert_eq!(waiting(&mut world, ana), 0);
}

#[test]
fn early_edit_where_messages_disappear_waits_no_longer_than_they_stay() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_806);
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 3_600}));
    world.settle();
    let mut insider = world.insider(bob, &at_bob);
    world.insider_says(&mut insider, vec![1; 16], edit("secret"));
    world.settle();
    assert_eq!(waiting(&mut world, ana), 1);
    world.settle_for(2 * 3_600_000);
    world.kill(ana.0);
    world.settle();
    assert_eq!(waiting(&mut world, ana), 0);
}

fn waiting(world: &mut World, id: ClientId) -> i64 {
    world.with_db(id, |db| db.query_row("SELECT count(*) FROM said_early", [], |row| row.get(0)).unwrap())
}
