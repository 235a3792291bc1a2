//! Bounds on what another member may send. Over a bound is an error shown to the reader, never a cut.

/// UTF-8 bytes of a message's text, so that text and descriptors fit one entry.
pub const TEXT_BYTES: usize = 32 * 1024;
/// Attachments of one message.
pub const ATTACHMENTS: usize = 32;
/// Mentions of one message.
pub const MENTIONS: usize = 100;
/// UTF-8 bytes of a file name: what file systems take.
pub const FILE_NAME_BYTES: usize = 255;
/// UTF-8 bytes of a caption.
pub const CAPTION_BYTES: usize = 4 * 1024;
/// UTF-8 bytes of an emoji: the longest sequences (families, flags) have under 64.
pub const EMOJI_BYTES: usize = 64;
/// UTF-8 bytes of a group's name.
pub const GROUP_NAME_BYTES: usize = 512;
/// UTF-8 bytes of what a group is about.
pub const DESCRIPTION_BYTES: usize = 4 * 1024;
/// UTF-8 bytes of a display name.
pub const DISPLAY_NAME_BYTES: usize = 256;
/// UTF-8 bytes of an about text.
pub const ABOUT_BYTES: usize = 1024;
/// UTF-8 bytes of a poll's question.
pub const POLL_QUESTION_BYTES: usize = 1024;
/// UTF-8 bytes of a poll's option.
pub const POLL_OPTION_BYTES: usize = 400;
/// UTF-8 bytes of a place's label.
pub const LABEL_BYTES: usize = 256;
/// Bytes of a video's preview: a JPEG of about 160 pixels. A message with [`ATTACHMENTS`] of them still fits one entry.
pub const PREVIEW_BYTES: usize = 4 * 1024;
/// Of all previews of a message.
pub const PREVIEWS_BYTES: usize = 16 * 1024;
/// UTF-8 bytes of a link that has a preview: what the app takes for a link.
pub const LINK_BYTES: usize = 2_000;
/// Letters of a link's title.
pub const LINK_TITLE_CHARS: usize = 200;
/// Letters of what a link's preview says besides.
pub const LINK_ABOUT_CHARS: usize = 300;
/// Bytes of a link's picture: a JPEG of some 320 pixels.
pub const LINK_PICTURE_BYTES: usize = 24 * 1024;
/// Of a text with its link's preview, all told: padded and encrypted it fits one entry.
pub const PREVIEWED_TEXT_BYTES: usize = 52 * 1024;
/// Earlier messages that are shared with somebody who is added.
pub const SHARED_MESSAGES: usize = 5_000;
/// Of their file: both sides have it in memory.
pub const SHARED_BYTES: usize = 4 * 1024 * 1024;
/// Levels of a voice message's waveform.
pub const WAVEFORM_LEVELS: usize = 100;
/// Of a part of the history that a newly linked device is given: both sides have it in memory. Smaller parts lose less when a
/// device is killed, and cost more requests.
pub const HISTORY_PART_BYTES: usize = 512 * 1024;
/// UTF-8 bytes of a device's name.
pub const DEVICE_NAME_BYTES: usize = 64;
/// Of a content that is about a call, all told: the call's part has under 96, the rest is what every content has.
pub const CALL_CONTENT_BYTES: usize = 1_024;
