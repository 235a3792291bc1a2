//! Lines of bounded length from stdin, and lines to stdout, each on a thread of its own: a reader that is slow or
//! gone must not stop the driver.

use std::io::{BufRead, Write};

use tokio::sync::{mpsc, oneshot};

/// The longest request. Raising it raises what one caller can make this process hold.
pub const LINE_BYTES: usize = 1024 * 1024;

/// Lines that wait in either direction.
const WAITING: usize = 64;

/// One line of input.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Without its end.
    Text(Vec<u8>),
    /// Over [`LINE_BYTES`]; skipped.
    TooLong,
}

/// Reads stdin until it ends.
pub fn read_stdin() -> std::io::Result<mpsc::Receiver<Line>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("stdin".into()).spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            match read_line(&mut input) {
                Ok(Some(line)) => {
                    if sender.blocking_send(line).is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => return tracing::warn!(%error, "stdin cannot be read"),
            }
        }
    })?;
    Ok(receiver)
}

/// Writes lines to stdout. The second value is ready when all were written or stdout is closed.
pub fn write_stdout() -> std::io::Result<(mpsc::Sender<String>, oneshot::Receiver<()>)> {
    let (sender, mut receiver) = mpsc::channel::<String>(WAITING);
    let (ended_sender, ended) = oneshot::channel();
    std::thread::Builder::new().name("stdout".into()).spawn(move || {
        let mut output = std::io::stdout().lock();
        while let Some(line) = receiver.blocking_recv() {
            let written = writeln!(output, "{line}").and_then(|()| output.flush());
            if let Err(error) = written {
                tracing::info!(%error, "stdout is closed");
                break;
            }
        }
        // Dropping the receiver tells the loop.
        drop(receiver);
        let _ = ended_sender.send(());
    })?;
    Ok((sender, ended))
}

/// Reads one line, keeping at most [`LINE_BYTES`] of it. `None` at the end.
fn read_line(input: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut too_long = false;
    let mut any = false;
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if available.is_empty() {
            return Ok(any.then(|| finish(line, too_long)));
        }
        any = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = &available[..end.unwrap_or(available.len())];
        if line.len() + taken.len() > LINE_BYTES {
            too_long = true;
            line = Vec::new();
        }
        if !too_long {
            line.extend_from_slice(taken);
        }
        let used = end.map_or(available.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Some(finish(line, too_long)));
        }
    }
}

fn finish(line: Vec<u8>, too_long: bool) -> Line {
    if too_long { Line::TooLong } else { Line::Text(line) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn lines_long_lines_and_a_last_line_without_end() {
        let mut text = b"one\n\n".to_vec();
        text.extend(vec![b'x'; LINE_BYTES + 1]);
        text.extend(b"\ntwo");
        let mut input = BufReader::with_capacity(1_000, &text[..]);
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!(next(), Some(Line::Text(b"one".to_vec())));
        assert_eq!(next(), Some(Line::Text(Vec::new())));
        assert_eq!(next(), Some(Line::TooLong));
        assert_eq!(next(), Some(Line::Text(b"two".to_vec())));
        assert_eq!(next(), None);
    }

    #[test]
    fn the_longest_line_is_taken() {
        let mut text = vec![b'x'; LINE_BYTES];
        text.push(b'\n');
        let mut input = BufReader::new(&text[..]);
        let Some(Line::Text(line)) = read_line(&mut input).unwrap() else { panic!("too long") };
        assert_eq!(line.len(), LINE_BYTES);
    }
}
