//! Entry points for fuzzing: any bytes, no panic, what is promised holds.

pub mod mutate;

use crate::{Kind, inspect, strip};
use std::io::Cursor;

/// Inspects; checks that a second look says the same.
pub fn fuzz_inspect(data: &[u8]) {
    let first = inspect(Cursor::new(data), "file").expect("memory can be read");
    let second = inspect(Cursor::new(data), "file").expect("memory can be read");
    assert_eq!(first, second);
    assert!(first.is_plausible(data.len() as u64));
}

/// Strips what inspection recognises; checks that the result is of the same type and size of picture, that little
/// was added and that a second pass finds nothing more to change.
pub fn fuzz_strip(data: &[u8]) {
    let before = inspect(Cursor::new(data), "file").expect("memory can be read");
    if before.kind == Kind::Document {
        return;
    }
    let mut once = Vec::new();
    let Ok(stripped) = strip(Cursor::new(data), &mut once, before.media_type) else { return };
    assert_eq!(stripped.size_bytes, once.len() as u64);
    assert!(once.len() as u64 <= data.len() as u64 + crate::limits::GROWTH_BYTES);
    let after = inspect(Cursor::new(&once), "file").expect("memory can be read");
    assert_eq!(
        (after.media_type, after.width, after.height, after.trailing_bytes),
        (before.media_type, before.width, before.height, 0)
    );
    let mut twice = Vec::new();
    strip(Cursor::new(&once), &mut twice, after.media_type).expect("what was stripped is well formed");
    assert_eq!(once, twice, "stripping again changes nothing");
}

/// Cleans a document; checks that the result is of the same type, no larger than is said, and that a second pass changes nothing.
pub fn fuzz_clean(data: &[u8]) {
    let before = inspect(Cursor::new(data), "file").expect("memory can be read");
    if before.kind != Kind::Document || !before.media_type.is_cleanable() {
        return;
    }
    let mut once = Vec::new();
    let Ok(stripped) = strip(Cursor::new(data), &mut once, before.media_type) else { return };
    assert_eq!(stripped.size_bytes, once.len() as u64);
    let after = inspect(Cursor::new(&once), "file").expect("memory can be read");
    assert_eq!(after.media_type, before.media_type);
    let mut twice = Vec::new();
    strip(Cursor::new(&once), &mut twice, after.media_type).expect("what was cleaned is well formed");
    assert!(once == twice, "cleaning again changes nothing");
}

/// Decodes a picture; checks that what comes out has the size that was asked for and, of a JPEG, that inspection speaks of the same.
#[cfg(feature = "picture")]
pub fn fuzz_picture(data: &[u8]) {
    const LONGEST: u32 = 256;
    let Ok(picture) = crate::picture::decode(data, LONGEST) else { return };
    assert_eq!(picture.rgba.len() as u64, u64::from(picture.width) * u64::from(picture.height) * 4);
    assert!((1..=LONGEST).contains(&picture.width.max(picture.height)));
    let found = inspect(Cursor::new(data), "file").expect("memory can be read");
    if found.media_type == crate::MediaType::Jpeg {
        let shown = (Some(picture.full_width), Some(picture.full_height));
        assert_eq!((found.width, found.height), shown);
    }
}

/// Plays a moving picture twice; checks that the frames are of one size and bounded, that each is to be seen for a while, and that the
/// second time is the same as the first.
#[cfg(feature = "picture")]
pub fn fuzz_moving(data: &[u8]) {
    const LONGEST: u32 = 64;
    // Each costs a look through the picture: some are enough to find what breaks.
    const WINDOWS: usize = 4;
    let Ok(mut film) = crate::picture::Film::open(data, LONGEST) else { return };
    let mut first = Vec::new();
    let mut from = 0;
    for _ in 0..WINDOWS {
        let Ok(window) = film.window(from) else { return };
        let frame = u64::from(window.width) * u64::from(window.height) * 4;
        assert_eq!(window.rgba.len() as u64, frame * window.delays_ms.len() as u64);
        assert!(window.width.max(window.height) <= LONGEST + LONGEST / 2 + 1);
        assert!(window.delays_ms.iter().all(|delay| *delay > crate::limits::MOVING_SHORTEST_MS));
        assert_eq!(window.from, from);
        from = if window.ends { 0 } else { from + window.delays_ms.len() as u32 };
        first.push(window);
        if from == 0 {
            break;
        }
    }
    let Ok(mut film) = crate::picture::Film::open(data, LONGEST) else {
        unreachable!("it was opened before")
    };
    for window in first {
        assert_eq!(film.window(window.from).ok(), Some(window));
    }
}

/// Decodes a piece of sound from anywhere; checks that no more comes out than was asked for.
pub fn fuzz_sound(data: &[u8]) {
    // Where to begin and how fast come from the data too, so that a fuzzer can choose them.
    let from_ms = data.iter().rev().take(2).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let speed = [100, 150, 200][data.len() % 3];
    let Ok(sound) = crate::sound::decode(Cursor::new(data), from_ms, 2_000, speed) else { return };
    assert!(sound.samples.len() <= 2 * 2_000 * 48 && matches!(sound.channels, 1 | 2));
    assert!(sound.samples.iter().all(|sample| sample.abs() <= 1.0));
}

/// Writes a video anew and cuts it; checks that what comes out is a video that stays as it is when written anew again.
pub fn fuzz_video(data: &[u8]) {
    let to_ms = data.iter().rev().take(2).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut part = Vec::new();
    if crate::video::cut(Cursor::new(data), &mut part, to_ms / 2, to_ms).is_ok() {
        let found = inspect(Cursor::new(&part), "file").expect("memory can be read");
        assert_eq!(found.kind, Kind::Video);
    }
    let mut once = Vec::new();
    if crate::video::playable(Cursor::new(data), &mut once).is_err() {
        return;
    }
    let mut twice = Vec::new();
    crate::video::playable(Cursor::new(&once), &mut twice).expect("what was written anew is well formed");
    assert_eq!(once, twice, "writing anew again changes nothing");
}

/// Reads a document; checks that what comes out is bounded, and letters alone.
pub fn fuzz_reading(data: &[u8]) {
    // Also what is no PDF any more by its first and last bytes.
    let pages = crate::reading::pages_of(data);
    for reading in [crate::reading::read(Cursor::new(data)).ok(), pages].into_iter().flatten() {
        assert_letters(&reading);
    }
}

fn assert_letters(reading: &crate::reading::Reading) {
    assert!(reading.text.len() <= crate::limits::READ_TEXT_BYTES);
    assert!(!reading.text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')));
}

/// Reads a web page; checks that what it says of itself is bounded and on its line.
#[cfg(feature = "page")]
pub fn fuzz_page(data: &[u8]) {
    // The first byte picks what its server says.
    let charsets = ["", "utf-16le", "shift_jis", "gb18030", "iso-2022-jp", "big5", "euc-kr", "windows-1252"];
    let charset = data.first().map_or("", |first| charsets[usize::from(*first) % charsets.len()]);
    if let Ok(page) = crate::page::read(data, charset) {
        assert!(page.is_plausible(), "{page:?}");
    }
}

/// Makes a picture small; checks that it is, and that it can be shown.
#[cfg(feature = "picture")]
pub fn fuzz_small(data: &[u8]) {
    let mut small = Vec::new();
    if crate::picture::to_small(data, &mut small).is_ok() {
        assert!(small.len() <= crate::limits::SMALL_BYTES);
        let shown = crate::picture::decode(&small, crate::limits::SMALL_SIDE).expect("it was written here");
        assert!(shown.width.max(shown.height) <= crate::limits::SMALL_SIDE);
    }
}
