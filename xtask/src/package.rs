//! `cargo xtask package`: the Debian package of the binary, from what is in `packaging/`.

mod check;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{nothing_left, packages, process, product, take_flag, take_option, web, workspace};

/// From the repository, where in the package, and its mode.
const FILES: [(&str, &str, u32); 21] = [
    ("packaging/casemate.service", "usr/lib/systemd/system/casemate.service", 0o644),
    ("packaging/casemate.socket", "usr/lib/systemd/system/casemate.socket", 0o644),
    ("packaging/casemate.sysusers", "usr/lib/sysusers.d/casemate.conf", 0o644),
    ("packaging/casemate.tmpfiles", "usr/lib/tmpfiles.d/casemate.conf", 0o644),
    ("packaging/casemate.default", "etc/default/casemate", 0o644),
    ("packaging/server.toml", "etc/casemate/server.toml", 0o640),
    ("packaging/proxies/nginx.conf", "usr/share/doc/casemate/proxies/nginx.conf", 0o644),
    ("packaging/proxies/haproxy.cfg", "usr/share/doc/casemate/proxies/haproxy.cfg", 0o644),
    ("packaging/proxies/Caddyfile", "usr/share/doc/casemate/proxies/Caddyfile", 0o644),
    ("packaging/prometheus/alerts.yml", "usr/share/doc/casemate/prometheus/alerts.yml", 0o644),
    ("packaging/prometheus/dashboard.json", "usr/share/doc/casemate/prometheus/dashboard.json", 0o644),
    ("docs/operators.md", "usr/share/doc/casemate/operators.md", 0o644),
    ("docs/settings.md", "usr/share/doc/casemate/settings.md", 0o644),
    ("docs/relay.md", "usr/share/doc/casemate/relay.md", 0o644),
    ("packaging/debian/copyright", "usr/share/doc/casemate/copyright", 0o644),
    ("LICENSE", "usr/share/doc/casemate/LICENSE", 0o644),
    ("LICENSE-MPL-2.0", "usr/share/doc/casemate/LICENSE-MPL-2.0", 0o644),
    ("packaging/debian/conffiles", "DEBIAN/conffiles", 0o644),
    ("packaging/debian/postinst", "DEBIAN/postinst", 0o755),
    ("packaging/debian/prerm", "DEBIAN/prerm", 0o755),
    ("packaging/debian/postrm", "DEBIAN/postrm", 0o755),
];

/// `cargo xtask package [--binary PATH] [--to DIR] [--check]`.
pub fn package(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let check = take_flag(&mut words, "--check");
    let given = take_option(&mut words, "--binary")?.map(PathBuf::from);
    let to = take_option(&mut words, "--to")?.map(PathBuf::from);
    nothing_left(&words)?;
    packages::install_for_packages()?;
    let to = to.map_or_else(|| Ok(workspace::target_folder()?.join("package")), anyhow::Ok)?;
    // A build of somebody else's is most often a large one for tests: small enough soon is better than smallest.
    let quick = given.is_some();
    let binary = match given {
        Some(binary) => binary,
        None => product::binary("release", Some(&web::build(true)?))?,
    };
    let made = build(&binary, &to, quick)?;
    println!("\n{}", made.display());
    if check { check::check(&made) } else { Ok(()) }
}

/// Makes a package of a binary that is there and installs it, for CI.
pub fn check_of(binary: &Path) -> Result<()> {
    packages::install_for_packages()?;
    let to = workspace::target_folder()?.join("package");
    check::check(&build(binary, &to, true)?)
}

fn build(binary: &Path, to: &Path, quick: bool) -> Result<PathBuf> {
    ensure!(binary.is_file(), "there is no binary at {}", binary.display());
    let (root, tree) = (workspace::root()?, to.join("casemate"));
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    for (from, at, mode) in FILES {
        place(&root.join(from), &tree.join(at), mode)?;
    }
    place(binary, &tree.join("usr/bin/casemate"), 0o755)?;
    let architecture = process::output(Command::new("dpkg").arg("--print-architecture"))?;
    let (architecture, version) = (architecture.trim(), version()?);
    let control = format!(
        "Package: casemate\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Casemate <casemate@localhost>\n\
         Installed-Size: {}\nDepends: {}, procps, systemd | systemd-standalone-sysusers\n\
         Section: net\nPriority: optional\n\
         Description: private messenger that expects to be attacked\n \
         The server with its relay for calls, the clients for terminals and scripts, and\n \
         the web app, in one program. The server keeps messages that only people's\n devices can read.\n",
        size_in_kib(&tree)?,
        libraries(&tree.join("usr/bin/casemate"), to)?,
    );
    fs::write(tree.join("DEBIAN/control"), control)?;
    let made = to.join(format!("casemate_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.arg("--root-owner-group").args(if quick { ["-Zgzip", "-z1"] } else { ["-Zxz", "-z6"] });
    process::run(build.arg("--build").arg(&tree).arg(&made))?;
    Ok(made)
}

fn place(from: &Path, at: &Path, mode: u32) -> Result<()> {
    let folder = at.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::copy(from, at).with_context(|| format!("could not copy {}", from.display()))?;
    fs::set_permissions(at, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// That of the workspace.
fn version() -> Result<String> {
    let packages = workspace::packages()?;
    let all = packages["packages"].as_array().context("`cargo metadata` lists packages")?;
    let ours = all.iter().find(|package| package["name"] == "casemate").context("casemate is one of them")?;
    Ok(ours["version"].as_str().context("a package has a version")?.to_owned())
}

/// The packages whose libraries the binary is linked with, as dpkg sees it.
fn libraries(binary: &Path, to: &Path) -> Result<String> {
    let folder = to.join("shlibs");
    fs::create_dir_all(folder.join("debian"))?;
    fs::write(folder.join("debian/control"), "Source: casemate\n\nPackage: casemate\nArchitecture: any\n")?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(&folder).arg("-O").arg(fs::canonicalize(binary)?);
    let answer = process::output(&mut command)?;
    let libraries = answer.trim().strip_prefix("shlibs:Depends=");
    Ok(libraries.context("dpkg-shlibdeps names no libraries")?.to_owned())
}

fn size_in_kib(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.metadata()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                bytes += kind.len();
            }
        }
    }
    Ok(bytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_package_are_in_the_repository_and_conffiles_are_those_in_etc() {
        let root = workspace::root().unwrap();
        for (from, _, _) in FILES {
            assert!(root.join(from).is_file(), "{from}");
        }
        let listed = fs::read_to_string(root.join("packaging/debian/conffiles")).unwrap();
        let mut listed: Vec<&str> = listed.lines().map(|line| line.trim_start_matches('/')).collect();
        let mut in_etc: Vec<&str> =
            FILES.iter().map(|(_, at, _)| *at).filter(|at| at.starts_with("etc/")).collect();
        listed.sort_unstable();
        in_etc.sort_unstable();
        assert_eq!(listed, in_etc);
    }
}
