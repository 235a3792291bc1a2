use std::io::Cursor;

use super::*;

/// A zip of parts, stored as they are.
fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    zip_of(parts, false)
}

fn zip_of(parts: &[(&str, &str)], deflated: bool) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let at = bytes.len() as u32;
        let packed = match deflated {
            true => miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6),
            false => text.as_bytes().to_vec(),
        };
        let method = if deflated { 8 } else { 0 };
        let common = [
            &[20, 0, 0, 0, method, 0, 0, 0, 0, 0][..],
            &crc32fast::hash(text.as_bytes()).to_le_bytes(),
            &(packed.len() as u32).to_le_bytes(),
            &(text.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        let more = [0; 10];
        directory
            .extend([b"PK\x01\x02\x14\0", &common[..], &more, &at.to_le_bytes(), name.as_bytes()].concat());
    }
    let count = (parts.len() as u16).to_le_bytes();
    let (size, at) = ((directory.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &at, &[0, 0]].concat());
    bytes
}

fn docx(body: &str) -> Vec<u8> {
    zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", body)])
}

fn said(bytes: &[u8]) -> String {
    read(Cursor::new(bytes)).unwrap().text
}

#[test]
fn office_files_say_their_words_alone() {
    let body = "<?xml version=\"1.0\"?><w:document><!-- no word --><w:body>\
        <w:p><w:r><w:t>Dear &amp; </w:t></w:r><w:r><w:t xml:space=\"preserve\">&#x41;na &lt;3</w:t></w:r></w:p>\
        <w:p><w:instrText>INCLUDEPICTURE \"http://evil.example/x\"</w:instrText><w:tab/><w:t>second</w:t><w:br/>\
        <w:t a='>'>third &nbsp; &</w:t></w:p></w:body></w:document>";
    assert_eq!(said(&docx(body)), "Dear & Ana <3\n\tsecond\nthird &nbsp; &");
    let slide = |words: &str| format!("<p:sld><a:p><a:t>{words}</a:t></a:p></p:sld>");
    let (one, two, ten) = (slide("first"), slide("second"), slide("tenth"));
    let pptx = zip(&[
        ("[Content_Types].xml", "<Types/>"),
        ("ppt/presentation.xml", "<p/>"),
        ("ppt/slides/slide10.xml", &ten),
        ("ppt/slides/slide2.xml", &two),
        ("ppt/slides/slide1.xml", &one),
        ("ppt/slides/_rels/slide1.xml.rels", "<no/>"),
    ]);
    assert_eq!(said(&pptx), "first\n\nsecond\n\ntenth");
    let xlsx = zip(&[
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", "<w/>"),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Name</t></si><si><r><t>Sum </t></r><r><t>of all</t></r></si></sst>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<s><row><c r=\"A1\" t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>\
             <row><c t=\"inlineStr\"><is><t>Bo</t></is></c><c><v>42</v></c><c t=\"s\"><v>99</v></c></row></s>",
        ),
    ]);
    assert_eq!(said(&xlsx), "Name\tSum of all\t\nBo\t42");
    let odt = zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            "<o><office:body><text:h>Head</text:h><text:p>a<text:tab/>b<text:line-break/>c</text:p>\
             <draw:image xlink:href=\"http://evil.example/x\"/>\
             <table:table-row><table:table-cell><text:p>1</text:p></table:table-cell>\
             <table:table-cell><text:p>2</text:p></table:table-cell></table:table-row></office:body></o>",
        ),
    ]);
    assert_eq!(said(&odt), "Head\na\tb\nc\n1 \t2");
}

#[test]
fn packed_parts_are_unpacked_and_lies_about_them_refused() {
    let body = format!("<w:p><w:t>{}</w:t></w:p>", "words and ".repeat(500));
    let parts = [("[Content_Types].xml", "<Types/>"), ("word/document.xml", &*body)];
    let packed = zip_of(&parts, true);
    assert!(packed.len() < 1_000 && said(&packed).starts_with("words and words and"));
    // In the directory's last entry: it says that it unpacks to less, or to more, than it does.
    let at = packed.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap() + 24;
    for length in [10u32, body.len() as u32 + 1] {
        let mut lying = packed.clone();
        lying[at..at + 4].copy_from_slice(&length.to_le_bytes());
        assert!(matches!(read(Cursor::new(lying)), Err(Refused::Malformed { .. })), "{length}");
    }
}

#[test]
fn text_is_shown_without_what_is_no_letter_and_a_long_one_begins() {
    assert_eq!(said("a,b\r\n1,2\n# Head\n".as_bytes()), "a,b\n1,2\n# Head");
    assert_eq!(said("x\u{202E}fdp.exe".as_bytes()), "xfdp.exe");
    let long = "wörter ".repeat(limits::READ_TEXT_BYTES / 4);
    let reading = read(Cursor::new(long.as_bytes())).unwrap();
    assert!(reading.cut && reading.text.len() <= limits::READ_TEXT_BYTES && long.starts_with(&reading.text));
    let body = format!("<w:p><w:t>{long}</w:t></w:p>");
    assert!(read(Cursor::new(docx(&body))).unwrap().cut);
}

#[test]
fn what_is_hostile_is_refused() {
    let entities =
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><w:p><w:t>&b;</w:t></w:p>";
    for body in [entities, "<w:p><w:t>never ends", "<!-- never ends", "<w:p <w:t>", "<![CDATA[x"] {
        let answer = read(Cursor::new(docx(body)));
        assert!(
            matches!(answer, Err(Refused::Malformed { .. })) || answer.is_ok_and(|one| one.text.len() < 20),
            "{body}"
        );
    }
    assert!(matches!(read(Cursor::new(docx(entities))), Err(Refused::Malformed { .. })));
    // Deep nesting takes no memory, and no time to speak of.
    assert_eq!(said(&docx(&format!("{}<w:t>end</w:t>", "<w:p>".repeat(500_000)))), "end");
    // A part that says it is larger than anybody reads.
    let mut bomb = docx("<w:p/>");
    let at = bomb.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bomb[at + 24..at + 28].copy_from_slice(&0x7FFF_FFFFu32.to_le_bytes());
    assert!(read(Cursor::new(bomb)).is_err());
    for bytes in [&b"\x00\x01\x02"[..], include_bytes!("../../fixtures/page.pdf")] {
        assert!(read(Cursor::new(bytes)).is_err());
    }
}
