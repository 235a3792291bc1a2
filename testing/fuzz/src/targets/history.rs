//! What other messengers export: an archive somebody made on purpose, and a chat's text.

use std::collections::BTreeSet;

use casemate_history::{Archive, archive, chat, letters};

/// What an archive gives is what it promised, and within its limits.
pub fn archive(bytes: &[u8]) {
    let Ok(archive) = Archive::open(bytes) else { return };
    let mut total = 0;
    for entry in &archive.entries {
        assert!(!entry.name.contains(['/', '\\']) && !entry.name.chars().any(char::is_control));
        if let Err(why) = entry.check() {
            assert_eq!(archive.read(entry), Err(why));
            continue;
        }
        total += entry.size_bytes;
        assert!(entry.size_bytes <= archive::FILE_BYTES && total <= archive::TOTAL_BYTES);
        // A promise of much is not put to the test here: it would be kept or refused alike.
        if entry.size_bytes <= 1 << 20
            && let Ok(read) = archive.read(entry)
        {
            assert_eq!(read.len() as u64, entry.size_bytes);
        }
    }
    let texts = || archive.entries.iter().filter(|entry| entry.name.to_lowercase().ends_with(".txt"));
    if texts().all(|entry| entry.size_bytes <= 1 << 20)
        && let Ok(text) = archive.chat_text("a.zip")
    {
        assert!(texts().any(|entry| entry.size_bytes == text.len() as u64));
    }
}

/// Messages are bounded, and of the files that there are.
pub fn text(bytes: &[u8]) {
    let text = letters(bytes);
    let files: BTreeSet<String> = ["a.jpg", "b (2).pdf"].map(str::to_owned).into();
    let chat = chat::read(&text, &files);
    assert!(chat.lines.len() <= chat::MESSAGES);
    assert!(chat.first_odd.as_ref().is_none_or(|line| line.len() <= 200));
    assert!(chat.open.len() != 1 && (chat.open.is_empty() || !chat.lines.is_empty()));
    for line in &chat.lines {
        assert!(line.text.len() <= chat::TEXT_BYTES);
        assert!(line.file.as_ref().is_none_or(|file| files.contains(file)));
        assert!(line.author.as_ref().is_none_or(|author| !author.is_empty() && author.len() <= 256));
        assert!((1..=12).contains(&line.at.month) && line.at.hour < 24);
    }
}

/// `hello` in `_chat.txt`, stored, as a phone writes it.
pub fn archive_seeds() -> Vec<Vec<u8>> {
    let mut zip = Vec::new();
    let common: &[u8] =
        &[20, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0];
    zip.extend(b"PK\x03\x04");
    zip.extend(common);
    zip.extend(b"_chat.txthello");
    let directory = zip.len() as u8;
    zip.extend(b"PK\x01\x02\x14\0");
    zip.extend(common);
    zip.extend([0; 14]);
    zip.extend(b"_chat.txt");
    let size = zip.len() as u8 - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend([size, 0, 0, 0, directory, 0, 0, 0, 0, 0]);
    vec![zip]
}

/// A line of each form.
pub fn text_seeds() -> Vec<Vec<u8>> {
    let lines = [
        "12/31/23, 9:41\u{202f}PM - Ana: hello\nmore",
        "[31.12.23, 21:41:07] Bob: \u{200e}<attached: a.jpg>\n[31.12.23, 21:42:07] Bob: x",
        "31/12/2023, 21:41 - Ana: b (2).pdf (file attached)",
        "2023/12/31 下午9:41 - 名字: 你好",
        "٣١/١٢/٢٠٢٣، ٩:٤١ م - آنا: مرحبا",
        "30.08.2025 г., 18:00 - Ana: x\n30. 8. 2025. u 18:00 - Ana: x",
        "30/8/พ.ศ. 2568 18:00 - Ana: x",
        "[6:00:00 CH, 30/08/2025] Dr: Who: x\n[5:00:00 SA, 30/08/2025] B: y\r\n[5:00:00 SA, 1/09/2025] C: y\r\n",
        "04/08/15 13:01:02: Ben: a.jpg <attached>\n04/08/15 13:01:02: Ana: null",
    ];
    let utf16 = "\u{feff}31.12.23, 21:41 - Ana: hello".encode_utf16().flat_map(u16::to_le_bytes).collect();
    lines.iter().map(|line| line.as_bytes().to_vec()).chain([utf16]).collect()
}
