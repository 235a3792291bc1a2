//! What is taken out is gone, what is shown is the same.

use super::fixtures::{MARKER, contains, look, pixels, read, stripped};
use casemate_guard::{Kind, MediaType, Refused, strip};
use std::io::Cursor;
use std::process::Command;

const STRIPPABLE: [&str; 19] = [
    "photo-gps.jpg",
    "progressive.jpg",
    "photo-gps.png",
    "photo-gps.webp",
    "lossless.webp",
    "animated.webp",
    "animated.gif",
    "photo.bmp",
    "core.bmp",
    "icon.ico",
    "photo-gps.avif",
    "video-gps.mp4",
    "video-gps.mov",
    "fragmented.mp4",
    "video-tags.webm",
    "live.webm",
    "chapters.mkv",
    "messages.mkv",
    "voice.opus",
];

#[test]
fn nothing_about_the_maker_is_left() {
    for name in STRIPPABLE {
        let before = read(name);
        let found = look(&before);
        let (after, result) = stripped(&before, found.media_type);
        if name != "lossless.webp" {
            assert!(
                contains(&before, "SECRET") || contains(&before, "Lavf"),
                "{name} has something to take out"
            );
            assert!(result.removed_bytes > 0, "{name}");
        }
        for text in [
            MARKER,
            "SECRET",
            "Lavf",
            "x264",
            "x265",
            "cpuid",
            "2024:01:02",
            "48.85",
            "+48",
            "xpacket",
            "VideoHandler",
        ] {
            assert!(!contains(&after, text), "{name} still holds {text}");
        }
        // 48.8583 degrees as EXIF writes them, 48/1 51/1 …, in both byte orders.
        assert!(
            !after.windows(8).any(|at| at == [0, 0, 0, 48, 0, 0, 0, 1] || at == [48, 0, 0, 0, 1, 0, 0, 0]),
            "{name}"
        );
    }
}

#[test]
fn what_is_shown_is_the_same() {
    for name in STRIPPABLE {
        let before = read(name);
        let found = look(&before);
        let (after, _) = stripped(&before, found.media_type);
        let again = look(&after);
        assert_eq!((again.media_type, again.kind), (found.media_type, found.kind), "{name}");
        assert_eq!((again.width, again.height), (found.width, found.height), "{name}: orientation");
        assert_eq!((again.duration_ms, &again.waveform), (found.duration_ms, &found.waveform), "{name}");
        assert_eq!(again.trailing_bytes, 0, "{name}");
        if found.kind == Kind::Photo && found.media_type != MediaType::Avif {
            let before = pixels(&before, found.media_type);
            assert!(before.is_some(), "{name} is decoded");
            assert_eq!(before, pixels(&after, found.media_type), "{name}");
        }
        let (twice, nothing) = stripped(&after, found.media_type);
        assert_eq!(nothing.removed_bytes, 0, "{name}");
        assert!(twice == after, "{name}: a second time changes nothing");
    }
}

/// Coded pictures and sound of the kept tracks are where they were, byte for byte, but for what encoders say of themselves.
#[test]
fn videos_keep_every_offset_and_all_of_their_data() {
    for name in
        ["fragmented.mp4", "video-gps.mov", "video-tags.webm", "live.webm", "chapters.mkv", "messages.mkv"]
    {
        let before = read(name);
        let (after, _) = stripped(&before, look(&before).media_type);
        assert_eq!(after.len(), before.len(), "{name}");
        for kind in [&b"mdat"[..], &[0x1F, 0x43, 0xB6, 0x75]] {
            let Some(at) = before.windows(4).position(|window| window == kind) else { continue };
            // A cluster's or mdat's length is under 64 KiB here, and is in its header.
            let end = if kind == b"mdat" {
                at - 4 + u32::from_be_bytes(before[at - 4..at].try_into().unwrap()) as usize
            } else {
                (at + 1500).min(before.len())
            };
            let changed: Vec<usize> = (at..end).filter(|at| before[*at] != after[*at]).collect();
            assert!(changed.iter().all(|at| after[*at] == b'-'), "{name}");
            // An encoder's message is one run.
            if let (Some(first), Some(last)) = (changed.first(), changed.last()) {
                assert!(contains(&before[*first..*last], "options: "), "{name}");
                assert!(after[*first..=*last].iter().all(|byte| *byte == b'-'), "{name}");
            }
        }
    }
}

/// By an independent decoder, where it is installed.
#[test]
fn videos_without_their_encoders_words_show_the_same_pictures() {
    let decoded = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-xerror", "-i"])
            .arg(file.path())
            .args(["-map", "0:v:0", "-map", "0:a?", "-f", "framemd5", "-"])
            .output()
            .unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && errors.is_empty(), "{errors}");
        // Without what it says of its own version.
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success()) {
        println!("left out: ffmpeg is not installed");
        return;
    }
    for name in ["video-gps.mp4", "video-gps.mov", "fragmented.mp4", "chapters.mkv", "messages.mkv"] {
        let before = read(name);
        let (after, _) = stripped(&before, look(&before).media_type);
        let frames = decoded(&before);
        assert!(frames.len() >= 2, "{name}");
        assert_eq!(frames, decoded(&after), "{name}");
    }
}

#[test]
fn a_track_of_places_goes_with_its_samples() {
    let before = read("video-gps.mp4");
    let (after, _) = stripped(&before, MediaType::Mp4);
    assert!(contains(&before, "GPS SECRET-MARKER 48.8583 2.2945"));
    assert!(!contains(&after, "2.2945") && !contains(&after, "tx3g"));
}

#[test]
fn how_colours_are_stored_stays_and_what_hides_behind_it_goes() {
    let mut jpeg = read("progressive.jpg");
    let segment = b"\xFF\xEE\0\x14Adobe\0\x64\0\0\0\0\x01SECRET";
    jpeg.splice(2..2, segment.iter().copied());
    let (after, _) = stripped(&jpeg, MediaType::Jpeg);
    assert!(after.windows(16).any(|at| at == b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\x01"));
    assert!(!contains(&after, "SECRET"));
}

#[test]
fn a_turned_avif_stays_turned() {
    let mut avif = read("photo-gps.avif");
    // The property that says the depth becomes one that turns by 90°.
    let pixi = avif.windows(4).position(|at| at == b"pixi").unwrap();
    avif[pixi..pixi + 5].copy_from_slice(b"irot\x01");
    let shown = |bytes: &[u8]| (look(bytes).width, look(bytes).height);
    assert_eq!(shown(&avif), (Some(32), Some(48)));
    let (after, _) = stripped(&avif, MediaType::Avif);
    assert_eq!(shown(&after), (Some(32), Some(48)));
}

#[test]
fn a_loop_count_survives_and_a_comment_does_not() {
    let (after, _) = stripped(&read("animated.gif"), MediaType::Gif);
    assert!(after.windows(16).any(|at| at == b"NETSCAPE2.0\x03\x01\x02\0\0"));
    assert!(!contains(&after, "XMP Data"));
}

#[test]
fn opus_pages_are_whole_and_counted() {
    let (after, _) = stripped(&read("voice.opus"), MediaType::OggOpus);
    // Recognising checks every page's CRC and number.
    assert_eq!(look(&after).media_type, MediaType::OggOpus);
    assert!(contains(&after, "OpusTags\0\0\0\0\0\0\0\0"));
}

#[test]
fn long_opus_comments_over_several_pages_go_too() {
    // A cover picture in the comments: built from the fixture by replacing its second page with three.
    let voice = read("voice.opus");
    let pages: Vec<usize> =
        voice.windows(4).enumerate().filter(|(_, at)| *at == b"OggS").map(|(at, _)| at).collect();
    let mut built = voice[..pages[1]].to_vec();
    let comment = vec![b'C'; 100_000];
    let mut packet = b"OpusTags\0\0\0\0\x01\0\0\0".to_vec();
    packet.extend_from_slice(&(comment.len() as u32).to_le_bytes());
    packet.extend_from_slice(&comment);
    let mut number = 1u32;
    let mut chunks = packet.chunks(255 * 255).peekable();
    while let Some(chunk) = chunks.next() {
        let mut segments = vec![255; chunk.len() / 255];
        if chunks.peek().is_none() {
            segments.push((chunk.len() % 255) as u8);
        }
        built.extend(page(&voice[pages[1]..], if number > 1 { 1 } else { 0 }, number, &segments, chunk));
        number += 1;
    }
    for (index, start) in pages.iter().enumerate().skip(2) {
        let end = pages.get(index + 1).copied().unwrap_or(voice.len());
        let body = *start + 27 + usize::from(voice[*start + 26]);
        let segments = &voice[*start + 27..body];
        built.extend(page(&voice[*start..], voice[*start + 5], number, segments, &voice[body..end]));
        number += 1;
    }
    let found = look(&built);
    assert_eq!(found.media_type, MediaType::OggOpus);
    let (after, _) = stripped(&built, MediaType::OggOpus);
    assert!(after == stripped(&voice, MediaType::OggOpus).0, "the same as from the short one");
}

/// An Ogg page with the granule and serial of `like`.
fn page(like: &[u8], flags: u8, number: u32, segments: &[u8], body: &[u8]) -> Vec<u8> {
    let mut page = like[..27].to_vec();
    page[5] = flags;
    page[18..22].copy_from_slice(&number.to_le_bytes());
    page[22..26].fill(0);
    page[26] = segments.len() as u8;
    page.extend_from_slice(segments);
    page.extend_from_slice(body);
    let crc = page.iter().fold(0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
        })
    });
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

#[test]
fn refusals_are_sentences() {
    let jpeg = read("progressive.jpg");
    let refusal =
        |bytes: &[u8], media_type| strip(Cursor::new(bytes), Vec::new(), media_type).unwrap_err().to_string();
    assert_eq!(
        refusal(&jpeg[..600], MediaType::Jpeg),
        "This picture is damaged or not what it seems: a part of it has an impossible length."
    );
    assert_eq!(
        refusal(&jpeg, MediaType::Mp4),
        "This video is damaged or not what it seems: a part of it is longer than the whole."
    );
    let zip = strip(Cursor::new(read("plain.zip")), Vec::new(), MediaType::Zip).unwrap_err();
    assert!(matches!(zip, Refused::NotStrippable { .. }));
    assert!(zip.to_string().contains("application/zip"), "{zip}");
}

#[test]
fn a_video_that_points_to_other_files_is_refused() {
    let mut video = read("video-gps.mov");
    // "url " with the flag for "in this file" taken away.
    let at = video.windows(8).position(|at| at == b"url \0\0\0\x01" || at == b"alis\0\0\0\x01").unwrap();
    video[at + 7] = 0;
    let refused = strip(Cursor::new(&video), Vec::new(), MediaType::QuickTime).unwrap_err();
    assert!(refused.to_string().contains("another file"), "{refused}");
}

#[test]
fn a_video_whose_pictures_cannot_be_told_apart_is_refused() {
    let video = read("messages.mkv");
    let at = |wanted: &[u8]| video.windows(wanted.len()).position(|at| at == wanted).unwrap();
    // What sets up the decoder, behind its id and a length of two bytes; in it an encoder's message behind its length.
    let (codec, setup, message) = (at(b"\x86\x90V_MPEGH"), at(&[0x63, 0xA2]) + 4, at(b"\x4E\x01\x05\xFF"));
    let mut as_avi = video.clone();
    as_avi[codec..codec + 18].copy_from_slice(b"\x86\x40\x0FV_MS/VFW/FOURCC");
    let old = strip(Cursor::new(&as_avi), std::io::sink(), MediaType::Matroska);
    assert!(old.is_ok(), "of another kind: {old:?}");
    as_avi[setup + 16..setup + 20].copy_from_slice(b"HEVC");
    let mut too_long = video.clone();
    too_long[message - 2] = 0x7F;
    let mut fragmented = read("fragmented.mp4");
    let first = fragmented.windows(4).position(|at| at == b"mdat").unwrap() + 4;
    fragmented[first] = 0x7F;
    for (case, odd, media_type) in [
        ("as AVI has it", as_avi, MediaType::Matroska),
        ("longer than its list", too_long, MediaType::Matroska),
        ("longer than its sample", fragmented, MediaType::Mp4),
    ] {
        let refused = strip(Cursor::new(&odd), std::io::sink(), media_type);
        assert!(
            matches!(refused, Err(Refused::Malformed { .. } | Refused::TooComplex { .. })),
            "{case}: {refused:?}"
        );
    }
}

#[test]
fn an_avif_whose_exif_lies_over_its_picture_is_refused() {
    let mut avif = read("photo-gps.avif");
    // The iloc rows of items 1 (picture) and 2 (EXIF): give the second the first's place.
    let iloc = avif.windows(4).position(|at| at == b"iloc").unwrap();
    let rows = iloc + 4 + 4 + 2 + 2;
    let length = (avif.len() - rows).min(60);
    let first = (rows..rows + length).find(|at| avif[*at..*at + 2] == [0, 1]).unwrap();
    let second = (first + 2..rows + length).find(|at| avif[*at..*at + 4] == [0, 2, 0, 0]).unwrap();
    let row = second - first;
    let place: Vec<u8> = avif[first + 4..first + row].to_vec();
    avif[second + 4..second + row].copy_from_slice(&place);
    let refused = strip(Cursor::new(&avif), Vec::new(), MediaType::Avif).unwrap_err();
    assert!(refused.to_string().contains("share a place"), "{refused}");
}

#[test]
fn a_full_disk_is_said() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let refused = strip(Cursor::new(read("progressive.jpg")), Full, MediaType::Jpeg).unwrap_err();
    assert!(matches!(refused, Refused::Write { .. }), "{refused}");
}
