//! What a person chose for this browser. Kept in localStorage: nothing here says who anybody is.

use crate::locale::Language;
use crate::ui::browser;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is kept, and as CSS knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What can be behind messages; the first is nothing.
pub const WALLPAPERS: [&str; 4] = ["plain", "sand", "leaf", "night"];

/// When it locks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockAfter {
    /// Never.
    #[default]
    Never,
    /// When nobody sees the page: another tab, another app, the screen off.
    Hidden,
    /// After so many minutes without a key or a touch.
    Minutes(u32),
}

impl LockAfter {
    /// What can be chosen.
    pub const ALL: [Self; 6] = [
        Self::Never,
        Self::Hidden,
        Self::Minutes(1),
        Self::Minutes(5),
        Self::Minutes(60),
        Self::Minutes(480),
    ];

    /// As it is kept.
    pub fn name(self) -> String {
        match self {
            Self::Never => "0".to_owned(),
            Self::Hidden => "hidden".to_owned(),
            Self::Minutes(minutes) => minutes.to_string(),
        }
    }

    /// By its name; never where there is none of it.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.name() == name).unwrap_or_default()
    }

    /// Whether so many milliseconds without a key or a touch are enough.
    pub fn is_over(self, idle_ms: f64) -> bool {
        matches!(self, Self::Minutes(minutes) if idle_ms >= f64::from(minutes) * 60_000.0)
    }
}

/// All choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefs {
    /// Theme.
    pub theme: Theme,
    /// Language.
    pub language: Language,
    /// Text size in percent: 100, 115, 130 or 150.
    pub text_percent: u32,
    /// Enter sends; else it begins a new line.
    pub enter_sends: bool,
    /// What is behind messages: one of [`WALLPAPERS`].
    pub wallpaper: &'static str,
    /// When it locks by itself.
    pub lock: LockAfter,
    /// The list of chats shows what was written last.
    pub list_texts: bool,
    /// The three screens about safety were shown.
    pub explained: bool,
}

impl Prefs {
    /// As kept, or as the browser suggests.
    pub fn load() -> Self {
        let kept = |name: &str| storage().and_then(|storage| storage.get_item(name).ok().flatten());
        let theme = kept("theme");
        let theme = Theme::ALL.into_iter().find(|one| Some(one.name()) == theme.as_deref());
        let language = kept("language").map(|tag| Language::best([tag.as_str()]));
        let wide = browser::has_room_and_mouse();
        Self {
            theme: theme.unwrap_or_default(),
            language: language.unwrap_or_else(suggested_language),
            text_percent: kept("text").and_then(|text| text.parse().ok()).unwrap_or(100).clamp(100, 150),
            enter_sends: kept("enter").map_or(wide, |kept| kept == "sends"),
            wallpaper: WALLPAPERS
                .into_iter()
                .find(|name| kept("wallpaper").as_deref() == Some(*name))
                .unwrap_or(WALLPAPERS[0]),
            lock: kept("lock").map(|name| LockAfter::named(&name)).unwrap_or_default(),
            list_texts: kept("list").as_deref() != Some("names"),
            explained: kept("explained").is_some(),
        }
    }

    /// Keeps them. A browser that refuses just forgets.
    pub fn save(&self) {
        let Some(storage) = storage() else { return };
        let text = self.text_percent.to_string();
        let lock = self.lock.name();
        let mut all = vec![
            ("theme", self.theme.name()),
            ("language", self.language.tag()),
            ("text", text.as_str()),
            ("lock", lock.as_str()),
            ("wallpaper", self.wallpaper),
            ("list", if self.list_texts { "texts" } else { "names" }),
            ("enter", if self.enter_sends { "sends" } else { "line" }),
        ];
        if self.explained {
            all.push(("explained", "yes"));
        }
        for (name, value) in all {
            let _ = storage.set_item(name, value);
        }
    }

    /// Puts them on the page.
    pub fn apply(&self) {
        let Some(root) = root() else { return };
        let _ = root.set_attribute("data-theme", self.theme.name());
        let _ = root.set_attribute("lang", self.language.tag());
        let _ = root.set_attribute("dir", self.language.direction());
        let _ = root.set_attribute("data-text", &self.text_percent.to_string());
        let _ = root.set_attribute("data-wallpaper", self.wallpaper);
    }
}

/// A phone, which shows one pane at a time, as the stylesheet has it.
pub const NARROW: &str = "(max-width: 767px)";

/// Whether a media query holds now.
pub fn matches(query: &str) -> bool {
    let found = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    found.is_some_and(|query| query.matches())
}

fn suggested_language() -> Language {
    Language::best(browser::languages().iter().map(String::as_str))
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}
