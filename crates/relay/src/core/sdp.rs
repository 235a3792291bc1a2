//! What is taken of an offer before it is parsed: sound and pictures. No data channels, and nobody's addresses.

use crate::limits::MEDIA_LINES;

use super::Refused;

/// The offer without its candidates: a relay learns addresses from signed STUN alone, and sends to no other.
pub fn cleaned(offer: &str) -> Result<String, Refused> {
    let mut clean = String::with_capacity(offer.len() + 64);
    let mut media = 0;
    for line in offer.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        if let Some(kind) = line.strip_prefix("m=") {
            if !kind.starts_with("audio ") && !kind.starts_with("video ") {
                return Err(Refused::Offer("a call has sound and pictures, nothing else"));
            }
            media += 1;
            if media > MEDIA_LINES {
                return Err(Refused::Offer("the offer has too many media lines"));
            }
        }
        if line.starts_with("a=candidate") || line.starts_with("a=remote-candidates") {
            continue;
        }
        if line.starts_with("a=sctp") {
            return Err(Refused::Offer("a call has no data channels"));
        }
        clean.push_str(line);
        clean.push_str("\r\n");
    }
    if media == 0 {
        return Err(Refused::Offer("the offer has no media"));
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_go_and_data_channels_are_refused() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=mid:0\r\n";
        assert_eq!(cleaned(offer), Ok("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n".to_owned()));
        let data = format!("{offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
        assert!(matches!(cleaned(&data), Err(Refused::Offer(_))));
        assert!(matches!(cleaned(&format!("{offer}a=sctp-port:5000\r\n")), Err(Refused::Offer(_))));
        assert!(matches!(cleaned("v=0\r\n"), Err(Refused::Offer(_))));
        let many = format!("v=0\r\n{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(MEDIA_LINES + 1));
        assert!(matches!(cleaned(&many), Err(Refused::Offer(_))));
    }
}
