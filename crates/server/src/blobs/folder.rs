//! The folder of blobs.
