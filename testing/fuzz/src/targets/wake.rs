//! Where a device says that it is woken: this server goes there, so what it goes to is what it checked.

use casemate_server::push::target::{PushPolicy, Target};
use casemate_wire::proto::wire::WakeTarget;
use prost::Message;

pub fn run(bytes: &[u8]) {
    let policy = PushPolicy::default();
    if let Some(target) = Target::parse(bytes, &policy) {
        assert_eq!((target.endpoint.scheme(), target.endpoint.port()), ("https", None));
        let host = target.endpoint.host_str().expect("a checked address has a host");
        assert!(host.contains('.') && !host.chars().all(|letter| letter.is_ascii_digit() || letter == '.'));
        assert!(target.endpoint.username().is_empty() && target.origin().starts_with("https://"));
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |endpoint: &str| {
        let target =
            WakeTarget { endpoint: endpoint.into(), public: vec![4; 65].into(), auth: vec![5; 16].into() };
        let mut bytes = target.encode_to_vec();
        bytes.push(0x80);
        bytes.resize(912, 0);
        bytes
    };
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://user@web.push.apple.com:8443/#x",
        "http://169.254.169.254/",
    ]
    .map(seed)
    .to_vec()
}
