use super::*;

fn ids(link: &str) -> Vec<&'static str> {
    look(link, None, &["casemate.example"]).warnings.iter().map(Warning::id).collect()
}

#[test]
fn where_it_leads_is_said_in_full() {
    for (link, host) in [
        ("https://example.org/a/b?c#d", "example.org"),
        ("HTTPS://Example.ORG./", "example.org"),
        ("https://a.very.long.name.example.org:8443/", "a.very.long.name.example.org"),
        ("https://google.com@evil.example/", "evil.example"),
        ("https://google.com%2F@evil.example/", "evil.example"),
        ("https://google.com\\@evil.example/", "google.com"),
        ("https:evil.example", "evil.example"),
        ("https:/\t/evil.example", "evil.example"),
        ("http://3221226015/", "192.0.2.31"),
        ("http://0xc0.0x0.0x2.0x1f/", "192.0.2.31"),
        ("http://[::ffff:192.0.2.31]/", "[::ffff:c000:21f]"),
        ("example.org/x", "example.org"),
        ("example.org:443/x", "example.org"),
        ("www.example.org", "www.example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ] {
        assert_eq!(look(link, None, &[]).host, host, "{link}");
    }
    assert_eq!(look("https://xn--bcher-kva.example/", None, &[]).reads.as_deref(), Some("bücher.example"));
}

#[test]
fn what_deceives_is_named() {
    for (link, id) in [
        ("https://google.com@evil.example/", "userinfo"),
        ("https://user:word@evil.example/", "userinfo"),
        ("http://192.0.2.7/", "number"),
        ("http://3221226015/login", "number"),
        ("http://[2001:db8::1]/", "number"),
        ("https://example.org:4444/", "port"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("intent://x#Intent;scheme=y;end", "scheme"),
        ("ms-msdt:/id", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://example.org/\u{202E}gpj.exe", "hidden"),
        ("https://раураl.com/", "looks_like"),
        ("https://xn--80ak6aa92e.com/", "looks_like"),
        ("https://paypaI.com/", "almost_like"),
        ("https://paypa1.com/", "looks_like"),
        ("https://rnicrosoft.com/", "looks_like"),
        ("https://gith\u{1EE5}b.com/login", "looks_like"),
        ("https://\u{1E57}aypal.com/", "looks_like"),
        ("https://s\u{ED}gnal.org/", "looks_like"),
        ("https://g00gle.com/", "looks_like"),
        ("https://www.arnazon.de/", "looks_like"),
        ("https://casernate.example/", "looks_like"),
        ("https://exаmple-shop.com/", "letters"),
        ("https://gooogle.com/", "almost_like"),
        ("https://www.facebok.com/", "almost_like"),
        ("https://paypal.com.evil.example/", "inside"),
        ("https://paypal.com-login.example.org/", "inside"),
        ("https://secure-paypal.com.ru/", "inside"),
        ("https://accounts.google.com.evil.example/", "inside"),
        ("https://paypal-verify.example/", "lure"),
        ("https://secure-icloud.example/", "lure"),
        ("https://login-microsoftonline.com/", "lure"),
        ("https://paypal-secure-login.com/", "lure"),
        ("https://account-verify-apple.com/", "lure"),
        ("https://apple.id-verify.com/", "lure"),
        ("https://paypallogin.com/", "lure"),
        ("https://securepaypal.example/", "lure"),
        ("https://my.wellsfargo-signin.example/", "lure"),
        ("https://hsbc-online-banking.example/", "lure"),
        ("https://github_support.example/", "lure"),
        ("https://metamask-wallet-update.example/", "lure"),
        ("https://bit.ly/3abc", "shortener"),
        ("https://t.co/abc", "shortener"),
        ("https://", "unreadable"),
        ("", "unreadable"),
        ("two words", "unreadable"),
    ] {
        let found = ids(link);
        assert!(found.contains(&id), "{link}: {found:?}");
    }
}

#[test]
fn what_is_ordinary_is_not() {
    for link in [
        "https://google.com/",
        "https://mail.google.com/mail/u/0/#inbox",
        "https://www.paypal.com/signin",
        "https://login.microsoftonline.com/",
        "https://casemate.example/i#abc",
        "https://en.wikipedia.org/wiki/PayPal",
        "https://example.org/paypal.com/login",
        "https://bücher.example/",
        "https://москва.рф/",
        "https://مثال.إختبار/",
        "https://例え.jp/",
        "https://amazonas.example/",
        "https://applebank.com/",
        "https://ims-na1.adobelogin.com/",
        "https://google.auth.example/",
        "https://github.support.example/",
        "https://pineapple-support.example/",
        "https://apple-history.com/",
        "https://paypal-community.com/",
        "https://discord-bank.example/",
        "https://paypal.example/",
        "https://www.google.com.br/",
        "https://www.wikimedia.org/",
        "http://intranet.example:8080/",
        "mailto:ana@example.org",
        "tel:+4912345",
    ] {
        assert_eq!(ids(link), [""; 0], "{link}");
    }
}

#[test]
fn a_text_that_names_another_place_is_told() {
    let told =
        |shown: &str, link: &str| look(link, Some(shown), &[]).warnings.iter().any(|one| one.id() == "text");
    assert!(told("paypal.com", "https://evil.example/"));
    assert!(told("https://www.paypal.com/login", "https://evil.example/"));
    assert!(told("http://192.0.2.7/", "https://evil.example/"));
    for (shown, link) in [
        ("here", "https://evil.example/"),
        ("paypal.com is down", "https://news.example/"),
        ("example.org", "https://www.example.org/"),
        ("www.example.org", "https://example.org/x"),
        ("blog.example.org", "https://example.org/blog"),
        ("https://example.org/x", "https://example.org/x"),
        ("README.md", "https://example.org/README.md"),
        ("3.14", "https://example.org/"),
    ] {
        assert!(!told(shown, link), "{shown}");
    }
}

#[test]
fn every_warning_has_a_sentence_of_its_own() {
    let all = [
        "https://google.com@evil.example/",
        "http://192.0.2.7:81/",
        "javascript:x",
        "https://paypa1.com/",
        "https://paypal.com.evil.example/",
        "https://paypal-login.example/",
        "https://gooogle.com/",
        "https://bit.ly/a",
        "\u{202E}",
    ];
    for link in all {
        let looked = look(link, Some("https://other.example"), &[]);
        for warning in looked.warnings {
            let sentence = warning.sentence(&looked.host);
            assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
            let json = serde_json::to_value(&warning).unwrap();
            assert_eq!(json["id"], warning.id());
        }
    }
}

#[test]
fn any_text_gives_an_answer() {
    let mut state = 1u64;
    let alphabet: Vec<char> = "htps:/@.%0xa1\\[]#?&=-_ \tпаypаl。\u{202E}😀é".chars().collect();
    for _ in 0..50_000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push(alphabet[(state >> 33) as usize % alphabet.len()]);
        }
        let looked = look(&text, Some(&text), &["casemate.example"]);
        assert!(looked.warnings.iter().all(|warning| !warning.sentence(&looked.host).is_empty()));
    }
    assert_eq!(look(&"a".repeat(LINK_BYTES + 1), None, &[]).warnings, [Warning::Unreadable]);
}
