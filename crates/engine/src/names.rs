//! How people are called: the nickname that this account gave them (`contact.nickname`), else the name they chose,
//! else their handle. Own devices share nicknames; nobody else learns of them.

use casemate_api::Event;
use casemate_api::command::ContactNickname;
use casemate_content::limits;
use casemate_wire::ids::AccountId;
use rusqlite::params;

use crate::contact::{Person, handle_of};
use crate::core::{Ctx, Done};

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
