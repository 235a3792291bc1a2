//! What about a file may hurt whoever opens it with another program: by its content, and by what its name does to deceive.
//!
//! Not a scanner for malware: what is told here is what a file *can do*, not whether it means ill. Of archives the
//! names are read, of office files and PDFs the parts that say what they do; what stands in other compressed or encrypted parts
//! is not seen.

mod archive;
mod document;
mod office;
mod packed;
mod page;
mod portable;
mod program;
mod rtf;
mod second;

use std::io::{Read, Seek};

use casemate_screening::filename::{self, Trick};
use serde::{Deserialize, Serialize};

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};

/// Something to know before opening a file elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// A program, or what installs or starts one.
    Program,
    /// A document with macros.
    Macros,
    /// A document that can run scripts, start programs or carries files within.
    Active,
    /// A page that runs scripts, leads on, or asks for something and sends it away.
    Page,
    /// An archive with programs in it, or with files whose names hide what they are.
    HoldsPrograms,
    /// An archive that writes elsewhere than where it is unpacked to.
    LeadsOut,
    /// Two files in one: what it is depends on who reads it.
    TwoInOne,
    /// Small, and huge once unpacked.
    Bomb,
    /// Some of it could not be looked into.
    Unlooked,
    /// `invoice.pdf.exe`
    DoubleEnding,
    /// A name that is read in another order than it stands.
    TurnedName,
    /// A name with letters that nothing shows.
    HiddenLetters,
    /// A name of another kind of file.
    OtherKind,
}

impl Warning {
    /// All of them.
    pub const ALL: [Warning; 13] = [
        Warning::Program,
        Warning::Macros,
        Warning::Active,
        Warning::Page,
        Warning::HoldsPrograms,
        Warning::LeadsOut,
        Warning::TwoInOne,
        Warning::Bomb,
        Warning::Unlooked,
        Warning::DoubleEnding,
        Warning::TurnedName,
        Warning::HiddenLetters,
        Warning::OtherKind,
    ];

    /// Its name in the interface.
    pub fn id(self) -> &'static str {
        match self {
            Warning::Program => "program",
            Warning::Macros => "macros",
            Warning::Active => "active",
            Warning::Page => "page",
            Warning::HoldsPrograms => "holds_programs",
            Warning::LeadsOut => "leads_out",
            Warning::TwoInOne => "two_in_one",
            Warning::Bomb => "bomb",
            Warning::Unlooked => "unlooked",
            Warning::DoubleEnding => "double_ending",
            Warning::TurnedName => "turned_name",
            Warning::HiddenLetters => "hidden_letters",
            Warning::OtherKind => "other_kind",
        }
    }

    /// The same for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Warning::Program => {
                "This is a program or script, or starts one. Opened, it can do all that you can do on your device."
            }
            Warning::Macros => {
                "This document has macros: small programs that run when it is opened and they are allowed."
            }
            Warning::Active => "This document can run scripts, start programs, or carries other files in it.",
            Warning::Page => {
                "This page does something when it is opened: it runs scripts, leads elsewhere, or sends what is typed into it."
            }
            Warning::HoldsPrograms => {
                "This archive holds programs or scripts, or files whose names hide what they are."
            }
            Warning::LeadsOut => "This archive writes outside of the folder that it is unpacked to.",
            Warning::TwoInOne => "This is two files in one. Another program may see something else in it.",
            Warning::Bomb => {
                "This is small, and becomes huge when it is unpacked. It can fill a disk or stop a program."
            }
            Warning::Unlooked => {
                "Some of this could not be looked into: it is too large, damaged or locked. What is there may do harm."
            }
            Warning::DoubleEnding => {
                "Its name has two endings. The last one counts, not the one that looks harmless."
            }
            Warning::TurnedName => {
                "Its name has invisible characters that turn letters around: it is not what it reads like."
            }
            Warning::HiddenLetters => {
                "Its name has characters that nobody sees: it may not be what it reads like."
            }
            Warning::OtherKind => "Its name is that of another kind of file: it is not what it is called.",
        }
    }
}

/// What a file's bytes tell. An error is the reader's own.
pub(crate) fn of_content<R: Read + Seek>(
    source: &mut Source<R>,
    found: &Found,
) -> std::io::Result<Vec<Warning>> {
    type Look<R> = fn(&mut Source<R>, &Found) -> Result<Vec<Warning>, Fault>;
    let looks: [Look<R>; 7] = [
        program::look,
        archive::look,
        packed::look,
        second::look,
        document::look,
        portable::look,
        page::look,
    ];
    let mut warnings = Vec::new();
    for look in looks {
        source.forget_steps();
        match look(source, found) {
            Ok(told) => warnings.extend(told),
            Err(Fault::Read(error)) => return Err(error),
            // Not of that kind, or too much of it to be sure.
            Err(_) => {}
        }
    }
    let pixels = u64::from(found.width.unwrap_or(0)) * u64::from(found.height.unwrap_or(0));
    if pixels > limits::PICTURE_PIXELS && source.length() < pixels / 1_000 {
        warnings.push(Warning::Bomb);
    }
    warnings.sort_unstable();
    warnings.dedup();
    Ok(warnings)
}

/// The same with what the name does, as its sender wrote it.
pub(crate) fn with_name(mut warnings: Vec<Warning>, name: &str, media_type: MediaType) -> Vec<Warning> {
    // Of a text it is a warning where a browser takes it for a page because of its name, which may follow.
    let shows_page = !matches!(media_type, MediaType::Text) || name.is_empty() || is_page(name);
    warnings.retain(|warning| match warning {
        Warning::DoubleEnding | Warning::TurnedName | Warning::HiddenLetters | Warning::OtherKind => false,
        Warning::Page => shows_page,
        _ => true,
    });
    warnings.extend(filename::tricks(name).into_iter().map(|trick| match trick {
        Trick::DoubleEnding => Warning::DoubleEnding,
        Trick::Turned => Warning::TurnedName,
        Trick::Hidden => Warning::HiddenLetters,
    }));
    // A system goes by what it is called, whatever is in it.
    if filename::runs(name) {
        warnings.push(Warning::Program);
    }
    if crate::name::extension(&crate::name::safe_name(name))
        .is_some_and(|ending| media_type.is_called_otherwise(ending))
    {
        warnings.push(Warning::OtherKind);
    }
    warnings.sort_unstable();
    warnings.dedup();
    warnings
}

fn is_page(name: &str) -> bool {
    let ending = crate::name::extension(name).unwrap_or_default();
    let pages = [MediaType::Html.extensions(), MediaType::Svg.extensions(), &["mht", "mhtml"]];
    pages.concat().iter().any(|page| ending.eq_ignore_ascii_case(page))
}

#[cfg(test)]
mod tests;
