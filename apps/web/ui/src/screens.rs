//! What fills the panes: one file for each screen.

pub mod app;
pub mod calls;
pub mod chats;
pub mod components;
pub mod contacts;
pub mod conversation;
pub mod details;
pub mod explain;
pub mod forward;
pub mod info;
pub mod invite;
pub mod knock;
pub mod live_privacy;
pub mod messages;
pub mod new_chat;
pub mod new_device;
pub mod new_group;
pub mod notifications;
pub mod palette;
pub mod requests;
pub mod send;
pub mod settings;
pub mod viewer;
pub mod welcome;
