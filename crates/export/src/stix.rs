//! The same in the language that tools for incidents speak: a STIX 2.1 bundle of what was seen, without a judgement. Each
//! message is an `observed-data` with the files, links and the account that it came with; who judges writes indicators.
//!
//! Ids are made of what they name (SHA-256 of kind and content in the form of a random UUID), so that the same report twice
//! is the same bundle.

use casemate_api::view::{Attachment, Message, ReportContents, Version};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::report::Versions;

/// All of it.
pub fn bundle(contents: &ReportContents, versions: &Versions) -> Value {
    let account = id("user-account", &[&contents.address]);
    let mut objects = vec![json!({
        "type": "user-account", "spec_version": "2.1", "id": account,
        "account_login": contents.address, "display_name": contents.name, "account_type": "casemate",
    })];
    for message in &contents.messages {
        let now = [Version { at: message.at.clone(), text: message.text.clone() }];
        let texts =
            versions.get(&message.message).filter(|all| !all.is_empty()).map_or(&now[..], Vec::as_slice);
        for (number, text) in texts.iter().enumerate() {
            observe(message, number, text, &account, &mut objects);
        }
    }
    let all: Vec<&str> = objects.iter().filter_map(|object| object["id"].as_str()).collect();
    json!({"type": "bundle", "id": id("bundle", &all), "objects": objects})
}

/// One text that a message had, and what came with it. Of one that was taken back only that it was there is known.
fn observe(message: &Message, number: usize, text: &Version, account: &str, objects: &mut Vec<Value>) {
    let at = at(&text.at);
    let (said, number) = (&text.text, number.to_string());
    // The first is named by the message alone.
    let named = [message.message.as_str(), number.as_str()];
    let named = if number == "0" { &named[..1] } else { &named[..] };
    let mut seen = vec![account.to_owned()];
    let mut add = |id: String, object: Value, objects: &mut Vec<Value>| {
        if !objects.iter().any(|one| one["id"] == *id) {
            objects.push(object);
        }
        seen.push(id);
    };
    if !said.is_empty() {
        let id = id("artifact", named);
        let hash = hex::encode(Sha256::digest(said.as_bytes()));
        add(
            id.clone(),
            json!({
                "type": "artifact", "spec_version": "2.1", "id": id, "mime_type": "text/plain",
                "payload_bin": base64(said.as_bytes()), "hashes": {"SHA-256": hash},
            }),
            objects,
        );
    }
    for link in casemate_screening::text::links(said) {
        let id = id("url", &[link]);
        add(id.clone(), json!({"type": "url", "spec_version": "2.1", "id": id, "value": link}), objects);
    }
    for file in &message.attachments {
        let id = id("file", &[&file.sha256, &file.name]);
        add(id.clone(), file_of(&id, file), objects);
    }
    objects.push(json!({
        "type": "observed-data", "spec_version": "2.1", "id": id("observed-data", named),
        "created": at, "modified": at, "first_observed": at, "last_observed": at, "number_observed": 1,
        "object_refs": seen,
    }));
}

fn file_of(id: &str, file: &Attachment) -> Value {
    json!({
        "type": "file", "spec_version": "2.1", "id": id, "name": file.name, "size": file.bytes,
        "mime_type": file.media_type, "hashes": {"SHA-256": file.sha256},
    })
}

/// STIX wants milliseconds (RFC 3339, section 3.2 there).
fn at(rfc3339: &str) -> String {
    match rfc3339.contains('.') {
        true => rfc3339.to_owned(),
        false => rfc3339.replace('Z', ".000Z"),
    }
}

fn id(kind: &str, named: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [&[kind], named].concat() {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes: [u8; 16] = std::array::from_fn(|at| hash.clone().finalize()[at]);
    // The form of version 4.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    format!("{kind}--{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_a_uuid_and_follow_from_what_they_name() {
        let one = id("file", &["ab", "c"]);
        assert_eq!(one, id("file", &["ab", "c"]));
        assert_ne!(one, id("file", &["a", "bc"]));
        let uuid = one.strip_prefix("file--").unwrap();
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(uuid[14..].starts_with('4') && "89ab".contains(&uuid[19..20]), "{uuid}");
        assert_eq!(at("2026-11-20T18:00:05Z"), "2026-11-20T18:00:05.000Z");
    }
}
