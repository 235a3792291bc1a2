//! What people wrote, made ready for the screen. Plain data; nothing here knows the DOM.

pub mod crowd;
pub mod emoji;
pub mod fold;
pub mod format;
pub mod found;
pub mod handle;
pub mod highlight;
pub mod hints;
pub mod holes;
pub mod kind;
pub mod letters;
pub mod link;
pub mod looked;
pub mod mark;
pub mod outputs;
pub mod place;
pub mod plain;
