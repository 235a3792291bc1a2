//! Why a file is not touched.

use crate::MediaType;
use serde::{Deserialize, Serialize};

/// Why a file was not stripped. The caller asks the person: send as it is, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "refused", rename_all = "snake_case")]
pub enum Refused {
    /// The file breaks its format's rules, so nothing sure can be said of what it holds.
    #[error("This {what} is damaged or not what it seems: {why}.")]
    Malformed {
        /// The format, in a person's words.
        what: String,
        /// What is wrong, as the rest of a sentence.
        why: String,
    },
    /// The file is within its format's rules and beyond our limits.
    #[error("This {what} is too complex to be cleaned safely: {why}.")]
    TooComplex {
        /// The format, in a person's words.
        what: String,
        /// Which limit, as the rest of a sentence.
        why: String,
    },
    /// The file is within its format's rules, and of a kind that is not shown or played.
    #[error("This {what} is not shown: {why}.")]
    NotPlayed {
        /// The format, in a person's words.
        what: String,
        /// Which kind, as the rest of a sentence.
        why: String,
    },
    /// A whole picture of a kind that nothing here decodes.
    #[error("This {name} is not shown: nothing here decodes it safely. Saved, another program may show it.")]
    NotDecoded {
        /// The kind, in a person's words.
        name: String,
        /// The same, as its media type.
        media_type: String,
    },
    /// The file is beyond what is read of its kind.
    #[error("This {what} is too large to be read safely: {why}.")]
    TooLarge {
        /// What it is, in a person's words.
        what: String,
        /// Which limit, as the rest of a sentence.
        why: String,
    },
    /// The file can be read with a password only.
    #[error("This {what} is encrypted, so nothing of it can be read here.")]
    Encrypted {
        /// What it is, in a person's words.
        what: String,
    },
    /// Something in it would stay that is not known to be clean, or that would break.
    #[error("This {what} can't be cleaned: {why}.")]
    NotCleaned {
        /// What it is, in a person's words.
        what: String,
        /// What that is, as the rest of a sentence.
        why: String,
    },
    /// There is no way to strip this type; it goes as a document, byte for byte.
    #[error(
        "Files of the type {media_type} can't be cleaned: they are sent as they are, with everything they say about you."
    )]
    NotStrippable {
        /// The type.
        media_type: String,
    },
    /// The file could not be read.
    #[error("The file could not be read: {why}.")]
    Read {
        /// The system's words.
        why: String,
    },
    /// The result could not be written.
    #[error("The cleaned file could not be written: {why}.")]
    Write {
        /// The system's words.
        why: String,
    },
}

impl Refused {
    /// The same where it was to be written anew for a player: what is too much for that is said as it is.
    pub(crate) fn of_player(fault: Fault, media_type: MediaType) -> Self {
        match fault {
            Fault::TooMuch(why) => {
                Refused::NotPlayed { what: media_type.spoken().to_owned(), why: why.to_owned() }
            }
            other => Self::of(other, media_type),
        }
    }

    pub(crate) fn of(fault: Fault, media_type: MediaType) -> Self {
        let what = media_type.spoken().to_owned();
        match fault {
            Fault::Malformed(why) => Refused::Malformed { what, why: why.to_owned() },
            Fault::TooMuch(why) => Refused::TooComplex { what, why: why.to_owned() },
            Fault::NotCleaned(why) => Refused::NotCleaned { what, why: why.to_owned() },
            Fault::Encrypted => Refused::Encrypted { what },
            Fault::Read(error) => Refused::Read { why: error.to_string() },
            Fault::Write(error) => Refused::Write { why: error.to_string() },
        }
    }
}

/// What a parser stops with. The words end a sentence: "This photo is damaged: it ends early."
#[derive(Debug)]
pub(crate) enum Fault {
    /// Not this format, or broken.
    Malformed(&'static str),
    /// Over one of the [`crate::limits`].
    TooMuch(&'static str),
    /// Within its format's rules, and with something in it that can't be cleaned.
    NotCleaned(&'static str),
    /// Nothing of it can be read without a password.
    Encrypted,
    /// The input failed.
    Read(std::io::Error),
    /// The output failed.
    Write(std::io::Error),
}
