//! The app's own words in a language, as its files have them: stories press by them, and look for what is not translated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

/// The languages: the tag, and the name under which the settings offer it.
pub const LANGUAGES: [(&str, &str); 8] = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
    ("hi", "हिन्दी"),
    ("zh", "中文"),
];

/// Pieces of sentences shorter than this are found by chance.
const TELLING: usize = 10;

/// All sentences of a language by their keys.
#[derive(Debug, Clone)]
pub struct Words {
    /// Its tag.
    pub language: &'static str,
    all: BTreeMap<String, String>,
}

impl Words {
    /// Of one of [`LANGUAGES`].
    pub fn of(language: &'static str) -> Self {
        let folder: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../apps/web/ui/locales", language].iter().collect();
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let mut key = String::new();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                if let Some((name, value)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                    key = name.to_owned();
                    all.insert(key.clone(), value.trim().to_owned());
                } else if let Some(sentence) = all.get_mut(&key) {
                    // A sentence with several forms.
                    sentence.push('\n');
                    sentence.push_str(line.split_once(']').map_or(line, |(_, form)| form));
                }
            }
        }
        Self { language, all }
    }

    /// A sentence that has no values in it.
    pub fn say(&self, key: &str) -> &str {
        self.all.get(key).unwrap_or_else(|| panic!("there is no sentence {key}"))
    }

    /// A name for [`crate::find`] of a sentence with values in it: what its longest fixed piece is, wherever it stands.
    pub fn around(&self, key: &str) -> String {
        let pieces = pieces(self.say(key));
        format!("~{}", pieces.iter().max_by_key(|piece| piece.len()).unwrap().trim())
    }

    /// What the check for text that was not translated goes by: whole sentences and telling pieces of English ones that
    /// this language says differently, and the Latin words that it has itself.
    pub fn to_look_for(&self, english: &Self) -> Value {
        if self.language == "en" {
            return Value::Null;
        }
        let own: String = self.all.values().cloned().collect::<Vec<_>>().join("\n");
        let mut whole = Vec::new();
        let mut parts = Vec::new();
        for (key, sentence) in &english.all {
            if self.say(key) == sentence {
                continue;
            }
            if !sentence.contains('{') {
                let said_so = own.lines().any(|line| line == sentence);
                if !said_so {
                    whole.push(sentence.clone());
                }
                continue;
            }
            let telling = pieces(sentence).into_iter().map(str::trim);
            parts.extend(
                telling
                    .filter(|piece| piece.chars().filter(|c| c.is_alphabetic()).count() >= TELLING)
                    .filter(|piece| !own.contains(*piece))
                    .map(str::to_owned),
            );
        }
        let latin = |c: char| !c.is_ascii_alphabetic();
        let latin: Vec<&str> = own.split(latin).filter(|word| word.len() > 2).collect();
        let foreign = ["ar", "hi", "zh"].contains(&self.language);
        json!({"whole": whole, "parts": parts, "latin": if foreign { json!(latin) } else { Value::Null }})
    }
}

/// What stands between the values of a sentence.
fn pieces(sentence: &str) -> Vec<&str> {
    sentence.split(['{', '}', '\n']).filter(|piece| !piece.trim_start().starts_with('$')).collect()
}
