//! A very long message begins with its first lines; the rest comes when somebody wants to read on.

use unicode_segmentation::UnicodeSegmentation as _;

/// What is longer than this is folded: a screenful on a phone.
const LINES: usize = 20;
const LETTERS: usize = 1_500;

/// As much again is not worth a press: what is only a little longer is shown whole.
const SLACK: usize = 5;

/// The beginning of a text that is too long to be shown at once; none for any other.
pub fn beginning(text: &str) -> Option<String> {
    let long = text.split('\n').count() > LINES + SLACK;
    let cut_at_line = long.then(|| text.match_indices('\n').nth(LINES - 1).map(|(at, _)| at)).flatten();
    let beginning = &text[..cut_at_line.unwrap_or(text.len())];
    // Whole letters: an emoji of several signs stays one.
    let mut letters = beginning.grapheme_indices(true);
    let cut_at_letter = letters.nth(LETTERS).filter(|_| letters.nth(LETTERS / SLACK).is_some());
    let cut = match cut_at_letter {
        // Between two words, where there are any: Chinese and Thai have none.
        Some((at, _)) => {
            let near = beginning[..at].rfind(char::is_whitespace).filter(|near| at - near < LETTERS / SLACK);
            &beginning[..near.unwrap_or(at)]
        }
        None => {
            cut_at_line?;
            beginning
        }
    };
    let cut = cut.trim_end();
    // A block of code that goes on in the rest ends here as well.
    let open = cut.matches("```").count() % 2 == 1;
    Some(if open { format!("{cut}\n…\n```") } else { covered(format!("{cut} …")) })
}

/// The beginning of a text, in which what was covered in the whole stays so where it is cut.
pub fn covered(beginning: String) -> String {
    let last = beginning.rsplit('\n').next().unwrap_or_default();
    match last.matches("||").count() % 2 {
        0 => beginning,
        _ => format!("{}||", beginning.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_long_is_folded() {
        for short in ["", "hello", &"line\n".repeat(20), &"word ".repeat(300), &"字".repeat(1_600)] {
            assert_eq!(beginning(short), None, "{} letters", short.len());
        }
        let lines = beginning(&"line\n".repeat(40)).expect("forty lines are folded");
        assert_eq!(lines.lines().count(), 20);
        let words = beginning(&"word ".repeat(2_000)).expect("ten thousand letters are folded");
        assert!(words.ends_with("word …") && words.chars().count() <= 1_502, "{words}");
        let signs = beginning(&"字".repeat(4_000)).expect("four thousand signs are folded");
        assert_eq!(signs.chars().count(), 1_502);
        // Long lines and many of them.
        assert!(
            beginning(&format!("{}\n", "word ".repeat(100)).repeat(60)).unwrap().chars().count() <= 1_502
        );
    }

    #[test]
    fn what_is_covered_stays_so_where_it_is_cut() {
        let long = beginning(&format!("||{}||", "secret ".repeat(2_000))).expect("it is folded");
        assert!(long.starts_with("||") && long.ends_with("…||"), "{long}");
        assert_eq!(covered("a ||b|| c ".into()), "a ||b|| c ");
        assert_eq!(covered("a ||b ".into()), "a ||b||");
    }

    #[test]
    fn a_block_of_code_is_closed_where_it_is_cut() {
        let code = beginning(&format!("```\n{}```", "let x;\n".repeat(60))).expect("sixty lines are folded");
        assert_eq!(code.matches("```").count(), 2);
    }
}
