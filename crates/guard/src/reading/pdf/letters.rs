//! What codes of simple fonts and names of glyphs mean (ISO 32000-1 annex D; Adobe's glyph list, as far as fonts of letters use
//! it).

/// How a font numbers its glyphs where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Standard,
    Windows,
    Mac,
    Symbol,
}

/// A place that has no letter.
const NONE: char = '\0';

/// 0x80 to 0x9F; what is above is as in Unicode.
const WINDOWS: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";
/// 0x80 to 0xFF.
const MAC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨\0ÆØ\0±\0\0¥µ\0\0\0\0\0ªº\0æø¿¡¬\0ƒ\0\0«»…\u{A0}ÀÃÕŒœ–—“”‘’÷\0ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\0ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// 0xA1 to 0xFB.
const STANDARD: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\0–†‡·\0¶•‚„”»…‰\0¿\0`´ˆ˜¯˘˙¨\0˚¸\0˝˛ˇ—\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Æ\0ª\0\0\0\0ŁØŒº\0\0\0\0\0æ\0\0\0ı\0\0łøœß";
/// 0x41 to 0x5A and 0x61 to 0x7A.
const SYMBOL: [&str; 2] = ["ΑΒΧ∆ΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", "αβχδεφγηιϕκλµνοπθρστυϖωξψζ"];

/// A letter and the name of its accent make one letter: pairs of both.
const ACCENTS: [(&str, &str); 14] = [
    ("acute", "AÁEÉIÍOÓUÚYÝCĆLĹNŃRŔSŚZŹaáeéiíoóuúyýcćlĺnńrŕsśzź"),
    ("grave", "AÀEÈIÌOÒUÙaàeèiìoòuù"),
    ("circumflex", "AÂEÊIÎOÔUÛCĈGĜHĤJĴSŜWŴYŶaâeêiîoôuûcĉgĝhĥjĵsŝwŵyŷ"),
    ("dieresis", "AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿ"),
    ("tilde", "AÃNÑOÕIĨUŨaãnñoõiĩuũ"),
    ("ring", "AÅUŮaåuů"),
    ("cedilla", "CÇSŞTŢcçsştţ"),
    ("caron", "CČDĎEĚLĽNŇRŘSŠTŤZŽcčdďeělľnňrřsštťzž"),
    ("ogonek", "AĄEĘIĮUŲaąeęiįuų"),
    ("macron", "AĀEĒIĪOŌUŪaāeēiīoōuū"),
    ("breve", "AĂGĞUŬaăgğuŭ"),
    ("dotaccent", "CĊEĖGĠIİZŻcċeėgġzż"),
    ("hungarumlaut", "OŐUŰoőuű"),
    ("commaaccent", "GĢKĶLĻNŅRŖSȘTȚgģkķlļnņrŗsștț"),
];

const NAMES: &[(&str, &str)] = &[
    ("space", " "),
    ("exclam", "!"),
    ("quotedbl", "\""),
    ("numbersign", "#"),
    ("dollar", "$"),
    ("percent", "%"),
    ("ampersand", "&"),
    ("quotesingle", "'"),
    ("quoteright", "’"),
    ("quoteleft", "‘"),
    ("parenleft", "("),
    ("parenright", ")"),
    ("asterisk", "*"),
    ("plus", "+"),
    ("comma", ","),
    ("hyphen", "-"),
    ("period", "."),
    ("slash", "/"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("colon", ":"),
    ("semicolon", ";"),
    ("less", "<"),
    ("equal", "="),
    ("greater", ">"),
    ("question", "?"),
    ("at", "@"),
    ("bracketleft", "["),
    ("backslash", "\\"),
    ("bracketright", "]"),
    ("asciicircum", "^"),
    ("underscore", "_"),
    ("grave", "`"),
    ("braceleft", "{"),
    ("bar", "|"),
    ("braceright", "}"),
    ("asciitilde", "~"),
    ("exclamdown", "¡"),
    ("cent", "¢"),
    ("sterling", "£"),
    ("currency", "¤"),
    ("yen", "¥"),
    ("brokenbar", "¦"),
    ("section", "§"),
    ("dieresis", "¨"),
    ("copyright", "©"),
    ("ordfeminine", "ª"),
    ("guillemotleft", "«"),
    ("logicalnot", "¬"),
    ("sfthyphen", "-"),
    ("registered", "®"),
    ("macron", "¯"),
    ("degree", "°"),
    ("plusminus", "±"),
    ("twosuperior", "²"),
    ("threesuperior", "³"),
    ("acute", "´"),
    ("mu", "µ"),
    ("paragraph", "¶"),
    ("periodcentered", "·"),
    ("cedilla", "¸"),
    ("onesuperior", "¹"),
    ("ordmasculine", "º"),
    ("guillemotright", "»"),
    ("onequarter", "¼"),
    ("onehalf", "½"),
    ("threequarters", "¾"),
    ("questiondown", "¿"),
    ("AE", "Æ"),
    ("Eth", "Ð"),
    ("multiply", "×"),
    ("Oslash", "Ø"),
    ("Thorn", "Þ"),
    ("germandbls", "ß"),
    ("ae", "æ"),
    ("eth", "ð"),
    ("divide", "÷"),
    ("oslash", "ø"),
    ("thorn", "þ"),
    ("Dcroat", "Đ"),
    ("dcroat", "đ"),
    ("Hbar", "Ħ"),
    ("hbar", "ħ"),
    ("dotlessi", "ı"),
    ("dotlessj", "ȷ"),
    ("Lslash", "Ł"),
    ("lslash", "ł"),
    ("Eng", "Ŋ"),
    ("eng", "ŋ"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("florin", "ƒ"),
    ("circumflex", "ˆ"),
    ("caron", "ˇ"),
    ("breve", "˘"),
    ("dotaccent", "˙"),
    ("ring", "˚"),
    ("ogonek", "˛"),
    ("tilde", "˜"),
    ("hungarumlaut", "˝"),
    ("endash", "–"),
    ("emdash", "—"),
    ("quotesinglbase", "‚"),
    ("quotedblleft", "“"),
    ("quotedblright", "”"),
    ("quotedblbase", "„"),
    ("dagger", "†"),
    ("daggerdbl", "‡"),
    ("bullet", "•"),
    ("ellipsis", "…"),
    ("perthousand", "‰"),
    ("guilsinglleft", "‹"),
    ("guilsinglright", "›"),
    ("fraction", "⁄"),
    ("Euro", "€"),
    ("trademark", "™"),
    ("ff", "ff"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("minus", "−"),
    ("infinity", "∞"),
    ("lessequal", "≤"),
    ("greaterequal", "≥"),
    ("notequal", "≠"),
    ("approxequal", "≈"),
    ("equivalence", "≡"),
    ("partialdiff", "∂"),
    ("summation", "∑"),
    ("product", "∏"),
    ("integral", "∫"),
    ("radical", "√"),
    ("element", "∈"),
    ("lozenge", "◊"),
    ("arrowleft", "←"),
    ("arrowup", "↑"),
    ("arrowright", "→"),
    ("arrowdown", "↓"),
    ("Alpha", "Α"),
    ("Beta", "Β"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Epsilon", "Ε"),
    ("Zeta", "Ζ"),
    ("Eta", "Η"),
    ("Theta", "Θ"),
    ("Iota", "Ι"),
    ("Kappa", "Κ"),
    ("Lambda", "Λ"),
    ("Mu", "Μ"),
    ("Nu", "Ν"),
    ("Xi", "Ξ"),
    ("Omicron", "Ο"),
    ("Pi", "Π"),
    ("Rho", "Ρ"),
    ("Sigma", "Σ"),
    ("Tau", "Τ"),
    ("Upsilon", "Υ"),
    ("Phi", "Φ"),
    ("Chi", "Χ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("omicron", "ο"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("sigma1", "ς"),
    ("nbspace", " "),
    ("nonbreakingspace", " "),
];

/// What a code means by one of the usual numberings.
pub(super) fn of_code(base: Base, code: u8) -> Option<char> {
    let at = |letters: &str, first: u8| letters.chars().nth(usize::from(code.checked_sub(first)?));
    let letter = match (base, code) {
        (_, 0..0x20 | 0x7F) => None,
        (Base::Symbol, b'A'..=b'Z') => at(SYMBOL[0], b'A'),
        (Base::Symbol, b'a'..=b'z') => at(SYMBOL[1], b'a'),
        (Base::Symbol, 0xB7) => Some('•'),
        (Base::Symbol, 0x80..) => None,
        (Base::Standard, b'\'') => Some('’'),
        (Base::Standard, b'`') => Some('‘'),
        (_, 0..0x80) => Some(char::from(code)),
        (Base::Standard, _) => at(STANDARD, 0xA1),
        (Base::Mac, _) => at(MAC, 0x80),
        (Base::Windows, 0x80..=0x9F) => at(WINDOWS, 0x80),
        (Base::Windows, _) => Some(char::from(code)),
    };
    letter.filter(|letter| *letter != NONE)
}

/// What a glyph's name means. The names of those that only its font knows mean nothing.
pub(super) fn of_name(name: &str) -> Option<String> {
    // What is behind a point tells how it is drawn: `a.small`.
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next())
        && letter.is_ascii_alphabetic()
    {
        return Some(letter.to_string());
    }
    if let Some((_, means)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*means).to_owned());
    }
    if let Some(cyrillic) = name.strip_prefix("afii10").and_then(|number| number.parse().ok()) {
        return cyrillic_letter(cyrillic).map(String::from);
    }
    if let Some(letter) = accented(name) {
        return Some(letter.to_string());
    }
    // `uni00410042`, `u1F600`
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() >= 4 && digits.is_ascii()) {
        let each = digits.as_bytes().chunks(4).take(8).map(|four| {
            let four = std::str::from_utf8(four).ok()?;
            char::from_u32(u32::from_str_radix(four, 16).ok()?)
        });
        return each.collect();
    }
    let digits = name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len()))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?).map(String::from)
}

fn accented(name: &str) -> Option<char> {
    let letter = name.chars().next()?;
    let (_, pairs) = ACCENTS.iter().find(|(accent, _)| *accent == &name[letter.len_utf8()..])?;
    let mut letters = pairs.chars();
    while let (Some(plain), Some(with)) = (letters.next(), letters.next()) {
        if plain == letter {
            return Some(with);
        }
    }
    None
}

/// Adobe numbered Russian's letters in the order of its alphabet.
fn cyrillic_letter(number: u32) -> Option<char> {
    char::from_u32(match number {
        17..=22 => 0x410 + number - 17,
        23 => 0x401,
        24..=49 => 0x416 + number - 24,
        65..=70 => 0x430 + number - 65,
        71 => 0x451,
        72..=97 => 0x436 + number - 72,
        _ => return None,
    })
}

/// About how wide a letter of an ordinary font is, for fonts that do not say: the fourteen that every reader has.
pub(super) fn usual_width(letters: Option<&str>) -> f64 {
    match letters.and_then(|letters| letters.chars().next()) {
        Some(' ' | 'f' | 't' | 'r' | '.' | ',' | ':' | ';' | '!' | '/' | '(' | ')' | '-' | '|') => 0.3,
        Some('i' | 'j' | 'l' | '\'' | '’' | 'I') => 0.25,
        Some('m' | 'w' | 'M' | 'W' | '@' | '%' | '—') => 0.85,
        Some(letter) if letter.is_uppercase() => 0.68,
        _ => 0.53,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_letter_for_each_code() {
        let count = |letters: &str| letters.chars().count();
        assert_eq!((count(WINDOWS), count(MAC), count(STANDARD)), (32, 128, 0xFB - 0xA1 + 1));
        assert!(SYMBOL.iter().all(|letters| count(letters) == 26));
        assert!(ACCENTS.iter().all(|(_, pairs)| count(pairs) % 2 == 0));
        assert_eq!(of_code(Base::Windows, 0x80), Some('€'));
        assert_eq!(of_code(Base::Windows, 0xFC), Some('ü'));
        assert_eq!(of_code(Base::Mac, 0x9F), Some('ü'));
        assert_eq!(of_code(Base::Mac, 0xFF), Some('ˇ'));
        assert_eq!(of_code(Base::Standard, 0xFB), Some('ß'));
        assert_eq!(of_code(Base::Standard, 0xE1), Some('Æ'));
        assert_eq!(of_code(Base::Standard, 0x80), None);
        assert_eq!(of_code(Base::Symbol, b'W'), Some('Ω'));
    }

    #[test]
    fn names_mean_letters() {
        let of = |name| of_name(name).unwrap_or_default();
        assert_eq!([of("A"), of("eacute"), of("ffi"), of("zero")], ["A", "é", "ffi", "0"]);
        assert_eq!(
            [of("uni0041030A"), of("u1F600"), of("afii10017"), of("a.alt")],
            ["A\u{30A}", "😀", "А", "a"]
        );
        assert_eq!([of("g12"), of(".notdef"), of("uniXXXX"), of(""), of("é")], ["", "", "", "", ""]);
    }
}
