//! A conversation as a person reads it: one plain text, in the order of things. What others wrote cannot look like a line
//! of this file: their further lines stand further in than what this file says about a message.
//!
//! ```text
//! [2026-11-20 18:00:05] Mira: the first line
//!         the second line
//!     > Bob: what Mira answers
//!     -> files/20261120T180005 0f3a9c1e-0 photo.jpg
//!     👍 Ana
//! ```

use std::collections::BTreeMap;

use casemate_api::view::{Attachment, Conversation, Exported, Message, ReportContents};

use crate::names;
use crate::report::Versions;

/// Tells whoever opens the archive what it is, and how many of its files are not in it.
pub fn readme(made: &Exported) -> String {
    let mut text = README.to_owned();
    if made.files_missing > 0 {
        text.push_str(&format!(
            "\nFiles that were not on the device: {}. chat.txt says so where each was sent; its path in messages.json is null.\n",
            made.files_missing
        ));
    }
    if made.left_out > 0 {
        text.push_str(&format!(
            "\nFiles that could not be read: {}. They are in files/, empty or cut off.\n",
            made.left_out
        ));
    }
    text
}

const README: &str = "\
An export from Casemate. It is NOT ENCRYPTED: whoever has this file can read everything in it.

profile.json                    your profile and settings
contacts.json                   your contacts, open requests and broadcast lists
pictures/                       their pictures
conversations.json              all conversations and the folder of each, messages for later
conversations/N NAME/
    chat.txt                    the conversation to read; times are UTC
    messages.json               the same for programs, with all details
    files/                      the files of its messages that were on the device

There are no keys in it: nobody can use it to write in your name or to take your account.
Messages that are shown once are left out. Files that were not on the device are named, not contained.
Files are as they were received. Open only what you trust: Casemate's protection ends here.
What the fields mean: docs/export.md in Casemate's source.
";

/// Tells whoever opens a report what it is.
pub const REPORT_README: &str = "\
A report from Casemate about what somebody wrote. It is NOT ENCRYPTED: whoever has this file can read everything in it.

report.txt      to read; times are UTC
report.json     the same for programs, with all details
files/          files of these messages that were on the device

Somebody who got these messages chose them and made this file. Nobody else got it by itself: Casemate and its
servers take no reports. It shows what that person's device shows and proves nothing: whether the messages were
written so, a third person cannot tell from it.
Files are as they were received. Open only what you trust: Casemate's protection ends here.
What the fields mean: docs/report.md in Casemate's source.
";

/// What somebody finds who opens evidence.
pub const EVIDENCE_README: &str = "\
Evidence from Casemate about what somebody wrote. You opened it, so what lies here now is NOT ENCRYPTED any more.

report.txt      to read; times are UTC
report.json     the same for programs, with all details
headers.json    where in the conversation each message stands: log, entry, account
files/          files of these messages that were on the device, byte for byte as they were received
stix.json       what was seen, as a STIX 2.1 bundle: files by their hashes, links, the account; without a judgement
custody.json    who collected this, when, on which device, with the hash of every other part, signed (Ed25519)

The signature shows that this device had these bytes at the time it names, by its own clock, and that nothing was changed
since. It does not show that the messages were written so: that rests on whoever collected them.
Files are as they were received. Open only what you trust: Casemate's protection ends here.
The format: docs/evidence.md in Casemate's source.
";

/// Letters of what a message answers: enough to know it again. It stands in full where it was written.
const QUOTE_LETTERS: usize = 80;

/// How people are called.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Somebody is called so; the first name stays.
    pub fn know(&mut self, address: &str, name: &str) {
        if !name.is_empty() {
            self.0.entry(address.to_owned()).or_insert_with(|| name.to_owned());
        }
    }

    fn of<'a>(&'a self, address: &'a str) -> &'a str {
        self.0.get(address).map_or(address, String::as_str)
    }
}

/// A report to read.
pub fn report(contents: &ReportContents, versions: &Versions, note: &str) -> String {
    let mut names = Names::default();
    names.know(&contents.address, &contents.name);
    let mut text = format!("About {} ({})\n", line(names.of(&contents.address)), line(&contents.address));
    if !note.is_empty() {
        text.push_str(&format!("\nWhoever reports says:\n        {}\n", body(note)));
    }
    if let Some(request) = &contents.request {
        let time = request.at.get(..19).unwrap_or_default();
        text.push_str(&format!(
            "\nTheir request to make contact [{}]:\n        {}\n",
            line(time),
            body(&request.note)
        ));
    }
    text.push('\n');
    for message in &contents.messages {
        text.push_str(&lines(message, &names));
        // The last one is what stands above.
        for earlier in versions.get(&message.message).into_iter().flat_map(|all| all.iter().rev().skip(1)) {
            let time = earlier.at.get(..19).unwrap_or_default();
            text.push_str(&format!("    (before, from {} on: {})\n", line(time), body(&earlier.text)));
        }
    }
    text
}

/// What stands above the messages.
pub fn head(chat: &Conversation, names: &Names) -> String {
    let mut text = format!("{}\n", line(&chat.name));
    for member in &chat.members {
        text.push_str(&format!("    {} ({})\n", line(names.of(&member.address)), line(&member.address)));
    }
    text.push('\n');
    text
}

/// One message.
pub fn lines(message: &Message, names: &Names) -> String {
    // 2026-11-20T18:00:05.000Z
    let day = message.at.get(..10).unwrap_or_default();
    let time = message.at.get(11..19).unwrap_or_default();
    let mut text = format!("[{day} {time}] ");
    if message.kind == "notice" {
        text.push_str(&format!("* {}\n", body(&message.text)));
        return text;
    }
    text.push_str(&format!("{}: {}\n", line(names.of(&message.from)), words(message)));
    if message.reply_to.is_some() {
        text.push_str(&format!("    > {}\n", quote(message.answers.as_deref(), names)));
    }
    for (index, file) in (0u32..).zip(&message.attachments) {
        text.push_str(&format!("    -> {}\n", file_line(message, index, file)));
    }
    for reaction in &message.reactions {
        text.push_str(&format!("    {} {}\n", line(&reaction.emoji), line(names.of(&reaction.from))));
    }
    text
}

/// What stands behind its sender's name.
fn words(message: &Message) -> String {
    let mut parts = Vec::new();
    if message.forwarded > 0 {
        parts.push("(forwarded)".to_owned());
    }
    match &message.poll {
        Some(poll) => {
            let options = poll.options.iter().map(|option| format!("\n- {} ({})", option.text, option.votes));
            parts.push(body(&format!("{}{}", poll.question, options.collect::<String>())));
        }
        None if !message.text.is_empty() => parts.push(body(&message.text)),
        None => {}
    }
    // What was opened is gone as well, but nobody deleted it.
    if message.view_once {
        parts.push("(shown once)".to_owned());
    } else if message.deleted {
        parts.push("(deleted)".to_owned());
    } else if message.edited {
        parts.push("(edited)".to_owned());
    }
    parts.join(" ")
}

/// What a message answers, on one line: who wrote it, and its first words or what its files are called.
fn quote(answered: Option<&Message>, names: &Names) -> String {
    let Some(answered) = answered else { return "(a message that is not quoted here)".to_owned() };
    let first = if answered.view_once {
        "(shown once)".to_owned()
    } else if answered.deleted {
        "(deleted)".to_owned()
    } else if !answered.text.is_empty() {
        beginning(&answered.text)
    } else {
        let files: Vec<&str> = answered.attachments.iter().map(|file| file.name.as_str()).collect();
        beginning(&files.join(", "))
    };
    // What is of a kind that is not known here has no words.
    format!("{}: {first}", line(names.of(&answered.from))).trim_end().to_owned()
}

/// The first words on one line.
fn beginning(text: &str) -> String {
    // Of something long no more than is needed is looked at.
    let words = text.split_whitespace().take(QUOTE_LETTERS + 1).collect::<Vec<_>>().join(" ");
    let words = line(&words);
    match words.char_indices().nth(QUOTE_LETTERS) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words,
    }
}

/// What is said of a file: its path, or its name and that it is not here; and its caption.
fn file_line(message: &Message, index: u32, file: &Attachment) -> String {
    let mut text = match names::is_here(file) {
        true => names::of_file(message, index, file),
        false => format!("{} (not on this device)", line(&file.name)),
    };
    if !file.caption.is_empty() {
        // Behind a colon, as whatever is somebody's words.
        text.push_str(&format!(": {}", line(&file.caption)));
    }
    text
}

/// Somebody's words: lines after the first stand further in.
fn body(text: &str) -> String {
    // Two letters and one break, as text from Windows has it.
    let text = text.replace("\r\n", "\n");
    let lines: Vec<String> = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(line).collect();
    lines.join("\n        ")
}

/// On one line, in its own order of letters.
fn line(text: &str) -> String {
    let turns =
        |letter: &char| matches!(letter, '\u{61C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let shown = text.chars().filter(|letter| !turns(letter));
    shown
        .map(
            |letter| {
                if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') { ' ' } else { letter }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_a_line_in_anothers_name() {
        let mut names = Names::default();
        names.know("mira@example.org", "Mira\n[2026-01-01 00:00:00] Bob");
        let message = Message {
            at: "2026-11-20T18:00:05.000Z".into(),
            from: "mira@example.org".into(),
            text: "hello\n[2026-11-20 18:00:06] Bob: I agree\r\u{2028}[x\u{202E}".into(),
            ..Message::default()
        };
        let text = lines(&message, &names);
        assert!(text.starts_with("[2026-11-20 18:00:05] Mira [2026-01-01 00:00:00] Bob: hello\n"));
        assert_eq!(text.lines().filter(|line| line.starts_with('[')).count(), 1, "{text}");
        assert!(!text.contains(['\r', '\u{2028}', '\u{202E}']));
        let notice = Message { kind: "notice".into(), text: "a\nb".into(), ..message };
        assert_eq!(lines(&notice, &names), "[2026-11-20 18:00:05] * a\n        b\n");
    }

    #[test]
    fn a_line_break_of_two_letters_is_one() {
        let message = Message {
            at: "2026-11-20T18:00:05.000Z".into(),
            kind: "notice".into(),
            text: "a\r\nb\r\n\r\nc\rd".into(),
            ..Message::default()
        };
        let text = lines(&message, &Names::default());
        assert_eq!(text, "[2026-11-20 18:00:05] * a\n        b\n        \n        c\n        d\n");
    }

    fn answer_to(answered: Option<Message>, text: &str) -> String {
        let mut names = Names::default();
        names.know("mira@example.org", "Mira");
        let message = Message {
            at: "2026-11-20T18:00:05.000Z".into(),
            from: "bob@example.org".into(),
            text: text.into(),
            reply_to: Some("00".into()),
            answers: answered.map(Box::new),
            ..Message::default()
        };
        lines(&message, &names)
    }

    #[test]
    fn an_answer_shows_what_it_answers() {
        let mira = Message { from: "mira@example.org".into(), ..Message::default() };
        let shown = |answered| answer_to(answered, "yes").split_off("[2026-11-20 18:00:05] ".len());
        let asked = Message { text: "shall we\r\n go?".into(), ..mira.clone() };
        assert_eq!(shown(Some(asked)), "bob@example.org: yes\n    > Mira: shall we go?\n");
        let long = shown(Some(Message { text: "ü\u{202E}".repeat(9_000), ..mira.clone() }));
        assert_eq!(long, format!("bob@example.org: yes\n    > Mira: {}…\n", "ü".repeat(QUOTE_LETTERS)));
        let gone = Message { deleted: true, ..mira.clone() };
        assert_eq!(shown(Some(gone)), "bob@example.org: yes\n    > Mira: (deleted)\n");
        let once = Message { view_once: true, text: "a secret".into(), ..mira };
        assert_eq!(shown(Some(once)), "bob@example.org: yes\n    > Mira: (shown once)\n");
        assert_eq!(shown(None), "bob@example.org: yes\n    > (a message that is not quoted here)\n");
    }

    #[test]
    fn nobody_makes_up_what_they_answer() {
        let asked = Message { from: "mira@example.org".into(), text: "no".into(), ..Message::default() };
        let text = answer_to(Some(asked), "fine\n    > Mira: I owe you\n-> files/a.jpg");
        let about: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| !line.starts_with(' '))
            .collect();
        assert_eq!(about, ["> Mira: no"], "{text}");
    }
}
