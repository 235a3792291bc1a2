//! Installs the package in a fresh Debian, starts the server there as the unit would, and takes the package away again.
//!
//! First without systemd: what the unit asks of the system (its user, a root that is read-only, one capability) is set up by `unshare` and
//! `setpriv`. Then with systemd as the first process of a namespace, where the machine lets that be.

mod booted;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::process;

/// What the unit may score at most, of 10: less is safer.
const MOST_EXPOSED: f64 = 2.0;

/// Options of the server there, as somebody would write them into /etc/default/casemate.
const OPTIONS: &str = "--listen 127.0.0.1:0";

/// Checks a package. Says in a line what was left out, where the machine lacks something.
pub fn check(package: &Path) -> Result<()> {
    let unit = package.with_file_name("casemate/usr/lib/systemd/system/casemate.service");
    check_unit(&unit)?;
    if !process::succeeds("mmdebstrap", &["--version"]) || !process::succeeds("unshare", &["--mount", "true"])
    {
        println!("The package was not installed: that takes root, mmdebstrap and unshare.");
        return Ok(());
    }
    let Some(root) = FreshRoot::make(package)? else {
        println!("The package was not installed: no Debian could be made, perhaps for lack of a mirror.");
        return Ok(());
    };
    root.install(package)?;
    root.check_files()?;
    root.serve(&unit)?;
    booted::check(&root.0)?;
    root.remove()?;
    println!("The package was installed in a fresh Debian, served, and was removed; people's data stayed.");
    Ok(())
}

/// What systemd says of the unit.
fn check_unit(unit: &Path) -> Result<()> {
    if !process::succeeds("systemd-analyze", &["--version"]) {
        println!("The unit was not verified: that takes systemd-analyze, of Debian's package systemd.");
        return Ok(());
    }
    let mut security = Command::new("systemd-analyze");
    let said = process::output(security.args(["security", "--offline=true", "--no-pager"]).arg(unit))?;
    let score = exposure(&said).with_context(|| format!("systemd-analyze gives no score:\n{said}"))?;
    println!("The unit's exposure is {score} of 10; at most {MOST_EXPOSED} is allowed.");
    ensure!(score <= MOST_EXPOSED, "{said}");
    verify(unit)
}

/// Whether systemd understands every line. It looks for programs on this machine, so it reads copies that name the package's.
fn verify(unit: &Path) -> Result<()> {
    let folder = unit.parent().context("a unit is in a folder")?;
    let tree = folder.ancestors().nth(4).context("the folder is usr/lib/systemd/system of the package")?;
    let copies = tree.with_file_name("units");
    fs::create_dir_all(&copies)?;
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]);
    for name in ["casemate.service", "casemate.socket"] {
        let binary = format!("{}/usr/bin/casemate", tree.display());
        let text = fs::read_to_string(folder.join(name))?.replace("/usr/bin/casemate", &binary);
        fs::write(copies.join(name), text)?;
        verify.arg(copies.join(name));
    }
    let output = verify.output()?;
    // Other units of the machine are not ours to judge.
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("casemate")).collect();
    ensure!(output.status.success() && ours.is_empty(), "{said}");
    Ok(())
}

/// The number in systemd-analyze's last line.
fn exposure(said: &str) -> Option<f64> {
    let (_, after) = said.rsplit_once("Overall exposure level for ")?;
    after.split_whitespace().nth(1)?.parse().ok()
}

/// A Debian of its own. It is removed when this is dropped.
struct FreshRoot(PathBuf);

impl Drop for FreshRoot {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl FreshRoot {
    /// The same Debian as this machine's, since the binary is linked with its libraries. None where it cannot be fetched.
    fn make(package: &Path) -> Result<Option<Self>> {
        let system = fs::read_to_string("/etc/os-release").context("this is no Debian")?;
        let suite =
            system.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).context("no suite")?;
        let depends = process::output(Command::new("dpkg-deb").arg("--field").arg(package).arg("Depends"))?;
        let root = Self(package.with_file_name("fresh-root"));
        let _ = fs::remove_dir_all(&root.0);
        let mut make = Command::new("mmdebstrap");
        make.args(["--quiet", "--variant=minbase"]).arg(format!("--include={}", include(&depends)));
        let made = process::run(make.arg(suite).arg(&root.0));
        if let Err(error) = &made {
            println!("{error:#}");
        }
        Ok(made.is_ok().then_some(root))
    }

    fn inside(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.0).args(words).env("LC_ALL", "C.UTF-8").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    fn install(&self, package: &Path) -> Result<()> {
        fs::copy(package, self.0.join("casemate.deb"))?;
        process::run(&mut self.inside(&["dpkg", "--install", "/casemate.deb"]))
    }

    /// Whose they are, and who may read them.
    fn check_files(&self) -> Result<()> {
        let id = |kind| -> Result<u32> {
            Ok(process::output(&mut self.inside(&["id", kind, "casemate"]))?.trim().parse()?)
        };
        let (user, group) = (id("-u")?, id("-g")?);
        for (path, owner, its_group, mode) in [
            ("var/lib/casemate", user, group, 0o700),
            ("etc/casemate/server.toml", 0, group, 0o640),
            ("etc/default/casemate", 0, 0, 0o644),
            ("usr/bin/casemate", 0, 0, 0o755),
        ] {
            let file = fs::metadata(self.0.join(path)).with_context(|| format!("there is no /{path}"))?;
            let is = (file.uid(), file.gid(), file.mode() & 0o7777);
            ensure!(is == (owner, its_group, mode), "/{path} is of {is:?}");
        }
        Ok(())
    }

    /// Starts what the unit starts and asks it whether it lives and is ready; then somebody is invited.
    fn serve(&self, unit: &Path) -> Result<()> {
        let unit = fs::read_to_string(unit)?;
        let line = |name: &str| -> Result<Vec<String>> {
            let line = unit.lines().find_map(|line| line.strip_prefix(name));
            let line = line.with_context(|| format!("the unit has no {name}"))?;
            Ok(line.replace("$CASEMATE_OPTIONS", OPTIONS).split_whitespace().map(str::to_owned).collect())
        };
        process::run(&mut self.as_the_unit(&line("ExecStartPre=")?))?;
        let mut server = Running(self.as_the_unit(&line("ExecStart=")?).stdout(Stdio::piped()).spawn()?);
        let mut said = BufReader::new(server.0.stdout.take().context("it was piped")?);
        let mut first = String::new();
        said.read_line(&mut first)?;
        let address = first.trim().rsplit_once("listening on ").map(|(_, address)| address.to_owned());
        let address = address.with_context(|| format!("the server said {first:?}"))?;
        for (path, answer) in [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "casemate_build_info")]
        {
            let said = ask(&address, path)?;
            ensure!(said.starts_with("HTTP/1.1 200") && said.contains(answer), "{path}: {said}");
        }
        let invite = ["/usr/bin/casemate", "invite", "--data", "/var/lib/casemate"].map(str::to_owned);
        let link = process::output(&mut self.as_the_unit(&invite))?;
        ensure!(link.contains("/i#"), "casemate invite printed {link:?}");
        server.stop()
    }

    /// A root that is read-only but for the data and what the system has for everybody, the service's user, one capability.
    fn as_the_unit(&self, words: &[String]) -> Command {
        let root = process::quoted(&self.0.to_string_lossy());
        let walls = format!(
            "set -e; mount --rbind {root} {root}; mount -t proc proc {root}/proc; mount --bind /dev {root}/dev; \
             mount --bind {root}/var/lib/casemate {root}/var/lib/casemate; mount -t tmpfs tmpfs {root}/tmp; \
             mount -o remount,bind,ro {root}; exec chroot {root} \"$@\""
        );
        let limits = [
            "setpriv",
            "--reuid=casemate",
            "--regid=casemate",
            "--clear-groups",
            "--no-new-privs",
            "--inh-caps=-all,+net_bind_service",
            "--ambient-caps=-all,+net_bind_service",
            "--bounding-set=-all,+net_bind_service",
            "--",
        ];
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &walls, "sh"]).args(limits).args(words).env("LC_ALL", "C.UTF-8");
        command
    }

    fn remove(&self) -> Result<()> {
        process::run(&mut self.inside(&["dpkg", "--purge", "casemate"]))?;
        ensure!(!self.0.join("etc/casemate/server.toml").exists(), "the configuration stayed");
        ensure!(self.0.join("var/lib/casemate/directory.db").exists(), "people's data is gone");
        Ok(())
    }
}

/// What has to be in the root before: the names in `Depends`, of several the first.
fn include(depends: &str) -> String {
    let names = depends.trim().split(',').filter_map(|either| either.split('|').next());
    let names: Vec<&str> = names.filter_map(|name| name.split_whitespace().next()).collect();
    names.join(",")
}

/// A server. It is killed when this is dropped.
struct Running(Child);

impl Running {
    fn stop(mut self) -> Result<()> {
        process::run(Command::new("kill").args(["-TERM", &self.0.id().to_string()]))?;
        let status = self.0.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_of_a_unit_is_read_and_so_is_what_a_package_needs() {
        let said = "…\n\n→ Overall exposure level for casemate.service: 1.4 OK\n";
        assert_eq!(exposure(said), Some(1.4));
        let depends = "libc6 (>= 2.34), libssl3 (>= 3.0.0), procps, systemd | systemd-standalone-sysusers\n";
        assert_eq!(include(depends), "libc6,libssl3,procps,systemd");
    }
}
