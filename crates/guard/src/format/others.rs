//! Files that nothing here opens: called by their names by what they begin with and how that holds together. Asked last of all, so
//! that what is opened is never taken for one of them.

use std::io::{Read, Seek};

use crate::source::Source;
use crate::{Fault, MediaType};

/// What it is, if it is one of these.
pub(crate) fn of<R: Read + Seek>(source: &mut Source<R>) -> Result<Option<MediaType>, Fault> {
    type Is<R> = fn(&mut Source<R>) -> Result<bool, Fault>;
    let kinds: [(Is<R>, MediaType); 26] = [
        (is_rar, MediaType::Rar),
        (is_seven_zip, MediaType::SevenZip),
        (is_xz, MediaType::Xz),
        (is_zstandard, MediaType::Zstandard),
        (is_bzip2, MediaType::Bzip2),
        (is_gzip, MediaType::Gzip),
        (is_cabinet, MediaType::Cabinet),
        (is_deb, MediaType::Deb),
        (is_rpm, MediaType::Rpm),
        (is_sqlite, MediaType::Sqlite),
        (is_ole, MediaType::OldOffice),
        (is_jpeg_xl, MediaType::JpegXl),
        (is_tiff, MediaType::Tiff),
        (is_photoshop, MediaType::Photoshop),
        (is_windows_video, MediaType::WindowsVideo),
        (is_windows_sound, MediaType::WindowsSound),
        (is_avi, MediaType::Avi),
        (is_flash_video, MediaType::FlashVideo),
        (is_program_stream, MediaType::Mpeg),
        (is_transport_stream, MediaType::MpegTransport),
        (is_aiff, MediaType::Aiff),
        (is_amr, MediaType::Amr),
        (is_midi, MediaType::Midi),
        (is_tar, MediaType::Tar),
        (is_iso, MediaType::Iso),
        (is_apple_disk, MediaType::AppleDisk),
    ];
    for (is, media_type) in kinds {
        source.forget_steps();
        match is(source) {
            Ok(true) => return Ok(Some(media_type)),
            Err(Fault::Read(error)) => return Err(Fault::Read(error)),
            // Or too short for one.
            Ok(false) | Err(_) => {}
        }
    }
    Ok(None)
}

/// RAR 5.0: a header whose checksum holds; before: the main header, of a type of its own.
fn is_rar<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    if source.has(0, b"Rar!\x1A\x07\0")? {
        return Ok(source.u8(9)? == 0x73);
    }
    if !source.has(0, b"Rar!\x1A\x07\x01\0")? {
        return Ok(false);
    }
    // Its size is a number of seven bits a byte, and short: one byte or two.
    let (crc, first) = (source.le32(8)?, source.u8(12)?);
    let (size, digits) = match first {
        0..=0x7F => (usize::from(first), 1),
        _ => (usize::from(first & 0x7F) | usize::from(source.u8(13)?) << 7, 2),
    };
    Ok(size > 0 && size < 4_096 && crc32fast::hash(source.bytes(12, digits + size)?) == crc)
}

fn is_seven_zip<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"7z\xBC\xAF\x27\x1C\0")? && source.le32(8)? == crc32fast::hash(source.bytes(12, 20)?))
}

/// xz file format §2.1.1.
fn is_xz<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"\xFD7zXZ\0")? && source.le32(8)? == crc32fast::hash(source.bytes(6, 2)?))
}

/// RFC 8878 §3.1.1.1.1: a bit that is reserved. Behind it a block of one of three types.
fn is_zstandard<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    if !source.has(0, b"\x28\xB5\x2F\xFD")? {
        return Ok(false);
    }
    let about = source.u8(4)?;
    let is_single = about & 0x20 != 0;
    let size = [u64::from(is_single), 2, 4, 8][usize::from(about >> 6)];
    let dictionary = [0, 1, 2, 4][usize::from(about & 3)];
    let block = 5 + u64::from(!is_single) + dictionary + size;
    let header = source.u8(block)?;
    Ok(about & 0x08 == 0 && (header >> 1) & 3 != 3 && source.length() > block + 3)
}

fn is_bzip2<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let begins = source.has(0, b"BZh")? && matches!(source.u8(3)?, b'1'..=b'9');
    Ok(begins && (source.has(4, b"1AY&SY")? || source.has(4, b"\x17\x72\x45\x38\x50\x90")?))
}

/// RFC 1952 §2.3: flags that are reserved, and an end of eight bytes.
fn is_gzip<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"\x1F\x8B\x08")? && source.u8(3)? & 0xE0 == 0 && source.length() >= 20)
}

fn is_cabinet<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"MSCF\0\0\0\0")? && source.has(24, b"\x03\x01")?)
}

fn is_deb<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"!<arch>\ndebian-binary")? && source.has(66, b"`\n")?)
}

fn is_rpm<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"\xED\xAB\xEE\xDB")?
        && matches!(source.u8(4)?, 3 | 4)
        && source.has(96, b"\x8E\xAD\xE8\x01")?)
}

/// SQLite's file format §1.3: three numbers that are always the same, and a page of a power of two.
fn is_sqlite<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let begins = source.has(0, b"SQLite format 3\0")? && source.has(21, &[64, 32, 32])?;
    let page = if begins { source.be16(16)? } else { 0 };
    Ok(page == 1 || page >= 512 && page.is_power_of_two())
}

/// [MS-CFB] §2.2: Word, Excel and PowerPoint before 2007, and mails of Outlook.
fn is_ole<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")?
        && source.has(28, b"\xFE\xFF")?
        && matches!(source.le16(30)?, 9 | 12))
}

/// ISO/IEC 18181-2: boxes, or the pixels alone.
fn is_jpeg_xl<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let boxed = source.has(0, b"\0\0\0\x0CJXL \x0D\x0A\x87\x0A")? && source.has(16, b"ftypjxl ")?;
    // Two bytes say little: what follows has to be no text.
    Ok(boxed || source.has(0, b"\xFF\x0A")? && source.length() > 16)
}

/// TIFF 6.0 §2: the first list of fields, whose first field is of a known type.
fn is_tiff<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let big = source.has(0, b"MM\0*")?;
    if !big && !source.has(0, b"II*\0")? {
        return Ok(false);
    }
    let at = u64::from(if big { source.be32(4)? } else { source.le32(4)? });
    let mut short = |at| if big { source.be16(at) } else { source.le16(at) };
    Ok(at >= 8 && (1..4_096).contains(&short(at)?) && (1..=18).contains(&short(at + 4)?))
}

fn is_photoshop<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"8BPS\0")? && matches!(source.u8(5)?, 1 | 2) && source.has(6, &[0; 6])?)
}

/// ASF §3.1, in the order of its bytes.
const ASF: &[u8] = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C";
/// The same, §10.1: what a track of pictures is called by.
const ASF_PICTURES: &[u8] = b"\xC0\xEF\x19\xBC\x4D\x5B\xCF\x11\xA8\xFD\x00\x80\x5F\x5C\x44\x2B";

fn is_windows_video<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let begins = source.has(0, ASF)?;
    let head = source.ahead(0)?;
    Ok(begins && head.windows(ASF_PICTURES.len()).any(|window| window == ASF_PICTURES))
}

fn is_windows_sound<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, ASF)? && (30..source.length()).contains(&source.le64(16)?))
}

fn is_avi<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"RIFF")? && source.has(8, b"AVI LIST")? && source.has(20, b"hdrlavih")?)
}

fn is_flash_video<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"FLV\x01")? && source.u8(4)? & 0xFA == 0 && source.has(5, b"\0\0\0\x09\0\0\0\0")?)
}

/// ISO/IEC 13818-1 §2.5.3.3: the mark bits of a pack's header.
fn is_program_stream<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let marks = if source.has(0, b"\0\0\x01\xBA")? { source.u8(4)? } else { 0 };
    Ok(marks & 0xC4 == 0x44 || marks & 0xF1 == 0x21)
}

/// §2.4.3.2: packets of 188 bytes, each with a byte of its own.
fn is_transport_stream<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let ends = source.length() >= 188 * 5;
    Ok(ends && (0..5).try_fold(true, |all, packet| Ok(all && source.u8(packet * 188)? == 0x47))?)
}

fn is_aiff<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"FORM")?
        && (source.has(8, b"AIFF")? || source.has(8, b"AIFC")?)
        && source.length() > 30)
}

/// RFC 4867 §5, whose frames begin with a byte of which the outer bits are clear.
fn is_amr<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let first = if source.has(0, b"#!AMR\n")? {
        6
    } else if source.has(0, b"#!AMR-WB\n")? {
        9
    } else {
        return Ok(false);
    };
    Ok(source.u8(first)? & 0x83 == 0)
}

fn is_midi<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0, b"MThd\0\0\0\x06\0")? && source.has(14, b"MTrk")?)
}

/// POSIX.1-1988: the first header's checksum holds, in octal.
fn is_tar<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let header: [u8; 512] = source.array(0)?;
    let digits: Vec<u8> = header[148..156].iter().copied().filter(|byte| !matches!(byte, 0 | b' ')).collect();
    let said = std::str::from_utf8(&digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let sum: u32 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    Ok(header[0] != 0 && said == Some(sum))
}

/// ECMA-119 §8: the first descriptor stands behind 16 empty sectors. Of disks for Windows and others.
fn is_iso<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    Ok(source.has(0x8001, b"CD001\x01")? && matches!(source.u8(0x8000)?, 0..=3)
        || source.has(0x8001, b"BEA01\x01")?)
}

/// A disk of a Mac: what says so is its end.
fn is_apple_disk<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let Some(end) = source.length().checked_sub(512) else { return Ok(false) };
    source.has(end, b"koly\0\0\0\x04\0\0\x02\0")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::inspect;

    fn of_bytes(bytes: &[u8]) -> MediaType {
        inspect(Cursor::new(bytes), "").unwrap().media_type
    }

    /// With zeros up to a length.
    fn padded(begin: &[u8], length: usize) -> Vec<u8> {
        let mut bytes = begin.to_vec();
        bytes.resize(length.max(begin.len()), 0);
        bytes
    }

    fn tar() -> Vec<u8> {
        let mut header = padded(b"note.txt", 1_536);
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    /// One of each, as short as it can be, made after its format's description.
    fn samples() -> Vec<(MediaType, Vec<u8>)> {
        let with_crc = |begin: &[u8], body: &[u8]| {
            [begin, &crc32fast::hash(body).to_le_bytes(), body, &[0; 40]].concat()
        };
        let mut iso = padded(b"", 0x8800);
        iso[0x8000..0x8007].copy_from_slice(b"\x01CD001\x01");
        let mut dmg = padded(b"\x01\x02", 1_024);
        dmg[512..524].copy_from_slice(b"koly\0\0\0\x04\0\0\x02\0");
        let mut sqlite = padded(b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20", 4_096);
        sqlite[47] = 4;
        let mut ole = padded(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 1_024);
        ole[24..32].copy_from_slice(b"\x3E\0\x03\0\xFE\xFF\x09\0");
        let mut rpm = padded(b"\xED\xAB\xEE\xDB\x03\0", 200);
        rpm[96..100].copy_from_slice(b"\x8E\xAD\xE8\x01");
        let mut deb = padded(b"!<arch>\ndebian-binary   1342943816  0     0     100644  4         ", 66);
        deb.extend(b"`\n2.0\n\xFF");
        let mut cabinet = padded(b"MSCF\0\0\0\0", 64);
        cabinet[24..26].copy_from_slice(b"\x03\x01");
        let stream: Vec<u8> = (0..5).flat_map(|_| padded(b"\x47\x1F\xFF\x10", 188)).collect();
        let asf = [ASF, &100u64.to_le_bytes(), &[0; 200]].concat();
        let film = [ASF, &100u64.to_le_bytes(), ASF_PICTURES, &[0; 100]].concat();
        vec![
            (MediaType::Rar, padded(b"Rar!\x1A\x07\0\xCF\x90\x73\0\0\x0D\0", 40)),
            (MediaType::Rar, with_crc(b"Rar!\x1A\x07\x01\0", b"\x05\x01\0\0\0\0")),
            (MediaType::SevenZip, with_crc(b"7z\xBC\xAF\x27\x1C\0\x04", &[7; 20])),
            (
                MediaType::Xz,
                [b"\xFD7zXZ\0\0\x04", &crc32fast::hash(b"\0\x04").to_le_bytes()[..], &[0; 20]].concat(),
            ),
            (MediaType::Zstandard, b"\x28\xB5\x2F\xFD\x24\x05\x29\0\0hello\0\0\0\0".to_vec()),
            (MediaType::Bzip2, padded(b"BZh91AY&SY", 40)),
            (MediaType::Gzip, padded(b"\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0", 20)),
            (MediaType::Cabinet, cabinet),
            (MediaType::Deb, deb),
            (MediaType::Rpm, rpm),
            (MediaType::Sqlite, sqlite),
            (MediaType::OldOffice, ole),
            (MediaType::JpegXl, padded(b"\0\0\0\x0CJXL \x0D\x0A\x87\x0A\0\0\0\x14ftypjxl ", 64)),
            (MediaType::JpegXl, padded(b"\xFF\x0A\xFA\x1F\x41\x91", 64)),
            (MediaType::Tiff, padded(b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x10", 40)),
            (MediaType::Tiff, padded(b"MM\0*\0\0\0\x08\0\x01\x01\0\0\x03\0\0\0\x01\0\x10", 40)),
            (MediaType::Photoshop, padded(b"8BPS\0\x01\0\0\0\0\0\0\0\x03", 64)),
            (MediaType::WindowsVideo, film),
            (MediaType::WindowsSound, asf),
            (MediaType::Avi, padded(b"RIFF\xF0\x01\0\0AVI LIST\xC0\0\0\0hdrlavih", 500)),
            (MediaType::FlashVideo, padded(b"FLV\x01\x05\0\0\0\x09\0\0\0\0", 40)),
            (MediaType::Mpeg, padded(b"\0\0\x01\xBA\x44\0\x04", 40)),
            (MediaType::MpegTransport, stream),
            (MediaType::Aiff, padded(b"FORM\0\0\0\x40AIFFCOMM", 72)),
            (MediaType::Amr, padded(b"#!AMR\n\x3C", 40)),
            (MediaType::Midi, padded(b"MThd\0\0\0\x06\0\x01\0\x02\0\x60MTrk", 40)),
            (MediaType::Tar, tar()),
            (MediaType::Iso, iso),
            (MediaType::AppleDisk, dmg),
        ]
    }

    #[test]
    fn what_nothing_opens_is_called_by_its_name() {
        for (wanted, bytes) in samples() {
            assert_eq!(of_bytes(&bytes), wanted);
            // None of them is shown, and each has a name for people to know it by.
            assert_eq!(wanted.kind(), crate::Kind::Document);
            assert!(!wanted.extensions().is_empty());
        }
    }

    #[test]
    fn a_beginning_that_does_not_hold_together_is_none() {
        for (wanted, bytes) in samples() {
            // Two bytes are all that the shortest of these says of itself.
            if bytes.starts_with(b"\xFF\x0A") {
                continue;
            }
            let mut broken = 0;
            let said = bytes.len().min(520);
            for at in (0..said)
                .chain(bytes.len() - said..bytes.len())
                .chain(0x8000.min(bytes.len())..bytes.len().min(0x8010))
            {
                let mut other = bytes.clone();
                other[at] ^= 0xFF;
                broken += usize::from(of_bytes(&other) != wanted);
            }
            assert!(broken >= 4, "{wanted}: {broken}");
            for cut in 0..bytes.len().min(24) {
                // Shorter than anything that could be said.
                assert!(
                    cut > 2
                        || of_bytes(&bytes[..cut]) == MediaType::Unknown
                        || of_bytes(&bytes[..cut]) == MediaType::Text
                );
            }
        }
    }

    #[test]
    fn names_of_other_kinds_are_noticed() {
        let told = |bytes: &[u8], name: &str| {
            inspect(Cursor::new(bytes), name).unwrap().warnings.contains(&crate::Warning::OtherKind)
        };
        for (media_type, bytes) in samples() {
            for known in media_type.extensions() {
                assert!(!told(&bytes, &format!("a.{known}")), "{media_type} as {known}");
            }
            assert!(told(&bytes, "invoice.pdf"), "{media_type} as a PDF");
            // Some have endings of their own.
            assert!(!told(&bytes, "a.dat") && !told(&bytes, "a"), "{media_type}");
        }
        assert!(told(b"%!PS\n", "a.rar"), "text as an archive");
        // Archives under each other's names are no surprise.
        assert!(!told(&samples()[0].1, "a.zip"));
    }
}
