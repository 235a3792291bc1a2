//! WAV files as calls send them: 16 bits, 48,000 a second, one channel. Anybody may have written one: what is wrong with it
//! makes no sound.

use crate::pcm;
use crate::sent::BadFile;

/// The samples of a file.
pub fn samples(bytes: &[u8]) -> Result<Vec<i16>, BadFile> {
    if bytes.get(8..12) != Some(b"WAVE") {
        return Err(BadFile::Form);
    }
    let mut rest = &bytes[12..];
    let mut fits = false;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, length @ ..] = *head;
        let length = u32::from_le_bytes(length) as usize;
        let chunk = &after[..length.min(after.len())];
        match &[a, b, c, d] {
            // PCM, one channel, 48,000 a second, 16 bits.
            b"fmt " => {
                fits = chunk.get(..8) == Some(&[1, 0, 1, 0, 0x80, 0xbb, 0, 0])
                    && chunk.get(14..16) == Some(&[16, 0]);
            }
            b"data" if fits => {
                return Ok(pcm::samples(chunk).collect());
            }
            _ => {}
        }
        // Chunks begin at even places.
        rest = after.get(length.saturating_add(length & 1)..).unwrap_or_default();
    }
    Err(BadFile::Form)
}

#[cfg(test)]
pub mod tests {
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
}
