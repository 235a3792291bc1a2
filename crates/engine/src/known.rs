//! Who is known here, with which account document. `names` has how they are called, `lookup` what the server answers of
//! them, `contact` what they are to this account.

use casemate_api::Event;
use casemate_wire::ids::AccountId;
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::{OptionalExtension as _, params};

use crate::contact::{PERSON, Person, handle_of, person_row};
use crate::core::{Ctx, Done};

impl Ctx<'_> {
    pub fn person(&self, account: AccountId) -> Done<Option<Person>> {
        let mut statement = self.db.prepare_cached(&format!("{PERSON} WHERE account = ?1"))?;
        Ok(statement.query_row([&account.0[..]], person_row).optional()?)
    }

    /// Remembers somebody's newest manifest, on its own word. Returns false where the one that is known stays.
    pub fn learn_manifest(&mut self, manifest: &VerifiedManifest) -> Done<bool> {
        self.learn(manifest, false)
    }

    /// `promised`: the server's promise for it was verified.
    pub fn learn(&mut self, manifest: &VerifiedManifest, promised: bool) -> Done<bool> {
        if manifest.account == self.me()?.account() {
            return Ok(false);
        }
        let person = self.person(manifest.account)?;
        let known: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT manifest FROM people WHERE account = ?1 AND manifest IS NOT NULL")?
            .query_row([&manifest.account.0[..]], |row| row.get(0))
            .optional()?;
        let (signed, mut replaced) = (manifest.to_bytes(), false);
        if known.as_ref() == Some(&signed) {
            if promised {
                self.name_promised(manifest.account, &manifest.handle)?;
            }
            return Ok(true);
        }
        let address = match &person {
            // A handle is for good, also where it is known from a sibling or a box alone.
            Some(person)
                if !promised
                    && person.address.contains('@')
                    && handle_of(&person.address) != manifest.handle.as_str() =>
            {
                return Ok(false);
            }
            Some(person) => person.address.clone(),
            None => self.claimed_address(manifest.account, &manifest.handle)?,
        };
        if let Some(known) = known.as_ref().and_then(|known| VerifiedManifest::from_bytes(known).ok()) {
            if let Err(why) = manifest.succeeds(&known) {
                return self.document_refused(manifest.account, why).map(|()| false);
            }
            replaced = manifest.account_key != known.account_key;
            if replaced {
                self.event(Event::SafetyChanged { who: address.clone() });
                self.notice_safety_changed(manifest.account, &address)?;
                self.devices_replaced(manifest)?;
                self.set_gone(manifest.account, false)?;
            }
        }
        self.db
            .prepare_cached(
                "INSERT INTO people(account, address, standing, at_ms, manifest) VALUES (?1, ?2, 0, ?3, ?4)
                 ON CONFLICT(account) DO UPDATE SET manifest = ?4",
            )?
            .execute(params![&manifest.account.0[..], address, self.now_ms, signed])?;
        if promised {
            self.name_promised(manifest.account, &manifest.handle)?;
        }
        self.newly_known(known.as_deref(), manifest)?;
        self.await_listing(manifest.account)?;
        // However it was learned. Of a restored account the old devices go together with the new one's coming.
        if !replaced {
            self.drop_dead_devices(manifest)?;
        }
        self.forget_dropped_keys(manifest)?;
        // The tokens of a device that was dropped lead nowhere.
        for (device, _) in self.reach(manifest.account)? {
            if manifest.device(device).is_none() {
                self.db
                    .prepare_cached("DELETE FROM reach WHERE account = ?1 AND device = ?2")?
                    .execute(params![&manifest.account.0[..], &device.0[..]])?;
            }
        }
        Ok(true)
    }

    /// The newest manifest known of somebody.
    pub fn known_manifest(&self, account: AccountId) -> Done<Option<VerifiedManifest>> {
        let me = self.me()?;
        if account == me.account() {
            return Ok(me.identity.verified_manifest().ok());
        }
        let bytes: Option<Option<Vec<u8>>> = self
            .db
            .prepare_cached("SELECT manifest FROM people WHERE account = ?1")?
            .query_row([&account.0[..]], |row| row.get(0))
            .optional()?;
        Ok(bytes.flatten().and_then(|bytes| VerifiedManifest::from_bytes(&bytes).ok()))
    }
}
