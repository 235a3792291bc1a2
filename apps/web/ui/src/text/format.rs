//! Light formatting marks: *bold*, _italic_, ~strike~, `code`, ```blocks```, > quotes, lists, numbered ones too,
//! ||spoilers||, links and @mentions. What does not close, or stands inside a word, stays as it was typed.

use super::link;

/// A block of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines as they are.
    Lines(Vec<Span>),
    /// Lines after `> `.
    Quote(Vec<Span>),
    /// Lines after `- ` or `* `.
    List(Vec<Vec<Span>>),
    /// Lines after `1. `, each with its number as it was typed.
    Numbered(Vec<(u16, Vec<Span>)>),
    /// Between three backticks.
    Code(String),
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// As typed.
    Text(String),
    /// `*so*` or `**so**`
    Bold(Vec<Span>),
    /// `_so_`
    Italic(Vec<Span>),
    /// `~so~` or `~~so~~`
    Strike(Vec<Span>),
    /// `||so||`, covered until tapped.
    Spoiler(Vec<Span>),
    /// `` `so` ``
    Code(String),
    /// Something that may be opened, by choice.
    Link(String),
    /// `@name` of somebody who was mentioned.
    Mention(String),
}

/// Marks inside marks inside marks; deeper ones stay as typed.
const DEPTH: u32 = 4;

/// Parts of one message, lines and items among them. What comes after so many stays as it was typed: each is an element of the
/// page, and a message of nothing but marks would otherwise be ten thousand of them.
const PARTS: usize = 4_000;

/// Reads a message. `mentions` are handles that count as mentioned.
pub fn blocks(text: &str, mentions: &[String]) -> Vec<Block> {
    let mut reading = Reading { mentions, left: PARTS };
    let mut blocks = Vec::new();
    let fences = text.matches("```").count();
    for (number, part) in text.split("```").enumerate() {
        let closed = number % 2 == 1 && fences > number;
        if closed && reading.takes() {
            blocks.push(Block::Code(part.trim_matches('\n').to_owned()));
        } else if number % 2 == 1 {
            let end = if closed { "```" } else { "" };
            reading.lines(&format!("```{part}{end}"), &mut blocks);
        } else {
            reading.lines(part.trim_matches('\n'), &mut blocks);
        }
    }
    blocks
}

/// The text without its marks, spoilers covered: for a line in a list.
pub fn unmarked(text: &str) -> String {
    fn add(spans: &[Span], plain: &mut String) {
        for span in spans {
            match span {
                Span::Text(text) | Span::Code(text) | Span::Link(text) => plain.push_str(text),
                Span::Mention(name) => {
                    plain.push('@');
                    plain.push_str(name);
                }
                Span::Bold(inner) | Span::Italic(inner) | Span::Strike(inner) => add(inner, plain),
                Span::Spoiler(_) => plain.push_str("▒▒▒"),
            }
        }
    }
    let mut plain = String::new();
    for block in blocks(text, &[]) {
        match block {
            Block::Lines(spans) | Block::Quote(spans) => add(&spans, &mut plain),
            Block::List(items) => items.iter().for_each(|item| {
                add(item, &mut plain);
                plain.push(' ');
            }),
            Block::Numbered(items) => items.iter().for_each(|(number, item)| {
                plain.push_str(&format!("{number}. "));
                add(item, &mut plain);
                plain.push(' ');
            }),
            Block::Code(code) => plain.push_str(&code),
        }
        plain.push(' ');
    }
    plain
}

/// What is read with: who counts as mentioned, and how many parts there may still be.
struct Reading<'a> {
    mentions: &'a [String],
    left: usize,
}

impl Reading<'_> {
    /// Whether there may be one part more, which is counted.
    fn takes(&mut self) -> bool {
        let any = self.left > 0;
        self.left = self.left.saturating_sub(1);
        any
    }

    fn lines(&mut self, text: &str, blocks: &mut Vec<Block>) {
        if text.is_empty() {
            return;
        }
        let mut rest = Some(text);
        while let Some(from) = rest {
            if !self.takes() {
                return add_plain(from, blocks);
            }
            let (line, after) = match from.split_once('\n') {
                Some((line, after)) => (line, Some(after)),
                None => (from, None),
            };
            rest = after;
            self.line(line, blocks);
        }
    }

    fn line(&mut self, line: &str, blocks: &mut Vec<Block>) {
        if let Some(quoted) = line.strip_prefix("> ") {
            let spans = self.spans(quoted, 0);
            match blocks.last_mut() {
                Some(Block::Quote(last)) => {
                    last.push(Span::Text("\n".into()));
                    last.extend(spans);
                }
                _ => blocks.push(Block::Quote(spans)),
            }
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            let spans = self.spans(item, 0);
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(spans),
                _ => blocks.push(Block::List(vec![spans])),
            }
        } else if let Some((number, item)) = numbered(line) {
            let item = (number, self.spans(item, 0));
            match blocks.last_mut() {
                Some(Block::Numbered(items)) => items.push(item),
                _ => blocks.push(Block::Numbered(vec![item])),
            }
        } else {
            let spans = self.spans(line, 0);
            match blocks.last_mut() {
                Some(Block::Lines(last)) => {
                    last.push(Span::Text("\n".into()));
                    last.extend(spans);
                }
                _ => blocks.push(Block::Lines(spans)),
            }
        }
    }

    fn spans(&mut self, line: &str, depth: u32) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut plain = String::new();
        let mut rest = line;
        // For links, before which an opening `_` is no letter; and the letter itself, for marks.
        let (mut before, mut last) = (' ', ' ');
        while let Some(first) = rest.chars().next() {
            if self.left == 0 {
                plain.push_str(rest);
                break;
            }
            let link = link_here(rest, before);
            let found = match link {
                None if !link::is_in_word(before) => self.one(rest, last, depth),
                link => link,
            };
            if let Some((span, taken)) = found {
                self.takes();
                if !plain.is_empty() {
                    spans.push(Span::Text(std::mem::take(&mut plain)));
                }
                spans.push(span);
                before = rest[..taken].chars().next_back().unwrap_or(' ');
                last = before;
                rest = &rest[taken..];
            } else {
                plain.push(first);
                before = link::before_next(before, first);
                last = first;
                rest = &rest[first.len_utf8()..];
            }
        }
        if !plain.is_empty() {
            spans.push(Span::Text(plain));
        }
        spans
    }

    /// The span that begins here, and how many bytes it took.
    fn one(&mut self, rest: &str, before: char, depth: u32) -> Option<(Span, usize)> {
        if let Some(named) = rest.strip_prefix('@') {
            let handle = handle(named);
            if self.mentions.iter().any(|mention| mention.eq_ignore_ascii_case(handle)) {
                return Some((Span::Mention(handle.to_owned()), handle.len() + 1));
            }
        }
        let anywhere = |_: &str| true;
        if let Some((inner, length)) = between(rest, "`", anywhere) {
            return Some((Span::Code(inner.to_owned()), length));
        }
        if depth >= DEPTH {
            return None;
        }
        if let Some((inner, length)) = between(rest, "||", anywhere) {
            return Some((Span::Spoiler(self.spans(inner, depth + 1)), length));
        }
        let mark = rest.chars().next().filter(|mark| link::may_open(before, *mark))?;
        let at_edge = |after: &str| link::may_close(after, mark);
        // Of two of the same mark none is a mark by itself.
        let alone =
            |single: &str| (!rest[1..].starts_with(single)).then(|| between(rest, single, at_edge))?;
        // Doubled as Markdown has it, too: people bring it along.
        match mark {
            '*' => {
                let (inner, length) = between(rest, "**", at_edge).or_else(|| alone("*"))?;
                Some((Span::Bold(self.spans(inner, depth + 1)), length))
            }
            '_' => {
                let (inner, length) = alone("_")?;
                Some((Span::Italic(self.spans(inner, depth + 1)), length))
            }
            '~' => {
                let (inner, length) = between(rest, "~~", at_edge).or_else(|| alone("~"))?;
                Some((Span::Strike(self.spans(inner, depth + 1)), length))
            }
            _ => None,
        }
    }
}

/// What is beyond the last part, as it was typed.
fn add_plain(text: &str, blocks: &mut Vec<Block>) {
    match blocks.last_mut() {
        Some(Block::Lines(last)) => match last.last_mut() {
            Some(Span::Text(plain)) => {
                plain.push('\n');
                plain.push_str(text);
            }
            _ => last.push(Span::Text(format!("\n{text}"))),
        },
        _ => blocks.push(Block::Lines(vec![Span::Text(text.to_owned())])),
    }
}

/// What stands after `1. ` at the beginning of a line. A year with a full stop behind it is no number of a list, and one that
/// begins with 0 would be shown as another.
fn numbered(line: &str) -> Option<(u16, &str)> {
    let (number, item) = line.split_once(". ")?;
    let plain = (1..=3).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
    let is_number = plain && !(number.starts_with('0') && number.len() > 1) && !item.trim().is_empty();
    Some((number.parse().ok().filter(|_| is_number)?, item))
}

fn link_here(rest: &str, before: char) -> Option<(Span, usize)> {
    link::at_start(rest, before).map(|length| (Span::Link(rest[..length].to_owned()), length))
}

/// The handle that stands behind an `@`.
fn handle(after: &str) -> &str {
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(after.len());
    after[..end].trim_end_matches(['.', '-', '_'])
}

/// All handles that a text names.
pub fn handles(text: &str) -> Vec<&str> {
    let begins = |at: &usize| !text[..*at].ends_with(link::is_in_word);
    let all = text.match_indices('@').map(|(at, _)| at).filter(begins);
    all.map(|at| handle(&text[at + 1..])).filter(|handle| !handle.is_empty()).collect()
}

/// Marks that are looked at for the one that closes another. Without end, a text of nothing but marks would keep the page busy.
const CLOSINGS: usize = 64;

/// What stands between two of the same mark: not empty, no space at the edges, not closed inside a word or where `may` says that it
/// does not.
fn between<'a>(rest: &'a str, mark: &str, may: impl Fn(&str) -> bool) -> Option<(&'a str, usize)> {
    let inner = rest.strip_prefix(mark)?;
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    for (end, _) in inner.match_indices(mark).take(CLOSINGS) {
        let body = &inner[..end];
        let after = &inner[end + mark.len()..];
        let fits = !body.is_empty()
            && !body.ends_with(char::is_whitespace)
            && !after.starts_with(link::is_in_word)
            && may(after)
            && body != mark;
        if fits {
            return Some((body, 2 * mark.len() + end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Span {
        Span::Text(text.into())
    }

    fn line(text: &str) -> Vec<Span> {
        let Some(Block::Lines(spans)) = blocks(text, &["ana".into()]).into_iter().next() else {
            panic!("no lines")
        };
        spans
    }

    #[test]
    fn marks_without_end_are_read_in_no_time() {
        let hostile = format!("{}x", "*a ".repeat(10_000));
        assert_eq!(line(&hostile), [text(&hostile)]);
    }

    #[test]
    fn a_message_of_nothing_but_marks_is_not_all_drawn_as_such() {
        fn count(spans: &[Span]) -> usize {
            let one = |span: &Span| match span {
                Span::Bold(inner) | Span::Italic(inner) | Span::Strike(inner) | Span::Spoiler(inner) => {
                    1 + count(inner)
                }
                _ => 1,
            };
            spans.iter().map(one).sum()
        }
        for piece in ["*a* ", "- a\n", "> a\nb\n", "1. a\n", "```a```", "```", "@ana ", "a.de ", "||*a*|| "] {
            let hostile = piece.repeat(32_768 / piece.len());
            let of_block = |block: &Block| -> usize {
                match block {
                    Block::Lines(spans) | Block::Quote(spans) => count(spans),
                    Block::List(items) => items.iter().map(|item| 1 + count(item)).sum(),
                    Block::Numbered(items) => items.iter().map(|(_, item)| 1 + count(item)).sum(),
                    Block::Code(_) => 1,
                }
            };
            let parts: usize = blocks(&hostile, &["ana".into()]).iter().map(of_block).sum();
            assert!(parts <= 4 * PARTS, "{piece}: {parts}");
        }
        // What comes after so many is there, as it was typed.
        let found = blocks(&format!("{}*b*\n- c", "- a\n".repeat(PARTS)), &[]);
        assert_eq!(found[1..], [Block::Lines(vec![text("*b*\n- c")])]);
    }

    #[test]
    fn handles_are_taken_whole() {
        let found = handles("@mira.k look, sam@mira.example; (@Ana) and @bo_. 你好@li");
        assert_eq!(found, ["mira.k", "Ana", "bo", "li"]);
    }

    #[test]
    fn writing_without_spaces_has_links_and_marks_too() {
        let link = Span::Link("https://a.example/x".into());
        assert_eq!(line("看这个https://a.example/x，很好"), [text("看这个"), link.clone(), text("，很好")]);
        assert_eq!(line("اقرأhttps://a.example/x"), [text("اقرأ"), link]);
        assert_eq!(line("这是*重要*的"), [text("这是"), Span::Bold(vec![text("重要")]), text("的")]);
        assert_eq!(line("xhttps://a.example/x"), [text("xhttps://a.example/x")]);
        let bare = Span::Link("a.org".into());
        assert_eq!(line("看看a.org吧"), [text("看看"), bare.clone(), text("吧")]);
        assert_eq!(line("اقرأ a.org، ثم"), [text("اقرأ "), bare.clone(), text("، ثم")]);
        assert_eq!(line("（a.org）"), [text("（"), bare, text("）")]);
    }

    #[test]
    fn marks_become_spans() {
        assert_eq!(
            line("a *b* _c_ ~d~ `*e*` ||f||"),
            [
                text("a "),
                Span::Bold(vec![text("b")]),
                text(" "),
                Span::Italic(vec![text("c")]),
                text(" "),
                Span::Strike(vec![text("d")]),
                text(" "),
                Span::Code("*e*".into()),
                text(" "),
                Span::Spoiler(vec![text("f")])
            ]
        );
        assert_eq!(
            line("**a** ~~b~~"),
            [Span::Bold(vec![text("a")]), text(" "), Span::Strike(vec![text("b")])]
        );
        assert_eq!(line("*a _b_*"), [Span::Bold(vec![text("a "), Span::Italic(vec![text("b")])])]);
    }

    #[test]
    fn names_with_marks_in_them_stay_as_they_were_typed() {
        for plain in [
            "utils/__main__.py",
            "__init__.py",
            "a/_b_/c",
            "src\\_x_.rs",
            "x=_y_",
            "__a__",
            "a.*b*.c",
            "_a_b_.txt",
            "$_GET_",
            "~user~name",
            "/~bob~/",
            "**a*b",
        ] {
            assert_eq!(line(plain), [text(plain)], "{plain}");
            assert_eq!(unmarked(plain).trim(), plain);
        }
        assert_eq!(line("see _this_: ok")[1], Span::Italic(vec![text("this")]));
        assert_eq!(line("_so_.")[0], Span::Italic(vec![text("so")]));
    }

    #[test]
    fn what_does_not_close_stays() {
        for plain in
            ["2*3*4", "snake_case_name", "* a", "a ~ b", "*", "**", "||", "` `a", "_ a_", "5 * 3 * 2"]
        {
            let found = blocks(plain, &[]);
            assert!(!format!("{found:?}").contains("Bold"), "{plain}: {found:?}");
            assert!(!format!("{found:?}").contains("Italic"), "{plain}: {found:?}");
        }
    }

    #[test]
    fn blocks_are_told_apart() {
        let found = blocks("one\ntwo\n> q\n> r\n- a\n- b\n```\nlet x;\n```\nend", &[]);
        assert!(matches!(
            &found[..],
            [Block::Lines(_), Block::Quote(_), Block::List(items), Block::Code(code), Block::Lines(_)]
                if items.len() == 2 && code == "let x;"
        ));
        assert_eq!(blocks("```open", &[]), [Block::Lines(vec![text("```open")])]);
    }

    #[test]
    fn lists_keep_the_numbers_that_were_typed() {
        let found = blocks("first:\n1. *a*\n2. b\n10. c\nend", &[]);
        let Block::Numbered(items) = &found[1] else { panic!("{found:?}") };
        assert_eq!(items.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 10]);
        assert_eq!(items[0].1, [Span::Bold(vec![text("a")])]);
        assert_eq!(unmarked("1. a\n2. b").trim(), "1. a 2. b");
        for other in
            ["1.5 litres", "1.", "1. ", "2026. A year", "a. b", "1 . b", "-1. b", "٣. b", "01. b", ". b"]
        {
            assert!(matches!(&blocks(other, &[])[..], [Block::Lines(_)]), "{other}");
        }
    }

    #[test]
    fn links_and_mentions() {
        let found = line("see https://a.example/x_y_z, @ana and @bob");
        assert!(found.contains(&Span::Link("https://a.example/x_y_z".into())), "{found:?}");
        assert!(found.contains(&Span::Mention("ana".into())));
        assert!(!found.contains(&Span::Mention("bob".into())));
        assert_eq!(line("(*www.a.example*)")[1], Span::Bold(vec![Span::Link("www.a.example".into())]));
        let bare = |span: fn(Vec<Span>) -> Span| span(vec![Span::Link("a.org".into())]);
        assert_eq!(line("_a.org_ *a.org*"), [bare(Span::Italic), text(" "), bare(Span::Bold)]);
        assert_eq!(line("_a.org")[1], Span::Link("a.org".into()), "as search finds it");
        for plain in ["ana@a.org", "first.de@a.org, or c:/a.org", "see src/a.org and ./b.com", "x_a.org"] {
            assert_eq!(line(plain), [text(plain)]);
        }
    }

    #[test]
    fn a_list_shows_the_words_without_the_marks() {
        assert_eq!(unmarked("*a* _b_ ||secret||\n- c").trim(), "a b ▒▒▒ c");
    }

    #[test]
    fn hostile_nesting_ends() {
        let deep = "*_~||".repeat(2_000);
        let spans = blocks(&deep, &[]);
        assert_eq!(spans.len(), 1);
    }
}
