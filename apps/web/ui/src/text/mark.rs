//! Formatting marks put around what is selected in a text field. Offsets are UTF-16 units, as browsers count them.

/// A text and what is selected in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The whole text.
    pub text: String,
    /// Where the selection begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Selected {
    /// Whether these words fit in place of the selection where the field holds so many units.
    pub fn has_room_for(&self, words: &str, longest: usize) -> bool {
        let units = |text: &str| text.encode_utf16().count();
        units(&self.text) + units(words) <= longest + (self.end - self.start)
    }
}

/// A mark that a button or a shortcut puts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mark {
    Bold,
    Italic,
    Strike,
    Code,
    Block,
    Quote,
    List,
    Spoiler,
}

impl Mark {
    /// All, in the toolbar's order.
    pub const ALL: [Self; 8] = [
        Self::Bold,
        Self::Italic,
        Self::Strike,
        Self::Code,
        Self::Block,
        Self::Quote,
        Self::List,
        Self::Spoiler,
    ];

    fn signs(self) -> (&'static str, &'static str) {
        match self {
            Self::Bold => ("*", "*"),
            Self::Italic => ("_", "_"),
            Self::Strike => ("~", "~"),
            Self::Code => ("`", "`"),
            Self::Block => ("```\n", "\n```"),
            Self::Spoiler => ("||", "||"),
            Self::Quote => ("> ", ""),
            Self::List => ("- ", ""),
        }
    }

    /// Puts the mark around the selection, or takes it away where it is there already.
    pub fn put(self, selected: &Selected) -> Selected {
        match self {
            Self::Quote | Self::List => before_lines(selected, self.signs().0),
            Self::Block => around(selected, self.signs()),
            _ => around_lines(selected, self.signs()),
        }
    }
}

fn around(selected: &Selected, (open, close): (&str, &str)) -> Selected {
    let (mut from, mut to) = (byte(&selected.text, selected.start), byte(&selected.text, selected.end));
    // Marks hold only without spaces inside them.
    while from < to && selected.text[from..to].starts_with(char::is_whitespace) {
        from += selected.text[from..].chars().next().map_or(1, char::len_utf8);
    }
    while from < to && selected.text[from..to].ends_with(char::is_whitespace) {
        to -= selected.text[..to].chars().next_back().map_or(1, char::len_utf8);
    }
    let (before, inner, after) = (&selected.text[..from], &selected.text[from..to], &selected.text[to..]);
    let (text, start) = match before.strip_suffix(open).zip(after.strip_prefix(close)) {
        Some((before, after)) => (format!("{before}{inner}{after}"), units(before)),
        None => (format!("{before}{open}{inner}{close}{after}"), units(before) + units(open)),
    };
    Selected { text, start, end: start + units(inner) }
}

/// The same around each line: these marks hold within one.
fn around_lines(selected: &Selected, (open, close): (&str, &str)) -> Selected {
    let (from, to) = (byte(&selected.text, selected.start), byte(&selected.text, selected.end));
    let inner = &selected.text[from..to];
    if !inner.trim().contains('\n') {
        return around(selected, (open, close));
    }
    let words = |line: &str| line.trim().len();
    let is_marked = |line: &&str| {
        let line = line.trim();
        line.len() > open.len() + close.len() && line.starts_with(open) && line.ends_with(close)
    };
    let marked = inner.split('\n').filter(|line| words(line) > 0).all(|line| is_marked(&line));
    let change = |line: &str| {
        let words = line.trim();
        let changed = match marked {
            _ if words.is_empty() => return line.to_owned(),
            true => words[open.len()..words.len() - close.len()].to_owned(),
            false => format!("{open}{words}{close}"),
        };
        line.replacen(words, &changed, 1)
    };
    let changed = inner.split('\n').map(change).collect::<Vec<_>>().join("\n");
    let (before, after) = (&selected.text[..from], &selected.text[to..]);
    let start = units(before);
    Selected { text: format!("{before}{changed}{after}"), start, end: start + units(&changed) }
}

fn before_lines(selected: &Selected, sign: &str) -> Selected {
    let (from, to) = (byte(&selected.text, selected.start), byte(&selected.text, selected.end));
    let first = selected.text[..from].rfind('\n').map_or(0, |at| at + 1);
    let last = selected.text[to..].find('\n').map_or(selected.text.len(), |at| to + at);
    let lines = &selected.text[first..last];
    let marked = lines.split('\n').all(|line| line.starts_with(sign));
    let changed: Vec<String> = lines
        .split('\n')
        .map(|line| if marked { line[sign.len()..].to_owned() } else { format!("{sign}{line}") })
        .collect();
    let changed = changed.join("\n");
    let end = units(&selected.text[..first]) + units(&changed);
    let text = format!("{}{changed}{}", &selected.text[..first], &selected.text[last..]);
    Selected { text, start: end, end }
}

/// The `@word` that is being typed before `caret`: where it begins, and the word so far.
pub fn mention(text: &str, caret: usize) -> Option<(usize, String)> {
    let until = &text[..byte(text, caret)];
    let at = until.rfind('@')?;
    let word = &until[at + 1..];
    let alone = until[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    let one_word = word.chars().count() <= 32 && !word.contains(|c: char| c.is_whitespace() || c == '@');
    (alone && one_word).then(|| (units(&until[..at]), word.to_owned()))
}

/// The text with `@handle ` in place of what was typed from `start` to `caret`, and where the caret is then.
pub fn complete(text: &str, start: usize, caret: usize, handle: &str) -> Selected {
    let (from, to) = (byte(text, start), byte(text, caret));
    let rest = text[to..].strip_prefix(' ').unwrap_or(&text[to..]);
    let before = format!("{}@{handle} ", &text[..from]);
    let at = units(&before);
    Selected { text: format!("{before}{rest}"), start: at, end: at }
}

/// The text with something put in place of the selection.
pub fn insert(selected: &Selected, what: &str) -> Selected {
    let (from, to) = (byte(&selected.text, selected.start), byte(&selected.text, selected.end));
    let at = selected.start + units(what);
    let text = format!("{}{what}{}", &selected.text[..from], &selected.text[to.max(from)..]);
    Selected { text, start: at, end: at }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The byte at which so many UTF-16 units have passed.
fn byte(text: &str, units: usize) -> usize {
    let mut passed = 0;
    for (at, letter) in text.char_indices() {
        if passed >= units {
            return at;
        }
        passed += letter.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(text: &str, start: usize, end: usize) -> Selected {
        Selected { text: text.into(), start, end }
    }

    #[test]
    fn marks_come_and_go() {
        let bold = Mark::Bold.put(&selected("a word here", 2, 7));
        assert_eq!(bold, selected("a *word* here", 3, 7));
        assert_eq!(Mark::Bold.put(&bold), selected("a word here", 2, 6));
        assert_eq!(Mark::Spoiler.put(&selected("", 0, 0)), selected("||||", 2, 2));
        assert_eq!(Mark::Italic.put(&selected("👩 é x", 3, 4)), selected("👩 _é_ x", 4, 5));
        assert_eq!(Mark::Block.put(&selected("x", 0, 1)), selected("```\nx\n```", 4, 5));
    }

    #[test]
    fn what_is_pasted_takes_the_room_of_what_is_selected() {
        assert!(selected("👩 é x", 3, 4).has_room_for("ab", 7));
        assert!(!selected("👩 é x", 3, 4).has_room_for("abc", 7));
        assert!(selected("abc", 0, 3).has_room_for("defg", 4));
    }

    #[test]
    fn marks_hold_within_a_line_so_each_line_gets_its_own() {
        let covered = Mark::Spoiler.put(&selected("see: one\n\n two", 5, 14));
        assert_eq!(covered, selected("see: ||one||\n\n ||two||", 5, 22));
        assert_eq!(Mark::Spoiler.put(&covered), selected("see: one\n\n two", 5, 14));
    }

    #[test]
    fn quotes_and_lists_begin_their_lines() {
        let list = Mark::List.put(&selected("one\ntwo\nthree", 1, 6));
        assert_eq!(list, selected("- one\n- two\nthree", 11, 11));
        assert_eq!(Mark::List.put(&selected("- one\n- two\nthree", 0, 8)).text, "one\ntwo\nthree");
        assert_eq!(Mark::Quote.put(&selected("", 0, 0)), selected("> ", 2, 2));
    }

    #[test]
    fn a_name_is_completed_where_it_is_typed() {
        assert_eq!(mention("hi @an", 6), Some((3, "an".into())));
        assert_eq!(mention("@", 1), Some((0, String::new())));
        assert_eq!(mention("a@b", 3), None);
        assert_eq!(mention("@an na", 6), None);
        assert_eq!(complete("hi @an, ok", 3, 6, "ana"), selected("hi @ana , ok", 8, 8));
        assert_eq!(complete("👩 @", 3, 4, "bob"), selected("👩 @bob ", 8, 8));
    }

    #[test]
    fn offsets_outside_the_text_are_its_end() {
        assert_eq!(Mark::Bold.put(&selected("a", 7, 9)), selected("a**", 2, 2));
        assert_eq!(insert(&selected("ab", 1, 1), "👍"), selected("a👍b", 3, 3));
        assert_eq!(mention("@x", 99), Some((0, "x".into())));
    }
}
