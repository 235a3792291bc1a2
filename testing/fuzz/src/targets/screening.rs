//! Lists of what is known to be bad, links, and texts in which either is looked for.

use casemate_guard::{indicators, limits};
use casemate_screening::indicator::Indicator;
use casemate_screening::{filename, link, text};

/// A list is read within its bounds, each entry in its one spelling, or refused in words.
pub fn list(bytes: &[u8]) {
    match indicators::read(bytes) {
        Ok(list) => {
            assert!(list.indicators.len() <= limits::INDICATORS && list.refused.len() <= limits::LEFT_OUT);
            assert!(list.refused.len() as u64 <= list.refused_count);
            assert!(list.indicators.is_sorted());
            for one in &list.indicators {
                assert_eq!(Indicator::new(one.kind(), one.value()).as_ref(), Some(one));
            }
            for one in &list.refused {
                assert!(
                    one.what.len() <= 4 * limits::LEFT_OUT_BYTES && !one.what.chars().any(char::is_control)
                );
            }
        }
        Err(refused) => assert!(refused.to_string().ends_with('.')),
    }
}

pub fn list_seeds() -> Vec<Vec<u8>> {
    let stix = r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"malware","name":"Some spyware"},
{"type":"indicator","pattern":"[domain-name:value='a.example' OR file:hashes.'SHA-256'='0000000000000000000000000000000000000000000000000000000000000000']","pattern_type":"stix"},
{"type":"indicator","pattern":"[url:value IN ('http://b.example/x','c.example')]"},{"type":"indicator","pattern":"[process:name='it\\'s']","revoked":true}]}"#;
    let misp = r#"{"Event":{"info":"x","Attribute":[{"type":"domain|ip","value":"a.example|192.0.2.7","to_ids":true}],
"Object":[{"Attribute":[{"type":"md5","value":"d41d8cd98f00b204e9800998ecf8427e","to_ids":"1"}]}]}}"#;
    let plain = "# remark\nhxxps://a[.]example/x\n192.0.2.7,x\na@b.example\n";
    [stix, misp, plain].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Whatever a link is, where it leads is said without invisible letters, and nothing panics.
pub fn link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let looked = link::look(&text, Some(&text), &["casemate.example"]);
    assert!(looked.host.is_ascii() && !looked.host.contains(char::is_whitespace), "{}", looked.host);
    for warning in &looked.warnings {
        assert!(warning.sentence(&looked.host).ends_with(['.', '…']));
    }
    let found = text::candidates(&text);
    assert!(found.len() <= text::CANDIDATES);
    for one in &found {
        assert_eq!(Indicator::new(one.kind(), one.value()).as_ref(), Some(one));
    }
    let _ = (filename::tricks(&text), filename::runs(&text), text::links(&text).count());
}

pub fn link_seeds() -> Vec<Vec<u8>> {
    let links = [
        "https://user:word@xn--bcher-kva.example:8443/a?b=https%3A%2F%2Fevil.example#c",
        "go to www.paypal.com.evil.example, or http://0xC0000207/ and [2001:db8::1]",
        "ｅｖｉｌ。ｅｘａｍｐｌｅ a.b@evil.example invoice.pdf.exe \u{202E}gpj",
    ];
    links.map(|text| text.as_bytes().to_vec()).to_vec()
}
