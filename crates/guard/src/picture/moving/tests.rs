use super::*;
use crate::picture::decode;
use crate::strip;
use image::codecs::gif::GifEncoder;
use image::{Delay, Rgba, RgbaImage};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/").to_owned() + name).unwrap()
}

/// So many frames, each of one grey, and for as many milliseconds as `delay_ms` says.
fn gif(count: u8, side: u32, delay_ms: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for at in 0..count {
        let grey = RgbaImage::from_pixel(side, side, Rgba([at, at, at, 255]));
        encoder.encode_frame(Frame::from_parts(grey, 0, 0, Delay::from_numer_denom_ms(delay_ms, 1))).unwrap();
    }
    drop(encoder);
    bytes
}

/// All frames' first pixels' red, by windows, and how many windows it took.
fn reds(bytes: &[u8], longest: u32) -> (Vec<u8>, usize) {
    let mut film = Film::open(bytes, longest).unwrap();
    let (mut reds, mut windows) = (Vec::new(), 0);
    loop {
        let window = film.window(reds.len() as u32).unwrap();
        assert_eq!(window.from as usize, reds.len());
        let frame = window.width as usize * window.height as usize * 4;
        assert_eq!(window.rgba.len(), frame * window.delays_ms.len());
        reds.extend(window.rgba.chunks_exact(frame).map(|frame| frame[0]));
        windows += 1;
        if window.ends {
            return (reds, windows);
        }
    }
}

#[test]
fn all_frames_come_in_order_however_they_are_cut() {
    let small = gif(130, 8, 50);
    assert_eq!(decode(&small, 100).unwrap().frames, 130);
    let (all, windows) = reds(&small, 100);
    assert_eq!(all, (0..130).collect::<Vec<u8>>());
    assert_eq!(windows, 3);
    // Eight million pixels a window: eight frames of a million.
    let (all, windows) = reds(&gif(20, 1_024, 50), 256);
    assert_eq!((all.len(), windows), (20, 3));

    let mut film = Film::open(&small, 100).unwrap();
    let first = film.window(0).unwrap();
    assert!(!first.ends && first.delays_ms.iter().all(|delay| *delay == 50));
    // From where nobody is, it begins anew; and after the end.
    assert_eq!(film.window(7).unwrap(), first);
    assert_eq!(film.window(64).unwrap().from, 64);
    assert!(film.window(128).unwrap().ends);
    assert_eq!(film.window(0).unwrap(), first);
}

#[test]
fn every_format_moves_also_after_stripping() {
    for name in ["animated.gif", "animated.webp", "moving.png", "layers.webp"] {
        let bytes = fixture(name);
        let picture = decode(&bytes, 1_000).unwrap();
        assert!(picture.frames > 1, "{name}");
        let whole = Film::open(&bytes, 1_000).unwrap().window(0).unwrap();
        assert!(whole.ends && whole.delays_ms.len() as u32 == picture.frames, "{name}");
        let frame = whole.rgba.len() / whole.delays_ms.len();
        assert_eq!(whole.rgba[..frame], picture.rgba, "{name}: the first frame is the picture");
        assert!(whole.rgba.chunks_exact(frame).any(|other| other != picture.rgba), "{name}");
        let mut sent = Vec::new();
        let media_type = inspect(Cursor::new(&bytes), "").unwrap().media_type;
        strip(Cursor::new(&bytes), &mut sent, media_type).unwrap();
        assert_eq!(Film::open(&sent, 1_000).unwrap().window(0).unwrap(), whole, "{name}");
    }
    for name in ["photo-gps.png", "lossless.webp", "photo-gps.jpg", "note.txt"] {
        assert!(Film::open(&fixture(name), 1_000).is_err(), "{name}");
    }
    assert_eq!(decode(&fixture("photo-gps.png"), 1_000).unwrap().frames, 1);
}

#[test]
fn frames_lie_on_those_before_as_they_ask() {
    // A red ground; a green square, which is taken away again; a blue one beside it, half of it see-through, kept; another.
    let film = Film::open(&fixture("layers.webp"), 1_000).unwrap().window(0).unwrap();
    let at = |frame: usize, x: usize, y: usize| -> [u8; 4] {
        let from = ((frame * 16 + y) * 16 + x) * 4;
        film.rgba[from..from + 4].try_into().unwrap()
    };
    assert_eq!((film.width, film.height, film.delays_ms.as_slice()), (16, 16, &[100, 40, 100, 250][..]));
    let (red, green, none) = ([255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 0, 0]);
    assert_eq!([at(0, 0, 0), at(0, 5, 5)], [red, red]);
    assert_eq!([at(1, 0, 0), at(1, 5, 5), at(1, 9, 9)], [red, green, red]);
    assert_eq!([at(2, 0, 0), at(2, 5, 5), at(2, 9, 9)], [red, none, [128, 0, 127, 255]]);
    assert_eq!([at(3, 5, 5), at(3, 9, 9), at(3, 15, 15)], [green, [128, 0, 127, 255], red]);
}

#[test]
fn what_is_to_be_seen_for_no_time_is_seen_for_a_tenth_of_a_second() {
    for (asked, seen) in [(0, 100), (10, 100), (20, 20), (30, 30), (655_350, 655_350)] {
        let window = Film::open(&gif(2, 4, asked), 100).unwrap().window(0).unwrap();
        assert_eq!(window.delays_ms, [seen, seen]);
    }
}

/// Frames of one pixel each, far outside of a screen of `side` pixels: 28 bytes a frame.
fn bomb(frames: usize, side: u16) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend([side.to_le_bytes(), side.to_le_bytes()].concat());
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        bytes.extend([
            0x21, 0xF9, 4, 4, 0, 0, 0, 0, 0x2C, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 1, 0, 0, 2, 2, 0x4C, 1, 0,
        ]);
    }
    bytes.push(0x3B);
    bytes
}

#[test]
fn what_is_too_much_shows_its_first_frame() {
    // A hundred thousand frames; a screen too large to move; too many pixels in all.
    for (frames, side) in [(100_000, 16), (2, 4_000), (4_000, 1_000)] {
        let bytes = bomb(frames, side);
        let picture = decode(&bytes, 100).unwrap();
        assert_eq!((picture.frames, picture.full_width), (1, u32::from(side)), "{frames} of {side}");
        assert!(Film::open(&bytes, 100).is_err());
    }
    // What lies outside is not seen, and costs nothing.
    let (all, windows) = reds(&bomb(300, 16), 100);
    assert_eq!((all, windows), (vec![0; 300], 5));

    // A frame far larger than its screen needs more memory than there is: it ends before that.
    let mut wide = gif(2, 4, 100);
    let second = wide.iter().rposition(|byte| *byte == 0x2C).unwrap();
    wide[second + 5..second + 9].copy_from_slice(&[0xFF; 4]);
    assert_eq!(reds(&wide, 100).0.len(), 1);
}

#[test]
fn what_breaks_off_ends_there() {
    for name in ["animated.gif", "animated.webp", "moving.png", "layers.webp"] {
        let bytes = fixture(name);
        let mut most = 0;
        for end in 0..bytes.len() {
            let Ok(mut film) = Film::open(&bytes[..end], 64) else { continue };
            let window = film.window(0).unwrap();
            assert!(window.ends && !window.delays_ms.is_empty(), "{name} {end}");
            most = most.max(window.delays_ms.len());
        }
        // A WebP says its length at the beginning, and what is shorter is none.
        assert_eq!(most > 0, !name.ends_with("webp"), "{name}");
    }
}

#[test]
fn turned_and_small_as_the_picture_is() {
    let bytes = gif(3, 1_000, 50);
    let picture = decode(&bytes, 250).unwrap();
    let window = Film::open(&bytes, 250).unwrap().window(0).unwrap();
    assert_eq!((window.width, window.height), (250, 250));
    assert_eq!((picture.width, picture.full_width), (250, 1_000));
    // A little over what is wanted is left as it is.
    assert_eq!(Film::open(&bytes, 700).unwrap().window(0).unwrap().width, 1_000);
}

#[test]
fn broken_files_break_nothing() {
    for name in ["animated.gif", "animated.webp", "moving.png", "layers.webp"] {
        let bytes = fixture(name);
        for round in 0..200 {
            crate::fuzz::fuzz_moving(&crate::fuzz::mutate::mutate(&bytes, round));
        }
    }
    // Those that broke other decoders, where they are at hand.
    let corpus = std::env::var_os("CASEMATE_CORPUS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        std::path::PathBuf::from,
    );
    let mut folders = vec![corpus.join("image")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                crate::fuzz::fuzz_moving(&bytes);
            }
        }
    }
}
