//! Every sentence exists in every language with the same values, and none is unused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast;

use super::*;

/// A language's files, as they are joined for the app.
fn text(language: Language) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language.tag());
    let files = std::fs::read_dir(folder).expect("the language's folder");
    let files = files.map(|file| file.expect("a file").path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|ending| ending == "ftl")).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("its sentences")).collect()
}

/// Keys with the names of the values they take.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let text = text(language);
    let resource = fluent_syntax::parser::parse(text.as_str())
        .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", language.tag()));
    let mut keys = BTreeMap::new();
    for entry in resource.body {
        if let ast::Entry::Message(message) = entry {
            let mut variables = BTreeSet::new();
            pattern(message.value.as_ref().expect("a message has a value"), &mut variables);
            let key = message.id.name.to_owned();
            assert!(keys.insert(key.clone(), variables).is_none(), "{key} twice in {}", language.tag());
        }
    }
    keys
}

fn pattern(pattern: &ast::Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let ast::PatternElement::Placeable { expression } = element else { continue };
        match expression {
            ast::Expression::Inline(inline) => self::inline(inline, variables),
            ast::Expression::Select { selector, variants } => {
                self::inline(selector, variables);
                for variant in variants {
                    self::pattern(&variant.value, variables);
                }
            }
        }
    }
}

fn inline(inline: &ast::InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    if let ast::InlineExpression::VariableReference { id } = inline {
        variables.insert(id.name.to_owned());
    }
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("locale/tests.rs")
        {
            text.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

fn source_text() -> String {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    text
}

#[test]
fn every_sentence_is_there_in_every_language() {
    let english = keys(Language::English);
    for language in Language::ALL {
        let keys = keys(language);
        for (key, variables) in &english {
            let other = keys.get(key).unwrap_or_else(|| panic!("{} lacks {key}", language.tag()));
            assert!(other.is_subset(variables), "{}: {key} takes {other:?}", language.tag());
            let left_out: BTreeSet<_> = variables.difference(other).collect();
            // A number may be left out where the word itself says it.
            assert!(
                left_out.is_empty() || left_out.iter().all(|name| *name == "count"),
                "{}: {key}",
                language.tag()
            );
        }
        let more: Vec<_> = keys.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(more.is_empty(), "{} has {more:?}, which English has not", language.tag());
    }
}

#[test]
fn no_sentence_is_there_twice() {
    for language in Language::ALL {
        let mut seen = BTreeSet::new();
        let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        for line in text(language).lines().filter(begins) {
            let (key, _) = line.split_once(" =").expect("a key");
            assert!(seen.insert(key.to_owned()), "{}: {key} is there twice", language.tag());
        }
    }
}

/// The page as it is before the app is here.
fn first_screen() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/index.html");
    std::fs::read_to_string(page).expect("the page")
}

#[test]
fn the_first_screen_says_what_the_app_says() {
    let page = first_screen();
    let said: Vec<_> = page.split("data-say=\"").skip(1).collect();
    assert!(!said.is_empty());
    for part in said {
        let (key, rest) = part.split_once("\">").expect("a key");
        let words = rest.split('<').next().expect("words");
        assert_eq!(words, Words::english().say(key, &[]));
        for language in Language::ALL {
            // Read there a line at a time, without Fluent.
            assert!(text(language).contains(&format!("\n{key} = ")), "{}: {key}", language.tag());
        }
    }
}

#[test]
fn every_sentence_is_used_and_every_used_one_is_there() {
    let text = source_text() + &first_screen();
    let english = keys(Language::English);
    // What the engine says is looked up by its code.
    for key in english.keys().filter(|key| !key.starts_with("said-")) {
        assert!(text.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
    for call in ["t(\"", "ta(\""] {
        for (at, _) in text.match_indices(call) {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
                continue;
            }
            let key = text[at + call.len()..].split('"').next().expect("a key");
            assert!(english.contains_key(key), "there is no sentence {key}");
        }
    }
}

#[test]
fn whatever_the_engine_says_has_words_in_every_language() {
    for language in Language::ALL {
        let mut keys = keys(language);
        for (code, form) in casemate_api::said::SENTENCES {
            let values: BTreeSet<String> =
                form.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect();
            assert_eq!(keys.remove(&format!("said-{code}")), Some(values), "{}: {code}", language.tag());
        }
        let more: Vec<_> = keys.keys().filter(|key| key.starts_with("said-")).collect();
        assert!(more.is_empty(), "{}: {more:?}", language.tag());
    }
}

#[test]
fn english_in_the_program_is_whole_and_stands_in_for_what_a_language_lacks() {
    let resource = fluent_syntax::parser::parse(ENGLISH).expect("English");
    assert_eq!(
        resource.body.iter().filter(|entry| matches!(entry, ast::Entry::Message(_))).count(),
        keys(Language::English).len()
    );
    assert_eq!(Words::new(Language::German, "").say("close", &[]), Words::english().say("close", &[]));
}

#[test]
fn plurals_follow_the_language() {
    let say = |language, count: u64| {
        Words::new(language, &text(language)).say("unread-count", &[("count", count.into())])
    };
    assert_ne!(say(Language::English, 1), say(Language::English, 2));
    let arabic: BTreeSet<String> =
        [1, 2, 3, 11].map(|count| say(Language::Arabic, count).replace(char::is_numeric, "")).into();
    assert_eq!(arabic.len(), 4, "{arabic:?}");
}

#[test]
fn the_browser_s_wish_is_followed() {
    assert_eq!(Language::best(["sv-SE", "pt-BR", "en"]), Language::Portuguese);
    assert_eq!(Language::best(["sv"]), Language::English);
}

#[test]
fn days_and_hours_are_as_the_browser_has_them() {
    let home = |language: Language, wanted: &[&str]| language.as_at_home(wanted.iter().copied());
    assert_eq!(home(Language::English, &["en-GB", "en-US", "de"]), "en-GB");
    assert_eq!(home(Language::German, &["en-GB", "de-AT"]), "de-AT");
    assert_eq!(home(Language::Chinese, &["zh-Hant-TW"]), "zh-Hant-TW");
    assert_eq!(home(Language::French, &["en-GB"]), "fr", "nothing is known of where they live");
    // What no browser takes back.
    for odd in ["en-US@posix", "C", "", "en-", "e n"] {
        assert_eq!(home(Language::English, &[odd, "en-IE"]), "en-IE", "{odd:?}");
    }
}

#[test]
fn numbers_in_sentences_are_written_as_the_browser_writes_them() {
    NUMBER.set(|number| format!("{number}!"));
    let say = |count: u64| Words::english().say("unread-count", &[("count", count.into())]);
    assert!(say(1_000).contains("1000!"), "{:?}", say(1_000));
    assert_ne!(say(1).replace("1!", ""), say(2).replace("2!", ""), "one has its own form");
    let text = Words::english().say("reply-to", &[("name", "1000".into())]);
    assert!(text.contains("\u{2068}1000\u{2069}"), "a name of digits is no number: {text:?}");
    NUMBER.set(|number| number.to_string());
}

#[test]
fn a_name_cannot_turn_a_sentence() {
    let said = Words::english().say("reply-to", &[("name", "x".into())]);
    assert!(said.contains("\u{2068}x\u{2069}"), "{said:?}");
}
