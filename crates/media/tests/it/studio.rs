//! Real encodes, made by ffmpeg into a folder that goes away with the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use media::{Pool, PoolConfig};
use tempfile::TempDir;

/// A folder for sources and one for what children write.
pub(crate) struct Studio {
    dir: TempDir,
}

/// Two tones and some noise, ten seconds and a bit, so that no encoder ends on a frame.
pub(crate) const TUNE: &str =
    "aevalsrc=0.4*sin(2*PI*440*t)+0.05*random(0)|0.3*sin(2*PI*660*t):s=44100:d=10.0321";

impl Studio {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("in")).unwrap();
        std::fs::create_dir(dir.path().join("out")).unwrap();
        Self { dir }
    }

    pub(crate) fn source(&self, name: &str) -> PathBuf {
        self.dir.path().join("in").join(name)
    }

    pub(crate) fn output(&self, name: &str) -> PathBuf {
        self.dir.path().join("out").join(name)
    }

    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes bytes as a source.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.source(name), bytes).unwrap();
        self.source(name)
    }

    /// Encodes the tune (or another `-f lavfi` input) with ffmpeg.
    pub(crate) fn encode(&self, name: &str, input: &str, options: &[&str]) -> PathBuf {
        let out = self.source(name);
        ffmpeg(["-f", "lavfi", "-i", input].iter().chain(options).copied(), Some(&out));
        out
    }

    pub(crate) fn config(&self) -> PoolConfig {
        let mut config = PoolConfig::new(
            env!("CARGO_BIN_EXE_media-child").into(),
            Vec::new(),
            vec![self.dir.path().join("in")],
        );
        config.write = Some(self.dir.path().join("out"));
        config
    }

    pub(crate) fn pool(&self) -> Pool {
        Pool::new(self.config())
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests watch real processes against the real clock")]
pub(crate) fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

/// Runs ffmpeg and returns its standard output.
pub(crate) fn ffmpeg<'a>(arguments: impl Iterator<Item = &'a str>, out: Option<&Path>) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]).args(arguments);
    match out {
        Some(path) => command.arg(path),
        None => command.arg("-"),
    };
    let output = command.stdin(Stdio::null()).output().expect("ffmpeg is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// How many samples per channel ffmpeg decodes.
pub(crate) fn decoded_by_ffmpeg(path: &Path, channels: u64) -> u64 {
    let path = path.to_str().unwrap();
    let bytes = ffmpeg(["-i", path, "-f", "s16le", "-acodec", "pcm_s16le"].into_iter(), None);
    u64::try_from(bytes.len()).unwrap() / 2 / channels
}
