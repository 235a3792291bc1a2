//! Starting: each way that it cannot be done ends in a sentence that says what to do.

use casemate_server::shell::Tls;
use casemate_server::{Config, StartError, start};

use crate::client::config;

fn refused(config: Config) -> String {
    match start(config) {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_folder_serves_one_server_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(config(folder.path())).unwrap();
    let text = refused(config(folder.path()));
    assert!(text.contains("another Casemate server uses the data folder"), "{text}");
    server.stop();
    start(config(folder.path())).unwrap();
}

#[cfg(unix)]
#[test]
fn what_has_keys_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    start(config(&data)).unwrap().stop();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("directory.db"))), (0o700, 0o600));
}

#[test]
fn an_address_that_is_in_use() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = start(config(one.path())).unwrap();
    let mut second = config(two.path());
    second.listen = server.address;
    let text = refused(second);
    assert!(text.contains("in use by another program") && text.contains("--listen"), "{text}");
}

#[test]
fn plain_http_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let mut outside = config(folder.path());
    outside.listen = "0.0.0.0:0".parse().unwrap();
    let text = refused(outside);
    assert!(text.contains("--tls-cert") && text.contains("--acme"), "{text}");
}

#[test]
fn a_folder_of_a_newer_version_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    start(config(folder.path())).unwrap().stop();
    let file = folder.path().join("directory.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("PRAGMA user_version = 1000").unwrap();
    drop(db);
    let text = refused(config(folder.path()));
    assert!(text.contains("newer version of Casemate"), "{text}");
}

#[test]
fn a_folder_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let text = refused(config(&file));
    assert!(text.contains("cannot be used"), "{text}");
    // Not a database.
    let broken = folder.path().join("broken");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("directory.db"), vec![7; 10_000]).unwrap();
    let text = refused(config(&broken));
    assert!(text.contains("database"), "{text}");
}

#[test]
fn public_urls() {
    let folder = tempfile::tempdir().unwrap();
    for (url, good) in [
        ("https://chat.example", true),
        ("https://chat.example:8440/", true),
        ("http://localhost:8440", true),
        ("chat.example", false),
        ("ftp://chat.example", false),
        ("https://chat.example/path", false),
        ("https://me@chat.example", false),
        ("", false),
    ] {
        let mut config = config(folder.path());
        config.public_url = Some(url.to_owned());
        config.policy.trusted_proxies = vec!["127.0.0.1".to_owned().try_into().unwrap()];
        match start(config) {
            Ok(server) => assert!(good && !server.public_url.ends_with('/'), "{url}"),
            Err(error) => assert!(!good && matches!(error, StartError::PublicUrl(_)), "{url}: {error}"),
        }
    }
    let mut config = config(folder.path());
    config.public_url = None;
    let server = start(config).unwrap();
    assert_eq!(server.public_url, format!("http://{}", server.address));
}

#[test]
fn certificates_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let mut config = config(folder.path());
    config.tls = Tls::Files { certificate: certificate.clone(), key };
    let text = refused(config.clone());
    assert!(text.contains("cert.pem"), "{text}");
    std::fs::write(&certificate, "nothing in it").unwrap();
    let text = refused(config);
    assert!(text.contains("cert.pem") && text.contains("no certificate"), "{text}");
}
