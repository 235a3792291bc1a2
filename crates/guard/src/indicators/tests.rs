use super::*;
use casemate_screening::indicator::Kind;

fn values(list: &List) -> Vec<String> {
    list.indicators.iter().map(|one| format!("{} {}", one.kind().as_str(), one.value())).collect()
}

fn taken(text: &str) -> Vec<String> {
    values(&read(text.as_bytes()).unwrap())
}

fn bundle(patterns: &[&str]) -> String {
    let objects: Vec<_> = patterns
        .iter()
        .map(|pattern| serde_json::json!({"type": "indicator", "pattern": pattern, "pattern_type": "stix"}))
        .collect();
    serde_json::json!({"type": "bundle", "objects": objects}).to_string()
}

fn of_pattern(pattern: &str) -> Vec<String> {
    taken(&bundle(&[pattern]))
}

#[test]
fn patterns_that_name_one_thing_are_taken() {
    let hash = "a".repeat(64);
    for (pattern, expected) in [
        ("[domain-name:value='Evil.example']", vec!["domain evil.example"]),
        ("[ domain-name:value = 'evil.example' ]", vec!["domain evil.example"]),
        ("[domain-name:value='evil.example/x']", vec!["url evil.example/x"]),
        ("[url:value='https://evil.example/a']", vec!["url evil.example/a"]),
        ("[ipv4-addr:value='192.0.2.7']", vec!["ip 192.0.2.7"]),
        ("[email-addr:value='A@evil.example']", vec!["email a@evil.example"]),
        ("[process:name='it\\'s \\\\ one']", vec!["process it's \\ one"]),
        (
            "[domain-name:value='a.example' OR domain-name:value='b.example']",
            vec!["domain a.example", "domain b.example"],
        ),
        (
            "[domain-name:value='a.example'] OR [ipv4-addr:value='192.0.2.7']",
            vec!["domain a.example", "ip 192.0.2.7"],
        ),
        (
            "([domain-name:value='a.example'] OR [domain-name:value='b.example'])",
            vec!["domain a.example", "domain b.example"],
        ),
        ("[domain-name:value IN ('a.example', 'b.example')]", vec!["domain a.example", "domain b.example"]),
    ] {
        assert_eq!(of_pattern(pattern), expected, "{pattern}");
    }
    for spelling in ["sha256", "'SHA-256'", "SHA256", "'sha-256'"] {
        let pattern = format!("[file:hashes.{spelling}='{hash}']");
        assert_eq!(of_pattern(&pattern), [format!("sha256 {hash}")], "{pattern}");
    }
}

#[test]
fn patterns_that_say_more_are_left_out_with_a_reason() {
    for pattern in [
        "[domain-name:value='a.example' AND ipv4-addr:value='192.0.2.7']",
        "[domain-name:value='a.example'] AND [ipv4-addr:value='192.0.2.7']",
        "[domain-name:value='a.example'] FOLLOWEDBY [domain-name:value='b.example']",
        "[domain-name:value='a.example'] WITHIN 5 SECONDS",
        "[NOT domain-name:value='a.example']",
        "[domain-name:value!='a.example']",
        "[domain-name:value LIKE '%.example']",
        "[domain-name:value MATCHES '.*']",
        "[file:path='/tmp/x']",
        "[app:id='com.example']",
        "[ipv4-addr:value='192.0.2.0/24']",
        "[file:hashes.sha256='abc']",
        "[domain-name:value='com']",
        "[domain-name:value='a.example'",
        "[domain-name:value='a.example]",
        "domain-name:value='a.example'",
        "[domain-name:value='a.example']]",
        "[]",
        "",
        "[domain-name:value=",
        "[a:b IN ('x'",
    ] {
        let list = read(bundle(&[pattern, "[domain-name:value='known.example']"]).as_bytes()).unwrap();
        assert_eq!(values(&list), ["domain known.example"], "{pattern}");
        assert_eq!(list.refused_count, 1, "{pattern}");
        assert!(list.refused[0].why.ends_with('.'), "{pattern}");
    }
}

#[test]
fn a_bundle_names_what_it_is_about() {
    let text = r#"{"objects": [
        {"type": "report", "name": "A report"},
        {"type": "malware", "name": "Some\u202espyware", "is_family": false},
        {"type": "indicator", "pattern": "[domain-name:value='a.example']", "name": "x"},
        {"type": "indicator", "pattern": "[domain-name:value='b.example']", "revoked": true},
        {"type": "indicator", "pattern": "rule x {}", "pattern_type": "yara"},
        {"type": "indicator"},
        {"type": "domain-name", "value": "seen.example"},
        {"type": "relationship", "source_ref": "x"}
    ], "id": "bundle--1", "type": "bundle"}"#;
    let list = read(text.as_bytes()).unwrap();
    assert_eq!(list.name, "Some\u{FFFD}spyware");
    assert_eq!(values(&list), ["domain a.example"]);
    assert_eq!(list.refused_count, 3);
}

#[test]
fn misp_events_are_read_in_all_their_wrappings() {
    let event = r#"{"Event": {"info": "A campaign", "Attribute": [
        {"type": "domain", "value": "a.example", "to_ids": true},
        {"type": "domain|ip", "value": "b.example|192.0.2.7", "to_ids": "1"},
        {"type": "url", "value": "https://c.example/x"},
        {"type": "comment", "value": "hello", "to_ids": true},
        {"type": "domain", "value": "context.example", "to_ids": false},
        {"type": "domain", "value": "gone.example", "to_ids": true, "deleted": true}
    ], "Object": [{"Attribute": [{"type": "filename|md5", "value": "x.exe|d41d8cd98f00b204e9800998ecf8427e", "to_ids": true}]}]}}"#;
    let expected = [
        "domain a.example",
        "domain b.example",
        "url c.example/x",
        "ip 192.0.2.7",
        "md5 d41d8cd98f00b204e9800998ecf8427e",
    ];
    for text in [event.to_owned(), format!("[{event}]"), format!(r#"{{"response": [{event}]}}"#)] {
        let list = read(text.as_bytes()).unwrap();
        assert_eq!(list.name, "A campaign");
        assert_eq!(values(&list), expected);
        assert_eq!(list.refused_count, 2);
    }
}

#[test]
fn plain_lists_have_one_a_line() {
    let text = "\u{FEFF}# remark\r\nevil.example\r\n\r\n  hxxp://evil[.]example/x  # why\n192.0.2.7,spyware\n\"b.example\",1\nevil.example\nno such thing\n";
    let list = read(text.as_bytes()).unwrap();
    assert_eq!(
        values(&list),
        ["domain b.example", "domain evil.example", "url evil.example/x", "ip 192.0.2.7"]
    );
    assert_eq!((list.refused_count, list.refused[0].what.as_str()), (1, "no such thing"));
}

#[test]
fn what_is_broken_huge_or_hostile_is_refused_as_a_whole() {
    let deep =
        format!("{{\"type\":\"bundle\",\"objects\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let many = format!("{{\"type\":\"bundle\",\"objects\":[{}{{}}]}}", "{},".repeat(limits::LIST_PARTS));
    let mut lines = String::new();
    for number in 0..=limits::INDICATORS {
        lines.push_str(&format!("a{number}.example\n"));
    }
    let cut = bundle(&["[domain-name:value='a.example']"]);
    for (text, words) in [
        ("", "nothing in it"),
        ("# only a remark", "nothing in it"),
        ("{}", "neither"),
        ("[]", "nothing in it"),
        ("{\"type\":\"bundle\",\"objects\":[]}", "nothing in it"),
        ("{\"objects\":[]}", "no STIX bundle"),
        ("{\"type\":\"bundle\",\"objects\":7}", "line 1"),
        ("{\"type\":\"bundle\",\"objects\":[{\"type\":7}]}", "line 1"),
        ("{\"type\":\"bundle\",\"type\":\"bundle\",\"objects\":[]}", "line 1"),
        (&cut[..cut.len() - 5], "line 1"),
        (&deep, "too deeply"),
        (&many, "too many parts"),
        (&lines, "250,000"),
        ("evil.example\0", "no text"),
    ] {
        let refused = read(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
    assert!(read(&[0xff, 0xfe, 0x00][..]).unwrap_err().to_string().contains("no text"));
    let endless = std::io::repeat(b'a');
    assert!(read(endless).unwrap_err().to_string().contains("64 MB"));
}

#[test]
fn a_list_of_nothing_that_is_known_is_refused_with_what_it_holds() {
    let explained = r#"{"Event": {"info": "x", "Attribute": [{"type": "domain", "value": "a.example", "to_ids": false}]}}"#;
    for (text, count, first) in [
        ("12", 1, "\"12\": It is no domain"),
        ("true", 1, "\"true\": It is no domain"),
        ("\"words\"", 1, "\"words\": It is no domain"),
        ("one\ntwo\nthree", 3, "\"one\""),
        (&bundle(&["[file:path='/tmp/x']", "[]"]), 2, "file:path"),
        (explained, 1, "\"a.example\": It is there to explain"),
    ] {
        let refused = read(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains("no indicators that Casemate knows"), "{text}: {refused}");
        assert!(
            refused.contains(&format!("left out: {count},")) && refused.contains(first),
            "{text}: {refused}"
        );
    }
}

#[test]
fn long_words_of_others_are_cut() {
    let long = "x".repeat(10_000);
    let list = read(format!("{long}\nevil.example").as_bytes()).unwrap();
    assert_eq!(list.refused[0].what.len(), limits::LEFT_OUT_BYTES);
    let many = "evil.example\n".to_owned() + &"nothing\n".repeat(10_000);
    let list = read(many.as_bytes()).unwrap();
    assert_eq!((list.refused.len(), list.refused_count), (limits::LEFT_OUT, 10_000));
    assert!(list.indicators.iter().all(|one| one.kind() == Kind::Domain));
}
