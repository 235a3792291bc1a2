//! The signals that screens read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use casemate_api::Error;
use casemate_api::command::NewPoll;
use casemate_api::view::{
    Account, Contact, ContactRequest, Conversation, ConversationRequest, Message, SentRequest,
};
use leptos::prelude::*;

use super::begun::Draft;
use super::chosen::Chosen;
use super::going::Searching;
use super::list::{Tab, unread};
use super::prefs::Prefs;
use super::readying::Readied;
use super::room::Room;
use super::route::Route;
use super::talk::TalkState;
use super::window::Window;
use crate::locale::Language;
use crate::ui::act::Act;
use crate::ui::dialog::Dialog;
use crate::ui::menu::OpenMenu;
use crate::ui::picked::Picked;

/// Where the whole app stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The engine starts.
    Starting,
    /// There is no account here yet.
    Welcome,
    /// A passphrase or a passkey is needed.
    Locked(crate::engine::Lock),
    /// It cannot go on.
    Failed(Error),
    /// Another tab has it.
    Elsewhere,
    /// As usual.
    Ready,
}

/// What is not as usual with the connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// `connecting` or `offline`.
    pub state: String,
    /// Why.
    pub why: Option<String>,
}

/// How long a line at the bottom is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// Long enough to read it.
    Briefly,
    /// Long enough to come back to it.
    Long,
}

/// Everything that is on the screen. Copied around freely: it is handles.
#[derive(Clone, Copy)]
pub struct Store {
    /// Where the app stands.
    pub phase: RwSignal<Phase>,
    /// Where the person is.
    pub route: RwSignal<Route>,
    /// Their choices for this browser.
    pub prefs: RwSignal<Prefs>,
    /// The language of what is on the screen; the chosen one as soon as its sentences are here.
    pub spoken: RwSignal<Language>,
    /// The name that was typed while the app was loading.
    pub first_name: RwSignal<String>,
    /// An invitation link that was opened and not used yet.
    pub invitation: RwSignal<Option<String>>,
    /// This account.
    pub account: RwSignal<Option<Account>>,
    /// Newest first.
    pub conversations: RwSignal<Vec<Conversation>>,
    /// Which of them the list shows.
    pub tab: RwSignal<Tab>,
    /// It shows those that were put away instead.
    pub archive: RwSignal<bool>,
    /// By address.
    pub contacts: RwSignal<BTreeMap<String, Contact>>,
    /// Who knocks.
    pub requests: RwSignal<Vec<ContactRequest>>,
    /// Whom this account asked, and who has not answered.
    pub sent_requests: RwSignal<Vec<SentRequest>>,
    /// Groups that wait to be accepted.
    pub group_requests: RwSignal<Vec<ConversationRequest>>,
    /// What is wrong with the connection, if anything.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Why what comes cannot be kept here, where there is no room for it.
    pub no_room: RwSignal<Option<String>>,
    /// What room there is, where it is little.
    pub little_room: RwSignal<Option<Room>>,
    /// The open conversation's id; the window belongs to it.
    pub open: RwSignal<Option<String>>,
    /// Its messages, as far as the page holds them.
    pub window: RwSignal<Window>,
    /// Counts changes of its messages that the page does not hold: others may have pinned one.
    pub changed_out_of_sight: RwSignal<u32>,
    /// The locked chat whose person has shown who they are; forgotten when they leave it.
    pub unlocked: RwSignal<Option<String>>,
    /// The first message that was not read when it was opened.
    pub unread_from: RwSignal<Option<String>>,
    /// A message to scroll to, once.
    pub go_to: RwSignal<Option<String>>,
    /// Messages that are being fetched.
    pub paging: RwSignal<bool>,
    /// Begun messages by conversation.
    pub drafts: RwSignal<HashMap<String, Draft>>,
    /// Files of messages that could not be sent, with all that was done to them, by conversation, until its screen takes them up
    /// again.
    pub unsent: RwSignal<HashMap<String, Vec<Picked>>, LocalStorage>,
    /// Messages that were found, with something in them that a list of what attackers use names.
    pub listed: StoredValue<BTreeSet<String>>,
    /// Messages chosen for one act; none: not choosing.
    pub chosen: RwSignal<Option<Chosen>>,
    /// How far files are: bytes and of how many.
    pub transfers: RwSignal<HashMap<(String, u32), (u64, u64)>>,
    /// The voice message that is heard, and how.
    pub sound: super::sound::Sound,
    /// The file of a message that is shown over the whole screen.
    pub viewed: RwSignal<Option<(String, u32)>>,
    /// The camera is open.
    pub camera: RwSignal<bool>,
    /// The panel of stickers is open.
    pub sticker_panel: RwSignal<bool>,
    /// Files that are made ready to be sent.
    pub readied: RwSignal<Vec<Readied>>,
    /// A poll that was begun, and where it is to be asked.
    pub begun_poll: RwSignal<Option<(String, NewPoll)>>,
    /// Emoji are chosen beside what is written.
    pub emoji_panel: RwSignal<bool>,
    /// Grows with each change of own stickers.
    pub stickers_changed: RwSignal<u32>,
    /// Another device came to the account, and the person has not said that they know.
    pub new_device: RwSignal<bool>,
    /// One is being linked from here.
    pub linking_here: StoredValue<bool>,
    /// It is being locked.
    pub locking: StoredValue<bool>,
    /// Nothing is left of the account that was here, which goes on without this device, and why.
    pub erased: RwSignal<Option<super::linking::Erased>>,
    /// A device that is being linked, here or elsewhere.
    pub linking: RwSignal<super::linking::Linking>,
    /// Everything, being written into one file.
    pub exporting: RwSignal<super::exporting::Export>,
    /// How the history's backup stands; none while it is not known.
    pub backup: RwSignal<Option<casemate_api::view::BackupState>>,
    /// A backup that is being written or read.
    pub backing_up: RwSignal<super::backing_up::Backup>,
    /// Of which message a notification tells, by conversation.
    pub told: RwSignal<BTreeMap<String, String>>,
    /// Messages that came just now and are not shown yet; none while it is quiet.
    pub burst: StoredValue<Option<Vec<Message>>>,
    /// Requests are being loaded; true: something changed since.
    pub(super) requesting: StoredValue<Option<bool>>,
    /// Said to screen readers.
    pub announced: RwSignal<String>,
    /// A short line at the bottom, for what was just done or could not be.
    pub toast: RwSignal<Option<(String, Stays)>>,
    /// Calls.
    pub calling: super::calling::Calling,
    /// Polls, groups, lists: see `talk`.
    pub talk: TalkState,
    /// Asks before what was begun over the page is given up, while something is.
    pub giving_up: RwSignal<Option<Act>>,
    /// The chat whose search is to open.
    pub search_in: RwSignal<Option<String>>,
    /// What Back does about the search in the list of chats.
    pub searching: RwSignal<Searching>,
    /// The page about known spyware looks through all messages as it opens: the check-up led there for what is in them.
    pub looks_back: RwSignal<bool>,
    /// The day that it is, as `when` counts them: what is drawn as "Today" becomes "Yesterday" with it.
    pub today: RwSignal<i64>,
    /// The open dialog.
    pub dialog: RwSignal<Option<Dialog>>,
    /// The open menu.
    pub menu: RwSignal<Option<OpenMenu>>,
}

impl Store {
    /// Empty, starting.
    pub fn new(prefs: Prefs) -> Self {
        Self {
            phase: RwSignal::new(Phase::Starting),
            route: RwSignal::new(Route::default()),
            prefs: RwSignal::new(prefs),
            spoken: RwSignal::new(prefs.language),
            first_name: RwSignal::default(),
            invitation: RwSignal::new(None),
            account: RwSignal::new(None),
            conversations: RwSignal::new(Vec::new()),
            tab: RwSignal::new(Tab::All),
            archive: RwSignal::new(false),
            contacts: RwSignal::new(BTreeMap::new()),
            requests: RwSignal::new(Vec::new()),
            sent_requests: RwSignal::new(Vec::new()),
            group_requests: RwSignal::new(Vec::new()),
            trouble: RwSignal::new(None),
            no_room: RwSignal::new(None),
            little_room: RwSignal::new(None),
            open: RwSignal::new(None),
            window: RwSignal::new(Window::default()),
            changed_out_of_sight: RwSignal::new(0),
            unlocked: RwSignal::new(None),
            unread_from: RwSignal::new(None),
            go_to: RwSignal::new(None),
            paging: RwSignal::new(false),
            drafts: RwSignal::new(HashMap::new()),
            unsent: RwSignal::new_local(HashMap::new()),
            listed: StoredValue::new(BTreeSet::new()),
            chosen: RwSignal::new(None),
            today: RwSignal::new(0),
            transfers: RwSignal::new(HashMap::new()),
            sound: super::sound::Sound::default(),
            viewed: RwSignal::new(None),
            erased: RwSignal::new(None),
            camera: RwSignal::new(false),
            sticker_panel: RwSignal::new(false),
            begun_poll: RwSignal::new(None),
            readied: RwSignal::default(),
            emoji_panel: RwSignal::new(false),
            stickers_changed: RwSignal::new(0),
            new_device: RwSignal::new(false),
            linking_here: StoredValue::new(false),
            locking: StoredValue::new(false),
            linking: RwSignal::default(),
            exporting: RwSignal::default(),
            backup: RwSignal::new(None),
            backing_up: RwSignal::default(),
            told: RwSignal::new(BTreeMap::new()),
            burst: StoredValue::new(None),
            requesting: StoredValue::new(None),
            announced: RwSignal::new(String::new()),
            toast: RwSignal::new(None),
            calling: super::calling::Calling::default(),
            talk: TalkState::new(),
            giving_up: RwSignal::new(None),
            search_in: RwSignal::new(None),
            searching: RwSignal::default(),
            looks_back: RwSignal::new(false),
            dialog: RwSignal::new(None),
            menu: RwSignal::new(None),
        }
    }

    /// How somebody is called.
    pub fn name_of(&self, address: &str) -> String {
        let known = self.contacts.with(|contacts| contacts.get(address).map(|contact| contact.name.clone()));
        let name = known.or_else(|| self.own_name(address));
        let name = name.unwrap_or_else(|| crate::text::plain::handle(address).to_owned());
        crate::text::plain::one_line(&name, 60)
    }

    /// What this account is called, where it is its address and it has a name besides.
    fn own_name(&self, address: &str) -> Option<String> {
        self.account.with_untracked(|account| {
            let own = account.as_ref().filter(|account| account.address == address)?;
            Some(own.display_name.clone()).filter(|name| !name.trim().is_empty())
        })
    }

    /// Whether this is the account's own address, which never changes while anything is shown.
    pub fn is_me(&self, address: &str) -> bool {
        self.account
            .with_untracked(|account| account.as_ref().is_some_and(|account| account.address == address))
    }

    /// How somebody is called, "You" for oneself.
    pub fn name_or_you(&self, address: &str) -> String {
        if self.is_me(address) { crate::locale::t("you") } else { self.name_of(address) }
    }

    /// How whoever wrote a message is called, "You" for oneself. What was brought along says names and no addresses; an @ in one
    /// ends nothing.
    pub fn writer_of(&self, message: &Message) -> String {
        match message.imported && !self.is_me(&message.from) {
            true => crate::text::plain::one_line(&message.from, 60),
            false => self.name_or_you(&message.from),
        }
    }

    /// The name of a conversation.
    pub fn title_of(&self, conversation: &Conversation) -> String {
        // As the contact is called now; the chat itself may still have the name it began with.
        let known = |address: &String| self.contacts.with(|all| all.contains_key(address));
        let mut others = conversation.members.iter().map(|one| &one.address).filter(|one| !self.is_me(one));
        if let Some(other) = others.next().filter(|other| conversation.kind == "pair" && known(other)) {
            return self.name_of(other);
        }
        match conversation.kind.as_str() {
            "own" => crate::locale::t("notes-to-self"),
            _ if !conversation.name.trim().is_empty() => crate::text::plain::one_line(&conversation.name, 80),
            _ => {
                let others = conversation.members.iter().map(|member| member.address.as_str());
                let others: Vec<&str> = others.filter(|address| !self.is_me(address)).collect();
                crate::text::crowd::names(&others, |address| self.name_of(address))
            }
        }
    }

    /// Whom one blocked, where the chat is with them alone.
    pub fn blocked_in(&self, conversation: &Conversation) -> Option<String> {
        let mut others = conversation.members.iter().filter(|member| !self.is_me(&member.address));
        let other = others.next().filter(|_| conversation.kind == "pair")?;
        let blocked =
            self.contacts.with(|all| all.get(&other.address).is_some_and(|contact| contact.blocked));
        blocked.then(|| other.address.clone())
    }

    /// The chat with somebody alone, where there is one.
    pub fn pair_with(&self, address: &str) -> Option<String> {
        let with = |chat: &&Conversation| {
            chat.kind == "pair" && chat.members.iter().any(|member| member.address == address)
        };
        self.conversations.with(|all| all.iter().find(with).map(|chat| chat.conversation.clone()))
    }

    /// A conversation by its id.
    pub fn conversation(&self, id: &str) -> Option<Conversation> {
        self.conversations.with(|all| all.iter().find(|one| one.conversation == id).cloned())
    }

    /// Whether the texts of a chat are kept out of lists.
    pub fn hides_texts(&self, id: &str) -> bool {
        self.prefs.with(|prefs| !prefs.list_texts) || self.is_locked_besides(id)
    }

    /// Whether the person has its messages before them: it is on the screen, and was opened if it is locked besides. The one
    /// that was open before Settings, say, is not.
    pub fn shows_texts(&self, id: &str) -> bool {
        self.route.with(|route| route.conversation() == Some(id))
            && (!self.is_locked_besides(id) || self.unlocked.with(|unlocked| unlocked.as_deref() == Some(id)))
    }

    fn is_locked_besides(&self, id: &str) -> bool {
        self.conversations.with(|all| all.iter().any(|one| one.conversation == id && one.locked))
    }

    /// What waits to be read, in all chats: see `list`.
    pub fn unread(&self) -> u64 {
        self.conversations.with(|all| unread(all, &crate::ui::browser::now()))
    }
}

/// The store of this page.
pub fn use_store() -> Store {
    expect_context()
}
