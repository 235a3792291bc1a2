//! `casemate chat`: the terminal client.
//!
//! ```text
//! keys ─┐                       ┌─ draw ── terminal
//! news ─┼── app (decides, pure) ┤
//! answers ┘                     └─ requests ── client
//! ```
//!
//! - [`app`], [`keys`]: what happens; neither terminal nor client is named there.
//! - [`model`]: copies of the engine's answers.
//! - [`draw`]: what it looks like. Drawn only when something changed, so that a slow line carries little.
//! - [`text`]: what others wrote, made harmless.
//! - [`slash`]: what is a command, and what is sent.
//! - [`drafts`]: what was begun, kept by the engine.
//! - [`plain`]: the same, one line after another, for screen readers.

mod app;
mod calling;
mod compose;
mod devices;
mod drafts;
mod draw;
mod editor;
mod format;
mod keys;
mod locked;
mod model;
mod overlay;
mod path;
mod plain;
mod rings;
mod slash;
mod terminal;
pub mod text;
mod welcome;
mod when;

use std::pin::Pin;
use std::time::Duration;

use casemate_api::command::{BackupCreate, BackupRestore, Nothing};
use casemate_api::{Command, Error, Event};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rand::Rng as _;
use ratatui::crossterm::event::{Event as Input, KeyEventKind};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::client::{self, Client, Events, Options};
use app::{App, Effect, Purpose};
use terminal::Screen;
use when::Now;
pub use when::size;

/// What is written is kept so long after its first letter. Longer loses more with a machine that fails, shorter writes more often.
const KEEP_AFTER: Duration = Duration::from_secs(1);
/// The end waits so long at most for what was written. Texts take no time; files that are made ready may take more than this,
/// and then stand in no chat.
const SETTLE: Duration = Duration::from_secs(3);

/// Runs the terminal client until the person ends it.
pub fn run(options: Options, link: Option<String>) -> anyhow::Result<()> {
    with_client(options, async |client, events| {
        let mut screen = Screen::open()?;
        let result = show(&mut screen, client, events, link).await;
        drop(screen);
        result
    })
}

/// The same without a screen.
pub fn run_plain(options: Options, link: Option<String>) -> anyhow::Result<()> {
    with_client(options, async |client, events| plain::run(client, events, link).await)
}

fn with_client(
    options: Options,
    work: impl AsyncFnOnce(Client, Events) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = client::runtime()?;
    let result = runtime.block_on(async {
        let (client, events, ended) =
            Client::open(options).await.map_err(|error| anyhow::anyhow!(error.message))?;
        let result = work(client, events).await;
        // The last client is gone with the work; the database is closed before the process ends.
        let _ = ended.await;
        result
    });
    runtime.shutdown_background();
    result
}

async fn show(
    screen: &mut Screen,
    client: Client,
    mut events: Events,
    link: Option<String>,
) -> anyhow::Result<()> {
    let mut app = App::new(link);
    let mut answers = Answers::new();
    let result = talk(screen, &client, &mut events, &mut app, &mut answers).await;
    settle(&client, &mut events, &mut app, &mut answers).await;
    result
}

/// Attempts that keys ask for are so far apart at least.
const TRY_APART: Duration = Duration::from_secs(1);

/// Who looks waits no longer than three seconds for the next attempt to reach the server. A part of it is by chance, so that not all
/// come at once to a server that starts again.
fn soon() -> Duration {
    Duration::from_millis(rand::rng().random_range(2_000..3_000))
}

/// Until the person, the system or the terminal ends it.
async fn talk(
    screen: &mut Screen,
    client: &Client,
    events: &mut Events,
    app: &mut App,
    answers: &mut Answers,
) -> anyhow::Result<()> {
    let mut inputs = screen.inputs()?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    // The day changes at midnight though nobody writes.
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    let mut keep_at = None;
    let (mut try_at, mut tried_at) = (None, Instant::now());
    loop {
        for effect in app.take_effects() {
            match effect {
                Effect::Call(purpose, command) => ask(client, answers, purpose, command),
                Effect::Redraw => screen.clear()?,
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Quit => return Ok(()),
            }
        }
        try_at = app.is_offline().then(|| try_at.unwrap_or_else(|| Instant::now() + soon()));
        keep_at = app.is_draft_unkept().then(|| keep_at.unwrap_or_else(|| Instant::now() + KEEP_AFTER));
        screen.draw(app, &Now::system())?;
        let news = tokio::select! {
            Some((at, input)) = inputs.recv(), if app.takes_input() => News::Input(at, input),
            Some(event) = events.recv() => News::Event(event),
            Some((purpose, result)) = answers.next(), if !answers.is_empty() => News::Answer(purpose, result),
            _ = minute.tick() => continue,
            () = sleep_until(keep_at.unwrap_or_else(Instant::now)), if keep_at.is_some() => News::Pause,
            () = sleep_until(try_at.unwrap_or_else(Instant::now)), if try_at.is_some() => {
                (try_at, tried_at) = (None, Instant::now());
                ask(client, answers, Purpose::Reached, Command::Sync(Nothing {}));
                continue;
            }
            _ = terminated.recv() => return Ok(()),
            _ = hung_up.recv() => return Ok(()),
        };
        // Somebody is there: the next attempt comes at once.
        if matches!(news, News::Input(..)) && tried_at.elapsed() >= TRY_APART {
            try_at = try_at.map(|_| Instant::now());
        }
        take(app, news);
        // What has come already is drawn together.
        while app.takes_input()
            && let Ok((at, input)) = inputs.try_recv()
        {
            take(app, News::Input(at, input));
        }
        while let Ok(event) = events.try_recv() {
            take(app, News::Event(event));
        }
    }
}

/// The end costs nothing that was written: the engine keeps what stands in the composer, and gets what was sent.
async fn settle(client: &Client, events: &mut Events, app: &mut App, answers: &mut Answers) {
    app.keep_draft();
    let until = Instant::now() + SETTLE;
    loop {
        for effect in app.take_effects() {
            if let Effect::Call(purpose, command) = effect {
                ask(client, answers, purpose, command);
            }
        }
        if !app.composer.is_unsettled() {
            return;
        }
        tokio::select! {
            Some((purpose, result)) = answers.next() => app.answer(purpose, result),
            // The driver answers only those who listen.
            Some(event) = events.recv() => app.event(event),
            () = sleep_until(until) => return,
        }
    }
}

fn ask(client: &Client, answers: &mut Answers, purpose: Purpose, command: Command) {
    let client = client.clone();
    answers.push(Box::pin(async move { (purpose, client.call(command).await) }));
}

/// What the loop woke up for.
enum News {
    Input(std::time::Instant, Input),
    Event(Event),
    Answer(Purpose, Result<Value, Error>),
    /// Something was written a moment ago.
    Pause,
}

fn take(app: &mut App, news: News) {
    match news {
        News::Input(at, Input::Key(key)) if key.kind != KeyEventKind::Release => {
            app.typed_at = at;
            app.key(key);
        }
        News::Input(_, Input::Paste(text)) => app.paste(&text),
        // A new size is drawn like any other change.
        News::Input(..) => {}
        News::Event(event) => app.event(event),
        News::Answer(purpose, result) => app.answer(purpose, result),
        News::Pause => app.keep_draft(),
    }
}

/// What the engine says it is time for, of the backup on the server: it needs no passphrase.
fn backup_due(restore: bool) -> Command {
    match restore {
        true => Command::BackupRestore(BackupRestore::default()),
        false => Command::BackupCreate(BackupCreate::default()),
    }
}

/// What is asked for and not answered yet.
type Answers = FuturesUnordered<Pin<Box<dyn Future<Output = (Purpose, Result<Value, Error>)>>>>;

/// Keys and pastes, and when each was pressed: read on a thread of its own.
type Inputs = mpsc::Receiver<(std::time::Instant, Input)>;
