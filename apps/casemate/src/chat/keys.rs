//! What keys do. The list that `?` shows is [`HELP`]; keep both together.

mod overlay;

pub use overlay::{REACTIONS, home_folder};

use casemate_api::Command;
use casemate_api::command::{InviteCreate, MessageReact, OneAttachment, OneMessage};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Effect, Focus, Purpose, Screen};
use super::editor::Editor;
use super::model::Scroll;
use super::overlay::{Act, Confirm, Information, NewGroup, Overlay, PathPrompt, SavePrompt, Search};
use super::path;
use super::welcome::Begin;

/// Every key, for the help page: where, which, what.
pub const HELP: &[(&str, &[(&str, &str)])] = &[
    (
        "Everywhere",
        &[
            ("Tab, Shift-Tab", "list, messages, composer"),
            ("Alt-↑, Alt-↓", "previous, next chat"),
            ("PgUp, PgDn", "older, newer messages"),
            ("Esc", "back"),
            ("Ctrl-N", "new chat, or knock on somebody"),
            ("Ctrl-G", "new group"),
            ("Ctrl-R", "requests"),
            ("Ctrl-F", "search"),
            ("Ctrl-T", "members and information"),
            ("Ctrl-Y", "make an invitation link"),
            ("Ctrl-D", "your devices, and the recovery kit"),
            ("Ctrl-X", "decline a call that rings, without a word"),
            ("Ctrl-L", "draw the screen anew"),
            ("Ctrl-Q, Ctrl-C", "end"),
            ("? or F1", "this page (? when nothing is being written)"),
        ],
    ),
    (
        "Composer",
        &[
            ("Enter", "send"),
            ("Alt-Enter, Ctrl-J", "new line"),
            ("Ctrl-O", "add a file"),
            ("Esc", "take back a file, a reply, a change"),
            ("↑, ↓", "move; at the edge: what you sent before"),
            ("Ctrl-W, Ctrl-U", "delete a word, the line"),
        ],
    ),
    (
        "Messages",
        &[
            ("↑, ↓", "choose a message"),
            ("r", "reply"),
            ("e", "change (your own)"),
            ("x", "react"),
            ("o", "open what is shown once"),
            ("s", "save its file"),
            ("c", "stop its file's transfer"),
            ("d, D", "delete for you, for everyone"),
            ("End", "to the newest"),
        ],
    ),
    (
        "Typed into the composer",
        &[
            ("/call", "call whoever is in this chat; /call tone: a tone"),
            ("/answer, /decline", "a call that rings; /decline WORDS says them too,"),
            ("", "/decline tell only lets them know"),
            ("/mute, /unmute", "the others hear nothing of you; hear you again"),
            ("", "who is in the call, who raised a hand, and the"),
            ("", "pictures that are the same for all stand above"),
            ("/leave", "hang up"),
            ("/file PATH", "add a file; /document as it is, /clean without"),
            ("", "author, dates and programs"),
            ("/open NAME", "go to a chat; /list, /search WORDS, /info"),
            ("/knock WHO NOTE", "ask for contact; /requests, /invite, /group"),
            ("/lock, /unlock", "ask for your passphrase before this chat, or not"),
            ("/devices", "your devices; /help: this page; /quit: end"),
            ("//", "begins a text with a slash; one is a command"),
        ],
    ),
];

/// Messages whose files are made ready at once: each has its files' copies on this machine.
const PREPARED: usize = 32;

/// Said of what has no room in a message.
const TOO_LONG: &str = "This does not fit: a message has at most 32 KiB. Ctrl-O adds a file instead.";

/// Whether control is held.
fn ctrl(key: &KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL)
}

fn alt(key: &KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::ALT)
}

impl App {
    /// One key.
    pub fn key(&mut self, key: KeyEvent) {
        self.notice = None;
        match key.code {
            KeyCode::Char('c' | 'q') if ctrl(&key) => return self.ask_to_quit(),
            KeyCode::Char('l') if ctrl(&key) => return self.effect(Effect::Redraw),
            // Whatever lies over the conversations, and in a window without room for them.
            KeyCode::Char('x') if ctrl(&key) => return self.decline(),
            _ => {}
        }
        match &self.screen {
            Screen::Starting => {}
            Screen::Welcome(_) => self.welcome_key(key),
            Screen::Unlock(_) => self.unlock_key(key),
            Screen::Main if self.overlay.is_some() => self.overlay_key(key),
            Screen::Main => self.main_key(key),
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        self.notice = None;
        let one_line = || {
            if text.contains("/i#") {
                // A link that was copied over the end of a line is in pieces.
                return text.split_whitespace().collect();
            }
            text.split(['\r', '\n']).next().unwrap_or_default().to_owned()
        };
        let fits = match (&mut self.screen, &mut self.overlay) {
            (Screen::Starting, _) => true,
            (Screen::Welcome(welcome), _) => welcome.editor().insert(one_line().trim()),
            (Screen::Unlock(unlock), _) => unlock.passphrase.insert(&one_line()),
            (Screen::Main, Some(overlay)) => overlay.editor().is_none_or(|editor| editor.insert(&one_line())),
            (Screen::Main, None) => {
                self.focus = Focus::Composer;
                self.composer.editor.insert(text)
            }
        };
        if !fits {
            self.complain(TOO_LONG);
        }
    }

    pub fn ask_to_quit(&mut self) {
        let unsent = matches!(self.screen, Screen::Main) && !self.composer.is_empty();
        if !unsent || matches!(&self.overlay, Some(Overlay::Confirm(Confirm { act: Act::Quit, .. }))) {
            return self.effect(Effect::Quit);
        }
        let question = "What you are writing was not sent. End all the same?".to_owned();
        self.overlay = Some(Overlay::Confirm(Confirm { question, act: Act::Quit }));
    }

    fn welcome_key(&mut self, key: KeyEvent) {
        let Screen::Welcome(welcome) = &mut self.screen else { return };
        if welcome.busy {
            return;
        }
        match key.code {
            KeyCode::Tab | KeyCode::Down => welcome.go(true),
            KeyCode::BackTab | KeyCode::Up => welcome.go(false),
            KeyCode::F(2) => welcome.turn(),
            KeyCode::Enter => {
                if let Some(command) = welcome.enter() {
                    let purpose = if welcome.begin == Begin::Link { Purpose::Code } else { Purpose::Create };
                    self.call(purpose, command);
                }
            }
            KeyCode::Esc => self.effect(Effect::Quit),
            _ => edit_line(welcome.editor(), &key),
        }
    }

    fn unlock_key(&mut self, key: KeyEvent) {
        let Screen::Unlock(unlock) = &mut self.screen else { return };
        if unlock.busy {
            return;
        }
        match key.code {
            KeyCode::Enter => {
                if let Some(command) = unlock.enter() {
                    self.call(Purpose::Unlock, command);
                }
            }
            KeyCode::Esc => self.effect(Effect::Quit),
            _ => edit_line(&mut unlock.passphrase, &key),
        }
    }

    fn main_key(&mut self, key: KeyEvent) {
        let nothing_written = self.composer.is_empty();
        match key.code {
            KeyCode::F(1) => return self.overlay = Some(Overlay::Help(0)),
            KeyCode::Char('?') if nothing_written => return self.overlay = Some(Overlay::Help(0)),
            KeyCode::Char('n') if ctrl(&key) => return self.overlay = Some(Overlay::new_chat("")),
            KeyCode::Char('g') if ctrl(&key) => {
                return self.overlay = Some(Overlay::NewGroup(NewGroup::default()));
            }
            KeyCode::Char('r') if ctrl(&key) => return self.overlay = Some(Overlay::Requests { marked: 0 }),
            KeyCode::Char('f') if ctrl(&key) => {
                return self.overlay = Some(Overlay::Search(Search::new(self.model.open.is_none())));
            }
            KeyCode::Char('t') if ctrl(&key) => return self.show_information(),
            KeyCode::Char('y') if ctrl(&key) => {
                return self.call(Purpose::Invite, Command::InviteCreate(InviteCreate::default()));
            }
            KeyCode::Char('d') if ctrl(&key) => return self.show_devices(),
            KeyCode::Up if alt(&key) => return self.open_neighbour(-1),
            KeyCode::Down if alt(&key) => return self.open_neighbour(1),
            KeyCode::PageUp => return self.page(-1),
            KeyCode::PageDown => return self.page(1),
            KeyCode::Tab => return self.change_focus(true),
            KeyCode::BackTab => return self.change_focus(false),
            _ => {}
        }
        match self.focus {
            Focus::List => self.list_key(key),
            Focus::Messages => self.messages_key(key),
            Focus::Composer => self.composer_key(key),
        }
    }

    fn change_focus(&mut self, forward: bool) {
        if self.model.open.is_none() {
            self.focus = Focus::List;
            return;
        }
        self.focus = match (self.focus, forward) {
            (Focus::List, true) | (Focus::Composer, false) => Focus::Messages,
            (Focus::Messages, true) | (Focus::List, false) => Focus::Composer,
            (Focus::Composer, true) | (Focus::Messages, false) => Focus::List,
        };
        if let Some(open) = &mut self.model.open {
            open.selected = None;
            if self.focus == Focus::Messages {
                open.select(0);
            }
        }
    }

    fn list_key(&mut self, key: KeyEvent) {
        let last = self.model.conversations.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.marked = self.marked.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.marked = (self.marked + 1).min(last),
            KeyCode::Home => self.marked = 0,
            KeyCode::End => self.marked = last,
            KeyCode::Enter | KeyCode::Right => {
                let marked = self.model.conversations.get(self.marked);
                if let Some(conversation) = marked.map(|marked| marked.conversation.clone()) {
                    self.open(&conversation);
                }
            }
            _ => {}
        }
    }

    fn open_neighbour(&mut self, by: isize) {
        let last = self.model.conversations.len().saturating_sub(1);
        let at = match &self.model.open {
            None => self.marked,
            Some(_) => self.marked.saturating_add_signed(by).min(last),
        };
        if let Some(conversation) = self.model.conversations.get(at).map(|one| one.conversation.clone()) {
            self.open(&conversation);
        }
    }

    fn messages_key(&mut self, key: KeyEvent) {
        let Some(open) = &mut self.model.open else { return };
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => {
                open.select(-1);
                if open.selected.as_ref().and_then(|id| open.index(id)) == Some(0) {
                    self.load_older();
                }
            }
            KeyCode::Down | KeyCode::Char('j') => open.select(1),
            KeyCode::End => {
                open.selected = open.messages.last().map(|message| message.message.clone());
                open.scroll = Scroll::Newest;
                self.mark_read();
            }
            KeyCode::Esc => {
                open.selected = None;
                open.scroll = Scroll::Newest;
                self.focus = Focus::Composer;
                self.mark_read();
            }
            KeyCode::Char(letter) if !ctrl(&key) => {
                if let Some(selected) = open.selected.clone() {
                    self.act_on(letter, &selected);
                }
            }
            KeyCode::Enter => {
                if let Some(selected) = open.selected.clone() {
                    self.act_on('r', &selected);
                }
            }
            _ => {}
        }
    }

    fn act_on(&mut self, letter: char, selected: &str) {
        let Some(message) = self.model.message(selected).cloned() else { return };
        let own = message.from == self.model.me();
        let id = message.message.clone();
        match letter {
            'r' => {
                self.composer.reply_to = Some(id);
                self.write();
            }
            'e' if own && !message.deleted => {
                self.composer.change(id, &message.text);
                self.write();
            }
            'e' => self.complain("Only your own messages can be changed."),
            'x' | '+' => self.overlay = Some(Overlay::React { message: id, editor: Editor::default() }),
            '-' => {
                self.call(Purpose::Done(""), Command::MessageReact(MessageReact { message: id, emoji: None }))
            }
            'd' => {
                let question = "Delete this message for you? The others keep it.".to_owned();
                self.overlay = Some(Overlay::Confirm(Confirm { question, act: Act::DeleteForMe(id) }));
            }
            'D' => {
                let question =
                    "Delete this message for everyone? Who saw it already may remember it.".to_owned();
                self.overlay = Some(Overlay::Confirm(Confirm { question, act: Act::DeleteForEveryone(id) }));
            }
            'o' if message.view_once && !own && !message.opened => {
                self.call(Purpose::Done(""), Command::MessageOpen(OneMessage { message: id }));
            }
            'o' => self.complain("Only what somebody else sent to be shown once is opened so."),
            's' => match message.attachments.first() {
                Some(file) => self.ask_where_to_save(&id, 0, &file.name),
                None => self.complain("This message has no file."),
            },
            // Several files: by their number.
            '1'..='9' => {
                let index = letter.to_digit(10).unwrap_or(1) - 1;
                if let Some(file) = message.attachments.get(index as usize) {
                    self.ask_where_to_save(&id, index, &file.name);
                }
            }
            'c' => {
                let count = u32::try_from(message.attachments.len()).unwrap_or(0);
                for index in 0..count {
                    let one = OneAttachment { message: id.clone(), index };
                    self.call(Purpose::Done("Stopped."), Command::AttachmentCancel(one));
                    self.model.transfers.remove(&(id.clone(), index));
                }
            }
            _ => {}
        }
    }

    /// Back to the composer, with no message chosen any more.
    fn write(&mut self) {
        self.focus = Focus::Composer;
        if let Some(open) = &mut self.model.open {
            open.selected = None;
        }
    }

    fn ask_where_to_save(&mut self, message: &str, index: u32, name: &str) {
        let path = PathPrompt { editor: Editor::with(&path::typed(name)), ..PathPrompt::default() };
        self.overlay = Some(Overlay::Save(SavePrompt { message: message.to_owned(), index, path }));
    }

    fn composer_key(&mut self, key: KeyEvent) {
        let Some(open) = &self.model.open else {
            self.focus = Focus::List;
            return;
        };
        let conversation = open.conversation.clone();
        let width = self.seen.composer_width.max(1);
        match key.code {
            KeyCode::Enter if alt(&key) || key.modifiers.contains(KeyModifiers::SHIFT) => self.typed("\n"),
            KeyCode::Char('j') if ctrl(&key) => self.typed("\n"),
            KeyCode::Enter => {
                if self.composer.is_empty() || self.command_typed(&conversation) {
                    return;
                }
                if self.composer.has_files() && self.composer.preparing() >= PREPARED {
                    return self
                        .complain("Many files are being made ready. Wait until some of them are sent.");
                }
                let members =
                    self.model.open_conversation().map(|open| open.members.clone()).unwrap_or_default();
                if let Some((purpose, command)) = self.composer.send(&conversation, &members) {
                    self.call(purpose, command);
                    if let Some(open) = &mut self.model.open {
                        open.scroll = Scroll::Newest;
                        open.unread_from = None;
                    }
                    self.mark_read();
                }
            }
            KeyCode::Char('o') if ctrl(&key) => self.overlay = Some(Overlay::File(PathPrompt::default())),
            KeyCode::Esc => {
                if !self.composer.step_back() {
                    self.focus = Focus::List;
                }
            }
            KeyCode::Up => self.composer.editor.up(width),
            KeyCode::Down => self.composer.editor.down(width),
            KeyCode::Char(character) if !ctrl(&key) && !alt(&key) => {
                self.typed(character.encode_utf8(&mut [0; 4]));
            }
            _ => edit_line(&mut self.composer.editor, &key),
        }
    }

    fn typed(&mut self, text: &str) {
        if !self.composer.editor.insert(text) {
            self.complain(TOO_LONG);
        }
    }

    pub fn show_information(&mut self) {
        let Some(conversation) = self.model.open.as_ref().map(|open| open.conversation.clone()) else {
            return;
        };
        let of = casemate_api::command::InConversation { conversation: conversation.clone() };
        self.call(Purpose::Information(conversation.clone()), Command::ConversationShow(of));
        let information = Information { conversation, shown: None, marked: 0, rename: None };
        self.overlay = Some(Overlay::Information(information));
    }

    /// Scrolls by most of a page.
    fn page(&mut self, by: isize) {
        let Some(open) = &mut self.model.open else { return };
        let step = self.seen.page.saturating_sub(2).max(1);
        let lowest = self.seen.lines.saturating_sub(self.seen.page);
        let top = self.seen.top.saturating_add_signed(by * step.cast_signed()).min(lowest);
        // The next key may come before this one was drawn.
        self.seen.top = top;
        let at_end = top >= lowest;
        open.scroll = if at_end && by > 0 {
            Scroll::Newest
        } else {
            let message = self.seen.starts.iter().rev().find(|(_, start)| *start <= top);
            match message.or(self.seen.starts.first()) {
                Some((message, start)) => {
                    Scroll::Held { message: message.clone(), line: top.saturating_sub(*start) }
                }
                None => Scroll::Newest,
            }
        };
        if top == 0 && by < 0 {
            self.load_older();
        }
        self.mark_read();
    }
}

/// Keys that change a text.
pub fn edit_line(editor: &mut Editor, key: &KeyEvent) {
    match key.code {
        KeyCode::Char('w') if ctrl(key) => editor.delete_word(),
        KeyCode::Backspace if alt(key) || ctrl(key) => editor.delete_word(),
        KeyCode::Char('u') if ctrl(key) => editor.delete_to_line_start(),
        KeyCode::Char('a') if ctrl(key) => editor.home(),
        KeyCode::Char('e') if ctrl(key) => editor.end(),
        KeyCode::Char('b') if alt(key) => editor.word_left(),
        KeyCode::Char('f') if alt(key) => editor.word_right(),
        KeyCode::Char('h') if ctrl(key) => editor.backspace(),
        KeyCode::Char(character) if !ctrl(key) && !alt(key) => {
            editor.insert(character.encode_utf8(&mut [0; 4]));
        }
        KeyCode::Left if ctrl(key) || alt(key) => editor.word_left(),
        KeyCode::Right if ctrl(key) || alt(key) => editor.word_right(),
        KeyCode::Left => editor.left(),
        KeyCode::Right => editor.right(),
        KeyCode::Home => editor.home(),
        KeyCode::End => editor.end(),
        KeyCode::Backspace => editor.backspace(),
        KeyCode::Delete => editor.delete(),
        _ => {}
    }
}
