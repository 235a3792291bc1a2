use std::io::Cursor;

use super::*;
use crate::inspect;

fn of(bytes: &[u8], name: &str) -> Vec<Warning> {
    inspect(Cursor::new(bytes), name).unwrap().warnings
}

/// A zip of stored parts: each a name, bytes, and the length that its directory tells.
fn zip(parts: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, body, said) in parts {
        let at = bytes.len() as u32;
        let fields = |packed: u32| {
            let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            fields.extend(packed.to_le_bytes());
            fields.extend(said.to_le_bytes());
            fields.extend((name.len() as u16).to_le_bytes());
            fields.extend([0, 0]);
            fields
        };
        bytes.extend(b"PK\x03\x04");
        bytes.extend(fields(body.len() as u32));
        bytes.extend(name.as_bytes());
        bytes.extend(*body);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(fields(body.len() as u32));
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    let count = (parts.len() as u16).to_le_bytes();
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn windows() -> Vec<u8> {
    let mut bytes = vec![0; 256];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 128;
    bytes[128..132].copy_from_slice(b"PE\0\0");
    bytes
}

#[test]
fn programs_are_known_by_what_they_are() {
    let elf = [b"\x7FELF\x02\x01\x01".to_vec(), vec![0; 60]].concat();
    let mut iso = vec![0; 0x9000];
    iso[0x8001..0x8006].copy_from_slice(b"CD001");
    let apk = zip(&[("AndroidManifest.xml", b"x", 1), ("classes.dex", b"x", 1)]);
    for (bytes, what) in [
        (windows(), "Windows"),
        (elf, "Linux"),
        (vec![0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1], "macOS"),
        (vec![0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2, 0, 0], "macOS, several"),
        (vec![0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61, 0, 0], "Java"),
        (b"#!/bin/sh\nrm -rf ~\n".to_vec(), "a script"),
        (b"#! /usr/bin/env python3\n".to_vec(), "a script"),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46rest".to_vec(), "a shortcut"),
        (b"[InternetShortcut]\r\nURL=file://x\r\n".to_vec(), "a shortcut"),
        (b"[Desktop Entry]\nExec=x\n".to_vec(), "a shortcut"),
        (b"!<arch>\ndebian-binary   ".to_vec(), "a package"),
        (b"dex\n035\0xxxx".to_vec(), "Android's code"),
        (apk, "Android"),
        (iso, "a disk"),
    ] {
        // Whatever it is called.
        for name in ["photo.jpg", "letter.pdf", "x"] {
            assert!(of(&bytes, name).contains(&Warning::Program), "{what}");
        }
    }
}

#[test]
fn text_that_a_system_runs_is_known_by_its_name() {
    for name in ["start.bat", "x.ps1", "x.vbs", "a.hta", "link.url", "x.js", "a.library-ms", "a.one", "a.vhd"]
    {
        assert_eq!(of(b"echo hello", name), [Warning::Program], "{name}");
        // Whatever is in it: what a page or an archive is to others is a script to Windows.
        assert!(of(&zip(&[("a", b"x", 1)]), name).contains(&Warning::Program), "{name}");
    }
    for name in ["x.txt", "x.rs", "notes", "x.py", "x.sh", "x.c", "x.md"] {
        assert_eq!(of(b"echo hello\n#!/bin/sh", name), [], "{name}");
    }
    assert_eq!(of(b"#![forbid(unsafe_code)]\nfn main() {}", "main.rs"), []);
    assert_eq!(of(b"MZ is how it begins", "x.txt"), []);
}

#[test]
fn macros_and_what_acts_are_told() {
    let word = |more: &'static str| {
        zip(&[("[Content_Types].xml", b"x", 1), ("word/document.xml", b"x", 1), (more, b"x", 1)])
    };
    assert_eq!(of(&word("word/vbaProject.bin"), "a.docx"), [Warning::Macros]);
    assert_eq!(of(&word("xl/macrosheets/sheet1.xml"), "a.xlsx"), [Warning::Macros]);
    assert_eq!(of(&word("Basic/Standard/Module1.xml"), "a.odt"), [Warning::Macros]);
    assert_eq!(of(&word("word/styles.xml"), "a.docx"), []);

    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let old = |names: &[&str]| {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        bytes.extend(vec![7; 100_000]);
        for name in names {
            bytes.extend(wide(name));
            bytes.extend([0; 70]);
        }
        bytes
    };
    assert_eq!(of(&old(&["_VBA_PROJECT"]), "a.doc"), [Warning::Macros]);
    assert_eq!(of(&old(&["\u{1}Ole10Native"]), "a.doc"), [Warning::Active]);
    assert_eq!(of(&old(&["WordDocument", "1Table"]), "a.doc"), []);

    let pdf = |body: &str| format!("%PDF-1.4\n{body}\nstartxref\n0\n%%EOF\n").into_bytes();
    for body in ["<< /S /JavaScript /JS (x) >>", "<</Launch 1>>", "/EmbeddedFiles 3 0 R"] {
        assert_eq!(of(&pdf(body), "a.pdf"), [Warning::Active], "{body}");
    }
    assert_eq!(of(&pdf("/JSON /Launcher"), "a.pdf"), []);
    // Across the border of two windows.
    for shift in 0..14 {
        let padding = " ".repeat(limits::WINDOW_BYTES - 9 - shift);
        assert_eq!(of(&pdf(&format!("{padding}/JavaScript")), "a.pdf"), [Warning::Active], "{shift}");
    }
    // However they are written.
    for body in
        ["<</S/J#61vaScript>>", "<</S/La#75nch>>", "<</XFA 4 0 R>>", "<</S/GoToE>>", "<</S/SubmitForm>>"]
    {
        assert_eq!(of(&pdf(body), "a.pdf"), [Warning::Active], "{body}");
    }
    for body in [
        "1 0 obj<</JS(x)>>endobj",
        "1 0 obj<</J#53(x)>>endobj",
        "1 0 obj<</OpenAction<</S/URI/URI(http://x)>>>>endobj",
        "1 0 obj<</OpenAction 2 0 R>>endobj 2 0 obj<</S/URI>>endobj",
        "1 0 obj<</S/GoToR/F(\\\\\\\\x\\\\y)>>endobj",
    ] {
        assert_eq!(of(&pdf(body), "a.pdf"), [Warning::Active], "{body}");
    }
    for body in [
        "1 0 obj<</A<</S/URI/URI(http://x)>>>>endobj",
        "1 0 obj<</S/GoToR/F(b.pdf)>>endobj",
        "1 0 obj<</OpenAction[3 0 R/Fit]>>endobj",
        "1 0 obj(/JS)endobj",
    ] {
        assert_eq!(of(&pdf(body), "a.pdf"), [], "{body}");
    }
    // In a stream of objects.
    let packed = |object: &str| {
        let bytes = miniz_oxide::deflate::compress_to_vec_zlib(format!("4 0 {object}").as_bytes(), 6);
        let mut file = format!(
            "%PDF-1.5\n9 0 obj<</Type/ObjStm/N 1/First 4/Filter/Fl#61teDecode/Length {}>>stream\n",
            bytes.len()
        )
        .into_bytes();
        file.extend(bytes);
        file.extend(b"\nendstream endobj\nstartxref\n0\n%%EOF\n");
        file
    };
    assert_eq!(of(&packed("<</S/Launch/F(x)>>"), "a.pdf"), [Warning::Active]);
    assert_eq!(of(&packed("<</S/J#61vaScript/JS(x)>>"), "a.pdf"), [Warning::Active]);
    assert_eq!(of(&packed("<</Type/Page>>"), "a.pdf"), []);
    assert_eq!(of(b"{\\rtf1 {\\object\\objdata 00}}", "a.rtf"), [Warning::Active]);
    for body in [
        "{\\object x}",
        "{\\*\\template http://x/y.dotm}",
        "{\\field{\\*\\fldinst{ DDE\r\nAUTO cmd}}}",
        "{\\*\\template \\'68ttp://x}",
    ] {
        assert_eq!(of(format!("{{\\rtf1 {body}}}").as_bytes(), "a.rtf"), [Warning::Active], "{body}");
    }
    for body in
        ["hello", "{\\*\\template C:\\\\x\\\\Normal.dotm}", "{\\field{\\*\\fldinst HYPERLINK \"http://x\"}}"]
    {
        assert_eq!(of(format!("{{\\rtf1 {body}}}").as_bytes(), "a.rtf"), [], "{body}");
    }
    assert_eq!(of(&old(&["Equation Native"]), "a.doc"), [Warning::Active]);
    let sheet = |kind: u8| [&old(&[])[..], &[0x85, 0, 14, 0, 1, 1, 1, 1, 0, kind, 6, 0], b"Macro1"].concat();
    assert_eq!(of(&sheet(1), "a.xls"), [Warning::Macros]);
    assert_eq!(of(&sheet(0), "a.xls"), []);
}

#[test]
fn two_files_in_one_are_told() {
    let fixture =
        |name: &str| std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let jpeg = fixture("progressive.jpg");
    let archive = zip(&[("a.txt", b"hello", 5)]);
    let page = b"\0\0\0<body onload=alert(1)>".as_slice();
    let padded = [&[0; 5_000][..], &windows()].concat();
    let behind = [b"SEFH padding ".as_slice(), &windows()].concat();
    for second in [
        page,
        &padded,
        &behind,
        b"<svg onload=alert(1)>",
        b"<hta:application><script>1</script>",
        &archive[..],
        b"%PDF-1.4\n",
        b"Rar!\x1A\x07\0",
        b"<html><script>",
        b"#!/bin/sh\n",
        &windows(),
    ] {
        assert!(of(&[&jpeg, second].concat(), "a.jpg").contains(&Warning::TwoInOne));
    }
    // A short film behind a photo is what phones make.
    assert_eq!(of(&[&jpeg[..], b"\0\0\0\x18ftypmp42"].concat(), "a.jpg"), []);
    assert_eq!(of(&jpeg, "a.jpg"), []);
    assert_eq!(of(&archive, "a.zip"), []);
    assert!(of(&[b"%PDF-1.4\n", &archive[..]].concat(), "a.pdf").contains(&Warning::TwoInOne));
    let pdf = b"%PDF-1.4\nstartxref\n0\n%%EOF\n".as_slice();
    for second in [&windows()[..], b"<html><script>", b"\0\0\x7FELF\x02\x01\x01"] {
        assert!(of(&[pdf, second].concat(), "a.pdf").contains(&Warning::TwoInOne), "{second:?}");
    }
    assert_eq!(of(&[pdf, b"12 0 obj\nstartxref\n0\n%%EOF\n"].concat(), "a.pdf"), []);
    assert!(of(&[b"<html>", pdf].concat(), "a.html").contains(&Warning::TwoInOne));
    assert_eq!(of(b"%PDF- is how it begins: %PDF-1.4", "a.txt"), []);
    assert!(of(b"GIF89a\x01/*\n%PDF-1.4\n", "a.gif").contains(&Warning::TwoInOne));
}

#[test]
fn bombs_are_told_before_they_are_unpacked() {
    let large = zip(&[("zeros", &[0; 100], u32::MAX - 1)]);
    let nested = zip(&[("lib 0.zip", &[0; 100], 30_000)]);
    let mut gzip = b"\x1F\x8B\x08\0\0\0\0\0\0\0".to_vec();
    gzip.extend([0; 1_000]);
    gzip.extend(0xF000_0000u32.to_le_bytes());
    for bytes in [&large, &nested, &gzip] {
        assert_eq!(of(bytes, "a.zip"), [Warning::Bomb]);
    }
    // A large archive's sizes stand elsewhere: what stands in their place is no size.
    let mut large = zip(&[("a", &[0; 100], u32::MAX)]);
    let at = large.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    large[at + 20..at + 24].fill(0xFF);
    assert_eq!(of(&large, "a.zip"), []);
    // Two parts, of which the last is small.
    let part = |bytes: usize| {
        let mut part = b"\x1F\x8B\x08\0\0\0\0\0\0\0".to_vec();
        part.extend(miniz_oxide::deflate::compress_to_vec(&vec![0; bytes], 6));
        part.extend([0; 4]);
        part.extend((bytes as u32).to_le_bytes());
        part
    };
    let two = [part(limits::BOMB_BYTES as usize + 1), part(10)].concat();
    assert_eq!(of(&two, "a.gz"), [Warning::Bomb]);
    assert_eq!(of(&[part(100_000), part(10)].concat(), "a.gz"), []);
    // A block of Zstandard that is one byte, two megabytes long, over and over.
    let mut zstandard = b"\x28\xB5\x2F\xFD\0\x58".to_vec();
    for _ in 0..400 {
        zstandard.extend(&(((2u32 << 20) - 1) << 3 | 1 << 1).to_le_bytes()[..3]);
        zstandard.push(0);
    }
    zstandard.extend([1, 0, 0]);
    assert_eq!(of(&zstandard, "a.zst"), [Warning::Bomb]);
    let mut xz = b"\xFD7zXZ\0\0\0\0\0\0\0".to_vec();
    xz.extend([7; 100]);
    // One block, of 100 bytes, that is 8 GiB.
    let index = [0, 1, 100, 0x80, 0x80, 0x80, 0x80, 0x20, 1, 2, 3, 4];
    xz.extend(index);
    xz.extend([0, 0, 0, 0, (index.len() / 4 - 1) as u8, 0, 0, 0, 0, 0, b'Y', b'Z']);
    assert_eq!(of(&xz, "a.xz"), [Warning::Bomb]);
    // Of two streams in one file the first is not seen from the end.
    assert_eq!(of(&[xz.clone(), xz].concat(), "a.xz"), [Warning::Unlooked]);
    let mut bzip2 = Vec::new();
    for _ in 0..20 {
        bzip2.extend(b"BZh91AY&SY\0\0\0\0\0\0\0\0");
    }
    assert_eq!(of(&bzip2, "a.bz2"), [Warning::Bomb]);
    assert_eq!(of(&bzip2[..18], "a.bz2"), []);
    let ordinary = zip(&[("text.txt", &[0; 1_000], 12_000), ("photos.zip", &[0; 30_000], 30_000)]);
    assert_eq!(of(&ordinary, "a.zip"), []);
}

#[test]
fn names_add_to_it() {
    assert_eq!(of(&windows(), "invoice.pdf.exe"), [Warning::Program, Warning::DoubleEnding]);
    assert_eq!(of(b"words", "words\u{202E}fdp.txt"), [Warning::TurnedName]);
    let named = inspect(Cursor::new(windows()), "invoice.pdf.exe").unwrap().named("a.exe");
    assert_eq!(named.warnings, [Warning::Program], "another name, other tricks");
    for warning in Warning::ALL {
        assert!(warning.sentence().ends_with('.') && !warning.id().is_empty());
        assert_eq!(serde_json::to_value(warning).unwrap(), warning.id());
    }
}

/// An office file with one more part, which says something.
fn office(name: &str, body: &str) -> Vec<u8> {
    let body = body.as_bytes();
    zip(&[
        ("[Content_Types].xml", b"<Types/>", 8),
        ("word/document.xml", b"<x/>", 4),
        (name, body, body.len() as u32),
    ])
}

#[test]
fn what_office_files_load_and_run_is_told() {
    let relation = |kind: &str, target: &str, mode: &str| {
        let kind = format!("http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}");
        let body = format!(
            "<Relationships><Relationship Id='a' Type='{kind}' Target=\"{target}\" {mode}/></Relationships>"
        );
        of(&office("word/_rels/settings.xml.rels", &body), "a.docx")
    };
    let outside = "TargetMode='External'";
    assert_eq!(relation("vbaProject", "evil.bin", ""), [Warning::Macros]);
    for (kind, target) in [
        ("attachedTemplate", "http://x/t.dotm"),
        ("attachedTemplate", "&#x68;ttps://x/t.dotm"),
        ("attachedTemplate", "file:///\\\\x\\t.dotm"),
        ("oleObject", "x"),
        ("frame", "x.htm"),
        ("externalLinkPath", "\\\\x\\y.xls"),
        ("image", "file://x/y.png"),
    ] {
        assert_eq!(relation(kind, target, outside), [Warning::Active], "{kind} {target}");
    }
    for (kind, target, mode) in [
        ("hyperlink", "http://x", outside),
        ("image", "media/a.png", ""),
        ("attachedTemplate", "file:///C:\\Users\\x\\t.dotm", outside),
        ("externalLinkPath", "book.xlsx", outside),
    ] {
        assert_eq!(relation(kind, target, mode), [], "{kind} {target}");
    }
    for body in [
        "<w:p><w:instrText>DDE</w:instrText><w:instrText>AUTO cmd</w:instrText></w:p>",
        "<w:fldSimple w:instr=' dde cmd'/>",
        "<w:fldChar/><w:instrText>TOC</w:instrText><w:fldChar/><w:instrText> DDEAUTO x</w:instrText><w:fldChar/>",
    ] {
        assert_eq!(of(&office("word/footer1.xml", body), "a.docx"), [Warning::Active], "{body}");
    }
    assert_eq!(of(&office("word/footer1.xml", "<w:instrText>PAGE</w:instrText> DDE"), "a.docx"), []);
    assert_eq!(
        of(&office("xl/externalLinks/externalLink1.xml", "<ddeLink/>"), "a.xlsx"),
        [Warning::Active, Warning::OtherKind][..1]
    );
    for name in ["word/embeddings/oleObject1.bin", "word/activeX/activeX1.xml"] {
        assert_eq!(of(&office(name, "x"), "a.docx"), [Warning::Active], "{name}");
    }
    assert_eq!(of(&office("word/embeddings/Microsoft_Excel_Sheet1.xlsx", "x"), "a.docx"), []);
    assert_eq!(of(&office("word/VBAPROJECT.BIN", "x"), "a.docx"), [Warning::Macros]);
}

#[test]
fn what_archives_hold_is_told() {
    let one = |name: &str| of(&zip(&[(name, b"x", 1)]), "a.zip");
    for name in
        ["setup.exe", "invoice.pdf.lnk", "a/letter.vbs", "run.bat", "letter.p\u{AD}if", "photo.jpg.html"]
    {
        assert_eq!(one(name), [Warning::HoldsPrograms], "{name}");
    }
    for name in ["../x", "/etc/x", "C:\\x", "a/../../x", "..\\x"] {
        assert_eq!(one(name), [Warning::LeadsOut], "{name}");
    }
    for name in ["a.txt", "src/index.js", "a..b", "run.sh", "main.py"] {
        assert_eq!(one(name), [], "{name}");
    }
    // Of a project's folder it is nothing new.
    let many: Vec<String> =
        (0..20).map(|number| format!("{number}.txt")).chain(["gradlew.bat".to_owned()]).collect();
    let many: Vec<(&str, &[u8], u32)> = many.iter().map(|name| (name.as_str(), &b"x"[..], 1)).collect();
    assert_eq!(of(&zip(&many), "a.zip"), []);
    // A link, as Unix has them.
    let link = |target: &[u8]| {
        let mut bytes = zip(&[("a/link", target, target.len() as u32)]);
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[at + 5] = 3;
        bytes[at + 40..at + 42].copy_from_slice(&0o120_777u16.to_le_bytes());
        of(&bytes, "a.zip")
    };
    assert_eq!(link(b"/etc/passwd"), [Warning::LeadsOut]);
    assert_eq!(link(b"../../x"), [Warning::LeadsOut]);
    assert_eq!(link(b"../x"), []);
}

#[test]
fn a_zip_hides_nothing_behind_its_end_or_by_its_size() {
    let apk = zip(&[("AndroidManifest.xml", b"x", 1)]);
    for length in [65_000u16, 65_515, 65_535] {
        let mut bytes = apk[..apk.len() - 2].to_vec();
        bytes.extend(length.to_le_bytes());
        bytes.extend(vec![b'c'; usize::from(length)]);
        assert_eq!(of(&bytes, "a.apk"), [Warning::Program], "{length}");
    }
    for behind in [&b"\n"[..], b"\0\0\0", b"more of it", &[0; 60_000]] {
        let found = inspect(Cursor::new([&apk[..], behind].concat()), "a.zip").unwrap();
        assert_eq!(found.warnings, [Warning::Program], "{}", behind.len());
        assert_eq!(found.media_type == MediaType::Zip, behind != b"more of it");
    }
    // More parts than its end can count, and more than are looked at.
    let names: Vec<String> = (0..70_000).map(|number| format!("{number}")).collect();
    let mut parts: Vec<(&str, &[u8], u32)> = names.iter().map(|name| (name.as_str(), &b"x"[..], 1)).collect();
    parts.push(("word/vbaProject.bin", b"x", 1));
    let mut large = zip(&parts);
    let end = large.split_off(large.len() - 22);
    let record = large.len() as u64;
    let with_count = |count: u64| {
        let mut bytes = large.clone();
        bytes.extend(b"PK\x06\x06");
        bytes.extend([0; 28]);
        bytes.extend(count.to_le_bytes());
        bytes.extend(u64::from(u32::from_le_bytes(end[12..16].try_into().unwrap())).to_le_bytes());
        bytes.extend(u64::from(u32::from_le_bytes(end[16..20].try_into().unwrap())).to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(&end[..10]);
        bytes.extend([0xFF, 0xFF]);
        bytes.extend(&end[12..]);
        bytes
    };
    assert_eq!(of(&with_count(70_001), "a.zip"), [Warning::Macros]);
    assert_eq!(of(&with_count(limits::ZIP_ENTRIES + 1), "a.zip"), [Warning::Macros, Warning::Unlooked]);
}

#[test]
fn pages_that_do_something_are_told() {
    for (body, media_type) in [
        ("<html><body><script>x</script>", MediaType::Html),
        ("<!DOCTYPE html><p><form action=x>", MediaType::Html),
        ("\u{FEFF}<!-- x --><html><meta http-equiv='refresh' content='0;url=x'>", MediaType::Html),
        ("<html><img src=x onerror = 'x()'>", MediaType::Html),
        ("<?xml version='1.0'?><svg onload=\"x()\"/>", MediaType::Svg),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]><s:svg><s:script/></s:svg>", MediaType::Svg),
    ] {
        let found = inspect(Cursor::new(body.as_bytes()), "a").unwrap();
        assert_eq!((found.media_type, &found.warnings[..]), (media_type, &[Warning::Page][..]), "{body}");
        let wide: Vec<u8> = std::iter::once(0xFEFF)
            .chain(body.trim_start_matches('\u{FEFF}').encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(of(&wide, "a"), [Warning::Page], "{body}");
        assert!(of(body.as_bytes(), "invoice.pdf.html").contains(&Warning::DoubleEnding));
    }
    for body in [
        "<html><p>words on load = 3, <a href='x'>on</a>",
        "<svg><path d='M0 0'/></svg>",
        "<html><script type='application/ld+json'>{}</script>",
    ] {
        assert_eq!(of(body.as_bytes(), "a.html"), [], "{body}");
    }
    // Of a text it is said where its name makes it a page.
    assert_eq!(of(b"about <script>", "a.html"), [Warning::Page]);
    assert_eq!(of(b"about <script>", "a.md"), []);
    assert_eq!(of(b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>", "a.mht"), [Warning::Page]);
    assert_eq!(inspect(Cursor::new(b"{\\rtf1 x}"), "a").unwrap().media_type, MediaType::Rtf);
}

#[test]
fn a_name_of_another_kind_is_told() {
    let fixture =
        |name: &str| std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (file, name) in [
        ("page.pdf", "photo.jpg"),
        ("progressive.jpg", "letter.docx"),
        ("plain.zip", "film.mp4"),
        ("note.txt", "photo.jpg"),
        ("photo-gps.png", "letter.doc"),
        ("video-gps.mp4", "photo.heic"),
    ] {
        assert_eq!(of(&fixture(file), name), [Warning::OtherKind], "{file} {name}");
    }
    for (file, name) in [
        ("progressive.jpg", "a.jfif"),
        ("photo-gps.png", "a.jpg"),
        ("photo-gps.heic", "a.jpg"),
        ("text.docx", "a.zip"),
        ("plain.zip", "a.epub"),
        ("note.txt", "a.html"),
        ("note.txt", "a.doc"),
        ("sound.m4a", "a.mp4"),
        ("music.ogg", "a.mp3"),
        ("page.pdf", "a"),
        ("page.pdf", "a.ai"),
    ] {
        assert_eq!(of(&fixture(file), name), [], "{file} {name}");
    }
}
