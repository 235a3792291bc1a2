//! What is refused, and how it is said.

use casemate_e2e::person::Person;
use casemate_e2e::world::World;
use serde_json::json;

#[test]
fn names_and_links() {
    let world = World::new();
    let url = world.server.url();
    let link = world.server.invite();
    let _taken = world.join("bill");
    let mut x = Person::start(&world.folder().join("x"));
    let mut create = |name: &str, invite: &str| {
        x.refused("account.create", json!({"server": url, "name": name, "invite": invite}))
    };
    assert_eq!(create("bill", &link).kind, "taken");
    assert_eq!(create("b1ll", &link).kind, "taken", "looks like bill");
    let long = "a".repeat(33);
    for bad in ["a", &long, "Anna", "anna müller", "аnna", "an\nna", "an\u{202e}na", ".anna", "anna..b", ""]
    {
        let refused = create(bad, &link);
        assert_eq!(refused.kind, "invalid", "{bad:?}");
        assert!(refused.message.starts_with("A name "), "{bad:?}: {}", refused.message);
    }
    assert_eq!(create("anna", "not a link").kind, "invalid");
    assert_eq!(create("anna", &format!("{}AAAA", &link[..link.len() - 4])).kind, "untrusted");
    let none = x.refused("account.create", json!({"server": url, "name": "anna"}));
    assert_eq!(none.kind, "not_allowed");
    let unknown = x.refused("account.create", json!({"server": url, "name": "anna", "nickname": "a"}));
    assert_eq!((unknown.kind.as_str(), unknown.code), ("invalid", -32602));
    assert!(unknown.message.contains("nickname"), "{}", unknown.message);
    let plain = x.refused("account.create", json!({"server": "http://example.org", "name": "anna"}));
    assert!(plain.message.contains("https://"), "{}", plain.message);
    let closed = x.refused("account.create", json!({"server": "http://127.0.0.1:1", "name": "anna"}));
    assert_eq!(closed.kind, "offline");
    assert_eq!(x.refused("account.show", json!({})).kind, "not_found");

    x.ask("account.create", json!({"server": url, "name": "anna", "invite": link}));
    assert_eq!(x.refused("account.create", json!({"server": url, "name": "anna2"})).kind, "taken");
    let mut y = Person::start(&world.folder().join("y"));
    let spent = y.refused("account.create", json!({"name": "yara", "invite": link}));
    assert_eq!(spent.kind, "not_allowed", "an invitation for one is used once");
}

#[test]
fn a_home_is_for_one_process_and_a_passphrase_is_checked() {
    let world = World::new();
    let home = world.folder().join("anna");
    let mut anna = Person::start(&home);
    let invite = world.server.invite();
    anna.ask(
        "account.create",
        json!({"name": "anna", "invite": invite, "passphrase": "correct horse battery"}),
    );
    // All but when she was seen last.
    let shown = |anna: &mut Person| {
        let mut shown = anna.ask("account.show", json!({}));
        shown["device_list"][0]["last_seen"].take();
        shown
    };
    let before = shown(&mut anna);
    assert_eq!(before["key_kept_in"], "passphrase");
    let mut second = Person::start(&home);
    assert_eq!(second.refused("account.show", json!({})).kind, "locked");
    second.stop_unopened();
    anna.restart();
    assert_eq!(anna.refused("account.show", json!({})).kind, "locked");
    let wrong = anna.refused("account.unlock", json!({"passphrase": "correct horse"}));
    assert_eq!(wrong.kind, "locked");
    assert!(wrong.message.contains("passphrase"), "{}", wrong.message);
    anna.ask("account.unlock", json!({"passphrase": "correct horse battery"}));
    assert_eq!(shown(&mut anna), before);
    // At rest nothing of the account can be read.
    for file in casemate_e2e::files::below(&home) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"), "{} is not encrypted", file.display());
        assert!(!casemate_e2e::files::contains(&bytes, b"correct horse"), "{}", file.display());
        assert!(!casemate_e2e::files::contains(&bytes, b"anna@"), "{}", file.display());
    }
}

#[test]
fn people_and_messages_that_are_not_there() {
    let mut world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let mut kind = |method: &str, params| anna.refused(method, params).kind;
    assert_eq!(kind("conversation.create", json!({"members": [ben.address]})), "not_found");
    assert_eq!(
        kind("contact.knock", json!({"to": format!("nobody@{}", world.server.address())})),
        "not_found"
    );
    assert_eq!(kind("contact.knock", json!({"to": "anna@example.org"})), "not_allowed");
    assert_eq!(kind("contact.knock", json!({"to": "no address"})), "invalid");
    assert_eq!(kind("contact.knock", json!({"to": ben.address, "note": "x".repeat(141)})), "too_large");
    assert_eq!(kind("contact.accept", json!({"who": ben.address})), "not_found");
    let nothing = "00".repeat(16);
    assert_eq!(kind("message.list", json!({"conversation": nothing})), "not_found");
    assert_eq!(kind("message.list", json!({"conversation": "zz"})), "not_found");
    for method in ["message.read", "message.pin", "message.star"] {
        assert_eq!(kind(method, json!({"message": nothing})), "not_found");
    }
    let chat = anna.meet(&mut ben);
    let mut kind = |method: &str, params| anna.refused(method, params).kind;
    assert_eq!(kind("message.send", json!({"conversation": chat})), "invalid");
    let long = "x".repeat(100_000);
    assert_eq!(kind("message.send", json!({"conversation": chat, "text": long})), "too_large");
    let file = |path: &str| json!({"conversation": chat, "attachments": [{"path": path}]});
    assert_eq!(kind("message.send", file("/no/such/file")), "not_found");
    assert_eq!(kind("message.send", file("/tmp")), "invalid");
    assert_eq!(kind("message.send", file("/dev/zero")), "invalid");
    // A blocked person's words do not arrive, and they are not told.
    ben.ask("contact.block", json!({"who": anna.address}));
    assert_eq!(ben.refused("message.send", json!({"conversation": chat, "text": "?"})).kind, "not_allowed");

    world.server.kill();
    anna.event("being offline", |event| event["type"] == "connection" && event["state"] == "offline");
    assert_eq!(anna.refused("sync", json!({})).kind, "offline");
    assert_eq!(anna.refused("invite.create", json!({})).kind, "offline");
}

#[test]
fn lines_that_are_no_requests() {
    let world = World::new();
    let mut person = Person::start(&world.folder().join("p"));
    for (line, code) in [
        ("{", -32700),
        ("\u{0}", -32700),
        ("[]", -32600),
        ("3", -32600),
        (r#"{"jsonrpc":"1.0","id":null,"method":"sync"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"no.such"}"#, -32601),
        (r#"{"jsonrpc":"2.0","id":null,"method":"sync","params":[]}"#, -32602),
    ] {
        assert_eq!(person.ask_raw(line)["error"]["code"], code, "{line}");
    }
    let long = person.ask_raw(&"x".repeat(3 * 1024 * 1024));
    assert!(long["error"]["message"].as_str().is_some_and(|words| !words.is_empty()));
    assert_eq!(person.refused("account.show", json!({})).kind, "not_found", "it goes on");
    person.stop();
}
