//! The web app inside this program: `cargo xtask web` makes its files, the build script takes them in.

use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use casemate_server::Assets;

include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// The app that was built in, none where none was, or that of a folder.
pub fn assets(folder: Option<&Path>) -> Result<Assets> {
    match folder {
        Some(folder) => Assets::from_folder(folder)
            .with_context(|| format!("the web app in {} cannot be read", folder.display())),
        None => Ok(Assets::from_files(
            BUILT_IN.iter().map(|(name, content)| ((*name).to_owned(), Bytes::from_static(content))),
        )),
    }
}
