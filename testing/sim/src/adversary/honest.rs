//! Honest people beside an adversary: what they do, and what they therefore must still see.

use std::collections::BTreeMap;

use casemate_api::command::AttachmentKind;
use casemate_api::{Command, Error};
use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::client::ClientId;
use crate::world::World;

/// Names of the honest people. The first has two devices.
pub const NAMES: [&str; 3] = ["ana", "bob", "cleo"];

/// The group's name as it is made.
pub const GROUP: &str = "Plans";

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Group,
    /// Between two of [`NAMES`], the lower first.
    Pair(usize, usize),
}

impl Place {
    /// All places of honest people.
    pub fn all() -> Vec<Self> {
        let pairs = (0..NAMES.len()).flat_map(|a| (a + 1..NAMES.len()).map(move |b| Self::Pair(a, b)));
        [Self::Group].into_iter().chain(pairs).collect()
    }

    /// Who is there, as indices of [`NAMES`].
    pub fn people(self) -> Vec<usize> {
        match self {
            Self::Group => (0..NAMES.len()).collect(),
            Self::Pair(a, b) => vec![a, b],
        }
    }
}

/// A device of an honest person.
#[derive(Debug, Clone)]
pub struct Device {
    pub client: ClientId,
    /// Index of [`NAMES`].
    pub person: usize,
    /// The ids under which this device knows its places.
    pub keys: BTreeMap<Place, String>,
    /// How many messages had been said when it was linked: it has those that came later.
    pub since: usize,
    /// How many had been said when its owner removed it, if they did.
    pub until: Option<usize>,
}

/// A message of an honest person, as it stands if nobody breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub place: Place,
    pub author: usize,
    /// Index of the device that wrote it.
    pub device: usize,
    pub id: String,
    pub text: String,
    pub deleted: bool,
    /// By whom, and which.
    pub reactions: BTreeMap<usize, String>,
}

/// The honest people, their devices, and all that they said.
#[derive(Debug, Clone, Default)]
pub struct Honest {
    pub devices: Vec<Device>,
    pub said: Vec<Said>,
    /// Of messages with a file: id and the file.
    pub files: Vec<(String, Vec<u8>)>,
    count: usize,
}

const EMOJI: [&str; 3] = ["👍", "🎉", "😀"];

impl Honest {
    /// The devices that belong to somebody still, with their numbers.
    pub fn here(&self) -> Vec<(usize, Device)> {
        let all = self.devices.iter().cloned().enumerate();
        all.filter(|(_, device)| device.until.is_none()).collect()
    }

    /// Says something new. Texts are unlike each other, so that each is found by itself.
    pub fn say(&mut self, world: &mut World, device: usize, place: Place) -> Result<String, String> {
        self.count += 1;
        let one = &self.devices[device];
        let text = format!("{} says {}", NAMES[one.person], self.count);
        let params = json!({"conversation": one.keys[&place], "text": text});
        let sent = world.call(one.client, "message.send", params);
        self.was_said(device, place, text, sent)
    }

    /// The same with a file.
    pub fn send_file(
        &mut self,
        world: &mut World,
        (device, place): (usize, Place),
        kind: AttachmentKind,
        file: Vec<u8>,
    ) -> Result<String, String> {
        self.count += 1;
        let one = &self.devices[device];
        let (client, key) = (one.client, one.keys[&place].clone());
        let text = format!("{} says {} with a file", NAMES[one.person], self.count);
        let staged = world.stage(client, kind, "a.jpg", &file);
        let params = json!({"conversation": key, "text": text, "attachments": [{"path": "a.jpg"}]});
        let command = Command::named("message.send", params).expect("a command");
        let number = world.command(client, command, vec![staged]);
        let sent = world.answer(client, number);
        if let Some(id) = sent.as_ref().ok().and_then(|sent| sent["message"].as_str()) {
            self.files.push((id.to_owned(), file));
        }
        self.was_said(device, place, text, sent)
    }

    fn was_said(
        &mut self,
        device: usize,
        place: Place,
        text: String,
        sent: Result<Value, Error>,
    ) -> Result<String, String> {
        let sent = sent.map_err(|error| format!("{error:?}"))?;
        let one = &self.devices[device];
        let id = sent["message"].as_str().unwrap_or_default().to_owned();
        self.said.push(Said {
            place,
            author: one.person,
            device,
            id,
            text: text.clone(),
            deleted: false,
            reactions: BTreeMap::new(),
        });
        Ok(text)
    }

    /// One step of somebody's, drawn by chance. What it was.
    pub fn step(&mut self, world: &mut World, rng: &mut ChaCha20Rng) -> String {
        let here = self.here();
        let device = here[rng.random_range(0..here.len())].0;
        let (client, person) = (self.devices[device].client, self.devices[device].person);
        let name = NAMES[person];
        match rng.random_range(0..20) {
            0..9 => {
                let places: Vec<Place> = self.devices[device].keys.keys().copied().collect();
                // Mostly the group: there the adversary is.
                let place = match rng.random_range(0..3) {
                    0 => places[rng.random_range(0..places.len())],
                    _ => Place::Group,
                };
                match self.say(world, device, place) {
                    Ok(text) => format!("device {device} in {place:?}: {text}"),
                    Err(error) => format!("device {device} cannot write in {place:?}: {error}"),
                }
            }
            9..11 => match self.own(device, rng) {
                Some(at) => {
                    self.count += 1;
                    let text = format!("{name} says {} at last", self.count);
                    let params = json!({"message": self.said[at].id, "text": text});
                    let done = world.call(client, "message.edit", params);
                    let what = format!("{name} edits {:?}: {}", self.said[at].text, outcome(&done));
                    if done.is_ok() {
                        self.said[at].text = text;
                    }
                    what
                }
                None => format!("{name} has nothing to edit"),
            },
            11..12 => match self.own(device, rng) {
                Some(at) => {
                    let params = json!({"message": self.said[at].id, "for": "everyone"});
                    let done = world.call(client, "message.delete", params);
                    let what = format!("{name} deletes {:?}: {}", self.said[at].text, outcome(&done));
                    self.said[at].deleted |= done.is_ok();
                    // What had not left yet leaves nothing.
                    let key = self.devices[device].keys[&self.said[at].place].clone();
                    let left = world.messages(client, &key);
                    if !left.iter().any(|one| one["message"] == self.said[at].id.as_str()) {
                        self.said.remove(at);
                    }
                    what
                }
                None => format!("{name} has nothing to delete"),
            },
            12..15 => self.react(world, device, rng),
            15..17 => {
                world.kill(client.0);
                format!("device {device} of {name} starts again")
            }
            17..18 => {
                world.sleep(client, rng.random_range(1_000..100_000));
                format!("device {device} of {name} is away")
            }
            18..19 => {
                self.count += 1;
                let name = format!("Plans {}", self.count);
                let params = json!({"conversation": self.devices[device].keys[&Place::Group], "name": name});
                // A commit, of which nobody waits to hear.
                world.begin(client, "conversation.set", params);
                format!("device {device} calls the group {name}")
            }
            _ => {
                let pause = [1, 1_000, 20_000, 70_000][rng.random_range(0..4)];
                world.settle_for(pause);
                format!("{pause} ms pass")
            }
        }
    }

    /// A message that this device wrote and that stands.
    fn own(&self, device: usize, rng: &mut ChaCha20Rng) -> Option<usize> {
        let own: Vec<usize> = (0..self.said.len())
            .filter(|at| self.said[*at].device == device && !self.said[*at].deleted)
            .collect();
        (!own.is_empty()).then(|| own[rng.random_range(0..own.len())])
    }

    /// By a first device alone: of two siblings' reactions the later one counts, and which that is shows in the log only.
    fn react(&mut self, world: &mut World, device: usize, rng: &mut ChaCha20Rng) -> String {
        let one = self.devices[device].clone();
        if self.devices[..device].iter().any(|other| other.person == one.person) || self.said.is_empty() {
            return format!("{} likes nothing", NAMES[one.person]);
        }
        let at = rng.random_range(0..self.said.len());
        self.react_to(world, device, at, EMOJI[rng.random_range(0..EMOJI.len())])
    }

    /// The same to one message.
    pub fn react_to(&mut self, world: &mut World, device: usize, at: usize, emoji: &str) -> String {
        let one = self.devices[device].clone();
        let said = self.said[at].clone();
        let Some(key) = one.keys.get(&said.place).filter(|_| !said.deleted) else {
            return format!("{} cannot see that", NAMES[one.person]);
        };
        let seen = world.messages(one.client, key);
        let Some(seen) = seen.iter().find(|seen| seen["text"] == said.text.as_str()) else {
            return format!("{} has not got {:?} yet", NAMES[one.person], said.text);
        };
        let done =
            world.call(one.client, "message.react", json!({"message": seen["message"], "emoji": emoji}));
        if done.is_ok() {
            self.said[at].reactions.insert(one.person, emoji.to_owned());
        }
        format!("{} reacts to {:?}: {}", NAMES[one.person], said.text, outcome(&done))
    }
}

fn outcome<T>(done: &Result<Value, T>) -> &'static str {
    match done {
        Ok(_) => "done",
        Err(_) => "refused",
    }
}
