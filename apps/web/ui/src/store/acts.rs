//! What a person does, and fetching what the screens need.

use casemate_api::command::{
    AccountCreate, AccountSet, ConversationCreate, ConversationList, ConversationMark, ConversationSet,
    DeleteScope, InConversation, InviteCreate, MessageDelete, MessageEdit, MessageList, MessageMark,
    MessageReact, MessageSend, NewAttachment, Nothing, OneAttachment, OneMessage,
};
use casemate_api::{Command, Error, view};
use futures_util::future::join;
use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::begun::Draft;
use super::list::{add, newest_first, place};
use super::screening::going_along;
use super::state::{Phase, Stays, Store};
use super::window::{PAGE, Window};
use crate::engine::ask;
use crate::locale::{spoken, t, ta, when};
use crate::ui::browser::{self, AsksToLeave};
use crate::ui::player;

/// Chats that are fetched first: more than a screen shows, in a time that does not grow with how many there are.
const FIRST: u32 = 20;

/// And of the others, at once; a few are fetched twice, since one that is deleted meanwhile moves the rest.
const PIECE: u32 = 50;
const TWICE: u32 = 5;

/// So many of those wait to be drawn together.
const SHOWN_AT_ONCE: usize = 250;

/// Half a screenful on each side of a message that is jumped to.
const AROUND: u32 = 40;

impl Store {
    /// Everything the list of chats needs.
    pub async fn load(self) {
        self.load_account().await;
        let first = ConversationList { limit: Some(FIRST), skip: None };
        match ask::<view::Conversations>(Command::ConversationList(first)).await {
            Ok(newest) => self.conversations.set(newest_first(newest.conversations)),
            Err(error) => return self.phase.set(Phase::Failed(error)),
        }
        self.phase.set(Phase::Ready);
        self.load_contacts().await;
        if let Err(error) = self.load_older_conversations().await {
            self.fails(&error);
        }
        self.load_requests().await;
        self.load_group_requests().await;
        self.load_joins().await;
        self.load_calls().await;
        if self.invitation.with_untracked(Option::is_some) {
            self.offer_knock();
        }
        self.load_backup().await;
    }

    /// The account as the engine has it now.
    pub async fn load_account(self) {
        if let Ok(account) = ask::<view::Account>(Command::AccountShow(Nothing {})).await {
            self.look_at_devices(&account);
            // Asked for at each try to connect, and mostly the same: what reads it is not to be drawn anew for that.
            if self.account.with_untracked(|known| known.as_ref() != Some(&account)) {
                self.account.set(Some(account));
            }
        }
    }

    /// All of them anew.
    pub(super) async fn load_conversations(self) -> Result<(), Error> {
        let all: view::Conversations = ask(Command::ConversationList(ConversationList::default())).await?;
        let mut all = newest_first(all.conversations);
        self.conversations.update(|known| {
            for chat in &mut all {
                let same = known.iter_mut().find(|one| one.conversation == chat.conversation);
                let Some(same) = same else { continue };
                // The list has what lists show; what was asked for of one of them stays.
                if chat.information.is_none() {
                    chat.information = same.information.take();
                }
                // Another draft is told of one chat at a time, and what was begun here follows it.
                chat.draft = same.draft.take();
            }
            *known = all;
        });
        Ok(())
    }

    /// Those that are not there yet, in pieces, so that what the person does meanwhile does not wait for all of them.
    /// The list is drawn anew with every few of them.
    async fn load_older_conversations(self) -> Result<(), Error> {
        let mut skip = FIRST - TWICE;
        let mut more = Vec::new();
        loop {
            let wanted = ConversationList { limit: Some(PIECE), skip: Some(skip) };
            let piece: view::Conversations = ask(Command::ConversationList(wanted)).await?;
            let is_last = piece.conversations.len() <= TWICE as usize;
            more.extend(piece.conversations);
            skip += PIECE - TWICE;
            if is_last || more.len() >= SHOWN_AT_ONCE {
                self.conversations.update(|all| add(all, std::mem::take(&mut more)));
            }
            if is_last {
                return Ok(());
            }
        }
    }

    pub(super) async fn load_contacts(self) {
        if let Ok(all) = ask::<view::Contacts>(Command::ContactList(Nothing {})).await {
            let by_address = all.contacts.into_iter().map(|one| (one.address.clone(), one)).collect();
            self.contacts.set(by_address);
        }
    }

    /// Fetches one chat again.
    pub async fn refresh_conversation(self, conversation: &str) {
        let wanted = InConversation { conversation: conversation.to_owned() };
        match ask::<view::Conversations>(Command::ConversationShow(wanted)).await {
            Ok(found) => {
                let before = untrack(|| self.conversation(conversation)).and_then(|chat| chat.draft);
                self.conversations.update(|all| {
                    for one in found.conversations {
                        place(all, one);
                    }
                });
                self.follow_draft(conversation, before).await;
            }
            Err(error) if error.kind == casemate_api::Kind::NotFound => self.conversations.update(|all| {
                all.retain(|one| one.conversation != conversation);
            }),
            Err(_) => {}
        }
    }

    /// Fetches one message again.
    pub async fn refresh_message(self, conversation: &str, id: &str) {
        if !self.is_open(conversation) {
            return self.refresh_conversation(conversation).await;
        }
        let (before, after) = self.window.with_untracked(|window| {
            let (before, after) = window.neighbours(id);
            (before.map(str::to_owned), after.map(str::to_owned))
        });
        if self.window.with_untracked(|window| window.find(id).is_none()) {
            return self.changed_out_of_sight.update(|count| *count += 1);
        }
        let limit = if before.is_some() || after.is_some() { 1 } else { PAGE };
        let list = MessageList {
            before: if before.is_none() { after } else { None },
            after: before,
            limit: Some(limit),
            ..in_conversation(conversation)
        };
        let page = match ask::<view::Messages>(Command::MessageList(list)).await {
            Ok(page) => page,
            // Its neighbour went at the same time: it is asked for by itself.
            Err(error) if error.kind == casemate_api::Kind::NotFound => {
                let messages = match self.message_now(conversation, id).await {
                    Ok(message) => message.into_iter().collect(),
                    Err(_) => return,
                };
                view::Messages { messages }
            }
            Err(_) => return,
        };
        match page.messages.into_iter().find(|message| message.message == id) {
            Some(message) => {
                self.patch_last(conversation, id, |last| *last = message.clone());
                self.window.update(|window| window.changed(message));
            }
            // Gone, or its neighbours are others: what was written at the same time elsewhere came before it.
            None => {
                let newest = self.page(conversation, None, None, PAGE).await;
                let moved = newest.iter().any(|message| message.message == id);
                if moved && self.is_open(conversation) {
                    self.window.set(Window::newest(newest));
                } else {
                    self.window.update(|window| window.removed(id));
                }
                self.refresh_conversation(conversation).await;
            }
        }
    }

    /// Shows a conversation, at its newest message, its first unread one, or the one asked for.
    pub async fn open_conversation(self, conversation: String, message: Option<String>) {
        let same = self.is_open(&conversation);
        let held = |id: &String| self.window.with_untracked(|window| window.find(id).is_some());
        if same {
            self.no_longer_marked_unread(&conversation);
        }
        if same && message.as_ref().is_none_or(held) {
            if message.is_some() {
                self.go_to.set(message);
            }
            return;
        }
        if !same {
            self.window.set(Window::default());
            self.unread_from.set(None);
            self.chosen.set(None);
            self.open.set(Some(conversation.clone()));
        }
        let window = match &message {
            Some(message) => self.fetch_around(&conversation, message).await,
            None => self.fetch_newest(&conversation).await,
        };
        if self.is_open(&conversation) {
            self.window.set(window);
            self.go_to.set(message);
            if !same {
                self.no_longer_marked_unread(&conversation);
            }
        }
        self.refresh_conversation(&conversation).await;
        self.take_up_draft(&conversation).await;
    }

    /// The newest messages, or those around the first unread one.
    async fn fetch_newest(self, conversation: &str) -> Window {
        let unread = untrack(|| self.conversation(conversation)).is_some_and(|chat| chat.unread > 0);
        let wanted = MessageList { limit: Some(AROUND), ..in_conversation(conversation) };
        let (before, after) = match unread {
            true => {
                // Both at once: the engine may have much to do between two questions.
                let before = self.listed(MessageList { read: true, ..wanted.clone() });
                join(before, self.listed(MessageList { unread, ..wanted })).await
            }
            false => (self.listed(wanted).await, Vec::new()),
        };
        let first = after.iter().find(|message| message.state == "received");
        self.unread_from.set(first.map(|message| message.message.clone()));
        Window::around(before, after, AROUND)
    }

    async fn fetch_around(self, conversation: &str, message: &str) -> Window {
        let before = self.page(conversation, Some(message), None, AROUND).await;
        match before.last() {
            Some(last) => {
                let after = self.page(conversation, None, Some(&last.message.clone()), AROUND).await;
                Window::around(before, after, AROUND)
            }
            // The very first message has nothing before it, and the page after it begins behind it: it is what stands
            // before that page.
            None => {
                let after = self.page(conversation, None, Some(message), AROUND).await;
                let edge = after.first().map(|second| second.message.clone());
                let before = self.page(conversation, edge.as_deref(), None, AROUND).await;
                Window::around(before, after, AROUND)
            }
        }
    }

    pub(super) async fn page(
        self,
        conversation: &str,
        before: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Vec<view::Message> {
        let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
        self.listed(MessageList { before, after, limit: Some(limit), ..in_conversation(conversation) }).await
    }

    pub(super) async fn listed(self, list: MessageList) -> Vec<view::Message> {
        match ask::<view::Messages>(Command::MessageList(list)).await {
            Ok(page) => page.messages,
            Err(error) => {
                self.fails(&error);
                Vec::new()
            }
        }
    }

    /// Older or newer messages than those held.
    pub fn more(self, older: bool) {
        let Some(conversation) = self.open.get_untracked() else { return };
        let edge = self.window.with_untracked(|window| {
            let ended = if older { window.at_start } else { window.at_end };
            let row = if older { window.rows.first() } else { window.rows.last() };
            row.filter(|_| !ended).map(|row| row.message.message.clone())
        });
        let Some(edge) = edge.filter(|_| !self.paging.get_untracked()) else { return };
        self.paging.set(true);
        spawn_local(async move {
            let (before, after) = if older { (Some(&*edge), None) } else { (None, Some(&*edge)) };
            let messages = self.page(&conversation, before, after, PAGE).await;
            // Not where another part of the chat is shown by now.
            let same = self.window.with_untracked(|window| {
                let row = if older { window.rows.first() } else { window.rows.last() };
                row.is_some_and(|row| row.message.message == edge)
            });
            if same && self.is_open(&conversation) {
                self.window
                    .update(|window| if older { window.older(messages) } else { window.newer(messages) });
            }
            self.paging.set(false);
        });
    }

    /// Back to the newest message.
    pub fn to_end(self) {
        let Some(conversation) = self.open.get_untracked() else { return };
        if self.window.with_untracked(|window| window.at_end) {
            return;
        }
        spawn_local(async move {
            let messages = self.page(&conversation, None, None, PAGE).await;
            if self.is_open(&conversation) {
                self.window.set(Window::newest(messages));
            }
        });
    }

    /// All that is shown counts as read.
    pub fn read(self) {
        let Some(conversation) = self.open.get_untracked() else { return };
        let last = self.window.with_untracked(|window| {
            let theirs = window.rows.iter().rev().find(|row| row.message.state == "received");
            theirs.filter(|_| window.at_end).map(|row| row.message.message.clone())
        });
        let unread = untrack(|| self.conversation(&conversation)).is_some_and(|chat| chat.unread > 0);
        let Some(message) = last.filter(|_| unread) else { return };
        self.conversations.update(|all| {
            if let Some(chat) = all.iter_mut().find(|one| one.conversation == conversation) {
                chat.unread = 0;
            }
        });
        // Reading what is shown once would be opening it.
        let once =
            self.window.with_untracked(|window| window.find(&message).is_some_and(|one| one.view_once));
        if once {
            let mark = ConversationMark { conversation, unread: Some(false), ..ConversationMark::default() };
            return self.quietly(Command::ConversationMark(mark));
        }
        self.quietly(Command::MessageRead(OneMessage { message }));
    }

    /// All up to a message that was in sight counts as read, though there is more below. Says whether anything was unread there.
    pub fn read_up_to(self, conversation: &str, seen: &str) -> bool {
        if self.open.with_untracked(|open| open.as_deref() != Some(conversation)) {
            return false;
        }
        // Their rows look the same read and unread: nothing is drawn anew.
        let read = self.window.try_update_untracked(|window| {
            let at = window.rows.iter().position(|row| row.message.message == seen);
            let (mut count, mut last) = (0, None);
            for row in at.and_then(|at| window.rows.get_mut(..=at)).into_iter().flatten() {
                if row.message.state != "received" {
                    continue;
                }
                count += u64::from(row.counts_as_unread());
                row.message.state = "read".to_owned();
                // Reading what is shown once would be opening it; what comes after it takes it along.
                if !row.message.view_once {
                    last = Some(row.message.message.clone());
                }
            }
            (count, last)
        });
        let Some((count, Some(message))) = read else { return false };
        if count == 0 {
            return false;
        }
        self.conversations.update(|all| {
            if let Some(chat) = all.iter_mut().find(|one| one.conversation == conversation) {
                chat.unread = chat.unread.saturating_sub(count);
            }
        });
        self.quietly(Command::MessageRead(OneMessage { message }));
        true
    }

    /// Makes the account. `name` is what stands before the @, `shown` what its person is called.
    pub async fn create_account(
        self,
        name: String,
        shown: String,
        invite: Option<String>,
        server: Option<String>,
    ) -> Result<(), Error> {
        let named = (shown != name).then_some(shown);
        let create = AccountCreate { server, name, invite, passphrase: None };
        ask::<view::AccountCreated>(Command::AccountCreate(create)).await?;
        self.invitation.set(None);
        if let Some(named) = named {
            let set = AccountSet { display_name: Some(named), about: None, picture: None, knocks: None };
            // The account is there all the same; the name can be given in its profile.
            if let Err(error) = ask::<Value>(Command::AccountSet(set)).await {
                self.fails(&error);
            }
        }
        browser::replace_address("/#/chats");
        self.load().await;
        self.name_this_device();
        Ok(())
    }

    /// Sends what is written: now, or `at` a time (RFC 3339).
    pub fn send(self, conversation: String, draft: Draft, at: Option<String>) {
        spawn_local(async move {
            self.send_with(conversation, draft, Vec::new(), at).await;
        });
    }

    /// Sends what is written, and files. Whether the engine took it: where it did not, the text stands in the composer
    /// again, and why is said.
    pub async fn send_with(
        self,
        conversation: String,
        draft: Draft,
        attachments: Vec<NewAttachment>,
        at: Option<String>,
    ) -> bool {
        let done = match &draft.editing {
            Some(editing) => {
                let edit = MessageEdit { message: editing.message.clone(), text: draft.text.clone() };
                let done = ask::<Value>(Command::MessageEdit(edit)).await.map(|_| ());
                // The engine keeps nothing that was begun of it any more.
                self.refresh_conversation(&conversation).await;
                done
            }
            None => self.sends(self.as_message(&conversation, &draft, attachments, at)).await,
        };
        if let Err(error) = &done {
            self.give_back(conversation, draft).await;
            self.fails(error);
        }
        done.is_ok()
    }

    fn as_message(
        self,
        conversation: &str,
        draft: &Draft,
        attachments: Vec<NewAttachment>,
        at: Option<String>,
    ) -> MessageSend {
        MessageSend {
            conversation: conversation.to_owned(),
            text: Some(draft.text.clone()).filter(|text| !text.is_empty()),
            reply_to: draft.reply_to.as_ref().map(|message| message.message.clone()),
            mentions: self.mentioned(conversation, &draft.text),
            view_once: draft.once && !attachments.is_empty(),
            preview: draft.preview.clone().filter(|_| attachments.is_empty()).map(going_along),
            attachments,
            at,
            ..MessageSend::default()
        }
    }

    /// Sends a voice message: now, or `at` a time (RFC 3339).
    pub async fn send_voice(
        self,
        conversation: String,
        voice: NewAttachment,
        at: Option<String>,
    ) -> Result<(), Error> {
        let reply_to = self.answered_in(&conversation);
        let attachments = vec![voice];
        self.sends(MessageSend { conversation, reply_to, attachments, at, ..MessageSend::default() }).await
    }

    async fn sends(self, send: MessageSend) -> Result<(), Error> {
        let (conversation, at) = (send.conversation.clone(), send.at.clone());
        // Until the engine has them, files are this page's alone.
        let _asks = (!send.attachments.is_empty()).then(AsksToLeave::new);
        self.gives(send).await?;
        match at.filter(|at| Date::parse(at) > Date::now()) {
            Some(at) => self.say(ta("later-done", &[("time", when::full(&at).into())])),
            // While files were made ready its time may have come.
            None => self.show_sent(&conversation).await,
        }
        Ok(())
    }

    /// What came into the open conversation behind a held message without a word: lines about changes of it.
    pub(super) async fn catch_up(self, conversation: &str, last: Option<String>) {
        if self.is_open(conversation) && self.window.with_untracked(|window| window.at_end) {
            self.append_after(conversation, last.as_deref()).await;
        }
    }

    /// Puts what came after a held message behind it; after none, the newest.
    async fn append_after(self, conversation: &str, last: Option<&str>) {
        let new = self.page(conversation, None, last, PAGE).await;
        if self.is_open(conversation) {
            self.window.update(|window| match last {
                Some(last) => window.follows(last, new),
                None => new.into_iter().for_each(|message| window.arrived(message)),
            });
        }
    }

    /// Draws the newest page anew, where the conversation is open: paging up then leads through what came before it.
    pub(super) async fn show_newest(self, conversation: &str) {
        if self.is_open(conversation) {
            let messages = self.page(conversation, None, None, PAGE).await;
            if self.is_open(conversation) {
                self.window.set(Window::newest(messages));
            }
        }
    }

    pub(super) async fn show_sent(self, conversation: &str) {
        if self.is_open(conversation) {
            let last = self.window.with_untracked(|window| {
                window.rows.last().filter(|_| window.at_end).map(|row| row.message.message.clone())
            });
            match last {
                Some(last) => self.append_after(conversation, Some(&last)).await,
                None => self.show_newest(conversation).await,
            }
            self.unread_from.set(None);
            self.go_to.set(Some(String::new()));
        }
        self.refresh_conversation(conversation).await;
    }

    pub(super) fn mentioned(self, conversation: &str, text: &str) -> Vec<String> {
        let Some(chat) = untrack(|| self.conversation(conversation)) else { return Vec::new() };
        let handles = crate::text::format::handles(text);
        let named = |address: &String| {
            let own = crate::text::plain::handle(address);
            handles.iter().any(|handle| handle.eq_ignore_ascii_case(own))
        };
        chat.members.into_iter().map(|member| member.address).filter(named).collect()
    }

    /// One emoji, or none.
    pub fn react(self, message: &view::Message, emoji: &str) {
        let mine = untrack(|| {
            message.reactions.iter().any(|reaction| reaction.emoji == emoji && self.is_me(&reaction.from))
        });
        let emoji = (!mine).then(|| emoji.to_owned());
        self.quietly(Command::MessageReact(MessageReact { message: message.message.clone(), emoji }));
    }

    /// Deletes messages.
    pub fn delete(self, messages: Vec<String>, scope: DeleteScope) {
        for message in messages {
            if scope == DeleteScope::Me {
                self.window.update(|window| window.removed(&message));
                player::close_of(self, &message);
            }
            self.quietly(Command::MessageDelete(MessageDelete { message, scope }));
        }
    }

    /// Stars or pins.
    pub fn mark(self, message: &view::Message, pin: bool) {
        let id = message.message.clone();
        let command = if pin {
            Command::MessagePin(MessageMark { message: id, on: !message.pinned })
        } else {
            Command::MessageStar(MessageMark { message: id, on: !message.starred })
        };
        self.quietly(command);
    }

    /// Stops a file on its way.
    pub fn cancel(self, message: String, index: u32) {
        // What was said of its bytes holds no more.
        self.transfers.update(|transfers| transfers.retain(|(of, _), _| *of != message));
        self.quietly(Command::AttachmentCancel(OneAttachment { message, index }));
    }

    /// Opens the chat with somebody, or a new group.
    pub async fn start_conversation(self, members: Vec<String>, name: Option<String>) -> Result<(), Error> {
        let made = self.make_conversation(members, name).await?;
        self.go_to_chat(made);
        Ok(())
    }

    /// The same without going there.
    pub async fn make_conversation(
        self,
        members: Vec<String>,
        name: Option<String>,
    ) -> Result<String, Error> {
        let create = ConversationCreate { members, name };
        let made = ask::<view::ConversationCreated>(Command::ConversationCreate(create)).await?;
        self.refresh_conversation(&made.conversation).await;
        Ok(made.conversation)
    }

    /// An invitation link for one person.
    pub async fn invite(self) -> Result<String, Error> {
        let made = ask::<view::Invite>(Command::InviteCreate(InviteCreate::default())).await;
        made.map(|made| made.link)
    }

    /// Changes a conversation.
    pub fn set_conversation(self, set: ConversationSet) {
        self.change_group(Command::ConversationSet(set));
    }

    /// Does what all members have to agree on: without a connection it waits, and what is shown stays as it is.
    pub fn change_group(self, command: Command) {
        spawn_local(async move {
            match ask::<Value>(command).await {
                Ok(_) if self.trouble.with_untracked(Option::is_some) => self.say(t("changed-later")),
                Ok(_) => {}
                Err(error) => self.fails(&error),
            }
        });
    }

    /// Changes what contacts see.
    pub async fn set_profile(self, display_name: String, about: String) -> Result<(), Error> {
        let set =
            AccountSet { display_name: Some(display_name), about: Some(about), picture: None, knocks: None };
        self.set_account(set).await
    }

    /// Changes something about the own account, and shows it when it is done.
    pub async fn set_account(self, set: AccountSet) -> Result<(), Error> {
        ask::<Value>(Command::AccountSet(set)).await?;
        self.load_account().await;
        Ok(())
    }

    /// Does something whose only interesting answer is an error.
    pub fn quietly(self, command: Command) {
        spawn_local(async move {
            if let Err(error) = ask::<Value>(command).await {
                self.fails(&error);
            }
        });
    }

    /// A short line at the bottom, also for screen readers.
    pub fn say(self, sentence: impl Into<String>) {
        self.toast.set(Some((spoken(&sentence.into()), Stays::Briefly)));
    }

    /// Why something was not done: it is there for a while, since nothing else says so to whoever looked away.
    pub fn fails(self, error: &casemate_api::Error) {
        self.toast.set(Some((spoken(&error.message), Stays::Long)));
    }

    /// Copies text.
    pub fn copy(self, text: String) {
        spawn_local(async move {
            let done = browser::copy(&text).await;
            self.say(if done { t("copied") } else { t("copy-failed") });
        });
    }

    fn offer_knock(self) {
        self.dialog.set(Some(crate::ui::dialog::Dialog::Knock));
    }
}

fn in_conversation(conversation: &str) -> MessageList {
    MessageList { conversation: conversation.to_owned(), ..MessageList::default() }
}
