//! Writing a backup: what changed since the last time goes into new pieces. What it relies on is verified before, all of it in a
//! file, a share of it on a server: what is not there as it was put is written again.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use casemate_api::command::{BackupRead, BackupSign};
use casemate_api::{Command, Error, Kind, view};
use casemate_content::proto::{BackupBlock, BackupFile, BackupIndex, BackupPiece, BackupThread};
use casemate_wire::ids::Hash32;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use rand_chacha::ChaCha20Rng;

use crate::restore::unreadable_index;
use crate::{Opened, Place, Source, ask, author, go_on, signed_hash};

/// Bytes of blocks in a piece, but for a block that is larger by itself. More makes fewer pieces, and more of each dead when
/// one of its blocks is written anew.
const PIECE_BYTES: usize = 512 * 1024;

/// After so much an index is written in between: a backup that is interrupted then loses no more than this.
const INDEX_AFTER_BYTES: u64 = 8 * 1024 * 1024;

/// Writes what is new.
pub async fn create<S: Source, P: Place>(
    source: &S,
    opened: Opened<P>,
    now_ms: i64,
    rng: &mut ChaCha20Rng,
) -> Result<view::BackedUp, Error> {
    let Opened { mut place, index, damaged } = opened;
    if damaged && index.is_none() {
        return Err(unreadable_index());
    }
    let backup = match &index {
        Some(index) => index.backup.to_vec(),
        None => casemate_crypto::rng::bytes::<16>(rng).to_vec(),
    };
    let author = index.as_ref().and_then(author);
    let mut read = BackupRead { after: None, backup: Some(HEX.encode(&backup)), author };
    let mut page: view::BackupPage = ask(source, Command::BackupRead(read.clone())).await?;
    if let Some(index) = &index {
        may_go_on(index, &page)?;
    }
    // Until all of it was compared with this device's history an index may still name what somebody else wrote.
    let signs = index.is_none() || page.signed;
    let mut job = Job {
        rng,
        now_ms,
        index: BackupIndex {
            backup: backup.into(),
            account: bytes_of(&page.account)?.into(),
            device: bytes_of(&page.device)?.into(),
            address: page.address.clone(),
            ..BackupIndex::default()
        },
        kept: Kept::of(index.unwrap_or_default()),
        damaged: Damaged::default(),
        unwritten: Unwritten::default(),
        holed: BTreeSet::new(),
        since_index: 0,
        signs,
        made: view::BackedUp::default(),
    };
    let (of, mut done) = (page.of.max(1), 0);
    if !place.takes_files() {
        job.kept.files.clear();
    }
    if place.packs() {
        let names = job.kept.pieces.iter().map(|piece| piece.name.clone());
        job.holed = names.filter(|name| !place.is_packed(name)).collect();
    }
    job.verify(source, &mut place).await?;
    job.made.disappearing = page.disappearing;
    let (mut seen, mut named) = (BTreeSet::new(), BTreeSet::new());
    loop {
        for block in page.blocks {
            done += u64::from(block.messages);
            seen.insert((bytes_of(&block.conversation)?, block.number));
            named.extend(block.named.iter().cloned());
            go_on(source)?;
            for file in &block.files {
                job.file(source, &mut place, file).await?;
            }
            job.block(source, &mut place, block).await?;
        }
        source.tell(done.min(of), of);
        let Some(next) = page.next else { break };
        read.after = Some(next);
        page = ask(source, Command::BackupRead(read.clone())).await?;
    }
    job.flush(source, &mut place).await?;
    job.signs = true;
    // Only now: until the whole history was looked at, what was not met may still be there.
    let gone: Vec<At> = job.kept.blocks.keys().filter(|at| !seen.contains(*at)).cloned().collect();
    for at in gone {
        job.forget(&at);
    }
    job.kept.files.retain(|blob, _| named.contains(blob));
    job.made.damaged_files = job.damaged.files.iter().filter(|blob| named.contains(*blob)).count() as u64;
    job.made.rewritten += u64::from(damaged);
    if place.packs() {
        job.pack(source, &mut place).await?;
        job.renew_files(source, &mut place).await?;
    }
    job.write_index(source, &mut place).await?;
    job.made.messages = job.kept.blocks.values().map(|block| u64::from(block.messages)).sum();
    job.made.files = job.kept.files.len() as u64;
    let sizes = job.kept.pieces.iter().map(|piece| piece.size_bytes);
    let sizes = sizes.chain(job.kept.files.values().map(|file| file.size_bytes));
    job.made.bytes = sizes.fold(0, u64::saturating_add);
    source.tell(of, of);
    Ok(job.made)
}

/// A device that has not what is in a backup would write that it is gone.
fn may_go_on(index: &BackupIndex, page: &view::BackupPage) -> Result<(), Error> {
    if HEX.encode(&index.account) != page.account {
        let sentence = format!(
            "This is the backup of {}. Choose another place for this account's; nothing was changed.",
            index.address
        );
        return Err(Error::new(Kind::NotAllowed, sentence));
    }
    if HEX.encode(&index.device) != page.device && !page.restored {
        let sentence = "Another of your devices wrote this backup. Restore it here first, so that nothing in it is lost, or \
                        choose another place; nothing was changed.";
        return Err(Error::new(Kind::NotAllowed, sentence));
    }
    Ok(())
}

fn bytes_of(hex: &str) -> Result<Vec<u8>, Error> {
    HEX.decode(hex.as_bytes()).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

fn base64(text: &str) -> Result<Vec<u8>, Error> {
    BASE64.decode(text.as_bytes()).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// A conversation's key and the number of a block in it.
type At = (Vec<u8>, i64);

/// What the index will say.
#[derive(Default)]
struct Kept {
    pieces: Vec<BackupPiece>,
    blocks: BTreeMap<At, BackupBlock>,
    last: BTreeMap<Vec<u8>, i64>,
    files: BTreeMap<String, BackupFile>,
}

/// Blocks of the piece that is being filled.
#[derive(Default)]
struct Unwritten {
    plain: Vec<u8>,
    blocks: Vec<(At, BackupBlock)>,
}

/// What the backup named and has no more.
#[derive(Default)]
struct Damaged {
    blocks: BTreeSet<At>,
    files: BTreeSet<String>,
}

struct Job<'a> {
    rng: &'a mut ChaCha20Rng,
    now_ms: i64,
    /// Without what is in `kept`.
    index: BackupIndex,
    kept: Kept,
    /// Stays named until it is written again, where the place lets it.
    damaged: Damaged,
    unwritten: Unwritten,
    /// Names of pieces that hold a block of before, which nothing names any more.
    holed: BTreeSet<Bytes>,
    since_index: u64,
    /// The indexes in between are signed, too.
    signs: bool,
    made: view::BackedUp,
}

impl Job<'_> {
    /// Looks for what is not there any more as it was put.
    async fn verify<S: Source, P: Place>(&mut self, source: &S, place: &mut P) -> Result<(), Error> {
        let mut damaged = BTreeSet::new();
        for (number, piece) in (0u32..).zip(&self.kept.pieces) {
            go_on(source)?;
            if !place.stands(piece).await? {
                damaged.insert(number);
            }
        }
        let of_damaged = |(_, block): &(&At, &BackupBlock)| damaged.contains(&block.piece);
        let blocks = self.kept.blocks.iter().filter(of_damaged).map(|(at, _)| at.clone());
        self.damaged.blocks = blocks.collect();
        for (blob, file) in &self.kept.files {
            go_on(source)?;
            if !place.file_stands(file).await? {
                self.damaged.files.insert(blob.clone());
            }
        }
        if !place.names_damaged() {
            self.kept.blocks.retain(|at, _| !self.damaged.blocks.contains(at));
            self.kept.files.retain(|blob, _| !self.damaged.files.contains(blob));
        }
        Ok(())
    }

    async fn block<S: Source, P: Place>(
        &mut self,
        source: &S,
        place: &mut P,
        block: view::Block,
    ) -> Result<(), Error> {
        let data = base64(&block.data)?;
        let key = bytes_of(&block.conversation)?;
        self.kept.last.insert(key.clone(), block.last);
        let (at, hash) = ((key, block.number), Hash32::of(&[&data]));
        if self.damaged.blocks.remove(&at) {
            self.made.rewritten += u64::from(block.messages);
        } else if self.kept.blocks.get(&at).is_some_and(|known| known.hash[..] == hash.0) {
            return Ok(());
        }
        let written = BackupBlock {
            number: block.number,
            length: data.len() as u32,
            hash: hash.0.to_vec().into(),
            messages: block.messages,
            ..BackupBlock::default()
        };
        self.write(source, place, (at, written), &data).await
    }

    /// Into the piece that is being filled.
    async fn write<S: Source, P: Place>(
        &mut self,
        source: &S,
        place: &mut P,
        (at, block): (At, BackupBlock),
        data: &[u8],
    ) -> Result<(), Error> {
        if !self.unwritten.plain.is_empty() && self.unwritten.plain.len() + data.len() > PIECE_BYTES {
            self.flush(source, place).await?;
        }
        let start = self.unwritten.plain.len() as u32;
        self.unwritten.plain.extend_from_slice(data);
        self.unwritten.blocks.push((at, BackupBlock { start, ..block }));
        Ok(())
    }

    /// A block holds no more, though its piece may have it still.
    fn forget(&mut self, at: &At) {
        let Some(block) = self.kept.blocks.remove(at) else { return };
        let piece = self.kept.pieces.get(block.piece as usize);
        self.holed.extend(piece.map(|piece| piece.name.clone()));
    }

    /// Writes what holds of holed pieces into new ones. One that cannot be read now stays until it can.
    async fn pack<S: Source, P: Place>(&mut self, source: &S, place: &mut P) -> Result<(), Error> {
        let mut holed: BTreeMap<u32, Vec<(At, BackupBlock)>> = BTreeMap::new();
        for (at, block) in &self.kept.blocks {
            let piece = self.kept.pieces.get(block.piece as usize);
            if piece.is_some_and(|piece| self.holed.contains(&piece.name)) {
                holed.entry(block.piece).or_default().push((at.clone(), block.clone()));
            }
        }
        // An index in between numbers the pieces anew.
        let pieces = self.kept.pieces.clone();
        for (number, blocks) in holed {
            go_on(source)?;
            let Some(piece) = pieces.get(number as usize) else { continue };
            let Some(plain) = place.piece(piece).await? else { continue };
            for (at, block) in blocks {
                let start = block.start as usize;
                let data = start.checked_add(block.length as usize).and_then(|end| plain.get(start..end));
                if let Some(data) = data.filter(|data| Hash32::of(&[data]).0 == block.hash[..]) {
                    self.write(source, place, (at, block), data).await?;
                }
            }
        }
        self.flush(source, place).await
    }

    /// Writes files anew that are under a key of before. One for which there is no room stays until there is.
    async fn renew_files<S: Source, P: Place>(&mut self, source: &S, place: &mut P) -> Result<(), Error> {
        let of_before = |(_, file): &(&String, &BackupFile)| place.is_file_of_before(file);
        let blobs = self.kept.files.iter().filter(of_before).map(|(blob, _)| blob.clone());
        for blob in blobs.collect::<Vec<String>>() {
            go_on(source)?;
            let Some(file) = self.kept.files.get(&blob).cloned() else { continue };
            let renewed = match place.renew_file(&file).await {
                Err(error) if error.kind == Kind::TooLarge => {
                    self.write_index(source, place).await?;
                    place.renew_file(&file).await
                }
                renewed => renewed,
            };
            match renewed {
                Ok(Some(renewed)) => {
                    self.kept.files.insert(blob, renewed);
                    self.added(source, place, file.size_bytes).await?;
                }
                Ok(None) => {}
                Err(error) if error.kind == Kind::TooLarge => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes the piece that was filled.
    async fn flush<S: Source, P: Place>(&mut self, source: &S, place: &mut P) -> Result<(), Error> {
        let Unwritten { plain, blocks } = std::mem::take(&mut self.unwritten);
        if blocks.is_empty() {
            return Ok(());
        }
        let piece = match place.put_piece(&plain, self.rng).await {
            // What nothing names any more makes room.
            Err(error) if error.kind == Kind::TooLarge && place.packs() => {
                self.write_index(source, place).await?;
                place.put_piece(&plain, self.rng).await?
            }
            put => put?,
        };
        let bytes = piece.size_bytes;
        let number = self.kept.pieces.len() as u32;
        self.kept.pieces.push(piece);
        for (at, block) in blocks {
            self.forget(&at);
            self.kept.blocks.insert(at, BackupBlock { piece: number, ..block });
        }
        self.added(source, place, bytes).await
    }

    async fn file<S: Source, P: Place>(
        &mut self,
        source: &S,
        place: &mut P,
        file: &view::BlockFile,
    ) -> Result<(), Error> {
        let is_damaged = self.damaged.files.contains(&file.blob);
        if !is_damaged && self.kept.files.contains_key(&file.blob) {
            return Ok(());
        }
        match place.put_file(source, file).await? {
            Some(kept) => {
                self.made.rewritten += u64::from(self.damaged.files.remove(&file.blob));
                self.kept.files.insert(file.blob.clone(), kept);
                self.added(source, place, file.bytes).await
            }
            None => {
                self.made.left_out += u64::from(!is_damaged);
                Ok(())
            }
        }
    }

    async fn added<S: Source, P: Place>(
        &mut self,
        source: &S,
        place: &mut P,
        bytes: u64,
    ) -> Result<(), Error> {
        self.made.bytes_added += bytes;
        self.since_index += bytes;
        if self.since_index < INDEX_AFTER_BYTES {
            return Ok(());
        }
        self.write_index(source, place).await
    }

    async fn write_index<S: Source, P: Place>(&mut self, source: &S, place: &mut P) -> Result<(), Error> {
        self.kept.drop_unused();
        let mut index = BackupIndex {
            made_ms: self.now_ms,
            pieces: self.kept.pieces.clone(),
            threads: self.kept.threads(),
            files: self.kept.files.values().cloned().collect(),
            ..self.index.clone()
        };
        if self.signs {
            let sign = BackupSign { hash: HEX.encode(&signed_hash(&index).0) };
            let signed: view::BackupSigned = ask(source, Command::BackupSign(sign)).await?;
            index.manifest = base64(&signed.manifest)?.into();
            index.signature = base64(&signed.signature)?.into();
        }
        self.made.bytes_added += place.put_index(&index, &self.holed, self.rng).await?;
        self.since_index = 0;
        Ok(())
    }
}

impl Kept {
    fn of(index: BackupIndex) -> Self {
        let mut kept = Self { pieces: index.pieces, ..Self::default() };
        for thread in index.threads {
            kept.last.insert(thread.key.to_vec(), thread.last);
            for block in thread.blocks {
                kept.blocks.insert((thread.key.to_vec(), block.number), block);
            }
        }
        kept.files = index.files.into_iter().map(|file| (HEX.encode(&file.blob), file)).collect();
        kept
    }

    /// Pieces of which nothing holds any more.
    fn drop_unused(&mut self) {
        let used: BTreeSet<u32> = self.blocks.values().map(|block| block.piece).collect();
        let places: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
        let pieces = std::mem::take(&mut self.pieces);
        self.pieces =
            (0..).zip(pieces).filter(|(old, _)| used.contains(old)).map(|(_, piece)| piece).collect();
        for block in self.blocks.values_mut() {
            block.piece = places.get(&block.piece).copied().unwrap_or(u32::MAX);
        }
    }

    fn threads(&self) -> Vec<BackupThread> {
        let mut threads: Vec<BackupThread> = Vec::new();
        for ((key, _), block) in &self.blocks {
            match threads.last_mut().filter(|thread| thread.key[..] == key[..]) {
                Some(thread) => thread.blocks.push(block.clone()),
                None => threads.push(BackupThread {
                    key: key.clone().into(),
                    last: self.last.get(key).copied().unwrap_or_default(),
                    blocks: vec![block.clone()],
                }),
            }
        }
        threads
    }
}
