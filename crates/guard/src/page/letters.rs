//! What a page's bytes are written in: its mark of byte order, what its server says, what it says itself, in the standard's order
//! (WHATWG HTML §13.2.3.2), by the standard's tables (WHATWG Encoding).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use html5gum::{Token, Tokenizer};

use super::attribute;

/// Where a page that says it itself has to have said it.
const SAID_WITHIN: usize = 1_024;

/// The page's letters. What stands for none is U+FFFD. A page of which nobody says anything is UTF-8: guessing by who reads
/// it, as browsers do, would need to know who that is.
pub fn of<'a>(bytes: &'a [u8], charset: &str) -> Cow<'a, str> {
    let encoding = Encoding::for_label(charset.as_bytes()).or_else(|| said(bytes)).unwrap_or(UTF_8);
    // A mark of byte order counts before all else: here `decode` looks for it.
    let (text, _, _) = encoding.decode(bytes);
    text
}

/// What the page says itself.
fn said(bytes: &[u8]) -> Option<&'static Encoding> {
    // What says it is ASCII in all encodings that may say it.
    let head: String = bytes.iter().take(SAID_WITHIN).map(|byte| char::from(*byte)).collect();
    let encoding = in_declaration(&head).or_else(|| in_meta(&head))?;
    Some(match encoding {
        // It was read byte by byte, so these it is not.
        one if one == UTF_16BE || one == UTF_16LE => UTF_8,
        one if one == X_USER_DEFINED => WINDOWS_1252,
        one => one,
    })
}

/// `<?xml version="1.0" encoding="euc-kr"?>`
fn in_declaration(head: &str) -> Option<&'static Encoding> {
    let declaration = head.strip_prefix("<?xml")?.split_once('>')?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Encoding::for_label(value[1..].split(quote).next()?.as_bytes())
}

fn in_meta(head: &str) -> Option<&'static Encoding> {
    Tokenizer::new(head).find_map(|token| {
        let Ok(Token::StartTag(tag)) = token else { return None };
        if &tag.name[..] != b"meta" {
            return None;
        }
        let value = |name| attribute(&tag.attributes, name);
        if let Some(label) = value("charset") {
            return Encoding::for_label(label.as_bytes());
        }
        let is_type = value("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-type"));
        Encoding::for_label(parameter(&value("content").filter(|_| is_type)?)?.as_bytes())
    })
}

/// An encoding's own name, by one of those that it goes by.
pub fn encoding_named(label: &str) -> Option<&'static str> {
    Encoding::for_label(label.as_bytes()).map(Encoding::name)
}

/// The charset of a media type: `text/html; charset=gbk`.
pub fn parameter(media_type: &str) -> Option<String> {
    let lower = media_type.to_ascii_lowercase();
    let value = lower
        .split(';')
        .skip(1)
        .find_map(|part| part.trim().strip_prefix("charset")?.trim_start().strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Page, read};
    use super::*;

    fn titled(bytes: &[u8], charset: &str) -> Option<String> {
        read(bytes, charset).ok().map(|Page { title, .. }| title)
    }

    /// What the whole world writes its pages in, in words of it, byte for byte.
    const WRITTEN: [(&str, &[u8], &str); 14] = [
        ("shift_jis", b"\x93\xfa\x96\x7b\x8c\xea", "日本語"),
        ("euc-jp", b"\xc6\xfc\xcb\xdc\xb8\xec", "日本語"),
        ("iso-2022-jp", b"\x1b$BF|K\x5c8l\x1b(B", "日本語"),
        ("gb2312", b"\xd6\xd0\xce\xc4", "中文"),
        ("gbk", b"\xd6\xd0\xce\xc4", "中文"),
        ("gb18030", b"\xd6\xd0\x81\x30\x81\x30", "中\u{80}"),
        ("big5", b"\xa4\xa4\xa4\xe5", "中文"),
        ("euc-kr", b"\xc7\xd1\xb1\xdb", "한글"),
        ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
        ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
        ("windows-1252", b"\x93Caf\xe9\x94", "“Café”"),
        ("iso-8859-1", b"\x93Caf\xe9\x94", "“Café”"),
        ("windows-1256", b"\xe3\xd1\xcd\xc8\xc7", "مرحبا"),
        ("iso-8859-2", b"\xa3\xf3d\xbc", "Łódź"),
    ];

    #[test]
    fn pages_are_read_in_what_their_server_or_they_say() {
        for (charset, bytes, wanted) in WRITTEN {
            // GB18030's last letter is none that a title shows.
            let wanted = wanted.trim_end_matches('\u{80}');
            let page = |head: &str| [head.as_bytes(), b"<title>", bytes, b"</title>"].concat();
            let says = [
                page(&format!("<meta charset={charset}>")),
                page(&format!("<meta charset=\"{}\"/>", charset.to_uppercase())),
                page(&format!("<META content='text/html; charset={charset}' HTTP-EQUIV='Content-Type'>")),
                page(&format!("<?xml version='1.0' encoding='{charset}'?><html>")),
            ];
            for page in says {
                assert_eq!(titled(&page, "").as_deref(), Some(wanted), "{charset}");
            }
            assert_eq!(titled(&page(""), charset).as_deref(), Some(wanted), "{charset}");
            // The server counts before the page.
            assert_eq!(titled(&page("<meta charset=koi8-u>"), charset).as_deref(), Some(wanted), "{charset}");
        }
    }

    #[test]
    fn a_mark_of_byte_order_counts_before_what_is_said() {
        let html = "<meta charset=big5><title>Łódź 中文</title>.";
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}".encode_utf16().chain(html.encode_utf16()).flat_map(order).collect()
        };
        for page in [wide(u16::to_le_bytes), wide(u16::to_be_bytes), format!("\u{feff}{html}").into_bytes()] {
            assert_eq!(titled(&page, "windows-1251").as_deref(), Some("Łódź 中文"));
            // Cut in the middle of a letter, behind its title.
            assert_eq!(titled(&page[..page.len() - 1], "").as_deref(), Some("Łódź 中文"));
        }
        // By the server's word alone.
        let bare: Vec<u8> = html.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(titled(&bare, "utf-16").as_deref(), Some("Łódź 中文"));
    }

    #[test]
    fn what_nobody_says_is_not_guessed() {
        assert_eq!(titled("<title>Łódź</title>".as_bytes(), "").as_deref(), Some("Łódź"));
        assert_eq!(titled("<title>Łódź</title>".as_bytes(), "nothing-known").as_deref(), Some("Łódź"));
        assert_eq!(titled(b"<title>\x93\xfa\x96\x7b</title>", ""), None);
        // In a remark, and too late.
        assert_eq!(titled(b"<!-- <meta charset=gbk> --><title>\xd6\xd0</title>", ""), None);
        let late = [&b" ".repeat(2_000)[..], b"<meta charset=gbk><title>\xd6\xd0</title>"].concat();
        assert_eq!(titled(&late, ""), None);
        // Encodings that hide what they say are none (WHATWG Encoding, `replacement`).
        assert_eq!(titled(b"<meta charset=hz-gb-2312><title>t</title>", ""), None);
        // A page that was read as ASCII is not UTF-16.
        assert_eq!(titled(b"<meta charset=utf-16><title>t</title>", "").as_deref(), Some("t"));
    }

    #[test]
    fn a_media_type_says_its_charset() {
        for (media_type, wanted) in [
            ("text/html; charset=utf-8", Some("utf-8")),
            ("text/html;Charset = \"GBK\" ; x=y", Some("gbk")),
            ("text/html; a=b; charset=euc-kr", Some("euc-kr")),
            ("text/html", None),
            ("charset=x", None),
        ] {
            assert_eq!(parameter(media_type).as_deref(), wanted, "{media_type}");
        }
    }
}
