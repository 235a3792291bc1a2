//! All that touches the browser.
//!
//! - [`page`]: what the page says to the Worker and hears from it.
//! - [`driver`]: the loop between engine, page, connection and files.
//! - [`home`], [`record`], [`relock`]: the database, the way to its key, another key.
//! - [`folder`]: encrypted files on OPFS.
//! - [`connection`]: one WebSocket that comes back.
//! - [`blob_server`], [`transfer`]: encrypted files up and down.
//! - [`guard`], [`staging`]: from a file that a person picked to one ready to send.
//! - [`read`]: from an encrypted file to one that the page may show.
//! - [`backup`]: the history, encrypted, on the server or in a file, and back.
//! - [`export`]: everything into one file that other programs can read. [`report`]: what somebody wrote.
//! - [`call`]: the media of calls, which the page makes.
//! - [`js`], [`host`]: what the language and the Worker's script give.

mod backup;
mod blob_server;
mod call;
mod connection;
mod driver;
mod export;
mod folder;
mod guard;
mod home;
mod host;
mod indicators;
mod js;
mod page;
mod read;
mod record;
mod relock;
mod report;
mod staging;
mod transfer;
