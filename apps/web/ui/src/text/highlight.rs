//! Where in a text the words of a search stand.

use super::plain::folded;

/// The text in parts; those that were searched for are marked.
pub fn parts(text: &str, typed: &str) -> Vec<(bool, String)> {
    let words: Vec<String> = folded(typed).split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return vec![(false, text.to_owned())];
    }
    // Each letter with what it is when folded, which may be nothing or several letters.
    let letters: Vec<(usize, String)> =
        text.char_indices().map(|(at, letter)| (at, folded(letter.encode_utf8(&mut [0; 4])))).collect();
    let whole: String = letters.iter().map(|(_, folded)| folded.as_str()).collect();
    let mut marked = vec![false; whole.len()];
    for word in &words {
        for (at, _) in whole.match_indices(word.as_str()) {
            marked[at..at + word.len()].fill(true);
        }
    }
    let mut parts: Vec<(bool, String)> = Vec::new();
    let mut place = 0;
    for (number, (at, folded)) in letters.iter().enumerate() {
        let end = letters.get(number + 1).map_or(text.len(), |(next, _)| *next);
        // A letter that folds to nothing belongs to the one before it.
        let on = match folded.is_empty() {
            true => parts.last().is_some_and(|(on, _)| *on),
            false => marked[place],
        };
        place += folded.len();
        match parts.last_mut() {
            Some((last, part)) if *last == on => part.push_str(&text[*at..end]),
            _ => parts.push((on, text[*at..end].to_owned())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, typed: &str) -> Vec<String> {
        parts(text, typed).into_iter().filter(|(on, _)| *on).map(|(_, part)| part).collect()
    }

    #[test]
    fn words_are_marked_as_search_finds_them() {
        assert_eq!(marked("A café in Café Street", "CAFE"), ["café", "Café"]);
        assert_eq!(marked("cafe\u{301} x", "café"), ["cafe\u{301}"]);
        assert_eq!(marked("我们去吃饭", "去吃"), ["去吃"]);
        assert_eq!(marked("die Straße dort", "strasse"), ["Straße"]);
        assert_eq!(marked("في المدرسة ٢٤", "مدرسه 24"), ["مدرسة", "٢٤"]);
        assert!(marked("की", "का").is_empty(), "other vowels make other words");
        assert_eq!(marked("one two one", "two one"), ["one", "two", "one"]);
        assert!(marked("text", "").is_empty() && marked("", "x").is_empty());
        let text = "Ünïcödé 👩‍👧 ok";
        assert_eq!(parts(text, "code ok").into_iter().map(|(_, part)| part).collect::<String>(), text);
    }
}
