//! The child: what it can do, and what a decoder that was taken over cannot.

use super::fixtures::{path, read};
use casemate_guard::child::{Client, JobError};
use casemate_guard::{Kind, MediaType};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

fn client(role: &str) -> Client {
    Client::new(env!("CARGO_BIN_EXE_casemate-guard-probe").into(), vec![role.into()])
}

fn photo() -> File {
    File::open(path("photo-gps.jpg")).unwrap()
}

#[test]
fn a_child_inspects_and_strips() {
    let client = client("worker");
    let found = client.inspect(&photo(), "../my photo.jpg").unwrap();
    assert_eq!((found.media_type, found.kind), (MediaType::Jpeg, Kind::Photo));
    assert_eq!((found.name.as_str(), found.name_fits), ("_my photo.jpg", true));
    let mut output = tempfile::tempfile().unwrap();
    let stripped = client.strip(&photo(), &output, found.media_type).unwrap();
    let mut bytes = Vec::new();
    output.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, stripped.size_bytes);
    assert_eq!(bytes, super::fixtures::stripped(&read("photo-gps.jpg"), MediaType::Jpeg).0);
    let voice = client.inspect(&File::open(path("voice.opus")).unwrap(), "v.opus").unwrap();
    assert_eq!(voice.waveform.len(), 100);
}

#[test]
fn a_refusal_leaves_nothing_behind() {
    let mut input = tempfile::tempfile().unwrap();
    let jpeg = read("photo-gps.jpg");
    input.write_all(&jpeg[..jpeg.len() / 2]).unwrap();
    let output = tempfile::tempfile().unwrap();
    (&output).write_all(b"what was there before").unwrap();
    let error = client("worker").strip(&input, &output, MediaType::Png).unwrap_err();
    assert!(matches!(error, JobError::Refused(_)), "{error}");
    assert_eq!(output.metadata().unwrap().len(), 0);
}

#[test]
fn a_hostile_decoder_cannot_open_connect_or_run_anything() {
    assert_eq!(what_works("break-out"), "(read the input)");
}

#[test]
fn the_filter_for_system_calls_is_enough_where_the_kernel_has_no_landlock() {
    assert_eq!(what_works("break-out-of-filter"), "(read the input)");
}

/// What a probe in that role managed to do.
fn what_works(role: &str) -> String {
    // So that a connection is not merely refused for want of somebody listening.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut output = tempfile::tempfile().unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let probe = env!("CARGO_BIN_EXE_casemate-guard-probe").into();
    let client = Client::new(probe, vec![role.into(), address.into()]);
    client.strip(&photo(), &output, MediaType::Jpeg).unwrap();
    let mut succeeded = String::new();
    output.read_to_string(&mut succeeded).unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody connected");
    succeeded
}

#[test]
fn a_child_that_hangs_is_killed() {
    let started = Instant::now();
    let client = client("spin").with_time_limit(Duration::from_millis(300));
    assert!(matches!(client.inspect(&photo(), "a"), Err(JobError::TimedOut)));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_child_that_eats_memory_or_panics_or_writes_too_much_is_a_failure_of_its_own() {
    for role in ["eat-memory", "panic", "write-much", "babble", "lie"] {
        let client = client(role);
        let output = tempfile::tempfile().unwrap();
        let inspected = client.inspect(&photo(), "a");
        if role != "write-much" {
            assert!(matches!(inspected, Err(JobError::Crashed)), "{role}: {inspected:?}");
        }
        let stripped = client.strip(&photo(), &output, MediaType::Jpeg);
        assert!(matches!(stripped, Err(JobError::Crashed)), "{role}: {stripped:?}");
        assert_eq!(output.metadata().unwrap().len(), 0, "{role}");
        let shown = client.show(&photo(), &output, MediaType::Jpeg);
        assert!(matches!(shown, Err(JobError::Crashed)), "{role}: {shown:?}");
        let listed = client.indicators(&photo(), &output);
        assert!(matches!(listed, Err(JobError::Crashed)), "{role}: {listed:?}");
        #[cfg(feature = "picture")]
        {
            let small = client.small(&photo(), &output);
            assert!(matches!(small, Err(JobError::Crashed)), "{role}: {small:?}");
        }
        // What has nothing to write to is not told apart from who writes too much.
        if role != "write-much" {
            let matched = client.rules(&photo(), &photo());
            assert!(matches!(matched, Err(JobError::Crashed)), "{role}: {matched:?}");
            #[cfg(feature = "page")]
            {
                let page = client.page(&photo(), None);
                assert!(matches!(page, Err(JobError::Crashed)), "{role}: {page:?}");
            }
        }
    }
}

#[cfg(feature = "page")]
#[test]
fn a_child_reads_a_page_and_makes_a_picture_small() {
    let client = client("worker");
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(b"<title>A &amp; \xc1</title><meta property=og:image content=/i.png>").unwrap();
    input.rewind().unwrap();
    let page = client.page(&input, Some("windows-1251")).unwrap();
    assert_eq!((&page.title[..], &page.picture[..]), ("A & Б", "/i.png"));
    let mut output = tempfile::tempfile().unwrap();
    let made = client.small(&photo(), &output).unwrap();
    let mut small = Vec::new();
    output.read_to_end(&mut small).unwrap();
    assert_eq!(made.size_bytes, small.len() as u64);
    assert!(small.starts_with(b"\xff\xd8") && small.len() <= casemate_guard::limits::SMALL_BYTES);
    // A picture that promises a wall of pixels, and a page that is none.
    let mut bomb = Vec::from(*b"BM");
    bomb.resize(100, 0);
    bomb[10] = 54;
    bomb[14] = 40;
    bomb[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    (bomb[26], bomb[28]) = (1, 24);
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(&bomb).unwrap();
    input.rewind().unwrap();
    assert!(matches!(client.small(&input, &output), Err(JobError::Refused(_))));
    assert_eq!(output.metadata().unwrap().len(), 0);
    input.rewind().unwrap();
    assert!(matches!(client.page(&input, None), Err(JobError::Refused(_))));
}

#[test]
fn a_child_reads_a_list_of_indicators() {
    let client = client("worker");
    let mut input = tempfile::tempfile().unwrap();
    let output = tempfile::tempfile().unwrap();
    input.write_all(b"evil.example\nhxxps://b[.]example/x\nno such thing\n").unwrap();
    let list = client.indicators(&input.try_clone().unwrap(), &output);
    // A child begins to read where its input stands.
    assert!(matches!(list, Err(JobError::Refused(_))), "{list:?}");
    input.rewind().unwrap();
    let list = client.indicators(&input, &output).unwrap();
    let values: Vec<&str> = list.indicators.iter().map(|one| one.value()).collect();
    assert_eq!(values, ["evil.example", "b.example/x"]);
    assert_eq!((list.refused_count, list.refused[0].what.as_str()), (1, "no such thing"));
    let refused = client.indicators(&photo(), &output);
    assert!(matches!(refused, Err(JobError::Refused(_))), "{refused:?}");
}

#[test]
fn a_directory_or_a_pipe_is_no_file() {
    let error = client("worker").inspect(&File::open("/").unwrap(), "a").unwrap_err();
    assert!(matches!(error, JobError::Refused(_)), "{error}");
}
