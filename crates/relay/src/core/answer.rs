//! The answer to an offer, and the `str0m` peer that gives it.

use std::sync::Arc;
use std::time::Instant;

use casemate_rtp::srtp::{self, Agreed};
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::PayloadParams;
use str0m::media::Pt;
use str0m::net::Protocol;
use str0m::{Candidate, IceCreds, Rtc};

use super::codec::{CODECS, Codec};
use super::sdp::Offer;
use super::{Listening, Refused};

/// A peer of an offer: with its keys, its answer, and its own half of the STUN user name.
pub fn negotiate(
    core: u8,
    offer: &Offer,
    listening: &[Listening],
    certificate: &DtlsCert,
    now: Instant,
) -> Result<(Rtc, Agreed, String, String), Refused> {
    let parsed =
        SdpOffer::from_sdp_string(&offer.text).map_err(|_| Refused::Offer("the offer is not well-formed"))?;
    let mut creds = IceCreds::new();
    // Any thread of the relay sees whose it is.
    creds.ufrag.insert_str(0, &format!("{core:02x}"));
    let user = creds.ufrag.clone();
    let mut config = Rtc::builder()
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_crypto_provider(Arc::new(srtp::provider()))
        .set_local_ice_credentials(creds)
        .set_dtls_cert(certificate.clone())
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true);
    config.codec_config().add_config(
        98.into(),
        Some(99.into()),
        str0m::format::Codec::Vp9,
        str0m::media::Frequency::NINETY_KHZ,
        None,
        str0m::format::FormatParams { profile_id: Some(0), ..Default::default() },
    );
    let mut rtc = config.build(now);
    let agreed = srtp::last_made();
    for place in listening {
        rtc.add_local_candidate(place.candidate()?);
    }
    let answer = rtc.sdp_api().accept_offer(parsed).map_err(|error| {
        tracing::debug!(%error, "an offer was refused");
        Refused::Offer("the offer cannot be used")
    })?;
    Ok((rtc, agreed, offer.answered(&answer.to_sdp_string()), user))
}

impl Listening {
    fn candidate(&self) -> Result<Candidate, Refused> {
        let made = match self.protocol {
            Protocol::Tcp => {
                Candidate::builder().tcp().host(self.address).tcptype(str0m::net::TcpType::Passive).build()
            }
            _ => Candidate::host(self.address, "udp"),
        };
        made.map_err(|_| Refused::Address)
    }
}

/// What the other side numbers its codecs, by [`Codec`]: what is sent, and what is sent again.
pub type PayloadTypes = [Option<(Pt, Option<Pt>)>; CODECS];

/// As they were agreed on.
pub fn payload_types(params: &[PayloadParams]) -> PayloadTypes {
    let mut types = [None; CODECS];
    for param in params {
        if let Some(codec) = Codec::of(param.spec().codec) {
            types[codec as usize].get_or_insert((param.pt(), param.resend()));
        }
    }
    types
}
