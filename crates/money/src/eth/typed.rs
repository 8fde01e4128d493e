//! Typed data (EIP-712): a domain, and structures of fixed-size fields.

use super::{Address, keccak256};

/// Where a signature counts. One made for another name, version, chain or contract is worth nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    name: &'static str,
    version: &'static str,
    chain_id: u64,
    verifying_contract: Address,
    separator: [u8; 32],
}

/// The encoding of a structure, field by field in the order of its type.
#[derive(Debug)]
pub struct Struct(Vec<u8>);

impl Domain {
    /// The domain of a protocol and its version, on a chain (0 for what belongs to none), of a contract or what stands for
    /// one.
    pub fn new(
        name: &'static str,
        version: &'static str,
        chain_id: u64,
        verifying_contract: Address,
    ) -> Self {
        let separator =
            Struct::of("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
                .bytes32(&keccak256(name.as_bytes()))
                .bytes32(&keccak256(version.as_bytes()))
                .uint(chain_id.into())
                .address(verifying_contract)
                .hash();
        Self { name, version, chain_id, verifying_contract, separator }
    }

    /// The protocol.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its version.
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// The chain; 0 for what belongs to none.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The contract, or what stands for one.
    pub const fn verifying_contract(&self) -> Address {
        self.verifying_contract
    }

    /// The hash of the domain.
    pub const fn separator(&self) -> &[u8; 32] {
        &self.separator
    }

    /// What is signed for a structure in this domain.
    pub fn digest(&self, structure: Struct) -> [u8; 32] {
        let mut bytes = [0; 66];
        bytes[..2].copy_from_slice(&[0x19, 0x01]);
        bytes[2..34].copy_from_slice(&self.separator);
        bytes[34..].copy_from_slice(&structure.hash());
        keccak256(&bytes)
    }
}

impl Struct {
    /// A structure of the type written out like this, as the standard has it.
    pub fn of(encoded_type: &str) -> Self {
        Self::of_hash(&keccak256(encoded_type.as_bytes()))
    }

    /// The same by the hash of its type.
    pub fn of_hash(type_hash: &[u8; 32]) -> Self {
        let mut bytes = Vec::with_capacity(224);
        bytes.extend(type_hash);
        Self(bytes)
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
