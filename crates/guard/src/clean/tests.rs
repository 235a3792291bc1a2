use std::io::Cursor;

use super::*;
use crate::format::zip;
use crate::reading::pdf::file::File;
use crate::reading::pdf::object::Object;
use crate::{Refused, inspect, reading, strip};

const MARKER: &str = "SECRET-MARKER";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn media_type(bytes: &[u8]) -> MediaType {
    inspect(Cursor::new(bytes), "").unwrap().media_type
}

fn cleaned(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut output = Vec::new();
    strip(Cursor::new(bytes), &mut output, media_type(bytes)).map(|_| output)
}

/// All that a program could find in a file: its bytes, and what all of its parts unpack to, documents in it as well.
fn everything(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    if bytes.starts_with(b"PK") {
        for (_, part) in parts(bytes) {
            all.extend(everything(&part));
        }
    }
    if bytes.starts_with(b"%PDF") {
        let (mut file, mut at) = (File::open_anyway(bytes), 0);
        while let Some(object) = file.next_anywhere(&mut at).unwrap() {
            if matches!(object, Object::Stream(..)) {
                all.extend(file.stream(&object).unwrap_or_default());
            }
        }
    }
    // Letters of two bytes have zeros between them.
    let narrow: Vec<u8> = all.iter().copied().filter(|byte| *byte != 0).collect();
    [all, narrow].concat()
}

fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut source = Source::new(Cursor::new(bytes)).unwrap();
    let mut places = Vec::new();
    zip::walk(&mut source, &mut |entry| {
        let name = String::from_utf8(entry.name.to_vec()).unwrap();
        places.push((name, entry.at, entry.packed_bytes, entry.bytes));
    })
    .unwrap();
    let read = |(name, at, packed, bytes)| (name, zip::unpack(&mut source, at, packed, bytes).unwrap());
    places.into_iter().map(read).collect()
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

fn text(bytes: &[u8]) -> String {
    reading::read(Cursor::new(bytes)).unwrap().text
}

const WRITTEN: [&str; 5] = ["written.docx", "written.xlsx", "written.pptx", "written.odt", "revised.pdf"];

#[test]
fn nothing_about_the_author_is_left_and_what_is_shown_is_the_same() {
    for name in WRITTEN {
        let before = fixture(name);
        assert!(contains(&everything(&before), MARKER), "{name} has something to take out");
        let after = cleaned(&before).unwrap();
        let all = everything(&after);
        for words in [
            MARKER,
            "S-M",
            "2024-01-02",
            "2024:01:02",
            "20240102",
            "python",
            "openpyxl",
            "ODFPY",
            "ReportLab",
            "pikepdf",
        ] {
            assert!(!contains(&all, words), "{name} still holds {words}");
        }
        assert_eq!(media_type(&after), media_type(&before), "{name}");
        // The preview of a letter has its remarks' heads.
        let expected = text(&before).replace(MARKER, NOBODY).replace("2024-01-02T03:04:05", NEVER);
        assert_eq!(text(&after), expected, "{name}");
        assert!(text(&after).to_lowercase().contains("shown words stay"), "{name}: {}", text(&after));
        assert!(cleaned(&after).unwrap() == after, "{name}: cleaning again changes it");
    }
}

#[test]
fn what_is_written_beside_the_text_stays_without_its_author() {
    let all =
        |name: &str| String::from_utf8_lossy(&everything(&cleaned(&fixture(name)).unwrap())).into_owned();
    let (docx, xlsx, odt, pdf) =
        (all("written.docx"), all("written.xlsx"), all("written.odt"), all("revised.pdf"));
    for all in [&docx, &xlsx, &odt, &pdf] {
        assert!(all.contains("a remark"));
    }
    assert!(docx.contains("<w:ins w:id=\"1\" w:author=\"Author\">") && docx.contains("added words"));
    assert!(docx.contains("<w:delText>gone</w:delText>"));
    assert!(xlsx.contains("<author>Author</author>") && xlsx.contains("Author:\na remark"));
    assert!(odt.contains("<dc:creator>Author</dc:creator>"));
}

#[test]
fn a_zip_has_one_time_and_no_remarks_and_its_kind_first() {
    for name in ["written.docx", "written.odt", "written.xlsx"] {
        let after = cleaned(&fixture(name)).unwrap();
        let mut at = 0;
        let mut count = 0;
        while let Some(next) = after[at..].windows(4).position(|four| four == b"PK\x01\x02") {
            at += next + 4;
            // Behind the name: no other fields, no remark.
            assert_eq!(after[at + 8..at + 12], [0, 0, 0x21, 0], "{name}");
            assert_eq!(after[at + 26..at + 30], [0; 4], "{name}");
            count += 1;
        }
        assert!(count > 3, "{name}");
        assert!(after.ends_with(&[0, 0]), "{name} has a remark");
    }
    assert_eq!(&cleaned(&fixture("written.odt")).unwrap()[30..38], b"mimetype");
    assert_eq!(&cleaned(&fixture("written.odt")).unwrap()[8..10], [0, 0]);
}

/// A PDF of these objects, without a table of where they are: readers look for them.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut text = "%PDF-1.4\n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        text.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    text.push_str("trailer\n<</Root 1 0 R/ID[(SECRET-MARKER)(SECRET-MARKER)]>>\nstartxref\n0\n%%EOF\n");
    text.into_bytes()
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str =
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 .5 -12.25]/Contents 4 0 R/Resources<</Font<</F 6 0 R>>>>>>";
const WORDS: &str = "<</Length 33>>stream\nBT /F 12 Tf (shown words) Tj ET   \nendstream";
const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";

#[test]
fn a_page_that_was_taken_out_is_gone_though_a_bookmark_leads_to_it() {
    let before = pdf(&[
        CATALOG,
        PAGES,
        PAGE,
        WORDS,
        "<</First 7 0 R/Count 1>>",
        FONT,
        "<</Title(one)/Parent 5 0 R/Dest[8 0 R/Fit]>>",
        "<</Type/Page/Parent 2 0 R/Contents 9 0 R>>",
        "<</Length 20>>stream\n(SECRET-MARKER) Tj   \nendstream",
        "(SECRET-MARKER)",
    ]);
    let after = cleaned(&before).unwrap();
    assert!(!contains(&everything(&after), MARKER));
    assert!(contains(&everything(&after), "/Title (one)"));
    assert!(contains(&everything(&after), "[0 0 0.5 -12.25]"));
    assert_eq!((&text(&after)[..], &text(&before)[..]), ("shown words", "shown words"));
}

#[test]
fn what_cannot_be_cleaned_is_refused_in_words() {
    let refused = |bytes: &[u8]| cleaned(bytes).unwrap_err().to_string();
    let with = |more: &str| {
        let page = PAGE.replace(">>>>>>", &format!(">>>>{more}>>"));
        pdf(&[CATALOG, PAGES, &page, WORDS, "<<>>", FONT])
    };
    assert!(cleaned(&with("")).is_ok());
    let signed =
        refused(&with("/Annots[<</Subtype/Widget/Rect[0 0 1 1]/FT/Sig/V<</Type/Sig/ByteRange[0 1 2 3]>>>>]"));
    assert_eq!(signed, "This file can't be cleaned: it is signed, which a change would break.");
    let carries = refused(&with("/AF<</EF<<>>>>/Annots[<</FS<</EF<</F 4 0 R>>>>>>]"));
    assert_eq!(carries, "This file can't be cleaned: it carries other files.");
    assert!(refused(&fixture("letter.pdf")).contains("it carries other files"));
    let text = String::from_utf8(with("")).unwrap();
    let locked = text.replace("/ID[", "/Encrypt<</Filter/Standard>>/ID[");
    assert!(refused(locked.as_bytes()).contains("encrypted"));
    for name in ["note.txt", "macros.docm", "plain.zip", "music.mp3"] {
        assert!(matches!(cleaned(&fixture(name)), Err(Refused::NotStrippable { .. })), "{name}");
    }
    // An embedded document of an old kind, a picture that is none, a part that is not well formed, a program.
    let docx = |name: &str, bytes: &[u8], body: &str| {
        let mut file = Vec::new();
        let mut writer = package::Writer::new(&mut file);
        let relations = format!(
            "<Relationships><Relationship Id=\"a\" Type=\"x/any\" Target=\"{}\"/></Relationships>",
            name.trim_start_matches("word/")
        );
        let root = "<Relationships><Relationship Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
        for (name, bytes) in [
            ("[Content_Types].xml", &b"<Types/>"[..]),
            ("_rels/.rels", root.as_bytes()),
            ("word/document.xml", body.as_bytes()),
            ("word/_rels/document.xml.rels", relations.as_bytes()),
            (name, bytes),
        ] {
            writer.add(name, bytes).unwrap();
        }
        writer.finish().unwrap();
        file
    };
    let body = "<w:document><w:body/></w:document>";
    assert!(cleaned(&docx("word/media/a.jpg", &fixture("photo-gps.jpg"), body)).is_ok());
    for (name, bytes, body, why) in [
        ("word/embeddings/a.bin", &b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], body, "old kind"),
        ("word/media/a.jpg", b"MZ", body, "can't be cleaned"),
        ("word/media/a.txt", b"words", body, "can't be cleaned"),
        ("word/media/a.jpg", &fixture("photo-gps.jpg")[..3_000], body, "can't be cleaned"),
        ("word/a.xml", b"<a>", body, "ends early"),
        ("word/a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", body, "not well formed"),
        ("word/a.xml", b"<a/>", "<w:document><w:p></w:document>", "not well formed"),
        ("WORD/document.xml", b"<a/>", body, "one name"),
    ] {
        let why_not = refused(&docx(name, bytes, body));
        assert!(why_not.contains(why), "{name}: {why_not}");
    }
    // What nothing refers to is no reason, and is not there afterwards.
    let body_alone = docx("word/document.xml.other", b"MZ SECRET-MARKER", body);
    assert!(refused(&body_alone).contains("can't be cleaned"));
    let orphan = docx("elsewhere/a.bin", b"MZ SECRET-MARKER", body);
    assert!(!contains(&everything(&cleaned(&orphan).unwrap()), MARKER));
}

#[test]
fn heic_is_cleaned_where_the_person_asks() {
    let before = fixture("photo-gps.heic");
    let after = cleaned(&before).unwrap();
    assert_eq!(after.len(), before.len());
    for words in [MARKER, "SECRET", "x265", "Exif\0\0", "xpacket"] {
        assert!(!contains(&after, words), "{words}");
    }
    let look = |bytes: &[u8]| {
        let found = inspect(Cursor::new(bytes), "").unwrap();
        (found.media_type, found.width, found.height)
    };
    assert_eq!(look(&after), look(&before));
    assert_eq!(cleaned(&after).unwrap(), after);
}

#[test]
fn places_of_somebodys_own_are_told_from_others() {
    for place in [
        "file:///C:/People/ana/a.docx",
        "C:\\Users\\ana\\a.png",
        " INCLUDEPICTURE \"d:/ana/a.png\" ",
        "\\\\server\\ana",
        "FILE:a",
    ] {
        assert!(is_on_disk(place) && is_local(place), "{place}");
    }
    for place in ["../ana/a.odt", "/disk/ana", "~ana/a"] {
        assert!(is_local(place) && !is_on_disk(place), "{place}");
    }
    for place in [
        "https://a.example/b/../c",
        "mailto:ana@a.example",
        "#part",
        "media/image1.png",
        "",
        "a",
        " PAGE \\* MERGEFORMAT ",
    ] {
        assert!(!is_local(place), "{place}");
    }
    assert!(
        is_file_name("IMG_2041.JPG")
            && is_file_name("C:\\a")
            && !is_file_name("Picture 4")
            && !is_file_name("e.g. this")
    );
}

#[test]
fn a_part_is_written_as_it_was_but_for_what_goes() {
    struct Few;
    impl xml::Rules for Few {
        fn tag(&mut self, tag: &mut xml::Tag<'_>, inside: &[&str]) -> Result<xml::Fate, Fault> {
            tag.leave_out(|name, _| name == "gone");
            tag.set("set", "<&>");
            Ok(match tag.local() {
                "drop" => xml::Fate::Drop,
                "say" if inside == ["a"] => xml::Fate::Say("said"),
                _ => xml::Fate::Keep,
            })
        }
    }
    let rewritten =
        |text: &str| xml::rewrite(text.as_bytes(), &mut Few).map(|bytes| String::from_utf8(bytes).unwrap());
    for (before, after) in [
        ("<a>&lt;x&gt; <b c='\"' gone=\"1\" d=\">\"/></a>", "<a>&lt;x&gt; <b c=\"&quot;\" d=\">\"/></a>"),
        ("<a><drop><say>x</say><drop/></drop>y<drop/></a>", "<a>y</a>"),
        ("<a><x:say>1<b/>2</x:say><say/></a>", "<a><x:say>said</x:say><say>said</say></a>"),
        ("<a set='' x:set='1'/>", "<a set=\"&lt;&amp;>\" x:set=\"&lt;&amp;>\"/>"),
        ("\u{FEFF}<a><!-- gone --><?gone x?><![CDATA[<&]]></a>", "<a>&lt;&amp;</a>"),
        ("<a xmlns:gone='u'/>", "<a xmlns:gone=\"u\"/>"),
    ] {
        assert_eq!(rewritten(before).unwrap(), after, "{before}");
    }
    for crooked in [
        "<a>",
        "<a></b>",
        "</a>",
        "<a b></a>",
        "<a b=c/>",
        "<a b='c/>",
        "<",
        "<!-->",
        "<!DOCTYPE a [",
        "<a><!DOCTYPE b></a>",
        "< a/>",
    ] {
        assert!(rewritten(crooked).is_err(), "{crooked}");
    }
    let deep = "<a>".repeat(10_000);
    assert!(matches!(rewritten(&deep), Err(Fault::TooMuch(_))));
    assert!(xml::rewrite(b"<?xml version='1.0' encoding='utf-16'?><a/>", &mut Few).is_err());
}

#[test]
fn cut_and_changed_documents_never_break_it() {
    for name in WRITTEN {
        let whole = fixture(name);
        for round in 0..400usize {
            let mut bytes = whole.clone();
            let place = round * 7_919 % bytes.len();
            match round % 3 {
                0 => bytes.truncate(place),
                1 => bytes[place] ^= 1 << (round % 8),
                _ => drop(bytes.splice(place..(place + round).min(whole.len()), [])),
            }
            crate::fuzz::fuzz_clean(&bytes);
        }
    }
}
