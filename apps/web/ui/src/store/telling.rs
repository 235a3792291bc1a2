//! Whether, and how, a person is told of a new message. Plain data: decided here, done in `told`.

use std::collections::BTreeMap;

use casemate_api::command::QuietHours;
use casemate_api::view::Conversation;
use casemate_screening::letters::reads_like;

use super::list::Mute;

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Not at all, or they see it anyway.
    Nothing,
    /// By a sound.
    Sound,
    /// By a notification of the system, and a sound.
    Notification,
}

/// What is so when a message comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// How the conversation is muted.
    pub mute: Mute,
    /// The message mentions or answers this person.
    pub for_me: bool,
    /// It is between the quiet hours.
    pub quiet: bool,
    /// The person is looking at the app.
    pub looking: bool,
    /// … and at this very conversation.
    pub open: bool,
}

/// What to do about it. Quiet hours are quiet.
pub fn told(moment: Moment) -> Told {
    if moment.quiet || moment.looking && moment.open || is_muted(moment.mute, moment.for_me) {
        return Told::Nothing;
    }
    if moment.looking { Told::Sound } else { Told::Notification }
}

/// Whether a mute keeps a message from its person, that mentions or answers them or does not.
pub fn is_muted(mute: Mute, for_me: bool) -> bool {
    match mute {
        Mute::Not => false,
        Mute::ButMentions => !for_me,
        // Who chose that wants no exception.
        Mute::Wholly => true,
    }
}

/// What a notification may show and offer: of a message, a reaction, a call that was missed and one that rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    /// Names and texts.
    pub words: bool,
    /// Answering, and marking as read.
    pub acts: bool,
}

/// A stranger who holds a locked phone may see it, and press what is there. A conversation that could not be fetched may be locked.
pub fn shows(previews: bool, chat: Option<&Conversation>) -> Shows {
    let is_open = chat.is_some_and(|chat| !chat.locked);
    Shows { words: previews && is_open, acts: is_open }
}

/// What the system's notifications of Casemate itself are titled.
pub const CASEMATE: &str = "Casemate";

/// What a notification is titled that is of somebody: their name, or a group's, but nothing that can be taken for Casemate's own.
pub fn title(name: String, address: &str) -> String {
    if reads_like(&name, CASEMATE) { address.to_owned() } else { name }
}

/// Of the conversations that notifications tell of, those of which nothing is unread any more, here or on another device.
/// `told` has each one's message by its id. One that is not known is not loaded yet.
pub fn read_by_now(told: &BTreeMap<String, String>, all: &[Conversation]) -> Vec<String> {
    if told.is_empty() {
        return Vec::new();
    }
    let is_read = |chat: &&Conversation| chat.unread == 0 && told.contains_key(&chat.conversation);
    all.iter().filter(is_read).map(|chat| chat.conversation.clone()).collect()
}

/// Whether a time of day, in minutes since midnight, lies between the quiet hours, which may go over midnight.
pub fn is_quiet(hours: Option<&QuietHours>, minute: u32) -> bool {
    let Some((from, to)) = hours.and_then(bounds) else { return false };
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

/// In minutes since midnight.
pub fn bounds(hours: &QuietHours) -> Option<(u32, u32)> {
    Some((minutes(&hours.from)?, minutes(&hours.to)?))
}

/// Minutes since midnight of `HH:MM`.
fn minutes(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: Moment = Moment { mute: Mute::Not, for_me: false, quiet: false, looking: false, open: false };

    #[test]
    fn told_when_away_and_not_when_it_is_seen_anyway() {
        assert_eq!(told(AWAY), Told::Notification);
        assert_eq!(told(Moment { looking: true, ..AWAY }), Told::Sound);
        assert_eq!(told(Moment { looking: true, open: true, ..AWAY }), Told::Nothing);
        // The conversation was left open in a tab that nobody sees.
        assert_eq!(told(Moment { open: true, ..AWAY }), Told::Notification);
        assert_eq!(told(Moment { quiet: true, for_me: true, ..AWAY }), Told::Nothing);
    }

    #[test]
    fn mentions_are_told_where_all_but_them_is_muted_and_nowhere_else() {
        let quiet = |mute| Moment { mute, ..AWAY };
        let meant = |mute| Moment { for_me: true, ..quiet(mute) };
        assert_eq!(told(meant(Mute::Not)), Told::Notification);
        assert_eq!(told(quiet(Mute::ButMentions)), Told::Nothing);
        assert_eq!(told(meant(Mute::ButMentions)), Told::Notification);
        assert_eq!(told(Moment { looking: true, ..meant(Mute::ButMentions) }), Told::Sound);
        assert_eq!(told(quiet(Mute::Wholly)), Told::Nothing);
        assert_eq!(told(meant(Mute::Wholly)), Told::Nothing, "for a time, or always");
    }

    #[test]
    fn notification_of_a_locked_chat_shows_and_offers_nothing() {
        let chat = |locked| Conversation { locked, ..Default::default() };
        assert_eq!(shows(true, Some(&chat(false))), Shows { words: true, acts: true });
        assert_eq!(shows(false, Some(&chat(false))), Shows { words: false, acts: true });
        for previews in [false, true] {
            let nothing = Shows { words: false, acts: false };
            assert_eq!(shows(previews, Some(&chat(true))), nothing);
            assert_eq!(shows(previews, None), nothing, "it may be locked");
        }
    }

    #[test]
    fn notification_of_somebody_called_casemate_has_their_address_above_it() {
        let titled = |name: &str| title(name.to_owned(), "casemate@chat.example");
        assert_eq!(titled("Ana"), "Ana");
        for name in ["Casemate", "casemate", "Саѕеmate", "Casemate Team"] {
            assert_eq!(titled(name), "casemate@chat.example", "{name}");
        }
    }

    #[test]
    fn what_was_read_is_told_no_longer() {
        let chat = |id: &str, unread| Conversation { conversation: id.into(), unread, ..Default::default() };
        let told = ["a", "b", "c"].map(|id| (id.to_owned(), "message".to_owned())).into();
        let all = [chat("a", 0), chat("b", 2), chat("d", 0)];
        assert_eq!(read_by_now(&told, &all), ["a"], "b is unread, c is not loaded, of d nothing was told");
        assert!(read_by_now(&BTreeMap::new(), &all).is_empty());
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let hours = |from: &str, to: &str| QuietHours { from: from.into(), to: to.into() };
        let night = hours("22:00", "07:30");
        for (minute, quiet) in
            [(21 * 60 + 59, false), (22 * 60, true), (0, true), (7 * 60 + 29, true), (7 * 60 + 30, false)]
        {
            assert_eq!(is_quiet(Some(&night), minute), quiet, "{minute}");
        }
        assert!(is_quiet(Some(&hours("12:00", "13:00")), 12 * 60 + 30));
        assert!(!is_quiet(Some(&hours("12:00", "13:00")), 13 * 60));
        assert!(!is_quiet(None, 0) && !is_quiet(Some(&hours("x", "y")), 0));
    }
}
