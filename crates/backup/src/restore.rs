//! Reading a backup back. What is damaged is left out and said; everything else comes.

use std::collections::BTreeMap;

use casemate_api::command::{BackupPut, BlockPut};
use casemate_api::{Command, Error, Kind, view};
use casemate_content::proto::{BackupBlock, BackupIndex};
use casemate_wire::ids::Hash32;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};

use crate::{Opened, Place, Source, ask, author, go_on};

/// Blocks and files that are handed on at once.
const AT_ONCE: usize = 64;
const AT_ONCE_BYTES: usize = 512 * 1024;

/// Brings everything back.
pub async fn restore<S: Source, P: Place>(
    source: &S,
    opened: Opened<P>,
) -> Result<view::BackupRestored, Error> {
    let Opened { mut place, index, damaged } = opened;
    let index = index.ok_or_else(|| {
        if damaged {
            return unreadable_index();
        }
        Error::new(
            Kind::NotFound,
            "Nothing whole is in this backup: it was interrupted before it was done for the first time, or cut off since.",
        )
    })?;
    let author = author(&index);
    let put = || BackupPut {
        backup: HEX.encode(&index.backup),
        account: HEX.encode(&index.account),
        author: author.clone(),
        ..BackupPut::default()
    };
    let mut restored = view::BackupRestored { made: rfc3339(index.made_ms), ..Default::default() };
    // Who knows the passphrase may have written anything.
    let sizes = index.pieces.iter().map(|piece| piece.size_bytes);
    let sizes = sizes.chain(index.files.iter().map(|file| file.size_bytes));
    let of = sizes.fold(0u64, u64::saturating_add);
    let (mut done, mut missing) = (0, 0);
    let wanted = by_piece(&index);
    source.tell(0, of.max(1));
    // Newest first: what was said last is what is looked for first.
    for (number, piece) in index.pieces.iter().enumerate().rev() {
        let blocks = wanted.get(&(number as u32)).map(Vec::as_slice).unwrap_or_default();
        wanted_still(source, put()).await?;
        let plain = place.piece(piece).await?;
        let mut batch = put();
        let mut bytes = 0;
        for (last, block) in blocks {
            restored.messages += u64::from(block.messages);
            let Some(data) = plain.as_ref().and_then(|plain| cut(plain, block)) else {
                missing += u64::from(block.messages);
                continue;
            };
            bytes += data.len();
            batch.blocks.push(BlockPut { last: *last, data: BASE64.encode(data) });
            if batch.blocks.len() >= AT_ONCE || bytes >= AT_ONCE_BYTES {
                let placed: view::BackupPlaced =
                    ask(source, Command::BackupPut(std::mem::replace(&mut batch, put()))).await?;
                (restored.added, bytes) = (restored.added + placed.added, 0);
            }
        }
        // Also where nothing is left: the engine says whether this is its account's backup.
        let placed: view::BackupPlaced = ask(source, Command::BackupPut(batch)).await?;
        restored.added += placed.added;
        done = u64::saturating_add(done, piece.size_bytes);
        source.tell(done, of.max(1));
    }
    let mut lost_files = 0u64;
    for files in index.files.chunks(AT_ONCE) {
        let mut batch = put();
        for file in files {
            wanted_still(source, put()).await?;
            if place.file(source, file).await? {
                batch.files.push(HEX.encode(&file.blob));
            } else {
                lost_files += 1;
            }
            done = u64::saturating_add(done, file.size_bytes);
            source.tell(done, of.max(1));
        }
        restored.files += batch.files.len() as u64;
        let _: view::BackupPlaced = ask(source, Command::BackupPut(batch)).await?;
    }
    if missing > 0 || lost_files > 0 {
        give_up(source, put()).await?;
        let sentence = format!(
            "The backup is damaged: {missing} of its {} messages and {lost_files} of its {} files cannot be read. All others \
             are here. The backup was not changed.",
            restored.messages,
            index.files.len()
        );
        return Err(Error::new(Kind::Untrusted, sentence));
    }
    if damaged {
        give_up(source, put()).await?;
        let sentence = format!(
            "The newest state of this backup is damaged. What it held on {} is here, what was added since is not. The backup was \
             not changed.",
            restored.made.get(..10).unwrap_or(&restored.made)
        );
        return Err(Error::new(Kind::Untrusted, sentence));
    }
    let placed: view::BackupPlaced =
        ask(source, Command::BackupPut(BackupPut { finished: true, ..put() })).await?;
    restored.signed = placed.signed;
    Ok(restored)
}

/// There are indexes, and none of them can be read.
pub fn unreadable_index() -> Error {
    let sentence =
        "The backup is damaged: what it says about its contents cannot be read. It was not changed.";
    Error::new(Kind::Untrusted, sentence)
}

/// Whoever wants no more of it is not asked again by itself.
async fn wanted_still<S: Source>(source: &S, put: BackupPut) -> Result<(), Error> {
    let Err(stopped) = go_on(source) else { return Ok(()) };
    give_up(source, put).await?;
    Err(stopped)
}

async fn give_up<S: Source>(source: &S, put: BackupPut) -> Result<(), Error> {
    ask::<_, view::BackupPlaced>(source, Command::BackupPut(BackupPut { given_up: true, ..put }))
        .await
        .map(drop)
}

/// Blocks with the last position of their conversation, by the piece that they are in.
fn by_piece(index: &BackupIndex) -> BTreeMap<u32, Vec<(i64, &BackupBlock)>> {
    let mut pieces: BTreeMap<u32, Vec<(i64, &BackupBlock)>> = BTreeMap::new();
    for thread in &index.threads {
        for block in &thread.blocks {
            pieces.entry(block.piece).or_default().push((thread.last, block));
        }
    }
    pieces
}

fn cut<'a>(plain: &'a [u8], block: &BackupBlock) -> Option<&'a [u8]> {
    let end = block.start.checked_add(block.length)?;
    let data = plain.get(usize::try_from(block.start).ok()?..usize::try_from(end).ok()?)?;
    (Hash32::of(&[data]).0 == block.hash[..]).then_some(data)
}

fn rfc3339(at_ms: i64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000).ok();
    at.and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok()).unwrap_or_default()
}
