//! Typed data (EIP-712): a domain, and structures of fixed-size fields.

use super::{Address, keccak256};

/// Where a signature counts. One made for another name, version, chain or contract is worth nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The protocol.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The chain; 0 for what belongs to none.
    pub chain_id: u64,
    /// The contract, or what stands for one.
    pub verifying_contract: Address,
}

/// The encoding of a structure, field by field in the order of its type.
#[derive(Debug)]
pub struct Struct(Vec<u8>);

impl Domain {
    /// The hash of the domain.
    pub fn separator(&self) -> [u8; 32] {
        Struct::of("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
            .bytes32(&keccak256(self.name.as_bytes()))
            .bytes32(&keccak256(self.version.as_bytes()))
            .uint(self.chain_id.into())
            .address(self.verifying_contract)
            .hash()
    }

    /// What is signed for a structure in this domain.
    pub fn digest(&self, structure: Struct) -> [u8; 32] {
        let mut bytes = [0; 66];
        bytes[..2].copy_from_slice(&[0x19, 0x01]);
        bytes[2..34].copy_from_slice(&self.separator());
        bytes[34..].copy_from_slice(&structure.hash());
        keccak256(&bytes)
    }
}

impl Struct {
    /// A structure of the type written out like this, as the standard has it.
    pub fn of(encoded_type: &str) -> Self {
        Self(keccak256(encoded_type.as_bytes()).to_vec())
    }

    /// A `bytes32`, or the hash of a `string` or `bytes`.
    #[must_use]
    pub fn bytes32(mut self, bytes: &[u8; 32]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// An unsigned integer of up to 128 bits, whatever width its type has.
    #[must_use]
    pub fn uint(mut self, n: u128) -> Self {
        self.0.extend([0; 16]);
        self.0.extend(n.to_be_bytes());
        self
    }

    /// An address.
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.0.extend([0; 12]);
        self.0.extend(address.0);
        self
    }

    /// The hash of the structure.
    pub fn hash(self) -> [u8; 32] {
        keccak256(&self.0)
    }
}
