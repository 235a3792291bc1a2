//! Being woken while away (`push.key`, `push.set`): where this device's browser is reached, sealed anew for each
//! conversation, so that the server's rows cannot be matched.
//!
//! Only conversations that are accepted and not muted, not even but for mentions, wake it, and only by messages that people see: whoever appends one
//! says so. Requests of strangers wake nobody: they are quiet, and a push would tell that somebody is there.

use casemate_api::command::PushSet;
use casemate_api::{Error, Kind, view};
use casemate_content::pad::pad_to;
use casemate_content::proto::ConversationKind;
use casemate_crypto::sealed::{SEAL_OVERHEAD, seal};
use casemate_wire::WAKE_LABEL;
use casemate_wire::ids::LogId;
use casemate_wire::limits::{HPKE_KEY_BYTES, WAKE_BYTES};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, FetchPushKeys, SetWake, Wake, WakeTarget};
use data_encoding::BASE64URL_NOPAD;
use prost::Message as _;

use crate::connection::{Awaiting, is_passing, refusal, retry_after};
use crate::core::{Ctx, Done, Fail, Job, invalid};
use crate::db;
use crate::log::LogRow;
use crate::thread::Standing;

/// Settings rows: where this device is reached, and the server's key that this is sealed to.
const TARGET: &str = "push/target";
const SEAL: &str = "push/seal";

/// Set anew after so long: the server forgets what nobody sets.
const AGAIN_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Or so much sooner, by chance and for each conversation by itself: rows that were set together once come apart by hours and days.
const SOONER_MS: u64 = 3 * 24 * 60 * 60 * 1000;

/// Longest address of a browser.
const ENDPOINT_BYTES: usize = 800;

impl Ctx<'_> {
    /// `push.key`
    pub fn push_key(&mut self, command: u64) -> Done<()> {
        self.me()?;
        if !self.online() {
            let why = self.core.session.last_trouble.clone();
            let sentence = format!("The server cannot be reached: {why}. Try again later.");
            return Err(Fail::User(Error::new(Kind::Offline, sentence)));
        }
        self.send(Request::FetchPushKeys(FetchPushKeys {}), Awaiting::PushKeys { command });
        Ok(())
    }

    /// The server's keys, or that it wakes nobody.
    pub fn push_keys(&mut self, command: u64, result: Result<Body, WireError>) -> Done<()> {
        let keys = match result {
            Ok(Body::PushKeys(keys)) => keys,
            Ok(_) => return Err(Fail::Server("no push keys")),
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 => {
                self.reply(command, view::PushKey { key: None });
                return Ok(());
            }
            Err(error) => {
                self.reply_error(command, refusal(&error));
                return Ok(());
            }
        };
        if keys.vapid.len() != 65 || keys.seal.len() != HPKE_KEY_BYTES {
            return Err(Fail::Server("malformed push keys"));
        }
        if db::setting(self.db, SEAL)?.is_none_or(|known| known != keys.seal) {
            db::set_setting(self.db, SEAL, &keys.seal)?;
            self.set_wakes_anew()?;
        }
        self.reply(command, view::PushKey { key: Some(BASE64URL_NOPAD.encode(&keys.vapid)) });
        Ok(())
    }

    /// `push.set`
    pub fn push_set(&mut self, command: u64, wanted: &PushSet) -> Done<()> {
        self.me()?;
        match &wanted.subscription {
            None => {
                db::forget_setting(self.db, TARGET)?;
                self.everything_dirty()?;
            }
            Some(given) => {
                let wrong = || invalid("This is not a push subscription as browsers give it.");
                let bytes = |text: &str, len: usize| {
                    let text = text.trim_end_matches('=');
                    BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == len)
                };
                let target = WakeTarget {
                    endpoint: given.endpoint.clone(),
                    public: bytes(&given.p256dh, 65).ok_or_else(wrong)?.into(),
                    auth: bytes(&given.auth, 16).ok_or_else(wrong)?.into(),
                };
                if target.endpoint.len() > ENDPOINT_BYTES || !target.endpoint.is_ascii() {
                    return Err(wrong());
                }
                let target = target.encode_to_vec();
                if db::setting(self.db, TARGET)?.is_none_or(|known| known != target) {
                    db::set_setting(self.db, TARGET, &target)?;
                    self.set_wakes_anew()?;
                }
            }
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Everything that was set is to be set once more.
    fn set_wakes_anew(&mut self) -> Done<()> {
        self.db.execute("DELETE FROM settings WHERE key >= 'wake/' AND key < 'wake0'", [])?;
        self.everything_dirty()
    }

    /// The same for one conversation.
    pub fn set_wake_anew(&mut self, log: LogId) -> Done<()> {
        db::forget_setting(self.db, &row_key(log))?;
        Ok(())
    }

    /// Sets, or takes back, where this device is woken for a conversation.
    pub fn work_wake(&mut self, row: &LogRow) -> Done<()> {
        let key = row_key(row.log);
        let set_ms = db::number(self.db, &key)?;
        let target = db::setting(self.db, TARGET)?;
        if target.is_none() && set_ms == 0 {
            return Ok(());
        }
        let wakes = self.wakes(row)?;
        let wanted = target.filter(|_| wakes);
        let seal_key = db::setting(self.db, SEAL)?;
        let sealed = match (wanted, seal_key) {
            (Some(_), Some(_)) if self.now_ms - set_ms < AGAIN_MS && set_ms <= self.now_ms => return Ok(()),
            (Some(target), Some(public)) => {
                let Some(padded) = pad_to(target, WAKE_BYTES - SEAL_OVERHEAD) else { return Ok(()) };
                seal(&public, WAKE_LABEL, &row.log.0, &padded)?
            }
            _ if set_ms == 0 => return Ok(()),
            _ => Vec::new(),
        };
        if self.begin(Job::Wake(row.log)) {
            let on = !sealed.is_empty();
            let request = SetWake { log: row.log.into(), sealed: sealed.into() };
            self.send(Request::SetWake(request), Awaiting::WakeSet { log: row.log, on });
        }
        Ok(())
    }

    /// Whether messages here wake this device.
    fn wakes(&self, row: &LogRow) -> Done<bool> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(false) };
        Ok(thread.standing == Standing::Active
            && thread.active_log == Some(row.log)
            && thread.kind != ConversationKind::Own
            && !self.is_blocked_pair(&thread)?
            && self.marks(thread.id)?.wakes(self.server_now()))
    }

    /// The server has it.
    pub fn wake_set(&mut self, log: LogId, on: bool, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Err(error) if is_passing(&error) => self.pause(Job::Wake(log), retry_after(&error)),
            // Refused for good counts as set: it is tried again in a week, not with every entry.
            _ => {
                self.end(&Job::Wake(log));
                let set_ms = if on { (self.now_ms - self.jitter(SOONER_MS)).max(1) } else { 0 };
                db::set_number(self.db, &row_key(log), set_ms)?;
            }
        }
        Ok(())
    }

    /// A message that people see was appended: whoever is away is woken.
    pub fn wake_others(&mut self, log: LogId) {
        self.send(Request::Wake(Wake { log: log.into() }), Awaiting::Ignored);
    }
}

fn row_key(log: LogId) -> String {
    format!("wake/{}", log.to_hex())
}
