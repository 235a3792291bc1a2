//! The server: each frame to one person's device may be withheld, changed, repeated or answered with a lie, until it is
//! honest again. What it said must then have no effect, or have been said.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CommitNote, Error, Following, LogClosed, ServerFrame};
use rand::{Rng as _, RngCore as _};
use rand_chacha::ChaCha20Rng;

use super::is_open;
use super::views::Past;
use crate::client::ClientId;
use crate::world::World;

/// A way to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    Withhold,
    Reorder,
    Repeat,
    Refuse,
    Times,
    Clock,
    WriteHash,
    Marks,
    LookUp,
    KeyPackage,
    Closed,
    Gone,
    Numbers,
    Flip,
    LeaveOut,
}

const LIES: [Lie; 15] = [
    Lie::Withhold,
    Lie::Reorder,
    Lie::Repeat,
    Lie::Refuse,
    Lie::Times,
    Lie::Clock,
    Lie::WriteHash,
    Lie::Marks,
    Lie::LookUp,
    Lie::KeyPackage,
    Lie::Closed,
    Lie::Gone,
    Lie::Numbers,
    Lie::Flip,
    Lie::LeaveOut,
];

/// The last error code that there is.
const CODES: i32 = 13;
const DAY_MS: i64 = 86_400_000;
/// `ERROR_NOT_ALLOWED`
const NOT_ALLOWED: i32 = 3;

/// Whom it lies to, and how.
struct Mood {
    rng: ChaCha20Rng,
    lies: BTreeMap<usize, Lie>,
    /// A frame that waits for the next one.
    kept: BTreeMap<usize, ServerFrame>,
    /// Look-ups and key packages that somebody was answered.
    seen: Vec<Body>,
    /// Receipts that somebody was answered.
    receipts: Vec<Bytes>,
    /// Entries that were left out of a log, so that the rest has other numbers.
    left_out: BTreeMap<(usize, Bytes), u64>,
    /// Who is told of another past.
    pasts: BTreeMap<usize, Past>,
}

/// See the module.
pub struct Server {
    mood: Rc<RefCell<Mood>>,
}

impl Server {
    /// Puts itself between the true server and all clients.
    pub fn take_over(world: &mut World, rng: ChaCha20Rng) -> Self {
        let mood = Mood {
            rng,
            lies: BTreeMap::new(),
            kept: BTreeMap::new(),
            seen: Vec::new(),
            receipts: Vec::new(),
            left_out: BTreeMap::new(),
            pasts: BTreeMap::new(),
        };
        let mood = Rc::new(RefCell::new(mood));
        let tamper = mood.clone();
        world.tamper = Some(Box::new(move |to, frame| tamper.borrow_mut().answer(to.0, frame)));
        Self { mood }
    }

    /// Begins or ends to lie to somebody. What it is.
    pub fn step(&mut self, world: &mut World, rng: &mut ChaCha20Rng, devices: &[ClientId]) -> String {
        let device = devices[rng.random_range(0..devices.len())];
        let mut mood = self.mood.borrow_mut();
        mood.rng = rng.clone();
        if mood.lies.remove(&device.0).is_some() && rng.random_range(0..2) == 0 {
            return format!("the server is honest to client {}", device.0);
        }
        let lie = LIES[rng.random_range(0..LIES.len())];
        mood.lies.insert(device.0, lie);
        drop(mood);
        // Some lies are told at the beginning of a connection.
        if lie == Lie::Clock || rng.random_range(0..2) == 0 {
            world.cut(device.0);
        }
        format!("the server tells client {}: {lie:?}", device.0)
    }

    /// It lies to nobody until it begins again.
    pub(super) fn be_honest(&self, world: &mut World) {
        let mut mood = self.mood.borrow_mut();
        (mood.lies, mood.kept) = (BTreeMap::new(), BTreeMap::new());
        drop(mood);
        for at in 0..world.clients.len() {
            world.cut(at);
        }
    }

    /// From now on somebody is told of another past.
    pub(super) fn tell_past(&self, client: ClientId, past: Past) {
        self.mood.borrow_mut().pasts.insert(client.0, past);
    }

    pub(super) fn forget_pasts(&self, world: &mut World) {
        for (client, _) in std::mem::take(&mut self.mood.borrow_mut().pasts) {
            world.cut(client);
        }
    }

    /// From now on it tells the truth.
    pub fn repent(self, world: &mut World) {
        world.tamper = None;
        for at in 0..world.clients.len() {
            world.cut(at);
        }
    }
}

impl Mood {
    fn number(&mut self) -> u64 {
        let of = [0, 1, 7, 1 << 62, i64::MAX as u64, u64::MAX];
        of[self.rng.random_range(0..of.len())]
    }

    fn answer(&mut self, to: usize, mut frame: ServerFrame) -> Vec<ServerFrame> {
        if let (Some(past), Some(body)) = (self.pasts.get(&to), &mut frame.body) {
            past.tell(body);
        }
        if matches!(frame.body, Some(Body::Manifest(_) | Body::KeyPackage(_))) && self.seen.len() < 20 {
            self.seen.extend(frame.body.clone());
        }
        let pushed = matches!(frame.body, Some(Body::LogEntries(_) | Body::InboxItems(_)));
        // Not every time: what always fails hides what comes after it.
        let Some(lie) = self.lies.get(&to).copied().filter(|_| self.rng.random_range(0..3) > 0) else {
            let before = self.kept.remove(&to);
            return [frame].into_iter().chain(before).collect();
        };
        match lie {
            Lie::Withhold if pushed => Vec::new(),
            Lie::Reorder if pushed => match self.kept.remove(&to) {
                Some(before) => vec![frame, before],
                None => {
                    self.kept.insert(to, frame);
                    Vec::new()
                }
            },
            Lie::Repeat if pushed => vec![frame; 3],
            Lie::Refuse if frame.id != 0 && !matches!(frame.body, Some(Body::Hello(_))) => {
                self.refusal(frame.id)
            }
            Lie::Closed if pushed => {
                let closed = match &frame.body {
                    Some(Body::LogEntries(page)) => {
                        Some(Body::LogClosed(LogClosed { log: page.log.clone() }))
                    }
                    _ => None,
                };
                [frame]
                    .into_iter()
                    .chain(closed.map(|body| ServerFrame { id: 0, body: Some(body) }))
                    .collect()
            }
            Lie::Gone if matches!(frame.body, Some(Body::Following(_))) => {
                let (code, entry) = (CODES, self.number());
                let body = Body::Error(Error { code, message: "gone".into(), entry, retry_after_ms: 0 });
                vec![ServerFrame { id: frame.id, body: Some(body) }]
            }
            _ => vec![ServerFrame { id: frame.id, body: frame.body.map(|body| self.changed(to, lie, body)) }],
        }
    }

    fn refusal(&mut self, id: u64) -> Vec<ServerFrame> {
        let mut code = self.rng.random_range(0..=CODES + 1);
        if code == NOT_ALLOWED && is_open("K28") {
            code = 0;
        }
        let (entry, wait) = (self.number(), self.rng.random_range(0..100_000));
        let body = Body::Error(Error { code, message: "no".into(), entry, retry_after_ms: wait });
        vec![ServerFrame { id, body: Some(body) }]
    }

    fn changed(&mut self, to: usize, lie: Lie, mut body: Body) -> Body {
        let number = self.number();
        match (lie, &mut body) {
            (Lie::Times, Body::LogEntries(page)) => {
                for entry in &mut page.entries {
                    entry.at_ms = number as i64;
                }
            }
            (Lie::Times, Body::InboxItems(page)) => {
                for item in &mut page.items {
                    item.at_ms = number as i64;
                }
            }
            (Lie::Clock, Body::Hello(hello)) if !is_open("K20") => {
                // Some minutes, days or months from the true one, or what is no time.
                let days = [-400, -1, 1, 60, 100, 400][self.rng.random_range(0..6)];
                hello.now_ms = match self.rng.random_range(0..3) {
                    0 => number as i64,
                    _ => hello.now_ms.saturating_add(days * DAY_MS + number as i64 % DAY_MS),
                };
            }
            (Lie::Times, Body::Appended(done)) => done.at_ms = number as i64,
            (Lie::WriteHash, Body::LogEntries(page)) if !is_open("K17") => {
                for note in page.entries.iter_mut().filter_map(|entry| entry.commit.as_mut()) {
                    note.next_write_hash = vec![7; 32].into();
                }
            }
            (Lie::Marks, Body::LogEntries(page)) => {
                for entry in &mut page.entries {
                    entry.commit = match entry.commit {
                        Some(_) => None,
                        None => Some(CommitNote { previous: number, next_write_hash: Bytes::new() }),
                    };
                }
            }
            (Lie::LookUp, Body::Manifest(answer)) => {
                let others = self.seen.iter().filter_map(|seen| match seen {
                    Body::Manifest(other) => Some(other.clone()),
                    _ => None,
                });
                let others: Vec<_> = others.collect();
                if !others.is_empty() {
                    *answer = others[self.rng.random_range(0..others.len())].clone();
                }
            }
            (Lie::KeyPackage, Body::KeyPackage(answer)) => {
                let others = self.seen.iter().filter_map(|seen| match seen {
                    Body::KeyPackage(other) => Some(other.clone()),
                    _ => None,
                });
                let others: Vec<_> = others.collect();
                if !others.is_empty() {
                    *answer = others[self.rng.random_range(0..others.len())].clone();
                }
            }
            (Lie::Numbers, Body::LogEntries(page)) => {
                if self.rng.random_range(0..2) == 0 {
                    page.first = number;
                }
                page.head = number;
            }
            (Lie::Numbers, Body::Following(following)) => {
                *following = Following { head: number, first: number, commit: None }
            }
            (Lie::Flip, Body::LogEntries(page)) => {
                for entry in &mut page.entries {
                    entry.payload = self.flipped(&entry.payload);
                }
            }
            (Lie::Flip, Body::InboxItems(page)) => {
                for item in &mut page.items {
                    item.payload = self.flipped(&item.payload);
                }
            }
            (Lie::Flip, Body::Receipts(receipts)) => {
                for sealed in &mut receipts.sealed {
                    *sealed = self.flipped(sealed);
                }
            }
            (Lie::Repeat, Body::Receipts(receipts)) => {
                self.receipts.extend(receipts.sealed.iter().take(4).cloned());
                receipts.sealed.clone_from(&self.receipts);
            }
            (Lie::Numbers, Body::Receipts(receipts)) => {
                (receipts.version, receipts.more) = (number, number.is_multiple_of(2));
            }
            (Lie::LeaveOut, Body::Receipts(receipts)) => receipts.sealed.truncate(1),
            (Lie::LeaveOut, Body::LogEntries(page)) => {
                let shift = self.left_out.entry((to, page.log.clone())).or_default();
                page.first = page.first.saturating_sub(*shift);
                if *shift == 0 && page.entries.len() > 1 {
                    page.entries.remove(0);
                    *shift = 1;
                }
                page.head = page.head.saturating_sub(*shift);
            }
            _ => {}
        }
        body
    }

    fn flipped(&mut self, bytes: &Bytes) -> Bytes {
        let mut bytes = bytes.to_vec();
        if !bytes.is_empty() {
            let at = self.rng.next_u32() as usize % bytes.len();
            bytes[at] ^= 4;
        }
        bytes.into()
    }
}
