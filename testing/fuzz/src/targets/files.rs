//! Files that people send: what guard says of them, what it takes out, and voice messages as sound. The seeds are guard's
//! own fixtures.

use std::io::Cursor;
#[cfg(not(target_family = "wasm"))]
use std::path::Path;

use casemate_guard::fuzz::{
    fuzz_clean, fuzz_inspect, fuzz_moving, fuzz_page, fuzz_picture, fuzz_reading, fuzz_small, fuzz_sound,
    fuzz_strip, fuzz_video,
};

pub fn run(bytes: &[u8]) {
    fuzz_inspect(bytes);
    fuzz_strip(bytes);
    fuzz_clean(bytes);
    fuzz_picture(bytes);
    fuzz_small(bytes);
    fuzz_video(bytes);
    fuzz_reading(bytes);
}

/// On 32 bits a script brings them (wasm/run.mjs): there are no files.
#[cfg(target_family = "wasm")]
pub fn seeds() -> Vec<Vec<u8>> {
    Vec::new()
}

#[cfg(not(target_family = "wasm"))]
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/guard/fixtures");
    let listed = std::fs::read_dir(&folder).expect("guard has fixtures");
    let mut files: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}

/// Moving pictures, so that every try is one.
pub fn moving(bytes: &[u8]) {
    fuzz_moving(bytes);
}

pub fn moving_seeds() -> Vec<Vec<u8>> {
    let moves = |file: &Vec<u8>| casemate_guard::picture::Film::open(file, 64).is_ok();
    seeds().into_iter().filter(moves).collect()
}

/// A sound file, or a voice message with its checksums made right, so that what is behind them is reached.
pub fn sound(bytes: &[u8]) {
    match bytes.starts_with(b"OggS") {
        true => fuzz_sound(&with_good_pages(bytes)),
        false => fuzz_sound(bytes),
    }
}

pub fn sound_seeds() -> Vec<Vec<u8>> {
    let plays = |file: &Vec<u8>| casemate_guard::sound::decode(Cursor::new(file), 0, 1, 100).is_ok();
    seeds().into_iter().filter(plays).collect()
}

/// A web page, for a link's preview.
pub fn page(bytes: &[u8]) {
    fuzz_page(bytes);
}

pub fn page_seeds() -> Vec<Vec<u8>> {
    let pages = [
        "<!doctype html><html><head><meta charset=utf-8><base href=\"/b/\"><title>A &amp; b &#x202e; &notin;</title>\
         <meta property=\"og:title\" content='T \"t\"'><meta name=description content=d><meta property=og:image content=i.png>\
         <script>'<title>no</title>'</script><!-- <title>no</title> --></head><body>words</body></html>",
        "<META HTTP-EQUIV=content-type CONTENT='text/html; charset=windows-1252'><TITLE>caf\u{e9}</TITLE>",
        "<style>x</style><textarea><title></textarea><svg><title>s</title><![CDATA[<]]></svg><title>t",
    ];
    let mut seeds = pages.map(|page| page.as_bytes().to_vec()).to_vec();
    // Not in UTF-8.
    seeds.push(b"<meta charset=iso-8859-1><title>\xe9\xff\x80</title>".to_vec());
    seeds
}

/// RFC 3533 §6: numbers and checksums of all pages that are there in full.
fn with_good_pages(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (mut at, mut number) = (0, 0u32);
    while let Some(count) = bytes.get(at + 26).copied().map(usize::from) {
        let Some(segments) = bytes.get(at + 27..at + 27 + count) else { break };
        let end = at + 27 + count + segments.iter().map(|length| usize::from(*length)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..end) else { break };
        page[18..22].copy_from_slice(&number.to_le_bytes());
        page[22..26].fill(0);
        let sum = page.iter().fold(0u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
                if sum >> 31 == 0 { sum << 1 } else { sum << 1 ^ 0x04C1_1DB7 }
            })
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        (at, number) = (end, number.wrapping_add(1));
    }
    bytes
}
