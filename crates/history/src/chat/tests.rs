//! Chats as phones of many languages write them.

use super::*;

pub fn files(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub fn at(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Civil {
    Civil { year, month, day, hour, minute, second }
}

/// Time, author and text of the only message.
fn one(text: &str) -> (Civil, Option<String>, String) {
    let chat = read(text, &BTreeSet::new());
    assert_eq!(chat.lines.len(), 1, "{text:?}: {chat:?}");
    let line = chat.lines.into_iter().next().unwrap();
    (line.at, line.author, line.text)
}

#[test]
fn the_common_forms_of_date_and_time() {
    for (head, expected) in [
        ("12/31/23, 9:41 PM - ", at(2023, 12, 31, 21, 41, 0)),
        ("12/31/23, 9:41\u{202f}PM - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/2023, 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/2023 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31.12.23, 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("2023-12-31, 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/23, 9:41 p. m. - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/23, 9:41 a.\u{a0}m. - ", at(2023, 12, 31, 9, 41, 0)),
        ("2023/12/31 下午9:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("2023/12/31 上午12:05 - ", at(2023, 12, 31, 0, 5, 0)),
        ("٣١/١٢/٢٠٢٣، ٩:٤١ م - ", at(2023, 12, 31, 21, 41, 0)),
        ("\u{200f}31/12/2023, 9:41 ص - ", at(2023, 12, 31, 9, 41, 0)),
        // As Arabic phones have it: a mark before each stroke.
        ("٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ٩:٤١ م - ", at(2023, 12, 31, 21, 41, 0)),
        ("[31\u{200f}/12\u{200f}/2023، 9:41:07 ص] ", at(2023, 12, 31, 9, 41, 7)),
        ("2023/12/31 中午12:05 - ", at(2023, 12, 31, 12, 5, 0)),
        ("2023. 12. 31. 오후 9:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31-12-2023 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31.12.2023 21.41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/23, 9:41 pm - ", at(2023, 12, 31, 21, 41, 0)),
        ("३१/१२/२३, ९:४१ अपराह्न - ", at(2023, 12, 31, 21, 41, 0)),
        ("31.12.2023 klo 21.41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31. 12. 2023 21:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("31.12.2023 ÖS 9:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("[31.12.2023 ÖÖ 9:41:07] ", at(2023, 12, 31, 9, 41, 7)),
        ("31/12/2023, 9:41 CH - ", at(2023, 12, 31, 21, 41, 0)),
        ("31/12/2023, 9:41 SA - ", at(2023, 12, 31, 9, 41, 0)),
        ("۲۰۲۳/۱۲/۳۱، ۹:۴۱ ب.ظ. - ", at(2023, 12, 31, 21, 41, 0)),
        ("2023-12-31 9:41 em - ", at(2023, 12, 31, 21, 41, 0)),
        ("2023. 12. 31. du. 9:41 - ", at(2023, 12, 31, 21, 41, 0)),
        ("\u{61c}[٣١/١٢/٢٠٢٣، ٩:٤١:٠٧ م] ", at(2023, 12, 31, 21, 41, 7)),
        ("[12/31/23, 9:41:07 PM] ", at(2023, 12, 31, 21, 41, 7)),
        ("[31.12.23, 21:41:07] ", at(2023, 12, 31, 21, 41, 7)),
        ("\u{200e}[31/12/2023, 21:41:07] ", at(2023, 12, 31, 21, 41, 7)),
        ("[2023/12/31 下午9:41:07] ", at(2023, 12, 31, 21, 41, 7)),
        ("[31/12/2023 à 21:41:07] ", at(2023, 12, 31, 21, 41, 7)),
    ] {
        let (time, author, text) = one(&format!("{head}Ana Müller: hello: you"));
        assert_eq!(time, expected, "{head:?}");
        assert_eq!((author.as_deref(), text.as_str()), (Some("Ana Müller"), "hello: you"), "{head:?}");
    }
}

#[test]
fn which_number_is_the_day_shows_in_the_whole_chat() {
    let chat = |dates: &[&str]| -> Vec<(u8, u8)> {
        let text: String = dates.iter().map(|date| format!("{date}, 21:41 - A: x\n")).collect();
        read(&text, &BTreeSet::new()).lines.iter().map(|line| (line.at.month, line.at.day)).collect()
    };
    assert_eq!(chat(&["1/2/23", "1/25/23"]), [(1, 2), (1, 25)]);
    assert_eq!(chat(&["1/2/23", "25/2/23"]), [(2, 1), (2, 25)]);
    assert_eq!(chat(&["1/2/23", "1/3/23", "2/1/23"]), [(1, 2), (1, 3), (2, 1)], "time runs forward");
    assert_eq!(chat(&["3.2.23", "4.1.24"]), [(2, 3), (1, 4)]);
}

/// Short chats in which no number is above twelve, as the phones of each country write them.
#[test]
fn which_number_is_the_day_in_a_short_chat() {
    let (notice, said) = ("Messages and calls are end-to-end encrypted.", "A: x");
    let (march, may) = ((3, 4), (5, 3));
    for (country, lines, expected) in [
        // Android: day and month before a dash.
        ("United States", vec!["3/4/24, 9:15 PM - A: x"], march),
        ("United States, since 2023", vec!["3/4/24, 9:15\u{202f}PM - A: x"], march),
        (
            "United States, two days far apart",
            vec!["3/4/24, 9:15 AM - A: x", "4/4/24, 9:15 AM - A: y"],
            march,
        ),
        ("United States, 24 hours", vec!["3/4/24, 21:15 - {notice}", "3/4/24, 21:16 - A: x"], march),
        ("United States, 24 hours, two days", vec!["3/4/24, 21:15 - A: x", "3/9/24, 21:16 - A: y"], march),
        ("United States, a long year", vec!["3/4/2024, 9:15 PM - A: x"], march),
        ("Britain", vec!["04/03/2024, 21:15 - {notice}", "04/03/2024, 21:16 - A: x"], march),
        ("Britain, months apart", vec!["04/03/2024, 21:15 - A: x", "04/09/2024, 21:16 - A: y"], march),
        ("India", vec!["04/03/2024, 9:15 pm - {notice}", "04/03/2024, 9:16 pm - A: x"], march),
        ("India, a short year", vec!["04/03/24, 9:15\u{202f}pm - {notice}"], march),
        ("India, capitals", vec!["04/03/24, 9:15 PM - {notice}", "05/03/24, 9:16 PM - A: x"], march),
        ("Australia", vec!["4/3/24, 9:15 pm - {notice}", "4/3/24, 9:16 pm - A: x"], march),
        ("New Zealand", vec!["4/03/24, 9:15 PM - {notice}"], march),
        ("Germany", vec!["04.03.24, 21:15 - A: x"], march),
        ("Germany, months apart", vec!["04.03.24, 21:15 - A: x", "04.04.24, 21:15 - A: y"], march),
        ("Brazil", vec!["04/03/2024 21:15 - A: x"], march),
        ("Spain", vec!["4/3/24, 21:15 - Los mensajes están cifrados de extremo a extremo."], march),
        ("Spain, pictures left out", vec!["4/3/24, 21:15 - A: <Multimedia omitido>"], march),
        ("Spain, without a notice", vec!["4/3/24, 21:15 - A: x", "5/3/24, 8:00 - A: y"], march),
        ("Mexico", vec!["4/3/24, 9:15 p. m. - A: x"], march),
        ("Mexico, since 2023", vec!["4/3/24, 9:15\u{202f}p.\u{a0}m. - A: x"], march),
        ("France", vec!["04/03/2024, 21:15 - A: x"], march),
        ("Canada, French", vec!["2024-03-04 21 h 15 - A: x"], march),
        ("Canada, English", vec!["2024-03-04, 9:15 p.m. - A: x"], march),
        ("Netherlands", vec!["04-03-2024 21:15 - A: x"], march),
        ("Netherlands, 2023", vec!["4-3-24 21:15 - A: x"], march),
        ("Egypt", vec!["٤\u{200f}/٣\u{200f}/٢٠٢٤، ٩:١٥ م - A: x"], march),
        ("Arabic in European digits", vec!["4/3/2024, 9:15 م - A: x"], march),
        ("Hindi", vec!["4/3/24, 9:15 pm - A: x"], march),
        ("Hindi in its digits", vec!["४/३/२४, ९:१५ अपराह्न - A: x"], march),
        ("Urdu", vec!["4/3/24, 9:15 PM - پیغامات اور کالز اینڈ ٹو اینڈ انکرپٹڈ ہیں۔"], march),
        ("China", vec!["2024/3/4 21:15 - A: x"], march),
        ("Taiwan", vec!["2024/3/4 下午9:15 - A: x"], march),
        ("Hong Kong", vec!["4/3/2024 下午9:15 - A: x"], march),
        ("Sweden", vec!["2024-03-04 21:15 - A: x"], march),
        // iOS: brackets and seconds.
        ("United States, iOS", vec!["[3/4/24, 9:15:02 PM] A: x"], march),
        (
            "United States, iOS 17",
            vec![
                "\u{200e}[3/4/24, 9:15:02\u{202f}PM] Garden: \u{200e}{notice}",
                "[3/5/24, 9:15:02\u{202f}PM] A: x",
            ],
            march,
        ),
        ("United States, iOS, 24 hours", vec!["[3/4/24, 21:15:02] A: \u{200e}{notice}"], march),
        (
            "Britain, iOS",
            vec!["[04/03/2024, 21:15:02] A: \u{200e}{notice}", "[04/03/2024, 21:15:03] A: x"],
            march,
        ),
        ("India, iOS", vec!["[04/03/24, 9:15:02\u{202f}PM] A: \u{200e}{notice}"], march),
        ("Australia, iOS", vec!["[4/3/2024, 9:15:02 pm] A: x"], march),
        ("Germany, iOS", vec!["[04.03.24, 21:15:02] A: x"], march),
        ("Brazil, iOS", vec!["[04/03/2024, 21:15:02] A: x"], march),
        (
            "Spain, iOS",
            vec!["[4/3/24, 21:15:02] A: \u{200e}Los mensajes están cifrados de extremo a extremo."],
            march,
        ),
        ("France, iOS", vec!["[04/03/2024 21:15:02] A: x"], march),
        ("Egypt, iOS", vec!["[4\u{200f}/3\u{200f}/2024، 9:15:02 م] A: x"], march),
        ("China, iOS", vec!["[2024/3/4 下午9:15:02] A: x"], march),
        // Time runs forward in one order only, and one number is above twelve.
        (
            "stronger than a nought",
            vec!["05/03/24, 21:15 - A: x", "05/04/24, 21:15 - A: y", "06/01/24, 21:15 - A: z"],
            may,
        ),
        ("stronger than capitals", vec!["3/5/24, 9:15 PM - A: x", "13/5/24, 9:15 PM - A: y"], may),
    ] {
        let text = lines.join("\n").replace("{notice}", notice);
        let chat = read(&text, &BTreeSet::new());
        assert_eq!(chat.lines.len(), lines.len(), "{country}: {chat:?}");
        let first = chat.lines[0].at;
        assert_eq!((first.year, first.month, first.day), (2024, expected.0, expected.1), "{country}");
        assert!(matches!((first.hour, first.minute), (9 | 21, 15)), "{country}: {first:?}");
    }
    assert_eq!(one(&format!("3/4/24, 12:15 AM - {said}")).0, at(2024, 3, 4, 0, 15, 0));
}

#[test]
fn one_copied_line_does_not_turn_all_dates() {
    let text = "3/4/24, 9:15 PM - A: look:\n2023-12-31, 21:41 - B: old\nand more\n3/5/24, 9:15 PM - A: x\n";
    let chat = read(text, &BTreeSet::new());
    let days: Vec<(u16, u8)> = chat.lines.iter().map(|line| (line.at.year, line.at.month)).collect();
    assert_eq!(days, [(2024, 3), (2024, 3)]);
    assert_eq!(
        chat.lines[0].text, "look:\n2023-12-31, 21:41 - B: old\nand more",
        "it stays where it was copied to"
    );
}

#[test]
fn a_line_copied_from_a_phone_that_writes_otherwise_does_not_turn_them_either() {
    let text = "04/03/2024, 21:15 - A: look:\n12/31/99, 1:00 AM - B: old\n05/03/2024, 21:20 - B: x\n";
    let chat = read(text, &BTreeSet::new());
    let days: Vec<(u16, u8, u8)> =
        chat.lines.iter().map(|line| (line.at.year, line.at.month, line.at.day)).collect();
    assert_eq!(days, [(2024, 3, 4), (2024, 3, 5)]);
    assert_eq!(chat.lines[0].text, "look:\n12/31/99, 1:00 AM - B: old");
}

#[test]
fn people_speak_of_encryption_too() {
    let other = "4/3/24, 21:15 - Los mensajes están cifrados de extremo a extremo.\n";
    let text = format!("4/3/24, 21:15 - A: is it end-to-end encrypted?\n{other}");
    assert_eq!(one(&text[..text.find('\n').unwrap()]).0.month, 3);
    assert_eq!(read(&text, &BTreeSet::new()).lines[0].at.month, 3);
}

#[test]
fn lines_belong_to_the_message_before_them() {
    let text =
        "\u{feff}31.12.23, 21:41 - Ana: one\ntwo\n\n31 is not a date\n31.12.23, 21:42 - Bob: three\r\n";
    let chat = read(text, &BTreeSet::new());
    let texts: Vec<&str> = chat.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["one\ntwo\n\n31 is not a date", "three"]);
    assert_eq!(chat.authors, ["Ana", "Bob"]);
}

#[test]
fn what_the_messenger_says_is_nobody_s() {
    let text = "[31.12.23, 21:40:00] Nachrichten sind Ende-zu-Ende-verschlüsselt.\n\
                [31.12.23, 21:41:00] Garden: \u{200e}Messages and calls are end-to-end encrypted.\n\
                [31.12.23, 21:42:00] Ana: \u{200e}This message was deleted.\n\
                [31.12.23, 21:43:00] Ana: \u{202a}+49 30 1\u{202c} \u{61c}hello";
    let chat = read(text, &BTreeSet::new());
    assert_eq!(authors(&chat), [None, None, Some("Ana"), Some("Ana")]);
    assert_eq!(chat.lines[3].text, "+49 30 1 hello");
    assert_eq!(chat.authors, ["Ana"]);
}

fn authors(chat: &Chat) -> Vec<Option<&str>> {
    chat.lines.iter().map(|line| line.author.as_deref()).collect()
}

#[test]
fn what_somebody_sent_is_theirs_though_the_messenger_words_it() {
    let text = "[31.12.23, 21:40:00] Elon: \u{200e}Zprávy a hovory jsou opatřeny koncovým šifrováním. Nikdo jiný je nečte.\n\
                [31.12.23, 21:41:00] Ana: \u{200e}image omitted\n\
                [31.12.23, 21:42:00] Elon: \u{200e}Location: https://maps.google.com/?q=1.5,-2.5\n\
                [31.12.23, 21:43:00] Elon: \u{200e}\u{200e}Your security code with Elon changed. \u{200e}Tap to learn more.\n\
                [31.12.23, 21:44:00] Ana: \u{200e}Bild weggelassen\n\
                [31.12.23, 21:45:00] Ana: \u{200e}IMG-20231231-WA0001.jpg (file attached)\n\
                [31.12.23, 21:46:00] Ana: \u{200e}\u{200e}Alright, let's go";
    let chat = read(text, &BTreeSet::new());
    let (ana, elon) = (Some("Ana"), Some("Elon"));
    assert_eq!(authors(&chat), [None, ana, elon, None, ana, ana, ana]);
    assert_eq!(chat.lines[2].text, "Location: https://maps.google.com/?q=1.5,-2.5");
    // An export may begin anywhere.
    for first in [
        "image omitted",
        "Location: https://maps.google.com/?q=48.13743,11.57549",
        "IMG-20231231-WA0000000001.jpg (file attached)",
    ] {
        assert_eq!(one(&format!("[31.12.23, 21:40:00] Ana: \u{200e}{first}")).1.as_deref(), ana, "{first}");
    }
}

#[test]
fn a_group_is_nobody_where_the_messenger_speaks_in_its_name() {
    let text = "[31.12.23, 21:40:00] Football: \u{200e}Messages and calls are end-to-end encrypted.\n\
                [31.12.23, 21:41:00] Football: \u{200e}Ana added Bob\n\
                [31.12.23, 21:42:00] Ana: hello\n\
                [31.12.23, 21:43:00] Bob: \u{200e}image omitted";
    let chat = read(text, &BTreeSet::new());
    assert_eq!(authors(&chat), [None, None, Some("Ana"), Some("Bob")]);
    assert_eq!(chat.authors, ["Ana", "Bob"], "also who sent nothing but a picture");
}

#[test]
fn files_are_known_by_their_names() {
    let names = files(&["IMG-20231231-WA0001.jpg", "00000012-PHOTO-2023.jpg", "my plan (2).pdf"]);
    let text = "[31.12.23, 21:41:00] Ana: \u{200e}IMG-20231231-WA0001.jpg (Datei angehängt)\nLook at this\n\
                [31.12.23, 21:42:00] Bob: \u{200e}<attached: 00000012-PHOTO-2023.jpg>\n\
                [31.12.23, 21:42:30] Bob: \u{200e}<附件：00000012-PHOTO-2023.jpg>\n\
                [31.12.23, 21:43:00] Ana: my plan (2).pdf (file attached)\n\
                [31.12.23, 21:44:00] Ana: other.jpg (file attached)\n\
                [31.12.23, 21:45:00] Ana: <Medien ausgeschlossen>\n\
                [31.12.23, 21:46:00] Bob: a caption \u{200e}<attached: 00000012-PHOTO-2023.jpg>";
    let chat = read(text, &names);
    let found: Vec<(Option<&str>, &str)> =
        chat.lines.iter().map(|line| (line.file.as_deref(), line.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (Some("IMG-20231231-WA0001.jpg"), "Look at this"),
            (Some("00000012-PHOTO-2023.jpg"), ""),
            (Some("00000012-PHOTO-2023.jpg"), ""),
            (Some("my plan (2).pdf"), ""),
            (None, "other.jpg (file attached)"),
            (None, "<Medien ausgeschlossen>"),
            (Some("00000012-PHOTO-2023.jpg"), "a caption"),
        ]
    );
}

/// What an export with the files and one without them both say of a message.
#[test]
fn an_export_without_media_tells_the_same_captions() {
    let names = files(&["IMG-1.jpg", "00000012-PHOTO.jpg", "00000013-plan.pdf"]);
    for (with, without) in [
        ("Ana: \u{200e}IMG-1.jpg (Datei angehängt)\nLook\nhere", "Ana: <Medien ausgeschlossen>\nLook\nhere"),
        ("Ana: IMG-1.jpg (file attached)", "Ana: <Media omitted>"),
        ("Ana: IMG-1.jpg (archivo adjunto)", "Ana: <Multimedia omitido>"),
        ("Ana: IMG-1.jpg (fichier joint)", "Ana: <Médias omis>"),
        ("Ana: IMG-1.jpg (arquivo anexado)", "Ana: <Mídia oculta>"),
        ("Ana: IMG-1.jpg (ملف مرفق)", "Ana: \u{200f}<تم استبعاد الوسائط>"),
        ("Ana: IMG-1.jpg (文件附件)", "Ana: <省略多媒体文件>"),
        ("Ana: \u{200e}<attached: 00000012-PHOTO.jpg>", "Ana: \u{200e}image omitted"),
        ("Ana: Look\nhere \u{200e}<Anhang: 00000012-PHOTO.jpg>", "Ana: Look\nhere \u{200e}Bild weggelassen"),
        (
            "Ana: plan.pdf • \u{200e}2 pages \u{200e}<attached: 00000013-plan.pdf>",
            "Ana: plan.pdf • \u{200e}2 pages \u{200e}document omitted",
        ),
    ] {
        let line = |said: &str| read(&format!("31.12.23, 21:41 - {said}"), &names).lines.remove(0);
        let (with, without) = (line(with), line(without));
        assert!(with.file.is_some() && with.caption.is_none(), "{with:?}");
        assert_eq!(without.caption.as_ref(), Some(&with.text));
        assert!(without.text.len() > with.text.len(), "it says that something is missing: {without:?}");
    }
    for said in
        ["Ana: <3 you", "Ana: a <b>", "Ana: \u{200e}Location: https://maps.google.com/?q=1.5,-2.5", "<x>"]
    {
        assert_eq!(read(&format!("31.12.23, 21:41 - {said}"), &names).lines[0].caption, None, "{said}");
    }
}

#[test]
fn that_a_message_was_edited_is_no_part_of_it() {
    let names = files(&["IMG-1.jpg"]);
    let line = |said: &str| read(&format!("31.12.23, 21:41 - Ana: {said}"), &names).lines.remove(0);
    for sentence in [
        "This message was edited",
        "Diese Nachricht wurde bearbeitet.",
        "Mensagem editada",
        "Se editó este mensaje.",
        "Ce message a été modifié",
        "تم تعديل هذه الرسالة",
    ] {
        for mark in ["", "\u{200e}", "\u{200f}"] {
            for said in ["hello", "a\nb", "<3", "\u{200f}שלום"] {
                let plain = line(said);
                assert_eq!(line(&format!("{said} {mark}<{sentence}>")), plain, "{sentence}");
                assert_eq!(line(&format!("{said}\n{mark}<{sentence}>\r\n")), plain, "{sentence}");
            }
            let file = line(&format!("IMG-1.jpg (file attached)\nLook {mark}<{sentence}>"));
            assert_eq!((file.file.as_deref(), &file.text[..]), (Some("IMG-1.jpg"), "Look"));
            let omitted = line(&format!("<Media omitted>\nLook {mark}<{sentence}>"));
            assert_eq!(
                (&omitted.text[..], omitted.caption.as_deref()),
                ("<Media omitted>\nLook", Some("Look"))
            );
        }
    }
    assert_eq!(line("hej \u{200e}<In einer anderen Sprache>").text, "hej", "by its form");
    let last = line("Look \u{200e}<Mensagem editada> \u{200e}<anexado: IMG-1.jpg>");
    assert_eq!((last.file.as_deref(), &last.text[..]), (Some("IMG-1.jpg"), "Look"));
    for said in [
        "a <b>",
        "<This message was edited>",
        "it says <This message was edited> there",
        "hello<This message was edited>",
        "look\n<Media omitted>",
        "<Media omitted>",
        "I <3 you>",
    ] {
        assert_eq!(line(said).text, said);
    }
    for said in ["Look \u{200e}<Media omitted>", "Look \u{200e}<attached: IMG-2.jpg>"] {
        assert_eq!(line(said).text, said.replace('\u{200e}', ""), "what is missing is told");
    }
}

/// Its place is counted, by which others are known.
#[test]
fn android_has_no_words_for_some_messages() {
    assert_eq!(one("31.12.23, 21:41 - Ana: null").2, "");
    assert_eq!(one("31.12.23, 21:41 - Ana: nullify").2, "nullify");
    assert_eq!(one("31.12.23, 21:41 - Ana: null\nand void").2, "null\nand void");
    assert_eq!(one("[31.12.23, 21:41:00] Ana: null").2, "null", "somebody's own word");
}

#[test]
fn names_of_files_may_have_what_shows_nothing() {
    let names = files(&["\u{200e}00000007-Bild 2023-12-31 um 9.41.02\u{202f}PM.png", "plan\u{202f}B.pdf"]);
    let text = "[31.12.23, 21:41:00] Ana: \u{200e}<Anhang: 00000007-Bild 2023-12-31 um 9.41.02\u{202f}PM.png>\n\
                [31.12.23, 21:42:00] Bob: plan B.pdf (Datei angehängt)";
    let chat = read(text, &names);
    let found: BTreeSet<String> = chat.lines.iter().filter_map(|line| line.file.clone()).collect();
    assert_eq!(found, names, "by the archive's names");
}

#[test]
fn what_is_no_chat_gives_nothing() {
    for text in [
        "",
        "hello",
        "[",
        "31",
        "31.12.23",
        "31.12.23, 25:00 - A: x",
        "99/99/99, 10:00 - A: x",
        "1/1/1, 1:1 - ",
    ] {
        assert!(read(text, &BTreeSet::new()).lines.is_empty(), "{text:?}");
    }
}

/// Nothing of what somebody wrote is left out without a word: the messenger takes 65,536 letters.
#[test]
fn a_message_that_is_too_long_goes_on_in_the_next() {
    let names = files(&["plan.pdf"]);
    for (unit, count) in [("语", 65_536), ("ab", 32_768), ("a word ", 9_362), ("a line\n", 9_362)] {
        let said = unit.repeat(count);
        let text =
            format!("31.12.23, 21:41 - Ana: plan.pdf (file attached)\n{said}\n31.12.23, 21:42 - Bob: x");
        let chat = read(&text, &names);
        let (bob, ana) = chat.lines.split_last().unwrap();
        assert_eq!((bob.author.as_deref(), bob.text.as_str()), (Some("Bob"), "x"));
        assert!(ana.len() > 1 && !chat.cut);
        assert!(ana.iter().all(|part| part.author.as_deref() == Some("Ana") && part.at == ana[0].at));
        assert!(ana.iter().all(|part| !part.text.is_empty() && part.text.len() <= TEXT_BYTES));
        let files: Vec<Option<&str>> = ana.iter().map(|part| part.file.as_deref()).collect();
        assert!(files[0] == Some("plan.pdf") && files[1..].iter().all(Option::is_none));
        let visible = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
        assert_eq!(ana.iter().map(|part| visible(&part.text)).sum::<usize>(), visible(&said), "{unit}");
        let cut_word = ana.iter().any(|part| unit.starts_with("a ") && !part.text.starts_with(&unit[..1]));
        assert!(!cut_word, "{unit}");
    }
}

#[test]
fn a_message_without_end_is_cut_at_a_letter() {
    let text = format!("31.12.23, 21:41 - Ana: {}\nmore", "语".repeat(200_000));
    let chat = read(&text, &BTreeSet::new());
    assert!(chat.lines.len() < 10);
    assert!(chat.lines.iter().all(|line| line.text.chars().all(|letter| letter == '语')));
}

#[test]
fn what_a_group_is_called_is_not_taken_for_somebody() {
    let text = "31.12.23, 21:40 - Ana created group \"Garden: 2023\"\n\
                31.12.23, 21:41 - Ana changed the group name from “A: b” to “C: d”\n\
                31.12.23, 21:42 - Ana hat die Gruppe „Garten: 2023“ erstellt\n\
                31.12.23, 21:43 - Bob \"Bobby\" Smith: hello";
    let chat = read(text, &BTreeSet::new());
    assert_eq!(chat.authors, ["Bob \"Bobby\" Smith"]);
    assert_eq!(chat.lines[0].text, "Ana created group \"Garden: 2023\"");
}
