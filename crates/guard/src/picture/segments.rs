//! The segments of a JPEG that [`crate::strip`] wrote: marked parts, with compressed data behind each scan's header.

use std::ops::Range;

const SOS: u8 = 0xDA;
const APP14: u8 = 0xEE;

/// Puts right what decoders may differ about: parameters of scans that only have one value where
/// a picture is not progressive (T.81 Table B.3), and an unknown way of storing colours.
pub(crate) fn mend(jpeg: &mut [u8]) {
    let (mut at, mut is_sequential, mut components) = (2, false, 3);
    while let Some(segment) = segment(jpeg, at) {
        at = segment.data.end;
        let part = &mut jpeg[segment.body];
        match (segment.marker, part.len()) {
            (0xC0 | 0xC1, 6..) => (is_sequential, components) = (true, part[5]),
            (0xC2 | 0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, 6..) => components = part[5],
            // Adobe's technical note 5116: 1 is YCbCr, 2 is YCCK.
            (APP14, 12) if part[11] > 2 => part[11] = if components == 4 { 2 } else { 1 },
            (SOS, 3..) if is_sequential => {
                let last = part.len() - 3;
                part[last..].copy_from_slice(&[0, 63, 0]);
            }
            _ => {}
        }
    }
}

/// A marked part.
pub(crate) struct Segment {
    pub marker: u8,
    /// Without marker and length.
    pub body: Range<usize>,
    /// Compressed data behind a scan's header. Empty behind all others.
    pub data: Range<usize>,
}

/// All of them, up to the end of the picture.
pub(crate) fn segments(jpeg: &[u8]) -> impl Iterator<Item = Segment> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let segment = segment(jpeg, at)?;
        at = segment.data.end;
        Some(segment)
    })
}

fn segment(jpeg: &[u8], at: usize) -> Option<Segment> {
    let &[0xFF, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
    let body = at + 4..at + 2 + usize::from(u16::from_be_bytes([high, low]));
    jpeg.get(body.clone())?;
    let mut data = body.end..body.end;
    if marker == SOS {
        let ends = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF);
        data.end += jpeg[data.end..].windows(2).position(ends).unwrap_or(jpeg.len() - data.end);
    }
    Some(Segment { marker, body, data })
}
