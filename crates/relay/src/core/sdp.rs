//! What is taken of an offer before it is parsed: sound and pictures. No data channels, and nobody's addresses.

use casemate_rtp::head::extension_ids;
use casemate_rtp::numbers;

use crate::limits::MEDIA_LINES;

use super::Refused;

/// What is taken of an offer.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// The offer without its candidates: a relay learns addresses from signed STUN alone, and sends to no other.
    pub text: String,
    /// The streams that it names, where a media line has no more than one, and one besides in which that is sent again.
    pub named: Vec<Named>,
    /// Which header extension numbers what goes through.
    pub numbers: Option<u8>,
    /// The media lines with such numbers, by place and name: all that want them. A browser that numbers its pictures and not its
    /// voice hears of too little that came, and never again sends more than after a squeeze (Chromium). Others number no sounds
    /// (Firefox). `str0m` knows of no numbers: it numbers nothing.
    pub numbered: Vec<(usize, String)>,
    /// Which header extension says how a camera is held.
    pub orientation: Option<u8>,
}

/// A stream that an offer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The stream.
    pub ssrc: u32,
    /// The name of its media line.
    pub mid: String,
    /// Whether that line's own is sent again in it.
    pub is_again: bool,
}

/// How the latter is called in session descriptions (3GPP TS 26.114 §7.4.5).
const ORIENTATION: &str = "urn:3gpp:video-orientation";

/// Extensions that fit the short form of their header (RFC 8285 §4.2).
const SHORT: std::ops::RangeInclusive<u8> = 1..=14;

/// Takes what may be taken.
pub fn cleaned(offer: &str) -> Result<Offer, Refused> {
    let mut lines: Vec<&str> = Vec::new();
    // Where each media line begins.
    let mut media = Vec::new();
    for line in offer.split(['\r', '\n']).filter(|line| !line.is_empty()) {
        if let Some(kind) = line.strip_prefix("m=") {
            if !kind.starts_with("audio ") && !kind.starts_with("video ") {
                return Err(Refused::Offer("a call has sound and pictures, nothing else"));
            }
            media.push(lines.len());
            if media.len() > MEDIA_LINES {
                return Err(Refused::Offer("the offer has too many media lines"));
            }
        }
        if line.starts_with("a=candidate") || line.starts_with("a=remote-candidates") {
            continue;
        }
        if line.starts_with("a=sctp") {
            return Err(Refused::Offer("a call has no data channels"));
        }
        lines.push(line);
    }
    if media.is_empty() {
        return Err(Refused::Offer("the offer has no media"));
    }
    let ends = media.iter().copied().skip(1).chain([lines.len()]);
    let sections = || media.iter().copied().zip(ends.clone()).map(|(begin, end)| &lines[begin..end]);
    let is_number = |line: &str| !extension_ids(line, numbers::NAME).is_empty();
    let numbered = |(at, section): (usize, &[&str])| {
        section.iter().any(|line| is_number(line)).then(|| Some((at, mid_of(section)?.to_owned()))).flatten()
    };
    let numbered: Vec<(usize, String)> = sections().enumerate().filter_map(numbered).collect();
    let named = sections().flat_map(named_in).collect();
    let mut text = String::with_capacity(offer.len() + 64);
    for line in lines.iter().filter(|line| !is_number(line)) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    let extension = |name| extension_ids(offer, name).into_iter().find(|id| SHORT.contains(id));
    let (numbers, orientation) = (extension(numbers::NAME), extension(ORIENTATION));
    Ok(Offer { text, named, numbers, numbered, orientation })
}

impl Offer {
    /// An answer of `str0m`'s, which knows nothing of numbers that are ours.
    pub fn answered(&self, answer: &str) -> String {
        let Some(id) = self.numbers else { return answer.to_owned() };
        let mut section = None;
        let mut is_due = false;
        let mut text = String::with_capacity(answer.len() + 128 * self.numbered.len());
        for line in answer.split_inclusive('\n') {
            if line.starts_with("m=") {
                let at = section.map_or(0, |at: usize| at + 1);
                section = Some(at);
                is_due = self.numbered.iter().any(|(line, _)| *line == at);
            }
            // Attributes come last.
            if is_due && line.starts_with("a=") {
                is_due = false;
                text.push_str(&format!("a=extmap:{id} {}\r\n", numbers::NAME));
            }
            text.push_str(line);
        }
        text
    }
}

/// Whether the other side may send in a media line.
fn is_sent(section: &[&str]) -> bool {
    !section.contains(&"a=recvonly") && !section.contains(&"a=inactive")
}

fn mid_of<'a>(section: &[&'a str]) -> Option<&'a str> {
    section.iter().find_map(|line| line.strip_prefix("a=mid:"))
}

/// The streams that a media line names. Where it has layers, packets say which one they are of (RFC 8852).
fn named_in(section: &[&str]) -> Vec<Named> {
    let Some(mid) = mid_of(section).filter(|_| is_sent(section)) else { return Vec::new() };
    if section.iter().any(|line| line.starts_with("a=rid:")) {
        return Vec::new();
    }
    // RFC 5576 §4.2 and, for what is sent again, RFC 4588 §8.8.
    let pair = section.iter().find_map(|line| {
        let (ssrc, again) = line.strip_prefix("a=ssrc-group:FID ")?.split_once(' ')?;
        Some((ssrc.parse().ok()?, again.parse().ok()?))
    });
    let numbers = section.iter().filter_map(|line| line.strip_prefix("a=ssrc:")?.split(' ').next());
    let mut numbers: Vec<Option<u32>> = numbers.map(|number| number.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let named = |ssrc, is_again| Named { ssrc, mid: mid.to_owned(), is_again };
    let all = match (&numbers[..], pair) {
        ([Some(ssrc)], None) => vec![named(*ssrc, false)],
        ([Some(a), Some(b)], Some((ssrc, again))) if [(*a, *b), (*b, *a)].contains(&(ssrc, again)) => {
            vec![named(ssrc, false), named(again, true)]
        }
        _ => Vec::new(),
    };
    if all.iter().any(|one| one.ssrc == 0) { Vec::new() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_go_and_data_channels_are_refused() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=mid:0\r\n";
        let text = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n".to_owned();
        let clean = cleaned(offer).unwrap();
        assert_eq!((clean.text, clean.named, clean.numbers), (text, Vec::new(), None));
        let data = format!("{offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
        assert!(matches!(cleaned(&data), Err(Refused::Offer(_))));
        assert!(matches!(cleaned(&format!("{offer}a=sctp-port:5000\r\n")), Err(Refused::Offer(_))));
        assert!(matches!(cleaned("v=0\r\n"), Err(Refused::Offer(_))));
        let many = format!("v=0\r\n{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(MEDIA_LINES + 1));
        assert!(matches!(cleaned(&many), Err(Refused::Offer(_))));
    }

    #[test]
    fn what_is_numbered_are_all_lines_that_want_it_and_str0m_knows_of_none() {
        let number = format!("a=extmap:3 {}\r\n", numbers::NAME);
        let section = |kind: &str, mid: u8, lines: &str| {
            format!("m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\n{number}a=mid:{mid}\r\n{lines}\r\n")
        };
        let offer = [
            "v=0\r\n",
            &section("audio", 0, "a=recvonly"),
            &section("audio", 1, "a=sendonly"),
            &section("video", 2, "a=sendonly"),
            &section("video", 3, "a=recvonly"),
            &section("video", 4, "a=recvonly").replace(&number, ""),
        ]
        .concat();
        let clean = cleaned(&offer).unwrap();
        assert_eq!(clean.text, offer.replace(&number, ""));
        let numbered = [(0, "0"), (1, "1"), (2, "2"), (3, "3")].map(|(at, mid)| (at, mid.to_owned()));
        assert_eq!((clean.numbers, clean.numbered), (Some(3), numbered.to_vec()));
    }

    #[test]
    fn streams_are_named_where_it_is_certain_which_they_are() {
        let named = |lines: &[&str]| {
            let section = [&["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:x"], lines].concat();
            let named = cleaned(&["v=0", &section.join("\r\n"), ""].join("\r\n")).unwrap().named;
            assert!(named.iter().all(|one| one.mid == "x"));
            named.into_iter().map(|one| (one.ssrc, one.is_again)).collect::<Vec<_>>()
        };
        let both = ["a=ssrc:7 cname:x", "a=ssrc:7 msid:y z", "a=ssrc:9 cname:x"];
        assert_eq!(named(&both[..2]), [(7, false)]);
        assert_eq!(named(&[&both[..], &["a=ssrc-group:FID 9 7"]].concat()), [(9, false), (7, true)]);
        assert_eq!(named(&both), []);
        assert_eq!(named(&[&both[..], &["a=ssrc-group:FID 9 8"]].concat()), []);
        assert_eq!(named(&[&both[..2], &["a=rid:h send"]].concat()), []);
        assert_eq!(named(&[&both[..2], &["a=recvonly"]].concat()), []);
        assert_eq!(named(&["a=ssrc:0 cname:x"]), []);
        assert_eq!(named(&["a=ssrc:x"]), []);
        let without = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=ssrc:7 cname:x\r\n";
        assert_eq!(cleaned(without).unwrap().named, []);
    }

    #[test]
    fn an_answer_says_of_the_lines_that_are_ours_that_they_are_numbered() {
        let line = |direction| {
            format!("m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na={direction}\r\na=mid:2\r\n")
        };
        let number = format!("a=extmap:3 {}\r\n", numbers::NAME);
        let [sent, got] = ["sendonly", "recvonly"].map(line);
        let clean = cleaned(&["v=0\r\n", &sent, &number, &got, &number, &got].concat()).unwrap();
        assert_eq!(clean.text, ["v=0\r\n", &sent, &got, &got].concat());
        let numbered = |direction| line(direction).replacen("a=", &format!("{number}a="), 1);
        let answer = ["v=0\r\n", &got, &sent, &sent].concat();
        let wanted = ["v=0\r\n", &numbered("recvonly"), &numbered("sendonly"), &sent].concat();
        assert_eq!(clean.answered(&answer), wanted, "the last one has not asked for it");
        let without = cleaned(&["v=0\r\n", &sent, &got].concat()).unwrap();
        assert_eq!(without.answered(&answer), answer);
    }
}
