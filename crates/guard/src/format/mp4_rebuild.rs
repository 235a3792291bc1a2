//! A new MP4 out of an MP4 or QuickTime: every box is written anew from what was understood of the old one, the samples
//! copied. Also from a key frame to a time, which is how a video is cut without encoding it again.
//!
//! ```text
//!   moov ─► tracks: format, samples (offset, size, times, key) ─► which of them ─► ftyp, moov, mdat
//! ```
//!
//! What plays it afterwards sees only tables of ours. Taken over as they are: the samples, the decoder's configuration
//! (`avcC` and the like), colours, pixel shape and the rotation.

use super::isobmff::{BoxAt, find, next_box};
use super::mp4::{Movie, Track};
use super::mp4_samples::{Sample, Samples};
use super::mp4_write::{boxed, full, movie};
use crate::source::Source;
use crate::{Fault, limits};
use std::io::{Read, Seek, Write};

/// A track as it goes on.
pub(crate) struct Kept {
    /// A sample entry of ours: `stsd`'s only child.
    pub entry: Vec<u8>,
    pub is_video: bool,
    /// As the track's header has it, rotation among it.
    pub matrix: [u8; 36],
    /// 16.16, before rotation.
    pub size: (u32, u32),
    pub timescale: u32,
    pub samples: Vec<Sample>,
    /// Where presentation begins on the track's clock, and after how many ms of nothing.
    pub media_time: u64,
    pub empty_ms: u64,
}

/// Writes what is shown from `from_ms` to `to_ms`: from the first key frame between them, or where there is none from the last
/// before. Sound that fits goes along, everything else stays behind. Gives where it begins, in ms.
pub(crate) fn rebuild<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    from_ms: u64,
    to_ms: u64,
) -> Result<u64, Fault> {
    let found = Movie::read(source)?;
    if found.is_fragmented {
        return Err(Fault::TooMuch("it is in fragments"));
    }
    let mut kept = Vec::new();
    let mut room = limits::VIDEO_SAMPLES;
    for track in &found.tracks {
        let is_video = track.is_video();
        let already = kept.iter().any(|other: &Kept| other.is_video == is_video);
        // One picture and one sound: more is for editors and for harm.
        if already || !(is_video || &track.handler == b"soun") {
            continue;
        }
        let one = keep(source, track, &found.data, room)?;
        room = room.saturating_sub(one.samples.len());
        kept.push(one);
    }
    let Some(video) = kept.iter().find(|track| track.is_video) else {
        return Err(Fault::Malformed("it holds no picture that can be shown"));
    };
    let mut start_us = 0;
    if from_ms > 0 || to_ms < video.end_ms() {
        let start = video.key_frame_between(from_ms, to_ms);
        start_us = video.shown_us(start);
        for track in &mut kept {
            track.cut(start_us, to_ms.saturating_mul(1000), from_ms > 0);
        }
    }
    kept.retain(|track| !track.samples.is_empty());
    if !kept.iter().any(|track| track.is_video) {
        return Err(Fault::Malformed("nothing of it would be left"));
    }
    let order = in_order(&kept);
    let header = movie(&kept, &order)?;
    output.write_all(&header).map_err(Fault::Write)?;
    for (track, from, to) in order {
        for sample in &kept[track].samples[from..to] {
            source.copy(sample.offset, sample.size.into(), output)?;
        }
    }
    Ok(if from_ms > 0 { start_us / 1_000 } else { 0 })
}

/// Runs of samples as they lie in the file: `(track, from, to)`. Half a second of each in turn, so that a player that
/// reads on has both at hand.
fn in_order(kept: &[Kept]) -> Vec<(usize, usize, usize)> {
    const RUN_US: u64 = 500_000;
    let mut order = Vec::new();
    let mut at = vec![0; kept.len()];
    let mut decoded = vec![0u64; kept.len()];
    let mut until = RUN_US;
    while at.iter().zip(kept).any(|(at, track)| *at < track.samples.len()) {
        let mut next = u64::MAX;
        for (number, track) in kept.iter().enumerate() {
            let from = at[number];
            while let Some(sample) = track.samples.get(at[number]) {
                let time = u128::from(decoded[number]) * 1_000_000 / u128::from(track.timescale);
                let time = u64::try_from(time).unwrap_or(u64::MAX);
                if time >= until && until < u64::MAX {
                    next = next.min(time);
                    break;
                }
                decoded[number] = decoded[number].saturating_add(sample.duration.into());
                at[number] += 1;
            }
            if at[number] > from {
                order.push((number, from, at[number]));
            }
        }
        // Over a gap at once, however long it is said to be.
        until = if next == u64::MAX { until.saturating_add(RUN_US) } else { next.saturating_add(RUN_US) };
    }
    order
}

impl Kept {
    /// When a sample is shown, in millionths of a second from the beginning.
    fn shown_us(&self, index: usize) -> u64 {
        let decoded: u64 = self.samples[..index].iter().map(|sample| u64::from(sample.duration)).sum();
        let shift = self.samples.get(index).map_or(0, |sample| i128::from(sample.shift));
        self.us(i128::from(decoded) + shift)
    }

    fn us(&self, on_track: i128) -> u64 {
        let shown = (on_track - i128::from(self.media_time)).max(0);
        let us = shown * 1_000_000 / i128::from(self.timescale) + i128::from(self.empty_ms) * 1_000;
        u64::try_from(us).unwrap_or(u64::MAX)
    }

    fn end_ms(&self) -> u64 {
        let all: u64 = self.samples.iter().map(|sample| u64::from(sample.duration)).sum();
        self.us(all.into()) / 1_000
    }

    /// The first key frame with which nothing is shown that was cut away, and which leaves something to see; else the last one
    /// before.
    fn key_frame_between(&self, from_ms: u64, to_ms: u64) -> usize {
        let from_us = from_ms.saturating_mul(1_000).saturating_sub(limits::EARLY_MS * 1_000);
        let until_us = to_ms.saturating_mul(1_000).saturating_sub(limits::PART_MS * 1_000);
        let mut before = 0;
        let mut decoded = 0i128;
        for (index, sample) in self.samples.iter().enumerate() {
            let shown = self.us(decoded + i128::from(sample.shift));
            if sample.is_key && shown < from_us {
                before = index;
            } else if sample.is_key && shown <= until_us {
                return index;
            }
            decoded += i128::from(sample.duration);
        }
        before
    }

    /// Leaves what is shown from `start_us` to `end_us`. What decodes before the start and belongs to the key frame stays.
    fn cut(&mut self, start_us: u64, end_us: u64, is_late: bool) {
        let mut decoded = 0i128;
        let mut first = None;
        let mut last = 0;
        for (index, sample) in self.samples.iter().enumerate() {
            let shown = self.us(decoded + i128::from(sample.shift));
            if first.is_none() && shown >= start_us && (sample.is_key || !self.is_video) {
                first = Some(index);
            }
            if self.us(decoded) < end_us {
                last = index + 1;
            }
            decoded += i128::from(sample.duration);
        }
        let first = if is_late { first.unwrap_or(self.samples.len()) } else { 0 };
        self.samples.truncate(last.max(first));
        self.samples.drain(..first);
        if is_late {
            // The key frame is shown at once.
            let shift = self.samples.first().map_or(0, |sample| sample.shift);
            self.media_time = u64::try_from(shift).unwrap_or(0);
            self.empty_ms = 0;
        }
    }
}

fn keep<R: Read + Seek>(
    source: &mut Source<R>,
    track: &Track,
    data: &[(u64, u64)],
    room: usize,
) -> Result<Kept, Fault> {
    let is_video = track.is_video();
    if track.timescale == 0 {
        return Err(Fault::Malformed("its clock is missing"));
    }
    let Some(stsd) = find(source, track.samples.body, track.samples.end, b"stsd")? else {
        return Err(Fault::Malformed("a track of it is incomplete"));
    };
    let entry = if is_video { picture_entry(source, &stsd)? } else { sound_entry(source, &stsd)? };
    let samples = Samples::read(source, &track.samples, data, room)?;
    let (media_time, empty_ms) = track.edit(source)?;
    let (matrix, size) = track.shape(source)?;
    Ok(Kept { entry, is_video, matrix, size, timescale: track.timescale, samples, media_time, empty_ms })
}

/// Pictures that browsers decode, with the box that configures their decoder.
const PICTURES: [(&[u8; 4], &[u8; 4]); 7] = [
    (b"avc1", b"avcC"),
    (b"avc3", b"avcC"),
    (b"hvc1", b"hvcC"),
    (b"hev1", b"hvcC"),
    (b"vp08", b"vpcC"),
    (b"vp09", b"vpcC"),
    (b"av01", b"av1C"),
];

/// §12.1.3: the only sample entry, written anew.
fn picture_entry<R: Read + Seek>(source: &mut Source<R>, stsd: &BoxAt) -> Result<Vec<u8>, Fault> {
    let entry = only_entry(source, stsd)?;
    let Some((kind, setup)) = PICTURES.iter().find(|(kind, _)| **kind == entry.kind) else {
        return Err(Fault::TooMuch("its picture is of a kind that is not played here"));
    };
    entry.at_least(78)?;
    let (width, height) = (source.be16(entry.body + 24)?, source.be16(entry.body + 26)?);
    if width == 0 || height == 0 || width.max(height) > limits::VIDEO_SIDE {
        return Err(Fault::TooMuch("its picture is too large"));
    }
    let mut body = vec![0; 78];
    body[7] = 1;
    body[24..26].copy_from_slice(&width.to_be_bytes());
    body[26..28].copy_from_slice(&height.to_be_bytes());
    // 72 dots an inch, one frame a sample, 24 bits, no colour table: what the standard prescribes.
    body[28..36].copy_from_slice(&[0, 0x48, 0, 0, 0, 0x48, 0, 0]);
    body[41] = 1;
    body[75..78].copy_from_slice(&[0x18, 0xFF, 0xFF]);
    let mut configured = false;
    let mut at = entry.body + 78;
    while let Some(child) = next_box(source, at, entry.end, false)? {
        at = child.end;
        let is_setup = child.kind == **setup;
        if is_setup && configured || !(is_setup || matches!(&child.kind, b"colr" | b"pasp")) {
            continue;
        }
        configured |= is_setup;
        body.extend(boxed(&child.kind, &small_body(source, &child)?));
    }
    if !configured {
        return Err(Fault::Malformed("it does not say how its picture is decoded"));
    }
    Ok(boxed(kind, &body))
}

/// §12.2.3: the same for sound: AAC or MP3 (`mp4a`), Opus, FLAC.
fn sound_entry<R: Read + Seek>(source: &mut Source<R>, stsd: &BoxAt) -> Result<Vec<u8>, Fault> {
    let (entry, setup) = sound_boxes(source, stsd)?;
    let channels = source.be16(entry.body + 16)?.clamp(1, 8);
    let rate = source.be32(entry.body + 24)?;
    let mut body = vec![0; 28];
    body[7] = 1;
    body[16..18].copy_from_slice(&channels.to_be_bytes());
    body[19] = 16;
    body[24..28].copy_from_slice(&rate.to_be_bytes());
    body.extend(boxed(&setup.kind, &small_body(source, &setup)?));
    Ok(boxed(&entry.kind, &body))
}

/// What a decoder needs to know of a track of AAC: the body of its `esds`.
#[cfg(feature = "music")]
pub(crate) fn sound_setup<R: Read + Seek>(source: &mut Source<R>, stbl: &BoxAt) -> Result<Vec<u8>, Fault> {
    let stsd = find(source, stbl.body, stbl.end, b"stsd")?;
    let stsd = stsd.ok_or(Fault::Malformed("a track of it is incomplete"))?;
    let (entry, setup) = sound_boxes(source, &stsd)?;
    if &entry.kind != b"mp4a" {
        return Err(Fault::TooMuch("its sound is of a kind that is not played here"));
    }
    small_body(source, &setup)
}

/// The only entry, and the box in it that is for its decoder.
fn sound_boxes<R: Read + Seek>(source: &mut Source<R>, stsd: &BoxAt) -> Result<(BoxAt, BoxAt), Fault> {
    let entry = only_entry(source, stsd)?;
    let setup = match &entry.kind {
        b"mp4a" => b"esds",
        b"Opus" => b"dOps",
        b"fLaC" => b"dfLa",
        _ => return Err(Fault::TooMuch("its sound is of a kind that is not played here")),
    };
    entry.at_least(28)?;
    // QuickTime's versions 1 and 2 have more numbers before the boxes.
    let more = match source.be16(entry.body + 8)? {
        0 => 0,
        1 => 16,
        2 => 36,
        _ => return Err(Fault::Malformed("it does not say how its sound is decoded")),
    };
    entry.at_least(28 + more)?;
    let children = entry.body + 28 + more;
    let mut found = find(source, children, entry.end, setup)?;
    if found.is_none()
        && let Some(wave) = find(source, children, entry.end, b"wave")?
    {
        found = find(source, wave.body, wave.end, setup)?;
    }
    match found {
        Some(found) => Ok((entry, found)),
        None => Err(Fault::Malformed("it does not say how its sound is decoded")),
    }
}

fn only_entry<R: Read + Seek>(source: &mut Source<R>, stsd: &BoxAt) -> Result<BoxAt, Fault> {
    stsd.at_least(8)?;
    if source.be32(stsd.body + 4)? != 1 {
        return Err(Fault::TooMuch("it changes its kind on the way"));
    }
    next_box(source, stsd.body + 8, stsd.end, false)?
        .ok_or(Fault::Malformed("it does not say how it is decoded"))
}

fn small_body<R: Read + Seek>(source: &mut Source<R>, part: &BoxAt) -> Result<Vec<u8>, Fault> {
    let length = part.body_length();
    if length > limits::VIDEO_SETUP_BYTES {
        return Err(Fault::TooMuch("what is said about it is too long"));
    }
    Ok(source.bytes(part.body, length as usize)?.to_vec())
}

/// `edts`, written anew: nothing for a while, then from where the track is to be shown.
pub(crate) fn edit_list(track: &Kept, movie_ms: u32) -> Vec<u8> {
    if track.media_time == 0 && track.empty_ms == 0 {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let mut count = 1u32;
    let row = |rows: &mut Vec<u8>, duration: u32, time: i32| {
        rows.extend(duration.to_be_bytes());
        rows.extend(time.to_be_bytes());
        rows.extend([0, 1, 0, 0]);
    };
    if track.empty_ms > 0 {
        row(&mut rows, u32::try_from(track.empty_ms).unwrap_or(0), -1);
        count = 2;
    }
    let time = i32::try_from(track.media_time).unwrap_or(0);
    row(&mut rows, movie_ms.saturating_sub(u32::try_from(track.empty_ms).unwrap_or(0)), time);
    boxed(b"edts", &full(b"elst", 0, 0, &[&count.to_be_bytes()[..], &rows].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_at_the_first_key_frame_that_was_not_cut_away() {
        // Ten pictures a second, each tenth of them a key frame.
        let sample =
            |at: u32| Sample { offset: 0, size: 1, duration: 1, shift: 0, is_key: at.is_multiple_of(10) };
        let video = Kept {
            entry: Vec::new(),
            is_video: true,
            matrix: [0; 36],
            size: (0, 0),
            timescale: 10,
            samples: (0..50).map(sample).collect(),
            media_time: 0,
            empty_ms: 0,
        };
        let begins = |from_ms, to_ms| video.shown_us(video.key_frame_between(from_ms, to_ms)) / 1_000;
        assert_eq!(begins(0, u64::MAX), 0);
        assert_eq!(begins(1_200, u64::MAX), 2_000);
        assert_eq!(begins(2_000, 4_000), 2_000);
        assert_eq!(begins(2_010, 4_000), 2_000, "half a picture early is on time");
        assert_eq!(begins(1_200, 1_900), 1_000, "there is none between");
        assert_eq!(begins(1_200, 2_100), 1_000, "nothing would be left to see");
        assert_eq!(begins(4_500, u64::MAX), 4_000);
    }
}
