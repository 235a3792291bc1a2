//! Who may fill and read a blob, and from where: pure.

use casemate_wire::ids::Hash32;
use subtle::ConstantTimeEq;

use crate::directory::BlobRow;

/// Why not. The text is for people; the shell makes HTTP of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobRefusal {
    /// Absent, expired, incomplete, or not the asker's to fill: one answer.
    #[error("there is no such file here, or no longer")]
    NotFound,
    /// The bytes do not continue what is there.
    #[error("the upload goes on at byte {0}")]
    WrongOffset(u64),
    /// More bytes than the blob was paid for.
    #[error("the upload is longer than was announced")]
    TooLong,
    /// Somebody is filling it right now.
    #[error("another upload of this file is under way")]
    Busy,
    /// Too many files are on their way, from this address or in all.
    #[error("too many files are on their way; try again in a moment")]
    Crowded,
    /// The range is outside the file.
    #[error("the file has {0} bytes")]
    OutOfRange(u64),
    /// No space left. What is there stays.
    #[error("the server's disk is full; nothing was lost, the upload can go on later")]
    StorageFull,
    /// The log says what.
    #[error("the server could not do this; its operator's log says why")]
    Internal,
}

/// Whether whoever shows a secret with this hash may fill the blob. A complete one may be asked about.
pub fn may_fill(row: Option<BlobRow>, upload_hash: &Hash32, now_ms: i64) -> Result<BlobRow, BlobRefusal> {
    let row = row.filter(|row| now_ms < row.kept_until_ms).ok_or(BlobRefusal::NotFound)?;
    if bool::from(row.upload_hash.0.ct_eq(&upload_hash.0)) { Ok(row) } else { Err(BlobRefusal::NotFound) }
}

/// Whether anybody may read the blob: whoever knows its random id, once it is complete.
pub fn may_read(row: Option<BlobRow>, now_ms: i64) -> Result<BlobRow, BlobRefusal> {
    row.filter(|row| row.complete && now_ms < row.kept_until_ms).ok_or(BlobRefusal::NotFound)
}

/// How many bytes may follow at `offset`, when `have` are there.
pub fn room(row: &BlobRow, have: u64, offset: u64) -> Result<u64, BlobRefusal> {
    if offset != have {
        return Err(BlobRefusal::WrongOffset(have));
    }
    Ok(row.size_bytes.saturating_sub(have))
}

/// The single range of a `Range` header as first byte and length; none without one. Several ranges, and units
/// other than bytes, are ignored as RFC 9110 §14.2 allows.
pub fn range(header: Option<&str>, size_bytes: u64) -> Result<Option<(u64, u64)>, BlobRefusal> {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Ok(None) };
    let Some((first, last)) = spec.split_once('-') else { return Ok(None) };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let (first, end) = match (number(first.trim()), last.trim()) {
        (Some(first), "") => (first, size_bytes),
        (Some(first), last) => match number(last) {
            Some(last) if last >= first => (first, last.saturating_add(1).min(size_bytes)),
            _ => return Ok(None),
        },
        // The last so many bytes.
        (None, last) if first.trim().is_empty() => match number(last) {
            Some(count) => (size_bytes.saturating_sub(count), size_bytes),
            None => return Ok(None),
        },
        (None, _) => return Ok(None),
    };
    if first >= end { Err(BlobRefusal::OutOfRange(size_bytes)) } else { Ok(Some((first, end - first))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> BlobRow {
        BlobRow { size_bytes: 100, upload_hash: Hash32([1; 32]), complete: false, kept_until_ms: 1_000 }
    }

    #[test]
    fn filling_and_reading() {
        assert_eq!(may_fill(Some(row()), &Hash32([1; 32]), 0), Ok(row()));
        assert_eq!(may_fill(Some(row()), &Hash32([2; 32]), 0), Err(BlobRefusal::NotFound));
        assert_eq!(may_fill(Some(row()), &Hash32([1; 32]), 1_000), Err(BlobRefusal::NotFound));
        assert_eq!(may_fill(None, &Hash32([1; 32]), 0), Err(BlobRefusal::NotFound));
        assert_eq!(may_read(Some(row()), 0), Err(BlobRefusal::NotFound), "not complete");
        let complete = BlobRow { complete: true, ..row() };
        assert_eq!(may_read(Some(complete), 0), Ok(complete));
        assert_eq!(may_read(Some(complete), 1_000), Err(BlobRefusal::NotFound));
        assert_eq!(room(&row(), 40, 40), Ok(60));
        assert_eq!(room(&row(), 40, 0), Err(BlobRefusal::WrongOffset(40)));
        assert_eq!(room(&row(), 40, 41), Err(BlobRefusal::WrongOffset(40)));
    }

    #[test]
    fn ranges() {
        let of = |text| range(Some(text), 100);
        assert_eq!(range(None, 100), Ok(None));
        assert_eq!(of("bytes=0-9"), Ok(Some((0, 10))));
        assert_eq!(of("bytes=90-"), Ok(Some((90, 10))));
        assert_eq!(of("bytes=90-1000"), Ok(Some((90, 10))));
        assert_eq!(of("bytes=-30"), Ok(Some((70, 30))));
        assert_eq!(of("bytes=-300"), Ok(Some((0, 100))));
        assert_eq!(of("bytes=100-"), Err(BlobRefusal::OutOfRange(100)));
        assert_eq!(of("bytes=-0"), Err(BlobRefusal::OutOfRange(100)));
        assert_eq!(of("bytes=99999999999999999999999-"), Err(BlobRefusal::OutOfRange(100)));
        for ignored in
            ["bytes=5-1", "bytes=a-b", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,3-4", "bytes=+1-2"]
        {
            assert_eq!(of(ignored), Ok(None), "{ignored}");
        }
    }
}
