//! The canonical form of an entry: deterministic CBOR (RFC 8949, 4.2), described in `docs/LEDGER-FORMAT.md`.
//!
//! Entries are only ever written in it, never read from it: whoever verifies one encodes its fields again and compares
//! hashes.

use super::{Entry, Hash, leaf_hash};

/// The version of the form, its first element.
const VERSION: u64 = 1;

/// The bytes that stand for an entry: `[1, key, at, kind, [[account, asset, amount], …]]`, with `at` in microseconds
/// since 1970.
pub fn entry_bytes(entry: &Entry) -> Vec<u8> {
    let mut out = Cbor::default();
    out.array(5);
    out.unsigned(VERSION);
    out.text(entry.key());
    out.integer(entry.at().micros());
    out.text(entry.kind().name());
    out.array(entry.lines().len());
    for line in entry.lines() {
        out.array(3);
        out.text(&line.account.to_string());
        out.text(line.asset.code());
        out.integer(line.amount);
    }
    out.0
}

/// The hash of an entry as a leaf of its batch's tree.
pub fn entry_hash(entry: &Entry) -> Hash {
    leaf_hash(&entry_bytes(entry))
}

/// A writer of the few CBOR items that are needed, each in its shortest form.
#[derive(Default)]
pub(super) struct Cbor(pub(super) Vec<u8>);

impl Cbor {
    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        match argument {
            0..24 => self.0.push(major | bytes[7]),
            24..0x100 => self.0.extend([major | 0x18, bytes[7]]),
            0x100..0x1_0000 => {
                self.0.push(major | 0x19);
                self.0.extend(&bytes[6..]);
            }
            0x1_0000..0x1_0000_0000 => {
                self.0.push(major | 0x1a);
                self.0.extend(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 0x1b);
                self.0.extend(bytes);
            }
        }
    }

    pub(super) fn unsigned(&mut self, n: u64) {
        self.head(0, n);
    }

    fn integer(&mut self, n: i64) {
        // A negative n is written as −1 − n, which is its complement.
        match u64::try_from(n) {
            Ok(n) => self.head(0, n),
            Err(_) => self.head(1, (!n).unsigned_abs()),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, length(bytes.len()));
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.head(3, length(text.len()));
        self.0.extend(text.as_bytes());
    }

    pub(super) fn array(&mut self, items: usize) {
        self.head(4, length(items));
    }
}

/// A length in memory is never larger than 64 bits.
fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 8949, appendix A.
    #[test]
    fn items_are_written_as_the_standard_shows() {
        let unsigned: [(u64, &[u8]); 10] = [
            (0, &[0x00]),
            (10, &[0x0a]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (100, &[0x18, 0x64]),
            (1_000, &[0x19, 0x03, 0xe8]),
            (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00]),
            (u64::MAX, &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (65_536, &[0x1a, 0x00, 0x01, 0x00, 0x00]),
        ];
        for (n, bytes) in unsigned {
            let mut out = Cbor::default();
            out.unsigned(n);
            assert_eq!(out.0, bytes, "{n}");
        }
        let signed: [(i64, &[u8]); 5] = [
            (-1, &[0x20]),
            (-10, &[0x29]),
            (-100, &[0x38, 0x63]),
            (-1_000, &[0x39, 0x03, 0xe7]),
            (i64::MIN, &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (n, bytes) in signed {
            let mut out = Cbor::default();
            out.integer(n);
            assert_eq!(out.0, bytes, "{n}");
        }
        let mut out = Cbor::default();
        out.array(2);
        out.text("IETF");
        out.bytes(&[1, 2, 3, 4]);
        assert_eq!(out.0, [0x82, 0x64, 0x49, 0x45, 0x54, 0x46, 0x44, 1, 2, 3, 4]);
    }
}
