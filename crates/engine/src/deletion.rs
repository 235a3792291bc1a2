//! Deleting the account (`account.delete`): its other devices are put out of everything and erase themselves, groups are left
//! and contacts told, the server forgets it, then this device does.
//!
//! What stands in a row goes on after a kill: from the moment it was asked for until everything here is erased.
//! The server forgets it seven days later. Until then any device of the account that is left stops it (`account.keep`), and so
//! does a restore: whoever stole the first device could ask for it too.
//! Not here: what others keep of what was said to them.

use casemate_api::Event;
use casemate_api::command::AccountDelete;
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_wire::handle::{Address, Handle};
use casemate_wire::ids::{AccountId, LogId};
use casemate_wire::manifest::{DELETE_ACCOUNT_LABEL, sign_labelled};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeleteAccount, Error as WireError, ErrorCode, KeepAccount};
use ed25519_dalek::SigningKey;
use rusqlite::params;

use crate::connection::{Awaiting, refusal};
use crate::core::{Ctx, Done, Fail, Job, id_column, invalid, not_allowed};
use crate::db;
use crate::io::Output;
use crate::thread::Standing;

/// Other devices are put out, and then goodbye is said: each waits so long for the network; then the account goes without.
const GOODBYE_MS: i64 = 15_000;

/// When the server forgets the account, in `settings`; 0: it does not.
pub const DELETION: &str = "deletion_due_ms";

/// 1 where the server's operator took the account's rights, in `settings`.
pub const DISABLED: &str = "disabled";

impl Ctx<'_> {
    /// What the server says of a deletion of this account. Asked for here it erases this device before that is heard.
    pub fn deletion_seen(&mut self, due_ms: i64) -> Done<()> {
        let known = db::number(self.db, DELETION)?;
        if known == due_ms || db::number(self.db, "deleting_until_ms")? > 0 {
            return Ok(());
        }
        db::set_number(self.db, DELETION, due_ms)?;
        self.event(Event::AccountChanged {});
        if due_ms > 0
            && let Some(thread) = self.own_thread()?
        {
            self.notice(
                thread,
                "Somebody with the keys of your first device asked the server to delete your account. It will be forgotten within seven days, unless you keep it.",
            )?;
        }
        Ok(())
    }

    /// Whether the server's operator took the account's rights. What is queued waits until they are given back.
    pub fn disabled_seen(&mut self, disabled: bool) -> Done<()> {
        if (db::number(self.db, DISABLED)? > 0) == disabled {
            return Ok(());
        }
        db::set_number(self.db, DISABLED, i64::from(disabled))?;
        if let Some(refused) = self.refused_as_disabled() {
            // Nothing settles until it is enabled again.
            for waiter in std::mem::take(&mut self.core.session.waiters) {
                self.reply_error(waiter.command, refused.clone());
            }
        }
        self.event(Event::AccountChanged {});
        if let Some(thread) = self.own_thread()? {
            let said = if disabled {
                "The operator of your server disabled your account. What is here can be read. Ask the operator why."
            } else {
                "The operator of your server enabled your account again."
            };
            self.notice(thread, said)?;
        }
        Ok(())
    }

    /// What waits for the server is answered by this where the account is disabled.
    pub fn refused_as_disabled(&self) -> Option<casemate_api::Error> {
        let disabled = db::number(self.db, DISABLED).is_ok_and(|disabled| disabled > 0);
        disabled.then(|| {
            casemate_api::Error::new(
                casemate_api::Kind::NotAllowed,
                "The operator of your server disabled this account. What is here can be read.",
            )
        })
    }

    /// The server gives what it refuses to a disabled account: asks whether it is enabled again.
    pub fn enabled_again(&mut self) -> Done<()> {
        if db::number(self.db, DISABLED)? > 0 { self.check_own_manifest() } else { Ok(()) }
    }

    /// `account.keep`
    pub fn account_keep(&mut self, command: u64) -> Done<()> {
        self.me()?;
        if !self.online() {
            return Err(Fail::User(casemate_api::Error::new(
                casemate_api::Kind::Offline,
                "The server cannot be reached. Try again when you are online.",
            )));
        }
        self.send_device_request(DeviceBody::KeepAccount(KeepAccount {}), Awaiting::AccountKept(command))
    }

    pub fn account_kept(&mut self, command: u64, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(_) => {
                self.deletion_seen(0)?;
                self.reply_nothing(command);
            }
            Err(error) => self.reply_error(command, refusal(&error)),
        }
        Ok(())
    }

    /// Somebody said that their account ends, or shows that it goes on: a device that was taken away says so too, until its
    /// owner comes back.
    pub fn set_gone(&mut self, account: AccountId, gone: bool) -> Done<()> {
        let changed = self
            .db
            .prepare_cached("UPDATE people SET gone = ?2 WHERE account = ?1 AND gone != ?2")?
            .execute(params![&account.0[..], gone])?;
        if changed == 0 {
            return Ok(());
        }
        let thread = self.pair_thread(account)?;
        if gone && let Some(thread) = thread {
            let why = gone_line(&self.name_of(account)?);
            self.give_up_unsent(thread, &why)?;
            self.notice(thread, &why)?;
        }
        self.box_changed();
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        match thread {
            Some(thread) => self.conversation_changed(thread),
            None => Ok(()),
        }
    }

    /// `account.delete`
    pub fn account_delete(&mut self, command: u64, wanted: &AccountDelete) -> Done<()> {
        let me = self.me()?;
        let name = me.address.split('@').next().unwrap_or_default();
        let same = Handle::typed(&wanted.name).is_ok_and(|typed| typed.as_str() == name)
            || Address::typed(&wanted.name).is_ok_and(|typed| typed.to_string() == me.address);
        if !same {
            return Err(invalid("This is not the account's name. Nothing was deleted."));
        }
        // A device that was put out has nothing to delete but its own data.
        if self.is_replaced()? {
            self.reply_nothing(command);
            self.erase();
            return Ok(());
        }
        if !db::ACCOUNT_SECRET.is_there(self.db)? {
            return Err(not_allowed("Only your primary device can delete the account."));
        }
        if !self.online() {
            return Err(Fail::User(casemate_api::Error::new(
                casemate_api::Kind::Offline,
                "The server cannot be reached, and it has to forget the account too. Nothing was deleted; try again later.",
            )));
        }
        let (own, all) = (
            me.identity.device,
            me.identity.verified_manifest().map_err(|_| Fail::Server("an own document"))?,
        );
        self.calls_given_up()?;
        // A device that stays in a conversation could go on in the name of an account that is no more.
        for device in all.devices.iter().filter(|device| device.id != own) {
            self.drop_device(device.id)?;
        }
        db::set_number(self.db, "goodbye_due", 1)?;
        self.delete_within(2 * GOODBYE_MS)?;
        self.reply_nothing(command);
        Ok(())
    }

    fn delete_within(&mut self, ms: i64) -> Done<()> {
        db::set_number(self.db, "deleting_until_ms", self.now_ms + ms)?;
        self.core.session.wake.insert((self.now_ms + GOODBYE_MS, None));
        self.core.session.wake.insert((self.now_ms + ms, None));
        self.core.session.chores = true;
        Ok(())
    }

    fn say_goodbye(&mut self) -> Done<()> {
        // One may have been taken while other devices were put out.
        self.calls_given_up()?;
        // Whoever is blocked is told nothing.
        let mut statement = self.db.prepare_cached(
            "SELECT id, active_log FROM threads LEFT JOIN people ON people.account = threads.pair
             WHERE kind != ?1 AND threads.standing = 0 AND active_log IS NOT NULL AND coalesce(blocked, 0) = 0",
        )?;
        let threads = statement
            .query_map([ConversationKind::Own as i32], |row| Ok((row.get(0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<(i64, LogId)>, _>>()?;
        for (thread, log) in threads {
            let Ok(leave) = self.signed_leave(log) else { continue };
            self.queue_content(thread, None, content::content::Kind::Leave(leave))?;
            self.set_thread_standing(thread, Standing::Left)?;
        }
        Ok(())
    }

    /// Once the other devices are out, goodbye is said; once that has left, or took too long, the server is told.
    pub fn work_delete(&mut self) -> Done<()> {
        let until = db::number(self.db, "deleting_until_ms")?;
        if until == 0 || self.core.session.deleting {
            return Ok(());
        }
        let goodbye = db::number(self.db, "goodbye_due")? > 0;
        let waits_until = if goodbye { until - GOODBYE_MS } else { until };
        if self.now_ms < waits_until && !self.is_settled()? {
            return Ok(());
        }
        if goodbye {
            db::set_number(self.db, "goodbye_due", 0)?;
            self.say_goodbye()?;
            return self.delete_within(GOODBYE_MS);
        }
        if !self.begin(Job::Delete) {
            return Ok(());
        }
        self.core.session.deleting = true;
        let key = db::ACCOUNT_SECRET.read(self.db)?.ok_or(Fail::Server("an own key"))?;
        let hello = self.core.session.hello.clone().ok_or(Fail::Server("no greeting"))?;
        let account = self.me()?.account();
        let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, &account.0];
        let signature = sign_labelled(&SigningKey::from_bytes(&key), DELETE_ACCOUNT_LABEL, &parts);
        self.send(
            Request::DeleteAccount(DeleteAccount { account: account.into(), signature: signature.into() }),
            Awaiting::AccountDeleted,
        );
        Ok(())
    }

    pub fn account_deleted(&mut self, result: Result<Body, WireError>) -> Done<()> {
        self.core.session.deleting = false;
        match result {
            // Not found: it was deleted, and the answer was lost on its way.
            Ok(_) => self.erase(),
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 => self.erase(),
            Err(error) => self.back_off(Job::Delete, &error, 0),
        }
        Ok(())
    }

    pub fn erase(&mut self) {
        self.event(Event::AccountDeleted {});
        self.out.push(Output::Erase);
    }
}

/// What stands in a chat with somebody whose account ended.
pub fn gone_line(who: &str) -> String {
    format!("{who} deleted this account. What is written here arrives nowhere any more.")
}
