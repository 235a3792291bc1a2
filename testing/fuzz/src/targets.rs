//! The targets. A new parser gets a line here and a function in the file of its subject.

mod backup;
#[cfg(not(target_family = "wasm"))]
mod calls;
#[cfg(not(target_family = "wasm"))]
mod config;
mod content;
#[cfg(not(target_family = "wasm"))]
mod engine;
mod files;
mod frames;
mod history;
mod manifest;
#[cfg(not(target_family = "wasm"))]
mod media;
mod padding;
mod relay;
mod screening;
mod sealed;
#[cfg(not(target_family = "wasm"))]
mod segment;
#[cfg(not(target_family = "wasm"))]
mod server;
mod text;
#[cfg(not(target_family = "wasm"))]
mod transparency;
#[cfg(not(target_family = "wasm"))]
mod wake;

/// A parser under attack.
pub struct Target {
    /// Its name, also of its folder in `corpus/`.
    pub name: &'static str,
    /// Good inputs, made by our own encoders, so that they follow the protocol as it changes.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Takes any bytes; panics where a property is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    ANYWHERE.iter().chain(NATIVE)
}

/// What a browser runs too: these stand on 32 bits as well (wasm/).
const ANYWHERE: &[Target] = &[
    Target { name: "client-frame", seeds: frames::client_seeds, run: frames::client },
    Target { name: "server-frame", seeds: frames::server_seeds, run: frames::server },
    Target { name: "device-request", seeds: frames::device_request_seeds, run: frames::device_request },
    Target { name: "manifest", seeds: manifest::seeds, run: manifest::run },
    Target { name: "link", seeds: text::link_seeds, run: text::link },
    Target { name: "device-code", seeds: text::device_code_seeds, run: text::device_code },
    Target { name: "address", seeds: text::address_seeds, run: text::address },
    Target { name: "content", seeds: content::seeds, run: content::run },
    Target { name: "call", seeds: content::call_seeds, run: content::call },
    Target { name: "knock", seeds: sealed::knock_seeds, run: sealed::knock },
    Target { name: "inbox", seeds: sealed::inbox_seeds, run: sealed::inbox },
    Target { name: "backup-file", seeds: backup::seeds, run: backup::run },
    Target { name: "file", seeds: files::seeds, run: files::run },
    Target { name: "moving", seeds: files::moving_seeds, run: files::moving },
    Target { name: "sound", seeds: files::sound_seeds, run: files::sound },
    Target { name: "page", seeds: files::page_seeds, run: files::page },
    Target { name: "indicators", seeds: screening::list_seeds, run: screening::list },
    Target { name: "screened-link", seeds: screening::link_seeds, run: screening::link },
    Target { name: "history-archive", seeds: history::archive_seeds, run: history::archive },
    Target { name: "history-text", seeds: history::text_seeds, run: history::text },
    Target { name: "relay-message", seeds: relay::seeds, run: relay::run },
    Target { name: "padding", seeds: padding::seeds, run: padding::run },
];

#[cfg(not(target_family = "wasm"))]
const NATIVE: &[Target] = &[
    Target { name: "call-frame", seeds: media::frame_seeds, run: media::frame },
    Target { name: "call-picture", seeds: media::picture_seeds, run: media::picture },
    Target { name: "call-sound", seeds: media::sound_seeds, run: media::sound },
    Target { name: "segment", seeds: segment::seeds, run: segment::run },
    Target { name: "server", seeds: server::seeds, run: server::run },
    Target { name: "engine", seeds: engine::seeds, run: engine::run },
    Target { name: "member", seeds: engine::member::seeds, run: engine::member::run },
    Target { name: "server-config", seeds: config::seeds, run: config::run },
    Target { name: "wake-target", seeds: wake::seeds, run: wake::run },
    Target { name: "transparency", seeds: transparency::seeds, run: transparency::run },
    Target { name: "call-packets", seeds: calls::packet_seeds, run: calls::packets },
    Target { name: "call-reports", seeds: calls::report_seeds, run: calls::reports },
    Target { name: "call-offer", seeds: calls::offer_seeds, run: calls::offer },
];

#[cfg(target_family = "wasm")]
const NATIVE: &[Target] = &[];
