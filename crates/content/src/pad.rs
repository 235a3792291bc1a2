//! Padmé padding (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
//! PURBs", PETS 2019): a length tells O(log log n) bits and costs at most 12 %.

/// The padded length of `len` bytes. Lengths under 256 all become 256, so that "yes" and "on my way" look
/// alike.
pub fn padded_len(len: u64) -> u64 {
    const LEAST: u64 = 256;
    if len <= LEAST {
        return LEAST;
    }
    let exponent = u64::from(len.ilog2());
    let bits = u64::from(exponent.ilog2()) + 1;
    let mask = (1u64 << (exponent - bits)) - 1;
    len.saturating_add(mask) & !mask
}

/// Appends `0x80 00 …` up to the padded length.
pub fn pad(mut message: Vec<u8>) -> Vec<u8> {
    message.push(0x80);
    let len = padded_len(message.len() as u64) as usize;
    message.resize(len, 0);
    message
}

/// Appends `0x80 00 …` up to exactly `len`; `None` where the message does not fit.
pub fn pad_to(mut message: Vec<u8>, len: usize) -> Option<Vec<u8>> {
    message.push(0x80);
    if message.len() > len {
        return None;
    }
    message.resize(len, 0);
    Some(message)
}

/// Takes the padding off; `None` where there is none.
pub fn unpad(message: &[u8]) -> Option<&[u8]> {
    let end = message.iter().rposition(|byte| *byte != 0)?;
    (message[end] == 0x80).then(|| &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_lengths_are_buckets_within_twelve_percent() {
        assert_eq!(padded_len(0), 256);
        assert_eq!(padded_len(257), 272);
        for len in 257..100_000u64 {
            let padded = padded_len(len);
            assert!(padded >= len && padded * 100 <= len * 112, "{len} → {padded}");
            assert_eq!(padded_len(padded), padded);
        }
        assert!(padded_len(u64::MAX) >= 1 << 63);
    }

    #[test]
    fn round_trip() {
        for message in [&b""[..], b"a", &[0; 300], &[0x80; 300]] {
            assert_eq!(unpad(&pad(message.to_vec())), Some(message));
            assert_eq!(unpad(&pad_to(message.to_vec(), 512).unwrap()), Some(message));
        }
        assert_eq!(pad_to(vec![0; 512], 512), None);
        assert_eq!(unpad(&[0; 9]), None);
        assert_eq!(unpad(b""), None);
        assert_eq!(unpad(b"abc"), None);
    }
}
