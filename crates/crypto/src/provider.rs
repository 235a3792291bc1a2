//! What OpenMLS asks for: its cryptography and randomness, and our store.

use std::sync::LazyLock;

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;

use crate::store::{Kv, Store};

/// Cryptography with a generator seeded by the operating system, one for the process.
pub(crate) static CRYPTO: LazyLock<RustCrypto> = LazyLock::new(RustCrypto::default);

/// For one operation.
pub(crate) struct Provider<'a>(Store<'a>);

impl<'a> Provider<'a> {
    pub fn new(kv: &'a dyn Kv) -> Self {
        Self(Store(kv))
    }
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = Store<'a>;

    fn storage(&self) -> &Store<'a> {
        &self.0
    }

    fn crypto(&self) -> &RustCrypto {
        &CRYPTO
    }

    fn rand(&self) -> &RustCrypto {
        &CRYPTO
    }
}
