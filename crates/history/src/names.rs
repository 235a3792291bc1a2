//! What an exported chat is called, by the name of its file.

/// What stands around the chat's name in the names of exported files, by phones and languages.
const AROUND: [(&str, &str); 33] = [
    ("WhatsApp Chat with ", ""),
    ("WhatsApp Chat - ", ""),
    ("WhatsApp-Chat mit ", ""),
    ("WhatsApp Chat mit ", ""),
    ("Chat de WhatsApp con ", ""),
    ("Chat de WhatsApp - ", ""),
    ("Discussion WhatsApp avec ", ""),
    ("Discussion WhatsApp - ", ""),
    ("Conversa do WhatsApp com ", ""),
    ("Conversa do WhatsApp - ", ""),
    ("Conversa no WhatsApp com ", ""),
    ("Chat WhatsApp con ", ""),
    ("Chat WhatsApp dengan ", ""),
    ("WhatsApp-chat met ", ""),
    ("WhatsApp-chatt med ", ""),
    ("Czat WhatsApp z ", ""),
    // The longer one first.
    ("Чат WhatsApp с контактом ", ""),
    ("Чат WhatsApp с ", ""),
    ("Бесіда WhatsApp з ", ""),
    ("Trò chuyện WhatsApp với ", ""),
    ("گفتگوی WhatsApp با ", ""),
    ("", " ile WhatsApp Sohbeti"),
    ("", "님과의 WhatsApp 대화"),
    ("", "とのWhatsAppチャット"),
    ("دردشة واتساب مع ", ""),
    ("محادثة واتساب مع ", ""),
    ("WhatsApp चैट - ", ""),
    ("", " के साथ WhatsApp चैट"),
    ("与", "的 WhatsApp 聊天"),
    ("与 ", " 的 WhatsApp 聊天"),
    ("WhatsApp 聊天 - ", ""),
    ("WhatsApp 与 ", " 的对话"),
    ("WhatsApp 與 ", " 的對話"),
];

/// The chat's name out of that of its exported file; none where that does not say it.
pub fn name(file: &str) -> Option<&str> {
    let name = stem(file);
    let called = AROUND.iter().find_map(|(before, after)| name.strip_prefix(before)?.strip_suffix(after));
    // An iPhone's text is `_chat.txt` in all languages.
    let called = called.unwrap_or(if name == "_chat" { "" } else { name }).trim();
    (!called.is_empty()).then_some(called)
}

/// Whether two files are called alike, as an archive and the text in it are. In the names of chats there are characters that a file's
/// name cannot have, and phones put one thing in their place here and nothing there.
pub fn is_alike(one: &str, other: &str) -> bool {
    let letters =
        |name: &str| -> String { stem(name).chars().filter(|letter| letter.is_alphanumeric()).collect() };
    let one = letters(one);
    !one.is_empty() && one == letters(other)
}

/// Without what says its kind, and without the number of a second copy in the same folder: "… (1)".
fn stem(file: &str) -> &str {
    let name = file.strip_suffix(".zip").or_else(|| file.strip_suffix(".txt")).unwrap_or(file);
    match name.rsplit_once(" (") {
        Some((before, number))
            if number.ends_with(')') && number[..number.len() - 1].parse::<u32>().is_ok() =>
        {
            before
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_whose_chat_it_is() {
        for file in [
            "WhatsApp Chat with Ana Müller.zip",
            "WhatsApp Chat - Ana Müller.zip",
            "WhatsApp Chat - Ana Müller (2).zip",
            "WhatsApp-Chat mit Ana Müller.txt",
            "Chat de WhatsApp con Ana Müller.zip",
            "Discussion WhatsApp avec Ana Müller.zip",
            "Conversa do WhatsApp com Ana Müller.zip",
            "دردشة واتساب مع Ana Müller.zip",
            "Conversa no WhatsApp com Ana Müller.txt",
            "Chat WhatsApp con Ana Müller.zip",
            "Chat WhatsApp dengan Ana Müller.zip",
            "WhatsApp-chat met Ana Müller.zip",
            "Чат WhatsApp с контактом Ana Müller.zip",
            "Чат WhatsApp с Ana Müller.zip",
            "Ana Müller ile WhatsApp Sohbeti.zip",
            "Ana MüllerとのWhatsAppチャット.zip",
            "Ana Müller के साथ WhatsApp चैट.zip",
            "与Ana Müller的 WhatsApp 聊天.zip",
            "WhatsApp 与 Ana Müller 的对话.txt",
            "Ana Müller.zip",
        ] {
            assert_eq!(name(file), Some("Ana Müller"), "{file}");
        }
        assert_eq!((name("_chat.txt"), name(".zip")), (None, None));
    }
}
