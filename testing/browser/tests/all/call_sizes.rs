//! What a page makes of a relay's answer and of its browser, so that all sound has one size: call.js as it is, in node, since no
//! browser is needed for it.

use std::process::Command;

/// In place of what seals in a browser.
const FRAMES: &str = "globalThis.varied = 0; export default async function init() {} \
     export class CallFrames { keys() {} varies() { globalThis.varied += 1; } seal(track, frame) { return frame; } }";

#[test]
fn sound_of_a_page_has_one_size_whatever_the_answer_says() {
    runs("call_sizes.mjs", include_str!("call_sizes.js"));
}

#[test]
fn calls_ask_what_a_browser_can_and_not_which_it_is() {
    runs("call_browsers.mjs", include_str!("call_browsers.js"));
}

fn runs(name: &str, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("call.mjs", include_str!("../../../../apps/web/static/call.js"));
    let worker = include_str!("../../../../apps/web/frames-worker/frames-worker.js");
    write("frames-worker.mjs", &worker.replace("./frames.js", "./frames.mjs"));
    write("frames.mjs", FRAMES);
    write(name, script);
    let said = match Command::new("node").arg(folder.path().join(name)).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("left out: node is not here");
            return;
        }
        said => said.unwrap(),
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
