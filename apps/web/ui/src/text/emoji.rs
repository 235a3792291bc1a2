//! The emoji of the picker with words to find them by. A choice with words in every language is part of the program; all of
//! Unicode's up to version 15.0, in its groups and with its English names, are a file of the app (`apps/web/static/emoji.txt`,
//! out of Unicode's emoji-test and the short names of GitHub's gemoji), which is fetched when the picker is opened first.
//! A line of it: an emoji, `*` where it has skin tones, a tab, words; before each group a line with `# ` and its name.

use std::collections::{HashMap, HashSet};

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
    // One that was typed itself may be joined of several, which folding does not keep.
    let itself = typed.trim().to_owned();
    let typed = super::plain::folded(&itself);
    let mut theirs = words_of(language).lines();
    ALL.iter().filter_map(move |(emoji, english)| {
        let words = theirs.next().unwrap_or(english);
        let begins = |words: &str| {
            // Of several typed words each begins one of the emoji's.
            typed.split_whitespace().all(|typed| {
                words
                    .split(' ')
                    .any(|word| word.starts_with(typed) || super::plain::folded(word).starts_with(typed))
            })
        };
        let fits =
            typed.is_empty() || *emoji == typed || *emoji == itself || begins(words) || begins(english);
        fits.then_some((*emoji, words))
    })
}

/// The sentence that names a group of the file, and what stands for it; none for a group of a later file.
fn group(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "smileys" => ("emoji-smileys", "😀"),
        "people" => ("emoji-people", "👋"),
        "nature" => ("emoji-nature", "🐻"),
        "food" => ("emoji-food", "🍔"),
        "travel" => ("emoji-travel", "🚗"),
        "activities" => ("emoji-activities", "⚽"),
        "objects" => ("emoji-objects", "💡"),
        "symbols" => ("emoji-symbols", "❤️"),
        "flags" => ("emoji-flags", "🏳️"),
        _ => return None,
    })
}

/// Emoji that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The sentence that names it.
    pub name: &'static str,
    /// What stands for it.
    pub sign: &'static str,
    /// With their English words.
    pub all: Vec<(String, String)>,
}

/// All emoji.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Emojis {
    /// In the order of Unicode.
    pub groups: Vec<Group>,
    /// Those that there are in several skin tones.
    toned: HashSet<String>,
}

impl Emojis {
    /// Reads the file.
    pub fn read(text: &str) -> Self {
        let mut emojis = Self::default();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# ") {
                let known = group(name).map(|(name, sign)| Group { name, sign, all: Vec::new() });
                emojis.groups.extend(known);
            } else if let (Some((emoji, words)), Some(group)) =
                (line.split_once('\t'), emojis.groups.last_mut())
            {
                let plain = emoji.trim_end_matches('*');
                if plain != emoji {
                    emojis.toned.insert(plain.to_owned());
                }
                group.all.push((plain.to_owned(), words.to_owned()));
            }
        }
        emojis
    }

    /// Those of a group, with what they are called in this language.
    pub fn of_group(&self, at: usize, language: Language) -> Vec<(String, String)> {
        let own: HashMap<&str, &str> = find("", language).collect();
        let all = self.groups.get(at).map(|group| &group.all[..]).unwrap_or_default();
        all.iter().map(|one| (one.0.clone(), called(one, &own, language))).collect()
    }

    /// Those that fit what was typed, with what they are called in this language: first those with words of it, then all others
    /// by their English ones.
    pub fn find(&self, typed: &str, language: Language) -> Vec<(String, String)> {
        let own = find(typed, language).map(|(emoji, words)| (emoji.to_owned(), words.to_owned()));
        let mut found: Vec<(String, String)> = own.collect();
        let known: HashMap<&str, &str> = find("", language).collect();
        let typed = super::plain::folded(typed.trim());
        let fits = |words: &str| {
            let words = super::plain::folded(words);
            // Of several typed words each begins one of the emoji's.
            typed.split_whitespace().all(|typed| words.split([' ', '-']).any(|word| word.starts_with(typed)))
        };
        let others = self.groups.iter().flat_map(|group| &group.all);
        let others = others.filter(|(emoji, words)| !known.contains_key(&emoji[..]) && fits(words));
        found.extend(others.map(|one| (one.0.clone(), called(one, &known, language))));
        found
    }

    /// An emoji in this skin tone, where it has any: the tone stands behind the first sign, in place of what asks for colours.
    pub fn in_tone(&self, emoji: &str, tone: Tone) -> String {
        let mut signs = emoji.chars();
        let (Some(first), Some(sign)) = (signs.next().filter(|_| self.toned.contains(emoji)), tone.sign())
        else {
            return emoji.to_owned();
        };
        let rest = signs.as_str();
        format!("{first}{sign}{}", rest.strip_prefix('\u{fe0f}').unwrap_or(rest))
    }
}

/// What an emoji is called in a language. Without a word of it, nothing: who hears the page read hears the emoji's own name.
fn called((emoji, english): &(String, String), own: &HashMap<&str, &str>, language: Language) -> String {
    match own.get(&emoji[..]) {
        Some(own) => (*own).to_owned(),
        None if language == Language::English => english.clone(),
        None => String::new(),
    }
}

/// A skin tone; those of Fitzpatrick's scale, as Unicode has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Tone {
    #[default]
    None,
    Light,
    MediumLight,
    Medium,
    MediumDark,
    Dark,
}

impl Tone {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Light, Self::MediumLight, Self::Medium, Self::MediumDark, Self::Dark];

    fn sign(self) -> Option<char> {
        Some(match self {
            Self::None => return None,
            Self::Light => '\u{1f3fb}',
            Self::MediumLight => '\u{1f3fc}',
            Self::Medium => '\u{1f3fd}',
            Self::MediumDark => '\u{1f3fe}',
            Self::Dark => '\u{1f3ff}',
        })
    }

    /// The sentence that names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "tone-none",
            Self::Light => "tone-light",
            Self::MediumLight => "tone-medium-light",
            Self::Medium => "tone-medium",
            Self::MediumDark => "tone-medium-dark",
            Self::Dark => "tone-dark",
        }
    }

    /// A hand in it.
    pub fn shown(self) -> String {
        let mut hand = "✋".to_owned();
        hand.extend(self.sign());
        hand
    }
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
    fn the_file_has_all_emoji_with_flags_and_skin_tones() {
        let text = include_str!("../../../static/emoji.txt");
        let all = Emojis::read(text);
        assert_eq!(all.groups.len(), text.lines().filter(|line| line.starts_with("# ")).count());
        let listed: HashSet<&str> =
            all.groups.iter().flat_map(|group| &group.all).map(|(emoji, _)| &emoji[..]).collect();
        assert!(listed.len() > 1_800, "{}", listed.len());
        assert!(listed.contains("🇩🇪") && listed.contains("👩‍🚀"));
        for (emoji, _) in ALL {
            assert!(listed.contains(emoji), "{emoji}");
        }
        for (emoji, dark) in [("👍", "👍🏿"), ("☝️", "☝🏿"), ("👩‍🚀", "👩🏿‍🚀"), ("🦊", "🦊"), ("🇩🇪", "🇩🇪")]
        {
            assert_eq!(all.in_tone(emoji, Tone::Dark), dark);
            assert_eq!(all.in_tone(emoji, Tone::None), emoji);
        }
        let first =
            |typed: &str, language| all.find(typed, language).into_iter().next().map(|(emoji, _)| emoji);
        assert_eq!(first("flag germ", Language::English).as_deref(), Some("🇩🇪"));
        assert_eq!(first("otter", Language::Hindi).as_deref(), Some("🦦"));
        // What has words of the person's language comes first, as before.
        assert_eq!(first("kuchen", Language::German).as_deref(), Some("🍰"));
        let hearts = all.find("heart", Language::English);
        assert_eq!(hearts.iter().filter(|(emoji, _)| emoji == "❤️").count(), 1);
        let faces = all.of_group(0, Language::German);
        assert_eq!(faces.len(), all.groups[0].all.len());
        assert!(
            faces.iter().any(|(_, words)| !words.is_empty())
                && !faces.iter().any(|(_, words)| words.contains("grinning"))
        );
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
