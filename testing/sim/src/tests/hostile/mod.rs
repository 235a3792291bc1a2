//! A server that lies, and a device that was stolen, as those would act who have them: real engines, the real server,
//! and what stands between. SECURITY.md lists each attempt by its test's name.
//!
//! Besides these, `liar` has a server that lies about entries, `transparency` one that lies about the list of keys,
//! `linking` and `containing` the ordinary attacks on linking and on removal.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use casemate_api::Event;
use casemate_crypto::SealKeys;
use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error, ErrorCode, LogEntries, LogEntry, ServerFrame};
use prost::Message as _;
use serde_json::json;

use crate::{ClientId, World};

mod blobs;
mod chains;
mod codes;
mod continued;
mod documents;
mod dropped;
mod healing;
mod inboxes;
mod interrupted;
pub mod levels;
mod logs;
mod memory;
mod message_ids;
mod names;
mod older;
mod packages;
mod readers;
mod seal_keys;
mod stolen;
mod unhealed;
mod views;
mod whole_names;
mod words;

type Seen<T> = Rc<RefCell<Vec<T>>>;

impl World {
    /// Changes what the server says to one client; where `change` says false, that is withheld.
    fn lie_to(&mut self, victim: ClientId, mut change: impl FnMut(&mut Body) -> bool + 'static) {
        self.tamper = Some(Box::new(move |to, mut frame| {
            let goes = to != victim || frame.body.as_mut().is_none_or(&mut change);
            if goes { vec![frame] } else { Vec::new() }
        }));
    }

    /// Notes what the server says.
    fn catch<T: 'static>(&mut self, mut pick: impl FnMut(ClientId, &Body) -> Option<T> + 'static) -> Seen<T> {
        let seen: Seen<T> = Rc::default();
        let noted = seen.clone();
        self.tamper = Some(Box::new(move |to, frame| {
            noted.borrow_mut().extend(frame.body.as_ref().and_then(|body| pick(to, body)));
            vec![frame]
        }));
        seen
    }

    /// Notes what clients ask.
    fn overhear<T: 'static>(
        &mut self,
        mut pick: impl FnMut(ClientId, &Request) -> Option<T> + 'static,
    ) -> Seen<T> {
        let seen: Seen<T> = Rc::default();
        let noted = seen.clone();
        self.ears = Some(Box::new(move |from, frame| {
            noted.borrow_mut().extend(frame.request.as_ref().and_then(|request| pick(from, request)));
            (Some(frame), Vec::new())
        }));
        seen
    }

    /// What a server of before answers to who asks why their reader was dropped.
    fn refuse_those_left_out(&mut self) {
        self.tamper = Some(Box::new(|_, mut frame| {
            if matches!(&frame.body, Some(Body::Following(following)) if following.commit.is_some()) {
                let code = ErrorCode::ErrorNotAllowed.into();
                frame.body = Some(Body::Error(Error { code, ..Error::default() }));
            }
            vec![frame]
        }));
    }

    /// Says something to a client of the server's own accord.
    fn push(&mut self, to: ClientId, body: Body) {
        let frame = ServerFrame { id: 0, body: Some(body) };
        self.send_down(to.0, frame.encode_to_vec().into());
    }

    /// Shows a client an entry that nobody put there, after the last one of a log.
    fn show_entry(&mut self, to: ClientId, log: LogId, entry: LogEntry) {
        let head = self.entries(log).last().map_or(0, |entry| entry.entry) + 1;
        let page = LogEntries { log: log.into(), first: head, entries: vec![entry], head };
        self.push(to, Body::LogEntries(page));
        self.settle_for(5_000);
    }

    fn setting(&mut self, id: ClientId, key: &str) -> Vec<u8> {
        self.with_db(id, |db| {
            db.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).unwrap()
        })
    }

    fn seal_keys(&mut self, id: ClientId) -> SealKeys {
        SealKeys::from_secret(&self.setting(id, "seal_secret").try_into().unwrap())
    }

    fn devices_in(&mut self, id: ClientId, conversation: &str) -> u64 {
        self.shown(id, conversation)["information"]["devices"].as_u64().unwrap()
    }

    /// Addresses of those who asked to be contacts.
    fn asking(&mut self, id: ClientId) -> Vec<String> {
        let asked = self.ok(id, "contact.requests", json!({}));
        let asked = asked["requests"].as_array().unwrap().iter();
        asked.map(|one| one["from"].as_str().unwrap().to_owned()).collect()
    }

    /// What a device said about the server's list and names.
    fn doubts(&mut self, id: ClientId) -> String {
        let events = self.client(id).events.iter();
        let doubts = events.filter_map(|event| match event {
            Event::LogDoubtful { why, .. } => Some(why.as_str()),
            _ => None,
        });
        doubts.collect::<Vec<_>>().join("\n")
    }

    /// The lying is over, and everybody comes back.
    fn truth(&mut self) {
        (self.tamper, self.ears, self.switch) = (None, None, None);
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        self.settle_for(300_000);
    }
}

fn flipped(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    bytes.into()
}

/// Ana, Bob and Cleo, all friends, with a group; Bob has a second device, with all of the past.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    cleo: ClientId,
    second: ClientId,
    /// The group, and the chat with Bob, as Ana has them.
    group: String,
    chat: String,
}

fn story(world: World) -> Story {
    let mut world = world;
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.befriend(bob, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let chat = world.chat(ana, bob);
    let second = world.link_with(bob, "all");
    world.say(ana, &group, "before");
    world.say(ana, &chat, "before");
    world.settle();
    Story { world, ana, bob, cleo, second, group, chat }
}
