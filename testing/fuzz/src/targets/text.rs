//! What people paste and type, or are made to: invitation links, addresses.

use casemate_wire::device_code::DeviceCode;
use casemate_wire::handle::{Address, Handle};
use casemate_wire::ids::{LinkSecret, LinkingSecret};
use casemate_wire::link::Link;

/// A link that parses is written back as the same link.
pub fn link(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(link) = Link::parse(text) else { return };
    assert_eq!(Link::parse(&link.to_text()), Ok(link));
}

/// A new device's code that parses is written back as the same code, and is no link.
pub fn device_code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(code) = DeviceCode::parse(text) else { return };
    assert_eq!(DeviceCode::parse(&code.to_text()), Ok(code));
    assert!(Link::parse(text).is_err());
}

/// An address that parses is short, plain and written back as it was.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(handle) = Handle::parse(text) {
        assert!(handle.as_str() == text && text.is_ascii() && (2..=32).contains(&text.len()));
        assert!(!handle.skeleton().is_empty());
    }
    if let Ok(address) = Address::parse(text) {
        assert_eq!(address.to_string(), text);
        assert!(text.is_ascii() && !text.contains(|c: char| c.is_control() || c == '/' || c == ' '));
    }
}

pub fn link_seeds() -> Vec<Vec<u8>> {
    let link = |server_url: &str, by: &str| {
        let (secret, server_key) = (LinkSecret::new([3; 16]), [9; 32]);
        let link = Link { server_url: server_url.into(), secret, server_key, group: None, by: by.into() };
        link.to_text().into_bytes()
    };
    vec![
        link("https://casemate.example", ""),
        link("http://localhost:8440", "Mira"),
        link("https://[::1]:8440/sub/folder", ""),
    ]
}

pub fn device_code_seeds() -> Vec<Vec<u8>> {
    let code = |byte: u8| DeviceCode::new(LinkingSecret::new([byte; 16]), &[byte; 40]).to_text();
    vec![code(1).into_bytes(), code(0xfe).to_lowercase().into_bytes(), code(7).replace('-', " ").into_bytes()]
}

pub fn address_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "ana",
        "a.b-c_d9",
        "ana@localhost:8440",
        "bob@casemate.example",
        "o@[::1]:1",
        "x1@host-name.example",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
