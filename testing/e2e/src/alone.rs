//! A network of one's own: loopback, and one way out into nowhere on which every packet is counted, those of name
//! look-ups too.

use std::process::Command;

/// Set for the process that is inside.
const INSIDE: &str = "CASEMATE_OWN_NETWORK";

/// The network inside.
pub struct Network(());

/// Runs a story inside: this test alone, in a process of its own in a namespace of its own. Where that is not allowed (it
/// takes root, or a kernel that gives it to everybody), it says so and runs nothing.
///
/// # Panics
/// Where the story fails.
pub fn in_own_network(test: &str, story: impl FnOnce(&Network)) {
    if std::env::var_os(INSIDE).is_some() {
        return story(&Network::begin());
    }
    let walls: &[&str] =
        if as_root() { &["--net", "--mount"] } else { &["--map-root-user", "--net", "--mount"] };
    let tried = Command::new("unshare").args(walls).args(["ip", "link", "set", "lo", "up"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("left out: a network of one's own needs `unshare`, `ip` and the right to use them");
        return;
    }
    let program = std::env::current_exe().expect("a process has a path");
    let mut inside = Command::new("unshare");
    inside.args(walls).arg(program).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    let output = inside.output().expect("it was tried");
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn as_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

impl Network {
    /// Every address but loopback's is out there, and so is whoever knows names.
    fn begin() -> Self {
        let resolver = std::env::temp_dir().join(format!("casemate-resolver-{}", std::process::id()));
        std::fs::write(&resolver, "nameserver 10.77.0.53\noptions timeout:1 attempts:1\n").unwrap();
        for words in [
            "ip link set lo up",
            "ip link add out type veth peer name nowhere",
            "ip link set out addrgenmode none arp off",
            "ip link set nowhere addrgenmode none up",
            "ip address add 10.77.0.1/24 dev out",
            "ip link set out up",
            "ip route add default dev out",
            &format!("mount --bind {} /etc/resolv.conf", resolver.display()),
        ] {
            let mut words = words.split(' ');
            let status = Command::new(words.next().unwrap_or_default()).args(words).status();
            assert!(status.is_ok_and(|status| status.success()), "a network of one's own is set up");
        }
        std::fs::remove_file(resolver).unwrap();
        Self(())
    }

    /// A machine of the public internet, which stands here, with its names; and names that lead to this machine's own loopback.
    ///
    /// # Panics
    /// Where that cannot be set up.
    pub fn public(&self, address: &str, names: &[&str], inside: &[&str]) {
        let hosts = std::env::temp_dir().join(format!("casemate-hosts-{}", std::process::id()));
        let line = |address: &str, names: &[&str]| format!("{address} {}\n", names.join(" "));
        let local = line("127.0.0.1", &[&["localhost"], inside].concat());
        std::fs::write(&hosts, local + &line(address, names)).unwrap();
        for words in [
            format!("ip address add {address}/32 dev lo"),
            format!("mount --bind {} /etc/hosts", hosts.display()),
        ] {
            let mut words = words.split(' ');
            let status = Command::new(words.next().unwrap_or_default()).args(words).status();
            assert!(status.is_ok_and(|status| status.success()), "a machine of the internet is set up");
        }
        std::fs::remove_file(hosts).unwrap();
    }

    /// Packets that left so far.
    ///
    /// # Panics
    /// Where the kernel does not say.
    #[must_use]
    pub fn left(&self) -> u64 {
        let table = std::fs::read_to_string("/proc/self/net/dev").expect("the kernel's table");
        counted(&table).expect("the way out")
    }

    /// UDP sockets of all processes in here: their ports and their numbers in `/proc`.
    #[must_use]
    pub fn udp_sockets(&self) -> Vec<(u16, String)> {
        let tables = ["/proc/self/net/udp", "/proc/self/net/udp6"];
        let text = tables.map(|table| std::fs::read_to_string(table).unwrap_or_default()).join("\n");
        text.lines().filter_map(udp_socket).collect()
    }

    /// Those of one process.
    #[must_use]
    pub fn udp_sockets_of(&self, process: u32) -> usize {
        let links = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten();
        let own: Vec<String> = links
            .filter_map(|link| std::fs::read_link(link.ok()?.path()).ok())
            .map(|target| target.to_string_lossy().into_owned())
            .collect();
        let sockets = self.udp_sockets();
        sockets.iter().filter(|(_, number)| own.contains(&format!("socket:[{number}]"))).count()
    }
}

/// A row of the kernel's table: `sl: address:port …`, and the tenth word is its number.
fn udp_socket(row: &str) -> Option<(u16, String)> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let (_, port) = words.get(1)?.rsplit_once(':')?;
    Some((u16::from_str_radix(port, 16).ok()?, (*words.get(9)?).to_owned()))
}

/// `out: received-bytes packets …(8 columns) sent-bytes packets …`
fn counted(table: &str) -> Option<u64> {
    let row = table.lines().find_map(|line| line.trim().strip_prefix("out:"))?;
    row.split_whitespace().nth(9)?.parse().ok()
}
