//! `casemate chat --plain`: the same client, one line after another, for screen readers and terminals without a
//! screen. What comes is printed as it comes; what is typed is sent, and lines that begin with a slash are commands ([`super::slash`]).

mod backup;
mod calls;
pub mod command;
pub mod devices;
mod locked;
mod previews;
mod report;
mod safety;
mod screening;

use std::collections::{HashSet, VecDeque};
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::time::Instant;

use anyhow::Context;
use casemate_api::command::{
    AccountCreate, AccountUnlock, ConversationList, InConversation, MessageList, NewLinkPreview, Nothing,
    OneMessage,
};
use casemate_api::view::{
    Account, ContactRequests, Contacts, Conversation, Conversations, Message, Messages,
};
use casemate_api::{Command, Error, Event, Kind};
use casemate_wire::link::Link;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::mpsc;

use super::calling::Told;
use super::draw::one_line;
use super::locked::INSTEAD;
use super::model::Model;
use super::rings::{Ring, Rings};
use super::text::{harmless, harmless_line};
use super::when::Now;
use crate::client::{Client, Events, told_to_end};

/// Typed lines that wait.
const WAITING: usize = 16;
/// Messages shown when a chat is opened.
const SHOWN: u32 = 10;
/// Messages that can be named by number; the oldest are forgotten.
const NUMBERED: usize = 1_000;

/// Runs until the input ends or `/quit`.
pub async fn run(client: Client, events: Events, link: Option<String>) -> anyhow::Result<()> {
    let mut plain = Plain {
        client,
        typed: read_lines()?,
        typed_at: Instant::now(),
        events,
        came: VecDeque::new(),
        model: Model::default(),
        numbered: Vec::new(),
        forgotten: 0,
        aside: FuturesUnordered::new(),
        preview: None,
        told: Told::default(),
        rings: Rings::default(),
        compared: None,
        gone: false,
    };
    if !plain.enter(link).await? {
        return Ok(());
    }
    let told = told_to_end();
    tokio::pin!(told);
    loop {
        if std::mem::take(&mut plain.gone) && !plain.enter(None).await? {
            return Ok(());
        }
        if let Some(event) = plain.came.pop_front() {
            plain.event(event).await?;
            continue;
        }
        tokio::select! {
            Some(event) = plain.events.recv() => plain.event(event).await?,
            told = &mut told => return Ok(told?),
            Some(backed_up) = plain.aside.next(), if !plain.aside.is_empty() => Plain::backed_up(backed_up)?,
            line = plain.typed.recv() => match line {
                None => return Ok(()),
                Some((at, line)) => {
                    plain.typed_at = at;
                    if !plain.line(line.trim()).await? { return Ok(()) }
                }
            },
        }
    }
}

/// What is known, and which messages have numbers.
struct Plain {
    client: Client,
    typed: mpsc::Receiver<(Instant, String)>,
    /// When the line was typed that is looked at.
    typed_at: Instant,
    events: Events,
    /// What came while an answer was waited for: the driver answers only those who listen.
    came: VecDeque<Event>,
    model: Model,
    /// Ids and attachments' count of printed messages; the first has number `forgotten` + 1.
    numbered: Vec<Message>,
    forgotten: usize,
    /// The backup on the server, brought up to date beside what is typed; given up at the end, and gone on with later.
    aside: FuturesUnordered<Pin<Box<dyn Future<Output = Result<Value, Error>>>>>,
    /// What goes along with the next text that has its link.
    preview: Option<NewLinkPreview>,
    /// What was said of the call that is taken part in.
    told: Told,
    /// Calls that ring, as it was said here.
    rings: Rings,
    /// Whose safety number stood here last, and which.
    compared: Option<(String, String)>,
    /// The account is gone from here.
    gone: bool,
}

impl Plain {
    /// Until there is an open account. False where the input ended before.
    async fn enter(&mut self, link: Option<String>) -> anyhow::Result<bool> {
        let mut link_used = link.is_none();
        loop {
            match self.ask::<Account>(Command::AccountShow(Nothing {})).await {
                Ok(account) => {
                    say(&format!(
                        "You are {}. Type /help for all commands.",
                        harmless_line(&account.address)
                    ))?;
                    self.model.account = Some(account);
                    break;
                }
                Err(error) if error.kind == Kind::NotFound => {
                    say("Casemate: messages that nobody between you and the other person can read.")?;
                    match self.ask_account(link.as_deref()).await? {
                        Begin::Ended => return Ok(false),
                        Begin::Link => {
                            if !self.be_linked().await? {
                                return Ok(false);
                            }
                        }
                        Begin::Restore => {
                            if !self.restore_account().await? {
                                return Ok(false);
                            }
                        }
                        Begin::Create(create) => {
                            say("Creating your account…")?;
                            link_used = true;
                            if let Err(error) = self.call(Command::AccountCreate(create)).await {
                                complain(&error.message)?;
                            }
                        }
                    }
                }
                Err(error) if error.kind == Kind::Locked => {
                    say("What is stored on this device is locked. Passphrase:")?;
                    let Some(passphrase) = self.hidden().await else { return Ok(false) };
                    let unlock = Command::AccountUnlock(AccountUnlock { passphrase, passkey: None });
                    if let Err(error) = self.call(unlock).await {
                        complain(&error.message)?;
                    }
                }
                Err(error) => anyhow::bail!(error.message),
            }
        }
        self.refresh().await?;
        if let (false, Some(link)) = (link_used, link) {
            say(&format!("To ask the maker of the link for contact, type: /knock {link}"))?;
        }
        self.print_list()?;
        Ok(true)
    }

    /// Asks for what an account needs.
    async fn ask_account(&mut self, link: Option<&str>) -> anyhow::Result<Begin> {
        let link = match link {
            Some(link) => link.to_owned(),
            None => {
                say(
                    "Paste an invitation link, or the address of a server that is open to everybody. To link this device to an account that you have, type: link. To bring an account back with its recovery kit, type: restore",
                )?;
                let Some(link) = self.typed().await else { return Ok(Begin::Ended) };
                link.trim().to_owned()
            }
        };
        match link.as_str() {
            "link" => return Ok(Begin::Link),
            "restore" => return Ok(Begin::Restore),
            _ => {}
        }
        say("Choose a name (small letters, digits, dot, hyphen):")?;
        let Some(name) = self.typed().await else { return Ok(Begin::Ended) };
        say("A passphrase for this device, or nothing:")?;
        let Some(passphrase) = self.hidden().await else { return Ok(Begin::Ended) };
        let is_link = Link::parse(&link).is_ok();
        Ok(Begin::Create(AccountCreate {
            server: (!is_link).then(|| link.trim_end_matches('/').to_owned()),
            name: name.trim().to_owned(),
            invite: is_link.then_some(link),
            passphrase: Some(passphrase).filter(|passphrase| !passphrase.is_empty()),
        }))
    }

    /// The next line.
    async fn typed(&mut self) -> Option<String> {
        self.typed.recv().await.map(|(_, line)| line)
    }

    /// A typed line that the terminal does not show. What happens meanwhile is told after it.
    async fn hidden(&mut self) -> Option<String> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let input = std::io::stdin();
        // Not a terminal: nothing is shown anyhow.
        let before = tcgetattr(&input).ok();
        if let Some(mut modes) = before.clone() {
            modes.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(&input, OptionalActions::Now, &modes);
        }
        let line = loop {
            tokio::select! {
                line = self.typed.recv() => break line.map(|(_, line)| line),
                Some(event) = self.events.recv() => self.came.push_back(event),
            }
        };
        if let Some(modes) = before {
            let _ = tcsetattr(&input, OptionalActions::Now, &modes);
        }
        line
    }

    /// Asks, and keeps what happens meanwhile for later.
    async fn call(&mut self, command: Command) -> Result<Value, Error> {
        let answer = self.client.call(command);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => return answer,
                Some(event) = self.events.recv() => self.came.push_back(event),
            }
        }
    }

    async fn ask<T: DeserializeOwned>(&mut self, command: Command) -> Result<T, Error> {
        let value = self.call(command).await?;
        serde_json::from_value(value).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
    }

    /// Asks again for everything that is listed.
    async fn refresh(&mut self) -> anyhow::Result<()> {
        if let Ok(all) =
            self.ask::<Conversations>(Command::ConversationList(ConversationList::default())).await
        {
            self.model.conversations = all.conversations.into_iter().rev().collect();
            self.model.number_new();
        }
        if let Ok(all) = self.ask::<Contacts>(Command::ContactList(Nothing {})).await {
            self.model.contacts = all.contacts;
        }
        if let Ok(all) = self.ask::<ContactRequests>(Command::ContactRequests(Nothing {})).await {
            self.model.requests = all.requests;
        }
        if let Ok(all) = self.ask(Command::ConversationRequests(Nothing {})).await {
            let all: casemate_api::view::ConversationRequests = all;
            self.model.group_requests = all.requests;
        }
        Ok(())
    }

    /// The same, and says which chats were not there before.
    async fn tell_new_chats(&mut self) -> anyhow::Result<()> {
        let ids = |model: &Model| -> HashSet<String> {
            model.conversations.iter().map(|one| one.conversation.clone()).collect()
        };
        let before = ids(&self.model);
        self.refresh().await?;
        let chats = self.model.conversations.iter();
        for new in chats.filter(|one| !before.contains(&one.conversation)) {
            let title = self.model.title(new);
            let number = self.model.number_of(&new.conversation);
            say(&format!("New chat: {title}. To write there: /open {number}"))?;
        }
        Ok(())
    }

    async fn event(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::MessageReceived { message } => {
                if !self.model.conversations.iter().any(|known| known.conversation == message.conversation) {
                    self.refresh().await?;
                }
                let open =
                    self.model.open.as_ref().is_some_and(|open| open.conversation == message.conversation);
                if !open && self.model.is_locked(&message.conversation) {
                    return say(&format!("A new message: {INSTEAD}."));
                }
                self.print_message(&message, !open)?;
                if open {
                    let read = OneMessage { message: message.message };
                    let _ = self.call(Command::MessageRead(read)).await;
                }
                Ok(())
            }
            Event::MessageState { message, state, why, .. } if state == "failed" => {
                let number = self.number_of(&message).map(|number| format!(" {number}")).unwrap_or_default();
                say(&format!("Message{number} was not sent: {}", harmless_line(&why.unwrap_or_default())))
            }
            Event::ContactRequested { from, note } => {
                say(&format!("{} asks for contact: {}", harmless_line(&from), harmless_line(&note)))?;
                say("They can't call you, send files or see that you read this. /requests to answer.")
            }
            Event::ConversationChanged { .. } | Event::ContactChanged { .. } => self.tell_new_chats().await,
            Event::Connection { state, why } if state == "offline" => say(&format!(
                "Offline: {}. What you write is sent later.",
                harmless_line(&why.unwrap_or_default())
            )),
            Event::Connection { state, .. } if state == "online" => say("Online."),
            Event::Storage { why: Some(why), .. } => say(&harmless_line(&why)),
            Event::LogDoubtful { why, .. }
            | Event::ClockApart { why, .. }
            | Event::AccountRestored { why, .. } => say(&why),
            Event::IndicatorMatched { found } => {
                say(&format!("WARNING. {} Do not open it.", self.match_words(&found)))
            }
            Event::SafetyChanged { who } => say(&format!(
                "{}'s safety number changed: perhaps a new phone. Check it before you send something sensitive.",
                self.model.name_of(&who)
            )),
            Event::TransferProgress { bytes, of, message, .. } if bytes >= of => {
                let number = self.number_of(&message).map(|number| format!(" of message {number}"));
                say(&format!("The file{} is through.", number.unwrap_or_default()))
            }
            Event::CallRinging { call, conversation, from, video } => {
                self.rings(Ring { call, conversation, from }, video)
            }
            Event::CallChanged { call, conversation, state, why, .. } => {
                self.call_changed(Ring { call, conversation, from: String::new() }, &state, why).await
            }
            Event::CallSigned { call, address, device, hand, .. } => {
                let name = self.model.name_of(&address);
                let said = self.told.signed(&call, &address, &device, hand, &name);
                said.map_or(Ok(()), |said| say(&said))
            }
            Event::CallSound { call, microphone, loudspeaker, .. } => {
                self.tell_of_sound(&call, &microphone, &loudspeaker)
            }
            Event::BackupDue { restore } => {
                self.backup_due(restore);
                Ok(())
            }
            Event::DeviceWiped {} => self.begin_anew(devices::WIPED),
            Event::DeviceSignedOut { told: true } => self.begin_anew(devices::SIGNED_OUT),
            Event::DeviceSignedOut { told: false } => self.begin_anew(devices::SIGNED_OUT_UNTOLD),
            Event::AccountDeleted {} => self.begin_anew(devices::DELETED),
            other => self.device_event(&other),
        }
    }

    /// Nothing of the account is here any more.
    fn begin_anew(&mut self, why: &str) -> anyhow::Result<()> {
        say(why)?;
        self.model = Model::default();
        (self.preview, self.forgotten) = (None, 0);
        self.numbered.clear();
        self.gone = true;
        Ok(())
    }

    /// Opens a chat and prints its newest messages; of a locked one after the passphrase.
    async fn open(&mut self, conversation: &Conversation) -> anyhow::Result<()> {
        let id = conversation.conversation.clone();
        if self.model.is_locked(&id) && !self.opens_locked().await? {
            return Ok(());
        }
        say(&format!("Chat with {}.", self.model.title(conversation)))?;
        self.model.open = Some(super::model::Open::new(&id, 0));
        self.print_newest(&id, SHOWN).await
    }

    async fn print_newest(&mut self, conversation: &str, count: u32) -> anyhow::Result<()> {
        let list = MessageList {
            conversation: conversation.to_owned(),
            limit: Some(count),
            ..MessageList::default()
        };
        match self.ask::<Messages>(Command::MessageList(list)).await {
            Ok(page) => {
                for message in &page.messages {
                    self.print_message(message, false)?;
                }
                if let Some(last) = page.messages.last() {
                    let read = OneMessage { message: last.message.clone() };
                    let _ = self.call(Command::MessageRead(read)).await;
                }
                Ok(())
            }
            Err(error) => complain(&error.message),
        }
    }

    /// Prints one message with a number by which commands can name it.
    fn print_message(&mut self, message: &Message, with_chat: bool) -> anyhow::Result<()> {
        let now = Now::system();
        if message.kind == "notice" {
            return say(&format!("Note: {}", harmless_line(&message.text)));
        }
        let number = match self.number_of(&message.message) {
            Some(number) => number,
            None => {
                self.numbered.push(message.clone());
                if self.numbered.len() > NUMBERED {
                    self.numbered.remove(0);
                    self.forgotten += 1;
                }
                self.forgotten + self.numbered.len()
            }
        };
        let known = self.model.conversations.iter().find(|known| known.conversation == message.conversation);
        let place = match known.filter(|known| with_chat && known.kind == "group") {
            Some(known) => format!(" in {}", self.model.title(known)),
            None => String::new(),
        };
        let state = match &message.shared_by {
            Some(by) => format!(", shared by {}", self.model.name_of(by)),
            None if message.imported => ", brought along".to_owned(),
            None if message.from == self.model.me() => format!(", {}", message.state),
            None => String::new(),
        };
        let claimed = if message.claimed { " (not confirmed)" } else { "" };
        let name = format!("{}{claimed}", self.model.name_of(&message.from));
        say(&format!("{number}. {name}{place}, {}{state}: {}", now.clock(&message.at), one_line(message)))?;
        if let Some(bad) = &message.known_bad {
            let (what, list) = (harmless_line(&bad.indicator), harmless_line(&bad.source));
            say(&format!(
                "   WARNING: {what} is on the list \"{list}\" of what attackers use. Do not open it."
            ))?;
        }
        if let Some(preview) = &message.preview {
            let [title, host] = super::draw::preview_words(preview);
            say(&format!("   preview by its sender: {title}, at {host}"))?;
        }
        for (at, file) in message.attachments.iter().enumerate() {
            let size = super::when::size(file.bytes);
            say(&format!(
                "   file {}: {}, {size}. /save {number} PATH saves it.",
                at + 1,
                super::draw::file_words(file)
            ))?;
        }
        Ok(())
    }

    fn number_of(&self, id: &str) -> Option<usize> {
        let at = self.numbered.iter().position(|message| message.message == id)?;
        Some(self.forgotten + at + 1)
    }

    fn print_list(&mut self) -> anyhow::Result<()> {
        self.model.number_anew();
        if self.model.conversations.is_empty() {
            say("No chats yet. /knock ADDRESS or LINK asks somebody for contact; /invite makes a link.")?;
        }
        for (at, conversation) in self.model.conversations.iter().enumerate() {
            let unread = match conversation.unread {
                0 => String::new(),
                count => format!(", {count} unread"),
            };
            say(&format!("{}. {}{unread}", at + 1, self.model.title(conversation)))?;
        }
        match self.model.waiting() {
            0 => Ok(()),
            count => say(&format!("{count} waiting in /requests.")),
        }
    }

    fn conversation(&self) -> Option<InConversation> {
        let open = self.model.open.as_ref()?;
        Some(InConversation { conversation: open.conversation.clone() })
    }
}

/// How a person begins on a device without an account.
enum Begin {
    Create(AccountCreate),
    /// They have one on another device.
    Link,
    /// They have one, and its recovery kit.
    Restore,
    /// The input ended.
    Ended,
}

/// Prints at once. Whatever is in it commands no terminal.
fn say(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", harmless(line)).and_then(|()| output.flush()).context("nobody reads the output")
}

/// What could not be done. A server or another person may have put words into it: it stays one line.
fn complain(why: &str) -> anyhow::Result<()> {
    say(&complaint(why))
}

fn complaint(why: &str) -> String {
    format!("Error: {}", harmless_line(why))
}

fn read_lines() -> anyhow::Result<mpsc::Receiver<(Instant, String)>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("stdin".into()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send((Instant::now(), line)).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn error_with_commands_for_a_terminal_is_printed_as_one_harmless_line() {
        let why = "No room.\n12:00 ana: my new number\u{1b}[2J\u{9b}1m \u{202e}x\u{61c}y";
        let printed = complaint(why);
        assert_eq!(printed, "Error: No room. 12:00 ana: my new number\u{fffd}[2J\u{fffd}1m xy");
    }
}
