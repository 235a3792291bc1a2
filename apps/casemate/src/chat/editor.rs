//! Text being written: a cursor that moves by what people call characters, and a memory of what was sent.

use unicode_segmentation::UnicodeSegmentation;

use super::text;

/// Bytes that a text being written may have: as many as a message.
const LIMIT_BYTES: usize = 32 * 1024;
/// Sent texts remembered for this session.
const HISTORY: usize = 100;

/// A text and the place in it.
#[derive(Debug, Default, Clone)]
pub struct Editor {
    text: String,
    /// Byte index, always between two graphemes.
    cursor: usize,
    history: Vec<String>,
    /// Which of the history is shown, counted from the newest; what was being written meanwhile.
    recalled: Option<(usize, String)>,
}

impl Editor {
    /// With a text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        let mut editor = Self::default();
        editor.set(text);
        editor
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Is nothing written?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.text = text.to_owned();
        self.cursor = self.text.len();
    }

    /// Takes out what was being written: not what of the history is only looked at.
    pub fn leave(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        match self.recalled.take() {
            Some((at, draft)) if self.history.iter().rev().nth(at) == Some(&text) => draft,
            _ => text,
        }
    }

    /// The same as [`Self::set`] for another text to write.
    pub fn begin(&mut self, text: &str) {
        self.recalled = None;
        self.set(text);
    }

    /// Takes the text out and remembers it.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        self.recalled = None;
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
        }
        text
    }

    /// Inserts at the cursor. What is pasted may have any line ends; what would command the terminal is left out. False where
    /// there is no room for all of it: then nothing is inserted.
    pub fn insert(&mut self, typed: &str) -> bool {
        let typed = typed.replace("\r\n", "\n").replace('\r', "\n");
        let typed: String = typed
            .chars()
            .map(|character| if character == '\t' { ' ' } else { character })
            .filter(|character| *character == '\n' || !character.is_control())
            .collect();
        if typed.len() > LIMIT_BYTES.saturating_sub(self.text.len()) {
            return false;
        }
        self.text.insert_str(self.cursor, &typed);
        self.cursor += typed.len();
        true
    }

    /// Deletes the character before the cursor.
    pub fn backspace(&mut self) {
        let before = self.before();
        self.text.replace_range(before..self.cursor, "");
        self.cursor = before;
    }

    /// Deletes the character at the cursor.
    pub fn delete(&mut self) {
        let after = self.after();
        self.text.replace_range(self.cursor..after, "");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let start = self.word_before();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// Deletes the line up to the cursor.
    pub fn delete_to_line_start(&mut self) {
        let start = self.line_start();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// One character back.
    pub fn left(&mut self) {
        self.cursor = self.before();
    }

    /// One character on.
    pub fn right(&mut self) {
        self.cursor = self.after();
    }

    /// One word back.
    pub fn word_left(&mut self) {
        self.cursor = self.word_before();
    }

    /// One word on.
    pub fn word_right(&mut self) {
        let rest = &self.text[self.cursor..];
        let word = rest.split_word_bound_indices().find(|(_, word)| !word.trim().is_empty());
        self.cursor = word.map_or(self.text.len(), |(at, word)| self.cursor + at + word.len());
    }

    /// To the beginning of the line.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.cursor += self.text[self.cursor..].find('\n').unwrap_or(self.text.len() - self.cursor);
    }

    /// One line up as shown at this width; from the first line back in the history.
    pub fn up(&mut self, cells: usize) {
        if !self.move_by_rows(cells, -1) {
            self.recall(1);
        }
    }

    /// One line down as shown at this width; from the last line forward in the history.
    pub fn down(&mut self, cells: usize) {
        if !self.move_by_rows(cells, 1) {
            self.recall(-1);
        }
    }

    /// The lines as shown at this width, and the cursor's row and column among them.
    pub fn layout(&self, cells: usize) -> (Vec<&str>, usize, usize) {
        let lines = text::wrap(&self.text, cells);
        let row = self.row(&lines);
        let column = text::width(&self.text[lines[row].start..self.cursor]).min(cells);
        (lines.into_iter().map(|line| &self.text[line]).collect(), row, column)
    }

    fn row(&self, lines: &[std::ops::Range<usize>]) -> usize {
        lines.iter().rposition(|line| line.start <= self.cursor).unwrap_or(0)
    }

    fn move_by_rows(&mut self, cells: usize, by: isize) -> bool {
        let lines = text::wrap(&self.text, cells);
        let row = self.row(&lines);
        let column = text::width(&self.text[lines[row].start..self.cursor]);
        let Some(target) = row.checked_add_signed(by).and_then(|row| lines.get(row)) else { return false };
        let mut used = 0;
        self.cursor = target.start;
        for grapheme in self.text[target.clone()].graphemes(true) {
            used += text::width(grapheme);
            if used > column {
                break;
            }
            self.cursor += grapheme.len();
        }
        // The end of a wrapped line is the beginning of the next one; stay on this one.
        let next_starts_here =
            lines.iter().any(|line| line.start == self.cursor && line.start > target.start);
        if next_starts_here {
            self.cursor = self.before();
        }
        true
    }

    fn recall(&mut self, by: isize) {
        let at = self.recalled.as_ref().map_or(0, |(at, _)| at + 1);
        let Some(wanted) = at.checked_add_signed(by) else { return };
        if wanted > self.history.len() {
            return;
        }
        let draft = match self.recalled.take() {
            Some((_, draft)) => draft,
            None => self.text.clone(),
        };
        if wanted == 0 {
            return self.set(&draft);
        }
        let text = self.history[self.history.len() - wanted].clone();
        self.set(&text);
        self.recalled = Some((wanted - 1, draft));
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let words = self.text[..self.cursor].split_word_bound_indices();
        words.rev().find(|(_, word)| !word.trim().is_empty()).map_or(0, |(at, _)| at)
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_is_one_character_as_people_see_it() {
        let mut editor = Editor::with("a👩\u{200d}👧e\u{301}");
        editor.left();
        editor.backspace();
        assert_eq!(editor.text(), "ae\u{301}");
        editor.delete();
        assert_eq!(editor.text(), "a");
    }

    #[test]
    fn pasting_takes_line_ends_and_leaves_commands_out() {
        let mut editor = Editor::default();
        editor.insert("one\r\ntwo\rthree\u{1b}[2J\tfour\0");
        assert_eq!(editor.text(), "one\ntwo\nthree[2J four");
        assert!(!editor.insert(&"🏔".repeat(LIMIT_BYTES / 4)), "not a part of it either");
        assert_eq!(editor.text(), "one\ntwo\nthree[2J four");
        assert!(editor.insert(&"e".repeat(LIMIT_BYTES - editor.text().len())));
        assert!(!editor.insert("e"));
    }

    #[test]
    fn words_and_lines() {
        let mut editor = Editor::with("one two\nthree four");
        editor.delete_word();
        assert_eq!(editor.text(), "one two\nthree ");
        editor.word_left();
        editor.word_left();
        editor.insert("x");
        assert_eq!(editor.text(), "one xtwo\nthree ");
        editor.home();
        editor.insert(">");
        editor.end();
        editor.insert("<");
        assert_eq!(editor.text(), ">one xtwo<\nthree ");
        editor.delete_to_line_start();
        assert_eq!(editor.text(), "\nthree ");
        editor.word_right();
        assert_eq!(editor.layout(80), (vec!["", "three "], 1, 5));
    }

    #[test]
    fn the_cursor_is_where_the_eye_expects_it() {
        let editor = Editor::with("你好世界");
        assert_eq!(editor.layout(5), (vec!["你好", "世界"], 1, 4));
        let mut editor = Editor::with("one two three");
        editor.up(8);
        assert_eq!(editor.layout(8).1, 0);
        editor.down(8);
        assert_eq!(editor.layout(8).1, 1);
    }

    #[test]
    fn history_and_back_to_the_draft() {
        let mut editor = Editor::default();
        for text in ["first", "second"] {
            editor.insert(text);
            editor.take();
        }
        editor.insert("draft");
        editor.up(80);
        assert_eq!(editor.text(), "second");
        editor.up(80);
        editor.up(80);
        assert_eq!(editor.text(), "first");
        editor.down(80);
        editor.down(80);
        assert_eq!(editor.text(), "draft");
        editor.up(80);
        assert_eq!((editor.leave().as_str(), editor.text()), ("draft", ""));
        editor.begin("another");
        editor.down(80);
        assert_eq!(editor.text(), "another");
    }
}
