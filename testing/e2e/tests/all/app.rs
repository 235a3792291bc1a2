//! `casemate app`: the page's way to the engine, and what others on this machine must not get from it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use casemate_e2e::app::App;
use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::{Message, WebSocket};

/// The page's line to it, for who shows this token and comes from there.
fn open_page(app: &App, token: &str, origin: &str) -> Result<Page, tungstenite::Error> {
    let mut request = format!("ws://{}/rpc?token={token}", app.host()).into_client_request()?;
    request.headers_mut().insert("origin", origin.parse().unwrap());
    let stream = TcpStream::connect(app.address()).unwrap();
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(Page { socket, id: 0 }),
        Err(HandshakeError::Failure(error)) => Err(error),
        Err(HandshakeError::Interrupted(_)) => unreachable!("the stream blocks"),
    }
}

struct Page {
    socket: WebSocket<TcpStream>,
    id: u64,
}

impl Page {
    /// Anna, whose page this is, makes an account and meets Ben: he, and what their chat is called with him and here.
    fn meets_ben(&mut self, world: &World) -> (Member, String, Value) {
        let made = self.ask("account.create", json!({"name": "anna", "invite": world.server.invite()}));
        let anna = made["result"]["address"].as_str().unwrap().to_owned();
        let mut ben = world.join("ben");
        ben.ask("contact.knock", json!({"to": anna}));
        self.event("contact.requested");
        self.ask("contact.accept", json!({"who": ben.address}));
        let chat = ben.pair_with(&anna);
        let list = self.ask("conversation.list", json!({}));
        (ben, chat, list["result"]["conversations"][0]["conversation"].clone())
    }

    fn begin(&mut self, method: &str, params: Value) {
        self.id += 1;
        let line = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}).to_string();
        self.socket.send(Message::text(line)).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.begin(method, params);
        loop {
            let heard: Value = serde_json::from_str(self.socket.read().unwrap().to_text().unwrap()).unwrap();
            if heard["id"] == self.id {
                return heard;
            }
        }
    }

    /// The params of the next event of a type.
    fn event(&mut self, kind: &str) -> Value {
        loop {
            let heard: Value = serde_json::from_str(self.socket.read().unwrap().to_text().unwrap()).unwrap();
            if heard["params"]["type"] == kind {
                return heard["params"].clone();
            }
        }
    }
}

/// As much of the web app as these stories need.
pub fn web(world: &World) -> PathBuf {
    let web = world.folder().join("web");
    std::fs::create_dir_all(&web).unwrap();
    std::fs::write(web.join("index.html"), "<!doctype html><title>Casemate</title>").unwrap();
    std::fs::write(web.join("sw.js"), "'own'").unwrap();
    web
}

#[test]
fn the_page_talks_and_nobody_else() {
    let world = World::new();
    let web = web(&world);
    let app = App::start(&world.folder().join("app"), &web);
    let origin = format!("http://{}", app.host());

    // Who knows the address gets the page, and nothing from it.
    let (status, page) = app.http("GET", "/", &[("host", app.host())], b"");
    assert_eq!((status, page.starts_with(b"<!doctype")), (200, true));
    for (host, from, token, status) in [
        ("evil.example", None, Some(app.token()), 421),
        (app.host(), Some("https://evil.example"), Some(app.token()), 421),
        (app.host(), Some("null"), Some(app.token()), 421),
        (app.host(), Some(&origin[..]), None, 403),
        (app.host(), Some(&origin[..]), Some(&"0".repeat(64)[..]), 403),
    ] {
        let mut headers = vec![("host", host)];
        headers.extend(from.map(|from| ("origin", from)));
        headers.extend(token.map(|token| ("x-casemate-token", token)));
        assert_eq!(app.http("POST", "/file?name=a", &headers, b"x").0, status, "{host} {from:?}");
    }
    assert!(
        open_page(&app, "", &origin).is_err()
            && open_page(&app, app.token(), "https://evil.example").is_err()
    );

    // The page itself: an account, a contact, a file there and back.
    let mut page = open_page(&app, app.token(), &origin).unwrap();
    let made = page.ask("account.create", json!({"name": "anna", "invite": world.server.invite()}));
    let anna = made["result"]["address"].as_str().unwrap().to_owned();
    let mut ben = world.join("ben");
    ben.ask("contact.knock", json!({"to": anna, "note": "It's me"}));
    page.event("contact.requested");
    page.ask("contact.accept", json!({"who": ben.address}));
    let chat = ben.pair_with(&anna);
    let lent = app.asks("POST", "/file?name=..%2Fnotes.txt", b"kept byte for byte").1;
    let lent: Value = serde_json::from_slice(&lent).unwrap();
    let path = lent["path"].as_str().unwrap();
    let at_page =
        page.ask("conversation.list", json!({}))["result"]["conversations"][0]["conversation"].clone();
    let sent = page.ask(
        "message.send",
        json!({"conversation": at_page, "attachments": [{"path": path, "kind": "document"}]}),
    );
    let message = sent["result"]["message"].as_str().unwrap().to_owned();
    assert!(!Path::new(path).exists(), "the engine has its own copy, and the lent one is still there");
    let arrived = ben.sees(&chat, &message, "the file", |_| true);
    assert_eq!(arrived["attachments"][0]["name"], "notes.txt");
    let saved = world.folder().join("saved");
    ben.ask("attachment.save", json!({"message": message, "index": 0, "path": saved}));
    assert_eq!(std::fs::read(&saved).unwrap(), b"kept byte for byte");
    let (status, back) = app.asks("GET", &format!("/file?message={message}&index=0"), b"");
    assert_eq!((status, &back[..]), (200, &b"kept byte for byte"[..]));

    // A second page takes over, and the first one is told.
    let mut second = open_page(&app, app.token(), &origin).unwrap();
    assert_eq!(second.ask("account.show", json!({}))["result"]["address"], anna);
    let closed = loop {
        match page.socket.read().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            _ => continue,
        }
    };
    assert_eq!(u16::from(closed.code), 4_001);
}

#[test]
fn page_of_each_run_has_an_origin_of_its_own_without_a_service_worker() {
    let world = World::new();
    let (home, web) = (world.folder().join("app"), web(&world));
    let app = App::start(&home, &web);
    let port = app.address().port();
    assert!(app.host().ends_with(&format!(".localhost:{port}")), "{}", app.host());
    let get = |path: &str, host: &str| app.http("GET", path, &[("host", host)], b"");
    assert_eq!(get("/", app.host()).0, 200);
    assert_eq!(get("/sw.js", app.host()).0, 404, "nothing may stay behind in this origin");
    // The origin of before, which has one port after the other: what was left there is sent away, and nothing else is answered.
    for old in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(get("/", &old).0, 421, "{old}");
        let (status, script) = get("/sw.js", &old);
        let script = String::from_utf8(script).unwrap();
        assert_eq!((status, script.contains("unregister")), (200, true), "{old}: {script}");
    }
    for other in [format!("evil.localhost:{port}"), "evil.example".to_owned(), app.host().replace(':', ".:")]
    {
        assert_eq!((get("/", &other).0, get("/sw.js", &other).0), (421, 421), "{other}");
    }
    // Browsers look for a name below `localhost` at the other loopback address too: it is nobody else's.
    if TcpListener::bind("[::1]:0").is_ok() {
        assert!(TcpListener::bind(("::1", port)).is_err(), "somebody else could answer in this app's name");
        let mut stream = TcpStream::connect(("::1", port)).unwrap();
        stream.write_all(format!("GET / HTTP/1.0\r\nhost: {}\r\n\r\n", app.host()).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    }
    let before = app.host().to_owned();
    assert!(app.interrupt().success());
    let again = App::start(&home, &web);
    assert_ne!(before.split_once('.').unwrap().0, again.host().split_once('.').unwrap().0);
}

#[test]
fn page_names_only_files_that_it_lent() {
    let world = World::new();
    let home = world.folder().join("app");
    let app = App::start(&home, &web(&world));
    let origin = format!("http://{}", app.host());
    let mut page = open_page(&app, app.token(), &origin).unwrap();
    let (mut ben, chat, at_page) = page.meets_ben(&world);
    let secret = world.folder().join("id_ed25519");
    std::fs::write(&secret, "a key of hers").unwrap();
    let elsewhere = world.folder().join("elsewhere");
    let lend = || -> String {
        let lent = app.asks("POST", "/file?name=a.txt", b"lent").1;
        serde_json::from_slice::<Value>(&lent).unwrap()["path"].as_str().unwrap().to_owned()
    };
    let attached =
        |path: &str| json!({"conversation": at_page, "attachments": [{"path": path, "kind": "document"}]});
    let beside = format!("{}/../../key", lend());
    for (method, params) in [
        ("message.send", attached(secret.to_str().unwrap())),
        ("message.send", attached(&beside)),
        ("account.set", json!({"picture": secret})),
        ("history.import", json!({"path": secret})),
        ("indicators.import", json!({"path": secret})),
        ("backup.restore", json!({"path": secret, "passphrase": "x"})),
        ("data.export", json!({"path": elsewhere})),
        ("backup.create", json!({"path": elsewhere, "passphrase": "one two three"})),
        ("report.create", json!({"path": elsewhere})),
        ("attachment.save", json!({"message": "m", "index": 0, "path": elsewhere})),
    ] {
        let answer = page.ask(method, params.clone());
        assert_eq!(answer["error"]["data"]["kind"], "not_allowed", "{method} {params}: {answer}");
    }
    assert!(!elsewhere.exists());
    // Lent, named, and taken back; of another page nothing.
    let sent = page.ask("message.send", attached(&lend()));
    let message = sent["result"]["message"].as_str().unwrap();
    ben.sees(&chat, message, "the file", |_| true);
    let left = lend();
    let mut second = open_page(&app, app.token(), &origin).unwrap();
    let answer = second.ask("message.send", attached(&left));
    assert_eq!(answer["error"]["data"]["kind"], "not_allowed");
    assert!(!Path::new(&left).exists());
}

#[test]
fn page_that_goes_in_the_middle_leaves_no_file_and_what_was_sent_goes_out() {
    let world = World::new();
    let home = world.folder().join("app");
    let app = App::start(&home, &web(&world));
    let origin = format!("http://{}", app.host());
    let mut page = open_page(&app, app.token(), &origin).unwrap();
    let (ben, _, at_page) = page.meets_ben(&world);
    let lend = |name: &str, bytes: &[u8]| -> String {
        let lent = app.asks("POST", &format!("/file?name={name}"), bytes).1;
        serde_json::from_slice::<Value>(&lent).unwrap()["path"].as_str().unwrap().to_owned()
    };
    // One that is large enough to be under way for a while, a list, and one that nothing names.
    let (large, list) = (lend("large", &vec![7; 8 << 20]), lend("list.txt", b"evil.example\n"));
    lend("unused", b"x");
    let attached = json!([{"path": large, "kind": "document"}]);
    page.begin("message.send", json!({"conversation": at_page, "attachments": attached}));
    page.begin("indicators.import", json!({"path": list}));
    page.ask("account.show", json!({}));
    drop(page);
    casemate_e2e::eventually("nothing to be lent any more", || {
        casemate_e2e::files::below(&home.join("lent")).is_empty().then_some(())
    });
    ben.event("the file", |event| {
        event["type"] == "message.received" && event["message"]["attachments"][0]["name"] == "large"
    });
}
