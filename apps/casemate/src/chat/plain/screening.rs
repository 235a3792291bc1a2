//! Lists of what is known to be bad, what a link is, and the check-up, in the linear mode.

use casemate_api::Command;
use casemate_api::command::{
    GuardOutcome, IndicatorsImport, IndicatorsRemove, LinkLook, Nothing, OneAttachment,
};
use casemate_api::view::{
    Checkup, GuardJournal, IndicatorLists, IndicatorMatch, IndicatorsAdded, KeysAge, LinkLooked, LookBack,
};

use super::{Plain, complain, say};
use crate::chat::keys::home_folder;
use crate::chat::path;
use crate::chat::text::harmless_line;
use crate::chat::when::Now;

/// Refused entries that are said; all are counted.
const SAID: usize = 5;

/// Chats with the oldest keys that are said.
const AGES: usize = 10;

impl Plain {
    /// `/indicators`, `/indicators PATH`, `/indicators remove N`
    pub(super) async fn indicators(&mut self, rest: &str) -> anyhow::Result<()> {
        if let Some(number) = rest.strip_prefix("remove ") {
            return self.remove_list(number.trim()).await;
        }
        if rest.is_empty() {
            return self.print_lists().await;
        }
        let path = path::find(rest, home_folder().as_deref()).to_string_lossy().into_owned();
        let import = Command::IndicatorsImport(IndicatorsImport { path });
        match self.ask::<IndicatorsAdded>(import).await {
            Ok(made) => {
                let name = harmless_line(&made.name);
                say(&format!("{name}: {} indicators, {} of them new.", made.indicators, made.added))?;
                if made.refused_count > 0 {
                    say(&format!("{} entries were left out:", made.refused_count))?;
                }
                for one in made.refused.iter().take(SAID) {
                    say(&format!("   {}: {}", harmless_line(&one.what), harmless_line(&one.why)))?;
                }
                say("What arrives is compared with it from now on. /look-back looks through what is here.")
            }
            Err(error) => complain(&error.message),
        }
    }

    async fn lists(&mut self) -> Result<IndicatorLists, casemate_api::Error> {
        self.ask(Command::IndicatorsList(Nothing {})).await
    }

    async fn print_lists(&mut self) -> anyhow::Result<()> {
        let all = match self.lists().await {
            Ok(all) => all.lists,
            Err(error) => return complain(&error.message),
        };
        if all.is_empty() {
            return say(
                "No lists of known spyware yet. /indicators PATH takes one: STIX 2.1, MISP, or one a line.",
            );
        }
        for (at, list) in all.iter().enumerate() {
            let signed = match (&list.publisher, list.version) {
                (Some(publisher), Some(version)) => format!(", version {version}, signed by {publisher}"),
                _ => ", not signed".to_owned(),
            };
            say(&format!(
                "{}. {}: {} indicators{signed}",
                at + 1,
                harmless_line(&list.name),
                list.indicators
            ))?;
        }
        Ok(())
    }

    async fn remove_list(&mut self, number: &str) -> anyhow::Result<()> {
        let lists = self.lists().await.unwrap_or_default().lists;
        let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(list) = at.and_then(|at| lists.get(at)) else {
            return say("There is no such list; /indicators shows all.");
        };
        let remove = IndicatorsRemove { list: list.list.clone() };
        self.done(Command::IndicatorsRemove(remove), "Forgotten, with what was found by it.").await
    }

    /// `/look-back`
    pub(super) async fn look_back(&mut self) -> anyhow::Result<()> {
        match self.ask::<LookBack>(Command::IndicatorsLookBack(Nothing {})).await {
            Ok(looked) if looked.matches.is_empty() => say(&format!(
                "{} messages were looked through on this device: nothing in them is on your lists.",
                looked.messages
            )),
            Ok(looked) => {
                for one in &looked.matches {
                    say(&self.match_words(one))?;
                }
                if looked.left_out > 0 {
                    say(&format!("And {} more.", looked.left_out))?;
                }
                say(
                    "If you opened one of these, somebody may read along on this device. Ask somebody who knows, from another device. Nobody else learned of this.",
                )
            }
            Err(error) => complain(&error.message),
        }
    }

    /// What is said where something known is in a message.
    pub(super) fn match_words(&self, found: &IndicatorMatch) -> String {
        let number = self.number_of(&found.message).map(|number| format!(" (message {number})"));
        let now = Now::system();
        let day = now.day(&found.at).map(|day| now.heading(day)).unwrap_or_default();
        format!(
            "{day}, {}, {}{}: {} is on the list \"{}\" of what attackers use.",
            now.clock(&found.at),
            self.model.name_of(&found.from),
            number.unwrap_or_default(),
            harmless_line(&found.indicator),
            harmless_line(&found.source)
        )
    }

    /// `/look LINK`
    pub(super) async fn look(&mut self, link: &str) -> anyhow::Result<()> {
        if link.is_empty() {
            return say("Like this: /look https://example.org/page");
        }
        let look = LinkLook { url: link.to_owned(), ..LinkLook::default() };
        match self.ask::<LinkLooked>(Command::LinkLook(look)).await {
            Ok(looked) => {
                if !looked.host.is_empty() {
                    let reads = looked.reads.map(|reads| format!(" ({})", harmless_line(&reads)));
                    say(&format!(
                        "It leads to {}{}.",
                        harmless_line(&looked.host),
                        reads.unwrap_or_default()
                    ))?;
                }
                if looked.warnings.is_empty() {
                    return say("Nothing about it is suspicious. That does not make it good.");
                }
                looked.warnings.iter().try_for_each(|one| say(&format!("! {}", harmless_line(&one.sentence))))
            }
            Err(error) => complain(&error.message),
        }
    }

    /// `/guard [again N]`
    pub(super) async fn guard_journal(&mut self, rest: &str) -> anyhow::Result<()> {
        let entries = match self.ask::<GuardJournal>(Command::GuardJournal(Nothing {})).await {
            Ok(journal) => journal.entries,
            Err(error) => return complain(&error.message),
        };
        if let Some(number) = rest.strip_prefix("again") {
            let at = number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let Some(entry) = at.and_then(|at| entries.get(at)) else {
                return say("There is no such file; /guard shows all.");
            };
            let file = OneAttachment { message: entry.message.clone(), index: entry.index };
            return self.done(Command::GuardRelease(file), "It is looked into again when it is saved.").await;
        }
        if entries.is_empty() {
            return say("Every file that came could be looked into.");
        }
        let now = Now::system();
        for (at, one) in entries.iter().enumerate() {
            let how = match one.outcome {
                GuardOutcome::Refused => "is not what it seems, or too much",
                GuardOutcome::Crashed => "made what looks into files crash",
                GuardOutcome::TooLong => "took too long to be looked into",
                GuardOutcome::Killed => "was looked into when everything ended",
            };
            let held = if one.quarantined { "; it is not looked into by itself any more" } else { "" };
            let from = one.from.as_deref().map(|from| format!(" from {}", self.model.name_of(from)));
            let day = now.day(&one.at).map(|day| now.heading(day)).unwrap_or_default();
            say(&format!(
                "{}. {day}, {}: a file{} ({}) {how}{held}. SHA-256 {}",
                at + 1,
                now.clock(&one.at),
                from.unwrap_or_default(),
                crate::chat::when::size(one.bytes),
                one.sha256
            ))?;
        }
        Ok(())
    }

    /// `/checkup`
    pub(super) async fn check_up(&mut self) -> anyhow::Result<()> {
        match self.ask::<Checkup>(Command::GuardCheckup(Nothing {})).await {
            Ok(checked) => {
                if checked.findings.is_empty() {
                    say("Nothing to better.")?;
                }
                for one in &checked.findings {
                    let how = match one.severity.as_str() {
                        "high" => "Important",
                        "medium" => "Worth doing",
                        _ => "Also",
                    };
                    say(&format!("{how}: {} {}.", harmless_line(&one.why), one.action))?;
                }
                self.print_ages(&checked.keys)
            }
            Err(error) => complain(&error.message),
        }
    }

    /// How long this device has had its keys, where that is longest.
    fn print_ages(&self, keys: &[KeysAge]) -> anyhow::Result<()> {
        if !keys.is_empty() {
            say("How old this device's keys are, the oldest first:")?;
        }
        for one in keys.iter().take(AGES) {
            let chat = self.model.conversations.iter().find(|chat| chat.conversation == one.conversation);
            let title = chat.map(|chat| self.model.title(chat)).unwrap_or_default();
            let age = match one.days {
                Some(1) => "1 day".to_owned(),
                Some(days) => format!("{days} days"),
                None => "replaced now".to_owned(),
            };
            say(&format!("   {}: {age}", harmless_line(&title)))?;
        }
        match keys.len().saturating_sub(AGES) {
            0 => Ok(()),
            more => say(&format!("And {more} more.")),
        }
    }
}
