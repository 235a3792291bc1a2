//! A conversation went on elsewhere, and its older places are still read, since somebody may not know of it yet. Who was put out where it
//! goes on says nothing by them.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::inbox_body;
use casemate_crypto::{Change, CommitAad};
use casemate_wire::ids::{Hash32, LogId, WriteToken};
use prost::Message as _;
use serde_json::json;

use super::continued::friends;
use super::{Story, story};
use crate::World;
use crate::insider::Insider;

/// Nobody but Eve can write to the log any more, and nobody signed what made it so.
fn keep_for_oneself(world: &mut World, eve: &mut Insider) -> WriteToken {
    let token = WriteToken::try_from(&[9; 32][..]).unwrap();
    let note = eve.commit_note(token.hash());
    world.append(eve, b"garbage".to_vec(), Some(note)).unwrap();
    token
}

fn says(world: &mut World, eve: &mut Insider, token: &WriteToken, kind: Kind) {
    eve.counter += 1;
    let body = content::Content {
        counter: eve.counter,
        sent_ms: world.now_ms,
        message_id: vec![eve.counter as u8; 16].into(),
        kind: Some(kind),
        ..content::Content::default()
    };
    let payload = eve.encrypt(&body.encode_to_vec());
    world.append_as(eve, token.to_field(), payload, None).expect("her own token");
}

#[test]
fn who_was_put_out_says_nothing_more_by_an_older_place() {
    let (mut world, people, keys) = friends(8_670, &["ana", "bob", "eve"]);
    let [ana, bob] = [people[0], people[1]];
    let mut eve = world.insider(people[2], &keys[2]);
    let token = keep_for_oneself(&mut world, &mut eve);
    world.settle_for(300_000);
    assert_ne!(world.log_of(bob, &keys[1]), eve.log, "it went on elsewhere");
    let text = |text: &str| Kind::Text(content::Text { text: text.into(), ..content::Text::default() });
    says(&mut world, &mut eve, &token, text("not there yet"));
    world.settle();
    for (who, key) in [(ana, &keys[0]), (bob, &keys[1])] {
        assert!(world.texts(who, key).contains(&"not there yet".to_owned()), "who is awaited is heard");
    }
    let remove = json!({"conversation": keys[0], "members": ["eve@sim.example"]});
    world.ok(ana, "conversation.remove", remove);
    world.settle_for(120_000);
    assert_eq!(world.members(bob, &keys[1]), ["ana@sim.example", "bob@sim.example"]);
    let mine = world.say(bob, &keys[1], "without her");
    world.settle();
    let before = [(ana, &keys[0]), (bob, &keys[1])].map(|(who, key)| world.messages(who, key));

    says(&mut world, &mut eve, &token, text("still here"));
    let like = content::Reaction {
        to: mine.as_bytes().to_vec().into(),
        emoji: "👍".into(),
        ..content::Reaction::default()
    };
    says(&mut world, &mut eve, &token, Kind::Reaction(like));
    let state = content::ConversationState { name: "Mine".into(), ..eve.group.state() };
    let aad = CommitAad { previous: eve.last_commit, ..CommitAad::default() };
    let change = Change { state: Some(state), ..Change::default() };
    let pending = eve.group.commit(&eve.kv, &eve.id, change, aad).unwrap();
    let note = eve.commit_note(pending.next_write_hash);
    world.append_as(&mut eve, token.to_field(), pending.bytes, Some(note)).expect("her own token");
    world.settle_for(120_000);
    for at in [ana, bob] {
        world.kill(at.0);
    }
    world.settle_for(120_000);
    let after = [(ana, &keys[0]), (bob, &keys[1])].map(|(who, key)| world.messages(who, key));
    assert_eq!(after, before, "nothing of that is shown");
}

/// A refusal of hers to be blamed for what she signed: garbage behind it, by the token that she alone has.
#[test]
fn who_signed_what_spoilt_a_log_is_left_behind_whatever_comes_behind_it() {
    let (mut world, people, keys) = friends(8_671, &["ana", "bob", "eve"]);
    let mut eve = world.insider(people[2], &keys[2]);
    let token = WriteToken::try_from(&[9; 32][..]).unwrap();
    // A reader for nobody breaks a rule.
    let add_readers = vec![Hash32([8; 32])];
    let aad = CommitAad { previous: eve.last_commit, add_readers, ..CommitAad::default() };
    let pending = eve.group.commit_unjudged(&eve.kv, &eve.id, Change::default(), &aad).unwrap();
    eve.group.discard_pending(&eve.kv).unwrap();
    let note = eve.commit_note(token.hash());
    world.append(&mut eve, pending.bytes, Some(note)).unwrap();
    let note = eve.commit_note(token.hash());
    world.append_as(&mut eve, token.to_field(), b"garbage".to_vec(), Some(note)).unwrap();
    world.settle_for(300_000);
    for (who, key) in [(people[0], &keys[0]), (people[1], &keys[1])] {
        assert_ne!(world.log_of(who, key), eve.log, "it went on elsewhere");
        assert_eq!(world.members(who, key), ["ana@sim.example", "bob@sim.example"]);
    }
    // Nor where it has gone on.
    let note = eve.commit_note(token.hash());
    world.append_as(&mut eve, token.to_field(), b"more garbage".to_vec(), Some(note)).unwrap();
    let bob = world.engine(people[1]).device().unwrap();
    let state = content::ConversationState { successor_of: eve.log.into(), ..eve.group.state() };
    let welcome = world.insider_founds(&mut eve, LogId([0; 16]), &state, &[bob]);
    world.insider_posts(&eve, bob, inbox_body::Kind::Welcome(welcome));
    world.settle_for(300_000);
    let with_db = world.with_db(people[1], |db| {
        db.query_row("SELECT count(*) FROM logs WHERE log = ?1", [&[0u8; 16][..]], |row| row.get::<_, i64>(0))
    });
    assert_eq!(with_db, Ok(0), "her continuation is refused");
    world.say(people[0], &keys[0], "without her");
    world.settle();
    assert!(world.texts(people[1], &keys[1]).contains(&"without her".to_owned()));
}

/// A second chat between two is read, and nobody looks after who is in it.
#[test]
fn removed_device_says_nothing_more_by_a_second_chat_that_it_opened() {
    let Story { mut world, ana, bob, second, chat, .. } = story(World::new(8_672));
    let at_bob = world.chat(bob, ana);
    world.say(bob, &at_bob, "from bob");
    world.settle();
    let at_second = world.chat(second, ana);
    let mut thief = world.copy_of(second, &at_second);
    world.insider_reaches(second, &mut thief, ana);
    world.sleep(second, i64::MAX / 4);
    let (other, to) = (LogId([0xff; 16]), world.engine(ana).device().unwrap());
    let state = thief.group.state();
    let welcome = world.insider_founds(&mut thief, other, &state, &[to]);
    world.insider_posts(&thief, to, inbox_body::Kind::Welcome(welcome));
    world.settle();
    (thief.group, thief.kv) = thief.founded.take().unwrap();
    (thief.log, thief.counter, thief.cursor) = (other, 0, 1);
    let text = |text: &str| Kind::Text(content::Text { text: text.into(), ..content::Text::default() });
    world.insider_says(&mut thief, vec![1; 16], text("as bob"));
    world.settle();
    assert!(world.texts(ana, &chat).contains(&"as bob".to_owned()), "a device of his, until he removes it");
    world.drop_device(bob, second);
    world.settle_for(300_000);
    world.insider_says(&mut thief, vec![2; 16], text("as bob, still"));
    world.settle();
    world.kill(ana.0);
    world.insider_says(&mut thief, vec![3; 16], text("and again"));
    world.settle_for(120_000);
    let texts = world.texts(ana, &chat);
    assert!(!texts.iter().any(|text| text == "as bob, still" || text == "and again"), "{texts:?}");
    world.say(ana, &chat, "to bob alone");
    world.settle();
    assert!(world.texts(bob, &at_bob).contains(&"to bob alone".to_owned()));
}
