//! Word, Excel and PowerPoint since 2007 (ECMA-376): the parts that the document needs, reached from its beginning by relations of
//! known kinds. What says who made it is no such part; neither is what nothing refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, Write};

use super::package::{Package, Writer, key};
use super::xml::{self, Fate, Rules, Tag, rewrite};
use super::{NEVER, NOBODY, is_file_name, is_local, is_on_disk, part};
use crate::Fault;
use crate::source::Source;

const TYPES: &str = "[Content_Types].xml";

/// By which the three are told from one another.
const MAIN: [&str; 3] = ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"];

/// Relations that lead to what is left out, by the ends of their names.
const LEFT_OUT: [&str; 24] = [
    "/core-properties",
    "/extended-properties",
    "/custom-properties",
    "/thumbnail",
    "/people",
    "/commentsExtended",
    "/commentsIds",
    "/commentsExtensible",
    "/printerSettings",
    "/customXml",
    "/customXmlProps",
    "/attachedTemplate",
    "/changesInfo",
    "/revisionInfo",
    "/revisionHeaders",
    "/usernames",
    "/classificationlabels",
    "/customProperty",
    "/keyMapCustomizations",
    "/mailMergeSource",
    "/mailMergeHeaderSource",
    "/recipientData",
    "/webextensiontaskpanes",
    "/documenttasks",
];

/// Writes a document of these without what it tells of its making. `depth` documents are around it.
pub fn clean<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    depth: usize,
) -> Result<(), Fault> {
    let mut package = Package::open(source)?;
    let relations = reached(&mut package)?;
    let is_lost = |name: &&str| package.has(name) && !relations.contains_key(*name);
    if MAIN.iter().any(is_lost) {
        return Err(Fault::Malformed("what leads to its text is damaged"));
    }
    let mut writer = Writer::new(output);
    let types = package.read(TYPES)?;
    let kept: BTreeSet<String> =
        relations.keys().filter(|name| !name.is_empty()).map(|name| key(name)).collect();
    let written: Vec<String> = package.names().into_iter().filter(|name| kept.contains(&key(name))).collect();
    writer.add(TYPES, &rewrite(&types, &mut Types(&kept))?)?;
    let mut people = BTreeMap::new();
    for name in [String::new()].iter().chain(&written) {
        if let Some(relations) = relations.get(&key(name)).and_then(Option::as_ref) {
            writer.add(&relations_of(name), &rewrite(relations, &mut Relations)?)?;
        }
        if name.is_empty() {
            continue;
        }
        let bytes = package.read(name)?;
        let cleaned = if is_xml(name) {
            let mut authors = Authors::default();
            let place = Place::of(name);
            if place == Place::Excel {
                authors.find(&bytes)?;
            }
            rewrite(&bytes, &mut Document { place, authors, people: &mut people })?
        } else {
            part::cleaned(name, bytes, depth)?
        };
        writer.add(name, &cleaned)?;
    }
    writer.finish()
}

fn is_xml(name: &str) -> bool {
    let name = key(name);
    name.ends_with(".xml") || name.ends_with(".vml")
}

/// Where a part's relations stand (ECMA-376 part 2 §6.5.2).
fn relations_of(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") }
}

/// All parts that are kept, the whole itself under no name, with their relations as they are written.
fn reached<R: Read + Seek>(package: &mut Package<'_, R>) -> Result<BTreeMap<String, Option<Vec<u8>>>, Fault> {
    let mut reached = BTreeMap::new();
    let mut ahead = vec![String::new()];
    while let Some(name) = ahead.pop() {
        let place = relations_of(&name);
        let relations = if package.has(&place) { Some(package.read(&place)?) } else { None };
        let mut is_signed = false;
        if let Some(relations) = &relations {
            xml::look(relations, &mut |tag| {
                let kind = tag.get("Type").unwrap_or_default();
                is_signed |= kind.contains("/digital-signature/");
                if tag.local() != "Relationship" || is_left_out(kind) || is_external(tag) {
                    return;
                }
                let target = xml::plain(tag.get("Target").unwrap_or_default()).into_owned();
                ahead.extend(resolved(&name, &target));
            })?;
        }
        if is_signed {
            return Err(Fault::NotCleaned("it is signed, which a change would break"));
        }
        reached.insert(key(&name), relations);
        ahead.retain(|name| package.has(name) && !reached.contains_key(&key(name)));
    }
    Ok(reached)
}

fn is_left_out(kind: &str) -> bool {
    LEFT_OUT.iter().any(|end| kind.ends_with(end))
}

fn is_external(tag: &Tag<'_>) -> bool {
    tag.get("TargetMode") == Some("External")
}

/// The part that a relation of another leads to. None: a place in the same part.
fn resolved(from: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    if target.is_empty() {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = match target.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut path: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(path.pop()),
            step => path.push(step),
        }
    }
    Some(path.join("/"))
}

/// Parts of their own kinds, those that were left out not.
struct Types<'a>(&'a BTreeSet<String>);

impl Rules for Types<'_> {
    fn tag(&mut self, tag: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
        let name = tag.get("PartName").map(|name| key(name.trim_start_matches('/')));
        let is_gone = tag.local() == "Override" && name.is_none_or(|name| !self.0.contains(&name));
        Ok(if is_gone { Fate::Drop } else { Fate::Keep })
    }
}

/// Relations, without those to what was left out, and without places on somebody's disk.
struct Relations;

impl Rules for Relations {
    fn tag(&mut self, tag: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
        if is_left_out(tag.get("Type").unwrap_or_default()) {
            return Ok(Fate::Drop);
        }
        if is_external(tag) && tag.get("Target").is_some_and(is_local) {
            tag.set("Target", "about:blank");
        }
        Ok(Fate::Keep)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Word,
    Excel,
    PowerPoint,
}

impl Place {
    fn of(name: &str) -> Self {
        match name.split('/').next().unwrap_or_default() {
            "xl" => Place::Excel,
            "ppt" => Place::PowerPoint,
            _ => Place::Word,
        }
    }
}

/// Names that a sheet's remarks have, which Excel also writes at their beginning.
#[derive(Default)]
struct Authors(Vec<String>);

impl Authors {
    fn find(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        struct Find<'a>(&'a mut Vec<String>);
        impl Rules for Find<'_> {
            fn tag(&mut self, _: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
                Ok(Fate::Keep)
            }

            fn words(&mut self, words: &str, inside: &[&str]) -> Option<String> {
                if is_author(inside) {
                    self.0.push(words.trim().to_owned());
                }
                None
            }
        }
        rewrite(bytes, &mut Find(&mut self.0)).map(drop)
    }
}

fn is_author(inside: &[&str]) -> bool {
    matches!(inside, [.., parent, own] if xml::local(parent) == "authors" && xml::local(own) == "author")
}

struct Document<'a> {
    place: Place,
    authors: Authors,
    /// Numbers of people of the whole file, in the order in which they are met.
    people: &'a mut BTreeMap<String, usize>,
}

impl Document<'_> {
    fn person(&mut self, tag: &mut Tag<'_>, name: &str) {
        let Some(known) = tag.get(name).map(str::to_owned) else { return };
        let next = self.people.len() + 1;
        let number = *self.people.entry(known).or_insert(next);
        tag.set(name, &format!("{{00000000-0000-0000-0000-{number:012X}}}"));
    }

    fn word(tag: &mut Tag<'_>) -> Fate {
        let gone = [
            "rsids",
            "attachedTemplate",
            "docVars",
            "mailMerge",
            "saveThroughXslt",
            "attachedSchema",
            "docId",
            "printerSettings",
            "dataBinding",
        ];
        if gone.contains(&tag.local()) {
            return Fate::Drop;
        }
        let is_somebodys = tag.get("author").is_some();
        tag.set("author", NOBODY);
        tag.leave_out(|name, _| {
            matches!(name, "paraId" | "textId" | "paraIdParent" | "durableId")
                || is_somebodys && matches!(name, "date" | "dateUtc" | "initials" | "userId" | "providerId")
        });
        if tag.local() == "fldSimple" && tag.get("instr").is_some_and(is_on_disk) {
            tag.set("instr", "");
        }
        Fate::Keep
    }

    fn excel(&mut self, tag: &mut Tag<'_>, parent: &str) -> Fate {
        match tag.local() {
            "author" if parent == "authors" => return Fate::Say(NOBODY),
            "revisionPtr"
            | "fileVersion"
            | "customWorkbookViews"
            | "customSheetViews"
            | "customProperties" => {
                return Fate::Drop;
            }
            "person" => {
                self.person(tag, "id");
                somebody(tag);
            }
            "mention" => {
                self.person(tag, "mentionpersonId");
                tag.leave_out(|name, _| name == "mentionId");
            }
            "threadedComment" => {
                self.person(tag, "personId");
                tag.leave_out(|name, _| name == "dT");
            }
            "absPath" => tag.set("url", ""),
            "pageSetup" => tag.leave_out(|name, _| name == "id"),
            "dbPr" => tag.set("connection", ""),
            _ => {}
        }
        tag.leave_out(|name, value| {
            matches!(name, "uid" | "refreshedBy" | "refreshedDate" | "refreshedDateIso" | "odcFile")
                || matches!(name, "userName" | "sourceFile" | "documentId")
                || name == "connectionId" && value.is_empty()
        });
        Fate::Keep
    }

    fn power_point(tag: &mut Tag<'_>, parent: &str) -> Fate {
        match tag.local() {
            "presenceInfo" | "custData" => return Fate::Drop,
            "tag" if parent == "tagLst" => return Fate::Drop,
            "cmAuthor" => {
                somebody(tag);
                tag.leave_out(|name, _| matches!(name, "userId" | "providerId"));
            }
            "author" if parent == "authorLst" => somebody(tag),
            "cm" | "reply" => {
                tag.leave_out(|name, _| name == "dt");
                tag.set("created", NEVER);
            }
            "creationId" | "modId" => {
                tag.set("val", "0");
                tag.set("id", "{00000000-0000-0000-0000-000000000000}");
            }
            _ => {}
        }
        tag.leave_out(|name, _| name == "timeZoneBias");
        Fate::Keep
    }
}

/// A person, as remarks refer to one.
fn somebody(tag: &mut Tag<'_>) {
    for (name, value) in [
        ("name", NOBODY),
        ("displayName", NOBODY),
        ("initials", "A"),
        ("userId", NOBODY),
        ("providerId", "None"),
    ] {
        tag.set(name, value);
    }
}

impl Rules for Document<'_> {
    fn tag(&mut self, tag: &mut Tag<'_>, inside: &[&str]) -> Result<Fate, Fault> {
        // A whole package in one file of XML, of which no part was looked at.
        if matches!(tag.local(), "binData" | "binaryData") {
            return Err(Fault::NotCleaned("files are written into its text"));
        }
        let parent = inside.last().map_or("", |name| xml::local(name));
        tag.leave_out(|name, _| name.starts_with("rsid"));
        match tag.local() {
            // What a picture was called before it was put in.
            "cNvPr" | "docPr" => {
                if tag.get("name").is_some_and(is_file_name) {
                    tag.set("name", "Picture");
                }
                tag.leave_out(|name, value| matches!(name, "descr" | "title") && is_file_name(value));
            }
            "imagedata" | "shape" | "fill" => {
                tag.leave_out(|name, value| {
                    matches!(name, "title" | "alt" | "href" | "althref") && is_file_name(value)
                });
            }
            "timestamp" => return Ok(Fate::Drop),
            _ => {}
        }
        Ok(match self.place {
            Place::Word => Self::word(tag),
            Place::Excel => self.excel(tag, parent),
            Place::PowerPoint => Self::power_point(tag, parent),
        })
    }

    fn words(&mut self, words: &str, inside: &[&str]) -> Option<String> {
        let own = inside.last().map_or("", |name| xml::local(name));
        // Where a field gets its picture or its text from.
        if matches!(own, "instrText" | "delInstrText") && is_on_disk(words) {
            return Some(String::new());
        }
        // `Ana Silva:` at the beginning of her remark.
        let behind = words.trim_start();
        let named = self.authors.0.iter().find(|author| {
            own == "t"
                && !author.is_empty()
                && behind.strip_prefix(&author[..]).is_some_and(|rest| rest.starts_with(':'))
        })?;
        Some(words.replacen(&named[..], NOBODY, 1))
    }
}
