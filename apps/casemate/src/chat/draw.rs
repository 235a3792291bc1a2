//! What the screen looks like: the app drawn, and nothing decided. Colours are the terminal's own sixteen, so that
//! they fit its theme; nothing is told by colour alone.

mod conversation;
mod list;
mod message;
mod overlay;
mod welcome;

pub use list::one_line;
pub use message::{file_words, preview_words};

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

pub use message::Bodies;

use super::app::{App, Screen};
use super::model::Connection;
use super::text::{cut, harmless_line, width, wrap};
use super::when::Now;

/// Below this width there is one pane at a time.
const NARROW: u16 = 60;

/// Below this height nothing is shown of a call but that there is one, or that it rings and who calls.
const LOW: u16 = 12;

/// Lines that are no call's: the one above, the one below, and at least three between.
const NO_CALLS: usize = 5;

/// What one can do, and own messages.
pub const ACCENT: Style = Style::new().fg(Color::Green);
/// Look at this.
pub const AMBER: Style = Style::new().fg(Color::Yellow);
/// Danger and failure.
pub const DANGER: Style = Style::new().fg(Color::Red);
/// Less important.
pub const QUIET: Style = Style::new().add_modifier(Modifier::DIM);
/// Headings.
pub const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
/// What is marked.
pub const MARKED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &mut App, now: &Now) {
    let area = frame.area();
    if area.width < 20 || area.height < 6 {
        return draw_little(frame, area, app);
    }
    match &app.screen {
        Screen::Starting => welcome::draw_starting(frame, area, app),
        Screen::Welcome(welcome) => welcome::draw_welcome(frame, area, welcome),
        Screen::Unlock(unlock) => welcome::draw_unlock(frame, area, unlock),
        Screen::Main => draw_main(frame, area, app, now),
    }
}

/// Where there is room for next to nothing: what to do about that, and before it what rings.
fn draw_little(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let cells = usize::from(area.width);
    let mut said = Vec::new();
    if let Some(who) = app.who_calls() {
        said.push(format!("{}.", who_calls(&who, cells.saturating_sub(1))));
        said.push("Ctrl-X declines.".to_owned());
    }
    said.push("Make this window larger.".to_owned());
    let lines = said.iter().flat_map(|words| {
        wrap(words, cells).into_iter().map(|range| Line::raw(words[range].trim_end().to_owned()))
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// That it rings, in so many cells: a long name leaves room for what this person does.
fn who_calls(who: &str, cells: usize) -> String {
    match who {
        "" => "A call".to_owned(),
        who => format!("{} calls", cut(who, cells.saturating_sub(width(" calls")).max(1))),
    }
}

fn draw_main(frame: &mut Frame<'_>, area: Rect, app: &mut App, now: &Now) {
    let call = call_lines(area, app);
    let [top, in_call, body, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::try_from(call.len()).unwrap_or(0)),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_top(frame, top, app);
    frame.render_widget(Paragraph::new(call), in_call);
    app.seen.narrow = area.width < NARROW;
    if app.seen.narrow {
        if app.model.open.is_some() && app.focus != super::app::Focus::List {
            conversation::draw(frame, body, app, now);
        } else {
            list::draw(frame, body, app, now);
        }
    } else {
        let list_width = (area.width * 3 / 10).clamp(22, 36);
        let [left, line, right] =
            Layout::horizontal([Constraint::Length(list_width), Constraint::Length(1), Constraint::Min(20)])
                .areas(body);
        list::draw(frame, left, app, now);
        let bar = vec![Line::styled("│", QUIET); usize::from(line.height)];
        frame.render_widget(Paragraph::new(bar), line);
        conversation::draw(frame, right, app, now);
    }
    draw_bottom(frame, bottom, app);
    if app.overlay.is_some() {
        overlay::draw(frame, body, app, now);
    }
}

/// Who is in the call, its pictures, and below them what rings. The pictures are there whole or not at all, for half of them would be
/// compared in vain. In a low window the messages go before, and then the pictures: what rings, rings now.
fn call_lines(area: Rect, app: &App) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if area.height < LOW {
        return lines;
    }
    let cells = usize::from(area.width);
    lines.extend(app.call_people(cells).into_iter().map(|people| Line::styled(people, AMBER)));
    let ringing = app.call_ringing(cells).into_iter().map(|words| Line::styled(words, AMBER));
    let pictures = app.call_pictures().map(|words| picture_lines(&words, cells)).unwrap_or_default();
    if lines.len() + pictures.len() + ringing.len() + NO_CALLS <= usize::from(area.height) {
        lines.extend(pictures);
    }
    lines.extend(ringing);
    lines
}

/// No line ends between a picture and its word.
fn picture_lines(words: &str, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in words.split_inclusive([',', ':']) {
        if width(&line) + width(piece) > cells {
            lines.push(Line::raw(std::mem::take(&mut line)));
        }
        line.push_str(if line.is_empty() { piece.trim_start() } else { piece });
    }
    lines.push(Line::raw(line));
    lines
}

/// Who this is, who asks, and the connection while it is not good.
fn draw_top(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let mut left = Vec::new();
    // Before all else, which a long address may leave no room for.
    if let Some(who) = app.who_calls().filter(|_| frame.area().height < LOW) {
        left.push(Span::styled(format!("{}  ", who_calls(&who, usize::from(area.width / 2))), AMBER));
    }
    left.push(Span::styled("⌂ Casemate ", STRONG));
    left.push(Span::styled(harmless_line(app.model.me()), QUIET));
    match app.model.waiting() {
        0 => {}
        1 => left.push(Span::styled("  1 request (Ctrl-R)", AMBER)),
        count => left.push(Span::styled(format!("  {count} requests (Ctrl-R)"), AMBER)),
    }
    if let Some(call) = app.call_words() {
        left.push(Span::styled(format!("  {call}"), AMBER));
    }
    frame.render_widget(Line::from(left), area);
    let state = match &app.model.connection {
        Connection::Online => return,
        Connection::Connecting => "connecting…".to_owned(),
        Connection::Offline(_) => "offline; what you write is sent later".to_owned(),
    };
    let cells = u16::try_from(width(&state)).unwrap_or(u16::MAX).min(area.width);
    let right = Rect { x: area.right() - cells, width: cells, ..area };
    frame.render_widget(Clear, right);
    frame.render_widget(Line::styled(cut(&state, usize::from(cells)), AMBER), right);
}

/// What was just said, else the most useful keys.
fn draw_bottom(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let line = match &app.notice {
        Some(notice) => {
            let style = if notice.bad { DANGER } else { ACCENT };
            let mark = if notice.bad { "! " } else { "" };
            Line::styled(cut(&format!("{mark}{}", notice.text), usize::from(area.width)), style)
        }
        None => {
            let keys: &[(&str, &str)] = match (&app.overlay, app.focus) {
                (Some(_), _) => &[("Esc", "back")],
                (None, super::app::Focus::Messages) => &[
                    ("r", "reply"),
                    ("x", "react"),
                    ("e", "change"),
                    ("s", "save"),
                    ("d", "delete"),
                    ("Esc", "back"),
                ],
                (None, super::app::Focus::Composer) => &[
                    ("Enter", "send"),
                    ("Ctrl-O", "file"),
                    ("Ctrl-F", "search"),
                    ("Tab", "move"),
                    ("?", "help"),
                ],
                (None, super::app::Focus::List) => {
                    &[("Enter", "open"), ("Ctrl-N", "new chat"), ("Ctrl-R", "requests"), ("?", "help")]
                }
            };
            // The last one, help, is always there; of the others as many as fit.
            let mut keys = keys.to_vec();
            while keys.len() > 1 && key_line(&keys).width() > usize::from(area.width) {
                keys.remove(keys.len() - 2);
            }
            key_line(&keys)
        }
    };
    frame.render_widget(line, area);
}

/// `Enter send · Ctrl-O file`
pub fn key_line(keys: &[(&str, &str)]) -> Line<'static> {
    let mut spans = Vec::new();
    for (at, (key, what)) in keys.iter().enumerate() {
        if at > 0 {
            spans.push(Span::styled(" · ", QUIET));
        }
        spans.push(Span::styled((*key).to_owned(), STRONG));
        spans.push(Span::styled(format!(" {what}"), QUIET));
    }
    Line::from(spans)
}

/// The part of a list to show, so that the marked one is in it.
pub fn window(count: usize, marked: usize, room: usize) -> std::ops::Range<usize> {
    let room = room.max(1);
    let start = (marked + 1).saturating_sub(room).min(count.saturating_sub(room));
    start..(start + room).min(count)
}

#[cfg(test)]
mod tests;
