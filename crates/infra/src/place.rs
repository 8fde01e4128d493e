//! Paths as text, so that a file of any name can be remembered in a `TEXT` column and found again.
//!
//! A name in UTF-8 stands for itself. Any other byte (a Latin-1 name from an old disk) becomes one character of a
//! private-use block, as do the bytes of a name that uses this block itself. So every path has exactly one text,
//! and the text leads back to the same bytes.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// The byte `b` becomes this character plus `b`; only bytes from 0x80 on ever need it.
const ESCAPE: u32 = 0x10_FE00;
const ESCAPED: std::ops::RangeInclusive<char> = '\u{10FE80}'..='\u{10FEFF}';
/// The first byte of every character of the block in UTF-8.
const LEAD: u8 = 0xF4;

/// The text of `path`.
pub fn text(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    if !bytes.contains(&LEAD)
        && let Some(plain) = path.to_str()
    {
        return plain.to_owned();
    }
    let mut out = String::with_capacity(bytes.len() * 2);
    let escape = |byte: u8| char::from_u32(ESCAPE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if ESCAPED.contains(&c) {
                out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(escape));
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().copied().map(escape));
    }
    out
}

/// The path that `text` stands for.
pub fn path(text: &str) -> PathBuf {
    if !text.contains(|c| ESCAPED.contains(&c)) {
        return PathBuf::from(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c).wrapping_sub(ESCAPE)) {
            Ok(byte) if ESCAPED.contains(&c) => bytes.push(byte),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use proptest::prelude::*;

    use super::*;

    fn of(bytes: &[u8]) -> &Path {
        Path::new(OsStr::from_bytes(bytes))
    }

    #[test]
    fn a_name_in_utf8_stands_for_itself() {
        for name in ["/music/Sigur Rós/01 \u{202e}gpj.mp3", "a\nb", "", "/\u{10FFFD}\u{10FE7F}"] {
            assert_eq!(text(Path::new(name)), name);
            assert_eq!(path(name), Path::new(name));
        }
    }

    #[test]
    fn other_names_are_told_apart() {
        let latin1 = of(b"/music/Bj\xf6rk.mp3");
        assert_eq!(text(latin1), "/music/Bj\u{10FEF6}rk.mp3");
        // A name that looks like the text of another one.
        let looks_alike = Path::new("/music/Bj\u{10FEF6}rk.mp3");
        assert_ne!(text(looks_alike), text(latin1));
        assert_eq!(path(&text(looks_alike)), looks_alike);
    }

    proptest! {
        #[test]
        fn every_path_comes_back(
            parts in prop::collection::vec(prop_oneof![
                prop::collection::vec(1..=u8::MAX, 0..6),
                "[\u{10FE70}-\u{10FF10}é/ ]{0,4}".prop_map(String::into_bytes),
            ], 0..6),
        ) {
            let bytes = parts.concat();
            let text = text(of(&bytes));
            prop_assert_eq!(path(&text), of(&bytes));
        }
    }
}
