//! The service under systemd itself: started, reloaded, killed, started anew and stopped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process;

/// Where the server listens inside, in a network of its own: a port that takes the unit's one capability.
const ADDRESS: &str = "127.0.0.1 443";

/// A pause between two looks, and how long systemd may take for what is asked of it.
const LOOK: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(120);

/// What a machine has when systemd begins. $1 is the root.
const BEGIN: &str = "\
set -e
mount --rbind \"$1\" \"$1\"
cd \"$1\"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/shm dev/pts
ln -s pts/ptmx dev/ptmx
ip link set lo up 2>/dev/null || true
mkdir -p before
pivot_root . before
exec /usr/bin/env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c \\
  'umount -l /before; exec /lib/systemd/systemd --system --unit=multi-user.target'
";

/// Starts a system in a root with the package in it, and the service there.
pub fn check(root: &Path) -> Result<()> {
    // Of another name than this server's.
    let data = root.join("var/lib/casemate");
    fs::remove_dir_all(&data)?;
    let defaults = root.join("etc/default/casemate");
    let text = fs::read_to_string(&defaults)?;
    fs::write(&defaults, format!("{text}CASEMATE_OPTIONS=\"--listen {}\"\n", ADDRESS.replace(' ', ":")))?;
    let Some(system) = System::boot(root)? else {
        println!(
            "The service was not started by systemd: this machine lets none be the first process of a namespace."
        );
        return Ok(());
    };
    system.run(&["systemctl", "enable", "--now", "casemate.service"])?;
    ensure!(system.ask("/readyz")?.contains("ready"), "the service does not say that it is ready");
    system.run(&["systemctl", "reload", "casemate.service"])?;
    let first = system.main_process()?;
    system.run(&["kill", "-9", &first])?;
    system.eventually("the service is started again", || {
        system.main_process().is_ok_and(|now| now != first && now != "0")
            && system.ask("/healthz").is_ok_and(|answer| answer.contains("ok"))
    })?;
    system.run(&["systemctl", "restart", "casemate.service"])?;
    ensure!(system.ask("/healthz")?.contains("ok"), "the service does not answer after a restart");
    system.run(&["systemctl", "disable", "--now", "casemate.service"])?;
    ensure!(!system.succeeds(&["systemctl", "is-active", "casemate.service"]), "the service goes on");
    println!("systemd started the service, reloaded it, started it again after a kill, and stopped it.");
    Ok(())
}

/// A system in namespaces of its own. It ends when this is dropped.
struct System(Child);

impl Drop for System {
    fn drop(&mut self) {
        // With its first process all of it ends, and then `unshare`, which waits for it.
        if let Some(first) = self.first() {
            let _ = Command::new("kill").args(["-9", &first]).status();
        }
        let _ = self.0.wait();
    }
}

impl System {
    /// None where it does not come up.
    fn boot(root: &Path) -> Result<Option<Self>> {
        let mut command = Command::new("unshare");
        command.args([
            "--pid", "--fork", "--mount", "--uts", "--ipc", "--net", "--cgroup", "sh", "-c", BEGIN, "sh",
        ]);
        command.arg(root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut system = Self(command.spawn().context("could not start unshare")?);
        let begun = Instant::now();
        while system.0.try_wait()?.is_none() && begun.elapsed() < PATIENCE {
            if system.succeeds(&["systemctl", "is-active", "--quiet", "basic.target"]) {
                return Ok(Some(system));
            }
            std::thread::sleep(LOOK);
        }
        Ok(None)
    }

    /// Its first process, as this machine counts.
    fn first(&self) -> Option<String> {
        let process = self.0.id();
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
        children.split_whitespace().next().map(str::to_owned)
    }

    fn inside(&self, words: &[&str]) -> Result<Command> {
        let first = self.first().context("the system has ended")?;
        let mut command = Command::new("nsenter");
        command.args(["--all", "--target", &first]).args(words).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        Ok(command)
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        let ran = process::run(&mut self.inside(words)?);
        if ran.is_err() {
            let journal = ["journalctl", "--no-pager", "--unit=casemate", "--lines=40"];
            let _ = self.inside(&journal)?.status();
        }
        ran
    }

    fn succeeds(&self, words: &[&str]) -> bool {
        let Ok(mut command) = self.inside(words) else { return false };
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// What the service answers: by bash, which every Debian has.
    fn ask(&self, path: &str) -> Result<String> {
        let (host, port) = ADDRESS.split_once(' ').context("an address has a port")?;
        let script = format!(
            "exec 5<>/dev/tcp/{host}/{port}; printf 'GET {path} HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n' >&5; cat <&5"
        );
        process::output(&mut self.inside(&["bash", "-c", &script])?)
    }

    fn main_process(&self) -> Result<String> {
        let words = ["systemctl", "show", "--property=MainPID", "--value", "casemate.service"];
        Ok(process::output(&mut self.inside(&words)?)?.trim().to_owned())
    }

    fn eventually(&self, what: &str, look: impl Fn() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !look() {
            ensure!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}
