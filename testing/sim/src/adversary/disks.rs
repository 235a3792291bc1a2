//! Disks that fail beside the stores of logs: a device's files, pages of its database, the server's blobs and its directory. And a
//! server's clock that is ahead.

use casemate_api::command::AttachmentKind;
use rand::{Rng as _, RngCore as _};
use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use serde_json::json;

use super::Stage;
use super::honest::{NAMES, Place};
use super::invariants::HOUR_MS;
use crate::client::ClientId;
use crate::snapshot::quick_folder;
use crate::store_faults::StoreFault;

/// Bytes of a page of SQLite.
const PAGE: usize = 4_096;

/// First bytes of the pages that hold rows or an index: what is read of others shows no damage by itself. SQLCipher knows each page.
const TREES: [u8; 4] = [2, 5, 10, 13];

/// The server's clock is ahead by so much.
const AHEAD_MS: i64 = 3 * 365 * 24 * HOUR_MS;

impl Stage {
    /// A device that is here, and a place of its.
    pub(super) fn somebody(&self, chance: &mut ChaCha20Rng) -> (usize, Place) {
        let here = self.honest.here();
        let (at, device) = &here[chance.random_range(0..here.len())];
        let places: Vec<Place> = device.keys.keys().copied().collect();
        (*at, places[chance.random_range(0..places.len())])
    }

    pub(super) fn sends_file(
        &mut self,
        by: (usize, Place),
        chance: &mut ChaCha20Rng,
    ) -> Result<String, String> {
        let mut file = vec![0; chance.random_range(1..6_000)];
        chance.fill_bytes(&mut file);
        // Some are fetched without anybody's asking.
        let kinds = [AttachmentKind::Photo, AttachmentKind::Document];
        let kind = kinds[chance.random_range(0..kinds.len())];
        self.honest.send_file(&mut self.world, by, kind, file)
    }

    /// Files of a device are gone, or damaged. One that was not sent yet is gone: what it is nobody else knows.
    pub(super) fn files_are_lost(&mut self, chance: &mut ChaCha20Rng) -> String {
        let by = self.somebody(chance);
        let said = self.sends_file(by, chance);
        self.world.settle_for(chance.random_range(0..30_000));
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let stored = self.world.engine(device.client).blobs().map(|blobs| blobs.stored).unwrap_or_default();
        let client = self.world.client(device.client);
        let all: Vec<_> = client.blobs.keys().copied().collect();
        let mut lost = Vec::new();
        for blob in all {
            match chance.random_range(0..6) {
                0 | 1 => {
                    client.blobs.remove(&blob);
                    lost.push(format!("{blob:?} is gone"));
                }
                2 if stored.contains(&blob) => {
                    client.blobs.entry(blob).and_modify(|file| file[0] ^= 1);
                    lost.push(format!("{blob:?} is damaged"));
                }
                _ => {}
            }
        }
        if chance.random_range(0..2) == 0 {
            self.world.kill(device.client.0);
        }
        self.world.settle_for(chance.random_range(0..30_000));
        format!("device {} sends {said:?}; of the files of device {at}: {lost:?}", by.0)
    }

    /// A page of a device's database cannot be read for a while; the device starts with it.
    pub(super) fn page_is_unreadable(&mut self, chance: &mut ChaCha20Rng) -> String {
        let by = self.somebody(chance);
        let said = self.sends_file(by, chance);
        self.world.settle_for(60_000);
        let here = self.honest.here();
        let (at, device) = here[chance.random_range(0..here.len())].clone();
        let stored = self.world.engine(device.client).blobs().map(|blobs| blobs.stored).unwrap_or_default();
        let had = |stage: &mut Self| {
            let here = &stage.world.client(device.client).blobs;
            stored.iter().filter(|blob| here.contains_key(blob)).count()
        };
        let files = had(self);
        let mut before = None;
        let pick = chance.random_range(0..usize::MAX);
        let of_files = chance.random_range(0..2) == 0;
        let opened = self.changes_pages(device.client, |pages, roots| {
            let count = pages.len() / PAGE;
            let candidates: Vec<usize> = match of_files {
                true => roots,
                false => (1..count).filter(|page| TREES.contains(&pages[page * PAGE])).collect(),
            };
            let page = candidates[pick % candidates.len()];
            before = Some((page, pages[page * PAGE..(page + 1) * PAGE].to_vec()));
            pages[page * PAGE..(page + 1) * PAGE].fill(0xFF);
        });
        let (page, before) = before.expect("a page");
        if opened {
            self.world.start(device.client.0);
            let speaker = self.somebody(chance);
            _ = self.honest.say(&mut self.world, speaker.0, speaker.1);
            self.world.settle_for(chance.random_range(0..30_000));
        }
        self.changes_pages(device.client, |pages, _| {
            if let Some(now) = pages.get_mut(page * PAGE..(page + 1) * PAGE)
                && now.iter().all(|byte| *byte == 0xFF)
            {
                now.copy_from_slice(&before);
            }
        });
        self.world.start(device.client.0);
        let left = had(self);
        if left < files {
            self.broken = Some(format!("erased: of {files} files of device {at} {left} are left"));
        }
        format!(
            "device {} sends {said:?}; page {page} of the database of device {at} of {} cannot be read (opened: {opened})",
            by.0, NAMES[device.person]
        )
    }

    /// Changes bytes of a device's database, beside the pages at which its table of files and their indexes begin; it does not run then.
    /// False: it did not open any more, and is as it was.
    fn changes_pages(&mut self, id: ClientId, change: impl FnOnce(&mut Vec<u8>, Vec<usize>)) -> bool {
        let world = &mut self.world;
        world.stops(id.0);
        let folder = quick_folder();
        let path = folder.path().join("pages.db");
        let before = folder.path().join("before.db");
        let client = world.client(id);
        client.try_restart_with(
            |db| {
                let mut roots = db
                    .prepare(
                        "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'attachments' AND rootpage > 0",
                    )
                    .and_then(|mut roots| {
                        roots.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()
                    })
                    .unwrap_or_default();
                roots.sort_unstable();
                copy(&db, &mut Connection::open(&before).expect("a file"));
                copy(&db, &mut Connection::open(&path).expect("a file"));
                let mut pages = std::fs::read(&path).expect("the copy");
                change(&mut pages, roots.into_iter().map(|root| root as usize - 1).collect());
                std::fs::write(&path, pages).expect("room in memory");
                in_memory(&path)
            },
            |_| in_memory(&before),
        )
    }

    /// Transfers break off on the server's side, and what was not complete begins anew.
    pub(super) fn blobs_fail(&mut self, chance: &mut ChaCha20Rng) -> String {
        self.world.blobs_fail = [20, 60, 100][chance.random_range(0..3)];
        let by = self.somebody(chance);
        let said = self.sends_file(by, chance);
        self.world.settle_for(chance.random_range(0..20_000));
        let begins_anew = chance.random_range(0..2) == 0;
        if begins_anew {
            let now = self.world.now_ms;
            self.world.server.lose_uploads(now);
        }
        let after = self.honest.say(&mut self.world, by.0, by.1);
        self.world.settle_for(chance.random_range(0..20_000));
        let per_cent = std::mem::take(&mut self.world.blobs_fail);
        format!(
            "{per_cent} of 100 transfers fail (uploads begin anew: {begins_anew}), device {} sends {said:?} and says {after:?}",
            by.0
        )
    }

    /// The database of the server's directory fails, while somebody is invited and others connect.
    pub(super) fn directory_fails(&mut self, chance: &mut ChaCha20Rng) -> String {
        let after = (chance.random_range(0..3) > 0).then(|| 1 << chance.random_range(0..14));
        let times = [1, 10, 1_000][chance.random_range(0..3)];
        let faults = self.world.directory_faults.clone();
        faults.attach(self.world.server.directory.database());
        faults.set(Some(StoreFault { after, times }));
        // What of a blob is said then is an error, too.
        self.world.blobs_fail = 100;
        let invited = self.invites(chance);
        let here = self.honest.here();
        let at = here[chance.random_range(0..here.len())].1.client.0;
        self.world.cut(at);
        self.world.settle_for(chance.random_range(0..20_000));
        faults.set(None);
        self.world.blobs_fail = 0;
        format!("the directory fails {times} times (after {after:?}), while {invited}")
    }

    /// Somebody makes a group with somebody else, who shall read of it.
    pub(super) fn invites(&mut self, chance: &mut ChaCha20Rng) -> String {
        let (from, to) = self.two(chance);
        let name = format!("Side {}", self.sides.len());
        let (from_person, to_person) = (self.honest.devices[from].person, self.honest.devices[to].person);
        let client = self.honest.devices[from].client;
        let members = [format!("{}@sim.example", NAMES[to_person])];
        let made = self.world.call(client, "conversation.create", json!({"members": members, "name": name}));
        if made.is_ok() {
            self.sides.push((name.clone(), to_person));
        }
        format!("{} invites {} to {name}: {}", NAMES[from_person], NAMES[to_person], made.is_ok())
    }

    /// Devices of two people.
    pub(super) fn two(&self, chance: &mut ChaCha20Rng) -> (usize, usize) {
        let here = self.honest.here();
        let (one, device) = &here[chance.random_range(0..here.len())];
        let others: Vec<usize> =
            here.iter().filter(|(_, other)| other.person != device.person).map(|(at, _)| *at).collect();
        (*one, others[chance.random_range(0..others.len())])
    }

    /// The server's clock is years ahead when it looks for what has expired, while somebody has not fetched what is there for them.
    pub(super) fn server_clock_jumps(&mut self, chance: &mut ChaCha20Rng) -> String {
        let by = self.somebody(chance);
        let away: Vec<ClientId> = self
            .honest
            .here()
            .iter()
            .filter(|(at, device)| *at != by.0 && (device.person > 0 || chance.random_range(0..2) == 0))
            .map(|(_, device)| device.client)
            .collect();
        for one in &away {
            self.world.sleep(*one, HOUR_MS);
        }
        let said = self.sends_file(by, chance);
        let invited = self.invites(chance);
        self.world.settle_for(20_000);
        let (now, policy) = (self.world.now_ms, self.world.policy.clone());
        for at in [now, now + AHEAD_MS, now + AHEAD_MS + HOUR_MS] {
            self.world.server.keep_house(at, &policy).expect("a directory");
        }
        self.world.server.keep_house(now, &policy).expect("a directory");
        for one in away {
            self.world.wake(one);
        }
        self.world.settle_for(20_000);
        format!(
            "the server's clock is years ahead for hours; before that device {} sends {said:?}, {invited}",
            by.0
        )
    }
}

fn copy(from: &Connection, to: &mut Connection) {
    let copied = Backup::new(from, to).and_then(|copy| copy.step(-1));
    copied.expect("a copy");
}

fn in_memory(path: &std::path::Path) -> Connection {
    let mut db = Connection::open_in_memory().expect("SQLite in memory");
    copy(&Connection::open(path).expect("the file"), &mut db);
    db
}
