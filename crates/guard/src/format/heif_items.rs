//! The items of an AVIF or HEIC file (ISO/IEC 23008-12, 14496-12 §8.11): the picture, its parts, its properties and
//! what is said about it, described by one `meta` box.

use super::isobmff::{BoxAt, TOO_SHORT, find, next_box};
use crate::source::{ENDS_EARLY, Source};
use crate::{Fault, limits};
use std::collections::HashMap;
use std::io::{Read, Seek};

/// What a `meta` box says.
pub(crate) struct Items {
    pub primary: u32,
    pub items: HashMap<u32, Item>,
    /// In `ipco`, in order: an association counts from one.
    pub properties: Vec<BoxAt>,
    /// Property numbers of the primary item.
    pub primary_properties: Vec<usize>,
    /// Items that are thumbnails of others.
    pub thumbnails: Vec<u32>,
}

pub(crate) struct Item {
    pub kind: [u8; 4],
    /// The `infe` box: its letters for the kind, and where they are.
    pub entry: BoxAt,
    pub kind_at: u64,
    /// Offset in the file and length of its data.
    pub extents: Vec<(u64, u64)>,
}

impl Items {
    pub fn read<R: Read + Seek>(source: &mut Source<R>, meta: &BoxAt) -> Result<Self, Fault> {
        let (_, children) = meta.full(source)?;
        let mut child_of = |kind: &[u8; 4]| find(source, children, meta.end, kind);
        let missing = Fault::Malformed("it does not say what it holds");
        let (Some(hdlr), Some(pitm), Some(iinf), Some(iloc)) =
            (child_of(b"hdlr")?, child_of(b"pitm")?, child_of(b"iinf")?, child_of(b"iloc")?)
        else {
            return Err(missing);
        };
        let idat = child_of(b"idat")?;
        let iref = child_of(b"iref")?;
        let iprp = child_of(b"iprp")?;
        hdlr.at_least(12)?;
        if !source.has(hdlr.body + 8, b"pict")? {
            return Err(Fault::Malformed("it holds no picture"));
        }
        let (version, at) = pitm.full(source)?;
        let primary = id(source, at, pitm.end, version > 0)?;
        let mut this = Items {
            primary,
            items: HashMap::new(),
            properties: Vec::new(),
            primary_properties: Vec::new(),
            thumbnails: Vec::new(),
        };
        this.entries(source, &iinf)?;
        this.locations(source, &iloc, idat.as_ref())?;
        if let Some(iref) = iref {
            this.references(source, &iref)?;
        }
        if let Some(iprp) = iprp {
            this.properties(source, &iprp)?;
        }
        if !this.items.contains_key(&primary) {
            return Err(missing);
        }
        Ok(this)
    }

    pub fn primary_item(&self) -> &Item {
        &self.items[&self.primary]
    }

    /// §8.11.6: item information entries of version 2 and 3.
    fn entries<R: Read + Seek>(&mut self, source: &mut Source<R>, iinf: &BoxAt) -> Result<(), Fault> {
        let (version, at) = iinf.full(source)?;
        let mut at = at + if version == 0 { 2 } else { 4 };
        if at > iinf.end {
            return Err(TOO_SHORT);
        }
        while let Some(entry) = next_box(source, at, iinf.end, false)? {
            at = entry.end;
            if &entry.kind != b"infe" {
                continue;
            }
            let (version, body) = entry.full(source)?;
            let (number, kind_at) = match version {
                2 => (id(source, body, entry.end, false)?, body + 4),
                3 => (id(source, body, entry.end, true)?, body + 6),
                _ => return Err(Fault::Malformed("it describes its parts in an unknown way")),
            };
            if kind_at + 4 > entry.end {
                return Err(TOO_SHORT);
            }
            let kind = source.array(kind_at)?;
            if self.items.len() >= limits::HEIF_ITEMS {
                return Err(Fault::TooMuch("it has too many parts"));
            }
            if self.items.insert(number, Item { kind, entry, kind_at, extents: Vec::new() }).is_some() {
                return Err(Fault::Malformed("two of its parts have one number"));
            }
        }
        Ok(())
    }

    /// §8.11.3: where each item's data is.
    fn locations<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        iloc: &BoxAt,
        idat: Option<&BoxAt>,
    ) -> Result<(), Fault> {
        let (version, at) = iloc.full(source)?;
        if version > 2 {
            return Err(Fault::Malformed("it describes its parts in an unknown way"));
        }
        let mut field = Fields { source, at, end: iloc.end };
        let sizes = field.number(2)?;
        let (offset_size, length_size) = (sizes >> 12 & 15, sizes >> 8 & 15);
        let (base_size, index_size) = (sizes >> 4 & 15, if version == 0 { 0 } else { sizes & 15 });
        let id_size = if version < 2 { 2 } else { 4 };
        let count = field.number(id_size)?;
        if count > limits::HEIF_ITEMS as u64 {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        let mut total = 0;
        for _ in 0..count {
            let number = field.number(id_size)? as u32;
            let method = if version == 0 { 0 } else { field.number(2)? & 15 };
            if field.number(2)? != 0 {
                return Err(Fault::Malformed("a part of it is in another file"));
            }
            let base = field.number(base_size)?;
            let extents = field.number(2)?;
            total += extents;
            if total > limits::HEIF_ITEMS as u64 * 4 {
                return Err(Fault::TooMuch("it has too many parts"));
            }
            for _ in 0..extents {
                field.number(index_size)?;
                let offset = field.number(offset_size)?;
                let length = field.number(length_size)?;
                let (origin, limit) = match (method, idat) {
                    (0, _) => (0, field.source.length()),
                    (1, Some(idat)) => (idat.body, idat.end),
                    // Method 2 builds an item from others; nothing writes it.
                    _ => return Err(Fault::Malformed("a part of it is nowhere")),
                };
                let start = origin.checked_add(base).and_then(|sum| sum.checked_add(offset));
                let start = start.filter(|start| *start <= limit).ok_or(ENDS_EARLY)?;
                // A length of zero stands for all of it (§8.11.3.1).
                let length = if length == 0 { limit - start } else { length };
                if length > limit - start {
                    return Err(ENDS_EARLY);
                }
                if let Some(item) = self.items.get_mut(&number) {
                    item.extents.push((start, length));
                }
            }
        }
        Ok(())
    }

    /// §8.11.12: only thumbnails matter here.
    fn references<R: Read + Seek>(&mut self, source: &mut Source<R>, iref: &BoxAt) -> Result<(), Fault> {
        let (version, mut at) = iref.full(source)?;
        while let Some(reference) = next_box(source, at, iref.end, false)? {
            at = reference.end;
            if &reference.kind == b"thmb" {
                let from = id(source, reference.body, reference.end, version > 0)?;
                if from != self.primary {
                    self.thumbnails.push(from);
                }
            }
        }
        Ok(())
    }

    /// §8.11.14: the properties, and which of them the primary item has.
    fn properties<R: Read + Seek>(&mut self, source: &mut Source<R>, iprp: &BoxAt) -> Result<(), Fault> {
        let mut at = iprp.body;
        while let Some(child) = next_box(source, at, iprp.end, false)? {
            at = child.end;
            match &child.kind {
                b"ipco" => {
                    let mut inner = child.body;
                    while let Some(property) = next_box(source, inner, child.end, false)? {
                        if self.properties.len() >= limits::HEIF_ITEMS {
                            return Err(Fault::TooMuch("it has too many parts"));
                        }
                        self.properties.push(property);
                        inner = property.end;
                    }
                }
                b"ipma" => self.associations(source, &child)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn associations<R: Read + Seek>(&mut self, source: &mut Source<R>, ipma: &BoxAt) -> Result<(), Fault> {
        let (version, at) = ipma.full(source)?;
        let wide = source.u8(at - 1)? & 1 == 1;
        let mut field = Fields { source, at, end: ipma.end };
        let count = field.number(4)?;
        for _ in 0..count {
            field.source.step()?;
            let number = field.number(if version == 0 { 2 } else { 4 })? as u32;
            let associated = field.number(1)?;
            for _ in 0..associated {
                // The highest bit says "essential".
                let index = if wide { field.number(2)? & 0x7FFF } else { field.number(1)? & 0x7F };
                if number == self.primary && index > 0 {
                    self.primary_properties.push(index as usize - 1);
                }
            }
        }
        Ok(())
    }
}

/// Numbers one after another, none past `end`.
struct Fields<'a, R> {
    source: &'a mut Source<R>,
    at: u64,
    end: u64,
}

impl<R: Read + Seek> Fields<'_, R> {
    /// A big-endian number of 0 to 8 bytes.
    fn number(&mut self, size: u64) -> Result<u64, Fault> {
        if size > 8 || self.end.saturating_sub(self.at) < size {
            return Err(TOO_SHORT);
        }
        let mut value = 0;
        for byte in self.source.bytes(self.at, size as usize)? {
            value = value << 8 | u64::from(*byte);
        }
        self.at += size;
        Ok(value)
    }
}

fn id<R: Read + Seek>(source: &mut Source<R>, at: u64, end: u64, wide: bool) -> Result<u32, Fault> {
    Ok(Fields { source, at, end }.number(if wide { 4 } else { 2 })? as u32)
}
