//! What is sent: of programs without microphone and camera silence, a tone, a film, or a file of either. Each gives frames in
//! their own time, and begins anew at its end. What a microphone gives is encoded in the same way ([`Sent::sound_of`]).

use ropus::{Application, Bitrate, Channels, Encoder, InbandFec};

use crate::pcm::{Frame, SILENCE};
use crate::wav;

/// Samples of one frame of sound: 20 ms at 48 kHz.
pub const SOUND_SAMPLES: usize = 960;

/// Milliseconds of one frame of sound.
pub const SOUND_MS: u64 = 20;

/// Samples a second.
pub const RATE: u32 = 48_000;

/// Bits a second. Constant, also in silence: what is said does not show in how much is sent.
const BITRATE: u32 = 32_000;

/// Of a hundred packets, those that the encoder takes to be lost: each has a rougher copy of the one before it. More makes
/// all of them sound worse where nothing is lost.
const LOSS: u8 = 15;

/// Largest packet that the encoder may make.
const PACKET_BYTES: usize = 1_275;

/// Largest file that is sent: all of it is in memory.
pub const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Pitches of a tone: those that people hear, and that this many samples a second can hold.
pub const PITCH_HZ: std::ops::RangeInclusive<f64> = 20.0..=20_000.0;

/// Pitch of the tone, where none is named.
const TONE_HZ: f64 = 440.0;

/// What cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// Neither WAV nor IVF, or not of a form that is sent here.
    #[error("a call sends WAV files (16 bits, 48,000 a second, one channel) and IVF files with VP9")]
    Form,
    /// A WAV file without a sample.
    #[error("there is no sound in this WAV file")]
    Empty,
    /// No encoder.
    #[error("sound cannot be encoded here")]
    Encoder,
}

/// Sound and, perhaps, a film.
pub struct Sent {
    sound: Sound,
    encoder: Encoder,
    film: Option<Film>,
}

impl Sent {
    /// Silence.
    pub fn silence() -> Result<Self, BadFile> {
        Self::of(Sound::Silence, None)
    }

    /// A tone of a pitch, one of [`PITCH_HZ`]; 440 Hz where none is named.
    pub fn tone(hz: Option<f64>) -> Result<Self, BadFile> {
        Self::of(Sound::Tone { hz: hz.unwrap_or(TONE_HZ), at: 0.0 }, None)
    }

    /// The kept film, and the tone.
    pub fn pattern() -> Result<Self, BadFile> {
        Self::of(Sound::Tone { hz: TONE_HZ, at: 0.0 }, Some(Film::pattern()))
    }

    /// A file's content, by what it is.
    pub fn file(bytes: &[u8]) -> Result<Self, BadFile> {
        match bytes.get(..4) {
            Some(b"RIFF") => Self::of(Sound::Recording { samples: wav::samples(bytes)?, at: 0 }, None),
            Some(b"DKIF") => Self::of(Sound::Silence, Some(Film::parse(bytes).ok_or(BadFile::Form)?)),
            _ => Err(BadFile::Form),
        }
    }

    fn of(sound: Sound, film: Option<Film>) -> Result<Self, BadFile> {
        let encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip)
            .bitrate(Bitrate::Bits(BITRATE))
            .vbr(false)
            .inband_fec(InbandFec::Enabled)
            .packet_loss_perc(LOSS)
            .build()
            .map_err(|_| BadFile::Encoder)?;
        Ok(Self { sound, encoder, film })
    }

    /// The next 20 ms.
    pub fn next_sound(&mut self) -> Option<Sounding> {
        let mut pcm = SILENCE;
        self.sound.fill(&mut pcm);
        self.sound_of(&pcm)
    }

    /// 20 ms of something else in their place: what a microphone gave, or silence.
    pub fn sound_of(&mut self, pcm: &Frame) -> Option<Sounding> {
        let mut data = vec![0; PACKET_BYTES];
        let len = self.encoder.encode(pcm, &mut data).ok()?;
        data.truncate(len);
        Some(Sounding { data, level: level(pcm) })
    }

    /// The film, where there is one.
    pub fn film(&mut self) -> Option<&mut Film> {
        self.film.as_mut()
    }
}

/// 20 ms of sound.
pub struct Sounding {
    /// An Opus packet; always of one size.
    pub data: Vec<u8>,
    /// How loud it is, as [`level`] says it.
    pub level: u8,
}

/// Silence, as [`level`] says it.
pub const SILENT: u8 = 127;

/// How loud samples are, in decibels below the loudest: 0 to [`SILENT`] (RFC 6464 §3, RFC 6465 §5).
pub fn level(pcm: &[i16]) -> u8 {
    let energy: f64 = pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let loud = (energy / pcm.len().max(1) as f64).sqrt() / f64::from(i16::MAX);
    // Of silence the logarithm is below everything.
    (-20.0 * loud.log10()).round().clamp(0.0, f64::from(SILENT)) as u8
}

enum Sound {
    Silence,
    Tone { hz: f64, at: f64 },
    Recording { samples: Vec<i16>, at: usize },
}

impl Sound {
    fn fill(&mut self, pcm: &mut [i16]) {
        match self {
            Self::Silence => pcm.fill(0),
            Self::Tone { hz, at } => {
                for sample in pcm {
                    *at = (*at + *hz / f64::from(RATE)).fract();
                    *sample = ((*at * std::f64::consts::TAU).sin() * 9_000.0) as i16;
                }
            }
            Self::Recording { samples, at } => {
                for sample in pcm {
                    *sample = samples.get(*at).copied().unwrap_or(0);
                    *at = if *at + 1 < samples.len() { *at + 1 } else { 0 };
                }
            }
        }
    }
}

/// VP9 as it was encoded before.
pub struct Film {
    frames: Vec<Picture>,
    frame_ms: u64,
    at: usize,
}

/// One frame of it.
pub struct Picture {
    /// As the codec made it.
    pub data: Vec<u8>,
    /// It can be shown without any before it.
    pub key: bool,
}

impl Film {
    /// Two seconds of moving colours, 320 × 180.
    pub fn pattern() -> Self {
        Self::parse(include_bytes!("../fixtures/pattern.ivf")).expect("a film of our own")
    }

    /// An IVF file with VP9: 32 bytes about it, then frames with twelve bytes before each.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_first_chunk::<32>()?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if !head.starts_with(b"DKIF\0\0") || &head[8..12] != b"VP90" {
            return None;
        }
        let (rate, scale) = (u64::from(number(16)), u64::from(number(20)));
        let frame_ms = (1_000 * scale).checked_div(rate)?.clamp(10, 1_000);
        let mut frames = Vec::new();
        while let Some((about, after)) = rest.split_first_chunk::<12>() {
            let length = u32::from_le_bytes([about[0], about[1], about[2], about[3]]) as usize;
            let data = after.get(..length)?.to_vec();
            let key = crate::vp9::size(&data).is_some();
            frames.push(Picture { data, key });
            rest = &after[length..];
        }
        // Shown from its beginning, it has to begin with a whole picture.
        frames.first().is_some_and(|first| first.key).then_some(Self { frames, frame_ms, at: 0 })
    }

    /// All of them.
    pub fn frames(&self) -> &[Picture] {
        &self.frames
    }

    /// Milliseconds from one frame to the next.
    pub fn frame_ms(&self) -> u64 {
        self.frame_ms
    }

    /// The next frame; the first after the last.
    pub fn next_picture(&mut self) -> &Picture {
        let at = self.at;
        self.at = if at + 1 < self.frames.len() { at + 1 } else { 0 };
        &self.frames[at]
    }

    /// Somebody needs a whole picture: the film goes on with the next one, or begins anew.
    pub fn to_key(&mut self) {
        let next = (self.at..self.frames.len()).find(|at| self.frames[*at].key);
        self.at = next.unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use casemate_crypto::call::{CallSecret, Frames, Keys, Track};

    use super::*;
    use crate::ear::Ear;
    use crate::wav::tests::wav_file;

    #[test]
    fn packets_have_one_size_whatever_is_heard() {
        let mut all = Vec::new();
        for mut sent in
            [Sent::silence().unwrap(), Sent::tone(None).unwrap(), Sent::tone(Some(2_000.0)).unwrap()]
        {
            all.extend((0..100).map(|_| sent.next_sound().unwrap().data.len()));
        }
        // Whoever is muted in the middle of a word as well.
        let mut sent = Sent::tone(None).unwrap();
        for pcm in [SILENCE, [9_000; SOUND_SAMPLES]].iter().cycle().take(100) {
            all.extend([sent.sound_of(pcm).unwrap().data.len(), sent.next_sound().unwrap().data.len()]);
        }
        assert!(all.iter().all(|len| *len == all[0]), "{all:?}");
    }

    /// What an encoder makes that heeds no constant rate, as some browsers' do, arrives padded and sounds as it was.
    #[test]
    fn packets_of_several_sizes_are_sealed_as_one_size_and_sound_the_same() {
        let keys = |leaf| Keys {
            epoch: 1,
            secret: CallSecret::new([1; 32]),
            others: Vec::new(),
            leaf,
            leaves: [0, 1].into(),
            removed: false,
        };
        let (mut ana, mut bob) = (Frames::new(keys(0), 7, 0), Frames::new(keys(1), 8, 0));
        ana.sound_varies();
        let varying = |bits| {
            let encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip).vbr(true);
            encoder.bitrate(Bitrate::Bits(bits)).build().unwrap()
        };
        let mut decoders = [0, 1].map(|_| ropus::Decoder::new(RATE, Channels::Mono).unwrap());
        let (mut made, mut sealed) = (BTreeSet::new(), BTreeSet::new());
        let mut sound = Sound::Tone { hz: 440.0, at: 0.0 };
        let (mut encoder, mut data) = (varying(24_000), [0; PACKET_BYTES]);
        for at in 0..100 {
            let mut pcm = SILENCE;
            if at % 40 < 20 {
                sound.fill(&mut pcm);
            }
            let len = encoder.encode(&pcm, &mut data).unwrap();
            let frame = ana.seal(Track::Audio, &data[..len], 0).unwrap();
            let opened = bob.open(true, &frame, 0).unwrap().frame;
            made.insert(len);
            sealed.insert(opened.len());
            let [plain, padded] = &mut decoders;
            let mut heard = [SILENCE; 2];
            plain.decode(&data[..len], &mut heard[0], ropus::DecodeMode::Normal).unwrap();
            padded.decode(&opened, &mut heard[1], ropus::DecodeMode::Normal).unwrap();
            assert_eq!(heard[0], heard[1], "{at}");
        }
        assert!(made.len() > 3 && sealed.len() == 1, "{made:?} {sealed:?}");
        // One that fits nowhere is concealed.
        let len = varying(400_000).encode(&[9_000; SOUND_SAMPLES], &mut data).unwrap();
        let len = len.max(400);
        let frame = ana.seal(Track::Audio, &data[..len], 0).unwrap();
        let opened = bob.open(true, &frame, 0).unwrap().frame;
        let mut pcm = SILENCE;
        let samples = decoders[1].decode(&opened, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        assert_eq!((opened.len(), samples), (320, SOUND_SAMPLES));
    }

    #[test]
    fn how_loud_it_is_is_said_in_decibels_below_the_loudest() {
        let said = |mut sent: Sent| sent.next_sound().unwrap().level;
        assert_eq!(said(Sent::silence().unwrap()), SILENT);
        // A sine is 3 dB below its top, and 9,000 are 11 below the most.
        assert_eq!(said(Sent::tone(Some(1_000.0)).unwrap()), 14);
        assert_eq!(said(Sent::file(&wav_file(48_000, &[90; 960])).unwrap()), 51);
        assert_eq!((level(&[i16::MIN; 960]), level(&[1; 960]), level(&[])), (0, 90, SILENT));
    }

    #[test]
    fn a_tone_is_heard_at_its_pitch() {
        for hz in [220.0, 440.0, 1_000.0] {
            let mut sent = Sent::tone(Some(hz)).unwrap();
            let mut ear = Ear::new().unwrap();
            for _ in 0..50 {
                ear.hear(&sent.next_sound().unwrap().data).unwrap();
            }
            let heard = ear.frequency_hz().unwrap();
            assert!((heard - hz).abs() < 2.0, "{heard} instead of {hz}");
        }
        let mut ear = Ear::new().unwrap();
        let mut sent = Sent::silence().unwrap();
        for _ in 0..50 {
            ear.hear(&sent.next_sound().unwrap().data).unwrap();
        }
        assert_eq!(ear.frequency_hz(), None);
    }

    #[test]
    fn a_packet_that_was_lost_is_in_the_next_one() {
        // Silence, and a tone that begins within the packet that is lost: nobody could guess it.
        let samples: Vec<i16> = (0..48_000)
            .map(|at| if at < 24_000 { 0 } else { ((f64::from(at) * 0.065_45).sin() * 9_000.0) as i16 })
            .collect();
        let mut sent = Sent::file(&wav_file(48_000, &samples)).unwrap();
        let mut decoder = ropus::Decoder::new(RATE, Channels::Mono).unwrap();
        let mut pcm = [0; SOUND_SAMPLES];
        let lost = 26;
        for _ in 0..lost {
            decoder.decode(&sent.next_sound().unwrap().data, &mut pcm, ropus::DecodeMode::Normal).unwrap();
        }
        sent.next_sound().unwrap();
        decoder.decode(&sent.next_sound().unwrap().data, &mut pcm, ropus::DecodeMode::Fec).unwrap();
        let loudest = pcm.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!(loudest > 3_000, "{loudest}");
    }

    #[test]
    fn files_are_sent_and_others_refused() {
        let samples: Vec<i16> =
            (0..48_000).map(|at| ((f64::from(at) * 0.065_45).sin() * 9_000.0) as i16).collect();
        let mut sent = Sent::file(&wav_file(48_000, &samples)).unwrap();
        let mut ear = Ear::new().unwrap();
        for _ in 0..100 {
            ear.hear(&sent.next_sound().unwrap().data).unwrap();
        }
        assert!((ear.frequency_hz().unwrap() - 500.0).abs() < 2.0);
        assert!(Sent::file(&wav_file(44_100, &samples)).is_err());
        assert!(Sent::file(b"RIFF").is_err() && Sent::file(b"").is_err() && Sent::file(&[0; 100]).is_err());
        let film = include_bytes!("../fixtures/pattern.ivf");
        assert!(Sent::file(film).unwrap().film().is_some());
        for len in [0, 31, 32, 40, 44, 60] {
            assert!(Sent::file(&film[..len]).is_err(), "cut to {len}");
        }
    }

    #[test]
    fn the_film_begins_with_a_whole_picture_and_again_where_one_is_needed() {
        let mut film = Film::pattern();
        assert!(film.next_picture().key);
        assert!(!film.next_picture().key);
        film.to_key();
        assert!(film.next_picture().key);
        let count = film.frames().len();
        assert!(count as u64 * film.frame_ms() >= 1_000);
        let whole = (0..3 * count).filter(|_| film.next_picture().key).count();
        assert!(whole >= 3);
    }
}
