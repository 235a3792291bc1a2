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
fn web_pages_say_their_words_alone() {
    let page = "<!doctype html><html><head><title>News &amp; more</title><style>p { color: red }</style>\
        <script>alert('<p>no')</script></head><body onload=\"x('>')\"><!-- <p>remark --><h1>Head</h1>\
        <p>One   <b>bold</b>,\n and&nbsp;&#8212; caf&eacute; &unknown; 1 < 2</p><SCRIPT src=x></SCRIPT>\
        <ul><li>a<li>b</ul><table><tr><td>1<td>2</table><a href='https://evil.example/'>bank.example</a>\
        <iframe srcdoc='<p>no'>no</iframe><p hidden>there</p></body></html><style>no";
    assert_eq!(
        said(page.as_bytes()),
        "News & more\nHead\nOne bold, and\u{A0}— café &unknown; 1 < 2\na\nb\n\t1\t2\nbank.example\nthere"
            .replace('\u{A0}', " ")
    );
    let wide: Vec<u8> =
        "\u{feff}<html><body><p>Wörter</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(said(&wide), "Wörter");
    // A drawing says what is written in it, or nothing.
    let drawing = "<?xml version='1.0'?><svg:svg xmlns:svg='http://www.w3.org/2000/svg'><svg:title>Map</svg:title>\
        <svg:script><![CDATA[ no() ]]></svg:script><svg:path d='M0 0'/><svg:text>Here <tspan>lies</tspan></svg:text></svg:svg>";
    assert_eq!(said(drawing.replace("svg:", "").replace("xmlns:svg", "xmlns").as_bytes()), "Map\nHere lies");
    assert_eq!(said(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>"), "");
}

#[test]
fn rich_text_says_its_words_alone() {
    let rtf =
        br"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Times;}}{\colortbl;\red0;}{\*\generator Word 1.0;}
{\info{\author Ana}}\pard\f0 Caf\'e9 \{x\} \b bold\b0\par
\uc1\u1055?\u1088?\u-10179?\u-8704? end{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\cell next\line
{\object{\*\objdata 0105}{\result shown}}{\pict\bin4 }}}}}\emdash}trailing";
    assert_eq!(said(rtf), "Café {x} bold\nПр😀 endlink\tnext\nshown—");
    let cyrillic = br"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2 \'a8}";
    assert_eq!(said(cyrillic), "Привет Ё");
    let deep = [&b"{\\rtf1 "[..], &b"{".repeat(10_000)].concat();
    assert!(matches!(read(Cursor::new(deep)), Err(Refused::TooComplex { .. })));
}

#[test]
fn what_is_marked_up_badly_takes_no_longer() {
    for (begin, part) in [
        ("<html>", "<a b=\""),
        ("<html>", "<!--"),
        ("<html>", "<script>"),
        ("<html>", "<"),
        ("<html>", "&"),
        ("<svg>", "<![CDATA["),
        ("<html>", "<p>"),
        ("<html>", "<td>"),
        ("{\\rtf1 ", "{\\*"),
        ("{\\rtf1 ", "\\'"),
        ("{\\rtf1 ", "\\u1"),
        ("{\\rtf1 ", "\\bin9"),
    ] {
        let most = limits::READ_MARKED_BYTES as usize;
        let bytes = begin.to_owned() + &part.repeat(most / part.len());
        if let Ok(reading) = read(Cursor::new(bytes.as_bytes())) {
            assert!(reading.text.len() <= limits::READ_TEXT_BYTES, "{part}");
        }
    }
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
    assert!(read(Cursor::new(&b"\x00\x01\x02"[..])).is_err());
}

/// A PDF of these objects, numbered from 1, with a table of where they are.
fn pdf(objects: &[String], trailer: &str) -> Vec<u8> {
    let (mut bytes, mut table) = (b"%PDF-1.4\n".to_vec(), String::new());
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{} 0 obj {object} endobj\n", at + 1).bytes());
    }
    let (begins, count) = (bytes.len(), objects.len() + 1);
    let table = format!("xref\n0 {count}\n0000000000 65535 f \n{table}");
    bytes.extend(
        format!("{table}trailer <</Size {count}/Root 1 0 R{trailer}>>\nstartxref\n{begins}\n%%EOF\n").bytes(),
    );
    bytes
}

/// A PDF of one page that its operators draw.
fn page(content: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F 4 0 R>>/XObject<</X 6 0 R>>>>>>"
            .to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Subtype/Form/Resources<</Font<</F 4 0 R>>/XObject<</X 6 0 R>>>>/Length 40>>stream\n\
         BT /F 10 Tf 10 10 Td (inside) Tj ET /X Do\nendstream"
            .to_owned(),
    ];
    pdf(&objects, "")
}

#[test]
fn a_pdf_says_the_words_of_its_pages_and_nothing_else() {
    let letter = include_bytes!("../../fixtures/letter.pdf");
    assert_eq!(said(letter), "Dear Ana, the office costs 5 €.\nKind regards\n\nабв");
    // Without its cross references, as where they are damaged.
    let at = letter.windows(9).rposition(|window| window == b"startxref").unwrap();
    let lost = [&letter[..at], b"startxref\n7\n%%EOF\n"].concat();
    assert_eq!(said(&lost), said(letter));
    let lines = page("BT /F 12 Tf 14 TL 50 700 Td (one) Tj T* [(t) -20 (wo) -400 (three)] TJ (next) ' ET");
    assert_eq!(said(&lines), "one\ntwo three\nnext");
    // Apart on one line, a paragraph, a turned line, letters by name, a picture among the operators.
    let apart = page(
        "BT /F 10 Tf 1 0 0 1 50 700 Tm (left) Tj 1 0 0 1 300 700 Tm (right) Tj 1 0 0 1 50 600 Tm (below) Tj ET \
         q 0 1 -1 0 400 400 cm BT /F 10 Tf (turned) Tj 0 -12 Td (on) Tj ET Q \
         BI /W 1 /H 1 ID (not a word) Tj EI BT /F 10 Tf 50 100 Td <e4f6> Tj ET",
    );
    assert_eq!(said(&apart), "left right\n\nbelow\n\nturned\non\n\näö");
    assert_eq!(said(&page("q Q")), "");
}

#[test]
fn a_pdf_that_is_encrypted_is_said_to_be_and_one_that_leads_in_circles_ends() {
    let root = ["<</Type/Catalog/Pages 2 0 R>>".to_owned(), "<</Type/Pages/Kids[]/Count 0>>".to_owned()];
    let locked = read(Cursor::new(pdf(&root, "/Encrypt<</Filter/Standard/V 4>>")));
    assert!(matches!(locked, Err(Refused::Encrypted { .. })), "{locked:?}");
    assert!(matches!(read(Cursor::new(pdf(&root, ""))), Err(Refused::Malformed { .. })));
    // A drawing that draws itself.
    let drawn = read(Cursor::new(page("/X Do"))).unwrap();
    assert!(
        drawn.cut && drawn.text.lines().filter(|line| *line == "inside").count() <= limits::PDF_DEPTH + 2
    );
    // Pages in themselves, a reference to itself, a stream whose length is itself, a trailer before itself.
    let circle = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 9>>".to_owned(),
        "3 0 R".to_owned(),
        "<</Length 4 0 R>>stream\nx\nendstream".to_owned(),
    ];
    assert!(read(Cursor::new(pdf(&circle, "/Prev 0"))).is_err());
    // A stream that unpacks to more than anybody reads.
    let zeros = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; limits::PDF_STREAM_BYTES + 1], 9);
    let head = format!("<</Filter/FlateDecode/Length {}>>stream\n", zeros.len());
    let mut bomb = page("");
    let at = bomb.windows(4).position(|window| window == b"xref").unwrap();
    let object = [b"5 0 obj ", head.as_bytes(), &zeros, b"\nendstream endobj\n"].concat();
    bomb.splice(at..at, object);
    bomb.truncate(bomb.len() - 20);
    bomb.extend(b"\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
    assert!(matches!(read(Cursor::new(bomb)), Err(Refused::TooComplex { .. })));
}
