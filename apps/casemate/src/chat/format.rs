//! Light formatting marks: `*strong*`, `_stressed_`, `~struck~` and `` `exact` ``. The marks stay visible, so that what
//! was written can be read as it was written.

use std::ops::Range;

use casemate_screening::written::{may_close, may_open};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

/// The formatted parts of a text, in order, marks included. They never overlap and never go over a line's end.
pub fn runs(text: &str) -> Vec<(Range<usize>, Modifier)> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        let modifier = match first {
            '*' => Modifier::BOLD,
            '_' => Modifier::ITALIC,
            '~' => Modifier::CROSSED_OUT,
            '`' => Modifier::DIM,
            _ => {
                at += first.len_utf8();
                continue;
            }
        };
        match closing(text, at, first) {
            Some(end) => {
                runs.push((at..end, modifier));
                at = end;
            }
            None => at += 1,
        }
    }
    runs
}

/// Marks that are looked at for the one that closes another. Without end, a text of nothing but marks would keep the screen busy.
const CLOSINGS: usize = 64;

/// The end of what a mark at `at` begins: after its closing twin on the same line.
fn closing(text: &str, at: usize, mark: char) -> Option<usize> {
    // In the middle of a word or of a name it is no mark: `snake_case`, `2*3*4`, `src/__main__.py`.
    let before = text[..at].chars().next_back().unwrap_or(' ');
    let code = mark == '`';
    if before.is_alphanumeric() || !(code || may_open(before, mark)) {
        return None;
    }
    let inner = &text[at + 1..];
    if inner.starts_with(|next: char| next.is_whitespace() || next == mark) {
        return None;
    }
    let marks = inner.match_indices([mark, '\n']).take_while(|(_, found)| *found != "\n");
    let ends = marks.take(CLOSINGS).find(|(end, _)| {
        let after = &inner[end + 1..];
        let inside = inner[..*end].chars().next_back();
        let at_edge = if code { !after.starts_with(char::is_alphanumeric) } else { may_close(after, mark) };
        !inside.is_some_and(char::is_whitespace) && at_edge
    });
    ends.map(|(end, _)| at + 1 + end + 1)
}

/// A part of a text as spans, each with its look over `style`.
pub fn spans(
    text: &str,
    part: Range<usize>,
    runs: &[(Range<usize>, Modifier)],
    style: Style,
) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut at = part.start;
    let first = runs.partition_point(|(run, _)| run.end <= part.start);
    for (run, modifier) in runs[first..].iter().take_while(|(run, _)| run.start < part.end) {
        let (start, end) = (run.start.max(part.start), run.end.min(part.end));
        if start > at {
            spans.push(Span::styled(text[at..start].to_owned(), style));
        }
        spans.push(Span::styled(text[start..end].to_owned(), style.add_modifier(*modifier)));
        at = end;
    }
    if at < part.end {
        spans.push(Span::styled(text[at..part.end].to_owned(), style));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        runs(text).into_iter().map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn marks_around_words() {
        assert_eq!(found("a *b c* d _e_ ~f~ `g*h*`"), ["*b c*", "_e_", "~f~", "`g*h*`"]);
        assert_eq!(found("(*yes*)!"), ["*yes*"]);
        assert_eq!(found("*مرحبا* _你好_"), ["*مرحبا*", "_你好_"]);
    }

    #[test]
    fn what_is_no_mark() {
        for text in
            ["snake_case_name", "2*3*4", "* list", "*not\nclosed*", "**", "a * b * c", "_", "*open", "* x*"]
        {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn names_with_marks_in_them_have_no_marks() {
        for text in ["utils/__main__.py", "__init__.py", "a/_b_/c", "x=_y_", "_a_b_.txt", "/~bob~/"] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert_eq!(found("see _this_: *so*."), ["_this_", "*so*"]);
    }

    #[test]
    fn marks_without_end_are_read_in_no_time() {
        for piece in ["*a ", "_a *b ", "`"] {
            assert!(found(&piece.repeat(100_000)).is_empty(), "{piece}");
        }
    }

    #[test]
    fn every_byte_is_shown_once() {
        let text = "one *two three* four _five_ six";
        let runs = runs(text);
        for start in 0..text.len() {
            let parts = spans(text, start..text.len(), &runs, Style::new());
            let joined: String = parts.iter().map(|span| span.content.as_ref()).collect();
            assert_eq!(joined, text[start..]);
        }
    }
}
