//! The first screens: starting, choosing a name, unlocking.

use casemate_api::view::DeviceCode;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{ACCENT, DANGER, QUIET, STRONG, key_line};
use crate::chat::app::App;
use crate::chat::editor::Editor;
use crate::chat::text::{cut, cut_start, harmless_line, width, wrap};
use crate::chat::welcome::{Begin, Field, Unlock, Welcome};

/// Nobody reads lines longer than this with pleasure.
const MEASURE: u16 = 66;

pub fn draw_starting(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let words = match &app.notice {
        Some(notice) => Line::styled(notice.text.clone(), DANGER),
        None => Line::styled("Opening…", QUIET),
    };
    frame.render_widget(words, column(area, 3));
}

pub fn draw_welcome(frame: &mut Frame<'_>, area: Rect, welcome: &Welcome) {
    let area = column(area, 19);
    let mut page = Page::new(area);
    page.line(Line::styled("⌂ Casemate", STRONG));
    page.gap();
    page.text(
        "Messages that nobody between you and the other person can read. No phone number, no e-mail.",
        Style::new(),
    );
    page.gap();
    if let Some(code) = &welcome.code {
        draw_code(&mut page, code);
        return page.show(frame);
    }
    let (first, second) = match welcome.begin {
        Begin::New => ("Invitation link, or a server's address", "Choose a name"),
        Begin::Link => ("Your account's server", "A name for this device"),
        Begin::Restore => ("Your account's server", "Your account's name"),
    };
    page.field(first, &welcome.link, welcome.field == Field::Link, false);
    page.field(second, &welcome.name, welcome.field == Field::Name, false);
    if welcome.field == Field::Name && welcome.begin == Begin::New {
        page.text("Small letters, digits, dot, hyphen. You will be name@server.", QUIET);
    }
    if welcome.begin == Begin::Restore {
        page.field(
            "The twelve words of your recovery kit",
            &welcome.words,
            welcome.field == Field::Words,
            false,
        );
        if welcome.field == Field::Words {
            page.text("All other devices of the account are removed, and your contacts are told.", QUIET);
        }
    }
    page.field("Passphrase (may stay empty)", &welcome.passphrase, welcome.field == Field::Passphrase, true);
    if welcome.field == Field::Passphrase {
        page.text("Locks what is stored on this device. Nobody can bring it back for you.", QUIET);
    }
    page.gap();
    match (&welcome.wrong, welcome.busy) {
        (_, true) if welcome.begin == Begin::New => page.text("Creating your account…", ACCENT),
        (_, true) => page.text("Asking the server…", ACCENT),
        (Some(wrong), false) => page.text(&harmless_line(wrong), DANGER),
        (None, false) => page.line(key_line(&[("Enter", "go on"), ("Tab", "next field"), ("Esc", "end")])),
    }
    let other = match welcome.begin {
        Begin::New => "link this to an account that you have",
        Begin::Link => "bring an account back with its recovery kit",
        Begin::Restore => "make a new account",
    };
    page.line(key_line(&[("F2", other)]));
    page.show(frame);
}

fn draw_code(page: &mut Page, code: &DeviceCode) {
    page.text("On your first device open Devices, then Link a device, and type this code:", Style::new());
    page.gap();
    page.text(&code.code, ACCENT);
    page.gap();
    page.text(&format!("It shows the same number then: {}", code.check), STRONG);
    page.gap();
    page.text(
        "The code holds for ten minutes and once. Show it to nobody: whoever has it can take this device.",
        QUIET,
    );
    page.gap();
    page.line(key_line(&[("F2", "back"), ("Esc", "end")]));
}

pub fn draw_unlock(frame: &mut Frame<'_>, area: Rect, unlock: &Unlock) {
    let mut page = Page::new(column(area, 9));
    page.line(Line::styled("⌂ Casemate", STRONG));
    page.gap();
    page.text("What is stored on this device is locked.", Style::new());
    page.gap();
    page.field("Passphrase", &unlock.passphrase, !unlock.busy, true);
    page.gap();
    match (&unlock.wrong, unlock.busy) {
        (_, true) => page.text("Opening…", ACCENT),
        (Some(wrong), false) => page.text(&harmless_line(wrong), DANGER),
        (None, false) => page.line(key_line(&[("Enter", "open"), ("Esc", "end")])),
    }
    page.show(frame);
}

/// A column in the middle, a little above the centre.
fn column(area: Rect, height: u16) -> Rect {
    let width = area.width.saturating_sub(4).min(MEASURE);
    let height = height.min(area.height);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 3;
    Rect { x, y, width, height: area.bottom() - y }
}

/// Lines from top to bottom, and the cursor among them.
struct Page {
    area: Rect,
    lines: Vec<Line<'static>>,
    cursor: Option<Position>,
}

impl Page {
    fn new(area: Rect) -> Self {
        Self { area, lines: Vec::new(), cursor: None }
    }

    fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    fn text(&mut self, text: &str, style: Style) {
        for range in wrap(text, usize::from(self.area.width)) {
            self.lines.push(Line::styled(text[range].trim_end().to_owned(), style));
        }
    }

    fn field(&mut self, label: &str, editor: &Editor, active: bool, secret: bool) {
        let style = if active { STRONG } else { QUIET };
        self.lines.push(Line::styled(label.to_owned(), style));
        let room = usize::from(self.area.width).saturating_sub(3);
        let (line, _, at) = editor.layout(usize::MAX / 2);
        let whole = line.first().copied().unwrap_or_default();
        // A secret shows its length and nothing else.
        let shown = if secret { "•".repeat(whole.chars().count()) } else { whole.to_owned() };
        let at = if secret { width(&shown) } else { at };
        // Where one types, the end; elsewhere the beginning, which says more.
        let cut = if active { cut_start(&shown, room) } else { cut(&shown, room) };
        if active {
            let column = at.saturating_sub(width(&shown) - width(&cut)).min(room);
            let y = self.area.y + u16::try_from(self.lines.len()).unwrap_or(0);
            self.cursor = Some(Position::new(self.area.x + 2 + u16::try_from(column).unwrap_or(0), y));
        }
        let sign = if active { Span::styled("> ", ACCENT) } else { Span::raw("  ") };
        self.lines.push(Line::from(vec![sign, Span::raw(cut)]));
    }

    fn show(self, frame: &mut Frame<'_>) {
        frame.render_widget(Paragraph::new(self.lines), self.area);
        if let Some(cursor) = self.cursor.filter(|cursor| cursor.y < self.area.bottom()) {
            frame.set_cursor_position(cursor);
        }
    }
}
