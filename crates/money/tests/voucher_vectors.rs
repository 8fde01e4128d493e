//! The vectors of `docs/vectors/voucher.json`, which were made with viem.

use kernel::Asset;
use money::{
    eth::{Address, Domain, LoginMessage, PrivateKey, Signature, personal_digest},
    hex,
    voucher::{BeatVoucher, SessionGrant, context_hash, grant_id, ledger_domain, payee},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    instance_public_key: String,
    domains: Vec<WireDomain>,
    vouchers: Vec<Voucher>,
    grant: Grant,
    texts: Vec<Personal>,
    login: Login,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct WireDomain {
    name: String,
    version: String,
    chain_id: u64,
    verifying_contract: String,
    separator: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Voucher {
    session_id: String,
    track_id: String,
    split_version_id: String,
    asset: String,
    price_per_beat: String,
    private_key: String,
    session_key: String,
    domain: WireDomain,
    grant_id: String,
    payee: String,
    cumulative_amount: String,
    beats: String,
    context_hash: String,
    digest: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    private_key: String,
    domain: WireDomain,
    listener: String,
    session_key: String,
    hub: String,
    spend_cap: String,
    valid_until: String,
    salt: String,
    digest: String,
    signature: String,
}

#[derive(Deserialize)]
struct Personal {
    text: String,
    digest: String,
    signature: String,
    signer: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    origin: String,
    chain_id: u64,
    nonce: String,
    now: String,
    messages: Vec<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    message: String,
    signature: String,
    address: String,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vectors/voucher.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes32(text: &str) -> [u8; 32] {
    hex::decode(text.strip_prefix("0x").unwrap()).unwrap().try_into().unwrap()
}

impl WireDomain {
    fn domain(self) -> Domain {
        let contract = self.verifying_contract.parse().unwrap();
        Domain::new(self.name.leak(), self.version.leak(), self.chain_id, contract)
    }
}

impl Voucher {
    fn voucher(&self) -> BeatVoucher {
        BeatVoucher {
            grant_id: bytes32(&self.grant_id),
            payee: self.payee.parse().unwrap(),
            cumulative_amount: self.cumulative_amount.parse().unwrap(),
            beats: self.beats.parse().unwrap(),
            context_hash: bytes32(&self.context_hash),
        }
    }
}

#[test]
fn domains_hash_as_in_viem() {
    let vectors = vectors();
    for wire in &vectors.domains {
        let separator = bytes32(wire.separator.as_ref().unwrap());
        assert_eq!(*wire.clone().domain().separator(), separator);
    }
    let instance = hex::decode(&vectors.instance_public_key[2..]).unwrap();
    assert_eq!(ledger_domain(&instance), vectors.domains[0].clone().domain());
}

#[test]
fn vouchers_are_made_hashed_signed_and_verified_as_in_viem() {
    for vector in vectors().vouchers {
        let (voucher, domain) = (vector.voucher(), vector.domain.clone().domain());
        let session = vector.session_id.parse().unwrap();
        let session_key: Address = vector.session_key.parse().unwrap();
        let asset: Asset = vector.asset.parse().unwrap();
        let price = vector.price_per_beat.parse().unwrap();
        assert_eq!(grant_id(session, session_key), voucher.grant_id);
        assert_eq!(payee(vector.split_version_id.parse().unwrap()), voucher.payee);
        assert_eq!(
            context_hash(session, vector.track_id.parse().unwrap(), asset, price),
            voucher.context_hash
        );
        assert_eq!(voucher.digest(&domain), bytes32(&vector.digest));
        let key = PrivateKey::new(bytes32(&vector.private_key)).unwrap();
        assert_eq!(key.address(), session_key);
        let signature: Signature = vector.signature.parse().unwrap();
        assert_eq!(key.sign(&voucher.digest(&domain)), signature);
        assert_eq!(voucher.signer(&domain, &signature), Ok(session_key));
    }
}

#[test]
fn a_voucher_with_any_field_changed_is_not_signed() {
    for vector in vectors().vouchers {
        let (voucher, domain) = (vector.voucher(), vector.domain.clone().domain());
        let signature: Signature = vector.signature.parse().unwrap();
        let signer = Ok(vector.session_key.parse().unwrap());
        let flipped = |mut bytes: [u8; 32]| {
            bytes[31] ^= 1;
            bytes
        };
        let other_payee = {
            let mut payee = voucher.payee;
            payee.0[0] ^= 1;
            payee
        };
        let changed = [
            BeatVoucher { grant_id: flipped(voucher.grant_id), ..voucher },
            BeatVoucher { payee: other_payee, ..voucher },
            BeatVoucher { cumulative_amount: voucher.cumulative_amount + 1, ..voucher },
            BeatVoucher { beats: voucher.beats ^ 1, ..voucher },
            BeatVoucher { context_hash: flipped(voucher.context_hash), ..voucher },
        ];
        for other in changed {
            assert_ne!(other.signer(&domain, &signature), signer, "{other:?}");
        }
        let (name, version) = (domain.name(), domain.version());
        let (chain, contract) = (domain.chain_id(), domain.verifying_contract());
        let mut other_contract = contract;
        other_contract.0[19] ^= 1;
        let domains = [
            Domain::new("Resonance", version, chain, contract),
            Domain::new(name, "2", chain, contract),
            Domain::new(name, version, chain + 1, contract),
            Domain::new(name, version, chain, other_contract),
        ];
        for other in domains {
            assert_ne!(voucher.signer(&other, &signature), signer, "{other:?}");
        }
    }
}

#[test]
fn a_voucher_for_beats_is_no_claim_on_a_vault() {
    let vectors = vectors();
    let vault = vectors.domains[1].clone().domain();
    for vector in vectors.vouchers.iter().filter(|vector| vector.asset == "BEAT") {
        let signature: Signature = vector.signature.parse().unwrap();
        assert_ne!(vector.voucher().signer(&vault, &signature), Ok(vector.session_key.parse().unwrap()));
    }
}

#[test]
fn grants_hash_as_in_viem() {
    let vector = vectors().grant;
    let grant = SessionGrant {
        listener: vector.listener.parse().unwrap(),
        session_key: vector.session_key.parse().unwrap(),
        hub: vector.hub.parse().unwrap(),
        spend_cap: vector.spend_cap.parse().unwrap(),
        valid_until: vector.valid_until.parse().unwrap(),
        salt: bytes32(&vector.salt),
    };
    let digest = grant.digest(&vector.domain.domain());
    assert_eq!(digest, bytes32(&vector.digest));
    let signature = PrivateKey::new(bytes32(&vector.private_key)).unwrap().sign(&digest);
    assert_eq!(signature, vector.signature.parse().unwrap());
    assert_eq!(signature.signer(&digest), Ok(grant.listener));
}

#[test]
fn texts_hash_as_in_viem() {
    for vector in vectors().texts {
        let digest = personal_digest(&vector.text);
        assert_eq!(digest, bytes32(&vector.digest), "{}", vector.text);
        let signature: Signature = vector.signature.parse().unwrap();
        assert_eq!(signature.signer(&digest).unwrap().to_string(), vector.signer);
    }
}

#[test]
fn wallets_log_in_with_the_messages_of_viem() {
    let login = vectors().login;
    let now = login.now.parse().unwrap();
    for vector in login.messages {
        let message = LoginMessage::read(&vector.message).unwrap();
        assert_eq!(message.check(&login.origin, now, &vector.signature.parse().unwrap()), Ok(()));
        assert_eq!(message.wallet().to_string(), vector.address, "{}", vector.message);
        assert_eq!(message.nonce(), login.nonce, "{}", vector.message);
        let chain = (!vector.message.starts_with("BeatStream")).then_some(login.chain_id);
        assert_eq!(message.chain_id(), chain, "{}", vector.message);
    }
}
