//! Dialogs of a conversation: what the attach menu offers besides files.

pub mod add;
pub mod card;
pub mod day;
pub mod folder;
pub mod import;
pub mod later;
pub mod list;
pub mod new_call;
pub mod place;
pub mod poll;
pub mod report;

use casemate_api::view::{Message, PeopleList};
use leptos::prelude::*;

use super::call_link::CallLink;
use super::group::GroupLink;
use crate::locale::t;
use crate::ui::act::Act;
use crate::ui::once::OnceOpen;

/// Which of them is open. A first value without a word is the conversation's id.
#[derive(Clone)]
pub enum Talk {
    /// Asking a question.
    Poll(String),
    /// Sending a place.
    Place(String),
    /// Sending somebody's address.
    Card(String),
    /// When to send, with files or without. What is done then gets the time (RFC 3339).
    Later { files: bool, act: Act<String> },
    /// Messages that wait for their time.
    Scheduled(String),
    /// Changing one of them.
    Waiting(Box<Message>),
    /// Into which folder.
    Folder(String),
    /// Another name for a folder.
    RenameFolder(String),
    /// To which day.
    Day(String),
    /// A group's link.
    Link(String),
    /// The link of a group's calls.
    CallLink(String),
    /// Whom to call.
    NewCall,
    /// Adding people to a group.
    Add(String),
    /// Adding to it whoever asked for it, by their address.
    Approve(String, String),
    /// Who is on a broadcast list; without an id a new one.
    EditList(PeopleList),
    /// One message to a broadcast list.
    WriteList(PeopleList),
    /// A chat from another messenger.
    Import,
    /// Something that is shown once.
    Once(Box<Message>),
    /// What this person wrote in this conversation, or their request.
    Report(String, Option<String>),
}

impl Talk {
    /// The dialog's accessible name.
    pub fn title(&self) -> String {
        match self {
            Self::Poll(_) => t("poll-new"),
            Self::Place(_) => t("place-send"),
            Self::Card(_) => t("card-send"),
            Self::Later { .. } => t("send-later"),
            Self::Scheduled(_) => t("scheduled-title"),
            Self::Waiting(_) => t("scheduled-change"),
            Self::Folder(_) => t("folder"),
            Self::RenameFolder(_) => t("folder-rename"),
            Self::Day(_) => t("day-title"),
            Self::Link(_) => t("group-link"),
            Self::CallLink(_) => t("call-link"),
            Self::NewCall => t("call-new"),
            Self::Add(_) | Self::Approve(..) => t("add-members"),
            Self::EditList(_) => t("list-title"),
            Self::WriteList(list) => list.name.clone(),
            Self::Import => t("import-title"),
            Self::Once(_) => t("once-title"),
            Self::Report(..) => t("report"),
        }
    }

    /// What is in it.
    pub fn view(self) -> AnyView {
        match self {
            Self::Poll(conversation) => view! { <poll::NewPoll conversation/> }.into_any(),
            Self::Place(conversation) => view! { <place::SendPlace conversation/> }.into_any(),
            Self::Card(conversation) => view! { <card::SendCard conversation/> }.into_any(),
            Self::Later { files, act } => view! { <later::Later files act/> }.into_any(),
            Self::Scheduled(conversation) => view! { <later::ScheduledList conversation/> }.into_any(),
            Self::Waiting(message) => view! { <later::Waiting message=*message/> }.into_any(),
            Self::RenameFolder(name) => view! { <folder::Rename name/> }.into_any(),
            Self::Folder(conversation) => view! { <folder::Folder conversation/> }.into_any(),
            Self::Day(conversation) => view! { <day::Day conversation/> }.into_any(),
            Self::Link(conversation) => view! { <GroupLink conversation/> }.into_any(),
            Self::CallLink(conversation) => view! { <CallLink conversation/> }.into_any(),
            Self::NewCall => view! { <new_call::NewCall/> }.into_any(),
            Self::Add(conversation) => view! { <add::AddMembers conversation/> }.into_any(),
            Self::Approve(conversation, who) => view! { <add::Approve conversation who/> }.into_any(),
            Self::EditList(list) => view! { <list::EditList list/> }.into_any(),
            Self::WriteList(list) => view! { <list::WriteList list/> }.into_any(),
            Self::Import => view! { <import::Import/> }.into_any(),
            Self::Once(message) => view! { <OnceOpen message=*message/> }.into_any(),
            Self::Report(who, conversation) => view! { <report::Report who conversation/> }.into_any(),
        }
    }
}
