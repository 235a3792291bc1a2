//! Commits: how a group's membership and state become what somebody intends.
//!
//! Intents are rows; they survive lost races and crashes and go away when the group is as they want it. Whoever
//! commits first wins; the others look at what is left of their intents and try again.
//!
//! ```text
//! intents ─▶ key packages ─▶ pending commit (row, one transaction) ─▶ Append
//!    ▲                                                                  │ own entry comes back by its bytes
//!    └────────────── another commit won: pending is dropped ◀───────────┴─▶ merged, Welcomes leave
//! ```

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto as content;
use casemate_content::proto::ConversationState;
use casemate_crypto::conversation::{During, LeaveStatement, Level, inspect_key_package};
use casemate_crypto::{Change, CommitAad, CryptoError, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId, ReaderSecret};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, Commit, Error as WireError, ErrorCode, TakeKeyPackage};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::groups::OPEN_GROUPS;
use crate::intent::{Intended, Intent};
use crate::log::{LogRow, State};

/// Devices added in one commit: keeps commits well under the entry limit with X-Wing.
const ADDS: usize = 128;

/// A sibling that was linked just now says when it is ready; where that is not heard, it is tried again after so long.
const UNREADY_MS: i64 = 20_000;

/// Commits made in one input: what one makes takes milliseconds, and leaves when all of it is made. Fewer also cost a
/// transaction more often.
const AT_ONCE: usize = 8;

/// Commits sent and not merged yet. Fewer than are kept open, so that none has to be read from the database again to be
/// merged; more is quicker where the network is slow.
const UNDER_WAY: usize = OPEN_GROUPS * 3 / 4;

/// As many are under way, and none comes back.
const HELD_UP_MS: i64 = 2_000;

/// Of the outbox.
const NOTHING: i64 = 0;
const ALL: i64 = i64::MAX;

fn commits_under_way(busy: &BTreeSet<Job>) -> usize {
    busy.iter().filter(|job| matches!(job, Job::Commit(_))).count()
}

impl Ctx<'_> {
    /// Commits what is intended. What may leave besides, up to which row of the outbox: all where nothing urgent stands before messages,
    /// and nothing where something does. Words that an addition came after leave before it, and words after any change wait.
    pub fn work_commit(&mut self, row: &LogRow) -> Done<i64> {
        if self.resend_commit(row)? {
            // One that is never answered is refused too.
            self.keys_refused(row)?;
            return Ok(NOTHING);
        }
        let removal_waits = self.hurry_removals(row)?;
        self.hurry_refresh(row)?;
        let due = self.due_intents(row.log)?;
        let is_ordered = due.iter().any(|intended| intended.behind > 0);
        let first = if is_ordered { self.first_to_leave(row)? } else { ALL };
        // What waits for words is not weighed against what does not: a timer that is set, and taken away after a message, is its timer.
        let (now, later): (Vec<_>, Vec<_>) = due.into_iter().partition(|intended| intended.behind < first);
        let behind = later.iter().map(|intended| intended.behind).min();
        let due = self.prune(row, now)?;
        if due.is_empty() {
            self.end(&Job::CommitKeys(row.log));
            self.wake_for_intents(row.log)?;
            return Ok(if removal_waits { NOTHING } else { behind.unwrap_or(ALL) });
        }
        let urgent = due.iter().any(|intended| intended.urgent);
        let besides = if urgent { NOTHING } else { behind.unwrap_or(ALL) };
        if self.is_paused(&Job::Commit(row.log)) {
            return Ok(besides);
        }
        if let Some(packages) = self.gather_key_packages(row.log, &due)? {
            if !self.may_commit_now(row.log) {
                return Ok(besides);
            }
            self.make_commit(row, &due, packages, urgent)?;
            return Ok(NOTHING);
        }
        Ok(besides)
    }

    /// Whether it is this log's turn, where many have something to commit.
    fn may_commit_now(&mut self, log: LogId) -> bool {
        let session = &mut self.core.session;
        // One in any case: commits whose entries do not come hold up no others.
        let now = session.commits_made == 0
            || session.commits_made < AT_ONCE && commits_under_way(&session.busy) < UNDER_WAY;
        if now {
            session.commits_made += 1;
            session.commits_wait.remove(&log);
        } else {
            session.commits_wait.insert(log);
        }
        now
    }

    /// The next of those that wait: at once where there is room, else after a while, if none of the others came back.
    pub fn let_commits_go_on(&mut self) {
        let session = &mut self.core.session;
        let Some(first) = session.commits_wait.first().copied() else { return };
        let room = UNDER_WAY.saturating_sub(commits_under_way(&session.busy)).min(AT_ONCE);
        if room == 0 && session.commits_held_until_ms <= self.now_ms {
            session.commits_held_until_ms = self.now_ms.saturating_add(HELD_UP_MS);
            session.wake.insert((session.commits_held_until_ms, Some(first)));
        }
        for _ in 0..room {
            let Some(log) = session.commits_wait.pop_first() else { break };
            session.wake.insert((self.now_ms, Some(log)));
        }
    }

    /// Key packages of all devices to be added; `None` while some are being fetched.
    fn gather_key_packages(
        &mut self,
        log: LogId,
        due: &[Intended],
    ) -> Done<Option<Vec<(AccountId, DeviceId, Vec<u8>)>>> {
        let mut packages = Vec::new();
        let mut waiting = false;
        let adds = due.iter().filter_map(|intended| match intended.intent {
            Intent::AddDevice(account, device) => Some((intended.id, account, device, None)),
            Intent::AddAgain(account, device, ref ask) => Some((intended.id, account, device, Some(ask))),
            _ => None,
        });
        for (id, account, device, ask) in adds.take(ADDS) {
            if self.is_dropped(account, device)? {
                self.drop_intent(id)?;
                continue;
            }
            if self.is_below_floor(log, account)? {
                self.look_for_newer(log, id, account, device)?;
                continue;
            }
            if let Some(ask) = ask {
                match self.request_for(log, account, device, ask)? {
                    None => {
                        self.drop_intent(id)?;
                        // Let in by a group's link, without a word of the device's.
                        if ask.is_empty()
                            && let Some(row) = self.log_row(log)?
                        {
                            let who = self.name_of(account)?;
                            let line = format!("{who} was not added: you may not do that here any more.");
                            self.notice(row.thread, &line)?;
                        }
                        continue;
                    }
                    Some((_, Some(package))) => {
                        packages.push((account, device, package));
                        continue;
                    }
                    Some((_, None)) => {}
                }
            }
            if let Some(package) = self.core.session.key_packages.get(&(log, account, device)) {
                packages.push((account, device, package.clone()));
                continue;
            }
            if self.core.session.fetching.contains(&(log, account, device)) {
                waiting = true;
                continue;
            }
            let token = self.reach(account)?.into_iter().find(|(other, _)| *other == device);
            let Some((_, token)) = token else {
                self.drop_intent(id)?;
                continue;
            };
            if self.device_key(account, device)?.is_none() {
                self.fetch_device_keys(account, &token);
                waiting = true;
                continue;
            }
            waiting = true;
            self.core.session.fetching.insert((log, account, device));
            let suite = self.log_row(log)?.map_or(0, |row| u32::from(row.suite.code()));
            let take = TakeKeyPackage { inbox_token: token.to_field(), suite };
            self.send(Request::TakeKeyPackage(take), Awaiting::KeyPackage { log, account, device });
        }
        if waiting {
            self.core.session.busy.insert(Job::CommitKeys(log));
        } else {
            self.end(&Job::CommitKeys(log));
        }
        Ok((!waiting).then_some(packages))
    }

    pub fn key_package_fetched(
        &mut self,
        log: LogId,
        account: AccountId,
        device: DeviceId,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        self.core.session.fetching.remove(&(log, account, device));
        self.end(&Job::CommitKeys(log));
        self.core.session.dirty.insert(log);
        let package = match result {
            Ok(Body::KeyPackage(answer)) => self.taken_package(account, device, &answer)?,
            Ok(_) => return Err(Fail::Server("no key package")),
            Err(error) if is_passing(&error) => {
                return self.add_later(log, account, device, retry_after(&error));
            }
            // A sibling that was linked just now has not put its key packages there yet.
            Err(_) if self.is_live_sibling(account, device)? => {
                return self.add_later(log, account, device, UNREADY_MS);
            }
            Err(error) => {
                tracing::info!("a device cannot be added: {}", error.message);
                return self.give_up_adding(log, account, device);
            }
        };
        // The server may hand out anything: the package must be this device's, of the account that is to be added, and
        // its key the one in the newest manifest known.
        let wanted = self
            .db
            .prepare_cached(
                "SELECT 1 FROM intents WHERE log = ?1 AND account = ?2 AND device = ?3 AND kind IN (0, 4)",
            )?
            .exists(params![&log.0[..], &account.0[..], &device.0[..]])?;
        if !wanted {
            return Ok(());
        }
        if self.is_too_old(log, account, device, &package)? {
            return Ok(());
        }
        let known = self.known_manifest(account)?;
        let named = known.as_ref().and_then(|manifest| manifest.device(device));
        let good = inspect_key_package(&package).is_ok_and(|(_, leaf)| {
            leaf.device == device
                && leaf.account == account
                && leaf.manifest().is_ok_and(|manifest| {
                    let key = manifest.device(device).map(|device| device.signature_key);
                    key.is_some() && key == named.map(|device| device.signature_key)
                })
        });
        if !good {
            tracing::warn!("the server handed out a key package that is not the device's");
            if let Some(row) = self.log_row(log)? {
                let text = match account == self.me()?.account() {
                    true => "A device of yours could not be added: the server handed out keys that are not its own. Do not rely on this server; talk to whoever runs it.".to_owned(),
                    false => format!(
                        "{} could not be added: the server handed out keys that are not theirs. Do not rely on this server; talk to whoever runs it.",
                        self.name_of(account)?
                    ),
                };
                self.notice(row.thread, &text)?;
            }
            return self.give_up_adding(log, account, device);
        }
        if self.is_expired(log, account, device, &package)? {
            return Ok(());
        }
        self.core.session.key_packages.insert((log, account, device), package);
        Ok(())
    }

    /// Whether a key package is one that a first version of the program made, where the group's rules demand a later one. Its
    /// device may have been updated since: then there are newer ones behind it.
    fn is_too_old(&mut self, log: LogId, account: AccountId, device: DeviceId, package: &[u8]) -> Done<bool> {
        let level = self.with_group(log, |group, _, _| Ok(group.level()))?;
        let knows = inspect_key_package(package).map_or(Level::Two, |(_, leaf)| leaf.level);
        if knows >= level {
            return Ok(false);
        }
        if self.taken_in_vain(log, account, device) {
            return Ok(true);
        }
        if let Some(row) = self.log_row(log)? {
            let text = match account == self.me()?.account() {
                true => "A device of yours could not be added: its program is too old for this conversation. Update it there first.".to_owned(),
                false => format!(
                    "{} could not be added: their program is too old for this conversation. They have to update it first.",
                    self.name_of(account)?
                ),
            };
            self.notice(row.thread, &text)?;
        }
        self.give_up_adding(log, account, device)?;
        Ok(true)
    }

    fn is_live_sibling(&self, account: AccountId, device: DeviceId) -> Done<bool> {
        let me = self.me()?;
        let own = me.identity.verified_manifest();
        Ok(account == me.account() && own.is_ok_and(|own| own.device(device).is_some()))
    }

    pub fn add_later(&mut self, log: LogId, account: AccountId, device: DeviceId, for_ms: i64) -> Done<()> {
        self.db
            .prepare_cached("UPDATE intents SET due_ms = ?4 WHERE log = ?1 AND account = ?2 AND device = ?3")?
            .execute(params![&log.0[..], &account.0[..], &device.0[..], self.now_ms + for_ms])?;
        Ok(())
    }

    fn give_up_adding(&mut self, log: LogId, account: AccountId, device: DeviceId) -> Done<()> {
        self.db
            .prepare_cached(
                "DELETE FROM intents WHERE log = ?1 AND account = ?2 AND device = ?3 AND kind IN (0, 4)",
            )?
            .execute(params![&log.0[..], &account.0[..], &device.0[..]])?;
        Ok(())
    }

    fn make_commit(
        &mut self,
        row: &LogRow,
        due: &[Intended],
        packages: Vec<(AccountId, DeviceId, Vec<u8>)>,
        urgent: bool,
    ) -> Done<()> {
        let members = self.with_group(row.log, |group, _, _| Ok(group.members()))?;
        let state = self.with_group(row.log, |group, _, _| Ok(group.state()))?;
        let leaving: BTreeSet<AccountId> = due
            .iter()
            .filter_map(|intended| match &intended.intent {
                Intent::RemoveLeaver(account, ..) => Some(*account),
                _ => None,
            })
            .collect();
        let places: BTreeMap<(AccountId, DeviceId), Hash32> = self.with_group(row.log, |group, _, _| {
            let theirs = members.iter().filter(|leaf| leaving.contains(&leaf.account));
            let hashes =
                theirs.filter_map(|leaf| Some(((leaf.account, leaf.device), group.leaf_hash(leaf.leaf)?)));
            Ok(hashes.collect())
        })?;
        let level = self.with_group(row.log, |group, _, _| Ok(group.level()))?;
        let mut change = Change::default();
        let mut aad = CommitAad { previous: row.last_commit, ..CommitAad::default() };
        let mut removed = BTreeSet::new();
        let mut next_state = state.clone();
        let me = self.me()?.account();
        let there: BTreeSet<AccountId> = members
            .iter()
            .map(|leaf| leaf.account)
            .chain(packages.iter().map(|(account, ..)| *account))
            .collect();
        let of_account = |account: AccountId| {
            members.iter().filter(move |leaf| leaf.account == account).map(|leaf| leaf.leaf)
        };
        let of_device = |account: AccountId, device: DeviceId| {
            let same = move |leaf: &&LeafInfo| leaf.account == account && leaf.device == device;
            members.iter().filter(same).map(|leaf| leaf.leaf)
        };
        let counts = |statement: &LeaveStatement| match statement.during {
            During::Epochs(_) => true,
            During::Leaf(hash) => places.get(&(statement.account, statement.device)) == Some(&hash),
        };
        for intended in due {
            match &intended.intent {
                Intent::RemoveAccount(account) => {
                    removed.extend(of_account(*account));
                    // Whoever drops their last device in time is expected back by nobody all the same.
                    if level == Level::Two && self.is_admin(&state, me) {
                        aad.dismissed.push(*account);
                    }
                }
                Intent::RemoveLeaver(account, _, statement) => {
                    let said = crate::members::statements_in(statement).into_iter();
                    let said: Vec<_> = said.filter(|statement| statement.level() == level).collect();
                    // Their device has another leaf by now: it says so once more.
                    if said.iter().all(|statement| !counts(statement)) {
                        self.drop_intent(intended.id)?;
                        continue;
                    }
                    removed.extend(of_account(*account));
                    aad.leaves.extend(said);
                }
                Intent::RemoveDropped(account, device, manifest) => {
                    removed.extend(of_device(*account, *device));
                    // Who is to go for good is not shown as one whose devices are others by now.
                    let goes = due.iter().any(|one| one.intent == Intent::RemoveAccount(*account));
                    if !goes && !aad.manifests.contains(manifest) {
                        aad.manifests.push(manifest.clone());
                    }
                }
                // Only where its key package is at hand: else it would be out.
                Intent::AddAgain(account, device, ask)
                    if packages.iter().any(|(owner, of, _)| (owner, of) == (account, device)) =>
                {
                    removed.extend(of_device(*account, *device));
                    let request = self.request_for(row.log, *account, *device, ask)?;
                    aad.requests.extend(request.and_then(|(request, _)| request));
                }
                Intent::AddAgain(..) => {}
                Intent::RemoveUnheard(account, device) => removed.extend(of_device(*account, *device)),
                Intent::ChangeState(patch) => next_state = patch.apply_among(&next_state, &there),
                Intent::AddDevice(..) | Intent::Refresh => {}
            }
        }
        let coming =
            |intended: &&Intended| matches!(intended.intent, Intent::AddDevice(..) | Intent::AddAgain(..));
        if let Some(behind) = due.iter().filter(coming).map(|intended| intended.behind).max() {
            self.keep_from_newcomers(row, behind)?;
        }
        for document in self.documents_for(row.log, &members, &packages)? {
            if !aad.manifests.contains(&document) {
                aad.manifests.push(document);
            }
        }
        // Who is added in the same commit stays: an admin whose device is replaced is one still.
        let staying = members.iter().filter(|leaf| !removed.contains(&leaf.leaf)).map(|leaf| leaf.account);
        let remaining: BTreeSet<AccountId> =
            staying.chain(packages.iter().map(|(account, ..)| *account)).collect();
        // Who lost their last device is admin still.
        let remaining: BTreeSet<AccountId> =
            remaining.into_iter().chain(self.awaited_after(row.log, due, &aad)?).collect();
        // In a continuation the admins may be still to come.
        let to_come =
            !state.successor_of.is_empty() && !members.iter().any(|leaf| self.is_admin(&state, leaf.account));
        if !to_come {
            self.keep_an_admin(&state, &mut next_state, &remaining)?;
        }
        change.state = (next_state != state).then_some(next_state);
        change.remove = removed.iter().copied().collect();
        let own_manifest = self.me()?.identity.manifest.clone();
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let in_leaf = members.iter().find(|leaf| (leaf.account, leaf.device) == own);
        if in_leaf.is_some_and(|leaf| leaf.signed_manifest() != own_manifest) {
            change.new_manifest = Some(own_manifest);
        }
        let readers: Vec<ReaderSecret> = packages.iter().map(|_| ReaderSecret::new(self.random())).collect();
        aad.add_readers = readers.iter().map(ReaderSecret::hash).collect();
        change.add = packages.into_iter().map(|(_, _, package)| package).collect();

        let dropped: BTreeSet<(AccountId, DeviceId)> = members
            .iter()
            .filter(|leaf| removed.contains(&leaf.leaf))
            .map(|leaf| (leaf.account, leaf.device))
            .collect();
        let made = self.with_group(row.log, |group, store, me| {
            group
                .commit(store, &me.identity, change, aad)
                .map(|pending| group.write_token().map(|token| (pending, token)))
        });
        let (pending, write_token) = match made {
            Ok(made) => made?,
            Err(Fail::Crypto(
                CryptoError::NotAllowed(_) | CryptoError::Invalid(_) | CryptoError::TooLarge(_),
            )) => {
                return self.refused_locally(row, due);
            }
            Err(error) => return Err(error),
        };
        // Which of the two leaves it has for the others is not known until the entry is read.
        let places = self.with_group(row.log, |group, _, _| {
            Ok([Some(group.own_leaf_hash()), group.pending_leaf_hash()])
        })?;
        for place in places.into_iter().flatten() {
            self.note_place(row.log, place)?;
        }
        let all_stay = dropped.is_empty() && !self.core.session.crowded.contains(&row.log);
        let keep_readers = if all_stay { Vec::new() } else { self.readers_without(row.log, &dropped)? };
        let client_id: [u8; 16] = self.random();
        let append = Append {
            log: row.log.into(),
            write_token: write_token.to_field(),
            client_id: client_id.to_vec().into(),
            payload: pending.bytes.clone().into(),
            commit: Some(Commit {
                previous: row.last_commit,
                next_write_hash: pending.next_write_hash.into(),
                reader_secret: row.reader.to_field(),
                urgent,
                add_readers: readers.iter().map(|reader| reader.hash().into()).collect(),
                keep_readers: keep_readers.into_iter().map(Into::into).collect(),
            }),
            seen: row.cursor,
            retry: false,
            after: bytes::Bytes::new(),
        };
        let secrets: Vec<u8> = readers.iter().flat_map(|reader| *reader.expose()).collect();
        let hash = Hash32::of(&[&pending.bytes]);
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO commits(log, hash, append, pending, readers, tried) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
            )?
            .execute(params![
                &row.log.0[..],
                &hash.0[..],
                append.encode_to_vec(),
                pending.to_bytes(),
                &zeroize::Zeroizing::new(secrets)[..]
            ])?;
        self.core.session.key_packages.retain(|(log, ..), _| *log != row.log);
        self.core.session.busy.insert(Job::Commit(row.log));
        self.send(Request::Append(append), Awaiting::Committed(row.log, hash));
        Ok(())
    }

    /// Whoever goes is no admin any more, by the next admin who changes something: nobody else may take that from them.
    /// A group whose last admin goes gets another: the account with the lowest id, so that all choose alike.
    fn keep_an_admin(
        &self,
        before: &ConversationState,
        next: &mut ConversationState,
        remaining: &BTreeSet<AccountId>,
    ) -> Done<()> {
        if next.kind != content::ConversationKind::Group as i32 {
            return Ok(());
        }
        let stays = |admin: &bytes::Bytes| {
            AccountId::try_from(&admin[..]).is_ok_and(|admin| remaining.contains(&admin))
        };
        let me = self.me()?.account();
        if self.is_admin(before, me) {
            next.admins.retain(stays);
        }
        if !next.admins.iter().any(stays)
            && let Some(heir) = remaining.first()
        {
            next.admins = vec![(*heir).into()];
        }
        Ok(())
    }

    /// The rules refuse our own change: single out what is wrong by dropping the newest wish.
    fn refused_locally(&mut self, row: &LogRow, due: &[Intended]) -> Done<()> {
        let Some(last) = due.last() else { return Ok(()) };
        tracing::info!(log = ?row.log, "a change is not allowed and was dropped");
        self.drop_intent(last.id)?;
        self.core.session.dirty.insert(row.log);
        self.say_refused(row, &last.intent)?;
        self.conversation_changed(row.thread)
    }

    /// What a person asked for and may do no more, as by another admin's word meanwhile.
    fn say_refused(&mut self, row: &LogRow, intent: &Intent) -> Done<()> {
        match intent {
            Intent::RemoveAccount(account) => {
                let who = self.name_of(*account)?;
                self.notice(
                    row.thread,
                    &format!("{who} was not removed: you may not do that here any more."),
                )?;
                // What was written since then was not meant for them.
                self.fail_messages(row.thread, &format!("{who} is still in this group."))
            }
            Intent::AddDevice(account, _) if self.leaves_of(row.log, *account)?.is_empty() => {
                let who = self.name_of(*account)?;
                self.notice(row.thread, &format!("{who} was not added: you may not do that here any more."))
            }
            Intent::ChangeState(patch) => {
                let why = "A change of yours was not made: you may not do that here any more.";
                self.notice(row.thread, why)?;
                match patch.disappearing_seconds {
                    // What was written since then was to disappear otherwise.
                    Some(_) => {
                        self.fail_messages(row.thread, "The timer for disappearing messages was not changed.")
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Readers of all leaves but these. Both hashes of a leaf that is replacing its reader are named.
    fn readers_without(&self, log: LogId, dropped: &BTreeSet<(AccountId, DeviceId)>) -> Done<Vec<Hash32>> {
        let mut statement = self.db.prepare_cached(
            "SELECT account, device, reader_hash, first_reader_hash FROM leaves WHERE log = ?1",
        )?;
        let rows = statement
            .query_map([&log.0[..]], |row| {
                Ok((
                    (id_column::<AccountId>(row, 0)?, id_column::<DeviceId>(row, 1)?),
                    row.get::<_, Option<Vec<u8>>>(2)?,
                    row.get::<_, Option<Vec<u8>>>(3)?,
                ))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut readers = Vec::new();
        for (device, reader, first) in rows {
            if !dropped.contains(&device) {
                readers.extend(
                    [reader, first].into_iter().flatten().filter_map(|hash| Hash32::try_from(&hash[..]).ok()),
                );
            }
        }
        // Who says the same hash twice, or somebody else's, would have the server refuse the removal: it takes no repetition.
        let mut named = BTreeSet::new();
        readers.retain(|reader: &Hash32| named.insert(reader.0));
        Ok(readers)
    }

    // ---- What became of it ----

    /// A commit made before and not yet seen in the log: sent again where this connection did not send it.
    pub fn resend_commit(&mut self, row: &LogRow) -> Done<bool> {
        let waits: Option<(Vec<u8>, Hash32)> = self
            .db
            .prepare_cached("SELECT append, hash FROM commits WHERE log = ?1")?
            .query_row([&row.log.0[..]], |row| Ok((row.get(0)?, id_column(row, 1)?)))
            .optional()?;
        let Some((append, hash)) = waits else { return Ok(false) };
        if self.begin(Job::Commit(row.log)) {
            let mut append = Append::decode(&append[..]).map_err(|_| Fail::Server("an own commit"))?;
            append.retry = true;
            self.send(Request::Append(append), Awaiting::Committed(row.log, hash));
        }
        Ok(true)
    }

    pub fn committed(&mut self, log: LogId, hash: Hash32, result: Result<Body, WireError>) -> Done<()> {
        if let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Closed) {
            return self.parted_commit_known(&row, result);
        }
        let error = match result {
            // It is merged when its entry comes by.
            Ok(Body::Appended(done)) => return self.commit_taken_as(log, hash, done.entry),
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        self.core.session.dirty.insert(log);
        match ErrorCode::try_from(error.code) {
            // Another commit won; it comes by in the log and drops ours.
            Ok(ErrorCode::ErrorStale | ErrorCode::ErrorCommitLost) => {
                self.pause(Job::Commit(log), 2_000);
                self.note_stale(log)
            }
            _ if is_passing(&error) => {
                if error.code == ErrorCode::ErrorTooSoon as i32 {
                    self.keys_make_way(log)?;
                }
                self.pause(Job::Commit(log), retry_after(&error));
                self.keys_refused_in(log)
            }
            // Nobody judges what a commit tells the server of readers. Somebody made up so many that there is no room: it is made again,
            // and keeps those of the members alone.
            Ok(ErrorCode::ErrorTooLarge) if self.core.session.crowded.insert(log) => {
                self.discard_own_commit(log)
            }
            _ => {
                tracing::warn!("a change was refused by the server: {}", error.message);
                self.discard_own_commit(log)?;
                self.pause_refused(log);
                self.keys_refused_in(log)
            }
        }
    }

    /// Whether a commit of this device is under way: whom it adds gets their Welcome from here alone.
    pub fn commit_waits(&self, log: LogId) -> Done<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM commits WHERE log = ?1")?.exists([&log.0[..]])?)
    }

    pub fn is_own_commit(&self, log: LogId, hash: Hash32) -> Done<bool> {
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT 1 FROM commits WHERE log = ?1 AND hash = ?2")?
            .query_row(params![&log.0[..], &hash.0[..]], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    /// This device is out of a log: nothing comes of what was to be changed there, and nobody waits for it. But who is added by
    /// what is under way waits for the Welcome (`parting`), unless the conversation goes on elsewhere.
    pub fn give_up_changes(&mut self, row: &LogRow) -> Done<()> {
        let log = row.log;
        self.db.prepare_cached("DELETE FROM intents WHERE log = ?1")?.execute([&log.0[..]])?;
        if row.state != State::Replaced && self.commit_adds(log)? {
            self.core.session.dirty.insert(log);
        } else {
            self.db.prepare_cached("DELETE FROM commits WHERE log = ?1")?.execute([&log.0[..]])?;
        }
        self.db
            .prepare_cached("DELETE FROM shares WHERE log = ?1 AND blob IS NULL")?
            .execute([&log.0[..]])?;
        for job in [Job::Commit(log), Job::CommitKeys(log)] {
            self.end(&job);
            self.core.session.pauses.remove(&job);
        }
        self.core.session.commits_wait.remove(&log);
        self.core.session.key_packages.retain(|(of, ..), _| *of != log);
        Ok(())
    }

    /// Another commit goes first, or ours was refused.
    pub fn discard_own_commit(&mut self, log: LogId) -> Done<()> {
        let deleted = self.db.prepare_cached("DELETE FROM commits WHERE log = ?1")?.execute([&log.0[..]])?;
        if deleted > 0 {
            self.with_group(log, |group, store, _| group.discard_pending(store))?;
        }
        self.end(&Job::Commit(log));
        self.core.session.pauses.remove(&Job::Commit(log));
        Ok(())
    }
}
