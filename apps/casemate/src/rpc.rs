//! `casemate rpc`: JSON-RPC 2.0, one object a line, on stdin and stdout. Several requests may be in flight and are
//! answered as they finish; events come as notifications. Logs go to stderr.
//!
//! - [`request`]: from a line to requests, and what is wrong with it.
//! - [`serve`]: the loop; it knows neither stdin nor the engine, so that it can be tested.
//! - [`lines`]: lines of bounded length from stdin, lines to stdout.

pub mod lines;
mod request;
pub mod serve;

use std::io::Write;

use anyhow::Context;
use tokio::sync::mpsc;

use crate::client::{self, Client, Options};

/// Prints the interface as JSON Schema.
pub fn describe() -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&casemate_api::schema::describe())?;
    writeln!(std::io::stdout(), "{text}").context("the description could not be printed")
}

/// Serves until stdin ends, stdout is closed, or a signal says to end. Whoever is in a call leaves it then. A home that cannot be opened, or that another process has, is the
/// answer to every request; false then.
pub fn run(options: Options) -> anyhow::Result<bool> {
    let runtime = client::runtime()?;
    let served = runtime.block_on(async {
        let input = lines::read_stdin()?;
        let (output, written) = lines::write_stdout()?;
        let opened = match Client::open(options).await {
            Ok((client, events, ended)) => {
                let call = |command| {
                    let client = client.clone();
                    async move { client.call(command).await }
                };
                tokio::select! {
                    () = serve::serve(call, events, input, output) => {}
                    told = client::told_to_end() => told?,
                }
                drop(client);
                let _ = ended.await;
                true
            }
            Err(error) => {
                crate::logging::say(&error);
                let (_, no_events) = mpsc::channel(1);
                serve::serve(|_| std::future::ready(Err(error.clone())), no_events, input, output).await;
                false
            }
        };
        // What was answered is with the reader before the process ends.
        let _ = written.await;
        Ok(opened)
    });
    // A file that is still being prepared is not waited for.
    runtime.shutdown_background();
    served
}
