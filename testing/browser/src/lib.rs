//! Real Chromium against the real server: what a person sees and does in the web app, several people at once. The
//! stories told with it are in `tests/all`.
//!
//! Everything on the screen is found as somebody with a screen reader finds it, by role and accessible name; no story
//! knows a class or an id. Waiting is always for something to be seen, with a deadline; a story that hangs says for
//! what, and what stood on the screen instead.
//!
//! - [`chromium`]: starts chromedriver, and browsers with it that can reach nothing but this machine.
//! - [`browser`]: one person's browser: pages, tabs, the network, what its console said.
//! - [`find`]: roles and names. [`act`]: press, write, look.
//! - [`world`]: a server, its folder and people in browsers.
//! - [`talk`]: what people do over and over: join, meet, write.
//! - [`around`]: the folder of downloads, an authenticator, room on the disk.
//! - [`elsewhere`]: notices requests to any other place.
//! - [`film`]: what a camera sees.
//! - [`media`]: what a call made of media, what came and what it shows.
//! - [`turn`]: a TURN server.
//! - [`version`]: a new version of the app, and which one a page has.
//! - [`life`]: an account with a little of everything. [`paint`]: photos for it, and pictures of screens made small.
//! - [`screens`]: every screen. [`words`]: the app's sentences. [`access`]: whether everybody can use it.

// A story that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

pub mod access;
pub mod act;
pub mod around;
pub mod browser;
pub mod chromium;
pub mod elsewhere;
pub mod film;
pub mod find;
pub mod life;
pub mod media;
pub mod paint;
pub mod screens;
pub mod talk;
pub mod turn;
pub mod version;
pub mod words;
pub mod world;

use std::time::Duration;

/// How long anything may take. Long, because tests share two cores with other builds; a pass never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks at a screen. Shorter ones take from the page the time in which it would get ready.
const GLANCE: Duration = Duration::from_millis(60);
