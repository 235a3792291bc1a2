//! The commands of the linear mode.

use casemate_api::Command;
use casemate_api::command::{
    AttachmentSave, ContactKnock, ConversationCreate, DeleteScope, InviteCreate, MessageDelete, MessageEdit,
    MessageReact, MessageSearch, MessageSend, NewAttachment, Who,
};
use casemate_api::view::{ConversationCreated, Conversations, Invite, Message, MessageSent, Messages, Saved};

use super::{Plain, complain, say};
use crate::chat::keys::home_folder;
use crate::chat::path;
use crate::chat::slash::Typed;
use crate::chat::text::harmless_line;

/// Every command and what it does.
pub const HELP: &str = "\
/list                      your chats, by number
/open NUMBER or NAME       go to a chat; what you type is sent there
/read COUNT                the newest messages of this chat
/knock WHO NOTE            ask an address or the maker of a link for contact
/requests                  who asks
/withdraw ADDRESS          take your request to somebody back
/accept N, /decline N, /block N   answer request N
/invite                    make an invitation link
/group NAME: A, B          a new group with contacts A and B, by address or name
/info                      members and encryption of this chat
/file PATH                 send a file; a photo or video without place, time and camera
/document PATH             send a file as it is
/clean PATH                send a document without author, dates and programs, or not at all where that can't be done
/save N PATH               save the file of message N
/reply N TEXT              answer message N
/react N EMOJI             react to message N; no emoji takes it back
/edit N TEXT               change your message N
/delete N, /delete-all N   delete message N for you, for everyone
/safety                    the safety number of this chat
/verify                    you compared it and it is the same
/looked                    accept what changed about it without comparing
/strict on, /strict off, /strict as-all     strict mode in this chat
/strict-all on, /strict-all off             strict mode in all chats
/lock, /unlock             ask for your passphrase before this chat is shown, or not
/call                      call whoever is in this chat; /call tone sends a tone and plays nothing
/answer, /decline, /leave  a call that rings; hang up. /decline tell lets them know, /decline WORDS says them too
/mute, /unmute             the others hear nothing of you in this call, or hear you again
/call-link, /join LINK     a link to the calls of this group, for its members; join by it
/calls, /heard             calls that were; what is heard in this one
/search WORDS              search in all chats
/devices                   your devices
/link CODE                 link the device that shows this code
/unlink N                  remove device N; /unlink N yes on a linked device: sign this one out
/rename N NAME             call device N so
/kit                       the words that bring your account back; /kit new makes others, /kit written: you wrote them down
/previews on, /previews off    whether this device may ask sites for a preview: a site learns this device's address
/preview LINK              ask for one, which goes along with your next message that has the link; /preview none leaves it away
/look LINK                 where a link leads, and what is suspicious about it
/guard                     received files that could not be looked into; /guard again N looks into one again
/indicators                your lists of known spyware
/indicators PATH           take such a list from a file; /indicators remove N forgets one
/look-back                 look through all messages here for what is on the lists
/checkup                   what you could better about this device
/backup PATH [WORDS]       the history into an encrypted file; WORDS are the passphrase of one that is there
/backup server [WORDS]     the same on your server, which from then on goes on by itself once a day
/restore PATH WORDS        the history out of such a file
/restore server WORDS      the history out of the backup on your server
/report PATH N, M          what somebody wrote (messages N and M) and its files, to take along; not encrypted
/evidence PATH N, M        the same for a lab: signed, and under words that are shown
//TEXT                     send a text that begins with a slash
/quit                      end";

impl Plain {
    /// One typed line. False ends.
    pub(super) async fn line(&mut self, line: &str) -> anyhow::Result<bool> {
        let (name, rest) = match Typed::of(line) {
            Typed::Command { name, rest } => (name, rest),
            Typed::Text(text) => {
                if !text.is_empty() {
                    self.send(MessageSend { text: Some(text.to_owned()), ..MessageSend::default() }).await?;
                }
                return Ok(true);
            }
        };
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let second = second.trim();
        match name {
            "quit" | "exit" => return Ok(false),
            "help" => say(HELP)?,
            "list" => {
                self.refresh().await?;
                self.print_list()?;
            }
            "open" => match self.model.chat_named(rest).cloned() {
                Ok(chat) => self.open(&chat).await?,
                Err(why) => say(&why)?,
            },
            "read" => match self.model.open.as_ref().map(|open| open.conversation.clone()) {
                Some(open) => self.print_newest(&open, rest.parse().unwrap_or(20).clamp(1, 1_000)).await?,
                None => say("Open a chat first: /list, then /open NUMBER.")?,
            },
            "knock" => {
                let note = Some(second.to_owned()).filter(|note| !note.is_empty());
                let knock = ContactKnock { to: first.to_owned(), note };
                self.done(
                    Command::ContactKnock(knock),
                    "Asked. When they accept, the chat appears in /list.",
                )
                .await?;
            }
            "withdraw" => {
                let who = Who { who: first.to_owned() };
                self.done(Command::ContactWithdraw(who), "Taken back.").await?;
            }
            "requests" => self.requests().await?,
            // A number is a request's.
            "decline" if rest.parse::<u32>().is_err() => self.calls(name, rest).await?,
            "accept" | "decline" | "block" => self.answer_request(name, rest).await?,
            "invite" => match self.ask::<Invite>(Command::InviteCreate(InviteCreate::default())).await {
                Ok(invite) => say(&format!("For one person, for 7 days: {}", invite.link))?,
                Err(error) => complain(&error.message)?,
            },
            "group" => self.group(rest).await?,
            "info" => self.information().await?,
            "file" | "document" | "clean" => self.send_file(rest, name).await?,
            "search" => self.search(rest).await?,
            "safety" | "verify" | "looked" => self.safety(name).await?,
            "lock" | "unlock" => self.lock(name == "lock").await?,
            "strict" | "strict-all" => self.strict(name == "strict-all", rest).await?,
            "call" | "call-link" | "join" | "answer" | "leave" | "mute" | "unmute" | "calls" | "heard" => {
                self.calls(name, rest).await?
            }
            "devices" => self.devices().await?,
            "look" => self.look(rest).await?,
            "previews" => self.allow_previews(rest).await?,
            "preview" => self.make_preview(rest).await?,
            "guard" => self.guard_journal(rest).await?,
            "indicators" => self.indicators(rest).await?,
            "look-back" => self.look_back().await?,
            "checkup" => self.check_up().await?,
            "backup" => self.back_up(first, second).await?,
            "report" | "evidence" => self.report(first, second, name == "evidence").await?,
            "restore" => self.bring_back(first, second).await?,
            "link" => self.link_device(rest).await?,
            "unlink" => self.unlink_device(rest).await?,
            "rename" => self.rename_device(first, second).await?,
            "kit" => self.kit(rest).await?,
            "save" | "reply" | "react" | "edit" | "delete" | "delete-all" => {
                match first.parse().ok().and_then(|number: usize| self.numbered(number)) {
                    Some(message) => self.about(name, &message, second).await?,
                    None => say("Name a message by the number before it.")?,
                }
            }
            _ => say("There is no such command; /help lists all. To send this, begin it with //.")?,
        }
        Ok(true)
    }

    async fn send(&mut self, send: MessageSend) -> anyhow::Result<()> {
        let Some(open) = self.conversation() else {
            return say("Open a chat first: /list, then /open NUMBER.");
        };
        let preview = self.preview_for(send.text.as_deref().unwrap_or_default());
        let send = MessageSend { conversation: open.conversation, preview, ..send };
        match self.ask::<MessageSent>(Command::MessageSend(send)).await {
            Ok(_) => Ok(()),
            Err(error) => complain(&error.message),
        }
    }

    async fn send_file(&mut self, typed: &str, name: &str) -> anyhow::Result<()> {
        let path = path::find(typed, home_folder().as_deref());
        let file = NewAttachment {
            path: path.to_string_lossy().into_owned(),
            kind: (name != "file").then_some(casemate_api::command::AttachmentKind::Document),
            clean: name == "clean",
            ..NewAttachment::default()
        };
        self.send(MessageSend { attachments: vec![file], ..MessageSend::default() }).await
    }

    /// A command about one message.
    async fn about(&mut self, name: &str, message: &Message, rest: &str) -> anyhow::Result<()> {
        let id = message.message.clone();
        match name {
            "reply" => {
                let send =
                    MessageSend { text: Some(rest.to_owned()), reply_to: Some(id), ..MessageSend::default() };
                self.send(send).await
            }
            "react" => {
                let emoji = Some(rest.to_owned()).filter(|emoji| !emoji.is_empty());
                self.done(Command::MessageReact(MessageReact { message: id, emoji }), "Done.").await
            }
            "edit" => {
                let edit = MessageEdit { message: id, text: rest.to_owned() };
                self.done(Command::MessageEdit(edit), "Changed.").await
            }
            "delete" => {
                let delete = MessageDelete { message: id, scope: DeleteScope::Me };
                self.done(Command::MessageDelete(delete), "Deleted for you.").await
            }
            "delete-all" => {
                let delete = MessageDelete { message: id, scope: DeleteScope::Everyone };
                self.done(Command::MessageDelete(delete), "Deleted for everyone.").await
            }
            _ => {
                if message.attachments.is_empty() {
                    return say("This message has no file.");
                }
                for (index, file) in (0u32..).zip(&message.attachments) {
                    // Several files go into a folder, or beside each other with their own names.
                    let path = path::to_save(rest, &file.name, home_folder().as_deref());
                    let path = path.to_string_lossy().into_owned();
                    let save = AttachmentSave { message: id.clone(), index, path: path.clone() };
                    match self.ask::<Saved>(Command::AttachmentSave(save)).await {
                        Ok(saved) => {
                            let (size, path) = (crate::chat::when::size(saved.bytes), harmless_line(&path));
                            say(&format!("Saved {size} as {path}."))?;
                            for doubt in crate::client::save::doubts(&saved) {
                                say(&format!("   WARNING: {doubt}"))?;
                            }
                        }
                        Err(error) => complain(&error.message)?,
                    }
                }
                Ok(())
            }
        }
    }

    async fn requests(&mut self) -> anyhow::Result<()> {
        self.refresh().await?;
        if self.model.waiting() == 0 {
            return say("Nobody asks at the moment.");
        }
        for (at, request) in self.model.requests.iter().enumerate() {
            let (from, note) = (harmless_line(&request.from), harmless_line(&request.note));
            say(&format!("{}. {from}: {note}", at + 1))?;
        }
        let people = self.model.requests.len();
        for (at, request) in self.model.group_requests.iter().enumerate() {
            let (name, from) = (harmless_line(&request.name), self.model.name_of(&request.from));
            say(&format!("{}. {from} added you to the group {name}", people + at + 1))?;
        }
        say("They can't call you, send files or see that you read this. /accept N, /decline N, /block N.")
    }

    async fn answer_request(&mut self, name: &str, rest: &str) -> anyhow::Result<()> {
        self.refresh().await?;
        let number: usize = rest.parse().unwrap_or(0);
        let person = number.checked_sub(1).and_then(|at| self.model.requests.get(at));
        if let Some(person) = person {
            let who = Who { who: person.from.clone() };
            return match name {
                "accept" => {
                    self.done(Command::ContactAccept(who), "Accepted: you can write to each other now.").await
                }
                "decline" => self.done(Command::ContactDecline(who), "Declined. They are not told.").await,
                _ => self.done(Command::ContactBlock(who), "Blocked.").await,
            };
        }
        let group = number.checked_sub(1 + self.model.requests.len());
        let Some(group) = group.and_then(|at| self.model.group_requests.get(at)) else {
            return say("There is no such request; /requests shows all.");
        };
        let of = casemate_api::command::InConversation { conversation: group.conversation.clone() };
        match name {
            "accept" => self.done(Command::ConversationAccept(of), "Joined.").await,
            _ => self.done(Command::ConversationDecline(of), "Declined.").await,
        }
    }

    async fn group(&mut self, rest: &str) -> anyhow::Result<()> {
        let Some((name, members)) = rest.split_once(':') else {
            return say("Like this: /group Name of the group: ana, ben");
        };
        let mut addresses = Vec::new();
        for member in members.split(',').map(str::trim).filter(|member| !member.is_empty()) {
            let known = self.model.contacts.iter().find(|contact| {
                contact.address == member
                    || contact.name.eq_ignore_ascii_case(member)
                    || contact.address.split('@').next() == Some(member)
            });
            match known {
                Some(contact) => addresses.push(contact.address.clone()),
                None => return say(&format!("{member} is not among your contacts.")),
            }
        }
        let create = ConversationCreate { members: addresses, name: Some(name.trim().to_owned()) };
        match self.ask::<ConversationCreated>(Command::ConversationCreate(create)).await {
            Ok(made) => {
                self.refresh().await?;
                let chats = &self.model.conversations;
                match chats.iter().find(|chat| chat.conversation == made.conversation).cloned() {
                    Some(chat) => self.open(&chat).await,
                    None => Ok(()),
                }
            }
            Err(error) => complain(&error.message),
        }
    }

    async fn information(&mut self) -> anyhow::Result<()> {
        let Some(open) = self.conversation() else {
            return say("Open a chat first: /list, then /open NUMBER.");
        };
        let shown = match self.ask::<Conversations>(Command::ConversationShow(open)).await {
            Ok(mut shown) => shown.conversations.pop(),
            Err(error) => return complain(&error.message),
        };
        let Some(shown) = shown else { return say("There is no such chat any more.") };
        say(&self.model.title(&shown))?;
        if let Some(behind) = &shown.information {
            say(&format!("Encryption: {}. {}", behind.encryption, behind.encryption_reason))?;
            say(&format!("Devices: {}", behind.devices))?;
        }
        for member in &shown.members {
            let admin = if member.admin && shown.kind == "group" { ", admin" } else { "" };
            let name = self.model.name_of(&member.address);
            let claimed = if member.claimed { ", name not confirmed" } else { "" };
            say(&format!("{name}, {}{claimed}{admin}", harmless_line(&member.address)))?;
        }
        Ok(())
    }

    async fn search(&mut self, words: &str) -> anyhow::Result<()> {
        let search = MessageSearch { text: words.to_owned(), limit: Some(20), ..MessageSearch::default() };
        match self.ask::<Messages>(Command::MessageSearch(search)).await {
            Ok(found) if found.messages.is_empty() => say("Nothing found."),
            Ok(found) => found.messages.iter().try_for_each(|message| self.print_message(message, true)),
            Err(error) => complain(&error.message),
        }
    }

    pub(super) async fn done(&mut self, command: Command, said: &str) -> anyhow::Result<()> {
        match self.call(command).await {
            Ok(_) => {
                say(said)?;
                self.refresh().await
            }
            Err(error) => complain(&error.message),
        }
    }

    pub(super) fn numbered(&self, number: usize) -> Option<Message> {
        self.numbered.get(number.checked_sub(self.forgotten + 1)?).cloned()
    }
}
