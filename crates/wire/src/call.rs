//! What a device asks of a relay, checked before anything is done with it. The server and the relay each parse it here.

use crate::ids::{ParticipantId, ParticipantSecret, RoomSecret};
use crate::limits::{CALL_SDP_BYTES, CALL_WISHES};
use crate::proto::wire::{CallJoin, CallLeave, CallWish};

/// Why a call's request is none. Each is the asker's fault, and says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCall {
    /// The room's name has another length.
    #[error("a room has 32 bytes")]
    Room,
    /// The participant's secret has another length.
    #[error("a participant has 16 bytes")]
    Participant,
    /// The offer is empty or too long.
    #[error("an offer has 1 to {CALL_SDP_BYTES} bytes")]
    Offer,
    /// Too many, one without a source, or one twice.
    #[error("at most {CALL_WISHES} wishes, each for another source of 16 bytes")]
    Wishes,
}

/// A place in a room: what shows the right to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: RoomSecret,
    /// Who is there.
    pub participant: ParticipantSecret,
}

/// One picture that somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub source: ParticipantId,
    /// The shared screen, not the camera.
    pub screen: bool,
    /// In pixels, as it will be shown.
    pub height: u32,
}

/// Where to, and that the offer is not too long; the offer stays where it is.
pub fn parse_join(join: &CallJoin) -> Result<Place, BadCall> {
    if join.offer.is_empty() || join.offer.len() > CALL_SDP_BYTES {
        return Err(BadCall::Offer);
    }
    place(&join.room, &join.participant)
}

/// Who wishes what, the most important first.
pub fn parse_wish(wish: &CallWish) -> Result<(Place, Vec<Wanted>), BadCall> {
    let place = place(&wish.room, &wish.participant)?;
    if wish.wishes.len() > CALL_WISHES {
        return Err(BadCall::Wishes);
    }
    let mut wanted: Vec<Wanted> = Vec::with_capacity(wish.wishes.len());
    for wish in &wish.wishes {
        let source = ParticipantId::try_from(&wish.source[..]).map_err(|_| BadCall::Wishes)?;
        if wanted.iter().any(|known| known.source == source && known.screen == wish.screen) {
            return Err(BadCall::Wishes);
        }
        wanted.push(Wanted { source, screen: wish.screen, height: wish.height });
    }
    Ok((place, wanted))
}

/// Who leaves what.
pub fn parse_leave(leave: &CallLeave) -> Result<Place, BadCall> {
    place(&leave.room, &leave.participant)
}

fn place(room: &[u8], participant: &[u8]) -> Result<Place, BadCall> {
    Ok(Place {
        room: RoomSecret::try_from(room).map_err(|_| BadCall::Room)?,
        participant: ParticipantSecret::try_from(participant).map_err(|_| BadCall::Participant)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::wire::Wish;

    fn join(room: usize, participant: usize, offer: usize) -> CallJoin {
        CallJoin {
            proof: None,
            room: vec![1; room].into(),
            participant: vec![2; participant].into(),
            offer: "v".repeat(offer),
        }
    }

    #[test]
    fn a_join_has_a_room_a_participant_and_an_offer() {
        let place = parse_join(&join(32, 16, 1)).unwrap();
        assert_eq!(place.room, RoomSecret::new([1; 32]));
        assert_eq!(place.participant, ParticipantSecret::new([2; 16]));
        assert!(parse_join(&join(32, 16, CALL_SDP_BYTES)).is_ok());
        assert_eq!(parse_join(&join(32, 16, CALL_SDP_BYTES + 1)), Err(BadCall::Offer));
        assert_eq!(parse_join(&join(32, 16, 0)), Err(BadCall::Offer));
        assert_eq!(parse_join(&join(31, 16, 1)), Err(BadCall::Room));
        assert_eq!(parse_join(&join(32, 17, 1)), Err(BadCall::Participant));
    }

    #[test]
    fn wishes_are_few_and_each_for_another_picture() {
        let wish = |source: u8, screen| Wish { source: vec![source; 16].into(), height: 180, screen };
        let parse = |wishes: Vec<Wish>| {
            parse_wish(&CallWish { room: vec![1; 32].into(), participant: vec![2; 16].into(), wishes })
        };
        let (_, wanted) = parse(vec![wish(3, false), wish(3, true), wish(4, false)]).unwrap();
        assert_eq!(wanted[1], Wanted { source: ParticipantId([3; 16]), screen: true, height: 180 });
        assert_eq!(wanted.len(), 3);
        assert_eq!(parse(vec![wish(3, false), wish(3, false)]), Err(BadCall::Wishes));
        assert_eq!(parse(vec![Wish::default()]), Err(BadCall::Wishes));
        let many = |count: usize| (0..count).map(|source| wish(source as u8, false)).collect();
        assert!(parse(many(CALL_WISHES)).is_ok());
        assert_eq!(parse(many(CALL_WISHES + 1)), Err(BadCall::Wishes));
    }

    #[test]
    fn whoever_leaves_says_from_where() {
        let leave = CallLeave { room: vec![1; 32].into(), participant: vec![2; 16].into() };
        assert_eq!(parse_leave(&leave).unwrap().room, RoomSecret::new([1; 32]));
        assert_eq!(parse_leave(&CallLeave::default()), Err(BadCall::Room));
    }
}
