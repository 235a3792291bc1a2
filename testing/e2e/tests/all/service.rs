//! The server under a service manager: what it tells, what it is given, and what it says of its configuration.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use casemate_e2e::server::Server;
use casemate_e2e::{binary, patience};

/// What came next at a service manager's socket.
fn heard(manager: &UnixDatagram) -> String {
    let mut bytes = [0; 1_024];
    let length = manager.recv(&mut bytes).expect("the server tells its service manager");
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

fn signal(process: u32, signal: &str) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

#[test]
fn service_manager_hears_when_the_server_is_ready_reloads_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(patience())).unwrap();
    let wrapper = vec!["env".to_owned(), format!("NOTIFY_SOCKET={}", path.display())];
    let server = Server::start_so(folder.path(), wrapper, &[]);
    let ready = format!("READY=1\nSTATUS=Listening on {}\n", server.address());
    assert_eq!(heard(&manager), ready);

    signal(server.process(), "-HUP");
    let reloading = heard(&manager);
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect(&reloading).trim();
    assert!(time.parse::<u64>().unwrap() > 0);
    assert_eq!(heard(&manager), ready);

    signal(server.process(), "-TERM");
    assert!(heard(&manager).starts_with("STOPPING=1\n"));
}

#[test]
fn socket_that_the_service_manager_listens_at_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // As systemd does it: from the third file on, and for this process alone.
    let script = "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
    let mut command = binary::command_under(&["sh", "-c", script].map(str::to_owned));
    command.args(["server", "--listen", "127.0.0.1:1", "--data"]).arg(folder.path().join("server"));
    command.stdin(Stdio::from(OwnedFd::from(socket))).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = command.spawn().unwrap();
    // It has the socket still, and would keep clients waiting where the server has ended.
    drop(command);
    // Kept until the end: a server that prints to a closed pipe ends.
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.trim().ends_with(&format!("listening on {address}")), "{first:?}");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    signal(server.id(), "-TERM");
    assert!(server.wait().unwrap().success());
}

fn checked(config: &Path) -> Output {
    binary::command(&["server", "--check-config", "--config"]).arg(config).output().unwrap()
}

#[test]
fn configuration_that_cannot_be_used_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("server.toml");
    std::fs::write(&config, "retention_days = 7\n").unwrap();
    let good = checked(&config);
    assert!(good.status.success());
    assert!(String::from_utf8(good.stdout).unwrap().ends_with("the configuration can be used\n"));
    std::fs::write(&config, "\n[limits]\nconections = 7\n").unwrap();
    let bad = checked(&config);
    let said = String::from_utf8(bad.stderr).unwrap();
    assert_eq!(bad.status.code(), Some(1));
    assert!(
        said.contains("line 3, column 1: there is no setting conections; did you mean connections?"),
        "{said}"
    );
}

#[test]
fn log_filter_that_nobody_could_mean_is_said() {
    let mut command = binary::command(&["server", "--data"]);
    // A folder that is none: it ends at once.
    let output = command.arg("/dev/null").env("RUST_LOG", "verbose").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("RUST_LOG=verbose has \"verbose\", which is neither a level nor a part"), "{said}");
}
