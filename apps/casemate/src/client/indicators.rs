//! Bringing lists of what is known to be bad to the engine (`indicators.import`). A list from anywhere is read by guard in its
//! own process; a signed one goes to the engine as it is, which verifies it before it reads it.

use std::io::{Read as _, Seek as _};
use std::path::Path;

use casemate_api::command::{Indicator, IndicatorsAdd, IndicatorsImport, IndicatorsUpdate};
use casemate_api::{Command, Error, Kind, view};
use casemate_engine::{SIGNED_LIST, SIGNED_LIST_BYTES};
use casemate_guard::child::JobError;
use casemate_guard::indicators::List;
use serde_json::Value;

use super::Client;
use super::disk;
use super::save::open_regular;
use super::staging::guard;

enum Read {
    Signed(String),
    Listed(List),
}

/// Imports a list.
pub async fn run(client: &Client, wanted: IndicatorsImport) -> Result<Value, Error> {
    let path = wanted.path.clone();
    let read = tokio::task::spawn_blocking(move || read(Path::new(&path)));
    let list = match read.await.map_err(|_| Error::new(Kind::Invalid, "Reading the list stopped."))?? {
        Read::Signed(signed) => {
            return client.ask(Command::IndicatorsUpdate(IndicatorsUpdate { signed })).await;
        }
        Read::Listed(list) => list,
    };
    let name = match list.name.trim() {
        "" => Path::new(&wanted.path).file_name().unwrap_or_default().to_string_lossy().into_owned(),
        name => name.to_owned(),
    };
    let name = casemate_guard::name::display_name(&name);
    if list.indicators.is_empty() {
        // All of it is of kinds that messages do not have: that is said, and no list is made of it.
        let mut nothing = view::IndicatorsAdded { name, ..view::IndicatorsAdded::default() };
        leave_out(&mut nothing, list);
        return serde_json::to_value(nothing).map_err(unexpected);
    }
    let indicators = list
        .indicators
        .iter()
        .map(|one| Indicator { kind: one.kind().as_str().to_owned(), value: one.value().to_owned() });
    let add = IndicatorsAdd { name, indicators: indicators.collect() };
    let added = client.ask(Command::IndicatorsAdd(add)).await?;
    let mut added: view::IndicatorsAdded = serde_json::from_value(added).map_err(unexpected)?;
    leave_out(&mut added, list);
    serde_json::to_value(added).map_err(unexpected)
}

/// Adds what guard left out.
fn leave_out(added: &mut view::IndicatorsAdded, list: List) {
    let refused = list.refused.into_iter();
    let refused = refused.map(|one| view::IndicatorRefused { what: one.what, why: one.why });
    added.leave_out(refused, list.refused_count);
}

fn unexpected(error: serde_json::Error) -> Error {
    Error::new(Kind::Invalid, error.to_string())
}

fn read(path: &Path) -> Result<Read, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::NotFound, format!("{} cannot be read: {error}.", path.display()))
    };
    let mut file = open_regular(path, unreadable)?;
    let mut first = Vec::new();
    (&file).take(SIGNED_LIST.len() as u64).read_to_end(&mut first).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    if first == SIGNED_LIST.as_bytes() {
        let mut text = String::new();
        file.take(SIGNED_LIST_BYTES as u64).read_to_string(&mut text).map_err(unreadable)?;
        return Ok(Read::Signed(text));
    }
    let output = disk::nameless().map_err(|error| {
        Error::new(Kind::StorageFull, format!("There is no room to read the list: {error}."))
    })?;
    guard::client("Nothing was taken.")?.indicators(&file, &output).map(Read::Listed).map_err(|error| {
        let kind = match &error {
            JobError::Refused(casemate_guard::Refused::TooLarge { .. }) => Kind::TooLarge,
            JobError::Refused(_) => Kind::Invalid,
            JobError::TimedOut | JobError::Crashed => Kind::Untrusted,
            JobError::NotClosedIn { .. } | JobError::Start(_) => Kind::NotAllowed,
        };
        Error::new(kind, format!("{error} Nothing of it was taken."))
    })
}
