//! The guard's answers in the words of a person who wants to send a file. It runs in children of this very program,
//! `casemate guard-worker`.

use std::fs::File;

use casemate_api::{Error, Kind};
use casemate_guard::child::{Client, JobError};
use casemate_guard::{Inspection, MediaType, Refused};

use super::source::no_room_for;

/// What the file truly is.
pub fn inspect(file: &File, name: &str) -> Result<Inspection, Error> {
    client("Nothing was sent.")?.inspect(file, name).map_err(|error| in_words(name, &error, ""))
}

/// Writes the same file without what it tells about its maker.
pub fn strip(file: &File, output: &File, media_type: MediaType, name: &str) -> Result<(), Error> {
    let advice = " To send it with everything that it tells, send it as a document, as it is.";
    client("Nothing was sent.")?
        .strip(file, output, media_type)
        .map(|_| ())
        .map_err(|error| in_words(name, &error, advice))
}

/// Who looks at files. `otherwise` says what that means where nobody can.
pub fn client(otherwise: &str) -> Result<Client, Error> {
    Client::this_program().map_err(|error| {
        let sentence = format!("Files cannot be looked at safely on this machine: {error}. {otherwise}");
        Error::new(Kind::NotAllowed, sentence)
    })
}

fn in_words(name: &str, error: &JobError, advice: &str) -> Error {
    let (kind, advice) = match error {
        // Into a file of this device, where room is what is missing. Nothing is wrong with the picture: nobody shall send where it
        // was taken because a disk is full.
        JobError::Refused(Refused::Write { .. }) => return no_room_for(name),
        JobError::Refused(_) => (Kind::Invalid, advice),
        JobError::TimedOut | JobError::Crashed => (Kind::Untrusted, ""),
        JobError::NotClosedIn { .. } | JobError::Start(_) => (Kind::NotAllowed, ""),
    };
    Error::new(kind, format!("{name}: {error} Nothing was sent.{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_reason_to_send_what_a_picture_tells() {
        let advice = " Send it as it is.";
        let full = JobError::Refused(Refused::Write { why: "No space left on device".to_owned() });
        let error = in_words("photo.jpg", &full, advice);
        assert_eq!(error.kind, Kind::StorageFull);
        assert_eq!(error.message, "There is no room here to prepare photo.jpg. Nothing was sent.");
        let media_type = "text/plain".to_owned();
        let other = JobError::Refused(Refused::NotStrippable { media_type });
        assert!(in_words("photo.jpg", &other, advice).message.ends_with(advice));
    }
}
