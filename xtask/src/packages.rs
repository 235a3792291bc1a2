//! What must be on the machine besides a Rust toolchain: a C compiler and OpenSSL's headers, for SQLCipher; for
//! tests Python, as the second reader of backups. And what some steps would like: a browser.

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

/// The second reader of backups, which is no part of the product.
const READER: [Need; 2] = [
    Need { probe: &["python3", "-c", "import cryptography"], package: "python3-cryptography" },
    Need {
        probe: &["python3", concat!(env!("CARGO_MANIFEST_DIR"), "/../testing/e2e/read_backup.py"), "--check"],
        package: "python3-argon2",
    },
];

/// Whom guard's decoders are measured beside.
const BESIDE: [Need; 4] = [
    Need { probe: &["/usr/bin/python3", "-c", "import PIL.Image"], package: "python3-pil" },
    Need { probe: &["/usr/bin/python3", "-c", "import numpy"], package: "python3-numpy" },
    Need { probe: &["djpeg", "-version"], package: "libjpeg-turbo-progs" },
    Need { probe: &["ffmpeg", "-version"], package: "ffmpeg" },
];

/// For stories in real browsers. Fonts come with them: a page in Hindi without letters tells nothing.
const BROWSER: [Need; 2] = [
    Need { probe: &["chromium", "--version"], package: "chromium" },
    Need { probe: &["chromedriver", "--version"], package: "chromium-driver" },
];
const FONTS: [&str; 2] = ["fonts-noto-core", "fonts-noto-color-emoji"];

/// For a call through a TURN server.
const TURN: [Need; 1] = [Need { probe: &["turnserver", "--version"], package: "coturn" }];

/// For the server's stories behind proxies, and watched.
const AROUND: [Need; 4] = [
    Need { probe: &["nginx", "-v"], package: "nginx-light" },
    Need { probe: &["haproxy", "-v"], package: "haproxy" },
    Need { probe: &["caddy", "version"], package: "caddy" },
    Need { probe: &["promtool", "--version"], package: "prometheus" },
];

/// For making a Debian package, and for trying it.
const PACKAGE: [Need; 1] = [Need { probe: &["dpkg-shlibdeps", "--version"], package: "dpkg-dev" }];
const PACKAGE_CHECK: [Need; 2] = [
    Need { probe: &["mmdebstrap", "--version"], package: "mmdebstrap" },
    Need { probe: &["systemd-analyze", "--version"], package: "systemd" },
];

/// Whether there is a browser that tests can drive. Installed where it is missing and that can be done; else it is
/// said what to install.
pub fn has_browser() -> bool {
    let missing = missing(&BROWSER);
    if missing.is_empty() {
        return true;
    }
    let wanted = [&missing[..], &FONTS].concat();
    if let Err(error) = install(&wanted) {
        println!("{error:#}");
    }
    self::missing(&BROWSER).is_empty()
}

/// For one story, where it can. On a machine of somebody's own the package would start a server, so CI alone gets it.
pub fn install_turn_in_ci() {
    install_in_ci(&TURN);
}

/// The same for stories of proxies, and of Prometheus.
pub fn install_around_in_ci() {
    install_in_ci(&AROUND);
}

fn install_in_ci(needs: &[Need]) {
    if std::env::var_os("CI").is_some()
        && let Err(error) = install_of(needs)
    {
        println!("{error:#}");
    }
}

/// What a package is made with; and what it is tried with, where it can.
pub fn install_for_packages() -> Result<()> {
    install_of(&PACKAGE)?;
    if let Err(error) = install_of(&PACKAGE_CHECK) {
        println!("{error:#}");
    }
    Ok(())
}

/// Installs what is missing where it can, else says in one sentence what to install.
pub fn install_missing() -> Result<()> {
    install_of(&NEEDS)
}

/// The same, with what tests need besides.
pub fn install_for_tests() -> Result<()> {
    install_of(&NEEDS)?;
    install_of(&READER)
}

/// The same, with what guard is measured beside.
pub fn install_for_comparison() -> Result<()> {
    install_of(&NEEDS)?;
    install_of(&BESIDE)
}

fn install_of(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)?;
    match self::missing(needs).as_slice() {
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

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let is_missing = |need: &&Need| !process::succeeds(need.probe[0], &need.probe[1..]);
    needs.iter().filter(is_missing).map(|need| need.package).collect()
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
