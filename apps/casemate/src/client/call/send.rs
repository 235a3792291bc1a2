//! What `send` of a call names: a word, or the path of a file. Looked at before anybody is called, and read again by the
//! call's own thread.

use std::path::Path;

use casemate_api::command::{CallAnswer, CallStart};
use casemate_api::{Command, Error, Kind};
use casemate_media::sent::{FILE_BYTES, PITCH_HZ, Sent};

use super::MICROPHONE;
use crate::client::save::{open_regular, read_most};

/// What needs no look: calling and answering wait for nobody's files.
const WORDS: [&str; 4] = ["silence", MICROPHONE, "tone", "pattern"];

const WHAT: &str = "A call sends silence, microphone, tone, tone:HZ, pattern, or a WAV or IVF file.";

/// What a command says about what is sent in its call, where that may be wrong.
pub fn named(command: &Command) -> Option<&str> {
    match command {
        Command::CallStart(CallStart { send, .. }) | Command::CallAnswer(CallAnswer { send, .. }) => {
            send.as_deref().filter(|send| !WORDS.contains(send))
        }
        _ => None,
    }
}

/// What is sent. Blocks where it is a file.
pub fn sent(send: Option<&str>) -> Result<Sent, Error> {
    let made = match send {
        None | Some("silence" | MICROPHONE) => Sent::silence(),
        Some("tone") => Sent::tone(None),
        Some("pattern") => Sent::pattern(),
        Some(named) => match named.strip_prefix("tone:") {
            Some(pitch) => Sent::tone(Some(hz(pitch)?)),
            None => Sent::file(&read(named)?),
        },
    };
    made.map_err(|error| {
        let mut sentence = error.to_string();
        sentence[..1].make_ascii_uppercase();
        Error::new(Kind::Invalid, format!("{sentence}."))
    })
}

fn hz(pitch: &str) -> Result<f64, Error> {
    // What is no number at all is in no range either.
    pitch.parse().ok().filter(|hz| PITCH_HZ.contains(hz)).ok_or_else(|| {
        let (low, high) = (PITCH_HZ.start(), PITCH_HZ.end());
        Error::new(Kind::Invalid, format!("A tone has a pitch of {low} to {high} Hz, as in tone:440."))
    })
}

fn read(path: &str) -> Result<Vec<u8>, Error> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(Kind::NotFound, format!("There is no file {path:?}. {WHAT}"))
        }
        _ => Error::new(Kind::Invalid, format!("{path} cannot be read: {error}.")),
    };
    let file = open_regular(Path::new(path), unreadable)?;
    read_most(&file, FILE_BYTES).map_err(unreadable)?.ok_or_else(|| {
        let most = FILE_BYTES / 1024 / 1024;
        Error::new(Kind::TooLarge, format!("{path} is too large to be sent in a call: at most {most} MB."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(send: &str) -> Option<Kind> {
        sent(Some(send)).err().map(|error| error.kind)
    }

    #[test]
    fn a_pitch_is_one_that_can_be_heard() {
        for good in
            ["silence", "microphone", "tone", "pattern", "tone:440", "tone:0.5e3", "tone:20", "tone:20000"]
        {
            assert_eq!(kind(good), None, "{good}");
        }
        for bad in ["tone:", "tone:a", "tone:NaN", "tone:inf", "tone:-5", "tone:0", "tone:1e30", "tone:20001"]
        {
            let error = sent(Some(bad)).err().unwrap();
            assert_eq!(error.kind, Kind::Invalid, "{bad}");
            assert!(error.message.contains("20 to 20000 Hz"), "{error}");
        }
    }

    #[test]
    fn what_is_no_file_of_sound_or_pictures_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for missing in ["bogus", "", "/nope"] {
            let error = sent(Some(missing)).err().unwrap();
            assert_eq!(error.kind, Kind::NotFound, "{missing}");
            assert!(error.message.contains("tone:HZ"), "{error}");
        }
        std::fs::write(path("sound.ogg"), b"OggS and what follows").unwrap();
        assert_eq!(kind(&path("sound.ogg")), Some(Kind::Invalid));
        std::fs::File::create(path("vast.wav")).unwrap().set_len(FILE_BYTES + 1).unwrap();
        assert_eq!(kind(&path("vast.wav")), Some(Kind::TooLarge));
        assert_eq!(kind(folder.path().to_str().unwrap()), Some(Kind::Invalid));
        assert_eq!(kind("/dev/zero"), Some(Kind::Invalid));
        // Whoever opened a pipe without a writer would wait for ever.
        rustix::fs::mkfifoat(rustix::fs::CWD, path("fifo"), rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(kind(&path("fifo")), Some(Kind::Invalid));
    }
}
