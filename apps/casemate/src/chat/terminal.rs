//! The terminal itself: taken over at the start, given back on every way out, a panic too.

use std::io::{IsTerminal, Stdout, Write, stdout};

use anyhow::{Context, bail};
use data_encoding::BASE64;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use tokio::sync::mpsc;

use super::app::App;
use super::when::Now;
use super::{Inputs, draw};

/// Inputs that wait to be handled.
const WAITING: usize = 256;

/// A terminal in our hands.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> anyhow::Result<Self> {
        if !stdout().is_terminal() {
            bail!("casemate chat needs a terminal; use casemate chat --plain, or casemate rpc for programs");
        }
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        enable_raw_mode().context("this terminal cannot be used")?;
        // Terminals that do not know the keyboard's flags ignore them; others tell Shift-Enter from Enter.
        execute!(
            stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
            SetTitle("Casemate"),
        )?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(Self { terminal })
    }

    /// Draws what changed.
    pub fn draw(&mut self, app: &mut App, now: &Now) -> anyhow::Result<()> {
        self.terminal.draw(|frame| draw::draw(frame, app, now)).context("the terminal is gone")?;
        Ok(())
    }

    /// Forgets what is on the screen, so that all of it is drawn anew.
    pub fn clear(&mut self) -> anyhow::Result<()> {
        self.terminal.clear().context("the terminal is gone")
    }

    /// Puts a text on the clipboard (OSC 52). Terminals that do not do this ignore it.
    pub fn copy(&mut self, text: &str) -> anyhow::Result<()> {
        let mut output = stdout();
        write!(output, "\x1b]52;c;{}\x07", BASE64.encode(text.as_bytes()))?;
        output.flush().context("the terminal is gone")
    }

    /// Keys, pastes and new sizes.
    pub fn inputs(&self) -> anyhow::Result<Inputs> {
        let (sender, receiver) = mpsc::channel(WAITING);
        // Ends with the process: reading a terminal cannot be interrupted.
        std::thread::Builder::new().name("keys".into()).spawn(move || {
            while let Ok(input) = event::read() {
                if sender.blocking_send((std::time::Instant::now(), input)).is_err() {
                    return;
                }
            }
        })?;
        Ok(receiver)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back as it was. What fails here cannot be helped.
fn give_back() {
    let _ = execute!(stdout(), PopKeyboardEnhancementFlags, DisableBracketedPaste, LeaveAlternateScreen);
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), ratatui::crossterm::cursor::Show);
}
