//! Addresses that people can be told of.

use std::net::IpAddr;

/// Whether an address can be a relay's for people elsewhere. One of a single link, of every interface or of a group cannot: ICE
/// (RFC 8445, section 5.1.1.1) has no candidates with these, or nobody else can use them. One of this machine alone serves it.
pub const fn can_be_told(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_unspecified() || v4.is_link_local() || v4.is_broadcast() || v4.is_multicast())
        }
        IpAddr::V6(v6) => !(v6.is_unspecified() || v6.is_unicast_link_local() || v6.is_multicast()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_everywhere_can_be_told() {
        let told = |text: &str| can_be_told(text.parse().unwrap());
        for good in ["203.0.113.5", "192.168.1.5", "127.0.0.1", "2001:db8::5", "fd00::5", "::1"] {
            assert!(told(good), "{good}");
        }
        for bad in ["169.254.9.9", "0.0.0.0", "255.255.255.255", "224.0.0.1", "fe80::1", "::", "ff02::1"] {
            assert!(!told(bad), "{bad}");
        }
    }
}
