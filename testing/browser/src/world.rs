//! A server with the web app, and people who open it in browsers.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{PoisonError, RwLock};

use casemate_e2e::app::App;
use casemate_e2e::detour::{Detour, free_address};
use casemate_e2e::person::Person;
use casemate_e2e::server::Server;
use casemate_e2e::tap::Tap;
use casemate_e2e::world::Member;
use serde_json::json;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::chromium::{Chromedriver, Look};
use crate::elsewhere::Elsewhere;
use crate::film::Film;
use crate::media;
use crate::turn::{Turn, Way};

/// A server in a folder of its own, which is removed at the end.
pub struct World {
    /// The server.
    pub server: Server,
    /// Where people reach it: `host:port`.
    address: String,
    elsewhere: Elsewhere,
    chromedriver: Rc<Chromedriver>,
    folder: TempDir,
    /// Where a TURN server is, and what browsers are started with that trust it.
    turn: Option<(String, String)>,
}

// Stories wait for much, and run beside each other, as many as there are threads for tests: but for those of calls and the
// like, where what is heard and seen depends on the time that others leave.
static MACHINE: RwLock<()> = RwLock::new(());

/// Tells a story.
pub fn story(tell: impl AsyncFnOnce(World)) {
    beside(async || tell(World::start(&[])).await);
}

/// Tells a story that has the machine for itself, as far as other stories go.
pub fn story_alone(tell: impl AsyncFnOnce(World)) {
    alone(async || tell(World::start(&[])).await);
}

/// The same with a TURN server that people are told of; left out where there is none.
pub fn story_with_turn(way: Way, tell: impl AsyncFnOnce(World)) {
    if !Turn::is_here() {
        return println!("Left out: it needs coturn.");
    }
    alone(async || {
        let folder = tempfile::tempdir().unwrap();
        let turn = Turn::start(folder.path(), way);
        let file = folder.path().join("server.toml");
        fs::write(&file, turn.named()).unwrap();
        let world = World::start(&["--config", file.to_str().unwrap()]);
        // It ends after everything that uses it.
        tell(World { turn: Some((turn.address(), turn.trusted())), ..world }).await;
    });
}

/// The same with a bad network between everybody and the relay.
pub fn story_over(tell: impl AsyncFnOnce(World, Detour)) {
    alone(async || {
        let folder = tempfile::tempdir().unwrap();
        let relay = free_address();
        let detour = Detour::to(relay, 7);
        let file = folder.path().join("server.toml");
        let public = detour.address;
        fs::write(&file, format!("[calls]\nlisten = \"{relay}\"\npublic = \"{public}\"\n")).unwrap();
        tell(World::start(&["--config", file.to_str().unwrap()]), detour).await;
    });
}

/// The same with a tap between everybody and the server, which can hold back what passes.
pub fn tapped_story(tell: impl AsyncFnOnce(World, Tap)) {
    beside(async || {
        let tap = Tap::new();
        let mut world = World::start(&["--public-url", &tap.url()]);
        tap.leads_to(world.server.address());
        world.address = tap.url().trim_start_matches("http://").to_owned();
        tell(world, tap).await;
    });
}

/// The same where people reach the server by a name: browsers have passkeys for names, not for numbers.
pub fn named_story(tell: impl AsyncFnOnce(World)) {
    beside(async || {
        let tap = Tap::new();
        let url = tap.url().replace("127.0.0.1", "localhost");
        let mut world = World::start(&["--public-url", &url]);
        tap.leads_to(world.server.address());
        world.address = url.trim_start_matches("http://").to_owned();
        tell(world).await;
    });
}

fn beside(tell: impl AsyncFnOnce()) {
    let _others = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    run(tell);
}

fn alone(tell: impl AsyncFnOnce()) {
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    run(tell);
}

fn run(tell: impl AsyncFnOnce()) {
    // With a thread beside the story's own: a session is closed while its browser is dropped, over connections that
    // somebody has to move meanwhile, or the closing waits for two minutes.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(tell());
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
    /// With the app as it was built; options are more of the server's command line.
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("casemate-browser-").tempdir().unwrap();
        let served = folder.path().join("web");
        std::os::unix::fs::symlink(web(), &served).unwrap();
        let options = [&["--web", served.to_str().unwrap()], options].concat();
        let server = Server::start_with(folder.path(), &options);
        let address = server.address().to_owned();
        let (elsewhere, chromedriver) = (Elsewhere::listen(), Rc::new(Chromedriver::start()));
        Self { server, address, elsewhere, chromedriver, folder, turn: None }
    }

    /// From now on the proxy that browsers are told of leads on to this machine's relays.
    pub fn proxy_leads_on(&self) {
        self.elsewhere.leads_on();
    }

    /// Where files of a story may go.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The app's files as the server reads them when it starts.
    pub fn served(&self) -> PathBuf {
        self.folder().join("web")
    }

    /// What people type to open the app.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A browser that has opened nothing yet.
    pub async fn browser(&self, name: &str, look: Look) -> Browser {
        self.open(name, look, None).await
    }

    /// The same, started with one more argument. Of two that are alike the last counts.
    async fn open(&self, name: &str, look: Look, more: Option<String>) -> Browser {
        let mut arguments = self.elsewhere.arguments(&self.address).to_vec();
        arguments.extend(self.turn.iter().map(|(_, trusted)| trusted.clone()).chain(more));
        Browser::open(&self.chromedriver, name, look, &arguments).await
    }

    /// The same for somebody who lets no page have the camera or the microphone.
    pub async fn browser_without_camera(&self, name: &str, look: Look) -> Browser {
        self.open(name, look, Some("--use-fake-ui-for-media-stream=deny".to_owned())).await
    }

    /// A browser with a new account, whose microphone hears a tone, and which counts what it makes of media.
    pub async fn caller(&self, name: &str, look: Look, hz: f64) -> Browser {
        let heard = self.folder().join(format!("{name}.wav"));
        fs::write(&heard, media::tone(hz)).unwrap();
        let heard = format!("--use-file-for-fake-audio-capture={}", heard.display());
        let browser = self.open(name, look, Some(heard)).await;
        browser.counts_media().await;
        browser.join(&self.server.invite()).await;
        browser
    }

    /// A browser with a new account, and the film that its camera sees.
    pub async fn seeing(&self, name: &str, look: Look) -> (Browser, Film) {
        let film = Film::new(&self.folder().join(format!("{name}.y4m")));
        let browser = self.open(name, look, Some(film.argument())).await;
        browser.join(&self.server.invite()).await;
        (browser, film)
    }

    /// A browser for a page that comes from somebody's own `casemate app`: not even the server is asked then.
    pub async fn browser_of(&self, app: &App, name: &str, look: Look) -> Browser {
        let network = self.elsewhere.arguments(app.host());
        Browser::open(&self.chromedriver, name, look, &network).await
    }

    /// A browser with a new account, by an invitation of the operator.
    pub async fn join(&self, name: &str, look: Look) -> Browser {
        let browser = self.browser(name, look).await;
        browser.join(&self.server.invite()).await;
        browser
    }

    /// Mira at a desk and Sam with a phone, who can write to each other, both with their chat open.
    pub async fn pair(&self) -> (Browser, Browser) {
        let (mira, sam) = tokio::join!(self.join("mira", Look::DESK), self.join("sam", Look::PHONE));
        sam.knock(&self.address("mira"), "").await;
        mira.accept("sam").await;
        sam.chat("mira").await;
        (mira, sam)
    }

    /// Somebody with an account at `casemate rpc`, for a story in which only others look.
    pub fn at_rpc(&self, name: &str) -> Member {
        let mut person = Person::start(&self.folder().join(name));
        person.ask("account.create", json!({"name": name, "invite": self.server.invite()}));
        Member::of(person)
    }

    /// Somebody at `casemate rpc` whom a person in a browser knows; gives the conversation of the two.
    pub async fn friend_of(&self, browser: &Browser, name: &str) -> (Member, String) {
        let mut friend = self.at_rpc(name);
        let address = self.address(browser.name());
        friend.ask("contact.knock", json!({"to": address}));
        browser.accept(name).await;
        let pair = friend.pair_with(&address);
        (friend, pair)
    }

    /// The address of somebody with an account here.
    pub fn address(&self, name: &str) -> String {
        format!("{name}@{}", self.address)
    }

    /// What must be true of every page at the end of its story: no complaint in its console, no request elsewhere.
    pub async fn all_well(&self, browsers: &[&Browser]) {
        self.all_well_but(browsers, &[]).await;
    }

    /// The same where a server that could not be reached, or the like, had to be complained of.
    pub async fn all_well_but(&self, browsers: &[&Browser], expected: &[&str]) {
        for browser in browsers {
            let mut complaints = browser.complaints().await;
            complaints.retain(|complaint| !expected.iter().any(|words| complaint.contains(words)));
            assert_eq!(complaints, Vec::<String>::new(), "the console of {}", browser.name());
        }
        let mut relays: Vec<String> = self.turn.iter().map(|(address, _)| address.clone()).collect();
        for browser in browsers {
            relays.extend(browser.relays().await);
        }
        let mut asked = self.elsewhere.asked();
        asked.retain(|line| !relays.iter().any(|relay| line.starts_with(&format!("CONNECT {relay} "))));
        assert_eq!(asked, Vec::<String>::new(), "requests to other places");
    }
}
