//! The one binary: each subcommand is a thin shell around a library of ours.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod chat;
mod client;
mod invite;
mod logging;
mod rpc;
mod server;

/// A private messenger that expects to be attacked.
#[derive(Parser)]
#[command(name = "casemate", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a server
    Server(server::ServerArguments),
    /// Print an invitation link of the server in a data folder
    Invite(invite::InviteArguments),
    /// The terminal client: chats, groups, files
    Chat {
        #[command(flatten)]
        home: ClientArguments,
        /// An invitation link: joins with it, or asks its maker for contact
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
        /// One line after another instead of a screen: for screen readers and plain terminals
        #[arg(long)]
        plain: bool,
    },
    /// The scripting interface: JSON-RPC 2.0, one object a line, on stdin and stdout
    Rpc {
        #[command(flatten)]
        home: ClientArguments,
        /// Print the whole interface as JSON Schema and end
        #[arg(long, exclusive = true)]
        describe: bool,
    },
    /// Looks at hostile files for its parent process
    #[command(hide = true)]
    GuardWorker {
        /// What to look at, from the parent
        job: String,
    },
}

/// Which client data to use, and how to reach servers.
#[derive(clap::Args)]
struct ClientArguments {
    /// Folder of this device's data
    #[arg(long, value_name = "DIR", required_unless_present = "describe")]
    home: Option<PathBuf>,
    /// Trust the certificates in this PEM file too, for a server of your own (also: SSL_CERT_FILE)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        Command::Server(arguments) => server::run(arguments),
        Command::Invite(arguments) => invite::run(&arguments),
        Command::Chat { home, link, plain: false } => chat::run(home.options(), link),
        Command::Chat { home, link, plain: true } => chat::run_plain(home.options(), link),
        Command::Rpc { describe: true, .. } => rpc::describe(),
        Command::Rpc { home, .. } => {
            logging::start();
            rpc::run(home.options())
        }
        // The sandbox is set up before any thread exists.
        Command::GuardWorker { .. } => return casemate_guard::child::serve(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casemate: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl ClientArguments {
    fn options(self) -> client::Options {
        client::Options { home: self.home.unwrap_or_default(), ca: self.ca }
    }
}
