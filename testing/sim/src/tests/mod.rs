//! Stories, by behaviour.

mod first_words;
