//! A report for the page (`{report}`): one zip, which is never written anywhere; the browser keeps its pieces.

use std::rc::Rc;

use casemate_api::command::ReportCreate;
use wasm_bindgen_futures::spawn_local;

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
        let made = casemate_export::report(&here, wanted, &mut pieces).await;
        match made.and_then(|_| pieces.into_blob()) {
            Ok(blob) => driver.page().reported(number, &blob),
            Err(error) => driver.page().refuse(Answer::Report(number), error),
        }
    });
}
