//! Every screen of the app, and how one gets there in any language: to look at each of them.

use std::path::PathBuf;

use thirtyfour::Key;

use crate::browser::Browser;
use crate::life::{FIRST, LINK, Life, OWN};
use crate::words::Words;

/// Where a screen begins.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// What stands after the `#`.
    At(&'static str),
    /// The chat of two.
    Pair,
    /// What is known of it.
    PairDetails,
    /// The group.
    Group,
    /// What is known of it.
    GroupDetails,
}

/// What one does to get on. Names are keys of sentences.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Presses what has this role and name.
    Press(&'static str, &'static str),
    /// The same where more stands around the name, or values in it.
    Around(&'static str, &'static str),
    /// Opens the menu of the message with this text.
    Message(&'static str),
    /// Opens the menu of the first chat.
    Row,
    /// Presses the link in a message.
    Link,
    /// Writes into a text box.
    Write(&'static str, &'static str),
    /// Ctrl and a letter.
    Chord(char),
    /// Gives the composer photos.
    Photos,
}

/// One screen.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Short, for names of files and complaints.
    pub name: &'static str,
    /// Where it begins.
    pub place: Place,
    /// What leads to it from there.
    pub steps: &'static [Step],
}

const fn at(name: &'static str, place: &'static str) -> Screen {
    Screen { name, place: Place::At(place), steps: &[] }
}

const fn from(name: &'static str, place: Place, steps: &'static [Step]) -> Screen {
    Screen { name, place, steps }
}

use Place::{At, Group, GroupDetails, Pair, PairDetails};
use Step::{Around, Chord, Link, Message, Photos, Press, Row, Write};

const ATTACH: Step = Press("button", "attach");
const SAFETY: &str = "#/settings/safety";

/// All of them. One that leaves something open on its page is followed by another page.
pub const SCREENS: &[Screen] = &[
    at("chats", "#/chats"),
    from("chats-menu", At("#/chats"), &[Press("button", "chats-menu")]),
    from("chat-row-menu", At("#/chats"), &[Row]),
    from("mute", At("#/chats"), &[Row, Press("menuitem", "mute")]),
    from("folder", At("#/chats"), &[Row, Press("menuitem", "folder")]),
    from("import", At("#/chats"), &[Press("button", "chats-menu"), Press("menuitem", "import-title")]),
    from("palette", At("#/chats"), &[Chord('k')]),
    from("search", At("#/chats"), &[Press("button", "filters"), Write("search", "the")]),
    at("contacts", "#/contacts"),
    at("requests", "#/requests"),
    from("block-question", At("#/requests"), &[Press("button", "block")]),
    from("report-request", At("#/requests"), &[Press("button", "report")]),
    at("calls", "#/calls"),
    from("call-test", At("#/calls"), &[Press("button", "call-test")]),
    from("call-new", At("#/calls"), &[Press("button", "call-new")]),
    at("call-link-of-others", "#/call/AAAA"),
    at("new-chat", "#/new"),
    from("new-chat-address", At("#/new"), &[Write("address-or-name", "ana@example.org")]),
    at("new-group", "#/new-group"),
    at("starred", "#/starred"),
    at("lists", "#/lists"),
    from("list-new", At("#/lists"), &[Press("button", "list-new")]),
    at("settings", "#/settings"),
    at("profile", "#/settings/profile"),
    at("privacy", "#/settings/privacy"),
    at("notifications", "#/settings/notifications"),
    at("security", "#/settings/security"),
    at("recovery", "#/settings/recovery"),
    from("recovery-renew", At("#/settings/recovery"), &[Press("button", "kit-renew")]),
    from("recovery-words", At("#/settings/recovery"), &[Press("button", "kit-show")]),
    at("backup", "#/settings/backup"),
    from("backup-words", At("#/settings/backup"), &[Press("button", "backup-to-server")]),
    from("backup-from-file", At("#/settings/backup"), &[Press("button", "restore-from-file")]),
    at("devices", "#/settings/devices"),
    at("check-up", "#/settings/check-up"),
    at("spyware", "#/settings/spyware"),
    at("held-back", "#/settings/held-back"),
    at("storage", "#/settings/storage"),
    at("appearance", "#/settings/appearance"),
    at("language", "#/settings/language"),
    at("keyboard", "#/settings/keyboard"),
    at("invite", "#/settings/invite"),
    at("safety", SAFETY),
    from("explain-1", At(SAFETY), &[Press("button", "show-explanation")]),
    from("explain-2", At(SAFETY), &[Press("button", "show-explanation"), Press("button", "next")]),
    from(
        "explain-3",
        At(SAFETY),
        &[Press("button", "show-explanation"), Press("button", "next"), Press("button", "next")],
    ),
    at("about", "#/settings/about"),
    from("conversation", Pair, &[]),
    from("chat-menu", Pair, &[Press("button", "chat-menu")]),
    from("go-to-day", Pair, &[Press("button", "chat-menu"), Press("menuitem", "day-title")]),
    from("attach", Pair, &[ATTACH]),
    from("poll-new", Pair, &[ATTACH, Press("menuitem", "attach-poll")]),
    from("place-send", Pair, &[ATTACH, Press("menuitem", "attach-place")]),
    from("contact-send", Pair, &[ATTACH, Press("menuitem", "attach-contact")]),
    from("scheduled", Pair, &[ATTACH, Press("menuitem", "scheduled-title")]),
    from("stickers", Pair, &[ATTACH, Press("menuitem", "stickers")]),
    from("emoji", Pair, &[Press("button", "emoji")]),
    from("message-menu", Pair, &[Message(OWN)]),
    from("info", Pair, &[Message(OWN), Press("menuitem", "info")]),
    from("forward", Pair, &[Message(FIRST), Press("menuitem", "forward")]),
    from("delete", Pair, &[Message(OWN), Press("menuitem", "delete-for-everyone")]),
    from("link", Pair, &[Link]),
    from("viewer", Pair, &[Around("button", "open-picture")]),
    from("send-photos", Pair, &[Photos]),
    from("send-photos-draw", Pair, &[Photos, Press("button", "edit-draw")]),
    from("reply", Pair, &[Message(FIRST), Press("menuitem", "reply")]),
    from("group", Group, &[]),
    from("mention", Group, &[Write("message", "@")]),
    from("group-formatting", Group, &[Press("button", "formatting")]),
    from("select", Pair, &[Message(FIRST), Press("menuitem", "select")]),
    from("details", PairDetails, &[]),
    from("disappearing", PairDetails, &[Around("button", "disappearing")]),
    from("safety-number", PairDetails, &[Around("button", "safety-compare")]),
    from("report", PairDetails, &[Press("button", "report")]),
    from("gallery", PairDetails, &[Press("button", "gallery")]),
    from("search-here", Pair, &[Press("button", "chat-menu"), Press("menuitem", "search-here")]),
    from("group-details", GroupDetails, &[]),
    from("add-members", GroupDetails, &[Press("button", "add-members")]),
    from("group-link", GroupDetails, &[Press("button", "group-link")]),
    from("call-link", GroupDetails, &[Press("button", "call-link")]),
    from("member-menu", GroupDetails, &[Around("button", "member-menu")]),
    from("leave", GroupDetails, &[Press("button", "leave-group")]),
];

impl Browser {
    /// Opens a screen; what lay above the one before is closed first.
    pub async fn open_screen(&self, screen: &Screen, words: &Words, life: &Life, photos: &[PathBuf]) {
        self.close_all().await;
        let place = match screen.place {
            Place::At(place) => place.to_owned(),
            Place::Pair => life.pair.clone(),
            Place::Group => life.group.clone(),
            Place::PairDetails => format!("{}/details", life.pair),
            Place::GroupDetails => format!("{}/details", life.group),
        };
        self.visit(&place).await;
        if !screen.steps.is_empty() {
            // What opens at a place opens where that place is now.
            self.stands_still().await;
        }
        for step in screen.steps {
            match *step {
                Press(role, key) => self.press(role, words.say(key)).await,
                Around(role, key) => self.press_enabled(role, &words.around(key)).await,
                Message(text) => self.menu_of(text, words.say("messages")).await,
                Row => self.menu_of_row(words.say("nav-chats")).await,
                Link => self.press("link", LINK).await,
                Write(key, text) => self.write(words.say(key), text).await,
                Chord(letter) => self.chord(Key::Control, letter).await,
                Photos => {
                    let photos: Vec<_> = photos.iter().map(PathBuf::as_path).collect();
                    self.attach(&photos).await;
                    self.see("dialog", words.say("send-title")).await;
                }
            }
        }
        self.stands_still().await;
    }

    /// Closes dialogs, menus and what else Escape ends.
    pub async fn close_all(&self) {
        // A reply, a choice of messages and a mention end with the place they were begun at; the draft is emptied.
        let script = "const field = document.getElementById('composer'); if (!field?.value) return false; \
             field.focus(); field.select(); document.execCommand('delete'); return true";
        self.run(script, Vec::new()).await;
        self.wait("everything to close", async || {
            let layers = "return document.querySelectorAll('dialog[open], [role=menu], .above, .emoji-panel, [role=toolbar].chosen-bar').length";
            match self.run(layers, Vec::new()).await.as_u64() {
                Some(0) => Ok(()),
                _ => {
                    if self.run("return document.querySelector('.above, .emoji-panel') !== null && !document.querySelector('dialog[open]')", Vec::new()).await == true {
                        self.run("document.getElementById('composer')?.focus()", Vec::new()).await;
                    }
                    // Files that were chosen are given up with a word only.
                    let give_up = "const sure = document.querySelector('dialog.send-screen') && \
                         document.querySelector('dialog.dialog .button.danger'); sure?.click(); return Boolean(sure)";
                    if self.run(give_up, Vec::new()).await != true {
                        self.key(Key::Escape).await;
                    }
                    Err("something is open".to_owned())
                }
            }
        })
        .await;
    }

    /// Goes to a place and waits until its heading is there.
    pub async fn visit(&self, place: &str) {
        self.place(place).await;
        self.wait(place, async || {
            let there = self.run("return location.hash", Vec::new()).await;
            let headings = self.all("heading", "", None).await;
            if there == place && !headings.is_empty() { Ok(()) } else { Err(format!("it is {there}")) }
        })
        .await;
    }

    /// Presses something that may not yet be there for pressing, such as a picture that is being prepared.
    async fn press_enabled(&self, role: &str, name: &str) {
        self.wait(&format!("{role} \"{name}\" to press"), async || {
            let element = self.all(role, name, None).await.pop().ok_or("it is not there")?;
            if !element.is_enabled().await.unwrap_or(false) {
                return Err("it is disabled".to_owned());
            }
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    async fn menu_of(&self, text: &str, list: &str) {
        self.wait(&format!("the menu of \"{text}\""), async || {
            let list = self.all("list", list, None).await.pop().ok_or("no messages")?;
            let message =
                self.all("listitem", &format!("~{text}"), Some(&list)).await.pop().ok_or("no message")?;
            let bubble = self.all("group", "", Some(&message)).await.pop().ok_or("no message")?;
            bubble.scroll_into_view().await.map_err(|error| error.to_string())?;
            self.open_menu_of(&bubble).await
        })
        .await;
    }

    async fn menu_of_row(&self, list: &str) {
        self.wait("the menu of a chat", async || {
            let list = self.all("list", list, None).await.pop().ok_or("no list")?;
            let row = self.all("link", "", Some(&list)).await.into_iter().next().ok_or("no chat")?;
            self.open_menu_of(&row).await
        })
        .await;
    }

    async fn open_menu_of(&self, element: &thirtyfour::WebElement) -> Result<(), String> {
        let chain = self.driver().action_chain();
        chain.context_click_element(element).perform().await.map_err(|error| error.to_string())?;
        match self.all("menu", "", None).await.is_empty() {
            true => Err("no menu".to_owned()),
            false => Ok(()),
        }
    }

    /// The page in another language, chosen in the settings under the language's own name.
    pub async fn speak(&self, words: &Words, own_name: &str) {
        self.close_all().await;
        self.visit("#/settings/language").await;
        self.press("radio", own_name).await;
        self.wait(own_name, async || {
            let now = self.run("return document.documentElement.lang", Vec::new()).await;
            let said = now.as_str().is_some_and(|now| now.starts_with(words.language));
            if said { Ok(()) } else { Err(format!("it is {now}")) }
        })
        .await;
    }

    /// The same before there is an account: as the browser keeps the choice, and loaded anew.
    pub async fn speak_from_the_start(&self, language: &str) {
        let script = "localStorage.setItem('language', arguments[0])";
        self.run(script, vec![serde_json::json!(language)]).await;
        self.reload().await;
        self.wait(language, async || {
            let now = self.run("return document.documentElement.lang", Vec::new()).await;
            let headings = self.all("heading", "", None).await;
            let said = now.as_str().is_some_and(|now| now.starts_with(language));
            if said && !headings.is_empty() { Ok(()) } else { Err(format!("it is {now}")) }
        })
        .await;
    }
}
