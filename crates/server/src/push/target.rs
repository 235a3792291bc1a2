//! Where a device is woken: what its browser gave it, checked before anything is sent there.
//!
//! The device chooses the address, and this server goes there. So only to push services that the operator trusts, only
//! over TLS, and never to an address of a private network, whatever a name resolves to.

use std::net::IpAddr;

use casemate_wire::proto::wire::WakeTarget;
use prost::Message;
use serde::Deserialize;
use url::{Host, Url};

/// The push services of today's browsers. A leading dot stands for every name that ends so.
const SERVICES: [&str; 4] =
    ["fcm.googleapis.com", ".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com"];

/// Longest address that a browser may have been given.
const ENDPOINT_BYTES: usize = 800;

/// What an operator decides about waking.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PushPolicy {
    /// Whether devices are woken at all. With `false`, somebody whose app is closed hears of a message when they open it.
    pub enabled: bool,
    /// Push services besides those of the known browsers; `.example.org` is every name that ends so. The server connects to each that a
    /// device names.
    pub services: Vec<String>,
    /// A push service on this machine, without TLS, for tests. With `true`, a device can make the server post to programs of this machine.
    pub allow_loopback: bool,
}

impl Default for PushPolicy {
    fn default() -> Self {
        Self { enabled: true, services: Vec::new(), allow_loopback: false }
    }
}

impl PushPolicy {
    /// Whether a push service of this name is one to go to.
    fn trusts(&self, host: &str) -> bool {
        let own = self.services.iter().map(String::as_str);
        SERVICES.into_iter().chain(own).any(|service| match service.strip_prefix('.') {
            Some(_) => host.ends_with(service),
            None => host == service,
        })
    }

    /// Whether a push may go to this address, which a trusted name resolved to.
    pub fn may_reach(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allow_loopback && address.is_loopback()
    }
}

/// A checked target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where to post to.
    pub endpoint: Url,
    /// The browser's public key (P-256, uncompressed).
    pub public: [u8; 65],
    /// The browser's secret.
    pub auth: [u8; 16],
}

impl Target {
    /// Reads what a device sealed, padded; `None` for what this server does not go to.
    pub fn parse(padded: &[u8], policy: &PushPolicy) -> Option<Self> {
        let end = padded.iter().rposition(|byte| *byte != 0)?;
        let (0x80, bytes) = (padded[end], &padded[..end]) else { return None };
        let target = WakeTarget::decode(bytes).ok()?;
        Some(Self {
            endpoint: endpoint(&target.endpoint, policy)?,
            public: target.public[..].try_into().ok()?,
            auth: target.auth[..].try_into().ok()?,
        })
    }

    /// `https://host`, without a path.
    pub fn origin(&self) -> String {
        self.endpoint.origin().ascii_serialization()
    }
}

fn endpoint(text: &str, policy: &PushPolicy) -> Option<Url> {
    if text.len() > ENDPOINT_BYTES {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let good = match url.host()? {
        Host::Domain("localhost") if policy.allow_loopback => true,
        Host::Domain(name) => url.scheme() == "https" && url.port().is_none() && policy.trusts(name),
        Host::Ipv4(address) => policy.allow_loopback && address.is_loopback(),
        Host::Ipv6(address) => policy.allow_loopback && address.is_loopback(),
    };
    (good && plain && matches!(url.scheme(), "https" | "http")).then_some(url)
}

/// Whether an address is one of the public internet (IANA's special-purpose registries left out).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || a == 100 && (64..128).contains(&b) // RFC 6598
                || a == 192 && b == 0 && c == 0 // RFC 6890
                || a == 198 && (18..20).contains(&b)) // RFC 2544
        }
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            // Global unicast is 2000::/3; of that, documentation, Teredo, 6to4 and the like may lead inside.
            segments[0] & 0xe000 == 0x2000
                && !(segments[0] == 0x2001 && segments[1] < 0x200)
                && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
                && segments[0] != 0x2002
                && segments[0] != 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(endpoint: &str) -> Vec<u8> {
        let target =
            WakeTarget { endpoint: endpoint.into(), public: vec![4; 65].into(), auth: vec![5; 16].into() };
        let mut bytes = target.encode_to_vec();
        bytes.push(0x80);
        bytes.resize(912, 0);
        bytes
    }

    fn goes(endpoint: &str, policy: &PushPolicy) -> bool {
        Target::parse(&sealed(endpoint), policy).is_some()
    }

    #[test]
    fn only_push_services_over_tls() {
        let policy = PushPolicy { services: vec![".push.example.org".into()], ..PushPolicy::default() };
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://db5p.notify.windows.com/w/?token=x",
            "https://web.push.apple.com/QGu",
            "https://a.push.example.org/1",
        ] {
            assert!(goes(good, &policy), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com:8443/",
            "https://user@fcm.googleapis.com/",
            "https://fcm.googleapis.com/#x",
            "https://evilfcm.googleapis.com/",
            "https://fcm.googleapis.com.evil.example/",
            "https://push.example.org/",
            "https://localhost/",
            "http://127.0.0.1:9/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://0x7f000001/",
            "file:///etc/passwd",
            "gopher://fcm.googleapis.com/",
            "",
            "/",
        ] {
            assert!(!goes(bad, &policy), "{bad}");
        }
        assert!(!goes(&format!("https://fcm.googleapis.com/{}", "x".repeat(800)), &policy));
        let loopback = PushPolicy { allow_loopback: true, ..PushPolicy::default() };
        assert!(goes("http://127.0.0.1:9/", &loopback) && goes("http://localhost:9/", &loopback));
        assert!(!goes("http://10.0.0.1:9/", &loopback));
    }

    #[test]
    fn names_that_resolve_to_private_networks_are_not_followed() {
        let policy = PushPolicy::default();
        let reach = |text: &str| policy.may_reach(text.parse().unwrap());
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!reach(inside), "{inside}");
        }
        for outside in ["142.250.1.1", "2a00:1450:4001::200a", "34.107.1.1"] {
            assert!(reach(outside), "{outside}");
        }
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        let policy = PushPolicy::default();
        let good = sealed("https://fcm.googleapis.com/x");
        assert!(Target::parse(&good, &policy).is_some());
        assert!(Target::parse(&[], &policy).is_none());
        assert!(Target::parse(&[0; 912], &policy).is_none());
        assert!(Target::parse(&[0xff; 912], &policy).is_none());
        let short = WakeTarget { public: vec![4; 64].into(), ..WakeTarget::default() }.encode_to_vec();
        assert!(Target::parse(&[&short[..], &[0x80]].concat(), &policy).is_none());
    }
}
