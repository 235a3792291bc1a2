//! What must be on the machine besides a Rust toolchain: a C compiler and OpenSSL's headers, for SQLCipher.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Something needed: how to see that it is there, and Debian's package of it.
struct Need {
    probe: &'static [&'static str],
    package: &'static str,
}

const NEEDS: [Need; 4] = [
    Need { probe: &["cc", "--version"], package: "gcc" },
    Need { probe: &["make", "--version"], package: "make" },
    Need { probe: &["pkg-config", "--version"], package: "pkg-config" },
    Need { probe: &["pkg-config", "--exists", "openssl"], package: "libssl-dev" },
];

/// Installs what is missing where it can, else says in one sentence what to install.
pub fn install_missing() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)?;
    match self::missing().as_slice() {
        [] => Ok(()),
        still => bail!("{} was installed but does not work; please see to it", still.join(" ")),
    }
}

/// Installs packages where it can, else says in one sentence what to install.
pub fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !(process::succeeds("apt-get", &["--version"]) && is_root()) {
        bail!("please install {list} (on Debian: sudo apt-get install {list}), then start this again");
    }
    println!("Installing {list} …");
    if apt_get_install(packages).is_err() {
        // A fresh machine has no package lists yet.
        process::run(Command::new("apt-get").args(["update", "-qq"]))?;
        apt_get_install(packages)?;
    }
    Ok(())
}

fn missing() -> Vec<&'static str> {
    let is_missing = |need: &&Need| !process::succeeds(need.probe[0], &need.probe[1..]);
    NEEDS.iter().filter(is_missing).map(|need| need.package).collect()
}

fn apt_get_install(packages: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    command.stdin(std::process::Stdio::null());
    process::run(&mut command)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
