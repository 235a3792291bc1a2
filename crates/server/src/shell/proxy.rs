//! Whose address counts where proxies stand before the server.
//!
//! A proxy says for whom it asks in `X-Forwarded-For`, or in `Forwarded` (RFC 7239). Anybody can write these, so they count from the right,
//! where the nearest proxy wrote, and only as far as each address is a proxy's that the operator named. A server that is behind a proxy and
//! was not told so would take everybody for this machine: the operator's numbers would be public, and one guesser would lock all newcomers
//! out. It answers nothing then.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use ipnet::IpNet;
use serde::Deserialize;

/// How often the log says so.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What an operator reads, in the answer and in the log.
pub const UNTOLD: &str = "a proxy stands before this server, and the server was not told: everybody would look like the proxy. \
Name it in the configuration, as trusted_proxies = [\"127.0.0.1\"], and let it set X-Forwarded-For.";

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";

/// Headers that only proxies write.
const BY_PROXIES: [&str; 5] =
    [FORWARDED_FOR, FORWARDED, "x-real-ip", "x-forwarded-proto", "x-forwarded-host"];

/// Somebody of whom a proxy does not say where they are. All of these share the rates of one address.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A network whose machines are proxies of the operator: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        // Peers are compared as addresses of version 4 where they are that.
        let network = network.filter(|network| network.addr() == network.addr().to_canonical());
        network
            .map(Self)
            .ok_or_else(|| format!("{text} is neither an address nor a network such as 10.0.0.0/8"))
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// The operator's proxies.
pub struct Proxies {
    networks: Vec<Network>,
    /// The setting of before: any peer is a proxy, and the last address is the client's.
    any: bool,
    said: Cell<Option<Instant>>,
}

/// A proxy asked that the operator did not name.
pub struct Untold;

impl Proxies {
    /// Those of these networks. `any`: every peer is one, where no network is named.
    pub fn new(networks: Vec<Network>, any: bool) -> Self {
        // Who names proxies means these.
        let any = any && networks.is_empty();
        Self { networks, any, said: Cell::new(None) }
    }

    /// Whether many people may come from this address.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.any || self.is_one(peer)
    }

    /// For whom `peer` asks: a proxy never for this machine.
    pub fn client(&self, headers: &HeaderMap, peer: IpAddr) -> Result<IpAddr, Untold> {
        if !self.any && !self.is_one(peer) {
            // From the world anybody may write them; they count for nothing.
            let behind = peer.to_canonical().is_loopback()
                && BY_PROXIES.iter().any(|name| headers.contains_key(*name));
            return if behind { Err(self.say()) } else { Ok(peer) };
        }
        let mut said = [FORWARDED_FOR, FORWARDED].into_iter().filter(|name| headers.contains_key(*name));
        let Some(first) = said.next() else { return Ok(peer) };
        let client = self.nearest(hops(headers, first));
        // A proxy that sets the one hands on the other as the client wrote it: where they differ nobody knows which is true.
        let agree = said.all(|other| self.nearest(hops(headers, other)) == client);
        // Whom a proxy asks for is not this machine.
        Ok(client.filter(|client| agree && !client.to_canonical().is_loopback()).unwrap_or(UNKNOWN))
    }

    /// The first address that is no proxy's; none where that cannot be read.
    fn nearest(&self, hops: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut client = None;
        for hop in hops {
            client = Some(hop?);
            if self.any || !self.is_one(hop?) {
                break;
            }
        }
        client
    }

    fn is_one(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    fn say(&self) -> Untold {
        if self.said.get().is_none_or(|said| said.elapsed() >= SAID_EVERY) {
            self.said.set(Some(Instant::now()));
            tracing::error!("{UNTOLD}");
        }
        Untold
    }
}

/// The addresses that proxies wrote, the nearest first; none for one that cannot be read.
fn hops(headers: &HeaderMap, name: &'static str) -> impl Iterator<Item = Option<IpAddr>> {
    headers.get_all(name).iter().rev().flat_map(move |value| {
        let hops: Vec<_> = value.as_bytes().rsplit(|byte| *byte == b',').collect();
        hops.into_iter().map(move |hop| {
            let hop = std::str::from_utf8(hop).ok()?;
            address(if name == FORWARDED { node(hop)? } else { hop })
        })
    })
}

/// `for=` of one hop (RFC 7239 §4).
fn node(hop: &str) -> Option<&str> {
    let pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, node)| node)
}

/// An address, perhaps quoted, in brackets, or with a port (RFC 7239 §6).
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    host.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (hyper::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(trusted: &[&str], peer: &str, headers: &[(&'static str, &str)]) -> Option<IpAddr> {
        let networks = trusted.iter().map(|text| Network::try_from((*text).to_owned()).unwrap());
        Proxies::new(networks.collect(), false).client(&asked(headers), at(peer)).ok()
    }

    #[test]
    fn proxy_addresses_count_from_the_right_to_the_first_that_is_no_proxy() {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];
        let of = |headers: &[(&'static str, &str)]| client(&trusted, "127.0.0.1", headers).unwrap();
        assert_eq!(of(&[("x-forwarded-for", "198.51.100.1, 192.0.2.7, 10.1.2.3")]), at("192.0.2.7"));
        assert_eq!(
            of(&[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "192.0.2.7")]),
            at("192.0.2.7")
        );
        assert_eq!(of(&[("x-forwarded-for", "10.9.9.9, 10.1.2.3")]), at("10.9.9.9"));
        let unknown = ["192.0.2.7, unknown, 10.1.2.3", "", "unknown", "127.0.0.1", "::1"];
        for header in unknown {
            assert_eq!(of(&[("x-forwarded-for", header)]), UNKNOWN, "{header}");
        }
        assert_eq!(of(&[("x-forwarded-for", "192.0.2.7:4711")]), at("192.0.2.7"));
        let header = "for=198.51.100.1, For=\"[2001:db8::7]:4711\";proto=https, for=\"[fd00::1]\"";
        assert_eq!(of(&[("forwarded", header)]), at("2001:db8::7"));
        assert_eq!(of(&[("forwarded", "for=_hidden")]), UNKNOWN);
        // The one that the proxy did not write says something else.
        assert_eq!(of(&[("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=198.51.100.1")]), UNKNOWN);
        assert_eq!(of(&[("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")]), at("192.0.2.7"));
        // What is no text hides what is left of it, and not what the proxy wrote.
        let mut headers = HeaderMap::new();
        headers
            .insert("x-forwarded-for", hyper::header::HeaderValue::from_bytes(b"\xff, 192.0.2.7").unwrap());
        let proxies = Proxies::new(vec![Network::try_from("127.0.0.1".to_owned()).unwrap()], false);
        assert_eq!(proxies.client(&headers, at("127.0.0.1")).ok(), Some(at("192.0.2.7")));
        assert_eq!(of(&[]), at("127.0.0.1"));
        // An address of version 4 that is written as one of version 6.
        assert_eq!(
            client(&trusted, "::ffff:127.0.0.1", &[("x-forwarded-for", "192.0.2.7")]),
            Some(at("192.0.2.7"))
        );
    }

    #[test]
    fn proxy_headers_from_the_world_count_for_nothing() {
        let claim = [("x-forwarded-for", "127.0.0.1")];
        for trusted in [&[][..], &["127.0.0.1"]] {
            assert_eq!(client(trusted, "192.0.2.7", &claim), Some(at("192.0.2.7")));
        }
    }

    #[test]
    fn proxy_that_was_not_named_is_refused() {
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            for name in BY_PROXIES {
                assert_eq!(client(&["203.0.113.9"], peer, &[(name, "192.0.2.7")]), None, "{peer} {name}");
            }
            assert_eq!(client(&[], peer, &[]), Some(at(peer)));
        }
    }

    #[test]
    fn proxy_networks_are_read_or_refused() {
        let read = |text: &str| Network::try_from(text.to_owned());
        assert!(read("10.0.0.0/8").is_ok() && read("::1").is_ok());
        assert!(
            read("::ffff:10.0.0.0/104").is_err()
                && read("10.0.0.0/33").is_err()
                && read("proxy.example").is_err()
                && read("").is_err()
        );
    }
}
