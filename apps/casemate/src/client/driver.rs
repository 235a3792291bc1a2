//! The loop between a user, the engine, the connection, the transfers and the files. It moves things; what they
//! mean is the engine's.

mod outputs;
mod security;

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use casemate_api::Command;
use casemate_api::command::{AccountCreate, DeviceRequest, Nothing, OneCall, PresenceSet, RecoveryRestore};
use casemate_api::{Error, Event, Kind};
use casemate_engine::{CallNews, Config, Engine, Input, OpenError, Staged};
use casemate_wire::ids::{BlobId, CallId};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::sleep;

use super::call::{self, Calls};
use super::connection::{Connection, News};
use super::engine_thread::{Batch, EngineThread, now_ms};
use super::home::{DbKey, Home, Opened, State};
use super::http::BlobServer;
use super::staging;
use super::tls::Dialer;
use super::transfer::Transfers;
use super::{Ask, Options};

/// Inputs kept here while the engine is busy; beyond, nothing more is read from anywhere.
const PENDING: usize = 64;
/// Files being prepared or saved at a time, each on a thread of its own.
const FILE_WORK: usize = 2;
/// The clock may be set, and sleeping machines do not count: look at least so often.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// For so long a program that ends in a call says that it leaves.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Everything of one open home.
pub struct Driver {
    home: Arc<Home>,
    dialer: Dialer,
    phase: Phase,
    asks: mpsc::Receiver<Ask>,
    events: mpsc::Sender<Event>,
    connection: Option<Connection>,
    server: Option<BlobServer>,
    /// Connections that opened so far; the engine counts the same.
    generation: u64,
    transfers: Transfers,
    waiting: HashMap<u64, Waiting>,
    next_id: u64,
    pending: VecDeque<Input>,
    deadline_ms: Option<i64>,
    file_work: Arc<Semaphore>,
    staged_sender: mpsc::Sender<Prepared>,
    gone_sender: mpsc::Sender<BlobId>,
    /// Files that were to be read and are missing or damaged.
    gone: mpsc::Receiver<BlobId>,
    staged: mpsc::Receiver<Prepared>,
    calls: Calls,
    /// Nobody can ask any more.
    ends: bool,
}

enum Phase {
    Empty,
    Locked { account: bool },
    Open(Running),
}

/// An open database and its engine.
struct Running {
    engine: EngineThread,
    key: DbKey,
    account: bool,
}

/// Somebody who waits for the engine's answer.
struct Waiting {
    answer: oneshot::Sender<Result<Value, Error>>,
    /// Files made for this command: removed when it fails.
    staged: Vec<BlobId>,
    creates_account: bool,
}

/// A command whose files are ready, or could not be made so.
struct Prepared {
    ask: Ask,
    files: Result<Vec<Staged>, Error>,
}

/// What the loop woke up for.
enum Woken {
    Batch(Option<Batch>),
    Room,
    Ask(Option<Ask>),
    News(Option<News>),
    Transfer(u64, casemate_engine::Transfer),
    Prepared(Prepared),
    Gone(BlobId),
    Call(CallId, CallNews),
    Tick,
}

impl Driver {
    /// Takes the home and opens what can be opened without a passphrase.
    pub async fn start(
        options: Options,
        dialer: Dialer,
        asks: mpsc::Receiver<Ask>,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, Error> {
        let home = Arc::new(Home::take(&options.home)?);
        let (staged_sender, staged) = mpsc::channel(FILE_WORK);
        let (gone_sender, gone) = mpsc::channel(FILE_WORK);
        let mut driver = Self {
            transfers: Transfers::new(home.blobs()),
            home,
            dialer,
            phase: Phase::Empty,
            asks,
            events,
            connection: None,
            server: None,
            generation: 0,
            waiting: HashMap::new(),
            next_id: 1,
            pending: VecDeque::new(),
            deadline_ms: None,
            file_work: Arc::new(Semaphore::new(FILE_WORK)),
            staged_sender,
            staged,
            gone_sender,
            gone,
            calls: Calls::new(options.made),
            ends: false,
        };
        match driver.home.open()? {
            State::Empty => {}
            State::Locked { account } => driver.phase = Phase::Locked { account },
            State::Open(opened) => driver.run_engine(opened)?,
        }
        Ok(driver)
    }

    /// Runs until nobody can ask any more, then closes the database.
    pub async fn run(mut self) {
        loop {
            let woken = self.next().await;
            if !self.turn(woken).await {
                break;
            }
        }
        self.leave_calls().await;
        if let Phase::Open(running) = self.phase {
            running.engine.stop().await;
        }
    }

    /// What there is to do; false where nothing more comes.
    async fn turn(&mut self, woken: Woken) -> bool {
        match woken {
            Woken::Batch(Some(batch)) => self.apply(batch).await,
            Woken::Batch(None) | Woken::Ask(None) => return false,
            Woken::Room => {}
            Woken::Ask(Some(ask)) => self.ask(ask).await,
            Woken::News(news) => self.news(news),
            Woken::Transfer(transfer, update) => {
                if self.transfers.heard(transfer, &update) {
                    self.pending.push_back(Input::Transfer { transfer, update });
                }
            }
            Woken::Prepared(prepared) => self.prepared(prepared),
            Woken::Gone(blob) => self.pending.push_back(Input::FilesGone(vec![blob])),
            Woken::Call(call, news) => self.pending.push_back(Input::Call { call, news }),
            Woken::Tick => {
                self.deadline_ms = None;
                self.pending.push_back(Input::Tick);
            }
        }
        true
    }

    /// Whoever is gone without a word is waited for: they may come back. This one does not.
    async fn leave_calls(&mut self) {
        let calls = self.calls.under_way();
        if calls.is_empty() {
            return;
        }
        self.ends = true;
        for call in calls {
            let command = Command::CallLeave(OneCall { call: call.to_hex() });
            self.forward(Ask { command, answer: oneshot::channel().0 });
        }
        let (answer, mut said) = oneshot::channel();
        self.forward(Ask { command: Command::Sync(Nothing {}), answer });
        let late = sleep(LAST_WORD);
        tokio::pin!(late);
        loop {
            let woken = tokio::select! {
                _ = &mut said => return,
                () = &mut late => return,
                woken = self.next() => woken,
            };
            if !self.turn(woken).await {
                return;
            }
        }
    }

    /// Waits for the next thing. Outputs come before inputs, so that what waits stays bounded.
    async fn next(&mut self) -> Woken {
        let room = self.pending.len() < PENDING;
        let (inputs, batches) = match &mut self.phase {
            Phase::Open(running) => (Some(&running.engine.inputs), Some(&mut running.engine.batches)),
            Phase::Empty | Phase::Locked { .. } => (None, None),
        };
        let news = self.connection.as_mut().map(|connection| &mut connection.news);
        tokio::select! {
            biased;
            batch = received(batches) => Woken::Batch(batch),
            permit = reserved(inputs), if !self.pending.is_empty() => match (permit, self.pending.pop_front()) {
                (Some(permit), Some(input)) => { permit.send(input); Woken::Room }
                // The engine's thread is gone; its batches end too.
                _ => Woken::Room,
            },
            Some((transfer, update)) = self.transfers.updates.recv(), if room => Woken::Transfer(transfer, update),
            Some(prepared) = self.staged.recv(), if room => Woken::Prepared(prepared),
            Some(blob) = self.gone.recv(), if room => Woken::Gone(blob),
            (call, news) = self.calls.said(), if room => Woken::Call(call, news),
            () = until(self.deadline_ms), if room => Woken::Tick,
            ask = self.asks.recv(), if room && !self.ends => Woken::Ask(ask),
            message = received_bounded(news), if room => Woken::News(message),
        }
    }

    async fn ask(&mut self, ask: Ask) {
        match (&self.phase, &ask.command) {
            (Phase::Empty, command) if begins(command).is_some() => {
                let passphrase = begins(command).flatten();
                self.begin(passphrase, ask).await;
            }
            (Phase::Empty, _) => {
                let sentence = "There is no account in this folder yet; make one with account.create.";
                let _ = ask.answer.send(Err(Error::new(Kind::NotFound, sentence)));
            }
            (Phase::Locked { .. }, Command::AccountUnlock(unlock)) => {
                let passphrase = unlock.passphrase.clone();
                let unlocked = self.unlock(passphrase).await.map(|()| json!({}));
                let _ = ask.answer.send(unlocked);
            }
            (Phase::Locked { account: false }, command) if begins(command).is_some() => {
                // Begun with a passphrase and interrupted. The same one goes on, another one starts over.
                let passphrase = begins(command).flatten();
                match &passphrase {
                    Some(known) if self.unlock(known.clone()).await.is_ok() => self.forward(ask),
                    _ => self.begin(passphrase, ask).await,
                }
            }
            (Phase::Locked { .. }, _) => {
                let sentence =
                    "This device's data is locked; open it with account.unlock and your passphrase.";
                let _ = ask.answer.send(Err(Error::new(Kind::Locked, sentence)));
            }
            (Phase::Open(_), Command::AccountUnlock(_)) => {
                let _ = ask.answer.send(Ok(json!({})));
            }
            (Phase::Open(running), command) if !running.account && begins(command).is_some() => {
                let passphrase = begins(command).flatten();
                let (home, key, given) = (self.home.clone(), running.key.clone(), passphrase.clone());
                match blocking(move || home.fits(&key, given.as_deref())).await {
                    Ok(true) => self.forward(ask),
                    Ok(false) => self.begin(passphrase, ask).await,
                    Err(error) => drop(ask.answer.send(Err(error))),
                }
            }
            // Whoever has the open app for a minute does not take everything along.
            (Phase::Open(_), Command::DataExport(wanted)) => {
                let known = self.knows_passphrase(wanted.passphrase.clone()).await;
                let _ = ask.answer.send(known.map(|()| json!({})));
            }
            (Phase::Open(_), Command::AccountPassphrase(change)) if change.passkey.is_none() => {
                let changed = self.change_passphrase(change.clone()).await;
                let _ = ask.answer.send(changed.map(|()| json!({})));
            }
            (Phase::Open(_), Command::AccountPasskey(_) | Command::AccountPassphrase(_)) => {
                let sentence = "Passkeys open Casemate in a browser; here it is a passphrase.";
                let _ = ask.answer.send(Err(Error::new(Kind::NotAllowed, sentence)));
            }
            (Phase::Open(_), Command::AccountProve(given)) => {
                let known = self.knows_passphrase(given.passphrase.clone()).await;
                let _ = ask.answer.send(known.map(|()| json!({})));
            }
            (Phase::Open(_), Command::CallStats(wanted)) => self.calls.stats(&wanted.call, ask.answer),
            (Phase::Open(_), Command::CallSign(wanted)) => {
                self.calls.mute(&wanted.call, wanted.muted);
                self.forward(ask);
            }
            (Phase::Open(_), Command::AccountLock(_)) => {
                let locked = self.lock().await;
                let _ = ask.answer.send(locked.map(|()| json!({})));
            }
            (Phase::Open(_), _) => self.forward(ask),
        }
    }

    /// Makes a new database and asks its engine.
    async fn begin(&mut self, passphrase: Option<String>, ask: Ask) {
        self.close().await;
        let home = self.home.clone();
        let opened = blocking(move || home.begin(passphrase.as_deref())).await;
        match opened.and_then(|opened| self.run_engine(opened)) {
            Ok(()) => self.forward(ask),
            Err(error) => drop(ask.answer.send(Err(error))),
        }
    }

    async fn unlock(&mut self, passphrase: String) -> Result<(), Error> {
        let home = self.home.clone();
        let opened = blocking(move || home.unlock(&passphrase)).await?;
        self.run_engine(opened)
    }

    fn run_engine(&mut self, opened: Opened) -> Result<(), Error> {
        let rng = casemate_crypto::rng::from_os().map_err(|error| {
            Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
        })?;
        let config = Config {
            key_kept_in: opened.key_kept_in.to_owned(),
            software: format!("casemate/{}", env!("CARGO_PKG_VERSION")),
            platform: system().to_owned(),
            rng,
            renews_rng: true,
        };
        let engine = Engine::open(opened.db, config).map_err(|error| {
            let kind = match error {
                OpenError::NewerVersion => Kind::Invalid,
                OpenError::WrongKey => Kind::Locked,
                OpenError::Sqlite(_) => Kind::Invalid,
            };
            let mut sentence = error.to_string();
            sentence[..1].make_ascii_uppercase();
            Error::new(kind, format!("{sentence}."))
        })?;
        let missing = staging::tidy_up(&self.home.blobs(), engine.blobs(), now_ms());
        if !missing.is_empty() {
            self.pending.push_back(Input::FilesGone(missing));
        }
        let account = engine.has_account();
        if account && !opened.account {
            self.keep();
        }
        let engine = EngineThread::start(engine)
            .map_err(|error| Error::new(Kind::NotAllowed, format!("The system gives no thread: {error}.")))?;
        self.phase = Phase::Open(Running { engine, key: opened.key, account });
        Ok(())
    }

    /// Ends the engine, the connection and the transfers of a database that will be replaced.
    async fn close(&mut self) {
        if let Phase::Open(running) = std::mem::replace(&mut self.phase, Phase::Empty) {
            running.engine.stop().await;
        }
        self.connection = None;
        self.server = None;
        self.generation = 0;
        self.transfers = Transfers::new(self.home.blobs());
        self.calls.clear();
        self.pending.clear();
        self.deadline_ms = None;
        // Nobody will answer these; their callers are told that the driver stopped.
        self.waiting.clear();
    }

    /// Passes a command on to the engine, its files first made ready.
    fn forward(&mut self, mut ask: Ask) {
        if let Command::AccountCreate(AccountCreate { passphrase, .. })
        | Command::RecoveryRestore(RecoveryRestore { passphrase, .. })
        | Command::DeviceRequest(DeviceRequest { passphrase, .. }) = &mut ask.command
        {
            // Done with; it goes no further.
            *passphrase = None;
        }
        // `account.create` may be for another server: what the old connection then says would be taken for its answer.
        let waits = matches!(
            ask.command,
            Command::Sync(_) | Command::MessageSend(_) | Command::PresenceSet(PresenceSet { here: true, .. })
        );
        if waits && let Some(connection) = &self.connection {
            connection.try_now();
        }
        let sends = self.calls.sends(&ask.command);
        let files = casemate_engine::files_of(&ask.command);
        if files.is_empty() && sends.is_none() {
            return self.prepared(Prepared { ask, files: Ok(Vec::new()) });
        }
        let (blobs, permits, sender) =
            (self.home.blobs(), self.file_work.clone(), self.staged_sender.clone());
        tokio::spawn(async move {
            let Ok(_permit) = permits.acquire().await else { return };
            let files = blocking(move || {
                sends.as_deref().map(call::check_sent).transpose()?;
                staging::stage(&blobs, &files)
            })
            .await;
            let _ = sender.send(Prepared { ask, files }).await;
        });
    }

    fn prepared(&mut self, Prepared { ask, files }: Prepared) {
        let staged = match files {
            Ok(staged) => staged,
            Err(error) => return drop(ask.answer.send(Err(error))),
        };
        let id = self.next_id;
        self.next_id += 1;
        let waiting = Waiting {
            answer: ask.answer,
            staged: staged.iter().map(|file| file.blob).collect(),
            creates_account: matches!(ask.command, Command::AccountCreate(_) | Command::RecoveryRestore(_)),
        };
        self.waiting.insert(id, waiting);
        self.pending.push_back(Input::Command { id, command: ask.command, staged });
    }

    /// From now on the database is not replaced by another `account.create`. Where this fails, the next start does
    /// it.
    fn keep(&self) {
        if let Err(error) = self.home.keep() {
            tracing::warn!(%error, "the key file could not be updated");
        }
    }

    fn news(&mut self, news: Option<News>) {
        let input = match news {
            Some(News::Connected { server }) => {
                self.generation += 1;
                self.calls.server_is(server);
                Input::Connected
            }
            Some(News::Frame(frame)) => Input::Frame(frame),
            Some(News::Disconnected { why }) => Input::Disconnected { why },
            None => {
                self.connection = None;
                Input::Disconnected { why: "the connection's task ended".to_owned() }
            }
        };
        self.pending.push_back(input);
    }
}

/// The passphrase of a command that makes a database for an account: new, restored, or one to be linked to.
fn begins(command: &Command) -> Option<Option<String>> {
    match command {
        Command::AccountCreate(AccountCreate { passphrase, .. })
        | Command::RecoveryRestore(RecoveryRestore { passphrase, .. })
        | Command::DeviceRequest(DeviceRequest { passphrase, .. }) => Some(passphrase.clone()),
        _ => None,
    }
}

async fn received(batches: Option<&mut mpsc::UnboundedReceiver<Batch>>) -> Option<Batch> {
    match batches {
        Some(batches) => batches.recv().await,
        None => pending().await,
    }
}

async fn received_bounded(news: Option<&mut mpsc::Receiver<News>>) -> Option<News> {
    match news {
        Some(news) => news.recv().await,
        None => pending().await,
    }
}

async fn reserved(inputs: Option<&mpsc::Sender<Input>>) -> Option<mpsc::Permit<'_, Input>> {
    match inputs {
        Some(inputs) => inputs.reserve().await.ok(),
        None => pending().await,
    }
}

/// Waits for the device's clock to show `deadline_ms`.
async fn until(deadline_ms: Option<i64>) {
    let Some(deadline_ms) = deadline_ms else { return pending().await };
    loop {
        let left = deadline_ms.saturating_sub(now_ms());
        if left <= 0 {
            return;
        }
        sleep(Duration::from_millis(left.unsigned_abs()).min(LONGEST_SLEEP)).await;
    }
}

/// Runs file work or key derivation off the loop's thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(Kind::Invalid, format!("A part of Casemate failed: {error}."))),
    }
}

/// What this runs on, as its person calls it.
fn system() -> &'static str {
    match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    }
}

#[cfg(test)]
mod tests;
