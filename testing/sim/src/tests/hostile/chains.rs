//! Who adds a device tells it the chain hash of the past. A false one is not taken for a server that shows two histories.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_crypto::conversation_hash::chain;
use casemate_crypto::{Change, CommitAad};
use casemate_wire::ids::{Hash32, ReaderSecret};
use casemate_wire::proto::wire::TakeKeyPackage;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use prost::Message as _;

use super::{Story, story};
use crate::insider::Insider;
use crate::{ClientId, World};

/// Mallory adds devices in one commit, and tells each of them a chain hash; none: the true one.
fn adds(world: &mut World, mallory: &mut Insider, devices: &[(ClientId, Option<[u8; 32]>)]) {
    let suite = u32::from(mallory.group.suite().code());
    let mut packages = Vec::new();
    for (client, _) in devices {
        let device = world.engine(*client).device().unwrap();
        let token = mallory.reach.iter().find(|(_, known, ..)| *known == device).unwrap().2.clone();
        let take = TakeKeyPackage { inbox_token: token.into(), suite };
        let Body::KeyPackage(package) = world.ask(Request::TakeKeyPackage(take)) else {
            panic!("no package")
        };
        packages.push(package.key_package.to_vec());
    }
    let readers: Vec<ReaderSecret> = (1..).take(devices.len()).map(|n| ReaderSecret::new([n; 32])).collect();
    let add_readers: Vec<Hash32> = readers.iter().map(ReaderSecret::hash).collect();
    let aad =
        CommitAad { previous: mallory.last_commit, add_readers: add_readers.clone(), ..CommitAad::default() };
    let change = Change { add: packages, ..Change::default() };
    let pending = mallory.group.commit(&mallory.kv, &mallory.id, change, aad).unwrap();
    let before = world
        .entries(mallory.log)
        .iter()
        .fold(Hash32::ZERO, |hash, entry| chain(hash, entry.entry, &entry.payload, entry.commit.is_some()));
    let mut note = mallory.commit_note(pending.next_write_hash);
    note.add_readers = add_readers.into_iter().map(Into::into).collect();
    let entry = world.append(mallory, pending.bytes.clone(), Some(note)).unwrap();
    mallory.group.merge_pending(&mallory.kv).unwrap();
    let right = chain(before, entry, &pending.bytes, true);
    let bundle = content::GroupBundle { group_info: pending.group_info.clone().into(), ..Default::default() };
    for (client, told) in devices {
        let device = world.engine(*client).device().unwrap();
        let at = pending.welcomes.iter().position(|welcome| welcome.device == device).unwrap();
        let welcome = content::Welcome {
            log: mallory.log.into(),
            entry,
            reader_secret: readers[at].expose().to_vec().into(),
            chain_hash: told.map_or(right, Hash32).into(),
            joiner: pending.welcomes[at].joiner.clone().into(),
            kind: mallory.group.state().kind,
            name: "Plans".into(),
            members: 4,
            group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
            ..content::Welcome::default()
        };
        world.insider_posts(mallory, device, Kind::Welcome(welcome));
    }
    world.settle_for(5_000);
}

fn lines(world: &mut World, who: ClientId) -> Vec<String> {
    let at = world.named(who, "Plans");
    world.notices(who, &at)
}

#[test]
fn chain_that_a_newcomer_was_told_falsely_is_the_adders_and_not_the_servers() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(9_310));
    let dan = world.person("dan");
    world.befriend(cleo, dan);
    world.settle();
    let at_cleo = world.named(cleo, "Plans");
    let mut mallory = world.insider(cleo, &at_cleo);
    adds(&mut world, &mut mallory, &[(dan, Some([7; 32]))]);
    world.accept_groups(dan);
    world.settle_for(60_000);
    world.say(ana, &group, "hello dan");
    world.settle_for(5_000);
    let at_dan = world.named(dan, "Plans");
    world.say(dan, &at_dan, "hello all");
    world.settle_for(60_000);
    for who in [ana, bob, second] {
        let lines = lines(&mut world, who);
        assert!(lines.iter().any(|line| line.contains("cleo, who added them, told them")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("server")), "{who:?}: {lines:?}");
    }
    let lines = lines(&mut world, dan);
    assert!(lines.iter().any(|line| line.contains("is not what cleo told this device")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("Do not rely on this server")), "{lines:?}");
}

#[test]
fn chain_that_one_of_ones_own_devices_was_told_falsely_is_the_adders() {
    let Story { mut world, ana, cleo, group, .. } = story(World::new(9_311));
    let dan = world.person("dan");
    world.befriend(cleo, dan);
    let other = world.link(dan);
    world.settle_for(60_000);
    let at_cleo = world.named(cleo, "Plans");
    let mut mallory = world.insider(cleo, &at_cleo);
    adds(&mut world, &mut mallory, &[(dan, None), (other, Some([7; 32]))]);
    world.accept_groups(dan);
    world.settle_for(60_000);
    world.say(ana, &group, "hello dan");
    world.settle_for(5_000);
    for who in [dan, other] {
        let at = world.named(who, "Plans");
        world.say(who, &at, "hello");
        world.settle_for(60_000);
    }
    let lines = [dan, other, ana].map(|who| lines(&mut world, who));
    assert!(
        lines[0].iter().any(|line| line.contains("told another history of this conversation by cleo")),
        "{lines:?}"
    );
    for one in &lines {
        assert!(!one.iter().any(|line| line.contains("Do not rely on this server")), "{lines:?}");
    }
}
