//! What is taken of an offer before it is parsed: sound and pictures. No data channels, and nobody's addresses.

use std::ops::Range;

use casemate_rtp::head::extension_ids;
use casemate_rtp::numbers;

use crate::limits::MEDIA_LINES;

use super::Refused;

/// What is taken of an offer.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// The offer without its candidates: a relay learns addresses from signed STUN alone, and sends to no other.
    pub text: String,
    /// The stream of its first sound, where it names one and no other: a voice, whose packets are not numbered for the
    /// estimate of what goes through. Browsers that know of no such numbers do so too (Firefox); what is estimated of a
    /// way is that of its pictures.
    pub voice: Option<u32>,
    /// Which header extension numbers what goes through.
    pub numbers: Option<u8>,
    /// The media lines in which we number it, by place and name: those that the other side gets, does not send in, and wants
    /// numbers in. `str0m` knows of none there, and numbers nothing.
    pub numbered: Vec<(usize, String)>,
    /// Which header extension says how a camera is held.
    pub orientation: Option<u8>,
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
    let sent_sound = |of: &Range<usize>| {
        let of = &lines[of.clone()];
        of[0].starts_with("m=audio ") && !of.contains(&"a=recvonly") && !of.contains(&"a=inactive")
    };
    let sections: Vec<Range<usize>> =
        media.iter().copied().zip(ends).map(|(begin, end)| begin..end).collect();
    let sound = sections.iter().find(|section| sent_sound(section)).cloned();
    let is_number = |line: &str| !extension_ids(line, numbers::NAME).is_empty();
    let numbered = |(at, section): (usize, &Range<usize>)| {
        let of = &lines[section.clone()];
        let mid = of.iter().find_map(|line| line.strip_prefix("a=mid:"))?;
        let is_ours = of.contains(&"a=recvonly") && of.iter().any(|line| is_number(line));
        is_ours.then(|| (at, mid.to_owned()))
    };
    let numbered: Vec<(usize, String)> = sections.iter().enumerate().filter_map(numbered).collect();
    let voice = sound.as_ref().and_then(|sound| only_stream(&lines[sound.clone()]));
    let is_unwanted = |(at, line): (usize, &str)| {
        let is_voice = voice.is_some() && sound.as_ref().is_some_and(|sound| sound.contains(&at));
        let is_ours = || numbered.iter().any(|(section, _)| sections[*section].contains(&at));
        (is_voice || is_ours()) && is_number(line)
    };
    let mut text = String::with_capacity(offer.len() + 64);
    for (at, line) in lines.iter().enumerate() {
        if !is_unwanted((at, line)) {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    let named = |name| extension_ids(offer, name).into_iter().find(|id| SHORT.contains(id));
    let (numbers, orientation) = (named(numbers::NAME), named(ORIENTATION));
    Ok(Offer { text, voice, numbers, numbered, orientation })
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

/// The stream that lines name, if it is one.
fn only_stream(lines: &[&str]) -> Option<u32> {
    let named = lines.iter().filter_map(|line| line.strip_prefix("a=ssrc:"));
    let mut streams = named.map(|named| named.split(' ').next().and_then(|number| number.parse().ok()));
    let first = streams.next()??;
    streams.all(|stream| stream == Some(first)).then_some(first).filter(|stream| *stream != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_go_and_data_channels_are_refused() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=mid:0\r\n";
        let text = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n".to_owned();
        let clean = cleaned(offer).unwrap();
        assert_eq!((clean.text, clean.voice, clean.numbers), (text, None, None));
        let data = format!("{offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
        assert!(matches!(cleaned(&data), Err(Refused::Offer(_))));
        assert!(matches!(cleaned(&format!("{offer}a=sctp-port:5000\r\n")), Err(Refused::Offer(_))));
        assert!(matches!(cleaned("v=0\r\n"), Err(Refused::Offer(_))));
        let many = format!("v=0\r\n{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(MEDIA_LINES + 1));
        assert!(matches!(cleaned(&many), Err(Refused::Offer(_))));
    }

    #[test]
    fn the_first_sound_that_is_sent_is_a_voice_without_numbers() {
        let number = format!("a=extmap:3 {}", numbers::NAME);
        let section = |kind: &str, lines: &[&str]| {
            format!("m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\n{number}\r\na=mid:1\r\n{}\r\n", lines.join("\r\n"))
        };
        let all = |first: &[&str]| {
            let slot = section("audio", &["a=recvonly"]);
            let second = section("audio", &["a=sendonly", "a=ssrc:9 cname:x"]);
            let offer =
                ["v=0\r\n", &slot, &section("audio", first), &section("video", &["a=sendonly"]), &second]
                    .concat();
            let clean = cleaned(&offer).unwrap();
            assert_eq!(clean.text.matches(&number).count(), if clean.voice.is_some() { 2 } else { 3 });
            assert_eq!((clean.numbers, &clean.numbered[..]), (Some(3), &[(0, "1".to_owned())][..]));
            assert_eq!(
                clean.text.replace(&format!("{number}\r\n"), ""),
                offer.replace(&format!("{number}\r\n"), "")
            );
            clean.voice
        };
        assert_eq!(all(&["a=sendonly", "a=ssrc:7 cname:x", "a=ssrc:7 msid:y z"]), Some(7));
        assert_eq!(all(&["a=ssrc:7 cname:x"]), Some(7), "both ways");
        assert_eq!(all(&["a=sendonly"]), None);
        assert_eq!(all(&["a=sendonly", "a=ssrc:7 cname:x", "a=ssrc:8 cname:x"]), None);
        assert_eq!(all(&["a=sendonly", "a=ssrc:0 cname:x"]), None);
        assert_eq!(all(&["a=sendonly", "a=ssrc:x"]), None);
        assert_eq!(all(&["a=inactive", "a=ssrc:7 cname:x"]), Some(9));
    }

    #[test]
    fn an_answer_says_of_the_lines_that_are_ours_that_they_are_numbered() {
        let line = |direction| {
            format!("m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na={direction}\r\na=mid:2\r\n")
        };
        let number = format!("a=extmap:3 {}\r\n", numbers::NAME);
        let [sent, got] = ["sendonly", "recvonly"].map(line);
        let clean = cleaned(&["v=0\r\n", &sent, &number, &got, &number, &got].concat()).unwrap();
        assert_eq!(clean.text, ["v=0\r\n", &sent, &number, &got, &got].concat());
        let ours = line("sendonly").replace("a=sendonly", &format!("{number}a=sendonly"));
        let answer = ["v=0\r\n", &got, &sent, &sent].concat();
        let wanted = ["v=0\r\n", &got, &ours, &sent].concat();
        assert_eq!(clean.answered(&answer), wanted, "the last one has not asked for it");
        let without = cleaned(&["v=0\r\n", &sent, &got].concat()).unwrap();
        assert_eq!(without.answered(&answer), answer);
    }
}
