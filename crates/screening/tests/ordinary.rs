//! False alarms: ten thousand ordinary domains, each with a path as pages have them.

use casemate_screening::link::{self, Warning};

const PATHS: [&str; 20] = [
    "",
    "/",
    "/index.html",
    "/about/",
    "/news/2024/05/03/what-happened-today",
    "/watch?v=dQw4w9WgXcQ&t=42s",
    "/wiki/Casemate_(fortification)",
    "/search?q=login+page&hl=en",
    "/login?next=%2Faccount",
    "/products/12345-blue-shoes.html#reviews",
    "/a/b/c/d/e/f",
    "/~somebody/photos/IMG_2024.jpg",
    "/download/file.tar.gz",
    "/?utm_source=newsletter&utm_medium=email",
    "/p/CxYz123_-/",
    "/r/rust/comments/1abc23/title_of_it/",
    "/@name/post-1a2b3c4d5e6f",
    "/share?url=https%3A%2F%2Fwww.wikipedia.org%2F&text=Look",
    "/maps/@52.5162746,13.3777041,17z",
    "/article.php?id=77&lang=de",
];

#[test]
fn fewer_than_one_in_a_thousand_ordinary_links_is_warned_of() {
    let domains = include_str!("../fixtures/ordinary-domains.txt");
    let (mut links, mut alarms, mut short) = (0, Vec::new(), 0);
    for (number, domain) in domains.lines().enumerate() {
        let www = if number % 3 == 0 { "www." } else { "" };
        let scheme = if number % 7 == 0 { "http" } else { "https" };
        let link = format!("{scheme}://{www}{domain}{}", PATHS[number % PATHS.len()]);
        links += 1;
        let warnings = link::look(&link, Some(&link), &["casemate.example"]).warnings;
        // A short link is one: that is what is said of it.
        let (said, wrong): (Vec<_>, Vec<_>) =
            warnings.into_iter().partition(|warning| *warning == Warning::Shortener);
        short += said.len();
        if !wrong.is_empty() {
            alarms.push((link, wrong));
        }
    }
    println!("{links} links, {short} of them short ones, {} false alarms: {alarms:?}", alarms.len());
    assert_eq!(links, 10_000);
    assert!(alarms.len() < links / 1_000, "{} of {links}: {alarms:?}", alarms.len());
}
