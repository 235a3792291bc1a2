//! A large file goes on where it stopped, whoever is killed, and takes little memory.

use std::path::Path;

use casemate_e2e::binary::peak_memory;
use casemate_e2e::files::{below, large, sha256};
use casemate_e2e::world::World;
use casemate_e2e::{be_patient, setting};
use serde_json::json;

const MIB: u64 = 1024 * 1024;

/// What one process may take above idle.
const MEMORY: u64 = 64 * MIB;

/// Bytes that may pass twice around a kill: what was under way between two processes, in sockets whose reader had no time yet
/// too. Less than the half of a file that passes twice where a transfer begins anew.
const SLACK: u64 = 24 * MIB;

/// 64 MiB; `cargo xtask soak` makes it 4 GiB.
#[test]
fn a_large_file() {
    let mib = setting("CASEMATE_SOAK_MIB", 64);
    if mib > 64 {
        be_patient(3_600);
    }
    there(mib * MIB);
}

fn there(bytes: u64) {
    let (mut world, tap) = World::tapped();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let idle = [peak_memory(anna.process()), peak_memory(ben.process()), peak_memory(world.server.process())];
    let path = world.folder().join("large.bin");
    large(&path, bytes);
    let hash = sha256(&path);

    // The sender is killed in the middle of the upload.
    let before = tap.passed();
    tap.hold_after(bytes / 3);
    let message = anna.send_file(&chat, &path, None);
    tap.wait_until_holding();
    let sender_peak = peak_memory(anna.process());
    anna.kill();
    tap.release();
    anna.restart();
    // Then the server, in what is left of it.
    tap.hold_after(bytes / 3);
    tap.wait_until_holding();
    let server_peak = peak_memory(world.server.process());
    world.server.kill();
    tap.release();
    world.server.restart();
    let arrived = ben.sees(&chat, &message, "the file", |_| true);
    assert_eq!(arrived["attachments"][0]["sha256"], *hash);
    let passed = tap.passed() - before;
    assert!(passed < bytes + SLACK, "{passed} bytes passed for {bytes}: the upload began anew");

    // The receiver is killed in the middle of the download.
    let before = tap.passed();
    tap.hold_after(bytes / 2);
    let to = world.folder().join("copy.bin");
    let save = |path: &Path| json!({"message": message, "index": 0, "path": path});
    ben.begin("attachment.save", save(&to)).unwrap();
    tap.wait_until_holding();
    let receiver_peak = peak_memory(ben.process());
    ben.kill();
    assert!(!to.exists(), "nothing stands under the name until all of it is there");
    tap.release();
    ben.restart();
    let saved = ben.ask("attachment.save", save(&to));
    assert_eq!((&saved["sha256"], &saved["bytes"]), (&json!(hash), &json!(bytes)));
    assert_eq!(sha256(&to), hash);
    let passed = tap.passed() - before;
    assert!(passed < bytes + SLACK, "{passed} bytes passed for {bytes}: the download began anew");

    let peaks = [
        ("sender", sender_peak.max(peak_memory(anna.process())), idle[0]),
        ("receiver", receiver_peak.max(peak_memory(ben.process())), idle[1]),
        ("server", server_peak.max(peak_memory(world.server.process())), idle[2]),
    ];
    for (who, peak, idle) in peaks {
        let above = peak.saturating_sub(idle);
        println!("{who}: {} MiB above idle ({} MiB)", above / MIB, idle / MIB);
        assert!(above < MEMORY, "the {who} took {above} bytes above idle");
    }
    let parts = below(&world.folder().join("ben")).into_iter().filter(|file| file.ends_with(".part"));
    assert_eq!(parts.count(), 0);
}
