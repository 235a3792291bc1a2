//! STIX 2.1 (OASIS, 2021): a bundle of objects. Only indicators count, and what names the whole: what they indicate.
//!
//! Lenient where producers differ: a missing `spec_version`, the two spellings of a hash's name, links where a domain should be.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Collected, pattern};
use crate::Refused;

/// STIX §4 to §7: any object, with what is read of it.
#[derive(Deserialize)]
pub struct Object<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pattern: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pattern_type: Option<Cow<'a, str>>,
    #[serde(default)]
    revoked: bool,
}

/// What an indicator is about, the most telling first.
const NAMING: [&str; 7] =
    ["malware", "campaign", "intrusion-set", "threat-actor", "tool", "report", "grouping"];

/// Takes all indicators; gives the name of what they indicate.
pub fn collect(objects: &[Object<'_>], found: &mut Collected) -> Result<String, Refused> {
    for object in objects.iter().filter(|object| object.kind == "indicator") {
        let Some(text) = object.pattern.as_deref() else {
            found.leave_out(object.name.as_deref().unwrap_or("indicator"), "It has no pattern.");
            continue;
        };
        // §3.6: withdrawn by whoever made it.
        if object.revoked {
            found.leave_out(text, "It was withdrawn.");
            continue;
        }
        match object.pattern_type.as_deref() {
            None | Some("stix") => pattern::collect(text, found)?,
            Some(_) => found.leave_out(text, "It is a rule of another kind than STIX patterns."),
        }
    }
    let named = |kind: &&str| {
        let of_kind = objects.iter().filter(|object| object.kind == **kind);
        of_kind.filter_map(|object| object.name.as_deref()).find(|name| !name.trim().is_empty())
    };
    Ok(NAMING.iter().find_map(named).unwrap_or_default().to_owned())
}
