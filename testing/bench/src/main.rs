//! What the client costs, and where its time goes.
//!
//! `cargo run --profile product -p casemate-bench -- [suites] [conversations] [catch-up [messages]] [page [conversations messages]] [transparency [accounts]] [healing [messages a day …]] [removal [groups people]] [groups [people …]] [indicators [messages]] [index [messages]] [texts] [names] [joining [people]] [relay [address] [janus | capacity [janus] | flood | hostile | shares | room | long [seconds]]]`
//!
//! - [`suites`]: MLS alone, X-Wing beside X25519, by the size of the conversation (docs/decisions/0004).
//! - [`engine`]: whole engines over a file as people have it: sending, receiving, joining, catching up, searching.
//! - [`transparency`]: the server's key-transparency log with a million accounts. Only where it is asked for.
//! - [`attacked`]: how long a copied folder reads on, a lost device put out of everything, and what a message costs in a group. Only where
//!   it is asked for.
//! - [`indicators`]: lists of what is known to be bad: read, kept, compared, and looked for in all messages.
//! - [`index`]: the search index of a home of an earlier version, and deleting. Only where it is asked for.
//! - [`texts`]: the worst texts of the largest size, in each function that runs over a message's text.
//! - [`names`]: what the time of a server's answer tells of a name. Only where it is asked for.
//! - [`relay`]: what handing on calls costs, beside Janus. Only where it is asked for.
//! - [`page`]: the web app in Chromium; `cargo xtask bench --page` builds what it needs. Only where it is asked for.
//!
//! Not here: how much a server does (`casemate load`) and other people's programs.

mod attacked;
mod engine;
mod index;
mod indicators;
mod measured;
mod names;
mod page;
mod people;
mod relay;
mod suites;
mod texts;
mod transparency;

/// Messages that a device missed.
const MISSED: u32 = 100_000;

/// Accounts of a large server.
const ACCOUNTS: usize = 1_000_000;

/// Conversations and messages of a full account.
const FULL: [usize; 2] = [999, 100_000];

/// Messages a day in a group, and a lost device's groups with their people.
const A_DAY: [usize; 3] = [10, 50, 200];
const LOST: [usize; 2] = [200, 50];

/// Members of groups.
const PEOPLE: [usize; 4] = [2, 10, 100, 1_000];

/// Who asks by a link: with its maker a group has as many members as it may.
const ASKING: usize = 999;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file] = &wanted[..]
        && word == "relay-process"
    {
        return relay::serve(file);
    }
    if wanted.first().is_some_and(|word| word == "relay") {
        return relay::run(&wanted);
    }
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if wants("suites") {
        suites::run();
    }
    if wants("conversations") {
        engine::conversations();
    }
    if wants("catch-up") {
        let missed = wanted.iter().find_map(|word| word.parse().ok());
        engine::catch_up(missed.unwrap_or(MISSED));
    }
    if wanted.iter().any(|word| word == "transparency") {
        let accounts = wanted.iter().find_map(|word| word.parse().ok());
        transparency::run(accounts.unwrap_or(ACCOUNTS));
    }
    let numbers: Vec<usize> = wanted.iter().filter_map(|word| word.parse().ok()).collect();
    if wanted.iter().any(|word| word == "healing") {
        attacked::healing(if numbers.is_empty() { &A_DAY } else { &numbers });
    }
    if wanted.iter().any(|word| word == "removal") {
        let mut numbers = numbers.iter().copied();
        let [groups, people] = LOST.map(|usual| numbers.next().unwrap_or(usual));
        attacked::removal(groups, people);
    }
    if wanted.iter().any(|word| word == "groups") {
        attacked::groups(if numbers.is_empty() { &PEOPLE } else { &numbers });
    }
    if wanted.iter().any(|word| word == "joining") {
        attacked::joining(numbers.first().copied().unwrap_or(ASKING));
    }
    if wanted.iter().any(|word| word == "index") {
        index::run(numbers.first().copied().unwrap_or(MISSED as usize));
    }
    if wanted.iter().any(|word| word == "names") {
        names::run();
    }
    if wants("texts") {
        texts::run();
    }
    if wants("indicators") {
        indicators::run(numbers.first().copied().unwrap_or(MISSED as usize));
    }
    if wanted.iter().any(|word| word == "page") {
        let mut numbers = wanted.iter().filter_map(|word| word.parse().ok());
        let [conversations, messages] = FULL.map(|usual| numbers.next().unwrap_or(usual));
        page::run(conversations, messages);
    }
}
