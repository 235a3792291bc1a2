//! Texts that people type: bounds, and lines that other people's screens can show.

use crate::core::{Done, invalid, too_large};

/// A single line: no control characters, at most `limit` bytes.
pub fn check_line(text: &str, limit: usize) -> Done<()> {
    if text.len() > limit {
        return Err(too_large(format!("This text is too long: at most {limit} bytes.")));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid("A name may not contain line breaks or control characters."));
    }
    Ok(())
}

/// Several lines: tabs and line breaks only, at most `limit` bytes.
pub fn check_text(text: &str, limit: usize) -> Done<()> {
    if text.len() > limit {
        return Err(too_large(format!(
            "This message is too long: at most {limit} bytes of text. Send it as a file."
        )));
    }
    Ok(())
}

/// A file name as others see it: no path, no control characters, no marks that turn the reading direction.
pub fn harmless_name(name: &str) -> String {
    let bad = |c: char| c.is_control() || turns(c) || matches!(c, '/' | '\\' | '\u{feff}');
    let mut clean: String = name.chars().map(|c| if bad(c) { '_' } else { c }).collect();
    while clean.len() > casemate_content::limits::FILE_NAME_BYTES {
        clean.pop();
    }
    let clean = clean.trim().trim_start_matches('.').to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

/// Whether a character turns the reading direction: what stands behind it then reads otherwise than it is.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::harmless_name;

    #[test]
    fn file_names_are_shown_harmless() {
        assert_eq!(harmless_name("صورة.jpg"), "صورة.jpg");
        assert_eq!(harmless_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(harmless_name("invoice\u{202e}fdp.exe"), "invoice_fdp.exe");
        assert_eq!(harmless_name("a\0b"), "a_b");
        assert_eq!(harmless_name(".."), "file");
    }
}
