//! AVIF and HEIC: a still picture as items inside boxes.
//!
//! HEIC is sent as a document, and cleaned only where the person asks for it. Both are overwritten in place: EXIF, XMP, thumbnails and all
//! items that are not pictures become zeros of an unknown type, so that no offset changes. Orientation is not in EXIF
//! here but in the properties `irot` and `imir` (MIAF §7.3.6.7), which stay.

use super::heif_items::Items;
use super::isobmff::{BoxAt, Brands, next_box};
use super::nal::{Codec, Units};
use super::{icc, mp4_strip, patch::Patches};
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let heif = Heif::read(source)?;
    Ok(Found {
        media_type: Some(heif.media_type),
        width: Some(heif.width),
        height: Some(heif.height),
        ..Found::default()
    })
}

/// Blanks what is not the picture, keeping the file's length.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let heif = Heif::read(source)?;
    let length = source.length();
    let mut patches = Patches::default();
    let mut data = Vec::new();
    let mut at = 0;
    while let Some(child) = next_box(source, at, length, true)? {
        at = child.end;
        match &child.kind {
            b"ftyp" => {}
            b"mdat" => data.push((child.body, child.end)),
            b"meta" if child.start == heif.meta.start => heif.blank_meta(source, &mut patches, &mut data)?,
            b"moov" => mp4_strip::blank_movie(source, &child, &mut patches)?,
            _ => child.blank(&mut patches)?,
        }
    }
    heif.blank_messages(source, &mut patches)?;
    heif.blank_items(&mut patches, data)?;
    patches.apply(source, length, output)
}

struct Heif {
    media_type: MediaType,
    width: u32,
    height: u32,
    meta: BoxAt,
    items: Items,
}

impl Heif {
    fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let Some((brands, ftyp)) = Brands::of(source)? else {
            return Err(Fault::Malformed("it does not begin as a picture of this kind"));
        };
        if source.length() > limits::PICTURE_BYTES {
            return Err(Fault::TooMuch("it is too large for a picture"));
        }
        let length = source.length();
        let mut meta = None;
        let mut at = ftyp.end;
        while let Some(child) = next_box(source, at, length, true)? {
            at = child.end;
            if &child.kind == b"meta" && meta.replace(child).is_some() {
                return Err(Fault::Malformed("it says twice what it holds"));
            }
        }
        let meta = meta.ok_or(Fault::Malformed("it does not say what it holds"))?;
        let items = Items::read(source, &meta)?;
        let is_avif = brands.has(b"avif");
        let is_heic = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc"].iter().any(|b| brands.has(b));
        let media_type = match &items.primary_item().kind {
            b"av01" if is_avif => MediaType::Avif,
            b"hvc1" if is_heic => MediaType::Heic,
            // Derived from other items: a grid of tiles, an overlay, a tone map.
            b"grid" | b"iovl" | b"iden" | b"tmap" if is_avif => MediaType::Avif,
            b"grid" | b"iovl" | b"iden" | b"tmap" if is_heic => MediaType::Heic,
            _ => return Err(Fault::Malformed("it holds no picture of a known kind")),
        };
        let (width, height) = size(source, &items)?;
        Ok(Heif { media_type, width, height, meta, items })
    }

    /// The `meta` box itself: keeps the lists that describe the picture.
    fn blank_meta<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        patches: &mut Patches,
        data: &mut Vec<(u64, u64)>,
    ) -> Result<(), Fault> {
        let (_, mut at) = self.meta.full(source)?;
        while let Some(child) = next_box(source, at, self.meta.end, false)? {
            at = child.end;
            match &child.kind {
                b"pitm" | b"iinf" | b"iloc" | b"iref" | b"iprp" | b"grpl" => {}
                b"hdlr" => patches.zero(child.body + 24, child.body_length().saturating_sub(24))?,
                b"idat" => data.push((child.body, child.end)),
                _ => child.blank(patches)?,
            }
        }
        for property in &self.items.properties {
            // A person's description, and when it was made and changed. They keep their place in the list.
            if matches!(&property.kind, b"udes" | b"crtt" | b"mdft" | b"uuid") {
                patches.zero(property.body, property.body_length())?;
            }
            if &property.kind == b"colr" {
                blank_profile(source, property.body, property.end, patches)?;
            }
        }
        Ok(())
    }

    /// What encoders and cameras say between the pictures of H.265.
    fn blank_messages<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        patches: &mut Patches,
    ) -> Result<(), Fault> {
        let mut units = None;
        for property in self.items.properties.iter().filter(|property| &property.kind == b"hvcC") {
            let found = Units::read(source, Codec::Hevc, property.body, property.end, patches)?;
            if units.replace(found).is_some_and(|before| before != found) {
                return Err(Fault::TooMuch("its pictures are of several kinds"));
            }
        }
        for (number, item) in &self.items.items {
            if &item.kind != b"hvc1" || self.items.thumbnails.contains(number) {
                continue;
            }
            match (units, &item.extents[..]) {
                (Some(units), [(start, length)]) => units.blank(source, *start, start + length, patches)?,
                _ => return Err(Fault::TooMuch("its pictures lie in several places")),
            }
        }
        Ok(())
    }

    /// Items that are no picture, or a thumbnail of one.
    fn blank_items(&self, patches: &mut Patches, mut data: Vec<(u64, u64)>) -> Result<(), Fault> {
        let mut kept = Vec::new();
        let mut blanked = Vec::new();
        for (number, item) in &self.items.items {
            let is_picture = matches!(
                &item.kind,
                b"av01"
                    | b"a1op"
                    | b"a1lx"
                    | b"grid"
                    | b"iovl"
                    | b"iden"
                    | b"tmap"
                    | b"sato"
                    | b"hvc1"
                    | b"jpeg"
            );
            if is_picture && !self.items.thumbnails.contains(number) {
                kept.extend(item.extents.iter().copied());
                continue;
            }
            blanked.extend(item.extents.iter().copied());
            // An unknown kind of item is passed over by all readers (§8.11.6.3).
            patches.write(item.kind_at, b"free")?;
            patches.zero(item.kind_at + 4, item.entry.end - (item.kind_at + 4))?;
        }
        data.sort_unstable();
        kept.sort_unstable();
        blanked.sort_unstable();
        let mut next = 0;
        for (start, length) in blanked {
            let end = start + length;
            if !mp4_strip::is_inside(&data, start, end) {
                return Err(Fault::Malformed("a part of it is not where it should be"));
            }
            while next < kept.len() && kept[next].0 + kept[next].1 <= start {
                next += 1;
            }
            if kept.get(next).is_some_and(|(from, _)| *from < end) {
                return Err(Fault::Malformed("two parts of it share a place"));
            }
            patches.zero(start, length)?;
        }
        Ok(())
    }
}

/// ISO/IEC 14496-12 §12.1.5: a colour profile is written anew over itself, of the same length. One that cannot be kept becomes a
/// description of colours of no known kind, which readers pass over.
pub(crate) fn blank_profile<R: Read + Seek>(
    source: &mut Source<R>,
    body: u64,
    end: u64,
    patches: &mut Patches,
) -> Result<(), Fault> {
    if end - body < 4 || !matches!(&source.array(body)?, b"prof" | b"rICC") {
        return Ok(());
    }
    let length = end - body - 4;
    match icc::in_place(source, body + 4, length)? {
        Some(profile) => patches.replace(body + 4, profile),
        None => patches.zero(body, end - body),
    }
}

/// Width and height as shown: `ispe`, turned by `irot`.
fn size<R: Read + Seek>(source: &mut Source<R>, items: &Items) -> Result<(u32, u32), Fault> {
    let mut size = None;
    let mut turned = false;
    for index in &items.primary_properties {
        let property = *items.properties.get(*index).ok_or(Fault::Malformed("a part of it is missing"))?;
        match &property.kind {
            b"ispe" => {
                property.at_least(12)?;
                size = Some((source.be32(property.body + 4)?, source.be32(property.body + 8)?));
            }
            b"irot" => {
                property.at_least(1)?;
                turned = source.u8(property.body)? & 1 == 1;
            }
            _ => {}
        }
    }
    match size {
        Some((width, height)) if width > 0 && height > 0 => {
            Ok(if turned { (height, width) } else { (width, height) })
        }
        _ => Err(Fault::Malformed("its size is missing")),
    }
}
