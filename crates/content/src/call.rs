//! What is said of calls. A ring is the one content that does something before its receiver decides anything, so it is
//! read more strictly than all others: its size is fixed, and whatever is not named in `proto/content.proto` refuses it.
//! A decoder drops what it does not know; so what was decoded is encoded again and must give the same bytes.

use casemate_wire::ids::{CallId, ParticipantId, SpokenSecret};
use prost::Message as _;

use crate::limits::CALL_CONTENT_BYTES;
use crate::proto::content::Kind;
use crate::proto::{CallKind, CallMove, CallOffer, CallStep, Content};

/// Bytes of an encoded [`CallOffer`] or [`CallStep`], whatever it says.
pub const CALL_BYTES: usize = 47;

/// The same with a secret, where all members' devices know them.
pub const CALL_SECRET_BYTES: usize = CALL_BYTES + 34;

/// What a content says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Which.
    pub call: CallId,
    /// What happens.
    pub what: What,
    /// When, by the sender's clock.
    pub at_ms: i64,
    /// How the relay calls the sending device in this call.
    pub participant: ParticipantId,
    /// From which the keys of its frames follow besides the epoch; of one who leaves or declines it is nothing.
    pub secret: Option<SpokenSecret>,
    /// The device that joins lacks what somebody in the call said. It goes with a secret only.
    pub asks: bool,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It begins, and its sender takes part.
    Offer {
        /// With pictures.
        video: bool,
    },
    /// Somebody does something about it.
    Step(Move),
}

/// What somebody does about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Takes part.
    Joined,
    /// No longer.
    Left,
    /// Will not, and says so.
    Declined,
}

/// Not what a content about a call looks like. It is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a call as the protocol knows them")]
pub struct BadCall;

/// Reads what `body` says of a call; `plaintext` is what it was decoded from.
///
/// # Errors
/// [`BadCall`] where it is about something else, or anything in it is not as it must be.
pub fn parse(plaintext: &[u8], body: &Content) -> Result<Said, BadCall> {
    if plaintext.len() > CALL_CONTENT_BYTES {
        return Err(BadCall);
    }
    let said = match &body.kind {
        Some(Kind::Call(offer)) => {
            let video = match CallKind::try_from(offer.kind) {
                Ok(CallKind::Voice) => false,
                Ok(CallKind::Video) => true,
                Ok(CallKind::None) | Err(_) => return Err(BadCall),
            };
            said(&offer.call, What::Offer { video }, offer.at_ms, &offer.participant, &offer.secret)?
        }
        Some(Kind::CallStep(step)) => {
            let named = CallMove::try_from(step.r#move);
            let moved = match named {
                Ok(CallMove::Joined) => Move::Joined,
                Ok(CallMove::JoinedAsking) if !step.secret.is_empty() => Move::Joined,
                Ok(CallMove::Left) => Move::Left,
                Ok(CallMove::Declined) => Move::Declined,
                Ok(CallMove::None | CallMove::JoinedAsking) | Err(_) => return Err(BadCall),
            };
            let said = said(&step.call, What::Step(moved), step.at_ms, &step.participant, &step.secret)?;
            Said { asks: named == Ok(CallMove::JoinedAsking), ..said }
        }
        _ => return Err(BadCall),
    };
    if body.encode_to_vec() == plaintext { Ok(said) } else { Err(BadCall) }
}

/// What is said of a call, as a content's kind.
pub fn kind_of(said: &Said) -> Kind {
    // Zero would not be written, and the size be another one.
    let at_ms = said.at_ms.max(1);
    let (call, participant) = (said.call.into(), said.participant.into());
    let secret = said.secret.as_ref().map(SpokenSecret::to_field).unwrap_or_default();
    match said.what {
        What::Offer { video } => {
            let kind = if video { CallKind::Video } else { CallKind::Voice };
            Kind::Call(CallOffer { call, kind: kind.into(), at_ms, participant, secret })
        }
        What::Step(moved) => {
            let moved = match moved {
                Move::Joined if said.asks => CallMove::JoinedAsking,
                Move::Joined => CallMove::Joined,
                Move::Left => CallMove::Left,
                Move::Declined => CallMove::Declined,
            };
            Kind::CallStep(CallStep { call, r#move: moved.into(), at_ms, participant, secret })
        }
    }
}

fn said(call: &[u8], what: What, at_ms: i64, participant: &[u8], secret: &[u8]) -> Result<Said, BadCall> {
    if at_ms <= 0 {
        return Err(BadCall);
    }
    let call = CallId::try_from(call).map_err(|_| BadCall)?;
    let participant = ParticipantId::try_from(participant).map_err(|_| BadCall)?;
    let secret = match secret {
        [] => None,
        secret => Some(SpokenSecret::try_from(secret).map_err(|_| BadCall)?),
    };
    Ok(Said { call, what, at_ms, participant, secret, asks: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pad::pad;
    use bytes::Bytes;

    const CALL: CallId = CallId([7; 16]);

    fn content(kind: Kind) -> Content {
        Content {
            counter: 3,
            seen_entry: 2,
            seen_hash: vec![5; 32].into(),
            sent_ms: 1_795_176_000_000,
            message_id: vec![6; 16].into(),
            head: vec![6; 160].into(),
            promise: Bytes::new(),
            told_entry: 0,
            told_hash: Bytes::new(),
            kind: Some(kind),
        }
    }

    fn read(bytes: &[u8]) -> Result<Said, BadCall> {
        parse(bytes, &Content::decode(bytes).map_err(|_| BadCall)?)
    }

    fn all() -> Vec<Said> {
        let moves = [Move::Joined, Move::Left, Move::Declined].map(What::Step);
        let whats = [What::Offer { video: false }, What::Offer { video: true }].into_iter().chain(moves);
        let said = |(what, at_ms, secret): (_, _, Option<[u8; 32]>)| Said {
            call: CALL,
            what,
            at_ms,
            participant: ParticipantId([9; 16]),
            secret: secret.map(SpokenSecret::new),
            asks: secret == Some([4; 32]) && what == What::Step(Move::Joined),
        };
        let secrets = [None, Some([3; 32]), Some([4; 32])];
        whats
            .flat_map(|what| [1, 1_795_176_000_000, i64::MAX].map(|at_ms| (what, at_ms)))
            .flat_map(|(what, at_ms)| secrets.map(|secret| said((what, at_ms, secret))))
            .collect()
    }

    #[test]
    fn what_is_written_is_read_and_has_one_size() {
        for said in all() {
            let kind = kind_of(&said);
            let size = if said.secret.is_some() { CALL_SECRET_BYTES } else { CALL_BYTES };
            match &kind {
                Kind::Call(offer) => assert_eq!(offer.encoded_len(), size),
                Kind::CallStep(step) => assert_eq!(step.encoded_len(), size),
                _ => unreachable!("only these are made"),
            }
            let bytes = content(kind).encode_to_vec();
            let padded = if said.secret.is_some() { 320 } else { 288 };
            assert_eq!(read(&bytes), Ok(said));
            assert_eq!(pad(bytes).len(), padded, "a step looks like a ring from outside");
        }
    }

    /// A field of any number and form, at any depth, in any order: refused.
    #[test]
    fn nothing_else_may_be_in_it() {
        for said in all() {
            let good = content(kind_of(&said));
            for field in [5u32, 7, 9, 24, 27, 99, 536_870_911] {
                for (wire, payload) in [(0, &[1][..]), (1, &[0; 8]), (2, &[2, 1, 1]), (5, &[0; 4])] {
                    let mut extra = Vec::new();
                    prost::encoding::encode_varint(u64::from(field) << 3 | wire, &mut extra);
                    extra.extend_from_slice(payload);
                    let whole = good.encode_to_vec();
                    assert_eq!(read(&[&whole[..], &extra].concat()), Err(BadCall), "behind: {field}");
                    assert_eq!(read(&[&extra[..], &whole].concat()), Err(BadCall), "before: {field}");
                    assert_eq!(read(&inside(&good, &extra)), Err(BadCall), "inside: {field}");
                }
            }
        }
    }

    /// The same content with bytes appended to the call's own part.
    fn inside(good: &Content, extra: &[u8]) -> Vec<u8> {
        let (tag, part) = match good.kind.as_ref().expect("a kind") {
            Kind::Call(offer) => (25u64, offer.encode_to_vec()),
            Kind::CallStep(step) => (26, step.encode_to_vec()),
            _ => unreachable!("only these are made"),
        };
        let mut bytes = Content { kind: None, ..good.clone() }.encode_to_vec();
        prost::encoding::encode_varint(tag << 3 | 2, &mut bytes);
        prost::encoding::encode_varint((part.len() + extra.len()) as u64, &mut bytes);
        bytes.extend_from_slice(&part);
        bytes.extend_from_slice(extra);
        bytes
    }

    #[test]
    fn wrong_values_are_refused() {
        let id = || Bytes::from_static(&[7; 16]);
        let offer = CallOffer { call: id(), kind: 1, at_ms: 5, participant: id(), secret: Bytes::new() };
        let step = CallStep { call: id(), r#move: 1, at_ms: 5, participant: id(), secret: Bytes::new() };
        let sdp = Bytes::from_static(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n");
        assert!(read(&content(Kind::Call(offer.clone())).encode_to_vec()).is_ok());
        assert!(read(&content(Kind::CallStep(step.clone())).encode_to_vec()).is_ok());
        for bad in [
            Kind::Call(CallOffer { kind: 0, ..offer.clone() }),
            Kind::Call(CallOffer { kind: 3, ..offer.clone() }),
            Kind::Call(CallOffer { kind: -1, ..offer.clone() }),
            Kind::Call(CallOffer { at_ms: 0, ..offer.clone() }),
            Kind::Call(CallOffer { at_ms: -1, ..offer.clone() }),
            Kind::Call(CallOffer { call: vec![1; 15].into(), ..offer.clone() }),
            Kind::Call(CallOffer { participant: Bytes::new(), ..offer.clone() }),
            Kind::Call(CallOffer { call: sdp.clone(), ..offer.clone() }),
            Kind::CallStep(CallStep { r#move: 0, ..step.clone() }),
            Kind::CallStep(CallStep { r#move: 4, ..step.clone() }),
            Kind::CallStep(CallStep { r#move: 5, secret: vec![1; 32].into(), ..step.clone() }),
            Kind::CallStep(CallStep { secret: vec![1; 31].into(), ..step.clone() }),
            Kind::Call(CallOffer { secret: vec![1; 33].into(), ..offer }),
            Kind::CallStep(CallStep { at_ms: 0, ..step.clone() }),
            Kind::CallStep(CallStep { participant: sdp, ..step.clone() }),
            Kind::CallStep(CallStep { call: Bytes::new(), ..step }),
            Kind::Delete(crate::proto::Delete { of: id(), ..Default::default() }),
        ] {
            assert_eq!(read(&content(bad).encode_to_vec()), Err(BadCall));
        }
        let large = Content { head: vec![0; CALL_CONTENT_BYTES].into(), ..content(kind_of(&all()[0])) };
        assert_eq!(read(&large.encode_to_vec()), Err(BadCall));
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        for said in all() {
            let good = content(kind_of(&said)).encode_to_vec();
            for len in 0..good.len() {
                assert!(read(&good[..len]).is_err(), "cut to {len}");
            }
        }
    }

    /// What other messengers let a caller describe: how media travels. In place of the message, of its part about the
    /// call, and of every field in that. Besides our own lines, what broke others' parsers, from `CASEMATE_CORPUS`, else
    /// `../shared/corpus` beside the workspace.
    #[test]
    fn no_description_of_media_is_an_offer() {
        let mut descriptions = vec![
            b"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".to_vec(),
            b"a=candidate:1 1 udp 2130706431 10.0.0.1 9 typ host\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n".to_vec(),
        ];
        let corpus = std::env::var("CASEMATE_CORPUS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
        let mut folders = vec![std::path::PathBuf::from(corpus).join("rtc")];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
                match path.is_dir() {
                    true => folders.push(path),
                    false => descriptions.push(std::fs::read(path).unwrap()),
                }
            }
        }
        println!("{} descriptions and packets", descriptions.len());
        let good = content(kind_of(&all()[0]));
        let bare = Content { kind: None, ..good.clone() }.encode_to_vec();
        let Some(Kind::Call(offer)) = good.kind.clone() else { unreachable!("an offer") };
        for bytes in descriptions {
            assert!(read(&bytes).is_err());
            for tag in [25u64, 26] {
                let mut within = bare.clone();
                prost::encoding::encode_varint(tag << 3 | 2, &mut within);
                prost::encoding::encode_varint(bytes.len() as u64, &mut within);
                within.extend_from_slice(&bytes);
                assert!(read(&within).is_err());
            }
            let bytes = Bytes::from(bytes);
            for bad in [
                CallOffer { call: bytes.clone(), ..offer.clone() },
                CallOffer { participant: bytes.clone(), ..offer.clone() },
            ] {
                let is_id = bytes.len() == 16;
                assert!(is_id || read(&content(Kind::Call(bad)).encode_to_vec()).is_err());
            }
            assert!(read(&inside(&good, &bytes)).is_err() || bytes.is_empty());
        }
    }
}
