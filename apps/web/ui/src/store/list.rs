//! The list of chats and the rows of a conversation: order, day breaks, what belongs together.

use std::collections::HashSet;

use casemate_api::command::AttachmentKind;
use casemate_api::view::{Conversation, Message};

/// Messages of one person within this time stand close together.
const TOGETHER_MS: f64 = 5.0 * 60_000.0;

/// Pinned ones, then the newest first: also those in which nothing stands yet, or nothing any more.
pub fn newest_first(mut conversations: Vec<Conversation>) -> Vec<Conversation> {
    conversations.sort_by(|a, b| at(b).cmp(&at(a)));
    conversations
}

fn at(conversation: &Conversation) -> (bool, &str) {
    (conversation.pinned, &conversation.active)
}

/// A chat that was deleted, and nothing has come since: neither the list nor the archive shows it. Nor notes to oneself
/// before there is one: own stickers are kept there, and are none.
pub fn is_hidden(chat: &Conversation) -> bool {
    let own = chat.kind == "own";
    let is_bare = |last: &Message| own && is_stickers(last);
    (chat.deleted || own && chat.draft.is_none())
        && chat.last.as_ref().is_none_or(is_bare)
        && chat.unread == 0
}

/// Whether a message is made of stickers and nothing else.
pub fn is_stickers(message: &Message) -> bool {
    let all = message.attachments.iter().all(|file| file.kind == AttachmentKind::Sticker);
    all && !message.attachments.is_empty() && !message.deleted
}

/// Which chats the list shows, where it does not show those that were put away.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Tab {
    /// All of them.
    #[default]
    All,
    /// With something to read.
    Unread,
    /// Of more than two.
    Groups,
    /// In this folder.
    Folder(String),
}

impl Tab {
    /// Whether the list shows a chat under this choice, or in the `archive`.
    pub fn shows(&self, chat: &Conversation, archive: bool) -> bool {
        chat.archived == archive && (archive || self.has(chat)) && !is_hidden(chat)
    }

    fn has(&self, chat: &Conversation) -> bool {
        match self {
            Self::All => true,
            Self::Unread => chat.unread > 0 || chat.marked_unread,
            Self::Groups => chat.kind == "group",
            Self::Folder(name) => chat.folder.as_ref() == Some(name),
        }
    }
}

/// The next chat below or above the open one that is `shown`, the first where none is open. The open one itself may have left
/// what is shown, read as it is by now.
pub fn neighbour<'a>(
    all: &'a [Conversation],
    open: Option<&str>,
    below: bool,
    shown: impl Fn(&&Conversation) -> bool,
) -> Option<&'a Conversation> {
    match all.iter().position(|one| Some(&one.conversation[..]) == open) {
        None => all.iter().find(shown),
        Some(now) if below => all[now + 1..].iter().find(shown),
        Some(now) => all[..now].iter().rev().find(shown),
    }
}

/// What of a chat its person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mute {
    /// All of it.
    Not,
    /// What mentions or answers them.
    ButMentions,
    /// Nothing.
    Wholly,
}

/// How a chat is muted at this moment, RFC 3339. The time may have run out since the chat was fetched; `forever` stands behind
/// all times.
pub fn mute_of(chat: &Conversation, now: &str) -> Mute {
    match chat.muted_until.as_deref().is_some_and(|until| until > now) {
        true => Mute::Wholly,
        false if chat.mentions_only => Mute::ButMentions,
        false => Mute::Not,
    }
}

/// What waits to be read, as the app's icon, the tab and the navigation count it: nothing of what was put away or is wholly muted, and
/// one of a chat that its person marked.
pub fn unread(all: &[Conversation], now: &str) -> u64 {
    let counts = |chat: &&Conversation| !chat.archived && mute_of(chat, now) != Mute::Wholly;
    let of = |chat: &Conversation| chat.unread.max(u64::from(chat.marked_unread));
    all.iter().filter(counts).map(of).sum()
}

/// Puts a conversation at its place, which is among the requests as long as it was not accepted.
pub fn place(conversations: &mut Vec<Conversation>, conversation: Conversation) {
    conversations.retain(|other| other.conversation != conversation.conversation);
    // Whoever left a group and is added again has its messages meanwhile.
    let asked = conversation.standing == "offered" && conversation.last.is_none();
    if asked || conversation.standing == "declined" {
        return;
    }
    let before = conversations.partition_point(|other| at(other) > at(&conversation));
    conversations.insert(before, conversation);
}

/// Adds those that are not there; of the others what is there is newer.
pub fn add(conversations: &mut Vec<Conversation>, more: Vec<Conversation>) {
    let mut known: HashSet<String> = conversations.iter().map(|one| one.conversation.clone()).collect();
    conversations.extend(more.into_iter().filter(|one| known.insert(one.conversation.clone())));
    conversations.sort_by(|a, b| at(b).cmp(&at(a)));
}

/// How a row stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Joint {
    /// Another day begins here.
    pub day: bool,
    /// The same person just before: no name, little space.
    pub together: bool,
}

/// Between two messages; `day_of` gives a number for the local day, `ms` the time.
pub fn joint(
    before: Option<&Message>,
    message: &Message,
    day_of: impl Fn(&str) -> i64,
    ms: impl Fn(&str) -> f64,
) -> Joint {
    let Some(before) = before else { return Joint { day: true, together: false } };
    let day = day_of(&before.at) != day_of(&message.at);
    let together = !day
        && before.from == message.from
        && before.kind == message.kind
        && ms(&message.at) - ms(&before.at) < TOGETHER_MS;
    Joint { day, together }
}

#[cfg(test)]
pub mod testing {
    //! Views as the engine would give them.

    use super::*;

    /// A text message.
    pub fn message(id: &str, from: &str, at: &str) -> Message {
        serde_json::from_value(serde_json::json!({
            "message": id, "conversation": "c", "from": from, "at": at, "kind": "text", "text": "hi",
            "state": "received", "reply_to": null, "edited": false, "deleted": false, "starred": false,
            "pinned": false, "view_once": false, "mentions": [], "reactions": [], "attachments": []
        }))
        .unwrap()
    }

    /// A chat with a newest message.
    pub fn conversation(id: &str, at: &str) -> Conversation {
        let last = message("m", "a@x", at);
        serde_json::from_value(serde_json::json!({
            "conversation": id, "name": id, "kind": "pair", "standing": "active", "members": [], "active": at, "unread": 0,
            "last": last
        }))
        .unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{conversation, message};
    use super::*;

    #[test]
    fn a_deleted_chat_comes_back_with_what_is_written_there() {
        let mut chat = conversation("a", "2026-01-01T00:00:00Z");
        assert!(!is_hidden(&chat));
        let last = chat.last.take();
        assert!(!is_hidden(&chat), "a new chat is empty too");
        chat.archived = true;
        assert!(!is_hidden(&chat), "put away is not deleted");
        chat.deleted = true;
        assert!(is_hidden(&chat));
        chat.last = last;
        assert!(!is_hidden(&chat));
        // Own stickers are no notes.
        (chat.kind, chat.deleted) = ("own".into(), false);
        assert!(!is_hidden(&chat));
        if let Some(last) = &mut chat.last {
            let sticker = serde_json::json!({
                "name": "cat.webp", "kind": "sticker", "type": "image/webp", "bytes": 500, "sha256": "", "state": "stored", "caption": "",
                "duration_ms": 0, "width": 9, "height": 9, "waveform": []
            });
            last.attachments = vec![serde_json::from_value(sticker).unwrap()];
        }
        assert!(is_hidden(&chat));
        chat.last = None;
        assert!(is_hidden(&chat));
        chat.draft = Some(Default::default());
        assert!(!is_hidden(&chat));
    }

    #[test]
    fn the_keyboard_goes_through_what_the_list_shows() {
        let mut all: Vec<Conversation> =
            ["a", "b", "c", "d", "e"].map(|id| conversation(id, "2026-01-01T00:00:00Z")).into();
        all[1].archived = true;
        (all[2].archived, all[2].last) = (true, None);
        all[3].folder = Some("Boat".into());
        all[4].unread = 1;
        let next = |tab: Tab, archive: bool, open: Option<&str>, below: bool| {
            let found = neighbour(&all, open, below, |chat| tab.shows(chat, archive));
            found.map_or("", |chat| chat.conversation.as_str()).to_owned()
        };
        assert_eq!(next(Tab::All, false, None, true), "a");
        assert_eq!(next(Tab::All, false, Some("a"), true), "d", "what was put away or deleted is left out");
        assert_eq!(next(Tab::All, false, Some("d"), false), "a");
        assert_eq!(
            (next(Tab::All, false, Some("e"), true), next(Tab::All, false, Some("a"), false)),
            ("".into(), "".into())
        );
        assert_eq!(next(Tab::All, true, Some("a"), true), "b");
        assert_eq!(next(Tab::Folder("Boat".into()), false, Some("e"), false), "d");
        assert_eq!(next(Tab::Unread, false, Some("a"), true), "e");
        assert_eq!(next(Tab::Groups, false, Some("a"), true), "");
    }

    #[test]
    fn a_mute_ends_while_the_page_is_open() {
        let mut chat = conversation("a", "2026-01-01T00:00:00Z");
        let (before, after) = ("2026-01-01T10:00:00.000Z", "2026-01-01T20:00:00.001Z");
        assert_eq!(mute_of(&chat, before), Mute::Not);
        chat.muted_until = Some("2026-01-01T18:00:00Z".into());
        assert_eq!([before, after].map(|now| mute_of(&chat, now)), [Mute::Wholly, Mute::Not]);
        chat.mentions_only = true;
        assert_eq!([before, after].map(|now| mute_of(&chat, now)), [Mute::Wholly, Mute::ButMentions]);
        chat.muted_until = Some("forever".into());
        assert_eq!(mute_of(&chat, after), Mute::Wholly);
        chat.muted_until = None;
        assert_eq!(mute_of(&chat, after), Mute::ButMentions);
    }

    #[test]
    fn what_its_person_put_away_or_muted_is_not_counted() {
        let now = "2026-01-01T10:00:00.000Z";
        let mut chat = conversation("a", "2026-01-01T00:00:00Z");
        let count = |chat: &Conversation| unread(&[chat.clone(), conversation("b", now)], now);
        assert_eq!(count(&chat), 0);
        chat.marked_unread = true;
        assert_eq!(count(&chat), 1);
        chat.unread = 3;
        assert_eq!(count(&chat), 3, "marked besides");
        chat.mentions_only = true;
        assert_eq!(count(&chat), 3, "some of it may be meant for them");
        chat.muted_until = Some("2026-01-01T09:00:00Z".into());
        assert_eq!(count(&chat), 3, "no longer muted");
        chat.muted_until = Some("forever".into());
        assert_eq!(count(&chat), 0);
        (chat.muted_until, chat.archived) = (None, true);
        assert_eq!(count(&chat), 0);
    }

    #[test]
    fn the_newest_conversation_comes_first() {
        let all = vec![conversation("a", "2026-01-01T10:00:00Z"), conversation("b", "2026-01-02T10:00:00Z")];
        let mut all = newest_first(all);
        place(&mut all, conversation("a", "2026-01-03T10:00:00Z"));
        place(&mut all, conversation("c", "2026-01-02T12:00:00Z"));
        let mut pinned = conversation("d", "2025-01-01T00:00:00Z");
        pinned.pinned = true;
        place(&mut all, pinned.clone());
        assert_eq!(all.remove(0), pinned);
        let order: Vec<&str> = all.iter().map(|one| one.conversation.as_str()).collect();
        assert_eq!(order, ["a", "c", "b"]);
        for standing in ["offered", "declined"] {
            let mut asked = conversation("e", "2026-01-04T12:00:00Z");
            asked.standing = standing.to_owned();
            asked.last = None;
            place(&mut all, asked);
            assert_eq!(all.len(), 3, "a group that was not accepted is no chat");
        }
    }

    #[test]
    fn a_chat_without_messages_stands_where_it_began() {
        let mut all = newest_first(vec![
            conversation("a", "2026-01-01T10:00:00Z"),
            conversation("b", "2026-01-02T10:00:00Z"),
        ]);
        let mut accepted = conversation("c", "2026-01-03T10:00:00Z");
        accepted.last = None;
        place(&mut all, accepted);
        let mut cleared = all[1].clone();
        cleared.last = None;
        place(&mut all, cleared);
        let order: Vec<&str> = all.iter().map(|one| one.conversation.as_str()).collect();
        assert_eq!(order, ["c", "b", "a"]);
    }

    #[test]
    fn what_comes_twice_is_added_once() {
        let one = |id: &str| conversation(id, "2026-01-01T10:00:00Z");
        let mut all = vec![one("a")];
        add(&mut all, vec![one("b"), one("a"), one("b")]);
        assert_eq!(all, [one("a"), one("b")]);
    }

    #[test]
    fn days_and_people_part_messages() {
        let day = |at: &str| at[8..10].parse().unwrap();
        let ms =
            |at: &str| at[11..13].parse::<f64>().unwrap() * 3.6e6 + at[14..16].parse::<f64>().unwrap() * 6e4;
        let first = message("1", "a@x", "2026-01-01T10:00:00Z");
        let soon = message("2", "a@x", "2026-01-01T10:04:00Z");
        let late = message("3", "a@x", "2026-01-01T10:20:00Z");
        let other = message("4", "b@x", "2026-01-01T10:21:00Z");
        let next_day = message("5", "b@x", "2026-01-02T10:21:00Z");
        let between = |a: Option<&Message>, b: &Message| joint(a, b, day, ms);
        assert_eq!(between(None, &first), Joint { day: true, together: false });
        assert_eq!(between(Some(&first), &soon), Joint { day: false, together: true });
        assert_eq!(between(Some(&soon), &late), Joint { day: false, together: false });
        assert_eq!(between(Some(&late), &other), Joint { day: false, together: false });
        assert_eq!(between(Some(&other), &next_day), Joint { day: true, together: false });
    }
}
