//! `casemate app`: the page's way to the engine, and what others on this machine must not get from it.

use std::net::TcpStream;
use std::path::Path;

use casemate_e2e::app::App;
use casemate_e2e::world::World;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// The page's line to it, for who shows this token and comes from there.
fn open_page(app: &App, token: &str, origin: &str) -> Result<Page, tungstenite::Error> {
    let mut request = format!("ws://{}/rpc?token={token}", app.host()).into_client_request()?;
    request.headers_mut().insert("origin", origin.parse().unwrap());
    let (socket, _) = tungstenite::connect(request)?;
    Ok(Page { socket, id: 0 })
}

struct Page {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    id: u64,
}

impl Page {
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let line = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}).to_string();
        self.socket.send(Message::text(line)).unwrap();
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

#[test]
fn the_page_talks_and_nobody_else() {
    let world = World::new();
    let web = world.folder().join("web");
    std::fs::create_dir_all(&web).unwrap();
    std::fs::write(web.join("index.html"), "<!doctype html><title>Casemate</title>").unwrap();
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
