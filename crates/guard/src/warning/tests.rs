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
    for name in ["start.bat", "x.ps1", "x.vbs", "a.hta", "link.url"] {
        assert_eq!(of(b"echo hello", name), [Warning::Program], "{name}");
    }
    for name in ["x.txt", "x.rs", "notes", "x.js", "x.md"] {
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
    assert_eq!(of(b"{\\rtf1 {\\object\\objdata 00}}", "a.rtf"), [Warning::Active]);
    assert_eq!(of(b"{\\rtf1 hello}", "a.rtf"), []);
}

#[test]
fn two_files_in_one_are_told() {
    let fixture =
        |name: &str| std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let jpeg = fixture("progressive.jpg");
    let archive = zip(&[("a.txt", b"hello", 5)]);
    for second in
        [&archive[..], b"%PDF-1.4\n", b"Rar!\x1A\x07\0", b"<html><script>", b"#!/bin/sh\n", &windows()]
    {
        assert!(of(&[&jpeg, second].concat(), "a.jpg").contains(&Warning::TwoInOne));
    }
    // A short film behind a photo is what phones make.
    assert_eq!(of(&[&jpeg[..], b"\0\0\0\x18ftypmp42"].concat(), "a.jpg"), []);
    assert_eq!(of(&jpeg, "a.jpg"), []);
    assert_eq!(of(&archive, "a.zip"), []);
    assert!(of(&[b"%PDF-1.4\n", &archive[..]].concat(), "a.pdf").contains(&Warning::TwoInOne));
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
    let ordinary = zip(&[("text.txt", &[0; 1_000], 12_000), ("photos.zip", &[0; 30_000], 30_000)]);
    assert_eq!(of(&ordinary, "a.zip"), []);
}

#[test]
fn names_add_to_it() {
    assert_eq!(of(&windows(), "invoice.pdf.exe"), [Warning::Program, Warning::DoubleEnding]);
    assert_eq!(of(b"words", "words\u{202E}txt.scr"), [Warning::TurnedName]);
    let named = inspect(Cursor::new(windows()), "invoice.pdf.exe").unwrap().named("a.exe");
    assert_eq!(named.warnings, [Warning::Program], "another name, other tricks");
    for warning in Warning::ALL {
        assert!(warning.sentence().ends_with('.') && !warning.id().is_empty());
        assert_eq!(serde_json::to_value(warning).unwrap(), warning.id());
    }
}
