//! What a page makes of a relay's answer, so that all sound has one size: call.js as it is, in node, since no browser is needed for it.

use std::process::Command;

#[test]
fn sound_of_a_page_has_one_size_whatever_the_answer_says() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("call_sizes.mjs");
    std::fs::write(folder.path().join("call.mjs"), include_str!("../../../../apps/web/static/call.js"))
        .unwrap();
    std::fs::write(&script, include_str!("call_sizes.js")).unwrap();
    let said = match Command::new("node").arg(script).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("left out: node is not here");
            return;
        }
        said => said.unwrap(),
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
