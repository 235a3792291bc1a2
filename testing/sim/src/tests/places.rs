//! Who comes back into a conversation, what they read there, and which of several places one is in: servers that were put
//! back, accounts that were restored, second chats and siblings.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_content::proto::inbox_body::Kind;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CommitNote, LogClosed, ServerFrame};
use prost::Message as _;
use rusqlite::params;
use serde_json::json;

use crate::insider::Insider;
use crate::world::URL;
use crate::{ClientId, World};

const DAY_MS: i64 = 86_400_000;

fn own_place(world: &mut World, id: ClientId) -> (String, LogId) {
    let notes = world.ok(id, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let place = world.log_of(id, &notes);
    (notes, place)
}

/// A place of the insider's own, with the Welcome for it in somebody's inbox.
fn invite(
    world: &mut World,
    insider: &mut Insider,
    to: ClientId,
    log: LogId,
    state: &content::ConversationState,
) {
    let device = world.engine(to).device().unwrap();
    let welcome = world.insider_founds(insider, log, state, &[device]);
    world.insider_posts(insider, device, Kind::Welcome(welcome));
    world.settle_for(60_000);
}

/// K10: what one was in once is no way back into what it became.
#[test]
fn who_was_removed_from_where_a_group_went_on_does_not_come_back_by_an_older_place() {
    let mut world = World::new(12_020);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
        world.befriend(one, other);
    }
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
    world.settle();
    let mut eve = world.insider(eve, &at_eve);
    let note = eve.commit_note(Hash32([7; 32]));
    world.append(&mut eve, b"garbage".to_vec(), Some(note)).unwrap();
    world.settle_for(120_000);
    assert_ne!(world.log_of(bob, &at_bob), eve.log);
    world.ok(ana, "conversation.remove", json!({"conversation": at_ana, "members": ["eve@sim.example"]}));
    world.settle_for(60_000);
    let left = world.members(ana, &at_ana);
    for who in [ana, bob] {
        let token: Vec<u8> = world.with_db(who, |db| {
            let of = params![&eve.id.account.0[..], &eve.id.device.0[..]];
            db.query_row("SELECT token FROM reach WHERE account = ?1 AND device = ?2", of, |row| row.get(0))
                .unwrap()
        });
        let tokens = vec![content::DeviceToken { device: eve.id.device.into(), token: token.into() }];
        let ask = content::AddMeAgain { log: eve.log.into(), tokens, ..content::AddMeAgain::default() };
        let device = world.engine(who).device().unwrap();
        world.insider_posts(&eve, device, Kind::AddMeAgain(ask));
    }
    world.settle_for(600_000);
    for (who, id) in [(ana, &at_ana), (bob, &at_bob)] {
        assert_eq!(world.members(who, id), left);
        assert!(!left.contains(&"eve@sim.example".to_owned()));
    }
}

/// A Welcome that was not good yet waits until this device finds the place broken, whoever sends others meanwhile.
#[test]
fn a_welcome_to_another_place_does_not_take_the_true_ones_away() {
    let mut world = World::new(12_040);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
        world.befriend(one, other);
    }
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
    world.settle();
    let mut eve = world.insider(eve, &at_eve);
    world.sleep(bob, 3_600_000);
    let note = eve.commit_note(Hash32([7; 32]));
    world.append(&mut eve, b"garbage".to_vec(), Some(note)).unwrap();
    world.say(ana, &at_ana, "goes on");
    world.settle_for(120_000);
    assert_ne!(world.log_of(ana, &at_ana), eve.log);
    let state = content::ConversationState {
        admins: vec![eve.id.account.into()],
        successor_of: eve.log.into(),
        ..eve.group.state()
    };
    let device = world.engine(bob).device().unwrap();
    for number in 1..3 {
        let welcome = world.insider_founds(&mut eve, LogId([number; 16]), &state, &[device]);
        world.insider_posts(&eve, device, Kind::Welcome(welcome));
    }
    world.wake(bob);
    world.settle_for(10_000);
    let asked = world.ok(bob, "conversation.requests", json!({}));
    assert_eq!(asked["requests"].as_array().map(Vec::len), Some(1), "one at a time: {asked}");
    world.say(bob, &at_bob, "so do I");
    world.settle_for(300_000);
    assert_eq!(world.log_of(bob, &at_bob), world.log_of(ana, &at_ana));
    assert_eq!(world.texts(ana, &at_ana), ["goes on", "so do I"]);
}

/// K12: who comes later gets nothing of before, whatever time the server enters for their coming and whatever it says to have
/// forgotten.
#[test]
fn what_was_said_before_somebody_came_does_not_reach_them_after_a_rollback() {
    let mut world = World::new(12_021);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
        world.befriend(one, other);
    }
    world.group("Plans", ana, &[bob]);
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    world.say(ana, &at_ana, "hello");
    world.settle();
    let log = world.log_of(ana, &at_ana);
    let remembered = world.entries(log).len() as u64;
    world.tamper = Some(Box::new(|_, mut frame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body {
            for entry in page.entries.iter_mut().filter(|entry| entry.commit.is_some()) {
                entry.at_ms = 1;
            }
        }
        vec![frame]
    }));
    world.say(ana, &at_ana, "not for eve");
    world.settle();
    world.ok(ana, "conversation.add", json!({"conversation": at_ana, "members": ["eve@sim.example"]}));
    world.settle();
    world.accept_groups(eve);
    world.settle();
    let at_eve = world.named(eve, "Plans");
    world.say(ana, &at_ana, "for eve, too");
    world.settle();
    // Of this log alone, which has that many entries.
    let head = world.entries(log).len() as u64;
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::Following(following)) = &mut frame.body
            && to == ana
            && following.head == head
        {
            following.head = remembered;
        }
        vec![frame]
    }));
    world.cut(ana.0);
    world.settle_for(300_000);
    let notices = world.notices(ana, &at_ana);
    assert!(notices.iter().any(|line| line.contains("older backup")), "{notices:?}");
    world.tamper = None;
    world.cut(ana.0);
    world.settle_for(600_000);
    world.say(bob, &at_bob, "afterwards");
    world.settle_for(600_000);
    for (who, id) in [(ana, &at_ana), (bob, &at_bob), (eve, &at_eve)] {
        let (texts, notices) = (world.texts(who, id), world.notices(who, id));
        for text in ["for eve, too", "afterwards"] {
            let seen = texts.iter().filter(|seen| *seen == text).count();
            assert_eq!(seen, 1, "{text} at {who:?}: {texts:?} {notices:?}");
        }
    }
    let texts = world.texts(eve, &at_eve);
    assert!(!texts.contains(&"not for eve".to_owned()), "{texts:?}");
}

/// K12: the server tells somebody that it forgot something before it tells them who came.
#[test]
fn what_is_said_again_after_a_rollback_does_not_reach_who_came_meanwhile() {
    let (mut world, [ana, bob, dan], [at_ana, at_bob]) = forgets_for_ana(12_022);
    let at_dan = world.named(dan, "Plans");
    let texts = world.texts(dan, &at_dan);
    assert!(!texts.contains(&"not for dan".to_owned()), "{texts:?}");
    let said = world.messages(ana, &at_ana).into_iter().find(|one| one["text"] == "not for dan").unwrap();
    assert_eq!(said["state"], "failed");
    assert!(said["why"].as_str().is_some_and(|why| why.contains("came after this was said")), "{said}");
    assert_eq!(world.texts(bob, &at_bob).iter().filter(|text| *text == "not for dan").count(), 1);
    // Its author may want it all the same.
    world.ok(ana, "message.reschedule", json!({"message": said["message"]}));
    world.say(ana, &at_ana, "for all");
    world.settle_for(60_000);
    let texts = world.texts(dan, &at_dan);
    assert!(texts.contains(&"not for dan".to_owned()) && texts.contains(&"for all".to_owned()), "{texts:?}");
    assert_eq!(world.texts(bob, &at_bob).iter().filter(|text| *text == "not for dan").count(), 1);
}

/// K29: a second chat between two moves nothing once somebody was heard in the first.
#[test]
fn a_second_chat_with_a_lower_id_moves_no_chat_in_which_the_other_was_heard() {
    let mut world = World::new(12_022);
    let [bob, eve] = ["bob", "eve"].map(|name| world.person(name));
    world.befriend(bob, eve);
    let (at_bob, at_eve) = (world.chat(bob, eve), world.chat(eve, bob));
    world.say(eve, &at_eve, "hello");
    world.say(bob, &at_bob, "hello you");
    world.settle();
    let mut eve = world.insider(eve, &at_eve);
    let before = world.log_of(bob, &at_bob);
    let state = eve.group.state();
    assert_eq!(state.kind(), ConversationKind::Pair);
    let other = LogId([0; 16]);
    invite(&mut world, &mut eve, bob, other, &state);
    assert_eq!(world.log_of(bob, &at_bob), before);
    world.say(bob, &at_bob, "still here");
    world.settle_for(60_000);
    assert_eq!(world.entries(other).len(), 1, "nothing was written to the other chat");
    assert_eq!(world.texts(bob, &at_bob), ["hello", "hello you", "still here"]);
}

/// Who lost their place, and was added again, has forgotten nothing of that.
#[test]
fn chat_in_which_the_other_was_heard_before_one_was_added_again_moves_to_no_lower_id() {
    let mut world = World::new(12_028);
    let [bob, eve] = ["bob", "eve"].map(|name| world.person(name));
    world.befriend(bob, eve);
    let (at_bob, at_eve) = (world.chat(bob, eve), world.chat(eve, bob));
    // So that no other log has as many entries.
    for number in 0..30 {
        world.say(eve, &at_eve, &format!("number {number}"));
    }
    world.settle();
    world.joiners_take_keys();
    let before = world.log_of(bob, &at_bob);
    let head = world.entries(before).len() as u64;
    misses_something(&mut world, head);
    world.cut(bob.0);
    world.settle_for(10_000);
    // What eve says from now on does not reach him.
    world.tamper = Some(Box::new(move |to, frame| match &frame.body {
        Some(Body::LogEntries(page)) if to == bob && page.log == before.0[..] => Vec::new(),
        _ => vec![frame],
    }));
    world.settle_for(600_000);
    assert!(world.entries(before).len() as u64 > head, "bob was added again");
    let mut eve = world.insider(eve, &at_eve);
    let state = eve.group.state();
    invite(&mut world, &mut eve, bob, LogId([0; 16]), &state);
    assert_eq!(world.log_of(bob, &at_bob), before);
}

/// A device that is linked later heard nothing of what was said, and its first device tells it. `told_late`: only when it is in the
/// second chat, as where the first device ran a program of before.
#[test]
fn second_chat_with_a_lower_id_moves_no_device_that_was_linked_after_the_other_was_heard() {
    for told_late in [false, true] {
        let mut world = World::new(12_029 + u64::from(told_late));
        let [bob, eve] = ["bob", "eve"].map(|name| world.person(name));
        world.befriend(bob, eve);
        let (at_bob, at_eve) = (world.chat(bob, eve), world.chat(eve, bob));
        world.say(eve, &at_eve, "hello");
        world.settle();
        let before = world.log_of(bob, &at_bob);
        // Her device would greet the new one.
        world.sleep(eve, i64::MAX / 4);
        let mut eve = world.insider(eve, &at_eve);
        let second = world.link(bob);
        world.settle_for(120_000);
        let at_second =
            world.ok(second, "conversation.create", json!({"members": ["eve@sim.example"]}))["conversation"]
                .as_str()
                .unwrap()
                .to_owned();
        if told_late {
            world.with_db(second, |db| {
                db.execute("DELETE FROM settings WHERE key LIKE 'chat/%'", []).unwrap()
            });
        }
        world.insider_reaches(bob, &mut eve, second);
        // By the token that it gave her: what comes by another's is not heard.
        let (_, _, way, _) = eve.reach.last_mut().unwrap();
        *way = vec![9; 16];
        // The device has no more than its hash.
        let hash = Hash32::of(&[&way[..]]);
        world.with_db(second, |db| {
            let given = "INSERT INTO given(hash, account) VALUES (?1, ?2)";
            db.execute(given, params![&hash.0[..], &eve.id.account.0[..]]).unwrap()
        });
        world.cut(second.0);
        world.settle();
        let (state, other) = (eve.group.state(), LogId([0; 16]));
        invite(&mut world, &mut eve, second, other, &state);
        assert_eq!(world.log_of(second, &at_second), if told_late { other } else { before });
        if told_late {
            // The first device tells a new one all, and the others hear it.
            world.link(bob);
            world.settle_for(120_000);
        }
        let places = [(bob, &at_bob), (second, &at_second)].map(|(who, key)| world.log_of(who, key));
        assert_eq!(places, [before; 2], "told late: {told_late}");
        let written = world.entries(other).len();
        world.say(second, &at_second, "from the second");
        world.settle_for(60_000);
        assert_eq!(world.texts(bob, &at_bob), ["hello", "from the second"]);
        assert_eq!(world.entries(other).len(), written);
    }
}

/// K29: a stolen linked device makes another conversation of own devices.
#[test]
fn a_sibling_moves_the_conversation_of_own_devices_nowhere() {
    let mut world = World::new(12_023);
    let bob = world.person("bob");
    let [second, third] = [world.link(bob), world.link(bob)];
    world.settle_for(120_000);
    let (notes, before) = own_place(&mut world, bob);
    let (at_second, _) = own_place(&mut world, second);
    let mut thief = world.insider(second, &at_second);
    for (log, successor_of) in [(0, bytes::Bytes::new()), (1, before.into())] {
        let state = content::ConversationState { successor_of, ..thief.group.state() };
        invite(&mut world, &mut thief, bob, LogId([log; 16]), &state);
        assert_eq!(own_place(&mut world, bob).1, before);
    }
    let (at_third, _) = own_place(&mut world, third);
    world.say(bob, &notes, "to myself");
    world.settle_for(60_000);
    assert_eq!(world.texts(third, &at_third), ["to myself"]);
}

/// K30: the others learned of the restore first, and dropped the lost device.
#[test]
fn a_restored_account_comes_back_where_its_lost_devices_were_dropped_meanwhile() {
    let mut world = World::new(12_024);
    let [ana, bob, dora] = ["ana", "bob", "dora"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, dora), (bob, dora)] {
        world.befriend(one, other);
    }
    let groups = ["Plans", "Other", "Third"];
    for name in groups {
        world.group(name, ana, &[bob, dora]);
    }
    let at_bob = groups.map(|name| world.named(bob, name));
    world.settle();
    let words = world.ok(ana, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    let account = world.identity_of(ana).account;
    world.settle_for(120_000);
    world.sleep(ana, i64::MAX / 4);
    let new = world.device("ana");
    // Of what she asks of each the first arrives, and all else is long on its way.
    let mut heard = BTreeSet::new();
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::PostInbox(post)) if from == new && !heard.insert(post.inbox_token.clone()) => {
            (None, Vec::new())
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.begin(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words}));
    world.settle_for(600_000);
    let dropped = at_bob.iter().filter(|id| leaves(&mut world, bob, id, account) == 0).count();
    assert!(dropped > 0, "lost devices were dropped");
    world.ears = None;
    world.cut(new.0);
    world.settle_for(DAY_MS);
    for (name, id) in groups.iter().zip(&at_bob) {
        assert_eq!(leaves(&mut world, bob, id, account), 1, "{name}");
        let at_new = world.named(new, name);
        world.say(new, &at_new, "back again");
        world.settle_for(60_000);
        assert_eq!(world.texts(bob, id), ["back again"]);
    }
}

/// How many devices of an account somebody has as members.
fn leaves(world: &mut World, id: ClientId, conversation: &str, account: AccountId) -> usize {
    let log = world.log_of(id, conversation);
    world.with_db(id, |db| {
        let mut rows = db.prepare("SELECT device FROM leaves WHERE log = ?1 AND account = ?2").unwrap();
        let rows =
            rows.query_map(params![&log.0[..], &account.0[..]], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.filter(|row| row.as_ref().is_ok_and(|device| DeviceId::try_from(&device[..]).is_ok())).count()
    })
}

/// Others have what is said again. So a change of it is said to them, and is not a new wording of what nobody has seen.
#[test]
fn what_is_changed_while_it_waits_to_be_said_again_is_changed_for_all() {
    let mut world = World::new(12_023);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.group("Plans", bob, &[ana]);
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    world.settle();
    let log = world.log_of(ana, &at_ana);
    let remembered = world.entries(log).len() as u64;
    let changed = world.say(ana, &at_ana, "at five");
    let deleted = world.say(ana, &at_ana, "never mind");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["at five", "never mind"]);
    world.sleep(bob, DAY_MS);
    claims_to_forget(&mut world, ana, log, remembered);
    world.cut(ana.0);
    world.settle_for(5_000);
    assert_eq!(world.states(ana, &at_ana), ["queued", "queued"]);
    world.ok(ana, "message.edit", json!({"message": changed, "text": "at six"}));
    world.ok(ana, "message.delete", json!({"message": deleted, "for": "everyone"}));
    world.wake(bob);
    world.settle_for(600_000);
    assert_eq!(world.texts(bob, &at_bob), ["at six", ""]);
    let mut own = world.texts(ana, &at_ana);
    own.sort();
    assert_eq!(own, ["", "at six"]);
}

/// The server says to Ana that Bob came in the year 9999. What he asks later is not from before.
#[test]
fn device_that_lost_its_place_comes_back_whatever_time_the_server_told_of_its_coming() {
    let mut world = World::new(12_024);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body
            && to == ana
        {
            for entry in page.entries.iter_mut().filter(|entry| entry.commit.is_some()) {
                entry.at_ms = i64::MAX;
            }
        }
        vec![frame]
    }));
    world.group("Plans", ana, &[bob]);
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    world.settle();
    world.tamper = None;
    let log = world.log_of(bob, &at_bob);
    let closed = ServerFrame { id: 0, body: Some(Body::LogClosed(LogClosed { log: log.into() })) };
    world.send_down(bob.0, closed.encode_to_vec().into());
    world.settle_for(600_000);
    world.say(bob, &at_bob, "here again");
    world.settle();
    assert!(world.texts(ana, &at_ana).contains(&"here again".to_owned()));
}

/// What the server shows as a commit is none. It is told as missing, and not passed over.
#[test]
fn message_that_the_server_marks_as_a_commit_is_told_as_unreadable() {
    let mut world = World::new(12_025);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    world.settle();
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body
            && to == bob
        {
            for entry in &mut page.entries {
                entry.commit = Some(CommitNote { previous: 7, ..CommitNote::default() });
            }
        }
        vec![frame]
    }));
    world.say(ana, &at_ana, "lost");
    world.settle_for(1_000);
    world.tamper = None;
    let notices = world.notices(bob, &at_bob);
    assert!(!world.texts(bob, &at_bob).contains(&"lost".to_owned()));
    assert!(notices.iter().any(|line| line.contains("could not be read")), "{notices:?}");
}

/// To whoever follows a log with so many entries the server says that some of them are there no more.
fn misses_something(world: &mut World, head: u64) {
    world.tamper = Some(Box::new(move |_, mut frame| {
        if let Some(Body::Following(following)) = &mut frame.body
            && following.head == head
        {
            (following.first, following.head) = (head + 2, head + 5);
        }
        vec![frame]
    }));
}

/// The server claims to somebody, once, that it knows no entry of a log after this one.
fn claims_to_forget(world: &mut World, who: ClientId, log: LogId, remembered: u64) {
    let (mut told, head) = (false, world.entries(log).len() as u64);
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::Following(following)) = &mut frame.body
            && to == who
            && following.head == head
            && !std::mem::replace(&mut told, true)
        {
            following.head = remembered;
        }
        vec![frame]
    }));
}

/// Bob brings Dan into the group while Ana is away. Then the server claims to Ana that it forgot what she had said to Bob alone.
fn forgets_for_ana(seed: u64) -> (World, [ClientId; 3], [String; 2]) {
    let mut world = World::new(seed);
    let [ana, bob, dan] = ["ana", "bob", "dan"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, dan), (bob, dan)] {
        world.befriend(one, other);
    }
    world.group("Plans", bob, &[ana]);
    let keys = [ana, bob].map(|who| world.named(who, "Plans"));
    world.say(ana, &keys[0], "hello");
    world.settle();
    let log = world.log_of(ana, &keys[0]);
    let remembered = world.entries(log).len() as u64;
    world.say(ana, &keys[0], "not for dan");
    world.settle();
    world.sleep(ana, 3_600_000);
    world.ok(bob, "conversation.add", json!({"conversation": keys[1], "members": ["dan@sim.example"]}));
    world.settle();
    world.accept_groups(dan);
    world.settle();
    claims_to_forget(&mut world, ana, log, remembered);
    world.wake(ana);
    world.settle_for(600_000);
    let notices = world.notices(ana, &keys[0]);
    assert!(notices.iter().any(|line| line.contains("older backup")), "{notices:?}");
    (world, [ana, bob, dan], keys)
}

/// What somebody appends to a log does not arrive: all of it, or changes alone.
fn swallow(world: &mut World, log: LogId, from: Option<ClientId>) {
    world.ears = Some(Box::new(move |by, frame| match &frame.request {
        Some(Request::Append(append))
            if append.log[..] == log.0 && from.map_or(append.commit.is_some(), |from| from == by) =>
        {
            (None, Vec::new())
        }
        _ => (Some(frame), Vec::new()),
    }));
}

/// A member answers a restored device that asks for a group: it went on, and is a group of hers.
#[test]
fn restored_device_is_asked_whether_its_group_went_on_where_a_member_says() {
    let mut world = World::new(12_026);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
        world.befriend(one, other);
    }
    world.group("Plans", bob, &[ana, eve]);
    let [at_bob, at_eve] = [bob, eve].map(|who| world.named(who, "Plans"));
    world.settle();
    let words = world.ok(ana, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    world.settle_for(120_000);
    let lost = world.log_of(bob, &at_bob);
    world.sleep(ana, i64::MAX / 4);
    world.sleep(bob, DAY_MS);
    swallow(&mut world, lost, Some(eve));
    let new = world.device("ana");
    world.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words}));
    world.settle_for(60_000);
    let mut insider = world.copy_of(eve, &at_eve);
    world.insider_reaches(eve, &mut insider, new);
    world.sleep(eve, i64::MAX / 4);
    world.ears = None;
    let admins = vec![insider.id.account.into()];
    let state = content::ConversationState { admins, successor_of: lost.into(), ..insider.group.state() };
    let hers = LogId([0; 16]);
    invite(&mut world, &mut insider, new, hers, &state);
    let asked = world.ok(new, "conversation.requests", json!({}))["requests"].clone();
    assert_eq!(asked[0]["conversation"], hers.to_hex(), "nobody is in it unasked: {asked}");
    // Also where she believes it, what she lost comes back.
    world.ok(new, "conversation.accept", json!({"conversation": hers.to_hex()}));
    world.wake(bob);
    world.settle_for(DAY_MS);
    let shown = world.ok(new, "conversation.list", json!({}))["conversations"].clone();
    let plans = shown.as_array().unwrap().iter().filter(|one| one["name"] == "Plans");
    let mut others = plans.filter(|one| one["conversation"] != hers.to_hex());
    let at_new = others.next().expect("the group that was lost")["conversation"].as_str().unwrap().to_owned();
    world.say(new, &at_new, "back again");
    world.settle_for(60_000);
    assert_eq!(world.texts(bob, &at_bob), ["back again"]);
}

/// A stolen linked device brings a new one into a group of its own, under the name of one that the new device was told of.
#[test]
fn new_device_that_a_sibling_led_elsewhere_goes_where_the_first_one_is() {
    let mut world = World::new(12_027);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    let second = world.link(bob);
    world.settle_for(120_000);
    let at_second = world.named(second, "Plans");
    world.say(ana, &at_ana, "hello");
    world.settle();
    let log = world.log_of(bob, &at_bob);
    // Nobody comes into the group for a while.
    swallow(&mut world, log, None);
    let third = world.link_with(bob, "all");
    world.settle_for(180_000);
    let at_third = world.named(third, "Plans");
    assert_eq!(world.texts(third, &at_third), ["hello"]);
    let mut thief = world.copy_of(second, &at_second);
    world.insider_reaches(second, &mut thief, third);
    world.sleep(second, i64::MAX / 4);
    let admins = vec![thief.id.account.into()];
    let state = content::ConversationState { admins, successor_of: log.into(), ..thief.group.state() };
    let theirs = LogId([0; 16]);
    invite(&mut world, &mut thief, third, theirs, &state);
    world.ears = None;
    for at in [ana, bob, third] {
        world.cut(at.0);
    }
    world.settle_for(300_000);
    world.drop_device(bob, second);
    world.settle_for(300_000);
    assert_eq!(world.log_of(third, &at_third), log);
    let written = world.entries(theirs).len();
    world.say(third, &at_third, "for ana");
    world.settle_for(60_000);
    assert!(world.texts(ana, &at_ana).contains(&"for ana".to_owned()));
    assert_eq!(world.entries(theirs).len(), written, "nothing goes there");
}

/// K5 for two: the server calls a chat gone, and tells its id to another contact, who gives Bob a chat of theirs for it.
#[test]
fn chat_that_the_server_calls_gone_is_not_given_to_another_contact() {
    let mut world = World::new(12_028);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(bob, eve);
    let (at_ana, at_bob, at_eve) = (world.chat(ana, bob), world.chat(bob, ana), world.chat(eve, bob));
    world.say(ana, &at_ana, "hello");
    world.say(eve, &at_eve, "hello from eve");
    world.settle();
    let mut eve = world.insider(eve, &at_eve);
    let place = world.log_of(bob, &at_bob);
    world.sleep(ana, DAY_MS);
    // It is believed once it was said so often.
    for _ in 0..10 {
        let closed = ServerFrame { id: 0, body: Some(Body::LogClosed(LogClosed { log: place.into() })) };
        world.send_down(bob.0, closed.encode_to_vec().into());
        world.settle_for(1_000);
    }
    let lines = world.notices(bob, &at_bob);
    assert!(lines.iter().any(|line| line.contains("can read no further")), "{lines:?}");
    let state = eve.group.state();
    invite(&mut world, &mut eve, bob, place, &state);
    let thread: Vec<u8> = world.with_db(bob, |db| {
        let of = "SELECT key FROM threads JOIN logs ON threads.id = thread WHERE log = ?1";
        db.query_row(of, [&place.0[..]], |row| row.get(0)).unwrap()
    });
    assert_eq!(LogId::try_from(&thread[..]).unwrap().to_hex(), at_bob, "it is Ana's chat still");
    world.wake(ana);
    world.settle_for(300_000);
    world.say(bob, &at_bob, "for ana");
    world.settle_for(60_000);
    assert_eq!(world.texts(ana, &at_ana), ["hello", "for ana"]);
    world.say(ana, &at_ana, "for bob");
    world.settle_for(60_000);
    assert_eq!(world.texts(bob, &at_bob), ["hello", "for ana", "for bob"]);
}
