//! The text of an exported chat: each message begins with a date and a time, in brackets or before a dash, then a name and
//! a colon; what follows until the next such line belongs to it. Files are known by their names in the archive, so that
//! "(file attached)" needs no dictionary of languages.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::{Civil, Written, order, take};
use crate::language::{says_edited, says_encrypted, says_left_out, spoken};

/// Messages of a chat.
pub const MESSAGES: usize = 200_000;

/// UTF-8 bytes of a message; what is longer goes on in the next.
pub const TEXT_BYTES: usize = 32 * 1024;

/// UTF-8 bytes of a message in the export, which is cut behind them: it takes 65,536 letters.
const WHOLE_BYTES: usize = 4 * 65_536;

/// UTF-8 bytes of a name.
const NAME_BYTES: usize = 256;

/// UTF-8 bytes of the whole text.
pub const CHAT_BYTES: u64 = 128 * 1024 * 1024;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In the zone of the phone that exported it.
    pub at: Civil,
    /// Who wrote it; none for what the messenger itself said.
    pub author: Option<String>,
    /// Without marks that only direct writing. Empty where the phone had no words for what was sent.
    pub text: String,
    /// A file of the archive.
    pub file: Option<String>,
    /// What the text would be if its file had come along, where it says instead that the file was left out.
    pub caption: Option<String>,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chat {
    /// In the order of the text.
    pub lines: Vec<Line>,
    /// Who wrote, in the order of their first message.
    pub authors: Vec<String>,
    /// There were more messages than are taken.
    pub cut: bool,
}

/// What stands around the chat's name in the names of exported files, by phones and languages.
const AROUND: [(&str, &str); 33] = [
    ("WhatsApp Chat with ", ""),
    ("WhatsApp Chat - ", ""),
    ("WhatsApp-Chat mit ", ""),
    ("WhatsApp Chat mit ", ""),
    ("Chat de WhatsApp con ", ""),
    ("Chat de WhatsApp - ", ""),
    ("Discussion WhatsApp avec ", ""),
    ("Discussion WhatsApp - ", ""),
    ("Conversa do WhatsApp com ", ""),
    ("Conversa do WhatsApp - ", ""),
    ("Conversa no WhatsApp com ", ""),
    ("Chat WhatsApp con ", ""),
    ("Chat WhatsApp dengan ", ""),
    ("WhatsApp-chat met ", ""),
    ("WhatsApp-chatt med ", ""),
    ("Czat WhatsApp z ", ""),
    // The longer one first.
    ("Чат WhatsApp с контактом ", ""),
    ("Чат WhatsApp с ", ""),
    ("Бесіда WhatsApp з ", ""),
    ("Trò chuyện WhatsApp với ", ""),
    ("گفتگوی WhatsApp با ", ""),
    ("", " ile WhatsApp Sohbeti"),
    ("", "님과의 WhatsApp 대화"),
    ("", "とのWhatsAppチャット"),
    ("دردشة واتساب مع ", ""),
    ("محادثة واتساب مع ", ""),
    ("WhatsApp चैट - ", ""),
    ("", " के साथ WhatsApp चैट"),
    ("与", "的 WhatsApp 聊天"),
    ("与 ", " 的 WhatsApp 聊天"),
    ("WhatsApp 聊天 - ", ""),
    ("WhatsApp 与 ", " 的对话"),
    ("WhatsApp 與 ", " 的對話"),
];

/// The chat's name out of that of its exported file; none where that does not say it.
pub fn name(file: &str) -> Option<&str> {
    let name = file.strip_suffix(".zip").or_else(|| file.strip_suffix(".txt")).unwrap_or(file);
    // A second copy in the same folder: "… (1)".
    let name = match name.rsplit_once(" (") {
        Some((before, number))
            if number.ends_with(')') && number[..number.len() - 1].parse::<u32>().is_ok() =>
        {
            before
        }
        _ => name,
    };
    let called = AROUND.iter().find_map(|(before, after)| name.strip_prefix(before)?.strip_suffix(after));
    // An iPhone's text is `_chat.txt` in all languages.
    let called = called.unwrap_or(if name == "_chat" { "" } else { name }).trim();
    (!called.is_empty()).then_some(called)
}

/// A message as it stands in the text.
struct Begun {
    written: Written,
    /// With its date.
    whole: String,
    /// Where in it the date ends.
    head: usize,
}

impl Begun {
    fn body(&self) -> &str {
        &self.whole[self.head..]
    }

    /// As Android writes it: an iPhone has the date in brackets.
    fn is_android(&self) -> bool {
        !self.whole.trim_start_matches(is_mark).starts_with('[')
    }

    fn go_on(&mut self, line: &str) {
        if self.whole.len() < WHOLE_BYTES {
            self.whole.push('\n');
            self.whole.push_str(line);
        }
    }
}

/// Reads a chat. `files`: names that the archive has. An empty one: this is no exported chat.
pub fn read(text: &str, files: &BTreeSet<String>) -> Chat {
    let mut begun: Vec<Begun> = Vec::new();
    let mut cut = false;
    for line in text.trim_start_matches('\u{feff}').lines() {
        match head(line) {
            Some(_) if begun.len() == MESSAGES => {
                cut = true;
                break;
            }
            Some((written, rest)) => {
                begun.push(Begun { written, whole: line.to_owned(), head: line.len() - rest.len() });
            }
            None => {
                if let Some(last) = begun.last_mut() {
                    last.go_on(line);
                }
            }
        }
    }
    let written: Vec<Written> = begun.iter().map(|one| one.written).collect();
    let order = order(&written, spoken(begun.iter().map(Begun::body)));
    let mut dated: Vec<(Civil, Begun)> = Vec::with_capacity(begun.len());
    for one in begun {
        if let Some(at) = one.written.civil(order) {
            dated.push((at, one));
        } else if let Some((_, before)) = dated.last_mut() {
            // A date that this chat cannot have is none of its own: somebody copied that line into a message.
            before.go_on(&one.whole);
        }
    }
    let names: Names<'_> = files.iter().map(|name| (plain(name).trim().to_owned(), name.as_str())).collect();
    let mut chat = Chat { cut, ..Chat::default() };
    let mut signs = Vec::with_capacity(dated.len());
    for (at, one) in dated {
        let (line, sign) = message(at, &one, &names, chat.lines.is_empty());
        for part in parts(line) {
            chat.lines.push(part);
            signs.push(sign);
        }
    }
    chat.cut |= chat.lines.len() > MESSAGES;
    chat.lines.truncate(MESSAGES);
    let group = group_itself(&chat.lines, &signs);
    for (line, sign) in chat.lines.iter_mut().zip(signs) {
        if matches!(sign, Sign::Encrypted | Sign::Messenger) || (group.is_some() && line.author == group) {
            line.author = None;
            line.caption = None;
        }
        if let Some(author) = &line.author
            && chat.authors.len() < 2_000
            && !chat.authors.contains(author)
        {
            chat.authors.push(author.clone());
        }
    }
    chat
}

/// What the beginning of a message says of whose it is. An iPhone puts a mark of direction before all that the messenger words:
/// what somebody sent and is not in the export (`image omitted`, `Location: …`), or took back, and what nobody sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Somebody's own words, or a file.
    Plain,
    /// Worded by the messenger, for somebody.
    Marked,
    /// Nobody's: that a security code changed.
    Messenger,
    /// Nobody's: that all is encrypted, in the name of the group or of the other one.
    Encrypted,
}

/// A first message of the messenger's is longer than what it writes in place of a photo.
const FIRST_LETTERS: usize = 40;

impl Sign {
    fn of(said: &str, is_first: bool) -> Self {
        let Some(words) = said.strip_prefix('\u{200e}') else { return Self::Plain };
        // An iPhone's export begins with it, also in languages that are not known here.
        let is_long = words.chars().count() > FIRST_LETTERS;
        let begins = is_first && is_long && !words.contains("://") && !words.ends_with([')', '）', '>']);
        if begins || says_encrypted(words) {
            return Self::Encrypted;
        }
        // Two, and one more before "Tap to learn more": two alone are in what people write.
        let is_notice = words.strip_prefix('\u{200e}').is_some_and(|rest| rest.contains('\u{200e}'));
        if is_notice { Self::Messenger } else { Self::Marked }
    }
}

/// The group, where the messenger speaks in its name: it says that all is encrypted and never has a word of its own. Of two who
/// write none is a group.
fn group_itself(lines: &[Line], signs: &[Sign]) -> Option<String> {
    let at = signs.iter().position(|sign| *sign == Sign::Encrypted)?;
    let name = lines.get(at)?.author.as_deref()?;
    let mut speaks: BTreeMap<&str, bool> = BTreeMap::new();
    for (line, sign) in lines.iter().zip(signs) {
        if let Some(author) = &line.author {
            *speaks.entry(author).or_default() |= *sign == Sign::Plain;
        }
    }
    (speaks.len() > 2 && speaks.get(name) == Some(&false)).then(|| name.to_owned())
}

/// The archive's names, by what of them shows: of what does not, text and archive do not always have the same.
type Names<'a> = BTreeMap<String, &'a str>;

/// The date and time that a message begins with, and the rest of its first line.
fn head(line: &str) -> Option<(Written, &str)> {
    let line = line.trim_start_matches(is_mark);
    match line.strip_prefix('[') {
        Some(inside) => {
            let (written, rest) = take(inside)?;
            let rest = rest.strip_prefix(']')?;
            Some((written, rest.strip_prefix(' ').unwrap_or(rest)))
        }
        None => {
            let (written, rest) = take(line)?;
            let rest = rest.trim_start_matches(is_mark);
            let rest = rest.strip_prefix(" - ").or_else(|| rest.strip_prefix(" – "))?;
            Some((written, rest))
        }
    }
}

fn message(at: Civil, one: &Begun, names: &Names<'_>, is_first: bool) -> (Line, Sign) {
    let body = one.body();
    let (author, said) = match body.trim_start_matches(is_mark).split_once(": ") {
        // A name is one short line; "They said: …" in the messenger's own words has the colon later or not at all.
        Some((name, said)) if name.len() <= NAME_BYTES && !name.contains('\n') && !is_quoting(name) => {
            (author(name), said)
        }
        _ => match body.strip_suffix(':') {
            // Somebody sent an empty message, or only a picture that was not exported.
            Some(name) if name.len() <= NAME_BYTES && !name.contains(['\n', ' ']) => (author(name), ""),
            _ => (None, body),
        },
    };
    let (file, said) = attached(unedited(said), names);
    // Android has no words for what is seen once, and writes this. The line stays: others are known by their places.
    let is_null = one.is_android() && author.is_some() && said.trim_end() == "null";
    let said = if is_null { "" } else { unedited(said) };
    let sign = if file.is_some() { Sign::Plain } else { Sign::of(said, is_first) };
    let mut text = plain(said);
    text.truncate(text.floor_char_boundary(WHOLE_BYTES));
    let left_out =
        if file.is_none() && author.is_some() && text.len() <= TEXT_BYTES { caption(said) } else { None };
    let caption = left_out.map(|caption| plain(caption).trim().to_owned());
    (Line { at, author, text: text.trim().to_owned(), file, caption }, sign)
}

/// A message without what the messenger writes behind it where it was edited: `<This message was edited>`, mostly behind a mark, by
/// which it is known in all languages.
fn unedited(said: &str) -> &str {
    let end = said.trim_end_matches(|letter: char| is_mark(letter) || letter.is_whitespace());
    let Some((before, words)) = end.strip_suffix('>').and_then(|most| most.rsplit_once('<')) else {
        return said;
    };
    let own = before.trim_end_matches(is_mark);
    let is_marked = before[own.len()..].contains('\u{200e}');
    // A colon has a file's name behind it.
    let is_short = words.chars().count() <= FIRST_LETTERS && !words.contains(['>', ':', '：', '\n']);
    let is_told =
        is_short && (is_marked && !says_left_out(&end[before.len()..]) || says_edited(&plain(words)));
    let is_behind = own.ends_with(char::is_whitespace) && !plain(own).trim().is_empty();
    if is_told && is_behind { own.trim_end() } else { said }
}

/// What a message says beside the words that its file was left out; none where there are no such words. They need no dictionary
/// either: `<Media omitted>` is in angle brackets in the first line, an iPhone's `image omitted` at the end behind a mark.
fn caption(said: &str) -> Option<&str> {
    let first = said.lines().next().unwrap_or_default();
    let clean = first.trim_matches(|letter: char| is_mark(letter) || letter.is_whitespace());
    if clean.starts_with('<') && clean.ends_with('>') {
        return Some(said[first.len()..].trim_start_matches(['\r', '\n']));
    }
    let (before, last) = said.trim_end().rsplit_once('\u{200e}')?;
    let is_short = last.chars().count() <= FIRST_LETTERS;
    (is_short && !last.contains("://") && !last.contains('\n')).then_some(before)
}

/// A message as one or more that are not longer than messages are here.
fn parts(mut line: Line) -> Vec<Line> {
    let mut parts = Vec::with_capacity(1);
    while line.text.len() > TEXT_BYTES {
        let most = line.text.floor_char_boundary(TEXT_BYTES);
        // Between words, where there are some.
        let space = line.text[..most].rfind(char::is_whitespace).filter(|at| *at > most / 2);
        let rest = line.text.split_off(space.unwrap_or(most)).trim_start().to_owned();
        let next = Line { at: line.at, author: line.author.clone(), text: rest, file: None, caption: None };
        parts.push(std::mem::replace(&mut line, next));
    }
    parts.push(line);
    parts
}

/// Whether a quotation begins here and does not end: the messenger says what a group is called, and the colon is in that.
fn is_quoting(name: &str) -> bool {
    let count = |mark: char| name.matches(mark).count();
    // What ends a quotation in German begins one in English.
    let curly = if name.contains('„') { count('„') > count('“') } else { count('“') > count('”') };
    count('"') % 2 == 1 || curly || count('«') > count('»')
}

/// Whoever wrote, where anything of the name can be seen.
fn author(name: &str) -> Option<String> {
    Some(plain(name).trim().to_owned()).filter(|name| !name.is_empty())
}

/// The file that a message names, and the message without that.
fn attached<'a>(said: &'a str, names: &Names<'_>) -> (Option<String>, &'a str) {
    let file = |name: &str| names.get(plain(name).trim()).map(|name| (*name).to_owned());
    let first = said.lines().next().unwrap_or_default();
    let rest = said[first.len()..].trim_start_matches(['\r', '\n']);
    let clean = first.trim_matches(|letter: char| is_mark(letter) || letter.is_whitespace());
    // `<attached: 00000012-PHOTO.jpg>`
    let in_angles = clean.strip_prefix('<').and_then(|inside| inside.strip_suffix('>'));
    if let Some((_, name)) = in_angles.and_then(|inside| inside.split_once([':', '：']))
        && let Some(file) = file(name)
    {
        return (Some(file), rest);
    }
    // `IMG-20231231-WA0001.jpg (file attached)`
    if clean.ends_with([')', '）'])
        && let Some(open) = clean.rfind([' ', '（']).and_then(|_| clean.rfind(['(', '（']))
        && let Some(file) = file(&clean[..open])
    {
        return (Some(file), rest);
    }
    // A caption before it, as newer phones write: `caption <attached: name>` in the last line.
    if let Some((before, last)) = said.trim_end().rsplit_once('\u{200e}')
        && let Some((_, name)) = last
            .strip_prefix('<')
            .and_then(|inside| inside.strip_suffix('>'))
            .and_then(|inside| inside.split_once([':', '：']))
        && let Some(file) = file(name)
    {
        return (Some(file), before);
    }
    (None, said)
}

/// Without marks of direction and other characters that show nothing.
fn plain(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|letter| !is_mark(*letter) && (!letter.is_control() || matches!(letter, '\n' | '\t')));
    kept.map(|letter| if letter == '\u{202f}' { ' ' } else { letter }).collect()
}

/// Marks that turn what stands around them, and the mark at the start of a file.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests;
