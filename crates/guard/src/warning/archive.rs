//! Archives: packages of programs, programs and links among their files, macros in office files, bombs.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use casemate_screening::filename;

use super::{Warning, office};
use crate::format::zip;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let begins_as_zip = source.has(0, b"PK\x03\x04")?;
    let length = source.length();
    let mut parts = Parts::default();
    let walked = match zip::walk(source, &mut |entry| parts.note(entry)) {
        Err(Fault::Read(error)) => return Err(Fault::Read(error)),
        walked => walked.ok(),
    };
    let mut warnings = Vec::new();
    match &walked {
        // A zip is read from its end: what stands at its beginning may be another file.
        Some(walked) if walked.before > 0 || !begins_as_zip => warnings.push(Warning::TwoInOne),
        Some(_) => {}
        // Some programs unpack it without its directory.
        None if begins_as_zip || parts.count > 0 => warnings.push(Warning::Unlooked),
        None => return Ok(warnings),
    }
    if parts.installs {
        warnings.push(Warning::Program);
    }
    if parts.macros {
        warnings.push(Warning::Macros);
    }
    if parts.active {
        warnings.push(Warning::Active);
    }
    if !parts.installs && parts.programs.iter().any(|name| filename::runs_among(name, parts.count)) {
        warnings.push(Warning::HoldsPrograms);
    }
    if parts.leads_out || parts.follow_links(source)? {
        warnings.push(Warning::LeadsOut);
    }
    let all_at_one_place = parts.count > 16 && parts.placed > 16 && parts.places.len() * 2 < parts.placed;
    let huge = parts.bytes > limits::BOMB_BYTES && parts.bytes / length.max(1) > limits::BOMB_RATIO;
    if huge || parts.packed_archive || all_at_one_place {
        warnings.push(Warning::Bomb);
    }
    if parts.is_office {
        warnings.extend(office::look(source, &parts.read)?);
    }
    Ok(warnings)
}

/// A part that is read later.
pub struct Part {
    pub name: String,
    at: u64,
    packed_bytes: u64,
    bytes: u64,
}

impl Part {
    fn of(entry: &zip::Entry<'_>) -> Self {
        let name = String::from_utf8_lossy(entry.name).into_owned();
        Self { name, at: entry.at, packed_bytes: entry.packed_bytes, bytes: entry.bytes }
    }

    pub fn read<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<Vec<u8>, Fault> {
        zip::unpack(source, self.at, self.packed_bytes, self.bytes)
    }
}

/// What is seen of a zip's parts.
#[derive(Default)]
struct Parts {
    count: usize,
    bytes: u64,
    installs: bool,
    macros: bool,
    active: bool,
    packed_archive: bool,
    leads_out: bool,
    is_office: bool,
    /// Names that may be of programs: one of each kind is enough.
    programs: Vec<String>,
    links: Vec<Part>,
    /// What an office file does by.
    read: Vec<Part>,
    /// Where parts begin: each has a place of its own.
    places: BTreeSet<u64>,
    placed: usize,
}

impl Parts {
    fn note(&mut self, entry: &zip::Entry<'_>) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(entry.bytes);
        if self.placed < limits::ZIP_PLACES {
            self.placed += 1;
            self.places.insert(entry.at);
        }
        // Readers of office files and of Java's do not care for the case.
        let lower = entry.name.to_ascii_lowercase();
        let name = &lower[..];
        // Android, Java, iOS, Windows.
        self.installs |= matches!(
            name,
            b"androidmanifest.xml" | b"classes.dex" | b"appxmanifest.xml" | b"appxblockmap.xml"
        ) || name == b"meta-inf/manifest.mf"
            || name.starts_with(b"payload/") && name.ends_with(b".app/info.plist");
        // Office: its own macros, those of Excel 4, and those of OpenDocument.
        self.macros |= name.ends_with(b"vbaproject.bin")
            || name.starts_with(b"xl/macrosheets/")
            || name.starts_with(b"basic/") && name.ends_with(b".xml")
            || name.starts_with(b"scripts/") && !name.ends_with(b"/");
        self.is_office |= name == b"[content_types].xml";
        let in_folder = |folder: &[u8]| name.windows(folder.len()).any(|window| window == folder);
        // Files within, and what is no document among them; controls.
        self.active |= is_office_folder(name)
            && (in_folder(b"/activex/")
                || in_folder(b"/embeddings/") && (name.ends_with(b".bin") || in_folder(b"oleobject")));
        if self.read.len() < limits::OFFICE_PARTS && office::is_telling(name) {
            self.read.push(Part::of(entry));
        }
        if entry.is_link {
            if self.links.len() < limits::ZIP_LINKS {
                self.links.push(Part::of(entry));
            }
        } else if !name.ends_with(b"/") {
            let name = String::from_utf8_lossy(entry.name);
            // Alone it would be one; how many lie beside it is known at the end.
            if self.programs.len() < limits::ZIP_LINKS && filename::runs_among(&name, 0) {
                self.programs.push(name.into_owned());
            } else if filename::runs_among(&name, usize::MAX) {
                self.programs.truncate(limits::ZIP_LINKS - 1);
                self.programs.push(name.into_owned());
            }
        }
        self.leads_out |= is_outside(entry.name);
        // An archive that packs well is one of many that hold the same.
        let is_archive =
            [&b".zip"[..], b".gz", b".7z", b".rar", b".bz2", b".xz"].iter().any(|end| name.ends_with(end));
        self.packed_archive |=
            is_archive && entry.bytes > 20_000 && entry.bytes / entry.packed_bytes.max(1) >= 10;
    }

    /// Does a link lead out of the folder that the archive is unpacked to?
    fn follow_links<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<bool, Fault> {
        for link in &self.links {
            match link.read(source) {
                Ok(target) => {
                    let depth = link.name.matches('/').count();
                    let up = target.split(|byte| *byte == b'/').filter(|part| *part == b"..").count();
                    if target.starts_with(b"/") || up > depth {
                        return Ok(true);
                    }
                }
                Err(Fault::Read(error)) => return Err(Fault::Read(error)),
                Err(_) => {}
            }
        }
        Ok(false)
    }
}

fn is_office_folder(name: &[u8]) -> bool {
    [&b"word/"[..], b"xl/", b"ppt/", b"visio/"].iter().any(|folder| name.starts_with(folder))
}

/// `../x`, `/x`, `C:\x`: a name that is a place elsewhere.
fn is_outside(name: &[u8]) -> bool {
    let is_drive = matches!(name, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let mut parts = name.split(|byte| matches!(byte, b'/' | b'\\'));
    name.starts_with(b"/") || name.starts_with(b"\\") || is_drive || parts.any(|part| part == b"..")
}
