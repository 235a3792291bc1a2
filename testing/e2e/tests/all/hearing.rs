//! Voice calls between people at terminals, with programs in place of microphones and loudspeakers: `cat` speaks, `tee` keeps what
//! is heard.

use std::path::Path;

use casemate_e2e::terminal::Terminal;
use casemate_e2e::world::World;

/// What is spoken. There are whole periods in each 20 ms, so that what a busy machine leaves out does not show.
const HZ: f64 = 500.0;

/// What is looked at of what was heard: half a second, in samples.
const LOOKED_AT: usize = 24_000;

#[test]
fn a_terminal_hears_what_is_said_at_another_and_nothing_while_that_is_muted() {
    let world = World::new();
    let file = |name: &str| world.folder().join(name).display().to_string();
    let (spoken, heard) = (file("spoken"), file("heard"));
    std::fs::write(&spoken, tone(2.0)).unwrap();
    // Ten minutes of it.
    let microphone = format!("cat {}", vec![&*spoken; 300].join(" "));
    let (mut anna, _) = at_a_terminal(&world, "anna", &microphone, &format!("tee {}", file("other")));
    let (mut ben, address) = at_a_terminal(&world, "ben", "", &format!("tee {heard}"));
    meet(&mut anna, &mut ben, &address);
    anna.types("/call");
    anna.reads("Calling.");
    ben.reads("anna calls.");
    ben.answers("anna");
    anna.reads("Microphone: cat.");
    anna.reads("Loudspeaker: tee.");
    ben.reads("No microphone: CASEMATE_MICROPHONE is empty.");
    ben.reads("Loudspeaker: tee.");
    ben.until("the tone", || is_tone(&newest(&heard)?).then_some(()));

    anna.types("/mute");
    anna.reads("Muted:");
    ben.until("silence", || is_silence(&newest(&heard)?).then_some(()));
    anna.types("/unmute");
    anna.reads("Not muted:");
    ben.until("the tone again", || is_tone(&newest(&heard)?).then_some(()));
    // Whoever has no microphone is silent for the other.
    anna.until("silence", || is_silence(&newest(&file("other"))?).then_some(()));

    assert_eq!(programs(&world), ["cat", "tee", "tee"]);
    anna.types("/leave");
    anna.reads("Hung up.");
    ben.reads("The call is over");
    ben.until("the programs to end", || programs(&world).is_empty().then_some(()));
    anna.quits();
    ben.quits();
}

#[test]
fn before_the_answer_no_program_of_a_terminals_sound_begins() {
    let world = World::new();
    let (microphone, loudspeaker) = (world.folder().join("microphone"), world.folder().join("loudspeaker"));
    let (mut anna, _) = at_a_terminal(&world, "anna", "", "");
    // Both leave a file behind as soon as they run; the first one has nothing to read, and ends at once.
    let tee = |path: &Path| format!("tee {}", path.display());
    let (mut ben, address) = at_a_terminal(&world, "ben", &tee(&microphone), &tee(&loudspeaker));
    meet(&mut anna, &mut ben, &address);
    let none_began = || !microphone.exists() && !loudspeaker.exists() && programs(&world).is_empty();

    anna.types("/call");
    anna.reads("Calling.");
    ben.reads("anna calls.");
    assert!(none_began(), "while it rings");
    ben.takes("/decline", "Declined.");
    assert!(none_began(), "declined");
    anna.types("/leave");
    anna.reads("Hung up.");

    anna.types("/call");
    anna.reads("Calling.");
    ben.reads("anna calls.");
    assert!(none_began(), "while it rings again");
    ben.answers("anna");
    anna.reads("ben joined the call.");
    // What does not work is said, and the call goes on.
    ben.reads("Loudspeaker: tee.");
    if !ben.has_read("The others hear nothing of you.") {
        ben.reads("The others hear nothing of you.");
    }
    assert!(microphone.exists() && loudspeaker.exists());
    ben.until("some silence", || is_silence(&newest(&loudspeaker.display().to_string())?).then_some(()));
    ben.types("/leave");
    ben.reads("Hung up.");
    anna.reads("The call is over");
    ben.until("the programs to end", || programs(&world).is_empty().then_some(()));
    anna.quits();
    ben.quits();
}

/// Somebody who has just joined, and their address.
fn at_a_terminal(world: &World, name: &str, microphone: &str, loudspeaker: &str) -> (Terminal, String) {
    let home = world.folder().join(name);
    let mut one = Terminal::start_with(&home, Some(&world.server.invite()), microphone, loudspeaker);
    one.reads("Choose a name");
    one.types(name);
    one.reads("A passphrase");
    one.types("");
    let line = one.reads(&format!("You are {name}@"));
    let address = line.trim_start_matches("You are ").split(". Type").next().unwrap().to_owned();
    (one, address)
}

/// The first knocks on the second, who accepts.
fn meet(one: &mut Terminal, other: &mut Terminal, address: &str) {
    one.types(&format!("/knock {address} Hello"));
    other.reads("asks for contact");
    other.types("/accept 1");
    other.reads("Accepted");
    let name = address.split('@').next().unwrap();
    one.reads(&format!("New chat: {name}"));
    one.types(&format!("/open {name}"));
    one.reads(&format!("Chat with {name}."));
}

/// A tone as a microphone's program writes it.
fn tone(seconds: f64) -> Vec<u8> {
    let samples = (0..(seconds * 48_000.0) as u32).map(|at| {
        let phase = f64::from(at) * HZ / 48_000.0;
        ((phase * std::f64::consts::TAU).sin() * 9_000.0) as i16
    });
    samples.flat_map(i16::to_le_bytes).collect()
}

/// What was heard last, once that is enough.
fn newest(path: &str) -> Option<Vec<i16>> {
    let bytes = std::fs::read(path).ok()?;
    let samples: Vec<i16> =
        bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    samples.len().checked_sub(LOOKED_AT).map(|from| samples[from..].to_vec())
}

/// Whether it is loud, and goes up through nothing as often as a tone of [`HZ`] does.
fn is_tone(samples: &[i16]) -> bool {
    let up = samples.windows(2).filter(|two| two[0] < 0 && two[1] >= 0).count();
    let expected = (HZ * samples.len() as f64 / 48_000.0) as usize;
    loudness(samples) > 2_000.0 && up.abs_diff(expected) <= expected / 50
}

fn is_silence(samples: &[i16]) -> bool {
    loudness(samples) < 100.0
}

fn loudness(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (energy / samples.len() as f64).sqrt()
}

/// Programs that have to do with files of this story, but for Casemate itself; in order.
fn programs(world: &World) -> Vec<String> {
    let folder = world.folder().display().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let mut names: Vec<String> = processes
        .filter_map(|process| {
            let line = std::fs::read_to_string(process.join("cmdline")).ok()?;
            let name = line.split('\0').next()?.to_owned();
            (["cat", "tee"].contains(&&*name) && line.contains(&folder)).then_some(name)
        })
        .collect();
    names.sort();
    names
}
