//! What the network and the machines do to people, by chance out of a seed.

/// Chances in a thousand, per step of a client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// The connection breaks; everything on its way, either way, is lost.
    pub cut: u32,
    /// The client is killed between handling an input and carrying out what came of it, and starts again.
    pub kill: u32,
    /// What is on its way waits up to so long.
    pub delay_ms: i64,
    /// A client goes offline for a while.
    pub sleep: u32,
}

impl Faults {
    /// A bad day.
    pub const ROUGH: Self = Self { cut: 8, kill: 4, delay_ms: 400, sleep: 2 };
}
