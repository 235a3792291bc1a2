//! Names of files that are made to deceive whoever reads them.

/// What a name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// `invoice.pdf.exe`: what is shown first is not what counts.
    DoubleEnding,
    /// Characters that turn the order of letters around: `exe.fdp` is read where `pdf.exe` stands.
    Turned,
}

/// What a name, as its sender wrote it, does to deceive.
pub fn tricks(name: &str) -> Vec<Trick> {
    let mut found = Vec::new();
    if name.contains(|letter| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\0')) {
        found.push(Trick::Turned);
    }
    let visible: String = name.chars().filter(|letter| !is_invisible(*letter)).collect();
    let mut parts = visible.trim_end_matches(['.', ' ']).rsplit('.');
    let (last, before) = (parts.next().unwrap_or_default(), parts.next());
    let has_stem = parts.next().is_some();
    if is_program(last) && before.is_some_and(|before| has_stem && is_one_of(before.trim(), SHOWN)) {
        found.push(Trick::DoubleEnding);
    }
    found
}

/// Does a system run, install or obey a file with this ending when it is opened?
pub fn is_program(ending: &str) -> bool {
    is_one_of(ending.trim(), PROGRAMS)
}

/// Does a system that goes by names run it, though it is nothing but text?
pub fn runs(name: &str) -> bool {
    let visible: String = name.chars().filter(|letter| !is_invisible(*letter)).collect();
    let name = visible.trim_end_matches(['.', ' ']);
    name.rsplit_once('.').is_some_and(|(_, ending)| is_one_of(ending.trim(), SCRIPTS))
}

fn is_one_of(ending: &str, known: &[&str]) -> bool {
    known.iter().any(|one| ending.eq_ignore_ascii_case(one))
}

fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// What looks harmless before the last dot.
const SHOWN: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "md",
    "epub", "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "avif", "tif", "tiff", "svg", "mp3", "m4a",
    "ogg", "opus", "wav", "flac", "mp4", "mov", "avi", "mkv", "webm", "zip", "rar", "7z", "eml", "ics",
    "vcf", "html", "htm",
];

/// What systems run, install or obey.
const PROGRAMS: &[&str] = &[
    "apk",
    "app",
    "appx",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hta",
    "img",
    "inf",
    "ins",
    "ipa",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lnk",
    "mobileconfig",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "pif",
    "pkg",
    "ps1",
    "ps1xml",
    "psc1",
    "reg",
    "rpm",
    "run",
    "scf",
    "scr",
    "sct",
    "settingcontent-ms",
    "sh",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "workflow",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xll",
    "xpi",
];

/// Those of them that are text, and nothing but their name tells. Sources that people exchange to read are not among them.
const SCRIPTS: &[&str] = &[
    "bat",
    "chm",
    "cmd",
    "desktop",
    "hta",
    "inf",
    "jse",
    "jnlp",
    "mobileconfig",
    "msc",
    "ps1",
    "psc1",
    "reg",
    "scf",
    "sct",
    "settingcontent-ms",
    "url",
    "vbe",
    "vbs",
    "wsc",
    "wsf",
    "wsh",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_deceive_are_told() {
        for name in [
            "invoice.pdf.exe",
            "invoice.PDF.Exe",
            "photo.jpg                      .scr",
            "letter.docx.lnk",
            "photo.jpg.exe. . ",
            "a.b.pdf.js",
            "photo.jpg\u{200B}.exe",
        ] {
            assert_eq!(tricks(name), [Trick::DoubleEnding], "{name}");
        }
        assert_eq!(tricks("photo\u{202E}gpj.exe"), [Trick::Turned]);
        assert_eq!(tricks("photo.jpg\0.exe"), [Trick::Turned, Trick::DoubleEnding]);
    }

    #[test]
    fn ordinary_names_are_not() {
        for name in [
            "",
            ".",
            "photo.jpg",
            "archive.tar.gz",
            "report v1.2.pdf",
            "jquery.min.js",
            "setup.exe",
            "main.rs",
            "a.pdf.zip",
            "صورة من العطلة.jpg",
            "2024.05.01.docx",
            "photo.jpg.jpg",
            "node.js",
            "my.app",
            "example.com",
        ] {
            assert_eq!(tricks(name), [], "{name}");
        }
        assert!(runs("x.PS1") && runs("x.url ") && !runs("x.js") && !runs("url") && !runs("x.txt"));
    }
}
