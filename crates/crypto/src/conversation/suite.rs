//! Cipher suites, and what every leaf and group of ours looks like to MLS.

use casemate_wire::ids::Hash32;
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialType, CredentialWithKey, Extension, ExtensionType,
    Extensions, GroupContext, KeyPackage, KeyPackageIn, LeafNode, Lifetime, MlsGroupCreateConfig,
    MlsGroupJoinConfig, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProposalType, ProtocolVersion,
    RequiredCapabilitiesExtension, SenderRatchetConfiguration, UnknownExtension,
};
use tls_codec::{DeserializeBytes as _, Serialize as _};

use super::book::Book;
use super::call::CALLS_EXTENSION;
use super::leaf::{Claim, LeafInfo};
use super::level::{LEVEL_EXTENSION, Level};
use super::package::{self, LIFETIME_EXTENSION};
use super::receipt::RECEIPTS_EXTENSION;
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use crate::provider::{CRYPTO, Provider};
use crate::store::Kv;

/// Leaf extension: the encoded `SignedManifest` that vouches for the device. Private use (RFC 9420 §17.3).
pub(crate) const MANIFEST_EXTENSION: u16 = 0xF0CA;
/// GroupContext extension: the encoded `ConversationState`.
pub(crate) const STATE_EXTENSION: u16 = 0xF0CB;
/// Proposal: the commit's note, see [`super::CommitAad`].
pub(crate) const NOTE_PROPOSAL: u16 = 0xF0CC;

/// Messages of one sender that may be missing before one that arrives. The log has no gaps for its readers, so this
/// only bounds the work that a member's forged generation can cause: about 2 µs each.
const FORWARD_DISTANCE: u32 = 2_000;
/// Keys kept for messages that come late: a log is in order, so few.
const OUT_OF_ORDER: u32 = 2;

/// The cipher suite of a conversation, fixed when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// `MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519` (X-Wing): the default.
    XWing,
    /// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519`: for very large conversations.
    X25519,
}

impl Suite {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::XWing, Self::X25519];

    /// RFC 9420 §17.1 code point.
    pub fn code(self) -> u16 {
        self.mls().into()
    }

    /// The suite of a code point; `None` where this version does not know it.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| u32::from(suite.code()) == code)
    }

    pub(crate) fn mls(self) -> Ciphersuite {
        match self {
            Self::XWing => Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519,
            Self::X25519 => Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
        }
    }

    pub(crate) fn of(suite: Ciphersuite) -> Option<Self> {
        Self::ALL.into_iter().find(|ours| ours.mls() == suite)
    }
}

/// Makes a key package, TLS-serialised, with which others can add this device until its lifetime is over. The private part goes into
/// `kv`; a package that is not the last resort is used up by the first Welcome.
///
/// # Errors
/// Only where the store or a library fails.
pub fn key_package_for(
    kv: &dyn Kv,
    id: &DeviceIdentity,
    suite: Suite,
    last_resort: bool,
    lifetime: Option<package::Lifetime>,
) -> Result<Vec<u8>, CryptoError> {
    package_of(kv, id, suite, last_resort, Level::Two, lifetime)
}

/// The same without a lifetime, as programs of before made them.
///
/// # Errors
/// Only where the store or a library fails.
pub fn key_package(
    kv: &dyn Kv,
    id: &DeviceIdentity,
    suite: Suite,
    last_resort: bool,
) -> Result<Vec<u8>, CryptoError> {
    package_of(kv, id, suite, last_resort, Level::Two, None)
}

/// `level`: up to which the device says that it knows the rules.
pub(crate) fn package_of(
    kv: &dyn Kv,
    id: &DeviceIdentity,
    suite: Suite,
    last_resort: bool,
    level: Level,
    lifetime: Option<package::Lifetime>,
) -> Result<Vec<u8>, CryptoError> {
    let mut builder = KeyPackage::builder()
        .leaf_node_capabilities(capabilities(level))
        .leaf_node_extensions(leaf_extensions(&id.manifest))
        .key_package_lifetime(unbounded());
    if let Some(lifetime) = lifetime {
        builder = builder.key_package_extensions(lifetime.extensions());
    }
    if last_resort {
        builder = builder.mark_as_last_resort();
    }
    let bundle = builder
        .build(suite.mls(), &Provider::new(kv), id, credential(id))
        .map_err(|error| CryptoError::internal("key package", error))?;
    bundle.key_package().tls_serialize_detached().map_err(|error| CryptoError::internal("key package", error))
}

/// Whom a key package would add. Its [`LeafInfo::leaf`] is 0.
///
/// # Errors
/// [`CryptoError::Invalid`] and [`CryptoError::NotAllowed`]: whoever gave it out is broken or lies.
pub fn inspect_key_package(bytes: &[u8]) -> Result<(Suite, LeafInfo), CryptoError> {
    let package = parse_key_package(bytes)?;
    let suite =
        Suite::of(package.ciphersuite()).ok_or(CryptoError::Invalid("the key package's suite is unknown"))?;
    let claim = Claim::of_key_package(&package).map_err(CryptoError::NotAllowed)?;
    let manifest = claim.verify().map_err(CryptoError::NotAllowed)?;
    Ok((suite, LeafInfo::new(0, &claim, &manifest)))
}

/// SHA-256 of a key package's leaf: [`super::AgainRequest::package`].
///
/// # Errors
/// As [`inspect_key_package`].
pub fn key_package_leaf(bytes: &[u8]) -> Result<Hash32, CryptoError> {
    Ok(super::leaf::hash_of(parse_key_package(bytes)?.leaf_node()))
}

pub(crate) fn parse_key_package(bytes: &[u8]) -> Result<KeyPackage, CryptoError> {
    KeyPackageIn::tls_deserialize_exact_bytes(bytes)
        .map_err(|_| CryptoError::Invalid("the key package is malformed"))?
        .validate(&CRYPTO, ProtocolVersion::Mls10)
        .map_err(|_| CryptoError::Invalid("the key package does not verify"))
}

/// The same for every leaf of a program that knows a level, so that any device can be in any conversation.
pub(crate) fn capabilities(level: Level) -> Capabilities {
    let suites = Suite::ALL.map(Suite::mls);
    let extensions = [
        ExtensionType::LastResort,
        ExtensionType::Unknown(MANIFEST_EXTENSION),
        ExtensionType::Unknown(STATE_EXTENSION),
        ExtensionType::Unknown(LEVEL_EXTENSION),
        ExtensionType::Unknown(RECEIPTS_EXTENSION),
        ExtensionType::Unknown(CALLS_EXTENSION),
        ExtensionType::Unknown(LIFETIME_EXTENSION),
    ];
    let known = if level == Level::One { &extensions[..3] } else { &extensions[..] };
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&suites),
        Some(known),
        Some(&[ProposalType::Custom(NOTE_PROPOSAL)]),
        Some(&[CredentialType::Basic]),
    )
}

/// What a group of a level demands of its leaves: RFC 9420 §11.1.
pub(crate) fn required_capabilities(level: Level) -> RequiredCapabilitiesExtension {
    let extensions = [MANIFEST_EXTENSION, STATE_EXTENSION, LEVEL_EXTENSION].map(ExtensionType::Unknown);
    let demanded = if level == Level::One { &extensions[..2] } else { &extensions[..] };
    RequiredCapabilitiesExtension::new(
        demanded,
        &[ProposalType::Custom(NOTE_PROPOSAL)],
        &[CredentialType::Basic],
    )
}

/// Account and device, 16 bytes each.
pub(crate) fn credential(id: &DeviceIdentity) -> CredentialWithKey {
    let identity = [id.account.0, id.device.0].concat();
    CredentialWithKey {
        credential: BasicCredential::new(identity).into(),
        signature_key: id.signing.verifying_key().to_bytes().to_vec().into(),
    }
}

pub(crate) fn leaf_extensions(manifest: &[u8]) -> Extensions<LeafNode> {
    let extension = Extension::Unknown(MANIFEST_EXTENSION, UnknownExtension(manifest.to_vec()));
    Extensions::single(extension).expect("an unknown extension may be in a leaf")
}

/// What a group's context says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context<S> {
    pub level: Level,
    /// Bytes of the encoded `ConversationState`.
    pub state: S,
    /// Empty at level one.
    pub book: Book,
}

pub(crate) fn group_extensions<S: AsRef<[u8]>>(context: &Context<S>) -> Extensions<GroupContext> {
    let mut extensions = vec![
        Extension::RequiredCapabilities(required_capabilities(context.level)),
        Extension::Unknown(STATE_EXTENSION, UnknownExtension(context.state.as_ref().to_vec())),
    ];
    if !context.book.is_empty() {
        let book = UnknownExtension(context.book.to_bytes());
        extensions.push(Extension::Unknown(LEVEL_EXTENSION, book));
    }
    Extensions::from_vec(extensions).expect("different extensions that may be in a group's context")
}

/// What the extensions say, where they are exactly ours.
pub(crate) fn context(extensions: &Extensions<GroupContext>) -> Option<Context<&[u8]>> {
    let required = extensions.required_capabilities()?;
    let level =
        [Level::One, Level::Two].into_iter().find(|level| *required == required_capabilities(*level))?;
    let (book, count) = match extensions.unknown(LEVEL_EXTENSION).filter(|_| level == Level::Two) {
        Some(book) => (Book::parse(&book.0).ok()?, 3),
        None => (Book::default(), 2),
    };
    let state = extensions.unknown(STATE_EXTENSION).filter(|_| extensions.iter().count() == count)?;
    Some(Context { level, state: state.0.as_slice(), book })
}

/// The lifetime that counts is beside the leaf ([`Lifetime`]): here, members would judge by their clocks.
pub(crate) fn unbounded() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

pub(crate) fn is_unbounded(lifetime: &Lifetime) -> bool {
    *lifetime == unbounded()
}

pub(crate) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        // Nothing is ever written in an epoch that has ended, so nothing is kept for reading it.
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(false)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(OUT_OF_ORDER, FORWARD_DISTANCE))
        .build()
}

pub(crate) fn create_config(
    suite: Suite,
    id: &DeviceIdentity,
    context: &Context<Vec<u8>>,
) -> MlsGroupCreateConfig {
    MlsGroupCreateConfig::builder()
        .ciphersuite(suite.mls())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(false)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(OUT_OF_ORDER, FORWARD_DISTANCE))
        .lifetime(unbounded())
        .capabilities(capabilities(Level::Two))
        .with_group_context_extensions(group_extensions(context))
        .with_leaf_node_extensions(leaf_extensions(&id.manifest))
        .expect("the extension is among the capabilities")
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryKv;
    use crate::testing::Person;

    #[test]
    fn code_points() {
        assert_eq!((Suite::XWing.code(), Suite::X25519.code()), (0x004E, 0x0001));
        for suite in Suite::ALL {
            assert_eq!(Suite::from_code(suite.code().into()), Some(suite));
        }
        assert_eq!(Suite::from_code(2), None);
        assert_eq!(Suite::from_code(0x0001_0001), None);
    }

    #[test]
    fn key_packages_tell_whom_they_add() {
        let (kv, ana) = (MemoryKv::new(), Person::named("ana"));
        for suite in Suite::ALL {
            for last_resort in [false, true] {
                let package = key_package(&kv, &ana.id(0), suite, last_resort).unwrap();
                assert!(package.len() < casemate_wire::limits::KEY_PACKAGE_BYTES, "{}", package.len());
                let (found, leaf) = inspect_key_package(&package).unwrap();
                assert_eq!((found, leaf.account, leaf.device), (suite, ana.account, ana.id(0).device));
                assert_eq!(leaf.manifest().unwrap(), ana.manifest());
            }
        }
    }

    #[test]
    fn broken_and_lying_key_packages_are_refused() {
        let (kv, ana, eve) = (MemoryKv::new(), Person::named("ana"), Person::named("eve"));
        let package = key_package(&kv, &ana.id(0), Suite::X25519, false).unwrap();
        for byte in (0..package.len()).step_by(29) {
            let mut broken = package.clone();
            broken[byte] ^= 1;
            assert!(inspect_key_package(&broken).is_err(), "byte {byte}");
        }
        assert!(inspect_key_package(&package[..package.len() - 1]).is_err());
        // Eve's key under Ana's name and document.
        let mut forger = ana.id(0);
        forger.signing = eve.id(0).signing;
        assert!(inspect_key_package(&key_package(&kv, &forger, Suite::X25519, false).unwrap()).is_err());
    }
}
