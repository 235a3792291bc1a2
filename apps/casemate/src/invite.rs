//! `casemate invite`: an invitation link from whoever runs the server, also while it runs.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, ensure};
use casemate_server::directory::operator_link;
use casemate_server::shell::directory_file;

/// Prints an invitation link.
#[derive(clap::Args)]
pub struct InviteArguments {
    /// Folder of the server's data
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// How many people may join with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    uses: u32,
    /// How long it holds: 30m, 12h, 7d, or never
    #[arg(long, value_name = "D", default_value = "30d", value_parser = parse_expiry)]
    expires: Expiry,
}

/// How long a link holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expiry {
    After(Duration),
    Never,
}

/// Makes a link and prints it, and nothing else, on standard output.
pub fn run(arguments: &InviteArguments) -> Result<()> {
    let expires_ms = match arguments.expires {
        Expiry::Never => 0,
        Expiry::After(time) => {
            i64::try_from((SystemTime::now() + time).duration_since(UNIX_EPOCH)?.as_millis())?
        }
    };
    let link = operator_link(&directory_file(&arguments.data), arguments.uses, expires_ms)?;
    println!("{}", link.to_text());
    Ok(())
}

fn parse_expiry(text: &str) -> Result<Expiry> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    let unknown = || anyhow!("a time looks like 30m, 12h or 7d, or is never");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(unknown)?;
    let seconds = match unit {
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(unknown()),
    };
    let number: u64 = number.parse().map_err(|_| unknown())?;
    let time = Duration::from_secs(number.checked_mul(seconds).ok_or_else(unknown)?);
    ensure!(
        !time.is_zero() && time <= Duration::from_secs(3_650 * 24 * 60 * 60),
        "at most 3650d, at least 1m"
    );
    Ok(Expiry::After(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries() {
        assert_eq!(parse_expiry("never").unwrap(), Expiry::Never);
        assert_eq!(parse_expiry("30m").unwrap(), Expiry::After(Duration::from_secs(1_800)));
        assert_eq!(parse_expiry("7d").unwrap(), Expiry::After(Duration::from_secs(604_800)));
        for bad in ["", "d", "7", "0d", "-1d", "7w", "4000d", "99999999999999999999d", "é"] {
            assert!(parse_expiry(bad).is_err(), "{bad}");
        }
    }
}
