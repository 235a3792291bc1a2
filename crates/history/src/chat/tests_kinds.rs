//! Chats of phones and people that are not as most are.

use super::tests::{at, files};
use super::*;

/// Author, text and time of each message.
fn all(text: &str) -> Vec<(Option<String>, String, Civil)> {
    let chat = read(text, &BTreeSet::new());
    chat.lines.into_iter().map(|line| (line.author, line.text, line.at)).collect()
}

fn said(author: &str, text: &str, at: Civil) -> (Option<String>, String, Civil) {
    (Some(author.to_owned()), text.to_owned(), at)
}

#[test]
fn a_chat_line_that_somebody_pasted_stays_their_own_words() {
    let pasted = "[22.01.20, 10:00:00] Bob: look what she wrote\n[22.01.20, 09:00:00] Alice: I owe you 500";
    let one = said(
        "Bob",
        "look what she wrote\n[22.01.20, 09:00:00] Alice: I owe you 500",
        at(2020, 1, 22, 10, 0, 0),
    );
    let two = said("Alice", "hello", at(2020, 1, 22, 10, 1, 0));
    let next = "[22.01.20, 10:01:00] Alice: hello";
    for text in [
        format!("{pasted}\r\n{next}\r\n"),
        format!("{pasted}\r\n{next}"),
        format!("\u{feff}{pasted}\r\n\u{200e}{next}\r\n"),
    ] {
        assert_eq!(all(&text), [one.clone(), two.clone()], "{text:?}");
        assert_eq!(read(&text, &BTreeSet::new()).copied, 1, "and that is said");
    }
    assert_eq!(all(&format!("{pasted}\r\n")), [one], "of a single message, too");
    // More pasted lines than messages.
    let many = format!("{}\r\n{next}\r\n", [pasted; 20].join("\n"));
    assert_eq!(all(&many).len(), 2);
    // Whose editor ends all lines so has the messages all the same.
    assert_eq!(all(&format!("{}\r\n{next}\r\n", pasted.replace('\n', "\r\n"))).len(), 3);
    // What somebody pasted with returns ends nobody else's messages.
    let android =
        "22.01.20, 10:00 - Bob: look\r\n22.01.20, 09:00 - Alice: I owe\n22.01.20, 10:01 - Alice: hello\n";
    assert_eq!(all(android).len(), 3);
}

#[test]
fn a_line_in_another_phones_form_is_no_message_of_this_chat() {
    for pasted in [
        "[22.01.20, 09:00:00] Alice: I owe you 500",
        "22.01.20, 09:00:00: Alice: I owe you 500",
        "22/01/2020, 09:00 - Alice: I owe you 500",
        "1/22/20, 9:00 AM - Alice: I owe you 500",
        "2020-01-22 09:00 - Alice: I owe you 500",
        "22.01.20, 09:00:00 - Alice: I owe you 500",
        "09:00 22.01.20 - Alice: I owe you 500",
        "22. 1. 20, 09:00 - Alice: I owe you 500",
        "٢٢.٠١.٢٠, ٠٩:٠٠ - Alice: I owe you 500",
    ] {
        let chat = read(
            &format!("22.01.20, 10:00 - Bob: look\n{pasted}\n22.01.20, 10:01 - Ana: x\n"),
            &BTreeSet::new(),
        );
        assert_eq!(chat.authors, ["Bob", "Ana"], "{pasted}");
        assert_eq!((chat.copied, chat.first_odd.as_deref()), (1, Some(pasted)));
    }
}

#[test]
fn forms_of_older_iphones_are_read() {
    let text = "2016-06-27, 8:04:08 AM: Neil: Hi\n2016-06-27, 8:05:08 PM: Ana: yo\n2016-06-28, 8:05:08 PM: Neil: x\n";
    assert_eq!(
        all(text),
        [
            said("Neil", "Hi", at(2016, 6, 27, 8, 4, 8)),
            said("Ana", "yo", at(2016, 6, 27, 20, 5, 8)),
            said("Neil", "x", at(2016, 6, 28, 20, 5, 8))
        ]
    );
    let text =
        "04/08/15 13:01:02: Ben: 2015-08-04-PHOTO-00004762.jpg <attached>\n04/08/15 13:02:02: Ana: nice\n";
    let chat = read(text, &files(&["2015-08-04-PHOTO-00004762.jpg"]));
    assert_eq!(chat.lines[0].file.as_deref(), Some("2015-08-04-PHOTO-00004762.jpg"));
    assert_eq!((&chat.lines[0].text[..], &chat.lines[1].text[..]), ("", "nice"));
}

#[test]
fn dates_with_words_and_of_other_calendars_are_read() {
    let evening = at(2025, 8, 30, 18, 0, 0);
    for head in [
        "30.08.2025 г., 18:00 - ",
        "30.08.2025 г., 18:00 ч. - ",
        "30. 8. 2025. u 18:00 - ",
        "30/8/2568 18:00 - ",
        "30/8/68 18:00 - ",
        "30/8/พ.ศ. 2568 18:00 - ",
        "๓๐/๘/๒๕๖๘ ๑๘:๐๐ - ",
        "[30/8/68 18:00:00] ",
        "۱۴۰۴/۶/۸،\u{200f} ۱۸:۰۰ - ",
        "1404/6/8 6:00 ب.ظ. - ",
        "[R7/8/30 18:00:00] ",
        "[令和7/8/30 18:00:00] ",
        "[民國114/8/30 下午6:00:00] ",
        "18:00, 30/8/2025 - ",
        "6:00 CH, 30/08/2025 - ",
        "[6:00:00 CH, 30/08/2025] ",
        "30/viii/25 6:00 PM - ",
        "30/8/2025 pukul 18.00 - ",
        "30.8.2025 klo 18.00 - ",
        "2025-08-30 18 h 00 - ",
        "30.8.2025 kl. 18:00 - ",
        "২০২৫-০৮-৩০ ১৮:০০ - ",
        "30‏/8‏/2025، 6:00 م - ",
        "2025/8/30 晚上6:00 - ",
    ] {
        assert_eq!(all(&format!("{head}A: x")), [said("A", "x", evening)], "{head:?}");
    }
    let ramadan = read("١‏/٩‏/١٤٤٥، ٩:٤١ م - A: x", &BTreeSet::new());
    assert_eq!(ramadan.lines[0].at, at(2024, 3, 11, 21, 41, 0));
    assert_eq!(all("2025/8/30 中午12:05 - A: x")[0].2, at(2025, 8, 30, 12, 5, 0));
    assert_eq!(all("2025/8/30 凌晨12:05 - A: x")[0].2, at(2025, 8, 30, 0, 5, 0));
}

#[test]
fn day_and_month_that_nothing_tells_apart_are_asked() {
    let text = "[01-05-2018, 23:33:00] A: x\n[01-12-2018, 23:33:00] B: y\n";
    let chat = read(text, &BTreeSet::new());
    let first_last = |reading: &Reading| (reading.order, reading.first, reading.last);
    let day = (Order::Day, at(2018, 5, 1, 23, 33, 0), at(2018, 12, 1, 23, 33, 0));
    let month = (Order::Month, at(2018, 1, 5, 23, 33, 0), at(2018, 1, 12, 23, 33, 0));
    assert_eq!(chat.open.iter().map(first_last).collect::<Vec<_>>(), [day, month], "the more likely first");
    for (order, day) in [(Order::Day, (5, 1)), (Order::Month, (1, 5))] {
        let said = read_as(text, &BTreeSet::new(), &How { order: Some(order), latest: None });
        assert_eq!((said.order, said.lines[0].at.month, said.lines[0].at.day), (order, day.0, day.1));
    }
    let is_open = |text: &str| !read(text, &BTreeSet::new()).open.is_empty();
    for asked in ["3/4/24, 9:15 PM - A: x", "04/03/2024, 21:15 - A: x", "4/3/24, 21:15 - A: x"] {
        assert!(is_open(asked), "{asked}");
    }
    for clear in [
        "5/5/24, 9:15 PM - A: x",
        "3/4/24, 9:15 PM - A: x\n3/13/24, 9:15 PM - A: x",
        "3/4/24, 9:15 PM - A: x\n3/9/24, 9:15 PM - A: x\n4/1/24, 9:15 PM - A: x",
        "04.03.24, 21:15 - A: x",
        "4/3/2024, 9:15 م - A: x",
        "2024-03-04, 21:15 - A: x",
        "04-03-24 21:15 - Berichten zijn end-to-end versleuteld.",
        "4/3/24, 21:15 - Los mensajes están cifrados de extremo a extremo.",
    ] {
        assert!(!is_open(clear), "{clear}");
    }
    // By what phones call their files.
    for (line, month) in [
        ("04/08/15 13:01:02: Ben: 2015-08-04-PHOTO-00004762.jpg <attached>", 8),
        ("4/8/15, 1:01 PM - Ben: IMG-20150408-WA0001.jpg (file attached)", 4),
        ("[4/8/15, 1:01:02 PM] Ben: \u{200e}<attached: 00000012-PHOTO-2015-04-08-13-01-02.jpg>", 4),
    ] {
        assert!(!is_open(line), "{line}");
        assert_eq!(all(line)[0].2.month, month, "{line}");
    }
    assert!(is_open("04/08/15 13:01:02: Ben: on 2015-08-04"), "what somebody writes says nothing");
    // In Puerto Rico it is the month.
    assert!(is_open("04/03/24, 9:15 p. m. - Los mensajes están cifrados de extremo a extremo."));
}

#[test]
fn no_chat_goes_on_after_it_was_exported() {
    let read = |text: &str, latest| {
        let chat = read_as(text, &BTreeSet::new(), &How { order: None, latest: Some(latest) });
        (chat.order, chat.open.is_empty())
    };
    let latest = at(2024, 3, 6, 12, 0, 0);
    assert_eq!(read("3/4/24, 21:15 - A: x", latest), (Order::Month, true));
    assert_eq!(read("23. 12. 31. 21:15 - A: x", latest), (Order::Year, true));
    // A clock that is behind all of it tells nothing.
    assert!(!read("3/4/24, 21:15 - A: x", at(2001, 1, 1, 0, 0, 0)).1);
}

#[test]
fn what_is_not_shown_and_what_is_not_understood_is_told() {
    let chat = read(
        "1/4/23, 7:02 PM - Boris: hi\n1/4/23, 7:10 PM - Boris: null\n1/4/23, 7:11 PM - Ana: bye\n",
        &BTreeSet::new(),
    );
    assert_eq!((chat.lines.len(), chat.wordless), (3, 1));
    let chat = read("\n31st of December, 9 o'clock: Ana: hi\nand more\n", &BTreeSet::new());
    assert_eq!((chat.lines.len(), chat.left_out), (0, 2));
    assert_eq!(chat.first_odd.as_deref(), Some("31st of December, 9 o'clock: Ana: hi"));
    let chat = read("the end of a message\n31.12.23, 21:41 - Ana: hi\n", &BTreeSet::new());
    assert_eq!((chat.lines.len(), chat.left_out), (1, 1));
    assert_eq!(chat.first_odd.as_deref(), Some("the end of a message"));
}

#[test]
fn names_are_whole_and_the_messengers_words_are_nobodys() {
    let text = "[31.12.23, 21:40:00] Garden: \u{200e}Messages and calls are end-to-end encrypted.\r\n\
                [31.12.23, 21:40:01] Boris: \u{200e}Boris added you\r\n\
                [31.12.23, 21:40:02] \u{202a}+44 7700 900123\u{202c}: hello: you\r\n\
                [31.12.23, 21:40:03] ~\u{202f}Nev: a\r\n\
                [31.12.23, 21:40:04] Jean - Luc: b\r\n\
                [31.12.23, 21:40:05] Dr: Who: c: d\r\n\
                [31.12.23, 21:40:06] Dr: Who: e\r\n\
                [31.12.23, 21:40:07] Dr: Who: f\r\n\
                [31.12.23, 21:40:08] 🙈: g\r\n\
                [31.12.23, 21:40:09] Boris: \u{200e}Boris changed the group name to “a: b”\r\n\
                [31.12.23, 21:40:10] Boris: hi\r\n\
                [31.12.23, 21:40:11] Boris: \u{200e}POLL:\r\nlunch?\r\n\
                [31.12.23, 21:40:12] Jean - Luc: \u{200e}Boris removed Dr: Who\r\n";
    let chat = read(text, &BTreeSet::new());
    let found: Vec<(Option<&str>, &str)> =
        chat.lines.iter().map(|line| (line.author.as_deref(), line.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (None, "Messages and calls are end-to-end encrypted."),
            (None, "Boris added you"),
            (Some("+44 7700 900123"), "hello: you"),
            (Some("~ Nev"), "a"),
            (Some("Jean - Luc"), "b"),
            (Some("Dr: Who"), "c: d"),
            (Some("Dr: Who"), "e"),
            (Some("Dr: Who"), "f"),
            (Some("🙈"), "g"),
            (None, "Boris changed the group name to “a: b”"),
            (Some("Boris"), "hi"),
            (Some("Boris"), "POLL:\nlunch?"),
            (None, "Boris removed Dr: Who"),
        ]
    );
    assert_eq!(chat.authors, ["+44 7700 900123", "~ Nev", "Jean - Luc", "Dr: Who", "🙈", "Boris"]);
    let two = read(
        "31.12.23, 21:40 - Ana: Note: a\n31.12.23, 21:41 - Ana: Note: b\n31.12.23, 21:42 - Ana: x",
        &BTreeSet::new(),
    );
    assert_eq!(two.authors, ["Ana"]);
}

/// A name is still one where its member is called like the group.
#[test]
fn a_member_who_is_called_like_the_group_keeps_their_words() {
    let text = "[31.12.23, 21:40:00] Ana: \u{200e}Messages and calls are end-to-end encrypted.\r\n\
                [31.12.23, 21:40:01] Ana: hello\r\n\
                [31.12.23, 21:40:02] Ben: hi\r\n\
                [31.12.23, 21:40:03] Ana: \u{200e}Ben added Cleo\r\n\
                [31.12.23, 21:40:04] Cleo: hey\r\n";
    let chat = read(text, &BTreeSet::new());
    let authors: Vec<Option<&str>> = chat.lines.iter().map(|line| line.author.as_deref()).collect();
    assert_eq!(authors, [None, Some("Ana"), Some("Ben"), None, Some("Cleo")]);
}

#[test]
fn noughts_and_other_controls_are_no_part_of_a_chat() {
    let chat = read("31.12.23, 21:41 - A\0na\u{7}: a\0b\u{1b}[2J\u{9b}31m\u{8}\n\0more\n", &BTreeSet::new());
    assert_eq!((&chat.authors[..], &chat.lines[0].text[..]), (&["Ana".to_owned()][..], "ab[2J31m\nmore"));
}

#[test]
fn files_are_found_however_an_archive_spells_their_names() {
    let names = files(&["Mu\u{308}ller.jpg", "photo (1).jpg", "a8ffb9388ac7.jpg"]);
    let text = "31.12.23, 21:41 - Ana: M\u{fc}ller.jpg (Datei angehängt)\n\
                31.12.23, 21:42 - Ana: photo (1).jpg (file attached)\n\
                31.12.23, 21:43 - Ana: a8ffb9388ac7.jpg (Datei angehängt)\nHerbst.\n";
    let chat = read(text, &names);
    let found: BTreeSet<String> = chat.lines.iter().filter_map(|line| line.file.clone()).collect();
    assert_eq!(found, names);
    assert_eq!(chat.lines[2].text, "Herbst.");
}
