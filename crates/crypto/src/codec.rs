//! Small records of our own: fields one after another, lengths in front, nothing optional, nothing left over.
//! For what is stored locally or carried inside a commit; what crosses the wire on its own is protobuf.

/// The bytes are not the record that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Appends fields.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Bytes whose number the reader knows.
    pub fn fixed(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Bytes with their number in front.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let len = u32::try_from(bytes.len()).expect("fields are far below 4 GiB");
        self.u32(len).fixed(bytes)
    }

    /// A list with its length in front.
    pub fn list<T>(self, items: &[T], write: impl FnMut(Self, &T) -> Self) -> Self {
        let len = u32::try_from(items.len()).expect("lists are far below 4 billion items");
        items.iter().fold(self.u32(len), write)
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes fields off the front.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        Ok(self.take(N)?.try_into().expect("take gives exactly N bytes"))
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    /// A list of at most `most` items. Nothing is reserved on the word of the length.
    pub fn list<T>(
        &mut self,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let len = self.u32()? as usize;
        if len > most {
            return Err(Malformed);
        }
        (0..len).map(|_| read(self)).collect()
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Nothing may be left over.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_strictness() {
        let bytes = Writer::default().u8(1).u64(7).bytes(b"abc").list(&[1u32, 2], |w, n| w.u32(*n)).finish();
        let read = |bytes: &[u8]| {
            let mut reader = Reader::new(bytes);
            let record =
                (reader.u8()?, reader.u64()?, reader.bytes()?.to_vec(), reader.list(2, Reader::u32)?);
            reader.finish()?;
            Ok::<_, Malformed>(record)
        };
        assert_eq!(read(&bytes), Ok((1, 7, b"abc".to_vec(), vec![1, 2])));
        for len in 0..bytes.len() {
            assert_eq!(read(&bytes[..len]), Err(Malformed), "cut to {len}");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(Malformed));
    }

    #[test]
    fn a_list_that_claims_too_much_is_refused() {
        let bytes = Writer::default().u32(u32::MAX).finish();
        assert_eq!(Reader::new(&bytes).list(10, Reader::u8), Err(Malformed));
    }
}
