//! What a device asks of a relay, checked before anything is done with it. The server and the relay each parse it here.

use crate::ids::{ParticipantId, ParticipantSecret, RoomSecret};
use crate::limits::{CALL_ALLOWED, CALL_SDP_BYTES, CALL_WISHES, TURN_BYTES, TURN_SERVERS};
use crate::proto::wire::{CallAllowed, CallJoin, CallLeave, CallWish, TurnServer};

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
    /// Too many, or one that is no participant.
    #[error("at most {CALL_ALLOWED} participants are allowed, each of 16 bytes")]
    Allowed,
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

/// Who gets what somebody sends: these and nobody else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<ParticipantId>);

impl Allowed {
    /// These, of which no more than [`CALL_ALLOWED`] are taken.
    pub fn new(participants: impl IntoIterator<Item = ParticipantId>) -> Self {
        let mut all: Vec<ParticipantId> = participants.into_iter().take(CALL_ALLOWED).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Whether somebody is among them.
    pub fn has(&self, participant: &ParticipantId) -> bool {
        self.0.binary_search(participant).is_ok()
    }

    /// As it goes to the relay.
    pub fn to_wire(&self) -> CallAllowed {
        CallAllowed { participants: self.0.iter().map(|one| (*one).into()).collect() }
    }
}

/// What somebody says who is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which pictures are to come, the most important first. `None`: nothing is said of them.
    pub wanted: Option<Vec<Wanted>>,
    /// Who gets what they send. `None`: nothing is said of it.
    pub allowed: Option<Allowed>,
}

/// Where to, who gets what is sent from there if that is said, and that the offer is not too long; the offer stays where it is.
pub fn parse_join(join: &CallJoin) -> Result<(Place, Option<Allowed>), BadCall> {
    if join.offer.is_empty() || join.offer.len() > CALL_SDP_BYTES {
        return Err(BadCall::Offer);
    }
    Ok((place(&join.room, &join.participant)?, allowed(join.allowed.as_ref())?))
}

/// Who says what.
pub fn parse_wish(wish: &CallWish) -> Result<(Place, Wish), BadCall> {
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
    let allowed = allowed(wish.allowed.as_ref())?;
    Ok((place, Wish { wanted: (!wish.only_allowed).then_some(wanted), allowed }))
}

/// Who leaves what.
pub fn parse_leave(leave: &CallLeave) -> Result<Place, BadCall> {
    place(&leave.room, &leave.participant)
}

/// The TURN servers that a server names, without what is no address of one: what a browser refuses would end the call.
pub fn turn_servers(named: Vec<TurnServer>) -> Vec<TurnServer> {
    named.into_iter().filter(is_turn_server).take(TURN_SERVERS).collect()
}

/// Whether it has an address of such a server, and a right that is not too long.
pub fn is_turn_server(server: &TurnServer) -> bool {
    let host = ["turn:", "turns:"].iter().find_map(|scheme| server.url.strip_prefix(scheme));
    let printable = |text: &str| text.len() <= TURN_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
        && [&server.url, &server.username, &server.credential].into_iter().all(|text| printable(text))
}

fn allowed(said: Option<&CallAllowed>) -> Result<Option<Allowed>, BadCall> {
    let Some(said) = said else { return Ok(None) };
    if said.participants.len() > CALL_ALLOWED {
        return Err(BadCall::Allowed);
    }
    let parsed = said.participants.iter().map(|one| ParticipantId::try_from(&one[..]));
    let parsed = parsed.collect::<Result<Vec<_>, _>>().map_err(|_| BadCall::Allowed)?;
    Ok(Some(Allowed::new(parsed)))
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

    #[test]
    fn turn_servers_have_an_address_and_are_few() {
        let server = |url: &str| TurnServer { url: url.to_owned(), ..TurnServer::default() };
        for good in ["turn:192.0.2.1", "turns:turn.example.org:443?transport=tcp", "turn:[2001:db8::1]:3478"]
        {
            assert!(is_turn_server(&server(good)), "{good}");
        }
        let long = format!("turn:{}", "a".repeat(TURN_BYTES));
        for bad in
            ["", "turn:", "stun:192.0.2.1", "https://example.org", "turn://example.org", "turn:a b", &long]
        {
            assert!(!is_turn_server(&server(bad)), "{bad}");
        }
        let many = [vec![server("stun:a")], vec![server("turn:a"); 9]].concat();
        assert_eq!(turn_servers(many), vec![server("turn:a"); TURN_SERVERS]);
    }
    use crate::proto::wire;

    fn join(room: usize, participant: usize, offer: usize) -> CallJoin {
        CallJoin {
            proof: None,
            room: vec![1; room].into(),
            participant: vec![2; participant].into(),
            offer: "v".repeat(offer),
            allowed: None,
        }
    }

    #[test]
    fn a_join_has_a_room_a_participant_and_an_offer() {
        let (place, allowed) = parse_join(&join(32, 16, 1)).unwrap();
        assert_eq!(allowed, None, "nothing was said of who gets what");
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
        let wish = |source: u8, screen| wire::Wish { source: vec![source; 16].into(), height: 180, screen };
        let said = |wishes: Vec<wire::Wish>| CallWish {
            room: vec![1; 32].into(),
            participant: vec![2; 16].into(),
            wishes,
            ..CallWish::default()
        };
        let parse = |wishes| parse_wish(&said(wishes)).map(|(_, wish)| wish.wanted.unwrap());
        let wanted = parse(vec![wish(3, false), wish(3, true), wish(4, false)]).unwrap();
        assert_eq!(wanted[1], Wanted { source: ParticipantId([3; 16]), screen: true, height: 180 });
        assert_eq!(wanted.len(), 3);
        assert_eq!(parse(vec![wish(3, false), wish(3, false)]), Err(BadCall::Wishes));
        assert_eq!(parse(vec![wire::Wish::default()]), Err(BadCall::Wishes));
        let many = |count: usize| (0..count).map(|source| wish(source as u8, false)).collect();
        assert!(parse(many(CALL_WISHES)).is_ok());
        assert_eq!(parse(many(CALL_WISHES + 1)), Err(BadCall::Wishes));
        let unsaid = CallWish { only_allowed: true, ..said(Vec::new()) };
        assert_eq!(parse_wish(&unsaid).unwrap().1, Wish { wanted: None, allowed: None });
    }

    #[test]
    fn those_who_are_allowed_are_few_and_each_is_a_participant() {
        let parse = |participants: Vec<Vec<u8>>| {
            let participants = participants.into_iter().map(Into::into).collect();
            let allowed = Some(CallAllowed { participants });
            let wish = CallWish {
                room: vec![1; 32].into(),
                participant: vec![2; 16].into(),
                allowed,
                ..CallWish::default()
            };
            let joined = parse_join(&CallJoin { allowed: wish.allowed.clone(), ..join(32, 16, 1) });
            let wished = parse_wish(&wish).map(|(_, wish)| wish.allowed);
            assert_eq!(joined.map(|(_, allowed)| allowed), wished);
            wished.map(Option::unwrap)
        };
        let of = |who: u8| ParticipantId([who; 16]);
        let nobody = parse(Vec::new()).unwrap();
        assert!(!nobody.has(&of(3)));
        let two = parse(vec![vec![4; 16], vec![3; 16], vec![4; 16]]).unwrap();
        assert!(two.has(&of(3)) && two.has(&of(4)) && !two.has(&of(5)));
        assert_eq!(two.to_wire().participants.len(), 2);
        assert_eq!(parse(vec![vec![4; 15]]), Err(BadCall::Allowed));
        assert!(parse(vec![vec![4; 16]; CALL_ALLOWED]).is_ok());
        assert_eq!(parse(vec![vec![4; 16]; CALL_ALLOWED + 1]), Err(BadCall::Allowed));
    }

    #[test]
    fn whoever_leaves_says_from_where() {
        let leave = CallLeave { room: vec![1; 32].into(), participant: vec![2; 16].into() };
        assert_eq!(parse_leave(&leave).unwrap().room, RoomSecret::new([1; 32]));
        assert_eq!(parse_leave(&CallLeave::default()), Err(BadCall::Room));
    }
}
