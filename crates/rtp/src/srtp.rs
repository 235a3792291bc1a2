//! The keys of `str0m`'s own handshakes. A relay opens and seals media with them, past `str0m`: what one packet takes there
//! grows with all streams of whom it goes to; here it is a header and one AES-GCM. And whoever gets packets finds out with them
//! whether one was sent by who has the keys, before anything is done for it.
//!
//! ```text
//! DTLS handshake ─▶ keys ─┬─▶ str0m: at a relay one packet of a stream in so many, and reports of those
//!                         ├─▶ Sealer: all others that go out
//!                         ├─▶ Opener: what comes; whether packets of streams that are new are the other side's
//!                         └─▶ Reports, ReportOpener: what is said of that, and of what goes through
//! ```
//! Both seal with the same keys (RFC 5764 §4.2). A nonce is made of a stream and a packet's number in it (RFC 7714 §8.1). Under one
//! nonce two packets would give away what both hold, and the key that authenticates them. So each number of a stream is spent once,
//! whichever of the two seals it: [`Sealer::spend`] gives what [`Sealer::seal`] takes, and never gives it a second time.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use str0m::config::DtlsCert;
use str0m::crypto::dtls::{
    DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, CryptoError, CryptoProvider,
    from_feature_flags,
};

use crate::head::Head;
use crate::window::ReplayWindow;

/// Seals what one participant is sent.
pub struct Sealer {
    key: Key,
    /// What was sealed, by stream. Streams are those of the slots, so few.
    spent: HashMap<u32, ReplayWindow<SPENT>>,
}

/// The header of a packet whose number nothing was sealed with before, and nothing is after it.
#[derive(Debug)]
pub struct Once(Header);

/// So many words of numbers are known of a stream: 2,048 numbers. A packet may be 512 numbers late, and behind padding another 1,024.
const SPENT: usize = 32;

/// Numbers of a stream are less than this (RFC 3711 §3.3.1): beyond it the same nonces would come again.
const NUMBERS: u64 = 1 << 48;

/// Opens media of the other side of a handshake.
pub struct Opener(Key);

/// Seals reports (SRTCP).
pub struct Reports {
    key: Key,
    /// Of those that were sealed.
    index: u32,
}

/// Opens reports of the other side of a handshake.
pub struct ReportOpener(Key);

/// A session key (RFC 3711 §4.3), of RTP or of RTCP.
pub struct Key {
    cipher: Cipher,
    salt: Salt,
}

/// What a DTLS handshake agrees on, as soon as it has.
#[derive(Clone, Default)]
pub struct Agreed(Arc<OnceLock<Exported>>);

impl Agreed {
    /// Whether it has.
    pub fn is_there(&self) -> bool {
        self.0.get().is_some()
    }
}

/// RTP, as far as it is written here (RFC 3550 §5.1).
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    /// The last of its burst, or the like: handed on as it came.
    pub marker: bool,
    /// Whether all that it holds is padding, or its end (RFC 3550 §5.1).
    pub is_padded: bool,
    /// The codec, as the receiver numbers it.
    pub payload_type: u8,
    /// Extended: the lower sixteen bits are sent.
    pub number: u64,
    /// RTP time.
    pub time: u32,
    /// The stream.
    pub ssrc: u32,
    /// What is said beside.
    pub extensions: Extensions,
}

/// What is said beside what a packet holds: each with which extension that is (RFC 8285 §4.2), 1 to 14.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Its number among all of the connection, for feedback about what goes through.
    pub number: Option<(u8, u16)>,
    /// How the camera was held (3GPP TS 26.114 §7.4.5).
    pub orientation: Option<(u8, u8)>,
}

/// Bytes of a header without anything optional, and of a tag.
const HEADER: usize = 12;
/// And of what may be said beside.
const EXTENSIONS: usize = 12;
const TAG: usize = AeadAes128Gcm::TAG_LEN;

type Salt = [u8; AeadAes128Gcm::SALT_LEN];

enum Cipher {
    Aes128(Box<dyn AeadAes128GcmCipher>),
    Aes256(Box<dyn AeadAes256GcmCipher>),
}

struct Exported {
    profile: SrtpProfile,
    /// RFC 5764 §4.2: the client's key, the server's, the client's salt, the server's.
    material: Vec<u8>,
    is_client: bool,
}

/// Whose packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

/// What keys and salts are for (RFC 3711 §4.3.2).
const RTP: [u8; 2] = [0, 2];
const RTCP: [u8; 2] = [3, 5];

impl Sealer {
    /// For what this side of a handshake sends, once it has keys. `None` before, and where they are not for AES-GCM.
    pub fn new(agreed: &Agreed) -> Option<Self> {
        Some(Self { key: Key::new(agreed, RTP, Side::Ours)?, spent: HashMap::new() })
    }

    /// Spends a packet's number. `None`: something was sealed with it, or may have been. Also for what `str0m` is to seal.
    pub fn spend(&mut self, header: Header) -> Option<Once> {
        let is_new =
            header.number < NUMBERS && self.spent.entry(header.ssrc).or_default().mark(header.number);
        is_new.then_some(Once(header))
    }

    /// A packet as it goes out.
    pub fn seal(&mut self, Once(header): Once, payload: &[u8]) -> Option<Vec<u8>> {
        let place = Place::of_rtp(header.ssrc, header.number);
        let (clear, length) = header.to_bytes();
        self.key.seal(place, &clear[..length], payload)
    }
}

impl Once {
    /// With its number among all of the connection, where it has one.
    pub fn numbered(mut self, number: Option<(u8, u16)>) -> Self {
        self.0.extensions.number = number;
        self
    }
}

impl Opener {
    /// For what the other side of a handshake sends, once there are keys. `None` before, and where they are not for AES-GCM.
    pub fn new(agreed: &Agreed) -> Option<Self> {
        Key::new(agreed, RTP, Side::Theirs).map(Self)
    }

    /// What a packet holds, if it was sealed by the other side, as the one with this extended number.
    pub fn open(&mut self, packet: &[u8], head: Head, number: u64) -> Option<Vec<u8>> {
        let place = Place::of_rtp(head.ssrc, number);
        let (clear, sealed) = packet.split_at_checked(head.length)?;
        self.0.open(place, &[clear], sealed)
    }

    /// Whether a packet was sealed by the other side, as the one with this extended number.
    pub fn is_theirs(&mut self, packet: &[u8], head: Head, number: u64) -> bool {
        self.open(packet, head, number).is_some()
    }
}

/// Of a report what is not sealed: kind, length, and whose it is (RFC 3550 §6.4).
const REPORT_HEADER: usize = 8;

/// Behind a report: its index, and whether it is sealed (RFC 7714 §9.2).
const INDEX: usize = 4;
const IS_SEALED: u32 = 1 << 31;

impl Reports {
    /// Of a connection with these keys. `None` before it has them, and where they are not for AES-GCM.
    ///
    /// `str0m` seals reports with the same key, and counts for itself. A nonce is made of a stream and an index: whoever
    /// seals here does so in the name of a stream that `str0m` sends nothing in, and counts from far beyond it besides.
    pub fn new(agreed: &Agreed) -> Option<Self> {
        Some(Self { key: Key::new(agreed, RTCP, Side::Ours)?, index: FIRST_INDEX })
    }

    /// A report as it goes out. `None`: it is none, or there are no indices left.
    pub fn seal(&mut self, report: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = report.split_first_chunk::<REPORT_HEADER>()?;
        let index = self.index;
        self.index = index.checked_add(1).filter(|next| *next < IS_SEALED)?;
        let trailer = (IS_SEALED | index).to_be_bytes();
        let clear = [&header[..], &trailer].concat();
        let mut packet = self.key.seal(Place::of_rtcp(reporter(header), index), &clear, rest)?;
        packet.drain(REPORT_HEADER..REPORT_HEADER + INDEX);
        packet.extend_from_slice(&trailer);
        Some(packet)
    }
}

impl ReportOpener {
    /// Of a connection with these keys. `None` before it has them, and where they are not for AES-GCM.
    pub fn new(agreed: &Agreed) -> Option<Self> {
        Key::new(agreed, RTCP, Side::Theirs).map(Self)
    }

    /// A report of the other side's, as it was before it was sealed.
    pub fn open(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = packet.split_first_chunk::<REPORT_HEADER>()?;
        let (sealed, trailer) = rest.split_last_chunk::<INDEX>()?;
        let index = u32::from_be_bytes(*trailer);
        if index & IS_SEALED == 0 {
            return None;
        }
        let place = Place::of_rtcp(reporter(header), index & !IS_SEALED);
        let opened = self.0.open(place, &[header, trailer], sealed)?;
        Some([&header[..], &opened].concat())
    }
}

/// In whose name a report is.
fn reporter(header: &[u8; REPORT_HEADER]) -> u32 {
    let [_, _, _, _, ssrc @ ..] = *header;
    u32::from_be_bytes(ssrc)
}

/// Where reports that are sealed here begin to count.
const FIRST_INDEX: u32 = 1 << 30;

/// Where in all of a key's packets one stands (RFC 7714 §8.1, §9.1): stream and number, as they go into a nonce.
#[derive(Clone, Copy)]
pub struct Place {
    ssrc: u32,
    upper: u32,
    lower: u16,
}

impl Place {
    /// Of a packet of media, by its extended number.
    pub fn of_rtp(ssrc: u32, number: u64) -> Self {
        Self { ssrc, upper: (number >> 16) as u32, lower: number as u16 }
    }

    /// Of a report: its index has the place of the roll-over counter's lower half and of the number.
    pub fn of_rtcp(ssrc: u32, index: u32) -> Self {
        Self { ssrc, upper: index >> 16, lower: index as u16 }
    }
}

impl Key {
    fn new(agreed: &Agreed, [key, salt]: [u8; 2], side: Side) -> Option<Self> {
        let exported = agreed.0.get()?;
        let seals = side == Side::Ours;
        let salt = exported.derive(salt, side)?;
        let srtp = from_feature_flags().srtp_provider;
        let cipher = match exported.profile {
            SrtpProfile::AEAD_AES_128_GCM => {
                Cipher::Aes128(srtp.aead_aes_128_gcm().create_cipher(exported.derive(key, side)?, seals))
            }
            SrtpProfile::AEAD_AES_256_GCM => {
                Cipher::Aes256(srtp.aead_aes_256_gcm().create_cipher(exported.derive(key, side)?, seals))
            }
            _ => return None,
        };
        Some(Self { cipher, salt })
    }

    /// The keys of media and of reports, of what this side sends.
    pub fn both(agreed: &Agreed) -> Option<[Self; 2]> {
        Some([Self::new(agreed, RTP, Side::Ours)?, Self::new(agreed, RTCP, Side::Ours)?])
    }

    /// What is only authenticated, then what is sealed, then the tag.
    pub fn seal(&mut self, place: Place, clear: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
        let mut packet = vec![0; clear.len() + secret.len() + TAG];
        let (head, body) = packet.split_at_mut(clear.len());
        head.copy_from_slice(clear);
        let nonce = AeadAes128Gcm::rtp_iv(self.salt, place.ssrc, place.upper, place.lower);
        let sealed = match &mut self.cipher {
            Cipher::Aes128(cipher) => cipher.encrypt(&nonce, head, secret, body),
            Cipher::Aes256(cipher) => cipher.encrypt(&nonce, head, secret, body),
        };
        sealed.ok().map(|()| packet)
    }

    fn open(&mut self, place: Place, clear: &[&[u8]], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut opened = vec![0; sealed.len().checked_sub(TAG)?];
        let nonce = AeadAes128Gcm::rtp_iv(self.salt, place.ssrc, place.upper, place.lower);
        let length = match &mut self.cipher {
            Cipher::Aes128(cipher) => cipher.decrypt(&nonce, clear, sealed, &mut opened),
            Cipher::Aes256(cipher) => cipher.decrypt(&nonce, clear, sealed, &mut opened),
        };
        opened.truncate(length.ok()?);
        Some(opened)
    }
}

impl Header {
    fn to_bytes(self) -> ([u8; HEADER + EXTENSIONS], usize) {
        let mut bytes = [0; HEADER + EXTENSIONS];
        bytes[0] = 2 << 6 | u8::from(self.is_padded) << 5;
        bytes[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        bytes[2..4].copy_from_slice(&(self.number as u16).to_be_bytes());
        bytes[4..8].copy_from_slice(&self.time.to_be_bytes());
        bytes[8..HEADER].copy_from_slice(&self.ssrc.to_be_bytes());
        let Extensions { number, orientation } = self.extensions;
        if number.is_none() && orientation.is_none() {
            return (bytes, HEADER);
        }
        bytes[0] |= 1 << 4;
        bytes[HEADER..HEADER + 2].copy_from_slice(&[0xbe, 0xde]);
        let mut end = HEADER + 4;
        if let Some((id, number)) = number {
            let [high, low] = number.to_be_bytes();
            bytes[end..end + 3].copy_from_slice(&[id << 4 | 1, high, low]);
            end += 3;
        }
        if let Some((id, orientation)) = orientation {
            bytes[end..end + 2].copy_from_slice(&[id << 4, orientation]);
            end += 2;
        }
        let words = (end - HEADER - 4).div_ceil(4);
        bytes[HEADER + 3] = words as u8;
        (bytes, HEADER + 4 + 4 * words)
    }
}

impl Exported {
    /// RFC 3711 §4.3.1 and §4.3.3: blocks of AES in counter mode, over the salt with the label in it.
    fn derive<const BYTES: usize>(&self, label: u8, side: Side) -> Option<[u8; BYTES]> {
        let key = match self.profile {
            SrtpProfile::AEAD_AES_128_GCM => AeadAes128Gcm::KEY_LEN,
            SrtpProfile::AEAD_AES_256_GCM => AeadAes256Gcm::KEY_LEN,
            _ => return None,
        };
        let side = usize::from(self.is_client != (side == Side::Ours));
        let master = self.material.get(side * key..(side + 1) * key)?;
        let salt = 2 * key + side * AeadAes128Gcm::SALT_LEN;
        let salt = self.material.get(salt..salt + AeadAes128Gcm::SALT_LEN)?;
        let mut counter = [0; 16];
        counter[..salt.len()].copy_from_slice(salt);
        counter[7] ^= label;
        let srtp = from_feature_flags().srtp_provider;
        let mut derived = [0; BYTES];
        for (round, bytes) in derived.chunks_mut(16).enumerate() {
            counter[14..].copy_from_slice(&(round as u16).to_be_bytes());
            // The provider pads, so it writes two blocks.
            let mut block = [0; 32];
            if key == AeadAes128Gcm::KEY_LEN {
                srtp.srtp_aes_128_ecb_round(master, &counter, &mut block);
            } else {
                srtp.srtp_aes_256_ecb_round(master, &counter, &mut block);
            }
            bytes.copy_from_slice(&block[..bytes.len()]);
        }
        Some(derived)
    }
}

/// The cryptography that `str0m` uses, and a copy of the keys that its handshakes agree on.
pub fn provider() -> CryptoProvider {
    CryptoProvider { dtls_provider: &Overhearing, ..from_feature_flags() }
}

/// What the handshake agrees on whose peer was made last on this thread.
pub fn last_made() -> Agreed {
    LAST_MADE.take().unwrap_or_default()
}

thread_local! {
    /// Peers are made by `str0m`, which knows nothing of ours: this is how the keys of one find the one who made it.
    static LAST_MADE: Cell<Option<Agreed>> = const { Cell::new(None) };
}

#[derive(Debug)]
struct Overhearing;

impl DtlsProvider for Overhearing {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let dtls = from_feature_flags().dtls_provider.new_dtls(certificate, now, version, mtu)?;
        let agreed = Agreed::default();
        LAST_MADE.set(Some(agreed.clone()));
        Ok(Box::new(Overheard { dtls, agreed }))
    }
}

struct Overheard {
    dtls: Box<dyn DtlsInstance>,
    agreed: Agreed,
}

impl fmt::Debug for Overheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overheard")
    }
}

impl DtlsInstance for Overheard {
    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let is_client = self.dtls.is_active();
        let output = self.dtls.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            // A handshake agrees once.
            let exported = Exported { profile: *profile, material: material.to_vec(), is_client };
            let _ = self.agreed.0.set(exported);
        }
        output
    }

    fn set_active(&mut self, active: bool) {
        self.dtls.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.dtls.handle_packet(packet)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.dtls.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.dtls.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.dtls.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.dtls.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.dtls.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.dtls.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.dtls.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(is_client: bool) -> Exported {
        // RFC 3711 §B.3's master key and (of its fourteen bytes of salt the first twelve) salt, as the client's.
        let mut material = data_encoding::HEXUPPER.decode(b"E1F97A0D3E018BE0D64FA32C06DE4139").unwrap();
        material.extend([0xaa; 16]);
        material.extend(data_encoding::HEXUPPER.decode(b"0EC675AD498AFEEBB6960B3A").unwrap());
        material.extend([0xbb; 12]);
        Exported { profile: SrtpProfile::AEAD_AES_128_GCM, material, is_client }
    }

    #[test]
    fn each_side_and_each_purpose_has_keys_of_its_own() {
        let client: [u8; 16] = exported(true).derive(RTP[0], Side::Ours).unwrap();
        let server: [u8; 16] = exported(false).derive(RTP[0], Side::Ours).unwrap();
        let salt: Salt = exported(true).derive(RTP[1], Side::Ours).unwrap();
        assert_ne!(client, server);
        assert_eq!(exported(true).derive(RTP[0], Side::Theirs), Some(server));
        assert_ne!(client[..12], salt);
        // A key of two blocks begins with the key of one.
        let long: [u8; 32] = exported(true).derive(RTP[0], Side::Ours).unwrap();
        assert_eq!(long[..16], client);
        assert_ne!(long[16..], client);
    }

    #[test]
    fn before_the_handshake_and_for_other_ciphers_there_is_no_sealer() {
        let agreed = Agreed::default();
        assert!(Sealer::new(&agreed).is_none());
        let other = Exported { profile: SrtpProfile::AES128_CM_SHA1_80, ..exported(true) };
        assert!(agreed.0.set(other).is_ok());
        assert!(Sealer::new(&agreed).is_none());
    }

    #[test]
    fn a_packet_has_a_header_and_is_opened_by_its_numbers_alone() {
        let agreed = Agreed::default();
        assert!(agreed.0.set(exported(true)).is_ok());
        let header = Header {
            marker: true,
            is_padded: false,
            payload_type: 111,
            number: 0x1_0203,
            time: 7,
            ssrc: 9,
            extensions: Extensions::default(),
        };
        let mut sealer = Sealer::new(&agreed).unwrap();
        let once = sealer.spend(header).unwrap();
        let packet = sealer.seal(once, b"hello").unwrap();
        assert_eq!(packet[..HEADER], [0x80, 0x80 | 111, 2, 3, 0, 0, 0, 7, 0, 0, 0, 9]);
        let key = exported(true).derive(RTP[0], Side::Ours).unwrap();
        let salt = exported(true).derive(RTP[1], Side::Ours).unwrap();
        let open = |roll_over, lower| {
            let nonce = AeadAes128Gcm::rtp_iv(salt, 9, roll_over, lower);
            let mut opened = [0; 5];
            let srtp = from_feature_flags().srtp_provider;
            let mut cipher = srtp.aead_aes_128_gcm().create_cipher(key, false);
            let (head, body) = packet.split_at(HEADER);
            cipher.decrypt(&nonce, &[head], body, &mut opened).is_ok().then_some(opened)
        };
        assert_eq!(open(1, 0x0203), Some(*b"hello"));
        assert_eq!(open(0, 0x0203), None, "the upper bits count too");
        let other = Agreed::default();
        assert!(other.0.set(exported(false)).is_ok());
        let (mut theirs, head) = (Opener::new(&other).unwrap(), Head::of(&packet).unwrap());
        assert!(theirs.is_theirs(&packet, head, 0x1_0203));
        assert!(!theirs.is_theirs(&packet, head, 0x0203));
        assert!(!Opener::new(&agreed).unwrap().is_theirs(&packet, head, 0x1_0203), "nobody's own");
        for cut in HEADER..packet.len() {
            assert!(!theirs.is_theirs(&packet[..cut], head, 0x1_0203));
        }
    }

    #[test]
    fn sealer_number_spent_once_is_refused_ever_after() {
        let agreed = Agreed::default();
        assert!(agreed.0.set(exported(true)).is_ok());
        let mut sealer = Sealer::new(&agreed).unwrap();
        let header = |ssrc, number| Header { ssrc, number, time: number as u32, ..Header::default() };
        let mut spend = |ssrc, number| sealer.spend(header(ssrc, number)).is_some();
        assert!(spend(1, 70_000) && !spend(1, 70_000), "the same");
        assert!(spend(2, 70_000), "another stream's");
        assert!(spend(1, 70_000 - 65_536 + 64_000), "late");
        assert!(spend(1, 70_000 + 65_536), "the same lower bits, another roll-over counter");
        assert!(!spend(1, 70_001), "too old to know");
        assert!(!spend(1, NUMBERS) && !spend(1, NUMBERS + 70_000), "the counter would begin anew");
        assert!(spend(1, NUMBERS - 1) && !spend(1, NUMBERS - 1));
    }

    #[test]
    fn what_is_said_beside_is_read_as_it_was_written() {
        use crate::head::extensions;
        let said = |number, orientation| {
            let (bytes, length) =
                Header { ssrc: 9, extensions: Extensions { number, orientation }, ..Header::default() }
                    .to_bytes();
            let head = Head::of(&bytes[..length]).unwrap();
            assert_eq!((head.ssrc, head.length), (9, length));
            extensions(&bytes[..length]).map(|(id, value)| (id, value.to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(said(Some((3, 0x0102)), None), [(3, vec![1, 2])]);
        assert_eq!(said(None, Some((13, 2))), [(13, vec![2])]);
        assert_eq!(said(Some((14, 0xffff)), Some((1, 3))), [(14, vec![255, 255]), (1, vec![3])]);
        assert!(said(None, None).is_empty());
    }

    #[test]
    fn reports_are_opened_as_they_were_and_each_has_a_nonce_of_its_own() {
        let side = |is_client| {
            let agreed = Agreed::default();
            assert!(agreed.0.set(exported(is_client)).is_ok());
            (Reports::new(&agreed).unwrap(), ReportOpener::new(&agreed).unwrap())
        };
        let ((mut ours, mut own), (_, mut theirs)) = (side(true), side(false));
        let report: Vec<u8> = [0x81, 201, 0, 7].into_iter().chain(4..32).collect();
        let sealed = [ours.seal(&report).unwrap(), ours.seal(&report).unwrap()];
        assert_ne!(sealed[0][8..], sealed[1][8..]);
        assert!(sealed.iter().all(|packet| theirs.open(packet).as_deref() == Some(&report[..])));
        assert_eq!(own.open(&sealed[0]), None, "nobody's own");
        for at in 0..sealed[0].len() {
            let mut changed = sealed[0].clone();
            changed[at] ^= 1;
            assert_eq!(theirs.open(&changed), None, "byte {at}");
            assert_eq!(theirs.open(&sealed[0][..at]), None);
        }
        assert_eq!(ours.seal(&report[..7]), None);
        ours.index = IS_SEALED - 1;
        assert_eq!(ours.seal(&report), None, "no index is used again");
    }
}
