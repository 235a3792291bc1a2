//! Devices that their account dropped, and accounts whose last device was: what this device knows of it decides what it commits and
//! when it writes. What a group keeps of it decides for all its members (docs/protocol.md, "Levels").

use std::collections::BTreeSet;

use casemate_crypto::conversation::{Awaited, Level, inspect_key_package};
use casemate_crypto::{AppliedCommit, CommitAad, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use casemate_wire::manifest::VerifiedManifest;

use crate::core::{Ctx, Done};
use crate::intent::{Intended, Intent};
use crate::log::{LogRow, State};

/// A newer document of somebody is looked for so often before a device is added.
const LOOK_MS: i64 = 60_000;

impl Ctx<'_> {
    /// Whether the newest document known here no longer names a device.
    pub fn is_dropped(&self, account: AccountId, device: DeviceId) -> Done<bool> {
        Ok(self.known_manifest(account)?.is_some_and(|known| known.device(device).is_none()))
    }

    /// Somebody brought a device in that its account dropped, on the word of an older document: it goes before anything is written.
    /// `older`: accounts of which another document is known than one of these leaves carries.
    pub fn put_out_dropped(
        &mut self,
        row: &LogRow,
        leaves: &[LeafInfo],
        older: &BTreeSet<AccountId>,
    ) -> Done<()> {
        for leaf in leaves.iter().filter(|leaf| older.contains(&leaf.account)) {
            let dropped = |known: &VerifiedManifest| {
                known.device(leaf.device).is_none()
                    && leaf.manifest().is_ok_and(|older| known.succeeds(&older).is_ok())
            };
            if let Some(known) = self.known_manifest(leaf.account)?.filter(dropped) {
                let due = self.turn(row, &[])?;
                let intent = Intent::RemoveDropped(leaf.account, leaf.device, known.to_bytes());
                self.intend_at(row.log, intent, true, due)?;
            }
        }
        Ok(())
    }

    /// Accounts of a group whose last device was dropped: they are members still.
    pub fn awaited(&mut self, row: &LogRow) -> Done<Vec<AccountId>> {
        if row.state != State::Live {
            return Ok(Vec::new());
        }
        self.with_group(row.log, |group, _, _| Ok(group.awaited()))
    }

    /// A commit dropped the last device of accounts, or an admin expects them no more.
    pub fn notice_awaited(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<()> {
        let Some(Awaited { before, now }) = &applied.awaited else { return Ok(()) };
        let new = now.iter().filter(|account| !before.contains(account)).copied().collect();
        self.tell_missing(row.thread, row.log, &new)?;
        let by = self.name_of(applied.by.account)?;
        for account in before.iter().filter(|account| !now.contains(account)) {
            if self.leaves_of(row.log, *account)?.is_empty() {
                self.account_parted(row.log, *account, false)?;
                self.brings_no_more(row.log, *account)?;
                let who = self.name_of(*account)?;
                self.notice(row.thread, &format!("{by} removed {who}."))?;
            }
        }
        Ok(())
    }

    /// The same after a commit of what is due.
    pub fn awaited_after(&mut self, log: LogId, due: &[Intended], aad: &CommitAad) -> Done<Vec<AccountId>> {
        let (level, mut awaited) =
            self.with_group(log, |group, _, _| Ok((group.level(), group.awaited())))?;
        if level == Level::Two {
            awaited.extend(due.iter().filter_map(|intended| match intended.intent {
                Intent::RemoveDropped(account, ..) => Some(account),
                _ => None,
            }));
        }
        let left: BTreeSet<AccountId> = aad.leaves.iter().map(|statement| statement.account).collect();
        awaited.retain(|account| !left.contains(account) && !aad.dismissed.contains(account));
        Ok(awaited)
    }

    /// Documents that members have to see before they take a device: the account dropped another one by them, or before them.
    pub fn documents_for(
        &mut self,
        log: LogId,
        members: &[LeafInfo],
        packages: &[(AccountId, DeviceId, Vec<u8>)],
    ) -> Done<Vec<Vec<u8>>> {
        let accounts: BTreeSet<AccountId> = packages.iter().map(|(account, ..)| *account).collect();
        let accounts: Vec<AccountId> = self.with_group(log, |group, _, _| {
            Ok(accounts.into_iter().filter(|account| group.has_floor(*account)).collect())
        })?;
        let mut documents = Vec::new();
        for account in accounts {
            let Some(known) = self.known_manifest(account)?.map(|known| known.to_bytes()) else { continue };
            let in_leaf = members.iter().any(|leaf| leaf.signed_manifest() == known);
            let brought = packages.iter().any(|(of, _, package)| {
                *of == account
                    && inspect_key_package(package).is_ok_and(|(_, leaf)| leaf.signed_manifest() == known)
            });
            if !in_leaf && !brought {
                documents.push(known);
            }
        }
        Ok(documents)
    }

    /// Whether a group has dropped a device of an account by a newer document than the one known here.
    pub fn is_below_floor(&mut self, log: LogId, account: AccountId) -> Done<bool> {
        let known = self.known_manifest(account)?;
        self.with_group(log, |group, _, _| {
            Ok(group.has_floor(account) && known.is_none_or(|known| group.is_below_floor(&known)))
        })
    }

    /// Asks for the newer document by which others dropped a device, and tries once more when it may be here. The wish is dropped
    /// where the server has none.
    pub fn look_for_newer(&mut self, log: LogId, id: i64, account: AccountId, device: DeviceId) -> Done<()> {
        let looked = !self.core.session.looked_newer.insert((account, device));
        let token = self.reach(account)?.into_iter().find(|(other, _)| *other == device);
        match token.filter(|_| !looked) {
            Some((_, token)) => {
                self.fetch_device_keys(account, &token);
                self.db
                    .prepare_cached("UPDATE intents SET due_ms = ?2 WHERE id = ?1")?
                    .execute(rusqlite::params![id, self.now_ms + LOOK_MS])?;
                Ok(())
            }
            None => {
                self.core.session.looked_newer.remove(&(account, device));
                self.drop_intent(id)?;
                if let Some(row) = self.log_row(log)?
                    && account != self.me()?.account()
                {
                    let who = self.name_of(account)?;
                    let text = format!(
                        "{who} could not be added: the server handed out keys that are not theirs. Do not rely on this server; talk to whoever runs it."
                    );
                    self.notice(row.thread, &text)?;
                }
                Ok(())
            }
        }
    }
}
