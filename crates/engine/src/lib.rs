//! The client as a synchronous state machine: [`Engine::handle`] takes one [`Input`] and gives [`Output`]s.
//! No async, no threads, no clock, no sockets, no files but one SQLite connection; native and browser alike.
//!
//! One input is one transaction. What comes out is handed over only after it is durable, so a kill between any two
//! steps loses nothing that was shown or promised, and the next connection starts what was not finished.
//!
//! A feature is a file. People: `contact` (knocks, answers), `request` (what waits for one), `card` (how contacts reach each
//! other), `names`, `picture` (and what contacts see of this account). Conversations: `thread`, `overview` (as lists show them), `members`, `mark`, `draft`, `offer` (being added), `answer` (wanting to be), `group_link`, `intent`, `commit` and `applied` (membership and state), `parting`. Messages: `message` (as rows, listing), `compose` (sending), `thing` (polls,
//! contacts, places), `poll` (votes), `schedule`, `forward`, `once` (shown once), `list` (one message to many), `history` (brought along), `share` (with somebody newly added), `change` (edits, reactions, marks), `info`, `listen`, `receive` (what others say), `ephemeral`, `typing` and
//! `presence` (what matters only now), `push` (being woken), `call` (calls), `receipt`, `silent` (read and not told), `attachment`, `fetch` (into memory), `clock`, `search` and
//! `refold` (what an earlier version left for it). The person's: `preference`, `storage`. Underneath: `emptied` (the log beside the database), `groups` (MLS groups in memory), `crashed` (what ends the program), `send` (the outbox), `log`
//! (following and reading), `repair` (when a log cannot go on), `succession` and `heritage` (where it does), `invite`, `wallet` (blind tokens), `inbox`, `account`, `packages` (key packages),
//! `recovery` and `restore` (the recovery kit), `safety` (safety numbers), `strict` (nothing is sent before a look), `transparency` (the server's list of everyone's keys), `incarnation` (a server that was restored), `deletion`, `report`, `indicators` (what is known to be bad), `link_look`, `link_preview`, `checkup`, `device` (several of one account), `device_list`, `device_name`,
//! `linking` (a new one), `backup`, `backup_server` and `backup_kept`, `handover` (what it is given of the past), `contain` (one is removed), `sign_out` (by itself), `connection` (answers and the work loop), `alive` (whether it is one still).
//!
//! Not here: MLS itself (`casemate-crypto`), decoding of anything received (`casemate-guard`, run by the driver).

#![allow(missing_docs)] // Crate-internal features; what drivers use is documented in `io` and below.

mod account;
mod again;
mod again_place;
mod alive;
mod answer;
mod applied;
mod aside;
mod attachment;
mod backup;
mod backup_kept;
mod backup_server;
mod bounds;
mod call;
mod card;
mod change;
mod checkup;
mod clock;
mod commit;
mod compose;
mod connection;
mod contact;
mod contain;
mod core;
mod crashed;
mod db;
mod deletion;
mod device;
mod device_list;
mod device_name;
mod draft;
mod dropped;
mod early;
mod emoji;
mod emptied;
mod ephemeral;
mod fetch;
mod forward;
mod gone;
mod group_link;
mod groups;
mod handover;
mod healing;
mod heritage;
mod history;
mod inbox;
mod incarnation;
mod indicators;
mod info;
mod intent;
mod invite;
pub mod io;
mod known;
mod link_look;
mod link_preview;
mod linking;
mod list;
mod listen;
mod log;
mod looks;
mod lookup;
mod mark;
mod meant;
mod members;
mod message;
mod names;
mod offer;
mod once;
pub mod orphans;
mod overview;
mod own_entries;
mod packages;
mod parting;
mod picture;
mod poll;
mod preference;
mod presence;
mod push;
mod quarantine;
mod receipt;
mod receive;
mod recording;
mod recovery;
mod refold;
mod repair;
mod report;
mod request;
mod restore;
mod safety;
mod schedule;
mod seal_keys;
mod search;
mod send;
mod share;
mod sign_out;
mod silent;
mod storage;
mod strict;
mod succession;
mod text;
mod thing;
mod thread;
mod transparency;
mod typing;
mod wallet;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use casemate_api::{Command, Error, Event};
use casemate_wire::ids::DeviceId;
use rand_chacha::ChaCha20Rng;
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Map, Value};

pub use call::media::{CallKeys, CallMember, OpenCall};
pub use call::permit::MediaPermit;
pub use db::PRAGMAS;
pub use indicators::{SIGNED_LIST, SIGNED_LIST_BYTES};
pub use io::{CallAnswer, CallNews, CallWish, FetchEnds, FileRef, Input, Output, Staged, Transfer};
pub use wanted::{Wanted, files_of};

use crate::core::{Core, Ctx, Done, Fail, Session};
use crate::emptied::Emptied;
use crate::groups::Groups;
use crate::looks::{is_looking, only_reads};

/// What a driver decides once.
pub struct Config {
    /// For `account.show`: `passphrase`, `key_store` or `file`.
    pub key_kept_in: String,
    /// Shown to the operator, at most 64 bytes: `casemate/0.1`.
    pub software: String,
    /// On what it runs, for its person's other devices alone: `web`, `Linux`, …
    pub platform: String,
    /// Seeded from the system's entropy; from a seed in the simulation.
    pub rng: ChaCha20Rng,
    /// After each input `rng` takes a new seed, with the system's entropy. Not in the simulation, which repeats.
    pub renews_rng: bool,
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Made by a newer Casemate.
    #[error("this data was written by a newer Casemate; update this one")]
    NewerVersion,
    /// The key is wrong, or the file is not a Casemate database.
    #[error("wrong passphrase, or the file is not a Casemate database")]
    WrongKey,
    /// SQLite failed.
    #[error("the database cannot be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// What could not be done is tried again after so long; a shorter time only warms the device.
const AGAIN_MS: i64 = 5_000;

/// The client.
pub struct Engine {
    db: Connection,
    core: Core,
    deadline: Option<i64>,
    /// There was no room for what was to be kept last, and the person was told.
    full: bool,
    /// When the log beside the database is emptied.
    emptied: Emptied,
}

impl Engine {
    /// Takes a connection whose key was set, and brings its tables up to date.
    pub fn open(mut db: Connection, config: Config) -> Result<Self, OpenError> {
        db::migrate(&mut db)?;
        db.set_prepared_statement_cache_capacity(256);
        let me = account::load_me(&db)?;
        let core = Core {
            config,
            session: Session::default(),
            groups: Groups::default(),
            me,
            clock_offset_ms: 0,
            server_ahead_ms: 0,
            clock_doubted_ms: None,
            clock_read_ms: 0,
            transfers: BTreeMap::new(),
            next_transfer: 0,
            saves: Vec::new(),
            deferred: Vec::new(),
            in_hand: Vec::new(),
            forks_told: BTreeSet::new(),
            lost: crate::log::Lost::default(),
            sealed: receipt::Sealed::default(),
            here: presence::Here::default(),
            indicators: None,
            refold_ms: None,
            import_shifts: BTreeMap::new(),
            recent: BTreeMap::new(),
            calls: call::Calls::default(),
            fetches: fetch::Fetches::default(),
            crashes: crashed::Crashes::of(&db)?,
        };
        let emptied = Emptied::of(&db)?;
        Ok(Self { db, core, deadline: None, full: false, emptied })
    }

    /// Whether the database holds an account.
    pub fn has_account(&self) -> bool {
        self.core.me.is_some()
    }

    /// The first outputs after opening: where to connect, if there is an account.
    pub fn start(&mut self, now_ms: i64) -> Vec<Output> {
        self.core.clock_started(&self.db, now_ms);
        self.emptied.after(&self.db, now_ms);
        let mut outputs = match self.core.me {
            // Where it fails, the next start tries again.
            Some(_) => self
                .run(
                    now_ms,
                    |ctx| {
                        ctx.calls_restarted()?;
                        ctx.close_opened()?;
                        // Before anybody asks what there is: what disappeared meanwhile is shown no more.
                        ctx.remove_gone()?;
                        ctx.refold_begins()
                    },
                    true,
                )
                .map_or_else(|_| Vec::new(), |((), out)| out),
            None => Vec::new(),
        };
        let url =
            db::setting(&self.db, "server_url").ok().flatten().and_then(|url| String::from_utf8(url).ok());
        match url {
            Some(url) if (self.core.me.is_some() || self.waits_to_be_linked()) && !self.is_replaced() => {
                outputs.push(Output::Connect { url });
            }
            _ => {}
        }
        // Put out of its account, and killed before everything was erased.
        let erases = outputs.iter().any(|output| matches!(output, Output::Erase));
        if !erases && db::number(&self.db, "wipe_ms").unwrap_or(0) > 0 {
            outputs.push(Output::Event(sign_out::why_erased(&self.db)));
            outputs.push(Output::Erase);
        }
        outputs
    }

    fn is_replaced(&self) -> bool {
        db::number(&self.db, "replaced_ms").unwrap_or(0) > 0
    }

    fn waits_to_be_linked(&self) -> bool {
        db::setting(&self.db, "link_offer").is_ok_and(|offer| offer.is_some())
    }

    /// Files that rows need; what to do with others is in [`orphans`]. On an error nobody knows, and all have to stay.
    pub fn blobs(&self) -> rusqlite::Result<orphans::Blobs> {
        orphans::referenced_blobs(&self.db)
    }

    /// Handles one input in one transaction. `now_ms` is the device's clock, Unix time.
    pub fn handle(&mut self, input: Input, now_ms: i64) -> Vec<Output> {
        self.core.clock_read(now_ms, self.deadline);
        let only_empties = matches!(input, Input::Tick)
            && self.emptied.due_ms().is_some_and(|due| due <= now_ms)
            && self.deadline.is_none_or(|due| due > now_ms);
        let outputs = match input {
            _ if only_empties => Vec::new(),
            Input::Frame(bytes) if self.is_careful() => self.handle_one_by_one(bytes, now_ms),
            input => self.handle_one(input, now_ms),
        };
        self.emptied.after(&self.db, now_ms);
        if self.core.config.renews_rng {
            casemate_crypto::rng::renew(&mut self.core.config.rng);
        }
        outputs
    }

    fn handle_one(&mut self, input: Input, now_ms: i64) -> Vec<Output> {
        let input = match input {
            Input::Command { id, command, .. } if only_reads(&command) => {
                return self
                    .look(id, command, now_ms)
                    .unwrap_or_else(|fail| vec![Output::Reply { id, result: Err(fail.to_api()) }]);
            }
            input => input,
        };
        let (command, looks) = match &input {
            Input::Command { id, command, .. } => (Some(*id), is_looking(command).then(|| command.clone())),
            _ => (None, None),
        };
        let is_apart = matches!(input, Input::Disconnected { .. });
        // Looking needs no room, though what waits to be done besides does.
        let looked = |engine: &mut Self| {
            let (id, command) = command.zip(looks.clone())?;
            engine.run(now_ms, |ctx| ctx.command(id, command, Vec::new()), false).ok()
        };
        if self.full
            && let Some(((), outputs)) = looked(self)
        {
            return outputs;
        }
        let before = self.db.total_changes();
        let done = self.step(input, now_ms);
        let in_hand = std::mem::take(&mut self.core.in_hand);
        let fail = match done {
            Ok(mut outputs) => {
                if self.full && self.db.total_changes() > before {
                    self.full = false;
                    outputs.push(Output::Event(Event::Storage { full: false, why: None }));
                }
                return outputs;
            }
            Err(fail) => fail,
        };
        // A command that was refused read nothing. What a frame brought is read once more.
        if matches!(fail, Fail::User(_)) && command.is_some() {
            let _ = self.store_groups(now_ms);
        }
        // What is in memory may be ahead of the transaction that was rolled back.
        self.core.rolled_back(&self.db);
        self.core.indicators = None;
        self.core.fetches.rolled_back(fail.is_no_room());
        // Nor does anybody wait for an account that was not begun: whoever asks again begins anew.
        if command.is_some() && self.core.session.creating == command {
            self.core.session.creating = None;
        }
        let mut outputs = Vec::new();
        if fail.is_no_room() && !std::mem::replace(&mut self.full, true) {
            outputs.push(Output::Event(Event::Storage { full: true, why: Some(fail.to_api().message) }));
        }
        match (command, fail.is_no_room().then(|| looked(self)).flatten()) {
            (Some(_), Some(((), answered))) => outputs.extend(answered),
            (Some(id), None) => outputs.push(Output::Reply { id, result: Err(fail.to_api()) }),
            (None, _) => tracing::error!("an input could not be handled: {fail}"),
        }
        if command.is_none() || fail.is_of_the_store() {
            // What is due already is not tried again at once, and for ever.
            self.deadline = self.deadline.map(|due| due.max(now_ms.saturating_add(AGAIN_MS)));
            // And what search only finds better waits for the next start.
            self.core.refold_ms = None;
            // The session counts on frames that were never sent. Whoever is apart connects anyway.
            (self.core.session.connected, self.core.session.hello) = (false, None);
            // Nor does anybody begin a call later, when there is room again.
            let waiting = self.core.calls.commands_that_wait().into_iter().chain(in_hand);
            let answered = waiting.filter(|id| Some(*id) != command);
            outputs.extend(answered.map(|id| Output::Reply { id, result: Err(fail.to_api()) }));
            if !is_apart {
                outputs.push(Output::Reconnect { why: fail.to_string() });
            }
        }
        outputs
    }

    fn step(&mut self, input: Input, now_ms: i64) -> Done<Vec<Output>> {
        let transaction = db::begin(&mut self.db, TransactionBehavior::Immediate)?;
        let mut ctx = Ctx { db: &transaction, core: &mut self.core, out: Vec::new(), now_ms };
        ctx.lost_ratchets()?;
        ctx.input(input)?;
        ctx.handled();
        if !ctx.past_the_mark()? {
            ctx.wake_up()?;
            ctx.work()?;
            ctx.reading_ends()?;
        }
        ctx.store_ratchets()?;
        let deadline = ctx.next_wake()?;
        let outputs = ctx.out;
        transaction.commit()?;
        self.core.fetches.committed();
        self.deadline = deadline;
        Ok(outputs)
    }

    /// Who looks is answered at once, also where there is no room. What is to be done besides is done at the next tick.
    fn look(&mut self, id: u64, command: Command, now_ms: i64) -> Done<Vec<Output>> {
        let transaction = db::begin(&mut self.db, TransactionBehavior::Deferred)?;
        let mut ctx = Ctx { db: &transaction, core: &mut self.core, out: Vec::new(), now_ms };
        ctx.command(id, command, Vec::new())?;
        let waits = ctx.core.session.chores || !ctx.core.session.dirty.is_empty();
        let deadline = if waits { Some(now_ms) } else { ctx.next_wake()? };
        let outputs = ctx.out;
        self.deadline = deadline;
        match transaction.commit().map_err(Fail::from) {
            // What was counted on the way is counted again next time.
            Err(fail) if !fail.is_no_room() => Err(fail),
            _ => Ok(outputs),
        }
    }

    /// This device, once there is an account.
    pub fn device(&self) -> Option<DeviceId> {
        self.core.me.as_ref().map(|me| me.identity.device)
    }

    /// Something that is not an input, in one transaction like an input; `works`: with what it gives to do.
    fn run<T>(
        &mut self,
        now_ms: i64,
        act: impl FnOnce(&mut Ctx<'_>) -> Done<T>,
        works: bool,
    ) -> Result<(T, Vec<Output>), Error> {
        let done = (|| {
            let transaction = db::begin(&mut self.db, TransactionBehavior::Immediate)?;
            let mut ctx = Ctx { db: &transaction, core: &mut self.core, out: Vec::new(), now_ms };
            let value = act(&mut ctx)?;
            ctx.core.session.chores = true;
            if works {
                ctx.work()?;
                ctx.store_ratchets()?;
            }
            let outputs = ctx.out;
            transaction.commit()?;
            self.core.fetches.committed();
            Ok::<_, Fail>((value, outputs))
        })();
        self.emptied.after(&self.db, now_ms);
        done.map_err(|fail| {
            self.core.groups.clear();
            self.core.indicators = None;
            self.core.fetches.rolled_back(fail.is_no_room());
            fail.to_api()
        })
    }

    /// Gives the database back, as a stop between two inputs leaves it.
    pub fn into_db(self) -> Connection {
        self.db
    }

    /// When [`Input::Tick`] is wanted next, by the device's clock.
    pub fn deadline(&self) -> Option<i64> {
        self.deadline.into_iter().chain(self.emptied.due_ms()).min()
    }
}

impl Ctx<'_> {
    fn input(&mut self, input: Input) -> Done<()> {
        self.core.session.chores |= !matches!(input, Input::Frame(_) | Input::Tick);
        match input {
            Input::Command { id, command, staged } => self.command(id, command, staged),
            Input::Connected => self.connected(),
            Input::Disconnected { why } => self.disconnected(&why),
            Input::Frame(bytes) => self.frame(bytes),
            Input::Tick => Ok(()),
            Input::Transfer { transfer, update } => self.transfer_news(transfer, update),
            Input::FilesGone(blobs) => self.files_gone(&blobs),
            Input::Call { call, news } => self.call_news(call, news),
        }
    }

    fn command(&mut self, id: u64, command: Command, staged: Vec<Staged>) -> Done<()> {
        if self.is_replaced()? && !is_looking(&command) {
            return Err(core::not_allowed(
                "Your account moved to another device, where it was restored. Here you can still read what came before; nothing more is sent or changed.",
            ));
        }
        // These need the server; right after the start the connection may not be up yet.
        if matches!(
            command,
            Command::InviteCreate(_)
                | Command::DeviceInspect(_)
                | Command::DeviceApprove(_)
                | Command::BackupOpen(_)
                | Command::BackupShow(_)
                | Command::BackupEnd(_)
        ) && self.core.me.is_some()
            && !self.online()
            && self.core.session.failed_connects == 0
        {
            self.core.deferred.push((id, command));
            return Ok(());
        }
        match command {
            Command::AccountPassphrase(_)
            | Command::AccountPasskey(_)
            | Command::AccountProve(_)
            | Command::AccountLock(_)
            | Command::DataExport(_)
            | Command::DataExportCancel(_)
            | Command::BackupCreate(_)
            | Command::BackupRestore(_)
            | Command::BackupCancel(_)
            | Command::CallStats(_) => {
                Err(core::not_allowed("This is the driver's part, and this one does not do it."))
            }
            Command::AccountDelete(wanted) => self.account_delete(id, &wanted),
            Command::AccountKeep(_) => self.account_keep(id),
            Command::RecoveryKit(wanted) => self.recovery_kit(id, &wanted),
            Command::RecoveryWritten(_) => self.recovery_written(id),
            Command::RecoveryRestore(wanted) => self.recovery_restore(id, &wanted),
            Command::ContactSafety(wanted) => self.contact_safety(id, &wanted),
            Command::ContactVerify(wanted) => self.contact_verify(id, &wanted),
            Command::ContactLooked(wanted) => self.contact_looked(id, &wanted),
            Command::ContactStrict(wanted) => self.contact_strict(id, &wanted),
            Command::AccountCreate(wanted) => self.account_create(id, wanted),
            Command::AccountShow(_) => self.account_show(id),
            Command::AccountSet(wanted) => self.account_set(id, wanted, staged),
            // The driver opens the database; here it is open already.
            Command::AccountUnlock(_) => {
                self.me()?;
                self.reply_nothing(id);
                Ok(())
            }
            Command::InviteCreate(wanted) => self.invite_create(id, &wanted),
            Command::Sync(_) => {
                self.me()?;
                self.wait_until_settled(id, Value::Object(Map::new()));
                Ok(())
            }
            Command::ContactKnock(wanted) => self.contact_knock(id, wanted),
            Command::ContactRequests(_) => self.contact_requests(id),
            Command::ContactAccept(who) => self.contact_accept(id, who),
            Command::ContactDecline(who) => self.contact_decline(id, who),
            Command::ContactWithdraw(who) => self.contact_withdraw(id, who),
            Command::ContactBlock(who) => self.contact_block(id, who),
            Command::ContactUnblock(who) => self.contact_unblock(id, who),
            Command::ContactList(_) => self.contact_list(id),
            Command::ContactNickname(wanted) => self.contact_nickname(id, wanted),
            Command::ConversationCreate(wanted) => self.conversation_create(id, wanted),
            Command::ConversationRequests(_) => self.conversation_requests(id),
            Command::ConversationAccept(wanted) => self.conversation_accept(id, &wanted),
            Command::ConversationDecline(wanted) => self.conversation_decline(id, &wanted),
            Command::ConversationList(wanted) => self.conversation_list(id, &wanted),
            Command::ConversationShow(wanted) => self.conversation_show(id, &wanted),
            Command::ConversationAdd(wanted) => self.conversation_add(id, &wanted),
            Command::ConversationRemove(wanted) => self.conversation_remove(id, &wanted),
            Command::ConversationLeave(wanted) => self.conversation_leave(id, &wanted),
            Command::ConversationSet(wanted) => self.conversation_set(id, wanted, staged),
            Command::ConversationNotes(_) => self.conversation_notes(id),
            Command::ConversationMark(wanted) => self.conversation_mark(id, wanted),
            Command::ConversationDraft(wanted) => self.conversation_draft(id, wanted),
            Command::RecordingKeep(wanted) => self.recording_keep(id, &wanted),
            Command::RecordingShow(wanted) => self.recording_show(id, &wanted.conversation),
            Command::RecordingRemove(wanted) => self.recording_remove(id, &wanted.conversation),
            Command::ConversationTyping(wanted) => self.conversation_typing(id, &wanted),
            Command::PushKey(_) => self.push_key(id),
            Command::PushSet(wanted) => self.push_set(id, &wanted),
            Command::PresenceSet(wanted) => self.presence_set(id, &wanted),
            Command::ConversationScheduled(wanted) => self.conversation_scheduled(id, &wanted),
            Command::ConversationClear(wanted) => self.conversation_clear(id, &wanted),
            Command::GroupLink(wanted) => self.group_link(id, &wanted),
            Command::GroupLinkReset(wanted) => self.group_link_reset(id, &wanted),
            Command::GroupAsked(_) => self.group_asked(id),
            Command::GroupApprove(wanted) => self.group_approve(id, &wanted),
            Command::GroupRefuse(wanted) => self.group_refuse(id, &wanted),
            Command::ListSet(wanted) => self.list_set(id, &wanted),
            Command::ListRemove(wanted) => self.list_remove(id, &wanted),
            Command::ListList(_) => self.list_list(id),
            Command::ListDraft(wanted) => self.list_draft(id, &wanted),
            Command::ListSend(wanted) => self.list_send(id, &wanted, staged),
            Command::HistoryImport(_) => Err(crate::core::not_allowed(
                "The program that has the file reads it: choose it on the page, or use casemate rpc.",
            )),
            Command::HistoryAdd(wanted) => self.history_add(id, &wanted, staged),
            Command::MessageSend(wanted) => self.message_send(id, wanted, staged),
            Command::MessageList(wanted) => self.message_list(id, &wanted),
            Command::MessageEdit(wanted) => self.message_edit(id, wanted),
            Command::MessageDelete(wanted) => self.message_delete(id, &wanted),
            Command::MessageReact(wanted) => self.message_react(id, wanted),
            Command::MessageRead(wanted) => self.message_read(id, &wanted),
            Command::MessagePin(wanted) => self.message_pin(id, &wanted),
            Command::MessageStar(wanted) => self.message_star(id, &wanted),
            Command::MessageSearch(wanted) => self.message_search(id, &wanted),
            Command::MessageForward(wanted) => self.message_forward(id, &wanted),
            Command::MessageOpen(wanted) => self.message_open(id, &wanted),
            Command::MessageReschedule(wanted) => self.message_reschedule(id, &wanted),
            Command::MessageListen(wanted) => self.message_listen(id, &wanted),
            Command::MessageInfo(wanted) => self.message_info(id, &wanted),
            Command::MessageHistory(wanted) => self.message_history(id, &wanted),
            Command::PollVote(wanted) => self.poll_vote(id, &wanted),
            Command::PollClose(wanted) => self.poll_close(id, &wanted),
            Command::CallStart(wanted) => self.call_start(id, &wanted),
            Command::CallAnswer(wanted) => self.call_answer(id, &wanted),
            Command::CallDecline(wanted) => self.call_decline(id, &wanted),
            Command::CallLeave(wanted) => self.call_leave(id, &wanted),
            Command::CallSign(wanted) => self.call_sign(id, &wanted),
            Command::CallList(wanted) => self.call_list(id, &wanted),
            Command::CallLink(wanted) => self.call_link(id, &wanted),
            Command::CallFind(wanted) => self.call_find(id, &wanted),
            Command::DeviceRequest(wanted) => self.device_requested(id, &wanted),
            Command::DeviceInspect(wanted) => self.device_inspect(id, &wanted),
            Command::DeviceApprove(wanted) => self.device_approve(id, &wanted),
            Command::DeviceList(_) => self.device_list(id),
            Command::DeviceRemove(wanted) => self.device_remove(id, &wanted),
            Command::DeviceRename(wanted) => self.device_rename(id, &wanted),
            Command::DeviceSignOut(wanted) => self.device_sign_out(id, &wanted),
            Command::SettingsShow(_) => self.settings_show(id),
            Command::SettingsSet(wanted) => self.settings_set(id, &wanted),
            Command::StorageUsage(_) => self.storage_usage(id),
            Command::BackupPassphrase(_) => self.backup_passphrase(id),
            Command::BackupRead(wanted) => self.backup_read(id, &wanted),
            Command::BackupPut(wanted) => self.backup_put(id, &wanted),
            Command::BackupSign(wanted) => self.backup_sign(id, &wanted),
            Command::BackupOpen(wanted) => self.backup_open(id, &wanted),
            Command::BackupStore(wanted) => self.backup_store(id, &wanted),
            Command::BackupFetch(wanted) => self.backup_fetch(id, &wanted),
            Command::BackupShow(_) => self.backup_show(id),
            Command::BackupPasskey(wanted) => self.backup_passkey(id, &wanted),
            Command::BackupEnd(_) => self.backup_end(id),
            Command::ReportCreate(wanted) => self.report_create(id, &wanted),
            Command::ReportSign(wanted) => self.report_sign(id, &wanted),
            Command::IndicatorsImport(_) => Err(core::not_allowed(
                "The program that has the file reads it: choose it on the page, or use casemate rpc.",
            )),
            Command::IndicatorsAdd(wanted) => self.indicators_add(id, &wanted),
            Command::IndicatorsUpdate(wanted) => self.indicators_update(id, &wanted),
            Command::IndicatorsList(_) => self.indicators_list(id),
            Command::IndicatorsRemove(wanted) => self.indicators_remove(id, &wanted),
            Command::IndicatorsLookBack(_) => self.indicators_look_back(id),
            Command::LinkLook(wanted) => self.link_look(id, &wanted),
            Command::LinkPreview(_) => Err(core::not_allowed(
                "Only Casemate as a program on this machine looks behind links: casemate app, chat or rpc.",
            )),
            Command::GuardCheckup(_) => self.guard_checkup(id),
            Command::GuardNote(wanted) => self.guard_note(id, &wanted),
            Command::GuardRelease(wanted) => self.guard_release(id, &wanted),
            Command::GuardJournal(_) => self.guard_journal(id),
            Command::AttachmentSave(wanted) => self.attachment_save(id, wanted),
            Command::AttachmentCancel(wanted) => self.attachment_cancel(id, &wanted),
        }
    }

    /// What was to be looked at again by now.
    fn wake_up(&mut self) -> Done<()> {
        self.remove_gone()?;
        self.send_due()?;
        self.work_live()?;
        self.calls_due()?;
        self.calls_meet()?;
        self.calls_retry()?;
        self.connection_dead();
        self.refold_due()?;
        self.core.session.chores |= std::mem::take(&mut self.core.fetches.waits);
        while let Some((due, log)) = self.core.session.wake.first().copied() {
            if due > self.now_ms {
                break;
            }
            self.core.session.wake.pop_first();
            match log {
                Some(log) => {
                    self.core.session.dirty.insert(log);
                }
                None => {
                    self.core.session.chores = true;
                    self.everything_dirty()?;
                }
            }
        }
        Ok(())
    }

    fn next_wake(&mut self) -> Done<Option<i64>> {
        let wake = match self.core.fetches.waits {
            true => Some(self.now_ms),
            false => self.core.session.wake.first().map(|(due, _)| *due),
        };
        let calls = [self.next_call()?, self.next_call_retry(), self.next_doubt(), self.next_sign_out()?];
        let rest = [self.next_gone()?, wake, self.next_scheduled()?, self.next_live(), self.core.refold_ms];
        let rest = rest.into_iter().chain([self.core.groups.due_ms()]);
        Ok(calls.into_iter().chain(rest).flatten().min())
    }
}
