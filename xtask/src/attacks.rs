//! `cargo xtask attacks`: what has been done to messengers, tried here, and what came of it.
//!
//! The tables stand in SECURITY.md, under [`HEADING`], and in docs/attacks.md; the last column of a row names its tests, which
//! are tests like any others, wherever they belong. This runs exactly those, and prints the tables with results. `tidy` sees to it that every
//! test that is named there exists, and every rule is among the rows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use crate::{axe, nothing_left, packages, process, take_flag, tidy, web, workspace};

/// The document and the part of it.
const DOCUMENT: &str = "SECURITY.md";
/// A document of tables alone: what members, servers and thieves do who keep no rule.
const ROWS: &str = "docs/attacks.md";
const HEADING: &str = "## What has been done to messengers, tried here";

/// Their tests start programs, or browsers.
const SLOW: [&str; 2] = [BROWSER, "casemate-e2e"];
const BROWSER: &str = "casemate-browser";

/// Rules that must have tests.
const RULES: std::ops::RangeInclusive<u32> = 1..=20;

/// A row of one of the tables: its first cell, and the tests of its last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row<'a> {
    name: &'a str,
    tests: Vec<&'a str>,
}

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Held,
    /// It says itself that something it needs is not there, or its package was left out.
    NotRun,
    Broken,
}

/// `cargo xtask attacks [--quick]`
pub fn attacks(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let quick = take_flag(&mut words, "--quick");
    nothing_left(&words)?;
    packages::install_for_tests()?;
    let root = workspace::root()?;
    let texts = tidy::texts(&root, &tidy::files(&root)?)?;
    let tables = [tables(text_of(&texts, DOCUMENT)), blocks(text_of(&texts, ROWS))].concat();
    let found = places(&texts);
    let all: BTreeSet<&str> = tables.iter().flatten().flat_map(|row| row.tests.iter().copied()).collect();
    // The package where it takes long to make ready; the others are tested at once, built as `cargo xtask test` does.
    let mut groups: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for test in &all {
        let path = found.get(test).with_context(|| format!("a table names {test}, which is nowhere"))?;
        let package = package_of(path, &texts)?;
        groups.entry(SLOW.into_iter().find(|slow| *slow == package)).or_default().push(test);
    }
    let mut outcomes = BTreeMap::new();
    for (package, tests) in &groups {
        let ready = package.is_none_or(|_| !quick) && make_ready(*package)?;
        if ready {
            println!("── {}: {} tests", package.unwrap_or("without a program or a browser"), tests.len());
            outcomes.extend(run(*package, tests)?);
        }
    }
    let outcome = |test: &str| outcomes.get(test).copied().unwrap_or(Outcome::NotRun);
    for table in &tables {
        println!();
        for row in table {
            println!("{}", line(row, &outcome));
        }
    }
    let count = |wanted| all.iter().filter(|test| outcome(test) == wanted).count();
    let (held, broken) = (count(Outcome::Held), count(Outcome::Broken));
    println!("\n{} tests: {held} held, {} not run here, {broken} broken", all.len(), count(Outcome::NotRun));
    if broken > 0 {
        let names: Vec<&str> = all.into_iter().filter(|test| outcome(test) == Outcome::Broken).collect();
        bail!("an attack succeeds: {}", names.join(", "));
    }
    Ok(())
}

/// Complaints about the tables: tests that are nowhere, rules without a test.
pub fn check(texts: &[(String, String)]) -> Vec<String> {
    let (security, found) = (text_of(texts, DOCUMENT), places(texts));
    let mut complaints = Vec::new();
    for document in [DOCUMENT, ROWS] {
        for row in every_row(text_of(texts, document)) {
            for test in row.tests.iter().filter(|test| !found.contains_key(*test)) {
                complaints.push(format!("{document}: there is no test {test}"));
            }
        }
    }
    let tables = tables(security);
    for rule in RULES {
        let has_tests = |row: &Row| row.name == rule.to_string() && !row.tests.is_empty();
        if !tables.iter().flatten().any(has_tests) {
            complaints.push(format!("{DOCUMENT}: rule {rule} has no row with a test under {HEADING:?}"));
        }
    }
    complaints
}

/// Builds what the tests of a package start. False where it cannot be had here.
fn make_ready(package: Option<&str>) -> Result<bool> {
    let Some(package) = package else { return Ok(true) };
    if package == BROWSER {
        if !packages::has_browser() || web::build_if_possible(web::Tool::ToBuild)?.is_none() {
            return Ok(false);
        }
        axe::fetch()?;
    }
    process::run(&mut workspace::cargo(&["build", "--quiet", "--package", "casemate"])?)?;
    Ok(true)
}

/// Tests of one package, or of all but the slow ones.
fn run<'a>(package: Option<&str>, tests: &[&'a str]) -> Result<Vec<(&'a str, Outcome)>> {
    let mut command = workspace::cargo(&["test", "--quiet", "--no-fail-fast"])?;
    match package {
        Some(package) => command.args(["--package", package]),
        None => command.arg("--workspace").args(SLOW.map(|slow| format!("--exclude={slow}"))),
    };
    let package = package.unwrap_or("the workspace");
    let output = command.arg("--").args(tests).args(["--show-output", "--format=pretty"]).output();
    let output = output.with_context(|| format!("could not start the tests of {package}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let outcomes = outcomes(&said, tests);
    if outcomes.len() < tests.len() {
        bail!("the tests of {package} did not run:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    for (test, _) in outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Broken) {
        println!("{test} failed:\n{}", words_of(&said, test).unwrap_or_default());
    }
    Ok(outcomes)
}

/// Reads `test path::name ... ok` and what each test said below.
fn outcomes<'a>(said: &str, tests: &[&'a str]) -> Vec<(&'a str, Outcome)> {
    let mut outcomes = Vec::new();
    for test in tests {
        let of_it = |line: &&str| {
            let name = line.strip_prefix("test ").and_then(|rest| rest.split(" ... ").next());
            name.is_some_and(|name| name.rsplit("::").next() == Some(*test))
        };
        let Some(line) = said.lines().find(of_it) else { continue };
        let left_out = words_of(said, test).is_some_and(|words| {
            words.lines().any(|line| line.starts_with("left out") || line.starts_with("skipped"))
        });
        let outcome = match line.ends_with("... ok") {
            true if left_out => Outcome::NotRun,
            true => Outcome::Held,
            false => Outcome::Broken,
        };
        outcomes.push((*test, outcome));
    }
    outcomes
}

/// What a test printed: `---- path::name stdout ----` and the lines until the next.
fn words_of<'a>(said: &'a str, test: &str) -> Option<&'a str> {
    let head = said.find(&format!("{test} stdout ----"))?;
    let rest = &said[head..];
    Some(rest[..rest.find("\n---- ").unwrap_or(rest.len())].trim())
}

fn line(row: &Row, outcome: &impl Fn(&str) -> Outcome) -> String {
    let worst = row.tests.iter().map(|test| outcome(test)).max().unwrap_or(Outcome::NotRun);
    let word = |outcome| match outcome {
        Outcome::Held => "held",
        Outcome::NotRun => "not run",
        Outcome::Broken => "BROKEN",
    };
    let tests = row.tests.iter().map(|test| format!("{:>10}           {test}: {}", "", word(outcome(test))));
    let head = format!("{:>10}  {}", word(worst), row.name);
    std::iter::once(head).chain(tests).collect::<Vec<_>>().join("\n")
}

/// The tables under the heading, each without its head.
fn tables(security: &str) -> Vec<Vec<Row<'_>>> {
    let Some((_, part)) = security.split_once(HEADING) else { return Vec::new() };
    blocks(part.split("\n## ").next().unwrap_or_default())
}

/// The tables of a text, each without its head.
fn blocks(text: &str) -> Vec<Vec<Row<'_>>> {
    text.split("\n\n")
        .map(|block| every_row(block).collect())
        .filter(|rows: &Vec<_>| !rows.is_empty())
        .collect()
}

/// Rows of tables whose last cell names tests.
fn every_row(text: &str) -> impl Iterator<Item = Row<'_>> {
    text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let tests: Vec<&str> =
            cells.last()?.split('`').skip(1).step_by(2).filter(|name| is_test(name)).collect();
        (!tests.is_empty()).then(|| Row { name: cells[0], tests })
    })
}

/// A test's name is a sentence.
fn is_test(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name.contains('_')
}

/// Every test of the repository, with the file that it is in.
fn places(texts: &[(String, String)]) -> BTreeMap<&str, &str> {
    let mut places = BTreeMap::new();
    for (path, text) in texts.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let mut is_next = false;
        for line in text.lines().map(str::trim) {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                is_next = true;
            } else if let Some(rest) =
                line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ").filter(|_| is_next)
            {
                places.insert(rest.split('(').next().unwrap_or_default(), path.as_str());
                is_next = false;
            }
        }
    }
    places
}

/// The name in the nearest Cargo.toml above.
fn package_of(path: &str, texts: &[(String, String)]) -> Result<String> {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        folder = above;
        let manifest = text_of(texts, &format!("{folder}/Cargo.toml"));
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        if let Some(name) = name {
            return Ok(name.to_owned());
        }
    }
    bail!("{path} is in no package")
}

fn text_of<'a>(texts: &'a [(String, String)], name: &str) -> &'a str {
    texts.iter().find(|(path, _)| path == name).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rows: &str) -> Vec<(String, String)> {
        let security = format!(
            "# Security\n\n{HEADING}\n\n| rule | test |\n|---|---|\n{rows}\n## Next\n\n| 99 | `not_here` |\n"
        );
        let source =
            "#[test]\nfn it_holds() {}\n\n#[test]\n#[cfg(unix)]\nfn it_holds_too() {}\nfn no_test() {}\n";
        [
            ("SECURITY.md", security.as_str()),
            ("crates/a/src/lib.rs", source),
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into()
    }

    #[test]
    fn tests_that_are_nowhere_and_rules_without_any_are_named() {
        let rows: String = RULES.map(|rule| format!("| {rule} | `it_holds`, `it_holds_too` |\n")).collect();
        assert_eq!(check(&texts(&rows)), ["SECURITY.md: there is no test not_here"]);
        let less =
            rows.replace("| 7 | `it_holds`, `it_holds_too` |\n", "| 7 | see above |\n| x | `no_test` |\n");
        let complaints = check(&texts(&less));
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert_eq!(complaints[0], "SECURITY.md: there is no test no_test");
        assert!(complaints[2].contains("rule 7 has no row"), "{complaints:?}");
    }

    #[test]
    fn a_test_is_found_with_its_package() {
        let texts = texts("| 1 | `it_holds` |\n");
        let found = places(&texts);
        assert_eq!(found.keys().collect::<Vec<_>>(), [&"it_holds", &"it_holds_too"]);
        assert_eq!(package_of(found["it_holds"], &texts).unwrap(), "a");
        assert!(package_of("README.md", &texts).is_err());
    }

    #[test]
    fn what_tests_say_is_read() {
        let said = "running 3 tests\ntest tests::it_holds ... ok\ntest it_fails ... FAILED\ntest a::left_alone ... ok\n\n\
                    successes:\n\n---- a::left_alone stdout ----\nleft out: needs root\n\nfailures:\n\n---- it_fails stdout ----\nleft == right\n";
        let found = outcomes(said, &["it_holds", "it_fails", "left_alone", "holds"]);
        let expected =
            [("it_holds", Outcome::Held), ("it_fails", Outcome::Broken), ("left_alone", Outcome::NotRun)];
        assert_eq!(found, expected);
        let row = Row { name: "1", tests: vec!["it_holds", "it_fails"] };
        let shown = line(&row, &|test| if test == "it_fails" { Outcome::Broken } else { Outcome::Held });
        assert!(shown.starts_with("    BROKEN  1\n"), "{shown}");
    }
}
