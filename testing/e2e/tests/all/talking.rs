//! Calls between real processes: what exists before somebody answers, what is heard and seen afterwards, and what is left.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World, text};
use serde_json::{Value, json};

/// Sockets and threads of a process, as the kernel has them.
struct Body {
    sockets: usize,
    threads: BTreeSet<String>,
}

fn body(member: &Member) -> Body {
    let process = format!("/proc/{}", member.process());
    let links = std::fs::read_dir(format!("{process}/fd")).unwrap();
    let sockets = links
        .filter_map(|link| std::fs::read_link(link.ok()?.path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count();
    let tasks = std::fs::read_dir(format!("{process}/task")).unwrap();
    let threads = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    Body { sockets, threads }
}

/// The process that decodes what a member hears, as the kernel has it: its state, and what it has open.
fn ear(member: &Member) -> Option<(String, Vec<String>)> {
    let parent = format!("PPid:\t{}\n", member.process());
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    processes.into_iter().find_map(|process| {
        let status = std::fs::read_to_string(process.join("status")).ok()?;
        let line = std::fs::read_to_string(process.join("cmdline")).ok()?;
        if !status.contains(&parent) || !line.contains("call-ear") {
            return None;
        }
        Some((status, open_in(&process)?))
    })
}

fn open_in(process: &Path) -> Option<Vec<String>> {
    let links = std::fs::read_dir(process.join("fd")).ok()?;
    let open = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    Some(open.map(|target| target.to_string_lossy().into_owned()).collect())
}

fn rings(member: &Member, call: &str) -> Value {
    member.event("a call", |event| event["type"] == "call.ringing" && event["call"] == *call)
}

/// The call as a device lists it, once it is in one of these states.
fn listed(member: &mut Member, call: &str, states: &[&str]) -> Value {
    member.until(&format!("the call to be {states:?}"), |me| {
        let calls = me.ask("call.list", json!({}));
        let calls = calls["calls"].as_array().unwrap().clone();
        calls
            .into_iter()
            .find(|one| one["call"] == *call && states.iter().any(|state| one["state"] == **state))
    })
}

/// What is heard and seen of somebody, once it is good.
fn hears_of(member: &mut Member, call: &str, who: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
    member.until(what, |me| {
        let stats = me.ask("call.stats", json!({"call": call}));
        let all = stats["participants"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["address"] == *who && good(one))
    })
}

fn tone(heard: &Value, hz: f64) -> bool {
    heard["audio"]["frequency_hz"].as_f64().is_some_and(|found| (found - hz).abs() < 5.0)
}

fn two() -> (World, Member, Member, String, String) {
    let world = World::new();
    let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
    let at_ana = ana.meet(&mut bob);
    let at_bob = bob.pair_with(&ana.address.clone());
    for member in [&mut ana, &mut bob] {
        member.ask("sync", json!({}));
    }
    (world, ana, bob, at_ana, at_bob)
}

#[test]
fn before_the_answer_there_is_no_socket_and_no_thread_and_no_packet() {
    let (_world, mut ana, mut bob, at_ana, at_bob) = two();
    let before = body(&bob);
    let call = text(
        &ana.ask("call.start", json!({"conversation": at_ana, "send": "pattern", "video": true}))["call"],
    );
    let rang = rings(&bob, &call);
    assert_eq!(
        (&rang["from"], &rang["video"], &rang["conversation"]),
        (&json!(ana.address), &json!(true), &json!(at_bob))
    );
    let ringing = body(&bob);
    assert_eq!(ringing.sockets, before.sockets, "the server's connection and nothing else");
    assert!(!ringing.threads.contains("call"), "{:?}", ringing.threads);
    assert_eq!(bob.refused("call.stats", json!({"call": call})).kind, "not_found");
    bob.ask("call.decline", json!({"call": call}));
    let declined = body(&bob);
    assert_eq!((declined.sockets, declined.threads.contains("call")), (before.sockets, false));
    assert_eq!(listed(&mut bob, &call, &["going_on"])["outcome"], "declined");
    // She hears nothing of it, and gives up.
    ana.ask("call.leave", json!({"call": call}));
    listed(&mut bob, &call, &["over"]);
    assert_eq!(ana.refused("call.leave", json!({"call": call})).kind, "not_found");
    // What was given up before it was heard is in the list, and in the conversation.
    let call = text(&ana.ask("call.start", json!({"conversation": at_ana}))["call"]);
    rings(&bob, &call);
    ana.ask("call.leave", json!({"call": call}));
    assert_eq!(listed(&mut bob, &call, &["over"])["outcome"], "cancelled");
    let lines = bob.messages(&at_bob);
    assert!(lines.iter().any(|line| line["text"] == "You missed a call from ana."), "{lines:?}");
}

#[test]
fn a_tone_and_a_film_go_both_ways() {
    let (_world, mut ana, mut bob, at_ana, _) = two();
    let before = body(&bob);
    let call = text(&ana.ask("call.start", json!({"conversation": at_ana, "send": "tone:660"}))["call"]);
    rings(&bob, &call);
    bob.ask("call.answer", json!({"call": call, "send": "pattern"}));
    let (at_ana, at_bob) = (ana.address.clone(), bob.address.clone());
    hears_of(&mut bob, &call, &at_ana, "a tone of 660 Hz", |heard| tone(heard, 660.0));
    let seen = hears_of(&mut ana, &call, &at_bob, "a tone and a film", |heard| {
        tone(heard, 440.0) && heard["video"]["frames"].as_u64() > Some(30)
    });
    assert_eq!((&seen["video"]["width"], &seen["video"]["height"]), (&json!(320), &json!(180)));
    assert!(seen["audio"]["frames"].as_u64() > Some(50), "{seen}");
    assert!(seen["audio"]["lost"].as_u64() <= Some(5), "on loopback nothing is lost: {seen}");
    assert!(body(&bob).threads.contains("call"));
    // What decodes is behind walls (seccomp's filter), and has its pipes, and what whoever began all this left open.
    let (status, open) = ear(&bob).expect("a process that listens");
    assert!(status.contains("Seccomp:\t2\n"), "{status}");
    let left = open_in(Path::new("/proc/self")).unwrap();
    let is_nothing =
        |target: &String| target.starts_with("pipe:") || target == "/dev/null" || left.contains(target);
    assert!(open.iter().all(is_nothing), "{open:?}");
    bob.ask("call.leave", json!({"call": call}));
    listed(&mut ana, &call, &["over"]);
    // Nothing is left of it.
    for member in [&mut ana, &mut bob] {
        member.until("the call's thread to end", |me| (!body(me).threads.contains("call")).then_some(()));
    }
    assert_eq!(body(&bob).sockets, before.sockets);
    assert!(ear(&bob).is_none());
}

/// For whoever died the others wait 40 s.
#[test]
fn whoever_s_program_ends_leaves_the_call() {
    let (_world, mut ana, mut bob, at_ana, _) = two();
    for end in [Person::stop, Person::stop_by_signal] {
        let call = text(&ana.ask("call.start", json!({"conversation": at_ana}))["call"]);
        rings(&bob, &call);
        bob.ask("call.answer", json!({"call": call, "send": "tone:440"}));
        let address = bob.address.clone();
        hears_of(&mut ana, &call, &address, "a tone", |heard| tone(heard, 440.0));
        let home = bob.home().to_owned();
        let ended = Instant::now();
        end(bob.into_person());
        listed(&mut ana, &call, &["over"]);
        assert!(ended.elapsed() < Duration::from_secs(10), "{:?}", ended.elapsed());
        bob = Member::of(Person::start(&home));
    }
}

#[test]
fn a_call_goes_on_however_often_it_is_asked_for_its_numbers() {
    let (_world, mut ana, mut bob, at_ana, _) = two();
    let call = text(&ana.ask("call.start", json!({"conversation": at_ana, "send": "tone:660"}))["call"]);
    rings(&bob, &call);
    bob.ask("call.answer", json!({"call": call}));
    let at_ana = ana.address.clone();
    let before = hears_of(&mut bob, &call, &at_ana, "a tone of 660 Hz", |heard| tone(heard, 660.0));
    let stats = |id| json!({"jsonrpc": "2.0", "id": format!("n{id}"), "method": "call.stats", "params": {"call": call}});
    let answers = bob.ask_raw(&Value::from((0..200).map(stats).collect::<Vec<_>>()).to_string());
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 200);
    let kind = |answer: &Value| answer["error"]["data"]["kind"].clone();
    assert!(answers.iter().all(|answer| answer["result"].is_object() || kind(answer) == "rate_limited"));
    let more = before["audio"]["frames"].as_u64().unwrap() + 100;
    hears_of(&mut bob, &call, &at_ana, "the call to go on", |heard| {
        heard["audio"]["frames"].as_u64() > Some(more) && tone(heard, 660.0)
    });
    assert_eq!(listed(&mut ana, &call, &["in", "over"])["state"], "in");
}

#[test]
fn who_comes_is_heard_and_who_is_removed_is_not() {
    let world = World::new();
    let (mut ana, mut bob, mut eve) = (world.join("ana"), world.join("bob"), world.join("eve"));
    ana.meet(&mut bob);
    ana.meet(&mut eve);
    let group = ana.group("walkers", &mut [&mut bob]);
    let call = text(&ana.ask("call.start", json!({"conversation": group, "send": "tone"}))["call"]);
    rings(&bob, &call);
    bob.ask("call.answer", json!({"call": call, "send": "tone:880"}));
    let (at_ana, at_bob, at_eve) = (ana.address.clone(), bob.address.clone(), eve.address.clone());
    hears_of(&mut ana, &call, &at_bob, "bob's tone", |heard| tone(heard, 880.0));
    // An epoch later, with somebody more.
    ana.ask("conversation.add", json!({"conversation": group, "members": [at_eve]}));
    eve.accept_group(&group);
    listed(&mut eve, &call, &["going_on"]);
    eve.ask("call.answer", json!({"call": call, "send": "tone:1200"}));
    hears_of(&mut bob, &call, &at_eve, "eve's tone", |heard| tone(heard, 1_200.0));
    hears_of(&mut eve, &call, &at_bob, "bob's tone", |heard| tone(heard, 880.0));
    let before = hears_of(&mut bob, &call, &at_ana, "ana's tone", |heard| tone(heard, 440.0));
    // And another one, in which she is no more.
    ana.ask("conversation.remove", json!({"conversation": group, "members": [at_eve]}));
    listed(&mut eve, &call, &["over"]);
    let more = before["audio"]["frames"].as_u64().unwrap() + 100;
    hears_of(&mut bob, &call, &at_ana, "the call to go on", |heard| {
        heard["audio"]["frames"].as_u64() > Some(more) && tone(heard, 440.0)
    });
    let stats = bob.ask("call.stats", json!({"call": call}));
    assert!(
        !stats["participants"].as_array().unwrap().iter().any(|one| one["address"] == *at_eve),
        "{stats}"
    );
}
