//! A whole client, and a server that sends it anything. Bob has a chat with Ana and was away; what the server then
//! tells him is the input, a list of frames: field 1 of a message, again and again. He may be cut off, told nothing
//! or told again, but never crashes, and never shows a text that Ana or he did not write.
//!
//! OpenMLS draws keys from the operating system: a seed makes the same changes, to frames of other keys.

pub mod member;
mod pair;

use std::io::Write as _;
use std::sync::OnceLock;

use bytes::Bytes;
use casemate_engine::{Engine, Input, Output, Transfer};
use prost::Message;
use rusqlite::Connection;
use serde_json::json;
use tempfile::NamedTempFile;

use super::frames;
use super::server::{FRAMES, NOW_MS, Session};
use pair::{Pair, Side};

/// All that Ana and Bob ever write, the first with the request to talk.
const TEXTS: [&str; 5] = ["it is Ana", "hello Bob", "hello Ana", "are you still there?", "a group for us"];

pub fn run(bytes: &[u8]) {
    let Ok(session) = Session::decode(bytes) else { return };
    let (mut bob, _file) = template().bob();
    let mut outputs = bob.start(NOW_MS);
    outputs.extend(bob.handle(Input::Connected, NOW_MS));
    for frame in session.frames.into_iter().take(FRAMES) {
        for output in std::mem::take(&mut outputs) {
            if let Output::FetchBlob { transfer, .. } = output {
                let update = Transfer::Failed { why: "not there".into(), retry: false };
                bob.handle(Input::Transfer { transfer, update }, NOW_MS);
            }
        }
        outputs = bob.handle(Input::Frame(frame), NOW_MS);
    }
    bob.handle(Input::Tick, NOW_MS + 60_000);
    for text in shown(&bob.into_db()) {
        assert!(text.is_empty() || TEXTS.contains(&text.as_str()), "shown, but written by nobody: {text:?}");
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let recorded = template().frames.clone();
    let first = recorded.iter().take(1).cloned();
    let strange = frames::server_seeds().into_iter().map(Bytes::from);
    let seeds = [first.chain(strange).collect(), recorded];
    seeds.map(|frames: Vec<Bytes>| Session { frames }.encode_to_vec()).to_vec()
}

/// Texts of conversations; what the engine says itself ("You added bob.") has a kind of its own.
fn shown(db: &Connection) -> Vec<String> {
    let mut statement = db.prepare("SELECT text FROM messages WHERE kind = 0").expect("the engine's table");
    let texts = statement.query_map([], |row| row.get(0)).expect("the engine's table");
    texts.map(|text| text.expect("a text")).collect()
}

/// Bob's database at the moment he comes back, and what an honest server tells him then.
struct Template {
    database: Vec<u8>,
    frames: Vec<Bytes>,
    ana: member::Ana,
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(Template::make)
}

impl Template {
    fn make() -> Self {
        let mut pair = Pair::new();
        let chat = pair.become_contacts();
        pair.call(Side::Ana, "message.send", json!({"conversation": chat, "text": TEXTS[0]}));
        pair.settle();
        pair.call(Side::Bob, "message.send", json!({"conversation": chat, "text": TEXTS[1]}));
        pair.settle();
        pair.disconnect(Side::Bob);
        pair.call(Side::Ana, "message.send", json!({"conversation": chat, "text": TEXTS[2]}));
        let members = json!(["bob@localhost:8440"]);
        let made = pair.call(Side::Ana, "conversation.create", json!({"members": members, "name": "us"}));
        let text = json!({"conversation": made["conversation"], "text": TEXTS[3]});
        pair.call(Side::Ana, "message.send", text);
        pair.settle();

        let database = pair.database_of_bob();
        let frames = pair.frames_for_bob();
        let ana = member::Ana::new(&pair.into_database_of_ana(), &frames);
        Self { database, frames, ana }
    }

    fn bob(&self) -> (Engine, NamedTempFile) {
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(&self.database).expect("room for a small file");
        let db = Connection::open(file.path()).expect("the file is a database");
        db.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF").expect("plain settings");
        (pair::engine(db, 7), file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames that are refused from the first one on would fuzz little.
    #[test]
    fn what_an_honest_server_says_is_understood() {
        let (mut bob, _file) = template().bob();
        bob.start(NOW_MS);
        bob.handle(Input::Connected, NOW_MS);
        for frame in &template().frames {
            let outputs = bob.handle(Input::Frame(frame.clone()), NOW_MS);
            let broken = outputs.iter().find(|output| matches!(output, Output::Reconnect { .. }));
            assert!(broken.is_none(), "{broken:?}");
        }
        let shown = shown(&bob.into_db());
        assert!(shown.iter().any(|text| text == TEXTS[2]), "{shown:?}");
    }
}
