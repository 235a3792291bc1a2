//! What connections see: order, pushes, slow readers, refusals.

use bytes::Bytes;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::limits::{IN_FLIGHT, INBOX_SIZES};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckLog, Append, ClientFrame, Commit, ErrorCode, FetchHead, FollowInbox, FollowLog, Hello, Ping,
    PostInbox, ReplaceReader, UnfollowLog,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::connection::OUTBOX_BYTES;
use super::{Goodbye, Output};
use crate::config::{Limits, Policy};
use crate::delivery;
use crate::directory::Outcome;
use crate::refusal::Refusal;
use crate::testing::kit::{Device, Person};
use crate::testing::{Line, World, append, follow, hello_request, open_policy};

#[test]
fn an_append_is_answered_and_pushed_to_all_who_follow() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    let (reader, passer_by) = (world.line(), world.line());
    for id in [line.id, reader.id] {
        let Ok(Body::Following(following)) = world.ask(id, follow(log, 0)) else { panic!() };
        assert_eq!((following.head, following.first), (0, 1));
    }
    let Ok(Body::Appended(appended)) = world.ask(line.id, append(log, 1, b"hi".to_vec())) else { panic!() };
    assert_eq!(appended.entry, 1);
    let [Body::LogEntries(pushed)] = &world.drain(reader.id)[..] else { panic!() };
    assert_eq!((pushed.first, &pushed.entries[0].payload[..], pushed.head), (1, &b"hi"[..], 1));
    assert!(world.drain(passer_by.id).is_empty());
    // A repeat is the first answer, and pushes nothing.
    let Ok(Body::Appended(again)) = world.ask(line.id, append(log, 1, b"hi".to_vec())) else { panic!() };
    assert_eq!(again.entry, 1);
    assert!(world.drain(reader.id).is_empty());
    // Followed no more.
    world.ask(reader.id, Request::UnfollowLog(UnfollowLog { log: log.into() })).unwrap();
    world.ask(line.id, append(log, 2, b"ho".to_vec())).unwrap();
    assert!(world.drain(reader.id).is_empty());
}

#[test]
fn whoever_was_away_catches_up_in_pages_and_goes_on_live() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    for number in 1..=3_000 {
        world.ask(line.id, append(log, number, vec![1; 500])).unwrap();
    }
    let reader = world.line();
    world.ask(reader.id, follow(log, 7)).unwrap();
    assert_eq!(world.entries(reader.id), (8..=3_000).collect::<Vec<_>>());
    world.ask(line.id, append(log, 3_001, vec![1; 500])).unwrap();
    assert_eq!(world.entries(reader.id), [3_001]);
    // Acknowledged by the only reader: not served again.
    let ack = AckLog { log: log.into(), reader_secret: vec![10; 32].into(), up_to: 3_000 };
    world.ask(reader.id, Request::AckLog(ack)).unwrap();
    let again = world.line();
    world.ask(again.id, follow(log, 0)).unwrap();
    assert_eq!(world.entries(again.id), [3_001]);
}

/// A reader that stops reading gets no more than its bound, holds up nobody, and when it reads again has every
/// entry once and in order.
#[test]
fn a_slow_reader_loses_nothing_and_costs_no_more_than_its_bound() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    let (slow, quick) = (world.line(), world.line());
    world.ask(slow.id, follow(log, 0)).unwrap();
    world.ask(quick.id, follow(log, 0)).unwrap();
    let mut numbers = Vec::new();
    for number in 1..=2_000 {
        world.ask(line.id, append(log, number, vec![1; 1_000])).unwrap();
        numbers.extend(world.entries(quick.id));
    }
    assert_eq!(numbers, (1..=2_000).collect::<Vec<_>>());
    assert_eq!(world.server.router.counters().fell_behind, 1);
    let mut waiting = 0;
    for _ in 0..700 {
        waiting += world.server.router.next_frame(slow.id).map_or(0, |frame: Bytes| frame.len());
    }
    assert!(waiting <= OUTBOX_BYTES + 2_000, "{waiting} bytes waited");
}

/// Seeded: readers that read when they like, an appender, connections that come and go.
#[test]
fn every_reader_has_every_entry_once_whatever_the_pace() {
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut world =
            World::new(Policy { limits: Limits { lifted: true, ..Limits::default() }, ..open_policy() });
        let (ana, line) = world.person("ana", 1);
        let log = world.log(&ana, &line, 10);
        let mut readers = Vec::new();
        for _ in 0..4 {
            let reader = world.line();
            world.ask(reader.id, follow(log, 0)).unwrap();
            readers.push((reader, 0u64));
        }
        let mut head = 0;
        for _ in 0..300 {
            for _ in 0..rng.random_range(0..20) {
                head += 1;
                let size = rng.random_range(1..20_000);
                world.ask(line.id, append(log, head, vec![1; size])).unwrap();
            }
            for (reader, have) in &mut readers {
                if rng.random_bool(0.02) {
                    world.server.disconnect(reader.id);
                    *reader = world.line();
                    world.ask(reader.id, follow(log, *have)).unwrap();
                }
                for _ in 0..rng.random_range(0..8) {
                    let Some(frame) = world.take(reader.id) else { break };
                    if let Some(Body::LogEntries(entries)) = frame.body {
                        assert_eq!(entries.first, *have + 1, "seed {seed}");
                        *have += entries.entries.len() as u64;
                    }
                }
            }
        }
        for (reader, have) in readers {
            let rest = world.entries(reader.id);
            assert_eq!(rest, (have + 1..=head).collect::<Vec<_>>(), "seed {seed}");
        }
    }
}

fn commit(log: LogId, previous: u64, client_id: u8, keep: &[[u8; 32]], add: &[[u8; 32]]) -> Request {
    let hashes = |secrets: &[[u8; 32]]| secrets.iter().map(|secret| Hash32::of(&[secret]).into()).collect();
    Request::Append(Append {
        log: log.into(),
        write_token: vec![log.0[0]; 32].into(),
        client_id: vec![client_id; 16].into(),
        payload: b"commit".to_vec().into(),
        commit: Some(Commit {
            previous,
            next_write_hash: Hash32::of(&[&[log.0[0]; 32]]).into(),
            reader_secret: vec![log.0[0]; 32].into(),
            urgent: true,
            add_readers: hashes(add),
            keep_readers: hashes(keep),
        }),
        ..Append::default()
    })
}

#[test]
fn a_reader_that_a_commit_drops_hears_that_and_nothing_after() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    world.ask(line.id, follow(log, 0)).unwrap();
    world.ask(line.id, commit(log, 0, 1, &[], &[[20; 32]])).unwrap();
    let follow_as = |secret: u8| {
        Request::FollowLog(FollowLog {
            log: log.into(),
            reader_secret: vec![secret; 32].into(),
            ..FollowLog::default()
        })
    };
    let joiner = world.line();
    world.ask(joiner.id, follow_as(20)).unwrap();
    assert_eq!(world.entries(joiner.id), [1]);
    // Its one-time secret is replaced while it follows: the follow goes on under the new one.
    let replace = ReplaceReader {
        log: log.into(),
        old_secret: vec![20; 32].into(),
        new_hash: Hash32::of(&[&[21u8; 32]]).into(),
        ..ReplaceReader::default()
    };
    world.ask(joiner.id, Request::ReplaceReader(replace)).unwrap();
    world.ask(line.id, append(log, 5, b"hi".to_vec())).unwrap();
    assert_eq!(world.entries(joiner.id), [2]);

    world.ask(line.id, commit(log, 1, 2, &[[10; 32]], &[])).unwrap();
    world.ask(line.id, append(log, 6, b"secret".to_vec())).unwrap();
    let [Body::LogClosed(closed)] = &world.drain(joiner.id)[..] else { panic!() };
    assert_eq!(closed.log[..], log.0);
    for secret in [20, 21] {
        assert_eq!(world.refused(joiner.id, follow_as(secret)), ErrorCode::ErrorNotAllowed);
    }
    assert_eq!(world.refused(joiner.id, follow(LogId([99; 16]), 0)), ErrorCode::ErrorNotFound);
}

#[test]
fn a_connection_begins_with_a_hello_of_this_version() {
    let mut world = World::open();
    let id = world.server.connect(world.now_ms).unwrap();
    assert_eq!(world.refused(id, Request::Ping(Ping {})), ErrorCode::ErrorInvalid);
    let hello = |version| Request::Hello(Hello { version, software: String::new() });
    let error = world.ask(id, hello(99)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorUnsupportedVersion);
    assert!(error.message.contains("update"), "{}", error.message);
    assert_eq!(world.server.goodbye(id), Some(Goodbye::Version));

    let line = world.line();
    assert!(matches!(world.ask(line.id, Request::Ping(Ping {})), Ok(Body::Done(_))));
    let long = Request::Hello(Hello { version: 1, software: "x".repeat(65) });
    assert_eq!(world.refused(line.id, long), ErrorCode::ErrorInvalid);
    // Again is allowed: token keys change at midnight.
    let Ok(Body::Hello(again)) = world.ask(line.id, hello_request()) else { panic!() };
    assert_eq!(again.challenge, line.hello.challenge);
}

#[test]
fn what_is_not_of_the_protocol_is_answered_then_ends_the_connection() {
    let mut world = World::open();
    let line = world.line();
    // Field 99, after an id: from a later version. The answer names the request.
    world.server.receive(line.id, Bytes::from_static(&[0x08, 0x05, 0x9a, 0x06, 0x00]), 0);
    let frame = world.take(line.id).unwrap();
    assert_eq!(frame.id, 5);
    let Some(Body::Error(error)) = frame.body else { panic!() };
    assert!(error.message.contains("update"), "{}", error.message);
    assert_eq!(world.server.goodbye(line.id), None);
    for _ in 0..9 {
        world.server.receive(line.id, Bytes::from_static(b"\xff\xff"), 0);
        let Some(Body::Error(error)) = world.take(line.id).unwrap().body else { panic!() };
        assert_eq!(error.code(), ErrorCode::ErrorInvalid);
    }
    assert_eq!(world.server.goodbye(line.id), Some(Goodbye::Abuse));
    assert!(!world.server.router.may_read(line.id));
}

/// Random bytes, and good frames with bits flipped: never a panic, always an answer or an end.
#[test]
fn noise_is_answered() {
    use prost::Message;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    let good = [
        append(log, 1, vec![1; 50]),
        follow(log, 0),
        ana.create_account(&[1; 16]),
        ana.request(&line.hello, ana.device.create_inbox()),
    ];
    for round in 0..3_000 {
        let id = world.line().id;
        let mut bytes = if round % 2 == 0 {
            let length = rng.random_range(0..200);
            (0..length).map(|_| rng.random()).collect()
        } else {
            let request = good[rng.random_range(0..good.len())].clone();
            casemate_wire::proto::wire::ClientFrame { id: 3, request: Some(request) }.encode_to_vec()
        };
        for _ in 0..3 {
            if !bytes.is_empty() {
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
        }
        world.server.receive(id, bytes.into(), world.now_ms);
        assert!(world.take(id).is_some(), "round {round}");
        world.server.disconnect(id);
    }
}

#[test]
fn requests_under_way_are_bounded() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    let router = &mut world.server.router;
    for number in 0..IN_FLIGHT as u64 {
        assert!(router.may_read(line.id));
        let Request::Append(request) = append(log, number, vec![]) else { panic!() };
        let frame =
            casemate_wire::proto::wire::ClientFrame { id: number, request: Some(Request::Append(request)) };
        router.frame(line.id, frame, 0);
    }
    assert!(!router.may_read(line.id), "the next would be one too many");
    world.ask(line.id, Request::Ping(Ping {})).unwrap();
    assert!(world.server.router.may_read(line.id));
}

#[test]
fn silence_is_pinged_then_ended() {
    let mut world = World::open();
    let line = world.line();
    let mute = world.server.connect(world.now_ms).unwrap();
    let start_ms = world.now_ms;
    let router = &mut world.server.router;
    router.sweep(start_ms + 20_000);
    assert_eq!(router.goodbye(mute), Some(Goodbye::NoHello));
    assert_eq!(router.goodbye(line.id), None);
    router.sweep(start_ms + 240_000);
    assert!(router.take_ping(line.id) && !router.take_ping(line.id));
    router.sweep(start_ms + 300_000);
    assert!(!router.take_ping(line.id), "once");
    // A pong is a sign of life.
    router.heard(line.id, start_ms + 300_000);
    router.sweep(start_ms + 700_000);
    assert!(router.take_ping(line.id));
    assert_eq!(router.goodbye(line.id), None);
    router.sweep(start_ms + 900_000);
    assert_eq!(router.goodbye(line.id), Some(Goodbye::Silent));
}

#[test]
fn connections_from_one_address_are_bounded() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let mut world = World::new(Policy { limits, ..open_policy() });
    let (first, _) = (world.line(), world.line());
    let refusal = world.server.connect(world.now_ms).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::ErrorRateLimited);
    world.server.disconnect(first.id);
    world.server.connect(world.now_ms).unwrap();
}

#[test]
fn a_connection_that_is_gone_leaves_nothing() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    world.inbox(&ana, &line, [3; 16]);
    let reader = world.line();
    world.ask(reader.id, follow(log, 0)).unwrap();
    world.server.disconnect(reader.id);
    world.ask(line.id, append(log, 1, b"x".to_vec())).unwrap();
    assert_eq!(world.server.router.gauges(), (0, 0, 0));
    // Its slot is used anew; frames for the old one go nowhere.
    let other = world.line();
    assert_eq!(other.id.slot(), reader.id.slot());
    world.server.receive(reader.id, Bytes::from_static(b"\xff"), 0);
    assert!(world.take(other.id).is_none() && world.take(reader.id).is_none());
    assert_ne!(other.hello.challenge, reader.hello.challenge);
}

#[test]
fn names_that_are_taken_are_asked_for_slowly_also_with_an_invitation() {
    use casemate_wire::proto::wire::CreateInvite;
    use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
    let limits = Limits { lookups_per_hour: 40, ..Limits::default() };
    let mut world = World::new(Policy { limits, ..open_policy() });
    let (ana, line) = world.person("ana", 1);
    let create = CreateInvite { secret_hash: Hash32::of(&[&[5u8; 16]]).into(), uses: 50, expires_ms: 0 };
    world.ask(line.id, ana.request(&line.hello, DeviceAsk::CreateInvite(create))).unwrap();
    // Joining counts nothing.
    for seed in 10..40 {
        world.ask(line.id, Person::new(&format!("p{seed}x"), seed).create_account(&[5; 16])).unwrap();
    }
    for seed in 50..60 {
        let taken = Person::new("ana", seed).create_account(&[5; 16]);
        assert_eq!(world.refused(line.id, taken), ErrorCode::ErrorTaken);
    }
    let taken = Person::new("ana", 60).create_account(&[5; 16]);
    assert_eq!(world.refused(line.id, taken), ErrorCode::ErrorRateLimited);
}

/// Nothing is answered meanwhile: what waits for its answer counts.
#[test]
fn names_asked_for_by_invitation_before_the_first_answer_count_all_the_same() {
    let limits = Limits { lookups_per_hour: 40, ..Limits::default() };
    let mut world = World::new(Policy { limits, ..open_policy() });
    world.person("ana", 1);
    let line = world.line();
    for number in 0..30_u8 {
        let request = Some(Person::new("ana", 50 + number).create_account(&[5; 16]));
        let frame = ClientFrame { id: u64::from(number) + 100, request };
        world.server.router.frame(line.id, frame, world.now_ms);
    }
    let asks = world.server.router.take_output(super::Output::default()).asks;
    assert_eq!(asks.len(), 10, "a quarter of an hour's worth");
    assert_eq!(world.drain(line.id).len(), 20);
}

/// One address asks for what is costly, and for nothing to be answered: others are answered meanwhile, and it hears that the server is
/// busy.
#[test]
fn requests_of_one_address_that_wait_for_the_directory_leave_room_for_others() {
    let mut world = World::open();
    let [greedy, other] = ["192.0.2.1", "192.0.2.2"].map(|address| {
        let lines =
            (0..400).map(|_| world.server.router.connect(address.parse().unwrap(), world.now_ms).unwrap());
        lines.collect::<Vec<_>>()
    });
    for id in greedy.iter().chain(&other) {
        world.ask(*id, hello_request()).unwrap();
    }
    let ask = |world: &mut World, id, number: u64| {
        let request = Some(Request::FetchHead(FetchHead { from: vec![number; 8] }));
        world.server.router.frame(id, ClientFrame { id: number, request }, world.now_ms);
    };
    for number in 1..=4 {
        greedy.iter().for_each(|id| ask(&mut world, *id, number));
    }
    other.iter().for_each(|id| ask(&mut world, *id, 1));
    let waits = world.server.router.waiting();
    let asks = world.server.router.take_output(Output::default()).asks;
    assert_eq!((asks.len(), waits.asks), (888 + 400, 888 + 400), "8,000 of work, nine each");
    let busy = greedy.iter().flat_map(|id| world.drain(*id)).filter(|body| match body {
        Body::Error(error) => error.code() == ErrorCode::ErrorRateLimited && error.retry_after_ms > 0,
        _ => false,
    });
    assert_eq!(busy.count(), 1_600 - 888);
    assert!(other.iter().all(|id| world.drain(*id).is_empty()));
    // Who asked may be gone: its place is free again with the answer.
    greedy.iter().for_each(|id| world.server.router.disconnect(*id));
    let (tags, asks): (Vec<u64>, Vec<_>) = asks.into_iter().unzip();
    for (tag, answer) in tags.into_iter().zip(world.server.directory.batch(asks, world.now_ms)) {
        world.server.router.answered(tag, answer);
    }
    assert_eq!(world.server.router.waiting(), super::share::Waiting::default());
    assert!(other.iter().all(|id| world.drain(*id).len() == 1));
}

#[test]
fn costly_requests_are_counted_by_address_and_by_account() {
    use casemate_wire::proto::wire::FetchHistory;
    let limits = Limits { work_per_hour: 4_000, ..Limits::default() };
    let mut world = World::new(Policy { limits, ..open_policy() });
    let (ana, line) = world.person("ana", 1);
    let head = || Request::FetchHead(FetchHead { from: vec![1; 8] });
    let mut answered = 0;
    let refused = loop {
        match world.ask(line.id, head()) {
            Ok(_) => answered += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code(), ErrorCode::ErrorRateLimited);
    assert!((90..=111).contains(&answered), "{answered}: a quarter of an hour's worth");
    world.now_ms += i64::try_from(refused.retry_after_ms).unwrap();
    world.ask(line.id, head()).unwrap();
    // The rest costs the directory alone, and is counted for the account wherever it asks from.
    let limits = Limits { work_per_hour: 40_000, ..Limits::default() };
    let mut world = World::new(Policy { limits, ..open_policy() });
    let (bob, line) = world.person("bob", 2);
    let (_, other) = (ana, world.person("carol", 3));
    let history = |person: &Person, line: &Line| {
        Request::FetchHistory(FetchHistory { proof: Some(person.signed(&person.device, &line.hello, None)) })
    };
    let answered = (0..10).filter(|_| world.ask(line.id, history(&bob, &line)).is_ok()).count();
    assert_eq!(answered, 2);
    assert!(world.ask(other.1.id, history(&other.0, &other.1)).is_ok());
}

/// A log takes 256 MiB at once, more than the largest group writes in an hour. Who may not write there uses nothing of it up, and other
/// logs go on.
#[test]
fn log_that_somebody_fills_takes_so_much_at_once_and_others_go_on() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let (one, other) = (world.log(&ana, &line, 10), world.log(&ana, &line, 11));
    let entry = vec![7; 64 * 1024];
    let stranger = world.line();
    for number in 0..5_000 {
        let Request::Append(mut append) = append(one, number, entry.clone()) else { panic!() };
        append.write_token = vec![99; 32].into();
        assert_eq!(world.refused(stranger.id, Request::Append(append)), ErrorCode::ErrorStale);
    }
    let taken =
        (10_000..15_000).take_while(|number| world.ask(line.id, append(one, *number, entry.clone())).is_ok());
    let taken = taken.count();
    assert!((4_000..=4_096).contains(&taken), "{taken}");
    let refused = world.ask(line.id, append(one, 20_000, entry.clone())).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ErrorRateLimited);
    world.ask(line.id, append(other, 1, entry.clone())).unwrap();
    world.now_ms += i64::try_from(refused.retry_after_ms).unwrap();
    world.ask(line.id, append(one, 20_000, entry)).unwrap();
}

#[test]
fn the_sessions_of_a_device_that_was_dropped_are_closed() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let phone = Device::new(9);
    let publish = ana.publish(&[&phone], |document| document.devices.push(phone.row(false)));
    world.ask(line.id, publish).unwrap();
    let phones = world.line();
    let create = ana.signed(&phone, &phones.hello, Some(phone.create_inbox()));
    world.ask(phones.id, Request::DeviceRequest(create)).unwrap();
    let follow = FollowInbox {
        inbox: phone.inbox.to_vec().into(),
        read_secret: phone.inbox_secret.to_vec().into(),
        after: 0,
    };
    world.ask(phones.id, Request::FollowInbox(follow)).unwrap();
    let publish = ana.publish(&[], |document| {
        document.devices.pop();
    });
    world.ask(line.id, publish).unwrap();
    let [Body::Error(error)] = &world.drain(phones.id)[..] else { panic!() };
    assert_eq!(error.code(), ErrorCode::ErrorNotAllowed);
    assert_eq!(world.server.goodbye(phones.id), Some(Goodbye::Removed));
    assert_eq!(world.server.goodbye(line.id), None);
}

/// A disk that cannot be read for a moment: nobody is told that the conversation is closed, and what is there comes later.
#[test]
fn follow_whose_page_cannot_be_read_goes_on_at_the_next_sweep() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let log = world.log(&ana, &line, 10);
    for number in 1..=3 {
        world.ask(line.id, append(log, number, b"hi".to_vec())).unwrap();
    }
    let reader = world.line();
    let frame = ClientFrame { id: 7, request: Some(follow(log, 0)) };
    world.server.router.frame(reader.id, frame, world.now_ms);
    let mut failed = 0;
    loop {
        let output = world.server.router.take_output(Output::default());
        if output.ops.is_empty() {
            break;
        }
        for mut outcome in world.server.delivery.execute(output.ops, world.now_ms) {
            if matches!(outcome.result, Ok(delivery::Answer::Page(_))) {
                outcome.result = Err(delivery::Refusal::Internal);
                failed += 1;
            }
            world.server.router.delivered(outcome);
        }
    }
    assert_eq!(failed, 1, "asked for again before the sweep");
    let heard = world.drain(reader.id);
    assert!(matches!(&heard[..], [Body::Following(_)]), "{heard:?}");
    world.server.router.sweep(world.now_ms);
    assert!(world.take(reader.id).is_none());
    assert_eq!(world.entries(reader.id), [1, 2, 3]);
    world.ask(line.id, append(log, 4, b"ho".to_vec())).unwrap();
    assert_eq!(world.entries(reader.id), [4]);
}

#[test]
fn inbox_whose_page_cannot_be_read_is_followed_on_at_the_next_sweep() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, [5; 16]);
    let post = |number: u8| {
        Request::PostInbox(PostInbox {
            inbox_token: vec![5; 16].into(),
            client_id: vec![number; 16].into(),
            payload: vec![1; INBOX_SIZES[0]].into(),
        })
    };
    world.ask(line.id, post(1)).unwrap();
    let follow = FollowInbox {
        inbox: ana.device.inbox.to_vec().into(),
        read_secret: ana.device.inbox_secret.to_vec().into(),
        after: 0,
    };
    let reader = world.line();
    let frame = ClientFrame { id: 7, request: Some(Request::FollowInbox(follow)) };
    world.server.router.frame(reader.id, frame, world.now_ms);
    let mut failed = 0;
    loop {
        let output = world.server.router.take_output(Output::default());
        if output.asks.is_empty() {
            break;
        }
        let (tags, asks): (Vec<u64>, Vec<_>) = output.asks.into_iter().unzip();
        for (tag, mut answer) in tags.into_iter().zip(world.server.directory.batch(asks, world.now_ms)) {
            if matches!(answer.result, Ok(Outcome::Page { .. })) {
                answer.result = Err(Refusal::internal());
                failed += 1;
            }
            world.server.router.answered(tag, answer);
        }
    }
    assert_eq!(failed, 1, "asked for again before the sweep");
    assert_eq!(world.drain(reader.id).len(), 1);
    // What comes meanwhile is neither lost nor twice there.
    world.ask(line.id, post(2)).unwrap();
    assert_eq!(world.drain(reader.id), []);
    world.server.router.sweep(world.now_ms);
    assert!(world.take(reader.id).is_none());
    let mut numbers = Vec::new();
    for body in world.drain(reader.id) {
        let Body::InboxItems(items) = body else { panic!("{body:?}") };
        numbers.extend(items.items.iter().map(|item| item.number));
    }
    assert_eq!(numbers, [1, 2]);
}

/// Crowding ends by what others take: who was told not to read meanwhile reads again with its own next frame.
#[test]
fn connection_that_was_paused_where_it_was_crowded_is_woken_though_that_has_ended() {
    let mut world = World::open();
    let line = world.line();
    let router = &mut world.server.router;
    router.send(line.id, vec![0; 20 * 1024].into());
    router.queued_bytes += super::OUTBOXES_BYTES;
    assert!(!router.may_read(line.id));
    router.queued_bytes -= super::OUTBOXES_BYTES;
    router.take_output(super::Output::default());
    router.next_frame(line.id).unwrap();
    assert_eq!(router.take_output(super::Output::default()).ready, [line.id]);
    assert!(router.may_read(line.id));
}

#[test]
fn address_for_which_much_waits_has_less_room_and_no_other_address_has() {
    let mut world = World::open();
    let router = &mut world.server.router;
    let connect =
        |router: &mut super::Router, address: &str| router.connect(address.parse().unwrap(), 0).unwrap();
    let of_one = [(); 2].map(|()| connect(router, "192.0.2.1"));
    let (other, local) = (connect(router, "192.0.2.2"), connect(router, "127.0.0.1"));
    for id in [of_one[0], local] {
        (0..65).for_each(|_| router.send(id, vec![0; 1024 * 1024].into()));
    }
    assert_eq!([of_one[1], other, local].map(|id| router.is_crowded(id)), [true, false, false]);
    router.disconnect(of_one[0]);
    assert!(!router.is_crowded(of_one[1]));
    // Pages count when they are asked for.
    let page = || super::tickets::Ticket {
        connection: other,
        frame: 0,
        weight: 0,
        purpose: super::tickets::Purpose::Page { kind: super::tickets::Kind::Log, slot: 0, serial: 0 },
        place: None,
    };
    let tags: Vec<_> = (0..2_048).map(|_| router.tickets.insert(page())).collect();
    assert!(router.is_crowded(other));
    tags.into_iter().for_each(|tag| drop(router.tickets.take(tag)));
    assert!(!router.is_crowded(other));
}
