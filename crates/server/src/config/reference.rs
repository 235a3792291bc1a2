//! docs/settings.md and packaging/server.toml, made from the types of a configuration and kept equal to them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Policy;

/// Set to write both files anew.
const WRITE: &str = "CASEMATE_WRITE_SETTINGS";

const INTRODUCTION: &str = "\
# Settings of a server

The file is TOML. `casemate server --config FILE` reads it when it starts; the Debian package has it at `/etc/casemate/server.toml`. Every
setting has a default, so the file may be empty. What is not a setting here is an option of the command line: `casemate server --help`.

`casemate server --check-config --config FILE` says whether a file can be used, or the line and column of what is wrong.

A changed setting holds from the next start. `SIGHUP` (`systemctl reload casemate`) reads the files of `--tls-cert` and `--tls-key` anew, and
nothing else.

A network address is one address of IPv4, or a /64 of IPv6. Where `trusted_proxies` names the proxy, it is the client's.

This page is made from the types that read the file. After a change of these, write it anew:
`CASEMATE_WRITE_SETTINGS=1 cargo test -p casemate-server --lib settings`
";

const FILE_INTRODUCTION: &str = "\
# Settings of casemate server. Each stands here with its default, or with an example where it has none.
# Remove the # before a setting to change it, then run: casemate server --check-config --config FILE
# A changed setting holds from the next start: systemctl restart casemate
";

/// A setting, or a table of them.
struct Setting {
    name: String,
    about: String,
    kind: Kind,
    /// As TOML.
    value: String,
    has_default: bool,
    needed: bool,
}

enum Kind {
    One(&'static str),
    Table(Vec<Setting>),
    /// Each begins with its own heading.
    Tables(Vec<Setting>),
}

fn settings() -> Vec<Setting> {
    let inlined = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = inlined.into_generator().into_root_schema_for::<Policy>();
    table(&serde_json::to_value(schema).unwrap())
}

/// The settings of a table, those that are tables last: TOML wants it so.
fn table(schema: &Value) -> Vec<Setting> {
    let needed: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let mut found: Vec<Setting> = properties
        .iter()
        .map(|(name, schema)| setting(name, schema, needed.contains(&name.as_str())))
        .collect();
    found.sort_by_key(|setting| (!matches!(setting.kind, Kind::One(_)), setting.name.clone()));
    found
}

fn setting(name: &str, schema: &Value, needed: bool) -> Setting {
    let about = schema["description"].as_str().unwrap_or_else(|| panic!("nothing says what {name} is"));
    let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
    // An optional table is `anyOf` it and null.
    let inner = schema["anyOf"].as_array().and_then(|either| either.first()).unwrap_or(schema);
    let kind = match &inner["items"] {
        items if items["properties"].is_object() => Kind::Tables(table(items)),
        _ if inner["properties"].is_object() => Kind::Table(table(inner)),
        items if items.is_object() => Kind::One("list of texts"),
        _ => Kind::One(match inner["type"].as_str().or_else(|| inner["type"][0].as_str()) {
            Some("integer") => "number",
            Some("boolean") => "true or false",
            _ => "text",
        }),
    };
    let default = schema.get("default").filter(|default| !default.is_null()).cloned();
    let is_list = matches!(kind, Kind::One("list of texts"));
    let default = default.or_else(|| (is_list && !needed).then(|| Value::Array(Vec::new())));
    let shown = default.clone().or_else(|| schema["examples"].get(0).cloned());
    if let (Kind::One(_), None) = (&kind, &shown) {
        panic!("{name} has neither a default nor an example: {schema}");
    }
    Setting {
        name: name.to_owned(),
        about,
        kind,
        // What is in these files is the same as JSON and as TOML.
        value: shown.map_or_else(String::new, |value| value.to_string()),
        has_default: default.is_some(),
        needed,
    }
}

fn page(settings: &[Setting]) -> String {
    let mut text = INTRODUCTION.to_owned();
    write_page(&mut text, "", "At the top of the file", "", settings);
    text
}

fn write_page(text: &mut String, path: &str, heading: &str, about: &str, settings: &[Setting]) {
    write!(text, "\n## {heading}\n\n").unwrap();
    if !about.is_empty() {
        write!(text, "{about}\n\n").unwrap();
    }
    text.push_str("| setting | takes | default | what it does |\n|---|---|---|---|\n");
    for setting in settings {
        let Kind::One(kind) = setting.kind else { continue };
        let default = match (setting.has_default, setting.needed) {
            (true, _) => format!("`{}`", setting.value),
            (false, true) => "has to be given".to_owned(),
            (false, false) => "none".to_owned(),
        };
        writeln!(text, "| `{}` | {kind} | {default} | {} |", setting.name, setting.about).unwrap();
    }
    for setting in settings {
        let path = format!("{path}{}", setting.name);
        match &setting.kind {
            Kind::One(_) => {}
            Kind::Table(inner) => {
                write_page(text, &format!("{path}."), &format!("`[{path}]`"), &setting.about, inner);
            }
            Kind::Tables(inner) => {
                write_page(text, &format!("{path}."), &format!("`[[{path}]]`"), &setting.about, inner);
            }
        }
    }
}

fn file(settings: &[Setting]) -> String {
    let mut text = FILE_INTRODUCTION.to_owned();
    write_file(&mut text, "", settings);
    text
}

fn write_file(text: &mut String, path: &str, settings: &[Setting]) {
    for setting in settings {
        let path = format!("{path}{}", setting.name);
        text.push('\n');
        write_comment(text, &setting.about);
        match &setting.kind {
            Kind::One(_) => writeln!(text, "#{} = {}", setting.name, setting.value).unwrap(),
            // Where nothing in it has to be given, the heading stands, so that one # fewer is enough.
            Kind::Table(inner) => {
                let mark = if inner.iter().any(|setting| setting.needed) { "#" } else { "" };
                writeln!(text, "{mark}[{path}]").unwrap();
                write_file(text, &format!("{path}."), inner);
            }
            Kind::Tables(inner) => {
                writeln!(text, "#[[{path}]]").unwrap();
                write_file(text, &format!("{path}."), inner);
            }
        }
    }
}

/// Lines of at most 100 letters.
fn write_comment(text: &mut String, about: &str) {
    let mut line = String::from("#");
    for word in about.split(' ') {
        if line.len() + 1 + word.len() > 100 {
            writeln!(text, "{line}").unwrap();
            line = String::from("#");
        }
        write!(line, " {word}").unwrap();
    }
    writeln!(text, "{line}").unwrap();
}

fn kept(path: &str, made: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        kept == made,
        "{} is not what the types say; with {WRITE}=1 this test writes it anew",
        path.display()
    );
}

#[test]
fn settings_of_the_types_are_those_of_the_documents() {
    let settings = settings();
    kept("docs/settings.md", &page(&settings));
    kept("packaging/server.toml", &file(&settings));
}

#[test]
fn settings_in_the_file_of_defaults_can_be_uncommented() {
    let text = file(&settings());
    assert_eq!(Policy::from_toml(&text), Ok(Policy::default()));
    // A heading with what belongs to it, each setting by itself where it may be.
    let (mut heading, mut tables) = (String::new(), Vec::<String>::new());
    for line in text.lines() {
        if line.starts_with('[') {
            line.clone_into(&mut heading);
        } else if let Some(line) = line.strip_prefix('#').filter(|line| line.starts_with('[')) {
            tables.push(line.to_owned());
            heading.clear();
        } else if let Some(line) = line.strip_prefix('#').filter(|line| line.starts_with(char::is_alphabetic))
        {
            if heading.is_empty() && !tables.is_empty() {
                tables.last_mut().unwrap().push_str(&format!("\n{line}"));
                continue;
            }
            let policy = Policy::from_toml(&format!("{heading}\n{line}"));
            assert!(policy.is_ok(), "{heading} {line}: {policy:?}");
        }
    }
    assert_eq!(tables.len(), 3, "media, relays, turn");
    for table in tables {
        let policy = Policy::from_toml(&table);
        assert!(policy.is_ok(), "{table}: {policy:?}");
    }
}
