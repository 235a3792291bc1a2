//! What is one emoji: the form of sequences in UTS #51 §1.4.9, and which characters they begin with. Nothing else may stand
//! below somebody's message: no words, and nothing that turns the direction of what is written beside it.

use casemate_content::limits::EMOJI_BYTES;
use icu_properties::CodePointSetData;
use icu_properties::props::EmojiPresentation;

/// Whether this is one emoji, as a reaction is.
pub fn is_one(text: &str) -> bool {
    let mut rest = Rest(text);
    text.len() <= EMOJI_BYTES && rest.takes_sequence() && rest.0.is_empty()
}

/// An emoji in the form that Unicode calls fully qualified: some programs write the sign for colours where it is not needed, others
/// leave it out where it is. Two that look alike are one then.
pub fn one_form(emoji: &str) -> String {
    let coloured = CodePointSetData::new::<EmojiPresentation>();
    let mut form = String::with_capacity(emoji.len());
    let mut rest = emoji.chars().filter(|c| *c != COLOURED).peekable();
    while let Some(c) = rest.next() {
        form.push(c);
        let needs = match rest.peek() {
            Some(&KEYCAP) => true,
            // The tone of a skin says it too.
            Some('\u{1F3FB}'..='\u{1F3FF}') => false,
            _ => is_base(c) && !coloured.contains(c),
        };
        if needs {
            form.push(COLOURED);
        }
    }
    if form.len() <= EMOJI_BYTES { form } else { emoji.to_owned() }
}

const JOINER: char = '\u{200D}';
const COLOURED: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const TAG_END: char = '\u{E007F}';

/// What has not been looked at yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Several joined ones are one: families, professions.
    fn takes_sequence(&mut self) -> bool {
        loop {
            if !self.takes_element() {
                return false;
            }
            if !self.takes(|c| c == JOINER) {
                return true;
            }
        }
    }

    fn takes_element(&mut self) -> bool {
        if self.takes(is_letter_of_flag) {
            return self.takes(is_letter_of_flag);
        }
        if self.takes(|c| matches!(c, '0'..='9' | '#' | '*')) {
            self.takes(|c| c == COLOURED);
            return self.takes(|c| c == KEYCAP);
        }
        if !self.takes(is_base) {
            return false;
        }
        // The tone of a skin stands in the place of this.
        if !self.takes(|c| c == COLOURED) {
            self.takes(|c| matches!(c, '\u{1F3FB}'..='\u{1F3FF}'));
        }
        // Flags of regions: Scotland is a black flag, and "gbsct".
        let mut tagged = false;
        while self.takes(|c| matches!(c, '\u{E0020}'..='\u{E007E}')) {
            tagged = true;
        }
        !tagged || self.takes(|c| c == TAG_END)
    }

    fn takes(&mut self, is_wanted: impl Fn(char) -> bool) -> bool {
        let mut chars = self.0.chars();
        let found = chars.next().is_some_and(is_wanted);
        if found {
            self.0 = chars.as_str();
        }
        found
    }
}

fn is_letter_of_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Emoji (emoji-data.txt of Unicode 17) without those above; in the pictures' own blocks also pictures that are none, and places
/// that later versions fill: a device that knows them already is not refused.
fn is_base(c: char) -> bool {
    matches!(
        c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '↔'..='↙' | '↩' | '↪' | '⌚' | '⌛' | '⌨' | '⏏' | '⏩'..='⏳'
        | '⏸'..='⏺' | 'Ⓜ' | '▪' | '▫' | '▶' | '◀' | '◻'..='◾' | '☀'..='☄' | '☎' | '☑' | '☔' | '☕' | '☘'
        | '☝' | '☠' | '☢' | '☣' | '☦' | '☪' | '☮' | '☯' | '☸'..='☺' | '♀' | '♂' | '♈'..='♓' | '♟' | '♠'
        | '♣' | '♥' | '♦' | '♨' | '♻' | '♾' | '♿' | '⚒'..='⚗' | '⚙' | '⚛' | '⚜' | '⚠' | '⚡' | '⚧' | '⚪'
        | '⚫' | '⚰' | '⚱' | '⚽' | '⚾' | '⛄' | '⛅' | '⛈' | '⛎' | '⛏' | '⛑' | '⛓' | '⛔' | '⛩' | '⛪'
        | '⛰'..='⛵' | '⛷'..='⛺' | '⛽' | '✂' | '✅' | '✈'..='✍' | '✏' | '✒' | '✔' | '✖' | '✝' | '✡'
        | '✨' | '✳' | '✴' | '❄' | '❇' | '❌' | '❎' | '❓'..='❕' | '❗' | '❣' | '❤' | '➕'..='➗' | '➡'
        | '➰' | '➿' | '⤴' | '⤵' | '⬅'..='⬇' | '⬛' | '⬜' | '⭐' | '⭕' | '〰' | '〽' | '㊗' | '㊙'
        | '\u{1F004}' | '\u{1F0CF}' | '🅰' | '🅱' | '🅾' | '🅿' | '🆎' | '🆑'..='🆚' | '🈁' | '🈂' | '🈚'
        | '🈯' | '🈲'..='🈺' | '🉐' | '🉑' | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6FF}'
        | '🟠'..='🟫' | '🟰' | '\u{1F90C}'..='\u{1F9FF}' | '\u{1FA70}'..='\u{1FAFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::{is_one, one_form};

    #[test]
    fn emoji_that_look_alike_have_one_form() {
        for (one, other) in [
            ("👍", "👍\u{fe0f}"),
            ("❤", "❤\u{fe0f}"),
            ("7\u{20e3}", "7\u{fe0f}\u{20e3}"),
            ("🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
            ("👩\u{200d}❤\u{200d}👨", "👩\u{200d}❤\u{fe0f}\u{200d}👨"),
            ("🏃\u{200d}♂", "🏃\u{200d}♂\u{fe0f}"),
        ] {
            assert_eq!(one_form(one), one_form(other));
            assert_eq!(one_form(&one_form(one)), one_form(one));
            assert!(is_one(&one_form(one)), "{one}");
        }
        assert_eq!([one_form("👍\u{fe0f}"), one_form("❤")], ["👍", "❤\u{fe0f}"]);
        for qualified in
            ["☝🏻", "🇩🇪", "👨\u{200d}👩\u{200d}👧", "🏴\u{e0067}\u{e0062}\u{e007f}", "🐦\u{200d}⬛", ""]
        {
            assert_eq!(one_form(qualified), qualified);
        }
    }

    #[test]
    fn one_of_any_kind_passes() {
        let some = "👍 👍🏿 ❤ ❤️ ☝🏻 #️⃣ *⃣ 7️⃣ 🇩🇪 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👨‍👩‍👧‍👦 👩🏽‍❤️‍💋‍👩🏿 🏳️‍🌈 🏴‍☠️ 🧑🏾‍🚀 🦔 ✅ 👀 🟰 🫨 🙂‍↔️ ⛓️‍💥 🀄 🃏 🈁 ㊗️ ©️ 🐦‍⬛";
        for emoji in some.split(' ') {
            assert!(is_one(emoji), "{emoji} {}", emoji.escape_unicode());
        }
    }

    #[test]
    fn nothing_else_does() {
        let words = "abcdefgh|<b>|7|#|👍👍|👍 | 👍|a👍|👍a|🇩|🇩🇪🇫🇷|👍🏿🏿|∞|♫|字||\0|\n";
        // What turns directions, what only changes another sign, and tags that end nowhere or belong to nothing.
        let unseen = "\u{202E}|👍\u{202E}|\u{202E}👍|\u{2067}👍\u{2069}|👍\u{200F}|👍\u{61C}|👍\u{200D}|\u{200D}👍|\u{FE0F}|\u{20E3}|\
                      👍\u{301}|👍\u{FE0F}\u{FE0F}|🏴\u{E0067}|\u{E0067}|\u{E007F}";
        for other in words.split('|').chain(unseen.split('|')) {
            assert!(!is_one(other), "{}", other.escape_unicode());
        }
        // More than there is room for.
        assert!(!is_one(&["👨"; 20].join("\u{200D}")));
    }
}
