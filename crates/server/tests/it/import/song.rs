//! Sound files made from nothing, so that a test has exactly the tags, the bytes and the damage that it wants.

/// An MP3 of noise. Two songs of one `noise` sound the same, whatever their tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Song {
    noise: u64,
    frames: Vec<u8>,
}

impl Song {
    /// Noise without tags.
    pub(crate) fn new(noise: u64) -> Self {
        Self { noise, frames: Vec::new() }
    }

    /// Noise with the four usual tags.
    pub(crate) fn tagged(noise: u64, title: &str, artist: &str, album: &str) -> Self {
        Self::new(noise).title(title).text("TPE1", &[artist]).text("TALB", &[album])
    }

    pub(crate) fn title(self, title: &str) -> Self {
        self.text("TIT2", &[title])
    }

    /// A text frame with one or several values (ID3v2.4, 4.2).
    pub(crate) fn text(self, frame: &str, values: &[&str]) -> Self {
        let mut body = vec![3];
        body.extend_from_slice(values.join("\0").as_bytes());
        self.frame(frame, &body)
    }

    /// A text frame of somebody's own.
    pub(crate) fn custom(self, description: &str, value: &str) -> Self {
        self.text("TXXX", &[description, value])
    }

    /// A front cover.
    pub(crate) fn cover(self, picture: &[u8]) -> Self {
        let body = [b"\x03image/jpeg\0\x03\0", picture].concat();
        self.frame("APIC", &body)
    }

    fn frame(mut self, name: &str, body: &[u8]) -> Self {
        self.frames.extend_from_slice(name.as_bytes());
        self.frames.extend_from_slice(&synchsafe(body.len()));
        self.frames.extend_from_slice(&[0, 0]);
        self.frames.extend_from_slice(body);
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        if !self.frames.is_empty() {
            file.extend_from_slice(b"ID3\x04\0\0");
            file.extend_from_slice(&synchsafe(self.frames.len()));
            file.extend_from_slice(&self.frames);
        }
        let mut state = self.noise.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..40 {
            // 128 kbit/s at 44.1 kHz: frames of 417 bytes, of which none looks like the beginning of another.
            file.extend_from_slice(&[0xFF, 0xFB, 0x90, 0x00]);
            for _ in 4..417 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                file.push(state.to_le_bytes()[3] & 0x7F);
            }
        }
        file
    }
}

/// A length in four times seven bits.
fn synchsafe(n: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from((n >> shift) & 0x7F).unwrap())
}

/// Something that passes for a JPEG as long as nobody decodes it.
pub(crate) fn picture(what: &str) -> Vec<u8> {
    [b"\xFF\xD8\xFF\xE0\0\x10JFIF\0".as_slice(), what.as_bytes(), &[0; 64]].concat()
}
