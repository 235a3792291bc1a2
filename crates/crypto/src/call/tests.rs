//! Frames between members, and what is refused.

use super::*;

const JOINING: u32 = 0xdead_beef;

fn secret(n: u8) -> CallSecret {
    CallSecret::new([n; 32])
}

fn leaves() -> BTreeSet<u16> {
    [0, 1, 2].into()
}

/// Leaf 0 in epoch 5, listening.
fn listener() -> Opener {
    let mut opener = Opener::new(0, 7);
    opener.begin_epoch(5, vec![secret(5)], leaves(), false, 0);
    opener
}

fn sender(epoch: u64, leaf: u16) -> Sealer {
    Sealer::new(secret(epoch as u8), epoch, leaf, JOINING)
}

#[test]
fn frames_arrive_with_who_sent_them() {
    let mut opener = listener();
    let mut bob = sender(5, 1);
    let mut eve = sender(5, 2);
    for n in 0..200u32 {
        let frame = vec![n as u8; n as usize * 37];
        for (sealer, leaf) in [(&mut bob, 1), (&mut eve, 2)] {
            for track in [Track::Audio, Track::Video, Track::ScreenVideo, Track::ScreenAudio] {
                let sealed = sealer.seal(track, &frame).unwrap();
                let opened = opener.open(track.is_sound(), &sealed, 1).unwrap();
                let source = Source { leaf, joining: JOINING, track };
                assert_eq!(opened, Opened { source, epoch: 5, counter: n.into(), frame: frame.clone() });
                let window = frame.len().max(8);
                assert!(!sealed.windows(window).any(|part| part == frame), "nothing is in the clear");
            }
        }
    }
    assert!(bob.seal(Track::Video, &vec![0; FRAME_BYTES + 1]).is_err());
}

#[test]
fn kids_name_epoch_leaf_joining_and_track() {
    let source = Source { leaf: 0x1234, joining: 0x89ab_cdef, track: Track::ScreenAudio };
    let kid = source.kid(0xffff_ff77);
    assert_eq!(kid.to_be_bytes(), [0x77, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0x03]);
    assert_eq!(Source::of_kid(kid), Some((0x77, source)));
    assert_eq!(Source::of_kid(4), None, "there are four tracks");
    assert!(leaf_of(65_535).is_ok() && leaf_of(65_536).is_err());
}

/// What was sealed once stays openable by later versions.
#[test]
fn the_form_is_fixed() {
    let sealed = sender(5, 1).seal(Track::Audio, b"hello").unwrap();
    let known = "f0050001deadbeef002b6cf9bfb908ee6d7f11b777006861f0082b33c727";
    assert_eq!(hex::encode(sealed), known);
}

#[test]
fn a_wrong_key_and_every_flipped_bit_give_nothing() {
    let mut opener = listener();
    let stranger = Sealer::new(secret(9), 5, 1, JOINING).seal(Track::Audio, b"hello").unwrap();
    assert_eq!(opener.open(true, &stranger, 1), Err(BadFrame::Forged));
    let good = sender(5, 1).seal(Track::Audio, b"hello").unwrap();
    for bit in 0..good.len() * 8 {
        let mut broken = good.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(opener.open(true, &broken, 1).is_err(), "bit {bit}");
    }
    for len in 0..good.len() {
        assert!(opener.open(true, &good[..len], 1).is_err(), "cut to {len}");
    }
    // None of it was remembered, and the call goes on.
    assert!(opener.epochs[0].sources.is_empty());
    assert!(opener.open(true, &good, 1).is_ok());
}

#[test]
fn a_frame_is_opened_once() {
    let mut opener = listener();
    let mut bob = sender(5, 1);
    let frames: Vec<_> = (0..1_000u16).map(|n| bob.seal(Track::Audio, &n.to_be_bytes()).unwrap()).collect();
    // The first one, and some that overtook each other.
    for at in [0, 3, 1, 2, 400, 399] {
        assert!(opener.open(true, &frames[at], 1).is_ok(), "{at}");
    }
    for at in [0, 1, 2, 3, 399, 400] {
        assert_eq!(opener.open(true, &frames[at], 1), Err(BadFrame::Replayed), "{at}");
    }
    assert!(opener.open(true, &frames[999], 1).is_ok());
    assert_eq!(opener.open(true, &frames[200], 1), Err(BadFrame::Replayed), "too late");
    assert!(opener.open(true, &frames[600], 1).is_ok(), "late, but not too late");
}

#[test]
fn a_forged_counter_does_not_shut_a_sender_out() {
    let mut opener = listener();
    let mut bob = sender(5, 1);
    assert!(opener.open(true, &bob.seal(Track::Audio, b"one").unwrap(), 1).is_ok());
    // The relay writes a header with a counter far ahead before bytes of its own.
    let mut forged = vec![0xff];
    forged.extend(Source { leaf: 1, joining: JOINING, track: Track::Audio }.kid(5).to_be_bytes());
    forged.extend(1u64.to_be_bytes());
    forged.extend([0; 40]);
    forged[9] = 0x7f;
    assert_eq!(opener.open(true, &forged, 1), Err(BadFrame::Malformed));
    forged[9..17].copy_from_slice(&(COUNTERS - 1).to_be_bytes());
    assert_eq!(opener.open(true, &forged, 1), Err(BadFrame::Forged));
    assert!(opener.open(true, &bob.seal(Track::Audio, b"two").unwrap(), 1).is_ok());
}

#[test]
fn swapped_frames_are_refused() {
    let mut opener = listener();
    let mut bob = sender(5, 1);
    let sound = bob.seal(Track::Audio, b"sound").unwrap();
    let picture = bob.seal(Track::Video, b"picture").unwrap();
    assert_eq!(opener.open(false, &sound, 1), Err(BadFrame::Track));
    assert_eq!(opener.open(true, &picture, 1), Err(BadFrame::Track));
    // Another's name before it, another track's, another joining's.
    for source in [
        Source { leaf: 2, joining: JOINING, track: Track::Audio },
        Source { leaf: 1, joining: JOINING, track: Track::ScreenAudio },
        Source { leaf: 1, joining: 1, track: Track::Audio },
    ] {
        let mut swapped = sound.clone();
        swapped[1..9].copy_from_slice(&source.kid(5).to_be_bytes());
        assert_eq!(opener.open(true, &swapped, 1), Err(BadFrame::Forged));
    }
    assert!(opener.open(true, &sound, 1).is_ok());
}

#[test]
fn own_frames_and_those_of_nobody_are_refused() {
    let mut opener = listener();
    let own = Sealer::new(secret(5), 5, 0, 7).seal(Track::Audio, b"echo").unwrap();
    assert_eq!(opener.open(true, &own, 1), Err(BadFrame::Own));
    let nobody = sender(5, 3).seal(Track::Audio, b"boo").unwrap();
    assert_eq!(opener.open(true, &nobody, 1), Err(BadFrame::NotMember));
    // Joined anew, it is another sender.
    let again = Sealer::new(secret(5), 5, 0, 8).seal(Track::Audio, b"again").unwrap();
    assert!(opener.open(true, &again, 1).is_ok());
}

#[test]
fn the_previous_epoch_is_heard_for_five_seconds() {
    let mut opener = listener();
    let mut before = sender(5, 1);
    assert_eq!(opener.open(true, &sender(6, 1).seal(Track::Audio, b"new").unwrap(), 9), Err(BadFrame::Epoch));
    opener.begin_epoch(6, vec![secret(6)], leaves(), false, 10_000);
    assert!(opener.open(true, &sender(6, 1).seal(Track::Audio, b"new").unwrap(), 10_001).is_ok());
    assert!(opener.open(true, &before.seal(Track::Audio, b"old").unwrap(), 14_999).is_ok());
    // A further change does not lengthen it.
    opener.begin_epoch(7, vec![secret(7)], leaves(), false, 14_999);
    let late = before.seal(Track::Audio, b"old").unwrap();
    assert_eq!(opener.open(true, &late, 15_000), Err(BadFrame::Epoch));
    assert!(opener.open(true, &sender(6, 2).seal(Track::Audio, b"six").unwrap(), 15_000).is_ok());
    assert!(opener.open(true, &sender(7, 2).seal(Track::Audio, b"seven").unwrap(), 15_000).is_ok());
}

#[test]
fn whoever_was_removed_is_not_heard_from_that_moment() {
    let mut opener = listener();
    let mut eve = sender(5, 2);
    assert!(opener.open(true, &eve.seal(Track::Audio, b"still here").unwrap(), 9_999).is_ok());
    opener.begin_epoch(6, vec![secret(6)], [0, 1].into(), true, 10_000);
    assert_eq!(opener.open(true, &eve.seal(Track::Audio, b"gone").unwrap(), 10_000), Err(BadFrame::Epoch));
    // Nor under the new epoch's number, whose secret she does not have.
    let forged = Sealer::new(secret(5), 6, 2, JOINING).seal(Track::Audio, b"gone").unwrap();
    assert_eq!(opener.open(true, &forged, 10_000), Err(BadFrame::NotMember));
    let as_bob = Sealer::new(secret(5), 6, 1, JOINING).seal(Track::Audio, b"gone").unwrap();
    assert_eq!(opener.open(true, &as_bob, 10_000), Err(BadFrame::Forged));
    assert!(opener.open(true, &sender(6, 1).seal(Track::Audio, b"bob").unwrap(), 10_000).is_ok());
}

#[test]
fn a_member_who_comes_back_without_end_fills_no_more_than_its_share() {
    let mut opener = listener();
    for joining in 0..SOURCES_OF_LEAF as u32 {
        let frame = Sealer::new(secret(5), 5, 1, joining).seal(Track::Audio, b"x").unwrap();
        assert!(opener.open(true, &frame, 1).is_ok());
    }
    let more = Sealer::new(secret(5), 5, 1, 1_000).seal(Track::Audio, b"x").unwrap();
    assert_eq!(opener.open(true, &more, 1), Err(BadFrame::TooMany));
    let other = sender(5, 2).seal(Track::Audio, b"y").unwrap();
    assert!(opener.open(true, &other, 1).is_ok(), "others are heard");
    for number in 6..40 {
        opener.begin_epoch(number, vec![secret(number as u8)], leaves(), false, 2);
    }
    assert!(opener.epochs.len() <= EPOCHS);
}
