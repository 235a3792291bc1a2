//! Taking everything along: asked for the passphrase first, cancelled in the middle, and saved in the end.

use std::io::Read;

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use casemate_e2e::files::large;

const PASSPHRASE: &str = "seven rowing boats at noon";

/// More than is written before a hand can press Cancel.
const MUCH: u64 = 96 * 1024 * 1024;

#[test]
fn asked_cancelled_and_saved() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let folder = world.folder().join("saved");
        mira.saves_into(&folder).await;
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

        // Not without the passphrase, nor with another one.
        mira.visit("#/settings/export").await;
        let begin = async |passphrase: &str| {
            let field = mira.see("password", "Passphrase now").await;
            mira.write_into(&field, passphrase).await;
            mira.press("button", "Export my data").await;
            mira.see("dialog", "Write everything into one file?").await;
            mira.press("button", "Export").await;
        };
        begin("another one").await;
        mira.reads("This is not the passphrase that holds now.").await;

        // Not wanted any more in the middle of it: nothing is saved.
        begin(PASSPHRASE).await;
        mira.press("button", "Cancel").await;
        mira.reads("The export was cancelled.").await;
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

        // And the whole of it.
        begin(PASSPHRASE).await;
        mira.reads("Your data was exported.").await;
        let saved = mira
            .wait("the saved export", async || {
                let files = std::fs::read_dir(&folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
                let mut zips = files.filter(|path| path.extension().is_some_and(|ending| ending == "zip"));
                let zip = zips.next().ok_or("it is not there")?;
                // The browser is still writing it.
                let size = zip.metadata().map_err(|error| error.to_string())?.len();
                if size > MUCH { Ok(zip) } else { Err(format!("it has {size} bytes")) }
            })
            .await;
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
