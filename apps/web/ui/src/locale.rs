//! Words in the person's language, from `locales/*/*.ftl` (Fluent), with English where a language lacks one.
//!
//! English is part of the program; the others are files of the app (`words/TAG.ftl`, which `cargo xtask web` joins), so
//! that nobody loads seven languages that they do not read.
//!
//! Foreign text that goes into a sentence is isolated, so that a name cannot turn the sentence around.

use std::cell::{Cell, OnceCell};

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

#[cfg(target_arch = "wasm32")]
mod spoken;
#[cfg(target_arch = "wasm32")]
pub mod when;
#[cfg(target_arch = "wasm32")]
mod words;

#[cfg(target_arch = "wasm32")]
pub use spoken::spoken;
#[cfg(target_arch = "wasm32")]
pub use words::{load, t, ta};

/// Its files, one after another: a file a part of the app.
const ENGLISH: &str = concat!(
    include_str!("../locales/en/main.ftl"),
    include_str!("../locales/en/talk.ftl"),
    include_str!("../locales/en/media.ftl"),
    include_str!("../locales/en/account.ftl"),
    include_str!("../locales/en/backup.ftl"),
    include_str!("../locales/en/calls.ftl"),
    include_str!("../locales/en/devices.ftl"),
    include_str!("../locales/en/live.ftl"),
    include_str!("../locales/en/lock.ftl"),
    include_str!("../locales/en/said.ftl"),
    include_str!("../locales/en/screening.ftl"),
    include_str!("../locales/en/strict.ftl"),
);

/// A language that the app speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Language {
    English,
    German,
    Spanish,
    French,
    Portuguese,
    Arabic,
    Hindi,
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::Spanish,
        Self::French,
        Self::Portuguese,
        Self::Arabic,
        Self::Hindi,
        Self::Chinese,
    ];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Portuguese => "pt",
            Self::Arabic => "ar",
            Self::Hindi => "hi",
            Self::Chinese => "zh",
        }
    }

    /// In itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::French => "Français",
            Self::Portuguese => "Português",
            Self::Arabic => "العربية",
            Self::Hindi => "हिन्दी",
            Self::Chinese => "中文",
        }
    }

    /// `rtl` or `ltr`.
    pub fn direction(self) -> &'static str {
        if self == Self::Arabic { "rtl" } else { "ltr" }
    }

    /// What stands between several in a line.
    pub fn between(self) -> &'static str {
        match self {
            Self::Arabic => "، ",
            Self::Chinese => "、",
            _ => ", ",
        }
    }

    /// The best of what the browser prefers.
    pub fn best<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            Self::ALL.into_iter().find(|language| language.tag() == primary)
        };
        wanted.into_iter().find_map(known).unwrap_or(Self::English)
    }

    /// As the browser's own entry for it has it: days and hours stand otherwise in Britain than in America. Some systems give
    /// entries that are no BCP 47 (`en-US@posix`), which no browser takes back.
    pub fn as_at_home<'a>(self, wanted: impl IntoIterator<Item = &'a str>) -> String {
        let known = |entry: &str| {
            let parsed: LanguageIdentifier = entry.parse().ok()?;
            (parsed.language.as_str() == self.tag()).then(|| parsed.to_string())
        };
        wanted.into_iter().find_map(known).unwrap_or_else(|| self.tag().to_owned())
    }
}

/// A value that goes into a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Isolated from the sentence around it.
    Text(String),
    /// Chooses the plural form.
    Number(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

/// The sentences of one language.
pub struct Words {
    chosen: FluentBundle<FluentResource>,
    // Read when it is needed first.
    english: OnceCell<FluentBundle<FluentResource>>,
}

impl Words {
    /// English.
    pub fn english() -> Self {
        Self::new(Language::English, ENGLISH)
    }

    /// Reads a language's sentences.
    pub fn new(language: Language, text: &str) -> Self {
        Self { chosen: bundle(language, text), english: OnceCell::new() }
    }

    /// A sentence; the key itself where nobody wrote one, which a test prevents.
    pub fn say(&self, key: &str, values: &[(&str, Value)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.as_str()),
                Value::Number(number) => FluentValue::from(*number),
            };
            args.set(*name, value);
        }
        let format = |bundle: &FluentBundle<FluentResource>| {
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
        };
        let english = || format(self.english.get_or_init(|| bundle(Language::English, ENGLISH)));
        format(&self.chosen).or_else(english).unwrap_or_else(|| key.to_owned())
    }
}

fn bundle(language: Language, text: &str) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![tag]);
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle.set_formatter(Some(written));
    bundle
}

thread_local! {
    static BETWEEN: Cell<&'static str> = const { Cell::new(", ") };
    // The browser knows how; where there is none, the digits alone. Fluent's own way to write can carry nothing along.
    static NUMBER: Cell<fn(f64) -> String> = const { Cell::new(|number| number.to_string()) };
}

/// From now on several stand in a line as this language has them.
#[cfg(target_arch = "wasm32")]
fn list_as_in(language: Language) {
    BETWEEN.set(language.between());
}

/// Several names in a line. Each by itself: of some in another writing, the first would stand where that begins.
pub fn listed(names: impl IntoIterator<Item = String>) -> String {
    let alone: Vec<String> = names.into_iter().map(|name| format!("\u{2068}{name}\u{2069}")).collect();
    alone.join(BETWEEN.get())
}

/// A number in a sentence: 1000 is "1,000" or "1.000". Which plural it has Fluent knows before.
fn written<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(NUMBER.get()(number.value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
