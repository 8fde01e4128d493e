//! A file whose first bytes are read once: most of what is asked about a file is there, and a system call in a
//! limited process costs more than a copy.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::api::MediaError;

/// How much is read when a file is opened, and later at a time.
const BLOCK: usize = 32 * 1024;

/// A regular file that is open for reading.
pub(super) struct Input {
    file: File,
    length: u64,
    head: Vec<u8>,
}

impl Input {
    /// Opens a regular file. A pipe or device is refused without waiting for it.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(path)
            .map_err(|error| unreadable(&error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        if !metadata.is_file() {
            return Err(MediaError::Unreadable("not a regular file".to_owned()));
        }
        let length = metadata.len();
        let head = read_up_to(&file, 0, BLOCK.min(usize::try_from(length).unwrap_or(BLOCK)))?;
        Ok(Self { file, length, head })
    }

    /// Its size in bytes when it was opened.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Up to `count` bytes from `offset`; fewer at the end of the file.
    pub(super) fn at(&self, offset: u64, count: usize) -> Result<Cow<'_, [u8]>, MediaError> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        if let Some(rest) = self.head.get(start..)
            && (count <= rest.len() || self.in_head(self.length))
        {
            return Ok(Cow::Borrowed(&rest[..count.min(rest.len())]));
        }
        read_up_to(&self.file, offset, count).map(Cow::Owned)
    }

    /// Whether everything before `offset` is in the part that was read first.
    fn in_head(&self, offset: u64) -> bool {
        usize::try_from(offset).is_ok_and(|offset| offset <= self.head.len())
    }

    /// The file as a stream of its own.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { input: self, at: 0, block: Vec::new(), block_at: 0, parts: None }
    }

    /// Another handle of the same file.
    pub(super) fn duplicate(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

pub(super) fn unreadable(error: &io::Error) -> MediaError {
    MediaError::Unreadable(error.to_string())
}

fn read_up_to(file: &File, offset: u64, count: usize) -> Result<Vec<u8>, MediaError> {
    fill(file, offset, vec![0; count]).map_err(|error| unreadable(&error))
}

/// Fills `bytes` from `offset` on, and shortens it at the end of the file.
fn fill(file: &File, offset: u64, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset.saturating_add(u64::try_from(filled).unwrap_or(0))) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The shortest read that counts as a part: parsers look for single bytes too, as often as they like.
const PART: usize = 4;

/// How many frames of `ID3v2` may begin in `bytes`, none of them large: parsers read some tags in large pieces.
fn frames(bytes: &[u8]) -> usize {
    let named = |id: &[u8]| id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // A name of three or four and the first byte of a size.
    let begins = |at: &[u8]| named(&at[..3]) && (at[3] == 0 || (named(&at[3..4]) && at[4] == 0));
    bytes.windows(5).filter(|at| begins(at)).count()
}

/// Reads an [`Input`] through its beginning and one block more; seeking is free.
pub(super) struct Reader<'a> {
    input: &'a Input,
    at: u64,
    block: Vec<u8>,
    block_at: u64,
    /// How many more parts may be read, if that is bounded.
    parts: Option<usize>,
}

impl Reader<'_> {
    /// The same, which fails once it was asked for more than `most` parts.
    pub(super) fn of_parts(mut self, most: usize) -> Self {
        self.parts = Some(most);
        self
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.pass(buffer)?;
        if buffer.len() >= PART
            && let Some(parts) = &mut self.parts
        {
            let read = 1 + frames(&buffer[..count]);
            *parts = parts.checked_sub(read).ok_or_else(|| io::Error::other("too many parts"))?;
        }
        Ok(count)
    }
}

impl Reader<'_> {
    fn pass(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let inside = |bytes: &[u8], start: u64| {
            let from = self.at.checked_sub(start).and_then(|from| usize::try_from(from).ok())?;
            bytes.get(from..).filter(|rest| !rest.is_empty()).map(<[u8]>::len)
        };
        let ready = if let Some(length) = inside(&self.input.head, 0) {
            &self.input.head[self.input.head.len() - length..]
        } else if buffer.len() >= BLOCK {
            let read = self.input.file.read_at(buffer, self.at)?;
            self.at += u64::try_from(read).unwrap_or(0);
            return Ok(read);
        } else {
            if inside(&self.block, self.block_at).is_none() {
                self.block_at = self.at - self.at % BLOCK as u64;
                self.block = fill(&self.input.file, self.block_at, vec![0; BLOCK])?;
            }
            let from = usize::try_from(self.at - self.block_at).unwrap_or(usize::MAX);
            self.block.get(from..).unwrap_or_default()
        };
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.at += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.input.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Input};
    use proptest::prelude::*;
    use std::io::{Cursor, Read, Seek, SeekFrom, Write};

    proptest! {
        #[test]
        fn it_reads_like_the_file(
            length in 0..4 * BLOCK,
            steps in prop::collection::vec((0..5 * BLOCK, 0..2 * BLOCK), 1..20),
        ) {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let input = Input::open(file.path()).unwrap();
            let (mut ours, mut theirs) = (input.reader(), Cursor::new(&bytes));
            for (offset, count) in steps {
                let end = bytes.len().min(offset + count);
                prop_assert_eq!(&*input.at(offset as u64, count).unwrap(), bytes.get(offset..end).unwrap_or_default());
                let to = if count % 2 == 0 { SeekFrom::Start(offset as u64) } else { SeekFrom::End(-i64::try_from(offset).unwrap()) };
                prop_assert_eq!(ours.seek(to).ok(), theirs.seek(to).ok());
                let (mut a, mut b) = (Vec::new(), Vec::new());
                ours.by_ref().take(count as u64).read_to_end(&mut a).unwrap();
                theirs.by_ref().take(count as u64).read_to_end(&mut b).unwrap();
                prop_assert_eq!(a, b);
            }
        }
    }
}
