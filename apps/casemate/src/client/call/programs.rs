//! A microphone and a loudspeaker: programs of the system that write and read raw sound, as nearly every machine with sound
//! has them (docs/decisions/0028-a-terminals-sound-is-a-program.md). One that does not work is followed by the next. Neither reading nor writing ever waits.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use casemate_api::view::SoundProgram;

/// A program and its words, instead of those known here. Empty: none.
const MICROPHONE: &str = "CASEMATE_MICROPHONE";
const LOUDSPEAKER: &str = "CASEMATE_SPEAKER";

/// PulseAudio's, which PipeWire answers as well; ALSA's; SoX's, which macOS has from Homebrew. What each keeps for itself is as
/// little as goes without gaps: what was said is heard later by that much.
const RECORD: [&str; 3] = [
    "parec --raw --format=s16le --rate=48000 --channels=1 --latency-msec=20 --client-name=Casemate",
    "arecord -q -t raw -f S16_LE -r 48000 -c 1 --buffer-time=100000 -",
    "rec -q --buffer 1920 -t raw -b 16 -e signed -r 48000 -c 1 -",
];
const PLAY: [&str; 3] = [
    "pacat --playback --raw --format=s16le --rate=48000 --channels=1 --latency-msec=40 --client-name=Casemate",
    "aplay -q -t raw -f S16_LE -r 48000 -c 1 --buffer-time=100000 -",
    "play -q --buffer 1920 -t raw -b 16 -e signed -r 48000 -c 1 -",
];

/// A program that ends sooner never worked, as where the sound system that it is for does not run.
const WORKS: Duration = Duration::from_millis(500);

/// What waits in a pipe: two pages, 85 ms. The usual sixteen are two thirds of a second.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 8_192;

/// What a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It writes what is spoken.
    Microphone,
    /// It reads what is to be heard.
    Loudspeaker,
}

/// The program ended. Another one may run in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended;

/// See the module.
pub struct Program {
    kind: Kind,
    /// Those that were not tried.
    left: VecDeque<String>,
    named: Option<String>,
    running: Option<Running>,
    why: Option<String>,
    /// [`WORKS`], but in tests.
    works: Duration,
}

struct Running {
    name: String,
    child: Child,
    began: Instant,
}

impl Program {
    /// Begins one, by what the environment names.
    pub fn begin(kind: Kind) -> Self {
        let named = std::env::var_os(kind.variable()).map(|named| named.to_string_lossy().into_owned());
        Self::begin_one_of(kind, named, &kind.known(), WORKS)
    }

    fn begin_one_of(kind: Kind, named: Option<String>, known: &[&str], works: Duration) -> Self {
        let left = match &named {
            Some(named) => VecDeque::from([named.clone()]),
            None => known.iter().map(|line| (*line).to_owned()).collect(),
        };
        let mut program = Self { kind, left, named, running: None, why: None, works };
        program.begin_next();
        program
    }

    /// Whether one runs, as far as is known.
    pub fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// What there is to say of it: nothing while the newest one may still turn out not to work.
    pub fn state(&self) -> Option<SoundProgram> {
        match &self.running {
            Some(running) if running.began.elapsed() < self.works => None,
            Some(running) => Some(SoundProgram { program: Some(running.name.clone()), why: None }),
            None => Some(SoundProgram { program: None, why: self.why.clone() }),
        }
    }

    /// What it wrote, as far as it is there; 0 where that is nothing now.
    ///
    /// # Errors
    /// It ended.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize, Ended> {
        let output = self.running.as_mut().and_then(|running| running.child.stdout.as_mut());
        let Some(output) = output else { return Ok(0) };
        match output.read(into) {
            // Nobody asks for nothing.
            Ok(0) => Err(self.ended()),
            Ok(count) => Ok(count),
            Err(error) if is_passing(error.kind()) => Ok(0),
            Err(_) => Err(self.ended()),
        }
    }

    /// Writes as much as it takes now.
    ///
    /// # Errors
    /// It ended.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Ended> {
        let input = self.running.as_mut().and_then(|running| running.child.stdin.as_mut());
        let Some(input) = input else { return Ok(0) };
        match input.write(bytes) {
            Ok(count) => Ok(count),
            Err(error) if is_passing(error.kind()) => Ok(0),
            Err(_) => Err(self.ended()),
        }
    }

    fn ended(&mut self) -> Ended {
        if let Some(running) = self.running.take() {
            if running.began.elapsed() < self.works {
                self.begin_next();
            } else {
                self.why = Some(self.kind.ended(&running.name));
            }
        }
        Ended
    }

    /// Begins the next that can be begun.
    fn begin_next(&mut self) {
        while let Some(line) = self.left.pop_front() {
            let mut words = line.split_whitespace();
            let Some(name) = words.next() else { continue };
            match Running::begin(self.kind, name, words) {
                Ok(running) => {
                    self.running = Some(running);
                    return;
                }
                Err(error) => tracing::debug!(%error, program = name, "a program for sound does not begin"),
            }
        }
        self.why = Some(self.kind.missing(self.named.as_deref()));
    }
}

impl Kind {
    fn variable(self) -> &'static str {
        match self {
            Self::Microphone => MICROPHONE,
            Self::Loudspeaker => LOUDSPEAKER,
        }
    }

    fn known(self) -> [&'static str; 3] {
        match self {
            Self::Microphone => RECORD,
            Self::Loudspeaker => PLAY,
        }
    }

    fn missing(self, named: Option<&str>) -> String {
        let known = match self {
            Self::Microphone => "parec, arecord and rec",
            Self::Loudspeaker => "pacat, aplay and play",
        };
        let (what, variable, so) = (self.what(), self.variable(), self.so());
        match named.map(|named| named.split_whitespace().next()) {
            Some(None) => format!("No {what}: {variable} is empty. {so}"),
            Some(Some(name)) => {
                format!("No {what}: {name}, which {variable} names, does not begin, or ended at once. {so}")
            }
            None => format!(
                "No {what}: none of {known} works here. {so} {variable} may name a program for raw sound."
            ),
        }
    }

    fn ended(self, name: &str) -> String {
        format!("The {}'s program, {name}, ended. {}", self.what(), self.so())
    }

    fn what(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Loudspeaker => "loudspeaker",
        }
    }

    /// What follows where there is none.
    fn so(self) -> &'static str {
        match self {
            Self::Microphone => "The others hear nothing of you.",
            Self::Loudspeaker => "You hear nothing of the others.",
        }
    }
}

impl Running {
    fn begin<'a>(kind: Kind, name: &str, words: impl Iterator<Item = &'a str>) -> std::io::Result<Self> {
        let mut command = Command::new(name);
        // What it complains of is not for the screen.
        command.args(words).stderr(Stdio::null());
        match kind {
            Kind::Microphone => command.stdin(Stdio::null()).stdout(Stdio::piped()),
            Kind::Loudspeaker => command.stdin(Stdio::piped()).stdout(Stdio::null()),
        };
        let running = Self { name: name.to_owned(), child: command.spawn()?, began: Instant::now() };
        if let Some(pipe) = &running.child.stdout {
            without_waiting(pipe)?;
        }
        if let Some(pipe) = &running.child.stdin {
            without_waiting(pipe)?;
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our end of a pipe; the program's waits as it likes.
fn without_waiting(pipe: impl AsFd) -> std::io::Result<()> {
    rustix::io::ioctl_fionbio(&pipe, true)?;
    // A pipe that stays as large as it is costs time and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(&pipe, PIPE_BYTES);
    Ok(())
}

fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks again and again, for as long as a machine may be busy.
    fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < end, "waited in vain");
            std::thread::yield_now();
        }
    }

    fn why(program: &Program) -> String {
        program.state().unwrap().why.unwrap()
    }

    #[test]
    fn what_it_writes_is_read_without_waiting_and_its_end_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recorded");
        // More than a pipe takes.
        let bytes: Vec<u8> = (0..100_000).map(|at| (at % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let named = Some(format!("cat {0}", path.display()));
        let mut program = Program::begin_one_of(Kind::Microphone, named, &[], Duration::ZERO);
        assert!(program.runs());
        let (mut read, mut piece) = (Vec::<u8>::new(), [0; 1_921]);
        until(|| {
            match program.read(&mut piece) {
                Ok(count) => read.extend(&piece[..count]),
                Err(Ended) => return Some(()),
            }
            None
        });
        assert_eq!(read, bytes);
        assert!(!program.runs());
        assert_eq!(program.read(&mut piece), Ok(0), "it is said once");
        assert!(why(&program).starts_with("The microphone's program, cat, ended."), "{}", why(&program));
    }

    #[test]
    fn one_that_is_not_there_or_ends_at_once_is_followed_by_the_next() {
        let known = ["/no/such/program -", "true", "cat", "true"];
        let hour = Duration::from_secs(3_600);
        let mut program = Program::begin_one_of(Kind::Loudspeaker, None, &known, hour);
        until(|| {
            let _ = program.write(&[0; 100]);
            program.running.as_ref().is_some_and(|running| running.name == "cat").then_some(())
        });
        assert_eq!(program.state(), None, "it may still end at once");
        program.works = Duration::ZERO;
        assert_eq!(program.state(), Some(SoundProgram { program: Some("cat".into()), why: None }));
        // It does not outlive the call.
        let process = program.running.as_ref().unwrap().child.id();
        drop(program);
        assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
    }

    #[test]
    fn where_there_is_none_a_sentence_says_so() {
        let begin = |kind, named: Option<&str>, known: &[&str]| {
            Program::begin_one_of(kind, named.map(str::to_owned), known, WORKS)
        };
        for (kind, what) in [(Kind::Microphone, "microphone"), (Kind::Loudspeaker, "loudspeaker")] {
            let mut without = begin(kind, None, &["/no/such/program"]);
            assert!(why(&without).starts_with(&format!("No {what}: none of")), "{}", why(&without));
            assert_eq!((without.read(&mut [0; 8]), without.write(&[0; 8])), (Ok(0), Ok(0)));
            let unwanted = begin(kind, Some(" "), &["cat"]);
            assert!(why(&unwanted).contains("is empty"), "{}", why(&unwanted));
            let named = begin(kind, Some("/no/such/program -x"), &["cat"]);
            assert!(why(&named).contains("/no/such/program, which"), "{}", why(&named));
        }
    }
}
