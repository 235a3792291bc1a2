//! Words in the person's language, from `locales/*/*.ftl` (Fluent), with English where a language lacks one.
//!
//! Foreign text that goes into a sentence is isolated, so that a name cannot turn the sentence around.

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
pub use words::{t, ta, use_language};

/// A language's files, one after another: a file a part of the app.
macro_rules! sentences {
    ($tag:literal) => {
        concat!(
            include_str!(concat!("../locales/", $tag, "/main.ftl")),
            "\n",
            include_str!(concat!("../locales/", $tag, "/talk.ftl")),
            "\n",
            include_str!(concat!("../locales/", $tag, "/media.ftl")),
            "\n",
            include_str!(concat!("../locales/", $tag, "/account.ftl")),
            "\n",
            include_str!(concat!("../locales/", $tag, "/live.ftl")),
            "\n",
            include_str!(concat!("../locales/", $tag, "/said.ftl")),
        )
    };
}

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

    /// The best of what the browser prefers.
    pub fn best<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |tag: &str| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            Self::ALL.into_iter().find(|language| language.tag() == primary)
        };
        wanted.into_iter().find_map(known).unwrap_or(Self::English)
    }

    fn text(self) -> &'static str {
        match self {
            Self::English => sentences!("en"),
            Self::German => sentences!("de"),
            Self::Spanish => sentences!("es"),
            Self::French => sentences!("fr"),
            Self::Portuguese => sentences!("pt"),
            Self::Arabic => sentences!("ar"),
            Self::Hindi => sentences!("hi"),
            Self::Chinese => sentences!("zh"),
        }
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
    english: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads a language's file.
    pub fn new(language: Language) -> Self {
        Self { chosen: bundle(language), english: bundle(Language::English) }
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
        for bundle in [&self.chosen, &self.english] {
            if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                let mut errors = Vec::new();
                return bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
            }
        }
        key.to_owned()
    }
}

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![tag]);
    let resource = match FluentResource::try_new(language.text().to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests;
