//! Reading an exported chat and bringing it to the engine, part by part (`history.import`). `casemate-history` knows the
//! forms; this knows files, the time zone, and where the parts go.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use casemate_api::command::{DateOrder, HistoryAdd, HistoryImport, OldMessage};
use casemate_api::{Command, Error, Kind, view};
use casemate_history::{Archive, Chat, Civil, How, Line, Order, archive, chat, letters};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Client;
use super::disk;
use super::save::{open_regular, read_most};
use super::unfinished::UnfinishedFolder;

/// Messages of one part, and files of one part: each is a transaction.
const PART: usize = 500;
const FILES: usize = 16;

/// What was read, with its files unpacked into a folder of their own.
struct Export {
    chat: Chat,
    name: String,
    folder: UnfinishedFolder,
    left_out: u32,
}

/// Imports a chat.
pub async fn run(client: &Client, wanted: HistoryImport) -> Result<Value, Error> {
    let (path, notes) = (wanted.path.clone(), client.notes.clone());
    let how = How { order: wanted.date_order.map(order), latest: tomorrow() };
    let read = tokio::task::spawn_blocking(move || read(Path::new(&path), &notes, &how));
    let export = read.await.map_err(|_| Error::new(Kind::Invalid, "Reading the export stopped."))??;
    if how.order.is_none() {
        ask_for_order(&export.chat)?;
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let total = count(export.chat.lines.len());
    let mut done = view::Imported {
        messages: total,
        left_out: export.left_out,
        cut: export.chat.cut,
        authors: export.chat.authors.clone(),
        date_order: date_order(export.chat.order),
        wordless: count(export.chat.wordless),
        lines_left_out: count(export.chat.left_out),
        lines_copied: count(export.chat.copied),
        odd_line: export.chat.first_odd.clone(),
        ..view::Imported::default()
    };
    let mut conversation = wanted.conversation.clone();
    let mut lines = export.chat.lines.into_iter().peekable();
    let mut place = 0;
    while lines.peek().is_some() {
        let mut messages = Vec::new();
        let mut files = 0;
        while messages.len() < PART
            && files < FILES
            && let Some(line) = lines.next()
        {
            let old = old_message(line, wanted.me.as_deref(), export.folder.path());
            files += usize::from(old.file.is_some());
            messages.push(old);
        }
        let count = messages.len() as u32;
        let name = Some(wanted.name.clone().unwrap_or_else(|| export.name.clone()));
        let part = HistoryAdd { conversation: conversation.clone(), name, total, place, messages };
        let (made, left_out) = add(client, part).await?;
        conversation = Some(made);
        done.files += files as u32 - left_out;
        done.left_out += left_out;
        place += count;
    }
    done.conversation = conversation.unwrap_or_default();
    serde_json::to_value(done).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

fn order(wanted: DateOrder) -> Order {
    match wanted {
        DateOrder::DayMonth => Order::Day,
        DateOrder::MonthDay => Order::Month,
        DateOrder::Year => Order::Year,
    }
}

fn date_order(order: Order) -> DateOrder {
    match order {
        Order::Day => DateOrder::DayMonth,
        Order::Month => DateOrder::MonthDay,
        Order::Year => DateOrder::Year,
    }
}

/// No chat goes on later, in whatever zone it was exported.
fn tomorrow() -> Option<Civil> {
    let day = jiff::Zoned::now().datetime().checked_add(jiff::Span::new().days(1)).ok()?;
    Some(Civil {
        year: u16::try_from(day.year()).ok()?,
        month: day.month() as u8,
        day: day.day() as u8,
        hour: day.hour() as u8,
        minute: day.minute() as u8,
        second: day.second() as u8,
    })
}

/// Refuses a chat whose dates can be read in two ways, and says what they would be.
fn ask_for_order(chat: &Chat) -> Result<(), Error> {
    let days = |order| {
        let reading = chat.open.iter().find(|reading| reading.order == order)?;
        let day = |at: Civil| format!("{}-{:02}-{:02}", at.year, at.month, at.day);
        Some((day(reading.first), day(reading.last)))
    };
    let (Some((day_first, day_last)), Some((month_first, month_last))) =
        (days(Order::Day), days(Order::Month))
    else {
        return Ok(());
    };
    let sentence = format!(
        "Day and month cannot be told apart in this chat. With the day first it goes from {day_first} to {day_last}, \
         with the month first from {month_first} to {month_last}. Say which; nothing was brought along."
    );
    Err(Error::new(Kind::Invalid, sentence))
}

/// A part; the conversation's id, and how many files were left out. Where one of its files is refused all of it is: then each file
/// goes alone, and that one's message without it.
async fn add(client: &Client, part: HistoryAdd) -> Result<(String, u32), Error> {
    let error = match ask(client, part.clone()).await {
        Ok(made) => return Ok((made, 0)),
        Err(error) => error,
    };
    if error.kind == Kind::StorageFull || part.messages.iter().all(|one| one.file.is_none()) {
        return Err(error);
    }
    let mut conversation = part.conversation.clone();
    let (mut place, mut left_out) = (part.place, 0);
    for some in part.messages.chunk_by(|one, next| one.file.is_none() && next.file.is_none()) {
        let mut less =
            HistoryAdd { conversation: conversation.clone(), place, messages: some.to_vec(), ..part.clone() };
        let made = match ask(client, less.clone()).await {
            Ok(made) => made,
            Err(_) => {
                for one in &mut less.messages {
                    if let Some(path) = one.file.take() {
                        let file = Path::new(&path).file_name().unwrap_or_default();
                        name_what_is_missing(&mut one.text, &mut one.caption, &file.to_string_lossy());
                        left_out += 1;
                    }
                }
                ask(client, less).await?
            }
        };
        conversation = Some(made);
        place += some.len() as u32;
    }
    Ok((conversation.unwrap_or_default(), left_out))
}

async fn ask(client: &Client, part: HistoryAdd) -> Result<String, Error> {
    let made = client.ask(Command::HistoryAdd(part)).await?;
    let made: view::ConversationCreated = serde_json::from_value(made)
        .unwrap_or_else(|_| view::ConversationCreated { conversation: String::new() });
    Ok(made.conversation)
}

fn old_message(line: Line, me: Option<&str>, folder: &Path) -> OldMessage {
    let mine = me.is_some() && line.author.as_deref() == me;
    let path = line.file.map(|name| folder.join(name));
    OldMessage {
        at: rfc3339(line.at),
        author: line.author,
        mine,
        text: line.text,
        caption: line.caption,
        file: path.map(|path| path.to_string_lossy().into_owned()),
    }
}

/// In this machine's zone. A time that the clock skipped is the one after it.
fn rfc3339(at: Civil) -> String {
    let civil = jiff::civil::DateTime::new(
        at.year as i16,
        at.month as i8,
        at.day as i8,
        at.hour as i8,
        at.minute as i8,
        at.second as i8,
        0,
    );
    let zoned = civil.ok().and_then(|civil| civil.to_zoned(TimeZone::system()).ok());
    zoned.map_or_else(|| "1990-01-01T00:00:00Z".to_owned(), |zoned| zoned.timestamp().to_string())
}

/// In this device's folder, whose next start removes what is unpacked there and was left.
fn read(path: &Path, notes: &Path, how: &How) -> Result<Export, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::NotFound, format!("{} cannot be read: {error}.", path.display()))
    };
    let file = open_regular(path, unreadable)?;
    let bytes = read_most(&file, archive::TOTAL_BYTES).map_err(unreadable)?;
    let bytes = bytes.ok_or_else(|| refused(archive::Refused::TooLarge))?;
    let folder =
        UnfinishedFolder::make_in(notes.parent().unwrap_or(notes), notes).map_err(|error| no_room(&error))?;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    // What says nothing of whose chat it is still says which file it was.
    let name = casemate_history::name(&file_name).unwrap_or(&file_name).to_owned();
    if !bytes.starts_with(b"PK") {
        if bytes.len() as u64 > chat::CHAT_BYTES {
            return Err(refused(archive::Refused::TooLarge));
        }
        let chat = chat::read_as(&letters(&bytes), &BTreeSet::new(), how);
        return finished(Export { chat, name, folder, left_out: 0 });
    }
    let zip = Archive::open(&bytes).map_err(refused)?;
    let text = zip.chat_text(&file_name).map_err(refused)?;
    let names: BTreeSet<String> = zip.entries.iter().map(|entry| entry.name.clone()).collect();
    let mut chat = chat::read_as(&letters(&text), &names, how);
    drop(text);
    let wanted: BTreeSet<&String> = chat.lines.iter().filter_map(|line| line.file.as_ref()).collect();
    let mut left_out = BTreeSet::new();
    for file in wanted {
        if !unpack(&zip, file, folder.path())? {
            left_out.insert(file.clone());
        }
    }
    for line in &mut chat.lines {
        if let Some(file) = line.file.take_if(|file| left_out.contains(file.as_str())) {
            name_what_is_missing(&mut line.text, &mut line.caption, &file);
        }
    }
    finished(Export { chat, name, folder, left_out: left_out.len() as u32 })
}

/// Whether a file of the archive is in this folder now. One that is damaged, or has a name that a file system does not take, is left
/// out; a full disk is no such thing: half of the chat's files would be left out, and one of them be half there.
fn unpack(zip: &Archive<'_>, file: &str, folder: &Path) -> Result<bool, Error> {
    // A name is one of the archive's, without folders.
    let unpacked =
        zip.find(file).filter(|_| file != ".." && file != ".").and_then(|entry| zip.read(entry).ok());
    let Some(bytes) = unpacked else { return Ok(false) };
    let path = folder.join(file);
    match disk::new_file(&path).and_then(|mut file| file.write_all(&bytes)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(no_room(&error)),
        // To this file system it is the name of another one of the archive.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(_) => {
            let _ = std::fs::remove_file(&path);
            Ok(false)
        }
    }
}

fn no_room(error: &std::io::Error) -> Error {
    Error::new(Kind::StorageFull, format!("There is no room to unpack the export: {error}."))
}

/// A picture without words would be nothing at all.
fn name_what_is_missing(text: &mut String, caption: &mut Option<String>, file: &str) {
    if text.is_empty() {
        *caption = Some(std::mem::replace(text, file.to_owned()));
    }
}

fn finished(export: Export) -> Result<Export, Error> {
    if export.chat.lines.is_empty() {
        return Err(match export.chat.first_odd {
            Some(line) => Error::new(
                Kind::Invalid,
                format!(
                    "There is no exported chat in this file. The first line that was not understood: {line}"
                ),
            ),
            None => refused(archive::Refused::NoChat),
        });
    }
    Ok(export)
}

fn refused(why: archive::Refused) -> Error {
    let mut sentence = why.to_string();
    sentence[..1].make_ascii_uppercase();
    let kind = if why == archive::Refused::TooLarge { Kind::TooLarge } else { Kind::Invalid };
    Error::new(kind, format!("{sentence}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_called_as_its_file_says_in_every_language() {
        let folder = tempfile::tempdir().unwrap();
        for (file, called) in [
            ("WhatsApp-Chat mit Ana.txt", "Ana"),
            ("محادثة واتساب مع سارة.txt", "سارة"),
            ("WhatsApp Chat - Ana (2).txt", "Ana"),
            ("_chat.txt", "_chat.txt"),
        ] {
            let path = folder.path().join(file);
            std::fs::write(&path, "31.12.23, 21:41 - Ana: hello").unwrap();
            assert_eq!(read(&path, folder.path(), &How::default()).unwrap().name, called, "{file}");
        }
    }

    /// An archive whose files are stored as they are.
    fn zipped(files: &[(&str, &[u8], u32)]) -> Vec<u8> {
        let (mut zip, mut directory) = (Vec::<u8>::new(), Vec::<u8>::new());
        for (name, content, crc) in files {
            let header = zip.len() as u32;
            let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0, 0];
            common.extend(crc.to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend((name.len() as u32).to_le_bytes());
            zip.extend(b"PK\x03\x04");
            zip.extend(&common);
            zip.extend(name.as_bytes());
            zip.extend(*content);
            directory.extend(b"PK\x01\x02\x14\0");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(header.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let offset = zip.len() as u32;
        zip.extend(&directory);
        zip.extend(b"PK\x05\x06\0\0\0\0");
        zip.extend((files.len() as u16).to_le_bytes());
        zip.extend((files.len() as u16).to_le_bytes());
        zip.extend((directory.len() as u32).to_le_bytes());
        zip.extend(offset.to_le_bytes());
        zip.extend([0, 0]);
        zip
    }

    #[test]
    fn a_file_that_is_left_out_is_named_in_its_message() {
        let folder = tempfile::tempdir().unwrap();
        let text = "31.12.23, 21:41 - Ana: bad.jpg (file attached)\n\
                    31.12.23, 21:42 - Ana: good.txt (file attached)\n\
                    31.12.23, 21:43 - Ana: bad.jpg (file attached)\nour house\n\
                    31.12.23, 21:44 - Ana: .. (file attached)\n";
        let files: [(&str, &[u8], u32); 4] = [
            ("_chat.txt", text.as_bytes(), 0xf799_8015),
            ("bad.jpg", b"hello", 1),
            ("good.txt", b"hello", 0x3610_a686),
            ("x/..", b"hello", 0x3610_a686),
        ];
        let path = folder.path().join("chat.zip");
        std::fs::write(&path, zipped(&files)).unwrap();
        let export = read(&path, folder.path(), &How::default()).unwrap();
        let found: Vec<(Option<&str>, &str)> =
            export.chat.lines.iter().map(|line| (line.file.as_deref(), line.text.as_str())).collect();
        let wanted = [(None, "bad.jpg"), (Some("good.txt"), ""), (None, "our house"), (None, "..")];
        assert_eq!((&found[..], export.left_out), (&wanted[..], 2));
        assert_eq!(std::fs::read(export.folder.path().join("good.txt")).unwrap(), b"hello");
    }

    #[test]
    fn an_open_order_of_day_and_month_is_asked_and_a_line_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("_chat.txt");
        std::fs::write(&path, "[01-05-2018, 23:33:00] A: x\n[01-12-2018, 23:33:00] B: y\n").unwrap();
        let chat = read(&path, folder.path(), &How::default()).unwrap().chat;
        let said = casemate_api::said::said(&ask_for_order(&chat).unwrap_err().message).unwrap();
        assert_eq!(said.code, "import-date-order");
        let days: Vec<&str> = said.values.values().map(String::as_str).collect();
        assert_eq!(days, ["2018-05-01", "2018-12-01", "2018-01-05", "2018-01-12"]);
        let how = How { order: Some(Order::Month), latest: tomorrow() };
        assert_eq!(date_order(read(&path, folder.path(), &how).unwrap().chat.order), DateOrder::MonthDay);
        std::fs::write(&path, "31st of May: hello\nand more\n").unwrap();
        let error = read(&path, folder.path(), &How::default()).err().unwrap();
        let said = casemate_api::said::said(&error.message).unwrap();
        assert_eq!(
            (&said.code[..], &said.values["line"][..]),
            ("import-not-understood", "31st of May: hello")
        );
    }

    #[test]
    fn only_ordinary_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |path: &Path| read(path, folder.path(), &How::default()).err().map(|error| error.kind);
        assert_eq!(kind(Path::new("/nope")), Some(Kind::NotFound));
        assert_eq!(kind(Path::new("/dev/zero")), Some(Kind::Invalid));
        assert_eq!(kind(folder.path()), Some(Kind::Invalid));
        // Whoever opened a pipe without a writer would wait for ever.
        let fifo = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(kind(&fifo), Some(Kind::Invalid));
    }
}
