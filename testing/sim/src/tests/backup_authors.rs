//! Whose word a backup is: a device of the account signed it, or it says what anybody may have written.

use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_wire::ids::AccountId;
use data_encoding::BASE64;
use prost::Message as _;
use serde_json::{Value, json};

use crate::{ClientId, World};

const HASH: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn account(world: &mut World, id: ClientId) -> AccountId {
    let page = world.ok(id, "backup.read", json!({}));
    AccountId::from_hex(page["account"].as_str().expect("an account")).expect("its id")
}

/// What this device says of itself in a backup's index.
fn author(world: &mut World, id: ClientId) -> Value {
    let signed = world.ok(id, "backup.sign", json!({"hash": HASH}));
    let device = world.ok(id, "account.show", json!({}))["device"].clone();
    json!({"hash": HASH, "device": device, "manifest": signed["manifest"], "signature": signed["signature"]})
}

fn put(world: &mut World, id: ClientId, author: &Value, blocks: &Value) -> Value {
    let account = account(world, id).to_hex();
    world.ok(
        id,
        "backup.put",
        json!({"backup": "01".repeat(16), "account": account, "author": author, "blocks": blocks}),
    )
}

fn blocks(world: &mut World, id: ClientId) -> Value {
    let page = world.ok(id, "backup.read", json!({}))["blocks"].clone();
    let blocks = page.as_array().expect("blocks").iter();
    blocks.map(|block| json!({"last": block["last"], "data": block["data"]})).collect()
}

fn said(id: u8, account: AccountId, kind: u32, text: &str) -> content::OwnMessage {
    content::OwnMessage {
        id: vec![id; 16].into(),
        account: account.into(),
        at_ms: 1_700_000_000_000,
        kind,
        text: text.into(),
        state: 4,
        position: -i64::from(id),
        ..content::OwnMessage::default()
    }
}

/// Mallory hands a file and its passphrase over: "your old messages".
#[test]
fn a_backup_that_no_device_of_the_account_signed_puts_words_into_nobodys_mouth() {
    let mut world = World::new(7_400);
    let [ana, bob, mallory] = ["ana", "bob", "mallory"].map(|name| world.person(name));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "hello");
    world.settle();
    let before = world.messages(ana, &at_ana);
    let contacts = world.ok(ana, "contact.list", json!({}));
    let [anas, bobs, mallorys] = [ana, bob, mallory].map(|id| account(&mut world, id));
    let person = |account: AccountId, address: &str| content::OwnPerson {
        account: account.into(),
        address: address.into(),
        display_name: "Bob".into(),
    };
    let thread = |key: Vec<u8>, pair: AccountId| content::OwnThread {
        key: key.into(),
        kind: ConversationKind::Pair.into(),
        pair: pair.into(),
        messages: vec![
            said(9, pair, 0, "send the money to this account"),
            said(8, anas, 0, "I agree"),
            content::OwnMessage { author: "bob@sim.example".into(), ..said(6, pair, 0, "now") },
            said(7, pair, 1, "You compared safety numbers."),
        ],
        ..content::OwnThread::default()
    };
    let history = content::OwnHistory {
        people: vec![person(bobs, "bob@sim.example"), person(mallorys, "bob@sim.example")],
        threads: vec![thread(vec![3; 16], bobs), thread(vec![4; 16], mallorys)],
    };
    let forged = json!([{"last": 0, "data": BASE64.encode(&history.encode_to_vec())}]);
    let mallorys_word = author(&mut world, mallory);
    for author in [Value::Null, mallorys_word] {
        let placed = put(&mut world, ana, &author, &forged);
        assert_eq!(placed["signed"], false, "{placed}");
    }
    let after = world.messages(ana, &at_ana);
    let (brought, rest): (Vec<_>, Vec<_>) = after.into_iter().partition(|row| row["imported"] == true);
    assert_eq!(rest, before, "what is here stays as it is");
    let told: Vec<_> = brought.iter().map(|row| (row["from"].as_str(), row["text"].as_str())).collect();
    assert_eq!(
        told,
        [
            (Some("Bob (bob@sim.example)"), Some("send the money to this account")),
            (Some("ana@sim.example"), Some("I agree")),
            (Some("(bob@sim.example)"), Some("now"))
        ],
        "marked, once, and no line of Casemate's"
    );
    assert_eq!(world.ok(ana, "contact.list", json!({})), contacts, "nobody became known");
    let list = world.ok(ana, "conversation.list", json!({}))["conversations"].clone();
    let kinds: Vec<_> = list.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "pair").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "imported").count(), 1, "{kinds:?}");
    // Bob is heard on, also under the id that the file took.
    world.say(bob, &at_bob, "what money");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "what money");
}

#[test]
fn a_backup_of_the_lost_device_comes_back_unmarked_and_one_of_a_removed_device_does_not() {
    let mut world = World::new(7_401);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_bob = world.chat(bob, ana);
    world.say(bob, &at_bob, "hello");
    world.settle();
    let phone = world.link(ana);
    world.settle_for(60_000);
    let (anas, phones, bobs) = (author(&mut world, ana), author(&mut world, phone), author(&mut world, bob));
    for (author, counts) in [(&anas, true), (&phones, true), (&bobs, false), (&Value::Null, false)] {
        assert_eq!(put(&mut world, ana, author, &json!([]))["signed"], counts, "{author}");
    }
    for field in ["hash", "device"] {
        let mut other = anas.clone();
        other[field] = json!("08".repeat(other[field].as_str().unwrap().len() / 2));
        assert_eq!(put(&mut world, ana, &other, &json!([]))["signed"], false, "another {field}");
    }
    let blocks = blocks(&mut world, ana);
    let device = world.ok(phone, "account.show", json!({}))["device"].clone();
    world.ok(ana, "device.remove", json!({"device": device}));
    world.settle();
    assert_eq!(put(&mut world, ana, &phones, &json!([]))["signed"], false, "it was put out");
    let words = world.words(ana);
    world.sleep(ana, i64::MAX / 4);
    let new = world.restored("ana", &words);
    world.settle_for(120_000);
    assert_eq!(put(&mut world, new, &anas, &blocks)["signed"], true);
    let chat = world.chat(new, bob);
    let hello =
        world.messages(new, &chat).into_iter().find(|row| row["text"] == "hello").expect("it came back");
    assert_eq!((&hello["from"], &hello["imported"]), (&json!("bob@sim.example"), &json!(false)), "{hello}");
}

#[test]
fn a_signed_backup_takes_the_place_of_the_same_words_that_came_unsigned() {
    let mut world = World::new(7_402);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    for (id, chat, text) in [(bob, &at_bob, "one"), (ana, &at_ana, "two"), (bob, &at_bob, "three")] {
        world.say(id, chat, text);
        world.settle();
    }
    let (author, blocks) = (author(&mut world, ana), blocks(&mut world, ana));
    let shown = |world: &mut World, id, chat: &str| -> Vec<(String, String, bool)> {
        let rows = world.messages(id, chat).into_iter().filter(|row| row["kind"] == "text");
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        rows.map(|row| (text(&row, "from"), text(&row, "text"), row["imported"] == true)).collect()
    };
    let before = shown(&mut world, ana, &at_ana);
    let words = world.words(ana);
    world.sleep(ana, i64::MAX / 4);
    let new = world.restored("ana", &words);
    world.settle_for(120_000);
    let chat = world.chat(new, bob);
    // Somebody changed a line in a copy that nobody signed.
    let forged: Vec<Value> = forged_copy(&blocks, "three", "thirteen");
    for (number, (author, blocks)) in
        [(Value::Null, json!(forged)), (Value::Null, blocks.clone()), (author, blocks)]
            .into_iter()
            .enumerate()
    {
        let account = account(&mut world, new).to_hex();
        let backup = format!("{number:02}").repeat(16);
        let put = json!({"backup": backup, "account": account, "author": author, "blocks": blocks});
        world.ok(new, "backup.put", put);
    }
    let after = shown(&mut world, new, &chat);
    let (brought, own): (Vec<_>, Vec<_>) = after.into_iter().partition(|row| row.2);
    assert_eq!(own, before, "in their order, once");
    let brought: Vec<_> = brought.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(brought, ["thirteen"], "other words stay apart");
    let found = world.ok(new, "message.search", json!({"text": "one"}));
    assert_eq!(found["messages"].as_array().map(Vec::len), Some(1), "{found}");
}

fn forged_copy(blocks: &Value, old: &str, new: &str) -> Vec<Value> {
    let blocks = blocks.as_array().unwrap().iter();
    let forged = blocks.map(|block| {
        let data = BASE64.decode(block["data"].as_str().unwrap().as_bytes()).unwrap();
        let mut history = content::OwnHistory::decode(&data[..]).unwrap();
        let messages = history.threads.iter_mut().flat_map(|thread| &mut thread.messages);
        for message in messages.filter(|message| message.text == old) {
            message.text = new.to_owned();
        }
        json!({"last": block["last"], "data": BASE64.encode(&history.encode_to_vec())})
    });
    forged.collect()
}
