//! What tests say about people: short words for what takes several requests.

use casemate_engine::Engine;
use casemate_wire::ids::LogId;
use serde_json::{Value, json};

use crate::client::ClientId;
use crate::network::Faults;
use crate::world::{URL, World};

impl World {
    /// Somebody with an account.
    pub fn person(&mut self, name: &str) -> ClientId {
        let id = self.device(name);
        self.ok(id, "account.create", json!({"server": URL, "name": name}));
        id
    }

    pub fn address(&mut self, id: ClientId) -> String {
        format!("{}@sim.example", self.clients[id.0].name)
    }

    /// `a` knocks, `b` accepts, both are in the 1:1 chat.
    pub fn befriend(&mut self, a: ClientId, b: ClientId) {
        let (from, to) = (self.address(a), self.address(b));
        self.ok(a, "contact.knock", json!({"to": to}));
        self.ok(b, "sync", json!({}));
        self.ok(b, "contact.accept", json!({"who": from}));
        self.ok(b, "sync", json!({}));
        self.ok(a, "sync", json!({}));
        self.ok(b, "sync", json!({}));
    }

    /// The 1:1 chat with somebody.
    pub fn chat(&mut self, id: ClientId, with: ClientId) -> String {
        let address = self.address(with);
        let made = self.ok(id, "conversation.create", json!({"members": [address]}));
        made["conversation"].as_str().expect("an id").to_owned()
    }

    /// A group that all others accept.
    pub fn group(&mut self, name: &str, creator: ClientId, others: &[ClientId]) -> String {
        let members: Vec<String> = others.iter().map(|other| self.address(*other)).collect();
        let made = self.ok(creator, "conversation.create", json!({"members": members, "name": name}));
        let conversation = made["conversation"].as_str().expect("an id").to_owned();
        self.ok(creator, "sync", json!({}));
        for other in others {
            self.accept_groups(*other);
        }
        conversation
    }

    /// Accepts every group that was offered.
    pub fn accept_groups(&mut self, id: ClientId) {
        self.ok(id, "sync", json!({}));
        let asked = self.ok(id, "conversation.requests", json!({}));
        for request in asked["requests"].as_array().expect("a list") {
            self.ok(id, "conversation.accept", json!({"conversation": request["conversation"]}));
        }
        self.ok(id, "sync", json!({}));
    }

    /// The id by which a device knows the conversation of this name.
    pub fn named(&mut self, id: ClientId, name: &str) -> String {
        let all = self.ok(id, "conversation.list", json!({}));
        let found = all["conversations"].as_array().expect("a list").iter().find(|one| one["name"] == name);
        let found =
            found.unwrap_or_else(|| panic!("{} has no conversation {name}: {all}", self.clients[id.0].name));
        found["conversation"].as_str().expect("an id").to_owned()
    }

    /// The log in which a device's conversation goes on.
    pub fn log_of(&mut self, id: ClientId, conversation: &str) -> LogId {
        let key = LogId::from_hex(conversation).expect("an id");
        let log: Vec<u8> = self.with_db(id, |db| {
            db.query_row("SELECT active_log FROM threads WHERE key = ?1", [&key.0[..]], |row| row.get(0))
                .expect("a conversation that is somewhere")
        });
        LogId::try_from(&log[..]).expect("an id")
    }

    /// Addresses of a conversation's members, in order.
    pub fn members(&mut self, id: ClientId, conversation: &str) -> Vec<String> {
        let shown = self.shown(id, conversation);
        let members = shown["members"].as_array().expect("a list").iter();
        let mut members: Vec<String> =
            members.map(|member| member["address"].as_str().unwrap_or_default().to_owned()).collect();
        members.sort();
        members
    }

    pub fn say(&mut self, id: ClientId, conversation: &str, text: &str) -> String {
        let sent = self.ok(id, "message.send", json!({"conversation": conversation, "text": text}));
        sent["message"].as_str().expect("an id").to_owned()
    }

    /// All messages of a conversation.
    pub fn messages(&mut self, id: ClientId, conversation: &str) -> Vec<Value> {
        let page = self.ok(id, "message.list", json!({"conversation": conversation, "limit": 1000}));
        page["messages"].as_array().expect("a list").clone()
    }

    /// What people wrote in a conversation, without Casemate's own lines.
    pub fn texts(&mut self, id: ClientId, conversation: &str) -> Vec<String> {
        let messages = self.messages(id, conversation);
        let written = messages.iter().filter(|message| message["kind"] == "text");
        written.map(|message| message["text"].as_str().expect("a text").to_owned()).collect()
    }

    /// How far each of them is.
    pub fn states(&mut self, id: ClientId, conversation: &str) -> Vec<String> {
        let messages = self.messages(id, conversation);
        let written = messages.iter().filter(|message| message["kind"] == "text");
        written.map(|message| message["state"].as_str().expect("a state").to_owned()).collect()
    }

    pub fn notices(&mut self, id: ClientId, conversation: &str) -> Vec<String> {
        let messages = self.messages(id, conversation);
        let written = messages.iter().filter(|message| message["kind"] == "notice");
        written.map(|message| message["text"].as_str().expect("a text").to_owned()).collect()
    }

    pub fn sync(&mut self, id: ClientId) {
        self.ok(id, "sync", json!({}));
    }

    /// A second device for somebody, linked by their first, without earlier messages.
    pub fn link(&mut self, primary: ClientId) -> ClientId {
        self.link_with(primary, "none")
    }

    /// The same, with earlier messages: `all`, `30d`, `none`.
    pub fn link_with(&mut self, primary: ClientId, history: &str) -> ClientId {
        let name = self.clients[primary.0].name.clone();
        let second = self.device(&name);
        self.link_device(primary, second, history);
        second
    }

    /// The same, of a device that is there.
    pub fn link_device(&mut self, primary: ClientId, second: ClientId, history: &str) {
        // Somebody sits before both screens; what breaks after that is the story's.
        let faults = std::mem::take(&mut self.faults);
        if self.clients[primary.0].line.is_none() {
            self.settle();
        }
        let code = self.device_code(second);
        let mut approve = json!({"code": code, "history": history, "confirm": true});
        if self.ok(primary, "settings.show", json!({}))["strict"] == true {
            approve["words"] = self.ok(primary, "recovery.kit", json!({}))["words"].clone();
        }
        self.ok(primary, "device.approve", approve);
        self.faults = faults;
        self.settle();
    }

    /// What a device without an account shows to be linked.
    pub fn device_code(&mut self, device: ClientId) -> String {
        let asked = self.ok(device, "device.request", json!({"server": URL, "name": "Second"}));
        asked["code"].as_str().expect("a code").to_owned()
    }

    /// The primary drops another device of its account.
    pub fn drop_device(&mut self, primary: ClientId, other: ClientId) -> Value {
        let device = self.engine(other).device().expect("a device with an account").to_hex();
        self.ok(primary, "device.remove", json!({"device": device}))["reached"].clone()
    }

    pub fn engine(&mut self, id: ClientId) -> &mut Engine {
        self.clients[id.0].engine.as_mut().expect("a running engine")
    }

    /// `conversation.show`
    pub fn shown(&mut self, id: ClientId, conversation: &str) -> Value {
        self.ok(id, "conversation.show", json!({"conversation": conversation}))["conversations"][0].clone()
    }

    /// Ends what is wrong with the network and lets everybody catch up.
    pub fn calm(&mut self) {
        self.faults = Faults::default();
        for at in 0..self.clients.len() {
            self.wake(ClientId(at));
        }
        self.settle_for(300_000);
    }
}
