//! Linking a device to the account (`device.request`, `device.inspect`, `device.approve`).
//!
//! ```text
//! new device  keys, secret (rows) ─▶ offer, sealed ─▶ place on the server          code: secret and the offer's hash
//! primary     code, by camera or typed ─▶ offer ─▶ its person sees what asks, and agrees
//!             ─▶ manifest with the device ─▶ answer, sealed to it ─▶ the same place ─▶ new device
//! new device  its own manifest, inbox, key packages ─▶ "linked" to the primary ─▶ added everywhere, history (`handover`)
//! ```
//! A code links nobody by itself: whoever holds the account key has to agree, having seen what asks. It holds for ten
//! minutes and once. A kill on either side loses nothing: the new device waits again at its place, and the answer is put
//! there again until the device has said that it has it.

use casemate_api::command::{DeviceApprove, DeviceInspect, DeviceRequest, History, Words};
use casemate_api::{Error, Event, Kind, view};
use casemate_content::proto as content;
use casemate_content::proto::inbox_body;
use casemate_crypto::recovery::RecoveryKit;
use casemate_crypto::{SealKeys, linking};
use casemate_wire::device_code::DeviceCode;
use casemate_wire::ids::{DeviceId, Hash32, InboxToken, LinkingSecret, LogId};
use casemate_wire::limits::{DEVICES, HPKE_KEY_BYTES, LINKING_MS};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    DeviceKeys, Error as WireError, ErrorCode, RendezvousAnswer, RendezvousAnswered, RendezvousEnd,
    RendezvousFetch, RendezvousOffer,
};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::account::server_url;
use crate::connection::{Awaiting, refusal, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column, invalid, not_allowed, rfc3339, sentence, too_large};
use crate::db;
use crate::intent::Intent;

/// Clocks of server and devices may differ so much.
const SKEW_MS: i64 = 2 * 60_000;

/// A device that was linked and has not come is waited for so long; then its answer is put nowhere any more.
const WAITED_FOR_MS: i64 = 7 * 86_400_000;

/// An answer is put at its place again after so long, and where nobody waited there, after so long.
const STILL_MS: i64 = 20 * 60_000;
const AGAIN_MS: i64 = 2 * 60_000;

/// Own devices bring a new one in when it says that it is ready, and try without that after so long.
const UNHEARD_MS: i64 = 30_000;

/// What the request of a new device is kept under.
const REQUEST: [&str; 4] = ["link_secret", "link_name", "link_offer", "link_until_ms"];

/// What waits under a code, once it was opened and found good.
struct Offer {
    device: DeviceId,
    token: InboxToken,
    said: content::LinkOffer,
}

/// What a person decided on the primary.
#[derive(Debug, Clone, Copy)]
pub struct Approval {
    history: History,
    confirm: bool,
}

impl Ctx<'_> {
    // ---- On the new device ----

    /// `device.request`: keys first, durably; then the server is asked for a place to wait.
    pub fn device_requested(&mut self, command: u64, wanted: &DeviceRequest) -> Done<()> {
        if let Ok(me) = self.me() {
            let sentence = format!("This device already has the account {}.", me.address);
            return Err(Fail::User(Error::new(Kind::Taken, sentence)));
        }
        if self.core.session.creating.is_some() {
            return Err(invalid("An account is just being made here; wait for the answer."));
        }
        let name = wanted.name.trim();
        crate::device_name::check_name(name)?;
        let url = wanted.server.as_deref().map(server_url).transpose()?;
        let url = url.ok_or_else(|| invalid("Name the server's URL."))?;
        let same_server = db::setting(self.db, "server_url")?.as_deref() == Some(url.as_bytes());
        let same = same_server
            && !wanted.anew
            && db::setting(self.db, "link_name")?.as_deref() == Some(name.as_bytes())
            && db::number(self.db, "link_until_ms")? > self.now_ms;
        if !same {
            self.make_request(name, &url)?;
        }
        self.core.session.creating = Some(command);
        (self.core.session.linking, self.core.session.restoring) = (true, false);
        if self.reach_server(url, same_server)? { self.send_link_offer() } else { Ok(()) }
    }

    fn make_request(&mut self, name: &str, url: &str) -> Done<()> {
        self.forget_request()?;
        // What an account that was not made here after all has left.
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('handle', 'manifest', 'promise', 'account_secret', 'recovery_entropy',
             'restore_publish', 'restore_box', 'restore_handle', 'restore_at', 'restore_entropy', 'server_key',
             'incarnation', 'incarnations', 'incarnations_since_ms', 'invite')",
            [],
        )?;
        let secret: [u8; 16] = self.random();
        let signing = SigningKey::from_bytes(&self.random());
        let seal = SealKeys::generate(&mut self.core.config.rng);
        let device = DeviceId(self.random());
        db::DEVICE_SECRET.write(self.db, &signing.to_bytes())?;
        db::SEAL_SECRET.write(self.db, seal.secret())?;
        db::set_setting(self.db, "device", &device.0)?;
        db::set_setting(self.db, "server_url", url.as_bytes())?;
        db::LINK_SECRET.write(self.db, &secret)?;
        db::set_setting(self.db, "link_name", name.as_bytes())?;
        Ok(())
    }

    /// The request of this device, if it ever made one, is no more.
    pub fn forget_request(&mut self) -> Done<()> {
        for key in REQUEST {
            db::forget_setting(self.db, key)?;
        }
        self.db.prepare_cached("DELETE FROM given WHERE account IS NULL")?.execute([])?;
        Ok(())
    }

    /// Whether this device has no account yet and waits to be linked to one.
    pub fn waits_to_be_linked(&self) -> Done<bool> {
        Ok(self.core.me.is_none() && db::LINK_SECRET.is_there(self.db)?)
    }

    /// Greeted by the server while waiting to be linked, now or since before the program was ended.
    pub fn send_link_offer(&mut self) -> Done<()> {
        let Some(secret) = self.link_secret()? else { return Ok(()) };
        let sealed = match db::setting(self.db, "link_offer")? {
            Some(sealed) => sealed,
            None => self.make_offer(&secret)?,
        };
        let place = linking::place(&secret).to_vec().into();
        let offer = RendezvousOffer { place, sealed: sealed.into() };
        self.send(Request::RendezvousOffer(offer), Awaiting::LinkOffered);
        Ok(())
    }

    fn make_offer(&mut self, secret: &LinkingSecret) -> Done<Vec<u8>> {
        let missing = || Fail::Server("keys that are not there");
        let signing = db::DEVICE_SECRET.read(self.db)?.ok_or_else(missing)?;
        let seal = db::SEAL_SECRET.read(self.db)?.ok_or_else(missing)?;
        let device = db::setting(self.db, "device")?.ok_or_else(missing)?;
        let name = db::text(self.db, "link_name")?;
        let token = self.give_token(None)?;
        let made_ms = self.server_now();
        let (platform, version) = self.software();
        let offer = content::LinkOffer {
            device: device.into(),
            signature_key: SigningKey::from_bytes(&signing).verifying_key().to_bytes().to_vec().into(),
            hpke_key: SealKeys::from_secret(&seal).public.into(),
            inbox_token: token.to_field(),
            name,
            platform,
            version,
            made_ms,
            bound: true,
        };
        let sealed = linking::seal_offer(secret, &offer.encode_to_vec())
            .ok_or_else(|| invalid("This device's name is too long."))?;
        db::set_setting(self.db, "link_offer", &sealed)?;
        db::set_number(self.db, "link_until_ms", self.now_ms + LINKING_MS)?;
        Ok(sealed)
    }

    pub fn link_offered(&mut self, result: Result<Body, WireError>) -> Done<()> {
        self.core.session.linking = false;
        let command = self.core.session.creating.take();
        match (result, command) {
            (Ok(_), Some(command)) => {
                let Some(secret) = self.link_secret()? else { return Ok(()) };
                let sealed = db::setting(self.db, "link_offer")?.unwrap_or_default();
                let shown = view::DeviceCode {
                    code: DeviceCode::new(secret, &sealed).to_text(),
                    check: check_number(&sealed),
                    expires: rfc3339(db::number(self.db, "link_until_ms")?),
                };
                self.reply(command, shown);
            }
            (Err(error), Some(command)) => {
                self.forget_request()?;
                self.reply_error(command, refusal(&error));
            }
            // It goes on waiting; what it was refused now it asks for after the next connection.
            (_, None) => {}
        }
        Ok(())
    }

    /// The primary has answered.
    pub fn link_answered(&mut self, answered: &RendezvousAnswered) -> Done<()> {
        let Some(secret) = self.link_secret()?.filter(|_| self.core.me.is_none()) else { return Ok(()) };
        let place = linking::place(&secret);
        if answered.place[..] != place {
            return Ok(());
        }
        match self.open_link_answer(&secret, &answered.sealed) {
            Ok((reply, manifest)) => {
                let end = RendezvousEnd { place: place.to_vec().into() };
                self.send(Request::RendezvousEnd(end), Awaiting::Ignored);
                self.become_linked(&reply, &manifest)
            }
            Err(Fail::User(error)) => {
                // Somebody saw the code and answered first: it is burnt, and a new one is needed.
                self.forget_request()?;
                self.event(Event::DeviceLinkFailed { why: error.message });
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn open_link_answer(
        &self,
        secret: &LinkingSecret,
        sealed: &[u8],
    ) -> Done<(content::LinkReply, VerifiedManifest)> {
        let wrong = || {
            invalid(
                "This was not answered by your primary device. Nothing was linked; ask for a new code, and show it to nobody else.",
            )
        };
        let seal = db::SEAL_SECRET.read(self.db)?.ok_or_else(wrong)?;
        let plain =
            linking::open_answer(&SealKeys::from_secret(&seal), secret, sealed).map_err(|_| wrong())?;
        let reply = content::LinkReply::decode(&plain[..]).map_err(|_| wrong())?;
        let manifest = VerifiedManifest::from_bytes(&reply.signed_manifest).map_err(|_| wrong())?;
        let device = db::setting(self.db, "device")?.and_then(|id| DeviceId::try_from(&id[..]).ok());
        let signing = db::DEVICE_SECRET.read(self.db)?;
        let public = signing.map(|secret| SigningKey::from_bytes(&secret).verifying_key().to_bytes());
        let named = device.and_then(|device| manifest.device(device)).map(|device| device.signature_key);
        let primary = DeviceId::try_from(&reply.primary[..]).ok().and_then(|id| manifest.device(id).copied());
        let good = named.is_some()
            && named == public
            && primary.is_some_and(|primary| {
                primary.primary && primary.hpke_key_hash == Hash32::of(&[&reply.hpke_key])
            });
        if !good || InboxToken::try_from(&reply.inbox_token[..]).is_err() {
            return Err(wrong());
        }
        if db::setting(self.db, "server_key")?.as_deref() != Some(&reply.server_key[..]) {
            return Err(invalid(
                "Your primary device is with another server than the one asked here: its key is another one. Nothing was linked.",
            ));
        }
        Ok((reply, manifest))
    }

    /// This device belongs to the account from here on.
    fn become_linked(&mut self, reply: &content::LinkReply, manifest: &VerifiedManifest) -> Done<()> {
        let forged = |_| Fail::Server("an answer that was checked");
        let primary = DeviceId::try_from(&reply.primary[..]).map_err(forged)?;
        let token = InboxToken::try_from(&reply.inbox_token[..]).map_err(forged)?;
        db::set_setting(self.db, "manifest", &manifest.to_bytes())?;
        db::set_setting(self.db, "handle", manifest.handle.as_str().as_bytes())?;
        db::set_setting(self.db, "server_name", reply.server_name.as_bytes())?;
        db::set_number(self.db, "account_state", 1)?;
        // Told once its key packages can be had; and until its last part, earlier messages are taken from the primary.
        db::set_setting(self.db, "linked_untold", &primary.0)?;
        db::set_setting(self.db, "history_open", &primary.0)?;
        self.db
            .prepare_cached("UPDATE given SET account = ?1 WHERE account IS NULL")?
            .execute([&manifest.account.0[..]])?;
        self.forget_request()?;
        self.core.me = crate::account::load_me(self.db)?;
        self.learn_reach(manifest.account, primary, &token)?;
        if reply.bound {
            self.opens_bound(manifest.account, primary)?;
        }
        self.keep_device_key(manifest.account, primary, &reply.hpke_key)?;
        let address = self.me()?.address.clone();
        self.event(Event::DeviceLinked { address });
        self.event(Event::AccountChanged {});
        self.begin_session()
    }

    fn link_secret(&self) -> Done<Option<LinkingSecret>> {
        Ok(db::LINK_SECRET.read(self.db)?.map(|secret| LinkingSecret::new(*secret)))
    }

    /// Tells the primary that this device is ready to be added everywhere.
    pub fn work_linked(&mut self) -> Done<()> {
        let Some(primary) = db::setting(self.db, "linked_untold")? else { return Ok(()) };
        let ready: bool = self
            .db
            .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM given WHERE registered = 0 AND revoked = 0)")?
            .query_row([], |row| row.get(0))?;
        if !ready || db::number(self.db, "key_packages_last_resort")? == 0 {
            return Ok(());
        }
        db::forget_setting(self.db, "linked_untold")?;
        if let Ok(primary) = DeviceId::try_from(&primary[..]) {
            let account = self.me()?.account();
            let history_key = self.make_handover_key()?.into();
            self.post(account, primary, inbox_body::Kind::Linked(content::Linked { history_key }))?;
        }
        Ok(())
    }

    // ---- On the primary ----

    /// `device.inspect`
    pub fn device_inspect(&mut self, command: u64, wanted: &DeviceInspect) -> Done<()> {
        self.look_under(command, &wanted.code, None)
    }

    /// `device.approve`
    pub fn device_approve(&mut self, command: u64, wanted: &DeviceApprove) -> Done<()> {
        if wanted.confirm {
            self.check_words(wanted.words.as_ref())?;
        }
        let approval = Approval { history: wanted.history, confirm: wanted.confirm };
        self.look_under(command, &wanted.code, Some(approval))
    }

    /// In strict mode whoever holds this device for a moment links none of theirs.
    fn check_words(&mut self, words: Option<&Words>) -> Done<()> {
        self.primary_only()?;
        if !self.preferences()?.strict {
            return Ok(());
        }
        let words = words.ok_or_else(|| {
            not_allowed("In strict mode the words of the recovery kit are needed to link a device.")
        })?;
        let kit =
            RecoveryKit::from_words(&words.text()).map_err(|error| invalid(sentence(&error.to_string())))?;
        let own = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        if kit.signing_key().verifying_key().to_bytes() != own.recovery_key {
            return Err(not_allowed(
                "These are not the words of this account's recovery kit. Nothing was linked.",
            ));
        }
        Ok(())
    }

    fn look_under(&mut self, command: u64, code: &str, approval: Option<Approval>) -> Done<()> {
        self.primary_only()?;
        let code = DeviceCode::parse(code).map_err(|error| invalid(sentence(&error.to_string())))?;
        let place = linking::place(&code.secret);
        if db::setting(self.db, &used_key(&place))?.is_some() {
            return Err(used());
        }
        if !self.online() {
            let sentence = "The server cannot be reached, and the other device waits there. Try again later.";
            return Err(Fail::User(Error::new(Kind::Offline, sentence)));
        }
        self.send(
            Request::RendezvousFetch(RendezvousFetch { place: place.to_vec().into() }),
            Awaiting::LinkSeen { command, code, approval },
        );
        Ok(())
    }

    pub fn link_seen(
        &mut self,
        command: u64,
        code: &DeviceCode,
        approval: Option<Approval>,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        match self.link_decided(command, code, approval, result) {
            Err(Fail::User(error)) => {
                self.reply_error(command, error);
                Ok(())
            }
            done => done,
        }
    }

    fn link_decided(
        &mut self,
        command: u64,
        code: &DeviceCode,
        approval: Option<Approval>,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        let found = match result {
            Ok(Body::RendezvousOffered(found)) => found,
            Ok(_) => return Err(Fail::Server("no offer")),
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 => {
                let sentence = "No device waits with this code: it has expired or was used, or the other device asked another server. Let it show a new code.";
                return Err(Fail::User(Error::new(Kind::NotFound, sentence)));
            }
            Err(error) => return Err(Fail::User(refusal(&error))),
        };
        let offer = self.check_offer(code, &found.sealed)?;
        let expires_ms = offer.said.made_ms + LINKING_MS;
        let platform = if offer.said.platform.is_empty() { "unknown" } else { &offer.said.platform };
        let shown = view::DeviceAsking {
            name: offer.said.name.clone(),
            platform: platform.to_owned(),
            version: offer.said.version.clone(),
            place: if found.same_network { "same_network" } else { "another_network" }.to_owned(),
            asked: rfc3339(offer.said.made_ms),
            expires: rfc3339(expires_ms),
            check: check_number(&found.sealed),
            consequence: "It will read all that is written to you from now on, write in your name, and see your contacts. It cannot add or remove devices. Link it only if you hold it in your hands.".to_owned(),
            words: self.preferences()?.strict,
        };
        match approval {
            None => self.reply(command, shown),
            Some(approval) if !approval.confirm => return Err(unconfirmed(&shown)),
            Some(approval) => {
                let device = self.link(code, &offer, approval.history)?;
                self.reply(command, view::DeviceApproved { device: device.to_hex() });
            }
        }
        Ok(())
    }

    fn check_offer(&self, code: &DeviceCode, sealed: &[u8]) -> Done<Offer> {
        let other = || {
            Fail::User(Error::new(
                Kind::Untrusted,
                "What waits under this code is not what the code was made for. Somebody is between the two devices, or the server lies. Nothing was linked.",
            ))
        };
        if !code.names(sealed) {
            return Err(other());
        }
        let plain = linking::open_offer(&code.secret, sealed).map_err(|_| other())?;
        let said = content::LinkOffer::decode(&plain[..]).map_err(|_| other())?;
        let device = DeviceId::try_from(&said.device[..]).map_err(|_| other())?;
        let token = InboxToken::try_from(&said.inbox_token[..]).map_err(|_| other())?;
        let tag = |text: &str| text.len() <= 64 && !text.chars().any(char::is_control);
        // A key that nothing can be sealed to would show only after the device was named.
        if said.hpke_key.len() != HPKE_KEY_BYTES
            || linking::seal_answer(&code.secret, &said.hpke_key, b"").is_err()
            || said.signature_key.len() != 32
            || crate::device_name::check_name(&said.name).is_err()
            || !tag(&said.platform)
            || !tag(&said.version)
        {
            return Err(other());
        }
        let age = self.server_now().saturating_sub(said.made_ms);
        if !(-SKEW_MS..=LINKING_MS).contains(&age) {
            return Err(invalid(
                "This code has expired: a code holds for ten minutes. Let the other device show a new one.",
            ));
        }
        // An id that is known already would take another device's place.
        let me = self.me()?;
        let named = me.identity.verified_manifest().is_ok_and(|own| own.device(device).is_some());
        let known = self
            .db
            .prepare_cached("SELECT 1 FROM device_keys WHERE account = ?1 AND device = ?2")?
            .exists(params![&me.account().0[..], &device.0[..]])?;
        if named || known {
            return Err(used());
        }
        Ok(Offer { device, token, said })
    }

    /// Its person agreed: the manifest names the new device, it is added everywhere, and it is told.
    fn link(&mut self, code: &DeviceCode, offer: &Offer, history: History) -> Done<DeviceId> {
        let own = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        if own.devices.len() >= DEVICES {
            return Err(too_large(format!("An account has at most {DEVICES} devices; remove one first.")));
        }
        let (device, said) = (offer.device, &offer.said);
        let place = linking::place(&code.secret);
        let named = ManifestDevice {
            device: device.into(),
            signature_key: said.signature_key.clone(),
            hpke_key_hash: Hash32::of(&[&said.hpke_key]).into(),
            added_ms: self.server_now(),
            primary: false,
        };
        let keys = DeviceKeys { device: device.into(), hpke_key: said.hpke_key.clone(), seal_key: None };
        let manifest = self.change_manifest(|document| document.devices.push(named), vec![keys])?;
        let account = manifest.account;
        self.forget_used()?;
        db::set_number(self.db, &used_key(&place), self.server_now())?;
        self.learn_reach(account, device, &offer.token)?;
        if said.bound {
            self.opens_bound(account, device)?;
        }
        self.keep_device_key(account, device, &said.hpke_key)?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO devices(device, platform, version, history) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![&device.0[..], said.platform, said.version, given(history)])?;
        self.name_device(device, &said.name)?;
        let answer = self.link_answer(code, &said.hpke_key, &manifest)?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO links(place, device, answer, history, made_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![&place[..], &device.0[..], answer, given(history), self.server_now()])?;
        let mut statement = self.db.prepare_cached("SELECT log FROM logs WHERE state = 0")?;
        let logs = statement.query_map([], |row| id_column(row, 0))?.collect::<Result<Vec<LogId>, _>>()?;
        for log in logs {
            self.intend_at(log, Intent::AddDevice(account, device), true, self.now_ms + UNHEARD_MS)?;
        }
        self.event(Event::DeviceChanged { device: device.to_hex() });
        self.core.session.chores = true;
        Ok(device)
    }

    fn link_answer(
        &mut self,
        code: &DeviceCode,
        public: &[u8],
        manifest: &VerifiedManifest,
    ) -> Done<Vec<u8>> {
        let token = self.give_token(Some(manifest.account))?;
        let me = self.me()?;
        let reply = content::LinkReply {
            signed_manifest: manifest.to_bytes().into(),
            server_name: me.server_name.clone(),
            server_key: db::setting(self.db, "server_key")?.unwrap_or_default().into(),
            primary: me.identity.device.into(),
            inbox_token: token.to_field(),
            hpke_key: me.seal.public.clone().into(),
            bound: true,
        };
        Ok(linking::seal_answer(&code.secret, public, &reply.encode_to_vec())?)
    }

    /// Puts answers where the new devices wait, once the server knows the manifest that names them.
    pub fn work_links(&mut self) -> Done<()> {
        let unpublished: bool = self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM settings WHERE key >= 'publish/' AND key < 'publish0')",
            )?
            .query_row([], |row| row.get(0))?;
        if unpublished {
            return Ok(());
        }
        let mut statement = self.db.prepare_cached("SELECT place, answer, made_ms FROM links")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<Vec<(Vec<u8>, Vec<u8>, i64)>, _>>()?;
        for (place, answer, made_ms) in rows {
            if self.server_now().saturating_sub(made_ms) > WAITED_FOR_MS {
                self.db.prepare_cached("DELETE FROM links WHERE place = ?1")?.execute([&place])?;
                continue;
            }
            let Ok(name) = <[u8; 16]>::try_from(&place[..]) else { continue };
            if !self.begin(Job::LinkAnswer(name)) {
                continue;
            }
            let answer = RendezvousAnswer { place: place.into(), sealed: answer.into() };
            self.send(Request::RendezvousAnswer(answer), Awaiting::LinkAnswerPut(name));
        }
        Ok(())
    }

    pub fn link_answer_put(&mut self, place: [u8; 16], result: Result<Body, WireError>) -> Done<()> {
        match result {
            // The server forgets it after a while: it is there again until the device has come.
            Ok(_) => self.pause(Job::LinkAnswer(place), STILL_MS),
            // Whoever saw the code answered first: what was agreed to is taken back.
            Err(error) if error.code == ErrorCode::ErrorTaken as i32 => {
                self.end(&Job::LinkAnswer(place));
                if let Some(device) = self.link_row(&place)? {
                    self.drop_device(device)?;
                    self.notice_to_self(
                        "Somebody else answered the code of a new device before this one. The device was not linked.",
                    )?;
                }
            }
            Err(error) => self.pause(Job::LinkAnswer(place), retry_after(&error).max(AGAIN_MS)),
        }
        Ok(())
    }

    fn link_row(&self, place: &[u8; 16]) -> Done<Option<DeviceId>> {
        let device = self
            .db
            .prepare_cached("SELECT device FROM links WHERE place = ?1")?
            .query_row([&place[..]], |row| id_column(row, 0))
            .optional()?;
        Ok(device)
    }

    /// A device that was linked here has its answer: it is added everywhere, and gets what was agreed.
    pub fn linked_received(&mut self, device: DeviceId, said: &content::Linked) -> Done<()> {
        self.device_seen(device, self.server_now())?;
        let history: Option<String> = self
            .db
            .prepare_cached("DELETE FROM links WHERE device = ?1 RETURNING history")?
            .query_row([&device.0[..]], |row| row.get(0))
            .optional()?;
        let Some(history) = history else { return Ok(()) };
        self.db
            .prepare_cached("UPDATE intents SET due_ms = min(due_ms, ?2) WHERE device = ?1 AND kind = 0")?
            .execute(params![&device.0[..], self.now_ms])?;
        self.everything_dirty()?;
        self.hand_over(device, &history)?;
        self.keep_handover_key(device, &said.history_key)
    }

    /// What a device that was dropped before it came has left.
    pub fn forget_link(&mut self, device: DeviceId) -> Done<()> {
        for table in ["links", "handovers", "devices"] {
            self.db.execute(&format!("DELETE FROM {table} WHERE device = ?1"), [&device.0[..]])?;
        }
        Ok(())
    }

    /// Used codes are remembered a little longer than they could hold.
    fn forget_used(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT key, value FROM settings WHERE key >= 'link_used/' AND key < 'link_used0'",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
        let oldest = self.server_now() - 2 * LINKING_MS;
        for (key, value) in rows {
            if <[u8; 8]>::try_from(&value[..]).is_ok_and(|at| i64::from_be_bytes(at) < oldest) {
                db::forget_setting(self.db, &key)?;
            }
        }
        Ok(())
    }

    /// Only the device that holds the account key changes which devices there are.
    pub fn primary_only(&self) -> Done<()> {
        self.me()?;
        match db::ACCOUNT_SECRET.is_there(self.db)? {
            true => Ok(()),
            false => Err(not_allowed("Only your primary device can change this.")),
        }
    }
}

/// As `device.approve` names it, and as it is kept.
pub fn given(history: History) -> &'static str {
    match history {
        History::All => "all",
        History::Days30 => "30d",
        History::Nothing => "none",
    }
}

/// Six digits for people to compare.
fn check_number(sealed: &[u8]) -> String {
    let hash = Hash32::of(&[b"casemate/linking/compare/v1", sealed]);
    let number = hash.0[..8].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) % 1_000_000;
    format!("{:03} {:03}", number / 1_000, number % 1_000)
}

fn used() -> Fail {
    invalid("This code was used already. Let the other device show a new one.")
}

fn used_key(place: &[u8; 16]) -> String {
    format!("link_used/{}", LogId(*place).to_hex())
}

/// What `device.inspect` shows, for whoever agrees without having looked.
fn unconfirmed(asking: &view::DeviceAsking) -> Fail {
    let place = match asking.place.as_str() {
        "same_network" => "in the same network as this device",
        _ => "in another network than this device",
    };
    not_allowed(format!(
        "Nothing was linked. “{}” ({}), {place}, asked at {} to become a device of your account; its number is {}. {} To agree, say confirm.",
        asking.name, asking.platform, asking.asked, asking.check, asking.consequence
    ))
}
