//! A folder with a server and people who have met, and short words for what they do.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::patience;
use crate::person::Person;
use crate::server::Server;
use crate::tap::Tap;

/// A server in a folder of its own, which is removed at the end.
pub struct World {
    /// The server.
    pub server: Server,
    folder: TempDir,
}

/// A person with an account.
pub struct Member {
    /// `name@server`.
    pub address: String,
    person: Person,
}

impl World {
    /// With the server's default policy.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With more options for `casemate server`.
    pub fn with(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("casemate-e2e-").tempdir().unwrap();
        Self { server: Server::start_with(folder.path(), options), folder }
    }

    /// With a tap between everybody and the server.
    pub fn tapped() -> (Self, Tap) {
        let tap = Tap::new();
        let world = Self::with(&["--public-url", &tap.url()]);
        tap.leads_to(world.server.address());
        (world, tap)
    }

    /// Where files of a story may go.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Somebody new, by an invitation of the operator.
    pub fn join(&self, name: &str) -> Member {
        let mut person = Person::start(&self.folder().join(name));
        person.ask("account.create", json!({"name": name, "invite": self.server.invite()}));
        Member::of(person)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Member {
    /// A person who made an account by other means.
    pub fn of(mut person: Person) -> Self {
        let address = text(&person.ask("account.show", json!({}))["address"]);
        Self { address, person }
    }

    /// Knocks on somebody, who accepts; gives the 1:1 conversation, in which both can write.
    pub fn meet(&mut self, other: &mut Member) -> String {
        self.ask("contact.knock", json!({"to": other.address}));
        let me = self.address.clone();
        other.event("a knock", |event| event["type"] == "contact.requested" && event["from"] == *me);
        other.ask("contact.accept", json!({"who": me}));
        other.ask("sync", json!({}));
        self.pair_with(&other.address.clone())
    }

    /// The 1:1 conversation with somebody, once it is there.
    pub fn pair_with(&mut self, address: &str) -> String {
        self.until("the 1:1 conversation", |me| {
            let all = me.ask("conversation.list", json!({}));
            let all = all["conversations"].as_array().unwrap();
            let has = |c: &&Value| c["members"].as_array().unwrap().iter().any(|m| m["address"] == *address);
            let pair = all.iter().find(|c| c["kind"] == "pair" && c["standing"] == "active" && has(c));
            pair.map(|pair| text(&pair["conversation"]))
        })
    }

    /// A group of contacts, who have accepted.
    pub fn group(&mut self, name: &str, members: &mut [&mut Member]) -> String {
        let addresses: Vec<&str> = members.iter().map(|member| member.address.as_str()).collect();
        let made = self.ask("conversation.create", json!({"members": addresses, "name": name}));
        let group = text(&made["conversation"]);
        for member in members {
            member.accept_group(&group);
        }
        group
    }

    /// Accepts being added to a group, once asked.
    pub fn accept_group(&mut self, group: &str) {
        self.until("a request for the group", |me| {
            let requests = me.ask("conversation.requests", json!({}));
            requests["requests"].as_array().unwrap().iter().any(|r| r["conversation"] == *group).then_some(())
        });
        self.ask("conversation.accept", json!({"conversation": group}));
        self.ask("sync", json!({}));
    }

    /// Sends a text; gives the message's id.
    pub fn say(&mut self, conversation: &str, words: &str) -> String {
        text(&self.ask("message.send", json!({"conversation": conversation, "text": words}))["message"])
    }

    /// Sends a file.
    pub fn send_file(&mut self, conversation: &str, path: &Path, kind: Option<&str>) -> String {
        let mut file = json!({"path": path});
        if let Some(kind) = kind {
            file["kind"] = json!(kind);
        }
        text(
            &self.ask("message.send", json!({"conversation": conversation, "attachments": [file]}))["message"],
        )
    }

    /// Waits for a message to arrive by its text.
    pub fn hears(&self, words: &str) -> Value {
        let is = |event: &Value| event["type"] == "message.received" && event["message"]["text"] == *words;
        self.event(&format!("the message {words:?}"), is)["message"].clone()
    }

    /// All messages of a conversation, oldest first.
    pub fn messages(&mut self, conversation: &str) -> Vec<Value> {
        let (mut all, mut before) = (Vec::new(), Value::Null);
        loop {
            let page = self
                .ask("message.list", json!({"conversation": conversation, "before": before, "limit": 100}));
            let page = page["messages"].as_array().unwrap().clone();
            let Some(first) = page.first() else { return all };
            before = first["message"].clone();
            all.splice(0..0, page);
            assert!(all.len() < 10_000, "paging does not end");
        }
    }

    /// Texts of the messages that people wrote.
    pub fn texts(&mut self, conversation: &str) -> Vec<String> {
        let all = self.messages(conversation);
        all.iter().filter(|message| message["kind"] == "text").map(|message| text(&message["text"])).collect()
    }

    /// A message as this device has it, once `good` holds of it.
    pub fn sees(
        &mut self,
        conversation: &str,
        message: &str,
        what: &str,
        good: impl Fn(&Value) -> bool,
    ) -> Value {
        self.until(what, |me| {
            let all = me.messages(conversation);
            all.into_iter().find(|found| found["message"] == *message && good(found))
        })
    }

    /// A conversation as this device has it.
    pub fn conversation(&mut self, conversation: &str) -> Value {
        let shown = self.ask("conversation.show", json!({"conversation": conversation}));
        shown["conversations"][0].clone()
    }

    /// Waits until an own message has this state.
    pub fn reaches(&mut self, conversation: &str, message: &str, states: &[&str]) {
        self.sees(conversation, message, &format!("the state {states:?}"), |found| {
            states.iter().any(|state| found["state"] == **state)
        });
    }

    /// Looks again after each event, and now and then, until there is something.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + patience();
        loop {
            let heard = self.heard();
            if let Some(found) = look(self) {
                return found;
            }
            assert!(Instant::now() < deadline, "{}: waited in vain for {what}", self.address);
            self.more_than(heard);
        }
    }

    /// The process, which is ended by `stop` in good order.
    pub fn into_person(self) -> Person {
        self.person
    }
}

impl Deref for Member {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl DerefMut for Member {
    fn deref_mut(&mut self) -> &mut Person {
        &mut self.person
    }
}

/// A JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not text")).to_owned()
}
