//! What about a file may hurt whoever opens it with another program: by its content, and by what its name does to deceive.
//!
//! Not a scanner for malware: what is told here is what a file *can do*, not whether it means ill. Nothing is unpacked, so what
//! stands in a compressed or encrypted part is not seen.

mod archive;
mod document;
mod program;

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
    /// Two files in one: what it is depends on who reads it.
    TwoInOne,
    /// Small, and huge once unpacked.
    Bomb,
    /// `invoice.pdf.exe`
    DoubleEnding,
    /// A name that is read in another order than it stands.
    TurnedName,
}

impl Warning {
    /// All of them.
    pub const ALL: [Warning; 7] = [
        Warning::Program,
        Warning::Macros,
        Warning::Active,
        Warning::TwoInOne,
        Warning::Bomb,
        Warning::DoubleEnding,
        Warning::TurnedName,
    ];

    /// Its name in the interface.
    pub fn id(self) -> &'static str {
        match self {
            Warning::Program => "program",
            Warning::Macros => "macros",
            Warning::Active => "active",
            Warning::TwoInOne => "two_in_one",
            Warning::Bomb => "bomb",
            Warning::DoubleEnding => "double_ending",
            Warning::TurnedName => "turned_name",
        }
    }

    /// The same for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Warning::Program => {
                "This is a program, or starts one. Opened, it can do all that you can do on your device."
            }
            Warning::Macros => {
                "This document has macros: small programs that run when it is opened and they are allowed."
            }
            Warning::Active => "This document can run scripts, start programs, or carries other files in it.",
            Warning::TwoInOne => "This is two files in one. Another program may see something else in it.",
            Warning::Bomb => {
                "This is small, and becomes huge when it is unpacked. It can fill a disk or stop a program."
            }
            Warning::DoubleEnding => {
                "Its name has two endings. The last one counts, not the one that looks harmless."
            }
            Warning::TurnedName => {
                "Its name has invisible characters that turn letters around: it is not what it reads like."
            }
        }
    }
}

/// What a file's bytes tell. An error is the reader's own.
pub(crate) fn of_content<R: Read + Seek>(
    source: &mut Source<R>,
    found: &Found,
) -> std::io::Result<Vec<Warning>> {
    let looks: [fn(&mut Source<R>, &Found) -> Result<Vec<Warning>, Fault>; 3] =
        [program::look, archive::look, document::look];
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
    warnings.retain(|warning| !matches!(warning, Warning::DoubleEnding | Warning::TurnedName));
    warnings.extend(filename::tricks(name).into_iter().map(|trick| match trick {
        Trick::DoubleEnding => Warning::DoubleEnding,
        Trick::Turned => Warning::TurnedName,
    }));
    // Text that a system runs because of what it is called.
    if matches!(media_type, MediaType::Text | MediaType::Unknown) && filename::runs(name) {
        warnings.push(Warning::Program);
    }
    warnings.sort_unstable();
    warnings.dedup();
    warnings
}

#[cfg(test)]
mod tests;
