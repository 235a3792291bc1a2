//! This device's key packages: put at the server, replaced as a whole each day, and deleted here once the server must have dropped them.
//!
//! Who copies this device can open what it is added to by a package whose private part is here. So none stays for longer than the server
//! may hand it out, and who was away: a package that is replaced is kept for as long as somebody may be about to use it.

use casemate_content::proto as content;
use casemate_crypto::conversation::{
    KeptPackage, Level, Lifetime, Suite, key_package_for, key_package_lifetime,
};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, KeyPackageItem, PutKeyPackages};
use rusqlite::{OptionalExtension as _, params};

use crate::again_place::Package;
use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Job};
use crate::db::{self, MlsStore};
use crate::intent::{Intent, spread_over};
use crate::log::LogRow;
use crate::repair::asked_key;

/// One-time key packages a suite that are kept on the server. More lets more people begin a conversation while
/// this device is away before the last resort is used; each costs the server about 4 KB.
const KEY_PACKAGES: usize = 10;

/// The level that key packages know by now, and from three on they have a lifetime.
const KEY_PACKAGES_LEVEL: i64 = 3;

/// All are replaced after so long even if none is known to be used.
const REFILL_MS: i64 = 24 * 3_600_000;

/// So long after the server dropped a package, or after it was sent with a request, nobody is about to use it any more: who took
/// it commits within seconds, and what an adder's device had not sent when it went off is made anew where the group went on.
const ABOUT_TO_MS: i64 = 14 * 24 * 3_600_000;

/// Until then (2027-05-31) packages without a lifetime are accepted: programs of before made them.
const UNBOUNDED_UNTIL_MS: i64 = 1_811_721_600_000;

/// Key packages of one device that are taken in vain: more than an older version of the program left with the server.
pub const PACKAGES_IN_VAIN: u32 = 24;

/// A device whose packages count no more is looked for so seldom: it puts others there when it is back.
const AWAY_MS: i64 = 24 * 3_600_000;

/// A package that a device made while its clock was ahead is replaced once the clock is right: it is looked for again so soon, once.
const AHEAD_MS: i64 = 3_600_000;

/// A device that came in by a last resort, by which others were added or will be, takes new keys before it says anything; in a large
/// group not all at once.
const LAST_RESORT_EACH_MS: u64 = 250;
const FEW: usize = 8;

/// That somebody had this device added in its name is said of a conversation once in so long.
const UNASKED_MS: i64 = 24 * 3_600_000;

/// What a package was made for.
#[derive(Clone, Copy)]
enum Kind {
    OneTime = 0,
    LastResort = 1,
    /// Sent with a request to be added again.
    Sent = 2,
}

impl Ctx<'_> {
    /// Puts new packages at the server, in place of those that it has.
    pub fn work_key_packages(&mut self) -> Done<()> {
        let due = db::number(self.db, "key_packages_due")?;
        // Others ask for what an older version of the program did not put there (docs/protocol.md, "Levels").
        let outdated = db::number(self.db, "key_packages_level")? < KEY_PACKAGES_LEVEL;
        let due = if outdated || self.lacks_seal_key()? { 0 } else { due };
        if due > self.now_ms && due <= self.now_ms + REFILL_MS {
            self.core.session.wake.insert((due, None));
            return Ok(());
        }
        if !self.begin(Job::KeyPackages) {
            return Ok(());
        }
        self.note_made(None)?;
        let seal_key = self.seal_key_to_put()?;
        let lifetime = self.package_lifetime();
        let store = MlsStore(self.db);
        let me = self.core.me.as_ref().expect("work is only called with an account");
        let mut packages = Vec::new();
        for suite in [Suite::XWing, Suite::X25519] {
            for last_resort in std::iter::repeat_n(false, KEY_PACKAGES).chain([true]) {
                packages.push(KeyPackageItem {
                    suite: u32::from(suite.code()),
                    key_package: key_package_for(&store, &me.identity, suite, last_resort, lifetime)?.into(),
                    last_resort,
                });
            }
        }
        self.note_made(Some(Kind::OneTime))?;
        self.send_device_request(
            DeviceBody::PutKeyPackages(PutKeyPackages { packages, replaces: true, seal_key }),
            Awaiting::KeyPackagesPut(self.now_ms),
        )
    }

    /// `made_ms`: of those that the server has now.
    pub fn key_packages_put(&mut self, made_ms: i64, result: Result<Body, WireError>) -> Done<()> {
        if let Err(error) = result {
            self.back_off(Job::KeyPackages, &error, 0);
            return Ok(());
        }
        self.end(&Job::KeyPackages);
        db::set_number(self.db, "key_packages_due", self.now_ms + REFILL_MS)?;
        self.core.session.wake.insert((self.now_ms + REFILL_MS, None));
        db::set_number(self.db, "key_packages_last_resort", 1)?;
        db::set_number(self.db, "key_packages_level", KEY_PACKAGES_LEVEL)?;
        // A server of before drops the last resort alone. The others go there when a hundred newer ones came, and here when they count no more.
        let replaces = self.core.session.hello.as_ref().is_some_and(|hello| hello.replaces_packages);
        let first = if replaces { Kind::OneTime } else { Kind::LastResort };
        self.db
            .prepare_cached(
                "UPDATE packages SET dropped_ms = ?1
                 WHERE dropped_ms IS NULL AND made_ms != ?2 AND kind BETWEEN ?3 AND ?4",
            )?
            .execute(params![self.now_ms, made_ms, first as i64, Kind::LastResort as i64])?;
        self.wipe_offers()?;
        self.seal_key_put()?;
        self.forget_packages(made_ms)
    }

    /// A key package was used: the next look at the server puts fresh ones there.
    fn key_package_used(&mut self, package: Option<Package>) -> Done<()> {
        if let Some(package) = package {
            self.note_used(package)?;
        }
        let used = db::number(self.db, "key_packages_used")? + 1;
        db::set_number(self.db, "key_packages_used", used)?;
        if used % (KEY_PACKAGES as i64 / 2) == 0 {
            db::set_number(self.db, "key_packages_due", 0)?;
        }
        Ok(())
    }

    /// A package for the device that is asked to add this one.
    pub fn package_to_send(&mut self, suite: Suite) -> Done<Vec<u8>> {
        self.note_made(None)?;
        let lifetime = self.package_lifetime();
        let package = key_package_for(&MlsStore(self.db), &self.me()?.identity, suite, false, lifetime)?;
        self.note_made(Some(Kind::Sent))?;
        Ok(package)
    }

    /// None where nobody knows what time it is: others would take the package for one that has ended, or is not good yet.
    fn package_lifetime(&self) -> Option<Lifetime> {
        (!self.clocks_are_apart()).then(|| Lifetime::beginning(self.server_now()))
    }

    /// Keeps count of the packages whose private part is here since the last look. `None`: those of a program of before.
    fn note_made(&mut self, kind: Option<Kind>) -> Done<()> {
        let (first, next) = ([KeptPackage::KEYS], [KeptPackage::KEYS + 1]);
        let new: Vec<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT key FROM mls WHERE key >= ?1 AND key < ?2 AND key NOT IN (SELECT key FROM packages)",
            )?
            .query_map(params![&first[..], &next[..]], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for key in new {
            let is_last_resort = |key: &[u8]| {
                KeptPackage::at(&MlsStore(self.db), key).is_some_and(|package| package.last_resort)
            };
            let (kind, made_ms) = match kind {
                Some(Kind::OneTime) if is_last_resort(&key) => (Kind::LastResort, self.now_ms),
                Some(kind) => (kind, self.now_ms),
                None => (Kind::OneTime, 0),
            };
            self.db
                .prepare_cached("INSERT INTO packages(key, kind, made_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![key, kind as i64, made_ms])?;
        }
        Ok(())
    }

    /// Deletes the private parts of packages that nobody can be about to use. The server has those of `made_ms`.
    fn forget_packages(&mut self, made_ms: i64) -> Done<()> {
        // From now on, where it is not known since when they were here.
        let before = self.now_ms - 1;
        self.db
            .prepare_cached("UPDATE packages SET made_ms = ?1 WHERE made_ms = 0 OR made_ms > ?2")?
            .execute(params![before, self.now_ms])?;
        let used = "DELETE FROM packages WHERE key NOT IN (SELECT key FROM mls)";
        self.db.prepare_cached(used)?.execute([])?;
        let hurry = db::number(self.db, RENEWED)? > 0;
        let dropped = self.now_ms - if hurry { -1 } else { ABOUT_TO_MS };
        let over: Vec<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT key FROM packages WHERE made_ms != ?1 AND (
                     dropped_ms NOT BETWEEN ?2 AND ?3 OR made_ms <= ?4
                     OR kind = ?5 AND made_ms <= ?6)",
            )?
            .query_map(
                params![
                    made_ms,
                    dropped,
                    self.now_ms,
                    self.now_ms - Lifetime::LONGEST_MS,
                    Kind::Sent as i64,
                    self.now_ms - ABOUT_TO_MS
                ],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        for key in over {
            self.forget_package(&key)?;
        }
        self.db
            .prepare_cached("DELETE FROM past_packages WHERE at_ms NOT BETWEEN ?1 AND ?2")?
            .execute([self.now_ms - Lifetime::LONGEST_MS, self.now_ms])?;
        Ok(db::forget_setting(self.db, RENEWED)?)
    }

    /// Deletes the private part of a package, by its key in `mls`.
    pub fn forget_package(&mut self, key: &[u8]) -> Done<()> {
        if let Some(package) = KeptPackage::at(&MlsStore(self.db), key) {
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO past_packages(name, suite, leaf, at_ms) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    &package.name.0[..],
                    package.suite.code(),
                    &package.leaf.0[..],
                    self.now_ms
                ])?;
        }
        self.db.prepare_cached("DELETE FROM mls WHERE key = ?1")?.execute([key])?;
        self.db.prepare_cached("DELETE FROM packages WHERE key = ?1")?.execute([key])?;
        Ok(())
    }

    /// When a package was made, by its key in `mls`.
    pub fn package_made(&self, key: &[u8]) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT made_ms FROM packages WHERE key = ?1 AND made_ms BETWEEN 1 AND ?2")?
            .query_row(params![key, self.now_ms], |row| row.get(0))
            .optional()?)
    }

    /// The package of a Welcome whose private part was deleted before that came.
    pub fn past_package(&self, name: Hash32) -> Done<Option<Package>> {
        let found: Option<(u32, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT suite, leaf FROM past_packages WHERE name = ?1")?
            .query_row([&name.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.and_then(|(suite, leaf)| {
            let (suite, leaf) = (Suite::from_code(suite)?, Hash32::try_from(&leaf[..]).ok()?);
            Some(Package { name, suite, leaf, last_resort: false, made_ms: None })
        }))
    }

    // ---- Others' packages ----

    /// Whether somebody may be added by a package now. One that cannot be read is judged by what it is, and not here.
    pub fn package_counts(&self, package: &[u8]) -> bool {
        let times = self.times();
        match key_package_lifetime(package) {
            Ok(Some(lifetime)) => times.iter().any(|now| lifetime.holds(*now)),
            Ok(None) => times.iter().any(|now| *now < UNBOUNDED_UNTIL_MS),
            Err(_) => true,
        }
    }

    /// Whether a fetched package's lifetime is over. There may be newer ones behind it; else its device has been away for long, or the
    /// server hands out what it should have dropped, and it is looked for again when they may be back.
    pub fn is_expired(
        &mut self,
        log: LogId,
        account: AccountId,
        device: DeviceId,
        package: &[u8],
    ) -> Done<bool> {
        if self.package_counts(package) {
            return Ok(false);
        }
        if self.taken_in_vain(log, account, device) {
            return Ok(true);
        }
        let to_come = |lifetime: Lifetime| self.times().iter().all(|now| lifetime.is_to_come(*now));
        let ahead = format!("ahead/{}/{}", log.to_hex(), device.to_hex());
        if key_package_lifetime(package).ok().flatten().is_some_and(to_come)
            && db::setting(self.db, &ahead)?.is_none()
        {
            db::set_number(self.db, &ahead, 1)?;
            self.add_later(log, account, device, AHEAD_MS)?;
            return Ok(true);
        }
        if let Some(row) = self.log_row(log)? {
            let key = format!("expired/{}/{}", log.to_hex(), device.to_hex());
            if db::setting(self.db, &key)?.is_none() {
                db::set_number(self.db, &key, 1)?;
                let text = match account == self.me()?.account() {
                    true => "A device of yours could not be added: it has been away for too long. It is added when it is back.".to_owned(),
                    false => format!(
                        "{} could not be added: they have been away for too long. They are added when they are back.",
                        self.name_of(account)?
                    ),
                };
                self.notice(row.thread, &text)?;
            }
        }
        self.add_later(log, account, device, AWAY_MS)?;
        Ok(true)
    }

    /// Counts a package that could not be used. False where there were so many that others are not to be expected.
    pub fn taken_in_vain(&mut self, log: LogId, account: AccountId, device: DeviceId) -> bool {
        let taken = self.core.session.old_packages.entry((log, account, device)).or_insert(0);
        *taken += 1;
        if *taken < PACKAGES_IN_VAIN {
            return true;
        }
        self.core.session.old_packages.remove(&(log, account, device));
        false
    }

    // ---- Having been added ----

    /// New keys for a leaf that has those of a key package: who copied this device before it came in has them too.
    pub fn came_by_package(
        &mut self,
        log: LogId,
        package: Option<Package>,
        devices: usize,
        unasked: bool,
    ) -> Done<()> {
        if unasked && let Some(row) = self.log_row(log)? {
            self.added_unasked(&row)?;
        }
        self.key_package_used(package)?;
        let by_last_resort = package.is_some_and(|package| package.last_resort);
        let wait = match by_last_resort {
            true if devices <= FEW => 0,
            true => self.jitter(LAST_RESORT_EACH_MS * devices as u64),
            false => self.jitter(spread_over(devices as u64)),
        };
        self.intend_at(log, Intent::Refresh, by_last_resort, self.now_ms + wait)
    }

    /// Whether a Welcome puts this device in again where it was, and it had not asked for that.
    pub fn is_unasked(&self, row: Option<&LogRow>, welcome: &content::Welcome) -> Done<bool> {
        let Some(row) = row.filter(|row| welcome.again_for[..] == row.log.0) else { return Ok(false) };
        Ok(!self.has_asked(row.log)?)
    }

    /// The same where the commit is not read: its Welcome shows it.
    pub fn look_at_welcome(&mut self, row: &LogRow) -> Done<()> {
        match self.offer_row(row.log)? {
            Some((_, _, offer)) if self.is_unasked(Some(row), &offer.welcome)? => self.added_unasked(row),
            _ => Ok(()),
        }
    }

    /// Another member's commit put a leaf in this device's place: by a request of its own, or of a thief who has its key.
    pub fn look_whether_asked(&mut self, row: &LogRow, leaf: Hash32) -> Done<()> {
        match self.has_asked(row.log)? || self.asked_with(row.log, leaf)? {
            true => Ok(()),
            false => self.added_unasked(row),
        }
    }

    /// Another member's commit put another leaf in this device's place, and the device knows of no Welcome: either that is on
    /// its way, or somebody wanted this device out without anybody noticing.
    pub fn replaced_by_others(&mut self, row: &LogRow, leaf: Hash32) -> Done<()> {
        if db::setting(self.db, &asked_key(row.log))?.is_none() {
            self.note_place(row.log, leaf)?;
            self.ask_to_be_added(row)?;
        }
        self.set_aside(row)
    }

    /// Somebody put this device in again, by a request that its key signed, and it made none: there is a copy of it.
    fn added_unasked(&mut self, row: &LogRow) -> Done<()> {
        // At level one nobody needs a request for that, and everybody reads who did it.
        if self.with_group(row.log, |group, _, _| Ok(group.level()))? == Level::One {
            return Ok(());
        }
        let key = format!("unasked/{}", row.log.to_hex());
        let since = self.now_ms.saturating_sub(db::number(self.db, &key)?);
        if (0..UNASKED_MS).contains(&since) {
            return Ok(());
        }
        db::set_number(self.db, &key, self.now_ms)?;
        self.notice(
            row.thread,
            "This device was added again here, and had not asked for it. Somebody may have a copy of it: if you did not put it back from a copy yourself, link it anew and remove this one.",
        )?;
        // What the copy has of packages is worth nothing any more.
        db::set_number(self.db, RENEWED, 1)?;
        db::set_number(self.db, "key_packages_due", 0)?;
        self.core.session.chores = true;
        Ok(())
    }
}

/// All packages are to be renewed, and nothing of those before is kept.
const RENEWED: &str = "key_packages_renewed";
