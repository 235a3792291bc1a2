//! What goes into a report about somebody (`report.create`): what they wrote, as this device shows it. The driver writes the
//! file. It goes to nobody but by its person's hand, and its person's own words and names for others are not in it.

use casemate_api::command::{ReportCreate, ReportPart, ReportSign};
use casemate_api::view;
use casemate_wire::ids::AccountId;
use casemate_wire::manifest::sign_labelled;
use data_encoding::HEXLOWER;
use rusqlite::OptionalExtension as _;
use serde_json::json;

use crate::core::{Ctx, Done, invalid, rfc3339, too_large};
use crate::message::Row;

/// Under which a device signs what it collected.
const CUSTODY_LABEL: &[u8] = b"casemate/custody/v1";

/// Messages have at most a few files each.
const PARTS: usize = 10_000;

/// Messages at most: what somebody can look through before handing it on. More is an export.
const MESSAGES: usize = 200;

/// Bytes of what its person has to say about it.
const NOTE_BYTES: usize = 4_000;

impl Ctx<'_> {
    /// `report.create`
    pub fn report_create(&mut self, command: u64, wanted: &ReportCreate) -> Done<()> {
        if wanted.messages.len() > MESSAGES {
            return Err(too_large(format!("A report holds at most {MESSAGES} messages.")));
        }
        crate::text::check_text(&wanted.note, NOTE_BYTES)?;
        let mut rows = wanted.messages.iter().map(|id| self.message_by_key(id)).collect::<Done<Vec<_>>>()?;
        rows.sort_by_key(|row| (row.thread, row.position));
        rows.dedup_by_key(|row| row.message);
        let account = match (rows.first(), &wanted.who) {
            (Some(row), _) => row.account,
            (None, Some(who)) => self.person_by_address(who)?.account,
            (None, None) => return Err(invalid("Choose messages, or say whom the report is about.")),
        };
        let address = self.address_of(account)?;
        // What was brought along, or shared by others, was never sent to this account by its writer.
        let theirs = rows.iter().all(|row| row.account == account && row.kind == 0 && !row.imported);
        let named = wanted.who.as_ref().is_none_or(|who| *who == address);
        if !theirs || !named || account == self.me()?.account() {
            return Err(invalid("A report holds only what one other person wrote here."));
        }
        let request = self.request_of(account)?;
        if rows.is_empty() && request.is_none() {
            return Err(invalid("Choose messages: there is nothing else to report."));
        }
        let headers = match wanted.passphrase {
            Some(_) => rows.iter().map(header).collect(),
            None => Vec::new(),
        };
        let messages = self.message_views(&rows)?;
        let name = self.own_name_of(account)?;
        self.reply(command, view::ReportContents { address, name, request, messages, headers });
        Ok(())
    }

    /// `report.sign`: the beginning of a chain of custody. Whoever has it next signs what they got, with this before it.
    pub fn report_sign(&mut self, command: u64, wanted: &ReportSign) -> Done<()> {
        let known =
            |part: &ReportPart| HEXLOWER.decode(part.sha256.as_bytes()).is_ok_and(|hash| hash.len() == 32);
        if wanted.parts.is_empty() || wanted.parts.len() > PARTS || !wanted.parts.iter().all(known) {
            return Err(invalid("A report has parts, each with the SHA-256 of its bytes."));
        }
        let me = self.me()?;
        let device = me.identity.device;
        let collector = self.address_of(me.account())?;
        let statement = json!({
            "format": "casemate-custody",
            "version": 1,
            "act": "collected",
            "at": rfc3339(self.now_ms),
            "by": collector,
            "device": device.to_hex(),
            "about": wanted.about,
            "parts": wanted.parts,
            "previous": null,
        })
        .to_string();
        let identity = &self.me()?.identity;
        let signature = sign_labelled(&identity.signing, CUSTODY_LABEL, &[statement.as_bytes()]);
        let signed = view::ReportSigned {
            signature: HEXLOWER.encode(&signature),
            device_key: HEXLOWER.encode(identity.signing.verifying_key().as_bytes()),
            manifest: HEXLOWER.encode(&identity.manifest),
            statement,
        };
        self.reply(command, signed);
        Ok(())
    }

    /// Their request, while it waits for an answer.
    fn request_of(&self, account: AccountId) -> Done<Option<view::ContactRequest>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT address, note, at_ms FROM people WHERE account = ?1 AND standing = 2")?;
        let request = statement.query_row([&account.0[..]], |row| {
            let (from, note, at) = (row.get(0)?, row.get(1)?, rfc3339(row.get(2)?));
            // In which groups both are is nobody else's business.
            Ok(view::ContactRequest { from, note, at, groups: Vec::new() })
        });
        Ok(request.optional()?)
    }

    /// What somebody calls themselves. The name that they have here is nobody else's business.
    fn own_name_of(&self, account: AccountId) -> Done<String> {
        let mut statement = self.db.prepare_cached("SELECT display_name FROM people WHERE account = ?1")?;
        let name: Option<String> = statement.query_row([&account.0[..]], |row| row.get(0)).optional()?;
        Ok(name.unwrap_or_default())
    }
}

fn header(row: &Row) -> view::MessageHeader {
    view::MessageHeader {
        message: row.said().to_hex(),
        log: row.log.map(|log| log.to_hex()),
        entry: row.entry.and_then(|entry| u64::try_from(entry).ok()),
        account: row.account.to_hex(),
        sent_at: rfc3339(row.at_ms),
    }
}
