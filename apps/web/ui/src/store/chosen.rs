//! Messages chosen for one act. They are held themselves: the window drops what is scrolled far away from.

use casemate_api::view::Message;

/// What is chosen, in the order in which it was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    messages: Vec<Message>,
}

impl Chosen {
    /// Choosing begins with one.
    pub fn begin(message: Message) -> Self {
        Self { messages: vec![message] }
    }

    /// All of them.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether this one is among them.
    pub fn has(&self, id: &str) -> bool {
        self.messages.iter().any(|message| message.message == id)
    }

    /// Chooses a message, or no longer. `place`: where those stand that are here, since clocks of others may be wrong and
    /// many messages have the same time.
    pub fn toggle(&mut self, message: &Message, place: impl Fn(&str) -> Option<usize>) {
        if self.has(&message.message) {
            return self.messages.retain(|one| one.message != message.message);
        }
        let own = place(&message.message);
        let before = |one: &Message| match place(&one.message).zip(own) {
            Some((one, own)) => one < own,
            None => one.at <= message.at,
        };
        let at = self.messages.iter().rposition(before).map_or(0, |last| last + 1);
        self.messages.insert(at, message.clone());
    }

    /// One of them is otherwise by now, or gone.
    pub fn changed(&mut self, id: &str, now: Option<Message>) {
        let Some(at) = self.messages.iter().position(|message| message.message == id) else { return };
        match now {
            Some(now) => self.messages[at] = now,
            None => drop(self.messages.remove(at)),
        }
    }
}

/// Whether its words may be copied: what is shown once leaves no copy.
pub fn can_be_copied(message: &Message) -> bool {
    !message.text.is_empty() && !message.view_once && !message.deleted
}

/// Whether whoever wrote it, or leads its group, can take it back from everybody.
pub fn can_be_deleted_for_all(message: &Message, is_mine: bool, is_admin: bool) -> bool {
    let is_here_alone = message.imported || message.shared_by.is_some();
    !message.deleted && !is_here_alone && (is_mine || is_admin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::list::testing::message;

    fn at(id: &str, hour: u32) -> Message {
        message(id, "a@x", &format!("2026-01-01T{hour:02}:00:00Z"))
    }

    fn ids(chosen: &Chosen) -> Vec<&str> {
        chosen.messages().iter().map(|message| message.message.as_str()).collect()
    }

    #[test]
    fn they_stand_in_the_order_in_which_they_were_said() {
        let mut chosen = Chosen::begin(at("b", 11));
        for one in [at("d", 13), at("a", 10), at("c", 12), at("e", 13)] {
            chosen.toggle(&one, |_| None);
        }
        assert_eq!(ids(&chosen), ["a", "b", "c", "d", "e"]);
        chosen.toggle(&at("c", 12), |_| None);
        assert_eq!(ids(&chosen), ["a", "b", "d", "e"]);
        assert!(chosen.has("d") && !chosen.has("c"));
    }

    #[test]
    fn those_of_one_minute_stand_as_they_do_in_the_chat() {
        let place = |id: &str| ["a", "b", "c"].iter().position(|one| *one == id);
        let mut chosen = Chosen::begin(at("c", 10));
        chosen.toggle(&at("a", 10), place);
        chosen.toggle(&at("b", 11), place);
        assert_eq!(ids(&chosen), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_changed_or_taken_back_is_not_copied_as_it_was() {
        let mut chosen = Chosen::begin(at("a", 10));
        chosen.toggle(&at("b", 11), |_| None);
        chosen.changed("a", Some(Message { text: "new words".into(), ..at("a", 10) }));
        chosen.changed("b", None);
        chosen.changed("c", Some(at("c", 12)));
        assert_eq!(ids(&chosen), ["a"]);
        assert_eq!(chosen.messages()[0].text, "new words");
    }

    #[test]
    fn what_is_shown_once_or_gone_is_neither_copied_nor_taken_back() {
        let plain = at("a", 10);
        let gone = Message { deleted: true, ..at("a", 10) };
        assert!(can_be_copied(&plain) && !can_be_copied(&gone));
        assert!(!can_be_copied(&Message { view_once: true, ..at("a", 10) }));
        assert!(can_be_deleted_for_all(&plain, true, false) && can_be_deleted_for_all(&plain, false, true));
        assert!(!can_be_deleted_for_all(&plain, false, false) && !can_be_deleted_for_all(&gone, true, true));
        let shared = Message { shared_by: Some("b@x".into()), ..at("a", 10) };
        assert!(!can_be_deleted_for_all(&shared, true, true));
    }
}
