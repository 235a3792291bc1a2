//! Text from others on a terminal: made harmless, measured in cells, wrapped.
//!
//! A message may hold anything: escape sequences that would command the terminal, marks that turn the reading
//! direction around, a hundred accents on one letter, words without end. None of it may move what stands beside it.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Accents and other marks that one character may carry; scripts that people write with need at most four.
const MARKS: usize = 4;

/// The same text without what commands terminals or misleads eyes. Line ends stay, tabs become spaces.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        if grapheme == "\r\n" || grapheme == "\n" || grapheme == "\r" {
            out.push('\n');
            continue;
        }
        let mut marks = 0;
        let mut previous = None;
        for character in grapheme.chars() {
            match character {
                '\t' => out.push_str("    "),
                '\u{2028}' | '\u{2029}' => out.push('\n'),
                // Escape and its relatives, both the 7-bit and the 8-bit ones, shown as what they are: nothing good.
                character if character.is_control() => out.push('\u{fffd}'),
                character if is_invisible(character) => {}
                // Joins emoji and letters of many scripts; alone it would only hide.
                '\u{200d}' | '\u{200c}' if previous.is_none() => {}
                character => {
                    if is_mark(character) {
                        marks += 1;
                        if marks > MARKS {
                            continue;
                        }
                    }
                    out.push(character);
                }
            }
            previous = Some(character);
        }
    }
    out
}

/// The same on one line: for names, previews and titles.
pub fn harmless_line(text: &str) -> String {
    let text = harmless(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Cells that a text takes.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Bytes of a text of which one line is shown: no terminal is so wide.
const LINE_BYTES: usize = 4_096;

/// As much of a text as one line of it can show.
pub fn beginning(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.floor_char_boundary(LINE_BYTES)]
}

/// The beginning of a text that fits, with an ellipsis where something is left out.
pub fn cut(text: &str, cells: usize) -> String {
    let (mut used, mut kept) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > cells {
            return format!("{}{}", &text[..kept], if cells > 0 { "…" } else { "" });
        }
        // With room for the ellipsis.
        if used < cells {
            kept = at + grapheme.len();
        }
    }
    text.to_owned()
}

/// The end of a text that fits, with an ellipsis where something is left out.
pub fn cut_start(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for grapheme in text.graphemes(true).rev() {
        used += grapheme.width();
        if used > cells {
            break;
        }
        kept.push(grapheme);
    }
    kept.push("…");
    kept.reverse();
    kept.concat()
}

/// A text padded with spaces, or cut, to exactly so many cells.
pub fn fit(text: &str, cells: usize) -> String {
    let mut out = cut(text, cells);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    out
}

/// Lines of at most `cells`, broken between words, inside words that are longer, and where the text says. Each is the
/// range of bytes that it shows. There is always one.
pub fn wrap(text: &str, cells: usize) -> Vec<std::ops::Range<usize>> {
    wrap_most(text, cells, usize::MAX)
}

/// The first of these lines, `most` and one more where there are more: what is not shown is not looked at.
pub fn wrap_most(text: &str, cells: usize, most: usize) -> Vec<std::ops::Range<usize>> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(line, start, (cells, most), &mut lines);
        if lines.len() > most {
            break;
        }
        start += line.len() + 1;
    }
    lines
}

fn wrap_line(
    line: &str,
    offset: usize,
    (cells, most): (usize, usize),
    lines: &mut Vec<std::ops::Range<usize>>,
) {
    let mut start = 0;
    let mut used = 0;
    // Where the line may end, and the cells up to there.
    let mut last_break: Option<(usize, usize)> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = grapheme.width();
        let blank = grapheme == " ";
        if used + wide > cells && !blank {
            let (end, taken) = match last_break {
                Some((end, taken)) if end > start => (end, taken),
                _ => (at, used),
            };
            lines.push(offset + start..offset + end);
            if lines.len() > most {
                return;
            }
            start = end;
            used -= taken;
            last_break = None;
        }
        used += wide;
        let end = at + grapheme.len();
        // After a space, after a hyphen, and between the characters of scripts that do without spaces.
        if blank || grapheme == "-" || grapheme == "/" || (wide == 2 && !grapheme.contains('\u{200d}')) {
            last_break = Some((end, used));
        }
    }
    lines.push(offset + start..offset + line.len());
}

/// Changes of reading direction, invisible spaces and fillers, tags, annotations.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Zero cells wide and joined to what stands before it.
fn is_mark(character: char) -> bool {
    use unicode_width::UnicodeWidthChar;
    character.width() == Some(0) && !matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, cells: usize) -> Vec<&str> {
        wrap(text, cells).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(harmless("\u{1b}[31mred\u{7}\u{9b}2J\0"), "\u{fffd}[31mred\u{fffd}\u{fffd}2J\u{fffd}");
        assert_eq!(harmless("a\tb\r\nc\rd\u{2028}e"), "a    b\nc\nd\ne");
        let every: String = (0..0x11_0000u32).filter_map(char::from_u32).collect();
        assert!(!harmless(&every).chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn nothing_turns_the_direction_around_or_hides() {
        assert_eq!(harmless("safe\u{202e}gpj.exe"), "safegpj.exe");
        assert_eq!(harmless("\u{2067}a\u{2069}\u{200b}\u{feff}\u{e0041}"), "a");
        assert_eq!(harmless_line(" two\n lines \u{3164} "), "two lines");
    }

    #[test]
    fn scripts_and_emoji_stay_whole() {
        for text in [
            "مرحبا بالعالم",
            "नमस्ते दुनिया",
            "你好",
            "👩\u{200d}👩\u{200d}👧",
            "🏳\u{fe0f}\u{200d}🌈",
            "می\u{200c}خواهم",
            "é",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_pile_of_accents_is_cut_down() {
        let zalgo: String = std::iter::once('e').chain(std::iter::repeat_n('\u{301}', 500)).collect();
        assert_eq!(harmless(&zalgo).chars().count(), 1 + MARKS);
        assert_eq!(width(&harmless(&zalgo)), 1);
    }

    #[test]
    fn widths_are_cells() {
        assert_eq!(width("abc"), 3);
        assert_eq!(width("你好"), 4);
        assert_eq!(width("👩\u{200d}👩\u{200d}👧"), 2);
        assert_eq!(cut("你好吗", 5), "你好…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut_start("/long/path", 6), "…/path");
        assert_eq!(fit("你", 4), "你  ");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        // A space at the end of a line may hang over.
        assert_eq!(wrapped("one two three", 7), ["one two ", "three"]);
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("你好世界", 5), ["你好", "世界"]);
        assert_eq!(wrapped("well-known", 6), ["well-", "known"]);
    }

    #[test]
    fn lines_that_are_not_shown_are_not_looked_for() {
        for text in ["one two three four five six", "a\n\nb\nc d e f g h", "abcdefghijklmnopqrstuvwxyz"] {
            let all = wrap(text, 3);
            for most in 0..all.len() + 2 {
                let first = wrap_most(text, 3, most);
                assert_eq!(first[..], all[..all.len().min(most + 1)], "{text:?} {most}");
            }
        }
        // Without end, only the beginning is read.
        assert_eq!(beginning(&format!("  {}", "é".repeat(100_000))).len(), LINE_BYTES);
    }

    #[test]
    fn every_byte_is_in_exactly_one_line() {
        let text = "a  long   text 你好世界 with-hyphens/and/slashes and averyveryverylongword end";
        for cells in 1..30 {
            let joined: String = wrapped(text, cells).concat();
            assert_eq!(joined, text, "{cells}");
        }
    }
}
