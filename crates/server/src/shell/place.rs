//! Where people reach the server: its name and URL, and what about them cannot be.

use std::net::SocketAddr;

use url::{Host, Url};

use super::tls::Tls;
use super::{Config, StartError};
use crate::directory::{Place, name_of};

/// Where TLS is, and where Let's Encrypt comes to look (RFC 8737 §3).
const HTTPS: u16 = 443;

/// Refuses a domain for which no certificate can be had by ACME.
pub fn check_domain(tls: &Tls) -> Result<(), StartError> {
    let Tls::Acme { domain } = tls else { return Ok(()) };
    let why = if domain.contains(|c: char| c == ',' || c.is_whitespace()) {
        "names several domains, and this server gets a certificate for one; for several, get one elsewhere and give --tls-cert and --tls-key"
    } else if domain.contains('*') {
        "is a wildcard, which Let's Encrypt grants only to who can change the domain's DNS; name one domain, or get the certificate elsewhere and give --tls-cert and --tls-key"
    } else if matches!(Host::parse(domain), Ok(Host::Domain(_))) && !domain.contains(['/', ':']) {
        return Ok(());
    } else {
        "is not a domain; it looks like your.domain"
    };
    Err(StartError::PublicUrl(format!("--acme {domain} {why}")))
}

/// What cannot work is refused; what most likely is a mistake is said in the log.
fn say_what_is_odd(config: &Config, address: SocketAddr, url: &Url) -> Result<(), StartError> {
    let is_plain = url.scheme() == "http";
    if is_plain && config.tls != Tls::None {
        return Err(StartError::PublicUrl(format!(
            "--public-url {url} sends people to a server without TLS, and this one has it: write https://"
        )));
    }
    if is_plain && !is_this_machine(url) {
        tracing::warn!(
            public_url = %url,
            "people are sent to this server without TLS: anybody on the way can read and change what its pages are; give it a \
             certificate, or an address of https:// and a proxy that has one"
        );
    }
    if let Tls::Acme { domain } = &config.tls
        && address.port() != HTTPS
    {
        tracing::warn!(
            listen = %address,
            domain,
            "Let's Encrypt comes to port 443 of the domain, and this server listens at another: hand port 443 on to it, or listen there"
        );
    }
    Ok(())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether browsers may be told to come by TLS alone (RFC 6797): where this server has it, at the port that every browser would
/// take. That holds for the whole host, and at another port there may be something else.
pub fn is_strict(tls: &Tls, public_url: &str) -> bool {
    let at_its_port = |url: Url| url.scheme() == "https" && url.port().is_none();
    *tls != Tls::None && Url::parse(public_url).is_ok_and(at_its_port)
}

/// Name and URL by which people reach the server.
pub fn place(config: &Config, address: SocketAddr, restored: bool) -> Result<Place, StartError> {
    let text = match (&config.public_url, &config.tls) {
        (Some(url), _) => url.clone(),
        (None, Tls::Acme { domain }) => format!("https://{domain}"),
        (None, Tls::None) => format!("http://{address}"),
        (None, Tls::Files { .. }) if !address.ip().is_unspecified() => format!("https://{address}"),
        (None, Tls::Files { .. }) => {
            return Err(StartError::PublicUrl(
                "say where people reach this server: --public-url https://your.domain".to_owned(),
            ));
        }
    };
    let bad = || {
        StartError::PublicUrl(format!(
            "--public-url {text} is not the address of a server; it looks like https://your.domain"
        ))
    };
    let url = Url::parse(&text).map_err(|_| bad())?;
    let plain = matches!(url.scheme(), "https" | "http")
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let name = name_of(&url).filter(|_| plain).ok_or_else(bad)?;
    say_what_is_odd(config, address, &url)?;
    if url.scheme() == "https" && config.tls == Tls::None && !config.policy.is_behind_proxy() {
        return Err(StartError::PublicUrl(format!(
            "people reach this server at {text} and it has no certificate, so a proxy stands before it; name the proxy in the configuration, as trusted_proxies = [\"127.0.0.1\"], and let it set X-Forwarded-For"
        )));
    }
    let public_url = text.trim_end_matches('/').to_owned();
    let restored_ms = restored.then(crate::directory::thread::now_ms);
    Ok(Place { name, public_url, restored_ms, renamed: config.renamed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme(domain: &str) -> Tls {
        Tls::Acme { domain: domain.to_owned() }
    }

    #[test]
    fn browsers_are_told_to_come_by_tls_alone_where_that_is_this_servers_to_say() {
        let files = Tls::Files { certificate: "c".into(), key: "k".into() };
        assert!(is_strict(&files, "https://chat.example"));
        assert!(!is_strict(&files, "https://chat.example:8443"));
        assert!(!is_strict(&Tls::None, "http://127.0.0.1:4000"));
    }

    #[test]
    fn domains_without_a_certificate_are_refused_with_what_to_do() {
        assert!(check_domain(&acme("chat.example.org")).is_ok());
        let said = |domain| check_domain(&acme(domain)).unwrap_err().to_string();
        assert!(said("a.example,b.example").contains("names several domains"));
        assert!(said("a.example b.example").contains("names several domains"));
        assert!(said("*.example.org").contains("is a wildcard"));
        for wrong in ["203.0.113.5", "https://chat.example.org", "chat.example.org:443", ""] {
            assert!(said(wrong).contains("is not a domain"), "{wrong}");
        }
    }

    #[test]
    fn plain_public_url_of_a_server_with_tls_is_refused() {
        let address = "127.0.0.1:443".parse().unwrap();
        let mut config = Config::new("unused", address);
        config.public_url = Some("http://chat.example.org".to_owned());
        assert!(place(&config, address, false).is_ok());
        for tls in [acme("chat.example.org"), Tls::Files { certificate: "c".into(), key: "k".into() }] {
            config.tls = tls;
            let said = place(&config, address, false).err().unwrap().to_string();
            assert!(said.contains("write https://"), "{said}");
        }
    }
}
