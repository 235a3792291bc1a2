//! The loop between the page, the engine, the connection, the transfers and the files. It moves things; what they
//! mean is the engine's.
//!
//! The engine runs in this thread: what comes in is handled at once and its outputs are done before anything else
//! comes in, so nothing overtakes but the page what the server says ([`heard`]).

mod backups;
mod heard;
mod outputs;
mod security;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::{Rc, Weak};

use casemate_api::command::{AttachmentSave, PresenceSet, ReportCreate};
use casemate_api::{Command, Error, Kind};
use casemate_engine::{Config, Engine, Input, OpenError, Staged};
use casemate_wire::ids::BlobId;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;

use super::backup::BackingUp;
use super::blob_server::BlobServer;
use super::call::Calls;
use super::connection::Connection;
use super::export::{self, Exporting};
use super::folder::{Folder, whole};
use super::guard::Guard;
use super::home::{DbKey, Given, Home, Opened, State};
use super::host::Host;
use super::indicators;
use super::js::{Timer, Turns, now_ms, scope};
use super::page::{Answer, Page};
use super::record::Record;
use super::relock::{Lock, decode};
use super::report;
use super::staging::{self, Lent};
use super::transfer::Transfers;
use security::begins;

/// Files being prepared at a time.
const STAGING: usize = 2;
/// Files that the page has lent; beyond, the oldest is forgotten.
const LENT: usize = 256;
/// The clock may be set, and sleeping machines do not count: look at least so often.
const LONGEST_SLEEP_MS: i64 = 30_000;
/// Why nothing is said of what a call brings.
const NO_STATS: &str = "A browser plays what a call brings, and counts none of it here.";

/// Everything of this Worker.
pub struct Driver {
    me: Weak<Driver>,
    page: Page,
    guard: Guard,
    phase: RefCell<Phase>,
    lent: RefCell<BTreeMap<u64, Lent>>,
    staging: Semaphore,
    /// One at a time: a file can be open once.
    reads: Semaphore,
    exporting: Exporting,
    backing_up: BackingUp,
    pub(super) calls: Calls,
}

enum Phase {
    Closed,
    /// Nothing yet.
    Empty {
        place: Rc<Place>,
    },
    Locked {
        place: Rc<Place>,
        record: Record,
    },
    Open(Running),
}

/// Where this browser keeps things.
struct Place {
    home: Home,
    folder: Folder,
}

/// An open database and its engine.
struct Running {
    place: Rc<Place>,
    engine: Engine,
    key: DbKey,
    record: Record,
    connection: Option<Rc<Connection>>,
    server: Option<BlobServer>,
    transfers: Transfers,
    waiting: HashMap<u64, Waiting>,
    next_id: u64,
    pending: VecDeque<Input>,
    /// What the server said, in order, and the connection's news between.
    heard: VecDeque<Input>,
    turns: Turns,
    /// The engine or its outputs are being worked on further up the stack.
    busy: bool,
    timer: Option<Timer>,
}

/// Somebody who waits for the engine's answer.
struct Waiting {
    answer: Answer,
    /// Files made for this command: removed when it fails.
    staged: Vec<BlobId>,
    creates_account: bool,
}

impl Driver {
    /// With nothing open.
    pub fn new(host: Rc<Host>) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            page: Page(host.clone()),
            guard: Guard::new(host),
            phase: RefCell::new(Phase::Closed),
            lent: RefCell::default(),
            staging: Semaphore::new(STAGING),
            reads: Semaphore::new(1),
            exporting: Exporting::default(),
            backing_up: BackingUp::default(),
            calls: Calls::default(),
        })
    }

    /// This driver, for what happens later.
    pub(super) fn me(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// The page's end.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// `{open}`: opens what can be opened, and says how it stands.
    pub async fn open(&self, given: Option<Given>) {
        let phase = self.phase.replace(Phase::Closed);
        let opened = match phase {
            Phase::Closed => self.open_closed(given).await,
            Phase::Locked { place, record } => self.unlock(place, record, given).await,
            // Said twice.
            open => {
                self.phase.replace(open);
                Ok(())
            }
        };
        if let Err(error) = opened {
            return self.page.failed(&error);
        }
        let ready = match &*self.phase.borrow() {
            Phase::Empty { .. } => false,
            Phase::Open(running) => running.engine.has_account(),
            Phase::Locked { .. } | Phase::Closed => return,
        };
        self.page.ready(ready);
    }

    async fn open_closed(&self, given: Option<Given>) -> Result<(), Error> {
        let home = Home::take(self.page.0.clone()).await?;
        let folder = match Folder::open().await {
            Ok(folder) => folder,
            Err(error) => {
                home.close();
                return Err(Error::new(Kind::NotAllowed, format!("This browser keeps no files: {error}.")));
            }
        };
        // In clear: it does not wait until somebody unlocks.
        folder.remove(super::export::NAME).await;
        match home.open().await {
            Ok(State::Empty) => {
                self.phase.replace(Phase::Empty { place: Rc::new(Place { home, folder }) });
                Ok(())
            }
            Ok(State::Locked(record)) => self.unlock(Rc::new(Place { home, folder }), record, given).await,
            Ok(State::Open(opened)) => self.run_engine(Rc::new(Place { home, folder }), opened).await,
            Err(error) => {
                home.close();
                Err(error)
            }
        }
    }

    /// Opens a locked database, or says what is missing.
    async fn unlock(&self, place: Rc<Place>, record: Record, given: Option<Given>) -> Result<(), Error> {
        let opened = match &given {
            None => Err(Error::new(Kind::Locked, "Your messages are locked.")),
            Some(given) => place.home.unlock(&record, given).await,
        };
        match opened {
            Ok(opened) => self.run_engine(place, opened).await,
            Err(error) => {
                let asks = record.asks();
                self.phase.replace(Phase::Locked { place, record });
                self.page.locked(&error.message, asks);
                Ok(())
            }
        }
    }

    /// `{close}`: another tab takes over.
    pub fn close(&self) {
        let phase = self.phase.replace(Phase::Closed);
        let place = match phase {
            Phase::Closed => None,
            Phase::Empty { place } | Phase::Locked { place, .. } => Some(place),
            Phase::Open(running) => Some(self.stop(running)),
        };
        if let Some(place) = place {
            place.home.close();
        }
        self.page.closed();
    }

    /// `{file}`: keeps what the page lends until it is sent.
    pub fn lend(&self, number: u64, file: Lent) {
        let mut lent = self.lent.borrow_mut();
        lent.insert(number, file);
        while lent.len() > LENT {
            lent.pop_first();
        }
    }

    /// `{stop}`: what was lent is to be sent no more.
    pub fn stop_file(&self, number: u64) {
        if let Some(lent) = self.lent.borrow().get(&number) {
            lent.stopped.set(true);
        }
    }

    /// `{read}`: asks the engine for a file's bytes.
    pub fn read(&self, wanted: AttachmentSave, number: u64) {
        self.forward(Command::AttachmentSave(wanted), Answer::Read(number));
    }

    /// `indicators.import`: a list out of a file that the page lent.
    fn import(&self, path: &str, answer: Answer) {
        match (self.lent(path), self.me.upgrade()) {
            (Ok(lent), Some(me)) => {
                self.give_back(path);
                indicators::import(me, lent, answer);
            }
            (Ok(_), None) => self.page.refuse(answer, ended()),
            (Err(error), _) => self.page.refuse(answer, error),
        }
    }

    /// A file that the page lent, by the path that names it.
    fn lent(&self, path: &str) -> Result<Lent, Error> {
        let lent = lent_number(path).and_then(|number| self.lent.borrow().get(&number).cloned());
        lent.ok_or_else(|| {
            Error::new(Kind::NotFound, format!("There is no file {path}; it has to be lent first."))
        })
    }

    /// It is needed no more.
    fn give_back(&self, path: &str) {
        if let Some(number) = lent_number(path) {
            self.lent.borrow_mut().remove(&number);
        }
    }

    /// A question of the Worker's own to the engine.
    pub async fn ask_inside(&self, command: Command) -> Result<Value, Error> {
        let (answer, answered) = oneshot::channel();
        self.forward(command, Answer::Inside(answer));
        answered.await.map_err(|_| ended())?
    }

    /// Guard's Worker.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The export under way, if any.
    pub fn exporting(&self) -> &Exporting {
        &self.exporting
    }

    /// `{export}`: everything into one zip, for whoever knows what opens the database.
    pub fn export(&self, number: u64, given: Option<String>) {
        let answer = Answer::Export(number);
        let known = self.with_running(|running| {
            let known = running.record.proves(&running.key, given.as_deref());
            known.map(|()| running.place.folder.clone()).map_err(|error| (error, running.record.asks()))
        });
        match (known, self.me.upgrade()) {
            (Some(Ok(folder)), Some(me)) => export::begin(me, folder, number),
            (Some(Err((error, asks))), _) => self.page.prove_first(number, &error, asks),
            _ => {
                self.page.refuse(answer, Error::new(Kind::Locked, "Casemate is closed here; open it first."))
            }
        }
    }

    /// `{report}`: what somebody wrote, into one zip.
    pub fn report(&self, number: u64, wanted: ReportCreate) {
        let folder = self.with_running(|running| running.place.folder.clone());
        match (folder, self.me.upgrade()) {
            (Some(folder), Some(me)) => report::begin(me, folder, number, wanted),
            _ => {
                let sentence = "Casemate is closed here; open it first.";
                self.page.refuse(Answer::Report(number), Error::new(Kind::Locked, sentence));
            }
        }
    }

    /// `{exported}`: the browser has its own copy.
    pub fn exported(&self, number: u64) {
        let folder = self.with_running(|running| running.place.folder.clone());
        if let (Some(folder), Some(me)) = (folder, self.me.upgrade()) {
            spawn_local(async move { export::forget(&me, &folder, number).await });
        }
    }

    /// A request of the page.
    pub async fn ask(&self, command: Command, answer: Answer) {
        match command {
            Command::AttachmentSave(_) | Command::DataExport(_) | Command::ReportCreate(_) => {
                let sentence = "A browser keeps no files for others; ask for the bytes.";
                return self.page.refuse(answer, Error::new(Kind::NotAllowed, sentence));
            }
            Command::CallStats(_) => {
                return self.page.refuse(answer, Error::new(Kind::NotAllowed, NO_STATS));
            }
            Command::DataExportCancel(_) => {
                self.exporting.cancel();
                return self.page.respond(answer, Ok(json!({})));
            }
            Command::BackupCreate(_) | Command::BackupRestore(_) | Command::BackupCancel(_) => {
                return self.ask_backup(command, answer);
            }
            Command::IndicatorsImport(wanted) => return self.import(&wanted.path, answer),
            _ => {}
        }
        let phase = self.phase.replace(Phase::Closed);
        match (phase, command) {
            (Phase::Closed, _) => {
                self.page.refuse(answer, Error::new(Kind::Locked, "Casemate is closed here; open it first."));
            }
            (Phase::Empty { place }, command) if begins(&command).is_some() => {
                let passphrase = begins(&command).flatten();
                self.begin(place, passphrase, command, answer).await;
            }
            (empty @ Phase::Empty { .. }, _) => {
                self.phase.replace(empty);
                let sentence = "There is no account in this browser yet; make one first.";
                self.page.refuse(answer, Error::new(Kind::NotFound, sentence));
            }
            (Phase::Locked { place, record }, Command::AccountUnlock(unlock)) => {
                let given = match unlock.passkey {
                    Some(secret) => decode(&secret).map(Given::Passkey),
                    None => Ok(Given::Passphrase(unlock.passphrase)),
                };
                let opened = match given {
                    Ok(given) => place.home.unlock(&record, &given).await,
                    Err(error) => Err(error),
                };
                match opened {
                    Ok(opened) => match self.run_engine(place, opened).await {
                        Ok(()) => self.page.respond(answer, Ok(json!({}))),
                        Err(error) => self.page.refuse(answer, error),
                    },
                    Err(error) => {
                        self.phase.replace(Phase::Locked { place, record });
                        self.page.refuse(answer, error);
                    }
                }
            }
            (Phase::Locked { place, record }, command) if !record.account && begins(&command).is_some() => {
                // Begun with a passphrase and interrupted. The same one goes on, another one starts over.
                let passphrase = begins(&command).flatten();
                let known = match passphrase.clone() {
                    Some(known) => place.home.unlock(&record, &Given::Passphrase(known)).await.ok(),
                    None => None,
                };
                match known {
                    Some(opened) => match self.run_engine(place, opened).await {
                        Ok(()) => self.forward(command, answer),
                        Err(error) => self.page.refuse(answer, error),
                    },
                    None => self.begin(place, passphrase, command, answer).await,
                }
            }
            (locked @ Phase::Locked { .. }, _) => {
                self.phase.replace(locked);
                let sentence = "Your messages are locked.";
                self.page.refuse(answer, Error::new(Kind::Locked, sentence));
            }
            (open @ Phase::Open(_), Command::AccountUnlock(_)) => {
                self.phase.replace(open);
                self.page.respond(answer, Ok(json!({})));
            }
            (Phase::Open(running), Command::AccountPassphrase(change)) => {
                let lock = match (change.new.filter(|new| !new.is_empty()), change.passkey) {
                    (None, Some(passkey)) => Lock::PasskeyAlone(passkey),
                    (new, _) => Lock::Passphrase(new),
                };
                self.relock(running, change.current, lock, answer).await;
            }
            (Phase::Open(running), Command::AccountPasskey(change)) => {
                self.relock(running, change.current, Lock::Passkey(change.passkey), answer).await;
            }
            (Phase::Open(running), Command::AccountProve(given)) => {
                let known = match &given.passkey {
                    Some(secret) => running.record.opens_by_passkey(&running.key, secret),
                    None => running.record.proves(&running.key, given.passphrase.as_deref()),
                };
                self.phase.replace(Phase::Open(running));
                match known {
                    Ok(()) => self.page.respond(answer, Ok(json!({}))),
                    Err(error) => self.page.refuse(answer, error),
                }
            }
            (Phase::Open(running), Command::AccountLock(_)) => self.lock(running, answer),
            (Phase::Open(running), command)
                if !running.engine.has_account() && begins(&command).is_some() =>
            {
                let passphrase = begins(&command).flatten();
                match running.record.fits(&running.key, passphrase.as_deref()) {
                    Ok(true) => {
                        self.phase.replace(Phase::Open(running));
                        self.forward(command, answer);
                    }
                    Ok(false) => {
                        let place = self.stop(running);
                        self.begin(place, passphrase, command, answer).await;
                    }
                    Err(error) => {
                        self.phase.replace(Phase::Open(running));
                        self.page.refuse(answer, error);
                    }
                }
            }
            (open @ Phase::Open(_), command) => {
                self.phase.replace(open);
                self.forward(command, answer);
            }
        }
    }

    /// Makes a new database and asks its engine for the account.
    async fn begin(&self, place: Rc<Place>, passphrase: Option<String>, command: Command, answer: Answer) {
        let opened = match place.home.begin(passphrase.as_deref()).await {
            Ok(opened) => self.run_engine(place, opened).await,
            Err(error) => {
                self.phase.replace(Phase::Empty { place });
                Err(error)
            }
        };
        match opened {
            Ok(()) => self.forward(command, answer),
            Err(error) => self.page.refuse(answer, error),
        }
    }

    async fn run_engine(&self, place: Rc<Place>, opened: Opened) -> Result<(), Error> {
        let rng = casemate_crypto::rng::from_os().map_err(|error| {
            Error::new(Kind::NotAllowed, format!("The browser gives no random numbers: {error}."))
        })?;
        let config = Config {
            key_kept_in: opened.record.kept_in().to_owned(),
            software: concat!("casemate-web/", env!("CARGO_PKG_VERSION")).to_owned(),
            platform: "web".to_owned(),
            rng,
            renews_rng: true,
        };
        let mut engine = Engine::open(opened.db, config).map_err(|error| {
            let kind = match error {
                OpenError::NewerVersion | OpenError::Sqlite(_) => Kind::Invalid,
                OpenError::WrongKey => Kind::Locked,
            };
            let mut sentence = error.to_string();
            sentence[..1].make_ascii_uppercase();
            Error::new(kind, format!("{sentence}."))
        })?;
        let missing = place.folder.tidy_up(engine.blobs(), now_ms()).await;
        let mut outputs = engine.start(now_ms());
        if !missing.is_empty() {
            outputs.extend(engine.handle(Input::FilesGone(missing), now_ms()));
        }
        let keep = engine.has_account() && !opened.record.account;
        let me = self.me.clone();
        let updates = move |transfer, update| {
            if let Some(driver) = me.upgrade() {
                driver.input(Input::Transfer { transfer, update });
            }
        };
        let me = self.me.clone();
        let turns = Turns::new(move || {
            if let Some(driver) = me.upgrade() {
                driver.turn();
            }
        })
        .map_err(|error| Error::new(Kind::NotAllowed, format!("This browser has no channels: {error}.")))?;
        self.phase.replace(Phase::Open(Running {
            transfers: Transfers::new(place.folder.clone(), updates),
            place,
            engine,
            key: opened.key,
            record: opened.record,
            connection: None,
            server: None,
            waiting: HashMap::new(),
            next_id: 1,
            pending: VecDeque::new(),
            heard: VecDeque::new(),
            turns,
            busy: false,
            timer: None,
        }));
        if keep {
            self.keep();
        }
        outputs.into_iter().for_each(|output| self.apply(output));
        self.set_timer();
        Ok(())
    }

    /// Ends an engine, its connection and its transfers; whoever waits is told.
    fn stop(&self, mut running: Running) -> Rc<Place> {
        self.calls.end_all();
        running.engine.stop(now_ms());
        for waiting in running.waiting.into_values() {
            self.page.refuse(waiting.answer, ended());
        }
        // The database is closed with the engine.
        running.place
    }

    /// Passes a command on to the engine, its files first made ready.
    pub fn forward(&self, mut command: Command, answer: Answer) {
        match &mut command {
            Command::AccountCreate(create) => {
                // Done with; it goes no further.
                create.passphrase = None;
                if create.server.is_none() && create.invite.is_none() {
                    create.server = Some(scope().location().origin());
                }
            }
            Command::RecoveryRestore(restore) => {
                restore.passphrase = None;
                if restore.server.is_none() {
                    restore.server = Some(scope().location().origin());
                }
            }
            Command::DeviceRequest(request) => {
                request.passphrase = None;
                if request.server.is_none() {
                    request.server = Some(scope().location().origin());
                }
            }
            // Somebody waits, or looks.
            Command::Sync(_)
            | Command::MessageSend(_)
            | Command::PresenceSet(PresenceSet { here: true, .. }) => {
                let connection = self.with_running(|running| running.connection.clone()).flatten();
                if let Some(connection) = connection {
                    connection.try_now();
                }
            }
            _ => {}
        }
        let mut files = Vec::new();
        for wanted in casemate_engine::files_of(&command) {
            match self.lent(&wanted.path) {
                Ok(lent) => files.push((wanted, lent)),
                Err(error) => return self.page.refuse(answer, error),
            }
        }
        let folder = self.with_running(|running| running.place.folder.clone());
        let (false, Some(folder), Some(me)) = (files.is_empty(), folder, self.me.upgrade()) else {
            return self.prepared(command, answer, Vec::new());
        };
        spawn_local(async move {
            let Ok(_permit) = me.staging.acquire().await else { return };
            match staging::stage(&folder, &me.guard, &files).await {
                Ok(staged) => {
                    files.iter().for_each(|(wanted, _)| me.give_back(&wanted.path));
                    me.prepared(command, answer, staged);
                }
                Err(error) => me.page.refuse(answer, error),
            }
        });
    }

    fn prepared(&self, command: Command, answer: Answer, staged: Vec<Staged>) {
        let mut phase = self.phase.borrow_mut();
        let Phase::Open(running) = &mut *phase else {
            // What was prepared is an orphan at the next start.
            return self
                .page
                .refuse(answer, Error::new(Kind::Locked, "Casemate is closed here; open it first."));
        };
        let id = running.next_id;
        running.next_id += 1;
        let waiting = Waiting {
            answer,
            staged: staged.iter().map(|file| file.blob).collect(),
            creates_account: matches!(command, Command::AccountCreate(_) | Command::RecoveryRestore(_)),
        };
        running.waiting.insert(id, waiting);
        drop(phase);
        self.input(Input::Command { id, command, staged });
    }

    /// Hands an input to the engine and does what comes of it.
    pub(super) fn input(&self, input: Input) {
        let busy = self.with_running(|running| {
            running.pending.push_back(input);
            std::mem::replace(&mut running.busy, true)
        });
        if busy != Some(false) {
            return;
        }
        while let Some(outputs) = self.with_running(Running::step).flatten() {
            outputs.into_iter().for_each(|output| self.apply(output));
        }
        self.with_running(|running| running.busy = false);
        self.set_timer();
    }

    fn set_timer(&self) {
        let me = self.me.clone();
        self.with_running(|running| {
            running.timer = running.engine.deadline().map(|deadline_ms| {
                let left = deadline_ms.saturating_sub(now_ms()).clamp(0, LONGEST_SLEEP_MS);
                Timer::after(left as u32, move || {
                    if let Some(driver) = me.upgrade() {
                        driver.tick();
                    }
                })
            });
        });
    }

    /// Time has passed; perhaps enough.
    fn tick(&self) {
        let due = |running: &mut Running| running.engine.deadline().is_some_and(|due_ms| due_ms <= now_ms());
        match self.with_running(due) {
            Some(true) => self.input(Input::Tick),
            _ => self.set_timer(),
        }
    }

    /// From now on the database is not replaced by another `account.create`. Where this fails, the next start does
    /// it.
    fn keep(&self) {
        let kept = self.with_running(|running| {
            running.record.account = true;
            (running.place.clone(), running.record.clone())
        });
        if let Some((place, record)) = kept {
            spawn_local(async move { drop(place.home.write(&record).await) });
        }
    }

    fn with_running<T>(&self, act: impl FnOnce(&mut Running) -> T) -> Option<T> {
        match &mut *self.phase.borrow_mut() {
            Phase::Open(running) => Some(act(running)),
            Phase::Closed | Phase::Empty { .. } | Phase::Locked { .. } => None,
        }
    }

    /// Removes a file; in its own time.
    fn delete(&self, blob: BlobId) {
        if let Some(folder) = self.with_running(|running| running.place.folder.clone()) {
            spawn_local(async move {
                folder.remove(&super::folder::part(&blob)).await;
                folder.remove(&whole(&blob)).await;
            });
        }
    }
}

/// The number in the path that names a lent file.
fn lent_number(path: &str) -> Option<u64> {
    path.strip_prefix("file:")?.parse().ok()
}

/// Who waited for the engine will not hear from it.
pub fn ended() -> Error {
    Error::new(Kind::Locked, "Casemate is ending here; nothing that was stored is lost.")
}

impl Running {
    /// One input, if any waits.
    fn step(&mut self) -> Option<Vec<casemate_engine::Output>> {
        let input = self.pending.pop_front()?;
        Some(self.engine.handle(input, now_ms()))
    }
}
