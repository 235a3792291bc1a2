//! The text of an exported chat: each message begins with a date and a time, in brackets or before a dash, then a name and
//! a colon; what follows until the next such line belongs to it. Files are known by their names in the archive, so that
//! "(file attached)" needs no dictionary of languages.

use std::collections::{BTreeMap, BTreeSet};

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::clock::{Around, Civil, Form, Written, take, take_like};
use crate::language::{says_edited, says_encrypted, says_left_out, spoken};
use crate::order::{Clues, Order, decide};

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
    /// What stands first in its dates.
    pub order: Order,
    /// Where nothing tells day and month apart: from when to when the chat goes in each order, the more likely first. Else empty.
    pub open: Vec<Reading>,
    /// Messages without words: what was sent is not in the export.
    pub wordless: usize,
    /// Lines before the first message, which belong to none and are left out.
    pub left_out: usize,
    /// Lines that look like messages and are parts of the one before them: somebody copied them there, or they were not understood.
    pub copied: usize,
    /// The first line that was left out or, where there is none, the first that looks like a message and is none.
    pub first_odd: Option<String>,
}

/// A chat's time in one order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Reading {
    pub order: Order,
    pub first: Civil,
    pub last: Civil,
}

/// What the caller knows of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// What the person said stands first in its dates; it counts where they leave that open.
    pub order: Option<Order>,
    /// When it was exported at the latest.
    pub latest: Option<Civil>,
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
        self.written.form.around == Around::Dash
    }

    fn go_on(&mut self, line: &str) {
        if self.whole.len() < WHOLE_BYTES {
            self.whole.push('\n');
            self.whole.push_str(line);
        }
    }
}

/// UTF-8 bytes of a line that is told of.
const ODD_BYTES: usize = 200;

/// Reads a chat. `files`: names that the archive has. One without messages is no exported chat.
pub fn read(text: &str, files: &BTreeSet<String>) -> Chat {
    read_as(text, files, &How::default())
}

/// Reads a chat with what is known of it.
pub fn read_as(text: &str, files: &BTreeSet<String>, how: &How) -> Chat {
    let mut chat = Chat::default();
    let begun = messages(text.trim_start_matches('\u{feff}'), &mut chat);
    let written: Vec<Written> = begun.iter().map(|one| one.written).collect();
    let clues = Clues {
        language: spoken(begun.iter().map(Begun::body)),
        latest: how.latest,
        days: begun.iter().map(|one| day_in_name(one.body())).collect(),
    };
    let decided = decide(&written, &clues);
    chat.order = decided.order;
    if decided.is_open {
        chat.open = open(&written, decided.order);
        chat.order = how.order.unwrap_or(decided.order);
    }
    let mut dated: Vec<(Civil, Begun)> = Vec::with_capacity(begun.len());
    for one in begun {
        if let Some(at) = one.written.civil(chat.order) {
            dated.push((at, one));
        } else if let Some((_, before)) = dated.last_mut() {
            // A date that this chat cannot have is none of its own: somebody copied that line into a message.
            chat.copied(&one.whole);
            before.go_on(&one.whole);
        } else {
            chat.leave_out(&one.whole);
        }
    }
    let names: Names<'_> = files.iter().map(|name| (composed(name), name.as_str())).collect();
    let titled = titled(&dated);
    let mut signs = Vec::with_capacity(dated.len());
    for (at, one) in dated {
        let (line, sign) = message(at, &one, &names, &titled, chat.lines.is_empty());
        chat.wordless += usize::from(line.text.is_empty() && line.file.is_none());
        for part in parts(line) {
            chat.lines.push(part);
            signs.push(sign);
        }
    }
    chat.cut |= chat.lines.len() > MESSAGES;
    chat.lines.truncate(MESSAGES);
    let group = group_itself(&chat.lines, &signs);
    tell_of_people(&chat.lines, &mut signs);
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

impl Chat {
    fn leave_out(&mut self, line: &str) {
        self.left_out += 1;
        if self.left_out == 1 {
            self.first_odd = Some(shown(line));
        }
    }

    fn copied(&mut self, line: &str) {
        self.copied += 1;
        self.first_odd.get_or_insert_with(|| shown(line));
    }
}

/// A line as it is told of.
fn shown(line: &str) -> String {
    let mut line = plain(line);
    line.truncate(line.floor_char_boundary(ODD_BYTES));
    line
}

/// The messages, and of the chat what is none.
fn messages(text: &str, chat: &mut Chat) -> Vec<Begun> {
    let mut begun: Vec<Begun> = Vec::new();
    let Some(form) = text.lines().find_map(take).map(|(written, _)| written.form) else {
        text.lines().filter(|line| !plain(line).trim().is_empty()).for_each(|line| chat.leave_out(line));
        return begun;
    };
    let by_returns = ends_by_returns(text, form);
    let mut may_begin = true;
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let head = take_like(line, &form);
        match head.filter(|(written, _)| may_begin && written.form == form) {
            Some(_) if begun.len() == MESSAGES => {
                chat.cut = true;
                break;
            }
            Some((written, rest)) => {
                begun.push(Begun { written, whole: line.to_owned(), head: line.len() - rest.len() });
            }
            None => match begun.last_mut() {
                Some(last) => {
                    if head.is_some() {
                        chat.copied(line);
                    }
                    last.go_on(line);
                }
                None if plain(line).trim().is_empty() => {}
                None => chat.leave_out(line),
            },
        }
        may_begin = !by_returns || whole.ends_with("\r\n");
    }
    begun
}

/// Whether messages end with CR LF, and lines inside of them with LF: so iPhones write it. A chat line that somebody copied into a
/// message is told from others by that.
fn ends_by_returns(text: &str, form: Form) -> bool {
    if !text.contains("\r\n") || text.ends_with('\n') && !text.ends_with("\r\n") {
        return false;
    }
    let (mut after_return, mut after_feed) = (0, 0);
    let mut before = None;
    for line in text.split_inclusive('\n') {
        if let Some(by_return) = before
            && take_like(line, &form).is_some_and(|(written, _)| written.form == form)
        {
            *(if by_return { &mut after_return } else { &mut after_feed }) += 1;
        }
        before = Some(line.ends_with("\r\n"));
    }
    match form.around {
        Around::Dash => after_return > after_feed,
        Around::Brackets | Around::Colon => after_return > 0 || text.ends_with("\r\n"),
    }
}

/// The year, month and day in the name of a file that came along: `IMG-20231231-WA0001.jpg`, `2015-08-04-PHOTO-00004762.jpg`.
fn day_in_name(body: &str) -> Option<[u16; 3]> {
    let first =
        body.lines().next()?.trim_end_matches(|letter: char| is_mark(letter) || letter.is_whitespace());
    if first.len() > 2 * NAME_BYTES || !first.ends_with([')', '）', '>']) {
        return None;
    }
    first.match_indices("20").find_map(|(at, _)| {
        let is_inside = first[..at].ends_with(|letter: char| letter.is_ascii_digit());
        let digits: String = first[at..].chars().filter(|letter| *letter != '-').take(8).collect();
        let dashes = first[at..].chars().take(10).filter(|letter| *letter == '-').count();
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u16>().ok();
        let day = [part(0, 4)?, part(4, 6)?, part(6, 8)?];
        (!is_inside && digits.is_ascii() && matches!(dashes, 0..=2)).then_some(day)
    })
}

/// From when to when a chat goes with the day first and with the month first.
fn open(written: &[Written], likely: Order) -> Vec<Reading> {
    let other = if likely == Order::Month { Order::Day } else { Order::Month };
    let reading = |order| {
        let times = || written.iter().filter_map(|one| one.civil(order));
        Some(Reading { order, first: times().min()?, last: times().max()? })
    };
    [likely, other].into_iter().filter_map(reading).collect()
}

/// Names with a colon, as `Dr: Who`: those whose beginning is in no other name, and is always followed by the same.
fn titled(dated: &[(Civil, Begun)]) -> BTreeSet<String> {
    let mut behind: BTreeMap<&str, (Option<&str>, usize)> = BTreeMap::new();
    for (_, one) in dated {
        let Some((name, said)) = one.body().trim_start_matches(is_mark).split_once(": ") else { continue };
        if name.len() > NAME_BYTES || name.contains('\n') || behind.len() >= 10_000 {
            continue;
        }
        let next = said.split_once(": ").map(|(next, _)| next);
        let next = next.filter(|next| next.len() + name.len() < NAME_BYTES && !next.contains('\n'));
        let (same, count) = behind.entry(name).or_insert((next, 0));
        *same = same.filter(|same| next == Some(*same));
        *count += 1;
    }
    let is_title = |(_, (same, count)): &(&str, (Option<&str>, usize))| same.is_some() && *count >= TITLED;
    behind.into_iter().filter(is_title).map(|(name, _)| name.to_owned()).collect()
}

/// Messages that all have the same words and a colon behind their name before those are taken for a part of it.
const TITLED: usize = 3;

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

/// The messenger's words about somebody are nobody's, though an iPhone writes a name before them: `Boris: Boris added you`.
fn tell_of_people(lines: &[Line], signs: &mut [Sign]) {
    let people: BTreeSet<&str> = lines.iter().filter_map(|line| line.author.as_deref()).collect();
    for (line, sign) in lines.iter().zip(signs).filter(|(_, sign)| **sign == Sign::Marked) {
        let mut spaces = line.text.match_indices(' ').take(NAME_WORDS);
        if spaces.any(|(at, _)| people.contains(&line.text[..at])) {
            *sign = Sign::Messenger;
        }
    }
}

/// Words of a name, at most.
const NAME_WORDS: usize = 8;

/// The archive's names, by what of them shows: of what does not, text and archive do not always have the same.
type Names<'a> = BTreeMap<String, &'a str>;

fn message(
    at: Civil,
    one: &Begun,
    names: &Names<'_>,
    titled: &BTreeSet<String>,
    is_first: bool,
) -> (Line, Sign) {
    let body = one.body();
    let (author, said) = match named(body.trim_start_matches(is_mark), titled) {
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

/// A name, and what follows it and its colon.
fn named<'a>(body: &'a str, titled: &BTreeSet<String>) -> Option<(&'a str, &'a str)> {
    let (name, said) = body.split_once(": ")?;
    match said.split_once(": ").filter(|_| titled.contains(name)) {
        Some((next, said)) => Some((&body[..name.len() + 2 + next.len()], said)),
        None => Some((name, said)),
    }
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
    let file = |name: &str| names.get(&composed(name)).map(|name| (*name).to_owned());
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
    // `2015-08-04-PHOTO-00004762.jpg <attached>`, as older iPhones have it.
    if clean.ends_with('>')
        && let Some(open) = clean.rfind('<')
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

/// A file's name as they are compared: a Mac takes letters and their accents apart when it packs files.
fn composed(name: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(plain(name).trim()).into_owned()
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
#[cfg(test)]
mod tests_kinds;
#[cfg(test)]
mod tests_locales;
