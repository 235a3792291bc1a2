//! What only own devices may say to each other, said by everybody else: every kind by every sender, in every place where
//! they can write.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::own;
use serde_json::{Value, json};

use crate::insider::Insider;
use crate::{ClientId, World};

/// One of every kind, all about things that Bob has. A new kind does not compile before it has a place here.
fn every_kind(log: &[u8], message: &[u8], account: &[u8], device: &[u8]) -> Vec<own::Kind> {
    use own::Kind as K;
    let log = || log.to_vec().into();
    let message = || message.to_vec().into();
    let account = || account.to_vec().into();
    let file = content::Attachment { name: "x".into(), ..content::Attachment::default() };
    let mut next = Some(K::Contact(content::OwnContact {
        account: account(),
        address: "evil@sim.example".into(),
        standing: 3,
        nickname: Some("Liar".into()),
        blocked: Some(true),
        verified_key: vec![1; 32].into(),
        verified_ms: 1,
        looked: vec![1; 32].into(),
        ..content::OwnContact::default()
    }));
    let mut all = Vec::new();
    while let Some(kind) = next {
        next = match &kind {
            K::Contact(_) => {
                Some(K::Read(content::OwnRead { log: log(), entry: u64::MAX, silent: Vec::new() }))
            }
            K::Read(_) => Some(K::Inbox(content::OwnInbox {
                device: device.to_vec().into(),
                token: vec![1; 16].into(),
                bound: true,
            })),
            K::Inbox(_) => Some(K::Marks(content::OwnMarks {
                log: log(),
                pinned: Some(true),
                archived: Some(true),
                muted_until_ms: Some(i64::MAX),
                unread: Some(true),
                folder: Some("Eve's".into()),
                accepted: Some(false),
                strict: Some(2),
                ..content::OwnMarks::default()
            })),
            K::Marks(_) => Some(K::Draft(content::OwnDraft {
                log: log(),
                text: "not mine".into(),
                at_ms: i64::MAX,
                ..content::OwnDraft::default()
            })),
            K::Draft(_) => {
                Some(K::Star(content::OwnStar { message: message(), on: true, ..Default::default() }))
            }
            K::Star(_) => {
                Some(K::Setting(content::OwnSetting { key: "read_receipts".into(), value: "false".into() }))
            }
            K::Setting(_) => Some(K::Delete(content::OwnDelete { message: message(), ..Default::default() })),
            K::Delete(_) => Some(K::Profile(content::OwnProfile {
                display_name: "Eve's Bob".into(),
                about: "forged".into(),
                picture: Some(file.clone()),
            })),
            K::Profile(_) => Some(K::GroupLink(content::OwnGroupLink {
                log: log(),
                token: vec![2; 16].into(),
                link: "https://evil.example".into(),
                revoked: false,
                expires_ms: i64::MAX,
            })),
            K::GroupLink(_) => Some(K::List(content::OwnList {
                id: vec![3; 16].into(),
                name: "Eve's list".into(),
                members: vec!["eve@sim.example".into()],
            })),
            K::List(_) => Some(K::Asked(content::OwnAsked { log: log(), account: account() })),
            K::Asked(_) => {
                Some(K::Listened(content::OwnListened { message: message(), ..Default::default() }))
            }
            K::Listened(_) => {
                Some(K::About(content::OwnAbout { platform: "evil".into(), version: "9".into() }))
            }
            K::About(_) => Some(K::Call(content::OwnCall { call: vec![4; 16].into(), log: log() })),
            K::Call(_) => Some(K::SignOut(content::OwnSignOut {})),
            K::SignOut(_) => None,
        };
        all.push(kind);
    }
    all
}

/// All that Bob sees and has chosen.
fn all_of(world: &mut World, bob: ClientId) -> Vec<Value> {
    let mut all: Vec<Value> =
        ["account.show", "contact.list", "conversation.list", "list.list", "device.list"]
            .map(|method| world.ok(bob, method, json!({})))
            .into();
    let ids: Vec<String> = all[2]["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["conversation"].as_str().unwrap().to_owned())
        .collect();
    for id in ids {
        all.push(world.shown(bob, &id));
        all.push(Value::Array(world.messages(bob, &id)));
    }
    all
}

#[test]
fn every_word_of_own_devices_is_taken_from_no_foreign_sender_anywhere() {
    let mut world = World::new(1_510);
    let (ana, bob, eve, cleo) =
        (world.person("ana"), world.person("bob"), world.person("eve"), world.person("cleo"));
    for other in [ana, eve] {
        world.befriend(other, bob);
    }
    world.befriend(ana, cleo);
    // Cleo is no contact of Bob's: she is in a group with him.
    world.group("Plans", ana, &[bob, cleo]);
    let (with_ana, with_eve) = (world.chat(bob, ana), world.chat(bob, eve));
    let at_bob = world.named(bob, "Plans");
    let said = world.say(bob, &with_ana, "mine");
    world.ok(bob, "conversation.draft", json!({"conversation": with_ana, "text": "a draft"}));
    let (at_eve, at_cleo, at_ana) =
        (world.chat(eve, bob), world.named(cleo, "Plans"), world.named(ana, "Plans"));
    world.settle_for(120_000);
    let (log, account) = world.with_db(bob, |db| {
        let log = db
            .query_row(
                "SELECT active_log FROM threads JOIN people ON people.account = threads.pair WHERE address LIKE 'ana@%'",
                [],
                |row| row.get::<_, Vec<u8>>(0),
            )
            .unwrap();
        let account = db
            .query_row("SELECT account FROM people WHERE address LIKE 'ana@%'", [], |row| row.get::<_, Vec<u8>>(0))
            .unwrap();
        (log, account)
    });
    let device = world.engine(bob).device().unwrap();
    let message = casemate_wire::ids::MessageId::from_hex(&said).unwrap().0;
    let kinds = every_kind(&log, &message, &account, &device.0);
    assert_eq!(kinds.len(), 16);
    let before = all_of(&mut world, bob);
    // A contact alone with him, a member who is none, and whoever made the group.
    let mut senders: Vec<Insider> = Vec::new();
    for (who, place) in [(eve, &at_eve), (cleo, &at_cleo), (ana, &at_ana)] {
        senders.push(world.insider(who, place));
    }
    for insider in &mut senders {
        for (number, kind) in (1u8..).zip(&kinds) {
            let said = content::Own { kind: Some(kind.clone()) };
            world.insider_says(insider, vec![number; 16], Kind::Own(said));
        }
    }
    world.settle_for(120_000);
    let after = all_of(&mut world, bob);
    assert_eq!(before.len(), after.len());
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(without_seen(was), without_seen(is));
    }
    let _ = (with_eve, at_bob);
}

/// Without the time at which a device of somebody was last heard of, which does change.
fn without_seen(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| *name != "last_seen");
            Value::Object(kept.map(|(name, value)| (name.clone(), without_seen(value))).collect())
        }
        Value::Array(values) => values.iter().map(without_seen).collect(),
        other => other.clone(),
    }
}
