//! Looking at links, at what is known to be bad, and at how well this device is kept. Nobody else is asked, and nobody learns of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes a list of what is known to be bad from a file (docs/indicators.md): a STIX 2.1 bundle, a MISP event, a plain list of
/// one a line, or a signed list. What is new is looked for in all that arrives from now on; `indicators.look_back` looks
/// through what is here already.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorsImport {
    /// The file.
    pub path: String,
}

/// The same, read already by whoever can read files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorsAdd {
    /// What the list is called. One of this name that was here before and is not signed is replaced.
    pub name: String,
    /// What it holds.
    pub indicators: Vec<Indicator>,
}

/// A domain, an address, a hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// `domain`, `url`, `ip`, `email`, `sha256`, `sha1`, `md5` or `process`.
    pub kind: String,
    /// Its value.
    pub value: String,
}

/// Takes a signed list (docs/indicators.md). The first of a publisher is taken as it is; later ones only from the same key, and
/// only newer ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorsUpdate {
    /// The whole file.
    pub signed: String,
}

/// Forgets a list, and what was found by it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorsRemove {
    /// As `indicators.list` names it.
    pub list: String,
}

/// Says where a link leads, and what is suspicious about it. Nothing is fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkLook {
    /// The link.
    pub url: String,
    /// The text under which it stands, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The message that it is in: who sent it counts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Asks the page behind a link what it is called, for a preview (docs/indicators.md, "Previews"). Where `link_previews` is on
/// in the settings alone, and only where the engine is a program on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneLink {
    /// As it stands in a text.
    pub url: String,
    /// Where it is to be sent: strict mode there asks nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
}

/// A preview of one link of a text, made by the sender (`link.preview`). Whoever receives it fetches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLinkPreview {
    /// The link, https, as it stands in the text.
    pub url: String,
    /// What the page is called, at most 200 letters.
    pub title: String,
    /// What it says of itself, at most 300 letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// A small picture, at most 24 KiB, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// Tells how looking into a received file ended, where it did not end well. The file's hash, sender and time go into a
/// journal; what did not end by guard's own answer is not looked into by itself again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardNote {
    /// Its message, or a person's picture.
    pub message: String,
    /// Which of its files.
    pub index: u32,
    /// How it ended.
    pub outcome: GuardOutcome,
}

/// How looking into a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardOutcome {
    /// Guard says that it is damaged, not what it seems, or too much.
    Refused,
    /// Guard died of it.
    Crashed,
    /// It was stopped.
    TooLong,
    /// All of the program ended while it was looked into.
    Killed,
}
