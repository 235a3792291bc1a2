//! A chat for each way in which a locale of Unicode CLDR writes dates and times, read back. The table comes from the same source as the
//! reader's, and says of each locale what the reader only has of all together.

use super::*;

/// A way of writing, with what it is of.
struct Locale {
    names: &'static str,
    date: &'static str,
    times: Vec<&'static str>,
    joined: Vec<&'static str>,
    halves: [&'static str; 2],
    nought: char,
}

fn locales() -> Vec<Locale> {
    let table = include_str!("locales.txt");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        let [names, date, times, joined, am, pm, nought] = fields[..] else { panic!("{row:?}") };
        Locale {
            names,
            date,
            times: times.split('|').collect(),
            joined: joined.split('|').collect(),
            halves: [am, pm],
            nought: nought.chars().next().unwrap(),
        }
    })
    .collect()
}

/// Midnight, noon, both halves of the day, and a change of the year.
const TIMES: [Civil; 6] = [
    Civil { year: 2023, month: 12, day: 28, hour: 21, minute: 41, second: 7 },
    Civil { year: 2023, month: 12, day: 29, hour: 0, minute: 5, second: 59 },
    Civil { year: 2023, month: 12, day: 30, hour: 9, minute: 15, second: 0 },
    Civil { year: 2023, month: 12, day: 31, hour: 12, minute: 30, second: 12 },
    Civil { year: 2024, month: 1, day: 2, hour: 13, minute: 0, second: 1 },
    Civil { year: 2024, month: 1, day: 3, hour: 11, minute: 59, second: 30 },
];

impl Locale {
    fn number(&self, value: u16, digits: usize, nought: char) -> String {
        let digit = |digit: char| char::from_u32(nought as u32 + digit.to_digit(10).unwrap()).unwrap();
        format!("{value:0digits$}").chars().map(digit).collect()
    }

    fn written(&self, pattern: &str, at: Civil, nought: char) -> String {
        let letters: Vec<char> = pattern.chars().collect();
        let (mut written, mut quoted, mut here) = (String::new(), false, 0);
        while here < letters.len() {
            let letter = letters[here];
            let count = letters[here..].iter().take_while(|next| **next == letter).count();
            let hour = u16::from(at.hour);
            let value = match letter {
                'd' => u16::from(at.day),
                'M' => u16::from(at.month),
                'y' if count == 2 => at.year % 100,
                'y' => at.year,
                'H' => hour,
                'h' => (hour + 11) % 12 + 1,
                'K' => hour % 12,
                'm' => u16::from(at.minute),
                's' => u16::from(at.second),
                _ => u16::MAX,
            };
            match letter {
                '\'' => quoted = !quoted,
                'a' | 'B' if !quoted => written.push_str(self.halves[usize::from(at.hour > 11)]),
                letter if letter.is_ascii_alphabetic() && !quoted => {
                    assert_ne!(value, u16::MAX, "{pattern:?} of {}", self.names);
                    written.push_str(&self.number(value, count, nought));
                    here += count - 1;
                }
                letter => written.push(letter),
            }
            here += 1;
        }
        written
    }

    fn chat(&self, time: &str, joined: &str, before: &str, behind: &str, nought: char) -> String {
        let line = |at: &Civil| {
            let (date, time) = (self.written(self.date, *at, nought), self.written(time, *at, nought));
            // The pattern's own letters are words, and quotes stand around them.
            let words = joined.replace('\'', "");
            let head = words.replace("{1}", &date).replace("{0}", &time);
            format!("{before}{head}{behind}Ana: 3 words here\nand: more\n")
        };
        TIMES.iter().map(line).collect()
    }
}

/// Inari Sami calls the morning as Finnish does the afternoon.
const LIKE_ANOTHER: [&str; 1] = ["smn"];

#[test]
fn dates_of_every_locale_are_read_as_that_locale_writes_them() {
    let (mut chats, mut failed) = (0, Vec::new());
    for locale in locales().into_iter().filter(|locale| !LIKE_ANOTHER.contains(&locale.names)) {
        for (time, joined) in
            locale.times.iter().flat_map(|time| locale.joined.iter().map(move |joined| (time, joined)))
        {
            // Of twelve hours without saying which: nobody could read it.
            if time.contains('h') && !time.contains(['a', 'B']) {
                continue;
            }
            for (before, behind) in [("[", "] "), ("", " - ")] {
                let noughts = if locale.nought == '0' { &['0'][..] } else { &['0', locale.nought] };
                for nought in noughts {
                    let text = locale.chat(time, joined, before, behind, *nought);
                    let chat = read(&text, &BTreeSet::new());
                    let times: Vec<Civil> = chat.lines.iter().map(|line| line.at).collect();
                    let has_seconds = time.contains('s');
                    let expected =
                        TIMES.map(|at| Civil { second: if has_seconds { at.second } else { 0 }, ..at });
                    let is_right = times == expected
                        && chat.open.is_empty()
                        && chat.lines.iter().all(|line| line.author.as_deref() == Some("Ana"));
                    chats += 1;
                    if !is_right {
                        failed.push(format!("{}: {}", locale.names, text.lines().next().unwrap()));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{} of {chats}:\n{}", failed.len(), failed.join("\n"));
    assert!(chats > 5_000, "{chats}");
}
