//! An address out of a person's name. Names have all letters of the world and spaces; the part of an address before the @ has
//! `a` to `z`, digits and a few signs (`casemate_wire::handle`), so that nobody has to guess how it is typed.

use super::letters::bare;

/// Letters of such a part, as the server counts them.
const LONGEST: usize = 32;

/// What a name becomes in an address: `María José` is `maria.jose`, `Иван` is `ivan`. Nothing where it has letters that
/// have no usual form in Latin ones: then one is invented, and whoever is called so changes it if they like.
pub fn of_name(name: &str) -> Option<String> {
    let mut handle = String::new();
    for c in bare(name).chars() {
        for c in c.to_lowercase() {
            match c {
                'a'..='z' | '0'..='9' => handle.push(c),
                '_' | '-' => sign(&mut handle, c),
                '.' | ',' => sign(&mut handle, '.'),
                c if c.is_whitespace() => sign(&mut handle, '.'),
                // Letters of the world, numbers of the world.
                c if c.is_alphanumeric() => handle.push_str(latin(c)?),
                _ => {}
            }
        }
    }
    // All of them are one byte.
    handle.truncate(LONGEST);
    let handle = handle.trim_end_matches(['.', '_', '-']);
    Some(handle.to_owned())
}

/// Ways to an address for a name of which none can be made: a word that is read and said easily, and four digits.
pub const INVENTED: u32 = WORDS.len() as u32 * 9_000;

/// One of them.
pub fn invented(which: u32) -> String {
    let (word, digits) = (which / 9_000 % WORDS.len() as u32, which % 9_000);
    format!("{}{}", WORDS[word as usize], 1_000 + digits)
}

const WORDS: [&str; 48] = [
    "amber", "apple", "autumn", "beach", "bird", "breeze", "cedar", "cherry", "cloud", "coral", "daisy",
    "dawn", "delta", "ember", "fern", "field", "forest", "garden", "harbor", "hazel", "island", "ivory",
    "jade", "lake", "lemon", "lily", "lotus", "maple", "meadow", "melon", "mint", "moon", "ocean", "olive",
    "orange", "pearl", "pine", "plum", "rain", "river", "robin", "saffron", "sky", "snow", "spring", "star",
    "sunny", "willow",
];

/// Why something cannot stand before the @.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Others than `a` to `z`, digits, dot, dash and underscore.
    Letters,
    /// Fewer than two or more than 32.
    Length,
    /// A sign at an end, or two in a row.
    Signs,
}

/// What the server would refuse, known before it is asked.
pub fn mistake(handle: &str) -> Option<Mistake> {
    let is_sign = |c: char| "._-".contains(c);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || is_sign(c);
    if !handle.chars().all(fits) {
        return Some(Mistake::Letters);
    }
    if !(2..=LONGEST).contains(&handle.len()) {
        return Some(Mistake::Length);
    }
    handle.split(is_sign).any(str::is_empty).then_some(Mistake::Signs)
}

/// Never first, never two in a row.
fn sign(handle: &mut String, sign: char) {
    if handle.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        handle.push(sign);
    }
}

/// A small letter as it is usually written with Latin ones.
fn latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ð' | 'đ' | 'д' | 'δ' => "d",
        'þ' | 'θ' => "th",
        'ł' | 'л' | 'λ' => "l",
        'ı' | 'и' | 'і' | 'η' | 'ι' => "i",
        'ŋ' | 'н' | 'ν' => "n",
        'ħ' => "h",
        'ə' | 'е' | 'э' | 'ε' => "e",
        'а' | 'α' => "a",
        'б' => "b",
        'в' | 'β' => "v",
        'г' | 'ґ' | 'γ' => "g",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'к' | 'κ' => "k",
        'м' | 'μ' => "m",
        'о' | 'ο' | 'ω' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'у' => "u",
        'ф' | 'φ' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' | 'χ' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' | 'υ' => "y",
        'ю' => "yu",
        'я' => "ya",
        'є' => "ie",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ђ' => "dj",
        'ћ' => "c",
        'џ' => "dz",
        'ξ' => "x",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        for (name, handle) in [
            ("mira", "mira"),
            ("Sam", "sam"),
            ("María José", "maria.jose"),
            ("Иван Щукин", "ivan.shchukin"),
            ("Ярослав Їжак", "yaroslav.izhak"),
            ("Γιώργος", "giorgos"),
            ("Åse Øvergård", "ase.overgard"),
            ("Işık İnce", "isik.ince"),
            ("  Anne-Marie  O'Neill, Jr. ", "anne-marie.oneill.jr"),
            ("a_b.c-9", "a_b.c-9"),
            ("🦊 Fox", "fox"),
            ("x", "x"),
            ("", ""),
            ("...", ""),
        ] {
            assert_eq!(of_name(name).as_deref(), Some(handle), "{name}");
        }
        for name in ["مريم", "दीपा", "李雷", "ana 李"] {
            assert_eq!(of_name(name), None, "{name}");
        }
        for which in [0, 8_999, 9_000, INVENTED - 1, u32::MAX] {
            assert_eq!(mistake(&invented(which)), None, "{which}");
        }
        assert_eq!((invented(0), invented(INVENTED - 1)), ("amber1000".to_owned(), "willow9999".to_owned()));
        for (handle, why) in [
            ("mira", None),
            ("m-9.x_y", None),
            ("Mira", Some(Mistake::Letters)),
            ("mira k", Some(Mistake::Letters)),
            ("мира", Some(Mistake::Letters)),
            ("m", Some(Mistake::Length)),
            ("", Some(Mistake::Length)),
            (&"m".repeat(33)[..], Some(Mistake::Length)),
            (".mira", Some(Mistake::Signs)),
            ("mira-", Some(Mistake::Signs)),
            ("mi..ra", Some(Mistake::Signs)),
        ] {
            assert_eq!(mistake(handle), why, "{handle}");
        }
        let long = of_name(&"Maximiliane ".repeat(5)).unwrap();
        assert!(long.len() <= LONGEST && !long.ends_with('.'), "{long}");
    }
}
