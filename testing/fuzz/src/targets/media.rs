//! What comes in a call after it was answered: sealed frames from a relay, and what a member puts inside its own.

use std::collections::BTreeSet;

use casemate_crypto::call::{CallSecret, Opener, Sealer, Track};
use casemate_media::ear::{answer, copy_for, missed_for, packet_for, question_for, question_for_all, serve};
use casemate_media::jitter::Due;
use casemate_media::peer::relay_ways;
use casemate_media::sent::{Film, Sent};
use casemate_media::voices::{VOICES, Voices};
use casemate_media::vp9::{Depacketizer, Packetizer, descriptor, size};

fn opener() -> Opener {
    let mut opener = Opener::new(0, 1);
    opener.begin_epoch(5, vec![CallSecret::new([5; 32])], BTreeSet::from([0, 1]), false, 0);
    opener
}

/// Bytes as a relay hands them on: nothing opens that was not sealed, and what opens opens once.
pub fn frame(bytes: &[u8]) {
    let mut opener = opener();
    for sound in [true, false] {
        if opener.open(sound, bytes, 1).is_ok() {
            assert!(opener.open(sound, bytes, 1).is_err(), "the same frame twice");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = relay_ways(text, |_| true);
    }
}

pub fn frame_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![b"a=candidate:1 1 udp 1 192.0.2.1 7000 typ host".to_vec()];
    for track in [Track::Audio, Track::Video, Track::ScreenVideo, Track::ScreenAudio] {
        let mut sealer = Sealer::new(CallSecret::new([5; 32]), 5, 1, 7);
        seeds.push(sealer.seal(track, b"a frame").expect("it is small"));
    }
    seeds
}

/// The packets of a picture, two bytes with their length before each: as many bytes come out as went in at most.
pub fn picture(bytes: &[u8]) {
    let _ = size(bytes);
    let mut depacketizer = Depacketizer::default();
    let mut rest = bytes;
    let mut number = 0u64;
    while let Some((head, after)) = rest.split_first_chunk::<2>() {
        // The highest bits say how the numbers jump.
        let length = usize::from(u16::from_be_bytes(*head) & 0x0fff).min(after.len());
        number = number.wrapping_add(u64::from(head[0] >> 6)).wrapping_sub(1);
        let (packet, after) = after.split_at(length);
        if let Some((begins, ..)) = descriptor(packet) {
            assert!(begins <= packet.len());
        }
        if let Some(frame) = depacketizer.take(number, u64::from(head[0] >> 4), packet) {
            assert!(frame.len() <= bytes.len());
            let _ = size(&frame);
        }
        rest = after;
    }
}

pub fn picture_seeds() -> Vec<Vec<u8>> {
    let film = Film::pattern();
    let mut packetizer = Packetizer::default();
    let mut seeds = Vec::new();
    for picture in film.frames().iter().take(4) {
        let mut seed = Vec::new();
        for packet in packetizer.packets(&picture.data, picture.key) {
            // Each number follows the one before.
            seed.extend((packet.len() as u16 | 0x8000).to_be_bytes());
            seed.extend(packet);
        }
        seeds.extend([seed, picture.data.clone()]);
    }
    seeds
}

/// Opus of members, in an order of theirs, and what somebody may want to send.
pub fn sound(bytes: &[u8]) {
    let mut said = Vec::new();
    for packet in bytes.chunks(200) {
        said.extend(packet_for(1, packet).expect("it is small"));
    }
    said.extend(question_for(1));
    let mut answers = Vec::new();
    assert!(serve(&said[..], &mut answers).is_ok());
    assert!(answer(&mut answers).is_ok_and(|one| one.is_some()) && answers.is_empty());
    heard(bytes);
    let _ = serve(bytes, std::io::sink());
    let _ = answer(&mut bytes.to_vec());
    let _ = Sent::file(bytes);
}

/// Each packet says whose it is and how numbers jump; after each, 20 ms of all.
fn heard(bytes: &[u8]) {
    let (mut voices, mut said, mut counter, mut asked) = (Voices::default(), Vec::new(), 0u64, 0);
    for packet in bytes.chunks(200) {
        let first = packet[0];
        counter = counter.wrapping_add(u64::from(first >> 5)).wrapping_sub(1);
        voices.came(u32::from(first % 20), u64::from(first >> 7), counter, packet);
        let due = voices.due();
        assert!(due.len() <= VOICES);
        for (ear, due) in due {
            match due {
                Due::Packet(packet) => said.extend(packet_for(ear, &packet).expect("it came")),
                Due::Copy(packet) => said.extend(copy_for(ear, &packet).expect("it came")),
                Due::Missed => said.extend(missed_for(ear)),
                Due::Nothing => {}
            }
        }
        said.extend(question_for_all());
        asked += 1;
    }
    let mut answers = Vec::new();
    assert!(serve(&said[..], &mut answers).is_ok());
    while answer(&mut answers).is_ok_and(|one| one.is_some()) {
        asked -= 1;
    }
    assert!(asked == 0 && answers.is_empty(), "one answer for each question");
}

pub fn sound_seeds() -> Vec<Vec<u8>> {
    let mut sent = Sent::tone(None).expect("an encoder");
    let tone: Vec<u8> =
        (0..10).flat_map(|_| sent.next_sound().map(|sound| sound.data).unwrap_or_default()).collect();
    vec![tone, include_bytes!("../../../../crates/media/fixtures/pattern.ivf")[..4_096].to_vec()]
}
