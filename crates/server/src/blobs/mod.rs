//! Blobs: encrypted attachments as files, filled and read over HTTP.
//!
//! [`rules`] decide who may fill and read what. [`folder`] has the files, [`sweep`] compares them with the rows.
//! Not here: who pays, which is the directory's; HTTP, which is the shell's.

pub mod folder;
pub mod rules;
pub mod sweep;
