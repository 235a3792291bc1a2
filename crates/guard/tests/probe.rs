//! Not shipped: a decoder that was taken over. In the same walls as the real worker it tries what an attacker would,
//! and writes to its output what succeeded.

use casemate_guard::child::{Answer, Job, serve_with};
use casemate_guard::{MediaType, Stripped};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("worker") => casemate_guard::child::serve(),
        Some("break-out") => serve_with(break_out),
        #[cfg(target_os = "linux")]
        Some("break-out-of-filter") => behind_the_filter_alone(),
        Some("spin") => serve_with(|_, _, _| {
            loop {
                std::hint::spin_loop();
            }
        }),
        Some("eat-memory") => serve_with(eat_memory),
        Some("write-much") => serve_with(write_much),
        Some("lie") => serve_with(lie),
        Some("babble") => serve_with(|_, _, _| {
            let _ = std::io::stderr().write_all(&vec![b'x'; 1 << 20]);
            std::process::exit(0)
        }),
        Some("panic") => serve_with(|_, _, _| panic!("a decoder's mistake")),
        _ => ExitCode::FAILURE,
    }
}

fn break_out(_: Job, mut input: File, mut output: File) -> Answer {
    let mut succeeded = Vec::new();
    let mut attempt = |name: &str, worked: bool| {
        if worked {
            succeeded.push(name.to_owned());
        }
    };
    attempt("open a file", File::open("/etc/passwd").is_ok());
    attempt("open the program", File::open("/proc/self/exe").is_ok());
    attempt("read the parent's memory", File::open("/proc/1/mem").is_ok());
    attempt("create a file", File::create("/tmp/casemate-guard-probe").is_ok());
    attempt("open a device", File::open("/dev/null").is_ok());
    attempt("look at a file", std::fs::metadata("/etc/passwd").is_ok());
    attempt("list a directory", std::fs::read_dir("/").is_ok());
    attempt("remove a file", std::fs::remove_file("/tmp/casemate-guard-probe").is_ok());
    attempt("change directory", std::env::set_current_dir("/").is_ok());
    attempt("copy a descriptor", output.try_clone().is_ok());
    attempt("connect", could_connect());
    attempt("listen", TcpListener::bind("127.0.0.1:0").is_ok());
    attempt("use UDP", UdpSocket::bind("127.0.0.1:0").is_ok());
    attempt("use a Unix socket", UnixStream::pair().is_ok() || UnixDatagram::unbound().is_ok());
    attempt("run a program", Command::new("/bin/true").spawn().is_ok());
    attempt("start a thread", std::thread::Builder::new().spawn(|| {}).is_ok());
    // What must still work, so that the list above proves something.
    let mut bytes = [0; 4];
    attempt("(read the input)", input.read_exact(&mut bytes).is_ok());
    let text = succeeded.join("\n");
    let size_bytes = text.len() as u64;
    match output.write_all(text.as_bytes()) {
        Ok(()) => Answer::Stripped(Stripped { size_bytes, removed_bytes: 0 }),
        Err(error) => Answer::NotClosedIn { why: error.to_string() },
    }
}

/// As on a kernel without Landlock.
#[cfg(target_os = "linux")]
fn behind_the_filter_alone() -> ExitCode {
    use std::os::fd::AsFd;
    let (Ok(input), Ok(output)) =
        (std::io::stdin().as_fd().try_clone_to_owned(), std::io::stdout().as_fd().try_clone_to_owned())
    else {
        return ExitCode::FAILURE;
    };
    if casemate_guard::child::sandbox::filter_calls().is_err() {
        return ExitCode::FAILURE;
    }
    let answer = break_out(Job::Inspect, input.into(), output.into());
    let line = serde_json::to_string(&answer).unwrap_or_default();
    eprintln!("{line}");
    ExitCode::SUCCESS
}

/// To a listener of the test, whose address is the argument before the job.
fn could_connect() -> bool {
    let address = std::env::args().nth(2).unwrap_or_default();
    TcpStream::connect(address).is_ok()
}

fn eat_memory(_: Job, _: File, _: File) -> Answer {
    let mut eaten = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1u8; 16 << 20]));
    }
}

fn write_much(job: Job, _: File, mut output: File) -> Answer {
    let block = vec![0; 1 << 20];
    while output.write_all(&block).is_ok() {
        // Nothing limits what goes to /dev/null.
        if Job::Inspect == job {
            break;
        }
    }
    Answer::Stripped(Stripped { size_bytes: 0, removed_bytes: 0 })
}

fn lie(job: Job, input: File, mut output: File) -> Answer {
    match job {
        Job::Inspect => match casemate_guard::inspect(input, "") {
            Ok(mut inspection) => {
                inspection.media_type = MediaType::OggOpus;
                inspection.waveform = vec![1; 5000];
                Answer::Inspected(inspection)
            }
            Err(_) => Answer::NotClosedIn { why: "unreadable".to_owned() },
        },
        Job::Strip { .. } | Job::Show { .. } | Job::Read | Job::Small => {
            Answer::Stripped(Stripped { size_bytes: 1 << 40, removed_bytes: 0 })
        }
        Job::Indicators => {
            // Not in its one spelling: it could not be compared.
            let _ = output.write_all(b"domain Evil.Example\n");
            Answer::Indicators { name: "x".repeat(9_000), count: 1, refused: Vec::new(), refused_count: 0 }
        }
        #[cfg(feature = "page")]
        Job::Page { .. } => Answer::Page(casemate_guard::page::Page {
            // Turned around, and with a line break.
            title: "a\u{202e}b\nc".to_owned(),
            ..casemate_guard::page::Page::default()
        }),
        #[cfg(not(feature = "page"))]
        Job::Page { .. } => Answer::NotClosedIn { why: "it was built without pages".to_owned() },
        Job::Rules => Answer::Rules { matched: vec!["x".repeat(90); 90] },
    }
}
