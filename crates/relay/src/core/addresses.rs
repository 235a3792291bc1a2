//! At which addresses somebody is, as the relay found out by asking there.
//!
//! ```text
//! signed STUN from a new address ─▶ held, and a STUN request of ours goes there ─▶ answered from there ─▶ proven ─▶ goes on
//! ```
//! A signature says who sent something, and nothing about where they are: a source address can be forged, or somebody sends again what
//! they overheard. Until an address is proven nothing takes it over, and nothing goes there but our question: at most three times the
//! bytes that came from there (as RFC 9000 §8.1 has it). The question has a number that nobody else sees; its answer is signed with a
//! password that stands in the offer alone. A proof has an end (RFC 7675), so somebody else who came to an old address is sent
//! nothing for long. An address of TCP is proven by its handshake.

use std::collections::VecDeque;
use std::time::Instant;

use rand_core::{OsRng, RngCore};
use str0m::IceCreds;
use str0m::crypto::from_feature_flags;
use str0m::ice::StunMessage;
use str0m::net::{Protocol, Transmit};

use super::{From, Packet, Refused, demux};
use crate::limits::{ADDRESSES, AMPLIFIED, HELD_BYTES, PROOF, PROOF_ANEW, QUESTION, QUESTIONS};

/// See the module.
pub struct Addresses {
    /// Which core this is.
    core: u8,
    /// Their name and ours, as STUN says it, and their password.
    user: String,
    password: String,
    /// The newest last.
    proven: Vec<Proven>,
    /// The oldest first.
    questions: VecDeque<Question>,
}

struct Proven {
    from: From,
    at: Instant,
}

struct Question {
    from: From,
    id: [u8; demux::ID],
    at: Instant,
    /// Bytes that came from there, and that went there.
    came: usize,
    went: usize,
    /// What came first: it is taken in once the address is proven.
    held: Vec<u8>,
}

/// A password of ICE has no more (RFC 8839 §5.4), and this is what `str0m` writes of two names: browsers' have four letters.
const PASSWORD: usize = 256;
const NAMES: usize = 128;

/// Priority of a peer-reflexive candidate (RFC 8445 §5.1.2.1), which each check names.
const PRIORITY: u32 = 110 << 24 | 0xffff << 8 | 0xff;

/// There is no conflict of roles with us: the agent that makes an offer to a lite one controls (RFC 8445 §6.1.1).
const TIE_BREAKER: u64 = 1;

/// A question has about a hundred bytes, and as many more as their name and ours have.
const BYTES: usize = 1_024;

impl Addresses {
    /// Of somebody with this offer, who is to use our half of a name. As yet they are nowhere.
    pub fn new(core: u8, offer: &str, ours: &str) -> Result<Self, Refused> {
        let IceCreds { ufrag, pass } =
            credentials(offer).ok_or(Refused::Offer("the offer has no ICE name and password"))?;
        let user = format!("{ufrag}:{ours}");
        if user.len() > NAMES || pass.len() > PASSWORD {
            return Err(Refused::Offer("the offer's ICE name or password is too long"));
        }
        Ok(Self { core, user, password: pass, proven: Vec::new(), questions: VecDeque::new() })
    }

    /// Where they are.
    pub fn all(&self) -> impl Iterator<Item = From> {
        self.proven.iter().map(|one| one.from)
    }

    /// Whether they are anywhere.
    pub fn any(&self) -> bool {
        !self.proven.is_empty()
    }

    /// Whether they are there.
    pub fn has(&self, from: &From) -> bool {
        self.proven.iter().any(|one| one.from == *from)
    }

    /// Somebody else is there.
    pub fn forget(&mut self, from: &From) {
        self.proven.retain(|one| one.from != *from);
    }

    /// They came from there once more.
    pub fn comes(&mut self, from: &From) {
        if let Some(at) = self.proven.iter().position(|one| one.from == *from) {
            let one = self.proven.remove(at);
            self.proven.push(one);
        }
    }

    /// They are there. Gives back what has to be forgotten for it.
    pub fn prove(&mut self, from: From, now: Instant) -> Option<From> {
        if let Some(known) = self.proven.iter_mut().find(|one| one.from == from) {
            known.at = now;
            return None;
        }
        let forgotten = (self.proven.len() >= ADDRESSES).then(|| self.proven.remove(0).from);
        self.proven.push(Proven { from, at: now });
        forgotten
    }

    /// Takes out where nobody has answered for too long.
    pub fn expired(&mut self, now: Instant) -> Vec<From> {
        let is_over =
            |one: &Proven| one.from.0 != Protocol::Tcp && now.saturating_duration_since(one.at) >= PROOF;
        if !self.proven.iter().any(is_over) {
            return Vec::new();
        }
        let over = self.proven.iter().filter(|one| is_over(one)).map(|one| one.from).collect();
        self.proven.retain(|one| !is_over(one));
        over
    }

    /// A signed request came from an address: what is asked there, where that has to be. It is held where the address is not proven.
    pub fn ask(&mut self, packet: &Packet<'_>, person: usize, now: Instant) -> Option<Transmit> {
        let from = (packet.protocol, packet.source);
        let proven = self.proven.iter().find(|one| one.from == from);
        let is_fresh = |one: &Proven| now.saturating_duration_since(one.at) < PROOF_ANEW;
        if packet.protocol == Protocol::Tcp || proven.is_some_and(is_fresh) {
            return None;
        }
        let is_known = proven.is_some();
        while self.questions.front().is_some_and(|one| now.saturating_duration_since(one.at) >= QUESTION) {
            self.questions.pop_front();
        }
        let at = match self.questions.iter().position(|one| one.from == from) {
            Some(at) => at,
            None => {
                if self.questions.len() >= QUESTIONS {
                    self.questions.pop_front();
                }
                let mut random = [0; demux::RANDOM];
                OsRng.fill_bytes(&mut random);
                let id = demux::id(self.core, person, random);
                let is_held = !is_known && packet.bytes.len() <= HELD_BYTES;
                let held = if is_held { packet.bytes.to_vec() } else { Vec::new() };
                self.questions.push_back(Question { from, id, at: now, came: 0, went: 0, held });
                self.questions.len() - 1
            }
        };
        let contents = self.question(self.questions[at].id)?;
        let one = &mut self.questions[at];
        one.came = one.came.saturating_add(packet.bytes.len());
        let went = one.went.saturating_add(contents.len());
        if went > one.came.saturating_mul(AMPLIFIED) {
            return None;
        }
        one.went = went;
        let (proto, destination) = from;
        Some(Transmit { proto, source: packet.destination, destination, contents: contents.into() })
    }

    /// An answer came. If it is one to a question, from where that was asked: what was held until now.
    pub fn answered(&mut self, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let from = (packet.protocol, packet.source);
        let id = demux::id_of(packet.bytes)?;
        let at = self.questions.iter().position(|one| one.from == from && one.id == id)?;
        let message = StunMessage::parse(packet.bytes).ok()?;
        let is_theirs =
            message.is_successful_binding_response() && message.verify(self.password.as_bytes(), sha1_hmac);
        is_theirs.then(|| self.questions.remove(at)).flatten().map(|question| question.held)
    }

    fn question(&self, id: [u8; demux::ID]) -> Option<Vec<u8>> {
        // An id comes out of a message alone: this one is nothing but a header.
        let header = demux::header(id);
        let id = StunMessage::parse(&header).ok()?.trans_id();
        let request = StunMessage::binding_request(&self.user, id, false, TIE_BREAKER, PRIORITY, false);
        let mut bytes = vec![0; BYTES];
        let length = request.to_bytes(Some(self.password.as_bytes()), &mut bytes, sha1_hmac).ok()?;
        bytes.truncate(length);
        Some(bytes)
    }
}

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    from_feature_flags().sha1_hmac_provider.sha1_hmac(key, payloads)
}

/// As `str0m` takes them: of the session, else of the first media line that has them.
fn credentials(offer: &str) -> Option<IceCreds> {
    let section = |lines: &str| {
        let value = |name: &str| lines.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let (ufrag, pass) = value("a=ice-ufrag:").zip(value("a=ice-pwd:"))?;
        let are_there = !ufrag.is_empty() && !pass.is_empty();
        are_there.then(|| IceCreds { ufrag: ufrag.to_owned(), pass: pass.to_owned() })
    };
    offer.split("\r\nm=").find_map(section)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const OFFER: &str =
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:them\r\na=ice-pwd:their-password\r\n";
    const RELAY: &str = "192.0.2.1:8441";

    fn asked(addresses: &mut Addresses, from: &str, bytes: usize, now: Instant) -> Option<Transmit> {
        let bytes = vec![0; bytes];
        addresses.ask(&packet(from, &bytes), 5, now)
    }

    fn packet<'a>(from: &str, bytes: &'a [u8]) -> Packet<'a> {
        let [source, destination] = [from, RELAY].map(|text| text.parse::<SocketAddr>().unwrap());
        Packet { protocol: Protocol::Udp, source, destination, bytes }
    }

    /// What somebody at an address answers, with a password.
    fn answer(question: &[u8], password: &str) -> Vec<u8> {
        let id = StunMessage::parse(question).unwrap().trans_id();
        let mut bytes = vec![0; 200];
        let message = StunMessage::binding_reply(id, RELAY.parse().unwrap());
        let length = message.to_bytes(Some(password.as_bytes()), &mut bytes, sha1_hmac).unwrap();
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn address_is_proven_by_who_reads_there_and_has_the_password() {
        let now = Instant::now();
        let mut addresses = Addresses::new(3, OFFER, "03ours").unwrap();
        let question = asked(&mut addresses, "198.51.100.1:5000", 120, now).unwrap();
        assert_eq!(
            (question.source.to_string(), question.destination.to_string()),
            (RELAY.into(), "198.51.100.1:5000".into())
        );
        let parsed = StunMessage::parse(&question.contents).unwrap();
        assert_eq!((parsed.username(), parsed.use_candidate()), (Some("them:03ours"), false));
        assert!(parsed.verify(b"their-password", sha1_hmac), "as they check it");
        let good = answer(&question.contents, "their-password");
        let mut takes = |from, bytes: &[u8]| addresses.answered(&packet(from, bytes)).is_some();
        assert!(!takes("198.51.100.2:5000", &good), "from elsewhere");
        assert!(!takes("198.51.100.1:5000", &answer(&question.contents, "another")));
        assert!(!takes("198.51.100.1:5000", &question.contents), "no answer");
        let mut other = good.clone();
        other[19] ^= 1;
        assert!(!takes("198.51.100.1:5000", &other), "to another question");
        assert!((0..good.len()).all(|cut| !takes("198.51.100.1:5000", &good[..cut])));
        assert!(takes("198.51.100.1:5000", &good) && !takes("198.51.100.1:5000", &good), "once");
    }

    #[test]
    fn unproven_address_is_sent_three_times_what_came_from_there() {
        let now = Instant::now();
        let mut addresses = Addresses::new(3, OFFER, "03ours").unwrap();
        let (mut came, mut went) = (0, 0);
        for _ in 0..100 {
            came += 20;
            went += asked(&mut addresses, "198.51.100.1:5000", 20, now).map_or(0, |sent| sent.contents.len());
            assert!(went <= AMPLIFIED * came, "{went} of {came}");
        }
        assert!(went > came, "it is asked");
    }

    #[test]
    fn questions_have_an_end_and_a_new_address_is_asked_all_the_same() {
        let start = Instant::now();
        let mut addresses = Addresses::new(3, OFFER, "03ours").unwrap();
        for number in 0..10 * QUESTIONS as u16 {
            let from = format!("203.0.113.1:{}", 1_000 + number);
            assert!(asked(&mut addresses, &from, 1_500, start).is_some());
        }
        assert_eq!(addresses.questions.len(), QUESTIONS);
        assert!(addresses.questions.iter().all(|one| one.held.is_empty()), "what is too long is not held");
        assert!(asked(&mut addresses, "203.0.113.9:9", 120, start + QUESTION).is_some());
        assert_eq!(addresses.questions.len(), 1);
    }

    #[test]
    fn proof_is_asked_for_anew_and_ends_where_nobody_answers() {
        let start = Instant::now();
        let mut addresses = Addresses::new(3, OFFER, "03ours").unwrap();
        let here = "198.51.100.1:5000";
        let from = (Protocol::Udp, here.parse().unwrap());
        let by_tcp = (Protocol::Tcp, here.parse().unwrap());
        addresses.prove(from, start);
        addresses.prove(by_tcp, start);
        assert!(asked(&mut addresses, here, 120, start + PROOF_ANEW / 2).is_none(), "not yet");
        let question = asked(&mut addresses, here, 120, start + PROOF_ANEW).unwrap();
        let answer = answer(&question.contents, "their-password");
        assert_eq!(addresses.answered(&packet(here, &answer)), Some(Vec::new()), "nothing was held");
        addresses.prove(from, start + PROOF_ANEW);
        assert!(addresses.expired(start + PROOF).is_empty());
        assert_eq!(addresses.expired(start + PROOF_ANEW + PROOF), [from]);
        assert_eq!(
            addresses.all().collect::<Vec<_>>(),
            [by_tcp],
            "a connection shows that somebody is there"
        );
    }

    #[test]
    fn offer_without_credentials_is_refused() {
        for offer in ["v=0\r\n", "v=0\r\na=ice-ufrag:x\r\nm=audio 9 x\r\na=ice-pwd:y\r\n"] {
            assert!(matches!(Addresses::new(3, offer, "03ours"), Err(Refused::Offer(_))));
        }
        let named = |letters: usize| OFFER.replace("them", &"t".repeat(letters));
        let most = NAMES - ":03ours".len();
        assert!(Addresses::new(3, &named(most + 1), "03ours").is_err());
        let secret = OFFER.replace("their-password", &"p".repeat(PASSWORD + 1));
        assert!(Addresses::new(3, &secret, "03ours").is_err());
        let long = named(most).replace("their-password", &"p".repeat(PASSWORD));
        let mut addresses = Addresses::new(3, &long, "03ours").unwrap();
        let now = Instant::now();
        assert!(asked(&mut addresses, "198.51.100.1:5000", 400, now).is_some());
    }
}
