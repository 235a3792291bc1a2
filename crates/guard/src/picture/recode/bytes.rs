//! Compressed data of a scan, byte by byte (T.81 §F.1.2.3, §D.2.8): 0xFF 0x00 means 0xFF, any other 0xFF begins a marker.

pub(super) struct Bytes<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// The next one. None before a marker, and at the end; it stays there.
    pub fn next(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.at)?;
        if byte != 0xFF {
            self.at += 1;
            return Some(byte);
        }
        let after = self.after_fill(self.at);
        if self.data.get(after) != Some(&0) {
            return None;
        }
        self.at = after + 1;
        Some(0xFF)
    }

    /// Goes behind the restart marker of that number (0 to 7), if it is the next or one follows that tells that it is missing (T.81
    /// §F.2.2.5 leaves it open what to do): a number just ahead is waited for, one just behind came again and is stepped
    /// over, any other is taken to be this one.
    pub fn restart(&mut self, number: u8) -> bool {
        while let Some((marker, behind)) = self.marker() {
            match marker.wrapping_sub(0xD0).wrapping_sub(number) & 7 {
                1 | 2 => return false,
                6 | 7 => self.at = behind,
                _ => {
                    self.at = behind;
                    return true;
                }
            }
        }
        self.at = self.data.len();
        false
    }

    /// The next marker, wherever it is, and where it ends. There are no others than those of restarts in a scan's data.
    fn marker(&mut self) -> Option<(u8, usize)> {
        loop {
            self.at += self.data.get(self.at..)?.iter().position(|byte| *byte == 0xFF)?;
            let after = self.after_fill(self.at);
            match self.data.get(after)? {
                0 => self.at = after + 1,
                marker => return Some((*marker, after + 1)),
            }
        }
    }

    /// Where the run of 0xFF that begins at `at` ends. Any number of them may stand before a marker (T.81 §B.1.1.2).
    fn after_fill(&self, at: usize) -> usize {
        at + self.data[at..].iter().take_while(|byte| **byte == 0xFF).count()
    }
}
