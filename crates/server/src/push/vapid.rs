//! Who this server is to a push service: RFC 8292 ("VAPID"), a token signed with ES256 (RFC 7515, 7518).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::EcdsaKeyPair;
use data_encoding::BASE64URL_NOPAD;

/// How long a token counts. RFC 8292 §2: at most 24 hours.
const GOOD_S: i64 = 12 * 60 * 60;

/// The `Authorization` header for a push to `origin` (`https://host`). `contact` is where the push service's operator
/// reaches ours; `None` where the key cannot sign, which does not happen to a key that was read.
pub fn authorization(
    key: &EcdsaKeyPair,
    public: &[u8],
    origin: &str,
    contact: &str,
    now_ms: i64,
) -> Option<String> {
    let claims = serde_json::json!({ "aud": origin, "exp": now_ms / 1_000 + GOOD_S, "sub": contact });
    let text = |json: &str| BASE64URL_NOPAD.encode(json.as_bytes());
    let signed = format!("{}.{}", text(r#"{"typ":"JWT","alg":"ES256"}"#), text(&claims.to_string()));
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
    let signature = BASE64URL_NOPAD.encode(signature.as_ref());
    Some(format!("vapid t={signed}.{signature}, k={}", BASE64URL_NOPAD.encode(public)))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::push::Keys;

    #[test]
    fn the_token_names_its_service_ends_and_verifies() {
        let keys = Keys::generate();
        let header = authorization(
            &keys.signing(),
            &keys.vapid_public(),
            "https://push.example",
            "https://chat.example",
            1_000_000,
        )
        .unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let key = BASE64URL_NOPAD.decode(key.as_bytes()).unwrap();
        assert_eq!(key, keys.vapid_public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key).verify(signed.as_bytes(), &signature).unwrap();
        let claims = BASE64URL_NOPAD.decode(signed.split_once('.').unwrap().1.as_bytes()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["sub"], "https://chat.example");
        assert_eq!(claims["exp"], 1_000 + GOOD_S);
    }

    /// RFC 8292 §2.4: the token's header, and the key that verifies its signature.
    #[test]
    fn the_rfc_s_example_verifies() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";
        let key = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key));
        key.verify(signed.as_bytes(), &decode(signature)).unwrap();
        assert!(signed.starts_with(&BASE64URL_NOPAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#)));
    }
}
