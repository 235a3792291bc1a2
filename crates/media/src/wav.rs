//! WAV files as calls send them: 16 bits, 48,000 a second, one channel. Anybody may have written one: what is wrong with it
//! makes no sound.

use crate::pcm;
use crate::sent::BadFile;

/// What follows in a format chunk of the extensible form where the samples are PCM: KSDATAFORMAT_SUBTYPE_PCM, its first two
/// bytes the plain form's tag.
const SUBTYPE_PCM: [u8; 16] = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// The samples of a file.
pub fn samples(bytes: &[u8]) -> Result<Vec<i16>, BadFile> {
    if bytes.get(8..12) != Some(b"WAVE") {
        return Err(BadFile::Form);
    }
    let mut fits = false;
    for chunk in Chunks(&bytes[12..]) {
        match &chunk.name {
            b"fmt " => fits = is_sent(chunk.data()),
            b"data" if fits => return sound(if is_streamed(&chunk) { chunk.after } else { chunk.data() }),
            _ => {}
        }
    }
    Err(BadFile::Form)
}

/// Whoever writes into a pipe cannot go back to say how much it was, and says nothing, or all that can be said, which is cut
/// to the file. Of a file without sound nothing is true: then only chunks with names follow.
fn is_streamed(data: &Chunk<'_>) -> bool {
    let is_chunk = |chunk: Chunk<'_>| {
        chunk.length <= chunk.after.len() && chunk.name.iter().all(|letter| matches!(letter, b' '..=b'~'))
    };
    data.length == 0 && !Chunks(data.after).all(is_chunk)
}

/// The samples of what is all of a file's sound.
fn sound(data: &[u8]) -> Result<Vec<i16>, BadFile> {
    let samples: Vec<i16> = pcm::samples(data).collect();
    if samples.is_empty() { Err(BadFile::Empty) } else { Ok(samples) }
}

/// Whether a format chunk says PCM, one channel, 48,000 a second, 16 bits.
fn is_sent(format: &[u8]) -> bool {
    let is_pcm = match format.get(..2) {
        Some([1, 0]) => true,
        // WAVE_FORMAT_EXTENSIBLE, as Windows and ffmpeg write: behind the plain form 22 bytes more, the last 16 what it is.
        Some([0xfe, 0xff]) => format.get(24..40) == Some(&SUBTYPE_PCM),
        _ => false,
    };
    is_pcm && format.get(2..8) == Some(&[1, 0, 0x80, 0xbb, 0, 0]) && format.get(14..16) == Some(&[16, 0])
}

/// One chunk, and all that comes behind its head.
struct Chunk<'a> {
    name: [u8; 4],
    length: usize,
    after: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// What it holds, as far as the file goes.
    fn data(&self) -> &'a [u8] {
        &self.after[..self.length.min(self.after.len())]
    }
}

/// What is left of a file.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (head, after) = self.0.split_first_chunk::<8>()?;
        let [a, b, c, d, length @ ..] = *head;
        let length = u32::from_le_bytes(length) as usize;
        // They begin at even places.
        self.0 = after.get(length.saturating_add(length & 1)..).unwrap_or_default();
        Some(Chunk { name: [a, b, c, d], length, after })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A file with a chunk of something else before its sound.
    pub fn wav_file(rate: u32, samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2).to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    /// As Windows and `ffmpeg` write it where they say which loudspeaker the channel is for.
    fn extensible(subtype: &[u8; 16], data: &[i16]) -> Vec<u8> {
        let plain = wav_file(48_000, data);
        let format = [&[0xfe, 0xff], &plain[22..36], &[22, 0, 16, 0, 4, 0, 0, 0], subtype].concat();
        [&plain[..16], &[40, 0, 0, 0], &format, &plain[36..]].concat()
    }

    #[test]
    fn the_extensible_form_is_read_where_it_holds_pcm() {
        let data = [1, -2, 300];
        let file = extensible(&SUBTYPE_PCM, &data);
        assert_eq!(samples(&file).unwrap(), data);
        // IEEE float, and what is another form's altogether.
        let mut float = SUBTYPE_PCM;
        float[0] = 3;
        let mut other = SUBTYPE_PCM;
        other[15] = 0;
        assert!(samples(&extensible(&float, &data)).is_err() && samples(&extensible(&other, &data)).is_err());
        // Two channels, 44,100 a second, 24 bits, less behind it than it says.
        for (at, byte) in [(22, 2), (24, 0x44), (34, 24), (16, 39)] {
            let mut wrong = file.clone();
            wrong[at] = byte;
            assert!(samples(&wrong).is_err(), "{byte} at {at}");
        }
        // Its sound begins with the last six bytes.
        for len in 0..file.len() - 6 {
            assert!(samples(&file[..len]).is_err(), "cut to {len}");
        }
    }

    /// With this instead of how much sound there is.
    fn said_to_have(length: u32, sound: &[u8]) -> Vec<u8> {
        let mut file = wav_file(48_000, &[]);
        let at = file.len() - 4;
        file[at..].copy_from_slice(&length.to_le_bytes());
        [&file, sound].concat()
    }

    #[test]
    fn what_went_through_a_pipe_is_read_to_its_end() {
        // Nothing, all, and more than came: as ffmpeg, SoX and whoever was interrupted write.
        for length in [0, u32::MAX, 0x7fff_f000, 4_000] {
            let spoken = samples(&said_to_have(length, &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]));
            assert_eq!(spoken.unwrap(), [1, 2, 3, 4, 5], "{length}");
        }
        // Silence at the beginning is no chunk, nor is what happens to read like a name and ends elsewhere.
        for begins in [&[0; 8], b"LIST\x09\0\0\0"] {
            assert_eq!(samples(&said_to_have(0, &[&begins[..], &[7, 0]].concat())).unwrap().len(), 5);
        }
    }

    #[test]
    fn a_file_without_sound_is_refused_as_such() {
        let further: &[u8] = b"LIST\x03\0\0\0abc\0id3 \x01\0\0\0a";
        let without = [
            said_to_have(0, b""),
            said_to_have(u32::MAX, b""),
            said_to_have(1, b"a"),
            said_to_have(0, b"a"),
            said_to_have(0, further),
        ];
        for file in without {
            let error = samples(&file).unwrap_err();
            assert!(matches!(error, BadFile::Empty), "{error} of {file:?}");
        }
    }
}
