//! A text's letters out of its bytes. Phones write UTF-8; whoever saved the text again on Windows may have made UTF-16 of it, which
//! says so at its beginning. What older systems write says nothing, and is not guessed at.

use std::borrow::Cow;

/// The letters. What is none becomes U+FFFD, so that one broken byte costs no chat. At most three bytes for each two, or for each that
/// is none.
pub fn letters(bytes: &[u8]) -> Cow<'_, str> {
    // Unicode §2.13: U+FEFF, in one order of its bytes or the other.
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    // A lone last byte is of a letter that was cut off.
    let (units, _) = bytes.as_chunks();
    let letters = char::decode_utf16(units.iter().map(|two| unit(*two)));
    letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn utf16_of(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_chat_that_was_saved_as_utf16_reads_like_the_phones_own() {
        let text = "\u{feff}31.12.23, 21:41 - Ana Müller: hello 😀\r\nmore\r\n31.12.23, 21:42 - 小明: 你好";
        let own = crate::read(text, &BTreeSet::new());
        assert_eq!(own.authors, ["Ana Müller", "小明"]);
        for bytes in
            [text.as_bytes().to_vec(), utf16_of(text, u16::to_le_bytes), utf16_of(text, u16::to_be_bytes)]
        {
            assert_eq!(crate::read(&letters(&bytes), &BTreeSet::new()), own);
        }
    }

    #[test]
    fn broken_letters_cost_no_others() {
        let mut bytes = utf16_of("\u{feff}ab", u16::to_le_bytes);
        // Half of a pair, and half of a unit.
        bytes.extend([0x3d, 0xd8, b'c', 0, b'd']);
        assert_eq!(letters(&bytes), "ab\u{fffd}c");
        assert_eq!(letters(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(letters(&[0xff, 0xfe]), "");
        assert_eq!(letters(&[0xff]), "\u{fffd}");
    }
}
