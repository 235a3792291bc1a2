//! Randomness of our own choices: ids, keys, nonces. The caller owns the generator, so that a simulation can seed it.
//!
//! OpenMLS and `hpke` draw theirs from the operating system.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore};

use rand::{RngCore as _, SeedableRng};
use zeroize::Zeroizing;

/// A generator seeded by the operating system.
///
/// # Errors
/// Where the system has no randomness to give: nothing can be done safely then.
pub fn from_os() -> Result<ChaCha20Rng, getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

/// Gives the generator another seed, from itself and from the operating system. What it gave before cannot be computed from what is in
/// memory then, and what it gives after not from what was. Where the system has no randomness to give, the seed is from itself alone.
pub fn renew(rng: &mut ChaCha20Rng) {
    let mut seed = Zeroizing::new(bytes::<32>(rng));
    let mut fresh = Zeroizing::new([0; 32]);
    if getrandom::fill(&mut *fresh).is_ok() {
        seed.iter_mut().zip(fresh.iter()).for_each(|(byte, fresh)| *byte ^= fresh);
    }
    *rng = ChaCha20Rng::from_seed(*seed);
}

/// `N` random bytes.
pub fn bytes<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// The same generator under the traits of `rand_core` 0.6, which `voprf` speaks.
pub(crate) struct Older<'a>(pub &'a mut ChaCha20Rng);

impl RngCore for Older<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Older<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rng_renewed_gives_nothing_that_follows_from_what_it_was() {
        let same = || ChaCha20Rng::from_seed([7; 32]);
        let (mut one, mut other, mut unchanged) = (same(), same(), same());
        renew(&mut one);
        renew(&mut other);
        let [one, other, unchanged] = [&mut one, &mut other, &mut unchanged].map(bytes::<32>);
        assert_ne!(one, other);
        assert_ne!(one, unchanged);
    }
}
