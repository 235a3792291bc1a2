//! Who wrote a backup. Whoever hands over a file and its passphrase could put words into others' mouths, in chats that are
//! there; so a device signs the index of what it backs up, and that names everything in it by its hash.
//!
//! A signature counts from a device that the own document names, or from one that a document of before a restore names: the
//! lost device's. A device that was removed since signs nothing that counts. What nobody of the account signed, older
//! backups too, comes back like another messenger's export: marked, with its authors as the file calls them, and without
//! what only this program says.

use casemate_api::command::{BackupAuthor, BackupSign};
use casemate_api::view;
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_wire::handle::Address;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId, MessageId};
use casemate_wire::manifest::{VerifiedManifest, sign_labelled, verify_signature};
use data_encoding::BASE64;
use rusqlite::params;

use crate::attachment::State as FileState;
use crate::core::{Ctx, Done, invalid};

const AUTHOR_LABEL: &[u8] = b"casemate/backup/author/v1";

/// UTF-8 bytes of what an author is called.
const AUTHOR_BYTES: usize = 256;

impl Ctx<'_> {
    /// `backup.sign`
    pub fn backup_sign(&mut self, command: u64, wanted: &BackupSign) -> Done<()> {
        let hash = Hash32::from_hex(&wanted.hash).ok_or_else(|| invalid("A SHA-256 has 64 digits."))?;
        let identity = &self.me()?.identity;
        let signed = view::BackupSigned {
            manifest: BASE64.encode(&identity.manifest),
            signature: BASE64.encode(&sign_labelled(&identity.signing, AUTHOR_LABEL, &[&hash.0])),
        };
        self.reply(command, signed);
        Ok(())
    }

    /// Whether a device of this account signed a backup.
    pub fn is_own_backup(&self, author: &BackupAuthor) -> bool {
        self.verify_author(author).is_some()
    }

    fn verify_author(&self, author: &BackupAuthor) -> Option<()> {
        let own = self.me().ok()?.identity.verified_manifest().ok()?;
        let manifest = BASE64.decode(author.manifest.as_bytes()).ok()?;
        let manifest = VerifiedManifest::from_bytes(&manifest).ok()?;
        let is_here = own.hash == manifest.hash || own.succeeds(&manifest).is_ok();
        // A device that was linked may not have heard of the newest document yet.
        let is_ahead = manifest.account_key == own.account_key && manifest.succeeds(&own).is_ok();
        let device = *manifest.device(DeviceId::from_hex(&author.device)?)?;
        // Under the same account key, whoever left the document was put out by its person.
        let is_live = is_ahead
            || manifest.generation < own.generation
            || own.device(device.id).is_some_and(|now| now.signature_key == device.signature_key);
        let hash = Hash32::from_hex(&author.hash)?;
        let signature = BASE64.decode(author.signature.as_bytes()).ok()?;
        let good = verify_signature(&device.signature_key, AUTHOR_LABEL, &[&hash.0], &signature).is_ok();
        ((is_here || is_ahead) && is_live && good).then_some(())
    }

    /// Makes of what nobody signed what an import is: marked, only here, and nobody's word but the file's. What is here from
    /// its author already is left out.
    pub fn as_brought_along(&mut self, history: &mut content::OwnHistory) -> Done<()> {
        let people = std::mem::take(&mut history.people);
        let me = self.me()?.account();
        for thread in &mut history.threads {
            self.beside(thread, &people)?;
            let known = self.thread_of(thread)?;
            let mut kept = Vec::with_capacity(thread.messages.len());
            for message in std::mem::take(&mut thread.messages) {
                let (Ok(id), Ok(account)) =
                    (MessageId::try_from(&message.id[..]), AccountId::try_from(&message.account[..]))
                else {
                    continue;
                };
                // Lines of this program's, and what was taken back, are nobody's word that a file could bring.
                let is_empty = message.text.trim().is_empty() && message.attachments.is_empty();
                let is_here = match known {
                    Some(known) => self.said_by(known, account, id)?.is_some(),
                    None => false,
                };
                if message.kind != 0 || message.deleted || is_empty || is_here {
                    continue;
                }
                let called = || people.iter().find(|one| one.account == message.account).map(called);
                let author = match (account == me, message.author.is_empty()) {
                    (true, true) => String::new(),
                    (_, false) => one_line(&message.author),
                    (false, true) => called().unwrap_or_else(|| one_line(&account.to_hex())),
                };
                kept.push(content::OwnMessage {
                    id: unsigned_id(account, id).into(),
                    account: if author.is_empty() { me } else { AccountId([0; 16]) }.into(),
                    at_ms: message.at_ms,
                    text: message.text,
                    attachments: message.attachments,
                    starred: message.starred,
                    read: message.read,
                    position: message.position,
                    imported: true,
                    author,
                    ..content::OwnMessage::default()
                });
            }
            thread.messages = kept;
        }
        Ok(())
    }

    /// What a device of the account signed takes the place of the same that came unsigned before: the same id and author, with the
    /// same words and files. It stands where its backup has it, among the others of that.
    pub fn instead_of_unsigned(&mut self, thread: i64, said: &content::OwnMessage) -> Done<()> {
        let (Ok(id), Ok(account)) =
            (MessageId::try_from(&said.id[..]), AccountId::try_from(&said.account[..]))
        else {
            return Ok(());
        };
        let (Some(old), Some(new)) =
            (self.own_meant(unsigned_id(account, id), &[])?, self.said_by(thread, account, id)?)
        else {
            return Ok(());
        };
        let (had, has) = (self.descriptors(old.message)?, self.descriptors(new.message)?);
        let is_same =
            old.text == new.text && had.iter().map(|file| &file.blob).eq(has.iter().map(|file| &file.blob));
        if !old.imported || !is_same {
            return Ok(());
        }
        self.db
            .prepare_cached("UPDATE messages SET starred = starred OR ?2 WHERE id = ?1")?
            .execute(params![new.id, old.starred])?;
        // A file that is here stays here.
        self.db
            .prepare_cached(
                "UPDATE attachments SET state = ?3 WHERE message = ?2
                 AND blob IN (SELECT blob FROM attachments WHERE message = ?1 AND state = ?3)",
            )?
            .execute(params![&old.message.0[..], &new.message.0[..], FileState::Stored as i64])?;
        self.forget_message(&old)
    }

    /// Where it is not here a conversation comes back as one that is only read, so that nobody makes one with somebody.
    fn beside(&self, thread: &mut content::OwnThread, people: &[content::OwnPerson]) -> Done<()> {
        thread.draft = None;
        if self.thread_of(thread)?.is_some() {
            return Ok(());
        }
        if thread.name.is_empty() {
            let other = people.iter().find(|one| one.account == thread.pair);
            thread.name = other.map(called).unwrap_or_default();
        }
        let hash = Hash32::of(&[b"casemate/backup/beside/v1", &thread.key, &thread.log]);
        thread.key = hash.0[..LogId::LEN].to_vec().into();
        (thread.log, thread.pair) = (bytes::Bytes::new(), bytes::Bytes::new());
        thread.set_kind(ConversationKind::Group);
        (thread.standing, thread.imported) = (1, true);
        Ok(())
    }

    /// The conversation of a backup, where this device is or was in it.
    fn thread_of(&self, thread: &content::OwnThread) -> Done<Option<i64>> {
        for name in [&thread.log, &thread.key] {
            let Ok(log) = LogId::try_from(&name[..]) else { continue };
            if let Some(row) = self.log_row(log)? {
                return Ok(Some(row.thread));
            }
            if let Ok(thread) = self.thread_by_key(&log.to_hex()) {
                return Ok(Some(thread.id));
            }
        }
        match (thread.kind(), AccountId::try_from(&thread.pair[..])) {
            (ConversationKind::Own, _) => self.own_thread(),
            (ConversationKind::Pair, Ok(pair)) => self.pair_thread(pair),
            _ => Ok(None),
        }
    }
}

/// Under which id a message stands here that no device of the account signed.
fn unsigned_id(account: AccountId, id: MessageId) -> MessageId {
    let hash = Hash32::of(&[b"casemate/backup/unsigned/v1", &account.0, &id.0]);
    let (half, _) = hash.0.split_first_chunk().expect("half of it");
    MessageId(*half)
}

/// What a file calls somebody.
fn called(person: &content::OwnPerson) -> String {
    match (person.display_name.trim(), person.address.trim()) {
        ("", address) => one_line(address),
        (name, address) => one_line(&format!("{name} ({address})")),
    }
}

fn one_line(text: &str) -> String {
    let mut line: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let end = (0..=AUTHOR_BYTES.min(line.len())).rev().find(|end| line.is_char_boundary(*end));
    line.truncate(end.unwrap_or(0));
    match line.trim() {
        "" => "?".to_owned(),
        // An address alone would be shown as the person who has it here.
        address if Address::parse(address).is_ok() => format!("({address})"),
        _ => line,
    }
}
