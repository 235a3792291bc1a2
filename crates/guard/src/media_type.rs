//! The types that are told apart. Many of them nothing here opens: they are documents, called by their names.

use crate::limits;
use serde::{Deserialize, Serialize};

/// How a file is sent and shown, unless the person chooses otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A picture, shown in the conversation.
    Photo,
    /// A video, played in the conversation.
    Video,
    /// A voice message.
    Voice,
    /// Anything else: a name and a size, byte for byte.
    Document,
}

/// What a file is by its structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names are those of the formats.
pub enum MediaType {
    Jpeg,
    Png,
    Webp,
    Gif,
    Avif,
    Heic,
    Bmp,
    /// An icon of Windows.
    Ico,
    Mp4,
    QuickTime,
    Webm,
    Matroska,
    /// WebM without a picture track.
    WebmAudio,
    OggOpus,
    /// Ogg with something other than one stream of Opus.
    Ogg,
    Mp3,
    Wav,
    Flac,
    M4a,
    Pdf,
    Docx,
    Xlsx,
    Pptx,
    Odt,
    Ods,
    Odp,
    Zip,
    Rar,
    /// 7z.
    SevenZip,
    Xz,
    Zstandard,
    Bzip2,
    Gzip,
    Tar,
    /// An archive of Windows.
    Cabinet,
    /// A disk.
    Iso,
    /// A disk of a Mac.
    AppleDisk,
    /// A package of Debian's.
    Deb,
    /// A package of Fedora's and others.
    Rpm,
    Sqlite,
    /// Word, Excel, PowerPoint before 2007, and mails of Outlook.
    OldOffice,
    Epub,
    JpegXl,
    /// TIFF, and what cameras call raw.
    Tiff,
    Photoshop,
    /// WMV.
    WindowsVideo,
    /// WMA.
    WindowsSound,
    Avi,
    FlashVideo,
    Mpeg,
    MpegTransport,
    Aiff,
    Amr,
    Midi,
    /// A web page.
    Html,
    /// A drawing in text, which browsers open as a page.
    Svg,
    Rtf,
    /// UTF-8 without control characters.
    Text,
    Unknown,
}

impl MediaType {
    const ALL: [MediaType; 59] = [
        MediaType::Jpeg,
        MediaType::Png,
        MediaType::Webp,
        MediaType::Gif,
        MediaType::Avif,
        MediaType::Heic,
        MediaType::Bmp,
        MediaType::Ico,
        MediaType::Mp4,
        MediaType::QuickTime,
        MediaType::Webm,
        MediaType::Matroska,
        MediaType::WebmAudio,
        MediaType::OggOpus,
        MediaType::Ogg,
        MediaType::Mp3,
        MediaType::Wav,
        MediaType::Flac,
        MediaType::M4a,
        MediaType::Pdf,
        MediaType::Docx,
        MediaType::Xlsx,
        MediaType::Pptx,
        MediaType::Odt,
        MediaType::Ods,
        MediaType::Odp,
        MediaType::Zip,
        MediaType::Rar,
        MediaType::SevenZip,
        MediaType::Xz,
        MediaType::Zstandard,
        MediaType::Bzip2,
        MediaType::Gzip,
        MediaType::Tar,
        MediaType::Cabinet,
        MediaType::Iso,
        MediaType::AppleDisk,
        MediaType::Deb,
        MediaType::Rpm,
        MediaType::Sqlite,
        MediaType::OldOffice,
        MediaType::Epub,
        MediaType::JpegXl,
        MediaType::Tiff,
        MediaType::Photoshop,
        MediaType::WindowsVideo,
        MediaType::WindowsSound,
        MediaType::Avi,
        MediaType::FlashVideo,
        MediaType::Mpeg,
        MediaType::MpegTransport,
        MediaType::Aiff,
        MediaType::Amr,
        MediaType::Midi,
        MediaType::Html,
        MediaType::Svg,
        MediaType::Rtf,
        MediaType::Text,
        MediaType::Unknown,
    ];

    /// The media type (MIME), as messages carry it.
    pub fn mime(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Webp => "image/webp",
            MediaType::Gif => "image/gif",
            MediaType::Avif => "image/avif",
            MediaType::Heic => "image/heic",
            MediaType::Bmp => "image/bmp",
            MediaType::Ico => "image/x-icon",
            MediaType::Mp4 => "video/mp4",
            MediaType::QuickTime => "video/quicktime",
            MediaType::Webm => "video/webm",
            MediaType::Matroska => "video/x-matroska",
            MediaType::WebmAudio => "audio/webm",
            MediaType::OggOpus => "audio/ogg; codecs=opus",
            MediaType::Ogg => "audio/ogg",
            MediaType::Mp3 => "audio/mpeg",
            MediaType::Wav => "audio/wav",
            MediaType::Flac => "audio/flac",
            MediaType::M4a => "audio/mp4",
            MediaType::Pdf => "application/pdf",
            MediaType::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            MediaType::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            MediaType::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            MediaType::Odt => "application/vnd.oasis.opendocument.text",
            MediaType::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            MediaType::Odp => "application/vnd.oasis.opendocument.presentation",
            MediaType::Zip => "application/zip",
            MediaType::Rar => "application/vnd.rar",
            MediaType::SevenZip => "application/x-7z-compressed",
            MediaType::Xz => "application/x-xz",
            MediaType::Zstandard => "application/zstd",
            MediaType::Bzip2 => "application/x-bzip2",
            MediaType::Gzip => "application/gzip",
            MediaType::Tar => "application/x-tar",
            MediaType::Cabinet => "application/vnd.ms-cab-compressed",
            MediaType::Iso => "application/x-iso9660-image",
            MediaType::AppleDisk => "application/x-apple-diskimage",
            MediaType::Deb => "application/vnd.debian.binary-package",
            MediaType::Rpm => "application/x-rpm",
            MediaType::Sqlite => "application/vnd.sqlite3",
            MediaType::OldOffice => "application/x-ole-storage",
            MediaType::Epub => "application/epub+zip",
            MediaType::JpegXl => "image/jxl",
            MediaType::Tiff => "image/tiff",
            MediaType::Photoshop => "image/vnd.adobe.photoshop",
            MediaType::WindowsVideo => "video/x-ms-wmv",
            MediaType::WindowsSound => "audio/x-ms-wma",
            MediaType::Avi => "video/x-msvideo",
            MediaType::FlashVideo => "video/x-flv",
            MediaType::Mpeg => "video/mpeg",
            MediaType::MpegTransport => "video/mp2t",
            MediaType::Aiff => "audio/aiff",
            MediaType::Amr => "audio/amr",
            MediaType::Midi => "audio/midi",
            MediaType::Html => "text/html",
            MediaType::Svg => "image/svg+xml",
            MediaType::Rtf => "application/rtf",
            MediaType::Text => "text/plain",
            MediaType::Unknown => "application/octet-stream",
        }
    }

    /// The kind that this type is sent as. HEIC is a document, byte for byte, because nothing but some phones
    /// shows it; so is sound that is not a voice message.
    pub fn kind(self) -> Kind {
        match self {
            MediaType::Jpeg
            | MediaType::Png
            | MediaType::Webp
            | MediaType::Gif
            | MediaType::Avif
            | MediaType::Bmp
            | MediaType::Ico => Kind::Photo,
            MediaType::Mp4 | MediaType::QuickTime | MediaType::Webm | MediaType::Matroska => Kind::Video,
            MediaType::OggOpus => Kind::Voice,
            _ => Kind::Document,
        }
    }

    /// Does [`crate::strip`] take the metadata out of this type, unless the person wants to keep it?
    pub fn is_strippable(self) -> bool {
        self.kind() != Kind::Document
    }

    /// Can it, where the person asks for it? Documents arrive byte for byte unless they do.
    pub fn is_cleanable(self) -> bool {
        let is_document = matches!(
            self,
            MediaType::Pdf
                | MediaType::Docx
                | MediaType::Xlsx
                | MediaType::Pptx
                | MediaType::Odt
                | MediaType::Ods
                | MediaType::Odp
                | MediaType::Heic
        );
        is_document || self.is_strippable()
    }

    /// Bytes that a file of so many may have without its metadata.
    pub fn stripped_bytes(self, bytes: u64) -> u64 {
        match self.kind() {
            // Packed again, by our own measure.
            Kind::Document => bytes.saturating_mul(2) + limits::CLEANED_GROWTH_BYTES,
            _ => bytes + limits::GROWTH_BYTES,
        }
    }

    /// The extensions that people know this type by, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            MediaType::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            MediaType::Png => &["png", "apng"],
            MediaType::Webp => &["webp"],
            MediaType::Gif => &["gif"],
            MediaType::Avif => &["avif"],
            MediaType::Heic => &["heic", "heif"],
            MediaType::Bmp => &["bmp", "dib"],
            MediaType::Ico => &["ico"],
            MediaType::Mp4 => &["mp4", "m4v", "3gp", "3g2"],
            MediaType::QuickTime => &["mov", "qt"],
            MediaType::Webm | MediaType::WebmAudio => &["webm", "weba"],
            MediaType::Matroska => &["mkv", "mka"],
            MediaType::OggOpus => &["opus", "ogg", "oga"],
            MediaType::Ogg => &["ogg", "oga", "ogv", "spx"],
            MediaType::Mp3 => &["mp3"],
            MediaType::Wav => &["wav"],
            MediaType::Flac => &["flac"],
            MediaType::M4a => &["m4a", "mp4", "m4b", "3gp"],
            MediaType::Pdf => &["pdf"],
            MediaType::Docx => &["docx"],
            MediaType::Xlsx => &["xlsx"],
            MediaType::Pptx => &["pptx"],
            MediaType::Odt => &["odt"],
            MediaType::Ods => &["ods"],
            MediaType::Odp => &["odp"],
            MediaType::Zip => &["zip"],
            MediaType::Rar => &["rar"],
            MediaType::SevenZip => &["7z"],
            MediaType::Xz => &["xz", "txz"],
            MediaType::Zstandard => &["zst", "tzst"],
            MediaType::Bzip2 => &["bz2", "tbz2", "tbz"],
            MediaType::Gzip => &["gz", "tgz", "svgz"],
            MediaType::Tar => &["tar"],
            MediaType::Cabinet => &["cab"],
            MediaType::Iso => &["iso"],
            MediaType::AppleDisk => &["dmg"],
            MediaType::Deb => &["deb"],
            MediaType::Rpm => &["rpm"],
            MediaType::Sqlite => &["sqlite", "sqlite3"],
            MediaType::OldOffice => &["doc", "xls", "ppt", "msg"],
            MediaType::Epub => &["epub"],
            MediaType::JpegXl => &["jxl"],
            MediaType::Tiff => &["tiff", "tif", "dng", "nef", "cr2", "arw"],
            MediaType::Photoshop => &["psd", "psb"],
            MediaType::WindowsVideo => &["wmv", "asf"],
            MediaType::WindowsSound => &["wma", "asf"],
            MediaType::Avi => &["avi"],
            MediaType::FlashVideo => &["flv"],
            MediaType::Mpeg => &["mpg", "mpeg", "vob"],
            MediaType::MpegTransport => &["mts", "m2ts", "ts"],
            MediaType::Aiff => &["aiff", "aif", "aifc"],
            MediaType::Amr => &["amr", "awb", "3gp"],
            MediaType::Midi => &["mid", "midi"],
            MediaType::Html => &["html", "htm", "xhtml", "xht", "shtml"],
            MediaType::Svg => &["svg"],
            MediaType::Rtf => &["rtf"],
            MediaType::Text => &["txt"],
            MediaType::Unknown => &[],
        }
    }

    /// May a file of this type have that extension? Text, zips and the unknown may have any that is not another
    /// type's: there are a thousand kinds of each.
    pub fn goes_by(self, extension: &str) -> bool {
        let is_of = |of: MediaType| of.extensions().iter().any(|known| extension.eq_ignore_ascii_case(known));
        match self {
            MediaType::Text | MediaType::Html | MediaType::Zip | MediaType::Unknown => {
                is_of(self) || !Self::ALL.iter().any(|other| is_of(*other))
            }
            _ => is_of(self),
        }
    }

    /// Does that extension say that it is of another kind altogether? A picture stays a picture, a zip may be an office file, texts
    /// are called anything; of the unknown nothing is sure.
    pub(crate) fn is_called_otherwise(self, extension: &str) -> bool {
        let (is, mut said) = (
            self.family(),
            Self::ALL
                .iter()
                .filter(|other| other.extensions().iter().any(|known| extension.eq_ignore_ascii_case(known)))
                .map(|other| other.family())
                .peekable(),
        );
        // Old office files are not told apart; tables and letters are kept as text under their names.
        let is_old_office = ["doc", "xls", "ppt"].iter().any(|old| extension.eq_ignore_ascii_case(old));
        let is_text = matches!(is, Family::Text);
        match is {
            Family::Unknown => false,
            _ if is_old_office => !is_text && !matches!(is, Family::Office),
            // One archive under the name of another: the same programs unpack both.
            Family::Packed if extension.eq_ignore_ascii_case("zip") => false,
            Family::Office if self == MediaType::Zip && said.peek() == Some(&Family::Packed) => false,
            _ => said.peek().is_some() && !said.any(|said| said == is),
        }
    }

    fn family(self) -> Family {
        match self {
            MediaType::Heic | MediaType::JpegXl | MediaType::Tiff | MediaType::Photoshop => Family::Picture,
            MediaType::Pdf => Family::Pdf,
            MediaType::Docx
            | MediaType::Xlsx
            | MediaType::Pptx
            | MediaType::Odt
            | MediaType::Ods
            | MediaType::Odp
            | MediaType::Zip
            | MediaType::OldOffice
            | MediaType::Epub => Family::Office,
            MediaType::Rar
            | MediaType::SevenZip
            | MediaType::Xz
            | MediaType::Zstandard
            | MediaType::Bzip2
            | MediaType::Gzip
            | MediaType::Tar
            | MediaType::Cabinet
            | MediaType::Iso
            | MediaType::AppleDisk
            | MediaType::Deb
            | MediaType::Rpm => Family::Packed,
            MediaType::Sqlite => Family::Database,
            MediaType::Text | MediaType::Html | MediaType::Svg | MediaType::Rtf => Family::Text,
            MediaType::WebmAudio
            | MediaType::Ogg
            | MediaType::Mp3
            | MediaType::Wav
            | MediaType::Flac
            | MediaType::M4a
            | MediaType::WindowsVideo
            | MediaType::WindowsSound
            | MediaType::Avi
            | MediaType::FlashVideo
            | MediaType::Mpeg
            | MediaType::MpegTransport
            | MediaType::Aiff
            | MediaType::Amr
            | MediaType::Midi => Family::Played,
            MediaType::Unknown => Family::Unknown,
            other => match other.kind() {
                Kind::Photo => Family::Picture,
                _ => Family::Played,
            },
        }
    }

    /// What a picture that has no decoder here is called.
    #[cfg(feature = "picture")]
    pub(crate) fn picture_name(self) -> Option<&'static str> {
        Some(match self {
            MediaType::Avif => "AVIF picture",
            MediaType::Heic => "HEIC picture",
            MediaType::JpegXl => "JPEG XL picture",
            MediaType::Tiff => "TIFF picture",
            MediaType::Photoshop => "Photoshop picture",
            _ => return None,
        })
    }

    /// What a person calls it, in a sentence that starts with "This".
    pub(crate) fn spoken(self) -> &'static str {
        match self.kind() {
            Kind::Photo => "picture",
            Kind::Video => "video",
            Kind::Voice => "voice message",
            Kind::Document => "file",
        }
    }
}

/// What is opened by the same kind of program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Picture,
    Played,
    Pdf,
    Office,
    Packed,
    Database,
    Text,
    Unknown,
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.mime())
    }
}
