//! PDF (ISO 32000-1) as one revision: what hangs on its pages, written anew, without what says who made it, when and with what.
//! Earlier revisions, and all that nothing refers to, are not there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek, Write};

use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::format::icc;
use crate::reading::pdf::file::File;
use crate::reading::pdf::filter;
use crate::reading::pdf::object::{Dictionary, Object, is_regular};
use crate::source::Source;
use crate::{Fault, MediaType, limits, strip};

/// What is in any dictionary only for the program that made it, or about its making.
const GONE: [&[u8]; 8] =
    [b"Metadata", b"PieceInfo", b"LastModified", b"OPI", b"CreatorInfo", b"AF", b"LGIDict", b"DPart"];
/// What everything hangs on has nothing else (table 28, and ISO 32000-2).
const ROOT: [&[u8]; 20] = [
    b"Type",
    b"Extensions",
    b"Pages",
    b"PageLabels",
    b"Names",
    b"Dests",
    b"ViewerPreferences",
    b"PageLayout",
    b"PageMode",
    b"Outlines",
    b"Threads",
    b"OpenAction",
    b"AA",
    b"URI",
    b"AcroForm",
    b"StructTreeRoot",
    b"MarkInfo",
    b"Lang",
    b"OutputIntents",
    b"OCProperties",
];
/// Of a page: small pictures of it, where on earth it lies, and where it was once loaded from.
const PAGE: [&[u8]; 4] = [b"Thumb", b"VP", b"ID", b"PZ"];
/// Of a remark: who wrote it, when, under which number, and its words again as a program formatted them.
const REMARK: [&[u8]; 6] = [b"T", b"M", b"CreationDate", b"NM", b"RC", b"Subj"];
const PACKING: u8 = 6;
/// Objects that are packed together.
const TOGETHER: usize = 200;

/// Writes a PDF without what it tells of its making.
pub fn clean<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<(), Fault> {
    if source.length() > limits::PDF_FILE_BYTES {
        return Err(Fault::TooMuch("it is too long"));
    }
    let mut bytes = Vec::with_capacity(source.length() as usize);
    source.copy(0, source.length(), &mut bytes)?;
    let mut file = File::open(&bytes)?;
    let root = file.root()?.ok_or(Fault::NotCleaned("its pages were not found"))?;
    let mut pages = BTreeSet::new();
    let count = pages_of(&mut file, &Object::Dictionary(root.clone()), &mut pages)?;
    if count == 0 {
        return Err(Fault::NotCleaned("its pages were not found"));
    }
    let mut cleaning = Cleaning { file, pages, numbers: BTreeMap::new(), ahead: Vec::new() };
    let root: Dictionary = root.into_iter().filter(|(name, _)| ROOT.contains(&&name[..])).collect();
    let version = bytes.get(7).filter(|_| bytes.starts_with(b"%PDF-1.")).map_or(b'0', |version| *version);
    let mut writing = Writing { output, at: 0, places: Vec::new(), waiting: Vec::new() };
    let head = if bytes.starts_with(b"%PDF-2") {
        "%PDF-2.0".to_owned()
    } else {
        format!("%PDF-1.{}", char::from(version.max(b'5')))
    };
    writing.write(head.as_bytes())?;
    writing.write(b"\n%\xE2\xE3\xCF\xD3\n")?;

    // The root is the first; what it refers to is numbered as it is met.
    cleaning.ahead.push(None);
    let mut at = 0;
    while at < cleaning.ahead.len() {
        let object = match cleaning.ahead[at] {
            None => Object::Dictionary(root.clone()),
            Some(number) => cleaning.file.follow(&Object::Reference(number))?,
        };
        let is_lost =
            is_page(&object) && cleaning.ahead[at].is_some_and(|number| !cleaning.pages.contains(&number));
        // A page that was taken out, to which a bookmark still leads.
        let (object, data) = if is_lost { (Object::Null, None) } else { cleaning.object(object)? };
        at += 1;
        writing.object(&object, data.as_deref())?;
    }
    writing.finish()
}

fn is_page(object: &Object) -> bool {
    let kind = object.dictionary().and_then(|dictionary| dictionary.get(&b"Type"[..])).and_then(Object::name);
    kind == Some(b"Page")
}

/// §7.7.3: the pages that are shown, by their numbers.
fn pages_of(file: &mut File<'_>, root: &Object, pages: &mut BTreeSet<u32>) -> Result<usize, Fault> {
    let top = root.dictionary().and_then(|root| root.get(&b"Pages"[..])).cloned().unwrap_or(Object::Null);
    let (mut ahead, mut count, mut seen) = (vec![(top, 0)], 0, BTreeSet::new());
    while let Some((object, depth)) = ahead.pop() {
        if let Object::Reference(number) = object
            && !seen.insert(number)
        {
            continue;
        }
        if depth > limits::PDF_DEPTH || ahead.len() > limits::PDF_OBJECTS {
            return Err(Fault::TooMuch("its pages are too deep in each other"));
        }
        let followed = file.follow(&object)?;
        let Some(node) = followed.dictionary() else { continue };
        match file.under(node, b"Kids")? {
            Object::List(kids) => ahead.extend(kids.into_iter().map(|kid| (kid, depth + 1))),
            _ => {
                count += 1;
                if let Object::Reference(number) = object {
                    pages.insert(number);
                }
            }
        }
    }
    Ok(count)
}

struct Cleaning<'a> {
    file: File<'a>,
    pages: BTreeSet<u32>,
    /// From old numbers to new ones.
    numbers: BTreeMap<u32, u32>,
    /// Old numbers in the order of the new ones; none for the root.
    ahead: Vec<Option<u32>>,
}

impl Cleaning<'_> {
    /// An object as it is written, and what a stream holds.
    fn object(&mut self, object: Object) -> Result<(Object, Option<Vec<u8>>), Fault> {
        match object {
            Object::Stream(dictionary, place) => {
                let (dictionary, data) = self.stream(dictionary, place)?;
                Ok((self.value(Object::Dictionary(dictionary), 0)?, Some(data)))
            }
            other => Ok((self.value(other, 0)?, None)),
        }
    }

    fn value(&mut self, object: Object, depth: usize) -> Result<Object, Fault> {
        if depth > 2 * limits::PDF_DEPTH {
            return Err(Fault::TooMuch("its parts are too deep in each other"));
        }
        Ok(match object {
            Object::Reference(number) => Object::Reference(self.number(number)?),
            Object::List(list) => {
                let cleaned: Result<_, Fault> =
                    list.into_iter().map(|one| self.value(one, depth + 1)).collect();
                Object::List(cleaned?)
            }
            Object::Dictionary(dictionary) => {
                let mut cleaned = Dictionary::new();
                for (name, value) in self.kept(dictionary)? {
                    cleaned.insert(name, self.value(value, depth + 1)?);
                }
                Object::Dictionary(cleaned)
            }
            other => other,
        })
    }

    fn number(&mut self, old: u32) -> Result<u32, Fault> {
        if let Some(known) = self.numbers.get(&old) {
            return Ok(*known);
        }
        if self.ahead.len() >= limits::PDF_OBJECTS {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        self.ahead.push(Some(old));
        let number = self.ahead.len() as u32;
        self.numbers.insert(old, number);
        Ok(number)
    }

    /// What stays of a dictionary.
    fn kept(&mut self, mut dictionary: Dictionary) -> Result<Dictionary, Fault> {
        let kind = self.file.under(&dictionary, b"Type")?;
        let kind = kind.name().unwrap_or_default().to_vec();
        let subkind = self.file.under(&dictionary, b"Subtype")?;
        let subkind = subkind.name().unwrap_or_default().to_vec();
        let has = |name: &[u8]| dictionary.contains_key(name);
        if has(b"ByteRange") || kind == b"Sig" || kind == b"DocTimeStamp" {
            return Err(Fault::NotCleaned("it is signed, which a change would break"));
        }
        if has(b"EF") || kind == b"EmbeddedFile" || has(b"EmbeddedFiles") {
            return Err(Fault::NotCleaned("it carries other files"));
        }
        if has(b"XFA") {
            return Err(Fault::NotCleaned("it is a form of a kind that can't be cleaned"));
        }
        if kind == b"3D" || subkind == b"U3D" || subkind == b"PRC" {
            return Err(Fault::NotCleaned("it holds a model in three dimensions"));
        }
        let is_remark = kind == b"Annot" || has(b"Rect") && has(b"Subtype");
        let is_field = subkind == b"Widget" || has(b"FT");
        dictionary.retain(|name, _| !GONE.contains(&&name[..]) && !name.starts_with(b"PTEX."));
        if kind == b"Page" {
            dictionary.retain(|name, _| !PAGE.contains(&&name[..]));
        }
        if is_remark {
            // The name of a form's field is no person's.
            dictionary.retain(|name, _| !REMARK.contains(&&name[..]) || is_field && name == b"T");
        }
        if subkind == b"Form" && kind != b"Annot" {
            dictionary.remove(&b"Ref"[..]);
        }
        let action = self.file.under(&dictionary, b"S")?;
        if matches!(action.name(), Some(b"URI" | b"GoToR" | b"Launch" | b"GoToE"))
            && self.leads_home(&dictionary)?
        {
            dictionary.retain(|name, _| name == b"S" || name == b"Type");
            dictionary.insert(b"S".to_vec(), Object::Name(b"URI".to_vec()));
            dictionary.insert(b"URI".to_vec(), Object::Text(b"about:blank".to_vec()));
        }
        Ok(dictionary)
    }

    /// Does a link lead to a place on somebody's own disk?
    fn leads_home(&mut self, action: &Dictionary) -> Result<bool, Fault> {
        let mut places = Vec::new();
        for name in [&b"URI"[..], b"F", b"Win"] {
            let place = self.file.under(action, name)?;
            if let Some(inner) = place.dictionary() {
                for name in [&b"F"[..], b"UF", b"DOS", b"Unix", b"P", b"D"] {
                    places.push(self.file.under(inner, name)?);
                }
            }
            places.push(place);
        }
        Ok(places.iter().any(|place| {
            let Object::Text(text) = place else { return false };
            // UTF-16 has zeros between its letters.
            let text: Vec<u8> = text.iter().copied().filter(u8::is_ascii_graphic).collect();
            super::is_local(&String::from_utf8_lossy(&text))
        }))
    }

    /// A stream's dictionary and bytes: as they are, but for pictures and colour profiles.
    fn stream(
        &mut self,
        mut dictionary: Dictionary,
        place: std::ops::Range<usize>,
    ) -> Result<(Dictionary, Vec<u8>), Fault> {
        let original = Object::Stream(dictionary.clone(), place.clone());
        if self.file.under(&dictionary, b"F")? != Object::Null {
            return Err(Fault::NotCleaned("a part of it stands in another file"));
        }
        dictionary.retain(|name, _| !matches!(&name[..], b"Length" | b"DL"));
        let filters = filter::one_or_more(&self.file.under(&dictionary, b"Filter")?);
        let mut names = Vec::new();
        for filter in &filters {
            names.push(self.file.follow(filter)?.name().unwrap_or_default().to_vec());
        }
        if names.iter().any(|name| name == b"Crypt") {
            return Err(Fault::Encrypted);
        }
        // A picture's own way is the last, once the others are undone.
        let picture = match names.last().map(Vec::as_slice) {
            Some(b"DCTDecode" | b"DCT") => Some(&b"DCTDecode"[..]),
            Some(b"JPXDecode") => Some(&b"JPXDecode"[..]),
            _ => None,
        };
        if let Some(name) = picture {
            let packed = self.file.unpacked_to(&original, names.len() - 1)?;
            let data = if name == b"DCTDecode" { photo(&packed)? } else { wavelets(packed)? };
            let settings = filter::one_or_more(&self.file.under(&dictionary, b"DecodeParms")?);
            let own = settings.get(names.len() - 1).cloned().unwrap_or(Object::Null);
            dictionary.remove(&b"DecodeParms"[..]);
            if own != Object::Null {
                dictionary.insert(b"DecodeParms".to_vec(), own);
            }
            dictionary.insert(b"Filter".to_vec(), Object::Name(name.to_vec()));
            return Ok((dictionary, data));
        }
        // §8.6.5.5: it has a number of colours.
        let is_profile = dictionary.contains_key(&b"N"[..])
            && !dictionary.contains_key(&b"First"[..])
            && !dictionary.contains_key(&b"FunctionType"[..]);
        if is_profile {
            let profile = self.file.unpacked_to(&original, names.len())?;
            if profile.get(36..40) == Some(b"acsp") {
                // One that can't be written anew is left out for the colours that its number of them stands for.
                let data = icc::rewritten(&profile).unwrap_or_else(|| plain_profile(profile));
                dictionary.retain(|name, _| !matches!(&name[..], b"DecodeParms"));
                dictionary.insert(b"Filter".to_vec(), Object::Name(b"FlateDecode".to_vec()));
                return Ok((dictionary, compress_to_vec_zlib(&data, PACKING)));
            }
        }
        Ok((dictionary, self.file.packed_bytes(place).to_vec()))
    }
}

/// A profile of a kind that is not written anew here keeps its numbers: the texts and what its header says of who made it, when and for
/// which device go.
fn plain_profile(mut profile: Vec<u8>) -> Vec<u8> {
    for (from, to) in [(4, 8), (24, 36), (40, 44), (48, 64), (80, 100)] {
        if let Some(field) = profile.get_mut(from..to) {
            field.fill(0);
        }
    }
    let number = |profile: &[u8], at: usize| {
        let four = profile.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
        four.map_or(0, |four| u32::from_be_bytes(four) as usize)
    };
    for row in 0..number(&profile, 128).min(limits::PROFILE_TAGS) {
        let at = 132 + 12 * row;
        let (from, length) = (number(&profile, at + 4), number(&profile, at + 8));
        // Words of one kind or another (ICC.1 §10): their letters become blanks.
        let words = match profile.get(from..from.saturating_add(4)) {
            Some(b"text") => 8,
            Some(b"desc") => 12,
            Some(b"mluc") => 16 + 12 * number(&profile, from + 8).min(limits::PROFILE_TAGS),
            _ => continue,
        };
        let end = from.saturating_add(length);
        if let Some(data) = from.checked_add(words).and_then(|words| profile.get_mut(words..end)) {
            for byte in data.iter_mut().filter(|byte| **byte != 0) {
                *byte = b' ';
            }
        }
    }
    profile
}

fn photo(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut output = Vec::with_capacity(bytes.len());
    match strip(Cursor::new(bytes), &mut output, MediaType::Jpeg) {
        Ok(_) => Ok(output),
        Err(_) => Err(Fault::NotCleaned("a picture in it is damaged or of a rare kind")),
    }
}

/// JPEG 2000 (ISO/IEC 15444-1 annex I): boxes with anybody's words go, in the picture's own data remarks become blank.
fn wavelets(bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    const DAMAGED: Fault = Fault::NotCleaned("a picture in it is damaged or of a rare kind");
    if bytes.starts_with(&[0xFF, 0x4F]) {
        return remarks_blank(bytes).ok_or(DAMAGED);
    }
    let (mut output, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let head = bytes.get(at..at + 8).ok_or(DAMAGED)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let end = match length {
            0 => bytes.len(),
            8.. => at.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(DAMAGED)?,
            _ => return Err(DAMAGED),
        };
        match &head[4..] {
            b"jP  " | b"ftyp" | b"jp2h" => output.extend(&bytes[at..end]),
            b"jp2c" => {
                output.extend(head);
                output.extend(remarks_blank(bytes[at + 8..end].to_vec()).ok_or(DAMAGED)?);
            }
            _ => {}
        }
        at = end;
    }
    Ok(output)
}

/// Annex A.9.2, in the main header.
fn remarks_blank(mut stream: Vec<u8>) -> Option<Vec<u8>> {
    let mut at = 2;
    loop {
        let [first, second, high, low] = *stream.get(at..at + 4)?.first_chunk::<4>()?;
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        match (first, second) {
            // A tile begins.
            (0xFF, 0x90) => return Some(stream),
            (0xFF, 0x64) => stream.get_mut(at + 6..end)?.fill(b' '),
            (0xFF, _) if end > at + 2 => {}
            _ => return None,
        }
        at = end;
    }
}

/// A PDF as it is written.
struct Writing<'a, W> {
    output: &'a mut W,
    at: usize,
    /// Where each object is, in the order of their numbers.
    places: Vec<Place>,
    /// Those that are no streams, with their numbers: they are packed together at the end.
    waiting: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone, Copy)]
enum Place {
    At(usize),
    /// The so-manieth of those that wait.
    Waiting(usize),
}

impl<W: Write> Writing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.at += bytes.len();
        self.output.write_all(bytes).map_err(Fault::Write)
    }

    /// The next in the order of their numbers.
    fn object(&mut self, object: &Object, data: Option<&[u8]>) -> Result<(), Fault> {
        let number = self.places.len() + 1;
        let dictionary = object.dictionary().zip(data);
        if let Some((dictionary, data)) = dictionary {
            return self.stream(dictionary.clone(), data);
        }
        let mut written = Vec::new();
        write_object(object, &mut written);
        self.places.push(Place::Waiting(self.waiting.len()));
        self.waiting.push((number, written));
        Ok(())
    }

    fn stream(&mut self, mut dictionary: Dictionary, data: &[u8]) -> Result<(), Fault> {
        self.places.push(Place::At(self.at));
        let number = self.places.len();
        dictionary.insert(b"Length".to_vec(), Object::Number(data.len() as f64));
        let mut head = format!("{number} 0 obj\n").into_bytes();
        write_object(&Object::Dictionary(dictionary), &mut head);
        head.extend(b"\nstream\n");
        self.write(&head)?;
        self.write(data)?;
        self.write(b"\nendstream\nendobj\n")
    }

    /// §7.5.7, §7.5.8: objects that are no streams, packed, and where all of them are.
    fn finish(mut self) -> Result<(), Fault> {
        let first_of_packed = self.places.len() + 1;
        let waiting = std::mem::take(&mut self.waiting);
        for together in waiting.chunks(TOGETHER) {
            let (mut index, mut objects) = (String::new(), Vec::new());
            for (number, written) in together {
                index.push_str(&format!("{number} {} ", objects.len()));
                objects.extend(written);
                objects.push(b'\n');
            }
            let dictionary = packed([
                ("Type", Object::Name(b"ObjStm".to_vec())),
                ("N", Object::Number(together.len() as f64)),
                ("First", Object::Number(index.len() as f64)),
            ]);
            let data = compress_to_vec_zlib(&[index.as_bytes(), &objects].concat(), PACKING);
            self.stream(dictionary, &data)?;
        }
        // The list of places is in itself.
        let (begins, all) = (self.at, self.places.len() + 2);
        let mut rows = vec![0, 0, 0, 0, 0, 0xFF, 0xFF];
        for place in self.places.iter().chain([&Place::At(begins)]) {
            let (kind, second, third) = match *place {
                Place::At(at) => (1, at, 0),
                Place::Waiting(which) => (2, first_of_packed + which / TOGETHER, which % TOGETHER),
            };
            let second = u32::try_from(second).map_err(|_| Fault::TooMuch("it is too long"))?;
            rows.push(kind);
            rows.extend(second.to_be_bytes());
            rows.extend((third as u16).to_be_bytes());
        }
        let dictionary = packed([
            ("Type", Object::Name(b"XRef".to_vec())),
            ("Root", Object::Reference(1)),
            ("Size", Object::Number(all as f64)),
            ("W", Object::List([1.0, 4.0, 2.0].map(Object::Number).to_vec())),
        ]);
        self.stream(dictionary, &compress_to_vec_zlib(&rows, PACKING))?;
        self.write(format!("startxref\n{begins}\n%%EOF\n").as_bytes())
    }
}

fn packed<const N: usize>(fields: [(&str, Object); N]) -> Dictionary {
    let filter = ("Filter", Object::Name(b"FlateDecode".to_vec()));
    fields.into_iter().chain([filter]).map(|(name, value)| (name.as_bytes().to_vec(), value)).collect()
}

/// §7.3
fn write_object(object: &Object, output: &mut Vec<u8>) {
    match object {
        Object::Null => output.extend(b"null"),
        Object::Number(number) => output.extend(number_as_written(*number).as_bytes()),
        Object::Name(name) => write_name(name, output),
        Object::Text(text) => write_text(text, output),
        Object::List(list) => {
            output.push(b'[');
            for (at, one) in list.iter().enumerate() {
                if at > 0 {
                    output.push(b' ');
                }
                write_object(one, output);
            }
            output.push(b']');
        }
        Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => {
            output.extend(b"<<");
            for (name, value) in dictionary {
                write_name(name, output);
                output.push(b' ');
                write_object(value, output);
            }
            output.extend(b">>");
        }
        Object::Reference(number) => output.extend(format!("{number} 0 R").as_bytes()),
        Object::Word(word) if matches!(&word[..], b"true" | b"false") => output.extend(word),
        // What makes no sense: readers take it for nothing.
        Object::Word(_) => output.extend(b"null"),
    }
}

/// Without exponents, which PDF does not know, and with as many places as readers tell apart.
fn number_as_written(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{}", number as i64);
    }
    let places = if number.abs() < 1e-4 { 15 } else { 9 };
    let written = format!("{number:.places$}");
    let written = written.trim_end_matches('0').trim_end_matches('.');
    if matches!(written, "-0" | "") { "0".to_owned() } else { written.to_owned() }
}

fn write_name(name: &[u8], output: &mut Vec<u8>) {
    output.push(b'/');
    for &byte in name {
        if is_regular(byte) && byte.is_ascii_graphic() && byte != b'#' {
            output.push(byte);
        } else {
            output.extend(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_text(text: &[u8], output: &mut Vec<u8>) {
    if text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        output.push(b'(');
        for &byte in text {
            if matches!(byte, b'(' | b')' | b'\\') {
                output.push(b'\\');
            }
            output.push(byte);
        }
        output.push(b')');
        return;
    }
    output.push(b'<');
    for byte in text {
        output.extend(format!("{byte:02X}").as_bytes());
    }
    output.push(b'>');
}
