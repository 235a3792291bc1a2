//! Somebody who speaks the wire by hand.
