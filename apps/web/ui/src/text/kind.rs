//! What kind of file something is, in a word that people know: nobody should read a media type.

/// The sentence that names a media type; none for one that has no common name.
pub fn named(media_type: &str) -> Option<&'static str> {
    let media_type = media_type.to_ascii_lowercase();
    let (class, kind) = media_type.split('/').next().zip(media_type.split('/').nth(1))?;
    let is = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
    Some(match (class, kind) {
        ("image", "svg+xml") => "kind-drawing",
        ("image", "avif") => "kind-avif",
        ("image", "heic") => "kind-heic",
        ("image", "jxl") => "kind-jxl",
        ("image", "tiff") => "kind-tiff",
        ("image", _) => "kind-picture",
        ("audio", _) => "kind-sound",
        ("video", _) => "preview-video",
        ("text", "html") | ("application", "xhtml+xml") => "kind-page",
        ("text", "csv") => "kind-spreadsheet",
        ("text", "calendar" | "x-vcalendar") => "kind-calendar",
        ("text", "vcard" | "x-vcard") => "kind-card",
        ("text", _) | ("application", "rtf" | "json" | "xml") => "kind-text",
        ("application", "pdf") => "kind-pdf",
        ("application", "epub+zip") => "kind-book",
        ("application", _) if is(&["wordprocessingml", "msword", "ms-word"]) => "kind-word",
        ("application", _) if is(&["spreadsheetml", "ms-excel"]) => "kind-excel",
        ("application", _) if is(&["presentationml", "ms-powerpoint"]) => "kind-powerpoint",
        ("application", _) if is(&["opendocument.text"]) => "kind-document",
        ("application", _) if is(&["opendocument.spreadsheet"]) => "kind-spreadsheet",
        ("application", _) if is(&["opendocument.presentation"]) => "kind-presentation",
        ("application", "vnd.android.package-archive") => "kind-program",
        ("application", _)
            if is(&["msdownload", "x-executable", "x-msi", "x-sharedlib", "x-mach", "x-elf"]) =>
        {
            "kind-program"
        }
        ("application", _) if is(&["iso9660", "diskimage"]) => "kind-disk",
        ("application", _) if is(&["debian.binary-package", "x-rpm"]) => "kind-package",
        ("application", _) if is(&["sqlite"]) => "kind-database",
        ("application", "x-ole-storage") => "kind-old-office",
        ("application", _)
            if is(&["zip", "x-tar", "x-7z", "rar", "x-xz", "x-bzip", "zstd", "cab-compressed"]) =>
        {
            "kind-archive"
        }
        _ => return None,
    })
}

/// What stands in a file's sign: how its name ends.
pub fn sign(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.chars().take(4).collect::<String>().to_uppercase()
}

/// Whether guard reads the words of a file of this type.
pub fn is_read(media_type: &str) -> bool {
    let Some((class, kind)) = media_type.split_once('/') else { return false };
    match class {
        "text" => !matches!(kind, "calendar" | "x-vcalendar" | "vcard" | "x-vcard"),
        "image" => kind == "svg+xml",
        "application" => {
            let offices = ["wordprocessingml", "spreadsheetml", "presentationml", "opendocument"];
            matches!(kind, "pdf" | "rtf" | "json" | "xml" | "xhtml+xml")
                || offices.iter().any(|office| kind.contains(office))
        }
        _ => false,
    }
}

/// Whether guard has a decoder for a sound file of this type.
pub fn is_played(media_type: &str) -> bool {
    matches!(media_type, "audio/mpeg" | "audio/mp4" | "audio/wav")
}

/// The sentence for a file: what its type is called. None where its name says the same already, or says all that is known.
pub fn of_file(media_type: &str, ending: &str) -> Option<&'static str> {
    let said = media_type.rsplit('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case(ending));
    match named(media_type) {
        Some(_) if said => None,
        Some(key) => Some(key),
        // Not looked into, or nothing that is known.
        None => (ending.is_empty() && !media_type.is_empty()).then_some("kind-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_by_words_that_people_know() {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (media_type, ending, key) in [
            (word, "docx", Some("kind-word")),
            ("application/vnd.oasis.opendocument.spreadsheet", "ods", Some("kind-spreadsheet")),
            // What the name says already is not said twice; what it does not say is.
            ("application/pdf", "PDF", None),
            ("application/pdf", "txt", Some("kind-pdf")),
            ("application/zip", "zip", None),
            ("application/x-msdownload", "pdf", Some("kind-program")),
            ("text/plain", "txt", Some("kind-text")),
            ("application/vnd.rar", "pdf", Some("kind-archive")),
            ("application/x-7z-compressed", "7z", Some("kind-archive")),
            ("application/zstd", "", Some("kind-archive")),
            ("application/gzip", "", Some("kind-archive")),
            ("application/x-apple-diskimage", "dmg", Some("kind-disk")),
            ("application/vnd.debian.binary-package", "deb", Some("kind-package")),
            ("application/vnd.sqlite3", "db", Some("kind-database")),
            ("application/x-ole-storage", "doc", Some("kind-old-office")),
            ("image/heic", "jpg", Some("kind-heic")),
            ("image/avif", "avif", None),
            ("image/jxl", "", Some("kind-jxl")),
            ("image/svg+xml", "", Some("kind-drawing")),
            ("video/x-msvideo", "", Some("preview-video")),
            ("audio/x-ms-wma", "", Some("kind-sound")),
            // Neither name nor type says anything.
            ("application/octet-stream", "", Some("kind-unknown")),
            ("application/octet-stream", "xyz", None),
            ("", "", None),
        ] {
            assert_eq!(of_file(media_type, ending), key, "{media_type} {ending}");
        }
        for read in [word, "application/pdf", "text/plain", "image/svg+xml"] {
            assert!(is_read(read), "{read}");
        }
        for not in ["application/zip", "audio/flac", "application/octet-stream", ""] {
            assert!(!is_read(not), "{not}");
        }
    }
}
