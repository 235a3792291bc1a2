//! What a server tells Prometheus, and what the package ships to watch it by.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use casemate_e2e::eventually;
use casemate_e2e::server::Server;
use casemate_e2e::world::World;
use serde_json::Value;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/prometheus").join(name)
}

fn metrics(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Names of our metrics, and of every process's, in a text. A histogram has three.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("casemate_") || word.starts_with("process_")).collect()
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let world = World::new();
    let told = eventually("the relay's metrics", || {
        Some(metrics(world.server.address())).filter(|text| text.contains("casemate_relay_up{"))
    });
    // It shows no certificate.
    let told = told + "casemate_certificate_expiry_timestamp_seconds 0\n";
    let there: BTreeSet<&str> = named(&told);
    for file in ["alerts.yml", "dashboard.json"] {
        let text = std::fs::read_to_string(shipped(file)).unwrap();
        let asked = named(&text);
        assert!(asked.len() > 5, "{file}");
        let absent: Vec<&&str> = asked.difference(&there).collect();
        assert!(absent.is_empty(), "{file} asks for {absent:?}");
    }
}

#[test]
fn metrics_keep_the_conventions_of_prometheus_and_alerts_come_when_they_have_to() {
    if Command::new("promtool").arg("--version").output().is_err() {
        println!("left out: promtool, of Debian's package prometheus, is not installed");
        return;
    }
    let world = World::new();
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(metrics(world.server.address()).as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
    for words in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let output = Command::new("promtool").args(words).current_dir(shipped("")).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A Prometheus. Killed when dropped.
struct Prometheus {
    address: String,
    process: Child,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prometheus {
    /// One that asks a server every second. None where it is not installed.
    fn start(folder: &Path, server: &str) -> Option<Self> {
        let config = folder.join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: casemate\n  scheme: https\n  \
             tls_config: {{insecure_skip_verify: true}}\n  static_configs: [{{targets: [\"{server}\"]}}]\n"
        );
        std::fs::write(&config, text).unwrap();
        // It does not say which port it took: one that was free a moment ago.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("series").display()));
        command.arg(format!("--web.listen-address={address}")).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        Some(Self { address, process })
    }

    /// Its answer to a query, where it has one.
    fn ask(&self, query: &str) -> Option<Value> {
        let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let head = format!("host: {}\r\nconnection: close\r\n\r\n", self.address);
        write!(stream, "GET /api/v1/query?query={query} HTTP/1.0\r\n{head}").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        assert_ne!(answer["status"], "error", "{answer}");
        answer["data"]["result"].as_array().is_some_and(|found| !found.is_empty()).then_some(answer)
    }
}

#[test]
fn every_query_of_the_dashboard_has_an_answer_of_a_real_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(at("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at("key.pem"), made.key_pair.serialize_pem()).unwrap();
    let (certificate, key) = (at("cert.pem"), at("key.pem"));
    let options = ["--public-url", "https://localhost", "--tls-cert", &certificate, "--tls-key", &key];
    let server = Server::start_with(folder.path(), &options);
    let Some(prometheus) = Prometheus::start(folder.path(), server.address()) else {
        println!("left out: prometheus is not installed");
        return;
    };
    let dashboard: Value =
        serde_json::from_str(&std::fs::read_to_string(shipped("dashboard.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let queries = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries: Vec<&str> = queries.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() >= 20);
    for query in queries {
        eventually(query, || prometheus.ask(query));
    }
}
