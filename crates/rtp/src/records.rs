//! DTLS 1.2 as far as a call has it: handshakes and alerts. Data would be SCTP. Whoever is in a call could send such, and
//! what parses it would be reached although no data channel was agreed on.

/// Kinds of records (RFC 6347 §4.1): change of cipher, alert, handshake; behind them is data.
const KINDS: std::ops::RangeInclusive<u8> = 20..=22;

/// Whether a datagram has whole records, and none of them data.
pub fn have_no_data(mut bytes: &[u8]) -> bool {
    while let Some(([kind, _, _, _, _, _, _, _, _, _, _, high, low], rest)) = bytes.split_first_chunk::<13>()
    {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match rest.get(length..) {
            Some(rest) if KINDS.contains(kind) => bytes = rest,
            _ => return false,
        }
    }
    bytes.is_empty()
}
