//! Names of files and folders in the archive: what others chose, made harmless on every system. No part of a path can lead
//! out of the folder into which the archive is unpacked.

use casemate_api::view::{Attachment, Message};

/// Letters of a name that somebody chose. Some systems take 260 for a whole path.
const LETTERS: usize = 60;

/// One part of a path out of a name.
pub fn part(name: &str) -> String {
    let safe = casemate_guard::name::safe_name(name);
    let short: String = safe.chars().take(LETTERS).collect();
    short.trim_end_matches(['.', ' ', '\u{200D}']).to_owned()
}

/// Whether a file is on this device, so that it is in the archive too.
pub fn is_here(file: &Attachment) -> bool {
    matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading")
}

/// Where a file of a message that is here stands inside its conversation's folder: by time, and no two under one name.
pub fn of_file(message: &Message, index: u32, file: &Attachment) -> String {
    let digits = |text: &str, most: usize| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).take(most).collect()
    };
    // 2026-11-20T18:00:05.000Z becomes 20261120T180005.
    let at = digits(&message.at, 15);
    let (stem, ending) = match file.name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 10 => {
            (stem, format!(".{}", digits(ending, 10)))
        }
        _ => (file.name.as_str(), String::new()),
    };
    format!("files/{at} {}-{index} {}{ending}", digits(&message.message, 8), part(stem))
}

#[cfg(test)]
mod tests {
    use casemate_api::command::AttachmentKind;

    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        let file = |name: &str| Attachment {
            name: name.into(),
            kind: AttachmentKind::Document,
            media_type: String::new(),
            bytes: 0,
            sha256: String::new(),
            state: "stored".into(),
            caption: String::new(),
            duration_ms: 0,
            width: 0,
            height: 0,
            waveform: Vec::new(),
            preview: String::new(),
            quarantined: false,
            waits: None,
        };
        let message = Message {
            message: "../../0123456789".into(),
            at: "2026-11-20T18:00:05.000Z".into(),
            ..Message::default()
        };
        let name = of_file(&message, 3, &file("summer photo.jpg"));
        assert_eq!(name, "files/20261120T180005 01234567-3 summer photo.jpg");
        let long = "ü".repeat(3_000);
        for hostile in [
            "../../etc/passwd",
            "..",
            "",
            "C:\\x\\y.exe",
            "/root",
            "a\0b\n",
            "x.../..",
            "CON",
            &long,
            "a.b/../c",
        ] {
            let name = of_file(&message, 0, &file(hostile));
            assert_eq!(name.matches('/').count(), 1, "{name}");
            assert!(!name.contains(['\\', '\0', '\n', ':']) && name.len() < 250, "{name}");
            let part = part(hostile);
            assert!(!part.is_empty() && part != ".." && !part.contains(['/', '\\']), "{part}");
        }
    }
}
