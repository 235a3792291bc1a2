//! What is logged: to stderr, as much as `RUST_LOG` asks for, else what is usual for the subcommand.

use std::io::Write as _;

use tracing_subscriber::EnvFilter;

/// Levels, by which a line of the log is one or is left out.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// How the parts of the program begin that log.
const PARTS: [&str; 7] = ["casemate", "http", "hyper", "rustls", "str0m", "tokio", "tungstenite"];

/// Starts logging. What cannot be written, as on a full disk, is left out: nothing stops for it. Once, before anything else.
pub fn start() {
    tracing_subscriber::fmt()
        .with_env_filter(filter("warn"))
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .init();
}

/// What `RUST_LOG` asks for; the usual, where it asks for nothing, or for what is nothing, which is said.
pub fn filter(usual: &str) -> EnvFilter {
    let Ok(asked) = std::env::var(EnvFilter::DEFAULT_ENV) else { return EnvFilter::new(usual) };
    match parse(&asked) {
        Ok(Some(filter)) => filter,
        Ok(None) => EnvFilter::new(usual),
        Err(why) => {
            say(format_args!(
                "RUST_LOG={asked} {why}; it is left aside, and the level is {usual}. It looks like debug, or like \
                 info,casemate_server=debug"
            ));
            EnvFilter::new(usual)
        }
    }
}

/// What is asked for in the words of `RUST_LOG`; none where that is nothing. A word alone that is no level is refused: it would be taken
/// for a part of the program, and nothing else would be logged.
pub fn parse(asked: &str) -> Result<Option<EnvFilter>, String> {
    if asked.trim().is_empty() {
        return Ok(None);
    }
    for word in asked.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let is_level = LEVELS.contains(&&*word.to_ascii_lowercase()) || matches!(word.parse(), Ok(0..=5_u8));
        if !is_level && !word.contains(['=', '[']) && !PARTS.iter().any(|part| word.starts_with(part)) {
            return Err(format!("has {word:?}, which is neither a level nor a part of the program"));
        }
    }
    EnvFilter::try_new(asked).map(Some).map_err(|error| format!("cannot be read ({error})"))
}

/// To stderr, where it can be written. An error may hold what a server said.
pub fn say(what: impl std::fmt::Display) {
    let what = crate::chat::text::harmless(&what.to_string());
    let _ = writeln!(std::io::stderr(), "casemate: {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_that_nobody_could_mean_are_refused() {
        for meant in ["debug", "INFO", "3", "info,casemate_server=debug", "casemate", "hyper::proto", "off,"]
        {
            assert!(matches!(parse(meant), Ok(Some(_))), "{meant}");
        }
        assert!(matches!(parse(" "), Ok(None)));
        for senseless in ["verbose", "info,everything", "casemate=loud"] {
            assert!(parse(senseless).is_err(), "{senseless}");
        }
    }
}
