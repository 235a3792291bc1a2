//! Protobuf as a tree, without a schema: to change a field and keep every length around it right.

/// A field: its number, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub number: u64,
    pub value: Value,
}

/// What a field holds, by its wire type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    /// Bytes that read as a message themselves.
    Message(Vec<Field>),
}

/// Deeper bytes stay bytes.
const DEEPEST: usize = 12;

/// Reads a message; `None` where the bytes are none.
pub fn read(bytes: &[u8]) -> Option<Vec<Field>> {
    read_at(bytes, 0)
}

fn read_at(mut bytes: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes)?;
        let number = key >> 3;
        if number == 0 {
            return None;
        }
        let value = match key & 7 {
            0 => Value::Varint(take_varint(&mut bytes)?),
            1 => Value::Fixed64(*bytes.split_off(..8)?.first_chunk()?),
            5 => Value::Fixed32(*bytes.split_off(..4)?.first_chunk()?),
            2 => {
                let len = usize::try_from(take_varint(&mut bytes)?).ok()?;
                let inner = bytes.split_off(..len)?;
                let message = if depth < DEEPEST { read_at(inner, depth + 1) } else { None };
                match message {
                    Some(fields) if !inner.is_empty() => Value::Message(fields),
                    _ => Value::Bytes(inner.to_vec()),
                }
            }
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

/// Writes fields with correct lengths.
pub fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields {
        let key = field.number << 3;
        match &field.value {
            Value::Varint(number) => {
                put_varint(&mut out, key);
                put_varint(&mut out, *number);
            }
            Value::Fixed64(bytes) => {
                put_varint(&mut out, key | 1);
                out.extend_from_slice(bytes);
            }
            Value::Fixed32(bytes) => {
                put_varint(&mut out, key | 5);
                out.extend_from_slice(bytes);
            }
            Value::Bytes(bytes) => put_bytes(&mut out, key, bytes),
            Value::Message(fields) => put_bytes(&mut out, key, &write(fields)),
        }
    }
    out
}

/// Appends a varint.
pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, key: u64, bytes: &[u8]) {
    put_varint(out, key | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn reads_what_prost_wrote_and_writes_it_back() {
        let content = casemate_content::proto::Content {
            counter: 300,
            sent_ms: -1,
            message_id: vec![7; 16].into(),
            kind: Some(casemate_content::proto::content::Kind::Reaction(casemate_content::proto::Reaction {
                to: vec![1; 16].into(),
                emoji: "👍".into(),
                ..Default::default()
            })),
            ..Default::default()
        };
        let bytes = content.encode_to_vec();
        let fields = read(&bytes).unwrap();
        assert!(fields.iter().any(|field| matches!(field.value, Value::Message(_))));
        assert_eq!(write(&fields), bytes);
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(read(&[0x0a, 0x05, 1]), None, "cut short");
        assert_eq!(read(&[0xff; 12]), None);
        assert_eq!(read(&[0x00, 0x00]), None, "field number 0");
        assert_eq!(read(&[]), Some(vec![]));
    }
}
