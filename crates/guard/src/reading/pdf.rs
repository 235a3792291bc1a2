//! The words of a PDF's pages (ISO 32000-1), in the order in which they are drawn: a preview, not the page. Nothing is drawn;
//! pictures, fonts' outlines, scripts, actions, files within and references to the outside are never looked at.
//!
//! - [`object`]: how it is written; [`file`]: where its objects are; [`filter`]: how they are packed.
//! - [`acts`]: what it does, for a warning.
//! - [`font`], [`letters`]: what codes mean.
//! - Here: pages, and what their operators draw.

pub(crate) mod acts;
pub(crate) mod file;
pub(crate) mod filter;
mod font;
mod letters;
pub(crate) mod object;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::file::File;
use self::font::Font;
use self::object::{Dictionary, Lexer, Object, is_blank};
use super::Text;
use crate::{Fault, limits};

/// Takes up the words of a whole PDF.
pub(super) fn read(bytes: &[u8], text: &mut Text) -> Result<(), Fault> {
    let file = File::open(bytes)?;
    let mut pages = Pages {
        file,
        text,
        fonts: BTreeMap::new(),
        steps: limits::PDF_STEPS,
        drawings: 0,
        end: None,
        unknown: 0,
    };
    let Some(root) = pages.file.root()? else { return pages.without_a_tree() };
    let tree = pages.file.under(&root, b"Pages")?;
    let mut seen = BTreeSet::new();
    let count = match tree.dictionary() {
        Some(tree) => pages.tree(tree, &Dictionary::new(), &mut seen, 0)?,
        None => 0,
    };
    if count == 0 { pages.without_a_tree() } else { Ok(()) }
}

struct Pages<'a, 't> {
    file: File<'a>,
    text: &'t mut Text,
    fonts: BTreeMap<u32, Option<Rc<Font>>>,
    /// Operators that may still come.
    steps: usize,
    drawings: usize,
    /// Where the last letter ended, which way it went and how large it was.
    end: Option<Place>,
    /// Letters one after the other whose meaning nothing tells.
    unknown: usize,
}

/// §8.3.3: a, b, c, d, e, f.
type Matrix = [f64; 6];
const AS_IS: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

#[derive(Debug, Clone, Copy)]
struct Place {
    at: [f64; 2],
    size: f64,
}

/// §9.3: how text is drawn.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    between_letters: f64,
    between_words: f64,
    stretched: f64,
    leading: f64,
}

impl Pages<'_, '_> {
    /// §7.7.3: pages in pages; how many there were.
    fn tree(
        &mut self,
        node: &Dictionary,
        inherited: &Dictionary,
        seen: &mut BTreeSet<u32>,
        depth: usize,
    ) -> Result<usize, Fault> {
        let resources = match self.file.under(node, b"Resources")? {
            Object::Dictionary(own) => own,
            _ => inherited.clone(),
        };
        let kids = self.file.under(node, b"Kids")?;
        let Some(kids) = kids.list() else {
            self.page(node, resources)?;
            return Ok(1);
        };
        let mut count = 0;
        for kid in kids {
            // Each page hangs in one place.
            let is_new = match kid {
                Object::Reference(number) => seen.insert(*number),
                _ => true,
            };
            if !is_new || depth > limits::PDF_DEPTH || seen.len() > 2 * limits::PDF_PAGES {
                continue;
            }
            if let Some(kid) = self.file.follow(kid)?.dictionary() {
                count += self.tree(kid, &resources, seen, depth + 1)?;
            }
        }
        Ok(count)
    }

    /// Of a file whose tree of pages is lost: every page by itself.
    fn without_a_tree(mut self) -> Result<(), Fault> {
        let mut count = 0;
        for number in self.file.numbers() {
            let object = self.file.follow(&Object::Reference(number))?;
            let Some(page) = object.dictionary() else { continue };
            if page.get(&b"Type"[..]).and_then(Object::name) == Some(b"Page") && count < limits::PDF_PAGES {
                count += 1;
                let resources = self.file.under(page, b"Resources")?.dictionary().cloned();
                self.page(page, resources.unwrap_or_default())?;
            }
        }
        if count == 0 { Err(Fault::Malformed("it has no page")) } else { Ok(()) }
    }

    fn page(&mut self, page: &Dictionary, resources: Dictionary) -> Result<(), Fault> {
        self.end = None;
        let contents = self.file.under(page, b"Contents")?;
        let mut content = Vec::new();
        for part in one_or_more(&contents) {
            let part = self.file.follow(&part)?;
            // One that is packed in a way for pictures has no words.
            match self.file.stream(&part) {
                Ok(bytes) => content.extend(bytes),
                Err(fault) if content.is_empty() => return Err(fault),
                Err(_) => break,
            }
            content.push(b'\n');
        }
        self.draw(&content, &Rc::new(resources), AS_IS, 0)?;
        self.fields(page)?;
        self.flush_unknown()?;
        self.text.part('\n')?;
        self.text.part('\n')
    }

    /// §12.5.6, §12.7: what is filled into forms, and text written onto pages, are drawings of their own.
    fn fields(&mut self, page: &Dictionary) -> Result<(), Fault> {
        let notes = self.file.under(page, b"Annots")?;
        for note in notes.list().unwrap_or_default() {
            let note = self.file.follow(note)?;
            let Some(note) = note.dictionary() else { continue };
            if !matches!(self.file.under(note, b"Subtype")?.name(), Some(b"Widget" | b"FreeText")) {
                continue;
            }
            let looks = self.file.under(note, b"AP")?;
            let Some(looks) = looks.dictionary() else { continue };
            let mut normal = self.file.under(looks, b"N")?;
            let state = self.file.under(note, b"AS")?;
            if let (Object::Dictionary(states), Some(state)) = (&normal, state.name()) {
                normal = self.file.under(states, state)?;
            }
            self.flush_unknown()?;
            self.end = None;
            self.text.part('\n')?;
            self.drawing(&normal, &Rc::default(), AS_IS, 0)?;
        }
        Ok(())
    }

    /// §8.10: a drawing of its own.
    fn drawing(
        &mut self,
        object: &Object,
        around: &Rc<Dictionary>,
        matrix: Matrix,
        depth: usize,
    ) -> Result<(), Fault> {
        let Object::Stream(dictionary, _) = object else { return Ok(()) };
        self.drawings += 1;
        if depth > limits::PDF_DEPTH || self.drawings > limits::PDF_DRAWINGS {
            return Err(Fault::TooMuch("it leads in circles, or is too long"));
        }
        let own: Option<Vec<f64>> = match self.file.under(dictionary, b"Matrix")? {
            Object::List(list) => list.iter().map(Object::number).collect(),
            _ => None,
        };
        let own = own.and_then(|own| Matrix::try_from(own).ok()).unwrap_or(AS_IS);
        let resources = match self.file.under(dictionary, b"Resources")? {
            Object::Dictionary(own) => Rc::new(own),
            _ => around.clone(),
        };
        let content = self.file.stream(object)?;
        self.draw(&content, &resources, product(&own, &matrix), depth)
    }

    /// What a page's or drawing's operators write.
    fn draw(
        &mut self,
        content: &[u8],
        resources: &Rc<Dictionary>,
        matrix: Matrix,
        depth: usize,
    ) -> Result<(), Fault> {
        let fonts = self.file.under(resources, b"Font")?;
        let drawings = self.file.under(resources, b"XObject")?;
        let (mut lexer, mut operands, mut waiting) = (Lexer::new(content, 0), Vec::new(), Vec::new());
        let mut state = State {
            matrix,
            font: None,
            size: 0.0,
            between_letters: 0.0,
            between_words: 0.0,
            stretched: 1.0,
            leading: 0.0,
        };
        let (mut line, mut place) = (AS_IS, AS_IS);
        while let Some(object) = lexer.next()? {
            let Object::Word(word) = object else {
                if operands.len() < limits::PDF_STACK {
                    operands.push(object);
                }
                continue;
            };
            self.steps = self.steps.checked_sub(1).ok_or(Fault::TooMuch("it is too long"))?;
            let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
            match &word[..] {
                b"q" if waiting.len() < limits::PDF_STACK => waiting.push(state.clone()),
                b"Q" => state = waiting.pop().unwrap_or(state),
                b"cm" => state.matrix = product(&[0, 1, 2, 3, 4, 5].map(number), &state.matrix),
                b"BT" => (line, place) = (AS_IS, AS_IS),
                b"Tf" => {
                    let name = operands.first().and_then(Object::name).unwrap_or_default();
                    state.font = match fonts.dictionary().and_then(|fonts| fonts.get(name)) {
                        Some(font) => self.font(font)?,
                        None => None,
                    };
                    state.size = number(1);
                }
                b"Tc" => state.between_letters = number(0),
                b"Tw" => state.between_words = number(0),
                b"Tz" => state.stretched = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Td" | b"TD" | b"T*" => {
                    if word == b"TD" {
                        state.leading = -number(1);
                    }
                    let by = if word == b"T*" { [0.0, -state.leading] } else { [number(0), number(1)] };
                    line = product(&[1.0, 0.0, 0.0, 1.0, by[0], by[1]], &line);
                    place = line;
                }
                b"Tm" => {
                    line = [0, 1, 2, 3, 4, 5].map(number);
                    place = line;
                }
                b"Tj" => self.write(operands.first(), &state, &mut place)?,
                b"'" | b"\"" => {
                    if word == b"\"" {
                        (state.between_words, state.between_letters) = (number(0), number(1));
                    }
                    line = product(&[1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], &line);
                    place = line;
                    self.write(operands.last(), &state, &mut place)?;
                }
                b"TJ" => {
                    for part in operands.first().and_then(Object::list).unwrap_or_default() {
                        match part.number() {
                            Some(back) => forward(&mut place, -back / 1_000.0 * state.size * state.stretched),
                            None => self.write(Some(part), &state, &mut place)?,
                        }
                    }
                }
                b"Do" => {
                    let name = operands.first().and_then(Object::name).unwrap_or_default();
                    if let Some(drawing) = drawings.dictionary().and_then(|drawings| drawings.get(name)) {
                        let drawing = self.file.follow(drawing)?;
                        let kind = drawing.dictionary().and_then(|drawing| drawing.get(&b"Subtype"[..]));
                        if kind.and_then(Object::name) == Some(b"Form") {
                            self.drawing(&drawing, resources, state.matrix, depth + 1)?;
                        }
                    }
                }
                b"ID" => lexer.at = end_of_picture(content, lexer.at),
                _ => {}
            }
            operands.clear();
        }
        Ok(())
    }

    fn font(&mut self, font: &Object) -> Result<Option<Rc<Font>>, Fault> {
        let Object::Reference(number) = font else {
            return match font.dictionary() {
                Some(font) => Font::read(&mut self.file, font).map(|font| Some(Rc::new(font))),
                None => Ok(None),
            };
        };
        if let Some(known) = self.fonts.get(number) {
            return Ok(known.clone());
        }
        let read = match self.file.follow(font)?.dictionary() {
            Some(font) => Some(Rc::new(Font::read(&mut self.file, font)?)),
            None => None,
        };
        self.fonts.insert(*number, read.clone());
        Ok(read)
    }

    /// §9.4.4: letters, one after the other.
    fn write(&mut self, string: Option<&Object>, state: &State, place: &mut Matrix) -> Result<(), Fault> {
        let (Some(Object::Text(string)), Some(font)) = (string, &state.font) else { return Ok(()) };
        let mut rest = &string[..];
        while !rest.is_empty() {
            self.steps = self.steps.checked_sub(1).ok_or(Fault::TooMuch("it is too long"))?;
            let (glyph, length) = font.glyph(rest);
            rest = &rest[length..];
            let begins = placed(state, place);
            match glyph.letters.as_deref() {
                // Blanks are where letters are apart, however that was done.
                Some(letters) if letters.trim().is_empty() && !letters.is_empty() => {}
                Some(letters) => {
                    self.flush_unknown()?;
                    self.part(&begins)?;
                    self.text.push(letters)?;
                }
                None => {
                    if self.unknown == 0 {
                        self.part(&begins)?;
                    }
                    self.unknown += 1;
                }
            }
            let between = if glyph.is_space { state.between_words } else { 0.0 };
            let far = (glyph.width * state.size + state.between_letters + between) * state.stretched;
            forward(place, far);
            if glyph.letters.as_deref().is_none_or(|letters| !letters.trim().is_empty()) {
                self.end = Some(placed(state, place));
            }
        }
        Ok(())
    }

    /// A mark for letters that nothing tells the meaning of, however many.
    fn flush_unknown(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.unknown) > 0 { self.text.push("\u{FFFD}") } else { Ok(()) }
    }

    /// A blank, a line or a paragraph between the last letter and this one, by how far they are apart.
    fn part(&mut self, next: &Place) -> Result<(), Fault> {
        let Some(last) = self.end else { return Ok(()) };
        let [right, up] = [next.at[0] - last.at[0], next.at[1] - last.at[1]];
        let size = last.size.max(next.size);
        let (along, away) = (right, up.abs());
        // Raised and lowered letters are on their line.
        if away > 0.5 * size {
            self.text.part('\n')?;
            if away > 1.9 * size {
                self.text.part('\n')?;
            }
            return Ok(());
        }
        if (along > 0.15 * size || along < -size) && !self.text.text.ends_with([' ', '\n', '\t']) {
            self.text.part(' ')?;
        }
        Ok(())
    }
}

/// A page's operators in one stream, or in several of which one goes on where the other ends.
fn one_or_more(contents: &Object) -> Vec<Object> {
    match contents {
        Object::List(list) => list.clone(),
        one => vec![one.clone()],
    }
}

/// One after the other: first `one`, then `other`.
fn product(one: &Matrix, other: &Matrix) -> Matrix {
    let [a, b, c, d, e, f] = *one;
    let [g, h, i, j, k, l] = *other;
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

fn forward(place: &mut Matrix, far: f64) {
    *place = product(&[1.0, 0.0, 0.0, 1.0, far, 0.0], place);
}

/// Where the next letter stands on the page, turned so that its line goes to the right.
fn placed(state: &State, place: &Matrix) -> Place {
    let whole = product(place, &state.matrix);
    let [a, b, c, d, e, f] = whole;
    let (long, size) = (a.hypot(b), c.hypot(d) * state.size.abs());
    let (cos, sin) = if long > 0.0 { (a / long, b / long) } else { (1.0, 0.0) };
    Place { at: [e * cos + f * sin, f * cos - e * sin], size }
}

/// §8.9.7: a picture among the operators ends at `EI` between blanks.
fn end_of_picture(content: &[u8], at: usize) -> usize {
    let rest = content.get(at..).unwrap_or_default();
    let ends = |window: &[u8]| is_blank(window[0]) && &window[1..3] == b"EI" && is_blank(window[3]);
    rest.windows(4).position(ends).map_or(content.len(), |end| at + end + 3)
}
