//! What a PDF does: by its objects, and by telling names wherever they stand, however they are written.

use std::io::{Read, Seek};

use super::Warning;
use crate::inspect::Found;
use crate::reading::pdf::acts;
use crate::reading::pdf::object::{is_regular, unescaped};
use crate::source::Source;
use crate::{Fault, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let head = source.ahead(0)?;
    let head = &head[..head.len().min(1_024)];
    if !head.windows(5).any(|window| window == b"%PDF-") {
        return Ok(Vec::new());
    }
    let mut names = Names::default();
    names.look(source)?;
    if names.active {
        return Ok(vec![Warning::Active]);
    }
    let acts = if source.length() <= limits::PDF_FILE_BYTES {
        let mut bytes = Vec::with_capacity(source.length() as usize);
        source.copy(0, source.length(), &mut bytes)?;
        acts::look(&bytes)
    } else {
        acts::Acts { active: false, unseen: names.packed }
    };
    Ok(match acts {
        acts::Acts { active: true, .. } => vec![Warning::Active],
        acts::Acts { unseen: true, .. } => vec![Warning::Unlooked],
        _ => Vec::new(),
    })
}

/// Longest telling name, each byte of it written as three, and its slash.
const LONGEST: usize = 64;

/// Names anywhere in the file, also where no object is.
#[derive(Default)]
struct Names {
    active: bool,
    /// Some of its objects are packed.
    packed: bool,
}

impl Names {
    fn look<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Fault> {
        let length = source.length().min(limits::SCANNED_BYTES);
        let (mut kept, mut at) = (Vec::new(), 0);
        while at < length && !self.active {
            let ahead = source.ahead(at)?;
            at += ahead.len() as u64;
            kept.extend_from_slice(ahead);
            // What a window's end cut is seen with the next one.
            let sure = if at >= length { kept.len() } else { kept.len().saturating_sub(LONGEST) };
            for slash in (0..sure).filter(|at| kept[*at] == b'/') {
                let rest = &kept[slash + 1..kept.len().min(slash + LONGEST)];
                let end = rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len());
                let name = unescaped(&rest[..end]);
                // Three bytes are found in pictures by chance.
                self.active |= name.len() > 2 && acts::ACTIVE.contains(&&name[..]);
                self.packed |= name == b"ObjStm";
            }
            kept.drain(..sure);
        }
        Ok(())
    }
}
