//! What a PDF does by itself, or when something in it is pressed (ISO 32000-1 §12.6): every object of the file is looked at, also
//! those in streams of objects, and in all of its versions: which of them a reader takes depends on the reader.

use super::file::File;
use super::object::{Lexer, Object};
use crate::{Fault, limits};

/// What was found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acts {
    /// It runs, sends, opens or carries something.
    pub active: bool,
    /// Some of it could not be looked at.
    pub unseen: bool,
}

/// Names that say so wherever they stand. §12.6.4: actions; §7.11.4: files within; §12.7.8: forms of another kind, with scripts.
pub(crate) const ACTIVE: [&[u8]; 10] = [
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"XFA",
    b"GoToE",
    b"SubmitForm",
    b"ImportData",
];

/// Objects that are beyond the bounds, after which no more is looked at.
const BROKEN: usize = 64;

/// Looks at a whole PDF.
pub(crate) fn look(bytes: &[u8]) -> Acts {
    let mut file = File::open_anyway(bytes);
    let (mut acts, mut at, mut broken) = (Acts::default(), 0, 0);
    loop {
        match file.next_anywhere(&mut at) {
            Ok(None) => return acts,
            Ok(Some(object)) => match is_active(&mut file, &object, 0) {
                Ok(true) => return Acts { active: true, ..acts },
                Ok(false) => match packed(&mut file, &object) {
                    Ok(true) => return Acts { active: true, ..acts },
                    Ok(false) => {}
                    Err(_) => acts.unseen = true,
                },
                Err(_) => acts.unseen = true,
            },
            // Too deep, or too many parts: the next one is looked at all the same.
            Err(_) => {
                acts.unseen = true;
                broken += 1;
                if broken > BROKEN {
                    return acts;
                }
            }
        }
    }
}

/// §7.5.7: a stream of objects.
fn packed(file: &mut File<'_>, object: &Object) -> Result<bool, Fault> {
    let Object::Stream(dictionary, _) = object else { return Ok(false) };
    let has = |name: &[u8]| dictionary.contains_key(name);
    let is_packed = dictionary.get(&b"Type"[..]).and_then(Object::name) == Some(b"ObjStm");
    let is_of_objects = has(b"N") && has(b"First");
    if !is_packed && !is_of_objects {
        return Ok(false);
    }
    if file.is_encrypted() {
        return Err(Fault::Encrypted);
    }
    let bytes = file.stream(object)?;
    // From its beginning: the numbers in front of the objects are objects as well.
    let mut lexer = Lexer::new(&bytes, 0);
    while let Some(object) = lexer.next()? {
        if is_active(file, &object, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_active(file: &mut File<'_>, object: &Object, depth: usize) -> Result<bool, Fault> {
    if depth > limits::PDF_DEPTH {
        return Err(Fault::TooMuch("its parts are too deep in each other"));
    }
    match object {
        Object::Name(name) => Ok(ACTIVE.contains(&&name[..])),
        Object::List(list) => {
            for one in list {
                if is_active(file, one, depth + 1)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => {
            for (name, value) in dictionary {
                if ACTIVE.contains(&&name[..]) && *value != Object::Null
                    || name == b"OpenAction" && leads_out(file, value)?
                    || name == b"AA" && any_leads_out(file, value)?
                    || is_active(file, value, depth + 1)?
                {
                    return Ok(true);
                }
            }
            // A document on another machine: asking for it tells that machine who asks.
            let kind = dictionary.get(&b"S"[..]).and_then(Object::name);
            if kind != Some(b"GoToR") {
                return Ok(false);
            }
            let place = file.under(dictionary, b"F")?;
            is_elsewhere(file, &place)
        }
        _ => Ok(false),
    }
}

/// Does what happens when the document opens lead out of it?
fn leads_out(file: &mut File<'_>, action: &Object) -> Result<bool, Fault> {
    let action = file.follow(action)?;
    let kind = action.dictionary().and_then(|action| action.get(&b"S"[..])).and_then(Object::name);
    Ok(kind == Some(b"URI"))
}

fn any_leads_out(file: &mut File<'_>, actions: &Object) -> Result<bool, Fault> {
    let actions = file.follow(actions)?;
    for action in actions.dictionary().into_iter().flat_map(|actions| actions.values()) {
        if leads_out(file, action)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// §7.11: a place of a file, as a string or in a dictionary.
fn is_elsewhere(file: &mut File<'_>, place: &Object) -> Result<bool, Fault> {
    let mut places = vec![place.clone()];
    if let Some(dictionary) = place.dictionary() {
        for name in [&b"F"[..], b"UF", b"DOS", b"Unix"] {
            places.push(file.under(dictionary, name)?);
        }
    }
    Ok(places.iter().any(|place| {
        let Object::Text(text) = place else { return false };
        // UTF-16 has zeros between its letters.
        let text: Vec<u8> = text.iter().copied().filter(|byte| byte.is_ascii_graphic()).collect();
        text.starts_with(b"\\\\") || text.starts_with(b"//") || text.windows(3).any(|at| at == b"://")
    }))
}
