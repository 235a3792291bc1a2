//! Files: on their way out as encrypted blobs before their message leaves, offered and fetched on the way in.
//! The driver moves bytes; here is what should be where.

use casemate_api::command::{AttachmentSave, OneAttachment};
use casemate_api::{Error, Event, Kind, view};
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_crypto::attachment as stream;
use casemate_screening::filename::safe_name;
use casemate_wire::ids::{BlobId, LogId, MessageId, UploadSecret};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateBlob, Error as WireError, ErrorCode, TokenKind};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, refusal, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column, invalid, not_found, stored};
use crate::fetch::{Fetch, file_ref};
use crate::io::{FileRef, Output, Staged, Transfer};

mod waits;

/// Where a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Own: waiting for upload, or uploading.
    Queued = 0,
    /// Own: on the server.
    Uploaded = 2,
    /// Another's: not fetched.
    Offered = 3,
    /// Another's: to be fetched, or being fetched.
    Wanted = 4,
    /// Another's: here and verified.
    Stored = 6,
    /// It did not work; asking again tries again.
    Failed = 7,
    /// Own: given up by its sender.
    Cancelled = 8,
}

/// Files of contacts up to this size are fetched without asking, if they are pictures or voice messages.
const AUTOMATIC_BYTES: u64 = 16 * 1024 * 1024;

/// Files that move at once, at most.
const MOVING: usize = 64;

/// Files that are looked at for what can move, at most.
const LOOKED_AT: usize = 4_096;

/// A transfer under way.
#[derive(Debug, Clone, Copy)]
pub enum Transferring {
    Upload(BlobId),
    Download(BlobId),
    WelcomeOut(BlobId),
    WelcomeIn(LogId),
    SharedIn(i64),
    PartIn(i64),
    /// Of a backup on the server, for a command.
    Backup(u64),
}

/// An `attachment.save` that waits for a download.
#[derive(Debug)]
pub struct WaitingSave {
    pub command: u64,
    pub blob: BlobId,
    pub path: String,
}

struct Row {
    message: MessageId,
    index: i64,
    descriptor: content::Attachment,
    blob: BlobId,
    state: i64,
    upload: Option<UploadSecret>,
    created: bool,
}

const ROW: &str = "SELECT message, idx, descriptor, blob, state, upload, created FROM attachments";

fn attachment_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let upload: Option<Vec<u8>> = row.get(5)?;
    Ok(Row {
        message: id_column(row, 0)?,
        index: row.get(1)?,
        descriptor: stored::<content::Attachment>(&row.get::<_, Vec<u8>>(2)?[..])?,
        blob: id_column(row, 3)?,
        state: row.get(4)?,
        upload: upload.and_then(|secret| UploadSecret::try_from(&secret[..]).ok()),
        created: row.get(6)?,
    })
}

impl Ctx<'_> {
    // ---- Out ----

    /// Ties a staged file to a message that is being sent.
    pub fn attach(
        &mut self,
        message: MessageId,
        index: i64,
        file: Staged,
        caption: String,
        preview: Vec<u8>,
    ) -> Done<content::Attachment> {
        self.core.session.chores = true;
        let descriptor = content::Attachment { preview: preview.into(), ..describe(&file, caption) };
        let secret = UploadSecret::new(self.random());
        self.db
            .prepare_cached(
                "INSERT INTO attachments(message, idx, descriptor, blob, state, upload, kind, bytes) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)",
            )?
            .execute(params![
                &message.0[..],
                index,
                descriptor.encode_to_vec(),
                &file.blob.0[..],
                &secret.expose()[..],
                descriptor.kind,
                file.size_bytes as i64
            ])?;
        Ok(descriptor)
    }

    /// A picture of a group or of oneself: uploaded like a file, belonging to no message.
    pub fn upload_picture(&mut self, of: &[u8], file: Staged) -> Done<content::Attachment> {
        let id = crate::picture::picture_id(of, &describe(&file, String::new()))
            .ok_or(Fail::Server("an own picture"))?;
        self.attach(id, 0, file, String::new(), Vec::new())
    }

    /// Whether all files of a message are on the server.
    pub fn attachments_ready(&self, message: MessageId) -> Done<bool> {
        let open: Option<i64> = self
            .db
            .prepare_cached("SELECT 1 FROM attachments WHERE message = ?1 AND state = 0 LIMIT 1")?
            .query_row([&message.0[..]], |row| row.get(0))
            .optional()?;
        Ok(open.is_none())
    }

    /// Starts uploads and downloads that are wanted and not under way.
    pub fn work_attachments(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached(&format!("{ROW} WHERE state IN (0, 1, 4, 5) LIMIT {LOOKED_AT}"))?;
        let rows = statement.query_map([], attachment_row)?.collect::<Result<Vec<_>, _>>()?;
        // What has to wait holds nothing else back.
        let rows = rows.into_iter().filter(|row| !self.is_paused(&Job::Blob(row.blob.0)));
        for row in rows.take(MOVING).collect::<Vec<_>>() {
            let job = Job::Blob(row.blob.0);
            if row.state == State::Queued as i64 {
                let Some(bytes) = stream::encrypted_len(row.descriptor.padded_bytes) else { continue };
                let Some(secret) = row.upload else { continue };
                if !row.created {
                    self.create_blob(row.blob, bytes, &secret)?;
                } else if self.begin(job) {
                    let transfer = self.transfer(Transferring::Upload(row.blob));
                    self.out.push(Output::Upload { transfer, blob: row.blob, secret, bytes });
                }
            } else if self.begin(job) {
                let transfer = self.transfer(Transferring::Download(row.blob));
                let Some(file) = file_ref(&row.descriptor) else { continue };
                self.out.push(Output::Download { transfer, file });
            }
        }
        let mut statement =
            self.db.prepare_cached("SELECT blob, secret, data, created FROM blobs_out LIMIT 16")?;
        let rows = statement
            .query_map([], |row| {
                let secret: UploadSecret = id_column(row, 1)?;
                Ok((id_column::<BlobId>(row, 0)?, secret, row.get::<_, Vec<u8>>(2)?, row.get::<_, bool>(3)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (blob, secret, data, created) in rows {
            if !created {
                self.create_blob(blob, data.len() as u64, &secret)?;
            } else if self.begin(Job::Blob(blob.0)) {
                let transfer = self.transfer(Transferring::WelcomeOut(blob));
                self.out.push(Output::PutBlob { transfer, blob, secret, data });
            }
        }
        Ok(())
    }

    pub fn transfer(&mut self, what: Transferring) -> u64 {
        self.core.next_transfer += 1;
        self.core.transfers.insert(self.core.next_transfer, what);
        self.core.next_transfer
    }

    fn create_blob(&mut self, blob: BlobId, bytes: u64, secret: &UploadSecret) -> Done<()> {
        let price = casemate_wire::limits::blob_tokens(bytes) as i64;
        if self.tokens_held(TokenKind::Blob)? < price {
            let wanted = self.core.session.tokens_wanted.entry(TokenKind::Blob as i32).or_insert(0);
            if *wanted < price {
                *wanted = price;
                // The wallet was looked at before the files.
                self.core.session.chores = true;
            }
            return Ok(());
        }
        if !self.begin(Job::Blob(blob.0)) {
            return Ok(());
        }
        let mut tokens = Vec::new();
        for _ in 0..price {
            tokens.extend(self.take_token(TokenKind::Blob)?);
        }
        self.core.session.tokens_wanted.remove(&(TokenKind::Blob as i32));
        let create =
            CreateBlob { blob: blob.into(), size_bytes: bytes, upload_hash: secret.hash().into(), tokens };
        self.send(Request::CreateBlob(create), Awaiting::BlobCreated { blob });
        Ok(())
    }

    pub fn blob_created(&mut self, blob: BlobId, result: Result<Body, WireError>) -> Done<()> {
        let job = Job::Blob(blob.0);
        match result {
            Ok(_) => {
                self.end(&job);
                for table in ["attachments", "blobs_out"] {
                    self.db
                        .execute(&format!("UPDATE {table} SET created = 1 WHERE blob = ?1"), [&blob.0[..]])?;
                }
            }
            Err(error) if error.code == ErrorCode::ErrorSpent as i32 => {
                self.pause(job, 1_000);
                self.payment_refused();
            }
            Err(error) if is_passing(&error) => {
                tracing::info!("a file cannot be uploaded now: {}", error.message);
                self.pause(job, retry_after(&error));
                self.files_begin_to_wait(Some(blob))?;
            }
            Err(error) => {
                self.end(&job);
                self.upload_failed(blob, &refusal(&error).message)?;
            }
        }
        Ok(())
    }

    fn upload_failed(&mut self, blob: BlobId, why: &str) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("UPDATE attachments SET state = 7 WHERE blob = ?1 RETURNING message")?;
        let messages = statement
            .query_map([&blob.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<MessageId>, _>>()?;
        drop(statement);
        for message in messages {
            self.db.prepare_cached("DELETE FROM outbox WHERE message = ?1")?.execute([&message.0[..]])?;
            self.set_message_state(message, crate::message::State::Failed, Some(why))?;
            self.what_waited_may_go(message)?;
        }
        Ok(())
    }

    /// Messages behind one that does not leave have waited for its files.
    fn what_waited_may_go(&mut self, message: MessageId) -> Done<()> {
        match self.find_message(message)? {
            Some(row) => self.thread_dirty(row.thread),
            None => Ok(()),
        }
    }

    // ---- In ----

    /// A descriptor in somebody's message: kept as it is if it can be true.
    pub fn attachment_received(
        &mut self,
        message: MessageId,
        index: i64,
        mut descriptor: content::Attachment,
        automatic: bool,
    ) -> Done<()> {
        let good = file_ref(&descriptor).is_some()
            && descriptor.name.len() <= limits::FILE_NAME_BYTES
            && descriptor.caption.len() <= limits::CAPTION_BYTES
            && descriptor.waveform.len() <= limits::WAVEFORM_LEVELS
            && descriptor.preview.len() <= limits::PREVIEW_BYTES
            && descriptor.r#type.len() <= 100;
        if !good {
            descriptor = content::Attachment { name: descriptor.name, ..content::Attachment::default() };
        }
        self.core.session.chores = true;
        let small = matches!(
            descriptor.kind(),
            content::AttachmentKind::Photo
                | content::AttachmentKind::Voice
                | content::AttachmentKind::Sticker
        ) && descriptor.size_bytes <= AUTOMATIC_BYTES;
        let state = match (good, automatic && small) {
            (false, _) => State::Failed,
            (true, true) => State::Wanted,
            (true, false) => State::Offered,
        };
        let blob = BlobId::try_from(&descriptor.blob[..]).unwrap_or(BlobId([0; 16]));
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO attachments(message, idx, descriptor, blob, state, kind, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                &message.0[..],
                index,
                descriptor.encode_to_vec(),
                &blob.0[..],
                state as i64,
                descriptor.kind,
                i64::try_from(descriptor.size_bytes).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }

    // ---- News from the driver ----

    pub fn transfer_news(&mut self, transfer: u64, update: Transfer) -> Done<()> {
        let Some(what) = self.core.transfers.get(&transfer).copied() else { return Ok(()) };
        if let Transfer::Progress { bytes } = update {
            return self.progress(what, bytes);
        }
        self.core.transfers.remove(&transfer);
        let update = match (what, update) {
            // What must not be lost is asked for again, however a server answers.
            (
                Transferring::WelcomeIn(_) | Transferring::SharedIn(_) | Transferring::PartIn(_),
                Transfer::Unreadable { why },
            ) => Transfer::Failed { why, retry: true },
            (_, update) => update,
        };
        match (what, update) {
            (Transferring::Upload(blob), Transfer::Done) => self.uploaded(blob),
            (Transferring::Upload(blob), Transfer::Failed { why, retry: false }) => {
                self.end(&Job::Blob(blob.0));
                if self.made_anew(blob)? { Ok(()) } else { self.upload_failed(blob, &why) }
            }
            (Transferring::WelcomeOut(blob), Transfer::Failed { retry: false, .. }) => {
                self.own_made_anew(blob)
            }
            (Transferring::Download(blob), Transfer::Done) => self.downloaded(blob),
            (Transferring::Download(blob), Transfer::Failed { why, retry: false }) => {
                let sentence = format!("The file could not be fetched: {why}");
                self.download_failed(blob, &Error::new(Kind::Untrusted, sentence))
            }
            (Transferring::Download(blob), Transfer::NoRoom) => {
                let sentence = "There is no room here for this file. It waits on the server: make room and receive it again.";
                self.download_failed(blob, &Error::new(Kind::StorageFull, sentence))
            }
            (Transferring::WelcomeOut(blob), Transfer::Done) => {
                self.end(&Job::Blob(blob.0));
                self.db.prepare_cached("DELETE FROM blobs_out WHERE blob = ?1")?.execute([&blob.0[..]])?;
                self.db
                    .prepare_cached("UPDATE posts SET blob = NULL WHERE blob = ?1")?
                    .execute([&blob.0[..]])?;
                self.share_uploaded(blob)
            }
            (Transferring::SharedIn(id), update) => self.share_news(id, update),
            (Transferring::PartIn(number), update) => self.part_news(number, update),
            (Transferring::Backup(command), update) => self.backup_news(command, update),
            (Transferring::WelcomeIn(log), Transfer::Fetched(data)) => self.offer_fetched(log, &data),
            (Transferring::WelcomeIn(log), Transfer::Failed { retry: false, .. }) => self.offer_failed(log),
            (
                Transferring::Upload(blob) | Transferring::Download(blob) | Transferring::WelcomeOut(blob),
                _,
            ) => {
                self.pause(Job::Blob(blob.0), 3_000);
                Ok(())
            }
            (Transferring::WelcomeIn(log), _) => {
                self.fetch_ended(Fetch::Welcome(log))?;
                self.pause(Job::Offer(log), 3_000);
                Ok(())
            }
        }
    }

    fn progress(&mut self, what: Transferring, bytes: u64) -> Done<()> {
        let (Transferring::Upload(blob) | Transferring::Download(blob)) = what else { return Ok(()) };
        let Some(row) = self.attachment_by_blob(blob)? else { return Ok(()) };
        if self.find_message(row.message)?.is_some() {
            self.event(Event::TransferProgress {
                message: row.message.to_hex(),
                index: row.index as u32,
                bytes,
                of: stream::encrypted_len(row.descriptor.padded_bytes).unwrap_or(0),
            });
        }
        Ok(())
    }

    pub fn is_of_message(&self, blob: BlobId) -> Done<bool> {
        let found: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT 1 FROM attachments JOIN messages USING (message) WHERE blob = ?1 LIMIT 1",
            )?
            .query_row([&blob.0[..]], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    fn attachment_by_blob(&self, blob: BlobId) -> Done<Option<Row>> {
        let mut statement = self
            .db
            .prepare_cached(&format!("{ROW} WHERE blob = ?1 ORDER BY state IN (0, 4) DESC LIMIT 1"))?;
        Ok(statement.query_row([&blob.0[..]], attachment_row).optional()?)
    }

    fn uploaded(&mut self, blob: BlobId) -> Done<()> {
        self.end(&Job::Blob(blob.0));
        // What goes to a list of people is one file of several messages.
        let mut statement = self.db.prepare_cached(
            "UPDATE attachments SET state = 2 WHERE blob = ?1 AND state = 0 RETURNING message",
        )?;
        let messages = statement
            .query_map([&blob.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<MessageId>, _>>()?;
        drop(statement);
        for message in messages {
            if let Some(message) = self.find_message(message)? {
                self.message_changed(&message)?;
                self.thread_dirty(message.thread)?;
            }
        }
        Ok(())
    }

    fn downloaded(&mut self, blob: BlobId) -> Done<()> {
        self.end(&Job::Blob(blob.0));
        self.db
            // An own file that was lost here can be sent again if the server loses it.
            .prepare_cached(
                "UPDATE attachments SET state = iif(upload IS NULL, 6, 2) WHERE blob = ?1 AND state = 4",
            )?
            .execute([&blob.0[..]])?;
        let Some(row) = self.attachment_by_blob(blob)? else { return Ok(()) };
        let (ready, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.core.saves).into_iter().partition(|save| save.blob == blob);
        self.core.saves = waiting;
        for save in ready {
            if let Some(file) = file_ref(&row.descriptor) {
                self.save_file(save.command, &row, file, save.path)?;
            }
        }
        // A file that was forwarded is in several messages.
        let mut statement = self.db.prepare_cached("SELECT message FROM attachments WHERE blob = ?1")?;
        let messages = statement
            .query_map([&blob.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<MessageId>, _>>()?;
        for id in messages {
            match self.find_message(id)? {
                Some(message) => self.message_changed(&message)?,
                None => self.picture_arrived(id)?,
            }
        }
        Ok(())
    }

    fn download_failed(&mut self, blob: BlobId, why: &Error) -> Done<()> {
        self.end(&Job::Blob(blob.0));
        if !self.picture_tried_again(blob)? {
            self.db
                .prepare_cached("UPDATE attachments SET state = 7 WHERE blob = ?1 AND state = 4")?
                .execute([&blob.0[..]])?;
        }
        let (failed, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.core.saves).into_iter().partition(|save| save.blob == blob);
        self.core.saves = waiting;
        for save in failed {
            self.reply_error(save.command, why.clone());
        }
        if let Some(row) = self.attachment_by_blob(blob)?
            && let Some(message) = self.find_message(row.message)?
        {
            self.message_changed(&message)?;
        }
        Ok(())
    }

    // ---- What users ask ----

    fn attachment_by_index(&self, message: &str, index: u32) -> Done<Row> {
        let unknown = || not_found("There is no such message.");
        let message = MessageId::from_hex(message).ok_or_else(unknown)?;
        let mut statement = self.db.prepare_cached(&format!("{ROW} WHERE message = ?1 AND idx = ?2"))?;
        statement.query_row(params![&message.0[..], index], attachment_row).optional()?.map_or_else(
            || match self.find_message(message)? {
                Some(_) => Err(not_found("This message has no such file.")),
                None => Err(unknown()),
            },
            Ok,
        )
    }

    fn save_file(&mut self, id: u64, row: &Row, file: FileRef, path: String) -> Done<()> {
        let name = safe_name(&row.descriptor.name);
        let known_bad = self.known_bad(row.message)?.is_some();
        self.out.push(Output::Save { id, file, path, name, known_bad });
        Ok(())
    }

    /// `attachment.save`
    pub fn attachment_save(&mut self, command: u64, wanted: AttachmentSave) -> Done<()> {
        let row = self.attachment_by_index(&wanted.message, wanted.index)?;
        let file =
            file_ref(&row.descriptor).ok_or_else(|| invalid("The description of this file is damaged."))?;
        let here =
            [State::Queued, State::Uploaded, State::Stored].iter().any(|state| *state as i64 == row.state);
        if here {
            return self.save_file(command, &row, file, wanted.path);
        }
        if row.state == State::Cancelled as i64 {
            return Err(not_found("This file was cancelled by its sender."));
        }
        if !self.online() && self.core.session.failed_connects > 0 {
            let why = self.core.session.last_trouble.clone();
            return Err(Fail::User(Error::new(
                Kind::Offline,
                format!("The file is still on the server, which cannot be reached: {why}."),
            )));
        }
        self.db
            .prepare_cached("UPDATE attachments SET state = 4 WHERE message = ?1 AND idx = ?2")?
            .execute(params![&row.message.0[..], row.index])?;
        self.core.saves.push(WaitingSave { command, blob: row.blob, path: wanted.path });
        Ok(())
    }

    /// `attachment.cancel`
    pub fn attachment_cancel(&mut self, command: u64, wanted: &OneAttachment) -> Done<()> {
        let row = self.attachment_by_index(&wanted.message, wanted.index)?;
        self.cancel_transfers_of(row.blob);
        if row.state == State::Queued as i64 {
            // A message whose file is given up does not leave. What is here of it stays for another try, until the
            // message is deleted.
            self.db.prepare_cached("DELETE FROM outbox WHERE message = ?1")?.execute([&row.message.0[..]])?;
            let mut statement = self.db.prepare_cached(
                "UPDATE attachments SET state = 8 WHERE message = ?1 AND state IN (0, 2) RETURNING blob",
            )?;
            let given_up = statement
                .query_map([&row.message.0[..]], |row| id_column(row, 0))?
                .collect::<Result<Vec<BlobId>, _>>()?;
            for blob in given_up {
                self.cancel_transfers_of(blob);
            }
            self.set_message_state(row.message, crate::message::State::Failed, Some("You cancelled this."))?;
            self.what_waited_may_go(row.message)?;
        } else if row.state == State::Wanted as i64 {
            self.db
                .prepare_cached("UPDATE attachments SET state = 3 WHERE message = ?1 AND idx = ?2")?
                .execute(params![&row.message.0[..], row.index])?;
            let (stopped, waiting): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.core.saves).into_iter().partition(|save| save.blob == row.blob);
            self.core.saves = waiting;
            for save in stopped {
                self.reply_error(save.command, Error::new(Kind::NotFound, "The download was cancelled."));
            }
        }
        if let Some(message) = self.find_message(row.message)? {
            self.message_changed(&message)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    fn cancel_transfers_of(&mut self, blob: BlobId) {
        let running: Vec<u64> = self
            .core
            .transfers
            .iter()
            .filter(|(_, what)| matches!(what, Transferring::Upload(other) | Transferring::Download(other) if *other == blob))
            .map(|(transfer, _)| *transfer)
            .collect();
        for transfer in running {
            self.core.transfers.remove(&transfer);
            self.out.push(Output::CancelTransfer { transfer });
        }
        self.end(&Job::Blob(blob.0));
    }

    /// A message goes, and its files with it.
    pub fn drop_attachments(&mut self, message: MessageId) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("DELETE FROM attachments WHERE message = ?1 RETURNING blob")?;
        let blobs = statement
            .query_map([&message.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<BlobId>, _>>()?;
        for blob in blobs {
            // Somebody's message may name the blob of another: that file stays.
            let shared: Option<i64> = self
                .db
                .prepare_cached("SELECT 1 FROM attachments WHERE blob = ?1 LIMIT 1")?
                .query_row([&blob.0[..]], |row| row.get(0))
                .optional()?;
            if shared.is_none() {
                self.cancel_transfers_of(blob);
                self.out.push(Output::DeleteBlob { blob });
            }
        }
        Ok(())
    }

    pub fn attachment_views(&self, message: MessageId) -> Done<Vec<view::Attachment>> {
        let mut statement = self.db.prepare_cached(&format!("{ROW} WHERE message = ?1 ORDER BY idx"))?;
        let rows = statement.query_map([&message.0[..]], attachment_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|row| self.attachment_view(row)).collect()
    }

    fn attachment_view(&self, row: Row) -> Done<view::Attachment> {
        let moving = self.core.transfers.values().any(|what| {
            matches!(what, Transferring::Upload(blob) | Transferring::Download(blob) if *blob == row.blob)
        });
        let state = match (row.state, moving) {
            (0, true) => "uploading",
            (0, false) => "queued",
            (2, _) => "sent",
            (3, _) => "offered",
            (4, true) => "downloading",
            (4, false) => "offered",
            (6, _) => "stored",
            (8, _) => "cancelled",
            _ => "failed",
        };
        let waits = self.file_waits(&row)?;
        let descriptor = row.descriptor;
        Ok(view::Attachment {
            waits,
            quarantined: self.is_quarantined(&descriptor.sha256)?,
            name: safe_name(&descriptor.name),
            kind: crate::message::api_kind(descriptor.kind()),
            media_type: descriptor.r#type.chars().filter(|c| c.is_ascii_graphic()).take(100).collect(),
            bytes: descriptor.size_bytes,
            sha256: descriptor.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            state: state.to_owned(),
            caption: descriptor.caption,
            duration_ms: descriptor.duration_ms,
            width: descriptor.width,
            height: descriptor.height,
            waveform: descriptor.waveform.to_vec(),
            preview: descriptor.preview.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// A message's files as others see them.
    pub fn descriptors(&self, message: MessageId) -> Done<Vec<content::Attachment>> {
        let mut statement = self.db.prepare_cached(&format!("{ROW} WHERE message = ?1 ORDER BY idx"))?;
        let rows = statement.query_map([&message.0[..]], attachment_row)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().map(|row| row.descriptor).collect())
    }
}

pub fn describe(file: &Staged, caption: String) -> content::Attachment {
    use casemate_api::command::AttachmentKind as Api;
    let kind = match file.kind {
        Api::Photo => content::AttachmentKind::Photo,
        Api::Video => content::AttachmentKind::Video,
        Api::Voice => content::AttachmentKind::Voice,
        Api::Sticker => content::AttachmentKind::Sticker,
        Api::Document => content::AttachmentKind::Document,
    };
    content::Attachment {
        kind: kind as i32,
        name: file.name.clone(),
        r#type: file.media_type.clone(),
        size_bytes: file.size_bytes,
        sha256: file.sha256.to_vec().into(),
        blob: file.blob.into(),
        key: file.key.to_vec().into(),
        padded_bytes: file.padded_bytes,
        caption,
        width: file.width,
        height: file.height,
        duration_ms: file.duration_ms,
        waveform: file.waveform.iter().copied().take(limits::WAVEFORM_LEVELS).collect::<Vec<u8>>().into(),
        preview: Default::default(),
    }
}
