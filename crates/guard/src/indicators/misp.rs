//! MISP's core format: an event with attributes, some of them in objects.

use std::borrow::Cow;

use casemate_screening::indicator::{Indicator, Kind};
use serde::Deserialize;
use serde_json::Value;

use super::{Bounded, Collected};
use crate::Refused;

/// As an export has it.
#[derive(Deserialize)]
pub struct Wrapped<'a> {
    #[serde(rename = "Event", borrow, default)]
    pub event: Option<Event<'a>>,
}

/// What happened, by whoever looked into it.
#[derive(Deserialize)]
pub struct Event<'a> {
    #[serde(borrow, default)]
    info: Option<Cow<'a, str>>,
    #[serde(rename = "Attribute", borrow, default)]
    attributes: Option<Bounded<Attribute<'a>>>,
    #[serde(rename = "Object", borrow, default)]
    objects: Option<Bounded<Object<'a>>>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(rename = "Attribute", borrow, default)]
    attributes: Option<Bounded<Attribute<'a>>>,
}

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
    /// True, or `"1"`, or absent.
    #[serde(default)]
    to_ids: Option<Value>,
    #[serde(default)]
    deleted: Option<Value>,
}

/// Takes the attributes of all events; gives the first one's title.
pub fn collect<'a>(
    events: impl Iterator<Item = Event<'a>>,
    found: &mut Collected,
) -> Result<String, Refused> {
    let mut title = String::new();
    for event in events {
        if title.is_empty() {
            title = event.info.as_deref().unwrap_or_default().to_owned();
        }
        let within = event.objects.map(|all| all.0).unwrap_or_default();
        let within = within.into_iter().filter_map(|object| object.attributes);
        for attribute in event.attributes.into_iter().chain(within).flat_map(|all| all.0) {
            take(&attribute, found)?;
        }
    }
    Ok(title)
}

fn take(attribute: &Attribute<'_>, found: &mut Collected) -> Result<(), Refused> {
    if attribute.deleted.as_ref().is_some_and(is_true) {
        return Ok(());
    }
    if attribute.to_ids.as_ref().is_some_and(|to_ids| !is_true(to_ids)) {
        found.leave_out(&attribute.value, "It is there to explain, not to be looked for.");
        return Ok(());
    }
    // `domain|ip`, `filename|sha256`, `ip-dst|port`: several values of as many kinds.
    let mut any = false;
    for (kind, value) in attribute.kind.split('|').zip(attribute.value.split('|')) {
        let indicator = match kind.trim() {
            "domain" | "hostname" => {
                Indicator::new(Kind::Domain, value).or_else(|| Indicator::of_link(value))
            }
            "url" | "uri" => Indicator::of_link(value),
            "ip-dst" | "ip-src" | "ip" => Indicator::new(Kind::Ip, value),
            "email" | "email-src" | "email-dst" | "email-reply-to" => Indicator::new(Kind::Email, value),
            "sha256" => Indicator::new(Kind::Sha256, value),
            "sha1" => Indicator::new(Kind::Sha1, value),
            "md5" => Indicator::new(Kind::Md5, value),
            _ => continue,
        };
        any = true;
        match indicator {
            Some(indicator) => found.take(indicator)?,
            None => found.leave_out(value, "It is not what its list says it is."),
        }
    }
    if !any {
        found.leave_out(&attribute.value, "Things of its kind cannot be found in messages.");
    }
    Ok(())
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(value) => value == "1" || value == "true",
        Value::Number(value) => value.as_u64() == Some(1),
        _ => false,
    }
}
