//! Keys while something lies over the conversations.

use std::path::{Path, PathBuf};

use casemate_api::Command;
use casemate_api::command::{
    AttachmentSave, ContactKnock, ConversationAdd, ConversationCreate, ConversationSet, DeleteScope,
    InConversation, Members, MessageDelete, MessageReact, MessageSearch, Who,
};
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::{alt, ctrl, edit_line};
use crate::chat::app::{App, Effect, Focus, Purpose};
use crate::chat::compose::File;
use crate::chat::devices::{DevicesView, Step};
use crate::chat::editor::Editor;
use crate::chat::model::Scroll;
use crate::chat::overlay::{
    Act, Confirm, Information, NewChat, NewGroup, Overlay, PathPrompt, SavePrompt, Search,
};
use crate::chat::path;

/// Emoji offered for a reaction, by digit.
pub const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

impl App {
    /// One key for whatever lies on top.
    pub(super) fn overlay_key(&mut self, key: KeyEvent) {
        let Some(overlay) = self.overlay.take() else { return };
        if key.code == KeyCode::Esc {
            return self.escape(overlay);
        }
        // Whoever goes on puts itself back.
        match overlay {
            Overlay::Help(top) => self.help_key(top, &key),
            Overlay::Requests { marked } => self.requests_key(marked, &key),
            Overlay::NewChat(chat) => self.new_chat_key(chat, &key),
            Overlay::NewGroup(group) => self.new_group_key(group, &key),
            Overlay::Information(information) => self.information_key(information, &key),
            Overlay::Search(search) => self.search_key(search, &key),
            Overlay::File(prompt) => self.file_key(prompt, &key),
            Overlay::Save(prompt) => self.save_key(prompt, &key),
            Overlay::React { message, editor } => self.react_key(message, editor, &key),
            Overlay::Confirm(confirm) => self.confirm_key(confirm, &key),
            Overlay::Devices(view) => self.devices_key(view, &key),
            Overlay::Prove(prove) if key.code == KeyCode::Enter => self.prove(prove),
            Overlay::Prove(mut prove) => {
                edit_line(&mut prove.passphrase, &key);
                self.overlay = Some(Overlay::Prove(prove));
            }
            Overlay::Invite(link) => {
                if key.code == KeyCode::Char('c') {
                    self.effect(Effect::Copy(link.clone()));
                    self.say("Copied, if your terminal allows it.");
                }
                self.overlay = Some(Overlay::Invite(link));
            }
        }
    }

    /// One step back: out of a second step first.
    fn escape(&mut self, overlay: Overlay) {
        self.overlay = match overlay {
            Overlay::NewChat(chat) if chat.note.is_some() => {
                Some(Overlay::NewChat(NewChat { note: None, ..chat }))
            }
            Overlay::NewGroup(group) if group.choosing && group.add_to.is_none() => {
                Some(Overlay::NewGroup(NewGroup { choosing: false, ..group }))
            }
            Overlay::Information(information) if information.rename.is_some() => {
                Some(Overlay::Information(Information { rename: None, ..information }))
            }
            Overlay::Devices(view) if !matches!(view.step, Step::List) => {
                Some(Overlay::Devices(DevicesView { step: Step::List, wrong: None, ..view }))
            }
            _ => None,
        };
    }

    fn help_key(&mut self, top: usize, key: &KeyEvent) {
        let top = match key.code {
            KeyCode::Down | KeyCode::Char('j') => top + 1,
            KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => top + 10,
            KeyCode::PageUp => top.saturating_sub(10),
            _ => return,
        };
        self.overlay = Some(Overlay::Help(top));
    }

    fn requests_key(&mut self, marked: usize, key: &KeyEvent) {
        let people = self.model.requests.len();
        let last = self.model.waiting().saturating_sub(1);
        let marked = marked.min(last);
        let person = self.model.requests.get(marked).map(|request| request.from.clone());
        let group = marked
            .checked_sub(people)
            .and_then(|at| self.model.group_requests.get(at))
            .map(|request| request.conversation.clone());
        let marked = match key.code {
            KeyCode::Up | KeyCode::Char('k') => marked.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (marked + 1).min(last),
            KeyCode::Char('a') | KeyCode::Enter => {
                self.answer_request(person, group, true);
                marked
            }
            KeyCode::Char('d') => {
                self.answer_request(person, group, false);
                marked
            }
            KeyCode::Char('b') => {
                if let Some(who) = person {
                    self.call(Purpose::Done("Blocked."), Command::ContactBlock(Who { who }));
                    self.refresh_requests();
                }
                marked
            }
            _ => marked,
        };
        self.overlay = Some(Overlay::Requests { marked });
    }

    fn answer_request(&mut self, person: Option<String>, group: Option<String>, accept: bool) {
        if let Some(who) = person {
            let who = Who { who };
            if accept {
                self.call(
                    Purpose::Done("Accepted: you can write to each other now."),
                    Command::ContactAccept(who),
                );
            } else {
                self.call(Purpose::Done("Declined. They are not told."), Command::ContactDecline(who));
            }
        }
        if let Some(conversation) = group {
            let of = InConversation { conversation };
            if accept {
                self.call(Purpose::Done("Joined."), Command::ConversationAccept(of));
            } else {
                self.call(Purpose::Done("Declined."), Command::ConversationDecline(of));
            }
        }
        self.refresh_requests();
    }

    fn refresh_requests(&mut self) {
        use casemate_api::command::Nothing;
        self.call(Purpose::Requests, Command::ContactRequests(Nothing {}));
        self.call(Purpose::GroupRequests, Command::ConversationRequests(Nothing {}));
    }

    fn new_chat_key(&mut self, mut chat: NewChat, key: &KeyEvent) {
        if let Some(note) = &mut chat.note {
            if key.code == KeyCode::Enter {
                let note = Some(note.text().trim().to_owned()).filter(|note| !note.is_empty());
                let knock = ContactKnock { to: chat.editor.text().trim().to_owned(), note };
                let said = "Asked. When they accept, the chat appears here.";
                return self.call(Purpose::Done(said), Command::ContactKnock(knock));
            }
            edit_line(note, key);
            self.overlay = Some(Overlay::NewChat(chat));
            return;
        }
        let found = self.contacts_like(chat.editor.text());
        match key.code {
            KeyCode::Up => chat.marked = chat.marked.saturating_sub(1),
            KeyCode::Down => chat.marked = (chat.marked + 1).min(found.len().saturating_sub(1)),
            KeyCode::Enter => match found.get(chat.marked) {
                Some(address) => {
                    let create = ConversationCreate { members: vec![address.clone()], name: None };
                    return self.call(Purpose::Opened, Command::ConversationCreate(create));
                }
                None if chat.editor.text().contains(['@', '#']) => chat.note = Some(Editor::default()),
                None => self.complain("Type an address like name@server, or paste an invitation link."),
            },
            _ => {
                edit_line(&mut chat.editor, key);
                chat.marked = 0;
            }
        }
        self.overlay = Some(Overlay::NewChat(chat));
    }

    fn new_group_key(&mut self, mut group: NewGroup, key: &KeyEvent) {
        if !group.choosing {
            if key.code == KeyCode::Enter {
                group.choosing = !group.name.text().trim().is_empty();
            } else {
                edit_line(&mut group.name, key);
            }
            self.overlay = Some(Overlay::NewGroup(group));
            return;
        }
        let found = self.contacts_like("");
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => group.marked = group.marked.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                group.marked = (group.marked + 1).min(found.len().saturating_sub(1));
            }
            KeyCode::Char(' ') => {
                if let Some(address) = found.get(group.marked) {
                    match group.members.iter().position(|member| member == address) {
                        Some(at) => drop(group.members.remove(at)),
                        None => group.members.push(address.clone()),
                    }
                }
            }
            KeyCode::Enter => return self.finish_group(group),
            _ => {}
        }
        self.overlay = Some(Overlay::NewGroup(group));
    }

    fn finish_group(&mut self, group: NewGroup) {
        if group.members.is_empty() {
            self.complain("Choose somebody with the space bar.");
            self.overlay = Some(Overlay::NewGroup(group));
            return;
        }
        match group.add_to {
            Some(conversation) => {
                let members = ConversationAdd { conversation, members: group.members, share: None };
                self.call(Purpose::Done("Added."), Command::ConversationAdd(members));
            }
            None => {
                let name = Some(group.name.text().trim().to_owned());
                let create = ConversationCreate { members: group.members, name };
                self.call(Purpose::Opened, Command::ConversationCreate(create));
            }
        }
    }

    fn information_key(&mut self, mut information: Information, key: &KeyEvent) {
        let conversation = information.conversation.clone();
        if let Some(name) = &mut information.rename {
            if key.code == KeyCode::Enter {
                let set = ConversationSet {
                    conversation,
                    name: Some(name.text().trim().to_owned()),
                    ..ConversationSet::default()
                };
                information.rename = None;
                self.call(Purpose::Done("Renamed."), Command::ConversationSet(set));
            } else {
                edit_line(name, key);
            }
            self.overlay = Some(Overlay::Information(information));
            return;
        }
        let (group, members) = match &information.shown {
            Some(shown) => (shown.kind == "group", shown.members.clone()),
            None => (false, Vec::new()),
        };
        let marked = members.get(information.marked).map(|member| member.address.clone());
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => information.marked = information.marked.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                information.marked = (information.marked + 1).min(members.len().saturating_sub(1));
            }
            KeyCode::Char('a') if group => {
                let add = NewGroup { choosing: true, add_to: Some(conversation), ..NewGroup::default() };
                return self.overlay = Some(Overlay::NewGroup(add));
            }
            KeyCode::Char('n') if group => {
                let name = information.shown.as_ref().map_or("", |shown| &shown.name);
                information.rename = Some(Editor::with(name));
            }
            KeyCode::Char('l') if group => {
                let question = "Leave this group? You keep what was written so far.".to_owned();
                return self.overlay =
                    Some(Overlay::Confirm(Confirm { question, act: Act::Leave(conversation) }));
            }
            KeyCode::Char('x') if group => {
                if let Some(member) = marked.filter(|member| member != self.model.me()) {
                    let name = self.model.name_of(&member);
                    let question =
                        format!("Remove {name} from this group? They can no longer read or write here.");
                    let act = Act::Remove { conversation, member };
                    return self.overlay = Some(Overlay::Confirm(Confirm { question, act }));
                }
            }
            KeyCode::Char('s') => {
                // As for all, on, off, and around.
                let on = match information.shown.as_ref().and_then(|shown| shown.strict) {
                    None => Some(true),
                    Some(true) => Some(false),
                    Some(false) => None,
                };
                // Where it asks for the passphrase, that is on the screen now.
                self.overlay = Some(Overlay::Information(information));
                return self.turn_strict(&conversation, on);
            }
            KeyCode::Char('o') => return self.turn_lock(&conversation),
            KeyCode::Char('v') => {
                let held = information.shown.as_ref().and_then(|shown| shown.held.as_ref());
                let Some(who) = held.and_then(|held| held.who.first().cloned()) else { return };
                self.call(Purpose::Done("Accepted."), Command::ContactLooked(Who { who }));
            }
            KeyCode::Char('b') => {
                if let Some(who) = marked.filter(|member| member != self.model.me()) {
                    let name = self.model.name_of(&who);
                    let question =
                        format!("Block {name}? Nothing of theirs reaches you any more. They are not told.");
                    return self.overlay = Some(Overlay::Confirm(Confirm { question, act: Act::Block(who) }));
                }
            }
            _ => return,
        }
        self.overlay = Some(Overlay::Information(information));
    }

    fn search_key(&mut self, mut search: Search, key: &KeyEvent) {
        let open = self.model.open.as_ref().map(|open| open.conversation.clone());
        match key.code {
            KeyCode::Tab if open.is_some() => {
                search.everywhere = !search.everywhere;
                search.searched = None;
                self.ask_search(&search, open);
            }
            KeyCode::Up => search.marked = search.marked.saturating_sub(1),
            KeyCode::Down => search.marked = (search.marked + 1).min(search.found.len().saturating_sub(1)),
            KeyCode::Enter if search.searched.as_deref() == Some(search.editor.text()) => {
                if let Some(found) = search.found.get(search.marked).cloned() {
                    return self.go_to(&found.conversation, found.message);
                }
            }
            KeyCode::Enter => self.ask_search(&search, open),
            _ => {
                let before = search.editor.text().to_owned();
                edit_line(&mut search.editor, key);
                if search.editor.text() != before {
                    self.ask_search(&search, open);
                }
            }
        }
        self.overlay = Some(Overlay::Search(search));
    }

    /// Searches in all conversations.
    pub fn search_for(&mut self, words: &str) {
        let search = Search { editor: Editor::with(words), ..Search::new(true) };
        self.ask_search(&search, None);
        self.overlay = Some(Overlay::Search(search));
    }

    fn ask_search(&mut self, search: &Search, open: Option<String>) {
        let text = search.editor.text().trim().to_owned();
        if text.is_empty() {
            return;
        }
        let conversation = if search.everywhere { None } else { open };
        let wanted = MessageSearch { text, conversation, limit: Some(50), ..MessageSearch::default() };
        self.call(Purpose::Search(search.editor.text().to_owned()), Command::MessageSearch(wanted));
    }

    /// Opens a conversation at a message.
    fn go_to(&mut self, conversation: &str, message: String) {
        if self.model.open.as_ref().is_none_or(|open| open.conversation != conversation) {
            self.open(conversation);
        }
        if let Some(open) = self.model.open.as_mut().filter(|open| open.conversation == conversation) {
            open.selected = Some(message.clone());
            open.scroll = Scroll::Held { message, line: 0 };
            self.focus = Focus::Messages;
        }
        self.load_until_selected();
    }

    fn file_key(&mut self, mut prompt: PathPrompt, key: &KeyEvent) {
        match key.code {
            KeyCode::Char('d') if ctrl(key) => {
                prompt.as_document = !prompt.as_document;
                prompt.clean = false;
            }
            KeyCode::Char('r') if ctrl(key) => {
                prompt.clean = !prompt.clean;
                prompt.as_document = false;
            }
            KeyCode::Enter => {
                let found = path::find(prompt.editor.text(), home_folder().as_deref());
                match std::fs::metadata(&found) {
                    Ok(metadata) if metadata.is_dir() => complete(&mut prompt),
                    _ => match self.add_file(&found, prompt.as_document, prompt.clean) {
                        Ok(()) => return,
                        Err(why) => prompt.wrong = Some(why),
                    },
                }
            }
            _ => path_key(&mut prompt, key),
        }
        self.overlay = Some(Overlay::File(prompt));
    }

    /// Adds a file to what is being written.
    pub fn add_file(&mut self, path: &Path, as_document: bool, clean: bool) -> Result<(), String> {
        let metadata =
            std::fs::metadata(path).map_err(|error| format!("This file cannot be read: {error}."))?;
        if metadata.is_dir() {
            return Err("This is a folder.".to_owned());
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        self.composer.files.push(File {
            path: path.to_string_lossy().into_owned(),
            name: name.unwrap_or_default(),
            bytes: metadata.len(),
            as_document,
            clean,
        });
        self.focus = Focus::Composer;
        Ok(())
    }

    fn save_key(&mut self, mut prompt: SavePrompt, key: &KeyEvent) {
        if key.code != KeyCode::Enter {
            path_key(&mut prompt.path, key);
            self.overlay = Some(Overlay::Save(prompt));
            return;
        }
        let path = path::expand(prompt.path.editor.text().trim(), home_folder().as_deref());
        if path.exists() {
            prompt.path.wrong = Some("There is a file of this name already; choose another.".to_owned());
            self.overlay = Some(Overlay::Save(prompt));
            return;
        }
        let path = path.to_string_lossy().into_owned();
        let save = AttachmentSave { message: prompt.message, index: prompt.index, path: path.clone() };
        self.call(Purpose::Saved(path), Command::AttachmentSave(save));
        self.say("Saving…");
    }

    fn react_key(&mut self, message: String, mut editor: Editor, key: &KeyEvent) {
        let emoji = match key.code {
            KeyCode::Char(digit @ '1'..='6') => {
                let at = digit.to_digit(10).unwrap_or(1) as usize - 1;
                Some(REACTIONS[at].to_owned())
            }
            KeyCode::Enter => {
                let typed = editor.text().trim().to_owned();
                // Nothing typed takes the reaction back.
                (!typed.is_empty()).then_some(typed)
            }
            _ => {
                edit_line(&mut editor, key);
                self.overlay = Some(Overlay::React { message, editor });
                return;
            }
        };
        self.call(Purpose::Done(""), Command::MessageReact(MessageReact { message, emoji }));
    }

    fn confirm_key(&mut self, confirm: Confirm, key: &KeyEvent) {
        match key.code {
            KeyCode::Char('y' | 'Y') | KeyCode::Enter => self.act(confirm.act),
            KeyCode::Char('n' | 'N') => {}
            _ => self.overlay = Some(Overlay::Confirm(confirm)),
        }
    }

    fn act(&mut self, act: Act) {
        let (done, command) = match act {
            Act::Quit => return self.effect(Effect::Quit),
            Act::DeleteForMe(message) => (
                "Deleted for you.",
                Command::MessageDelete(MessageDelete { message, scope: DeleteScope::Me }),
            ),
            Act::DeleteForEveryone(message) => (
                "Deleted for everyone.",
                Command::MessageDelete(MessageDelete { message, scope: DeleteScope::Everyone }),
            ),
            Act::Leave(conversation) => {
                ("You left.", Command::ConversationLeave(InConversation { conversation }))
            }
            Act::Remove { conversation, member } => {
                ("Removed.", Command::ConversationRemove(Members { conversation, members: vec![member] }))
            }
            Act::Block(who) => ("Blocked.", Command::ContactBlock(Who { who })),
        };
        self.call(Purpose::Done(done), command);
    }

    /// Addresses of contacts whose name or address has these words in it, by name.
    pub fn contacts_like(&self, typed: &str) -> Vec<String> {
        let typed = typed.trim().to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&typed);
        let contacts = self.model.contacts.iter().filter(|contact| contact.is_reachable());
        let mut found: Vec<_> =
            contacts.filter(|contact| fits(&contact.name) || fits(&contact.address)).collect();
        found.sort_by_key(|contact| contact.name.to_lowercase());
        found.into_iter().map(|contact| contact.address.clone()).collect()
    }
}

fn path_key(prompt: &mut PathPrompt, key: &KeyEvent) {
    prompt.wrong = None;
    match key.code {
        KeyCode::Tab => complete(prompt),
        // Ends the folder before: one step up.
        KeyCode::Backspace if alt(key) => {
            prompt.editor.delete_word();
            prompt.choices.clear();
        }
        _ => {
            edit_line(&mut prompt.editor, key);
            prompt.choices.clear();
        }
    }
}

fn complete(prompt: &mut PathPrompt) {
    let completion = path::complete(prompt.editor.text(), home_folder().as_deref());
    prompt.editor.set(&completion.text);
    prompt.choices = completion.choices;
}

/// The person's home folder, for `~`.
pub fn home_folder() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from)
}
