//! The grammar: every field of everything that a member can send, drawn from what is right, other people's ids, own
//! ids, unknown ones, nothing, extremes and what was seen.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngCore as _};
use rand_chacha::ChaCha20Rng;

/// What an adversary has seen, and the chance that chooses from it.
pub struct Draw {
    pub rng: ChaCha20Rng,
    /// Ids of others' messages.
    pub messages: Vec<Vec<u8>>,
    /// Ids that the adversary gave.
    pub own_messages: Vec<Vec<u8>>,
    /// Everybody's accounts, the adversary's own last.
    pub accounts: Vec<AccountId>,
    pub devices: Vec<DeviceId>,
    pub logs: Vec<LogId>,
    /// Signed manifests that were seen, old ones too.
    pub manifests: Vec<Vec<u8>>,
    /// Blobs that others named.
    pub blobs: Vec<Vec<u8>>,
    /// Entry that the adversary's next append gets, if nobody is faster.
    pub next_entry: u64,
    /// The log in which the adversary speaks.
    pub log: LogId,
    /// An id that makes sense only right after the one before.
    pub follow_up: Option<Vec<u8>>,
}

impl Draw {
    pub fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        of.choose(&mut self.rng).cloned()
    }

    pub fn chance(&mut self, per_hundred: u32) -> bool {
        self.rng.random_range(0..100) < per_hundred
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// An extreme, or something ordinary.
    pub fn number(&mut self) -> u64 {
        let next = self.next_entry;
        let small = self.rng.random_range(0..40);
        let of =
            [0, 1, small, next, next + 1, u64::from(u32::MAX), 1 << 62, i64::MAX as u64, 1 << 63, u64::MAX];
        self.one(&of).unwrap_or_default()
    }

    pub fn small(&mut self) -> u32 {
        let of = [0, 1, 2, self.rng.random_range(0..1_000), u32::MAX];
        self.one(&of).unwrap_or_default()
    }

    /// An id of a message.
    pub fn message(&mut self) -> Vec<u8> {
        if let Some(id) = self.follow_up.take()
            && self.chance(60)
        {
            return id;
        }
        let (others, own) = (self.messages.clone(), self.own_messages.clone());
        match self.rng.random_range(0..20) {
            0..7 => self.one(&others).unwrap_or_default(),
            7..9 => self.one(&own).unwrap_or_default(),
            9..13 => self.derived(),
            13 => Vec::new(),
            14 => self.bytes(3),
            15 => vec![0; 16],
            16 => vec![0xff; 16],
            17 => self.picture(),
            _ => self.bytes(16),
        }
    }

    /// An id that a client would derive for a message whose own id is taken, if it came at an entry soon.
    fn derived(&mut self) -> Vec<u8> {
        let others = self.messages.clone();
        let Some(taken) = self.one(&others) else { return self.bytes(16) };
        let entry = self.next_entry + self.rng.random_range(0..3);
        self.follow_up = Some(taken.clone());
        let hash = Hash32::of(&[b"casemate/message-id/v1", &self.log.0, &entry.to_be_bytes(), &taken]);
        hash.0[..16].to_vec()
    }

    /// An id under which a client could keep a picture.
    fn picture(&mut self) -> Vec<u8> {
        let of = [self.account(), self.log()];
        let of = self.one(&of).unwrap_or_default();
        let label = [&b"casemate/picture/v1"[..], b"casemate/picture-id/v1", b"picture"];
        let label = self.one(&label).unwrap_or_default();
        Hash32::of(&[label, &of]).0[..16].to_vec()
    }

    /// Where a message gets its own id: mostly a new one.
    pub fn new_message(&mut self) -> Vec<u8> {
        let id = match self.chance(40) {
            true => self.message(),
            false => self.bytes(16),
        };
        self.own_messages.push(id.clone());
        id
    }

    pub fn account(&mut self) -> Vec<u8> {
        let all = self.accounts.clone();
        match self.rng.random_range(0..10) {
            0 => Vec::new(),
            1 => self.bytes(16),
            _ => self.one(&all).map(|id| id.0.to_vec()).unwrap_or_default(),
        }
    }

    pub fn device(&mut self) -> Vec<u8> {
        let all = self.devices.clone();
        match self.rng.random_range(0..10) {
            0 => Vec::new(),
            1 => self.bytes(16),
            _ => self.one(&all).map(|id| id.0.to_vec()).unwrap_or_default(),
        }
    }

    pub fn log(&mut self) -> Vec<u8> {
        let all = self.logs.clone();
        match self.rng.random_range(0..10) {
            0 => Vec::new(),
            1 => self.bytes(16),
            2 => self.bytes(3),
            _ => self.one(&all).map(|id| id.0.to_vec()).unwrap_or_default(),
        }
    }

    pub fn text(&mut self) -> String {
        let long = "x".repeat(self.rng.random_range(1..20_000));
        let of = ["", "hello", "ana says 1", "\u{202e}evil", "https://example.com", "a\0b", long.as_str()];
        (*of.choose(&mut self.rng).unwrap_or(&"")).to_owned()
    }

    pub fn attachment(&mut self) -> content::Attachment {
        let blobs = self.blobs.clone();
        let (size, padded) = match self.chance(50) {
            true => (5, casemate_content::pad::padded_len(5)),
            false => (self.number(), self.number()),
        };
        let blob = match self.chance(50) {
            true => self.one(&blobs).unwrap_or_default(),
            false => self.bytes(16),
        };
        content::Attachment {
            kind: (self.small() % 6) as i32,
            name: self.text().chars().take(200).collect(),
            r#type: "image/png".into(),
            size_bytes: size,
            padded_bytes: padded,
            sha256: self.bytes(32).into(),
            blob: blob.into(),
            key: self.bytes(32).into(),
            duration_ms: self.small(),
            ..content::Attachment::default()
        }
    }

    fn stretch(&mut self) -> content::Stretch {
        content::Stretch { first: self.number(), last: self.number() }
    }

    fn said(&mut self) -> content::Text {
        let mut text = content::Text { text: self.text(), ..content::Text::default() };
        if self.chance(30) {
            text.reply_to = self.message().into();
        }
        if self.chance(20) {
            let account = self.account().into();
            text.mentions = vec![content::Mention { start: self.small(), length: self.small(), account }];
        }
        if self.chance(20) {
            text.attachments = (0..self.rng.random_range(1..4)).map(|_| self.attachment()).collect();
        }
        if self.chance(15) {
            (text.view_once, text.forwarded) = (self.chance(50), self.small());
        }
        if self.chance(15) {
            text.disappearing_seconds = self.small();
        }
        if self.chance(10) {
            let options = (0..self.rng.random_range(0..14)).map(|at| format!("option {at}")).collect();
            let poll = content::Poll { question: "?".into(), options, multiple: self.chance(50) };
            text.thing = Some(content::text::Thing::Poll(poll));
        }
        text
    }

    /// Something that a member says.
    pub fn content(&mut self) -> (&'static str, Kind) {
        let of: Bytes = self.message().into();
        let author: Bytes = if self.chance(50) { self.account().into() } else { Bytes::new() };
        match self.rng.random_range(0..19) {
            0..3 => ("a text", Kind::Text(self.said())),
            3 => ("a reaction", Kind::Reaction(content::Reaction { to: of, emoji: self.emoji(), author })),
            4 => ("an edit", Kind::Edit(content::Edit { of, text: self.text(), mentions: Vec::new() })),
            5 => ("a deletion", Kind::Delete(content::Delete { of, author })),
            6 => {
                let refused = (0..self.rng.random_range(0..3)).map(|_| self.stretch()).collect();
                let silent = (0..self.rng.random_range(0..3)).map(|_| self.stretch()).collect();
                let missed = (0..self.rng.random_range(0..3)).map(|_| self.stretch()).collect();
                let (delivered, read, since) = (self.number(), self.number(), self.number());
                let receipt = content::Receipt {
                    delivered,
                    read,
                    refused,
                    silent,
                    since,
                    missed,
                    ..content::Receipt::default()
                };
                ("a receipt", Kind::Receipt(receipt))
            }
            7 => ("a pin", Kind::Pin(content::Pin { of, pinned: self.chance(50), author })),
            8 => (
                "a vote",
                Kind::Vote(content::PollVote { of, options: vec![self.small(), self.small()], author }),
            ),
            9 => ("a poll's end", Kind::Close(content::PollClose { of })),
            10 => ("an opening", Kind::Opened(content::Opened { of, author })),
            11 => {
                let keys = (0..self.rng.random_range(0..3))
                    .map(|_| content::SharedKey {
                        device: self.device().into(),
                        sealed: self.bytes(80).into(),
                    })
                    .collect();
                let file = self.chance(80).then(|| self.attachment());
                let with = self.account().into();
                ("a share", Kind::Shared(content::Shared { with, count: self.small(), file, keys }))
            }
            12 => ("a call", Kind::Call(self.call())),
            13 => {
                let call = self.call();
                let step = content::CallStep {
                    call: call.call,
                    r#move: (self.small() % 5) as i32,
                    at_ms: call.at_ms,
                    participant: call.participant,
                    secret: call.secret,
                };
                ("a call's step", Kind::CallStep(step))
            }
            14 => {
                let length = [32, 32, 5, 0][self.rng.random_range(0..4)];
                (
                    "a reader",
                    Kind::Reader(content::Reader { hash: self.bytes(length).into(), ..Default::default() }),
                )
            }
            15 => {
                let tokens =
                    vec![content::DeviceToken { device: self.device().into(), token: self.bytes(16).into() }];
                let picture = self.chance(50).then(|| self.attachment());
                let name = ["ana", "Ana", "eve"][self.rng.random_range(0..3)].to_owned();
                (
                    "a card",
                    Kind::Card(content::Card {
                        tokens,
                        display_name: name,
                        about: self.text(),
                        picture,
                        ..content::Card::default()
                    }),
                )
            }
            16 | 17 => {
                let manifests = self.manifests.clone();
                let mut signed = self.one(&manifests).unwrap_or_default();
                if self.chance(20) && !signed.is_empty() {
                    let at = self.rng.random_range(0..signed.len());
                    signed[at] ^= 1;
                }
                ("a manifest", Kind::Manifest(content::NewManifest { signed: signed.into() }))
            }
            _ => ("a word to own devices", Kind::Own(content::Own { kind: Some(self.own()) })),
        }
    }

    fn emoji(&mut self) -> String {
        let of = ["👍", "", "\u{202e}", "👍👍", "yes"];
        (*of.choose(&mut self.rng).unwrap_or(&"")).to_owned()
    }

    fn call(&mut self) -> content::CallOffer {
        let (call, kind, at_ms) = (self.bytes(16), (self.small() % 4) as i32, self.number() as i64);
        let participant = self.bytes(16);
        // Nothing more is drawn for it, so that seeds go on saying what they said.
        let secret = if at_ms % 2 == 0 { participant.repeat(2) } else { Vec::new() };
        content::CallOffer {
            call: call.into(),
            kind,
            at_ms,
            participant: participant.into(),
            secret: secret.into(),
        }
    }

    /// What one's own devices say to each other.
    pub fn own(&mut self) -> content::own::Kind {
        use content::own::Kind as Own;
        match self.rng.random_range(0..7) {
            0 => Own::Contact(content::OwnContact {
                account: self.account().into(),
                address: "evil@sim.example".into(),
                standing: self.small() % 8,
                nickname: Some("Mum".into()),
                blocked: Some(true),
                gone: true,
                ..content::OwnContact::default()
            }),
            1 => Own::Read(content::OwnRead {
                log: self.log().into(),
                entry: self.number(),
                silent: vec![self.stretch()],
            }),
            2 => Own::Delete(content::OwnDelete {
                message: self.message().into(),
                author: self.account().into(),
            }),
            3 => Own::Setting(content::OwnSetting { key: "strict".into(), value: "false".into() }),
            4 => Own::SignOut(content::OwnSignOut {}),
            5 => Own::Inbox(content::OwnInbox {
                device: self.device().into(),
                token: self.bytes(16).into(),
                bound: true,
            }),
            _ => Own::Marks(content::OwnMarks {
                log: self.log().into(),
                archived: Some(true),
                deleted: Some(true),
                accepted: Some(false),
                muted_until_ms: Some(i64::MAX),
                ..content::OwnMarks::default()
            }),
        }
    }
}
