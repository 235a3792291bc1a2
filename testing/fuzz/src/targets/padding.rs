//! Padding: off is the opposite of on, and other bytes are refused or cut at their own mark.

use casemate_content::pad::{pad, pad_to, padded_len, unpad};

pub fn run(bytes: &[u8]) {
    let padded = pad(bytes.to_vec());
    assert_eq!(unpad(&padded), Some(bytes));
    assert_eq!(padded.len() as u64, padded_len(bytes.len() as u64 + 1));
    if let Some(inner) = unpad(bytes) {
        assert!(bytes.starts_with(inner) && bytes[inner.len()] == 0x80);
        assert_eq!(pad_to(inner.to_vec(), bytes.len()).as_deref(), Some(bytes));
    }
    if let Some(number) = bytes.first_chunk() {
        let len = u64::from_le_bytes(*number);
        // The very largest lengths have no bucket above them; no message or file is near them.
        assert!(padded_len(len) >= len || len > 1 << 62);
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    vec![pad(b"hello".to_vec()), pad(vec![0x80; 300]), vec![0; 64], u64::MAX.to_le_bytes().to_vec()]
}
