//! The engine on a thread of its own, because a commit of a large conversation takes longer than a key press or
//! a keep-alive may wait.

use std::time::{SystemTime, UNIX_EPOCH};

use casemate_engine::{Engine, Input, Output};
use tokio::sync::{mpsc, oneshot};

/// Inputs that wait for the engine; then the connection is read no further.
const INPUTS_WAITING: usize = 64;

/// What one input led to.
pub struct Batch {
    /// What to do.
    pub outputs: Vec<Output>,
    /// When the engine wants a tick, by this device's clock.
    pub deadline_ms: Option<i64>,
    /// How many connections the engine had heard of when it said this; what it sends is for that one only.
    pub generation: u64,
}

/// The engine's inputs and outputs, as channels.
pub struct EngineThread {
    /// Bounded.
    pub inputs: mpsc::Sender<Input>,
    /// Not bounded by itself: the driver takes outputs before it gives inputs, so at most `INPUTS_WAITING` wait.
    pub batches: mpsc::UnboundedReceiver<Batch>,
    ended: oneshot::Receiver<()>,
}

impl EngineThread {
    /// Starts the engine; its first batch comes from `Engine::start`.
    pub fn start(mut engine: Engine) -> std::io::Result<Self> {
        let (inputs, mut inputs_receiver) = mpsc::channel(INPUTS_WAITING);
        let (batches_sender, batches) = mpsc::unbounded_channel();
        let (ended_sender, ended) = oneshot::channel();
        std::thread::Builder::new().name("engine".into()).spawn(move || {
            let mut generation = 0;
            let mut outputs = engine.start(now_ms());
            loop {
                let batch = Batch { outputs, deadline_ms: engine.deadline(), generation };
                if batches_sender.send(batch).is_err() {
                    break;
                }
                let Some(input) = inputs_receiver.blocking_recv() else { break };
                if matches!(input, Input::Connected) {
                    generation += 1;
                }
                outputs = match engine.handle_or_note(input, now_ms()) {
                    Ok(outputs) => outputs,
                    // What it was is noted. The driver sees that this thread is gone, and the next start goes on past it.
                    Err(panic) => std::panic::resume_unwind(panic),
                };
            }
            engine.stop(now_ms());
            // Closes the database before anybody is told.
            drop(engine);
            let _ = ended_sender.send(());
        })?;
        Ok(Self { inputs, batches, ended })
    }

    /// Ends the engine after what it is doing and waits until its database is closed.
    pub async fn stop(self) {
        drop(self.inputs);
        drop(self.batches);
        // An error means that the thread is gone already.
        let _ = self.ended.await;
    }
}

/// The device's clock, Unix time. Before 1970 it is taken for 1970.
pub fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}
