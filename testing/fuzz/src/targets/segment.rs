//! The delivery store's journal after a crash or a bad disk: whatever parses is written back as the same bytes, and
//! nothing is read past where it stopped.

use bytes::Bytes;
use casemate_server::store::segment::{
    HEADER_BYTES, Header, Record, RecordRef, header_from_batch, likely_entry, next_record, parse_records,
};

pub fn run(bytes: &[u8]) {
    if let Ok(header) = Header::parse(bytes) {
        assert_eq!(header.encode()[..], bytes[..HEADER_BYTES]);
    }
    // The records are judged by a header that is whole, as a crash leaves it.
    let Some(records) = bytes.get(HEADER_BYTES..) else { return };
    let records = Bytes::copy_from_slice(records);
    let offset = HEADER_BYTES as u32;
    let (parsed, end, _) = parse_records(&HEADER, records.clone(), offset);
    let mut at = offset;
    for (place, length, _) in &parsed {
        assert_eq!(*place, at, "records stand one after another");
        at += length;
    }
    assert_eq!(at, end);
    assert!((end - offset) as usize <= records.len());
    // Only a panic or an endless search would be wrong.
    let rest = records.slice((end - offset) as usize..);
    let _ = (next_record(&HEADER, &rest, end), likely_entry(&rest), header_from_batch(1, &rest, end));
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mut one = HEADER.encode().to_vec();
    let place = one.len() as u32;
    HEADER.encode_record(RecordRef::Batch(place), &mut one);
    let mut two = one.clone();
    let place = two.len() as u32;
    HEADER.encode_record(RecordRef::Batch(place), &mut two);
    let (parsed, _, _) =
        parse_records(&HEADER, Bytes::copy_from_slice(&two[HEADER_BYTES..]), HEADER_BYTES as u32);
    assert!(parsed.iter().all(|(_, _, record)| matches!(record, Record::Batch(_))) && parsed.len() == 2);
    vec![one, two]
}

const HEADER: Header = Header { number: 1, salt: *b"the salt is here" };
