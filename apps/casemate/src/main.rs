//! The one binary: each subcommand is a thin shell around a library of ours.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod app;
mod audit;
mod chat;
mod client;
mod ctl;
mod guard;
mod invite;
mod load;
mod logging;
mod relay;
mod rpc;
mod server;
mod service_manager;
mod version;
mod web;

/// A private messenger that expects to be attacked.
#[derive(Parser)]
#[command(name = "casemate", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What else `casemate chat` goes by.
const CHAT_ENVIRONMENT: &str = "\
In calls it speaks and listens by programs of the system: those of PulseAudio and PipeWire, of ALSA, or of SoX.
Environment:
  CASEMATE_MICROPHONE  A program and its words, split at spaces, that writes what is spoken to its standard output
  CASEMATE_SPEAKER     The same for what is heard, which it reads from its standard input
Both as raw sound: signed 16 bits, little-endian, 48,000 a second, one channel. Empty: none.";

#[derive(Subcommand)]
enum Command {
    /// Run a server
    Server(server::ServerArguments),
    /// Run a relay for calls by itself, on another machine than its server's
    Relay(relay::RelayArguments),
    /// Print an invitation link of the server in a data folder
    Invite(invite::InviteArguments),
    /// Ask a running server how it does, or tell it what to do
    Ctl(ctl::CtlArguments),
    /// The terminal client: chats, groups, files, voice calls
    #[command(after_help = CHAT_ENVIRONMENT)]
    Chat {
        /// Folder of this device's data; made when it is not there
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        #[command(flatten)]
        trust: Trust,
        /// Try these rules in YARA's language on every file that is saved, and name those that it matches
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// An invitation link: joins with it, or asks its maker for contact
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
        /// One line after another instead of a screen: for screen readers and plain terminals
        #[arg(long)]
        plain: bool,
    },
    /// The web app on this machine's own engine, for a browser on this machine
    App(app::AppArguments),
    /// The scripting interface: JSON-RPC 2.0, one object a line, on stdin and stdout
    Rpc {
        /// Folder of this device's data; made when it is not there
        #[arg(long, value_name = "DIR", required_unless_present = "describe")]
        home: Option<PathBuf>,
        #[command(flatten)]
        trust: Trust,
        /// Try these rules in YARA's language on every file that is saved, and name those that it matches
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// Print the whole interface as JSON Schema and end
        #[arg(long)]
        describe: bool,
    },
    /// Verify a server's key-transparency log, and sign what was verified
    Audit(audit::AuditArguments),
    /// Measure how fast a server is on this machine
    Load(load::LoadArguments),
    /// What is known of files by their structure, and safe versions of them
    Guard(guard::GuardArguments),
    /// Looks at hostile files for its parent process
    #[command(hide = true)]
    GuardWorker {
        /// What to look at, from the parent
        job: String,
    },
    /// Decodes what members of a call say, for its parent process
    #[command(hide = true)]
    CallEar,
}

/// Which servers to believe.
#[derive(clap::Args)]
struct Trust {
    /// Trust the certificates in this PEM file too, for a server of your own (also: SSL_CERT_FILE)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        Command::Server(arguments) => server::run(arguments),
        Command::Relay(arguments) => relay::run(&arguments),
        Command::Invite(arguments) => invite::run(&arguments),
        Command::Ctl(arguments) => ctl::run(arguments),
        Command::Chat { home, trust, rules, link, plain } => {
            let options = client::Options { home, ca: trust.ca, rules, made: client::Made::Here };
            if plain { chat::run_plain(options, link) } else { chat::run(options, link) }
        }
        Command::App(arguments) => {
            logging::start();
            app::run(arguments)
        }
        Command::Rpc { describe: true, .. } => rpc::describe(),
        Command::Rpc { home, trust, rules, .. } => {
            logging::start();
            let options = client::Options {
                home: home.unwrap_or_default(),
                ca: trust.ca,
                rules,
                made: client::Made::Here,
            };
            match rpc::run(options) {
                Ok(true) => Ok(()),
                // Why was said when it began.
                Ok(false) => return ExitCode::FAILURE,
                Err(error) => Err(error),
            }
        }
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Load(arguments) => load::run(&arguments),
        Command::Guard(arguments) => guard::run(&arguments),
        // The sandbox is set up before any thread exists.
        Command::CallEar => return client::serve_ear(),
        Command::GuardWorker { .. } => return casemate_guard::child::serve(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging::say(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
