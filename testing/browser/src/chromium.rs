//! Chromium and chromedriver as Debian has them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::{ChromeCapabilities, DesiredCapabilities};

/// A chromedriver of one's own on a free port. Killed when dropped; its browsers were closed before.
pub struct Chromedriver {
    process: Child,
    url: String,
    // Goes with all that it and its browsers leave there: some 60 MB each.
    _scratch: TempDir,
}

/// How a browser looks at the app.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// A phone: fingers instead of a mouse.
    pub touch: bool,
    /// The system's colours are dark.
    pub dark: bool,
    /// What the browser says that its person reads.
    pub language: &'static str,
}

impl Look {
    /// A phone held upright.
    pub const PHONE: Self = Self { width: 390, height: 844, touch: true, ..Self::DESK };
    /// Between phone and desk.
    pub const TABLET: Self = Self { width: 768, height: 1024, ..Self::DESK };
    /// A desktop screen.
    pub const DESK: Self = Self { width: 1440, height: 900, touch: false, dark: false, language: "en-US" };

    /// The same in dark colours.
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

impl Chromedriver {
    /// Starts one.
    pub fn start() -> Self {
        let scratch = tempfile::Builder::new().prefix("casemate-browser-").tempdir().unwrap();
        // The port that it takes for IPv4 may be somebody's for IPv6; then it ends, and another is tried.
        for _ in 0..5 {
            let mut command = Command::new("chromedriver");
            command
                .args(["--port=0"])
                .env("TMPDIR", scratch.path())
                .stdin(Stdio::null())
                .stderr(Stdio::null());
            let mut process = command.stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
                panic!(
                    "chromedriver does not start ({error}): on Debian, apt-get install chromium chromium-driver"
                )
            });
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let port = lines.by_ref().map(Result::unwrap).find_map(|line| {
                println!("chromedriver: {line}");
                let (_, port) = line.split_once("successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            });
            // Whoever prints to a closed pipe ends.
            std::thread::spawn(move || lines.for_each(drop));
            let Some(port) = port else {
                println!("chromedriver: {}", process.wait().unwrap());
                continue;
            };
            return Self { process, url: format!("http://127.0.0.1:{port}"), _scratch: scratch };
        }
        panic!("chromedriver took no port");
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a browser is started with. Nothing but this machine has an address in it.
pub fn capabilities(look: Look, network: &[String]) -> ChromeCapabilities {
    let mut chrome = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        // Calls go to a relay of this machine.
        "--allow-loopback-in-peer-connection",
        "--auto-accept-this-tab-capture",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
    ] {
        chrome.add_arg(argument).unwrap();
    }
    for argument in network {
        chrome.add_arg(argument).unwrap();
    }
    chrome.add_arg(&format!("--window-size={},{}", look.width, look.height)).unwrap();
    chrome.add_arg(&format!("--lang={}", look.language)).unwrap();
    chrome.add_experimental_option("prefs", json!({"intl.accept_languages": look.language})).unwrap();
    if look.touch {
        let metrics = json!({"width": look.width, "height": look.height, "pixelRatio": 2, "touch": true});
        chrome.add_experimental_option("mobileEmulation", json!({"deviceMetrics": metrics})).unwrap();
    }
    chrome.set_logging_prefs("browser", thirtyfour::LoggingPrefsLogLevel::All).unwrap();
    chrome
}
