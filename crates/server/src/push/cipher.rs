//! Message encryption for Web Push: RFC 8291 over RFC 8188 ("aes128gcm"), one record.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

/// RFC 8188 §2.1: salt, record size, length of the key id, key id.
const RECORD_BYTES: u32 = 4_096;

/// A browser's key is no point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the subscription's key is not one")]
pub struct BadKey;

impl From<Unspecified> for BadKey {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// Encrypts for one browser: `public` and `auth` are its subscription's, `key` and `salt` new each time.
pub fn encrypt(
    public: &[u8; 65],
    auth: &[u8; 16],
    key: &PrivateKey,
    salt: &[u8; 16],
    message: &[u8],
) -> Result<Vec<u8>, BadKey> {
    let own = key.compute_public_key()?;
    // RFC 8291 §3.4
    let input: [u8; 32] = agree(key, UnparsedPublicKey::new(&ECDH_P256, public), BadKey, |secret| {
        let info = [&b"WebPush: info\0"[..], public, own.as_ref()];
        Ok(expand(auth, secret, &info)?)
    })?;
    // RFC 8188 §2.2, §2.3
    let content_key: [u8; 16] = expand(salt, &input, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; NONCE_LEN] = expand(salt, &input, &[b"Content-Encoding: nonce\0"])?;
    // §2: the only record is the last one, which a 2 ends.
    let mut record = [message, &[2]].concat();
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key)?);
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    Ok([&salt[..], &RECORD_BYTES.to_be_bytes(), &[65], own.as_ref(), &record].concat())
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    struct Bytes(usize);
    impl KeyType for Bytes {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Bytes(N))?.fill(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().try_into().unwrap()
    }

    /// RFC 8291 §5 and appendix A.
    #[test]
    fn the_rfc_s_example() {
        let key = bytes::<32>("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let key = PrivateKey::from_private_key(&ECDH_P256, &key).unwrap();
        let public =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let sent = encrypt(
            &public,
            &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
            &key,
            &bytes("DGv6ra1nlYgDCS1FRnbzlw"),
            b"When I grow up, I want to be a watermelon",
        );
        assert_eq!(
            BASE64URL_NOPAD.encode(&sent.unwrap()),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_key_that_is_no_point_is_refused() {
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        for bad in [[0; 65], [4; 65]] {
            assert_eq!(encrypt(&bad, &[1; 16], &key, &[2; 16], b""), Err(BadKey));
        }
    }
}
