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
//! - [`plain`]: the same, one line after another, for screen readers.

mod app;
mod calling;
mod compose;
mod devices;
mod draw;
mod editor;
mod format;
mod keys;
mod locked;
mod model;
mod overlay;
mod path;
mod plain;
mod slash;
mod terminal;
mod text;
mod welcome;
mod when;

use casemate_api::command::{BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Event};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use ratatui::crossterm::event::{Event as Input, KeyEventKind};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::client::{self, Client, Events, Options};
use app::{App, Effect, Purpose};
use terminal::Screen;
use when::Now;

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
    let mut inputs = screen.inputs()?;
    let mut answers = FuturesUnordered::new();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    // The day changes at midnight though nobody writes.
    let mut minute = tokio::time::interval(std::time::Duration::from_secs(60));
    loop {
        for effect in app.take_effects() {
            match effect {
                Effect::Call(purpose, command) => {
                    let client = client.clone();
                    answers.push(async move { (purpose, client.call(command).await) });
                }
                Effect::Redraw => screen.clear()?,
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Quit => return Ok(()),
            }
        }
        screen.draw(&mut app, &Now::system())?;
        let news = tokio::select! {
            Some(input) = inputs.recv() => News::Input(input),
            Some(event) = events.recv() => News::Event(event),
            Some((purpose, result)) = answers.next(), if !answers.is_empty() => News::Answer(purpose, result),
            _ = minute.tick() => continue,
            _ = terminated.recv() => return Ok(()),
            _ = hung_up.recv() => return Ok(()),
        };
        take(&mut app, news);
        // What has come already is drawn together.
        while let Ok(input) = inputs.try_recv() {
            take(&mut app, News::Input(input));
        }
        while let Ok(event) = events.try_recv() {
            take(&mut app, News::Event(event));
        }
    }
}

/// What the loop woke up for.
enum News {
    Input(Input),
    Event(Event),
    Answer(Purpose, Result<Value, Error>),
}

fn take(app: &mut App, news: News) {
    match news {
        News::Input(Input::Key(key)) if key.kind != KeyEventKind::Release => app.key(key),
        News::Input(Input::Paste(text)) => app.paste(&text),
        // A new size is drawn like any other change.
        News::Input(_) => {}
        News::Event(event) => app.event(event),
        News::Answer(purpose, result) => app.answer(purpose, result),
    }
}

/// What the engine says it is time for, of the backup on the server: it needs no passphrase.
fn backup_due(restore: bool) -> Command {
    match restore {
        true => Command::BackupRestore(BackupRestore::default()),
        false => Command::BackupCreate(BackupCreate::default()),
    }
}

/// Keys and pastes, read on a thread of its own.
type Inputs = mpsc::Receiver<Input>;
