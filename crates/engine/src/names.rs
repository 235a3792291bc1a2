//! How people are called: the nickname that this account gave them (`contact.nickname`), else the name they chose,
//! else their handle. Own devices share nicknames; nobody else learns of them.
//!
//! ```text
//! document of a member  ─▶ a claimed name; none where somebody else has it here
//! the server's promise  ─▶ a promised name, taken from whoever only claimed it
//!   (a look-up's answer, an own device's word, or a member's first word in a conversation)
//! ```
//! A name stands for one account for ever. Whoever has none is called by their account id.

use casemate_api::Event;
use casemate_api::command::ContactNickname;
use casemate_content::limits;
use casemate_wire::handle::{Address, Handle};
use casemate_wire::ids::{AccountId, LogId};
use casemate_wire::manifest::verify_name;
use casemate_wire::proto::directory::Promise;
use prost::Message as _;
use rusqlite::params;

use crate::contact::{PERSON, Person, Standing, handle_of, person_row};
use crate::core::{Ctx, Done, Fail, id_column, invalid, not_found};
use crate::db;

/// A promise is about 200 bytes. What is longer is none.
const PROMISE_BYTES: usize = 512;

/// A message longer than this carries no promise: the next one does.
const ROOM_BYTES: usize = 8 * 1024;

/// What stands in place of an address where there is none.
const NAMELESS: &str = "unknown-";

impl Person {
    /// As this account calls them.
    pub fn name(&self) -> String {
        if !self.nickname.is_empty() {
            self.nickname.clone()
        } else if !self.display_name.is_empty() {
            self.display_name.clone()
        } else {
            handle_of(&self.address)
        }
    }
}

impl Ctx<'_> {
    /// Somebody known, by address as typed, or by account id: whoever has no name here can be named all the same.
    pub fn person_by_address(&self, who: &str) -> Done<Person> {
        let who = who.trim();
        if let Some(account) = AccountId::from_hex(&who.to_lowercase()) {
            let person = self.person(account)?;
            return person.ok_or_else(|| not_found("Nobody with this account id is known here."));
        }
        let address = match who.starts_with(NAMELESS) {
            true => who.to_owned(),
            false => Address::typed(who)?.to_string(),
        };
        let mut statement = self.db.prepare_cached(&format!(
            "{PERSON} WHERE address = ?1 ORDER BY promised DESC, standing = 3 DESC, at_ms DESC LIMIT 2"
        ))?;
        let mut found = statement.query_map([&address], person_row)?.collect::<Result<Vec<_>, _>>()?;
        if found.len() > 1 && address.starts_with(NAMELESS) {
            return Err(invalid(format!(
                "More than one account is called {address} here. Name the account id."
            )));
        }
        match found.is_empty() {
            true => Err(not_found(format!("{address} is not known here. Knock first with contact.knock."))),
            false => Ok(found.remove(0)),
        }
    }

    /// An account's address, also one's own; accounts met in groups are known too.
    pub fn address_of(&self, account: AccountId) -> Done<String> {
        let me = self.me()?;
        if me.account() == account {
            return Ok(me.address.clone());
        }
        Ok(self.person(account)?.map_or_else(|| nameless(account), |person| person.address))
    }

    /// Whether an account's address is only what it claims.
    pub fn is_claimed(&self, account: AccountId) -> Done<bool> {
        let own = account == self.me()?.account();
        Ok(!own && self.person(account)?.is_none_or(|person| !person.promised))
    }

    /// The address of whoever only says so themselves: none where it is somebody else's here.
    pub fn claimed_address(&self, account: AccountId, handle: &Handle) -> Done<String> {
        let me = self.me()?;
        let address = format!("{handle}@{}", me.server_name);
        let taken: bool = self
            .db
            .prepare_cached("SELECT 1 FROM people WHERE address = ?1 AND account != ?2")?
            .exists(params![address, &account.0[..]])?;
        Ok(if taken || address == me.address { nameless(account) } else { address })
    }

    /// The server promised this name to this account. A server that gives it to a second one would let that one speak as the
    /// first, so whoever comes second has no name.
    pub fn name_promised(&mut self, account: AccountId, handle: &Handle) -> Done<()> {
        let Some(person) = self.person(account)? else { return Ok(()) };
        let me = self.me()?;
        let address = format!("{handle}@{}", me.server_name);
        if person.promised && person.address == address {
            return Ok(());
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT account, promised FROM people WHERE address = ?1 AND account != ?2")?;
        let others = statement
            .query_map(params![address, &account.0[..]], |row| Ok((id_column(row, 0)?, row.get(1)?)))?
            .collect::<Result<Vec<(AccountId, bool)>, _>>()?;
        drop(statement);
        let first = others.iter().find(|(_, promised)| *promised).map(|(first, _)| *first);
        if first.is_some() || address == me.address {
            let text = format!(
                "The server gave the name {address} to another account. Whoever writes under it elsewhere is somebody else. Do not rely on this server; talk to whoever runs it."
            );
            return self.say("name", first, &text);
        }
        for (claims, _) in others {
            self.rename(claims, &nameless(claims), false)?;
        }
        self.rename(account, &address, true)
    }

    fn rename(&mut self, account: AccountId, address: &str, promised: bool) -> Done<()> {
        self.db
            .prepare_cached("UPDATE people SET address = ?2, promised = ?3 WHERE account = ?1")?
            .execute(params![&account.0[..], address, promised])?;
        let threads = self.threads_with(account)?;
        let is_stranger = self.person(account)?.is_none_or(|person| person.standing == Standing::Stranger);
        // Of a stranger who is nowhere nothing is shown.
        if !is_stranger || !threads.is_empty() {
            self.event(Event::ContactChanged { who: address.to_owned() });
        }
        for thread in threads {
            self.conversation_changed(thread)?;
        }
        Ok(())
    }

    /// An own device, or the recovery box, names somebody who is not known here yet. What is more than a stranger there was
    /// promised.
    pub fn name_told(&mut self, account: AccountId, address: &str, standing: Standing) -> Done<()> {
        let told = Address::parse(address).ok();
        if self.person(account)?.is_none() {
            let address = match &told {
                Some(told) => self.claimed_address(account, &told.handle)?,
                None => nameless(account),
            };
            self.db
                .prepare_cached(
                    "INSERT INTO people(account, address, standing, at_ms) VALUES (?1, ?2, 0, ?3)",
                )?
                .execute(params![&account.0[..], address, self.now_ms])?;
        }
        match told {
            Some(told) if standing != Standing::Stranger => self.name_promised(account, &told.handle),
            _ => Ok(()),
        }
    }

    /// What this device's next message in a log carries: the server's promise for its own name, until it was said to all who
    /// are in.
    pub fn promise_said(&mut self, log: LogId, length: usize) -> Done<Vec<u8>> {
        let Some(promise) = db::setting(self.db, "promise")?.filter(|promise| promise.len() <= PROMISE_BYTES)
        else {
            return Ok(Vec::new());
        };
        let due = length <= ROOM_BYTES
            && self
                .db
                .prepare_cached("UPDATE logs SET promise_said = 1 WHERE log = ?1 AND promise_said = 0")?
                .execute([&log.0[..]])?
                > 0;
        Ok(if due { promise } else { Vec::new() })
    }

    /// Somebody came into a log: they do not know yet how this account is called.
    pub fn promise_due(&mut self, log: LogId) -> Done<()> {
        self.db.prepare_cached("UPDATE logs SET promise_said = 0 WHERE log = ?1")?.execute([&log.0[..]])?;
        Ok(())
    }

    /// A member brings the server's promise for its name.
    pub fn promise_heard(&mut self, account: AccountId, bytes: &[u8]) -> Done<()> {
        if bytes.is_empty() || bytes.len() > PROMISE_BYTES || account == self.me()?.account() {
            return Ok(());
        }
        let is_known = self.person(account)?.is_none_or(|person| person.promised);
        let (Some(manifest), Ok(promise)) = (self.known_manifest(account)?, Promise::decode(bytes)) else {
            return Ok(());
        };
        let key = db::setting(self.db, "server_key")?.and_then(|key| <[u8; 32]>::try_from(key).ok());
        let Some(key) = key.filter(|_| !is_known) else { return Ok(()) };
        match verify_name(&promise, &key, account, &manifest.handle) {
            Ok(()) => self.name_promised(account, &manifest.handle),
            Err(_) => Ok(()),
        }
    }

    /// A linked device hears the server's promise for its own account.
    pub fn own_promise(&mut self, promise: Option<Promise>) -> Done<()> {
        let (Some(promise), None) = (promise, db::setting(self.db, "promise")?) else { return Ok(()) };
        let key = db::setting(self.db, "server_key")?.and_then(|key| <[u8; 32]>::try_from(key).ok());
        let own = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        if key.is_some_and(|key| verify_name(&promise, &key, own.account, &own.handle).is_ok()) {
            db::set_setting(self.db, "promise", &promise.encode_to_vec())?;
        }
        Ok(())
    }

    /// How somebody is called in a sentence.
    pub fn name_of(&self, account: AccountId) -> Done<String> {
        if self.me()?.account() == account {
            return Ok("You".to_owned());
        }
        Ok(self.person(account)?.map_or_else(|| "Somebody".to_owned(), |person| person.name()))
    }

    /// `contact.nickname`
    pub fn contact_nickname(&mut self, command: u64, wanted: ContactNickname) -> Done<()> {
        let person = self.person_by_address(&wanted.who)?;
        let nickname = wanted.nickname.unwrap_or_default();
        let nickname = nickname.trim();
        crate::text::check_name(nickname, limits::DISPLAY_NAME_BYTES)?;
        self.set_nickname(person.account, nickname)?;
        self.tell_siblings_choice(person.account, Some(nickname.to_owned()), None)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// A nickname chosen here or on a sibling; empty takes it away.
    pub fn set_nickname(&mut self, account: AccountId, nickname: &str) -> Done<()> {
        if crate::text::check_name(nickname, limits::DISPLAY_NAME_BYTES).is_err() {
            return Ok(());
        }
        let changed = self
            .db
            .prepare_cached("UPDATE people SET nickname = ?2 WHERE account = ?1 AND nickname != ?2")?
            .execute(params![&account.0[..], nickname])?;
        if changed > 0 {
            self.box_changed();
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
            if let Some(thread) = self.pair_thread(account)? {
                self.conversation_changed(thread)?;
            }
        }
        Ok(())
    }
}

/// How an account is called that has no name here.
fn nameless(account: AccountId) -> String {
    format!("{NAMELESS}{}", &account.to_hex()[..8])
}
