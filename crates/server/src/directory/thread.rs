//! The one thread that runs the [`Directory`]: whatever waits becomes one transaction.
