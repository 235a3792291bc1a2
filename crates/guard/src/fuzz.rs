//! Entry points for fuzzing: any bytes, no panic, what is promised holds.

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
