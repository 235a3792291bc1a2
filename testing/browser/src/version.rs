//! Versions of the app: which one a page has, and making a new one.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::world::{World, web};

/// The file of decoders, which comes with the first file that is looked into.
pub const DECODERS: &str = "guard_bg.wasm";

impl Browser {
    /// Waits until the service worker has all files and answers for the page.
    pub async fn in_use(&self) {
        self.service_worker("the service worker", "registration?.active && !registration.installing").await;
    }

    /// Waits until this file of the page's version is kept for when there is no network.
    pub async fn keeps(&self, file: &str) {
        self.wait(&format!("{file} to be kept"), async || match self.has_kept(file).await {
            true => Ok(()),
            false => Err("it is not".to_owned()),
        })
        .await;
    }

    /// Whether it is.
    pub async fn has_kept(&self, file: &str) -> bool {
        let script =
            "return caches.match(document.documentElement.dataset.files + arguments[0]).then(Boolean)";
        self.run(script, vec![json!(file)]).await == Value::Bool(true)
    }

    /// Waits until a newer version than the page's lies ready.
    pub async fn update_waits(&self) {
        let script = "return caches.match('/newest', { cacheName: 'kept' }).then((newest) => newest.text())
            .then((version) => !document.documentElement.dataset.files.includes(version))";
        self.wait("a newer version", async || match self.run(script, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            other => Err(format!("it is not there: {other}")),
        })
        .await;
    }

    /// Whether the page has its files from what [`World::new_version`] made.
    pub async fn has_new_version(&self) -> bool {
        let script = "return fetch(document.querySelector('link[rel=stylesheet]').href)
            .then((file) => file.text()).then((text) => text.includes('/* newer */'))";
        self.run(script, Vec::new()).await == Value::Bool(true)
    }

    async fn service_worker(&self, what: &str, condition: &str) {
        let script = format!(
            "return navigator.serviceWorker.getRegistration().then((registration) => Boolean({condition}))"
        );
        self.wait(what, async || match self.run(&script, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            other => Err(format!("it is not there: {other}")),
        })
        .await;
    }
}

impl World {
    /// The server starts again with an app in which something changed.
    pub fn new_version(&mut self) {
        self.change("app.css", |styles| styles + "\n/* newer */\n");
    }

    /// The server starts again with an app whose decoders were taken over: this runs in guard's Worker in their place.
    pub fn decodes_by(&mut self, script: &str) {
        self.change("guard.html", |frame| {
            let (before, rest) = frame.split_once("id=\"inside\">").unwrap();
            let (_, after) = rest.split_once("</script>").unwrap();
            format!("{before}id=\"inside\">{script}</script>{after}")
        });
    }

    /// The server starts again with one of the app's files changed.
    fn change(&mut self, name: &str, change: impl FnOnce(String) -> String) {
        let (served, built) = (self.served(), web());
        std::fs::remove_file(&served).unwrap();
        copy(&built, &served);
        let file = served.join(name);
        std::fs::write(&file, change(std::fs::read_to_string(&file).unwrap())).unwrap();
        // An app that was built for a release has it compressed besides, and browsers would get that as it was.
        let _ = std::fs::remove_file(served.join(format!("{name}.br")));
        self.server.restart();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
