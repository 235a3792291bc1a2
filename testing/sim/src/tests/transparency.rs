//! One list of everyone's keys: what honest servers do unseen, and what becomes of those that lie about it.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_api::Command;
use casemate_api::Event;
use casemate_server::directory::LOG_FILE;
use casemate_server::transparency::{Change, Transparency};
use casemate_transparency::label;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::proto::transparency::Shown;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{HeadAnswer, HistoryAnswer, ManifestAnswer};
use serde_json::json;

use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;

/// Sentences that a device said about the list.
pub fn doubts(world: &mut World, id: ClientId) -> Vec<String> {
    let events = world.client(id).events.iter();
    let doubts = events.filter_map(|event| match event {
        Event::LogDoubtful { why, .. } => Some(why.clone()),
        _ => None,
    });
    doubts.collect()
}

fn rows(world: &mut World, id: ClientId, pattern: &str) -> i64 {
    world.with_db(id, |db| {
        db.query_row("SELECT count(*) FROM settings WHERE key GLOB ?1", [pattern], |row| row.get(0)).unwrap()
    })
}

/// What a server would have that shows some of its people another list than the others: a copy of the true one, which
/// goes on differently.
pub struct OtherView(pub Rc<RefCell<Transparency>>);

impl OtherView {
    pub fn of(world: &World) -> Self {
        let folder = world.directory_folder();
        let copy = folder.join("other-view.db");
        let db = rusqlite::Connection::open(folder.join(LOG_FILE)).unwrap();
        db.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        let identity = world.server.directory.identity();
        let mut rng = rand_core::OsRng;
        let log = Transparency::open(Some(&copy), identity.incarnation, identity.key.clone(), &mut rng);
        Self(Rc::new(RefCell::new(log.unwrap())))
    }

    /// An epoch in which somebody's keys are others than they are.
    pub fn forge(&self, handle: &str, now_ms: i64) {
        let name = label(&Handle::parse(handle).unwrap());
        let change = Change { number: 0, name, value: Hash32([66; 32]) };
        assert!(self.0.borrow_mut().publish(&[change], now_ms).unwrap());
    }

    /// From now on this is what somebody is shown.
    pub fn show_to(&self, world: &mut World, victim: ClientId) {
        let (log, now_ms) = (self.0.clone(), world.now_ms);
        let own = label(&Handle::parse(&world.client(victim).name).unwrap());
        world.tamper = Some(Box::new(move |to, mut frame| {
            let mut log = log.borrow_mut();
            match &mut frame.body {
                Some(Body::Head(answer)) if to == victim => {
                    let extensions = log.extensions(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
                    *answer = HeadAnswer { head: Some(log.head(now_ms).unwrap()), extensions };
                }
                Some(Body::Manifest(answer)) if to == victim => {
                    answer.shown = Some(shown(&mut log, answer, now_ms));
                }
                Some(Body::History(answer)) if to == victim => {
                    *answer = HistoryAnswer {
                        head: Some(log.head(now_ms).unwrap()),
                        history: log.history(&own).unwrap(),
                    };
                }
                _ => {}
            }
            vec![frame]
        }));
    }
}

fn shown(log: &mut Transparency, answer: &ManifestAnswer, now_ms: i64) -> Shown {
    let signed = answer.manifest.clone().unwrap();
    let manifest = casemate_wire::manifest::VerifiedManifest::verify(&signed).unwrap();
    log.shown(&label(&manifest.handle), now_ms).unwrap()
}

#[test]
fn honest_lists_are_verified_unseen() {
    let mut world = World::new(1_900);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let pair = world.chat(ana, bob);
    world.say(ana, &pair, "hello");
    world.settle_for(2 * MINUTE_MS);
    let bob2 = world.link(bob);
    world.settle_for(2 * MINUTE_MS);
    world.drop_device(bob, bob2);
    world.say(ana, &pair, "again");
    world.settle_for(2 * MINUTE_MS);
    world.sleep(bob2, 30 * 24 * 60 * MINUTE_MS);
    // Days pass: heads are renewed and own histories looked at.
    world.settle_for(3 * 24 * 60 * MINUTE_MS);
    world.say(ana, &pair, "and again");
    world.settle();
    for id in [ana, bob] {
        assert_eq!(doubts(&mut world, id), Vec::<String>::new());
        assert_eq!(rows(&mut world, id, "log_check/*"), 0, "all contacts were found in the list");
        assert_eq!(rows(&mut world, id, "log_listed/*"), 1, "{id:?} of {ana:?}, {bob:?}");
        assert_eq!(rows(&mut world, id, "log_seen/*"), 0, "all heads were compared");
        assert_eq!(rows(&mut world, id, "log_told/*"), 0);
    }
    let own: Vec<u8> = world.with_db(bob, |db| {
        db.query_row("SELECT value FROM settings WHERE key = 'log_own'", [], |row| row.get(0)).unwrap()
    });
    assert_eq!(own.len(), 8 + 3 * 32, "created, linked, dropped");
}

#[test]
fn two_views_of_the_list_meet_in_a_conversation_and_both_hear_of_it() {
    let mut world = World::restorable(1_901);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle_for(2 * MINUTE_MS);
    // Bob alone is shown a list in which Cleo has other keys; the true one goes on too.
    let other = OtherView::of(&world);
    other.forge("cleo", world.now_ms);
    other.show_to(&mut world, bob);
    let cleo = world.person("cleo");
    world.settle_for(MINUTE_MS);
    for at in [ana, bob, cleo] {
        world.cut(at.0);
    }
    world.settle_for(70 * MINUTE_MS);
    assert_eq!(doubts(&mut world, bob), Vec::<String>::new(), "alone he cannot tell");
    world.say(ana, &at_ana, "hello");
    world.settle_for(2 * MINUTE_MS);
    world.say(bob, &at_bob, "hello");
    world.settle_for(2 * MINUTE_MS);
    for (id, conversation, with) in [(ana, &at_ana, "bob"), (bob, &at_bob, "ana")] {
        let notices = world.notices(id, conversation).join("\n");
        let expected = format!("The server showed you and {with} two different lists of everyone's keys.");
        assert!(notices.contains(&expected), "{with}: {notices}");
        assert!(!doubts(&mut world, id).is_empty());
        // Said once, not with every message.
        assert_eq!(notices.matches("two different lists").count(), 1, "{notices}");
    }
}

#[test]
fn a_version_that_is_hidden_from_somebody_shows() {
    let mut world = World::restorable(1_902);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let ana2 = world.link(ana);
    world.settle_for(2 * MINUTE_MS);
    // Ana drops a device. Bob hears of it from her, and is shown a list in which it is still there.
    let other = OtherView::of(&world);
    other.show_to(&mut world, bob);
    world.drop_device(ana, ana2);
    world.say(ana, &at_ana, "one device less");
    world.settle_for(10 * MINUTE_MS);
    let notices = world.notices(bob, &at_bob).join("\n");
    let hidden = "does not name the keys that are known here of ana";
    assert!(notices.contains(hidden) || notices.contains("two different lists"), "{notices}");
    assert!(!doubts(&mut world, bob).is_empty());
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "one device less");
}

#[test]
fn an_older_document_is_refused_where_the_list_has_a_newer_one() {
    let mut world = World::new(1_903);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let bob2 = world.link(bob);
    world.settle_for(2 * MINUTE_MS);
    let caught: Rc<RefCell<Option<ManifestAnswer>>> = Rc::default();
    let catch = caught.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::Manifest(answer)) = &frame.body {
            catch.replace(Some(answer.clone()));
        }
        vec![frame]
    }));
    let finn = world.person("finn");
    let to_bob = world.address(bob);
    world.ok(finn, "contact.knock", json!({"to": to_bob}));
    let old = caught.borrow().clone().expect("a document with two devices");
    world.tamper = None;
    world.drop_device(bob, bob2);
    world.settle_for(5 * MINUTE_MS);
    // Ana is given the old document under its old, true promise; the proof is of today, since no other would hold.
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::Manifest(answer)) = &mut frame.body
            && to == ana
        {
            *answer = ManifestAnswer { shown: answer.shown.clone(), ..old.clone() };
        }
        vec![frame]
    }));
    let knock = Command::named("contact.knock", json!({"to": to_bob, "note": "hi"}));
    world.command(ana, knock.unwrap(), Vec::new());
    for _ in 0..200 {
        world.step();
    }
    let asked = |world: &mut World| {
        let asked = world.ok(bob, "contact.requests", json!({}));
        asked["requests"].as_array().unwrap().iter().filter(|one| one["from"] == "ana@sim.example").count()
    };
    assert_eq!(asked(&mut world), 0, "nothing was sealed to a device that is gone");
    world.tamper = None;
    world.settle_for(2 * MINUTE_MS);
    assert_eq!(asked(&mut world), 1);
}

#[test]
fn promises_and_proofs_that_are_forged_are_not_taken() {
    for forged in 0..4 {
        let mut world = World::new(1_904 + forged);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.settle_for(2 * MINUTE_MS);
        world.tamper = Some(Box::new(move |to, mut frame| {
            if let Some(Body::Manifest(answer)) = &mut frame.body
                && to == ana
            {
                let flip = |bytes: &mut bytes::Bytes| {
                    let mut bent = bytes.to_vec();
                    bent[3] ^= 1;
                    *bytes = bent.into();
                };
                let shown = answer.shown.as_mut().unwrap();
                match forged {
                    0 => flip(&mut answer.promise.as_mut().unwrap().signature),
                    1 => flip(&mut shown.head.as_mut().unwrap().signature),
                    2 => flip(&mut shown.lookup.as_mut().unwrap().freshness_vrf),
                    _ => flip(&mut shown.lookup.as_mut().unwrap().value),
                }
            }
            vec![frame]
        }));
        let to_bob = world.address(bob);
        let knock = Command::named("contact.knock", json!({"to": to_bob}));
        world.command(ana, knock.unwrap(), Vec::new());
        for _ in 0..200 {
            world.step();
        }
        let asked = world.ok(bob, "contact.requests", json!({}));
        assert_eq!(asked["requests"], json!([]), "forgery {forged}");
    }
}

#[test]
fn somebody_elses_keys_in_ones_own_name_show_within_a_day() {
    let mut world = World::restorable(1_908);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.settle_for(2 * MINUTE_MS);
    // The server enters keys for Ana that are not hers, for all to see.
    let name = label(&Handle::parse("ana").unwrap());
    let db = rusqlite::Connection::open(world.directory_folder().join("directory.db")).unwrap();
    db.execute("INSERT INTO unpublished (name, value, at_ms) VALUES (?1, ?2, 0)", (name.0, [66u8; 32]))
        .unwrap();
    world.settle_for(26 * 60 * MINUTE_MS);
    let doubts = doubts(&mut world, ana).join("\n");
    assert!(doubts.contains("names keys for your account that are not yours"), "{doubts}");
}

#[test]
fn a_list_that_is_renewed_no_more_is_said_to_be_stale() {
    let mut world = World::restorable(1_909);
    let ana = world.person("ana");
    world.settle_for(2 * MINUTE_MS);
    let other = OtherView::of(&world);
    other.show_to(&mut world, ana);
    world.settle_for(30 * 60 * MINUTE_MS);
    let doubts = doubts(&mut world, ana).join("\n");
    assert!(doubts.contains("has not renewed its list of everyone's keys"), "{doubts}");
}

#[test]
fn heads_that_come_while_others_are_asked_about_accuse_nobody() {
    let mut world = World::new(1_920);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let pair = world.chat(ana, bob);
    world.settle_for(2 * MINUTE_MS);
    world.sleep(bob, 24 * 60 * MINUTE_MS);
    // More epochs than one request asks about; what Ana says in each shows the newest head that she knows.
    for number in 0..12 {
        let other = world.person(&format!("other{number}"));
        world.befriend(ana, other);
        world.settle_for(20_000);
        let about = world.chat(ana, other);
        world.say(ana, &about, "hello");
        world.settle_for(20_000);
        for line in 0..8 {
            world.say(ana, &pair, &format!("{number}, {line}"));
        }
        world.settle_for(1_000);
    }
    // A slow network: answers take long, messages come in between.
    world.faults.delay_ms = 900;
    world.wake(bob);
    world.settle_for(10 * MINUTE_MS);
    let at_bob = world.chat(bob, ana);
    assert_eq!(world.texts(bob, &at_bob).len(), 96);
    for id in [ana, bob] {
        assert_eq!(doubts(&mut world, id), Vec::<String>::new());
        assert_eq!(rows(&mut world, id, "log_seen/*"), 0, "all heads were compared");
        assert_eq!(rows(&mut world, id, "log_told/*"), 0);
    }
}

#[test]
fn a_server_that_was_put_back_gets_newer_documents_again_and_nobody_is_warned() {
    let mut world = World::restorable(1_921);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let pair = world.chat(ana, bob);
    world.say(ana, &pair, "kept");
    world.settle_for(2 * MINUTE_MS);
    let backup = world.backup();
    let lost = world.link(ana);
    world.settle_for(2 * MINUTE_MS);
    world.drop_device(ana, lost);
    world.say(ana, &pair, "after the device was removed");
    world.settle_for(2 * MINUTE_MS);
    world.restore(backup);
    world.settle_for(10 * MINUTE_MS);
    for id in [ana, bob] {
        assert_eq!(doubts(&mut world, id), Vec::<String>::new());
        assert_eq!(rows(&mut world, id, "log_told/*"), 0);
        assert_eq!(rows(&mut world, id, "log_check/*"), 0, "all contacts were found in the list");
    }
    let own: Vec<u8> = world.with_db(ana, |db| {
        db.query_row("SELECT value FROM settings WHERE key = 'log_own'", [], |row| row.get(0)).unwrap()
    });
    assert_eq!(own.len(), 8 + 3 * 32, "created, linked, dropped");
    // The next change goes on from there.
    world.link(ana);
    world.settle_for(2 * MINUTE_MS);
    assert_eq!(doubts(&mut world, bob), Vec::<String>::new());
}

/// Ana changes her document while she is cut off from a server that is put back: it comes between older ones that are due again.
#[test]
fn a_document_that_was_sent_before_older_ones_are_due_again_is_published_after_them() {
    let mut world = World::restorable(1_922);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.settle_for(2 * MINUTE_MS);
    let backup = world.backup();
    let lost = world.link(ana);
    world.settle_for(2 * MINUTE_MS);
    world.drop_device(ana, lost);
    world.settle_for(2 * MINUTE_MS);
    world.restore(backup);
    let change = world.begin(ana, "account.set", json!({"knocks": "nobody"}));
    world.answer(ana, change).unwrap();
    world.settle_for(10 * MINUTE_MS);
    assert_eq!(rows(&mut world, ana, "publish/*"), 0);
    assert_eq!(rows(&mut world, ana, "published/*"), 3, "linked, dropped, and who may knock");
    let again = world.link(ana);
    world.settle_for(2 * MINUTE_MS);
    let (here, there) = (world.chat(ana, bob), world.chat(again, bob));
    world.say(ana, &here, "and on");
    world.settle_for(2 * MINUTE_MS);
    assert!(world.texts(again, &there).contains(&"and on".to_owned()), "the next one is taken too");
    assert_eq!(doubts(&mut world, ana), Vec::<String>::new());
}
