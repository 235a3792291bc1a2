//! People with keys, as tests need them: what a client would send. Knows the protocol, not the server.

use bytes::Bytes;
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, VerifiedManifest, account_id, sign, sign_labelled};
use casemate_wire::proto::directory::{KnockPolicy, Manifest, ManifestDevice};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::{
    CreateAccount, CreateInbox, DeviceKeys, DeviceRequest, DeviceRequestBody, HelloAnswer, IssueTokens,
    PublishManifest, Token, TokenKind, TokensIssued,
};
use ed25519_dalek::SigningKey;
use prost::Message;
use rand_core::OsRng;
use voprf::{EvaluationElement, Group, Proof, Ristretto255, VoprfClient};

/// One device with its keys and inbox.
#[derive(Clone)]
pub struct Device {
    pub id: DeviceId,
    pub key: SigningKey,
    pub hpke: Vec<u8>,
    pub inbox: [u8; 16],
    pub inbox_secret: [u8; 32],
}

impl Device {
    pub fn new(seed: u8) -> Self {
        Self {
            id: DeviceId([seed; 16]),
            key: SigningKey::from_bytes(&[seed; 32]),
            hpke: vec![seed; casemate_wire::limits::HPKE_KEY_BYTES],
            inbox: [seed ^ 0x55; 16],
            inbox_secret: [seed; 32],
        }
    }

    pub fn row(&self, primary: bool) -> ManifestDevice {
        ManifestDevice {
            device: self.id.into(),
            signature_key: self.key.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: Hash32::of(&[&self.hpke]).into(),
            added_ms: 1,
            primary,
        }
    }

    pub fn keys(&self) -> DeviceKeys {
        DeviceKeys { device: self.id.into(), hpke_key: self.hpke.clone().into(), seal_key: None }
    }
}

/// An account with a primary device.
#[derive(Clone)]
pub struct Person {
    pub account_key: SigningKey,
    pub device: Device,
    pub manifest: VerifiedManifest,
}

impl Person {
    /// Everything about a person comes from the seed, which must differ between people.
    pub fn new(handle: &str, seed: u8) -> Self {
        let account_key = SigningKey::from_bytes(&[seed ^ 0xa0; 32]);
        let recovery = SigningKey::from_bytes(&[seed ^ 0xb0; 32]).verifying_key().to_bytes();
        let public = account_key.verifying_key().to_bytes();
        let device = Device::new(seed);
        let manifest = Manifest {
            account: account_id(&public, &recovery).into(),
            handle: handle.into(),
            version: 1,
            devices: vec![device.row(true)],
            account_key: public.to_vec().into(),
            recovery_key: recovery.to_vec().into(),
            ..Manifest::default()
        };
        let manifest = sign(&manifest, &account_key).unwrap();
        Self { account_key, device, manifest }
    }

    /// With another choice of who may knock, before the account exists.
    pub fn knockable(mut self, policy: KnockPolicy) -> Self {
        let mut document = self.manifest.document();
        document.set_knock_policy(policy);
        self.manifest = sign(&document, &self.account_key).unwrap();
        self
    }

    pub fn create_account(&self, invite: &[u8]) -> Request {
        Request::CreateAccount(CreateAccount {
            invite: invite.to_vec().into(),
            manifest: Some(self.manifest.signed.clone()),
            device_keys: vec![self.device.keys()],
            promise: None,
        })
    }

    /// Makes the next version and the request that publishes it.
    pub fn publish(&mut self, new_devices: &[&Device], change: impl FnOnce(&mut Manifest)) -> Request {
        let mut document = self.manifest.document();
        document.version += 1;
        document.previous_hash = self.manifest.hash.into();
        change(&mut document);
        self.manifest = sign(&document, &self.account_key).unwrap();
        Request::PublishManifest(PublishManifest {
            manifest: Some(self.manifest.signed.clone()),
            device_keys: new_devices.iter().map(|device| device.keys()).collect(),
            proof: None,
        })
    }

    /// A request of this person's primary device on a connection that got `hello`.
    pub fn request(&self, hello: &HelloAnswer, ask: DeviceAsk) -> Request {
        Request::DeviceRequest(self.signed(&self.device, hello, Some(ask)))
    }

    /// A request of any device; without `ask` it is the proof of belonging to the account.
    pub fn signed(&self, device: &Device, hello: &HelloAnswer, ask: Option<DeviceAsk>) -> DeviceRequest {
        let body = match ask {
            Some(request) => DeviceRequestBody { request: Some(request) }.encode_to_vec(),
            None => Vec::new(),
        };
        let parts: [&[u8]; 3] = [hello.server.as_bytes(), &hello.challenge, &body];
        let signature = sign_labelled(&device.key, DEVICE_REQUEST_LABEL, &parts);
        DeviceRequest {
            account: self.manifest.account.into(),
            device: device.id.into(),
            body: body.into(),
            signature: signature.into(),
        }
    }
}

impl Device {
    pub fn create_inbox(&self) -> DeviceAsk {
        DeviceAsk::CreateInbox(CreateInbox {
            inbox: self.inbox.to_vec().into(),
            read_hash: Hash32::of(&[&self.inbox_secret]).into(),
        })
    }
}

/// Tokens on their way: blinded, to be unblinded with the answer.
pub struct Wallet {
    kind: TokenKind,
    key_id: u32,
    public_key: Bytes,
    nonces: Vec<[u8; 32]>,
    clients: Vec<VoprfClient<Ristretto255>>,
    blinded: Vec<Bytes>,
}

impl Wallet {
    /// Asks for `count` tokens. `seed` makes their nonces differ from other wallets'.
    pub fn new(hello: &HelloAnswer, kind: TokenKind, seed: u8, count: usize) -> Self {
        let key = hello.token_keys.iter().find(|key| key.kind() == kind).unwrap();
        let (mut nonces, mut clients, mut blinded) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count {
            let mut nonce = [seed; 32];
            nonce[..8].copy_from_slice(&number.to_be_bytes());
            let blind = VoprfClient::<Ristretto255>::blind(&nonce, &mut OsRng).unwrap();
            blinded.push(Bytes::copy_from_slice(&blind.message.serialize()));
            clients.push(blind.state);
            nonces.push(nonce);
        }
        Self { kind, key_id: key.key_id, public_key: key.public_key.clone(), nonces, clients, blinded }
    }

    pub fn ask(&self) -> DeviceAsk {
        DeviceAsk::IssueTokens(IssueTokens {
            kind: self.kind.into(),
            key_id: self.key_id,
            blinded: self.blinded.clone(),
        })
    }

    /// Checks the proof and gives the tokens.
    pub fn tokens(&self, issued: &TokensIssued) -> Vec<Token> {
        let evaluated: Vec<_> = issued
            .evaluated
            .iter()
            .map(|bytes| EvaluationElement::<Ristretto255>::deserialize(bytes).unwrap())
            .collect();
        let proof = Proof::deserialize(&issued.proof).unwrap();
        let key = Ristretto255::deserialize_elem(&self.public_key).unwrap();
        VoprfClient::batch_finalize(&self.nonces, &self.clients, &evaluated, &proof, key)
            .unwrap()
            .zip(&self.nonces)
            .map(|(output, nonce)| Token {
                kind: self.kind.into(),
                key_id: self.key_id,
                nonce: nonce.to_vec().into(),
                output: output.unwrap().to_vec().into(),
            })
            .collect()
    }
}
