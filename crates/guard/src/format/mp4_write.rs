//! The boxes of an MP4, written. Which samples go into it is decided in `mp4_rebuild`.

use super::mp4_rebuild::{Kept, edit_list};
use super::mp4_samples::Sample;
use crate::Fault;

/// The movie's own clock: milliseconds.
const MOVIE_CLOCK: u32 = 1_000;

/// Everything before the samples, `mdat`'s own header among it. `order` is how they lie in the file: runs of a track.
pub(crate) fn movie(kept: &[Kept], order: &[(usize, usize, usize)]) -> Result<Vec<u8>, Fault> {
    let bytes = |(track, from, to): &(usize, usize, usize)| -> u64 {
        kept[*track].samples[*from..*to].iter().map(|sample| u64::from(sample.size)).sum()
    };
    let data: u64 = order.iter().map(bytes).sum();
    if data > u64::from(u32::MAX) - (64 << 20) {
        return Err(Fault::TooMuch("it is larger than four gigabytes"));
    }
    let ftyp = boxed(b"ftyp", b"isom\0\0\x02\0isomiso2mp41");
    // Written twice: its length must be known to say where the samples are.
    let length = ftyp.len() + header(kept, order, 0).len() + 8;
    let moov = header(kept, order, length as u64);
    let mut all = [ftyp, moov].concat();
    all.extend((data as u32 + 8).to_be_bytes());
    all.extend(b"mdat");
    Ok(all)
}

fn header(kept: &[Kept], order: &[(usize, usize, usize)], samples_at: u64) -> Vec<u8> {
    let mut chunks = vec![Vec::new(); kept.len()];
    let mut at = samples_at;
    for (track, from, to) in order {
        chunks[*track].push((at, to - from));
        at += kept[*track].samples[*from..*to].iter().map(|sample| u64::from(sample.size)).sum::<u64>();
    }
    let length = kept.iter().map(length_ms).max().unwrap_or(0);
    let mut body = full(b"mvhd", 0, 0, &mvhd(length, kept.len() as u32 + 1));
    for (number, (track, chunks)) in (1u32..).zip(kept.iter().zip(&chunks)) {
        body.extend(trak(track, chunks, number));
    }
    boxed(b"moov", &body)
}

/// How long a track is shown.
fn length_ms(track: &Kept) -> u32 {
    let all: u64 = track.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    let shown = u128::from(all.saturating_sub(track.media_time)) * 1_000 / u128::from(track.timescale);
    u32::try_from(shown.saturating_add(track.empty_ms.into())).unwrap_or(u32::MAX)
}

const UPRIGHT: [u8; 36] = {
    let mut matrix = [0; 36];
    (matrix[1], matrix[17], matrix[32]) = (1, 1, 0x40);
    matrix
};

fn mvhd(length: u32, next_track: u32) -> Vec<u8> {
    let mut body = vec![0; 8];
    body.extend(MOVIE_CLOCK.to_be_bytes());
    body.extend(length.to_be_bytes());
    body.extend([0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(UPRIGHT);
    body.extend([0; 24]);
    body.extend(next_track.to_be_bytes());
    body
}

fn trak(track: &Kept, chunks: &[(u64, usize)], number: u32) -> Vec<u8> {
    let length = length_ms(track);
    let mut tkhd = vec![0; 8];
    tkhd.extend(number.to_be_bytes());
    tkhd.extend([0; 4]);
    tkhd.extend(length.to_be_bytes());
    tkhd.extend([0; 12]);
    tkhd.extend(if track.is_video { [0, 0, 0, 0] } else { [1, 0, 0, 0] });
    tkhd.extend(if track.is_video { track.matrix } else { UPRIGHT });
    let size = if track.is_video { track.size } else { (0, 0) };
    tkhd.extend(size.0.to_be_bytes());
    tkhd.extend(size.1.to_be_bytes());
    let mut body = full(b"tkhd", 0, 3, &tkhd);
    body.extend(edit_list(track, length));
    body.extend(mdia(track, chunks));
    boxed(b"trak", &body)
}

fn mdia(track: &Kept, chunks: &[(u64, usize)]) -> Vec<u8> {
    let all: u64 = track.samples.iter().map(|sample| u64::from(sample.duration)).sum();
    let mut mdhd = vec![0; 16];
    mdhd.extend(track.timescale.to_be_bytes());
    mdhd.extend(all.to_be_bytes());
    // No language.
    mdhd.extend([0x55, 0xC4, 0, 0]);
    let handler: &[u8] = if track.is_video { b"\0\0\0\0vide" } else { b"\0\0\0\0soun" };
    let hdlr = [handler, &[0; 13]].concat();
    let media = if track.is_video { full(b"vmhd", 0, 1, &[0; 8]) } else { full(b"smhd", 0, 0, &[0; 4]) };
    let here = full(b"dref", 0, 0, &[&1u32.to_be_bytes()[..], &full(b"url ", 0, 1, &[])].concat());
    let minf = [media, boxed(b"dinf", &here), stbl(track, chunks)].concat();
    let parts = [full(b"mdhd", 1, 0, &mdhd), full(b"hdlr", 0, 0, &hdlr), boxed(b"minf", &minf)];
    boxed(b"mdia", &parts.concat())
}

fn stbl(track: &Kept, chunks: &[(u64, usize)]) -> Vec<u8> {
    let samples = &track.samples;
    let mut body = full(b"stsd", 0, 0, &[&1u32.to_be_bytes()[..], &track.entry].concat());
    body.extend(table(b"stts", 0, &runs(samples, |sample| sample.duration)));
    if samples.iter().any(|sample| sample.shift != 0) {
        body.extend(table(b"ctts", 1, &runs(samples, |sample| sample.shift.cast_unsigned())));
    }
    if samples.iter().any(|sample| !sample.is_key) {
        let keys = (1u32..).zip(samples).filter(|(_, sample)| sample.is_key);
        body.extend(table(b"stss", 0, &keys.map(|(number, _)| number.to_be_bytes()).collect::<Vec<_>>()));
    }
    let mut before = None;
    let mut lengths = Vec::new();
    for (number, (_, count)) in (1u32..).zip(chunks) {
        if before != Some(*count) {
            let mut row = [0; 12];
            row[..4].copy_from_slice(&number.to_be_bytes());
            row[4..8].copy_from_slice(&(*count as u32).to_be_bytes());
            row[11] = 1;
            lengths.push(row);
        }
        before = Some(*count);
    }
    body.extend(table(b"stsc", 0, &lengths));
    let mut sizes = vec![0; 4];
    sizes.extend((samples.len() as u32).to_be_bytes());
    sizes.extend(samples.iter().flat_map(|sample| sample.size.to_be_bytes()));
    body.extend(full(b"stsz", 0, 0, &sizes));
    let offsets: Vec<[u8; 4]> = chunks.iter().map(|(at, _)| (*at as u32).to_be_bytes()).collect();
    body.extend(table(b"stco", 0, &offsets));
    boxed(b"stbl", &body)
}

/// `(how many, what)`.
fn runs(samples: &[Sample], what: impl Fn(&Sample) -> u32) -> Vec<[u8; 8]> {
    let mut rows: Vec<(u32, u32)> = Vec::new();
    for sample in samples {
        match rows.last_mut() {
            Some((count, value)) if *value == what(sample) => *count += 1,
            _ => rows.push((1, what(sample))),
        }
    }
    let row = |(count, value): (u32, u32)| (u64::from(count) << 32 | u64::from(value)).to_be_bytes();
    rows.into_iter().map(row).collect()
}

fn table<const N: usize>(kind: &[u8; 4], version: u8, rows: &[[u8; N]]) -> Vec<u8> {
    full(kind, version, 0, &[&(rows.len() as u32).to_be_bytes()[..], rows.as_flattened()].concat())
}

/// A box with version and flags.
pub(crate) fn full(kind: &[u8; 4], version: u8, flags: u32, body: &[u8]) -> Vec<u8> {
    let start = (u32::from(version) << 24 | flags).to_be_bytes();
    boxed(kind, &[&start[..], body].concat())
}

/// A box.
pub(crate) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}
