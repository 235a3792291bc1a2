//! The frames of a call in a browser, in a Worker through which the page's media pass (`frames-worker.js`): sealed on
//! their way out, opened on their way in. The keys come from the engine's Worker and never to the page.
//!
//! The rules are `casemate_crypto::call`; here is only what lets a script call them.

#[cfg(target_family = "wasm")]
mod browser;
