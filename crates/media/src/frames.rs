//! What travels between the two sides: a length as four little-endian bytes, then postcard.
//!
//! The parent sends one [`Setup`], the child answers [`Hello`]; then requests and [`Reply`]s, in order.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::api::{MediaError, Response, path_bytes};
use crate::sandbox::{Confinement, Limits};

/// Changes whenever a type on the wire does; both sides are the same executable, so it only catches mistakes.
pub(crate) const PROTOCOL: u32 = 1;
/// The longest request: two paths of the longest kind and some numbers.
pub(crate) const MAX_REQUEST: usize = 16 * 1024;
/// The longest setup: hundreds of folders of the longest kind.
pub(crate) const MAX_SETUP: usize = 1024 * 1024;
/// The longest answer: a re-encoded picture.
pub(crate) const MAX_REPLY: usize = 8 * 1024 * 1024;

/// The first frame to the child: what it may still do afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) read: Vec<ReadRoot>,
    pub(crate) write: Option<ReadRoot>,
}

/// A folder or file named in a [`Setup`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReadRoot(#[serde(with = "path_bytes")] pub(crate) PathBuf);

/// The first frame from the child.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) protocol: u32,
    pub(crate) confinement: Confinement,
}

/// The answer to one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// Processor time that the child has used since it began, in milliseconds.
    pub(crate) cpu_ms: u32,
    pub(crate) outcome: Result<Response, MediaError>,
}

/// Appends `value` as a frame to `out`, which stays as it was if the frame would be longer than `limit`.
pub(crate) fn append<T: Serialize>(value: &T, limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    let body = start + 4;
    out.extend_from_slice(&[0; 4]);
    let taken = std::mem::take(out);
    let mut written =
        postcard::to_extend(value, taken).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    let length = written.len() - body;
    match u32::try_from(length) {
        Ok(prefix) if length <= limit => written[start..body].copy_from_slice(&prefix.to_le_bytes()),
        _ => {
            written.truncate(start);
            *out = written;
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("a frame of {length} bytes, {limit} allowed"),
            ));
        }
    }
    *out = written;
    Ok(())
}

/// The length that a frame's first four bytes state, if it is allowed.
pub(crate) fn body_length(prefix: [u8; 4], limit: usize) -> io::Result<usize> {
    let length = usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("a frame of {length} bytes, {limit} allowed"),
        ));
    }
    Ok(length)
}

/// Decodes the body of a frame, all of it.
pub(crate) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> io::Result<T> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidData, "bytes after the end of a frame")),
        Err(error) => Err(io::Error::new(ErrorKind::InvalidData, error)),
    }
}

/// Reads one frame into `body` and decodes it; `None` at the end of the stream.
#[cfg(feature = "codecs")]
pub(crate) fn read<'a, T: Deserialize<'a>>(
    from: &mut impl io::Read,
    limit: usize,
    body: &'a mut Vec<u8>,
) -> io::Result<Option<T>> {
    let mut prefix = [0; 4];
    match from.read_exact(&mut prefix) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    body.resize(body_length(prefix, limit)?, 0);
    from.read_exact(body)?;
    decode(body).map(Some)
}

#[cfg(all(test, feature = "codecs"))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;

    use super::{append, decode, read};
    use crate::api::{PartialDate, Request};
    use proptest::prelude::*;

    fn request(path: &[u8]) -> Request {
        Request::ReadTags { path: PathBuf::from(OsStr::from_bytes(path)), cover: true }
    }

    proptest! {
        #[test]
        fn paths_of_any_bytes_survive(path in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut wire = Vec::new();
            append(&request(&path), 1024, &mut wire).unwrap();
            append(&request(b"next"), 1024, &mut wire).unwrap();
            let (mut from, mut body) = (wire.as_slice(), Vec::new());
            prop_assert_eq!(read::<Request>(&mut from, 1024, &mut body).unwrap().unwrap(), request(&path));
            prop_assert_eq!(read::<Request>(&mut from, 1024, &mut body).unwrap().unwrap(), request(b"next"));
            prop_assert!(read::<Request>(&mut from, 1024, &mut body).unwrap().is_none());
        }

        #[test]
        fn noise_is_refused_without_a_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Request>(&mut noise.as_slice(), 64, &mut Vec::new());
            let _ = decode::<PartialDate>(&noise);
        }
    }

    #[test]
    fn a_frame_above_the_limit_is_neither_written_nor_read() {
        let mut wire = b"before".to_vec();
        append(&request(&[b'a'; 100]), 50, &mut wire).unwrap_err();
        assert_eq!(wire, b"before");
        let mut claim = u32::MAX.to_le_bytes().to_vec();
        claim.extend_from_slice(b"short");
        let mut body = Vec::new();
        read::<Request>(&mut claim.as_slice(), 64, &mut body).unwrap_err();
        assert!(body.capacity() < 1024, "nothing is allocated on a stranger's word");
    }
}
