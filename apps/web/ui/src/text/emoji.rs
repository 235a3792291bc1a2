//! The emoji of the picker with words to find them by. A choice, not all: whatever the keyboard has can be sent too.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::locale::Language;

/// An emoji and its words.
pub type Named = (&'static str, &'static str);

/// Those offered first for reactions.
pub const QUICK: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/// All, in groups that follow each other.
pub const ALL: [Named; 166] = [
    ("😀", "grin smile happy"),
    ("😄", "smile happy joy"),
    ("😁", "beam grin"),
    ("😆", "laugh squint"),
    ("😅", "sweat relief laugh"),
    ("😂", "joy tears laugh lol"),
    ("🤣", "rofl laugh floor"),
    ("🙂", "smile slight"),
    ("🙃", "upside down silly"),
    ("😉", "wink"),
    ("😊", "blush smile"),
    ("😇", "angel halo innocent"),
    ("🥰", "love hearts"),
    ("😍", "heart eyes love"),
    ("😘", "kiss"),
    ("😋", "yum tasty"),
    ("😜", "tongue wink silly"),
    ("🤪", "crazy zany"),
    ("🤗", "hug"),
    ("🤭", "giggle oops"),
    ("🤫", "quiet shh secret"),
    ("🤔", "think hmm"),
    ("🤐", "zip mouth"),
    ("😐", "neutral"),
    ("😏", "smirk"),
    ("😒", "unamused"),
    ("🙄", "eye roll"),
    ("😬", "grimace"),
    ("😌", "relieved calm"),
    ("😔", "sad pensive"),
    ("😴", "sleep tired"),
    ("😷", "mask ill"),
    ("🤒", "ill fever"),
    ("🤯", "mind blown"),
    ("🥳", "party celebrate"),
    ("😎", "cool sunglasses"),
    ("🤓", "nerd glasses"),
    ("😕", "confused"),
    ("😟", "worried"),
    ("🙁", "frown sad"),
    ("😮", "wow surprised open"),
    ("😲", "astonished"),
    ("🥺", "please plead"),
    ("😨", "afraid fear"),
    ("😰", "anxious sweat"),
    ("😢", "cry sad tear"),
    ("😭", "sob cry loud"),
    ("😱", "scream shock"),
    ("😞", "disappointed"),
    ("😩", "weary tired"),
    ("🥱", "yawn bored"),
    ("😤", "huff proud"),
    ("😠", "angry"),
    ("😡", "rage mad"),
    ("🤬", "swear curse"),
    ("💀", "skull dead"),
    ("👻", "ghost"),
    ("🤖", "robot"),
    ("👋", "wave hello bye"),
    ("✋", "hand stop"),
    ("👌", "ok perfect"),
    ("✌️", "peace victory"),
    ("🤞", "fingers crossed luck"),
    ("🤙", "call shaka"),
    ("👈", "left point"),
    ("👉", "right point"),
    ("👆", "up point"),
    ("👇", "down point"),
    ("👍", "thumbs up yes good like"),
    ("👎", "thumbs down no bad"),
    ("✊", "fist"),
    ("👏", "clap applause bravo"),
    ("🙌", "hands raised hooray"),
    ("🤝", "handshake deal"),
    ("🙏", "pray thanks please"),
    ("💪", "strong muscle"),
    ("👀", "eyes look"),
    ("🧠", "brain"),
    ("❤️", "heart love red"),
    ("🧡", "heart orange"),
    ("💛", "heart yellow"),
    ("💚", "heart green"),
    ("💙", "heart blue"),
    ("💜", "heart purple"),
    ("🖤", "heart black"),
    ("💔", "broken heart"),
    ("💯", "hundred perfect"),
    ("💥", "boom bang"),
    ("💫", "dizzy star"),
    ("💤", "sleep zzz"),
    ("🐶", "dog"),
    ("🐱", "cat"),
    ("🐭", "mouse"),
    ("🐰", "rabbit"),
    ("🦊", "fox"),
    ("🐻", "bear"),
    ("🐼", "panda"),
    ("🐸", "frog"),
    ("🐵", "monkey"),
    ("🐔", "chicken"),
    ("🐦", "bird"),
    ("🐢", "turtle"),
    ("🐟", "fish"),
    ("🐝", "bee"),
    ("🦋", "butterfly"),
    ("🌸", "flower blossom"),
    ("🌹", "rose flower"),
    ("🌻", "sunflower"),
    ("🌲", "tree"),
    ("🍀", "clover luck"),
    ("🍁", "leaf autumn"),
    ("🍎", "apple"),
    ("🍌", "banana"),
    ("🍇", "grapes"),
    ("🍓", "strawberry"),
    ("🍅", "tomato"),
    ("🥑", "avocado"),
    ("🍞", "bread"),
    ("🧀", "cheese"),
    ("🍕", "pizza"),
    ("🍔", "burger"),
    ("🍟", "fries"),
    ("🍜", "noodles soup"),
    ("🍰", "cake"),
    ("🎂", "birthday cake"),
    ("🍫", "chocolate"),
    ("☕", "coffee tea"),
    ("🍺", "beer"),
    ("🍷", "wine"),
    ("🥂", "cheers toast"),
    ("⚽", "football soccer"),
    ("🏀", "basketball"),
    ("🚲", "bike bicycle"),
    ("🏆", "trophy win"),
    ("🎉", "party tada congratulations"),
    ("🎁", "gift present"),
    ("🎵", "music note"),
    ("🎬", "film movie"),
    ("🎮", "game"),
    ("🚗", "car"),
    ("🚆", "train"),
    ("✈️", "plane flight travel"),
    ("🚀", "rocket"),
    ("⛵", "boat sail"),
    ("🏠", "home house"),
    ("🏖️", "beach holiday"),
    ("⛰️", "mountain"),
    ("🌍", "world earth"),
    ("☀️", "sun"),
    ("⛅", "cloud"),
    ("🌧️", "rain"),
    ("❄️", "snow cold"),
    ("🌈", "rainbow"),
    ("🔥", "fire hot"),
    ("⭐", "star"),
    ("🌙", "moon night"),
    ("⏰", "alarm clock time"),
    ("📅", "calendar date"),
    ("📌", "pin"),
    ("📷", "camera photo"),
    ("💻", "computer laptop"),
    ("📱", "phone mobile"),
    ("💡", "idea bulb"),
    ("✅", "done check yes"),
    ("❌", "no cross wrong"),
    ("❓", "question"),
];

/// The same words in another language, a line an emoji; English stands above.
pub fn words_of(language: Language) -> &'static str {
    match language {
        Language::English => "",
        Language::German => include_str!("../../locales/de/emoji.txt"),
        Language::Spanish => include_str!("../../locales/es/emoji.txt"),
        Language::French => include_str!("../../locales/fr/emoji.txt"),
        Language::Portuguese => include_str!("../../locales/pt/emoji.txt"),
        Language::Arabic => include_str!("../../locales/ar/emoji.txt"),
        Language::Hindi => include_str!("../../locales/hi/emoji.txt"),
        Language::Chinese => include_str!("../../locales/zh/emoji.txt"),
    }
}

/// Those whose words begin with what was typed, in this language or in English. With them what they are called there.
pub fn find(typed: &str, language: Language) -> impl Iterator<Item = Named> + use<> {
    let typed = super::plain::folded(typed.trim());
    let mut theirs = words_of(language).lines();
    ALL.iter().filter_map(move |(emoji, english)| {
        let words = theirs.next().unwrap_or(english);
        let begins = |words: &str| {
            words
                .split(' ')
                .any(|word| word.starts_with(&typed) || super::plain::folded(word).starts_with(&typed))
        };
        let fits = typed.is_empty() || *emoji == typed || begins(words) || begins(english);
        fits.then_some((*emoji, words))
    })
}

/// What was typed, where it is one emoji and nothing else: any that the keyboard has.
pub fn only_emoji(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let is_one = super::plain::only_emoji(typed) && typed.graphemes(true).count() == 1;
    is_one.then(|| typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_that_is_written_is_taken_as_it_is() {
        for one in ["🇩🇪", "👍🏽", "👨‍👩‍👧‍👦", " 🦊 ", "❤️"] {
            assert_eq!(only_emoji(one).as_deref(), Some(one.trim()), "{one}");
        }
        for other in ["", "a", "flag", "🦊🦊", "7", "🦊 fox"] {
            assert_eq!(only_emoji(other), None, "{other}");
        }
    }

    #[test]
    fn words_find_emoji() {
        let finds = |typed: &str, language: Language, wanted: &str| {
            find(typed, language).any(|(emoji, _)| emoji == wanted)
        };
        assert!(finds("THUMB", Language::English, "👍"));
        assert_eq!(find("", Language::English).count(), ALL.len());
        assert_eq!(find("nothing at all", Language::English).count(), 0);
        let theirs = [
            (Language::German, "kuchen", "🍰"),
            (Language::Spanish, "corazon", "❤️"),
            (Language::French, "fete", "🎉"),
            (Language::Portuguese, "maca", "🍎"),
            (Language::Arabic, "قلب", "❤️"),
            (Language::Hindi, "कुत्ता", "🐶"),
            (Language::Chinese, "猫", "🐱"),
            (Language::Chinese, "cat", "🐱"),
        ];
        for (language, typed, wanted) in theirs {
            assert!(finds(typed, language, wanted), "{typed}");
        }
        for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
            assert_eq!(words_of(language).lines().count(), ALL.len(), "{}", language.tag());
            assert!(words_of(language).lines().all(|line| !line.trim().is_empty()), "{}", language.tag());
        }
        let mut all: Vec<&str> = ALL.iter().map(|(emoji, _)| *emoji).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ALL.len());
    }
}
