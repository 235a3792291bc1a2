//! A report: what somebody wrote, to hand it to whoever can do something about it (docs/report.md).

use std::collections::BTreeMap;
use std::io::{self, Write};

use casemate_api::command::{ReportCreate, ReportPart, ReportSign};
use casemate_api::{Command, Error, view};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::conversation::{entry, held, history, without_once};
use crate::zip::{Part, Zip};
use crate::{Desk, Job, Source, stix, text};

/// What is about others, or what the receiver did with a message.
const OTHERS: [&str; 9] =
    ["conversation", "state", "starred", "pinned", "reactions", "mentions", "answers", "opened", "listened"];

/// All texts that edited messages had, oldest first, by their ids.
pub type Versions = BTreeMap<String, Vec<view::Version>>;

/// Writes one. Only after `Ok` is what was written a report.
pub async fn report<S: Source, W: Write>(
    source: &S,
    wanted: ReportCreate,
    out: W,
) -> Result<view::Reported, Error> {
    let mut out = Hashed { out, hash: Sha256::new() };
    let desk = Desk::new(source);
    let (note, is_evidence) = (wanted.note.clone(), wanted.passphrase.is_some());
    let mut contents: view::ReportContents = desk.ask(Command::ReportCreate(wanted)).await?;
    for message in &mut contents.messages {
        *message = without_once(std::mem::take(message));
        // Who else said what to it, or before it, is about them.
        message.reactions.clear();
        message.mentions.clear();
        message.answers = None;
        if let Some(poll) = &mut message.poll {
            (poll.voters, poll.mine) = Default::default();
            for option in &mut poll.options {
                (option.votes, option.voters) = Default::default();
            }
        }
    }
    // What they made of it later does not take back what was sent.
    let mut versions = Versions::new();
    for message in contents.messages.iter().filter(|message| message.edited && !message.view_once) {
        versions.insert(message.message.clone(), history(&desk, &message.message).await?);
    }
    let mut job = Job { desk, zip: Zip::new(&mut out), made: view::Exported::default() };
    let readme = if is_evidence { text::EVIDENCE_README } else { text::REPORT_README };
    job.zip.put("README.txt", readme.as_bytes())?;
    let stix = is_evidence.then(|| stix::bundle(&contents, &versions));
    let headers = std::mem::take(&mut contents.headers);
    job.zip.put("report.txt", text::report(&contents, &versions, &note).as_bytes())?;
    let count = contents.messages.len() as u64;
    let mut files = Vec::new();
    let messages: Vec<Value> = contents
        .messages
        .into_iter()
        .map(|message| {
            let paths = held(&message, &mut files);
            let had = versions.get(&message.message);
            let mut one = entry(message, paths);
            if let Some(had) = had {
                one["versions"] = json!(had);
            }
            if let Some(fields) = one.as_object_mut() {
                OTHERS.iter().for_each(|name| drop(fields.remove(*name)));
            }
            one
        })
        .collect();
    let all = json!({
        "format": "casemate-report",
        "version": 1,
        "about": {"address": contents.address, "name": contents.name},
        "note": note,
        "request": contents.request,
        "messages": messages,
    });
    job.zip.put_json("report.json", &all)?;
    job.files("", files).await?;
    if let Some(stix) = stix {
        job.zip.put_json("stix.json", &stix)?;
        job.zip.put_json("headers.json", &json!({"headers": headers}))?;
        job.sign(contents.address).await?;
    }
    let (files, left_out) = (job.made.files, job.made.left_out);
    let bytes = job.zip.finish()?;
    let sha256 = hex::encode(out.hash.finalize());
    Ok(view::Reported { sha256, bytes, messages: count, files, left_out, message: None })
}

impl<S: Source, W: Write> Job<'_, S, W> {
    /// `custody.json`, over all that is in it so far.
    async fn sign(&mut self, about: String) -> Result<(), Error> {
        let part = |part: &Part| ReportPart {
            name: part.name.clone(),
            bytes: part.bytes,
            sha256: hex::encode(part.sha256),
        };
        let parts = self.zip.parts().iter().map(part).collect();
        let signed: view::ReportSigned =
            self.desk.ask(Command::ReportSign(ReportSign { about, parts })).await?;
        self.zip.put_json(
            "custody.json",
            &json!({"format": "casemate-custody", "version": 1, "records": [signed]}),
        )
    }
}

/// What is written, and its hash.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
