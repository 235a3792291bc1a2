//! That nothing goes to an address, and nobody's place is taken over by it, before somebody there has answered the relay: a source
//! address can be forged.

use casemate_rtp::srtp;
use str0m::ice::{StunMessage, TransId};

use super::*;
use crate::limits::{AMPLIFIED, PROOF, SILENCE};

/// A signed STUN request of somebody's, as they would make it anew: it wants to be sent to where it comes from, before all else.
fn signed(member: &mut Member) -> Vec<u8> {
    let value = |name: &str| {
        let line = member.answer.lines().find_map(|line| line.strip_prefix(name)).expect("it has one");
        line.trim().to_owned()
    };
    let (ours, password) = (value("a=ice-ufrag:"), value("a=ice-pwd:"));
    let user = format!("{ours}:{}", member.peer.user());
    let request = StunMessage::binding_request(&user, TransId::new(), true, 7, u32::MAX >> 1, true);
    let mut bytes = vec![0; 500];
    let hmac = srtp::provider().sha1_hmac_provider;
    let sign = |key: &[u8], payloads: &[&[u8]]| hmac.sha1_hmac(key, payloads);
    let length = request.to_bytes(Some(password.as_bytes()), &mut bytes, sign).expect("it fits");
    bytes.truncate(length);
    bytes
}

fn heard(world: &mut World, from: usize, by: usize) -> usize {
    world.came(by);
    world.talk(&[(from, -30)], 1_000);
    world.came(by).len()
}

#[test]
fn relay_signed_stun_from_anothers_address_takes_nothing_over() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 3);
    let (victim, other, hostile) = (here[0], here[1], here[2]);
    let from = world.peers[victim].address;
    for _ in 0..20 {
        let request = signed(&mut world.peers[hostile]);
        world.send(from, &request);
        world.pass(100);
    }
    assert_eq!(world.core.by_address.len(), 3);
    assert!(heard(&mut world, victim, other) >= 48, "the participant there is heard");
    assert!(heard(&mut world, other, victim) >= 48, "and hears");
    assert!(heard(&mut world, other, hostile) >= 48, "what is theirs goes where they are");
}

#[test]
fn relay_signed_stun_from_a_third_partys_address_sends_no_media_there() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VIDEO, 3);
    let (one, other, hostile) = (here[0], here[1], here[2]);
    let stranger = SocketAddr::from(([203, 0, 113, 77], 53));
    world.strangers.insert(stranger, 0);
    let mut came = 0;
    for _ in 0..50 {
        let request = signed(&mut world.peers[hostile]);
        came += request.len();
        world.send(stranger, &request);
        world.show(&[one, other], 300, 40);
        world.talk(&[(one, -30), (other, -30)], 40);
        let went = world.strangers[&stranger];
        assert!(went <= AMPLIFIED * came, "{went} bytes for {came}");
    }
    assert!(world.strangers[&stranger] > 0, "it was asked whether it is there");
    assert!(heard(&mut world, one, hostile) >= 48, "what is theirs goes where they are");
    // Not while somebody joins either, whose handshake the relay would begin.
    world.cut_off = Some(3);
    let joins = world.join(1, Offered::VOICE);
    let before = world.strangers[&stranger];
    let request = signed(&mut world.peers[joins]);
    world.send(stranger, &request);
    world.pass(5_000);
    let went = world.strangers[&stranger] - before;
    assert!(went > 0 && went <= AMPLIFIED * request.len(), "{went} bytes for {}", request.len());
}

#[test]
fn relay_new_address_is_used_once_somebody_there_has_answered() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let second = SocketAddr::from(([203, 0, 113, 9], 6_000));
    world.second_way = Some((here[0], second, 0));
    world.pass(20_000);
    assert!(world.core.by_address.contains_key(&(Protocol::Udp, second)));
    assert!(world.asked.values().any(|asked| *asked == second), "it was asked");
    assert!(heard(&mut world, here[0], here[1]) >= 48);
    assert!(heard(&mut world, here[1], here[0]) >= 48);
}

#[test]
fn relay_address_where_nobody_answers_any_more_is_sent_nothing() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 3);
    let (one, other, gone) = (here[0], here[1], here[2]);
    // They are gone, and somebody who knows their password signs in their place, from where they were.
    let from = world.peers[gone].address;
    world.cut_off = Some(gone);
    let until = PROOF + Duration::from_secs(1);
    for _ in 0..until.as_secs() {
        let request = signed(&mut world.peers[gone]);
        world.send(from, &request);
        world.talk(&[(one, -30), (other, -30)], 1_000);
    }
    let count = |world: &World| {
        world.sealed.iter().filter(|((to, _), _)| *to == gone).map(|(_, all)| all.len()).sum::<usize>()
    };
    let before = count(&world);
    assert!(before > 1_000, "until then it got {before}");
    for _ in 0..SILENCE.as_secs() {
        let request = signed(&mut world.peers[gone]);
        world.send(from, &request);
        world.talk(&[(one, -30), (other, -30)], 1_000);
    }
    assert_eq!(count(&world) - before, 0);
    assert_eq!(world.core.counters().participants, 2, "and then it is gone");
    assert!(heard(&mut world, one, other) >= 48);
}
