use super::arithmetic::Decisions;
use super::bytes::Bytes;
use super::*;
use crate::fuzz::mutate::mutate;
use crate::picture::{Picture, decode};
use crate::{MediaType, Refused, strip};
use frame::Block;
use std::io::Cursor;

/// All of one picture, which the first codes as the decoder takes it.
const CODINGS: [&str; 6] = [
    "texture.jpg",
    "texture-progressive.jpg",
    "texture-arithmetic.jpg",
    "texture-arithmetic-progressive.jpg",
    "texture-arithmetic-conditioned.jpg",
    "texture-arithmetic-grey.jpg",
];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/").to_owned() + name).unwrap()
}

/// As [`crate::picture`] hands it over.
fn stripped(jpeg: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut stripped = Vec::new();
    strip(Cursor::new(jpeg), &mut stripped, MediaType::Jpeg)?;
    Ok(stripped)
}

fn frame_of(jpeg: &[u8]) -> Frame {
    read(&stripped(jpeg).unwrap(), Reader::default()).unwrap().0
}

/// Blocks that the picture needs: those that only fill MCUs may be anything.
fn blocks(component: &frame::Component) -> Vec<Block> {
    let rows = component.blocks.chunks(component.stride).take(component.high);
    rows.flat_map(|row| row[..component.wide].to_vec()).collect()
}

fn difference(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let sum: u64 = one.rgba.iter().zip(&other.rgba).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.rgba.len() as f64
}

/// T.81 §K.4.1: 256 decisions with one bin, and their code.
#[test]
fn decisions_are_those_of_the_standards_example() {
    let hex = |text: &str| -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    };
    let wanted = hex("00020051000000C00352872AAAAAAAAA82C02000FCD79EF674EAABF7697EE74C");
    let code = hex("655B5144F7969D517855BFFF00FC5184C7CEF93900287D46708ECBC0F6FFD900");
    let (mut decisions, mut bin) = (Decisions::new(Bytes::new(&code)), 0);
    for (at, byte) in wanted.iter().enumerate() {
        let found = (0..8).fold(0, |sum, _| sum << 1 | u8::from(decisions.next(&mut bin)));
        assert_eq!(found, *byte, "byte {at}");
    }
}

#[test]
fn every_coding_has_the_same_coefficients() {
    let wanted = frame_of(&fixture(CODINGS[0]));
    assert!(blocks(&wanted.components[0]).iter().any(|block| block[40..] != [0; 24]));
    for name in &CODINGS[1..] {
        let frame = frame_of(&fixture(name));
        assert_eq!(frame.components.len(), if name.contains("grey") { 1 } else { 3 }, "{name}");
        for (found, wanted) in frame.components.iter().zip(&wanted.components) {
            assert_eq!(found.steps, wanted.steps, "{name}");
            assert_eq!(blocks(found), blocks(wanted), "{name}, component {}", wanted.id);
        }
    }
}

#[test]
fn every_coding_is_shown_and_is_the_same_picture() {
    let wanted = decode(&fixture(CODINGS[0]), 1_000).unwrap();
    assert_eq!((wanted.width, wanted.height), (67, 45));
    for name in &CODINGS[1..] {
        let found = decode(&fixture(name), 1_000).unwrap();
        if name.contains("grey") {
            assert!(found.rgba.chunks(4).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
            assert_eq!((found.width, found.height), (67, 45));
        } else {
            assert!(found == wanted, "{name}");
        }
    }
    // Colours that were sampled otherwise are other colours, but hardly: libjpeg-turbo's two differ by 5.1.
    let odd = decode(&fixture("texture-odd.jpg"), 1_000).unwrap();
    assert!(difference(&odd, &wanted) < 5.5, "{}", difference(&odd, &wanted));
}

#[test]
fn what_is_written_anew_holds_the_same_and_goes_to_the_decoder() {
    for name in CODINGS {
        let before = stripped(&fixture(name)).unwrap();
        assert_eq!(is_needed(&before), name.contains("arithmetic"), "{name}");
        let after = recode(&before).unwrap();
        assert!(!is_needed(&after), "{name}");
        let (before, after) = (frame_of(&before), frame_of(&after));
        for (before, after) in before.components.iter().zip(&after.components) {
            assert_eq!((blocks(before), before.steps), (blocks(after), after.steps), "{name}");
        }
    }
    let odd = stripped(&fixture("texture-odd.jpg")).unwrap();
    assert!(is_needed(&odd) && !is_needed(&recode(&odd).unwrap()));
}

#[test]
fn colours_and_the_right_way_up_stay() {
    let whole = fixture("texture-arithmetic.jpg");
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let turned = [&whole[..2], &[0xFF, 0xE1, 0, tiff.len() as u8 + 2], tiff, &whole[2..]].concat();
    let picture = decode(&turned, 1_000).unwrap();
    assert_eq!((picture.width, picture.height), (45, 67));
    // Adobe's word that the three are red, green and blue.
    let adobe = b"Adobe\0\x64\0\0\0\0\0";
    let other = [&whole[..2], &[0xFF, 0xEE, 0, 14], adobe, &whole[20..]].concat();
    let (picture, wanted) = (decode(&other, 1_000).unwrap(), decode(&whole, 1_000).unwrap());
    assert!(difference(&picture, &wanted) > 20.0);
}

#[test]
fn cut_anywhere_it_shows_what_is_there_or_is_refused() {
    for name in CODINGS.iter().chain(&["texture-odd.jpg"]) {
        let whole = fixture(name);
        let wanted = frame_of(&whole);
        let mut shown = 0;
        for end in 0..whole.len() {
            let Ok(stripped) = stripped(&whole[..end]) else { continue };
            let Ok((frame, _)) = read(&stripped, Reader::default()) else { continue };
            shown += 1;
            assert!(recode(&stripped).is_ok(), "{name} up to {end}");
            // The first block is whole once a quarter of a sequential picture is there.
            if end > whole.len() * 3 / 4 && !frame.is_progressive {
                let first = |frame: &Frame| frame.components[0].blocks[0];
                assert_eq!(first(&frame), first(&wanted), "{name} up to {end}");
            }
        }
        assert!(shown > whole.len() / 4, "{name}: {shown} of {}", whole.len());
        let half = decode(&whole[..whole.len() * 3 / 4], 1_000);
        assert!(half.is_ok_and(|half| half.width == 67), "{name}");
    }
}

#[test]
fn what_is_lost_between_restarts_is_lost_alone() {
    let whole = stripped(&fixture("texture-arithmetic-grey.jpg")).unwrap();
    let marker = |number: u8| whole.windows(2).position(|pair| pair == [0xFF, 0xD0 + number]).unwrap();
    let (wanted, lost) = (frame_of(&whole), [&whole[..marker(1)], &whole[marker(2)..]].concat());
    let (wanted, found) = (blocks(&wanted.components[0]), blocks(&frame_of(&lost).components[0]));
    // Five blocks each: those before marker 1 and behind marker 2 are there.
    assert!(wanted[..10] == found[..10] && wanted[15..] == found[15..]);
    assert!(found[10..15].iter().all(|block| *block == [0; 64]));
}

#[test]
fn mutants_never_break_it() {
    for name in CODINGS.iter().chain(&["texture-odd.jpg"]) {
        let whole = fixture(name);
        for seed in 0..400 {
            let mutant = mutate(&whole, seed);
            if let Ok(stripped) = stripped(&mutant) {
                let _ = recode(&stripped);
                // Also what stripping would never hand over.
                let _ = recode(&mutate(&stripped, seed));
            }
            let _ = recode(&mutant);
            crate::fuzz::fuzz_picture(&mutant);
        }
    }
}

#[test]
fn what_needs_too_much_is_refused() {
    let whole = stripped(&fixture("texture-arithmetic.jpg")).unwrap();
    let frame = whole.windows(2).position(|pair| pair == [0xFF, 0xC9]).unwrap();
    let mut huge = whole.clone();
    huge[frame + 5..frame + 9].fill(0xFF);
    assert!(matches!(recode(&huge), Err(Fault::TooMuch(_))));
    let little = Reader { work: Work(1_000), ..Reader::default() };
    assert!(matches!(read(&whole, little), Err(Fault::TooMuch(_))));
    // Twelve bits, and lossless.
    let mut other = whole.clone();
    other[frame + 4] = 12;
    assert!(matches!(recode(&other), Err(Fault::TooMuch(_))));
    other[frame + 1] = 0xCB;
    assert!(matches!(recode(&other), Err(Fault::TooMuch(_))));
    assert!(recode(b"").is_err() && recode(&whole[..frame]).is_err());
}
