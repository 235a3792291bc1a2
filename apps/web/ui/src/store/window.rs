//! The part of a conversation that the page holds: some hundred messages around where the person is, whatever the
//! conversation's length. Paging one way drops what is far the other way.

use std::collections::BTreeMap;
use std::ops::Range;

use casemate_api::view::Message;

/// Messages held at most. More costs memory and time to lay out; less makes fast scrolling wait more often.
pub const HELD: usize = 300;

/// How many are asked for at once.
pub const PAGE: u32 = 60;

/// Rows that are drawn first: more than a screen shows.
const SEEN: usize = 20;

/// Rows that are drawn beside those in one frame, on each side.
const PIECE: usize = 8;

/// A message and how often it changed, so that a row is drawn anew only when it must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The message.
    pub message: Message,
    /// Grows with each change.
    pub revision: u32,
}

/// Messages of one conversation, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// What is held.
    pub rows: Vec<Row>,
    /// The first message of the conversation is held.
    pub at_start: bool,
    /// The newest message of the conversation is held.
    pub at_end: bool,
    changes: BTreeMap<String, u32>,
}

impl Row {
    /// Whether it has no place yet but behind all others. A new text that waits stands where the message does.
    fn waits(&self) -> bool {
        matches!(self.message.state.as_str(), "queued" | "failed") && !self.message.edited
    }

    /// Whether it is counted among the unread ones while it is unread.
    pub fn counts_as_unread(&self) -> bool {
        let message = &self.message;
        message.state == "received" && message.kind != "notice" && !message.deleted && !message.imported
    }
}

impl Window {
    /// The newest page of a conversation.
    pub fn newest(messages: Vec<Message>) -> Self {
        let at_start = messages.len() < PAGE as usize;
        let mut window = Self { at_start, at_end: true, ..Self::default() };
        window.rows = messages.into_iter().map(|message| window.row(message)).collect();
        window
    }

    /// Pages on both sides of a message.
    pub fn around(before: Vec<Message>, after: Vec<Message>, page: u32) -> Self {
        let (at_start, at_end) = (before.len() < page as usize, after.len() < page as usize);
        let mut window = Self { at_start, at_end, ..Self::default() };
        window.rows = before.into_iter().chain(after).map(|message| window.row(message)).collect();
        window
    }

    /// Older messages came.
    pub fn older(&mut self, messages: Vec<Message>) {
        self.at_start = messages.len() < PAGE as usize;
        let mut rows: Vec<Row> = self.fresh(messages);
        rows.append(&mut self.rows);
        self.rows = rows;
        if self.rows.len() > HELD {
            self.rows.truncate(HELD);
            self.at_end = false;
        }
    }

    /// Newer messages came.
    pub fn newer(&mut self, messages: Vec<Message>) {
        self.at_end = messages.len() < PAGE as usize;
        let mut rows = self.fresh(messages);
        self.rows.append(&mut rows);
        self.drop_oldest();
    }

    /// A message just written or received; ignored while the end is not held. What waits to be sent gets its place behind it.
    pub fn arrived(&mut self, message: Message) {
        if self.at_end {
            let rows = self.fresh(vec![message]);
            let waiting = self.rows.iter().rev().take_while(|row| row.waits()).count();
            let behind = if rows.iter().all(Row::waits) { 0 } else { waiting };
            let at = self.rows.len() - behind;
            self.rows.splice(at..at, rows);
            self.drop_oldest();
        }
    }

    /// The last held message that has its place for good.
    pub fn settled(&self) -> Option<String> {
        self.rows.iter().rev().find(|row| !row.waits()).map(|row| row.message.message.clone())
    }

    /// What stands behind a held message as the conversation has it: what came between two that are held gets its place. What
    /// came since then stays behind it.
    pub fn follows(&mut self, last: &str, messages: Vec<Message>) {
        let Some(from) = self.position(last).map(|at| at + 1).filter(|_| self.at_end) else { return };
        let mut held = self.rows.split_off(from);
        for message in messages {
            let known = held.iter().position(|row| row.message.message == message.message);
            match known {
                Some(at) => self.rows.push(held.remove(at)),
                None => {
                    let mut rows = self.fresh(vec![message]);
                    self.rows.append(&mut rows);
                }
            }
        }
        self.rows.append(&mut held);
        self.rows[from..].sort_by_key(Row::waits);
        self.drop_oldest();
    }

    /// A message changed; one that is not held is ignored.
    pub fn changed(&mut self, message: Message) {
        let Some(at) = self.position(&message.message) else { return };
        if self.rows[at].message != message {
            self.bump(&message.message);
            self.rows[at] = self.row(message);
        }
    }

    /// An own message is on its way.
    pub fn state(&mut self, id: &str, state: &str, why: Option<String>) {
        let Some(at) = self.position(id) else { return };
        let mut message = self.rows[at].message.clone();
        message.state = state.to_owned();
        message.why = why;
        self.changed(message);
    }

    /// It is gone from this account.
    pub fn removed(&mut self, id: &str) {
        self.rows.retain(|row| row.message.message != id);
        self.changes.remove(id);
    }

    /// A held message.
    pub fn find(&self, id: &str) -> Option<&Message> {
        self.position(id).map(|at| &self.rows[at].message)
    }

    /// The held messages that answer one.
    pub fn answers_to(&self, id: &str) -> Vec<String> {
        let answers =
            self.rows.iter().map(|row| &row.message).filter(|one| one.reply_to.as_deref() == Some(id));
        answers.map(|one| one.message.clone()).collect()
    }

    /// The message before and the message after a held one: to ask for it alone.
    pub fn neighbours(&self, id: &str) -> (Option<&str>, Option<&str>) {
        let Some(at) = self.position(id) else { return (None, None) };
        let before = at.checked_sub(1).map(|at| self.rows[at].message.message.as_str());
        (before, self.rows.get(at + 1).map(|row| row.message.message.as_str()))
    }

    /// The rows to draw next: a few more on each side of those that are `drawn`, which is the first's and the last's
    /// message; where none of those is held, some around the message that is `wanted`, else the newest. Drawing takes
    /// longer than a frame for more.
    pub fn to_draw(&self, drawn: Option<&(String, String)>, wanted: Option<&str>) -> Range<usize> {
        let count = self.rows.len();
        let held = drawn.map(|(first, last)| (self.position(first), self.position(last)));
        match held {
            Some((Some(first), Some(last))) if first <= last => {
                first.saturating_sub(PIECE)..(last + 1 + PIECE).min(count)
            }
            // What is not held any more was at the edge.
            Some((Some(first), None)) => first.saturating_sub(PIECE)..count,
            Some((None, Some(last))) => 0..(last + 1 + PIECE).min(count),
            _ => match wanted.and_then(|id| self.position(id)) {
                Some(at) => at.saturating_sub(SEEN / 2)..(at + SEEN).min(count),
                None => count.saturating_sub(SEEN)..count,
            },
        }
    }

    fn position(&self, id: &str) -> Option<usize> {
        // Changes are mostly near the end.
        self.rows.iter().rposition(|row| row.message.message == id)
    }

    fn fresh(&self, messages: Vec<Message>) -> Vec<Row> {
        let fresh = messages.into_iter().filter(|message| self.position(&message.message).is_none());
        fresh.map(|message| self.row(message)).collect()
    }

    fn row(&self, message: Message) -> Row {
        let revision = self.changes.get(&message.message).copied().unwrap_or(0);
        Row { message, revision }
    }

    fn bump(&mut self, id: &str) {
        *self.changes.entry(id.to_owned()).or_insert(0) += 1;
        if self.changes.len() > 4 * HELD {
            let held = |id: &String| self.rows.iter().any(|row| &row.message.message == id);
            let keep: BTreeMap<String, u32> =
                self.changes.iter().filter(|(id, _)| held(id)).map(|(id, n)| (id.clone(), *n)).collect();
            self.changes = keep;
        }
    }

    fn drop_oldest(&mut self) {
        if self.rows.len() > HELD {
            self.rows.drain(..self.rows.len() - HELD);
            self.at_start = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::list::testing::message;

    fn messages(range: std::ops::Range<usize>) -> Vec<Message> {
        range.map(|number| message(&number.to_string(), "a@x", "2026-01-01T00:00:00Z")).collect()
    }

    fn ids(window: &Window) -> (String, String, usize) {
        let id = |row: Option<&Row>| row.map(|row| row.message.message.clone()).unwrap_or_default();
        (id(window.rows.first()), id(window.rows.last()), window.rows.len())
    }

    #[test]
    fn paging_up_a_long_conversation_holds_a_bounded_part_and_comes_back() {
        let mut window = Window::newest(messages(99_940..100_000));
        let mut first = 99_940;
        while first > 90_000 {
            window.older(messages(first - 60..first));
            first -= 60;
            assert!(window.rows.len() <= HELD);
        }
        assert!(!window.at_end && !window.at_start);
        let last: usize = window.rows.last().unwrap().message.message.parse().unwrap();
        window.newer(messages(last + 1..last + 61));
        assert_eq!(ids(&window).1, (last + 60).to_string());
        assert_eq!(window.rows.len(), HELD);
    }

    #[test]
    fn what_arrives_is_shown_once_and_only_at_the_end() {
        let mut window = Window::newest(messages(0..10));
        assert!(window.at_start && window.at_end);
        window.arrived(messages(10..11).remove(0));
        window.arrived(messages(10..11).remove(0));
        assert_eq!(ids(&window), ("0".into(), "10".into(), 11));
        window.at_end = false;
        window.arrived(messages(11..12).remove(0));
        assert_eq!(window.rows.len(), 11);
    }

    #[test]
    fn what_waits_to_be_sent_stays_behind_what_comes_and_lines_between_get_their_places() {
        let order = |window: &Window| -> Vec<String> {
            window.rows.iter().map(|row| row.message.message.clone()).collect()
        };
        let mut window = Window::newest(messages(0..2));
        let mut own = messages(9..10).remove(0);
        own.state = "queued".into();
        window.arrived(own.clone());
        window.arrived(messages(3..4).remove(0));
        assert_eq!(order(&window), ["0", "1", "3", "9"]);
        assert_eq!(window.settled().as_deref(), Some("3"));
        let mut page = messages(2..4);
        page.push(own);
        window.arrived(messages(4..5).remove(0));
        window.follows("1", page);
        assert_eq!(order(&window), ["0", "1", "2", "3", "4", "9"]);
        window.follows("7", messages(5..6));
        assert_eq!(window.rows.len(), 6);
        // One whose new text waits has its place.
        let mut window = Window::newest(messages(0..1));
        window.rows[0].message.state = "queued".into();
        window.rows[0].message.edited = true;
        window.arrived(messages(1..2).remove(0));
        assert_eq!(order(&window), ["0", "1"]);
    }

    #[test]
    fn a_change_makes_one_row_new() {
        let mut window = Window::newest(messages(0..3));
        window.state("1", "sent", None);
        window.state("1", "sent", None);
        window.state("9", "sent", None);
        let revisions: Vec<u32> = window.rows.iter().map(|row| row.revision).collect();
        assert_eq!(revisions, [0, 1, 0]);
        assert_eq!(window.neighbours("1"), (Some("0"), Some("2")));
        window.removed("1");
        assert_eq!(window.neighbours("2"), (Some("0"), None));
    }

    #[test]
    fn rows_are_drawn_some_at_a_time_and_all_in_the_end() {
        let mut window = Window::newest(messages(1_000..1_060));
        assert_eq!(window.to_draw(None, None), 40..60);
        assert_eq!(window.to_draw(None, Some("1003")), 0..23);
        assert_eq!(window.to_draw(Some(&("7".into(), "9".into())), Some("1003")), 0..23);
        let ends = |window: &Window, range: Range<usize>| {
            let id = |at: usize| window.rows[at].message.message.clone();
            (id(range.start), id(range.end - 1))
        };
        let mut drawn = ends(&window, 40..60);
        window.arrived(messages(1_060..1_061).remove(0));
        let mut rounds = 0;
        loop {
            let next = window.to_draw(Some(&drawn), None);
            drawn = ends(&window, next.clone());
            rounds += 1;
            if next == (0..61) {
                break;
            }
        }
        assert_eq!(rounds, 40_usize.div_ceil(PIECE));
        // The last drawn ones are dropped as older ones come.
        for first in (700..1_000).step_by(60).rev() {
            window.older(messages(first..first + 60));
        }
        assert_eq!(window.to_draw(Some(&("1000".into(), "1060".into())), None), 280..300);
        assert_eq!(window.to_draw(Some(&("0990".into(), "0999".into())), None), 280..300);
    }

    #[test]
    fn around_a_message_knows_its_ends() {
        let window = Window::around(messages(0..30), messages(30..35), 30);
        assert!(!window.at_start && window.at_end);
        assert_eq!(window.rows.len(), 35);
    }
}
