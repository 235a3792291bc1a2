//! What an operator decides, from `--config FILE` (TOML). Every field has a default.
//!
//! What stands here about a setting is what operators read: docs/settings.md and the package's file of defaults are made from these types.

mod mistakes;
#[cfg(test)]
mod reference;

use std::net::SocketAddr;
use std::path::PathBuf;

use aws_lc_rs::hmac;
use casemate_wire::call::is_turn_server;
use casemate_wire::ids::RelaySecret;
use casemate_wire::limits::{BLOB_BYTES, TURN_SERVERS};
use casemate_wire::proto::wire::TurnServer;
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

pub use mistakes::BadConfig;
use mistakes::{Step, Wrong};

use crate::push::target::PushPolicy;
use crate::shell::proxy::Network;

/// An operator's decisions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy {
    /// Who may create an account: `invitation` (only with an invitation link), `open` (anybody) or `closed` (nobody, with or without a link).
    /// With `open`, strangers take names and room on the disk. What `casemate ctl registration` said counts instead.
    pub registration: Registration,
    /// Whether members may invite newcomers. With `false` you alone do, by `casemate invite`. Links that only ask for contact work either way.
    pub members_invite: bool,
    /// Days after which messages, requests and files leave the disk, 1 to 3650. More takes more of the disk. With less, a device that was off
    /// for longer misses messages.
    pub retention_days: u32,
    /// Bytes of the largest file that a member may send, encrypted; at most 68719476736 (64 GiB). Raising it lets a member fill the disk
    /// with fewer files.
    pub blob_limit: u64,
    /// Bytes that the backup of one account may take; 0 keeps no backups. Raising it takes more of the disk. Who is over it can no longer
    /// write a backup.
    pub backup_limit: u64,
    /// Whether anybody may read `/metrics`. With `false` only this machine may. It has sums over everybody, which still tell how many people
    /// use the server and when.
    pub metrics_public: bool,
    /// Addresses or networks of the proxies that stand before the server, such as `["127.0.0.1", "10.0.0.0/8"]`. Each has to set
    /// `X-Forwarded-For` or `Forwarded`. A machine that is named here can claim to be any other.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub trusted_proxies: Vec<Network>,
    /// What an account may begin in a day. The server does not see which account begins it later: each gets blind tokens for it.
    pub allowances: Allowances,
    /// Rates that protect the server and the people on it.
    pub limits: Limits,
    /// Waking devices that are away (Web Push).
    pub push: PushPolicy,
    /// Calls: which relays hand on their sound and pictures.
    pub calls: CallPolicy,
}

/// Who may create an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Registration {
    /// Anybody.
    Open,
    /// Those with an invitation link.
    #[serde(alias = "invited")]
    Invitation,
    /// Nobody, with or without a link.
    Closed,
}

/// Blind tokens an account gets per day, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Allowances {
    /// New conversations in a day, with those that its own devices keep among themselves. Raising it lets an account make the server keep
    /// more; lowering it stops busy people.
    pub logs: u32,
    /// Requests in a day to people who are no contacts yet. Raising it makes unwanted requests cheaper.
    pub knocks: u32,
    /// Files in a day, in pieces of 16 MiB; a smaller file counts as one. Raising it lets an account fill the disk sooner.
    pub blobs: u32,
}

/// Calls: which relays hand on their media.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallPolicy {
    /// Whether this server starts a relay of its own. With `false` and without `relays` there are no calls.
    pub own_relay: bool,
    /// Address and port where the own relay listens, UDP and TCP. Left out: the server's address with the next port number.
    #[cfg_attr(test, schemars(example = "0.0.0.0:8441"))]
    pub listen: Option<SocketAddr>,
    /// Address and port at which devices reach the own relay, where that is not `listen`, as behind NAT. Needed where `listen` is every
    /// address.
    #[cfg_attr(test, schemars(example = "203.0.113.5:8441"))]
    pub public: Option<SocketAddr>,
    /// Instead of `listen` and `public`, where the own relay has several addresses, most often one of IPv4 and one of IPv6; at most eight.
    pub media: Vec<CallMedia>,
    /// Threads of the own relay; 0 is as many as the machine has cores. One thread hands on some hundred voices; more threads than cores gain
    /// nothing.
    pub threads: usize,
    /// Relays on other machines, which run as `casemate relay` (docs/relay.md).
    pub relays: Vec<OtherRelay>,
    /// A TURN server in front of the relays, for networks that let neither UDP nor other ports through.
    pub turn: Option<TurnPolicy>,
}

/// One address of the relay that this server starts, as in a relay's own configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CallMedia {
    /// Address and port where it listens, UDP and TCP.
    #[cfg_attr(test, schemars(example = "[::]:8441"))]
    pub listen: SocketAddr,
    /// Address and port at which devices reach it, where that is another.
    #[cfg_attr(test, schemars(example = "[2001:db8::1]:8441"))]
    pub public: Option<SocketAddr>,
}

/// Addresses for media at most, as at the relay itself.
const CALL_MEDIA: usize = 8;

/// A TURN server such as coturn with `use-auth-secret`, which may reach nothing but the relays.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TurnPolicy {
    /// One to four addresses at which devices reach it.
    #[cfg_attr(test, schemars(example = ["turns:turn.example.org:443?transport=tcp"]))]
    pub urls: Vec<String>,
    /// Its `static-auth-secret`, 16 letters or more. Who has it can use the TURN server.
    #[cfg_attr(test, schemars(example = "at least sixteen letters"))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OtherRelay {
    /// Its name, 1 to 64 bytes, as in its own configuration. Calls are spread over relays by their names: another name moves calls.
    #[cfg_attr(test, schemars(example = "north-1"))]
    pub name: String,
    /// Host and port of its `control`.
    #[cfg_attr(test, schemars(example = "relay.example.org:8442"))]
    pub address: String,
    /// What it shares with this server, 64 digits of lower-case hexadecimal, as in its own configuration.
    #[cfg_attr(test, schemars(example = "0000000000000000000000000000000000000000000000000000000000000000"))]
    pub secret: String,
    /// PEM file with the certificate that it shows, or with one that leads to it, where no public authority made it.
    #[cfg_attr(test, schemars(example = "/etc/casemate/relay.pem"))]
    pub ca: Option<PathBuf>,
}

impl OtherRelay {
    /// What this server shares with it; none where it is not written as [`BAD_SECRET`] says.
    pub fn secret(&self) -> Option<RelaySecret> {
        let bytes = HEXLOWER.decode(self.secret.as_bytes()).ok()?;
        RelaySecret::try_from(&bytes[..]).ok()
    }
}

/// How a relay's secret is written.
pub const BAD_SECRET: &str = "a relay's secret is 64 digits of lower-case hexadecimal";

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

/// Rates that protect the server and the people on it: [`crate::limits`] keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Limits {
    /// Look-ups of people by handle, and requests to them, from one network address in an hour. Raising it makes collecting names easier.
    pub lookups_per_hour: u32,
    /// Accounts created without an invitation from one network address in an hour. Raising it makes accounts for spam cheaper. Accounts with
    /// an invitation do not count.
    pub accounts_per_hour: u32,
    /// Requests and invitations that one network address sends to inboxes in an hour. Raising it lets one network fill inboxes sooner;
    /// lowering it delays large groups.
    pub posts_per_hour: u32,
    /// Steps of linking devices from one network address in an hour; a device takes four to ten. Raising it makes guessing codes cheaper.
    pub rendezvous_per_hour: u32,
    /// Times that somebody enters a call from one network address in an hour; coming back after an interruption counts. Raising it lets one
    /// network keep the relays busy.
    pub calls_per_hour: u32,
    /// What requests of one network address to the directory may cost in an hour, in signatures of about 50 µs each; an account has a
    /// quarter of it. Raising it lets one network make all others wait longer.
    pub work_per_hour: u32,
    /// MiB of messages that one network address may send in an hour, and a quarter of it at once. Raising it lets one network fill the disk
    /// sooner.
    pub written_mib_per_hour: u32,
    /// Connections from one network address at once. Of IPv6 it is a /64; a /48 has eight times as many, and a quarter of all at most.
    /// Raising it lets one machine take more of the server's sockets. This machine itself, where a proxy may stand, has at least 100,000.
    pub connections: u32,
    /// What `trusted_proxies` was called before; use that. With `true`, every peer counts as a proxy, so that nothing else may reach the port.
    pub behind_proxy: bool,
    /// No rates at all, for load tests. With `true`, anybody can make the server busy and its disk full.
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

impl Policy {
    /// Reads the text of a configuration file.
    pub fn from_toml(text: &str) -> Result<Self, BadConfig> {
        let policy: Self = toml::from_str(text).map_err(|error| BadConfig::of_toml(text, &error))?;
        match policy.check() {
            Ok(()) => Ok(policy),
            Err(wrong) => Err(wrong.in_text(text)),
        }
    }

    /// What no type says of the values.
    fn check(&self) -> Result<(), Wrong> {
        use Step::{Name, Nth};
        if !(1..=3_650).contains(&self.retention_days) {
            return Err(Wrong::at([Name("retention_days")], "retention_days must be 1 to 3650"));
        }
        if self.blob_limit > BLOB_BYTES {
            return Err(Wrong::at([Name("blob_limit")], "blob_limit is at most 68719476736 (64 GiB)"));
        }
        let calls = &self.calls;
        if calls.media.len() > CALL_MEDIA {
            return Err(Wrong::at([Name("calls"), Name("media")], "calls.media has at most 8 addresses"));
        }
        for (name, given) in [("listen", calls.listen), ("public", calls.public)] {
            if !calls.media.is_empty() && given.is_some() {
                let why = "calls.media stands instead of calls.listen and calls.public";
                return Err(Wrong::at([Name("calls"), Name(name)], why));
            }
        }
        for (nth, relay) in calls.relays.iter().enumerate() {
            let at = |name| [Name("calls"), Name("relays"), Nth(nth), Name(name)];
            if relay.secret().is_none() {
                return Err(Wrong::at(at("secret"), BAD_SECRET));
            }
            if relay.name.is_empty() || relay.name.len() > 64 {
                return Err(Wrong::at(at("name"), "a relay's name has 1 to 64 bytes"));
            }
        }
        if let Some(turn) = &calls.turn {
            let at = |name| [Name("calls"), Name("turn"), Name(name)];
            let granted = turn.grant(0);
            if granted.is_empty() || granted.len() > TURN_SERVERS || !granted.iter().all(is_turn_server) {
                let why = "calls.turn.urls are one to four addresses: turns:HOST:443?transport=tcp";
                return Err(Wrong::at(at("urls"), why));
            }
            if turn.secret.len() < 16 {
                return Err(Wrong::at(at("secret"), "calls.turn.secret has at least 16 letters"));
            }
        }
        Ok(())
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
        let refused = |text: &str| Policy::from_toml(text).unwrap_err().to_string();
        for (text, said) in [
            (
                "registration = \"open\"\nretention_day = 7",
                "line 2, column 1: there is no setting retention_day; did you mean retention_days?",
            ),
            (
                "[limits]\n\n  conections = 7",
                "line 3, column 3: there is no setting conections; did you mean connections?",
            ),
            ("retention_days = 0", "line 1, column 18: retention_days must be 1 to 3650"),
            ("\nblob_limit = 68719476737", "line 2, column 14: blob_limit is at most 68719476736 (64 GiB)"),
        ] {
            assert_eq!(refused(text), said);
        }
        assert!(
            refused("zebra = 7")
                .starts_with("line 1, column 1: there is no setting zebra; there are allowances, ")
        );
        for (text, place, what) in [
            ("registration = \"some\"", "line 1, column 16: ", "some"),
            ("retention_days = \"7\"", "line 1, column 18: ", "expected a whole number"),
            ("[limits]\nconnections = -1", "line 2, column 15: ", "-1"),
            (
                "trusted_proxies = [\"10.0.0.0/8\", \"proxy\"]",
                "line 1, column ",
                "proxy is neither an address",
            ),
            ("retention_days 7", "line 1, column ", ""),
            ("[calls.turn]\nurls = []", "line 1, column ", "secret"),
        ] {
            let said = refused(text);
            assert!(said.starts_with(place) && said.contains(what), "{said}");
        }
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
            let said = calls(&format!("{both}{wrong}")).unwrap_err().to_string();
            assert!(said.starts_with("line 6, column 10: calls.media stands instead"), "{said}");
        }
        let many = "{ listen = \"192.0.2.1:1\" },".repeat(CALL_MEDIA + 1);
        assert!(calls(&format!("media = [{many}]")).unwrap_err().to_string().contains("at most 8 addresses"));
        assert!(calls("media = [{ public = \"192.0.2.1:1\" }]").unwrap_err().to_string().contains("listen"));
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
            let said = Policy::from_toml(&bad).unwrap_err().to_string();
            assert!(said.contains("calls.turn."), "{said}");
        }
    }
}
