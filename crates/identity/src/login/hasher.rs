//! Hashing passwords with Argon2id (RFC 9106) in a bounded number of threads.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use kernel::{ErrorCode, Fault};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// Memory in KiB, passes and lanes: the smallest set that OWASP's password storage cheat sheet recommends.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// How many callers may wait for each thread that hashes; further ones are turned away at once.
const WAITING: usize = 32;
/// The longest wait for a thread.
const PATIENCE: Duration = Duration::from_secs(5);
/// A hash of nothing at [`COST`], which stands in for accounts that do not exist: an unknown name then costs as
/// much as a wrong password.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm8gc3VjaCBhY2NvdW50$d2hvZXZlciByZWFkcyB0aGlzIGlzIG5vdCBpbnY";

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    /// One permit for each thread that hashes.
    threads: Arc<Semaphore>,
    /// One permit for each caller inside, whether hashing or waiting.
    places: Arc<Semaphore>,
    /// How often a hash was computed.
    runs: Arc<AtomicU64>,
}

/// Why no hash was computed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// More log-ins at a time than the machine can check.
    #[error("too many log-ins at the same time: try again in a moment")]
    Busy,
    /// The stored hash cannot be read, or the computation failed.
    #[error("password hash: {0}")]
    Broken(argon2::password_hash::Error),
}

impl Fault for HashError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Busy => ErrorCode::Unavailable,
            Self::Broken(_) => ErrorCode::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(PATIENCE)
    }
}

/// What a password turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not the password.
    Wrong,
    /// The password.
    Right {
        /// Whether its hash was made at another cost than today's.
        outdated: bool,
    },
}

impl Hasher {
    /// A hasher with `threads` threads, each of which takes 19 MiB.
    pub(crate) fn new(threads: usize) -> Self {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).expect("the cost lies within Argon2's bounds");
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads * (1 + WAITING))),
            runs: Arc::default(),
        }
    }

    /// The hash of `password` in PHC string format, to be stored.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, HashError> {
        let (argon2, password) = (self.argon2.clone(), normal(password));
        let hash = self.run(move || argon2.hash_password_with_salt(password.as_bytes(), &salt)).await?;
        hash.map(|hash| hash.to_string()).map_err(HashError::Broken)
    }

    /// Whether `password` belongs to `stored`. Without a stored hash the answer is no, after the same work.
    pub(crate) async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(DUMMY).to_owned();
        let (argon2, password) = (self.argon2.clone(), normal(password));
        let verdict = self
            .run(move || {
                let hash = PasswordHash::new(&stored)?;
                match argon2.verify_password(password.as_bytes(), &hash) {
                    Ok(()) => Ok(Verdict::Right { outdated: !current(&argon2, &hash) }),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
                    Err(e) => Err(e),
                }
            })
            .await?
            .map_err(HashError::Broken)?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    /// How often a hash was computed since the start.
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Runs `work` on a thread of its own once it is this caller's turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.threads).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(HashError::Busy)?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        // The permits go along: a caller who hangs up does not make room for another hash beside this one.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
            result
        });
        done.await.map_err(|_| HashError::Broken(argon2::password_hash::Error::Crypto))
    }
}

/// One spelling of what may be typed in several ways (RFC 8265, 4.2).
fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Whether `hash` was made at the cost that `argon2` has.
fn current(argon2: &Argon2<'_>, hash: &PasswordHash) -> bool {
    hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(hash).is_ok_and(|params| {
            let ours = argon2.params();
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (ours.m_cost(), ours.t_cost(), ours.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_verified_and_an_old_one_is_known() {
        let hasher = Hasher::new(1);
        let phc = hasher.hash("FanPass123", [7; 16]).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(
            hasher.verify("FanPass123", Some(&phc)).await.unwrap(),
            Verdict::Right { outdated: false }
        );
        assert_eq!(hasher.verify("FanPass124", Some(&phc)).await.unwrap(), Verdict::Wrong);
        let cheap =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let old = cheap.hash_password_with_salt(b"FanPass123", &[7; 16]).unwrap().to_string();
        assert_eq!(hasher.verify("FanPass123", Some(&old)).await.unwrap(), Verdict::Right { outdated: true });
    }

    #[tokio::test]
    async fn an_unknown_name_costs_a_hash_of_todays_cost() {
        let hasher = Hasher::new(1);
        assert_eq!(hasher.verify("FanPass123", None).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.runs(), 1);
        assert!(current(&hasher.argon2, &PasswordHash::new(DUMMY).unwrap()));
    }

    #[tokio::test]
    async fn decomposed_letters_are_the_same_password() {
        let hasher = Hasher::new(1);
        let phc = hasher.hash("Caf\u{e9}Noir7", [7; 16]).await.unwrap();
        let typed = hasher.verify("Cafe\u{301}Noir7", Some(&phc)).await.unwrap();
        assert_eq!(typed, Verdict::Right { outdated: false });
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_turned_away_at_once() {
        let hasher = Hasher::new(1);
        let inside = Arc::clone(&hasher.places).acquire_many_owned(33).await.unwrap();
        let refused = hasher.verify("x", None).await.unwrap_err();
        assert!(matches!(refused, HashError::Busy) && refused.retry_after().is_some());
        drop(inside);
        assert!(hasher.verify("x", None).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let hasher = Hasher::new(1);
        let _busy = Arc::clone(&hasher.threads).acquire_owned().await.unwrap();
        assert!(matches!(hasher.verify("x", None).await, Err(HashError::Busy)));
    }
}
