//! What lies over the conversations, in a box in the middle.

mod panels;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::{ACCENT, AMBER, QUIET, STRONG};
use crate::chat::app::App;
use crate::chat::editor::Editor;
use crate::chat::keys::HELP;
use crate::chat::overlay::Overlay;
use crate::chat::text::{cut_start, fit, width, wrap};
use crate::chat::when::Now;

pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, now: &Now) {
    let Some(overlay) = &app.overlay else { return };
    let mut panel = Panel::new(area);
    match overlay {
        Overlay::Help(top) => help(&mut panel, *top),
        Overlay::Requests { marked } => panels::requests(&mut panel, app, *marked, now),
        Overlay::NewChat(chat) => panels::new_chat(&mut panel, app, chat),
        Overlay::NewGroup(group) => panels::new_group(&mut panel, app, group),
        Overlay::Information(information) => panels::information(&mut panel, app, information),
        Overlay::Search(search) => panels::search(&mut panel, app, search, now),
        Overlay::File(prompt) => panels::file(&mut panel, prompt),
        Overlay::Save(prompt) => panels::save(&mut panel, prompt),
        Overlay::React { editor, .. } => panels::react(&mut panel, editor),
        Overlay::Confirm(confirm) => {
            panel.title("Sure?");
            panel.text(&confirm.question, Style::new());
            panel.gap();
            panel.keys(&[("y", "yes"), ("n", "no")]);
        }
        Overlay::Devices(view) => panels::devices(&mut panel, view),
        Overlay::Prove(prove) => panels::prove(&mut panel, app, prove),
        Overlay::Invite(link) => return invite(frame, area, link),
    }
    panel.show(frame);
}

fn help(panel: &mut Panel, top: usize) {
    panel.title("Help");
    let mut all = Vec::new();
    for (where_, keys) in HELP {
        if !all.is_empty() {
            all.push(Line::default());
        }
        all.push(Line::styled(*where_, STRONG));
        for (key, what) in *keys {
            all.push(Line::from(vec![Span::styled(fit(&format!("  {key}"), 20), ACCENT), Span::raw(*what)]));
        }
    }
    let room = panel.room();
    let top = top.min(all.len().saturating_sub(room));
    let more = all.len() > top + room;
    panel.lines.extend(all.into_iter().skip(top).take(room));
    if more || top > 0 {
        panel.foot = Some("↑ ↓ more".to_owned());
    }
}

/// Without a box at its sides, so that a link over two lines can be copied.
fn invite(frame: &mut Frame<'_>, area: Rect, link: &str) {
    let cells = usize::from(area.width);
    let mut lines =
        vec![Line::styled("─".repeat(cells), ACCENT), Line::styled("Invitation", STRONG), Line::default()];
    let words = "Give this link to one person, by a way that you both trust. It lets them join, and they ask you for contact. It holds for 7 days.";
    lines.extend(wrap(words, cells).into_iter().map(|range| Line::raw(words[range].to_owned())));
    lines.push(Line::default());
    // A link has no characters but plain ones.
    let pieces = link.as_bytes().chunks(cells.max(1));
    lines.extend(pieces.map(|piece| Line::styled(String::from_utf8_lossy(piece).into_owned(), ACCENT)));
    lines.push(Line::default());
    lines.push(super::key_line(&[("c", "copy"), ("Esc", "back")]));
    lines.push(Line::styled("─".repeat(cells), ACCENT));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let place = Rect { y: area.y + (area.height - height) / 3, height, ..area };
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines), place);
}

/// Lines in a box, with one line to type in and one to choose from at most.
pub struct Panel {
    area: Rect,
    title: String,
    foot: Option<String>,
    lines: Vec<Line<'static>>,
    /// Line and column.
    cursor: Option<(usize, usize)>,
}

impl Panel {
    fn new(area: Rect) -> Self {
        let width = area.width.saturating_sub(if area.width > 70 { 8 } else { 2 }).min(76);
        let height = area.height.saturating_sub(if area.height > 20 { 2 } else { 0 });
        let x = area.x + (area.width - width) / 2;
        let y = area.y + (area.height - height) / 2;
        let area = Rect { x, y, width, height };
        Self { area, title: String::new(), foot: None, lines: Vec::new(), cursor: None }
    }

    /// Cells of a line.
    fn cells(&self) -> usize {
        usize::from(self.area.width).saturating_sub(4)
    }

    /// Lines that are left.
    fn room(&self) -> usize {
        usize::from(self.area.height).saturating_sub(2 + self.lines.len())
    }

    fn title(&mut self, title: &str) {
        self.title = format!(" {title} ");
    }

    fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    fn text(&mut self, text: &str, style: Style) {
        for range in wrap(text, self.cells()) {
            self.lines.push(Line::styled(text[range].trim_end().to_owned(), style));
        }
    }

    fn keys(&mut self, keys: &[(&str, &str)]) {
        self.lines.push(super::key_line(keys));
    }

    fn wrong(&mut self, wrong: Option<&String>) {
        if let Some(wrong) = wrong {
            self.text(wrong, super::DANGER);
        }
    }

    /// A line to type in; its length is all that is shown.
    fn secret(&mut self, label: &str, editor: &Editor) {
        self.field(label, &Editor::with(&"•".repeat(editor.text().chars().count())));
    }

    /// A line to type in; its end is shown where it is too long.
    fn field(&mut self, label: &str, editor: &Editor) {
        self.lines.push(Line::styled(label.to_owned(), QUIET));
        let room = self.cells().saturating_sub(3);
        let (line, _, at) = editor.layout(usize::MAX / 2);
        let whole = line.first().copied().unwrap_or_default();
        let cut = cut_start(whole, room);
        let column = at.saturating_sub(width(whole) - width(&cut)).min(room);
        self.cursor = Some((self.lines.len(), 2 + column));
        self.lines.push(Line::from(vec![Span::styled("> ", ACCENT), Span::raw(cut)]));
    }

    /// Something to choose; the marked one is shown so.
    fn choice(&mut self, text: &str, marked: bool) {
        let style = if marked { super::MARKED } else { Style::new() };
        self.lines.push(Line::styled(fit(text, self.cells()), style));
    }

    fn attention(&mut self, text: &str) {
        self.text(text, AMBER);
    }

    fn show(mut self, frame: &mut Frame<'_>) {
        let wanted = u16::try_from(self.lines.len() + 2).unwrap_or(u16::MAX);
        if wanted < self.area.height {
            self.area.y += (self.area.height - wanted) / 3;
            self.area.height = wanted;
        }
        let mut block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(ACCENT)
            .title(Line::styled(self.title, STRONG));
        if let Some(foot) = self.foot {
            block = block.title_bottom(Line::styled(format!(" {foot} "), QUIET));
        }
        frame.render_widget(Clear, self.area);
        let inner = block.inner(self.area);
        frame.render_widget(block, self.area);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        frame.render_widget(Paragraph::new(self.lines), inner);
        if let Some((line, column)) = self.cursor {
            let x = inner.x + u16::try_from(column).unwrap_or(0);
            let y = inner.y + u16::try_from(line).unwrap_or(0);
            if y < inner.bottom() {
                frame.set_cursor_position(Position::new(x.min(inner.right()), y));
            }
        }
    }
}
