//! Contacts: knocking, answering, blocking, and the cards that contacts give each other.
//!
//! ```text
//! knock out: target's manifest ─▶ token ─▶ PostKnock ─▶ Knocked ──(their Welcome)──▶ Contact
//! knock in:  box ─▶ sender's manifest by its token ─▶ verified ─▶ Asking ──accept──▶ Contact + 1:1 chat
//! ```

use casemate_api::command::{ContactKnock, Who};
use casemate_api::{Error, Event, Kind};
use casemate_content::proto as content;
use casemate_crypto::sealed::{self, Wish};
use casemate_wire::handle::Address;
use casemate_wire::ids::{AccountId, DeviceId, InboxToken};
use casemate_wire::limits;
use casemate_wire::link::Link;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Error as WireError, ErrorCode, FetchManifest, KnockBox, PostKnock, TokenKind, fetch_manifest, post_knock,
};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, refusal, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column, invalid, not_allowed};
use crate::db;
use crate::lookup::answered;

/// What somebody is to this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Met in a group.
    Stranger = 0,
    /// We knocked.
    Knocked = 1,
    /// They knocked.
    Asking = 2,
    /// Both agreed.
    Contact = 3,
    /// They knocked and we declined.
    Declined = 4,
}

impl Standing {
    pub fn from_column(value: i64) -> Self {
        match value {
            1 => Self::Knocked,
            2 => Self::Asking,
            3 => Self::Contact,
            4 => Self::Declined,
            _ => Self::Stranger,
        }
    }
}

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub address: String,
    pub display_name: String,
    pub nickname: String,
    pub standing: Standing,
    pub blocked: bool,
    /// They said that they deleted their account.
    pub gone: bool,
    /// The server promised their name to them, or an own device has it so. Else the address is what they claim, or none.
    pub promised: bool,
}

/// Knocks that are kept on a device until it knows who knocked; further ones are dropped.
const KNOCKS_KEPT: i64 = 2 * limits::KNOCKS_WAITING as i64;

/// So many of them are asked about at once.
const KNOCKS_AT_ONCE: i64 = 100;

/// So many answers that do not hold are heard out before the person is told.
const DOUBTS: u32 = 5;

/// After them it is asked again no more often than this.
const DOUBTFUL_MS: i64 = 60_000;

pub const PERSON: &str =
    "SELECT account, address, display_name, standing, blocked, nickname, gone, promised FROM people";

pub fn person_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        account: id_column(row, 0)?,
        address: row.get(1)?,
        display_name: crate::text::seen(row.get(2)?),
        standing: Standing::from_column(row.get(3)?),
        blocked: row.get(4)?,
        nickname: row.get(5)?,
        gone: row.get(6)?,
        promised: row.get(7)?,
    })
}

impl Ctx<'_> {
    /// `contact.knock`
    pub fn contact_knock(&mut self, command: u64, wanted: ContactKnock) -> Done<()> {
        let me = self.me()?;
        let note = wanted.note.unwrap_or_default();
        if note.chars().count() > limits::KNOCK_NOTE_CHARS || note.len() > limits::KNOCK_NOTE_BYTES {
            return Err(crate::core::too_large(format!(
                "A note has at most {} characters and {} bytes.",
                limits::KNOCK_NOTE_CHARS,
                limits::KNOCK_NOTE_BYTES
            )));
        }
        crate::text::check_text(&note, limits::KNOCK_NOTE_BYTES)?;
        let mut target = wanted.to.trim().to_owned();
        let is_link = target.starts_with("http");
        if is_link {
            let link =
                Link::parse(&target).map_err(|error| invalid(crate::core::sentence(&error.to_string())))?;
            let server = db::setting(self.db, "server_url")?.unwrap_or_default();
            if link.server_url.as_bytes() != server {
                return Err(not_allowed(
                    "This link is for another server. Casemate's servers do not talk to each other yet.",
                ));
            }
        } else {
            let address = Address::typed(&target)?;
            target = address.to_string();
            if target == me.address {
                return Err(invalid("This is your own address."));
            }
            if address.server != me.server_name {
                return Err(not_allowed(format!(
                    "{} is another server than yours. Casemate's servers do not talk to each other yet.",
                    address.server
                )));
            }
            if let Ok(person) = self.person_by_address(&target) {
                if person.blocked {
                    return Err(not_allowed(format!("You blocked {}. Unblock first.", person.address)));
                }
                if let Standing::Contact | Standing::Asking = person.standing {
                    if person.standing == Standing::Asking {
                        self.accept_with_words(person.account, note)?;
                    }
                    self.reply_nothing(command);
                    return Ok(());
                }
            }
        }
        if !self.online() && self.core.session.failed_connects > 0 {
            let why = self.core.session.last_trouble.clone();
            return Err(Fail::User(Error::new(
                Kind::Offline,
                format!("The server cannot be reached: {why}. Try again later."),
            )));
        }
        let knock = self.queue_knock(&target, &note, None)?;
        self.core.session.knock_commands.insert(knock, command);
        Ok(())
    }

    /// Puts a knock on its way; it goes out when the server can be reached.
    pub fn queue_knock(&mut self, target: &str, note: &str, account: Option<AccountId>) -> Done<i64> {
        let client_id: [u8; 16] = self.random();
        let token = self.give_token(account)?;
        self.db
            .prepare_cached(
                "INSERT INTO knocks_out(target, note, client_id, given_token) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![target, note, &client_id[..], &token.expose()[..]])?;
        Ok(self.db.last_insert_rowid())
    }

    pub fn work_contacts(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached("SELECT id, target FROM knocks_out")?;
        let knocks = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (knock, target) in knocks {
            if !self.begin(Job::KnockOut(knock)) {
                continue;
            }
            let by = match (Link::parse(&target), Address::parse(&target)) {
                (Ok(link), _) => fetch_manifest::By::Link(link.secret.to_field()),
                (_, Ok(address)) => fetch_manifest::By::Handle(address.handle.as_str().to_owned()),
                _ => {
                    self.drop_knock(knock, invalid("This is neither an address nor a link.").to_api())?;
                    continue;
                }
            };
            self.send(
                Request::FetchManifest(FetchManifest { by: Some(by), proof: None, known: None }),
                Awaiting::KnockTarget(knock),
            );
        }
        let mut statement = self.db.prepare_cached("SELECT id, knock FROM knocks_in ORDER BY id LIMIT ?1")?;
        let knocks = statement
            .query_map([KNOCKS_AT_ONCE], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (id, bytes) in knocks {
            let Ok(knock) = content::Knock::decode(&bytes[..]) else {
                self.db.execute("DELETE FROM knocks_in WHERE id = ?1", [id])?;
                continue;
            };
            if self.begin(Job::KnockIn(id)) {
                let by = Some(fetch_manifest::By::InboxToken(knock.inbox_token));
                self.send(
                    Request::FetchManifest(FetchManifest { by, proof: None, known: None }),
                    Awaiting::KnockerManifest(id),
                );
            }
        }
        Ok(())
    }

    pub fn knock_target(&mut self, knock: i64, result: Result<Body, WireError>) -> Done<()> {
        let row: Option<(String, String, Vec<u8>, Vec<u8>, bool)> = self
            .db
            .prepare_cached(
                "SELECT target, note, client_id, given_token, takes_back FROM knocks_out WHERE id = ?1",
            )?
            .query_row([knock], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        let Some((target, note, client_id, token, takes_back)) = row else { return Ok(()) };
        let answer = match result {
            Ok(Body::Manifest(answer)) => answer,
            Ok(_) => return Err(Fail::Server("no account document")),
            Err(error) if is_passing(&error) => {
                if let Some(command) = self.core.session.knock_commands.remove(&knock) {
                    self.reply_error(command, refusal(&error));
                }
                self.pause(Job::KnockOut(knock), retry_after(&error));
                return Ok(());
            }
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 => {
                let sentence = match Address::parse(&target) {
                    Ok(_) => "Nobody was found by that; check the spelling, or ask them for a link.",
                    Err(_) => "This link leads nowhere any more. Ask for a new one.",
                };
                return self.drop_knock(knock, Error::new(Kind::NotFound, sentence));
            }
            Err(error) => return self.drop_knock(knock, refusal(&error)),
        };
        let manifest = match self.take_manifest_answer(&answer, None) {
            Ok(manifest) => manifest,
            Err(Fail::Server(why)) => return self.knock_doubtful(knock, why),
            Err(fail) => return Err(fail),
        };
        if Address::parse(&target).is_ok_and(|address| address.handle != manifest.handle) {
            return self.knock_doubtful(knock, "another account's document");
        }
        let me = self.me()?;
        if manifest.account == me.account() {
            return self.drop_knock(knock, invalid("This is your own link.").to_api());
        }
        let person = self.person(manifest.account)?;
        if person.as_ref().is_some_and(|person| handle_of(&person.address) != manifest.handle.as_str()) {
            return self.knock_doubtful(knock, "a second account under one name");
        }
        let group = Link::parse(&target).ok().and_then(|link| link.group);
        match person {
            Some(person) if person.blocked && !takes_back => {
                return self.drop_knock(knock, not_allowed("You blocked them. Unblock first.").to_api());
            }
            // Asks to be added to a group, or takes back what it asked, whatever they are to this account.
            _ if group.is_some() || takes_back => {}
            Some(person) if person.standing == Standing::Contact => return self.knock_delivered(knock),
            Some(person) if person.standing == Standing::Asking => {
                self.accept_with_words(person.account, note)?;
                return self.knock_delivered(knock);
            }
            _ => {}
        }
        let Some(payment) = self.take_token(TokenKind::Knock)? else {
            // Started again when tokens have come.
            self.pause(Job::KnockOut(knock), 200);
            return Ok(());
        };
        let token = InboxToken::try_from(&token[..]).map_err(|_| Fail::Server("an own token"))?;
        self.db
            .prepare_cached("UPDATE given SET account = ?1 WHERE hash = ?2")?
            .execute(params![&manifest.account.0[..], &token.hash().0[..]])?;
        self.db
            .prepare_cached("UPDATE knocks_out SET account = ?1 WHERE id = ?2")?
            .execute(params![&manifest.account.0[..], knock])?;
        let wish = match &group {
            _ if takes_back => Wish::TakeBack,
            Some(group) => Wish::Join(group),
            None => Wish::Contact,
        };
        let mut boxes = Vec::new();
        for device in &manifest.devices {
            let of = (manifest.account, device.id);
            let Some(key) = self.seal_to(of.0, of.1)? else { continue };
            if let Some(sealed) = self.seal_knock(of, &key, &token, &note, wish)? {
                boxes.push(KnockBox { device: device.id.into(), sealed: sealed.into() });
            }
        }
        let to = match Link::parse(&target) {
            Ok(link) => post_knock::To::Link(link.secret.to_field()),
            Err(_) => post_knock::To::Handle(manifest.handle.as_str().to_owned()),
        };
        self.send(
            Request::PostKnock(PostKnock {
                token: Some(payment),
                boxes,
                client_id: client_id.into(),
                to: Some(to),
            }),
            Awaiting::Knocked(knock),
        );
        Ok(())
    }

    pub fn knocked(&mut self, knock: i64, result: Result<Body, WireError>) -> Done<()> {
        let takes_back = self.takes_back(knock)?;
        match result {
            Ok(_) => {
                let account: Option<AccountId> = self
                    .db
                    .prepare_cached("SELECT account FROM knocks_out WHERE id = ?1 AND account IS NOT NULL")?
                    .query_row([knock], |row| id_column(row, 0))
                    .optional()?;
                let person = account.map(|account| self.person(account)).transpose()?.flatten();
                // They knocked while ours was on its way: that is agreement.
                if let Some(person) = person
                    .filter(|person| person.standing == Standing::Asking && !person.blocked && !takes_back)
                {
                    self.keep_sent_words(knock, person.account)?;
                    self.accept_person(person.account)?;
                }
                self.knock_delivered(knock)
            }
            Err(error) if error.code == ErrorCode::ErrorSpent as i32 => {
                self.pause(Job::KnockOut(knock), 200);
                self.payment_refused();
                Ok(())
            }
            // Nobody waits for the answer, and it is to arrive all the same.
            Err(error)
                if takes_back && (is_passing(&error) || error.code == ErrorCode::ErrorStale as i32) =>
            {
                self.pause(Job::KnockOut(knock), retry_after(&error));
                Ok(())
            }
            Err(error) => self.drop_knock(knock, refusal(&error)),
        }
    }

    fn knock_delivered(&mut self, knock: i64) -> Done<()> {
        let asked: Option<(String, Option<Vec<u8>>, String)> = self
            .db
            .prepare_cached("SELECT target, account, note FROM knocks_out WHERE id = ?1")?
            .query_row([knock], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if self.takes_back(knock)? {
            self.way_back_closed(knock)?;
        } else if let Some((target, Some(account), note)) = asked
            && let Ok(account) = AccountId::try_from(&account[..])
        {
            match Link::parse(&target).ok().and_then(|link| link.group) {
                Some(group) => self.join_wanted(account, &group)?,
                None => self.request_sent(account, &target, &note)?,
            }
        }
        self.db.prepare_cached("DELETE FROM knocks_out WHERE id = ?1")?.execute([knock])?;
        self.end(&Job::KnockOut(knock));
        if let Some(command) = self.core.session.knock_commands.remove(&knock) {
            self.reply_nothing(command);
        }
        Ok(())
    }

    /// What the server says of whom this goes to does not hold. Another connection would be told the same, so this one goes on:
    /// it is asked again, ever more rarely, and whoever waits for it is told.
    fn knock_doubtful(&mut self, knock: i64, why: &str) -> Done<()> {
        tracing::warn!("a knock was not sent: the server sent {why}");
        let tries = self.core.session.knock_doubts.entry(knock).or_insert(0);
        *tries += 1;
        let pause_ms = (2_000 * i64::from(*tries)).min(DOUBTFUL_MS);
        if *tries >= DOUBTS
            && let Some(command) = self.core.session.knock_commands.remove(&knock)
        {
            let sentence = "What the server says of this person does not hold, and nothing was sent. Do not rely on this server; talk to whoever runs it. It is tried again later.";
            self.reply_error(command, Error::new(Kind::Untrusted, sentence));
        }
        self.pause(Job::KnockOut(knock), pause_ms);
        Ok(())
    }

    /// The way back that a knock on its way brings.
    pub fn token_of_knock(&self, knock: i64) -> Done<Option<InboxToken>> {
        let token: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT given_token FROM knocks_out WHERE id = ?1")?
            .query_row([knock], |row| row.get(0))
            .optional()?;
        Ok(token.and_then(|token| InboxToken::try_from(&token[..]).ok()))
    }

    pub fn drop_knock(&mut self, knock: i64, error: Error) -> Done<()> {
        if let Some(token) = self.token_of_knock(knock)? {
            self.db
                .prepare_cached("UPDATE given SET revoked = 1 WHERE hash = ?1")?
                .execute([&token.hash().0[..]])?;
        }
        self.db.prepare_cached("DELETE FROM knocks_out WHERE id = ?1")?.execute([knock])?;
        self.end(&Job::KnockOut(knock));
        match self.core.session.knock_commands.remove(&knock) {
            Some(command) => self.reply_error(command, error),
            None => tracing::info!("a knock was not delivered: {error}"),
        }
        Ok(())
    }

    // ---- Being knocked on ----

    /// A box out of the inbox. What cannot be opened or is not for this account is dropped without a sign, and so is what
    /// comes while too many wait: more than an honest server keeps for one inbox.
    pub fn knock_received(&mut self, sealed_box: &[u8], at_ms: i64) -> Done<()> {
        let Some(knock) = self.open_knock(sealed_box)? else { return Ok(()) };
        if knock.receiver[..] != self.me()?.account().0 {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT INTO knocks_in(knock, at_ms) SELECT ?1, ?2
                 WHERE (SELECT count(*) FROM knocks_in) < ?3",
            )?
            .execute(params![knock.encode_to_vec(), at_ms, KNOCKS_KEPT])?;
        Ok(())
    }

    pub fn knocker_manifest(&mut self, id: i64, result: Result<Body, WireError>) -> Done<()> {
        let answer = match result {
            Ok(Body::Manifest(answer)) => Some(answer),
            Ok(_) => return Err(Fail::Server("no account document")),
            Err(error) if is_passing(&error) => {
                self.pause(Job::KnockIn(id), retry_after(&error));
                return Ok(());
            }
            Err(_) => None,
        };
        self.end(&Job::KnockIn(id));
        let row: Option<(Vec<u8>, i64)> = self
            .db
            .prepare_cached("DELETE FROM knocks_in WHERE id = ?1 RETURNING knock, at_ms")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (Some(answer), Some((knock, at_ms))) = (answer, row) else { return Ok(()) };
        let Ok(knock) = content::Knock::decode(&knock[..]) else { return Ok(()) };
        // Nothing is kept of whoever did not knock: the server alone says whose document this is.
        let own = self.me()?.account();
        let knocks =
            |by: &VerifiedManifest| by.account != own && sealed::verify_knock(&knock, by, own).is_ok();
        let Ok(shown) = answered(&answer) else { return Ok(()) };
        if !knocks(&shown) {
            return Ok(());
        }
        let manifest = match self.take_manifest_answer(&answer, Some(shown.account)) {
            Ok(manifest) if knocks(&manifest) => manifest,
            Ok(_) => return Ok(()),
            // Whoever knocked can knock again; with the same answer to every connection this one would never end.
            Err(Fail::Server(why)) => {
                tracing::warn!("a knock was dropped: the server sent {why}");
                return Ok(());
            }
            Err(fail) => return Err(fail),
        };
        let (Ok(device), Ok(token)) =
            (DeviceId::try_from(&knock.device[..]), InboxToken::try_from(&knock.inbox_token[..]))
        else {
            return Ok(());
        };
        let Some(person) = self.person(manifest.account)? else { return Ok(()) };
        // Declined or blocked looks like not yet seen; a contact who knocks again lost this device: answered anew.
        let nameless = handle_of(&person.address) != manifest.handle.as_str();
        if person.blocked || person.standing == Standing::Declined || nameless {
            return Ok(());
        }
        if knock.taken_back {
            return self.request_taken_back(&person, &knock);
        }
        if self.was_taken_back(&knock, &manifest)? {
            return Ok(());
        }
        self.learn_reach(person.account, device, &token)?;
        if !knock.group.is_empty() {
            return self.join_asked(person.account, device, &knock.group, &knock.note, at_ms);
        }
        match person.standing {
            Standing::Knocked => {
                // Both knocked: that is agreement. One of the two opens the chat.
                self.keep_words(person.account, false, &knock.note, at_ms)?;
                self.set_standing(person.account, Standing::Contact)?;
                if own < person.account {
                    self.ensure_pair(person.account)?;
                }
                Ok(())
            }
            Standing::Contact => self.add_missing_devices(person.account),
            _ => {
                let mut note: String = knock.note.chars().take(limits::KNOCK_NOTE_CHARS).collect();
                // Who asks again and says nothing takes nothing back.
                if note.is_empty() && person.standing == Standing::Asking {
                    note = self.note_of(person.account)?;
                }
                self.db
                    .prepare_cached(
                        "UPDATE people SET standing = 2, note = ?2, at_ms = ?3, asked_ms = ?4 WHERE account = ?1",
                    )?
                    .execute(params![&person.account.0[..], note, at_ms, knock.at_ms])?;
                self.keep_words(person.account, false, &note, at_ms)?;
                self.event(Event::ContactRequested { from: person.address, note });
                Ok(())
            }
        }
    }

    /// `contact.block`: their way to this account's inboxes is closed, and nothing of theirs is taken.
    pub fn contact_block(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        self.set_blocked(&person, true)?;
        self.tell_siblings_choice(person.account, None, Some(true))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `contact.unblock`: new tokens are given, since the old ones were taken back.
    pub fn contact_unblock(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        self.set_blocked(&person, false)?;
        self.tell_siblings_choice(person.account, None, Some(false))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Blocked or not, as chosen here or on a sibling.
    pub fn set_blocked(&mut self, person: &Person, blocked: bool) -> Done<()> {
        self.db
            .prepare_cached("UPDATE people SET blocked = ?2 WHERE account = ?1")?
            .execute(params![&person.account.0[..], blocked])?;
        self.box_changed();
        let thread = self.pair_thread(person.account)?;
        if let Some(thread) = thread {
            // Whether one is woken for them.
            self.thread_dirty(thread)?;
        }
        if blocked {
            if let Some(thread) = thread {
                self.give_up_unsent(thread, "You blocked them.")?;
            }
            // In groups too, with whom there is no chat.
            self.calls_shut()?;
            self.db
                .prepare_cached("UPDATE given SET revoked = 1 WHERE account = ?1")?
                .execute([&person.account.0[..]])?;
            self.core.session.chores = true;
        } else if person.blocked && person.standing == Standing::Contact {
            self.send_cards(Some(person.account))?;
        }
        self.event(Event::ContactChanged { who: person.address.clone() });
        Ok(())
    }

    pub fn set_standing(&mut self, account: AccountId, standing: Standing) -> Done<()> {
        self.db
            .prepare_cached("UPDATE people SET standing = ?2 WHERE account = ?1")?
            .execute(params![&account.0[..], standing as i64])?;
        self.box_changed();
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        if standing == Standing::Contact {
            self.picture_of_contact(account)?;
        }
        // Of strangers the list is not asked: their keys were known before they were anybody.
        if standing == Standing::Contact && self.known_manifest(account)?.is_some() {
            self.await_listing(account)?;
        }
        self.tell_siblings_contact(account)
    }
}

/// The part of an address before the at sign.
pub fn handle_of(address: &str) -> String {
    address.split('@').next().unwrap_or(address).to_owned()
}
