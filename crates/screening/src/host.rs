//! Names of hosts, in the one spelling by which they are compared.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// RFC 1035 §2.3.4: bytes of a name and of each of its labels.
const NAME_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;

/// A domain as browsers look it up (UTS 46): small ASCII letters, no dot at the end, at least two labels. `None` where it
/// cannot be one, as an IP address is not.
pub fn domain(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii =
        if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(idna::domain_to_ascii(text).ok()?) };
    let has_dot = ascii.contains('.');
    let fits = |label: &str| {
        (1..=LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let top = ascii.rsplit('.').next().unwrap_or_default();
    let is_number = top.bytes().all(|byte| byte.is_ascii_digit());
    (has_dot && !is_number && ascii.len() <= NAME_BYTES && ascii.split('.').all(fits)).then_some(ascii)
}

/// An IP address in its usual spelling, also where it stands in brackets.
pub fn ip(text: &str) -> Option<String> {
    if let Ok(four) = text.parse::<Ipv4Addr>() {
        return Some(four.to_string());
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inner.parse::<Ipv6Addr>().ok().map(|six| IpAddr::V6(six).to_canonical().to_string())
}

/// Is this domain the other, or below it?
pub fn is_within(domain: &str, other: &str) -> bool {
    domain.strip_suffix(other).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Nothing for UTS 46 to do. Punycode is checked by it.
fn is_plain(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    text.bytes().all(plain) && !text.contains("xn--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_come_in_one_spelling() {
        for (text, name) in [
            ("Example.ORG", "example.org"),
            ("example.org.", "example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ。org", "example.org"),
            ("_dmarc.a-b.example", "_dmarc.a-b.example"),
        ] {
            assert_eq!(domain(text).as_deref(), Some(name), "{text}");
        }
        let long = format!("{}.org", "a".repeat(64));
        for text in ["", ".", "localhost", "1.2.3.4", "a..b", "a b.org", "a/b.org", "xn--a.org", &long] {
            assert_eq!(domain(text), None, "{text}");
        }
        assert_eq!(domain(&"a.".repeat(200)), None);
    }

    #[test]
    fn addresses_come_in_one_spelling() {
        assert_eq!(ip("10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(ip("[2001:DB8:0::1]").as_deref(), Some("2001:db8::1"));
        assert_eq!(ip("::ffff:10.0.0.1").as_deref(), Some("10.0.0.1"));
        assert_eq!(ip("10.0.0"), None);
    }

    #[test]
    fn below_is_by_whole_labels() {
        assert!(is_within("a.example.org", "example.org") && is_within("example.org", "example.org"));
        assert!(!is_within("myexample.org", "example.org") && !is_within("org", "example.org"));
    }
}
