//! Every screen of the app, to look at each of them.

use crate::browser::Browser;

/// Places that need nobody else, by what stands after the `#`.
pub const PLACES: [(&str, &str); 14] = [
    ("chats", "#/chats"),
    ("requests", "#/requests"),
    ("contacts", "#/contacts"),
    ("calls", "#/calls"),
    ("new-chat", "#/new"),
    ("new-group", "#/new-group"),
    ("settings", "#/settings"),
    ("profile", "#/settings/profile"),
    ("privacy", "#/settings/privacy"),
    ("appearance", "#/settings/appearance"),
    ("language", "#/settings/language"),
    ("keyboard", "#/settings/keyboard"),
    ("invite", "#/settings/invite"),
    ("about", "#/settings/about"),
];

/// The languages, by the browser's name for each.
pub const LANGUAGES: [&str; 8] = ["en", "de", "es", "fr", "pt", "ar", "hi", "zh"];

impl Browser {
    /// Goes to a place and waits until its heading is there.
    pub async fn visit(&self, place: &str) {
        self.place(place).await;
        self.wait(place, async || {
            let there = self.run("return location.hash", Vec::new()).await;
            let headings = self.all("heading", "", None).await;
            if there == place && !headings.is_empty() { Ok(()) } else { Err(format!("it is {there}")) }
        })
        .await;
    }

    /// The page in another language, chosen as the settings do.
    pub async fn speak(&self, language: &str) {
        let script = "localStorage.setItem('language', arguments[0])";
        self.run(script, vec![serde_json::json!(language)]).await;
        self.reload().await;
        self.wait(language, async || {
            let now = self.run("return document.documentElement.lang", Vec::new()).await;
            let headings = self.all("heading", "", None).await;
            let said = now.as_str().is_some_and(|now| now.starts_with(language));
            if said && !headings.is_empty() { Ok(()) } else { Err(format!("it is {now}")) }
        })
        .await;
    }
}
