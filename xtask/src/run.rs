//! `cargo xtask run`: the product on this machine, for one person to try both ends of.
//!
//! ```text
//! casemate-data/            the server's data, and besides:
//!   try-out.json            the port: addresses name it, so it stays the same from start to start
//!   server.log              what the server says
//!   people/first, second    homes for `casemate chat`
//! ```

mod people;
mod server;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::quoted;
use crate::{nothing_left, packages, product, take_option, web, workspace};
use people::{Home, Person};
use server::Server;

/// Does all of it, until Ctrl-C.
pub fn run(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let data = take_option(&mut words, "--data")?.map(PathBuf::from);
    nothing_left(&words)?;
    packages::install_missing()?;
    println!("Building Casemate; the first time takes some minutes …");
    // The terminal serves too: what is missing for the browser's programs keeps nobody from trying.
    let web = web::build_if_possible(web::Tool::ToBuild).unwrap_or_else(|error| {
        println!("The web app is left out: {error:#}.");
        None
    });
    let binary = product::binary("product", web.as_deref())?;
    let data = match data {
        Some(data) => std::path::absolute(data)?,
        None => workspace::root()?.join("casemate-data"),
    };
    std::fs::create_dir_all(&data).with_context(|| format!("could not make {}", data.display()))?;

    let server = Server::start(&binary, &data)?;
    match introduce(&binary, &data, &server) {
        Ok(text) => print!("{text}"),
        Err(error) => {
            server.stop();
            return Err(error);
        }
    }
    server.wait_for_the_end()
}

/// What to type in two terminals.
fn introduce(binary: &Path, data: &Path, server: &Server) -> Result<String> {
    let homes = people::homes(binary, data)?;
    let mut text = format!("\nCasemate runs at {}; its log is {}.\n", server.url(), short(&server.log()));
    let newcomers = homes.iter().filter(|home| matches!(home.person, Person::Nobody)).count();
    if newcomers > 0 {
        text += "\nA single-use invitation link for each newcomer:\n";
    }
    let mut lines = Vec::new();
    for home in &homes {
        let link = match home.person {
            Person::Nobody => Some(server.invite(binary)?),
            _ => None,
        };
        if let Some(link) = &link {
            text += &format!("  {link}\n");
        }
        lines.push(line(binary, home, link.as_deref()));
    }
    text += if newcomers > 0 {
        "\nOpen each link in a browser window of its own (one of them private), or a terminal for each, and talk:\n\n"
    } else {
        "\nOpen a terminal for each, and talk:\n\n"
    };
    for line in lines {
        text += &line;
    }
    text += "\nCtrl-C stops the server; what was said stays where it is.\n";
    Ok(text)
}

/// Who lives in a home, and the line that opens it.
fn line(binary: &Path, home: &Home, link: Option<&str>) -> String {
    let who = match &home.person {
        Person::Nobody => "somebody new".to_owned(),
        Person::Account(address) => address.clone(),
        Person::Unseen(why) => why.clone(),
    };
    let mut line = format!(
        "  # {who}\n  {} chat --home {}",
        quoted(&short(binary).to_string()),
        quoted(&short(&home.folder).to_string())
    );
    if let Some(link) = link {
        line += &format!(" --link {}", quoted(link));
    }
    line + "\n"
}

/// A path as one would type it here: relative where it is below the current folder.
fn short(path: &Path) -> std::path::Display<'_> {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_gets_a_link_and_an_account_its_name() {
        let folder = PathBuf::from("/d/people/first");
        let home = Home { folder: folder.clone(), person: Person::Nobody };
        assert_eq!(
            line(Path::new("/t/casemate"), &home, Some("http://localhost:8440/i#a.b")),
            "  # somebody new\n  /t/casemate chat --home /d/people/first --link 'http://localhost:8440/i#a.b'\n"
        );
        let home = Home { folder, person: Person::Account("ana@localhost:8440".into()) };
        assert_eq!(
            line(Path::new("/t/casemate"), &home, None),
            "  # ana@localhost:8440\n  /t/casemate chat --home /d/people/first\n"
        );
    }
}
