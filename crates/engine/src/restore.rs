//! Restoring an account with its recovery kit, and what follows from it on both sides.
//!
//! ```text
//! words ─▶ RecoverAccount ─▶ manifest + box ─▶ new keys (rows) ─▶ PublishManifest ─▶ people and names out of the box
//!       ─▶ "add me again" to contacts' inboxes ─▶ they remove the lost devices and add this one in one commit ─▶ Welcome
//! ```
//! History does not come back with it, and no key of a conversation: others add the new device, as they would any.
//! A kill in between loses nothing: until the server has taken the manifest the same words begin again, and after
//! that, who still is to be asked stands in rows.

mod registered;

use casemate_api::command::RecoveryRestore;
use casemate_api::{Error, Event, Kind, view};
use casemate_content::proto as content;
use casemate_content::proto::inbox_body;
use casemate_crypto::SealKeys;
use casemate_crypto::recovery::RecoveryKit;
use casemate_wire::handle::{Address, Handle};
use casemate_wire::ids::{AccountId, DeviceId, InboxToken, LogId};
use casemate_wire::manifest::{self, RECOVER_LABEL, VerifiedManifest, sign_labelled};
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    DeviceKeys, Error as WireError, ErrorCode, FetchManifest, ManifestAnswer, PublishManifest,
    RecoverAccount, fetch_manifest,
};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::account::{keys, server_url};
use crate::connection::{Awaiting, refusal};
use crate::contact::Standing;
use crate::core::{Ctx, Done, Fail, invalid, sentence};
use crate::db;
use crate::intent::Intent;
use crate::io::Output;
use crate::log::{LogRow, State};
use crate::recovery::{replace_keys, restored::Found};

/// A restore begins so often anew before it gives up: each time somebody changed the account in between.
const RESTORE_TRIES: u32 = 32;

/// Devices that are asked for one conversation on one connection.
const ASKED: usize = 6;

/// On new connections they are asked again, with a pause in between: so often with the first one, and then with the longer one, since
/// those who could bring this account back may all have been away.
const TIMES: u32 = 40;
const AGAIN_MS: i64 = 10 * 60_000;
const RARELY_MS: i64 = 86_400_000;

/// Who sees a contact's devices replaced and is not asked to add the new one removes the old ones after this: whoever
/// is asked does both in one commit, so that an admin stays one.
const REMOVE_AFTER_MS: i64 = 20_000;

/// A conversation that this restored device waits to be added to.
pub struct Waiting {
    pub log: content::RecoveryLog,
    times: u32,
    asked_ms: i64,
}

impl Ctx<'_> {
    /// `recovery.restore`: words first; then the server is asked.
    pub fn recovery_restore(&mut self, command: u64, wanted: &RecoveryRestore) -> Done<()> {
        if let Ok(me) = self.me() {
            let sentence = format!("This device already has the account {}.", me.address);
            return Err(Fail::User(Error::new(Kind::Taken, sentence)));
        }
        if self.core.session.creating.is_some() {
            return Err(invalid("An account is just being made here; wait for the answer."));
        }
        let (handle, at) = match Address::typed(&wanted.name) {
            Ok(address) => (address.handle, address.server),
            Err(_) => (Handle::typed(&wanted.name)?, String::new()),
        };
        let url = wanted.server.as_deref().map(server_url).transpose()?;
        let url = url.ok_or_else(|| invalid("Name the server's URL."))?;
        let kit = RecoveryKit::from_words(&wanted.words.text())
            .map_err(|error| invalid(sentence(&error.to_string())))?;
        let same_server = db::setting(self.db, "server_url")?.as_deref() == Some(url.as_bytes());
        self.forget_request()?;
        self.core.session.linking = false;
        // Apart from what an account that was to be created here has left, until an account is found with them.
        db::set_setting(self.db, "restore_handle", handle.as_str().as_bytes())?;
        db::set_setting(self.db, "restore_at", at.as_bytes())?;
        db::RESTORE_ENTROPY.write(self.db, kit.entropy())?;
        db::set_setting(self.db, "server_url", url.as_bytes())?;
        self.db.execute("DELETE FROM settings WHERE key IN ('server_key', 'incarnation', 'incarnations', 'incarnations_since_ms', 'invite')", [])?;
        self.core.session.creating = Some(command);
        self.core.session.restoring = true;
        self.core.session.restore_tries = 0;
        self.core.session.restored_before = false;
        if self.reach_server(url, same_server)? { self.send_recover_account() } else { Ok(()) }
    }

    /// Greeted by the server while restoring.
    pub fn send_recover_account(&mut self) -> Done<()> {
        let hello = self.core.session.hello.clone().ok_or(Fail::Server("no greeting"))?;
        let handle = db::setting(self.db, "restore_handle")?.unwrap_or_default();
        let handle = String::from_utf8_lossy(&handle).into_owned();
        Address::parse(&format!("{handle}@{}", hello.server))
            .map_err(|_| Fail::Server("a malformed server name"))?;
        let at = db::setting(self.db, "restore_at")?.unwrap_or_default();
        if !at.is_empty() && at != hello.server.as_bytes() {
            let sentence = format!(
                "The address of this account names another server than the one that was asked, which is {}. Nothing was changed.",
                hello.server
            );
            return self.restore_failed(invalid(sentence).to_api());
        }
        db::set_setting(self.db, "server_name", hello.server.as_bytes())?;
        let kit = self.restoring_kit()?;
        let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, handle.as_bytes()];
        let signature = sign_labelled(&kit.signing_key(), RECOVER_LABEL, &parts);
        self.send(
            Request::RecoverAccount(RecoverAccount { handle, signature: signature.into() }),
            Awaiting::Recovered,
        );
        Ok(())
    }

    pub fn recovered(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let answer = match result {
            Ok(Body::Recovery(answer)) => answer,
            Ok(_) => return Err(Fail::Server("no account for the recovery kit")),
            // The answer to what was made with these words here was lost on its way: the new ones open the account.
            Err(error)
                if error.code == ErrorCode::ErrorNotFound as i32
                    && !self.core.session.restored_before
                    && self.restored_with_typed()? =>
            {
                self.core.session.restored_before = true;
                return self.send_recover_account();
            }
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 => {
                let sentence = "These words do not belong to an account of this name here. Look at the name on the \
                                recovery kit, and whether it is the newest one. Nothing was changed.";
                return self.restore_failed(Error::new(Kind::NotFound, sentence));
            }
            Err(error) => return self.restore_failed(refusal(&error)),
        };
        let current = self.check_recovered(&answer.manifest.unwrap_or_default())?;
        if !answer.sealed_box.is_empty() {
            db::set_setting(self.db, "restore_box", &answer.sealed_box)?;
        }
        // Asked before, and the answer was lost on its way: the server has what this device made.
        let pending = db::setting(self.db, "restore_publish")?;
        let mine = keys(self.db)?.is_some_and(|me| {
            pending.is_some()
                && me.identity.verified_manifest().is_ok_and(|manifest| manifest.hash == current.hash)
        });
        if !mine {
            self.make_restored_keys(&current)?;
        }
        let publish = db::setting(self.db, "restore_publish")?.unwrap_or_default();
        let mut publish =
            PublishManifest::decode(&publish[..]).map_err(|_| Fail::Server("an own manifest"))?;
        publish.proof = keys(self.db)?.map(|me| self.device_request_of(&me, None)).transpose()?;
        self.send(Request::PublishManifest(publish), Awaiting::Restored);
        Ok(())
    }

    fn check_recovered(&self, answer: &ManifestAnswer) -> Done<VerifiedManifest> {
        let forged = |_| Fail::Server("a forged account document");
        let signed = answer.manifest.clone().unwrap_or_default();
        let manifest = VerifiedManifest::verify(&signed).map_err(forged)?;
        let key = db::setting(self.db, "server_key")?
            .and_then(|key| key.try_into().ok())
            .ok_or(Fail::Server("a key that is not known"))?;
        manifest::verify_promise(&answer.promise.clone().unwrap_or_default(), &key, &manifest)
            .map_err(forged)?;
        let kit = self.restoring_kit()?;
        let handle = db::setting(self.db, "restore_handle")?.unwrap_or_default();
        let same = manifest.handle.as_str().as_bytes() == handle
            && manifest.recovery_key == kit.signing_key().verifying_key().to_bytes();
        if same { Ok(manifest) } else { Err(Fail::Server("another account's document")) }
    }

    /// New account key, new words, new device, all others out; in rows before the server hears of them. Whoever stole the
    /// lost device may have the old words out of its database.
    fn make_restored_keys(&mut self, current: &VerifiedManifest) -> Done<()> {
        let recovery = self.restoring_kit()?.signing_key();
        let typed = self.typed_kit()?.signing_key().verifying_key().to_bytes();
        let kit = RecoveryKit::generate(&mut self.core.config.rng);
        let account = SigningKey::from_bytes(&self.random());
        let device = SigningKey::from_bytes(&self.random());
        let seal = SealKeys::generate(&mut self.core.config.rng);
        let device_id = DeviceId(self.random());
        let mut document = current.document();
        replace_keys(
            &mut document,
            current,
            account.verifying_key().to_bytes(),
            kit.signing_key().verifying_key().to_bytes(),
            &recovery,
        );
        document.version = current.version.saturating_add(1);
        document.previous_hash = current.hash.into();
        document.devices = vec![ManifestDevice {
            device: device_id.into(),
            signature_key: device.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: seal.public_hash().into(),
            added_ms: self.server_now(),
            primary: true,
        }];
        let signed =
            manifest::sign(&document, &account).map_err(|error| invalid(sentence(&error.to_string())))?;
        let publish = PublishManifest {
            manifest: Some(signed.signed.clone()),
            device_keys: vec![DeviceKeys {
                device: device_id.into(),
                hpke_key: seal.public.clone().into(),
                seal_key: None,
            }],
            proof: None,
        };
        db::set_setting(self.db, "handle", document.handle.as_bytes())?;
        db::RECOVERY_ENTROPY.write(self.db, kit.entropy())?;
        db::ACCOUNT_SECRET.write(self.db, &account.to_bytes())?;
        db::DEVICE_SECRET.write(self.db, &device.to_bytes())?;
        db::SEAL_SECRET.write(self.db, seal.secret())?;
        db::set_setting(self.db, "device", &device_id.0)?;
        db::set_setting(self.db, "manifest", &signed.to_bytes())?;
        db::set_setting(self.db, "restore_publish", &publish.encode_to_vec())?;
        db::set_setting(self.db, "restore_typed", &typed)?;
        Ok(())
    }

    pub fn restored(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let promise = match result {
            Ok(Body::Promise(answer)) => answer.promise.unwrap_or_default(),
            Ok(_) => return Err(Fail::Server("no promise for the account")),
            // Whoever has the lost device may have been quicker with a version of theirs: on top of that one, then.
            Err(error)
                if error.code == ErrorCode::ErrorStale as i32
                    && self.core.session.restore_tries < RESTORE_TRIES =>
            {
                self.core.session.restore_tries += 1;
                return self.send_recover_account();
            }
            Err(error) => return self.restore_failed(refusal(&error)),
        };
        let me = keys(self.db)?.ok_or(Fail::Server("keys that are not there"))?;
        self.check_promise(&me, &promise)?;
        db::set_setting(self.db, "promise", &promise.encode_to_vec())?;
        db::set_number(self.db, "account_state", 1)?;
        self.core.me = Some(me);
        self.core.session.restoring = false;
        let command = self.core.session.creating.take();
        self.create_own_thread()?;
        let found = self.open_restored_box()?;
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('restore_publish', 'restore_typed', 'restore_box')",
            [],
        )?;
        self.forget_typed()?;
        self.kit_restored()?;
        self.begin_session()?;
        if let Some(command) = command {
            let words = self.kit()?.map(|kit| kit.words().join(" "));
            self.wait_until_settled(command, serde_json::json!(view::AccountRestored { words, found }));
        }
        Ok(())
    }

    fn restore_failed(&mut self, error: Error) -> Done<()> {
        self.forget_typed()?;
        self.core.session.restoring = false;
        if let Some(command) = self.core.session.creating.take() {
            self.reply_error(command, error);
        }
        Ok(())
    }

    /// The kit whose words were typed. It is this device's once an account was found with it.
    fn typed_kit(&self) -> Done<RecoveryKit> {
        let entropy = db::RESTORE_ENTROPY.read(self.db)?;
        let kit = entropy.map(|entropy| RecoveryKit::from_entropy(*entropy));
        kit.ok_or(Fail::Server("words that are not there"))
    }

    /// Whose words open the account: those that were typed, or those that were made of them before.
    fn restoring_kit(&self) -> Done<RecoveryKit> {
        if !self.core.session.restored_before {
            return self.typed_kit();
        }
        self.kit()?.ok_or(Fail::Server("words that are not there"))
    }

    /// Whether this device made new keys with the words that were typed, and does not know what came of them.
    fn restored_with_typed(&self) -> Done<bool> {
        let typed = self.typed_kit()?.signing_key().verifying_key().to_bytes();
        let pending = db::setting(self.db, "restore_publish")?.is_some();
        Ok(pending && db::setting(self.db, "restore_typed")?.as_deref() == Some(&typed[..]))
    }

    fn forget_typed(&mut self) -> Done<()> {
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('restore_handle', 'restore_at', 'restore_entropy')",
            [],
        )?;
        Ok(())
    }

    // ---- Finding people and conversations again ----

    /// A box that does not open, or is another account's, is left out, and that is said: the account is back all the same,
    /// and whoever knocks or is knocked on comes back.
    fn open_restored_box(&mut self) -> Done<view::Restored> {
        let Some(sealed) = db::setting(self.db, "restore_box")? else {
            return self.tell_restored(Found::None);
        };
        let kit = self.typed_kit()?;
        let opened = kit.open_box(&sealed).ok();
        let said = opened.and_then(|plain| content::RecoveryBox::decode(&plain[..]).ok());
        let own = self.me()?.account();
        let Some(said) = said.filter(|said| said.account[..] == own.0) else {
            return self.tell_restored(Found::Unreadable);
        };
        let told = self.tell_restored(Found::Box(&said))?;
        for person in &said.people {
            self.found_again(person)?;
        }
        if let Some(profile) = said.profile {
            self.profile_received(profile)?;
        }
        for setting in &said.settings {
            self.setting_received(setting)?;
        }
        if let Some(backup) = &said.backup {
            self.backup_passkey_found(backup)?;
        }
        for log in said.logs {
            let Ok(id) = LogId::try_from(&log.log[..]) else { continue };
            if let Some(marks) = &log.marks {
                self.marks_received(marks)?;
            }
            self.keep_waiting(id, &Waiting { log, times: 0, asked_ms: 0 })?;
        }
        Ok(told)
    }

    fn found_again(&mut self, person: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&person.account[..]) else { return Ok(()) };
        let Ok(address) = Address::parse(&person.address) else { return Ok(()) };
        // Who was asked or had asked is asked or asks again.
        let standing =
            if person.standing == Standing::Contact as u32 { Standing::Contact } else { Standing::Stranger };
        let (address, before) = (address.to_string(), self.person(account)?.is_some());
        self.name_told(account, &address, Standing::from_column(i64::from(person.standing)))?;
        if !before {
            self.db
                .prepare_cached("UPDATE people SET standing = ?2 WHERE account = ?1")?
                .execute(params![&account.0[..], standing as i64])?;
        }
        for entry in &person.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        self.called_themselves(account, &person.display_name)?;
        if person.gone {
            self.set_gone(account, true)?;
        }
        if let Some(nickname) = &person.nickname {
            self.set_nickname(account, nickname)?;
        }
        if person.blocked == Some(true)
            && let Some(known) = self.person(account)?
        {
            self.set_blocked(&known, true)?;
        }
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        Ok(())
    }

    fn keep_waiting(&mut self, log: LogId, waiting: &Waiting) -> Done<()> {
        let mut bytes = waiting.times.to_be_bytes().to_vec();
        bytes.extend(waiting.asked_ms.to_be_bytes());
        bytes.extend(waiting.log.encode_to_vec());
        Ok(db::set_setting(self.db, &waiting_key(log), &bytes)?)
    }

    /// Conversations that this device waits to be added to.
    pub fn rejoining(&self) -> Done<Vec<(LogId, Waiting)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT key, value FROM settings WHERE key >= 'rejoin/' AND key < 'rejoin0' ORDER BY key",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let parse = |(key, bytes): (String, Vec<u8>)| {
            let log = LogId::from_hex(key.strip_prefix("rejoin/")?)?;
            let (times, rest) = bytes.split_first_chunk::<4>()?;
            let (asked_ms, rest) = rest.split_first_chunk::<8>()?;
            Some((
                log,
                Waiting {
                    log: content::RecoveryLog::decode(rest).ok()?,
                    times: u32::from_be_bytes(*times),
                    asked_ms: i64::from_be_bytes(*asked_ms),
                },
            ))
        };
        Ok(rows.into_iter().filter_map(parse).collect())
    }

    /// Asks contacts to add this device where it was lost. They need a token of it first, and its key packages.
    pub fn work_rejoin(&mut self) -> Done<()> {
        if !self.core.session.rejoin_due || db::number(self.db, "key_packages_last_resort")? == 0 {
            return Ok(());
        }
        let now = self.now_ms;
        let mut left = false;
        for (log, mut waiting) in self.rejoining()? {
            let pause = if waiting.times < TIMES { AGAIN_MS } else { RARELY_MS };
            if waiting.asked_ms > now - pause && waiting.asked_ms <= now {
                continue;
            }
            let mut asks = Vec::new();
            let mut unready = false;
            // Others each time, so that one who is away for good does not stand in the way.
            let count = waiting.log.accounts.len().max(1);
            let accounts = waiting
                .log
                .accounts
                .iter()
                .cycle()
                .skip((waiting.times as usize).wrapping_mul(ASKED) % count);
            for account in accounts.take(count.min(waiting.log.accounts.len())) {
                let Ok(account) = AccountId::try_from(&account[..]) else { continue };
                if asks.len() >= ASKED || self.person(account)?.is_none_or(|person| person.blocked) {
                    continue;
                }
                let reach = self.reach(account)?;
                if reach.is_empty() {
                    continue;
                }
                match self.registered_token(account)? {
                    Some(token) => {
                        asks.extend(reach.into_iter().map(|(device, _)| (account, device, token.clone())))
                    }
                    None => unready = true,
                }
            }
            if unready {
                left = true;
                continue;
            }
            let own = self.me()?.identity.device;
            for (account, device, token) in asks {
                let ask = content::AddMeAgain {
                    log: log.into(),
                    tokens: vec![content::DeviceToken { device: own.into(), token: token.to_field() }],
                    ..content::AddMeAgain::default()
                };
                self.post(account, device, inbox_body::Kind::AddMeAgain(ask))?;
            }
            waiting.times = waiting.times.saturating_add(1);
            waiting.asked_ms = now;
            self.keep_waiting(log, &waiting)?;
        }
        self.core.session.rejoin_due = left;
        Ok(())
    }

    /// A token for a contact that the server knows already; one is made where there is none.
    fn registered_token(&mut self, account: AccountId) -> Done<Option<InboxToken>> {
        // The database has its hash alone: one that was given in another session is not known any more.
        let fresh = self.core.session.fresh_tokens.get(&account).cloned();
        let registered = match &fresh {
            Some(token) => self
                .db
                .prepare_cached("SELECT registered FROM given WHERE hash = ?1 AND revoked = 0")?
                .query_row([&token.hash().0[..]], |row| row.get::<_, bool>(0))
                .optional()?,
            None => None,
        };
        match registered {
            Some(true) => Ok(fresh),
            Some(false) => Ok(None),
            None => {
                let token = self.give_token(Some(account))?;
                self.core.session.fresh_tokens.insert(account, token);
                Ok(None)
            }
        }
    }

    /// Whether a conversation that is offered is one that was lost: it needs no asking. By whom it may be offered so: those who
    /// were asked for it.
    pub fn was_lost(&self, log: LogId, successor_of: &[u8], by: Option<AccountId>) -> Done<bool> {
        let asked = self.rejoining()?;
        let lost = |log: LogId| {
            asked.iter().any(|(lost, waiting)| {
                let accounts = &waiting.log.accounts;
                *lost == log && by.is_none_or(|by| accounts.iter().any(|account| account[..] == by.0))
            })
        };
        Ok(lost(log) || LogId::try_from(successor_of).is_ok_and(lost))
    }

    /// This device came into a conversation: one that was lost, perhaps.
    pub fn rejoined(&mut self, thread: i64, log: LogId, successor_of: &[u8]) -> Done<()> {
        if !self.was_lost(log, successor_of, None)? {
            return Ok(());
        }
        // Whether it goes on there is the word of whoever says so: if it is where it was after all, it comes back without asking.
        db::forget_setting(self.db, &waiting_key(log))?;
        self.box_changed();
        self.keep_past_silent(log)?;
        self.notice(
            thread,
            "You restored your account on this device. What was said here before comes back from a backup only.",
        )
    }

    // ---- On the contacts' side ----

    /// A contact's account key was replaced: the devices that are gone are removed everywhere, a little later than by
    /// those who are asked to add the new one.
    pub fn devices_replaced(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        for (row, device) in self.dead_leaves(manifest)? {
            let due = self.turn(&row, &[manifest.account])? + REMOVE_AFTER_MS;
            let intent = Intent::RemoveDropped(manifest.account, device, manifest.to_bytes());
            self.intend_at(row.log, intent, true, due)?;
        }
        Ok(())
    }

    /// A contact's new device asks to be added where its account was: one commit puts it in the place of the lost ones.
    pub fn came_back(&mut self, account: AccountId, device: DeviceId, ask: &content::AddMeAgain) -> Done<()> {
        let Some(manifest) = self.known_manifest(account)?.filter(|known| known.device(device).is_some())
        else {
            return Ok(());
        };
        // A device that was restored itself may know of no document before this one.
        self.set_gone(account, false)?;
        for entry in &ask.tokens {
            if let Ok(token) = InboxToken::try_from(&entry.token[..])
                && entry.device[..] == device.0
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        let Ok(asked) = LogId::try_from(&ask.log[..]) else { return Ok(()) };
        let Some(row) = self.where_it_goes_on(asked)? else { return Ok(()) };
        // Where it goes on decides: who was put out there does not come back by an older place.
        let leaves = self.leaves_of(row.log, account)?;
        if leaves.is_empty() && !self.is_awaited(row.log, account)? {
            return Ok(());
        }
        let due = self.turn(&row, &[account])?;
        for gone in leaves.iter().filter(|leaf| manifest.device(**leaf).is_none()) {
            let intent = Intent::RemoveDropped(account, *gone, manifest.to_bytes());
            self.intend_at(row.log, intent, true, due)?;
        }
        if !leaves.contains(&device) {
            self.intend_at(row.log, Intent::AddDevice(account, device), true, due)?;
        }
        Ok(())
    }

    /// The log that a conversation is in now.
    fn where_it_goes_on(&self, asked: LogId) -> Done<Option<LogRow>> {
        let Some(row) = self.log_row(asked)? else { return Ok(None) };
        let active = self.thread_by_id(row.thread)?.and_then(|thread| thread.active_log);
        let row = match active {
            Some(active) if active != asked => self.log_row(active)?,
            _ => Some(row),
        };
        Ok(row.filter(|row| row.state == State::Live))
    }

    // ---- On the device that was replaced ----

    /// Asks whether this device still belongs to the account.
    pub fn check_own_manifest(&mut self) -> Done<()> {
        if self.core.session.hello.is_none() || self.core.me.is_none() {
            return Ok(());
        }
        let account = self.me()?.account();
        let proof = Some(self.device_request(None)?);
        let by = Some(fetch_manifest::By::Account(account.into()));
        let known = self.me()?.identity.verified_manifest().ok().map(|own| own.signed);
        self.send(Request::FetchManifest(FetchManifest { by, proof, known }), Awaiting::OwnManifest);
        Ok(())
    }

    pub fn own_manifest_fetched(&mut self, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(Body::Manifest(answer)) => {
                let signed = answer.manifest.unwrap_or_default();
                let manifest = VerifiedManifest::verify(&signed)
                    .map_err(|_| Fail::Server("a forged account document"))?;
                if manifest.account != self.me()?.account() {
                    return Err(Fail::Server("another account's document"));
                }
                self.own_manifest_seen(&manifest)?;
                self.learn_seal_keys(manifest.account, &answer.device_keys)?;
                self.own_promise(answer.promise)?;
                self.deletion_seen(answer.deletion_ms)?;
                self.disabled_seen(false)?;
                let own = self.me()?.identity.verified_manifest();
                if own.is_ok_and(|own| own.succeeds(&manifest).is_ok()) {
                    // A server that was put back has an older one. Where this device is not the primary it has none to give.
                    self.publish_again(manifest.version)?;
                }
                Ok(())
            }
            Ok(_) => Err(Fail::Server("no account document")),
            // The account is no more, or the server says so. A device waits for the account key's word.
            Err(error) if error.code == ErrorCode::ErrorNotAllowed as i32 => self.refused_as_own(),
            Err(error) if error.code == ErrorCode::ErrorDisabled as i32 => self.disabled_seen(true),
            Err(_) => Ok(()),
        }
    }

    fn refused_as_own(&mut self) -> Done<()> {
        // Its person deleted it, and the answer was lost on its way.
        if db::number(self.db, "deleting_until_ms")? > 0 {
            self.erase();
            return Ok(());
        }
        // The server's word alone ends no device, the first one as little as another: only a document that comes after
        // the known one and does not name it.
        tracing::warn!("the server says that this device is not the account's, and shows no document for it");
        self.register_again()
    }

    /// The account goes on elsewhere, or is no more: here its past can be read, and nothing more is sent.
    pub fn replaced(&mut self) -> Done<()> {
        if self.is_replaced()? {
            return Ok(());
        }
        self.event(Event::AccountReplaced {});
        self.replaced_silently()
    }

    pub fn replaced_silently(&mut self) -> Done<()> {
        db::set_number(self.db, "replaced_ms", self.now_ms)?;
        self.calls_over()?;
        self.out.push(Output::Disconnect);
        self.disconnected("this device does not belong to the account any more")
    }

    /// Whether this device was put out of its account.
    pub fn is_replaced(&self) -> Done<bool> {
        Ok(db::number(self.db, "replaced_ms")? > 0)
    }
}

fn waiting_key(log: LogId) -> String {
    format!("rejoin/{}", log.to_hex())
}
