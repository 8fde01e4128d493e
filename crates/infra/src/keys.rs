//! The instance's secrets: one master key, from which each purpose gets its own.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use aws_lc_rs::hmac;
use kernel::Ids;
use secrecy::{ExposeSecret, SecretString};

/// Keys of one instance. Each purpose has a key of its own, so that a signature made for one cannot be used for
/// another.
#[derive(Clone)]
pub struct Keys {
    master: hmac::Key,
}

/// Why there are no usable keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The configured secret is too short to be one.
    #[error("auth.secret has {0} bytes: it needs at least 32 random ones")]
    Short(usize),
    /// The secret is one that everybody knows.
    #[error("auth.secret is a well-known example: make one of your own")]
    Known,
    /// The key file cannot be read or made.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
}

impl Keys {
    /// Keys from a configured secret of 32 bytes or more.
    pub fn from_secret(secret: &SecretString) -> Result<Self, KeysError> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.len() < 32 {
            return Err(KeysError::Short(bytes.len()));
        }
        let first = bytes[0];
        let example = ["secret", "changeme", "change_me", "change-me", "your-", "example"];
        let lower = secret.expose_secret().to_ascii_lowercase();
        if bytes.iter().all(|b| *b == first) || example.iter().any(|word| lower.starts_with(word)) {
            return Err(KeysError::Known);
        }
        Ok(Self { master: hmac::Key::new(hmac::HMAC_SHA256, bytes) })
    }

    /// Keys from raw bytes: for tests and for [`Keys::open`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { master: hmac::Key::new(hmac::HMAC_SHA256, bytes) }
    }

    /// The keys of the data folder `data`: read from `secret.key` there, which is made on first use, readable by
    /// its owner alone.
    pub fn open(data: &Path, ids: &dyn Ids) -> Result<Self, KeysError> {
        let path = data.join("secret.key");
        let wrong = |reason: String| KeysError::File { path: path.display().to_string(), reason };
        let kept = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let made = make(data, &path, &ids.secret());
                made.and_then(|()| fs::read(&path))
            }
            kept => kept,
        };
        let bytes: [u8; 32] = kept.map_err(|e| wrong(e.to_string()))?.try_into().map_err(|b: Vec<u8>| {
            wrong(format!("holds {} bytes instead of 32: restore it from a backup", b.len()))
        })?;
        Ok(Self::from_bytes(&bytes))
    }

    /// The key for `purpose`, a constant of the calling code.
    pub fn derive(&self, purpose: &'static str) -> [u8; 32] {
        let tag = hmac::sign(&self.master, purpose.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        key
    }
}

/// Makes the file at `path` in the folder `data`, unless another process was first. It has its name only once all of it is
/// on the disk: whoever is killed on the way leaves none, and nobody reads a part of one.
fn make(data: &Path, path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".secret.key.").tempfile_in(data)?;
    file.write_all(secret)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => fs::File::open(data)?.sync_all(),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e.error),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, thread};

    use super::*;
    use crate::SystemIds;

    #[test]
    fn the_folder_keeps_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path(), &SystemIds::default()).unwrap();
        let again = Keys::open(folder.path(), &SystemIds::default()).unwrap();
        assert_eq!(first.derive("a"), again.derive("a"));
        assert_ne!(first.derive("a"), first.derive("b"));
        let file = folder.path().join("secret.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(file, b"short").unwrap();
        assert!(matches!(Keys::open(folder.path(), &SystemIds::default()), Err(KeysError::File { .. })));
    }

    #[test]
    fn whoever_starts_at_once_gets_the_same_keys() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let keys = thread::scope(|scope| {
                let open = || Keys::open(folder.path(), &SystemIds::default()).unwrap().derive("a");
                let opening: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
                opening.into_iter().map(|keys| keys.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        }
    }

    #[test]
    fn weak_secrets_are_refused() {
        for weak in ["", "short", &"x".repeat(64), "changeme-changeme-changeme-changeme"] {
            assert!(Keys::from_secret(&SecretString::from(weak)).is_err(), "{weak}");
        }
    }
}
