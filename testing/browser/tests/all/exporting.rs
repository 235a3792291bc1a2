//! Taking everything along: asked for the passphrase first, cancelled in the middle, and saved in the end.

use std::io::Read;
use std::path::{Path, PathBuf};

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};
use casemate_e2e::files::large;
use serde_json::json;

use crate::locks::{SIGHT, later};

const PASSPHRASE: &str = "seven rowing boats at noon";

/// More than is written before a hand can press Cancel.
const MUCH: u64 = 96 * 1024 * 1024;

#[test]
fn asked_cancelled_and_saved() {
    story(async |world| {
        let folder = world.folder().join("saved");
        let mira = with_much(&world, &folder).await;

        // Not without the passphrase, nor with another one.
        mira.visit("#/settings/export").await;
        begin(&mira, "another one").await;
        mira.reads("This is not the passphrase that holds now.").await;

        // Not wanted any more in the middle of it: nothing is saved.
        begin(&mira, PASSPHRASE).await;
        mira.press("button", "Cancel").await;
        mira.reads("The export was cancelled.").await;
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

        // And the whole of it.
        begin(&mira, PASSPHRASE).await;
        mira.reads("Your data was exported.").await;
        let saved = saved(&mira, &folder).await;
        let name = saved.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("casemate-mira-20"), "{name}");
        let mut begins = [0; 4];
        std::fs::File::open(&saved).unwrap().read_exact(&mut begins).unwrap();
        assert_eq!(&begins, b"PK\x03\x04");
        mira.press("button", "Done").await;
        mira.see("button", "Export my data").await;
        world.all_well(&[&mira]).await;
    });
}

/// It locks by itself meanwhile: not before the file is hers, and then all the same.
#[test]
fn out_of_sight_it_is_written_to_its_end_and_locked_after() {
    story(async |world| {
        let folder = world.folder().join("saved");
        let mira = with_much(&world, &folder).await;
        mira.choose_one("radio", "When it is out of sight").await;
        mira.visit("#/settings/export").await;
        begin(&mira, PASSPHRASE).await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        mira.reads("Your data was exported.").await;
        saved(&mira, &folder).await;
        assert!(!mira.sees("heading", "Unlock Casemate").await);
        mira.run(SIGHT, vec![json!("visible")]).await;
        later(&mira, 65).await;
        mira.see("heading", "Unlock Casemate").await;
        let field = mira.see("password", "Passphrase").await;
        mira.write_into(&field, PASSPHRASE).await;
        mira.press("button", "Unlock").await;
        mira.see("navigation", "Main").await;
        mira.visit("#/settings/export").await;
        mira.see("button", "Export my data").await;
        world.all_well_but(&[&mira], &["WebSocket is closed before the connection is established"]).await;
    });
}

/// Somebody with a large file in a note to herself and a passphrase, on the page where it is set.
async fn with_much(world: &World, folder: &Path) -> Browser {
    let mira = world.join("mira", Look::DESK).await;
    mira.saves_into(folder).await;
    mira.press("button", "New chat").await;
    mira.press("button", "Notes to self").await;
    let much = world.folder().join("much.dat");
    large(&much, MUCH);
    mira.attach(&[&much]).await;
    mira.see("dialog", "Send files").await;
    mira.press("button", "Send").await;
    mira.message("much.dat").await;
    mira.visit("#/settings/security").await;
    for name in ["New passphrase", "New passphrase again"] {
        let field = mira.see("password", name).await;
        mira.write_into(&field, PASSPHRASE).await;
    }
    mira.press("button", "Set a passphrase").await;
    mira.reads("Locked with a passphrase.").await;
    mira
}

/// Begins an export.
async fn begin(mira: &Browser, passphrase: &str) {
    let field = mira.see("password", "Passphrase now").await;
    mira.write_into(&field, passphrase).await;
    mira.press("button", "Export my data").await;
    mira.see("dialog", "Write everything into one file?").await;
    mira.press("button", "Export").await;
}

/// The whole of it, as the browser saved it.
async fn saved(mira: &Browser, folder: &Path) -> PathBuf {
    mira.wait("the saved export", async || {
        let files = std::fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let mut zips = files.filter(|path| path.extension().is_some_and(|ending| ending == "zip"));
        let zip = zips.next().ok_or("it is not there")?;
        // The browser is still writing it.
        let size = zip.metadata().map_err(|error| error.to_string())?.len();
        if size > MUCH { Ok(zip) } else { Err(format!("it has {size} bytes")) }
    })
    .await
}
