//! What an attack costs those who are attacked: how long a copied folder reads on, and what it takes to put a lost device
//! out of everything. On the simulation's clock, so that weeks pass in seconds; only `cpu` is this machine's.

use std::time::Instant;

use casemate_sim::{ClientId, World, healing, receipts, removal};
use serde_json::json;

const HOUR_MS: i64 = 3_600_000;

/// When within the week that a leaf keeps its keys the copy is made.
const COPIED_AFTER_HOURS: [i64; 4] = [1, 42, 84, 160];

/// People who say nothing.
const QUIET: usize = 10;

/// How many messages a copied folder reads before it is blind, in a group of five.
pub fn healing(a_day: &[usize]) {
    println!(
        "Entries (messages and receipts) that a copy of a device's folder reads until the device's leaf has healed by itself.\n"
    );
    println!("|messages a day|device|read, least|mean|most|blind after, most (hours)|cpu (s)|");
    println!("|-:|-|-:|-:|-:|-:|-:|");
    for a_day in a_day {
        for stays in [true, false] {
            let begun = Instant::now();
            let runs: Vec<healing::Blind> = (0..)
                .zip(COPIED_AFTER_HOURS)
                .map(|(seed, hours)| healing::until_blind(70 + seed, 5, *a_day, hours * HOUR_MS, stays))
                .collect();
            let read: Vec<usize> = runs.iter().map(|run| run.messages).collect();
            let (least, most) = (read.iter().min().unwrap_or(&0), read.iter().max().unwrap_or(&0));
            let mean = read.iter().sum::<usize>() / read.len();
            let hours = runs.iter().map(|run| run.after_ms).max().unwrap_or(0) / HOUR_MS;
            let device = if stays { "stays connected" } else { "offline at night" };
            let cpu = begun.elapsed().as_secs();
            println!("|{a_day}|{device}|{least}|{mean}|{most}|{hours}|{cpu}|");
        }
    }
    let days = 14;
    let quiet = healing::quiet(79, QUIET, days);
    let a_day = |bytes: usize| bytes / days / QUIET;
    println!(
        "\nWhat new keys cost {QUIET} people, one device each, in one group of all and {} chats, who say nothing for {days} days: {} commits.\n",
        QUIET - 1,
        quiet.commits
    );
    println!("|bytes a day|of a device|of ten million devices|");
    println!("|-|-:|-:|");
    let row = |what: &str, bytes: usize| {
        let bytes = a_day(bytes);
        println!("|{what}|{bytes}|{:.1} TB|", bytes as f64 * 1e7 / 1e12);
    };
    row("commits sent", quiet.commit_up_bytes);
    row("commits received", quiet.commit_down_bytes);
    row("key packages sent", quiet.package_bytes);
    row("everything sent", quiet.up_bytes);
    row("everything received", quiet.down_bytes);
}

/// What a message costs in groups of these sizes, and what it costs where each member writes one; beside it receipts as entries for
/// all, as they were before.
pub fn groups(sizes: &[usize]) {
    println!("What messages cost in a group, receipts included, until their authors read \"read\".\n");
    println!(
        "|people|messages|receipts|entries|pushes a member and message|put|fetched|down a member and message (B)|up (B)|read after (s)|engines' cpu (s)|"
    );
    println!("|-:|-:|-|-:|-:|-:|-:|-:|-:|-:|-:|");
    for people in sizes {
        for entries in [false, true] {
            // The square of a thousand is not measured: it takes an hour, and as much memory.
            if entries && *people > 200 {
                continue;
            }
            let mut group = receipts::Group::begin(90, *people, entries);
            for authors in [1, *people] {
                let cost = group.write(authors);
                let each = (cost.people * cost.messages) as f64;
                let kind = if entries { "entries" } else { "beside readers" };
                println!(
                    "|{}|{}|{kind}|{}|{:.2}|{}|{}|{:.0}|{:.0}|{:.0}|{:.1}|",
                    cost.people,
                    cost.messages,
                    cost.entries,
                    cost.pushes as f64 / each,
                    cost.put,
                    cost.fetched,
                    cost.down_bytes as f64 / each,
                    cost.up_bytes as f64 / each,
                    cost.read_after_ms as f64 / 1_000.0,
                    cost.busy.as_secs_f64()
                );
            }
        }
    }
}

/// `people` ask by a group's link within a minute; its maker sees them and approves them together.
pub fn joining(people: usize) {
    println!("{people} people ask by a group's link within a minute, and are approved together.\n");
    let mut world = World::new(91);
    let ana = world.person("ana");
    let at_ana = world.group("Garden", ana, &[]);
    let link = world.ok(ana, "group.link", json!({"conversation": at_ana}))["link"].clone();
    let others: Vec<ClientId> = (0..people).map(|number| world.person(&format!("p{number}x"))).collect();
    world.settle();
    println!(
        "|what|after (s)|maker's engine (s)|an asker's engine, mean (ms)|all engines, server and network (s)|"
    );
    println!("|-|-:|-:|-:|-:|");
    let stage = |world: &mut World, what: &str, done: &dyn Fn(&mut World) -> bool| {
        let (began, wall) = (world.now_ms, Instant::now());
        let busy = |world: &mut World, who: &[ClientId]| -> f64 {
            who.iter().map(|one| world.client(*one).busy.as_secs_f64()).sum()
        };
        let before = [busy(world, &[ana]), busy(world, &others)];
        while !done(world) && world.now_ms - began < HOUR_MS {
            world.settle_for(1_000);
        }
        let after = [busy(world, &[ana]), busy(world, &others)];
        let after_s = (world.now_ms - began) as f64 / 1_000.0;
        let mean_ms = (after[1] - before[1]) * 1_000.0 / people as f64;
        let all_s = wall.elapsed().as_secs_f64();
        println!("|{what}|{after_s:.0}|{:.2}|{mean_ms:.1}|{all_s:.1}|", after[0] - before[0]);
    };
    for some in others.chunks(people.div_ceil(60)) {
        for one in some {
            world.begin(*one, "contact.knock", json!({"to": link}));
        }
        world.settle_for(1_000);
    }
    stage(&mut world, "all are shown", &|world| {
        let asked = world.ok(ana, "group.asked", json!({}));
        asked["requests"].as_array().is_some_and(|asked| asked.len() == people)
    });
    world.begin(ana, "group.approve", json!({"conversation": at_ana}));
    stage(&mut world, "all are in, and see the group", &|world| {
        others.iter().all(|one| {
            let listed = world.ok(*one, "conversation.list", json!({}));
            listed["conversations"].as_array().is_some_and(|listed| !listed.is_empty())
        })
    });
}

/// A lost device is put out of `groups` groups of `people` each.
pub fn removal(groups: usize, people: usize) {
    println!(
        "One device removed from {groups} groups of {people} people and as many chats, all connected.\n"
    );
    println!(
        "|delay each way (ms)|conversations|commits|in vain|bytes a commit|primary sent (kB)|report (ms)|still open then|all closed (ms)|primary's cpu (ms)|another's (ms)|cpu of all (s)|"
    );
    println!("|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|");
    for delay_ms in [20, 200] {
        let begun = Instant::now();
        let removed = removal::measure(80, groups, people, delay_ms);
        println!(
            "|up to {delay_ms}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|",
            removed.conversations,
            removed.commits,
            removed.in_vain,
            removed.commit_bytes / removed.commits.max(1),
            removed.sent_bytes / 1_000,
            removed.reported_ms,
            removed.open,
            removed.closed_ms,
            removed.primary_busy.as_millis(),
            removed.other_busy.as_millis(),
            begun.elapsed().as_secs()
        );
    }
}
