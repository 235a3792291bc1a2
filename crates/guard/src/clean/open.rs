//! OpenDocument: what its list of parts names, without what it says of the document, small pictures of it, older versions and the
//! program's own settings.

use std::io::{Read, Seek, Write};

use super::package::{Package, Writer};
use super::xml::{self, Fate, Rules, Tag, rewrite};
use super::{NEVER, NOBODY, is_file_name, is_local, part};
use crate::source::Source;
use crate::{Fault, MediaType};

const LIST: &str = "META-INF/manifest.xml";
/// ODF 1.3 part 3 §4.3.1: what a document says of itself may be nothing.
const NOTHING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <office:document-meta xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" office:version=\"1.2\">\
    <office:meta/></office:document-meta>";
/// Settings that name a printer, a database or a session.
const TELLING: [&str; 12] = [
    "Printer",
    "PrintFaxName",
    "CurrentDatabase",
    "Rsid",
    "ViewId",
    "Redline",
    "EmbeddedDatabase",
    "Author",
    "Template",
    "URL",
    "Path",
    "ModifyPassword",
];

/// Writes a document of this kind without what it tells of its making.
pub fn clean<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    media_type: MediaType,
    depth: usize,
) -> Result<(), Fault> {
    let mut package = Package::open(source)?;
    let list = package.read(LIST)?;
    let (mut kept, mut is_locked) = (Vec::new(), false);
    xml::look(&list, &mut |tag| match tag.local() {
        "encryption-data" => is_locked = true,
        "file-entry" => kept.extend(tag.get("full-path").map(|path| xml::plain(path).into_owned())),
        _ => {}
    })?;
    if is_locked {
        return Err(Fault::Encrypted);
    }
    if package.names().iter().any(|name| name.starts_with("META-INF/") && name.contains("signature")) {
        return Err(Fault::NotCleaned("it is signed, which a change would break"));
    }
    kept.retain(|name| package.has(name) && !is_left_out(name) && name != LIST && name != "mimetype");
    kept.sort();
    kept.dedup();

    let mut writer = Writer::new(output);
    writer.stored("mimetype", media_type.mime().as_bytes())?;
    for name in &kept {
        if name == "meta.xml" {
            writer.add(name, NOTHING.as_bytes())?;
            continue;
        }
        let bytes = package.read(name)?;
        let cleaned = if name.ends_with(".xml") || name.ends_with(".xlb") || name.ends_with(".xlc") {
            rewrite(&bytes, &mut Document)?
        } else {
            part::cleaned(name, bytes, depth)?
        };
        writer.add(name, &cleaned)?;
    }
    writer.add(LIST, &rewrite(&list, &mut List(&kept))?)?;
    writer.finish()
}

fn is_left_out(name: &str) -> bool {
    let folders = ["Thumbnails/", "Configurations2/", "Versions/", "META-INF/", "__MACOSX/"];
    let is_inner_meta = name.ends_with("/meta.xml");
    folders.iter().any(|folder| name.starts_with(folder) || name.contains(&format!("/{folder}")))
        || is_inner_meta
        || matches!(name, "VersionList.xml" | "layout-cache" | "manifest.rdf")
}

struct Document;

impl Rules for Document {
    fn tag(&mut self, tag: &mut Tag<'_>, inside: &[&str]) -> Result<Fate, Fault> {
        let parent = inside.last().map_or("", |name| xml::local(name));
        let is_remark = matches!(parent, "annotation" | "change-info");
        match tag.local() {
            "creator" if is_remark => return Ok(Fate::Say(NOBODY)),
            "date" if is_remark => return Ok(Fate::Say(NEVER)),
            "creator-initials" | "sender-initials" | "date-string" if is_remark => return Ok(Fate::Drop),
            "binary-data" => return Err(Fault::NotCleaned("pictures are written into its text")),
            "config-item" => {
                let name = tag.get("name").unwrap_or_default();
                if TELLING.iter().any(|telling| name.contains(telling)) {
                    return Ok(Fate::Drop);
                }
            }
            _ => {}
        }
        let is_picture = matches!(tag.local(), "frame" | "image" | "object");
        tag.leave_out(|name, value| {
            matches!(name, "rsid" | "paragraph-rsid" | "template-name")
                || name == "name" && is_picture && is_file_name(value)
        });
        if tag.all().any(|(name, value)| name == "href" && is_outside(value)) {
            tag.set("href", "");
        }
        Ok(Fate::Keep)
    }
}

/// Places beside the document are written with dots before them.
fn is_outside(place: &str) -> bool {
    !place.starts_with("./") && is_local(place)
}

/// The list of parts without those that were left out.
struct List<'a>(&'a [String]);

impl Rules for List<'_> {
    fn tag(&mut self, tag: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
        if tag.local() != "file-entry" {
            return Ok(Fate::Keep);
        }
        let path = tag.get("full-path").map(|path| xml::plain(path).into_owned()).unwrap_or_default();
        let is_folder = path.ends_with('/') && self.0.iter().any(|name| name.starts_with(&path[..]));
        if path != "/" && !is_folder && self.0.binary_search(&path).is_err() {
            return Ok(Fate::Drop);
        }
        tag.leave_out(|name, _| name == "size");
        Ok(Fate::Keep)
    }
}
