//! What a member can do who keeps no rule: nothing that the others do not see through or survive.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_crypto::{Change, CommitAad};
use casemate_server::store::{Page, Store as _};
use casemate_wire::ids::{Hash32, LogId, MessageId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ClientFrame, FollowLog, PostInbox, TakeKeyPackage};
use prost::Message as _;
use serde_json::json;

use crate::insider::Insider;
use crate::{ClientId, World};

/// Ana's group with Bob and Eve, all friends; Eve is taken over.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    eve: ClientId,
    at_ana: String,
    at_bob: String,
    mallory: Insider,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    world.befriend(bob, eve);
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
    world.say(ana, &at_ana, "hello");
    world.say(bob, &at_bob, "hello from bob");
    world.settle();
    let mallory = world.insider(eve, &at_eve);
    Story { world, ana, bob, eve, at_ana, at_bob, mallory }
}

impl Story {
    /// Both go on talking, and both have all of it once, in one order.
    fn goes_on(&mut self) {
        self.world.settle_for(300_000);
        let (ana, bob) = (self.ana, self.bob);
        for (who, id) in [(ana, self.at_ana.clone()), (bob, self.at_bob.clone())] {
            self.world.say(who, &id, &format!("{} goes on", who.0));
            self.world.settle_for(120_000);
        }
        let (here, there) = (self.world.texts(ana, &self.at_ana), self.world.texts(bob, &self.at_bob));
        assert_eq!(here[here.len() - 2..], [format!("{} goes on", ana.0), format!("{} goes on", bob.0)]);
        assert_eq!(here, there);
    }

    fn members(&mut self) -> Vec<String> {
        let shown = self.world.shown(self.ana, &self.at_ana);
        let members = shown["members"].as_array().unwrap().iter();
        members.map(|member| member["address"].as_str().unwrap().to_owned()).collect()
    }

    fn puts_bob_out(&mut self) {
        let bob = json!({"conversation": self.at_ana, "members": ["bob@sim.example"]});
        self.world.ok(self.ana, "conversation.remove", bob);
        self.world.settle_for(60_000);
    }
}

#[test]
fn garbage_that_leaves_the_write_hash_alone_is_skipped() {
    let mut story = story(1_000);
    let token = story.mallory.group.write_token().unwrap();
    let note = story.mallory.commit_note(token.hash());
    story.world.append(&mut story.mallory, b"garbage".to_vec(), Some(note)).unwrap();
    let before = story.mallory.log;
    story.goes_on();
    let (ana, at_ana) = (story.ana, story.at_ana.clone());
    assert_eq!(story.world.log_of(ana, &at_ana), before, "the log goes on");
}

/// The server wants each remaining reader named once.
#[test]
fn who_says_the_hash_of_a_reader_twice_keeps_nobody_from_being_removed() {
    let mut story = story(1_031);
    let (ana, eve) = (story.ana, story.mallory.id.account);
    let hash: Vec<u8> = story.world.with_db(ana, |db| {
        let sql = "SELECT reader_hash FROM leaves WHERE account = ?1 AND reader_hash IS NOT NULL ORDER BY added_entry DESC";
        db.query_row(sql, [&eve.0[..]], |row| row.get(0)).unwrap()
    });
    for number in 1..3 {
        let reader = Kind::Reader(content::Reader { hash: hash.clone().into(), ..Default::default() });
        story.world.insider_says(&mut story.mallory, vec![number; 16], reader);
    }
    story.world.settle_for(60_000);
    story.puts_bob_out();
    assert_eq!(story.members(), ["ana@sim.example", "eve@sim.example"]);
}

/// Eve says that Bob's reader is hers, too.
#[test]
fn reader_that_another_member_says_is_theirs_ends_with_the_removal_of_its_device() {
    let mut story = story(1_032);
    let bob = story.bob;
    let (log, reader): (Vec<u8>, Vec<u8>) = story.world.with_db(bob, |db| {
        let sql = "SELECT log, reader FROM logs JOIN threads ON threads.active_log = log WHERE threads.name = 'Plans'";
        db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    });
    let hash = Hash32::of(&[&reader]);
    let said = Kind::Reader(content::Reader { hash: hash.into(), ..Default::default() });
    story.world.insider_says(&mut story.mallory, vec![1; 16], said);
    story.world.settle_for(60_000);
    let follow = FollowLog { log: log.into(), reader_secret: reader.into(), ..FollowLog::default() };
    let reads = |world: &mut World| world.ask(Request::FollowLog(follow.clone()));
    assert!(matches!(reads(&mut story.world), Body::Following(_)));
    story.puts_bob_out();
    assert_eq!(story.members(), ["ana@sim.example", "eve@sim.example"]);
    let answer = reads(&mut story.world);
    assert!(matches!(answer, Body::Error(_)), "{answer:?}");
}

#[test]
fn garbage_that_takes_the_write_hash_away_leads_to_a_successor() {
    let mut story = story(1_001);
    let note = story.mallory.commit_note(Hash32([7; 32]));
    // Words on their way at that moment are not lost.
    let (ana, bob) = (story.ana, story.bob);
    story.world.sleep(bob, 5_000);
    let at_bob = story.at_bob.clone();
    story.world.say(bob, &at_bob, "on its way");
    story.world.append(&mut story.mallory, b"garbage".to_vec(), Some(note)).unwrap();
    let at_ana = story.at_ana.clone();
    story.world.say(ana, &at_ana, "also on its way");
    story.goes_on();
    let texts = story.world.texts(ana, &at_ana);
    for text in ["on its way", "also on its way", "hello", "hello from bob"] {
        assert_eq!(texts.iter().filter(|seen| *seen == text).count(), 1, "{texts:?}");
    }
    let notices = story.world.notices(bob, &at_bob);
    assert!(!notices.iter().any(|line| line.contains("removed")), "{notices:?}");
}

#[test]
fn a_true_commit_with_a_false_write_hash_blames_nobody_and_the_group_goes_on() {
    let mut story = story(1_002);
    let aad = CommitAad { previous: story.mallory.last_commit, ..CommitAad::default() };
    let pending = {
        let Insider { group, kv, id, .. } = &mut story.mallory;
        group.commit(kv, id, Change::default(), aad).unwrap()
    };
    let mine = casemate_wire::ids::WriteToken::new([9; 32]);
    let note = story.mallory.commit_note(mine.hash());
    story.world.append(&mut story.mallory, pending.bytes, Some(note)).unwrap();
    {
        let Insider { group, kv, .. } = &mut story.mallory;
        group.merge_pending(kv).unwrap();
    }
    story.goes_on();
    // It may have been the server: nobody is put out without a signature to show for it.
    assert_eq!(story.members(), ["ana@sim.example", "bob@sim.example", "eve@sim.example"]);
    // Eve is still a member: what is written into the old log is read by all alike.
    let body = content::Content {
        counter: story.mallory.counter + 1,
        message_id: vec![1; 16].into(),
        kind: Some(Kind::Text(content::Text { text: "still here".into(), ..content::Text::default() })),
        ..content::Content::default()
    };
    let payload = story.mallory.encrypt(&body.encode_to_vec());
    story.world.append_as(&mut story.mallory, mine.to_field(), payload, None).unwrap();
    story.goes_on();
}

#[test]
fn who_signs_a_commit_that_breaks_a_rule_and_spoils_the_log_is_left_behind() {
    let mut story = story(1_010);
    // It brings a reader for nobody: all skip it, and its signature shows whose it is.
    let previous = story.mallory.last_commit;
    let aad = CommitAad { previous, add_readers: vec![Hash32([8; 32])], ..CommitAad::default() };
    let pending = {
        let Insider { group, kv, id, .. } = &mut story.mallory;
        group.commit_unjudged(kv, id, Change::default(), &aad).unwrap()
    };
    let note = story.mallory.commit_note(Hash32([9; 32]));
    story.world.append(&mut story.mallory, pending.bytes, Some(note)).unwrap();
    story.goes_on();
    assert_eq!(story.members(), ["ana@sim.example", "bob@sim.example"]);
}

#[test]
fn garbage_that_calls_itself_a_proposal_is_an_unreadable_entry() {
    let mut story = story(1_011);
    let before = story.mallory.log;
    let mut garbage = story.mallory.encrypt(b"words");
    // RFC 9420 §6.3: version, wire format, group id with its length, epoch; then the content type.
    let content_type = 2 + 2 + 1 + story.mallory.log.0.len() + 8;
    assert_eq!(garbage[content_type], 1, "an application message");
    garbage[content_type] = 2;
    story.world.append(&mut story.mallory, garbage, None).unwrap();
    story.goes_on();
    let (ana, at_ana) = (story.ana, story.at_ana.clone());
    assert_eq!(story.world.log_of(ana, &at_ana), before, "the log goes on");
    let notices = story.world.notices(ana, &at_ana);
    assert!(notices.iter().any(|line| line.contains("could not be read")), "{notices:?}");
}

#[test]
fn a_reader_that_was_left_out_asks_and_comes_back() {
    let mut story = story(1_003);
    let aad = CommitAad { previous: story.mallory.last_commit, ..CommitAad::default() };
    let pending = {
        let Insider { group, kv, id, .. } = &mut story.mallory;
        group.commit(kv, id, Change::default(), aad).unwrap()
    };
    let bobs = story.world.engine(story.bob).device().unwrap();
    let mut note = story.mallory.commit_note(pending.next_write_hash);
    let kept = story.mallory.readers.iter().filter(|(device, _)| *device != bobs);
    let mut keep: Vec<Hash32> = kept.flat_map(|(_, hashes)| hashes.clone()).collect();
    keep.push(story.mallory.reader.hash());
    keep.sort();
    keep.dedup();
    note.keep_readers = keep.into_iter().map(Into::into).collect();
    story.world.append(&mut story.mallory, pending.bytes, Some(note)).unwrap();
    story.goes_on();
    assert!(story.members().contains(&"bob@sim.example".to_owned()));
}

#[test]
fn repeated_entries_and_welcomes_show_nothing_twice() {
    let mut story = story(1_004);
    let page = Page {
        log: story.mallory.log,
        after: 0,
        up_to: u64::MAX,
        limit_entries: 1_000,
        limit_bytes: 1 << 20,
    };
    let entries = story.world.server.delivery.store().read(&page).unwrap();
    assert!(entries.len() > 3, "{}", entries.len());
    for entry in &entries {
        story.world.append(&mut story.mallory, entry.payload.to_vec(), None).unwrap();
    }
    let token = story.mallory.group.write_token().unwrap();
    for entry in entries.iter().filter(|entry| entry.commit.is_some()) {
        let note = story.mallory.commit_note(token.hash());
        story.world.append(&mut story.mallory, entry.payload.to_vec(), Some(note)).unwrap();
    }
    story.goes_on();
    let texts = story.world.texts(story.bob, &story.at_bob.clone());
    assert_eq!(texts.iter().filter(|text| *text == "hello").count(), 1);
}

#[test]
fn a_welcome_that_is_posted_again_changes_nothing() {
    let mut world = World::new(1_005);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [to_bob], "name": "Plans"}));
    // Caught as it leaves.
    let mut caught = None;
    for _ in 0..2_000 {
        for (_, frame) in &world.clients[ana.0].up {
            if let Some(Request::PostInbox(post)) = ClientFrame::decode(&frame[..]).unwrap().request {
                caught = Some(post);
            }
        }
        if caught.is_some() {
            break;
        }
        world.step();
    }
    let post = caught.expect("a Welcome");
    let again = |world: &mut World, number: u8| {
        let client_id: Bytes = vec![number; 16].into();
        let answer = world.ask(Request::PostInbox(PostInbox { client_id, ..post.clone() }));
        assert!(!matches!(answer, Body::Error(_)), "{answer:?}");
        world.settle();
    };
    again(&mut world, 1);
    again(&mut world, 2);
    world.accept_groups(bob);
    again(&mut world, 3);
    let (at_ana, at_bob) = (world.named(ana, "Plans"), world.named(bob, "Plans"));
    world.say(ana, &at_ana, "one");
    world.settle();
    world.ok(ana, "conversation.remove", json!({"conversation": at_ana, "members": [to_bob]}));
    world.settle();
    world.say(ana, &at_ana, "without bob");
    again(&mut world, 4);
    world.settle_for(120_000);
    assert_eq!(world.texts(bob, &at_bob), ["one"]);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "still friends");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["still friends"]);
}

fn text(text: &str) -> Kind {
    Kind::Text(content::Text { text: text.to_owned(), ..content::Text::default() })
}

#[test]
fn words_about_others_words_change_nothing() {
    let mut story = story(1_006);
    let (ana, bob) = (story.ana, story.bob);
    let (at_ana, at_bob) = (story.at_ana.clone(), story.at_bob.clone());
    let victim = story.world.say(ana, &at_ana, "what ana said");
    story.world.settle();
    let id = MessageId::from_hex(&victim).unwrap().0.to_vec();
    let of = Bytes::from(id.clone());
    let mut says = |id: Vec<u8>, kind: Kind| {
        story.world.insider_says(&mut story.mallory, id, kind);
    };
    says(
        vec![1; 16],
        Kind::Edit(content::Edit { of: of.clone(), text: "forged".into(), mentions: Vec::new() }),
    );
    says(vec![2; 16], Kind::Delete(content::Delete { of: of.clone(), ..Default::default() }));
    says(id.clone(), text("in its place"));
    says(
        vec![3; 16],
        Kind::Receipt(content::Receipt { delivered: u64::MAX, read: u64::MAX, ..Default::default() }),
    );
    says(
        vec![4; 16],
        Kind::Receipt(content::Receipt {
            delivered: 1 << 62,
            read: 0,
            refused: vec![content::Stretch { first: 0, last: u64::MAX }],
            silent: Vec::new(),
            since: u64::MAX,
            missed: vec![content::Stretch { first: 0, last: u64::MAX }],
            ..content::Receipt::default()
        }),
    );
    says(vec![5; 16], Kind::Card(content::Card { display_name: "Ana".into(), ..content::Card::default() }));
    let read = content::OwnRead { log: vec![1; 16].into(), entry: u64::MAX, silent: Vec::new() };
    says(vec![6; 16], Kind::Own(content::Own { kind: Some(content::own::Kind::Read(read)) }));
    let contact = content::OwnContact {
        account: vec![9; 16].into(),
        address: "evil@sim.example".into(),
        standing: 3,
        nickname: Some("Mum".into()),
        ..content::OwnContact::default()
    };
    says(vec![7; 16], Kind::Own(content::Own { kind: Some(content::own::Kind::Contact(contact)) }));
    says(vec![8; 16], Kind::Reader(content::Reader { hash: vec![1; 5].into(), ..Default::default() }));
    says(vec![9; 16], Kind::Manifest(content::NewManifest { signed: vec![0xff; 100].into() }));
    says(
        vec![10; 16],
        Kind::Reaction(content::Reaction { to: of.clone(), emoji: "x".repeat(1_000), ..Default::default() }),
    );
    for (number, emoji) in (12..).zip(["\u{202e}", "👍\u{202e}", "yes", "👍👍"]) {
        says(
            vec![number; 16],
            Kind::Reaction(content::Reaction { to: of.clone(), emoji: emoji.into(), ..Default::default() }),
        );
    }
    says(vec![11; 3], text("an id that is none"));
    story.world.settle_for(120_000);
    for (who, key) in [(ana, &at_ana), (bob, &at_bob)] {
        let messages = story.world.messages(who, key);
        let seen = messages.iter().find(|one| one["message"] == victim.as_str()).unwrap();
        assert_eq!(seen["text"], "what ana said");
        assert_eq!((&seen["deleted"], &seen["edited"]), (&json!(false), &json!(false)));
        assert_eq!(seen["reactions"].as_array().unwrap().len(), 0);
        // Hers of the same id is another message, and what she said of it before it came counts for that alone.
        let placed: Vec<_> = messages.iter().filter(|one| one["text"] == "forged").collect();
        assert_eq!(placed.len(), 1);
        assert_eq!((&placed[0]["from"], &placed[0]["edited"]), (&json!("eve@sim.example"), &json!(true)));
    }
    assert_eq!(story.world.messages(ana, &at_ana).iter().filter(|one| one["state"] == "read").count(), 0);
    let contacts = story.world.ok(bob, "contact.list", json!({}))["contacts"].to_string();
    assert!(!contacts.contains("evil"), "{contacts}");
    story.goes_on();
}

#[test]
fn what_is_too_much_or_unknown_is_shown_as_that() {
    let mut story = story(1_007);
    let (bob, at_bob) = (story.bob, story.at_bob.clone());
    let file = content::Attachment { name: "x".into(), ..content::Attachment::default() };
    let many = content::Text { attachments: vec![file; 1_000], ..content::Text::default() };
    story.world.insider_says(&mut story.mallory, vec![1; 16], Kind::Text(many));
    let long = "x".repeat(50_000);
    story.world.insider_says(&mut story.mallory, vec![2; 16], text(&long));
    // A kind that this version does not know: field 99.
    story.mallory.counter += 1;
    let body = content::Content {
        counter: story.mallory.counter,
        message_id: vec![3; 16].into(),
        ..content::Content::default()
    };
    let unknown = [body.encode_to_vec(), vec![0x9a, 0x06, 0x01, 0x00]].concat();
    let unknown = story.mallory.encrypt(&unknown);
    story.world.append(&mut story.mallory, unknown, None).unwrap();
    // Not a content at all.
    let garbage = story.mallory.encrypt(&[0xff; 50]);
    story.world.append(&mut story.mallory, garbage, None).unwrap();
    // A file whose description cannot be true, and one that claims all there is.
    for (number, size) in [(4, u64::MAX), (5, 0)] {
        let file = content::Attachment {
            kind: content::AttachmentKind::Photo as i32,
            name: "../../etc/passwd\0\u{202e}gpj".into(),
            size_bytes: size,
            padded_bytes: u64::MAX,
            sha256: vec![0; 32].into(),
            blob: vec![0; 16].into(),
            key: vec![0; 32].into(),
            ..content::Attachment::default()
        };
        let message = content::Text { attachments: vec![file], ..content::Text::default() };
        story.world.insider_says(&mut story.mallory, vec![number; 16], Kind::Text(message));
    }
    let timer = content::Text {
        text: "gone in 136 years".into(),
        disappearing_seconds: u32::MAX,
        ..content::Text::default()
    };
    story.world.insider_says(&mut story.mallory, vec![6; 16], Kind::Text(timer));
    // Counters that jump, stand still and end.
    for counter in [story.mallory.counter, 1, 0, story.mallory.counter + 1_000, u64::MAX, i64::MAX as u64] {
        story.mallory.counter = counter.wrapping_sub(1);
        if counter == 0 {
            continue;
        }
        story.world.insider_says(&mut story.mallory, vec![99; 16], text("counted"));
    }
    story.world.settle_for(120_000);
    let messages = story.world.messages(bob, &at_bob);
    let of_eve: Vec<_> = messages.iter().filter(|one| one["from"] == "eve@sim.example").collect();
    let unknown: Vec<_> = of_eve.iter().filter(|one| one["kind"] == "unknown").collect();
    assert_eq!(unknown.len(), 3, "{of_eve:?}");
    assert!(unknown.iter().any(|one| one["text"].as_str().unwrap().contains("Update")));
    assert!(messages.iter().all(|one| one["text"].as_str().unwrap().len() < 1_000));
    let names = serde_json::to_string(&of_eve).unwrap();
    assert!(!names.contains("../") && !names.contains("\\u0000"), "{names}");
    let notices = story.world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("damaged")), "{notices:?}");
    assert!(notices.iter().any(|line| line.contains("did not arrive")), "{notices:?}");
    story.goes_on();
}

#[test]
fn first_words_with_the_last_counter_stop_nobody_who_came_later() {
    let mut world = World::new(1_042);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    world.group("Plans", ana, &[eve]);
    let [at_ana, at_eve] = [ana, eve].map(|who| world.named(who, "Plans"));
    // Bob knows no number of Eve's device.
    world.ok(ana, "conversation.add", json!({"conversation": at_ana, "members": ["bob@sim.example"]}));
    world.sync(ana);
    world.settle();
    world.ok(bob, "conversation.accept", json!({"conversation": at_ana}));
    world.settle_for(60_000);
    let at_bob = world.named(bob, "Plans");
    assert!(world.texts(bob, &at_bob).is_empty(), "he came later");
    let mut mallory = world.insider(eve, &at_eve);
    mallory.counter = i64::MAX as u64 - 1;
    world.insider_says(&mut mallory, vec![7; 16], text("the first and the last"));
    world.settle_for(60_000);
    assert!(world.texts(bob, &at_bob).iter().any(|text| text == "the first and the last"));
    let mut story = Story { world, ana, bob, eve, at_ana, at_bob, mallory };
    story.goes_on();
}

#[test]
fn a_file_of_anothers_message_is_not_deleted_by_who_names_its_blob() {
    let mut story = story(1_008);
    let (ana, bob) = (story.ana, story.bob);
    let (at_ana, at_bob) = (story.at_ana.clone(), story.at_bob.clone());
    let photo = casemate_api::command::AttachmentKind::Photo;
    let file = story.world.stage(ana, photo, "a.jpg", b"bytes");
    let blob = file.blob;
    let sent = story.world.send_files(ana, &at_ana, "", vec![file]);
    story.world.settle();
    let named = content::Attachment { blob: blob.into(), ..content::Attachment::default() };
    for file in
        [named.clone(), content::Attachment { key: vec![1; 32].into(), sha256: vec![1; 32].into(), ..named }]
    {
        let message = content::Text { attachments: vec![file], ..content::Text::default() };
        story.world.insider_says(&mut story.mallory, vec![1; 16], Kind::Text(message));
        story.world.settle();
        let delete = content::Delete { of: vec![1; 16].into(), ..Default::default() };
        story.world.insider_says(&mut story.mallory, vec![2; 16], Kind::Delete(delete));
        story.world.settle();
    }
    story.world.ok(bob, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/a"}));
    assert_eq!(story.world.client(bob).saved["/tmp/a"], b"bytes");
    let _ = at_bob;
}

#[test]
fn welcomes_that_lie_do_no_harm() {
    let mut story = story(1_009);
    let bobs = story.world.engine(story.bob).device().unwrap();
    let good = content::Welcome {
        log: vec![5; 16].into(),
        entry: 1,
        reader_secret: vec![1; 32].into(),
        chain_hash: vec![1; 32].into(),
        joiner: b"not a Welcome".to_vec().into(),
        kind: content::ConversationKind::Group as i32,
        name: "Prize".into(),
        members: u32::MAX,
        group_info: Some(content::welcome::GroupInfo::Inline(b"garbage".to_vec().into())),
        ..content::Welcome::default()
    };
    let log: Bytes = story.mallory.log.into();
    let descriptor = content::Attachment {
        blob: vec![1; 16].into(),
        key: vec![1; 32].into(),
        sha256: vec![1; 32].into(),
        size_bytes: u64::MAX,
        padded_bytes: u64::MAX,
        ..content::Attachment::default()
    };
    let pair = content::ConversationKind::Pair as i32;
    let own = content::ConversationKind::Own as i32;
    let lies = [
        good.clone(),
        good.clone(),
        content::Welcome { entry: u64::MAX, ..good.clone() },
        content::Welcome { log: log.clone(), ..good.clone() },
        content::Welcome { kind: pair, ..good.clone() },
        content::Welcome { log: vec![6; 16].into(), kind: pair, ..good.clone() },
        content::Welcome { log: vec![6; 16].into(), kind: pair, entry: u64::MAX, ..good.clone() },
        content::Welcome { log: vec![7; 16].into(), kind: own, ..good.clone() },
        content::Welcome { log: vec![8; 16].into(), successor_of: log.clone(), ..good.clone() },
        content::Welcome { log: vec![9; 16].into(), kind: 99, ..good.clone() },
        content::Welcome { log: vec![1; 3].into(), ..good.clone() },
        content::Welcome {
            log: vec![10; 16].into(),
            kind: pair,
            group_info: Some(content::welcome::GroupInfo::Blob(descriptor)),
            ..good
        },
    ];
    for lie in lies {
        story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::Welcome(lie));
        story.world.settle();
    }
    let ask = content::AddMeAgain { log: vec![1; 16].into(), tokens: Vec::new(), ..Default::default() };
    story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::AddMeAgain(ask));
    let link =
        content::Link { signed_manifest: story.mallory.id.manifest.clone().into(), tokens: Vec::new() };
    story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::Link(link));
    story.goes_on();
}

#[test]
fn no_member_moves_a_conversation_elsewhere_by_himself() {
    let mut story = story(1_010);
    let bobs = story.world.engine(story.bob).device().unwrap();
    // A group of Eve's own that says that it continues Ana's, with Bob and without Ana.
    let new = LogId([3; 16]);
    let state = content::ConversationState {
        name: "Plans".into(),
        admins: vec![story.mallory.id.account.into()],
        permissions: Some(content::Permissions::default()),
        successor_of: story.mallory.log.into(),
        ..content::ConversationState::default()
    };
    let token = story.mallory.reach.iter().find(|(_, device, ..)| *device == bobs).unwrap().2.clone();
    let suite = story.mallory.group.suite();
    let taken = story.world.ask(Request::TakeKeyPackage(TakeKeyPackage {
        inbox_token: token.into(),
        suite: u32::from(suite.code()),
    }));
    let Body::KeyPackage(package) = taken else { panic!("{taken:?}") };
    let Insider { kv, id, .. } = &mut story.mallory;
    let mut group = casemate_crypto::Conversation::create(kv, id, suite, new, &state).unwrap();
    let change = Change { add: vec![package.key_package.to_vec()], ..Change::default() };
    let aad = CommitAad { add_readers: vec![Hash32([1; 32])], ..CommitAad::default() };
    let pending = group.commit(kv, id, change, aad).unwrap();
    group.merge_pending(kv).unwrap();
    let bundle = content::GroupBundle { group_info: pending.group_info.into(), readers: Vec::new() };
    let welcome = content::Welcome {
        log: new.into(),
        entry: 1,
        reader_secret: vec![1; 32].into(),
        chain_hash: vec![1; 32].into(),
        joiner: pending.welcomes[0].joiner.clone().into(),
        kind: content::ConversationKind::Group as i32,
        name: "Plans".into(),
        members: 2,
        successor_of: story.mallory.log.into(),
        group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
        ..content::Welcome::default()
    };
    story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::Welcome(welcome));
    story.world.settle();
    let notices = story.world.notices(story.bob, &story.at_bob.clone());
    assert!(notices.iter().any(|line| line.contains("tried to continue")), "{notices:?}");
    story.goes_on();
    let _ = story.eve;
}

#[test]
fn an_admin_who_names_thousands_fills_no_conversation() {
    let mut story = story(1_013);
    let (ana, bob) = (story.ana, story.bob);
    let (at_ana, at_bob) = (story.at_ana.clone(), story.at_bob.clone());
    let eve = story.world.address(story.eve);
    story.world.ok(ana, "conversation.set", json!({"conversation": at_ana, "admins_add": [eve]}));
    story.world.settle();
    let entries = story.world.entries(story.mallory.log);
    story.mallory.overhear(&entries);
    let mut state = story.mallory.group.state();
    state.name = "Taken over".into();
    state.admins.extend((0..2_000u16).map(|number| {
        let mut account = vec![0xEE; 16];
        account[..2].copy_from_slice(&number.to_be_bytes());
        Bytes::from(account)
    }));
    let change = Change { state: Some(state), ..Change::default() };
    let aad = CommitAad { previous: story.mallory.last_commit, ..CommitAad::default() };
    let pending = {
        let Insider { group, kv, id, .. } = &mut story.mallory;
        group.commit(kv, id, change, aad).unwrap()
    };
    let note = story.mallory.commit_note(pending.next_write_hash);
    story.world.append(&mut story.mallory, pending.bytes, Some(note)).unwrap();
    story.world.settle();
    assert_eq!(story.world.shown(bob, &at_bob)["name"], "Taken over", "it is within the rules");
    let notices = story.world.notices(bob, &at_bob);
    let told = notices.iter().filter(|line| line.ends_with("is an admin now.")).count();
    assert_eq!(told, 1, "of Eve alone");
}

#[test]
fn a_contact_who_adds_to_hundreds_of_groups_fills_no_list() {
    let mut story = story(1_014);
    let (bob, bobs) = (story.bob, story.world.engine(story.bob).device().unwrap());
    for number in 0..130u8 {
        let mut log = vec![9; 16];
        log[0] = number;
        let welcome = content::Welcome {
            log: log.into(),
            entry: 1,
            reader_secret: vec![1; 32].into(),
            chain_hash: vec![1; 32].into(),
            joiner: b"not a Welcome".to_vec().into(),
            kind: content::ConversationKind::Group as i32,
            name: format!("Prize {number}"),
            members: 2,
            group_info: Some(content::welcome::GroupInfo::Inline(b"garbage".to_vec().into())),
            ..content::Welcome::default()
        };
        story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::Welcome(welcome));
    }
    story.world.settle();
    let requests = story.world.ok(bob, "conversation.requests", json!({}))["requests"].clone();
    assert_eq!(requests.as_array().unwrap().len(), 100);
}
