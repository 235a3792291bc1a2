//! Texts as they are compared when somebody searches: what people leave out, and what keyboards have one of where writing has several.
//! For the engine's index and for the page, which marks what was found: each takes letters apart by its own means (NFKD there, NFD
//! here, whose tables are half as large).

/// What is compared of letters that were taken apart.
pub fn folded(letters: impl Iterator<Item = char>) -> String {
    let mut folded = String::new();
    for letter in letters.filter(|letter| !is_left_out(*letter)).flat_map(char::to_lowercase) {
        match stands_for(letter) {
            Some(same) => folded.push_str(same),
            None => folded.push(letter),
        }
    }
    folded
}

/// Accents, the points and lengthenings of Hebrew and Arabic, the point below of Indian letters; not the vowels of Indian scripts,
/// which make other words. Variation selectors come with some emoji and not with others. Of what shows nothing, what joins and parts
/// letters and turns their direction: Persian has it in the middle of words, and few type it.
fn is_left_out(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{93c}'
        | '\u{ad}' | '\u{200c}'..='\u{200f}'
        | '\u{fe00}'..='\u{fe0f}')
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// What a small letter is written as where a keyboard does not have it, or where its writing has another one for the same.
fn stands_for(letter: char) -> Option<&'static str> {
    let same = match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ł' => "l",
        'ø' => "o",
        'đ' => "d",
        // The large one of both is I.
        'ı' => "i",
        // Without points, and Persian.
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ٱ' => "ا",
        // At the end of words; Urdu's, and what Persian's with a hamza above is taken apart to.
        'ة' | 'ہ' | 'ە' => "ه",
        _ => return digit(letter),
    };
    Some(same)
}

/// A digit of Arabic, Persian or Devanagari as Europe writes it.
fn digit(letter: char) -> Option<&'static str> {
    [0x660, 0x6f0, 0x966].into_iter().find_map(|nought| {
        let value = u32::from(letter).checked_sub(nought)?;
        DIGITS.get(value as usize).copied()
    })
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn what_people_type_is_what_others_wrote() {
        for (text, same) in [
            ("Crème Brûlée", "creme brulee"),
            ("Straße, GROẞ", "strasse, gross"),
            ("Łódź Ærø Đorđe œuvre", "lodz aero dorde oeuvre"),
            ("IŞIK ışık", "isik isik"),
            ("السَّلَامُ عَلَيْكُم", "السلام عليكم"),
            ("أحمد إلى آنا", "احمد الي انا"),
            ("مدرسة ٱلله ۖ", "مدرسه الله "),
            ("کتابی", "كتابي"),
            ("می\u{200c}روم خانۀ", "ميروم خانه"),
            ("٠٩ ۰۹ ०९", "09 09 09"),
            ("ज़्यादा", "ज्यादा"),
            ("❤\u{fe0f}", "❤"),
        ] {
            assert_eq!(folded(text.nfd()), same, "{text}");
            assert_eq!(folded(text.nfkd()), same, "{text}");
        }
        assert_ne!(folded("की".nfd()), folded("का".nfd()), "other vowels make other words");
        assert_ne!(folded("ที่".nfd()), folded("ที".nfd()));
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for letter in (0..0x1_0000).filter_map(char::from_u32) {
            let once = folded(letter.to_string().nfkd());
            assert_eq!(folded(once.nfkd()), once, "{letter:?}");
        }
    }
}
