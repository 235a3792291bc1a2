//! A linked device's whole folder was copied, and whoever has it keeps no rule: its secrets in frames made by hand, with
//! the server on their side.

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::inbox_body;
use casemate_crypto::{Change, CommitAad, CryptoError, DeviceIdentity, SkipReason};
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::manifest::{
    MANIFEST_LABEL, SUCCESSION_LABEL, VerifiedManifest, sign_labelled, succession,
};
use casemate_wire::proto::directory::{Manifest, ManifestDevice, SignedManifest};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, PublishManifest};
use prost::Message as _;
use serde_json::json;

use super::{Story, story};
use crate::insider::Insider;
use crate::{ClientId, World};

/// All that is in a database.
fn cells(world: &mut World, of: ClientId) -> Vec<Vec<u8>> {
    world.with_db(of, |db| {
        let mut tables = db
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
            .unwrap();
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let mut cells = Vec::new();
        for table in tables {
            let mut statement = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for column in 0..columns {
                    if let Ok(cell) = row.get_ref(column).unwrap().as_bytes() {
                        cells.push(cell.to_vec());
                    }
                }
            }
        }
        cells
    })
}

#[test]
fn a_copied_folder_holds_no_key_that_changes_the_account() {
    let mut story = story(World::new(8_500));
    let (bob, second) = (story.bob, story.second);
    let world = &mut story.world;
    let secrets = ["account_secret", "recovery_entropy", "device_secret", "seal_secret"];
    let secrets = secrets.map(|key| world.setting(bob, key));
    let found = |cells: &[Vec<u8>]| {
        let holds =
            |secret: &Vec<u8>| cells.iter().any(|cell| cell.windows(secret.len()).any(|part| part == secret));
        secrets.iter().filter(|secret| holds(secret)).count()
    };
    assert_eq!(found(&cells(world, bob)), secrets.len(), "they are found where they are");
    assert_eq!(found(&cells(world, second)), 0);
}

/// Versions of the account's document as somebody would want them who has a linked device's keys.
fn forgeries(own: &DeviceIdentity, primary: DeviceId) -> Vec<SignedManifest> {
    let known = own.verified_manifest().unwrap();
    let public = own.signing.verifying_key().to_bytes();
    let sign = |document: &Manifest| {
        let manifest: Bytes = document.encode_to_vec().into();
        let signature = sign_labelled(&own.signing, MANIFEST_LABEL, &[&manifest]).into();
        SignedManifest { manifest, signature }
    };
    let next = || {
        let mut document = known.document();
        document.version += 1;
        document.previous_hash = known.hash.into();
        document
    };
    // Another device of theirs; the primary out, in favour of this one; another account key, by force, and by a succession
    // that only the recovery key signs.
    let mut linked = next();
    linked.devices.push(ManifestDevice {
        device: vec![6; 16].into(),
        signature_key: public.to_vec().into(),
        hpke_key_hash: Hash32::of(&[&[6; 1_216]]).into(),
        added_ms: 1,
        primary: false,
    });
    let mut revoked = next();
    revoked.devices.retain(|device| device.device[..] != primary.0);
    revoked.devices[0].primary = true;
    let mut taken = next();
    taken.account_key = public.to_vec().into();
    let mut succeeded = next();
    succeeded.first_account_key = succeeded.account_key.clone();
    succeeded.first_recovery_key = succeeded.recovery_key.clone();
    (succeeded.account_key, succeeded.recovery_key) = (public.to_vec().into(), public.to_vec().into());
    succeeded.successions = vec![succession(&known.account, 0, public, public, &own.signing)];
    assert_eq!(SUCCESSION_LABEL, b"casemate/succession/v1");
    let mut kept = sign(&known.document());
    kept.manifest = known.signed.manifest.clone();
    [linked, revoked, taken, succeeded].iter().map(sign).chain([kept]).collect()
}

#[test]
fn documents_that_a_stolen_device_signs_count_for_nobody() {
    let Story { mut world, ana, bob, cleo, second, group, chat } = story(World::new(8_501));
    let own = world.identity_of(second);
    let primary = world.engine(bob).device().unwrap();
    let forged = forgeries(&own, primary);
    let known_of_bob = |world: &mut World, at: ClientId| -> Vec<u8> {
        world.with_db(at, |db| {
            let sql = "SELECT manifest FROM people WHERE account = ?1";
            db.query_row(sql, [&own.account.0[..]], |row| row.get(0)).unwrap()
        })
    };
    let before =
        [known_of_bob(&mut world, ana), known_of_bob(&mut world, cleo), world.setting(bob, "manifest")];
    // The server as it is refuses them.
    for signed in &forged {
        let device_keys =
            vec![DeviceKeys { device: vec![6; 16].into(), hpke_key: vec![6; 1_216].into(), seal_key: None }];
        let publish = PublishManifest { manifest: Some(signed.clone()), device_keys, proof: None };
        assert!(matches!(world.ask(Request::PublishManifest(publish)), Body::Error(_)));
    }
    // A server that is in on it promises them and shows them to everybody who looks.
    for signed in &forged {
        let (shown, promise) = (signed.clone(), world.promise_of(signed));
        world.tamper = Some(Box::new(move |_, mut frame| {
            if let Some(Body::Manifest(answer)) = &mut frame.body {
                (answer.manifest, answer.promise) = (Some(shown.clone()), Some(promise.clone()));
                answer.shown = None;
            }
            vec![frame]
        }));
        for who in [ana, bob, cleo] {
            world.cut(who.0);
        }
        world.settle_for(30_000);
    }
    world.truth();
    // And the device says them itself, in a conversation, in the account's name.
    let at_second = world.named(second, "Plans");
    let mut thief = world.insider(second, &at_second);
    for signed in &forged {
        let signed = signed.encode_to_vec().into();
        world.insider_says(&mut thief, Vec::new(), Kind::Manifest(content::NewManifest { signed }));
    }
    world.settle_for(600_000);
    let after =
        [known_of_bob(&mut world, ana), known_of_bob(&mut world, cleo), world.setting(bob, "manifest")];
    let versions = |manifests: &[Vec<u8>]| -> Vec<(u64, usize)> {
        let read = |bytes: &Vec<u8>| VerifiedManifest::from_bytes(bytes).unwrap();
        manifests.iter().map(read).map(|manifest| (manifest.version, manifest.devices.len())).collect()
    };
    assert_eq!(versions(&before), versions(&after));
    assert_eq!(before[2], after[2]);
    assert_eq!((world.devices_in(ana, &group), world.devices_in(ana, &chat)), (4, 3));
}

#[test]
fn a_stolen_linked_device_puts_no_sibling_out_of_a_conversation() {
    let Story { mut world, ana, bob, second, group, .. } = story(World::new(8_502));
    let at_second = world.named(second, "Plans");
    let mut thief = world.insider(second, &at_second);
    let primary = world.engine(bob).device().unwrap();
    let leaf = thief.group.members().into_iter().find(|leaf| leaf.device == primary).unwrap().leaf;
    let change = Change { remove: vec![leaf], ..Change::default() };
    let aad = CommitAad { previous: thief.last_commit, ..CommitAad::default() };
    // The rules that every member judges by; those that read it would skip it (`rules::tests::who_may_remove`).
    let refused = thief.group.commit(&thief.kv, &thief.id, change, aad).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::RemoveNotAllowed)), "{refused}");
    // With an account document of its own making as the reason.
    for signed in forgeries(&thief.id.clone(), primary) {
        let change = Change { remove: vec![leaf], ..Change::default() };
        let aad = CommitAad {
            previous: thief.last_commit,
            manifests: vec![signed.encode_to_vec()],
            ..CommitAad::default()
        };
        assert!(thief.group.commit(&thief.kv, &thief.id, change, aad).is_err());
    }
    // With its own word that the account leaves.
    let change = Change { remove: vec![leaf], ..Change::default() };
    let aad = CommitAad {
        previous: thief.last_commit,
        leaves: vec![thief.group.leave_statements(&thief.id)[1].clone()],
        ..CommitAad::default()
    };
    let refused = thief.group.commit(&thief.kv, &thief.id, change, aad).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::RemoveNotAllowed)), "{refused}");
    assert_eq!(world.devices_in(ana, &group), 4);
}

#[test]
fn removing_a_device_reports_a_conversation_as_open_where_the_primary_lost_its_place() {
    let Story { mut world, ana, bob, cleo, second, .. } = story(World::new(8_505));
    let at_second = world.named(second, "Plans");
    let mut thief = world.insider(second, &at_second);
    for who in [ana, cleo] {
        world.sleep(who, i64::MAX / 4);
    }
    // The thief commits, and leaves out the primary's reader: the server serves it nothing more there. One of before does not take it back.
    world.refuse_those_left_out();
    let primary = world.engine(bob).device().unwrap();
    let aad = CommitAad { previous: thief.last_commit, ..CommitAad::default() };
    let pending = {
        let Insider { group, kv, id, .. } = &mut thief;
        group.commit(kv, id, Change::default(), aad).unwrap()
    };
    let mut note = thief.commit_note(pending.next_write_hash);
    let others = thief.readers.iter().filter(|(of, _)| *of != primary);
    let kept: BTreeSet<Hash32> =
        others.flat_map(|(_, hashes)| hashes.clone()).chain([thief.reader.hash()]).collect();
    note.keep_readers = kept.into_iter().map(Into::into).collect();
    world.append(&mut thief, pending.bytes, Some(note)).unwrap();
    world.settle_for(5_000);
    let reached = world.drop_device(bob, second);
    let conversations = reached["conversations"].as_array().unwrap();
    let open: Vec<&str> = conversations
        .iter()
        .filter(|one| one["open"] == true)
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!((open, &reached["open"]), (vec!["Plans"], &json!(1)), "{reached}");
    // The others hear of it by inbox when they come, and put it out.
    for who in [ana, cleo] {
        world.wake(who);
    }
    world.settle_for(600_000);
    let at_ana = world.named(ana, "Plans");
    assert_eq!(world.devices_in(ana, &at_ana), 3);
}

/// Copies of all conversations that a device is in.
fn copies(world: &mut World, of: ClientId) -> Vec<Insider> {
    let all = world.ok(of, "conversation.list", json!({}))["conversations"].clone();
    let ids = all.as_array().unwrap().iter().map(|one| one["conversation"].as_str().unwrap().to_owned());
    ids.map(|id| world.copy_of(of, &id)).collect()
}

fn overheard(world: &mut World, copies: &mut [Insider]) -> usize {
    copies.iter_mut().map(|copy| copy.overhear(&world.entries(copy.log))).sum()
}

#[test]
fn with_all_that_the_server_has_a_copy_reads_until_the_removal_and_nothing_after() {
    let Story { mut world, ana, bob, cleo, second, group, chat } = story(World::new(8_503));
    let mut stolen = copies(&mut world, second);
    assert_eq!(stolen.len(), 3, "the group and two chats");
    world.settle();
    let at_bob = world.chat(bob, cleo);
    let say = |world: &mut World, text: &str| {
        for (who, id) in [(ana, &group), (ana, &chat), (bob, &at_bob)] {
            world.say(who, id, text);
        }
        world.settle();
    };
    say(&mut world, "while it is a device");
    assert!(overheard(&mut world, &mut stolen) >= 3, "it reads what the device may read");
    let reached = world.drop_device(bob, second);
    assert_eq!(reached["open"], 0, "{reached}");
    // What is said in the same second by those who did not see the removal yet is written in no ended epoch.
    overheard(&mut world, &mut stolen);
    for number in 0..20 {
        say(&mut world, &format!("after {number}"));
    }
    assert_eq!(overheard(&mut world, &mut stolen), 0);
}

/// The server takes no removal of Bob's own in the group, where everybody else has a turn some seconds later.
#[test]
fn nobody_who_knows_of_a_removal_writes_a_word_before_the_device_is_out() {
    let Story { mut world, ana, bob, cleo, second, .. } = story(World::new(8_505));
    let (at_cleo, at_second) = (world.named(cleo, "Plans"), world.named(second, "Plans"));
    let mut copy = world.copy_of(second, &at_second);
    world.settle();
    let log = copy.log;
    copy.overhear(&world.entries(log));
    world.sleep(ana, 3_600_000);
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::Append(append)) if from == bob && append.log[..] == log.0 => (None, Vec::new()),
        _ => (Some(frame), Vec::new()),
    }));
    // Cleo hears of it in the chat with Bob, and speaks in the group at once.
    let reached = world.drop_device(bob, second);
    assert_eq!(reached["open"], 1, "{reached}");
    world.say(cleo, &at_cleo, "only for those who are in");
    world.settle_for(1_000);
    assert_eq!(world.devices_in(cleo, &at_cleo), 3, "at once, and not in her turn");
    assert_eq!(copy.overhear(&world.entries(log)), 0);
    world.truth();
    world.wake(ana);
    world.settle();
    let at_ana = world.named(ana, "Plans");
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "only for those who are in");
}

#[test]
fn what_a_removed_device_puts_into_inboxes_is_not_heard() {
    let Story { mut world, ana, bob, second, group, .. } = story(World::new(8_504));
    let at_second = world.named(second, "Plans");
    let thief = world.insider(second, &at_second);
    let targets = [ana, bob].map(|who| world.engine(who).device().unwrap());
    world.drop_device(bob, second);
    world.settle();
    let before = [ana, bob].map(|who| {
        let shown = world.ok(who, "conversation.list", json!({}));
        (shown, world.ok(who, "contact.list", json!({})))
    });
    let again = content::AddMeAgain { log: thief.log.into(), tokens: Vec::new(), ..Default::default() };
    let token = content::DeviceToken { device: thief.id.device.into(), token: vec![1; 16].into() };
    let back =
        content::AddMeAgain { log: thief.log.into(), tokens: vec![token.clone()], ..Default::default() };
    let manifest: Bytes = thief.id.manifest.clone().into();
    let link = content::Link { signed_manifest: manifest, tokens: vec![token] };
    let part =
        content::HistoryPart { number: 0, last: true, done: 1, of: 1, ..content::HistoryPart::default() };
    let targets: Vec<DeviceId> = targets
        .into_iter()
        .filter(|target| thief.reach.iter().any(|(_, device, ..)| device == target))
        .collect();
    assert!(!targets.is_empty(), "it has tokens of somebody");
    for target in targets {
        for kind in [
            inbox_body::Kind::AddMeAgain(again.clone()),
            inbox_body::Kind::AddMeAgain(back.clone()),
            inbox_body::Kind::Link(link.clone()),
            inbox_body::Kind::Linked(content::Linked::default()),
            inbox_body::Kind::History(part.clone()),
        ] {
            world.insider_posts(&thief, target, kind);
        }
    }
    world.settle_for(600_000);
    for (who, (conversations, contacts)) in [ana, bob].into_iter().zip(before) {
        assert_eq!(world.ok(who, "contact.list", json!({})), contacts);
        let now = world.ok(who, "conversation.list", json!({}));
        assert_eq!(
            now["conversations"].as_array().map(Vec::len),
            conversations["conversations"].as_array().map(Vec::len)
        );
    }
    assert_eq!(world.devices_in(ana, &group), 3);
    assert_eq!(world.ok(bob, "device.list", json!({}))["devices"].as_array().unwrap().len(), 1);
}

/// False tokens of the person's other devices, told to these and to a contact, and of the contact's device.
#[test]
fn tokens_that_a_stolen_device_tells_of_others_cut_nobody_off_after_its_removal() {
    let Story { mut world, ana, bob, second, .. } = story(World::new(8_520));
    let third = world.link(bob);
    world.settle_for(120_000);
    let at_second = world.chat(second, ana);
    let notes =
        world.ok(second, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let [anas, first, thirds] = [ana, bob, third].map(|who| world.engine(who).device().unwrap());
    let account = world.identity_of(ana).account;
    let mut copies = [world.copy_of(second, &at_second), world.copy_of(second, &notes)];
    world.sleep(second, i64::MAX / 4);
    let lie = |device: DeviceId| content::DeviceToken { device: device.into(), token: vec![5; 16].into() };
    let card =
        content::Card { tokens: [first, thirds].map(lie).to_vec(), bound: true, ..content::Card::default() };
    world.insider_says(&mut copies[0], Vec::new(), Kind::Card(card));
    let of_ana = content::OwnContact {
        account: account.into(),
        address: "ana@sim.example".into(),
        standing: 3,
        tokens: vec![lie(anas)],
        ..content::OwnContact::default()
    };
    let own = |kind| Kind::Own(content::Own { kind: Some(kind) });
    world.insider_says(&mut copies[1], Vec::new(), own(content::own::Kind::Contact(of_ana)));
    for device in [first, thirds] {
        let told = content::OwnInbox { device: device.into(), token: vec![5; 16].into(), bound: true };
        world.insider_says(&mut copies[1], Vec::new(), own(content::own::Kind::Inbox(told)));
    }
    world.settle();
    world.drop_device(bob, second);
    world.settle_for(300_000);
    let at_ana = world.group("Hers", ana, &[bob]);
    let at_bob = world.group("His", bob, &[ana]);
    world.settle_for(300_000);
    for (who, key, name) in [(ana, &at_ana, "Hers"), (bob, &at_bob, "His")] {
        assert_eq!(world.devices_in(who, key), 3, "{name}");
        world.say(who, key, "to all");
        world.settle_for(60_000);
        for reader in [ana, bob, third] {
            let at = world.named(reader, name);
            assert_eq!(world.texts(reader, &at), ["to all"], "{name}");
        }
    }
}
