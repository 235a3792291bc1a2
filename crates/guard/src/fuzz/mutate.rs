//! One number and a file make one broken file.

/// A few of: bits flipped, bytes set to telling values, numbers at their edges, a piece cut out, doubled, moved, the end gone.
/// Where the file is PNG its checksums fit again afterwards, in every other mutant: else nothing behind them is reached.
pub fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes.len() as u64);
    let mut mutant = bytes.to_vec();
    for _ in 0..=random.below(6) {
        if mutant.len() < 16 {
            break;
        }
        // Structure is mostly in front.
        let reach = if random.below(2) == 0 { mutant.len().min(600) } else { mutant.len() };
        let at = random.below(reach);
        let length = 1 + random.below(32.min(mutant.len() - at));
        match random.below(8) {
            0 => mutant[at] ^= 1 << random.below(8),
            1 => mutant[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][random.below(6)],
            2 => mutant[at..at + length.min(4)].fill([0, 0xFF][random.below(2)]),
            3 => mutant[at] = mutant[at].wrapping_add(random.below(9) as u8).wrapping_sub(4),
            4 => drop(mutant.drain(at..at + length)),
            5 => {
                let piece = mutant[at..at + length].to_vec();
                let to = random.below(mutant.len());
                mutant.splice(to..to, piece);
            }
            6 => {
                let edges = [0x7FFF_FFFFu32, 0x8000_0000, 0xFFFF_FFFF, 0x0001_0000, 0xFFFF, 0x4000];
                let edge = edges[random.below(edges.len())];
                let number = if random.below(2) == 0 { edge.to_be_bytes() } else { edge.to_le_bytes() };
                let end = mutant.len().min(at + 4);
                mutant[at..end].copy_from_slice(&number[..end - at]);
            }
            _ => mutant.truncate(at.max(16)),
        }
    }
    if random.below(2) == 0 {
        repair_png(&mut mutant);
    }
    mutant
}

/// PNG (ISO/IEC 15948) §5.3: length, type, data, CRC of type and data.
fn repair_png(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let Some(end) = (at + 8).checked_add(length).filter(|end| end + 4 <= bytes.len()) else { return };
        let crc = crc32fast::hash(&bytes[at + 4..end]).to_be_bytes();
        bytes[end..end + 4].copy_from_slice(&crc);
        at = end + 4;
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ value >> 31) % bound.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_makes_one_mutant_and_checksums_fit() {
        let file: Vec<u8> = (0..200u8).collect();
        assert_eq!(mutate(&file, 7), mutate(&file, 7));
        assert!((0..20).any(|seed| mutate(&file, seed) != file));
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\0IENDxxxx".to_vec();
        repair_png(&mut png);
        assert!(png.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
