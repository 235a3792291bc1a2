//! Removing a device from the account (`device.remove`), and being removed.
//!
//! ```text
//! primary  manifest without it ─▶ server: inbox, tokens, key packages, sessions gone at once
//!          removal committed in every conversation, all at the same time ─▶ its readers dropped with it
//!          what it could reach, said plainly; what could not be done within seconds is said too
//! device   asks what became of it ─▶ the account key's word that it is out ─▶ everything here is erased
//! ```
//! Only that word makes a device erase itself: a server that lies about it erases nothing. A device that is out because the
//! account was restored elsewhere erases nothing either (`restore`): what is on it may be all that is left.

use casemate_api::command::OneDevice;
use casemate_api::{Event, view};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;

use crate::core::{Ctx, Done, id_column, invalid, not_found, rfc3339};
use crate::db;
use crate::intent::Intent;
use crate::io::Output;
use crate::log::LogRow;

/// The report waits so long for the network; then it says what is still open.
const REPORT_MS: i64 = 4_000;

/// Logs that a removed device may read on in: those that this device follows, and those that it lost its place in. What goes on in
/// the latter it cannot see, so they stay open in the report, and their members are told by inbox.
const MAY_BE_READ: &str = "(logs.state IN (0, 1) OR logs.state = 3 AND threads.active_log = logs.log AND threads.standing IN (0, 2))";

/// A removal whose report is awaited.
pub struct Removal {
    command: u64,
    device: DeviceId,
    until_ms: i64,
    report: view::DeviceReach,
    /// Its logs when it was removed, in the report's order, with those who were in them.
    logs: Vec<(LogId, Vec<AccountId>)>,
    /// Those that may still be open to it.
    left: Vec<LogId>,
}

impl Ctx<'_> {
    // ---- On the primary ----

    /// `device.remove`
    pub fn device_remove(&mut self, command: u64, wanted: &OneDevice) -> Done<()> {
        let unknown = || not_found("This account has no such device.");
        let device = DeviceId::from_hex(&wanted.device).ok_or_else(unknown)?;
        self.primary_only()?;
        let own = self.me()?.identity.verified_manifest().map_err(|_| unknown())?;
        own.device(device).ok_or_else(unknown)?;
        let mut removal = self.reach_of(command, device, &own)?;
        self.drop_device(device)?;
        if self.online() {
            self.core.session.wake.insert((removal.until_ms, None));
            self.core.session.removals.push(removal);
        } else {
            self.note_progress(&mut removal)?;
            self.reply(command, view::DeviceRemoved { reached: removal.report });
        }
        Ok(())
    }

    /// The manifest says so at once, and every group that it is in removes it.
    pub fn drop_device(&mut self, device: DeviceId) -> Done<()> {
        if device == self.me()?.identity.device {
            return Err(invalid("The primary device cannot remove itself."));
        }
        let manifest = self.change_manifest(
            |document| document.devices.retain(|named| named.device[..] != device.0),
            Vec::new(),
        )?;
        self.forget_device(device)?;
        for row in self.lost_places(device)? {
            self.ask_to_be_added(&row)?;
        }
        // Whoever removes it does so itself, everywhere and at once, whoever's turn it would be.
        for (row, gone) in self.dead_leaves(&manifest)? {
            if gone == device {
                let intent = Intent::RemoveDropped(manifest.account, device, manifest.to_bytes());
                self.intend(row.log, intent, true)?;
            }
        }
        self.event(Event::DeviceChanged { device: device.to_hex() });
        Ok(())
    }

    /// An own device is no more: nothing is added, sent or kept for it.
    pub fn forget_device(&mut self, device: DeviceId) -> Done<()> {
        let account = self.me()?.account();
        for table in ["reach", "posts"] {
            self.db.execute(
                &format!("DELETE FROM {table} WHERE account = ?1 AND device = ?2"),
                params![&account.0[..], &device.0[..]],
            )?;
        }
        self.db
            .prepare_cached("DELETE FROM intents WHERE account = ?1 AND device = ?2 AND kind IN (0, 4)")?
            .execute(params![&account.0[..], &device.0[..]])?;
        self.forget_link(device)
    }

    /// What a device can reach now.
    fn reach_of(&self, command: u64, device: DeviceId, own: &VerifiedManifest) -> Done<Removal> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT logs.log, logs.thread, leaves.added_ms FROM leaves JOIN logs USING (log) JOIN threads ON threads.id = logs.thread
             WHERE leaves.account = ?1 AND leaves.device = ?2 AND {MAY_BE_READ} ORDER BY logs.thread, logs.log"
        ))?;
        let rows = statement
            .query_map(params![&own.account.0[..], &device.0[..]], |row| {
                Ok((id_column(row, 0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<Vec<(LogId, i64, i64)>, _>>()?;
        let added_ms = own.device(device).map_or(0, |device| device.added_ms);
        let (mut conversations, mut logs) = (Vec::new(), Vec::new());
        for (log, thread, since_ms) in rows {
            let Some(thread) = self.thread_by_id(thread)? else { continue };
            conversations.push(view::ReachedConversation {
                name: match thread.pair {
                    Some(other) => self.name_of(other)?,
                    None => thread.name.clone(),
                },
                conversation: thread.key,
                since: rfc3339(since_ms.max(added_ms)),
                open: true,
            });
            logs.push((log, self.others_in(log)?));
        }
        let (seen_ms, history) = self.last_known(device)?;
        let report = view::DeviceReach {
            device: device.to_hex(),
            name: self.device_name(device)?,
            added: rfc3339(added_ms),
            last_seen: (seen_ms > 0).then(|| rfc3339(seen_ms)),
            history,
            conversations,
            ..view::DeviceReach::default()
        };
        let left = logs.iter().map(|(log, _)| *log).collect();
        Ok(Removal { command, device, until_ms: self.now_ms + REPORT_MS, report, logs, left })
    }

    /// Logs that this device lost its place in, and that the removed one was in then.
    fn lost_places(&self, device: DeviceId) -> Done<Vec<LogRow>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT logs.log FROM leaves JOIN logs USING (log) JOIN threads ON threads.id = logs.thread
             WHERE leaves.account = ?1 AND leaves.device = ?2 AND logs.state = 3 AND {MAY_BE_READ}"
        ))?;
        let account = self.me()?.account();
        let logs = statement
            .query_map(params![&account.0[..], &device.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        Ok(logs
            .into_iter()
            .map(|log| self.log_row(log))
            .collect::<Done<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn others_in(&self, log: LogId) -> Done<Vec<AccountId>> {
        let me = self.me()?.account();
        let mut statement =
            self.db.prepare_cached("SELECT DISTINCT account FROM leaves WHERE log = ?1 AND account != ?2")?;
        let accounts = statement
            .query_map(params![&log.0[..], &me.0[..]], |row| id_column(row, 0))?
            .collect::<Result<_, _>>()?;
        Ok(accounts)
    }

    /// Answers the removals that are done, or took long enough.
    pub fn work_removals(&mut self) -> Done<()> {
        for mut removal in std::mem::take(&mut self.core.session.removals) {
            if self.is_done(&mut removal)? || self.now_ms >= removal.until_ms {
                self.note_progress(&mut removal)?;
                self.reply(removal.command, view::DeviceRemoved { reached: removal.report });
            } else {
                self.core.session.removals.push(removal);
            }
        }
        Ok(())
    }

    /// No connection any more: what was done so far is said, the rest is done when it is back.
    pub fn report_removals(&mut self, removals: Vec<Removal>) -> Done<()> {
        for mut removal in removals {
            self.note_progress(&mut removal)?;
            self.reply(removal.command, view::DeviceRemoved { reached: removal.report });
        }
        Ok(())
    }

    /// Asked after every input meanwhile, so no log is looked at again once it is closed; the report itself is made once.
    fn is_done(&self, removal: &mut Removal) -> Done<bool> {
        while let Some(log) = removal.left.last() {
            if self.is_in(*log, removal.device)? {
                return Ok(false);
            }
            removal.left.pop();
        }
        self.is_published()
    }

    /// Whether the device was in a log when this one last read it.
    fn is_in(&self, log: LogId, device: DeviceId) -> Done<bool> {
        Ok(self
            .db
            .prepare_cached(&format!(
                "SELECT 1 FROM leaves JOIN logs USING (log) JOIN threads ON threads.id = logs.thread
                 WHERE leaves.log = ?1 AND leaves.account = ?2 AND leaves.device = ?3 AND {MAY_BE_READ}"
            ))?
            .exists(params![&log.0[..], &self.me()?.account().0[..], &device.0[..]])?)
    }

    fn is_published(&self) -> Done<bool> {
        let waits = self
            .db
            .prepare_cached("SELECT 1 FROM settings WHERE key >= 'publish/' AND key < 'publish0'")?
            .exists([])?;
        Ok(!waits)
    }

    fn note_progress(&self, removal: &mut Removal) -> Done<()> {
        let mut told: Vec<String> = Vec::new();
        for (shown, (log, others)) in removal.report.conversations.iter_mut().zip(&removal.logs) {
            shown.open = self.is_in(*log, removal.device)?;
            if !shown.open {
                told.extend(others.iter().map(|other| self.address_of(*other)).collect::<Done<Vec<_>>>()?);
            }
        }
        told.sort();
        told.dedup();
        removal.report.told = told;
        removal.report.open = removal.report.conversations.iter().filter(|one| one.open).count() as u64;
        removal.report.published = self.is_published()?;
        Ok(())
    }

    // ---- On the device that is out ----

    /// A newer manifest, signed by the account key, does not name this device.
    pub fn put_out(&mut self, known: &VerifiedManifest, manifest: &VerifiedManifest) -> Done<()> {
        // The primary has heard of it, and was quicker.
        if self.is_signing_out()? {
            return self.signed_out(true);
        }
        let own = self.me()?.identity.device;
        let primary = known.device(own).is_some_and(|device| device.primary);
        // Restored elsewhere: what is here may be all that is left of the past.
        if primary || manifest.account_key != known.account_key {
            return self.replaced();
        }
        if !self.is_replaced()? {
            db::set_number(self.db, "wipe_ms", self.now_ms)?;
            self.replaced_silently()?;
            self.event(Event::DeviceWiped {});
            self.out.push(Output::Erase);
        }
        Ok(())
    }
}
