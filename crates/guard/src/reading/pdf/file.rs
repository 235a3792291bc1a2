//! Where a PDF's objects are (ISO 32000-1 §7.5), and what its streams unpack to (§7.4). Found by the cross references; where
//! those are broken, by looking through the whole file, as every reader does.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::filter;
use super::object::{Dictionary, Lexer, Object, is_blank, is_regular};
use crate::{Fault, limits};

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    At(usize),
    /// In a stream of objects, the so-manieth.
    In(u32, usize),
}

/// A stream of objects, unpacked, and where each of them begins in it.
struct Packed {
    bytes: Vec<u8>,
    places: Vec<(u32, usize)>,
}

/// A PDF.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    places: BTreeMap<u32, Place>,
    trailer: Dictionary,
    packed: BTreeMap<u32, Option<Rc<Packed>>>,
    /// Bytes that may still be unpacked.
    left: usize,
    /// Bytes that may still be read or looked through, so that a file which leads in circles ends.
    work: usize,
    looked_through: bool,
}

impl<'a> File<'a> {
    /// Finds its objects. One that is encrypted is refused as such.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut file = Self::of(bytes);
        if !file.follow_references()? || file.root()?.is_none() {
            file.look_through()?;
        }
        if file.is_encrypted() { Err(Fault::Encrypted) } else { Ok(file) }
    }

    /// The same, however broken or encrypted it is: to see what it does, not to read it.
    pub fn open_anyway(bytes: &'a [u8]) -> Self {
        let mut file = Self::of(bytes);
        if !matches!(file.follow_references(), Ok(true)) {
            // What is found by then is what there is.
            drop(file.look_through());
        }
        file
    }

    fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            places: BTreeMap::new(),
            trailer: Dictionary::new(),
            packed: BTreeMap::new(),
            left: limits::PDF_BYTES,
            work: limits::PDF_WORK_BYTES,
            looked_through: false,
        }
    }

    /// Are its strings and streams?
    pub fn is_encrypted(&self) -> bool {
        self.trailer.get(&b"Encrypt"[..]).is_some_and(|encrypt| *encrypt != Object::Null)
    }

    /// The next object that stands in the file itself, of whichever of its versions, whether anything refers to it or not.
    /// `at` moves on.
    pub fn next_anywhere(&mut self, at: &mut usize) -> Result<Option<Object>, Fault> {
        while let Some(next) = position(self.bytes.get(*at..).unwrap_or_default(), b"obj") {
            let word = *at + next;
            *at = word + 3;
            if let Some((_, begins)) = number_before(self.bytes, word)
                && let Some((_, object)) = self.indirect(begins)?
            {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }

    /// §7.7.2: what everything hangs on.
    pub fn root(&mut self) -> Result<Option<Dictionary>, Fault> {
        let trailer = std::mem::take(&mut self.trailer);
        let root = self.under(&trailer, b"Root");
        self.trailer = trailer;
        Ok(root?.dictionary().filter(|root| root.contains_key(&b"Pages"[..])).cloned())
    }

    /// Numbers of all objects.
    pub fn numbers(&self) -> Vec<u32> {
        self.places.keys().copied().collect()
    }

    /// What stands in a dictionary under a name, followed where it is elsewhere; [`Object::Null`] where there is nothing.
    pub fn under(&mut self, dictionary: &Dictionary, name: &[u8]) -> Result<Object, Fault> {
        match dictionary.get(name) {
            Some(object) => self.follow(object),
            None => Ok(Object::Null),
        }
    }

    /// An object itself, where it is elsewhere.
    pub fn follow(&mut self, object: &Object) -> Result<Object, Fault> {
        let mut found = object.clone();
        for _ in 0..limits::PDF_DEPTH {
            let Object::Reference(number) = found else { return Ok(found) };
            found = self.object(number)?.unwrap_or(Object::Null);
        }
        Ok(Object::Null)
    }

    /// A stream's bytes, unpacked.
    pub fn stream(&mut self, object: &Object) -> Result<Vec<u8>, Fault> {
        self.unpacked_to(object, limits::PDF_FILTERS)
    }

    /// The same after so many ways of packing.
    pub fn unpacked_to(&mut self, object: &Object, filters: usize) -> Result<Vec<u8>, Fault> {
        let Object::Stream(dictionary, place) = object else { return Ok(Vec::new()) };
        self.unpack(dictionary, place.clone(), filters)
    }

    /// A stream's bytes, packed.
    pub fn packed_bytes(&self, place: Range<usize>) -> &'a [u8] {
        &self.bytes[place]
    }

    fn object(&mut self, number: u32) -> Result<Option<Object>, Fault> {
        if let Some(found) = self.find(number)? {
            return Ok(Some(found));
        }
        // §7.3.10: one that is nowhere is nothing; a reference that leads to something else is broken.
        if self.looked_through || !self.places.contains_key(&number) {
            return Ok(None);
        }
        self.look_through()?;
        self.find(number)
    }

    fn find(&mut self, number: u32) -> Result<Option<Object>, Fault> {
        match self.places.get(&number).copied() {
            None => Ok(None),
            Some(Place::At(at)) => match self.indirect(at)? {
                Some((found, object)) if found == number => Ok(Some(object)),
                _ => Ok(None),
            },
            Some(Place::In(stream, index)) => {
                let Some(packed) = self.packed(stream)? else { return Ok(None) };
                let mut found = packed.places.get(index).filter(|(found, _)| *found == number);
                if found.is_none() {
                    self.spend(packed.places.len())?;
                    found = packed.places.iter().find(|(found, _)| *found == number);
                }
                let Some(&(_, at)) = found else { return Ok(None) };
                let mut lexer = Lexer::new(&packed.bytes, at);
                let object = lexer.next()?;
                self.spend(lexer.at.saturating_sub(at))?;
                Ok(object)
            }
        }
    }

    /// §7.3.10: `12 0 obj … endobj`
    fn indirect(&mut self, at: usize) -> Result<Option<(u32, Object)>, Fault> {
        let mut lexer = Lexer::new(self.bytes, at);
        let (Some(Object::Number(number)), Some(Object::Number(_)), Some(Object::Word(word))) =
            (lexer.next()?, lexer.next()?, lexer.next()?)
        else {
            return Ok(None);
        };
        if word != b"obj" {
            return Ok(None);
        }
        let object = lexer.next()?.unwrap_or(Object::Null);
        self.spend(lexer.at.saturating_sub(at))?;
        let Object::Dictionary(dictionary) = object else { return Ok(Some((number as u32, object))) };
        lexer.skip_blank();
        let Some(rest) = self.bytes[lexer.at..].strip_prefix(b"stream") else {
            return Ok(Some((number as u32, Object::Dictionary(dictionary))));
        };
        let blank = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        let begins = self.bytes.len() - rest.len() + blank;
        let place = self.stream_place(&dictionary, begins, number as u32)?;
        Ok(Some((number as u32, Object::Stream(dictionary, place))))
    }

    /// By its length where that is true, else up to its end.
    fn stream_place(
        &mut self,
        dictionary: &Dictionary,
        begins: usize,
        number: u32,
    ) -> Result<Range<usize>, Fault> {
        let length = match dictionary.get(&b"Length"[..]) {
            // Itself it cannot be.
            Some(Object::Reference(other)) if *other != number => match self.places.get(other).copied() {
                Some(Place::At(at)) => {
                    let mut lexer = Lexer::new(self.bytes, at);
                    let (_, _, _, length) = (lexer.next()?, lexer.next()?, lexer.next()?, lexer.next()?);
                    length.and_then(|length| length.count())
                }
                _ => None,
            },
            Some(length) => length.count(),
            None => None,
        };
        let end = length.and_then(|length| begins.checked_add(length)).filter(|end| {
            let rest = self.bytes.get(*end..).unwrap_or_default();
            let blanks = rest.iter().take(3).take_while(|byte| is_blank(**byte)).count();
            rest[blanks..].starts_with(b"endstream")
        });
        if let Some(end) = end {
            return Ok(begins..end);
        }
        let end = position(&self.bytes[begins..], b"endstream").map_or(self.bytes.len(), |end| begins + end);
        self.spend(end - begins)?;
        Ok(begins..end)
    }

    fn unpack(
        &mut self,
        dictionary: &Dictionary,
        place: Range<usize>,
        filters: usize,
    ) -> Result<Vec<u8>, Fault> {
        let names = filter::one_or_more(&self.under(dictionary, b"Filter")?);
        let settings = filter::one_or_more(&self.under(dictionary, b"DecodeParms")?);
        let mut bytes = self.bytes[place].to_vec();
        for (at, name) in names.iter().enumerate().take(filters.min(limits::PDF_FILTERS)) {
            let name = self.follow(name)?;
            let setting = settings.get(at).map(|setting| self.follow(setting)).transpose()?;
            let most = self.left.min(limits::PDF_STREAM_BYTES);
            bytes = filter::unpack(&bytes, name.name().unwrap_or_default(), setting.as_ref(), most)?;
            self.left = self.left.saturating_sub(bytes.len());
        }
        // What is not packed counts as well: it is copied each time.
        let copied = if names.is_empty() { bytes.len() } else { 0 };
        self.left = self.left.checked_sub(copied).ok_or(Fault::TooMuch("it unpacks to too much"))?;
        Ok(bytes)
    }

    /// §7.5.7
    fn packed(&mut self, number: u32) -> Result<Option<Rc<Packed>>, Fault> {
        if let Some(found) = self.packed.get(&number) {
            return Ok(found.clone());
        }
        // One that is in itself, or in another, is none.
        self.packed.insert(number, None);
        let Some(Place::At(at)) = self.places.get(&number).copied() else { return Ok(None) };
        let Some((found, object)) = self.indirect(at)? else { return Ok(None) };
        let Some(dictionary) = object.dictionary().filter(|_| found == number) else { return Ok(None) };
        let count = |name: &[u8]| dictionary.get(name).and_then(Object::count);
        let (Some(count), Some(first)) = (count(b"N"), count(b"First")) else { return Ok(None) };
        let bytes = self.stream(&object)?;
        let (mut lexer, mut places) = (Lexer::new(&bytes, 0), Vec::new());
        for _ in 0..count.min(limits::PDF_OBJECTS) {
            let (Some(Object::Number(number)), Some(Object::Number(at))) = (lexer.next()?, lexer.next()?)
            else {
                break;
            };
            places.push((number as u32, first.saturating_add(at as usize)));
        }
        let packed = Rc::new(Packed { bytes, places });
        self.packed.insert(number, Some(packed.clone()));
        Ok(Some(packed))
    }

    /// §7.5.5: from the end of the file through all earlier versions of it. False where that leads nowhere.
    fn follow_references(&mut self) -> Result<bool, Fault> {
        let tail = self.bytes.len().saturating_sub(1_024);
        let Some(word) = last_position(&self.bytes[tail..], b"startxref") else { return Ok(false) };
        let mut lexer = Lexer::new(self.bytes, tail + word + 9);
        let mut next = lexer.next()?.and_then(|at| at.count());
        let mut seen = BTreeSet::new();
        while let Some(at) = next.take() {
            if at >= self.bytes.len() || !seen.insert(at) || seen.len() > limits::PDF_VERSIONS {
                break;
            }
            let Some(trailer) = self.section(at)? else { return Ok(false) };
            let number = |name: &[u8]| trailer.get(name).and_then(Object::count);
            // §7.5.8.4: a stream beside the table, for newer readers.
            if let Some(at) = number(b"XRefStm").filter(|at| *at < self.bytes.len() && seen.insert(*at)) {
                self.reference_stream(at)?;
            }
            next = number(b"Prev");
            for (name, value) in trailer {
                self.trailer.entry(name).or_insert(value);
            }
        }
        Ok(self.trailer.contains_key(&b"Root"[..]))
    }

    /// Places out of one table or stream, and its trailer.
    fn section(&mut self, at: usize) -> Result<Option<Dictionary>, Fault> {
        let mut lexer = Lexer::new(self.bytes, at);
        lexer.skip_blank();
        if !self.bytes[lexer.at..].starts_with(b"xref") {
            return self.reference_stream(at);
        }
        lexer.at += 4;
        loop {
            match lexer.next()? {
                Some(Object::Number(first)) => {
                    let Some(count) = lexer.next()?.and_then(|count| count.count()) else { return Ok(None) };
                    for number in (0..count).map(|number| (first as usize).saturating_add(number) as u32) {
                        let (Some(Object::Number(at)), Some(Object::Number(_)), Some(Object::Word(kind))) =
                            (lexer.next()?, lexer.next()?, lexer.next()?)
                        else {
                            return Ok(None);
                        };
                        if kind == b"n" {
                            self.place(number, Place::At(at as usize))?;
                        }
                    }
                }
                Some(Object::Word(word)) if word == b"trailer" => {
                    return Ok(lexer.next()?.and_then(|trailer| trailer.dictionary().cloned()));
                }
                _ => return Ok(None),
            }
        }
    }

    /// §7.5.8: the same as numbers of fixed lengths in a stream.
    fn reference_stream(&mut self, at: usize) -> Result<Option<Dictionary>, Fault> {
        let Some((_, object @ Object::Stream(..))) = self.indirect(at)? else { return Ok(None) };
        let bytes = self.stream(&object)?;
        let Object::Stream(trailer, _) = object else { return Ok(None) };
        let counts = |name: &[u8]| -> Option<Vec<usize>> {
            trailer.get(name)?.list()?.iter().map(Object::count).collect()
        };
        let Some([kind, second, third]) = counts(b"W").and_then(|widths| <[usize; 3]>::try_from(widths).ok())
        else {
            return Ok(None);
        };
        let all = kind.saturating_add(second).saturating_add(third);
        if all == 0 || kind.max(second).max(third) > 8 {
            return Ok(None);
        }
        let whole = trailer.get(&b"Size"[..]).and_then(Object::count).unwrap_or(0);
        let parts = counts(b"Index").unwrap_or_else(|| vec![0, whole]);
        let mut entries = bytes.chunks_exact(all);
        for part in parts.chunks_exact(2) {
            let numbers = (0..part[1]).map(|number| part[0].saturating_add(number) as u32);
            for (number, entry) in numbers.zip(&mut entries) {
                let field = |from: usize, length: usize| {
                    entry[from..from + length].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
                };
                let (first, second, third) =
                    (field(0, kind), field(kind, second), field(kind + second, third));
                match if kind == 0 { 1 } else { first } {
                    1 => self.place(number, Place::At(second as usize))?,
                    2 => self.place(number, Place::In(second as u32, third as usize))?,
                    _ => {}
                }
            }
        }
        Ok(Some(trailer))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        self.work =
            self.work.checked_sub(bytes).ok_or(Fault::TooMuch("it leads in circles, or is too long"))?;
        Ok(())
    }

    /// The newest version comes first and stays.
    fn place(&mut self, number: u32, place: Place) -> Result<(), Fault> {
        self.places.entry(number).or_insert(place);
        if self.places.len() > limits::PDF_OBJECTS {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        Ok(())
    }

    /// Every `12 0 obj` in the file, the last of each number.
    fn look_through(&mut self) -> Result<(), Fault> {
        self.looked_through = true;
        self.spend(self.bytes.len())?;
        let (mut found, mut at) = (BTreeMap::new(), 0);
        while let Some(next) = position(&self.bytes[at..], b"obj") {
            let word = at + next;
            at = word + 3;
            if let Some((number, begins)) = number_before(self.bytes, word) {
                found.insert(number, Place::At(begins));
                if found.len() > limits::PDF_OBJECTS {
                    return Err(Fault::TooMuch("it has too many parts"));
                }
            }
        }
        self.places = found;
        self.packed.clear();
        let mut at = 0;
        while let Some(next) = position(&self.bytes[at..], b"trailer") {
            at += next + 7;
            let mut lexer = Lexer::new(self.bytes, at);
            if let Some(Object::Dictionary(trailer)) = lexer.next()? {
                self.trailer.extend(trailer);
            }
            self.spend(lexer.at - at)?;
        }
        self.look_into_streams()
    }

    /// What a file without cross references has in streams of objects, and where no trailer is left, its root.
    fn look_into_streams(&mut self) -> Result<(), Fault> {
        let mut root = None;
        for number in self.numbers() {
            let Some(object) = self.find(number)? else { continue };
            let Some(dictionary) = object.dictionary() else { continue };
            match dictionary.get(&b"Type"[..]).and_then(Object::name) {
                Some(b"Catalog") => root = Some(number),
                Some(b"XRef") => {
                    for (name, value) in dictionary {
                        self.trailer.entry(name.clone()).or_insert_with(|| value.clone());
                    }
                }
                Some(b"ObjStm") => {
                    let Some(packed) = self.packed(number)? else { continue };
                    for (index, (inner, _)) in packed.places.iter().enumerate() {
                        self.place(*inner, Place::In(number, index))?;
                    }
                }
                _ => {}
            }
        }
        if self.root()?.is_none()
            && let Some(root) = root
        {
            self.trailer.insert(b"Root".to_vec(), Object::Reference(root));
        }
        Ok(())
    }
}

/// The number of the object whose word `obj` stands at `word`, and where it begins.
fn number_before(bytes: &[u8], word: usize) -> Option<(u32, usize)> {
    if bytes.get(word + 3).is_some_and(|next| is_regular(*next) && !next.is_ascii_digit()) {
        return None;
    }
    let digits = |end: usize| {
        let count = bytes[..end].iter().rev().take(11).take_while(|byte| byte.is_ascii_digit()).count();
        (1..=10).contains(&count).then(|| end - count)
    };
    let blanks = |end: usize| end - bytes[..end].iter().rev().take_while(|byte| is_blank(**byte)).count();
    let version_end = blanks(word);
    let version = digits(version_end)?;
    let number_end = blanks(version);
    if number_end == version {
        return None;
    }
    let number = digits(number_end)?;
    Some((std::str::from_utf8(&bytes[number..number_end]).ok()?.parse().ok()?, number))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == first) {
        at += next;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn last_position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}
