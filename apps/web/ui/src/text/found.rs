//! Why a search found a message: the line in which the words stand, with them at its beginning.

use super::fold::covered;
use super::format::unmarked;
use super::highlight::parts;
use super::plain::{folded, one_line};

/// Letters of a line.
const MOST: usize = 120;

/// Letters that are left before the first match: a row on a phone has room for forty.
const BEFORE: usize = 16;

/// Letters of a long line that are read for marks, before the first match and from it on.
const READ_BEFORE: usize = 100;
const READ: usize = 300;

/// The line with the most of the words, of a text or of what has no marks, as the names of its files; none where no line has
/// any of them, or they are covered.
pub fn line<'a>(text: &'a str, files: impl IntoIterator<Item = &'a str>, typed: &str) -> Option<String> {
    let words: Vec<String> = folded(typed).split_whitespace().map(str::to_owned).collect();
    let of_files = files.into_iter().flat_map(str::lines).map(|line| (line, false));
    let all = text.lines().map(|line| (line, true)).chain(of_files);
    let counted = all.map(|(line, has_marks)| {
        let line_folded = folded(line);
        (words.iter().filter(|word| line_folded.contains(word.as_str())).count(), line, has_marks)
    });
    let best = counted.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let (_, line, has_marks) = best.filter(|(count, ..)| *count > 0)?;
    let shown = if has_marks { unmarked(&part(line, typed)) } else { line.to_owned() };
    let at = first_match(&shown, typed)?;
    Some(one_line(&from_near(&shown, at), MOST))
}

/// Where the first match begins.
fn first_match(text: &str, typed: &str) -> Option<usize> {
    let mut at = 0;
    for (on, part) in parts(text, typed) {
        if on {
            return Some(at);
        }
        at += part.len();
    }
    None
}

/// Of a long line the part around the first match. What was covered in the whole stays so.
fn part(line: &str, typed: &str) -> String {
    let Some(at) = first_match(line, typed).filter(|_| line.len() > READ) else { return line.to_owned() };
    let begin = back(line, at, READ_BEFORE);
    let part: String = line[begin..].chars().take(READ_BEFORE + READ).collect();
    let is_within = line[..begin].matches("||").count() % 2 == 1;
    covered(if is_within { format!("||{}", part.trim_start()) } else { part })
}

/// From a word or so before this place on.
fn from_near(text: &str, at: usize) -> String {
    let begin = back(text, at, BEFORE);
    if begin == 0 {
        return text.to_owned();
    }
    // Between two words, where there are any.
    let space = text[begin..at].find(char::is_whitespace).map_or(begin, |space| begin + space);
    format!("…{}", text[space..].trim_start())
}

/// So many letters before a place.
fn back(text: &str, at: usize, letters: usize) -> usize {
    text[..at].char_indices().rev().take(letters).last().map_or(0, |(begin, _)| begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, typed: &str) -> Option<String> {
        line(text, [], typed)
    }

    #[test]
    fn the_line_with_the_words_is_shown() {
        let text = "Dear all,\nthe boat lies at the old pier\nand the rope is on board";
        assert_eq!(of(text, "rope").as_deref(), Some("and the rope is on board"));
        assert_eq!(
            of(text, "BOAT pier").as_deref(),
            Some("the boat lies at the old pier"),
            "most of the words"
        );
        assert_eq!(of(text, "the").as_deref(), Some("the boat lies at the old pier"), "the first of equals");
        assert_eq!(of(text, "keel"), None);
        assert_eq!(of("", "x").or(of("x", "")), None);
    }

    #[test]
    fn a_match_far_on_comes_near_the_beginning() {
        let text = format!("{} needle {}", "word ".repeat(200), "more ".repeat(200));
        let line = of(&text, "needle").unwrap();
        assert!(line.starts_with("…word word needle more"), "{line}");
        assert!(line.ends_with('…') && line.chars().count() <= MOST + 1, "{line}");
        let text = format!("{}去吃饭{}", "字".repeat(2_000), "好".repeat(20));
        assert!(of(&text, "吃").unwrap().starts_with(&format!("…{}去吃饭", "字".repeat(15))));
        assert_eq!(of("a short needle", "needle").as_deref(), Some("a short needle"));
    }

    #[test]
    fn what_is_covered_stays_so() {
        assert_eq!(of("it was ||the butler|| again", "butler"), None);
        assert_eq!(of("it was ||the butler|| again", "again").as_deref(), Some("it was ▒▒▒ again"));
        let long = format!("||{}butler{}|| end", "so ".repeat(400), " so".repeat(400));
        assert_eq!(of(&long, "butler"), None);
        assert_eq!(of(&long, "end").as_deref(), Some("▒▒▒ end"));
    }

    #[test]
    fn marks_go_and_names_stay_as_they_are() {
        assert_eq!(of("a *bold* _word_", "word").as_deref(), Some("a bold word"));
        let names = line("words under it", ["holiday_plan_v2.pdf", "other.pdf"], "plan");
        assert_eq!(names.as_deref(), Some("holiday_plan_v2.pdf"));
        let both = line("words under it", ["holiday.pdf"], "under holiday");
        assert_eq!(both.as_deref(), Some("words under it"), "the text before names");
    }

    #[test]
    fn hostile_lines_end() {
        let deep = format!("{} needle", "*_~||".repeat(3_000));
        drop(of(&deep, "needle"));
        drop(of(&"needle ".repeat(2_000), "needle"));
    }
}
