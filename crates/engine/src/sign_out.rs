//! Signing a linked device out where it is (`device.sign_out`).
//!
//! ```text
//! device   sends what waits ─▶ "signed out" in the conversation of own devices ─▶ everything here is erased
//! primary  removes it, as by `device.remove`: manifest, inbox, every conversation
//! ```
//! Each step waits some seconds for the network; then, and without a connection, everything is erased all the same, and it is said
//! that the primary was not told. What this device alone has would go with it: its person is told how much that is, and has to say
//! that it may be lost. What stands in a row goes on after a kill. A device says this of itself alone, and the primary
//! alone acts on it.

use casemate_api::Event;
use casemate_api::command::DeviceSignOut;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::DeviceId;
use rusqlite::Connection;

use crate::core::{Ctx, Done, not_allowed};
use crate::db;
use crate::io::Output;
use crate::message::State;

/// What waits is sent, then the primary is told: so long each. Longer tells it over a worse network, and keeps somebody who wants
/// to leave this machine before its screen.
const STEP_MS: i64 = 5_000;

/// When it is over in any case; 0: nobody signs out.
const UNTIL: &str = "sign_out_until_ms";

/// How far telling the primary is.
const TOLD: &str = "sign_out_told";
const ON_ITS_WAY: i64 = 1;
const IN_THE_LOG: i64 = 2;

/// How it ended, while what is here is being erased: 1, or 2 where the primary was told.
const OVER: &str = "signed_out";

struct OnlyHere {
    unsent: i64,
    scheduled: i64,
    brought: i64,
}

impl OnlyHere {
    fn any(&self) -> bool {
        self.unsent + self.scheduled + self.brought > 0
    }
}

impl Ctx<'_> {
    /// `device.sign_out`
    pub fn device_sign_out(&mut self, command: u64, wanted: &DeviceSignOut) -> Done<()> {
        self.me()?;
        if db::ACCOUNT_SECRET.is_there(self.db)? {
            return Err(not_allowed(
                "This is your account's primary device. Only the account as a whole can be deleted from it, with account.delete.",
            ));
        }
        if self.is_signing_out()? {
            self.reply_nothing(command);
            return Ok(());
        }
        let alone = self.only_here()?;
        if !wanted.lose && alone.any() {
            let OnlyHere { unsent, scheduled, brought } = alone;
            return Err(not_allowed(format!(
                "This device alone has messages: {unsent} that were not sent, {scheduled} that wait for their time, {brought} \
                 that were brought along. Signing out erases them. Nothing was changed."
            )));
        }
        self.reply_nothing(command);
        // The last attempt to connect failed: nobody waits for another one.
        if !self.online() && self.core.session.failed_connects > 0 {
            return self.signed_out(false);
        }
        db::set_number(self.db, TOLD, 0)?;
        db::set_number(self.db, UNTIL, self.now_ms + 2 * STEP_MS)?;
        Ok(())
    }

    /// Messages that no other device has.
    fn only_here(&self) -> Done<OnlyHere> {
        let count = |which: &str| -> Done<i64> {
            let sql = format!("SELECT count(*) FROM {which}");
            Ok(self.db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
        };
        let unsent = format!("messages WHERE state IN ({}, {})", State::Queued as i64, State::Failed as i64);
        Ok(OnlyHere {
            unsent: count(&unsent)?,
            scheduled: count("scheduled")?,
            brought: count("messages WHERE imported = 1 AND shared_by IS NULL")?,
        })
    }

    /// Goes on with it, also where there is no connection.
    pub fn work_sign_out(&mut self) -> Done<()> {
        let until = db::number(self.db, UNTIL)?;
        if until == 0 {
            return Ok(());
        }
        let told = db::number(self.db, TOLD)?;
        // Over too where the clock was set back meanwhile.
        let over = self.now_ms >= until || until > self.now_ms + 2 * STEP_MS;
        if told == IN_THE_LOG || over {
            return self.signed_out(told == IN_THE_LOG);
        }
        if told == 0 && self.online() && (self.now_ms >= until - STEP_MS || self.is_settled()?) {
            db::set_number(self.db, TOLD, ON_ITS_WAY)?;
            db::set_number(self.db, UNTIL, self.now_ms + STEP_MS)?;
            self.tell_siblings(OwnKind::SignOut(content::OwnSignOut {}))?;
        }
        Ok(())
    }

    /// When it is looked at next.
    pub fn next_sign_out(&self) -> Done<Option<i64>> {
        let until = db::number(self.db, UNTIL)?;
        let first = until - STEP_MS;
        Ok((until > 0).then_some(if first > self.now_ms { first } else { until }))
    }

    /// Its person signs out here.
    pub fn is_signing_out(&self) -> Done<bool> {
        Ok(db::number(self.db, UNTIL)? > 0)
    }

    /// This device's own word is in the log: the primary hears of it when it is online.
    pub fn sign_out_entered(&mut self) -> Done<()> {
        Ok(db::set_number(self.db, TOLD, IN_THE_LOG)?)
    }

    /// Nothing more is sent, and everything of the account goes.
    pub fn signed_out(&mut self, told: bool) -> Done<()> {
        db::forget_setting(self.db, UNTIL)?;
        db::set_number(self.db, OVER, if told { 2 } else { 1 })?;
        db::set_number(self.db, "wipe_ms", self.now_ms)?;
        self.replaced_silently()?;
        self.event(Event::DeviceSignedOut { told });
        self.out.push(Output::Erase);
        Ok(())
    }

    /// On the primary: a linked device was signed out by whoever holds it.
    pub fn sign_out_received(&mut self, from: DeviceId) -> Done<()> {
        if !db::ACCOUNT_SECRET.is_there(self.db)? {
            return Ok(());
        }
        let own = self.me()?.identity.verified_manifest();
        let linked = own.is_ok_and(|own| own.device(from).is_some_and(|device| !device.primary));
        if linked { self.drop_device(from) } else { Ok(()) }
    }
}

/// Why everything here goes, after a start in the middle of it.
pub fn why_erased(db: &Connection) -> Event {
    match db::number(db, OVER).unwrap_or(0) {
        0 => Event::DeviceWiped {},
        over => Event::DeviceSignedOut { told: over == 2 },
    }
}
