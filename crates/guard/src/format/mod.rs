//! One file a format: what it is, and how its metadata leaves it.

pub mod bmp;
pub mod document;
pub mod ebml;
pub mod exif;
pub mod gif;
pub mod heif;
pub mod heif_items;
pub mod icc;
pub mod ico;
pub mod isobmff;
pub mod jpeg;
pub mod matroska;
#[cfg_attr(not(feature = "music"), expect(dead_code, reason = "what plays it is not there"))]
pub mod mp3;
pub mod mp4;
pub mod mp4_messages;
pub mod mp4_rebuild;
pub mod mp4_samples;
pub mod mp4_strip;
pub mod mp4_write;
pub mod nal;
pub mod ogg;
pub mod others;
pub mod patch;
pub mod png;
#[cfg_attr(not(feature = "music"), expect(dead_code, reason = "what plays it is not there"))]
pub mod sound;
pub mod webm_cut;
pub mod webp;
pub mod zip;
