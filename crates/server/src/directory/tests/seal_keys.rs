//! Keys to seal to that devices make anew each month.

use casemate_wire::limits::HPKE_KEY_BYTES;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    FetchManifest, KeyPackageItem, PutKeyPackages, TakeKeyPackage, fetch_manifest,
};
use casemate_wire::seal_key;
use ed25519_dalek::SigningKey;

use crate::testing::World;
use crate::tokens::DAY_MS;

const TOKEN: [u8; 16] = [3; 16];

/// The first byte of what the server hands out with a key package, and with the document.
fn handed_out(world: &mut World) -> [Option<u8>; 2] {
    let line = world.line();
    let take = TakeKeyPackage { inbox_token: TOKEN.to_vec().into(), suite: 1 };
    let Ok(Body::KeyPackage(package)) = world.ask(line.id, Request::TakeKeyPackage(take)) else { panic!() };
    let by = Some(fetch_manifest::By::InboxToken(TOKEN.to_vec().into()));
    let fetch = FetchManifest { by, proof: None, known: None };
    let Ok(Body::Manifest(answer)) = world.ask(line.id, Request::FetchManifest(fetch)) else { panic!() };
    [package.seal_key, answer.device_keys[0].seal_key.clone()].map(|key| key.map(|key| key.key[0]))
}

#[test]
fn newest_seal_key_is_handed_out_and_no_older_or_forged_one_takes_its_place() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    world.inbox(&ana, &line, TOKEN);
    let now = world.now_ms;
    let mut put = |made_ms, byte, key: &SigningKey| {
        let owner = (ana.manifest.account, ana.device.id);
        let seal_key = Some(seal_key::sign(owner, made_ms, &[byte; HPKE_KEY_BYTES], key));
        let packages = vec![KeyPackageItem { suite: 1, key_package: vec![1; 9].into(), last_resort: true }];
        let put = DeviceAsk::PutKeyPackages(PutKeyPackages { packages, replaces: true, seal_key });
        // The packages are taken whatever the key is: a device whose clock is wrong is to have some.
        world.ask(line.id, ana.request(&line.hello, put)).unwrap();
        handed_out(&mut world)
    };
    let own = ana.device.key.clone();
    assert_eq!(put(now, 1, &own), [Some(1); 2]);
    assert_eq!(put(now - 1, 2, &own), [Some(1); 2], "an older one");
    assert_eq!(put(now + 1, 3, &SigningKey::from_bytes(&[9; 32])), [Some(1); 2], "another's");
    assert_eq!(put(now + 2 * DAY_MS, 4, &own), [Some(1); 2], "from a time that is not yet");
    assert_eq!(put(now + 1, 5, &own), [Some(5); 2]);
}
