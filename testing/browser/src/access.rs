//! Whether everybody can use a screen: what the browser's own accessibility tree says of it, and what its styles do.

use serde_json::{Value, json};

use crate::browser::Browser;

/// Roles of what somebody works with.
const WORKED_WITH: [&str; 14] = [
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
    "tab",
    "dialog",
    "image",
    "progressbar",
];

impl Browser {
    /// All that would keep somebody from using what is on the screen, as sentences.
    pub async fn barriers(&self) -> Vec<String> {
        let found = self.run(include_str!("access.js"), vec![json!(keys())]).await;
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

    /// Adds what keeps anybody from using this screen, once it stands still, to what was found elsewhere.
    pub async fn look_for_barriers(&self, at: &str, found: &mut Vec<String>) {
        self.stands_still().await;
        found.extend(self.barriers().await.into_iter().map(|barrier| format!("{at}: {barrier}")));
    }

    /// Waits until nothing moves but what moves for ever.
    pub async fn stands_still(&self) {
        let script = "return document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity)";
        self.wait("the screen to stand still", async || match self.run(script, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            _ => Err("something moves".to_owned()),
        })
        .await;
    }
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
