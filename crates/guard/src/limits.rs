//! Bounds on what a file from outside may make us do. Over a bound is a refusal, never a cut.
//!
//! Memory of a job is flat: one [`WINDOW_BYTES`] window onto the input, a list of segments or patches of at
//! most [`PARTS`] entries (32 bytes each), and for voice a decoder (about 100 KiB) with a packet. Under 32 MiB in
//! all, whatever the file's size; the child that runs jobs holds itself to [`CHILD_MEMORY_BYTES`].

/// The window onto the input. Larger reads fewer times and gains little above this.
pub const WINDOW_BYTES: usize = 64 * 1024;
/// What is read after a jump.
pub const JUMP_BYTES: usize = 4096;
/// Segments, chunks, patches that one file may make us remember. A ten-hour recording has some 40,000.
pub const PARTS: usize = 262_144;
/// Structural elements (boxes, pages, blocks) walked in one file. At 50 blocks a second: over a day.
pub const STEPS: u64 = 8 * 1024 * 1024;
/// Boxes inside boxes. The deepest in real use is about 10.
pub const NESTING: usize = 16;
/// A picture larger than this is a document: nobody's camera makes one, and every byte of it is scanned.
pub const PICTURE_BYTES: u64 = 1024 * 1024 * 1024;
/// Width times height above which a picture is suggested as a document: no phone could show it.
pub const PICTURE_PIXELS: u64 = 256 * 1024 * 1024;
/// Bytes between two segments of a JPEG, where the one before says it is shorter than it is. More is another file.
pub const JPEG_GAP_BYTES: u64 = 4_096;
/// Pictures of one icon. Windows' own have some ten.
pub const ICONS: u64 = 64;
/// One of them: 256 x 256 pixels and room for what a PNG carries.
pub const ICON_BYTES: u64 = 1024 * 1024;
/// A picture's colour profile. The largest of printers have some 3 MB; a picture goes without a larger one.
pub const PROFILE_BYTES: u64 = 4 * 1024 * 1024;
/// What it may be larger than before, for the two texts that it has in any case, and as a PNG packs it.
pub const PROFILE_GROWTH_BYTES: usize = 1024;
/// Its tags. Real ones have some twenty.
pub const PROFILE_TAGS: usize = 128;
/// Values of one of its curves.
pub const PROFILE_CURVE: usize = 65_536;
/// One EXIF block. JPEG allows 64 KiB; other containers no more than we look at.
pub const EXIF_BYTES: u64 = 64 * 1024;
/// Items of an AVIF or HEIC file. A large grid has a few hundred.
pub const HEIF_ITEMS: usize = 4096;
/// Tracks of a video.
pub const TRACKS: usize = 256;
/// Entries of a zip's directory that are looked at: half a second. A large project's folder has some 200,000.
pub const ZIP_ENTRIES: u64 = 1024 * 1024;
/// A zip's directory as a whole.
pub const ZIP_DIRECTORY_BYTES: u64 = 128 * 1024 * 1024;
/// Beginnings of its parts that are remembered, to see whether each has a place of its own.
pub const ZIP_PLACES: usize = 65_536;
/// Links in it that are followed by their words, to see where they lead.
pub const ZIP_LINKS: usize = 64;
/// Parts of an office file that are read for what it does: relationships, fields.
pub const OFFICE_PARTS: usize = 512;
/// An archive that unpacks to more than this, and to more than [`BOMB_RATIO`] times itself, is made to fill a disk.
pub const BOMB_BYTES: u64 = 512 * 1024 * 1024;
/// Text packs to a tenth, a database of zeros to a hundredth.
pub const BOMB_RATIO: u64 = 150;
/// Looked through for what a PDF or an old office file may do. More of it is not looked at.
pub const SCANNED_BYTES: u64 = 256 * 1024 * 1024;
/// Text longer than this is a document of unknown type: nothing shows it whole.
pub const TEXT_BYTES: u64 = 64 * 1024 * 1024;
/// The header packet with a recording's comments, which may hold a cover picture.
pub const OPUS_TAGS_BYTES: u64 = 16 * 1024 * 1024;
/// One Opus packet: RFC 6716 §3.4: 48 frames of at most 1,275 bytes and their lengths.
pub const OPUS_PACKET_BYTES: usize = 61_440;
/// Levels of a waveform, as the message format has it.
pub const WAVEFORM_LEVELS: usize = 100;
/// Opus packets decoded for one waveform; a longer recording than these two minutes is sampled. 65 µs each.
pub const WAVEFORM_PACKETS: u64 = 6_000;
/// Of sound decoded at once: 23 MB of samples in stereo.
pub const SOUND_PIECE_MS: u64 = 60_000;
/// Of something else between two frames of an MP3. More is the end of its sound.
pub const MP3_GAP_BYTES: u64 = 4_096;
/// Longer side of a video that is played: twice what phones record by themselves.
pub const VIDEO_SIDE: u16 = 8_192;
/// Samples of a video that is written anew, 32 bytes each in memory: five hours at 30 frames a second, with sound.
pub const VIDEO_SAMPLES: usize = 1_500_000;
/// A part of a video may begin so much earlier than asked for: half a picture. More would show what was cut away.
pub const EARLY_MS: u64 = 20;
/// And is at least so long, or it begins at an earlier key frame: less is a flicker.
pub const PART_MS: u64 = 250;
/// What configures a video's decoder.
pub const VIDEO_SETUP_BYTES: u64 = 32 * 1024;
/// What is said beside one of its pictures. Real ones have under 64 KiB.
pub const VIDEO_MESSAGES_BYTES: u64 = 1024 * 1024;

/// Width times height of a picture that is decoded: 256 MiB of pixels, which the walls around the decoder allow.
pub const SHOWN_PIXELS: u64 = 64 * 1024 * 1024;
/// Its longer side. A panorama is shorter.
pub const SHOWN_SIDE: u32 = 65_535;
/// What a decoder may allocate for it.
pub const SHOWN_BYTES: u64 = 512 * 1024 * 1024;

/// Coefficients of a JPEG that is recoded, two bytes each: all that a picture of [`SHOWN_PIXELS`] from a camera has.
pub const JPEG_COEFFICIENT_BYTES: u64 = 192 * 1024 * 1024;
/// What becomes of it before it is decoded.
pub const JPEG_RECODED_BYTES: u64 = 96 * 1024 * 1024;
/// Steps that it may take: decisions of its code, blocks. Three seconds; a large photo's best quality takes a third of them.
pub const JPEG_WORK: u64 = 512 * 1024 * 1024;

/// A moving picture that is played, as a file: it is in memory whole while it plays. Larger ones show their first frame, as
/// everything does that is over one of the bounds below.
pub const MOVING_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Width times height of one: a large screen's. Its decoder keeps three of them, 30 MiB.
pub const MOVING_PIXELS: u64 = 5 * 512 * 1024;
/// Its frames. Seven minutes at ten a second.
pub const MOVING_FRAMES: u32 = 4_096;
/// Pixels of all its frames: what decoding it once costs. Ten seconds of the processor.
pub const MOVING_ALL_PIXELS: u64 = 1024 * 1024 * 1024;
/// Of frames that are decoded at once: a fifth of a second.
pub const MOVING_WINDOW_PIXELS: u64 = 8 * 1024 * 1024;
/// What these hold once they are small. Whoever plays them has two such windows.
pub const MOVING_WINDOW_BYTES: usize = 6 * 1024 * 1024;
/// How many they are.
pub const MOVING_WINDOW_FRAMES: usize = 64;
/// Frames that are to be shown no longer than this are shown for [`MOVING_USUAL_MS`], as browsers do: nobody means it.
pub const MOVING_SHORTEST_MS: u32 = 10;
/// See [`MOVING_SHORTEST_MS`].
pub const MOVING_USUAL_MS: u32 = 100;
/// And none longer than this: ten minutes, all that GIF can say.
pub const MOVING_LONGEST_MS: u32 = 655_350;

/// A file that is written anew before it is decoded. The pixels of all that are larger need the memory.
pub const REBUILT_BYTES: u64 = 64 * 1024 * 1024;

/// The same as a file: PNG of noise is as large as its pixels.
pub const SHOWN_FILE_BYTES: u64 = SHOWN_PIXELS * 4 + SHOWN_PIXELS / 8;

/// Of a web page, a drawing or rich text, whose words are looked for among what marks them up.
pub const READ_MARKED_BYTES: u64 = 8 * 1024 * 1024;
/// Of a document's words. A hundred pages; a page of the app shows them at once.
pub const READ_TEXT_BYTES: usize = 256 * 1024;
/// Parts of an office file that are read: slides, sheets.
pub const READ_PARTS: usize = 256;
/// One of them, unpacked. A large sheet of numbers has more, and is a document.
pub const READ_PART_BYTES: u64 = 16 * 1024 * 1024;
/// All of them, packed and unpacked, in memory at once.
pub const READ_BYTES: u64 = 64 * 1024 * 1024;

/// Parts of an office file that is cleaned. A thesis with pictures has some hundred.
pub const CLEANED_PARTS: usize = 16_384;
/// One of them, unpacked: it is in memory, and once more as it is written.
pub const CLEANED_PART_BYTES: u64 = 64 * 1024 * 1024;
/// All of them, unpacked. Ten seconds of packing them again.
pub const CLEANED_BYTES: u64 = 256 * 1024 * 1024;
/// Elements in elements. Tables in tables of a text have some forty.
pub const CLEANED_DEPTH: usize = 512;
/// Documents in documents: a sheet behind a chart on a slide.
pub const CLEANED_NESTING: usize = 2;
/// What a cleaned document may be larger than its original, as it is packed again: as much as it was, and this.
pub const CLEANED_GROWTH_BYTES: u64 = 1024 * 1024;

/// A PDF that is read: it is in memory whole. A book of scanned pages is larger.
pub const PDF_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// What its streams unpack to in all, and one of them. A page's operators are some 100 KiB.
pub const PDF_BYTES: usize = 64 * 1024 * 1024;
/// The same of one of them.
pub const PDF_STREAM_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of objects read, again where they are needed again, and looked through for what is not where it should be. Two seconds.
pub const PDF_WORK_BYTES: usize = 256 * 1024 * 1024;
/// Its objects, some 40 bytes each in memory.
pub const PDF_OBJECTS: usize = 500_000;
/// Numbers, names and strings in one of them, some 80 bytes each.
pub const PDF_PARTS: usize = 262_144;
/// Lists in lists, pages in pages, drawings in drawings, references that lead to references.
pub const PDF_DEPTH: usize = 32;
/// Ways of packing, one over the other.
pub const PDF_FILTERS: usize = 8;
/// Earlier versions of it that it carries.
pub const PDF_VERSIONS: usize = 256;
/// Pages that are read. What is behind them is no preview.
pub const PDF_PAGES: usize = 2_000;
/// Operators, in all. A page of text has a thousand.
pub const PDF_STEPS: usize = 4_000_000;
/// Drawings within pages. A form's fields are such.
pub const PDF_DRAWINGS: usize = 20_000;
/// What an operator may have before it, and states that may wait for their return.
pub const PDF_STACK: usize = 256;
/// Codes and widths of one font that are told apart.
pub const PDF_CODES: usize = 65_536;

/// Longer side of a camera's picture in which a code is looked for: a code that fills a quarter of it is read. More takes longer,
/// not less to aim.
pub const CODE_SIDE: u32 = 1_280;
/// Codes in one picture that are tried.
pub const CODES: usize = 4;
/// What one may say (ISO/IEC 18004, version 40, in bytes).
pub const CODE_BYTES: usize = 2_953;

/// A list of indicators as a file: a hundred thousand in STIX, whose text around each is long.
pub const LIST_BYTES: u64 = 64 * 1024 * 1024;
/// Brackets in brackets of it. STIX needs five, MISP six.
pub const LIST_DEPTH: usize = 32;
/// Elements of each list in it, some 150 bytes in memory each. STIX has two for each indicator.
pub const LIST_PARTS: usize = 600_000;
/// Indicators of one list, some hundred bytes each where they are compared.
pub const INDICATORS: usize = 250_000;
/// Their values in all.
pub const VALUES_BYTES: usize = 32 * 1024 * 1024;
/// The same as the child hands it over, each on a line with its kind.
pub const LIST_OUTPUT_BYTES: u64 = VALUES_BYTES as u64 + 9 * INDICATORS as u64;
/// Comparisons in one pattern of STIX.
pub const PATTERN_TERMS: usize = 256;
/// Entries that are named because they were left out; all are counted.
pub const LEFT_OUT: usize = 50;
/// Of such an entry.
pub const LEFT_OUT_BYTES: usize = 120;

/// Rules in YARA's language. The largest public collections have 12 MB.
pub const RULES_BYTES: u64 = 16 * 1000 * 1000;
/// A file that rules are tried on: it is in memory whole.
pub const RULES_FILE_BYTES: u64 = 64 * 1000 * 1000;
/// Trying all of them, once they are read.
pub const RULES_TIME_MS: u64 = 10_000;
/// Rules that are named because a file matches them.
pub const RULES_NAMED: usize = 64;

/// A web page that is read for a link's preview: what it says of itself stands at its beginning.
pub const PAGE_BYTES: u64 = 1024 * 1024;
/// Letters of its title, as the message format has it.
pub const PAGE_TITLE_CHARS: usize = 200;
/// Letters of what it says about itself, as the message format has it.
pub const PAGE_ABOUT_CHARS: usize = 300;
/// Of an address in it, in bytes.
pub const PAGE_ADDRESS_BYTES: usize = 2_000;
/// Longer side of a picture that goes along with a message.
pub const SMALL_SIDE: u32 = 320;
/// The same as a JPEG, as the message format has it.
pub const SMALL_BYTES: usize = 24 * 1024;

/// What the child may allocate: its own 32 MiB, the program's text and stacks, and room to spare.
pub const CHILD_MEMORY_BYTES: u64 = 512 * 1024 * 1024;
/// Wall-clock time of a job before its child is killed, besides [`CHILD_TIME_MS_PER_MIB`].
pub const CHILD_TIME_MS: u64 = 15_000;
/// More time for larger files: a slow disk copies 10 MiB a second.
pub const CHILD_TIME_MS_PER_MIB: u64 = 100;
/// The child's answer, one line. The largest real one is under 2 KiB.
pub const ANSWER_BYTES: u64 = 64 * 1024;
/// What a stripped file may be larger than its original: the smallest EXIF block and chunk headers.
pub const GROWTH_BYTES: u64 = 4096;
