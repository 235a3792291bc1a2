//! The conversation on the screen: its messages with days and the unread line, and the composer below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::message::{Bodies, Row};
use super::{ACCENT, AMBER, QUIET, STRONG, message};
use crate::chat::app::{App, Focus};
use crate::chat::model::{Model, Open, Scroll};
use crate::chat::text::{cut, harmless_line, width, wrap};
use crate::chat::when::{Now, size};

/// The composer grows to so many lines.
const COMPOSER_LINES: usize = 6;

pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &mut App, now: &Now) {
    if app.model.open.is_none() {
        app.seen.bodies = Bodies::default();
        let text = "Nobody between you and the people you write to can read this. Choose a chat on the left, or press ? for help.";
        let mut lines = vec![Line::default()];
        for range in wrap(text, usize::from(area.width).saturating_sub(4)) {
            lines.push(Line::styled(format!("  {}", &text[range]), QUIET));
        }
        return frame.render_widget(Paragraph::new(lines), area);
    }
    // Two cells at the edges, so that lines do not touch the bar.
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let composer_width = usize::from(area.width).saturating_sub(3).max(1);
    app.seen.composer_width = composer_width;
    let (written, _, _) = app.composer.editor.layout(composer_width);
    let text_lines = written.len().clamp(1, COMPOSER_LINES).min(usize::from(area.height) / 3 + 1);
    let above = above_composer(app, usize::from(area.width));
    let [head, messages, rule, extra, composer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(u16::try_from(above.len()).unwrap_or(1)),
        Constraint::Length(u16::try_from(text_lines).unwrap_or(1)),
    ])
    .areas(area);
    draw_head(frame, head, app);
    draw_messages(frame, messages, app, now);
    let rule_style = if app.focus == Focus::Composer { ACCENT } else { QUIET };
    frame.render_widget(Line::styled("─".repeat(usize::from(rule.width)), rule_style), rule);
    frame.render_widget(Paragraph::new(above), extra);
    draw_composer(frame, composer, app);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let Some(conversation) = app.model.open_conversation() else { return };
    let here = conversation.presence.as_ref().is_some_and(|presence| presence.online);
    let details = match (app.model.typing(conversation), conversation.kind.as_str()) {
        (Some(typing), _) => typing,
        (None, "pair") if here => "online".to_owned(),
        (None, "group") => format!("{} members", conversation.members.len()),
        _ => String::new(),
    };
    let room = usize::from(area.width).saturating_sub(width(&details) + 2);
    let line = Line::from(vec![
        Span::styled(cut(&app.model.title(conversation), room), STRONG),
        Span::styled(format!("  {details}"), QUIET),
    ]);
    frame.render_widget(line, area);
}

fn draw_messages(frame: &mut Frame<'_>, area: Rect, app: &mut App, now: &Now) {
    let cells = usize::from(area.width).saturating_sub(1).max(10);
    let page = usize::from(area.height);
    let Some(open) = &app.model.open else { return };
    let focused = app.focus == Focus::Messages;
    let (lines, starts) = lay_out(&app.model, open, cells, focused, now, &mut app.seen.bodies);
    let lowest = lines.len().saturating_sub(page);
    let mut top = match &open.scroll {
        Scroll::Newest => lowest,
        Scroll::Held { message, line } => {
            let start = starts.iter().find(|(id, _)| id == message).map(|(_, start)| start + line);
            start.unwrap_or(lowest).min(lowest)
        }
    };
    // The selected message is in view.
    let selected = open.selected.as_ref().filter(|_| focused);
    if let Some(at) = selected.and_then(|id| starts.iter().position(|(known, _)| known == id)) {
        let start = starts[at].1;
        let end = starts.get(at + 1).map_or(lines.len(), |(_, start)| *start);
        if end > top + page {
            top = end - page;
        }
        top = top.min(start);
    }
    let below = lines.len().saturating_sub(top + page);
    let mut shown: Vec<Line<'_>> = lines.iter().skip(top).take(page).map(|row| row.line().clone()).collect();
    // Few messages stand at the bottom, next to where one writes.
    while shown.len() < page {
        shown.insert(0, Line::default());
    }
    frame.render_widget(Paragraph::new(shown), area);
    if below > 0 && area.height > 2 {
        let words = " ↓ newer below (PgDn) ";
        let cells = u16::try_from(width(words)).unwrap_or(0).min(area.width);
        let place = Rect { x: area.right() - cells, y: area.bottom() - 1, width: cells, height: 1 };
        frame.render_widget(Line::styled(words, super::MARKED), place);
    }
    app.seen.page = page;
    app.seen.lines = lines.len();
    app.seen.starts = starts;
    app.seen.top = top;
}

/// All lines, and where each message begins.
fn lay_out(
    model: &Model,
    open: &Open,
    cells: usize,
    focused: bool,
    now: &Now,
    bodies: &mut Bodies,
) -> (Vec<Row>, Vec<(String, usize)>) {
    let mut lines = Vec::new();
    let mut starts = Vec::with_capacity(open.messages.len());
    let mut day = None;
    let mut before: Option<&casemate_api::view::Message> = None;
    if open.messages.is_empty() {
        lines.push(Line::styled("Nothing was written here yet.", QUIET).into());
    }
    for message in &open.messages {
        // With its day above it, so that scrolling to it shows that too.
        starts.push((message.message.clone(), lines.len()));
        let its_day = now.day(&message.at);
        let new_day = its_day.is_some() && its_day != day;
        if let Some(new) = its_day.filter(|_| new_day) {
            day = its_day;
            lines.push(Line::styled(rule(&now.heading(new), cells), QUIET).into());
        }
        let unread = open.unread_from.as_ref() == Some(&message.message);
        if unread {
            lines.push(Line::styled(rule("new", cells), AMBER).into());
        }
        let same_sender = before.is_some_and(|before| {
            before.from == message.from
                && before.kind != "notice"
                && now.clock(&before.at) == now.clock(&message.at)
        });
        let with_name = new_day || unread || !same_sender;
        let selected = focused && open.selected.as_ref() == Some(&message.message);
        lines.extend(message::lines(model, message, cells, with_name, selected, now, bodies));
        before = Some(message);
    }
    bodies.keep(&open.messages);
    (lines, starts)
}

/// `──── Today ────`
fn rule(words: &str, cells: usize) -> String {
    let words = format!(" {words} ");
    let left = cells.saturating_sub(width(&words)) / 2;
    let right = cells.saturating_sub(width(&words) + left);
    format!("{}{words}{}", "─".repeat(left), "─".repeat(right))
}

/// What belongs to the message being written: what it answers or changes, its files.
fn above_composer(app: &App, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let quoted = |id: &str| match app.model.message(id) {
        Some(message) => {
            format!("{}: {}", app.model.name_of(&message.from), super::list::quoted(message))
        }
        None => "an earlier message".to_owned(),
    };
    if app.composer.editing.is_some() {
        lines.push(Line::styled("Changing your message. Esc leaves it as it was.", AMBER));
    } else if let Some(answered) = &app.composer.reply_to {
        lines.push(Line::styled(cut(&format!("┃ replying to {}", quoted(answered)), cells), QUIET));
    }
    for file in app.composer.files.iter().take(4) {
        let how = match (file.clean, file.as_document) {
            (true, _) => ", without authors",
            (false, true) => ", as it is",
            (false, false) => "",
        };
        let words = format!("+ {} ({}{how})", cut(&harmless_line(&file.name), cells / 2), size(file.bytes));
        lines.push(Line::styled(cut(&words, cells), ACCENT));
    }
    match app.composer.preparing() {
        0 => {}
        1 => lines.push(Line::styled("◷ making your file ready…", QUIET)),
        count => lines.push(Line::styled(format!("◷ making the files of {count} messages ready…"), QUIET)),
    }
    if app.composer.files.len() > 4 {
        lines.push(Line::styled(format!("+ {} more", app.composer.files.len() - 4), ACCENT));
    }
    lines
}

fn draw_composer(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let (lines, row, column) = app.composer.editor.layout(app.seen.composer_width);
    let page = usize::from(area.height);
    let top = (row + 1).saturating_sub(page);
    let standing = app.model.open_conversation().map_or("active", |open| open.standing.as_str());
    let mut shown: Vec<Line<'_>> = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(top).take(page) {
        let sign = if at == 0 { "> " } else { "  " };
        shown.push(Line::from(vec![Span::styled(sign, ACCENT), Span::raw((*line).to_owned())]));
    }
    if app.composer.editor.is_empty() {
        let words = match standing {
            "left" => "You left this group.",
            "removed" => "You are no longer in this group.",
            "gone" => "This account was deleted.",
            _ => "Message",
        };
        shown = vec![Line::from(vec![Span::styled("> ", ACCENT), Span::styled(words, QUIET)])];
    }
    frame.render_widget(Paragraph::new(shown), area);
    if app.focus == Focus::Composer && app.overlay.is_none() {
        let x = area.x + 2 + u16::try_from(column).unwrap_or(0);
        let y = area.y + u16::try_from(row - top).unwrap_or(0);
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), y));
    }
}
