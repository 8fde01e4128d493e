//! Merkle trees and inclusion proofs of RFC 6962, section 2.1, over SHA-256.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// That one leaf is part of a tree: the hashes beside its path to the root, lowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The leaf's place, counted from 0.
    pub index: usize,
    /// How many leaves the tree has.
    pub size: usize,
    /// The hashes.
    pub path: Vec<Hash>,
}

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over hashes of leaves, in their order. The root of no leaves is the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

impl Proof {
    /// The proof for the leaf at `index`, or nothing if there is none.
    pub fn of(leaves: &[Hash], index: usize) -> Option<Self> {
        if index >= leaves.len() {
            return None;
        }
        let (mut rest, mut at, mut path) = (leaves, index, Vec::new());
        while rest.len() > 1 {
            let (left, right) = rest.split_at(left_size(rest.len()));
            if let Some(in_right) = at.checked_sub(left.len()) {
                path.push(root(left));
                (rest, at) = (right, in_right);
            } else {
                path.push(root(right));
                rest = left;
            }
        }
        path.reverse();
        Some(Self { index, size: leaves.len(), path })
    }

    /// Whether it proves that `leaf` is in the tree with this root (RFC 9162, 2.1.3.2).
    pub fn holds(&self, leaf: &Hash, root: &Hash) -> bool {
        let Some(last) = self.size.checked_sub(1) else { return false };
        if self.index > last {
            return false;
        }
        let (mut at, mut last, mut hash) = (self.index, last, *leaf);
        for beside in &self.path {
            if last == 0 {
                return false;
            }
            if at & 1 == 1 || at == last {
                hash = node_hash(beside, &hash);
                // A node without a right neighbour rises until it is one.
                while at & 1 == 0 && at != 0 {
                    (at, last) = (at >> 1, last >> 1);
                }
            } else {
                hash = node_hash(&hash, beside);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        last == 0 && hash == *root
    }
}

/// How many leaves the left part has: the largest power of two below `size`, which is at least 2.
fn left_size(size: usize) -> usize {
    size.div_ceil(2).checked_next_power_of_two().unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The test vectors that implementations of Certificate Transparency share.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(n: usize) -> Vec<Hash> {
        LEAVES[..n].iter().map(|hex| leaf_hash(&crate::hex::decode(hex).unwrap())).collect()
    }

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        for (n, expected) in ROOTS.iter().enumerate() {
            assert_eq!(crate::hex::encode(&root(&leaves(n))), *expected, "{n} leaves");
        }
    }

    proptest! {
        #[test]
        fn a_proof_holds_for_its_leaf_alone(size in 1_usize..70, index: prop::sample::Index, flip in 0_usize..256) {
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let (index, root) = (index.index(size), root(&leaves));
            let proof = Proof::of(&leaves, index).unwrap();
            prop_assert!(proof.holds(&leaves[index], &root));
            let mut other = leaves[index];
            other[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(!proof.holds(&other, &root));
            for moved in [index.wrapping_sub(1), index + 1] {
                let proof = Proof { index: moved, ..proof.clone() };
                prop_assert!(!proof.holds(&leaves[index], &root));
            }
            let mut longer = proof.clone();
            longer.path.push(root);
            prop_assert!(!longer.holds(&leaves[index], &root));
            if !proof.path.is_empty() {
                let shorter = Proof { path: proof.path[1..].to_vec(), ..proof };
                prop_assert!(!shorter.holds(&leaves[index], &root));
            }
            prop_assert_eq!(Proof::of(&leaves, size), None);
        }
    }
}
