//! `casemate audit` over a real server: from the beginning, from its state, and against a server that lies.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use casemate_e2e::binary;
use casemate_e2e::world::World;
use serde_json::Value;

fn audit(url: &str, state: &Path, more: &[&str]) -> Output {
    let mut command = binary::command(&["audit", "--server", url, "--state"]);
    command.arg(state).args(more).output().unwrap()
}

fn statement(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Audits until an epoch is there. The server publishes within ten seconds.
fn audited_to(url: &str, state: &Path, epoch: u64) -> Value {
    let begun = Instant::now();
    loop {
        let said = statement(&audit(url, state, &[]));
        if said["epoch"].as_u64().unwrap() >= epoch {
            return said;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "no epoch {epoch}: {said}");
    }
}

#[test]
fn from_the_beginning_then_what_is_new_and_never_another_log() {
    let world = World::new();
    let url = world.server.url();
    let state = world.folder().join("audit.json");
    let _ana = world.join("ana");
    let first = audited_to(&url, &state, 1);
    // A quiet server costs next to nothing.
    let again = statement(&audit(&url, &state, &[]));
    assert_eq!(again["epoch"], first["epoch"]);
    assert_eq!(again["new_epochs"], 0);
    assert!(again["bytes"].as_u64().unwrap() < 1_000, "{again}");
    assert_eq!(again["auditor"], first["auditor"], "the auditor keeps its key");
    // The key in invitation links is the log's.
    let link = world.server.invite();
    let key = link.rsplit_once('.').unwrap().1;
    statement(&audit(&url, &state, &["--key", key]));
    let wrong = audit(&url, &state, &["--key", &"A".repeat(43)]);
    assert!(!wrong.status.success());

    let before = first["epoch"].as_u64().unwrap();
    let _bob = world.join("bob");
    let second = audited_to(&url, &state, before + 1);
    assert_ne!(second["root"], first["root"]);

    // Another server in its place, with the same key: a log that does not go on from the one that was audited.
    let kept = std::fs::read_to_string(&state).unwrap();
    let mut forged: Value = serde_json::from_str(&kept).unwrap();
    let mut root = forged["root"].as_str().unwrap().to_owned();
    root.replace_range(0..2, if root.starts_with("00") { "11" } else { "00" });
    forged["root"] = root.into();
    std::fs::write(&state, forged.to_string()).unwrap();
    let refused = audit(&url, &state, &[]);
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("does not hold"), "{told}");
    assert!(state.with_extension("evidence").is_file());
}
