//! Programs, and files that systems run, install or obey, by their structure.

use std::io::{Read, Seek};

use super::Warning;
use crate::Fault;
use crate::inspect::Found;
use crate::source::Source;

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let head = source.ahead(0)?;
    let head = head[..head.len().min(4_096)].to_vec();
    let is_one = begins_as_program(&head)
        || head.starts_with(b"MZ") && is_windows(source, &head)?
        || is_disk_image(source)?;
    Ok(if is_one { vec![Warning::Program] } else { Vec::new() })
}

/// What the first bytes tell alone.
pub fn begins_as_program(head: &[u8]) -> bool {
    let starts = |magic: &[u8]| head.starts_with(magic);
    // ELF: class, byte order and version are of few values.
    let elf = matches!(head, [0x7F, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..]);
    let mach = starts(&[0xFE, 0xED, 0xFA, 0xCE])
        || starts(&[0xFE, 0xED, 0xFA, 0xCF])
        || starts(&[0xCE, 0xFA, 0xED, 0xFE])
        || starts(&[0xCF, 0xFA, 0xED, 0xFE]);
    // Mach-O for several processors, and Java's classes: the number behind tells few parts or a version.
    let several = matches!(
        head,
        [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 1..=30, ..] | [0xCA, 0xFE, 0xBA, 0xBF, 0, 0, 0, 1..=30, ..]
    );
    let class = matches!(head, [0xCA, 0xFE, 0xBA, 0xBE, _, _, 0, 45..=120, ..]);
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    // A path behind it, or it is a line of Rust or a remark.
    let script = text.strip_prefix(b"#!").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"/"));
    // [MS-SHLLINK] §2.1: the header's size and class.
    let shortcut = starts(b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46")
        || text.get(..18).is_some_and(|first| first.eq_ignore_ascii_case(b"[InternetShortcut]"))
        || text.starts_with(b"[Desktop Entry]");
    let packages = starts(b"!<arch>\ndebian-binary")
        || starts(&[0xED, 0xAB, 0xEE, 0xDB])
        || starts(b"Cr24\x02\0\0\0")
        || starts(b"Cr24\x03\0\0\0")
        || starts(b"ITSF\x03\0\0\0");
    let code = starts(b"dex\n03") || starts(b"\0asm\x01\0\0\0");
    elf || mach || several || class || script || shortcut || packages || code
}

/// PE: the header that is told by the DOS header at 0x3C. Without it, a program for DOS, whose own header holds together.
fn is_windows<R: Read + Seek>(source: &mut Source<R>, head: &[u8]) -> Result<bool, Fault> {
    if head.len() < 64 {
        return Ok(false);
    }
    let at = u64::from(u32::from_le_bytes([head[60], head[61], head[62], head[63]]));
    if source.has(at, b"PE\0\0")? || source.has(at, b"NE")? || source.has(at, b"LE")? {
        return Ok(true);
    }
    // Bytes on the last page, pages, and the header's length in paragraphs.
    let number = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let bytes = (number(4) * 512).saturating_sub(if number(2) == 0 { 0 } else { 512 - number(2).min(512) });
    Ok(number(2) <= 511 && number(8) >= 2 && number(8) * 16 <= bytes && bytes <= source.length())
}

/// What systems open as a drive, by which warnings about what was downloaded are lost: ISO 9660 and Apple's images.
fn is_disk_image<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let iso = source.has(0x8001, b"CD001")?;
    let apple = source.length() >= 512 && source.has(source.length() - 512, b"koly\0\0\0\x04")?;
    Ok(iso || apple)
}
