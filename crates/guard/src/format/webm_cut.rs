//! A part of an own WebM, written anew (RFC 9559): Info, Tracks, an index, and Clusters of those blocks that are shown. The
//! blocks themselves are copied; only their times become others.

use std::io::{Cursor, Read, Seek, Write};

use super::ebml::{CLUSTER, Element, SEGMENT, next_element};
use super::matroska::{
    AUDIO, BLOCK, BLOCK_GROUP, CUES, DOC_TYPE, DURATION, EBML, INFO, MUXING_APP, Matroska, SIMPLE_BLOCK,
    TIMESTAMP, TIMESTAMP_SCALE, VIDEO, WRITING_APP, blank_tracks, check_codecs, child_of, cluster_end,
};
use super::patch::Patches;
use crate::source::Source;
use crate::{Fault, limits};

const REFERENCE_BLOCK: u32 = 0xFB;
const CUE_POINT: u32 = 0xBB;
const CUE_TIME: u32 = 0xB3;
const CUE_TRACK_POSITIONS: u32 = 0xB7;
const CUE_TRACK: u32 = 0xF7;
const CUE_CLUSTER_POSITION: u32 = 0xF1;

/// Bytes of the tracks' descriptions: each holds a decoder's set-up.
const TRACKS_BYTES: u64 = 1024 * 1024;

/// Bytes of a header as we write it, besides the id: a length of eight.
const LENGTH_BYTES: u64 = 8;

/// Writes what is shown from `from_ms` to `to_ms`: from the first key frame between them, or where there is none from the last
/// before. Gives where it begins, in ms.
pub(crate) fn cut<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    from_ms: u64,
    to_ms: u64,
) -> Result<u64, Fault> {
    check_codecs(source)?;
    let movie = Matroska::read(source)?;
    let (Some(tracks_at), Some(video)) =
        (movie.tracks_at, movie.tracks.iter().find(|track| track.kind == VIDEO).map(|track| track.number))
    else {
        return Err(Fault::TooMuch("there is no picture in it"));
    };
    if !movie.is_webm || movie.scale == 0 {
        return Err(Fault::TooMuch("it is of a kind that is not cut here"));
    }
    let units =
        |ms: u64| u64::try_from(u128::from(ms) * 1_000_000 / u128::from(movie.scale)).unwrap_or(u64::MAX);
    let (from, to) = (units(from_ms), units(to_ms));
    let (early, until) =
        (from.saturating_sub(units(limits::EARLY_MS)), to.saturating_sub(units(limits::PART_MS)));

    let clusters = clusters(source, &movie, video)?;
    let blocks = || clusters.iter().flat_map(|cluster| &cluster.blocks);
    let keys = || blocks().filter(|block| block.is_key).map(|block| block.time);
    let between = keys().filter(|time| *time >= early && *time <= until).min();
    let before = || keys().filter(|time| *time <= from).max().or_else(|| keys().min());
    let Some(begin) = between.or_else(before) else {
        return Err(Fault::Malformed("it has no whole picture"));
    };
    let shown = |block: &&Block| block.time >= begin && block.time < to;
    let last = blocks().filter(shown).map(|block| block.time).max().unwrap_or(begin);
    let end = movie.duration_ms.map_or(last, |ms| units(ms).min(to)).max(last);

    let written: Vec<Written> = clusters
        .iter()
        .filter_map(|cluster| {
            let blocks: Vec<&Block> = cluster.blocks.iter().filter(shown).collect();
            let time = blocks.iter().map(|block| block.time).min()?;
            Some(Written { time, blocks })
        })
        .collect();

    let mut info = element(TIMESTAMP_SCALE, &movie.scale.to_be_bytes());
    info.extend(element(DURATION, &((end - begin) as f64).to_be_bytes()));
    info.extend(element(MUXING_APP, b"casemate"));
    info.extend(element(WRITING_APP, b"casemate"));
    let mut front = element(INFO, &info);
    front.extend(tracks(source, &tracks_at)?);
    // The index comes first, and its length does not depend on what stands in it.
    let index_bytes = index(&written, video, begin, 0).len() as u64;
    let clusters_at = front.len() as u64 + index_bytes;
    front.extend(index(&written, video, begin, clusters_at));
    let bytes = clusters_at + written.iter().map(Written::bytes).sum::<u64>();

    put(output, &ebml_header())?;
    put(output, &header(SEGMENT, bytes))?;
    put(output, &front)?;
    for cluster in &written {
        cluster.write(source, begin, output)?;
    }
    Ok(u64::try_from(u128::from(begin) * u128::from(movie.scale) / 1_000_000).unwrap_or(u64::MAX))
}

/// A few seconds of the original.
struct Cluster {
    blocks: Vec<Block>,
}

/// One or more frames of a track.
struct Block {
    /// The whole element: a simple block, or a group around one.
    start: u64,
    end: u64,
    /// Where its two bytes of time are.
    time_at: u64,
    /// In the movie's units.
    time: u64,
    /// A picture that needs no other.
    is_key: bool,
}

fn clusters<R: Read + Seek>(
    source: &mut Source<R>,
    movie: &Matroska,
    video: u64,
) -> Result<Vec<Cluster>, Fault> {
    let mut all = Vec::new();
    let mut count = 0;
    let mut at = movie.segment.body;
    while let Some(child) = next_element(source, at, movie.segment.end)? {
        at = child.end;
        if child.id != CLUSTER {
            continue;
        }
        at = cluster_end(source, &child)?;
        let blocks = blocks(source, movie, video, &child, at)?;
        count += blocks.len();
        if count > limits::VIDEO_SAMPLES || all.len() >= limits::PARTS {
            return Err(Fault::TooMuch("it is too long"));
        }
        all.push(Cluster { blocks });
    }
    Ok(all)
}

fn blocks<R: Read + Seek>(
    source: &mut Source<R>,
    movie: &Matroska,
    video: u64,
    cluster: &Element,
    end: u64,
) -> Result<Vec<Block>, Fault> {
    let mut blocks = Vec::new();
    let mut begin = 0u64;
    let mut at = cluster.body;
    while let Some(child) = next_element(source, at, end)? {
        at = child.end;
        let (block, is_key) = match child.id {
            TIMESTAMP => {
                begin = child.number(source)?;
                continue;
            }
            SIMPLE_BLOCK => (child, None),
            BLOCK_GROUP => match child_of(source, &child, BLOCK)? {
                Some(block) => (block, Some(child_of(source, &child, REFERENCE_BLOCK)?.is_none())),
                None => continue,
            },
            _ => continue,
        };
        // §10.1: the track's number with its length marked, the time as a signed 16-bit number, flags.
        let number_bytes = u64::from(source.u8(block.body)?.leading_zeros()) + 1;
        if number_bytes > 4 {
            return Err(Fault::Malformed("a part of it makes no sense"));
        }
        let number = source.bytes(block.body, number_bytes as usize)?;
        let number =
            number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)) & !(1 << (7 * number_bytes));
        let time_at = block.body + number_bytes;
        let time = begin.saturating_add_signed((source.be16(time_at)? as i16).into());
        let is_key = match is_key {
            Some(is_key) => is_key,
            None => source.u8(time_at + 2)? & 0x80 != 0,
        };
        if movie.tracks.iter().any(|track| track.number == number && matches!(track.kind, VIDEO | AUDIO)) {
            let is_key = is_key && number == video;
            blocks.push(Block { start: child.start, end: child.end, time_at, time, is_key });
        }
    }
    Ok(blocks)
}

/// A cluster of what is left.
struct Written<'a> {
    /// Of its first block, in the original.
    time: u64,
    blocks: Vec<&'a Block>,
}

impl Written<'_> {
    fn body_bytes(&self) -> u64 {
        let stamp = 1 + LENGTH_BYTES + 8;
        stamp + self.blocks.iter().map(|block| block.end - block.start).sum::<u64>()
    }

    fn bytes(&self) -> u64 {
        4 + LENGTH_BYTES + self.body_bytes()
    }

    fn write<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        begin: u64,
        output: &mut impl Write,
    ) -> Result<(), Fault> {
        put(output, &header(CLUSTER, self.body_bytes()))?;
        put(output, &element(TIMESTAMP, &(self.time - begin).to_be_bytes()))?;
        for block in &self.blocks {
            // Blocks of one cluster are at most 65 s apart, and these are its earliest and later ones.
            let time = i16::try_from(block.time - self.time)
                .map_err(|_| Fault::TooMuch("a part of it is too long to be cut"))?;
            source.copy(block.start, block.time_at - block.start, output)?;
            put(output, &time.to_be_bytes())?;
            source.copy(block.time_at + 2, block.end - block.time_at - 2, output)?;
        }
        Ok(())
    }
}

/// Where a player finds its key frames, in a segment whose clusters begin at `at`.
fn index(clusters: &[Written], video: u64, begin: u64, mut at: u64) -> Vec<u8> {
    let mut points = Vec::new();
    for cluster in clusters {
        if let Some(key) = cluster.blocks.iter().find(|block| block.is_key) {
            let mut place = element(CUE_TRACK, &video.to_be_bytes());
            place.extend(element(CUE_CLUSTER_POSITION, &at.to_be_bytes()));
            let mut point = element(CUE_TIME, &(key.time - begin).to_be_bytes());
            point.extend(element(CUE_TRACK_POSITIONS, &place));
            points.extend(element(CUE_POINT, &point));
        }
        at += cluster.bytes();
    }
    element(CUES, &points)
}

/// The tracks' descriptions, without what playing does not need.
fn tracks<R: Read + Seek>(source: &mut Source<R>, at: &Element) -> Result<Vec<u8>, Fault> {
    let length = at.end - at.start;
    if length > TRACKS_BYTES {
        return Err(Fault::TooMuch("its tracks are too long"));
    }
    let mut bytes = Vec::new();
    source.copy(at.start, length, &mut bytes)?;
    let mut alone = Source::new(Cursor::new(bytes)).map_err(Fault::Read)?;
    let mut patches = Patches::default();
    if let Some(tracks) = next_element(&mut alone, 0, length)? {
        blank_tracks(&mut alone, &tracks, &mut patches)?;
    }
    let mut stripped = Vec::new();
    patches.apply(&mut alone, length, &mut stripped)?;
    Ok(stripped)
}

/// RFC 8794 §11.2, with what version of WebM it takes to read it.
fn ebml_header() -> Vec<u8> {
    const VERSION: u32 = 0x4286;
    const READ_VERSION: u32 = 0x42F7;
    const MAX_ID_LENGTH: u32 = 0x42F2;
    const MAX_SIZE_LENGTH: u32 = 0x42F3;
    const DOC_TYPE_VERSION: u32 = 0x4287;
    const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    let mut body = Vec::new();
    for (id, value) in [(VERSION, 1), (READ_VERSION, 1), (MAX_ID_LENGTH, 4), (MAX_SIZE_LENGTH, 8)] {
        body.extend(element(id, &[value]));
    }
    body.extend(element(DOC_TYPE, b"webm"));
    for (id, value) in [(DOC_TYPE_VERSION, 4), (DOC_TYPE_READ_VERSION, 2)] {
        body.extend(element(id, &[value]));
    }
    element(EBML, &body)
}

fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let mut whole = header(id, body.len() as u64);
    whole.extend_from_slice(body);
    whole
}

/// An id, which has its own length in it, and a length in eight bytes (RFC 8794 §4, §5).
fn header(id: u32, length: u64) -> Vec<u8> {
    let mut header: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    header.extend((length | 1 << 56).to_be_bytes());
    header
}

fn put(output: &mut impl Write, bytes: &[u8]) -> Result<(), Fault> {
    output.write_all(bytes).map_err(Fault::Write)
}
