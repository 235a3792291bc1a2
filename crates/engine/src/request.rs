//! Requests to talk that wait for an answer: those of others, and one's own. Whoever asked is told nothing but yes, so an own
//! one may wait for ever, or be taken back.
//!
//! ```text
//! contact.withdraw ─▶ their way to answer is closed, no request any more ─▶ a knock that says so ─▶ nothing waits there
//! ```
//! A device that gets both at once shows neither. Who has answered already has a contact that nobody is behind until the
//! other asks again.
//!
//! The words of a request are the first of the chat that comes of it. They came outside any log, so each device puts them
//! there itself, under an id that all devices of both make alike: they are there once, and can be answered like others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use casemate_api::command::Who;
use casemate_api::{Event, view};
use casemate_content::proto::{self as content, Knock, OwnRequest};
use casemate_crypto::sealed;
use casemate_wire::ids::{AccountId, Hash32, LogId, MessageId};
use casemate_wire::limits;
use casemate_wire::manifest::VerifiedManifest;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::contact::{Person, Standing};
use crate::core::{Ctx, Done, Fail, Job, id_column, not_found, rfc3339};
use crate::log::LATEST_MS;
use crate::message::{Kind, State};

impl Ctx<'_> {
    /// `contact.requests`
    pub fn contact_requests(&mut self, command: u64) -> Done<()> {
        let mut groups = self.groups_with_asking()?;
        let requests = self.requests(Standing::Asking)?.into_iter().map(|(from, note, at)| {
            let groups = groups.remove(&from).unwrap_or_default();
            view::ContactRequest { from, note, at, groups }
        });
        let sent = self.requests(Standing::Knocked)?.into_iter().chain(self.joins_wanted()?);
        self.reply(
            command,
            view::ContactRequests {
                requests: requests.collect(),
                sent: sent.map(|(to, note, at)| view::SentRequest { to, note, at }).collect(),
            },
        );
        Ok(())
    }

    /// `contact.accept`
    pub fn contact_accept(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        match person.standing {
            Standing::Contact => {}
            Standing::Asking | Standing::Declined if !person.blocked => self.accept_person(person.account)?,
            _ => return Err(not_found(format!("{} has not knocked.", person.address))),
        }
        self.reply_nothing(command);
        Ok(())
    }

    pub fn accept_person(&mut self, account: AccountId) -> Done<()> {
        self.set_standing(account, Standing::Contact)?;
        self.ensure_pair(account)?;
        Ok(())
    }

    /// Who is asked, by address or by link, has asked themselves: that is a yes, and one's own words, which are no longer than a
    /// request's may be, come after theirs.
    pub fn accept_with_words(&mut self, account: AccountId, words: String) -> Done<()> {
        self.accept_person(account)?;
        if !words.trim().is_empty() {
            let thread = self.ensure_pair(account)?;
            let thread = self.thread_by_id(thread)?.ok_or(Fail::Server("a chat that is not there"))?;
            let message = MessageId(self.random());
            self.put_own(&thread, message, content::Text { text: words, ..content::Text::default() })?;
        }
        Ok(())
    }

    /// `contact.decline`: the other side sees nothing.
    pub fn contact_decline(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        if person.standing != Standing::Asking {
            return Err(not_found(format!("{} has not knocked.", person.address)));
        }
        self.forget_words(person.account)?;
        self.set_standing(person.account, Standing::Declined)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Address, note and time of those who are this to the account, oldest first.
    fn requests(&self, standing: Standing) -> Done<Vec<(String, String, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT address, note, at_ms FROM people WHERE standing = ?1 AND blocked = 0 ORDER BY at_ms, address",
        )?;
        let all = statement
            .query_map([standing as i64], |row| Ok((row.get(0)?, row.get(1)?, rfc3339(row.get(2)?))))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(all)
    }

    /// By the addresses of those who ask: the groups in which they are too. One look at all, however many ask.
    fn groups_with_asking(&self) -> Done<BTreeMap<String, Vec<String>>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT people.address, threads.key, threads.id
             FROM leaves JOIN people ON people.account = leaves.account JOIN threads ON threads.active_log = leaves.log
             WHERE people.standing = 2 AND people.blocked = 0 AND threads.kind = 0 AND threads.standing = 0
             ORDER BY threads.id",
        )?;
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for found in statement.query_map([], |row| Ok((row.get(0)?, id_column::<LogId>(row, 1)?)))? {
            let (address, key): (String, LogId) = found?;
            groups.entry(address).or_default().push(key.to_hex());
        }
        Ok(groups)
    }

    /// What came with a request that waits, an own one or theirs.
    pub fn note_of(&self, account: AccountId) -> Done<String> {
        let mut statement = self.db.prepare_cached("SELECT note FROM people WHERE account = ?1")?;
        Ok(statement.query_row([&account.0[..]], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// The server took an own request to `target`, an address or a link. What others are to this account already stays.
    pub fn request_sent(&mut self, account: AccountId, target: &str, note: &str) -> Done<()> {
        let at_ms = self.server_now();
        let asked = self
            .db
            .prepare_cached(
                "UPDATE people SET standing = 1, note = CASE WHEN ?2 = '' AND standing = 1 THEN note ELSE ?2 END,
                     at_ms = ?3, asked_by = ?4
                 WHERE standing IN (0, 1, 4) AND account = ?1",
            )?
            .execute(params![&account.0[..], note, at_ms, target])?;
        if asked > 0 {
            let note = self.note_of(account)?;
            self.keep_words(account, true, &note, at_ms)?;
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
        }
        Ok(())
    }

    /// `contact.withdraw`
    pub fn contact_withdraw(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        if person.standing != Standing::Knocked && self.joins_taken_back(person.account)? {
            // They may still add this account: it is asked then.
            self.reply_nothing(command);
            return Ok(());
        }
        if person.standing != Standing::Knocked {
            return Err(not_found(format!("{} does not have a request of yours.", person.address)));
        }
        let target: String = self
            .db
            .prepare_cached("SELECT asked_by FROM people WHERE account = ?1")?
            .query_row([&person.account.0[..]], |row| row.get(0))?;
        // The same once more, still on its way.
        let again: Vec<i64> = self
            .db
            .prepare_cached("SELECT id FROM knocks_out WHERE account = ?1 AND takes_back = 0")?
            .query_map([&person.account.0[..]], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for knock in again {
            self.drop_knock(knock, not_found("It was taken back.").to_api())?;
        }
        self.db
            .prepare_cached("UPDATE given SET revoked = 1 WHERE account = ?1")?
            .execute([&person.account.0[..]])?;
        self.nobody_asks(person.account)?;
        self.tell_siblings_withdrawn(&person)?;
        let target = if target.is_empty() { person.address } else { target };
        let knock = self.queue_knock(&target, "", None)?;
        self.db.prepare_cached("UPDATE knocks_out SET takes_back = 1 WHERE id = ?1")?.execute([knock])?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Whether a knock on its way takes an earlier one back.
    pub fn takes_back(&self, knock: i64) -> Done<bool> {
        let found = self
            .db
            .prepare_cached("SELECT takes_back FROM knocks_out WHERE id = ?1")?
            .query_row([knock], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(false))
    }

    /// The server has the knock that takes back: no answer is wanted by its token. One that is not registered yet must be,
    /// for the receiver finds the sender's document by it; with it a stranger can do nothing here.
    pub fn way_back_closed(&mut self, knock: i64) -> Done<()> {
        if let Some(token) = self.token_of_knock(knock)? {
            self.db
                .prepare_cached("UPDATE given SET revoked = 1 WHERE registered = 1 AND hash = ?1")?
                .execute([&token.hash().0[..]])?;
        }
        Ok(())
    }

    /// Somebody takes back what they asked. An answer that was given stays, and so does a request made later.
    pub fn request_taken_back(&mut self, person: &Person, knock: &Knock) -> Done<()> {
        for (waiting, asked) in self.waiting_knocks(&knock.account)? {
            if !asked.taken_back && asked.group.is_empty() && asked.at_ms < knock.at_ms {
                self.db.prepare_cached("DELETE FROM knocks_in WHERE id = ?1")?.execute([waiting])?;
                self.end(&Job::KnockIn(waiting));
            }
        }
        let asked_ms: i64 = self
            .db
            .prepare_cached("SELECT asked_ms FROM people WHERE account = ?1")?
            .query_row([&person.account.0[..]], |row| row.get(0))?;
        match person.standing {
            Standing::Asking if asked_ms < knock.at_ms => self.nobody_asks(person.account),
            _ => Ok(()),
        }
    }

    /// Whether a request was taken back by what waits to be looked at: then it is not shown even for a moment.
    pub fn was_taken_back(&self, knock: &Knock, sender: &VerifiedManifest) -> Done<bool> {
        let own = self.me()?.account();
        Ok(self.waiting_knocks(&knock.account)?.into_iter().any(|(_, later)| {
            later.taken_back
                && knock.group.is_empty()
                && later.at_ms > knock.at_ms
                && sealed::verify_knock(&later, sender, own).is_ok()
        }))
    }

    /// What an account sent and nobody has looked at yet.
    fn waiting_knocks(&self, account: &[u8]) -> Done<Vec<(i64, Knock)>> {
        let mut statement = self.db.prepare_cached("SELECT id, knock FROM knocks_in")?;
        let all = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let knocks = all.into_iter().filter_map(|(id, bytes)| Some((id, Knock::decode(&bytes[..]).ok()?)));
        Ok(knocks.filter(|(_, knock)| knock.account[..] == *account).collect())
    }

    /// Nobody asks here any more.
    pub fn nobody_asks(&mut self, account: AccountId) -> Done<()> {
        let forgotten = self
            .db
            .prepare_cached(
                "UPDATE people SET standing = 0, note = '', asked_by = '', asked_ms = 0
                 WHERE standing IN (1, 2) AND account = ?1",
            )?
            .execute([&account.0[..]])?;
        if forgotten > 0 {
            self.forget_words(account)?;
            self.box_changed();
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
        }
        Ok(())
    }

    // ---- The words of a request ----

    /// Keeps what was asked with until its chat is there; a later request has other words, or none.
    pub fn keep_words(&mut self, account: AccountId, own: bool, note: &str, at_ms: i64) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM asked_with WHERE account = ?1 AND own = ?2")?
            .execute(params![&account.0[..], own])?;
        let note: String = note.chars().take(limits::KNOCK_NOTE_CHARS).collect();
        if note.trim().is_empty() {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT INTO asked_with(account, own, note, at_ms) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&account.0[..], own, note, at_ms.clamp(0, LATEST_MS)])?;
        Ok(())
    }

    /// A request that waits, as a sibling that had it first knows it.
    pub fn asked_elsewhere(&mut self, account: AccountId, asked: &OwnRequest) -> Done<()> {
        let standing = if asked.own { Standing::Knocked } else { Standing::Asking };
        let note: String = asked.note.chars().take(limits::KNOCK_NOTE_CHARS).collect();
        self.db
            .prepare_cached(
                "UPDATE people SET note = ?3, at_ms = ?4 WHERE account = ?1 AND standing = ?2 AND note = ''",
            )?
            .execute(params![&account.0[..], standing as i64, note, asked.at_ms.clamp(0, LATEST_MS)])?;
        Ok(())
    }

    /// The same of an own request that the server has just taken.
    pub fn keep_sent_words(&mut self, knock: i64, account: AccountId) -> Done<()> {
        let note: Option<String> = self
            .db
            .prepare_cached("SELECT note FROM knocks_out WHERE id = ?1")?
            .query_row([knock], |row| row.get(0))
            .optional()?;
        self.keep_words(account, true, &note.unwrap_or_default(), self.server_now())
    }

    /// Declined, or taken back: nothing of it is kept.
    pub fn forget_words(&mut self, account: AccountId) -> Done<()> {
        self.db.prepare_cached("DELETE FROM asked_with WHERE account = ?1")?.execute([&account.0[..]])?;
        Ok(())
    }

    /// What was asked with and is in no chat yet, for siblings: only the device that asked knows its words.
    pub fn words_told(&self, account: AccountId) -> Done<Vec<OwnRequest>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT own, note, at_ms FROM asked_with WHERE account = ?1 ORDER BY own")?;
        let all = statement
            .query_map([&account.0[..]], |row| {
                Ok(OwnRequest { own: row.get(0)?, note: row.get(1)?, at_ms: row.get(2)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(all)
    }

    /// Puts what was asked with above all in the chat with somebody, once both are there: the answer and the chat.
    pub fn show_words(&mut self, account: AccountId) -> Done<()> {
        if self.person(account)?.is_none_or(|person| person.standing != Standing::Contact) {
            return Ok(());
        }
        let Some(thread) = self.pair_thread(account)? else { return Ok(()) };
        let mut said = self.words_told(account)?;
        if said.is_empty() {
            return Ok(());
        }
        self.forget_words(account)?;
        // Both may have asked. Each goes above the one before it.
        said.sort_by_key(|asked| Reverse(asked.at_ms));
        for asked in said {
            self.put_words(thread, account, &asked)?;
        }
        self.conversation_changed(thread)
    }

    fn put_words(&mut self, thread: i64, account: AccountId, said: &OwnRequest) -> Done<()> {
        let me = self.me()?.account();
        let (asker, asked) = if said.own { (me, account) } else { (account, me) };
        let hash = Hash32::of(&[b"casemate/request/v1", &asker.0, &asked.0, said.note.as_bytes()]);
        let id = MessageId::try_from(&hash.0[..16]).expect("16 bytes");
        if self.was_gone_early(id, asker)? || self.said_by(thread, asker, id)?.is_some() {
            return Ok(());
        }
        let (message, said_id) = self.id_here(id)?;
        // Below the place of the first message: nothing of it is unread for whoever has just answered it.
        let position: i64 = self
            .db
            .prepare_cached("SELECT min(0, coalesce(min(position), 1) - 1) FROM messages WHERE thread = ?1")?
            .query_row([thread], |row| row.get(0))?;
        let row = self.old_row(thread, position, said.at_ms)?;
        // Whoever answered has read it.
        let state = if said.own { State::Read } else { State::Received };
        self.db
            .prepare_cached(
                "INSERT INTO messages(id, message, thread, position, account, at_ms, kind, text, state, said_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                row,
                &message.0[..],
                thread,
                position,
                &asker.0[..],
                said.at_ms,
                Kind::Text as i64,
                said.note,
                state as i64,
                said_id.map(|id| id.0.to_vec())
            ])?;
        self.index_message(row, message, &said.note)?;
        self.take_said_early(message)
    }
}
