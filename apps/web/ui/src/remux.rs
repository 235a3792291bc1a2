//! What a browser recorded (Opus in WebM) as what Casemate sends (Opus in Ogg): the packets stay as they are.
//! Only own recordings pass here, never what others sent.

/// Packets in one Ogg page at most: a little over a second, so that a player can seek.
const PAGE_PACKETS: usize = 50;

/// The bytes of an Ogg file; `None` where there is no Opus in it.
pub fn webm_to_ogg(webm: &[u8]) -> Option<Vec<u8>> {
    let (head, packets) = read(webm)?;
    if !head.starts_with(b"OpusHead") || packets.is_empty() {
        return None;
    }
    let mut ogg = Ogg { bytes: Vec::with_capacity(webm.len()), sequence: 0 };
    ogg.page(&[head], 0, 2);
    // RFC 7845 §5.2: a vendor's name and no comments.
    ogg.page(&[b"OpusTags\x08\0\0\0Casemate\0\0\0\0"], 0, 0);
    let mut samples = 0;
    let chunks: Vec<&[&[u8]]> = packets.chunks(PAGE_PACKETS).collect();
    for (at, chunk) in chunks.iter().enumerate() {
        samples += chunk.iter().map(|packet| samples_of(packet)).sum::<u64>();
        ogg.page(chunk, samples, if at + 1 == chunks.len() { 4 } else { 0 });
    }
    Some(ogg.bytes)
}

/// The codec's head and the packets, out of the containers around them. One that was cut ends where it was: the page may have
/// gone away while it was recorded.
fn read(mut rest: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let mut head: &[u8] = &[];
    let mut packets = Vec::new();
    while let Some((id, size, after)) = element(rest) {
        rest = after;
        match id {
            // Segment, Cluster, Tracks, TrackEntry, BlockGroup: what is inside comes next.
            0x1853_8067 | 0x1F43_B675 | 0x1654_AE6B | 0xAE | 0xA0 => continue,
            _ => {}
        }
        let Some((body, after)) = rest.split_at_checked(usize::try_from(size).ok()?) else { break };
        match id {
            0x63A2 => head = body,
            // SimpleBlock and Block: track, time, flags, then the packet. Browsers put one into each.
            0xA3 | 0xA1 => {
                let (_, block) = number(body, true)?;
                packets.push(block.get(3..).filter(|packet| !packet.is_empty() && packet.len() < 60_000)?);
            }
            _ => {}
        }
        rest = after;
    }
    Some((head, packets))
}

/// What an element is, how long, and what comes behind that.
fn element(bytes: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (id, rest) = number(bytes, false)?;
    let (size, rest) = number(rest, true)?;
    Some((id, size, rest))
}

/// A number of EBML (RFC 8794 §4), with or without its length mark.
fn number(bytes: &[u8], unmarked: bool) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let (number, rest) = bytes.split_at_checked(length).filter(|_| length <= 8)?;
    let mut value = number.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    if unmarked {
        value &= (1u64 << (7 * length)) - 1;
    }
    Some((value, rest))
}

/// Samples at 48 kHz in a packet (RFC 6716 §3.1).
fn samples_of(packet: &[u8]) -> u64 {
    let Some(first) = packet.first() else { return 0 };
    let config = usize::from(first >> 3);
    let frame = match config {
        0..12 => [480, 960, 1_920, 2_880][config & 3],
        12..16 => [480, 960][config & 1],
        _ => [120, 240, 480, 960][config & 3],
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1).copied().unwrap_or(0) & 0x3F),
    };
    frame * frames
}

struct Ogg {
    bytes: Vec<u8>,
    sequence: u32,
}

impl Ogg {
    /// One page (RFC 3533 §6) of whole packets; packets of a voice are far below 255 × 5 bytes.
    fn page(&mut self, packets: &[&[u8]], position: u64, flags: u8) {
        let mut lacing = Vec::new();
        for packet in packets {
            lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
            lacing.push((packet.len() % 255) as u8);
        }
        if lacing.len() > 255 {
            let (front, back) = packets.split_at(packets.len() / 2);
            if !front.is_empty() {
                self.page(front, position, flags & !4);
                self.page(back, position, flags);
            }
            return;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(b"OggS\0");
        self.bytes.push(flags);
        self.bytes.extend_from_slice(&position.to_le_bytes());
        self.bytes.extend_from_slice(b"cvoi");
        self.bytes.extend_from_slice(&self.sequence.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.push(lacing.len() as u8);
        self.bytes.extend_from_slice(&lacing);
        for packet in packets {
            self.bytes.extend_from_slice(packet);
        }
        let sum = checksum(&self.bytes[start..]);
        self.bytes[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
        self.sequence += 1;
    }
}

/// Ogg's own order of bits: polynomial 0x04C11DB7, nothing reflected.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04C1_1DB7 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
        let size = (0x4000 | body.len() as u16).to_be_bytes();
        [id, &size, body].concat()
    }

    fn webm(packets: &[Vec<u8>]) -> Vec<u8> {
        let head = [&b"OpusHead\x01\x01"[..], &[0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0]].concat();
        let mut file = element(&[0x1A, 0x45, 0xDF, 0xA3], &[]);
        // A live recording: Segment and Cluster of unknown size.
        file.extend([0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255]);
        let track = element(&[0xAE], &element(&[0x63, 0xA2], &head));
        file.extend(element(&[0x16, 0x54, 0xAE, 0x6B], &track));
        file.extend([0x1F, 0x43, 0xB6, 0x75, 0x01, 255, 255, 255, 255, 255, 255, 255]);
        for packet in packets {
            file.extend(element(&[0xA3], &[&[0x81, 0, 0, 0x80][..], packet].concat()));
        }
        file
    }

    #[test]
    fn packets_move_from_one_container_to_the_other() {
        // 20 ms each: configuration 1 of the hybrid modes, one frame.
        let packets: Vec<Vec<u8>> = (0u8..120).map(|n| [vec![13 << 3], vec![n; 300]].concat()).collect();
        let ogg = webm_to_ogg(&webm(&packets)).unwrap();
        let pages: Vec<usize> = (0..ogg.len()).filter(|at| ogg[*at..].starts_with(b"OggS")).collect();
        assert_eq!(pages.len(), 5);
        let last = *pages.last().unwrap();
        assert_eq!(ogg[last + 5], 4);
        assert_eq!(u64::from_le_bytes(ogg[last + 6..last + 14].try_into().unwrap()), 120 * 960);
        for (at, page) in pages.iter().enumerate() {
            let end = pages.get(at + 1).copied().unwrap_or(ogg.len());
            let mut copy = ogg[*page..end].to_vec();
            let sum = u32::from_le_bytes(copy[22..26].try_into().unwrap());
            copy[22..26].fill(0);
            assert_eq!(checksum(&copy), sum);
        }
        assert!(ogg.windows(300).any(|part| part == [119; 300]));
    }

    #[test]
    fn a_recording_that_was_cut_ends_with_its_last_whole_packet() {
        let packets: Vec<Vec<u8>> = (0u8..3).map(|n| [vec![13 << 3], vec![n; 30]].concat()).collect();
        let (whole, two) = (webm(&packets), webm(&packets[..2]));
        for end in two.len()..whole.len() {
            assert_eq!(webm_to_ogg(&whole[..end]), webm_to_ogg(&two), "{end}");
        }
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert_eq!(webm_to_ogg(b""), None);
        assert_eq!(webm_to_ogg(b"OggS"), None);
        assert_eq!(webm_to_ogg(&webm(&[])), None);
        let whole = webm(&[vec![13 << 3, 1, 2]]);
        for end in 0..whole.len() {
            let _ = webm_to_ogg(&whole[..end]);
        }
    }
}
