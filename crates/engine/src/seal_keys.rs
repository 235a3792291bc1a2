//! Keys to seal to, made anew each month: who copies this device, and has all that the server has, reads what came into the inbox in the
//! last three months, and nothing older.
//!
//! The manifest names one key of a device that stays. Programs of before seal to it, and so does who knows no other; from the first
//! monthly key on that was seen of a device, nothing is sealed to an older one.

use casemate_content::proto as content;
use casemate_crypto::SealKeys;
use casemate_crypto::sealed::{self, OpenedInbox, Wish};
use casemate_wire::ids::{AccountId, DeviceId, InboxToken};
use casemate_wire::proto::directory::SealKey;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    DeviceKeys, Error as WireError, FetchManifest, KeyPackageAnswer, fetch_manifest,
};
use casemate_wire::seal_key;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};
use zeroize::Zeroizing;

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::db;

const DAY_MS: i64 = 86_400_000;

/// A key is replaced after so long and up to five days more, not by all devices at once.
const RENEW_MS: i64 = 25 * DAY_MS;
const SPREAD_MS: u64 = 5 * DAY_MS as u64;

/// A sender who knows one that is older asks for a newer one before it seals to it.
const OLD_MS: i64 = RENEW_MS + SPREAD_MS as i64;

/// The private part stays for so long after it was replaced: as long as the server keeps what is sealed to it.
const KEPT_MS: i64 = 60 * DAY_MS;

/// No newer one is asked for twice within this.
const ASKED_MS: i64 = DAY_MS;

/// In `settings`: when the next one is made, the time of the one that the server took last, and of one that it has and this device does not.
const DUE: &str = "seal_key_due";
const PUT: &str = "seal_key_put";
const SEEN: &str = "seal_key_seen";

/// What is sealed to for a device.
pub struct SealTo {
    pub public: Vec<u8>,
    /// Of a monthly one.
    made_ms: Option<i64>,
}

impl SealTo {
    /// Whether the device opens what is bound to account, device and key because of this key alone.
    pub fn is_monthly(&self) -> bool {
        self.made_ms.is_some()
    }
}

impl Ctx<'_> {
    // ---- Own keys ----

    fn server_takes_seal_keys(&self) -> bool {
        self.core.session.hello.as_ref().is_some_and(|hello| hello.seal_keys)
    }

    /// Whether the server is to have a key at once.
    pub fn lacks_seal_key(&self) -> Done<bool> {
        if !self.server_takes_seal_keys() || self.clocks_are_apart() {
            return Ok(false);
        }
        let newest = self.newest_made()?;
        Ok(newest <= db::number(self.db, SEEN)? || newest > db::number(self.db, PUT)?)
    }

    /// When the newest was made; 0: there is none.
    fn newest_made(&self) -> Done<i64> {
        let mut statement = self.db.prepare_cached("SELECT coalesce(max(made_ms), 0) FROM seal_keys")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Those whose private part is here, the newest first.
    fn own_seal_keys(&self) -> Done<Vec<(i64, SealKeys)>> {
        let mut statement =
            self.db.prepare_cached("SELECT made_ms, secret FROM seal_keys ORDER BY made_ms DESC")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, Zeroizing::new(row.get::<_, [u8; 32]>(1)?))))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().map(|(made_ms, secret)| (made_ms, SealKeys::from_secret(&secret))).collect())
    }

    /// The one that goes to the server with key packages; a new one where it is time. Its private part is stored before it leaves.
    pub fn seal_key_to_put(&mut self) -> Done<Option<SealKey>> {
        if !self.server_takes_seal_keys() {
            return Ok(None);
        }
        let now = self.server_now();
        let made_ms = self.newest_made()?;
        let seen = db::number(self.db, SEEN)?;
        let due = db::number(self.db, DUE)?;
        let is_due = !(now + 1..=now + OLD_MS).contains(&due);
        // One from a time that is not yet would stand in the way of those that come after it.
        if (is_due || made_ms <= seen) && !self.clocks_are_apart() {
            let made_ms = now.max(made_ms + 1).max(seen + 1);
            let keys = SealKeys::generate(&mut self.core.config.rng);
            self.db
                .prepare_cached("INSERT INTO seal_keys(made_ms, secret) VALUES (?1, ?2)")?
                .execute(params![made_ms, &keys.secret()[..]])?;
            let wait = RENEW_MS + self.jitter(SPREAD_MS);
            db::set_number(self.db, DUE, now + wait)?;
        }
        self.signed_seal_key()
    }

    /// The newest, signed by this device.
    pub fn signed_seal_key(&self) -> Done<Option<SealKey>> {
        let identity = &self.me()?.identity;
        let newest = self.own_seal_keys()?.into_iter().next();
        Ok(newest.map(|(made_ms, keys)| {
            seal_key::sign((identity.account, identity.device), made_ms, &keys.public, &identity.signing)
        }))
    }

    /// The server has the newest. Those before it stay for a while, and are deleted then.
    pub fn seal_key_put(&mut self) -> Done<()> {
        if self.server_takes_seal_keys() {
            db::set_number(self.db, PUT, self.newest_made()?)?;
            self.db
                .prepare_cached(
                    "UPDATE seal_keys SET replaced_ms = ?1
                     WHERE replaced_ms IS NULL AND made_ms < (SELECT max(made_ms) FROM seal_keys)",
                )?
                .execute([self.now_ms])?;
        }
        // Where the clock went back, from now on.
        self.db
            .prepare_cached("UPDATE seal_keys SET replaced_ms = ?1 WHERE replaced_ms > ?1")?
            .execute([self.now_ms])?;
        self.db
            .prepare_cached("DELETE FROM seal_keys WHERE replaced_ms < ?1")?
            .execute([self.now_ms - KEPT_MS])?;
        self.forget_old_handover_key()
    }

    /// The server has a key that this device signed and does not have: it was put back from a copy, or somebody has a copy of it.
    fn own_seal_key_seen(&mut self, said: &SealKey) -> Done<()> {
        if self.own_seal_keys()?.iter().any(|(_, keys)| keys.public == said.key) {
            return Ok(());
        }
        if said.made_ms > db::number(self.db, SEEN)? {
            tracing::warn!(
                "the server has a key to seal to that is signed by this device and was not made by it"
            );
            db::set_number(self.db, SEEN, said.made_ms)?;
            db::set_number(self.db, "key_packages_due", 0)?;
            self.core.session.chores = true;
        }
        Ok(())
    }

    /// Opens what came into the inbox: with a monthly key, or with the one that stays.
    pub fn open_inbox(&self, payload: &[u8]) -> Done<Option<OpenedInbox>> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        for (_, keys) in self.own_seal_keys()? {
            match sealed::open_bound_inbox_message(&keys, own, payload) {
                Ok(None) => {}
                Ok(opened) => return Ok(opened),
                Err(_) => return Ok(None),
            }
        }
        Ok(sealed::open_inbox_message(&me.seal, own, payload).ok())
    }

    /// The same of a knock.
    pub fn open_knock(&self, sealed_box: &[u8]) -> Done<Option<content::Knock>> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let monthly = self.own_seal_keys()?;
        let opened =
            monthly.iter().find_map(|(_, keys)| sealed::open_bound_knock(keys, own, sealed_box).ok());
        Ok(opened.or_else(|| sealed::open_knock(&me.seal, sealed_box).ok()))
    }

    /// The same of any other box for this device.
    pub fn open_box(&self, label: &[u8], bound: &[u8], sealed_box: &[u8]) -> Done<Option<Vec<u8>>> {
        let monthly = self.own_seal_keys()?;
        let all = monthly.iter().map(|(_, keys)| keys).chain([&self.me()?.seal]);
        Ok(all.into_iter().find_map(|keys| sealed::open(keys, label, bound, sealed_box).ok()))
    }

    // ---- Others' keys ----

    /// Keeps the newest key that a device made: in the server's answers, or as the device says it itself.
    pub fn learn_seal_key(
        &mut self,
        account: AccountId,
        device: DeviceId,
        said: Option<&SealKey>,
    ) -> Done<()> {
        let Some(said) = said else { return Ok(()) };
        let Some(manifest) = self.known_manifest(account)? else { return Ok(()) };
        let Some(named) = manifest.device(device) else { return Ok(()) };
        let known = self.made_of(account, device)?;
        if known.is_some_and(|made_ms| made_ms >= said.made_ms) {
            return Ok(());
        }
        if seal_key::verify(said, (account, device), &named.signature_key, self.server_now()).is_err() {
            tracing::warn!("a key to seal to that its device did not sign, or from a time that is not yet");
            return Ok(());
        }
        let me = self.me()?;
        if (me.account(), me.identity.device) == (account, device) {
            return self.own_seal_key_seen(said);
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO others_seal_keys(account, device, made_ms, seal_key) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![&account.0[..], &device.0[..], said.made_ms, said.encode_to_vec()])?;
        Ok(())
    }

    /// All that an answer about an account has of them.
    pub fn learn_seal_keys(&mut self, account: AccountId, all: &[DeviceKeys]) -> Done<()> {
        for keys in all {
            if let Ok(device) = DeviceId::try_from(&keys.device[..]) {
                self.learn_seal_key(account, device, keys.seal_key.as_ref())?;
            }
        }
        Ok(())
    }

    /// A device's key package was handed out, with the newest key to seal its Welcome to.
    pub fn taken_package(
        &mut self,
        account: AccountId,
        device: DeviceId,
        answer: &KeyPackageAnswer,
    ) -> Done<Vec<u8>> {
        self.learn_seal_key(account, device, answer.seal_key.as_ref())?;
        self.core.session.asked_seal_keys.insert((account, device), self.now_ms);
        Ok(answer.key_package.to_vec())
    }

    fn made_of(&self, account: AccountId, device: DeviceId) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT made_ms FROM others_seal_keys WHERE account = ?1 AND device = ?2")?
            .query_row(params![&account.0[..], &device.0[..]], |row| row.get(0))
            .optional()?)
    }

    /// What to seal to for a device: its newest monthly key that was seen, else the one that its manifest names. The document that is
    /// newest now must name the device, with the key that signed.
    pub fn seal_to(&self, account: AccountId, device: DeviceId) -> Done<Option<SealTo>> {
        let said: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT seal_key FROM others_seal_keys WHERE account = ?1 AND device = ?2")?
            .query_row(params![&account.0[..], &device.0[..]], |row| row.get(0))
            .optional()?;
        let said = said.and_then(|said| SealKey::decode(&said[..]).ok());
        if let (Some(said), Some(manifest)) = (said, self.known_manifest(account)?)
            && let Some(named) = manifest.device(device)
            && seal_key::verify(&said, (account, device), &named.signature_key, i64::MAX).is_ok()
        {
            return Ok(Some(SealTo { public: said.key.into(), made_ms: Some(said.made_ms) }));
        }
        Ok(self.device_key(account, device)?.map(|public| SealTo { public, made_ms: None }))
    }

    /// Seals a knock for a device.
    pub fn seal_knock(
        &self,
        (account, device): (AccountId, DeviceId),
        to: &SealTo,
        token: &InboxToken,
        note: &str,
        wish: Wish<'_>,
    ) -> Done<Option<Vec<u8>>> {
        let (id, at_ms) = (&self.me()?.identity, self.server_now());
        let made = match to.is_monthly() {
            true => sealed::make_bound_knock(id, (account, device), &to.public, token, note, wish, at_ms),
            false => sealed::make_knock(id, account, &to.public, token, note, wish, at_ms),
        };
        // A key that nothing can be sealed to is its owner's doing.
        Ok(made.ok())
    }

    /// Whether there may be a newer key than the one that is known. Asks for it, and says so where the answer is to be awaited.
    pub fn awaits_seal_key(
        &mut self,
        account: AccountId,
        device: DeviceId,
        known: &SealTo,
        token: &InboxToken,
    ) -> Done<bool> {
        let now = self.server_now();
        let is_new = known.made_ms.is_some_and(|made_ms| made_ms > now - OLD_MS);
        let asked = self.core.session.asked_seal_keys.get(&(account, device));
        let asked = asked.is_some_and(|at| (0..ASKED_MS).contains(&(self.now_ms - at)));
        if is_new || asked || !self.server_takes_seal_keys() {
            return Ok(false);
        }
        if self.begin(Job::SealKeys(account)) {
            let by = Some(fetch_manifest::By::InboxToken(token.to_field()));
            let fetch = FetchManifest { by, proof: None, known: None };
            self.send(Request::FetchManifest(fetch), Awaiting::SealKeys(account));
        }
        Ok(true)
    }

    /// They came. Where they did not, what waits goes on with what is known: another key than the device's own is never one.
    pub fn seal_keys_fetched(&mut self, account: AccountId, result: Result<Body, WireError>) -> Done<()> {
        self.end(&Job::SealKeys(account));
        if let Ok(Body::Manifest(answer)) = result
            && let Err(fail) = self.take_manifest_answer(&answer, Some(account))
        {
            let Fail::Server(why) = fail else { return Err(fail) };
            tracing::warn!("keys to seal to were not taken: the server sent {why}");
        }
        let mut statement = self.db.prepare_cached("SELECT DISTINCT device FROM posts WHERE account = ?1")?;
        let waiting = statement
            .query_map([&account.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<DeviceId>, _>>()?;
        for device in waiting {
            self.core.session.asked_seal_keys.insert((account, device), self.now_ms);
        }
        self.core.session.chores = true;
        Ok(())
    }
}
