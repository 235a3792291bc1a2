//! A server with the web app, and people who open it in browsers.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use casemate_e2e::person::Person;
use casemate_e2e::server::Server;
use casemate_e2e::world::Member;
use serde_json::json;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::chromium::{Chromedriver, Look};

/// A server in a folder of its own, which is removed at the end.
pub struct World {
    /// The server.
    pub server: Server,
    chromedriver: Rc<Chromedriver>,
    folder: TempDir,
}

// One story at a time: two browsers are enough for two cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Tells a story, alone on this machine as far as other stories go.
pub fn story(tell: impl AsyncFnOnce(World)) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // With a thread beside the story's own: a session is closed while its browser is dropped, over connections that
    // somebody has to move meanwhile, or the closing waits for two minutes.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async { tell(World::start()).await });
}

/// Where `cargo xtask web` puts the app: in the target folder that this program lies in.
pub fn web() -> PathBuf {
    // target/debug/deps/all-… → target/web/dist
    let here = std::env::current_exe().unwrap();
    let mut folders = here.ancestors().map(|folder| folder.join("web/dist"));
    let built = folders.find(|folder| folder.join("index.html").is_file());
    built.expect("there is no web app: run `cargo xtask web` first, or `cargo xtask test`, which does")
}

impl World {
    /// With the app as it was built.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("casemate-browser-").tempdir().unwrap();
        let served = folder.path().join("web");
        std::os::unix::fs::symlink(web(), &served).unwrap();
        let server = Server::start_with(folder.path(), &["--web", served.to_str().unwrap()]);
        Self { server, chromedriver: Rc::new(Chromedriver::start()), folder }
    }

    /// Where files of a story may go.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The app's files as the server reads them when it starts.
    pub fn served(&self) -> PathBuf {
        self.folder().join("web")
    }

    /// A browser that has opened nothing yet.
    pub async fn browser(&self, name: &str, look: Look) -> Browser {
        Browser::open(&self.chromedriver, name, look).await
    }

    /// A browser with a new account, by an invitation of the operator.
    pub async fn join(&self, name: &str, look: Look) -> Browser {
        let browser = self.browser(name, look).await;
        browser.join(&self.server.invite()).await;
        browser
    }

    /// Somebody with an account at `casemate rpc`, for a story in which only others look.
    pub fn at_rpc(&self, name: &str) -> Member {
        let mut person = Person::start(&self.folder().join(name));
        person.ask("account.create", json!({"name": name, "invite": self.server.invite()}));
        Member::of(person)
    }

    /// The address of somebody with an account here.
    pub fn address(&self, name: &str) -> String {
        format!("{name}@{}", self.server.address())
    }
}
