//! What the terminal client knows at the moment: copies of the engine's answers, never the truth itself.

use std::collections::HashMap;

use casemate_api::view::{Account, Contact, ContactRequest, Conversation, ConversationRequest, Message};

use super::text::harmless_line;

/// Messages asked for at once.
pub const PAGE: u32 = 60;
/// Most messages kept of one conversation; the interface's own limit for one answer.
pub const KEPT: usize = 1_000;

/// Names in the title of a group that has none; more have no room on any screen.
const TITLE_NAMES: usize = 20;

/// Chats that are named where several begin alike.
const NAMED_ALIKE: usize = 5;

/// Everything that may be drawn.
#[derive(Debug, Default)]
pub struct Model {
    pub account: Option<Account>,
    /// The newest first.
    pub conversations: Vec<Conversation>,
    /// Chats by the numbers that were said of them last: these hold though the list's order changes. None where no number was.
    pub numbers: Vec<String>,
    pub contacts: Vec<Contact>,
    pub requests: Vec<ContactRequest>,
    pub group_requests: Vec<ConversationRequest>,
    pub open: Option<Open>,
    /// By message and attachment: bytes done, bytes in all.
    pub transfers: HashMap<(String, u32), (u64, u64)>,
    pub connection: Connection,
}

/// How the server is reached.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Nothing was heard yet.
    #[default]
    Connecting,
    Online,
    Offline(String),
}

/// The conversation on the screen.
#[derive(Debug, Default)]
pub struct Open {
    pub conversation: String,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// There is nothing older.
    pub whole: bool,
    /// The first message that was not read when the conversation was opened.
    pub unread_from: Option<String>,
    /// How many were not, until the messages are here.
    pub unread: u64,
    pub selected: Option<String>,
    pub scroll: Scroll,
    /// What was reported as read last.
    pub read: Option<String>,
}

/// Which part of the messages is shown.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Scroll {
    /// The newest, also when more come.
    #[default]
    Newest,
    /// This line of this message at the top, whatever comes.
    Held { message: String, line: usize },
}

impl Model {
    /// This account's address; empty before it is known.
    pub fn me(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.address)
    }

    /// What to call somebody: the name they chose, else the first part of their address. Harmless.
    pub fn name_of(&self, address: &str) -> String {
        if address == self.me() {
            return "you".to_owned();
        }
        let known = self.contacts.iter().find(|contact| contact.address == address);
        let name = known.map(|contact| harmless_line(&contact.name)).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| harmless_line(address.split('@').next().unwrap_or(address)))
    }

    /// The conversation on the screen, as the list knows it.
    pub fn open_conversation(&self) -> Option<&Conversation> {
        let open = self.open.as_ref()?;
        self.conversations.iter().find(|conversation| conversation.conversation == open.conversation)
    }

    /// A conversation of the list.
    pub fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|conversation| conversation.conversation == id)
    }

    /// Who types there now, in words.
    pub fn typing(&self, conversation: &Conversation) -> Option<String> {
        match &conversation.typing[..] {
            [] => None,
            _ if conversation.kind == "pair" => Some("typing …".to_owned()),
            [one] => Some(format!("{} is typing …", self.name_of(one))),
            [one, other] => Some(format!("{} and {} are typing …", self.name_of(one), self.name_of(other))),
            more => Some(format!("{} people are typing …", more.len())),
        }
    }

    /// How a conversation is called on the screen.
    pub fn title(&self, conversation: &Conversation) -> String {
        if conversation.kind == "own" {
            return "Notes to yourself".to_owned();
        }
        let name = harmless_line(&conversation.name);
        if !name.is_empty() && !name.contains('@') {
            return name;
        }
        let others: Vec<String> = conversation
            .members
            .iter()
            .filter(|member| member.address != self.me())
            .take(TITLE_NAMES)
            .map(|member| self.name_of(&member.address))
            .collect();
        if others.is_empty() { "Only you".to_owned() } else { others.join(", ") }
    }

    /// The conversation that somebody names by its place in the list, or by how its title begins. `Err` says why it is none: what
    /// begins so in two is never one of them, for anybody can call a group as somebody else is called.
    pub fn chat_named(&self, typed: &str) -> Result<&Conversation, String> {
        let none = || "There is no such chat; /list shows all.".to_owned();
        if let Some(at) = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            let chat = match self.numbers.get(at) {
                Some(said) => self.conversations.iter().find(|known| known.conversation == *said),
                None if self.numbers.is_empty() => self.conversations.get(at),
                None => None,
            };
            return chat.ok_or_else(none);
        }
        let typed = typed.to_lowercase();
        let called = |chat: &&Conversation| self.title(chat).to_lowercase().starts_with(&typed);
        let all: Vec<&Conversation> =
            self.conversations.iter().filter(called).filter(|_| !typed.is_empty()).collect();
        match all[..] {
            [] => return Err(none()),
            [chat] => return Ok(chat),
            _ => {}
        }
        let shown: Vec<String> = all.iter().take(NAMED_ALIKE).map(|chat| self.numbered(chat)).collect();
        let more = match all.len().saturating_sub(NAMED_ALIKE) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Err(format!("More than one chat begins so: {}{more}. Open one by its number.", shown.join("; ")))
    }

    /// A chat as it is told from others that are called the same.
    fn numbered(&self, chat: &Conversation) -> String {
        let number = self.number_of(&chat.conversation);
        let kind = match &*chat.kind {
            "group" => format!(", a group of {}", chat.members.len()),
            _ => String::new(),
        };
        format!("{number} ({}{kind})", self.title(chat))
    }

    /// The number by which a chat can be opened.
    pub fn number_of(&self, conversation: &str) -> usize {
        let said = self.numbers.iter().position(|said| said == conversation);
        let at =
            said.or_else(|| self.conversations.iter().position(|known| known.conversation == conversation));
        at.map_or(0, |at| at + 1)
    }

    /// The chats have the numbers of their places now.
    pub fn number_anew(&mut self) {
        self.numbers = self.conversations.iter().map(|chat| chat.conversation.clone()).collect();
    }

    /// Chats that have no number yet get the next ones.
    pub fn number_new(&mut self) {
        let new = self.conversations.iter().filter(|chat| !self.numbers.contains(&chat.conversation));
        let new: Vec<String> = new.map(|chat| chat.conversation.clone()).collect();
        self.numbers.extend(new);
    }

    /// Requests of both kinds.
    pub fn waiting(&self) -> usize {
        self.requests.len() + self.group_requests.len()
    }

    /// A message of the conversation on the screen.
    pub fn message(&self, id: &str) -> Option<&Message> {
        self.open.as_ref()?.messages.iter().find(|message| message.message == id)
    }

    /// Takes the newest page of a conversation.
    pub fn take_page(&mut self, conversation: &str, messages: Vec<Message>, asked: u32) {
        let me = self.me().to_owned();
        let Some(open) = self.open.as_mut().filter(|open| open.conversation == conversation) else { return };
        open.whole = messages.len() < asked as usize;
        open.messages = messages;
        if open.unread > 0 {
            let unread = usize::try_from(open.unread).unwrap_or(usize::MAX);
            let others =
                open.messages.iter().rev().filter(|message| message.from != me && message.kind != "notice");
            open.unread_from = others.take(unread).last().map(|message| message.message.clone());
            open.unread = 0;
        }
    }

    /// Takes a page of older messages.
    pub fn take_older(&mut self, conversation: &str, mut older: Vec<Message>, asked: u32) {
        let Some(open) = self.open.as_mut().filter(|open| open.conversation == conversation) else { return };
        open.whole = older.len() < asked as usize || open.messages.len() + older.len() >= KEPT;
        let known = open.messages.first().map(|message| message.message.clone());
        older.retain(|message| Some(&message.message) != known.as_ref());
        older.append(&mut open.messages);
        open.messages = older;
    }
}

impl Open {
    /// A conversation just opened.
    pub fn new(conversation: &str, unread: u64) -> Self {
        Self { conversation: conversation.to_owned(), unread, ..Self::default() }
    }

    /// The position of a message.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.messages.iter().position(|message| message.message == id)
    }

    /// Selects the message before or after the one selected; the newest where none is.
    pub fn select(&mut self, by: isize) {
        if self.messages.is_empty() {
            return;
        }
        let last = self.messages.len() - 1;
        let at = match self.selected.as_ref().and_then(|id| self.index(id)) {
            None => last,
            Some(at) => at.saturating_add_signed(by).min(last),
        };
        self.selected = Some(self.messages[at].message.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(id: &str, kind: &str, name: &str) -> Conversation {
        Conversation {
            conversation: id.into(),
            kind: kind.into(),
            name: name.into(),
            ..Conversation::default()
        }
    }

    #[test]
    fn open_by_title_refuses_what_two_chats_begin_with_and_numbers_hold() {
        let conversations =
            vec![chat("g", "group", "Ana"), chat("p", "pair", "Ana"), chat("b", "pair", "Ben")];
        let mut model = Model { conversations, ..Model::default() };
        model.number_new();
        let named =
            |model: &Model, typed: &str| model.chat_named(typed).map(|chat| chat.conversation.clone());
        let why = named(&model, "ana").unwrap_err();
        assert_eq!(
            why,
            "More than one chat begins so: 1 (Ana, a group of 0); 2 (Ana). Open one by its number."
        );
        assert_eq!(named(&model, "be").as_deref(), Ok("b"));
        assert!(named(&model, "").is_err() && named(&model, "x").is_err() && named(&model, "9").is_err());
        // Something is said in a chat, and another one comes: what was called 2 is.
        model.conversations.insert(0, chat("n", "group", "Anabel"));
        model.conversations.swap(1, 2);
        model.number_new();
        assert_eq!((named(&model, "2").as_deref(), named(&model, "4").as_deref()), (Ok("p"), Ok("n")));
        assert_eq!(model.number_of("n"), 4);
        model.number_anew();
        assert_eq!((named(&model, "1").as_deref(), named(&model, "2").as_deref()), (Ok("n"), Ok("p")));
        // One is gone: its number is nobody else's.
        model.conversations.retain(|one| one.conversation != "p");
        assert!(named(&model, "2").is_err());
        let many = (0..9).map(|at| chat(&at.to_string(), "pair", "Zoe"));
        model.conversations.extend(many);
        model.number_new();
        assert!(named(&model, "zoe").unwrap_err().contains("; and 4 more. "));
    }
}
