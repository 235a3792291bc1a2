//! In what language the messenger speaks in a chat, by sentences that are in most exports: it says how the phone writes dates.

/// Messages that are looked at: the first of all speaks of encryption.
const MOST: usize = 1_000;

/// What it says about encryption, about files that stayed on the phone, and about those that came along.
const ENGLISH: [&str; 6] = [
    "end-to-end encrypted",
    "<Media omitted>",
    "(file attached)",
    "<attached: ",
    "image omitted",
    "This message was deleted",
];

/// What it says about encryption in other languages.
const ENCRYPTED: [(&str, &str); 15] = [
    ("de", "Ende-zu-Ende"),
    ("es", "extremo a extremo"),
    ("fr", "bout en bout"),
    ("pt", "ponta a ponta"),
    ("pt", "ponto a ponto"),
    ("ar", "الطرفين"),
    ("ar", "الطرفيْن"),
    ("hi", "एंड-टू-एंड"),
    ("zh", "端到端"),
    ("zh", "端對端"),
    ("it", "crittografat"),
    ("nl", "versleuteld"),
    ("tr", "uçtan uca"),
    ("id", "terenkripsi"),
    ("ur", "اینڈ ٹو اینڈ"),
];

/// What it says about files in other languages.
const OTHERS: [(&str, &str); 14] = [
    ("de", "<Medien ausgeschlossen>"),
    ("de", "(Datei angehängt)"),
    ("de", "<Anhang: "),
    ("es", "<Multimedia omitido>"),
    ("es", "(archivo adjunto)"),
    ("es", "<adjunto: "),
    ("fr", "<Médias omis>"),
    ("fr", "(fichier joint)"),
    ("pt", "<Mídia oculta>"),
    ("pt", "(arquivo anexado)"),
    ("pt", "(ficheiro anexado)"),
    ("pt", "<anexado: "),
    ("ar", "<تم استبعاد الوسائط>"),
    ("zh", "<附件"),
];

/// What it says behind a message that was edited, without the dot at the end.
const EDITED: [&str; 25] = [
    "This message was edited",
    "Diese Nachricht wurde bearbeitet",
    "Se editó este mensaje",
    "Mensaje editado",
    "Ce message a été modifié",
    "Mensagem editada",
    "Esta mensagem foi editada",
    "Questo messaggio è stato modificato",
    "Dit bericht is bewerkt",
    "Bu mesaj düzenlendi",
    "Pesan ini diedit",
    "Данное сообщение изменено",
    "Это сообщение изменено",
    "Це повідомлення змінено",
    "Ta wiadomość została edytowana",
    "Det här meddelandet har redigerats",
    "Tin nhắn này đã được chỉnh sửa",
    "تم تعديل هذه الرسالة",
    "این پیام ویرایش شد",
    "اس پیغام میں ترمیم کی گئی",
    "यह मैसेज एडिट किया गया",
    "此消息已编辑",
    "此訊息已編輯",
    "このメッセージは編集されました",
    "이 메시지는 수정되었습니다",
];

/// From what stands behind the dates; none where the messenger says nothing that is known here.
pub fn spoken<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    bodies.into_iter().take(MOST).filter_map(own_words).find_map(|words| {
        if ENGLISH.iter().any(|one| words.contains(one)) {
            return Some("en");
        }
        let says = |(_, one): &&(&str, &str)| words.contains(one);
        ENCRYPTED.iter().chain(&OTHERS).find(says).map(|(language, _)| *language)
    })
}

/// Whether these words of the messenger are that all is encrypted.
pub fn says_encrypted(words: &str) -> bool {
    words.contains(ENGLISH[0]) || ENCRYPTED.iter().any(|(_, one)| words.contains(one))
}

/// Whether these words of the messenger are that a message was edited.
pub fn says_edited(words: &str) -> bool {
    EDITED.contains(&words.trim().trim_end_matches(['.', '。', '।', '۔']))
}

/// Whether these words of the messenger stand for a file.
pub fn says_left_out(words: &str) -> bool {
    ENGLISH.iter().chain(OTHERS.iter().map(|(_, one)| one)).any(|one| words.contains(one))
}

/// What the messenger itself says: in nobody's name, after a mark of direction, or in place of a file. People talk about
/// encryption, too.
fn own_words(body: &str) -> Option<&str> {
    let Some((_, said)) = body.split_once(": ") else { return Some(body) };
    let in_place = said.starts_with('<') || said.ends_with(')');
    (in_place || said.contains('\u{200e}')).then_some(said)
}
