//! `casemate server`: arguments, logs and signals around [`casemate_server`].

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use casemate_server::config::Policy;
use casemate_server::shell::{LogLevel, Tls};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::{EnvFilter, reload};

use crate::logging;
use crate::service_manager::{ServiceManager, passed_socket};

/// Runs a server until it is told to stop.
#[derive(clap::Args)]
pub struct ServerArguments {
    /// Folder of the server's data; made when it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "check_config")]
    data: Option<PathBuf>,
    /// Address and port to listen on, where the service manager passes no socket
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8440")]
    listen: SocketAddr,
    /// Where people reach it, as it stands in invitation links
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// TOML file with what you decide: registration, allowances, retention
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read the configuration instead, say whether it can be used or where it cannot, and end
    #[arg(long, requires = "config")]
    check_config: bool,
    /// PEM file with the certificate and those that lead to it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with its key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Get a certificate for this domain from Let's Encrypt; needs port 443
    #[arg(long, value_name = "DOMAIN", conflicts_with_all = ["tls_cert", "tls_key"])]
    acme: Option<String>,
    /// The data folder was restored from a backup: clients are told, and send again what it lacks
    #[arg(long)]
    restored: bool,
    /// Go on though files of the data folder are missing, cut or do not belong together: what they held is lost for good
    #[arg(long)]
    accept_loss: bool,
    /// The server has another name than before: accounts of before keep the old one, and cannot reach those who join from now on
    #[arg(long)]
    renamed: bool,
    /// Read all of the data folder instead, say what is damaged, and end; no server may run on it meanwhile
    #[arg(long)]
    check: bool,
    /// Serve the web app from this folder instead of the one built in; for those who work on it
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    web: Option<PathBuf>,
    /// How to write logs
    #[arg(long, value_enum, default_value_t = LogFormat::Human)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// Runs a server until Ctrl-C or SIGTERM.
pub fn run(arguments: ServerArguments) -> Result<()> {
    // Before there is a second thread.
    let socket = passed_socket();
    let log = start_logs(arguments.log_format);
    if let (true, Some(path)) = (arguments.check_config, &arguments.config) {
        read_config(path)?;
        println!("{}: the configuration can be used", path.display());
        return Ok(());
    }
    let data = arguments.data.context("--data names the folder of the server's data")?;
    if arguments.check {
        return check(&data);
    }
    // A connection is an open file, and what a shell gives is often a thousand. Where it may not be raised, the
    // server goes on with what there is.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    let policy = match &arguments.config {
        None => Policy::default(),
        Some(path) => read_config(path)?,
    };
    let manager = ServiceManager::from_environment();
    let tls = match (arguments.tls_cert, arguments.tls_key, arguments.acme) {
        (Some(certificate), Some(key), _) => Tls::Files { certificate, key },
        (_, _, Some(domain)) => Tls::Acme { domain },
        _ => Tls::None,
    };
    let handle = casemate_server::start(casemate_server::Config {
        data: data.clone(),
        listen: arguments.listen,
        socket: socket?.map(Arc::new),
        public_url: arguments.public_url,
        policy,
        tls,
        restored: arguments.restored,
        accept_loss: arguments.accept_loss,
        renamed: arguments.renamed,
        app: crate::web::assets(arguments.web.as_deref())?,
        program: std::env::current_exe().ok(),
        build: crate::version::build(),
        log,
    })?;
    // Before anybody hears that it is there: a signal of theirs would end the process.
    let signals = Signals::listen()?;
    println!("Casemate server at {}, listening on {}", handle.public_url, handle.address);
    println!("Invite somebody: casemate invite --data {}", data.display());
    let status = format!("Listening on {}", handle.address);
    manager.ready(&status);
    let ended = signals.wait(&handle, &manager, &status);
    manager.stopping();
    ended?;
    handle.stop();
    Ok(())
}

fn read_config(path: &Path) -> Result<Policy> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
    Policy::from_toml(&text).with_context(|| format!("in the configuration {}", path.display()))
}

/// Prints what is damaged, a line each. An error where anything is.
fn check(data: &Path) -> Result<()> {
    let damaged = casemate_server::check(data)?;
    damaged.iter().for_each(|line| println!("{line}"));
    match damaged.len() {
        0 => println!("{}: everything is whole", data.display()),
        count => bail!("{count} found in {}", data.display()),
    }
    Ok(())
}

/// What is said to the process.
struct Signals {
    runtime: tokio::runtime::Runtime,
    interrupted: Signal,
    terminated: Signal,
    hung_up: Signal,
}

impl Signals {
    /// From now on.
    fn listen() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let interrupted = signal(SignalKind::interrupt())?;
        let terminated = signal(SignalKind::terminate())?;
        let hung_up = signal(SignalKind::hangup())?;
        drop(entered);
        Ok(Self { runtime, interrupted, terminated, hung_up })
    }

    /// Until one says to stop. SIGHUP reads the certificate anew.
    fn wait(self, handle: &casemate_server::Handle, manager: &ServiceManager, status: &str) -> Result<()> {
        let Self { runtime, mut interrupted, mut terminated, mut hung_up } = self;
        runtime.block_on(async {
            let mut look = tokio::time::interval(Duration::from_secs(1));
            loop {
                tokio::select! {
                    _ = interrupted.recv() => return Ok(()),
                    _ = terminated.recv() => return Ok(()),
                    _ = hung_up.recv() => {
                        manager.reloading();
                        let worked = handle.reload();
                        let note =
                            if worked { "" } else { "; the certificate could not be read anew, see the log" };
                        manager.ready(&format!("{status}{note}"));
                    }
                    _ = look.tick() => if handle.has_ended() {
                        bail!("the server ended by itself; the log above says why");
                    },
                }
            }
        })
    }
}

/// To standard error; what cannot be written there is left out. `RUST_LOG` says how much; nothing at any level has secrets, names or contents.
fn start_logs(format: LogFormat) -> LogLevel {
    let logs = tracing_subscriber::fmt()
        .with_env_filter(logging::filter("info"))
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    match format {
        LogFormat::Human => {
            let logs = logs.with_target(false).with_ansi(std::io::stderr().is_terminal());
            let logs = logs.with_filter_reloading();
            let level = level_of(logs.reload_handle());
            logs.init();
            level
        }
        LogFormat::Json => {
            let logs = logs.json().with_filter_reloading();
            let level = level_of(logs.reload_handle());
            logs.init();
            level
        }
    }
}

/// What is logged, to be changed while it runs.
fn level_of<S: 'static>(handle: reload::Handle<EnvFilter, S>) -> LogLevel {
    LogLevel(Arc::new(move |level| {
        if let Some(level) = level {
            handle.reload(logging::parse(level).ok()??).ok()?;
        }
        handle.with_current(ToString::to_string).ok()
    }))
}
