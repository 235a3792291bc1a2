//! WebM and Matroska (RFC 9559): one Segment of Info, Tracks and Clusters, and much that is said about them.
//!
//! Stripping overwrites in place: what is not needed to play becomes Void. Recordings of browsers have Segments and
//! Clusters of unknown length, which are walked element by element.

use super::ebml::{CLUSTER, Element, SEGMENT, next_element};
use super::nal::{Codec, Units};
use super::patch::Patches;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let movie = Matroska::read(source)?;
    let video = movie.tracks.iter().find(|track| track.kind == VIDEO);
    let size = video.map(|track| track.size).filter(|(width, height)| *width > 0 && *height > 0);
    Ok(Found {
        media_type: Some(match (movie.is_webm, video.is_some()) {
            (true, true) => MediaType::Webm,
            (true, false) => MediaType::WebmAudio,
            (false, _) => MediaType::Matroska,
        }),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        duration_ms: movie.duration_ms,
        trailing_bytes: source.length() - movie.segment.end,
        ..Found::default()
    })
}

/// Voids tags, attachments, chapters, titles, names, dates and whatever is unknown; empties the names of the
/// programs that wrote it, which must be there (RFC 9559 §5.1.2.12).
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let movie = Matroska::read(source)?;
    if movie.tracks.iter().any(|track| !matches!(track.kind, VIDEO | AUDIO | SUBTITLE)) {
        return Err(Fault::TooMuch("it holds data beside picture, sound and text"));
    }
    let mut patches = Patches::default();
    let units = match &movie.tracks_at {
        Some(tracks) => units(source, tracks, &mut patches)?,
        None => Vec::new(),
    };
    let mut at = movie.segment.body;
    while let Some(child) = next_element(source, at, movie.segment.end)? {
        at = match child.id {
            CLUSTER => {
                let end = cluster_end(source, &child)?;
                blank_checksum(source, &child, end, &mut patches)?;
                if !units.is_empty() {
                    blank_blocks(source, &child, end, &units, &mut patches)?;
                }
                end
            }
            _ => {
                match child.id {
                    INFO => blank_children(source, &child, &mut patches, info_fate)?,
                    TRACKS => blank_tracks(source, &child, &mut patches)?,
                    SEEK_HEAD => blank_seeks(source, &child, &mut patches)?,
                    CUES | VOID => {}
                    _ => child.blank(&mut patches)?,
                }
                if child.id == VOID {
                    patches.zero(child.body, child.body_length())?;
                }
                child.end
            }
        };
    }
    patches.apply(source, movie.segment.end, output)
}

/// Codecs that a browser decodes.
pub(crate) fn check_codecs<R: Read + Seek>(source: &mut Source<R>) -> Result<(), Fault> {
    let movie = Matroska::read(source)?;
    let known = |track: &Track| match track.kind {
        VIDEO => matches!(&track.codec[..], b"V_VP8" | b"V_VP9" | b"V_AV1"),
        AUDIO => matches!(&track.codec[..], b"A_OPUS" | b"A_VORBIS"),
        // Subtitles are not shown.
        SUBTITLE => true,
        _ => false,
    };
    if movie.tracks.iter().all(known) {
        Ok(())
    } else {
        Err(Fault::TooMuch("it is of a kind that is not played here"))
    }
}

pub(super) const EBML: u32 = 0x1A45_DFA3;
pub(super) const DOC_TYPE: u32 = 0x4282;
const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
pub(super) const INFO: u32 = 0x1549_A966;
pub(super) const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
pub(super) const DURATION: u32 = 0x4489;
pub(super) const MUXING_APP: u32 = 0x4D80;
pub(super) const WRITING_APP: u32 = 0x5741;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const TRACK_TYPE: u32 = 0x83;
const TRACK_NAME: u32 = 0x536E;
const CODEC_ID: u32 = 0x86;
const CODEC_NAME: u32 = 0x25_8688;
const CODEC_PRIVATE: u32 = 0x63A2;
const ATTACHMENT_LINK: u32 = 0x7446;
const CONTENT_ENCODINGS: u32 = 0x6D80;
const TRACK_VIDEO: u32 = 0xE0;
const PIXEL_WIDTH: u32 = 0xB0;
const PIXEL_HEIGHT: u32 = 0xBA;
pub(super) const TIMESTAMP: u32 = 0xE7;
pub(super) const SIMPLE_BLOCK: u32 = 0xA3;
pub(super) const BLOCK_GROUP: u32 = 0xA0;
pub(super) const BLOCK: u32 = 0xA1;
pub(super) const CUES: u32 = 0x1C53_BB6B;
const TAGS: u32 = 0x1254_C367;
const CHAPTERS: u32 = 0x1043_A770;
const ATTACHMENTS: u32 = 0x1941_A469;
const VOID: u32 = 0xEC;
const CRC_32: u32 = 0xBF;

pub(super) const VIDEO: u64 = 1;
pub(super) const AUDIO: u64 = 2;
const SUBTITLE: u64 = 17;

pub(super) struct Matroska {
    pub is_webm: bool,
    pub segment: Element,
    /// Nanoseconds of its unit of time.
    pub scale: u64,
    /// Where the tracks are described.
    pub tracks_at: Option<Element>,
    pub tracks: Vec<Track>,
    pub duration_ms: Option<u64>,
}

pub(super) struct Track {
    pub number: u64,
    pub kind: u64,
    size: (u32, u32),
    codec: Vec<u8>,
}

impl Matroska {
    pub fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, &EBML.to_be_bytes())? {
            return Err(Fault::Malformed("it does not begin as a WebM or Matroska"));
        }
        let length = source.length();
        let missing = Fault::Malformed("it does not say what it holds");
        let Some(header) = next_element(source, 0, length)? else { return Err(missing) };
        if header.body_length() > 4096 {
            return Err(Fault::Malformed("its header is damaged"));
        }
        let is_webm = match child_of(source, &header, DOC_TYPE)? {
            Some(kind) if source.has(kind.body, b"webm")? && kind.body_length() == 4 => true,
            Some(kind) if source.has(kind.body, b"matroska")? && kind.body_length() == 8 => false,
            _ => return Err(Fault::Malformed("it is of an unknown kind")),
        };
        let segment = match next_element(source, header.end, length)? {
            Some(segment) if segment.id == SEGMENT => segment,
            _ => return Err(missing),
        };
        let mut movie = Matroska {
            is_webm,
            segment,
            scale: 1_000_000,
            tracks_at: None,
            tracks: Vec::new(),
            duration_ms: None,
        };
        movie.walk(source)?;
        if movie.tracks.is_empty() {
            return Err(missing);
        }
        Ok(movie)
    }

    fn walk<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Fault> {
        let mut duration = None;
        let mut last_cluster: Option<(Element, u64)> = None;
        let mut at = self.segment.body;
        while let Some(child) = next_element(source, at, self.segment.end)? {
            at = child.end;
            match child.id {
                INFO => {
                    if let Some(element) = child_of(source, &child, TIMESTAMP_SCALE)? {
                        self.scale = element.number(source)?;
                    }
                    if let Some(element) = child_of(source, &child, DURATION)? {
                        duration = Some(element.float(source)?);
                    }
                }
                TRACKS if self.tracks_at.is_none() => {
                    self.tracks_at = Some(child);
                    self.tracks(source, &child)?;
                }
                TRACKS => return Err(Fault::Malformed("it says twice what it holds")),
                CLUSTER => {
                    at = cluster_end(source, &child)?;
                    last_cluster = Some((child, at));
                }
                _ => {}
            }
        }
        let nanoseconds = match (duration, last_cluster) {
            (Some(duration), _) if duration > 0.0 => duration * self.scale as f64,
            // Browsers do not go back to write the duration.
            (_, Some((cluster, end))) => last_timestamp(source, &cluster, end)? as f64 * self.scale as f64,
            _ => 0.0,
        };
        let ms = nanoseconds / 1e6;
        // Nobody recorded for ten years; a number like that is damage.
        self.duration_ms = (1.0..3.2e11).contains(&ms).then_some(ms as u64);
        Ok(())
    }

    fn tracks<R: Read + Seek>(&mut self, source: &mut Source<R>, tracks: &Element) -> Result<(), Fault> {
        let mut at = tracks.body;
        while let Some(entry) = next_element(source, at, tracks.end)? {
            at = entry.end;
            if entry.id != TRACK_ENTRY {
                continue;
            }
            if self.tracks.len() >= limits::TRACKS {
                return Err(Fault::TooMuch("it has too many tracks"));
            }
            let kind = match child_of(source, &entry, TRACK_TYPE)? {
                Some(kind) => kind.number(source)?,
                None => return Err(Fault::Malformed("a track of it is incomplete")),
            };
            let number = match child_of(source, &entry, TRACK_NUMBER)? {
                Some(number) => number.number(source)?,
                None => 0,
            };
            let mut size = (0, 0);
            if let Some(video) = child_of(source, &entry, TRACK_VIDEO)? {
                if let Some(width) = child_of(source, &video, PIXEL_WIDTH)? {
                    size.0 = width.number(source)?.try_into().unwrap_or(0);
                }
                if let Some(height) = child_of(source, &video, PIXEL_HEIGHT)? {
                    size.1 = height.number(source)?.try_into().unwrap_or(0);
                }
            }
            let codec = match child_of(source, &entry, CODEC_ID)? {
                Some(codec) if codec.body_length() <= 32 => {
                    source.bytes(codec.body, codec.body_length() as usize)?.to_vec()
                }
                _ => Vec::new(),
            };
            self.tracks.push(Track { number, kind, size, codec });
        }
        Ok(())
    }
}

pub(super) fn child_of<R: Read + Seek>(
    source: &mut Source<R>,
    parent: &Element,
    id: u32,
) -> Result<Option<Element>, Fault> {
    let mut at = parent.body;
    while let Some(child) = next_element(source, at, parent.end)? {
        if child.id == id {
            return Ok(Some(child));
        }
        at = child.end;
    }
    Ok(None)
}

/// A cluster of unknown length ends where an element begins that belongs beside it (RFC 8794 §6.2).
pub(super) fn cluster_end<R: Read + Seek>(source: &mut Source<R>, cluster: &Element) -> Result<u64, Fault> {
    if !cluster.is_unknown_length {
        return Ok(cluster.end);
    }
    let mut at = cluster.body;
    while let Some(child) = next_element(source, at, cluster.end)? {
        if matches!(child.id, CLUSTER | CUES | TAGS | CHAPTERS | ATTACHMENTS | SEEK_HEAD | INFO | TRACKS) {
            break;
        }
        at = child.end;
    }
    Ok(at)
}

/// The latest block's time, in units of the timestamp scale.
fn last_timestamp<R: Read + Seek>(source: &mut Source<R>, cluster: &Element, end: u64) -> Result<u64, Fault> {
    let mut start = 0;
    let mut last = 0;
    let mut at = cluster.body;
    while let Some(child) = next_element(source, at, end)? {
        at = child.end;
        let block = match child.id {
            TIMESTAMP => {
                start = child.number(source)?;
                None
            }
            SIMPLE_BLOCK => Some(child),
            BLOCK_GROUP => child_of(source, &child, BLOCK)?,
            _ => None,
        };
        if let Some(block) = block {
            // §10.1: the track's number, then the time as a signed 16-bit number.
            let number_length = u64::from(source.u8(block.body)?.leading_zeros()) + 1;
            let relative = source.be16(block.body + number_length)? as i16;
            last = last.max(start.saturating_add_signed(relative.into()));
        }
    }
    Ok(last.max(start))
}

/// What becomes of an element.
enum Fate {
    Keep,
    Void,
    /// Must be there and may be empty: zeros are the end of a string (RFC 8794 §7.4).
    Empty,
}

fn info_fate(id: u32) -> Fate {
    match id {
        TIMESTAMP_SCALE | DURATION => Fate::Keep,
        MUXING_APP | WRITING_APP => Fate::Empty,
        _ => Fate::Void,
    }
}

fn track_fate(id: u32) -> Fate {
    match id {
        TRACK_NAME | CODEC_NAME | ATTACHMENT_LINK | CRC_32 | VOID => Fate::Void,
        _ => Fate::Keep,
    }
}

fn blank_children<R: Read + Seek>(
    source: &mut Source<R>,
    parent: &Element,
    patches: &mut Patches,
    fate: fn(u32) -> Fate,
) -> Result<(), Fault> {
    let mut at = parent.body;
    while let Some(child) = next_element(source, at, parent.end)? {
        at = child.end;
        match fate(child.id) {
            Fate::Keep => {}
            Fate::Void => child.blank(patches)?,
            Fate::Empty => patches.zero(child.body, child.body_length())?,
        }
    }
    Ok(())
}

pub(super) fn blank_tracks<R: Read + Seek>(
    source: &mut Source<R>,
    tracks: &Element,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let mut at = tracks.body;
    while let Some(entry) = next_element(source, at, tracks.end)? {
        at = entry.end;
        if entry.id != TRACK_ENTRY {
            entry.blank(patches)?;
            continue;
        }
        blank_children(source, &entry, patches, track_fate)?;
        let Some(codec) = child_of(source, &entry, CODEC_ID)? else { continue };
        let Some(private) = child_of(source, &entry, CODEC_PRIVATE)? else { continue };
        let length = (codec.body_length() as usize).min(16);
        match source.bytes(codec.body, length)? {
            b"A_VORBIS" => blank_vorbis_comment(source, &private, patches)?,
            b"A_FLAC" => blank_flac_blocks(source, &private, patches)?,
            _ => {}
        }
    }
    Ok(())
}

/// RFC 9559 §5.1.4.1.22: three laced headers, of which the second holds the comments. Its vendor string grows over
/// them, as zeros, so that no length changes.
fn blank_vorbis_comment<R: Read + Seek>(
    source: &mut Source<R>,
    private: &Element,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let damaged = || Fault::Malformed("its sound's header is damaged");
    if source.u8(private.body)? != 2 {
        return Err(damaged());
    }
    let mut at = private.body + 1;
    let mut lengths = [0, 0];
    for length in &mut lengths {
        loop {
            let byte = source.u8(at)?;
            at += 1;
            *length += u64::from(byte);
            if byte != 255 {
                break;
            }
        }
    }
    let start = at + lengths[0];
    let end = start + lengths[1];
    // Packet type and name, two lengths, the framing bit.
    const FIXED: u64 = 7 + 4 + 4 + 1;
    if end > private.end || lengths[1] < FIXED || !source.has(start, b"\x03vorbis")? {
        return Err(damaged());
    }
    let vendor = u32::try_from(lengths[1] - FIXED).map_err(|_| damaged())?;
    patches.write(start + 7, &vendor.to_le_bytes())?;
    patches.zero(start + 11, end - 1 - (start + 11))
}

/// RFC 9639 §8: all blocks but stream information and seek table become padding.
fn blank_flac_blocks<R: Read + Seek>(
    source: &mut Source<R>,
    private: &Element,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let mut at = private.body + 4;
    loop {
        source.step()?;
        if at + 4 > private.end {
            return Err(Fault::Malformed("its sound's header is damaged"));
        }
        let header = source.be32(at)?;
        let length = u64::from(header & 0xFF_FFFF);
        let (is_last, kind) = (header >> 31 == 1, header >> 24 & 0x7F);
        let end = at + 4 + length;
        if end > private.end {
            return Err(Fault::Malformed("its sound's header is damaged"));
        }
        if !matches!(kind, 0 | 3) {
            patches.write(at, &[if is_last { 0x81 } else { 1 }])?;
            patches.zero(at + 4, length)?;
        }
        if is_last {
            return Ok(());
        }
        at = end;
    }
}

/// Tracks of H.264 and H.265, and how their samples are made up. What sets up their decoders is blanked.
fn units<R: Read + Seek>(
    source: &mut Source<R>,
    tracks: &Element,
    patches: &mut Patches,
) -> Result<Vec<(u64, Units)>, Fault> {
    let mut list = Vec::new();
    let mut at = tracks.body;
    while let Some(entry) = next_element(source, at, tracks.end)? {
        at = entry.end;
        if entry.id != TRACK_ENTRY {
            continue;
        }
        let Some(codec) = child_of(source, &entry, CODEC_ID)? else { continue };
        let codec = match source.bytes(codec.body, codec.body_length().min(32) as usize)? {
            b"V_MPEG4/ISO/AVC" => Codec::Avc,
            b"V_MPEGH/ISO/HEVC" => Codec::Hevc,
            // As AVI has it: units without lengths.
            b"V_MS/VFW/FOURCC" => {
                let Some(private) = child_of(source, &entry, CODEC_PRIVATE)? else { continue };
                if private.body_length() >= 20 && is_avc_or_hevc(source.array(private.body + 16)?) {
                    return Err(Fault::TooMuch("its pictures are stored in an unusual way"));
                }
                continue;
            }
            _ => continue,
        };
        let missing = Fault::Malformed("a track of it is incomplete");
        let Some(number) = child_of(source, &entry, TRACK_NUMBER)? else { return Err(missing) };
        let Some(private) = child_of(source, &entry, CODEC_PRIVATE)? else { return Err(missing) };
        if child_of(source, &entry, CONTENT_ENCODINGS)?.is_some() {
            return Err(Fault::TooMuch("its pictures are packed a second time"));
        }
        let units = Units::read(source, codec, private.body, private.end, patches)?;
        list.push((number.number(source)?, units));
    }
    Ok(list)
}

/// By the four letters that AVI has for them.
fn is_avc_or_hevc(letters: [u8; 4]) -> bool {
    let known = [b"h264", b"x264", b"avc1", b"davc", b"vssh", b"h265", b"x265", b"hevc", b"hvc1", b"hev1"];
    known.iter().any(|known| letters.eq_ignore_ascii_case(*known))
}

/// What stands between the pictures in the blocks of a cluster. See [`super::nal`].
fn blank_blocks<R: Read + Seek>(
    source: &mut Source<R>,
    cluster: &Element,
    end: u64,
    tracks: &[(u64, Units)],
    patches: &mut Patches,
) -> Result<(), Fault> {
    let mut at = cluster.body;
    while let Some(child) = next_element(source, at, end)? {
        at = child.end;
        let block = match child.id {
            SIMPLE_BLOCK => Some(child),
            BLOCK_GROUP => child_of(source, &child, BLOCK)?,
            _ => None,
        };
        let Some(block) = block else { continue };
        // §10.1: the track's number, of variable size, a time of two bytes, flags.
        let first = source.u8(block.body)?;
        let number_length = u64::from(first.leading_zeros()) + 1;
        let start = block.body + number_length + 3;
        if number_length > 8 || start > block.end {
            return Err(Fault::Malformed("a part of it is too short"));
        }
        let number = source.bytes(block.body, number_length as usize)?;
        let number = number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let number = number & ((1 << (7 * number_length)) - 1);
        let Some((_, units)) = tracks.iter().find(|(known, _)| *known == number) else { continue };
        if source.u8(start - 1)? & 0x06 != 0 {
            return Err(Fault::TooMuch("several of its pictures are in one part"));
        }
        units.blank(source, start, block.end, patches)?;
    }
    Ok(())
}

/// The index of top-level parts: entries for parts that became Void go too.
fn blank_seeks<R: Read + Seek>(
    source: &mut Source<R>,
    seek_head: &Element,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let mut at = seek_head.body;
    while let Some(seek) = next_element(source, at, seek_head.end)? {
        at = seek.end;
        let target = match seek.id {
            SEEK => match child_of(source, &seek, SEEK_ID)? {
                Some(id) => id.number(source)?,
                None => 0,
            },
            _ => 0,
        };
        if !matches!(u32::try_from(target), Ok(INFO | TRACKS | CUES | CLUSTER | SEEK_HEAD)) {
            seek.blank(patches)?;
        }
    }
    Ok(())
}

/// A cluster stays as it is but for Void elements at its start, where editors leave old bytes.
fn blank_checksum<R: Read + Seek>(
    source: &mut Source<R>,
    cluster: &Element,
    end: u64,
    patches: &mut Patches,
) -> Result<(), Fault> {
    match next_element(source, cluster.body, end)? {
        Some(first) if first.id == VOID => patches.zero(first.body, first.body_length()),
        _ => Ok(()),
    }
}
