//! Finding by role and accessible name.

use serde_json::{Value, json};
use thirtyfour::WebElement;

use crate::browser::Browser;

impl Browser {
    /// All elements in sight with this role and name, in the page or inside one of its elements. Where a modal dialog
    /// is open, nothing else is there. A name that begins with `~` may have more around it, one with `^` more behind it; an
    /// empty one is any.
    pub async fn all(&self, role: &str, name: &str, inside: Option<&WebElement>) -> Vec<WebElement> {
        let root = inside.map_or(Value::Null, |element| element.to_json().unwrap());
        let arguments = vec![json!(role), json!(name), root];
        let found = self.driver().execute(include_str!("find.js"), arguments).await;
        found.and_then(thirtyfour::session::scriptret::ScriptRet::elements).unwrap_or_default()
    }

    /// Waits for one; the last where there are several.
    pub async fn see(&self, role: &str, name: &str) -> WebElement {
        self.see_in(role, name, None).await
    }

    /// The same inside of an element.
    pub async fn see_in(&self, role: &str, name: &str, inside: Option<&WebElement>) -> WebElement {
        self.wait(&format!("{role} \"{name}\""), async || {
            self.all(role, name, inside).await.pop().ok_or_else(|| "it is not there".to_owned())
        })
        .await
    }

    /// Whether one is there at this moment.
    pub async fn sees(&self, role: &str, name: &str) -> bool {
        !self.all(role, name, None).await.is_empty()
    }

    /// Waits until there is none any more.
    pub async fn gone(&self, role: &str, name: &str) {
        self.wait(&format!("{role} \"{name}\" to go away"), async || {
            let found = self.all(role, name, None).await;
            if found.is_empty() { Ok(()) } else { Err("it is still there".to_owned()) }
        })
        .await;
    }

    /// Waits until this text can be read somewhere.
    pub async fn reads(&self, text: &str) {
        self.wait(&format!("the text \"{text}\""), async || {
            // Without the marks around names, as in find.js.
            let script =
                "return document.body.innerText.replace(/[\\u2066-\\u2069]/g, '').includes(arguments[0])";
            match self.run(script, vec![json!(text)]).await {
                Value::Bool(true) => Ok(()),
                _ => Err("it is not there".to_owned()),
            }
        })
        .await;
    }

    /// Waits until a look finds what it is for; says what stood on the screen when that was in vain.
    pub async fn wait<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
        let began = std::time::Instant::now();
        let mut glances = tokio::time::interval(crate::GLANCE);
        // A look that took long is not made up for by many without a pause: the page needs the time.
        glances.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            glances.tick().await;
            match look().await {
                Ok(seen) => {
                    self.note(what, began);
                    return seen;
                }
                Err(why) if began.elapsed() > crate::PATIENCE => {
                    panic!("{} waited in vain for {what}: {why}\n{}", self.name(), self.outline().await)
                }
                Err(_) => {}
            }
        }
    }

    /// A line of the story, which is read when it fails, or with `--nocapture`: what was done and how long it took.
    pub fn note(&self, what: &str, began: std::time::Instant) {
        println!("{:>7.2} s  {}: {what}", began.elapsed().as_secs_f64(), self.name());
    }
}
