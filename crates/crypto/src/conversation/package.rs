//! How long a key package counts, and which of them a device still has the private part of.
//!
//! RFC 9420 has a lifetime in the package's leaf (§7.2). Programs of before demand that it is unbounded there: they skip a commit that
//! adds another leaf, and a group would split. So the lifetime stands beside the leaf, as an extension of the KeyPackage (§10), which
//! these programs do not look at. The package's signature covers it. Who adds a device looks at it; a group's rules do not, since members
//! would judge by their clocks. A device that was added too late has no key any more, and asks to be added again.

use casemate_wire::ids::Hash32;
use openmls::prelude::{
    Extension, Extensions, KeyPackage, KeyPackageBundle, OpenMlsProvider as _, UnknownExtension,
};

use super::leaf::hash_of;
use super::suite::{Suite, parse_key_package};
use crate::error::CryptoError;
use crate::provider::{CRYPTO, Provider};
use crate::store::{Kv, PACKAGE_KEYS, package_at};

/// KeyPackage extension: [`Lifetime`]. Private use (RFC 9420 §17.3).
pub(crate) const LIFETIME_EXTENSION: u16 = 0xF0D0;

const WEEK_S: u64 = 7 * 86_400;

/// A package counts for so many whole weeks after the one that it is made in, which is as long as a server keeps entries: who is away
/// for longer could not read what is said after they were added.
const WEEKS: u64 = 9;

/// Nobody is added by a package that would count for longer than this.
const LONGEST_S: u64 = (WEEKS + 3) * WEEK_S;

/// From when to when a key package counts, in whole weeks of Unix time: the server learns no more of when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    not_before: u64,
    not_after: u64,
}

impl Lifetime {
    /// Of a package that is made now. It counts from the week before, for clocks that are behind.
    pub fn beginning(now_ms: i64) -> Self {
        let week = u64::try_from(now_ms).unwrap_or(0) / 1_000 / WEEK_S;
        Self {
            not_before: week.saturating_sub(1).saturating_mul(WEEK_S),
            not_after: week.saturating_add(WEEKS + 1).saturating_mul(WEEK_S),
        }
    }

    /// Whether a package counts at a time, and not for longer than packages do.
    pub fn holds(&self, now_ms: i64) -> bool {
        let now = u64::try_from(now_ms).unwrap_or(0) / 1_000;
        let long = self.not_after.saturating_sub(self.not_before);
        (self.not_before..self.not_after).contains(&now) && long <= LONGEST_S
    }

    /// Whether it begins later: its device's clock was ahead of this time when it was made.
    pub fn is_to_come(&self, now_ms: i64) -> bool {
        self.not_before > u64::try_from(now_ms).unwrap_or(0) / 1_000
    }

    /// So long after it was made, at the most, no package of a device counts.
    pub const LONGEST_MS: i64 = ((WEEKS + 1) * WEEK_S * 1_000).cast_signed();

    pub(super) fn extensions(self) -> Extensions<KeyPackage> {
        let bytes = [self.not_before.to_be_bytes(), self.not_after.to_be_bytes()].concat();
        let extension = Extension::Unknown(LIFETIME_EXTENSION, UnknownExtension(bytes));
        Extensions::single(extension).expect("an unknown extension may be in a key package")
    }

    /// `Ok(None)`: a package of a program of before, which names none.
    fn of(package: &KeyPackage) -> Result<Option<Self>, CryptoError> {
        let Some(UnknownExtension(bytes)) = package.extensions().unknown(LIFETIME_EXTENSION) else {
            return Ok(None);
        };
        let malformed = || CryptoError::Invalid("the key package's lifetime is malformed");
        let (before, after) = bytes.split_at_checked(8).ok_or_else(malformed)?;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).map_err(|_| malformed());
        Ok(Some(Self { not_before: number(before)?, not_after: number(after)? }))
    }
}

/// The lifetime that a key package names; `None` where a program of before made it.
///
/// # Errors
/// As [`super::inspect_key_package`].
pub fn key_package_lifetime(bytes: &[u8]) -> Result<Option<Lifetime>, CryptoError> {
    Lifetime::of(&parse_key_package(bytes)?)
}

/// A key package of which this device has the private part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptPackage {
    /// SHA-256 of the reference (RFC 9420 §5.2) to it, as [`super::welcome_package`] has it.
    pub name: Hash32,
    /// Its suite.
    pub suite: Suite,
    /// SHA-256 of its leaf.
    pub leaf: Hash32,
    /// Whether it is not used up.
    pub last_resort: bool,
}

impl KeptPackage {
    pub(super) fn of(bundle: &KeyPackageBundle) -> Option<Self> {
        let package = bundle.key_package();
        Some(Self {
            name: Hash32::of(&[package.hash_ref(&CRYPTO).ok()?.as_slice()]),
            suite: Suite::of(package.ciphersuite())?,
            leaf: hash_of(package.leaf_node()),
            last_resort: package.last_resort(),
        })
    }

    /// What stands under a key of the store that begins with [`Self::KEYS`]; `None` where it cannot be read.
    pub fn at(kv: &dyn Kv, key: &[u8]) -> Option<Self> {
        Self::of(&package_at(Provider::new(kv).storage(), key)?)
    }

    /// The first byte of the keys under which a store has private parts of packages.
    pub const KEYS: u8 = PACKAGE_KEYS;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::suite::{inspect_key_package, key_package, key_package_for};
    use crate::store::MemoryKv;
    use crate::testing::Person;

    const NOW_MS: i64 = 1_795_176_000_000;
    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn lifetime_of_a_package_is_in_whole_weeks_and_ends() {
        let lifetime = Lifetime::beginning(NOW_MS);
        assert_eq!((lifetime.not_before % WEEK_S, lifetime.not_after % WEEK_S), (0, 0));
        for (days, holds) in [(-15, false), (-6, true), (0, true), (62, true), (71, false)] {
            assert_eq!(lifetime.holds(NOW_MS + days * DAY_MS), holds, "{days}");
        }
        assert!(!lifetime.holds(NOW_MS + Lifetime::LONGEST_MS));
        assert!(lifetime.is_to_come(NOW_MS - 15 * DAY_MS));
        assert!(!lifetime.is_to_come(NOW_MS) && !lifetime.is_to_come(NOW_MS + 71 * DAY_MS));
        let endless = Lifetime { not_before: 0, not_after: u64::MAX };
        assert!(!endless.holds(NOW_MS), "nobody's package counts for ever");
        // Two that are made in one week say the same.
        let week_ms = i64::try_from(WEEK_S).unwrap() * 1_000;
        let begins = NOW_MS / week_ms * week_ms;
        assert_eq!(Lifetime::beginning(begins), Lifetime::beginning(begins + week_ms - 1));
    }

    #[test]
    fn lifetime_is_read_from_a_package_and_one_of_before_names_none() {
        let (kv, ana) = (MemoryKv::new(), Person::named("ana"));
        let lifetime = Lifetime::beginning(NOW_MS);
        for last_resort in [false, true] {
            let package =
                key_package_for(&kv, &ana.id(0), Suite::X25519, last_resort, Some(lifetime)).unwrap();
            assert_eq!(key_package_lifetime(&package), Ok(Some(lifetime)));
            assert!(inspect_key_package(&package).is_ok());
            // Signed: nobody else makes it longer.
            let bytes = lifetime.not_after.to_be_bytes();
            let at = package.windows(8).position(|part| part == bytes).unwrap();
            let mut longer = package.clone();
            longer[at] ^= 1;
            assert!(key_package_lifetime(&longer).is_err());
        }
        let before = key_package(&kv, &ana.id(0), Suite::X25519, false).unwrap();
        assert_eq!(key_package_lifetime(&before), Ok(None));
    }
}
