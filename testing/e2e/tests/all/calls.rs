//! Calls through a whole server, and what is left of them when a part of it dies.

use std::time::{Duration, Instant};

use casemate_e2e::binary::casemate;
use casemate_e2e::server::Server;
use casemate_e2e::stranger::Stranger;
use casemate_relay::peer::caller::{Caller, connect, talk, until};
use casemate_relay::peer::{Offered, PeerProtocol};
use casemate_wire::first_device::first_device;
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, account_id, sign, sign_labelled};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CallJoin, CallLeave, CallWish, CreateAccount, DeviceKeys, DeviceRequest, ErrorCode, Wish,
};
use ed25519_dalek::SigningKey;

/// A device with an account, which speaks the wire by hand.
struct Device {
    number: u8,
    id: DeviceId,
    line: Stranger,
}

impl Device {
    fn new(server: &Server, number: u8) -> Self {
        let line = Stranger::connect(server.address());
        let signing = key(number + 50).verifying_key().to_bytes();
        let mut device = Self { number, id: first_device(&line.hello.server, &signing), line };
        let (account_key, recovery) = (key(number), key(number + 100).verifying_key().to_bytes());
        let public = account_key.verifying_key().to_bytes();
        let hpke = vec![number; casemate_wire::limits::HPKE_KEY_BYTES];
        let manifest = Manifest {
            account: account_id(&public, &recovery).into(),
            handle: format!("person{number}"),
            version: 1,
            devices: vec![ManifestDevice {
                device: device.id().into(),
                signature_key: signing.to_vec().into(),
                hpke_key_hash: Hash32::of(&[&hpke]).into(),
                added_ms: 1,
                primary: true,
            }],
            account_key: public.to_vec().into(),
            recovery_key: recovery.to_vec().into(),
            ..Manifest::default()
        };
        let manifest = sign(&manifest, &account_key).unwrap();
        let created = device.line.ask(Request::CreateAccount(CreateAccount {
            invite: Vec::new().into(),
            manifest: Some(manifest.signed),
            device_keys: vec![DeviceKeys {
                device: device.id().into(),
                hpke_key: hpke.into(),
                seal_key: None,
            }],
            promise: None,
        }));
        assert!(matches!(created, Ok(Body::Promise(_))), "{created:?}");
        device
    }

    fn id(&self) -> DeviceId {
        self.id
    }

    /// That this device asks, over this connection.
    fn proof(&self) -> DeviceRequest {
        let hello = &self.line.hello;
        let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, b""];
        let (account_key, recovery) = (key(self.number), key(self.number + 100));
        let public = account_key.verifying_key().to_bytes();
        DeviceRequest {
            account: account_id(&public, &recovery.verifying_key().to_bytes()).into(),
            device: self.id().into(),
            body: Vec::new().into(),
            signature: sign_labelled(&key(self.number + 50), DEVICE_REQUEST_LABEL, &parts).into(),
        }
    }

    fn ask_to_join(&mut self, offer: &str) -> Result<Body, ErrorCode> {
        let proof = Some(self.proof());
        let (room, participant) = (vec![1; 32].into(), vec![self.number; 16].into());
        self.line.ask(Request::CallJoin(CallJoin {
            proof,
            room,
            participant,
            offer: offer.to_owned(),
            allowed: None,
        }))
    }

    /// Joins, as soon as there is a relay; says how long that took.
    fn join(&mut self) -> (Caller, Duration) {
        let begin = Instant::now();
        let caller = Caller::join(PeerProtocol::Udp, "127.0.0.1", Offered::VOICE, |offer| {
            loop {
                match self.ask_to_join(offer) {
                    Ok(Body::CallJoined(joined)) => return joined.answer,
                    Err(ErrorCode::ErrorRateLimited) if begin.elapsed() < Duration::from_secs(30) => {
                        std::thread::yield_now();
                    }
                    other => panic!("not joined: {other:?}"),
                }
            }
        });
        (caller, begin.elapsed())
    }

    fn again(&mut self, server: &Server) {
        self.line = Stranger::connect(server.address());
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// Where anybody may join, and ask as often as a test does.
fn server(folder: &std::path::Path) -> Server {
    server_under(folder, Vec::new())
}

/// The same, behind another program.
fn server_under(folder: &std::path::Path, wrapper: Vec<String>) -> Server {
    let config = folder.join("server.toml");
    std::fs::write(&config, "registration = \"open\"\n[limits]\nlifted = true\n").unwrap();
    Server::start_so(folder, wrapper, &["--config", config.to_str().unwrap()])
}

#[test]
fn two_devices_meet_in_a_call_and_the_relay_dies_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let (mut ana, mut bob) = (Device::new(&server, 1), Device::new(&server, 2));
    let mut callers = vec![ana.join().0, bob.join().0];
    connect(&mut callers);
    talk(&mut callers, 20);
    let wish = CallWish {
        room: vec![1; 32].into(),
        participant: vec![1; 16].into(),
        wishes: vec![Wish { source: vec![3; 16].into(), height: 180, screen: false }],
        ..CallWish::default()
    };
    assert!(matches!(ana.line.ask(Request::CallWish(wish)), Ok(Body::Done(_))));

    server.kill_relay();
    let begin = Instant::now();
    callers = vec![ana.join().0, bob.join().0];
    connect(&mut callers);
    talk(&mut callers, 1);
    println!("back after {:?}", begin.elapsed());

    let leave = CallLeave { room: vec![1; 32].into(), participant: vec![2; 16].into() };
    assert!(matches!(bob.line.ask(Request::CallLeave(leave)), Ok(Body::Done(_))));
}

#[test]
fn a_call_goes_on_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = server(folder.path());
    let (mut ana, mut bob) = (Device::new(&server, 1), Device::new(&server, 2));
    let mut callers = vec![ana.join().0, bob.join().0];
    connect(&mut callers);
    talk(&mut callers, 10);
    let before = server.relay_process();
    server.kill();
    talk(&mut callers, 50);
    // The server finds the same relay again, and somebody else joins the same call.
    server.restart();
    let mut cem = Device::new(&server, 3);
    callers.push(cem.join().0);
    assert_eq!(server.relay_process(), before);
    until(&mut callers, "the third is connected", |callers| callers[2].peer.is_connected());
    talk(&mut callers, 10);
    ana.again(&server);
    let leave = CallLeave { room: vec![1; 32].into(), participant: vec![1; 16].into() };
    assert!(matches!(ana.line.ask(Request::CallLeave(leave)), Ok(Body::Done(_))));
}

#[test]
fn a_server_of_another_build_replaces_its_relay_when_the_call_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("casemate");
    // As a package is upgraded: another file takes the name.
    let upgrade = || {
        let new = folder.path().join("casemate.new");
        std::fs::copy(casemate(), &new).unwrap();
        std::fs::rename(&new, &program).unwrap();
    };
    upgrade();
    let script = format!("shift; exec {} \"$@\"", program.display());
    let mut server = server_under(folder.path(), ["sh", "-c", &script, "sh"].map(str::to_owned).to_vec());
    let (mut ana, mut bob) = (Device::new(&server, 1), Device::new(&server, 2));
    let mut callers = vec![ana.join().0, bob.join().0];
    connect(&mut callers);
    talk(&mut callers, 10);
    let before = server.relay_process();
    server.kill();
    upgrade();
    server.restart();
    // The call goes on where it is, and who comes meanwhile finds it.
    talk(&mut callers, 50);
    let mut cem = Device::new(&server, 3);
    callers.push(cem.join().0);
    until(&mut callers, "the third is connected", |callers| callers[2].peer.is_connected());
    talk(&mut callers, 50);
    assert_eq!(server.relay_process(), before);
    ana.again(&server);
    for number in 1..=3 {
        let leave = CallLeave { room: vec![1; 32].into(), participant: vec![number; 16].into() };
        assert!(matches!(ana.line.ask(Request::CallLeave(leave)), Ok(Body::Done(_))));
    }
    let begin = Instant::now();
    while server.relay_process() == before {
        assert!(begin.elapsed() < Duration::from_secs(30), "it goes on: {}", server.log());
        std::thread::yield_now();
    }
    // Its parent was killed, so nobody may ask for its end: it stays in the list of processes then, as one that ended.
    let ended = || match std::fs::read_to_string(format!("/proc/{before}/stat")) {
        Ok(stat) => stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => true,
    };
    while !ended() {
        assert!(begin.elapsed() < Duration::from_secs(30), "the one of before goes on");
        std::thread::yield_now();
    }
    let mut callers = vec![ana.join().0, cem.join().0];
    connect(&mut callers);
    talk(&mut callers, 10);
}

#[test]
fn without_an_account_nobody_enters() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let mut nobody = Device { number: 9, id: DeviceId([9; 16]), line: Stranger::connect(server.address()) };
    assert!(matches!(nobody.ask_to_join("v=0\r\n"), Err(ErrorCode::ErrorNotAllowed)));
    let mut ana = Device::new(&server, 1);
    ana.join();
    // One connection's proof is not another's.
    let stolen = ana.proof();
    let (room, participant) = (vec![1; 32].into(), vec![1; 16].into());
    let join =
        CallJoin { proof: Some(stolen), room, participant, offer: "v=0\r\n".to_owned(), allowed: None };
    assert!(matches!(nobody.line.ask(Request::CallJoin(join)), Err(ErrorCode::ErrorInvalid)));
}
