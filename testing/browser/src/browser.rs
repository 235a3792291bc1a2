//! One person's browser.

use std::rc::Rc;
use std::time::Instant;

use serde_json::{Value, json};
use thirtyfour::{WebDriver, WindowHandle};

use crate::chromium::{Chromedriver, Look, capabilities};

/// A browser with a storage of its own. Closed when dropped.
pub struct Browser {
    name: String,
    driver: WebDriver,
    look: Look,
    // Behind the session, which is closed through it.
    _chromedriver: Rc<Chromedriver>,
}

impl Browser {
    /// Opens one for somebody; `network` are the arguments that say where its requests go.
    pub async fn open(chromedriver: &Rc<Chromedriver>, name: &str, look: Look, network: &[String]) -> Self {
        let began = Instant::now();
        // On a busy machine one in some forty ends while it starts; whoever cannot start at all does not the third time.
        let start = async || WebDriver::new(chromedriver.url(), capabilities(look, network)).await;
        let mut started = start().await;
        for _ in 0..2 {
            if started.is_err() {
                started = start().await;
            }
        }
        let driver = started.unwrap_or_else(|error| {
            panic!("Chromium does not start: {error}\nOn Debian, apt-get install chromium chromium-driver")
        });
        let browser = Self { name: name.to_owned(), driver, look, _chromedriver: chromedriver.clone() };
        browser.as_it_looks().await;
        browser.note("a browser", began);
        browser
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The session.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// What it was opened as.
    pub fn look(&self) -> Look {
        self.look
    }

    /// Size and colours of the tab; each tab has its own.
    async fn as_it_looks(&self) {
        if !self.look.touch {
            self.resize(self.look.width, self.look.height).await;
        }
        self.colours(self.look.dark).await;
    }

    /// Gives the page another size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": if self.look.touch { 2 } else { 1 },
            "mobile": self.look.touch,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// The page as another kind of screen shows it from now on.
    pub async fn look_as(&self, look: Look) {
        let metrics = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.touch,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        let fingers = json!({"enabled": look.touch, "maxTouchPoints": 5});
        self.cdp("Emulation.setTouchEmulationEnabled", fingers).await;
        self.colours(look.dark).await;
    }

    /// The system's colours: dark or light. Nothing moves but where it must: stories about what moves say so.
    pub async fn colours(&self, dark: bool) {
        self.system(dark, false).await;
    }

    /// The same, and whether things may move.
    pub async fn system(&self, dark: bool, moves: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([
            {"name": "prefers-color-scheme", "value": value},
            {"name": "prefers-reduced-motion", "value": if moves { "no-preference" } else { "reduce" }},
        ]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Opens an address.
    pub async fn go(&self, url: &str) {
        let began = Instant::now();
        self.driver.goto(url).await.unwrap();
        self.note("opened a page", began);
    }

    /// Goes to a place inside the app, by what stands after the `#`.
    pub async fn place(&self, place: &str) {
        self.run("location.hash = arguments[0]", vec![json!(place)]).await;
    }

    /// Reloads the page.
    pub async fn reload(&self) {
        let began = Instant::now();
        self.driver.refresh().await.unwrap();
        self.note("reloaded", began);
    }

    /// Opens a second tab and goes on in it; gives the first.
    pub async fn new_tab(&self) -> WindowHandle {
        let first = self.driver.window().await.unwrap();
        let second = self.driver.new_tab().await.unwrap();
        self.driver.switch_to_window(second).await.unwrap();
        self.as_it_looks().await;
        first
    }

    /// Goes on in another tab.
    pub async fn tab(&self, tab: WindowHandle) {
        self.driver.switch_to_window(tab).await.unwrap();
    }

    /// What went wrong in the page since the last time: errors and warnings of its console. What Leptos says of signals
    /// in development builds alone is not about the person's page.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.get_log("browser").await.unwrap_or_default();
        let bad = entries.into_iter().filter(|entry| {
            matches!(entry.level.as_str(), "SEVERE" | "WARNING")
                && !entry.message.contains("outside a reactive tracking context")
        });
        bad.map(|entry| entry.message).collect()
    }

    /// What can be read and pressed at the moment, for a person who looks for why a story stopped.
    pub async fn outline(&self) -> String {
        let shot = std::env::temp_dir().join(format!("casemate-browser-{}.png", self.name));
        let kept = match self.driver.screenshot(&shot).await {
            Ok(()) => format!("\n  picture: {}", shot.display()),
            Err(_) => String::new(),
        };
        let outline = self.run(include_str!("outline.js"), Vec::new()).await;
        let complaints = self.complaints().await.join("\n  ");
        format!("  {}{kept}\n  {complaints}", outline.as_str().unwrap_or_default())
    }
}
