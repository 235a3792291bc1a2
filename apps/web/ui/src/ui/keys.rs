//! What a shortcut's letter is on whatever keyboard, and how shortcuts are written down.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{browser, focus};
use crate::locale::t;

/// The letter, or the slash, of a shortcut that a key press may be: what the key writes where that is Latin, as on Dvorak's
/// keyboard too; else what stands at its place on most Latin ones. With Shift a letter is another shortcut.
pub fn pressed(event: &KeyboardEvent) -> Option<char> {
    let letter = meant(&event.key(), &event.code())?;
    let is_another = letter.is_ascii_alphabetic() && event.shift_key();
    (!is_another && !writes(event)).then_some(letter)
}

/// Shortcuts that do the same, with a stroke between them; `keys` has two spaces there.
pub fn written(keys: &str) -> AnyView {
    let one = |(at, keys): (usize, &str)| {
        view! { {(at > 0).then_some(" / ")}<kbd>{called(keys)}</kbd> }
    };
    keys.split("  ").enumerate().map(one).collect_view().into_any()
}

/// A shortcut with its keys as they are called here.
fn called(keys: &str) -> String {
    let key = |key: &str| match key {
        "Ctrl" => t("key-ctrl"),
        "Shift" => t("key-shift"),
        "Enter" => t("key-enter"),
        other => other.to_owned(),
    };
    keys.split(' ').map(key).collect::<Vec<_>>().join(" ")
}

/// Apple's Option key writes: ç by C, the ~ of an ñ by N. In a text it is left to that.
fn writes(event: &KeyboardEvent) -> bool {
    event.alt_key()
        && focus::is_in_text()
        && browser::called().is_some_and(|(_, system)| matches!(system, "macOS" | "iPad"))
}

fn meant(key: &str, code: &str) -> Option<char> {
    let mut letters = key.chars();
    let written = letters.next().filter(|_| letters.next().is_none());
    match written {
        Some(letter) if letter.is_ascii_alphabetic() || letter == '/' => Some(letter.to_ascii_lowercase()),
        // Where this stands in a slash's place, browsers make the page smaller by it.
        Some('-' | '_') => None,
        // A dead key writes nothing by itself.
        None if key != "Dead" => None,
        _ if code == "Slash" => Some('/'),
        _ => code.strip_prefix("Key")?.chars().next().map(|letter| letter.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_shortcut_is_its_letter_or_its_place() {
        assert_eq!(meant("k", "KeyK"), Some('k'));
        assert_eq!(meant("K", "KeyK"), Some('k'), "with caps lock");
        assert_eq!(meant("k", "KeyV"), Some('k'), "Dvorak's");
        assert_eq!(meant("t", "KeyK"), Some('t'), "and what stands there");
        for other in ["л", "ن", "क", "˚", "Dead"] {
            assert_eq!(meant(other, "KeyK"), Some('k'), "{other}");
        }
        assert_eq!(meant("/", "Digit7"), Some('/'), "a German one, with Shift");
        assert_eq!(meant("ظ", "Slash"), Some('/'));
        assert_eq!(meant("-", "Slash"), None, "the German one makes the page smaller");
        for (key, code) in
            [("Enter", "Enter"), ("Process", "KeyK"), ("ArrowUp", "ArrowUp"), ("é", "Digit2"), ("", "")]
        {
            assert_eq!(meant(key, code), None, "{key} {code}");
        }
    }
}
