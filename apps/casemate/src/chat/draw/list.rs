//! The conversations: two lines each, the newest first.

use casemate_api::view::{Conversation, Message};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::message::ticks;
use super::{ACCENT, MARKED, QUIET, STRONG, window};
use crate::chat::app::{App, Focus};
use crate::chat::locked::INSTEAD;
use crate::chat::model::Model;
use crate::chat::text::{beginning, cut, fit, harmless_line, width};
use crate::chat::when::Now;

/// Lines of one conversation.
const ENTRY: usize = 2;

pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, now: &Now) {
    let conversations = &app.model.conversations;
    if conversations.is_empty() {
        let lines = vec![
            Line::default(),
            Line::styled(" No chats yet.", STRONG),
            Line::default(),
            Line::from(vec![Span::styled(" Ctrl-N", STRONG), Span::raw(" new chat")]),
            Line::from(vec![Span::styled(" Ctrl-Y", STRONG), Span::raw(" invite somebody")]),
            Line::from(vec![Span::styled(" Ctrl-R", STRONG), Span::raw(" requests")]),
        ];
        return frame.render_widget(Paragraph::new(lines), area);
    }
    let cells = usize::from(area.width);
    let shown = window(conversations.len(), app.marked, usize::from(area.height) / ENTRY);
    let open = app.model.open.as_ref().map(|open| open.conversation.as_str());
    let mut lines = Vec::new();
    for at in shown {
        let conversation = &conversations[at];
        let is_open = open == Some(&conversation.conversation);
        let marked = at == app.marked && app.focus == Focus::List;
        lines.extend(entry(&app.model, conversation, cells, is_open, marked, now));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn entry(
    model: &Model,
    conversation: &Conversation,
    cells: usize,
    is_open: bool,
    marked: bool,
    now: &Now,
) -> [Line<'static>; ENTRY] {
    let unread = conversation.unread > 0;
    let bar = if is_open { "▌" } else { " " };
    let time = conversation.last.as_ref().map(|last| now.short(&last.at)).unwrap_or_default();
    let title_cells = cells.saturating_sub(2 + width(&time) + 1);
    let title = fit(&model.title(conversation), title_cells);
    let count = if unread { format!("({})", conversation.unread.min(999)) } else { String::new() };
    let preview_cells = cells.saturating_sub(2 + width(&count) + 1);
    let preview = fit(&preview(model, conversation), preview_cells);
    let (strong, quiet) = if marked { (MARKED, MARKED) } else { (Style::new(), QUIET) };
    let strong = if unread || is_open { strong.patch(STRONG) } else { strong };
    [
        Line::from(vec![
            Span::styled(bar, ACCENT),
            Span::styled(title, strong),
            Span::styled(format!(" {time} "), quiet),
        ]),
        Line::from(vec![
            Span::styled(bar, ACCENT),
            Span::styled(preview, quiet),
            Span::styled(format!(" {count} "), if marked { MARKED } else { ACCENT.patch(STRONG) }),
        ]),
    ]
}

fn preview(model: &Model, conversation: &Conversation) -> String {
    let standing = match conversation.standing.as_str() {
        "left" => Some("you left"),
        "removed" => Some("no longer in it"),
        _ => None,
    };
    if let Some(standing) = standing {
        return standing.to_owned();
    }
    if let Some(typing) = model.typing(conversation) {
        return typing;
    }
    if model.is_locked(&conversation.conversation) {
        return INSTEAD.to_owned();
    }
    let Some(last) = &conversation.last else { return String::new() };
    let text = one_line(last);
    if last.from == model.me() && last.kind == "text" {
        return format!("{} {text}", ticks(&last.state).0);
    }
    if matches!(&conversation.kind[..], "group" | "imported") && last.kind == "text" {
        return format!("{}: {text}", cut(&model.name_of(&last.from), 12));
    }
    text
}

/// A message in one line.
pub fn one_line(message: &Message) -> String {
    if message.deleted {
        return "deleted".to_owned();
    }
    if message.kind == "unknown" {
        return "Update Casemate to see this".to_owned();
    }
    let text = harmless_line(beginning(&message.text));
    match (text.is_empty(), message.attachments.first()) {
        (true, Some(file)) => format!("[{}]", super::message::file_words(file)),
        (false, Some(_)) => format!("[+{}] {text}", message.attachments.len()),
        (_, None) => text,
    }
}

/// The same above an answer. What is shown once is not shown again there, and may not be here any more.
pub fn quoted(message: &Message) -> String {
    if message.view_once { "shown once".to_owned() } else { one_line(message) }
}
