//! The pictures by which people in a call compare that they have the same keys, and what they are called where one says them
//! or cannot see them.

/// As many as six bits tell apart, and no two that look or sound alike.
#[rustfmt::skip]
pub const PICTURES: [(&str, &str); 64] = [
    ("🐶", "dog"), ("🐱", "cat"), ("🐭", "mouse"), ("🐰", "rabbit"),
    ("🦊", "fox"), ("🐻", "bear"), ("🐼", "panda"), ("🐨", "koala"),
    ("🐯", "tiger"), ("🦁", "lion"), ("🐮", "cow"), ("🐷", "pig"),
    ("🐸", "frog"), ("🐵", "monkey"), ("🐔", "chicken"), ("🐧", "penguin"),
    ("🦆", "duck"), ("🦉", "owl"), ("🐺", "wolf"), ("🦄", "unicorn"),
    ("🐝", "bee"), ("🦋", "butterfly"), ("🐌", "snail"), ("🐞", "ladybird"),
    ("🐢", "turtle"), ("🐍", "snake"), ("🐙", "octopus"), ("🦀", "crab"),
    ("🐠", "fish"), ("🐬", "dolphin"), ("🐊", "crocodile"), ("🐘", "elephant"),
    ("🌵", "cactus"), ("🌲", "fir"), ("🌴", "palm"), ("🍀", "clover"),
    ("🍄", "mushroom"), ("🌻", "sunflower"), ("🌙", "moon"), ("⭐", "star"),
    ("🔥", "fire"), ("🌈", "rainbow"), ("⛄", "snowman"), ("🍎", "apple"),
    ("🍌", "banana"), ("🍇", "grapes"), ("🍓", "strawberry"), ("🍒", "cherries"),
    ("🍍", "pineapple"), ("🥕", "carrot"), ("🌽", "corn"), ("🍞", "bread"),
    ("🧀", "cheese"), ("🍕", "pizza"), ("⚽", "football"), ("🎸", "guitar"),
    ("🎺", "trumpet"), ("🚲", "bicycle"), ("🚂", "train"), ("⚓", "anchor"),
    ("🔑", "key"), ("🎁", "present"), ("🎈", "balloon"), ("☂️", "umbrella"),
];

/// The picture with its word: `🐶 dog`.
pub fn with_word(picture: &str) -> String {
    match PICTURES.iter().find(|(known, _)| *known == picture) {
        Some((picture, word)) => format!("{picture} {word}"),
        None => picture.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_is_there_once_and_so_is_its_word() {
        let pictures: BTreeSet<_> = PICTURES.iter().map(|(picture, _)| picture).collect();
        let words: BTreeSet<_> = PICTURES.iter().map(|(_, word)| word).collect();
        assert_eq!((pictures.len(), words.len()), (64, 64));
        assert_eq!(with_word("🐶"), "🐶 dog");
        assert_eq!(with_word("?"), "?");
    }
}
