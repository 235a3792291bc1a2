//! What an operator decides of a relay, from `--config FILE` (TOML).

use std::net::SocketAddr;
use std::path::PathBuf;

use casemate_wire::ids::RelaySecret;
use serde::Deserialize;

/// An operator's decisions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name among the server's relays, as people see it when they look for a fault.
    pub name: String,
    /// Where participants reach it: for each, UDP and TCP.
    pub media: Vec<Media>,
    /// Where the server reaches it.
    pub control: Control,
    /// What it shares with the server: 32 bytes in hexadecimal.
    pub secret: Secret,
    /// Threads that hand on packets; 0: as many as the machine has cores.
    #[serde(default)]
    pub threads: usize,
    /// Whether it ends by itself when no server is there and nobody is in a call.
    #[serde(default)]
    pub ends_alone: bool,
    /// Which build of the program this is, as the server hears it. The program that starts the relay says it; it stands in no file.
    #[serde(skip)]
    pub build: String,
}

/// One address for media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How that is seen from outside, where it is another.
    pub public: Option<SocketAddr>,
}

/// Where the server reaches the relay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// A socket in a folder that only the server's user may enter.
    Socket(PathBuf),
    /// An address, protected by TLS.
    Tls {
        /// Where.
        listen: SocketAddr,
        /// PEM file with the certificate and those that lead to it.
        certificate: PathBuf,
        /// PEM file with its key.
        key: PathBuf,
    },
}

/// A secret in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(pub RelaySecret);

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        let secret = bytes.and_then(|bytes| RelaySecret::try_from(&bytes[..]).ok());
        secret.map(Self).ok_or("a secret is 64 digits of lower-case hexadecimal")
    }
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// Not TOML, or a field that is not known.
    #[error("{0}")]
    Syntax(String),
    /// A value that would make the relay useless.
    #[error("{0}")]
    Value(&'static str),
}

/// Threads at most: the first two digits of a user name say which.
pub const THREADS: usize = 64;

/// Addresses for media at most.
const ADDRESSES: usize = 8;

impl Config {
    /// Reads the text of a configuration file.
    pub fn from_toml(text: &str) -> Result<Self, BadConfig> {
        let config: Self = toml::from_str(text).map_err(|error| BadConfig::Syntax(error.to_string()))?;
        if config.name.is_empty() || config.name.len() > 64 {
            return Err(BadConfig::Value("name has 1 to 64 bytes"));
        }
        if config.media.is_empty() || config.media.len() > ADDRESSES {
            return Err(BadConfig::Value("media has 1 to 8 addresses"));
        }
        if config.media.iter().any(|media| media.public.unwrap_or(media.listen).ip().is_unspecified()) {
            return Err(BadConfig::Value(
                "say how people reach the relay: public, where listen is every address",
            ));
        }
        if config.threads > THREADS {
            return Err(BadConfig::Value("threads is at most 64"));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(media: &str, rest: &str) -> String {
        format!(
            "name = \"home\"\nmedia = [{media}]\nsecret = \"{}\"\n{rest}\ncontrol = {{ socket = \"/tmp/x\" }}\n",
            "0a".repeat(32)
        )
    }

    #[test]
    fn a_configuration_and_its_mistakes() {
        let good = text("{ listen = \"[::]:8441\", public = \"[2001:db8::1]:8441\" }", "threads = 2");
        let config = Config::from_toml(&good).unwrap();
        assert_eq!((config.threads, config.ends_alone), (2, false));
        assert_eq!(config.secret.0, RelaySecret::new([10; 32]));
        let bad = |text: String| Config::from_toml(&text).unwrap_err();
        assert!(matches!(bad(text("", "")), BadConfig::Value(_)));
        assert!(matches!(bad(text("{ listen = \"0.0.0.0:8441\" }", "")), BadConfig::Value(_)));
        assert!(matches!(bad(text("{ listen = \"127.0.0.1:1\" }", "threads = 65")), BadConfig::Value(_)));
        let BadConfig::Syntax(text) = bad(text("{ listen = \"127.0.0.1:1\" }", "thread = 1")) else {
            panic!()
        };
        assert!(text.contains("thread"), "{text}");
        let short = good.replace("0a0a", "0a");
        assert!(matches!(bad(short), BadConfig::Syntax(_)));
    }
}
