//! What the directory does and refuses, told as stories, through the frames that clients send.

mod accounts;
mod distinguisher;
mod inboxes;
mod knocks;
mod lookups;
mod operator;
mod payments;
mod publishing;
mod seal_keys;
