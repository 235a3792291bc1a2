//! Invitation links: `{public URL}/i#{link secret}.{server key}`, and for a group `.{group}` after that. What matters stands after the `#`, which
//! browsers do not send; the server's key travels with it, so that the newcomer trusts no other server. Before the secret may stand
//! the name of whoever invites, `{name}~`, in the alphabet of the rest: whoever opens the link reads it, the server does not.

use data_encoding::BASE64URL_NOPAD;

use crate::ids::LinkSecret;

/// A parsed invitation link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The server's public URL, without a trailing slash.
    pub server_url: String,
    /// The right to join or knock.
    pub secret: LinkSecret,
    /// The server's Ed25519 key.
    pub server_key: [u8; 32],
    /// What names a group to whoever made the link: opening it asks to be added there.
    pub group: Option<[u8; 16]>,
    /// What whoever made the link is called, on the link's word alone; empty: it does not say.
    pub by: String,
}

/// Longest name in a link. Each byte makes its QR code larger.
pub const BY_BYTES: usize = 120;

/// Not an invitation link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a Casemate invitation link; it looks like https://server/i#… and must be copied whole")]
pub struct BadLink;

impl Link {
    /// Parses what a person pasted; surrounding white space is ignored.
    pub fn parse(text: &str) -> Result<Self, BadLink> {
        let text = text.trim();
        if text.len() > 600 {
            return Err(BadLink);
        }
        let (page, fragment) = text.split_once('#').ok_or(BadLink)?;
        let server_url = page.strip_suffix("/i").ok_or(BadLink)?;
        if !(server_url.starts_with("https://") || server_url.starts_with("http://")) {
            return Err(BadLink);
        }
        let (by, fragment) = match fragment.split_once('~') {
            Some((by, rest)) => (name(by)?, rest),
            None => (String::new(), fragment),
        };
        let (secret, key) = fragment.split_once('.').ok_or(BadLink)?;
        let (key, group) = match key.split_once('.') {
            Some((key, group)) => (key, Some(group)),
            None => (key, None),
        };
        let secret = BASE64URL_NOPAD.decode(secret.as_bytes()).map_err(|_| BadLink)?;
        let key = BASE64URL_NOPAD.decode(key.as_bytes()).map_err(|_| BadLink)?;
        let group = match group {
            None => None,
            Some(group) => {
                let group = BASE64URL_NOPAD.decode(group.as_bytes()).map_err(|_| BadLink)?;
                Some(group.as_slice().try_into().map_err(|_| BadLink)?)
            }
        };
        Ok(Self {
            server_url: server_url.to_owned(),
            secret: LinkSecret::try_from(secret.as_slice()).map_err(|_| BadLink)?,
            server_key: key.as_slice().try_into().map_err(|_| BadLink)?,
            group,
            by,
        })
    }

    /// The link as text. Not `Display`: a link is a secret and should not slip into a log.
    pub fn to_text(&self) -> String {
        let group = self.group.map(|group| format!(".{}", BASE64URL_NOPAD.encode(&group)));
        let by = match self.by.as_str() {
            "" => String::new(),
            by => format!("{}~", BASE64URL_NOPAD.encode(by.as_bytes())),
        };
        format!(
            "{}/i#{by}{}.{}{}",
            self.server_url,
            BASE64URL_NOPAD.encode(self.secret.expose()),
            BASE64URL_NOPAD.encode(&self.server_key),
            group.unwrap_or_default()
        )
    }
}

fn name(encoded: &str) -> Result<String, BadLink> {
    let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| BadLink)?;
    if bytes.len() > BY_BYTES {
        return Err(BadLink);
    }
    String::from_utf8(bytes).map_err(|_| BadLink)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusals() {
        let link = Link {
            server_url: "http://localhost:8440".into(),
            secret: LinkSecret::new([1; 16]),
            server_key: [2; 32],
            group: None,
            by: String::new(),
        };
        assert_eq!(Link::parse(&format!("  {}\n", link.to_text())).unwrap(), link);
        let group = Link { group: Some([3; 16]), ..link.clone() };
        assert_eq!(Link::parse(&group.to_text()).unwrap(), group);
        for by in ["Mira Koss", "ميرا", "李"] {
            let named = Link { by: by.into(), ..link.clone() };
            assert_eq!(Link::parse(&named.to_text()).unwrap(), named);
        }
        let named = |by: &[u8]| link.to_text().replace('#', &format!("#{}~", BASE64URL_NOPAD.encode(by)));
        assert_eq!(Link::parse(&named(&[b'a'; BY_BYTES + 1])), Err(BadLink));
        assert_eq!(Link::parse(&named(&[0xff])), Err(BadLink));
        for more in [".", ".AAAA", ".AwMDAwMDAwMDAwMDAwMDAw.x"] {
            assert_eq!(Link::parse(&format!("{}{more}", link.to_text())), Err(BadLink));
        }
        for bad in
            ["", "http://localhost/i", "http://localhost/i#", "ftp://x/i#a.b", "http://localhost/i#AAAA.AAAA"]
        {
            assert_eq!(Link::parse(bad), Err(BadLink), "{bad}");
        }
    }
}
