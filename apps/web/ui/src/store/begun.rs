//! What was begun in a conversation and not sent, as it stands in the page.

use casemate_api::view::{self, LinkPreview, Message};

/// A message begun and not sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What is written.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Message>,
    /// The own message that is being changed.
    pub editing: Option<Message>,
    /// What was written before that, and stands there again after it.
    pub begun: String,
    /// Shown once.
    pub once: bool,
    /// What goes along with its link.
    pub preview: Option<LinkPreview>,
    /// The link of which the person wants no preview.
    pub unwanted: Option<String>,
}

impl Draft {
    /// What own devices share of it: the text, and what it answers. The new words of an old message are this device's alone; what
    /// was written before them is shared all the while.
    pub fn message(&self) -> (&str, Option<&str>) {
        match self.editing {
            Some(_) => (&self.begun, None),
            None => (&self.text, self.reply_to.as_ref().map(|message| &message.message[..])),
        }
    }

    /// Whether it answers or changes this message.
    pub fn is_about(&self, id: &str) -> bool {
        [&self.reply_to, &self.editing].into_iter().flatten().any(|message| message.message == id)
    }

    /// What it answers or changes is otherwise by now, or gone. Words stay, and answer or change nothing then.
    pub fn follow(&mut self, id: &str, now: Option<Message>) {
        if self.reply_to.as_ref().is_some_and(|message| message.message == id) {
            self.reply_to = now.clone();
        }
        if self.editing.as_ref().is_some_and(|message| message.message == id) {
            self.editing = now.filter(|message| !message.deleted);
            if self.editing.is_none() {
                self.text = joined(std::mem::take(&mut self.text), &std::mem::take(&mut self.begun));
            }
        }
    }

    /// What was not sent stands here again, with what was begun meanwhile.
    pub fn take_back(&mut self, draft: Draft) {
        match (draft.editing.is_some(), self.editing.is_some()) {
            // It stands there again after the change.
            (false, true) => self.begun = joined(draft.text, &self.begun),
            (true, true) if self.text.is_empty() => {
                *self = Draft { begun: std::mem::take(&mut self.begun), ..draft };
            }
            // The field has room for the new words of one message.
            (true, true) => {}
            _ if self.text.is_empty() => *self = draft,
            (false, false) => {
                self.text = joined(draft.text, &self.text);
                // Files that were to be shown once stay so.
                self.once |= draft.once;
            }
            // It stands there again after the change.
            (true, false) => *self = Draft { begun: std::mem::take(&mut self.text), ..draft },
        }
    }

    /// Whether it stands here as the engine keeps it.
    fn is_as(&self, kept: &view::Draft) -> bool {
        let (text, answers) = self.message();
        // Whoever changes an old message has given up the answer.
        text == kept.text && (self.editing.is_some() || answers == kept.reply_to.as_deref())
    }
}

/// What was not sent, and below it what was begun meanwhile.
fn joined(unsent: String, begun: &str) -> String {
    match (unsent.is_empty(), begun.is_empty()) {
        (_, true) => unsent,
        // Files without a word.
        (true, false) => begun.to_owned(),
        (false, false) => format!("{unsent}\n{begun}"),
    }
}

/// Whether another device went on with what stands here, sent it or gave it up: the engine keeps something else `now` than
/// `before`, and nobody changed it here in between.
pub fn is_behind(here: Option<&Draft>, before: Option<&view::Draft>, now: Option<&view::Draft>) -> bool {
    let nothing = view::Draft::default();
    let (before, now) = (before.unwrap_or(&nothing), now.unwrap_or(&nothing));
    let is_same = (&before.text, &before.reply_to) == (&now.text, &now.reply_to);
    !is_same && here.is_none_or(|here| here.is_as(before) && !here.is_as(now))
}

/// What lists show of what the engine keeps.
pub fn line(kept: &view::Draft) -> &str {
    kept.edits.as_ref().map_or(&kept.text, |edit| &edit.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::list::testing::message;

    fn kept(text: &str, reply_to: Option<&str>) -> view::Draft {
        view::Draft { text: text.to_owned(), reply_to: reply_to.map(str::to_owned), ..view::Draft::default() }
    }

    fn here(text: &str) -> Draft {
        Draft { text: text.to_owned(), ..Draft::default() }
    }

    #[test]
    fn what_was_sent_or_gone_on_with_elsewhere_does_not_stay_here() {
        let (hello, more) = (kept("hello", None), kept("hello there", None));
        assert!(is_behind(Some(&here("hello")), Some(&hello), None), "sent elsewhere");
        assert!(is_behind(Some(&here("hello")), Some(&hello), Some(&more)), "gone on with elsewhere");
        assert!(is_behind(None, None, Some(&hello)), "begun elsewhere");
        assert!(
            is_behind(Some(&Draft::default()), None, Some(&hello)),
            "begun elsewhere while nothing is here"
        );
    }

    #[test]
    fn what_is_being_written_here_stays() {
        let (hello, more) = (kept("hello", None), kept("hello there", None));
        assert!(!is_behind(Some(&here("hello Ana")), Some(&hello), None));
        assert!(!is_behind(Some(&here("hello Ana")), Some(&hello), Some(&more)));
        assert!(!is_behind(Some(&here("hello")), Some(&hello), Some(&hello)), "nothing changed elsewhere");
        assert!(
            !is_behind(Some(&here("hello there")), Some(&hello), Some(&more)),
            "the same was written here"
        );
        // Sent here: the engine's word that nothing is begun any more comes after that.
        assert!(!is_behind(Some(&Draft::default()), Some(&hello), None));
        assert!(!is_behind(None, Some(&view::Draft::default()), None), "nothing, said in two ways");
    }

    #[test]
    fn what_was_not_sent_costs_nothing_that_was_begun_meanwhile() {
        let old = message("1", "a@x", "2026-01-01T00:00:00Z");
        let edit = Draft { editing: Some(old), ..here("new words") };
        let after = |mut now: Draft, draft: &Draft| {
            now.take_back(draft.clone());
            now
        };
        assert_eq!(after(here(""), &edit), edit);
        assert_eq!(after(here("and more"), &here("hello")), here("hello\nand more"));
        assert_eq!(after(here("and more"), &here("")), here("and more"));
        let once = |text: &str| Draft { once: true, ..here(text) };
        assert_eq!(
            after(here("and more"), &once("hello")),
            once("hello\nand more"),
            "shown once all the same"
        );
        assert_eq!(after(here("hello"), &edit), Draft { begun: "hello".into(), ..edit.clone() });
        assert_eq!(after(edit.clone(), &edit), edit);
        // A message that was not sent while another one is changed waits for the end of that.
        let waiting = |begun: &str| Draft { begun: begun.into(), ..edit.clone() };
        assert_eq!(after(edit.clone(), &here("hello")), waiting("hello"));
        assert_eq!(after(waiting("and more"), &here("hello")), waiting("hello\nand more"));
        let emptied = Draft { text: String::new(), ..waiting("and more") };
        let kept = Draft { text: String::new(), ..waiting("hello\nand more") };
        assert_eq!(after(emptied.clone(), &here("hello")), kept, "also where its new words were taken out");
        assert_eq!(after(emptied, &edit), waiting("and more"));
    }

    #[test]
    fn what_is_gone_is_answered_and_changed_no_more() {
        let old = message("1", "a@x", "2026-01-01T00:00:00Z");
        let after = |draft: &Draft, now: Option<Message>| {
            let mut draft = draft.clone();
            draft.follow("1", now);
            draft
        };
        let answer = Draft { reply_to: Some(old.clone()), ..here("yes") };
        assert_eq!(after(&answer, None), here("yes"));
        let deleted = Message { deleted: true, text: String::new(), ..old.clone() };
        assert_eq!(after(&answer, Some(deleted.clone())).reply_to, Some(deleted.clone()), "said as such");
        let edit = Draft { editing: Some(old), begun: "begun".into(), ..here("new words") };
        assert_eq!(after(&edit, None), here("new words\nbegun"));
        assert_eq!(after(&edit, Some(deleted)), here("new words\nbegun"));
        let other = Draft { reply_to: Some(message("2", "a@x", "2026-01-01T00:00:00Z")), ..here("yes") };
        assert_eq!(after(&other, None), other);
    }

    #[test]
    fn what_it_answers_counts_too() {
        let answer = Draft { reply_to: Some(message("1", "a@x", "2026-01-01T00:00:00Z")), ..here("yes") };
        let (to_one, to_none) = (kept("yes", Some("1")), kept("yes", None));
        assert!(is_behind(Some(&answer), Some(&to_one), None));
        assert!(is_behind(Some(&answer), Some(&to_one), Some(&to_none)));
        assert!(!is_behind(Some(&answer), Some(&to_none), None), "begun here just now");
    }

    #[test]
    fn while_an_old_message_is_changed_what_was_begun_before_follows() {
        let old = message("1", "a@x", "2026-01-01T00:00:00Z");
        let changing = Draft { editing: Some(old), begun: "hello".into(), ..here("new words") };
        let (hello, answer) = (kept("hello", None), kept("hello", Some("2")));
        assert!(is_behind(Some(&changing), Some(&hello), None));
        assert!(is_behind(Some(&changing), Some(&answer), None));
        assert!(!is_behind(Some(&changing), Some(&answer), Some(&hello)));
        assert_eq!((changing.message(), here("yes").message()), (("hello", None), ("yes", None)));
        let edits = Some(view::BegunEdit { message: "1".into(), text: "new words".into() });
        assert_eq!(line(&view::Draft { edits, ..hello.clone() }), "new words");
        assert_eq!(line(&hello), "hello");
    }
}
