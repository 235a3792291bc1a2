//! A report for the page (`{report}`): one zip, which is never written anywhere; the browser keeps its pieces.

use std::rc::Rc;

use casemate_api::command::ReportCreate;
use casemate_api::{Error, Kind};
use casemate_crypto::evidence::Sealing;
use wasm_bindgen_futures::spawn_local;

use super::backup::random;
use super::driver::Driver;
use super::export::Here;
use super::folder::Folder;
use super::page::Answer;
use super::read::Pieces;

/// Begins one.
pub fn begin(driver: Rc<Driver>, folder: Folder, number: u64, wanted: ReportCreate) {
    spawn_local(async move {
        let here = Here { driver: &driver, folder: &folder, is_export: false };
        let mut pieces = Pieces::new();
        let made = match wanted.passphrase.clone() {
            None => casemate_export::report(&here, wanted, &mut pieces).await.map(drop),
            Some(passphrase) => sealed(&here, wanted, &passphrase, &mut pieces).await,
        };
        match made.and_then(|()| pieces.into_blob()) {
            Ok(blob) => driver.page().reported(number, &blob),
            Err(error) => driver.page().refuse(Answer::Report(number), error),
        }
    });
}

/// Evidence: the same, encrypted while it is written.
async fn sealed(
    here: &Here<'_>,
    wanted: ReportCreate,
    passphrase: &str,
    pieces: &mut Pieces,
) -> Result<(), Error> {
    let no_room =
        |error: std::io::Error| Error::new(Kind::StorageFull, format!("There is no room: {error}."));
    let sealing =
        Sealing::begin(pieces, passphrase, &mut random()?).map_err(|why| Error::new(Kind::Invalid, why))?;
    let mut sealing = sealing.map_err(no_room)?;
    casemate_export::report(here, wanted, &mut sealing).await?;
    sealing.finish().map(drop).map_err(no_room)
}
