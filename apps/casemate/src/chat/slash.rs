//! What is typed with a slash at its beginning: a command, never a message, for what follows it may be a secret that was
//! meant for nobody. Two slashes are a text's own one, in both modes.

/// What somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// To be sent as it stands here.
    Text(&'a str),
    /// A command, and the words behind it.
    Command { name: &'a str, rest: &'a str },
}

impl<'a> Typed<'a> {
    /// Spaces before the slash make no text of a command.
    pub fn of(typed: &'a str) -> Self {
        match typed.trim_start().strip_prefix('/') {
            None => Self::Text(typed),
            Some(text) if text.starts_with('/') => Self::Text(text),
            Some(command) => {
                let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
                Self::Command { name, rest: rest.trim() }
            }
        }
    }
}

/// What is to be typed so that this text is sent.
pub fn typed_for(text: &str) -> String {
    match text.trim_start() {
        begun if begun.starts_with('/') => format!("/{begun}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_is_a_command_and_two_are_a_text() {
        assert_eq!(Typed::of("hello / there"), Typed::Text("hello / there"));
        assert_eq!(Typed::of("  hello"), Typed::Text("  hello"));
        assert_eq!(Typed::of("/mute\n"), Typed::Command { name: "mute", rest: "" });
        assert_eq!(
            Typed::of(" /backup  server six words "),
            Typed::Command { name: "backup", rest: "server six words" }
        );
        assert_eq!(
            Typed::of("/etc/hostname is the file"),
            Typed::Command { name: "etc/hostname", rest: "is the file" }
        );
        assert_eq!(Typed::of("/"), Typed::Command { name: "", rest: "" });
        assert_eq!(Typed::of("//etc/hostname is the file"), Typed::Text("/etc/hostname is the file"));
        assert_eq!(Typed::of(" ///"), Typed::Text("//"));
    }

    #[test]
    fn every_text_can_be_typed() {
        for text in ["hello", "/etc/hostname", "//", "/", "a // b", "  two spaces"] {
            assert_eq!(Typed::of(&typed_for(text)), Typed::Text(text));
        }
    }
}
