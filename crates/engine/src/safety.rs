//! Safety numbers: whether two people hold each other's true keys, compared by eye or by camera.
//!
//! The number is made of both accounts' ids and account keys, so it is the same on both sides and on all devices, and
//! changes when an account was restored. Its QR code names first whose screen shows it: one's own is no proof of anything.
//! A mark names the key that was compared, when, and on which device; own
//! devices share it, and it falls with the key.

use casemate_api::command::{ContactVerify, Who};
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;

use crate::contact::Person;
use crate::core::{Ctx, Done, invalid, not_found, rfc3339};
use crate::db;
use crate::strict::News;

/// What a QR code of a safety number begins with, in every version.
const ANY_CODE: &str = "casemate-safety:";

/// In this one.
const CODE: &str = "casemate-safety:2:";

/// A mark: key, time, device.
struct Mark {
    key: [u8; 32],
    at_ms: i64,
    by: DeviceId,
}

impl Ctx<'_> {
    /// `contact.safety`
    pub fn contact_safety(&mut self, command: u64, wanted: &Who) -> Done<()> {
        let person = self.person_by_address(&wanted.who)?;
        let (mine, theirs) = self.both(&person)?;
        let mark = self.mark_of(person.account)?.filter(|mark| mark.key == theirs.account_key);
        let shown = view::Safety {
            number: number(&mine, &theirs),
            code: code(&mine, &theirs),
            changed: self.news_of(person.account)? == News::Number,
            new_devices: self.new_devices(&theirs)? as u64,
            verified: mark.is_some(),
            verified_at: mark.map(|mark| rfc3339(mark.at_ms)),
            list: self.list_state(person.account)?.to_owned(),
        };
        self.reply(command, shown);
        Ok(())
    }

    /// `contact.verify`
    pub fn contact_verify(&mut self, command: u64, wanted: &ContactVerify) -> Done<()> {
        let person = self.person_by_address(&wanted.who)?;
        let (mine, theirs) = self.both(&person)?;
        if let Some(scanned) = &wanted.scanned {
            is_theirs(scanned, &mine, &theirs, &person.name())?;
        }
        // Whoever pressed looked at what stood there before.
        if wanted.number.as_ref().is_some_and(|compared| *compared != number(&mine, &theirs)) {
            return Err(invalid(format!(
                "This is not {}'s safety number any more: it changed while you compared it. Look at it again.",
                person.name()
            )));
        }
        let mark = Mark {
            key: theirs.account_key,
            at_ms: if wanted.verified { self.server_now() } else { 0 },
            by: self.me()?.identity.device,
        };
        self.set_mark(person.account, &mark)?;
        if wanted.verified {
            self.look(person.account)?;
        }
        self.tell_mark(&person, &mark)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Somebody's account key is another one now.
    pub fn safety_is_another(&mut self, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("UPDATE people SET verified = 0 WHERE account = ?1")?
            .execute([&account.0[..]])?;
        Ok(())
    }

    /// A sibling compared a number, or took its mark back. It counts where this device knows the same key.
    pub fn verified_received(&mut self, account: AccountId, said: &content::OwnContact) -> Done<()> {
        let (Ok(key), Ok(by)) =
            (<[u8; 32]>::try_from(&said.verified_key[..]), DeviceId::try_from(&said.verified_by[..]))
        else {
            return Ok(());
        };
        let known = self.known_manifest(account)?;
        if known.is_none_or(|known| known.account_key != key) {
            return Ok(());
        }
        self.set_mark(account, &Mark { key, at_ms: said.verified_ms.max(0), by })
    }

    /// The mark of somebody, for a device that has just come.
    pub fn tell_siblings_verified(&mut self, account: AccountId) -> Done<()> {
        match (self.person(account)?, self.mark_of(account)?) {
            (Some(person), Some(mark)) => self.tell_mark(&person, &mark),
            _ => Ok(()),
        }
    }

    fn tell_mark(&mut self, person: &Person, mark: &Mark) -> Done<()> {
        self.tell_siblings(OwnKind::Contact(content::OwnContact {
            account: person.account.into(),
            address: person.address.clone(),
            standing: person.standing as u32,
            verified_key: mark.key.to_vec().into(),
            verified_ms: mark.at_ms,
            verified_by: mark.by.into(),
            looked: self.looked_told(person.account)?.into(),
            ..content::OwnContact::default()
        }))
    }

    fn set_mark(&mut self, account: AccountId, mark: &Mark) -> Done<()> {
        let mut bytes = mark.key.to_vec();
        bytes.extend(mark.at_ms.to_be_bytes());
        bytes.extend(mark.by.0);
        db::set_setting(self.db, &mark_key(account), &bytes)?;
        self.db
            .prepare_cached("UPDATE people SET verified = ?2 WHERE account = ?1")?
            .execute(params![&account.0[..], mark.at_ms > 0])?;
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        Ok(())
    }

    /// Whether somebody's safety number was compared, and is the one that was.
    pub fn is_verified(&self, account: AccountId) -> Done<bool> {
        let Some(mark) = self.mark_of(account)? else { return Ok(false) };
        Ok(self.known_manifest(account)?.is_some_and(|manifest| manifest.account_key == mark.key))
    }

    fn mark_of(&self, account: AccountId) -> Done<Option<Mark>> {
        let bytes = db::setting(self.db, &mark_key(account))?;
        let parse = |bytes: Vec<u8>| {
            let (key, rest) = bytes.split_first_chunk::<32>()?;
            let (at_ms, by) = rest.split_first_chunk::<8>()?;
            let at_ms = i64::from_be_bytes(*at_ms);
            Some(Mark { key: *key, at_ms, by: DeviceId::try_from(by).ok()? })
        };
        Ok(bytes.and_then(parse).filter(|mark| mark.at_ms > 0))
    }

    fn both(&self, person: &Person) -> Done<(VerifiedManifest, VerifiedManifest)> {
        let unknown =
            || not_found(format!("Nothing of {} is known here yet; write to them first.", person.address));
        let mine = self.known_manifest(self.me()?.account())?.ok_or_else(unknown)?;
        let theirs = self.known_manifest(person.account)?.ok_or_else(unknown)?;
        Ok((mine, theirs))
    }
}

fn number(mine: &VerifiedManifest, theirs: &VerifiedManifest) -> String {
    let mut both = [mine, theirs];
    both.sort_by_key(|manifest| manifest.account);
    let [lower, higher] = both.map(print);
    casemate_crypto::safety::number(&lower, &higher)
}

/// What is on the screen of `shows`.
fn code(shows: &VerifiedManifest, other: &VerifiedManifest) -> String {
    let hex = |of: &VerifiedManifest| casemate_wire::ids::Hash32(print(of)).to_hex();
    format!("{CODE}{}:{}", hex(shows), hex(other))
}

/// Err: this is not what the other one's screen must show.
fn is_theirs(scanned: &str, mine: &VerifiedManifest, theirs: &VerifiedManifest, name: &str) -> Done<()> {
    if *scanned == code(theirs, mine) {
        return Ok(());
    }
    Err(invalid(if !scanned.starts_with(ANY_CODE) {
        "This is not the code of a safety number. Let them open yours on their screen.".to_owned()
    } else if !scanned.starts_with(CODE) {
        format!("{name} uses another version of Casemate. Compare the digits instead, or update both.")
    } else if *scanned == code(mine, theirs) {
        format!("This is your own code. Scan the one that {name}'s screen shows.")
    } else {
        format!(
            "The numbers differ. Either this is somebody else's code, or somebody stands between you and {name}. \
             Look at both screens and try again before you say anything sensitive."
        )
    }))
}

fn print(of: &VerifiedManifest) -> [u8; 32] {
    casemate_crypto::safety::fingerprint(&of.account.0, &of.account_key)
}

fn mark_key(account: AccountId) -> String {
    format!("verified/{}", account.to_hex())
}
