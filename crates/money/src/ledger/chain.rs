//! The chain of batches: each names the one before it, so that the newest hash stands for everything ever posted.

use sha2::{Digest, Sha256};

use super::{Entry, Hash, Proof, canonical::Cbor, entry_hash, root};

/// Entries that were posted together, as a link of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Its number, from 1, without a gap.
    pub seq: u64,
    /// The hash of the batch before it; zeros for the first.
    pub prev: Hash,
    /// The root of the tree over its entries.
    pub root: Hash,
    /// How many entries it has: at least one.
    pub size: u64,
}

/// The end of the chain, to which the next batch is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The number of the newest batch, 0 before the first.
    pub seq: u64,
    /// Its hash; zeros before the first.
    pub hash: Hash,
}

impl Batch {
    /// The hash that the next batch names: SHA-256 over the byte 2 and the CBOR array `[seq, prev, root, size]`. The
    /// byte tells it from the leaves (0) and nodes (1) of a tree.
    pub fn hash(&self) -> Hash {
        let mut out = Cbor::default();
        out.array(4);
        out.unsigned(self.seq);
        out.bytes(&self.prev);
        out.bytes(&self.root);
        out.unsigned(self.size);
        Sha256::new().chain_update([2]).chain_update(out.0).finalize().into()
    }

    /// Whether `proof` shows that `entry` is in this batch.
    pub fn includes(&self, entry: &Entry, proof: &Proof) -> bool {
        u64::try_from(proof.size) == Ok(self.size) && proof.holds(&entry_hash(entry), &self.root)
    }
}

impl Head {
    /// Links entries to the chain in their order and moves the head on; nothing without entries.
    pub fn link(&mut self, entries: &[Entry]) -> Option<Batch> {
        self.link_leaves(&entries.iter().map(entry_hash).collect::<Vec<Hash>>())
    }

    /// As [`Head::link`], of the entries with these hashes.
    pub fn link_leaves(&mut self, leaves: &[Hash]) -> Option<Batch> {
        let size = u64::try_from(leaves.len()).ok().filter(|&size| size > 0)?;
        let batch = Batch { seq: self.seq.checked_add(1)?, prev: self.hash, root: root(leaves), size };
        *self = Self { seq: batch.seq, hash: batch.hash() };
        Some(batch)
    }

    /// Follows `batch` with its entries as they are stored: whether it is the next link and was made of exactly these
    /// entries. The head moves only if so.
    pub fn follow(&mut self, batch: &Batch, entries: &[Entry]) -> bool {
        let mut next = *self;
        let is_next = next.link(entries) == Some(*batch);
        if is_next {
            *self = next;
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, Time, TopUpId};
    use uuid::Uuid;

    use super::*;

    fn entries(ids: std::ops::Range<u128>) -> Vec<Entry> {
        ids.map(|n| {
            let (id, to) = (TopUpId(Uuid::from_u128(n)), AccountId(Uuid::from_u128(1)));
            Entry::faucet(id, Time::from_micros(7), to, 5).unwrap()
        })
        .collect()
    }

    #[test]
    fn a_chain_is_followed_only_as_it_was_written() {
        let mut writer = Head::default();
        let (one, two) = (entries(1..4), entries(4..6));
        assert_eq!(writer.link(&[]), None);
        let (first, second) = (writer.link(&one).unwrap(), writer.link(&two).unwrap());
        assert_eq!((first.seq, second.seq, second.prev), (1, 2, first.hash()));

        let mut reader = Head::default();
        assert!(!reader.follow(&second, &two), "out of turn");
        assert!(!reader.follow(&first, &one[..2]), "one entry is missing");
        let mut swapped = one.clone();
        swapped.swap(0, 1);
        assert!(!reader.follow(&first, &swapped), "in another order");
        assert!(!reader.follow(&Batch { size: 4, ..first }, &one), "another size");
        assert!(reader.follow(&first, &one) && !reader.follow(&first, &one), "once");
        assert!(reader.follow(&second, &two));
        assert_eq!(reader, writer);
    }

    #[test]
    fn an_inclusion_proof_belongs_to_its_batch() {
        let mut head = Head::default();
        let all = entries(1..4);
        let batch = head.link(&all).unwrap();
        let leaves: Vec<Hash> = all.iter().map(entry_hash).collect();
        let proof = Proof::of(&leaves, 1).unwrap();
        assert!(batch.includes(&all[1], &proof));
        assert!(!batch.includes(&all[0], &proof));
        let first = Proof::of(&leaves, 0).unwrap();
        assert!(batch.includes(&all[0], &first));
        assert!(!batch.includes(&all[0], &Proof { size: 4, ..first }), "of a tree of another size");
        let other = head.link(&entries(1..5)).unwrap();
        assert!(!other.includes(&all[1], &proof));
    }
}
