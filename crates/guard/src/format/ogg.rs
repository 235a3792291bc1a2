//! Ogg (RFC 3533) with one stream of Opus (RFC 7845): what voice messages are. Other Ogg files are only recognised.
//!
//! A page: `OggS`, version, flags, granule position (48 kHz samples so far), serial, number, CRC, and up to 255
//! segment lengths; a packet ends with the first length under 255.

use crate::inspect::Found;
use crate::source::Source;
use crate::waveform::Waveform;
use crate::{Fault, MediaType, limits};
use std::cell::RefCell;
use std::io::{Read, Seek, Write};
use std::ops::ControlFlow;

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let first = Page::read(source, 0)?;
    if first.flags & FIRST == 0 || first.number != 0 {
        return Err(Fault::Malformed("it does not begin as an Ogg"));
    }
    match Opus::walk(source) {
        Ok(opus) => {
            let waveform = waveform(source, &opus)?;
            Ok(Found {
                media_type: Some(MediaType::OggOpus),
                duration_ms: Some(opus.samples / 48),
                waveform,
                trailing_bytes: source.length() - opus.end,
                ..Found::default()
            })
        }
        Err(Fault::Read(error)) => Err(Fault::Read(error)),
        Err(_) => {
            source.forget_steps();
            other(source)
        }
    }
}

/// Writes the same packets in the same pages, with an empty comment header and page numbers and CRCs that fit.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let opus = Opus::walk(source)?;
    // RFC 7845 §5.2: the vendor's length and the number of comments, both zero.
    const TAGS: &[u8] = b"OpusTags\0\0\0\0\0\0\0\0";
    let mut number = 0;
    let mut at = 0;
    let mut bytes = Vec::new();
    while at < opus.end {
        let page = Page::read(source, at)?;
        at = page.end;
        if number == 1 {
            bytes.clear();
            bytes.extend_from_slice(b"OggS\0\0\0\0\0\0\0\0\0\0");
            bytes.extend_from_slice(&page.serial.to_le_bytes());
            bytes.extend_from_slice(&1u32.to_le_bytes());
            bytes.extend_from_slice(&[0, 0, 0, 0, 1, TAGS.len() as u8]);
            bytes.extend_from_slice(TAGS);
            write_page(&mut bytes, output)?;
            number = 2;
        }
        if number > 0 && page.end <= opus.tags_end {
            continue;
        }
        bytes.clear();
        bytes.extend_from_slice(source.bytes(page.start, (page.end - page.start) as usize)?);
        bytes[18..22].copy_from_slice(&u32::to_le_bytes(number));
        write_page(&mut bytes, output)?;
        number += 1;
    }
    Ok(0)
}

const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

struct Page {
    start: u64,
    flags: u8,
    granule: u64,
    serial: u32,
    number: u32,
    segments: Vec<u8>,
    body: u64,
    end: u64,
}

impl Page {
    fn read<R: Read + Seek>(source: &mut Source<R>, start: u64) -> Result<Self, Fault> {
        source.step()?;
        if !source.has(start, b"OggS\0")? {
            return Err(Fault::Malformed("there is something between its parts"));
        }
        let flags = source.u8(start + 5)?;
        let granule = source.le64(start + 6)?;
        let serial = source.le32(start + 14)?;
        let number = source.le32(start + 18)?;
        let count = source.u8(start + 26)?;
        let segments = source.bytes(start + 27, count.into())?.to_vec();
        let body = start + 27 + u64::from(count);
        let end = body + segments.iter().map(|length| u64::from(*length)).sum::<u64>();
        if end > source.length() {
            return Err(Fault::Malformed("it ends early"));
        }
        Ok(Page { start, flags, granule, serial, number, segments, body, end })
    }

    fn has_good_crc<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<bool, Fault> {
        let bytes = source.bytes(self.start, (self.end - self.start) as usize)?;
        let crc = crc(crc(crc(0, &bytes[..22]), &[0; 4]), &bytes[26..]);
        Ok(crc.to_le_bytes() == bytes[22..26])
    }
}

/// What the pages of an Opus stream say.
pub(crate) struct Opus {
    pub channels: u8,
    /// 48 kHz samples at the beginning that are not played.
    pub pre_skip: u64,
    /// How much louder, in 256ths of a decibel.
    pub gain: i16,
    /// 48 kHz samples to play.
    pub samples: u64,
    /// After the last page of the comment header.
    pub tags_end: u64,
    /// After the last page of the stream.
    pub end: u64,
    packets: u64,
}

impl Opus {
    pub fn walk<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let first = Page::read(source, 0)?;
        // RFC 7845 §5.1: the header alone on its page: version, channels, pre-skip, rate, gain, mapping family.
        let head: [u8; 19] = source.array(first.body)?;
        let (version, channels, family) = (head[8], head[9], head[18]);
        let pre_skip = u64::from(u16::from_le_bytes([head[10], head[11]]));
        let is_voice =
            head[..8] == *b"OpusHead" && version & 0xF0 == 0 && family == 0 && matches!(channels, 1 | 2);
        if !is_voice || first.end - first.body != 19 || first.segments.len() != 1 {
            return Err(Fault::Malformed("it holds no voice"));
        }
        let gain = i16::from_le_bytes([head[16], head[17]]);
        let mut opus = Opus { channels, pre_skip, gain, samples: 0, tags_end: 0, end: 0, packets: 0 };
        let mut last_granule = 0;
        let mut last_flags = 0;
        let mut expected = 0;
        let mut at = 0;
        while at < source.length() {
            if last_flags & LAST != 0 && !source.has(at, b"OggS")? {
                break;
            }
            let page = Page::read(source, at)?;
            if page.serial != first.serial || (page.flags & FIRST != 0) != (at == 0) {
                return Err(Fault::Malformed("it holds more than one recording"));
            }
            if page.number != expected || !page.has_good_crc(source)? {
                return Err(Fault::Malformed("a page of it is damaged or missing"));
            }
            expected = expected.wrapping_add(1);
            at = page.end;
            if page.number == 0 {
                continue;
            }
            if opus.tags_end == 0 {
                opus.tags(source, &page)?;
                continue;
            }
            // All ones: no packet ends on this page.
            if page.granule != u64::MAX {
                if page.granule < last_granule || page.granule > 1 << 56 {
                    return Err(Fault::Malformed("its clock runs backwards"));
                }
                last_granule = page.granule;
            }
            last_flags = page.flags;
            opus.packets += page.segments.iter().filter(|length| **length < 255).count() as u64;
        }
        opus.end = at;
        opus.samples = last_granule.saturating_sub(pre_skip);
        if opus.tags_end == 0 || opus.packets == 0 {
            return Err(Fault::Malformed("it holds no voice"));
        }
        Ok(opus)
    }

    /// Hands on the packets that are wanted, by number from 0, until told to stop.
    pub fn packets<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        wants: impl Fn(u64) -> bool,
        mut take: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let mut packet = Vec::new();
        let mut index = 0;
        let mut at = self.tags_end;
        while at < self.end {
            let page = Page::read(source, at)?;
            at = page.end;
            let mut segment_at = page.body;
            for length in &page.segments {
                let is_wanted = wants(index);
                if is_wanted && packet.len() + usize::from(*length) <= limits::OPUS_PACKET_BYTES {
                    packet.extend_from_slice(source.bytes(segment_at, (*length).into())?);
                }
                segment_at += u64::from(*length);
                if *length < 255 {
                    if is_wanted && take(index, &packet).is_break() {
                        return Ok(());
                    }
                    packet.clear();
                    index += 1;
                }
            }
        }
        Ok(())
    }

    /// The comment header may span pages and ends one (RFC 7845 §3).
    fn tags<R: Read + Seek>(&mut self, source: &mut Source<R>, page: &Page) -> Result<(), Fault> {
        if page.number == 1 && (!source.has(page.body, b"OpusTags")? || page.flags & CONTINUED != 0) {
            return Err(Fault::Malformed("it holds no voice"));
        }
        if page.end > limits::OPUS_TAGS_BYTES {
            return Err(Fault::TooMuch("what is said about it is too long"));
        }
        match page.segments.iter().position(|length| *length < 255) {
            Some(index) if index + 1 == page.segments.len() => self.tags_end = page.end,
            Some(_) => return Err(Fault::Malformed("its parts are not apart")),
            None => {}
        }
        Ok(())
    }
}

/// Hands the packets to a decoder, all of them or samples of a long recording.
fn waveform<R: Read + Seek>(source: &mut Source<R>, opus: &Opus) -> Result<Vec<u8>, Fault> {
    let Some(waveform) = Waveform::new(opus.channels, opus.packets) else { return Ok(Vec::new()) };
    let waveform = RefCell::new(waveform);
    let take = |index, packet: &[u8]| {
        waveform.borrow_mut().packet(index, packet);
        ControlFlow::Continue(())
    };
    opus.packets(source, |index| waveform.borrow().wants(index), take)?;
    Ok(waveform.into_inner().levels())
}

/// 48 kHz samples that a packet says it holds (RFC 6716 §3.1, §3.2).
pub(crate) fn packet_samples(packet: &[u8]) -> u64 {
    let Some(first) = packet.first() else { return 0 };
    let configuration = usize::from(first >> 3);
    let frame = match configuration {
        0..12 => [480, 960, 1_920, 2_880][configuration & 3],
        12..16 => [480, 960][configuration & 1],
        _ => [120, 240, 480, 960][configuration & 3],
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1).copied().unwrap_or(0) & 0x3F),
    };
    frame * frames
}

/// Any other Ogg file whose first pages hold together.
fn other<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let mut at = 0;
    let mut rate = None;
    let mut last = 0;
    while at < source.length() {
        let page = Page::read(source, at)?;
        // The first pages in full, the others by their lengths.
        if at < limits::WINDOW_BYTES as u64 && !page.has_good_crc(source)? {
            return Err(Fault::Malformed("a page of it is damaged"));
        }
        if at == 0 && source.has(page.body, b"\x01vorbis\0\0\0\0")? {
            rate = Some(u64::from(source.le32(page.body + 12)?)).filter(|rate| *rate > 0);
        }
        if page.granule != u64::MAX {
            last = page.granule;
        }
        at = page.end;
    }
    let duration_ms = rate.and_then(|rate| Some(last.checked_mul(1000)? / rate)).filter(|ms| *ms > 0);
    Ok(Found { media_type: Some(MediaType::Ogg), duration_ms, ..Found::default() })
}

/// Writes a page with its CRC made right.
fn write_page(bytes: &mut [u8], output: &mut impl Write) -> Result<(), Fault> {
    bytes[22..26].fill(0);
    let crc = crc(0, bytes);
    bytes[22..26].copy_from_slice(&crc.to_le_bytes());
    output.write_all(bytes).map_err(Fault::Write)
}

/// RFC 3533 §6: polynomial 0x04C11DB7, not reflected, which no CRC crate that we have offers.
fn crc(start: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = (index as u32) << 24;
            let mut bit = 0;
            while bit < 8 {
                value = if value >> 31 == 1 { value << 1 ^ 0x04C1_1DB7 } else { value << 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    bytes.iter().fold(start, |crc, byte| crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)])
}
