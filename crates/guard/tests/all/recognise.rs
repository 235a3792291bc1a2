//! Types are told from structure, never from names.

use super::fixtures::{look, read};
use casemate_guard::{Kind, MediaType, inspect};
use std::io::Cursor;

#[test]
fn every_format_is_recognised_with_its_size_and_length() {
    use MediaType::*;
    let photo =
        |name, media_type, width, height| (name, media_type, Kind::Photo, Some((width, height)), None);
    let document = |name, media_type, ms| (name, media_type, Kind::Document, None, ms);
    for (name, media_type, kind, size, ms) in [
        // Sizes are as shown: those that are stored on their side are higher than wide.
        photo("photo-gps.jpg", Jpeg, 32, 48),
        photo("progressive.jpg", Jpeg, 48, 32),
        photo("photo-gps.png", Png, 32, 48),
        photo("photo-gps.webp", Webp, 32, 48),
        photo("lossless.webp", Webp, 48, 32),
        photo("animated.webp", Webp, 32, 24),
        photo("animated.gif", Gif, 48, 32),
        photo("photo-gps.avif", Avif, 48, 32),
        photo("photo.bmp", Bmp, 48, 32),
        photo("core.bmp", Bmp, 48, 32),
        photo("icon.ico", Ico, 48, 32),
        photo("small.ico", Ico, 16, 16),
        ("photo-gps.heic", Heic, Kind::Document, Some((48, 32)), None),
        ("video-gps.mp4", Mp4, Kind::Video, Some((32, 48)), Some(1000)),
        ("video-gps.mov", QuickTime, Kind::Video, Some((48, 32)), Some(1000)),
        // With the encoder's delay, which only an edit list takes off again.
        ("fragmented.mp4", Mp4, Kind::Video, Some((48, 32)), Some(1200)),
        ("video-tags.webm", Webm, Kind::Video, Some((48, 32)), Some(1003)),
        ("live.webm", Webm, Kind::Video, Some((48, 32)), Some(1001)),
        ("chapters.mkv", Matroska, Kind::Video, Some((48, 32)), Some(1000)),
        ("messages.mkv", Matroska, Kind::Video, Some((64, 64)), Some(400)),
        ("voice.opus", OggOpus, Kind::Voice, None, Some(3000)),
        document("music.ogg", Ogg, Some(1000)),
        document("music.mp3", Mp3, Some(1044)),
        document("sound.wav", Wav, Some(200)),
        document("sound.flac", Flac, Some(500)),
        document("sound.m4a", M4a, Some(500)),
        document("page.pdf", Pdf, None),
        document("letter.pdf", Pdf, None),
        document("text.docx", Docx, None),
        document("sheet.xlsx", Xlsx, None),
        document("slides.pptx", Pptx, None),
        document("macros.docm", Zip, None),
        document("text.odt", Odt, None),
        document("plain.zip", Zip, None),
        document("note.txt", Text, None),
    ] {
        let found = look(&read(name));
        assert_eq!((found.media_type, found.kind), (media_type, kind), "{name}");
        assert_eq!(found.width.zip(found.height), size, "{name}");
        match ms {
            // A container rounds to its last packet.
            Some(ms) => {
                assert!(found.duration_ms.is_some_and(|found| found.abs_diff(ms) < 60), "{name}: {found:?}")
            }
            None => assert_eq!(found.duration_ms, None, "{name}"),
        }
    }
}

#[test]
fn a_voice_message_has_a_picture_of_its_loudness() {
    let waveform = look(&read("voice.opus")).waveform;
    assert_eq!(waveform.len(), 100);
    // A second loud, a second silent, a second quiet.
    let mean =
        |levels: &[u8]| levels.iter().map(|level| u32::from(*level)).sum::<u32>() / levels.len() as u32;
    let (loud, silent, quiet) = (mean(&waveform[3..30]), mean(&waveform[38..62]), mean(&waveform[70..97]));
    assert!(loud > 200 && silent < 40 && quiet > 80 && quiet < 200, "{loud} {silent} {quiet}: {waveform:?}");
}

#[test]
fn names_say_nothing() {
    let jpeg = read("photo-gps.jpg");
    for name in ["a.exe", "a.png", "", "a.mp4\0.txt"] {
        let found = inspect(Cursor::new(&jpeg), name).unwrap();
        assert_eq!(found.media_type, MediaType::Jpeg);
    }
    let fits = |name: &str| inspect(Cursor::new(&jpeg), name).unwrap().name_fits;
    assert!(fits("a.JPG") && fits("a.jpeg") && fits("a"));
    assert!(!fits("a.png") && !fits("a.jpg.exe"));
    let fits = |bytes: &[u8], name: &str| inspect(Cursor::new(bytes), name).unwrap().name_fits;
    assert!(fits(b"text", "a.rs") && fits(b"\0\x01", "a.bin") && fits(&read("plain.zip"), "a.cbz"));
    assert!(!fits(b"text", "a.jpg") && !fits(b"\0\x01", "a.pdf") && !fits(&read("plain.zip"), "a.docx"));
}

#[test]
fn a_signature_alone_is_nothing() {
    let starts: [&[u8]; 17] = [
        b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a\x01\0\x01\0\0\0\0",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\x04\0\0\0WAVE",
        b"BM\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x18\0\x28\0\0\0\x16\0\0\0",
        b"\0\0\0\x10ftypmp42\0\0\0\0",
        b"\0\0\0\x10ftypavif\0\0\0\0",
        b"\x1A\x45\xDF\xA3\x84\x42\x82\x81w",
        b"OggS\0\x02\0\0\0\0\0\0\0\0",
        b"ID3\x04\0\0\0\0\0\0",
        b"fLaC\0\0\0\x22",
        b"%PDF-1.7\n\x01",
        b"PK\x03\x04\x14\0\0\0",
        b"",
    ];
    for start in starts {
        for padding in [0, 100, 70_000] {
            let mut bytes = start.to_vec();
            bytes.resize(start.len() + padding, 0);
            let found = look(&bytes);
            assert_eq!(found.media_type, MediaType::Unknown, "{start:?} and {padding} zeros");
            assert_eq!(found.kind, Kind::Document);
        }
    }
}

#[test]
fn every_cut_of_every_fixture_is_survived() {
    for (name, bytes) in super::fixtures::all() {
        for cut in (0..bytes.len()).step_by(7) {
            let found = look(&bytes[..cut]);
            // Where the data of a picture break off, its decoder says how much of it is there; a table of parts is whole or
            // nothing. Sound and streams may end at any frame.
            if found.kind == Kind::Photo {
                assert!(!name.ends_with(".avif"), "{name} cut at {cut}");
            }
        }
    }
}

#[test]
fn one_file_inside_another_is_what_the_first_bytes_are_and_nothing_else() {
    let (jpeg, zip, pdf) = (read("progressive.jpg"), read("plain.zip"), read("page.pdf"));
    let both = |a: &[u8], b: &[u8]| [a, b].concat();
    let found = look(&both(&jpeg, &zip));
    assert_eq!((found.media_type, found.trailing_bytes), (MediaType::Jpeg, zip.len() as u64));
    assert_eq!(look(&both(&pdf, &zip)).media_type, MediaType::Unknown);
    assert_eq!(look(&both(&zip, &pdf)).media_type, MediaType::Unknown);
    assert_eq!(look(&both(b"#!/bin/sh\n", &jpeg)).media_type, MediaType::Unknown);
}

#[test]
fn a_sparse_file_of_gigabytes_is_looked_at_in_no_time() {
    use std::io::{Seek, SeekFrom, Write};
    // A video whose data is 5 GiB of nothing: a 64-bit box.
    let video = read("video-gps.mov");
    let mut file = tempfile::tempfile().unwrap();
    let moov = video.windows(4).position(|at| at == b"moov").unwrap() - 4;
    let ftyp = u32::from_be_bytes(video[..4].try_into().unwrap()) as usize;
    file.write_all(&video[..ftyp]).unwrap();
    const DATA: u64 = 5 << 30;
    file.write_all(b"\0\0\0\x01mdat").unwrap();
    file.write_all(&DATA.to_be_bytes()).unwrap();
    file.seek(SeekFrom::Start(ftyp as u64 + DATA)).unwrap();
    file.write_all(&video[moov..]).unwrap();
    let started = std::time::Instant::now();
    let found = inspect(&file, "long.mov").unwrap();
    assert_eq!((found.media_type, found.duration_ms), (MediaType::QuickTime, Some(1000)));
    assert!(started.elapsed().as_secs() < 2);
}
