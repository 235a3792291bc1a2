//! What an operator decides, from `--config FILE` (TOML). Every field has a default.

use std::net::SocketAddr;
use std::path::PathBuf;

use aws_lc_rs::hmac;
use casemate_wire::call::is_turn_server;
use casemate_wire::ids::RelaySecret;
use casemate_wire::limits::{BLOB_BYTES, TURN_SERVERS};
use casemate_wire::proto::wire::TurnServer;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::push::target::PushPolicy;
use crate::shell::proxy::Network;

/// An operator's decisions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Who may create an account.
    pub registration: Registration,
    /// Whether members may invite newcomers. Links that only knock are always allowed.
    pub members_invite: bool,
    /// Days after which entries, inbox items and blobs leave the disk.
    pub retention_days: u32,
    /// Largest blob, in bytes.
    pub blob_limit: u64,
    /// What the backup of one account may take, in bytes; 0 keeps none.
    pub backup_limit: u64,
    /// Whether anybody may read `/metrics`, or only loopback.
    pub metrics_public: bool,
    /// Addresses or networks of the proxies that stand before the server: `["127.0.0.1"]`. Each sets `X-Forwarded-For` or `Forwarded`.
    pub trusted_proxies: Vec<Network>,
    /// Blind tokens an account gets per day.
    pub allowances: Allowances,
    /// Rates.
    pub limits: Limits,
    /// Waking devices that are away.
    pub push: PushPolicy,
    /// Calls.
    pub calls: CallPolicy,
}

/// Who may create an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Who has an invitation link.
    #[serde(alias = "invited")]
    Invitation,
    /// Nobody, with or without a link.
    Closed,
}

/// Blind tokens an account gets per day, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    /// New logs: conversations created, and logs of one's own devices.
    pub logs: u32,
    /// Knocks on people who are not contacts.
    pub knocks: u32,
    /// 16 MiB each of attachments.
    pub blobs: u32,
}

/// Calls: which relays hand on their media.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallPolicy {
    /// Whether this server starts a relay of its own.
    pub own_relay: bool,
    /// Where that listens, UDP and TCP. Left out: the server's address, with the next port number.
    pub listen: Option<SocketAddr>,
    /// How that is seen from outside, where it is another. Needed where `listen` is every address.
    pub public: Option<SocketAddr>,
    /// Instead of these two, where it has several addresses: one of IPv4 and one of IPv6, most often.
    pub media: Vec<CallMedia>,
    /// Its threads; 0: as many as the machine has cores.
    pub threads: usize,
    /// Relays on other machines.
    pub relays: Vec<OtherRelay>,
    /// A TURN server in front of the relays, for networks that let no media through.
    pub turn: Option<TurnPolicy>,
}

/// One address of the relay that this server starts, as in a relay's own configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallMedia {
    /// Where it listens, UDP and TCP.
    pub listen: SocketAddr,
    /// How that is seen from outside, where it is another.
    pub public: Option<SocketAddr>,
}

/// Addresses for media at most, as at the relay itself.
const CALL_MEDIA: usize = 8;

/// A TURN server such as coturn with `use-auth-secret`, which may reach nothing but the relays.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnPolicy {
    /// How devices reach it: `turns:turn.example.org:443?transport=tcp`.
    pub urls: Vec<String>,
    /// Its `static-auth-secret`.
    pub secret: String,
}

/// Without the secret.
impl std::fmt::Debug for TurnPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnPolicy").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl TurnPolicy {
    /// A right to use it may be asked for so long; what was begun with it goes on longer.
    const GRANTED_S: u64 = 12 * 60 * 60;

    /// What a device gets that joins a call at this Unix time: a name that says until when, and coturn's answer to it.
    pub fn grant(&self, now_s: u64) -> Vec<TurnServer> {
        let username = now_s.saturating_add(Self::GRANTED_S).to_string();
        // What TURN servers take (draft-uberti-behave-turn-rest-00 §2.2).
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.secret.as_bytes());
        let credential = BASE64.encode(hmac::sign(&key, username.as_bytes()).as_ref());
        let server = |url: &String| TurnServer {
            url: url.clone(),
            username: username.clone(),
            credential: credential.clone(),
        };
        self.urls.iter().map(server).collect()
    }
}

/// A relay that runs by itself, as `casemate relay --config FILE`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherRelay {
    /// As in its own configuration. Calls are spread by it, so that it should stay.
    pub name: String,
    /// Host and port of its `control`.
    pub address: String,
    /// As in its own configuration.
    pub secret: String,
    /// PEM file with the certificate that it shows, or one that leads to it, where that is of the operator's own making.
    pub ca: Option<PathBuf>,
}

impl OtherRelay {
    /// What this server shares with it.
    pub fn secret(&self) -> Result<RelaySecret, BadConfig> {
        let bytes = HEXLOWER.decode(self.secret.as_bytes()).ok();
        bytes
            .and_then(|bytes| RelaySecret::try_from(&bytes[..]).ok())
            .ok_or(BadConfig::Value("a relay's secret is 64 digits of lower-case hexadecimal"))
    }
}

impl Default for CallPolicy {
    fn default() -> Self {
        Self {
            own_relay: true,
            listen: None,
            public: None,
            media: Vec::new(),
            threads: 0,
            relays: Vec::new(),
            turn: None,
        }
    }
}

/// Rates that protect the server and the people on it. See [`crate::limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Look-ups and knocks by handle, per network address and hour. Raising it makes collecting names easier.
    pub lookups_per_hour: u32,
    /// Accounts created without an invitation, per network address and hour. Those with one are paid for by it.
    pub accounts_per_hour: u32,
    /// Posts to inboxes, per network address and hour.
    pub posts_per_hour: u32,
    /// Steps of linking devices, per network address and hour. A device that is linked takes four to ten.
    pub rendezvous_per_hour: u32,
    /// Times that somebody enters a call, per network address and hour. Coming back after an interruption counts too.
    pub calls_per_hour: u32,
    /// What requests to the directory may cost, per network address and hour, in signatures of about 50 µs each; of one account a
    /// quarter of it. Raising it lets one network make all others wait longer.
    pub work_per_hour: u32,
    /// MiB of entries that a network address may send in an hour, and a quarter of it at once. Raising it lets one network fill the
    /// disk sooner.
    pub written_mib_per_hour: u32,
    /// Connections from one network address; of IPv6 from a /64, and eight times as many from a /48, which has a quarter of all at most.
    /// Raising it lets one machine take more of the server's sockets. From this machine itself, where a proxy may stand, at least 100,000.
    pub connections: u32,
    /// The name of before for [`Policy::trusted_proxies`]: any peer is a proxy, and the address is the last one of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// No rates at all. For load tests.
    pub lifted: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            registration: Registration::Invitation,
            members_invite: true,
            retention_days: 60,
            blob_limit: BLOB_BYTES,
            backup_limit: 1024 * 1024 * 1024,
            metrics_public: false,
            trusted_proxies: Vec::new(),
            allowances: Allowances::default(),
            limits: Limits::default(),
            push: PushPolicy::default(),
            calls: CallPolicy::default(),
        }
    }
}

impl Default for Allowances {
    fn default() -> Self {
        Self { logs: 200, knocks: 50, blobs: 4_096 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lookups_per_hour: 1_200,
            accounts_per_hour: 600,
            posts_per_hour: 100_000,
            rendezvous_per_hour: 480,
            calls_per_hour: 4_800,
            work_per_hour: 1_000_000,
            written_mib_per_hour: 4_096,
            connections: 20_000,
            behind_proxy: false,
            lifted: false,
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// Not TOML, or a field that is not known.
    #[error("{0}")]
    Syntax(String),
    /// A value that would make the server useless.
    #[error("{0}")]
    Value(&'static str),
}

impl Policy {
    /// Reads the text of a configuration file.
    pub fn from_toml(text: &str) -> Result<Self, BadConfig> {
        let policy: Self = toml::from_str(text).map_err(|error| BadConfig::Syntax(error.to_string()))?;
        if !(1..=3_650).contains(&policy.retention_days) {
            return Err(BadConfig::Value("retention_days must be 1 to 3650"));
        }
        if policy.blob_limit > BLOB_BYTES {
            return Err(BadConfig::Value("blob_limit is at most 68719476736 (64 GiB)"));
        }
        let calls = &policy.calls;
        if calls.media.len() > CALL_MEDIA {
            return Err(BadConfig::Value("calls.media has at most 8 addresses"));
        }
        if !calls.media.is_empty() && (calls.listen.is_some() || calls.public.is_some()) {
            return Err(BadConfig::Value("calls.media stands instead of calls.listen and calls.public"));
        }
        for relay in &policy.calls.relays {
            relay.secret()?;
            if relay.name.is_empty() || relay.name.len() > 64 {
                return Err(BadConfig::Value("a relay's name has 1 to 64 bytes"));
            }
        }
        if let Some(turn) = &policy.calls.turn {
            let granted = turn.grant(0);
            if granted.is_empty() || granted.len() > TURN_SERVERS || !granted.iter().all(is_turn_server) {
                return Err(BadConfig::Value(
                    "calls.turn.urls are one to four addresses: turns:HOST:443?transport=tcp",
                ));
            }
            if turn.secret.len() < 16 {
                return Err(BadConfig::Value("calls.turn.secret has at least 16 letters"));
            }
        }
        Ok(policy)
    }

    /// Whether the operator said that a proxy stands before the server.
    pub fn is_behind_proxy(&self) -> bool {
        !self.trusted_proxies.is_empty() || self.limits.behind_proxy
    }

    /// The retention time in milliseconds.
    pub fn retention_ms(&self) -> i64 {
        i64::from(self.retention_days) * crate::tokens::DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default_and_mistakes_are_named() {
        assert_eq!(Policy::from_toml(""), Ok(Policy::default()));
        let policy =
            Policy::from_toml("registration = \"open\"\nretention_days = 7\n[allowances]\nknocks = 5")
                .unwrap();
        assert_eq!(policy.registration, Registration::Open);
        assert_eq!(policy.allowances, Allowances { knocks: 5, ..Allowances::default() });
        let Err(BadConfig::Syntax(text)) = Policy::from_toml("retention_day = 7") else { panic!() };
        assert!(text.contains("retention_day"), "{text}");
        assert!(matches!(Policy::from_toml("retention_days = 0"), Err(BadConfig::Value(_))));
        assert!(matches!(Policy::from_toml("blob_limit = 68719476737"), Err(BadConfig::Value(_))));
    }

    #[test]
    fn a_relay_of_ones_own_has_one_address_or_several() {
        let calls = |text: &str| Policy::from_toml(&format!("[calls]\n{text}")).map(|policy| policy.calls);
        let both = "media = [\n  { listen = \"192.0.2.1:8441\" },\n  \
                    { listen = \"[::]:8441\", public = \"[2001:db8::1]:8441\" },\n]\n";
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let media = calls(both).unwrap().media;
        assert_eq!(media[0], CallMedia { listen: address("192.0.2.1:8441"), public: None });
        assert_eq!(media[1].public, Some(address("[2001:db8::1]:8441")));
        let one = calls("listen = \"0.0.0.0:1\"\npublic = \"192.0.2.1:1\"").unwrap();
        assert_eq!((one.listen, one.media), (Some(address("0.0.0.0:1")), Vec::new()));
        for wrong in ["listen = \"192.0.2.1:1\"", "public = \"192.0.2.1:1\""] {
            assert!(matches!(calls(&format!("{both}{wrong}")), Err(BadConfig::Value(_))));
        }
        let many = "{ listen = \"192.0.2.1:1\" },".repeat(CALL_MEDIA + 1);
        assert!(matches!(calls(&format!("media = [{many}]")), Err(BadConfig::Value(_))));
        assert!(matches!(calls("media = [{ public = \"192.0.2.1:1\" }]"), Err(BadConfig::Syntax(_))));
    }

    /// The credential is the one that `printf 43200 | openssl dgst -sha1 -hmac SECRET -binary | base64` prints.
    #[test]
    fn a_turn_server_grants_for_some_hours_and_shows_its_secret_to_nobody() {
        let text = "[calls.turn]\nurls = [\"turns:turn.example.org:443?transport=tcp\"]\nsecret = \"only for tests, really\"";
        let turn = Policy::from_toml(text).unwrap().calls.turn.unwrap();
        let granted = turn.grant(0);
        assert_eq!(granted.len(), 1);
        assert_eq!(granted[0].username, "43200");
        assert_eq!(granted[0].credential, "pJWqS+XmfChFCTJ6CSl7CivvcZk=");
        assert!(!format!("{turn:?}").contains("really"));
        for bad in [text.replace("turns:", "https:"), text.replace("only for tests, really", "short")] {
            assert!(matches!(Policy::from_toml(&bad), Err(BadConfig::Value(_))), "{bad}");
        }
    }
}
