//! Links as people write them in a text, with `https://` or without: what a page draws as one, and what search finds by it.

/// The longest link that is one; longer ones stay text.
const LONGEST: usize = 2_000;

/// What is looked at for one link: the rest may be the sentence's. This far from each letter of a message is bearable, to its end
/// is not.
const RUN: usize = LONGEST + 500;

/// What is in no link: quotes and brackets around it, and the punctuation of writing without spaces around that.
const ENDS: &str = "<>\"`|，。、；：！？（）「」『』【】《》“”،؛؟।";

/// Tops of names that a text with a dot in it rarely has otherwise. `it` and `eu` are words too, of a sentence that begins
/// without a space after the full stop, and `ai` are files: those count with a path, as in `t.me/name`.
const TOPS: [&str; 46] = [
    "app", "au", "biz", "br", "ch", "cn", "com", "cz", "de", "dev", "dk", "edu", "eg", "fi", "fr", "gov",
    "gr", "hk", "hu", "ie", "info", "io", "ir", "jp", "kr", "lt", "lv", "mx", "net", "ng", "nl", "nz", "org",
    "pk", "pl", "pt", "ru", "sg", "sk", "tr", "tv", "tw", "ua", "uk", "vn", "xyz",
];
const TOPS_WITH_PATH: [&str; 43] = [
    "ae", "ai", "ar", "at", "bank", "be", "blog", "ca", "cat", "cc", "cl", "cloud", "co", "es", "eu", "fm",
    "gg", "hr", "id", "il", "in", "int", "is", "it", "ke", "link", "live", "lu", "ly", "ma", "me", "mil",
    "my", "news", "no", "online", "page", "ro", "sa", "se", "shop", "to", "us",
];

/// Before a country, as in `a.co.in`.
const BEFORE_COUNTRY: [&str; 7] = ["ac", "co", "com", "edu", "gov", "net", "org"];

/// The length of the link that starts here, behind this letter.
pub fn at_start(text: &str, before: char) -> Option<usize> {
    match scheme(text) {
        // Writing that puts no space before it may stand there, another word may not.
        Some(scheme) if !before.is_ascii_alphanumeric() => {
            let link = without_sentence(text)?;
            (link.len() > scheme && link.len() <= LONGEST && host(link).is_some()).then_some(link.len())
        }
        None if stands_alone(before) => bare(text),
        _ => None,
    }
}

/// The whole address of a link that a text has, which may stand there without its beginning.
pub fn address(link: &str) -> String {
    match scheme(link) {
        // A phone makes the first letter large.
        Some(length) => format!("{}{}", link[..length].to_ascii_lowercase(), &link[length..]),
        None => format!("https://{link}"),
    }
}

/// The length of the scheme.
fn scheme(text: &str) -> Option<usize> {
    let begins =
        |scheme: &&str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    ["https://", "http://"].into_iter().find(begins).map(str::len)
}

/// What stands here up to the next space, without what belongs to the sentence: punctuation, and a bracket that it opened. None
/// where that is longer than a link may be.
fn without_sentence(text: &str) -> Option<&str> {
    let is_end = |c: char| c.is_whitespace() || is_hidden(c) || ENDS.contains(c);
    let (mut end, mut opened, mut closed) = (0, 0, 0);
    for c in text.chars().take_while(|c| !is_end(*c)) {
        end += c.len_utf8();
        if end > RUN {
            return None;
        }
        match c {
            '(' => opened += 1,
            ')' => closed += 1,
            _ => {}
        }
    }
    let mut link = &text[..end];
    loop {
        let last = link.chars().next_back()?;
        let unopened = last == ')' && closed > opened;
        if !".,;:!?'*_~…".contains(last) && !unopened {
            return Some(link);
        }
        if unopened {
            closed -= 1;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
}

/// The length of `www.a.example` or `a.org/x`: a name that could be nothing else, with what follows it.
fn bare(text: &str) -> Option<usize> {
    let run = &text[..text.find(|c: char| !is_of_name(c) && c != '.').unwrap_or(text.len())];
    let name = run.trim_end_matches('.');
    // Few words are: only for those is it looked where they go on.
    if !is_place(name, true) {
        return None;
    }
    let after = &text[name.len()..];
    let goes_on = name.len() == run.len() && (after.starts_with(['/', '?', '#']) || is_port(after));
    let link = if goes_on { without_sentence(text)? } else { name };
    let has_path = link.len() > name.len() + 1;
    let ends = goes_on
        || match after.chars().next() {
            None => true,
            // A mark of formatting that ends here, and with it perhaps the sentence.
            Some('_') => {
                let behind = after.trim_start_matches(['_', '.', ',', ':', '!', '?']);
                behind.chars().next().is_none_or(stands_alone)
            }
            Some(next) => !"@\\=&%+$".contains(next) && is_parted(next),
        };
    (ends && link.len() <= LONGEST && is_place(name, has_path)).then_some(link.len())
}

fn is_place(name: &str, has_path: bool) -> bool {
    let fits =
        |label: &&str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let labels: Vec<&str> = name.split('.').take(128).collect();
    if name.len() > 253 || !labels.iter().all(fits) {
        return false;
    }
    // Of a top in small letters: what begins with a large one is a sentence, and `ASP.NET` is a name of something else.
    match labels[..] {
        [www, .., _, top] if www.eq_ignore_ascii_case("www") => {
            top.len() > 1 && top.bytes().all(|letter| letter.is_ascii_alphabetic())
        }
        [_, .., before, top] if BEFORE_COUNTRY.contains(&before) && is_country(top) => true,
        [_, .., top] => TOPS.contains(&top) || (has_path && TOPS_WITH_PATH.contains(&top)),
        _ => false,
    }
}

fn is_country(top: &str) -> bool {
    top.len() == 2 && top.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// Letters of names of places: Latin ones. Others run into the words around them.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || (c.is_alphabetic() && ('\u{C0}'..='\u{24F}').contains(&c))
}

/// A port, and no password: in `a.com:1@b.org` the place is another.
fn is_port(after: &str) -> bool {
    let Some(port) = after.strip_prefix(':') else { return false };
    let rest = port.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < port.len() && !rest.starts_with(|c: char| c.is_alphanumeric() || "@\\:".contains(c))
}

/// Whether a name may begin behind this letter: not within a word, a mail address, a path or what programs write.
fn stands_alone(before: char) -> bool {
    is_parted(before) && !"@./\\:_=&%+$#-".contains(before)
}

/// What is no letter of the same word: Chinese and its like have no spaces, and Arabic begins words with short ones.
fn is_parted(c: char) -> bool {
    !c.is_alphanumeric() || is_spaceless(c) || matches!(c, '\u{600}'..='\u{6FF}')
}

/// Writing that has no spaces between words: Chinese, Japanese, Thai and their like.
pub fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// A letter of a word that ends with a space.
pub fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() && !is_spaceless(c)
}

/// Beside these a mark is a part of a name: of a path, an address, a variable.
const IN_NAMES: &str = "/\\@#=&%$+^";

/// Whether a mark of formatting (`*`, `_`, `~`) may open behind this letter: at the edge of a word, and not in a name such as
/// `src/__main__.py`.
pub fn may_open(before: char, mark: char) -> bool {
    !is_in_word(before) && before != mark && before != '.' && !IN_NAMES.contains(before)
}

/// Whether one may close before this text.
pub fn may_close(after: &str, mark: char) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        None => true,
        // The end of a sentence, or the middle of a name.
        Some('.' | ':') => !letters.next().is_some_and(is_in_word),
        Some(next) => !is_in_word(next) && next != mark && !IN_NAMES.contains(next),
    }
}

/// Whether a text has a link, wherever in it. One that stands between marks of code is shown as it was typed, and is found all
/// the same.
pub fn has_link(text: &str) -> bool {
    let mut before = ' ';
    text.char_indices().any(|(at, letter)| {
        let found = at_start(&text[at..], before).is_some();
        before = before_next(before, letter);
        found
    })
}

/// What counts as standing before the letter after this one: `_` that begins a word is a mark of formatting, and no letter of it.
pub fn before_next(before: char, letter: char) -> char {
    if letter == '_' && stands_alone(before) { ' ' } else { letter }
}

/// The host of a link, in lower case: what a person should look at before opening it.
pub fn host(link: &str) -> Option<String> {
    let rest = link.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    // Before an @ stands anything a cheat likes.
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    (!host.is_empty() && !host.starts_with('.') && host.chars().any(char::is_alphanumeric)).then_some(host)
}

/// Characters that turn or hide what stands around them.
pub fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        for (text, link) in [
            ("https://a.example/x. And", "https://a.example/x"),
            ("https://a.example/x)", "https://a.example/x"),
            ("https://a.example/x_(y)", "https://a.example/x_(y)"),
            ("https://a.example?q=1&b=2 c", "https://a.example?q=1&b=2"),
            ("http://a.example\u{202e}/x", "http://a.example"),
            ("https://a.example/x，很好", "https://a.example/x"),
            ("https://a.example。", "https://a.example"),
            ("https://a.example/x؟ نعم", "https://a.example/x"),
            ("Https://a.example/x", "Https://a.example/x"),
        ] {
            assert_eq!(at_start(text, ' ').map(|end| &text[..end]), Some(link));
        }
        for none in
            ["javascript:alert(1)", "https://", "https://.", "data:text/html,x", "file:///etc", "https:///x"]
        {
            assert_eq!(at_start(none, ' '), None, "{none}");
        }
    }

    #[test]
    fn a_wall_of_punctuation_keeps_nobody_waiting() {
        let wall = format!("{}{}", ",?".repeat(450), ")".repeat(900));
        assert_eq!(at_start(&format!("a.de/x{wall}"), ' '), Some(6));
        assert_eq!(at_start(&format!("https://a.de/(x){wall}"), ' '), Some(16));
        assert_eq!(at_start(&format!("a.de/x{wall}{wall}"), ' '), None, "too much to look at");
        for piece in [&wall[..], &format!("(a.de/{wall}"), "(a.de/", "https://", "(a.de:1", "-.."] {
            let text = piece.repeat(32_768 / piece.len());
            let mut before = ' ';
            for (at, letter) in text.char_indices() {
                at_start(&text[at..], before);
                before = letter;
            }
        }
    }

    #[test]
    fn names_of_places_are_links_without_their_beginning() {
        for (text, link) in [
            ("www.a.example", "www.a.example"),
            ("WWW.A.EXAMPLE/X.", "WWW.A.EXAMPLE/X"),
            ("www.a.museum, and", "www.a.museum"),
            ("a.org", "a.org"),
            ("Example.com! Look", "Example.com"),
            ("a.b-c.co.uk/x?q=1#y) and", "a.b-c.co.uk/x?q=1#y"),
            ("en.wikipedia.org/wiki/A_(b)", "en.wikipedia.org/wiki/A_(b)"),
            ("a.com?", "a.com"),
            ("a.com: so", "a.com"),
            ("a.com:8080/x", "a.com:8080/x"),
            ("a.com:80@b.org", "a.com"),
            ("a.com...", "a.com"),
            ("a.com./x", "a.com"),
            ("bücher.de/neu", "bücher.de/neu"),
            ("t.me/name", "t.me/name"),
            ("youtu.be/abc?t=1.", "youtu.be/abc?t=1"),
            ("163.com", "163.com"),
            ("a.co.in", "a.co.in"),
            ("a.com.ar.", "a.com.ar"),
            // Chinese and Arabic around it.
            ("a.com吧", "a.com"),
            ("a.com，很好", "a.com"),
            ("a.com。", "a.com"),
            ("a.com/x，很好", "a.com/x"),
            ("a.com）", "a.com"),
            ("a.com، نعم", "a.com"),
            ("a.com؟", "a.com"),
            ("a.com»", "a.com"),
        ] {
            assert_eq!(at_start(text, ' ').map(|end| &text[..end]), Some(link), "{text}");
        }
    }

    #[test]
    fn words_files_numbers_and_mail_are_no_links() {
        for none in [
            "e.g.",
            "i.e., so",
            "e.g./i.e.",
            "z.B.",
            "u.a.",
            "file.rs",
            "main.rs/x",
            "node.js/express",
            "a.txt",
            "1.2.3",
            "3.14",
            "10.30am",
            "192.168.0.1",
            "end.Next",
            "works.In",
            "you.it was",
            "home.at last",
            "so.me",
            "ASP.NET",
            "Mr.Com",
            "...",
            "a..com",
            ".com",
            "com",
            "a.",
            "-a.com",
            "a-.com",
            "www.",
            "www..com",
            "www.a.1",
            "a.com@b.org",
            "ana.de@b.org",
            "a.com\\b",
            "a.com_b",
            "a.com=1",
            "a.comпривет",
            "раypal.com",
            "例子.公司",
            "a.me/",
            "logo.ai",
        ] {
            assert_eq!(at_start(none, ' '), None, "{none}");
        }
        for before in ['x', '1', 'é', 'я', '@', '.', '/', '\\', ':', '_', '-', '=', '%', '#'] {
            assert_eq!(at_start("a.com/x", before), None, "{before}");
        }
        for before in [' ', '(', '[', '"', '*', ',', '“', '（', '，', '：', '看', 'ا', 'و', '،', '👉']
        {
            assert_eq!(at_start("a.com/x", before), Some(7), "{before}");
        }
        let long = format!("a.com/{}", "x".repeat(LONGEST));
        assert_eq!(at_start(&long, ' '), None);
    }

    #[test]
    fn a_link_is_completed_before_it_opens() {
        for (link, whole) in [
            ("www.a.example/X", "https://www.a.example/X"),
            ("a.com", "https://a.com"),
            ("http://a.com", "http://a.com"),
            ("HTTP://A.com/X", "http://A.com/X"),
        ] {
            assert_eq!(address(link), whole);
        }
        assert_eq!(host(&address("Bank.com:8080/x")).as_deref(), Some("bank.com"));
    }

    #[test]
    fn the_host_is_what_counts() {
        assert_eq!(host("https://bank.example@evil.example/x").as_deref(), Some("evil.example"));
        assert_eq!(host("https://A.example:443\\@b").as_deref(), Some("a.example"));
    }

    #[test]
    fn a_text_has_a_link_wherever_it_stands() {
        for text in [
            "a.org",
            "see example.org/path, please",
            "look: https://localhost/x",
            "one\ntwo www.a.museum",
            "_a.org_ and *more*",
            "so _see a.org_.",
            "__a.org__",
            "**a.org**",
            "看看a.org吧",
        ] {
            assert!(has_link(text), "{text}");
        }
        for none in
            ["", "http:// is none", "end.Next e.g. file.rs", "ana@a.org", "x_a.org", "a.org_b", "a.org_@b"]
        {
            assert!(!has_link(none), "{none}");
        }
        // The largest message, of nothing but what could become one.
        for piece in ["a.b.c.d ", "_a.de_@", "-..", "_"] {
            assert!(!has_link(&piece.repeat(32_768 / piece.len())), "{piece}");
        }
    }

    #[test]
    fn marks_stand_at_the_edges_of_words_and_in_no_names() {
        for before in [' ', '\n', '(', '"', '*', '¿', '—', '是', '👍', ':'] {
            assert!(may_open(before, '_'), "{before}");
        }
        for before in ['a', '7', 'é', 'م', '_', '/', '\\', '@', '#', '=', '.', '$'] {
            assert!(!may_open(before, '_'), "{before}");
        }
        for after in ["", " a", ".", ". A", "), b", "!", "*", "…", "的", ": a", "\n", "-x"] {
            assert!(may_close(after, '_'), "{after}");
        }
        for after in ["a", "9", "_", ".py", ":80", "/b", "\\b", "@x", "=1"] {
            assert!(!may_close(after, '_'), "{after}");
        }
    }
}
