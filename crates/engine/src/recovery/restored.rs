//! What a restore brought back out of the recovery box, from when, and what is missing: said to whoever restored.
//!
//! The server keeps the box and may give none, or an older one, in which a block or strict mode is not there yet. A box names
//! the version of the account's document that it was made with, so that one from before the newest document is known as old.
//! Within one version its time alone tells its age: it is made anew each day on which the device is connected.

use casemate_api::{Event, view};
use casemate_content::proto as content;

use crate::contact::Standing;
use crate::core::{Ctx, Done, Fail, rfc3339};
use crate::db;

/// In `settings`: what the last restore found, until the new words are written down.
const RESTORED_BOX: &str = "restored_box";

/// The one moment in which an account can be lost for good with one device: said beside what came back.
const WORDS_REPLACED: &str = "This restore made new recovery words: the old paper opens nothing any more. Until the new ones are on paper, whoever loses this device loses the account.";

/// What there was to restore from.
pub enum Found<'a> {
    /// The server gave none.
    None,
    /// It does not open, or is another account's.
    Unreadable,
    /// This.
    Box(&'a content::RecoveryBox),
}

impl Ctx<'_> {
    /// Says what came back, and keeps it for `account.show`. Called when the new document is this device's own.
    pub fn tell_restored(&mut self, found: Found<'_>) -> Done<view::Restored> {
        let everything = || ["contacts", "conversations", "blocked", "settings"].map(str::to_owned).to_vec();
        let (told, why) = match found {
            Found::None => (
                view::Restored { found: "none".into(), missing: everything(), ..Default::default() },
                "There was no recovery box. Contacts, conversations, blocks and settings did not come back, and strict mode is off unless you turn it on.".to_owned(),
            ),
            Found::Unreadable => (
                view::Restored { found: "unreadable".into(), missing: everything(), ..Default::default() },
                "The recovery box could not be opened. Contacts, conversations, blocks and settings did not come back, and strict mode is off unless you turn it on.".to_owned(),
            ),
            Found::Box(said) => self.found_in(said)?,
        };
        // A value of this type always has a form in JSON.
        let kept = serde_json::to_vec(&told).ok().unwrap_or_default();
        db::set_setting(self.db, RESTORED_BOX, &kept)?;
        self.event(Event::AccountRestored { restored: told.clone(), why: why.clone() });
        self.notice_to_self(&why)?;
        self.notice_to_self(WORDS_REPLACED)?;
        Ok(told)
    }

    fn found_in(&mut self, said: &content::RecoveryBox) -> Done<(view::Restored, String)> {
        let own = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        // The restore made the newest version; the box is to know the one before. Programs of before named none.
        let is_old = said.version > 0 && said.version.saturating_add(1) < own.version;
        let made_at = rfc3339(said.made_ms.clamp(0, self.server_now().max(0)));
        let contacts = said.people.iter().filter(|one| one.standing == Standing::Contact as u32).count();
        let blocked = said.people.iter().filter(|one| one.blocked == Some(true)).count();
        let day = made_at.get(..16).unwrap_or_default().replace('T', " ");
        let (found, missing, why) = match is_old {
            true => (
                "old",
                vec!["later".to_owned()],
                format!(
                    "The recovery box is an old one, of {day} UTC: this account was changed after it. Look at your contacts, at whom you had blocked, and at strict mode."
                ),
            ),
            false => (
                "box",
                Vec::new(),
                format!(
                    "Contacts, conversations, blocks and settings are back as they were on {day} UTC. What was changed after that is missing."
                ),
            ),
        };
        let told = view::Restored {
            found: found.to_owned(),
            made_at: Some(made_at),
            contacts: contacts as u64,
            conversations: said.logs.len() as u64,
            blocked: blocked as u64,
            missing,
        };
        Ok((told, why))
    }

    /// For `account.show`.
    pub fn restored_shown(&self) -> Done<Option<view::Restored>> {
        let kept = db::setting(self.db, RESTORED_BOX)?;
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    /// The new words are on paper: what the restore found was seen beside them.
    pub fn forget_restored(&mut self) -> Done<()> {
        db::forget_setting(self.db, RESTORED_BOX)?;
        Ok(())
    }
}
