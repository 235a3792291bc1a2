//! The connection: greeting, answers to requests, what the server pushes, and the work loop.
//!
//! The database says what is to be done (an outbox row, a commit, an intent); [`Ctx::work`] starts what is not
//! under way on this connection. So a lost connection or a kill needs no code of its own: the next connection
//! begins with an empty [`Session`](crate::core::Session) and starts everything again.

use bytes::Bytes;
use casemate_api::{Error, Event, Kind};
use casemate_wire::frame;
use casemate_wire::ids::{AccountId, Hash32, LogId};
use casemate_wire::manifest::{INCARNATION_LABEL, verify_signature};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, Hello, HelloAnswer, Ping, ServerFrame};
use rusqlite::OptionalExtension as _;
use serde_json::Value;

use crate::core::{Ctx, Done, Fail, Job, Session};
use crate::db;
use crate::io::Output;
use crate::strict::HELD;

/// What the answer to a request is for.
#[derive(Debug)]
pub enum Awaiting {
    Hello,
    /// Comes back after all that was pushed before it.
    Barrier,
    AccountCreated,
    RegisteredAgain,
    /// Of which of the own documents that wait: its key in `settings`.
    Published(String),
    Recovered,
    Restored,
    BoxPut(casemate_wire::ids::Hash32),
    OwnManifest,
    LinkOffered,
    LinkSeen {
        command: u64,
        code: casemate_wire::device_code::DeviceCode,
        approval: Option<crate::linking::Approval>,
    },
    LinkAnswerPut([u8; 16]),
    AccountDeleted,
    /// The command that asked.
    AccountKept(u64),
    InboxCreated,
    InboxFollowed,
    KeyPackagesPut(i64),
    GivenRegistered(Vec<Vec<u8>>),
    TokensIssued {
        kind: i32,
        key_id: u32,
        state: casemate_crypto::tokens::BlindState,
    },
    InviteCreated {
        command: u64,
        secret: casemate_wire::ids::LinkSecret,
        /// For a group: its thread, and how many newcomers were asked for.
        group: Option<(i64, u32)>,
    },
    KnockTarget(i64),
    Knocked(i64),
    KnockerManifest(i64),
    DeviceKeys(AccountId),
    SealKeys(AccountId),
    Heads,
    History,
    Listed(AccountId),
    LogCreated(LogId),
    LogFollowed(LogId),
    KeyPackage {
        log: LogId,
        account: casemate_wire::ids::AccountId,
        device: casemate_wire::ids::DeviceId,
    },
    Committed(LogId, Hash32),
    Appended {
        outbox: i64,
        hash: casemate_wire::ids::Hash32,
    },
    ReaderReplaced(LogId),
    /// How far this device's receipt says that it has got, and has read.
    ReceiptPut {
        log: LogId,
        delivered: i64,
        read: i64,
    },
    Receipts(LogId),
    /// What dropped this device's reader.
    LeftOut(LogId),
    CameBack(LogId),
    PushKeys {
        command: u64,
    },
    WakeSet {
        log: LogId,
        on: bool,
    },
    Posted(i64),
    BlobCreated {
        blob: casemate_wire::ids::BlobId,
    },
    Backup {
        command: u64,
        step: Box<crate::backup_server::Step>,
    },
    CallJoined(casemate_wire::ids::CallId),
    CallWished(casemate_wire::ids::CallId),
    Ignored,
}

impl Awaiting {
    /// The command that is answered with the server's answer.
    fn command(&self) -> Option<u64> {
        match self {
            Self::InviteCreated { command, .. }
            | Self::PushKeys { command }
            | Self::LinkSeen { command, .. }
            | Self::Backup { command, .. }
            | Self::AccountKept(command) => Some(*command),
            _ => None,
        }
    }
}

/// A command that is answered when everything is processed and sent.
#[derive(Debug)]
pub struct Waiter {
    pub command: u64,
    pub answer: Value,
    pub barrier_sent: bool,
    pub barrier_back: bool,
}

impl Ctx<'_> {
    /// The WebSocket is open: greet.
    pub fn connected(&mut self) -> Done<()> {
        let waiters = std::mem::take(&mut self.core.session.waiters);
        let creating = self.core.session.creating.take();
        let (restoring, linking) = (self.core.session.restoring, self.core.session.linking);
        let knock_commands = std::mem::take(&mut self.core.session.knock_commands);
        self.core.session = Session {
            connected: true,
            waiters,
            creating,
            restoring,
            linking,
            knock_commands,
            ..Session::default()
        };
        self.core.crashes.connected();
        let software = self.core.config.software.clone();
        self.send(
            Request::Hello(Hello { version: casemate_wire::PROTOCOL_VERSION, software }),
            Awaiting::Hello,
        );
        Ok(())
    }

    /// The WebSocket is closed, or did not open. Commands that wait go on waiting when a connection broke, since the
    /// driver connects anew; they fail when none could be made.
    pub fn disconnected(&mut self, why: &str) -> Done<()> {
        let mut session = std::mem::take(&mut self.core.session);
        for transfer in std::mem::take(&mut self.core.transfers).into_keys() {
            self.out.push(Output::CancelTransfer { transfer });
        }
        self.fetches_stopped()?;
        self.receipts_disconnected()?;
        let offline =
            |what: &str| Error::new(Kind::Offline, format!("The server cannot be reached: {why}. {what}"));
        if session.connected {
            for waiter in &mut session.waiters {
                (waiter.barrier_sent, waiter.barrier_back) = (false, false);
            }
            self.core.session.waiters = session.waiters;
            self.core.session.creating = session.creating;
            self.core.session.restoring = session.restoring;
            self.core.session.linking = session.linking;
            self.core.session.knock_commands = session.knock_commands;
        } else {
            for waiter in session.waiters {
                self.reply_error(
                    waiter.command,
                    offline("Nothing was lost; what waits is sent when the connection is back."),
                );
            }
            if let Some(creating) = session.creating {
                let what = match (session.restoring, session.linking) {
                    (true, _) => "The account was not restored; the same words can be used again.",
                    (_, true) => "This device was not linked; try again.",
                    _ => "The account was not created; try again.",
                };
                self.reply_error(creating, offline(what));
            }
            self.fail_deferred(why);
            for command in session.knock_commands.into_values() {
                self.reply_error(command, offline("It knocks when the connection is back."));
            }
            self.core.session.failed_connects = session.failed_connects + 1;
        }
        self.ask_in_vain();
        self.report_removals(session.removals)?;
        self.typing_forgotten(session.typing)?;
        self.presence_forgotten(session.presence)?;
        self.backups_abandoned(session.backups_moving, &offline("Begun again, it goes on."));
        why.clone_into(&mut self.core.session.last_trouble);
        for awaiting in session.awaiting.into_values() {
            self.abandoned(awaiting, offline("Try again later."));
        }
        self.event(Event::Connection { state: "offline".into(), why: Some(why.to_owned()) });
        Ok(())
    }

    /// A request that will not be answered any more, whose command waits for it.
    fn abandoned(&mut self, awaiting: Awaiting, error: Error) {
        if let Some(command) = awaiting.command() {
            self.reply_error(command, error);
        }
    }

    /// One message from the server.
    pub fn frame(&mut self, bytes: Bytes) -> Done<()> {
        // Whatever it says, the server is there: an answer may wait behind much else.
        self.core.session.doubted_ms = None;
        let frame = match frame::parse_server(bytes.clone()) {
            Ok(frame) => self.frame_begins(bytes, frame)?,
            // A newer server may push what this version does not know: not our concern.
            Err(frame::BadFrame::Unknown) => return Ok(()),
            Err(_) => return Err(Fail::Server("a frame that cannot be read")),
        };
        let Some(ServerFrame { id, body: Some(body) }) = frame else { return Ok(()) };
        if id != 0 {
            let Some(awaiting) = self.core.session.awaiting.remove(&id) else {
                return Err(Fail::Server("an answer to a question that was not asked"));
            };
            self.core.in_hand.extend(awaiting.command());
            return self.answer(awaiting, body);
        }
        match body {
            Body::LogEntries(page) => self.log_entries(page),
            Body::InboxItems(page) => self.inbox_items(page),
            Body::LogClosed(closed) => {
                let log = LogId::try_from(&closed.log[..]).map_err(|_| Fail::Server("a malformed log id"))?;
                self.log_closed(log)
            }
            Body::Ephemeral(heard) => {
                if let Err(fail) = self.apart(|ctx| ctx.ephemeral_received(&heard))? {
                    tracing::info!("a sign made an error and was dropped: {fail}");
                }
                Ok(())
            }
            Body::CallListeners(said) => self.call_listeners(&said),
            Body::RendezvousAnswered(answered) => self.link_answered(&answered),
            // The inbox that this device followed is gone: it was put out of the account, perhaps.
            Body::Error(error) if error.code == ErrorCode::ErrorNotAllowed as i32 => {
                self.check_own_manifest()
            }
            Body::Error(error) => {
                tracing::warn!(code = error.code, "the server reports an error: {}", error.message);
                Ok(())
            }
            _ => Err(Fail::Server("an answer without a question")),
        }
    }

    fn answer(&mut self, awaiting: Awaiting, body: Body) -> Done<()> {
        let result = match body {
            Body::Error(error) => Err(error),
            body => Ok(body),
        };
        self.core.session.chores |= !matches!(
            awaiting,
            Awaiting::Appended { .. } | Awaiting::Ignored | Awaiting::Barrier | Awaiting::LogFollowed(_)
        );
        match awaiting {
            Awaiting::Hello => self.greeted(result),
            Awaiting::Barrier => {
                for waiter in &mut self.core.session.waiters {
                    waiter.barrier_back |= waiter.barrier_sent;
                }
                Ok(())
            }
            Awaiting::AccountCreated => self.account_created(result),
            Awaiting::RegisteredAgain => self.registered_again(result),
            Awaiting::Published(key) => self.published(&key, result),
            Awaiting::Recovered => self.recovered(result),
            Awaiting::Restored => self.restored(result),
            Awaiting::BoxPut(hash) => self.box_put(hash, result),
            Awaiting::OwnManifest => self.own_manifest_fetched(result),
            Awaiting::LinkOffered => self.link_offered(result),
            Awaiting::LinkSeen { command, code, approval } => {
                self.link_seen(command, &code, approval, result)
            }
            Awaiting::LinkAnswerPut(place) => self.link_answer_put(place, result),
            Awaiting::AccountDeleted => self.account_deleted(result),
            Awaiting::AccountKept(command) => self.account_kept(command, result),
            Awaiting::InboxCreated => self.inbox_created(result),
            Awaiting::InboxFollowed => self.inbox_followed(result),
            Awaiting::KeyPackagesPut(made_ms) => self.key_packages_put(made_ms, result),
            Awaiting::GivenRegistered(hashes) => self.given_registered(hashes, result),
            Awaiting::TokensIssued { kind, key_id, state } => self.tokens_issued(kind, key_id, state, result),
            Awaiting::InviteCreated { command, secret, group } => {
                self.invite_created(command, &secret, group, result)
            }
            Awaiting::KnockTarget(knock) => self.knock_target(knock, result),
            Awaiting::Knocked(knock) => self.knocked(knock, result),
            Awaiting::KnockerManifest(knock) => self.knocker_manifest(knock, result),
            Awaiting::DeviceKeys(account) => self.device_keys_fetched(account, result),
            Awaiting::SealKeys(account) => self.seal_keys_fetched(account, result),
            Awaiting::Heads => self.heads_fetched(result),
            Awaiting::History => self.history_fetched(result),
            Awaiting::Listed(account) => self.listed_fetched(account, result),
            Awaiting::LogCreated(log) => self.log_created(log, result),
            Awaiting::LogFollowed(log) => self.log_followed(log, result),
            Awaiting::KeyPackage { log, account, device } => {
                self.key_package_fetched(log, account, device, result)
            }
            Awaiting::Committed(log, hash) => self.committed(log, hash, result),
            Awaiting::Appended { outbox, hash } => self.appended(outbox, hash, result),
            Awaiting::ReaderReplaced(log) => self.reader_replaced(log, result),
            Awaiting::ReceiptPut { log, delivered, read } => self.receipt_put(log, (delivered, read), result),
            Awaiting::Receipts(log) => self.receipts_fetched(log, result),
            Awaiting::LeftOut(log) => self.left_out_shown(log, result),
            Awaiting::CameBack(log) => self.reader_came_back(log, result),
            Awaiting::PushKeys { command } => self.push_keys(command, result),
            Awaiting::WakeSet { log, on } => self.wake_set(log, on, result),
            Awaiting::Posted(post) => self.posted(post, result),
            Awaiting::BlobCreated { blob } => self.blob_created(blob, result),
            Awaiting::Backup { command, step } => self.backup_answered(command, *step, result),
            Awaiting::CallJoined(call) => self.call_joined(call, result),
            Awaiting::CallWished(call) => self.call_wished(call, result),
            Awaiting::Ignored => Ok(()),
        }
    }

    fn greeted(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let hello = match result {
            Ok(Body::Hello(hello)) => hello,
            Ok(_) => return Err(Fail::Server("a wrong greeting")),
            Err(error) => {
                self.out.push(Output::Reconnect { why: error.message.clone() });
                if let Some(creating) = self.core.session.creating.take() {
                    self.reply_error(creating, refusal(&error));
                }
                return Ok(());
            }
        };
        if let Err(error) = self.check_server(&hello) {
            // That says nothing of the server.
            if error.is_of_the_store() {
                return Err(error);
            }
            self.core.session.hello = None;
            if let Some(creating) = self.core.session.creating.take() {
                self.reply_error(creating, error.to_api());
            }
            for waiter in std::mem::take(&mut self.core.session.waiters) {
                self.reply_error(waiter.command, error.to_api());
            }
            self.event(Event::Connection { state: "offline".into(), why: Some(error.to_string()) });
            return Ok(());
        }
        self.clock_told(hello.now_ms)?;
        self.retention_told(hello.retention_days)?;
        self.core.session.hello = Some(hello);
        self.core.session.greeted_ms = self.now_ms;
        self.event(Event::Connection { state: "online".into(), why: None });
        let (restoring, linking) = (self.core.session.restoring, self.core.session.linking);
        match self.core.session.creating {
            Some(_) if restoring => return self.send_recover_account(),
            Some(_) if linking => return self.send_link_offer(),
            Some(_) => return self.send_create_account(),
            None if self.waits_to_be_linked()? => return self.send_link_offer(),
            None => {}
        }
        if self.core.me.is_some() {
            self.clock_compared()?;
            self.begin_session()?;
        }
        self.run_deferred()
    }

    /// Commands that waited for the connection.
    fn run_deferred(&mut self) -> Done<()> {
        let deferred = std::mem::take(&mut self.core.deferred);
        self.core.in_hand.extend(deferred.iter().map(|(id, _)| *id));
        for (id, command) in deferred {
            if let Err(fail) = self.command(id, command, Vec::new()) {
                match fail {
                    Fail::User(error) => self.reply_error(id, error),
                    other => return Err(other),
                }
            }
        }
        Ok(())
    }

    fn fail_deferred(&mut self, why: &str) {
        for (id, _) in std::mem::take(&mut self.core.deferred) {
            self.reply_error(id, Error::new(Kind::Offline, format!("The server cannot be reached: {why}.")));
        }
    }

    /// After the greeting, or after the account was created: everything is looked at once.
    pub fn begin_session(&mut self) -> Done<()> {
        // The newest conversations first.
        let mut statement = self.db.prepare_cached(
            "SELECT log FROM logs JOIN threads ON threads.id = logs.thread WHERE logs.state < ?1 ORDER BY threads.active_ms DESC, log",
        )?;
        self.core.session.follow_next = statement
            .query_map([crate::log::State::Closed as i64], |row| crate::core::id_column(row, 0))?
            .collect::<Result<_, _>>()?;
        self.ask_again()?;
        self.ask_after_commits()?;
        self.presence_again();
        self.calls_again()?;
        self.check_own_manifest()?;
        self.tell_about(false)?;
        self.check_contacts()?;
        (self.core.session.rejoin_due, self.core.session.box_doubtful) = (true, true);
        self.core.session.chores = true;
        self.forget_steps()
    }

    /// The server must be the one this account was made on. A new incarnation is noted: it was restored from a
    /// backup, and what it forgot is sent again as the logs are followed.
    pub fn check_server(&mut self, hello: &HelloAnswer) -> Done<()> {
        let key: [u8; 32] =
            hello.server_key[..].try_into().map_err(|_| Fail::Server("a malformed server key"))?;
        verify_signature(&key, INCARNATION_LABEL, &[&hello.incarnation], &hello.incarnation_signature)
            .map_err(|_| Fail::Server("a greeting that is not signed by its key"))?;
        match db::setting(self.db, "server_key")? {
            Some(known) if known != key => {
                let sentence = match self.core.me {
                    Some(_) => {
                        "This is not the server that this account was made on: its key is another one. Nothing was sent to it."
                    }
                    None => {
                        "This is not the server that the invitation link is for: its key is another one. Copy the whole link again, or ask for a new one."
                    }
                };
                return Err(Fail::User(Error::new(Kind::Untrusted, sentence)));
            }
            Some(_) => {}
            None => db::set_setting(self.db, "server_key", &key)?,
        }
        self.check_incarnation(hello, &key)
    }

    /// Starts what is to be done and not under way. Called after every input.
    pub fn work(&mut self) -> Done<()> {
        self.work_sign_out()?;
        if self.core.me.is_none() || !self.online() || self.is_replaced()? {
            return Ok(());
        }
        self.core.session.commits_made = 0;
        self.work_chores()?;
        // Work may leave something to do: a due receipt becomes an outbox row. Bounded; the rest waits for the next
        // input.
        for _ in 0..4 {
            for log in std::mem::take(&mut self.core.session.dirty) {
                self.work_log(log)?;
            }
            self.follow_more()?;
            self.work_chores()?;
        }
        self.work_calls()?;
        self.let_commits_go_on();
        self.work_delete()?;
        self.work_removals()?;
        self.work_waiters()
    }

    /// What does not belong to one log. Looked at only when something may have come up: a page of messages is the
    /// common case and leaves nothing here.
    fn work_chores(&mut self) -> Done<()> {
        for _ in 0..4 {
            if !std::mem::take(&mut self.core.session.chores) {
                break;
            }
            self.plan_refreshes()?;
            self.plan_unheard()?;
            self.work_account()?;
            self.work_recovery_box()?;
            self.work_inbox()?;
            self.work_rejoin()?;
            self.work_links()?;
            self.work_linked()?;
            self.work_handovers()?;
            self.work_wallet()?;
            self.work_contacts()?;
            self.work_posts()?;
            self.work_offers()?;
            self.work_shares()?;
            self.work_parts()?;
            self.work_attachments()?;
            self.work_transparency()?;
            self.work_backup()?;
        }
        Ok(())
    }

    /// Answers the commands that wait for everything to be processed and sent.
    fn work_waiters(&mut self) -> Done<()> {
        if self.core.session.waiters.is_empty() {
            return Ok(());
        }
        if self.core.session.waiters.iter().any(|waiter| !waiter.barrier_sent) {
            for waiter in &mut self.core.session.waiters {
                waiter.barrier_sent = true;
            }
            self.send(Request::Ping(Ping {}), Awaiting::Barrier);
            return Ok(());
        }
        if !self.core.session.waiters.iter().any(|waiter| waiter.barrier_back) || !self.is_settled()? {
            return Ok(());
        }
        let waiters = std::mem::take(&mut self.core.session.waiters);
        let (back, waiting): (Vec<_>, Vec<_>) = waiters.into_iter().partition(|waiter| waiter.barrier_back);
        self.core.session.waiters = waiting;
        for waiter in back {
            self.out.push(Output::Reply { id: waiter.command, result: Ok(waiter.answer) });
        }
        Ok(())
    }

    /// Whether all that is known of was processed and all queued was sent.
    pub fn is_settled(&self) -> Done<bool> {
        let session = &self.core.session;
        // What is only looked after holds nobody up.
        let aside = |job: &Job| {
            matches!(job, Job::Wallet(_) | Job::Heads | Job::History | Job::Listed(_) | Job::Receipts(_))
        };
        let busy = session.busy.iter().any(|job| !aside(job));
        let behind = session.inbox_head.is_none()
            || db::number(self.db, "inbox_cursor")? < session.inbox_head.unwrap_or(0) as i64;
        let unsaid = session.box_doubtful || session.rejoin_due && !self.rejoining()?.is_empty();
        let unfollowed = !session.following.is_empty()
            || !session.follow_next.is_empty()
            || !session.follow_again.is_empty();
        if busy || behind || unsaid || unfollowed {
            return Ok(false);
        }
        let open: Option<i64> = self
            .db
            .prepare_cached(&format!(
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM posts)
                     OR EXISTS (SELECT 1 FROM knocks_out) OR EXISTS (SELECT 1 FROM knocks_in)
                     OR EXISTS (SELECT 1 FROM given WHERE registered = 0 AND revoked = 0)
                     OR EXISTS (SELECT 1 FROM offers WHERE accepted IN (1, 3))
                     OR EXISTS (SELECT 1 FROM shares) OR EXISTS (SELECT 1 FROM shares_in)
                     OR EXISTS (SELECT 1 FROM handovers) OR EXISTS (SELECT 1 FROM handed_over)
                     OR EXISTS (SELECT 1 FROM attachments WHERE state IN (0, 1))
                     OR EXISTS (SELECT 1 FROM commits JOIN logs USING (log) WHERE state IN (0, 3))
                     OR EXISTS (SELECT 1 FROM intents JOIN logs USING (log) WHERE state = 0 AND due_ms <= ?1)
                     OR EXISTS (SELECT 1 FROM logs WHERE state = 0 AND (created = 0 OR next_reader IS NOT NULL))
                     OR EXISTS (SELECT 1 FROM outbox JOIN threads ON threads.id = outbox.thread
                                JOIN logs ON logs.log = threads.active_log
                                WHERE logs.state = 0 AND NOT (payload IS NULL AND {HELD}))"
            ))?
            .query_row([self.now_ms], |row| row.get(0))
            .optional()?;
        if open.is_some() {
            return Ok(false);
        }
        for (log, head) in &session.followed {
            if self
                .log_row(*log)?
                .is_some_and(|row| row.state == crate::log::State::Live && row.cursor < *head)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `sync`, or another command that is answered when all is settled.
    pub fn wait_until_settled(&mut self, command: u64, answer: Value) {
        if self.core.session.failed_connects > 0 && !self.core.session.connected {
            let why = self.core.session.last_trouble.clone();
            self.reply_error(
                command,
                Error::new(Kind::Offline, format!("The server cannot be reached: {why}.")),
            );
            return;
        }
        if let Some(refused) = self.refused_as_disabled() {
            return self.reply_error(command, refused);
        }
        self.core.session.waiters.push(Waiter { command, answer, barrier_sent: false, barrier_back: false });
    }
}

/// A refusal of the server as the interface tells it.
pub fn refusal(error: &WireError) -> Error {
    let kind = match ErrorCode::try_from(error.code) {
        Ok(ErrorCode::ErrorInvalid) => Kind::Invalid,
        Ok(ErrorCode::ErrorNotFound) => Kind::NotFound,
        Ok(ErrorCode::ErrorNotAllowed | ErrorCode::ErrorDisabled) => Kind::NotAllowed,
        Ok(ErrorCode::ErrorTaken) => Kind::Taken,
        Ok(ErrorCode::ErrorRateLimited | ErrorCode::ErrorTooSoon) => Kind::RateLimited,
        Ok(ErrorCode::ErrorTooLarge) => Kind::TooLarge,
        Ok(ErrorCode::ErrorStorageFull) => Kind::StorageFull,
        _ => Kind::ServerRefused,
    };
    let text: String = error.message.chars().filter(|letter| !letter.is_control()).take(300).collect();
    let text = if text.is_empty() { "the server refused without saying why".to_owned() } else { text };
    Error::new(kind, crate::core::sentence(&text))
}

/// Whether trying the same again later may help.
pub fn is_passing(error: &WireError) -> bool {
    matches!(
        ErrorCode::try_from(error.code),
        Ok(ErrorCode::ErrorRateLimited
            | ErrorCode::ErrorTooSoon
            | ErrorCode::ErrorStorageFull
            | ErrorCode::ErrorDisabled
            | ErrorCode::ErrorInternal)
    )
}

/// How long to wait after a passing refusal.
pub fn retry_after(error: &WireError) -> i64 {
    i64::try_from(error.retry_after_ms).unwrap_or(i64::MAX).clamp(1_000, 3_600_000)
}
