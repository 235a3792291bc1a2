//! `casemate ctl`: what an operator asks of a running server, over the socket in its data folder ([`casemate_server::control`]).

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use casemate_server::config::Registration;
use casemate_server::control::{
    ACCOUNTS, Account, Answer, Invite, Knocks, RateUse, Refused, Relay, Request, Status, Usage,
};
use casemate_server::shell::control_socket;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::chat::size;

/// For an answer to come. A disk that is slow or full takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks a running server, or tells it what to do.
#[derive(clap::Args)]
pub struct CtlArguments {
    /// Folder of the server's data
    #[arg(long, value_name = "DIR", global = true, default_value = "/var/lib/casemate")]
    data: PathBuf,
    /// Answer as one line of JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// How the server does
    Status,
    /// Accounts of this server
    #[command(subcommand)]
    Accounts(Accounts),
    /// Invitation links that hold
    #[command(subcommand)]
    Invites(Invites),
    /// Who may create an account; what is said here counts instead of the configuration, also after a restart
    Registration {
        /// From now on
        to: Option<Who>,
    },
    /// What takes the disk
    Usage,
    /// Rates of network addresses, and how often each refused somebody
    Limits,
    /// Relays of calls
    Relays,
    /// What is logged, until the server ends
    Log {
        /// error, warn, info, debug, trace, or as RUST_LOG says it
        level: Option<String>,
    },
}

#[derive(clap::Subcommand)]
enum Accounts {
    /// All of them, by name
    List,
    /// One of them
    Show {
        /// Its name, or its address
        name: String,
    },
    /// Take its rights from an account, until it is enabled again
    Disable {
        /// Its name, or its address
        name: String,
    },
    /// Give an account its rights back
    Enable {
        /// Its name, or its address
        name: String,
    },
    /// Delete an account now and for good
    Delete {
        /// Its name, or its address
        name: String,
        /// Do it: nothing brings it back
        #[arg(long)]
        yes: bool,
    },
}

#[derive(clap::Subcommand)]
enum Invites {
    /// All of them
    List,
    /// Withdraw one
    Revoke {
        /// As `invites list` shows it
        id: String,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Who {
    /// Anybody
    Open,
    /// Who has an invitation link
    Invited,
    /// Nobody
    Closed,
}

/// Asks, and prints what is answered.
pub fn run(arguments: CtlArguments) -> Result<()> {
    let CtlArguments { data, json, what } = arguments;
    let print = |answer: Answer| if json { print_json(&answer) } else { print_answer(&answer) };
    match what {
        What::Accounts(Accounts::Delete { name, yes: false }) => bail!(
            "this deletes the account {name} at once and for good: its devices, what waits for them, its backup and its links. \
             Nobody gets its name again. Say --yes to do it, or disable it instead"
        ),
        what => print(ask_all(&data, &request(what)).map_err(|error| explained(error, json))?),
    }
}

/// Of a list, its first page.
fn request(what: What) -> Request {
    match what {
        What::Status => Request::Status {},
        What::Accounts(Accounts::List) => Request::Accounts { after: String::new() },
        What::Accounts(Accounts::Show { name }) => Request::Account { name },
        What::Accounts(Accounts::Disable { name }) => Request::Disable { name },
        What::Accounts(Accounts::Enable { name }) => Request::Enable { name },
        What::Accounts(Accounts::Delete { name, .. }) => Request::Delete { name },
        What::Invites(Invites::List) => Request::Invites { after: String::new() },
        What::Invites(Invites::Revoke { id }) => Request::RevokeInvite { id },
        What::Registration { to } => Request::Registration {
            to: to.map(|to| match to {
                Who::Open => Registration::Open,
                Who::Invited => Registration::Invitation,
                Who::Closed => Registration::Closed,
            }),
        },
        What::Usage => Request::Usage {},
        What::Limits => Request::Limits {},
        What::Relays => Request::Relays {},
        What::Log { level } => Request::Log { level },
    }
}

/// An answer; of a list, all of it, one page after another.
fn ask_all(data: &Path, request: &Request) -> Result<Answer> {
    let mut answer = ask(data, request)?;
    while let Some(next) = next_page(&answer) {
        match (&mut answer, ask(data, &next)?) {
            (Answer::Accounts { accounts }, Answer::Accounts { accounts: more }) if !more.is_empty() => {
                accounts.extend(more);
            }
            (Answer::Invites { invites }, Answer::Invites { invites: more }) if !more.is_empty() => {
                invites.extend(more);
            }
            _ => break,
        }
    }
    Ok(answer)
}

/// What comes behind so many whole pages.
fn next_page(answer: &Answer) -> Option<Request> {
    let is_whole = |length: usize| length.is_multiple_of(ACCOUNTS as usize);
    match answer {
        Answer::Accounts { accounts } if is_whole(accounts.len()) => {
            accounts.last().map(|last| Request::Accounts { after: last.name.clone() })
        }
        Answer::Invites { invites } if is_whole(invites.len()) => {
            invites.last().map(|last| Request::Invites { after: last.id.clone() })
        }
        _ => None,
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", sentence(*.0))]
struct No(Refused);

fn sentence(refused: Refused) -> &'static str {
    match refused {
        Refused::Unknown => {
            "the running server does not know this request; it is of another version than this program"
        }
        Refused::NoAccount => {
            "there is no account of this name on this server; `casemate ctl accounts list` shows them"
        }
        Refused::NoInvite => "no link with this id holds; `casemate ctl invites list` shows them",
        Refused::BadLevel => {
            "this is no level: say error, warn, info, debug or trace, or what RUST_LOG takes"
        }
        Refused::Internal => "the server could not do it; its log says why",
    }
}

fn ask(data: &Path, request: &Request) -> Result<Answer> {
    let path = control_socket(data);
    let stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => anyhow!(
            "no Casemate server runs on {}, or it is older than this program; start it with: casemate server --data {}",
            data.display(),
            data.display()
        ),
        ErrorKind::PermissionDenied => anyhow!(
            "{} may be opened by the server's user alone: run this as that user, or as root",
            path.display()
        ),
        _ => anyhow!("{} cannot be opened: {error}", path.display()),
    })?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    (&stream).write_all(&line).context("the server ended while it was asked")?;
    let mut answer = String::new();
    BufReader::new(&stream).read_line(&mut answer).context("the server did not answer in time")?;
    match serde_json::from_str(&answer)
        .context("the server's answer is of another version than this program")?
    {
        Answer::Refused(refused) => Err(No(refused).into()),
        answer => Ok(answer),
    }
}

/// For programs, the code of what went wrong on standard output too.
fn explained(error: anyhow::Error, json: bool) -> anyhow::Error {
    if let (true, Some(No(refused))) = (json, error.downcast_ref::<No>()) {
        println!("{}", json!({ "error": refused }));
    }
    error
}

fn print_json(answer: &Answer) -> Result<()> {
    let Value::Object(answer) = serde_json::to_value(answer)? else { bail!("the answer is no object") };
    // One kind of answer is in it.
    let inner = answer.into_iter().next().map_or(Value::Null, |(_, inner)| inner);
    println!("{}", with_times(inner));
    Ok(())
}

/// `at_ms` in milliseconds becomes `at` as RFC 3339.
fn with_times(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.strip_suffix("_ms") {
                Some(short) => {
                    (short.to_owned(), value.as_i64().map_or(Value::Null, |ms| Value::from(time(ms))))
                }
                None => (name, with_times(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(with_times).collect(),
        other => other,
    }
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}

fn print_answer(answer: &Answer) -> Result<()> {
    match answer {
        Answer::Done {} => println!("Done."),
        Answer::Status(status) => print_status(status),
        Answer::Accounts { accounts } => print_accounts(accounts),
        Answer::Account(account) => print_account(account),
        Answer::Invites { invites } => print_invites(invites),
        Answer::Registration { registration, configured } => {
            println!("{}", who(*registration));
            if registration != configured {
                println!("The configuration says: {}", who(*configured));
            }
        }
        Answer::Usage(usage) => print_usage(usage),
        Answer::Limits { rates } => print_limits(rates),
        Answer::Relays { relays } => print_relays(relays),
        Answer::Log { level } => println!("{level}"),
        Answer::Refused(refused) => bail!(No(*refused)),
    }
    Ok(())
}

fn who(registration: Registration) -> &'static str {
    match registration {
        Registration::Open => "Anybody may create an account.",
        Registration::Invitation => "Who has an invitation link may create an account.",
        Registration::Closed => "Nobody may create an account.",
    }
}

/// Columns below each other, each as wide as its widest.
fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut all = vec![head.map(str::to_owned)];
    all.extend(rows);
    let widths: [usize; N] =
        std::array::from_fn(|at| all.iter().map(|row| row[at].chars().count()).max().unwrap_or_default());
    for row in all {
        let line: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("{}", line.join("  ").trim_end());
    }
}

fn print_status(status: &Status) {
    let whole = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let some = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let failing = if status.failing.is_empty() {
        "all parts work".to_owned()
    } else {
        format!("cannot write: {}", status.failing.join(", "))
    };
    let troubles = some(vec![
        Some(failing),
        whole(status.damaged_records, "damaged records of messages"),
        whole(status.missing_files, "files missing or cut"),
    ]);
    let accounts = some(vec![
        Some(status.accounts.to_string()),
        whole(status.disabled, "disabled"),
        whole(status.being_deleted, "being deleted"),
    ]);
    let build = if status.build.is_empty() { "not known" } else { &status.build };
    let rows = [
        ("State", troubles),
        ("Address", status.public_url.clone()),
        ("Build", build.to_owned()),
        ("Running since", time(status.started_ms)),
        ("Registration", who(status.registration).to_owned()),
        ("Accounts", accounts),
        ("Devices", status.devices.to_string()),
        ("Invitation links", status.invites.to_string()),
        ("Connections", status.connections.to_string()),
        ("Refused requests", status.refused.to_string()),
        ("Kept", format!("{} days", status.retention_days)),
        ("Free on the disk", size(status.free_bytes)),
        (
            "List of keys",
            format!(
                "epoch {} of {}, {} changes wait",
                status.keys.epoch,
                time(status.keys.at_ms),
                status.keys.waiting
            ),
        ),
        ("Incarnation", status.keys.incarnation.clone()),
        ("Log", status.log.clone()),
    ];
    for (name, value) in rows {
        println!("{name:<17} {value}");
    }
}

fn state(account: &Account) -> String {
    match (account.disabled_ms, account.deleted_ms) {
        (_, Some(ms)) => format!("deleted on {}", time(ms)),
        (Some(ms), None) => format!("disabled since {}", time(ms)),
        (None, None) => "active".to_owned(),
    }
}

fn print_accounts(accounts: &[Account]) {
    let row = |account: &Account| {
        [
            account.name.clone(),
            account.devices.len().to_string(),
            account.waiting.to_string(),
            size(account.backup_bytes),
            state(account),
        ]
    };
    table(["NAME", "DEVICES", "WAITING", "BACKUP", "STATE"], accounts.iter().map(row));
}

fn print_account(account: &Account) {
    let knocks = match account.knocks {
        Knocks::Anyone => "anybody",
        Knocks::Link => "who has a link",
        Knocks::Organisation => "members of an organisation in common",
        Knocks::Nobody => "nobody",
    };
    let rows = [
        ("Name", account.name.clone()),
        ("Id", account.id.clone()),
        ("State", state(account)),
        ("Devices", account.devices.join(" ")),
        ("Document", format!("version {}", account.version)),
        ("May ask for contact", knocks.to_owned()),
        ("Invitation links", account.invites.to_string()),
        ("Backup", size(account.backup_bytes)),
        ("Waiting for devices", format!("{} items", account.waiting)),
    ];
    for (name, value) in rows {
        println!("{name:<20} {value}");
    }
    println!();
    println!(
        "The server does not know whom this account talks to, in which groups it is, how much it says, when it was\n\
         connected, and from where."
    );
}

fn print_invites(invites: &[Invite]) {
    let row = |invite: &Invite| {
        [
            invite.id.clone(),
            invite.of.clone().unwrap_or_else(|| "operator".to_owned()),
            invite.uses_left.to_string(),
            invite.expires_ms.map_or_else(|| "never".to_owned(), time),
        ]
    };
    table(["ID", "OF", "MAY JOIN", "EXPIRES"], invites.iter().map(row));
}

fn print_usage(usage: &Usage) {
    let rows = [
        ("messages", usage.messages, String::new()),
        ("files", usage.files, format!("{} of them", usage.file_count)),
        ("backups", usage.backups, format!("of {} accounts", usage.backup_count)),
        ("directory", usage.directory, String::new()),
        ("list of keys", usage.keys, String::new()),
        ("push", usage.push, String::new()),
        ("free", usage.free, format!("of {}", size(usage.disk))),
    ];
    table(["WHAT", "SIZE", ""], rows.map(|(what, bytes, more)| [what.to_owned(), size(bytes), more]));
}

fn print_limits(rates: &[RateUse]) {
    let row = |rate: &RateUse| [rate.rate.clone(), rate.per_hour.to_string(), rate.refused.to_string()];
    table(["RATE", "IN AN HOUR", "REFUSED"], rates.iter().map(row));
    println!();
    println!(
        "For one address of IPv4, or one /64 of IPv6; a /48 has eight times as much. The server keeps no addresses."
    );
}

fn print_relays(relays: &[Relay]) {
    if relays.is_empty() {
        println!("There is no relay: calls cannot be made.");
        return;
    }
    let row = |relay: &Relay| {
        let reached = match (relay.reached, relay.drains) {
            (None, _) => "being tried",
            (Some(false), _) => "not reached",
            (Some(true), true) => "being replaced",
            (Some(true), false) => "works",
        };
        [
            relay.name.clone(),
            reached.to_owned(),
            relay.build.clone(),
            relay.rooms.to_string(),
            relay.participants.to_string(),
        ]
    };
    table(["RELAY", "STATE", "BUILD", "ROOMS", "PARTICIPANTS"], relays.iter().map(row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_answers_are_said_as_scripts_read_them() {
        let said = with_times(json!({ "a": [{ "at_ms": 0, "due_ms": null, "n": 1 }] }));
        assert_eq!(said, json!({ "a": [{ "at": "1970-01-01T00:00:00Z", "due": null, "n": 1 }] }));
    }
}
