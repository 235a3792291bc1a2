//! What people do over and over.

use serde_json::Value;
use thirtyfour::WebElement;

use crate::browser::Browser;

impl Browser {
    /// Opens an invitation and makes an account under the browser's name.
    pub async fn join(&self, invitation: &str) {
        self.go(invitation).await;
        self.write("Your name", self.name()).await;
        self.press("button", "Create account").await;
        self.press("button", "Skip").await;
        self.see("navigation", "Main").await;
    }

    /// Makes an invitation link for a friend.
    pub async fn invitation(&self) -> String {
        self.press("link", "Settings").await;
        self.press("button", "~Invite a friend").await;
        self.press("button", "Make a link").await;
        self.wait("an invitation link", async || {
            let text = self.run("return document.body.innerText", Vec::new()).await;
            let text = text.as_str().unwrap_or_default();
            let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains("/i#"));
            link.map(str::to_owned).ok_or_else(|| "there is none".to_owned())
        })
        .await
    }

    /// Sends a request to an address.
    pub async fn knock(&self, address: &str, note: &str) {
        self.press("link", "Chats").await;
        self.press("button", "New chat").await;
        self.write("Name, address or link", address).await;
        if !note.is_empty() {
            self.write("A few words about you", note).await;
        }
        self.press("button", "Send request").await;
        self.reads("Request sent.").await;
    }

    /// Accepts the request of somebody; the chat is in the list then.
    pub async fn accept(&self, name: &str) {
        self.press("link", "Chats").await;
        self.press("button", "~quiet").await;
        let list = self.see("list", "Requests").await;
        let card = self.see_in("listitem", &format!("~{name}"), Some(&list)).await;
        self.press_in("button", "Accept", Some(&card)).await;
        self.chat(name).await;
    }

    /// Accepts being added to the group with this name; its chat is open then.
    pub async fn accept_group(&self, name: &str) {
        self.to_chats().await;
        self.press("button", "~quiet").await;
        let list = self.see("list", "Requests").await;
        let card = self.see_in("listitem", &format!("~{name}"), Some(&list)).await;
        self.press_in("button", "Accept", Some(&card)).await;
        self.see("textbox", "Message").await;
    }

    /// To the list of chats: on a phone an open chat covers it.
    pub async fn to_chats(&self) {
        if self.look().touch && self.sees("textbox", "Message").await {
            self.press("button", "Back").await;
        }
        self.press("link", "Chats").await;
    }

    /// Opens the chat with this name.
    pub async fn chat(&self, name: &str) {
        self.wait(&format!("the chat \"{name}\""), async || {
            if self.look().touch && !self.sees("list", "Chats").await {
                self.press("button", "Back").await;
            }
            let list = self.all("list", "Chats", None).await.pop().ok_or("no list of chats")?;
            let row = self.all("link", &format!("^{name}"), Some(&list)).await.pop().ok_or("no such chat")?;
            row.click().await.map_err(|error| error.to_string())?;
            // The list may have moved under the finger.
            self.see("textbox", "Message").await;
            let open = self.all("heading", &format!("^{name}"), None).await.pop();
            open.map(|_| ()).ok_or_else(|| "another chat is open".to_owned())
        })
        .await;
    }

    /// Writes a message and sends it.
    pub async fn say(&self, text: &str) {
        self.write("Message", text).await;
        self.press("button", "Send").await;
    }

    /// Waits for a message with this text in the open chat.
    pub async fn message(&self, text: &str) -> WebElement {
        let list = self.see("list", "Messages").await;
        self.see_in("listitem", &format!("~{text}"), Some(&list)).await
    }

    /// Waits until the open chat has no message with this text any more.
    pub async fn message_gone(&self, text: &str) {
        self.wait(&format!("\"{text}\" to go away"), async || {
            let list = self.all("list", "Messages", None).await.pop().ok_or("no messages")?;
            let found = self.all("listitem", &format!("~{text}"), Some(&list)).await;
            if found.is_empty() { Ok(()) } else { Err("it is still there".to_owned()) }
        })
        .await;
    }

    /// Waits for something inside of a message, such as a mark or a button.
    pub async fn on_message(&self, text: &str, role: &str, name: &str) -> WebElement {
        self.wait(&format!("{role} \"{name}\" on \"{text}\""), async || {
            let list = self.all("list", "Messages", None).await.pop().ok_or("no messages")?;
            let message =
                self.all("listitem", &format!("~{text}"), Some(&list)).await.pop().ok_or("no message")?;
            self.all(role, name, Some(&message)).await.pop().ok_or_else(|| "it is not there".to_owned())
        })
        .await
    }

    /// Waits until this can be read on a message besides its text.
    pub async fn message_says(&self, text: &str, words: &str) {
        self.wait(&format!("\"{words}\" on \"{text}\""), async || {
            let message = self.message(text).await;
            let mut all = message.text().await.map_err(|error| error.to_string())?;
            all.retain(|letter| !('\u{2066}'..='\u{2069}').contains(&letter));
            if all.contains(words) { Ok(()) } else { Err(format!("it says {all:?}")) }
        })
        .await;
    }

    /// Waits until the state of an own message is this word: "Sent", "Delivered", "Read".
    pub async fn state(&self, text: &str, states: &[&str]) {
        self.wait(&format!("\"{text}\" to be {}", states.join(" or ")), async || {
            let list = self.all("list", "Messages", None).await.pop().ok_or("no messages")?;
            let message =
                self.all("listitem", &format!("~{text}"), Some(&list)).await.pop().ok_or("no message")?;
            for state in states {
                if !self.all("img", state, Some(&message)).await.is_empty() {
                    return Ok(());
                }
            }
            Err("it is not".to_owned())
        })
        .await;
    }

    /// Opens the menu of a message, by the other mouse button or a finger that stays, and chooses from it.
    pub async fn choose(&self, text: &str, item: &str) {
        self.wait(&format!("the menu of \"{text}\""), async || {
            let list = self.all("list", "Messages", None).await.pop().ok_or("no messages")?;
            let message =
                self.all("listitem", &format!("~{text}"), Some(&list)).await.pop().ok_or("no message")?;
            // Its time stands in the bubble and does nothing by itself.
            let spot = self.all("time", "", Some(&message)).await.pop().ok_or("no bubble")?;
            self.ask_for_menu(&spot).await;
            let has = !self.all("menuitem", item, None).await.is_empty();
            if has { Ok(()) } else { Err(format!("no \"{item}\" in it")) }
        })
        .await;
        self.press("menuitem", item).await;
    }

    /// The width by which the page is wider than its window: 0 where nothing is cut off.
    pub async fn overflow(&self) -> i64 {
        let script = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        self.run(script, Vec::<Value>::new()).await.as_i64().unwrap_or(0)
    }
}
