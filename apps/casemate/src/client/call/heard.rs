//! What came of everybody: counted and measured for `call.stats`, and heard aloud where a person listens.

use std::collections::BTreeMap;

use casemate_api::view::{AudioStats, CallStats, Heard, VideoStats};
use casemate_api::{Error, Kind};
use casemate_crypto::call::{Opened, Track};
use casemate_engine::CallMember;
use casemate_media::jitter::Due;
use casemate_media::voices::Voices;
use casemate_media::vp9;
use casemate_wire::ids::DeviceId;
use serde_json::Value;

use super::listener::Listener;

/// The devices of a conversation, and what came of them.
pub struct Everybody {
    members: Vec<CallMember>,
    devices: BTreeMap<DeviceId, Device>,
    listener: Listener,
    ears: u32,
    /// What waits to be heard, where a person listens.
    aloud: Option<Voices>,
}

#[derive(Default)]
struct Device {
    audio: Counted,
    camera: Seen,
    screen: Option<Seen>,
    /// Of each of its sounds: of which joining, and what the listener calls it.
    ears: BTreeMap<Track, (u32, u32)>,
}

#[derive(Default)]
struct Counted {
    frames: u64,
    lost: u64,
}

/// Each picture has a size of its own: most frames do not say it, and those of the other one say another.
#[derive(Default)]
struct Seen {
    counted: Counted,
    size: (u32, u32),
}

impl Everybody {
    /// Of these, nothing came yet.
    pub fn new(members: &[CallMember]) -> Self {
        Self {
            members: members.to_vec(),
            devices: BTreeMap::new(),
            listener: Listener::default(),
            ears: 0,
            aloud: None,
        }
    }

    /// What comes from now on is heard by a person.
    pub fn listen(&mut self) {
        self.aloud.get_or_insert_default();
    }

    /// Others are in the conversation now.
    pub fn members(&mut self, members: &[CallMember]) {
        self.members = members.to_vec();
        self.devices.retain(|device, _| members.iter().any(|member| member.device == *device));
    }

    /// A frame came, after so many packets that did not.
    pub fn hear(&mut self, opened: &Opened, missing: i64) {
        let Some(member) = self.members.iter().find(|member| member.leaf == opened.source.leaf) else {
            return;
        };
        let device = self.devices.entry(member.device).or_default();
        let (track, joining) = (opened.source.track, opened.source.joining);
        match track {
            Track::Video => return device.camera.see(&opened.frame, missing),
            Track::ScreenVideo => {
                return device.screen.get_or_insert_default().see(&opened.frame, missing);
            }
            Track::Audio | Track::ScreenAudio => device.audio.count(missing),
        }
        let ear = match device.ears.get(&track) {
            Some((known, ear)) if *known == joining => *ear,
            _ => {
                self.ears = self.ears.wrapping_add(1);
                device.ears.insert(track, (joining, self.ears));
                self.ears
            }
        };
        match &mut self.aloud {
            Some(voices) => voices.came(ear, opened.epoch, opened.counter, &opened.frame),
            None => self.listener.hear(ear, &opened.frame),
        }
    }

    /// 20 ms have passed for whoever listens. False where nobody is heard yet, so that nothing will come of it.
    pub fn tick(&mut self) -> bool {
        let Some(voices) = &mut self.aloud else { return false };
        for (ear, due) in voices.due() {
            match due {
                Due::Packet(packet) => self.listener.hear(ear, &packet),
                Due::Copy(packet) => self.listener.hear_copy(ear, &packet),
                Due::Missed => self.listener.miss(ear),
                Due::Nothing => {}
            }
        }
        self.listener.mix()
    }

    /// What is to be heard next, as far as it was decoded.
    pub fn next_heard(&mut self) -> Option<Vec<u8>> {
        self.aloud.as_ref()?;
        self.listener.mixed()
    }

    /// `call.stats`
    pub fn stats(&mut self, state: &str, refused: u64, rejoined: u32) -> Result<Value, Error> {
        let (members, listener) = (&self.members, &mut self.listener);
        let heard = |(id, device): (&DeviceId, &Device)| {
            let member = members.iter().find(|member| member.device == *id)?;
            Some(Heard {
                address: member.address.clone(),
                device: id.to_hex(),
                audio: AudioStats {
                    frames: device.audio.frames,
                    lost: device.audio.lost,
                    frequency_hz: device.ears.values().find_map(|(_, ear)| listener.frequency_hz(*ear)),
                },
                video: device.camera.stats(),
                screen: device.screen.as_ref().map(Seen::stats),
            })
        };
        let participants = self.devices.iter().filter_map(heard).collect();
        let stats = CallStats { state: state.to_owned(), refused, rejoined, participants };
        serde_json::to_value(stats).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
    }
}

impl Counted {
    fn count(&mut self, missing: i64) {
        self.frames += 1;
        self.lost = self.lost.saturating_add_signed(missing);
    }
}

impl Seen {
    fn see(&mut self, frame: &[u8], missing: i64) {
        self.counted.count(missing);
        if let Some(size) = vp9::size(frame) {
            self.size = size;
        }
    }

    fn stats(&self) -> VideoStats {
        let (Counted { frames, lost }, (width, height)) = (&self.counted, self.size);
        VideoStats { frames: *frames, lost: *lost, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_crypto::call::Source;
    use casemate_wire::ids::AccountId;

    fn member(leaf: u16) -> CallMember {
        CallMember {
            leaf,
            address: format!("p{leaf}@here"),
            account: AccountId([leaf as u8; 16]),
            device: DeviceId([leaf as u8; 16]),
        }
    }

    fn frame(leaf: u16, epoch: u64, counter: u64) -> Opened {
        Opened { source: Source { leaf, joining: 1, track: Track::Video }, epoch, counter, frame: vec![0; 4] }
    }

    fn counts(everybody: &mut Everybody) -> Vec<(String, u64, u64)> {
        let stats = everybody.stats("connected", 0, 0).unwrap();
        let stats: CallStats = serde_json::from_value(stats).unwrap();
        stats.participants.into_iter().map(|one| (one.address, one.video.frames, one.video.lost)).collect()
    }

    #[test]
    fn what_is_missing_is_counted_and_what_the_sender_counts_is_not() {
        let mut everybody = Everybody::new(&[member(1), member(2)]);
        // Another layer has the numbers between these.
        for (counter, missing) in [(0, 0), (2, 0), (9, 3), (12, -1)] {
            everybody.hear(&frame(1, 9, counter), missing);
        }
        everybody.hear(&frame(2, 9, 70), 0);
        everybody.hear(&frame(7, 9, 0), 4);
        assert_eq!(counts(&mut everybody), [("p1@here".into(), 4, 2), ("p2@here".into(), 1, 0)]);
        // What came after all was missing in the slot of somebody else.
        everybody.hear(&frame(2, 9, 71), -1);
        assert_eq!(counts(&mut everybody)[1], ("p2@here".into(), 2, 0));
        everybody.members(&[member(2)]);
        assert_eq!(counts(&mut everybody), [("p2@here".into(), 2, 0)]);
    }

    /// The header of a whole picture (VP9 bitstream specification §6.2).
    fn whole(width: u64, height: u64) -> Vec<u8> {
        let sizes = (2 << 32 | (width - 1) << 16 | (height - 1)) << 4;
        [&[0x82, 0x49, 0x83, 0x42], &u64::to_be_bytes(sizes)[3..]].concat()
    }

    #[test]
    fn the_camera_and_the_screen_have_their_own_size_and_count() {
        let mut everybody = Everybody::new(&[member(1)]);
        let mut counter = 0;
        let mut shows = |everybody: &mut Everybody, track, data: &[u8]| {
            counter += 1;
            let source = Source { leaf: 1, joining: 1, track };
            everybody.hear(&Opened { source, epoch: 9, counter, frame: data.to_vec() }, 0);
        };
        let stats = |everybody: &mut Everybody| {
            let stats = everybody.stats("connected", 0, 0).unwrap();
            let one = stats["participants"][0].clone();
            let of = |name: &str| {
                one.get(name).map(|of| ["frames", "width", "height"].map(|field| of[field].as_u64().unwrap()))
            };
            (of("video").unwrap(), of("screen"))
        };
        // What is predicted from others says no size.
        let predicted = [0x86, 0];
        shows(&mut everybody, Track::Video, &whole(320, 180));
        assert_eq!(stats(&mut everybody), ([1, 320, 180], None), "nobody shares");
        shows(&mut everybody, Track::ScreenVideo, &whole(800, 450));
        shows(&mut everybody, Track::Video, &predicted);
        shows(&mut everybody, Track::ScreenVideo, &predicted);
        // The screen is not shared any more.
        shows(&mut everybody, Track::Video, &predicted);
        assert_eq!(stats(&mut everybody), ([3, 320, 180], Some([2, 800, 450])));
        // A camera that turns.
        shows(&mut everybody, Track::Video, &whole(180, 320));
        assert_eq!(stats(&mut everybody), ([4, 180, 320], Some([2, 800, 450])));
    }
}
