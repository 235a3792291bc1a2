//! The recovery kit: showing its words, and what is kept on the server for a restore. `restore` brings an account
//! back with it.
//!
//! ```text
//! words ─▶ recovery key ─signs─▶ a new account key      (nothing else)
//!      └─▶ key of the recovery box, kept by the server: contacts, how they are reached, conversations, settings
//! ```
//! Once they are on paper the device erases the words and keeps the key of boxes alone: whoever steals it cannot take the
//! account over with them.
//! The box holds no message and no key of a conversation: whoever opens it finds people again, who then add the new
//! device. It is put there anew whenever what it says changed.

pub mod restored;

use casemate_api::command::RecoveryKit as Wanted;
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_crypto::recovery::{BoxKey, RecoveryKit};
use casemate_wire::ids::{AccountId, Hash32, LogId};
use casemate_wire::manifest;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, PutRecoveryBox};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rand_chacha::ChaCha20Rng;
use rusqlite::params;

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail, Job, id_column, invalid, not_allowed, sentence};
use crate::db;

/// Between two boxes at least so long: a burst of changes is one box.
const BOX_PAUSE_MS: i64 = 1_000;

const DAY_MS: i64 = 86_400_000;

/// Members of a conversation that its box names. More find it even where most of them are gone; each costs 16 bytes.
const MEMBERS: usize = 16;

/// Own messages after which an account without a kit on paper would be a pity to lose.
const DUE_AFTER: i64 = 10;

/// The number of the version of the own document that has the newest words, while the server does not have it.
const PENDING: &str = "kit_pending";

/// From then until the server has a box that the newest words open: its hash, once it was sent.
const UNBOXED: &str = "kit_unboxed";

/// What is kept of words that were erased.
const BOX_KEY: &str = "recovery_box_key";

/// The account was restored, and its new words were not written down since.
const RESTORED: &str = "kit_restored";

impl Ctx<'_> {
    /// `recovery.kit`
    pub fn recovery_kit(&mut self, command: u64, wanted: &Wanted) -> Done<()> {
        self.me()?;
        let kit = match self.kit()? {
            Some(kit) if !wanted.renew => kit,
            None if !wanted.renew && self.is_kit_erased()? => {
                return Err(not_allowed(
                    "The words are on your paper alone: this device has erased them. To make new ones, type the old ones.",
                ));
            }
            had => {
                let typed = wanted.words.as_ref().map(|words| RecoveryKit::from_words(&words.text()));
                let typed = typed.transpose().map_err(|error| invalid(sentence(&error.to_string())))?;
                self.renew_kit(had.or(typed))?
            }
        };
        let shown = view::RecoveryKit {
            words: kit.words().join(" "),
            address: self.me()?.address.clone(),
            server: db::text(self.db, "server_url")?,
            pending: self.kit_pending()?,
        };
        self.reply(command, shown);
        Ok(())
    }

    /// `recovery.written`: its person has the words on paper.
    pub fn recovery_written(&mut self, command: u64) -> Done<()> {
        let Some(kit) = self.kit()? else {
            return Err(not_allowed("Show the recovery kit first."));
        };
        db::set_number(self.db, "kit_written_ms", self.now_ms)?;
        db::set_setting(self.db, BOX_KEY, kit.box_key().as_bytes())?;
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('recovery_entropy', 'recovery_secret', ?1)",
            [RESTORED],
        )?;
        self.forget_restored()?;
        self.event(Event::AccountChanged {});
        self.reply_nothing(command);
        Ok(())
    }

    /// For `account.show`.
    pub fn kit_shown(&self) -> Done<view::Kit> {
        let here = db::ACCOUNT_SECRET.is_there(self.db)?;
        let written = db::number(self.db, "kit_written_ms")? > 0;
        let pending = self.kit_pending()?;
        let mut kit = view::Kit { here, erased: here && self.is_kit_erased()?, written, due: false, pending };
        if here && !written {
            // Own ones, by an index: state < 4 is message::State up to Read.
            let said: i64 = self
                .db
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM messages WHERE state < 4 AND kind = 0 LIMIT ?1)",
                )?
                .query_row([DUE_AFTER], |row| row.get(0))?;
            // Whoever restored has a paper that opens nothing any more.
            kit.due = said >= DUE_AFTER || db::number(self.db, RESTORED)? > 0;
        }
        Ok(kit)
    }

    /// Whether the newest words do not bring everything back yet.
    fn kit_pending(&self) -> Done<bool> {
        Ok(db::number(self.db, PENDING)? > 0 || db::setting(self.db, UNBOXED)?.is_some())
    }

    /// The kit, where this device has it.
    pub fn kit(&self) -> Done<Option<RecoveryKit>> {
        let entropy = db::RECOVERY_ENTROPY.read(self.db)?;
        Ok(entropy.map(|entropy| RecoveryKit::from_entropy(*entropy)))
    }

    /// Whether this device had the words and erased them.
    fn is_kit_erased(&self) -> Done<bool> {
        Ok(db::setting(self.db, BOX_KEY)?.is_some() && !db::RECOVERY_ENTROPY.is_there(self.db)?)
    }

    /// What seals the recovery box here: the words, or what is kept of them.
    fn box_sealer(&self) -> Done<Option<Sealer>> {
        if let Some(kit) = self.kit()? {
            return Ok(Some(Sealer::Words(kit)));
        }
        let kept = db::setting(self.db, BOX_KEY)?.and_then(|key| key.try_into().ok());
        Ok(kept.map(|key| Sealer::Kept(BoxKey::from_bytes(key))))
    }

    /// The account was restored, with new words that nobody has written down.
    pub fn kit_restored(&mut self) -> Done<()> {
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('recovery_secret', 'kit_written_ms', 'box_hash', ?1)",
            [BOX_KEY],
        )?;
        db::set_number(self.db, RESTORED, self.now_ms)?;
        db::set_setting(self.db, UNBOXED, &[])?;
        self.box_changed();
        Ok(())
    }

    /// New words: the recovery key is replaced under the old one's signature, the account key stays.
    fn renew_kit(&mut self, had: Option<RecoveryKit>) -> Done<RecoveryKit> {
        if !db::ACCOUNT_SECRET.is_there(self.db)? {
            return Err(not_allowed("The recovery kit is on your primary device; look there."));
        }
        // Accounts made before there were kits have a key without words.
        let old = match &had {
            Some(kit) => Some(kit.signing_key()),
            None => db::RECOVERY_SECRET.read(self.db)?.map(|secret| SigningKey::from_bytes(&secret)),
        };
        let old = old.ok_or_else(|| not_allowed("This device does not have the recovery kit."))?;
        let kit = RecoveryKit::generate(&mut self.core.config.rng);
        let recovery_key = kit.signing_key().verifying_key().to_bytes();
        let own = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        if old.verifying_key().to_bytes() != own.recovery_key {
            return Err(not_allowed(
                "These are not the words of this account's recovery kit. Nothing was changed.",
            ));
        }
        self.change_manifest(
            |document| {
                replace_keys(document, &own, own.account_key, recovery_key, &old);
            },
            Vec::new(),
        )?;
        // A paper that there is stays good until the server has this version.
        if had.is_some() {
            let number = db::number(self.db, "publish_last")?;
            db::set_number(self.db, PENDING, number)?;
        }
        db::RECOVERY_ENTROPY.write(self.db, kit.entropy())?;
        self.db.execute(
            "DELETE FROM settings WHERE key IN ('recovery_secret', 'kit_written_ms', 'box_hash', ?1, ?2)",
            [UNBOXED, BOX_KEY],
        )?;
        self.box_changed();
        self.show_document_everywhere()?;
        self.event(Event::AccountChanged {});
        Ok(kit)
    }

    /// The server has one more version of the own document: perhaps the one with new words.
    pub fn kit_published(&mut self) -> Done<()> {
        let pending = db::number(self.db, PENDING)?;
        if pending > 0 && db::setting(self.db, &format!("published/{pending:012}"))?.is_some() {
            db::forget_setting(self.db, PENDING)?;
            db::set_setting(self.db, UNBOXED, &[])?;
            self.box_changed();
        }
        Ok(())
    }

    /// The server has a box, or there cannot be one, that the newest words open.
    fn kit_boxed(&mut self) -> Done<()> {
        db::forget_setting(self.db, UNBOXED)?;
        self.event(Event::AccountChanged {});
        Ok(())
    }

    // ---- The box ----

    /// Something that the box says may have changed.
    pub fn box_changed(&mut self) {
        self.core.session.box_doubtful = true;
        self.core.session.chores = true;
    }

    /// Puts the box on the server where it says something else than before.
    pub fn work_recovery_box(&mut self) -> Done<()> {
        // While the server knows the words of before, its box is theirs, too.
        let primary = db::ACCOUNT_SECRET.is_there(self.db)? && db::number(self.db, PENDING)? == 0;
        let kit = if primary { self.box_sealer()? } else { None };
        let Some(kit) = kit.filter(|_| self.core.session.box_doubtful) else {
            self.core.session.box_doubtful = false;
            return Ok(());
        };
        // What a restore has found is in the box until it came back, so that a second loss loses no more.
        if !self.begin(Job::RecoveryBox) {
            return Ok(());
        }
        self.core.session.box_doubtful = false;
        let mut said = self.recovery_box()?;
        // Made anew each day, so that its time says when this device was last there.
        let day = self.server_now().div_euclid(DAY_MS);
        let hash = Hash32::of(&[&said.encode_to_vec(), kit.secret(), &day.to_be_bytes()]);
        if db::setting(self.db, "box_hash")?.as_deref() == Some(&hash.0[..]) {
            self.end(&Job::RecoveryBox);
            return Ok(());
        }
        said.made_ms = self.server_now();
        let Some(sealed) = kit.seal(&said.encode_to_vec(), &mut self.core.config.rng) else {
            tracing::warn!("the recovery box would be too large; the one before stays");
            self.end(&Job::RecoveryBox);
            return self.kit_boxed();
        };
        if db::setting(self.db, UNBOXED)?.is_some() {
            db::set_setting(self.db, UNBOXED, &hash.0)?;
        }
        self.send_device_request(
            DeviceBody::PutRecoveryBox(PutRecoveryBox { sealed_box: sealed.into() }),
            Awaiting::BoxPut(hash),
        )
    }

    pub fn box_put(&mut self, hash: Hash32, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(_) => {
                db::set_setting(self.db, "box_hash", &hash.0)?;
                if db::setting(self.db, UNBOXED)?.as_deref() == Some(&hash.0[..]) {
                    self.kit_boxed()?;
                }
                self.end(&Job::RecoveryBox);
                self.pause(Job::RecoveryBox, BOX_PAUSE_MS);
            }
            Err(error) => {
                self.core.session.box_doubtful = true;
                self.back_off(Job::RecoveryBox, &error, 5_000);
            }
        }
        Ok(())
    }

    fn recovery_box(&mut self) -> Done<content::RecoveryBox> {
        let account = self.me()?.account();
        let mut said = content::RecoveryBox {
            account: account.into(),
            made_ms: 0,
            people: Vec::new(),
            logs: Vec::new(),
            profile: Some(self.profile()?),
            settings: self.shared_settings()?,
            backup: self.backup_passkey_kept()?,
            version: self.me()?.identity.verified_manifest().map_or(0, |own| own.version),
        };
        let mut statement = self.db.prepare_cached(
            "SELECT account FROM people WHERE standing != 0 OR blocked = 1 ORDER BY account",
        )?;
        let accounts =
            statement.query_map([], |row| id_column(row, 0))?.collect::<Result<Vec<AccountId>, _>>()?;
        for account in accounts {
            let Some(person) = self.person(account)? else { continue };
            let tokens = self.reach(account)?.into_iter();
            said.people.push(content::OwnContact {
                account: account.into(),
                address: person.address,
                standing: person.standing as u32,
                tokens: tokens
                    .map(|(device, token)| content::DeviceToken {
                        device: device.into(),
                        token: token.to_field(),
                    })
                    .collect(),
                nickname: Some(person.nickname).filter(|nickname| !nickname.is_empty()),
                blocked: person.blocked.then_some(true),
                gone: person.gone,
                display_name: person.display_name,
                ..content::OwnContact::default()
            });
        }
        said.logs = self.recovery_logs()?;
        Ok(said)
    }

    fn recovery_logs(&mut self) -> Done<Vec<content::RecoveryLog>> {
        let mut statement = self.db.prepare_cached(
            "SELECT threads.id, threads.active_log, threads.kind, threads.name FROM threads
             JOIN logs ON logs.log = threads.active_log
             WHERE threads.kind != ?1 AND threads.standing = 0 AND logs.state != 3 ORDER BY threads.id",
        )?;
        let threads = statement
            .query_map([ConversationKind::Own as i32], |row| {
                Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<Vec<(i64, LogId, i32, String)>, _>>()?;
        let me = self.me()?.account();
        let mut logs = Vec::with_capacity(threads.len());
        for (thread, log, kind, name) in threads {
            let mut members = self.db.prepare_cached(
                "SELECT DISTINCT leaves.account FROM leaves JOIN reach USING (account)
                 WHERE log = ?1 AND account != ?2 ORDER BY account LIMIT ?3",
            )?;
            let accounts = members
                .query_map(params![&log.0[..], &me.0[..], MEMBERS as i64], |row| {
                    id_column::<AccountId>(row, 0)
                })?
                .map(|account| account.map(Into::into))
                .collect::<Result<Vec<_>, _>>()?;
            // Not what is read without being told: the box would be written anew, and the server see it, with each reading.
            let marks = content::OwnMarks { silent: Vec::new(), ..self.told_marks(thread, log)? };
            logs.push(content::RecoveryLog { log: log.into(), kind, name, accounts, marks: Some(marks) });
        }
        logs.extend(self.rejoining()?.into_iter().map(|(_, waiting)| waiting.log));
        Ok(logs)
    }
}

/// What seals the recovery box.
enum Sealer {
    Words(RecoveryKit),
    Kept(BoxKey),
}

impl Sealer {
    fn secret(&self) -> &[u8] {
        match self {
            Self::Words(kit) => kit.entropy(),
            Self::Kept(key) => key.as_bytes(),
        }
    }

    fn seal(&self, plain: &[u8], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
        match self {
            Self::Words(kit) => kit.seal_box(plain, rng),
            Self::Kept(key) => key.seal_box(plain, rng),
        }
    }
}

/// Puts other keys into the next version of a manifest, under the signature of the recovery key that it has.
pub fn replace_keys(
    document: &mut casemate_wire::proto::directory::Manifest,
    current: &manifest::VerifiedManifest,
    account_key: [u8; 32],
    recovery_key: [u8; 32],
    recovery: &SigningKey,
) {
    if document.successions.is_empty() {
        document.first_account_key = document.account_key.clone();
        document.first_recovery_key = document.recovery_key.clone();
    }
    document.successions.push(manifest::succession(
        &current.account,
        current.generation,
        account_key,
        recovery_key,
        recovery,
    ));
    document.account_key = account_key.to_vec().into();
    document.recovery_key = recovery_key.to_vec().into();
}
