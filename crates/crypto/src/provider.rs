//! What OpenMLS asks for: its cryptography and randomness, and our store.

use std::cell::Cell;

use openmls_traits::OpenMlsProvider;

use crate::primitives::Primitives;
use crate::store::{Kv, Store};

/// The cryptography of all operations: it has no state.
pub(crate) static CRYPTO: Primitives = Primitives;

/// For one operation.
pub(crate) struct Provider<'a>(Store<'a>);

impl<'a> Provider<'a> {
    pub fn new(kv: &'a dyn Kv) -> Self {
        Self(Store::new(kv))
    }

    /// As [`Self::new`], without message secrets: see [`Store::postponed`].
    pub fn postponing(kv: &'a dyn Kv, postponed: &'a Cell<bool>) -> Self {
        Self(Store { kv, postponed: Some(postponed) })
    }
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = Primitives;
    type RandProvider = Primitives;
    type StorageProvider = Store<'a>;

    fn storage(&self) -> &Store<'a> {
        &self.0
    }

    fn crypto(&self) -> &Primitives {
        &CRYPTO
    }

    fn rand(&self) -> &Primitives {
        &CRYPTO
    }
}

#[cfg(test)]
mod tests {
    use openmls_traits::crypto::OpenMlsCrypto as _;
    use openmls_traits::types::{HpkeAeadType, HpkeConfig, HpkeKdfType, HpkeKemType};

    use super::*;

    /// RFC 9180 §7.1.4: a secret agreed with a point of low order is nobody's. All seven of Curve25519 and its twist, as
    /// libsodium lists them, each also with the bit set that is to be ignored.
    #[test]
    fn nothing_is_sealed_to_a_point_of_low_order() {
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        let config = || HpkeConfig(HpkeKemType::DhKem25519, HpkeKdfType::HkdfSha256, HpkeAeadType::AesGcm128);
        let seal = |point: &[u8]| CRYPTO.hpke_seal(config(), point, b"info", b"", b"hello");
        let base = [&[9][..], &[0; 31]].concat();
        assert!(seal(&base).is_ok());
        for point in points {
            let mut point = hex::decode(point).unwrap();
            assert!(seal(&point).is_err(), "{}", hex::encode(&point));
            point[31] |= 0x80;
            assert!(seal(&point).is_err(), "{}", hex::encode(&point));
        }
    }
}
