//! One message as lines.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use casemate_api::command::AttachmentKind;
use casemate_api::view::{Attachment, LinkPreview, Message};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::{ACCENT, AMBER, DANGER, QUIET, STRONG};
use crate::chat::format;
use crate::chat::model::Model;
use crate::chat::text::{cut, harmless, harmless_line, width, wrap, wrap_most};
use crate::chat::when::{Now, duration, size};

/// Lines of one text before it is cut: a message may have 32,000 line ends.
const LINES: usize = 400;

/// A line of a message: made for this screen, or one of its text's, which stays what it is from one screen to the next.
pub enum Row {
    Made(Line<'static>),
    Kept(Arc<[Line<'static>]>, usize),
}

impl Row {
    pub fn line(&self) -> &Line<'static> {
        match self {
            Self::Made(line) => line,
            Self::Kept(lines, at) => &lines[*at],
        }
    }

    fn change(&mut self) -> &mut Line<'static> {
        if let Self::Kept(..) = self {
            *self = Self::Made(self.line().clone());
        }
        match self {
            Self::Made(line) => line,
            Self::Kept(lines, at) => &mut Arc::make_mut(lines)[*at],
        }
    }
}

impl From<Line<'static>> for Row {
    fn from(line: Line<'static>) -> Self {
        Self::Made(line)
    }
}

/// Texts of messages as lines of a width. The screen is drawn anew with each key, and a text may be as long as thousands of lines.
#[derive(Debug, Default, Clone)]
pub struct Bodies(HashMap<String, Body>);

#[derive(Debug, Clone)]
struct Body {
    of: Of,
    cells: usize,
    lines: Arc<[Line<'static>]>,
}

/// All of a message that its text's lines follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Of {
    text: String,
    is: [bool; 5],
    change: [Option<String>; 2],
}

impl Of {
    fn new(message: &Message) -> Self {
        let change = [&message.change, &message.change_why].map(Clone::clone);
        Self { text: message.text.clone(), is: Self::is(message), change }
    }

    fn is(message: &Message) -> [bool; 5] {
        let unknown = message.kind == "unknown";
        [message.deleted, unknown, message.edited, message.view_once, message.opened]
    }

    fn is_of(&self, message: &Message) -> bool {
        self.is == Self::is(message)
            && self.change[0] == message.change
            && self.change[1] == message.change_why
            && self.text == message.text
    }
}

impl Bodies {
    fn of(&mut self, message: &Message, cells: usize) -> Arc<[Line<'static>]> {
        let known = self.0.get(&message.message);
        if let Some(known) = known.filter(|known| known.cells == cells && known.of.is_of(message)) {
            return known.lines.clone();
        }
        let mut lines = Vec::new();
        body(message, cells, &mut lines);
        let made = Body { of: Of::new(message), cells, lines: lines.into() };
        let lines = made.lines.clone();
        self.0.insert(message.message.clone(), made);
        lines
    }

    /// Forgets those of messages that are not here any more, once they are many.
    pub fn keep(&mut self, messages: &[Message]) {
        if self.0.len() > messages.len() {
            let here: HashSet<&str> = messages.iter().map(|message| &message.message[..]).collect();
            self.0.retain(|id, _| here.contains(&id[..]));
        }
    }
}

/// People who are named beside what they reacted with; more are counted.
const NAMED: usize = 3;

/// The mark of an own message's state, and its look.
pub fn ticks(state: &str) -> (&'static str, Style) {
    match state {
        "queued" => ("◷", QUIET),
        "sent" => ("✓", QUIET),
        "delivered" => ("✓✓", QUIET),
        "read" => ("✓✓", ACCENT.add_modifier(Modifier::BOLD)),
        "failed" => ("!", DANGER),
        _ => ("", QUIET),
    }
}

/// What kind of file, in a word.
fn kind_word(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Photo => "photo",
        AttachmentKind::Video => "video",
        AttachmentKind::Voice => "voice message",
        AttachmentKind::Sticker => "sticker",
        AttachmentKind::Document => "file",
    }
}

/// `photo beach.jpg`
pub fn file_words(file: &Attachment) -> String {
    format!("{} {}", kind_word(file.kind), harmless_line(&file.name))
}

/// What the sender says of a link, and where it truly leads.
pub fn preview_words(preview: &LinkPreview) -> [String; 2] {
    let host = match &preview.reads {
        Some(reads) => format!("{} ({})", harmless_line(&preview.host), harmless_line(reads)),
        None => harmless_line(&preview.host),
    };
    [harmless_line(&preview.title), host]
}

/// A message under its sender's name. `with_name` is false where the one before is theirs too.
pub fn lines(
    model: &Model,
    message: &Message,
    cells: usize,
    with_name: bool,
    selected: bool,
    now: &Now,
    bodies: &mut Bodies,
) -> Vec<Row> {
    if message.kind == "notice" {
        return notice(message, cells).into_iter().map(Row::Made).collect();
    }
    // What somebody else says that this account once wrote is not shown as its own.
    let own = message.from == model.me() && message.shared_by.is_none();
    let mut lines = Vec::new();
    if with_name {
        let style = if own { ACCENT } else { STRONG };
        lines.push(Line::from(vec![
            Span::styled(
                cut(
                    &model.name_of(&message.from),
                    cells.saturating_sub(if message.claimed { 24 } else { 8 }),
                ),
                style,
            ),
            Span::styled(if message.claimed { " (not confirmed)" } else { "" }, QUIET),
            Span::styled(format!("  {}", now.clock(&message.at)), QUIET),
        ]));
    }
    let inner = cells.saturating_sub(2).max(8);
    if let Some(answered) = &message.reply_to {
        let quote = match model.message(answered).or(message.answers.as_deref()) {
            Some(answered) => {
                format!("{}: {}", model.name_of(&answered.from), super::list::quoted(answered))
            }
            None => "an earlier message".to_owned(),
        };
        lines.push(Line::styled(format!("  ┃ {}", cut(&quote, inner.saturating_sub(2))), QUIET));
    }
    if let Some(by) = &message.shared_by {
        let words = format!("  shared by {}", model.name_of(by));
        lines.push(Line::styled(cut(&words, inner), QUIET));
    }
    if message.imported {
        lines.push(Line::styled("  brought along from a file", QUIET));
    }
    if let Some(bad) = &message.known_bad {
        let (what, list) = (harmless_line(&bad.indicator), harmless_line(&bad.source));
        let words = format!("{what} is on the list \"{list}\" of what attackers use. Do not open it.");
        for range in wrap(&words, inner) {
            lines.push(Line::styled(format!("  {}", &words[range]), DANGER));
        }
    }
    let mut rows: Vec<Row> = lines.into_iter().map(Row::Made).collect();
    let text = bodies.of(message, inner);
    rows.extend((0..text.len()).map(|at| Row::Kept(text.clone(), at)));
    let mut lines = Vec::new();
    if let Some(preview) = &message.preview {
        for part in preview_words(preview) {
            lines.push(Line::styled(format!("  ┃ {}", cut(&part, inner.saturating_sub(2))), QUIET));
        }
    }
    for (index, file) in message.attachments.iter().enumerate() {
        attachment(model, message, index, file, inner, &mut lines);
    }
    if !message.reactions.is_empty() {
        lines.push(reactions(model, message, inner));
    }
    rows.extend(lines.into_iter().map(Row::Made));
    if own {
        put_ticks(message, cells, &mut rows);
    }
    if let Some(why) = message.why.as_ref().filter(|_| message.state == "failed") {
        for range in wrap(&harmless_line(why), inner) {
            rows.push(Line::styled(format!("  {}", &harmless_line(why)[range]), DANGER).into());
        }
    }
    if selected {
        mark(&mut rows);
    }
    rows
}

fn notice(message: &Message, cells: usize) -> Vec<Line<'static>> {
    let text = harmless_line(&message.text);
    let inner = cells.saturating_sub(4).max(8);
    let ranges = wrap(&text, inner);
    let lines = ranges.into_iter().map(|range| {
        let part = text[range].trim_end().to_owned();
        let left = cells.saturating_sub(width(&part)) / 2;
        Line::styled(format!("{}{part}", " ".repeat(left)), AMBER)
    });
    lines.collect()
}

fn body(message: &Message, inner: usize, lines: &mut Vec<Line<'static>>) {
    let (text, style) = if message.deleted {
        ("This message was deleted.".to_owned(), QUIET.add_modifier(Modifier::ITALIC))
    } else if message.kind == "unknown" {
        ("Update Casemate to see this message.".to_owned(), AMBER)
    } else {
        (harmless(&message.text), Style::new())
    };
    let mut text = text.trim_end().to_owned();
    if message.edited && !message.deleted {
        text.push_str(" (changed)");
    }
    if message.view_once {
        let waits = message.text.is_empty() && !message.opened && !message.deleted;
        text.push_str(if waits { " (shown once: o opens it)" } else { " (shown once)" });
    }
    match message.change.as_deref() {
        Some("queued") if message.deleted => {
            text.push_str(" The others see it until this reaches the server.")
        }
        Some("failed") => {
            text.push_str(" (The others see it as it was. ");
            text.push_str(&harmless(message.change_why.as_deref().unwrap_or_default()));
            text.push(')');
        }
        _ => {}
    }
    if text.is_empty() {
        return;
    }
    let ranges = wrap_most(&text, inner, LINES);
    let is_cut = ranges.len() > LINES;
    let shown = ranges.iter().take(LINES).next_back().map_or(0, |last| last.end);
    let runs = if message.deleted { Vec::new() } else { format::runs(&text[..shown]) };
    for range in ranges.into_iter().take(LINES) {
        let end = range.start + text[range.clone()].trim_end().len();
        let mut spans = vec![Span::raw("  ")];
        spans.extend(format::spans(&text, range.start..end, &runs, style));
        lines.push(Line::from(spans));
    }
    if is_cut {
        lines.push(Line::styled("  … more lines", QUIET));
    }
}

fn attachment(
    model: &Model,
    message: &Message,
    index: usize,
    file: &Attachment,
    inner: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let mut details = vec![size(file.bytes)];
    if file.width > 0 && file.height > 0 {
        details.push(format!("{}×{}", file.width, file.height));
    }
    if file.duration_ms > 0 {
        details.push(duration(file.duration_ms));
    }
    let number = if message.attachments.len() > 1 { format!("{} ", index + 1) } else { String::new() };
    let details = details.join(", ");
    let name = cut(&harmless_line(&file.name), inner.saturating_sub(width(&details) + 20).max(10));
    lines.push(Line::from(vec![
        Span::raw("  "),
        Span::styled(format!("{number}▤ {} ", kind_word(file.kind)), ACCENT),
        Span::styled(name, STRONG),
        Span::styled(format!("  {details}"), QUIET),
    ]));
    if file.kind == AttachmentKind::Voice && !file.waveform.is_empty() {
        lines.push(Line::styled(
            format!("    {}", waveform(&file.waveform, inner.saturating_sub(4).min(50))),
            ACCENT,
        ));
    }
    let key = (message.message.clone(), u32::try_from(index).unwrap_or(u32::MAX));
    if let Some((bytes, of)) = model.transfers.get(&key) {
        lines.push(Line::styled(format!("    {}  c stops it", bar(*bytes, *of)), ACCENT));
    } else {
        let waits = file.waits.as_ref().map(|waits| waits.why.as_str());
        let said = match file.state.as_str() {
            "queued" if waits == Some("allowance") => {
                Some(("waits: today's allowance for files is used up", QUIET))
            }
            "queued" if waits.is_some() => Some(("waits: the server takes no files now", QUIET)),
            "queued" | "uploading" => Some(("waits to be sent", QUIET)),
            "failed" => Some(("did not work; s tries again", DANGER)),
            "cancelled" => Some(("stopped", QUIET)),
            "offered" => Some(("on the server; s fetches and saves it", QUIET)),
            "downloading" => Some(("being fetched", QUIET)),
            _ => None,
        };
        if let Some((said, style)) = said {
            lines.push(Line::styled(format!("    {said}"), style));
        }
    }
    if !file.caption.is_empty() {
        let caption = harmless(&file.caption);
        for range in wrap(&caption, inner).into_iter().take(LINES) {
            lines.push(Line::raw(format!("  {}", caption[range].trim_end())));
        }
    }
}

/// `█████░░░░░ 50 %  1.2 MB of 2.4 MB`
fn bar(bytes: u64, of: u64) -> String {
    const CELLS: u64 = 16;
    let of = of.max(1);
    let bytes = bytes.min(of);
    let share = |parts: u64| (u128::from(bytes) * u128::from(parts) / u128::from(of)) as usize;
    let full = share(CELLS);
    let empty = CELLS as usize - full;
    format!("{}{} {:>3} %  {} of {}", "█".repeat(full), "░".repeat(empty), share(100), size(bytes), size(of))
}

/// Levels as blocks, as many as fit.
fn waveform(levels: &[u8], cells: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let cells = cells.clamp(1, levels.len());
    let level = |at: usize| {
        let part = &levels
            [at * levels.len() / cells..((at + 1) * levels.len() / cells).max(at * levels.len() / cells + 1)];
        part.iter().copied().max().unwrap_or(0)
    };
    (0..cells).map(|at| BLOCKS[usize::from(level(at)) * BLOCKS.len() / 256]).collect()
}

fn reactions(model: &Model, message: &Message, inner: usize) -> Line<'static> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut by_emoji: Vec<(&str, usize, Vec<&str>)> = Vec::new();
    for reaction in &message.reactions {
        let place = *places.entry(reaction.emoji.as_str()).or_insert(by_emoji.len());
        match by_emoji.get_mut(place) {
            Some((_, count, from)) => {
                *count += 1;
                // More are only counted.
                if from.len() < NAMED {
                    from.push(reaction.from.as_str());
                }
            }
            None => by_emoji.push((reaction.emoji.as_str(), 1, vec![reaction.from.as_str()])),
        }
    }
    // Each takes a cell at least: what is behind these has no room in any case.
    let parts: Vec<String> = by_emoji
        .into_iter()
        .take(inner)
        .map(|(emoji, count, from)| {
            let emoji = cut(&harmless_line(emoji), 8);
            match count <= NAMED {
                true => {
                    let names: Vec<String> = from.into_iter().map(|one| model.name_of(one)).collect();
                    format!("{emoji} {}", names.join(", "))
                }
                false => format!("{emoji} {count}"),
            }
        })
        .collect();
    Line::styled(format!("  {}", cut(&parts.join("  "), inner)), QUIET)
}

/// Puts the ticks at the right edge of the last line, or below it where there is no room.
fn put_ticks(message: &Message, cells: usize, rows: &mut Vec<Row>) {
    let (mark, style) = ticks(&message.state);
    let needed = width(mark) + 1;
    let taken = |row: &Row| row.line().spans.iter().map(|span| width(&span.content)).sum::<usize>();
    if rows.last().map_or(cells, taken) + needed > cells {
        rows.push(Line::default().into());
    }
    let Some(row) = rows.last_mut() else { return };
    let used = taken(row);
    let line = row.change();
    line.spans.push(Span::raw(" ".repeat(cells.saturating_sub(used + width(mark)))));
    line.spans.push(Span::styled(mark, style));
}

/// A bar at the left of a selected message.
fn mark(rows: &mut [Row]) {
    for line in rows.iter_mut().map(Row::change) {
        let first = line.spans.first_mut();
        match first {
            Some(span) if span.content.starts_with("  ") => {
                let rest = span.content[1..].to_owned();
                let style = line.style.patch(span.style);
                *span = Span::styled(rest, style);
                line.spans.insert(0, Span::styled("▌", ACCENT));
            }
            _ => line.style = line.style.patch(super::MARKED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages as long as they may be, drawn again and again, as with each key.
    #[test]
    fn texts_are_laid_out_once_for_a_width_and_not_with_each_screen() {
        let of = |number: usize, text: String| Message {
            message: number.to_string(),
            from: "ben@example.org".to_owned(),
            kind: "text".to_owned(),
            text,
            ..Message::default()
        };
        let messages: Vec<Message> = (0..20).map(|number| of(number, "*a ".repeat(10_000))).collect();
        let (model, now) = (Model::default(), Now::fixed("2026-11-20T14:05:00Z"));
        let mut bodies = Bodies::default();
        let mut draw = |messages: &[Message], cells| {
            let rows = |message| lines(&model, message, cells, false, false, &now, &mut bodies);
            let all: Vec<Row> = messages.iter().flat_map(rows).collect();
            bodies.keep(messages);
            (all, bodies.0.len())
        };
        let same = |(one, other): (&Row, &Row)| match (one, other) {
            (Row::Kept(one, at), Row::Kept(other, there)) => Arc::ptr_eq(one, other) && at == there,
            _ => false,
        };
        let (first, _) = draw(&messages, 60);
        assert_eq!(first.len(), 20 * (LINES + 1), "cut, and that is said");
        let (again, kept) = draw(&messages, 60);
        assert!(first.iter().zip(&again).all(same) && again.len() == first.len() && kept == 20);
        let (narrow, _) = draw(&messages, 40);
        assert!(!narrow.iter().zip(&again).any(same), "of another width");
        // What changes is laid out anew; what is gone is forgotten.
        let (changed, kept) = draw(&[of(0, "b".to_owned())], 40);
        assert_eq!((changed.len(), kept), (1, 1));
        assert_eq!(changed[0].line().to_string(), "  b");
    }

    #[test]
    fn a_crowd_that_reacts_takes_one_line() {
        let react = |at: usize| casemate_api::view::Reaction {
            from: format!("{at}@example.org"),
            // Three alike, two alike, and thousands that nobody else chose.
            emoji: match at {
                0..3 => "👍".to_owned(),
                3..5 => "🎉".to_owned(),
                5..9 => "💥".to_owned(),
                at => format!("x{at}"),
            },
        };
        let message = Message { reactions: (0..20_000).map(react).collect(), ..Message::default() };
        let line = reactions(&Model::default(), &message, 60);
        assert!(width(&line.to_string()) <= 62, "{line}");
        assert!(line.to_string().starts_with("  👍 0, 1, 2  🎉 3, 4  💥 4  x9 9  x10 10"), "{line}");
    }

    #[test]
    fn bars_and_waves() {
        assert_eq!(bar(0, 100), "░░░░░░░░░░░░░░░░   0 %  0 B of 100 B");
        assert_eq!(bar(50, 100), "████████░░░░░░░░  50 %  50 B of 100 B");
        assert_eq!(bar(u64::MAX, u64::MAX), format!("{} 100 %  18447 PB of 18447 PB", "█".repeat(16)));
        assert_eq!(bar(5, 0), format!("{} 100 %  1 B of 1 B", "█".repeat(16)));
        assert_eq!(waveform(&[0, 255, 128, 10], 50), "▁█▅▁");
        assert_eq!(waveform(&[0, 255, 128, 10], 2), "█▅");
    }
}
