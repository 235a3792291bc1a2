//! Stories of conversations between devices, each over a store of its own.

mod calls;
mod chat;
mod ephemera;
mod heritage;
mod levels;
mod life;
mod receipts;
mod skipped;
mod trouble;
