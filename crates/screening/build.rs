//! Writes down what each letter looks like, by Unicode's table of what is taken for one another (`unicode-security`), in fewer bytes
//! than it has as a program's data.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let (mut steps, mut looks, mut last) = (String::new(), Vec::new(), 0);
    for letter in '\0'..=char::MAX {
        let text = letter.to_string();
        let look: String = unicode_security::skeleton(&text).collect();
        // What is taken apart before it is looked up has no look of its own.
        let apart: String = unicode_normalization::UnicodeNormalization::nfd(text.as_str()).collect();
        if look != text && apart == text {
            let step = char::from_u32(u32::from(letter) - last)
                .expect("letters that look like others are near each other");
            steps.push(step);
            last = u32::from(letter);
            assert!(!look.contains('\n'), "{letter:?}");
            looks.push(look);
        }
    }
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder"));
    std::fs::write(folder.join("steps"), steps)?;
    std::fs::write(folder.join("looks"), looks.join("\n"))
}
