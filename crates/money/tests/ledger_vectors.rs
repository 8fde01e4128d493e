//! The vectors of `docs/vectors/ledger.json`, which were computed by another implementation.

use kernel::{ArtistId, Time};
use money::{
    hex,
    ledger::{Batch, Entry, Hash, Head, Line, Proof, entry_bytes, entry_hash},
    split::{Distribution, Share, Splits},
};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct Vectors {
    divisions: Vec<Division>,
    batches: Vec<LinkedBatch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Division {
    shares: Vec<u16>,
    fee_bp: u16,
    charged: String,
    fee: String,
    running: Vec<String>,
    rest: String,
    settled: Vec<String>,
}

#[derive(Deserialize)]
struct LinkedBatch {
    seq: u64,
    prev: String,
    root: String,
    size: u64,
    hash: String,
    entries: Vec<StoredEntry>,
}

#[derive(Deserialize)]
struct StoredEntry {
    key: String,
    at: String,
    kind: String,
    lines: Vec<StoredLine>,
    cbor: String,
    hash: String,
    path: Vec<String>,
}

#[derive(Deserialize)]
struct StoredLine {
    account: String,
    asset: String,
    amount: String,
}

impl StoredEntry {
    fn entry(&self) -> Entry {
        let lines = self.lines.iter().map(|line| Line {
            account: line.account.parse().unwrap(),
            asset: line.asset.parse().unwrap(),
            amount: line.amount.parse().unwrap(),
        });
        let at = Time::from_micros(self.at.parse().unwrap());
        Entry::recorded(self.key.clone(), at, self.kind.parse().unwrap(), lines.collect()).unwrap()
    }
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vectors/ledger.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hash(digits: &str) -> Hash {
    hex::decode(digits).unwrap().try_into().unwrap()
}

#[test]
fn sums_are_divided_as_the_vectors_say() {
    for vector in vectors().divisions {
        let shares = (0..).zip(&vector.shares);
        let shares = shares.map(|(n, &bp)| Share { artist: ArtistId(Uuid::from_u128(n)), bp }).collect();
        let rule = Distribution::new(Splits::new(shares).unwrap(), vector.fee_bp).unwrap();
        let charged = vector.charged.parse().unwrap();
        let (running, settled) = (rule.running(charged).unwrap(), rule.settled(charged).unwrap());
        let texts = |amounts: &[i64]| amounts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((running.fee.to_string(), running.rest.to_string()), (vector.fee, vector.rest));
        assert_eq!(texts(&running.shares), vector.running, "{} running", vector.charged);
        assert_eq!(texts(&settled.shares), vector.settled, "{} settled", vector.charged);
    }
}

#[test]
fn entries_are_written_and_chained_as_the_vectors_say() {
    let mut head = Head::default();
    for vector in vectors().batches {
        let entries: Vec<Entry> = vector.entries.iter().map(StoredEntry::entry).collect();
        let batch =
            Batch { seq: vector.seq, prev: hash(&vector.prev), root: hash(&vector.root), size: vector.size };
        for (index, (stored, entry)) in vector.entries.iter().zip(&entries).enumerate() {
            assert_eq!(hex::encode(&entry_bytes(entry)), stored.cbor, "{}", stored.key);
            assert_eq!(hex::encode(&entry_hash(entry)), stored.hash, "{}", stored.key);
            let path = stored.path.iter().map(|digits| hash(digits)).collect();
            let proof = Proof { index, size: entries.len(), path };
            assert!(batch.includes(entry, &proof), "{}", stored.key);
            let leaves: Vec<Hash> = entries.iter().map(entry_hash).collect();
            assert_eq!(Proof::of(&leaves, index), Some(proof), "{}", stored.key);
        }
        assert!(head.follow(&batch, &entries), "batch {}", vector.seq);
        assert_eq!(hex::encode(&head.hash), vector.hash);
    }
}
