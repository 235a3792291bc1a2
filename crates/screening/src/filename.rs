//! Names of files that are made to deceive whoever reads them.

/// Bytes of a name that every file system takes.
const NAME_BYTES: usize = 255;

/// Bytes of an extension that is kept where a name is cut.
const EXTENSION_BYTES: usize = 32;

/// What a name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// `invoice.pdf.exe`: what is shown first is not what counts.
    DoubleEnding,
    /// Characters that turn the order of letters around: `exe.fdp` is read where `pdf.exe` stands.
    Turned,
    /// Characters that nothing shows.
    Hidden,
}

/// What a name, as its sender wrote it, does to deceive.
pub fn tricks(name: &str) -> Vec<Trick> {
    let mut found = Vec::new();
    let turns = |letter: char| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\0');
    if name.contains(turns) {
        found.push(Trick::Turned);
    }
    if name.contains(|letter| is_hidden(letter) && !turns(letter)) {
        found.push(Trick::Hidden);
    }
    let visible = visible(name);
    let mut parts = visible.rsplit('.');
    let (last, before) = (parts.next().unwrap_or_default().trim(), parts.next().unwrap_or_default().trim());
    let has_stem = parts.next().is_some();
    let deceives = (is_one_of(last, PROGRAMS) || is_one_of(last, SOURCES)) && is_one_of(before, SHOWN)
        || is_one_of(last, PAGES) && is_one_of(before, SHOWN) && !is_one_of(before, WRITTEN);
    if has_stem && deceives {
        found.push(Trick::DoubleEnding);
    }
    found
}

/// Does a system run, install or obey a file of this name when it is opened, whatever is in it?
pub fn runs(name: &str) -> bool {
    ending(&visible(name)).is_some_and(|ending| is_one_of(ending, PROGRAMS))
}

/// The same of a file among others in an archive. What projects are made of (`gradlew.bat`, `index.js`) counts where it lies
/// alone, or nearly.
pub fn runs_among(name: &str, others: usize) -> bool {
    let visible = visible(name);
    let Some(ending) = ending(&visible) else { return false };
    let is_part = is_one_of(ending, PARTS) && (others >= FEW || visible.contains(['/', '\\']));
    is_one_of(ending, PROGRAMS) && !is_part
        || !is_part && others < FEW && tricks(name).contains(&Trick::DoubleEnding)
}

/// Control characters, marks that change direction, and characters that nothing shows. The two joiners stay: Persian, Hindi
/// and families of emoji are written with them, as do the signs that make a character an emoji or a flag.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, Arabic letter mark, Hangul fillers, Khmer inherent vowels, Mongolian vowel separator.
            '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{3164}' | '\u{FFA0}'
            // Zero-width space, left-to-right and right-to-left mark.
            | '\u{200B}' | '\u{200E}' | '\u{200F}'
            // Line and paragraph separator, embeddings and overrides.
            | '\u{2028}'..='\u{202E}'
            // Word joiner, invisible operators, isolates, deprecated format characters.
            | '\u{2060}'..='\u{206F}'
            // Byte-order mark, interlinear annotation, the object and replacement characters.
            | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFC}'
            // Musical format characters and non-characters.
            | '\u{1D173}'..='\u{1D17A}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}' | '\u{FFFF}'
            // Private use has no agreed shape.
            | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'
            // Language tag and variation selectors beyond those of emoji; tags of flags (England) stay.
            | '\u{E0000}' | '\u{E0001}' | '\u{E0080}'..='\u{E0FFF}')
}

/// A name to save under, on any system: one component, not hidden, not reserved, at most
/// [`NAME_BYTES`], never empty. Invisible characters that change how a name reads are left out, those
/// that belong to emoji and to scripts (joiners) stay behind visible ones. This is the last step before a file gets its name:
/// whatever is left out later could bring a dot to the front.
pub fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            // Separators and what shells and Windows give a meaning.
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => safe.push('_'),
            // Look like a separator, and some tools turn them into one.
            '\u{2044}' | '\u{2215}' | '\u{29F8}' | '\u{FF0F}' | '\u{FF3C}' | '\u{29F5}' => safe.push('_'),
            _ if is_hidden(character) => {}
            // Spaces of all widths; a line end is a control character and is gone already.
            _ if character.is_whitespace() => safe.push(' '),
            _ => safe.push(character),
        }
    }
    // Windows drops dots and spaces at the end, so "a.exe." is "a.exe"; Unix hides what begins with a dot.
    let trimmed = safe
        .trim_end_matches(['.', ' '])
        .trim_start_matches(|letter| matches!(letter, '.' | ' ') || joins(letter));
    let mut safe = if trimmed.is_empty() { "file".to_owned() } else { trimmed.to_owned() };
    if is_reserved(&safe) {
        safe.insert(0, '_');
    }
    cut(&safe)
}

/// The letters of a name that are seen: also without those that belong to emoji and scripts, which mean nothing in an ending. Dots
/// and blanks at the end mean nothing to Windows.
fn visible(name: &str) -> String {
    let letters: String = name.chars().filter(|letter| !is_hidden(*letter) && !joins(*letter)).collect();
    letters.trim_end_matches(|letter: char| letter == '.' || letter.is_whitespace()).to_owned()
}

/// What belongs to the emoji or letter before it, and is nothing to see without one.
fn joins(letter: char) -> bool {
    matches!(letter, '\u{34F}' | '\u{200C}' | '\u{200D}' | '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{2800}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0020}'..='\u{E007F}')
}

fn ending(visible: &str) -> Option<&str> {
    visible.rsplit_once('.').map(|(_, ending)| ending.trim())
}

/// The extension without its dot, if the name has one that can be one.
pub fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_extension = !stem.is_empty()
        && !extension.is_empty()
        && extension.len() <= EXTENSION_BYTES
        && !extension.contains(char::is_whitespace);
    is_extension.then_some(extension)
}

const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Names that Windows gives to devices, whatever the extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let is_port = |rest: &str| {
        let mut characters = rest.chars();
        matches!((characters.next(), characters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    };
    ["COM", "LPT"].iter().any(|port| stem.strip_prefix(port).is_some_and(is_port))
}

/// At most the limit, at a character's border, with the extension.
fn cut(name: &str) -> String {
    if name.len() <= NAME_BYTES {
        return name.to_owned();
    }
    let extension = extension(name).map(|extension| format!(".{extension}")).unwrap_or_default();
    let stem = &name[..name.len() - extension.len()];
    let stem = head(stem, NAME_BYTES - extension.len());
    // A joiner at the cut would join the extension.
    let stem = stem.trim_end_matches([' ', '.', ZERO_WIDTH_JOINER]);
    format!("{stem}{extension}")
}

/// As much from the start as fits in `limit` bytes.
fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

fn is_one_of(ending: &str, known: &[&str]) -> bool {
    known.iter().any(|one| ending.eq_ignore_ascii_case(one))
}

/// An archive of fewer files than these is no project's folder.
const FEW: usize = 8;

/// What looks harmless before the last dot.
const SHOWN: &[&str] = &[
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "md",
    "epub", "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "avif", "tif", "tiff", "svg", "mp3", "m4a",
    "ogg", "opus", "wav", "flac", "mp4", "mov", "avi", "mkv", "webm", "zip", "rar", "7z", "eml", "ics",
    "vcf", "html", "htm",
];

/// Those of them that programs make pages of: `README.md.html`.
const WRITTEN: &[&str] = &["txt", "csv", "md", "svg", "html", "htm", "ics", "vcf"];

/// Pages, which a browser opens with their scripts.
const PAGES: &[&str] = &["html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz"];

/// Sources that people send each other daily, to read: no system runs one that was received because it was opened, except
/// where its person installed something for that. Behind another ending they are there to deceive all the same.
const SOURCES: &[&str] = &["sh", "bash", "zsh", "csh", "ksh", "fish", "py", "rb", "pl", "php", "lua", "tcl"];

/// What systems run, install or obey when it is opened, because of what it is called.
const PROGRAMS: &[&str] = &[
    // Windows: programs, installers and what they are made of.
    "exe",
    "com",
    "scr",
    "pif",
    "cpl",
    "msi",
    "msp",
    "mst",
    "msu",
    "msix",
    "msixbundle",
    "appx",
    "appxbundle",
    "appinstaller",
    "application",
    "appref-ms",
    "appcontent-ms",
    "xbap",
    "dll",
    "ocx",
    "xll",
    "wll",
    "gadget",
    "diagcab",
    "diagcfg",
    "diagpkg",
    "printerexport",
    "webpnp",
    // Windows: scripts and what is obeyed like one.
    "bat",
    "cmd",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psc2",
    "psd1",
    "psm1",
    "msh",
    "msh1",
    "msh2",
    "vb",
    "vbe",
    "vbs",
    "js",
    "jse",
    "ws",
    "wsf",
    "wsc",
    "wsh",
    "sct",
    "hta",
    "htc",
    "reg",
    "inf",
    "ins",
    "isp",
    "shb",
    "shs",
    "msc",
    "chm",
    "mda",
    "mde",
    "ade",
    "adp",
    "accde",
    "xnk",
    "vsw",
    "vsmacros",
    // Windows: shortcuts, and what leads elsewhere or fetches by itself.
    "lnk",
    "url",
    "website",
    "scf",
    "library-ms",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "theme",
    "themepack",
    "deskthemepack",
    "desklink",
    "mapimail",
    "rdp",
    "rdpw",
    "iqy",
    "oqy",
    "dqy",
    "rqy",
    "slk",
    "dochtml",
    "one",
    "onepkg",
    // Drives and archives that lose what Windows and macOS note of a download.
    "iso",
    "img",
    "udf",
    "vhd",
    "vhdx",
    "wim",
    "swm",
    "esd",
    "vmdk",
    "ova",
    "dmg",
    "sparseimage",
    "sparsebundle",
    // macOS.
    "app",
    "command",
    "terminal",
    "pkg",
    "mpkg",
    "workflow",
    "scpt",
    "scptd",
    "applescript",
    "osascript",
    "webloc",
    "inetloc",
    "fileloc",
    "ftploc",
    "afploc",
    "mobileconfig",
    "prefpane",
    "kext",
    "safariextz",
    // Linux.
    "desktop",
    "run",
    "appimage",
    "flatpakref",
    "flatpakrepo",
    "deb",
    "rpm",
    // Phones, Java, Python, browsers.
    "apk",
    "apks",
    "apkm",
    "xapk",
    "aab",
    "ipa",
    "jar",
    "jnlp",
    "pyw",
    "pyz",
    "pyzw",
    "pyc",
    "pyo",
    "xpi",
    "crx",
];

/// Those of them that lie in ordinary projects and packages.
const PARTS: &[&str] = &[
    "js",
    "bat",
    "cmd",
    "ps1",
    "psm1",
    "psd1",
    "ps1xml",
    "vb",
    "command",
    "reg",
    "inf",
    "dll",
    "ocx",
    "url",
    "desktop",
    "run",
    "jar",
    "com",
    "pyc",
    "pyo",
    "theme",
    "app",
    "webloc",
    "ins",
    "htc",
    "applescript",
    "scpt",
    "img",
    "sh",
    "py",
    "rb",
    "pl",
    "php",
    "lua",
    "tcl",
    "one",
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
            "invoice.pdf.html",
            "invoice.pdf.svg",
            "invoice.pdf.sh",
            "photo.jpg.library-ms",
        ] {
            assert_eq!(tricks(name), [Trick::DoubleEnding], "{name}");
        }
        assert_eq!(tricks("photo.jpg\u{200B}.exe"), [Trick::Hidden, Trick::DoubleEnding]);
        for hidden in ["\u{AD}", "\u{61C}", "\u{180E}", "\u{3164}", "\u{E000}", "\u{E0001}"] {
            let name = format!("letter.v{hidden}bs");
            assert_eq!(tricks(&name), [Trick::Hidden], "{name:?}");
            assert!(runs(&name), "{name:?}");
        }
        assert!(
            runs("letter.vb\u{FE0F}s")
                && runs("letter.v\u{200D}bs")
                && tricks("x\u{200F}y.vbs") == [Trick::Hidden]
        );
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
            "README.md.html",
            "chart.svg.html",
            "icon.svg",
            "می\u{200C}خواهم.txt",
            "👨‍👩‍👧‍👦 ❤️.jpg",
            "test_pdf.py",
        ] {
            assert_eq!(tricks(name), [], "{name}");
        }
        for name in ["x.PS1", "x.url ", "x.js", "a.library-ms", "a.VHDX", "zip.hta", "zip.bat", "a.one"] {
            assert!(runs(name), "{name}");
        }
        for name in ["url", "x.txt", "main.rs", "main.py", "main.c", "run.sh", "x.html", "x.zip", "x."] {
            assert!(!runs(name), "{name}");
        }
    }

    #[test]
    fn archives_of_projects_are_ordinary() {
        for name in ["setup.exe", "invoice.pdf.lnk", "a/b/c.hta", "letter.vbs"] {
            assert!(runs_among(name, 1) && runs_among(name, 1_000), "{name}");
        }
        for name in ["index.js", "gradlew.bat", "invoice.pdf.sh"] {
            assert!(runs_among(name, 1) && !runs_among(name, 1_000), "{name}");
        }
        for name in ["src/index.js", "lib/x.jar", "photo.jpg", "bin/tool.sh", "run.sh", "main.py", "Makefile"]
        {
            assert!(!runs_among(name, 2), "{name}");
        }
    }

    #[test]
    fn name_of_letters_that_nobody_sees_hides_no_file() {
        for unseen in [
            "\u{200B}",
            "\u{200C}",
            "\u{200D}",
            "\u{2060}",
            "\u{FEFF}",
            "\u{FE0F}",
            "\u{34F}",
            "\u{180B}",
            "\u{E0061}",
            "\u{2800}",
            "\u{AD}",
            "\u{61C}",
            " ",
            "\u{A0}",
        ] {
            assert_eq!(safe_name(&format!("{unseen}.bash_profile")), "bash_profile", "{unseen:?}");
            assert_eq!(safe_name(&format!(".{unseen}.{unseen}profile")), "profile", "{unseen:?}");
            assert_eq!(safe_name(unseen), "file", "{unseen:?}");
        }
    }

    #[test]
    fn dangerous_names_become_harmless() {
        for (name, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("   ", "file"),
            (".bashrc", "bashrc"),
            ("C:\\Windows\\cmd.exe", "C__Windows_cmd.exe"),
            ("photo.jpg\0.exe", "photo.jpg.exe"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}c\u{200F}.txt", "abc.txt"),
            ("line\nend\r\t.txt", "lineend.txt"),
            ("setup.exe. . .", "setup.exe"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT¹.txt", "_LPT¹.txt"),
            ("a\u{2215}b\u{FF0F}c", "a_b_c"),
            ("\u{200D}\u{200D}", "file"),
            ("x\u{1b}[31mred.txt", "x[31mred.txt"),
            ("\u{3164}.txt", "txt"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn long_names_are_cut_at_a_character_and_keep_their_extension() {
        for (character, count) in [("a", 300), ("ا", 200), ("न", 100), ("😀", 100), ("a", 2_000_000)] {
            let safe = safe_name(&format!("{}.jpeg", character.repeat(count)));
            assert!(safe.len() <= 255 && safe.len() > 250, "{}", safe.len());
            assert!(safe.ends_with(".jpeg") && safe.starts_with(character));
        }
        let exact = format!("{}.txt", "n".repeat(251));
        assert_eq!(safe_name(&exact), exact);
        let no_extension = safe_name(&format!("a.{}", "b".repeat(400)));
        assert_eq!(no_extension.len(), 255);
        assert!(safe_name(&format!("{}{}", "\u{202E}".repeat(5000), "x.exe")).ends_with(".exe"));
    }

    #[test]
    fn a_safe_name_is_safe_again() {
        let mut state = 7u64;
        let alphabet: Vec<char> = "a.b /\\:\0\u{202E}\u{200D}ا😀न CON1\n\u{FEFF}\u{E0067}é".chars().collect();
        for _ in 0..20_000 {
            let mut name = String::new();
            for _ in 0..40 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let repeat = if state >> 60 == 0 { 60 } else { 1 };
                for _ in 0..repeat {
                    name.push(alphabet[(state >> 33) as usize % alphabet.len()]);
                }
            }
            let safe = safe_name(&name);
            assert!(!safe.is_empty() && safe.len() <= 255);
            assert_eq!(safe_name(&safe), safe, "{name:?}");
            assert!(!safe.contains(['/', '\\', '\0', '\u{202E}']));
        }
    }
}
