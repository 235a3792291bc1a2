//! Rules in YARA's language, of whoever has such: an organisation's, a laboratory's. Read and tried by `boreal`, which is written in
//! Rust; in the same walls as all that reads files, since neither the rules nor the file need be kind.

use std::io::Read;
use std::time::Duration;

use boreal::Compiler;
use boreal::compiler::CompilerParams;
use boreal::scanner::{ScanError, ScanParams};

use crate::{Refused, limits};

/// The names of the rules that a file matches, in the order in which they stand; private ones are not named.
///
/// # Errors
///
/// Rules that are no rules, name what is not here (modules that read programs), or take too long; a file over
/// [`limits::RULES_FILE_BYTES`].
pub fn matched(rules: impl Read, file: impl Read) -> Result<Vec<String>, Refused> {
    let rules = bounded(rules, limits::RULES_BYTES, "list of rules")?;
    let rules = String::from_utf8(rules).map_err(|_| malformed("they are not text"))?;
    let file = bounded(file, limits::RULES_FILE_BYTES, "file")?;
    let mut compiler = Compiler::new();
    compiler.set_params(CompilerParams::default().disable_includes(true));
    compiler.add_rules_str(&rules).map_err(|error| malformed(&error.to_string()))?;
    let mut scanner = compiler.finalize();
    let patience = Duration::from_millis(limits::RULES_TIME_MS);
    scanner.set_scan_params(ScanParams::default().timeout_duration(Some(patience)));
    let named = |rules: &[boreal::scanner::EvaluatedRule<'_>]| -> Vec<String> {
        rules.iter().take(limits::RULES_NAMED).map(|rule| rule.name.to_owned()).collect()
    };
    match scanner.scan_mem(&file) {
        Ok(result) => Ok(named(&result.rules)),
        // What matched before is a match.
        Err((ScanError::Timeout, result)) if !result.rules.is_empty() => Ok(named(&result.rules)),
        Err((error, _)) => Err(Refused::TooLarge { what: "list of rules".into(), why: error.to_string() }),
    }
}

fn bounded(from: impl Read, most: u64, what: &str) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(|error| Refused::Read { why: error.to_string() })?;
    if bytes.len() as u64 > most {
        let why = format!("it has more than {} MB", most / 1_000_000);
        return Err(Refused::TooLarge { what: what.into(), why });
    }
    Ok(bytes)
}

fn malformed(why: &str) -> Refused {
    Refused::Malformed { what: "list of rules".into(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(rules: &str, file: &[u8]) -> Result<Vec<String>, Refused> {
        matched(rules.as_bytes(), file)
    }

    #[test]
    fn rules_that_match_are_named_in_their_order() {
        let rules = r#"
            private rule hidden { condition: true }
            rule b { strings: $a = { 68 65 ?? 6c 6f } condition: $a }
            rule a { strings: $a = "hello" wide condition: $a }
            rule c { strings: $a = /h[a-f]l+o/ condition: hidden and #a == 2 }
        "#;
        assert_eq!(tried(rules, b"hello hello").unwrap(), ["b", "c"]);
        assert_eq!(tried(rules, b"h\0e\0l\0l\0o\0").unwrap(), ["a"]);
        assert_eq!(tried(rules, b"").unwrap(), [""; 0]);
        assert_eq!(tried("", b"hello").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_rule_or_leads_elsewhere_is_refused() {
        for rules in ["rule", "include \"/etc/passwd\"", "import \"cuckoo\" rule a { condition: true }"] {
            assert!(matches!(tried(rules, b""), Err(Refused::Malformed { .. })), "{rules}");
        }
        assert!(matches!(matched(&b"\xff\xfe"[..], &b""[..]), Err(Refused::Malformed { .. })));
        // Conditions in conditions: an error, not the end of the stack.
        let deep = format!("rule a {{ condition: {}true{} }}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(matches!(tried(&deep, b""), Err(Refused::Malformed { .. })));
        let deep =
            format!("rule a {{ strings: $a = /{}a{}/ condition: $a }}", "(".repeat(9_000), ")".repeat(9_000));
        assert!(matches!(tried(&deep, b""), Err(Refused::Malformed { .. })));
        let endless = std::io::repeat(b' ');
        assert!(matches!(matched(endless, &b""[..]), Err(Refused::TooLarge { .. })));
        assert!(matches!(matched(&b""[..], std::io::repeat(0)), Err(Refused::TooLarge { .. })));
    }
}
