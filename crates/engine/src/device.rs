//! Several devices of one account: linking, and what own devices tell each other in their own conversation.

use casemate_api::Event;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_crypto::SealKeys;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, InboxToken, LogId};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::DeviceKeys;
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rusqlite::params;

use crate::contact::Standing;
use crate::core::{Ctx, Done};
use crate::db;
use crate::device_name::is_device_name;
use crate::intent::Intent;
use crate::io::Output;

impl Ctx<'_> {
    /// A newer version of the own manifest, by way of another own device or of the server.
    pub fn own_manifest_seen(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        let current = self.me()?.identity.verified_manifest();
        if let Ok(current) = current
            && manifest.supersedes(&current)
        {
            // Every device hears of one that came or went, whoever brought the news.
            let came = manifest.devices.iter().filter(|device| current.device(device.id).is_none());
            let went = current.devices.iter().filter(|device| manifest.device(device.id).is_none());
            let changed: Vec<String> = came.chain(went).map(|device| device.id.to_hex()).collect();
            for device in changed {
                self.event(Event::DeviceChanged { device });
            }
            db::set_setting(self.db, "manifest", &manifest.to_bytes())?;
            if let Some(me) = self.core.me.as_mut() {
                me.identity.manifest = manifest.to_bytes();
            }
            self.drop_dead_devices(manifest)?;
        }
        Ok(())
    }

    /// An own device says something in the own conversation.
    pub fn own_received(&mut self, from: DeviceId, said: content::Own) -> Done<()> {
        match said.kind {
            Some(content::own::Kind::Contact(contact)) => self.sibling_contact(&contact),
            Some(content::own::Kind::Read(read)) => {
                let Ok(log) = LogId::try_from(&read.log[..]) else { return Ok(()) };
                match self.log_row(log)? {
                    Some(row) => self.sibling_read(&row, i64::try_from(read.entry).unwrap_or(0)),
                    None => Ok(()),
                }
            }
            Some(content::own::Kind::Marks(marks)) => self.marks_received(&marks),
            Some(content::own::Kind::Draft(draft)) => self.draft_received(&draft),
            Some(content::own::Kind::Star(star)) => self.star_received(&star),
            Some(content::own::Kind::Setting(setting)) if is_device_name(&setting) => {
                self.device_name_received(from, &setting)
            }
            Some(content::own::Kind::Setting(setting)) => self.setting_received(&setting),
            Some(content::own::Kind::Profile(profile)) => self.profile_received(profile),
            Some(content::own::Kind::Delete(gone)) => self.own_delete_received(&gone),
            Some(content::own::Kind::GroupLink(link)) => self.group_link_received(&link),
            Some(content::own::Kind::Asked(asked)) => self.asked_received(&asked),
            Some(content::own::Kind::Listened(listened)) => self.listened_received(&listened),
            Some(content::own::Kind::List(list)) => self.list_received(&list),
            Some(content::own::Kind::Inbox(inbox)) => {
                let (Ok(device), Ok(token)) =
                    (DeviceId::try_from(&inbox.device[..]), InboxToken::try_from(&inbox.token[..]))
                else {
                    return Ok(());
                };
                let account = self.me()?.account();
                self.learn_reach(account, device, &token)
            }
            None => Ok(()),
        }
    }

    /// This device's own word to its siblings came by: what is a choice between several takes effect in the order of
    /// the log, as on the siblings.
    pub fn own_entered(&mut self, said: content::Own) -> Done<()> {
        match said.kind {
            Some(content::own::Kind::Contact(contact)) => self.contact_choices(&contact),
            Some(content::own::Kind::Marks(marks)) => self.marks_received(&marks),
            Some(content::own::Kind::Draft(draft)) => self.draft_received(&draft),
            Some(content::own::Kind::Star(star)) => self.star_received(&star),
            Some(content::own::Kind::Setting(setting)) => self.setting_received(&setting),
            Some(content::own::Kind::Profile(profile)) => self.profile_received(profile),
            Some(content::own::Kind::List(list)) => self.list_received(&list),
            Some(
                content::own::Kind::Read(_)
                | content::own::Kind::Inbox(_)
                | content::own::Kind::Delete(_)
                | content::own::Kind::GroupLink(_)
                | content::own::Kind::Asked(_)
                | content::own::Kind::Listened(_),
            )
            | None => Ok(()),
        }
    }

    /// Nickname and block.
    fn contact_choices(&mut self, contact: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&contact.account[..]) else { return Ok(()) };
        let Some(person) = self.person(account)? else { return Ok(()) };
        if let Some(nickname) = &contact.nickname {
            self.set_nickname(account, nickname)?;
        }
        self.verified_received(account, contact)?;
        match contact.blocked {
            Some(blocked) if blocked != person.blocked => self.set_blocked(&person, blocked),
            _ => Ok(()),
        }
    }

    fn sibling_contact(&mut self, contact: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&contact.account[..]) else { return Ok(()) };
        self.db
            .prepare_cached(
                "INSERT INTO people(account, address, standing, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT(account) DO UPDATE SET standing = max(standing, ?3)",
            )?
            .execute(params![
                &account.0[..],
                contact.address,
                contact.standing.min(Standing::Contact as u32),
                self.now_ms
            ])?;
        for entry in &contact.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        self.contact_choices(contact)
    }

    // ---- Linking: the steps; how a code travels and what the person is asked is the users' part ----

    /// On the new device: keys, and the code that the primary takes.
    pub fn link_request(&mut self) -> Done<Vec<u8>> {
        if self.core.me.is_some() {
            return Err(crate::core::not_allowed("This device has an account already."));
        }
        let signing = SigningKey::from_bytes(&self.random());
        let seal = SealKeys::generate(&mut self.core.config.rng);
        let device = DeviceId(self.random());
        db::set_setting(self.db, "device_secret", &signing.to_bytes())?;
        db::set_setting(self.db, "seal_secret", seal.secret())?;
        db::set_setting(self.db, "device", &device.0)?;
        let token = self.give_token(None)?;
        Ok(content::LinkCode {
            device: device.into(),
            signature_key: signing.verifying_key().to_bytes().to_vec().into(),
            hpke_key: seal.public.clone().into(),
            inbox_token: token.to_field(),
        }
        .encode_to_vec())
    }

    /// On the primary, after its person agreed: the manifest names the new device, and it is added everywhere.
    pub fn link_approve(&mut self, code: &[u8]) -> Done<Vec<u8>> {
        let wrong = || crate::core::invalid("This is not the code of a new device.");
        let code = content::LinkCode::decode(code).map_err(|_| wrong())?;
        let device = DeviceId::try_from(&code.device[..]).map_err(|_| wrong())?;
        let token = InboxToken::try_from(&code.inbox_token[..]).map_err(|_| wrong())?;
        if code.hpke_key.len() != casemate_wire::limits::HPKE_KEY_BYTES {
            return Err(wrong());
        }
        let named = ManifestDevice {
            device: code.device.clone(),
            signature_key: code.signature_key.clone(),
            hpke_key_hash: Hash32::of(&[&code.hpke_key]).into(),
            added_ms: self.server_now(),
            primary: false,
        };
        let keys = DeviceKeys { device: code.device.clone(), hpke_key: code.hpke_key.clone() };
        let manifest = self.change_manifest(|document| document.devices.push(named), vec![keys])?;
        let account = manifest.account;
        self.learn_reach(account, device, &token)?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO device_keys(device, account, hpke_key) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![&device.0[..], &account.0[..], &code.hpke_key[..]])?;
        let mut statement = self.db.prepare_cached("SELECT log FROM logs WHERE state = 0")?;
        let logs = statement
            .query_map([], |row| crate::core::id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        for log in logs {
            self.intend(log, Intent::AddDevice(account, device), true)?;
        }
        self.event(Event::DeviceChanged { device: device.to_hex() });
        let own_token = self.give_token(Some(account))?;
        let me = self.me()?;
        let (primary, hpke_key) = (me.identity.device, me.seal.public.clone());
        let text = |key: &str| -> Done<String> {
            Ok(String::from_utf8(db::setting(self.db, key)?.unwrap_or_default()).unwrap_or_default())
        };
        Ok(content::LinkReply {
            signed_manifest: manifest.to_bytes().into(),
            server_url: text("server_url")?,
            server_name: text("server_name")?,
            server_key: db::setting(self.db, "server_key")?.unwrap_or_default().into(),
            primary: primary.into(),
            inbox_token: own_token.to_field(),
            hpke_key: hpke_key.into(),
        }
        .encode_to_vec())
    }

    /// On the new device: it belongs to the account now.
    pub fn link_finish(&mut self, reply: &[u8]) -> Done<()> {
        let wrong = || crate::core::invalid("This is not the answer of your primary device.");
        let reply = content::LinkReply::decode(reply).map_err(|_| wrong())?;
        let manifest = VerifiedManifest::from_bytes(&reply.signed_manifest).map_err(|_| wrong())?;
        let device = db::setting(self.db, "device")?.and_then(|id| DeviceId::try_from(&id[..]).ok());
        let secret: Option<[u8; 32]> =
            db::setting(self.db, "device_secret")?.and_then(|key| key.try_into().ok());
        let public = secret.map(|secret| SigningKey::from_bytes(&secret).verifying_key().to_bytes());
        let named = device.and_then(|device| manifest.device(device)).map(|device| device.signature_key);
        if named.is_none() || named != public {
            return Err(wrong());
        }
        let (primary, token) = (
            DeviceId::try_from(&reply.primary[..]).map_err(|_| wrong())?,
            InboxToken::try_from(&reply.inbox_token[..]).map_err(|_| wrong())?,
        );
        db::set_setting(self.db, "manifest", &manifest.to_bytes())?;
        db::set_setting(self.db, "handle", manifest.handle.as_str().as_bytes())?;
        db::set_setting(self.db, "server_url", reply.server_url.as_bytes())?;
        db::set_setting(self.db, "server_name", reply.server_name.as_bytes())?;
        db::set_setting(self.db, "server_key", &reply.server_key)?;
        db::set_number(self.db, "account_state", 1)?;
        self.core.me = crate::account::load_me(self.db)?;
        self.db
            .prepare_cached("UPDATE given SET account = ?1 WHERE account IS NULL")?
            .execute([&manifest.account.0[..]])?;
        self.learn_reach(manifest.account, primary, &token)?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO device_keys(device, account, hpke_key) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![&primary.0[..], &manifest.account.0[..], &reply.hpke_key[..]])?;
        self.out.push(Output::Connect { url: reply.server_url });
        Ok(())
    }

    /// On the primary: a device is dropped. The manifest says so at once, and every group it is in removes it.
    pub fn drop_device(&mut self, device: DeviceId) -> Done<()> {
        let me = self.me()?;
        if device == me.identity.device {
            return Err(crate::core::invalid("The primary device cannot remove itself."));
        }
        let account = me.account();
        self.change_manifest(
            |document| document.devices.retain(|named| named.device[..] != device.0),
            Vec::new(),
        )?;
        self.db
            .prepare_cached("DELETE FROM reach WHERE account = ?1 AND device = ?2")?
            .execute(params![&account.0[..], &device.0[..]])?;
        self.event(Event::DeviceChanged { device: device.to_hex() });
        Ok(())
    }

    /// All contacts and how they are reached, the marks of conversations, and settings, for a device that has just come into the
    /// own conversation: what was said there before it cannot read.
    pub fn tell_siblings_all(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT account FROM people WHERE standing != 0 OR blocked = 1 OR nickname != '' ORDER BY account")?;
        let accounts = statement
            .query_map([], |row| crate::core::id_column(row, 0))?
            .collect::<Result<Vec<AccountId>, _>>()?;
        for account in accounts {
            let Some(person) = self.person(account)? else { continue };
            let nickname = Some(person.nickname).filter(|nickname| !nickname.is_empty());
            self.tell_siblings_choice(account, nickname, person.blocked.then_some(true))?;
            self.tell_siblings_verified(account)?;
        }
        self.tell_siblings_profile()?;
        self.tell_siblings_marks()?;
        self.tell_siblings_links()?;
        self.tell_siblings_lists()?;
        self.tell_siblings_settings()
    }

    /// Whether this is the account's only device.
    pub fn is_alone(&self) -> Done<bool> {
        Ok(self.me()?.identity.verified_manifest().is_ok_and(|own| own.devices.len() < 2))
    }

    /// What somebody is to this account now, told to its other devices, if it has any.
    pub fn tell_siblings_contact(&mut self, account: AccountId) -> Done<()> {
        self.tell_siblings_choice(account, None, None)
    }

    /// The same with what was chosen about them. A choice that was not made here now is left out, so that it does not
    /// undo a sibling's.
    pub fn tell_siblings_choice(
        &mut self,
        account: AccountId,
        nickname: Option<String>,
        blocked: Option<bool>,
    ) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let Some(person) = self.person(account)? else { return Ok(()) };
        let tokens = self
            .reach(account)?
            .into_iter()
            .map(|(device, token)| content::DeviceToken { device: device.into(), token: token.to_field() })
            .collect();
        self.tell_siblings(content::own::Kind::Contact(content::OwnContact {
            account: account.into(),
            address: person.address,
            standing: person.standing as u32,
            tokens,
            nickname,
            blocked,
            ..content::OwnContact::default()
        }))
    }

    /// This device's word to its siblings, if there are any. A sibling that comes later is told all.
    pub fn tell_siblings(&mut self, said: content::own::Kind) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let Some(thread) = self.own_thread()? else { return Ok(()) };
        self.queue_content(thread, None, ContentKind::Own(content::Own { kind: Some(said) }))
    }

    /// The primary device linked this one.
    pub fn link_received(&mut self, manifest: &VerifiedManifest, link: &content::Link) -> Done<()> {
        self.own_manifest_seen(manifest)?;
        let account = self.me()?.account();
        for entry in &link.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        Ok(())
    }
}
