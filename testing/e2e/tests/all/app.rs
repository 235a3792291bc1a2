//! `casemate app`: the page's way to the engine, and what others on this machine must not get from it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use casemate_e2e::binary::casemate;
use casemate_e2e::world::World;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A running `casemate app`.
struct App {
    process: Child,
    host: String,
    token: String,
}

impl App {
    fn start(home: &Path, web: &Path) -> Self {
        let mut process = Command::new(casemate())
            .arg("app")
            .args([Path::new("--home"), home, Path::new("--web"), web])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let link = lines.map(Result::unwrap).find(|line| line.contains("http://")).unwrap();
        let (host, token) = link.trim().strip_prefix("http://").unwrap().split_once("/#app=").unwrap();
        Self { process, host: host.to_owned(), token: token.to_owned() }
    }

    /// The status and the body of a plain request.
    fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mut head = format!("{method} {path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }

    /// As our own page asks.
    fn asks(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let origin = format!("http://{}", self.host);
        let headers = [("host", &self.host[..]), ("origin", &origin), ("x-casemate-token", &self.token)];
        self.http(method, path, &headers, body)
    }

    fn page(&self, token: &str, origin: &str) -> Result<Page, tungstenite::Error> {
        let mut request = format!("ws://{}/rpc?token={token}", self.host).into_client_request()?;
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let (socket, _) = tungstenite::connect(request)?;
        Ok(Page { socket, id: 0 })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
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
    let origin = format!("http://{}", app.host);

    // Who knows the address gets the page, and nothing from it.
    let (status, page) = app.http("GET", "/", &[("host", &app.host)], b"");
    assert_eq!((status, page.starts_with(b"<!doctype")), (200, true));
    for (host, from, token, status) in [
        ("evil.example", None, Some(&app.token), 421),
        (&app.host[..], Some("https://evil.example"), Some(&app.token), 421),
        (&app.host[..], Some("null"), Some(&app.token), 421),
        (&app.host[..], Some(&origin[..]), None, 403),
        (&app.host[..], Some(&origin[..]), Some(&"0".repeat(64)), 403),
    ] {
        let mut headers = vec![("host", host)];
        headers.extend(from.map(|from| ("origin", from)));
        headers.extend(token.map(|token| ("x-casemate-token", &token[..])));
        assert_eq!(app.http("POST", "/file?name=a", &headers, b"x").0, status, "{host} {from:?}");
    }
    assert!(app.page("", &origin).is_err() && app.page(&app.token, "https://evil.example").is_err());

    // The page itself: an account, a contact, a file there and back.
    let mut page = app.page(&app.token, &origin).unwrap();
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
    assert_eq!(app.asks("DELETE", &format!("/file?path={path}"), b"").0, 204);
    assert_eq!(app.asks("DELETE", "/file?path=/etc/hostname", b"").0, 404);
    assert!(!Path::new(path).exists());
    let arrived = ben.sees(&chat, &message, "the file", |_| true);
    assert_eq!(arrived["attachments"][0]["name"], "notes.txt");
    let saved = world.folder().join("saved");
    ben.ask("attachment.save", json!({"message": message, "index": 0, "path": saved}));
    assert_eq!(std::fs::read(&saved).unwrap(), b"kept byte for byte");
    let (status, back) = app.asks("GET", &format!("/file?message={message}&index=0"), b"");
    assert_eq!((status, &back[..]), (200, &b"kept byte for byte"[..]));

    // A second page takes over, and the first one is told.
    let mut second = app.page(&app.token, &origin).unwrap();
    assert_eq!(second.ask("account.show", json!({}))["result"]["address"], anna);
    let closed = loop {
        match page.socket.read().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            _ => continue,
        }
    };
    assert_eq!(u16::from(closed.code), 4_001);
}
