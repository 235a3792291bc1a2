//! Whether everybody can use a screen: what the browser's own accessibility tree says of it, what its styles do, and what
//! axe-core finds.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::browser::Browser;

/// Roles of what somebody works with.
const WORKED_WITH: [&str; 15] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "checkbox",
    "radio",
    "switch",
    "slider",
    "combobox",
    "menuitem",
    "menuitemcheckbox",
    "tab",
    "dialog",
    "image",
    "progressbar",
];

impl Browser {
    /// All that would keep somebody from using what is on the screen, as sentences. `words` is what must not be there
    /// in the language of the page, from [`crate::words`].
    pub async fn barriers(&self, words: &Value) -> Vec<String> {
        let found = self.run(include_str!("access.js"), vec![json!(keys()), words.clone()]).await;
        let mut barriers: Vec<String> = match &found {
            Value::Array(all) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            other => vec![format!("the check itself failed: {other}")],
        };
        let tree = self.cdp("Accessibility.getFullAXTree", json!({})).await;
        for node in tree["nodes"].as_array().into_iter().flatten() {
            let (role, name) = (&node["role"]["value"], &node["name"]["value"]);
            let worked_with = WORKED_WITH.iter().any(|one| role == one);
            if node["ignored"] == false && worked_with && name.as_str().unwrap_or_default().trim().is_empty()
            {
                barriers.push(format!("a {role} without a name"));
            }
        }
        barriers
    }

    /// What axe-core says of the screen: its rules for WCAG 2.2 A and AA and for good practice, or only those named.
    /// Nothing where it is not there; `cargo xtask test` fetches it.
    pub async fn axe(&self, rules: &[&str]) -> Vec<String> {
        let Some(source) = axe_core() else { return Vec::new() };
        if self.run("return typeof axe", Vec::new()).await != "object" {
            // As developer tools do it: the page's own rules for scripts stay as they are.
            let parameters = json!({"expression": source, "returnByValue": false});
            let answer = self.cdp("Runtime.evaluate", parameters).await;
            assert!(answer["exceptionDetails"].is_null(), "axe-core does not start: {answer}");
        }
        let answer = self.driver().execute_async(include_str!("axe.js"), vec![json!(rules)]).await;
        match answer.map(|answer| answer.json().clone()) {
            Ok(Value::Array(all)) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            other => vec![format!("axe-core failed: {other:?}")],
        }
    }

    /// Waits until nothing moves but what moves for ever, and nothing is drawn any more.
    pub async fn stands_still(&self) {
        let answer = self.driver().execute_async(include_str!("still.js"), Vec::new()).await;
        let still = answer.map(|answer| answer.json().clone());
        assert!(matches!(still, Ok(Value::Bool(true))), "{} goes on moving: {still:?}", self.name());
    }
}

/// Whether [`Browser::axe`] finds what it needs.
pub fn has_axe() -> bool {
    axe_core().is_some()
}

/// axe-core, where `cargo xtask test` laid it: in the target folder that this program lies in.
fn axe_core() -> Option<&'static str> {
    static SOURCE: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let here = std::env::current_exe().ok()?;
        here.ancestors()
            .find_map(|folder| std::fs::read_to_string(folder.join("axe/package/axe.min.js")).ok())
    };
    SOURCE.get_or_init(read).as_deref()
}

/// The keys of all sentences, of which none should ever be seen.
fn keys() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../apps/web/ui/locales/en");
    let mut keys = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let names = text.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned());
        keys.extend(names.filter(|key| key.contains('-')));
    }
    keys
}
