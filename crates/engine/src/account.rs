//! The account on this device: creating it, showing it, its manifest, its key packages.

use casemate_api::command::{AccountCreate, AccountSet, Knocks};
use casemate_api::{Error, Kind, view};
use casemate_crypto::recovery::RecoveryKit;
use casemate_crypto::{DeviceIdentity, SealKeys};
use casemate_wire::first_device::{first_device, is_for_server};
use casemate_wire::handle::{Address, Handle};
use casemate_wire::ids::DeviceId;
use casemate_wire::link::Link;
use casemate_wire::manifest::{self, DEVICE_REQUEST_LABEL, VerifiedManifest, sign_labelled};
use casemate_wire::proto::directory::{KnockPolicy, Manifest, ManifestDevice};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CreateAccount, DeviceKeys, DeviceRequest, DeviceRequestBody, Error as WireError, ErrorCode,
    PublishManifest,
};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use serde_json::json;

use crate::connection::{Awaiting, is_passing, refusal};
use crate::core::{Ctx, Done, Fail, Job, Me, invalid, not_allowed, rfc3339, sentence};
use crate::db;
use crate::deletion::{DELETION, DISABLED};
use crate::io::Output;

/// The oldest version of the own document that the server does not have yet.
const FIRST_TO_PUBLISH: &str =
    "SELECT key, value FROM settings WHERE key >= 'publish/' AND key < 'publish0' ORDER BY key LIMIT 1";

/// Keys for a new account that no server was sent yet.
const UNSENT: &str = "create_unsent";

/// Versions of the own document that are kept for a server that is put back to an earlier state.
const PUBLISHED_KEPT: i64 = 64;

/// This device's keys out of the database, once the server has taken the account.
pub fn load_me(db: &Connection) -> rusqlite::Result<Option<Me>> {
    if db::number(db, "account_state")? != 1 {
        return Ok(None);
    }
    keys(db)
}

pub fn keys(db: &Connection) -> rusqlite::Result<Option<Me>> {
    let text = |key: &str| -> rusqlite::Result<String> {
        Ok(db::setting(db, key)?.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default())
    };
    let (Some(device), Some(seal), Some(manifest)) =
        (db::DEVICE_SECRET.read(db)?, db::SEAL_SECRET.read(db)?, db::setting(db, "manifest")?)
    else {
        return Ok(None);
    };
    let Some(id) = db::setting(db, "device")?.and_then(|id| DeviceId::try_from(&id[..]).ok()) else {
        return Ok(None);
    };
    let Ok(verified) = VerifiedManifest::from_bytes(&manifest) else { return Ok(None) };
    let server_name = text("server_name")?;
    Ok(Some(Me {
        address: format!("{}@{server_name}", verified.handle),
        identity: DeviceIdentity {
            account: verified.account,
            device: id,
            signing: SigningKey::from_bytes(&device),
            manifest,
        },
        seal: SealKeys::from_secret(&seal),
        server_name,
    }))
}

impl Ctx<'_> {
    /// `account.create`: keys first, durably; then the server is asked.
    pub fn account_create(&mut self, command: u64, wanted: AccountCreate) -> Done<()> {
        if self.core.me.is_some() {
            let address = self.me()?.address.clone();
            return Err(Fail::User(Error::new(
                Kind::Taken,
                format!("This device already has the account {address}."),
            )));
        }
        if self.core.session.creating.is_some() {
            return Err(invalid("An account is just being created; wait for the answer."));
        }
        let handle = Handle::parse(&wanted.name)?;
        let link = wanted.invite.as_deref().map(Link::parse).transpose();
        let link = link.map_err(|error| invalid(sentence(&error.to_string())))?;
        let url = match (&wanted.server, &link) {
            (Some(url), _) => server_url(url)?,
            (None, Some(link)) => server_url(&link.server_url)?,
            (None, None) => return Err(invalid("Name the server's URL, or give an invitation link.")),
        };
        if link.as_ref().is_some_and(|link| link.server_url != url) {
            return Err(invalid("The invitation link is for another server than the one named."));
        }

        self.forget_request()?;
        (self.core.session.linking, self.core.session.restoring) = (false, false);
        // A repeated attempt for the same name keeps its keys: the server may have the account already.
        let same = db::setting(self.db, "handle")?.as_deref() == Some(handle.as_str().as_bytes())
            && db::setting(self.db, "server_url")?.as_deref() == Some(url.as_bytes())
            && self.has_keys_for(&handle)?;
        if !same {
            self.make_keys(&handle)?;
        }
        let same_server = db::setting(self.db, "server_url")?.as_deref() == Some(url.as_bytes());
        db::set_setting(self.db, "handle", handle.as_str().as_bytes())?;
        db::set_setting(self.db, "server_url", url.as_bytes())?;
        self.db.execute("DELETE FROM settings WHERE key IN ('server_key', 'incarnation', 'incarnations', 'incarnations_since_ms', 'invite')", [])?;
        if let Some(link) = &link {
            db::set_setting(self.db, "server_key", &link.server_key)?;
            db::set_setting(self.db, "invite", link.to_text().as_bytes())?;
        }
        if self.reach_server(url, same_server)? {
            self.send_create_account()?;
        }
        self.core.session.creating = Some(command);
        Ok(())
    }

    /// Whether the keys here are whole and were made together for a new account of this name: not a restored one's, which the
    /// server may have under another device, and none whose kit opens nothing.
    fn has_keys_for(&self, handle: &Handle) -> Done<bool> {
        let account = db::ACCOUNT_SECRET.read(self.db)?;
        let restored = db::setting(self.db, "restore_publish")?.is_some();
        let (Some(me), Some(kit), Some(account), false) = (keys(self.db)?, self.kit()?, account, restored)
        else {
            return Ok(false);
        };
        let public = |secret: &SigningKey| secret.verifying_key().to_bytes();
        let Ok(own) = me.identity.verified_manifest() else { return Ok(false) };
        Ok(own.handle == *handle
            && own.account_key == public(&SigningKey::from_bytes(&account))
            && own.recovery_key == public(&kit.signing_key())
            && own
                .device(me.identity.device)
                .is_some_and(|device| device.signature_key == public(&me.identity.signing)))
    }

    /// Whether the chosen server has greeted already; else a connection to it begins, whose greeting goes on with what
    /// was begun.
    pub fn reach_server(&mut self, url: String, same_server: bool) -> Done<bool> {
        if let Some(hello) = self.core.session.hello.clone().filter(|_| same_server) {
            self.check_server(&hello)?;
            return Ok(true);
        }
        if self.core.session.connected && !same_server {
            self.out.push(Output::Reconnect { why: "another server was chosen".into() });
            self.core.session.connected = false;
        }
        self.core.session.failed_connects = 0;
        self.out.push(Output::Connect { url });
        Ok(false)
    }

    fn make_keys(&mut self, handle: &Handle) -> Done<()> {
        let account = SigningKey::from_bytes(&self.random());
        let kit = RecoveryKit::generate(&mut self.core.config.rng);
        let recovery = kit.signing_key();
        let device = SigningKey::from_bytes(&self.random());
        let seal = SealKeys::generate(&mut self.core.config.rng);
        let device_id = DeviceId(self.random());
        let account_public = account.verifying_key().to_bytes();
        let recovery_public = recovery.verifying_key().to_bytes();
        let document = Manifest {
            account: manifest::account_id(&account_public, &recovery_public).into(),
            handle: handle.as_str().to_owned(),
            version: 1,
            devices: vec![ManifestDevice {
                device: device_id.into(),
                signature_key: device.verifying_key().to_bytes().to_vec().into(),
                hpke_key_hash: seal.public_hash().into(),
                added_ms: self.now_ms,
                primary: true,
            }],
            account_key: account_public.to_vec().into(),
            recovery_key: recovery_public.to_vec().into(),
            knock_policy: KnockPolicy::Anyone as i32,
            ..Manifest::default()
        };
        let signed = manifest::sign(&document, &account).map_err(|error| invalid(error.to_string()))?;
        db::ACCOUNT_SECRET.write(self.db, &account.to_bytes())?;
        db::RECOVERY_ENTROPY.write(self.db, kit.entropy())?;
        db::DEVICE_SECRET.write(self.db, &device.to_bytes())?;
        db::SEAL_SECRET.write(self.db, seal.secret())?;
        db::set_setting(self.db, "device", &device_id.0)?;
        db::set_setting(self.db, "manifest", &signed.to_bytes())?;
        db::set_number(self.db, UNSENT, 1)?;
        self.db.execute("DELETE FROM settings WHERE key IN ('restore_publish', 'restore_box')", [])?;
        Ok(())
    }

    /// The document of a new account says which server it is for, so that nobody brings it to another. What was sent before
    /// stays as it is, unless it was for another one: the server may have it already.
    fn name_server(&mut self, server: &str) -> Done<()> {
        let account = db::ACCOUNT_SECRET.read(self.db)?.ok_or(Fail::Server("keys that are not there"))?;
        let me = keys(self.db)?.ok_or(Fail::Server("keys that are not there"))?;
        let known = me.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        let unsent = db::setting(self.db, UNSENT)?.is_some();
        if unsent || is_for_server(&known, server) == Some(false) {
            let id = first_device(server, &me.identity.signing.verifying_key().to_bytes());
            let mut document = known.document();
            for device in &mut document.devices {
                device.device = id.into();
            }
            let signed = manifest::sign(&document, &SigningKey::from_bytes(&account))
                .map_err(|error| invalid(error.to_string()))?;
            db::set_setting(self.db, "device", &id.0)?;
            db::set_setting(self.db, "manifest", &signed.to_bytes())?;
        }
        Ok(db::forget_setting(self.db, UNSENT)?)
    }

    /// Greeted by the server while creating.
    pub fn send_create_account(&mut self) -> Done<()> {
        let server_name =
            self.core.session.hello.as_ref().map(|hello| hello.server.clone()).unwrap_or_default();
        let handle = db::setting(self.db, "handle")?.unwrap_or_default();
        Address::parse(&format!("{}@{server_name}", String::from_utf8_lossy(&handle)))
            .map_err(|_| Fail::Server("a malformed server name"))?;
        db::set_setting(self.db, "server_name", server_name.as_bytes())?;
        self.name_server(&server_name)?;
        let me = keys(self.db)?.ok_or(Fail::Server("keys that are not there"))?;
        let manifest = me.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        let invite = db::setting(self.db, "invite")?
            .and_then(|text| Link::parse(&String::from_utf8_lossy(&text)).ok());
        self.send(
            Request::CreateAccount(CreateAccount {
                invite: invite.map(|link| link.secret.to_field()).unwrap_or_default(),
                manifest: Some(manifest.signed),
                device_keys: vec![DeviceKeys {
                    device: me.identity.device.into(),
                    hpke_key: me.seal.public.clone().into(),
                    seal_key: None,
                }],
                promise: None,
            }),
            Awaiting::AccountCreated,
        );
        Ok(())
    }

    pub fn account_created(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let command = self.core.session.creating.take();
        let promise = match result {
            Ok(Body::Promise(answer)) => answer.promise.unwrap_or_default(),
            Ok(_) => return Err(Fail::Server("no promise for the account")),
            Err(error) => {
                // The server does not have it: the next try may name the server.
                if !is_passing(&error) {
                    db::set_number(self.db, UNSENT, 1)?;
                }
                if let Some(command) = command {
                    self.reply_error(command, refusal(&error));
                }
                return Ok(());
            }
        };
        let me = keys(self.db)?.ok_or(Fail::Server("keys that are not there"))?;
        self.check_promise(&me, &promise)?;
        db::set_setting(self.db, "promise", &promise.encode_to_vec())?;
        db::set_number(self.db, "account_state", 1)?;
        let address = me.address.clone();
        self.core.me = Some(me);
        self.keep_first_document()?;
        self.create_own_thread()?;
        // The link brings newcomer and inviter together; an operator's link has no inviter.
        if let Some(link) = db::setting(self.db, "invite")? {
            self.queue_knock(&String::from_utf8_lossy(&link), "", None)?;
            db::forget_setting(self.db, "invite")?;
        }
        self.begin_session()?;
        if let Some(command) = command {
            self.wait_until_settled(command, json!(view::AccountCreated { address }));
        }
        Ok(())
    }

    pub fn check_promise(&self, me: &Me, promise: &casemate_wire::proto::directory::Promise) -> Done<()> {
        let key = db::setting(self.db, "server_key")?
            .and_then(|key| key.try_into().ok())
            .ok_or(Fail::Server("a key that is not known"))?;
        let manifest = me.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        manifest::verify_promise(promise, &key, &manifest)
            .map(|_| ())
            .map_err(|_| Fail::Server("a promise that is not for this account"))
    }

    /// `account.show`
    pub fn account_show(&mut self, command: u64) -> Done<()> {
        let me = self.me()?;
        let manifest =
            me.identity.verified_manifest().map_err(|_| not_allowed("The account document is damaged."))?;
        let text = |key: &str| db::text(self.db, key);
        let account = view::Account {
            address: me.address.clone(),
            name: manifest.handle.as_str().to_owned(),
            display_name: text("display_name")?,
            about: text("about")?,
            picture: self.own_picture_shown()?,
            device: me.identity.device.to_hex(),
            devices: manifest.devices.iter().map(|device| device.id.to_hex()).collect(),
            server: text("server_url")?,
            key_kept_in: self.core.config.key_kept_in.clone(),
            device_list: self.devices_shown(&manifest)?,
            knocks: match manifest.knock_policy {
                KnockPolicy::Anyone => "anyone",
                KnockPolicy::Link => "link",
                KnockPolicy::Organisation => "organisation",
                KnockPolicy::Nobody => "nobody",
            }
            .to_owned(),
            kit: self.kit_shown()?,
            replaced: self.is_replaced()?,
            deletion_at: Some(db::number(self.db, DELETION)?).filter(|due| *due > 0).map(rfc3339),
            disabled: db::number(self.db, DISABLED)? > 0,
            restored: self.restored_shown()?,
        };
        self.reply(command, account);
        Ok(())
    }

    /// `account.set`: contacts are told inside the encryption.
    pub fn account_set(&mut self, command: u64, wanted: AccountSet, staged: Vec<crate::Staged>) -> Done<()> {
        self.me()?;
        let texts = [
            ("display_name", &wanted.display_name, casemate_content::limits::DISPLAY_NAME_BYTES),
            ("about", &wanted.about, casemate_content::limits::ABOUT_BYTES),
        ];
        for (key, text, limit) in texts {
            let Some(text) = text else { continue };
            match key {
                "display_name" => crate::text::check_name(text, limit)?,
                _ => crate::text::check_line(text, limit)?,
            }
            db::set_setting(self.db, key, text.as_bytes())?;
        }
        match (wanted.picture.as_deref(), staged.into_iter().next()) {
            (Some(""), _) => self.set_own_picture(None)?,
            (Some(_), Some(staged)) => {
                let me = self.me()?.account();
                let picture = self.upload_picture(&me.0, staged)?;
                self.set_own_picture(Some(picture))?;
            }
            _ => {}
        }
        if wanted.display_name.is_some() || wanted.about.is_some() || wanted.picture.is_some() {
            let profile = self.profile()?;
            self.tell_siblings(casemate_content::proto::own::Kind::Profile(profile))?;
            self.send_cards(None)?;
            self.box_changed();
        }
        self.event(casemate_api::Event::AccountChanged {});
        if let Some(knocks) = wanted.knocks {
            let policy = match knocks {
                Knocks::Anyone => KnockPolicy::Anyone,
                Knocks::Link => KnockPolicy::Link,
                Knocks::Nobody => KnockPolicy::Nobody,
            };
            self.change_manifest(|document| document.knock_policy = policy as i32, Vec::new())?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Signs the next version of the own manifest and publishes it. Only the primary device can.
    pub fn change_manifest(
        &mut self,
        change: impl FnOnce(&mut Manifest),
        device_keys: Vec<DeviceKeys>,
    ) -> Done<VerifiedManifest> {
        let key = db::ACCOUNT_SECRET
            .read(self.db)?
            .ok_or_else(|| not_allowed("Only your primary device can change this."))?;
        let current = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        let mut document = current.document();
        change(&mut document);
        document.version = current.version.saturating_add(1);
        document.previous_hash = current.hash.into();
        let next = manifest::sign(&document, &SigningKey::from_bytes(&key))
            .map_err(|error| invalid(sentence(&error.to_string())))?;
        let publish = PublishManifest { manifest: Some(next.signed.clone()), device_keys, proof: None };
        // Versions are published one after another: each names the one before.
        let number = db::number(self.db, "publish_last")? + 1;
        db::set_number(self.db, "publish_last", number)?;
        db::set_setting(self.db, &format!("publish/{number:012}"), &publish.encode_to_vec())?;
        self.adopt_own_manifest(&next)?;
        Ok(next)
    }

    /// Takes a newer manifest of the own account into use.
    pub fn adopt_own_manifest(&mut self, next: &VerifiedManifest) -> Done<()> {
        db::set_setting(self.db, "manifest", &next.to_bytes())?;
        if let Some(me) = self.core.me.as_mut() {
            me.identity.manifest = next.to_bytes();
        }
        self.box_changed();
        self.tell_manifest(next)
    }

    /// Inbox, tokens given out, manifest versions and key packages that the server must have.
    pub fn work_account(&mut self) -> Done<()> {
        self.work_publish()?;
        if self.inbox_ready()? {
            self.work_key_packages()?;
        }
        Ok(())
    }

    fn work_publish(&mut self) -> Done<()> {
        let next: Option<(String, Vec<u8>)> = self
            .db
            .prepare_cached(FIRST_TO_PUBLISH)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((key, publish)) = next else { return Ok(()) };
        if self.begin(Job::Publish) {
            let mut publish =
                PublishManifest::decode(&publish[..]).map_err(|_| Fail::Server("an own manifest"))?;
            publish.proof = Some(self.device_request(None)?);
            self.send(Request::PublishManifest(publish), Awaiting::Published(key));
        }
        Ok(())
    }

    /// `key`: which of those that wait the answer is for. Older ones may have come before it since (`publish_again`).
    pub fn published(&mut self, key: &str, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Err(error) if is_passing(&error) => {
                self.pause(Job::Publish, crate::connection::retry_after(&error));
                return Ok(());
            }
            Err(error) => {
                self.end(&Job::Publish);
                let is_stale = error.code == ErrorCode::ErrorStale as i32;
                // The server was put back to a state before versions that it had: those go first, and then this one again.
                if is_stale && (self.waits_for_older(key)? || self.publish_again(error.entry)?) {
                    return Ok(());
                }
                tracing::warn!("the server refused an account document: {}", error.message);
                return Ok(db::forget_setting(self.db, key)?);
            }
            Ok(Body::Promise(answer)) => self.check_published(key, &answer.promise.unwrap_or_default())?,
            Ok(_) => return Err(Fail::Server("no promise for the account document")),
        }
        self.end(&Job::Publish);
        self.db
            .prepare_cached(
                "UPDATE OR REPLACE settings SET key = 'published/' || substr(key, 9) WHERE key = ?1",
            )?
            .execute([key])?;
        self.kit_published()?;
        self.db.execute(
            "DELETE FROM settings WHERE key GLOB 'published/*' AND key NOT IN
             (SELECT key FROM settings WHERE key GLOB 'published/*' ORDER BY key DESC LIMIT ?1)",
            [PUBLISHED_KEPT],
        )?;
        Ok(())
    }

    /// Whether an older document than this one is to be published first.
    fn waits_for_older(&self, key: &str) -> Done<bool> {
        let older = "SELECT 1 FROM settings WHERE key >= 'publish/' AND key < ?1";
        Ok(self.db.prepare_cached(older)?.exists([key])?)
    }

    /// The server has no more than this version of the own document, though newer ones were published: it gets them once more.
    /// Whether there are any to go on from there.
    pub fn publish_again(&mut self, version: u64) -> Done<bool> {
        let mut statement = self
            .db
            .prepare_cached("SELECT key, value FROM settings WHERE key GLOB 'published/*' ORDER BY key")?;
        let kept = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
        let version_of = |publish: &[u8]| {
            let signed = PublishManifest::decode(publish).ok()?.manifest?;
            Some(VerifiedManifest::verify(&signed).ok()?.version)
        };
        let newer: Vec<(String, u64)> = kept
            .into_iter()
            .filter_map(|(key, publish)| Some((key, version_of(&publish)?)))
            .filter(|(_, kept)| *kept > version)
            .collect();
        // Each names the one before it: with a gap the server takes none.
        if newer.first().is_none_or(|(_, first)| Some(*first) != version.checked_add(1)) {
            return Ok(false);
        }
        for (key, _) in newer {
            self.db
                .prepare_cached(
                    "UPDATE OR REPLACE settings SET key = 'publish/' || substr(key, 11) WHERE key = ?1",
                )?
                .execute([key])?;
        }
        self.core.session.chores = true;
        Ok(true)
    }

    /// Sends what only a device of the account may ask, signed.
    pub fn send_device_request(&mut self, body: DeviceBody, awaiting: Awaiting) -> Done<()> {
        let request = self.device_request(Some(body))?;
        self.send(Request::DeviceRequest(request), awaiting);
        Ok(())
    }

    /// A signed request; without a body it only shows who asks.
    pub fn device_request(&self, body: Option<DeviceBody>) -> Done<DeviceRequest> {
        self.device_request_of(self.me()?, body)
    }

    /// The same of a device whose account is just being restored.
    pub fn device_request_of(&self, me: &Me, body: Option<DeviceBody>) -> Done<DeviceRequest> {
        let hello = self.core.session.hello.as_ref().ok_or(Fail::Server("no greeting"))?;
        let body = body
            .map(|request| DeviceRequestBody { request: Some(request) }.encode_to_vec())
            .unwrap_or_default();
        let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, &body];
        let signature = sign_labelled(&me.identity.signing, DEVICE_REQUEST_LABEL, &parts);
        Ok(DeviceRequest {
            account: me.identity.account.into(),
            device: me.identity.device.into(),
            body: body.into(),
            signature: signature.into(),
        })
    }
}

/// A server's URL as typed, without a trailing slash. Plain HTTP is for this machine only.
pub fn server_url(text: &str) -> Done<String> {
    let url = text.trim().trim_end_matches('/');
    let wrong = || invalid("A server's URL looks like https://casemate.example.org.");
    let (host, plain) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(host), _) => (host, false),
        (_, Some(host)) => (host, true),
        _ => return Err(wrong()),
    };
    let good = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b':' | b'[' | b']');
    if host.is_empty() || host.len() > 255 || !host.bytes().all(good) {
        return Err(wrong());
    }
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let local = name == "localhost" || name.starts_with("127.") || name == "[::1]";
    if plain && !local {
        return Err(invalid(
            "Over the network a server is reached by https:// only; http:// is for this machine.",
        ));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::server_url;

    #[test]
    fn server_urls() {
        assert_eq!(server_url("https://example.org/").unwrap(), "https://example.org");
        assert_eq!(server_url("http://localhost:8440").unwrap(), "http://localhost:8440");
        assert_eq!(server_url("http://[::1]:8440").unwrap(), "http://[::1]:8440");
        for bad in ["", "example.org", "http://example.org", "https://a/b", "https://", "http://127evil.org"]
        {
            assert!(server_url(bad).is_err(), "{bad}");
        }
    }
}
