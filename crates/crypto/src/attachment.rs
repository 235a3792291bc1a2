//! Attachments
use casemate_wire::ids::Hash32;
/// key
#[derive(Clone)]
pub struct AttachmentKey([u8; 32]);
/// why
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// io
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
/// enc
pub fn encrypt_stream(
    _reader: &mut dyn std::io::Read,
    _writer: &mut dyn std::io::Write,
    _size: u64,
    _key: &AttachmentKey,
    _progress: &mut dyn FnMut(u64),
) -> Result<Hash32, StreamError> {
    unimplemented!()
}
/// dec
pub fn decrypt_stream(
    _reader: &mut dyn std::io::Read,
    _writer: &mut dyn std::io::Write,
    _size: u64,
    _padded: u64,
    _key: &AttachmentKey,
    _expected_sha256: Hash32,
    _progress: &mut dyn FnMut(u64),
) -> Result<(), StreamError> {
    unimplemented!()
}
