//! The terminal client without a terminal: keys and news go in, requests come out, and [`super::draw`] shows what
//! is here. It never waits and does no I/O but looking at folder names for Tab.

mod answers;
mod calls;
mod commands;

use std::time::Instant;

use casemate_api::command::{ConversationList, InConversation, MessageList, Nothing, OneMessage};
use casemate_api::view::Presence;
use casemate_api::{Command, Event};

use super::backup_due;
use super::compose::{Begun, Composer};
use super::draw::Bodies;
use super::locked::Then;
use super::model::{Connection, KEPT, Model, Open, PAGE};
use super::overlay::Overlay;
use super::plain::devices::{DELETED, REPLACED, SIGNED_OUT, SIGNED_OUT_UNTOLD, WIPED};
use super::text::harmless_line;
use super::welcome::{Unlock, Welcome};

/// Questions at once; what is typed meanwhile waits unread. A paste without brackets is a message per line: more at once
/// cost memory for each, fewer slow a person down whose lines are fast.
const AT_ONCE: usize = 32;

/// Everything on the screen.
pub struct App {
    pub screen: Screen,
    pub model: Model,
    pub focus: Focus,
    pub overlay: Option<Overlay>,
    pub composer: Composer,
    /// Which conversation of the list is marked.
    pub marked: usize,
    /// One line that stays until the next key: what went wrong, what was done.
    pub notice: Option<Notice>,
    /// What was drawn last, so that keys can move by what the eye sees.
    pub seen: Seen,
    /// A link to knock with once there is an account.
    link: Option<String>,
    effects: Vec<Effect>,
    /// What is asked for and answered soon, as [`Purpose::is_soon`] says.
    asked: usize,
    list: Fetch,
    page: Fetch,
    older: bool,
    calls: calls::CallsNow,
    /// When the key was pressed that is looked at.
    pub typed_at: Instant,
}

/// The large states.
pub enum Screen {
    /// Until the first answer.
    Starting,
    /// No account yet.
    Welcome(Welcome),
    /// A passphrase is needed.
    Unlock(Unlock),
    /// Conversations.
    Main,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    List,
    Messages,
    Composer,
}

/// A line for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub bad: bool,
}

/// Sizes of what was drawn last.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Cells of the composer's text.
    pub composer_width: usize,
    /// Lines of the message pane.
    pub page: usize,
    /// First line of each message among all lines, in order, and the number of lines.
    pub starts: Vec<(String, usize)>,
    pub lines: usize,
    /// The line at the top.
    pub top: usize,
    /// One pane at a time.
    pub narrow: bool,
    /// Texts as lines.
    pub bodies: Bodies,
}

/// What the runner is to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Ask, and bring the answer with its purpose.
    Call(Purpose, Command),
    /// Draw everything anew.
    Redraw,
    /// Put this on the person's clipboard, if the terminal does that.
    Copy(String),
    /// End.
    Quit,
}

/// What an answer is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    Account,
    Create,
    Unlock,
    List,
    Contacts,
    Requests,
    GroupRequests,
    /// The newest messages, so many.
    Page {
        conversation: String,
        asked: u32,
    },
    /// Messages before the ones that are here.
    Older {
        conversation: String,
        asked: u32,
    },
    /// A message was written, or changed; it comes back into the composer if it cannot be taken.
    Send {
        conversation: String,
        begun: Begun,
    },
    /// A draft is kept.
    Drafted,
    /// The server is reached, or cannot be.
    Reached,
    /// A conversation to show.
    Opened,
    Information(String),
    Search(String),
    Saved(String),
    Invite,
    Devices,
    /// What a code asks for.
    Inspected(String),
    Approved,
    DeviceGone,
    /// The code of this device, which has no account.
    Code,
    /// The words of the recovery kit.
    Kit,
    /// Who is in the call.
    Calls,
    /// The backup on the server, which comes and goes by itself.
    BackedUp,
    /// The passphrase that a locked chat asks for.
    Proved,
    /// Nothing to show but an error, and what to say when done.
    Done(&'static str),
    /// The same.
    Said(String),
}

impl Purpose {
    /// Whether its answer is a matter of moments, and of no file's size.
    pub(super) fn is_soon(&self) -> bool {
        match self {
            Self::Send { begun, .. } => !begun.has_files(),
            Self::Saved(_) | Self::BackedUp => false,
            _ => true,
        }
    }
}

/// At most one question of a kind is under way; what changes meanwhile is asked for once more after it.
#[derive(Debug, Default)]
struct Fetch {
    busy: bool,
    again: bool,
}

impl Fetch {
    /// May it be asked now?
    fn start(&mut self) -> bool {
        if self.busy {
            self.again = true;
            return false;
        }
        self.busy = true;
        true
    }

    /// Answered: must it be asked again?
    fn done(&mut self) -> bool {
        self.busy = false;
        std::mem::take(&mut self.again)
    }
}

impl App {
    /// Begins by asking who it is.
    pub fn new(link: Option<String>) -> Self {
        let mut app = Self {
            screen: Screen::Starting,
            model: Model::default(),
            focus: Focus::List,
            overlay: None,
            composer: Composer::default(),
            marked: 0,
            notice: None,
            seen: Seen::default(),
            link,
            effects: Vec::new(),
            asked: 0,
            list: Fetch::default(),
            page: Fetch::default(),
            older: false,
            calls: calls::CallsNow::default(),
            typed_at: Instant::now(),
        };
        app.call(Purpose::Account, Command::AccountShow(Nothing {}));
        app
    }

    /// What is to be done since the last time.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Asks for something.
    pub fn call(&mut self, purpose: Purpose, command: Command) {
        self.asked += usize::from(purpose.is_soon());
        self.effects.push(Effect::Call(purpose, command));
    }

    /// Whether what is typed is looked at; else it waits for answers.
    pub fn takes_input(&self) -> bool {
        self.asked < AT_ONCE
    }

    /// Another effect.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Says something until the next key.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: false });
    }

    /// Says what went wrong.
    pub fn complain(&mut self, text: &str) {
        self.notice = Some(Notice { text: harmless_line(text), bad: true });
    }

    /// Something happened by itself.
    pub fn event(&mut self, event: Event) {
        let open = self.model.open.as_ref().map(|open| open.conversation.clone());
        let is_open = |conversation: &str| open.as_deref() == Some(conversation);
        match event {
            Event::MessageReceived { message } => {
                self.refresh_list();
                if is_open(&message.conversation) {
                    self.refresh_page();
                }
            }
            Event::MessageChanged { message, conversation } => {
                self.model.transfers.retain(|(of, _), _| *of != message);
                self.refresh_list();
                if is_open(&conversation) {
                    self.refresh_page();
                }
            }
            Event::MessageState { message, conversation, state, why } => {
                if is_open(&conversation) && self.model.message(&message).is_none() {
                    self.refresh_page();
                }
                if let Some(open) = &mut self.model.open
                    && let Some(at) = open.index(&message)
                {
                    open.messages[at].state = state;
                    open.messages[at].why = why;
                }
                self.refresh_list();
            }
            Event::TransferProgress { message, index, bytes, of } => {
                let key = (message, index);
                if bytes >= of {
                    self.model.transfers.remove(&key);
                } else {
                    self.model.transfers.insert(key, (bytes, of));
                }
            }
            Event::Connection { state, why } => {
                self.model.connection = match state.as_str() {
                    "online" => Connection::Online,
                    "connecting" => Connection::Connecting,
                    _ => Connection::Offline(why.unwrap_or_default()),
                };
            }
            Event::ContactRequested { .. } => {
                self.call(Purpose::Requests, Command::ContactRequests(Nothing {}))
            }
            Event::ContactChanged { .. } => {
                self.call(Purpose::Contacts, Command::ContactList(Nothing {}));
                self.call(Purpose::Requests, Command::ContactRequests(Nothing {}));
                self.refresh_list();
            }
            Event::ConversationChanged { conversation } => {
                self.refresh_list();
                self.call(Purpose::GroupRequests, Command::ConversationRequests(Nothing {}));
                if is_open(&conversation) {
                    self.refresh_page();
                }
                if let Some(Overlay::Information(information)) = &self.overlay
                    && information.conversation == conversation
                {
                    let command =
                        Command::ConversationShow(InConversation { conversation: conversation.clone() });
                    self.call(Purpose::Information(conversation), command);
                }
            }
            Event::LogDoubtful { why, .. } | Event::ClockApart { why, .. } => self.complain(&why),
            Event::AccountRestored { why, .. } => self.complain(&format!(
                "Your old recovery words open nothing any more: write down the new ones, under Devices. {why}"
            )),
            Event::SafetyChanged { who } => {
                let name = self.model.name_of(&who);
                self.complain(&format!(
                    "{name}'s safety number changed: perhaps a new phone. Check it before you send something sensitive."
                ));
            }
            Event::Typing { conversation, who, on } => {
                if let Some(chat) = self.model.conversation_mut(&conversation) {
                    chat.typing.retain(|other| *other != who);
                    if on {
                        chat.typing.push(who);
                    }
                }
            }
            Event::Presence { conversation, online, last_seen, .. } => {
                if let Some(chat) = self.model.conversation_mut(&conversation) {
                    chat.presence = Some(Presence { online, last_seen });
                }
            }
            Event::CallRinging { call, conversation, from, video } => {
                self.call_rings(call, conversation, from, video);
            }
            Event::CallChanged { call, conversation, state, why, .. } => {
                self.call_changed(&call, &conversation, &state, why.as_deref());
            }
            Event::CallSound { call, microphone, loudspeaker, muted } => {
                self.call_sounds(&call, &microphone, &loudspeaker, muted);
            }
            Event::CallSigned { call, address, device, hand, .. } => {
                self.call_signed(&call, &address, &device, hand);
            }
            Event::Storage { why: Some(why), .. } => self.complain(&why),
            Event::IndicatorMatched { found } => self.complain(&format!(
                "{} is on the list \"{}\" of what attackers use. Do not open it.",
                found.indicator, found.source
            )),
            // Once a day, where this device keeps one; the engine says so again where it fails.
            Event::BackupDue { restore } => self.call(Purpose::BackedUp, backup_due(restore)),
            // Nothing here is chosen by settings.
            Event::SettingsChanged {}
            | Event::AccountChanged {}
            | Event::IndicatorsChanged {}
            | Event::MessageReacted { .. }
            | Event::ExportProgress { .. }
            | Event::BackupProgress { .. }
            | Event::BackupChanged {}
            | Event::Storage { why: None, .. }
            | Event::HistoryShared { .. } => {}
            Event::AccountReplaced {} => self.complain(REPLACED),
            Event::AccountDeleted {} => self.begin_anew(DELETED),
            Event::DeviceChanged { .. } | Event::DeviceLinked { .. } => {
                self.call(Purpose::Account, Command::AccountShow(Nothing {}));
                self.refresh_devices();
            }
            Event::DeviceLinkFailed { why } => self.link_failed(&why),
            Event::DeviceWiped {} => self.begin_anew(WIPED),
            Event::DeviceSignedOut { told: true } => self.begin_anew(SIGNED_OUT),
            Event::DeviceSignedOut { told: false } => self.begin_anew(SIGNED_OUT_UNTOLD),
            Event::HistoryProgress { done, of, finished, .. } => self.say(match finished {
                true => format!("Earlier messages are through: {done}."),
                false => format!("Earlier messages: {done} of {of}."),
            }),
        }
    }

    /// Nothing of the account is here any more.
    fn begin_anew(&mut self, why: &str) {
        let effects = std::mem::take(&mut self.effects);
        let (asked, anew) = (self.asked, Self::new(None));
        *self = Self { effects, asked, ..anew };
        let mut welcome = Welcome::new(None);
        welcome.wrong = Some(why.to_owned());
        self.screen = Screen::Welcome(welcome);
    }

    /// Shows a conversation; a locked one after the passphrase.
    pub fn open(&mut self, conversation: &str) {
        let is_open = self.model.open.as_ref().is_some_and(|open| open.conversation == conversation);
        if self.model.is_locked(conversation) && !is_open {
            return self.ask_for_passphrase(conversation, Then::Show);
        }
        self.show(conversation);
    }

    /// Shows a conversation and asks for its messages.
    pub fn show(&mut self, conversation: &str) {
        self.keep_draft();
        let before = self.model.open.as_ref().map(|open| open.conversation.clone());
        let chat = self.model.conversations.iter().find(|chat| chat.conversation == conversation);
        self.composer.knows(conversation, chat.and_then(|chat| chat.draft.as_ref()));
        self.composer.change_conversation(before.as_deref(), conversation);
        let known = self.model.conversations.iter().position(|known| known.conversation == conversation);
        let unread = known.map_or(0, |at| self.model.conversations[at].unread);
        if let Some(at) = known {
            self.marked = at;
        }
        self.model.open = Some(Open::new(conversation, unread));
        self.focus = Focus::Composer;
        // An answer for the one before is dropped by its name.
        self.page = Fetch::default();
        self.older = false;
        self.refresh_page();
    }

    /// Asks for older messages, when there may be any.
    pub fn load_older(&mut self) {
        let Some(open) = &self.model.open else { return };
        let Some(first) = open.messages.first() else { return };
        if open.whole || self.older {
            return;
        }
        let list = MessageList {
            conversation: open.conversation.clone(),
            before: Some(first.message.clone()),
            limit: Some(PAGE),
            ..MessageList::default()
        };
        let purpose = Purpose::Older { conversation: open.conversation.clone(), asked: PAGE };
        self.older = true;
        self.call(purpose, Command::MessageList(list));
    }

    /// Asks for older messages until the selected one is there.
    pub fn load_until_selected(&mut self) {
        let Some(open) = &self.model.open else { return };
        let missing = open.selected.as_ref().is_some_and(|selected| open.index(selected).is_none());
        if missing && !open.messages.is_empty() {
            self.load_older();
        }
    }

    /// Reports the newest message as read, when it is on the screen.
    pub fn mark_read(&mut self) {
        let me = self.model.me().to_owned();
        let Some(open) = &mut self.model.open else { return };
        if open.scroll != super::model::Scroll::Newest {
            return;
        }
        let newest = open.messages.iter().rev().find(|message| message.from != me);
        let Some(newest) = newest.map(|message| message.message.clone()) else { return };
        if open.read.as_ref() == Some(&newest) {
            return;
        }
        open.read = Some(newest.clone());
        self.call(Purpose::Done(""), Command::MessageRead(OneMessage { message: newest }));
        self.refresh_list();
    }

    fn refresh_list(&mut self) {
        if self.list.start() {
            self.composer.is_listed = !self.composer.is_unsettled();
            self.call(Purpose::List, Command::ConversationList(ConversationList::default()));
        }
    }

    fn refresh_page(&mut self) {
        let Some(open) = &self.model.open else { return };
        let asked = u32::try_from(open.messages.len().min(KEPT)).unwrap_or(PAGE).max(PAGE);
        let conversation = open.conversation.clone();
        if self.page.start() {
            let list = MessageList {
                conversation: conversation.clone(),
                limit: Some(asked),
                ..MessageList::default()
            };
            self.call(Purpose::Page { conversation, asked }, Command::MessageList(list));
        }
    }
}
