//! The search index: what it takes to make it anew for a home of an earlier version, what it weighs, and what it takes to delete so that
//! nothing is left of a text.

use std::time::Duration;

use casemate_sim::older::back_to_41;
use casemate_sim::{ClientId, World};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use crate::engine;
use crate::measured::{ms, timed};

/// Messages that are deleted one by one, and at once.
const DELETED: usize = 100;

/// The indexes as schema 41 had them.
const OLD: &str = "DROP TABLE words; DROP TABLE pairs;
    CREATE VIRTUAL TABLE words USING fts5(folded, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
    CREATE VIRTUAL TABLE pairs USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');
    INSERT INTO words(rowid, folded) SELECT id, text FROM messages WHERE kind = 0;";

pub fn run(messages: usize) {
    let folder = tempfile::tempdir().expect("a folder for a database");
    let mut world = World::new(6);
    let (ida, bo) = (world.person("ida"), engine::person(&mut world, folder.path(), "bo"));
    world.befriend(ida, bo);
    let conversation = world.chat(bo, ida);
    let path = folder.path().join("bo");
    let bytes = || std::fs::metadata(&path).map_or(0, |data| data.len()) >> 20;
    let db = world.client(bo).engine.take().expect("a running engine").into_db();
    fill(&db, messages);
    db.execute_batch(OLD).expect("an old index");
    back_to_41(&db);
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a database");
    let before = bytes();
    println!("\n{messages} messages, {before} MiB with the old index of threes alone.\n");
    println!("|what|ms|");
    println!("|---|---|");
    let ((), time) = timed(|| world.client(bo).engine = Some(engine::engine(db)));
    println!("|the start that drops the old indices|{}|", ms(time));
    world.kill(bo.0);
    let took = busy(&mut world, bo, |world| world.settle_for(3_600_000));
    println!("|all messages put into the new ones, {} MiB|{}|", bytes(), ms(took));
    for (what, text) in [("one has", "number 7777 "), ("all have", "harbour"), ("two letters", "zq")] {
        let took = busy(&mut world, bo, |world| {
            world.ok(bo, "message.search", json!({"text": text}));
        });
        println!("|search for what {what}|{}|", ms(took));
    }
    let page = world.ok(bo, "message.search", json!({"text": "harbour", "limit": 500}));
    let found: Vec<_> = page["messages"].as_array().expect("a list").iter().take(DELETED).collect();
    let busy_one = busy(&mut world, bo, |world| {
        for one in &found {
            world.ok(bo, "message.delete", json!({"message": one["message"], "for": "me"}));
        }
    });
    println!("|delete one|{}|", ms(busy_one / DELETED as u32));
    let cleared = busy(&mut world, bo, |world| {
        world.ok(bo, "conversation.clear", json!({"conversation": conversation}));
    });
    println!("|clear all|{}|", ms(cleared));
}

fn busy(world: &mut World, id: ClientId, work: impl FnOnce(&mut World)) -> Duration {
    let before = world.client(id).busy;
    work(world);
    world.client(id).busy - before
}

/// Texts of words that people use, in the one conversation that there is.
fn fill(db: &rusqlite::Connection, messages: usize) {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let syllables = [
        "ka", "me", "ri", "ton", "sel", "ver", "an", "do", "lis", "pra", "gu", "hen", "st", "ich", "ow", "be",
    ];
    let words: Vec<String> = (0..3_000)
        .map(|_| (0..rng.random_range(1..5)).filter_map(|_| syllables.choose(&mut rng)).copied().collect())
        .collect();
    db.execute_batch("BEGIN").expect("a transaction");
    let mut insert = db
        .prepare(
            "INSERT INTO messages(message, thread, position, account, at_ms, kind, text, state)
             SELECT ?1, id, ?2, pair, ?3, 0, ?4, 4 FROM threads WHERE pair IS NOT NULL",
        )
        .expect("a statement");
    for number in 0..messages {
        let said: Vec<&str> =
            (0..rng.random_range(2..20)).filter_map(|_| words.choose(&mut rng)).map(String::as_str).collect();
        let text = format!("{} harbour number {number} ", said.join(" "));
        let id: [u8; 16] = rng.random();
        insert
            .execute(rusqlite::params![
                &id[..],
                1_000 + number as i64,
                1_700_000_000_000_i64 + number as i64,
                text
            ])
            .expect("a message");
    }
    drop(insert);
    db.execute_batch("UPDATE threads SET next_position = 100000000; COMMIT").expect("a transaction");
}
