//! An account with many conversations and messages, as a friend at `casemate rpc` makes them.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use casemate_browser::browser::Browser;
use casemate_browser::world::World;
use casemate_e2e::person::Person;
use serde_json::{Value, json};

/// The friend, whose chat has half of all messages.
pub const LONG: &str = "other";

/// Requests that wait for their answer.
const AHEAD: usize = 256;

/// Groups that wait to be accepted: more of one person are not kept.
const WAITING: usize = 100;

const WORDS: [&str; 24] = [
    "the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "rain", "falls", "on",
    "old", "stone", "walls", "and", "people", "talk", "about", "nothing", "at", "all", "today",
];

/// The friend.
pub struct Other {
    person: Person,
    long: String,
    waiting: VecDeque<u64>,
    said: usize,
}

/// Fills the account of `full`, which is open in its browser.
pub async fn fill(
    world: &World,
    full: &Browser,
    folder: &Path,
    conversations: usize,
    messages: usize,
) -> Other {
    casemate_e2e::be_patient(600);
    let mut person = Person::start(&folder.join(LONG));
    person.ask(
        "account.create",
        json!({"server": world.server.url(), "name": LONG, "invite": world.server.invite()}),
    );
    person.ask("contact.knock", json!({"to": world.address(full.name())}));
    full.accept(LONG).await;
    // Accepting is on its way from the browser.
    let mut glances = tokio::time::interval(std::time::Duration::from_millis(50));
    let long = loop {
        glances.tick().await;
        person.ask("sync", json!({}));
        let all = person.ask("conversation.list", json!({}));
        if let Some(chat) = all["conversations"][0]["conversation"].as_str() {
            break chat.to_owned();
        }
    };
    let mut other = Other { person, long, waiting: VecDeque::new(), said: 0 };

    let begun = Instant::now();
    let member = world.address(full.name());
    let mut groups = Vec::new();
    while groups.len() < conversations {
        for number in groups.len()..conversations.min(groups.len() + WAITING) {
            let wanted = json!({"members": [member], "name": format!("Group {number:04}")});
            let made = other.person.ask("conversation.create", wanted);
            groups.push(made["conversation"].as_str().expect("an id").to_owned());
        }
        other.person.ask("sync", json!({}));
        accept_all(full, groups.len()).await;
    }
    eprintln!("{conversations} conversations made and accepted in {:.0?}", begun.elapsed());

    let half = messages / 2;
    for at in 0..half {
        let group = groups[at % groups.len()].clone();
        other.say(&group);
    }
    for _ in 0..messages - half {
        let long = other.long.clone();
        other.say(&long);
    }
    other.finish();
    eprintln!("{messages} messages sent after {:.0?}", begun.elapsed());
    other.arrived(full).await;
    eprintln!("and received after {:.0?}", begun.elapsed());
    other.told().await;
    eprintln!("and told to be so after {:.0?}", begun.elapsed());
    other
}

/// Accepts every invitation to a group, as a person would, only faster.
async fn accept_all(full: &Browser, count: usize) {
    let script = "[...document.querySelectorAll('button')].filter((button) => button.textContent.trim() === 'Accept').slice(0, 100).forEach((button) => button.click());";
    let mut glances = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        glances.tick().await;
        // Who accepts one is led into it.
        full.place("/requests").await;
        full.run(script, Vec::new()).await;
        let listed = full
            .run(
                "return document.querySelector('[role=list][aria-label=Chats] [aria-setsize]')?.ariaSetSize",
                Vec::new(),
            )
            .await;
        let listed = listed.as_str().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
        if listed > count {
            return;
        }
    }
}

impl Other {
    /// Says so much more in the long chat and waits until it stands in the browser.
    pub async fn talk(&mut self, full: &Browser, count: usize) {
        for _ in 0..count {
            let long = self.long.clone();
            self.say(&long);
        }
        self.finish();
        self.arrived(full).await;
    }

    fn say(&mut self, conversation: &str) {
        if self.waiting.len() >= AHEAD
            && let Some(id) = self.waiting.pop_front()
        {
            self.person.answer(id).expect("a text is taken");
        }
        let length = 3 + self.said * 7 % 20;
        let text: Vec<&str> =
            (0..length).map(|at| WORDS[(self.said * 31 + at * at * 7) % WORDS.len()]).collect();
        self.said += 1;
        let wanted = json!({"conversation": conversation, "text": text.join(" ")});
        self.waiting.extend(self.person.begin("message.send", wanted));
    }

    fn finish(&mut self) {
        while let Some(id) = self.waiting.pop_front() {
            self.person.answer(id).expect("a text is taken");
        }
        self.person.ask("sync", json!({}));
    }

    /// Waits until all receipts came: what is measured next is an account that nothing is going on in.
    async fn told(&mut self) {
        let mut glances = tokio::time::interval(std::time::Duration::from_secs(1));
        let begun = Instant::now();
        loop {
            glances.tick().await;
            let all = self.person.ask("conversation.list", json!({}));
            let all = all["conversations"].as_array().expect("a list");
            let is_told = |chat: &Value| matches!(chat["last"]["state"].as_str(), Some("delivered" | "read"));
            let missing = all.iter().filter(|chat| !is_told(chat)).count();
            if missing == 0 {
                return;
            }
            assert!(begun.elapsed().as_secs() < 600, "{missing} receipts never came");
        }
    }

    /// Says a last word and waits until it can be read.
    async fn arrived(&mut self, full: &Browser) {
        let word = format!("that was number {}", self.said);
        self.person.ask("message.send", json!({"conversation": self.long, "text": word}));
        self.said += 1;
        let begun = Instant::now();
        let mut glances = tokio::time::interval(std::time::Duration::from_millis(100));
        loop {
            glances.tick().await;
            let found =
                full.run("return document.body.innerText.includes(arguments[0])", vec![json!(word)]).await;
            if found == Value::Bool(true) {
                return;
            }
            assert!(begun.elapsed().as_secs() < 1_200, "the browser never caught up");
        }
    }
}
