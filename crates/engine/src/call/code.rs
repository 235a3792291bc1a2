//! An epoch's secret as a few pictures, which people can compare by saying them.

use casemate_api::pictures::PICTURES;

/// The pictures of these bytes.
pub fn pictures(bytes: &[u8]) -> Vec<String> {
    bytes.iter().map(|byte| PICTURES[usize::from(byte & 63)].0.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_bits_a_picture() {
        assert_eq!(pictures(&[0, 63, 64, 255]), ["🐶", "☂️", "🐶", "☂️"]);
    }
}
