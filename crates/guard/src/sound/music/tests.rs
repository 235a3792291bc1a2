use super::super::{Sound, decode};
use super::*;
use std::io::Cursor;

const MP3: &[u8] = include_bytes!("../../../fixtures/music.mp3");
const M4A: &[u8] = include_bytes!("../../../fixtures/sound.m4a");
const WAV: &[u8] = include_bytes!("../../../fixtures/sound.wav");

fn sound(bytes: &[u8], from_ms: u64, length_ms: u64) -> Sound {
    decode(Cursor::new(bytes), from_ms, length_ms, 100).unwrap()
}

/// Of what is loud enough, by how often it rises through zero.
fn hertz(samples: &[f32]) -> f64 {
    let rises = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    rises as f64 * f64::from(RATE) / samples.len() as f64
}

#[test]
fn each_kind_sounds_as_it_should() {
    for (name, bytes, length_ms) in [("mp3", MP3, 1_000u64), ("m4a", M4A, 500), ("wav", WAV, 200)] {
        let whole = sound(bytes, 0, 60_000);
        assert!(whole.total_ms.abs_diff(length_ms) < 120, "{name}: {} ms", whole.total_ms);
        assert_eq!(whole.samples.len() as u64 / 48, whole.total_ms, "{name}");
        let middle = &whole.samples[48 * 60..48 * 160];
        let pitch = hertz(middle);
        assert!((pitch - 440.0).abs() < 12.0, "{name}: {pitch} Hz");
        let loudest = middle.iter().fold(0f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > 0.08 && loudest < 0.3, "{name}: {loudest}");
        // After the end there is nothing.
        assert!(sound(bytes, whole.total_ms + 1, 1_000).samples.is_empty());
        assert!(sound(bytes, u64::MAX, u64::MAX).samples.is_empty());
    }
}

#[test]
fn pieces_fit_together() {
    for (name, bytes) in [("mp3", MP3), ("m4a", M4A), ("wav", WAV)] {
        let whole = sound(bytes, 0, 60_000);
        let mut parts = Vec::new();
        for from_ms in (0..=whole.total_ms).step_by(70) {
            parts.extend(sound(bytes, from_ms, 70).samples);
        }
        assert_eq!(parts.len(), whole.samples.len(), "{name}");
        let worst = parts.iter().zip(&whole.samples).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
        assert!(worst < 0.001, "{name}: {worst}");
    }
}

#[test]
fn numbers_of_all_widths_are_read() {
    // Two channels, four samples: silence, half, all of it below, a quarter; the other one is the opposite.
    let wav = |coding: u16, bits: u16, samples: &[u8]| {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        let frame = bits / 8 * 2;
        bytes.extend([coding.to_le_bytes(), 2u16.to_le_bytes()].concat());
        bytes.extend([48_000u32.to_le_bytes(), (48_000 * u32::from(frame)).to_le_bytes()].concat());
        bytes.extend([frame.to_le_bytes(), bits.to_le_bytes()].concat());
        bytes.extend(b"data");
        bytes.extend((samples.len() as u32).to_le_bytes());
        bytes.extend(samples);
        bytes
    };
    let wanted = [0.0f32, 0.5, -1.0, 0.25];
    let both: Vec<f32> = wanted.iter().flat_map(|sample| [*sample, -sample]).collect();
    let wholes = |bits: u32| -> Vec<u8> {
        let scale = 2f64.powi(bits as i32 - 1);
        let whole = |sample: &f32| ((f64::from(*sample) * scale).min(scale - 1.0) as i64).to_le_bytes();
        both.iter().flat_map(|sample| whole(sample)[..bits as usize / 8].to_vec()).collect()
    };
    let bytes8: Vec<u8> = both.iter().map(|sample| (sample * 128.0 + 128.0).min(255.0) as u8).collect();
    let fractions: Vec<u8> = both.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let cases =
        [(1, 8, bytes8), (1, 16, wholes(16)), (1, 24, wholes(24)), (1, 32, wholes(32)), (3, 32, fractions)];
    for (coding, bits, samples) in cases {
        let file = wav(coding, bits, &samples);
        let mut source = Source::new(Cursor::new(&file)).unwrap();
        let mut planes = vec![Vec::new(); 2];
        let read = Wav::read(&mut source).unwrap();
        assert_eq!((read.frames(), read.is_plain()), (4, true), "{bits}");
        read.samples(&mut source, 0, 4, &mut planes).unwrap();
        for (at, wanted) in wanted.iter().enumerate() {
            assert!((planes[0][at] - wanted).abs() < 0.01, "{bits}: {planes:?}");
            assert!((planes[1][at] + wanted).abs() < 0.01, "{bits}: {planes:?}");
        }
    }
    // Something else than numbers is said to be so.
    assert!(decode(Cursor::new(wav(2, 16, &[0; 16])), 0, 100, 100).is_err());
}

#[test]
fn what_is_damaged_is_silence_or_refused_and_never_more() {
    for (name, bytes) in [("mp3", MP3), ("m4a", M4A), ("wav", WAV)] {
        for end in (0..bytes.len()).step_by(23) {
            let _ = decode(Cursor::new(&bytes[..end]), 0, 60_000, 150);
        }
        for round in 0..400u64 {
            let mutant = crate::fuzz::mutate::mutate(bytes, round);
            if let Ok(sound) = decode(Cursor::new(&mutant), round % 300, 2_000, 100) {
                assert!(sound.samples.len() <= 2 * 2_000 * 48, "{name} {round}");
                assert!(sound.samples.iter().all(|sample| sample.abs() <= 1.0), "{name} {round}");
            }
        }
    }
}

#[test]
fn what_a_decoder_needs_is_found_in_descriptors() {
    // ES_Descriptor with all that may be in it, a descriptor that nobody needs, then the two that matter.
    let inner = [4, 15 + 4, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x12, 0x10, 6, 0];
    let stream = [&[0, 1, 0xE0, 0, 2, 1, b'x', 0, 3][..], &[9, 1, 7], &inner].concat();
    let esds = [&[0, 0, 0, 0, 3, 0x80, stream.len() as u8][..], &stream].concat();
    assert_eq!(specific(&esds).unwrap(), [0x12, 0x10]);
    for end in 0..esds.len() - 2 {
        assert!(specific(&esds[..end]).is_err(), "{end}");
    }
}
