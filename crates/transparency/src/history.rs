//! All that the log ever said of a name: each device verifies its own account's.

use akd_core::verify::history::{HistoryParams, HistoryVerificationParams};
use akd_core::verify::key_history_verify;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::transparency as proto;

use crate::{Broken, Hashing, Head, akd_label, code};

/// A history shows so many versions, the newest. Each takes 4 kB, and a frame must hold them.
pub const VERSIONS: usize = 256;

/// Values of a name, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Which the first of them is: 1 where none is left out before it.
    pub first: u64,
    /// Manifests' hashes, oldest first.
    pub hashes: Vec<Hash32>,
}

impl Values {
    /// The last of them; before the first where there is none.
    fn end(&self) -> u64 {
        self.first.max(1).saturating_sub(1).saturating_add(self.hashes.len() as u64)
    }

    fn at(&self, version: u64) -> Option<&Hash32> {
        self.hashes.get(usize::try_from(version.checked_sub(self.first.max(1))?).ok()?)
    }
}

/// Verifies that these are the values of a name in the log of `head`: all, or the newest [`VERSIONS`] of more.
pub fn verify(head: &Head, handle: &Handle, proof: &proto::History) -> Result<Values, Broken> {
    let history_params = match proof.updates.len() {
        0..VERSIONS => HistoryParams::Complete,
        VERSIONS => HistoryParams::MostRecent(VERSIONS),
        _ => return Err(Broken::Malformed),
    };
    let proof = code::read_history(proof)?;
    let params = HistoryVerificationParams::Default { history_params };
    let found =
        key_history_verify::<Hashing>(&head.vrf_key, head.root, head.epoch, akd_label(handle), proof, params)
            .map_err(|_| Broken::Proof)?;
    let first = found.last().map_or(1, |oldest| oldest.version);
    let hash =
        |value: &akd_core::VerifyResult| Hash32::try_from(&value.value.0[..]).map_err(|_| Broken::Malformed);
    Ok(Values { first, hashes: found.iter().rev().map(hash).collect::<Result<_, _>>()? })
}

/// How the log's history of the own account stands to what this device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// All of it is the account's own, and the newest is in it.
    Accounted,
    /// The newest version is not in it yet.
    Behind,
    /// It ends before what was in it already.
    Older,
    /// Something is in it that this device cannot account for: somebody was shown another manifest as this account's.
    Foreign,
}

impl Values {
    /// The versions of this one before the first that another has otherwise, or no more.
    pub fn up_to_where_they_part(mut self, other: &Self) -> Self {
        let differs =
            |version: &u64| *version >= other.first.max(1) && self.at(*version) != other.at(*version);
        let parts = (self.first.max(1)..=self.end()).find(differs);
        if let Some(version) = parts {
            self.hashes
                .truncate(usize::try_from(version.saturating_sub(self.first.max(1))).unwrap_or(usize::MAX));
        }
        self
    }
}

/// Compares. `known` is what was accounted for before; `current` the newest own manifest.
pub fn compare(known: &Values, current: &VerifiedManifest, logged: &Values) -> Own {
    // What was there stays there.
    let changed = |version: u64| known.at(version).is_some_and(|hash| logged.at(version) != Some(hash));
    if (logged.first.max(1)..=known.end().min(logged.end())).any(changed) {
        return Own::Foreign;
    }
    if known.end() > logged.end() {
        return Own::Older;
    }
    let new = usize::try_from(logged.end().saturating_sub(known.end()))
        .unwrap_or(usize::MAX)
        .min(logged.hashes.len());
    match &logged.hashes[logged.hashes.len().saturating_sub(new)..] {
        [] if known.hashes.last() == Some(&current.hash) => Own::Accounted,
        [] => Own::Behind,
        // Which it was is signed into the newest: between two versions that follow each other there is no third.
        [between @ .., last] if *last == current.hash => {
            // Of those that the server left out nothing can be said.
            let before = between.last().or_else(|| logged.at(logged.end().saturating_sub(1)));
            let follows = before.is_none() || before == current.previous_hash.as_ref();
            if follows { Own::Accounted } else { Own::Foreign }
        }
        // The one before the newest, where the newest is still on its way.
        [.., last] if Some(last) == current.previous_hash.as_ref() => Own::Behind,
        _ => Own::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use casemate_wire::ids::DeviceId;
    use casemate_wire::manifest::{account_id, sign, succession};
    use casemate_wire::proto::directory::{Manifest, ManifestDevice};
    use ed25519_dalek::SigningKey;

    use super::*;

    /// Versions of an account, one after the other.
    fn versions(count: u64) -> Vec<VerifiedManifest> {
        let key = |number: u8| SigningKey::from_bytes(&[number; 32]);
        let public = |number: u8| key(number).verifying_key().to_bytes();
        let mut all: Vec<VerifiedManifest> = Vec::new();
        for version in 1..=count {
            let document = Manifest {
                account: account_id(&public(1), &public(2)).into(),
                handle: "ana".into(),
                version,
                previous_hash: all.last().map(|before| before.hash.into()).unwrap_or_default(),
                devices: vec![ManifestDevice {
                    device: DeviceId([1; 16]).into(),
                    signature_key: public(3).to_vec().into(),
                    hpke_key_hash: Hash32([5; 32]).into(),
                    added_ms: version as i64,
                    primary: true,
                }],
                account_key: public(1).to_vec().into(),
                recovery_key: public(2).to_vec().into(),
                ..Manifest::default()
            };
            all.push(sign(&document, &key(1)).unwrap());
        }
        all
    }

    #[test]
    fn what_one_signed_oneself_is_accounted_for_and_nothing_else() {
        let versions = versions(5);
        let hashes: Vec<Hash32> = versions.iter().map(|version| version.hash).collect();
        let foreign = Hash32([66; 32]);
        let compare = |known: &[Hash32], current: &VerifiedManifest, logged: &[Hash32]| {
            let values = |hashes: &[Hash32]| Values { first: 1, hashes: hashes.to_vec() };
            super::compare(&values(known), current, &values(logged))
        };
        let at = |version: usize| &versions[version - 1];
        // Step by step, on a device that saw all.
        for count in 1..=5 {
            assert_eq!(compare(&hashes[..count - 1], at(count), &hashes[..count]), Own::Accounted);
            assert_eq!(compare(&hashes[..count], at(count), &hashes[..count]), Own::Accounted);
        }
        // A device that was away, and one that was linked just now.
        assert_eq!(compare(&hashes[..2], at(5), &hashes), Own::Accounted);
        assert_eq!(compare(&[], at(5), &hashes), Own::Accounted);
        // The newest is on its way.
        assert_eq!(compare(&hashes[..4], at(5), &hashes[..4]), Own::Behind);
        assert_eq!(compare(&hashes[..3], at(5), &hashes[..4]), Own::Behind);
        assert_eq!(compare(&[], at(1), &[]), Own::Behind);
        // Somebody else's, at the end, in between, in place of one's own.
        let with = |at: usize, what: &[Hash32]| {
            let mut all = hashes.clone();
            all.splice(at..at, what.iter().copied());
            all
        };
        assert_eq!(compare(&hashes, at(5), &with(5, &[foreign])), Own::Foreign);
        assert_eq!(compare(&hashes[..4], at(5), &with(4, &[foreign])), Own::Foreign);
        assert_eq!(compare(&[], at(1), &[foreign, hashes[0]]), Own::Foreign);
        assert_eq!(compare(&hashes[..1], at(2), &[hashes[0], foreign]), Own::Foreign);
        // An old one of one's own, entered again.
        assert_eq!(compare(&hashes, at(5), &with(5, &[hashes[1]])), Own::Foreign);
        // What was verified before is there no more.
        assert_eq!(compare(&hashes, at(5), &hashes[1..]), Own::Foreign);
        assert_eq!(compare(&hashes, at(5), &hashes[..3]), Own::Older);
        // Whoever restored once is owed no less: new keys name the version before them, too.
        let public = |number: u8| SigningKey::from_bytes(&[number; 32]).verifying_key().to_bytes();
        let mut restored = at(5).document();
        restored.version = 6;
        restored.previous_hash = at(5).hash.into();
        restored.first_account_key = restored.account_key.clone();
        restored.first_recovery_key = restored.recovery_key.clone();
        let recovery = SigningKey::from_bytes(&[2; 32]);
        restored.successions = vec![succession(&at(5).account, 0, public(7), public(8), &recovery)];
        restored.account_key = public(7).to_vec().into();
        restored.recovery_key = public(8).to_vec().into();
        let restored = sign(&restored, &SigningKey::from_bytes(&[7; 32])).unwrap();
        assert_eq!(compare(&hashes, &restored, &with(5, &[restored.hash])), Own::Accounted);
        assert_eq!(compare(&hashes[..2], &restored, &with(5, &[restored.hash])), Own::Accounted);
        assert_eq!(compare(&hashes, &restored, &with(5, &[foreign, restored.hash])), Own::Foreign);
        assert_eq!(compare(&[], &restored, &with(5, &[foreign, restored.hash])), Own::Foreign);
        // Where only the newest are shown they have to fit those that are known.
        let known = Values { first: 1, hashes: hashes[..3].to_vec() };
        let newest = |first: u64, hashes: &[Hash32]| Values { first, hashes: hashes.to_vec() };
        assert_eq!(super::compare(&known, at(5), &newest(3, &hashes[2..])), Own::Accounted);
        assert_eq!(super::compare(&known, at(5), &newest(5, &hashes[4..])), Own::Accounted);
        assert_eq!(super::compare(&known, at(5), &newest(2, &hashes[2..])), Own::Foreign);
        assert_eq!(super::compare(&Values::default(), at(5), &newest(4, &hashes[3..])), Own::Accounted);
    }
}
