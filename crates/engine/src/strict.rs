//! Strict mode (`contact.strict`): nothing is sent to somebody whose safety number or devices are others than when this
//! person last looked, until they look again (`contact.verify`, `contact.looked`).
//!
//! ```text
//! first met ─▶ looked at ──(another number, one more device)──▶ news ──(verified, or looked at)──▶ looked at
//!                                                               └─ in strict mode: held
//! ```
//! What was looked at is kept of everybody, so that strict mode counts from the last look and not from the day on which
//! it was turned on. A device that is gone reads nothing and holds nothing up.
//!
//! Own devices share all of it. What loosens, a look or turning strict mode off, counts where it was done and elsewhere
//! only from the primary: a linked device that was stolen does not open the way for all.

use casemate_api::command::{ContactStrict, SettingsSet, Who};
use casemate_api::{Error, Event, Kind, view};
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits;
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;

use crate::core::{Ctx, Done, Fail, id_column, invalid, not_found};
use crate::thread::Thread;

/// The name of strict mode for all conversations among the settings.
pub const SETTING: &str = "strict";

/// Which conversations wait for a look, in terms of `threads`.
pub const HELD: &str = "coalesce(threads.strict, (SELECT value = x'74727565' FROM settings WHERE key = 'preference/strict'), 0) = 1
     AND EXISTS (SELECT 1 FROM people WHERE news != 0
                 AND (people.account = threads.pair OR people.account IN (SELECT account FROM leaves WHERE log = threads.active_log)))";

/// Keys and devices that are remembered of somebody: what several own devices looked at, of twice as many as an account has at once.
const LOOKED: usize = 2 * limits::DEVICES;

/// What is there of somebody and was not looked at. Numbers as in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Nothing = 0,
    Device = 1,
    Number = 2,
}

impl News {
    fn from_column(value: i64) -> Self {
        match value {
            0 => Self::Nothing,
            1 => Self::Device,
            _ => Self::Number,
        }
    }
}

impl Ctx<'_> {
    /// `contact.strict`
    pub fn contact_strict(&mut self, command: u64, wanted: &ContactStrict) -> Done<()> {
        let with = match &wanted.who {
            None => None,
            Some(who) => {
                let account = self.person_by_address(who)?.account;
                let thread = self.pair_thread(account)?.map(|thread| self.thread_key(thread)).transpose()?;
                Some(thread.flatten().ok_or_else(|| not_found("There is no chat with them yet."))?)
            }
        };
        match (wanted.conversation.as_ref().or(with.as_ref()), wanted.on) {
            (None, Some(on)) => {
                let strict = SettingsSet { strict: Some(on), ..SettingsSet::default() };
                return self.settings_set(command, &strict);
            }
            (None, None) => return Err(invalid("Say whether strict mode is on for all conversations.")),
            (Some(key), on) => {
                let thread = self.thread_by_key(key)?;
                let marks = content::OwnMarks { strict: Some(told(on)), ..content::OwnMarks::default() };
                self.mark(thread.id, marks)?;
            }
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `contact.looked`: the person saw what is new and goes on.
    pub fn contact_looked(&mut self, command: u64, wanted: &Who) -> Done<()> {
        let person = self.person_by_address(&wanted.who)?;
        self.look(person.account)?;
        self.tell_siblings_contact(person.account)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// What is known of somebody now counts as looked at.
    pub fn look(&mut self, account: AccountId) -> Done<()> {
        let manifest =
            self.known_manifest(account)?.ok_or_else(|| not_found("Nothing of them is known here yet."))?;
        self.set_looked(account, &prints(&manifest), News::Nothing)
    }

    /// Somebody's manifest is another one now, or the first.
    pub fn newly_known(&mut self, before: Option<&[u8]>, manifest: &VerifiedManifest) -> Done<()> {
        let account = manifest.account;
        let before = before.and_then(|bytes| VerifiedManifest::from_bytes(bytes).ok());
        let (mut looked, was) = self.looked(account)?;
        if looked.is_empty() && was == News::Nothing {
            looked = prints(before.as_ref().unwrap_or(manifest));
        }
        if let Some(before) = before.filter(|before| before.account_key == manifest.account_key) {
            let known = prints(&before);
            if prints(manifest).iter().any(|print| !known.contains(print)) {
                self.notice_devices(account, |who| format!("{who} added a new device."))?;
            }
            if before.devices.iter().any(|device| manifest.device(device.id).is_none()) {
                self.notice_devices(account, |who| format!("{who} removed a device."))?;
            }
        }
        // Changed before there was this table, and not looked at since.
        let news = if looked.is_empty() { was } else { news(&looked, manifest) };
        self.set_looked(account, &looked, news)
    }

    /// What of somebody is new.
    pub fn news_of(&self, account: AccountId) -> Done<News> {
        Ok(self.looked(account)?.1)
    }

    /// Devices that somebody has and that were not looked at.
    pub fn new_devices(&self, manifest: &VerifiedManifest) -> Done<usize> {
        let (looked, _) = self.looked(manifest.account)?;
        let new = |device: &&[u8; 32]| !looked.is_empty() && !looked.contains(*device);
        Ok(prints(manifest).iter().skip(1).filter(new).count())
    }

    /// For own devices.
    pub fn looked_told(&self, account: AccountId) -> Done<Vec<u8>> {
        Ok(self.looked(account)?.0.concat())
    }

    /// A sibling says what was looked at. It adds to what was looked at here, in whatever order both come.
    pub fn looked_heard(&mut self, from: DeviceId, account: AccountId, said: &[u8]) -> Done<()> {
        let (prints, _) = said.as_chunks::<32>();
        if prints.is_empty() || !self.is_primary(from)? {
            return Ok(());
        }
        let (mut looked, was) = self.looked(account)?;
        for print in prints.iter().take(LOOKED) {
            if !looked.contains(print) {
                looked.push(*print);
            }
        }
        let over = looked.len().saturating_sub(LOOKED);
        looked.drain(..over);
        let news = match self.known_manifest(account)? {
            Some(manifest) => news(&looked, &manifest),
            None => was,
        };
        self.set_looked(account, &looked, news)
    }

    /// Whether a sibling's choice may count: what loosens only from the primary.
    pub fn may_loosen(&self, from: DeviceId) -> Done<bool> {
        Ok(self.me()?.identity.device == from || self.is_primary(from)?)
    }

    /// Refuses where the conversation waits for a look.
    pub fn check_held(&self, thread: &Thread) -> Done<()> {
        match self.held(thread.id)? {
            Some(held) => Err(Fail::User(Error::new(Kind::Untrusted, held.why))),
            None => Ok(()),
        }
    }

    /// Refuses where somebody is brought into a strict conversation whom nobody looked at.
    pub fn check_coming(&self, thread: &Thread, account: AccountId) -> Done<()> {
        match self.news_of(account)? {
            News::Nothing => Ok(()),
            _ if !self.is_strict(thread.id)? => Ok(()),
            news => Err(Fail::User(Error::new(Kind::Untrusted, why(&self.name_of(account)?, news)))),
        }
    }

    /// For whose look a conversation waits.
    pub fn held(&self, thread: i64) -> Done<Option<view::Held>> {
        let holding: bool = self
            .db
            .prepare_cached(&format!("SELECT count(*) FROM threads WHERE id = ?1 AND {HELD}"))?
            .query_row([thread], |row| row.get(0))?;
        if !holding {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT people.account, news FROM people JOIN threads ON threads.id = ?1
             WHERE news != 0 AND (people.account = threads.pair
                   OR people.account IN (SELECT account FROM leaves WHERE log = threads.active_log))
             ORDER BY address",
        )?;
        let people = statement
            .query_map([thread], |row| Ok((id_column(row, 0)?, News::from_column(row.get(1)?))))?
            .collect::<Result<Vec<(AccountId, News)>, _>>()?;
        let Some((first, news)) = people.first() else { return Ok(None) };
        let why = why(&self.name_of(*first)?, *news);
        let who = people.iter().map(|(account, _)| self.address_of(*account)).collect::<Done<_>>()?;
        Ok(Some(view::Held { who, why }))
    }

    /// Whether strict mode is on in a conversation.
    pub fn is_strict(&self, thread: i64) -> Done<bool> {
        let here = self.marks(thread)?.strict;
        Ok(match here {
            Some(here) => here,
            None => self.preferences()?.strict,
        })
    }

    /// Whether strict mode is on in a conversation and somebody's safety number was never compared.
    pub fn is_unknown_here(&self, thread: i64, account: AccountId) -> Done<bool> {
        Ok(self.is_strict(thread)? && !self.is_verified(account)?)
    }

    fn looked(&self, account: AccountId) -> Done<(Vec<[u8; 32]>, News)> {
        let mut statement = self.db.prepare_cached("SELECT looked, news FROM people WHERE account = ?1")?;
        let mut rows = statement.query([&account.0[..]])?;
        let Some(row) = rows.next()? else { return Ok((Vec::new(), News::Nothing)) };
        let looked: Vec<u8> = row.get(0)?;
        Ok((looked.as_chunks::<32>().0.to_vec(), News::from_column(row.get(1)?)))
    }

    fn set_looked(&mut self, account: AccountId, looked: &[[u8; 32]], news: News) -> Done<()> {
        let was = self.news_of(account)?;
        self.db
            .prepare_cached("UPDATE people SET looked = ?2, news = ?3 WHERE account = ?1")?
            .execute(params![&account.0[..], looked.concat(), news as i64])?;
        if was == news {
            return Ok(());
        }
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        for thread in self.threads_with(account)? {
            self.thread_dirty(thread)?;
            self.conversation_changed(thread)?;
        }
        Ok(())
    }

    fn notice_devices(&mut self, account: AccountId, line: fn(String) -> String) -> Done<()> {
        let text = line(self.name_of(account)?);
        for thread in self.threads_with(account)? {
            let is_pair = self.thread_by_id(thread)?.is_some_and(|thread| thread.pair == Some(account));
            // In a group of many it would be said all the time.
            if is_pair || self.is_strict(thread)? {
                self.notice(thread, &text)?;
            }
        }
        Ok(())
    }

    /// Conversations in which somebody reads.
    pub fn threads_with(&self, account: AccountId) -> Done<Vec<i64>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT thread FROM logs JOIN leaves USING (log) WHERE account = ?1 AND state < 3",
        )?;
        Ok(statement.query_map([&account.0[..]], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// Whether a sibling's setting turns strict mode off.
pub fn loosens(said: &content::OwnSetting) -> bool {
    said.key == SETTING && said.value != "true"
}

/// The choice for one conversation as own devices tell it.
pub fn told(strict: Option<bool>) -> u32 {
    match strict {
        None => 0,
        Some(true) => ON,
        Some(false) => 2,
    }
}

/// Strict here, among what own devices tell each other.
pub const ON: u32 = 1;

/// What waits in a held conversation: all that a person says. Not how people reach each other, what was read, who leaves, and
/// what is taken back.
pub fn waits(said: Option<&ContentKind>) -> bool {
    !matches!(
        said,
        Some(
            ContentKind::Reader(_)
                | ContentKind::Card(_)
                | ContentKind::Leave(_)
                | ContentKind::Manifest(_)
                | ContentKind::Own(_)
                | ContentKind::Receipt(_)
                | ContentKind::Delete(_)
                | ContentKind::CallStep(_)
        )
    )
}

fn why(who: &str, news: News) -> String {
    match news {
        News::Number => format!(
            "{who}'s safety number changed and you have not looked at it. Strict mode sends nothing here until you compare it or accept it."
        ),
        _ => format!(
            "{who} has a new device and you have not looked at it. Strict mode sends nothing here until you compare your safety number or accept it."
        ),
    }
}

fn news(looked: &[[u8; 32]], manifest: &VerifiedManifest) -> News {
    let prints = prints(manifest);
    let mut new = prints.iter().map(|print| !looked.contains(print));
    match (new.next(), new.any(|new| new)) {
        (Some(true), _) => News::Number,
        (_, true) => News::Device,
        _ => News::Nothing,
    }
}

/// The account's key, and a print of each device with its keys.
fn prints(manifest: &VerifiedManifest) -> Vec<[u8; 32]> {
    let devices = manifest
        .devices
        .iter()
        .map(|device| Hash32::of(&[&device.id.0, &device.signature_key, &device.hpke_key_hash.0]).0);
    std::iter::once(manifest.account_key).chain(devices).collect()
}
