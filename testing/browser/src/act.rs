//! What hands do: press, write, choose files, keys.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::session::scriptret::ScriptRet;
use thirtyfour::{Key, WebElement};

use crate::browser::Browser;

/// A finger that stays longer asks for a menu in vain.
const LONG_PRESS: Duration = Duration::from_secs(5);

impl Browser {
    /// Presses what has this role and name, once it can be pressed: nothing lies above it, it stands still.
    pub async fn press(&self, role: &str, name: &str) {
        self.press_in(role, name, None).await;
    }

    /// The same inside of an element.
    pub async fn press_in(&self, role: &str, name: &str, inside: Option<&WebElement>) {
        self.wait(&format!("{role} \"{name}\" to press"), async || {
            let element = self.all(role, name, inside).await.pop().ok_or("it is not there")?;
            if !element.is_enabled().await.map_err(|error| error.to_string())? {
                return Err("it cannot be pressed yet".to_owned());
            }
            // Lists scroll when something comes; whoever presses waits until they stand.
            if self.run(include_str!("stays.js"), vec![element.to_json().unwrap()]).await != Value::Bool(true)
            {
                return Err("it moves".to_owned());
            }
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Writes into a text box, in place of what it holds. Any character, as a paste would bring it.
    pub async fn write(&self, name: &str, text: &str) {
        let field = format!("textbox \"{name}\" to write into");
        self.wait(&field, async || {
            let field = self.all("textbox", name, None).await.pop().ok_or("it is not there")?;
            // Drawn anew meanwhile, as the first page is when the app has come, the next one is written into.
            self.insert(&field, text).await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// The same into this field.
    pub async fn write_into(&self, field: &WebElement, text: &str) {
        self.insert(field, text).await.unwrap();
    }

    async fn insert(&self, field: &WebElement, text: &str) -> WebDriverResult<()> {
        let act = if text.is_empty() { "delete" } else { "insertText" };
        let script = "arguments[0].focus(); arguments[0].select(); document.execCommand(arguments[1], false, arguments[2])";
        let values = vec![field.to_json()?, json!(act), json!(text)];
        self.driver().execute(script, values).await.map(drop)
    }

    /// Waits until a text box holds this text.
    pub async fn holds(&self, name: &str, text: &str) {
        self.wait(&format!("\"{text}\" in \"{name}\""), async || {
            let field = self.all("textbox", name, None).await.pop().ok_or("no such text box")?;
            let value = field.prop("value").await.map_err(|error| error.to_string())?.unwrap_or_default();
            if value == text { Ok(()) } else { Err(format!("it holds {value:?}")) }
        })
        .await;
    }

    /// Ticks or unticks what stands for a choice, and waits until it shows that.
    pub async fn choose_one(&self, role: &str, name: &str) {
        self.press(role, name).await;
        self.wait(&format!("{role} \"{name}\" to be chosen"), async || {
            let element = self.all(role, name, None).await.pop().ok_or("it is not there")?;
            let state = element.attr("aria-checked").await.map_err(|error| error.to_string())?;
            if state.as_deref() == Some("true") { Ok(()) } else { Err("it is not".to_owned()) }
        })
        .await;
    }

    /// A key as the keyboard sends it, with the modifiers that are held meanwhile.
    pub async fn key(&self, key: Key) {
        self.driver().action_chain().send_keys(key).perform().await.unwrap();
    }

    /// A letter or key while another is held.
    pub async fn chord(&self, held: Key, key: impl Into<String>) {
        let key: String = key.into();
        self.driver()
            .action_chain()
            .key_down(held.clone())
            .send_keys(&key)
            .key_up(held)
            .perform()
            .await
            .unwrap();
    }

    /// Letters typed one by one into what has the focus.
    pub async fn type_keys(&self, text: &str) {
        self.driver().action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Chooses files as the system's dialog behind "Attach" would.
    pub async fn attach(&self, files: &[&Path]) {
        self.choose_at("input[type=file]", files).await;
    }

    /// The same behind a button of the open dialog.
    pub async fn choose_files(&self, files: &[&Path]) {
        self.choose_at("dialog[open] input[type=file]", files).await;
    }

    async fn choose_at(&self, selector: &str, files: &[&Path]) {
        let whole = |path: &&Path| path.canonicalize().unwrap().to_string_lossy().into_owned();
        let paths: Vec<String> = files.iter().map(whole).collect();
        let script = "return document.querySelector(arguments[0])";
        let picker = self
            .wait("a place for files", async || {
                let found = self.driver().execute(script, vec![json!(selector)]).await;
                found.and_then(ScriptRet::element).map_err(|error| error.to_string())
            })
            .await;
        picker.send_keys(paths.join("\n")).await.unwrap();
    }

    /// Waits until the film on the screen runs.
    pub async fn film_runs(&self) {
        self.wait("the film to run", async || {
            let script = "const film = document.querySelector('video'); return film ? film.currentTime : -1";
            let at = self.run(script, Vec::new()).await;
            if at.as_f64().is_some_and(|at| at > 0.0) { Ok(()) } else { Err(format!("it is at {at}")) }
        })
        .await;
    }

    /// Waits until the number that something stands at, such as a slider, has got this far.
    pub async fn gets_to(&self, role: &str, name: &str, least: f64) {
        self.wait(&format!("{role} \"{name}\" to get to {least}"), async || {
            let element = self.all(role, name, None).await.pop().ok_or("it is not there")?;
            let now = match element.attr("aria-valuenow").await.map_err(|error| error.to_string())? {
                Some(now) => now,
                None => element.prop("value").await.map_err(|error| error.to_string())?.unwrap_or_default(),
            };
            if now.parse::<f64>().is_ok_and(|now| now >= least) {
                Ok(())
            } else {
                Err(format!("it is at {now}"))
            }
        })
        .await;
    }

    /// Asks for the menu of what an element belongs to: with the other mouse button, or a finger that stays until the
    /// menu is there.
    pub async fn ask_for_menu(&self, element: &WebElement) {
        if !self.look().touch {
            let _ = self.driver().action_chain().context_click_element(element).perform().await;
            return;
        }
        self.finger_down(element).await;
        let began = Instant::now();
        while !self.sees("menu", "").await && began.elapsed() < LONG_PRESS {
            tokio::time::sleep(crate::GLANCE).await;
        }
        self.finger_up().await;
    }

    /// Puts a finger on the middle of an element, which is where this says.
    pub async fn finger_down(&self, element: &WebElement) -> (f64, f64) {
        let script = "arguments[0].scrollIntoView({ block: 'center' }); const place = arguments[0].getBoundingClientRect(); return [place.left + place.width / 2, place.top + place.height / 2]";
        let at = self.run(script, vec![element.to_json().unwrap()]).await;
        let finger = json!([{"x": at[0], "y": at[1]}]);
        self.cdp("Input.dispatchTouchEvent", json!({"type": "touchStart", "touchPoints": finger})).await;
        (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
    }

    /// Slides the finger from one place to another, as a hand does: through places between.
    pub async fn finger_slides(&self, from: (f64, f64), to: (f64, f64)) {
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            let finger = json!([{"x": x, "y": y}]);
            self.cdp("Input.dispatchTouchEvent", json!({"type": "touchMove", "touchPoints": finger})).await;
            // Faster it would be a fling, which Chromium lets the next tap stop and do nothing else.
            tokio::time::sleep(crate::GLANCE).await;
        }
    }

    /// Lifts it.
    pub async fn finger_up(&self) {
        self.cdp("Input.dispatchTouchEvent", json!({"type": "touchEnd", "touchPoints": []})).await;
    }

    /// Holds the mouse over an element.
    pub async fn hover(&self, element: &WebElement) {
        let _ = self.driver().action_chain().move_to_element_center(element).perform().await;
    }

    /// Runs a script, which sees the page as its developer tools do.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self.driver().execute(script, arguments).await {
            Ok(answer) => answer.json().clone(),
            Err(error) => Value::String(format!("error: {error}")),
        }
    }

    /// What has the focus: its role and name as far as its markup says.
    pub async fn focused(&self) -> String {
        let script = "const e = document.activeElement; return `${e.getAttribute('role') ?? e.localName} ${e.getAttribute('aria-label') ?? e.textContent.trim()}`";
        self.run(script, Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on with the Tab key until this has the focus (role or element, and name).
    pub async fn tab_to(&self, wanted: &str) {
        const MOST: usize = 60;
        for _ in 0..MOST {
            if self.focused().await == wanted {
                return;
            }
            self.key(Key::Tab).await;
        }
        panic!("{} cannot reach {wanted} by keyboard\n{}", self.name(), self.outline().await);
    }
}
