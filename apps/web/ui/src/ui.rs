//! One component for each thing; screens put them together.

pub mod attachment;
pub mod avatar;
pub mod body;
pub mod browser;
pub mod bubble;
pub mod button;
pub mod composer;
pub mod dialog;
pub mod emoji;
pub mod icon;
pub mod live;
pub mod menu;
pub mod nav;
pub mod notify;
pub mod picture;
pub mod poll;
pub mod qr;
pub mod recorder;
pub mod row;
pub mod sound;
pub mod tick;
pub mod voice;
